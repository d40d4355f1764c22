"""A build on a dask.distributed cluster: a real scheduler and real workers, as processes of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from pages import heap
from test_build import files_of

import povdata.build.plan as planning
from povdata import read
from povdata.build import BuildError, build
from povdata.build.check import check
from povdata.cli import main

distributed = pytest.importorskip("distributed")

Start = Callable[..., subprocess.Popen]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def dask(stack: ExitStack, folder: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    """`dask …` as a process, which ends with the stack."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that starts `dask …`, which ends with the test."""
    with ExitStack() as stack:
        yield partial(dask, stack, tmp_path)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler, which has no workers when a test begins."""
    port = str(free_port())
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("scheduler")
        dask(stack, folder, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        yield f"tcp://127.0.0.1:{port}"


def worker(start: Start, scheduler: str, **environment: str) -> subprocess.Popen:
    return start("worker", scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard", **environment)


def test_a_worker_is_killed_and_the_bytes_are_those_of_one_machine(
    start: Start, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MOST_PAGES", 3)
    folder = heap(tmp_path / "raw", 36)
    victim, _ = worker(start, scheduler), worker(start, scheduler)
    counts = []

    def progress(done: int, total: int | None) -> None:
        counts.append(done)
        if len(counts) == 5:
            victim.send_signal(signal.SIGKILL)

    with distributed.Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        report = build([folder], tmp_path / "many", scheduler=scheduler, progress=progress)
        assert len(client.scheduler_info()["workers"]) == 1
    assert (report.pages, report.reused, counts[-1]) == (36, 0, 36)
    build([folder], tmp_path / "one")
    assert files_of(tmp_path / "many") == files_of(tmp_path / "one")
    assert len(files_of(tmp_path / "one")) > 140
    assert list(check(tmp_path / "many")) == []
    assert not (tmp_path / "many" / ".building").exists()
    assert build([folder], tmp_path / "many", scheduler="tcp://127.0.0.1:1").reused == 36


def test_no_scheduler_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    monkeypatch.setattr("povdata.build.executor.TIMEOUT", 1)
    arguments = ["build", str(heap(tmp_path / "raw", 1)), "-o", str(tmp_path / "dist"), "--scheduler", address]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert f"the scheduler {address} cannot be reached" in result.stderr
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("address", ["host", "tcp://", "gopher://host:1", "tcp://host:port"])
def test_an_address_that_is_none(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("povdata.build.executor.TIMEOUT", 1)
    with pytest.raises(BuildError, match="cannot be reached"):
        build([heap(tmp_path / "raw", 1)], tmp_path / "dist", scheduler=address)


def test_the_extra_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BuildError, match=r"pip install \"povdata\[cluster\]\""):
        build([heap(tmp_path / "raw", 1)], tmp_path / "dist", scheduler="tcp://127.0.0.1:1")


def test_workers_and_a_scheduler(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["build", "raw", "-o", "dist", "--workers", "2", "--scheduler", "tcp://h:1"])
    assert result.exit_code == 2 and "leave it out with --scheduler" in result.stderr


def test_workers_with_other_code_are_refused(start: Start, scheduler: str, tmp_path: Path) -> None:
    import shutil

    import povdata

    other = tmp_path / "other"
    shutil.copytree(Path(povdata.__file__).parent, other / "povdata")
    with (other / "povdata" / "lexicon" / "words.txt").open("a") as file:
        file.write("\n")
    worker(start, scheduler, PYTHONPATH=str(other))
    with pytest.raises(BuildError, match="runs other code"):
        build([heap(tmp_path / "raw", 1)], tmp_path / "dist", scheduler=scheduler)
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("hidden", ["raw", "dist"])
def test_workers_that_see_no_file_of_the_build(hidden: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from povdata.build import finished

    folder = heap(tmp_path / "raw", 2)
    (shard,) = planning.cut(read.raws([folder]), read.MAX_BYTES, tmp_path / "firsts")
    (tmp_path / "dist").mkdir()
    (tmp_path / hidden).rename(tmp_path / "elsewhere")
    with pytest.raises(BuildError, match=f"{tmp_path / hidden}.* all machines share"):
        finished.finish(shard.key, shard.jobs, tmp_path / "dist", read.MAX_BYTES, planning.fingerprint())
    assert not list(tmp_path.glob("dist/*"))
