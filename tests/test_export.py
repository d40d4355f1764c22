from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from errno import ENOSPC
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
import sample_dist
from click.testing import CliRunner, Result
from conftest import ROOT

import povdata
from povdata import export, models, standoff
from povdata.build import build
from povdata.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_dist.write(tmp_path_factory.mktemp("export"), shards=2)


def hostile(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Path:
    pages = {"h.txt": [("title", "青石县召开会议\n"), ("metadata", "=1+1\r\n"), ("body", body)]}
    monkeypatch.setattr(sample_dist, "PAGES", pages)
    return sample_dist.write(folder)


def iso(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, list):
        return [iso(item) for item in value]
    if isinstance(value, dict):
        return {key: iso(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("command", ["sql", "export", "standoff"])
def test_help_has_an_example(command: str) -> None:
    help_text = run(command, "--help").output
    assert "Example:" in help_text and f"  povdata {command} " in help_text


# A table as a file


@pytest.mark.parametrize("table", models.TABLES)
def test_json_lines_give_the_rows_back(table: str, dist: Path, tmp_path: Path) -> None:
    assert export.export(table, tmp_path / "out.jsonl", source=dist) == []
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    assert [json.loads(line) for line in lines] == iso(sample_dist.rows().get(table, []))


@pytest.mark.parametrize("table", models.TABLES)
def test_csv_gives_the_rows_back(table: str, dist: Path, tmp_path: Path) -> None:
    export.export(table, tmp_path / "out.csv", source=dist)
    assert (tmp_path / "out.csv").read_bytes().startswith("\ufeff".encode())
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *found = csv.reader(file)
    rows = sample_dist.rows().get(table, [])
    assert header == povdata.schema(table).names
    assert len(found) == len(rows)
    for cells, row in zip(found, rows, strict=True):
        for cell, value in zip(cells, row.values(), strict=True):
            assert (json.loads(cell) if isinstance(value, list | dict) else cell) == (
                iso(value) if isinstance(value, list | dict) else "" if value is None else str(iso(value))
            )


@pytest.mark.parametrize("table", models.TABLES)
def test_parquet_is_the_table(table: str, dist: Path, tmp_path: Path) -> None:
    export.export(table, tmp_path / "out.parquet", source=dist)
    assert pq.read_schema(tmp_path / "out.parquet").names == povdata.schema(table).names
    assert pl.read_parquet(tmp_path / "out.parquet").to_dicts() == sample_dist.rows().get(table, [])


@pytest.mark.parametrize("table", models.TABLES)
def test_a_workbook_gives_the_rows_back(table: str, dist: Path, tmp_path: Path) -> None:
    assert export.export(table, tmp_path / "out.xlsx", source=dist) == []
    header, *found = openpyxl.load_workbook(tmp_path / "out.xlsx")[table].iter_rows(values_only=True)
    rows = sample_dist.rows().get(table, [])
    assert list(header) == povdata.schema(table).names
    assert len(found) == len(rows)
    for cells, row in zip(found, rows, strict=True):
        for cell, value in zip(cells, row.values(), strict=True):
            if isinstance(value, list | dict):
                assert json.loads(cell) == value
            elif isinstance(value, datetime):
                assert cell == value.replace(tzinfo=None)
            else:
                assert unescaped(cell) == value


def test_what_others_read_of_the_csv(dist: Path, tmp_path: Path) -> None:
    export.export("segments", tmp_path / "out.csv", source=dist)
    rows = sample_dist.rows()["segments"]
    assert pd.read_csv(tmp_path / "out.csv").to_dict("records") == rows
    assert pl.read_csv(tmp_path / "out.csv").to_dicts() == rows


STRANGE = [
    "=1+1",
    "{=SUM(A1)}",
    "+1",
    "-1",
    "@x",
    "https://example.org/",
    "007",
    '他说:"好",走了',
    "a\x1b[31mb\x00c",
    "一\r\n二\r三\n\u2028四",
    "_x0041_",
    " 前后 ",
    "\ufffe\uffff",
    "𠮷野家👍",
    "true",
]


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_stays_text(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = hostile(tmp_path / "dist", monkeypatch, text)
    for suffix in (".csv", ".jsonl", ".xlsx"):
        export.export("segments", tmp_path / f"out{suffix}", source=source)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)][1:] == ["=1+1\r\n", text]
    line = (tmp_path / "out.jsonl").read_bytes().decode().split("\n")[2]
    assert json.loads(line)["text"] == text
    *_, row = openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows()
    cell = row[povdata.schema("segments").names.index("text")]
    assert cell.data_type in "s" and cell.hyperlink is None
    assert unescaped(cell.value) == text


def unescaped(value: Any) -> Any:
    """Text without Excel's escapes of control characters."""
    if not isinstance(value, str):
        return value
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), value)


def test_a_text_longer_than_a_cell_goes_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "山" * 32_766 + "𠮷" + "路" * 40_000
    source = hostile(tmp_path / "dist", monkeypatch, body)
    notes = export.export("articles", tmp_path / "out.xlsx", source=source)
    assert len(notes) == 1 and "body_2" in notes[0] and "body_3" in notes[0] and "32,767" in notes[0]
    header, row = openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True)
    cells = dict(zip(header, row, strict=True))
    pieces = [cells["body"], cells["body_2"], cells["body_3"]]
    assert "".join(pieces) == body
    assert all(len(piece.encode("utf-16-le")) <= 2 * 32_767 for piece in pieces)
    assert cells["n_chars"] == len(body), "columns after the long one stand under their names"


def test_rows_beyond_a_sheet_go_on_in_the_next(dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "SHEET_MOST", 4)
    result = run("export", "segments", dist, "-o", tmp_path / "out.xlsx")
    assert result.exit_code == 0 and "segments 2, segments 3" in result.stderr
    sheets = [list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(tmp_path / "out.xlsx")]
    assert [len(rows) for rows in sheets] == [4, 4, 2]
    assert {rows[0] for rows in sheets} == {tuple(povdata.schema("segments").names)}
    texts = [unescaped(row[4]) for rows in sheets for row in rows[1:]]
    assert texts == [row["text"] for row in sample_dist.rows()["segments"]]


def test_a_day_before_excel_s_first_is_text() -> None:
    written: list[tuple[str, Any]] = []

    class Sheet:
        def write_string(self, line: int, place: int, value: str) -> None:
            written.append(("text", value))

        def write_datetime(self, line: int, place: int, value: date, style: Any) -> None:
            written.append(("day", value))

        def write_number(self, line: int, place: int, value: float) -> None:
            written.append(("number", value))

    for value in (date(1899, 12, 31), date(1900, 1, 1), 10**15, 10**14):
        export._put(Sheet(), 0, 0, value, {date: None})
    assert written == [
        ("text", "1899-12-31"),
        ("day", date(1900, 1, 1)),
        ("text", "1000000000000000"),
        ("number", 10**14),
    ]


@pytest.mark.parametrize("suffix", export.SUFFIXES)
def test_a_damaged_table_leaves_the_file_that_was_there(suffix: str, tmp_path: Path) -> None:
    source = sample_dist.write(tmp_path / "dist", shards=2)
    (source / "data/segments/train-00001-of-00002.parquet").write_bytes(b"PAR1")
    (tmp_path / "out").mkdir()
    (tmp_path / f"out/mine{suffix}").write_text("mine")
    result = run("export", "segments", source, "-o", tmp_path / f"out/mine{suffix}")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert "train-00001-of-00002.parquet" in result.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"mine{suffix}"]
    assert (tmp_path / f"out/mine{suffix}").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("people", "-o", "out.txt"), ".csv, .jsonl, .xlsx, .parquet"),
        (("person", "-o", "out.csv"), "there is no table 'person'; there are: articles"),
        (("people", "-o", "file/out.csv"), "Error: file/out.csv: cannot be written (Not a directory); give another"),
        (("people", "-o", "file/new/out.xlsx"), "Error: file/new/out.xlsx: cannot be written (Not a directory)"),
        (("people", "-o", "x" * 250 + ".parquet"), "xx.parquet: File name too long"),
        (("people", "~nobody-here/x", "-o", "out.csv"), "~nobody-here/x: there is no such folder"),
        (("people", "-o", "folder.csv"), "folder.csv is a folder"),
        (("people", "nowhere", "-o", "out.csv"), "nowhere: there is no such folder"),
    ],
)
def test_export_refuses_in_one_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.csv").mkdir()
    Path("file").write_text("mine")
    result = run("export", *arguments)
    assert result.exit_code == 2 and message in result.stderr and result.stderr.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"folder.csv", "file"}


def test_a_disk_that_is_full(dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    monkeypatch.setattr(export, "write_csv", full)
    monkeypatch.setattr(standoff, "brat_text", full)
    for command in (["export", "people"], ["standoff"]):
        for name in ("out.csv", "out.xlsx") if "people" in command else ("brat",):
            result = run(*command, dist, "-o", tmp_path / "new" / name)
            assert result.exit_code == 2
            assert result.stderr == (
                f"Error: {tmp_path}/new/{name}: cannot be written (No space left on device);"
                " give another place, or make room there\n"
            )
    assert not list((tmp_path / "new").iterdir())


def test_the_folder_is_made(dist: Path, tmp_path: Path) -> None:
    for out in ("a/b/terms.parquet", "c/d/brat", "e/f/spans.jsonl"):
        command = ["export", "terms"] if "terms" in out else ["standoff"]
        assert run(*command, dist, "-o", tmp_path / out).exit_code == 0
        assert [path.name for path in (tmp_path / out).parent.iterdir()] == [Path(out).name]
    assert run("export", "terms", dist, "-o", "").exit_code == 2


def test_excel_missing_is_one_line(dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    result = run("export", "people", dist, "-o", tmp_path / "out.xlsx")
    assert result.exit_code == 2 and 'pip install "povdata[excel]"' in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_warning_is_one_line(tmp_path: Path) -> None:
    source = sample_dist.write(tmp_path / "dist")
    (source / "manifest.json").unlink()
    result = run("export", "people", source, "-o", tmp_path / "out.csv")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: ") and "manifest.json" in result.stderr and result.stderr.count("\n") == 1


def test_without_a_dist_it_is_the_one_here_or_else_the_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("export", "articles", "-o", "bundled.jsonl").exit_code == 0
    sample_dist.write(tmp_path / "dist")
    assert run("export", "articles", "-o", "here.jsonl").exit_code == 0
    counts = [len(Path(name).read_text(encoding="utf-8").splitlines()) for name in ("bundled.jsonl", "here.jsonl")]
    assert counts == [povdata.load().num_rows, 2]


def test_export_tells_how_far_it_is(dist: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    export.export("segments", tmp_path / "out.csv", source=dist, progress=lambda *at: told.append(at))
    assert told == [(3, 7), (7, 7)]
    assert run("export", "segments", dist, "-o", tmp_path / "out.csv").output == "", "no bar in a pipe"


# Spans for annotators

PAGE = (
    "\r\n\u3000云溪县召开👍脱贫攻坚推进会\r\n来源：云溪日报    日期：2018-03-06\r\n"
    "3月5日，云南省昭通市镇雄县召开脱贫攻坚推进会，县委书记宋明远出席会议并讲话，县长何静文主持会议。全县有39.8万人脱贫。\r\n"
    "宋明远指出，一要发展茶叶和中药材，让每个村都有产业。二要逐户核实收入，账目要清楚。\r\n"
    "会议要求，驻村工作队每月至少走访贫困户一次\u2028发现问题当天记录、当周解决。\r宋明远强调，要落实精准扶贫，做到两不愁三保障。\r\n"
    "版权所有 云溪县人民政府\r\n"
)


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of two pages, with every kind of line end and characters beyond the basic plane."""
    folder = tmp_path_factory.mktemp("standoff")
    (folder / "raw").mkdir()
    (folder / "raw/a.txt").write_bytes(PAGE.encode())
    (folder / "raw/b.txt").write_bytes(PAGE.replace("39.8万", "41.2万").replace("\r", "").encode())
    build([folder / "raw"], folder / "dist")
    assert not run("check", folder / "dist").exit_code
    return folder / "dist"


def expected(source: Path) -> dict[str, set[tuple[str, int, int, str]]]:
    """Article -> label, start, end and text of each row, straight from the tables."""
    found: dict[str, set[tuple[str, int, int, str]]] = {}
    texts: dict[str, str] = {}
    for row in povdata.load("segments", source=source, as_="arrow").to_pylist():
        texts[row["article_id"]] = texts.get(row["article_id"], "") + row["text"]
        if visible := row["text"].strip():
            start = row["start"] + row["text"].index(visible)
            place = (row["role"], start, start + len(visible), visible)
            found.setdefault(row["article_id"], set()).add(place)
    for table, label in standoff.LABELS.items():
        for row in povdata.load(table, source=source, as_="arrow").to_pylist() if label else []:
            for at in row.get("mentions", [row]):
                text = texts[row["article_id"]][at["start"] : at["end"]]
                assert row.get("text", text) == text
                found[row["article_id"]].add((str(label), at["start"], at["end"], text))
    return found


def lines_of(path: Path) -> Iterator[list[str]]:
    """The fields of the lines, cut wherever any reader would cut one."""
    for line in path.read_bytes().decode().splitlines():
        yield line.split("\t")


def test_brat_gives_every_span_back(annotated: Path, tmp_path: Path) -> None:
    assert run("standoff", annotated, "-o", tmp_path / "brat").output == ""
    wanted = expected(annotated)
    names = {f"{article_id}.{suffix}" for article_id in wanted for suffix in ("txt", "ann")}
    assert {path.name for path in (tmp_path / "brat").iterdir()} == names | {"annotation.conf", "tools.conf"}
    assert {label for spans in wanted.values() for label, *_ in spans} >= {
        label for label in standoff.LABELS.values() if label
    }
    for article_id, spans in wanted.items():
        text = (tmp_path / f"brat/{article_id}.txt").read_text(encoding="utf-8")  # CR LF becomes one character here
        found = set()
        for key, kind, *said in lines_of(tmp_path / f"brat/{article_id}.ann"):
            if key[0] != "T":
                continue
            label, _, places = kind.partition(" ")
            pieces = [tuple(map(int, place.split())) for place in places.split(";")]
            assert said == [" ".join(text[start:end] for start, end in pieces)], "what brat compares"
            assert pieces == sorted(pieces)
            found.add((label, pieces[0][0], pieces[-1][1], text[pieces[0][0] : pieces[-1][1]]))
        assert found == {
            (label, start, end, said.replace("\r\n", " \n").replace("\r", "\n")) for label, start, end, said in spans
        }


def test_a_span_over_lines_is_cut_at_their_ends() -> None:
    text = "甲说,一\r\n\u3000\n二\u2028三\t四。"
    article = standoff.Annotated("0" * 16, "题", "a.txt", text, [standoff.Span(0, len(text), "statement", {})])
    assert standoff.brat_annotations(article) == "T1\tstatement 0 4;8 9;10 11;12 14\t甲说,一 二 三 四。\n"


def test_brat_knows_each_line_s_words(annotated: Path, tmp_path: Path) -> None:
    standoff.standoff(tmp_path / "brat", source=annotated)
    conf = (tmp_path / "brat/annotation.conf").read_text()
    entities, relations, events, attributes = re.split(r"\[\w+\]\n", conf)[1:]
    assert not events.strip()
    known = {name.strip() for name in entities.split()}
    values = {line.split("\t")[0]: line.split("\t")[1] for line in attributes.split("\n") if line}
    for path in (tmp_path / "brat").glob("*.ann"):
        fields = list(lines_of(path))
        bound = {key: kind.split()[0] for key, kind, *_ in fields if key[0] == "T"}
        assert set(bound.values()) <= known
        keys = [key for key, *_ in fields if key != "*"]
        assert len(set(keys)) == len(keys)
        kinds = {key[0] for key, *_ in fields}
        assert kinds == set("TAR*#")
        for key, kind, *said in fields:
            name, *more = kind.split()
            if key[0] == "A":
                arguments = values[name]
                assert f"Arg:{bound[more[0]]}" in arguments.split(", ")
                assert len(more) == 1 or more[1] in arguments.partition("Value:")[2].split("|")
            elif key[0] == "R":
                assert f"\n{name}\tArg1:statement|point, Arg2:person\n" in f"\n{relations}"
                assert [bound[argument.split(":")[1]] for argument in more] in (
                    ["statement", "person"],
                    ["point", "person"],
                )
            elif key == "*":
                assert {bound[argument] for argument in more} == {"person"} and len(more) > 1
            elif key[0] == "#":
                assert name == "AnnotatorNotes" and more[0] in bound and json.loads(said[0])


def test_a_speaker_is_the_last_mention_before() -> None:
    text = "甲乙说好。甲乙说对。"
    facts = {"name": "甲乙", "roles": ["speaker"]}
    spans = [
        standoff.Span(0, 2, "person", facts),
        standoff.Span(3, 5, "statement", {"speaker": "甲乙", "verb": "说"}),
        standoff.Span(5, 7, "person", facts),
        standoff.Span(8, 10, "statement", {"speaker": "甲乙", "verb": "说"}),
        standoff.Span(8, 10, "point", {"speaker": "会议"}),
    ]
    lines = standoff.brat_annotations(standoff.Annotated("0" * 16, "题", "a.txt", text, spans)).split("\n")
    assert [line for line in lines if line[:1] in ("R", "*")] == [
        "R1\tspeaker Arg1:T2 Arg2:T1",
        "R2\tspeaker Arg1:T4 Arg2:T3",
        "*\tsame T1 T3",
    ]


def test_json_lines_give_every_span_back(annotated: Path, tmp_path: Path) -> None:
    assert standoff.standoff(tmp_path / "out.jsonl", source=annotated) == 2
    wanted = expected(annotated)
    for line in (tmp_path / "out.jsonl").read_bytes().decode().split("\n")[:-1]:
        page = json.loads(line)
        spans = {(s["label"], s["start"], s["end"], page["text"][s["start"] : s["end"]]) for s in page["spans"]}
        assert spans == wanted.pop(page["meta"]["article_id"])
        assert page["labels"] == [[s["start"], s["end"], s["label"]] for s in page["spans"]]
        assert [(s["start"], -s["end"]) for s in page["spans"]] == sorted(
            (s["start"], -s["end"]) for s in page["spans"]
        )
        if page["meta"]["raw_path"] == "a.txt":
            assert page["text"] == PAGE
            assert {s["region_code"] for s in page["spans"] if s["label"] == "place" and "level" in s} == {"530627"}
    assert not wanted


def test_articles_can_be_chosen(annotated: Path, tmp_path: Path) -> None:
    article_id = povdata.load(source=annotated)["article_id"][1]
    assert run("standoff", annotated, "-o", tmp_path / "brat", "--article", article_id).exit_code == 0
    assert {path.stem for path in (tmp_path / "brat").glob("*.ann")} == {article_id}
    result = run("standoff", annotated, "-o", tmp_path / "more", "--article", article_id, "--article", "0" * 16)
    assert result.exit_code == 2 and f"there is no article '{'0' * 16}'" in result.stderr
    result = run("standoff", annotated, "-o", tmp_path / "more", "--article", "\udcff")
    assert result.exit_code == 2 and result.stderr.startswith("Error: there is no article '\\udcff'; the ids are in")
    assert [path.name for path in tmp_path.iterdir()] == ["brat"]


def test_a_folder_that_holds_anything_is_left_alone(annotated: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("standoff", annotated, "-o", tmp_path / "empty").exit_code == 0
    mine = next((tmp_path / "empty").glob("*.ann"))
    mine.write_text("mine")
    result = run("standoff", annotated, "-o", tmp_path / "empty")
    assert result.exit_code == 2 and "give a new folder" in result.stderr and result.stderr.count("\n") == 1
    assert mine.read_text() == "mine"
    result = run("standoff", annotated, "-o", tmp_path / "spans.json")
    assert result.exit_code == 2 and ".jsonl" in result.stderr
    result = run("standoff", annotated, "-o", ".")
    assert result.exit_code == 2 and "the folder one stands in cannot be given" in result.stderr


def test_tables_in_another_order_are_refused(annotated: Path, tmp_path: Path) -> None:
    source = tmp_path / "dist"
    shutil.copytree(annotated, source)
    (source / "manifest.json").unlink()
    path = source / "data/places/train-00000-of-00001.parquet"
    places = pq.read_table(path)
    pq.write_table(places.take(list(reversed(range(len(places))))), path)
    result = run("standoff", source, "-o", tmp_path / "brat")
    assert result.exit_code == 2 and "places: its rows do not stand in the order of articles" in result.stderr
    assert not (tmp_path / "brat").exists()


# The page about it

BLOCKS = re.findall(
    r"^```(python|sh)\n(.*?)^```", (ROOT / "docs/exports.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


def test_the_examples_run_as_they_stand(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "dist", tmp_path / "dist", ignore=shutil.ignore_patterns(".*"))
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for language, code in BLOCKS:
        if (tmp_path / "spans.jsonl").exists():
            (tmp_path / "spans.jsonl").unlink()
        command = ["sh", "-ec", code] if language == "sh" else [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, f"{code}: {done.stderr}"
    assert (tmp_path / "figures.csv").stat().st_size and (tmp_path / "people.csv").stat().st_size
    assert len(BLOCKS) == 5
