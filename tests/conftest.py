from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# In CI the examples are the same each time, so that a run tells about the change and not about its luck.
settings.register_profile("povdata", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("povdata")
sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def draw() -> Iterator[Callable[..., list[str]]]:
    """What draws the pictures of a card. No build in the tests does, as they take it as long as all else; a test that
    looks at them asks for `pictures`. Nor does one wait for the disk, which only a power cut could tell."""
    from povdata.publish import plots

    with pytest.MonkeyPatch.context() as patch:
        real = plots.draw
        patch.setattr(plots, "draw", lambda *_: [])
        patch.setattr(os, "fsync", lambda _: None)
        yield real


@pytest.fixture
def pictures(draw: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards have their pictures."""
    monkeypatch.setattr("povdata.publish.plots.draw", draw)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of a few pages and one reject."""
    from pages import heap

    from povdata.build import build

    folder = heap(tmp_path_factory.mktemp("raw"), 3)
    (folder / "zz.txt").write_bytes(b"")
    dist = tmp_path_factory.mktemp("built") / "dist"
    build([folder], dist)
    return dist
