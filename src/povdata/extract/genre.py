"""Column `genre` of `articles`: what kind of text a page is, by the weight of the evidence.

Each genre has a score. The cues of `lexicon/genre_cues.csv` add their weights: words of the headline, the opening,
the author's own voice, the ends of the page. What the other tables hold adds the rest, by `_WEIGHTS`: how near to
publication the first day is, who speaks, whom the headline names, how the text ends. The highest score wins, a tie
goes to the earlier genre of `_ORDER`.

The weights were set by hand; docs/genre.md says how often they are wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from povdata import lexicon
from povdata.clean.lines import FOLD
from povdata.extract.script import fold
from povdata.page import Document, Segment

_Body = list[tuple[Segment, str]]
"""The segments of the body with their stripped texts."""

_ORDER = ("report", "feature", "commentary", "signed_article", "speech", "notice", "other")
_WEIGHTS: dict[str, tuple[tuple[str, float], ...]] = {
    "near day opens": (("report", 2.5),),
    "near day": (("report", 1.0),),
    "far day opens": (("feature", 1.2),),
    "lately": (("report", 1.2),),
    "no near day": (("report", -1.0),),
    "dateline": (("report", 0.5),),
    "dateline with day": (("report", 1.2),),
    "official speaks": (("report", 0.6),),
    "body speaks": (("report", 0.6),),
    "villager speaks": (("feature", 0.7),),
    "nobody speaks": (("commentary", 0.6), ("signed_article", 0.4), ("notice", 0.6)),
    "nobody is named": (("commentary", 0.3), ("signed_article", 0.2), ("notice", 0.6)),
    "opens with official": (("report", 0.8),),
    "opens with villager": (("feature", 1.5),),
    "headline names official": (("report", 1.0),),
    "headline names person": (("feature", 1.5),),
    "headline opens with place": (("feature", 1.2),),
    "author": (("signed_article", 0.7),),
    "labelled turns": (("speech", 4.0),),
    "signed by an office": (("notice", 2.5),),
    "ends with its date": (("notice", 1.2),),
    "long": (("feature", 0.6),),
}
"""Evidence from the page's shape and the other tables -> the genres that it speaks for, and how strongly."""

_BEFOREHAND = {"report": 1.6, "feature": 1.6}
"""What the two common genres have before any evidence."""

_OPENING = 400
"""Code points of the body that count as its opening."""
_BEGINS = 60
"""A day that stands within so many code points opens the body."""
_FIRST = 200
"""Code points of the first paragraph in which news says what happened."""
_READ = 2500
"""Code points of the body in which cues are looked for; what a text is shows before that."""
_TIMES = 3
"""A cue that may recur counts this often at most."""
_NEAR = timedelta(days=31)
_AHEAD = timedelta(days=7)

_TURN = re.compile(r"(?:【[^】\n]{2,30}】|[\u4e00-\u9fff·]{2,16}[:：](?=\n|$|[^\n]{12}))")
_ASKS = re.compile(r"[记記]者|主持人|[问答問][:：]|网友|提问|女士们|朋友们|各位")
_DATE_ALONE = re.compile(
    r"[（(]?(?:\d{4}|[一二][\u3007〇○ＯO0零一二三四五六七八九]{3})年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日[）)]?"
)
_OFFICE = re.compile(r"(?:政府|委员会|办公室|领导小组|指挥部|[局厅委办部院社会处站])[（(]?(?:代章|印章)?[）)]?$")
_QUOTED = re.compile(r"“[^”\n]{0,400}”|《[^》\n]{0,80}》")
_LINE_END = re.compile(r"\n")
_LATELY = re.compile(r"近日|日前|连日来|近期|[今昨][天日晨晚]|刚刚")
_COLON = re.compile(r"\s?[:：]")
_PATH = re.compile(r"(?:当前|您的?|您?现在的?|所在)位置|[>＞»›]")


class _Cue(NamedTuple):
    pattern: re.Pattern[str]
    begins: list[str]
    """What its matches begin with; empty where that may be anything."""
    most: int
    """How often it counts at most."""
    scores: tuple[tuple[str, float], ...]


class _Search(NamedTuple):
    """How the cues of one text are found; they go by their number in `_cues`."""

    openings: AhoCorasick
    opened: list[list[int]]
    """For each pattern of `openings` the cues whose matches may begin with it."""
    lines: list[int]
    """Cues whose matches may begin with anything, but at the beginning of a line."""
    rest: list[int]
    """Cues whose matches may begin with anything, anywhere."""


def genre(document: Document, rows: dict[str, list[dict[str, Any]]]) -> str:
    """The value of `articles.genre` for a page.

    `rows` are the rows of `people`, `places`, `dates` and `statements` for the same document, by table name. The
    genre that the cleaner guessed is no evidence here.
    """
    scores = dict.fromkeys(_ORDER, 0.0)
    for said_for in _evidence(document, rows):
        for kind, weight in said_for:
            scores[kind] += weight
    return max(_ORDER, key=lambda kind: scores[kind] + _BEFOREHAND.get(kind, 0.0))


def _evidence(document: Document, rows: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[tuple[str, float], ...]]:
    """What speaks for which genre, once for each time that it counts."""
    body = [(segment, text) for _, segment, text in document.text_of("body")]
    cues, counts = _cues(), _counts(_texts(document, body, rows["statements"]))
    for number in sorted(counts):
        yield from [cues[number].scores] * counts[number]
    for name in (*_shape(document, body), *_days(document, body, rows["dates"]), *_who(document, body, rows)):
        yield _WEIGHTS[name]


def _counts(texts: dict[str, str]) -> dict[int, int]:
    """Number of a cue -> how often it counts, for the cues found. `texts`: what `_texts` gives.

    An expression is tried only where one of its openings stands: one pass over a text finds those of all its cues.
    """
    cues = _cues()
    counts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for name, search in _searches().items():
        text = texts[name]
        if not text:
            continue
        tries = [
            (start, number)
            for opening, start, _ in search.openings.find_matches_as_indexes(text, overlapping=True)
            for number in search.opened[opening]
        ]
        if search.lines:
            tries += product([0, *[mark.end() for mark in _LINE_END.finditer(text)]], search.lines)
        tries.sort()
        for start, number in tries:
            if start >= ends.get(number, 0) and (match := cues[number].pattern.match(text, start)):
                counts[number] = n = counts.get(number, 0) + 1
                ends[number] = match.end() if n < cues[number].most else len(text)
        for number in search.rest:
            if found := cues[number].pattern.findall(text):
                counts[number] = min(len(found), cues[number].most)
    return counts


def _texts(document: Document, body: _Body, statement_rows: list[dict[str, Any]]) -> dict[str, str]:
    """Where cues are looked for -> the text of it, its paragraphs joined by line feeds."""
    page = document.page.text
    paragraphs: list[str] = []
    length = 0
    for segment in document.segments:
        if segment.role in ("body", "heading") and length < _READ:
            paragraphs.append(page[segment.start : segment.end].strip()[:_READ])
            length += len(paragraphs[-1])
    written = "\n".join(paragraphs)[:_READ]
    edges = [text for _, text in (*body[:2], *body[-2:]) if len(text) <= 260]
    headlines = [document.article.get("title") or "", *(document.article.get("deck") or ())]
    channels = [t[-60:] for _, _, t in document.text_of("navigation") if _PATH.search(t[:200])]
    texts = {
        "title": "\n".join(headlines)[:_OPENING],
        "lead": _after_dateline(document, body[0][1][:_OPENING] if body else ""),
        "first": body[0][1][:_FIRST] if body else "",
        "opening": "\n".join(text for _, text in body[:4])[:_OPENING],
        "body": written,
        "address": "\n".join(text[:48] for _, text in body[:4]),
        "byline": "\n".join(edges),
        "end": "\n".join(text[-160:] for _, text in body[-2:]),
        "voice": _voice(page, body, statement_rows),
        "channel": "\n".join(channels),
    }
    if document.article.get("language") == "zh-Hant":
        texts = {where: fold(text).translate(FOLD) for where, text in texts.items()}
    return texts


def _after_dateline(document: Document, first: str) -> str:
    """The first paragraph without its dateline and the reporter in brackets."""
    if not document.article.get("dateline"):
        return first
    opened = re.match(r".{2,60}?(?:[电讯訊電]|消息)(?:\s?[(（][^()（）]{2,40}[)）])?[\s:：,，]{0,3}", first)
    return first[opened.end() :] if opened else first


def _voice(page: str, body: _Body, statement_rows: list[dict[str, Any]]) -> str:
    """What the author says in the first `_READ` code points of the body: no statement of others, nothing quoted."""
    kept: list[str] = []
    spans = iter(sorted((row["start"], row["end"]) for row in statement_rows))
    span = next(spans, None)
    length = 0
    for segment, _ in body:
        at = segment.start
        pieces = []
        while at < segment.end:
            while span and span[1] <= at:
                span = next(spans, None)
            if span is None or span[0] >= segment.end:
                pieces.append(page[at : segment.end])
                break
            pieces.append(page[at : max(at, span[0])])
            at = span[1]
        kept.append("".join(pieces).strip())
        length += len(kept[-1])
        if length > _READ:
            break
    return _QUOTED.sub("", "\n".join(kept)[:_READ])


def _shape(document: Document, body: _Body) -> Iterator[str]:
    """Evidence from how the page is built."""
    texts = [text for _, text in body]
    dateline = document.article.get("dateline")
    if dateline:
        yield "dateline"
        if dateline.get("date"):
            yield "dateline with day"
    turns = [text for text in texts if _TURN.match(text)]
    if len(turns) >= 2 and any(_ASKS.search(text[:40]) for text in turns):
        yield "labelled turns"
    if len(texts) > 2 and _DATE_ALONE.fullmatch(texts[-1]):
        yield "signed by an office" if len(texts[-2]) <= 40 and _OFFICE.search(texts[-2]) else "ends with its date"
    if len(texts) > 30:
        yield "long"
    if document.article.get("authors") and not dateline:
        yield "author"


def _days(document: Document, body: _Body, date_rows: list[dict[str, Any]]) -> Iterator[str]:
    """Evidence from the first day that the opening names."""
    if not body:
        return
    first = body[0][0]
    text, published = document.page.text, document.article.get("published_at")
    reference = published.date() if published else None
    opening = [r for r in date_rows if any(s.start <= r["start"] < s.end for s, _ in body[:3])]
    near = [r for r in opening if _is_near(r, reference) and not _in_dateline(text, r)]
    if near and near[0]["start"] < first.start + _BEGINS:
        yield "near day opens"
    elif near:
        yield "near day"
    elif _LATELY.search(text, first.start, min(first.end, first.start + _FIRST)):
        yield "lately"
    else:
        yield "no near day"
        if opening and opening[0]["start"] < first.start + _BEGINS and not _in_dateline(text, opening[0]):
            yield "far day opens"


def _is_near(row: dict[str, Any], reference: date | None) -> bool:
    if row["precision"] not in ("day", "range") or row["date_end"] - row["date_start"] > _NEAR:
        return False
    return reference is None or reference - _NEAR <= row["date_start"] <= reference + _AHEAD


def _in_dateline(text: str, row: dict[str, Any]) -> bool:
    return text[row["end"] : row["end"] + 1] in ("电", "讯", "電", "訊")


def _who(document: Document, body: _Body, rows: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Evidence from who speaks and whom the headline names."""
    people = {row["name"]: row for row in rows["people"] if not {"author", "credit"} & set(row["roles"])}
    speakers = list(dict.fromkeys(row["speaker"] for row in rows["statements"]))
    kinds = [
        "body speaks" if name not in people else "official speaks" if people[name]["rank"] else "villager speaks"
        for name in speakers
    ]
    for kind in ("body speaks", "official speaks", "villager speaks"):
        yield from [kind] * min(kinds.count(kind), _TIMES)
    if not speakers:
        yield "nobody speaks"
    if body:
        begin, stop = body[0][0].start, body[-1][0].end
        mentions = [(m["start"], row) for row in people.values() for m in row["mentions"] if begin <= m["start"] < stop]
        first = min(mentions, key=lambda mention: mention[0], default=None)
        if first is None:
            yield "nobody is named"
        elif first[0] < begin + _FIRST:
            yield "opens with official" if first[1]["rank"] or first[1]["titles"] else "opens with villager"
    title = document.article.get("title") or ""
    named = [row for name, row in people.items() if name in title]
    if named:
        yield "headline names official" if any(row["rank"] for row in named) else "headline names person"
    headline = next((segment for segment in document.segments if segment.role == "title"), None)
    if headline:
        text = document.page.text
        for row in rows["places"]:
            if headline.start <= row["start"] < headline.start + 3 and _COLON.match(text, row["end"]):
                yield "headline opens with place"
                break


@cache
def _cues() -> tuple[_Cue, ...]:
    """The cues of `genre_cues.csv`; rows with the same place and pattern are one."""
    begins = {(row["where"], row["pattern"]): row["begins"].split(" ") for row in lexicon.rows("genre_cues")}
    return tuple(
        _Cue(
            _compiled(where, pattern),
            [opening for opening in begins[where, pattern] if opening],
            _TIMES if where in ("voice", "body", "paragraph") else 1,
            tuple(scores),
        )
        for (where, pattern), scores in _cells().items()
    )


@cache
def _cells() -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Place and pattern -> the genres that a cue speaks for, with their weights."""
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for row in lexicon.rows("genre_cues"):
        found.setdefault((row["where"], row["pattern"]), []).append((row["genre"], float(row["weight"])))
    return found


@cache
def _searches() -> dict[str, _Search]:
    """Name of a text of `_texts` -> the search for its cues."""
    opened: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    lines, rest = defaultdict(list), defaultdict(list)
    for number, (cue, (where, _)) in enumerate(zip(_cues(), _cells(), strict=True)):
        text = "body" if where == "paragraph" else where
        for opening in cue.begins:
            opened[text][opening].append(number)
        if not cue.begins:
            (lines if where in ("lead", "byline", "paragraph", "address") else rest)[text].append(number)
    return {
        text: _Search(
            AhoCorasick(opened[text], implementation=Implementation.DFA),
            list(opened[text].values()),
            lines[text],
            rest[text],
        )
        for text in {**opened, **lines, **rest}
    }


def _compiled(where: str, pattern: str) -> re.Pattern[str]:
    """Anchored as its place asks: whole lines of a byline, the beginning of a lead or of a paragraph."""
    anchored = {"byline": r"^(?:{})$", "lead": r"\A(?:{})", "paragraph": r"^(?:{})", "address": r"^(?:{})"}
    return re.compile(anchored.get(where, "{}").replace("{}", pattern), re.MULTILINE)
