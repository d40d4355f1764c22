"""Personal data that the published tables do not show: contact segments, and numbers and addresses in all others.

Each character of it gives way to one `models.MASK`, so that every span of the page stays what it was. White space
stays, and the lines with it. Whether digits are somebody's number or an amount is decided by what stands around them:
what a label announces as a number to call is one, what has a unit, a currency or a word of amount beside it is none.
Hotlines are nobody's and stay: short numbers without an area code (12317, 12345, 400-…), and an office's line that the
text calls one (举报电话). Those in contact segments are masked with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from povdata.clean.lines import fold
from povdata.lexicon import rows
from povdata.models import MASK
from povdata.page import Document, Span

__all__ = ["Masked", "mask", "personal"]


class Masked(NamedTuple):
    """What was masked."""

    segments: int = 0
    """Contact segments."""
    spans: int = 0
    """Numbers and addresses in segments of other roles."""
    characters: int = 0
    """Code points that became MASK."""


_HINT = re.compile(r"[0-9０-９@＠](?:(?<=[@＠])|[0-9０-９]{6}|[0-9０-９]?[-－—–)） \u3000]{1,3}[0-9０-９]{4})")
"""What a line with personal data holds; a line without it needs no closer look."""
_SHOWN = re.compile(r"\S")

# The rules below are asked of folded text: half-width letters, digits and marks.
_BEFORE, _AFTER = r"(?<![0-9])(?<![0-9][-.])", r"(?![0-9A-Za-z_%‰]|\.[0-9]|-[0-9])"
_MOBILE = r"1[3-9][0-9](?:[0-9]{8}|-[0-9]{4}-[0-9]{4}| [0-9]{4} [0-9]{4})"
"""Mobile numbers in China: 11 digits from 13 to 19."""
_AREA = r"0(?:10|2[0-57-9]|[3-9][0-9]{2})"
"""Area codes: 010, 020 to 029, and four digits from 03 to 09."""
_WIRED = rf"(?:\({_AREA}\)-?|{_AREA}(?:\)|[-—–]{{1,2}}| )?) ?[0-9]{{7,8}}(?:[-—转]{{1,2}}[0-9]{{1,5}})?"
_CALL = re.compile(rf"{_BEFORE}(?P<country>(?:\+|00)?86[- ]?)?(?P<number>{_MOBILE}|{_WIRED}){_AFTER}")
_PLAIN_FORM = re.compile(rf"\(?{_AREA}(?:\)|[-—–])|1[0-9]{{10}}$|1[0-9]{{2}}-")
"""A number whose form alone says what it is; any other needs a label."""
_LABEL = (
    r"(?:电话|電話|手机|手機|热线|熱線|传真|傳真|联系方式|聯繫方式|联系人|聯絡人|咨询|諮詢|拨打|撥打|致电|致電|微信|短信"
    r"|[Tt]el|TEL|[Ff]ax|FAX|[Pp]hone|[Mm]obile)(?:号码|號碼|号|號|同号)?"
)
_LABELLED = re.compile(rf"{_LABEL}[.:为為是 (]{{0,4}}(?:[\u4e00-\u9fff]{{2,4}}[ ,(:]{{1,3}})?(?:\+?86[- ]?)?$")
_LOCAL = re.compile(
    r"(?:电话|電話|手机|手機|传真|傳真|[Tt]el|TEL|[Ff]ax|FAX)[.:]{1,2} ?"
    rf"([0-9]{{7,8}}|[0-9]{{3,4}}[- ][0-9]{{4}}){_AFTER}"
)
_HOTLINE = re.compile(
    r"(?:(?:举报|舉報|监督|監督|投诉|投訴)(?:电话|電話|热线|熱線|专线|專線)"
    r"|(?<![\u4e00-\u9fff])(?:热线|熱線|专线|專線)(?:电话|電話)?)(?:号码|號碼)?[:为為是( ]{0,4}$"
)
_AMOUNT_BEFORE = re.compile(
    r"(?:[A-Za-z=_#￥¥$€£~]|(?:^|[^0-9])/|(?<![0-9-])[2-9][0-9.,]{4,30}[ \t|]{1,4}"
    r"|(?:[为為达達共计計约約超近逾至占值额額]|收入|支出|[资資]金|投[资資]|[总總][数數]|[数數]量|编号|編號|代码|代碼|订单|訂單"
    r"|证号|證號|备案|備案|许可证|許可證|[Nn][Oo]\.?)号?[: ]{0,2})$"
)
_AMOUNT_AFTER = (
    r"[余餘多几幾来]?(?: ?[十百千万亿萬億]| ?元|余|餘|多|号(?!码)|號(?!碼)|/(?![0-9])|\.[a-z])"
    r"|[ \t|]{1,4}[2-9][0-9.,]{4,}"
)
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-8][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx](?![0-9A-Za-z])")
_IDENTITY_LABELLED = re.compile(
    r"身[份分][证證](?:[号號][码碼]?)?[:为為 ]{0,3}([0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9A-Za-z])"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,10}(?![A-Za-z0-9@])"
)


def mask(document: Document) -> tuple[Document, Masked]:
    """A cleaned page with its personal data masked, in its text and in what was read from it, and how much that was."""
    text = document.page.text
    contacts = [Span(start, end) for start, end, role, _ in document.segments if role == "contact"]
    hidden = _masked(text, contacts)
    others = list(personal(hidden))
    hidden = _masked(hidden, others)
    article = {
        name: value if name in _STATED else _each_text(value, lambda told: _masked(told, personal(told)))
        for name, value in document.article.items()
    }
    masked = Masked(len(contacts), len(others), hidden.count(MASK) - text.count(MASK))
    return replace(document, page=replace(document.page, text=hidden), article=article), masked


_STATED = frozenset({"url", "parser", "language", "published_precision", "published_basis", "genre", "quality"})
"""Columns that no words of a page are copied into."""


def personal(text: str) -> Iterator[Span]:
    """The telephone and identity-card numbers and e-mail addresses in a text, in order; none overlaps another."""
    done = 0
    for hint in _HINT.finditer(text):
        if hint.start() >= done:
            start = text.rfind("\n", 0, hint.start()) + 1
            done = end = len(text) if (end := text.find("\n", hint.end())) < 0 else end
            yield from _in_line(text[start:end], start)


def _in_line(line: str, offset: int) -> Iterator[Span]:
    line, end = fold(line), 0
    found = [m.span() for m in _CALL.finditer(line) if _is_to_call(line, m)]
    found += [m.span(1) for m in _LOCAL.finditer(line) if not _is_hotline(line, m.start(1))]
    found += [m.span() for m in _IDENTITY.finditer(line) if _is_identity(m[0])]
    found += [m.span(1) for m in _IDENTITY_LABELLED.finditer(line)]
    found += [m.span() for m in _ADDRESS.finditer(line)] if "@" in line else []
    for first, last in sorted(found):
        if last > end:
            yield Span(offset + max(first, end), offset + last)
            end = last


def _is_to_call(folded: str, m: re.Match[str]) -> bool:
    if m["number"][0] != "1" and _is_hotline(folded, m.start()):
        return False
    before = folded[max(0, m.start() - 24) : m.start()]
    if _LABELLED.search(before) or (m["country"] or "8")[0] in "+0":
        return True
    if not _PLAIN_FORM.match(m["number"]) or m["number"].endswith("00000"):
        return False
    return not _AMOUNT_BEFORE.search(before) and not _amount_after().match(folded, m.end())


def _is_hotline(folded: str, start: int) -> bool:
    return _HOTLINE.search(folded, max(0, start - 24), start) is not None


@cache
def _amount_after() -> re.Pattern[str]:
    """What stands behind a number that counts something: a unit, a part of a larger number, a 号, another amount."""
    units = [re.escape(row["unit"]) for row in rows("units") if row["unit"] not in ("张", "本")]  # 张经理, 本人
    return re.compile("|".join([_AMOUNT_AFTER, *units]))


def _is_identity(number: str) -> bool:
    """Whether the last digit is the one that GB 11643-1999 asks for."""
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest] == number[17].upper()


def _masked(text: str, spans: Iterable[Span]) -> str:
    """A text with MASK for what stands in some spans; they are in order and do not overlap."""
    pieces, end = [], 0
    for span in spans:
        pieces += [text[end : span.start], _SHOWN.sub(MASK, text[span.start : span.end])]
        end = span.end
    return "".join([*pieces, text[end:]])


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each_text(item, change) for item in value]
    if isinstance(value, dict):
        return {name: _each_text(item, change) for name, item in value.items()}
    return value
