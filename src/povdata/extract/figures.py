"""Table `figures`: numbers that count or measure something, with unit, comparator, subject and direction."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from povdata.extract.script import simplified
from povdata.lexicon import rows
from povdata.models import CONTENT_ROLES
from povdata.page import Document

_D = r"[0-9０-９]"
_INT = rf"{_D}++"
_DECIMAL = rf"{_D}++(?:[.．]{_D}++)?+"
_DASH = r"(?:[-－−—–―~～至到]|——)"
_SPACE = "[ \u00a0\u2009\u202f]"
_SPACED = rf"[1-9１-９]{_D}{{0,2}}(?:{_SPACE}{_D}{{3}}(?!{_D}))++(?!{_SPACE}{_D})(?:[.．]{_INT})?+"
"""One number with spaces between its thousands: 1 200."""
_CN_DIGIT = "一二两三四五六七八九"
_CN = rf"[{_CN_DIGIT}十][{_CN_DIGIT}十百千零〇]*+"
_YEAR = r"(?:19|20|１９|２０)[0-9０-９]{2}"

_NUMBER = re.compile(
    rf"""
    (?P<skip>
        (?:(?<=[A-Za-z#@№])|(?<=[A-Za-z][-－])|(?<=[东西]经)|(?<=[南北]纬)){_DECIMAL}  # G318, COVID-19, 北纬30度
      | 第\s?+(?:{_INT}|[{_CN_DIGIT}十百千万零〇]++)(?:\s?(?:{_DASH}|[、和])\s?第?{_INT}){{0,8}}+
      | [0０](?:{_D}{{2,3}})[-－—]{_D}{{7,8}}               # 0971-1234567
      | {_INT}(?:[.．·•]{_INT}){{2,}}+                      # 2019.10.17, 1.2.3
      | {_INT}[·•]{_INT}
      | {_YEAR}\s?[-－/／.．]\s?{_D}{{1,2}}(?!{_D})(?:\s?[-－/／.．]\s?{_D}{{1,2}})?+
        (?!\s?[%％万亿千百多余个元户人亩名家])
      | {_YEAR}\s?(?:年?\s?{_DASH}\s?(?:{_YEAR}|{_D}{{1,2}}(?=\s?年)))(?:\s?年[底末初度]?)?
      | {_YEAR}\s?(?:[、,，和及与]\s?{_YEAR}\s?){{0,8}}年[底末初度]?
      | {_D}{{2}}\s?年(?=\s?(?:{_D}{{1,2}}\s?月|[底末初春夏秋冬]|上半年|下半年|前后|以前|以后))
      | [0０]{_D}\s?年
      | {_D}{{1,4}}\s?(?:周年|年代|世纪|后(?=[^，。；、]))
      | {_D}{{1,2}}(?:\s?(?:{_DASH}|[、,，和及])\s?{_D}{{1,2}}){{0,8}}\s?月份?(?!球|饼|均|薪|租|息|嫂)
        (?:\s?{_D}{{1,2}}\s?[日号])?
      | {_D}{{1,2}}(?:\s?(?:{_DASH}|[、,，和及])\s?{_D}{{1,2}}){{0,8}}\s?日(?!元|均|本)
      | {_INT}(?:\s?(?:{_DASH}|[、,，和])\s?{_D}{{1,6}}){{0,4}}\s?(?:号|楼|室(?!内|外)|路(?!公里)|弄|幢号)
      | {_D}{{1,2}}\s?[时点]
        (?!的?\s?(?:要求|希望|意见|建议|体会|启示|措施|做法|共识|认识|思考|经验|感受|工作|主张|倡议))
        (?:\s?{_D}{{1,2}}\s?分(?!钟|之)(?:\s?{_D}{{1,2}}\s?秒)?|半|许|整|多)?
      | {_INT}(?:[.．]{_INT})?+(?:\s?[:：∶/／]\s?{_DECIMAL})++
      | {_INT}\s?比\s?{_INT}(?!{_D}|[.．万亿%％]|例)
      | (?:{_INT}|[{_CN_DIGIT}十万千]{{1,6}})分之(?:{_DECIMAL}|[{_CN_DIGIT}十百千零〇点]++)
      | {_DECIMAL}\s?[×xX*+＋]\s?(?={_D}|[NnXx])
      | [1１](?:人|户|村|镇|乡|县|校|企|家)[1１][\u4e00-\u9fff]
      | {_D}{{12,}}+
      | (?!{_SPACED}){_DECIMAL}(?:{_SPACE}{_DECIMAL})++     # 12 5: one number or two, nobody can tell
    )
  | 百分之\s?(?P<percent>{_DECIMAL}|[{_CN_DIGIT}十][{_CN_DIGIT}十百零〇]*+(?:点[{_CN_DIGIT}零〇]++)?+|百)
  | (?P<arabic>{_SPACED}|{_D}{{1,3}}(?:[,，]{_D}{{3}}(?!{_D}))++(?:[.．]{_INT})?+|{_DECIMAL})
  | (?P<chinese>(?<![第几数上成{_CN_DIGIT}十百千万亿])
        (?=[{_CN_DIGIT}十百千零〇]{{1,10}}(?:[多余来]?[万亿]|成)|[{_CN_DIGIT}][{_CN_DIGIT}]?[百千]){_CN})
    """,
    re.VERBOSE,
)
"""One number, or something with digits that is none: a date, a time, an ordinal, a ratio, a code."""

_START = re.compile(
    rf"[0-9０-９第百{_CN_DIGIT}十]"
    rf"(?:(?<=[0-9０-９])|(?<=第)(?=\s?[0-9０-９{_CN_DIGIT}十百千万])|(?<=百)(?=分之)"
    rf"|(?<=[{_CN_DIGIT}十])(?=[{_CN_DIGIT}十百千万亿零〇多余来成分]))"
)
"""Where `_NUMBER` may match: a cheap look before it is tried."""
_NUMERALS = re.compile(rf"[{_CN_DIGIT}十百千万亿零〇]++")
_ADDED = re.compile(rf"(?P<arabic>{_DECIMAL})|零?(?P<chinese>{_CN})")
"""What follows 万 or 亿 in the same number: 7亿3000万, 两万三千."""

_TAIL = re.compile(
    r"\s?+(?P<before>[多余来几]?+)\s?+"
    r"(?P<times>万亿|[百千十][多余来][万亿]|[百千十]?个?[万亿]|千(?![瓦米克伏卡帕])|百(?!分[点之]|姓|货|强|佳|年[老大企]))?+"
    r"(?P<after>\s?[多余来](?!自|到|年来|元化|方|数|样|次|层|党|民族|功能|部门)|几)?+"
)
_TIMES = {"十": 10.0, "百": 100.0, "千": 1000.0, "万": 10000.0, "亿": 100000000.0}
_LOWER = frozenset("多余来")
"""With one of these the value is the lower bound."""
_JOIN = re.compile(rf"\s?{_DASH}\s?(?={_D}|[{_CN_DIGIT}十])")
_MINUS = re.compile(
    rf"(?:^|[为是比达到至从由约近，。；：、,;:!?！？（(“\"\n\r]"
    rf"|(?<![0-9０-９几数{_CN_DIGIT}十百千万亿])(?:(?![几数{_CN_DIGIT}十百千万亿多余])[\u4e00-\u9fff]){{2}})[-－−]$"
)
"""A sign before digits: after a verb (增速为-2.6%) or a noun (气温-20℃), or where a clause opens; after a number it is
a range's dash."""
_MINUS_SIGNS = frozenset("-－−")
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．", "0123456789.", ",， \u00a0\u2009\u202f")

_BEFORE = re.compile(
    r"(?:(?P<ge>达到或(?:超过|高于)|大于或?等于|不(?:得|能|可|应)?(?:低|少|小|下)于|不下(?!辖)|至少|最少|起码)"
    r"|(?P<le>不(?:得|能|可|应)?(?:超过|高于|多于|大于|超出)|不超|未超过|没有超过|至多|最多)"
    r"|(?P<lt>不足|(?<![找想得见看听达做感等受])不到|低于|少于|小于|不满|未满|未达到?)"
    r"|(?P<gt>超过|超出|(?<![赶反])超|逾|突破|(?<![侦打爆攻击冲识看告])破|高于|多于|大于|不止)"
    r"|(?P<approx>大约|大概|将近|接近|差不多|(?<![节签预合公违条契特简制集履解失婚相誓租商背守赴毁])约"
    r"|(?<![最附靠临邻远亲就相走拉切贴新晚])近))"
    r"(?:了|有|为|达到|达|到|占|在|是|计|需|合)?(?:人民币)?[\s“\"]?$"
)
_BEFORE_FAR = re.compile(
    r"(?:(?P<ge>至少|最少|起码|不少于|不低于)|(?P<le>至多|最多))[^\s，。；：、,;:!?！？“”\"0-9０-９]{0,6}$"
)
_BEFORE_SIGNS = frozenset("约近超逾破足到于满少多不过止概差")
"""One of these signs stands in every word that `_BEFORE` and `_BEFORE_FAR` look for."""
_AFTER = re.compile(
    r"\s?(?:[(（]含[^()（）]{0,8}[)）])?[及或]?(?:"
    r"(?P<ge>以上|及以上|开外|起步)|(?P<le>以下(?!简称|几|方面|同|称)|以内|之内)|(?P<approx>左右(?!开)|上下(?![一齐联同])))"
)
_UNIT_MORE = re.compile(r"(?:多(?![次个种名项家位方元层党民样数年])|有余|余(?![人名个]))")
_RECENT = re.compile(r"(?:历时|耗时|用时|用了|长达|经过|持续|时隔)$")
_COMPARATORS = ("ge", "le", "lt", "gt", "approx")

_UP = "增加|增长|提高|提升|上升|上涨|新增|增至|升至|扩大|增收|高出|多出|攀升|跃升|跃居|递增|增"
_DOWN = "缩短|下降|降低|减少|降至|降到|减至|缩小|下滑|回落|压缩|压减|缩减|递减|下调|降"
_DIRECTION = re.compile(
    rf"(?:(?P<increase>{_UP})|(?P<decrease>{_DOWN})|(?P<reach>达到|达至|达成|高达|多达|突破|达))"
    r"(?:幅度?|率)?(?:了|到|至|为|成)?(?:(?:现在|目前|当前|如今|去年|今年|上年|[0-9０-９]{4}年)?[初底末]?年?的?)$"
)
_VERB_OBJECT = re.compile(
    r"(?:(?P<increase>增加(?!值)|新增|提高)|(?P<decrease>减少|降低|减掉|压减))了?[^\s，。；：、,;:!?！？的了到至0-9０-９]{1,12}$"
)
_CHANGE = re.compile(rf"[，,]?[^，。；：、,;:!?！？]{{0,6}}(?:{_UP}|{_DOWN})[^，。；：、,;:!?！？]{{0,12}}")
"""What joins the two figures of a change: 1.2万，减少到如今的3000."""
_DIRECTION_SIGNS = frozenset("增升提上扩高多跃递降减缩滑回下达突攀")
_FROM = re.compile(r"(?:从|由)[^，。；、,;]{0,14}$")
_FROM_RANGE = re.compile(rf"不等|(?:{_UP}|{_DOWN})[到至为]")
_CLAUSE_START = re.compile(r"[，。；：！？,;:!?\n\r（）()“”]")
_CLAUSE_END = re.compile(r"[，。；：！？、,;:!?\n\r（）()“”\"]")
_NOT_TENTH = re.compile(
    r"[立为果功效员长本绩熟就年都分品型交人片群套批千不活份因对双真规县语全婚]|[一二三四五六七八九两]"
)

_OPENING = re.compile(r"[“\"「‘][^”\"」’]{0,6}$")
_CLOSING = re.compile(r"[”\"」’]")

_MONEY = "发给付捐投筹借贷款花挣赚赔获得补助奖励资金元收入产值户费"
"""Signs of words that make a number without unit a sum of money or a number of things."""
_PEOPLE_GAP = 24
"""Code points before a number within which a noun for people gives it the unit 人."""


class _Quantity(NamedTuple):
    value: float
    value_max: float | None
    end: int
    vague: bool
    """With 多, 余 or 来: the value is the lower bound."""
    scale: float
    """What the multiplier contributed."""


def figures(document: Document, taken: Iterable[tuple[int, int]] = ()) -> list[dict[str, Any]]:
    """Rows of `figures`, in page order, read in the roles that hold the article's content.

    `taken` holds the spans, sorted or not, of date expressions and of glossary terms: a number that begins inside
    one is no figure. Plain dates are known without it.

    `subject` is what is counted or measured: the noun phrase right after the unit (385个贫困村: 贫困村), else the last
    one before the number in its clause (果苗成活率达93%: 果苗成活率), else for a change, a share or the next item of a
    list (从A下降到B, 占比26%) that of the figure before; null for durations, for money where only its receiver is
    named, and where the clause gives none. `direction` is what the verb before the number, or before its list, says.
    Text, unit and subject are as printed, in either script.
    """
    text, printed, article_id = simplified(document), document.page.text, document.page.article_id
    spans = sorted(taken)
    segments = [(start, end) for start, end, role, _ in document.segments if role in CONTENT_ROLES]
    found: list[dict[str, Any]] = []
    previous: dict[str, Any] | None = None
    low = segment_end = 0
    for (start, end), number, row in _read(text, segments):
        at = bisect_left(spans, (number + 1,)) - 1
        if at >= 0 and number < spans[at][1]:
            continue
        if end != segment_end:
            previous, low, segment_end = None, start, end
        between = text[previous["end"] : row["start"]] if previous else ""
        if previous and row["unit"] is None and previous["unit"] == "人" and _CHANGE.fullmatch(between):
            row["unit"] = "人"
        listed = previous and previous["unit"] == row["unit"] and between.strip() in _LISTING
        row["direction"] = (
            previous["direction"] if listed else _direction(text[max(low, row["start"] - 24) : row["start"]])
        )
        row["subject"], low = _subject(text, low, row, end, previous)
        previous = row
        found.append({"article_id": article_id, **row})
        if text is not printed:
            found[-1]["text"] = printed[row["start"] : row["end"]]
            for name in ("unit", "subject"):
                if row[name] and (at := text.find(row[name], max(0, row["start"] - 200), row["end"] + 40)) >= 0:
                    found[-1][name] = printed[at : at + len(row[name])]
    return found


def _read(text: str, segments: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], int, dict[str, Any]]]:
    """The segment of each figure, where its digits begin, and its row without subject and direction."""
    units, longest = _units()
    sign = _START.search(text)
    for segment in segments:
        start, end = segment
        position = last = start
        while sign:
            if sign.start() < position:
                sign = _START.search(text, position)
                continue
            if sign.start() >= end:
                break
            passed = position
            number = _NUMBER.match(text, sign.start(), end)
            if number is None or number["skip"] is not None:
                position = (number or _NUMERALS.match(text, sign.start(), end) or sign).end()
                continue
            position = number.end()
            quantity = _quantity(text, number, end)
            if quantity is None:
                continue
            begin, stop = number.start(), quantity.end
            signed = begin > start and text[begin - 1] in _MINUS_SIGNS and (begin - 1 > passed or passed == start)
            if signed and _MINUS.search(text[max(start, begin - 4) : begin]):
                quantity, begin = quantity._replace(value=-quantity.value), begin - 1
            unit, unit_end, more, half = _unit(text, stop, end, units, longest)
            share = number["percent"] is not None or quantity.scale == -1
            if share:
                unit, unit_end, more, half = "%", stop, False, False
            value, value_max = quantity.value + (0.5 if half else 0.0), quantity.value_max
            vague = quantity.vague or more
            if joined := not share and _range(text, unit_end, end, quantity, unit, begin, start, units, longest):
                value, value_max, vague, unit, unit_end = joined
                share = False
            if unit is None:
                if text[begin - 1 : begin] in ("(", "（") and text[stop : stop + 1] in (")", "）"):
                    continue
                unit, unit_end = _by_noun(text, start, begin, stop, end, number, quantity)
                if unit == "":
                    continue
            position = max(position, unit_end)
            if _guarded(text, start, begin, unit_end, end, unit, number):
                continue
            comparator, left, right = _comparator(text, max(start, last), begin, unit_end, end, unit, vague, value)
            last = position = max(position, right)
            row = {
                "start": left,
                "end": right,
                "text": text[left:right],
                "value": value,
                "value_max": value_max,
                "unit": unit or None,
                "comparator": comparator,
            }
            yield segment, begin, row


def _quantity(text: str, number: re.Match[str], end: int) -> _Quantity | None:
    """The number with its multipliers and 多, 余, 来; None where it is vague (几十万) or not well formed."""
    if number["percent"] is not None:
        value = _chinese(number["percent"]) if not number["percent"][0].isdigit() else _arabic(number["percent"])
        return None if value is None else _Quantity(value[0], value[1], number.end(), False, 1.0)
    chinese = number["chinese"]
    value = _chinese(chinese) if chinese else _arabic(number["arabic"])
    if value is None:
        return None
    stop = number.end()
    if text[stop : stop + 1] == "成" and stop < end and (chinese or value[0] < 10):
        return _tenths(text, chinese, value, stop, end)
    low, high = value
    total, scale, vague = 0.0, 1.0, False
    while True:
        tail = _TAIL.match(text, stop, end)
        assert tail  # every part of it may be empty
        if tail["before"] == "几" or (tail["after"] or "").strip() == "几":
            return None
        times = _multiplier(tail["times"])
        vague = vague or bool(tail["before"] or tail["after"] or not _LOWER.isdisjoint(tail["times"] or ""))
        if tail["times"] or tail["before"] or tail["after"]:
            stop = tail.end()
        total, scale = total + low * times, max(scale, times)
        more = _ADDED.match(text, stop, end) if tail["times"] and not vague and times >= 10000 else None
        part = more and (more["arabic"] if not chinese else more["chinese"])
        following = more and part and _TAIL.match(text, more.end(), end)
        if not following or high is not None:
            break
        added = _chinese(part) if chinese else _arabic(part)
        if added is None or added[1] is not None:
            break
        size = _multiplier(following["times"])
        spoken = chinese and size == 1.0 and more.group() in _CN_DIGIT and not following["before"]
        if spoken:  # 一万二
            return _Quantity(round(total + added[0] * times / 10, 3), None, more.end(), False, scale)
        if added[0] * size >= times or (not chinese and size == 1.0 and (added[0] < 1000 or following["before"])):
            break
        low, stop = added[0], more.end()
    if chinese and scale == 1.0 and not any(sign in chinese for sign in "百千"):
        return None
    return _Quantity(round(total, 3), round(high * scale, 3) if high is not None else None, stop, vague, scale)


def _multiplier(signs: str | None) -> float:
    size = 1.0
    for sign in signs or "":
        size *= _TIMES.get(sign, 1.0)
    return size


def _tenths(text: str, chinese: str | None, value: tuple[float, float | None], stop: int, end: int) -> _Quantity | None:
    """成: tenths, read as per cent. -1 for the scale tells that the unit is settled."""
    stop += 1
    if _NOT_TENTH.match(text, stop, end) or (chinese and len(chinese) > 2):
        return None
    vague = text[stop : stop + 1] in ("多", "余") and stop < end
    low, high = value
    if chinese and high is None and len(chinese) == 2:
        return None
    return _Quantity(low * 10, high * 10 if high is not None else None, stop + vague, vague, -1)


def _arabic(digits: str) -> tuple[float, None] | None:
    if len(digits) > 24:
        return None
    try:
        return float(digits), None
    except ValueError:
        return float(digits.translate(_HALF_WIDTH)), None


def _chinese(numeral: str) -> tuple[float, float | None] | None:
    """The value of a Chinese numeral below 万; two values for 三四百; None where it is none (一一, 十百)."""
    if numeral == "百":
        return 100.0, None
    numeral, _, fraction = numeral.partition("点")
    if (
        len(numeral) >= 2
        and numeral[0] in _CN_DIGIT
        and numeral[1] in _CN_DIGIT
        and all(sign in "十百千" for sign in numeral[2:])
    ):
        if len(numeral) > 3 or _CN_DIGIT.index(numeral[0]) >= _CN_DIGIT.index(numeral[1]):
            return None
        times = _TIMES.get(numeral[2:], 1.0)
        return _digit(numeral[0]) * times, _digit(numeral[1]) * times
    total, digit, ceiling = 0.0, None, 10000.0
    for sign in numeral:
        if sign in "零〇":
            if digit is not None:
                return None
        elif sign in _TIMES:
            size = _TIMES[sign]
            if size >= ceiling or (digit is None and (size != 10 or total)):
                return None
            total, digit, ceiling = total + (digit or 1.0) * size, None, size
        else:
            if digit is not None:
                return None
            digit = _digit(sign)
    if digit is not None:
        bare = numeral[-2:-1] in ("百", "千")
        total += digit * ceiling / 10 if bare else digit
    for place, sign in enumerate(fraction, 1):
        total += _digit(sign) / 10**place
    return round(total, 6), None


def _digit(sign: str) -> float:
    return {"两": 2.0, "零": 0.0, "〇": 0.0}.get(sign) if sign in "两零〇" else "一二三四五六七八九".index(sign) + 1.0


def _unit(
    text: str, position: int, end: int, units: dict[str, tuple[str, tuple[str, ...]]], longest: int
) -> tuple[str | None, int, bool, bool]:
    """The unit at `position`, where it ends, whether 多 follows or splits it (2个多月, 3年多), whether 半 does."""
    if text[position : position + 1] in (" ", "\u3000", "\xa0"):
        position += 1
    for size in range(min(longest, end - position), 0, -1):
        form = text[position : position + size]
        if form not in units:
            continue
        unit, unless = units[form]
        stop = position + size
        if unless and text.startswith(unless, stop):
            continue
        if form.isascii() and form.isalpha() and text[stop : stop + 1].isascii() and text[stop : stop + 1].isalpha():
            continue
        more = half = False
        if unit == "个" and text[stop : stop + 1] in ("多", "来", "半"):
            whole = next(
                (u for u in ("个小时", "个月", "个百分点", "个钟头", "个星期") if text.startswith(u[1:], stop + 1)), ""
            )
            if whole:
                more, half = text[stop] != "半", text[stop] == "半"
                unit, stop = whole, stop + len(whole)
        while text[stop : stop + 1] in ("/", "／") and stop < end:
            part = next((n for n in (4, 3, 2, 1) if text[stop + 1 : stop + 1 + n] in units), 0)
            if not part:
                break
            unit, stop = f"{unit}/{text[stop + 1 : stop + 1 + part]}", stop + 1 + part
        if unit in _extendable() and (tail := _UNIT_MORE.match(text, stop, end)):
            more, stop = True, tail.end()
        elif unit in ("年", "天", "小时") and text[stop : stop + 1] == "半" and stop < end:
            half, stop = True, stop + 1
        return unit, stop, more, half
    return None, position, False, False


def _range(
    text: str,
    position: int,
    end: int,
    first: _Quantity,
    unit: str | None,
    begin: int,
    start: int,
    units: dict[str, tuple[str, tuple[str, ...]]],
    longest: int,
) -> tuple[float, float, bool, str | None, int] | None:
    """(value, value_max, vague, unit, end) where the number at `position` ends a range that `first` begins.

    从A到B and 由A至B tell of a change and are two figures, unless 不等 or the change itself follows, as in
    从8至9小时缩短到3小时.
    """
    join = _JOIN.match(text, position if unit else first.end, end)
    number = join and _NUMBER.match(text, join.end(), end)
    if not number or number["skip"] is not None or first.value_max is not None:
        return None
    second = _quantity(text, number, end)
    if second is None or second.value_max is not None:
        return None
    last, stop, more, _ = _unit(text, second.end, end, units, longest)
    if number["percent"] is not None or second.scale == -1:
        last, stop, more = "%", second.end, False
    if unit and unit != last:
        return None
    low = first.value
    if first.scale == 1.0 and second.scale > 1.0 and not unit and low * second.scale < second.value:
        low *= second.scale
    if not low < second.value:
        return None
    if _FROM.search(text[max(start, begin - 16) : begin]) and not _FROM_RANGE.match(text, stop, end):
        return None
    if last is None:
        last, stop = _by_noun(text, start, begin, second.end, end, number, second)
        if last == "":
            return None
    return low, second.value, second.vague or more, last, stop


def _by_noun(
    text: str, start: int, begin: int, stop: int, end: int, number: re.Match[str], quantity: _Quantity
) -> tuple[str | None, int]:
    """The unit where no measure word follows, and where the figure ends; unit `""` where the number is no figure.

    A noun for people behind the number, or the last one before it, gives 人. A number without multiplier and without
    any noun beside it is a code, a year or a list marker.
    """
    people_after, people_before, noun_after = _nouns()
    after = text[stop : min(end, stop + 24)]
    if people_after.match(after):
        if quantity.scale > 1.0 or quantity.vague or not re.fullmatch(_YEAR, number.group()):
            return "人", stop
    large = quantity.scale > 1.0 and not (number["chinese"] and quantity.scale < 10000)
    if large or quantity.vague:
        return ("人" if people_before.search(text, max(start, begin - _PEOPLE_GAP), begin) else None), stop
    if number["chinese"] or re.fullmatch(_YEAR, number.group()) or "." in number.group():
        return "", stop
    if noun_after.match(after):
        return None, stop
    before = text[max(start, begin - 8) : begin]
    closed = not after or _CLAUSE_END.match(after) or after[0] == "名"
    if closed and (last := re.search(r"(人口|群众|人数|农户|贫困户|户数)(?:为|达|有|共|约|近|超)?$", before)):
        return ("人" if last[1] in ("人口", "群众", "人数") else None), stop
    return "", stop


def _guarded(text: str, start: int, begin: int, stop: int, end: int, unit: str | None, number: re.Match[str]) -> bool:
    """Whether a number with a unit is none of the facts: a rank, a slogan, a list marker, a village group, a frost."""
    before = text[max(start, begin - 2) : begin]
    if before[-1:] == "前" and unit in ("名", "位", "个月", "个季度", "强", "所", "家", "届"):
        return True
    if before == "零下":
        return True
    if unit == "%" and before[-1:] == "个":  # “两个100%”
        return True
    if unit == "组" and before[-1:] in ("村", "区", "寨", "屯", "组"):
        return True
    if number["arabic"] and "." in number["arabic"] and (begin == start or text[begin - 1] in "\n\r"):
        whole, _, fraction = number["arabic"].partition(".")
        if unit in ("年", "月") and len(fraction) == 4 and len(whole) <= 2:
            return True
    if number["arabic"] and unit in ("个", "项", "条", "类", "种"):
        opening = _OPENING.search(text, max(start, begin - 6), begin)
        closing = opening and _CLOSING.search(text, stop, min(end, opening.start() + 11))
        return bool(closing and closing.start() > stop)
    return False


def _comparator(
    text: str, start: int, begin: int, stop: int, end: int, unit: str | None, vague: bool, value: float
) -> tuple[str, int, int]:
    """(comparator, start, end) of the figure: 以上 and the like win over 多, 多 over words before the number."""
    comparator, right = "gt" if vague else "eq", stop
    after = _AFTER.match(text, stop, end)
    if after:
        right = after.end()
    window = text[max(start, begin - 14) : begin]
    before = None
    if not _BEFORE_SIGNS.isdisjoint(window):
        before = _BEFORE.search(window) or _BEFORE_FAR.search(window)
    left = begin
    if before and not _idle(before, window, unit, value, text, stop):
        left = begin - len(window) + before.start()
        word = next(name for name in _COMPARATORS if before.groupdict().get(name))
        if not vague or word in ("ge", "le"):
            comparator = word
    if after and after.lastgroup and comparator in ("eq", "gt", "approx"):
        comparator = after.lastgroup if comparator != "gt" or after.lastgroup != "approx" else "gt"
    return comparator, left, right


def _idle(before: re.Match[str], window: str, unit: str | None, value: float, text: str, stop: int) -> bool:
    """Whether a word before the number does not bound it: 近 of recent years, 突破 of a problem solved."""
    word = before.group()
    if word.startswith("近") and unit in ("年", "个月", "天", "周"):
        return not _RECENT.search(window[: before.start()]) and not text.startswith(("时间", "的时间"), stop)
    return word.startswith(("突破", "破")) and unit in ("项", "个", "道", "条", "种") and value < 100


def _direction(before: str) -> str | None:
    """What the verb before a figure says of it: `increase`, `decrease`, `reach`, or nothing."""
    if _DIRECTION_SIGNS.isdisjoint(before):
        return None
    verb = _DIRECTION.search(before) or _VERB_OBJECT.search(before)
    return next((name for name, word in verb.groupdict().items() if word), None) if verb else None


def _subject(
    text: str, low: int, row: dict[str, Any], end: int, previous: dict[str, Any] | None
) -> tuple[str | None, int]:
    """The noun phrase that says what a figure counts or measures, see `figures`; and where it or the figure ends."""
    kinds, unit, stop = _kinds(), row["unit"], row["end"]
    if unit in kinds["time"]:
        return None, stop
    holders = _receivers() if unit in kinds["money"] else ()
    lead = _OF.match(text, stop, end)
    begin = lead.end() if lead else stop
    clause = _CLAUSE_END.search(text, begin, min(end, begin + 20))
    phrase = _first_phrase(text[begin : clause.start() if clause else min(end, begin + 20)], unit)
    cut = phrase and clause and clause.group() in '“"' and text.startswith(phrase, clause.start() - len(phrase))
    bound = holders and row["comparator"] in ("ge", "le") and begin > stop
    if phrase and not (cut or bound or (holders and phrase.endswith(holders))):
        return phrase, text.index(phrase[-1], begin + len(phrase) - 1) + 1
    before = _CLAUSE_START.split(text[max(low, row["start"] - 40) : row["start"]])[-1]
    share = unit in kinds["share"]
    base = (_SHARE_OF if share else _COMPARED).search(before)
    before = before[: base.start()] if base else before
    if phrase := _last_phrase(before):
        return (None if holders and phrase.endswith(holders) else phrase), stop
    between = text[previous["end"] : row["start"]] if previous else ""
    if not previous or not _SENTENCE_END.isdisjoint(between):
        return None, stop
    same = unit == previous["unit"]
    # 的 stands for a clause that is all comparison (比上年…) or whose 占 belongs to the figure (约占26%)
    idle = _IDLE_CLAUSE.fullmatch(before or ("的" if base or "占" in row["text"] else ""))
    if (same and between.strip() in _LISTING) or (idle and (same or share)):
        return previous["subject"], stop
    return None, stop


def _is_noun(word: str, tag: str) -> bool:
    """Whether jieba's tag makes a word a noun of a subject; place names and personal names are none.

    It tags words that it does not know as names (巩固率: nr): long ones and those with a noun's last sign are nouns.
    """
    if tag[:2] == "nr":
        return len(word) > 3 or word[-1] in _SUFFIXES
    return tag[:1] in _NOUNS and tag != "ns"


def _first_phrase(text: str, unit: str | None) -> str | None:
    if one := _ONE_SIGN.match(text):
        return one.group()
    nouns, attributes, acts, _ = _subject_words()
    words: list[str] = []
    length = 0
    for word, tag in _tagger().tag(text):
        if word in nouns or (word not in acts and (_is_noun(word, tag) or (tag == "nr" and not words))):
            words.append(word)
            length = len(words)
            if word.endswith(_HOLDERS.get(unit, "\0")):
                break
        elif word in attributes or (word not in acts and (tag == "vn" or (tag[:1] in "abf" and len(word) > 1))):
            words.append(word)
        elif words or tag != "ns":
            if words and word in _DEGREES:
                return None
            break
    return _trimmed(words[:length]) if length else None


def _last_phrase(text: str) -> str | None:
    nouns, attributes, acts, _ = _subject_words()
    words: list[str] = []
    for word, tag in reversed(_tagger().tag(_JOINING.sub("", text))):
        attribute = word in attributes or (word not in acts and (tag == "vn" or (tag[:1] in "abf" and len(word) > 1)))
        suffixed = words and len(words[-1]) == 1 and words[-1] in _SUFFIXES and tag[:1] == "v" and len(word) > 1
        if words and word in ("未", "拟", "非"):
            words.append(word)
            break
        if word in nouns or (word not in acts and _is_noun(word, tag)):
            words.append(word)
        elif words and (attribute or suffixed or (word in _AND and words[-1] not in _AND)):
            words.append(word)
        elif (
            words
            or word in _LISTING
            or not (tag[:1] in _BETWEEN or word in _LINKING or word in _EACH or word[0] == "每")
        ):
            break
    words.reverse()
    while words and (words[0] in _AND or (words[0] in acts and words[0] not in _EACH and sum(map(len, words[1:])) > 2)):
        del words[0]
    if words and words[-1] in _PAYMENTS and (len(words) == 1 or not (words[-2] in attributes or words[-2] in _PAID)):
        words = words[-1:]
    phrase = _trimmed(words)
    return None if phrase in _SINGLE_SIGNS or (phrase and phrase.endswith(_SETTINGS)) else phrase


_NOUNS = ("n", "j", "l", "")
"""Tags of nouns, abbreviations and set phrases; words of the project's own dictionary have the empty tag."""
_SUFFIXES = frozenset("率量额数费金款值比度户员站区房县村队棚园店厂社院所校群众亩地")
_BETWEEN = frozenset("pdtmufqxa")
"""Tags of the words that may stand between a noun phrase and its number."""
_LINKING = frozenset(
    f"{_UP}|{_DOWN}|达到|达|高达|多达|突破|有|为|是|占|在|超过|超|仅|仅有|共有|累计|合计|共计|总计|均|保持".split("|")
)
"""Verbs that join what is measured and its number; any other verb has an object of its own."""
_JOINING = re.compile(
    rf"(?:{_UP}|{_DOWN}|分别|已经?|均|都|仍|再|仅|共有?|累计|总计|合计|共计|达到?|高达|多达|为|是|有|在|至|到|了|超过?"
    r"|突破|保持|稳定|控制|实际|名义|年均|同比|环比|预计|占比?|每[人户年月村亩斤吨]){1,40}+$"
)
"""What stands between a measure and its number, cut off because jieba joins some of it to the measure (率均)."""
_IDLE_CLAUSE = re.compile(
    rf"(?:{_JOINING.pattern.removesuffix('{1,40}+$')}|其中|[0-9０-９年月底末初去上本今约近同而也从由的、])++"
)
"""A clause that names no measure of its own, so that its figure is one of the measure before: 65亿元，同比增长9%."""
_DEGREES = frozenset("较 比较 最 更 很 非常".split())
_AND = frozenset("和 与 及".split())
_EACH = frozenset("人均 户均 村均 亩均 年均".split())
"""Part of a measure where they stand before it (人均收入), nothing where they stand alone."""
_LISTING = frozenset("、 和 与 及 以及".split())
_SENTENCE_END = frozenset("。！？；!?;\n\r")
_OF = re.compile(r"(?:[(（][^()（）\n\r]{1,14}[)）](?=的))?的?")
_COMPARED = re.compile(r"(?<![占同环对相可])比(?![例重率值照])|较(?![为大快高好多强低])|与(?=[^，。]{1,14}相比)")
_SHARE_OF = re.compile(rf"{_COMPARED.pattern}|占(?![地用])|(?:是|为|相当于)(?=[^，。]{{1,20}}的$)")
"""From here on a clause names what is compared with, or what a share is a share of (占总数的), and not its subject."""
_HOLDERS: dict[str | None, tuple[str, ...]] = {
    "户": ("户", "家庭", "企业"),
    "家": ("企业", "公司", "单位", "合作社"),
    "个": ("县", "村", "省", "省市", "省份", "省区市", "乡镇"),
    None: ("县", "村", "省", "省市", "省份", "省区市", "乡镇"),
}
"""With these units the phrase ends where one of these nouns does: 14户贫困户住房, 12个贫困县网络零售额."""
_SETTINGS = ("地区", "领域", "机关", "县城")
"""Phrases that end so say where, and not what, where they stand before a number."""
_PAYMENTS = frozenset("投资 贷款 捐款 补助 补贴 分红 投入".split())
_PAID = frozenset("固定资产 社会 民间 项目 工程 小额 专项 财政 信用 企业 总 产业".split())
"""What stands before a payment and belongs to it; anything else is who pays."""
_EXITED = re.compile(r"(?:(?:全部|正式|如期)?(?:脱贫摘帽|脱贫出列|贫困退出|脱贫|摘帽|出列|退出|携手奔小康)){1,4}+$")
"""What happens to the thing counted, glued to it in the dictionary (贫困村出列)."""
_EXITS = ("脱贫", "摘帽", "出列", "退出", "携手奔小康")
_SINGLE_SIGNS = frozenset("省市县区乡镇村羊牛猪鸡鸭鹅鱼马驴")
"""Nouns of one sign, which are a subject only right after the unit."""
_ONE_SIGN = re.compile(r"[省市县区乡镇村](?=通(?:[了上过水电路网车邮气]|公路|客车|宽带)|[已均未没])")
"""One of them before its verb, where jieba joins the two (村通)."""


def _trimmed(words: list[str]) -> str | None:
    idle = _subject_words()[3]
    while words and words[0] in idle and words[0] not in _EACH:
        words = words[1:]
    while words and words[-1] in idle:
        words = words[:-1]
    phrase = "".join(words)
    if phrase.endswith(_EXITS):
        phrase = _EXITED.sub("", phrase)
    return phrase if phrase in _SINGLE_SIGNS or _PHRASE.fullmatch(phrase) else None


_PHRASE = re.compile(r"[\u4e00-\u9fffA-Za-z]{2,20}")


@cache
def _subject_words() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """`lexicon/subject_words.csv`: nouns, words that stand before a noun, acts whose object is the noun; and the acts
    that never belong to the phrase."""
    nouns, attributes, acts = (
        frozenset(row["word"] for row in rows("subject_words") if row["kind"] == kind)
        for kind in ("noun", "attribute", "act")
    )
    return nouns, attributes, acts, (acts - attributes - nouns) | _EACH


def disagreements(text: str, found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Where figures of a page contradict the published national ones (`lexicon/national_figures.csv`).

    `text` is the page text, `found` its rows of `figures`. A figure is compared where its sentence speaks of the whole
    country and of no part of it, names one of the measure's words before the figure, and gives the year last before
    it. Sums over several years and yearly averages are left out. An exact figure agrees within 0.5 %, `approx` within
    10 %, a bound where the published value keeps it. Yields dicts of article_id, start, end, text, metric, year, value
    and published.
    """
    for row in found:
        begin = max(text.rfind(mark, max(0, row["start"] - 200), row["start"]) for mark in "。！？；!?;\n") + 1
        before = text[begin : row["start"]]
        years = _PUBLISHED_YEAR.findall(before)
        if _CHANGES_FROM.match(text, row["end"]):  # A of 由A下降到B: its year need not be the last one
            continue
        if not years or not _NATION.search(before) or _NOT_NATIONAL.search(before) or row["value_max"] is not None:
            continue
        change = row["direction"] in ("increase", "decrease") and not _CHANGED_TO.search(before)
        for fact in rows("national_figures"):
            if fact["year"] != years[-1] or fact["unit"] != row["unit"] or not fact["words"]:
                continue
            if change != (fact["change"] == "yes") or not any(word in before for word in fact["words"].split("|")):
                continue
            published = float(fact["value"])
            if not _agrees(row["comparator"], row["value"], published):
                yield {
                    "article_id": row["article_id"],
                    "start": row["start"],
                    "end": row["end"],
                    "text": row["text"],
                    "metric": fact["metric"],
                    "year": int(fact["year"]),
                    "value": row["value"],
                    "published": published,
                }


_PUBLISHED_YEAR = re.compile(r"(20[0-9]{2})\s?年")
_NATION = re.compile(r"全国|我国|中国")
_NOT_NATIONAL = re.compile(
    r"[全我各本](?:省|市|县|州|区|村|镇|乡)|自治[区州县]|[\u4e00-\u9fff]{2}[省州县]|累计|年均|平均每年|以来|民族|目标|计划|力争|预计|[东西中]部"
)
_CHANGES_FROM = re.compile(rf"[，,]?(?:{_UP}|{_DOWN})")
_CHANGED_TO = re.compile(r"[到至为][^，。；,;]{0,12}$")


def _agrees(comparator: str, value: float, published: float) -> bool:
    if comparator in ("gt", "ge"):
        return published >= value
    if comparator in ("lt", "le"):
        return published <= value
    return abs(value - published) <= published * (0.1 if comparator == "approx" else 0.005)


@cache
def _tagger() -> Any:
    from povdata.extract.sentences import tokenizer

    return tokenizer()


@cache
def _units() -> tuple[dict[str, tuple[str, tuple[str, ...]]], int]:
    """Form -> (unit, the words that make it another word when they follow); and the length of the longest form."""
    forms = {
        row["unit"]: (row["means"] or row["unit"], tuple(row["unless"].split("|")) if row["unless"] else ())
        for row in rows("units")
        if row["kind"] not in ("person noun", "noun", "modifier")
    }
    return forms, max(map(len, forms))


@cache
def _kinds() -> dict[str, frozenset[str]]:
    return {
        kind: frozenset(row["means"] or row["unit"] for row in rows("units") if row["kind"] == kind)
        for kind in {row["kind"] for row in rows("units")}
    }


@cache
def _receivers() -> tuple[str, ...]:
    """Nouns for who gets a sum of money, which is not what the sum measures."""
    return (*_kinds()["person noun"], *_kinds()["noun"], "集体")


@cache
def _extendable() -> frozenset[str]:
    """Units behind which 多 still belongs to the number (3年多)."""
    kinds = _kinds()
    return (
        kinds["length"]
        | kinds["area"]
        | kinds["mass"]
        | {"年", "小时", "天", "倍", "%", "元", "岁", "个小时", "个月", "里"}
    ) - {"两", "方"}


@cache
def _nouns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Patterns: a noun for people behind a number; one before it with no word of money between; a thing behind."""
    kinds = _kinds()
    people, things, modifiers = (
        "|".join(sorted(map(re.escape, kinds[kind]), key=len, reverse=True))
        for kind in ("person noun", "noun", "modifier")
    )
    return (
        re.compile(rf"\s?(?:是|为|属)?(?:{modifiers}){{0,6}}(?:{people})"),
        re.compile(rf"(?:{people}|减贫|脱贫|人数)(?:[^。；！？;!?，,{_MONEY}]|[，,](?={_UP}|{_DOWN})){{0,16}}$"),
        re.compile(rf"\s?(?:{modifiers}){{0,2}}(?:{things})(?![长委])"),
    )
