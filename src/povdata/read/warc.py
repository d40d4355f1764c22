"""WARC and WET: records of a crawl."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from povdata.read.files import Raw
from povdata.read.records import time_of, url_of
from povdata.read.streams import CHUNK, MOST_HEADER, Damage, Place, cut, damaged, plain, too_large

_LENGTH = re.compile(rb"\ncontent-length:[ \t]*+(\d{1,18})[ \t]*+\r?\n", re.IGNORECASE)
_TYPE = re.compile(rb"\nwarc-type:[ \t]*+(\w++)", re.IGNORECASE)
_MEDIA_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "")


def pages(place: Place) -> Iterator[Raw]:
    """The pages of a WARC or WET file: successful HTTP responses, resources and conversions that are HTML or text.

    Records are told apart here, so that one that is damaged or too large costs no other; FastWARC reads them.
    """
    with plain(place.file) as stream:
        is_lost = False
        for number in count():
            try:
                while line := stream.readline(CHUNK):
                    if line.startswith(b"WARC/") if is_lost else line.strip():
                        break
                else:
                    return
                header, length = _header(line, stream)
                is_lost = length is None
                if length is None:
                    yield place.reject(number, header)
                else:
                    yield from _record(place, number, header, length, stream)
            except Damage as damage:
                yield place.reject(number, damage.rejection)


def _header(line: bytes, stream: io.BufferedReader) -> tuple[Any, int | None]:
    """The header of a record and the bytes of its block; or what is wrong with it, and None."""
    if not line.startswith(b"WARC/"):
        return (cut() if b"WARC/".startswith(line) else damaged("no record begins here")), None
    lines, size = [line], len(line)
    while line.strip() and size < MOST_HEADER:
        if not (line := stream.readline(CHUNK)):
            return cut(), None
        lines.append(line)
        size += len(line)
    if line.strip():
        return damaged("the header of a record has no end"), None
    header = b"".join(lines)
    length = _LENGTH.search(header)
    return (damaged("a record tells no length"), None) if length is None else (header, int(length[1]))


def _record(place: Place, number: int, header: bytes, length: int, stream: io.BufferedReader) -> Iterator[Raw]:
    from fastwarc.warc import WarcRecord

    type_ = _TYPE.search(header)
    holds_page = type_ is not None and type_[1].lower() in (b"response", b"resource", b"conversion")
    wanted = min(length, place.max_bytes + CHUNK) if holds_page else 0
    block = stream.read(wanted)
    left = length - len(block)
    while left and (passed := stream.read(min(left, CHUNK))):
        left -= len(passed)
    if left:
        yield place.reject(number, cut())
    if left or not holds_page:
        return
    try:
        found = _payload(lambda: WarcRecord.from_bytes(header + block), place.max_bytes)
    except OSError as e:
        yield place.reject(number, damaged(e))
        return
    if found is None:
        return
    record, payload, media_type = found
    if length > len(block):
        yield place.reject(number, too_large(place.max_bytes))
        return
    known = {"url": (record.headers.get("WARC-Target-URI") or "").strip("<> "), "crawled_at": record.record_date}
    yield place.page(number, payload, url_of(known), time_of(known), media_type)


def _payload(parse: Callable[[], Any], max_bytes: int) -> tuple[Any, bytes, str] | None:
    """Record, payload and media type, or None where it is no page.

    Some crawlers store a body decoded under the header that says how it was encoded: such a body is read as it stands.
    """
    record = parse()
    if not record.is_http:
        media_type = (record.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        is_page = media_type in _MEDIA_TYPES[:3]
        return (record, record.reader.read(max_bytes + 1), media_type) if is_page else None
    for decoding in ("all", "content", "transfer", "none"):
        try:
            record.parse_http(auto_decode=decoding)
            media_type = (record.http_content_type or "").lower()
            if record.http_headers.status_code != 200 or media_type not in _MEDIA_TYPES:
                return None
            return record, record.reader.read(max_bytes + 1), media_type
        except OSError:
            if decoding == "none":
                raise
            record = parse()
    return None
