"""Whether a built dataset is what its manifest and its models say."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from povdata import manifest as manifests
from povdata.build import WORKSHOP
from povdata.build.rules import Keys, by_column, keys, page_problems, reference_problems
from povdata.extract.figures import disagreements
from povdata.manifest import FileEntry, InputEntry, Manifest, NoManifest, file_path
from povdata.models import LOOKUPS, MASK, TABLES, arrow_schema, model

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]

PAGE_TABLES = tuple(table for table in TABLES if table not in (*LOOKUPS, "rejects"))
"""The tables that an article fills."""

_MARKED = {"utf-16": ("utf-16-le", "utf-16-be"), "utf-32": ("utf-32-le", "utf-32-be")}
"""Encodings that write a byte-order mark, and the two that a mark tells apart."""
_TWO_SPELLINGS = frozenset({"big5", "cp950", "big5hkscs"})
"""Encodings that give some characters two codes, so that a text does not tell its bytes."""


class End(NamedTuple):
    """Where an input ended, and the bytes that it had there."""

    table: str
    sha256: str | None
    n_bytes: int | None


def check(dist: Path) -> Iterator[str]:
    """What is wrong with a dataset folder, one sentence a problem; nothing where all is well.

    Looks at the manifest and what lies beside it, every file's hash, rows and Arrow schema, every row against its
    model, the rows of each page against each other and the page (`rules`), that contact segments are masked where the
    manifest says so, that the segments of plain text with nothing masked give back the bytes with its hash, primary
    and foreign keys, the order of the rows, the groups of duplicates, and that each
    input is one article or one reject. Holds one shard in memory at a time, and 24 bytes an input.
    """
    try:
        manifest = manifests.read(dist)
    except NoManifest as problem:
        yield str(problem)
        return
    yield from _folder_problems(dist, manifest)
    intact = True
    for table in TABLES:
        for problem in _file_problems(dist, table, manifest):
            intact = False
            yield problem
    if not intact:
        return
    try:
        yield from _dataset_problems(dist, manifest)
    except (_Unreadable, NoManifest) as problem:
        yield str(problem)


def warnings(dist: Path) -> Iterator[str]:
    """What a reader should look at in a dataset folder though it breaks no rule, one sentence each.

    Figures that contradict the published national ones for the same measure and year: the page, or its reading, is
    off. Nothing where the files are not those that were built, which is a problem of `check`. Holds one shard in
    memory at a time.
    """
    try:
        manifest = manifests.read(dist)
        if not any(next(_file_problems(dist, table, manifest), None) for table in _WARNING_COLUMNS):
            yield from _disagreements(dist, manifest)
    except (NoManifest, _Unreadable):
        return


def _disagreements(dist: Path, manifest: Manifest) -> Iterator[str]:
    for number in range(len(manifest.tables["articles"].files)):
        articles, segments, figures = (
            _rows(dist, manifest.tables[table].files[number], columns) for table, columns in _WARNING_COLUMNS.items()
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


def _dataset_problems(dist: Path, manifest: Manifest) -> Iterator[str]:
    lookups = {table: _rows(dist, manifest.tables[table].files[0]) for table in LOOKUPS}
    known = keys(by_column(lookups))
    for table, found in lookups.items():
        if not found:
            yield f"table {table} has no row; build again"
        yield from _model_problems(table, found)
        counted = Counter(tuple(row[name] for name in model(table).primary_key) for row in found)
        yield from (f"table {table}: key {key} stands more than once" for key, times in counted.items() if times > 1)
    yield from reference_problems(by_column(lookups), known)
    ids, groups = array("Q"), array("Q")
    rejects: Counter[str] = Counter()
    inputs = _Inputs(dist)
    for number in range(len(manifest.tables["articles"].files)):
        rows = {t: _rows(dist, entry.files[number]) for t, entry in manifest.tables.items() if t not in LOOKUPS}
        broken = [problem for table, found in rows.items() for problem in _model_problems(table, found)]
        yield from broken or _shard_problems(rows, known, manifest.masked is not None)
        yield from inputs.problems(rows, number)
        if not broken:
            ids.extend(int(row["article_id"], 16) for row in rows["articles"])
            groups.extend(int(row["duplicate_group"], 16) for row in rows["articles"] if row["duplicate_group"])
        rejects.update(row["error"] for row in rows["rejects"])
    yield from inputs.rest()
    yield from (f"table articles: {id:016x} stands more than once" for id, times in _counted(ids) if times > 1)
    yield from (f"duplicate_group {id:016x} has a single article" for id, times in _counted(groups) if times == 1)
    if rejects != manifest.rejects:
        yield f"the manifest counts the rejects {manifest.rejects}, their table has {dict(sorted(rejects.items()))}"


def _counted(numbers: array[int]) -> Iterator[tuple[int, int]]:
    """Each number and how many times it is there."""
    found, times = np.unique(np.frombuffer(numbers, dtype=np.uint64), return_counts=True)
    return zip(found.tolist(), times.tolist(), strict=True)


class _Inputs:
    """The manifest's inputs beside articles and rejects, which stand in the same order: a shard at a time, as many
    inputs are read as it has rows, and what has no partner is kept until it has one."""

    def __init__(self, dist: Path):
        self.dist = dist
        self.entries = enumerate(manifests.inputs(dist))
        self.inputs: dict[str, tuple[int, InputEntry]] = {}
        """raw_path -> place and entry of each input without a row so far."""
        self.ends: dict[str, End] = {}
        """raw_path -> the row, of each without an input so far."""
        self.last = -1
        """Place of the last input that has a row in an earlier shard."""
        self.digests = array("Q")

    def problems(self, rows: Tables, number: int) -> Iterator[str]:
        earlier = list(self.ends)
        for table in ("articles", "rejects"):
            for row in rows[table]:
                if before := self.ends.get(row["raw_path"]):
                    yield f"{row['raw_path']} stands in {before.table} and again in {table}"
                self.ends[row["raw_path"]] = End(table, row["raw_sha256"], row["raw_bytes"])
        self._read(len(rows["articles"]) + len(rows["rejects"]))
        before = max([self.last, *self._places(earlier)])
        for table in ("articles", "rejects"):
            places = self._places(row["raw_path"] for row in rows[table])
            if places != sorted(places) or (places and places[0] < before):
                yield f"{table} of shard {number} are not in the order of the manifest's inputs"
            self.last = max([self.last, *places])
        yield from self._differences()

    def rest(self) -> Iterator[str]:
        """What is wrong where no shard is left."""
        self._read(None)
        yield from self._differences()
        yield from (f"{path} is an input of the manifest, but neither an article nor a reject" for path in self.inputs)
        yield from (f"{path} stands in {end.table}, but is no input of the manifest" for path, end in self.ends.items())
        if twice := {digest for digest, times in _counted(self.digests) if times > 1}:
            paths = (entry.raw_path for entry in manifests.inputs(self.dist))
            counted = Counter(path for path in paths if _digest(path) in twice)
            for path, times in counted.items():
                if times > 1:
                    yield f"{path} stands in the manifest's inputs more than once"

    def _read(self, count: int | None) -> None:
        for place, entry in islice(self.entries, count):
            self.inputs[entry.raw_path] = place, entry
            self.digests.append(_digest(entry.raw_path))

    def _places(self, paths: Iterable[str]) -> list[int]:
        return [self.inputs[path][0] for path in paths if path in self.inputs]

    def _differences(self) -> Iterator[str]:
        for path in self.ends.keys() & self.inputs.keys():
            (_, entry), (table, *found) = self.inputs.pop(path), self.ends.pop(path)
            if found != [entry.sha256, entry.n_bytes]:
                yield f"{path} has another SHA-256 or size in {table} than in the manifest"


def _digest(raw_path: str) -> int:
    return int.from_bytes(hashlib.blake2b(raw_path.encode(), digest_size=8).digest())


def _shard_problems(rows: Tables, known: Keys, is_masked: bool) -> Iterator[str]:
    """What is wrong with rows that are valid one by one."""
    place = {row["article_id"]: number for number, row in enumerate(rows["articles"])}
    pages: dict[str, Tables] = {article_id: {table: [] for table in PAGE_TABLES} for article_id in place}
    for table in PAGE_TABLES:
        order = []
        for article_id, found in groupby(rows[table], key=itemgetter("article_id")):
            if article_id not in place:
                yield f"table {table}: article_id {article_id} names no row of articles"
                continue
            order.append(place[article_id])
            pages[article_id][table] += found
        if order != sorted(order):
            yield f"table {table}: the rows do not stand in the order of their articles"
    for page in pages.values():
        raw_path = page["articles"][0]["raw_path"]
        text = "".join(row["text"] for row in page["segments"])
        yield from (f"{raw_path}: {problem}" for problem in page_problems(by_column(page), text))
        if is_masked and any(row["role"] == "contact" and not _is_hidden(row["text"]) for row in page["segments"]):
            yield f"{raw_path}: a contact segment is not masked, though the manifest says that they are"
        if not (is_masked and MASK in text) and not _is_raw(text, page["articles"][0]):
            yield f"{raw_path}: the segments do not give the bytes with raw_sha256"
    yield from reference_problems(by_column(rows), known)


def _is_hidden(text: str) -> bool:
    return not text.replace(MASK, "").strip()


def _is_raw(text: str, article: dict[str, Any]) -> bool:
    """Whether a page's text can be its raw bytes; true where they do not follow from the text.

    HTML was rendered, U+FFFD stands for any bad byte, and reading drops byte-order marks.
    """
    encoding = article["encoding"]
    if article["media_type"] != "text/plain" or encoding in _TWO_SPELLINGS or "\ufffd" in text:
        return True
    return any(
        hashlib.sha256((marks + text).encode(codec)).hexdigest() == article["raw_sha256"]
        for codec in _MARKED.get(encoding, (encoding,))
        for marks in ("", "\ufeff", "\ufeff\ufeff")
    )


_DAMAGE = (OSError, ValueError, ArithmeticError, pa.ArrowException)
"""What reading a damaged Parquet file raises: names and texts that are no UTF-8 are a ValueError."""


class _Unreadable(Exception):
    """A file whose rows cannot be read, in a sentence."""


def _rows(dist: Path, file: FileEntry, columns: list[str] | None = None) -> Rows:
    try:
        return pq.read_table(dist / file.path, columns=columns).to_pylist()
    except _DAMAGE as error:
        raise _Unreadable(f"the rows of {file.path} cannot be read ({error}); build again") from error


def _folder_problems(dist: Path, manifest: Manifest) -> Iterator[str]:
    """What a dataset folder lacks beside its Parquet files, and what of the builder's does not belong into it."""
    from povdata.publish import croissant

    if not (dist / "README.md").is_file():
        yield "README.md is missing; build again"
    try:
        if croissant.described(dist) != {file.path: file.sha256 for t in manifest.tables.values() for file in t.files}:
            yield f"{croissant.NAME} describes other files than the manifest; build again"
    except FileNotFoundError:
        yield f"{croissant.NAME} is missing; build again"
    except (OSError, ValueError) as error:
        yield f"{croissant.NAME} cannot be read ({error}); build again"
    if (dist / WORKSHOP).exists():
        yield f"{WORKSHOP} is left from a build that was cut short; build again to go on with it, or remove it"
    belong = {file.path for table in manifest.tables.values() for file in table.files} | {f"data/{t}" for t in TABLES}
    for path in sorted((dist / "data").rglob("*")):
        if (name := path.relative_to(dist).as_posix()) not in belong:
            yield f"{name} is not in the manifest; remove it or build again"


def _file_problems(dist: Path, table: str, manifest: Manifest) -> Iterator[str]:
    entry = manifest.tables[table]
    count = len(entry.files)
    if count != (1 if table in LOOKUPS else len(manifest.tables["articles"].files)):
        yield f"table {table} has {count} files, articles has {len(manifest.tables['articles'].files)}; build again"
    if entry.rows != sum(file.rows for file in entry.files):
        yield f"the manifest gives table {table} {entry.rows} rows, its files have another sum; build again"
    for number, file in enumerate(entry.files):
        if file.path != (name := file_path(table, number, count)):
            yield f"the manifest names {file.path} where {name} belongs; build again"
            continue
        try:
            data = (dist / name).read_bytes()
        except FileNotFoundError:
            yield f"{name} is missing; build again"
            continue
        except OSError as error:
            yield f"{name} cannot be read ({error.strerror}); make it readable, or build again"
            continue
        if hashlib.sha256(data).hexdigest() != file.sha256:
            yield f"{name} is not the file that was built (its SHA-256 differs); build again"
            continue
        try:
            with pq.ParquetFile(pa.BufferReader(data)) as parquet:
                found, rows = parquet.schema_arrow, parquet.metadata.num_rows
        except _DAMAGE as error:
            yield f"{name} cannot be read as Parquet ({error}); build again"
            continue
        if not found.equals(stored_schema(table)):
            yield f"{name} does not have the schema of table {table}; build again"
        if (rows, len(data)) != (file.rows, file.n_bytes):
            yield (
                f"{name} has {rows} rows and {len(data)} bytes, the manifest says {file.rows} and {file.n_bytes}; "
                "build again"
            )


def _model_problems(table: str, rows: Rows) -> Iterator[str]:
    try:
        TypeAdapter(list[model(table)]).validate_python(rows)  # type: ignore[misc]
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            where = ".".join(str(part) for part in problem["loc"])
            yield f"table {table}, row {where}: {problem['msg']}"
