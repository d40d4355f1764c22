"""The page grammar: a page's text into segments with roles, and what the page says about itself."""

from __future__ import annotations

import re
from functools import cache

import ahocorasick_rs

from povdata.clean import fields, grammar, head
from povdata.clean.lines import Atom, atoms
from povdata.clean.markup import annotate
from povdata.lexicon import rows
from povdata.models import REJECTIONS
from povdata.page import Document, Page, Rejection, Segment

__all__ = ["clean"]

_HOST = re.compile(r"https?://([\w.-]{1,200})")


_REMEDY = REJECTIONS["no_article"].remedy


def clean(page: Page) -> Document:
    """Reads a page: gives every stretch of its text a role, and takes its metadata.

    The segments of the result tile `page.text`; its `article` has the columns of `articles` that a page states.
    Raises Rejection("no_article") for a page that holds no article.
    """
    family = _family(page)
    pieces = atoms(page.text, family)
    told = head.read(page)
    if page.blocks:
        annotate(pieces, page.blocks, told)
    read = grammar.read(pieces, tuple(map(head.same_words, told.titles))) if pieces else None
    if read is None:
        raise Rejection("no_article", f"no headline with a story below it was found: {_REMEDY}")
    refusal = _refusal(page.text, pieces, read)
    if refusal:
        raise Rejection("no_article", f"{refusal}: {_REMEDY}")
    merged = _merge(pieces, read)
    ends = [start for start, *_ in merged[1:]] + [len(page.text)]
    segments = [
        Segment(start if i else 0, end, role, rule)
        for i, ((start, role, rule, _), end) in enumerate(zip(merged, ends, strict=True))
    ]
    zoned = [
        (grammar.ZONES[zone], segment.role, page.text[segment.start : segment.end].strip())
        for segment, (*_, zone) in zip(segments, merged, strict=True)
    ]
    return Document(page, segments, fields.article(page, zoned, family, told))


def _merge(pieces: list[Atom], read: grammar.Read) -> list[tuple[int, str, str, int]]:
    """Start, role, rule and zone of each segment: atoms of one line and role are one, save paragraphs."""
    merged: list[tuple[int, str, str, int]] = []
    line = -1
    for atom, role, rule, zone in zip(pieces, read.roles, read.rules, read.zones, strict=True):
        together = merged and atom.line == line and role == merged[-1][1] and zone == merged[-1][3]
        if not together or role in ("body", "deck"):
            merged.append((atom.start, role, rule, zone))
        line = atom.line
    return merged


_TEASER_DAY = re.compile(r"(?:19|20)\d\d ?[-年/.] ?(\d{1,2} ?[-月/.] ?\d{1,2})(?!\d)|^[\[(]?(\d\d[-/.]\d\d)[\])]?$")
_CUT_SHORT = re.compile(
    r"(?:\.{2,6}|(?<!…)…)[\[(<【 ]{0,2}(?:详细|详情|全文|阅读全文|查看全文|更多|查看详情)?[\])>】 ]{0,3}$"
)


def _teasers(pieces: list[Atom], read: grammar.Read) -> bool:
    """Whether the paragraphs of a story are teasers of others: most cut short, or most with a day of its own beside."""
    bodies = [i for i, role in enumerate(read.roles) if role == "body" and pieces[i].evidence >= 0.7]
    if len(bodies) < 3:
        return False
    cut = sum(bool(_CUT_SHORT.search(pieces[i].folded[-16:])) for i in bodies)
    if cut >= 3 and cut >= 0.6 * len(bodies):
        return True
    days = [
        (m[1] or m[2]).replace(" ", "")
        for atom in pieces[read.headline + 1 : bodies[-1] + 2]
        if len(atom.folded) <= 40 and not atom.evidence
        for m in [_TEASER_DAY.search(atom.folded)]
        if m
    ]
    return len(set(days)) >= 3 and len(days) >= 0.6 * len(bodies)


@cache
def _marks() -> tuple[ahocorasick_rs.AhoCorasick, list[tuple[str, float]]]:
    table = rows("families")
    finder = ahocorasick_rs.AhoCorasick([r["pattern"] for r in table])
    return finder, [(r["family"], float(r["weight"])) for r in table]


def _family(page: Page) -> str:
    """The site family whose marks stand on the page, each counted once; `generic` below a weight of 3."""
    finder, marks = _marks()
    host = _HOST.match(page.url) if page.url and page.blocks else None
    text = f"{page.text}\nhost:{host[1]}" if host else page.text
    weight: dict[str, float] = {}
    for i in {i for i, _, _ in finder.find_matches_as_indexes(text, overlapping=True)}:
        name, w = marks[i]
        weight[name] = weight.get(name, 0) + w
    best = max(weight, key=lambda f: (weight[f], f), default="generic")
    return best if weight.get(best, 0) >= 3 else "generic"


@cache
def _refusing() -> tuple[ahocorasick_rs.AhoCorasick, list[tuple[str, float, bool]]]:
    marks = [(r["pattern"], float(r["weight"]), r["cue"] == "log-in") for r in rows("cues") if r["role"] == "reject"]
    return ahocorasick_rs.AhoCorasick([word for word, *_ in marks]), marks


def _refusal(text: str, pieces: list[Atom], read: grammar.Read) -> str | None:
    """Why a page that was read holds no article after all, or None.

    A mark of a list or error page outweighs some prose: more of it where the mark stands above the story than below.
    """
    body = [atom for atom, role in zip(pieces, read.roles, strict=True) if role == "body"]
    prose = sum(atom.evidence for atom in body)
    told = any(
        atom.evidence >= 0.7 and ("。" in atom.text or len(atom.text) >= 60 or "." in atom.text) for atom in body
    )
    verse = sum(atom.evidence >= 0.7 for atom in body) >= 4
    if not (told or verse) or sum(len(atom.text) for atom in body) < 15:
        return "the page has headlines but no paragraph of a story"
    listed = sum(atom.mark.links >= 0.8 for atom in pieces)
    strip = any(a.cue.role == "metadata" and z == grammar.META for a, z in zip(pieces, read.zones, strict=True))
    if listed >= 30 and not strip and sum(len(atom.text) for atom in body) < 150:
        return "the page is a list of links with little of a story"
    if _teasers(pieces, read):
        return "the page is a list of teasers, each with its own date or cut short"
    finder, marks = _refusing()
    found = [(i, start) for i, start, _ in finder.find_matches_as_indexes(text) if not (strip and marks[i][2])]
    against = sum(marks[i][1] * (4 if start < body[0].start else 1) for i, start in found)
    if found and prose < against:
        return f"the page has a mark of a list or error page ({marks[found[0][0]][0]}) and too little of a story"
    return None
