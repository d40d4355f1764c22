"""Table `sentences`: the body cut into sentences and words, and the keyphrases that rest on the words."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from heapq import nlargest
from importlib.resources import files
from operator import itemgetter
from typing import Any

from povdata.page import Document, Span

_WORDS = files("povdata.lexicon").joinpath("words.txt")
_END = re.compile(r"[。！？!?]+[”’」』）)】》]*")
_WORD_WITH_SIGN = re.compile(r"[0-9A-Za-z]*[+#&._%\-][0-9A-Za-z+#&._%\-]*")
_RARE_HAN = re.compile(r"([\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
"""Han characters that jieba does not take for any and leaves single; rjieba joins them."""
_JIEBA_ONLY = re.compile(r"(?i:c\+\+|c#|at&t)|([\u4e00-\u9fd5]{1,4})\1\1")
"""What rjieba cuts in another way: words of the dictionary with signs, and a word said three times, which can be cut in
two ways that weigh the same (大大|大, 大|大大)."""
_JIEBA_ASCII = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
"""How jieba cuts a run of ASCII characters outside its dictionary (jieba/finalseg)."""


def sentences(document: Document) -> Iterator[dict[str, Any]]:
    """Rows of `sentences`, in page order.

    A sentence ends with 。！？ (or !?) and the quotation marks or brackets that close on it, or with its paragraph.
    """
    text, seq = document.page.text, 0
    for segment_seq, segment, _ in document.text_of("body"):
        for span in split(text, segment.start, segment.end):
            sentence = text[span.start : span.end]
            yield {
                "article_id": document.page.article_id,
                "seq": seq,
                "segment_seq": segment_seq,
                "start": span.start,
                "end": span.end,
                "text": sentence,
                "tokens": tokens(sentence),
            }
            seq += 1


def split(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of `text[start:end]` as spans without white space at either end."""
    begin = start
    while begin < end:
        mark = _END.search(text, begin, end)
        stop = mark.end() if mark else end
        if text[stop : min(stop + 1, end)] == '"' and text.count('"', begin, stop) % 2:
            stop += 1
        sentence = text[begin:stop]
        lead = len(sentence) - len(sentence.lstrip())
        if lead < len(sentence):
            yield Span(begin + lead, begin + len(sentence.rstrip()))
        begin = stop


def tokens(sentence: str) -> list[str]:
    """The words that jieba gives with HMM and `lexicon/words.txt` loaded; joined they give the sentence back.

    rjieba cuts, twenty times as fast as jieba. It keeps ASCII runs with signs (`2019-10-17`) whole and joins rare Han
    characters; both are cut here as jieba cuts them, and jieba itself cuts what both would cut differently.
    """
    if _JIEBA_ONLY.search(sentence):
        return list(_jieba().cut(sentence))
    cut = tokenizer().cut
    found = cut(sentence)
    if _RARE_HAN.search(sentence):
        found = [word for piece in _RARE_HAN.split(sentence) for word in cut(piece)]
    words: list[str] = []
    for word in found:
        if word.isascii() and _WORD_WITH_SIGN.fullmatch(word):
            words += filter(None, _JIEBA_ASCII.split(word))
        else:
            words.append(word)
    return words


def keyphrases(rows: list[dict[str, Any]], count: int = 10) -> list[dict[str, Any]]:
    """The words of these sentences with the highest TF-IDF weight, as jieba's own extractor finds and weighs them.

    Returns dicts of `phrase` and `weight`, the highest weight first. Frequencies and stop words are jieba's
    (jieba/analyse/tfidf.py); each different word is weighed once here, where jieba looks at every token.
    """
    idf, median, stop_words = _frequencies()
    seen = Counter(word for row in rows for word in row["tokens"])
    kept = {word: n for word, n in seen.items() if len(word.strip()) >= 2 and word.lower() not in stop_words}
    total = sum(kept.values())
    weights = ((word, n * (idf.get(word, median) / total)) for word, n in kept.items())
    best = nlargest(count, weights, key=itemgetter(1))
    return [{"phrase": word, "weight": weight} for word, weight in best]


@cache
def tokenizer() -> Any:
    """rjieba's tokenizer with `lexicon/words.txt` loaded: one a process, for every module that cuts or tags words."""
    import rjieba

    jieba = rjieba.Jieba()
    for line in _WORDS.read_text(encoding="utf-8").splitlines():
        word, frequency = line.split()
        jieba.add_word(word, int(frequency), "")
    return jieba


@cache
def _jieba() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    with _WORDS.open("rb") as words:
        tokenizer.load_userdict(words)
    return tokenizer


@cache
def _frequencies() -> tuple[dict[str, float], float, set[str]]:
    """jieba's inverse document frequencies, their median for words that it does not know, and its stop words."""
    from jieba.analyse import TFIDF

    extractor = TFIDF()
    return extractor.idf_freq, extractor.median_idf, extractor.stop_words
