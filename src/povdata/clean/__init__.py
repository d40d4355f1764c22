"""The page grammar: a page's text into segments with roles, and what the page says about itself."""

from __future__ import annotations

import re
from functools import cache

import ahocorasick_rs

from povdata.clean import fields, grammar, head
from povdata.clean.lines import Atom, atoms, fold, is_noisy
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
    text = page.text
    folded = fold(text)
    family, refusing = _family(page)
    pieces = atoms(text, folded, family)
    told = head.read(page)
    if page.blocks:
        annotate(pieces, page.blocks, told)
    read = grammar.read(pieces, tuple(map(head.same_words, told.titles))) if pieces else None
    if read is None:
        raise Rejection("no_article", f"no headline with a story below it was found: {_REMEDY}")
    refusal = _refusal(text, pieces, read, refusing)
    if refusal:
        raise Rejection("no_article", f"{refusal}: {_REMEDY}")
    merged = _merge(pieces, read)
    segments: list[Segment] = []
    zoned: list[fields.Piece] = []
    end = len(text)
    for start, role, rule, zone in reversed(merged):
        segments.append(Segment(start, end, role, rule))
        zoned.append((grammar.ZONES[zone], role, text[start:end].rstrip(), folded[start:end].rstrip()))
        end = start
    segments[-1] = segments[-1]._replace(start=0)
    segments.reverse()
    zoned.reverse()
    return Document(page, segments, fields.article(page, zoned, is_noisy(folded), family, told))


def _merge(pieces: list[Atom], read: grammar.Read) -> list[tuple[int, str, str, int]]:
    """Start, role, rule and zone of each segment: atoms of one line and role are one, save paragraphs."""
    merged: list[tuple[int, str, str, int]] = []
    last: tuple[int, str, int] | None = None
    for atom, role, rule, zone in zip(pieces, read.roles, read.rules, read.zones, strict=True):
        this = atom.line, role, zone
        if this != last or role in ("body", "deck"):
            merged.append((atom.start, role, rule, zone))
            last = this
    return merged


_TEASER_DAY = re.compile(r"(?:19|20)\d\d ?[-年/.] ?(\d{1,2} ?[-月/.] ?\d{1,2})(?!\d)|^[\[(]?(\d\d[-/.]\d\d)[\])]?$")
_CUT_SHORT = re.compile(
    r"(?:\.{2,6}|(?<!…)…)[\[(<【 ]{0,2}(?:详细|详情|全文|阅读全文|查看全文|更多|查看详情)?[\])>】 ]{0,3}$"
)


def _teasers(pieces: list[Atom], headline: int, paragraphs: list[int]) -> bool:
    """Whether the paragraphs of a story are teasers of others: most cut short, or most with a day of its own beside."""
    ends = [pieces[i].folded[-16:] for i in paragraphs]
    cut = sum([1 for end in ends if ("…" in end or ".." in end) and _CUT_SHORT.search(end)])
    if cut >= 3 and cut >= 0.6 * len(paragraphs):
        return True
    days = [
        (m[1] or m[2]).replace(" ", "")
        for atom in pieces[headline + 1 : paragraphs[-1] + 2]
        if not atom.evidence and len(atom.folded) <= 40 and (m := _TEASER_DAY.search(atom.folded))
    ]
    return len(set(days)) >= 3 and len(days) >= 0.6 * len(paragraphs)


@cache
def _marks() -> tuple[ahocorasick_rs.AhoCorasick, dict[str, tuple[str, float]]]:
    """Finds the marks of site families, and those of pages without an article; the family and weight of the former."""
    families = {r["pattern"]: (r["family"], float(r["weight"])) for r in rows("families")}
    words = list(dict.fromkeys([*families, *_refusing()[1]]))
    return ahocorasick_rs.AhoCorasick(words, implementation=ahocorasick_rs.Implementation.DFA), families


@cache
def _refusing() -> tuple[ahocorasick_rs.AhoCorasick, dict[str, tuple[float, bool]]]:
    """Finds the marks of pages without an article; the weight of each, and whether it asks for a log-in."""
    marks = {r["pattern"]: (float(r["weight"]), r["cue"] == "log-in") for r in rows("cues") if r["role"] == "reject"}
    return ahocorasick_rs.AhoCorasick(list(marks)), marks


def _family(page: Page) -> tuple[str, bool]:
    """The site family whose marks stand on the page, each counted once; `generic` below a weight of 3.

    With it whether the page has marks of one without an article.
    """
    finder, families = _marks()
    host = _HOST.match(page.url) if page.url and page.blocks else None
    text = f"{page.text}\nhost:{host[1]}" if host else page.text
    found = set(finder.find_matches_as_strings(text, overlapping=True))
    weight: dict[str, float] = {}
    for word in found & families.keys():
        family, w = families[word]
        weight[family] = weight.get(family, 0) + w
    best = max(weight, key=lambda f: (weight[f], f), default="generic")
    return best if weight.get(best, 0) >= 3 else "generic", not found.isdisjoint(_refusing()[1])


def _refusal(text: str, pieces: list[Atom], read: grammar.Read, marked: bool) -> str | None:
    """Why a page that was read holds no article after all, or None.

    A mark of a list or error page outweighs some prose: more of it where the mark stands above the story than below.
    """
    body = [i for i, role in enumerate(read.roles) if role == "body"]
    length = sum([len(pieces[i].text) for i in body])
    paragraphs = [i for i in body if pieces[i].evidence >= 0.7]
    told = [pieces[i].text for i in paragraphs[:3]]
    verse = len(paragraphs) >= 4
    if length < 15 or not (verse or any("。" in line or len(line) >= 60 or "." in line for line in told)):
        return "the page has headlines but no paragraph of a story"
    strip = any(z == grammar.META and a.cue.role == "metadata" for a, z in zip(pieces, read.zones, strict=True))
    if length < 150 and not strip and sum(atom.mark.links >= 0.8 for atom in pieces) >= 30:
        return "the page is a list of links with little of a story"
    if len(paragraphs) >= 3 and _teasers(pieces, read.headline, paragraphs):
        return "the page is a list of teasers, each with its own date or cut short"
    if not marked:
        return None
    finder, marks = _refusing()
    words = list(marks.items())
    found = [(words[i], start) for i, start, _ in finder.find_matches_as_indexes(text)]
    found = [(word, weight, start) for (word, (weight, log_in)), start in found if not (strip and log_in)]
    prose = sum(pieces[i].evidence for i in body)
    opening = pieces[body[0]].start
    if found and prose < sum(weight * (4 if start < opening else 1) for _, weight, start in found):
        return f"the page has a mark of a list or error page ({found[0][0]}) and too little of a story"
    return None
