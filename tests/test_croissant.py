"""`croissant.json`: valid without a warning, and every table read back through it is the table."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import mlcroissant
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sample_dist
import yaml
from conftest import ROOT

from povdata import __version__, models, publish, read
from povdata.build.check import check
from povdata.publish import croissant

# What the libraries of mlcroissant say of each other.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph", "ignore:The inplace keyword")


def described(dist: Path) -> Path:
    publish.card(dist)
    croissant.write(dist)
    return dist


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of three shards, in which most tables are empty."""
    return described(sample_dist.write(tmp_path_factory.mktemp("croissant") / "dist", shards=3))


@pytest.fixture(scope="module", params=["sample", "built"])
def both(request: pytest.FixtureRequest, dist: Path, built: Path) -> Path:
    return dist if request.param == "sample" else built


def metadata(dist: Path) -> dict[str, Any]:
    return json.loads((dist / "croissant.json").read_text(encoding="utf-8"))


def plain(value: Any) -> Any:
    """A value as mlcroissant gives it, or as Parquet does, in one form. mlcroissant gives text as bytes, a day as its
    first moment, and a struct that is null as one whose parts are all null, which no row has."""
    if isinstance(value, dict):
        parts = {name.rpartition("/")[2]: plain(part) for name, part in value.items()}
        return parts if any(part is not None for part in parts.values()) else None
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min)
    return value


def test_valid_without_a_warning(both: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        dataset = mlcroissant.Dataset(str(both / "croissant.json"))
    assert not dataset.metadata.issues.errors and not dataset.metadata.issues.warnings
    assert not caplog.records
    assert [record_set.id for record_set in dataset.metadata.record_sets] == list(models.TABLES)


def test_warnings_would_be_seen(dist: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spoilt = metadata(dist)
    del spoilt["datePublished"], spoilt["@context"]["md5"]
    (tmp_path / "croissant.json").write_text(json.dumps(spoilt), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        dataset = mlcroissant.Dataset(str(tmp_path / "croissant.json"))
    assert dataset.metadata.issues.warnings and len(caplog.records) > 1


@pytest.mark.parametrize("table", models.TABLES)
def test_each_table_reads_back_as_it_is(both: Path, table: str) -> None:
    found = [plain(row) for row in mlcroissant.Dataset(str(both / "croissant.json")).records(table)]
    files = sorted((both / "data" / table).iterdir())
    assert found == [plain(row) for file in files for row in pq.read_table(file).to_pylist()]


def test_sample_tries_what_can_go_wrong(dist: Path, built: Path) -> None:
    assert len(list((dist / "data" / "segments").iterdir())) == 3
    assert pq.read_table(dist / "data" / "people").num_rows == 0 and pq.read_table(built / "data" / "people").num_rows
    nested = pq.read_table(dist / "data" / "articles").to_pylist()
    assert [bool(row["credits"]) for row in nested] == [bool(row["dateline"]) for row in nested] == [True, False]


def test_every_file_stands_there_with_its_hash(both: Path) -> None:
    files = {path.relative_to(both).as_posix(): path.read_bytes() for path in (both / "data").rglob("*.parquet")}
    assert croissant.described(both) == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    objects = [part for part in metadata(both)["distribution"] if part["@type"] == "cr:FileObject"]
    assert {part["@id"]: part["contentSize"] for part in objects} == {k: f"{len(v)} B" for k, v in files.items()}


@pytest.mark.parametrize("table", models.TABLES)
def test_tables_and_columns_are_described_by_the_models(dist: Path, table: str) -> None:
    (found,) = (part for part in metadata(dist)["recordSet"] if part["@id"] == table)
    model = models.model(table)
    assert found["description"] == " ".join((model.__doc__ or "").split())
    assert [key["@id"] for key in found["key"]] == [f"{table}/{name}" for name in model.primary_key]
    assert [field["@id"] for field in found["field"]] == [f"{table}/{c.name}" for c in models.columns(table)]
    for field, column in zip(found["field"], models.columns(table), strict=True):
        assert column.meaning in field["description"]
        assert ("null" in field["description"]) >= column.nullable
        assert field.get("isArray", False) == column.type.startswith("list<")
        assert [part["@id"] for part in field.get("subField", [])] == [
            f"{table}/{column.name}/{part.name}" for part in column.fields
        ]
        for value in models.VOCABULARIES.get(table, {}).get(column.name, {}):
            assert f"{value}: " in field["description"]
    for here, there in model.foreign_keys.items():
        for name in here:
            (field,) = (field for field in found["field"] if field["@id"] == f"{table}/{name}")
            assert f"to {there}." in field["description"]


def test_statements_are_those_of_the_card(both: Path) -> None:
    card = " ".join((both / "README.md").read_text(encoding="utf-8").split())
    card = card.replace(" - ", " ").replace("**", "")
    found = metadata(both)
    for name in (
        *("rai:dataCollection", "rai:dataPreprocessingProtocol", "rai:dataAnnotationProtocol", "rai:dataLimitations"),
        *("rai:dataAnnotationAnalysis", "rai:dataBiases", "rai:dataUseCases", "rai:personalSensitiveInformation"),
    ):
        told = [found[name]] if isinstance(found[name], str) else found[name]
        assert told and all(len(statement) > 20 and statement in card for statement in told), name
    assert found["description"] in card and found["license"]["description"] in card
    assert "belongs to its publishers" in found["license"]["description"]
    assert f"povdata {__version__}" in found["rai:machineAnnotationTools"]


def test_citation_and_day_are_the_release_s(dist: Path) -> None:
    found, cited = metadata(dist), yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert found["version"] == __version__ and found["datePublished"] == str(cited["date-released"])
    assert [creator["name"] for creator in found["creator"]] == [author["name"] for author in cited["authors"]]
    assert found["citeAs"].startswith("@misc{") and found["citeAs"] in (dist / "README.md").read_text(encoding="utf-8")


def test_holds_no_time_of_the_build(tmp_path: Path) -> None:
    dist = described(sample_dist.write(tmp_path / "dist"))
    before = (dist / "croissant.json").read_bytes()
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    (dist / "manifest.json").write_text(
        json.dumps(manifest | {"built_at": "2021-01-01T00:00:00+00:00"}), encoding="utf-8"
    )
    croissant.write(dist)
    assert (dist / "croissant.json").read_bytes() == before


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda path: path.unlink(), "croissant.json is missing; build again"),
        (lambda path: path.write_text("{"), "croissant.json cannot be read"),
        (lambda path: path.write_text("[]"), "croissant.json cannot be read"),
        (
            lambda path: path.write_text('{"distribution": []}'),
            "croissant.json describes other files than the manifest; build again",
        ),
    ],
)
def test_check_looks_at_it(built: Path, tmp_path: Path, spoil: Any, said: str) -> None:
    for part in built.iterdir():
        (tmp_path / part.name).symlink_to(part)
    (tmp_path / "croissant.json").unlink()
    (tmp_path / "croissant.json").write_bytes((built / "croissant.json").read_bytes())
    assert not list(check(tmp_path))
    spoil(tmp_path / "croissant.json")
    (problem,) = check(tmp_path)
    assert said in problem


def test_is_no_page_of_a_later_build(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "dist")
    (tmp_path / "page.txt").write_text("page", encoding="utf-8")
    assert [raw.source.raw_path for raw in read.raws([tmp_path])] == ["page.txt"]


def test_real_file_is_up_to_date(tmp_path: Path) -> None:
    dist = ROOT / "dist"
    if not (dist / "data").is_dir():
        pytest.skip("dist/ is not built")
    for part in ("data", "manifest.json", "README.md"):
        (tmp_path / part).symlink_to(dist / part)
    croissant.write(tmp_path)
    fresh = (tmp_path / "croissant.json").read_text(encoding="utf-8")
    assert (dist / "croissant.json").read_text(encoding="utf-8") == fresh, (
        "croissant.json is stale: run `make generated`"
    )
