"""Names of persons and places beside two peers that people use today: jieba's tagger and cpca.

    python benchmarks/entities.py GOLD

GOLD is a folder with raw/ and labels/. All read the same labelled pages in one process. The peers get the text of the
segments in which povdata looks, as povdata cleaned the page. A name counts once a page, and so does a place, by its
GB/T 2260 code. Pages a second are the median of three passes over the pages, after one that loads the dictionaries;
reading and cleaning a page is counted for nobody. Prints a Markdown table. The peers are in the dependency group
`benchmark`; one that is not installed is said to be so.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jieba.posseg

from povdata.clean import clean
from povdata.extract.dates import anchor
from povdata.extract.names import READ_IN
from povdata.extract.people import people
from povdata.extract.places import places
from povdata.models import CONTENT_ROLES
from povdata.page import Document, Rejection, Span
from povdata.read import find, read

try:
    import cpca
except ImportError:
    cpca = None

PASSES = 3


class Labelled(NamedTuple):
    """A page as povdata cleaned it, and what its label says that it names."""

    document: Document
    names: set[str]
    codes: set[str]


def labelled(gold: Path) -> list[Labelled]:
    """The labelled articles that povdata reads as articles."""
    pages = []
    for source in find([gold / "raw"]):
        try:
            document = clean(read(source))
        except Rejection:
            continue
        path = gold / "labels" / (Path(source.raw_path).stem + ".json")
        if not path.exists():
            continue
        label = json.loads(path.read_text(encoding="utf-8"))
        if label["kind"] == "article" and not label.get("partial"):
            names = {row["name"] for row in label["people"]}
            pages.append(Labelled(document, names, {row["region_code"] for row in label["places"]} - {None}))
    return pages


def text_of(document: Document, roles: frozenset[str]) -> str:
    """The text of the segments of these roles."""
    return "".join(document.page.text[s.start : s.end] for s in document.segments if s.role in roles)


def our_names(document: Document) -> set[str]:
    """Names that povdata finds."""
    return {row["name"] for row in people(document)}


def jieba_names(document: Document) -> set[str]:
    """Words that jieba tags as a person's name, of two characters or more."""
    words = jieba.posseg.cut(text_of(document, READ_IN))
    return {pair.word for pair in words if pair.flag.startswith("nr") and len(pair.word) > 1}


def our_codes(document: Document) -> set[str]:
    """Codes of the places that povdata finds, the names of persons set aside as in a build."""
    named = [Span(mention["start"], mention["end"]) for row in people(document) for mention in row["mentions"]]
    return {row["region_code"] for row in places(document, anchor(document).day, named)} - {None}


def cpca_codes(document: Document) -> set[str]:
    """Codes of the addresses that cpca finds in running text."""
    try:
        found = cpca.transform_text_with_addrs(text_of(document, frozenset(CONTENT_ROLES)))
    except KeyError:  # what cpca 0.5.5 raises where a text holds no address
        return set()
    return {str(code) for code in found["adcode"] if code}


def scores(pairs: list[tuple[set[str], set[str]]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of (found, labelled) sets, summed over the pages."""
    right = sum(len(found & gold) for found, gold in pairs)
    precision = right / max(1, sum(len(found) for found, _ in pairs))
    recall = right / max(1, sum(len(gold) for _, gold in pairs))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def pages_a_second(work: Callable[[Document], Any], documents: list[Document]) -> float:
    """Median of PASSES."""
    seconds = []
    for _ in range(PASSES):
        begin = time.perf_counter()
        for document in documents:
            work(document)
        seconds.append(time.perf_counter() - begin)
    return len(documents) / statistics.median(seconds)


def row(task: str, tool: str, work: Callable[[Document], set[str]], gold: list[tuple[Document, set[str]]]) -> str:
    """One line of the table."""
    measured = scores([(work(document), expected) for document, expected in gold])
    speed = pages_a_second(work, [document for document, _ in gold])
    return f"| {task} | {tool} | " + " | ".join(f"{figure:.3f}" for figure in measured) + f" | {speed:,.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, help="folder with raw/ and labels/")
    pages = labelled(parser.parse_args().gold)
    if not pages:
        parser.error("no labelled article there: give the folder that holds raw/ and labels/")
    names = [(page.document, page.names) for page in pages]
    codes = [(page.document, page.codes) for page in pages]
    print(
        f"{len(pages)} pages, {sum(len(n) for _, n in names)} names, {sum(len(c) for _, c in codes)} codes of places\n"
    )
    print("| what | tool | precision | recall | F1 | pages/s |\n|---|---|---:|---:|---:|---:|")
    print(row("names", "povdata", our_names, names))
    print(row("names", "jieba.posseg", jieba_names, names))
    print(row("places", "povdata", our_codes, codes))
    if cpca is None:
        print("| places | cpca | not installed: `pip install --group benchmark` | | | |")
    else:
        print(row("places", "cpca", cpca_codes, codes))


if __name__ == "__main__":
    main()
