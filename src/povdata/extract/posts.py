"""The grammar of posts: jurisdiction, body and post, one after the other, several in a list, beside a name."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache
from typing import Any, NamedTuple

import rjieba
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from povdata import regions
from povdata.extract.script import fold
from povdata.lexicon import rows
from povdata.page import Span

HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_LONGEST_ITEM = 60
"""Characters in which a post with its place and body fits."""

_ITEM_REVERSED = re.compile(
    rf"(?:[{HAN}0-9A-Za-z·〇]++|[”\"][{HAN}0-9]{{1,8}}[“\"]|[)）][{HAN}]{{1,8}}[(（]|》[{HAN}0-9]{{1,12}}《)+"
)
"""A post with its place and body, read backwards: quotation marks and brackets only in pairs (村“两委”主任)."""

_CUT_AFTER = re.compile(
    r"邀?请到|我受|会见|的|了|(?<=[0-9])[日时分年月号]|[上下]午|会[上后]|现场|仪式上|[)）][和与及]|之[后际]|期间|以来|(?<=[会动式研察问访查导])时|由|据|[着著](?![力名作称])"
)
_MAY_CUT = re.compile(r"[在向对从被让给跟随同与和及为是将应请]")
_PREPOSITIONS = frozenset("在向对从被让给跟随同为是把将应请")
_INTRODUCES = ("还有", "有", "包括", "是")
"""Words between a group and the list of its members (参会专家有…)."""
_CONJUNCTIONS = frozenset({"与", "和", "及", "以及"})
_AFTER_CONJUNCTION = re.compile(r"[省市县区州盟旗乡镇村][委长政人领纪扶]|中[共央]|全国|国[务家]|自治[区州]")
_ALL = re.compile(r"^(?:各|有关|部分|全体|相关|所有|全[省市县区州国])")
_NOT_AFTER_POST = frozenset("会团处制者们台令式室班站区院所局厅们级性员")
"""A character that makes another word of a post before it (常委会, 代表团, 主席台, 书记员)."""

_BODY_LAST = frozenset("委府办局部厅院会协大社站司团心学校组支党科处室行厂联军署所馆队业网报总")
"""Last characters of the names of bodies."""
_REGION_END = re.compile(r"自治[区州县旗]|特别行政区|[省市州盟县区旗]|地区")


Cue = tuple[int, int, str, str]
"""A word of the lexicons in the page: a post, a word after a name, or one that may stand before it.

Its start, its end, the word, and its kind: `post`, `label` (says who somebody is, no post), `not_post`, `verb`, `act`,
`say`, `intro` or `leader`. A plain tuple, because a page has more than a hundred.
"""


_TITLE_KINDS = frozenset({"post", "label"})


@cache
def saying_verbs() -> frozenset[str]:
    """Verbs that tell that somebody spoke."""
    verbs = {row["verb"] for row in rows("speech_verbs") if row["takes"] != "colon"}
    return frozenset(verb for verb in verbs if len(verb) > 1 or verb in "说称")


@cache
def _automaton() -> tuple[AhoCorasick, list[tuple[str, str]]]:
    kinds: dict[str, str] = {}
    for row in rows("people_cues"):
        if row["kind"] in ("not_post", "verb", "act", "intro") and (len(row["word"]) > 1 or row["kind"] == "intro"):
            kinds.setdefault(row["word"], row["kind"])
    for verb in saying_verbs():
        if len(verb) > 1:
            kinds[verb] = "act" if kinds.get(verb) == "act" else "say"
    kinds |= {row["title"]: "label" if row["branch"] == "label" else "post" for row in rows("posts")}
    kinds |= {row["name"]: "leader" for row in rows("leaders")}
    finder = AhoCorasick(list(kinds), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA)
    return finder, list(kinds.items())


def cues(text: str) -> tuple[dict[int, Cue], dict[int, Cue]]:
    """The cues in a text by start, the longest at each place, none overlapping another; the posts and labels by end."""
    automaton, words = _automaton()
    starting, ending = {}, {}
    for index, start, end in automaton.find_matches_as_indexes(text):
        word, kind = words[index]
        if kind in _TITLE_KINDS:
            if text[end : end + 1] in _NOT_AFTER_POST and text[end : end + 2] != "团队":
                kind = "not_post"
            else:
                ending[end] = (start, end, word, kind)
        starting[start] = (start, end, word, kind)
    return starting, ending


@cache
def _posts() -> dict[str, dict[str, str]]:
    return {row["title"]: row for row in rows("posts")}


@cache
def _leads() -> frozenset[str]:
    return frozenset(row["word"] for row in rows("people_cues") if row["kind"] == "lead")


def _without_lead(text: str, start: int, end: int) -> int:
    """Where `text[start:end]` begins without the words that only introduce a title.

    A single character is left only where it is a division (省, 县).
    """
    leads = _leads()
    for length in (5, 4, 3, 2, 1):
        alone = end - start - length == 1 and text[end - 1] not in "省市县州区旗乡镇村"
        if start + length <= end and not alone and text[start : start + length] in leads:
            return _without_lead(text, start + length, end)
    return start


def titles_before(text: str, position: int, floor: int, posts: dict[int, Cue]) -> list[Span]:
    """The posts printed in one run right before `position`, in order of appearance.

    `posts` holds the post cues by their end. Nothing before `floor`, where the name before ends, is read. A list is
    split at 、 and at commas; every item of it must end with a post.
    """
    found: list[Span] = []
    end, separator = position, ""
    while end > floor:
        post = posts.get(end)
        if post is None or post[0] < floor or post[3] != "post":
            break
        start = _item_start(text, end, max(floor, end - _LONGEST_ITEM), posts)
        if (
            start is None
            or (start == floor and floor)
            or (separator in ",，" and separator and _ALL.match(text[start:end]))
        ):
            break
        if not found or separator == "、" or start == 0 or not _is_han(text[start - 1]):
            found.append(Span(start, end))
        else:
            break
        if start <= floor or text[start - 1] not in "、,，":
            break
        separator = text[start - 1]
        end = start - 1
    return found[::-1]


def _item_start(text: str, end: int, floor: int, posts: dict[int, Cue]) -> int | None:
    """Where the post that ends at `end` begins, with its place and body; None where nothing of it is left."""
    run = _ITEM_REVERSED.match(text[floor:end][::-1])
    if run is None:
        return None
    post = posts[end][0]
    start = end - run.end()
    for cut in _CUT_AFTER.finditer(text, start, post):
        start = cut.end()
    before = text[start:post]
    for word in _INTRODUCES:
        if word in before and (at := text.find(word, start, post)) in posts:
            start = at + len(word)
    start = _without_lead(text, start, post)
    if _MAY_CUT.search(text, start, post):
        start = _cut_at_function_word(text, start, post, end, posts)
    return start if start <= post else None


def _cut_at_function_word(text: str, start: int, post: int, end: int, posts: dict[int, Cue]) -> int:
    at = start
    for word, tag in rjieba.tag(text[start:end]):
        after = at + len(word)
        if after > post:
            break
        joins = word in _CONJUNCTIONS and (at in posts or _AFTER_CONJUNCTION.match(text, after))
        if (word in _PREPOSITIONS and tag in ("p", "v", "c", "d")) or joins:
            start = after
        at = after
    return start


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def parse(titles: list[str], on: date | None, near: str | None) -> dict[str, Any]:
    """The columns `region_code`, `organisation`, `post` and `rank` that a person's titles give.

    `post` and `organisation` are those of the first title that has a post, `region_code` that of the first title that
    names a jurisdiction, `rank` the highest grade that any of the titles gives. `titles` may be in traditional
    characters. `on` is the day on which the places are looked up.
    `near` is the code of the article's region: it decides what 市 and 区 mean without a name, and names that several
    divisions share.

    The grade follows the levels that the Civil Servant Law sets (公务员法: 2005, article 16; 2018, article 18). A
    leading post has the level of what it leads, the state (国), a province or ministry (部), a prefecture (厅), a
    county (处) or a township (科), 正 for the head and 副 for a deputy or a member of the standing committee. It is
    null where the titles do not settle the level, for former posts, for villages, and for the cities whose leading
    posts rank half a grade higher.
    """
    parsed: dict[str, Any] = {"region_code": None, "organisation": None, "post": None, "rank": None}
    named: str | None = None
    for printed in titles:
        title = fold(printed)
        known = _posts().get(title)
        if known and known["branch"] in ("address", "media", "label", "group"):
            continue
        one = _parse(title, on, near, named)
        if one is None:
            continue
        named = one.region_code or named
        if parsed["post"] is None:
            parsed["post"] = printed[-len(one.post) :]
            if one.organisation:
                at = title.rfind(one.organisation)
                parsed["organisation"] = printed[at : at + len(one.organisation)]
        if parsed["region_code"] is None:
            parsed["region_code"] = one.region_code
        if one.rank and (parsed["rank"] is None or _GRADE_ORDER[one.rank] < _GRADE_ORDER[parsed["rank"]]):
            parsed["rank"] = one.rank
    return parsed


class _Title(NamedTuple):
    region_code: str | None
    organisation: str | None
    post: str
    rank: str | None


_PREFIX = re.compile(r"中共(?!中央)|时任|原(?=中共|[一-鿿]{2,}[省市县区州盟旗])")
_SESSION = re.compile(r"第?[一二三四五六七八九十]{1,3}届")
_NO_GRADE = re.compile(r"原|前任")
"""A former post has no grade now."""


@lru_cache(maxsize=8192)
def _parse(title: str, on: date | None, near: str | None, named: str | None) -> _Title | None:
    """One title. `named` is the code of the jurisdiction that a title before it names (镇雄县委副书记、县长)."""
    head = _head(title)
    if head is None:
        return None
    bare = title[m.end() :] if (m := _PREFIX.match(title)) else title
    region, body = _region(bare, bare[: len(bare) - len(head)], on, near)
    leads = region or (regions.by_code(named) if named else None)
    return _Title(
        region_code=region.code if region else None,
        organisation=body if len(body) > 1 and body[-1] in _BODY_LAST else None,
        post=head,
        rank=None if _NO_GRADE.search(title) else _rank(_SESSION.sub("", bare), head, leads, near),
    )


@cache
def _heads() -> re.Pattern[str]:
    """Bare posts, longest first: those of posts.csv that no body stands in front of."""
    bodies = re.compile(
        r"^自治区|^驻村(?!干部)|(?:[省市县区州盟旗地乡镇村]|自治区)(?:委|党委|领导)|^(?:中共|中央|全国|国务院|国家)|党[委组支总]|支部|委会|政[协法]|人大|部部|院|队队|委书|团委"
    )
    bare = [
        t for t, row in _posts().items() if row["branch"] not in ("label", "address", "group") and not bodies.search(t)
    ]
    return re.compile("(?:" + "|".join(sorted(map(re.escape, bare), key=len, reverse=True)) + ")$")


def _head(title: str) -> str | None:
    found = _heads().search(title[-8:])
    return found.group() if found else None


def _region(title: str, before: str, on: date | None, near: str | None) -> tuple[regions.Region | None, str]:
    """The division that a title begins with, and the body printed after it.

    A division is named in full (镇雄县), or a province or prefecture in short before one of its organs (四川人大): the
    short names of counties are too often other words (公安部).
    """
    best, rest = None, before
    if _NO_JURISDICTION.search(before):
        return best, rest
    for end in (m.end() for m in _REGION_END.finditer(title)):
        if end < 2 or end > 30:
            continue
        region = regions.resolve(title[:end], on, near) or regions.resolve(title[:end], on)
        if region is not None and _named_in_full(region, title[:end]):
            best = region
            rest = before[end - 1 :] if len(before) > end and before[end] in "委" else before[end:]
            if title[:end].endswith("自治区"):
                rest = before[end - 3 :] if len(before) > end and before[end:].startswith("党委") else before[end:]
    if best is None:
        for end in range(min(len(before), 8), 1, -1):
            if not _ORGAN.match(before, end):
                continue
            best = regions.resolve(before[:end], on, near)
            if best is not None and best.level in ("province", "prefecture"):
                return best, before[end:]
            best = None
    return best, rest


def _named_in_full(region: regions.Region, text: str) -> bool:
    """Whether a text ends with a division's full name, or with its short one and the word for its kind (黔南州)."""
    return text.endswith(region.name) or (region.name[-1:] == text[-1] and region.name.startswith(text[-3:-1]))


_ORGAN = re.compile(
    r"省|自治区|人大|政协|地委|行署|党委|政府|纪委|监委|扶贫办|宣传部|组织部|统战部|[\u4e00-\u9fff]{1,8}厅$"
)
_NO_JURISDICTION = re.compile(
    r"兵团|军区|大学|公司|集团|学院|银行|医院|学校|[中小]学|幼儿园|研究[院所]|协会|商会|学会|基金会|合作社"
    r"|电视台|日报|报社|厂|开发区"
)
"""Bodies whose name begins with a place that they do not govern."""

_GRADES = {
    "national": ("正国级", "副国级"),
    "province": ("正部级", "副部级"),
    "prefecture": ("正厅级", "副厅级"),
    "county": ("正处级", "副处级"),
    "township": ("正科级", "副科级"),
}
_GRADE_ORDER = {grade: place for place, grade in enumerate(grade for pair in _GRADES.values() for grade in pair)}
_NATIONAL = dict.fromkeys(
    "中共中央总书记 总书记 国家主席 中央军委主席 国务院总理 全国人大常委会委员长 委员长 全国政协主席 "
    "中共中央政治局常委 中央政治局常委".split(),
    0,
) | dict.fromkeys(
    "中共中央政治局委员 中央政治局委员 国家副主席 国务院副总理 国务委员 全国人大常委会副委员长 副委员长 "
    "全国政协副主席 中央书记处书记 最高人民法院院长 最高人民检察院检察长".split(),
    1,
)
_LEADING = re.compile(
    r"(?:(?P<level>省|自治区|市|州|盟|地|县|区|旗|乡|镇)(?:委|党委)(?P<deputy>副书记|常委)?(?:书记)?"
    r"|(?P<vice>(?:常务)?副)?(?:代)?(?P<chief>省|市|州|盟|县|区|旗|乡|镇)长"
    r"|(?P<whole>自治区)(?:政府)?(?:常务)?(?P<under>副)?主席"
    r"|(?P<organ>省|自治区|市|州|县|区|旗)"
    r"(?:人大常委会|政协)(?:党组书记|(?P<second>副)?主[任席]))$"
)
_CITIES_OF_PROVINCE_LEVEL = frozenset({"110000", "120000", "310000", "500000"})
_LEVEL_OF = {
    "省": "province", "自治区": "province", "州": "prefecture", "盟": "prefecture", "地": "prefecture", "县": "county",
    "旗": "county", "乡": "township", "镇": "township",
}  # fmt: skip
_DEPUTY_CITIES = frozenset(
    "230100 220100 210100 210200 370100 370200 320100 330100 330200 350200 420100 440100 440300 510100 610100".split()
)
"""The fifteen cities whose leading posts rank half a grade above those of other prefectures."""


def _rank(title: str, head: str, region: regions.Region | None, near: str | None) -> str | None:
    if title in _NATIONAL:
        return _GRADES["national"][_NATIONAL[title]]
    found = _LEADING.search(title)
    if found is None or (found["level"] and not found["deputy"] and head != "书记"):
        return None
    word = found["level"] or found["chief"] or found["whole"] or found["organ"]
    level = _LEVEL_OF.get(word) or (_city_level if word == "市" else _district_level)(region, near)
    return _GRADES[level][any(found[part] for part in ("deputy", "vice", "under", "second"))] if level else None


def _city_level(region: regions.Region | None, near: str | None) -> str | None:
    """The level of what a 市 leads: the city named, else the one around the article's region.

    Null for a city that nothing names, in the articles of a province, and in those of a city of county level, which
    may mean the city above it.
    """
    if region is not None:
        named = region.name.endswith("市") and region.code not in _DEPUTY_CITIES
        return region.level if named and region.level in _GRADES else None
    if near is None or near[:2] == "00":
        return None
    if near[:2] + "0000" in _CITIES_OF_PROVINCE_LEVEL:
        return "province"
    place, city = regions.by_code(near), regions.by_code(near[:4] + "00")
    above = city is not None and city.level == "prefecture" and city.name.endswith("市")
    if place is not None and place.level == "county" and place.name.endswith("市"):
        return None if above else "county"
    return "prefecture" if above and near[:4] + "00" not in _DEPUTY_CITIES else None


def _district_level(region: regions.Region | None, near: str | None) -> str | None:
    """The level of what a 区 leads: null in the cities whose districts rank higher."""
    place = region or (regions.by_code(near) if near else None)
    if place is None or place.code is None or place.level != "county":
        return None
    higher = place.code[:2] + "0000" in _CITIES_OF_PROVINCE_LEVEL or place.code[:4] + "00" in _DEPUTY_CITIES
    return None if higher else "county"
