"""Scores of a build on hand-labelled pages, their floors, and the tables of scores in docs/.

    python benchmarks/gold.py GOLD            build GOLD/raw, print a row a layer beside its floor
    python benchmarks/gold.py GOLD --write    lift each floor in tests/gold_floors.json to the score reached, and write
                                              the scores into docs/*.md and into the package, for the dataset card

GOLD is a folder with raw/, labels/ and score.py.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from povdata.build import build

ROOT = Path(__file__).parent.parent
FLOORS = ROOT / "tests" / "gold_floors.json"
SCORES = ROOT / "src" / "povdata" / "publish" / "scores.json"
PLACE = re.compile(r"(<!-- scores: (.+?) -->\n).*?(<!-- end of scores -->)", re.S)
"""Where a page of docs/ shows the scores of some layers."""

Scores = dict[str, dict[str, float]]


def scores(gold: Path) -> Scores:
    """Layer -> precision, recall, f1 and the number of labelled items, of a build over the labelled pages."""
    with tempfile.TemporaryDirectory() as folder:
        dist = Path(folder) / "dist"
        build([gold / "raw"], dist)
        command = [sys.executable, str(gold / "score.py"), str(dist), str(gold / "labels"), "--json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def floors() -> dict[str, float]:
    """Layer -> the F1 that it must keep."""
    return json.loads(FLOORS.read_text(encoding="utf-8"))


def raised(old: dict[str, float], reached: Scores) -> dict[str, float]:
    """Floors that never sink: the score reached, to four places, or the old floor where that is higher."""
    return {layer: max(old.get(layer, 0.0), int(row["f1"] * 10_000) / 10_000) for layer, row in reached.items()}


def with_scores(page: str, reached: Scores) -> str:
    """A page of docs/ with the scores of the layers that it names."""

    def table(place: re.Match[str]) -> str:
        lines = ["| layer | precision | recall | F1 | labelled items |", "| --- | ---: | ---: | ---: | ---: |"]
        for layer in place[2].split(", "):
            row = reached[layer]
            shown = " | ".join(f"{row[name]:.3f}" for name in ("precision", "recall", "f1"))
            lines.append(f"| {layer} | {shown} | {row['gold']} |")
        return place[1] + "\n" + "\n".join(lines) + "\n\n" + place[3]

    return PLACE.sub(table, page)


def scores_file(gold: Path, reached: Scores) -> str:
    """The scores as the dataset card reads them: on how many pages they were measured, and those of each layer."""
    kept = ("precision", "recall", "f1", "gold")
    layers = {layer: {name: round(row[name], 4) for name in kept} for layer, row in reached.items()}
    pages = len(list((gold / "labels").glob("*.json")))
    return json.dumps({"pages": pages, "layers": layers}, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, help="folder with raw/, labels/ and score.py")
    parser.add_argument("--write", action="store_true", help="lift the floors and write the scores into docs/")
    arguments = parser.parse_args()
    reached, kept = scores(arguments.gold), floors()
    print(f"{'layer':24}{'precision':>10}{'recall':>10}{'F1':>10}{'floor':>10}{'gold':>8}")
    for layer, row in reached.items():
        figures = "".join(f"{row[name]:10.4f}" for name in ("precision", "recall", "f1"))
        print(f"{layer:24}{figures}{kept.get(layer, 0):10.4f}{row['gold']:8}")
    if arguments.write:
        FLOORS.write_text(json.dumps(raised(kept, reached), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for page in sorted((ROOT / "docs").glob("*.md")):
            page.write_text(with_scores(page.read_text(encoding="utf-8"), reached), encoding="utf-8")
        SCORES.write_text(scores_file(arguments.gold, reached), encoding="utf-8")


if __name__ == "__main__":
    main()
