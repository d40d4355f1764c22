from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import datasets
import fsspec
import hub_stub
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sample_dist

import povdata
from povdata import models
from povdata.build.check import check
from povdata.page import SHANGHAI

FORMS = {"datasets": datasets.Dataset, "arrow": pa.Table, "pandas": pd.DataFrame, "polars": pl.DataFrame}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_dist.write(tmp_path_factory.mktemp("load"), shards=2)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=120)


def test_import_pulls_in_nothing_heavy() -> None:
    heavy = (
        "datasets",
        "fsspec",
        "pyarrow",
        "pydantic",
        "huggingface_hub",
        "pandas",
        "polars",
        "jinja2",
        "jieba",
        "resiliparse",
    )
    done = python(f"import povdata, sys; print([m for m in {heavy} if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("before", ["", "import povdata.load, povdata.models, povdata.publish.push"])
def test_public_names_stay_functions(before: str) -> None:
    done = python(
        f"{before}\nimport povdata\nprint(povdata.tables()[0], povdata.schema('segments').names[0], povdata.load)"
        "\nprint(povdata.push)"
    )
    assert done.stdout.startswith("articles article_id <function load"), done.stdout + done.stderr
    assert done.stdout.splitlines()[1].startswith("<function push"), done.stdout + done.stderr


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


def test_folder_goes_before_the_hub(dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sample_dist.write(tmp_path / "owner" / "name")
    assert povdata.load(source="owner/name").num_rows == 2


@pytest.mark.parametrize("environment", [{"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_HUB_OFFLINE": "1"}])
def test_hub_out_of_reach(environment: dict[str, str], tmp_path: Path) -> None:
    code = "import povdata\ntry: povdata.load(source='owner/name')\nexcept ConnectionError as error: print(error)"
    done = python(code, HF_HOME=str(tmp_path), **environment)
    assert "owner/name" in done.stdout and "the Hugging Face Hub does not answer" in done.stdout, done.stderr


FIRST = "data/articles/train-00000-of-00001.parquet"


def manifest_of(dist: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = dist / "manifest.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")


def with_columns(dist: Path, change: Callable[[pa.Table], pa.Table], **head: str) -> Path:
    """Another povdata's dataset: articles with other columns, and a manifest that says so."""
    table = change(pq.read_table(dist / FIRST))
    pq.write_table(table, dist / FIRST)

    def note(manifest: dict[str, Any]) -> None:
        data = (dist / FIRST).read_bytes()
        manifest.update(head)
        manifest["tables"]["articles"]["files"][0] |= {
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
        }

    manifest_of(dist, note)
    return dist


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset that a test may change."""
    return sample_dist.write(tmp_path / "dist")


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


def test_a_file_that_is_not_the_one_built(folder: Path) -> None:
    other = pq.read_table(folder / FIRST).slice(0, 1)
    pq.write_table(other, folder / FIRST)
    with pytest.raises(OSError, match=r"articles/train-00000-of-00001\.parquet.* another SHA-256; build the dataset"):
        povdata.load(source=folder)
    assert povdata.load("segments", source=folder).num_rows == 7


def test_the_manifest_says_which_files_make_a_table(folder: Path) -> None:
    shutil.copy(folder / FIRST, folder / "data/articles/train-00001-of-00002.parquet")
    assert povdata.load(source=folder).num_rows == 2
    (folder / FIRST).unlink()
    with pytest.raises(FileNotFoundError, match=rf"{FIRST}: is missing.*; build the dataset again"):
        povdata.load(source=folder)


def test_several_files_are_read_in_order_and_the_one_that_is_no_parquet_is_named(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    second = "data/articles/train-00001-of-00002.parquet"
    (entry,) = manifest["tables"]["articles"]["files"]
    whole = pq.read_table(folder / FIRST)

    def list_second() -> None:
        digest = sha256((folder / second).read_bytes()).hexdigest()
        manifest["tables"]["articles"]["files"] = [entry, entry | {"path": second, "sha256": digest}]
        path.write_text(json.dumps(manifest), encoding="utf-8")

    pq.write_table(whole.slice(1), folder / second)
    list_second()
    ids = whole["article_id"].to_pylist()
    assert povdata.load(source=folder, as_="arrow")["article_id"].to_pylist() == [*ids, ids[1]]
    (folder / second).write_bytes(b"PAR1, but no more")
    list_second()
    with pytest.raises(OSError, match=rf"{second}: cannot be read as Parquet"):
        povdata.load(source=folder)


def test_a_folder_without_a_manifest_is_read_with_a_warning(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.warns(UserWarning, match=r"dist: there is no manifest\.json in it") as told:
        assert povdata.load(source=folder).num_rows == 2
    assert told[0].filename == __file__
    (folder / FIRST).write_bytes(b"PAR1, but no more")
    with pytest.raises(OSError, match=rf"{FIRST}: cannot be read as Parquet .*build the dataset again"):
        povdata.load(source=folder)


def test_inputs_of_the_manifest_are_not_read(folder: Path) -> None:
    path = folder / "manifest.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    del found["inputs"]
    text = json.dumps(found).removesuffix("}")
    path.write_text(text + ', "inputs": [{"raw_path": "a.txt"}, {"raw_path": "b.txt"}, and more', encoding="utf-8")
    assert povdata.load(source=folder).num_rows == 2


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "its end where { belongs"),
        ("[1]", r"\[ where { belongs"),
        ('{"povdata": "0.1.0"', "its end where"),
        ('{"povdata": "0.1.0"}', "schema: is no version"),
        ('{"schema": "1.0"}', "schema: is no version"),
        ('{"schema": "SCHEMA"}', "tables.articles: names no files of it"),
        ('{"schema": "SCHEMA", "tables": {"articles": {"files": []}}}', "tables.articles: names no files of it"),
        (
            '{"schema": "SCHEMA", "tables": {"articles": {"files": [{"path": "../x", "sha256": "", "bytes": 1}]}}}',
            "tables.articles: names no files of it",
        ),
    ],
)
def test_a_manifest_that_is_none(folder: Path, text: str, reason: str) -> None:
    (folder / "manifest.json").write_text(text.replace("SCHEMA", models.SCHEMA_VERSION), encoding="utf-8")
    with pytest.raises(
        OSError, match=rf"manifest\.json: is not a manifest of povdata \({reason}.*build the dataset again"
    ):
        povdata.load(source=folder)


def test_a_manifest_that_cannot_be_read(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b'{"a": "\xff"}')
    assert list(check(folder)) == [
        f"{folder}/manifest.json is not a manifest of povdata (it is not UTF-8); build the dataset again"
    ]
    with pytest.raises(OSError, match=r"manifest\.json: is not a manifest of povdata \(it is not UTF-8\)"):
        povdata.load(source=folder)
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()
    assert list(check(folder)) == [
        f"{folder}/manifest.json cannot be read (Is a directory); make it readable, or build the dataset again"
    ]
    with pytest.raises(OSError, match=r"dist/manifest\.json: cannot be read \(Is a directory\); make it readable, or"):
        povdata.load(source=folder)


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    (folder / FIRST).unlink()
    (folder / FIRST).mkdir()
    assert f"{FIRST} cannot be read (Is a directory); make it readable, or build again" in list(check(folder))
    with pytest.raises(OSError, match=rf"dist/{FIRST}: cannot be read .*; make it readable, or build the dataset"):
        povdata.load(source=folder)


def test_folders_of_strange_names(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="~nobody-here/x: there is no such folder"):
        povdata.load(source="~nobody-here/x")
    strange = tmp_path / os.fsdecode(b"\xd6\xd0")
    strange.mkdir()
    with pytest.raises(ValueError, match="the name is not UTF-8"):
        povdata.load(source=strange)


MAJOR, MINOR, _ = map(int, models.SCHEMA_VERSION.split("."))


def test_a_newer_major_version_is_refused(folder: Path) -> None:
    with_columns(folder, lambda table: table, schema=f"{MAJOR + 1}.0.0", povdata="7.1.0")
    wanted = rf"has schema {MAJOR + 1}\.0\.0, this povdata reads {MAJOR}; .* pip install -U 'povdata>=7\.1\.0'"
    with pytest.raises(ValueError, match=wanted):
        povdata.load(source=folder)
    manifest_of(folder, lambda manifest: manifest.update(povdata="7'; rm x #"))
    with pytest.raises(ValueError, match=r"pip install -U povdata$"):
        povdata.load(source=folder)


def test_an_older_major_version_is_refused(folder: Path) -> None:
    with_columns(folder, lambda table: table, schema=f"{MAJOR - 1}.9.0", povdata="0.0.7")
    wanted = rf"has schema {MAJOR - 1}\.9\.0, .*; build it again or .*pip install 'povdata==0\.0\.7'"
    with pytest.raises(ValueError, match=wanted):
        povdata.load(source=folder)


def test_a_newer_minor_version_is_read_without_what_is_new(folder: Path) -> None:
    def grow(table: pa.Table) -> pa.Table:
        return table.append_column("mood", pa.array(["calm"] * table.num_rows))

    with_columns(folder, grow, schema=f"{MAJOR}.{MINOR + 1}.0")
    with pytest.warns(
        UserWarning, match=rf"left out of articles .* schema {MAJOR}\.{MINOR + 1}\.0 is newer: mood;"
    ) as told:
        found = povdata.load(source=folder)
    assert told[0].filename == __file__
    assert found.to_list() == sample_dist.rows()["articles"]
    assert povdata.load("segments", source=folder).num_rows == 7


def test_an_older_minor_version_is_read_with_nulls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_columns(folder, lambda table: table.drop_columns(["summary", "views"]))
    monkeypatch.setattr(models, "SCHEMA_VERSION", f"{MAJOR}.{MINOR + 1}.0")
    assert povdata.load(source=folder, as_="arrow").schema.equals(povdata.schema())
    empty = {"summary": None, "views": None}
    assert povdata.load(source=folder).to_list() == [row | empty for row in sample_dist.rows()["articles"]]

    manifest_of(folder, lambda manifest: manifest["tables"].pop("terms"))
    with pytest.raises(ValueError, match=r"has no table terms, which came later; build it again"):
        povdata.load("terms", source=folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop_columns(["views"]),
        lambda table: table.append_column("mood", pa.array(["calm"] * table.num_rows)),
        lambda table: table.select(table.column_names[::-1]),
        lambda table: table.set_column(0, "article_id", pa.array([1] * table.num_rows)),
    ],
)
def test_other_columns_under_the_same_version_are_refused(folder: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    with_columns(folder, change)
    with pytest.raises(
        ValueError, match=r"dist: articles has other columns than this povdata knows.*manifest\.json names"
    ):
        povdata.load(source=folder)


def test_what_must_be_there_cannot_be_filled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_columns(folder, lambda table: table.drop_columns(["raw_path"]))
    monkeypatch.setattr(models, "SCHEMA_VERSION", f"{MAJOR}.{MINOR + 1}.0")
    with pytest.raises(ValueError, match="articles has other columns"):
        povdata.load(source=folder)


def test_many_large_files_come_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sample_dist.write(tmp_path, shards=7)
    monkeypatch.setattr(sys.modules["povdata.load"], "_MANY_BYTES", 0)
    assert povdata.load("segments", source=folder).to_list() == sample_dist.rows()["segments"]
    (folder / "data/segments/train-00003-of-00007.parquet").write_bytes(b"")
    with pytest.raises(OSError, match=r"train-00003-of-00007\.parquet: is not the file that was built"):
        povdata.load("segments", source=folder)


@pytest.fixture
def memory(dist: Path) -> Iterator[str]:
    files = fsspec.filesystem("memory")
    files.put(str(dist), "/sample/dist", recursive=True)
    yield "memory://sample/dist"
    files.rm("/sample", recursive=True)


@pytest.fixture
def web(dist: Path) -> Iterator[str]:
    """A web server that knows no ranges."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=dist)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("place", ["memory", "web", "file"])
def test_a_url(place: str, dist: Path, request: pytest.FixtureRequest) -> None:
    url = dist.as_uri() if place == "file" else request.getfixturevalue(place)
    for end in ("", "/"):
        assert povdata.load("segments", source=url + end).to_list() == sample_dist.rows()["segments"]


def test_a_damaged_file_at_a_url(memory: str) -> None:
    path = f"{memory}/data/segments/train-00001-of-00002.parquet"
    with fsspec.open(path, "rb") as file:
        data = file.read()
    with fsspec.open(path, "wb") as file:
        file.write(data[:-1])
    with pytest.raises(OSError, match=rf"{path}: is not the file that was built.*; load it again"):
        povdata.load("segments", source=memory)
    fsspec.filesystem("memory").rm(path)
    with pytest.raises(FileNotFoundError, match=rf"{path}: is missing"):
        povdata.load("segments", source=memory)


@pytest.mark.parametrize(
    "url, error, sentence",
    [
        ("memory://nothing/here", FileNotFoundError, r"memory://nothing/here: there is no manifest\.json in it"),
        ("http://127.0.0.1:9/dist", ConnectionError, "http://127.0.0.1:9/dist: cannot be read .*check the address"),
        ("nosuch://dist", ValueError, "nosuch://dist: is no address that fsspec opens"),
    ],
)
def test_a_url_that_leads_nowhere(url: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence) as told:
        povdata.load(source=url)
    assert "\n" not in str(told.value)


def test_a_url_whose_file_system_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ImportError, match=r"s3://bucket/dist: .*s3fs.*pip install"):
        povdata.load(source="s3://bucket/dist")


def test_a_url_has_no_revision(memory: str) -> None:
    with pytest.raises(ValueError, match=r"revision='v1' is for a dataset on the Hub .*, not for memory://sample/dist"):
        povdata.load(source=memory, revision="v1")


@pytest.fixture
def hub(dist: Path) -> Iterator[hub_stub.Hub]:
    """A Hub that holds the dataset as owner/name, tagged v1, and a later commit."""
    with hub_stub.serve() as hub:
        repository = hub.repositories["owner/name"] = hub_stub.Repository(private=False)
        files = {path.relative_to(dist).as_posix(): path for path in dist.rglob("*") if path.is_file()}
        whole = {name: hub_stub.File(path.read_bytes(), name.endswith("t")) for name, path in files.items()}
        repository.tags["v1"] = repository.commit(whole)
        repository.commit({name: file for name, file in whole.items() if "articles" not in name})
        yield hub


def at_hub(hub: hub_stub.Hub, home: Path, code: str, **environment: str) -> list[str]:
    known = hub_stub.environment(hub, str(home), token=None) | environment
    done = python(f"import os, povdata\n{code}", **known)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "%|" not in done.stderr, "a bar in a pipe"
    return done.stdout.splitlines()


LOAD = "print(povdata.load({table!r}, source='owner/name', revision={revision!r}, as_='arrow').num_rows)"
FAIL = """
try: povdata.load({table!r}, source='owner/name', revision={revision!r})
except {error} as error: print(error)
"""


def test_the_hub_gives_one_table_of_a_revision_and_the_cache_keeps_it(hub: hub_stub.Hub, tmp_path: Path) -> None:
    told = at_hub(hub, tmp_path, LOAD.format(table="articles", revision="v1"))
    assert told == ["2"]
    fetched = [line.rpartition("/")[2].split()[0] for line in hub.requests if line.startswith("GET /datasets/")]
    assert sorted(fetched) == ["manifest.json", "train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]

    (missing,) = at_hub(hub, tmp_path, FAIL.format(table="articles", revision=None, error="FileNotFoundError"))
    assert "owner/name/data/articles/train-00000-of-00002.parquet: is missing" in missing
    (missing,) = at_hub(hub, tmp_path, FAIL.format(table="articles", revision="v9", error="FileNotFoundError"))
    assert missing == "owner/name: the dataset has no revision 'v9'; see its branches and tags"

    for away in ({"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_HUB_OFFLINE": "1"}):
        assert at_hub(hub, tmp_path, LOAD.format(table="articles", revision="v1"), **away) == ["2"]
        code = FAIL.format(table="places", revision="v1", error="ConnectionError")
        (told_,) = at_hub(hub, tmp_path, code, **away)
        assert "owner/name: no folder of that name here, the cache does not hold its table places, and the" in told_
        assert ("because HF_HUB_OFFLINE is set; unset it" in told_) is ("HF_HUB_OFFLINE" in away)


def test_a_cache_that_cannot_be_written(hub: hub_stub.Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    code = FAIL.format(table="articles", revision=None, error="OSError")
    (told,) = at_hub(hub, tmp_path, code, HF_HOME=str(tmp_path / "file"))
    assert told.startswith("owner/name: the cache of the Hub cannot be written (") and "set HF_HOME to" in told


@pytest.mark.parametrize("token", ["hf_old", hub_stub.TOKEN])
def test_a_dataset_that_the_token_may_not_read(hub: hub_stub.Hub, tmp_path: Path, token: str) -> None:
    repository = hub.repositories.pop("owner/name")
    repository.private = True
    hub.repositories["other/name"] = repository
    code = "try: povdata.load(source='other/name')\nexcept OSError as error: print(error)\n"
    told, strange = at_hub(hub, tmp_path, f"{code}os.environ['HF_TOKEN'] = 'hf_\u4e2d'\n{code}", HF_TOKEN=token)
    assert strange.startswith("other/name: the token for the Hub holds characters that no token has; run `hf auth")
    assert (
        "other/name: neither a folder here nor a dataset on the Hub that you may read; check the name, or run" in told
    )


def test_a_file_damaged_in_the_cache_is_fetched_again(hub: hub_stub.Hub, tmp_path: Path) -> None:
    load = LOAD.format(table="segments", revision="v1")
    assert at_hub(hub, tmp_path, load) == ["7"]
    (cached,) = tmp_path.rglob("snapshots/*/data/segments/train-00001-of-00002.parquet")
    whole = cached.read_bytes()
    cached.resolve().write_bytes(whole[:-1] + b"x")
    code = FAIL.format(table="segments", revision="v1", error="OSError")
    (told,) = at_hub(hub, tmp_path, code, HF_HUB_OFFLINE="1")
    assert "train-00001-of-00002.parquet is damaged in the cache, and the Hub does not answer; load it again" in told
    assert at_hub(hub, tmp_path, load) == ["7"]
    assert cached.read_bytes() == whole


def test_a_hub_that_holds_other_files_than_its_manifest_names(hub: hub_stub.Hub, tmp_path: Path) -> None:
    hub.put("data/segments/train-00001-of-00002.parquet", b"PAR1 of another dataset")
    code = FAIL.format(table="segments", revision=None, error="OSError")
    (told,) = at_hub(hub, tmp_path, code)
    assert "owner/name/data/segments/train-00001-of-00002.parquet: is not the file that was built" in told
    assert "take another revision" in told


def test_a_network_that_goes_away_meanwhile(hub: hub_stub.Hub, tmp_path: Path) -> None:
    for answers in range(6):
        hub.answers = answers
        code = "import time; time.sleep = lambda seconds: None\n" + FAIL.format(
            table="segments", revision="v1", error="ConnectionError"
        )
        told = at_hub(hub, tmp_path / str(answers), code)
        assert told and "the Hugging Face Hub does not answer; check the network" in told[0], answers
    hub.answers = None
    assert at_hub(hub, tmp_path / "2", LOAD.format(table="segments", revision="v1")) == ["7"]
    hub.answers = 0
    assert at_hub(hub, tmp_path / "2", LOAD.format(table="segments", revision="v1")) == ["7"]
