"""Containers: the pages in JSON, Parquet, WARC, ZIP and tar, whole, damaged and hostile."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
import tracemalloc
import zipfile
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from growth import grows_linearly

from povdata import read
from povdata.clean import clean
from povdata.cli import main
from povdata.models import REJECTIONS
from povdata.page import SHANGHAI, Rejection
from povdata.read import archives, containers, streams
from povdata.read.files import File

STORY = "全县召开脱贫会议,部署产业扶贫工作。村里修了水渠,三十户贫困户收入增加不少!记者到了现场,看见大家在收苹果。"
PAGES = [
    f"<html><head><title>第{n}页</title></head><body><h1>第{n}页</h1><p>{STORY}</p></body></html>" for n in "一二三"
]
URLS = [f"http://news.example/{n}.html" for n in range(3)]
TIME = "2019-03-01T08:30:00+08:00"
WHEN = datetime(2019, 3, 1, 8, 30, tzinfo=SHANGHAI)


def zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


def records(field="html"):
    return [{"url": url, "crawled_at": TIME, field: page} for url, page in zip(URLS, PAGES, strict=True)]


def lines(found=None) -> bytes:
    return b"".join(json.dumps(r, ensure_ascii=False).encode() + b"\n" for r in found or records())


def parquet(columns=None, **options) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns or {name: [r[name] for r in records()] for name in records()[0]}), out, **options)
    return out.getvalue()


def warc_record(kind: str, block: bytes, media_type: str, url: str = URLS[0], header: str = "") -> bytes:
    return (
        (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2019-03-01T00:30:00Z\r\n"
            f"Content-Type: {media_type}\r\n{header}Content-Length: {len(block)}\r\n\r\n"
        ).encode()
        + block
        + b"\r\n\r\n"
    )


def response(body: bytes | str, url: str = URLS[0], status="200 OK", media_type="text/html", header: str = "") -> bytes:
    body = body if isinstance(body, bytes) else body.encode()
    http = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\n{header}\r\n".encode() + body
    return warc_record("response", http, "application/http; msgtype=response", url)


def warc_records() -> list[bytes]:
    return [warc_record("warcinfo", b"software: test", "application/warc-fields")] + [
        response(page, url) for page, url in zip(PAGES, URLS, strict=True)
    ]


def warc() -> bytes:
    return b"".join(warc_records())


def zipped(names=None, **options) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **{"compression": zipfile.ZIP_DEFLATED, **options}) as archive:
        for name, data in (names or {f"2019/{n}.html": page for n, page in enumerate(PAGES)}).items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(names=None, format=tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, data in (names or {f"2019/{n}.html": page for n, page in enumerate(PAGES)}).items():
            member = tarfile.TarInfo(name)
            data = data if isinstance(data, bytes) else data.encode()
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue().rstrip(b"\0").ljust(-(-len(out.getvalue().rstrip(b"\0")) // 512) * 512 + 1024, b"\0")


CONTAINERS = {
    "a.jsonl": lines(),
    "a.jsonl.gz": gzip.compress(lines()),
    "a.ndjson.zst": zstd(lines()),
    "a.json": json.dumps(records(), indent=1).encode(),
    "b.json": json.dumps(records(), ensure_ascii=False).encode(),
    "c.json": lines(),
    "a.json.gz": gzip.compress(json.dumps(records()).encode()),
    "a.parquet": parquet(),
    "a.warc": warc(),
    "a.warc.gz": b"".join(map(gzip.compress, warc_records())),
    "a.zip": zipped(),
    "b.zip": zipped(compression=zipfile.ZIP_STORED),
    "a.tar": tarred(),
    "a.tar.gz": gzip.compress(tarred()),
    "a.tgz": gzip.compress(tarred()),
    "a.tar.zst": zstd(tarred()),
}


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def raws(*inputs, **options) -> list[read.Raw]:
    found = list(read.raws(inputs, **options))
    names = [raw.source.raw_path for raw in found]
    assert len(set(names)) == len(names)
    for raw in found:
        if raw.rejection:
            assert raw.rejection.error in REJECTIONS and ":" in raw.rejection.message
            assert "\n" not in raw.rejection.message and raw.data is None
        elif raw.data is not None:
            assert (raw.sha256, raw.size) == (hashlib.sha256(raw.data).hexdigest(), len(raw.data))
    return found


def opened(tmp_path: Path, name: str, data: bytes, **options) -> list[read.Raw]:
    return raws(write(tmp_path / name, data), **options)


def texts(found: list[read.Raw]) -> list[str]:
    return [raw.data.decode() for raw in found if raw.rejection is None]


def rejects(found: list[read.Raw]) -> dict[str, str]:
    return {raw.source.raw_path: raw.rejection.error for raw in found if raw.rejection}


# ---- what the formats hold


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_gives_its_pages(tmp_path, name):
    found = opened(tmp_path, name, CONTAINERS[name])
    assert texts(found) == PAGES and not rejects(found)
    places = [raw.source.raw_path.removeprefix(f"{name}#") for raw in found]
    if "zip" in name or "tar" in name or "tgz" in name:
        assert places == ["2019/0.html", "2019/1.html", "2019/2.html"]
    else:
        assert places == (["1", "2", "3"] if "warc" in name else ["0", "1", "2"])
        assert [raw.source.url for raw in found] == URLS
        assert [raw.source.crawled_at for raw in found] == [WHEN] * 3
    assert all(raw.source.path is None for raw in found)


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_gives_the_articles_that_a_folder_gives(tmp_path, name):
    for n, page in enumerate(PAGES):
        write(tmp_path / f"folder/{n}.html", page)
    expected = [clean(read.page(raw)) for raw in raws(tmp_path / "folder")]
    found = [clean(read.page(raw)) for raw in opened(tmp_path, name, CONTAINERS[name])]
    for one, other in zip(expected, found, strict=True):
        assert one.page.article_id == other.page.article_id and one.page.text == other.page.text
        assert (one.page.encoding, one.page.media_type) == (other.page.encoding, other.page.media_type)
        assert one.segments == other.segments
        told = {"url": other.page.url, "crawled_at": other.page.crawled_at}
        assert {**one.article, **told} == {**other.article, **told}


def test_containers_stand_next_to_pages_in_the_order_of_paths(tmp_path):
    write(tmp_path / "b/z.txt", STORY)
    write(tmp_path / "b.jsonl.gz", gzip.compress(lines()))
    write(tmp_path / "a.html", PAGES[0])
    write(tmp_path / "b-1.html.gz", gzip.compress(PAGES[1].encode()))
    write(tmp_path / "x.json.txt.pdf", "no page")
    write(tmp_path / "data.gz", gzip.compress(b"what is it?"))
    names = [raw.source.raw_path for raw in raws(tmp_path)]
    assert names == ["a.html", "b-1.html.gz", "b.jsonl.gz#0", "b.jsonl.gz#1", "b.jsonl.gz#2", "b/z.txt"]


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_compressed_page_is_a_page(tmp_path, pack):
    (raw,) = opened(tmp_path, "page.html.gz", pack(PAGES[0].encode()))
    page = read.page(raw)
    assert (page.raw_path, page.media_type) == ("page.html.gz", "text/html")
    assert page.raw_sha256 == hashlib.sha256(PAGES[0].encode()).hexdigest()


def test_a_slice_of_a_file_is_a_page(tmp_path):
    (raw,) = opened(tmp_path, "a.jsonl", lines(records()[:1]))
    spool = write(tmp_path / "spool", b"before" + raw.data + b"after")
    source = read.Source(spool, "a.jsonl#0", None, 6, raw.size, URLS[0], WHEN, "text/html")
    page = read.read(source)
    assert (page.raw_sha256, page.url, page.crawled_at) == (raw.sha256, URLS[0], WHEN)
    assert page.media_type == "text/html" and page.text == read.page(raw).text


def test_a_file_given_by_name_is_a_page_or_a_compressed_one(tmp_path):
    (raw,) = opened(tmp_path, "page.dat", STORY.encode())
    assert (raw.source.path, texts([raw])) == (tmp_path / "page.dat", [STORY])
    assert texts(opened(tmp_path, "page.gz", gzip.compress(STORY.encode()))) == [STORY]


def test_a_container_without_pages_is_a_reject(tmp_path):
    empty = [
        opened(tmp_path, "a.jsonl", b"\n\n"),
        opened(tmp_path, "a.json", b"[]"),
        opened(tmp_path, "a.warc", b""),
        opened(tmp_path, "a.zip", zipped({"picture.png": b"x"})),
        opened(tmp_path, "a.tar.gz", gzip.compress(tarred({"picture.png": b"x"}))),
        opened(tmp_path, "a.parquet", parquet({"html": pa.array([], pa.string())})),
    ]
    assert [list(rejects(found).values()) for found in empty] == [["empty"]] * len(empty)


def test_sources_csv_tells_the_hash_of_a_container(tmp_path):
    for name in ("a.jsonl", "b.jsonl"):
        write(tmp_path / name, lines())
    write(tmp_path / "c.html.gz", gzip.compress(PAGES[0].encode()))
    digests = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("a.jsonl", "c.html.gz")]
    write(tmp_path / "SOURCES.csv", f"file,sha256\na.jsonl,{digests[0]}\nb.jsonl,{'0' * 64}\nc.html.gz,{digests[1]}\n")
    found = raws(tmp_path)
    assert rejects(found) == {"b.jsonl": "hash_mismatch"} and len(texts(found)) == 4
    read.page(found[-1])


# ---- fields


def test_the_field_is_found_by_its_name(tmp_path):
    for name in ("HTML", "content", "text", "正文"):
        assert texts(opened(tmp_path, "a.jsonl", lines(records(name)))) == PAGES
    both = [{"text": "not this", "html": page} for page in PAGES]
    assert texts(opened(tmp_path, "a.jsonl", lines(both))) == PAGES
    assert texts(opened(tmp_path, "a.jsonl", lines(both), field="text")) == ["not this"] * 3


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_no_field_fits(tmp_path, name):
    data = {"a.jsonl": lines(records("seite")), "a.json": json.dumps(records("seite")).encode()}
    data["a.parquet"] = parquet({"url": URLS, "seite": PAGES})
    path = write(tmp_path / "raw" / name, data[name])
    with pytest.raises(read.InputError, match=r"seite.*--field") as caught:
        read.raws([path])
    assert str(path) in str(caught.value)
    with pytest.raises(read.InputError, match=r"haus.*seite"):
        read.raws([path], field="haus")
    assert texts(raws(path, field="seite")) == PAGES
    write(tmp_path / "raw/page.txt", STORY)  # one file of a folder stops nothing
    found = raws(tmp_path / "raw")
    assert texts(found) == [STORY] and set(rejects(found).values()) == {"unreadable"}


def test_a_record_that_holds_no_page_costs_no_other(tmp_path):
    odd = [b'{"html": null}', b'{"url": "x"}', b'{"html": 7}', b"[1]", b'{"html": "', b"", b"nonsense", b'"text"', b"1"]
    found = opened(tmp_path, "a.jsonl", lines()[:-1] + b"\n" + b"\n".join(odd) + b"\n" + lines())
    assert texts(found) == PAGES * 2
    assert rejects(found) == {f"a.jsonl#{n}": "unreadable" for n in (3, 4, 5, 6, 7, 9, 10, 11)}
    said = [raw.rejection.message for raw in found if raw.rejection]
    assert "null" in said[0] and "lacks" in said[1] and "number" in said[2] and "array" in said[3]


def test_an_odd_first_record_is_no_reason_to_refuse(tmp_path):
    found = opened(tmp_path, "a.jsonl", b'{"made by": "crawler"}\nnonsense\n' + lines())
    assert texts(found) == PAGES and list(rejects(found)) == ["a.jsonl#0", "a.jsonl#1"]


def test_a_null_in_a_column(tmp_path):
    found = opened(tmp_path, "a.parquet", parquet({"html": [PAGES[0], None, PAGES[1]]}))
    assert texts(found) == PAGES[:2] and rejects(found) == {"a.parquet#1": "unreadable"}


@pytest.mark.parametrize(
    "column",
    [
        pa.array([p.encode() for p in PAGES], pa.binary()),
        pa.array(PAGES, pa.large_string()),
        pa.array(PAGES).dictionary_encode(),
        pa.array([p.encode("gb18030") for p in PAGES], pa.binary()),
    ],
)
def test_columns_of_many_types(tmp_path, column):
    found = opened(tmp_path, "a.parquet", parquet({"html": column, "other": [[1], [2], [3]]}, row_group_size=2))
    assert [read.page(raw).text for raw in found] == [
        read.page(raw).text for raw in opened(tmp_path, "a.jsonl", lines())
    ]


def test_a_column_of_numbers_is_no_page(tmp_path):
    found = opened(tmp_path, "a.parquet", parquet({"html": [1, 2]}))
    assert rejects(found) == {"a.parquet": "unreadable"}


@pytest.mark.parametrize(
    ("value", "crawled_at"),
    [
        ("2019-03-01T00:30:00Z", WHEN),
        ("2019-03-01 08:30:00.25+08:00", WHEN),
        (1551400200, WHEN),
        ("1551400200", WHEN),
        (1551400200123, WHEN),
        ("2019-03-01 08:30:00", None),
        ("2019-03-01", None),
        ("yesterday", None),
        (20190301, None),
        (True, None),
        (None, None),
        ({"a": 1}, None),
        (1e300, None),
        (10**400, None),
        ("9" * 5000, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_only_a_sure_time_is_the_time_of_the_fetch(tmp_path, value, crawled_at):
    (raw,) = opened(tmp_path, "a.jsonl", lines([{"text": STORY, "fetch_time": value, "date": TIME, "url": "no url"}]))
    assert (raw.source.crawled_at, raw.source.url, raw.rejection) == (crawled_at, None, None)


def test_times_of_a_column(tmp_path):
    columns = {"text": [STORY], "crawled_at": pa.array([WHEN], pa.timestamp("us", "UTC"))}
    (raw,) = opened(tmp_path, "a.parquet", parquet(columns))
    assert raw.source.crawled_at == WHEN and raw.source.crawled_at.utcoffset().seconds == 8 * 3600


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("crawled_at", pa.array([2**62, 1551400200000, 2**62], pa.timestamp("ms", "UTC"))),
        ("crawled_at", pa.array([1551400200000] * 3, pa.timestamp("ms", "Moon/Crater"))),
        ("url", pa.array([b"http://a/\xff", URLS[1].encode(), b"\xff"]).view(pa.string())),
    ],
)
def test_a_page_does_not_hang_on_its_url_and_time(tmp_path, name, column):
    found = opened(tmp_path, "a.parquet", parquet({"html": PAGES, name: column, "uri": URLS}))
    assert texts(found) == PAGES
    assert [raw.source.url for raw in found] == URLS
    times = [None, WHEN, None] if column.type == pa.timestamp("ms", "UTC") else [None] * 3
    assert [raw.source.crawled_at for raw in found] == times


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030", "big5"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_json_in_other_encodings(tmp_path, name, encoding):
    story = (
        "縣裡召開會議,說明農產運銷辦法。村民開了三條水渠,今年收入增加不少!記者來到現場,看見大家都在忙著採收蘋果。功許蓋"
    )
    found = [{"text": story + str(n), "url": URLS[n]} for n in range(3)]
    text = lines(found).decode() if name == "a.jsonl" else json.dumps(found, ensure_ascii=False)
    assert texts(opened(tmp_path, name, text.encode(encoding))) == [r["text"] for r in found]


def test_lines_in_an_encoding_each(tmp_path):
    data = b"".join(
        json.dumps({"html": page}, ensure_ascii=False).encode(encoding) + b"\n"
        for page, encoding in zip(PAGES, ("gb18030", "utf-8", "gb18030"), strict=True)
    )
    assert texts(opened(tmp_path, "a.jsonl", data)) == PAGES


def test_half_a_pair_of_surrogates(tmp_path):
    (raw,) = opened(tmp_path, "a.jsonl", b'{"text": "\\ud83d' + STORY.encode() + b'"}')
    assert raw.data.decode() == "\ufffd" + STORY
    data = b'{"text": "x", "url": "http://a/\\ud83d", "link": "http://b/"}'
    (raw,) = opened(tmp_path, "b.jsonl", data)
    assert raw.source.url == "http://b/"


# ---- WARC


def test_what_of_a_warc_is_a_page(tmp_path):
    body = PAGES[0].encode()
    gone = [
        response("<p>gone</p>", status="404 Not Found"),
        response("moved", status="301 Moved"),
        response(b"\x89PNG", media_type="image/png"),
        warc_record("request", b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request"),
        warc_record("metadata", b"a: b", "application/warc-fields"),
        warc_record("revisit", b"HTTP/1.1 200 OK\r\n\r\n", "application/http"),
        warc_record("resource", b"\xff\xd8\xff", "image/jpeg"),
        warc_record("response", b"dns", "text/dns"),
    ]
    kept = [
        response(body),
        response(gzip.compress(body), header="Content-Encoding: gzip\r\n"),
        response(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), header="Transfer-Encoding: chunked\r\n"),
        response(body, header="Content-Encoding: gzip\r\n"),  # decoded by the crawler
        response(body, header="Transfer-Encoding: chunked\r\n"),
        response(body, media_type="text/html; charset=gb2312"),
        warc_record("resource", body, "text/html"),
        warc_record("conversion", body, "text/plain"),
        response(body, url=f"<{URLS[0]}>"),
    ]
    found = opened(tmp_path, "a.warc", b"".join(gone + kept))
    assert not rejects(found) and texts(found) == [PAGES[0]] * len(kept)
    assert [raw.source.raw_path for raw in found] == [f"a.warc#{n + len(gone)}" for n in range(len(kept))]
    assert {raw.source.url for raw in found} == {URLS[0]}


def test_each_page_of_a_warc_has_its_own_encoding(tmp_path):
    encodings = ["gb18030", "utf-8", "utf-16"]
    data = b"".join(response(p.encode(e)) for p, e in zip(PAGES, encodings, strict=True))
    pages = [read.page(raw) for raw in opened(tmp_path, "a.warc", data)]
    assert [page.encoding for page in pages] == encodings and all(STORY in page.text for page in pages)


def test_wet(tmp_path):
    data = warc_record("conversion", STORY.encode(), "text/plain", URLS[2])
    (raw,) = opened(tmp_path, "x.warc.wet.gz", gzip.compress(data))
    assert (raw.data.decode(), raw.source.url) == (STORY, URLS[2]) and read.page(raw).media_type == "text/plain"


def test_a_damaged_record_costs_no_other(tmp_path):
    first, *rest = warc_records()
    broken = rest[0].replace(b"WARC/1.0", b"WORC/1.0")
    found = opened(tmp_path, "a.warc", b"".join([first, broken, *rest]))
    assert texts(found) == PAGES and rejects(found) == {"a.warc#1": "unreadable"}
    for damage in (b"Content-Length: x", b"Content-Length: 99999999999999999999", b""):
        broken = rest[0].replace(f"Content-Length: {len(rest[0].partition(b'HTTP')[2])}".encode(), damage)
        broken = broken if damage else rest[0][:-20]
        assert texts(opened(tmp_path, "a.warc", first + broken + rest[1] + rest[2]))[-1:] == PAGES[-1:]


@pytest.mark.parametrize("name", ["a.warc.gz", "a.jsonl.gz"])
def test_a_damaged_member_of_a_gzip_costs_no_other(tmp_path, name):
    parts = warc_records()[1:] if "warc" in name else lines().splitlines(keepends=True)
    packed = [bytearray(gzip.compress(part)) for part in parts]
    packed[1][30:60] = b"\xff" * 30
    found = opened(tmp_path, name, b"".join(packed))
    assert texts(found) == [PAGES[0], PAGES[2]] and set(rejects(found).values()) == {"unreadable"}


def test_a_compressed_page_that_is_damaged_is_called_a_page(tmp_path, little_slack):
    page = "".join(hashlib.sha512(b"%d" % n).hexdigest() for n in range(99)).encode()
    wrong = bytearray(gzip.compress(page))
    wrong[-5] ^= 1  # of the checksum
    cases = [gzip.compress(page)[:-9], zstd(page)[:-9], bytes(wrong)]
    for data in (*cases, gzip.compress(page + ZEROS), zstd(page + ZEROS)):
        for name, holder in (("a.txt.gz", data), ("a.zip", zipped({"a.txt.gz": data}))):
            (raw,) = opened(tmp_path, name, holder)
            assert raw.rejection and raw.rejection.message.startswith("the page "), name


# ---- memory


@pytest.mark.parametrize("name", CONTAINERS)
def test_one_page_is_held_at_a_time(tmp_path, name):
    whole = CONTAINERS[name]
    pages = {f"{n:04}.html": f"{PAGES[0]}{n:09}" * 100 for n in range(250)}
    found = [{"url": URLS[0], "html": page} for page in pages.values()]
    stem = name.replace(".tgz", ".tar").removesuffix(".gz").removesuffix(".zst").replace("ndjson", "jsonl")
    data = {
        "a.jsonl": lambda: lines(found),
        "a.json": lambda: json.dumps(found, indent=1).encode(),
        "b.json": lambda: json.dumps(found).encode(),
        "c.json": lambda: lines(found),
        "a.parquet": lambda: parquet({"html": list(pages.values())}),
        "a.warc": lambda: b"".join(map(response, pages.values())),
        "a.zip": lambda: zipped(pages),
        "b.zip": lambda: zipped(pages, compression=zipfile.ZIP_STORED),
        "a.tar": lambda: tarred(pages),
    }[stem]()
    data = gzip.compress(data) if whole[:2] == b"\x1f\x8b" else zstd(data) if name.endswith("zst") else data
    path = write(tmp_path / name, data)
    raws(path)  # libraries are loaded
    tracemalloc.start()
    held = sum(raw.rejection is None for raw in read.raws([path]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held == len(pages) and peak < 2_000_000  # of 7 million


# ---- damage


@pytest.mark.parametrize("name", CONTAINERS)
def test_cut_at_any_byte(tmp_path, name):
    whole = CONTAINERS[name]
    path = tmp_path / name
    most = silent = 0
    for cut in range(0, len(whole), 3 if name in ("a.tar", "a.parquet") else 1):  # which are long
        path.write_bytes(whole[:cut])
        found = raws(path)
        kept = texts(found)
        assert kept == PAGES[: len(kept)], cut
        silent += len(kept) < 3 and not rejects(found)
        assert len(kept) >= most or "parquet" in name, cut
        most = len(kept)
    assert most == (0 if "parquet" in name else 3) or "zst" in name or "gz" in name
    between_records = {"a.jsonl": 4, "c.json": 4, "a.warc": 4 * 4, "a.warc.gz": 3}  # where nothing shows that more came
    assert silent <= between_records.get(name, 0)


def test_a_cut_column_file_says_so(tmp_path):
    found = opened(tmp_path, "a.parquet", parquet()[:-10])
    assert rejects(found) == {"a.parquet": "unreadable"}


def test_a_damaged_group_of_rows_costs_no_other(tmp_path):
    data = bytearray(parquet({"html": PAGES}, row_group_size=1, compression="none", use_dictionary=False))
    at = data.index("第二页".encode()) - 40
    data[at : at + 30] = b"\xff" * 30
    found = opened(tmp_path, "a.parquet", bytes(data))
    assert texts(found) == [PAGES[0], PAGES[2]] and rejects(found) == {"a.parquet#1": "unreadable"}


@pytest.mark.parametrize("separator", [",\n", ",", ",\n  "])
def test_a_damaged_element_of_an_array(tmp_path, separator):
    one, two, three = (json.dumps({"html": page}) for page in PAGES)
    for broken in (two[:-2], two.replace('"html"', 'html"'), two.replace("<p>", '<p class="x">'), two.replace(":", "")):
        data = f"[{separator[1:]}{separator.join([one, broken, three])}]"
        found = opened(tmp_path, "a.json", data.encode())
        assert texts(found)[0] == PAGES[0] and rejects(found)
        assert set(texts(found)) <= {PAGES[0], PAGES[2]}
        if "\n" in separator:
            assert texts(found) == [PAGES[0], PAGES[2]]


def test_a_zip_without_its_directory(tmp_path):
    names = {f"{n}.html": page for n, page in enumerate(PAGES)}
    for options in ({}, {"compression": zipfile.ZIP_STORED}):
        whole = zipped(names, **options)
        found = opened(tmp_path, "a.zip", whole[: whole.index(b"PK\x01\x02")])
        assert texts(found) == PAGES and rejects(found) == {"a.zip": "unreadable"}
    out = io.BytesIO()
    out.seekable = lambda: False  # sizes go behind the data
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in names.items():
            archive.writestr(name, page)
    whole = out.getvalue()
    found = opened(tmp_path, "a.zip", whole[: whole.index(b"PK\x01\x02") + 3])
    assert texts(found) == PAGES and rejects(found) == {"a.zip": "unreadable"}


@pytest.mark.parametrize(("offset", "byte"), [(6, 0xFF), (46, 0xFF)])  # the version it needs; a name that is UTF-8
def test_a_wrong_byte_in_the_directory_of_a_zip(tmp_path, offset, byte):
    data = bytearray(zipped({f"页{n}.html": page for n, page in enumerate(PAGES)}))
    data[data.index(b"PK\x01\x02") + offset] = byte
    found = opened(tmp_path, "a.zip", bytes(data))
    assert texts(found) == PAGES and rejects(found) == {"a.zip": "unreadable"}


def test_a_wrong_checksum_in_a_zip(tmp_path):
    for cut in (None, -30):
        data = bytearray(zipped({"a.txt": STORY, "b.txt": STORY + "。"}, compression=zipfile.ZIP_STORED))
        data[data.index(STORY.encode()) + 1] ^= 1
        found = opened(tmp_path, "a.zip", bytes(data[:cut]))
        assert texts(found) == [STORY + "。"] and rejects(found)["a.zip#a.txt"] == "unreadable"


def test_a_damaged_header_in_a_tar(tmp_path):
    data = bytearray(tarred())
    at = data.index(b"2019/1.html")
    data[at : at + 4] = b"\xff\xff\xff\xff"
    found = opened(tmp_path, "a.tar", bytes(data))
    assert texts(found) == [PAGES[0], PAGES[2]] and set(rejects(found).values()) == {"unreadable"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_what_is_no_container_at_all(tmp_path, name):
    for data in (b"<html>no access</html>\n" * 40, b"\0" * 5000, bytes(range(256)) * 20):
        found = opened(tmp_path, name, data)
        assert not texts(found) and rejects(found)


def test_any_byte_may_be_wrong(tmp_path):
    for name, data in CONTAINERS.items():
        for at in range(0, len(data), 7):
            wrong = bytearray(data)
            wrong[at] ^= 0x5A
            try:
                found = opened(tmp_path, name, bytes(wrong))
            except read.InputError as error:  # the name of the field
                assert "--field" in str(error)
            else:
                assert found


# ---- bombs and hostile names


@pytest.fixture
def little_slack(monkeypatch):
    monkeypatch.setattr(streams, "SLACK", 100_000)
    monkeypatch.setattr(streams, "RATIO", 200)


ZEROS = bytes(30_000_000)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl.gz", lambda: gzip.compress(lines() + ZEROS)),
        ("a.jsonl.zst", lambda: zstd(lines() + ZEROS)),
        ("a.json.gz", lambda: gzip.compress(b"[" + lines()[:-1].replace(b"\n", b",") + b',"' + ZEROS)),
        ("b.json.gz", lambda: gzip.compress(b"[" + lines()[:-1].replace(b"\n", b",") + b"," + b"[" * 30_000_000)),
        ("a.warc.gz", lambda: gzip.compress(warc() + response(ZEROS))),
        ("b.warc.gz", lambda: gzip.compress(warc() + b"WARC/1.0\r\nx: " + ZEROS)),
        ("a.tar.gz", lambda: gzip.compress(tarred() + tarred({"zeros.txt": ZEROS}))),
        ("b.tar.gz", lambda: gzip.compress(tarred() + ZEROS)),
        ("a.zip", lambda: zipped({**{f"{n}.html": p for n, p in enumerate(PAGES)}, "z.txt": ZEROS})),
        ("b.zip", lambda: zipped({**{f"{n}.html": p for n, p in enumerate(PAGES)}, "z.txt": ZEROS})[:-30]),
        ("a.parquet", lambda: parquet({"html": [*PAGES, *["x" * 50_000] * 600]})),
        ("c.warc.gz", lambda: warc() + response(gzip.compress(ZEROS), header="Content-Encoding: gzip\r\n")),
    ],
)
def test_a_bomb_is_a_reject(tmp_path, little_slack, name, data):
    found = opened(tmp_path, name, data(), max_bytes=1_000_000)
    assert texts(found)[:3] == PAGES and "too_large" in rejects(found).values()


def test_a_bomb_of_one_page(tmp_path, little_slack):
    assert rejects(opened(tmp_path, "a.txt.gz", gzip.compress(ZEROS))) == {"a.txt.gz": "too_large"}


def test_a_long_name_in_a_tar_is_not_read_whole(tmp_path):
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 2_000_000
    data = member.tobuf() + bytes(2_000_256)
    found = opened(tmp_path, "a.tar", tarred({"a.txt": STORY})[:1024] + data)
    assert texts(found) == [STORY] and list(rejects(found).values()) == ["unreadable"]


@pytest.mark.parametrize("name", [n for n in CONTAINERS if n not in ("a.parquet", "c.json")])
def test_a_member_larger_than_the_limit_costs_no_other(tmp_path, name):
    limit = max(len(line) for line in json.dumps(records(), indent=1).split("},"))
    large = {"html": "很长" * limit, "url": URLS[0]}
    found = [records()[0], large, records()[2]]
    data = {
        "a.jsonl": lines(found),
        "a.json": json.dumps(found, indent=1).encode(),
        "b.json": json.dumps(found, ensure_ascii=False).encode(),
        "a.warc": response(PAGES[0]) + response(large["html"]) + response(PAGES[2]),
        "a.zip": zipped({f"{n}.html": r["html"] for n, r in enumerate(found)}),
        "b.zip": zipped({f"{n}.html": r["html"] for n, r in enumerate(found)}, compression=zipfile.ZIP_STORED),
        "a.tar": tarred({f"{n}.html": r["html"] for n, r in enumerate(found)}),
    }
    stem = name.replace(".tgz", ".tar").removesuffix(".gz").removesuffix(".zst").replace("ndjson", "jsonl")
    content = data[stem]
    content = gzip.compress(content) if name.endswith("gz") else zstd(content) if name.endswith("zst") else content
    found = opened(tmp_path, name, content, max_bytes=limit)
    assert texts(found) == [PAGES[0], PAGES[2]] and list(rejects(found).values()) == ["too_large"]


def test_a_value_larger_than_the_limit(tmp_path):
    found = opened(tmp_path, "a.parquet", parquet({"html": [PAGES[0], "x" * 5000, PAGES[2]]}), max_bytes=1000)
    assert texts(found) == [PAGES[0], PAGES[2]] and rejects(found) == {"a.parquet#1": "too_large"}


HOSTILE = {
    "../../etc/a.txt": "etc/a.txt",
    "/abs/b.txt": "abs/b.txt",
    "./c.txt": "c.txt",
    "d//e.txt": "d/e.txt",
    "中文/页.txt": "中文/页.txt",
    "line\nbreak.txt": "line\nbreak.txt",
    ".hidden/x.txt": None,
    "__MACOSX/x.txt": None,
    "picture.png": None,
    "folder/": None,
}


@pytest.mark.parametrize("pack", [zipped, tarred, lambda names: zipped(names)[:-30]])
def test_names_stay_in_the_archive(tmp_path, pack):
    data = pack({name: name for name in HOSTILE})
    name = "a.tar" if pack is tarred else "a.zip"
    found = [raw for raw in opened(tmp_path, name, data) if raw.data]
    expected = {name: path for name, path in HOSTILE.items() if path}
    if pack is tarred:  # it knows a folder by its type
        expected.pop("folder/", None)
        found = [raw for raw in found if raw.data != b"folder/"]
    assert {raw.data.decode(): raw.source.raw_path for raw in found} == {n: f"{name}#{p}" for n, p in expected.items()}
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_names_in_gbk(tmp_path):
    data = zipped({"AABB.txt": STORY}).replace(b"AABB", "中国".encode("gbk"))
    assert [r.source.raw_path for r in opened(tmp_path, "a.zip", data)] == ["a.zip#中国.txt"]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="gbk") as archive:
        archive.addfile(tarfile.TarInfo("中国.txt"))
    assert [r.source.raw_path for r in opened(tmp_path, "a.tar", out.getvalue())] == ["a.tar#中国.txt"]


def test_paths_made_on_windows(tmp_path):
    assert [r.source.raw_path for r in opened(tmp_path, "a.zip", zipped({"2019\\a.html": STORY}))] == [
        "a.zip#2019/a.html"
    ]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_two_members_of_one_name(tmp_path, pack):
    names = {"./a.txt": STORY, "a.txt": STORY + "。", "../a.txt": STORY + "！"}
    found = opened(tmp_path, "a.tar" if pack is tarred else "a.zip", pack(names))
    assert texts(found) == list(names.values())
    assert [raw.source.raw_path.partition("#")[2] for raw in found] == ["a.txt", "a.txt#2", "a.txt#3"]


def test_many_members_that_want_one_name(tmp_path):
    names = [("x" + "#2" * n) for n in range(1500)]
    assert len({*map((of := archives._Names().of), [*names, "x", "x"])}) == len(names) + 2
    assert of("x") == "x#4"


def test_a_member_with_the_number_of_damage_for_a_name(tmp_path):
    page = "x" * (tarfile.RECORDSIZE - 512)  # as much as is read at a time
    packed = bytearray(b"".join(map(gzip.compress, (tarred({"1": page})[: tarfile.RECORDSIZE], bytes(4096)))))
    packed[packed.rindex(b"\x1f\x8b\x08") + 10] = 0xFF
    found = opened(tmp_path, "a.tar.gz", bytes(packed))
    assert texts(found) == [page] and rejects(found)["a.tar.gz#1#2"] == "unreadable"


def test_a_sparse_file_in_a_tar_is_a_reject(tmp_path):
    data = bytearray(tarred({"a.txt": STORY, "b.txt": STORY}))
    header = tarfile.TarInfo("a.txt")
    header.size, header.type = len(STORY.encode()), tarfile.GNUTYPE_SPARSE
    data[:512] = header.tobuf(tarfile.GNU_FORMAT)
    found = opened(tmp_path, "a.tar", bytes(data))
    assert texts(found) == [STORY] and rejects(found) == {"a.tar#a.txt": "unreadable"}


def test_links_in_a_tar_are_passed_over(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("b.txt", tarfile.SYMTYPE), ("c.txt", tarfile.LNKTYPE), ("d.txt", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        member = tarfile.TarInfo("a.txt")
        member.size = len(STORY.encode())
        archive.addfile(member, io.BytesIO(STORY.encode()))
    assert texts(opened(tmp_path, "a.tar", out.getvalue())) == [STORY]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_archives_in_archives(tmp_path, pack):
    names = {"a.txt": STORY, "inner.zip": zipped(), "b.html.gz": gzip.compress(PAGES[0].encode()), "c.jsonl": lines()}
    name = "a.tar" if pack is tarred else "a.zip"
    found = opened(tmp_path, name, pack(names))
    assert texts(found) == [STORY, PAGES[0]]
    assert rejects(found) == {f"{name}#inner.zip": "unreadable", f"{name}#c.jsonl": "unreadable"}


def test_a_locked_zip(tmp_path):
    data = bytearray(zipped({"a.txt": STORY, "b.txt": STORY}))
    data[6] |= 1
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    found = opened(tmp_path, "a.zip", bytes(data))
    assert texts(found) == [STORY] and rejects(found) == {"a.zip#a.txt": "unreadable"}


def test_json_nested_without_end(tmp_path):
    deep = b'{"html": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    for name, data in (("a.jsonl", deep + b"\n" + lines()), ("a.json", b"[" + deep + b",\n" + lines()[:-1] + b"]")):
        found = opened(tmp_path, name, data)
        assert list(rejects(found)) == [f"{name}#0"] and texts(found)[:1] == PAGES[:1]


# ---- one page of a container


def show(*arguments):
    return CliRunner().invoke(main, ["show", *map(str, arguments)])


def test_show_a_page_of_a_container(tmp_path):
    story = (Path(__file__).parent.parent / "raw").glob("*.txt")
    story = sorted(story)[0].read_bytes().decode()
    path = write(tmp_path / "a.jsonl", lines([{"seite": "x"}, {"seite": story}]))
    shown = show(f"{path}#1", "--field", "seite")
    assert shown.exit_code == 0 and "body" in shown.output
    assert "a.jsonl#0" in show(path, "--field", "seite").output
    for wrong in (f"{path}#7", tmp_path):
        assert show(wrong, "--field", "seite").exit_code == 2
    rejected = show(write(tmp_path / "b.jsonl", b'{"text": null}'))
    assert rejected.exit_code == 1 and "null" in rejected.output


@pytest.mark.parametrize("max_bytes", [3000, 20_000_000])
@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("a.json", b'\\"'),
        ("a.json", b'"'),
        ("a.json", b"["),
        ("a.json", b"[]"),
        ("a.json", b'{"'),
        ("a.json", b"\n{"),
        ("a.json", b'\n{"'),
        ("a.json", b'"\n{'),
        ("a.json", b"1 "),
        ("a.json", b"}"),
        ("a.jsonl", b"["),
        ("a.jsonl", b'{"a": "\\'),
        ("a.warc", b"WARC/1.0\n"),
        ("a.warc", b"WARC/1.0\n\n"),
        ("a.warc", b"a\n"),
        ("a.zip", b"PK\x03\x04"),
        ("a.zip", b"PK\x03\x04" + bytes(26)),
        ("a.zip", zipped({"a.txt": STORY})[:60]),
        ("a.tar", b"x" * 512),
        ("a.tar.gz", b"\x1f\x8b\x08"),
        ("a.warc.gz", gzip.compress(b"x")[:-6]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_containers_take_linear_time(tmp_path, name, piece, max_bytes):
    def work(size):
        begin = {"a.json": b'[{"html": "', "a.warc": b"WARC/1.0\nx: "}.get(name, piece)
        path = write(tmp_path / name, begin + piece * (size * 20 // len(piece)))
        for raw in read.raws([path], max_bytes=max_bytes):
            assert raw.rejection

    assert grows_linearly(work, 1000)


# ---- far away


@pytest.fixture
def memory():
    fs = fsspec.filesystem("memory")
    yield fs
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]


def test_a_folder_behind_a_url(memory, tmp_path):
    for name, data in (
        ("a.html", PAGES[0].encode()),
        ("b.jsonl.gz", gzip.compress(lines())),
        ("b/c.txt", STORY.encode()),
    ):
        memory.pipe(f"/raw/{name}", data)
    memory.pipe("/raw/.git/x.txt", b"hidden")
    memory.pipe("/raw/z.pdf", b"no page")
    found = raws("memory://raw")
    names = ["a.html", "b.jsonl.gz#0", "b.jsonl.gz#1", "b.jsonl.gz#2", "b/c.txt"]
    assert [raw.source.raw_path for raw in found] == names and texts(found)[-1] == STORY
    assert read.page(found[0]).media_type == "text/html"
    digest = hashlib.sha256(PAGES[0].encode()).hexdigest()
    memory.pipe("/raw/SOURCES.csv", f"file,sha256\na.html,{digest}\nb/c.txt,{'0' * 64}\n".encode())
    first, *_, last = raws("memory://raw")
    read.page(first)
    with pytest.raises(Rejection, match="SOURCES"):
        read.page(last)


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_behind_a_url(memory, name):
    memory.pipe(f"/raw/{name}", CONTAINERS[name])
    assert texts(raws(f"memory://raw/{name}")) == PAGES


def test_urls_and_paths_together(memory, tmp_path):
    memory.pipe("/far/1.txt", STORY.encode())
    write(tmp_path / "near/1.txt", STORY)
    names = [raw.source.raw_path for raw in raws("memory://far", tmp_path / "near", tmp_path / "near/1.txt")]
    assert names == ["far/1.txt", "near/1.txt"]


class Slow(io.BytesIO):
    """Gives a byte at a time, as a server may."""

    def read(self, size=-1):
        return super().read(1)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_a_stream_that_comes_in_pieces(monkeypatch, pack):
    data, name = pack(PAGES[0].encode()), "a.html" if pack is bytes else "a.html.gz"
    monkeypatch.setattr(File, "open", lambda *_: Slow(data))
    monkeypatch.setattr(File, "size", lambda _: None)
    for most in (len(data) - 1, 5000):
        (raw,) = containers.members(File(name, name, object(), None), most)
        assert raw.data == (PAGES[0].encode() if most == 5000 else None)


def test_a_single_page_that_cannot_be_read(monkeypatch):
    def broken(_):
        raise RuntimeError("it is gone")

    monkeypatch.setattr(File, "open", broken)
    monkeypatch.setattr(File, "size", lambda _: None)
    for name, says in (("a.html", "the page cannot"), ("a.jsonl", "the container cannot")):
        (raw,) = containers.members(File(name, name, fsspec.filesystem("memory"), None), 9)
        assert says in raw.rejection.message


def test_names_behind_a_url_with_a_container_s_mark(memory):
    memory.pipe("/raw/a.zip", zipped({"1.txt": STORY}))
    memory.pipe("/raw/a.zip#1.txt", STORY.encode())
    assert [raw.source.raw_path for raw in raws("memory://raw")] == ["a.zip#1.txt", "a.zip\\x231.txt"]


@pytest.mark.parametrize("url", ["memory://nothing", "nonsense://x", "memory://empty"])
def test_urls_that_hold_nothing(memory, url):
    memory.makedirs("/empty")
    with pytest.raises(read.InputError) as caught:
        read.raws([url])
    assert url in str(caught.value) and "\n" not in str(caught.value)


@pytest.fixture
def server(tmp_path):
    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    root = tmp_path / "served"
    root.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=root)) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield root, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_files_behind_http(server):
    root, address = server
    for name, data in CONTAINERS.items():
        write(root / name, data)
    write(root / "page.html", PAGES[0])
    write(root / "sub/页 1.txt", STORY)
    for name in CONTAINERS:
        assert texts(raws(f"{address}/{name}")) == PAGES, name
    write(root / "large.jsonl", lines() + lines([{"html": STORY * 100}]) * 700)
    assert len(texts(raws(f"{address}/large.jsonl"))) == 703
    (page,) = raws(f"{address}/page.html?from=list")
    assert (page.source.raw_path, page.data.decode()) == ("page.html", PAGES[0])
    assert texts(raws(f"{address}/a.jsonl.gz?token=x.y")) == PAGES
    found = raws(f"{address}/sub/")
    assert [raw.source.raw_path for raw in found] == ["页 1.txt"] and texts(found) == [STORY]
    with pytest.raises(read.InputError, match="nowhere"):
        read.raws([f"{address}/nowhere.html"])
