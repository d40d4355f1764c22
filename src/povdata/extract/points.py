"""Table `points`: the items of enumerated lists in running text, with speaker, kind and themes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from povdata.extract.script import simplified
from povdata.lexicon import rows
from povdata.page import Document

_NUMERALS = {numeral: value for value, numeral in enumerate("一二三四五六七八九十", 1)}
_HAN = "[一二三四五六七八九十]{1,3}"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_OPENING = '“‘"「『（( \u3000\xa0\t'
_FIRST = rf"一二三四五六七八九十第首其再最另（(\d{_CIRCLED}"
"""What the first character is of every marker of `lexicon/point_markers.csv`."""
_BREAKS = "。！？!?；;：:，,、—…”’」』）)\n"
_REACH = 2000
"""How far back a quotation or a sentence is looked for, in code points: no line costs more than its length."""
_CLAUSE = re.compile(r"[，,。；;：:！？!?\n]|(?<=\D)\.(?=\D|$)")
_BRACKETS = {"“": "”", "《": "》", "（": "）", "(": ")", "‘": "’", "「": "」", '"': '"'}
_BRACKET = re.compile(r"[“《（(‘「\"]")

_QUOTATION_MARK = re.compile("[“”]")

_ANNOUNCES = re.compile(r"提出|[作做]出|部署|要求|希望|[强強][调調]|指出|[讲講][话話]|表示|介[绍紹]|[讲講]了")
"""What says that the sentence before a list announces what somebody has to say."""


class _Marker(NamedTuple):
    """A printed marker: what list it may belong to, and its place in the order."""

    family: str
    form: str
    """Items of one list mostly share it (`要` of `一要`)."""
    ordinal: int
    start: int
    end: int
    leads: bool
    """It opens its paragraph."""


@dataclass
class _List:
    family: str
    form: str
    leads: bool
    items: list[tuple[int, _Marker]]
    """(number of the paragraph, marker) of each item."""
    outer: _List | None
    """The list that is open where this one begins."""
    closed: int | None = None
    """Where in its paragraph another list with the same markers begins."""


def points(
    document: Document, statements: list[dict[str, Any]], people_rows: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Rows of `points`, in page order, read in the body.

    A list has at least two items that count up from one, with markers of one family (`lexicon/point_markers.csv`). An
    item ends where the next of its list begins, with the item or the quotation that holds it, or with its paragraph.
    `statements` and `people_rows` are the rows of these tables for the same page: they give the speaker in force.
    """
    page, text, article_id = document.page.text, simplified(document), document.page.article_id
    paragraphs = [(start, end) for start, end, role, _ in document.segments if role == "body"]
    lists = _lists(text, paragraphs)
    if not lists:
        return []
    found: list[dict[str, Any]] = []
    for list_seq, listed in enumerate(lists):
        lead = _lead(text, paragraphs, listed)
        speaker = _speaker(page, listed, lead, statements, people_rows)
        spans = _spans(text, paragraphs, listed)
        items = [text[start:end] for start, end in spans]
        kind_of_list = kind(text[lead[0] : lead[1]], items, speaker is not None)
        for (_, marker), (start, end), read in zip(listed.items, spans, items, strict=True):
            item = page[start:end]
            found.append(
                {
                    "article_id": article_id,
                    "seq": 0,
                    "list_seq": list_seq,
                    "ordinal": marker.ordinal,
                    "marker": page[marker.start : marker.end],
                    "start": start,
                    "end": end,
                    "text": item,
                    "heading": heading(page[marker.end : end]) or item,
                    "speaker": speaker,
                    "kind": kind_of_list,
                    "themes": themes(read),
                }
            )
    found.sort(key=itemgetter("start"))
    order = {number: seq for seq, number in enumerate(dict.fromkeys(row["list_seq"] for row in found))}
    for seq, row in enumerate(found):
        row["seq"], row["list_seq"] = seq, order[row["list_seq"]]
    return found


def heading(item: str) -> str:
    """The first clause of an item whose marker is removed; commas inside quotation marks or brackets do not end it."""
    item = item.lstrip(" \u3000\xa0，,：:、.．")
    at = 0
    while True:
        stop = _CLAUSE.search(item, at)
        opening = _BRACKET.search(item, at, stop.start() if stop else len(item))
        if opening is None:
            return item[: stop.start() if stop else len(item)].strip()
        close = item.find(_BRACKETS[opening.group()], opening.end())
        at = close + 1 if close >= 0 else opening.end()


def kind(lead: str, items: list[str], spoken: bool) -> str:
    """What the items of one list are, by the first rule of `lexicon/point_kinds.csv` that fits most of them.

    `lead` is the sentence before the list, `items` are the items with their markers; `spoken` says that a speaker is in
    force. `other` where no rule fits any of them.
    """
    rules: list[tuple[re.Pattern[str] | None, str]] = []
    for where, pattern, value in _kinds():
        if where == "lead":
            if pattern.search(lead):
                rules.append((None, value))
                break
        elif where == "item" or spoken == (where == "spoken"):
            rules.append((pattern, value))
    votes: dict[str, int] = {}
    for item in items:
        for pattern, value in rules:
            if pattern is None or pattern.match(item):
                votes[value] = votes.get(value, 0) + 1
                break
    return max(votes, key=votes.__getitem__, default="other")


def themes(text: str) -> list[str]:
    """Codes of the themes whose triggers stand in a text, in the order of the codes.

    Triggers are those of `lexicon/themes.csv` and `lexicon/theme_words.csv`; one inside a longer one does not count.
    """
    automaton, codes = _triggers()
    kept: list[tuple[int, int, int]] = []
    # They come in the order of their ends, the longest first of those that end together.
    for match in automaton.find_matches_as_indexes(text, overlapping=True):
        while kept and kept[-1][1] >= match[1]:
            del kept[-1]
        if not kept or kept[-1][2] < match[2]:
            kept.append(match)
    return sorted(set().union(*[codes[pattern] for pattern, _, _ in kept]))


@cache
def _kinds() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    return tuple((row["where"], re.compile(row["pattern"]), row["kind"]) for row in rows("point_kinds"))


@cache
def _triggers() -> tuple[AhoCorasick, list[list[str]]]:
    codes: dict[str, list[str]] = {}
    for row in rows("themes"):
        for trigger in filter(None, row["triggers"].split("|")):
            codes.setdefault(trigger, []).append(row["code"])
    for row in rows("theme_words"):
        codes.setdefault(row["word"], []).extend(filter(None, row["codes"].split("|")))
    return AhoCorasick(list(codes), implementation=Implementation.DFA), list(codes.values())


@cache
def _markers() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, dict[str, str]]]:
    """One that opens a paragraph; a mark after which one stands; and the table's rows by family."""
    table = {row["family"]: row for row in rows("point_markers")}
    families = "|".join(f"(?P<{family}>{row['pattern']})" for family, row in table.items())
    marker = f"(?=[{_FIRST}])(?:{families})"
    # The mark is matched first, then the first character of any marker, and only then are the ten patterns tried.
    after_mark = rf"[{_BREAKS}](?=[{_FIRST}{_OPENING}])[{_OPENING}]{{0,4}}?(?={marker})"
    return re.compile(rf"[{_OPENING}]{{0,20}}?{marker}"), re.compile(after_mark), table


@lru_cache(maxsize=1024)
def _read(family: str, printed: str) -> tuple[str, int]:
    """The form of a marker, and the ordinal that it prints; 0 where its place in the list decides (最后)."""
    words = _markers()[2][family]["words"]
    if words:
        if printed == "最后":
            return "word", 0
        return "word", next(
            n for n, word in enumerate(words.split("|"), 1) if printed.startswith(tuple(word.split("/")))
        )
    form = printed[-1] if family == "numeral" else printed[0]
    if digits := re.search(r"[0-9０-９]+", printed):
        return form, int(digits.group())
    if family == "circled":
        return form, _CIRCLED.index(printed) + 1
    numeral = re.search(_HAN, printed)
    assert numeral is not None
    tens, found, ones = numeral.group().partition("十")
    if not found:
        return form, _NUMERALS[tens[0]]
    return form, (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


def _scan(text: str, paragraphs: list[tuple[int, int]]) -> Iterator[tuple[int, _Marker]]:
    """What may be markers, each with the number of its paragraph: where that begins, or after a mark."""
    opens, after_mark, table = _markers()
    inner = after_mark.finditer(text, paragraphs[0][0], paragraphs[-1][1]) if paragraphs else iter(())
    following = next(inner, None)
    for number, (start, end) in enumerate(paragraphs):
        if first := opens.match(text, start, end):
            family = first.lastgroup or ""
            at, stop = first.span(family)
            yield number, _Marker(family, *_read(family, text[at:stop]), at, stop, True)
        while following and following.start() < end:
            family = following.lastgroup or ""
            at, stop = following.span(family)
            mark, after = following.start(), table[family]["after"]
            if start <= mark and stop <= end and (not after or text[mark] in after):
                yield number, _Marker(family, *_read(family, text[at:stop]), at, stop, False)
            following = next(inner, None)


def _lists(text: str, paragraphs: list[tuple[int, int]]) -> list[_List]:
    """Every list of two items or more, in page order of its first item."""
    lists: list[_List] = []
    open_lists: list[_List] = []
    for number, marker in _scan(text, paragraphs):
        continued = _continued(open_lists, marker, number)
        if continued is not None:
            del open_lists[open_lists.index(continued) + 1 :]
            continued.closed = None
            if marker.ordinal == 0:
                marker = marker._replace(ordinal=continued.items[-1][1].ordinal + 1)
            continued.items.append((number, marker))
        elif marker.ordinal == 1:
            # It ends a list of the same form, but one that opened its paragraph may go on in a later one.
            for place, earlier in enumerate(open_lists):
                if (earlier.family, earlier.form) == (marker.family, marker.form):
                    for ended in open_lists[place:]:
                        if ended.closed is None and ended.items[-1][0] == number:
                            ended.closed = marker.start
                    if not earlier.leads or marker.leads:
                        del open_lists[place:]
                        break
            outer = open_lists[-1] if open_lists else None
            listed = _List(marker.family, marker.form, marker.leads, [(number, marker)], outer)
            open_lists.append(listed)
            lists.append(listed)
    return [listed for listed in lists if len(listed.items) > 1]


def _continued(open_lists: list[_List], marker: _Marker, number: int) -> _List | None:
    """The open list whose next item a marker begins: one with the same form before one of the same family."""
    fits = None
    for listed in reversed(open_lists):
        last, before = listed.items[-1]
        if listed.family == marker.family and marker.ordinal in (before.ordinal + 1, 0):
            if last == number or marker.leads:
                if listed.form == marker.form:
                    return listed
                fits = fits or listed
    return fits


def _spans(text: str, paragraphs: list[tuple[int, int]], listed: _List) -> list[tuple[int, int]]:
    """Where each item begins and ends, without the comma, semicolon or white space before the next."""
    spans = []
    nexts = [marker.start for _, marker in listed.items[1:]]
    for (number, (_, _, _, begin, _, _)), following in zip(listed.items, [*nexts, len(text)], strict=True):
        paragraph, stop = paragraphs[number]
        end = min(stop, following)
        outer = listed.outer
        while outer is not None:
            after = bisect_right(outer.items, begin, key=lambda item: item[1].start)
            if after < len(outer.items):
                end = min(end, outer.items[after][1].start)
            outer = outer.outer
        if listed.closed is not None and begin < listed.closed < end:
            # What comes after the last full stop introduces the other list.
            end = text.rfind("。", begin, listed.closed) + 1 or listed.closed
        end = _quotation_end(text, paragraph, begin, end)
        item = text[begin:end].rstrip()
        spans.append((begin, begin + len(item.rstrip(_OPENING + "，,；;、") if end < stop else item)))
    return spans


def _quotation_end(text: str, paragraph: int, start: int, end: int) -> int:
    """Where the quotation that is open at `start` closes, or `end` where none is."""
    opening = text.rfind("“", max(paragraph, start - _REACH), start)
    if opening < 0 or text.find("”", opening, start) >= 0:
        return end
    depth = 1
    for mark in _QUOTATION_MARK.finditer(text, start, end):
        depth += 1 if mark.group() == "“" else -1
        if depth == 0:
            return mark.start()
    return end


def _lead(text: str, paragraphs: list[tuple[int, int]], listed: _List) -> tuple[int, int]:
    """The sentence that introduces a list: before its first item in the paragraph, or the end of the one before."""
    number, marker = listed.items[0]
    start, stop = paragraphs[number][0], marker.start
    if not text[start:stop].strip(_OPENING) and number:
        start, stop = paragraphs[number - 1]
    while stop > start and text[stop - 1] in " \u3000\xa0\t\r\n“":
        stop -= 1
    start = max(start, stop - _REACH)
    last = max(start, stop - 1)
    return max(start, *[text.rfind(end, start, last) + 1 for end in "。！？!?"]), stop


def _speaker(
    page: str,
    listed: _List,
    lead: tuple[int, int],
    statements: list[dict[str, Any]],
    people_rows: Sequence[dict[str, Any]],
) -> str | None:
    """The speaker in force where a list begins: of the statement that holds it, or named in the sentence before it."""
    first = listed.items[0][1]
    after = bisect_right(statements, first.start, key=itemgetter("start"))
    if after and first.start < statements[after - 1]["end"]:
        return str(statements[after - 1]["speaker"])
    introduction = page[lead[0] : lead[1]]
    if _ANNOUNCES.search(introduction):
        names = {row["speaker"] for row in statements} | {row["name"] for row in people_rows}
        named = [(at, name) for name in names if (at := introduction.find(name)) >= 0]
        if named:
            return min(named)[1]
    inside = statements[after]["start"] <= first.end + 4 if after < len(statements) else False
    return str(statements[after]["speaker"]) if inside else None
