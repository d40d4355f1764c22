"""What a user gets from a package index: an sdist that builds, and a wheel that brings the data along."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT

from povdata import __version__
from povdata.cli import main
from povdata.models import SCHEMA_VERSION

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
INSTALLING = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")


def run(*command: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HF_", "PYTEST"))}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, out: Path, *parts: str) -> list[Path]:
    """Build these parts of a source folder, or by default an sdist and, from that, a wheel."""
    run(sys.executable, "-m", "build", "--no-isolation", *parts, "--outdir", out, source, cwd=source)
    return sorted(out.iterdir())


def data_files(dist: Path) -> set[str]:
    """What a dataset folder holds, but for what a build keeps there for the next one."""
    return {
        path.relative_to(dist).as_posix()
        for path in dist.rglob("*")
        if path.is_file() and not path.relative_to(dist).parts[0].startswith(".")
    }


def _left_out(folder: str, names: list[str]) -> list[str]:
    """What a copy of the checkout is without: hidden files, and what is no file, such as the socket of a notebook."""
    kept = [name for name in names if Path(folder, name).is_file() or Path(folder, name).is_dir()]
    return [name for name in names if name.startswith((".", "__pycache__")) or name not in kept]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout, whose dist/ holds also what a build leaves there when it is cut short."""
    copy = tmp_path_factory.mktemp("checkout") / "povdata"
    shutil.copytree(ROOT, copy, ignore=_left_out)
    shutil.copy(ROOT / ".gitignore", copy)
    assert (copy / "dist" / "data").is_dir(), "dist/ is not built: run `make dataset`"
    for left in (".povdata/result", ".building/new/data/articles/train-00000-of-00001.parquet", ".building.lock"):
        (copy / "dist" / left).parent.mkdir(parents=True, exist_ok=True)
        (copy / "dist" / left).write_bytes(b"left")
    return copy


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel made from it."""
    wheel, sdist = sorted(build(checkout, tmp_path_factory.mktemp("out")), key=lambda path: path.suffix, reverse=True)
    assert (wheel.suffix, sdist.suffix) == (".whl", ".gz")
    return sdist, wheel


def test_sdist_holds_the_checkout(built: tuple[Path, Path], checkout: Path) -> None:
    with tarfile.open(built[0]) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"dist/{name}" for name in data_files(ROOT / "dist")} == {f for f in found if f.startswith("dist/")}
    assert {"LICENSE", "README.md", "CITATION.cff", "CHANGELOG.md", "src/povdata/py.typed", "Makefile"} <= found
    wanted = {
        path.relative_to(checkout).as_posix()
        for folder in ("src", "raw", "schema", "tests", "docs", "benchmarks")
        for path in (checkout / folder).rglob("*")
        if path.is_file()
    }
    assert wanted <= found


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout")
def test_sdist_holds_what_is_kept_in_git(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    kept = set(run("git", "ls-files", "-z", cwd=ROOT).split("\0")) - {"", ".ci/run"}
    assert {name for name in kept if (ROOT / name).exists()} <= found


def test_wheel_holds_the_package_and_the_data(built: tuple[Path, Path], checkout: Path) -> None:
    with zipfile.ZipFile(built[1]) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = {f"povdata/{name}" for name in data_files(checkout / "src" / "povdata")}
    data = {f"povdata/_dist/{name}" for name in data_files(ROOT / "dist")}
    assert found == package | data | {"povdata/CITATION.cff", "povdata/CHANGELOG.md"}


def test_wheel_of_the_sdist_is_that_of_the_checkout(built: tuple[Path, Path], checkout: Path, tmp_path: Path) -> None:
    (wheel,) = build(checkout, tmp_path, "--wheel")
    assert wheel.name == built[1].name
    assert wheel.read_bytes() == built[1].read_bytes()


def test_wheel_works_away_from_the_checkout(built: tuple[Path, Path], tmp_path: Path) -> None:
    # The libraries are those of the environment of the tests, without its own, editable povdata: a path file
    # inside a folder that a path file names is not read.
    home = tmp_path / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", built[1], cwd=tmp_path)
    code = "print(povdata.__file__, povdata.load().num_rows, povdata.load('segments', as_='arrow').num_rows)"
    where, articles, segments = run(python, "-c", f"import povdata; {code}", cwd=tmp_path).split()
    assert Path(where).is_relative_to(home)
    assert int(articles) >= 1 and int(segments) > int(articles)
    povdata = home / "bin" / "povdata"
    digest = hashlib.sha256((ROOT / "dist" / "manifest.json").read_bytes()).hexdigest()
    package, schema, data = run(povdata, "--version", cwd=tmp_path).splitlines()
    assert (package, schema) == (f"povdata {__version__}", f"schema {SCHEMA_VERSION}")
    assert data.startswith("data ") and data.endswith(f", manifest sha256:{digest}")
    code = "from povdata.cli import main; [main(line, standalone_mode=False) for line in {lines}]"
    lines = [["build", str(min((ROOT / "raw").glob("*.txt"))), "-o", "built"], ["check", "built"]]
    assert "built is whole" in run(python, "-c", code.format(lines=lines), cwd=tmp_path)
    run(*pip, "uninstall", "--quiet", "--yes", "povdata", cwd=tmp_path)
    assert not (site / "povdata").exists() and not povdata.exists()


def test_version_without_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("povdata.load"), "_bundled", lambda: tmp_path / "none")
    done = CliRunner().invoke(main, ["--version"])
    assert done.exit_code == 0
    assert done.output.splitlines()[2].startswith("data none")


def test_installing_page_names_every_dependency() -> None:
    """docs/installing.md says of each dependency and each extra, and of no other, what it is for."""
    named = set(re.findall(r"^\| `([^`]+)` \|", INSTALLING, re.M))
    dependencies = {dependency.partition(">=")[0] for dependency in PROJECT["dependencies"]}
    assert named == dependencies | {f"povdata[{extra}]" for extra in PROJECT["optional-dependencies"]}


def test_installing_page_s_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", INSTALLING, re.M | re.S)
    exec(code, {})
    assert re.search(r"^ +[\d.]+ MB  pyarrow$", capsys.readouterr().out, re.M)
