from __future__ import annotations

import random
import re
from typing import Any

import pytest
from growth import grows_linearly
from hypothesis import given, settings
from hypothesis import strategies as st

from povdata.extract.points import points
from povdata.extract.statements import speakers, statements
from povdata.lexicon import rows
from povdata.page import Document, Page, Segment

PEOPLE = {
    "宋明远": ["县委书记"],
    "何秀兰": ["副县长"],
    "周立新": ["云溪县委书记"],
    "习近平": ["中共中央总书记"],
    "田桂花": [],
    "马建国": ["第一书记"],
}


def document(*paragraphs: str, roles: tuple[str, ...] = ()) -> Document:
    text = "\n".join(paragraphs)
    segments, at = [], 0
    for number, paragraph in enumerate(paragraphs):
        stop = min(at + len(paragraph) + 1, len(text))
        segments.append(Segment(at, stop, roles[number] if roles else "body", "test"))
        at = stop
    return Document(Page("a.txt", "0" * 64, len(text), text, "utf-8"), segments, {})


def people(text: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "titles": titles,
            "mentions": [{"start": m.start(), "end": m.end()} for m in re.finditer(name, text)],
        }
        for name, titles in PEOPLE.items()
        if name in text
    ]


def said(*paragraphs: str, roles: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    page = document(*paragraphs, roles=roles)
    found = statements(page, people(page.page.text))
    for seq, row in enumerate(found):
        assert row["seq"] == seq
        assert page.page.text[row["start"] : row["end"]] == row["text"] == row["text"].strip()
    return [(row["speaker"], row["verb"], row["text"]) for row in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("宋明远强调,要抓产业。", [("宋明远", "强调", "要抓产业。")]),
        ("县委书记宋明远指出：产业是根本。", [("宋明远", "指出", "产业是根本。")]),
        ("宋明远在全县会议上进一步指出，要抓产业。", [("宋明远", "指出", "要抓产业。")]),
        ("宋明远主持会议并强调，要抓产业。", [("宋明远", "强调", "要抓产业。")]),
        ("宋明远在作讲话时强调指出，要抓产业。", [("宋明远", "强调指出", "要抓产业。")]),
        ("宋明远讲话强调:要抓产业。", [("宋明远", "强调", "要抓产业。")]),
        ("田桂花高兴地说：“今年收成好。”", [("田桂花", "说", "“今年收成好。”")]),
        ("田桂花笑着告诉记者，今年收成好。", [("田桂花", "告诉", "今年收成好。")]),
        ("田桂花指着满坡的果树对记者说，今年收成好。", [("田桂花", "说", "今年收成好。")]),
        ("马建国介绍说,村里修了路。", [("马建国", "介绍说", "村里修了路。")]),
        ("据马建国介绍，村里修了路。", [("马建国", "介绍", "村里修了路。")]),
        ("宋明远要求各乡镇抓紧整改。", [("宋明远", "要求", "各乡镇抓紧整改。")]),
        ("何秀兰表示,将加快建设。", [("何秀兰", "表示", "将加快建设。")]),
        ("宋明远书记要求,要压实责任。", [("宋明远", "要求", "要压实责任。")]),
        ("5月,宋明远在调研时反复强调,要抓产业。", [("宋明远", "强调", "要抓产业。")]),
        ("宋明远、何秀兰表示,要抓产业。", [("宋明远、何秀兰", "表示", "要抓产业。")]),
        ("宋明远希望大家再接再厉。", [("宋明远", "希望", "大家再接再厉。")]),
        ("宋明远首次提出“一户一档”。", [("宋明远", "提出", "“一户一档”")]),
        ("宋明远提出三点要求：一是抓产业；二是抓就业。", [("宋明远", "提出", "一是抓产业；二是抓就业。")]),
        ("马建国在日记中写道:“路修通了。”", [("马建国", "写道", "“路修通了。”")]),
        ("习近平总书记曾说过,要真抓实干。", [("习近平", "说", "要真抓实干。")]),
        ("“日子好了。”田桂花感慨地说。", [("田桂花", "说", "“日子好了。”")]),
        ("习近平近日作出重要指示强调,要真抓实干。", [("习近平", "强调", "要真抓实干。")]),
        ("宋明远先后来到甲村、乙村，与贫困户田桂花交谈，要求抓紧整改。", [("宋明远", "要求", "抓紧整改。")]),
        ("宋明远明确要求,各村抓紧整改。", [("宋明远", "要求", "各村抓紧整改。")]),
        ("宋明远强调。", []),
        ("(何秀兰)县委书记宋明远说,要抓产业。", [("宋明远", "说", "要抓产业。")]),
        ("田桂花如是说:“日子好了。”", [("田桂花", "如是说", "“日子好了。”")]),
        ("何秀兰举例说,甲村建了果园。", [("何秀兰", "举例说", "甲村建了果园。")]),
        ("宋明远委员建议,先修路。", [("宋明远", "建议", "先修路。")]),
        ("宋明远常委代表县工商联发言建议,先修路。", [("宋明远", "建议", "先修路。")]),
        ("宋明远强调着力抓好产业。", [("宋明远", "强调", "着力抓好产业。")]),
        ("宋明远要求与会人员马上行动。", [("宋明远", "要求", "与会人员马上行动。")]),
        ("宋明远要求下一步抓好就业。", [("宋明远", "要求", "下一步抓好就业。")]),
        ("习近平对此项工作,作出重要指示强调,要真抓实干。", [("习近平", "强调", "要真抓实干。")]),
        (
            "何秀兰提出,先修路;宋明远发言,建议先通水;马建国讲了做法,认为产业要紧。",
            [("何秀兰", "提出", "先修路"), ("宋明远", "建议", "先通水"), ("马建国", "认为", "产业要紧。")],
        ),
    ],
)
def test_a_person_says(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("会议指出,成绩来之不易。", [("会议", "指出", "成绩来之不易。")]),
        ("8日召开的县委常委会会议强调，要抓产业。", [("县委常委会会议", "强调", "要抓产业。")]),
        ("县委、县政府要求,各级要抓紧。", [("县委、县政府", "要求", "各级要抓紧。")]),
        ("省扶贫办今天宣布,六个县脱贫。", [("省扶贫办", "宣布", "六个县脱贫。")]),
        ("《实施方案》指出，要抓产业。", [("《实施方案》", "指出", "要抓产业。")]),
        ("《方案》明确,到年底全部完成。", [("《方案》", "明确", "到年底全部完成。")]),
        ("通知要求,各地抓紧整改。", [("通知", "要求", "各地抓紧整改。")]),
        ("与会代表一致认为,报告实事求是。", [("与会代表", "认为", "报告实事求是。")]),
        ("大家纷纷表示,要撸起袖子干。", [("大家", "表示", "要撸起袖子干。")]),
        ("该县相关负责人介绍,路已修通。", [("该县相关负责人", "介绍", "路已修通。")]),
        ("河北、海南同时宣布全部摘帽。", [("河北、海南", "宣布", "全部摘帽。")]),
        ("省政府召开发布会,宣布出台新办法。", [("省政府", "宣布", "出台新办法。")]),
        ("县政府印发《办法》，要求各村自查。", [("县政府", "要求", "各村自查。")]),
        ("“十三五”规划提出,要抓产业。", [("“十三五”规划", "提出", "要抓产业。")]),
        ("《规划》提出到2020年全部脱贫。", [("《规划》", "提出", "到2020年全部脱贫。")]),
        ("有村民说,路好走了。", [("村民", "说", "路好走了。")]),
        ("一位老乡告诉我们，路好走了。", [("一位老乡", "告诉", "路好走了。")]),
        ("批示指出,要真抓实干。", [("批示", "指出", "要真抓实干。")]),
        ("会议听取了汇报,认为成绩不小,强调要再加劲。", [("会议", "认为", "成绩不小"), ("会议", "强调", "要再加劲。")]),
        ("省委、省政府印发《决定》，提出到2020年全部脱贫。", [("省委、省政府", "提出", "到2020年全部脱贫。")]),
        ("总书记强调,要真抓实干。", [("总书记", "强调", "要真抓实干。")]),
        ("县统计局报告指出,收入增加。", [("县统计局报告", "指出", "收入增加。")]),
        ("考核组认为,进展顺利。", [("考核组", "认为", "进展顺利。")]),
        ("巡视组反馈指出,作风不实。", [("巡视组", "指出", "作风不实。")]),
        ("会议纪要指出,要公开。", [("会议纪要", "指出", "要公开。")]),
        ("某国《晨报》发表文章称,这条路走对了。", [("《晨报》", "称", "这条路走对了。")]),
        ("云溪电视台在节目中评论道,这条路走对了。", [("云溪电视台", "评论道", "这条路走对了。")]),
    ],
)
def test_a_body_says(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (("宋明远出席会议并讲话。他强调,要抓产业。",), [("宋明远", "强调", "要抓产业。")]),
        (("宋明远就贯彻周立新讲话精神提出要求。他强调,要抓产业。",), [("宋明远", "强调", "要抓产业。")]),
        (
            ("“路修好了。”马建国说。", "他表示,还要通水。"),
            [("马建国", "说", "“路修好了。”"), ("马建国", "表示", "还要通水。")],
        ),
        (("县委书记宋明远来到村里。", "宋书记说,路要修好。"), [("宋明远", "说", "路要修好。")]),
        (("副县长何秀兰来到村里。", "何大妈说,路要修好。"), [("何大妈", "说", "路要修好。")]),
        (("村民田桂花住进新房。", "田大妈说,日子好了。"), [("田桂花", "说", "日子好了。")]),
        (("习近平来到村里。", "总书记指出,要真抓实干。"), [("习近平", "指出", "要真抓实干。")]),
        (("村民田桂花很有感触,她说,日子好了。",), [("田桂花", "说", "日子好了。")]),
        (("宋明远出席会议,强调要抓产业。",), [("宋明远", "强调", "要抓产业。")]),
        (
            ("宋明远多次强调脱贫。比如强调抓产业;强调抓就业。",),
            [("宋明远", "强调", "脱贫。"), ("宋明远", "强调", "抓产业"), ("宋明远", "强调", "抓就业。")],
        ),
        (("何秀兰介绍了情况,并表示将加快建设。",), [("何秀兰", "表示", "将加快建设。")]),
        (("各乡镇负责人作了表态发言,表示要抓紧。",), [("各乡镇负责人", "表示", "要抓紧。")]),
        (
            ("工作队对全县成绩充分肯定,对下一步工作提出要求:一是修路;二是通水。",),
            [("工作队", "提出", "一是修路;二是通水。")],
        ),
        (
            ("总书记习近平强调,要真抓实干。在参加座谈时,要求各地再接再厉。",),
            [("习近平", "强调", "要真抓实干。"), ("习近平", "要求", "各地再接再厉。")],
        ),
    ],
)
def test_the_speaker_stands_elsewhere(paragraphs: tuple[str, ...], expected: list[tuple[str, str, str]]) -> None:
    assert said(*paragraphs) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“路修好了。”马建国说。", [("马建国", "说", "“路修好了。”")]),
        ("“路修好了，车能进村。”第一书记马建国告诉记者。", [("马建国", "告诉", "“路修好了，车能进村。”")]),
        ("“水是命脉。”马建国说,村里打了三口井。", [("马建国", "说", "村里打了三口井。")]),
        ("“贷款难，我们贴息。”15日,何秀兰介绍了全县的做法。", [("何秀兰", "介绍", "“贷款难，我们贴息。”")]),
        ("“甲村14万元……”当天会上,何秀兰宣布各村分红数字。", [("何秀兰", "宣布", "“甲村14万元……”")]),
        ("宋明远说:“要抓产业。”这句话田桂花记在心里。", [("宋明远", "说", "“要抓产业。”这句话田桂花记在心里。")]),
    ],
)
def test_a_quotation_before_the_verb(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "宋明远提出8条要求。",
        "宋明远对下一步工作作出部署。",
        "按照宋明远书记要求,各村抓紧整改。",
        "我们要落实宋明远同志的要求,抓紧整改。",
        "数据显示,全县贫困人口减少。",
        "市对县考核认为三个乡已达标。",
        "宋明远向大家表示诚挚的慰问。",
        "宋明远对此表示衷心感谢。",
        "大家赞同县委的判断,拥护县委的决定。",
        "《意见》明确了主攻方向和重点任务。",
        "这是宋明远强调的重点。",
        "据了解,路已修通。",
        "据介绍,路已修通。",
        "对贫困户来说,这是大事。",
        "何秀兰说服了田桂花。",
        "需要强调的是,要抓产业。",
        "各级各部门要强调纪律,要求真务实。",
        "这部小说,写的是扶贫。",
        "该村名称,取自山名。",
        "何秀兰宣布大会开幕。",
        "实践证明,路子走对了。",
        "“听书记说,要修路。”",
        "随着宋明远宣布开工,机器响了。",
        "我认为,要抓产业。",
        "会议审议通过了报告。",
        "县领导对全县工作给予充分肯定。",
        "何秀兰将于11日公布,全县名单。",
        "听村民说,路通了。",
        "有村民表示怀疑:这样能成?",
        "宋明远说完,大家鼓掌。",
        "建议交上去了,怎么办?",
        "当县长说散会时,大家起身。",
    ],
)
def test_nobody_says(text: str) -> None:
    assert said(text) == []


def test_a_wish_without_subject() -> None:
    """It is a row where no attribution with a printed subject is open in its paragraph."""
    listed = said("宋明远给大家提出三点希望。一是希望大家多学习。二是希望大家多调研。他还希望企业多帮扶。")
    assert listed == [
        ("宋明远", "希望", "大家多学习。"),
        ("宋明远", "希望", "大家多调研。"),
        ("宋明远", "希望", "企业多帮扶。"),
    ]
    assert said("宋明远指出,成绩不小。希望大家多学习。") == [("宋明远", "指出", "成绩不小。希望大家多学习。")]


def test_speech_ends_before_the_next_attribution() -> None:
    assert said("宋明远说,报告很好。大家认为,路子对。宋明远指出,要抓产业。") == [
        ("宋明远", "说", "报告很好。"),
        ("大家", "认为", "路子对。"),
        ("宋明远", "指出", "要抓产业。"),
    ]


def test_speech_runs_on_over_its_points() -> None:
    found = said("宋明远指出,要抓好两件事。", "第一,抓产业。", "第二,抓就业。", "会议由何秀兰主持。")
    assert found == [("宋明远", "指出", "要抓好两件事。\n第一,抓产业。\n第二,抓就业。")]


def test_only_the_body_speaks() -> None:
    assert said("宋明远强调,要抓产业。", roles=("caption",)) == []


def test_nobody_known_before_speaks_for_a_stranger() -> None:
    assert said("宋明远来到村里。大使史某某某某在致辞中说,合作很好。他希望双方加强合作。") == []


def test_a_source_that_is_not_named_is_nobody() -> None:
    assert said("宋明远说,“路修好了”。据介绍,全村都通了车。")[1:] == []


def test_a_body_in_a_point_wishes_nothing_in_mid_sentence() -> None:
    found = said("宋明远指出,要抓好两件事。", "一是办好年会,来年大会希望更热闹。", "二是管好资料。")
    assert [(speaker, verb) for speaker, verb, _ in found] == [("宋明远", "指出")]


def test_traditional_script() -> None:
    page = document("縣委書記宋明遠強調,要抓產業。", "會議認為,這條路對。", "《辦法》指出,要公開。", "他說,抓緊辦。")
    page.article["language"] = "zh-Hant"
    known = [{"name": "宋明遠", "titles": ["縣委書記"], "mentions": [{"start": 4, "end": 7}]}]
    assert [(row["speaker"], row["verb"], row["text"]) for row in statements(page, known)] == [
        ("宋明遠", "強調", "要抓產業。"),
        ("會議", "認為", "這條路對。"),
        ("《辦法》", "指出", "要公開。"),
        ("宋明遠", "說", "抓緊辦。"),
    ]


def test_speakers() -> None:
    assert speakers([{"speaker": "宋明远、何秀兰"}, {"speaker": "会议"}]) >= {"宋明远", "何秀兰", "会议"}


def test_every_verb_of_the_lexicon_is_known_once() -> None:
    verbs = [row["verb"] for row in rows("speech_verbs")]
    assert len(verbs) == len(set(verbs))
    assert {row["takes"] for row in rows("speech_verbs")} <= {"clause", "mark", "colon", "never", ""}
    assert not set(verbs) & {row["word"] for row in rows("not_sayings")}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "宋明远 何秀兰 他 总书记 会议 《办法》 强调 要求 说 告诉记者 提出 希望 介绍 宣布 , ： 。 “ ” 的 在 时 "
            "并 一是 二是 "
            '第一, 第二, \n 要抓产业 （ ） " ； 对 地 首先 其次 1. 2. 最后'.split(" ")
        ),
        max_size=40,
    ).map("".join)
)
def test_rows_of_any_text_hold_together(text: str) -> None:
    page = document(*text.split("\n"))
    known = people(page.page.text)
    spoken = statements(page, known)
    for row in [*spoken, *points(page, spoken, known)]:
        assert page.page.text[row["start"] : row["end"]] == row["text"] == row["text"].strip() != ""
        assert row["speaker"] != ""
    assert [row["start"] for row in spoken] == sorted(row["start"] for row in spoken)


def test_a_long_line_takes_linear_time() -> None:
    pieces = ["宋明远强调,", "要", "在", "“", "”", "他说", "的", "《", "》", "。", "，", "对", "地", "会议", "一是希望"]

    def work(size: int) -> object:
        text = "".join(random.Random(7).choices(pieces, k=size))
        return statements(document(text), people(text))

    assert grows_linearly(work, 10_000)
