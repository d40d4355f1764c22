"""The examples in docs/cookbook.md run as they stand, and each of the eight systems has something to say."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from conftest import ROOT

BLOCKS = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("code", BLOCKS, ids=range(len(BLOCKS)))
def test_example(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Empty DataFrame" not in done.stdout and done.stdout.strip()


@pytest.mark.parametrize(
    ("system", "speaker", "marker"),
    [
        ("S1", "习近平", "第一,"),
        ("S2", "习近平", "第四,"),
        ("S3", "王国生", "三要"),
        ("S4", "习近平", "第五,"),
        ("S5", "王国生", "五要"),
        ("S6", "习近平", "第八,"),
        ("S7", "王东峰", "一要"),
        ("S8", "习近平", "第三,"),
    ],
)
def test_each_system_is_answered(system: str, speaker: str, marker: str) -> None:
    code = next(block for block in BLOCKS if "def says" in block)
    names: dict[str, object] = {}
    exec(code, names)
    listed, told = names["says"](system)  # type: ignore[operator]
    assert (speaker, marker) in set(zip(listed["speaker"], listed["marker"], strict=True))
    assert len(told)
    name = names["themes"].set_index("code")["name_zh"][system]  # type: ignore[attr-defined]
    assert told["text"].str.contains(name).any(), "the sentence that names the system is among them"
