"""The dataset in the hands of a user. Everything heavy is imported where it is used: `import povdata` stays cheap."""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, get_args, overload

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Form = Literal["datasets", "arrow", "pandas", "polars"]
_T = TypeVar("_T")

_MANIFEST = "manifest.json"
_URL = re.compile(r"[a-z][a-z0-9+.-]*(://|::)", re.ASCII | re.IGNORECASE)
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
BAD_TOKEN = "the token for the Hub holds characters that no token has; run `hf auth login` again, or set HF_TOKEN anew"


def tables() -> list[str]:
    """The names of the tables, in the order of the documentation."""
    from povdata import models

    return list(models.TABLES)


def schema(table: str = "articles") -> pa.Schema:
    """The Arrow schema of a table.

    Raises ValueError, naming the tables there are, for a table that does not exist.
    """
    from povdata import models

    _check_table(table)
    return models.arrow_schema(table)


@overload
def load(
    table: str = ..., *, source: str | Path | None = ..., as_: Literal["datasets"] = ..., revision: str | None = ...
) -> datasets.Dataset: ...
@overload
def load(
    table: str = ..., *, source: str | Path | None = ..., as_: Literal["arrow"], revision: str | None = ...
) -> pa.Table: ...
@overload
def load(
    table: str = ..., *, source: str | Path | None = ..., as_: Literal["pandas"], revision: str | None = ...
) -> pd.DataFrame: ...
@overload
def load(
    table: str = ..., *, source: str | Path | None = ..., as_: Literal["polars"], revision: str | None = ...
) -> pl.DataFrame: ...
def load(
    table: str = "articles",
    *,
    source: str | Path | None = None,
    as_: Form = "datasets",
    revision: str | None = None,
) -> Any:
    """Load a table into memory.

    table: one of `tables()`.
    source: a folder that `povdata build` wrote; a dataset on the Hugging Face Hub as "owner/name", where a folder of
        that name goes first; or the URL of such a folder that fsspec opens ("s3://…", "https://…/dist"), which must
        hold manifest.json. By default the data that comes with the package. What came from the Hub once is read from
        its cache when there is no network.
    as_: "datasets" (datasets.Dataset), "arrow" (pyarrow.Table), "pandas" (whole numbers in pandas' nullable types, so
        that a null stays one) or "polars".
    revision: branch, tag or commit of a dataset on the Hub.

    The files read are those that manifest.json names, each checked against its SHA-256 there, wherever it came from; a
    folder without a manifest is read as it is, with a warning. A dataset of another version of the schema is read if
    its major version is the same: columns that it lacks are null, and those unknown here are left out with a warning
    (docs/versions.md).

    Raises ValueError for a table, form, revision or version of the schema that cannot be, FileNotFoundError where
    there is no data, OSError for a file that is not the one that was built, PermissionError where access must be asked
    for, ConnectionError where the Hub or the URL does not answer, ImportError where what opens the URL, or polars, is
    not installed.
    """
    _check_table(table)
    if as_ not in get_args(Form):
        raise ValueError(f"as_={as_!r} is no form of a table; there are: {', '.join(get_args(Form))}")
    if as_ == "polars":
        _import_polars()
    arrow = _read(table, _place(table, source, revision))
    if as_ == "arrow":
        return arrow
    if as_ == "pandas":
        return _to_pandas(arrow)
    if as_ == "polars":
        return _import_polars().from_arrow(arrow)
    return _to_datasets(arrow)


def is_utf8(text: str) -> bool:
    """Whether a word of the command line or a file's name was UTF-8; bytes of it that were not are surrogates here."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _check_table(table: str) -> None:
    from povdata import models

    if not isinstance(table, str) or table not in models.TABLES:
        raise ValueError(f"there is no table {table!r}; there are: {', '.join(models.TABLES)}")


class _Place(NamedTuple):
    """Where a dataset lies."""

    name: str
    read: Callable[[str], pa.Buffer | bytes]
    """The bytes of a file by its path in the dataset; raises FileNotFoundError."""
    head: dict[str, Any] | None
    """What its manifest says ahead of the inputs; nothing where it has none."""
    found: list[str]
    """The files of the table, where no manifest names them."""
    remedy: str
    """What to do about a file that is missing or damaged."""
    is_far: bool = False
    """Whether each read waits for an answer."""
    fetch_again: Callable[[str], object] | None = None
    """Replaces the copy of a file that `read` reads."""
    folder: Path | None = None
    """The folder of this machine that it lies in, if any."""


def _place(table: str, source: str | Path | None, revision: str | None) -> _Place:
    if source == "":
        raise ValueError('source="" names no folder; leave it out for the data that comes with the package')
    folder = _bundled() if source is None else Path(os.path.expanduser(source))
    if isinstance(source, str) and _HUB_ID.fullmatch(source) and not folder.exists():
        return _hub(source, table, revision)
    is_url = isinstance(source, str) and _URL.match(source) and not folder.exists()
    if revision is not None:
        raise ValueError(
            f"revision={revision!r} is for a dataset on the Hub (source='owner/name'), not for"
            f" {source if is_url else folder}"
        )
    if is_url:
        return _url(str(source).rstrip("/"))
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: there is no such folder; give the folder that `povdata build` wrote, or a dataset on the Hub"
            " as 'owner/name'"
        )
    if not is_utf8(str(folder)):
        raise ValueError(f"{folder}: the name is not UTF-8, and what reads Parquet wants that; rename it")
    return _folder(table, folder, str(folder), "build the dataset again")


def _folder(table: str, folder: Path, name: str, remedy: str, **more: Any) -> _Place:
    import pyarrow as pa

    def read(path: str) -> pa.Buffer:
        try:
            with pa.OSFile(str(folder / path)) as file:
                return file.read_buffer()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unreadable(f"{name}/{path}", error, remedy) from error

    head = None
    try:
        manifest = (folder / _MANIFEST).open("rb")
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _unreadable(f"{name}/{_MANIFEST}", error, remedy) from error
    else:
        head = _head(name, manifest)
    parquet = [] if head else sorted((folder / "data" / table).glob("train-*.parquet"))
    found = [f"data/{table}/{file.name}" for file in parquet]
    if head is None and not found:
        raise FileNotFoundError(
            f"{name}: there is no data/{table}/train-*.parquet in it;"
            " build the dataset with `povdata build RAW -o DIST` and give DIST as source="
        )
    return _Place(name, read, head, found, remedy, folder=folder, **more)


def _unreadable(name: str, error: OSError, remedy: str) -> OSError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OSError(f"{name}: cannot be read ({reason}); make it readable, or {remedy}")


def _url(url: str) -> _Place:
    import fsspec

    try:
        fs, root = fsspec.core.url_to_fs(url)
        file = fs.open(f"{root}/{_MANIFEST}", "rb")
    except FileNotFoundError as error:
        if isinstance(error.__cause__, OSError):  # over HTTP, also where no server answers
            raise _unreachable(url, error.__cause__) from error
        raise FileNotFoundError(
            f"{url}: there is no manifest.json in it, which names the files of a dataset; give the address of the"
            " folder that `povdata build` wrote"
        ) from None
    except ImportError as error:
        raise ImportError(f"{url}: what opens it is not installed ({error}); pip install it") from None
    except Exception as error:  # each file system raises its own
        raise _unreachable(url, error) from error

    def read(path: str) -> bytes:
        try:
            return fs.cat_file(f"{root}/{path}")
        except FileNotFoundError:
            raise
        except Exception as error:  # each file system raises its own
            raise _unreachable(f"{url}/{path}", error) from error

    return _Place(url, read, _head(url, file), [], "load it again; if that does not help, tell who serves it", True)


def _unreachable(url: str, error: Exception) -> Exception:
    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, PermissionError):
        return PermissionError(f"{url}: may not be read ({reason}); check the credentials")
    if isinstance(error, ValueError):
        return ValueError(f"{url}: is no address that fsspec opens ({reason}); give a folder, a URL or 'owner/name'")
    return ConnectionError(f"{url}: cannot be read ({reason}); check the address and the network")


def _head(name: str, file: io.BufferedIOBase) -> dict[str, Any]:
    from povdata import manifest as manifests

    try:
        with io.TextIOWrapper(file, encoding="utf-8") as text:
            return manifests.head(text)
    except ValueError as error:
        raise _no_manifest(name, str(error)) from None
    except Exception as error:  # each file system raises its own
        raise _unreachable(f"{name}/{_MANIFEST}", error) from error


def _no_manifest(name: str, reason: str) -> OSError:
    return OSError(f"{name}/{_MANIFEST}: is not a manifest of povdata ({reason}); build the dataset again")


def _bundled() -> Path:
    """The data in the wheel; in an editable install, which does not hold it, the checkout's `dist/`."""
    here = Path(__file__).resolve().parent
    checkout = here.parent.parent
    if (here / "_dist").is_dir() or not (checkout / "pyproject.toml").is_file():
        return here / "_dist"
    return checkout / "dist"


def _hub(repository: str, table: str, revision: str | None) -> _Place:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HTTPError

    folder = _download(repository, table, revision)

    def fetch_again(path: str) -> None:
        try:
            with bars_on_a_terminal():
                hf_hub_download(repository, path, repo_type="dataset", revision=folder.name, force_download=True)
        except (HTTPError, OSError, ValueError) as error:  # ValueError: what is offline cannot fetch
            raise OSError(
                f"{repository}: {path} is damaged in the cache, and the Hub does not answer; load it again with the"
                " network there"
            ) from error

    name = repository if revision is None else f"{repository} at {revision}"
    remedy = "load it again with the network there, or take another revision"
    return _folder(table, folder, name, remedy, fetch_again=fetch_again)


def _download(repository: str, table: str, revision: str | None) -> Path:
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        HTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    patterns = [_MANIFEST, f"data/{table}/train-*.parquet"]
    hidden = FileNotFoundError(
        f"{repository}: neither a folder here nor a dataset on the Hub that you may read; check the name, or run"
        " `hf auth login` if it is private"
    )

    def fetch(from_cache: bool = False) -> Path:
        with bars_on_a_terminal():
            return Path(
                snapshot_download(
                    repository,
                    repo_type="dataset",
                    revision=revision,
                    allow_patterns=patterns,
                    local_files_only=from_cache,
                )
            )

    try:
        return fetch()
    except UnicodeEncodeError:
        raise PermissionError(f"{repository}: {BAD_TOKEN}") from None
    except HFValidationError:
        raise ValueError(f"source={repository!r} is neither a folder here nor a name that the Hub takes") from None
    except GatedRepoError:
        raise PermissionError(
            f"{repository}: access must be asked for on its page on the Hub, then `hf auth login`"
        ) from None
    except RepositoryNotFoundError:
        raise hidden from None
    except RevisionNotFoundError:
        raise FileNotFoundError(
            f"{repository}: the dataset has no revision {revision!r}; see its branches and tags"
        ) from None
    except (HTTPError, OSError) as error:  # what else the Hub says, or the network, or the disk of the cache
        answers = [getattr(said, "response", None) for said in (error, error.__cause__)]
        if any(answer is not None and answer.status_code in (401, 403) for answer in answers):
            raise hidden from None
        with suppress(LocalEntryNotFoundError):  # of all that a bad network does, its client takes some for no network
            return fetch(from_cache=True)
        for said in (error, error.__cause__):
            if isinstance(said, OSError) and (said.filename is not None or said.errno == ENOSPC):
                raise OSError(
                    f"{repository}: the cache of the Hub cannot be written ({said}); make room, or set HF_HOME to"
                    " another place"
                ) from error
        why, remedy = "", "check the network"
        if constants.HF_HUB_OFFLINE:
            why, remedy = " because HF_HUB_OFFLINE is set", "unset it"
        raise ConnectionError(
            f"{repository}: no folder of that name here, the cache does not hold its table {table}, and the Hugging"
            f" Face Hub does not answer{why}; {remedy}, or give a folder that `povdata build` wrote as source="
        ) from error


@contextmanager
def bars_on_a_terminal() -> Iterator[None]:
    """Have the Hub's client show its progress on a terminal only, as the bars of povdata do."""
    from huggingface_hub import constants
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    # Where the environment variable is set, the user has decided, and the client warns who decides otherwise.
    if is_terminal or are_progress_bars_disabled() or constants.HF_HUB_DISABLE_PROGRESS_BARS is not None:
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


_MANY_BYTES = 1 << 24
"""Where files have more together, reading several at a time pays for the threads."""


def shards(
    table: str, *, source: str | Path | None = None, revision: str | None = None
) -> tuple[int | None, Callable[[], Iterator[pa.Table]]]:
    """How many rows a table has, if the manifest says so, and what gives the table file by file, as often as it is
    called: one at a time in memory, checked and read as `load` does.

    Raises what `load` raises.
    """
    _check_table(table)
    place = _place(table, source, revision)
    age = _age(place)
    files, unknown = _files(table, place, age), set[str]()

    def parts() -> Iterator[pa.Table]:
        for file in files:
            yield _part(table, place, file, age, unknown)
        _warn_about(table, place, unknown)

    rows = place.head["tables"][table].get("rows") if place.head else None
    return rows if isinstance(rows, int) else None, parts


def local_files(table: str, *, source: str | Path | None = None, revision: str | None = None) -> list[Path] | None:
    """The Parquet files of a table on this machine, fetched from the Hub where they are there, each checked against the
    manifest as `load` does; none for a URL.

    Raises what `load` raises.
    """
    _check_table(table)
    place = _place(table, source, revision)
    files = _files(table, place, _age(place))
    if place.folder is None:
        return None

    _check(files, place)
    _warn_about(table, place, set())
    return [place.folder / file.path for file in files]


def _check(files: list[_File], place: _Place) -> None:
    """Raises OSError for the first file that is not what was built."""

    def check(file: _File) -> None:
        _bytes(place, file)

    _each(check, files, place)


def _read(table: str, place: _Place) -> pa.Table:
    import pyarrow as pa

    age = _age(place)
    files, unknown = _files(table, place, age), set[str]()

    def part(file: _File) -> pa.Table:
        return _part(table, place, file, age, unknown)

    found = _at_once(files, place)
    parts = _each(part, files, place) if found is None else [_known(table, place, found, age, unknown)]
    _warn_about(table, place, unknown)
    return pa.concat_tables(parts)


def _at_once(files: list[_File], place: _Place) -> pa.Table | None:
    """The checked files of a folder as one table: Arrow reads several together in less time than one by one.

    None where there is only one, or no manifest that says they belong together, or where one of them is no Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if place.folder is None or place.head is None or len(files) < 2:
        return None
    _check(files, place)
    try:
        return pq.read_table([place.folder / file.path for file in files], partitioning=None)
    except (pa.ArrowException, OSError, ValueError, ArithmeticError):
        return None


def _each(work: Callable[[_File], _T], files: list[_File], place: _Place) -> list[_T]:
    from concurrent.futures import ThreadPoolExecutor

    if len(files) > 1 and (place.is_far or sum(file.n_bytes for file in files) > _MANY_BYTES):
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(work, files))
    return [work(file) for file in files]


def _part(table: str, place: _Place, file: _File, age: int, unknown: set[str]) -> pa.Table:
    """A file of a table in this povdata's schema; adds columns that it does not know to `unknown`."""
    return _known(table, place, _parsed(place, file), age, unknown)


def _known(table: str, place: _Place, found: pa.Table, age: int, unknown: set[str]) -> pa.Table:
    """`_part`, of rows as they were read."""
    wanted = schema(table)
    if age > 0:
        unknown.update(set(found.schema.names).difference(wanted.names))
    if (known := _as_known(wanted, found, age)) is None:
        raise ValueError(
            f"{place.name}: {table} has other columns than this povdata knows, because another version built it;"
            " build it again, or install the version that manifest.json names"
        )
    return known


def _warn_about(table: str, place: _Place, unknown: set[str]) -> None:
    if place.head is None:
        _warn(f"{place.name}: there is no manifest.json in it, so nothing tells whether its files are whole")
    if place.head and unknown:
        _warn(
            f"{place.name}: left out of {table} what this povdata does not know, since schema"
            f" {place.head['schema']} is newer: {', '.join(sorted(unknown))}; see it with pip install -U povdata"
        )


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=5)  # where `load` is called


class _File(NamedTuple):
    path: str
    sha256: str | None
    n_bytes: int


def _files(table: str, place: _Place, age: int) -> list[_File]:
    if place.head is None:
        return [_File(path, None, 0) for path in place.found]
    tables = place.head.get("tables")
    if age < 0 and isinstance(tables, dict) and table not in tables:
        raise ValueError(
            f"{place.name}: its schema {place.head['schema']} has no table {table}, which came later;"
            " build it again with this povdata, or take a newer revision"
        )
    try:
        files = [_File(file["path"], file["sha256"], file["bytes"]) for file in tables[table]["files"]]  # type: ignore[index]
        named = [re.fullmatch(rf"data/{table}/train-\d+-of-\d+\.parquet", file.path, re.ASCII) for file in files]
    except (LookupError, TypeError):
        named = []
    if not named or not all(named):
        raise _no_manifest(place.name, f"tables.{table}: names no files of it")
    return files


def _age(place: _Place) -> int:
    """Whether a dataset's schema is older (-1) or newer (1) than this povdata's by its minor version, or not (0).

    Raises ValueError for another major version.
    """
    from povdata.manifest import requirement
    from povdata.models import SCHEMA_VERSION

    if place.head is None:
        return 0
    version, povdata = place.head.get("schema"), place.head.get("povdata")
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version, re.ASCII):
        raise _no_manifest(place.name, "schema: is no version")
    (major, minor), (ours, our_minor) = (tuple(map(int, text.split(".")[:2])) for text in (version, SCHEMA_VERSION))
    if major > ours:
        raise ValueError(
            f"{place.name}: has schema {version}, this povdata reads {ours}; install the one that it needs:"
            f" pip install -U {requirement('>=', povdata)}"
        )
    if major < ours:
        raise ValueError(
            f"{place.name}: has schema {version}, this povdata reads {ours}; build it again or take a newer revision,"
            f" or install the one that reads it: pip install {requirement('==', povdata)}"
        )
    return (minor > our_minor) - (minor < our_minor)


def _bytes(place: _Place, file: _File) -> pa.Buffer | bytes:
    """What a file holds, which is what was built."""
    try:
        data = place.read(file.path)
        if file.sha256 is not None and not _is(data, file.sha256):
            if place.fetch_again:
                place.fetch_again(file.path)
                data = place.read(file.path)
            if not place.fetch_again or not _is(data, file.sha256):
                raise OSError(
                    f"{place.name}/{file.path}: is not the file that was built, for manifest.json gives another"
                    f" SHA-256; {place.remedy}"
                )
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{place.name}/{file.path}: is missing, and manifest.json names it; {place.remedy}"
        ) from None
    return data


def _parsed(place: _Place, file: _File) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = _bytes(place, file)
    try:
        with pq.ParquetFile(pa.BufferReader(data)) as parquet:
            return parquet.read()
    except (pa.ArrowException, OSError, ValueError, ArithmeticError) as error:
        raise OSError(
            f"{place.name}/{file.path}: cannot be read as Parquet ({error}); build the dataset again"
        ) from error


def _is(data: pa.Buffer | bytes, sha256: str) -> bool:
    return hashlib.sha256(data).hexdigest() == sha256


def _as_known(wanted: pa.Schema, found: pa.Table, age: int) -> pa.Table | None:
    """A table of a schema as old as this povdata's, or of an older or newer minor version, in that of this povdata;
    none where it has not the columns for that."""
    import pyarrow as pa

    names = found.schema.names
    if (age == 0 and names != wanted.names) or (age < 0 and not set(names) <= set(wanted.names)):
        return None
    columns = []
    for field in wanted:
        if age < 0 and field.nullable and field.name not in names:
            columns.append(pa.nulls(found.num_rows, field.type))
            continue
        if names.count(field.name) != 1:
            return None
        column, kept = found.column(field.name), found.schema.field(field.name)
        # Parquet has no time in whole seconds: it comes back in milliseconds.
        if pa.types.is_timestamp(kept.type) and pa.types.is_timestamp(field.type) and kept.type != field.type:
            column, kept = column.cast(field.type), kept.with_type(field.type)
        if not kept.equals(field):
            return None
        columns.append(column)
    return pa.table(columns, schema=wanted)


def _to_pandas(arrow: pa.Table) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    return arrow.to_pandas(
        types_mapper={pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get
    )


def _import_polars() -> Any:
    try:
        import polars
    except ImportError:
        raise ImportError('as_="polars" needs polars: pip install "povdata[polars]"') from None
    return polars


def _to_datasets(arrow: pa.Table) -> datasets.Dataset:
    import datasets

    features = datasets.Features.from_arrow_schema(arrow.schema)
    return datasets.Dataset(arrow.cast(features.arrow_schema), split=datasets.Split.TRAIN)
