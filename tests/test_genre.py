from __future__ import annotations

import re
from datetime import datetime
from re import _constants, _parser
from typing import Any

import pytest
from growth import grows_linearly
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from povdata.extract import extract
from povdata.extract.genre import _cells, _counts, _cues, _searches
from povdata.lexicon import rows
from povdata.models import GENRES
from povdata.page import SHANGHAI, Document, Page, Segment

PLACES = {"title", "lead", "first", "opening", "body", "paragraph", "voice", "address", "byline", "end", "channel"}


def genre(title: str, *paragraphs: str, published: str | None = "2019-06-20", **article: Any) -> str:
    """The genre of a page with that headline and those paragraphs."""
    text, segments = "", []
    for line in (title, *paragraphs):
        role = "title" if not segments else "body"
        segments.append(Segment(len(text), len(text) + len(line) + 1, role, "test"))
        text += line + "\n"
    at = datetime.fromisoformat(published).replace(tzinfo=SHANGHAI) if published else None
    columns: dict[str, Any] = {
        "title": title,
        "genre": "report",
        "published_at": at,
        "published_precision": "day" if at else None,
        "published_basis": "stated" if at else None,
        "crawled_at": None,
        "language": "zh-Hans",
        "deck": [],
        "authors": [],
        "dateline": None,
    }
    document = Document(Page("page.txt", "0" * 64, len(text), text, "utf-8"), segments, columns | article)
    return extract(document)["articles"][0]["genre"]


REPORTS = {
    "meeting": (
        "云溪县召开脱贫攻坚推进会",
        "6月18日，云溪县召开脱贫攻坚推进会，县委书记宋明远出席会议并讲话，县长何静文主持会议。",
        "宋明远指出，必须把茶叶产业抓在手上，只有产业稳了，增收才能稳。",
    ),
    "meeting without a headline word": (
        "逐户算账 逐村过关",
        "6月18日上午，全县扶贫工作例会在县政府礼堂举行。",
        "会议要求，各乡镇要在月底前核实每户收入。",
    ),
    "visit": (
        "宋明远到石桥镇走访贫困户",
        "近日，县委书记宋明远到石桥镇调研，走进贫困户家中了解收入情况。",
        "他强调，账目要清楚，不能漏掉一户。",
    ),
    "figures published": (
        "云溪县贫困发生率降至百分之一以下",
        "记者6月19日从县扶贫办获悉，截至5月底，全县贫困人口减少到812人。",
        "据了解，县里下一步将继续扶持茶叶产业。",
    ),
    "an office of itself": (
        "开展结对帮扶",
        "为进一步做好结对帮扶，我院组织三名医生到石桥镇卫生院坐诊，为村民看病开方。",
        "医生们每周轮换一次，费用由我院承担。",
    ),
    "notice in the news": (
        "县扶贫办下发通知：雨季前修好危房",
        "县扶贫办19日下发《关于做好危房改造的通知》，要求各乡镇雨季前完工。",
        "《通知》要求，施工队要每天登记进度。",
    ),
    "ceremony with a villager": (
        "石桥镇为茶农发放分红",
        "6月19日上午，石桥镇茶叶合作社分红大会在镇文化站举行，现场发放资金42万元。",
        "“没想到能分这么多。”村民田桂花说。",
    ),
}


@pytest.mark.parametrize("case", REPORTS)
def test_news_of_an_event_is_a_report(case: str) -> None:
    assert genre(*REPORTS[case]) == "report"


FEATURES = {
    "story": (
        "田桂花的茶园",
        "天色刚亮，田桂花背着竹篓上了山。她今年52岁，家住石桥镇高坪村，丈夫常年卧病。",
        "“以前一年到头吃不上几回肉。”田桂花笑着说，如今她家的茶园有六亩。",
    ),
    "place and slogan": (
        "石桥镇：小茶叶撑起好日子",
        "近年来，石桥镇依托高山茶叶，走出了一条增收的路子。",
        "高坪村曾是有名的穷村，交通不便。村民老周说，过去茶叶背下山要走半天。",
    ),
    "record": (
        "一条路修了三十年——高坪村通路纪实",
        "6月15日，高坪村的水泥路修到了最后一户门前。",
        "过去，村里人出门要翻两座山。",
    ),
    "round-up of practice": (
        "云溪县多措并举做好就业扶贫",
        "近年来，云溪县把就业作为脱贫的根本办法，取得明显成效。",
        "建好车间。全县建成扶贫车间三十个，吸纳贫困劳动力九百人。",
    ),
    "wire story with its own headline": (
        "茶山上的脚印",
        "新华社昆明6月19日电 题：茶山上的脚印",
        "清晨，雾还没散，第一书记周启明已经走在去茶园的山路上。他说，路熟了，人也就熟了。",
        "“他来了以后，村里的灯亮了。”村民田桂花说。",
    ),
    "told by oneself": (
        "我在高坪村的日子",
        "我到高坪村那天下着雨，我的行李湿了一半。几个村民站在路边，没有人说话。",
        "后来我跟着田大叔下地，我的手磨出了泡。",
    ),
}


@pytest.mark.parametrize("case", FEATURES)
def test_a_story_is_a_feature(case: str) -> None:
    assert genre(*FEATURES[case]) == "feature"


COMMENTARIES = {
    "label before": ("云溪时评：别让表格压垮干部", "填表本来是为了把账算清。可是一张表填五遍，账反而更糊涂。"),
    "label after": ("把账算到群众心里 | 云溪时评", "脱贫的账，不能只在纸上算。"),
    "commentator's byline": (
        "一鼓作气向前走",
        "本报评论员",
        "脱贫到了最后一段路，越往后越难。必须咬定目标，不能松劲。",
    ),
    "news commented": (
        "表格多了，脚步就少了",
        "有干部抱怨，一个月填了四十张表。（6月18日《云溪日报》）",
        "究其原因，是有的部门把留痕当成了政绩。诚然，台账不可少，但不是越多越好，而是越准越好。",
    ),
    "argument without a label": (
        "扶贫不能只靠给钱",
        "扶贫必须先扶志，离不开群众自己的双手。",
        "只有让人愿意干，才能让日子长久地好起来。不可否认，给钱最省事，然而省事往往意味着白费。",
        "我们要问一问：钱花完了以后怎么办？",
    ),
}


@pytest.mark.parametrize("case", COMMENTARIES)
def test_an_argument_is_a_commentary(case: str) -> None:
    assert genre(*COMMENTARIES[case]) == "commentary"


SIGNED = {
    "announced": (
        "宋明远发表署名文章《把茶山变成金山》",
        "6月19日，云溪县委书记宋明远发表署名文章《把茶山变成金山》，全文如下。",
        "我们要把产业放在首位，必须一户一策。",
    ),
    "author's post at the end": (
        "把茶山变成金山",
        "宋明远",
        "云溪有茶，茶是云溪人的根。我们要守住这条根，必须把品质放在首位。",
        "（作者系中共云溪县委书记）",
    ),
    "paper": (
        "山区茶农增收机制研究——基于云溪县的调查",
        "[摘 要]本文分析云溪县茶农增收的机制，提出对策。",
        "关键词：茶农；增收；合作社",
        "一、引言",
    ),
}


@pytest.mark.parametrize("case", SIGNED)
def test_an_author_with_a_post_makes_a_signed_article(case: str) -> None:
    assert genre(*SIGNED[case]) == "signed_article"


SPEECHES = {
    "address": (
        "在全县扶贫工作会议上的讲话",
        "同志们：",
        "今天，我们在这里召开全县扶贫工作会议，主要任务是总结去年工作。下面，我讲三点意见。",
        "我代表县委感谢大家。",
    ),
    "address without a headline word": ("把最后一公里走完", "各位代表：", "现在，我代表县政府向大会报告工作。"),
    "press conference": (
        "云溪县举行脱贫成效新闻发布会",
        "主持人：各位记者朋友，大家上午好。欢迎参加今天的发布会。",
        "宋明远：谢谢主持人。下面我先向大家介绍有关情况。",
        "记者：请问下一步有什么打算？谢谢。",
    ),
}


@pytest.mark.parametrize("case", SPEECHES)
def test_words_to_an_audience_are_a_speech(case: str) -> None:
    assert genre(*SPEECHES[case]) == "speech"


def test_news_of_a_speech_is_a_report() -> None:
    body = "6月19日，县委召开会议，传达学习省委书记在扶贫工作会议上的讲话精神。县委书记宋明远主持会议。"
    assert genre("云溪县传达学习省扶贫工作会议讲话精神", body, "会议要求，各乡镇要逐户核实收入。") == "report"


def test_an_address_in_quotation_marks_is_no_speech() -> None:
    body = "6月19日晚，高坪村召开院坝会。"
    assert genre("高坪村召开院坝会", body, "“同志们，今天把账算清楚。”村支书田大贵主持会议。") == "report"


NOTICES = {
    "circular": (
        "关于做好2019年危房改造工作的通知",
        "各乡镇人民政府，县直各部门：",
        "为做好危房改造，现将有关事项通知如下：",
        "云溪县人民政府",
        "2019年6月18日",
    ),
    "regulation": (
        "云溪县扶贫资金管理办法",
        "第一条 为管好扶贫资金，制定本办法。",
        "第二条 本办法适用于县级扶贫资金。",
        "第三条 本办法自发布之日起施行。",
    ),
    "public notice without a headline word": (
        "2019年扶贫项目资金安排",
        "根据有关规定，现将扶贫项目资金安排公示如下：",
        "一、资金来源",
        "监督电话：12317",
        "云溪县扶贫办公室",
        "2019年6月18日",
    ),
}


@pytest.mark.parametrize("case", NOTICES)
def test_a_document_is_a_notice(case: str) -> None:
    assert genre(*NOTICES[case]) == "notice"


def test_a_catechism_is_none_of_these() -> None:
    lines = ("1、什么是扶贫小额信贷？", "答：是给贫困户的贷款。", "2、什么是贴息？", "答：是财政代付利息。")
    assert genre("扶贫政策应知应会", *lines) == "other"


def test_the_same_words_in_traditional_script() -> None:
    body = "扶貧必須先扶志，離不開群眾自己的雙手。"
    assert genre("雲溪時評：別讓表格壓垮幹部", body, language="zh-Hant") == "commentary"


def test_a_page_without_a_date_or_with_one_short_line_has_a_genre() -> None:
    assert genre("云溪县召开推进会", "6月18日，云溪县召开推进会。", published=None) == "report"
    assert genre("茶", "好茶。") in GENRES


def test_a_day_long_before_publication_opens_no_report() -> None:
    body = "2012年3月5日，周启明第一次来到高坪村，村民田桂花正忙着摘茶。"
    assert genre("周启明和他的茶山", body, "“他一来就没走。”田桂花说。") == "feature"


def test_a_notice_has_no_event() -> None:
    title, *paragraphs = NOTICES["circular"]
    text = "\n".join((title, *paragraphs, "6月18日，云溪县召开推进会。"))
    segments = [
        Segment(m.start(), m.end(), "body" if m.start() else "title", "test") for m in re.finditer(r".+\n?", text)
    ]
    article = {
        "title": title,
        "genre": "report",
        "published_at": datetime(2019, 6, 20, tzinfo=SHANGHAI),
        "crawled_at": None,
    }
    found = extract(Document(Page("page.txt", "0" * 64, len(text), text, "utf-8"), segments, article))
    assert found["articles"][0]["genre"] == "notice"
    assert found["events"] == []


def test_every_cue_names_a_genre_and_a_place_and_compiles() -> None:
    seen = set()
    for row in rows("genre_cues"):
        assert row["genre"] in GENRES and row["where"] in PLACES, row["cue"]
        assert float(row["weight"]) != 0 and re.compile(row["pattern"]), row["cue"]
        key = (row["where"], row["pattern"], row["genre"])
        assert key not in seen, f"twice: {row['cue']}"
        seen.add(key)


def openings(parsed: Any) -> tuple[set[str], set[str]]:
    """What the matches of a parsed expression begin with: beginnings cut short, and whole matches.

    A beginning is cut after two characters, and where the expression leaves open which character follows.
    """
    short: set[str] = set()
    whole = {""}
    for code, value in parsed:
        if code in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT):
            continue
        next_short, next_whole = openings_of(code, value)
        short |= {first + then for first in whole for then in next_short}
        whole = {first + then for first in whole for then in next_whole}
        short |= {text for text in whole if len(text) > 1}
        whole = {text for text in whole if len(text) < 2}
    return short, whole


def openings_of(code: Any, value: Any) -> tuple[set[str], set[str]]:
    """`openings` of one item of a parsed expression."""
    if code is _constants.LITERAL:
        return set(), {chr(value)}
    if code is _constants.IN and all(kind is _constants.LITERAL for kind, _ in value):
        return set(), {chr(character) for _, character in value}
    if code is _constants.SUBPATTERN:
        return openings(value[3])
    if code is _constants.BRANCH:
        short, whole = zip(*map(openings, value[1]), strict=True)
        return set().union(*short), set().union(*whole)
    if code is _constants.MAX_REPEAT:
        least, most, repeated = value
        short, whole = openings(repeated)
        if most > 1:
            short, whole = short | whole, set()
        return short, whole if least else {"", *whole}
    return {""}, set()


def test_a_cue_names_what_its_matches_begin_with() -> None:
    """A match that begins with anything else would not be found."""
    for row in rows("genre_cues"):
        found = set().union(*openings(_parser.parse(row["pattern"], re.MULTILINE)))
        named = row["begins"].split()
        wanted = {text for text in found if not any(text != other and text.startswith(other) for other in found)}
        cell = "" if "" in found else " ".join(sorted(wanted))
        assert all(text.startswith(tuple(named)) for text in found) if named else not cell, (
            f"{row['cue']}: `begins` must be `{cell}`"
        )


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_cues_are_found_as_if_each_was_searched_for_alone(data: st.DataObject) -> None:
    where = data.draw(st.sampled_from(sorted({where for where, _ in _cells()})))
    here = [number for number, (place, _) in enumerate(_cells()) if place == where]
    told = st.sampled_from(here).flatmap(lambda number: st.from_regex(_cues()[number].pattern))
    pieces = st.one_of(told, st.text("的我们他在“”。，：\n1 ", max_size=5))
    text = data.draw(st.lists(pieces, max_size=4).map("".join))
    texts = dict.fromkeys(_searches(), "") | {"body" if where == "paragraph" else where: text}
    found = _counts(texts)
    for number in here:
        cue = _cues()[number]
        assert found.get(number, 0) == min(cue.most, sum(1 for _ in cue.pattern.finditer(text))), cue.pattern.pattern


def test_most_cues_are_looked_for_where_they_may_begin() -> None:
    """The automaton keeps the long texts cheap: no cue of those is searched for at every character."""
    long = [search for name, search in _searches().items() if name in ("body", "voice", "opening", "end")]
    assert not any(search.rest for search in long)


def test_a_very_long_line_takes_no_longer_than_its_length() -> None:
    from povdata.extract.genre import genre as decide

    def work(length: int) -> object:
        line = "为了扶贫，" * (length // 5)
        text = f"题\n{line}\n"
        segments = [Segment(0, 2, "title", "test"), Segment(2, len(text), "body", "test")]
        document = Document(Page("p", "0" * 64, len(text), text, "utf-8"), segments, {"title": line[:200]})
        return decide(document, {"people": [], "places": [], "dates": [], "statements": []})

    assert grows_linearly(work, 100_000)
