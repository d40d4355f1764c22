"""The whole build on one core beside bare `jieba.lcut` over the same text, and where the time goes.

    python benchmarks/throughput.py                 the ratio and the steps, as Markdown tables
    python benchmarks/throughput.py --write         and write them into docs/performance.md and both READMEs
    python benchmarks/throughput.py --peers         and the rates of tools that people glue together (dependency group
                                                    `benchmark`; one that is not installed is said to be so)

The pages are the five of raw/, salted: every third full stop of a copy has the copy's number before it, so that no two
pages and hardly two paragraphs are the same. Everything runs in one process bound to one core, povdata and jieba by
turns; a figure is the median of the rounds, the ratio the median of the rounds' ratios. Dictionaries are loaded before
the clock runs. "The whole build" is `povdata.build.build`: files read and hashed, every table, every row validated,
Parquet and card written.
"""

from __future__ import annotations

import argparse
import html
import logging
import os
import pkgutil
import platform
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jieba

from povdata.build import build

ROOT = Path(__file__).resolve().parent.parent
STEPS = (
    ("plan", "povdata.build:cut"),
    ("read", "povdata.build.shard:read.load"),
    ("read", "povdata.build.shard:read.page"),
    ("clean", "povdata.build.shard:clean"),
    ("mask", "povdata.build.shard:mask"),
    ("people", "povdata.extract:people"),
    ("people", "povdata.extract:posts.parse"),
    ("places", "povdata.extract:places"),
    ("region", "povdata.extract:region_of"),
    ("dates", "povdata.extract:dates"),
    ("dates", "povdata.extract:anchor"),
    ("dates", "povdata.extract:inferred_publication"),
    ("events", "povdata.extract:events"),
    ("figures", "povdata.extract:figures"),
    ("points", "povdata.extract:points"),
    ("statements", "povdata.extract:statements"),
    ("terms", "povdata.extract:terms"),
    ("sentences", "povdata.extract:sentences"),
    ("keyphrases", "povdata.extract:keyphrases"),
    ("genre", "povdata.extract:genre"),
    ("rows of articles and segments", "povdata.build.shard:extract_together"),
    ("validate", "povdata.build.shard:validate_together"),
    ("near-duplicates", "povdata.build.shard:signature"),
    ("near-duplicates", "povdata.build:groups"),
    ("write", "povdata.build.shard:_Writer.add"),
    ("write", "povdata.build.shard:_Writer.close"),
    ("card", "povdata.publish:card"),
    ("card", "povdata.publish:croissant.write"),
)
"""Step and the function that does it, or a part of it. Time counts for the innermost of them."""


def salted(folder: Path, pages: int) -> Iterator[str]:
    """Write salted copies of the pages of raw/ into a folder, at most 1,000 a subfolder; gives the text of each."""
    originals = [path.read_text(encoding="utf-8").split("。") for path in sorted((ROOT / "raw").glob("*.txt"))]
    for number in range(pages):
        first, *others = originals[number % len(originals)]
        text = first + "".join(
            f"（{number}）。{piece}" if n % 3 == 0 else f"。{piece}" for n, piece in enumerate(others)
        )
        path = folder / f"{number // 1000:04}" / f"{number:07}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield text


def povdata_seconds(folder: Path) -> float:
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        build([folder], Path(out) / "dist", workers=1)
        return time.perf_counter() - began


def jieba_seconds(texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        jieba.lcut(text)
    return time.perf_counter() - began


@contextmanager
def timed(spent: dict[str, float]) -> Iterator[None]:
    """While this runs, add the seconds of each of STEPS to `spent`; a step that yields is run to its end."""
    inside = [0.0]

    def wrapped(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            inside.append(0.0)
            began = time.perf_counter()
            try:
                result = function(*args, **options)
                return list(result) if hasattr(result, "__next__") else result
            finally:
                seconds = time.perf_counter() - began
                spent[step] += seconds - inside.pop()
                inside[-1] += seconds

        return run

    originals = []
    try:
        for step, place in STEPS:
            owner_name, _, name = place.replace(":", ".").rpartition(".")
            owner = pkgutil.resolve_name(owner_name)
            originals.append((owner, name, getattr(owner, name)))
            setattr(owner, name, wrapped(step, getattr(owner, name)))
        yield
    finally:
        for owner, name, function in originals:
            setattr(owner, name, function)


def peers() -> dict[str, Callable[[str], object] | str]:
    """Tool -> what it does with a text, or why it cannot run. Each is asked for what povdata reads out too."""
    found: dict[str, Callable[[str], object] | str] = {}

    def add(name: str, make: Callable[[], Callable[[str], object]]) -> None:
        try:
            found[name] = make()
        except ImportError as error:
            found[name] = f"not installed ({error})"

    def goose3() -> Callable[[str], object]:
        from goose3 import Goose
        from goose3.text import StopWordsChinese

        goose = Goose({"stopwords_class": StopWordsChinese, "enable_image_fetching": False})
        return lambda text: goose.extract(raw_html=markup(text)).cleaned_text

    def gne() -> Callable[[str], object]:
        from gne import GeneralNewsExtractor

        return lambda text: GeneralNewsExtractor().extract(markup(text))

    def cpca() -> Callable[[str], object]:
        import cpca

        return lambda text: cpca.transform_text_with_addrs(text)

    def jionlp() -> Callable[[str], object]:
        import jionlp

        return lambda text: (jionlp.ner.extract_money(text), jionlp.ner.extract_time(text))

    def tagged() -> Callable[[str], object]:
        import jieba.posseg

        return lambda text: jieba.posseg.lcut(text)

    add("goose3 (body, title, date)", goose3)
    add("gne (body, title, date, author)", gne)
    add("cpca (places)", cpca)
    add("jionlp (sums of money, times)", jionlp)
    add("jieba.posseg (words with tags, for names)", tagged)
    return found


def markup(text: str) -> str:
    """A text page as the HTML that extractors of HTML want: a paragraph a line."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())
    return f"<html><head><title></title></head><body>{lines}</body></html>"


def turns(folder: Path, texts: list[str], rounds: int) -> tuple[str, float]:
    """The table of the ratio and the ratio itself."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(len(texts) / povdata_seconds(folder))
        theirs.append(len(texts) / jieba_seconds(texts))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    rows = [
        ("povdata build, one worker, every table", statistics.median(ours), ratio),
        (f"bare jieba.lcut {version('jieba')}", statistics.median(theirs), 1.0),
    ]
    table = "| what | pages a second | ratio |\n| --- | ---: | ---: |\n"
    return table + "".join(f"| {name} | {rate:,.0f} | {share:.2f} |\n" for name, rate, share in rows), ratio


def steps(folder: Path, pages: int) -> str:
    """The table of where the time goes."""
    spent: dict[str, float] = defaultdict(float)
    with timed(spent):
        total = povdata_seconds(folder)
    spent["driving, committing"] = total - sum(spent.values())
    rows = sorted(spent.items(), key=lambda item: -item[1])
    table = "| step | ms a page | share |\n| --- | ---: | ---: |\n"
    table += "".join(f"| {name} | {1000 * s / pages:.3f} | {s / total:.0%} |\n" for name, s in rows)
    return table + f"| all | {1000 * total / pages:.3f} | 100% |\n"


def peer_rates(texts: list[str]) -> str:
    """The table of the tools' rates, and of one after the other."""
    table = "| tool | pages a second |\n| --- | ---: |\n"
    seconds = []
    for name, peer in peers().items():
        if isinstance(peer, str):
            table += f"| {name} | {peer} |\n"
            continue
        peer(texts[0])
        began = time.perf_counter()
        for text in texts:
            peer(text)
        seconds.append((time.perf_counter() - began) / len(texts))
        table += f"| {name} | {1 / seconds[-1]:,.1f} |\n"
    return table + f"| these, one after the other | {1 / sum(seconds):,.1f} |\n" if seconds else table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000, help="how many salted pages (default: 1000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often povdata and jieba take turns (default: 5)")
    parser.add_argument("--core", type=int, default=0, help="the core that all is bound to, where the system can")
    parser.add_argument("--peers", action="store_true", help="also the rates of other tools, on 50 of the pages")
    parser.add_argument(
        "--write", action="store_true", help="write the tables into docs/performance.md and both READMEs"
    )
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {arguments.core})
    logging.disable()
    jieba.initialize()
    tables = {}
    with tempfile.TemporaryDirectory() as folder:
        texts = list(salted(Path(folder), arguments.pages))
        povdata_seconds(ROOT / "raw")
        table, ratio = turns(Path(folder), texts, arguments.rounds)
        characters = sum(map(len, texts)) // len(texts)
        heading = (
            f"{arguments.pages:,} pages of {characters:,} characters, {arguments.rounds} rounds, "
            f"Python {platform.python_version()}:\n\n"
        )
        tables["ratio"] = heading + table
        tables["steps"] = steps(Path(folder), len(texts))
        if arguments.peers:
            tables["peers"] = peer_rates(texts[:50])
    for table in tables.values():
        print(f"\n{table}")
    if arguments.write:
        for name, table in tables.items():
            put(ROOT / "docs" / "performance.md", name, f"\n{table}\n")
        for readme in ("README.md", "README.zh.md"):
            put(ROOT / readme, "speed", f"{ratio:.1f}")


def put(page: Path, place: str, text: str) -> None:
    """Put text between the marks of a place in a page of documentation."""
    marks = re.compile(f"(<!-- {place} -->).*?(<!-- end of {place} -->)", re.S)
    page.write_text(
        marks.sub(lambda found: found[1] + text + found[2], page.read_text(encoding="utf-8")), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
