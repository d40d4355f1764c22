from __future__ import annotations

from datetime import date, datetime

import pytest
from growth import grows_linearly
from hypothesis import given
from hypothesis import strategies as st

from povdata.extract.dates import Anchor, anchor, dates, inferred_publication
from povdata.page import SHANGHAI, Document, Page, Segment


def document(text: str, published: str | None = "2019-06-20", *, precision: str = "day", **article: object) -> Document:
    """A document of body paragraphs, one a line, published on that day."""
    segments, start = [], 0
    for line in text.splitlines(keepends=True):
        segments.append(Segment(start, start + len(line), "body", "test"))
        start += len(line)
    at = datetime.fromisoformat(published).replace(tzinfo=SHANGHAI) if published else None
    article = {"published_at": at, "published_precision": precision if at else None, "crawled_at": None, **article}
    return Document(Page("page.txt", "0" * 64, len(text), text, "utf-8"), segments, article)


def read(text: str, published: str | None = "2019-06-20", **article: object) -> list[tuple[str, str, str]]:
    page = document(text, published, **article)
    return [(r["text"], str(r["date_start"]), str(r["date_end"])) for r in dates(page, anchor(page))]


@pytest.mark.parametrize(
    ("text", "expected", "start", "end"),
    [
        # whole dates
        ("2017年9月28日，县里开会。", "2017年9月28日", "2017-09-28", "2017-09-28"),
        ("２０１７年９月２８日，县里开会。", "２０１７年９月２８日", "2017-09-28", "2017-09-28"),
        ("二〇一七年九月二十八日，县里开会。", "二〇一七年九月二十八日", "2017-09-28", "2017-09-28"),
        ("二○一七年十月，村里通了水。", "二○一七年十月", "2017-10-01", "2017-10-31"),
        ("2017.9.28这一天", "2017.9.28", "2017-09-28", "2017-09-28"),
        ("2017-09-28发布", "2017-09-28", "2017-09-28", "2017-09-28"),
        ("2017 年 9 月 28 日，县里开会。", "2017 年 9 月 28 日", "2017-09-28", "2017-09-28"),
        ("2016年2月，他回村。", "2016年2月", "2016-02-01", "2016-02-29"),
        ("到2020年，全县脱贫。", "2020年", "2020-01-01", "2020-12-31"),
        ("2018年度考核", "2018年度", "2018-01-01", "2018-12-31"),
        ("08年5月12日，他在外打工。", "08年5月12日", "2008-05-12", "2008-05-12"),
        # completed from the publication
        ("6月18日上午，县里开会。", "6月18日", "2019-06-18", "2019-06-18"),
        ("6月18号，县里开会。", "6月18号", "2019-06-18", "2019-06-18"),
        ("18日下午，县里开会。", "18日", "2019-06-18", "2019-06-18"),
        ("28日，县里开会。", "28日", "2019-05-28", "2019-05-28"),
        ("六月十八日，县里开会。", "六月十八日", "2019-06-18", "2019-06-18"),
        ("12月5日，他回村。", "12月5日", "2018-12-05", "2018-12-05"),
        ("5月，他到江边考察。", "5月", "2019-05-01", "2019-05-31"),
        ("4月份出台的办法", "4月份", "2019-04-01", "2019-04-30"),
        ("截至8月底，修路30公里。", "8月底", "2018-08-31", "2018-08-31"),
        ("8月底前完成整改。", "8月底", "2019-08-31", "2019-08-31"),
        ("办法自7月1日起施行。", "7月1日", "2019-07-01", "2019-07-01"),
        ("会议将于7月5日召开。", "7月5日", "2019-07-05", "2019-07-05"),
        ("今天（20日）播出第二集。", "今天", "2019-06-20", "2019-06-20"),
        ("昨天下午，县里开会。", "昨天", "2019-06-19", "2019-06-19"),
        ("今年以来，进展顺利。", "今年", "2019-01-01", "2019-12-31"),
        ("去年12月，县里摘帽。", "去年12月", "2018-12-01", "2018-12-31"),
        ("去年12月15日晚，节目播出。", "去年12月15日", "2018-12-15", "2018-12-15"),
        ("截至今年2月底，全部摘帽。", "今年2月底", "2019-02-28", "2019-02-28"),
        ("明年底前搬完。", "明年底", "2020-12-31", "2020-12-31"),
        ("前年，他还住在山上。", "前年", "2017-01-01", "2017-12-31"),
        ("上个月，他领到工资。", "上个月", "2019-05-01", "2019-05-31"),
        ("本月底完工。", "本月底", "2019-06-30", "2019-06-30"),
        ("本月15日开工。", "本月15日", "2019-06-15", "2019-06-15"),
        ("上周五，队员进村。", "上周五", "2019-06-14", "2019-06-14"),
        # beside characters that also make other words
        ("18日结束的会议", "18日", "2019-06-18", "2019-06-18"),
        ("18日内蒙古宣布摘帽。", "18日", "2019-06-18", "2019-06-18"),
        ("省长18日主持会议。", "18日", "2019-06-18", "2019-06-18"),
        ("【新闻】18日，县里开会。", "18日", "2019-06-18", "2019-06-18"),
        ("扶贫工作18日在京部署。", "18日", "2019-06-18", "2019-06-18"),
        ("1.2018年工作回顾", "2018年", "2018-01-01", "2018-12-31"),
        ("12月5日前往山区", "12月5日", "2018-12-05", "2018-12-05"),
        # ends and beginnings
        ("2017年底，分红。", "2017年底", "2017-12-31", "2017-12-31"),
        ("2012年年底的账上", "2012年年底", "2012-12-31", "2012-12-31"),
        ("2018年末", "2018年末", "2018-12-31", "2018-12-31"),
        ("2018年初，他回村。", "2018年初", "2018-01-01", "2018-01-01"),
        ("今年3月初，他回村。", "今年3月初", "2019-03-01", "2019-03-01"),
        ("2018年3月中旬", "2018年3月中旬", "2018-03-11", "2018-03-20"),
        ("到年底，全县摘帽。", "年底", "2019-12-31", "2019-12-31"),
        # parts of a year
        ("上半年，任务过半。", "上半年", "2019-01-01", "2019-06-30"),
        ("去年下半年", "去年下半年", "2018-07-01", "2018-12-31"),
        ("2019年上半年", "2019年上半年", "2019-01-01", "2019-06-30"),
        ("一季度，新增就业。", "一季度", "2019-01-01", "2019-03-31"),
        ("2018年第四季度", "2018年第四季度", "2018-10-01", "2018-12-31"),
        ("今年一至三季度", "今年一至三季度", "2019-01-01", "2019-09-30"),
        ("2018年前三季度", "2018年前三季度", "2018-01-01", "2018-09-30"),
        ("今年前5个月", "今年前5个月", "2019-01-01", "2019-05-31"),
        # ranges
        ("6月10日至12日，召开会议。", "6月10日至12日", "2019-06-10", "2019-06-12"),
        ("16号至18号，他到村里。", "16号至18号", "2019-06-16", "2019-06-18"),
        ("28日至30日，他到村里。", "28日至30日", "2019-05-28", "2019-05-30"),
        ("30日至2日，他到村里。", "30日至2日", "2019-05-30", "2019-06-02"),
        ("6月10-12日，召开会议。", "6月10-12日", "2019-06-10", "2019-06-12"),
        ("12月30日至1月2日", "12月30日至1月2日", "2018-12-30", "2019-01-02"),
        ("2016年至2018年", "2016年至2018年", "2016-01-01", "2018-12-31"),
        ("规划（2014-2020年）", "2014-2020年", "2014-01-01", "2020-12-31"),
        ("1至5月，收入增长。", "1至5月", "2019-01-01", "2019-05-31"),
        ("2019年1-5月", "2019年1-5月", "2019-01-01", "2019-05-31"),
        ("去年10月至今年3月", "去年10月至今年3月", "2018-10-01", "2019-03-31"),
        ("2018年12月30日至2019年1月2日", "2018年12月30日至2019年1月2日", "2018-12-30", "2019-01-02"),
    ],
)
def test_one_expression(text: str, expected: str, start: str, end: str) -> None:
    assert (expected, start, end) in read(text)
    assert [t for t, _, _ in read(text) if t in expected] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "2019年13月5日", "13月5日", "2月30日", "2019年2月30日", "3000年",
        "三年来，今后3年，近5年，后两年，两年时间", "为期5日，连续3日，满10日", "3日内报送",
        "30日龄的鸡苗", "7个工作日",
        "近年来，日前，当年，当天，第二天，年内，这两天，近日", "十八大以来，“十三五”期间，十九届四中全会",
        "春节期间，国庆前夕",
        "中央1号文件", "国发〔2018〕16号", "第15日", "住在3号楼", "人民路8号", "高铁2号线",
        "每年10月17日", "每月5日前", "每季度一次", "农历九月初九", "每年年底分红", "蜂蜜钱年底结清",
        "19:30，3:2，99.5%", "192.168.1.12", "版本2019.10.17.3", "5月龄",
        "如今年轻人多了", "过去年年受灾", "文明年会", "以前年度", "五年后年收入",
        "如今天下太平", "美好的明天", "昨天的故事", "走到今天",
        "先天下之忧而忧，后天下之乐而乐", "2000多年的历史", "2000年来从未有过",
    ],
)  # fmt: skip
def test_no_date(text: str) -> None:
    assert read(text) == []


def test_a_story_goes_on_in_its_own_year() -> None:
    assert read("2013年11月3日，他来到村里。11月4日，他又去看水井。5日回县城。") == [
        ("2013年11月3日", "2013-11-03", "2013-11-03"),
        ("11月4日", "2013-11-04", "2013-11-04"),
        ("5日", "2013-11-05", "2013-11-05"),
    ]
    assert read("去年12月15日，节目播出。\n同年10月26日，论坛举行。")[1] == ("同年10月26日", "2018-10-26", "2018-10-26")


def test_page_dated_the_day_before_its_dateline() -> None:
    assert read("新华社6月21日电（记者）21日召开的会议", "2019-06-20")[:2] == [
        ("6月21日", "2019-06-21", "2019-06-21"),
        ("21日", "2019-06-21", "2019-06-21"),
    ]


def test_days_of_a_list_are_rows_of_their_own() -> None:
    assert [t for t, _, _ in read("6月8日、9日和10日，连下三场雨。")] == ["6月8日", "9日", "10日"]


def test_notice_looks_ahead() -> None:
    assert read("报名从8月3日开始。", genre="notice") == [("8月3日", "2019-08-03", "2019-08-03")]
    assert read("他从8月3日开始养蜂。") == [("8月3日", "2018-08-03", "2018-08-03")]


@pytest.mark.parametrize(
    ("text", "year", "source"),
    [
        ("茶乡歌会迎接新中国成立70周年。", 2019, "anniversary"),
        ("庆祝中国共产党成立95周年大会", 2016, "anniversary"),
        ("改革开放40周年，喜迎新中国成立70周年", 2018, "anniversary"),
        ("迎接建党100周年，第七个国家扶贫日到来之际", 2020, "ordinal"),
        ("在第六个全国扶贫日到来之际", 2019, "ordinal"),
        ("新华社云溪2018年3月5日电", 2018, "dateline"),
        ("2018年3月5日，县里开会。", 2018, "text"),
        ("2013年11月3日，他来到村里。2017年，村里脱贫。", None, "none"),
        ("2018年3月5日，县里开会，确保到2020年脱贫。", 2018, "text"),
        ("县里开会。", None, "none"),
    ],
)
def test_anchor_from_the_text(text: str, year: int | None, source: str) -> None:
    found = anchor(document(text, None))
    assert (found.year, found.source) == (year, source)
    assert found.basis == ("inferred" if year else None)


def test_inferred_rows() -> None:
    text = "6月23日，县里开会。\n今年是关键一年。\n茶乡歌会迎接新中国成立70周年。去年底，12日。"
    assert read(text, None) == [
        ("6月23日", "2019-06-23", "2019-06-23"),
        ("今年", "2019-01-01", "2019-12-31"),
        ("去年底", "2018-12-31", "2018-12-31"),
        ("12日", "2018-12-12", "2018-12-12"),
    ]
    page = document(text, None)
    assert {r["basis"] for r in dates(page, anchor(page))} == {"inferred"}


def test_yearly_day_that_is_today_fixes_the_day() -> None:
    assert read("今天是第六个国家扶贫日。", None) == [("今天", "2019-10-17", "2019-10-17")]


def test_nothing_completes_a_page_without_evidence() -> None:
    assert read("今年以来，6月3日，12日，昨天上午，上半年。2018年底。", None) == [
        ("2018年底", "2018-12-31", "2018-12-31")
    ]


def test_late_crawl_completes_nothing() -> None:
    crawled = datetime(2024, 11, 25, tzinfo=SHANGHAI)
    assert read("今年以来，6月3日。", None, crawled_at=crawled) == []
    assert anchor(document("2024年是开局之年。今年", None, crawled_at=crawled)).source == "crawled"


def test_coarse_publication() -> None:
    assert read("今年，6月3日，昨天上午", "2019-01-01", precision="year") == [
        ("今年", "2019-01-01", "2019-12-31"),
        ("6月3日", "2019-06-03", "2019-06-03"),
    ]


def test_only_a_dateline_gives_a_publication() -> None:
    page = document("新华社云溪2月14日电 县里开会。改革开放40周年。", None)
    found = anchor(page)
    assert inferred_publication(page, found) == (datetime(2018, 2, 14, tzinfo=SHANGHAI), "day", "dateline")
    page = document("6月23日，县里开会。迎接新中国成立70周年。", None)
    assert inferred_publication(page, anchor(page)) is None


def test_chrome_holds_no_dates() -> None:
    text = "2018年3月5日 浏览\n6月18日，县里开会。\n版权所有 2015年"
    page = document(text)
    page.segments = [
        s._replace(role=role) for s, role in zip(page.segments, ("metadata", "body", "footer"), strict=True)
    ]
    assert [r["text"] for r in dates(page, anchor(page))] == ["6月18日"]


PIECES = st.sampled_from(
    [
        *"0123456789０５年月日号一二三十〇今去明昨天上下半季度初底末至到-—.,，。第每个同前后周旬 \n份 ",
        "2019",
        "12",
        "30",
        "今年",
        "去年",
        "截至",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["2019-06-20", "2020-02-29", "2019-01-01", None]))
def test_every_row_is_its_span(text: str, published: str | None) -> None:
    page = document(text, published)
    rows = dates(page, anchor(page))
    end = 0
    for row in rows:
        assert page.page.text[row["start"] : row["end"]] == row["text"]
        assert row["start"] >= end, "rows do not overlap and come in page order"
        assert row["date_start"] <= row["date_end"]
        assert row["precision"] in ("day", "month", "quarter", "half_year", "year", "range")
        assert row["basis"] in ("explicit", "anchored", "inferred")
        end = row["end"]


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "12",
        "2019年",
        "1-",
        "9月",
        "12月30日至",
        "十",
        "二〇",
        "今年",
        "2019 ",
        "年底",
        "第",
        "99周年",
        "电1日",
        "上",
    ],
)
def test_time_grows_with_length(piece: str) -> None:
    def work(count: int) -> None:
        page = document(piece * count, None)
        dates(page, anchor(page))

    assert grows_linearly(work, 5_000)


def test_full_width_signs_anywhere_are_read() -> None:
    assert read("县里5月3日开会。\n2018．6．1起施行，二○一九年十月完成，9月～10月验收。") == [
        ("5月3日", "2019-05-03", "2019-05-03"),
        ("2018．6．1", "2018-06-01", "2018-06-01"),
        ("二○一九年十月", "2019-10-01", "2019-10-31"),
        ("9月～10月", "2018-09-01", "2018-10-31"),
    ]


def test_only_content_is_read_between_other_lines() -> None:
    page = document("5月3日，县里开会。\n2019年5月1日 点击 12\n会议3日结束。\n")
    page.segments[1] = page.segments[1]._replace(role="metadata")
    assert [r["text"] for r in dates(page, anchor(page))] == ["5月3日", "3日"]


@pytest.mark.parametrize(
    "text", ["十九大报告，十二个县，第一书记，第二批，一二三产业，上下一心，前后三任", "自治区二十强、第十一届"]
)
def test_numerals_that_begin_no_date(text: str) -> None:
    assert read(text) == []


def test_quarters_and_months_in_chinese_numerals() -> None:
    texts = [text for text, *_ in read("第一季度、一至三季度、首季度、前三季度、二〇一九年十一月、十二月底、元月5日。")]
    assert texts == ["第一季度", "一至三季度", "首季度", "前三季度", "二〇一九年十一月", "十二月底", "元月5日"]


def test_traditional_script() -> None:
    page = document("會議將於8月5日召開，截至6月底完成。", "2019-07-20")
    page.article["language"] = "zh-Hant"
    rows = dates(page, anchor(page))
    assert [(r["text"], str(r["date_start"])) for r in rows] == [("8月5日", "2019-08-05"), ("6月底", "2019-06-30")]


def test_anchor_is_what_dates_takes() -> None:
    fixed = Anchor(date(2017, 9, 29), 2017, "anchored", "published")
    rows = dates(document("28日召开。", None), fixed)
    assert [(r["text"], r["date_start"], r["basis"]) for r in rows] == [("28日", date(2017, 9, 28), "anchored")]
