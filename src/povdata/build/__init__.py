"""From a heap of raw pages to a dataset folder: plan, work the shards, commit."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from povdata import __version__, read
from povdata.build.duplicates import groups
from povdata.build.manifest import NAME as MANIFEST
from povdata.build.manifest import FileEntry, InputEntry, Manifest, TableEntry
from povdata.build.shard import Job, ShardFile, ShardResult, lookups, mark_duplicates, work, write_rows
from povdata.models import LOOKUPS, SCHEMA_VERSION, TABLES
from povdata.page import Rejection

SHARD_PAGES = 1024
"""Inputs a shard. Fixed, so that the files of a dataset do not hang on the number of workers."""

LIBRARIES = ("datasets", "jieba", "pyarrow", "pydantic", "rensa", "resiliparse", "rjieba")
"""What the bytes of a dataset hang on beside the code of povdata; the manifest names their versions."""

OWNED = ("data", "README.md", "manifest.json")
"""What a build writes into its folder, the manifest last: a folder without one holds no finished dataset."""

WORKSHOP, _LOCK, _REPLACED = ".building", ".building.lock", "replaced"


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
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Report:
    """Build a dataset folder from raw pages.

    inputs: folders, searched to any depth, and single files. out: the folder to write; an older dataset there is
    replaced when the new one is complete, and nothing else in it is touched. workers: processes; the files written
    are the same bytes for any number. max_bytes: inputs larger than this become rejects. progress: called with the
    number of inputs done and the number of all.

    Raises read.InputError for inputs that cannot be used and BuildError for an output that cannot be written.
    """
    began = perf_counter()
    if workers < 1:
        raise BuildError(f"--workers is {workers}; give 1 or more")
    sources = read.find(inputs)
    data = os.path.realpath(out / "data")
    if inside := [path for path in inputs if f"{os.path.realpath(path)}{os.sep}".startswith(f"{data}{os.sep}")]:
        raise BuildError(f"{inside[0]} lies in {out / 'data'}, which the build replaces; give another folder with -o")
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        progress(done, len(sources))

    with _workshop(out) as workshop:
        results = sorted(_worked(sources, workshop, workers, max_bytes, tick), key=lambda result: result.number)
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
        first = source.raw_path
        try:
            found = read.load(source, max_bytes).sha256
        except Rejection:
            found = None
        if found is not None and source.expected_sha256 in (None, found):
            first = first_with.setdefault(found, source.raw_path)
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
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
        try:
            yield from _sent(pool, shards, workshop, workers, max_bytes, progress)
        except BrokenProcessPool as error:
            raise BuildError("a worker died, perhaps for want of memory; build again with fewer --workers") from error


def _end_with_parent() -> None:
    """Let a worker end when the build that started it was killed."""

    def wait() -> None:
        parent_process().join()  # type: ignore[union-attr]
        os._exit(1)

    Thread(target=wait, daemon=True).start()


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
    named = {}
    for table, found in lookups().items():
        file = write_rows(table, found, workshop, 0)
        path = f"data/{table}/train-00000-of-00001.parquet"
        (workshop / file.path).rename(workshop / path)
        named[table] = [file._replace(path=path)]
    return named


def _write_manifest(
    workshop: Path, results: Sequence[ShardResult], files: dict[str, list[ShardFile]], rejects: Counter[str]
) -> None:
    entries = {
        table: [
            FileEntry(path=file.path, sha256=file.sha256, n_bytes=file.n_bytes, rows=file.rows) for file in shard_files
        ]
        for table, shard_files in files.items()
    }
    manifest = Manifest(
        povdata=__version__,
        schema_version=SCHEMA_VERSION,
        built_at=datetime.now(UTC).replace(microsecond=0),
        libraries={name: version(name) for name in LIBRARIES},
        inputs=[
            InputEntry(raw_path=entry.raw_path, sha256=entry.sha256, n_bytes=entry.n_bytes)
            for result in results
            for entry in result.inputs
        ],
        tables={
            table: TableEntry(rows=sum(file.rows for file in found), files=found) for table, found in entries.items()
        },
        rejects=dict(sorted(rejects.items())),
    )
    (workshop / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """A folder inside `out` for files that are not finished; gone at the end, whatever happened.

    Raises BuildError where `out` cannot hold a dataset, holds files that a build would replace and no build made, or
    is being built by somebody else.
    """
    if os.path.exists(out) and not out.is_dir():
        raise BuildError(f"{out} is a file; give a folder to write the dataset into")
    made = next((folder for folder in [*reversed(out.parents), out] if not os.path.exists(folder)), None)
    workshop = out / WORKSHOP
    try:
        out.mkdir(parents=True, exist_ok=True)
        with FileLock(out / _LOCK, timeout=0):
            try:
                _put_back(workshop, out)
                _refuse_foreign(out)
                shutil.rmtree(workshop, ignore_errors=True)
                for table in TABLES:
                    (workshop / "data" / table).mkdir(parents=True)
                yield workshop
            finally:
                shutil.rmtree(workshop, ignore_errors=True)
                (out / _LOCK).unlink(missing_ok=True)
    except Timeout as error:
        raise BuildError(f"{out} is being built by another process; wait for it, or give another folder") from error
    except OSError as error:
        raise BuildError(
            f"{out} cannot be written: {error.strerror or error}; free the place or give another folder"
        ) from error
    finally:
        if made is not None and not any(path.is_file() for path in made.rglob("*")):
            shutil.rmtree(made, ignore_errors=True)


def _refuse_foreign(out: Path) -> None:
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        ours = {"povdata", "tables"} <= manifest.keys()
    except (OSError, ValueError, AttributeError):
        ours = False
    foreign = [name for name in OWNED if (out / name).exists()]
    if foreign and not ours:
        raise BuildError(
            f"{out} holds {', '.join(foreign)}, which a build would replace and no build of povdata made;"
            " give a new folder"
        )


def _commit(workshop: Path, out: Path) -> None:
    """Put the finished files in place of the old ones; a move that fails takes back those before it.

    The manifest goes first and comes last, so that a commit cut short leaves a folder that says it is unfinished.
    """
    (workshop / _REPLACED).mkdir()
    moves = [(out / name, workshop / _REPLACED / name) for name in reversed(OWNED) if (out / name).exists()]
    moves += [(workshop / name, out / name) for name in OWNED]
    moved = []
    try:
        for source, target in moves:
            os.replace(source, target)
            moved.append((source, target))
    except BaseException:
        for source, target in reversed(moved):
            os.replace(target, source)
        raise


def _put_back(workshop: Path, out: Path) -> None:
    """Restore the dataset that a commit had moved away when it was killed."""
    replaced = workshop / _REPLACED
    if not replaced.is_dir() or (out / "manifest.json").exists():
        return
    for name in OWNED:
        if (replaced / name).exists():
            if (out / name).is_dir():
                shutil.rmtree(out / name)
            os.replace(replaced / name, out / name)
