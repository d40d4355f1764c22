"""Finished shards: each in a folder named by its key, which later builds find again and need not work."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from povdata import __version__
from povdata.build.duplicates import SIGNATURES
from povdata.build.mask import Masked
from povdata.build.plan import fingerprint
from povdata.build.shard import Input, Job, ShardFile, ShardResult, work
from povdata.manifest import file_path
from povdata.models import LOOKUPS, TABLES

KEPT = ".povdata"
"""Folder inside a dataset's that holds what the next build needs, beside the Parquet files, to take a shard over. Who
deletes it loses time and nothing else."""

SHARD_TABLES = tuple(table for table in TABLES if table not in LOOKUPS)
"""The tables that every shard writes."""

_RESULT, _ORDER = "result", "shards"


class BuildError(Exception):
    """A build that cannot go on: one sentence that says what is wrong and what to do."""


def finish(
    key: str,
    jobs: Sequence[Job],
    folder: Path,
    max_bytes: int,
    code: str,
    progress: Callable[[int], object] = lambda done: None,
) -> None:
    """Work a shard into `folder/<key>`, which appears when it is complete. Its files may not be on the disk yet: who
    takes them checks their hashes.

    code: the `fingerprint` of the build. Raises BuildError where this process runs other code, or sees neither the
    folder nor any input.
    """
    if fingerprint() != code:
        raise BuildError(
            f"a worker (povdata {__version__}) runs other code than this build: its povdata or a library differs, or"
            " was changed meanwhile; install the same on all machines, start the workers again and build again"
        )
    if not folder.is_dir():
        raise BuildError(f"a worker does not see {folder}; give an output on a file system that all machines share")
    part = folder / f"{key}.{uuid4().hex}"
    part.mkdir()
    try:
        result = work(jobs, part, max_bytes, progress)
        _refuse_unseen(jobs, result)
        write_result(part, result)
        _settle(part, folder / key)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _refuse_unseen(jobs: Sequence[Job], result: ShardResult) -> None:
    """A file that went away is a reject; where all of them did, it is the machine that does not see them."""
    seen = [job.source for job in jobs if job.planned and job.planned.sha256]
    if seen and all(entry.sha256 is None for entry in result.inputs):
        raise BuildError(
            f"a worker cannot read {seen[0].path}, nor any other input of its shard; put the inputs on a file system"
            " that all machines share"
        )


def is_finished(folder: Path, inputs: list[Input]) -> bool:
    """Whether a folder holds the finished shard of these inputs, each file as it was written."""
    try:
        head, _, told = (folder / _RESULT).read_bytes().partition(b"\n")
        result = read_result(folder)
        return (
            head == _head(folder, told)
            and result.inputs == inputs
            and [file.table for file in result.files] == list(SHARD_TABLES)
            and all(_sha256(folder / f"{file.table}.parquet") == file.sha256 for file in result.files)
        )
    except (OSError, ValueError, TypeError, LookupError):
        return False


def write_result(folder: Path, result: ShardResult) -> None:
    """Write beside a shard's files what came of it, behind the hashes of this and of the signatures."""
    told = json.dumps(result._asdict(), ensure_ascii=False).encode()
    part = folder / f"{_RESULT}.part"
    part.write_bytes(_head(folder, told) + b"\n" + told)
    part.replace(folder / _RESULT)


def read_result(folder: Path) -> ShardResult:
    """What `write_result` wrote; raises OSError, ValueError, TypeError or LookupError where it is damaged."""
    told = json.loads((folder / _RESULT).read_bytes().partition(b"\n")[2])
    return ShardResult(
        [Input(*entry) for entry in told["inputs"]],
        [ShardFile(*file) for file in told["files"]],
        Counter(told["rejects"]),
        Masked(*told["masked"]),
    )


def keep(folder: Path, keys: Sequence[str], dist: Path) -> None:
    """Put the shards of a folder, in this order, into a new dataset: their Parquet files under the names that loaders
    look for, and what `take` needs to know them again."""
    for table in SHARD_TABLES:
        (dist / "data" / table).mkdir(parents=True)
    (dist / KEPT).mkdir()
    for number, key in enumerate(keys):
        (dist / KEPT / key).mkdir()
        for source, target in _files(folder / key, dist, key, number, len(keys)):
            link(source, target)
    (dist / KEPT / _ORDER).write_text("".join(f"{key}\n" for key in keys), encoding="ascii")


def kept(dist: Path) -> list[str]:
    """The keys of a dataset's shards in the order of its files; none where nothing is known of them."""
    try:
        return (dist / KEPT / _ORDER).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []


def take(dist: Path, number: int, count: int, key: str, inputs: list[Input], folder: Path) -> bool:
    """Take a shard that a dataset holds as one of `count` over into a folder; false where it is not whole."""
    part = folder / f"{key}.{uuid4().hex}"
    try:
        part.mkdir()
        for target, source in _files(part, dist, key, number, count):
            link(source, target)
        if is_finished(part, inputs):
            _settle(part, folder / key)
            return True
    except OSError:
        pass
    shutil.rmtree(part, ignore_errors=True)
    return False


def _files(shard: Path, dist: Path, key: str, number: int, count: int) -> Iterator[tuple[Path, Path]]:
    """Each file of a finished shard, and where a dataset holds it."""
    for table in SHARD_TABLES:
        yield shard / f"{table}.parquet", dist / file_path(table, number, count)
    for name in (_RESULT, SIGNATURES):
        yield shard / name, dist / KEPT / key / name


def link(source: Path, target: Path) -> None:
    """Let `target` be the same file as `source`, or a copy of it where the file system knows no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def sync(path: Path) -> None:
    """Have the system write a file to the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _head(folder: Path, told: bytes) -> bytes:
    return f"{hashlib.sha256(told).hexdigest()} {_sha256(folder / SIGNATURES)}".encode()


def _settle(part: Path, folder: Path) -> None:
    """Give a complete folder its name. Another one of that name, of a worker believed dead, gives way."""
    try:
        part.rename(folder)
    except OSError:
        shutil.rmtree(folder)
        part.rename(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
