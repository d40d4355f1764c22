from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import duckdb
import huggingface_hub
import pandas as pd
import pytest
import sample_dist
from click.testing import CliRunner, Result

import povdata
from povdata import models
from povdata.cli import main

POVDATA = Path(sys.executable).parent / "povdata"


def run(*arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["sql", *(str(argument) for argument in arguments)], input=stdin)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_dist.write(tmp_path_factory.mktemp("sql"), shards=2)


@pytest.mark.parametrize("table", models.TABLES)
def test_each_table_is_a_view_of_all_its_shards(table: str, dist: Path) -> None:
    found = povdata.sql(f"FROM {table}", source=dist)
    assert found is not None
    assert found.columns == povdata.schema(table).names
    rows = sample_dist.rows().get(table, [])
    assert [row[0] for row in found.fetchall()] == [next(iter(row.values())) for row in rows]


def test_a_query_that_names_no_table_sees_all(dist: Path) -> None:
    assert run("SHOW TABLES", dist).output.split()[1:] == sorted(models.TABLES)


def test_tables_join_and_names_are_in_any_case(dist: Path) -> None:
    query = "SELECT title, count(*) FROM Articles JOIN SEGMENTS USING (article_id) GROUP BY ALL ORDER BY title"
    assert list(csv.reader(run(query, dist).output.splitlines()))[1:] == [
        ["白桦镇修通环村路", "4"],
        ["青石县召开春耕动员会", "3"],
    ]


def test_times_are_of_beijing(dist: Path) -> None:
    query = "SELECT published_at, hour(published_at) AS hour FROM articles WHERE published_at IS NOT NULL"
    assert run(query, dist).output == "published_at,hour\n2020-03-05T09:30:00+08:00,9\n"


def test_csv_has_lists_and_structs_as_json_and_null_as_nothing(dist: Path) -> None:
    query = (
        "SELECT credits, dateline, summary, true AS yes, 1.5::DECIMAL(3, 2) AS d, 'a,\"b' AS t, INTERVAL 3 DAY AS i,"
        " [INTERVAL 1 MONTH] AS l FROM articles LIMIT 1"
    )
    header, row = csv.reader(run(query, dist, "--format", "csv").output.splitlines())
    assert header == ["credits", "dateline", "summary", "yes", "d", "t", "i", "l"]
    assert json.loads(row[0]) == [{"role": "责任编辑", "name": "甲乙"}]
    assert json.loads(row[1]) == {"agency": "本报", "place": None, "date": None}
    assert row[2:] == ["", "true", "1.5", 'a,"b', "3 days", "[1 month]"]


def test_csv_lines_end_as_tools_of_a_pipe_want(dist: Path) -> None:
    result = run("SELECT 'a' || chr(13) || 'b' AS t, 1 AS n", dist)
    assert result.stdout_bytes == b't,n\n"a\rb",1\n'


def test_json_is_one_array_and_loses_no_column(dist: Path) -> None:
    query = "SELECT a.title, b.title, 'nan'::FLOAT AS x, 2::HUGEINT AS n, a.published_at FROM articles a, articles b"
    rows = json.loads(run(query, dist, "--format", "json").output)
    assert len(rows) == 4
    assert rows[0] == {
        "title": "青石县召开春耕动员会",
        "title_1": "青石县召开春耕动员会",
        "x": None,
        "n": 2,
        "published_at": "2020-03-05T09:30:00+08:00",
    }
    assert json.loads(run("FROM articles WHERE false", dist, "--format", "json").output) == []


def test_the_columns_of_a_table_stand_in_line(dist: Path) -> None:
    lines = run("SELECT title, source, n_chars FROM articles", dist, "--format", "table").output.rstrip().splitlines()
    widths = {sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in lines}
    assert len(lines) == 7 and len(widths) == 1, lines


def test_a_table_in_a_file_is_whole(dist: Path) -> None:
    output = run("SELECT i, repeat('长', 300) AS t FROM range(200) r(i)", dist, "--format", "table").output
    assert output.count("长" * 300) == 200


def test_rows_cannot_command_the_terminal(dist: Path) -> None:
    output = run("SELECT 'a' || chr(27) || '[31m' || chr(7) AS t", dist, "--format", "table").output
    assert "\x1b" not in output and "\x07" not in output and "31m" in output


def test_the_query_from_standard_input(dist: Path) -> None:
    query = (
        "-- the last answers\nCREATE TEMP TABLE t AS FROM segments WHERE role = 'body';\nSELECT count(*) AS n\nFROM t;"
    )
    assert run("-", dist, stdin=query).output == "n\n3\n"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELEC 1", "Error: Parser Error: syntax error at or near"),
        ("SELECT\nnope\nFROM articles", 'Error: Binder Error: Referenced column "nope" not found'),
        ("FROM article", 'Did you mean "articles"'),
        ("FROM articles WHERE", "Error: Parser Error"),
        ("INSERT INTO articles VALUES (1)", "Error: "),
        ("SELECT 'x'::INT FROM segments", "Error: Conversion Error"),
        ("", "Error: the query is empty"),
        ("/* nothing */", "Error: the query is empty"),
        ("FROM dist", "Error: Catalog Error"),
        ("SELECT '\udcff'", "Error: the query is not UTF-8; write it in UTF-8"),
        ("SELECT 'infinity'::DATE", "Error: a day or time lies outside the years 1 to 9999; cast it to VARCHAR"),
        (f"FROM read_text('{__file__}')", "other files and settings are for povdata.sql in Python"),
        ("SELECT '中文 copy' AS \"copy\", $$ copy $$, 1 -- copy\nFROM nowhere", "Error: Catalog Error"),
        ("SET TimeZone = 'UTC'; SELECT 1", "other files and settings are for povdata.sql in Python"),
    ],
)
def test_what_is_wrong_with_a_query_is_one_line(query: str, message: str, dist: Path) -> None:
    result = run(query, dist)
    assert result.exit_code == 2
    assert message in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "query",
    [
        "COPY (FROM articles) TO '{dist}/data/articles/train-00000-of-00002.parquet' (FORMAT parquet)",
        "SELECT 1; COPY articles TO '{dist}/mine.csv'",
        "EXPORT DATABASE '{dist}/mine'",
        "ATTACH '{dist}/mine.db'",
        "PREPARE p AS COPY articles TO '{dist}/mine.csv'; EXECUTE p",
        "EXPLAIN ANALYZE COPY articles TO '{dist}/mine.csv'",
        "SELECT 1; explain (analyze) /**/ copy (SELECT 1) TO '{dist}/data/articles/train-00000-of-00002.parquet'"
        " (USE_TMP_FILE false, FORMAT csv)",
        "WITH x AS (COPY (SELECT 1) TO '{dist}/data/articles/train-00000-of-00002.parquet' (USE_TMP_FILE false))"
        " FROM x",
        "COPY (PIVOT articles ON genre) TO '{dist}/data/articles/train-00000-of-00002.parquet' (USE_TMP_FILE false)",
        "COPY FROM DATABASE memory TO memory",
        "SET profiling_output = '{dist}/mine'; SET enable_profiling = 'json'; FROM articles",
        "CALL enable_logging(storage = 'file', storage_path = '{dist}/mine'); FROM articles",
        "SET secret_directory = '{dist}/mine'; CREATE PERSISTENT SECRET s (TYPE http)",
        "IMPORT DATABASE '{dist}/mine'",
        "INSERT INTO articles FROM articles",
        "DELETE FROM articles",
        "DROP TABLE articles",
    ],
)
def test_nothing_is_written_into_the_dataset(query: str, dist: Path, tmp_path: Path) -> None:
    shutil.copytree(dist, tmp_path / "dist")
    before = {path: path.read_bytes() for path in (tmp_path / "dist").rglob("*") if path.is_file()}
    result = run(query.format(dist=tmp_path / "dist"), tmp_path / "dist")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in (tmp_path / "dist").rglob("*") if path.is_file()} == before


def test_a_damaged_file_is_not_read_as_good(dist: Path, tmp_path: Path) -> None:
    source = shutil.copytree(dist, tmp_path / "dist")
    damaged = source / "data/segments/train-00001-of-00002.parquet"
    data = damaged.read_bytes()
    damaged.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    result = run("SELECT count(*) FROM segments", source)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert "data/segments/train-00001-of-00002.parquet: is not the file that was built" in result.stderr
    assert run("SELECT count(*) AS n FROM articles", source).output == "n\n2\n"
    with pytest.raises(OSError, match="is not the file that was built"):
        povdata.sql("FROM segments", source=source)
    (source / "manifest.json").unlink()
    result = run("SELECT count(*) FROM segments", source)
    assert result.stderr.startswith("warning: ") and "there is no manifest.json in it" in result.stderr


def test_a_query_from_standard_input_that_is_not_utf_8(dist: Path) -> None:
    result = CliRunner().invoke(main, ["sql", "-", str(dist)], input=b"SELECT '\xd6\xd0'")
    assert result.exit_code == 2 and result.stderr == "Error: standard input is not UTF-8; save the query in UTF-8\n"


@pytest.mark.parametrize("name", ["a[1]", "a*b?", "it's", "role=body", "中文 空格"])
def test_a_folder_of_any_name(name: str, tmp_path: Path) -> None:
    source = sample_dist.write(tmp_path / name / "dist")
    assert run("SELECT count(*) AS n, count(DISTINCT role) AS roles FROM segments", source).output == "n,roles\n7,4\n"


def test_a_url(dist: Path) -> None:
    assert run("SELECT count(*) AS n FROM segments", f"file://{dist}").output == "n\n7\n"


def test_of_a_dataset_on_the_hub_only_the_tables_named_are_fetched(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        huggingface_hub,
        "snapshot_download",
        lambda *a, **k: asked.append((a, k["revision"], k["allow_patterns"])) or str(dist),
    )
    query = "SELECT count(*) AS n FROM segments JOIN articles USING (article_id)"
    assert run(query, "owner/name", "--revision", "v1").output == "n\n7\n"
    assert asked == [
        (("owner/name",), "v1", ["manifest.json", f"data/{table}/train-*.parquet"])
        for table in ("articles", "segments")
    ]


@pytest.mark.parametrize("source", ["nowhere", "empty"])
def test_no_dataset_is_one_line(source: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("FROM articles", tmp_path / source)
    assert result.exit_code == 2 and source in result.stderr and result.stderr.count("\n") == 1


def test_without_a_dist_it_is_the_one_here_or_else_the_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("SELECT count(*) AS n FROM articles").output == f"n\n{povdata.load().num_rows}\n"
    sample_dist.write(tmp_path / "dist")
    assert run("SELECT count(*) AS n FROM articles").output == "n\n2\n"


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_a_closed_pipe_is_no_error(form: str, dist: Path, tmp_path: Path) -> None:
    query = "SELECT i, repeat('x', 100) AS t FROM range(100000) r(i)"
    command = f'"{POVDATA}" sql "{query}" "{dist}" --format {form} 2> "{tmp_path}/errors"; echo $? > "{tmp_path}/code"'
    done = subprocess.run(["sh", "-c", f"({command}) | head -1"], capture_output=True, text=True)
    assert done.stdout.count("\n") == 1
    assert (tmp_path / "errors").read_text() == "" and (tmp_path / "code").read_text() == "0\n"


def test_duckdb_missing_is_one_line(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    result = run("FROM articles", dist)
    assert result.exit_code == 2 and 'pip install "povdata[duckdb]"' in result.stderr
    assert result.stderr.count("\n") == 1
    with pytest.raises(ImportError, match=r'pip install "povdata\[duckdb\]"'):
        povdata.sql("FROM articles", source=dist)


def test_in_python_the_result_is_a_relation_that_joins_the_caller_s_frames(dist: Path) -> None:
    mine = pd.DataFrame({"role": ["title", "footer"], "mine": [1, 2]})
    found = povdata.sql("SELECT mine, text FROM segments JOIN mine USING (role) ORDER BY mine, text", source=dist)
    assert isinstance(found, duckdb.DuckDBPyRelation) and len(mine) == 2
    assert found.df()["mine"].tolist() == [1, 1, 2]
    assert found.to_arrow_table().column("text").to_pylist()[2] == "版权所有\n"


def test_in_python_an_error_is_duckdb_s(dist: Path) -> None:
    with pytest.raises(duckdb.Error, match="nope"):
        povdata.sql("SELECT nope FROM articles", source=dist)
    for query in ("COPY articles TO 'x.csv'", "EXPLAIN ANALYZE COPY articles TO 'x.csv'"):
        with pytest.raises(ValueError, match="COPY writes"):
            povdata.sql(query, source=dist)


def test_import_is_cheap_and_the_name_stays_a_function() -> None:
    code = (
        "import povdata, sys; print(callable(povdata.sql), 'duckdb' in sys.modules, 'pyarrow' in sys.modules);"
        "import povdata.sql, povdata.export, povdata.standoff; print(callable(povdata.sql))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert done.stdout.split() == ["True", "False", "False", "True"], done.stderr
