"""The examples in README.md run as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

BLOCKS = re.findall(r"^```(python|sh)\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with copies of raw/ and dist/, so that an example may write where it likes."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("raw", "dist"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("code", [code for language, code in BLOCKS if language == "python"])
def test_python_example(code: str, place: Path) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", [code for language, code in BLOCKS if language == "sh"])
def test_shell_example(code: str, place: Path) -> None:
    command = Path(sys.executable).parent / "povdata"
    for line in code.splitlines():
        done = subprocess.run([command, *line.split()[1:]], cwd=place, capture_output=True, text=True)
        assert line.startswith("povdata ") and done.returncode == 0, f"{line}: {done.stderr}"


def test_the_readme_opens_with_the_two_commands() -> None:
    opening = (ROOT / "README.md").read_text(encoding="utf-8")[:200]
    assert "make dataset" in opening and "make test" in opening
