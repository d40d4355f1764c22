from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# In CI the examples are the same each time, so that a run tells about the change and not about its luck.
settings.register_profile("povdata", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("povdata")
sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parent.parent


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
