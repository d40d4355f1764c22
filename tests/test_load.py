from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import datasets
import huggingface_hub
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sample_dist

import povdata
from povdata import models
from povdata.page import SHANGHAI

FORMS = {"datasets": datasets.Dataset, "arrow": pa.Table, "pandas": pd.DataFrame, "polars": pl.DataFrame}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_dist.write(tmp_path_factory.mktemp("load"), shards=2)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=120)


def test_import_pulls_in_nothing_heavy() -> None:
    heavy = ("datasets", "pyarrow", "pydantic", "huggingface_hub", "pandas", "polars", "jinja2", "jieba", "resiliparse")
    done = python(f"import povdata, sys; print([m for m in {heavy} if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("before", ["", "import povdata.load, povdata.models, povdata.publish"])
def test_public_names_stay_functions(before: str) -> None:
    done = python(
        f"{before}\nimport povdata\nprint(povdata.tables()[0], povdata.schema('segments').names[0], povdata.load)"
    )
    assert done.stdout.startswith("articles article_id <function load"), done.stdout + done.stderr


def test_tables_and_schema() -> None:
    assert povdata.tables() == list(models.TABLES)
    for table in povdata.tables():
        assert povdata.schema(table).names == list(models.TABLES[table].model_fields)
    assert povdata.schema().equals(povdata.schema("articles"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("table", models.TABLES)
def test_each_table_in_each_form(dist: Path, table: str, form: str) -> None:
    found = povdata.load(table, source=dist, as_=form)  # type: ignore[call-overload]
    assert isinstance(found, FORMS[form])
    assert len(found) == len(sample_dist.rows().get(table, []))
    names = found.column_names if form in ("datasets", "arrow") else list(found.columns)
    assert names == list(models.TABLES[table].model_fields)


@pytest.mark.parametrize("table", sample_dist.rows())
def test_rows_come_back_in_order(dist: Path, table: str) -> None:
    rows = sample_dist.rows()[table]
    assert povdata.load(table, source=dist).to_list() == rows
    assert povdata.load(table, source=dist, as_="arrow").to_pylist() == rows
    assert povdata.load(table, source=str(dist), as_="polars").to_dicts() == rows


def test_types_are_the_schema_s(dist: Path) -> None:
    for table in povdata.tables():
        arrow = povdata.load(table, source=dist, as_="arrow")
        assert arrow.schema.types == povdata.schema(table).types
    features = povdata.load(source=dist).features
    assert features["published_at"].dtype == "timestamp[s, tz=Asia/Shanghai]"


def test_nulls_stay_nulls_in_pandas(dist: Path) -> None:
    frame = povdata.load(source=dist, as_="pandas")
    assert frame["views"].dtype == "Int64"
    assert frame["views"].isna().all()
    assert frame["dateline"].tolist()[1] is None
    assert frame["published_at"][0] == datetime(2020, 3, 5, 9, 30, tzinfo=SHANGHAI)


def test_reads_what_build_writes(built: Path) -> None:
    assert povdata.load(source=built).num_rows == 3
    assert povdata.load("rejects", source=built, as_="arrow").column("error").to_pylist() == ["empty"]


def test_unknown_table_names_the_tables(dist: Path) -> None:
    for ask in (lambda: povdata.load("segment", source=dist), lambda: povdata.schema("segment")):
        with pytest.raises(ValueError, match=r"'segment'.*articles, segments, sentences"):
            ask()


def test_unknown_form_names_the_forms(dist: Path) -> None:
    with pytest.raises(ValueError, match=r"'csv'.*datasets, arrow, pandas, polars"):
        povdata.load(source=dist, as_="csv")  # type: ignore[call-overload]


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere: there is no such folder"):
        povdata.load(source=tmp_path / "nowhere")


def test_folder_without_data(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"data/segments/train-\*\.parquet.*povdata build"):
        povdata.load("segments", source=tmp_path)


def test_damaged_file_is_named(dist: Path, tmp_path: Path) -> None:
    broken = sample_dist.write(tmp_path / "dist") / "data" / "articles" / "train-00000-of-00001.parquet"
    broken.write_bytes(broken.read_bytes()[:100])
    with pytest.raises(OSError, match=r"articles.train-00000-of-00001\.parquet.*build the dataset again"):
        povdata.load(source=tmp_path / "dist")


def test_revision_of_a_folder_is_refused(dist: Path) -> None:
    with pytest.raises(ValueError, match="revision='v1' is for a dataset on the Hub"):
        povdata.load(source=dist, revision="v1")


def test_polars_missing(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r'pip install "povdata\[polars\]"'):
        povdata.load(source=dist, as_="polars")


def test_hub_takes_one_table_at_its_revision(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *a, **k: asked.append((a, k)) or str(dist))
    assert povdata.load("segments", source="owner/name", revision="v1").num_rows == 7
    patterns = "data/segments/train-*.parquet"
    assert asked == [(("owner/name",), {"repo_type": "dataset", "revision": "v1", "allow_patterns": patterns})]


def test_folder_goes_before_the_hub(dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sample_dist.write(tmp_path / "owner" / "name")
    assert povdata.load(source="owner/name").num_rows == 2


@pytest.mark.parametrize("environment", [{"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_HUB_OFFLINE": "1"}])
def test_hub_out_of_reach(environment: dict[str, str], tmp_path: Path) -> None:
    code = "import povdata\ntry: povdata.load(source='owner/name')\nexcept ConnectionError as error: print(error)"
    done = python(code, HF_HOME=str(tmp_path), **environment)
    assert "owner/name" in done.stdout and "the Hugging Face Hub does not answer" in done.stdout, done.stderr
