"""The dataset in the hands of a user. Everything heavy is imported where it is used: `import povdata` stays cheap."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Form = Literal["datasets", "arrow", "pandas", "polars"]

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


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
    source: a folder that `povdata build` wrote, or a dataset on the Hugging Face Hub as "owner/name"; a folder of that
        name goes first. By default the data that comes with the package.
    as_: "datasets" (datasets.Dataset), "arrow" (pyarrow.Table), "pandas" (whole numbers in pandas' nullable types, so
        that a null stays one) or "polars".
    revision: branch, tag or commit of a dataset on the Hub.

    Raises ValueError for a table, form or revision that cannot be, FileNotFoundError where there is no data,
    ConnectionError where the Hub does not answer, ImportError where polars is asked for and not installed.
    """
    _check_table(table)
    if as_ not in get_args(Form):
        raise ValueError(f"as_={as_!r} is no form of a table; there are: {', '.join(get_args(Form))}")
    if as_ == "polars":
        _import_polars()
    arrow = _read(table, _files(table, source, revision))
    if as_ == "arrow":
        return arrow
    if as_ == "pandas":
        return _to_pandas(arrow)
    if as_ == "polars":
        return _import_polars().from_arrow(arrow)
    return _to_datasets(arrow)


def _check_table(table: str) -> None:
    from povdata import models

    if not isinstance(table, str) or table not in models.TABLES:
        raise ValueError(f"there is no table {table!r}; there are: {', '.join(models.TABLES)}")


def _files(table: str, source: str | Path | None, revision: str | None) -> list[Path]:
    if source == "":
        raise ValueError('source="" names no folder; leave it out for the data that comes with the package')
    folder = _bundled() if source is None else Path(source).expanduser()
    if isinstance(source, str) and _HUB_ID.fullmatch(source) and not folder.exists():
        folder = _download(source, table, revision)
    elif revision is not None:
        raise ValueError(f"revision={revision!r} is for a dataset on the Hub (source='owner/name'), not for {folder}")
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: there is no such folder; give the folder that `povdata build` wrote, or a dataset on the Hub"
            " as 'owner/name'"
        )
    files = sorted((folder / "data" / table).glob("train-*.parquet"))
    if not files:
        raise FileNotFoundError(
            f"{source if source is not None else folder}: there is no data/{table}/train-*.parquet in it;"
            " build the dataset with `povdata build RAW -o DIST` and give DIST as source="
        )
    return files


def _bundled() -> Path:
    """The data in the wheel; in an editable install, which does not hold it, the checkout's `dist/`."""
    here = Path(__file__).resolve().parent
    checkout = here.parent.parent
    if (here / "_dist").is_dir() or not (checkout / "pyproject.toml").is_file():
        return here / "_dist"
    return checkout / "dist"


def _download(repository: str, table: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        return Path(
            snapshot_download(
                repository, repo_type="dataset", revision=revision, allow_patterns=f"data/{table}/train-*.parquet"
            )
        )
    except HFValidationError:
        raise ValueError(f"source={repository!r} is neither a folder here nor a name that the Hub takes") from None
    except GatedRepoError:
        raise PermissionError(
            f"{repository}: access must be asked for on its page on the Hub, then `hf auth login`"
        ) from None
    except RepositoryNotFoundError:
        raise FileNotFoundError(
            f"{repository}: neither a folder here nor a dataset on the Hub that you may read; check the name, or run"
            " `hf auth login` if it is private"
        ) from None
    except RevisionNotFoundError:
        raise FileNotFoundError(
            f"{repository}: the dataset has no revision {revision!r}; see its branches and tags"
        ) from None
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError) as error:
        raise ConnectionError(
            f"{repository}: no folder of that name here, and the Hugging Face Hub does not answer; check the network,"
            " or give a folder that `povdata build` wrote as source="
        ) from error


def _read(table: str, files: list[Path]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        arrow = pq.read_table(files if len(files) > 1 else files[0], partitioning=None)
    except (pa.ArrowInvalid, OSError) as error:
        named = ", ".join(str(file) for file in files)
        raise OSError(f"{named}: cannot be read as Parquet ({error}); build the dataset again") from error
    wanted = schema(table)
    if arrow.schema.names == wanted.names:
        # Parquet has no time in whole seconds: it comes back in milliseconds.
        for place, (found, field) in enumerate(zip(arrow.schema, wanted, strict=True)):
            if pa.types.is_timestamp(found.type) and found.type != field.type:
                arrow = arrow.set_column(place, field, arrow.column(place).cast(field.type))
    if not arrow.schema.equals(wanted):
        raise ValueError(
            f"{files[0].parent}: {table} has other columns than this povdata knows, because another version built it;"
            " build it again, or install the version that manifest.json names"
        )
    return arrow


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
