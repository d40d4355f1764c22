"""What it costs to load a table and to import povdata, as ratios against the bare tools in the same run.

    python benchmarks/loading.py DIST            two Markdown tables
    python benchmarks/loading.py DIST --write    and write them into docs/performance.md

Loading: `povdata.load(table, source=DIST, as_="arrow")` against `pyarrow.parquet.read_table` of the same files, each
the median of 25 turns taken by turns. Importing: processor time of `python -c "import povdata"` less that of
`python -c pass`, each the median of 15 runs by turns.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
from throughput import ROOT, put

import povdata


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def processor_seconds(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def loading(dist: Path) -> str:
    table = "| table | MB | read_table, ms | povdata.load, ms | ratio |\n| --- | ---: | ---: | ---: | ---: |\n"
    for name in povdata.tables():
        files = sorted((dist / "data" / name).glob("*.parquet"))
        bare, ours = [], []
        for _ in range(26):
            bare.append(seconds(lambda files=files: pq.read_table(files)))
            ours.append(seconds(lambda name=name: povdata.load(name, source=dist, as_="arrow")))
        a, b = statistics.median(bare[1:]), statistics.median(ours[1:])
        size = sum(file.stat().st_size for file in files) / 1e6
        table += f"| `{name}` | {size:,.2f} | {1000 * a:.2f} | {1000 * b:.2f} | {b / a:.2f} |\n"
    return table


def importing() -> str:
    bare, ours = [], []
    for _ in range(15):
        bare.append(processor_seconds("pass"))
        ours.append(processor_seconds("import povdata"))
    a, b = 1000 * statistics.median(bare), 1000 * statistics.median(ours)
    return (
        "| what | ms of processor time |\n| --- | ---: |\n"
        f"| a bare interpreter | {a:.0f} |\n| `import povdata` on top | {b - a:.0f} |\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dist", type=Path, help="a folder that `povdata build` wrote")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    arguments = parser.parse_args()
    tables = {"loading": loading(arguments.dist), "importing": importing()}
    for name, table in tables.items():
        print(f"\n{table}")
        if arguments.write:
            put(ROOT / "docs" / "performance.md", name, f"\n{table}\n")


if __name__ == "__main__":
    main()
