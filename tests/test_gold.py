"""The scores on the hand-labelled pages keep their floors; skipped where the pages are not at hand."""

from __future__ import annotations

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import gold

GOLD = ROOT.parent / "shared" / "gold"


@pytest.mark.skipif(not (GOLD / "labels").is_dir(), reason="the labelled pages are not beside the checkout")
def test_no_score_falls_below_its_floor() -> None:
    reached, floors = gold.scores(GOLD), gold.floors()
    assert set(reached) <= set(floors), "a layer has no floor: run `python benchmarks/gold.py GOLD --write`"
    fallen = {layer: (reached[layer]["f1"], floor) for layer, floor in floors.items() if reached[layer]["f1"] < floor}
    assert not fallen, f"below the floor (score, floor): {fallen}; see `python benchmarks/gold.py`"


def test_floors_only_rise() -> None:
    reached = {"title": {"f1": 0.8}, "source": {"f1": 0.96789}, "dates": {"f1": 0.5}}
    assert gold.raised({"title": 0.9, "source": 0.9}, reached) == {"title": 0.9, "source": 0.9678, "dates": 0.5}


PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if "<!-- scores" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_scores_in_the_docs_are_those_of_the_floors(path) -> None:  # type: ignore[no-untyped-def]
    page = path.read_text(encoding="utf-8")
    assert page.count("<!-- scores") == len(gold.PLACE.findall(page))
    for place in gold.PLACE.finditer(page):
        for layer in place[2].split(", "):
            row = next(line for line in place[0].splitlines() if line.startswith(f"| {layer} |"))
            shown, floor = float(row.split("|")[4]), gold.floors()[layer]
            assert abs(shown - floor) < 0.001, "run `python benchmarks/gold.py GOLD --write`"
