"""`manifest.json`: what a dataset folder holds and what it was built from. Builds write it, checks read it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

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


class Manifest(_Entry):
    povdata: Text
    schema_version: Text = Field(alias="schema")
    built_at: AwareDatetime
    libraries: dict[str, Text]
    inputs: list[InputEntry]
    tables: dict[Literal[tuple(TABLES)], TableEntry]  # type: ignore[valid-type]
    rejects: dict[RejectCode, Int64]


class NoManifest(Exception):
    """A folder without a manifest that can be used: one sentence that says what is wrong and what to do."""


def read(dist: Path) -> Manifest:
    """The manifest of a dataset folder.

    Raises NoManifest where it is missing, of another schema version, or not as this povdata writes it.
    """
    path = dist / NAME
    try:
        data = path.read_bytes()
        version = _Version.model_validate_json(data).schema_version
        if version != SCHEMA_VERSION:
            raise NoManifest(f"{path} has schema {version}, this povdata reads {SCHEMA_VERSION}; build it again")
        manifest = Manifest.model_validate_json(data)
    except FileNotFoundError as error:
        raise NoManifest(f"{path} is missing; {dist} holds no finished dataset, build it again") from error
    except OSError as error:
        raise NoManifest(f"{path} cannot be read ({error.strerror}); build the dataset again") from error
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "the whole"
        raise NoManifest(
            f"{path} is not a manifest of povdata ({where}: {problem['msg']}); build the dataset again"
        ) from error
    if missing := TABLES.keys() - manifest.tables.keys():
        raise NoManifest(f"{path} lacks the tables {', '.join(sorted(missing))}; build the dataset again")
    return manifest


class _Version(BaseModel):
    schema_version: Text = Field(alias="schema")
