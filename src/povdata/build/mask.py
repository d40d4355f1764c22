"""Personal data that the published tables do not show: contact segments, and numbers and addresses in all others.

Each character of it gives way to one `models.MASK`, so that every span of the page stays what it was. White space
stays, and the lines with it. Outside of contact segments it is: telephone numbers, with the extensions and further
numbers behind them; e-mail addresses; numbers of identity cards and bank cards; and what a label announces as a WeChat,
QQ, account or identity number (`lexicon/private_labels.csv`), a label at the head of a table's column too.

Whether digits are somebody's number or an amount is decided by what stands around them: what a label announces as a
number to call is one, what has a unit, a currency or a word of amount beside it is none, and neither is what a word
before it calls a code (编号). What has the form of a mobile number, or an area code, is one without a label too: only a
unit right behind it, such a word right before it, or figures beside it and no name in its row say otherwise. A shorter
number needs a label, or the head of a table that names people or offices. Without a label, a card number needs its
check digit, and an identity number that or a name in its row.
Hotlines are nobody's and stay: short numbers without an area code (12317, 12345, 400-…), and an office's line that the
text calls one (举报电话, 扶贫专线). So do WeChat accounts that it calls public or official (公众号), and numbers that
the page itself prints in part (5107**********1234). Those in contact segments are masked with them.
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


def _words(*kinds: str) -> str:
    """The labels of some kinds as an alternation that finds them in folded text, with spaces between Han characters.
    None is the end of a longer word (Hotel), but for an E before it (Email, Telephone)."""
    labels = {fold(row["label"]) for row in rows("private_labels") if row["kind"] in kinds}
    longest_first = sorted(labels, key=lambda label: (-len(label), label))
    return f"(?:{'|'.join(f'{w}(?<![A-DF-Za-df-z]{w})' if w.isascii() else ' {0,3}'.join(w) for w in longest_first)})"


_GAP = r"[ \xa0\u2002\u2003\u2009\u3000]{0,3}"
_SHORT = {row["label"] for row in rows("private_labels") if row["kind"] in ("wechat", "qq", "mail")}
"""Labels of what may have less digits than other numbers."""
_FIRST = "".join(sorted({label[0] for label in _SHORT}))
_HINT = re.compile(
    rf"[0-9０-９@＠{_FIRST}](?:(?<=[0-9０-９])(?:[0-9０-９]{{6}}"
    r"|[0-9０-９]?[-－—–―.．)） \xa0\u2002\u2003\u2009\u3000]{1,3}[0-9０-９]{4})"
    rf"|(?<=[{_FIRST}])(?:{'|'.join(sorted({_GAP.join(['', *label[1:]]) for label in _SHORT}))})|(?<=[@＠]))"
)
"""What a line with personal data holds; a line without it needs no closer look."""
_SHOWN = re.compile(r"\S")
_SPACES = str.maketrans("\t\r\n\xa0\u2002\u2003\u2009\u200b\ufeff", "|" + " " * 8)

# The rules below are asked of folded text: half-width letters, digits and marks, and | for a tab.
_SEP = r"(?: ?[-–—―.]{1,2} ?| )"
_MOBILE = rf"1[3-9][0-9]{_SEP}?[0-9]{{4}}{_SEP}?[0-9]{{4}}"
"""Mobile numbers in China: 11 digits from 13 to 19."""
_AREA = r"0(?:10|2[0-57-9]|[3-9][0-9]{2})"
"""Area codes: 010, 020 to 029, and four digits from 03 to 09."""
_EXTENSION = (
    r"(?:(?:[-—转]{1,2}| ?\(?转(?:分机)?[: ]{0,2}| ?分机[: ]{0,2})[0-9]{1,5}(?:[、/或][0-9]{3,4}(?![0-9年月])){0,3})?"
)
_BEFORE = r"(?=[0-9(+])(?<![0-9])(?:(?<![0-9][-.])|(?<=^[1-9]\.)|(?<=^[1-9][0-9]\.)|(?<=[ |][1-9]\.))"
_AFTER = (
    rf"(?![0-9_%‰]|(?![Ee]-?[Mm]|{_words('telephone', 'call', 'wechat', 'qq', 'mail')})[A-Za-z]|\.[0-9]"
    rf"|-(?!1[3-9][0-9]{{9}}(?![0-9])|{_AREA}-?[0-9]{{7}})[0-9])"
)
_WIRED = rf"(?:\({_AREA}\)-?|{_AREA}(?:\)|{_SEP})?) ?[0-9]{{7,8}}"
_CALL = re.compile(rf"{_BEFORE}(?P<country>(?:\+|00)?86[- ]?)?(?P<number>{_MOBILE}|{_WIRED}){_EXTENSION}{_AFTER}")
_PLAIN_FORM = re.compile(
    rf"\(?{_AREA}(?:\)| ?[-—–―])|1[0-9]{{10}}|1[0-9]{{2}}[-–—―][0-9]{{4}}[-–—―]?[0-9]{{4}}"
    r"|(?<![0-9] )1[0-9]{2} (?!(?:19|20)[0-9]{2} (?:19|20))[0-9]{4} [0-9]{4}(?! [0-9])"
)
"""A number whose form alone says what it is; any other needs a label."""
_NUMBER = r"(?: {0,3}号(?: {0,3}[码碼])?)?"
_BESIDE = r"(?:(?:\([^()0-9:]{1,6}\)|[/、及和][^()0-9:,。 ]{1,6})(?= ?[:为是(]))?"
"""What else a label says: 电话(传真), 微信/QQ."""
_LABELLED = re.compile(
    rf"{_words('telephone', 'call')}(?: ?同)?{_NUMBER}{_BESIDE}[).:/为是至到 |(]{{0,4}}"
    r"(?:[\u4e00-\u9fff]{2,4}[ |,(:]{1,3})?(?:\+?86[- ]?)?$"
)
_LOCAL = re.compile(
    rf"(?:(?<!移动)(?<!固定)(?P<close>{_words('telephone')}{_NUMBER}[ |]?)"
    rf"|{_words('telephone')}{_NUMBER}{_BESIDE} ?\)?[.:为是(] ?[:(]?[ |]?)"
    rf"(?P<number>[0-9]{{7,8}}{_EXTENSION}|(?![48]00)[0-9]{{3,4}}[- ][0-9]{{4}}){_AFTER}"
)
_MORE = re.compile(
    r"(?:\([^()0-9]{1,8}\))?"
    rf"(?:(?: {{0,2}}(?:[/、,;和及与]|或者?) {{0,2}}|-(?={_MOBILE}|{_AREA}-))"
    rf"(?P<number>(?:(?:\+?86[- ]?)?{_MOBILE}|{_WIRED}|[2-9][0-9]{{6,7}}){_EXTENSION})"
    rf"| {{1,2}}(?P<alike>[2-9][0-9]{{6,7}})|/(?P<tail>[0-9]{{1,4}})(?![年月日])){_AFTER}"
)
"""What follows a telephone number and belongs to it: another, one of as many digits, or the digits that differ."""
_LAST = re.compile(r"(?<![0-9])[0-9]{7,8}$")
_DAY = re.compile(r"(?:19|20)[0-9]{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|-(?:19|20)[0-9]{2})$")
_HOTLINE = re.compile(
    r"(?:(?:举报|舉报|监督|投诉|投訴|扶贫|扶貧)(?:电话|热线|专线|專线)"
    r"|(?<![\u4e00-\u9fff])(?:热线|专线|專线)(?:电话)?)”?(?:号[码碼])?[:为是( |]{0,4}"
    r"(?:[0-9()—-]{7,18} ?[、,/;或和及 ] ?){0,3}$"
)
_CODE_BEFORE = re.compile(
    r"(?:[=_#]|(?<![A-Za-z])(?:[a-z]{1,12}|[A-Z]{1,12})|(?:^|[A-Za-z_.-]|/(?:19|20)[0-9]{2,6})/"
    rf"|{_words('code')}号?[码碼]?\.?[:( |]{{0,2}})$"
)
_CODE_AFTER = re.compile(r"/[a-z]|\.[a-z]|号(?![码碼])")
_AMOUNT_BEFORE = re.compile(
    r"(?:(?P<word>[~￥¥$€£]|(?:[Ii][Dd]|[Vv]iews?|[Cc]ount)[\"']?[:=] ?"
    rf"|(?:[值额額数量]|{_words('amount')})[数量额]?[:( |]{{0,2}})"
    r"|(?:(?<!号[码碼])为|[达達共超近逾占]|(?<![会會统統])[计計]|(?<![预預])[约約]|(?<!发送)至)[:( |]{0,2})$"
)
_CELL_BEFORE = re.compile(r"(?<![0-9-])[2-9][0-9.,]{4,13}[ |]{1,4}$")
_CELL_AFTER = re.compile(r"[ |]{1,4}[2-9][0-9.,]{4,13}(?![0-9Xx])")
"""Figures in the cells beside: a row of amounts."""
_NO_UNIT = r"(?!元[旦宵]|户[名主]|个[人体]|家[住庭属在里中]|名叫|位于|.(?:总|经理|先生|女士|主任|老师|书记|师傅))"
"""Words that begin as a unit does, and people whose surname is one."""
_SURNAME = "".join(row["surname"] for row in rows("surnames")[:100] if row["ambiguous"] == "0")
_NO_NAME = r"(?<![省县市区乡镇村庄组社部局司厂所园场类业计值额数量])"
_PERSON = re.compile(rf"(?:^|(?<=[ |,:;、(]))[{_SURNAME}][\u4e00-\u9fff]{{1,2}}{_NO_NAME}(?=[ |,:()]|$)")
"""A cell that holds a name, with one of the hundred most frequent surnames that are no words."""
_NAMED = re.compile(rf"{_PERSON.pattern}[ |,:(]{{0,2}}$")
_SOMEBODY = re.compile(
    rf"(?:^|(?<=[ |,:;、(]))[\u4e00-\u9fff]{{2,5}}(?:·[\u4e00-\u9fff]{{2,5}})?{_NO_NAME}(?=[ |,:()]|$)"
)
"""A cell that may hold any name."""

_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])(?:(?P<number>[1-8][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx])(?:[1-7][1-4])?"
    r"|[1-8][0-9]{7}[01][0-9][0-3][0-9]{4})(?![0-9A-Za-z])"
)
"""Region, birthday, order and check digit (GB 11643-1999), with kind and degree behind it on a disabled person's card;
before 1999 it was 15 digits."""
_IDENTITY_LABELLED = re.compile(
    rf"{_words('identity')}{_NUMBER}\)?[:为是( |]{{0,4}}"
    r"(?P<number>[0-9]{17}[0-9Xx](?:[1-7][1-4])?|[0-9]{15}|[0-9]{6}[ -][0-9]{4}[ -]?[0-9]{4}[ -][0-9]{3}[0-9Xx])"
    r"(?![0-9A-Za-z])"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD = re.compile(
    r"(?<![0-9A-Za-z./=_-])(?:62[0-9]{2}(?: [0-9]{4}){3}(?: [0-9]{3})?|(?:[456][0-9]|955)[0-9]{13,17})"
    rf"{_AFTER}"
)
"""Bank cards: 16 to 19 digits (ISO/IEC 7812-1); UnionPay's begin with 62, older ones with 4, 5, 6 or 955."""
_GROUPED = (
    r"(?!(?:(?:19|20)[0-9]{2} ){2})[0-9]{4}(?:[ -][0-9]{4}){2,4}(?:[ -][0-9]{1,3}(?![0-9]))?"
    r"|[0-9]{2,6}-[0-9]{6,22}(?:-[0-9]{1,6})?"
)
_ACCOUNT = re.compile(
    rf"{_words('account')}(?:{_NUMBER}\)?[:为是( |]{{0,4}}(?P<number>{_GROUPED}|[0-9]{{8,30}})"
    rf"|[^0-9,。;!?、]{{1,30}}(?<![数量额])(?<![数量额] )(?P<behind>{_GROUPED}|[0-9]{{12,30}})){_AFTER}"
)
"""An account, behind its label, or behind the bank's name that stands between."""
_SAID = r"[:为是(\[“\"' |]{0,4}"
_WECHAT = re.compile(
    rf"{_words('wechat')}(?:(?: {{0,3}}号(?: {{0,3}}[码碼])?|ID|Id|id|[账帐]号)\)?{_SAID}|{_BESIDE}\)? ?:[ |]?[“\"']?"
    r"|(?<=加微信) ?)(?P<number>(?!gh_)[A-Za-z][A-Za-z0-9_-]{5,19}|[1-9][0-9]{5,10})"
    r"(?![A-Za-z0-9_@]|[.:/-][A-Za-z0-9/])"
)
"""WeChat takes names of 6 to 20 letters, digits, _ and -, the first a letter; gh_ begins those of public accounts."""
_PUBLIC = re.compile(rf"{_words('public')}[^。;!?,:|]{{0,4}}$")
_QQ = re.compile(
    rf"(?<![@.]){_words('qq')}(?:[\u4e00-\u9fff]{{0,4}}群(?:[一二三四五]|[0-9](?=[:号]))?"
    rf"|{_words('call')}(?= ?:)|[0-9](?=:))?{_NUMBER}{_BESIDE}\)?{_SAID}(?P<number>[1-9][0-9]{{4,10}})(?![0-9A-Za-z@])"
)
_MORE_QQ = re.compile(r" ?[/、,;或和及] ?(?P<number>[1-9][0-9]{4,10})(?![0-9A-Za-z%年月-])")
_DOMAIN = r"(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,10}(?![A-Za-z0-9@])"
_ADDRESS = re.compile(rf"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{{1,64}}@(?![0-9]x\.){_DOMAIN}")
_ADDRESS_LABELLED = re.compile(
    rf"{_words('mail')}[^A-Za-z0-9@]{{0,6}}"
    rf"(?P<number>[A-Za-z0-9][A-Za-z0-9._+-]{{0,63}} ?(?:[@#]|[(\[]at[)\]]) ?{_DOMAIN})"
)
"""An address that hides its @ from machines."""

_HEAD = re.compile(
    rf"(?!固定|移动)[^0-9:|]{{0,6}}(?:(?P<identity>{_words('identity')})|(?P<account>{_words('account')})"
    rf"|(?P<telephone>{_words('telephone')}|联系方式|聯繫方式)|{_words('call')}){_NUMBER}"
    r"(?:\((?![个万]?[户部条台元])[^()]{0,8}\))? ?:?"
)
"""A cell that heads a column, or a line with nothing but a label."""
_WHOSE = re.compile(r"姓 ?名|名称|联系|负责|户主|地址|住址|单位|部门|机构|职务|号码|邮编|邮箱|传真")
"""What the head of a table with telephones names; others count them."""
_LONGEST_ROW = 120
_CELL = re.compile(r"[^ |]+")
_WIDE_CELL = re.compile(r"[^ |](?:[^|]*[^ |])?|(?:^|(?<=\|)) *(?=\||$)")
"""A cell between borders; it may be empty."""
_IN_COLUMN = {
    "identity": re.compile(r"[0-9]{15}|[0-9]{17}[0-9Xx](?:[1-7][1-4])?"),
    "account": re.compile(r"[0-9][0-9-]{11,29}"),
    "telephone": re.compile(r"[0-9][0-9—-]{6,13}(?:[/、,;][0-9—-]{7,14}){0,3}"),
}
_LONG_IN_ROW = re.compile(r"[0-9]{15,23}|[0-9]{17}[Xx]")


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
    """The personal numbers and addresses in a text, in order; none overlaps another."""
    done, last, columns = 0, 0, ()
    for hint in _HINT.finditer(text):
        if hint.start() < done:
            continue
        start = row = text.rfind("\n", 0, hint.start()) + 1
        end = len(text) if (end := text.find("\n", hint.end())) < 0 else end
        if above := text[last:row].rstrip():
            last += above.rfind("\n") + 1
            head = text[last:row].strip("\r\n")
            between = text[done:row].replace("\r", "").rstrip()
            if named := _columns(head):
                columns, start = named, last if len(named) == 1 and last >= done else row
            elif "。" in above or len(head) > _LONGEST_ROW or (between and (len(columns) == 1 or "\n\n" in between)):
                columns = ()
        line = fold(text[start:end].translate(_SPACES))
        yield from _joined([*_in_line(line), *_in_columns(line, row - start, columns)], start)
        done, last = end, row


def _cells(line: str, start: int = 0) -> list[re.Match[str]]:
    return list((_WIDE_CELL if "|" in line else _CELL).finditer(line, start))


def _columns(head: str) -> tuple[str | None, ...]:
    """What the columns under a line hold; one for a line with nothing but a label, none if it heads nothing."""
    if len(head) > _LONGEST_ROW:
        return ()
    head = fold(head.translate(_SPACES)).strip()
    heads = [_HEAD.fullmatch(cell[0]) for cell in _cells(head)]
    if not any(heads) or len(_CELL.findall(head)) == 1:
        heads = [m] if (m := _HEAD.fullmatch(head.strip(" |"))) else []
    is_counted = len(heads) > 1 and not _WHOSE.search(head)
    kept = (m and not (is_counted and m["telephone"]) and not _HOTLINE.search(m[0]) and m for m in heads)
    return tuple(m.lastgroup if m else None for m in kept)


def _joined(found: list[tuple[int, int]], offset: int) -> Iterator[Span]:
    """Stretches of a line as spans of the text, in order; those that overlap as one."""
    first = last = 0
    for start, end in sorted(found):
        if start >= last:
            if last:
                yield Span(offset + first, offset + last)
            first = start
        last = max(last, end)
    if last:
        yield Span(offset + first, offset + last)


def _in_line(line: str) -> Iterator[tuple[int, int]]:
    """What a folded line says itself to be personal, as stretches in no order."""
    yield from _calls(line)
    for m in _IDENTITY.finditer(line):
        if (m["number"] and _is_identity(m["number"])) or _is_of_person(line, m):
            yield m.span()
    for m in _CARD.finditer(line):
        is_card = _is_card(m[0]) and (m[0][:2] == "62" or _is_of_person(line, m))
        if is_card and not _before(line, m.start(), _CODE_BEFORE):
            yield m.span()
    for labelled in (_IDENTITY_LABELLED, _ADDRESS_LABELLED):
        for m in labelled.finditer(line):
            yield m.span("number")
    for m in _ACCOUNT.finditer(line):
        start, end = m.span(m.lastgroup)
        if end - start >= 15 or not _is_counted(line, m.start(), end):
            yield start, end
    for m in _WECHAT.finditer(line):
        is_amount = m["number"].isdigit() and _is_counted(line, m.start(), m.end())
        if not is_amount and not _before(line, m.start(), _PUBLIC):
            yield m.span("number")
    for m in _QQ.finditer(line):
        label = m.start()
        while m and not _is_counted(line, label, m.end("number")):
            yield m.span("number")
            m = _MORE_QQ.match(line, m.end())
    if "@" in line:
        for m in _ADDRESS.finditer(line):
            yield m.span()


def _in_columns(line: str, start: int, columns: tuple[str | None, ...]) -> Iterator[tuple[int, int]]:
    """The numbers in a row of a table whose columns are headed so."""
    cells = _cells(line, start) if any(columns) else []
    if len(cells) == len(columns):
        named = zip(cells, columns, strict=True)
        numbers = (cell for cell, kind in named if kind and _IN_COLUMN[kind].fullmatch(cell[0]))
        yield from (cell.span() for cell in numbers if not _DAY.match(cell[0]))
    elif "identity" in columns or "account" in columns:  # a row with empty cells
        yield from (cell.span() for cell in cells if _LONG_IN_ROW.fullmatch(cell[0]))


def _calls(line: str) -> Iterator[tuple[int, int]]:
    """Telephone numbers, and those behind them that no label announces."""
    found = [m.span() for m in _CALL.finditer(line) if _is_to_call(line, m)]
    found += [m.span("number") for m in _LOCAL.finditer(line) if _is_local(line, m)]
    walked = 0
    for start, end in sorted(found):
        yield start, end
        while end > walked:
            walked = end
            m = _MORE.match(line, end)
            if m and _is_more(line, m, start):
                start, end = m.span(m.lastgroup)
                yield start, end


def _is_to_call(line: str, m: re.Match[str]) -> bool:
    start, end = m.span()
    is_mobile, is_named = m["number"][0] == "1", _before(line, start, _NAMED)
    if not is_mobile and _before(line, start, _HOTLINE, 72):
        return False
    counted = _before(line, start, _AMOUNT_BEFORE) if is_mobile and not is_named else None
    unit = None if is_named else _unit().match(line, end)
    if _before(line, start, _LABELLED) or (m["country"] or "8")[0] in "+0":
        return not (counted and counted["word"]) and not (unit and not unit["on"])
    is_plain = (is_mobile and is_named) or _PLAIN_FORM.match(line, m.start("number"))
    if not is_plain or m["number"].endswith("00000"):
        return False
    if counted or unit or _CODE_AFTER.match(line, end) or _before(line, start, _CODE_BEFORE):
        return False
    cells = is_mobile and (_before(line, start, _CELL_BEFORE) or _CELL_AFTER.match(line, end))
    return not cells or _SOMEBODY.search(line, max(0, start - 60), end + 60) is not None


def _is_local(line: str, m: re.Match[str]) -> bool:
    (start, end), is_close = m.span("number"), m["close"] or line[m.start("number") - 1] in "为是"
    if _before(line, start, _HOTLINE, 72) or _DAY.match(m["number"]) or _is_counted(line, m.start(), end):
        return False
    return not is_close or (m["number"][:7].isdigit() and not _CELL_AFTER.match(line, end))


def _is_more(line: str, m: re.Match[str], start: int) -> bool:
    """Whether what follows the telephone number from `start` is a number to call too."""
    number = m[m.lastgroup]
    if m["alike"]:
        before = _LAST.search(line, start, m.start())
        if not before or len(before[0]) != len(number) or number.endswith("00000"):
            return False
    return not (_DAY.match(number) or _unit().match(line, m.end()))


def _before(line: str, start: int, rule: re.Pattern[str], reach: int = 32) -> re.Match[str] | None:
    """What a rule finds right before a place."""
    return rule.search(line, max(0, start - reach), start)


def _is_counted(line: str, label: int, end: int) -> bool:
    """Whether a unit stands behind digits. Behind a colon it ends the words, as it does behind a space."""
    is_said = ":" in line[label:end]
    unit = _unit().match(line, end + (not is_said and line[end : end + 1] == " "))
    return unit is not None and (not unit["on"] or (not is_said and unit.start() == end))


def _is_of_person(line: str, m: re.Match[str]) -> bool:
    """Whether a cell near digits holds somebody's name."""
    return _PERSON.search(line, max(0, m.start() - 60), m.end() + 60) is not None


@cache
def _unit() -> re.Pattern[str]:
    """What stands right behind a number that counts something: a unit, or a part of a larger number."""
    others = ("time", "person noun", "noun", "modifier")
    units = sorted((row for row in rows("units") if row["kind"] not in others), key=lambda row: -len(row["unit"]))
    surnames = {unit: "[\u4e00-\u9fff]" for unit in "张本方"}  # 张经理, 本人
    unless = {row["unit"]: surnames.get(row["unit"]) or row["unless"] for row in units}
    counts = "|".join(re.escape(unit) + (f"(?!{other})" if other else "") for unit, other in unless.items())
    return re.compile(
        rf"{_NO_UNIT}(?:[余餘多几幾来]?[十百千万亿萬億]{{0,3}}[余餘多]?(?:{counts})(?P<on>[\u4e00-\u9fff])?"
        rf"|(?:[余餘多几幾来]?[十百千万亿萬億]{{1,3}}|余|餘|多|[年月日])(?![\u4e00-\u9fff]))"
    )


def _is_identity(number: str) -> bool:
    """Whether the last digit is the one that GB 11643-1999 asks for (ISO 7064, MOD 11-2)."""
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest] == number[17].upper()


def _is_card(number: str) -> bool:
    """Whether digits are as many as a bank card has, and the last is the one that ISO/IEC 7812-1 asks for (Luhn)."""
    digits = [int(digit) for digit in reversed(number) if digit != " "]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[1::2])
    return 16 <= len(digits) <= 19 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


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
