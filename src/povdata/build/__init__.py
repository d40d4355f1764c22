"""From a heap of raw pages to a dataset folder: plan, work the shards, commit."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from povdata import __version__, read, regions
from povdata.build.duplicates import groups
from povdata.build.shard import Job, ShardFile, ShardResult, mark_duplicates, work, write_rows
from povdata.extract.terms import glossary, themes
from povdata.models import LOOKUPS, SCHEMA_VERSION, TABLES
from povdata.page import Rejection

SHARD_PAGES = 1024
"""Inputs a shard. Fixed, so that the files of a dataset do not hang on the number of workers."""

LIBRARIES = ("datasets", "jieba", "pyarrow", "pydantic", "rensa", "resiliparse", "rjieba")
"""What the bytes of a dataset hang on beside the code of povdata; the manifest names their versions."""

OWNED = ("data", "README.md", "manifest.json")
"""What a build writes into its folder, the manifest last: a folder without one holds no finished dataset."""

_WORKSHOP = ".building"


class BuildError(Exception):
    """A build that cannot go on: one sentence that says what is wrong and what to do."""


@dataclass(frozen=True)
class Report:
    """What a build did."""

    rows: dict[str, int]
    """Table -> rows."""
    rejects: dict[str, int]
    """Reason code -> inputs."""
    seconds: float

    @property
    def pages(self) -> int:
        return self.rows["articles"] + self.rows["rejects"]


def build(
    inputs: Sequence[Path],
    out: Path,
    *,
    workers: int = 1,
    max_bytes: int = read.MAX_BYTES,
    progress: Callable[[int], object] = lambda done: None,
) -> Report:
    """Build a dataset folder from raw pages.

    inputs: folders, searched to any depth, and single files. out: the folder to write; an older dataset there is
    replaced when the new one is complete, and nothing else in it is touched. workers: processes; the files written
    are the same bytes for any number. max_bytes: inputs larger than this become rejects. progress: called with the
    number of inputs done since the last call.

    Raises read.InputError for inputs that cannot be used and BuildError for an output that cannot be written.
    """
    began = perf_counter()
    sources = read.find(inputs)
    if workers < 1:
        raise BuildError(f"--workers is {workers}; give 1 or more")
    with _workshop(out) as workshop:
        results = sorted(_worked(sources, workshop, workers, max_bytes, progress), key=lambda result: result.number)
        files = _name(_with_groups(results, workshop), workshop) | _lookups(workshop)
        rejects = Counter(code for result in results for code in result.rejects)
        _write_manifest(workshop, results, files, rejects)
        from povdata.publish import card

        card(workshop)
        _commit(workshop, out)
    rows = {table: sum(file.rows for file in shard_files) for table, shard_files in files.items()}
    return Report(rows, dict(sorted(rejects.items())), perf_counter() - began)


def plan(sources: Iterable[read.Source], max_bytes: int) -> Iterator[Job]:
    """The work on each input, in order; an input whose bytes were met before names the first that held them."""
    first_with: dict[str, str] = {}
    for source in sources:
        try:
            first = first_with.setdefault(read.load(source, max_bytes).sha256, source.raw_path)
        except Rejection:
            first = source.raw_path
        yield Job(source, first if first != source.raw_path else None)


def _worked(
    sources: Sequence[read.Source], workshop: Path, workers: int, max_bytes: int, progress: Callable[[int], object]
) -> Iterator[ShardResult]:
    jobs = plan(sources, max_bytes)
    shards = enumerate(iter(lambda: list(islice(jobs, SHARD_PAGES)), []))
    if workers == 1 or len(sources) <= SHARD_PAGES:
        for number, shard in shards:
            yield work(number, shard, workshop, max_bytes, progress)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from _sent(pool, shards, workshop, workers, max_bytes, progress)


def _sent(
    pool: Executor,
    shards: Iterator[tuple[int, list[Job]]],
    workshop: Path,
    workers: int,
    max_bytes: int,
    progress: Callable[[int], object],
) -> Iterator[ShardResult]:
    """Results as they come; no more shards wait than the workers can soon take up."""

    def send(count: int) -> set[Any]:
        return {pool.submit(work, number, shard, workshop, max_bytes) for number, shard in islice(shards, count)}

    waiting = send(2 * workers)
    while waiting:
        done = next(as_completed(waiting))
        waiting.remove(done)
        result: ShardResult = done.result()
        progress(len(result.inputs))
        yield result
        waiting |= send(1)


def _with_groups(results: Sequence[ShardResult], workshop: Path) -> list[ShardResult]:
    """The shards once the near-duplicates among all their articles are known and written."""
    signatures = {article_id: signed for result in results for article_id, signed in result.signatures.items()}
    if len(signatures) < 2:
        return list(results)
    group_of = groups(list(signatures), np.stack(list(signatures.values())))
    return [
        result._replace(
            files=[mark_duplicates(f, group_of, workshop) if f.table == "articles" else f for f in result.files]
        )
        for result in results
    ]


def _name(results: Sequence[ShardResult], workshop: Path) -> dict[str, list[ShardFile]]:
    """Give the shards' files the names that loaders of Hugging Face datasets look for."""
    named: dict[str, list[ShardFile]] = {table: [] for table in TABLES if table not in LOOKUPS}
    for result in results:
        for file in result.files:
            path = f"data/{file.table}/train-{result.number:05d}-of-{len(results):05d}.parquet"
            (workshop / file.path).rename(workshop / path)
            named[file.table].append(file._replace(path=path))
    return named


def _lookups(workshop: Path) -> dict[str, list[ShardFile]]:
    """Write the tables that come with povdata, one file each."""
    found = {"regions": regions.rows(), "glossary": glossary(), "themes": themes()}
    named = {}
    for table in LOOKUPS:
        file = write_rows(table, list(found[table]), workshop, 0)
        path = f"data/{table}/train-00000-of-00001.parquet"
        (workshop / file.path).rename(workshop / path)
        named[table] = [file._replace(path=path)]
    return named


def _write_manifest(
    workshop: Path, results: Sequence[ShardResult], files: dict[str, list[ShardFile]], rejects: Counter[str]
) -> None:
    manifest = {
        "povdata": __version__,
        "schema": SCHEMA_VERSION,
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "libraries": {name: version(name) for name in LIBRARIES},
        "inputs": [
            {"raw_path": entry.raw_path, "sha256": entry.sha256, "bytes": entry.n_bytes}
            for result in results
            for entry in result.inputs
        ],
        "tables": {
            table: {
                "rows": sum(file.rows for file in shard_files),
                "files": [
                    {"path": file.path, "sha256": file.sha256, "bytes": file.n_bytes, "rows": file.rows}
                    for file in shard_files
                ],
            }
            for table, shard_files in files.items()
        },
        "rejects": dict(sorted(rejects.items())),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (workshop / "manifest.json").write_text(text, encoding="utf-8")


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """A folder inside `out` for files that are not finished; gone at the end, whatever happened."""
    if out.exists() and not out.is_dir():
        raise BuildError(f"{out} is a file; give a folder to write the dataset into")
    made = next((folder for folder in [*reversed(out.parents), out] if not folder.exists()), None)
    workshop = out / _WORKSHOP
    try:
        shutil.rmtree(workshop, ignore_errors=True)
        for table in TABLES:
            (workshop / "data" / table).mkdir(parents=True)
        yield workshop
    except OSError as error:
        raise BuildError(
            f"{out} cannot be written: {error.strerror or error}; free the place or give another folder"
        ) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        if made is not None and not any(path.is_file() for path in made.rglob("*")):
            shutil.rmtree(made, ignore_errors=True)


def _commit(workshop: Path, out: Path) -> None:
    """Put the finished files in place of the old ones.

    The manifest goes first and comes last, so that a commit cut short leaves a folder that says it is unfinished.
    """
    old = workshop / "replaced"
    old.mkdir()
    for name in reversed(OWNED):
        if (out / name).exists():
            os.replace(out / name, old / name)
    for name in OWNED:
        os.replace(workshop / name, out / name)
