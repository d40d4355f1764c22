"""Table `places`: mentions of administrative divisions.

A mention is found in four steps. One automaton runs over the page: of every name in the gazetteer, every word that
swallows one, and what names go on with (units of townships and villages, kinds of organisations). A hit counts when
words begin and end where it does, and when its neighbours make it neither part of an organisation's name nor of another
word. Hits that touch and lie one inside the other are one nest, and townships and villages printed behind it join it.
Last, a name that several divisions share is decided by the nest, by the divisions around it, or not at all.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import accumulate, compress
from operator import itemgetter
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from povdata import lexicon, regions
from povdata.extract.region import home_of
from povdata.extract.script import simplified
from povdata.extract.sentences import tokenizer
from povdata.models import CONTENT_ROLES
from povdata.page import Document, Span
from povdata.regions import Region

_HAN = "\u3400-\u9fff"
_TOWNSHIP = re.compile(rf"([{_HAN}]{{1,7}}?)(街道|苏木|乡|镇)(?![乡镇])")
_VILLAGE = re.compile(rf"([{_HAN}·]{{1,7}}?)(?:自然|行政)?(村|嘎查)(?![乡镇])")
_NO_NAME = re.compile(
    "[的在到和与及等是有了为被把对从向以于个这该各每全多某届副书记县市省区州盟旗们让给并其已还又也都就只去来赴我你他您它之不"
    "本两几数余第此当元户人年月日亩次条项选好乡镇村贫农扶脱驻帮]|[小名强绕]$|委员|政府|城乡|会议|工作|领导|组织|支持|推进|发展|建设|振兴|部分"
)
"""Characters and words that no name of a township or village holds."""
_NO_TOWN = re.compile("[的在到和与及等是有了为被把对从向以于个这该各每全某多两几数余第城乡村县市省区州政]")
"""The fewer characters that no name of a town holds right behind its county."""
_IN_NAME = re.compile(
    "[永太泰仁人安中元兴祥义德同保天福瑞顺长广三四双万新民政平清雍咸]和|和(?:平|顺|睦|谐|兴|合|盛|丰|安|静|田|龙|乐|义|福)|"
    "向(?:阳|荣|前|明|化)|余(?:家|庄|湾|店|集|坪|岭|山|桥|坊|姚|江|吾)|两(?:河|江|岔|路|口|水|汊|当|界|岭|溪|渡)|"
    "元(?:宝|山|坝|潭|龙|谋|氏|墩|门|土|堡|古)|月(?:亮|山|牙|河|塘|湖|坪|城|潭|形|星|阳|溪|湾)|日(?:新|升|昇)|人和|"
    "来(?:宾|凤|安|龙|苏|榜|仪|远|福)|全(?:胜|福|兴|州|安|南|椒)|农安|[万丰富瑞庆]年|多(?:祝|宝|福|伦|依|文|吉)|从(?:化|江)|对(?:门|坝|龙)|"
    "项(?:家|城|庄|山)|扶(?:风|余|沟|绥)|条山|都(?:匀|江|安|兰)|(?<![每全大各家们户])都$|(?<![全本各该我自到在])州$|州城"
)
"""Syllables of names with a character that stands in none otherwise: 永和镇, 向阳村, 余家村."""
_VILLAGE_TOWN = re.compile(r"(?!山|小|大|新)\w{1,2}村")
"""The name of a town that holds 村: 李村乡."""
_AFTER_TOWNSHIP = re.compile("村(?!民|干|支|两|委|党|“|里|组)|亲|里(?!党)|愁|土|友|情|级|痛|静|守|定")
_AFTER_VILLAGE = re.compile("庄|落|寨|容|域|级|史|镇|道|口")
_BEFORE_NAME = frozenset(
    "的在到是和与及从为于往赴由向让将把给了着过去来至、，。；：:,;.!！?？（）()《》“”\"'‘’—|·0123456789"
)
_WORDS_BEFORE_NAME = frozenset(
    "走进 来到 离开 位于 走访 深入 前往 考察 记者 以及 地处 探访 其中 帮扶 联系 抵达 走出 今天 如今 现在 目前 当天 "
    "就像 例如 比如 来自 调研 慰问 挂点 挂钩 包联 打造 视察 家住 该镇 该乡 该县 全县 我县 县里 全镇 得知 获悉 "
    "示范区 开发区 管理区 试验区 高新区 经开区 新区 园区".split()
)
"""What stands before a township's or village's name, besides white space."""
_NOT_IN_NAME = re.compile(
    "在(?!线)|[的到和与及等是了为被把将对从向以于个这那该各每全多某由赴让给并其已还又也都就只去来所家名位次、]|"
    "有(?!限)|委员会|政府|市委|省委|县委|区委|州委|党委|召开|举行|组织|贫困|帮扶|支持|建立|设立|[省市县乡村]级|地区|境内|[0-9]{2}|人民(?!医院)|干部|群众|通过|成立|"
    "推进|推动|开展|实施|发展(?!基金|集团|公司|银行|研究|促进会|协会|有限)|引进|援建|领导|重点|当地|农村(?!商业|信用|合作)|乡镇|基层|全部|主要|以及|先后|工作|部门|干警|书记|主任"
)
_ZONE = re.compile(
    "(?:国家级?)?(?:经济技术|高新技术产业|高新技术|高新|经济|综合|工业|循环经济)?(?:新区|开发区|高新区|经开区|工业园|产业园|保税区)"
)
_ZONE_BEGINS = frozenset("国经高综工循新开保产")
_DATED = re.compile(r"(?:\d{1,2}月)?\d{1,2}日(?:[上下]午|晚)?[电讯]")
"""What follows the place of a dateline."""
_LIES_IN = re.compile(rf"([{_HAN}]{{2,6}}?)[乡镇村](?:就|便)?(?:位于|地处|坐落在|隶属于?|属于)$")
"""The village that a clause before a county's name says to lie there."""
_SITED_BEFORE = ("于", "处", "在", "属")
"""Characters with which such a clause ends."""
_OUTLET = re.compile("网(?:讯|消息|报道|记者)")
_SITED = re.compile("..(?<!经济)(?:合作社|公司|厂)$")
"""What stands in a township and is not named after it."""
_CUT_UNIT = re.compile("市(?=场|民|区|值|面|容|政[^府协]|级|价|话)|省(?=会|级|份|际)|县(?=级)|区(?=域|间|块|位|别|分)")
"""A suffix that belongs to the word behind it: 西宁|市民."""
_FEATURE = re.compile("大峡谷|[河江湖岛峡海]|山(?![区村])|路(?![线径段网])|大?街(?!道)|大道")
"""What makes a street, river or mountain of the short name before it."""
_NAME_GOES_ON = re.compile(rf"[{_HAN}]{{1,2}}(?:苏木|嘎查|[乡镇村](?![乡镇村]))")
"""What makes the first syllables of a township's or village's name of a short name: 巴彦|花镇."""
_UNIT_BEHIND = re.compile("街道|[乡镇](?![村镇])|村(?![庄民级里])")
_UNIT_NEXT = re.compile("[乡镇村]|社区|小学|中学")
_NO_UNIT_AFTER = frozenset("农各全该驻入个困城乡镇村的")
"""Characters before 乡, 镇 and 村 that make another word of them."""
_REACH = 10
"""A unit as far behind a division as this is not that of a township or village whose name begins there."""
_QUALIFIERS = 14
"""Characters between a place and the word that tells the kind of an organisation named after it."""
_UNITS = ("乡", "镇", "村")
_NO_DIVISION = frozenset({"word", "unit", "organisation"})
"""Kinds of pattern that name no division."""
_PARTICLES = frozenset("和与于向从在到对时")
"""Surnames that are commoner as words."""
_POST = re.compile("(?:代表|书记|主任|委员|主席|同志|记者|村民|教授|队长|支书|员|[省市州县区乡镇村部厅局处校会院]长)$")
_NO_COUNTY = "the page names no county for it"
_SENTENCE = 120
"""Characters of a sentence before a township in which its county is looked for."""
_NEAR = 40
"""Mentions before and behind an ambiguous one that may decide it."""
_WINDOW = 6
"""Characters on either side of a name that are cut into words, to see whether it is one."""


class Nest(NamedTuple):
    """Names that touch, each that of a division inside the one before."""

    start: int
    end: int
    names: tuple[str, ...]


class Marks(NamedTuple):
    """Where the page prints what can go on from a name, in order."""

    units: list[int]
    """Units of townships and villages (镇, 村 …)."""
    organisations: list[int]
    """Words that tell the kind of an organisation (医院, 公司 …)."""


class Reading(NamedTuple):
    """What the names of a nest say by themselves."""

    found: tuple[Region, ...]
    """The divisions that the last name may stand for."""
    region: Region | None
    """The only one of them, or the one known by its bare name."""
    printed: tuple[Region, ...]
    """Those named in full, or by a short name known by itself."""
    doubtful: bool
    """Whether the names need support: a county's short name alone, or a common word."""


class Mention(NamedTuple):
    """A nest of names, resolved or not."""

    start: int
    end: int
    region: Region | None
    level: str
    note: str | None


def places(document: Document, on: date | None, taken: Iterable[Span] = ()) -> list[dict[str, Any]]:
    """Rows of `places`, in page order: the divisions named in title, deck, summary, heading, body and caption.

    `on` is the article's date: codes are those in force on that day; None takes the latest. `taken` are spans that hold
    no place whatever they look like, such as the names of persons.
    """
    text = simplified(document)
    spans = [(start, end) for start, end, role, _ in document.segments if role in CONTENT_ROLES]
    day = on.isoformat() if on else None
    persons = sorted(taken)
    nests, marks = _nests(text, spans, persons, day)
    mentions = _resolve(text, nests, marks, day, home_of(document, day))
    mentions, known = _lengthen(text, spans, mentions, marks)
    mentions += _townships(text, spans, persons, mentions, known, marks)
    mentions.sort(key=itemgetter(0))
    article_id, printed = document.page.article_id, document.page.text
    return [
        {
            "article_id": article_id,
            "start": start,
            "end": end,
            "text": printed[start:end],
            "region_code": region.code if region else None,
            "level": level,
            "name": region.name if region else None,
            "poverty_county": region.poverty_county if region and region.level == "county" else None,
            "note": note,
        }
        for start, end, region, level, note in mentions
    ]


def _nests(text: str, spans: list[tuple[int, int]], taken: list[Span], day: str | None) -> tuple[list[Nest], Marks]:
    """Every name of the gazetteer that stands in the content as a word of its own, left to right, the longest first,
    and those that touch, each inside the one before, put together."""
    automaton, patterns, kinds = _automaton()
    nests: list[Nest] = []
    marks = Marks([], [])
    begins = [start for start, _ in taken]
    number = 0
    for first, last in _joined(spans):
        hits = automaton.find_matches_as_indexes(text[first:last], overlapping=True)
        # They come in the order of their ends, so that this puts the longest first where several begin.
        hits.reverse()
        hits.sort(key=itemgetter(1))
        starts = {start for index, start, _ in hits if kinds[index] not in _NO_DIVISION}
        done = 0
        for index, start, end in hits:
            kind = kinds[index]
            if kind == "unit":
                marks.units.append(first + start)
                continue
            if kind == "organisation":
                marks.organisations.append(first + start)
                continue
            if start < done:
                continue
            if kind == "word":
                done = end
                continue
            followed = end in starts
            start, end = first + start, first + end
            while spans[number][1] <= start:
                number += 1
            low, high = spans[number]
            if end > high or not _is_word(text, start, end, kind, low, high, followed):
                continue
            if taken and _is_person(text, start, end, kind, taken, begins):
                continue
            done, name = end - first, patterns[index]
            if nests and nests[-1].end == start and kind != "common":
                names = (*nests[-1].names, name)
                if _reading(names, day).found:
                    nests[-1] = Nest(nests[-1].start, end, names)
                    continue
            nests.append(Nest(start, end, (name,)))
    return nests, marks


def _joined(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans, those that touch put together."""
    if not spans:
        return
    start, end = spans[0]
    for low, high in spans:
        if low > end:
            yield start, end
            start = low
        end = high
    yield start, end


def _end_of_span(spans: list[tuple[int, int]], at: int) -> int:
    """Where the span that holds an offset ends; `at` where none does. `spans` is sorted."""
    index = bisect_right(spans, at, key=itemgetter(0)) - 1
    return max(at, spans[index][1]) if index >= 0 else at


def _is_word(text: str, start: int, end: int, kind: str, low: int, high: int, followed: bool) -> bool:
    """Whether a hit in `text[low:high]` is a word of its own. `followed` says whether another name begins behind it."""
    if kind == "full" and end - start > 2:
        return followed or not _CUT_UNIT.match(text, end - 1, high)
    after = text[end : end + 1]
    if kind == "weak" and not followed and _FEATURE.match(text, end, high):
        return False
    if kind != "full":
        if after in "街乡镇村" and _UNIT_BEHIND.match(text, end, high):
            return False
        if start > low and text[start - 1] in _surnames() and _is_given_name(text, start, end):
            return False
    free_left = start == low or not _is_han(text[start - 1])
    free_right = kind == "full" or followed or not _is_han(after)
    if free_left and free_right:
        return True
    window = max(low, start - _WINDOW)
    words = tokenizer().cut(text[window : min(high, end + _WINDOW)], False)
    edges = [*accumulate(map(len, words), initial=window)]
    return start in edges and (free_right or end in edges or _CUT_UNIT.match(text, end, high) is not None)


def _is_given_name(text: str, start: int, end: int) -> bool:
    """Whether nothing or a post stands before the surname before the name, and nothing after the name."""
    return not _is_han(text[end : end + 1]) and (
        not _is_han(text[start - 2 : start - 1]) or _POST.search(text, max(0, start - 3), start - 1) is not None
    )


def _is_person(text: str, start: int, end: int, kind: str, taken: list[Span], begins: list[int]) -> bool:
    """Whether a name lies in that of a person, or is short and joined to one by a list mark, and so a person's too.

    `taken` are the names of persons, `begins` where they begin.
    """
    index = bisect_left(begins, end)
    before = taken[index - 1].end if index else -2
    if before > start:
        return True
    if kind == "full":
        return False
    if before == start - 1 and text[before] == "、" and not _is_han(text[end : end + 1]):
        return True
    return index < len(begins) and begins[index] == end + 1 and text[end] == "、"


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


@lru_cache(maxsize=20_000)
def _reading(names: tuple[str, ...], day: str | None) -> Reading:
    kinds = _kinds()
    *above, last = names
    found = tuple(region for region in regions.candidates(last, day) if _within(region, above, day))
    wide = _wide(found)
    printed = [r for name in above if kinds[name] == "full" for r in regions.candidates(name, day)]
    printed += found if kinds[last] == "full" or len(found) == 1 else [r for r in found if r == wide]
    if above:
        doubtful = False
    elif kinds[last] == "full":
        doubtful = last in _weak()
    else:
        doubtful = kinds[last] != "short" or wide is None
    return Reading(found, found[0] if len(found) == 1 else wide, tuple(printed), doubtful)


def _within(region: Region, names: list[str], day: str | None) -> bool:
    """Whether a region lies inside a division of each of these names, and is none of them."""
    return all(
        any(
            regions.contains(holder.code, region) and holder != region
            for holder in regions.candidates(name, day)
            if holder.code
        )
        for name in names
    )


def _resolve(text: str, nests: list[Nest], marks: Marks, day: str | None, home: Region | None) -> list[Mention]:
    """The nests as mentions, those that need support or a decision in the light of the others."""
    readings = [_reading(names, day) for _, _, names in nests]
    known = [
        not reading.doubtful or _DATED.match(text, nest.end) is not None
        for nest, reading in zip(nests, readings, strict=True)
    ]
    clear = [*compress(zip(nests, readings, strict=True), known)]
    anchors = [(nest.start, reading.region) for nest, reading in clear if reading.region]
    around: set[Region] = set()
    printed: set[Region | None] = {home}
    if len(clear) < len(nests):
        different = {names: reading for (_, _, names), reading in clear}.values()
        around.update(reading.region for reading in different if reading.region)
        around.update([home] if home else ())
        printed.update(*(reading.printed for reading in different))

    mentions = []
    for index, ((start, end, names), reading) in enumerate(zip(nests, readings, strict=True)):
        found, region, note, last = reading.found, reading.region, None, names[-1]
        if not known[index]:
            beside = _list_neighbours(text, nests, readings, index)
            found = _supported(text, nests[index], found, around, printed, beside)
            if not found:
                continue
            region = found[0]
        if _is_in_organisation(text, end, last, marks):
            continue
        if len(found) != 1:
            region, note = _decide(last, found, start, anchors, home)
        if region is None:
            note = note if found else f"{last} was divided among several divisions before this date"
        elif region.code is None:
            note = "GB/T 2260 has no code for it"
        elif last != region.name and last not in region.short_names:
            note = f"{last} was no longer in force: code of {region.name}, which took its place"
        mentions.append(Mention(start, end, region, region.level if region else _level(last), note))
    return mentions


def _supported(
    text: str,
    nest: Nest,
    found: tuple[Region, ...],
    around: set[Region],
    printed: set[Region | None],
    beside: list[Region],
) -> list[Region]:
    """Which of these divisions a name that needs support may stand for; none where it is no place.

    It needs a neighbour of theirs in one list, or their full name on the page. The short name of an urban district that
    is a place name only also counts with the division above it on the page; that of another county, if it is no common
    word, with any division around it, or, if only one bears it, where it cannot be a given name.
    """
    start, end, (name,) = nest
    kind = _kinds()[name]
    kept = [r for r in found if any(r.parent == other.parent for other in beside)]
    if not kept and kind == "full":
        return [r for r in found if any(_holds(anchor, r) for anchor in around)]
    if not kept and kind != "common":
        kept = [r for r in found if r in printed]
    if not kept and kind == "district" and tokenizer().tag(name)[0][1] == "ns":
        codes = {anchor.code for anchor in around}
        kept = [r for r in found if r.parent in codes]
    if not kept and kind == "weak" and len(beside) > 1 and text[start - 1] == "、" == text[end : end + 1]:
        kept = [r for r in found if all(_in_one_province(r, other) for other in beside)]
    if not kept and kind == "short":
        counties = [r for r in found if not _is_district(r)]
        kept = [r for r in counties if any(_holds(anchor, r) for anchor in around)]
        alone = text[start - 1 : start] not in _surnames() and not _NAME_GOES_ON.match(text, end)
        if not kept and len(found) == 1 and alone:
            kept = counties
    return kept


def _list_neighbours(text: str, nests: list[Nest], readings: list[Reading], index: int) -> list[Region]:
    """What the nests before and after may stand for, where a list mark joins them to this one."""
    beside: list[Region] = []
    if index and text[nests[index - 1].end : nests[index].start] in ("、", "，", ",", "和"):
        beside += readings[index - 1].found
    if index + 1 < len(nests) and text[nests[index].end : nests[index + 1].start] in ("、", "和"):
        beside += readings[index + 1].found
    return beside


def _wide(found: Iterable[Region]) -> Region | None:
    """The province or prefecture among these, whose bare name is known by itself."""
    region = regions.widest(found)
    return region if region is not None and region.level != "county" else None


def _level(name: str) -> str:
    """The level that the last bearers of a name had."""
    return regions.bearers(name)[-1].level


def _is_district(region: Region) -> bool:
    return region.level == "county" and region.name.endswith("区")


def _holds(anchor: Region, region: Region) -> bool:
    """Whether a division named elsewhere speaks for this one: it lies around it, or in the same prefecture."""
    if anchor == region or anchor.code is None:
        return anchor == region
    if regions.contains(anchor.code, region):
        return True
    return anchor.level == "county" and anchor.parent == region.parent


def _decide(
    name: str, found: Collection[Region], start: int, anchors: list[tuple[int, Region]], home: Region | None
) -> tuple[Region | None, str | None]:
    """Which of several divisions of one name is meant: the nearest division around one of them decides."""
    if all(region.level != "county" for region in found):
        return _wide(found), None
    at = bisect_right(anchors, start, key=lambda anchor: anchor[0])
    near = [
        region
        for _, region in sorted(anchors[max(0, at - _NEAR) : at + _NEAR], key=lambda anchor: abs(anchor[0] - start))
    ]
    for fits in (_touches, _in_one_province):
        for anchor in (*near, *([home] if home else [])):
            held = [region for region in found if fits(anchor, region)]
            region = regions.widest(held)
            if region is not None and (len(held) < len(found) or region.level != "county"):
                return region, None if region == anchor else f"decided by {anchor.name}"
    region = _wide(found)
    return region, None if region else f"several divisions are called {name}"


def _touches(anchor: Region, region: Region) -> bool:
    return _holds(anchor, region) or (region.code is not None and regions.contains(region.code, anchor))


def _in_one_province(one: Region, other: Region) -> bool:
    return one.code is not None and one.code[:2] == (other.code or "")[:2]


def _is_in_organisation(text: str, end: int, last: str, marks: Marks) -> bool:
    """Whether the name at `end` goes on as that of an outlet, school, hospital, company, association or zone."""
    after = text[end : end + 1]
    if after == "网" and _OUTLET.match(text, end):
        return True
    index = bisect_left(marks.organisations, end)
    if index < len(marks.organisations) and marks.organisations[index] <= end + _QUALIFIERS:
        found = _organisation().match(text, end)
        if found and not _NOT_IN_NAME.search(found[0]):
            sited = _SITED.search(found[0])
            return not (sited and (last[-1:] in _UNITS or _subdivisions(text, end, found.end())[1]))
    if after not in _ZONE_BEGINS:
        return False
    complete = len(last) > 2 and last.endswith(("省", "市", "县", "州", "区", "旗"))
    return not complete and _ZONE.match(text, end) is not None


def _lengthen(
    text: str, spans: list[tuple[int, int]], mentions: list[Mention], marks: Marks
) -> tuple[list[Mention], dict[str, Region | None]]:
    """The mentions with the townships and villages behind them, and the county of each of these, None where unknown."""
    known: dict[str, Region | None] = {}
    longer: list[Mention] = []
    for mention in mentions:
        start, end, region, _, note = mention
        if longer and start < longer[-1].end:
            continue
        index = bisect_right(marks.units, end)
        if index < len(marks.units) and marks.units[index] < end + _REACH:
            end, level, parts = _subdivisions(text, end, _end_of_span(spans, start), behind=True)
            if level:
                county = region if region and region.level == "county" else None
                known |= {part: county for part in parts if known.get(part) is None}
                mention = Mention(start, end, county, level, note if county else _NO_COUNTY)
        longer.append(mention)
    return longer, known


def _townships(
    text: str,
    spans: list[tuple[int, int]],
    taken: list[Span],
    mentions: list[Mention],
    known: dict[str, Region | None],
    marks: Marks,
) -> list[Mention]:
    """Townships and villages that stand apart from their county, and towns that a page also calls by their bare name.

    Their county is the one with which the page names them elsewhere, else that of the township before them in a list,
    else the one county that the page speaks of. Adds the names met here to `known`.
    """
    units = [at for at in marks.units if text[at] in "街苏嘎" or text[at - 1 : at] not in _NO_UNIT_AFTER]
    if not units and not known:
        return []
    counties = [m for m in mentions if m.region and m.region.level == "county"]
    only = counties[0].region if len(counties) > 1 and all(m.region == counties[0].region for m in counties) else None
    covered = sorted([*((m.start, m.end) for m in mentions), *taken])
    named = {m.end: m for m in mentions if m.level in ("township", "village")}
    inside = [(m.start, m.region) for m in mentions if m.region and m.level == "county"]
    sited = [
        (found[1], m.region)
        for m in counties
        if text[m.start - 1 : m.start] in _SITED_BEFORE
        and (found := _LIES_IN.search(text, max(0, m.start - 12), m.start))
    ]
    added: list[Mention] = []

    def add(start: int, end: int, level: str, county: Region | None) -> None:
        if not _is_in_organisation(text, end, text[start:end], marks):
            added.append(Mention(start, end, county, level, None if county else _NO_COUNTY))
            insort(covered, (start, end))
            named[end] = added[-1]

    number = 0
    for unit in units:
        if _overlaps(covered, unit, unit + 1):
            continue
        while spans[number][1] <= unit:
            number += 1
        low, high = spans[number]
        name_end = unit - 2 * text.startswith(("行政村", "自然村"), unit - 2)
        start = _start_of_name(text, name_end, low, known)
        if start is None:
            continue
        end, level, parts = _subdivisions(text, start, high)
        if not level or end <= unit or _overlaps(covered, start, end):
            continue
        name, described = text[start:name_end], text[start - 1] == "的"
        if len(parts) > 1 or parts[0] in known or not _is_plain_word(name, described):
            county = next((known[part] for part in parts if known.get(part)), None)
            county = county or next((region for words, region in sited if words.endswith(name)), None)
            county = county or _county_before(text, start, low, named, inside) or only
            known |= {part: county for part in parts if known.get(part) is None}
            add(start, end, level, county)

    bare = {name[:-1]: county for name, county in known.items() if name[-1] in "乡镇" and len(name) > 2}
    bare = {name: county for name, county in bare.items() if not tokenizer().has_word(name)}
    if bare:
        ends = {mention.end: index for index, mention in enumerate(mentions)}
        names = list(bare)
        for index, start, end in AhoCorasick(names).find_matches_as_indexes(text):
            county = bare[names[index]]
            if end > _end_of_span(spans, start) or _UNIT_NEXT.match(text, end) or _overlaps(covered, start, end):
                continue
            holder = ends.get(start)
            if holder is not None and mentions[holder].region == county:
                mentions[holder] = mentions[holder]._replace(end=end, level="township")
            else:
                add(start, end, "township", county)
    return added


def _county_before(
    text: str, start: int, low: int, named: dict[int, Mention], counties: list[tuple[int, Region]]
) -> Region | None:
    """The county of the township before this one in a list, else the one that the sentence goes to before it.

    与 and 和 before the township of the list set partners side by side (A乡与B县C乡、D乡与…), so the list ends there.
    """
    beside = named.get(start - 1) if text[start - 1] in "、和及" else None
    if beside is not None and not (text[start - 1] == "、" and text[beside.start - 1] in "和与"):
        return beside.region
    if beside is not None:
        return None
    low = max(low, start - _SENTENCE, text.rfind("。", low, start) + 1)
    first = bisect_right(counties, low, key=lambda county: county[0] + 1)
    before = [county for county in counties[first:] if county[0] < start]
    if len(before) == 1 and text[before[0][0] - 1 : before[0][0]] in ("在", "到", "赴", "抵"):
        return before[0][1]
    return None


def _overlaps(covered: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_right(covered, (start, end))
    return bool(index and covered[index - 1][1] > start) or (index < len(covered) and covered[index][0] < end)


def _subdivisions(text: str, start: int, stop: int, behind: bool = False) -> tuple[int, str | None, list[str]]:
    """The township and village whose names begin at `start`: their end, the level of the last, the names.

    `behind`: a division ends at `start`, so that two characters which could be words elsewhere name a town (都龙镇).
    """
    end, level, parts = start, None, []
    town = _TOWNSHIP.match(text, start, stop)
    sure = behind and town and len(town[1]) == 2 and town[2] in "乡镇" and not _NO_TOWN.search(town[1])
    held = town and _VILLAGE_TOWN.fullmatch(town[1]) and not _NO_NAME.search(town[1][:-1])
    if town and not (sure or held or _is_name(town[1])):
        town = None
    at = town.end() if town else start
    village = _VILLAGE.match(text, at, stop)
    if village and not (_is_name(village[1]) or (town and len(village[1]) == 1 and village[1] in _surnames())):
        village = None
    if village and _AFTER_VILLAGE.match(text, village.end(), stop):
        village = None
    if town and (village or town[2] not in "乡镇" or not _AFTER_TOWNSHIP.match(text, at, stop)):
        end, level = at, "township"
        parts.append(town[0])
    elif town:
        return end, level, parts
    if village:
        end, level = village.end(), "village"
        parts += dict.fromkeys((village[0], village[1] + village[2]))
    return end, level, parts


def _start_of_name(text: str, unit: int, low: int, known: dict[str, Region | None]) -> int | None:
    """Where the name before a unit (镇, 村 …) at `unit` begins; None where no name stands there."""
    for length in (5, 4, 3, 2) if known else ():
        if unit - length >= low and text[unit - length : unit + 1] in known:
            return unit - length
    for length in (2, 3, 4, 5):
        start = unit - length
        if start < low:
            return None
        if (
            start == low
            or (before := text[start - 1]) in _BEFORE_NAME
            or before.isspace()
            or text[max(low, start - 2) : start] in _WORDS_BEFORE_NAME
            or text[max(low, start - 3) : start] in _WORDS_BEFORE_NAME
        ):
            return start if _is_name(text[start:unit]) else None
    return None


def _is_name(name: str) -> bool:
    """Whether these characters before 乡, 镇 or 村 may be a proper name."""
    if len(name) < 2 or not _generic().isdisjoint([name[-n:] for n in range(2, len(name) + 1)]):
        return False
    return _NO_NAME.search(name) is None or _NO_NAME.search(_IN_NAME.sub("", name)) is None


def _is_plain_word(name: str, described: bool) -> bool:
    """Whether a verb, adjective or the like is in this, which a township's name seldom holds; after 的, any word."""
    words = tokenizer()
    return any(
        len(word) > 1 and (described or tag[:1] in "vadcpqrftbzi") and words.has_word(word)
        for word, tag in words.tag(name)
    )


@cache
def _kinds() -> dict[str, str]:
    """Kind of each name, and of each word that is none: `full` (with its suffix), `short`, `district` or `weak` (short,
    needs support), `common` (short, counts only in a list of its neighbours), or `word` (no place)."""
    reviewed = {
        row["word"]: row["kind"]
        for row in lexicon.rows("place_words")
        if row["kind"] not in ("generic", "organisation")
    }
    kinds = {word: kind for word, kind in reviewed.items() if kind == "word"}
    for name in regions.names():
        if name in kinds:
            continue
        bearers = regions.bearers(name)
        if any(r.name == name for r in bearers) or (len(name) > 2 and name[-1] in "区县州盟旗"):
            kinds[name] = "full"
        elif name in reviewed:
            kinds[name] = reviewed[name]
        elif all(_is_district(r) for r in bearers):
            kinds[name] = "district"
        else:
            kinds[name] = "short"
    return kinds


@cache
def _automaton() -> tuple[AhoCorasick, list[str], list[str]]:
    """The automaton, its patterns, and the kind of each: one of `_kinds`, `unit` (of townships
    and villages), or `organisation` (a word that tells its kind)."""
    patterns = [
        *_kinds().items(),
        *((unit, "unit") for unit in ("街道", "苏木", "嘎查", *_UNITS)),
        *((word, "organisation") for word in _organisations()),
    ]
    words, kinds = zip(*patterns, strict=True)
    return AhoCorasick(words, implementation=Implementation.DFA), list(words), list(kinds)


@cache
def _weak() -> frozenset[str]:
    return frozenset(row["word"] for row in lexicon.rows("place_words") if row["kind"] in ("weak", "common"))


@cache
def _generic() -> frozenset[str]:
    return frozenset(row["word"] for row in lexicon.rows("place_words") if row["kind"] == "generic")


@cache
def _organisation() -> re.Pattern[str]:
    """What follows a place in the name of an organisation, as far as the word that tells its kind."""
    return re.compile(rf"[{_HAN}A-Za-z0-9“”·（）()]{{0,{_QUALIFIERS}}}?(?:{'|'.join(_organisations())})")


@cache
def _organisations() -> list[str]:
    return sorted(row["word"] for row in lexicon.rows("place_words") if row["kind"] == "organisation")


@cache
def _surnames() -> frozenset[str]:
    """Surnames of one character, without those that are commoner as words."""
    return frozenset(row["surname"] for row in lexicon.rows("surnames") if row["length"] == "1") - _PARTICLES
