"""The page grammar: cases of our own writing, the laws that hold for any text, and its speed on hostile text."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from growth import grows_linearly
from hypothesis import given, settings
from hypothesis import strategies as st

from povdata.clean import clean, dates, fields, grammar, lines, names
from povdata.clean.dates import relative, times
from povdata.lexicon import rows
from povdata.models import ROLES
from povdata.page import SHANGHAI, Document, Page, Rejection

CASES = Path(__file__).parent / "cases" / "clean"


def page(text: str) -> Page:
    return Page("page.txt", "0" * 64, len(text.encode("utf-8", "surrogatepass")), text, "utf-8")


def shown(document: Document) -> dict:
    """A document as the case files write it: role and text of each segment, and the fields that are stated."""
    text = document.page.text
    article = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in document.article.items()}
    return {
        "segments": [[s.role, text[s.start : s.end].strip()] for s in document.segments],
        "article": {k: v for k, v in article.items() if v not in (None, [])},
    }


@pytest.mark.parametrize("case", sorted(CASES.glob("*.txt")), ids=lambda p: p.stem)
def test_case(case: Path):
    expected = json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))
    text = case.read_bytes().decode("utf-8")
    if "reject" in expected:
        with pytest.raises(Rejection) as refusal:
            clean(page(text))
        assert refusal.value.error == expected["reject"]
        return
    got = shown(clean(page(text)))
    assert got["segments"] == expected["segments"]
    assert got["article"] == expected["article"]


def test_every_case_is_complete():
    assert {p.stem for p in CASES.glob("*.txt")} == {p.stem for p in CASES.glob("*.json")}


def assert_lossless(text: str) -> None:
    try:
        document = clean(page(text))
    except Rejection as refusal:
        assert refusal.error == "no_article"
        return
    assert "".join(text[s.start : s.end] for s in document.segments) == text
    assert [s.start for s in document.segments[1:]] == [s.end for s in document.segments[:-1]]
    for segment in document.segments:
        piece = text[segment.start : segment.end]
        assert piece.strip() and segment.role in ROLES and segment.rule
        assert segment.start == 0 or not piece[0].isspace()
    published, crawled = document.article["published_at"], document.article["crawled_at"]
    assert not (published and crawled) or published <= crawled
    assert document.article["title"]


ODD = [
    "\r",
    "\n",
    "\r\n",
    "\x85",
    "\u2028",
    "\u2029",
    "\v",
    "\f",
    "\u3000",
    "\xa0",
    "\ufeff",
    "\u200b",
    "\U0002000b",
    "🌾",
    " ",
]
STUFF = [
    "石桥村修好了水渠",
    "来源:青岭日报 ",
    "2020-01-02 10:20",
    "全村的梯田都灌上了水,乡亲们敲锣打鼓,像过年一样热闹。",
    "责任编辑:石磊",
    "首页 > 新闻 > 正文",
    "相关阅读",
    "3条评论",
    "版权所有 青ICP备00000000号",
    "GMT+8, 2019-1-2 13:14",
    "|",
    "●",
    "(",
    "）",
    "0",
    "作者:",
    "摘要:",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ODD + STUFF), max_size=40).map("".join))
def test_segments_tile_pages_of_odd_parts(text: str):
    assert_lossless(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400), st.text(max_size=60))
def test_segments_tile_any_text(text: str, more: str):
    assert_lossless(text)
    assert_lossless(
        more + "\n石桥村修好了水渠\r" + text + "\u2028全村的梯田都灌上了水,乡亲们敲锣打鼓,像过年一样热闹。" + more
    )


def test_folding_keeps_offsets():
    assert all(len(chr(k).translate(lines.FOLD)) == 1 for k in lines.FOLD)


@given(st.text(st.characters() | st.sampled_from([chr(code) for code in lines.FOLD]) | st.just("\ud800"), max_size=200))
def test_long_texts_are_folded_like_short_ones(text: str):
    assert lines.fold(text) == text.translate(lines.FOLD)


@pytest.mark.parametrize(
    "printed, moment, precision",
    [
        ("2019-10-17 20:34", datetime(2019, 10, 17, 20, 34), "minute"),
        ("2018年02月14日15:43", datetime(2018, 2, 14, 15, 43), "minute"),
        ("2018-02-14T15:43:10", datetime(2018, 2, 14, 15, 43, 10), "second"),
        ("2019.10.17", datetime(2019, 10, 17), "day"),
        ("19/10/17", datetime(2019, 10, 17), "day"),
        ("17.10.2019  09:30", datetime(2019, 10, 17, 9, 30), "minute"),
        ("２０１９年６月８日", datetime(2019, 6, 8), "day"),
        ("民國108年10月17日", datetime(2019, 10, 17), "day"),
        ("二〇一九年十一月二十三日", datetime(2019, 11, 23), "day"),
        ("2019年3月", datetime(2019, 3, 1), "month"),
        ("2020年1月3日 星期五 下午 3:05", datetime(2020, 1, 3, 15, 5), "minute"),
    ],
)
def test_printed_times(printed: str, moment: datetime, precision: str):
    (found,) = times(lines.fold(f"发布:{printed} 来源"))
    assert (found.moment, found.precision) == (moment.replace(tzinfo=SHANGHAI), precision)


@pytest.mark.parametrize("text", ["2019-13-40", "18:57", "电话 2019-10-178", "1234567", "99.9%", "2019年"])
def test_no_times(text: str):
    assert times(text) == []


def test_a_time_within_an_american_one_is_none():
    found = times("01/02/2019 10:20 AM 2019-01-03")
    assert [(t.start, t.end, t.moment.month, t.moment.day) for t in found] == [(0, 19, 1, 2), (20, 30, 1, 3)]


def test_relative_times_need_the_fetch():
    now = datetime(2020, 5, 6, 12, 0, 30, tzinfo=SHANGHAI)
    assert relative("3小时前", now).moment == datetime(2020, 5, 6, 9, 0, tzinfo=SHANGHAI)
    assert relative("昨天 09:12", now).moment == datetime(2020, 5, 5, 9, 12, tzinfo=SHANGHAI)
    assert relative("新闻", now) is None
    text = "石桥村修好了水渠\n青岭发布 3小时前\n全村的梯田都灌上了水,乡亲们敲锣打鼓,像过年一样热闹。\n"
    assert clean(page(text)).article["published_at"] is None
    fetched = Page("p", "0" * 64, 1, text, "utf-8", crawled_at=now)
    assert clean(fetched).article["published_at"] == datetime(2020, 5, 6, 9, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("记者 车行舟", ["车行舟"]),
        ("本报记者 孟　川　柏如松", ["孟川", "柏如松"]),
        ("记者车行舟、何乐群 通讯员石磊", ["车行舟", "何乐群", "石磊"]),
        ("青岭县委宣传部", []),
        ("admin", []),
        ("记者 车行舟 编辑 石磊", ["车行舟"]),
    ],
)
def test_names(text: str, expected: list[str]):
    assert names.names(text) == expected


@pytest.mark.parametrize(
    "line, field, value",
    [
        ("来源：青岭日报", "source", "青岭日报"),
        ("来 源:青岭日报", "source", "青岭日报"),
        ("稿源: 青岭日报  时间: 2020-01-02", "source", "青岭日报"),
        ("來源：青嶺日報", "source", "青嶺日報"),
        ("浏览量：1,204", "views", 1204),
        ("点击数:1.2万", "views", 12000),
        ("评论：7", "comments", 7),
        ("浏览量：", "views", None),
        ("关键词：水渠 梯田", "keywords", ["水渠", "梯田"]),
    ],
)
def test_labels(line: str, field: str, value):
    text = f"石桥村修好了水渠\n2020-01-02\n{line}\n全村的梯田都灌上了水,乡亲们敲锣打鼓,像过年一样热闹。\n"
    assert clean(page(text)).article[field] == value


def test_tables_are_sound():
    kinds = {"line", "start", "has", *PATTERNS}
    for row in rows("cues"):
        assert row["kind"] in kinds and row["role"] in {*ROLES, "reject"} and float(row["weight"]) > 0, row
        if row["kind"] in PATTERNS:
            assert row["cue"], f"a pattern needs a name: {row}"
            assert not re.compile(row["pattern"]).groups, f"a pattern has no groups but (?:...): {row}"
    families = {row["family"] for row in rows("families")}
    assert {row["family"] for row in rows("cues")} <= families | {""}
    assert all(row["role"] in ROLES for row in rows("labels"))
    for name, key in [("cues", ("kind", "pattern", "family")), ("labels", ("label",)), ("outlets", ("outlet",))]:
        keys = [tuple(row[k] for k in key) for row in rows(name)]
        assert len(keys) == len(set(keys)), f"{name}.csv says something twice"


def test_of_several_patterns_the_weightiest_then_the_first_counts():
    hint, first, second = (lines.Cue("navigation", weight, rule) for weight, rule in ((1, "a"), (2, "b"), (2, "c")))
    table = [("水", (1.0, 0, hint)), ("水渠$|水渠和", (2.0, -1, first)), ("水.", (2.0, -2, second))]
    patterns = lines._Patterns(table)
    assert [patterns.of(line) for line in ("水渠", "水渠和田", "水田", "水")] == [table[i][1] for i in (1, 1, 2, 0)]
    assert patterns.of("修水渠") is None


@pytest.mark.parametrize(
    "line, rule",
    [
        ("首页 > 新闻 > 正文", "navigation.breadcrumb.home"),
        ("青岭 &gt; 正文", "navigation.breadcrumb.steps"),
        ("村里的水渠修好了,乡亲们看水来了 石磊 摄", "caption.photo.by"),
        ("村里的水渠修好了,乡亲们看水来了 资料图片", "caption.photo.by"),
        ("3评论 ⋅ 2小时前", "related.comments.count"),
        ("2019-10-17,", ""),
        ("www.qingling.example/a_b", ""),
        ("qingling_ad.js", "noise.code.word"),
        ("图为修好的水渠。" + "渠水流进了山脚下的梯田,乡亲们说今年的秧苗一定长得好。" * 3, "caption.opening.words"),
        ("摄" * 5, ""),
    ],
)
def test_patterns_of_lines(line: str, rule: str):
    assert lines.cues("generic").of(lines.fold(line)).rule == rule


HOSTILE = [
    "来源:",
    "（",
    "记者 ",
    "、、",
    "> ",
    "2019-01-01 ",
    "网",
    "作者：张",
    " ",
    "。 ",
    "|",
    "●",
    "电",
    "》",
    "[1]",
    "-",
    "1",
    "啊",
    "......",
]
HEAD, STORY = "石桥村修好了水渠\n", "\n全村的梯田都灌上了水,乡亲们敲锣打鼓,像过年一样热闹。"


def cleaned(text: str) -> None:
    try:
        clean(page(text))
    except Rejection:
        pass


@pytest.mark.parametrize("part", HOSTILE)
@pytest.mark.parametrize("join", ["", "\n"])
def test_time_grows_with_the_length_of_the_text(part: str, join: str):
    """No pattern backtracks over the page, and no loop looks at it again for each of its lines."""
    assert grows_linearly(lambda n: cleaned(HEAD + join.join([part] * (n // len(part))) + STORY), 2_000)


BULK = ["啊", "。 ", "(好)", "来源:", "2019-01-02 ", "01/02/2019 10:20 AM ", "●", "| ", "评论", "1日", "摄"]


@pytest.mark.parametrize("part", BULK)
@pytest.mark.parametrize("join", ["", "\n"])
def test_the_time_of_a_character_stays_flat_on_pages_of_a_hundred_thousand(part: str, join: str):
    assert grows_linearly(lambda n: cleaned(HEAD + join.join([part] * (n // len(part))) + STORY), 12_500)


@pytest.mark.parametrize("part", BULK)
def test_fields_take_time_in_proportion_to_their_text(part: str):
    line = "来源:青岭日报 2019-01-02 "
    assert grows_linearly(lambda n: cleaned(HEAD + line + part * (n // len(part)) + STORY), 12_500)


PATTERNS = {"match": re.Pattern.match, "prose match": re.Pattern.match, "search": re.Pattern.search}


@pytest.mark.parametrize("row", [r for r in rows("cues") if r["kind"] in PATTERNS], ids=lambda r: r["cue"])
def test_patterns_of_cues_are_linear(row: dict[str, str]):
    """Each pattern alone, on strings made to make it backtrack."""
    look, pattern = PATTERNS[row["kind"]], re.compile(row["pattern"])
    for part in HOSTILE:
        assert grows_linearly(lambda n, part=part: look(pattern, part * (n // len(part)) + "\x00"), 500), part


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            pytest.param(value, id=f"{module.__name__.rpartition('.')[2]}.{name}")
            for module in (dates, fields, grammar, lines, names)
            for name, value in vars(module).items()
            if isinstance(value, re.Pattern)
        ),
        pytest.param(lines.cues("generic").may_hold.__self__, id="lines.cues.may_hold"),
    ],
)
def test_patterns_are_linear(pattern):
    """Each pattern alone, on strings made to make it backtrack."""
    for part in HOSTILE:
        assert grows_linearly(lambda n, part=part: list(pattern.finditer(part * (n // len(part)) + "\x00")), 500), part
