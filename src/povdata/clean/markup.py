"""What HTML markup says of a page's atoms: the story's container, link lists, headings, and what class words name."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from povdata.clean.head import Head, same_words
from povdata.clean.lines import NO_CUE, Atom, Cue, Mark
from povdata.clean.names import is_name, is_organisation
from povdata.lexicon import rows
from povdata.page import Block

_CHROME = frozenset({"navigation", "widget", "related", "comment", "footer", "noise"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TOKEN = re.compile(r"[a-z]+")
_LEAVES = frozenset("p h1 h2 h3 h4 h5 h6 li dd dt span blockquote tr thead tbody".split())
_TIMED = re.compile(
    r"(?:19|20)\d\d ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,2}|(?<!\d)\d{1,2}[-/月]\d{1,2}日? \d{1,2}:\d\d"
    r"|\d{1,2}(?:分钟|小时|天)前"
)
_CLOCK = re.compile(r"\d{1,2}:\d\d")
_STRIP = Cue("metadata", 3.0, "mark.strip")
_LINKS = Cue("related", 1.0, "links")
_LINKS_INSIDE = Cue("related", 2.0, "links")
_LEVELS = {f"h{level}": level for level in range(1, 7)}
_PARTS = re.compile(r"[ \u3000\xa0|｜·/、]+")
_LEVEL = 0.8
"""A level up must hold a quarter more prose to be the story's container."""
_LINKED = 0.8


class _Named(NamedTuple):
    """What the name, id and classes of one element say."""

    cue: Cue
    is_body: bool
    may_hold: bool
    """It may be the story's container: it is named, or a cell, and is no paragraph."""


@cache
def _patterns() -> tuple[dict[str, dict[str, tuple[str, float]]], list[tuple[str, str, float]]]:
    exact: dict[str, dict[str, tuple[str, float]]] = {"word": {}, "whole": {}, "tag": {}}
    parts = []
    for row in rows("html_marks"):
        if row["kind"] == "has":
            parts.append((row["pattern"], row["role"], float(row["weight"])))
        else:
            exact[row["kind"]][row["pattern"]] = (row["role"], float(row["weight"]))
    return exact, parts


@lru_cache(maxsize=1 << 14)
def _named(component: str) -> _Named:
    """What one element of a path says; the strongest pattern counts."""
    exact, parts = _patterns()
    name, *words = re.split("[#.]", component)
    best, is_body = NO_CUE, False
    found = [(name, exact["tag"].get(name))]
    for word in words:
        low = word.lower()
        found.append((low, exact["whole"].get(low)))
        found += [(token, exact["word"].get(token)) for token in _TOKEN.findall(_CAMEL.sub("-", word).lower())]
        found += [(part, (role, weight)) for part, role, weight in parts if part in low]
    for pattern, hit in found:
        if hit is None:
            continue
        role, weight = hit
        if role == "body":
            is_body = True
        elif weight > best.weight:
            best = Cue(role, weight, f"mark.{pattern}")
    may_hold = name not in _LEAVES and (len(name) < len(component) or name in ("td", "article", "main"))
    return _Named(NO_CUE if is_body and best.role not in _CHROME else best, is_body, may_hold)


def annotate(atoms: list[Atom], blocks: tuple[Block, ...], told: Head) -> None:
    """Gives each atom of an HTML page its mark, and lets the mark speak where the words say nothing.

    The container is the element that holds most prose and little else, counted by a share per level (after the idea of
    Readability, by Arc90); what class words say of the elements above it says nothing about the story.
    """
    paths = {block.path: block.path.split("/") for block in blocks}
    teasers = _teasers(atoms, blocks)
    container = _container(atoms, blocks, paths, teasers, told)
    depth = len(container)
    known: dict[str, tuple[Cue, int]] = {}
    for path, parts in paths.items():
        known[path] = _cue(parts, container), 0 if not depth else 1 if parts[:depth] == container else -1
    for atom in atoms:
        tag, path, links, strong, image = blocks[atom.line]
        mark, inside = known[path]
        atom.mark = Mark(mark, inside, links, _LEVELS.get(tag, 0), strong, image, path, tag)
        if tag == "title":
            continue
        n = len(atom.text)
        role, weight, _ = atom.cue
        linked = links >= _LINKED
        quiet = weight < 2 and atom.evidence < 0.7
        if mark.weight >= 2 and mark.role in _CHROME:
            if weight < 2 or role in ("body", "caption", "title", "summary", "deck"):
                atom.cue = mark
            atom.evidence *= 0.2
        elif quiet and mark.role == "metadata" and mark.weight >= 2 and n <= 30:
            atom.cue = mark
        elif quiet and linked:
            atom.cue = _LINKS_INSIDE if inside > 0 else _LINKS
            atom.evidence = 0.0
        elif quiet and mark.weight and n <= 60 and mark.role != "summary":
            atom.cue = mark
        elif inside < 0 and role == "body" and n <= 4:
            atom.cue = NO_CUE
        elif inside > 0 and role in ("navigation", "widget") and not linked and weight <= 2 and n <= 12:
            atom.cue = NO_CUE
        if inside <= 0 and (linked or id(atom) in teasers):
            atom.evidence *= 0.2
    _gallery(atoms)
    _strips(atoms, told)


def _gallery(atoms: list[Atom]) -> None:
    """Where the story's element holds no prose but what looks like captions, that is the story."""
    inside = [a for a in atoms if a.mark.inside > 0 and a.evidence >= 0.7]
    if inside and all(a.cue.role == "caption" for a in inside):
        for atom in inside:
            atom.cue = NO_CUE


def _strips(atoms: list[Atom], told: Head) -> None:
    """Makes metadata of short lines between heading and story with a time, an outlet, or a name that the head gives."""
    story = next((i for i, a in enumerate(atoms) if a.mark.inside > 0 and a.evidence >= 0.7), len(atoms))
    titles = [same_words(title) for title in told.titles]
    named = {told.source, told.account, told.author}
    heading = None
    for i, atom in enumerate(atoms[:story]):
        words = same_words(atom.text) if titles and len(atom.text) <= 120 and atom.mark.tag != "title" else ""
        if words and (words in titles or (len(words) >= 6 and any([t.startswith(words) for t in titles]))):
            heading = i
        elif atom.mark.heading and atom.mark.links < _LINKED and heading is None:
            heading = i
        if heading is None or i == heading or (atom.cue.weight >= 2 and atom.cue.rule != "links"):
            continue
        beside = [a for a in atoms[max(i - 2, 0) : i + 3] if a is not atom and a.cue.role == "metadata"]
        if _is_strip(atom):
            atom.cue, atom.evidence = _STRIP, 0.0
        elif i - heading > 4 or len(atom.text) > 24:
            continue
        elif _all_named(_PARTS.split(atom.text), named):
            atom.cue = Cue("metadata", 2.5, "mark.name")
        elif len(atom.text) <= 16 and any(a.cue.weight >= 2.5 for a in beside) and is_name(atom.text):
            atom.cue = Cue("metadata", 2.5, "mark.name")
        elif len(atom.text) <= 16 and i - heading == 1 and atom.cue.rule == "links" and beside:
            atom.cue = Cue("metadata", 2.0, "mark.name")
    if heading is not None and story < len(atoms):
        _leads(atoms, heading, story)


def _is_strip(atom: Atom) -> bool:
    return (
        len(atom.text) <= 90
        and atom.mark.links < 0.6
        and "。" not in atom.folded
        and _TIMED.search(atom.folded) is not None
    )


def _leads(atoms: list[Atom], heading: int, story: int) -> None:
    """Sentences between the headline and the strip below it are headline matter, not yet the story.

    Where the element of the story holds the headline too, its first paragraph may be such a lead.
    """
    if atoms[heading].mark.inside > 0:
        for i in range(story + 1, min(heading + 4, len(atoms))):
            if _is_strip(atoms[i]) and _CLOCK.search(atoms[i].folded):
                story = i + 1
                if atoms[i].cue.weight < 2:
                    atoms[i].cue, atoms[i].evidence = _STRIP, 0.0
                break
    strip = max((i for i in range(heading, story) if atoms[i].cue.rule == _STRIP.rule), default=heading)
    for atom in atoms[heading + 1 : strip]:
        if atom.evidence >= 0.7 and not atom.cue.weight and len(atom.text) <= 200 and atom.mark.links < 0.5:
            atom.cue, atom.evidence = Cue("deck", 2.0, "mark.lead"), 0.0


def _all_named(parts: list[str], named: set[str | None]) -> bool:
    outlets = [part for part in parts if part in named or is_organisation(part)]
    return bool(outlets) and all(part in outlets or is_name(part) for part in parts)


def _cue(parts: list[str], container: list[str]) -> Cue:
    """The strongest cue of the elements of a path that do not hold the story; the inner one of equals."""
    best = NO_CUE
    shared = 0
    for component, holder in zip(parts, container, strict=False):
        if component != holder:
            break
        shared += 1
    for component in parts[shared:]:
        cue = _named(component).cue
        if cue.weight >= best.weight:
            best = cue
    return best


def _teasers(atoms: list[Atom], blocks: tuple[Block, ...]) -> set[int]:
    """The `id` of each atom that is the abstract under a linked headline, as cards of recommended stories have it."""
    found = set()
    for above, atom in pairwise(atoms):
        if not atom.evidence:
            continue
        link, block = blocks[above.line], blocks[atom.line]
        if link.link_density >= _LINKED and block.tag != "title" and link.path != block.path:
            card = link.path.rpartition("/")[0]
            if card.count("/") >= 2 and block.path.startswith(card):
                found.add(id(atom))
    return found


def _container(
    atoms: list[Atom], blocks: tuple[Block, ...], paths: dict[str, list[str]], teasers: set[int], told: Head
) -> list[str]:
    """The path of the element that holds the story, empty where none stands out.

    The headline or strip of metadata says where to look: the first prose below it is nearly always the story's.
    """
    anchor = _anchor(atoms, blocks, told)
    mass: dict[str, float] = {}
    paragraphs: dict[str, list[int]] = {}
    damp = 1.0
    opening = ""
    for number, atom in enumerate(atoms):
        block = blocks[atom.line]
        if number == anchor:
            mass, damp = {path: weight * 0.3 for path, weight in mass.items()}, 1.0
        if atom.cue.role == "comment" and atom.cue.weight >= 4:
            damp = 0.2
        elif atom.cue.role == "related" and atom.cue.weight >= 4:
            damp = min(damp, 0.5)
        if atom.evidence and block.link_density < 0.5 and block.tag != "title":
            share = 0.2 if id(atom) in teasers else damp
            mass[block.path] = mass.get(block.path, 0.0) + atom.evidence * share
            paragraphs.setdefault(block.path, []).append(number)
            if (
                0 <= anchor < number
                and not opening
                and share == damp
                and atom.evidence >= 0.7
                and atom.cue.role not in _CHROME
            ):
                opening = block.path
    score: dict[str, float] = {}
    spans: dict[str, tuple[int, int, int]] = {}  # paragraphs of an element, number of the first atom and of the last
    held = {path: _holders(paths[path]) for path in mass}
    for path, numbers in paragraphs.items():
        for holder, _ in held[path]:
            count, first, last = spans.get(holder, (0, len(atoms), 0))
            spans[holder] = count + len(numbers), min(first, numbers[0]), max(last, numbers[-1])
    for path, weight in mass.items():
        parts = paths[path]
        named = [_named(component) for component in parts]
        if any(n.cue.role in _CHROME and n.cue.weight >= 2.5 for n in named[1:]):
            weight *= 0.15
        weight *= 2.5 if path == opening else 1.0
        for n, (holder, share) in enumerate(reversed(held[path])):
            score[holder] = score.get(holder, 0.0) + weight * share * _LEVEL**n
    for holder in score:
        count, first, last = spans[holder]
        score[holder] *= max(0.25, count / (last - first + 1))
    best = max(score, key=lambda holder: (score[holder], len(holder)), default="")
    return best.split("/") if best and score[best] >= 0.2 else []


def _anchor(atoms: list[Atom], blocks: tuple[Block, ...], told: Head) -> int:
    """Number of the headline that the head gives too, else of the first labelled strip of metadata; -1 for neither."""
    titles = {same_words(title) for title in told.titles}
    strip = -1
    for number, atom in enumerate(atoms):
        block = blocks[atom.line]
        if block.link_density >= _LINKED or len(atom.text) > 120 or block.tag == "title":
            continue
        words = same_words(atom.text) if titles else ""
        if len(words) >= 4 and any([title.startswith(words) for title in titles]):
            return number
        if strip < 0 and atom.cue.role == "metadata" and atom.cue.weight >= 2.5 and atom.cue.rule.startswith("label"):
            strip = number
    return strip


def _holders(parts: list[str]) -> list[tuple[str, float]]:
    """Paths of the elements of a path that may hold the story, outermost first, with what their names are worth."""
    prefix, found = "", []
    for component in parts:
        prefix = f"{prefix}/{component}" if prefix else component
        named = _named(component)
        if named.may_hold:
            found.append((prefix, 1.3 if named.is_body else 1.0))
    return found
