"""What the head of an HTML page says of the article: meta elements, OpenGraph, JSON-LD, and the day in its address."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

from povdata.clean.dates import Printed, times
from povdata.clean.lines import find_labels, fold, squeeze
from povdata.clean.names import TRIM, is_name, is_organisation
from povdata.lexicon import rows
from povdata.page import SHANGHAI, Page

_UNIX = re.compile(r"1[0-9]{9}(?:[0-9]{3})?$")
_STAMP = re.compile(r"(20\d\d)[-/]?(\d\d)[-/]?(\d\d)[-T ]?(\d\d):?(\d\d):?(\d\d)(Z|\.\d+Z|\+00:00)?")
_DAY_IN_URL = re.compile(
    r"(?<!\d)(20[0-3]\d)(?:([-/_]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])|/(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))(?!\d)"
)
_NOT_OUTLETS = frozenset(
    "网络 互联网 网络转载 综合 综合网络 网络综合 原创 本站原创 转载 未知 其他 其它 佚名 不详 无 本站 站内 default "
    "admin".split()
)


class Head(NamedTuple):
    """The fields that a page's head gives; none of them is seen by a reader of the page."""

    titles: tuple[str, ...] = ()
    published: Printed | None = None
    updated: Printed | None = None
    source: str | None = None
    account: str | None = None
    author: str | None = None
    publisher: str | None = None
    day: Printed | None = None
    """The day in the page's address."""


def is_outlet(name: str) -> bool:
    """Whether a credited source names somebody: `来源：网络` does not."""
    return fold(name).strip(TRIM) not in _NOT_OUTLETS


def read(page: Page) -> Head:
    """The fields of the head of an HTML page; of a text page there are none."""
    if page.media_type != "text/html" and not page.blocks:
        return Head()
    keys = _keys()
    values: dict[str, list[str]] = {}
    for _, field, value in sorted([keys[key] + (value,) for key, value in page.head.items() if value and key in keys]):
        values.setdefault(field, []).append(value)
    author = next(filter(None, map(_outlet, values.get("author", []))), None)
    return Head(
        titles=tuple(values.get("title", [])) + ((page.head["title"],) if "title" in page.head else ()),
        published=_finest(values.get("published", [])),
        updated=_finest(values.get("updated", [])),
        source=next(filter(None, map(_outlet, values.get("source", []))), None),
        account=next(filter(None, map(_outlet, values.get("account", []))), None),
        author=author if author and is_name(author) and not is_organisation(author) else None,
        publisher=next(filter(None, map(_outlet, values.get("publisher", []))), None),
        day=_day(page.url),
    )


@cache
def _keys() -> dict[str, tuple[tuple[int, int], str]]:
    """Key -> its rank, by which and by the order of the table the values of a field are taken, and the field."""
    return {row["key"]: ((int(row["rank"]), n), row["field"]) for n, row in enumerate(rows("html_head"))}


def _outlet(value: str) -> str | None:
    label = find_labels(fold(value[:40]))
    if label and label[0].start == 0:
        value = value[label[0].value :]
    value = re.split(r"[|;；]", value, maxsplit=1)[0].strip(TRIM)
    return value if 2 <= len(value) <= 30 and is_outlet(value) and not value.startswith("http") else None


def _finest(values: list[str]) -> Printed | None:
    """The first time, or a finer one of the same day."""
    best: Printed | None = None
    order = ("year", "month", "day", "minute", "second")
    for value in values:
        found = moment(value)
        if found is None:
            continue
        if best is None or (
            found.moment.date() == best.moment.date() and order.index(found.precision) > order.index(best.precision)
        ):
            best = found
    return best


def moment(value: str) -> Printed | None:
    """A time as meta elements write it: `2019-09-18 06:23`, ISO 8601, digits alone, seconds of the Unix clock."""
    value = value.strip()[:40]
    if _UNIX.match(value):
        return Printed(0, len(value), datetime.fromtimestamp(int(value[:10]), SHANGHAI), "second")
    stamp = _STAMP.match(value)
    if stamp:
        parts = [int(part) for part in stamp.groups()[:6]]
        try:
            read_ = datetime(*parts, tzinfo=SHANGHAI)
        except ValueError:
            return None
        if stamp[7]:
            read_ = datetime.fromtimestamp(read_.timestamp() + 8 * 3600, SHANGHAI)
        midnight = not any(parts[3:])
        return Printed(0, stamp.end(), read_, "day" if midnight else "second")
    return next(iter(times(fold(value))), None)


def _day(url: str | None) -> Printed | None:
    m = _DAY_IN_URL.search(url[:400]) if url else None
    if not m:
        return None
    try:
        day = datetime(int(m[1]), int(m[3] or m[5]), int(m[4] or m[6]), tzinfo=SHANGHAI)
    except ValueError:
        return None
    return Printed(m.start(), m.end(), day, "day")


_MARKS = re.compile(r"[“”\"'‘’「」『』《》\-—_:,.!?()|·]+")


@lru_cache(maxsize=1 << 12)
def same_words(text: str) -> str:
    """A headline as it is compared with another: folded, no spaces, no quotation marks."""
    return _MARKS.sub("", squeeze(fold(text)))
