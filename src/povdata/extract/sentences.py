"""Table `sentences`: the body cut into sentences and words, and the keyphrases that rest on the words."""

from __future__ import annotations

import logging
import re
from collections import Counter
from functools import cache
from heapq import nlargest
from importlib.metadata import distribution
from importlib.resources import files
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from povdata.page import Document, Span

_WORDS = files("povdata.lexicon").joinpath("words.txt")
_END = re.compile(r"[。！？!?][。！？!?]*[”’」』）)】》]*")
_RARE = r"\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Han characters that jieba does not take for any and leaves single; rjieba joins them."""
_RARE_HAN = re.compile(f"([{_RARE}])")
_CUT_OTHERWISE = re.compile(
    rf"[+#&._%\-{_RARE}](?!(?<=[0-9]\.)[0-9]+(?![0-9A-Za-z.])|(?<=[0-9]%)(?![0-9A-Za-z+#&._%\-]))"
)
"""What jieba and rjieba may cut differently: a rare character, or a sign, but not those of a plain `3.5` or `10%`."""
_WORD_WITH_SIGN = re.compile(r"[0-9A-Za-z]*[+#&._%\-][0-9A-Za-z+#&._%\-]*")
_SIGNED_WORD = re.compile(r"c\+\+|c#|at&t", re.IGNORECASE)
"""The words of the dictionary with signs; `_CUT_OTHERWISE` finds each of them."""
_THRICE = re.compile(r"([\u4e00-\u9fd5]{1,4})\1\1")
"""A word said three times, which can be cut in two ways that weigh the same (大大|大, 大|大大)."""
_JIEBA_ASCII = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
"""How jieba cuts a run of ASCII characters outside its dictionary (jieba/finalseg)."""
_STOP_WORDS = frozenset(
    "all an and are as at be by can for from has have if in is it not of on one or that the then this to we which with"
    " you".split()
)
"""jieba's (jieba/analyse/tfidf.py)."""
_JIEBA_CUTS = 2_000
"""Longest sentence that jieba itself cuts, in code points: a run of characters in no word costs it their square."""


def sentences(document: Document) -> list[dict[str, Any]]:
    """Rows of `sentences`, in page order.

    A sentence ends with 。！？ (or !?) and the quotation marks or brackets that close on it, or with its paragraph.
    """
    text, article_id = document.page.text, document.page.article_id
    spans = [
        (segment_seq, span)
        for segment_seq, segment in enumerate(document.segments)
        if segment.role == "body"
        for span in split(text, segment.start, segment.end)
    ]
    texts = [text[start:end] for _, (start, end) in spans]
    return [
        {
            "article_id": article_id,
            "seq": seq,
            "segment_seq": segment_seq,
            "start": start,
            "end": end,
            "text": sentence,
            "tokens": words,
        }
        for seq, ((segment_seq, (start, end)), sentence, words) in enumerate(
            zip(spans, texts, _tokens_of_each(texts), strict=True)
        )
    ]


def split(text: str, start: int, end: int) -> list[Span]:
    """The sentences of `text[start:end]` as spans without white space at either end."""
    found, begin = [], start
    for stop in (*[mark.end() for mark in _END.finditer(text, start, end)], end):
        if text.startswith('"', stop, end) and text.count('"', begin, stop) % 2:
            stop += 1
        if sentence := text[begin:stop].strip():
            if len(sentence) < stop - begin:
                begin = text.index(sentence[0], begin)
            found.append(Span(begin, begin + len(sentence)))
        begin = stop
    return found


def tokens(sentence: str) -> list[str]:
    """The words that jieba gives with HMM and `lexicon/words.txt` loaded; joined they give the sentence back.

    rjieba cuts, twenty times as fast as jieba. It keeps ASCII runs with signs (`2019-10-17`) whole and joins rare Han
    characters; both are cut here as jieba cuts them, and jieba itself cuts what both would cut differently, where it is
    not too long to be a sentence.
    """
    if len(sentence) <= _JIEBA_CUTS and (_SIGNED_WORD.search(sentence) or _THRICE.search(sentence)):
        return list(_jieba().cut(sentence))
    cut = tokenizer().cut
    if not _CUT_OTHERWISE.search(sentence):
        return cut(sentence)
    found = [word for piece in _RARE_HAN.split(sentence) for word in cut(piece)]
    words: list[str] = []
    for word in found:
        if word.isascii() and _WORD_WITH_SIGN.fullmatch(word):
            words += filter(None, _JIEBA_ASCII.split(word))
        else:
            words.append(word)
    return words


def _tokens_of_each(sentences: list[str]) -> list[list[str]]:
    """`tokens` of each of them. What rjieba cuts differently is rare, so it is looked for in all of them at once."""
    text, cut = "\n".join(sentences), tokenizer().cut
    if _says_thrice(text):
        return [tokens(sentence) for sentence in sentences]
    if _CUT_OTHERWISE.search(text):
        return [tokens(sentence) if _CUT_OTHERWISE.search(sentence) else cut(sentence) for sentence in sentences]
    return [cut(sentence) for sentence in sentences]


def _says_thrice(text: str) -> bool:
    """Whether `_THRICE` finds something.

    A back-reference tried at every place takes as long as the cutting, so it is tried where characters repeat, once a
    run of repetitions: in a run all places hold the same characters.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    for size in range(1, 5):
        repeats, run = (codes[size:] == codes[:-size]).tobytes(), b"\1" * 2 * size
        at = repeats.find(run)
        while at >= 0:
            if _THRICE.match(text, at):
                return True
            stop = repeats.find(b"\0", at)
            at = repeats.find(run, stop) if stop >= 0 else -1
    return False


def keyphrases(rows: list[dict[str, Any]], count: int = 10) -> list[dict[str, Any]]:
    """The words of these sentences with the highest TF-IDF weight, as jieba's own extractor finds and weighs them.

    Returns dicts of `phrase` and `weight`, the highest weight first. Frequencies and stop words are jieba's
    (jieba/analyse/tfidf.py); each different word is weighed once here, where jieba looks at every token, and a
    rarer word only where it may still be among the best.
    """
    idf, median, rarest = _frequencies()
    seen = Counter(chain.from_iterable([row["tokens"] for row in rows]))
    kept = [
        (word, n)
        for word, n in seen.items()
        if len(word) > 1 and not (word.isascii() and (word.isspace() or word.lower() in _STOP_WORDS))
    ]
    total = sum([n for _, n in kept])
    for least in (3, 2, 1):
        weights = [(word, n * (idf.get(word, median) / total)) for word, n in kept if n >= least]
        best = nlargest(count, weights, key=itemgetter(1))
        if len(best) == count and best[-1][1] > (least - 1) * (rarest / total):
            break
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
def _frequencies() -> tuple[dict[str, float], float, float]:
    """jieba's inverse document frequencies, their median (for words it does not know) and their maximum.

    The file is read as jieba reads it; to import `jieba.analyse` would load a tagger, too, for most of a second.
    """
    table = Path(str(distribution("jieba").locate_file("jieba/analyse/idf.txt"))).read_text(encoding="utf-8")
    found = {word: float(frequency) for word, frequency in map(str.split, table.splitlines())}
    return found, sorted(found.values())[len(found) // 2], max(found.values())
