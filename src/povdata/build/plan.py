"""Which inputs make a shard, and the key by which a finished one is known again."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from functools import cache
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import povdata
from povdata import read
from povdata.build.shard import Input, Job

LEAST_PAGES, MOST_PAGES = 512, 4096
"""Inputs a shard, 1,024 in the mean. Fixed, so that the files of a dataset do not hang on the number of workers."""
MOST_BYTES = 1 << 26
"""Raw bytes from which a shard is full, whatever its number of inputs; from an eighth of them it may be cut."""

LIBRARIES = ("ahocorasick-rs", "datasets", "jieba", "pyarrow", "pydantic", "rensa", "resiliparse", "rjieba")
"""What the bytes of a dataset hang on beside the code of povdata; the manifest names their versions."""

_known = attrgetter(*(field.name for field in fields(read.Source) if field.name not in ("path", "offset", "size")))
"""What a Source says of a page, and not of the place where its bytes stand."""


class Shard(NamedTuple):
    """Inputs that are worked together."""

    key: str
    """A hash of all that the shard's rows hang on: its inputs, the options, the code."""
    jobs: list[Job]
    members: list[bytes | None]
    """For each job the bytes of an input that has no file of its own."""


def cut(raws: Iterable[read.Raw], max_bytes: int, database: Path, keep_contacts: bool = False) -> Iterator[Shard]:
    """Cut inputs, in their order, into shards. Holds the inputs of one shard at a time.

    A shard ends where a hash of the raw_path says so, once it has LEAST_PAGES or is large, so that a new input changes
    its own shard, and seldom the next: "content-defined chunking", after Muthitacharoen, Chen and Mazières, "A
    low-bandwidth network file system" (2001). An input whose bytes were met before names the first that held them, so
    a new first holder also changes the shard of the later one. Which hashes were met is kept in `database`, a file
    that is written anew.
    """
    jobs: list[Job] = []
    members: list[bytes | None] = []
    n_bytes = 0
    with _firsts(database) as first_with:
        for raw in raws:
            job = _job(raw, first_with)._replace(keep_contacts=keep_contacts)
            jobs.append(job)
            members.append(raw.data if raw.source.path is None else None)
            n_bytes += raw.size or 0
            if len(jobs) >= MOST_PAGES or n_bytes >= MOST_BYTES or _is_cut(raw, len(jobs), n_bytes):
                yield Shard(_key(jobs, max_bytes), jobs, members)
                jobs, members, n_bytes = [], [], 0
    if jobs:
        yield Shard(_key(jobs, max_bytes), jobs, members)


def spooled(shard: Shard, path: Path) -> list[Job]:
    """The jobs of a shard once the bytes that have no file of their own stand in the file `path`; without such bytes
    it is not made."""
    if all(data is None for data in shard.members):
        return shard.jobs
    jobs = []
    with path.open("wb") as file:
        for job, data in zip(shard.jobs, shard.members, strict=True):
            if data is not None:
                job = job._replace(source=replace(job.source, path=path, offset=file.tell(), size=len(data)))
                file.write(data)
            jobs.append(job)
    return jobs


@cache
def fingerprint() -> str:
    """A hash of povdata's code and word lists, of the versions of LIBRARIES and of Python's minor version."""
    root = Path(povdata.__file__).parent
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".csv", ".txt"):
            digest.update(
                f"{path.relative_to(root).as_posix()}\n".encode() + hashlib.sha256(path.read_bytes()).digest()
            )
    return digest.hexdigest()


def _job(raw: read.Raw, first_with: Callable[[str, str], str]) -> Job:
    source = raw.source
    first = source.raw_path
    if raw.sha256 is not None and source.expected_sha256 in (None, raw.sha256):
        first = first_with(raw.sha256, source.raw_path)
    return Job(
        source,
        first if first != source.raw_path else None,
        Input(source.raw_path, raw.sha256, raw.size),
        (raw.rejection.error, raw.rejection.message) if raw.rejection else None,
    )


def _is_cut(raw: read.Raw, pages: int, n_bytes: int) -> bool:
    """Whether a shard of so many pages and bytes ends with this page: a page of more bytes is likelier to end one."""
    least_bytes = MOST_BYTES // 8
    if pages < LEAST_PAGES and n_bytes < least_bytes:
        return False
    digest = hashlib.blake2b(raw.source.raw_path.encode(), digest_size=8).digest()
    share = max(1 / (LEAST_PAGES or 1), (raw.size or 0) / least_bytes)
    return int.from_bytes(digest) < share * 2**64


def _key(jobs: Iterable[Job], max_bytes: int) -> str:
    digest = hashlib.sha256(f"{fingerprint()} {max_bytes}\n".encode())
    for job in jobs:
        digest.update(f"{_known(job.source)} {job[1:]}\n".encode())
    return digest.hexdigest()


@contextmanager
def _firsts(path: Path) -> Iterator[Callable[[str, str], str]]:
    """A function from a hash and a raw_path to the raw_path that it was first called with for this hash."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -65536"):
            database.execute(f"PRAGMA {setting}")
        database.execute("CREATE TABLE firsts (sha256 BLOB PRIMARY KEY, raw_path TEXT NOT NULL) WITHOUT ROWID")
        database.execute("BEGIN")

        def first_with(sha256: str, raw_path: str) -> str:
            key = bytes.fromhex(sha256)
            if database.execute("INSERT OR IGNORE INTO firsts VALUES (?, ?)", (key, raw_path)).rowcount:
                return raw_path
            (first,) = database.execute("SELECT raw_path FROM firsts WHERE sha256 = ?", (key,)).fetchone()
            return first

        yield first_with
