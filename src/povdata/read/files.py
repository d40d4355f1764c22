"""Which files are pages, and their bytes."""

from __future__ import annotations

import csv
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from povdata.page import Rejection

PAGE_SUFFIXES = frozenset({".txt", ".text", ".html", ".htm", ".shtml", ".xhtml", ""})
"""Files of a folder that are pages, by their suffix in lower case."""

SOURCES = "SOURCES.csv"
"""Stands beside the pages of a folder: a row a page, with its file and sha256, and what is known of its url, fetched_at
(ISO 8601), publisher, rights and a note. The first two columns are needed; an empty cell says that nothing is known."""

MAX_BYTES = 20_000_000

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class InputError(Exception):
    """What was asked for cannot be read at all: one line that names the path and says what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is to be read as a page."""

    path: Path
    raw_path: str
    """Path relative to the raw root, POSIX separators; the file's name for a file given by itself."""
    expected_sha256: str | None = None
    """What SOURCES.csv records, where there is one and it names the file."""


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a source, and what is known of them."""

    source: Source
    data: bytes | None
    """None where the file is larger than the limit."""
    sha256: str
    size: int
    """In bytes."""


def find(inputs: Sequence[Path]) -> list[Source]:
    """The pages under some folders and files, in the code point order of their `raw_path`.

    A folder is searched to any depth for files with one of PAGE_SUFFIXES; hidden files and folders and SOURCES.csv are
    passed over, and a link to a folder is followed once. A file given by name is taken whatever its suffix, and a file
    that two inputs reach by the same path is taken once. Where two inputs would give different files the same raw_path,
    every raw_path of both begins with the name of its folder.

    Raises InputError for an input that is missing or holds no page, a SOURCES.csv that is not as it should be, and
    files that cannot be told apart.
    """
    inputs = list({os.path.realpath(i): i for i in reversed(inputs)}.values())[::-1]
    groups = [_folder(Path(i)) if os.path.isdir(i) else _file(Path(i)) for i in inputs]
    taken: set[str] = set()
    for n, group in enumerate(groups):
        groups[n] = [s for s in group if os.path.abspath(s.path) not in taken]
        taken.update(os.path.abspath(s.path) for s in group)
    if not any(groups):
        raise InputError(
            f"no pages to read in {', '.join(map(str, inputs)) or 'an empty list of inputs'}: name a folder or files"
        )

    times = Counter(s.raw_path for group in groups for s in group)
    sources: dict[str, Source] = {}
    for root, group in zip(map(Path, inputs), groups, strict=True):
        if any(times[s.raw_path] > 1 for s in group):
            folder = Path(os.path.abspath(root if os.path.isdir(root) else root.parent)).name
            group = [replace(s, raw_path=f"{_printable(folder)}/{s.raw_path}") for s in group]
        for source in group:
            first = sources.setdefault(source.raw_path, source)
            if first is not source:
                raise InputError(
                    f"{first.path} and {source.path} would both be called {source.raw_path}: "
                    "rename one of their folders, or build from the folder above them"
                )
    return [sources[raw_path] for raw_path in sorted(sources)]


def load(source: Source, max_bytes: int = MAX_BYTES) -> Raw:
    """The bytes of a source, their hash and size. A file larger than `max_bytes` is hashed, but not kept.

    Raises Rejection `unreadable`.
    """
    try:
        with source.path.open("rb") as file:
            data = file.read(max_bytes + 1)
            if len(data) <= max_bytes:
                return Raw(source, data, hashlib.sha256(data).hexdigest(), len(data))
            digest = hashlib.sha256(data)
            size = len(data)
            while data := file.read(1 << 20):
                digest.update(data)
                size += len(data)
            return Raw(source, None, digest.hexdigest(), size)
    except OSError as e:
        reason = e.strerror or type(e).__name__
        raise Rejection(
            "unreadable", f"the file cannot be read ({reason}): check that it exists and may be read"
        ) from e


def _file(path: Path) -> list[Source]:
    if path.name == SOURCES:  # a shell's * names it with the pages
        return []
    if not os.path.exists(path):
        raise InputError(f"{path}: there is no such file or folder; check the path")
    if not os.path.isfile(path):
        raise InputError(f"{path}: this is neither a file nor a folder; name a page or a folder of pages")
    return [Source(path, _printable(path.name))]


def _folder(root: Path) -> list[Source]:
    found = {_printable(p.relative_to(root).as_posix()): p for p in _walk(root)}
    if not found:
        raise InputError(
            f"{root}: this folder holds no pages (.txt, .text, .html, .htm, .shtml, .xhtml, or no suffix); "
            "give a folder of pages, or name the files"
        )
    hashes = _recorded(root / SOURCES)
    for file in hashes:
        if file not in found and not os.path.isfile(root / file):
            raise InputError(
                f"{root / SOURCES}: it names {file}, which is not there; restore the file, or take out its line"
            )
    return [Source(path, raw_path, hashes.get(raw_path)) for raw_path, path in found.items()]


def _walk(root: Path) -> Iterator[Path]:
    """Every page of a folder. Real folders come first, so that a link adds only what they do not hold."""
    home = root.resolve()
    seen: set[Path] = set()
    folders, links = [root], []
    while folders or links:
        if folders:
            folder = folders.pop()
        else:
            folder = links.pop()
            if home.is_relative_to(folder.resolve()):
                continue
        target = folder.resolve()
        if target in seen:
            continue
        seen.add(target)
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name, reverse=True)
        except OSError as e:
            raise InputError(f"{folder}: the folder cannot be listed ({e.strerror}); check that it may be read") from e
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_symlink() and os.path.isdir(path):
                links.append(path)
            elif entry.is_file(follow_symlinks=False) or entry.is_symlink():  # a broken link ends as a reject
                if path.suffix.lower() in PAGE_SUFFIXES:
                    yield path


def _recorded(path: Path) -> dict[str, str]:
    """File -> SHA-256, as a SOURCES.csv records them; empty where there is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            missing = {"file", "sha256"} - set(rows.fieldnames or ())
            if missing:
                raise InputError(
                    f"{path}: it lacks the column {' and '.join(sorted(missing))}; add it to the first line"
                )
            hashes: dict[str, str] = {}
            for row in rows:
                name, digest = (row["file"] or "").strip(), (row["sha256"] or "").strip().lower()
                where = f"{path}, line {rows.line_num}"
                if not name:
                    raise InputError(f"{where}: it names no file; fill the column file, or take the line out")
                if not _SHA256.match(digest):
                    raise InputError(
                        f"{where}: the sha256 of {name} is not 64 hexadecimal digits; write what sha256sum prints"
                    )
                if hashes.setdefault(name, digest) != digest:
                    raise InputError(f"{where}: {name} was named before with another sha256; keep one of the lines")
            return hashes
    except FileNotFoundError:
        return {}
    except OSError as e:
        raise InputError(f"{path}: it cannot be read ({e.strerror}); check that it may be read, or take it away") from e
    except UnicodeDecodeError as e:
        raise InputError(f"{path}: it is not UTF-8; save it as UTF-8") from e
    except csv.Error as e:
        raise InputError(f"{path}: it is not a CSV file ({e}); save it as comma-separated values") from e


def _printable(name: str) -> str:
    """A file name with bytes that are no UTF-8 written as `\\xNN`: a table's strings cannot hold them."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
