"""Table `dates`: expressions that name calendar time, completed to days."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

from povdata import lexicon
from povdata.extract.script import simplified
from povdata.models import CONTENT_ROLES
from povdata.page import SHANGHAI, Document

_PLAIN = dict(zip("０１２３４５６７８９．／－～○", "0123456789./-~〇", strict=True))
"""To half-width forms, one code point for one, so that offsets stay those of the page."""
_WIDE = re.compile("[０-９．／－～○]")

_HAN = "〇零一二三四五六七八九"
_VALUE = {"首": 1, "元": 1, "两": 2, **{digit: max(0, n - 1) for n, digit in enumerate(_HAN)}}

_LINK = r"(?:[ ]?(?:——|[-—–~～至到])[ ]?)"
_IN_YEAR = rf"""(?:
  (?P<month>\d\d?|元)[ ]?月(?:份(?!额)|[ ]?(?P<day>\d\d?)(?:[ ]?[日号號]|(?=(?:{_LINK}|、)\d\d?[日号號]))
    |(?P<part>底|末|初|上旬|中旬|下旬))?
  |(?P<han_month>十[一二]?|[一二三四五六七八九])月(?:(?P<han_day>三?十[一]?|二?十[一二三四五六七八九]?
    |[一二三四五六七八九])日|份(?!额)|(?P<han_part>底|末|初|上旬|中旬|下旬))?
  |(?:(?P<half>[上下])半年|(?:第?(?P<quarter>[一二三四1-4])|(?P<first>首)
    |第?[一1][至到—–~-]第?(?P<to_quarter>[二三四2-4]))季度|前(?P<quarters>[两二三23])个?季度)(?P<unit_end>[底末])?
  |[前头](?P<months>\d\d?|十一?|[两二三四五六七八九])个月|(?P<bare_month>\d\d?)(?={_LINK}\d\d?月)
  |年?(?P<end>[底末])|年?(?P<begin>初)(?![中级步期一二三四五六七八九十试衷心始赛选])|度(?!假)
)"""
_POINT = re.compile(
    rf"""(?:
  (?P<iso>\d{{4}})(?P<sign>[-/.])(?P<iso_month>\d\d?)(?P=sign)(?P<iso_day>\d\d?)(?![\d.])
  |(?P<bare_year>\d{{4}})(?={_LINK}\d{{4}}[ ]?年)
  |(?P<near_month>本月|上个?月|下个?月)(?:(?P<near_part>底|末|初|上旬|中旬|下旬)
    |[ ]?(?P<near_day>\d\d?)(?:[ ]?[日号號]|(?={_LINK}\d\d?[日号號])))?
  |(?P<only_day>\d\d?)[ ]?[日号號]|(?P<bare_day>\d\d?)(?=(?:{_LINK}|、)\d\d?[日号號])
  |(?P<relative>今[天日晚晨早]|昨[天日晚晨]|明[天日]|[前后]天)(?!下(?!午))
  |(?P<week>[上本下])周(?P<weekday>[一二三四五六日])?
  |(?P<ends>[年月][底末])
  |(?:(?:(?P<year>\d{{4}})[ ]?年|(?P<han_year>[一二][〇零九八][{_HAN}]{{2}})年|(?P<short_year>\d\d)年(?=\d\d?月)
    |(?P<near>今年|去年|明年|前年|后年)|(?P<same>同年|当年|次年|翌年))[ ]?)?{_IN_YEAR}?
)""",
    re.X,
)
_HEAD = re.compile(
    r"[0-9今去明昨前后上下本同当次翌年月元首头第一二三四五六七八九十０-９．／－～○](?:(?<=[0-9])[0-9]*+"
    r"|(?<=[今去明昨前后上下本同当次翌年月元首头])(?=[年月日天晚晨早底末周半季一二三四五六七八九十两0-9个])"
    r"|(?<=[一二三四五六七八九十])(?=[月季至到]|[一二]月|[〇零○九八])|(?<=第)(?=[一二三四1-4][季至到—–~-])"
    r"|(?<=[０-９．／－～○]))"
)
"""What every expression begins with, and every character that has a plain form."""
_UNIT_AFTER = frozenset("年月日号季 -/.—–~～至到")
_THEN = re.compile(_LINK)
_LIST = re.compile("、")
_TWO_DAYS = re.compile(r"(\d\d?)、(\d\d?)[日号號]")
_RANGE_GOES_ON = re.compile(r"[0-9]|今年|去年|明年")

_RECURS = re.compile(r"(?:每年|每个?月|每逢|历年|农历|阴历|旧历|夏历|藏历)的?$")
_RECURRING = frozenset("年月逢历")
"""How those words end."""
_NEVER_BEFORE = frozenset("/-第〔〕#№+%")
_SPANS_TIME = frozenset("第连历共约超满每逾余隔需费花仅整限前后头这那几达个")
_SPELL = re.compile(r"(?:为期|历时|长达|连续|持续|至少|最多|最长|不超过|不少于|延长|提前|推迟|近|用时|耗时|工期)$")
_DAY_NOT = re.compile(
    r"[均元照后龄游子益程间用化班租]|产(?![业品])|内(?!蒙)|常(?![委德州务])|历(?![时经])|结(?![束合对])|记(?!者)|清(?![晨早])"
    r"|夜(?![间里晚])|之[内后]|以[内上后来]|左右|期(?!间)|报(?![道到名])|\d餐|本(?![报市省县区台网刊])"
)
_DAY_MAY = re.compile(r"间隙|用[户电]|子夜|元旦")
_NUMBER_DAY = re.compile(
    r"上午|下午|晚|早|凌晨|傍晚|中午|当天|[,，、。;；)）]|在|召开|起|开始|开幕|闭幕|消息|电|抵达|来到|会见|举行|出席|就|前"
)
_COUNTED = frozenset("一二三四五六七八九十正腊第个每各按分")
_NAMED = frozenset("今去明前后本上下当全同")
_COUNTS_YEARS = frozenset("约近达有今过逾超")
_MONEY = frozenset("十百千万亿余多美欧日")
_CLOSING = frozenset(")）]］】")
_HAN_PLACE = frozenset("路街巷道弄里村院园楼栋座线区")
_MONTH_NOT = re.compile(r"[龄饼票薪嫂租均]|以[内上]|之[内后]|内(?!蒙)")
_YEAR_BEFORE = {
    "今年": re.compile(r"[如当现]$"),
    "去年": re.compile(r"过$"),
    "明年": re.compile(r"[文黎透]$"),
    "前年": re.compile(r"(?:目|以|之|日|此|提|大|年|[0-9一二三四五六七八九十百千几多])$"),
    "后年": re.compile(r"(?:以|今|然|之|先|最|此|大|年|[0-9一二三四五六七八九十百千几多])$"),
    "当年": re.compile(r"正$"),
}
_YEAR_NOT = {"今年": re.compile(r"轻"), "明年": re.compile(r"报"), "前年": re.compile(r"度"), "后年": re.compile(r"度")}
_THOUSANDS = re.compile(r"[来多间历文余]|的[历文]")
_FIGURATIVE_END = re.compile(r"(?:到了?|走向|直至|时至|活在|没有|才有|有了|美好|每一个|天的|比)$")
_EVENT_WORD = re.compile(
    r"[(（]|[,，]?(?:上午|下午|中午|晚|早|凌晨|傍晚|召开|举行|举办|发布|公布|宣布|通报|印发|下发|出版|开幕|闭幕|开始|启动"
    r"|开通|正式|在|从|起|是|播出|发表|出席|会见|抵达|来到|赴|到|对外|向|主持|说|表示|介绍|指出|透露|获悉|公开|签|印|又"
    r"|将|《|国务院|省|市|县|全国|中共|记者|本报)"
)
_OPENS_NEWS = re.compile(r"[,，](?!我们|你|大家|人们|当|随着|中国|新|越|生活|这|他|她|它|每|农)")
_PLAN_BEFORE = re.compile(
    r"(?:将[于在从自]|定[于在]|拟[于在]|(?:计划|预计|力争|确保|争取|有望|即将)[到于在]?|赶在|到)$"
)
_FIRM = re.compile(r"(?:将于|将在|将从|定于|拟于|定在|即将于)$")
_PLAN_AFTER = re.compile(r"(?:之?前(?![往来夕后])|以前|起?(?:正式)?(?:施行|实施|执行)|起?将)")
_DONE_BEFORE = re.compile(r"截[至止](?:到|至)?$")
_CLAUSE_PLAN = re.compile(r"将|拟|定于|预计|力争|确保")
_YEAR_END_BEFORE = re.compile(r"(?:到|至|截[至止]|截止到|计划|力争|确保|预计|赶在|争取)(?:今年)?$")
_YEAR_END_AFTER = re.compile(r"之?前|将|实现|完成")

_DATELINE = re.compile(
    r"[\u4e00-\u9fff)）](?:(\d{4})年)?(?:(\d\d?)月)?(\d\d?)日(?:[上下]午|晚)?[电讯](?![话信力商视网缆站能影器])"
)
_ORDINAL = re.compile(r"第([一二三四五六七八九十\d]{1,3})个")
_ANNIVERSARY = re.compile(r"([一二三四五六七八九十百\d]{1,3})周年")
_FULL = re.compile(r"(?<!\d)((?:19|20)\d\d) ?年 ?(\d\d?) ?月 ?(\d\d?) ?[日号號]")
_YEAR = re.compile(r"(?<![\d到至—–~～-])(20\d\d)年")
_GOALS = frozenset({"2020", "2035", "2049", "2050"})
"""Years that texts name as the campaign's and the country's goals, long before they come."""
_LOOKS_AHEAD = re.compile(r"(?:迎接|迎来|喜迎|即将|献礼|迎)[^,，。;；]{0,16}$")
_TODAY_IS = re.compile(r"今[天日](?:[(（][^()（）]{1,9}[)）])?[,，]?是(?:我国)?$")
_THIS_YEAR = re.compile(r"今年是((?:19|20)\d\d)年|(?:今年|现在)[(（]((?:19|20)\d\d)年?[)）]")

_QUARTER_MONTHS = 3
_FAR = timedelta(days=31)
"""A day of the month alone goes on from the date before it when that lies further than this from the anchor."""
_GRACE = timedelta(days=2)
"""Pages carry times of publication a day too early (the sheet before the day it reports), or of another zone."""


class Anchor(NamedTuple):
    """What incomplete expressions of a document are completed from."""

    day: date | None
    """The day; None where only the year is known."""
    year: int | None
    """The year; None where nothing in the document fixes one."""
    basis: str | None
    """`anchored` (publication or crawl) or `inferred` (the text's own evidence); None without a year."""
    source: str
    """`published`, `crawled`, `dateline`, `text`, `ordinal`, `anniversary` or `none`."""


class _Moment(NamedTuple):
    """An expression completed, and what of it was printed."""

    start: date
    end: date
    precision: str
    printed_year: bool


class _Context(NamedTuple):
    """The completed expression before, from which a day or month without a year can go on."""

    at: int
    segment: int
    year: int
    month: int | None
    day: int | None
    from_text: bool
    """Whether its year was printed, not taken from the anchor."""


def anchor(document: Document) -> Anchor:
    """What expressions such as 今年, 9月28日 and 12日 are completed from.

    The publication time comes first. Without one the text's own evidence decides: a full date in the dateline or the
    first sentence, the ordinal of a yearly day (第六个全国扶贫日), an anniversary (新中国成立70周年), a full date that
    signs the text; a dateline's month and day join a year so found. The day of the crawl serves last, and only when
    the text itself prints its year: pages are crawled years after they appear.
    """
    published = _day(document.article.get("published_at"))
    if published:
        precision = document.article.get("published_precision") or "day"
        if precision == "year":
            return Anchor(None, published.year, "anchored", "published")
        if precision == "month":
            published = published.replace(day=_last_day(published.year, published.month))
        return Anchor(published, published.year, "anchored", "published")
    text = _plain(simplified(document))
    spans = [(s.start, s.end) for s in document.segments if s.role in CONTENT_ROLES]
    body = [(s.start, s.end) for s in document.segments if s.role == "body"] or spans
    content = "\n".join(text[a:b] for a, b in spans)
    opening = text[body[0][0] : body[0][1]][:400] if body else ""
    line = _DATELINE.search(opening[:80])
    if line and line[1] and line[2]:
        found = _valid(int(line[1]), int(line[2]), int(line[3]))
        if found:
            return Anchor(found, found.year, "inferred", "dateline")
    sentence = re.split(r"[。！？]", opening, maxsplit=1)[0]
    first = _FULL.search(sentence)
    if first:
        found = _valid(int(first[1]), int(first[2]), int(first[3]))
        if found and not _looks_back(content, found.year):
            return Anchor(found, found.year, "inferred", "text")
    year, source, today = _year_of(content)
    if today:
        return Anchor(today, today.year, "inferred", source)
    if year is None and body:
        last = _FULL.fullmatch(text[body[-1][0] : body[-1][1]].strip())
        found = last and _valid(int(last[1]), int(last[2]), int(last[3]))
        if found:
            return Anchor(found, found.year, "inferred", "text")
    if year is not None:
        found = _valid(year, int(line[2]), int(line[3])) if line and line[2] else None
        return Anchor(found, year, "inferred", source)
    crawled = _day(document.article.get("crawled_at") or document.page.crawled_at)
    if crawled and f"{crawled.year}年" in content:
        return Anchor(crawled, crawled.year, "anchored", "crawled")
    return Anchor(None, None, None, "none")


def dates(document: Document, anchor: Anchor) -> list[dict[str, Any]]:
    """Rows of `dates`, in page order: what `anchor` cannot complete, and what no calendar has, is left out."""
    text, article_id, rows = document.page.text, document.page.article_id, []
    plain = _spaced(simplified(document))
    content = [(number, s.start, s.end) for number, s in enumerate(document.segments) if s.role in CONTENT_ROLES]
    if not content:
        return []
    heads = [head.span() for head in _HEAD.finditer(plain, content[0][1], content[-1][2])]
    if any(plain[start] in _PLAIN for start, _ in heads):
        plain = _plain(plain)
        heads = [head.span() for head in _HEAD.finditer(plain, content[0][1], content[-1][2])]
    context: _Context | None = None
    ahead = document.article.get("genre") == "notice"
    for number, start, end, first, second in _expressions(plain, heads, content):
        moment = _complete(plain, start, end, first, second, anchor, context, number, ahead)
        if moment is None:
            continue
        rows.append(
            {
                "article_id": article_id,
                "start": start,
                "end": end,
                "text": text[start:end],
                "date_start": moment.start,
                "date_end": moment.end,
                "precision": moment.precision,
                "basis": "explicit" if moment.printed_year else anchor.basis or "inferred",
            }
        )
        relative = first["near"] or first["near_month"] or first["relative"] or first["week"]
        whole_year = moment.precision == "year"
        context = _Context(
            end,
            number,
            moment.end.year,
            None if whole_year else moment.end.month,
            moment.end.day if moment.precision in ("day", "range") else None,
            moment.printed_year or bool(first["same"]) or (bool(relative) and moment.end.year != anchor.year),
        )
    return rows


def inferred_publication(document: Document, anchor: Anchor) -> tuple[datetime, str, str] | None:
    """`published_at`, its precision and its basis for a page that states no time, else None.

    Only a dateline's day counts (a wire story appears on the day that its dateline prints), with the year that it
    prints or that the text fixes. The day of the meeting that a story reports is not the day on which it appeared.
    """
    if document.article.get("published_at") or anchor.basis != "inferred" or anchor.day is None:
        return None
    body = next((s for s in document.segments if s.role == "body"), None)
    if body is None:
        return None
    line = _DATELINE.search(_plain(document.page.text[body.start : min(body.end, body.start + 80)]))
    if not line or not line[2] or (int(line[2]), int(line[3])) != (anchor.day.month, anchor.day.day):
        return None
    return datetime.combine(anchor.day, time(), SHANGHAI), "day", "dateline"


def _plain(text: str) -> str:
    """`text` in half-width digits and signs, code point for code point."""
    return _WIDE.sub(lambda m: _PLAIN[m[0]], _spaced(text))


def _spaced(text: str) -> str:
    return text.replace("\u3000", " ").replace("\xa0", " ")


def _expressions(
    plain: str, heads: list[tuple[int, int]], content: list[tuple[int, int, int]]
) -> Iterator[tuple[int, int, int, dict[str, Any], dict[str, Any] | None]]:
    """(segment, start, end, parts, parts of a range's second half) of all that looks like a date.

    `heads` are the spans of what `_HEAD` finds, `content` the number, start and end of the segments to look in.
    """
    segments = iter(content)
    number, start, end = next(segments)
    upto = start
    for at, stop in heads:
        if at < upto:
            continue
        while end <= at:
            number, start, end = next(segments)
        if at < start:
            continue
        if plain[at].isdigit() and (stop - at not in (1, 2, 4) or plain[stop : stop + 1] not in _UNIT_AFTER):
            continue
        found = _POINT.match(plain, at, end)
        if not found or found.end() == at:
            continue
        upto = found.end()
        first, second = found.groupdict(), None
        link = _THEN.match(plain, upto, end)
        if link is None and plain.startswith("、", upto) and _two_days(plain, at, upto):
            link = _LIST.match(plain, upto, end)
        if link and _RANGE_GOES_ON.match(plain, link.end(), end):
            other = _POINT.match(plain, link.end(), end)
            if other and other.end() > link.end() and not _open(other.groupdict()):
                second, upto = other.groupdict(), other.end()
        if second is None and _open(first):
            continue
        if _excluded(plain, at, upto, first, second):
            continue
        yield number, at, upto, first, second


def _two_days(plain: str, start: int, end: int) -> bool:
    """Whether the number that ends at `end` and the next of the list are days that follow each other (18、19日)."""
    days = _TWO_DAYS.match(plain, max(start, end - (2 if plain[end - 2 : end].isdigit() else 1)))
    return days is not None and int(days[2]) == int(days[1]) + 1


def _open(parts: dict[str, Any]) -> bool:
    """Whether the expression is a bare number that needs the range's other half."""
    return bool(parts["bare_year"] or parts["bare_day"] or parts["bare_month"])


def _excluded(plain: str, start: int, end: int, first: dict[str, Any], second: dict[str, Any] | None) -> bool:
    """Whether the surroundings show that this is no date: a duration, a number, another word, a date of every year."""
    before = plain[max(0, start - 6) : start]
    last = before[-1:]
    after = plain[end : end + 4]
    digit = plain[start].isdigit()
    if digit and ((last in _NEVER_BEFORE and last) or (last.isascii() and last.isalnum())):
        return True
    if digit and before[-2:-1].isdigit() and (last == ":" or (last == "." and not first["year"])):
        return True
    if (before[-2:-1] if last == "的" else last) in _RECURRING and _RECURS.search(before):
        return True
    if first["iso"]:
        return False
    year = first["year"] or first["bare_year"]
    if year:
        return int(year) % 100 == 0 and end - start == 5 and bool(_THOUSANDS.match(after) or last in _COUNTS_YEARS)
    if first["han_year"] or first["short_year"]:
        return bool(first["short_year"]) and bool(_SPELL.search(before) or last in _SPANS_TIME)
    name = first["near"] or first["same"]
    if name:
        worded = end - start == 2
        if name in _YEAR_BEFORE and _YEAR_BEFORE[name].search(before):
            return True
        if worded and name in _YEAR_NOT and _YEAR_NOT[name].match(after):
            return True
        return bool(first["same"]) and not (first["month"] or first["han_month"])
    if first["relative"]:
        return _not_a_day(first["relative"], before, after)
    if first["near_month"]:
        return last in ("以", "之", "基", "日", "书", "成") or after[:1] in ("龄", "球")
    if first["week"]:
        return after[:1] in ("末", "岁", "年", "边", "长", "期", "围", "转") or last in _COUNTED
    if first["ends"]:
        if last.isdigit() or last in _COUNTED or last in _NAMED or before.endswith(("每年", "每个月")):
            return True
        return not (_YEAR_END_BEFORE.search(before) or _YEAR_END_AFTER.match(after))
    if first["only_day"] or first["bare_day"]:
        if last in _SPANS_TIME or last == "月" or _SPELL.search(before):
            return True
        unit = plain[end - 1]
        if unit in "号號" and second is None:
            return last in _HAN_PLACE or last in _CLOSING or not _NUMBER_DAY.match(after)
        return bool(_DAY_NOT.match(after)) and not _DAY_MAY.match(after)
    if first["han_month"]:
        exact = first["han_day"] or first["han_part"] or plain[end - 1] == "份"
        return not exact or last in _COUNTED
    if first["month"] == "元" and (last.isdigit() or last in _MONEY):
        return True
    if first["month"] or first["bare_month"]:
        if last in _SPANS_TIME or _SPELL.search(before):
            return True
        exact = first["day"] or first["part"]
        return not exact and bool(_MONTH_NOT.match(after))
    if first["months"]:
        return bool(last) and last.isalnum()
    if first["quarter"] or first["first"] or first["to_quarter"]:
        return last in _COUNTED
    if first["quarters"] or first["half"]:
        return last in ("每", "各")
    return True


def _not_a_day(word: str, before: str, after: str) -> bool:
    """今天 and its like are dates beside what happened on that day, not in 美好的明天 or 今天的幸福生活."""
    if word in ("今晚", "昨晚", "今晨", "今早", "昨晨", "昨日", "前天", "后天"):
        return before.endswith(("以", "之", "最", "先", "如", "目")) or after.startswith("性")
    if before.endswith(("如", "当", "现", "文", "鲜", "声", "说", "查", "证", "表", "透", "光")):
        return True
    if after[:1] in ("头",) or _FIGURATIVE_END.search(before):
        return True
    opens = not before or before[-1].isspace() or before[-1] in "。！？!?电讯)）"
    return not (_EVENT_WORD.match(after) or (opens and _OPENS_NEWS.match(after)))


def _complete(
    plain: str,
    start: int,
    end: int,
    first: dict[str, Any],
    second: dict[str, Any] | None,
    anchor: Anchor,
    context: _Context | None,
    segment: int,
    ahead: bool,
) -> _Moment | None:
    """The days meant, or None where the calendar has none or nothing completes them."""
    if context and context.segment != segment and anchor.day is not None and not first["same"]:
        context = None
    if second is None:
        return _resolve(plain, start, end, first, anchor, context, ahead)
    if _has_year(second):
        until = _resolve(plain, start, end, second, anchor, context, ahead)
        since = until and _start_of_range(first, until, anchor)
    else:
        since = _resolve(plain, start, end, _like(first), anchor, context, ahead)
        until = since and _end_of_range(second, since)
        since = since and since.start
    if not since or not until or since > until.end:
        return None
    return _Moment(since, until.end, "range", until.printed_year)


def _has_year(parts: dict[str, Any]) -> bool:
    return any(parts[name] for name in ("year", "han_year", "short_year", "near", "iso"))


def _like(first: dict[str, Any]) -> dict[str, Any]:
    """A range's first half, its bare number given the unit of the second half (9-10月, 16-18日)."""
    if first["bare_day"]:
        return {**first, "only_day": first["bare_day"]}
    return {**first, "month": first["month"] or first["bare_month"]}


def _start_of_range(parts: dict[str, Any], until: _Moment, anchor: Anchor) -> date | None:
    """The first day of a range whose second half has the year."""
    if parts["bare_year"]:
        return _valid(int(parts["bare_year"]), 1, 1)
    if _has_year(parts):
        since = _resolve("", 0, 0, parts, anchor, None, False)
        return since and since.start
    for year in (until.end.year, until.end.year - 1):
        since = _whole(parts, year, False)
        if since and since.start <= until.end:
            return since.start
    return None


def _end_of_range(parts: dict[str, Any], since: _Moment) -> _Moment | None:
    """The second half of a range, its missing parts those of the first day, or the next ones that the calendar has."""
    if parts["only_day"]:
        month = since.start.replace(day=1)
        if int(parts["only_day"]) < since.start.day:
            month = (month + timedelta(days=31)).replace(day=1)
        found = _valid(month.year, month.month, int(parts["only_day"]))
        return found and _Moment(found, found, "day", since.printed_year)
    found = _whole(parts, since.start.year, since.printed_year)
    if found and found.end < since.start:
        return _whole(parts, since.start.year + 1, since.printed_year)
    return found


def _month(parts: dict[str, Any]) -> int | None:
    return _number(parts["month"] or parts["bare_month"] or parts["han_month"])


def _resolve(
    plain: str, start: int, end: int, parts: dict[str, Any], anchor: Anchor, context: _Context | None, ahead: bool
) -> _Moment | None:
    if parts["iso"]:
        found = _valid(int(parts["iso"]), int(parts["iso_month"]), int(parts["iso_day"]))
        return found and _Moment(found, found, "day", True)
    year = _number(parts["year"] or parts["han_year"])
    if parts["short_year"]:
        year = _century(int(parts["short_year"]))
    if year is not None:
        return _whole(parts, year, True) if 1800 <= year <= 2100 else None
    if parts["near"]:
        if anchor.year is None:
            return None
        return _whole(parts, anchor.year + {"今": 0, "去": -1, "明": 1, "前": -2, "后": 2}[parts["near"][0]], False)
    if parts["same"]:
        if context is None:
            return None
        return _whole(parts, context.year + (parts["same"][0] in "次翌"), False)
    if parts["relative"] or parts["week"] or parts["near_month"]:
        return _from_day(parts, anchor.day)
    if parts["ends"]:
        return _end_of(plain, start, parts["ends"], anchor)
    if parts["only_day"]:
        return _day_alone(plain, start, end, int(parts["only_day"]), anchor, context, ahead)
    return _without_year(plain, start, end, parts, anchor, context, ahead)


def _whole(parts: dict[str, Any], year: int, printed: bool) -> _Moment | None:
    found = _within(parts, year)
    return found and _Moment(*found, printed)


def _within(parts: dict[str, Any], year: int) -> tuple[date, date, str] | None:
    """First day, last day and precision of a part of a year, or of the whole year where no part is named."""
    month = _month(parts)
    if month is not None:
        if not 1 <= month <= 12:
            return None
        last = _last_day(year, month)
        day = _number(parts["day"] or parts["han_day"])
        if day is not None:
            found = _valid(year, month, day)
            return found and (found, found, "day")
        part = parts["part"] or parts["han_part"]
        if part is None:
            return date(year, month, 1), date(year, month, last), "month"
        return _part_of_month(part, date(year, month, 1))
    unit = _months(parts, year)
    if unit:
        return (unit[1], unit[1], "day") if parts["unit_end"] else unit
    if parts["end"]:
        return date(year, 12, 31), date(year, 12, 31), "day"
    if parts["begin"]:
        return date(year, 1, 1), date(year, 1, 1), "day"
    return date(year, 1, 1), date(year, 12, 31), "year"


def _months(parts: dict[str, Any], year: int) -> tuple[date, date, str] | None:
    """A half-year, a quarter, or the first months of a year."""
    quarter = 1 if parts["first"] else _number(parts["quarter"])
    if parts["half"]:
        first, last, name = (1, 6, "half_year") if parts["half"] == "上" else (7, 12, "half_year")
    elif parts["to_quarter"]:
        first, last, name = 1, _QUARTER_MONTHS * (_number(parts["to_quarter"]) or 0), "range"
    elif quarter:
        first, last, name = _QUARTER_MONTHS * quarter - 2, _QUARTER_MONTHS * quarter, "quarter"
    else:
        months = _number(parts["months"]) or _QUARTER_MONTHS * (_number(parts["quarters"]) or 0)
        if not 1 <= months <= 12:
            return None
        first, last, name = 1, months, "range"
    return date(year, first, 1), date(year, last, _last_day(year, last)), name


def _part_of_month(part: str, first: date) -> tuple[date, date, str]:
    last = first.replace(day=_last_day(first.year, first.month))
    return {
        "底": (last, last, "day"),
        "末": (last, last, "day"),
        "初": (first, first, "day"),
        "上旬": (first, first.replace(day=10), "range"),
        "中旬": (first.replace(day=11), first.replace(day=20), "range"),
        "下旬": (first.replace(day=21), last, "range"),
    }[part]


def _from_day(parts: dict[str, Any], day: date | None) -> _Moment | None:
    """What is told from the day of publication: 昨天, 上周五, 本月底."""
    if day is None:
        return None
    if parts["relative"]:
        shift = {"今": 0, "昨": -1, "明": 1, "前": -2, "后": 2}[parts["relative"][0]]
        found = day + timedelta(days=shift)
        return _Moment(found, found, "day", False)
    if parts["week"]:
        monday = day - timedelta(days=day.weekday()) + timedelta(days=7 * ("上本下".index(parts["week"]) - 1))
        if parts["weekday"]:
            found = monday + timedelta(days="一二三四五六日".index(parts["weekday"]))
            return _Moment(found, found, "day", False)
        return _Moment(monday, monday + timedelta(days=6), "range", False)
    months = day.year * 12 + day.month - 1 + {"上": -1, "下": 1}.get(parts["near_month"][0], 0)
    first = date(months // 12, months % 12 + 1, 1)
    last = first.replace(day=_last_day(first.year, first.month))
    if parts["near_day"]:
        found = _valid(first.year, first.month, int(parts["near_day"]))
        return found and _Moment(found, found, "day", False)
    if parts["near_part"]:
        return _Moment(*_part_of_month(parts["near_part"], first), False)
    return _Moment(first, last, "month", False)


def _end_of(plain: str, start: int, word: str, anchor: Anchor) -> _Moment | None:
    """年底 and 月底 with no year or month: those of the publication, or those before it for what is over."""
    done = bool(_DONE_BEFORE.search(plain[max(0, start - 6) : start]))
    if word[0] == "年":
        if anchor.year is None:
            return None
        over = done and anchor.day is not None and anchor.day.month <= 6
        found = date(anchor.year - over, 12, 31)
        return _Moment(found, found, "day", False)
    if anchor.day is None:
        return None
    found = anchor.day.replace(day=_last_day(anchor.day.year, anchor.day.month))
    if done and found > anchor.day:
        found = anchor.day.replace(day=1) - timedelta(days=1)
    return _Moment(found, found, "day", False)


def _planned(plain: str, start: int, end: int, ahead: bool) -> bool:
    """Whether the words around an expression show that what it dates has not happened yet."""
    before = plain[max(0, start - 6) : start]
    if _DONE_BEFORE.search(before):
        return False
    if ahead or _PLAN_BEFORE.search(before) or _PLAN_AFTER.match(plain, end):
        return True
    return bool(_CLAUSE_PLAN.search(re.split(r"[。！？\n]", plain[end : end + 24], maxsplit=1)[0]))


def _day_alone(
    plain: str, start: int, end: int, day: int, anchor: Anchor, context: _Context | None, ahead: bool
) -> _Moment | None:
    """A day of the month (12日): of the month before it in the text, where the story is far from the anchor, else of
    the latest month that has it before publication."""
    if not 1 <= day <= 31:
        return None
    near = context and context.month and (anchor.day is None or start - context.at <= 120)
    if context and context.month and near:
        other = date(context.year, context.month, 1)
        far = anchor.day is None or abs(anchor.day - other.replace(day=context.day or 15)) > _FAR
        if far and (anchor.day is None or day >= (context.day or 1)):
            found = _valid(context.year, context.month, day)
            return found and _Moment(found, found, "day", False)
    if anchor.day is None:
        return None
    found = _valid(anchor.day.year, anchor.day.month, day)
    planned = _planned(plain, start, end, ahead)
    if found and (found <= anchor.day + _GRACE or planned):
        if _FIRM.search(plain[max(0, start - 6) : start]) and found < anchor.day:
            after = anchor.day.replace(day=28) + timedelta(days=4)
            found = _valid(after.year, after.month, day)
        return found and _Moment(found, found, "day", False)
    before = anchor.day.replace(day=1) - timedelta(days=1)
    found = _valid(before.year, before.month, day)
    return found and _Moment(found, found, "day", False)


def _without_year(
    plain: str, start: int, end: int, parts: dict[str, Any], anchor: Anchor, context: _Context | None, ahead: bool
) -> _Moment | None:
    """A month, a month and day, a half-year or a quarter with no year."""
    month = _month(parts)
    if context and context.from_text and month and context.year != anchor.year:
        gap = plain[context.at : start]
        going_on = len(gap) <= (40 if context.month is None else 80) and (context.month or 1) <= month
        if going_on and (context.month is not None or "。" not in gap):
            return _whole(parts, context.year, False)
    if anchor.year is None:
        return None
    if anchor.day is None:
        return _whole(parts, anchor.year, False)
    found = _within(parts, anchor.year)
    if found is None:
        leap = parts["day"] == "29" and month == 2
        return _whole(parts, anchor.year - 1, False) if leap else None
    if month is None:
        over = found[0] > anchor.day and anchor.day.month <= 3 and not _planned(plain, start, end, ahead)
        return _whole(parts, anchor.year - 1, False) if over and found[0].month >= 7 else _Moment(*found, False)
    if found[0] <= anchor.day + _GRACE:
        firm = _FIRM.search(plain[max(0, start - 6) : start]) and found[1] < anchor.day - _FAR
        return _whole(parts, anchor.year + 1, False) if firm else _Moment(*found, False)
    if _planned(plain, start, end, ahead):
        return _Moment(*found, False)
    return _whole(parts, anchor.year - 1, False)


def _looks_back(content: str, year: int) -> bool:
    """Whether a text that opens in a year was written later: it prints a year well after it that is no known goal."""
    return any(int(y) > year + 1 and y not in _GOALS for y in _YEAR.findall(content))


def _year_of(content: str) -> tuple[int | None, str, date | None]:
    """The year that ordinals of yearly days or anniversaries fix, which of the two, and the day where the text says
    that the yearly day is today; (None, `none`, None) where nothing does.

    A year before a Party congress or session that the text names is no candidate.
    """
    kinds = _anniversaries()
    found: dict[str, list[int]] = {"ordinal": [], "anniversary": [], "ahead": []}
    today = None
    for m in _ORDINAL.finditer(content):
        for name, base, month_day in kinds["ordinal"]:
            if content.startswith(name, m.end()):
                year = base + (_number(m[1]) or 0) - 1
                found["ordinal"].append(year)
                if len(month_day) == 5 and _TODAY_IS.search(content[max(0, m.start() - 16) : m.start()]):
                    today = _valid(year, int(month_day[:2]), int(month_day[3:]))
                break
    for m in _ANNIVERSARY.finditer(content) if "周年" in content else ():
        before = content[max(0, m.start() - 24) : m.start()]
        for name, base, _ in kinds["anniversary"]:
            if before.endswith(name):
                ahead = _LOOKS_AHEAD.search(before[: -len(name)])
                found["ahead" if ahead else "anniversary"].append(base + (_number(m[1]) or 0))
                break
    since = (
        max((year for name, year, _ in kinds["session"] if name in content), default=0) if any(found.values()) else 0
    )
    for kind, years in found.items():
        fitting = [y for y in years if max(since, 1980) <= y <= 2100]
        if fitting:
            year = max(fitting)
            return (
                year,
                "ordinal" if kind == "ordinal" else "anniversary",
                today if today and today.year == year else None,
            )
    now = {int(y) for m in _THIS_YEAR.finditer(content) for y in m.groups() if y}
    return (now.pop(), "text", None) if len(now) == 1 else (None, "none", None)


@cache
def _anniversaries() -> dict[str, list[tuple[str, int, str]]]:
    """kind -> (name, year of the first one, MM-DD or less), longer names first."""
    kinds: dict[str, list[tuple[str, int, str]]] = {"anniversary": [], "ordinal": [], "session": []}
    for row in sorted(lexicon.rows("anniversaries"), key=lambda r: -len(r["name"])):
        kinds[row["kind"]].append((row["name"], int(row["base_year"]), row["month_day"]))
    return kinds


def _number(printed: str | None) -> int | None:
    """The value of Arabic or Chinese digits (23, 二十三, 二〇一九), None for None."""
    if printed is None:
        return None
    if printed.isdigit() and printed.isascii():
        return int(printed)
    hundreds, hundred, rest = printed.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    if hundred or ten:
        return (
            (_VALUE[hundreds] if hundreds else 1) * 100 * bool(hundred)
            + (_VALUE[tens[-1]] if tens else 1) * 10 * bool(ten)
            + (_VALUE[ones[-1]] if ones else 0)
        )
    return int("".join(str(_VALUE[digit]) for digit in printed))


@cache
def _last_day(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def _century(year: int) -> int:
    """A year of two digits as people write it: 49 to 99 of the last century, the others of this one."""
    return year + (1900 if year >= 49 else 2000)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1800 <= year <= 2100 else None
    except ValueError:
        return None


def _day(moment: datetime | date | None) -> date | None:
    if isinstance(moment, datetime):
        return (moment.astimezone(SHANGHAI) if moment.tzinfo else moment).date()
    return moment
