from __future__ import annotations

from test_statements import document

from povdata.extract.script import fold, simplified
from povdata.lexicon import rows


def test_the_text_keeps_its_length() -> None:
    assert fold("縣委書記強調，「兩不愁」要做實。") == "县委书记强调，「两不愁」要做实。"
    assert fold("县委书记强调") == "县委书记强调"


def test_every_character_of_the_table_is_simplified_wherever_it_stands() -> None:
    for row in rows("traditional"):
        for before, after in (("", "路通了"), ("路", "通了"), ("路通了", "")):
            assert fold(before + row["traditional"] + after) == before + row["simplified"] + after


def test_only_pages_in_traditional_script_are_read_so() -> None:
    page = document("會議指出")
    page.article["language"] = "zh-Hans"
    assert simplified(page) == "會議指出"
    page.article["language"] = "zh-Hant"
    assert simplified(page) == "会议指出"


def test_the_table_maps_one_character_to_one() -> None:
    table = [(row["traditional"], row["simplified"]) for row in rows("traditional")]
    keys = [traditional for traditional, _ in table]
    assert len(keys) == len(set(keys))
    assert all(len(traditional) == len(simple) == 1 and traditional != simple for traditional, simple in table)
    assert not set(keys) & {simple for _, simple in table}, "folding twice must change nothing"
