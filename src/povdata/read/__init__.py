"""Files to pages: which files are read, and how their bytes become text.

    for source in find([Path("raw")]):
        page = read(source)

`find` lists the sources, `load` gives the bytes and hash of one, `page` makes a Page of these; `read` is the last two.
"""

from __future__ import annotations

import re

from povdata.page import Page, Rejection
from povdata.read.encoding import decode
from povdata.read.files import MAX_BYTES, InputError, Raw, Source, find, load
from povdata.read.html import is_html, render

__all__ = ["MAX_BYTES", "InputError", "Raw", "Source", "decode", "find", "load", "page", "read"]

_VISIBLE = re.compile("[^\\s\ufeff\u200b-\u200d\u2060]")


def read(source: Source, max_bytes: int = MAX_BYTES) -> Page:
    """The page of a source: `page(load(source, max_bytes))`."""
    return page(load(source, max_bytes))


def page(raw: Raw) -> Page:
    """The page that the bytes of a source are: plain text as it stands, HTML rendered to lines (`html.render`).

    Bytes are decoded by what they hold; an encoding that HTML declares counts for nothing, as so many are wrong.

    Raises Rejection `too_large`, `hash_mismatch`, `empty` (no bytes, or white space alone), `binary` or `undecodable`.
    """
    source = raw.source
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
    if is_html(text, source.path.suffix):
        shown = render(text)
        page = Page(
            source.raw_path,
            raw.sha256,
            raw.size,
            shown.text,
            encoding,
            "text/html",
            shown.url,
            None,
            shown.blocks,
            shown.head,
        )
    else:
        page = Page(source.raw_path, raw.sha256, raw.size, text, encoding)
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
