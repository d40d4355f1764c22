from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pages import heap, page

import povdata.build as building
import povdata.build.plan as planning
from povdata import read
from povdata.build import BuildError, build
from povdata.build.check import check, stored_schema, warnings
from povdata.build.shard import write_parquet
from povdata.models import REJECTIONS, TABLES, arrow_schema


def files_of(dist: Path) -> dict[str, str]:
    data = dist / "data"
    return {
        str(f.relative_to(data)): hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(data.rglob("*.parquet"))
    }


def rows(dist: Path, table: str) -> list[dict]:
    return pq.read_table(dist / "data" / table).to_pylist()


def test_every_table_has_a_file_with_its_schema(built: Path) -> None:
    for table in TABLES:
        assert pq.read_schema(built / f"data/{table}/train-00000-of-00001.parquet").equals(stored_schema(table))


def test_every_input_ends_as_one_article_or_one_reject(built: Path) -> None:
    manifest = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    ends = [row["raw_path"] for table in ("articles", "rejects") for row in rows(built, table)]
    assert (
        sorted(ends)
        == [entry["raw_path"] for entry in manifest["inputs"]]
        == ["0000.txt", "0001.txt", "0002.txt", "zz.txt"]
    )
    assert manifest["rejects"] == {"empty": 1}


def test_segments_give_the_page_back(built: Path, tmp_path: Path) -> None:
    folder = heap(tmp_path, 3)
    texts: dict[str, str] = {}
    for row in rows(built, "segments"):
        texts[row["article_id"]] = texts.get(row["article_id"], "") + row["text"]
    for article in rows(built, "articles"):
        assert texts[article["article_id"]] == (folder / article["raw_path"]).read_text(encoding="utf-8")


def test_a_built_dataset_is_whole(built: Path) -> None:
    assert list(check(built)) == []


def test_the_bytes_hang_neither_on_the_workers_nor_on_where_a_page_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MOST_PAGES", 3)
    folder = heap(tmp_path / "raw", 5)
    with (folder / "0002.jsonl").open("w", encoding="utf-8") as file:
        for n in range(12):
            fields = {"url": f"https://news.example/{n}", "content": page(f"第{n}次会议") if n != 7 else ""}
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")
    with zipfile.ZipFile(folder / "0003.zip", "w") as archive:
        archive.write(folder / "0001.txt", "twin.txt")
        archive.writestr("big.txt", "大" * 1000)
    one = build([folder], tmp_path / "one", max_bytes=2000)
    build([folder], tmp_path / "two", workers=2, max_bytes=2000)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert "articles/train-00006-of-00007.parquet" in files_of(tmp_path / "one")
    assert one.rejects == {"duplicate": 1, "empty": 1, "too_large": 1}
    found = rows(tmp_path / "two", "articles")
    members = [f"0002.jsonl#{n}" for n in range(12) if n != 7]
    paths = ["0000.txt", "0001.txt", *members, "0002.txt", "0003.txt", "0004.txt"]
    assert [row["raw_path"] for row in found] == paths
    assert found[2]["url"] == "https://news.example/0"
    assert build([folder], tmp_path / "two", max_bytes=2000).reused == one.pages
    assert list(check(tmp_path / "two")) == []


def test_a_dataset_among_the_inputs_is_no_input(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 2)
    for dist in ("dist", "."):
        build([folder], folder / dist)
        before = files_of(folder / dist)
        assert build([folder], folder / dist).pages == 2
        assert files_of(folder / dist) == before
    with pytest.raises(read.InputError, match="holds no pages"):
        build([folder / "dist"], tmp_path / "other")


def test_a_member_without_bytes(tmp_path: Path) -> None:
    (tmp_path / "pages.jsonl").write_text('{"text": ""}\n', encoding="utf-8")
    assert build([tmp_path], tmp_path / "dist").rejects == {"empty": 1}


def test_twice_the_same_bytes(built: Path, tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 3)
    (folder / "zz.txt").write_bytes(b"")
    build([folder], tmp_path / "dist")
    assert files_of(tmp_path / "dist") == files_of(built)


BAD = {
    "empty": b"",
    "binary": b"%PDF-1.7\n" + bytes(range(256)) * 8,
    "undecodable": bytes(range(0x80, 0x100)) * 40,
    "no_article": "首页 新闻 论坛\n登录 注册\n".encode(),
    "too_large": page(paragraphs=("这一段很长。" * 20_000,)).encode(),
}


def test_bad_input_is_a_reject_and_the_good_files_are_built(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 2)
    for code, data in BAD.items():
        (folder / f"{code}.txt").write_bytes(data)
    report = build([folder], tmp_path / "dist", max_bytes=100_000)
    assert (report.rows["articles"], report.rejects) == (2, dict.fromkeys(BAD, 1))
    for reject in rows(tmp_path / "dist", "rejects"):
        assert reject["raw_path"] == f"{reject['error']}.txt"
        assert reject["stage"] == REJECTIONS[reject["error"]].stage and ": " in reject["message"]
    assert list(check(tmp_path / "dist")) == []


def test_white_space_alone_is_empty(tmp_path: Path) -> None:
    (tmp_path / "blank.txt").write_text(" \n\u3000\n", encoding="utf-8")
    assert build([tmp_path], tmp_path / "dist").rejects == {"empty": 1}


def test_a_message_that_quotes_half_a_character_is_a_reject_all_the_same(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 1)
    (folder / "more.jsonl").write_text('{"\\ud800": "x"}\n', encoding="utf-8")
    report = build([folder], tmp_path / "dist")
    assert report.rows["articles"] == 1 and report.rejects == {"unreadable": 1}
    (reject,) = rows(tmp_path / "dist", "rejects")
    assert "\\ud800" in reject["message"]


def test_the_same_bytes_again_are_a_duplicate_that_names_the_first(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 1)
    (folder / "again.txt").write_bytes((folder / "0000.txt").read_bytes())
    build([folder], tmp_path / "dist")
    (reject,) = rows(tmp_path / "dist", "rejects")
    assert (reject["raw_path"], reject["error"]) == ("again.txt", "duplicate")
    assert "0000.txt" in reject["message"]


def test_a_parser_that_fails_costs_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import povdata.extract

    folder = heap(tmp_path / "raw", 3)

    def places(document, *given):  # type: ignore[no-untyped-def]
        if "0001" in document.page.raw_path:
            raise IndexError("list index out of range")
        return real(document, *given)

    real = povdata.extract.places
    monkeypatch.setattr(povdata.extract, "places", places)
    report = build([folder], tmp_path / "dist")
    assert (report.rows["articles"], report.rejects) == (2, {"parser_error": 1})


def test_rows_that_break_a_rule_cost_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from povdata.build import shard

    folder = heap(tmp_path / "raw", 2)

    def extract_together(documents):  # type: ignore[no-untyped-def]
        found = real(documents)
        found[1]["segments"][1]["end"] += 1
        return found

    real = shard.extract_together
    monkeypatch.setattr(shard, "extract_together", extract_together)
    build([folder], tmp_path / "dist")
    (reject,) = rows(tmp_path / "dist", "rejects")
    assert reject["error"] == "invalid_record"
    assert "segments" in reject["message"] and "not the page text" in reject["message"]


@pytest.mark.parametrize(
    ("arrange", "says"),
    [
        (lambda folder: [folder / "nowhere"], "nowhere"),
        (lambda folder: [(folder / "nothing").mkdir() or folder / "nothing"], "nothing"),
    ],
)
def test_inputs_that_cannot_be_used(arrange, says: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(read.InputError, match=says):
        build(arrange(tmp_path), tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_an_output_that_is_a_file(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 1)
    (tmp_path / "dist").write_text("mine")
    with pytest.raises(BuildError, match="is a file"):
        build([folder], tmp_path / "dist")
    assert (tmp_path / "dist").read_text() == "mine"


def test_a_full_disk_leaves_the_old_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = heap(tmp_path / "raw", 1)
    build([folder], tmp_path / "dist")
    before, names = files_of(tmp_path / "dist"), sorted(os.listdir(tmp_path / "dist"))
    monkeypatch.setattr("povdata.build.shard._parquet_writer", _no_space)
    heap(tmp_path / "raw", 2)
    with pytest.raises(BuildError, match="No space left"):
        build([folder], tmp_path / "dist")
    assert files_of(tmp_path / "dist") == before
    assert sorted(os.listdir(tmp_path / "dist")) == names


def test_a_full_disk_leaves_no_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = heap(tmp_path / "raw", 1)
    monkeypatch.setattr("povdata.build.shard._parquet_writer", _no_space)
    with pytest.raises(BuildError, match="No space left"):
        build([folder], tmp_path / "deep" / "dist")
    assert not (tmp_path / "deep").exists()


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_the_folder_held_beside_the_dataset_stays(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 1)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "notes.md").write_text("mine")
    build([folder], tmp_path / "dist")
    build([folder], tmp_path / "dist")
    assert (tmp_path / "dist" / "notes.md").read_text() == "mine"
    assert list(check(tmp_path / "dist")) == []


def spoil(dist: Path, table: str, change) -> None:  # type: ignore[no-untyped-def]
    """Change the rows of a table and mend the manifest, so that only the rows are wrong."""
    path = dist / f"data/{table}/train-00000-of-00001.parquet"
    changed = change(pq.read_table(path).to_pylist())
    write_parquet(pa.Table.from_pylist(changed, schema=arrow_schema(table)), path)
    mend(dist, table)


def mend(dist: Path, table: str) -> None:
    """Write into the manifest what the first file of a table now is."""
    path = dist / f"data/{table}/train-00000-of-00001.parquet"
    data, rows = path.read_bytes(), pq.read_metadata(path).num_rows

    def change(manifest: dict) -> None:
        entry = manifest["tables"][table]
        entry["rows"] += rows - entry["files"][0]["rows"]
        entry["files"][0] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "rows": rows}

    edit(dist, change)


def edit(dist: Path, change) -> None:  # type: ignore[no-untyped-def]
    """Change the manifest."""
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    changed = change(manifest)
    (dist / "manifest.json").write_text(json.dumps(manifest if changed is None else changed), encoding="utf-8")


def with_first(**values):  # type: ignore[no-untyped-def]
    return lambda found: [found[0] | values, *found[1:]]


def with_all(**values):  # type: ignore[no-untyped-def]
    return lambda found: [row | values for row in found]


@pytest.fixture(scope="session")
def two_shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of four articles and two rejects in two shards."""
    folder = heap(tmp_path_factory.mktemp("raw"), 4)
    for name in ("0001x.txt", "zz.txt"):
        (folder / name).write_bytes(b"" if name == "zz.txt" else b"%PDF-1.7\n")
    dist = tmp_path_factory.mktemp("shards") / "dist"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "MOST_PAGES", 3)
        build([folder], dist)
    return dist


@pytest.fixture
def dist(built: Path, tmp_path: Path) -> Path:
    """A dataset of three articles and one reject that a test may spoil."""
    return Path(shutil.copytree(built, tmp_path / "dist"))


@pytest.mark.parametrize(
    ("table", "change", "says"),
    [
        ("segments", lambda found: found[1:], "do not tile the page text"),
        ("segments", lambda found: [found[0], *found], "does not count from 0"),
        ("segments", lambda found: found[:-1], "do not give the bytes with raw_sha256"),
        ("segments", with_first(role="body", article_id="0" * 16), "names no row of articles"),
        ("segments", with_all(role="footer"), "body is not the text of its segments"),
        ("sentences", with_first(segment_seq=999), "names no row of segments"),
        ("sentences", with_first(segment_seq=0), "not inside a segment of the body"),
        ("terms", with_first(text="不是"), "text is not the page text"),
        ("sentences", lambda found: [row | {"seq": 2 * row["seq"]} for row in found], "does not count from 0"),
        ("sentences", lambda found: found[1:], "n_sentences does not count"),
        ("sentences", lambda found: [], "n_sentences does not count"),
        ("terms", lambda found: found[::-1], "in the order of their articles"),
        ("terms", with_first(term="别的"), "names no row of glossary"),
        ("people", with_first(region_code="999999"), "names no row of regions"),
        ("articles", with_first(region_code="999999", region_name="某地"), "names no row of regions"),
        ("articles", with_first(n_chars=1), "does not count body"),
        ("articles", with_first(encoding="utf-16"), "do not give the bytes with raw_sha256"),
        ("articles", with_first(encoding="gb18030"), "do not give the bytes with raw_sha256"),
        ("articles", with_first(duplicate_group="0" * 16), "has a single article"),
        ("articles", lambda found: [found[0], *found], "more than once"),
        ("articles", lambda found: found[::-1], "not in the order"),
        ("articles", lambda found: found[:-1], "neither an article nor a reject"),
        ("articles", with_first(raw_bytes=1), "another SHA-256 or size in articles"),
        ("rejects", with_first(raw_sha256="0" * 64), "another SHA-256 or size in rejects"),
        ("rejects", with_first(raw_path="0000.txt"), "stands in articles and again in rejects"),
        ("rejects", with_first(raw_path="other.txt"), "is no input of the manifest"),
        ("rejects", with_first(stage="clean"), "belongs to stage read"),
        ("rejects", with_first(error="duplicate"), "counts the rejects"),
        ("regions", lambda found: [], "table regions has no row"),
        ("regions", lambda found: [*found, found[-1]], "stands more than once"),
        ("regions", lambda found: [*found[:-1], found[-1] | {"parent": "999999"}], "names no row of regions"),
        ("glossary", with_first(gloss_en=""), "match pattern"),
        ("themes", lambda found: [*found[:-1], found[-1] | {"parent": "S99"}], "names no row of themes"),
    ],
)
def test_check_names_what_is_wrong_in_the_rows(table: str, change, says: str, dist: Path) -> None:  # type: ignore[no-untyped-def]
    spoil(dist, table, change)
    assert any(says in problem for problem in check(dist)), list(check(dist))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("segments", "names no row of articles"),
        ("articles", "articles of shard 1 are not in the order"),
        ("rejects", "rejects of shard 1 are not in the order"),
    ],
)
def test_check_reads_every_shard(table: str, says: str, two_shards: Path, tmp_path: Path) -> None:
    assert list(check(two_shards)) == []
    dist = Path(shutil.copytree(two_shards, tmp_path / "dist"))
    one, two = (dist / f"data/{table}/train-0000{number}-of-00002.parquet" for number in (0, 1))
    data = one.read_bytes(), two.read_bytes()
    two.write_bytes(data[0])
    one.write_bytes(data[1])

    def swap(manifest: dict) -> None:
        first, second = files = manifest["tables"][table]["files"]
        first["path"], second["path"] = second["path"], first["path"]
        files.reverse()

    edit(dist, swap)
    assert any(says in problem for problem in check(dist)), list(check(dist))


_TRADITIONAL = page(
    title="雲溪縣召開推進會",
    paragraphs=(
        "3月5日，雲溪縣召開會議，十個村的代表參加。",
        "會議要求，駐村工作隊每月至少走訪貧困戶一次，發現問題當天記錄。",
    ),
).replace("浏览量", "瀏覽量")
RAW = {
    "utf-8-sig": page().replace("\n", "\r\n").encode("utf-8-sig"),
    "utf-8-sig twice": b"\xef\xbb\xbf" + page().encode("utf-8-sig"),
    "utf-8 cut off": page().encode() + "完".encode()[:-1],
    "utf-16": b"\xff\xfe" + page().encode("utf-16-le"),
    "utf-16 the high byte first": b"\xfe\xff" + page().encode("utf-16-be"),
    "utf-16-le": page().encode("utf-16-le"),
    "utf-32": page().encode("utf-32"),
    "gb18030": page().encode("gb18030"),
    "gb18030 with a mark": b"\x84\x31\x95\x33" + page().encode("gb18030"),
    "big5 with the second code of a character": _TRADITIONAL.encode("big5", "replace").replace(
        "十".encode("big5"), b"\xa2\xcc"
    ),
    "utf-8 in HTML": ("<html><body>" + "".join(f"<p>{line}</p>" for line in page().splitlines()) + "</body>").encode(),
}


def test_a_page_in_any_encoding_is_whole(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for kind, data in RAW.items():
        (tmp_path / "raw" / f"{kind}.txt").write_bytes(data)
    build([tmp_path / "raw"], tmp_path / "dist")
    found = {row["raw_path"].removesuffix(".txt"): row for row in rows(tmp_path / "dist", "articles")}
    assert found.keys() == RAW.keys()
    for kind, article in found.items():
        assert article["encoding"] == kind.split()[0]
        assert article["media_type"] == ("text/html" if "HTML" in kind else "text/plain")
    assert list(check(tmp_path / "dist")) == []


def test_check_names_what_is_wrong_with_the_files(dist: Path) -> None:
    path = dist / "data/sentences/train-00000-of-00001.parquet"
    pq.write_table(pa.table({"text": ["一"]}), path)
    assert any("SHA-256 differs" in problem for problem in check(dist))
    mend(dist, "sentences")
    assert any("does not have the schema of table sentences" in problem for problem in check(dist))
    path.write_bytes(b"PAR1")
    edit(dist, lambda manifest: _first_file(manifest, "sentences").update(sha256=hashlib.sha256(b"PAR1").hexdigest()))
    assert any("cannot be read as Parquet" in problem for problem in check(dist))
    path.unlink()
    assert any("is missing" in problem for problem in check(dist))
    path.mkdir()
    assert any("cannot be read (Is a directory)" in problem for problem in check(dist))


def test_check_names_a_file_with_a_spoilt_column_name(dist: Path) -> None:
    path = dist / "data/segments/train-00000-of-00001.parquet"
    data = path.read_bytes().replace(b"article_id", b"article_\xe4d")
    path.write_bytes(data)
    edit(dist, lambda manifest: _first_file(manifest, "segments").update(sha256=hashlib.sha256(data).hexdigest()))
    assert any("data/segments/train-00000-of-00001.parquet cannot be read" in problem for problem in check(dist))


def test_check_names_a_file_with_a_spoilt_page_of_data(dist: Path) -> None:
    path = dist / "data/segments/train-00000-of-00001.parquet"
    data = bytearray(path.read_bytes())
    data[4:200] = bytes(196)
    path.write_bytes(data)
    edit(dist, lambda manifest: _first_file(manifest, "segments").update(sha256=hashlib.sha256(data).hexdigest()))
    assert any("data/segments/train-00000-of-00001.parquet cannot be read" in problem for problem in check(dist))
    assert not list(warnings(dist))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda dist: (dist / "data/sentences/stray.parquet").write_bytes(b""), "sentences/stray.parquet is not in"),
        (lambda dist: (dist / "data/extra").mkdir(), "data/extra is not in the manifest"),
        (lambda dist: (dist / "data/notes.txt").write_bytes(b""), "data/notes.txt is not in the manifest"),
        (lambda dist: (dist / "README.md").unlink(), "README.md is missing"),
        (lambda dist: (dist / ".building").mkdir(), ".building is left"),
        (lambda dist: (dist / "manifest.json").unlink(), "no finished dataset"),
        (lambda dist: (dist / "manifest.json").unlink() or (dist / "manifest.json").mkdir(), "cannot be read"),
        (lambda dist: (dist / "manifest.json").write_text("[" * 100_000), "not a manifest"),
        (lambda dist: (dist / "manifest.json").write_bytes(b'"\xff"'), "not a manifest"),
    ],
)
def test_check_names_what_is_wrong_with_the_folder(change, says: str, dist: Path) -> None:  # type: ignore[no-untyped-def]
    change(dist)
    assert any(says in problem for problem in check(dist))


def _first_file(manifest: dict, table: str) -> dict:
    return manifest["tables"][table]["files"][0]


def _doubled(items: list) -> None:
    items.append(items[0])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: {}, "not a manifest"),
        (lambda m: [], "not a manifest"),
        (lambda m: m.update(schema="0.9.0"), "has schema 0.9.0"),
        (lambda m: m["tables"].pop("terms") and None, "lacks the tables terms"),
        (lambda m: m["tables"].update(poems=m["tables"]["terms"]), "not a manifest"),
        (lambda m: m["tables"].update(terms=[]), "not a manifest"),
        (lambda m: m["tables"]["terms"].update(files=None), "not a manifest"),
        (lambda m: m["tables"]["terms"].update(files=7), "not a manifest"),
        (lambda m: m["tables"]["terms"].update(files="one"), "not a manifest"),
        (lambda m: m["tables"]["terms"].update(files=[]), "not a manifest"),
        (lambda m: _first_file(m, "terms").pop("path") and None, "not a manifest"),
        (lambda m: _first_file(m, "terms").pop("sha256") and None, "not a manifest"),
        (lambda m: _first_file(m, "terms").update(path=7), "not a manifest"),
        (lambda m: _first_file(m, "terms").update(rows="5"), "not a manifest"),
        (lambda m: m.pop("inputs") and None, "not a manifest"),
        (lambda m: m.update(inputs=None), "not a manifest"),
        (lambda m: m.update(inputs=["0000.txt"]), "not a manifest"),
        (lambda m: _first_file(m, "terms").update(path="../data"), "where data/terms/train-00000-of-00001"),
        (lambda m: _doubled(m["tables"]["terms"]["files"]), "table terms has 2 files"),
        (lambda m: _doubled(m["tables"]["articles"]["files"]), "articles has 2"),
        (lambda m: m["tables"]["terms"].update(rows=1), "gives table terms 1 rows"),
        (lambda m: _first_file(m, "terms").update(bytes=1), "the manifest says"),
        (lambda m: _first_file(m, "terms").update(rows=1), "the manifest says 1"),
        (lambda m: m.update(rejects={}), "counts the rejects"),
        (lambda m: _doubled(m["inputs"]), "more than once"),
        (lambda m: m["inputs"][0].update(sha256="0" * 64), "another SHA-256 or size"),
        (lambda m: m["inputs"][0].update(bytes=1), "another SHA-256 or size"),
        (lambda m: m["inputs"].pop() and None, "is no input of the manifest"),
    ],
)
def test_check_names_what_is_wrong_with_the_manifest(change, says: str, dist: Path) -> None:  # type: ignore[no-untyped-def]
    edit(dist, change)
    assert any(says in problem for problem in check(dist)), list(check(dist))
    list(warnings(dist))


def test_warnings_name_figures_that_contradict_the_published_ones(tmp_path: Path) -> None:
    folder, dist = heap(tmp_path / "raw", 1), tmp_path / "dist"
    story = ("会上通报了进展。2017年，全国农村贫困人口减少1289万人，贫困发生率下降到3.5%。", "大家讨论了下一步的工作。")
    (folder / "odd.txt").write_text(page(paragraphs=story), encoding="utf-8")
    build([folder], dist)
    (warning,) = warnings(dist)
    assert warning.startswith("odd.txt, characters ") and "3.5% as incidence of 2017, but 3.1 was" in warning
    assert not list(check(dist))
    (dist / "data/figures/train-00000-of-00001.parquet").unlink()
    assert not list(warnings(dist))


@pytest.mark.parametrize("name", ["README.md", "manifest.json", "data/page.txt"])
def test_files_that_no_build_made_are_not_replaced(name: str, tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 1)
    mine = tmp_path / "home" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(BuildError, match="no build of povdata made"):
        build([folder], tmp_path / "home")
    assert mine.read_text() == "mine"
    assert sorted(entry.name for entry in (tmp_path / "home").iterdir()) == [name.split("/")[0]]


def test_pages_inside_the_output_s_data_are_not_replaced(tmp_path: Path) -> None:
    build([heap(tmp_path / "raw", 1)], tmp_path / "dist")
    inside = heap(tmp_path / "dist" / "data" / "mine", 1)
    with pytest.raises(BuildError, match="which the build replaces"):
        build([inside], tmp_path / "dist")
    assert (inside / "0000.txt").exists()


@pytest.mark.parametrize("moves", range(2 * len(building.OWNED)))
def test_a_commit_that_fails_keeps_the_old_dataset(
    moves: int, dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(dist)
    done = []

    def replace(source: Path, target: Path) -> None:
        done.extend([target] if target.name in building.OWNED else [])
        if len(done) == moves + 1:
            raise KeyboardInterrupt
        real(source, target)

    real = building.os.replace
    monkeypatch.setattr(building.os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        build([heap(tmp_path / "raw", 1)], dist)
    assert files_of(dist) == before
    shutil.rmtree(dist / ".building")
    assert list(check(dist)) == []


def test_a_killed_commit_is_taken_back_by_the_next_build(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    build([heap(tmp_path / "raw", 1)], dist)
    before = files_of(dist)
    replaced = dist / ".building" / "replaced"
    replaced.mkdir(parents=True)
    for name in ("manifest.json", "README.md", "data"):
        (dist / name).rename(replaced / name)
    with pytest.raises(read.InputError):
        build([tmp_path / "nowhere"], dist)
    build([tmp_path / "raw"], dist)
    assert files_of(dist) == before


def test_two_builds_into_one_folder(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 1)
    said = []

    def second(done: int, total: int) -> None:
        with pytest.raises(BuildError, match="being built by another process"):
            build([folder], tmp_path / "dist")
        said.append((done, total))

    build([folder], tmp_path / "dist", progress=second)
    assert said == [(1, 1)]
    assert list(check(tmp_path / "dist")) == []


def test_a_file_that_is_not_the_one_recorded_is_no_first(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 1)
    (folder / "twin.txt").write_bytes((folder / "0000.txt").read_bytes())
    (folder / "SOURCES.csv").write_text(f"file,sha256\n0000.txt,{'0' * 64}\n")
    build([folder], tmp_path / "dist")
    assert [row["raw_path"] for row in rows(tmp_path / "dist", "articles")] == ["twin.txt"]
    assert [row["error"] for row in rows(tmp_path / "dist", "rejects")] == ["hash_mismatch"]


def test_a_folder_by_two_names_is_one_input(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 2)
    (tmp_path / "link").symlink_to(folder)
    assert build([folder, tmp_path / "link"], tmp_path / "dist").rows["articles"] == 2
