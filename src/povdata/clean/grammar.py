"""The page grammar: the best path of a page's atoms through the zones of a news page, and the role of each atom.

A page runs head chrome, headline and metadata, story, credits, tail chrome; each zone may be empty but the headline and
the story. An atom scores in every zone by its cue, its shape and its evidence of being prose; dynamic programming finds
the path with the highest sum (the Viterbi algorithm over five zones, linear in the number of atoms).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from povdata.clean.head import same_words
from povdata.clean.lines import NO_CUE, Atom, Cue
from povdata.clean.names import is_name, is_organisation

HEAD, GAP, META, STORY, END, TAIL = range(6)
ZONES = ("head", "gap", "meta", "story", "end", "tail")
_NEVER = float("-inf")

# How well an atom with a cue for a role sits in a zone, as a share of the cue's weight.
#                head  gap   meta  story  end  tail
_FIT = {
    "navigation": (1.0, 1.0, -0.4, -1.0, -0.5, 0.9),
    "widget": (0.7, 0.7, 0.5, -0.8, 0.6, 0.7),
    "related": (0.4, 0.4, -1.0, -1.2, -0.2, 1.0),
    "comment": (0.1, 0.1, -0.8, -1.2, -0.2, 1.0),
    "footer": (0.0, 0.0, -1.0, -1.5, -0.5, 1.0),
    "noise": (1.0, 1.0, 0.3, -0.6, 0.3, 1.0),
    "metadata": (-0.4, 0.0, 1.0, -0.7, 0.8, -0.3),
    "credit": (-0.6, -0.3, 0.7, -0.8, 1.0, -0.1),
    "contact": (-0.2, -0.2, -0.2, -0.5, 1.0, 0.6),
    "summary": (-1.0, -1.0, 1.0, -0.5, -1.0, -1.0),
    "deck": (-1.0, -1.0, 1.0, -0.3, 0.2, -0.6),
    "title": (-0.5, 0.0, 1.0, -0.8, -0.5, -0.5),
    "caption": (-0.5, -0.5, 0.1, 0.7, -0.2, -0.3),
    "body": (-1.0, -1.0, -1.0, 1.0, -1.0, -1.0),
}
_SHORT = (0.25, 0.2, -0.5, -0.5, -0.8, 0.25)
_HEADLINE = (-0.15, -0.1, 0.0, -0.4, -1.0, 0.2)
_WORDS = (0.5, 0.5, -1.5, -2.0, -1.5, 0.5)
_PROSE = (-1.0, -0.8, -0.9, 1.0, -1.0, -1.0)
_NO_PROSE = ((_WORDS, _HEADLINE, _SHORT), tuple(tuple(r * 0.1 for r in row) for row in (_WORDS, _HEADLINE, _SHORT)))

_KEYWORDS = ("label:关键词", "label:关键字", "label:标签", "label:文章关键词", "label:本文关键词", "label:文章标签")
CHROME = ("navigation", "widget", "related", "comment", "footer", "noise")
_OPENS = ("related", "comment", "footer")
_NUMBERED = re.compile(
    r"^(?:[(（]?[一二三四五六七八九十]{1,3}[)）]?[、.． ]|第[一二三四五六七八九十]{1,3}[章节部条]"
    r"|\d{1,2}[.、．]|[●■◆▲★])"
)
_DATE_ONLY = re.compile(
    r"^(?:(?:19|20)\d\d ?年 ?\d{1,2} ?月 ?\d{1,2} ?日"
    r"|[一二][〇○零九Ｏ][〇○零一二三四五六七八九Ｏ]{2}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日)$"
)
_SITE_ENDS = tuple("网 网站 频道 门户 社区 论坛 日报 晚报 客户端 官网 在线 新闻 资讯 首页 中心 主办 主管".split())
_CLOCK = re.compile(r"(?:19|20)\d\d ?[-年/.].{2,8}\d{1,2}:\d\d")
_TODAY = re.compile(r"今天|现在|当前|北京时间|星期|周[一二三四五六日]|您好|欢迎")
_TURNS = ("related.上一", "related.下一", "label:上一", "label:下一", "widget.打印", "widget.关闭", "widget.【打印")
_SITE_MENU = re.compile(r"[^\s,。:]{2,10}(?:网|网站|频道|在线|日报|晚报)(?: +[^\s,。:]{2,6}){1,4}$")
_BILINGUAL = re.compile(r"[\u4e00-\u9fff]{2,10} ?[A-Z][A-Za-z .&/]{3,30}$")
_PROVENANCE = re.compile(r"来源|作者|记者|发布|时间|(?:19|20)\d\d[-年/.]")
_OFFICE_ENDS = tuple("政府 办公室 办公厅 委员会 局 厅 部 院 办 会 组 公司 中心 处 队 委 站 社 校 行".split())
_CLOSED = re.compile(r"[。！？!?…；;：:，,．.～~—][”’\"」』）)\]】]*$")


class Read:
    """A page read: the zone, role and rule of each atom, and the number of the atom with the headline."""

    def __init__(self, zones: list[int], headline: int, score: float):
        self.zones, self.headline, self.score = zones, headline, score
        self.roles: list[str] = [""] * len(zones)
        self.rules: list[str] = [""] * len(zones)


def read(atoms: list[Atom], titles: tuple[str, ...] = ()) -> Read | None:
    """The best reading of a page's atoms, or None where no path holds a headline and a story.

    `titles` are those of an HTML page's head, as `head.same_words` gives them.
    """
    best = _best_path(atoms, titles)
    if best is None:
        return None
    _assign(atoms, best)
    return best


def _signature(atoms: list[Atom]) -> None:
    """An office and a date that close a document belong to its text; one line above the turning of pages does too."""
    days = [i for i, atom in enumerate(atoms) if i and atom.text[-1] == "日" and _DATE_ONLY.match(atom.text)]
    at = 0
    prose = 0.0
    dated = False  # a strip above the story says when the page was published
    for i in days:
        for atom in atoms[at:i]:
            if prose < 1 and not dated and atom.cue.role == "metadata":
                dated = bool(_CLOCK.search(atom.folded))
            prose += atom.evidence
        at = i
        office, day = atoms[i - 1], atoms[i]
        if office.evidence >= 0.7 and dated:
            day.cue = Cue("body", 2.0, "story.signature")
        if prose < 1 or len(office.text) > 40 or office.evidence:
            continue
        if (not office.cue.weight or office.cue.role == "credit") and office.text.endswith(_OFFICE_ENDS):
            office.cue = day.cue = Cue("body", 2.0, "story.signature")
    for i, after in enumerate(atoms):
        if i > 1 and after.cue.weight and after.cue.rule.startswith(_TURNS) and atoms[i - 2].evidence >= 0.7:
            line = atoms[i - 1]
            if not (line.cue.weight or line.evidence or line.mark.tag) and 6 <= len(line.text) <= 40:
                line.cue = Cue("body", 1.0, "story.last")


def _verse(atoms: list[Atom]) -> None:
    """On a page with no prose, four lines or more under a headline's metadata are its text: verse, slogans, a list."""
    if len(atoms) > 200 or any(a.evidence >= 0.7 for a in atoms):
        return
    lines: list[Atom] = []
    seen: set[str] = set()
    for atom in atoms:
        if atom.cue.role in ("metadata", "credit") and atom.cue.weight >= 2 and _PROVENANCE.search(atom.folded):
            if len(lines) >= 4:
                break
            lines = [atom]
        elif lines and not atom.cue.weight and len(atom.text) >= 4:
            lines.append(atom)
        elif not lines and len(atom.text) >= 10 and any(line.endswith(atom.text) for line in seen):
            lines = [atom]  # a headline that an earlier line gives too
        elif lines and atom.cue.role in ("related", "comment", "footer"):
            break
        if not lines and len(seen) < 40:
            seen.add(atom.text)
    if len(lines) > 4 and sum(len(a.text) for a in lines[1:]) >= 20:
        for atom in lines[1:]:
            atom.evidence = 0.7


def _short_lines(atoms: list[Atom]) -> None:
    """Six lines or more between metadata and the first paragraph, none with a cue, open a story set in short lines."""
    run: list[Atom] | None = None
    for atom in atoms[:120]:
        if atom.cue.role == "metadata" and atom.cue.weight >= 2 and _PROVENANCE.search(atom.folded):
            run = []
        elif run is not None and atom.evidence >= 0.7:
            for line in run if len(run) >= 6 else ():
                line.evidence = max(line.evidence, 0.35)
            return
        elif run is not None and not atom.cue.weight and not atom.mark.tag:
            run.append(atom)
        elif run is not None and (atom.cue.role != "widget" or run):
            run = None


@lru_cache(maxsize=1 << 12)
def _fit(role: str, weight: float, damped: bool) -> tuple[float, ...]:
    """The scores in every zone of an atom with a cue."""
    return tuple(fit * weight * 0.1 if damped else fit * weight for fit in _FIT[role])


def _emissions(atoms: list[Atom], first: int, last: int) -> list[tuple[float, ...]]:
    """The score of each atom in every zone. `first` and `last` are as `_inside` gives them."""
    rows: list[tuple[float, ...]] = []
    run = 0
    prose, damp = 0.0, 1.0  # damp: prose counts for less once comments or recommendations have begun
    marked = bool(atoms[0].mark.tag)
    held = sum(a.evidence for a in atoms if a.mark.inside > 0) if marked else 0.0
    whole = marked and held > 0.2 * sum(a.evidence for a in atoms if a.mark.inside < 0 and not a.cue.weight)
    for i, atom in enumerate(atoms):
        cue, e = atom.cue, atom.evidence
        # A table or a long menu must not outweigh the story around it: far into a run, its atoms count for little.
        run = 0 if e else run + 1
        damped = run > 16 and cue.weight < 3
        if cue.weight:
            row = _fit(cue.role, cue.weight, damped)
            if damp < 1 and cue.role == "metadata":
                row = (*row[:END], row[END] * damp, 0.0)
            if e >= 1 and cue.role not in ("summary", "deck", "footer", "body"):
                half = e * 0.5 * damp
                row = tuple(r + p * half for r, p in zip(row, _PROSE, strict=True))
            if cue.role in _OPENS and cue.weight >= 3 and prose >= 1 and atom.mark.inside <= 0:
                damp = min(damp, 0.25 if cue.role == "related" or prose < 3 else 0.1)
        elif e:
            share = e * damp
            row = (-share, -0.8 * share, -0.9 * share, share, -share, -share)
            prose += e
        else:
            n = len(atom.folded)
            row = _NO_PROSE[damped][0 if n >= 60 else 1 if n >= 12 else 2]
        if marked:
            row = _marked(atom, row, i < first, i > last)
            if whole and i > last and e and atom.mark.inside < 0:  # such prose is a notice, a teaser or a comment
                row = (*row[:STORY], min(row[STORY], -0.5), row[END], max(row[TAIL], -0.3))
        rows.append(row)
    return rows


def _inside(atoms: list[Atom]) -> tuple[int, int]:
    """Numbers of the first and the last paragraph in the element that holds the story; (0, all) without markup."""
    found = [i for i, a in enumerate(atoms) if a.evidence >= 0.7 and a.mark.inside > 0 and a.cue.role not in CHROME]
    return (found[0], found[-1]) if found else (0, len(atoms))


def _marked(atom: Atom, row: tuple[float, ...], before: bool, after: bool) -> tuple[float, ...]:
    """A row of scores as the markup sees it: what stands in the story's element is the story's, chrome above it is
    passed over on the way from the headline, and a menu counts the same above and below."""
    head, gap, meta, story, end, tail = row
    role, weight, rule = atom.cue
    inside, evidence = atom.mark.inside, atom.evidence
    chrome = role in CHROME
    if before and meta < -0.2 and (chrome or (inside < 0 and not weight)):
        meta = -0.2
    if inside > 0:
        if chrome:
            story, tail = max(story, -1.0), tail - 0.5
        else:
            head, gap, story, tail = head - 0.8, gap - 0.8, story + 0.5, tail - 0.8
            if evidence >= 0.7:
                meta, end, tail = meta - 0.5, end - 0.5, tail - 0.5
    elif inside < 0:
        story -= 0.3 if before and evidence >= 0.7 else 0.8 + 0.4 * evidence
    if before:
        if role == "metadata":
            head, gap = max(head, -0.3), max(gap, -0.3)
        if head < tail:
            tail = head
    elif after:
        if tail < head:
            head = tail
        if tail < gap:
            gap = tail
        if meta > 0:
            meta = 0.0
        if inside < 0 and role == "metadata" and not rule.startswith("label"):
            end, tail = min(end, 0.0), max(tail, 0.0)  # the time of a teaser or a comment
    elif weight and (chrome or inside > 0):  # between two paragraphs of the story
        head, gap, story, end, tail = min(head, 0.0), min(gap, 0.0), max(story, -0.2), min(end, 0.0), min(tail, 0.0)
    return head, gap, meta, story, end, tail


def _headline_scores(atoms: list[Atom], titles: tuple[str, ...], story: int) -> list[float]:
    """How much each atom looks like the headline; minus infinity for one that cannot be.

    `story` is the number of the first paragraph in the element that holds the story, 0 where none is known.
    """
    count = Counter([atom.text for atom in atoms if 8 <= len(atom.text) <= 120])
    scores = [_NEVER] * len(atoms)
    # From the end: atoms below that are no widgets, and how many of them there were at the next strong metadata and at
    # the next prose.
    below, meta, prose = 0, -99, -99
    for i in range(len(atoms) - 1, -1, -1):
        atom = atoms[i]
        n, cue, folded = len(atom.text), atom.cue, atom.folded
        role, weight, _ = cue
        if 2 <= n <= 120 and (weight < 2 or role == "title"):
            s = 1.5 if i == 0 else 0.0
            s += 2.5 if n >= 8 and count[atom.text] > 1 else 0.0
            s += 2.5 - 0.3 * (below - meta) if below - meta <= 4 else 0.0
            s += 1.0 if below - prose <= 4 else 0.0
            s += 1.0 if 10 <= n <= 45 else 0.4 if 8 <= n <= 80 else -1.5 if n >= 6 else -3.0
            first, last = folded[0], folded[-1]
            s -= 4.0 if first in "—-(…" else 0.0
            s -= 2.5 if last in "。;,:" else 0.0
            s -= 1.5 if "。" in folded else 0.0
            s -= 2.0 if n <= 16 and folded.endswith(_SITE_ENDS) else 0.0
            s -= 4.0 if "|" in folded and folded.count("|") >= 3 else 0.0
            s -= 2.0 if n <= 24 and " " in folded and _SITE_MENU.match(folded) else 0.0
            s -= 3.0 if last < "\x7f" and _BILINGUAL.match(folded) else 0.0  # the name of a column in two languages
            s -= weight + (0 if last in "!?…" else 2 * min(1.0, atom.evidence))
            if atom.mark.tag:
                s += _marked_headline(atom, titles, i, story)
            scores[i] = s
        if role == "metadata" and weight >= 2:
            meta = below
        if atom.evidence >= 1 and not weight:
            prose = below
        if role != "widget":
            below += 1
    return scores


def _marked_headline(atom: Atom, titles: tuple[str, ...], i: int, story: int) -> float:
    """What markup adds to an atom's score as the headline: its element, and the titles that the page's head gives."""
    mark = atom.mark
    if mark.tag == "title":
        return -6.0
    s = (0.0, 2.0, 1.5, 1.0, 0.5, 0.0, 0.0)[mark.heading]
    words = same_words(atom.text)
    for title in titles:
        if words and (words == title or (len(words) >= 6 and title.startswith(words))):
            s += 5.0
            break
        if len(title) >= 6 and words.startswith(title) and len(words) <= 2 * len(title):
            s += 3.0
            break
    s -= 3.0 if mark.links >= 0.8 else 0.0
    s -= 3.0 if story and i > story + 1 else 0.0
    return s


def _best_path(atoms: list[Atom], titles: tuple[str, ...]) -> Read | None:
    _verse(atoms)
    _short_lines(atoms)
    _signature(atoms)
    first, last = _inside(atoms)
    emissions, headline = _emissions(atoms, first, last), _headline_scores(atoms, titles, first)
    back: list[tuple[int, ...]] = []
    head, gap, meta, story, end, tail = 0.0, _NEVER, _NEVER, _NEVER, _NEVER, _NEVER
    for i, (on_head, on_gap, on_meta, on_story, on_end, on_tail) in enumerate(emissions):
        to_gap, to_meta, to_story, to_end, to_tail = GAP, META, STORY, END, TAIL
        # From the last zone to the first, each takes the best of the zones that may come before it.
        if end > tail:
            tail, to_tail = end, END
        if story > tail:
            tail, to_tail = story, STORY
        if story > end:
            end, to_end = story, STORY
        if meta > story:
            story, to_story = meta, META
        if gap > story:
            story, to_story = gap, GAP
        if gap > meta:
            meta, to_meta = gap, GAP
        tail, end, story, meta, gap = tail + on_tail, end + on_end, story + on_story, meta + on_meta, gap + on_gap
        opened = head + headline[i]
        if opened > meta:
            meta, to_meta = opened, HEAD
        if i < 3 and opened - 2 > gap:
            gap, to_gap = opened - 2, HEAD
        head += on_head
        back.append((HEAD, to_gap, to_meta, to_story, to_end, to_tail))
    score = {STORY: story, END: end, TAIL: tail}
    zone = max(score, key=lambda z: score[z])
    if score[zone] == _NEVER:
        return None
    total = score[zone]
    zones = [0] * len(atoms)
    title = 0
    for i in range(len(atoms) - 1, -1, -1):
        zones[i] = zone
        before = back[i][zone]
        if zone in (META, GAP) and before == HEAD:
            title = i
        zone = before
    return Read(zones, title, total)


def _assign(atoms: list[Atom], read: Read) -> None:
    """Gives each atom its role from its zone, its cue and its neighbours."""
    headline = atoms[read.headline].text
    section = ""
    for i, atom in enumerate(atoms):
        zone, cue = read.zones[i], atom.cue
        role, rule = "", cue.rule
        same = atom.text == headline
        if i == read.headline:
            role, rule = "title", "headline"
        elif same and zone in (HEAD, GAP, META):
            role, rule = "title", "headline.again"
        elif same and zone in (END, TAIL):
            role, rule = "widget", "headline.share"
        elif zone in (HEAD, GAP):
            role = cue.role if cue.role in CHROME else ""
            if cue.role == "metadata" and (any(map(str.isdigit, atom.folded)) or cue.rule.startswith("label")):
                clock = not cue.rule.startswith("label")
                clock = clock and not _above(atoms, read.headline, i)
                role, rule = ("widget", "head.clock") if clock else ("metadata", cue.rule)
            if not role or cue.rule == "links":
                role, rule = "navigation", "head"
        elif zone == META:
            role, rule = _meta_role(atoms, read, i)
        elif zone == STORY:
            role, rule = _story_role(atoms, i)
        elif zone == END:
            role, rule = (cue.role, cue.rule) if cue.weight else ("widget", "end")
            if role in ("body", "title", "caption", "summary"):
                role, rule = "metadata", "end"
        else:
            if cue.weight >= 2 and cue.role in _OPENS:
                section = cue.role
            if cue.weight and (cue.role in CHROME or cue.role in ("contact", "credit", "metadata")):
                role = cue.role
                kept = cue.rule in _KEYWORDS or (cue.rule == "label.value" and read.rules[i - 1] in _KEYWORDS)
                if role in ("metadata", "contact") and section and not kept:
                    role, rule = section, f"tail.{section}"
            elif section:
                role, rule = section, f"tail.{section}"
            else:
                role, rule = "related", "tail"
        read.roles[i], read.rules[i] = role, rule
    _lead(read)
    _headings(atoms, read)


def _above(atoms: list[Atom], headline: int, i: int) -> bool:
    """Whether a time above the headline is the page's own: metadata alone stands between, and no word of a clock."""
    between = atoms[i + 1 : headline] if headline - i <= 3 else [atoms[i]]
    return not _TODAY.search(atoms[i].folded) and all(a.cue.role == "metadata" and a is not atoms[i] for a in between)


def _lead(read: Read) -> None:
    """More than four lines of headline matter under the metadata are no deck but the story's own first lines."""
    run: list[int] = []
    for i, role in enumerate(read.roles):
        if role == "deck" and read.rules[i] == "meta.headline" and read.zones[i] == META:
            run.append(i)
        elif run and role not in ("deck", "widget"):
            if len(run) > 4:
                break
            run = []
    if len(run) > 4:
        for i in run:
            read.zones[i], read.roles[i], read.rules[i] = STORY, "body", "story.lead"


def _meta_role(atoms: list[Atom], read: Read, i: int) -> tuple[str, str]:
    atom = atoms[i]
    cue = atom.cue
    if cue.weight and cue.role != "body":
        if cue.role == "title":
            return "metadata", cue.rule
        return cue.role, cue.rule
    if atom.mark.tag and not _of_headline(atoms, read, i):
        return "widget", "meta.beside"
    after = atoms[i + 1].cue if i + 1 < len(atoms) else NO_CUE
    under_headline = read.roles[i - 1] in ("title", "widget", "metadata")
    dashed = atom.folded.startswith(("—", "-"))
    if len(atom.text) <= 14 and under_headline and not dashed and after.role == "metadata" and after.weight >= 2:
        return "metadata", "meta.account"
    beside = read.roles[i - 1] == "metadata" or (after.role == "metadata" and after.weight >= 2)
    if len(atom.text) <= 14 and beside and (is_name(atom.text) or is_organisation(atom.text)):
        return "metadata", "meta.name"
    headline = atoms[read.headline].text
    if len(atom.text) >= 6 and not atom.mark.tag and headline.startswith(atom.text):
        return "title", "headline.part"
    if len(atom.text) >= 6 and read.rules[i - 1] == "headline.part" and headline.endswith(atom.text):
        return "title", "headline.part"
    if len(atom.text) < 4:
        return "widget", "meta.scrap"
    return "deck", "meta.headline"


def _of_headline(atoms: list[Atom], read: Read, i: int) -> bool:
    """Whether an HTML line between headline and story hangs on the headline: near it, no link, or a heading itself."""
    mark = atoms[i].mark
    if mark.links >= 0.8 and len(atoms[i].text) > 20:
        return False
    holder = atoms[read.headline].mark.path.rpartition("/")[0]
    return i - read.headline <= 4 or (holder.count("/") > 1 and mark.path.startswith(holder))


def _story_role(atoms: list[Atom], i: int) -> tuple[str, str]:
    atom = atoms[i]
    cue = atom.cue
    if atom.text.isdigit() and len(atom.text) <= 2:
        return "body", "story.number"
    if (cue.weight >= 2 or cue.role == "noise") and cue.role not in ("body", "summary", "title", "deck"):
        dated = cue.role == "metadata" and cue.rule.startswith(("metadata.", "label.value"))
        if dated and cue.rule != "metadata.paper.page":
            return "body", "story.date"
        if cue.role != "contact" and (atom.evidence < 1 or cue.role == "caption" or cue.weight >= 3):
            return cue.role, cue.rule
    if cue.role == "deck" and cue.weight >= 2:
        return "deck", cue.rule
    return "body", cue.rule if cue.role == "body" else "story.sentence" if atom.evidence >= 0.7 else "story.line"


def _headings(atoms: list[Atom], read: Read) -> None:
    """Short lines in the story, one or two together with a paragraph below, are headings; more together are text."""
    heads = [
        zone == STORY and role == "body" and len(atom.text) <= 40 and _may_head(atoms, i)
        for i, (atom, zone, role) in enumerate(zip(atoms, read.zones, read.roles, strict=True))
    ]
    heads.append(False)
    j = 0
    for i, head in enumerate(heads):
        if i < j or not head:
            continue
        j = heads.index(False, i)
        below = j < len(atoms) and read.zones[j] == STORY and read.roles[j] in ("body", "caption")
        for k in range(i, j):
            if (j - i <= 2 and below) or (_NUMBERED.match(atoms[k].text) and (below or k + 1 < j)):
                read.roles[k], read.rules[k] = "heading", "story.heading"


def _may_head(atoms: list[Atom], i: int) -> bool:
    """Whether a short line of the story can be a heading."""
    atom = atoms[i]
    if atom.cue.role in ("body", "contact") or (i and atoms[i - 1].line == atom.line):
        return False
    return not _CLOSED.search(atom.text) and "。" not in atom.text
