from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from growth import grows_linearly
from pages import page

import povdata.build as building
from povdata.build import build
from povdata.build.duplicates import groups, signature
from povdata.extract.sentences import tokens

STORY = (
    "省政府今天公布了新一批退出贫困县名单,共有十二个县达到标准。",
    "据介绍,这些县的退出经过县级申请、市级初审、省级核查和社会公示四道程序,核查组走访了三千多户农家。",
    "省扶贫办负责人表示,退出以后政策不变、队伍不撤,收入不稳的人家继续由原来的干部联系。",
    "下一步将把产业做长做稳,重点放在仓储、加工和销路上,让乡亲们在家门口有活干。",
)
OTHER = (
    "入冬以来,青石村的香菇大棚里依旧忙碌,采收、分拣、装箱一刻不停。",
    "合作社理事长说,去年亏了本,今年换了菌种,又请来技术员住在村里,三个月就回了本。",
    "村民们把多余的房间改成客房,周末常有城里人来住,买走不少山货。",
    "年底分红那天,会议室里坐满了人,账本摊在桌上,谁都可以翻看。",
)


def signed(paragraphs: tuple[str, ...]) -> np.ndarray:
    found = signature([{"tokens": tokens(paragraph)} for paragraph in paragraphs])
    assert found is not None
    return found


def test_the_same_story_in_the_other_punctuation_is_a_near_duplicate() -> None:
    full_width = tuple(paragraph.replace(",", "，") for paragraph in STORY)
    cut = (*STORY[:3], STORY[3][:20])
    found = groups(["b", "c", "a", "d"], np.stack([signed(STORY), signed(full_width), signed(cut), signed(OTHER)]))
    assert found == {"a": "a", "b": "a", "c": "a"}


def test_groups_do_not_hang_on_the_order() -> None:
    rng = random.Random(7)
    bodies = {}
    for story, paragraphs in (("s", STORY), ("o", OTHER)):
        for number in range(8):
            changed = list(paragraphs)
            changed[number % 4] = changed[number % 4].replace("的", "之")
            bodies[f"{story}{number}"] = signed(tuple(changed))
    expected = groups(list(bodies), np.stack(list(bodies.values())))
    assert set(expected.values()) == {"o0", "s0"}
    for _ in range(5):
        ids = rng.sample(sorted(bodies), len(bodies))
        assert groups(ids, np.stack([bodies[article_id] for article_id in ids])) == expected


def test_many_near_duplicates_take_linear_time() -> None:
    one = signed(STORY)
    assert grows_linearly(lambda size: groups([f"{n:06d}" for n in range(size)], np.tile(one, (size, 1))), 200)


def test_too_short_for_a_signature() -> None:
    assert signature([{"tokens": ["会议", "召开", "。"]}]) is None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_build_marks_the_same_story_on_two_sites(
    workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "SHARD_PAGES", 2)
    raw = tmp_path / "raw"
    raw.mkdir()
    texts = {
        "one": page(paragraphs=STORY),
        "two": page("十二县脱贫摘帽", STORY, "2019-05-01"),
        "other": page(paragraphs=OTHER),
    }
    for name, text in texts.items():
        (raw / f"{name}.txt").write_text(text, encoding="utf-8")
    build([raw], tmp_path / "dist", workers=workers)
    rows = {row["raw_path"]: row for row in pq.read_table(tmp_path / "dist/data/articles").to_pylist()}
    assert rows["one.txt"]["duplicate_group"] == rows["two.txt"]["duplicate_group"] is not None
    assert rows["other.txt"]["duplicate_group"] is None
    assert rows["one.txt"]["duplicate_group"] in {rows["one.txt"]["article_id"], rows["two.txt"]["article_id"]}
