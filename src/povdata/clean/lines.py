"""A page's text cut into atoms: the stretches that hold one thing each, with the cues that they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import ahocorasick_rs

from povdata.lexicon import rows

_FULL = "：，（）！？；｜︱／．＋－＝＂＇＠＃％＆＊＜＞［］｛｝～\u3000\xa0\t"
_HALF = ":,()!?;||/.+-=\"'@#%&*<>[]{}~   "
_TRADITIONAL = (
    "來發佈時間記編輯責關鍵詞標題瀏覽點擊閱讀評論攝審圖電話聯繫載轉報訊網當現頁導權複製觀見聞"
    "總線監傳與為員撰據說鏈鄰條類熱門資簡軍國際經濟體壇專區視頻產業讚錄務選單機構動態開設進無礙"
    "於號掃糾錯閉頂應請結連會組數廣財兩樂運歡該檢貼覆華灣臺陸紙項級綜"
)
_SIMPLIFIED = (
    "来发布时间记编辑责关键词标题浏览点击阅读评论摄审图电话联系载转报讯网当现页导权复制观见闻"
    "总线监传与为员撰据说链邻条类热门资简军国际经济体坛专区视频产业赞录务选单机构动态开设进无碍"
    "于号扫纠错闭顶应请结连会组数广财两乐运欢该检贴复华湾台陆纸项级综"
)
_DIGITS = {ord("０") + i: str(i) for i in range(10)}
FOLD = str.maketrans(_FULL + _TRADITIONAL, _HALF + _SIMPLIFIED) | _DIGITS
"""Full width to half, traditional to simplified in the words of labels and chrome: one character for one."""

PINYIN = re.compile(r"(?<=[\u4e00-\u9fff])[(（][a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜüńňǹ]{1,7}[)）]")
"""Bracketed pinyin after a character, as garbled conversions to traditional script leave it."""
NOISY = 3
"""So many of them make a page one that such a conversion has been over."""

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_PARAGRAPH = re.compile(r"[。!?…][”’\"」』)]{0,3} +(?=[^ |])")
_COLON = re.compile(r"[:|丨]")
_SITE_JOIN = re.compile(r" ?[-_|—–]{1,2} ?| [·>] ?")
_SITE = re.compile(
    r"(?:网|网站|频道|在线|日报|晚报|晨报|早报|都市报|周刊|杂志|新闻|资讯|要闻|门户|中心|论坛|社区|客户端|电视台|广播|官网|政府|委员会"
    r"|办公室|局|厅|部|报|社|号|版|正文|滚动|时政|com|cn|net|org|TV|News)$",
    re.I,
)
_DATE = re.compile(r"(?:19|20)\d\d ?[-年/.] ?\d{1,2} ?[-月/.] ?\d{1,2}")
_OUTLET_END = re.compile(r"(?:网站?|[日晚晨早]报|频道|在线|\.(?:com|cn|net|org)(?:\.cn)?)$", re.I)
_PHOTOGRAPHER = re.compile(r"[^。]{2,24}[ /](?:摄|供图)[)。]?$")
_SENTENCE_END = re.compile(r"[。!?…;:,.][”’\"」』)\]]*$")
_BULLETS = "●■◆★▲◎○◇□"


class Label(NamedTuple):
    """A printed label: its name in the table, its field and role, and where its name and its value begin."""

    name: str
    field: str
    role: str
    start: int
    value: int


class Cue(NamedTuple):
    role: str
    weight: float
    rule: str


NO_CUE = Cue("", 0.0, "")


class Mark(NamedTuple):
    """What HTML markup says of an atom's line."""

    cue: Cue
    """What the classes and ids around the line name."""
    inside: int
    """1 in the element that holds the story, -1 outside of it, 0 where none stands out."""
    links: float
    heading: int
    """Level of the heading element, 0 for none."""
    strong: float
    image: bool
    """A picture stands before the line."""
    path: str
    tag: str


PLAIN = Mark(NO_CUE, 0, 0.0, 0, 0.0, False, "", "")
"""The mark of a line of plain text."""


@dataclass(slots=True)
class Atom:
    """A stretch of one line. `start` counts code points of the page; `text` is stripped, `folded` is it folded."""

    start: int
    text: str
    folded: str
    cue: Cue
    evidence: float
    """How much it looks like a paragraph of a story; about 1 for a short sentence, at most 4."""
    line: int
    """Number of its line in the page; two atoms of one line share it."""
    mark: Mark = PLAIN


def squeeze(folded: str) -> str:
    """A folded text as the words of the cue table are compared: no spaces, lower case."""
    return folded.replace(" ", "").lower()


@cache
def labels() -> dict[str, tuple[str, str]]:
    """Label without spaces, folded -> (field, role)."""
    return {r["label"].translate(FOLD): (r["field"], r["role"]) for r in rows("labels")}


@cache
def _longest_label() -> int:
    return max(map(len, labels()))


def find_labels(folded: str) -> list[Label]:
    """The labels in a folded text that is short or the end of a long one, in order: a known word before `:` or `|`.

    A label begins the text or stands after a space, a mark, a digit, or the value of a label before it.
    """
    if not _COLON.search(folded):
        return []
    table, longest, found = labels(), _longest_label(), []
    for m in _COLON.finditer(folded):
        bar = m[0] != ":"
        at, word, begin = m.start(), "", m.start()
        best = None
        while at > 0 and len(word) < longest:
            at -= 1
            char = folded[at]
            if char == " ":
                if m.start() - at > 2 * len(word) + 4:
                    break
                continue
            word = char + word
            if word in table:
                before = folded[at - 1] if at else " "
                free = not ("\u4e00" <= before <= "\u9fff" or before.isalpha())
                if free or (found and len(word) > 2 and folded[found[-1].value : at].strip()):
                    best, begin = word, at
        if best and not (bar and (table[best][0] not in ("credit", "author", "source") or (begin and not found))):
            if not found or begin >= found[-1].value:
                found.append(Label(best, *table[best], begin, m.end()))
    return found


class Cues:
    """The cues of the table that hold for one site family, compiled."""

    def __init__(self, family: str):
        mine = [r for r in rows("cues") if r["family"] in ("", family) and r["role"] != "reject"]
        self.whole: dict[str, Cue] = {}
        self.starts: dict[str, Cue] = {}
        self.parts: dict[str, Cue] = {}
        self.patterns: list[tuple[re.Pattern[str], Cue]] = []
        for r in mine:
            cue = Cue(r["role"], float(r["weight"]), f"{r['role']}.{r['cue'] or r['pattern']}")
            word = squeeze(r["pattern"].translate(FOLD))
            if r["kind"] == "line":
                self.whole.setdefault(word, cue)
            elif r["kind"] == "start":
                self.starts.setdefault(word, cue)
            elif r["kind"] == "has":
                self.parts.setdefault(word, cue)
            else:
                self.patterns.append((re.compile(r["pattern"]), cue))
        self.start_lengths = sorted({len(w) for w in self.starts}, reverse=True)
        self.words = list(self.parts)
        self.finder = ahocorasick_rs.AhoCorasick(self.words, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
        self._short = lru_cache(maxsize=1 << 15)(self._of)

    def of(self, folded: str) -> Cue:
        """The strongest cue of a folded, stripped atom; a long one with sentences has none."""
        if len(folded) <= 400:
            return self._short(folded)
        head = folded[:400]
        return NO_CUE if "。" in head else self._of(head)

    def _of(self, folded: str) -> Cue:
        folded = folded.removeprefix("• ").removeprefix("· ").lstrip()
        n = len(folded)
        squeezed = squeeze(folded)
        best = self.whole.get(squeezed, NO_CUE)
        if best.weight < 2 and n <= 160:
            for k in self.start_lengths:
                cue = self.starts.get(squeezed[:k])
                if cue and cue.weight > best.weight and (n <= 60 or "。" not in folded):
                    best = cue
                    break
        hits = {i for i, _, _ in self.finder.find_matches_as_indexes(squeezed)}
        if hits and (n <= 130 or len(hits) > 1 or "。" not in folded):
            weight = sum(self.parts[self.words[i]].weight for i in hits)
            if weight > best.weight:
                first = self.parts[self.words[min(hits)]]
                best = Cue(first.role, min(weight, 8.0), first.rule)
        if n <= 200 and best.weight < 2.5:
            for pattern, cue in self.patterns:
                if cue.weight > best.weight and pattern.search(folded):
                    best = cue
        label = _label_cue(folded)
        if label.weight > best.weight or (label.weight and best.role in ("widget", "navigation") and best.weight < 2.5):
            best = label
        return best


@cache
def cues(family: str) -> Cues:
    return Cues(family)


def _label_cue(folded: str) -> Cue:
    """What the labels of an atom say of it: the role of the first that begins it, more if several stand in it."""
    head = folded.lstrip("[【(〔<*●■ ")
    found = find_labels(head[:160])
    if not found:
        return NO_CUE
    first = found[0]
    dated = bool(_DATE.search(head[:160]))
    if first.start > 0:
        lead = head[: first.start]
        if len(lead) > 24 and not _DATE.match(lead) and not (dated and len(lead) <= 48):
            return NO_CUE
        weight = 1.0 + dated + len(found) * 0.5
    else:
        weight = 2.0 if len(first.name) > 2 or len(head) <= 40 else 1.5
        if dated:
            weight += 1
    weight += min(2, len(found) - 1)
    role = first.role
    value = head[first.value : found[1].start if len(found) > 1 else None].strip(" ([")
    if not _fits(first.field, role, value):
        return NO_CUE
    strip = first.start > 0 and first.field != "clock" and bool(_DATE.match(head))
    if role == "widget" and (strip or any(f.field in ("published", "source", "views") for f in found)):
        role = "metadata"
    if len(head) > 160 and role not in ("summary", "deck", "related", "footer", "caption"):
        weight -= 2
    if first.field in ("source", "published") and len(first.name) == 2 and "。" in head:
        weight -= 1.5
    return Cue(role, max(weight, 0), f"label:{first.name}") if weight > 0 else NO_CUE


def _fits(field: str, role: str, value: str) -> bool:
    """Whether a value can be that of a label: a counter has a number, a time has digits, a name is short."""
    if field in ("views", "comments") or role == "widget":
        return len(value) <= 2 or value[0].isdigit() or (role == "widget" and field == "" and len(value) <= 24)
    if field in ("published", "updated", "drawn_up"):
        return not value or any(c.isdigit() for c in value[:24]) or len(value) <= 4
    if field in ("credit", "author", "source"):
        return len(value) <= 60 and "。" not in value and "?" not in value
    return True


def evidence(folded: str) -> float:
    """How much a folded text looks like a paragraph: sentence ends, commas and length."""
    n = len(folded)
    stops = folded.count("。")
    asks = folded.count("!") + folded.count("?")
    commas = folded.count(",") + folded.count("、")
    if stops and n >= 25:
        return min(4.0, 1.0 + n / 50) if (stops + commas) * 90 >= n else 0.8
    if folded.endswith(("。", "。”", "。』", "。)", "。」")):
        return 0.7 + n / 50
    if n >= 60 and commas >= 2 and commas * 60 >= n:
        return 1.5
    if asks and n >= 30 and commas:
        return 0.8
    if n >= 8 and _SENTENCE_END.search(folded[-8:]):
        return 0.35
    return 0.0


def atoms(text: str, family: str) -> list[Atom]:
    """The atoms of a page's text, in order; text that no atom holds is white space."""
    folded_page = text.translate(FOLD)
    book = cues(family)
    spans = [m.span() for m in _LINE.finditer(text)]
    whole_lines = {text[a:b].strip() for a, b in spans if b - a <= 200}
    noisy = len(PINYIN.findall(folded_page)) >= NOISY
    found: list[Atom] = []
    for number, (a, b) in enumerate(spans):
        line = text[a:b]
        if not line.strip():
            continue
        for i, j in _pieces(line, folded_page[a:b], whole_lines, len(found)):
            piece = line[i:j]
            bare = piece.strip()
            if not bare:
                continue
            start = a + i + len(piece) - len(piece.lstrip())
            folded = folded_page[start : start + len(bare)]
            if noisy:
                folded = PINYIN.sub("", folded)
            found.append(Atom(start, bare, folded, book.of(folded), evidence(folded), number))
    _carry_labels(found)
    return found


def _carry_labels(found: list[Atom]) -> None:
    """Where a label ends its line with no value, the short line below is the value and takes its role."""
    for atom, below in pairwise(found):
        if not atom.folded.endswith(":") or below.cue.weight or below.evidence or len(below.text) > 24:
            continue
        label = find_labels(atom.folded)[-1:]
        if label and label[0].role in ("metadata", "credit") and label[0].value >= len(atom.folded):
            below.cue = Cue(label[0].role, 1.5, "label.value")


def _pieces(line: str, folded: str, whole_lines: set[str], atoms_before: int) -> Iterator[tuple[int, int]]:
    """Cuts a line that holds more than one thing. Yields spans that tile the line."""
    cuts: set[int] = set()
    n = len(line)
    if atoms_before < 3 and n <= 200:
        cut = _site_suffix(line, folded, whole_lines)
        if cut:
            cuts.add(cut)
    text = folded.rstrip(" |")
    if len(text) > 25 and "|" in folded[len(text) :]:
        cuts.add(folded.index("|", len(text)))
    if len(folded) >= 30:
        for m in _PARAGRAPH.finditer(folded):
            if _PHOTOGRAPHER.fullmatch(folded[m.end() :].rstrip()):
                continue
            if "。" in m[0] or "…" in m[0] or (n >= 80 and "。" in folded):
                cuts.add(m.end())
    bullet = folded.lstrip(" ")[:1]
    if bullet and bullet in _BULLETS:
        cuts.update(m.start() for m in re.finditer(bullet, folded))
    head = _head_cut(folded)
    cuts.update(head)
    if n > 30:
        cut = _tail_cut(folded)
        if cut:
            cuts.add(cut)
    last = 0
    for cut in sorted(cuts):
        if last < cut < n:
            yield last, cut
            last = cut
    yield last, n


def _site_suffix(line: str, folded: str, whole_lines: set[str]) -> int | None:
    """Where the site's name begins in `headline - channel - site`: the mark that joins them."""
    if _DATE.search(folded):
        return None
    joins = list(_SITE_JOIN.finditer(folded))
    joins = [m for m in joins if not (folded[m.start() - 1].isdigit() and folded[m.end() : m.end() + 1].isdigit())]
    for m in joins:
        head, rest = line[: m.start()].strip(), line[m.start() :].strip()
        if head in whole_lines and len(head) >= 6 and rest not in whole_lines and not _OUTLET_END.search(head):
            return m.start()
    joins = [m for m in joins if ">" not in m[0] or m.start() >= 16]  # a breadcrumb begins with the site
    for m in joins:
        parts = [p.strip() for p in _SITE_JOIN.split(folded[m.end() :]) if p.strip()]
        if (
            m.start() >= 6
            and not _OUTLET_END.search(folded[: m.start()].rstrip())
            and parts
            and all(len(p) <= 24 for p in parts)
            and _SITE.search(parts[-1])
        ):
            if folded[m.start() : m.end()].strip() not in ("—", "·") or len(parts[-1]) <= 8:
                return m.start()
    return None


def _head_cut(folded: str) -> list[int]:
    """Cuts before and after metadata that shares a line with the headline before it or the story after it."""
    head = folded[:240]
    date = _DATE.search(head)
    if not date and not _COLON.search(head):
        return []
    lead = len(head) - len(head.lstrip())
    found = [f for f in find_labels(head) if f.role in ("metadata", "credit") and len(f.name) > 1]
    strong = [f.start for f in found if f.field in ("source", "published", "views", "author") and len(f.name) > 1]
    begins = min(
        [s for s in strong] + ([date.start()] if date and (strong or len(folded) <= 120) else []), default=None
    )
    if begins is None:
        return []
    cuts = []
    before = head[lead:begins].strip(" |([【")
    named = len(before) <= 24 and _OUTLET_END.search(before)
    if (
        len(before) >= 10
        and not named
        and not re.search(r"[。;]|电\(|讯\(", before)
        and before[:2] not in ("更新", "发布", "今天")
    ):
        gap = head[begins - 1] in " |([【)】]" or (found and date)
        rest = folded[begins:]
        if gap and (len(rest) <= 120 or len(strong) > 0):
            cuts.append(begins)
    elif before and begins > lead + 30:
        return []
    if len(folded) - begins > 100 and strong and (cuts or len(before) < 10):
        end = _run_end(folded, found, date)
        if end and len(folded) - end > 40:
            cuts.append(end)
    return cuts


def _run_end(folded: str, found: list[Label], date: re.Match[str] | None) -> int | None:
    """Where a run of label and value stops and the story begins: after the value of its last label."""
    ends = []
    limit = 0
    for f in found:
        if limit and f.start > limit + 40:
            break
        value = re.compile(r" *[^ 。,]{0,30}(?: \d\d?:\d\d(?::\d\d)?)?").match(folded, f.value)
        limit = value.end() if value else f.value
        ends.append(limit)
    if date and ends and date.end() <= max(ends) + 40:
        clock = re.compile(r"日?[ T]*(?:\d\d?:\d\d(?::\d\d)?)?").match(folded, date.end())
        ends.append(clock.end() if clock else date.end())
    end = max(ends, default=0)
    return end if end and end < len(folded) and folded[end] == " " else None


_TAIL_CREDIT = re.compile(
    r"(?<=[。!?”」)】\] …])[\[【(]?(?:责任编辑|责任校对|责编|编辑|编审|校对|审核|值班编辑|网络编辑|本文来源"
    r"|来源|稿源|文章来源|作者|关键词|标签|本文关键词|上一篇|下一篇|相关阅读)[ ]?[:/][^。]{0,60}$"
)


def _tail_cut(folded: str) -> int | None:
    """Where a credit, source or link begins that ends the line of a paragraph."""
    at = max(0, len(folded) - 100)
    m = _TAIL_CREDIT.search(folded, at)
    if not m or (m.start() < 60 and not re.search(r"[。!?]", folded[: m.start()])):
        return None
    spaces = len(m[0]) - len(m[0].lstrip())
    return m.start() + spaces if m.start() + spaces > 8 else None
