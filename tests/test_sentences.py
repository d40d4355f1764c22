from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import jieba
import pytest
from growth import grows_linearly
from hypothesis import given, settings
from hypothesis import strategies as st
from jieba.analyse import TFIDF

from povdata.extract.sentences import _THRICE, _says_thrice, keyphrases, sentences, split, tokens
from povdata.page import Document, Page, Segment

LEXICON = files("povdata.lexicon")


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("会议要求,要抓紧。会后,大家下村。", ["会议要求,要抓紧。", "会后,大家下村。"]),
        ("他说：“要抓紧。”随后下村！", ["他说：“要抓紧。”", "随后下村！"]),
        ('他说:"要抓紧。"随后下村。', ['他说:"要抓紧。"', "随后下村。"]),
        ('他反问。"谁来帮?"大家说好。', ["他反问。", '"谁来帮?"', "大家说好。"]),
        ("真的吗？！（众人笑。）没有句号", ["真的吗？！", "（众人笑。）", "没有句号"]),
        ("  前后有空格。　　再来一句。 ", ["前后有空格。", "再来一句。"]),
        (" \u3000 ", []),
    ],
)
def test_split(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text('会要。！？”" 　\n'))
def test_split_loses_only_white_space(text: str) -> None:
    spans = list(split(text, 0, len(text)))
    kept = "".join(text[span.start : span.end] for span in spans)
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", text)
    assert all(text[span.start : span.end] == text[span.start : span.end].strip() for span in spans)


@cache
def plain_jieba() -> Any:
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    with LEXICON.joinpath("words.txt").open("rb") as words:
        tokenizer.load_userdict(words)
    return tokenizer


WORDS = [line.split()[0] for line in LEXICON.joinpath("words.txt").read_text(encoding="utf-8").splitlines()]
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from("县委书记宋明远在云溪县调研时强调 , 。 : 贫困户 增收 3.5亿元 10% 2019-10-17".split(" ")),
    st.sampled_from("A-B_c.d T恤 卡拉OK 5+2 C++ c# AT&T".split(" ")),
    st.text("的一二三了和是人在有我他这中大来上国个到说们 ,。“”()0123456789abzAZ-_.%+#&😀㐀龥龦𠀀豈", max_size=6),
    st.sampled_from("天天天 看看看 一个一个一个 脱贫攻坚脱贫攻坚脱贫攻坚 000 ————".split(" ")),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=2000, deadline=None)
@given(TEXTS)
def test_tokens_are_those_of_jieba(text: str) -> None:
    assert tokens(text) == list(plain_jieba().cut(text))


@settings(max_examples=500, deadline=None)
@given(st.lists(TEXTS.map(lambda text: text.replace("。", "")), max_size=6).map("。".join))
def test_sentences_of_a_page_have_the_tokens_that_each_has_alone(text: str) -> None:
    page = Page("page.txt", "0" * 64, len(text), text, "utf-8")
    rows = sentences(Document(page, [Segment(0, len(text), "body", "test")], {}))
    assert [row["text"] for row in rows] == cut(text)
    assert [row["tokens"] for row in rows] == [list(plain_jieba().cut(row["text"])) for row in rows]


REPEATED = st.sampled_from(["天", "人人", "一个", "看一看", "脱贫攻坚", "0", "—", "\n"]).flatmap(
    lambda text: st.integers(1, 5).map(lambda times: text * times)
)


@settings(max_examples=500)
@given(st.lists(REPEATED, max_size=6).map("".join))
def test_a_word_said_three_times_is_found(text: str) -> None:
    assert _says_thrice(text) == bool(_THRICE.search(text))


@pytest.mark.parametrize("text", ["-", "ab", "天天 ", "大"])
def test_repetitions_take_linear_time(text: str) -> None:
    assert grows_linearly(lambda size: _says_thrice(text * size), 50_000)


def test_tokens_of_the_bundled_pages_are_those_of_jieba() -> None:
    from conftest import ROOT

    for path in sorted((ROOT / "raw").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert tokens(line) == list(plain_jieba().cut(line))


def bodies() -> list[str]:
    from conftest import ROOT
    from pages import PARAGRAPHS

    return ["\n".join(PARAGRAPHS), *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "raw").glob("*.txt")))]


@cache
def plain_extractor() -> TFIDF:
    return TFIDF()


@pytest.mark.parametrize("body", bodies())
def test_keyphrases_are_those_of_jieba(body: str) -> None:
    extractor = plain_extractor()
    extractor.tokenizer = plain_jieba()
    rows = [{"tokens": tokens(sentence)} for sentence in cut(body)]
    expected = extractor.extract_tags(body, topK=10, withWeight=True)
    assert [(row["phrase"], row["weight"]) for row in keyphrases(rows)] == expected
    assert len(expected) == 10


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(WORDS), st.sampled_from("the The of OF A股 \r\n 的 贫困户".split(" "))), max_size=60
    )
)
def test_keyphrases_are_those_of_jieba_for_any_words(words: list[str]) -> None:
    extractor = plain_extractor()
    extractor.tokenizer = SimpleNamespace(cut=lambda _: words)
    expected = extractor.extract_tags("", topK=10, withWeight=True) if any(len(word) > 1 for word in words) else []
    assert [(row["phrase"], row["weight"]) for row in keyphrases([{"tokens": words}])] == expected


def test_every_term_of_the_glossary_is_one_word() -> None:
    with LEXICON.joinpath("glossary.csv").open(encoding="utf-8") as lines:
        terms = [term for row in csv.DictReader(lines) for term in (row["term"], *row["aliases"].split("|"))]
    han = [term for term in terms if re.fullmatch(r"[\u4e00-\u9fd5]{2,}", term)]
    assert [term for term in han if tokens(term) != [term] and term not in WORDS] == []
