"""povdata beside the extractors that people use today, on the same labelled pages, in one run.

    pip install --group benchmark
    python benchmarks/extraction.py GOLD                    two Markdown tables: text pages, HTML pages
    python benchmarks/extraction.py GOLD --json FILE        and the figures, unrounded
    python benchmarks/extraction.py GOLD --write            and write the tables into docs/extraction.md

GOLD is a folder with raw/ and labels/ (text pages), and html/raw/ and html/labels/ (HTML pages).
docs/extraction.md says what each column means and how each tool is set.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import html
import io
import json
import logging
import platform
import re
import statistics
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from povdata import read
from povdata.clean import clean
from povdata.page import Page, Rejection

FIELDS = ("title", "date", "source", "author")
NEUTRAL_ROLES = {"caption", "credit", "summary", "deck", "heading"}
"""Labelled roles of a text page that an extractor may keep or leave out; the labels of HTML pages name their own."""
TIMED_RUNS = 3
DOCS = Path(__file__).parent.parent / "docs" / "extraction.md"
PLACE = re.compile(r"(<!-- comparison -->\n).*?(<!-- end of comparison -->)", re.S)
"""Where DOCS shows the tables."""


class Found(NamedTuple):
    """What a tool gives for a page. A field that it has no way to give stays as it is."""

    body: str | None
    title: str | None = None
    date: Any = None
    source: str | None = None
    author: Iterable[str] | str | None = None


@dataclass(frozen=True)
class Sample:
    """A labelled page: as bytes for povdata, as decoded HTML for the others, and what it should give."""

    raw: read.Raw
    markup: str
    body: str
    neutral: list[str]
    wanted: dict[str, set[str]]
    """Field -> the values that are right, squashed; of several titles, dates or sources any one will do."""
    tolerated: set[str] = field(default_factory=set)
    """Authors that are neither asked for nor wrong."""
    unscored: frozenset[str] = frozenset()
    """Fields that the label leaves open."""


def povdata() -> Callable[[Sample], Found]:
    def run(sample: Sample) -> Found:
        document = clean(read.page(sample.raw))
        article = document.article
        return Found(
            "\n".join(text for _, _, text in document.text_of("body", "heading")),
            article["title"],
            article["published_at"],
            article["source"],
            article["authors"],
        )

    return run


def trafilatura() -> Callable[[Sample], Found]:
    from trafilatura import bare_extraction

    def run(sample: Sample) -> Found:
        found = bare_extraction(sample.markup, with_metadata=True, include_comments=False)
        return Found(found.text, found.title, found.date, None, found.author) if found else Found(None)

    return run


def gne() -> Callable[[Sample], Found]:
    from gne import GeneralNewsExtractor
    from gne.exceptions import NoContentException

    extractor = GeneralNewsExtractor()

    def run(sample: Sample) -> Found:
        try:
            found = extractor.extract(sample.markup)
        except NoContentException:
            return Found(None)
        return Found(found["content"], found["title"], found["publish_time"], None, found["author"])

    return run


def goose3() -> Callable[[Sample], Found]:
    from goose3 import Goose
    from goose3.text import StopWordsChinese

    extractor = Goose({"stopwords_class": StopWordsChinese, "use_meta_language": False, "target_language": "zh"})

    def run(sample: Sample) -> Found:
        found = extractor.extract(raw_html=sample.markup)
        return Found(found.cleaned_text, found.title, found.publish_date, None, found.authors)

    return run


def newspaper4k() -> Callable[[Sample], Found]:
    from newspaper import Article

    def run(sample: Sample) -> Found:
        found = Article("https://example.com/", language="zh", fetch_images=False)
        found.download(input_html=sample.markup)
        found.parse()
        return Found(found.text, found.title, found.publish_date, None, found.authors)

    return run


def readability() -> Callable[[Sample], Found]:
    from lxml.html import fromstring
    from readability import Document

    def run(sample: Sample) -> Found:
        document = Document(sample.markup)
        title, author = document.short_title(), document.author()
        return Found(
            fromstring(document.summary()).text_content(),
            None if title == "[no-title]" else title,
            None,
            None,
            None if author == "[no-author]" else author,
        )

    return run


def justext() -> Callable[[Sample], Found]:
    from justext import justext as paragraphs

    def run(sample: Sample) -> Found:
        # It has no Chinese stop list, so this is its language-independent mode; its lengths are for English, and a
        # Chinese text needs about a third of the characters.
        kept = paragraphs(sample.markup, frozenset(), length_low=20, length_high=60, stopwords_low=0, stopwords_high=0)
        return Found("\n".join(p.text for p in kept if not p.is_boilerplate))

    return run


def resiliparse() -> Callable[[Sample], Found]:
    from resiliparse.extract.html2text import extract_plain_text

    def run(sample: Sample) -> Found:
        return Found(
            extract_plain_text(
                sample.markup,
                main_content=True,
                comments=False,
                post_meta=False,
                alt_texts=False,
                list_bullets=False,
            )
        )

    return run


class Tool(NamedTuple):
    distribution: str
    """Name on the package index."""
    prepare: Callable[[], Callable[[Sample], Found]]
    """Imports and configures it, outside the measured time."""
    offers: tuple[str, ...]
    """Fields that it can give at all."""


TOOLS = [
    Tool("povdata", povdata, FIELDS),
    Tool("trafilatura", trafilatura, ("title", "date", "author")),
    Tool("gne", gne, ("title", "date", "author")),
    Tool("goose3", goose3, ("title", "date", "author")),
    Tool("newspaper4k", newspaper4k, ("title", "date", "author")),
    Tool("readability-lxml", readability, ("title", "author")),
    Tool("jusText", justext, ()),
    Tool("resiliparse", resiliparse, ()),
]


def text_pages(gold: Path) -> list[Sample]:
    """The text pages that hold an article; for tools that want HTML, a `p` a line."""
    samples = []
    for label in _labels(gold / "labels"):
        raw = _raw(gold / "raw" / label["file"])
        page = read.page(raw)
        pieces = [(role, page.text[start:end]) for start, end, role in label["segments"]]
        article = label["article"]
        samples.append(
            Sample(
                raw,
                _as_html(page),
                squash("".join(text for role, text in pieces if role == "body")),
                _neutral(text for role, text in pieces if role in NEUTRAL_ROLES),
                _wanted([article["title"]], [article["published_at"]], [article["source"]], article["authors"]),
                unscored=frozenset(
                    {"published_at": "date", "authors": "author"}.get(name, name) for name in label.get("skip", ())
                ),
            )
        )
    return samples


def html_pages(gold: Path) -> list[Sample]:
    """The saved HTML pages that hold an article."""
    samples = []
    for label in _labels(gold / "html" / "labels"):
        raw = _raw(gold / "html" / "raw" / label["file"])
        neutral = _neutral(
            [
                *(text for key in ("captions", "credits", "summary", "optional") for text in label.get(key, ())),
                label.get("subtitle") or "",
            ]
        )
        samples.append(
            Sample(
                raw,
                read.decode(raw.data)[0],
                "".join(line for line in map(squash, label["body"]) if line not in neutral),
                neutral,
                _wanted(
                    [label["title"], *label.get("title_alt", ())],
                    [label["published_at"]],
                    [label["source"], *label.get("source_alt", ())],
                    label["authors"],
                ),
                tolerated=set(map(squash, label.get("authors_alt", ()))),
            )
        )
    return samples


def _labels(folder: Path) -> list[dict[str, Any]]:
    labels = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return [label for label in labels if label["kind"] == "article"]


def _raw(path: Path) -> read.Raw:
    data = path.read_bytes()
    return read.Raw(read.Source(path, path.name), data, hashlib.sha256(data).hexdigest(), len(data))


def _as_html(page: Page) -> str:
    lines = "\n".join(f"<p>{html.escape(line)}</p>" for line in page.text.splitlines() if line.strip())
    return (
        '<!DOCTYPE html>\n<html lang="zh"><head><meta charset="utf-8"><title></title></head>\n'
        f"<body>\n{lines}\n</body></html>\n"
    )


def _neutral(texts: Iterable[str]) -> list[str]:
    return sorted(filter(None, map(squash, texts)), key=len, reverse=True)


def _wanted(titles: list, dates: list, sources: list, authors: list) -> dict[str, set[str]]:
    return {
        "title": set(map(squash, filter(None, titles))),
        "date": set(filter(None, map(moment, dates))),
        "source": set(map(squash, filter(None, sources))),
        "author": set(map(squash, authors)),
    }


_BLANK = re.compile(r"[\s\u200b\ufeff]+")
_HALF_WIDTH = str.maketrans("，：（）？！；", ",:()?!;")
_MOMENT = re.compile(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?:\D{1,3}?(\d{1,2}):(\d{2}))?")
_BETWEEN_NAMES = re.compile(r"[\s,;，；、]+")


def squash(text: str | None) -> str:
    """Text without white space, punctuation made half-width: what is compared."""
    return _BLANK.sub("", text or "").translate(_HALF_WIDTH)


def moment(value: Any) -> str | None:
    """A time to the minute, or to the day where it has none, however it is printed: `2019-09-18 06:23`."""
    found = _MOMENT.search(str(value or ""))
    if found is None:
        return None
    year, month, day, hour, minute = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f" {hour:0>2}:{minute}" if hour else "")


def grams(text: str, n: int = 5) -> Counter[str]:
    """The runs of `n` characters of a text, with how often each stands in it."""
    return Counter(text[i : i + n] for i in range(max(len(text) - n + 1, 1))) if text else Counter()


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def body_measures(samples: list[Sample], bodies: list[str | None]) -> dict[str, float]:
    """Precision, recall and F1, each the mean over the pages; and what share of all extracted text is chrome."""
    precisions, recalls, scores, kept, right = [], [], [], 0, 0
    for sample, body in zip(samples, bodies, strict=True):
        text = squash(body)
        for neutral in sample.neutral:
            if text.count(neutral) > sample.body.count(neutral):  # a deck's words may stand in the story as well
                text = text.replace(neutral, "", 1)
        got, gold = grams(text), grams(sample.body)
        hit = (got & gold).total()
        precisions.append(hit / max(got.total(), 1))
        recalls.append(hit / max(gold.total(), 1))
        scores.append(f1(precisions[-1], recalls[-1]))
        kept += got.total()
        right += hit
    return {
        "precision": statistics.mean(precisions),
        "recall": statistics.mean(recalls),
        "f1": statistics.mean(scores),
        "leaked": 1 - right / kept if kept else 0.0,
    }


def field_measure(name: str, samples: list[Sample], values: list[Any]) -> float:
    """F1 over all pages of one field. A time is right that agrees as far as both it and the label go."""
    right = wrong = missed = 0
    for sample, value in zip(samples, values, strict=True):
        if name in sample.unscored:
            continue
        wanted = sample.wanted[name]
        if name == "author":
            names = _BETWEEN_NAMES.split(value) if isinstance(value, str) else value or ()
            got = set(filter(None, map(squash, names)))
            right += len(got & wanted)
            wrong += len(got - wanted - sample.tolerated)
            missed += len(wanted - got)
            continue
        text = moment(value) if name == "date" else squash(value)
        if name == "date":
            hit = bool(text) and any(text.startswith(w) or w.startswith(text) for w in wanted)
        else:
            hit = text in wanted
        right += hit
        wrong += bool(text) and not hit
        missed += bool(wanted) and not hit
    return f1(right / max(right + wrong, 1), right / max(right + missed, 1))


def measure(tool: Tool, extract: Callable[[Sample], Found], samples: list[Sample]) -> dict[str, Any]:
    """Every measure of one tool on some pages. A page on which it fails counts as one from which it got nothing."""
    found, crashes, none = [], Counter(), 0
    for sample in samples:
        try:
            found.append(extract(sample))
        except Rejection:
            found.append(Found(None))
        except Exception as error:
            crashes[type(error).__name__] += 1
            found.append(Found(None))
        none += not found[-1].body
    seconds = []
    for _ in range(TIMED_RUNS):
        start = time.process_time()
        for sample in samples:
            with contextlib.suppress(Exception):
                extract(sample)
        seconds.append(time.process_time() - start)
    fields = {
        name: field_measure(name, samples, [getattr(f, name) for f in found]) if name in tool.offers else None
        for name in FIELDS
    }
    return {
        "version": version(tool.distribution),
        **body_measures(samples, [f.body for f in found]),
        **fields,
        "pages_per_second": len(samples) / statistics.median(seconds),
        "no_body": none - crashes.total(),
        "crashes": dict(crashes),
    }


def table(rows: dict[str, dict[str, Any]]) -> str:
    """A Markdown table, the best figure of each column in bold, and a note on crashes and pages without a body."""
    columns = ["precision", "recall", "f1", "leaked", *FIELDS, "pages_per_second"]
    heads = ["body precision", "recall", "F1", "chrome leaked", *FIELDS, "pages/s"]
    best = {
        c: (min if c == "leaked" else max)(_shown(c, r[c], float) for r in rows.values() if r[c] is not None)
        for c in columns
    }
    lines = ["| tool | " + " | ".join(heads) + " |", "| --- |" + " ---: |" * len(heads)]
    for name, row in rows.items():
        cells = [_shown(c, row[c]) for c in columns]
        cells = [
            f"**{cell}**" if row[c] is not None and _shown(c, row[c], float) == best[c] else cell
            for c, cell in zip(columns, cells, strict=True)
        ]
        lines.append(f"| {name} {row['version']} | " + " | ".join(cells) + " |")
    crashed = [
        f"{name} {sum(row['crashes'].values())} ({', '.join(row['crashes'])})"
        for name, row in rows.items()
        if row["crashes"]
    ]
    empty = [f"{name} {row['no_body']}" for name, row in rows.items() if row["no_body"]]
    lines += ["", f"Pages on which a tool crashed, scored 0: {', '.join(crashed) or 'none'}."]
    lines += [f"Pages from which a tool took no body, scored 0: {', '.join(empty) or 'none'}."]
    return "\n".join(lines)


def _shown(column: str, value: float | None, kind: Callable[[str], Any] = str) -> Any:
    if value is None:
        return "–"
    return kind(f"{value:.0f}" if column == "pages_per_second" and value >= 10 else f"{value:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, help="folder with raw/, labels/, html/raw/ and html/labels/")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures, unrounded")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/extraction.md")
    arguments = parser.parse_args()
    kinds = {"text pages": text_pages(arguments.gold), "HTML pages": html_pages(arguments.gold)}
    if not all(kinds.values()):
        sys.exit(
            f"{arguments.gold}: raw/, labels/, html/raw/ and html/labels/ should hold labelled pages; check the path"
        )
    logging.disable()
    warnings.simplefilter("ignore")
    try:
        prepared = [(tool, tool.prepare()) for tool in TOOLS]
    except ImportError as error:
        sys.exit(f"{error}; install the tools first: pip install --group benchmark")
    figures: dict[str, Any] = {}
    tables = []
    for kind, samples in kinds.items():
        figures[kind] = {}
        for tool, extract in prepared:
            print(f"{kind}: {tool.distribution}", file=sys.stderr)
            with contextlib.redirect_stdout(io.StringIO()):
                figures[kind][tool.distribution] = measure(tool, extract, samples)
        tables.append(f"{len(samples)} {kind}, Python {platform.python_version()}:\n\n{table(figures[kind])}\n")
        print(tables[-1])
    if arguments.json:
        text = json.dumps(
            {k: {"pages": len(kinds[k]), "tools": v} for k, v in figures.items()}, ensure_ascii=False, indent=1
        )
        arguments.json.write_text(text + "\n", encoding="utf-8")
    if arguments.write:
        page = DOCS.read_text(encoding="utf-8")
        DOCS.write_text(PLACE.sub(lambda place: place[1] + "\n" + "\n".join(tables) + "\n" + place[2], page), "utf-8")


if __name__ == "__main__":
    main()
