"""Runs `povdata` in forks of itself, so that what is slow to load is loaded once for many builds. For test_resume.

A line of its input is a JSON array: the number of the touch of an output folder named `dist` at which the build kills
itself, or 0, and the arguments. It answers with two lines of JSON: the process id, and, when the build and all its
workers have ended, exit code and output.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import tempfile
from pathlib import Path

import pages

import povdata.build.plan as planning
from povdata.build import build, executor
from povdata.cli import main
from povdata.publish import plots

CHANGES = ("os.mkdir", "os.link", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")
DIST = f"{os.sep}dist{os.sep}"


def run(kill_at: int, *arguments: str) -> None:
    touches = 0

    def touch(event: str, values: tuple) -> None:
        nonlocal touches
        if event in CHANGES or (event == "open" and values[2] & (os.O_WRONLY | os.O_RDWR)):
            if any(isinstance(value, str | os.PathLike) and DIST in os.fspath(value) + os.sep for value in values):
                touches += 1
                if touches == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(touch)
    try:
        main(arguments)
    finally:
        print(f"touched {touches} times", flush=True)


def fork(kill_at: int, *arguments: str) -> None:
    read, write = os.pipe()
    if pid := os.fork():
        os.close(write)
        os.setpgid(pid, pid)
        print(json.dumps(pid), flush=True)
        with open(read, encoding="utf-8") as file:
            said = file.read()
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said]), flush=True)
        return
    os.setpgid(0, 0)
    os.close(read)
    os.dup2(write, 1)
    os.dup2(write, 2)
    os.close(write)
    sys.stdin, sys.stdout, sys.stderr = open(os.devnull), open(1, "w"), open(2, "w")
    run(kill_at, *arguments)
    sys.exit("povdata ends with an exit code")


if __name__ == "__main__":
    planning.LEAST_PAGES, planning.MOST_PAGES = 4, 16
    plots.draw = lambda *_: []
    os.fsync = lambda _: None
    executor.get_context = lambda _: multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        build([pages.heap(Path(folder) / "raw", 2)], Path(folder) / "out")
    for line in sys.stdin:
        fork(*json.loads(line))
