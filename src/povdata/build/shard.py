"""A shard of inputs: each page through every stage, its rows validated, one Parquet file a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from povdata import read, regions
from povdata.build.duplicates import Signature, signature
from povdata.build.rules import Keys, keys, page_problems, reference_problems
from povdata.clean import clean
from povdata.extract import Rows, extract
from povdata.extract.terms import glossary, themes
from povdata.models import LOOKUPS, REJECTIONS, TABLES, arrow_schema, model
from povdata.page import Rejection

ROW_GROUP = 100_000
"""Rows a Parquet row group at the most; a shard's articles fit into one."""


class Job(NamedTuple):
    """An input and, where its bytes stand under an earlier path too, that path."""

    source: read.Source
    duplicate_of: str | None


class Input(NamedTuple):
    """An input as the manifest names it; hash and size are null where the bytes could not be read."""

    raw_path: str
    sha256: str | None
    n_bytes: int | None


class ShardFile(NamedTuple):
    """A Parquet file that a shard wrote."""

    table: str
    path: str
    sha256: str
    n_bytes: int
    rows: int


class ShardResult(NamedTuple):
    """What the parent needs to know of a finished shard; no rows."""

    number: int
    inputs: list[Input]
    files: list[ShardFile]
    signatures: dict[str, Signature]
    """Article id -> signature of its body."""
    rejects: list[str]
    """The code of each reject."""


def work(
    number: int,
    jobs: Sequence[Job],
    workshop: Path,
    max_bytes: int,
    progress: Callable[[int], object] = lambda done: None,
) -> ShardResult:
    """Work the inputs of one shard and write its files into `workshop/data/<table>/`.

    No input ends in an exception: what cannot become an article becomes a reject.
    """
    rows: Rows = {table: [] for table in TABLES if table not in LOOKUPS}
    inputs = []
    signatures: dict[str, Signature] = {}
    for job in jobs:
        entry, page_rows = work_page(job, max_bytes)
        inputs.append(entry)
        for article in page_rows.get("articles", []):
            if (signed := signature(page_rows["sentences"])) is not None:
                signatures[article["article_id"]] = signed
        for table, found in page_rows.items():
            rows[table] += found
        progress(1)
    files = [write_rows(table, rows[table], workshop, number) for table in rows]
    return ShardResult(number, inputs, files, signatures, [row["error"] for row in rows["rejects"]])


def work_page(job: Job, max_bytes: int) -> tuple[Input, Rows]:
    """One input through read, clean, extract and validate: the rows of an article, or one row of rejects."""
    raw_path = job.source.raw_path
    entry = Input(raw_path, None, None)
    try:
        raw = read.load(job.source, max_bytes)
        entry = Input(raw_path, raw.sha256, raw.size)
        page = read.page(raw)
        if job.duplicate_of:
            raise Rejection("duplicate", f"the same bytes stand in {job.duplicate_of}: remove one of the two files")
        rows = extract(clean(page))
        validate(rows, page.text)
    except Rejection as rejection:
        return entry, _rejected(entry, rejection)
    except Exception as error:  # a parser's defect must not cost the other pages
        defect = Rejection(
            "parser_error", f"the parser failed with {type(error).__name__} ({error}): report the page as a bug"
        )
        return entry, _rejected(entry, defect)
    return entry, rows


def validate(rows: Rows, page_text: str) -> None:
    """Check every row against its model, and the rows of the page against each other, its text and the lookup tables.

    Raises Rejection (`invalid_record`) that names the table and the rule that it breaks.
    """
    for table, found in rows.items():
        try:
            _adapter(table).validate_python(found)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise _invalid(f"table {table}, row {where}: {problem['msg']}") from error
    problem = next(chain(page_problems(rows, page_text), reference_problems(rows, _lookup_keys())), None)
    if problem:
        raise _invalid(problem)


def _invalid(problem: str) -> Rejection:
    return Rejection("invalid_record", f"{problem}: report the page as a bug")


@cache
def _lookup_keys() -> Keys:
    return keys(lookups())


def lookups() -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables that come with povdata."""
    return {"regions": regions.rows(), "glossary": list(glossary()), "themes": list(themes())}


def mark_duplicates(file: ShardFile, group_of: dict[str, str], workshop: Path) -> ShardFile:
    """Fill `duplicate_group` in a shard's articles; the file is left alone where none of them has a group."""
    path = workshop / file.path
    articles = pq.read_table(path, schema=arrow_schema("articles"))
    found = [group_of.get(article_id) for article_id in articles["article_id"].to_pylist()]
    if not any(found):
        return file
    place = articles.schema.get_field_index("duplicate_group")
    write_parquet(articles.set_column(place, articles.schema.field(place), pa.array(found, pa.string())), path)
    return _file(file.table, file.path, workshop, file.rows)


def write_parquet(rows: pa.Table, path: Path) -> None:
    """Write a table as a Parquet file that every loader of the Hub can read page by page."""
    with pq.ParquetWriter(
        path, rows.schema, compression="zstd", use_content_defined_chunking=True, write_page_index=True
    ) as writer:
        if rows.num_rows:  # datasets cannot read a row group without rows
            writer.write_table(rows, row_group_size=ROW_GROUP)


def _rejected(entry: Input, rejection: Rejection) -> Rows:
    row = {
        "raw_path": entry.raw_path,
        "raw_sha256": entry.sha256,
        "raw_bytes": entry.n_bytes,
        "stage": REJECTIONS[rejection.error].stage,
        "error": rejection.error,
        "message": rejection.message,
    }
    return {"rejects": [model("rejects").model_validate(row).model_dump()]}


def write_rows(table: str, rows: list[dict[str, Any]], workshop: Path, number: int) -> ShardFile:
    """Write the rows of a table that one shard gives; the name is for the time of the build."""
    path = f"data/{table}/{number:05d}.part"
    write_parquet(pa.Table.from_pylist(rows, schema=arrow_schema(table)), workshop / path)
    return _file(table, path, workshop, len(rows))


def _file(table: str, path: str, workshop: Path, rows: int) -> ShardFile:
    data = (workshop / path).read_bytes()
    return ShardFile(table, path, hashlib.sha256(data).hexdigest(), len(data), rows)


@cache
def _adapter(table: str) -> TypeAdapter[Any]:
    return TypeAdapter(list[model(table)])  # type: ignore[misc]
