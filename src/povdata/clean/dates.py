"""Times as pages print them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from povdata.page import SHANGHAI

_SPELT_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")

_CLOCK = r"(?:[ \xa0T,]{0,12}(?:星期.|周.|礼拜.)?[ \xa0T]{0,12}(?P<ampm%d>上午|下午|晚上|AM|PM|am|pm)?[ \xa0]{0,4}" + (
    r"(?P<h%d>[01]?\d|2[0-4])[:时時点](?P<m%d>[0-5]\d)(?:分|(?!\d))(?:[:](?P<s%d>[0-5]\d)|(?P<t%d>[0-5]\d)秒)?)?"
)


def _clock(n: int) -> str:
    return _CLOCK % (n, n, n, n, n)


_BEGINS = re.compile(r"[0-3民](?<![\d.].)")
"""Where a printed time may begin."""
_PRINTED = re.compile(
    r"(?:"
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


def times(folded: str) -> list[Printed]:
    """The absolute times in a folded text. Offsets count code points of `folded`; impossible dates are passed over."""
    found = []
    slashed = "/" in folded
    american = list(_AMERICAN.finditer(folded)) if slashed and "M" in folded else ()
    for m in american:
        month, day, year, hour, minute = map(int, m.groups()[:5])
        moment = _moment(year, month, day, hour % 12 + 12 * (m[7] == "P"), minute, int(m[6] or 0))
        if moment:
            found.append(Printed(m.start(), m.end(), moment, "second" if m[6] else "minute"))
    if american:
        folded = _AMERICAN.sub(lambda m: " " * len(m[0]), folded)
    compact = _COMPACT.fullmatch(folded) if len(folded) < 16 else None
    moment = _moment(*map(int, compact.groups())) if compact else None
    if compact and moment:
        found.append(Printed(compact.start(1), compact.end(3), moment, "day"))
    for m in _SPACED.finditer(folded) if slashed else ():
        moment = _moment(*(int(part or 0) for part in m.groups()))
        if moment:
            found.append(Printed(m.start(), m.end(), moment, "second" if m[6] else "minute" if m[4] else "day"))
    at = 0
    while begin := _BEGINS.search(folded, at):
        at = begin.end()
        m = _PRINTED.match(folded, begin.start())
        if m:
            at = m.end()
            read = _read(m)
            if read:
                found.append(Printed(m.start(), m.end(), *read))
    if "日" in folded and "月" in folded:
        for m in _SPELT.finditer(folded):
            moment = _spelt(m)
            if moment:
                found.append(Printed(m.start(), m.end(), moment, "day"))
    return found


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


_PARTS = {
    first: (first, *(f"{part}{n}" for part in ("mo", "d", "ampm", "h", "m", "s", "t")))
    for n, first in ((1, "y1"), (2, "roc"), (4, "y4"))
}
"""The groups of each form of `_PRINTED` that begins with the year; a form with a day first has the same."""
_PARTS["d3"] = ("y3", "mo3", "d3", "ampm3", "h3", "m3", "s3", "t3")
_SINCE = {"roc": 1911, "y4": 2000}


def _read(m: re.Match[str]) -> tuple[datetime, str] | None:
    if m["y5"]:
        month = _moment(int(m["y5"]), int(m["mo5"] or m["mo6"]), 1)
        return month and (month, "month")
    form = "y1" if m["y1"] else "roc" if m["roc"] else "d3" if m["d3"] else "y4"
    year, month, day, half, hour, minute, second, spelt = m.group(*_PARTS[form])
    second = second or spelt
    at = int(hour or 0)
    if half in ("下午", "晚上", "PM", "pm") and at < 12:
        at += 12
    year = int(year) + _SINCE.get(form, 0)
    moment = _moment(year, int(month), int(day), at % 24, int(minute or 0), int(second or 0))
    return moment and (moment, "second" if second else "minute" if hour else "day")


def _spelt(m: re.Match[str]) -> datetime | None:
    return _moment(int(m[0][:4].translate(_SPELT_DIGITS)), _number(m[1]), _number(m[2]))


def _number(spelt: str) -> int:
    tens, ten, ones = spelt.rpartition("十")
    unit = int((ones or "0").translate(_SPELT_DIGITS))
    return unit + (int((tens or "1").translate(_SPELT_DIGITS)) * 10 if ten else 0)


def _moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI) if 1980 <= year <= 2100 else None
    except ValueError:
        return None
