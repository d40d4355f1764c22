"""What is made from the models is up to date, and what is built fits it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
import sample_dist
from conftest import ROOT

from povdata import models, publish
from povdata.build import build

MEND = "run `make generated` (or `python -m povdata.publish`) and commit what it writes"


def test_schemas_are_up_to_date(tmp_path: Path) -> None:
    publish.schemas(tmp_path)
    fresh = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "schema").iterdir()}
    stale = sorted(name for name in fresh | committed if fresh.get(name) != committed.get(name))
    assert not stale, f"schema/ is stale ({', '.join(stale)}): {MEND}"


def test_dictionary_is_up_to_date(tmp_path: Path) -> None:
    publish.dictionary(tmp_path / "tables.md")
    fresh = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == fresh, f"docs/tables.md is stale: {MEND}"


@pytest.mark.parametrize("table", models.TABLES)
def test_dist_is_up_to_date(table: str, fresh_dist: Path) -> None:
    fresh, committed = (pq.read_table(dist / "data" / table).to_pylist() for dist in (fresh_dist, ROOT / "dist"))
    assert committed == fresh, f"dist/data/{table} is stale: run `make dataset` and commit what it writes"


@pytest.fixture(scope="module")
def fresh_dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("fresh") / "dist"
    build([ROOT / "raw"], dist)
    return dist


@pytest.mark.parametrize("table", models.TABLES)
def test_schemas_are_json_schema(table: str) -> None:
    jsonschema.Draft202012Validator.check_schema(models.json_schema(table))


def faults(table: str, rows: list[dict[str, Any]]) -> list[str]:
    validator = jsonschema.Draft202012Validator(models.json_schema(table))
    plain = json.loads(json.dumps(rows, default=date.isoformat))
    return [f"{table}[{n}]: {e.message}" for n, row in enumerate(plain) for e in validator.iter_errors(row)]


@pytest.mark.parametrize("table", sample_dist.rows())
def test_json_schema_takes_what_the_model_takes_and_no_more(table: str) -> None:
    rows = sample_dist.rows()[table]
    for row in rows:
        models.model(table).model_validate(row)
    assert not faults(table, rows)
    first = rows[0]
    for wrong in (first | {"extra": 1}, dict(list(first.items())[1:]), first | {next(iter(first)): None}):
        assert faults(table, [wrong])


@pytest.mark.parametrize("table", models.TABLES)
def test_built_rows_fit_the_json_schema(built: Path, table: str) -> None:
    dists = [built, *([ROOT / "dist"] if (ROOT / "dist" / "data").is_dir() else [])]
    for dist in dists:
        files = sorted((dist / "data" / table).glob("train-*.parquet"))
        assert files, f"{dist}: no files of {table}; run `make dataset`"
        for file in files:
            assert not faults(table, pq.read_table(file).to_pylist()), f"{file} does not fit schema/{table}.schema.json"
