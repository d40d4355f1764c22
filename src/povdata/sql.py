"""SQL over the tables of a dataset, by DuckDB, which the extra `duckdb` installs."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povdata.load import load, local_files, tables

if TYPE_CHECKING:
    import duckdb

_WRITING = {"COPY", "COPY_DATABASE", "EXPORT", "ATTACH", "PREPARE"}
"""DuckDB's kinds of statements that write to files, or hide one that does."""


def sql(query: str, *, source: str | Path | None = None, revision: str | None = None) -> duckdb.DuckDBPyRelation | None:
    """Ask the tables of a dataset in SQL (DuckDB's: https://duckdb.org/docs/sql/introduction).

    query: one or more statements. Each table is a view of its name over its Parquet files; a DataFrame or Arrow table
        of the caller's can be joined by the name of its variable. Times are Beijing time.
    source, revision: as in `povdata.load`.
    Returns the result of the last statement, a relation of DuckDB's: `.df()`, `.pl()`, `.to_arrow_table()`,
    `.fetchall()`; nothing where that has none. It is worked out when it is asked for.

    Raises ValueError for a statement that writes files, ImportError where duckdb is not installed, duckdb.Error for
    what is wrong with the query, and what `povdata.load` raises. The files of a table on this machine are not compared
    with the manifest; `povdata check` does that.
    """
    connection = connect(query, source=source, revision=revision)
    connection.execute("SET python_scan_all_frames = true")
    return connection.sql(query)


def connect(query: str, *, source: str | Path | None, revision: str | None) -> duckdb.DuckDBPyConnection:
    """A connection with the tables that a query names as views: all, where it names none (SHOW TABLES).

    Raises as `sql` does.
    """
    duckdb = _duckdb()
    # A query larger than memory spills: not into the folder that one stands in, which DuckDB would take.
    spill = str(Path(tempfile.gettempdir()) / "povdata-duckdb")
    connection = duckdb.connect(config={"temp_directory": spill})
    kinds = {statement.type.name for statement in duckdb.extract_statements(query)}
    if not kinds:
        raise ValueError("the query is empty")
    if kind := min(kinds & _WRITING, default=None):
        raise ValueError(
            f"povdata sql only reads, and {kind} writes; use --format csv > FILE, or write the result from Python"
        )
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    named = [table for table in tables() if re.search(rf"\b{table}\b", query, re.IGNORECASE)]
    for table in named or tables():
        files = local_files(table, source=source, revision=revision)
        if files is None:
            connection.register(table, load(table, source=source, as_="arrow"))
        else:
            connection.read_parquet([str(file) for file in files]).create_view(table)
    return connection


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise ImportError('SQL needs DuckDB: pip install "povdata[duckdb]"') from None
    return duckdb
