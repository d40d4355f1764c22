from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest
import sample_dist
from conftest import ROOT
from datasets import Features, load_dataset
from huggingface_hub import DatasetCard

from povdata import models, publish


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dataset with its card, in a folder of its own, with no network."""

    def refuse(*_: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    folder = sample_dist.write(tmp_path / "dist", shards=2)
    publish.card(folder)
    return folder


@pytest.mark.parametrize("table", sample_dist.rows())
def test_each_table_loads_whole_and_streamed(dist: Path, table: str) -> None:
    rows = sample_dist.rows()[table]
    whole = load_dataset("dist", table, split="train")
    assert whole.to_list() == rows
    assert whole.features == Features.from_arrow_schema(models.arrow_schema(table))
    assert list(load_dataset("dist", table, split="train", streaming=True)) == rows


@pytest.mark.parametrize("streaming", [False, True])
def test_filters(dist: Path, streaming: bool) -> None:
    # The whole table first: what it leaves in the cache must not stand in for the filtered one.
    load_dataset("dist", "segments", split="train")
    found = load_dataset("dist", "segments", split="train", filters=[("role", "==", "body")], streaming=streaming)
    assert list(found) == [row for row in sample_dist.rows()["segments"] if row["role"] == "body"]


def test_articles_are_the_default(dist: Path) -> None:
    assert load_dataset("dist")["train"].to_list() == sample_dist.rows()["articles"]


def test_front_matter(dist: Path) -> None:
    data = DatasetCard.load(dist / "README.md", ignore_metadata_errors=False).data
    assert data.license == "other" and data.license_name and data.license_link
    assert data.language == ["zh"]
    assert data.size_categories == ["n<1K"]
    assert {config["config_name"] for config in data.configs} == set(models.TABLES)
    assert "splits" not in json.dumps(data.to_dict()["dataset_info"])


def test_figures_are_the_build_s(dist: Path) -> None:
    text = (dist / "README.md").read_text(encoding="utf-8")
    assert "read 3 raw pages (219 bytes)" in text
    assert "Articles: 2; rejected: 1." in text
    assert "published: 1, from 2020-03-05 to 2020-03-05" in text
    for table, rows in sample_dist.rows().items():
        assert f"| [`{table}`](#{table}) | {len(rows)} |" in text
    assert re.search(r"\| `body` \|.*\| 3 \|", text)
    assert re.search(r"\| `empty` \|.*\| 1 \|", text)


@pytest.mark.parametrize(
    "words", ["Apache License 2.0", "CC BY 4.0", "The text of the pages belongs to its publishers"]
)
def test_rights_are_said_plainly(dist: Path, words: str) -> None:
    assert words in (dist / "README.md").read_text(encoding="utf-8")


def test_every_column_is_described(dist: Path, tmp_path: Path) -> None:
    publish.dictionary(tmp_path / "tables.md")
    for path in (dist / "README.md", tmp_path / "tables.md"):
        text = path.read_text(encoding="utf-8")
        for table in models.TABLES:
            section = re.split(r"^##+ ", re.split(rf"^##+ `?{table}`?$", text, flags=re.M)[1], flags=re.M)[0]
            for column in models.columns(table):
                assert column.meaning, f"{table}.{column.name} has no description"
                assert f"| `{column.name}` | `{column.type}` |" in section
    assert "| `credits[].role` | `string` |" in text and "| `dateline.place` | `string` |" in text


def test_examples_of_the_card_run(dist: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (dist / "README.md").read_text(encoding="utf-8"), flags=re.S)
    found: dict[str, object] = {}
    for block in blocks:
        exec(block, found)
    assert len(blocks) == 4
    assert len(found["articles"]) == 2 and len(found["body"]) == 3 and len(found["sentences"]) == 3  # type: ignore[arg-type]


def test_card_holds_no_time_of_the_build(dist: Path) -> None:
    before = (dist / "README.md").read_bytes()
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    (dist / "manifest.json").write_text(
        json.dumps(manifest | {"built_at": "2021-01-01T00:00:00+00:00"}), encoding="utf-8"
    )
    publish.card(dist)
    assert (dist / "README.md").read_bytes() == before


def test_table_without_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sample_dist.rows() | {"rejects": []}
    monkeypatch.setattr(sample_dist, "rows", lambda: rows)
    dist = sample_dist.write(tmp_path / "dist")
    publish.card(dist)
    assert "`rejects` has no row in this build" in (dist / "README.md").read_text(encoding="utf-8")
    cache = str(tmp_path / "cache")
    assert load_dataset(str(dist), "segments", split="train", cache_dir=cache).num_rows == 7
    assert list(load_dataset(str(dist), "rejects", split="train", streaming=True, cache_dir=cache)) == []


def test_built_table_without_rows_streams(tmp_path: Path) -> None:
    from pages import heap

    from povdata.build import build

    build([heap(tmp_path / "raw", 1)], tmp_path / "dist")
    assert list(load_dataset(str(tmp_path / "dist"), "rejects", split="train", streaming=True)) == []


def test_dataset_without_files_is_refused(dist: Path) -> None:
    for file in (dist / "data" / "segments").iterdir():
        file.unlink()
    with pytest.raises(FileNotFoundError, match="segments: no train-"):
        publish.card(dist)


def test_schema_of_a_table_gone_is_removed(tmp_path: Path) -> None:
    (tmp_path / "gone.schema.json").write_text("{}")
    publish.schemas(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{table}.schema.json" for table in models.TABLES}


def test_command_stays_out_of_other_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import runpy

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="no checkout of povdata"):
        runpy.run_module("povdata.publish", run_name="__main__")
    assert not list(tmp_path.iterdir())


def test_real_card_is_up_to_date(tmp_path: Path) -> None:
    dist = ROOT / "dist"
    if not (dist / "data").is_dir():
        pytest.skip("dist/ is not built")
    for part in ("data", "manifest.json"):
        (tmp_path / part).symlink_to(dist / part)
    publish.card(tmp_path)
    fresh = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert (dist / "README.md").read_text(encoding="utf-8") == fresh, "dist/README.md is stale: run `make generated`"
