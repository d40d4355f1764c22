"""Pushing to a stub of the Hub on loopback, and what a reader then finds there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hub_stub
import huggingface_hub.constants
import pytest
from conftest import ROOT
from hub_stub import Hub
from pages import heap

import povdata
from povdata import __version__
from povdata.build import build
from povdata.publish.push import PushError

TAG = f"v{__version__}"
WITH_STUB = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hub_stub.serve() as hub:
        yield hub


@pytest.fixture
def dist(built: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "dist"))


def run(*command: str | Path, cwd: Path | None = None, **environment: str | None) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("HF_")} | environment
    env = {name: value for name, value in known.items() if value is not None}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, timeout=300)


def push(hub: Hub, dist: Path, *options: str, name: str = "owner/name", **environment: str | None) -> tuple[int, str]:
    """Exit code, and all that the command said."""
    known = hub_stub.environment(hub, str(dist.parent / "home")) | environment
    done = run(Path(sys.executable).parent / "povdata", "push", name, dist, *options, **known)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def python(hub: Hub, home: Path, code: str) -> str:
    done = run(sys.executable, "-c", code, **hub_stub.environment(hub, str(home)))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def content(dist: Path) -> dict[str, bytes]:
    """What of a dataset belongs on the Hub."""
    files = (path for path in dist.rglob("*") if path.is_file())
    names = {path.relative_to(dist).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in names.items() if not name.startswith(".")}


def at(hub: Hub) -> dict[str, bytes]:
    found = hub.main()
    assert found.pop(".gitattributes")
    return found


def test_what_is_pushed_comes_back_through_every_door(hub: Hub, dist: Path, tmp_path: Path) -> None:
    assert (dist / ".povdata").is_dir()
    size = sum(map(len, content(dist).values()))
    code, said = push(hub, dist)
    assert code == 0, said
    assert said.splitlines() == [
        f"uploaded {len(content(dist))} files ({size / 1e6:.1f} MB), removed 0; 0 were there",
        f"{hub.url}/datasets/owner/name/tree/{TAG}",
        f'povdata.load(source="owner/name", revision="{TAG}")',
    ]
    assert at(hub) == content(dist) and "manifest.json" in at(hub)
    (repository,) = hub.repositories.values()
    assert repository.tags == {TAG: repository.branches["main"]} and not repository.private

    hub.requests.clear()
    code = f"""
import datasets, povdata
for table in ("articles", "rejects"):
    wanted = povdata.load(table, source={str(dist)!r}, as_="arrow")
    assert wanted.num_rows
    assert povdata.load(table, source="owner/name", revision={TAG!r}, as_="arrow").equals(wanted)
    whole = datasets.load_dataset("owner/name", table, revision={TAG!r}, split="train")
    assert whole.to_list() == wanted.to_pylist()
    stream = datasets.load_dataset("owner/name", table, revision={TAG!r}, split="train", streaming=True)
    assert list(stream) == wanted.to_pylist()
assert datasets.load_dataset("owner/name", revision={TAG!r}, split="train").column_names[0] == "article_id"
assert povdata.load("regions", source="owner/name").num_rows > 3000
print("read")
"""
    assert python(hub, tmp_path / "reader", code).strip().endswith("read")
    assert any(line.endswith("parquet range") for line in hub.requests)


def test_pushing_again_sends_nothing(hub: Hub, dist: Path) -> None:
    first = push(hub, dist)[1]
    hub.requests.clear()
    code, said = push(hub, dist)
    assert code == 0 and said.splitlines()[-2:] == first.splitlines()[-2:]
    assert said.startswith("uploaded 0 files (0.0 MB), removed 0; ")
    assert all(line.startswith("GET ") for line in hub.requests)


def test_only_what_changed_is_sent_and_an_older_build_s_files_go(hub: Hub, dist: Path, tmp_path: Path) -> None:
    assert push(hub, dist)[0] == 0
    hub.put("data/articles/train-00001-of-00002.parquet", b"old shard")
    hub.put("LICENSE", b"by hand")
    new = tmp_path / "new"
    build([heap(tmp_path / "raw", 2)], new)
    hub.requests.clear()
    code, said = push(hub, new, "--revision", "v9.0")
    assert code == 0 and "removed 1;" in said, said
    assert at(hub) == content(new) | {"LICENSE": b"by hand"}
    sent = sum(line.startswith("PUT ") for line in hub.requests)
    changed = [name for name, data in content(new).items() if content(dist)[name] != data]
    assert 0 < sent == sum(name.endswith(".parquet") for name in changed) < sent + 3
    code = f"""
import povdata
for revision in ({TAG!r}, "v9.0"):
    print(povdata.load(source="owner/name", revision=revision, as_="arrow").num_rows)
"""
    assert python(hub, tmp_path / "reader", code).split() == ["3", "2"]


def test_a_dry_run_tells_and_changes_nothing(hub: Hub, dist: Path) -> None:
    code, said = push(hub, dist, "--dry-run", HF_TOKEN=None)
    assert code == 0 and "would upload data/articles/train-00000-of-00001.parquet\n" in said
    assert f"would upload {len(content(dist))} files" in said and "povdata.load" not in said
    assert push(hub, dist)[0] == 0
    hub.put("data/terms/train-00007-of-00009.parquet", b"old shard")
    hub.put("README.md", b"---\nlicense: other\n---\nother\n")
    before, tags = hub.main(), dict(hub.repositories["owner/name"].tags)
    code, said = push(hub, dist, "--dry-run", "--revision", "v2")
    assert "would upload README.md\nwould remove data/terms/train-00007-of-00009.parquet\nwould upload 1 files" in said
    assert hub.main() == before and hub.repositories["owner/name"].tags == tags


def test_a_private_dataset(hub: Hub, dist: Path, tmp_path: Path) -> None:
    spoil(dist, "unmasked")
    assert push(hub, dist, "--private")[0] == 0
    assert hub.repositories["owner/name"].private
    code = """
import povdata
try: povdata.load(source="owner/name")
except FileNotFoundError as error: print(error)
"""
    known = hub_stub.environment(hub, str(tmp_path / "reader"), token=None)
    done = run(sys.executable, "-c", code, **known)
    assert "owner/name: neither a folder here nor a dataset on the Hub that you may read" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "environment, name, options, sentence",
    [
        ({"HF_TOKEN": None}, "owner/name", [], "no token for the Hub is there; run `hf auth login`, or set HF_TOKEN"),
        ({"HF_TOKEN": "hf_old"}, "owner/name", [], "owner/name: the Hub knows neither it nor this token; run `hf auth"),
        ({}, "other/name", [], "other/name: this token may not write there; log in as other with `hf auth login`"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "owner/name", [], "check the network and run the same command again"),
        ({}, "owner/name", ["--revision", "main"], "owner/name has a branch main, which moves; give another tag"),
        ({}, "owner/name", ["--revision", "a b"], "--revision 'a b' cannot be a tag"),
        ({}, "name", [], "'name' is no name of a dataset on the Hub; give OWNER/NAME"),
        ({}, "owner/na--me", [], "owner/na--me: is no name that the Hub takes; give another"),
    ],
)
def test_refusals_are_one_line(
    hub: Hub, built: Path, tmp_path: Path, environment: dict, name: str, options: list[str], sentence: str
) -> None:
    dist = shutil.copytree(built, tmp_path / "dist")
    code, said = push(hub, dist, *options, name=name, **environment)
    assert code == 2 and said.count("\n") == 1 and sentence in said, said
    assert not hub.objects


def test_what_the_environment_forbids(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_中文")
    with pytest.raises(
        PushError, match="the token for the Hub holds characters that no token has; run `hf auth login`"
    ):
        povdata.push("owner/name", built)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PushError, match="HF_HUB_OFFLINE is set, so that nothing can be pushed; unset it"):
        povdata.push("owner/name", built)


def test_what_is_there_already_is_not_overrun(hub: Hub, dist: Path) -> None:
    assert push(hub, dist, "--revision", "v1")[0] == 0
    hub.put("README.md", b"---\nlicense: other\n---\nother\n")
    assert push(hub, dist, "--revision", "v1")[0] == 0
    assert hub.main()["README.md"].endswith(b"other\n")
    assert push(hub, dist, "--revision", "v2")[0] == 0
    (dist / "README.md").write_text("---\nlicense: other\n---\nnew\n", encoding="utf-8")
    code, said = push(hub, dist, "--revision", "v2")
    assert code == 2 and "owner/name has a revision v2 with other files, and a tag never moves" in said
    code, said = push(hub, dist, "--private", "--revision", "v3")
    assert code == 2 and "owner/name is public; make it private in its settings" in said

    hub.put("manifest.json", None)
    code, said = push(hub, dist, "--revision", "v3")
    assert code == 2 and "owner/name holds data/articles/train-00000-of-00001.parquet, which no push of povdata" in said


def test_a_card_that_the_hub_refuses(hub: Hub, dist: Path) -> None:
    (dist / "README.md").write_text("---\n: [\n---\n", encoding="utf-8")
    code, said = push(hub, dist)
    assert code == 2 and said.count("\n") == 1 and "Invalid metadata in README.md" in said
    assert not hub.objects and not hub.repositories["owner/name"].tags


def test_others_who_write_meanwhile(hub: Hub, dist: Path) -> None:
    def meanwhile(request: str) -> None:
        if "/preupload/" in request:
            hub.put("LICENSE", b"by hand")

    hub.watch = meanwhile
    code, said = push(hub, dist)
    assert code == 2 and "owner/name: it was changed on the Hub in the meantime; run the same command again" in said
    hub.watch = lambda request: None
    assert push(hub, dist)[0] == 0
    assert at(hub) == content(dist) | {"LICENSE": b"by hand"}


def test_a_dataset_that_changes_under_the_push_gets_no_tag(hub: Hub, dist: Path) -> None:
    def meanwhile(request: str) -> None:
        if request.startswith("PUT "):
            (dist / "README.md").write_text("---\nlicense: other\n---\nnew\n", encoding="utf-8")
        elif "/commit/" in request:
            (dist / "README.md").write_text("---\nlicense: other\n---\nnewer\n", encoding="utf-8")

    hub.watch = meanwhile
    code, said = push(hub, dist)
    assert code == 2 and "was changed while it was pushed; run the same command again" in said
    assert not hub.repositories["owner/name"].tags


def spoil(dist: Path, how: str) -> None:
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    if how == "stale":
        manifest["code"] = "0" * 64
    elif how == "unsigned":
        del manifest["code"]
    elif how in ("newer", "older"):
        manifest["schema"] = "9.0.0" if how == "newer" else "0.9.0"
    elif how == "unmasked":
        manifest["masked"] = None
    (dist / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    articles = dist / "data" / "articles" / "train-00000-of-00001.parquet"
    if how == "damaged":
        articles.write_bytes(articles.read_bytes()[:-1] + b"x")
    elif how == "incomplete":
        articles.unlink()
    elif how == "unfinished":
        (dist / ".building").mkdir()
    elif how == "manifest":
        (dist / "manifest.json").unlink()
    elif how == "nothing":
        shutil.rmtree(dist)


@pytest.mark.parametrize(
    "how, sentence",
    [
        ("stale", r"dist is stale: other code, .* built it than are installed; build it again"),
        ("unsigned", r"dist is stale"),
        ("newer", r"manifest\.json has schema 9\.0\.0, this povdata reads .*: pip install -U 'povdata>=\d[\d.]*'$"),
        ("older", r"manifest\.json has schema 0\.9\.0, this povdata reads .*; build the dataset again$"),
        ("unmasked", r"dist shows telephone numbers and addresses as printed .*; build it again without .*--private"),
        ("damaged", r"dist is not whole: data/articles/.* is not the file that was built .*povdata check"),
        ("incomplete", r"dist is not whole: data/articles/.* is missing"),
        ("unfinished", r"dist is not whole: \.building is left from a build that was cut short"),
        ("manifest", r"manifest\.json is missing; .* build it again"),
        ("nothing", r"dist is no folder; give the folder that `povdata build` wrote"),
    ],
)
def test_a_stale_or_broken_dataset_stays_at_home(
    dist: Path, how: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub_stub.TOKEN)
    spoil(dist, how)
    with pytest.raises(PushError, match=sentence):
        povdata.push("owner/name", dist)


def test_the_examples_in_the_documentation_run(hub: Hub, dist: Path, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "publish.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(python|sh)\n(.*?)^```", text, re.M | re.S)
    assert [language for language, _ in blocks] == ["sh", "python", "python"]
    known = hub_stub.environment(hub, str(tmp_path / "home"))
    for language, code in blocks:
        lines = [["-c", code]] if language == "python" else map(shlex.split, code.splitlines())
        for line in lines:
            program = sys.executable if language == "python" else Path(sys.executable).parent / line.pop(0)
            done = run(program, *line, cwd=tmp_path, **known)
            assert done.returncode == 0, done.stdout + done.stderr
        if language == "sh":
            assert list(hub.repositories["owner/name"].tags) == ["v1.0"]
    assert not hub.repositories["owner/name"].tags and len(hub.repositories["owner/name"].commits) == 1
    code, said = push(hub, dist, "--revision", "v1.1")
    assert code == 0 and said.startswith("uploaded 0 files")
    assert list(hub.repositories["owner/name"].tags) == ["v1.1"]


INTERRUPTED = """
import os, sys
from pathlib import Path
import hub_stub

def content(dist):
    files = (path for path in dist.rglob("*") if path.is_file())
    names = {path.relative_to(dist).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in names.items() if not name.startswith(".")}

dist = Path(sys.argv[1])
with hub_stub.serve() as hub:
    os.environ |= hub_stub.environment(hub, sys.argv[2])
    import time
    import povdata, povdata.publish.push as module
    time.sleep = lambda seconds: None  # between tries of a request
    povdata.push("owner/name", dist)
    # The dataset was found whole, and what is tried here comes after that.
    module.check = lambda dist: iter(())
    wanted = hub.main()
    count = len(hub.requests)
    stopped = 0
    for is_done in (False, True):
        for answers in range(count):
            hub.repositories.clear()
            hub.objects.clear()
            hub.answers, hub.is_done = answers, is_done
            try:
                povdata.push("owner/name", dist)
            except module.PushError as error:
                assert "run the same command again" in str(error), error
                stopped += 1
            hub.answers = None
            pushed = povdata.push("owner/name", dist)
            (repository,) = hub.repositories.values()
            assert hub.main() == wanted, answers
            assert repository.tags == {pushed.revision: repository.branches["main"]}, answers
            assert len(repository.commits) == 2, answers
            assert {k: v for k, v in wanted.items() if k != ".gitattributes"} == content(dist)
    print(count, stopped)
"""


def test_a_push_cut_short_at_any_request_ends_right_when_run_again(dist: Path, tmp_path: Path) -> None:
    done = run(sys.executable, "-c", INTERRUPTED, dist, tmp_path / "home", PYTHONPATH=WITH_STUB)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    count, stopped = map(int, done.stdout.split())
    # The stub drops every request from the chosen one on, so that each of these pushes stops.
    assert count > 40 and stopped == 2 * count
