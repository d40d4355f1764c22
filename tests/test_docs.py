"""The examples in README.md run as they stand, and README.zh.md says the same."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT

from povdata.cli import main

BLOCKS = re.findall(r"^```(python|sh)\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with copies of raw/ and dist/, so that an example may write where it likes."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("raw", "dist"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("code", [code for language, code in BLOCKS if language == "python"])
def test_python_example(code: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    exec(code, {})


@pytest.mark.parametrize("code", [code for language, code in BLOCKS if language == "sh"])
def test_shell_example(code: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    for line in code.splitlines():
        command, *arguments = shlex.split(line)
        done = CliRunner().invoke(main, arguments)
        assert (command, done.exit_code) == ("povdata", 0), f"{line}: {done.output}"


def test_both_readmes_have_the_same_sections_tables_links_and_examples() -> None:
    def bones(name: str) -> list[str]:
        text = re.sub(r"  +#.*", "", (ROOT / name).read_text(encoding="utf-8")).replace("README.zh.md", "README.md")
        return re.findall(r"^```.*?^```|^#+|^\||^    \S[^\n]*$|\]\([^)]*\)", text, re.M | re.S)

    assert sorted(bones("README.md")) == sorted(bones("README.zh.md"))


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_opens_with_the_two_commands() -> None:
    opening = (ROOT / "README.md").read_text(encoding="utf-8")[:200]
    assert "make dataset" in opening and "make test" in opening
