from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pages import heap, page

from povdata.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("command", [(), ("build",), ("check",), ("show",)])
def test_help_has_an_example(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Example:" in result.output and f"povdata {' '.join(command)}".strip() in result.output


def test_build_tells_what_it_did(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 2)
    (folder / "zz.txt").write_bytes(b"")
    result = run("build", folder, "-o", tmp_path / "dist")
    assert result.exit_code == 0, result.output
    assert "articles 2, rejects 1; 3 pages in" in result.output
    assert "a second" in result.output
    assert "rejects: empty 1" in result.output and "zz.txt: " in result.output
    assert "segments " in result.output
    assert run("check", tmp_path / "dist").output == f"{tmp_path / 'dist'} is whole\n"
    assert "taken" not in result.output
    again = run("build", folder, "-o", tmp_path / "dist")
    assert "3 pages in" in again.output and "; 3 pages were taken from an earlier build\n" in again.output


def test_the_field_that_holds_the_page_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "pages.jsonl").write_text(json.dumps({"a": "", "b": page()}) + "\n", encoding="utf-8")
    result = run("build", tmp_path / "pages.jsonl", "-o", tmp_path / "dist", "--field", "b")
    assert "articles 1, rejects 0" in result.output
    result = run("build", tmp_path / "pages.jsonl", "-o", tmp_path / "dist", "--field", "c")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1


def test_strict_makes_a_reject_fatal_but_keeps_the_dataset(tmp_path: Path) -> None:
    folder = heap(tmp_path / "raw", 1)
    (folder / "zz.txt").write_bytes(b"")
    assert run("build", folder, "-o", tmp_path / "dist", "--strict").exit_code == 1
    assert run("check", tmp_path / "dist").exit_code == 0


def test_no_progress_bar_in_a_pipe(tmp_path: Path) -> None:
    result = run("build", heap(tmp_path / "raw", 1), "-o", tmp_path / "dist")
    assert result.stderr == ""


@pytest.mark.parametrize("command", ["build", "show"])
def test_a_missing_input_is_one_line_and_exit_2(command: str, tmp_path: Path) -> None:
    arguments = ["-o", tmp_path / "dist"] if command == "build" else []
    result = run(command, tmp_path / "nowhere.txt", *arguments)
    assert result.exit_code == 2
    assert "nowhere.txt" in result.stderr and result.stderr.count("\n") == 1
    assert not (tmp_path / "dist").exists()


def test_an_output_that_is_a_file_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("mine")
    result = run("build", heap(tmp_path / "raw", 1), "-o", tmp_path / "dist")
    assert result.exit_code == 2
    assert "is a file" in result.stderr and result.stderr.count("\n") == 1


def test_check_exits_1_and_names_what_is_wrong(tmp_path: Path) -> None:
    run("build", heap(tmp_path / "raw", 1), "-o", tmp_path / "dist")
    (tmp_path / "dist/data/segments/train-00000-of-00001.parquet").unlink()
    result = run("check", tmp_path / "dist")
    assert result.exit_code == 1
    assert "segments" in result.output and "missing" in result.output


def test_check_warns_without_failing(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    story = ("会上通报了进展。2018年，全国贫困发生率下降到2.9%。", "大家讨论了下一步的工作，明确了各村的任务。")
    (tmp_path / "raw/odd.txt").write_text(page(paragraphs=story), encoding="utf-8")
    run("build", tmp_path / "raw", "-o", tmp_path / "dist")
    result = run("check", tmp_path / "dist")
    assert result.exit_code == 0
    assert "warning: odd.txt, characters" in result.output and result.output.endswith("is whole\n")


def test_check_of_no_folder(tmp_path: Path) -> None:
    result = run("check", tmp_path / "nowhere")
    assert result.exit_code == 2 and "nowhere" in result.stderr


def test_show_prints_roles_and_fields(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(page(), encoding="utf-8")
    result = run("show", path)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert any(line.split() == ["title", "云溪县召开脱贫攻坚推进会"] for line in lines)
    assert any("body" in line and "宋明远指出" in line for line in lines)
    assert any("source" in line and "云溪日报" in line for line in lines)


def test_show_of_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(b"")
    result = run("show", path)
    assert result.exit_code == 1 and "(empty)" in result.output


def test_a_page_cannot_command_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(page(title="\x1b]0;pwned\x07云溪县召开脱贫攻坚推进会"), encoding="utf-8")
    result = run("show", path)
    assert "\x1b" not in result.output and "\x07" not in result.output
    bad = tmp_path / "raw" / "\x1b[31m.txt"
    bad.parent.mkdir()
    bad.write_bytes(b"")
    assert "\x1b" not in run("build", bad.parent, "-o", tmp_path / "dist").output


def test_a_terminal_without_chinese_gets_escapes(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(page(), encoding="utf-8")
    command = Path(sys.executable).parent / "povdata"
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([command, "show", path], env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "\\u4e91" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["--version"],
        ["--help"],
        ["check", "DIST"],
        ["show", "PAGE"],
        ["show", "--html", "PAGE"],
        ["build", "PAGE", "-o", "NEW"],
    ]
    + [["sql", "FROM articles", "DIST", "--format", form] for form in ("csv", "json", "table")],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_standard_output_that_cannot_be_written_is_one_line(
    command: list[str], built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.txt").write_text(page(), encoding="utf-8")
    places = {"DIST": built, "PAGE": tmp_path / "page.txt", "NEW": tmp_path / "new"}
    arguments = [str(places.get(argument, argument)) for argument in command]
    full = open("/dev/full", "w")
    for stream, message in ((None, "is closed"), (full, "cannot be written (No space left on device)")):
        with monkeypatch.context() as patch, pytest.raises(SystemExit) as ended:
            patch.setattr(sys, "stdout", stream)
            main.main(arguments, "povdata")
        said = capsys.readouterr().err
        assert ended.value.code == 2 and said.startswith(f"Error: standard output {message}; "), said
        assert said.count("\n") == 1
    with suppress(OSError):
        full.close()
    if "NEW" in command:
        assert run("check", tmp_path / "new").exit_code == 0


def test_names_that_can_be_none(tmp_path: Path) -> None:
    for arguments in (("check", ""), ("build", tmp_path, "-o", ""), ("push", "owner/name", "")):
        result = run(*arguments)
        assert result.exit_code == 2 and "it is empty; give a name" in result.stderr
    for arguments in (("check", "\udcff"), ("build", tmp_path, "-o", "\udcff")):
        result = run(*arguments)
        assert result.exit_code == 2 and "is not UTF-8" in result.stderr


def test_a_name_too_long_for_the_system_is_one_line(tmp_path: Path) -> None:
    for arguments in (("build", "x" * 300, "-o", tmp_path / "dist"), ("show", "x" * 300), ("check", "x" * 300)):
        result = run(*arguments)
        assert result.exit_code == 2 and result.stderr.count("\n") == 1, result.output
