"""Reading: which files are pages, and how their bytes become text."""

import csv
import gzip
import hashlib
import os
import pickle
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from povdata import read
from povdata.models import REJECTIONS
from povdata.page import Rejection

SIMPLIFIED = "全县召开脱贫会议,部署产业扶贫工作。村里修了水渠,三十户贫困户收入增加不少!记者到了现场,看见大家在收苹果。"
TRADITIONAL = "縣裡召開會議,說明農產運銷辦法。村民開了三條水渠,今年收入增加不少!記者來到現場,看見大家都在忙著採收蘋果。"


def sentences(alphabet: str) -> st.SearchStrategy[str]:
    """Text of whole clauses in any order, with the odd line ends and white space of scraped pages."""
    clauses = alphabet.replace("。", ",").replace("!", ",").split(",")
    clause = st.sampled_from([c for c in clauses if c])
    between = st.sampled_from(
        [",", "，", "。", "！\r\n", "。\n", "。\r", "\u3000\u3000", " ", "\n\n", "2019-03-01 08:30\t", "—", "《", "》"]
    )
    return st.lists(st.tuples(clause, between), min_size=3, max_size=40).map(lambda ps: "".join(a + b for a, b in ps))


def write(path: Path, data: bytes | str = SIMPLIFIED) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def paths(*inputs: Path) -> list[str]:
    return [s.raw_path for s in read.find(inputs)]


def rejection(path: Path, **options) -> Rejection:
    with pytest.raises(Rejection) as caught:
        read.read(read.find([path])[0], **options)
    assert caught.value.error in REJECTIONS
    assert "\n" not in caught.value.message and ":" in caught.value.message
    return caught.value


# ---- encodings


@given(st.text().filter(lambda t: not t.startswith("\ufeff") and not any(c < " " or c == "\x7f" for c in t)))
def test_any_utf8_is_kept(text):
    if any("\u0800" <= c for c in text) or text.isascii():
        if not text.startswith(("%PDF-", "{\\rtf")):
            assert read.decode(text.encode()) == (text, "utf-8")
    assert read.decode(b"\xef\xbb\xbf" + text.encode()) == (text, "utf-8-sig")


@given(sentences(SIMPLIFIED))
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "gbk", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_simplified_round_trip(encoding, text):
    assert read.decode(text.encode(encoding)) == (text, "gb18030" if encoding == "gbk" else encoding)


@given(sentences(TRADITIONAL))
@pytest.mark.parametrize("encoding", ["utf-8", "big5", "gb18030", "utf-16-le", "utf-16-be"])
def test_traditional_round_trip(encoding, text):
    assert read.decode(text.encode(encoding)) == (text, encoding)


@given(sentences(SIMPLIFIED))
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_mark_is_dropped(encoding, text):
    assert read.decode(text.encode(encoding)) == (text, encoding)


def test_big_endian_mark_is_dropped():
    assert read.decode(b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be")) == (SIMPLIFIED, "utf-16")


@pytest.mark.parametrize("encoding", ["cp950", "big5hkscs"])
def test_extensions_of_big5(encoding):
    text = TRADITIONAL * 3 + ("裏恒粧" if encoding == "cp950" else "啫喱咗")
    assert read.decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_last_character_cut_off(encoding):
    text, _ = read.decode((TRADITIONAL * 3).encode(encoding) + "國".encode(encoding)[:-1])
    assert text == TRADITIONAL * 3 + "\ufffd"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_stray_byte_is_no_reason_to_lose_a_page(encoding):
    half = (SIMPLIFIED * 5).encode(encoding)
    text, found = read.decode(half + b"\xff\n" + half)
    assert (text, found) == (SIMPLIFIED * 5 + "\ufffd\n" + SIMPLIFIED * 5, encoding)


def test_many_bad_bytes_are():
    data = b"\xff".join([SIMPLIFIED.encode()] * 60)
    with pytest.raises(Rejection, match="UTF-8"):
        read.decode(data)


@pytest.mark.parametrize("text", ["Café·Zürich", "plain ASCII, one line", "Программа продолжается"])
def test_legal_utf8_of_other_scripts_stays(text):
    assert read.decode(text.encode()) == (text, "utf-8")


@given(sentences(SIMPLIFIED))
def test_page_text_is_the_file_decoded(text):
    raw = read.Raw(read.Source(Path("x.txt"), "x.txt"), text.encode(), "0" * 64, len(text.encode()))
    page = read.page(raw)
    assert (page.text, page.encoding, page.media_type) == (text, "utf-8", "text/plain")


def test_read_tells_hash_and_size(tmp_path):
    path = write(tmp_path / "a.txt", "一行\r二行\r\n三行\n\u3000\xa0𠮷村")
    page = read.read(read.find([tmp_path])[0])
    assert page.text == "一行\r二行\r\n三行\n\u3000\xa0𠮷村"
    assert page.raw_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert page.raw_bytes == path.stat().st_size
    assert page.raw_path == "a.txt"


# ---- rejects


@pytest.mark.parametrize(
    "data", [b"", b" \r\n\t", "\u3000\u3000\n\xa0".encode(), b"\xef\xbb\xbf", "\u200b\n".encode(), b"\xff\xfe"]
)
def test_empty(tmp_path, data):
    assert rejection(write(tmp_path / "a.txt", data)).error == "empty"


RANDOM = random.Random(7).randbytes(5000)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4\n1 0 obj", "PDF"),
        (b"PK\x03\x04" + RANDOM, "ZIP"),
        (b"\x89PNG\r\n\x1a\n" + RANDOM, "PNG"),
        (b"\xff\xd8\xff\xe0" + RANDOM, "JPEG"),
        (b"GIF89a" + RANDOM, "GIF"),
        (gzip.compress(SIMPLIFIED.encode()), "gzip"),
        (RANDOM, "NUL"),
        (RANDOM.replace(b"\0", b""), "control"),
        (SIMPLIFIED.encode() + b"\0", "NUL"),
        (SIMPLIFIED.encode() + b"\1\2\3\4" * 40, "control"),
    ],
)
def test_binary(tmp_path, data, kind):
    caught = rejection(write(tmp_path / "a.txt", data))
    assert caught.error == "binary" and kind in caught.message


@pytest.mark.parametrize(
    "data",
    [
        ("Le président a salué les élèves âgés, la fête était très réussie. " * 5).encode("cp1252"),
        "Программа борьбы с бедностью идёт.".encode("koi8-r") * 3,
        b"\xff\xfe" + b"\x00\xdc" * 40,
        b"\xef\xbb\xbf" + SIMPLIFIED.encode("gb18030"),
    ],
)
def test_undecodable(tmp_path, data):
    assert rejection(write(tmp_path / "a.txt", data)).error == "undecodable"


def test_too_large_is_still_hashed(tmp_path):
    path = write(tmp_path / "a.txt", SIMPLIFIED)
    size = path.stat().st_size
    source = read.find([path])[0]
    assert read.read(source, max_bytes=size).raw_bytes == size
    raw = read.load(source, max_bytes=size - 1)
    assert (raw.data, raw.size, raw.sha256) == (None, size, hashlib.sha256(path.read_bytes()).hexdigest())
    assert rejection(path, max_bytes=size - 1).error == "too_large"


def test_unreadable(tmp_path):
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    assert rejection(tmp_path).error == "unreadable"


# ---- which files


def test_pages_of_a_folder(tmp_path):
    for name in ("b.txt", "a.TXT", "c/d/e.html", "c/f.shtml", "c/g", "h.htm", "i.xhtml", "中.text", "a b.txt"):
        write(tmp_path / name)
    for name in ("x.pdf", ".hidden.txt", ".git/y.txt", "c/.z", "c/w.jpg"):
        write(tmp_path / name)
    names = ["a b.txt", "a.TXT", "b.txt", "c/d/e.html", "c/f.shtml", "c/g", "h.htm", "i.xhtml", "中.text"]
    assert paths(tmp_path) == names == sorted(names)


def test_a_folder_sorts_with_its_slash(tmp_path):
    for name in ("a/x.txt", "a.txt", "a-b.txt", "a-b/y.txt", "a!/z.txt", "a0.txt", "\U00020000.txt", "\uffee.txt"):
        write(tmp_path / name)
    assert paths(tmp_path) == sorted(paths(tmp_path)) and len(paths(tmp_path)) == 8


def test_files_are_named_as_they_are_reached(tmp_path):
    for name in ("a/1.txt", "b/2.txt", "c/3.txt"):
        write(tmp_path / name)
    found = read.files([tmp_path])
    assert next(found).raw_path == "a/1.txt"
    write(tmp_path / "b/late.txt")
    (tmp_path / "c/3.txt").unlink()
    assert [file.raw_path for file in found] == ["b/2.txt", "b/late.txt"]


def test_raws_gives_rejects_in_their_place(tmp_path):
    write(tmp_path / "a.txt")
    (tmp_path / "b.txt").symlink_to("nowhere")
    write(tmp_path / "c.txt", SIMPLIFIED * 9)
    first, second, third = read.raws([tmp_path], max_bytes=len(SIMPLIFIED.encode()))
    assert (first.data.decode(), first.rejection) == (SIMPLIFIED, None)
    assert (second.source.raw_path, second.data, second.rejection.error) == ("b.txt", None, "unreadable")
    assert (third.data, third.size) == (None, len(SIMPLIFIED.encode()) * 9)
    for raw, error in ((second, "unreadable"), (third, "too_large")):
        with pytest.raises(Rejection) as caught:
            read.page(pickle.loads(pickle.dumps(raw)))
        assert caught.value.error == error


def test_a_file_by_name_needs_no_suffix(tmp_path):
    assert paths(write(tmp_path / "x.dat"), write(tmp_path / "a.txt")) == ["a.txt", "x.dat"]


def test_links_do_not_loop(tmp_path):
    write(tmp_path / "raw/a/1.txt")
    write(tmp_path / "raw/b/2.txt")
    write(tmp_path / "far/3.txt")
    (tmp_path / "raw/a/up").symlink_to(tmp_path / "raw")
    (tmp_path / "raw/a/b").symlink_to(tmp_path / "raw/b")
    (tmp_path / "raw/b/out").symlink_to(tmp_path)
    (tmp_path / "raw/b/self").symlink_to("self")
    (tmp_path / "raw/far").symlink_to(tmp_path / "far")
    (tmp_path / "raw/again").symlink_to(tmp_path / "far")
    assert paths(tmp_path / "raw") == sorted(["a/1.txt", "again/3.txt", "b/2.txt", "b/self"])


def test_inputs_that_overlap_agree_on_links(tmp_path):
    write(tmp_path / "p/d1/2.txt")
    for link, target in (("p/d1/d3/b4/l1", "p/b2"), ("p/b2/l0", "p/d1")):
        (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / target).mkdir(parents=True, exist_ok=True)
        (tmp_path / link).symlink_to(tmp_path / target)
    outer, inner = tmp_path / "p/d1/d3", tmp_path / "p/d1/d3/b4/l1"
    for inputs in ([outer], [inner], [outer, inner], [inner, outer]):
        found = [file.path for file in read.files(inputs)]
        assert list(map(os.path.realpath, found)) == [str(tmp_path / "p/d1/2.txt")], inputs


def test_the_same_name_in_two_folders(tmp_path):
    for name in ("x/1.txt", "y/1.txt", "z/2.txt"):
        write(tmp_path / name)
    assert paths(tmp_path / "x", tmp_path / "y", tmp_path / "z") == ["2.txt", "x/1.txt", "y/1.txt"]
    assert paths(tmp_path / "y/1.txt", tmp_path / "x/1.txt") == ["x/1.txt", "y/1.txt"]


def test_the_same_name_in_two_folders_of_one_name(tmp_path):
    first, second = write(tmp_path / "x/raw/1.txt").parent, write(tmp_path / "y/raw/1.txt").parent
    with pytest.raises(read.InputError, match=r"raw/1\.txt"):
        read.find([first, second])


def test_a_file_named_twice_is_one_page(tmp_path):
    page = write(tmp_path / "1.txt")
    assert paths(tmp_path, page, tmp_path) == ["1.txt"]
    inner = write(tmp_path / "a/b/2.txt").parent
    assert paths(tmp_path, inner) == ["1.txt", "a/b/2.txt"]
    assert paths(inner, tmp_path, page) == ["1.txt", "2.txt"]
    assert paths(f"{tmp_path}/", inner) == paths(tmp_path, f"{inner}//") == ["1.txt", "a/b/2.txt"]
    hidden = write(tmp_path / ".git/3.txt")
    assert paths(tmp_path, hidden.parent) == ["1.txt", "3.txt", "a/b/2.txt"]


def test_odd_names_can_be_written(tmp_path):
    name = os.fsdecode("县.txt".encode("gbk"))
    try:
        write(tmp_path / name)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (source,) = read.find([tmp_path])
    source.raw_path.encode()
    assert read.read(source).text == SIMPLIFIED


def test_a_name_like_that_of_a_page_in_a_container(tmp_path):
    for name in ("a.zip#1.txt", "a.zip#x/2.txt", "b.JSONL.gz#c.tar#d.txt", "c#3.txt", "d.txt#/4.txt"):
        write(tmp_path / name)
    names = ["a.zip\\x231.txt", "a.zip\\x23x/2.txt", "b.JSONL.gz\\x23c.tar\\x23d.txt", "c#3.txt", "d.txt#/4.txt"]
    assert paths(tmp_path) == names
    assert paths(tmp_path / "a.zip#1.txt") == names[:1]
    digest = hashlib.sha256(SIMPLIFIED.encode()).hexdigest()
    write(tmp_path / "SOURCES.csv", f"file,sha256\na.zip#1.txt,{digest}\n")
    assert read.find([tmp_path])[0].expected_sha256 == digest


def test_missing_and_empty_inputs(tmp_path):
    write(tmp_path / "raw/x.pdf")
    for given_paths in ([tmp_path / "nothing"], [tmp_path / "raw"], [], [tmp_path / "raw" / "SOURCES.csv"]):
        with pytest.raises(read.InputError) as caught:
            read.find(given_paths)
        assert "\n" not in str(caught.value)
        assert all(str(p) in str(caught.value) for p in given_paths)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe_is_not_a_page(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    write(tmp_path / "a.txt")
    assert paths(tmp_path) == ["a.txt"]
    with pytest.raises(read.InputError, match="neither"):
        read.find([tmp_path / "pipe"])


# ---- SOURCES.csv

COLUMNS = "file,sha256,url,fetched_at,publisher,rights,note\n"


def test_hashes_are_checked(tmp_path):
    digest = hashlib.sha256(write(tmp_path / "a.txt").read_bytes()).hexdigest()
    write(tmp_path / "b/c.txt", TRADITIONAL)
    write(tmp_path / "new.txt", "新增的一页")
    write(tmp_path / "SOURCES.csv", f"\ufeff{COLUMNS}a.txt,{digest.upper()},,,,,\nb/c.txt,{'0' * 64},,,,,\n")
    known, wrong, unlisted = read.find([tmp_path])
    assert (known.expected_sha256, unlisted.expected_sha256) == (digest, None)
    assert read.read(known).raw_sha256 == digest
    with pytest.raises(Rejection) as caught:
        read.read(wrong)
    assert caught.value.error == "hash_mismatch" and "0" * 64 in caught.value.message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name,hash\n", "column file and sha256"),
        ("", "column file and sha256"),
        (COLUMNS + "gone.txt," + "0" * 64, "gone.txt"),
        (COLUMNS + "a.txt,123", "64 hexadecimal"),
        (COLUMNS + "a.txt", "64 hexadecimal"),
        (COLUMNS + "," + "0" * 64, "names no file"),
        (COLUMNS + f"a.txt,{'0' * 64}\na.txt,{'1' * 64}", "named before"),
        (COLUMNS + '"a.txt', "CSV"),
        ((COLUMNS + "县.txt,").encode("gb18030"), "UTF-8"),
    ],
)
def test_a_wrong_sources_file(tmp_path, content, says):
    write(tmp_path / "a.txt")
    path = write(tmp_path / "SOURCES.csv", content)
    with pytest.raises(read.InputError, match=says) as caught:
        read.find([tmp_path])
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_our_own_pages():
    raw = Path(__file__).parent.parent / "raw"
    sources = read.find([raw])
    with (raw / "SOURCES.csv").open(encoding="utf-8", newline="") as file:
        assert [s.raw_path for s in sources] == [row["file"] for row in csv.DictReader(file)]
    for source in sources:
        assert source.expected_sha256 == read.read(source).raw_sha256
