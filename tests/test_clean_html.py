"""The page grammar on HTML: saved pages of our own writing after the templates of portals, accounts and governments."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from growth import grows_linearly
from hypothesis import given, settings
from hypothesis import strategies as st

from povdata import read
from povdata.clean import clean, head, markup
from povdata.lexicon import rows
from povdata.models import ROLES
from povdata.page import Document, Page, Rejection

CASES = Path(__file__).parent / "cases" / "html"
_HALF = str.maketrans("，：（）？！；", ",:()?!;")


def page(data: bytes | str, name: str = "a.html") -> Page:
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return read.page(read.Raw(read.Source(Path(name), name), data, "0" * 64, len(data)))


def squash(text: str) -> str:
    return re.sub(r"\s+", "", text).translate(_HALF)


def body(document: Document) -> list[str]:
    """The story's lines, headings too, as the case files list them."""
    text = document.page.text
    return [squash(text[s.start : s.end]) for s in document.segments if s.role in ("body", "heading")]


@pytest.mark.parametrize("case", sorted(CASES.glob("*.html")), ids=lambda p: p.stem)
def test_case(case: Path):
    expected = json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))
    if "reject" in expected:
        with pytest.raises(Rejection) as refusal:
            clean(page(case.read_bytes()))
        assert refusal.value.error == expected["reject"]
        return
    document = clean(page(case.read_bytes()))
    article = document.article
    neutral = {squash(t) for key in ("captions", "credits", "summary", "optional") for t in expected.get(key, [])}
    assert [t for t in body(document) if t not in neutral] == [
        t for t in map(squash, expected["body"]) if t not in neutral
    ]
    assert article["title"] in [expected["title"], *expected.get("title_alt", [])]
    stated = article["published_at"] and f"{article['published_at']:%Y-%m-%d %H:%M:%S}"
    assert stated == expected["published_at"] or stated.startswith(expected["published_at"])
    assert article["source"] in [expected["source"], *expected.get("source_alt", [])]
    assert article["authors"] == expected["authors"]


def test_every_case_is_complete():
    assert {p.stem for p in CASES.glob("*.html")} == {p.stem for p in CASES.glob("*.json")}


STORY = "<p>全村的梯田都灌上了水，乡亲们敲锣打鼓，像过年一样热闹。</p><p>水渠长五公里，修了两年，今年春天通水。</p>"


def article(head_: str = "", strip: str = "", body_: str = STORY, title: str = "石桥村修好了水渠") -> dict:
    return clean(
        page(f"<html><head><title>{title}</title>{head_}</head><body><h1>{title}</h1>{strip}<div class=c>{body_}</div>")
    ).article


@pytest.mark.parametrize(
    "head_, strip, expected",
    [
        ('<meta name="PubDate" content="2019-09-18 06:23">', "", "2019-09-18 06:23:00"),
        ('<meta name="PubDate" content="2019-09-18 06:23">', "<p>2019-09-18 来源：青岭日报</p>", "2019-09-18 06:23:00"),
        ('<meta name="PubDate" content="2019-09-20 06:23">', "<p>2019-09-18 来源：青岭日报</p>", "2019-09-18 00:00:00"),
        (
            '<meta itemprop="dateUpdate" content="2020-01-14 17:58:59">',
            "<p>发布时间：01-14 17:58</p>",
            "2020-01-14 17:58:59",
        ),
        ('<meta itemprop="dateUpdate" content="2020-01-15 17:58:59">', "<p>发布时间：01-14 17:58</p>", None),
        ('<meta property="article:published_time" content="2019-09-18T01:02:03Z">', "", "2019-09-18 09:02:03"),
        ('<script>var ct = "1572786000";</script>', "", "2019-11-03 21:00:00"),
        ('<link rel="canonical" href="https://n.example.cn/2019/0918/c1.html">', "", "2019-09-18 00:00:00"),
        ('<link rel="canonical" href="https://n.example.cn/20191318/1.html">', "", None),
        ('<meta name="PubDate" content="soon">', "", None),
    ],
)
def test_times_of_the_head(head_: str, strip: str, expected: str | None):
    found = article(head_, strip)["published_at"]
    assert (found and f"{found:%Y-%m-%d %H:%M:%S}") == expected


@pytest.mark.parametrize(
    "head_, strip, source",
    [
        ('<meta name="ContentSource" content="青岭日报">', "<p>2019-09-18</p>", "青岭日报"),
        ('<meta name="source" content="来源：青岭网－青岭日报">', "<p>2019-09-18</p>", "青岭网－青岭日报"),
        ('<meta name="ContentSource" content="青岭日报">', "<p>2019-09-18 来源：山前晚报</p>", "山前晚报"),
        ('<meta name="ContentSource" content="本站原创">', "<p>2019-09-18</p>", None),
        ("", "<p>2019-09-18 来源：网络</p>", None),
        ("", "<p>来源: <a>湖畔慢跑团</a> 举报 2019-09-18</p>", "湖畔慢跑团"),
    ],
)
def test_sources_of_the_head(head_: str, strip: str, source: str | None):
    assert article(head_, strip)["source"] == source


@pytest.mark.parametrize(
    "strip, day, authors",
    [
        ("<div>2019-11-04 来源：青岭日报 记者：车行舟</div>", "2019-11-04 00:00:00", ["车行舟"]),
        ("<div>青岭日报 | 2019-11-04 08:21</div>", "2019-11-04 08:21:00", []),
        (
            "<div><span>2019/11/04 08:21:33</span><span>来源:青岭日报</span><span>作者:车行舟 孟川</span></div>",
            "2019-11-04 08:21:33",
            ["车行舟", "孟川"],
        ),
        ("<div>发布时间：2019年11月04日 08时21分 信息来源：青岭日报 点击数：120</div>", "2019-11-04 08:21:00", []),
        ("<div><p>文/车行舟</p><p>2019-11-04 08:21</p><p>来源：青岭日报</p></div>", "2019-11-04 08:21:00", ["车行舟"]),
        ("<ul><li>来源：青岭日报</li><li>时间：2019-11-04</li><li>编辑：石磊</li></ul>", "2019-11-04 00:00:00", []),
        ("<table><tr><td>来源：青岭日报<td>2019-11-04 08:21<td>【字体：大 中 小】</table>", "2019-11-04 08:21:00", []),
        ("<div>2019年11月4日 星期一 08:21 青岭日报 分享 微博 微信</div>", "2019-11-04 08:21:00", []),
        (
            "<div>2019-11-04 08:21:12 &nbsp; 青岭日报 &nbsp; 车行舟 &nbsp; 浏览：1024</div>",
            "2019-11-04 08:21:12",
            ["车行舟"],
        ),
        ("<div>发表时间： 2019-11-04 来源： 青岭日报（车行舟）</div>", "2019-11-04 00:00:00", ["车行舟"]),
    ],
)
def test_strips_under_the_headline(strip: str, day: str, authors: list[str]):
    found = article("", strip)
    assert (f"{found['published_at']:%Y-%m-%d %H:%M:%S}", found["source"], found["authors"]) == (
        day,
        "青岭日报",
        authors,
    )


def test_an_author_of_the_head_must_stand_on_the_page():
    named = '<meta name="author" content="车行舟">'
    assert article(named, "<p>2019-09-18</p>")["authors"] == []
    assert article(named, "<p>2019-09-18 责任编辑：车行舟</p>")["authors"] == []
    assert article('<meta name="author" content="青岭日报">', "<p>2019-09-18</p>")["authors"] == []


def test_a_mark_above_the_story_says_nothing_of_it():
    told = clean(
        page(f"<title>石桥村修好了水渠</title><div class='sidebar comment'><h1>石桥村修好了水渠</h1>{STORY}</div>")
    )
    assert len(body(told)) == 2


def test_tables_are_sound():
    for row in rows("html_marks"):
        assert row["kind"] in {"word", "whole", "has", "tag"} and row["role"] in ROLES and float(row["weight"]) > 0, row
        assert row["pattern"] == row["pattern"].lower()
    fields = {"title", "published", "updated", "source", "account", "author", "publisher"}
    assert all(row["field"] in fields and row["key"] == row["key"].lower() for row in rows("html_head"))
    for name, key in [("html_marks", ("pattern", "kind")), ("html_head", ("key",))]:
        keys = [tuple(row[k] for k in key) for row in rows(name)]
        assert len(keys) == len(set(keys)), f"{name}.csv says something twice"


PARTS = [
    "<div class='comment'>",
    "</div>",
    "<div id=zoom>",
    "<p>",
    "<h1>石桥村修好了水渠</h1>",
    "<a href=#>一条链接</a>",
    "<li>",
    "<td class='a/b'>",
    "2019-09-18 10:20 来源：青岭日报",
    "全村的梯田都灌上了水，乡亲们敲锣打鼓，像过年一样热闹。",
    "<meta name=PubDate content='2019-02-30'>",
    "<meta name=author content='车行舟'>",
    "<link rel=canonical href='http://[/20190230/'>",
    "<title>石桥村修好了水渠_青岭网</title>",
    "<br>",
    "<img src=1>",
    "&#8232;",
    "责任编辑：石磊",
    "相关阅读",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join))
def test_any_markup_ends_in_segments_that_tile_or_a_refusal(html: str):
    try:
        document = clean(page("<html>" + html))
    except Rejection as refusal:
        assert refusal.error in ("no_article", "empty")
        return
    text = document.page.text
    assert "".join(text[s.start : s.end] for s in document.segments) == text
    assert all(s.role in ROLES and s.rule for s in document.segments)


@pytest.mark.parametrize("part", [*PARTS, "<div class=related><p>好。</p></div>", "<div class='a b c d e f'>好，是。"])
def test_time_grows_with_the_length_of_the_page(part: str):
    def work(n: int) -> None:
        try:
            clean(page("<html><title>石桥村修好了水渠</title>" + part * (n // len(part)) + STORY))
        except Rejection:
            pass

    assert grows_linearly(work, 1_000)


@pytest.mark.parametrize("pattern", [v for m in (head, markup) for v in vars(m).values() if isinstance(v, re.Pattern)])
def test_patterns_are_linear(pattern: re.Pattern[str]):
    for part in ("2019-01-01 ", "20", "/", "a", "A", " ", "1小时", "、"):
        assert grows_linearly(lambda n, part=part: list(pattern.finditer(part * (n // len(part)))), 1_000), part
