"""Column `region_code`: the jurisdiction that an article is about, and the home of the outlet that published it.

Whoever reads an article for it weighs signs that often disagree: who is visited, who meets, whom the headline names,
whose organs act, who publishes. So every sign here is a piece of evidence for one division (`_evidence`); its weight is
that of its kind times that of the part of the page in which it stands, and the division with the highest sum is the
answer, if the sum is worth an answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from povdata import lexicon, regions
from povdata.extract.script import fold, simplified
from povdata.page import Document, Span
from povdata.regions import Region

Row = dict[str, Any]
"""A row of `places` that has a code."""
Division = tuple[str, str]
"""Code and full name."""

_PARTS = {"title": 10.0, "opening": 6.0, "second": 3.0, "rest": 1.0}
"""Part of the page -> weight: headline, first and second paragraph, what follows. A headline outweighs a paragraph that
speaks for another division, but not two of them with the publisher on their side."""
_KINDS = {
    "visited": 1.0,  # 到A县调研: the one that is visited
    "received": 1.0,  # 来我市, 来闽: the visit as its host tells it
    "joined": 1.0,  # A县分会场: the one that sits in another's meeting by video
    "situated": 1.0,  # 距A县城80公里: where the village of a story lies
    "own": 0.9,  # 全省, 我市, 县委: the publisher's, or the one around the places named
    "national": 0.8,  # a national body, leader or meeting
    "named": 0.8,  # the first division named
    "ours": 1.0,  # of two that work together, the publisher's
    "host": 0.9,  # of two that work together, the one in which they meet
    "partner": 0.35,  # of two that work together, the second named
    "after": 0.3,  # own, national or named, where another of the three comes first, or somebody visits
}
"""Kind of evidence -> weight, by which that of the part is multiplied."""
_GUESTS = {"visited", "received"}
_PLACED = {*_GUESTS, "situated"}
"""Kinds that tell where the story is: what is said of the divisions around that place then weighs little."""
_PARTNERS = {"ours", "host", "partner"}
_ACTORS = {"own", "national", "named"}
"""Kinds that weigh little once a visit is told: the one who acts is the guest."""
_HOME = 2.0
"""Weight of the publisher's home, for that division itself."""
_VENUE = 1.5
"""Weight of the first venue named."""
_SHARE = 2.5
"""Weight of the narrowest division that holds most of the mentions."""
_MOST = 0.6
"""Share of the mentions that are most of them."""
_OUT_OF_REACH = 11.0
"""A lead, after headline and first paragraph, that no other division makes up for with all that follows."""
_REST = _PARTS["rest"] * _KINDS["own"] + _VENUE + _SHARE + _HOME
"""The most that one division can gain from all that follows the second paragraph."""
_LEAST = 1.0
"""The least sum that is an answer."""
_MANY = 15
"""Counties that are too many for one prefecture."""
_SPREAD = 4
"""Provinces over which the mentions of a story about the country are spread."""
_OPENING = 200
"""Characters of a paragraph that are its opening."""
_HEAD = 6
"""Paragraphs in which an organ without its place (县委) is looked for."""
_CLAUSE = 24
"""Characters of a clause before a name in which it may be said to be cited."""
_MENTIONS_READ = 3
"""Mentions of a leader's name beside which a national post is looked for."""
_NATION = ("100000", regions.COUNTRY.name)
_ALWAYS = ("习近平", "总书记")

_HAN = "\u3400-\u9fff"
_UNITS = "省|自治区|市|州|县|区|旗|盟"
_UNIT = re.compile(_UNITS)
_OWN = re.compile(
    rf"[我全本省自市州县区旗盟](?:(?<=[我全本])(?:{_UNITS})(?!场)"
    rf"|(?<![{_HAN}].)(?:(?<=[省市州县区旗盟])|(?<=自)治区)(?:委|政府|长|人大|政协|扶贫办))"
)
"""全省, 我市, or the organ of a unit without its name (县委). A class first makes this fast."""
_OWN_PROVINCE = re.compile(rf"省(?:(?<=[我全].)|(?<![{_HAN}].)(?:委|政府|党政))")
_HIGHER_POST = re.compile(r"[^，。,；、\s]{0,12}、[^，。,；、\s]{0,6}?(市|州|县|区|旗|盟)(?:委|政府)?(?:副?书记|长)")
"""What shows that a post is held beside that in which somebody acts: 市政协副主席、|县委书记."""
_TO_US = re.compile(rf"(?:到|来|赴|莅临|在)我(?:{_UNITS})(?!委|政府)")
_TO_ABBREVIATED = re.compile(
    rf"(?:来|赴|莅|抵)([{_HAN}])(?:开展|进行|调研|考察|检查|督[导查]|巡|指导|作|宣讲|慰问|对接|交流|走访|访问|学习)|"
    rf"在([{_HAN}])(?:调研|考察|视察)"
)
"""A visit to a place called by one character of its name: 来闽, 在皖考察."""
_COUNTRY = re.compile("我国|全国|党中央")
"""What a story that names no place says of the country, and a headline that names none."""
_LEADER = re.compile("|".join([*(row["name"] for row in lexicon.rows("leaders")), "总书记"]))
_HIGH_POST_BEFORE = re.compile(
    "(?:中共中央|中央政治局|国务院|国家主席|全国政协|全国人大|总书记|总理|国务委员|中央)[^，。,]{0,24}$"
)
_HIGH_POST_BEHIND = re.compile("总书记|主席|副?总理|委员长|国务委员")
_NATIONAL = re.compile(
    '中共中央|党中央|国务院|全国(?!劳动模范|先进|道德|文明|人大代表|政协委员|扶贫日|脱贫攻坚(?:奖|先进|楷模)|[“"]?两会|各地|第|最|平均|唯一|首)|中央政治局|中央[^，。]{0,12}会议|'
    "国家(?:卫生|发展|乡村|民委|税务|能源|统计|医保)"
)
_NATIONAL_EVENT = re.compile(
    "全国[^，。的]{0,20}(?:大会|论坛|会议|推进会|现场会|表彰|座谈会|报告会)|在京(?:召开|举行|举办|开幕|闭幕|发布|会见)"
)
_MINISTRY = re.compile(
    "(?:[^，。]{0,10}[，,])?(?:记者)?从?(?:外交|教育|科技|科学技术|工业和信息化|工信|公安|民政|司法|财政|人力资源和?社会保障|人社|自然资源|国土资源|生态环境|环境保护|环保|"
    "住房和?城乡建设|住建|交通运输|水利|农业农村|农业|商务|文化和?旅游|文化|应急管理)部(?!门|长|定点|帮扶|挂职|派)"
)
"""A ministry, whose own news is the nation's where a story opens with it."""
_ONLY_CITED = re.compile(
    r"(?:贯彻|落实|学习|按照|根据|关于|遵循|牢记|沿着|我与|领会|践行|响应|围绕|以)[^，。]{0,6}$|(?:给|向|告诉|感谢|感恩|不负|铭记|期盼)$"
)
_CITED = re.compile(
    "(?:按照|根据|贯彻|学习|为(?:了|更好|进一步|深入|全面|切实|贯彻|落实|推动|做好|加强))[^，。,]{0,24}$"
)
"""A clause that cites a document or meeting, or tells a purpose, before a place in it."""
_TO = ("在", "到", "赴", "来", "抵", "来到", "深入", "前往", "走进")
_VISIT = re.compile("[^。]{0,30}?(?:调研|考察|检查|督导|督查|慰问|看望|走访|视察|宣讲|暗访|巡查)")
_TOLD = re.compile("(?:传达|学习|汇报|通报)[^，。,]{0,24}$")
_QUOTED = re.compile("总书记(?:[^，。,]{0,8})?在$")
_AT_VISIT = re.compile("(?:调研|考察|视察)时")
"""总书记在A省考察时: what is quoted in a story about something else."""
_GOING_OTHERWISE = re.compile("[^，。]{0,12}?(?:参加|出席|领奖|务工|打工|就业|上班)")
"""Going to a place for something that is not the place's own news."""
_TOLD_OF = re.compile("[^，。,]{0,4}?(?:调研|考察|视察|检查)(?:时|期间|工作)?的?(?:重要)?(?:讲话|指示|嘱托|要求)")
"""A visit that a meeting is told of: the words before it, and those behind the place."""
_HELD = re.compile("[^，。,、]{0,8}?(?:召开|举行|举办|开幕|闭幕)")
_JOINED = re.compile("[^，。,、]{0,3}(?:分会场|视频会场|收听收看|收看)")
_SITUATED_BEFORE = ("距", "距离")
_SITUATED_BEHIND = re.compile("县?城")
_NEIGHBOUR = re.compile("[^，。,]{0,4}(?:交界|接壤|毗邻|相邻|相连)")
_ACROSS = re.compile("(?:之隔的?|毗邻|相邻的?|接壤的?|紧邻)$")
_TOGETHER = re.compile("协作|帮扶|对口|支援|合作|结对|携手|两地|签约|签订|座谈|交流")
"""What divisions of several provinces do together."""
_OF_SEVERAL = re.compile(
    "等[^，。,、]{0,4}?(?:([0-9]{1,3})|[两二三四五六七八九十几多余]+)个?[^，。,、]{0,6}?[县市区旗]"
)
"""What shows that the places before it are but some of those meant: X县等9个县."""
_LIST_MARKS = ("、", "和", "与", "及", "，", ",", "两地", "")
_FOREIGN = re.compile("法国|美国|英国|日本|德国|俄罗斯|印度|韩国|朝鲜|意大利|加拿大|澳大利亚|巴西|欧盟|联合国")
_DATELINE = re.compile(
    r"[（(]?(?:新华社|中新社|中新[^，。\s]{0,4}|本报|人民网|央视网|[^，。\s]{2,8}?(?:社|网|报))[^，。\n]{0,24}?(?:电|讯|消息)"
)
_CAPTION = re.compile(r"摄[）)]?[。\s]*$")
_SERIES = re.compile("云上|今日|掌上|文明|平安|微|看|新|爱")
"""What local outlets put before the name of their place."""
_LOCAL_SERIES = "云上"
"""What only local outlets put before it."""
_PRESS = re.compile("日报|晚报|晨报|新闻|网|电视")
"""What follows the name of a prefecture or province in that of its outlet, though the name be a word (日照日报)."""
_OFFICE = re.compile("新闻网|融媒|广播电视台|宣传部|人民政府|政府网|扶贫办|县|市")
"""What follows a place's name in that of an outlet, and not the same word with another meaning (光明日报, 东方网)."""


def region_of(document: Document, place_rows: list[Row]) -> Division | None:
    """Code and full name of the jurisdiction that the article is about, from `place_rows`, the rows of `places`.

    It is the one whose meeting or work is reported, or that is visited. `100000` stands for national meetings and for
    matters of several provinces. None where there is too little evidence, and for news from abroad.
    """
    text = simplified(document)
    coded = [row for row in place_rows if row["region_code"]]
    home = home_of(document, None)
    title = next((Span(s.start, min(s.end, s.start + _OPENING)) for s in document.segments if s.role == "title"), None)
    sums: dict[str, float] = {}
    names: dict[str, str] = {}
    for (code, name), weight in _evidence(document, text, title, coded, home, sums):
        sums[code] = sums.get(code, 0.0) + weight
        names.setdefault(code, name)
    best = max(sums, key=sums.__getitem__, default=None)
    if title is not None and best in (None, _NATION[0]):
        if _FOREIGN.search(text, *title) and not _LEADER.search(text, *title):
            return None
    return (best, names[best]) if best is not None and sums[best] >= _LEAST else None


def _evidence(
    document: Document,
    text: str,
    title: Span | None,
    coded: list[Row],
    home: Region | None,
    sums: Mapping[str, float],
) -> Iterator[tuple[Division, float]]:
    """Divisions that parts of the page speak for, each with a weight, as long as they can change the answer.

    `sums` are those of the weights given so far, by code.
    """
    bodies = (Span(s.start, s.end) for s in document.segments if s.role == "body")
    body = list(islice(bodies, _HEAD))
    told = (span for span in body if not _CAPTION.search(text, max(span.start, span.end - 8), span.end))
    openings = [
        Span(start, min(span.end, start + _OPENING))
        for span in islice(told, 2)
        for start in [_after_dateline(text, span)]
    ]
    parts = [
        (part, span, [row for row in coded if span.start <= row["start"] < span.end])
        for part, span in zip(("title", "opening", "second"), (title, *openings), strict=False)
        if span is not None
    ]
    venues = [row for _, _, rows in parts for row in rows if _is_venue(text, row)]
    kinds: set[str] = set()
    headed: set[str] = set()
    for part, span, rows in parts:
        if part == "second" and _lead(sums) > _OUT_OF_REACH:
            return
        for division, kind in _signs(text, span, rows, coded, home, [row["region_code"] for row in venues]):
            kinds.add(kind)
            if kind in _PLACED or (part == "title" and kind == "named"):
                headed.update(regions.ancestors(division[0]))
            if kind in _ACTORS and (kinds & _GUESTS or (part != "title" and division[0] in headed)):
                kind = "after"
            yield division, _PARTS[part] * _KINDS[kind]
        if part == "title" and not rows and _COUNTRY.search(text, *span):
            yield _NATION, _PARTS[part] * _KINDS["national"]
    if _lead(sums) > _REST:
        return
    own = next((found for span in body if (found := _OWN.search(text, *span))), None)
    if own is not None and (division := _own(own, coded, home)):
        yield division, _PARTS["rest"] * _KINDS["own"]
    elif own is None and not coded and any(_COUNTRY.search(text, *span) for span in body):
        yield _NATION, _LEAST
    for row in venues[:1]:
        yield (row["region_code"], row["name"]), _VENUE
    if coded and not kinds & _PARTNERS:
        centre, weight = _centre(coded)
        if centre[0] not in headed:
            yield centre, weight
    if home is not None and home.code is not None:
        yield (home.code, home.name), _HOME


def _lead(sums: Mapping[str, float]) -> float:
    """By how much the highest sum exceeds the next."""
    first, second = sorted((0.0, 0.0, *sums.values()))[:-3:-1]
    return first - second


def _signs(
    text: str, span: Span, rows: list[Row], coded: list[Row], home: Region | None, hosts: list[str]
) -> Iterator[tuple[Division, str]]:
    """Divisions that a headline or opening speaks for, each with the kind of the evidence.

    `rows` are its places, `hosts` the codes of those in which the page says that something is held.
    """
    visited = _visited(text, span, rows)
    if visited:
        yield _one_of(visited, home), "visited"
    if received := _received(text, span, coded, home):
        yield received, "received"
    for row in rows:
        if _JOINED.match(text, row["end"], span.end):
            yield (row["region_code"], row["name"]), "joined"
        elif text[row["start"] - 1 : row["start"]] == "驻":
            yield (row["region_code"], row["name"]), "situated"
        elif text[row["start"] - 2 : row["start"]].endswith(_SITUATED_BEFORE) and _SITUATED_BEHIND.match(
            text, row["end"]
        ):
            yield (row["region_code"], row["name"]), "situated"
    rows = [row for row in rows if not _is_cited(text, span, row["start"]) and not _is_neighbour(text, row)]
    starts = {row["start"] for row in rows}
    national = _national(text, span)
    marks: list[tuple[int, Division, str]] = []
    if national is not None:
        marks.append((national.start(), _NATION, "national"))
    own = next(
        (
            (found.start(), division)
            for found in _OWN.finditer(text, *span)
            if not _is_higher_post(text, found, span) and found.end() not in starts
            if (division := _own(found, coded, home))
        ),
        None,
    )
    if own is not None:
        marks.append((*own, "own"))
    elif marks and (local := _OWN.search(text, *span)) and local.start() < marks[0][0]:
        marks.clear()
    if marks:
        rows = [row for row in rows if not _is_venue(text, row)]
    if rows:
        first, partners = _first_named(text, span, rows, home)
        kind = "named"
        if partners and not visited and not received:
            kind = _partner(first, hosts, home) or kind
            yield from ((partner, _partner(partner, hosts, home) or "partner") for partner in partners)
        elif home is not None and home.code is not None and first[0][:2] not in ("10", home.code[:2]):
            kind = "partner" if _TOGETHER.search(text, *span) else kind
        marks.append((rows[0]["start"], first, kind))
    for index, (_, division, kind) in enumerate(sorted(marks)):
        yield division, "after" if index else kind


def _first_named(text: str, span: Span, rows: list[Row], home: Region | None) -> tuple[Division, list[Division]]:
    """The division that a headline or opening names first, and those of other provinces that work with it."""
    series = [rows[0]]
    for row in rows[1:]:
        if text[series[-1]["end"] : row["start"]] not in "、，,":
            break
        series.append(row)
    after = rows[len(series) :]
    if len(series) == 1 and after and text[series[0]["end"] : series[0]["end"] + 1] in "：:":
        series = after if _common(rows) == _common(series) else series
    first = _one_of(series, home)
    if several := _OF_SEVERAL.match(text, series[-1]["end"], span.end):
        first = _above(first)
        if several[1] and int(several[1]) >= _MANY and first[0][2:] != "0000":
            first = _above(first)
    others = [row for row in rows if row["region_code"][:2] != first[0][:2]] if first != _NATION else []
    partners = {row["region_code"][:2]: (row["region_code"], row["name"]) for row in reversed(others)}
    together = 0 < len(partners) <= 2 and _TOGETHER.search(text, *span) is not None
    return first, list(partners.values()) if together else []


def _partner(division: Division, hosts: list[str], home: Region | None) -> str | None:
    """The kind of evidence for one of two divisions that work together, if it publishes or receives."""
    if home is not None and home.code is not None and _along(division[0], home.code):
        return "ours"
    return "host" if any(_along(division[0], host) for host in hosts) else None


def _along(one: str, other: str) -> bool:
    """Whether one of two codes is that of the other, or of a division around it."""
    return one == other or one in regions.ancestors(other) or other in regions.ancestors(one)


def _national(text: str, span: Span) -> re.Match[str] | None:
    """The national meeting, body or leader that a headline or opening speaks of."""
    for found in _NATIONAL_EVENT.finditer(text, *span):
        if not _is_cited(text, span, found.start()):
            return found
    ministry = _MINISTRY.match(text, *span)
    if ministry is not None:
        return ministry
    for found in sorted((*_NATIONAL.finditer(text, *span), *_leaders(text, span)), key=re.Match.start):
        if not _ONLY_CITED.search(text, max(span.start, found.start() - 12), found.start()):
            return found
    return None


def _received(text: str, span: Span, coded: list[Row], home: Region | None) -> Division | None:
    """The host of a visit as its own outlet tells it: 来我市, 来闽."""
    hosted = _TO_US.search(text, *span)
    if hosted is not None and (ours := _own(hosted, coded, home)):
        return ours
    found = _TO_ABBREVIATED.search(text, *span)
    if found is None or _is_cited(text, span, found.start()) or _TOLD_OF.match(text, found.start() + 2, span.end):
        return None
    character = found[1] or found[2]
    if home is not None and home.code is not None and character in home.name[:2]:
        return home.code, home.name
    region = regions.by_code(_abbreviated().get(character, ""))
    if region is None or region.code is None:
        return None
    elsewhere = home is not None and home.code is not None and home.code[:2] != region.code[:2]
    return None if elsewhere and found[1] and text[found.start()] == "来" else (region.code, region.name)


def _unit(found: re.Match[str]) -> str:
    """The unit in what `_OWN` or `_TO_US` found."""
    return _UNIT.search(found[0])[0]  # type: ignore[index]


def _is_higher_post(text: str, found: re.Match[str], span: Span) -> bool:
    """Whether a list of posts begins here whose next one, of another level, is that in which somebody acts."""
    behind = _HIGHER_POST.match(text, found.end(), span.end)
    return behind is not None and behind[1] != _unit(found)


def _is_cited(text: str, span: Span, at: int) -> bool:
    return _CITED.search(text, max(span.start, at - _CLAUSE), at) is not None


def _is_venue(text: str, row: Row) -> bool:
    """Whether a place is only where a meeting is held: 在A市召开."""
    return text[row["start"] - 1 : row["start"]] in ("在", "于") and _HELD.match(text, row["end"]) is not None


def _is_neighbour(text: str, row: Row) -> bool:
    """Whether a place only tells where another lies: 与A县交界, 一山之隔的A县."""
    return (
        _NEIGHBOUR.match(text, row["end"]) is not None
        or _ACROSS.search(text, max(0, row["start"] - 4), row["start"]) is not None
    )


def _visited(text: str, span: Span, rows: list[Row]) -> list[Row]:
    """The places that somebody visits, as `到A县、B县调研` names them."""
    for index, row in enumerate(rows):
        if text[row["start"] - 1 : row["start"]] not in _TO and text[row["start"] - 2 : row["start"]] not in _TO:
            continue
        if _TOLD.search(text, max(span.start, row["start"] - _CLAUSE), row["start"]):
            continue
        if _TOLD_OF.match(text, row["end"], span.end):
            continue
        if _QUOTED.search(text, max(span.start, row["start"] - 14), row["start"]) and _AT_VISIT.match(
            text, row["end"], span.end
        ):
            continue
        series = [row]
        for other in rows[index + 1 :]:
            if text[series[-1]["end"] : other["start"]] not in _LIST_MARKS:
                break
            series.append(other)
        going = text[row["start"] - 1 : row["start"]] == "赴"
        if _VISIT.match(text, series[-1]["end"], span.end) or (
            going and not _GOING_OTHERWISE.match(text, series[-1]["end"], span.end)
        ):
            return series
    return []


def _leaders(text: str, span: Span) -> list[re.Match[str]]:
    """The names of national leaders in a span, of those to whom the page gives a national post."""
    return [found for found in _LEADER.finditer(text, *span) if found[0] in _ALWAYS or _has_high_post(text, found[0])]


def _has_high_post(text: str, name: str) -> bool:
    at = text.find(name)
    for _ in range(_MENTIONS_READ):
        if at < 0:
            return False
        if _HIGH_POST_BEHIND.match(text, at + len(name)) or _HIGH_POST_BEFORE.search(text, max(0, at - 30), at):
            return True
        at = text.find(name, at + 1)
    return False


def _one_of(rows: list[Row], home: Region | None) -> Division:
    """The narrowest division that holds these places; of several provinces the publisher's own, if one."""
    common = _common(rows)
    own = [
        row
        for row in rows
        if home is not None and home.code in (row["region_code"], *regions.ancestors(row["region_code"]))
    ]
    return _common(own) if common == _NATION and len(own) == 1 else common


def _centre(coded: list[Row]) -> tuple[Division, float]:
    """The narrowest division that holds most of these places, or the country where they lie in many provinces.

    With its weight, which is small where there is no such division, and the first one has to stand for it.
    """
    if len({row["region_code"][:2] for row in coded}) >= _SPREAD:
        return _common(coded), _SHARE
    names = {row["region_code"]: row["name"] for row in coded}
    held: Counter[str] = Counter()
    for code, count in Counter(row["region_code"] for row in coded).items():
        for holder in (code, *regions.ancestors(code)):
            held[holder] += count
    codes = [code for code, count in held.items() if count >= _MOST * len(coded)]
    if not codes:
        return _common(coded[:1]), _LEAST
    code = max(codes, key=lambda code: len(regions.ancestors(code)))
    return (code, names.get(code) or getattr(regions.by_code(code), "name", "")), _SHARE


def _common(rows: list[Row]) -> Division:
    """The narrowest division that holds all these places; the country for places of several provinces."""
    chains = [(row["region_code"], *regions.ancestors(row["region_code"])) for row in rows]
    for code in chains[0]:
        if all(code in chain for chain in chains):
            return next(
                ((code, row["name"]) for row in rows if row["region_code"] == code),
                (code, getattr(regions.by_code(code), "name", "")),
            )
    return _NATION


def _above(division: Division) -> Division:
    """The division above the one with this code and name; itself where it is a province or the country."""
    above = regions.ancestors(division[0])
    region = regions.by_code(above[0]) if above else None
    return (above[0], region.name) if region else division


def _own(found: re.Match[str], coded: list[Row], home: Region | None) -> Division | None:
    """The division that 全省, 我市 or 县委 stands for: the publisher's, else the one that holds the places named."""
    unit = _unit(found)
    if home is not None and home.code is not None:
        for code in (home.code, *regions.ancestors(home.code)):
            region = regions.by_code(code)
            if region is not None and region.name.endswith(unit):
                return code, region.name
    count: Counter[Division] = Counter()
    city_of_province = unit == "市" and _OWN_PROVINCE.search(found.string) is not None
    for row in coded:
        if city_of_province and row["level"] == "province":
            continue
        for code in (row["region_code"], *regions.ancestors(row["region_code"])):
            region = regions.by_code(code)
            name = row["name"] if code == row["region_code"] else region.name if region else ""
            if name.endswith(unit):
                count[code, name] += 1
                break
    if not count:
        return None
    best, most = count.most_common(1)[0]
    return best if most * 5 >= count.total() * 3 else None


def _after_dateline(text: str, paragraph: Span) -> int:
    found = _DATELINE.match(text, paragraph.start, paragraph.end)
    return found.end() if found else paragraph.start


def home_of(document: Document, day: str | None) -> Region | None:
    """The division whose name opens that of the page's publisher or source (西宁晚报), or that this outlet serves."""
    outlets = (document.article.get("publisher"), document.article.get("source"))
    return next((home for name in outlets if name and (home := _home(name, day))), None)


@lru_cache(maxsize=20_000)
def _home(outlet: str, day: str | None) -> Region | None:
    outlet = fold(outlet)
    if outlet in _outlet_regions():
        return regions.by_code(_outlet_regions()[outlet], day)
    name = outlet.removeprefix("中国").removeprefix("中共")
    rest = _SERIES.sub("", name, count=1)
    return _opening(name, day) or (_opening(rest, day, name.startswith(_LOCAL_SERIES)) if rest != name else None)


def _opening(name: str, day: str | None, local: bool = False) -> Region | None:
    """The division whose name an outlet's name begins with; a `local` outlet's may be a common word."""
    for length in range(min(len(name), 24), 1, -1):
        region = regions.resolve(name[:length], day)
        if region is None or region.code is None:
            continue
        kind = None if local else _doubtful().get(name[:length])
        wide = region.level != "county" and _PRESS.match(name, length)
        if not wide and (kind == "common" or (kind == "weak" and not _OFFICE.match(name, length))):
            continue
        if not (region.level == "county" and region.name.endswith("区")) or name[:length].endswith("区"):
            return region
    return None


@cache
def _outlet_regions() -> dict[str, str]:
    return {row["outlet"]: row["region_code"] for row in lexicon.rows("outlet_regions")}


@cache
def _abbreviated() -> dict[str, str]:
    return {row["character"]: row["region_code"] for row in lexicon.rows("province_characters")}


@cache
def _doubtful() -> dict[str, str]:
    """Short names of divisions that are words as well, and of which kind."""
    return {row["word"]: row["kind"] for row in lexicon.rows("place_words") if row["kind"] in ("weak", "common")}
