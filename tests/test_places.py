from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from growth import grows_linearly
from hypothesis import given
from hypothesis import strategies as st

from povdata.extract.places import places
from povdata.page import Document, Page, Segment, Span


def document(body: str, title: str = "", **article: Any) -> Document:
    """A page of a headline and paragraphs, every segment with its role."""
    text, segments = "", []
    for role, line in [("title", title), *(("body", line) for line in body.split("\n"))]:
        if line:
            segments.append(Segment(len(text), len(text) + len(line) + 1, role, "test"))
            text += line + "\n"
    return Document(Page("a.txt", "0" * 64, len(text), text, "utf-8"), segments, article)


def found(body: str, on: date | None = date(2018, 5, 1), taken: tuple[Span, ...] = (), **more: Any) -> list[tuple]:
    return [(row["text"], row["region_code"]) for row in places(document(body, **more), on, taken)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("甘肃省定西市通渭县常家河镇", [("甘肃省定西市通渭县常家河镇", "621121")]),
        ("云南省马关县都龙镇", [("云南省马关县都龙镇", "532625")]),
        ("云南省马关县各乡镇", [("云南省马关县", "532625")]),
        ("云南省马关县两个镇", [("云南省马关县", "532625")]),
        ("他到云南昭通市镇雄县走访。", [("云南昭通市镇雄县", "530627")]),
        ("来自黔南州福泉市、黄南州河南县的代表", [("黔南州福泉市", "522702"), ("黄南州河南县", "632324")]),
        ("日喀则市的江孜县", [("日喀则市", "540200"), ("江孜县", "540222")]),
        ("云南省会泽县", [("云南省会泽县", "530326")]),
        ("江苏省会南京", [("江苏", "320000"), ("南京", "320100")]),
        ("山西大同市云州区", [("山西大同市云州区", "140215")]),
        ("吉林省吉林市永吉县，吉林", [("吉林省吉林市永吉县", "220221"), ("吉林", "220000")]),
        ("青海海南州，海南", [("青海海南州", "632500"), ("海南", "460000")]),
        ("湘西自治州、广西自治区", [("湘西自治州", "433100"), ("广西自治区", "450000")]),
        ("河北、山西、内蒙古等省区", [("河北", "130000"), ("山西", "140000"), ("内蒙古", "150000")]),
    ],
)
def test_a_mention_is_the_longest_nest(body: str, expected: list[tuple]) -> None:
    assert found(body) == expected


@pytest.mark.parametrize(
    ("body", "on", "code"),
    [
        ("任县召开会议", date(2020, 6, 1), "130526"),
        ("任县召开会议", date(2020, 6, 30), "130505"),
        ("兴仁县召开会议", date(2018, 2, 1), "522322"),
        ("兴仁市召开会议", date(2019, 2, 1), "522302"),
        ("昌都地区召开会议", date(2013, 2, 1), "542100"),
        ("昌都市召开会议", date(2019, 2, 1), "540300"),
        ("任县召开会议", None, "130526"),
    ],
)
def test_codes_are_those_of_the_day(body: str, on: date | None, code: str) -> None:
    assert [c for _, c in found(body, on)] == [code]


def test_a_former_name_carries_a_note() -> None:
    (row,) = places(document("任县召开会议"), date(2021, 3, 1))
    assert row["name"] == "任泽区"
    assert "任县" in row["note"] and "任泽区" in row["note"]


@pytest.mark.parametrize(
    "body",
    [
        "弘扬中华美德，研究重大理论问题。",
        "大力发展通道经济，会同有关部门，资源丰富，和平年代，大同小异，无为而治。",
        "省委、省政府和县委，全省和县级单位，代县长到达县城，责任县长。",
        "青海日报记者从重庆大学获悉，江苏省人民医院、泗阳县农村商业银行、湖南卫视、江苏美田农业有限公司捐款。",
        "全省各地，我市和全县，京津冀，川渝，陕南，中国。",
        "新疆生产建设兵团，苏州工业园区，西安高新区，兰州新区。",
        "该村村民走进贫困村，整村推进，美丽乡村，老乡，家乡，城镇，乡镇干部，驻村工作队，全县60个贫困村，所有行政村。",
        "县委书记王建平、县长李文成、村支书张安康说。",
        "代表李江西、王西宁。",
    ],
)
def test_what_is_no_place(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("四川省委书记", [("四川省", "510000")]),
        ("北京市卫计委和西宁市委", [("北京市", "110000"), ("西宁市", "630100")]),
        ("新疆喀什地委书记", [("新疆喀什", "653100")]),
        ("新疆喀什市委书记", [("新疆喀什市", "653101")]),
        ("西宁市民到上海市场买菜", [("西宁", "630100"), ("上海", "310000")]),
        ("广西资源丰富，广西资源县脱贫", [("广西", "450000"), ("广西资源县", "450329")]),
        ("雄安新区与河北雄安", [("雄安新区", None), ("河北雄安", None)]),
    ],
)
def test_posts_bodies_and_neighbouring_words(body: str, expected: list[tuple]) -> None:
    assert found(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("北京市朝阳区与会。朝阳区发言。", ["110105", "110105"]),
        ("吉林省长春市。朝阳区发言。", ["220100", "220104"]),
        ("朝阳区发言。", [None]),
        ("贵州毕节，赫章、威宁、纳雍三县。", ["520500", "520527", "520526", "520525"]),
        ("江西于都、兴国、宁都、瑞金。", ["360731", "360732", "360730", "360781"]),
        ("和田地区墨玉县、皮山县。和田人。", ["653222", "653223", "653200"]),
        ("大同市云冈区。大同要发展。", ["140214", "140200"]),
    ],
)
def test_neighbours_decide(body: str, expected: list[str | None]) -> None:
    assert [code for _, code in found(body)] == expected


def test_an_undecided_name_says_so() -> None:
    (row,) = places(document("城关区发言。"), date(2018, 5, 1))
    assert (row["region_code"], row["name"], row["level"]) == (None, None, "county")
    assert "城关区" in row["note"]


def test_the_outlet_decides() -> None:
    assert found("大通县召开会议，大通今年脱贫。", source="西宁晚报") == [("大通县", "630121"), ("大通", "630121")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("隆德县观庄乡前庄村。他又到前庄村。", [("隆德县观庄乡前庄村", "640423"), ("前庄村", "640423")]),
        (
            "他来到昭觉县三岔河乡三河村和解放乡火普村。",
            [("昭觉县三岔河乡三河村", "513431"), ("解放乡火普村", "513431")],
        ),
        ("从沙沟村走到大湾镇。", [("沙沟村", None), ("大湾镇", None)]),
        ("隆德县委开会，隆德县脱贫。沙塘镇发言。", [("隆德县", "640423"), ("隆德县", "640423"), ("沙塘镇", "640423")]),
        ("福建宁德下党乡", [("福建宁德下党乡", None)]),
        ("通渭县常家河镇。常家河变了。", [("通渭县常家河镇", "621121"), ("常家河", "621121")]),
        ("西吉县将台堡镇毛沟村村民委员会", [("西吉县将台堡镇毛沟村", "640422")]),
        ("白水镇、长岭乡和石板沟村", [("白水镇", None), ("长岭乡", None), ("石板沟村", None)]),
        ("兴国县李村乡田头村村民", [("兴国县李村乡田头村", "360732")]),
        ("大湾镇铺子村和相邻的五坝村", [("大湾镇铺子村", None), ("五坝村", None)]),
        ("隆德县前街道新桥村养蟹协会", []),
    ],
)
def test_townships_and_villages(body: str, expected: list[tuple]) -> None:
    assert found(body) == expected


def test_levels_names_and_poor_counties() -> None:
    rows = places(document("贵州省黔南州荔波县瑶山乡；江苏昆山市；四川省；甘孜州"), date(2018, 5, 1))
    assert [(row["level"], row["name"], row["poverty_county"]) for row in rows] == [
        ("township", "荔波县", True),
        ("county", "昆山市", False),
        ("province", "四川省", None),
        ("prefecture", "甘孜藏族自治州", None),
    ]


def test_taken_spans_hold_no_place() -> None:
    body = "代表张海南说。"
    start = body.index("张海南")
    assert found(body) == [("海南", "460000")]
    assert found(body, taken=(Span(start, start + 3),)) == []


def test_traditional_script() -> None:
    page = document("貴州省畢節市大方縣，後到瀋陽市", language="zh-Hant")
    rows = [(row["text"], row["region_code"], row["name"]) for row in places(page, date(2018, 5, 1))]
    assert rows == [("貴州省畢節市大方縣", "520521", "大方县"), ("瀋陽市", "210100", "沈阳市")]


def test_short_names_of_districts_need_their_city() -> None:
    assert found("重庆市开会，万州发言。") == [("重庆市", "500000"), ("万州", "500101")]
    assert found("万州发言。") == []


def test_only_content_is_read() -> None:
    text = "首页 > 贵州省\n贵州省召开会议。\n来源：四川日报 四川省\n"
    first, second = text.index("\n") + 1, text.index("来源")
    segments = [
        Segment(0, first, "navigation", ""),
        Segment(first, second, "body", ""),
        Segment(second, len(text), "metadata", ""),
    ]
    page = Document(Page("a.txt", "0" * 64, 1, text, "utf-8"), segments, {})
    assert [(row["start"], row["text"]) for row in places(page, None)] == [(first, "贵州省")]


@given(st.text("贵州省毕节市大方县和平乡镇村的、。王在到委资源会同海南江西 \n", max_size=60))
def test_mentions_lie_in_order_and_apart(body: str) -> None:
    page = document(body)
    rows = places(page, date(2018, 5, 1))
    assert all(page.page.text[row["start"] : row["end"]] == row["text"] for row in rows)
    assert all(one["end"] <= other["start"] for one, other in pairwise(rows))
    assert all("\n" not in row["text"] for row in rows)


@pytest.mark.parametrize(
    "piece",
    [
        "朝阳区、沙塘镇、大通、贵州省毕节市和资源。",
        "在洱源县到石坪乡青松村、",
        "李家村位于",
        "全国习近平，",
        "甘肃省会宁县永和镇向阳村合作社",
    ],
)
def test_time_grows_with_length(piece: str) -> None:
    assert grows_linearly(lambda n: places(document(piece * n), date(2018, 5, 1)), 500)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("镇雄县永和镇向阳村", [("镇雄县永和镇向阳村", "530627")]),
        ("他到镇雄县仙都镇余家村走访", [("镇雄县仙都镇余家村", "530627")]),
        ("他在青山示范区石坪乡李庄行政村走访", [("石坪乡李庄行政村", None)]),
        ("得知石坪乡青松村缺水，他很着急", [("石坪乡青松村", None)]),
        ("他走访了清溪行政村", [("清溪行政村", None)]),
        ("走进镇雄县石坪镇旺农花椒种植专业合作社", [("镇雄县石坪镇", "530627")]),
        ("走进镇雄县旺农花椒种植专业合作社", []),
        ("镇雄县石坪镇，石坪社区", [("镇雄县石坪镇", "530627")]),
        ("镇雄网讯 会泽县", [("会泽县", "530326")]),
        ("福建省青年发展基金会向镇雄县援建希望小学", [("镇雄县", "530627")]),
        ("浙江在线消息 镇雄县", [("镇雄县", "530627")]),
        ("新华社安康5月8日电", [("安康", "610900")]),
        ("石坪、安康村", [("安康村", None)]),
    ],
)
def test_names_that_other_words_touch(body: str, expected: list[tuple]) -> None:
    assert found(body) == expected


def test_an_organisation_is_named_within_a_few_words() -> None:
    assert found("毕节市明德仁爱康复专科医院") == []
    assert found("毕节市山高林密沟壑纵横风雨无阻如今也有医院") == [("毕节市", "520500")]


def test_content_apart_is_read_as_one_page() -> None:
    first, other, last = "贵州省毕节市开会。\n", "首页 四川省\n", "大方县羊场镇脱贫。\n"
    ends = [len(first), len(first + other), len(first + other + last)]
    segments = [
        Segment(0, ends[0], "body", ""),
        Segment(ends[0], ends[1], "navigation", ""),
        Segment(ends[1], ends[2], "body", ""),
    ]
    page = Document(Page("a.txt", "0" * 64, 1, first + other + last, "utf-8"), segments, {})
    rows = places(page, date(2018, 5, 1), [Span(ends[0], ends[0] + 2)])
    assert [(row["text"], row["start"], row["region_code"]) for row in rows] == [
        ("贵州省毕节市", 0, "520500"),
        ("大方县羊场镇", ends[1], "520521"),
    ]


def test_the_county_of_a_township() -> None:
    assert found("在会泽县，他沿山路来到石坪乡青松村。镇雄县也去了。")[1] == ("石坪乡青松村", "530326")
    assert found("镇雄县和会泽县结对，镇雄县花山镇与会泽县石坪镇、青松镇与镇雄县云岭镇签约。")[4] == ("青松镇", None)
    rows = found("青松村很穷。青松村位于昭通市镇雄县石坪镇，会泽县离它不远。")
    assert rows[0] == ("青松村", "530627") and rows[1] == ("青松村", "530627")


def test_a_list_of_persons_holds_no_place() -> None:
    body = "省领导乌兰、张明远参加。"
    taken = (Span(body.index("张"), body.index("张") + 3),)
    assert found(body, taken=taken) == []
    assert found("乌兰县、张明远") == [("乌兰县", "632821")]


def test_a_doubtful_name_in_a_list_of_its_province() -> None:
    assert ("石泉", "610922") in found("走遍陕西省宝鸡、石泉、洛南")
    assert "530627" not in {code for _, code in found("到西峡县的镇雄坡镇赶集")}
