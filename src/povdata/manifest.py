"""`manifest.json`: what a dataset folder holds and what it was built from. Builds write it, checks read it.

It names every input, so it can be larger than memory: it is written and read as a stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TextIO

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from povdata.models import SCHEMA_VERSION, TABLES, Characters, Int64, RejectCode, Sha256, Text

NAME = "manifest.json"


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


class InputEntry(_Entry):
    """An input; hash and size are null where its bytes could not be read."""

    raw_path: Characters
    sha256: Sha256 | None
    n_bytes: Int64 | None = Field(alias="bytes")


class FileEntry(_Entry):
    """A Parquet file; `path` is relative to the folder of the dataset."""

    path: Text
    sha256: Sha256
    n_bytes: Int64 = Field(alias="bytes")
    rows: Int64


class TableEntry(_Entry):
    rows: Int64
    files: list[FileEntry] = Field(min_length=1)


class MaskedEntry(_Entry):
    """Personal data that gave way to `models.MASK`."""

    segments: Int64
    """Contact segments."""
    spans: Int64
    """Numbers and addresses in segments of other roles."""
    characters: Int64


class Manifest(_Entry):
    """All of it but the inputs, which `inputs` gives one by one."""

    povdata: Text
    schema_version: Text = Field(alias="schema")
    built_at: AwareDatetime
    libraries: dict[str, Text]
    code: Sha256 | None = None
    """`plan.fingerprint` of what built it; null where a povdata did that did not say so yet."""
    tables: dict[Literal[tuple(TABLES)], TableEntry]  # type: ignore[valid-type]
    rejects: dict[RejectCode, Int64]
    masked: MaskedEntry | None = None
    """Null where personal data stands as the pages print it."""


class NoManifest(Exception):
    """A folder without a manifest that can be used: one sentence that says what is wrong and what to do."""


def file_path(table: str, number: int, count: int) -> str:
    """Where a dataset holds one of the `count` files of a table: by the names that Hugging Face's loaders look for.

    The numbers have one width, so that the names sort in the order of the shards.
    """
    width = max(5, len(str(count)))
    return f"data/{table}/train-{number:0{width}d}-of-{count:0{width}d}.parquet"


def write(path: Path, manifest: Manifest, inputs: Iterable[tuple[str, str | None, int | None]]) -> None:
    """Write the manifest of a dataset whose inputs are these: raw_path, SHA-256 and bytes of each."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(manifest.model_dump_json(indent=1).removesuffix("\n}") + ',\n "inputs": [')
        comma = ""
        for raw_path, sha256, n_bytes in inputs:
            entry = {"raw_path": raw_path, "sha256": sha256, "bytes": n_bytes}
            file.write(f"{comma}\n  {json.dumps(entry, ensure_ascii=False)}")
            comma = ","
        file.write("\n ]\n}\n")


def read(dist: Path) -> Manifest:
    """The manifest of a dataset folder, as far as it can be read without its inputs.

    Raises NoManifest where it is missing, of another schema version, or not as this povdata writes it.
    """
    found = _all_but_inputs(_members(dist))
    version = found.get("schema")
    if isinstance(version, str) and version != SCHEMA_VERSION:
        remedy = "build the dataset again"
        if _is_newer(version):
            remedy = f"install the one that it needs: pip install -U {requirement('>=', found.get('povdata'))}"
        raise NoManifest(f"{dist / NAME} has schema {version}, this povdata reads {SCHEMA_VERSION}; {remedy}")
    try:
        manifest = Manifest.model_validate_json(json.dumps(found))
    except ValidationError as error:
        raise _broken(dist, error) from error
    if missing := TABLES.keys() - manifest.tables.keys():
        raise NoManifest(f"{dist / NAME} lacks the tables {', '.join(sorted(missing))}; build the dataset again")
    return manifest


def requirement(sign: str, version: object) -> str:
    """What pip is to be told, to install the version of povdata that a manifest names; which may say anything."""
    is_one = isinstance(version, str) and re.fullmatch(r"\d[\w.+]{0,40}", version, re.ASCII)
    return f"'povdata{sign}{version}'" if is_one else "povdata"


def _is_newer(version: str) -> bool:
    """Whether a version of the schema comes after this povdata's; what is no version does not."""
    if not re.fullmatch(r"\d{1,9}\.\d{1,9}\.\d{1,9}", version, re.ASCII):
        return False
    theirs, ours = (tuple(map(int, text.split("."))) for text in (version, SCHEMA_VERSION))
    return theirs > ours


def inputs(dist: Path) -> Iterator[InputEntry]:
    """The inputs that a manifest names, in the order in which they were built.

    Raises NoManifest, at the entry that is not one.
    """
    is_list = False
    for name, value in _members(dist):
        if name == "inputs" and (is_list := isinstance(value, list)):
            for entry in value:
                try:
                    yield _INPUT.validate_python(entry)
                except ValidationError as error:
                    raise _broken(dist, error) from error
    if not is_list:
        raise _broken(dist, "inputs: it holds no list of them")


def head(file: TextIO) -> dict[str, Any]:
    """What the text of a manifest holds but for its inputs, of any schema version and as it stands there.

    Reads no further than it must: inputs stand last in what `write` wrote. Raises ValueError where the text is no JSON
    object.
    """
    with _told_plainly():
        return _all_but_inputs(_Stream(file).members())


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _all_but_inputs(members: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name != "inputs":
            found[name] = value
        elif found.keys() >= _FIELDS:
            break
    return found


_FIELDS = {field.alias or name for name, field in Manifest.model_fields.items() if field.is_required()}
_INPUT = TypeAdapter(InputEntry)
_CHUNK = 1 << 16
"""Characters read at a time."""
_BLANK = re.compile(r"[ \t\n\r]*")


def _broken(dist: Path, error: ValidationError | str) -> NoManifest:
    if isinstance(error, ValidationError):
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "the whole"
        error = f"{where}: {problem['msg']}"
    return NoManifest(f"{dist / NAME} is not a manifest of povdata ({error}); build the dataset again")


def _members(dist: Path) -> Iterator[tuple[str, Any]]:
    """Name and value of each member of the object in a manifest, in any layout; of `inputs` one entry a time, in a
    list of its own."""
    path = dist / NAME
    try:
        with path.open(encoding="utf-8") as file, _told_plainly():
            yield from _Stream(file).members()
    except FileNotFoundError as error:
        raise NoManifest(f"{path} is missing; {dist} holds no finished dataset, build it again") from error
    except OSError as error:
        raise NoManifest(
            f"{path} cannot be read ({error.strerror}); make it readable, or build the dataset again"
        ) from error
    except ValueError as error:
        raise _broken(dist, str(error)) from error


class _Stream:
    """JSON text that is read as far as it is asked for; `json` itself can only take it whole."""

    def __init__(self, file: TextIO):
        self.file = file
        self.text = ""
        self.at = 0

    def members(self) -> Iterator[tuple[str, Any]]:
        self.take("{")
        mark = ","
        while mark == ",":
            if self.peek() != '"':
                raise ValueError("a member without a name")
            name = self.value()
            self.take(":")
            if name == "inputs" and self.peek() == "[":
                self.take("[")
                mark = self.take("]") if self.peek() == "]" else ","
                while mark == ",":
                    yield name, [self.value()]
                    mark = self.take(",]")
                yield name, []
            else:
                yield name, self.value()
            mark = self.take(",}")
        if self.peek():
            raise ValueError("text after its end")

    def more(self) -> bool:
        found = self.file.read(max(_CHUNK, len(self.text) - self.at))
        self.text, self.at = self.text[self.at :] + found, 0
        return bool(found)

    def peek(self) -> str:
        """The next character that is no white space; none at the end."""
        while True:
            self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self, marks: str) -> str:
        mark = self.peek()
        if not mark or mark not in marks:
            raise ValueError(f"{mark or 'its end'} where {' or '.join(marks)} belongs")
        self.at += 1
        return mark

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self.text, self.at)
            except ValueError:
                if not self.more():
                    raise
                continue
            if end == len(self.text) and self.more():  # a number may go on
                continue
            self.at = end
            return found


_DECODER = json.JSONDecoder()
