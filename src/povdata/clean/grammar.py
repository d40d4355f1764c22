"""The page grammar: the best path of a page's atoms through the zones of a news page, and the role of each atom.

A page runs head chrome, headline and metadata, story, credits, tail chrome; each zone may be empty but the headline and
the story. An atom scores in every zone by its cue, its shape and its evidence of being prose; dynamic programming finds
the path with the highest sum (the Viterbi algorithm over five zones, linear in the number of atoms).
"""

from __future__ import annotations

import re
from itertools import pairwise
from operator import itemgetter

from povdata.clean.head import same_words
from povdata.clean.lines import NO_CUE, Atom, Cue
from povdata.clean.names import is_name, is_organisation

HEAD, GAP, META, STORY, END, TAIL = range(6)
ZONES = ("head", "gap", "meta", "story", "end", "tail")
_NEVER = float("-inf")
_SCORE = itemgetter(0)

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
_SITE_NAME = re.compile(r"(?:网|网站|频道|门户|社区|论坛|日报|晚报|客户端|官网|在线|新闻|资讯|首页|中心|主办|主管)$")
_CLOCK = re.compile(r"(?:19|20)\d\d ?[-年/.].{2,8}\d{1,2}:\d\d")
_TODAY = re.compile(r"今天|现在|当前|北京时间|星期|周[一二三四五六日]|您好|欢迎")
_TURNS = ("related.上一", "related.下一", "label:上一", "label:下一", "widget.打印", "widget.关闭", "widget.【打印")
_SITE_MENU = re.compile(r"^[^\s,。:]{2,10}(?:网|网站|频道|在线|日报|晚报)(?: +[^\s,。:]{2,6}){1,4}$")
_BILINGUAL = re.compile(r"^[\u4e00-\u9fff]{2,10} ?[A-Z][A-Za-z .&/]{3,30}$")
_PROVENANCE = re.compile(r"来源|作者|记者|发布|时间|(?:19|20)\d\d[-年/.]")
_OFFICE = re.compile(r"(?:政府|办公室|办公厅|委员会|局|厅|部|院|办|会|组|公司|中心|处|队|委|站|社|校|行)$")
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
    prose = 0.0
    dated = False  # a strip above the story says when the page was published
    for office, day in pairwise(atoms):
        dated = dated or (prose < 1 and office.cue.role == "metadata" and bool(_CLOCK.search(office.folded)))
        prose += office.evidence
        if office.evidence >= 0.7 and dated and _DATE_ONLY.match(day.text):
            day.cue = Cue("body", 2.0, "story.signature")
        if prose < 1 or not _DATE_ONLY.match(day.text) or len(office.text) > 40:
            continue
        if (
            not office.evidence
            and (not office.cue.weight or office.cue.role == "credit")
            and _OFFICE.search(office.text)
        ):
            office.cue = day.cue = Cue("body", 2.0, "story.signature")
    for last, line, after in zip(atoms, atoms[1:], atoms[2:], strict=False):
        turning = after.cue.rule.startswith(_TURNS)
        if turning and last.evidence >= 0.7 and not (line.cue.weight or line.evidence or line.mark.tag):
            if 6 <= len(line.text) <= 40:
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


def _emissions(atoms: list[Atom]) -> list[tuple[float, ...]]:
    rows = []
    run = 0
    prose, damp = 0.0, 1.0  # damp: prose counts for less once comments or recommendations have begun
    first, last = _inside(atoms)
    held = sum(a.evidence for a in atoms if a.mark.inside > 0)
    whole = held > 0.2 * sum(a.evidence for a in atoms if a.mark.inside < 0 and not a.cue.weight)
    for i, atom in enumerate(atoms):
        cue, e, n = atom.cue, atom.evidence, len(atom.folded)
        if cue.weight:
            fit = _FIT[cue.role]
            row = tuple(f * cue.weight for f in fit)
            if damp < 1 and cue.role == "metadata":
                row = (*row[:END], row[END] * damp, 0.0)
            if e >= 1 and cue.role not in ("summary", "deck", "footer", "body"):
                half = e * 0.5 * damp
                row = tuple(r + p * half for r, p in zip(row, _PROSE, strict=False))
            if cue.role in _OPENS and cue.weight >= 3 and prose >= 1 and atom.mark.inside <= 0:
                damp = min(damp, 0.25 if cue.role == "related" or prose < 3 else 0.1)
        elif e:
            half = e * damp
            row = tuple(p * half for p in _PROSE)
            prose += e
        elif n >= 60:
            row = _WORDS
        elif n >= 12:
            row = _HEADLINE
        else:
            row = _SHORT
        # A table or a long menu must not outweigh the story around it: far into a run, its atoms count for little.
        run = 0 if e else run + 1
        if run > 16 and cue.weight < 3:
            row = tuple(r * 0.1 for r in row)
        if atom.mark.tag:
            row = _marked(atom, row, i < first, i > last)
            if whole and i > last and e and atom.mark.inside < 0:  # such prose is a notice, a teaser or a comment
                row = (*row[:STORY], min(row[STORY], -0.5), row[END], max(row[TAIL], -0.3))
        rows.append(row)
    return rows


def _inside(atoms: list[Atom]) -> tuple[int, int]:
    """Numbers of the first and the last paragraph in the element that holds the story; (0, all) without markup."""
    found = [i for i, a in enumerate(atoms) if a.mark.inside > 0 and a.evidence >= 0.7 and a.cue.role not in CHROME]
    return (found[0], found[-1]) if found else (0, len(atoms))


def _marked(atom: Atom, row: tuple[float, ...], before: bool, after: bool) -> tuple[float, ...]:
    """A row of scores as the markup sees it: what stands in the story's element is the story's, chrome above it is
    passed over on the way from the headline, and a menu counts the same above and below."""
    head, gap, meta, story, end, tail = row
    chrome = atom.cue.role in CHROME
    if before and (chrome or (atom.mark.inside < 0 and not atom.cue.weight)):
        meta = max(meta, -0.2)
    if atom.mark.inside > 0:
        if chrome:
            story, tail = max(story, -1.0), tail - 0.5
        else:
            head, gap, story, tail = head - 0.8, gap - 0.8, story + 0.5, tail - 0.8
            if atom.evidence >= 0.7:
                meta, end, tail = meta - 0.5, end - 0.5, tail - 0.5
    elif atom.mark.inside < 0:
        story -= 0.3 if before and atom.evidence >= 0.7 else 0.8 + 0.4 * atom.evidence
    if before:
        if atom.cue.role == "metadata":
            head, gap = max(head, -0.3), max(gap, -0.3)
        tail = min(tail, head)
    elif after:
        head, gap, meta = min(head, tail), min(gap, tail), min(meta, 0.0)
        if atom.mark.inside < 0 and atom.cue.role == "metadata" and not atom.cue.rule.startswith("label"):
            end, tail = min(end, 0.0), max(tail, 0.0)  # the time of a teaser or a comment
    elif atom.cue.weight and (chrome or atom.mark.inside > 0):  # between two paragraphs of the story
        head, gap, story, end, tail = min(head, 0.0), min(gap, 0.0), max(story, -0.2), min(end, 0.0), min(tail, 0.0)
    return head, gap, meta, story, end, tail


def _headline_scores(atoms: list[Atom], titles: tuple[str, ...] = ()) -> list[float]:
    """How much each atom looks like the headline; minus infinity for one that cannot be."""
    story, _ = _inside(atoms)
    count: dict[str, int] = {}
    for atom in atoms:
        if len(atom.text) <= 120:
            count[atom.text] = count.get(atom.text, 0) + 1
    n_atoms = len(atoms)
    # Distance to the next atom that is metadata with a strong cue, and to the next that is prose.
    far = 99
    to_meta, to_prose = [far] * n_atoms, [far] * n_atoms
    meta = prose = far
    for i in range(n_atoms - 1, -1, -1):
        to_meta[i], to_prose[i] = meta, prose
        atom = atoms[i]
        if atom.cue.role == "metadata" and atom.cue.weight >= 2:
            meta = 0
        if atom.evidence >= 1 and not atom.cue.weight:
            prose = 0
        step = 0 if atom.cue.role == "widget" else 1
        meta, prose = min(far, meta + step), min(far, prose + step)
    scores = []
    for i, atom in enumerate(atoms):
        n, cue = len(atom.text), atom.cue
        if n < 2 or n > 120 or (cue.weight >= 2 and cue.role != "title"):
            scores.append(_NEVER)
            continue
        s = 0.0
        s += 1.5 if i == 0 else 0.0
        s += 2.5 if count.get(atom.text, 0) > 1 and n >= 8 else 0.0
        s += 2.5 - 0.3 * to_meta[i] if to_meta[i] <= 4 else 0.0
        s += 1.0 if to_prose[i] <= 4 else 0.0
        s += 1.0 if 10 <= n <= 45 else 0.4 if n <= 80 and n >= 8 else -1.5 if n >= 6 else -3.0
        s -= 4.0 if atom.folded.startswith(("—", "-", "(", "…")) else 0.0
        s -= 2.5 if atom.folded.endswith(("。", ";", ",", ":")) else 0.0
        s -= 1.5 if "。" in atom.folded else 0.0
        s -= 2.0 if n <= 16 and _SITE_NAME.search(atom.folded) else 0.0
        s -= 4.0 if atom.folded.count("|") >= 3 else 0.0
        s -= 2.0 if n <= 24 and _SITE_MENU.search(atom.folded) else 0.0
        s -= 3.0 if _BILINGUAL.search(atom.folded) else 0.0  # the name of a column in two languages
        s -= cue.weight + (0 if atom.folded.endswith(("!", "?", "…")) else 2 * min(1.0, atom.evidence))
        if atom.mark.tag:
            s += _marked_headline(atom, titles, i, story)
        scores.append(s)
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
    emissions, headline = _emissions(atoms), _headline_scores(atoms, titles)
    back: list[tuple[int, ...]] = []
    head, gap, meta, story, end, tail = 0.0, _NEVER, _NEVER, _NEVER, _NEVER, _NEVER
    for i, (on_head, on_gap, on_meta, on_story, on_end, on_tail) in enumerate(emissions):
        # From the last zone to the first, each takes the best of the zones that may come before it.
        tail, to_tail = max((tail, TAIL), (end, END), (story, STORY), key=_SCORE)
        end, to_end = max((end, END), (story, STORY), key=_SCORE)
        story, to_story = max((story, STORY), (meta, META), (gap, GAP), key=_SCORE)
        meta, to_meta = max((meta, META), (gap, GAP), key=_SCORE)
        tail, end, story = tail + on_tail, end + on_end, story + on_story
        meta, gap, to_gap = meta + on_meta, gap + on_gap, GAP
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
    n_atoms = len(atoms)
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
    _headings(atoms, read, n_atoms)


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


def _headings(atoms: list[Atom], read: Read, n_atoms: int) -> None:
    """Short lines in the story, one or two together with a paragraph below, are headings; more together are text."""
    i = 0
    while i < n_atoms:
        if not _may_head(atoms, read, i):
            i += 1
            continue
        j = i
        while j < n_atoms and _may_head(atoms, read, j):
            j += 1
        below = j < n_atoms and read.zones[j] == STORY and read.roles[j] in ("body", "caption")
        for k in range(i, j):
            if (j - i <= 2 and below) or (_NUMBERED.match(atoms[k].text) and (below or k + 1 < j)):
                read.roles[k], read.rules[k] = "heading", "story.heading"
        i = j


def _may_head(atoms: list[Atom], read: Read, i: int) -> bool:
    atom = atoms[i]
    if read.zones[i] != STORY or read.roles[i] != "body" or atom.cue.role in ("body", "contact") or len(atom.text) > 40:
        return False
    if i and atoms[i - 1].line == atom.line:
        return False
    return not _CLOSED.search(atom.text) and "。" not in atom.text
