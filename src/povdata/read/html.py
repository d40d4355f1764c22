"""HTML to lines: a page's text as a browser shows it, and what the markup knows of each line.

Lexbor parses (by resiliparse) and writes the tree out again as well-formed HTML, which one regular expression then
reads tag by tag: several times as fast as visiting the tree's nodes one by one from Python, and safe at any depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, NamedTuple

from resiliparse.parse.html import HTMLTree

from povdata.page import Block

HTML_SUFFIXES = frozenset({".html", ".htm", ".shtml", ".xhtml"})

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre "
    "search section select summary table tbody td tfoot th thead tr ul listing xmp".split()
)
_VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split()
)
_UNSEEN = frozenset("datalist head iframe math noembed noframes rp script style svg template textarea title".split())
"""Elements whose text a browser does not print, or only in a box of its own."""
_FALLBACK = frozenset("audio canvas noscript object video".split())
"""Elements whose text is for a browser that lacks something."""
_COUNTED = frozenset("a b listing pre strong xmp".split())
_TELLING = frozenset("link meta script time title".split())

_ATTRIBUTES = r'((?:\s[^\s>][^\s=>]*="[^"]*")*)\s*/?>'
_TAG = re.compile(rf"<(/?)([a-z][^\s/>]*){_ATTRIBUTES}")
_NO_MARKUP = re.compile(rf"<!--|<!DOCTYPE|<(iframe|noembed|noframes|plaintext|script|style|xmp){_ATTRIBUTES}")
"""The beginnings of comments, and the tags of elements whose content is no markup."""
_ATTRIBUTE = re.compile(r'\s([^\s>][^\s=>]*)="([^"]*)"')
_HIDDEN = re.compile(
    r'\shidden="|\sstyle="(?:[^"]*[;\s])?'
    r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:text-indent|left|top)\s*:\s*-(?:999|\d{5}))",
    re.IGNORECASE,
)
_SHOWN_AS_BLOCK = re.compile(
    r'\sstyle="(?:[^"]*[;\s])?display\s*:\s*(?:block|flex|grid|list-item|table\b)', re.IGNORECASE
)
_SCRIPT = re.compile(r"<script[\s/>]", re.IGNORECASE)
_SMALL = re.compile(r'\s(?:width|height)="\s*(?:[0-9]|[1-4][0-9])(?:px)?\s*"', re.IGNORECASE)
_SPACE = re.compile("[ \t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_ODD_BREAK = re.compile("[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef“”‘’…—"
_BREAK_IN_HAN = re.compile(rf"(?<=[{_WIDE}])[ \t]*\n[ \t\n]*(?=[{_WIDE}])")
_LABEL = re.compile(
    r"\s{0,9}(?:来 ?源|文章来源|信息来源|稿源|作 ?者|记者|通讯员|编辑|责编|责任编辑|审核|校对|时 ?间|日期|发布时间"
    r"|发布日期|浏览|浏览量|浏览次数|点击|点击数|阅读|字号|字体)[ \u3000]{0,3}[:：]"
)
_BLANK = " \t\n\xa0\u3000\u2002\u2003\u2009\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_PATH_DEPTH = 64
_TABLE_DEPTH = 32
_LONG_CELL = 200
_LITTLE_PROSE, _MUCH_PROSE = 80, 120

_OPENING = re.compile(
    r"[\s\ufeff]*+(?:(?><\?xml[^>]*>|<!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body|meta|title)\b", re.I | re.S
)
_FRAGMENT = re.compile(r"\s*<(?:div|p|table|article|section|span|h[1-6]|ul|center|script|style)\b[^<>]*>", re.I)
_CLOSING = re.compile(r"</(?:html|head|body|div|p|table|a|span|article|section|ul|li|title|td)\s*>", re.I)
_ANY_TAG = re.compile(
    r"<(?:!doctype|/?(?:html|head|body|title|meta|div|p|br|span|a|table|td|script|font|h[1-6]))\b", re.I
)
_DOCUMENT = re.compile(r"<html[\s>]", re.I)
_SELF_CLOSED = re.compile(r"<(script|style|title|iframe|textarea)\b([^<>]*)/>", re.I)
_FORMATTING = re.compile(  # without IGNORECASE, which is several times as slow here
    r"<(/?)(?:[BbIiSsUu]|[Ee][Mm]|[Tt][Tt]|[Bb][Ii][Gg]|[Cc][Oo][Dd][Ee]|[Ff][Oo][Nn][Tt]|[Nn][Oo][Bb][Rr]"
    r"|[Ss](?:[Mm][Aa][Ll][Ll]|[Tt][Rr][Ii][Kk][Ee]|[Tt][Rr][Oo][Nn][Gg]))(?![\w-])[^<>]*>"
)
_MOST_OPEN = 500
_SAVED_FROM = re.compile(r"\s*(?:<!doctype[^>]*>\s*)?<!--[^<>]{0,80}?\b(https?://[^\s<>\"]+?)(?=-->|[\s<>\"])", re.I)
_WEB = re.compile(r"https?://[^\s/]", re.I)
_SENTENCE = re.compile("[。！？；]")
_STATE = ("pubtime", "publish_time", "publishTime", "media", "nickname", "ct")
"""Variables in which pages that scripts write keep the time and the account of the article."""
_STATE_VALUE = re.compile(r"""["']?\s{0,4}[:=]\s{0,4}(?:htmlDecode\()?["']([^"'\\<>]{2,60})["']""")
_PAIR = re.compile(r'"(\w+)"\s*:\s*"([^"\\]*)"')


_Token = tuple[str, str, str, str]
"""Text before a tag, `/` for an end tag, the element's name, its attributes as written."""


class _Line(NamedTuple):
    text: str
    tag: str
    path: str
    chars: int
    """Characters that are not white space; so are those of the next two."""
    linked: int = 0
    strong: int = 0
    image: bool = False


class _Row(NamedTuple):
    before: list[_Line]
    """Where the lines of the row will go."""
    cells: list[list[_Line]] | None
    """None where tables nest so deep that no row is made one line."""


@dataclass(slots=True)
class _Open:
    """An open block element."""

    name: str
    attributes: str
    path: str = ""

    def label(self) -> str:
        if "id=" not in self.attributes and "class=" not in self.attributes:
            return self.name
        found = dict(_ATTRIBUTE.findall(self.attributes))
        words = [f"#{i}" for i in found.get("id", "").split()] + [f".{c}" for c in found.get("class", "").split()]
        return self.name + "".join(words)


class Rendering(NamedTuple):
    """What an HTML document says: its lines, what the markup knows of each, its head and its address."""

    text: str
    blocks: tuple[Block, ...]
    head: dict[str, str]
    url: str | None


def is_html(text: str, suffix: str) -> bool:
    """Whether a file's text is HTML: by its tags where the suffix says so, by a document's beginning otherwise.

    A stray tag in scraped text does not make it HTML, and a file that has HTML's suffix but no tags is plain text.
    """
    if suffix.lower() in HTML_SUFFIXES:
        return _ANY_TAG.search(text) is not None
    start = text[:65536]
    if "<" not in start:
        return False
    if _OPENING.match(start):
        return True
    closing = len(_CLOSING.findall(start))
    return closing >= 2 and (_FRAGMENT.match(start) is not None or _DOCUMENT.search(start[:2000]) is not None)


def render(html: str) -> Rendering:
    """The document as a browser shows it, a block element a line.

    `<title>` is the first line. `<br>` breaks a line, so does a line feed in `<pre>`; the cells of a table's row are
    parted by tabs, unless one holds several lines or a long one, as in tables that lay a page out. White space
    collapses as CSS Text has it (a line feed between two Han characters leaves nothing), and lines of white space alone
    are left out. A space parts two links, two numbers in `span` elements with a class, and a label (来源：) in a `span`
    from the one before it, that touch each other in the source: style sheets set them apart. Scripts, styles,
    templates, form fields, embedded documents, comments and
    hidden elements give no text; what only a script would print is out of reach. Where hidden elements and fallbacks
    (`noscript`, `object`) hold all the prose there is, as on pages that a script uncovers, they are read too.

    `head` holds meta elements by their name, property or itemprop, JSON-LD by `ld:` and its key, the canonical link and
    `<title>`, each key in lower case; the first that is not empty counts. Malformed markup never raises.
    """
    if html.lstrip("\ufeff \t\r\n").startswith("<?xml"):
        html = _SELF_CLOSED.sub(r"<\1\2></\1>", html)  # a parser of HTML would read on to an end tag that never comes
    tokens = _tokens(HTMLTree.parse(_bounded(html)).document.html)
    head = _head(tokens)
    for name, value in _state(html):
        head.setdefault(f"script:{name.lower()}", value)
    lines = _lines(tokens)
    if _prose(lines) < _LITTLE_PROSE:
        uncovered = _lines(tokens, show_hidden=True)
        if _prose(uncovered) >= _MUCH_PROSE:
            lines = uncovered
    if (title := head.get("title")) and title.strip():
        lines.insert(0, _Line(title, "title", "head/title", _dense(title)))
    return Rendering(
        "\n".join(line.text for line in lines),
        tuple(Block(n.tag, n.path, n.linked / n.chars, n.strong / n.chars, n.image) for n in lines),
        head,
        next(filter(None, (_web(head.get("canonical")), _web(head.get("og:url")), _saved_from(html))), None),
    )


def _bounded(html: str) -> str:
    """The document, without its formatting tags where so many stay open that the tree would repeat them without end."""
    still_open = 0
    for slash in _FORMATTING.findall(html):
        still_open = max(still_open - 1, 0) if slash else still_open + 1
        if still_open > _MOST_OPEN:
            return _FORMATTING.sub("", html)
    return html


def _tokens(source: str) -> list[_Token]:
    """The tags of well-formed HTML, each with the text before it; the text at the end comes with a nameless one."""
    markup: list[str] = []
    at = 0
    while found := _NO_MARKUP.search(source, at):
        name = found[1]
        if name is None:  # a comment
            markup.append(source[at : found.start()])
            close = "-->" if found[0] == "<!--" else ">"
            end = source.find(close, found.end())
            at = end + len(close) if end >= 0 else len(source)
            continue
        markup.append(source[at : found.end()])
        at = found.end()
        end = _end_of(name, source, at)
        if name in ("plaintext", "xmp") or "ld+json" in found[2]:
            markup.append(escape(source[at:end], quote=False))
        at = end
    markup.append(source[at:])
    parts = [*_TAG.split("".join(markup)), "", "", ""]
    return list(zip(parts[0::4], parts[1::4], parts[2::4], parts[3::4], strict=True))


def _end_of(name: str, source: str, at: int) -> int:
    """Where the end tag of an element without markup stands: a script in a comment in a script ends by itself."""
    mark = f"</{name}>"
    end = source.find(mark, at)
    if end < 0:
        return len(source)
    if name == "script":
        comment = source.find("<!--", max(source.rfind("-->", at, end), at), end)
        if comment >= 0 and _SCRIPT.search(source, comment, end):
            return max(source.find(mark, end + 1), end)
    return end


def _lines(tokens: list[_Token], show_hidden: bool = False) -> list[_Line]:
    """The lines of the document's body, also the hidden ones where they are asked for."""
    writer = _Writer()
    stack: list[str] = []
    unseen = 0  # depth of the element whose content is left out, 0 for none
    closed = ""  # the element that ended right before; a link stays so while others end and begin
    for text, slash, name, attributes in tokens:
        if text:
            closed = ""
            if not unseen:
                writer.write(unescape(text) if "&" in text else text)
        if slash:
            closed = name if closed != "a" else closed
            if stack and stack[-1] == name:
                if not unseen:
                    writer.close(name)
                elif unseen == len(stack):
                    unseen = 0
                stack.pop()
        elif name in _VOID:
            if unseen:
                continue
            if name in ("br", "hr"):
                writer.flush()
            elif name in ("img", "embed") and not _SMALL.search(attributes):
                writer.image = True
        elif name:
            stack.append(name)
            if unseen:
                continue
            if name in _UNSEEN or (not show_hidden and _is_hidden(name, attributes)):
                unseen = len(stack)
                if name in _BLOCKS:
                    writer.flush()
                writer.image |= name in ("video", "object")
            else:
                if name == closed:
                    writer.part(name, attributes)
                    closed = ""
                writer.open(name, attributes)
    writer.flush()
    return writer.lines


def _is_hidden(name: str, attributes: str) -> bool:
    if name in _FALLBACK or (name == "dialog" and ' open="' not in attributes):
        return True
    if ("style=" in attributes or "hidden=" in attributes) and _HIDDEN.search(attributes):
        return True
    return name in ("i", "span", "em") and ' aria-hidden="true"' in attributes  # icons; a page behind a box has it too


class _Writer:
    """Gathers text into lines."""

    def __init__(self) -> None:
        self.lines: list[_Line] = []
        self.image = False
        self._pieces: list[str] = []
        self._at_number = self._at_label = False
        self._linked = self._strong = 0
        self._in_link = self._in_strong = self._in_pre = 0
        self._blocks: list[_Open] = []
        self._inline: list[bool] = []  # of each open inline element, whether it is shown as a block
        self._rows: list[_Row] = []

    def open(self, name: str, attributes: str) -> None:
        is_block = name in _BLOCKS
        if not is_block:
            is_block = "display" in attributes and _SHOWN_AS_BLOCK.search(attributes) is not None
            self._inline.append(is_block)
        if is_block:
            if self._pieces:
                self.flush()
            self._blocks.append(_Open(name, attributes))
            if name == "tr":
                self._rows.append(_Row(self.lines, [] if len(self._rows) < _TABLE_DEPTH else None))
            elif name in ("td", "th") and self._rows and (cells := self._rows[-1].cells) is not None:
                self.lines = []
                cells.append(self.lines)
        if name in _COUNTED:
            self._count(name, 1)

    def close(self, name: str) -> None:
        is_block = name in _BLOCKS or self._inline.pop()
        if is_block:
            if self._pieces:
                self.flush()
            if name == "tr":
                row = self._rows.pop()
                self.lines = row.before
                self.lines += self._joined(row.cells or [])
            elif name in ("td", "th") and self._rows:
                self.lines = self._rows[-1].before
            self._blocks.pop()
        if name in _COUNTED:
            self._count(name, -1)

    def write(self, text: str) -> None:
        if self._in_pre:
            for n, line in enumerate(text.split("\n")):
                if n:
                    self.flush()
                self._add(line)
            return
        if not text.strip(" \n\t\r\f"):
            if self._pieces:
                self._pieces.append(" ")
            return
        if self._at_number:
            self._at_number = False
            if text[0].isdigit():
                self._pieces.append(" ")
        if self._at_label:
            self._at_label = False
            if _LABEL.match(text):
                self._pieces.append(" ")
        if "\n" in text:
            text = _BREAK_IN_HAN.sub("", text)
        self._add(text)

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        if self._in_link or self._in_strong:
            chars = _dense(text)
            self._linked += chars if self._in_link else 0
            self._strong += chars if self._in_strong else 0

    def flush(self) -> None:
        """End the line, if there is one."""
        if not self._pieces:
            return
        text = "".join(self._pieces)
        self._pieces.clear()
        text = _ODD_BREAK.sub(" ", text) if self._in_pre else _SPACE.sub(" ", text).strip(" ")
        chars = _dense(text)
        if chars and text.strip(_BLANK):
            tag, path = self._place()
            self.lines.append(_Line(text, tag, path, chars, self._linked, self._strong, self.image))
            self.image = False
        self._linked = self._strong = 0

    def part(self, name: str, attributes: str) -> None:
        """Part the text before from that of an element that begins where another of its name ended."""
        if name == "a":
            self._pieces.append(" ")
        elif name == "span":
            self._at_label = bool(self._pieces)
        if name == "span" and " class=" in attributes:
            self._at_number = bool(self._pieces) and self._pieces[-1][-1:].isdigit()

    def _place(self) -> tuple[str, str]:
        """Name and path of the innermost block."""
        if not self._blocks:
            return "body", "body"
        known = len(self._blocks)
        while known and not self._blocks[known - 1].path:
            known -= 1
        path = self._blocks[known - 1].path if known else ""
        for depth, block in enumerate(self._blocks[known:], known):
            if depth < _PATH_DEPTH and block.name != "html":
                path = f"{path}/{block.label()}" if path else block.label()
            block.path = path
        return self._blocks[-1].name, path or "body"

    def _joined(self, cells: list[list[_Line]]) -> list[_Line]:
        """The lines of a table's row: one, unless a cell holds several lines or a paragraph."""
        lines = [line for cell in cells for line in cell]
        if len(lines) < 2 or any(len(cell) > 1 for cell in cells) or any(n.chars > _LONG_CELL for n in lines):
            return lines
        tag, path = self._place()
        chars, linked, strong = (sum(values) for values in zip(*(n[3:6] for n in lines), strict=True))
        return [_Line("\t".join(n.text for n in lines), tag, path, chars, linked, strong, any(n.image for n in lines))]

    def _count(self, name: str, step: int) -> None:
        if name == "a":
            self._in_link += step
        elif name in ("b", "strong"):
            self._in_strong += step
        elif name in ("pre", "listing", "xmp"):
            self._in_pre += step


def _head(tokens: list[_Token]) -> dict[str, str]:
    """Meta elements, JSON-LD, the canonical link and the title, the first of a name."""
    head: dict[str, str] = {}

    def keep(name: str | None, value: str | None) -> None:
        value = _SPACE.sub(" ", value or "").strip(" ").encode(errors="ignore").decode()  # JSON may hold half a pair
        if name and value:
            head.setdefault(name.strip().lower(), value)

    drawing = 0
    for n, (_, slash, name, attributes) in enumerate(tokens):
        if name == "svg":
            drawing += -1 if slash else 1
        elif slash or name not in _TELLING:
            continue
        elif name == "title":
            if not drawing:
                keep("title", unescape(tokens[n + 1][0]))
        elif name == "script":
            if "ld+json" in attributes:
                for key, value in _linked_data(unescape(tokens[n + 1][0])):
                    keep(f"ld:{key}", value)
        else:
            found = {k.lower(): unescape(v) for k, v in _ATTRIBUTE.findall(attributes)}
            if name == "meta":
                for kind in ("property", "name", "itemprop"):
                    keep(found.get(kind), found.get("content"))
            elif name == "time":
                keep("time", found.get("datetime"))
            elif "canonical" in found.get("rel", "").lower().split():
                keep("canonical", found.get("href"))
    return head


def _state(html: str) -> Iterator[tuple[str, str]]:
    """(name, value) of the variables that hold what an article's page is made from, the first of each name."""
    for name in _STATE:
        if name not in html:
            continue
        for mark in (f'"{name}"', f"var {name} ", f"var {name}="):
            at = html.find(mark)
            found = _STATE_VALUE.match(html, at + len(mark.rstrip(" =")) - (mark[0] == '"')) if at >= 0 else None
            if found:
                yield name, unescape(found[1]).strip()
                break


def _linked_data(script: str) -> Iterator[tuple[str, str]]:
    """(key, value) of the texts in a JSON-LD script, those of an article first; a thing with a name is its name."""
    try:
        data = json.loads(script, strict=False)
    except (ValueError, RecursionError):
        yield from _PAIR.findall(script)  # such scripts are written by templates, and a quotation mark breaks them
        return
    things = data if isinstance(data, list) else [data]
    things = [t for thing in things if isinstance(thing, dict) for t in (thing, *_dicts(thing.get("@graph")))]
    for thing in sorted(things, key=lambda t: "Article" not in str(t.get("@type"))):
        for key, value in thing.items():
            if key.startswith("@"):
                continue
            values = [
                v.get("name") if isinstance(v, dict) else v for v in (value if isinstance(value, list) else [value])
            ]
            texts = [str(v) for v in values if isinstance(v, str | int | float) and not isinstance(v, bool)]
            yield key, ",".join(texts)


def _dicts(value: object) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _web(address: str | None) -> str | None:
    return address if address and _WEB.match(address) else None


def _saved_from(html: str) -> str | None:
    """The address that a browser's "save as" writes into a comment before the page."""
    found = _SAVED_FROM.match(html)
    return found[1] if found else None


def _prose(lines: list[_Line]) -> int:
    """Characters in lines that hold the end of a sentence."""
    return sum(n.chars for n in lines if _SENTENCE.search(n.text))


def _dense(text: str) -> int:
    """Characters that are not white space."""
    return len("".join(text.split()))
