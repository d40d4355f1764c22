"""Table `terms`: policy vocabulary by longest match over the glossary. Lookups `glossary` and `themes`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

from ahocorasick_rs import AhoCorasick, MatchKind

from povdata.extract.script import simplified
from povdata.lexicon import rows
from povdata.models import CONTENT_ROLES
from povdata.page import Document

_MARK = re.compile(r"[、,，·“”]")
_SEPARATORS = ("、", ",", "，", "·", " ", "", "”“", "”、“", "”和“", '""', '"、"', '","', "’‘", "’、‘")
"""What stands between the parts of one slogan: “两不愁、三保障” and “两不愁”“三保障” are the same term."""
_QUOTES = ("“”", '""', "‘’", "''", "「」", "『』")
_NO_MORE = (sys.maxsize, sys.maxsize)
_FULL_WIDTH = str.maketrans("0123456789D", "０１２３４５６７８９Ｄ")


def terms(document: Document) -> list[dict[str, Any]]:
    """Rows of `terms`, in page order, read in the roles that hold the article's content.

    The leftmost match wins, and of those the longest; `lexicon/not_terms.csv` names the ordinary words that hold a
    term's characters (低保障) and the terms that count in quotation marks only. A span begins and ends with the
    term's own characters: quotation marks around it are left out, marks between its parts are taken in. Pages in
    traditional script are read as if in simplified one; `term` is always in simplified script.
    """
    text, article_id = document.page.text, document.page.article_id
    automaton, names = _matcher()
    spans = iter([(segment.start, segment.end) for segment in document.segments if segment.role in CONTENT_ROLES])
    low = high = 0
    found = []
    for pattern, start, end in automaton.find_matches_as_indexes(simplified(document)):
        name, trim = names[pattern]
        if name is None:
            continue
        start += trim
        end -= trim
        while high <= start:
            low, high = next(spans, _NO_MORE)
        if low <= start and end <= high:
            found.append({"article_id": article_id, "start": start, "end": end, "text": text[start:end], "term": name})
    return found


@cache
def glossary() -> tuple[dict[str, Any], ...]:
    """Rows of the lookup `glossary`; `expansion_zh` of a numbered slogan lists what it counts, one item each."""
    return tuple(
        {
            "term": row["term"],
            "aliases": _list(row["aliases"]),
            "category": row["category"],
            "expansion_zh": _list(row["expansion_zh"]),
            "gloss_en": row["gloss_en"],
        }
        for row in rows("glossary")
    )


@cache
def themes() -> tuple[dict[str, Any], ...]:
    """Rows of the lookup `themes`: the eight systems, whose `parent` is null, and the themes under them."""
    return tuple(
        {
            "code": row["code"],
            "parent": row["parent"] or None,
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "definition": row["definition"],
            "triggers": _list(row["triggers"]),
        }
        for row in rows("themes")
    )


def _list(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def _spellings(form: str) -> Iterator[str]:
    """The ways in which a term or alias is printed: with and without marks, marks and digits of either width."""
    parts = [part for part in _MARK.split(form) if part]
    if len(parts) == 1:
        yield form
    elif "“" in form:
        yield from (form, form.replace("“", '"').replace("”", '"'), "".join(parts))
    else:
        yield from (separator.join(parts) for separator in _SEPARATORS)
    if form != (wide := form.translate(_FULL_WIDTH)):
        yield wide


@cache
def _matcher() -> tuple[AhoCorasick, list[tuple[str | None, int]]]:
    """The automaton, and for each of its patterns the term that it means and what to trim at either end.

    An ordinary word means no term: it takes the characters, so that the term inside it is not found.
    """
    exceptions = rows("not_terms")
    quoted = {row["text"] for row in exceptions if row["kind"] == "quoted"}
    meaning: dict[str, tuple[str | None, int]] = {}
    for row in glossary():
        for form in (row["term"], *row["aliases"]):
            for spelling in _spellings(form):
                if form in quoted:
                    for (opening, closing), around in product(_QUOTES, [spelling]):
                        meaning.setdefault(f"{opening}{around}{closing}", (row["term"], 1))
                else:
                    meaning.setdefault(spelling, (row["term"], 0))
    meaning |= {row["text"]: (None, 0) for row in exceptions if row["kind"] == "word"}
    return AhoCorasick(list(meaning), matchkind=MatchKind.LeftmostLongest), list(meaning.values())
