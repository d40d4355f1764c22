"""A page's text cut into atoms: the stretches that hold one thing each, with the cues that they show."""

from __future__ import annotations

import re
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

PINYIN = re.compile(r"[(（](?<=[\u4e00-\u9fff].)[a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜüńňǹ]{1,7}[)）]")
"""Bracketed pinyin after a character, as garbled conversions to traditional script leave it."""
_NOISY = 3
"""So many of them make a page one that such a conversion has been over."""
_HALF_PINYIN = re.compile(PINYIN.pattern.replace("[(（]", r"\(").replace("[)）]", r"\)"))
"""`PINYIN` in folded text."""

_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Where `str.splitlines` breaks a text."""
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
_BULLETS = frozenset("●■◆★▲◎○◇□")


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


_FOLDED = {chr(code): chr(code).translate(FOLD) for code in FOLD}
_COMMON = "，：！？（）；\u3000"
_RARE = re.compile("[" + re.escape("".join(_FOLDED.keys() - set(_COMMON))) + "]")


def fold(text: str) -> str:
    """`text.translate(FOLD)`, of a page ten times as fast."""
    if len(text) < 50:
        return text.translate(FOLD)
    for full in _COMMON:
        text = text.replace(full, _FOLDED[full])
    return _RARE.sub(lambda m: _FOLDED[m[0]], text)


def is_noisy(folded: str) -> bool:
    """Whether a garbled conversion to traditional script has left its pinyin all over a folded page."""
    return "(" in folded and len(_HALF_PINYIN.findall(folded)) >= _NOISY


def squeeze(folded: str) -> str:
    """A folded text as the words of the cue table are compared: no spaces, lower case."""
    return folded.replace(" ", "").lower()


@cache
def labels() -> dict[str, tuple[str, str]]:
    """Label without spaces, folded -> (field, role)."""
    return {r["label"].translate(FOLD): (r["field"], r["role"]) for r in rows("labels")}


@cache
def _label_ends() -> dict[str, bool]:
    """Every ending of every label: whether it is a label itself."""
    return {label[i:]: label[i:] in labels() for label in labels() for i in range(len(label))}


def _has_colon(folded: str) -> bool:
    return ":" in folded or "|" in folded or "丨" in folded


def find_labels(folded: str) -> tuple[Label, ...]:
    """The labels in a folded text that is short or the end of a long one, in order: a known word before `:` or `|`.

    A label begins the text or stands after a space, a mark, a digit, or the value of a label before it.
    """
    return _labels_of(folded) if _has_colon(folded) else ()


@lru_cache(maxsize=64)  # a line is asked three times: where it is cut, what its cue is, what its values are
def _labels_of(folded: str) -> tuple[Label, ...]:
    ends = _label_ends()
    found: list[Label] = []
    for m in _COLON.finditer(folded):
        colon = at = begin = m.start()
        word, best = "", ""
        while at > 0:
            at -= 1
            char = folded[at]
            if char == " ":
                if colon - at > 2 * len(word) + 4:
                    break
                continue
            word = char + word
            whole = ends.get(word)
            if whole is None:
                break
            if whole:
                before = folded[at - 1] if at else " "
                free = not ("\u4e00" <= before <= "\u9fff" or before.isalpha())
                if free or (found and len(word) > 2 and at > found[-1].value):
                    best, begin = word, at
        if not best or (found and begin < found[-1].value):
            continue
        field, role = labels()[best]
        if m[0] == ":" or (field in ("credit", "author", "source") and (found or not begin)):
            found.append(Label(best, field, role, begin, colon + 1))
    return tuple(found)


_Ranked = tuple[float, int, Cue]
"""The cue of a pattern behind its weight and the negative number of its row: the greatest of several counts."""


class _Patterns:
    """Patterns for the beginning of a line, tried as one expression: the first to match has the greatest cue."""

    def __init__(self, table: list[tuple[str, _Ranked]]):
        ordered = sorted(table, key=lambda row: row[1][:2], reverse=True)
        # The empty group says which pattern it was; it stands last, so that `re` sees the first character of each.
        self.match = re.compile("|".join(f"(?:{pattern})()" for pattern, _ in ordered)).match
        self.ranked = [ranked for _, ranked in ordered]

    def of(self, folded: str) -> _Ranked | None:
        m = self.match(folded)
        return self.ranked[m.lastindex - 1] if m and m.lastindex else None


class Cues:
    """The cues of the table that hold for one site family, compiled."""

    def __init__(self, family: str):
        self.whole: dict[str, Cue] = {}
        self.starts: dict[str, Cue] = {}
        self.parts: dict[str, Cue] = {}
        patterns: dict[str, list[tuple[str, _Ranked]]] = {"match": [], "prose match": [], "search": []}
        for number, r in enumerate(rows("cues")):
            if r["role"] == "reject" or r["family"] not in ("", family):
                continue
            cue = Cue(r["role"], float(r["weight"]), f"{r['role']}.{r['cue'] or r['pattern']}")
            if r["kind"] in patterns:
                patterns[r["kind"]].append((r["pattern"], (cue.weight, -number, cue)))
            else:
                words = {"line": self.whole, "start": self.starts, "has": self.parts}[r["kind"]]
                words.setdefault(squeeze(r["pattern"].translate(FOLD)), cue)
        self.prose_patterns = _Patterns(patterns["prose match"])
        self.line_patterns = _Patterns(patterns["match"] + patterns["prose match"])
        self.may_hold = re.compile("|".join(pattern for pattern, _ in patterns["search"])).search
        self.searched = [(re.compile(pattern), ranked) for pattern, ranked in patterns["search"]]
        self.start_lengths = sorted({len(w) for w in self.starts}, reverse=True)
        self.start_characters = {w[0] for w in self.starts}
        self.part_numbers = {word: number for number, word in enumerate(self.parts)}
        self.finder = ahocorasick_rs.AhoCorasick(
            list(self.parts),
            matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
            implementation=ahocorasick_rs.Implementation.DFA,
        )
        self._chrome = lru_cache(maxsize=1 << 13)(self._of)

    def of(self, folded: str) -> Cue:
        """The strongest cue of a folded, stripped atom; a long one with sentences has none."""
        prose = "。" in folded
        if len(folded) <= 200 and not prose:  # menus, headings, footers: the same on many pages of a site
            return self._chrome(folded)
        if len(folded) <= 400:
            return self._of(folded)
        return NO_CUE if prose and "。" in folded[:400] else self._of(folded[:400])

    def _of(self, folded: str) -> Cue:
        if folded[0] in "•·":
            folded = folded.removeprefix("• ").removeprefix("· ").lstrip()
        n = len(folded)
        prose = n > 60 and "。" in folded
        squeezed = squeeze(folded)
        best = NO_CUE
        if not prose and n <= 160:
            best = self.whole.get(squeezed, NO_CUE)
            if best.weight < 2 and squeezed[:1] in self.start_characters:
                for k in self.start_lengths:
                    cue = self.starts.get(squeezed[:k])
                    if cue and cue.weight > best.weight:
                        best = cue
                        break
        hits = set(self.finder.find_matches_as_strings(squeezed))
        if hits and (n <= 130 or len(hits) > 1 or not prose):
            weight = sum(self.parts[word].weight for word in hits)
            if weight > best.weight:
                first = self.parts[min(hits, key=self.part_numbers.__getitem__)]
                best = Cue(first.role, min(weight, 8.0), first.rule)
        if n <= 200 and best.weight < 2.5:
            found = (self.prose_patterns if prose else self.line_patterns).of(folded)
            if self.may_hold(folded):
                held = [ranked for pattern, ranked in self.searched if pattern.search(folded)]
                found = max(held if found is None else [found, *held])
            if found and found[0] > best.weight:
                best = found[2]
        label = _label_cue(folded)
        if label.weight > best.weight or (label.weight and best.role in ("widget", "navigation") and best.weight < 2.5):
            best = label
        return best


@cache
def cues(family: str) -> Cues:
    return Cues(family)


def _label_cue(folded: str) -> Cue:
    """What the labels of an atom say of it: the role of the first that begins it, more if several stand in it."""
    if not _has_colon(folded):
        return NO_CUE
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
    if n >= 25:
        commas = folded.count(",") + folded.count("、")
        stops = folded.count("。")
        if stops:
            return min(4.0, 1.0 + n / 50) if (stops + commas) * 90 >= n else 0.8
        if n >= 60 and commas >= 2 and commas * 60 >= n:
            return 1.5
        if n >= 30 and commas and ("!" in folded or "?" in folded):
            return 0.8
    elif folded.endswith(("。", "。”", "。』", "。)", "。」")):
        return 0.7 + n / 50
    if n >= 8 and folded[-8:].rstrip('”’"」』)]').endswith(("。", "!", "?", "…", ";", ":", ",", ".")):
        return 0.35
    return 0.0


def atoms(text: str, folded_page: str, family: str) -> list[Atom]:
    """The atoms of a page's text, in order; text that no atom holds is white space. `folded_page` is `fold(text)`."""
    book = cues(family)
    noisy = is_noisy(folded_page)
    found: list[Atom] = []
    number = -1
    end = 0
    for line in folded_page.splitlines(keepends=True):
        begin, end = end, end + len(line)
        line = line.rstrip(_BREAKS)
        if not line:
            continue
        number += 1
        last = 0
        for cut in (*_cuts(line, text, begin, len(found) < 3), len(line)):
            piece = line[last:cut]
            folded = piece.strip()
            if folded:
                start = begin + last
                if piece[0] != folded[0]:
                    start += len(piece) - len(piece.lstrip())
                bare = text[start : start + len(folded)]
                if noisy:
                    folded = _HALF_PINYIN.sub("", folded)
                found.append(Atom(start, bare, folded, book.of(folded), evidence(folded), number))
            last = cut
    _carry_labels(found)
    return found


def _carry_labels(found: list[Atom]) -> None:
    """Where a label ends its line with no value, the short line below is the value and takes its role."""
    for atom, below in pairwise(found):
        if atom.folded[-1] != ":" or below.cue.weight or below.evidence or len(below.text) > 24:
            continue
        end = atom.folded[-160:]
        label = find_labels(end)[-1:]
        if label and label[0].role in ("metadata", "credit") and label[0].value >= len(end):
            below.cue = Cue(label[0].role, 1.5, "label.value")


def _cuts(line: str, text: str, begin: int, opens: bool) -> list[int]:
    """Where a folded line that holds more than one thing is cut, in order.

    `begin` is where the line begins in the page's text, `opens` says that it is one of the first.
    """
    n = len(line)
    cuts: list[int] = []
    bare = line.strip(" ")
    marked = _has_colon(bare)
    if opens and n <= 200:
        cut = _site_suffix(line, text, begin)
        if cut:
            cuts.append(cut)
    if n >= 30 and " " in bare:
        held = len(line.rstrip())
        for m in _PARAGRAPH.finditer(line):
            if held - m.end() < 30 and _PHOTOGRAPHER.fullmatch(line, m.end(), held):
                continue
            if "。" in m[0] or "…" in m[0] or (n >= 80 and "。" in line):
                cuts.append(m.end())
    if n > 30 and bare[-1:] != "。":
        cut = _tail_cut(line)
        if cut:
            cuts.append(cut)
    if marked:
        held = len(line.rstrip(" |"))
        bar = line.find("|", held)
        if held > 25 and bar >= 0:
            cuts.append(bar)
    if marked or (n <= 120 and ("19" in line or "20" in line)):
        cuts += _head_cut(line)
    if bare[:1] in _BULLETS:
        cuts += [m.start() for m in re.finditer(bare[:1], line)]
    return sorted({cut for cut in cuts if 0 < cut < n}) if cuts else cuts


def _site_suffix(folded: str, text: str, begin: int) -> int | None:
    """Where the site's name begins in `headline - channel - site`: the mark that joins them."""
    joins = list(_SITE_JOIN.finditer(folded))
    if not joins or _DATE.search(folded):
        return None
    line = text[begin : begin + len(folded)]
    whole_lines = {whole.strip() for whole in text.splitlines() if len(whole) <= 200}
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
    found = [f for f in find_labels(head) if f.role in ("metadata", "credit") and len(f.name) > 1]
    strong = [f.start for f in found if f.field in ("source", "published", "views", "author")]
    if not strong and len(folded) > 120:
        return []
    date = _DATE.search(head)
    begins = min([*strong, date.start()] if date else strong, default=None)
    if begins is None:
        return []
    lead = len(head) - len(head.lstrip())
    cuts = []
    before = head[lead:begins].strip(" |([【")
    named = len(before) <= 24 and _OUTLET_END.search(before)
    if len(before) >= 10 and not named and not _SAID.search(before) and before[:2] not in ("更新", "发布", "今天"):
        gap = head[begins - 1] in " |([【)】]" or (found and date)
        rest = len(folded) - begins
        if gap and (rest <= 120 or strong):
            cuts.append(begins)
    elif before and begins > lead + 30:
        return []
    if len(folded) - begins > 100 and strong and (cuts or len(before) < 10):
        end = _run_end(folded, found, date)
        if end and len(folded) - end > 40:
            cuts.append(end)
    return cuts


_SAID = re.compile(r"[。;]|电\(|讯\(")
_VALUE = re.compile(r" *[^ 。,]{0,30}(?: \d\d?:\d\d(?::\d\d)?)?")
_CLOCK = re.compile(r"日?[ T]*(?:\d\d?:\d\d(?::\d\d)?)?")


def _run_end(folded: str, found: list[Label], date: re.Match[str] | None) -> int | None:
    """Where a run of label and value stops and the story begins: after the value of its last label."""
    ends = []
    limit = 0
    for f in found:
        if limit and f.start > limit + 40:
            break
        value = _VALUE.match(folded, f.value)
        limit = value.end() if value else f.value
        ends.append(limit)
    if date and ends and date.end() <= max(ends) + 40:
        clock = _CLOCK.match(folded, date.end())
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
    stop = max(folded.rfind("。", at), at)
    if folded.find(":", stop) < 0 and folded.find("/", stop) < 0:
        return None
    m = _TAIL_CREDIT.search(folded, at)
    if not m or (m.start() < 60 and not re.search(r"[。!?]", folded[: m.start()])):
        return None
    spaces = len(m[0]) - len(m[0].lstrip())
    return m.start() + spaces if m.start() + spaces > 8 else None
