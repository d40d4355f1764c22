"""Whether a built dataset is what its manifest and its models say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from povdata.extract.figures import disagreements
from povdata.models import LOOKUPS, SCHEMA_VERSION, TABLES, SpanRow, arrow_schema, model

Tables = dict[str, list[dict[str, Any]]]


def check(dist: Path) -> Iterator[str]:
    """What is wrong with a dataset folder, one sentence a problem; nothing where all is well.

    Looks at the manifest, every file's hash, rows and Arrow schema, every row against its model, primary and foreign
    keys, that each page's segments tile it, that every span holds its text, that rows stand in order, and that each
    input is one article or one reject. Holds one shard in memory at a time.
    """
    manifest, problem = _manifest(dist)
    if manifest is None:
        yield problem
        return
    intact = True
    for table in TABLES:
        for problem in _file_problems(dist, table, manifest):
            intact = False
            yield problem
    if not intact:
        return
    outcome: dict[str, str] = {}
    last = ""
    for number in range(len(manifest["tables"]["articles"]["files"])):
        rows = {
            table: pq.read_table(dist / manifest["tables"][table]["files"][0 if table in LOOKUPS else number]["path"])
            for table in TABLES
        }
        yield from _row_problems({table: found.to_pylist() for table, found in rows.items()})
        for table in ("articles", "rejects"):
            for path in rows[table]["raw_path"].to_pylist():
                if path in outcome:
                    yield f"{path} stands in {outcome[path]} and again in {table}"
                outcome[path] = table
        paths = rows["articles"]["raw_path"].to_pylist()
        if paths != sorted(paths) or (paths and paths[0] < last):
            yield f"articles of shard {number} are not in the order of raw_path"
        last = max([last, *paths])
    inputs = {entry["raw_path"] for entry in manifest["inputs"]}
    for path in sorted(inputs - outcome.keys()):
        yield f"{path} is an input of the manifest, but neither an article nor a reject"
    for path in sorted(outcome.keys() - inputs):
        yield f"{path} stands in {outcome[path]}, but is no input of the manifest"


def warnings(dist: Path) -> Iterator[str]:
    """What a reader should look at in a dataset folder though it breaks no rule, one sentence each.

    Figures that contradict the published national ones for the same measure and year: the page, or its reading, is
    off. Nothing where the files are not those that were built, which is a problem of `check`. Holds one shard in
    memory at a time.
    """
    manifest, _ = _manifest(dist)
    if manifest is None or any(next(_file_problems(dist, table, manifest), None) for table in _WARNING_COLUMNS):
        return
    for number in range(len(manifest["tables"]["articles"]["files"])):
        articles, segments, figures = (
            pq.read_table(dist / manifest["tables"][table]["files"][number]["path"], columns=columns).to_pylist()
            for table, columns in _WARNING_COLUMNS.items()
        )
        texts: dict[str, str] = {}
        for article_id, rows in groupby(segments, key=itemgetter("article_id")):
            texts[article_id] = "".join(row["text"] for row in rows)
        found = {article_id: list(rows) for article_id, rows in groupby(figures, key=itemgetter("article_id"))}
        for article in articles:
            article_id = article["article_id"]
            for conflict in disagreements(texts.get(article_id, ""), found.get(article_id, [])):
                yield (
                    f"{article['raw_path']}, characters {conflict['start']}-{conflict['end']}: {conflict['text']} as "
                    f"{conflict['metric']} of {conflict['year']}, but {conflict['published']:.12g} was published"
                )


_WARNING_COLUMNS = {
    "articles": ["article_id", "raw_path"],
    "segments": ["article_id", "text"],
    "figures": ["article_id", "start", "end", "text", "value", "value_max", "unit", "comparator", "direction"],
}


@cache
def stored_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table as its Parquet file gives it back: Parquet keeps times in milliseconds."""
    file = pa.BufferOutputStream()
    pq.write_table(arrow_schema(table).empty_table(), file)
    return pq.read_schema(pa.BufferReader(file.getvalue()))


def _manifest(dist: Path) -> tuple[dict[str, Any] | None, str]:
    path = dist / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, f"{path} is missing; {dist} holds no finished dataset, build it again"
    except (OSError, ValueError) as error:
        return None, f"{path} cannot be read ({error}); build the dataset again"
    if not isinstance(manifest, dict) or not isinstance(manifest.get("tables"), dict):
        return None, f"{path} is not a manifest of povdata; build the dataset again"
    if manifest.get("schema") != SCHEMA_VERSION:
        return None, f"{path} has schema {manifest.get('schema')}, this povdata reads {SCHEMA_VERSION}; build it again"
    if missing := TABLES.keys() - manifest["tables"].keys():
        return None, f"{path} lacks the tables {', '.join(sorted(missing))}; build the dataset again"
    return manifest, ""


def _file_problems(dist: Path, table: str, manifest: dict[str, Any]) -> Iterator[str]:
    entries = manifest["tables"][table]["files"]
    stray = {f"data/{table}/{path.name}" for path in (dist / "data" / table).glob("*")} - {e["path"] for e in entries}
    for path in sorted(stray):
        yield f"{path} is not in the manifest; remove it or build again"
    if not entries:
        yield f"table {table} has no file; build again"
    for entry in entries:
        path = dist / entry["path"]
        if not path.is_file():
            yield f"{entry['path']} is missing; build again"
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            yield f"{entry['path']} is not the file that was built (its SHA-256 differs); build again"
            continue
        try:
            with pq.ParquetFile(path) as file:
                found, rows = file.schema_arrow, file.metadata.num_rows
        except pa.ArrowException as error:
            yield f"{entry['path']} cannot be read as Parquet ({error}); build again"
            continue
        if not found.equals(stored_schema(table)):
            yield f"{entry['path']} does not have the schema of table {table}; build again"
        if rows != entry["rows"]:
            yield f"{entry['path']} has {rows} rows, the manifest says {entry['rows']}; build again"


def _row_problems(rows: Tables) -> Iterator[str]:
    texts: dict[str, str] = {}
    for segment in rows["segments"]:
        so_far = texts.get(segment["article_id"], "")
        if segment["start"] != len(so_far):
            yield f"segment {segment['seq']} of {segment['article_id']} does not begin where the last one ends"
        texts[segment["article_id"]] = so_far + segment["text"]
    keys = {table: [tuple(row[name] for name in model(table).primary_key) for row in rows[table]] for table in TABLES}
    known = {table: set(found) for table, found in keys.items()}
    for table, found in keys.items():
        if len(known[table]) < len(found):
            repeated = next(key for key in found if found.count(key) > 1)
            yield f"table {table}: key {repeated} stands more than once"
        yield from _model_problems(table, rows[table])
        for names, target in model(table).foreign_keys.items():
            for row in rows[table]:
                if (key := tuple(row[name] for name in names)) not in known[target]:
                    yield f"table {table}: {dict(zip(names, key, strict=True))} names no row of {target}"
        if issubclass(model(table), SpanRow):
            for row in rows[table]:
                if texts.get(row["article_id"], "")[row["start"] : row["end"]] != row["text"]:
                    where = f"{row['start']}-{row['end']} of {row['article_id']}"
                    yield f"table {table}: the text of the row at {where} is not that of its span"


def _model_problems(table: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    try:
        TypeAdapter(list[model(table)]).validate_python(rows)  # type: ignore[misc]
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            where = ".".join(str(part) for part in problem["loc"])
            yield f"table {table}, row {where}: {problem['msg']}"
