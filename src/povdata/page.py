"""The three shapes that pass between the stages: Page, Segment and Document, and the Rejection that ends one early."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone of every time that a page prints: mainland China keeps one."""


class Span(NamedTuple):
    """A half-open range of Unicode code points in a page's text."""

    start: int
    end: int


class Block(NamedTuple):
    """What HTML markup knows of one line of a rendered page; plain text has none."""

    tag: str
    """Nearest block element that holds the line (`p`, `div`, `li`, `h1`, …), lower case."""
    path: str
    """Element names from `body` down to that block, joined by `/`, each with its `#id` and `.class` words;
    those below the 64th level are left out."""
    link_density: float
    """Share of the line's characters inside `a` elements, 0 to 1."""
    strong: float = 0.0
    """Share of the line's characters inside `b` and `strong` elements, 0 to 1."""
    image: bool = False
    """A picture or video stands in the line, or between it and the line before."""


@dataclass(frozen=True, slots=True)
class Page:
    """One raw page, decoded. `text` is what every span of every table counts in."""

    raw_path: str
    """Path relative to the raw root, POSIX separators."""
    raw_sha256: str
    raw_bytes: int
    text: str
    encoding: str
    media_type: str = "text/plain"
    url: str | None = None
    crawled_at: datetime | None = None
    """When the container (WARC, JSONL) says that the page was fetched."""
    blocks: tuple[Block, ...] = ()
    """One a line of `text` for HTML, empty for plain text."""
    head: dict[str, str] = field(default_factory=dict)
    """HTML only: values of meta, OpenGraph and JSON-LD, by lower-case name (`og:title`, `ld:datePublished`)."""

    @property
    def article_id(self) -> str:
        return self.raw_sha256[:16]


class Segment(NamedTuple):
    """A stretch of a page with one role. The segments of a page tile its text."""

    start: int
    end: int
    role: str
    rule: str
    """The cue or rule that decided the role."""


@dataclass(slots=True)
class Document:
    """A page read: its segments, and the columns of `articles` that the page states."""

    page: Page
    segments: list[Segment]
    article: dict[str, Any]

    def text_of(self, *roles: str) -> list[tuple[int, Segment, str]]:
        """(seq, segment, stripped text) of each segment with one of those roles, in page order."""
        text = self.page.text
        return [(seq, s, text[s.start : s.end].strip()) for seq, s in enumerate(self.segments) if s.role in roles]


class Rejection(Exception):
    """An input that cannot become an article: a code of `models.REJECTIONS` and a sentence that a person can act on."""

    def __init__(self, error: str, message: str):
        super().__init__(message)
        self.error = error
        self.message = message

    def __reduce__(self) -> tuple[type[Rejection], tuple[str, str]]:
        return type(self), (self.error, self.message)  # what an Exception pickles itself would lack the code
