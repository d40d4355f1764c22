"""A shard's files: the same rows give the same bytes, in row groups that no shard is too large for."""

from __future__ import annotations

import gc
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pages import heap

from povdata import read
from povdata.build import shard
from povdata.build.shard import Job, ShardResult, mark_duplicates, work
from povdata.models import LOOKUPS, TABLES, arrow_schema


def worked(raw: Path, folder: Path) -> ShardResult:
    folder.mkdir()
    jobs = [Job(found.source, None) for found in read.raws([raw])]
    return work(jobs, folder, read.MAX_BYTES)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = heap(tmp_path / "raw", 5)
    (folder / "zz.txt").write_bytes(b"")
    return folder


@pytest.fixture
def small_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard, "TOGETHER", (2, 1 << 20))
    monkeypatch.setattr(shard, "ROW_GROUP", 1)


def test_row_groups_hold_the_rows_in_order(raw: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    one = worked(raw, tmp_path / "one")
    request.getfixturevalue("small_row_groups")
    many = worked(raw, tmp_path / "many")
    assert many.inputs == one.inputs
    assert many.rejects == one.rejects == {"empty": 1}
    assert [file.table for file in many.files] == [table for table in TABLES if table not in LOOKUPS]
    assert [file.rows for file in many.files] == [file.rows for file in one.files]
    for file in many.files:
        path = tmp_path / "many" / f"{file.table}.parquet"
        groups = pq.read_metadata(path)
        assert all(groups.row_group(number).num_rows for number in range(groups.num_row_groups))
        assert pq.read_table(path).equals(pq.read_table(tmp_path / "one" / path.name))
        assert pq.read_metadata(tmp_path / "one" / path.name).num_row_groups == (file.rows > 0)
    assert pq.read_metadata(tmp_path / "many" / "articles.parquet").num_row_groups == 3


@pytest.mark.usefixtures("small_row_groups")
def test_marks_of_duplicates_leave_the_bytes_of_the_same_rows(raw: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shard"
    (plain,) = [file for file in worked(raw, folder).files if file.table == "articles"]
    path = folder / "articles.parquet"
    ids = pq.read_table(path)["article_id"].to_pylist()
    before = path.read_bytes()
    assert mark_duplicates(plain, folder, {"0" * 16: ids[0]}) == plain
    assert path.read_bytes() == before

    group_of = {ids[1]: ids[1], ids[4]: ids[1]}
    marked = mark_duplicates(plain, folder, group_of)
    assert (marked.table, marked.rows, marked.n_bytes) == ("articles", 5, path.stat().st_size)
    assert pq.read_table(path)["duplicate_group"].to_pylist() == [None, ids[1], None, None, ids[1]]
    assert pq.read_metadata(path).num_row_groups == 3
    assert mark_duplicates(marked, folder, group_of) == marked

    assert mark_duplicates(marked, folder, {}) == plain
    assert path.read_bytes() == before
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        ["signatures.npy", *(f"{table}.parquet" for table in TABLES if table not in LOOKUPS)]
    )


def test_a_table_without_rows_keeps_its_schema(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "empty.txt").write_bytes(b"")
    result = worked(tmp_path / "raw", tmp_path / "shard")
    assert {file.table: file.rows for file in result.files if file.rows} == {"rejects": 1}
    for file in result.files:
        assert pq.read_schema(tmp_path / "shard" / f"{file.table}.parquet").names == arrow_schema(file.table).names


def test_a_page_that_breaks_a_rule_costs_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def extract_together(documents):  # type: ignore[no-untyped-def]
        found = real(documents)
        found[1]["terms"] = [{"article_id": None}]
        found[3]["segments"][1]["end"] += 1
        return found

    folder = heap(tmp_path / "raw", 5)
    whole = worked(folder, tmp_path / "whole")
    real = shard.extract_together
    monkeypatch.setattr(shard, "extract_together", extract_together)
    broken = worked(folder, tmp_path / "broken")
    assert broken.inputs == whole.inputs
    bad = [whole.inputs[1].raw_path, whole.inputs[3].raw_path]
    rejects = pq.read_table(tmp_path / "broken" / "rejects.parquet").to_pylist()
    assert [row["raw_path"] for row in rejects] == bad
    assert [row["message"].split(",")[0].split(":")[0] for row in rejects] == ["table terms", "table segments"]
    articles = pq.read_table(tmp_path / "whole" / "articles.parquet").to_pylist()
    kept = {row["article_id"] for row in articles if row["raw_path"] not in bad}
    for table in ("articles", "sentences", "terms"):
        rows = pq.read_table(tmp_path / "whole" / f"{table}.parquet").to_pylist()
        left = pq.read_table(tmp_path / "broken" / f"{table}.parquet").to_pylist()
        assert left == [row for row in rows if row["article_id"] in kept]
    assert gc.isenabled()
