"""Table `events`: the meeting, visit or ceremony that an article reports."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from povdata import lexicon
from povdata.extract.script import fold
from povdata.extract.sentences import split
from povdata.page import Document, Segment, Span

_PARAGRAPHS = 4
"""Paragraphs of the body in which news names its event; what later ones name is background."""
_MORE_PARAGRAPHS = 8
"""As many where the headline of a report names an event, which the body must tell of."""
_SENTENCE = 600
"""Sentences are read to this length, so that a page without full stops costs no more than its length."""
_AFTER = timedelta(days=60)
"""A day further before publication than this is not the day of the event that the page reports."""
_BEFORE = timedelta(days=10)
_WRITERS = frozenset({"author", "credit"})
_PARTS = frozenset({"chair", "speaker", "attendee"})
_NO_EVENT = frozenset({"signed_article", "commentary", "notice", "speech"})

_HELD = re.compile(r"主持召开|组织召开|召开|召集|举行|举办|开幕|闭幕|开班|开工|启动|出席|参加|主持")
_HELD_AFTER_NAME = frozenset({"召开", "举行", "举办", "开幕", "闭幕", "开班", "开工", "启动"})
_ATTENDED = frozenset({"出席", "参加", "主持"})
_SAYS = re.compile(
    r"(?:按照|根据|落实|贯彻)[^,，。;；]{0,40}[,，]|(?P<says>(?:强调|指出|要求|提出|表示|认为|透露|说)[,，：:])"
)
_MARK = re.compile(r"[。！？\n]")
_PART = re.compile(r"[,，。;；：:\n]")
_VISIT = re.compile(r"调研|考察|视察|督导|督查|督战|检查|走访|慰问|看望|暗访")
_VISIT_NOT = re.compile(r"调研[报组员课]|考察[组团]|检查[组站]|督[导查]组|督查室|考察.?[,，]?对象")
_GOES = re.compile(r"到|赴|来|深入|前往|在|率|带队|走进|一行|就|对")
_GOES_TO = re.compile(r"(?:[到赴来在]|深入|前往|走进)$")
_TALK = re.compile(
    r"会见了?|会谈|(?:[同与和][^,，。;；]{1,30}|[进举]行(?:工作)?)座谈(?!会)|接受(?P<press>[^,，。;；]{0,16}(?:专访|访谈))"
)
_RITE = re.compile(r"揭牌|奠基|签约|签[订署][^,，。;；]{0,30}(?:协议|合同|责任书)|开工|竣工|开幕|正式启动|颁奖")
_TEAM = re.compile(r"[组团](?:一行)?[,，]?(?=[来到赴在]|深入|前往|对)")
_TITLE_SAYS = re.compile(r"[时并]?(?:强调|指出|要求|提出)|[:：]")
_LATELY = re.compile(r"近日|日前|连日来|近期|[今昨][天日]|(?<![\d月])\d\d?日(?:[上下]午|晚上?)[,，]")
_FUTURE = re.compile(r"(?:将于|将在|定于|拟于|即将|将)[^,，。;；]{0,24}$")
_PAST_MEETING = re.compile(r"^(?:之?后|以来|结束后|闭幕后|精神|要求|部署|确定|决策|期间提)")
_LEAD = re.compile(
    r"(?:的|了|由[^,，。;；]{1,40}?的|在[^,，。;；在]{1,20}?(?:召开|举行|举办)的|(?:\d{4}年)?(?:\d\d?月)?\d\d?[日号]|[今昨][天日]|[上下]午|中午|晚上?|近日|日前"
    r"|\d{1,2}[:：点时](?:\d\d)?分?|[ \u3000]){0,9}"
)
_MAY_STAND_BETWEEN = re.compile(
    r"[,，]?(?:(?:于|在|以|通过|采[用取]|\d)[^,，。;；]{0,40})?(?:(?:近日|日前|[今昨][天日])[^,，。;；]{0,24})?"
    r"(?:今[天日]|昨[天日])?(?:隆重|正式|如期|胜利|顺利|成功|圆满|继续)?"
)
_GOES_ON = re.compile(
    r"[”’」』》]?(?:暨|启动|开幕|闭幕|开班|签约|表彰|授牌|揭牌|颁奖|推进|动员|分组|[（(]|[\u4e00-\u9fff]{1,12}代表团)"
)
_HELD_AT = re.compile(
    r"在(?P<place>[^在,，。;；：:]{1,20}?)(?:隆重|正式|如期|胜利|顺利|成功)?"
    r"(?:主持召开|组织召开|主持|召开|举行|举办|开幕|闭幕|启动|开班)"
)
_SITE = re.compile(r"(?:[省市县区州乡镇村京沪渝堂馆厅院海所校]|酒店|饭店|中心|会场|大学|基地|广场|会议室|现场)$")
_VIDEO = re.compile(r"(?:视频|电视电话)(?!会议?(?:精神|要求))|网络直播|线上")

_SPOKE = re.compile(
    r"讲话|发言|致[辞词]|通报|汇报|作了?[^,，。]{0,24}(?:报告|说明|动员|点评|交流|辅导)|宣布|宣读|传达|介绍了|点评"
    r"|(?:会|仪式|论坛|活动)上|指出|强调|要求|部署"
)
_PRESS = ("发布会", "吹风会", "通气会", "说明会")
_SAYS_TO_PRESS = re.compile(r"[^,，。;；]{0,12}?(?:介绍|表示|指出)|$")
_WORDS_BEGIN = re.compile(r"说|告诉|[:：“\"]")
_TO_REPORTERS = re.compile(r"记者|采访")
_QUOTED = re.compile(r"贯彻|学习|落实|按照|根据|遵循|牢记|领会|传达|重要论述")
_CHAIR_SPOKE = re.compile(r"(?:同志)?在?主持[^,，。;；、]{0,12}讲话")
_CITED = re.compile(
    r"(?:同志|总书记|主席|总理|副总理|书记)?(?:为核心|新时代|思想|关于|系列|重要|(?:一系列|[的对])[^,，。;；]{0,16}(?:重要|讲话|指示|论述))"
)
_TOOK_PART = re.compile(r"出席|参加|陪同|与会|到会|一同|随同|列席")
_TITLE_NOT = re.compile(r"总书记|副总理|总理")


class _Mention(NamedTuple):
    start: int
    end: int
    low: int
    """Where its sentence begins."""
    high: int
    """Where its sentence ends."""


class _Found(NamedTuple):
    kind: str
    sentence: Span
    name: str | None
    at: int
    """Where the name or the verb of the event stands; dates before it in the sentence come first."""


def events(
    document: Document,
    people_rows: list[dict[str, Any]],
    place_rows: list[dict[str, Any]],
    date_rows: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """The row of the main event, with `seq` 0, or no row where the page reports none.

    `people_rows`, `place_rows` and `date_rows` are the rows of those tables for the same document. The event is the
    first one that the opening paragraphs of the body name with a verb of holding (召开, 举行 …) or visiting (调研 …);
    one whose day lies two months from publication is background. Chairs and attendees are the people with that role,
    but for those whom the page names only beside such a far day; speakers also have to have spoken at the event.
    """
    if document.article.get("genre") in _NO_EVENT:
        return []
    printed = document.page.text
    document = _simplified(document)
    published = document.article.get("published_at")
    reference = published.date() if published else None
    if reference is None:
        days = [r["date_start"] for r in date_rows if r["precision"] == "day"]
        reference = days[0] if days else None
    title = document.article.get("title") or ""
    promised = document.article.get("genre") == "report" and (_names_event(title) or _VISIT.search(title))
    body = (segment for segment in document.segments if segment.role == "body")
    paragraphs = [*islice(body, _MORE_PARAGRAPHS if promised else _PARAGRAPHS)]
    people = [
        (m["start"], m["end"]) for row in people_rows if _WRITERS.isdisjoint(row["roles"]) for m in row["mentions"]
    ]
    found = next(_found(document, paragraphs, people, date_rows, reference), None)
    if found is None:
        return []
    when = _when(document, found, paragraphs, people, date_rows, reference)
    where, code = _where(document.page.text, found, place_rows)
    return [
        {
            "article_id": document.page.article_id,
            "seq": 0,
            "kind": found.kind,
            "name": _as_printed(printed, document, found.name, found.sentence.start),
            "date_start": when and when["date_start"],
            "date_end": when and when["date_end"],
            "place": _as_printed(printed, document, where, found.sentence.start),
            "region_code": code,
            "format": _format(document.page.text, found),
            **_lists(document, found, people_rows, date_rows, reference),
            "start": found.sentence.start,
            "end": found.sentence.end,
        }
    ]


def _simplified(document: Document) -> Document:
    """The document with its text and title in simplified script, one character for one."""
    if document.article.get("language") != "zh-Hant":
        return document
    text, title = (fold(value or "") for value in (document.page.text, document.article.get("title")))
    return replace(document, page=replace(document.page, text=text), article={**document.article, "title": title})


def _as_printed(printed: str, document: Document, value: str | None, near: int) -> str | None:
    """What the page prints where `value` stands in the simplified text, at `near` or else anywhere."""
    if value is None or printed is document.page.text:
        return value
    at = document.page.text.find(value, near)
    at = document.page.text.find(value) if at < 0 else at
    return printed[at : at + len(value)] if at >= 0 else None


def _found(
    document: Document,
    paragraphs: list[Segment],
    people: list[tuple[int, int]],
    date_rows: list[dict[str, Any]],
    reference: date | None,
) -> Iterator[_Found]:
    """What reads as the report of an event, in page order."""
    text = document.page.text
    title = document.article.get("title") or ""
    for number, segment in enumerate(paragraphs):
        for sentence in split(text, segment.start, segment.end):
            stop = min(sentence.end, sentence.start + _SENTENCE)
            inside = [r for r in date_rows if sentence.start <= r["start"] < stop]
            near = [r for r in inside if _is_near(r, reference) and not _is_dateline(text, r)]
            if not near and any(
                r["precision"] in ("day", "month", "year") and _is_far(r, reference) for r in inside[:1]
            ):
                continue
            lately = bool(near) or bool(_LATELY.search(text, sentence.start, stop))
            says = (m.start() for m in _SAYS.finditer(text, sentence.start, stop) if m["says"])
            before_speech = next(says, stop)
            meeting = _meeting(text, sentence.start, stop, before_speech)
            held = meeting is not None and (lately or (number == 0 and _names_event(title)))
            at = _visit(text, sentence.start, meeting[2] if meeting and held else before_speech, people)
            visited = at is not None and (lately or _VISIT.search(title))
            if meeting and held and not visited:
                kind, name, at = meeting
                yield _Found(kind, sentence, name, at)
                continue
            if visited:
                named = bool(_VISIT.search(title)) and len(title) <= 40
                name = _TITLE_SAYS.split(title, maxsplit=1)[0].strip() if named else ""
                yield _Found("inspection", sentence, name if _VISIT.search(name) and len(name) > 4 else None, at)
                continue
            rite = _RITE.search(text, sentence.start, before_speech) if near and number == 0 else None
            if rite and not _FUTURE.search(text[max(sentence.start, rite.start() - 30) : rite.start()]):
                yield _Found("ceremony", sentence, None, rite.start())
                continue
            talk = _TALK.search(text, sentence.start, before_speech) if lately else None
            if talk and any(sentence.start <= begin and end <= talk.start() for begin, end in people):
                yield _Found("interview" if talk["press"] else "meeting", sentence, None, talk.start())


def _meeting(text: str, start: int, stop: int, before_speech: int) -> tuple[str, str | None, int] | None:
    """Kind, name and place in the text of a meeting or ceremony that `text[start:before_speech]` says was held."""
    for verb in _HELD.finditer(text, start, before_speech):
        if _FUTURE.search(text[max(start, verb.start() - 30) : verb.start()]):
            continue
        if verb[0] in _HELD_AFTER_NAME:
            begins = [start, *(m.end() for m in _PART.finditer(text, start, verb.start()))]
            begin = begins[-1]
            if len(begins) > 1 and text[begin : begin + 1] in ("于", "在"):
                begin = begins[-2]
            chunk = text[begin : verb.start()]
            for kind, stands_to in reversed(_event_nouns(chunk)):
                if _MAY_STAND_BETWEEN.fullmatch(chunk, stands_to):
                    return kind, _trim(chunk[:stands_to]), begin
        part = _PART.search(text, verb.end(), stop)
        chunk = text[verb.end() : part.start() if part else stop][:120]
        named = _first_name(chunk)
        if named and not (verb[0] in _ATTENDED and _PAST_MEETING.match(chunk[named[1] :])):
            return named[0], _trim(chunk[: named[1]]), verb.start()
    return None


def _event_nouns(chunk: str) -> list[tuple[str, int]]:
    """Kind of each word for an event in `chunk` and where it ends, in order."""
    pattern, kinds = _nouns()
    return [(kinds[m[1]], m.end()) for m in pattern.finditer(chunk)]


def _first_name(chunk: str) -> tuple[str, int] | None:
    """Kind of the event that `chunk` begins with and where its name ends (工作会议暨现场会 is one name)."""
    named = None
    for kind, end in _event_nouns(chunk):
        if named and not _GOES_ON.match(chunk[named[1] : end]):
            break
        named = (kind, end)
    return named


@cache
def _nouns() -> tuple[re.Pattern[str], dict[str, str]]:
    kinds = {row["word"]: row["kind"] for row in lexicon.rows("events")}
    words = "|".join(sorted(kinds, key=len, reverse=True))
    return re.compile(rf"({words})(?:议(?![定程题案事]))?(?![堂室]|纪要|精神)[”’」』》]?"), kinds


def _trim(name: str) -> str | None:
    """A name without the day, the hour and the organiser that stand before it."""
    name = name.strip()
    name = name[_LEAD.match(name).end() :].strip()  # type: ignore[union-attr]
    whole = len(name) > 2 and name.count("“") == name.count("”") and name.count("《") == name.count("》")
    return name if whole else None


def _names_event(title: str) -> bool:
    return _nouns()[0].search(title) is not None


def _visit(text: str, start: int, stop: int, people: list[tuple[int, int]]) -> int | None:
    """Where a person's visit (县委书记X到Y村调研) is told in `text[start:stop]`, else None."""
    for verb in _VISIT.finditer(text, start, stop):
        if _VISIT_NOT.match(text, verb.start()):
            continue
        name = next((end for begin, end in people if start <= begin and end <= verb.start()), None)
        if name is None:
            team = _TEAM.search(text, start, verb.start())
            name = team and team.end()
        if name is not None and _GOES.search(text, name, verb.start()):
            return verb.start()
    return None


def _is_near(row: dict[str, Any], reference: date | None) -> bool:
    """Whether a row can be the day of what the page reports."""
    if row["precision"] not in ("day", "range") or row["date_end"] - row["date_start"] > timedelta(days=31):
        return False
    return reference is None or reference - _AFTER <= row["date_start"] <= reference + _BEFORE


def _is_far(row: dict[str, Any], reference: date | None) -> bool:
    return reference is not None and not (
        row["date_end"] >= reference - _AFTER and row["date_start"] <= reference + _BEFORE
    )


def _is_dateline(text: str, row: dict[str, Any]) -> bool:
    return text[row["end"] : row["end"] + 1] in ("电", "讯") or text[row["end"] : row["end"] + 3] in (
        "上午电",
        "下午电",
    )


def _when(
    document: Document,
    found: _Found,
    paragraphs: list[Segment],
    people: list[tuple[int, int]],
    date_rows: list[dict[str, Any]],
    reference: date | None,
) -> dict[str, Any] | None:
    """The row of `dates` that is the event's day: the nearest before its name or verb in the sentence, else the first
    after it there, else the one that opens a paragraph of the lead in which someone visits or a meeting is held."""
    text = document.page.text
    rows = [r for r in date_rows if _is_near(r, reference) and not _is_dateline(text, r)]
    inside = [r for r in rows if found.sentence.start <= r["start"] < found.sentence.end]
    before = [r for r in inside if r["start"] <= found.at]
    if inside:
        return before[0] if before else inside[0]
    for segment in paragraphs:
        lead = len(text[segment.start : segment.end]) - len(text[segment.start : segment.end].lstrip())
        row = next((r for r in rows if r["start"] == segment.start + lead), None)
        if row and (
            _visit(text, segment.start, min(segment.end, segment.start + _SENTENCE), people) is not None
            or any(segment.start <= begin < row["end"] + 12 for begin, _ in people)
        ):
            return row
    return None


def _where(text: str, found: _Found, place_rows: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    """The place that the sentence gives for the event, as printed, and its code."""
    start, end = found.sentence
    inside = [r for r in place_rows if start <= r["start"] and r["end"] <= end]
    if found.kind == "inspection":
        for row in inside:
            if _GOES_TO.search(text, max(start, row["start"] - 3), row["start"]):
                return text[row["start"] : row["end"]], row["region_code"]
        return None, None
    held = _HELD_AT.search(text, start, min(end, start + _SENTENCE))
    if not held:
        return None, None
    row = next((r for r in reversed(inside) if held.start("place") <= r["start"] < held.end("place")), None)
    if row or _SITE.search(held["place"]):
        return held["place"], row and row["region_code"]
    return None, None


def _format(text: str, found: _Found) -> str | None:
    if found.kind == "inspection":
        return None
    if _VIDEO.search(text, found.sentence.start, min(found.sentence.end, found.sentence.start + _SENTENCE)):
        return "video"
    return "in_person" if found.name and "现场" in found.name else None


def _lists(
    document: Document,
    found: _Found,
    people_rows: list[dict[str, Any]],
    date_rows: list[dict[str, Any]],
    reference: date | None,
) -> dict[str, list[str]]:
    """`chairs`, `speakers` and `attendees` of the event, in the order in which the page names them."""
    text = document.page.text
    lists: dict[str, list[str]] = {"chairs": [], "speakers": [], "attendees": []}
    taking_part = [row for row in people_rows if not _PARTS.isdisjoint(row["roles"])]
    if not taking_part:
        return lists
    taking_part.sort(key=lambda row: row["mentions"][0]["start"])
    far = [r["start"] for r in date_rows if r["precision"] in ("day", "month") and _is_far(r, reference)]
    press = found.name is not None and found.name.endswith(_PRESS)
    at = [m["start"] for row in taking_part for m in row["mentions"]]
    ends = [m.end() for m in _MARK.finditer(text, max(0, min(at) - _SENTENCE), max(at) + _SENTENCE)]
    for row in taking_part:
        roles, name = row["roles"], row["name"]
        mentions = [_Mention(m["start"], m["end"], *_around(ends, m["start"])) for m in row["mentions"]]
        if "attendee" in roles and any(
            _TOOK_PART.search(text, m.low, m.high) and not _aside(text, m, far) for m in mentions
        ):
            lists["attendees"].append(name)
        spoke = False
        if "chair" in roles:
            mentions = [m for m in mentions if not _aside(text, m, far)]
            if any(text.find("主持", m.low, m.high) >= 0 for m in mentions):
                lists["chairs"].append(name)
            spoke = any(_CHAIR_SPOKE.match(text, m.end) for m in mentions)
        if not spoke and "speaker" in roles and _WRITERS.isdisjoint(roles):
            spoke = any(_spoke(text, m, found.sentence, press) and not _aside(text, m, far) for m in mentions)
        if spoke:
            lists["speakers"].append(name)
    return lists


def _aside(text: str, mention: _Mention, far: list[int]) -> bool:
    """Whether a mention stands beside a day of long ago, or in words that only cite the person (学习贯彻X…精神)."""
    start, end, low, _ = mention
    if _CITED.match(text, end):
        return True
    if far and bisect_left(far, low) < bisect_left(far, start):
        return True
    cited = [m.end() for m in _QUOTED.finditer(text, max(low, start - 60), start)]
    return bool(cited) and not _PART.search(text, cited[-1], start)


def _around(ends: list[int], at: int) -> tuple[int, int]:
    """The sentence that holds `at`, at most `_SENTENCE` to either side of it; `ends` are where sentences end."""
    number = bisect_right(ends, at)
    start = ends[number - 1] if number else 0
    end = ends[number] if number < len(ends) else at + _SENTENCE
    return max(start, at - _SENTENCE), min(end, at + _SENTENCE)


def _spoke(text: str, mention: _Mention, reported: Span, press: bool) -> bool:
    """Whether the sentence around a mention shows that the person, a speaker, spoke at the event.

    At a press conference (`press`) 介绍 and 表示 are enough; elsewhere they are what people say to reporters.
    """
    start, end, low, high = mention
    before = text[max(low, start - 60) : start]
    if _TO_REPORTERS.search(before[-8:]):
        return False
    if reported.start <= start < reported.end:
        return True
    words = _WORDS_BEGIN.search(text, end, high)
    after = text[end : words.start() if words else high]
    if _TO_REPORTERS.search(before[-20:] + after[:20]) or _TITLE_NOT.match(after):
        return False
    return _SPOKE.search(after) is not None or "会上" in before or (press and _SAYS_TO_PRESS.match(after) is not None)
