"""ZIP and tar: archives of files. Nothing is unpacked to disk, and no name leads out of the archive."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, BinaryIO

from povdata.page import Rejection
from povdata.read.files import Raw, kind
from povdata.read.streams import (
    CHUNK,
    MOST_HEADER,
    Damage,
    Place,
    bomb,
    cut,
    damaged,
    inflated,
    most_inflated,
    plain,
    seekable,
    too_large,
)


def _path(name: str) -> str | None:
    """The path of a member that is a page or an archive, without what leads out of the archive; None for all others."""
    parts = [part for part in name.replace("\0", "").split("/") if part not in ("", ".", "..")]
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return "/".join(parts) if parts and not hidden and kind(parts[-1]) else None


def _decoded(name: bytes) -> str:
    """The name of a member that is not marked as UTF-8: archives made in China often hold GBK."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            pass
    return name.decode("utf-8", "backslashreplace")


class _Names:
    """Gives each member of an archive a name of its own: a second one of the same path gets a number behind it."""

    def __init__(self) -> None:
        self._times: dict[int, int] = {}

    def of(self, path: str) -> str:
        while times := self._times.get(hash(path), 0):
            self._times[hash(path)] = times + 1
            path = f"{path}#{times + 1}"
        self._times[hash(path)] = 1
        return path


def _member(place: Place, path: str, name: str, opened: Callable[[], BinaryIO], size: int) -> Raw:
    """A page in an archive; `opened` opens it."""
    format = kind(path)
    if format not in ("page", "compressed"):
        return place.reject(name, Rejection("unreadable", "an archive in an archive is not opened: unpack it first"))
    if size > place.max_bytes:
        return place.reject(name, too_large(place.max_bytes))
    try:
        with opened() as stream:
            data = inflated(stream, "page").read(place.max_bytes + 1) if format == "compressed" else stream.read(size)
            return place.page(name, data)
    except Damage as damage:
        return place.reject(name, damage.rejection)
    except EOFError:
        return place.reject(name, cut())
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, tarfile.TarError) as e:
        return place.reject(name, damaged(e))


class _TarInfo(tarfile.TarInfo):
    """A member of a tar archive; tells the archive of damage that tarfile passes over in silence."""

    @classmethod
    def fromtarfile(cls, archive: Any) -> tarfile.TarInfo:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:
            archive.is_whole = True
            raise
        except tarfile.InvalidHeaderError:
            archive.is_damaged = True
            raise

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size > MOST_HEADER and self.type in _LONG_NAMES:
            raise tarfile.ReadError("a name of more than a million bytes")
        return super()._proc_member(archive)  # type: ignore[misc]


_LONG_NAMES = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)


class _Archive(tarfile.TarFile):
    tarinfo = _TarInfo
    encoding = "utf-8"
    is_whole = False
    """Whether the mark of an archive's end was met."""
    is_damaged = False


def tar_pages(place: Place) -> Iterator[Raw]:
    """The pages in a tar archive: regular files, in their order there; links and devices are passed over."""
    names = _Names()
    with (
        plain(place.file) as stream,
        _Archive.open(
            fileobj=stream, mode="r|", ignore_zeros=True, encoding="utf-8", errors="surrogateescape"
        ) as archive,
    ):
        for number in count():
            try:
                member = archive.next()
            except (Damage, tarfile.TarError) as e:
                yield place.reject(names.of(str(number)), e.rejection if isinstance(e, Damage) else damaged(e))
                return
            archive.members.clear()  # it would keep them all
            if archive.is_damaged:
                archive.is_damaged = False
                yield place.reject(names.of(str(number)), damaged("no member begins where one should"))
            if member is None:
                break
            path = _path(_decoded(member.name.encode("utf-8", "surrogateescape")))
            if path and member.issparse():  # its holes have no bytes in the archive, so its size has no bound
                why = Rejection("unreadable", "a sparse file is not read: pack it again without --sparse")
                yield place.reject(names.of(path), why)
            elif path and member.isreg():
                yield _member(place, path, names.of(path), lambda m=member: archive.extractfile(m), member.size)
        if not archive.is_whole:
            yield place.reject(names.of(str(number)), cut())


_LOCAL = struct.Struct("<4s5H3I2H")


def zip_pages(place: Place) -> Iterator[Raw]:
    """The pages in a ZIP archive, in the order of its directory."""
    names = _Names()
    with seekable(place.file) as stream:
        left = most_inflated(stream.seek(0, io.SEEK_END))
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, NotImplementedError, ValueError):  # one wrong byte in the directory is enough
            yield from _salvaged(place, stream, names, left)
            return
        for info in archive.infolist():
            name = info.orig_filename
            if not info.flag_bits & 0x800:
                name = _decoded(name.encode("cp437", "replace"))
            path = _path(name.replace("\\", "/"))
            if path and not info.is_dir():
                left -= min(info.file_size, place.max_bytes)  # whatever comes of it: members may share their bytes
                if left < 0:
                    raise bomb()
                yield _member(place, path, names.of(path), lambda i=info: _unzip(archive, i), info.file_size)


def _unzip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others are not bounded
        raise ValueError(f"method {info.compress_type} of compression is not known")
    return archive.open(info)


def _salvaged(place: Place, stream: BinaryIO, names: _Names, left: int) -> Iterator[Raw]:
    """The members of a ZIP archive that lost its directory, which is at the end: each has a header of its own."""
    at = 0
    while (at := _next_local(stream, at)) >= 0:
        fields = stream.read(_LOCAL.size)
        if len(fields) < _LOCAL.size:
            break
        _, _, flags, method, _, _, crc, packed, _, name_size, extra_size = _LOCAL.unpack(fields)
        raw_name = stream.read(name_size)
        at = stream.seek(at + _LOCAL.size + name_size + extra_size)
        name = raw_name.decode("utf-8", "backslashreplace") if flags & 0x800 else _decoded(raw_name)
        path = _path(name.replace("\\", "/"))
        is_open = bool(flags & 8)
        """Whether size and checksum stand behind the data only."""
        if path is None or name.endswith("/"):
            at += 0 if is_open else packed
            continue
        member = names.of(path)
        if flags & 1 or method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or (is_open and not method):
            yield place.reject(member, damaged("its end is not known"))
            continue
        if method == zipfile.ZIP_DEFLATED:
            data, size = _deflated(stream, place.max_bytes)
        else:
            data = stream.read(min(packed, place.max_bytes + 1))
            size = packed if len(data) in (packed, place.max_bytes + 1) else None
        left -= len(data)
        if left < 0:
            raise bomb()
        if len(data) > place.max_bytes:
            yield place.reject(member, too_large(place.max_bytes))
        elif size is None:
            yield place.reject(member, cut())
        elif not is_open and zlib.crc32(data) != crc:
            yield place.reject(member, damaged("its checksum is wrong"))
        else:
            yield _member(place, path, member, lambda d=data: io.BytesIO(d), len(data))
        at += size or 0
    raise Rejection(
        "unreadable",
        "the archive's directory is missing or damaged, as where a download broke off, and only what stands whole "
        "before was read: fetch it again",
    )


def _next_local(stream: BinaryIO, at: int) -> int:
    """Go to the next header of a ZIP archive's member; -1 where there is none."""
    stream.seek(at)
    data = b""
    while more := stream.read(CHUNK):
        data = data[-3:] + more
        if (found := data.find(b"PK\x03\x04")) >= 0:
            return stream.seek(stream.tell() - len(data) + found)
    return -1


def _deflated(stream: BinaryIO, most: int) -> tuple[bytes, int | None]:
    """What a deflated member holds, up to one byte more than the most, and its size in the archive if it is whole."""
    inflate = zlib.decompressobj(-15)
    data = bytearray()
    size = 0
    try:
        while not inflate.eof and len(data) <= most:
            packed = inflate.unconsumed_tail
            if not packed:
                packed = stream.read(CHUNK)
                size += len(packed)
                if not packed:
                    return bytes(data), None
            data += inflate.decompress(packed, most + 1 - len(data))
    except zlib.error:
        return bytes(data), None
    return bytes(data), size - len(inflate.unused_data) - len(inflate.unconsumed_tail)
