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
    reached = gold.scores(GOLD)
    fallen = {
        layer: (reached[layer]["f1"], floor) for layer, floor in gold.floors().items() if reached[layer]["f1"] < floor
    }
    assert not fallen, f"below the floor (score, floor): {fallen}; see `python benchmarks/gold.py`"


def test_floors_only_rise() -> None:
    reached = {"title": {"f1": 0.8}, "source": {"f1": 0.96789}, "dates": {"f1": 0.5}}
    assert gold.raised({"title": 0.9, "source": 0.9}, reached) == {"title": 0.9, "source": 0.9678, "dates": 0.5}
