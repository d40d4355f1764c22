"""The spans of a dataset as stand-off annotations, for tools in which people annotate.

Two formats: brat (https://brat.nlplab.org/standoff.html), a folder with `ARTICLE.txt` and `ARTICLE.ann` for each
article and the configuration files; and JSON Lines with `text` and `spans`, which Prodigy reads and spaCy users make
into `Doc`s, and `labels`, which doccano reads. Offsets are those of the tables: code points of the page text.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from povdata import models
from povdata.export import as_json, beside, replacing, writing
from povdata.load import shards

if TYPE_CHECKING:
    import pyarrow as pa

LABELS = {
    "segments": None,
    "events": "event",
    "statements": "statement",
    "points": "point",
    "people": "person",
    "places": "place",
    "dates": "date",
    "figures": "figure",
    "terms": "term",
}
"""The tables whose rows are annotated, in this order where spans are the same, with their label; a segment's is its
role."""
SPOKEN = ("statement", "point")
_BATCH = 1000
_ID = re.compile(r"[0-9a-f]{16}")
_PIECE = re.compile(r"[^\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
"""What readers of brat's format take for one field of one line."""


class Span(NamedTuple):
    start: int
    end: int
    label: str
    facts: dict[str, Any]
    """The other columns of the row, those left out that are null or empty."""


class Annotated(NamedTuple):
    article_id: str
    title: str
    raw_path: str
    text: str
    """The page text."""
    spans: list[Span]
    """By start, the longer first."""


def standoff(
    out: str | Path,
    *,
    source: str | Path | None = None,
    revision: str | None = None,
    articles: Collection[str] = (),
    progress: Callable[[int, int | None], None] | None = None,
) -> int:
    """Write the spans of articles as stand-off annotations: into one file where the name ends in `.jsonl`, else into a
    folder for brat.

    source, revision: as in `povdata.load`.
    articles: ids of the articles to write; all where there are none.
    progress: called with the articles written so far, and with how many there are, where that is known.
    Returns the number of articles written.

    A file that is there is replaced, but a folder that holds anything is not: somebody may have annotated in it.
    Memory holds one file of each table at a time.

    Raises ValueError for a name with another ending, a folder that is not empty, an id that no article has, and a
    dataset whose rows contradict each other; OSError where it cannot be written; and what `povdata.load` raises.
    """
    out = Path(os.path.expanduser(out))
    one_file = out.suffix == ".jsonl"
    if out.suffix and not one_file:
        raise ValueError(
            f"{out}: end the name in .jsonl for one file, or give the name of a folder for brat, without a dot"
        )
    if one_file and out.is_dir():
        raise ValueError(f"{out} is a folder; give the name of a file")
    if out == Path():
        raise ValueError("the folder one stands in cannot be given; give a new one")
    if not one_file and out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ValueError(f"{out} is there and holds something; give a new folder, so that no annotation is lost")
    wanted = list(dict.fromkeys(articles))
    if strange := next((article for article in wanted if not _ID.fullmatch(article)), None):
        raise _no_article(strange)
    total, found = read(source=source, revision=revision, articles=wanted)
    written = 0

    def counted() -> Iterator[Annotated]:
        nonlocal written
        for article in found:
            yield article
            written += 1
            if progress:
                progress(written, len(wanted) or total)

    if one_file:
        with replacing(out) as new, new.open("wb") as file:
            for article in counted():
                file.write(as_line(article).encode() + b"\n")
        return written
    new = beside(out)
    try:
        with writing(out):
            new.mkdir()
            for article in counted():
                (new / f"{article.article_id}.txt").write_bytes(brat_text(article.text).encode())
                (new / f"{article.article_id}.ann").write_bytes(brat_annotations(article).encode())
            for name, text in brat_configuration().items():
                (new / name).write_bytes(text.encode())
            if out.is_dir():
                out.rmdir()
            new.rename(out)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return written


def read(
    *, source: str | Path | None, revision: str | None, articles: Collection[str] = ()
) -> tuple[int | None, Iterator[Annotated]]:
    """How many articles a dataset has, if its manifest says so, and the articles with their spans, in its order.

    Raises as `standoff` does.
    """
    counts, streams = {}, {}
    for table in ("articles", *LABELS):
        counts[table], parts = shards(table, source=source, revision=revision)
        streams[table] = _by_article(table, parts(), articles)
    return counts["articles"], _joined(streams, set(articles))


def _by_article(
    table: str, parts: Iterable[pa.Table], articles: Collection[str]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    def rows() -> Iterator[dict[str, Any]]:
        for part in parts:
            if table == "articles":
                part = part.select(["article_id", "title", "raw_path"])
            if articles:
                part = part.filter(pc.is_in(part["article_id"], value_set=pa.array(articles, pa.string())))
            for batch in part.to_batches(max_chunksize=_BATCH):
                yield from batch.to_pylist()

    for article_id, group in groupby(rows(), lambda row: row["article_id"]):
        yield article_id, list(group)


def _joined(streams: dict[str, Iterator[tuple[str, list[dict[str, Any]]]]], wanted: set[str]) -> Iterator[Annotated]:
    """The rows of each article brought together: every table has the articles in the same order."""
    articles = streams.pop("articles")
    heads = {table: next(stream, None) for table, stream in streams.items()}
    for article_id, (article, *_) in articles:
        wanted.discard(article_id)
        rows: dict[str, list[dict[str, Any]]] = {}
        for table, stream in streams.items():
            head = heads[table]
            if head and head[0] == article_id:
                rows[table], heads[table] = head[1], next(stream, None)
        text = "".join(row["text"] for row in rows.get("segments", []))
        spans = [span for table, label in LABELS.items() for row in rows.get(table, []) for span in _spans(row, label)]
        for span in spans:
            if not 0 <= span.start < span.end <= len(text):
                raise ValueError(f"{article['raw_path']}: a {span.label} lies outside the page; run `povdata check`")
        spans.sort(key=lambda span: (span.start, -span.end))
        yield Annotated(article_id, article["title"], article["raw_path"], text, spans)
    if left := [table for table, head in heads.items() if head]:
        raise ValueError(f"{left[0]}: its rows do not stand in the order of articles; run `povdata check`")
    if wanted:
        raise _no_article(min(wanted))


def _no_article(article_id: str) -> ValueError:
    return ValueError(f"there is no article {article_id!r}; the ids are in the column article_id of articles")


def _spans(row: dict[str, Any], label: str | None) -> Iterator[Span]:
    """The spans of a row, without the white space that a segment has around it."""
    unsaid = {"article_id", "start", "end", "text", "mentions"} | ({"role"} if label is None else set())
    facts = {name: value for name, value in row.items() if name not in unsaid and value not in (None, [])}
    if "mentions" in row:
        for mention in row["mentions"]:
            yield Span(mention["start"], mention["end"], str(label), facts)
    elif label is None:
        text = row["text"]
        if visible := text.strip():
            start = row["start"] + text.index(visible)
            yield Span(start, start + len(visible), row["role"], facts)
    else:
        yield Span(row["start"], row["end"], label, facts)


def as_line(article: Annotated) -> str:
    """An article as a line of JSON."""
    return as_json(
        {
            "text": article.text,
            "spans": [
                {"start": start, "end": end, "label": label, **facts} for start, end, label, facts in article.spans
            ],
            "labels": [[start, end, label] for start, end, label, _ in article.spans],
            "meta": {"article_id": article.article_id, "title": article.title, "raw_path": article.raw_path},
        }
    )


def brat_text(text: str) -> str:
    """The page text as brat is given it: readers take CR LF for one character, so each CR becomes a space before a line
    feed and a line feed elsewhere, and every offset holds."""
    return text.replace("\r\n", " \n").replace("\r", "\n")


def brat_annotations(article: Annotated) -> str:
    """An article's annotations in brat's format.

    A span (T) over several lines is one of several pieces. What its row says in a word of a closed vocabulary is an
    attribute (A), all that it says a note (#). The mentions of a person are equivalent (*), and a statement or point is
    related (R) to the mention of its speaker that stands last before it, or else to the first.
    """
    bounds: list[str] = []
    attributes: list[str] = []
    notes: list[str] = []
    mentions: dict[str, list[tuple[int, str]]] = {}
    spoken: list[tuple[Span, str]] = []
    closed = _closed()
    for span in article.spans:
        pieces = [
            (found.start(), found.end(), found[0])
            for found in _PIECE.finditer(article.text, span.start, span.end)
            if not found[0].isspace()
        ]
        if not pieces:
            continue
        key = f"T{len(bounds) + 1}"
        places = ";".join(f"{start} {end}" for start, end, _ in pieces)
        bounds.append(f"{key}\t{span.label} {places}\t{' '.join(text for *_, text in pieces)}")
        for column in closed.get(span.label, {}):
            value = span.facts.get(column)
            if isinstance(value, list):
                attributes += [f"{span.label}_{item} {key}" for item in value]
            elif value is not None:
                attributes.append(f"{span.label}_{column} {key} {value}")
        if span.facts:
            notes.append(f"AnnotatorNotes {key}\t{_in_a_field(as_json(span.facts))}")
        if span.label == LABELS["people"]:
            mentions.setdefault(span.facts["name"], []).append((span.end, key))
        if span.label in SPOKEN and span.facts.get("speaker"):
            spoken.append((span, key))
    relations = [
        f"speaker Arg1:{key} Arg2:{max([m for m in said if m[0] <= span.start], default=said[0])[1]}"
        for span, key in spoken
        if (said := mentions.get(span.facts["speaker"]))
    ]
    lines = [
        *bounds,
        *(f"A{number}\t{line}" for number, line in enumerate(attributes, 1)),
        *(f"R{number}\t{line}" for number, line in enumerate(relations, 1)),
        *(f"*\tsame {' '.join(key for _, key in same)}" for same in mentions.values() if len(same) > 1),
        *(f"#{number}\t{line}" for number, line in enumerate(notes, 1)),
    ]
    return "".join(f"{line}\n" for line in lines)


def brat_configuration() -> dict[str, str]:
    """The files that tell brat which labels, relations and attributes there are, by name."""
    roles = "".join(f"\t{role}\n" for role in models.ROLES)
    labels = "".join(f"{label}\n" for label in LABELS.values() if label)
    attributes = ""
    for label, columns in _closed().items():
        for column, (values, is_list) in columns.items():
            if is_list:
                attributes += "".join(f"{label}_{value}\tArg:{label}\n" for value in values)
            else:
                attributes += f"{label}_{column}\tArg:{label}, Value:{'|'.join(values)}\n"
    person = LABELS["people"]
    return {
        "annotation.conf": f"[entities]\n!segment\n{roles}{labels}\n[relations]\n"
        f"speaker\tArg1:{'|'.join(SPOKEN)}, Arg2:{person}\n"
        f"same\tArg1:{person}, Arg2:{person}, <REL-TYPE>:symmetric-transitive\n"
        "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>\n"
        f"\n[events]\n\n[attributes]\n{attributes}",
        # Left to itself, brat looks for the ends of English sentences.
        "tools.conf": "[options]\nTokens\ttokenizer:whitespace\nSentences\tsplitter:newline\n"
        "Validation\tvalidate:none\nAnnotation-log\tlogfile:<NONE>\n",
    }


@cache
def _closed() -> dict[str, dict[str, tuple[list[str], bool]]]:
    """Label -> column of a closed vocabulary -> its values, and whether the column holds a list of them."""
    return {
        label: {
            column.name: (list(models.VOCABULARIES[table][column.name]), column.type.startswith("list"))
            for column in models.columns(table)
            if column.name in models.VOCABULARIES[table]
        }
        for table, label in LABELS.items()
        if label and table in models.VOCABULARIES
    }


def _in_a_field(text: str) -> str:
    """JSON without what a reader of brat's format takes for the end of a line; JSON escapes the rest itself."""
    return re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)
