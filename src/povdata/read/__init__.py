"""Files to pages: which files are read, and how their bytes become text.

    for raw in raws([Path("raw"), "https://example.org/crawl.warc.gz"]):
        text = page(raw).text

`raws` streams the bytes of every page in folders, files and containers; `page` makes a Page of them, or raises why none
is there. `find` lists the files alone, `load` gives the bytes of one or of a part of it, `read` is `load` and `page`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from povdata.page import Page, Rejection
from povdata.read import containers, records
from povdata.read.encoding import decode
from povdata.read.files import COMPRESSED, MAX_BYTES, File, InputError, Raw, Source, files, find, load, suffix
from povdata.read.html import is_html, render

__all__ = ["MAX_BYTES", "InputError", "Raw", "Source", "decode", "find", "load", "page", "raws", "read"]

_VISIBLE = re.compile("[^\\s\ufeff\u200b-\u200d\u2060]")


def raws(inputs: Sequence[Path | str], max_bytes: int = MAX_BYTES, field: str | None = None) -> Iterator[Raw]:
    """The bytes of every page of the inputs, one at a time: files in the order of their raw_path, the members of a
    container in the container's order.

    field: the field of JSON records and column of Parquet files that holds the page; None for a common name.
    A page that cannot be read comes with its rejection. Raises InputError as `files` does, before the first page.
    """
    found = files(inputs, lambda file: records.check(file, field))
    return chain.from_iterable(_raws(file, max_bytes, field) for file in found)


def _raws(file: File, max_bytes: int, field: str | None) -> Iterable[Raw]:
    if file.fs is not None or file.format != "page":
        return containers.members(file, max_bytes, field)
    try:
        return (load(file.source, max_bytes),)
    except Rejection as rejection:
        return (Raw(file.source, None, None, None, rejection),)


def read(source: Source, max_bytes: int = MAX_BYTES) -> Page:
    """The page of a source: `page(load(source, max_bytes))`."""
    return page(load(source, max_bytes))


def _suffix(name: str) -> str:
    last = suffix(name)
    return suffix(name[: -len(last)]) if last in COMPRESSED else last


def page(raw: Raw) -> Page:
    """The page that the bytes of a source are: plain text as it stands, HTML rendered to lines (`html.render`).

    Bytes are decoded by what they hold; an encoding that HTML declares counts for nothing, as so many are wrong.

    Raises Rejection `too_large`, `hash_mismatch`, `empty` (no bytes, or white space alone), `binary` or `undecodable`.
    """
    source = raw.source
    if raw.rejection:
        raise raw.rejection
    if raw.data is None:
        raise Rejection(
            "too_large", f"the file has {raw.size:,} bytes, more than the limit: raise --max-bytes if it is one page"
        )
    if source.expected_sha256 not in (None, raw.sha256):
        raise Rejection(
            "hash_mismatch",
            f"SOURCES.csv records the SHA-256 {source.expected_sha256}, the file has {raw.sha256}: "
            "restore the file, or correct its line",
        )
    text, encoding = decode(raw.data)
    if is_html(text, ".html" if source.media_type == "text/html" else _suffix(source.raw_path)):
        shown = render(text)
        page = Page(
            source.raw_path,
            raw.sha256,
            raw.size,
            shown.text,
            encoding,
            "text/html",
            source.url or shown.url,
            source.crawled_at,
            shown.blocks,
            shown.head,
        )
    else:
        page = Page(source.raw_path, raw.sha256, raw.size, text, encoding, url=source.url, crawled_at=source.crawled_at)
    if not _VISIBLE.search(page.text):
        what = (
            "no bytes"
            if not raw.data
            else "white space alone"
            if page.media_type == "text/plain"
            else "HTML without text"
        )
        raise Rejection("empty", f"the file holds {what}: fetch the page again")
    return page
