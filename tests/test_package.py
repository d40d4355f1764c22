"""What a user gets from a package index: an sdist that builds, and a wheel that brings the data along."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

from conftest import ROOT


def run(*command: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HF_", "PYTEST"))}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_from_sdist_works_away_from_the_checkout(tmp_path: Path) -> None:
    assert (ROOT / "dist" / "data").is_dir(), "dist/ is not built: run `make dataset`"
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path / "out", ROOT, cwd=tmp_path)
    (sdist,) = (tmp_path / "out").glob("*.tar.gz")
    (wheel,) = (tmp_path / "out").glob("*.whl")

    data = {p.relative_to(ROOT).as_posix() for p in (ROOT / "dist").rglob("*") if p.is_file()}
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    assert data | {"LICENSE", "README.md", "schema/articles.schema.json", "src/povdata/py.typed"} <= in_sdist
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
    assert {name.replace("dist/", "povdata/_dist/", 1) for name in data} | {"povdata/py.typed"} <= in_wheel
    package = {
        p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src").rglob("*") if p.suffix in (".csv", ".jinja")
    }
    assert package and package <= in_wheel

    # The libraries are those of the environment of the tests, without its own, editable povdata: a path file
    # inside a folder that a path file names is not read.
    home = tmp_path / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    code = "print(povdata.__file__, povdata.load().num_rows, povdata.load('segments', as_='arrow').num_rows)"
    where, articles, segments = run(python, "-c", f"import povdata; {code}", cwd=tmp_path).split()
    assert Path(where).is_relative_to(home)
    assert int(articles) >= 1 and int(segments) > int(articles)
    assert "build" in run(home / "bin" / "povdata", "--help", cwd=tmp_path)
