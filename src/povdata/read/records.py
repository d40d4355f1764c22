"""JSON and Parquet: records with fields, one of which holds a page."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, count, islice
from typing import Any

from povdata.page import SHANGHAI, Rejection
from povdata.read.encoding import decode
from povdata.read.files import File, InputError, Raw
from povdata.read.streams import CHUNK, MOST_HEADER, Damage, Place, buffered, cut, damaged, plain, seekable, too_large

FIELDS = (
    *("html", "raw_html", "page_html", "html_content", "raw_content", "content", "text", "body", "raw", "page"),
    *("article", "document", "正文", "内容"),
)
"""Names, in lower case, of a field that holds a page; the first of them that a container has is read."""

URL_FIELDS = ("url", "uri", "link", "href", "page_url", "source_url", "target_uri", "warc_target_uri", "网址", "链接")

TIME_FIELDS = (
    *("crawled_at", "crawl_time", "crawl_date", "crawl_timestamp", "crawled", "fetched_at", "fetch_time", "fetch_date"),
    *("fetched", "retrieved_at", "scraped_at", "scrape_time", "downloaded_at", "download_time", "date_download"),
    *("warc_date", "抓取时间", "采集时间", "timestamp"),
)
"""Fields that hold the time of the fetch. `date` and `time` are not among them, as they mostly tell of the article."""

_LOOKED_AT = 100
"""Records that tell which fields there are."""
_ROWS = 8
"""Rows of a Parquet file that are held at a time."""

_WEB = re.compile(r"https?://[^\s/]", re.I)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = (  # those of UTF-32 first, as one begins like one of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BETWEEN = re.compile(rb"[\s,]*+")
_BRACKET = re.compile(rb"[{}\[\]]")
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,{\[\]]++|.", re.DOTALL)

_Record = tuple[int, dict[str, Any] | Rejection]


def check(file: File, field: str | None) -> None:
    """Raise InputError where the first records of a container have fields, but none that holds the page."""
    names: list[str] = []
    format = file.format
    try:
        if format in ("lines", "json"):
            with plain(file) as stream:
                found = islice(_records(_as_utf8(stream, format), format, MOST_HEADER), _LOOKED_AT)
                names = list(dict.fromkeys(chain.from_iterable(r for _, r in found if not isinstance(r, Rejection))))
        elif format == "parquet":
            import pyarrow.parquet as pq

            with seekable(file) as stream:
                names = pq.read_schema(stream).names
    except Exception:  # what is wrong with the container becomes a reject when it is read
        return
    if names and _named(names, field) is None:
        raise InputError(f"{file.path}: {_no_field(names, field)}")


def json_pages(place: Place, format: str, field: str | None) -> Iterator[Raw]:
    """The pages in the records of a JSON file."""
    name = None
    with plain(place.file) as stream:
        for number, record in _records(_as_utf8(stream, format), format, place.max_bytes):
            if isinstance(record, Rejection):
                yield place.reject(number, record)
                continue
            name = name or _named(list(record), field)
            text = record.get(name) if name else None
            if isinstance(text, str):
                known = {key.lower(): value for key, value in record.items()}
                yield place.page(
                    number,
                    (text if text.isascii() else _SURROGATE.sub("\ufffd", text)).encode(),
                    url_of(known),
                    time_of(known),
                    _media_type(name),
                )
            elif name is None:
                yield place.reject(number, Rejection("unreadable", _no_field(list(record), field)))
            else:
                what = f"its field {name} holds {_json_type(text)}" if name in record else f"it lacks the field {name}"
                yield place.reject(
                    number, Rejection("unreadable", f"{what}: fill it, or name another field with --field")
                )


def _records(stream: io.BufferedReader, format: str, max_bytes: int) -> Iterator[_Record]:
    """The objects of a JSON file, each with its number, or why one cannot be read."""
    return (_lines if format == "lines" else _values)(stream, max_bytes)


def _lines(stream: io.BufferedReader, max_bytes: int) -> Iterator[_Record]:
    for number in count():
        try:
            line = stream.readline(max_bytes + 2)
            if len(line.rstrip(b"\r\n")) > max_bytes:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(CHUNK)
                yield number, too_large(max_bytes)
                continue
        except Damage as damage:
            yield number, damage.rejection
            continue
        if not line:
            return
        if line.strip():
            yield number, _parsed(line)


def _values(stream: io.BufferedReader, max_bytes: int) -> Iterator[_Record]:
    """The elements of an array, or values that follow each other.

    Where one that begins a line is damaged, the next begins at the next line that begins alike.
    """
    numbers = count()
    data = bytearray()
    is_first, is_open = True, False
    while True:
        gap = _BETWEEN.match(data)[0]  # type: ignore[index]
        del data[: len(gap)]
        if not data:
            try:
                data += stream.read1(CHUNK)
            except Damage as damage:
                yield next(numbers), damage.rejection
                continue
            if not data:
                if is_open:
                    yield next(numbers), cut()
                return
            if is_first:
                data = data.removeprefix(codecs.BOM_UTF8)
            continue
        if (is_first and data[0] == 0x5B) or data[0] == 0x5D:  # the array's own brackets
            is_first, is_open = False, data[0] == 0x5B
            del data[0]
            continue
        is_first = False
        begins = re.compile(b"\n" + bytes(gap).rpartition(b"\n")[2] + rb"(?=\{)")
        at = depth = 0
        in_string = is_dropped = False
        why = None
        while True:
            at, depth, in_string = _scanned(data, at, depth, in_string)
            if not depth and not in_string:
                break
            if len(data) > max_bytes:
                if not is_dropped and begins.search(data):
                    at = len(data)
                    break
                is_dropped = True
                del data[:at]
                at = 0
            try:
                if not (more := stream.read1(CHUNK)):
                    why, at, is_open = cut(), len(data), False
                    break
            except Damage as damage:
                why, at = damage.rejection, len(data)
                break
            data += more
        value = bytes(data[:at])
        del data[:at]
        if is_dropped:
            yield next(numbers), too_large(max_bytes)
            continue
        record = why or (_parsed(value) if len(value) <= max_bytes else too_large(max_bytes))
        pieces = begins.split(value) if isinstance(record, Rejection) else []
        if len(pieces) < 2:
            yield next(numbers), record
            continue
        if why is None:  # its end was found by counting from the damage on
            data[:0] = pieces.pop()
        for piece in pieces:
            found = _parsed(piece.rstrip(b" \t\r\n,]"))
            yield next(numbers), why if why and isinstance(found, Rejection) else found


def _scanned(data: bytearray, at: int, depth: int, in_string: bool) -> tuple[int, int, bool]:
    """Read on in a JSON value: the place reached, the brackets open there and whether it stands in a string.

    The value is over where no bracket and no string is open; else there is no more data.
    """
    while True:
        if in_string:
            at = _STRING.match(data, at).end()  # type: ignore[union-attr]
            if at == len(data) or data[at] != 0x22:
                return at, depth, True
            at += 1
            in_string = False
            if not depth:
                return at, 0, False
        if not depth and data[at] not in b'"{[':
            return _SCALAR.match(data, at).end(), 0, False  # type: ignore[union-attr]
        end = data.find(b'"', at)
        bare = data[at : end if end >= 0 else len(data)]
        closed = bare.count(b"}") + bare.count(b"]")
        if depth and closed < depth:
            depth += bare.count(b"{") + bare.count(b"[") - closed
            at += len(bare)
        else:
            for mark in _BRACKET.finditer(bare):
                depth += 1 if mark[0] in b"{[" else -1
                if not depth:
                    return at + mark.end(), 0, False
            at += len(bare)
        if end < 0:
            return at, depth, False
        at += 1
        in_string = True


def _parsed(data: bytes) -> dict[str, Any] | Rejection:
    try:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = decode(data)[0]
        record = json.loads(text.removeprefix("\ufeff"), strict=False)
    except Rejection as rejection:
        return rejection
    except (ValueError, RecursionError) as e:
        return Rejection("unreadable", f"this is no JSON ({e}): correct it, or take it out")
    if not isinstance(record, dict):
        return Rejection("unreadable", f"this is {_json_type(record)}, not an object with fields: make it one")
    return record


def _json_type(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _named(names: list[str], field: str | None) -> str | None:
    """The name among some that the field with the page has."""
    if field in names:
        return field
    by_lower = {name.lower(): name for name in reversed(names)}
    wanted = FIELDS if field is None else (field.lower(),)
    return next((by_lower[name] for name in wanted if name in by_lower), None)


def _no_field(names: list[str], field: str | None) -> str:
    shown = ", ".join(names[:30]) + (", …" if len(names) > 30 else "")
    if field:
        return f"there is no field {field} here, but {shown or 'none at all'}: give one of these with --field"
    return f"no field has a name that pages usually have; there is {shown or 'none at all'}: name one with --field"


def _media_type(field: str) -> str | None:
    return "text/html" if "html" in field.lower() else None


def url_of(known: dict[str, Any]) -> str | None:
    found = (known.get(name) for name in URL_FIELDS)
    urls = (url.strip() for url in found if isinstance(url, str) and not _SURROGATE.search(url))
    return next(filter(_WEB.match, urls), None)


def time_of(known: dict[str, Any]) -> datetime | None:
    return next(filter(None, (_moment(known.get(name)) for name in TIME_FIELDS)), None)


def _moment(value: object) -> datetime | None:
    """The time that a value surely states: with a zone, or in seconds or milliseconds since 1970."""
    if isinstance(value, str) and value.isascii() and value.strip().isdigit():
        value = int(value) if len(value) < 16 else None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if 1e11 <= value < 1e13 else value  # more may be too much for a division
        value = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) if 6e8 <= seconds < 4e9 else None
    if not isinstance(value, datetime) or value.tzinfo is None or not 1990 <= value.year < 2100:
        return None
    return value.astimezone(SHANGHAI).replace(microsecond=0)


def _as_utf8(stream: io.BufferedReader, format: str) -> io.BufferedReader:
    """A JSON file in UTF-8 where it is all in one other encoding. Lines may have one each, if ASCII stays one byte."""
    head = stream.peek(CHUNK)
    encoding = next((name for mark, name in _BOMS if head.startswith(mark)), None)
    if encoding is None and format == "json":
        try:
            encoding = decode(head)[1]
        except Rejection:
            return stream
    if encoding in (None, "utf-8", "utf-8-sig"):
        return stream

    def chunks() -> Iterator[bytes | Damage]:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        while True:
            try:
                data = stream.read1(CHUNK)
            except Damage as damage:
                yield damage
                continue
            if text := decoder.decode(data, final=not data):
                yield _SURROGATE.sub("\ufffd", text).encode()
            if not data:
                return

    return buffered(chunks())


def parquet_pages(place: Place, field: str | None) -> Iterator[Raw]:
    """The pages in a column of text or bytes. A group of rows that is damaged loses the rows from the damage on."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with seekable(place.file) as stream:
        table = pq.ParquetFile(stream, pre_buffer=False, buffer_size=MOST_HEADER)
        schema = table.schema_arrow
        name = _named(schema.names, field)
        if name is None:
            raise Rejection("unreadable", _no_field(schema.names, field))
        type_ = schema.field(name).type
        type_ = type_.value_type if pa.types.is_dictionary(type_) else type_
        if str(type_).removeprefix("large_").removesuffix("_view") not in ("string", "binary"):
            raise Rejection(
                "unreadable", f"its column {name} holds {type_}, neither text nor bytes: name another with --field"
            )
        known = [each for each in schema.names if each != name and each.lower() in (*URL_FIELDS, *TIME_FIELDS)]
        first = 0
        for group in range(table.num_row_groups):
            number = first
            try:
                for batch in table.iter_batches(_ROWS, row_groups=[group], columns=[name, *known], use_threads=False):
                    for value, row in zip(batch.column(name), _known(batch, known), strict=True):
                        yield _row(place, number, name, value, {key.lower(): found for key, found in row.items()})
                        number += 1
            except (pa.ArrowException, OSError) as e:
                yield place.reject(number, damaged(e))
            first += table.metadata.row_group(group).num_rows


def _known(batch: Any, names: list[str]) -> list[dict[str, Any]]:
    """What some columns say of each row; None for what cannot be a value of Python, as a time in the year 300,000."""
    if not names:
        return [{}] * len(batch)
    try:
        return batch.select(names).to_pylist()
    except Exception:  # a page does not hang on its url and its time
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        return [{name: _cell(columns[name], row) for name in names} for row in range(len(batch))]


def _cell(column: Any, row: int) -> Any:
    try:
        return column[row].as_py()
    except Exception:  # each type has its own
        return None


def _row(place: Place, number: int, name: str, value: Any, known: dict[str, Any]) -> Raw:
    if not value.is_valid:
        return place.reject(
            number, Rejection("unreadable", f"its field {name} is null: fill it, or name another field with --field")
        )
    data = (value.value if hasattr(value, "dictionary") else value).as_buffer()
    if data.size > place.max_bytes:
        return place.reject(number, too_large(place.max_bytes))
    return place.page(number, data.to_pybytes(), url_of(known), time_of(known), _media_type(name))
