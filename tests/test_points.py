from __future__ import annotations

import csv
import random
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from growth import grows_linearly
from test_statements import document, people

from povdata.extract.points import heading, points, themes
from povdata.extract.statements import statements
from povdata.lexicon import rows

GOLD = ROOT.parent / "shared" / "gold" / "raw"


def listed(*paragraphs: str, roles: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    page = document(*paragraphs, roles=roles)
    known = people(page.page.text)
    found = points(page, statements(page, known), known)
    for seq, row in enumerate(found):
        assert row["seq"] == seq
        assert page.page.text[row["start"] : row["end"]] == row["text"] == row["text"].strip()
        assert row["text"].startswith(row["marker"])
    assert [row["start"] for row in found] == sorted(row["start"] for row in found)
    return found


def items(*paragraphs: str) -> list[tuple[int, int, str, str]]:
    return [(row["list_seq"], row["ordinal"], row["marker"], row["text"]) for row in listed(*paragraphs)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("会议要求,一要抓产业；二要抓就业。", [("一要", "一要抓产业"), ("二要", "二要抓就业。")]),
        ("一是修路。二是通水。三是办学。", [("一是", "一是修路。"), ("二是", "二是通水。"), ("三是", "三是办学。")]),
        ("一要修路；二是通水。", [("一要", "一要修路"), ("二是", "二是通水。")]),
        ("第一,修路。第二,通水。", [("第一,", "第一,修路。"), ("第二,", "第二,通水。")]),
        ("第一，要修路；第二，要通水。", [("第一，", "第一，要修路"), ("第二，", "第二，要通水。")]),
        ("两件事：（一）修路；（二）通水。", [("（一）", "（一）修路"), ("（二）", "（二）通水。")]),
        ("（一）修路。（二）通水。", [("（一）", "（一）修路。"), ("（二）", "（二）通水。")]),
        ("会议要求，(1)修路。(2)通水。", [("(1)", "(1)修路。"), ("(2)", "(2)通水。")]),
        ("（1）修路。（2）通水。", [("（1）", "（1）修路。"), ("（2）", "（2）通水。")]),
        ("两件事:一、修路;二、通水。", [("一、", "一、修路"), ("二、", "二、通水。")]),
        ("三件事:1.修路;2.通水;3.办学。", [("1.", "1.修路"), ("2.", "2.通水"), ("3.", "3.办学。")]),
        ("两件事:1、修路;2、通水。", [("1、", "1、修路"), ("2、", "2、通水。")]),
        ("两件事：①修路；②通水。", [("①", "①修路"), ("②", "②通水。")]),
        (
            "首先，要修路。其次，要通水。最后，要办学。",
            [("首先", "首先，要修路。"), ("其次", "其次，要通水。"), ("最后", "最后，要办学。")],
        ),
        ("其一，路不好；其二，水不够。", [("其一", "其一，路不好"), ("其二", "其二，水不够。")]),
        ("一方面，路不好；另一方面，水不够。", [("一方面", "一方面，路不好"), ("另一方面", "另一方面，水不够。")]),
        ("他说：“一要修路；二要通水。”大家鼓掌。", [("一要", "一要修路"), ("二要", "二要通水。")]),
    ],
)
def test_markers(text: str, expected: list[tuple[str, str]]) -> None:
    found = items(text)
    assert [(marker, item) for _, _, marker, item in found] == expected
    assert [ordinal for _, ordinal, _, _ in found] == list(range(1, len(expected) + 1))
    assert {number for number, _, _, _ in found} == {0}


def test_a_list_of_bracketed_paragraphs() -> None:
    found = items("（一）各村自查。", "（二）乡镇复核。", "（三）县里抽查。")
    assert [(marker, item) for _, _, marker, item in found] == [
        ("（一）", "（一）各村自查。"),
        ("（二）", "（二）乡镇复核。"),
        ("（三）", "（三）县里抽查。"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "他办事一是一、二是二。",
        "修路是一要紧的事,二要有人干。",
        "第一书记来了,第二书记没来。",
        "他第一时间赶到,第二天又来。",
        "首先要修路。",
        "一是一家人的心愿。",
        "第一、二、三产业融合,第二产业占四成。",
        "增长1.5%,其中2.3个百分点来自产业。",
        "统一是好事;二是数字。",
        "一方面帮助就业,同时带动周边。",
        "二是通水。三是办学。",
        "最后,大家合影。",
        "三要素齐备。",
    ],
)
def test_no_markers(text: str) -> None:
    assert items(text) == []


def test_nested_lists_are_lists_of_their_own() -> None:
    found = items("第一,抓责任。一要靠前,二要务实。第二,抓产业。一要选准,二要做强。")
    assert found == [
        (0, 1, "第一,", "第一,抓责任。一要靠前,二要务实。"),
        (1, 1, "一要", "一要靠前"),
        (1, 2, "二要", "二要务实。"),
        (0, 2, "第二,", "第二,抓产业。一要选准,二要做强。"),
        (2, 1, "一要", "一要选准"),
        (2, 2, "二要", "二要做强。"),
    ]


def test_a_list_over_several_paragraphs() -> None:
    found = items("会议提出两点意见。", "一要抓产业。要选准项目。", "项目要到户。", "二要抓就业。", "会后下村。")
    assert found == [(0, 1, "一要", "一要抓产业。要选准项目。"), (0, 2, "二要", "二要抓就业。")]


def test_a_list_inside_an_item_of_the_same_form() -> None:
    found = items("一是抓产业。具体是:一要选准,二要做强。", "二是抓就业。")
    assert [(number, marker) for number, _, marker, _ in found] == [(0, "一是"), (1, "一要"), (1, "二要"), (0, "二是")]


def test_a_list_inside_an_item_with_the_same_marker() -> None:
    found = items("一是抓产业。具体是:一是选准,二是做强。", "二是抓就业。")
    assert [(number, text) for number, _, _, text in found] == [
        (0, "一是抓产业。具体是:一是选准,二是做强。"),
        (1, "一是选准"),
        (1, "二是做强。"),
        (0, "二是抓就业。"),
    ]


def test_two_lists() -> None:
    """Another list with the same markers ends the one before it, with the sentence before that which introduces it."""
    assert items("一要修路,二要通水。会议还要求,一要防火,二要防汛。会后下村。") == [
        (0, 1, "一要", "一要修路"),
        (0, 2, "二要", "二要通水。"),
        (1, 1, "一要", "一要防火"),
        (1, 2, "二要", "二要防汛。会后下村。"),
    ]


def test_only_the_body_has_points() -> None:
    assert listed("一要修路,二要通水。", roles=("summary",)) == []


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("聚焦问题,扎实整改。", "聚焦问题"),
        (" 要做到“早谋划,早安排”和落实。", "要做到“早谋划,早安排”和落实"),
        ("实施“党建+扶贫”行动(第一批,共三个)。", "实施“党建+扶贫”行动(第一批,共三个)"),
        ("增长2.5%。", "增长2.5%"),
        ("修路", "修路"),
        ("做到“没有收尾的引号,就到逗号", "做到“没有收尾的引号"),
    ],
)
def test_heading(item: str, expected: str) -> None:
    assert heading(item) == expected


@pytest.mark.parametrize(
    ("paragraphs", "speaker"),
    [
        (("宋明远强调,一要修路,二要通水。",), "宋明远"),
        (("宋明远就下步工作提出三点意见。", "一要修路。", "二要通水。"), "宋明远"),
        (("何秀兰陪同。宋明远指出,要抓两件事。", "第一,修路。", "第二,通水。"), "宋明远"),
        (("会议要求,一要修路,二要通水。",), "会议"),
        (("宋明远提出两点希望。一是希望大家学习。二是希望大家调研。",), "宋明远"),
        (("一是修路。二是通水。",), None),
    ],
)
def test_speaker_in_force(paragraphs: tuple[str, ...], speaker: str | None) -> None:
    found = listed(*paragraphs)
    assert found and {row["speaker"] for row in found} == {speaker}


@pytest.mark.parametrize(
    ("paragraphs", "kind"),
    [
        (("会议要求,一要修路,二要通水。",), "directive"),
        (("我们积累了宝贵经验。一是靠党建。二是靠产业。",), "experience"),
        (("该村的主要做法是:一是建协会;二是跑市场。",), "experience"),
        (("调研发现,还存在不少问题:一是路不好;二是水不够。",), "problem"),
        (("今后三年的目标是:一是人均收入翻番;二是道路全部硬化。",), "goal"),
        (("一是以问题为导向。二是以项目为支撑。",), "other"),
        (("一是办了工厂,带动百人就业。二是修了路。",), "experience"),
        (("今年以来,县里扎实开展帮扶工作。一是走访,看了百户。二是修路,已通三村。",), "experience"),
        (("全县做好了三项准备。一是人员到位。二是资金到位。",), "experience"),
        (("宋明远说,这次调研有三个特点:一是准备充分;二是范围广。",), "experience"),
        (("宋明远说,去年做了两件事。一是办了工厂。二是修了路。",), "experience"),
        (("宋明远说,要做好以下工作。一是办工厂。二是修路。",), "directive"),
    ],
)
def test_kind(paragraphs: tuple[str, ...], kind: str) -> None:
    assert {row["kind"] for row in listed(*paragraphs)} == {kind}


def test_themes() -> None:
    assert themes("完善易地扶贫搬迁后续扶持") == ["S2.06", "S3.03"]
    assert themes("提高医疗保险报销比例") == ["S3.06"], "保险 in 医疗保险 is no finance"
    assert themes("扶贫资金闲置") == ["S4.01", "S4.04"], "triggers that overlap both count"
    assert themes("天气晴好") == []


def test_a_trigger_counts_where_no_longer_one_holds_it() -> None:
    codes: dict[str, set[str]] = {}
    for row in rows("themes"):
        for trigger in filter(None, row["triggers"].split("|")):
            codes.setdefault(trigger, set()).add(row["code"])
    for row in rows("theme_words"):
        codes.setdefault(row["word"], set()).update(filter(None, row["codes"].split("|")))
    # Words that share characters, so that many triggers lie inside others or overlap.
    words = [word for word in codes if any(word in other or word[-1] == other[0] for other in codes if word != other)]
    drawn = random.Random(5)
    for _ in range(300):
        text = "".join(word[: drawn.randint(1, len(word))] for word in drawn.choices(words, k=6))
        spans = [
            (match.start(), match.start() + len(word), word)
            for word in words
            for match in re.finditer(f"(?={re.escape(word)})", text)
        ]
        expected = {
            code
            for start, end, word in spans
            if not any(low <= start and end <= high and high - low > end - start for low, high, _ in spans)
            for code in codes[word]
        }
        spare = {code for word in codes if word not in words and word in text for code in codes[word]}
        assert set(themes(text)) - spare == expected - spare, text


def test_traditional_script() -> None:
    page = document("會議強調,一要抓產業發展;二要抓技術培訓。")
    page.article["language"] = "zh-Hant"
    found = points(page, statements(page, []))
    assert [(row["marker"], row["text"], row["speaker"], row["themes"]) for row in found] == [
        ("一要", "一要抓產業發展", "會議", ["S3.01"]),
        ("二要", "二要抓技術培訓。", "會議", ["S3.11"]),
    ]


def test_the_lexicons_name_themes_that_exist() -> None:
    codes = {row["code"] for row in rows("themes")}
    for row in rows("theme_words"):
        assert set(filter(None, row["codes"].split("|"))) <= codes, row
    for row in rows("point_kinds"):
        re.compile(row["pattern"])
        assert row["kind"] in ("directive", "experience", "problem", "goal", "other")


def test_a_marker_opens_its_paragraph_behind_any_space() -> None:
    assert items("要求：", " " * 9 + "一、抓产业。", "\u3000\u3000“二、抓就业。") == [
        (0, 1, "一、", "一、抓产业。"),
        (0, 2, "二、", "二、抓就业。"),
    ]


def test_a_mark_before_another_paragraph_introduces_no_marker_in_it() -> None:
    """Segments need not end with their lines: what stands before one in the page is not read as part of it."""
    page = document("会议要求，一是修路；二是通水，", "三是办学。", roles=("body", "caption"))
    assert [row["marker"] for row in points(page, [])] == ["一是", "二是"]
    page = document("图：，", "一、修路，二、通水；三、办学。", roles=("caption", "body"))
    assert points(page, []) == []


def test_a_long_line_takes_linear_time() -> None:
    pieces = ["一要", "二要", "第一,", "首先", "(一)", "1.", "“", "”", "。", ",", "抓产业", "最后,", "一方面", " "]

    def work(size: int) -> object:
        return points(document("".join(random.Random(3).choices(pieces, k=size))), [])

    assert grows_linearly(work, 5_000)


def agreement(folder: Path) -> dict[str, float]:
    """How far `kind` and `themes` of the labelled points agree with the labels of tests/point_labels.csv."""
    from povdata.clean import clean
    from povdata.extract.people import people as people_of
    from povdata.read import find, read

    labels: dict[str, list[dict[str, str]]] = {}
    with (Path(__file__).parent / "point_labels.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            labels.setdefault(row["file"], []).append(row)
    same = right = wrong = missed = 0
    for file, expected in labels.items():
        page = clean(read(next(iter(find([str(folder / file)])))))
        known = list(people_of(page))
        found = {(row["list_seq"], row["ordinal"]): row for row in points(page, statements(page, known), known)}
        for label in expected:
            row = found.get((int(label["list"]), int(label["ordinal"])), {"kind": None, "themes": []})
            told, given = set(filter(None, label["themes"].split("|"))), set(row["themes"])
            same += row["kind"] == label["kind"]
            right, wrong, missed = right + len(told & given), wrong + len(given - told), missed + len(told - given)
    return {
        "points": sum(map(len, labels.values())),
        "kind": same / sum(map(len, labels.values())),
        "themes precision": right / (right + wrong),
        "themes recall": right / (right + missed),
        "themes F1": 2 * right / (2 * right + wrong + missed),
    }


@pytest.mark.skipif(not GOLD.is_dir(), reason="the labelled pages are not beside the checkout")
def test_agreement_with_the_labels() -> None:
    reached = agreement(GOLD)
    assert reached["points"] == 62
    assert reached["kind"] >= 0.95, reached
    assert reached["themes F1"] >= 0.90, reached
    told = (ROOT / "docs" / "points.md").read_text(encoding="utf-8")
    for name in ("kind", "themes precision", "themes recall", "themes F1"):
        printed = re.search(rf"\| {name}(?:: same label)? \| ([0-9.]+) \|", told)
        assert printed and abs(float(printed[1]) - reached[name]) < 0.002, (
            f"docs/points.md: {name} is {reached[name]:.3f}"
        )


if __name__ == "__main__":
    for name, value in agreement(GOLD).items():
        print(f"{name}\t{value:.3f}")
