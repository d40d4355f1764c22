"""What the readers of containers share: plain bytes out of compressed files, within bounds, and words for damage."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from povdata.page import Rejection
from povdata.read.files import File, Raw, Source

SLACK, RATIO, GZIP_RATIO = 100_000_000, 1000, 200
"""What a container may inflate to: SLACK bytes, and RATIO times those that were read of it, GZIP_RATIO times with gzip,
which sees repetition in its last 32 KB only. The same five pages over and over stay below that; a bomb does not."""

CHUNK = 1 << 16
MOST_HEADER = 1 << 20
"""Bytes of the header of a WARC record, or of a name in a tar archive."""


class Damage(Exception):
    """What a stream meets; behind it, it may go on."""

    def __init__(self, rejection: Rejection):
        super().__init__(rejection.message)
        self.rejection = rejection


def bomb(what: str = "container") -> Rejection:
    """what: a container, or the `page` that a compressed file is; so in the next two."""
    return Rejection(
        "too_large",
        f"the {what} inflates to hundreds of times its size, as no text does, and was not read on: "
        "check where it is from, and unpack it by hand if you trust it",
    )


def cut(what: str = "container") -> Rejection:
    return Rejection("unreadable", f"the {what} is cut off here: fetch it again")


def damaged(why: object, what: str = "container") -> Rejection:
    reason = " ".join(str(why).split())
    return Rejection("unreadable", f"the {what} is damaged here ({reason}): fetch it again")


def too_large(max_bytes: int) -> Rejection:
    return Rejection(
        "too_large", f"it has more than {max_bytes:,} bytes, the limit: raise --max-bytes if it is one page"
    )


class Place(NamedTuple):
    """A container, and the most bytes of a page in it that may be held."""

    file: File
    max_bytes: int

    def page(
        self,
        member: int | str,
        data: bytes,
        url: str | None = None,
        crawled_at: datetime | None = None,
        media_type: str | None = None,
    ) -> Raw:
        if len(data) > self.max_bytes:
            return self.reject(member, too_large(self.max_bytes))
        source = Source(None, f"{self.file.raw_path}#{member}", None, 0, None, url, crawled_at, media_type)
        return Raw(source, data, hashlib.sha256(data).hexdigest(), len(data))

    def reject(self, member: int | str, why: Rejection) -> Raw:
        return Raw(Source(None, f"{self.file.raw_path}#{member}"), None, None, None, why)


def most_inflated(size: int) -> int:
    """Bytes that the members of a container of so many bytes may have together."""
    return SLACK + RATIO * size


class _Stream(io.RawIOBase):
    """Chunks as a file. One that is an exception is raised, and what follows it can be read."""

    def __init__(self, chunks: Iterator[bytes | Damage]):
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            if isinstance(chunk, Damage):
                raise chunk
            self._rest = chunk
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class _Counted:
    """A file whose beginning was read already; counts what is read of it."""

    def __init__(self, file: BinaryIO):
        head = b""
        while len(head) < 4 and (more := file.read(4 - len(head))):  # a server's stream gives what has arrived
            head += more
        self.head = self._unread = head
        self._file = file
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        data, self._unread = self._unread or self._file.read(size), b""
        self._count += len(data)
        return data

    def tell(self) -> int:
        return self._count


def buffered(chunks: Iterator[bytes | Damage]) -> io.BufferedReader:
    return io.BufferedReader(_Stream(chunks), CHUNK)


@contextmanager
def plain(file: File, what: str = "container") -> Iterator[io.BufferedReader]:
    """The bytes of a file, decompressed where they are compressed; `what` is the word for it where it is damaged."""
    with file.open() as opened:
        yield inflated(opened, what)


def inflated(file: BinaryIO, what: str) -> io.BufferedReader:
    counted = _Counted(file)
    head = counted.head
    if head[:2] == b"\x1f\x8b":
        return buffered(_bounded(_gunzipped(counted, what), counted, GZIP_RATIO, what))
    if head == b"\x28\xb5\x2f\xfd" or (head[1:] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):
        return buffered(_bounded(_unzstd(counted, what), counted, RATIO, what))
    return buffered(iter(lambda: counted.read(CHUNK), b""))


@contextmanager
def seekable(file: File) -> Iterator[BinaryIO]:
    """A file that can be read from any place on: a copy of it where a server sends it from the beginning only."""
    with file.open(anywhere=True) as opened:
        if file.fs is not None:
            try:
                opened.seek(-1, io.SEEK_END)
                opened.read(1)
                opened.seek(0)
            except (OSError, ValueError):
                with file.open() as whole, tempfile.TemporaryFile() as copy:
                    shutil.copyfileobj(whole, copy)
                    copy.seek(0)
                    yield copy
                return
        yield opened


def _bounded(chunks: Iterator[bytes | Damage], counted: _Counted, ratio: int, what: str) -> Iterator[bytes | Damage]:
    size = 0
    for chunk in chunks:
        if not isinstance(chunk, Damage):
            size += len(chunk)
            if size > SLACK + ratio * counted.tell():
                yield Damage(bomb(what))
                return
        yield chunk


def _gunzipped(file: _Counted, what: str) -> Iterator[bytes | Damage]:
    """The members of a gzip file; behind a damaged one, those from the next beginning of a member on."""
    data, inflate = b"", None
    while data := data or file.read(CHUNK):
        if inflate is None:
            data = data.lstrip(b"\0")  # padding of a tape
            inflate = zlib.decompressobj(31)
            if not data:
                inflate = None
                continue
        try:
            chunk = inflate.decompress(data, CHUNK)
            while chunk:
                yield chunk
                data = inflate.unconsumed_tail
                chunk = inflate.decompress(data, CHUNK)
        except zlib.error as e:
            # What this piece gave before the error is left out: damage is noticed late, and much of it is made up.
            yield Damage(damaged(e, what))
            data = _next_member(data[1:], file)
            inflate = None
            continue
        data = b""
        if inflate.eof:
            data, inflate = inflate.unused_data, None
    if inflate is not None:
        yield Damage(cut(what))


def _next_member(data: bytes, file: _Counted) -> bytes:
    """What is left of a gzip file from the next place on at which a member begins; empty where none does."""
    while True:
        at = data.find(b"\x1f\x8b\x08")
        if at < 0:
            data = data[-2:]
        else:
            data = data[at:]
        more = file.read(CHUNK) if len(data) < CHUNK else b""
        data += more
        if data[:3] == b"\x1f\x8b\x08":
            try:
                zlib.decompressobj(31).decompress(data, 1)
                return data
            except zlib.error:
                data = data[1:]
        elif not more:
            return b""


def _unzstd(file: _Counted, what: str) -> Iterator[bytes | Damage]:
    from fastwarc.stream_io import ZstdReader

    stream = ZstdReader(file)
    try:
        while chunk := stream.read(CHUNK):
            yield chunk
    except OSError as e:
        yield Damage(cut(what) if "incomplete" in str(e) else damaged(e, what))
