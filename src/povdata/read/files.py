"""Which files are read, in which order, and their bytes."""

from __future__ import annotations

import csv
import hashlib
import heapq
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote, urlsplit

from povdata.page import Rejection

PAGE_SUFFIXES = frozenset({".txt", ".text", ".html", ".htm", ".shtml", ".xhtml", ""})
"""Files of a folder that are pages, by their suffix in lower case."""

COMPRESSED = frozenset({".gz", ".zst"})
"""Suffixes that stand behind another one."""

CONTAINERS = {
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "json",
    ".parquet": "parquet",
    ".warc": "warc",
    ".wet": "warc",
    ".zip": "zip",
    ".tar": "tar",
    ".tgz": "tar",
}
"""Files that hold many pages, by their suffix in lower case, and the format that it stands for."""

SOURCES = "SOURCES.csv"
"""Stands beside the pages of a folder: a row a page, with its file and sha256, and what is known of its url, fetched_at
(ISO 8601), publisher, rights and a note. The first two columns are needed; an empty cell says that nothing is known."""

MANIFEST = "manifest.json"
"""Stands in a dataset that povdata built."""
_OURS = re.compile(r'\s*\{\s*"povdata"\s*:\s*"')
"""How it begins."""

MAX_BYTES = 20_000_000

_MEMBER = re.compile(
    rf"((?:{'|'.join(map(re.escape, CONTAINERS))})(?:{'|'.join(map(re.escape, sorted(COMPRESSED)))})?)#", re.I
)
"""What the name of a page in a container looks like."""

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class InputError(Exception):
    """What was asked for cannot be read at all: one line that names the path and says what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that are to be read as a page: a file, or a stretch of one."""

    path: Path | None
    """The file that holds the bytes; None where they stand in a container or behind a URL."""
    raw_path: str
    """Path relative to the raw root, POSIX separators; the file's name for a file given by itself. A member of a
    container has the container's, `#`, and its number or the path that it has there."""
    expected_sha256: str | None = None
    """What SOURCES.csv records, where there is one and it names the file."""
    offset: int = 0
    """Where in the file the page begins."""
    size: int | None = None
    """Bytes of the page; None for all up to the end."""
    url: str | None = None
    """Address of the page, as its container gives it."""
    crawled_at: datetime | None = None
    """When the page was fetched, as its container says, with a zone."""
    media_type: str | None = None
    """`text/html` where a container says so."""


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a source, and what is known of them."""

    source: Source
    data: bytes | None
    """None where the page is larger than the limit or cannot be read."""
    sha256: str | None
    """None where not all the bytes were seen; so is the size."""
    size: int | None
    """In bytes."""
    rejection: Rejection | None = None
    """Why there are no bytes."""


class File(NamedTuple):
    """A page or a container that the inputs name or hold."""

    raw_path: str
    path: str
    fs: Any
    """The fsspec file system that holds it, None for this machine's own."""
    sha256: str | None
    """What SOURCES.csv records."""

    def open(self, anywhere: bool = False) -> BinaryIO:
        """The file's bytes, to be read from the beginning on, or from anywhere; raises OSError."""
        if self.fs is None:
            return open(self.path, "rb")
        if self.path.startswith("http") and not anywhere:
            return self.fs.open(self.path, "rb", block_size=0)  # as a stream: not every server sends parts
        return self.fs.open(self.path, "rb")

    @property
    def format(self) -> str:
        """`page`, `compressed` (one page), or a format of CONTAINERS; a file of another suffix was given as a page."""
        return kind(self.raw_path) or ("compressed" if suffix(self.raw_path) in COMPRESSED else "page")

    def size(self) -> int | None:
        """In bytes, None where a server does not tell; raises OSError."""
        return os.path.getsize(self.path) if self.fs is None else self.fs.size(self.path)

    @property
    def source(self) -> Source:
        return Source(Path(self.path) if self.fs is None else None, self.raw_path, self.sha256)


def suffix(name: str) -> str:
    """The last suffix of a file's name in lower case; empty where it has none."""
    found = os.path.splitext(name)[1].lower()
    return "" if found == "." else found


def kind(name: str) -> str | None:
    """What a file is by its name: `page`, `compressed` (one page), a format of CONTAINERS, or None for neither."""
    last = suffix(name)
    if last in PAGE_SUFFIXES:
        return "page"
    if last not in COMPRESSED:
        return CONTAINERS.get(last)
    inner = suffix(name[: -len(last)])
    if inner in PAGE_SUFFIXES:
        return "compressed" if inner else None
    return CONTAINERS.get(inner) if inner not in (".zip", ".parquet", ".tgz") else None


@dataclass(slots=True, eq=False)
class _Root:
    """An input: a folder or a file, on this machine or behind a URL."""

    given: Path | str
    fs: Any
    path: str
    is_folder: bool
    hashes: dict[str, str] = field(default_factory=dict)
    prefix: str = ""
    """What the raw_path of every file under it begins with."""
    full: str = ""
    """The absolute path, links as they are."""
    others: dict[str, _Root] = field(default_factory=dict)
    """The inputs that lie below this one, by their absolute path."""
    order: int = 0
    is_taken: bool = False
    """Whether an earlier input holds all of it."""


_Found = tuple[str, str, _Root]
"""raw_path, path and root of a file."""


def find(inputs: Sequence[Path | str]) -> list[Source]:
    """The files that `files` gives for the same inputs, as sources; a container is one of them."""
    return [file.source for file in files(inputs)]


def files(inputs: Sequence[Path | str], check: Callable[[File], None] = lambda file: None) -> Iterator[File]:
    """The pages and containers among some files and under some folders, in the code point order of their `raw_path`.

    inputs: paths, and URLs that fsspec can open (`s3://bucket/pages`); behind http a folder is what ends with `/`.

    A folder is searched to any depth for files with one of PAGE_SUFFIXES or CONTAINERS, compressed or not; hidden files
    and folders, SOURCES.csv and datasets of povdata are passed over. A link to a folder is followed once; a link to a
    folder above itself is not followed. A file given by name is taken whatever its suffix, and a file that two inputs
    reach by the same path is taken once. Where two inputs would give different files the same raw_path, every raw_path
    of both begins with the name of its folder.

    Only the names in one folder, and in those above it, are held at a time. Raises InputError before the first file
    comes for an input that is missing or holds no page, a SOURCES.csv that is not as it should be, and files that
    cannot be told apart; later only for a folder that cannot be listed.
    """
    roots: dict[tuple[Any, str], _Root] = {}
    for given in inputs:
        if root := _root(given):
            roots.setdefault((root.fs, root.full if root.fs else os.path.realpath(root.path)), root)
    apart = _apart(list(roots.values()))
    found = _merged(apart)
    first = next(found, None)
    if first is None:
        raise InputError(
            f"no pages to read in {', '.join(map(str, inputs)) or 'an empty list of inputs'}: name a folder or files"
        )
    for root in apart:
        if not root.is_folder:
            check(File(_name(root), root.path, root.fs, None))
    return (
        File(raw_path, path, root.fs, root.hashes.get(raw_path.removeprefix(root.prefix)))
        for raw_path, path, root in chain((first,), found)
    )


def load(source: Source, max_bytes: int = MAX_BYTES) -> Raw:
    """The bytes of a source in a file, their hash and size. A page larger than `max_bytes` is hashed, but not kept.

    Raises Rejection `unreadable`.
    """
    try:
        with open(source.path or "", "rb", buffering=0) as file:
            size = source.size
            if size is None:
                size = os.fstat(file.fileno()).st_size - source.offset
            if source.offset:
                file.seek(source.offset)
            if size <= max_bytes:
                data = file.read(size)
                return Raw(source, data, hashlib.sha256(data).hexdigest(), len(data))
            digest = hashlib.sha256()
            left = size
            while left and (data := file.read(min(left, 1 << 20))):
                digest.update(data)
                left -= len(data)
            return Raw(source, None, digest.hexdigest(), size - left)
    except OSError as e:
        raise unreadable(e) from e


def unreadable(error: Exception) -> Rejection:
    """The Rejection of a file that cannot be opened or read."""
    reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    return Rejection("unreadable", f"the file cannot be read ({reason}): check that it exists and may be read")


def _root(given: Path | str) -> _Root | None:
    if isinstance(given, str) and "://" in given:
        root = _remote_root(given)
    else:
        path = os.fspath(given)
        path = path.rstrip(os.sep) or path
        root = _Root(given, None, path, os.path.isdir(given), full=os.path.abspath(given))
        if not os.path.exists(given):
            raise InputError(f"{given}: there is no such file or folder; check the path")
        if not root.is_folder and not os.path.isfile(given):
            raise InputError(f"{given}: this is neither a file nor a folder; name a page or a folder of pages")
    if root.is_folder:
        if next(_walk(root), None) is None:
            raise InputError(
                f"{given}: this folder holds no pages (.txt, .text, .html, .htm, .shtml, .xhtml, or no suffix) and no "
                "containers (.jsonl, .json, .parquet, .warc, .wet, .zip, .tar); give a folder of pages, or name files"
            )
        root.hashes = _recorded(root)
    elif os.path.basename(root.path) == SOURCES:  # a shell's * names it with the pages
        return None
    return root


def _remote_root(url: str) -> _Root:
    import fsspec
    from fsspec.implementations.local import LocalFileSystem

    try:
        fs, path = fsspec.core.url_to_fs(url)
        if isinstance(fs, LocalFileSystem):
            return _Root(url, None, path, os.path.isdir(path), full=os.path.abspath(path))
        is_folder = url.endswith("/") if url.startswith("http") else fs.isdir(path)
        is_there = is_folder or fs.exists(path)
    except (ImportError, ValueError) as e:
        raise InputError(f"{url}: fsspec cannot open it ({e}); check the scheme, or install what it names") from e
    except Exception as e:  # each file system raises its own
        raise InputError(f"{url}: it cannot be reached ({str(e) or type(e).__name__}); check the address") from e
    if not is_there:
        raise InputError(f"{url}: there is no such file or folder; check the address")
    path = path.rstrip("/")
    return _Root(url, fs, path, is_folder, full=f"{fs.protocol}:{path}")


def _name(root: _Root) -> str:
    """Name of the file that an input is."""
    if root.fs is None:
        return _printable(os.path.basename(root.path))
    path = urlsplit(root.path).path if root.path.startswith("http") else root.path
    return _no_member(unquote(path.rpartition("/")[2])) or "page"


def _merged(roots: list[_Root]) -> Iterator[_Found]:
    """The files of some roots in the order of their raw_path."""
    single = [(root.prefix + _name(root), root.path, root) for root in roots if not root.is_folder]
    return heapq.merge(
        sorted(single, key=itemgetter(0)), *(_walk(root) for root in roots if root.is_folder), key=itemgetter(0)
    )


def _apart(roots: list[_Root]) -> list[_Root]:
    """The roots that do not lie in an earlier one, each with the prefix that tells its files from the others'."""
    if len(roots) < 2:
        return roots
    by_path = {root.full: root for root in roots}
    for order, root in enumerate(roots):
        root.order = order
        folder = root.full
        while (above := os.path.dirname(folder)) != folder:
            folder = above
            if folder in by_path:
                by_path[folder].others[root.full] = root
    for root in roots:
        if any(other.order > root.order for other in root.others.values()):
            for _ in _walk(root):  # marks those it meets
                pass
    roots = [root for root in roots if not root.is_taken]
    alike = {id(root): root for one, other in _alike(roots) for root in (one[2], other[2])}
    for root in alike.values():
        home = root.full if root.is_folder else os.path.dirname(root.full)
        root.prefix = f"{_printable(os.path.basename(home))}/"
    for one, other in _alike(roots) if alike else ():
        raise InputError(
            f"{one[1]} and {other[1]} would both be called {one[0]}: "
            "rename one of their folders, or build from the folder above them"
        )
    return roots


def _alike(roots: list[_Root]) -> Iterator[tuple[_Found, _Found]]:
    """Files of two roots that have one raw_path."""
    return (pair for pair in pairwise(_merged(roots)) if pair[0][0] == pair[1][0] and pair[0][2] is not pair[1][2])


def _walk(root: _Root) -> Iterator[_Found]:
    """The files of a folder and those below it, in the code point order of their raw_path: a folder sorts with its `/`.

    A link to a folder adds only what neither the real folders nor an earlier link holds; one to a folder above itself
    is not followed, whichever input leads to it, so that inputs that overlap agree on what lies behind a link.
    """
    home = root.path if root.fs else os.path.realpath(root.path)
    reached = [home]
    stack = [(root.prefix, root.path, home, _entries(root, root.path))]
    while stack:
        prefix, _, real, entries = stack[-1]
        if not entries:
            stack.pop()
            continue
        key, path, is_link = entries.pop()
        if key[-1] != "/":
            if not root.others or not _is_anothers(root, path):
                yield prefix + key, path, root
            continue
        target = os.path.realpath(path) if is_link else os.path.join(real, os.path.basename(path))
        if is_link:
            if _lies_in(real, target) or any(_is_walked(above, target) for above in reached):
                continue
            reached.append(target)
        elif target in reached:
            continue
        if root.others and _is_anothers(root, path):
            continue
        stack.append((prefix + key, path, target, _entries(root, path)))


def _is_anothers(root: _Root, path: str) -> bool:
    """Whether a path is an earlier input; a later one is marked as taken."""
    other = root.others.get(root.full + path[len(root.path) :])
    if other is None:
        return False
    other.is_taken |= other.order > root.order
    return other.order < root.order


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_walked(folder: str, path: str) -> bool:
    """Whether real folders that are not hidden lead from a folder down to a path."""
    return _lies_in(path, folder) and f"{os.sep}." not in path[len(folder.rstrip(os.sep)) :]


def _entries(root: _Root, folder: str) -> list[tuple[str, str, bool]]:
    """What a folder holds, the last first: name (with `/` for a folder), path, whether it is a link to a folder."""
    found = []
    if root.fs:
        for entry in _listed(root, folder):
            path = entry["name"].rstrip("/")
            name = _no_member(unquote(path.rpartition("/")[2]) if path.startswith("http") else path.rpartition("/")[2])
            if entry["type"] == "directory":
                found.append((f"{name}/", path, False))
            elif kind(name):
                found.append((name, path, False))
        found = [entry for entry in found if not entry[0].startswith(".") and entry[0] != SOURCES]
    else:
        try:
            with os.scandir(folder) as listed:
                for entry in listed:
                    name = entry.name
                    if name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        found.append((f"{_printable(name)}/", entry.path, False))
                    elif entry.is_symlink() and os.path.isdir(entry.path):
                        found.append((f"{_printable(name)}/", entry.path, True))
                    elif kind(name) and (entry.is_file(follow_symlinks=False) or entry.is_symlink()):
                        found.append((_printable(name), entry.path, False))  # a broken link ends as a reject
        except OSError as e:
            raise InputError(f"{folder}: the folder cannot be listed ({e.strerror}); check that it may be read") from e
        if is_dataset(folder):
            found = [entry for entry in found if entry[0] not in ("data/", "croissant.json", MANIFEST)]
    found.sort(key=itemgetter(0), reverse=True)
    return found


def is_dataset(folder: str | Path) -> bool:
    """Whether a folder holds a dataset that povdata built: its Parquet files are no containers of pages."""
    try:
        with open(os.path.join(folder, MANIFEST), encoding="utf-8") as file:
            return _OURS.match(file.read(1000)) is not None
    except (OSError, ValueError):
        return False


def _listed(root: _Root, folder: str) -> list[dict[str, Any]]:
    try:
        return root.fs.ls(folder + "/" if folder.startswith("http") else folder, detail=True)
    except Exception as e:  # each file system raises its own
        reason = str(e) or type(e).__name__
        raise InputError(f"{folder}: the folder cannot be listed ({reason}); check that it may be read") from e


def _recorded(root: _Root) -> dict[str, str]:
    """File -> SHA-256, as the SOURCES.csv of a folder records them; empty where there is none."""
    path = os.path.join(root.given, SOURCES)
    inside = f"{root.path}/{SOURCES}" if root.fs else os.path.join(root.path, SOURCES)
    hashes: dict[str, str] = {}
    try:
        raw = root.fs.open(inside, "rb") if root.fs else open(inside, "rb")
        with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            missing = {"file", "sha256"} - set(rows.fieldnames or ())
            if missing:
                raise InputError(
                    f"{path}: it lacks the column {' and '.join(sorted(missing))}; add it to the first line"
                )
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
    except FileNotFoundError:
        return {}
    except OSError as e:
        raise InputError(f"{path}: it cannot be read ({e.strerror}); check that it may be read, or take it away") from e
    except UnicodeDecodeError as e:
        raise InputError(f"{path}: it is not UTF-8; save it as UTF-8") from e
    except csv.Error as e:
        raise InputError(f"{path}: it is not a CSV file ({e}); save it as comma-separated values") from e
    for name in hashes if root.fs is None else ():
        place = os.path.join(root.path, name)
        if not os.path.isfile(place) and not os.path.islink(place) and "\\x" not in name:
            raise InputError(f"{path}: it names {name}, which is not there; restore the file, or take out its line")
    return {_no_member(name): digest for name, digest in hashes.items()}


def _printable(name: str) -> str:
    """A file name with bytes that are no UTF-8 written as `\\xNN`: a table's strings cannot hold them."""
    return _no_member(name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace"))


def _no_member(name: str) -> str:
    """A name with `#` behind a container's suffix written as `\\x23`: `a.zip#1.txt` is the page 1.txt in a.zip."""
    return _MEMBER.sub(r"\1\\x23", name) if "#" in name else name
