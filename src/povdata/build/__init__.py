"""From a heap of raw pages to a dataset folder: plan, work the shards, commit."""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from time import perf_counter

from filelock import FileLock, Timeout

from povdata import __version__, read
from povdata import manifest as manifests
from povdata.build.duplicates import SIGNATURES, groups
from povdata.build.executor import work_all
from povdata.build.finished import (
    KEPT,
    BuildError,
    is_finished,
    keep,
    kept,
    link,
    read_result,
    sync,
    take,
    write_result,
)
from povdata.build.mask import Masked
from povdata.build.plan import LIBRARIES, Shard, cut, fingerprint
from povdata.build.shard import ShardFile, lookups, mark_duplicates, write_rows
from povdata.manifest import FileEntry, Manifest, TableEntry, file_path
from povdata.models import SCHEMA_VERSION, TABLES
from povdata.read.files import is_dataset

__all__ = ["WORKSHOP", "BuildError", "Report", "build"]

OWNED = ("data", KEPT, "plots", "README.md", "croissant.json", manifests.NAME)
"""What a build writes into its folder, the manifest last: a folder without one holds no finished dataset."""

WORKSHOP, _LOCK = ".building", ".building.lock"
_SHARDS, _SPOOL, _NEW, _REPLACED = "shards", "spool", "new", "replaced"
"""What the workshop holds: finished shards, bytes of inputs that have no file, the new dataset, the one it replaces."""

_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Report:
    """What a build did."""

    rows: dict[str, int]
    """Table -> rows."""
    rejects: dict[str, int]
    """Reason code -> inputs."""
    reused: int
    """Inputs whose rows an earlier build had made."""
    masked: Masked | None
    """Personal data that was masked; null where it was kept."""
    has_plots: bool
    """Whether the card has pictures."""
    seconds: float

    @property
    def pages(self) -> int:
        return self.rows["articles"] + self.rows["rejects"]


def build(
    inputs: Sequence[Path | str],
    out: Path,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    max_bytes: int = read.MAX_BYTES,
    field: str | None = None,
    keep_contacts: bool = False,
    progress: Callable[[int, int | None], object] = lambda done, total: None,
) -> Report:
    """Build a dataset folder from raw pages.

    inputs: folders, searched to any depth, and single files; what `read.raws` takes. out: the folder to write; an older
    dataset there is replaced when the new one is complete, and nothing else in it is touched. Shards of the same inputs
    that it holds, or that a build into it had finished when it was stopped, are taken over and not worked again.
    workers: processes; the files written are the same bytes for any number. scheduler: address of a dask.distributed
    scheduler, whose workers do the work instead; they must see the inputs and `out` under the same paths. max_bytes:
    inputs larger than this become rejects. field: the field of records that holds the page. keep_contacts: leave
    personal data as the pages print it; by default `mask` hides it. progress: called with the number of inputs done,
    and of all once that is known.

    Raises read.InputError for inputs that cannot be used and BuildError for an output that cannot be written, and for
    workers that are lost.
    """
    began = perf_counter()
    if workers < 1:
        raise BuildError(f"--workers is {workers}; give 1 or more")
    if scheduler is not None:  # its workers stand in folders of their own
        inputs = [path if "://" in str(path) else os.path.abspath(path) for path in inputs]
    raws = read.raws(inputs, max_bytes, field)
    data = os.path.realpath(out / "data")
    if inside := [path for path in inputs if f"{os.path.realpath(path)}{os.sep}".startswith(f"{data}{os.sep}")]:
        raise BuildError(f"{inside[0]} lies in {out / 'data'}, which the build replaces; give another folder with -o")
    keys: list[str] = []
    done = planned = reused = 0
    is_planned = False

    def tick(count: int) -> None:
        nonlocal done
        done += count
        progress(done, planned if is_planned else None)

    with _workshop(out) as workshop:

        def unfinished() -> Iterator[Shard]:
            nonlocal planned, reused, is_planned
            is_found = _finder(workshop / _SHARDS, out)
            for shard in cut(raws, max_bytes, workshop / "firsts.sqlite", keep_contacts):
                keys.append(shard.key)
                planned += len(shard.jobs)
                if is_found(shard):
                    reused += len(shard.jobs)
                    tick(len(shard.jobs))
                else:
                    yield shard
            is_planned = True

        work_all(
            unfinished(),
            workshop / _SHARDS,
            workshop / _SPOOL,
            workers=workers,
            scheduler=scheduler,
            max_bytes=max_bytes,
            progress=tick,
        )
        manifest, has_plots = _assemble(workshop, keys, out, keep_contacts)
        _commit(workshop, out)
    return Report(
        rows={table: entry.rows for table, entry in manifest.tables.items()},
        rejects=manifest.rejects,
        reused=reused,
        masked=Masked(**manifest.masked.model_dump()) if manifest.masked else None,
        has_plots=has_plots,
        seconds=perf_counter() - began,
    )


def _finder(shards: Path, out: Path) -> Callable[[Shard], bool]:
    """Whether a shard is finished: in the workshop, or in the dataset in place, from which it is then taken over."""
    finished = set(os.listdir(shards))
    in_place = kept(out)
    number_of = {key: number for number, key in enumerate(in_place)}

    def is_found(shard: Shard) -> bool:
        inputs = [job.planned for job in shard.jobs if job.planned]
        if shard.key in finished:
            if is_finished(shards / shard.key, inputs):
                return True
            shutil.rmtree(shards / shard.key)
        if (number := number_of.get(shard.key)) is None:
            return False
        return take(out, number, len(in_place), shard.key, inputs, shards)

    return is_found


def _assemble(workshop: Path, keys: Sequence[str], out: Path, keep_contacts: bool) -> tuple[Manifest, bool]:
    """Make the new dataset of finished shards; gives its manifest, and whether its card has pictures."""
    shards, new = workshop / _SHARDS, workshop / _NEW
    files: dict[str, list[FileEntry]] = {table: [] for table in TABLES}
    rejects: Counter[str] = Counter()
    masked = [Masked()]
    found = groups([shards / key / SIGNATURES for key in keys])
    for number, (key, group_of) in enumerate(zip(keys, found, strict=True)):
        result = read_result(shards / key)
        rejects += result.rejects
        masked.append(result.masked)
        marked = [
            mark_duplicates(file, shards / key, group_of) if file.table == "articles" else file for file in result.files
        ]
        if marked != result.files:
            write_result(shards / key, result._replace(files=marked))
        for file in marked:
            files[file.table].append(_entry(file, file_path(file.table, number, len(keys))))
    keep(shards, keys, new)
    for table, rows in lookups().items():
        files[table] = [_lookup(table, rows, new, out)]
    manifest = Manifest(
        povdata=__version__,
        schema_version=SCHEMA_VERSION,
        built_at=datetime.now(UTC).replace(microsecond=0),
        libraries={name: version(name) for name in LIBRARIES},
        code=fingerprint(),
        tables={
            table: TableEntry(rows=sum(file.rows for file in entries), files=entries)
            for table, entries in files.items()
        },
        rejects=dict(sorted(rejects.items())),
        masked=None if keep_contacts else Masked(*map(sum, zip(*masked, strict=True)))._asdict(),
    )
    inputs = chain.from_iterable(read_result(shards / key).inputs for key in keys)
    manifests.write(new / manifests.NAME, manifest, inputs)
    from povdata.publish import card, croissant

    has_plots = card(new)
    croissant.write(new)
    return manifest, has_plots


def _entry(file: ShardFile, path: str) -> FileEntry:
    return FileEntry(path=path, sha256=file.sha256, n_bytes=file.n_bytes, rows=file.rows)


def _lookup(table: str, rows: list[dict], new: Path, out: Path) -> FileEntry:
    """Write a table that comes with povdata; the file in place stays where it is the same."""
    folder = new / "data" / table
    folder.mkdir()
    entry = _entry(write_rows(table, rows, folder), file_path(table, 0, 1))
    written = folder / f"{table}.parquet"
    try:
        if filecmp.cmp(out / entry.path, written, shallow=False):
            written.unlink()
            link(out / entry.path, new / entry.path)
            return entry
    except OSError:
        pass
    written.rename(new / entry.path)
    return entry


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """A folder inside `out` for what is not finished; at the end it is gone, but for shards that the next build can use
    where this one ended before its time.

    Raises BuildError where `out` cannot hold a dataset, holds files that a build would replace and no build made, or
    is being built by somebody else.
    """
    if os.path.exists(out) and not out.is_dir():
        raise BuildError(f"{out} is a file; give a folder to write the dataset into")
    made = next((folder for folder in [*reversed(out.parents), out] if not os.path.exists(folder)), None)
    workshop = Path(os.path.abspath(out / WORKSHOP))
    try:
        out.mkdir(parents=True, exist_ok=True)
        with FileLock(out / _LOCK, timeout=0):
            try:
                _put_back(workshop, out)
                _refuse_foreign(out)
                _clear(workshop)
                for name in (_SHARDS, _SPOOL, f"{_NEW}/plots"):
                    (workshop / name).mkdir(parents=True, exist_ok=True)
                yield workshop
                shutil.rmtree(workshop, ignore_errors=True)
            finally:
                _put_back(workshop, out)
                _clear(workshop)
                (out / _LOCK).unlink(missing_ok=True)
    except Timeout as error:
        raise BuildError(f"{out} is being built by another process; wait for it, or give another folder") from error
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        if where := getattr(error, "filename", None):
            reason = f"{reason}: {where}"
        raise BuildError(f"{out} cannot be written: {reason}; free the place or give another folder") from error
    finally:
        if made is not None and not any(path.is_file() for path in made.rglob("*")):
            shutil.rmtree(made, ignore_errors=True)


def _clear(workshop: Path) -> None:
    """Remove all that a build leaves but finished shards, and the workshop where there are none."""
    for folder in (*workshop.glob("*"), *workshop.glob(f"{_SHARDS}/*")):
        if folder.name != _SHARDS and not _KEY.fullmatch(folder.name):
            if folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)
            else:
                folder.unlink(missing_ok=True)
    if not any(workshop.glob(f"{_SHARDS}/*")):
        shutil.rmtree(workshop, ignore_errors=True)


def _refuse_foreign(out: Path) -> None:
    foreign = [name for name in OWNED if (out / name).exists() and name != KEPT]
    if foreign and not is_dataset(out):
        raise BuildError(
            f"{out} holds {', '.join(foreign)}, which a build would replace and no build of povdata made;"
            " give a new folder"
        )


def _commit(workshop: Path, out: Path) -> None:
    """Put the finished files in place of the old ones, once they are on the disk.

    The manifest goes first and comes last, so that a commit cut short leaves a folder that says it is unfinished, and
    that `_put_back` can mend.
    """
    with ThreadPoolExecutor(8) as pool:  # the disk takes a few at a time nearly as fast as one
        for folder, _, names in os.walk(workshop / _NEW):
            list(pool.map(sync, [Path(folder, name) for name in names]))
    (workshop / _REPLACED).mkdir()
    moves = [(out / name, workshop / _REPLACED / name) for name in reversed(OWNED) if (out / name).exists()]
    moves += [(workshop / _NEW / name, out / name) for name in OWNED]
    for source, target in moves:
        os.replace(source, target)


def _put_back(workshop: Path, out: Path) -> None:
    """Take back what a commit had moved when it was cut short."""
    new, replaced = workshop / _NEW, workshop / _REPLACED
    if not replaced.is_dir() or (out / manifests.NAME).exists():
        return
    if new.is_dir() and not (new / OWNED[0]).exists():  # all of the old was moved, and what is there is new
        for name in reversed(OWNED):
            if (out / name).exists():
                os.replace(out / name, new / name)
    for name in OWNED:
        if (replaced / name).exists():
            os.replace(replaced / name, out / name)
