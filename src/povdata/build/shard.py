"""A shard of inputs: each page through every stage, its rows validated, one Parquet file a table."""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from povdata import read, regions
from povdata.build.duplicates import SIGNATURES, Signature, signature, write_signatures
from povdata.build.mask import Masked, mask
from povdata.build.rules import Columns, Keys, by_column, keys, page_problems, reference_problems
from povdata.clean import clean
from povdata.extract import Rows, extract_together
from povdata.extract.terms import glossary, themes
from povdata.models import LOOKUPS, REJECTIONS, TABLES, Row, arrow_schema, model
from povdata.page import Document, Page, Rejection

TOGETHER = (32, 1 << 20)
"""Pages and bytes that are worked side by side, a step at a time: enough to keep what a step looks up in the
processor's cache, and few enough to let a shard of huge pages stay small."""
ROW_GROUP = 1 << 24
"""Bytes of Arrow data at which a Parquet row group is full: 2,000 articles, or the sentences of 800 pages. That is what
the writer holds of a table, and a reader of one row group; larger ones hardly compress better. Bytes, so that pages of
any size need the same memory, and rows alone decide, so that the same rows give the same file."""


class Input(NamedTuple):
    """An input as the manifest names it; hash and size are null where the bytes could not be read."""

    raw_path: str
    sha256: str | None
    n_bytes: int | None


class Job(NamedTuple):
    """An input as it was planned."""

    source: read.Source
    duplicate_of: str | None
    """The first path with the same bytes, where that is an earlier one."""
    planned: Input | None = None
    """What the plan found; other bytes than these are no more known to be no duplicate, and are refused."""
    refused: tuple[str, str] | None = None
    """Code and message of the rejection that ended the reading, where one did."""
    keep_contacts: bool = False
    """Whether personal data stays as the page prints it."""


class ShardFile(NamedTuple):
    """A Parquet file that a shard wrote: `<table>.parquet`."""

    table: str
    sha256: str
    n_bytes: int
    rows: int


class ShardResult(NamedTuple):
    """What the parent needs to know of a finished shard; no rows."""

    inputs: list[Input]
    """One a job, in order."""
    files: list[ShardFile]
    rejects: Counter[str]
    """Reason code -> inputs."""
    masked: Masked = Masked()
    """What was masked, where that was asked for."""


def work(
    jobs: Iterable[Job],
    folder: Path,
    max_bytes: int,
    progress: Callable[[int], object] = lambda done: None,
) -> ShardResult:
    """Work the inputs of one shard and write its files into `folder`, which exists and is empty.

    The files: `<table>.parquet` for every table that is no lookup, and `signatures.npy`, which `duplicates.groups`
    reads. progress: called with the number of inputs done since the last call. No input ends in an exception: what
    cannot become an article becomes a reject.
    """
    writers = {table: _Writer(table, folder) for table in TABLES if table not in LOOKUPS}
    inputs: list[Input] = []
    signatures: list[tuple[str, Signature]] = []
    rejects: Counter[str] = Counter()
    masked = [Masked()]
    for together in _together(jobs):
        with _no_collection():
            worked = work_pages(together, max_bytes)
            for table, columns in worked.tables.items():
                writers[table].add(columns)
        inputs += worked.inputs
        signatures += worked.signatures
        rejects.update(worked.tables["rejects"]["error"])
        masked += worked.masked
        progress(len(together))
    write_signatures(signatures, folder / SIGNATURES)
    files = [writer.close() for writer in writers.values()]
    return ShardResult(inputs, files, rejects, Masked(*map(sum, zip(*masked, strict=True))))


@contextmanager
def _no_collection() -> Iterator[None]:
    """No search for reference cycles meanwhile: rows hold none, and to look through them again and again takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Writer:
    """A Parquet file of a shard, written while its rows come."""

    def __init__(self, table: str, folder: Path):
        self.table, self.path, self.schema = table, folder / f"{table}.parquet", arrow_schema(table)
        self.file = _parquet_writer(self.path, self.schema)
        self.batches: list[pa.RecordBatch] = []
        self.n_bytes = self.n_rows = 0

    def add(self, columns: Columns) -> None:
        arrays = [pa.array(columns[field.name], field.type) for field in self.schema]
        if batch := pa.RecordBatch.from_arrays(arrays, schema=self.schema):
            self.batches.append(batch)
            self.n_bytes += batch.nbytes
        if self.n_bytes >= ROW_GROUP:
            self._write()

    def close(self) -> ShardFile:
        if self.batches:  # datasets cannot read a row group without rows
            self._write()
        self.file.close()
        return _shard_file(self.table, self.path, self.n_rows)

    def _write(self) -> None:
        """Write the Arrow data as a row group."""
        rows = pa.Table.from_batches(self.batches).combine_chunks()
        self.file.write_table(rows)
        self.n_rows += len(rows)
        self.batches, self.n_bytes = [], 0


class Worked(NamedTuple):
    """What became of some inputs."""

    inputs: list[Input]
    tables: dict[str, Columns]
    """The rows of all articles, and one row of rejects for every other input, in order."""
    signatures: list[tuple[str, Signature]]
    """Id and signature of each article that has one."""
    masked: list[Masked]


def work_pages(jobs: Sequence[Job], max_bytes: int) -> Worked:
    """Inputs through read, clean, mask, extract and validate; all take a step before any takes the next, as in
    `extract_together`."""
    entries, pages = zip(*(_read(job, max_bytes) for job in jobs), strict=True)
    cleaned = [_attempt(_clean, page, job) for page, job in zip(pages, jobs, strict=True)]
    extracted = iter(extract_together(found[0] for found in cleaned if not isinstance(found, Exception)))
    rows = [found if isinstance(found, Exception) else next(extracted) for found in cleaned]
    texts = [None if isinstance(found, Exception) else found[0].page.text for found in cleaned]
    tables, rows = _valid(rows, texts)
    articles = [
        (found["articles"][0]["article_id"], signature(found["sentences"]), document[1])
        for found, document in zip(rows, cleaned, strict=True)
        if not isinstance(found, Exception)
    ]
    refused = [
        _rejected(entry, found) for entry, found in zip(entries, rows, strict=True) if isinstance(found, Exception)
    ]
    return Worked(
        [*entries],
        {**tables, **by_column({"rejects": refused})},
        [(article_id, signed) for article_id, signed, _ in articles if signed is not None],
        [masked for _, _, masked in articles],
    )


def _together(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    together, size = [], 0
    for job in jobs:
        together.append(job)
        size += job.planned.n_bytes or 0 if job.planned else 0
        if len(together) == TOGETHER[0] or size >= TOGETHER[1]:
            yield together
            together, size = [], 0
    if together:
        yield together


def _attempt(step: Callable[..., Any], value: Any, given: Any) -> Any:
    """What a step makes of a value, or the exception that it raises; an exception of an earlier step is passed on."""
    if isinstance(value, Exception):
        return value
    try:
        return step(value, given)
    except Exception as error:  # a parser's defect must not cost the other pages
        return error


def _read(job: Job, max_bytes: int) -> tuple[Input, Page | Exception]:
    entry = Input(job.source.raw_path, None, None)
    try:
        if job.planned and job.refused:
            entry = job.planned
            raise Rejection(*job.refused)
        raw = read.load(job.source, max_bytes)
        if job.planned not in (None, (job.source.raw_path, raw.sha256, raw.size)):
            raise Rejection("unreadable", "the file changed while the dataset was built: build again")
        entry = Input(job.source.raw_path, raw.sha256, raw.size)
        page = read.page(raw)
        if job.duplicate_of:
            raise Rejection("duplicate", f"the same bytes stand in {job.duplicate_of}: remove one of the two files")
        return entry, page
    except Exception as error:
        return entry, error


def _clean(page: Page, job: Job) -> tuple[Document, Masked]:
    document = clean(page)
    return (document, Masked()) if job.keep_contacts else mask(document)


def _valid(
    found: Sequence[Rows | Exception], texts: Sequence[str | None]
) -> tuple[dict[str, Columns], list[Rows | Exception]]:
    """The columns of all valid rows, and the rows with an exception in the place of those of each page that has others.

    Pages are looked at one by one only where something is wrong with all of them together.
    """
    valid = [page for page in zip(found, texts, strict=True) if not isinstance(page[0], Exception)]
    try:
        return validate_together(valid), [*found]
    except Exception:  # one page must not cost the others
        tried = [_attempt(validate, rows, text) for rows, text in zip(found, texts, strict=True)]
        checked = [result if isinstance(result, Exception) else rows for rows, result in zip(found, tried, strict=True)]
        valid = [page for page in zip(checked, texts, strict=True) if not isinstance(page[0], Exception)]
        return validate_together(valid), checked


def validate(rows: Rows, page_text: str) -> dict[str, Columns]:
    """The columns of one page's rows, once every row was checked against its model, and the rows against each other,
    the page text and the lookup tables.

    Raises Rejection (`invalid_record`) that names the table and the rule that it breaks.
    """
    return validate_together([(rows, page_text)])


def validate_together(pages: Sequence[tuple[Rows, str]]) -> dict[str, Columns]:
    """What `validate` gives for some pages, rows and text of each, with the rows of all pages in one table.

    Raises Rejection for the first rule that a page breaks.
    """
    if not pages:
        return {}
    rows = {table: [row for found, _ in pages for row in found[table]] for table in pages[0][0]}
    try:
        tables = by_column(rows)
        for table, columns in tables.items():
            _columns_model(table).model_validate(columns)
            contradiction = model(table).contradiction
            if contradiction is not Row.contradiction and any(map(contradiction, rows[table])):
                raise ValueError
    except (KeyError, ValueError):
        _refuse_rows(rows)
        raise
    problems = chain.from_iterable(page_problems(page, text) for page, text in _each_page(tables, pages))
    problem = next(chain(problems, reference_problems(tables, _lookup_keys())), None)
    if problem:
        raise _invalid(problem)
    return tables


def _each_page(
    tables: dict[str, Columns], pages: Sequence[tuple[Rows, str]]
) -> Iterator[tuple[dict[str, Columns], str]]:
    """The columns of each page, of those of all, and its text."""
    done = dict.fromkeys(tables, 0)
    for rows, text in pages:
        page = {}
        for table, columns in tables.items():
            start = done[table]
            done[table] = end = start + len(rows[table])
            page[table] = {name: values[start:end] for name, values in columns.items()}
        yield page, text


@cache
def _columns_model(table: str) -> type[BaseModel]:
    """The fields of a table's model, each as a list of values: one call checks what a call a row would."""
    fields = {
        name: (list[Annotated[field.annotation, field]], ...)  # type: ignore[name-defined]
        for name, field in model(table).model_fields.items()
    }
    return create_model(table, __config__=ConfigDict(strict=True, extra="forbid"), **fields)


def _refuse_rows(rows: Rows) -> None:
    """Raises Rejection for the first row that breaks a rule of its model."""
    for table, found in rows.items():
        try:
            TypeAdapter(list[model(table)]).validate_python(found)  # type: ignore[misc]
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise _invalid(f"table {table}, row {where}: {problem['msg']}") from error


def _invalid(problem: str) -> Rejection:
    return Rejection("invalid_record", f"{problem}: report the page as a bug")


@cache
def _lookup_keys() -> Keys:
    return keys(by_column(lookups()))


def lookups() -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables that come with povdata."""
    return {"regions": regions.rows(), "glossary": list(glossary()), "themes": list(themes())}


def mark_duplicates(file: ShardFile, folder: Path, group_of: Mapping[str, str]) -> ShardFile:
    """Fill `duplicate_group` in the articles of a shard's folder, and give what the file now is.

    group_of: article id -> group; articles that it does not name get null. The file is replaced in one move, and left
    alone where it holds these groups already.
    """
    path, schema = folder / "articles.parquet", arrow_schema("articles")
    before = pq.read_table(path, columns=["article_id", "duplicate_group"])
    found = [group_of.get(article_id) for article_id in before["article_id"].to_pylist()]
    if before["duplicate_group"].to_pylist() == found:
        return file
    marked, place = path.with_suffix(".part"), schema.get_field_index("duplicate_group")
    with pq.ParquetFile(path) as articles, _parquet_writer(marked, schema) as writer:
        done = 0
        for number in range(articles.num_row_groups):
            rows = articles.read_row_group(number).cast(schema)
            column = pa.array(found[done : done + len(rows)], pa.string())
            writer.write_table(rows.set_column(place, schema.field(place), column).combine_chunks())
            done += len(rows)
    marked.replace(path)
    return _shard_file(file.table, path, file.rows)


def write_rows(table: str, rows: list[dict[str, Any]], folder: Path) -> ShardFile:
    """Write rows of a table as `<table>.parquet` into a folder."""
    path = folder / f"{table}.parquet"
    write_parquet(pa.Table.from_pylist(rows, schema=arrow_schema(table)), path)
    return _shard_file(table, path, len(rows))


def write_parquet(rows: pa.Table, path: Path) -> None:
    """Write a table as a Parquet file that every loader of the Hub can read page by page."""
    with _parquet_writer(path, rows.schema) as writer:
        if rows.num_rows:  # datasets cannot read a row group without rows
            writer.write_table(rows)


def _parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # Without dictionaries, because zstd does as well: the files are smaller, and quicker to write and to read.
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=False,
        use_content_defined_chunking=True,
        write_page_index=True,
    )


def _shard_file(table: str, path: Path, rows: int) -> ShardFile:
    with path.open("rb") as file:
        return ShardFile(table, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size, rows)


def _rejected(entry: Input, error: Exception) -> dict[str, Any]:
    """A row of `rejects`."""
    rejection = error
    if not isinstance(rejection, Rejection):
        rejection = Rejection(
            "parser_error", f"the parser failed with {type(error).__name__} ({error}): report the page as a bug"
        )
    row = {
        "raw_path": entry.raw_path,
        "raw_sha256": entry.sha256,
        "raw_bytes": entry.n_bytes,
        "stage": REJECTIONS[rejection.error].stage,
        "error": rejection.error,
        # Half of a surrogate pair is no text.
        "message": rejection.message.encode("utf-8", "backslashreplace").decode(),
    }
    return model("rejects").model_validate(row).model_dump()
