from __future__ import annotations

import json
import re
import shutil
import socket
import warnings
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sample_dist
import yaml
from conftest import ROOT
from datasets import Features, load_dataset
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCard

from povdata import __version__, models, publish
from povdata.publish import describe, plots
from povdata.publish.counts import Counts, count


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
    assert data.license == "other" and data.license_name
    assert data.language == ["zh"]
    assert data.size_categories == ["n<1K"]
    assert {config["config_name"] for config in data.configs} == set(models.TABLES)
    assert "splits" not in json.dumps(data.to_dict()["dataset_info"])
    described = DatasetInfosDict.from_dataset_card_data(data)
    for table in models.TABLES:
        assert described[table].features == Features.from_arrow_schema(models.arrow_schema(table))


def test_figures_are_the_build_s(dist: Path) -> None:
    text = (dist / "README.md").read_text(encoding="utf-8")
    assert "read 3 raw pages (219 bytes)" in text
    assert "Articles: 2; rejected: 1." in text
    assert "published: 1, from 2020-03-05 to 2020-03-05" in text
    for table, rows in sample_dist.rows().items():
        assert re.search(rf"^\| \[`{table}`\]\(#{table}\) \|.*\| {len(rows)} \| [\d,]+ \|$", text, re.M)
    assert re.search(r"\| `body` \|.*\| 3 \|", text)
    assert re.search(r"\| `empty` \|.*\| 1 \|", text)


@pytest.mark.parametrize("words", ["Apache License 2.0", "The text of the pages belongs to its publishers"])
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


def test_every_coded_value_is_explained(dist: Path) -> None:
    text = (dist / "README.md").read_text(encoding="utf-8").replace(r"\|", "|")
    for table, model in models.TABLES.items():
        section = re.split(r"^##+ ", text.split(f"\n### {table}\n")[1], flags=re.M)[0]
        coded = models.VOCABULARIES.get(table, {})
        for name, field in models.json_schema(table)["properties"].items():
            assert ("enum" in json.dumps(field)) == (name in coded), f"{table}.{name}"
        for column, values in coded.items():
            assert re.search(rf"^\| `{column}` \|.* ¹ \|", section, re.M) and column in model.model_fields
            for value, meaning in values.items():
                assert f"| `{column}` | `{value}` | {meaning} |" in section
        assert section.count("<details>") == section.count("</details>") == (sum(map(len, coded.values())) > 8)


def test_examples_of_the_card_run(dist: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (dist / "README.md").read_text(encoding="utf-8"), flags=re.S)
    found: dict[str, object] = {}
    for block in blocks:
        exec(block, found)
    assert len(blocks) == 5
    assert len(found["articles"]) == 2 and len(found["body"]) == 3 and len(found["sentences"]) == 3  # type: ignore[arg-type]
    assert found["by_year"] == [(2020, 1), (None, 1)]


def test_card_holds_no_time_of_the_build(dist: Path) -> None:
    before = (dist / "README.md").read_bytes()
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    (dist / "manifest.json").write_text(
        json.dumps(manifest | {"built_at": "2021-01-01T00:00:00+00:00"}), encoding="utf-8"
    )
    publish.card(dist)
    assert (dist / "README.md").read_bytes() == before


def pictures(dist: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (dist / "plots").iterdir()}


@pytest.mark.usefixtures("pictures")
def test_pictures_are_named_by_the_card_and_the_same_each_time(dist: Path) -> None:
    found = pictures(dist)
    assert set(found) == {"years.png", "roles.png"}  # the sample has no points
    assert all(data.startswith(b"\x89PNG\r\n\x1a\n") for data in found.values())
    named = re.findall(r"!\[[^\]]+\]\(plots/(\w+\.png)\)", (dist / "README.md").read_text(encoding="utf-8"))
    assert set(named) == set(found)
    (dist / "plots" / "gone.png").write_bytes(b"")
    publish.card(dist)
    assert pictures(dist) == found


@pytest.mark.usefixtures("pictures")
def test_pictures_use_no_letter_that_their_font_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure
    from matplotlib.image import imread
    from matplotlib.text import Text

    counts = Counts()
    for number, outlet in enumerate(["云溪日报", "白桦网", None, *map(str, range(20))]):
        counts.years[1990 + number, outlet] = 100 - number
        counts.outlets[outlet] = 200_000 - number
    counts.characters["body"], counts.themes["S1"], counts.themes["S9"] = 5, 2, 1
    drawn: list[Figure] = []
    save = plots._save
    monkeypatch.setattr(plots, "_save", lambda figure, path: (drawn.append(figure), save(figure, path)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of each missing glyph, and of what has no room
        assert plots.draw(counts, {"S1": "Responsibility " * 4}, tmp_path) == ["years", "roles", "themes"]
        assert plots.draw(Counts(outlets=Counter({None: 2})), {}, tmp_path) == ["years"]
        assert plots.draw(Counts(), {}, tmp_path) == []
        plots.draw(counts, {}, tmp_path)
    for figure in drawn:
        width, height = figure.canvas.get_width_height()
        for text in figure.findobj(Text):
            if text.get_visible() and text.get_text():
                box = text.get_window_extent()
                assert 0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height, text
    named = {text.get_text() for text in drawn[0].findobj(Text)}
    assert {"A", "E", "other outlets", "outlet not named", "no date", "1990"} <= named
    found = {tuple(round(255 * part) for part in rgb[:3]) for row in imread(tmp_path / "years.png") for rgb in row}
    assert {bytes.fromhex(key.rgb[1:]) for key in (*plots.KEYS, plots.OTHERS, plots.UNNAMED)} <= set(map(bytes, found))


@pytest.mark.usefixtures("pictures")
def test_without_matplotlib_the_card_has_the_same_tables(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = (dist / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr("povdata.publish.plots.find_spec", lambda name: None)
    assert publish.card(dist) is False
    assert pictures(dist) == {}
    text = (dist / "README.md").read_text(encoding="utf-8")
    assert "plots/" not in text
    colours = "|".join(re.escape(f" ({key.colour})") for key in (*plots.KEYS, plots.OTHERS, plots.UNNAMED))
    tables = [line for line in drawn.splitlines() if line.startswith("|")]
    assert re.search(colours, "".join(tables)) and not re.search(colours, text)
    assert [re.sub(colours, "", line) for line in tables] == [line for line in text.splitlines() if line[:1] == "|"]


@pytest.mark.usefixtures("pictures")
def test_a_build_says_that_pictures_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner
    from pages import heap

    from povdata.cli import main

    command = ["build", str(heap(tmp_path / "raw", 1)), "-o", str(tmp_path / "dist"), "--workers", "1"]
    assert "matplotlib" not in CliRunner().invoke(main, command).output
    assert (tmp_path / "dist" / "plots" / "roles.png").is_file()
    monkeypatch.setattr("povdata.publish.plots.find_spec", lambda name: None)
    output = CliRunner().invoke(main, command).output
    assert 'no pictures, because matplotlib is missing: pip install "povdata[plots]"' in output
    assert pictures(tmp_path / "dist") == {}


def test_counts_are_those_of_the_rows(dist: Path) -> None:
    sample, found = sample_dist.rows(), count(dist)
    assert found.raw_bytes == sum(row["raw_bytes"] for row in sample["articles"] + sample["rejects"])
    assert found.roles == Counter(row["role"] for row in sample["segments"])
    assert found.characters.total() == sum(len(row["text"]) for row in sample["segments"])
    assert found.years == {(2020, "青石融媒"): 1} and found.dated == 1
    assert found.outlets == {"青石融媒": 1, None: 1} and found.provinces == {None: 2}
    assert found.quality == {"short_body": 2, "no_date": 1} and found.rejects == {"empty": 1}


def test_counts_hold_no_table(tmp_path: Path) -> None:
    """Eight times the rows need no more Arrow memory, but for what a busy machine lets Arrow read ahead."""
    rows = pa.Table.from_pylist(sample_dist.rows()["segments"] * 300, models.arrow_schema("segments"))
    peaks = []
    for times in (50, 400):
        folder = sample_dist.write(tmp_path / str(times))
        (path,) = (folder / "data" / "segments").iterdir()
        with pq.ParquetWriter(path, rows.schema) as writer:
            for _ in range(times):
                writer.write_table(rows)
        before = pa.default_memory_pool()
        pool = pa.proxy_memory_pool(before)
        pa.set_memory_pool(pool)
        try:
            assert count(folder).roles.total() == times * len(rows)
        finally:
            pa.set_memory_pool(before)
        peaks.append(pool.max_memory())
    assert 0 < peaks[1] < 3 * peaks[0]


def test_example_row(dist: Path) -> None:
    text = (dist / "README.md").read_text(encoding="utf-8")
    section = re.split(r"^### ", text.split("\n### articles\n")[1], flags=re.M)[0]
    section = section.split("\n\n<details>")[0]
    lines = [re.split(r"(?<!\\)\|", line) for line in section.splitlines() if line.startswith("| `")]
    shown = {cells[1].strip(): cells[-2].strip() for cells in lines}
    first = sample_dist.rows()["articles"][0]
    assert shown["`title`"] == f"`{first['title']}`"
    assert shown["`credits[].role`"] == "`责任编辑`" and shown["`dateline.agency`"] == "`本报`"
    assert shown["`dateline.place`"] == "`null`" and shown["`quality`"] == "`[short_body]`"
    assert shown["`raw_sha256`"] == f"`{first['raw_sha256'][:40]}…`"


@pytest.mark.parametrize(
    ("text", "code"),
    [("词", "`词`"), ("a|b", r"`a\|b`"), ("`x` ``", "``` `x` `` ```"), ("a\n\tb", "`a  b`"), ("  ", "`    `")],
)
def test_hostile_text_stays_in_its_cell(text: str, code: str) -> None:
    assert describe._code(text) == code


def test_outlets_are_no_markdown(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sample_dist.rows()
    rows["articles"][0]["source"] = "<b>*青石*|[x](y)"
    monkeypatch.setattr(sample_dist, "rows", lambda: rows)
    shutil.rmtree(dist)
    publish.card(sample_dist.write(dist))
    text = (dist / "README.md").read_text(encoding="utf-8")
    assert r"| A | \<b\>\*青石\*\|\[x\](y) | 1 |" in text


def test_scores_of_the_card_are_the_floors(dist: Path) -> None:
    text = (dist / "README.md").read_text(encoding="utf-8")
    assert "`python benchmarks/gold.py GOLD`" in text and (ROOT / "benchmarks" / "gold.py").is_file()
    scores = json.loads((ROOT / "src/povdata/publish/scores.json").read_text(encoding="utf-8"))["layers"]
    floors = json.loads((ROOT / "tests" / "gold_floors.json").read_text(encoding="utf-8"))
    assert set(scores) == set(floors), "run `python benchmarks/gold.py GOLD --write`"
    for layer, floor in floors.items():
        assert abs(scores[layer]["f1"] - floor) < 0.001, "run `python benchmarks/gold.py GOLD --write`"
        assert re.search(rf"^\| {re.escape(layer)} \| \S.* \|.* {scores[layer]['f1']:.3f} \|", text, re.M)


def test_blind_figures_are_those_of_the_docs(dist: Path) -> None:
    text = (dist / "README.md").read_text(encoding="utf-8")
    for row in json.loads((ROOT / "src/povdata/publish/blind.json").read_text(encoding="utf-8")):
        page = (ROOT / "docs" / row["page"]).read_text(encoding="utf-8")
        for figure in re.findall(r"\d+ of \d+|\d+\.\d+|\d+", row["result"]):
            assert re.search(rf"(?<![\d.]){figure}(?![\d.]*\d)", page), f"docs/{row['page']} does not have {figure}"
        assert row["result"] in text and row["table"] in models.TABLES


def test_citation(dist: Path) -> None:
    facts = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert facts["version"] == __version__, "CITATION.cff has another version than src/povdata/__init__.py"
    assert (
        facts["cff-version"] == "1.2.0" and facts["message"] and facts["authors"] and facts["license"] == "Apache-2.0"
    )
    text = (dist / "README.md").read_text(encoding="utf-8")
    for fact in (facts["title"], facts["authors"][0]["name"], f"version = {{{__version__}}}"):
        assert fact in text[text.index("```bibtex") :]


def test_newest_data_changes(dist: Path) -> None:
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, changes = describe._newest_data_changes()
    assert log.index(f"## {version}\n") == log.index("\n## ") + 1
    assert changes and changes in log and "### " not in changes
    assert changes in (dist / "README.md").read_text(encoding="utf-8")


def test_chinese_summary(dist: Path) -> None:
    text = (dist / "README.md").read_text(encoding="utf-8")
    summary = text[text.index("## 中文摘要") : text.index("## Quick start")]
    assert "原始网页 3 个，得到文章 2 篇，未成文章的网页 1 个" in summary and "2020-03-05" in summary


def test_masking_is_counted(dist: Path) -> None:
    text = (dist / "README.md").read_text(encoding="utf-8")
    assert "12 contact segments, 5 numbers and addresses elsewhere, 345 characters in all" in " ".join(text.split())


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


@pytest.mark.usefixtures("pictures")
def test_real_card_is_up_to_date(tmp_path: Path) -> None:
    dist = ROOT / "dist"
    if not (dist / "data").is_dir():
        pytest.skip("dist/ is not built")
    for part in ("data", "manifest.json"):
        (tmp_path / part).symlink_to(dist / part)
    publish.card(tmp_path)
    fresh = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert (dist / "README.md").read_text(encoding="utf-8") == fresh, "dist/README.md is stale: run `make generated`"
