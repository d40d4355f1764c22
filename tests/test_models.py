"""Every rule of the tables, one case each: rows of a page of our own that are right but for that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from pages import page
from pydantic import ValidationError

from povdata.build.shard import validate
from povdata.clean import clean
from povdata.extract import Rows, extract
from povdata.models import ENCODINGS, json_schema, model
from povdata.page import SHANGHAI, Page, Rejection
from povdata.read import encoding

STORY = (
    "本报贵阳3月5日电（记者 林小禾）3月5日，贵州省毕节市威宁县召开脱贫攻坚推进会，县委书记宋明远出席会议并讲话，"
    "县长何静文主持会议。",
    "宋明远指出，要做好三项工作。一要发展产业，让300至500户贫困户增收。二要落实“两不愁三保障”，逐户核实住房安全。"
    "三要抓好易地扶贫搬迁，搬得出、稳得住。",
    "何静文说，全县还有约1.2万名贫困人口，贫困发生率下降到3.5%。",
)
TEXT = page(paragraphs=STORY)


@cache
def _rows() -> Rows:
    raw = TEXT.encode()
    return extract(clean(Page("a.txt", hashlib.sha256(raw).hexdigest(), len(raw), TEXT, "utf-8")))


@pytest.fixture
def rows() -> Rows:
    return deepcopy(_rows())


def test_the_page_is_valid_and_fills_every_table(rows: Rows) -> None:
    validate(rows, TEXT)
    assert all(rows.values())


Change = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]

ROW_RULES: list[tuple[str, Change, str]] = [
    ("articles", {"raw_bytes": "631"}, "valid integer"),
    ("articles", {"raw_bytes": 631.0}, "valid integer"),
    ("articles", {"colour": "red"}, "not permitted"),
    ("articles", {"title": ""}, "match pattern"),
    ("articles", {"title": "　"}, "match pattern"),
    ("articles", {"keywords": ["\n"]}, "match pattern"),
    ("articles", {"article_id": "0" * 16}, "beginning of raw_sha256"),
    ("articles", {"article_id": "XYZ"}, "match pattern"),
    ("articles", {"encoding": "klingon"}, "Input should be"),
    ("articles", {"published_basis": "guessed"}, "Input should be"),
    ("articles", {"genre": "poem"}, "Input should be"),
    ("articles", {"published_precision": None}, "go together"),
    ("articles", {"published_basis": None}, "go together"),
    ("articles", {"published_at": datetime(2018, 3, 6)}, "timezone"),
    ("articles", lambda row: {"crawled_at": row["published_at"] - timedelta(hours=1)}, "after crawled_at"),
    ("articles", {"n_chars": 1}, "does not count body"),
    ("articles", {"n_paragraphs": 1}, "does not count body"),
    ("articles", {"region_name": None}, "region_name go together"),
    ("articles", {"region_code": None}, "region_name go together"),
    ("articles", {"quality": ["no_date"]}, "no_date with a stated date"),
    (
        "articles",
        {"published_at": None, "published_precision": None, "published_basis": None},
        "lacks it without a date",
    ),
    ("articles", {"quality": ["spam", "spam"]}, "more than once"),
    ("articles", {"authors": ["林小禾", "林小禾"]}, "more than once"),
    ("articles", {"dateline": {"agency": None, "place": None, "date": None}}, "names an agency"),
    ("articles", lambda row: {"keyphrases": row["keyphrases"][::-1]}, "order of their weight"),
    ("articles", lambda row: {"keyphrases": row["keyphrases"] + row["keyphrases"][-1:]}, "at most 10 items"),
    ("articles", {"keyphrases": [{"phrase": "会", "weight": float("inf")}]}, "finite number"),
    ("articles", {"keyphrases": [{"phrase": "会", "weight": -1.0}]}, "greater than or equal to 0"),
    ("segments", {"text": ""}, "at least 1 character"),
    ("segments", {"role": "tail"}, "Input should be"),
    ("segments", {"start": -1}, "greater than or equal to 0"),
    ("sentences", {"tokens": ["别", "的"]}, "tokens do not join"),
    ("people", {"name": " "}, "match pattern"),
    ("people", {"roles": []}, "at least 1 item"),
    ("people", {"roles": ["author", "author"]}, "more than once"),
    ("people", {"titles": ["记者", "记者"]}, "more than once"),
    ("people", {"mentions": []}, "at least 1 item"),
    ("places", {"region_code": "52010"}, "match pattern"),
    ("places", {"name": None}, "without name"),
    ("dates", {"date_end": date(2018, 3, 4)}, "date_end is before date_start"),
    ("events", {"date_end": date(2018, 3, 4)}, "date_end is before date_start"),
    ("events", {"date_start": None}, "date_end is before date_start"),
    ("events", {"chairs": ["何静文", "何静文"]}, "more than once"),
    ("events", {"speakers": ["何静文", "何静文"]}, "more than once"),
    ("events", {"attendees": ["何静文", "何静文"]}, "more than once"),
    ("figures", {"value": float("nan"), "value_max": None}, "finite number"),
    ("figures", {"value_max": float("inf")}, "finite number"),
    ("figures", {"value_max": 299.0}, "below value"),
    ("points", {"ordinal": 0}, "greater than or equal to 1"),
    ("points", {"marker": "二要"}, "does not begin with marker"),
    ("points", {"themes": ["S1", "S1"]}, "more than once"),
]


@pytest.mark.parametrize(("table", "change", "says"), ROW_RULES)
def test_a_row_that_breaks_a_rule(table: str, change: Change, says: str, rows: Rows) -> None:
    row = rows[table][0]
    changed = row | (change(row) if callable(change) else change)
    with pytest.raises(ValidationError, match=says):
        model(table).model_validate(changed)
    rows[table][0] = changed
    with pytest.raises(Rejection, match=says) as rejection:
        validate(rows, TEXT)
    assert rejection.value.error == "invalid_record"


def test_a_row_that_lacks_a_column(rows: Rows) -> None:
    del rows["terms"][-1]["term"]
    with pytest.raises(Rejection, match=r"table terms, row \d+.term: Field required") as rejection:
        validate(rows, TEXT)
    assert rejection.value.error == "invalid_record"


def test_a_dated_page_may_state_no_date(rows: Rows) -> None:
    (article,) = rows["articles"]
    for basis in ("dateline", "address"):
        for quality in ([], ["no_date"]):
            model("articles").model_validate(article | {"published_basis": basis, "quality": quality})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"stage": "clean"}, "belongs to stage read"),
        ({"error": "boredom"}, "Input should be"),
        ({"message": ""}, "match pattern"),
    ],
)
def test_a_reject_that_breaks_a_rule(change: dict[str, Any], says: str) -> None:
    row = {"raw_path": "a.txt", "raw_sha256": None, "raw_bytes": None}
    row |= {"stage": "read", "error": "unreadable", "message": "it cannot be read: look"}
    model("rejects").model_validate(row)
    with pytest.raises(ValidationError, match=says):
        model("rejects").model_validate(row | change)


def first(table: str, **values: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[table][0].update(values)


def last(table: str, **values: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[table][-1].update(values)


def _other_body(rows: Rows) -> None:
    (article,) = rows["articles"]
    article["body"] = "他" + article["body"][1:]


def _all_footer(rows: Rows) -> None:
    for row in rows["segments"]:
        row["role"] = "footer"


def _gap(rows: Rows) -> None:
    row = rows["segments"][0]
    row |= {"end": row["end"] - 1, "text": row["text"][:-1]}


def _drop(table: str, number: int) -> Callable[[Rows], None]:
    """Drops a row, and numbers and counts the others as if it had never been there."""

    def change(rows: Rows) -> None:
        del rows[table][number]
        for seq, row in enumerate(rows[table]):
            row["seq"] = seq
        rows["articles"][0]["n_sentences"] = len(rows["sentences"])

    return change


def _no_sentences(rows: Rows) -> None:
    rows["sentences"].clear()
    rows["articles"][0]["n_sentences"] = 0


def _mention(**values: int) -> Callable[[Rows], None]:
    return lambda rows: rows["people"][0]["mentions"][0].update(values)


PAGE_RULES: list[tuple[Callable[[Rows], None], str]] = [
    (lambda rows: rows["articles"].append(rows["articles"][0]), "table articles: 2 rows"),
    (lambda rows: rows["articles"].clear(), "table articles: 0 rows"),
    (first("terms", article_id="0" * 16), "another article_id"),
    (last("segments", article_id="0" * 16), "another article_id"),
    (first("segments", seq=77), "does not count from 0"),
    (lambda rows: [row.update(seq=row["seq"] * 2) for row in rows["statements"]], "does not count from 0"),
    (last("sentences", seq=0), "does not count from 0"),
    (lambda rows: rows["terms"].insert(0, rows["terms"][0]), "start 5 stands more than once"),
    (last("people", name="宋明远"), "name 宋明远 stands more than once"),
    (lambda rows: rows["dates"].reverse(), "page order"),
    (lambda rows: rows["people"].reverse(), "page order"),
    (first("figures", text="300至500个"), "text is not the page text"),
    (first("statements", end=9_999), "text is not the page text"),
    (last("segments", end=len(TEXT) + 1), "text is not the page text"),
    (_gap, "do not tile"),
    (lambda rows: rows["segments"].pop(), "do not tile"),
    (first("events", end=len(TEXT) + 1), "no span of the page"),
    (first("events", end=3), "no span of the page"),
    (_mention(end=len(TEXT) + 1), "past the page or out of order"),
    (_mention(start=63, end=62), "past the page or out of order"),
    (_mention(start=61, end=64), "is not the name"),
    (lambda rows: rows["people"][-1]["mentions"].reverse(), "past the page or out of order"),
    (_other_body, "body is not the text"),
    (_all_footer, "body is not the text"),
    (first("articles", n_sentences=999), "n_sentences"),
    (first("sentences", segment_seq=99), "segment_seq 99 names no row of segments"),
    (first("sentences", segment_seq=3), "not inside a segment of the body"),
    (first("sentences", segment_seq=0), "not inside a segment of the body"),
    (lambda rows: rows["segments"][-2].update(role="heading"), "not inside a segment of the body"),
    (_drop("sentences", 2), "do not give the paragraphs"),
    (_no_sentences, "do not give the paragraphs"),
    (first("articles", region_code="999999"), "names no row of regions"),
    (first("articles", region_name="威远县"), "names no row of regions"),
    (first("people", region_code="999999"), "names no row of regions"),
    (first("places", name="贵定县"), "names no row of regions"),
    (first("events", region_code="999999"), "names no row of regions"),
    (last("points", themes=["S3.03", "S9"]), "themes S9 names no row of themes"),
    (first("terms", term="别的"), "names no row of glossary"),
]


@pytest.mark.parametrize(("change", "says"), PAGE_RULES)
def test_rows_of_a_page_that_do_not_go_together(change: Callable[[Rows], object], says: str, rows: Rows) -> None:
    change(rows)
    with pytest.raises(Rejection, match=says) as rejection:
        validate(rows, TEXT)
    assert rejection.value.error == "invalid_record"


@pytest.mark.parametrize(
    ("story", "name", "printed"),
    [
        (
            "本报讯（记者 张 勇）3月5日，云溪县召开推进会，县委书记张 勇出席会议并讲话，县长张勇主持会议。",
            "张勇",
            ["张 勇", "张勇"],
        ),
        (
            "3月5日，雲溪縣召開推進會，縣委書記張偉強出席會議並講話。会上，张伟强指出，這件事要辦好，帳目要清楚。",
            "張偉強",
            ["張偉強", "张伟强"],
        ),
    ],
)
def test_a_name_may_be_printed_with_spaces_or_in_the_other_script(story: str, name: str, printed: list[str]) -> None:
    text = page(paragraphs=(story,))
    raw = text.encode()
    rows = extract(clean(Page("a.txt", hashlib.sha256(raw).hexdigest(), len(raw), text, "utf-8")))
    (person,) = rows["people"]
    assert person["name"] == name
    assert [text[mention["start"] : mention["end"]] for mention in person["mentions"]] == printed
    validate(rows, text)


def test_every_encoding_that_is_read_has_a_meaning() -> None:
    read = {name for _, name in encoding._BOMS} | {
        name for family in (*encoding._FAMILIES, *encoding._WIDE) for name in family
    }
    assert read == ENCODINGS.keys()


def test_json_schema_says_that_items_stand_once() -> None:
    assert json_schema("people")["properties"]["roles"]["uniqueItems"] is True


def test_times_keep_their_zone(rows: Rows) -> None:
    assert rows["articles"][0]["published_at"].tzinfo is SHANGHAI
