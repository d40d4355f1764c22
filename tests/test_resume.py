"""Builds that go on: from a build that was killed, and from the dataset in place."""

from __future__ import annotations

import json
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from growth import grows_linearly
from pages import heap, page
from test_build import files_of, rows

import povdata.build.plan as planning
from povdata import read
from povdata.build import build, finished
from povdata.build.check import check


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The raw paths of each shard that is worked in this process."""
    found = []

    def work(jobs, *others):  # type: ignore[no-untyped-def]
        found.append([job.source.raw_path for job in jobs])
        return real(jobs, *others)

    real = finished.work
    monkeypatch.setattr(finished, "work", work)
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of 2 to 8 pages, 4 in the mean."""
    monkeypatch.setattr(planning, "LEAST_PAGES", 2)
    monkeypatch.setattr(planning, "MOST_PAGES", 8)


def manifest_of(dist: Path) -> dict:
    """The manifest without the time of the build."""
    return json.loads((dist / "manifest.json").read_text(encoding="utf-8")) | {"built_at": None}


def inodes(dist: Path) -> dict[str, tuple[int, int]]:
    return {
        str(f.relative_to(dist)): (f.stat().st_ino, f.stat().st_mtime_ns) for f in (dist / "data").rglob("*.parquet")
    }


def test_a_second_build_parses_nothing_and_writes_no_file_anew(
    small: None, worked: list[list[str]], tmp_path: Path
) -> None:
    folder, dist = heap(tmp_path / "raw", 20), tmp_path / "dist"
    (folder / "0007.txt").write_bytes(b"")
    (folder / "again.txt").write_bytes((folder / "0000.txt").read_bytes())
    first = build([folder], dist)
    before, card, manifest = inodes(dist), (dist / "README.md").read_bytes(), manifest_of(dist)
    assert len(worked) > 2 and first.reused == 0
    worked.clear()
    counts = []
    report = build([folder], dist, progress=lambda done, total: counts.append(done))
    assert worked == []
    assert (report.pages, report.reused, counts[-1]) == (21, 21, 21)
    assert (report.rows, report.rejects) == (first.rows, first.rejects)
    assert inodes(dist) == before
    assert ((dist / "README.md").read_bytes(), manifest_of(dist)) == (card, manifest)
    assert list(check(dist)) == []


def test_a_new_page_costs_its_shard(small: None, worked: list[list[str]], tmp_path: Path) -> None:
    folder, dist = heap(tmp_path / "raw", 60), tmp_path / "dist"
    build([folder], dist)
    old = {tuple(shard) for shard in worked}
    worked.clear()
    (folder / "0033a.txt").write_text(page("青石县修通环村路"), encoding="utf-8")
    report = build([folder], dist)
    (shard,) = worked
    assert "0033a.txt" in shard and report.reused == 61 - len(shard)
    assert tuple(path for path in shard if path != "0033a.txt") in old
    build([folder], tmp_path / "fresh")
    assert files_of(dist) == files_of(tmp_path / "fresh")
    assert manifest_of(dist) == manifest_of(tmp_path / "fresh")


FILE = Path("/raw/page.txt")


def raw(raw_path: str, data: bytes = b"") -> read.Raw:
    return read.Raw(read.Source(FILE, raw_path), data, sha256(data).hexdigest(), len(data))


def shards(paths: list[str], folder: Path) -> list[tuple[str, ...]]:
    planned = planning.cut((raw(path, path.encode()) for path in paths), 1000, folder / "firsts")
    return [tuple(job.source.raw_path for job in shard.jobs) for shard in planned]


def test_one_new_page_among_large_ones_changes_one_shard_or_two(tmp_path: Path) -> None:
    def large(paths: list[str]) -> list[tuple[str, ...]]:
        raws = (replace(raw(path, path.encode()), size=150_000) for path in paths)
        return [tuple(job.source.raw_path for job in s.jobs) for s in planning.cut(raws, 1000, tmp_path / "firsts")]

    paths = [f"{n:06}.html" for n in range(0, 20_000, 2)]
    before = large(paths)
    assert len(before) > 20
    for new in ("000001.html", "007777.html", "013333.html"):
        assert len(set(large(sorted([*paths, new]))) - set(before)) <= 2


def test_shards_keep_their_members_when_pages_come_and_go(tmp_path: Path) -> None:
    rng = random.Random(7)
    paths = sorted(f"site{n % 90:02}/{n:06}.html" for n in range(8_000))
    before = shards(paths, tmp_path)
    assert [path for shard in before for path in shard] == paths
    sizes = [len(shard) for shard in before]
    assert max(sizes) <= 4096 and min(sizes[:-1]) >= 512 and 700 < sum(sizes) / len(sizes) < 1500
    costs = []
    for _ in range(8):
        changed = list(paths)
        place = rng.randrange(len(paths))
        if rng.random() < 0.5:
            changed[place:place] = [f"{paths[place]}.new"]
        else:
            del changed[place]
        costs.append(len(set(shards(changed, tmp_path)) - set(before)))
    assert sorted(costs)[6] == 1 and max(costs) <= 4, costs


def test_a_shard_is_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MOST_BYTES", 100)
    paths = [f"{n:010}" for n in range(25)]
    by_content = shards(paths, tmp_path)
    assert max(map(len, by_content)) <= 10 and [path for shard in by_content for path in shard] == paths
    monkeypatch.setattr(planning, "_is_cut", lambda *_: False)
    assert [len(shard) for shard in shards(paths, tmp_path)] == [10, 10, 5]


def test_the_plan_holds_one_shard_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tracemalloc

    monkeypatch.setattr(planning, "LEAST_PAGES", 16)
    monkeypatch.setattr(planning, "MOST_PAGES", 64)

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            for _ in planning.cut((raw(f"{n:07}", b"%d" % n) for n in range(count)), 1000, tmp_path / "firsts"):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(8000) < 1.5 * peak(1000)
    assert grows_linearly(lambda size: shards([f"{n:07}" for n in range(size)], tmp_path), 2000)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "shards_lost"),
    [
        (lambda dist: damage(next(dist.glob("data/segments/train-00001-*"))), 1),
        (lambda dist: next(dist.glob("data/terms/train-00000-*")).unlink(), 1),
        (lambda dist: damage(sorted(dist.glob(".povdata/*/signatures.npy"))[0]), 1),
        (lambda dist: damage(sorted(dist.glob(".povdata/*/result"))[0]), 1),
        (lambda dist: sorted(dist.glob(".povdata/*/result"))[0].write_text("{}"), 1),
        (lambda dist: sorted(dist.glob(".povdata/*/result"))[0].write_text("[]"), 1),
        (lambda dist: (dist / ".povdata/shards").write_bytes(b"\xff"), 3),
        (lambda dist: shutil.rmtree(dist / ".povdata"), 3),
    ],
)
def test_what_is_damaged_is_worked_again(
    spoil: Callable[[Path], object],
    shards_lost: int,
    worked: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planning, "MOST_PAGES", 2)
    folder, dist = heap(tmp_path / "raw", 5), tmp_path / "dist"
    build([folder], dist)
    before, manifest = files_of(dist), manifest_of(dist)
    worked.clear()
    spoil(dist)
    build([folder], dist)
    assert len(worked) == shards_lost
    assert (files_of(dist), manifest_of(dist)) == (before, manifest)
    assert list(check(dist)) == []


def test_a_folder_that_was_emptied_by_its_visible_files(worked: list[list[str]], tmp_path: Path) -> None:
    folder, dist = heap(tmp_path / "raw", 2), tmp_path / "dist"
    build([folder], dist)
    before = files_of(dist)
    for path in dist.glob("[!.]*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert build([folder], dist).reused == 0
    assert files_of(dist) == before and len(worked) == 2


def test_other_code_or_options_work_all_again(
    worked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, dist = heap(tmp_path / "raw", 2), tmp_path / "dist"
    build([folder], dist)
    build([folder], dist, max_bytes=1_000_000)
    assert len(worked) == 2
    monkeypatch.setattr(planning, "fingerprint", lambda: "other")
    monkeypatch.setattr(finished, "fingerprint", lambda: "other")
    monkeypatch.setattr("povdata.build.executor.fingerprint", lambda: "other")
    build([folder], dist, max_bytes=1_000_000)
    assert len(worked) == 3


def test_the_fingerprint_is_of_code_word_lists_and_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "povdata"
    shutil.copytree(Path(planning.povdata.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(planning.povdata, "__file__", str(package / "__init__.py"))
    seen = {planning.fingerprint.__wrapped__()}
    for name in ("extract/terms.py", "lexicon/words.txt", "lexicon/units.csv"):
        with (package / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        seen.add(planning.fingerprint.__wrapped__())
    monkeypatch.setattr(planning, "version", lambda library: "0")
    seen.add(planning.fingerprint.__wrapped__())
    assert len(seen) == 5


def test_a_page_that_became_another_is_worked_again(worked: list[list[str]], tmp_path: Path) -> None:
    folder, dist = heap(tmp_path / "raw", 2), tmp_path / "dist"
    build([folder], dist)
    (folder / "0001.txt").write_text(page("青石县修通环村路"), encoding="utf-8")
    assert build([folder], dist).reused == 0
    assert [row["title"] for row in rows(dist, "articles")][1] == "青石县修通环村路"


STORY = (
    "入冬以来，青石村的香菇大棚里依旧忙碌，采收、分拣、装箱一刻不停。",
    "合作社理事长说，去年亏了本，今年换了菌种，又请来技术员住在村里，三个月就回了本。",
    "村民们把多余的房间改成客房，周末常有城里人来住，买走不少山货。",
)
OTHER = (
    "山路修通以后，货车第一次开进了石湾，果农不用再背着筐子走两个小时。",
    "运费降了一半，合作社跟城里的超市签了三年的合同，包装车间也招了人。",
)


def test_groups_are_marked_anew_where_they_change_and_only_there(
    worked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MOST_PAGES", 2)
    folder, dist = heap(tmp_path / "raw", 7), tmp_path / "dist"
    (folder / "0003.txt").write_text(page(paragraphs=STORY), encoding="utf-8")
    (folder / "0006.txt").write_text(page(paragraphs=OTHER), encoding="utf-8")
    build([folder], dist)
    alone, before = files_of(dist), inodes(dist)
    worked.clear()
    (folder / "0006.txt").write_text(page("另一个标题", STORY), encoding="utf-8")
    build([folder], dist)
    assert worked == [["0006.txt"]]
    found = [row["duplicate_group"] for row in rows(dist, "articles")]
    assert found[3] == found[6] not in (None, found[0]) and found[0] == found[1] == found[5]
    anew = {name for name, inode in inodes(dist).items() if before[name] != inode and "00003-of" not in name}
    assert anew == {"data/articles/train-00001-of-00004.parquet"}
    build([folder], tmp_path / "fresh")
    assert files_of(dist) == files_of(tmp_path / "fresh")
    assert list(check(dist)) == []
    (folder / "0006.txt").write_text(page(paragraphs=OTHER), encoding="utf-8")
    build([folder], dist)
    assert files_of(dist) == alone


def test_a_file_that_changes_while_it_is_built_is_refused_and_read_by_the_next_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, dist = heap(tmp_path / "raw", 3), tmp_path / "dist"

    def work(*arguments):  # type: ignore[no-untyped-def]
        (folder / "0001.txt").write_text(page("青石县修通环村路"), encoding="utf-8")
        return real(*arguments)

    real = finished.work
    monkeypatch.setattr(finished, "work", work)
    assert build([folder], dist).rejects == {"unreadable": 1}
    (reject,) = rows(dist, "rejects")
    assert (reject["raw_path"], reject["raw_sha256"]) == ("0001.txt", None) and "changed while" in reject["message"]
    assert list(check(dist)) == []
    heap(folder, 3)
    monkeypatch.undo()
    report = build([folder], dist)
    assert (report.rejects, report.reused) == ({}, 0)


def test_without_hard_links(worked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    folder = heap(tmp_path / "raw", 2)
    build([folder], tmp_path / "dist")
    before = files_of(tmp_path / "dist")
    assert build([folder], tmp_path / "dist").reused == 2
    assert files_of(tmp_path / "dist") == before and len(worked) == 1


@pytest.fixture(scope="module")
def template() -> Iterator[subprocess.Popen]:
    """The process of template.py."""
    command = [sys.executable, Path(__file__).with_name("template.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        yield process
        process.stdin.close()


class Forked:
    """`povdata build` with small shards in a fork of the template, in a process group of its own.

    It kills itself when it changes its output, a folder `dist`, for the time that `kill_at` says.
    """

    def __init__(self, template: subprocess.Popen, folder: Path, dist: Path, workers: int = 1, kill_at: int = 0):
        self._template = template
        line = json.dumps([kill_at, "build", str(folder), "-o", str(dist), "--workers", str(workers)])
        template.stdin.write(f"{line}\n".encode())
        self.pid: int = json.loads(template.stdout.readline())

    def lives(self, seconds: float = 0) -> bool:
        """Whether it has not ended so many seconds from now."""
        return not select.select([self._template.stdout], [], [], seconds)[0]

    def end(self) -> tuple[int, str]:
        """Exit code and output, once it and all its workers have ended."""
        assert not self.lives(120), "the build or a worker of it goes on"
        code, said = json.loads(self._template.stdout.readline())
        return code, said


def touches(said: str) -> int:
    """How often a build changed its output."""
    return int(re.search(r"touched (\d+) times", said)[1])  # type: ignore[index]


RUNNER = """
import povdata.build.plan as planning

planning.LEAST_PAGES, planning.MOST_PAGES = 4, 16
from povdata.cli import main

if __name__ == "__main__":
    main()
"""


def start(folder: Path, dist: Path, *options: str) -> subprocess.Popen:
    """`povdata build` with small shards as a process like any other."""
    script = folder.parent / "runner.py"
    script.write_text(RUNNER, encoding="utf-8")
    command = [sys.executable, script, "build", folder, "-o", dist, *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=os.environ
    )


def is_sound(dist: Path) -> bool:
    """Whether a dataset folder holds a whole dataset, or says that it holds none; beside what a killed build left."""
    return not (dist / "manifest.json").exists() or all(".building" in problem for problem in check(dist))


def tiny(folder: Path, count: int) -> Path:
    """So many short pages, a few of them near-duplicates, duplicates or empty."""
    folder.mkdir()
    for n in range(count):
        story = (f"{n}日上午，村里开会公布了第{n * 7919 % count}号账目。", f"第{n % 97}组的{n}户人家都到了。")
        text = page(f"第{n}次会议", STORY if n % 30 == 1 else story)
        if n % 40 == 7:
            text = "" if n % 80 == 7 else page()
        (folder / f"{n:05}.txt").write_text(text, encoding="utf-8")
    return folder


def assert_same(dist: Path, whole: Path) -> None:
    assert (files_of(dist), manifest_of(dist)) == (files_of(whole), manifest_of(whole))
    assert sorted(path.name for path in dist.iterdir()) == sorted(path.name for path in whole.iterdir())
    assert list(check(dist)) == []


def test_a_build_killed_at_any_touch_of_its_output_goes_on(template: subprocess.Popen, tmp_path: Path) -> None:
    rng = random.Random(11)
    folder, dist, whole = tiny(tmp_path / "raw", 40), tmp_path / "dist", tmp_path / "whole" / "dist"
    code, said = Forked(template, folder, whole).end()
    assert code == 0, said
    most = touches(said)
    killed = finished = 0
    while killed < 14 or not finished:
        last = rng.random() < 0.5  # the commit is the end of a build, and short
        code, said = Forked(template, folder, dist, kill_at=rng.randrange(max(1, most - 20) if last else 1, most)).end()
        assert code in (0, -signal.SIGKILL) and is_sound(dist), said
        killed += code != 0
        if code == 0:  # over a whole dataset from now on
            finished += 1
            most = touches(said)
            shutil.copyfile(folder / "00001.txt", folder / f"000{finished:02}a.txt")
    code, said = Forked(template, folder, dist).end()
    assert code == 0 and "were taken from an earlier build" in said, said
    shutil.rmtree(whole)
    assert Forked(template, folder, whole).end()[0] == 0
    assert_same(dist, whole)


def test_a_build_killed_at_any_moment_goes_on(template: subprocess.Popen, tmp_path: Path) -> None:
    rng = random.Random(13)
    folder, dist, whole = tiny(tmp_path / "raw", 100), tmp_path / "dist", tmp_path / "whole" / "dist"
    began = time.monotonic()
    code, said = Forked(template, folder, whole, workers=2).end()
    assert code == 0, said
    seconds = time.monotonic() - began
    killed = 0
    goes_on = False
    while killed < 8 or not goes_on:
        process = Forked(template, folder, dist, workers=2)
        if process.lives(rng.uniform(0, seconds)):
            with suppress(ProcessLookupError):
                (os.killpg if rng.random() < 0.3 else os.kill)(process.pid, signal.SIGKILL)
        code, said = process.end()
        assert code in (0, -signal.SIGKILL) and is_sound(dist), said
        killed += code != 0
        if code == 0:
            shutil.rmtree(dist)
        goes_on = any("." not in result.parent.name for result in dist.glob(".building/shards/*/result"))
    code, said = Forked(template, folder, dist, workers=2).end()
    assert code == 0 and "were taken from an earlier build" in said, said
    assert_same(dist, whole)


def test_a_build_interrupted_while_its_workers_start_says_one_line(tmp_path: Path) -> None:
    folder, dist = tiny(tmp_path / "raw", 100), tmp_path / "dist"
    process = start(folder, dist, "--workers", "3")
    while not (dist / ".building" / "firsts.sqlite").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "stopped; the same command goes on where this one ended\n")
    assert not dist.exists() or list(dist.glob(".building/shards/*"))


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_build_that_is_asked_to_end_keeps_what_is_finished(
    sign: signal.Signals, template: subprocess.Popen, tmp_path: Path
) -> None:
    folder, dist = tiny(tmp_path / "raw", 300), tmp_path / "dist"
    process = start(folder, dist, "--workers", "2")
    while len(list(dist.glob(".building/shards/*/result"))) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, sign)
    _, err = process.communicate(timeout=60)  # which waits for the workers too: they hold its pipes
    assert process.returncode == (143 if sign == signal.SIGTERM else 130)
    assert "Traceback" not in err and err.count("\n") <= 1
    assert {path.name for path in dist.iterdir()} == {".building"}
    assert {path.name for path in (dist / ".building").iterdir()} == {"shards"}
    code, said = Forked(template, folder, dist).end()
    assert code == 0 and "were taken from an earlier build" in said, said
