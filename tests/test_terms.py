"""Policy vocabulary, in sentences of our own."""

from __future__ import annotations

import pytest

from povdata.extract.terms import glossary, terms, themes
from povdata.page import Document, Page, Segment


def read(text: str, role: str = "body") -> list[tuple[str, str]]:
    page = Page(raw_path="a.txt", raw_sha256="0" * 64, raw_bytes=0, text=text, encoding="utf-8")
    found = terms(Document(page, [Segment(0, len(text), role, "test")], {}))
    assert all(text[row["start"] : row["end"]] == row["text"] for row in found)
    return [(row["text"], row["term"]) for row in found]


@pytest.mark.parametrize(
    "printed",
    [
        "两不愁三保障",
        "两不愁、三保障",
        "两不愁,三保障",
        "两不愁，三保障",
        "两不愁”“三保障",
        "两不愁”、“三保障",
        "两不愁 三保障",
    ],
)
def test_marks_inside_a_slogan(printed: str) -> None:
    assert read(f"落实“{printed}”政策") == [(printed, "两不愁三保障")]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("开展擂台赛", "脱贫攻坚擂台赛"),
        ("实行台账管理", "台账管理"),
        ("逐项对账销号", "对账销号"),
        ("开展问题清零行动", "问题清零"),
        ("五级书记一起抓", "五级书记一起抓"),
        ("摘帽不摘责任", "摘帽不摘责任"),
        ("东西部扶贫协作", "东西部扶贫协作"),
        ("建档立卡", "建档立卡"),
        ("两免一补", "两免一补"),
        ("四不摘", "四个不摘"),
        ("村级扶贫电站", "光伏扶贫电站"),
        ("同乡村振兴有效衔接", "与乡村振兴有效衔接"),
        ("扶贫开发工作领导小组", "扶贫开发领导小组"),
        ("非贫困县", "非贫困县"),
        ("住房安全", "住房安全有保障"),
        ("国家扶贫开发重点县", "国家扶贫开发工作重点县"),
        ("建档立卡贫困户", "建档立卡贫困户"),
        ("“四个问题”", "四个问题"),
    ],
)
def test_terms(text: str, term: str) -> None:
    assert [found for _, found in read(text)] == [term]


@pytest.mark.parametrize(
    "text",
    "低保障水平 动力电池厂 帮扶志愿者 支援青海 监督战果 还有四个问题 扶贫办法 全社会帮扶 非贫困村 非建档立卡户 "
    "较低保护水平 疫情动态清零 注销号牌 尚未摘帽 产粮重点县 工序有效衔接".split(),
)
def test_ordinary_text_is_untouched(text: str) -> None:
    assert read(text) == []


def test_traditional_script_is_read_and_kept_as_printed() -> None:
    text = "深入推進脫貧攻堅，做好東西部扶貧協作"
    page = Page(raw_path="a.txt", raw_sha256="0" * 64, raw_bytes=0, text=text, encoding="utf-8")
    found = terms(Document(page, [Segment(0, len(text), "body", "test")], {"language": "zh-Hant"}))
    assert [(row["text"], row["term"]) for row in found] == [
        ("脫貧攻堅", "脱贫攻坚"),
        ("東西部扶貧協作", "东西部扶贫协作"),
    ]


def test_only_content_is_read() -> None:
    assert read("脱贫攻坚", "navigation") == []


def test_lookups() -> None:
    expansion = {row["term"]: row["expansion_zh"] for row in glossary()}
    assert len(expansion["两不愁三保障"]) == 5
    assert len(expansion["脱贫攻坚制度体系"]) == 8
    forms = [form for row in glossary() for form in (row["term"], *row["aliases"])]
    assert len(forms) == len(set(forms))
    codes = {row["code"] for row in themes()}
    assert sum(row["parent"] is None for row in themes()) == 8
    assert all(row["parent"] in codes for row in themes() if row["parent"])
