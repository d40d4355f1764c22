from __future__ import annotations

from datetime import date

import pytest

from povdata import regions
from povdata.regions import resolve


@pytest.mark.parametrize(
    ("name", "on", "near", "code"),
    [
        ("任县", "2019-06-23", "河北省", "130526"),
        ("任县", date(2020, 6, 4), None, "130526"),
        ("任县", date(2020, 6, 5), None, "130505"),
        ("任县", "2021-01-01", "130000", "130505"),
        ("任泽区", "2021-01-01", None, "130505"),
        ("兴仁县", "2018-02-14", "贵州", "522322"),
        ("昌都地区", "2013-05-01", None, "542100"),
        ("昌都地区", "2018-05-01", "西藏", "540300"),
        ("双湖县", "2015-01-12", "那曲地区", "542431"),
        ("四川省成都市锦江区", "2018-01-01", None, "510104"),
        ("黔南州福泉市", "2018-01-01", None, "522702"),
        ("黄南州河南县", "2018-01-01", None, "632324"),
        ("河南", None, None, "410000"),
        ("吉林", None, None, "220000"),
        ("喀什", "2018-01-01", "新疆", "653100"),
        ("喀什市", "2018-01-01", "新疆", "653101"),
        ("朝阳区", "2018-01-01", "北京市", "110105"),
        ("朝阳区", "2018-01-01", "220100", "220104"),
        ("大通", "2018-01-01", "青海省", "630121"),
        ("湘西自治州", None, None, "433100"),
        ("密云", None, None, "110118"),
    ],
)
def test_resolve(name: str, on: date | str | None, near: str | None, code: str) -> None:
    region = resolve(name, on=on, near=near)
    assert region is not None
    assert region.code == code


@pytest.mark.parametrize(
    ("name", "on", "near"),
    [
        ("朝阳区", "2018-01-01", None),
        ("大通", None, None),
        ("任县", "2018-01-01", "河南省"),
        ("任县", "2018-01-01", "无此省"),
        ("江干区", "2022-01-01", None),
        ("不是地名", None, None),
        ("", None, None),
        ("县", None, None),
    ],
)
def test_undecided_or_unknown_is_none(name: str, on: str | None, near: str | None) -> None:
    assert resolve(name, on=on, near=near) is None


def test_a_date_that_is_none_is_an_error() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="isoformat"):
            resolve("任县", on="去年")


def test_a_name_means_what_it_meant_on_each_day() -> None:
    codes = [resolve("任县", on).code for on in ("2020-06-01", date(2020, 6, 30), "2020-06-01", date(2020, 6, 30))]
    assert codes == ["130526", "130505"] * 2


def test_division_without_a_code() -> None:
    region = resolve("雄安新区", on="2019-01-01")
    assert region is not None
    assert (region.code, region.parent) == (None, "130000")


def test_poverty_county_keeps_its_mark_under_a_new_name() -> None:
    before, after = resolve("平泉县", on="2016-01-01"), resolve("平泉市", on="2018-01-01")
    assert before is not None and after is not None
    assert (before.code, before.poverty_county, before.exit_year) == ("130823", True, 2017)
    assert (after.code, after.poverty_county, after.exit_year) == ("130881", True, 2017)
    rich = resolve("昆山市")
    assert rich is not None
    assert (rich.poverty_county, rich.exit_year) == (False, None)


def test_a_long_name_takes_no_long_time() -> None:
    assert resolve("北京市" * 20_000) is None


def test_rows_are_keyed_and_closed() -> None:
    rows = regions.rows()
    keys = [(row["region_code"], row["name"], row["valid_from"]) for row in rows]
    assert len(set(keys)) == len(keys)
    codes = {row["region_code"] for row in rows}
    assert {row["parent"] for row in rows} - codes == {None}
    assert [row["name"] for row in rows if row["parent"] is None] == ["中华人民共和国"]
    assert all((row["exit_year"] is not None) == row["poverty_county"] for row in rows)


def test_all_832_counties_are_marked_today() -> None:
    """832, less 大柴旦, which has no code of the standard, and with 冷湖 and 茫崖 as the one city that they became."""
    counties = [row for row in regions.rows() if row["poverty_county"] and row["valid_to"] is None]
    assert len(counties) == 832 - 1 - 1


@pytest.mark.parametrize(("day", "low", "high"), [("2013-12-31", 2852, 2854), ("2021-12-31", 2842, 2844)])
def test_counties_in_force_agree_with_the_published_count(day: str, low: int, high: int) -> None:
    """2,853 and 2,843 at county level at the end of 2013 and 2021 (Ministry of Civil Affairs, without Taiwan)."""
    count = sum(
        row["level"] == "county"
        and (row["valid_from"] or "") <= day
        and (row["valid_to"] is None or day < row["valid_to"])
        for row in regions.rows()
    )
    assert low <= count <= high


@pytest.mark.parametrize("code", ["530627", "522702", "632324"])
def test_ancestors_lead_to_the_province(code: str) -> None:
    above = regions.ancestors(code)
    assert above[0] == code[:4] + "00"
    assert above[-1] == code[:2] + "0000"
