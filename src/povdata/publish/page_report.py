"""One self-contained HTML page about one raw page: its text with the roles shaded, and the fields found beside it.

Page text, file names and messages are hostile until escaped: the template escapes every value, and a content security
policy allows the report its own style sheet and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from povdata import __version__, models
from povdata.page import Document, Page, Rejection

_TEMPLATES = Environment(
    loader=PackageLoader("povdata.publish"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page_report(document: Document) -> str:
    """The report on a page that is an article, as HTML to be written in UTF-8.

    The segments stand in page order, each with its role printed and its rule in the `title` attribute; the texts of the
    elements of class `text`, joined, are the page text (line ends as HTML reads them: `\\n`).
    """
    page, article = document.page, document.article
    segments = [
        _piece(
            page.text[segment.start : segment.end],
            segment.role,
            f"{segment.role} by rule {segment.rule}, code points {segment.start} to {segment.end}",
        )
        for segment in document.segments
    ]
    characters: Counter[str] = Counter()
    for piece in segments:
        characters[piece["role"]] += len(piece["text"])
    found = {name: _items(value) for name, value in article.items()}
    return _render(
        raw_path=page.raw_path,
        page=page,
        title=article["title"],
        language=article["language"],
        segments=segments,
        legend=[(role, meaning, characters[role]) for role, meaning in models.ROLES.items() if role in characters],
        fields=[(name, items) for name, items in found.items() if items],
        unstated=[name for name, items in found.items() if not items],
        meanings={column.name: column.meaning for column in models.columns("articles")},
        refusal=None,
    )


def reject_report(raw_path: str, rejection: Rejection, page: Page | None = None) -> str:
    """The report on an input that is a reject: the reason, and its text where it could be read."""
    refusal = models.REJECTIONS[rejection.error]
    segments = [_piece(page.text)] if page else []
    return _render(
        raw_path=raw_path,
        page=page,
        title=None,
        language="zh",
        segments=segments,
        legend=[],
        fields=[],
        unstated=[],
        meanings={},
        refusal={
            "code": rejection.error,
            "stage": refusal.stage,
            "meaning": refusal.meaning,
            "message": rejection.message,
        },
    )


def _piece(text: str, role: str | None = None, hint: str | None = None) -> dict[str, str | None]:
    """A segment for the template; the blank lines that end it are set apart, to be shown narrow."""
    words = text.rstrip()
    return {"role": role, "hint": hint, "text": words, "blank": text[len(words) :]}


def _render(**values: Any) -> str:
    css, digest = _style()
    return _TEMPLATES.get_template("page_report.html.jinja").render(
        css=css, css_sha256=digest, version=__version__, **values
    )


@cache
def _style() -> tuple[str, str]:
    """The style sheet, and its hash as a content security policy names it."""
    css = files("povdata.publish").joinpath("templates/page_report.css").read_text(encoding="utf-8")
    return css, base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


def _items(value: Any) -> list[str]:
    """A field's value as a reader wants it: one text an item, none where the page does not state it."""
    values = value if isinstance(value, list) else [value]
    return [_printed(item) for item in values if item is not None]


def _printed(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(item) for item in value.values() if item is not None)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return f"{value:,}" if isinstance(value, int) else str(value)
