"""`povdata show --html`: the report says what the page says, and nothing of the page becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pages import page as page_text
from resiliparse.parse.html import HTMLTree

from povdata import models, read
from povdata.clean import clean
from povdata.cli import main
from povdata.page import SHANGHAI, Document, Page, Rejection, Segment
from povdata.publish.page_report import page_report, reject_report

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "javascript:alert(1)",
    '<a href="javascript:alert(1)">点这里</a>',
    "</div></main></body></html><iframe src=//example.com></iframe>",
    "</style><style>body{display:none}</style>",
    "</title><svg/onload=alert(1)>",
    "--><!--<base href=//example.com>",
    "{{ 7*7 }}{% for x in y %}{{7*7}}",
    "&lt;script&gt;&#60;b&#62;",
    "<![CDATA[<b>",
    "\u202e</p>\u2066",
]


def document(text: str, cuts: tuple[int, ...] = (), word: str = "云溪县") -> Document:
    """A Document of that text, cut there, with `word` in every place of it that a page can fill."""
    edges = [0, *sorted(set(cuts) & set(range(1, len(text)))), len(text)]
    roles = list(models.ROLES)
    segments = [Segment(a, b, roles[n % len(roles)], word) for n, (a, b) in enumerate(pairwise(edges))]
    article = {
        "title": word,
        "language": "zh-Hans",
        "deck": [word, word],
        "source": word,
        "authors": [],
        "credits": [{"role": word, "name": word}],
        "published_at": datetime(2019, 3, 1, 9, 30, tzinfo=SHANGHAI),
        "views": 1280,
        "comments": 0,
    }
    return Document(Page(word, "0" * 64, len(text), text, word), segments, article)


def skeleton(report: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every element of the report with the names of its attributes, as an HTML parser reads them."""
    tree = HTMLTree.parse(report)
    return [(node.tag, tuple(node.attrs)) for node in tree.document.query_selector_all("*")]


def shown(report: str) -> str:
    return "".join(node.text for node in HTMLTree.parse(report).document.query_selector_all(".text"))


def as_html_reads(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text)


@pytest.mark.parametrize("attack", HOSTILE)
def test_no_element_or_attribute_comes_from_the_page(attack: str) -> None:
    plain = page_report(document("云溪县" * 3, (3, 6)))
    report = page_report(document(attack * 3, (len(attack), 2 * len(attack)), word=attack))
    assert skeleton(report) == skeleton(plain)
    assert shown(report) == attack * 3
    tree = HTMLTree.parse(report)
    assert tree.document.query_selector("h1").text == attack
    assert all(attack in node.getattr("title") for node in tree.document.query_selector_all(".segment"))


@pytest.mark.parametrize("attack", HOSTILE)
def test_no_element_or_attribute_comes_from_a_reject(attack: str) -> None:
    def report(word: str) -> str:
        return reject_report(word, Rejection("no_article", word), Page(word, "0" * 64, 1, word, word))

    assert skeleton(report(attack)) == skeleton(report("云溪县"))
    assert shown(report(attack)) == attack


def test_the_report_has_no_script_no_link_and_a_strict_policy() -> None:
    report = page_report(document("云溪县\n"))
    names = skeleton(report)
    assert {tag for tag, _ in names}.isdisjoint({"script", "a", "img", "link", "iframe", "form", "object", "base"})
    attributes = {name for _, attributes in names for name in attributes}
    assert attributes.isdisjoint({"href", "src", "style", "action"})
    assert not any(name.startswith("on") for name in attributes)

    tree = HTMLTree.parse(report)
    (style,) = tree.document.query_selector_all("style")
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    policy = tree.document.query_selector("meta[http-equiv]").getattr("content")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style.text and "@import" not in style.text


@given(
    st.text(
        st.one_of(st.sampled_from(" \t\n\r\u3000\xa0\u2028\ufeff<>&\"'{}%#"), st.sampled_from("云溪县𠮷。，")),
        min_size=1,
    ),
    st.lists(st.integers(1, 60)),
)
def test_the_segments_joined_give_the_page_text(text: str, cuts: list[int]) -> None:
    assert shown(page_report(document(text, tuple(cuts)))) == as_html_reads(text)


def test_a_page_is_shown_with_its_roles_rules_and_fields(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(page_text().replace("\n", "\r\n").encode("gb18030"))
    expected = clean(read.read(read.find([path])[0]))
    result = CliRunner().invoke(main, ["show", "--html", str(path)])
    assert result.exit_code == 0, result.output
    report = result.stdout_bytes.decode("utf-8")
    assert shown(report) == as_html_reads(expected.page.text)

    tree = HTMLTree.parse(report).document
    segments = tree.query_selector_all(".segment")
    assert [node.query_selector(".role").text for node in segments] == [s.role for s in expected.segments]
    for node, segment in zip(segments, expected.segments, strict=True):
        assert segment.rule in node.getattr("title") and node.getattr("tabindex") == "0"
    legend = [node.text for node in tree.query_selector_all(".legend .role")]
    assert legend == [role for role in models.ROLES if role in {s.role for s in expected.segments}]
    fields = [node.text for node in tree.query_selector_all("section[aria-labelledby=fields] dd")]
    assert {"云溪县召开脱贫攻坚推进会", "云溪日报", "2018-03-06 00:00:00+08:00", "128"} <= set(fields)


def test_every_role_has_a_colour() -> None:
    css = HTMLTree.parse(page_report(document("云溪县"))).document.query_selector("style").text
    missing = [role for role in models.ROLES if f".{role} {{ --hue" not in css]
    assert not missing


def test_a_counter_of_nought_is_a_value_and_an_empty_list_is_none() -> None:
    tree = HTMLTree.parse(page_report(document("云溪县"))).document
    values = [node.text for node in tree.query_selector_all("section[aria-labelledby=fields] dd")]
    assert "0" in values and "1,280" in values
    assert "authors" in tree.query_selector(".unstated").text


def test_a_hostile_file_name(tmp_path: Path) -> None:
    path = tmp_path / '"><img src=x onerror=alert(1)>.txt'
    path.write_text(page_text(), encoding="utf-8")
    report = CliRunner().invoke(main, ["show", "--html", str(path)]).stdout
    tree = HTMLTree.parse(report).document
    assert tree.query_selector("img") is None
    assert tree.query_selector(".path").text == path.name


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        (b"", "empty", ""),
        ("首页\n新闻\n图片\n视频\n".encode(), "no_article", "首页\n新闻\n图片\n视频\n"),
    ],
)
def test_a_reject_is_explained(tmp_path: Path, content: bytes, code: str, text: str) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(content)
    result = CliRunner().invoke(main, ["show", "--html", str(path)])
    assert result.exit_code == 1
    assert f"({code})" in result.stderr and result.stderr.count("\n") == 1
    tree = HTMLTree.parse(result.stdout).document
    assert models.REJECTIONS[code].meaning in tree.query_selector("h1").text
    assert code in tree.query_selector(".refusal").text
    assert shown(result.stdout) == text


def test_a_missing_file_writes_no_report(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["show", "--html", str(tmp_path / "nowhere.txt")])
    assert result.exit_code == 2 and result.stdout == ""
    assert "nowhere.txt" in result.stderr
