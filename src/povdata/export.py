"""A table as a file for other programs: CSV, JSON Lines, an Excel workbook, one Parquet file.

CSV and JSON Lines are UTF-8; times are ISO 8601 with their offset. CSV begins with a byte-order mark, without which
Excel takes it for another encoding; null is an empty cell, a list or struct is JSON text, a text stands as it is on the
page, also one that begins with `=`. A workbook holds real dates and numbers, times in Beijing time, and every text as
text; it cannot hold everything, and what goes beyond is carried on in further columns and sheets.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from errno import ENOTDIR
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

from povdata.load import schema, shards

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int | None], None]

SUFFIXES = (".csv", ".jsonl", ".xlsx", ".parquet")
CELL_MOST = 32_767
"""UTF-16 code units in a cell of Excel. Source: Microsoft, Excel specifications and limits."""
SHEET_MOST = 1_048_576
"""Rows of a sheet, the header among them. Source: as above."""
_DIGITS_MOST = 10**15
"""Excel keeps 15 digits of a number."""
_BATCH = 1000


def export(
    table: str,
    path: str | Path,
    *,
    source: str | Path | None = None,
    revision: str | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Write a table into a file, in the format that the end of its name says: one of `SUFFIXES`.

    source, revision: as in `povdata.load`.
    progress: called with the rows written so far, and with how many there are, where that is known.
    Returns what a reader of the file must know: how cells and sheets that were too small were carried on.

    The file appears under its name when it is whole; one that was there is replaced, and the folder that it lies in is
    made. Memory holds one file of the table at a time.

    Raises ValueError for an ending that is none of these and for what a workbook cannot hold at all, ImportError where
    a workbook is asked for and XlsxWriter is not installed, OSError where the file cannot be written, and what
    `povdata.load` raises.
    """
    path = Path(os.path.expanduser(path))
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path}: end the name in one of {', '.join(SUFFIXES)}, which says the format")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a file")
    if suffix == ".xlsx":
        _xlsxwriter()
    total, read = shards(table, source=source, revision=revision)

    def parts(progress: Progress | None = progress) -> Iterator[pa.Table]:
        done = 0
        for part in read():
            yield part
            done += part.num_rows
            if progress:
                progress(done, total)

    with replacing(path) as new:
        if suffix == ".xlsx":
            return _write_xlsx(table, parts, new)
        if suffix == ".parquet":
            _write_parquet(table, parts(), new)
        else:
            names = schema(table).names
            rows = (row for part in parts() for row in rows_of(part.to_batches(max_chunksize=_BATCH)))
            with new.open("wb") as out:
                if suffix == ".csv":
                    out.write(b"\xef\xbb\xbf")
                    write_csv(names, rows, out)
                else:
                    for row in rows:
                        out.write(as_json(dict(zip(names, row, strict=True))).encode() + b"\n")
    return []


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside a path to write to; what stands there afterwards takes the path, after an error nothing does.

    Raises as `writing` does.
    """
    new = beside(path)
    try:
        with writing(path):
            new.touch()
            yield new
            os.replace(new, path)
    finally:
        with suppress(OSError):
            new.unlink()


def beside(path: Path) -> Path:
    """A hidden name in the folder of a path, which no other process takes."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Make the folder that a path lies in, and have what the system says against writing there name the path.

    Raises OSError.
    """
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR)) from error
        yield
    except OSError as error:
        if error.errno is None:  # what `load` says about the dataset
            raise
        reason = os.strerror(error.errno)
        raise OSError(f"{path}: cannot be written ({reason}); give another place, or make room there") from error


def write_csv(names: Iterable[str], rows: Iterable[Iterable[Any]], out: IO[bytes], end: str = "\r\n") -> None:
    """Rows as CSV (RFC 4180) in UTF-8, with a header; `end` ends a line."""
    # The csv module quotes a lone CR only where lines end in one.
    lines = SimpleNamespace(write=lambda line: out.write((line.removesuffix("\r\n") + end).encode()))
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)


def as_json(value: Any) -> str:
    """A value of Arrow's as JSON on one line: times in ISO 8601, what is no number as null."""
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)
    except ValueError:
        known = json.loads(json.dumps(value, default=_plain), parse_constant=lambda _: None)
        return json.dumps(known, ensure_ascii=False)


def rows_of(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Any, ...]]:
    """The rows of Arrow batches, each the values of its columns in order."""
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _plain(value: Any) -> Any:
    """What JSON has for a value that Arrow has and JSON has not."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return as_json(value)
    return value if value is None or isinstance(value, str | int | float) else _plain(value)


def _write_parquet(table: str, parts: Iterable[pa.Table], path: Path) -> None:
    import pyarrow.parquet as pq

    with (
        path.open("wb") as file,
        pq.ParquetWriter(file, schema(table), compression="zstd", use_dictionary=False) as writer,
    ):
        for part in parts:
            if part.num_rows:  # datasets cannot read a row group of no rows
                writer.write_table(part)


def _xlsxwriter() -> Any:
    try:
        import xlsxwriter
    except ImportError:
        raise ImportError('an Excel workbook needs XlsxWriter: pip install "povdata[excel]"') from None
    return xlsxwriter


def _write_xlsx(table: str, parts: Callable[..., Iterator[pa.Table]], path: Path) -> list[str]:
    xlsxwriter = _xlsxwriter()
    names = schema(table).names
    measured = (row for part in parts(None) for row in rows_of(part.to_batches(max_chunksize=_BATCH)))
    widths = _widths(measured, len(names))
    header = [name if k == 0 else f"{name}_{k + 1}" for name, n in zip(names, widths, strict=True) for k in range(n)]
    notes = [
        f"{name}_2 carries on the texts of {name} that are longer than the {CELL_MOST:,} characters of an Excel cell"
        + (f", and so on to {name}_{n}" if n > 2 else "")
        for name, n in zip(names, widths, strict=True)
        if n > 1
    ]
    # constant_memory: a row goes to disk when the next one begins, so cells are written from left to right.
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    bold = book.add_format({"bold": True})
    times = {date: book.add_format({"num_format": "yyyy-mm-dd"})}
    times[datetime] = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet, line = None, SHEET_MOST
    for part in parts():
        for row in rows_of(part.to_batches(max_chunksize=_BATCH)):
            if line == SHEET_MOST:
                sheet, line = _sheet(book, table, header, bold), 1
            place = 0
            for value, n in zip(row, widths, strict=True):
                _put(sheet, line, place, value, times)
                place += n
            line += 1
    if sheet is None:
        _sheet(book, table, header, bold)
    try:
        book.close()
    except xlsxwriter.exceptions.FileSizeError:
        raise ValueError(f"{table} is too large for a workbook (4 GB); export it to .csv, .jsonl or .parquet") from None
    except xlsxwriter.exceptions.FileCreateError as error:
        raise error.args[0] from None
    sheets = [sheet.get_name() for sheet in book.worksheets()]
    if len(sheets) > 1:
        notes.append(f"a sheet of Excel holds {SHEET_MOST:,} rows; the table goes on in {', '.join(sheets[1:])}")
    return notes


def _sheet(book: Any, table: str, header: list[str], bold: Any) -> Any:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(table if number == 1 else f"{table} {number}")
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(header):
        sheet.write_string(0, place, name, bold)
    return sheet


def _put(sheet: Any, line: int, place: int, value: Any, times: dict[type, Any]) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float) and abs(value) < _DIGITS_MOST and math.isfinite(value):
        sheet.write_number(line, place, value)
    elif isinstance(value, datetime) and value.year >= 1900:
        sheet.write_datetime(line, place, value.replace(tzinfo=None), times[datetime])
    elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= 1900:
        sheet.write_datetime(line, place, value, times[date])
    else:
        for k, piece in enumerate(_pieces(str(_cell(value)))):
            sheet.write_string(line, place + k, piece)


def _widths(rows: Iterable[tuple[Any, ...]], columns: int) -> list[int]:
    """How many cells each column takes, its longest value cut to what a cell holds."""
    widths = [1] * columns
    for row in rows:
        for k, value in enumerate(row):
            if isinstance(value, str | list | dict):
                widths[k] = max(widths[k], len(_pieces(_cell(value))))
    return widths


def _pieces(text: str) -> list[str]:
    """A text cut so that each piece fits a cell; Excel counts UTF-16 code units."""
    if len(text) * 2 <= CELL_MOST:
        return [text]
    pieces, start, units = [], 0, 0
    for place, character in enumerate(text):
        width = 2 if character > "\uffff" else 1
        if units + width > CELL_MOST:
            pieces.append(text[start:place])
            start, units = place, 0
        units += width
    return [*pieces, text[start:]]
