"""SQL over the tables of a dataset, by DuckDB, which the extra `duckdb` installs."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from povdata.load import is_utf8, load, local_files, tables

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
    what is wrong with the query, and what `povdata.load` raises. The files of the tables that the query names, or of
    all where it names none, are compared with the manifest before it runs, as `povdata.load` does.
    """
    connection = connect(query, source=source, revision=revision)
    connection.execute("SET python_scan_all_frames = true")
    return connection.sql(query)


def connect(
    query: str, *, source: str | Path | None, revision: str | None, is_sealed: bool = False
) -> duckdb.DuckDBPyConnection:
    """A connection with the tables that a query names as views: all, where it names none (SHOW TABLES).

    is_sealed: whether nothing beyond these can be reached: no other file, read or written, no variable of Python's, no
    extension, no setting.

    Raises as `sql` does.
    """
    duckdb = _duckdb()
    # A query larger than memory spills: not into the folder that one stands in, which DuckDB would take.
    spill = str(Path(tempfile.gettempdir()) / f"povdata-duckdb-{os.getpid()}")
    connection = duckdb.connect(config={"temp_directory": spill})
    if not is_utf8(query):
        raise ValueError("the query is not UTF-8; write it in UTF-8")
    kinds = {statement.type.name for statement in duckdb.extract_statements(query)}
    if not kinds:
        raise ValueError("the query is empty")
    if "COPY" in _keywords(query):
        kinds.add("COPY")
    if kind := min(kinds & _WRITING, default=None):
        a_name = ' (a column of that name goes in quotation marks: "copy")' if kind == "COPY" else ""
        raise ValueError(
            f"povdata sql only reads, and {kind} writes{a_name};"
            " use --format csv > FILE, or write the result from Python"
        )
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    named = [table for table in tables() if re.search(rf"\b{table}\b", query, re.IGNORECASE)]
    readable: list[str] = []
    for table in named or tables():
        files = local_files(table, source=source, revision=revision)
        if files is None:
            connection.register(table, load(table, source=source, as_="arrow"))
        else:
            paths = [str(file) for file in files]
            connection.read_parquet(paths).create_view(table)
            readable += paths
    if is_sealed:
        # DuckDB may write to a path that it may read, but COPY alone does, which is refused above.
        connection.execute("SET allowed_paths = $paths", {"paths": readable})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET lock_configuration = true")
    return connection


def _keywords(query: str) -> set[str]:
    """The keywords of a query: COPY writes within EXPLAIN, a WITH or what DuckDB makes several statements of, too."""
    duckdb = _duckdb()
    text = query.encode()
    tokens = duckdb.tokenize(query)  # by the byte that each begins at
    ends = [*(start for start, _ in tokens[1:]), len(text)]
    return {
        text[start:end].strip().decode().upper()
        for (start, kind), end in zip(tokens, ends, strict=True)
        if kind == duckdb.token_type.keyword
    }


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise ImportError('SQL needs DuckDB: pip install "povdata[duckdb]"') from None
    return duckdb
