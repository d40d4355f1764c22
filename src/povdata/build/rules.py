"""What the rows of a page must be together: the rules that no row shows by itself. Builds and checks both ask here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from povdata.extract.script import fold
from povdata.models import TABLES, SpanRow, model

Columns = dict[str, list[Any]]
"""Column -> the value of each row of a table."""
Tables = Mapping[str, Columns]
"""Table -> the columns of rows that are valid by its model."""
Keys = Mapping[str, set[tuple[Any, ...]]]
"""Table -> its primary keys, and what each of them begins with: all that a foreign key can name."""

_SPANS = frozenset(table for table, kind in TABLES.items() if issubclass(kind, SpanRow))
_KEYS = {table: kind.primary_key[-1] for table, kind in TABLES.items()}
"""Table -> the column of its primary key that tells the rows of one page apart."""
_ROWS = {table: (list(kind.model_fields), itemgetter(*kind.model_fields)) for table, kind in TABLES.items()}
"""Table -> the columns of its model, and what gives their values in a row."""


def by_column(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Columns]:
    """The columns of tables that are given row by row.

    Raises KeyError, naming the table, where a row does not have just the columns of its model.
    """
    tables: dict[str, Columns] = {}
    for table, found in rows.items():
        names, values = _ROWS[table]
        if not found:
            tables[table] = {name: [] for name in names}
            continue
        try:
            tables[table] = dict(zip(names, map(list, zip(*map(values, found), strict=True)), strict=True))
        except KeyError:
            raise KeyError(f"table {table}: a row lacks a column") from None
        if sum(map(len, found)) > len(names) * len(found):
            raise KeyError(f"table {table}: a row has a column too many")
    return tables


def keys(lookups: Tables) -> Keys:
    """All that foreign keys can name in some tables."""
    return {
        table: {
            key
            for n in range(len(model(table).primary_key))
            for key in zip(*(columns[name] for name in model(table).primary_key[: n + 1]), strict=True)
        }
        for table, columns in lookups.items()
    }


def page_problems(tables: Tables, text: str) -> Iterator[str]:
    """What is wrong with the rows that one page gave, by its text, one sentence each."""
    articles, segments, events = tables["articles"], tables["segments"], tables["events"]
    if len(articles["article_id"]) != 1:
        yield f"table articles: {len(articles['article_id'])} rows for one page"
        return
    size = len(text)
    for table, columns in tables.items():
        ids = columns["article_id"]
        if ids.count(articles["article_id"][0]) != len(ids):
            yield f"table {table}: a row has another article_id than its page"
        yield from _order_problems(table, columns)
        if table in _SPANS:
            for start, end, printed in zip(columns["start"], columns["end"], columns["text"], strict=True):
                if text[start:end] != printed or end > size:
                    yield f"table {table}: text is not the page text from {start} to {end}"
    if [*segments["start"], size] != [0, *segments["end"]]:
        yield "table segments: the segments do not tile the page text"
    yield from _body_problems(articles, segments, tables["sentences"])
    for start, end in zip(events["start"], events["end"], strict=True):
        if not start < end <= size:
            yield f"table events: {start} to {end} is no span of the page"
    for name, mentions in zip(tables["people"]["name"], tables["people"]["mentions"], strict=True):
        yield from _mention_problems(name, mentions, text)


def reference_problems(tables: Tables, known: Keys) -> Iterator[str]:
    """The foreign keys that name no row, of those that point into the tables of `known`; each once."""
    for table, columns in tables.items():
        for names, target in TABLES[table].foreign_keys.items():
            if target in known:
                values = [columns[name] for name in names]
                if values[0] and isinstance(values[0][0], list):
                    values = [list(chain.from_iterable(values[0]))]
                for key in {*zip(*values, strict=True)} - known[target]:
                    if key[0] is not None:
                        named = ", ".join(f"{name} {value}" for name, value in zip(names, key, strict=True))
                        yield f"table {table}: {named} names no row of {target}"


def _order_problems(table: str, columns: Columns) -> Iterator[str]:
    """Rows stand in page order, each under a key of its own; numbers count up from 0."""
    key = _KEYS[table]
    values = columns[key]
    if key == "seq":
        if values != [*range(len(values))]:
            yield f"table {table}: seq does not count from 0 in steps of 1"
    elif len({*values}) < len(values):
        yield f"table {table}: {key} {next(v for v in values if values.count(v) > 1)} stands more than once"
    starts = [mentions[0]["start"] for mentions in columns["mentions"]] if table == "people" else columns.get("start")
    if starts and starts != sorted(starts):
        yield f"table {table}: the rows do not stand in page order"


def _body_problems(articles: Columns, segments: Columns, sentences: Columns) -> Iterator[str]:
    """The body is its segments' text, and the sentences cut it up without a rest."""
    roles, starts, ends = segments["role"], segments["start"], segments["end"]
    body, paragraphs = [], []
    for text, role in zip(segments["text"], roles, strict=True):
        if role in ("body", "heading"):
            body.append(text.strip())
            if role == "body":
                paragraphs.append(body[-1])
    if articles["body"] != ["\n".join(body)]:
        yield "table articles: body is not the text of its segments"
    if articles["n_sentences"] != [len(sentences["text"])]:
        yield "table articles: n_sentences does not count the sentences"
    spans = zip(sentences["segment_seq"], sentences["start"], sentences["end"], strict=True)
    for seq, (number, start, end) in enumerate(spans):
        if number >= len(roles):
            yield f"table sentences: segment_seq {number} names no row of segments"
        elif roles[number] != "body" or not starts[number] <= start <= end <= ends[number]:
            yield f"table sentences: sentence {seq} is not inside a segment of the body"
    given, wanted = "".join(sentences["text"]), "".join(paragraphs)
    if given != wanted and "".join(given.split()) != "".join(wanted.split()):
        yield "table sentences: the sentences do not give the paragraphs of the body"


def _mention_problems(name: str, mentions: list[dict[str, Any]], text: str) -> Iterator[str]:
    """A mention prints the name, perhaps with spaces in it, or in the other script."""
    last = 0
    for mention in mentions:
        start, end = mention["start"], mention["end"]
        if not last <= start < end <= len(text):
            yield f"table people: a mention of {name} is past the page or out of order"
            continue
        last = end
        if text[start:end] != name:
            printed = "".join(text[start:end].split())
            if printed != name and fold(printed) != fold(name):
                yield f"table people: {start} to {end} is not the name {name}"
