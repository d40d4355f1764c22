"""What the rows of a page must be together: the rules that no row shows by itself. Builds and checks both ask here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from povdata.extract.script import fold
from povdata.models import TABLES, SpanRow, model

Tables = Mapping[str, list[dict[str, Any]]]
"""Table -> rows that are valid by its model."""
Keys = Mapping[str, set[tuple[Any, ...]]]
"""Table -> its primary keys, and what each of them begins with: all that a foreign key can name."""

_SPANS = frozenset(table for table, kind in TABLES.items() if issubclass(kind, SpanRow))
_KEYS = {table: kind.primary_key[-1] for table, kind in TABLES.items()}
"""Table -> the column of its primary key that tells the rows of one page apart."""


def keys(lookups: Tables) -> Keys:
    """All that foreign keys can name in some tables."""
    return {
        table: {
            tuple(row[name] for name in model(table).primary_key[: n + 1])
            for row in rows
            for n in range(len(model(table).primary_key))
        }
        for table, rows in lookups.items()
    }


def page_problems(rows: Tables, text: str) -> Iterator[str]:
    """What is wrong with the rows that one page gave, by its text, one sentence each."""
    if len(rows["articles"]) != 1:
        yield f"table articles: {len(rows['articles'])} rows for one page"
        return
    (article,) = rows["articles"]
    article_id = article["article_id"]
    size = len(text)
    for table, found in rows.items():
        if {row["article_id"] for row in found} - {article_id}:
            yield f"table {table}: a row has another article_id than its page"
        yield from _order_problems(table, found)
        if table in _SPANS:
            for row in found:
                if row["end"] > size or text[row["start"] : row["end"]] != row["text"]:
                    yield f"table {table}: text is not the page text from {row['start']} to {row['end']}"
    segments = rows["segments"]
    if [row["start"] for row in segments] + [size] != [0] + [row["end"] for row in segments]:
        yield "table segments: the segments do not tile the page text"
    yield from _body_problems(article, segments, rows["sentences"])
    for row in rows["events"]:
        if not row["start"] < row["end"] <= size:
            yield f"table events: {row['start']} to {row['end']} is no span of the page"
    for row in rows["people"]:
        yield from _mention_problems(row, text)


def reference_problems(rows: Tables, known: Keys) -> Iterator[str]:
    """The foreign keys that name no row, of those that point into the tables of `known`."""
    for table, found in rows.items():
        for names, target in model(table).foreign_keys.items():
            if target in known:
                for row in found:
                    for key in _references([row[name] for name in names]):
                        if key not in known[target]:
                            named = ", ".join(f"{name} {value}" for name, value in zip(names, key, strict=True))
                            yield f"table {table}: {named} names no row of {target}"


def _references(values: list[Any]) -> Iterable[tuple[Any, ...]]:
    if values[0] is None:
        return ()
    if isinstance(values[0], list):
        return [(value,) for value in values[0]]
    return [tuple(values)]


def _order_problems(table: str, found: list[dict[str, Any]]) -> Iterator[str]:
    """Rows stand in page order, each under a key of its own; numbers count up from 0."""
    key = _KEYS[table]
    values = [row[key] for row in found]
    if key == "seq":
        if values != list(range(len(values))):
            yield f"table {table}: seq does not count from 0 in steps of 1"
    elif len(set(values)) < len(values):
        yield f"table {table}: {key} {next(v for v in values if values.count(v) > 1)} stands more than once"
    starts = values
    if key != "start":
        starts = [row["mentions"][0]["start"] if table == "people" else row.get("start", 0) for row in found]
    if starts != sorted(starts):
        yield f"table {table}: the rows do not stand in page order"


def _body_problems(
    article: dict[str, Any], segments: list[dict[str, Any]], sentences: list[dict[str, Any]]
) -> Iterator[str]:
    """The body is its segments' text, and the sentences cut it up without a rest."""
    if article["body"] != "\n".join([row["text"].strip() for row in segments if row["role"] in ("body", "heading")]):
        yield "table articles: body is not the text of its segments"
    if article["n_sentences"] != len(sentences):
        yield "table articles: n_sentences does not count the sentences"
    for row in sentences:
        if row["segment_seq"] >= len(segments):
            yield f"table sentences: segment_seq {row['segment_seq']} names no row of segments"
            continue
        segment = segments[row["segment_seq"]]
        if segment["role"] != "body" or not segment["start"] <= row["start"] <= row["end"] <= segment["end"]:
            yield f"table sentences: sentence {row['seq']} is not inside a segment of the body"
    paragraphs = "".join([row["text"] for row in segments if row["role"] == "body"])
    if "".join("".join([row["text"] for row in sentences]).split()) != "".join(paragraphs.split()):
        yield "table sentences: the sentences do not give the paragraphs of the body"


def _mention_problems(person: dict[str, Any], text: str) -> Iterator[str]:
    """A mention prints the name, perhaps with spaces in it, or in the other script."""
    end = 0
    for mention in person["mentions"]:
        if not end <= mention["start"] < mention["end"] <= len(text):
            yield f"table people: a mention of {person['name']} is past the page or out of order"
            continue
        end = mention["end"]
        printed = "".join(text[mention["start"] : end].split())
        if printed != person["name"] and fold(printed) != fold(person["name"]):
            yield f"table people: {mention['start']} to {end} is not the name {person['name']}"
