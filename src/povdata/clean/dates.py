"""Times as pages print them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from povdata.page import SHANGHAI

_HALF_WIDTH = str.maketrans("０１２３４５６７８９：／－．　〇○零一二三四五六七八九", "0123456789:/-. 000123456789")
_DIGITS_ONLY = str.maketrans("０１２３４５６７８９：／－．　", "0123456789:/-. ")

_CLOCK = r"(?:[ \xa0T,]{0,12}(?:星期.|周.|礼拜.)?[ \xa0T]{0,12}(?P<ampm%d>上午|下午|晚上|AM|PM|am|pm)?[ \xa0]{0,4}" + (
    r"(?P<h%d>[01]?\d|2[0-4])[:时時点](?P<m%d>[0-5]\d)(?:分|(?!\d))(?:[:](?P<s%d>[0-5]\d)|(?P<t%d>[0-5]\d)秒)?)?"
)


def _clock(n: int) -> str:
    return _CLOCK % (n, n, n, n, n)


_PRINTED = re.compile(
    r"(?<![\d.])(?:"
    r"(?P<y1>(?:19|20)\d\d)[ \xa0]?(?:[-/.]|年)[ \xa0]?(?P<mo1>1[0-2]|0?[1-9])[ \xa0]?(?:[-/.]|月)[ \xa0]?"
    r"(?P<d1>3[01]|[12]\d|0?[1-9])(?![\d%])日?" + _clock(1) + r"|"
    r"(?:民國|民国)[ \xa0]?(?P<roc>\d{2,3})[ \xa0]?年[ \xa0]?(?P<mo2>1[0-2]|0?[1-9])[ \xa0]?月[ \xa0]?"
    r"(?P<d2>3[01]|[12]\d|0?[1-9])[ \xa0]?日" + _clock(2) + r"|"
    r"(?P<d3>3[01]|[12]\d|0[1-9])[./](?P<mo3>1[0-2]|0[1-9])[./](?P<y3>(?:19|20)\d\d)(?!\d)" + _clock(3) + r"|"
    r"(?P<y4>[012]\d)[-/.](?P<mo4>1[0-2]|0[1-9])[-/.](?P<d4>3[01]|[12]\d|0[1-9])(?![\d%])" + _clock(4) + r"|"
    r"(?P<y5>(?:19|20)\d\d)(?:年(?P<mo5>1[0-2]|0?[1-9])月|-(?P<mo6>1[0-2]|0[1-9])(?![-\d]))"
    r")"
)
_AMERICAN = re.compile(
    r"(?<![\d/])(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])/((?:19|20)\d\d) (1[0-2]|0?\d):([0-5]\d)(?::([0-5]\d))? ([AP])M"
)
_SPACED = re.compile(r"(?<!\d)((?:19|20)\d\d) (0\d|1[0-2])/ ?([0-3]\d)(?: (\d\d):([0-5]\d)(?::([0-5]\d))?)?(?!\d)")
_COMPACT = re.compile(r" {0,2}((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d) {0,2}")
_SPELT = re.compile(
    r"[一二][〇○零九][〇○零一二三四五六七八九]{2}年(十[一二]?|[一二三四五六七八九])月(三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])日"
)
_AGO = re.compile(r"(\d{1,3}) ?(秒|分钟|分鐘|小时|小時|天)前")
_DAYS_AGO = re.compile(r"(今天|昨天|前天)[ \xa0]?(?:([01]?\d|2[0-3])[:：]([0-5]\d))?")


class Printed(NamedTuple):
    """A time that a text prints: its span in that text, the moment in Chinese time, and its finest part."""

    start: int
    end: int
    moment: datetime
    precision: str


def times(text: str) -> Iterator[Printed]:
    """The absolute times in a text, in order. Offsets count code points of `text`; impossible dates are passed over."""
    plain = text.translate(_DIGITS_ONLY)
    american = list(_AMERICAN.finditer(plain)) if "M" in plain else []
    for m in american:
        month, day, year, hour, minute = map(int, m.groups()[:5])
        moment = _moment(year, month, day, hour % 12 + 12 * (m[7] == "P"), minute, int(m[6] or 0))
        if moment:
            yield Printed(m.start(), m.end(), moment, "second" if m[6] else "minute")
    compact = _COMPACT.fullmatch(plain) if len(plain) < 16 else None
    moment = _moment(*map(int, compact.groups())) if compact else None
    if compact and moment:
        yield Printed(compact.start(1), compact.end(3), moment, "day")
    for m in _SPACED.finditer(plain):
        moment = _moment(*(int(part or 0) for part in m.groups()))
        if moment:
            yield Printed(m.start(), m.end(), moment, "second" if m[6] else "minute" if m[4] else "day")
    for m in _PRINTED.finditer(plain):
        found = None if any(a.start() <= m.start() < a.end() for a in american) else _read(m)
        if found:
            yield Printed(m.start(), m.end(), *found)
    if "日" in plain and "月" in plain:
        for m in _SPELT.finditer(plain):
            moment = _spelt(m)
            if moment:
                yield Printed(m.start(), m.end(), moment, "day")


def relative(text: str, now: datetime) -> Printed | None:
    """A time told from now (3小时前, 昨天 09:12), completed from the time at which the page was fetched; else None."""
    m = _AGO.search(text)
    if m:
        unit = {"秒": "seconds", "天": "days"}.get(m[2], "hours" if m[2][0] == "小" else "minutes")
        moment = now - timedelta(**{unit: int(m[1])})
        if unit == "days":
            return Printed(m.start(), m.end(), moment.replace(hour=0, minute=0, second=0, microsecond=0), "day")
        return Printed(m.start(), m.end(), moment.replace(second=0, microsecond=0), "minute")
    m = _DAYS_AGO.search(text)
    if m:
        day = now - timedelta(days=("今天", "昨天", "前天").index(m[1]))
        moment = day.replace(hour=int(m[2] or 0), minute=int(m[3] or 0), second=0, microsecond=0)
        return Printed(m.start(), m.end(), moment, "minute" if m[2] else "day")
    return None


def _read(m: re.Match[str]) -> tuple[datetime, str] | None:
    if m["y5"]:
        month = _moment(int(m["y5"]), int(m["mo5"] or m["mo6"]), 1)
        return month and (month, "month")
    form = 1 if m["y1"] else 2 if m["roc"] else 3 if m["y3"] else 4
    year = int(m["roc"]) + 1911 if form == 2 else int(m[f"y{form}"]) + (2000 if form == 4 else 0)
    hour, minute, second = m[f"h{form}"], m[f"m{form}"], m[f"s{form}"] or m[f"t{form}"]
    at = int(hour or 0)
    if m[f"ampm{form}"] in ("下午", "晚上", "PM", "pm") and at < 12:
        at += 12
    moment = _moment(year, int(m[f"mo{form}"]), int(m[f"d{form}"]), at % 24, int(minute or 0), int(second or 0))
    return moment and (moment, "second" if second else "minute" if hour else "day")


def _spelt(m: re.Match[str]) -> datetime | None:
    return _moment(int(m[0][:4].translate(_HALF_WIDTH)), _number(m[1]), _number(m[2]))


def _number(spelt: str) -> int:
    tens, ten, ones = spelt.rpartition("十")
    unit = int((ones or "0").translate(_HALF_WIDTH))
    return unit + (int((tens or "1").translate(_HALF_WIDTH)) * 10 if ten else 0)


def _moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI) if 1980 <= year <= 2100 else None
    except ValueError:
        return None
