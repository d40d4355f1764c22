"""Scores of a build on hand-labelled pages, and the floors below which they must not fall.

    python benchmarks/gold.py GOLD            build GOLD/raw, print a row a layer beside its floor
    python benchmarks/gold.py GOLD --raise    and lift each floor in tests/gold_floors.json to the score reached

GOLD is a folder with raw/, labels/ and score.py.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from povdata.build import build

FLOORS = Path(__file__).parent.parent / "tests" / "gold_floors.json"


def scores(gold: Path) -> dict[str, dict[str, float]]:
    """Layer -> precision, recall, f1 and the number of labelled items, of a build over the labelled pages."""
    with tempfile.TemporaryDirectory() as folder:
        dist = Path(folder) / "dist"
        build([gold / "raw"], dist)
        command = [sys.executable, str(gold / "score.py"), str(dist), str(gold / "labels"), "--json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def floors() -> dict[str, float]:
    """Layer -> the F1 that it must keep."""
    return json.loads(FLOORS.read_text(encoding="utf-8"))


def raised(old: dict[str, float], reached: dict[str, dict[str, float]]) -> dict[str, float]:
    """Floors that never sink: the score reached, to four places, or the old floor where that is higher."""
    return {layer: max(old.get(layer, 0.0), int(row["f1"] * 10_000) / 10_000) for layer, row in reached.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, help="folder with raw/, labels/ and score.py")
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors to the scores reached")
    arguments = parser.parse_args()
    reached, kept = scores(arguments.gold), floors()
    print(f"{'layer':24}{'precision':>10}{'recall':>10}{'F1':>10}{'floor':>10}{'gold':>8}")
    for layer, row in reached.items():
        figures = "".join(f"{row[name]:10.4f}" for name in ("precision", "recall", "f1"))
        print(f"{layer:24}{figures}{kept.get(layer, 0):10.4f}{row['gold']:8}")
    if arguments.lift:
        FLOORS.write_text(json.dumps(raised(kept, reached), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
