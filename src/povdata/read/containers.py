"""Files that hold many pages, opened by their format: the pages of one, each with what the container says of it.

One member is held at a time. What is damaged becomes a Raw with a rejection that its place names; what stands around it
is read wherever the format allows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from povdata.page import Rejection
from povdata.read import archives, records, warc
from povdata.read.files import File, Raw, Source, unreadable
from povdata.read.streams import CHUNK, Damage, Place, bomb, buffered, most_inflated, plain, too_large

_MEMBER = 1000
"""Bytes that a member counts to what its container inflates to, beside those of its page."""


def members(file: File, max_bytes: int, field: str | None = None) -> Iterator[Raw]:
    """The pages of a container in its own order, or the one page of a file that is compressed or far away.

    field: the field of JSON records, or column of a Parquet file, that holds the page; None for one of records.FIELDS.
    A container that cannot be read at all, or holds no page, is one Raw with a rejection.
    """
    format = file.format
    found = inflated = 0
    rejection = None
    try:
        if file.sha256 and format != "page":
            _verify(file)
        size = file.size()
        for raw in _pages(format, Place(file, max_bytes), field):
            found += 1
            inflated += _MEMBER + (raw.size or 0)
            if size is not None and inflated > most_inflated(size):
                yield Raw(Source(None, raw.source.raw_path), None, None, None, bomb())
                return
            yield raw
        if not found:
            rejection = Rejection("empty", "the container holds no page: look at what is in it")
    except (Rejection, Damage) as why:
        rejection = why if isinstance(why, Rejection) else why.rejection
    except OSError as why:
        rejection = unreadable(why)
    except Exception as why:  # a library's word on a damaged container, or a far file system's
        reason = " ".join(str(why).split()) or type(why).__name__
        what = "page" if format in ("page", "compressed") else "container"
        rejection = Rejection("unreadable", f"the {what} cannot be read ({reason}): fetch it again")
    if rejection:
        yield Raw(Source(None, file.raw_path), None, None, None, rejection)


def _pages(format: str, place: Place, field: str | None) -> Iterator[Raw]:
    if format in ("lines", "json"):
        return records.json_pages(place, format, field)
    if format == "parquet":
        return records.parquet_pages(place, field)
    if format == "warc":
        return warc.pages(place)
    if format in ("zip", "tar"):
        return archives.zip_pages(place) if format == "zip" else archives.tar_pages(place)
    return iter((_single(place, format == "compressed"),))


def _single(place: Place, is_compressed: bool) -> Raw:
    """The page that a file is."""
    file, most = place.file, place.max_bytes
    source = Source(None, file.raw_path, None if is_compressed else file.sha256)
    with plain(file, "page") if is_compressed else file.open() as stream:
        # a server's stream gives what has arrived, not all that is asked for
        data = buffered(iter(lambda: stream.read(CHUNK), b"")).read(most + 1)
    if len(data) > most:
        return Raw(source, None, None, None, too_large(most))
    return Raw(source, data, hashlib.sha256(data).hexdigest(), len(data))


def _verify(file: File) -> None:
    with file.open() as stream:
        found = hashlib.sha256()
        while data := stream.read(CHUNK):
            found.update(data)
    if found.hexdigest() != file.sha256:
        raise Rejection(
            "hash_mismatch",
            f"SOURCES.csv records the SHA-256 {file.sha256}, the file has {found.hexdigest()}: "
            "restore the file, or correct its line",
        )
