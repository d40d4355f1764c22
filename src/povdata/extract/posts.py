"""The grammar of posts: jurisdiction, body and post, one after the other, several in a list, beside a name."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache
from typing import Any, NamedTuple

import rjieba
from ahocorasick_rs import AhoCorasick, MatchKind

from povdata import regions
from povdata.lexicon import rows
from povdata.page import Span

HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_LONGEST_ITEM = 60
"""Characters in which a post with its place and body fits."""

_ITEM_REVERSED = re.compile(rf"(?:[{HAN}0-9A-Za-z·〇]|[”\"][{HAN}0-9]{{1,8}}[“\"]|[)）][{HAN}]{{1,8}}[(（])+")
"""A post with its place and body, read backwards: quotation marks and brackets only in pairs (村“两委”主任)."""

_CUT_AFTER = re.compile(
    r"的|了|(?<=[0-9])[日时分年月号]|[上下]午|会[上后]|现场|仪式上|之[后际]|期间|以来|(?<=[会动式研察问访查导])时|由|据|着(?!力)"
)
_MAY_CUT = re.compile(r"[在向对从被让给跟随同与和及为是将]")
_PREPOSITIONS = frozenset("在向对从被让给跟随同为是把将")
_CONJUNCTIONS = frozenset({"与", "和", "及", "以及"})
_AFTER_CONJUNCTION = re.compile(r"[省市县区州盟旗乡镇村][委长政人领纪]|中[共央]|全国|国[务家]|自治[区州]")
_ALL = re.compile(r"^(?:各|有关|部分|全体|相关|所有|全[省市县区州国])")
_NOT_AFTER_POST = frozenset("会团处制者们台令式室班站区院所局厅们级性员")
"""A character that makes another word of a post before it (常委会, 代表团, 主席台, 书记员)."""

PERSONAL = frozenset({"label", "person", "address", "media", "group"})
"""Branches of posts.csv that are no office with a grade."""

_BODY_LAST = frozenset("委府办局部厅院会协大社站司团心学校组支党科处室行厂联军署所馆队业网报总")
"""Last characters of the names of bodies."""
_REGION_END = re.compile(r"自治[区州县旗]|特别行政区|[省市州盟县区旗]|地区")


class Cue(NamedTuple):
    """A word of the lexicons in the page: a post, a word after a name, or one that may stand before it."""

    start: int
    end: int
    word: str
    kind: str
    """`post`, `label` (says who somebody is, no post), `not_post`, `verb`, `act`, `say`, `intro` or `leader`."""


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
    words = list(kinds)
    return AhoCorasick(words, matchkind=MatchKind.LeftmostLongest), list(kinds.items())


def cues(text: str) -> list[Cue]:
    """Every cue in a text, the longest at each place, none overlapping another."""
    automaton, words = _automaton()
    found = []
    for index, start, end in automaton.find_matches_as_indexes(text):
        word, kind = words[index]
        if kind in ("post", "label") and text[end : end + 1] in _NOT_AFTER_POST:
            kind = "not_post"
        found.append(Cue(start, end, word, kind))
    return found


@cache
def _posts() -> dict[str, dict[str, str]]:
    return {row["title"]: row for row in rows("posts")}


@cache
def _leads() -> frozenset[str]:
    return frozenset(row["word"] for row in rows("people_cues") if row["kind"] == "lead")


def _without_lead(text: str, start: int, end: int) -> int:
    """Where `text[start:end]` begins without the words that only introduce a title; no single character is left."""
    leads = _leads()
    for length in (5, 4, 3, 2, 1):
        if start + length <= end and end - start - length != 1 and text[start : start + length] in leads:
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
        if post is None or post.start < floor:
            break
        if post.kind != "post":
            if not found:
                end = post.start
                break
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
    post = posts[end]
    start = end - run.end()
    for cut in _CUT_AFTER.finditer(text, start, post.start):
        start = cut.end()
    start = _without_lead(text, start, post.start)
    if _MAY_CUT.search(text, start, post.start):
        start = _cut_at_function_word(text, start, post, posts)
    return start if start <= post.start else None


def _cut_at_function_word(text: str, start: int, post: Cue, posts: dict[int, Cue]) -> int:
    at = start
    for word, tag in rjieba.tag(text[start : post.end]):
        after = at + len(word)
        if after > post.start:
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

    Each comes from the first title that states it. `near` is the code of the article's region: it decides what 市 and
    区 mean without a name, and names that several divisions share. The grade follows the levels that the Civil Servant
    Law sets (公务员法 of 2005, article 16, and of 2018, article 18): a leading post has the level of what it leads, the
    state (国), a province or ministry (部), a prefecture (厅), a county (处) or a township (科), 正 for the head and 副
    for a deputy or a member of the standing committee. Null where the titles do not settle the level, for villages, and
    for the cities whose leading posts rank half a grade higher.
    """
    parsed: dict[str, Any] = {"region_code": None, "organisation": None, "post": None, "rank": None}
    for title in titles:
        known = _posts().get(title)
        if known and known["branch"] in ("address", "media", "label", "group"):
            continue
        for column, value in _parse(title, on, near).items():
            if parsed[column] is None:
                parsed[column] = value
    return parsed


@lru_cache(maxsize=8192)
def _parse(title: str, on: date | None, near: str | None) -> dict[str, Any]:
    head = _head(title)
    if head is None:
        return {}
    before = title[: len(title) - len(head)]
    region, rest = _region(title, before, on, near)
    return {
        "region_code": region.code if region else None,
        "organisation": rest if len(rest) > 1 and rest[-1] in _BODY_LAST else None,
        "post": head,
        "rank": _rank(title, head, region, near),
    }


@cache
def _heads() -> re.Pattern[str]:
    """Bare posts, longest first: those of posts.csv that no body stands in front of."""
    bodies = re.compile(
        r"^自治区|^驻村|(?:[省市县区州盟旗地乡镇村]|自治区)(?:委|党委|领导)|^(?:中共|中央|全国|国务院|国家)|党[委组支总]|支部|委会|政[协法]|人大|部部|院|队队|委书|团委"
    )
    bare = [
        t for t, row in _posts().items() if row["branch"] not in ("label", "address", "group") and not bodies.search(t)
    ]
    return re.compile("(?:" + "|".join(sorted(map(re.escape, bare), key=len, reverse=True)) + ")$")


def _head(title: str) -> str | None:
    found = _heads().search(title[-8:])
    return found.group() if found else None


def _region(title: str, before: str, on: date | None, near: str | None) -> tuple[regions.Region | None, str]:
    """The division that a title begins with, and the body printed after it."""
    best, rest = None, before
    for end in (m.end() for m in _REGION_END.finditer(title)):
        if end < 2 or end > 30:
            continue
        region = regions.resolve(title[:end], on, near) or regions.resolve(title[:end], on)
        if region is not None:
            best = region
            level_word = title[end - 1]
            rest = before[end - 1 :] if len(before) > end and before[end] in "委" else before[end:]
            if level_word == "区" and title[:end].endswith("自治区"):
                rest = before[end - 3 :] if len(before) > end and before[end:].startswith("党委") else before[end:]
    if best is None and not _NO_JURISDICTION.search(before):
        for end in range(min(len(before), 8), 1, -1):
            best = regions.resolve(before[:end], on, near)
            if best is not None and before[end : end + 1] in "省市县区州盟旗" and before[end:]:
                best = best if best.name.endswith(before[end]) else None
            if best is not None:
                break
    return best, rest


_NO_JURISDICTION = re.compile(r"兵团|军区|大学|公司|集团|学院|银行")
"""Bodies whose name begins with a place that they do not govern."""

_GRADES = {
    "national": ("正国级", "副国级"),
    "province": ("正部级", "副部级"),
    "prefecture": ("正厅级", "副厅级"),
    "county": ("正处级", "副处级"),
    "township": ("正科级", "副科级"),
}
_NATIONAL = dict.fromkeys(
    "中共中央总书记 总书记 国家主席 中央军委主席 国务院总理 全国人大常委会委员长 委员长 全国政协主席 "
    "中共中央政治局常委 中央政治局常委".split(),
    0,
) | dict.fromkeys(
    "中共中央政治局委员 中央政治局委员 国家副主席 国务院副总理 国务委员 全国人大常委会副委员长 副委员长 "
    "全国政协副主席 中央书记处书记".split(),
    1,
)
_LEADING = re.compile(
    r"(?:(?P<level>省|自治区|市|州|盟|地|县|区|旗|乡|镇)(?:委|党委)(?P<deputy>副书记|常委)?(?:书记)?"
    r"|(?P<vice>(?:常务)?副)?(?:代)?(?P<chief>省|市|州|盟|县|区|旗|乡|镇)长|(?P<organ>省|自治区|市|州|县|区|旗)"
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
    if found is None:
        return None
    word = found["level"] or found["chief"] or found["organ"]
    if found["level"] and not found["deputy"] and head != "书记":
        return None
    deputy = bool(found["deputy"] or found["vice"] or found["second"])
    level = _LEVEL_OF.get(word)
    if level is None:
        place = region or (regions.by_code(near) if near else None)
        if place is None or place.code is None or place.code in _DEPUTY_CITIES:
            return None
        if word == "区" and place.level == "county" and place.code[:2] + "0000" not in _CITIES_OF_PROVINCE_LEVEL:
            level = None if place.code[:4] + "00" in _DEPUTY_CITIES else "county"
        elif word == "市":
            level = place.level if place.level in ("province", "prefecture", "county") else None
    return _GRADES[level][deputy] if level else None
