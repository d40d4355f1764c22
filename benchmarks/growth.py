"""How a build grows: time a page and memory by the number of pages, and pages a second by the number of workers.

    python benchmarks/growth.py 1000 10000 100000               Markdown table: a build a size
    python benchmarks/growth.py 20000 --workers 1 2 4           a build a size and number of workers
    python benchmarks/growth.py 1000 10000 100000 --write       and write the table into docs/performance.md

The pages are salted copies of those of raw/ (benchmarks/throughput.py), in folders of 1,000 files each. Each build is a
process of its own. Memory is the largest resident size that the system saw, of the parent and of the largest worker;
processor time is that of all processes, so that it says the same beside other work. With several workers the last
column says how many times as much as one process as many get done that only count and share nothing: what the cores of
this machine give at the moment.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from throughput import ROOT, put, salted

CHILD = """
import resource, sys, time
from pathlib import Path
from povdata.build import build

if __name__ == "__main__":
    began = time.perf_counter()
    build([Path(sys.argv[1])], Path(sys.argv[2]), workers=int(sys.argv[3]))
    seconds = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(seconds, sum(use.ru_utime + use.ru_stime for use in used), *(use.ru_maxrss for use in used))
"""


def measured(folder: Path, workers: int) -> tuple[float, float, float, float]:
    """Seconds of a build, seconds of processor time, and the MB that its parent and largest worker held at the most."""
    with tempfile.TemporaryDirectory() as out:
        script = Path(out) / "child.py"
        script.write_text(CHILD, encoding="utf-8")
        command = [sys.executable, str(script), str(folder), str(Path(out) / "dist"), str(workers)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, processor, parent, worker = map(float, printed.split())
    return seconds, processor, parent / 1024, worker / 1024


def _counted(_: int) -> float:
    began, number = time.perf_counter(), 0
    while number < 50_000_000:
        number += 1
    return time.perf_counter() - began


def cores_give(processes: int) -> float:
    """How many times the work of one process as many do at the same time."""
    alone = _counted(0)
    with ProcessPoolExecutor(processes) as pool:
        return sum(alone / seconds for seconds in pool.map(_counted, range(processes)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="+", help="numbers of pages")
    parser.add_argument("--workers", type=int, nargs="+", default=[1], help="numbers of workers (default: 1)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    arguments = parser.parse_args()
    table = (
        "| pages | workers | seconds | pages a second | processor ms a page | times one worker | parent, MB"
        " | largest worker, MB | times one process that counts |\n"
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    for pages in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            deque(salted(Path(folder), pages), maxlen=0)
            first = None
            for workers in arguments.workers:
                seconds, processor, parent, worker = measured(Path(folder), workers)
                first = first or seconds
                given = f"{cores_give(workers):.2f}" if workers > 1 else ""
                times = f"{first / seconds:.2f}" if arguments.workers[0] == 1 else ""
                table += (
                    f"| {pages:,} | {workers} | {seconds:,.1f} | {pages / seconds:,.0f} |"
                    f" {1000 * processor / pages:.2f} | {times} | {parent:,.0f} | {worker:,.0f} | {given} |\n"
                )
                print(table.splitlines()[-1], file=sys.stderr)
    print(table)
    if arguments.write:
        put(ROOT / "docs" / "performance.md", "workers" if len(arguments.workers) > 1 else "growth", f"\n{table}\n")


if __name__ == "__main__":
    main()
