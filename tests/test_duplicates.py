from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from growth import grows_linearly
from pages import page

import povdata.build.plan as planning
from povdata.build import build, duplicates
from povdata.build.duplicates import PERMUTATIONS, groups, signature, write_signatures
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


def grouped(folder: Path, *shards: dict[str, np.ndarray]) -> list[dict[str, str]]:
    """The groups of articles whose ids are one hex digit sixteen times, by that digit."""
    files = [folder / f"{number}.npy" for number in range(len(shards))]
    for file, shard in zip(files, shards, strict=True):
        write_signatures([(digit * 16, body) for digit, body in shard.items()], file)
    return [{one[0]: group[0] for one, group in found.items()} for found in groups(files)]


def test_the_same_story_in_the_other_punctuation_is_a_near_duplicate(tmp_path: Path) -> None:
    full_width = tuple(paragraph.replace(",", "，") for paragraph in STORY)
    cut = (*STORY[:3], STORY[3][:20])
    bodies = {"b": signed(STORY), "c": signed(full_width), "a": signed(cut), "d": signed(OTHER)}
    assert grouped(tmp_path, bodies) == [{"a": "a", "b": "a", "c": "a"}]


def test_groups_do_not_hang_on_the_order(tmp_path: Path) -> None:
    rng = random.Random(7)
    bodies = {}
    for digits, paragraphs in (("01234567", STORY), ("89abcdef", OTHER)):
        for number, digit in enumerate(digits):
            changed = list(paragraphs)
            changed[number % 4] = changed[number % 4].replace("的", "之")
            bodies[digit] = signed(tuple(changed))
    expected = {digit: "0" if digit < "8" else "8" for digit in bodies}
    for _ in range(5):
        ids = rng.sample(sorted(bodies), len(bodies))
        cut = rng.randrange(len(ids) + 1)
        shards = [{digit: bodies[digit] for digit in part} for part in (ids[:cut], ids[cut:])]
        assert grouped(tmp_path, *shards) == [{digit: expected[digit] for digit in shard} for shard in shards]


def test_groups_are_what_all_pairs_give(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    stories = rng.integers(0, 1 << 32, (20, PERMUTATIONS), dtype=np.uint32)
    bodies = stories[rng.integers(0, len(stories), 150)]
    changed = rng.random(bodies.shape) < rng.random((len(bodies), 1)) / 2
    bodies[changed] = rng.integers(0, 1 << 32, changed.sum(), dtype=np.uint32)
    ids = [f"{number:016x}" for number in rng.permutation(150)]
    group_of = {article_id: article_id for article_id in ids}
    for one, body in zip(ids, bodies, strict=True):
        for other in [i for i, alike in zip(ids, (bodies == body).mean(axis=1), strict=True) if alike >= 0.8]:
            joined = {group_of[one], group_of[other]}
            group_of |= {i: min(joined) for i, group in group_of.items() if group in joined}
    sizes = Counter(group_of.values())
    expected = {article_id: group for article_id, group in group_of.items() if sizes[group] > 1}
    assert 20 < len(expected) < 140
    files = [tmp_path / name for name in ("one.npy", "two.npy")]
    write_signatures(list(zip(ids[:60], bodies[:60], strict=True)), files[0])
    write_signatures(list(zip(ids[60:], bodies[60:], strict=True)), files[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "THRESHOLD", 0.8)
        one, two = groups(files)
    assert one.keys() <= {*ids[:60]}
    assert one | two == expected


def test_articles_without_a_signature_have_no_group(tmp_path: Path) -> None:
    assert grouped(tmp_path) == []
    assert grouped(tmp_path, {}, {}) == [{}, {}]
    assert grouped(tmp_path, {}, {"a": signed(STORY)}) == [{}, {}]


def test_many_near_duplicates_take_linear_time(tmp_path: Path) -> None:
    one = signed(STORY)

    def group(size: int) -> None:
        write_signatures([(f"{n:016x}", one) for n in range(size)], tmp_path / "many.npy")
        assert len(next(groups([tmp_path / "many.npy"]))) == size

    assert grows_linearly(group, 200)


def test_too_short_for_a_signature() -> None:
    assert signature([{"tokens": ["会议", "召开", "。"]}]) is None


def test_a_build_marks_the_same_story_on_two_sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MOST_PAGES", 2)
    raw = tmp_path / "raw"
    raw.mkdir()
    texts = {
        "one": page(paragraphs=STORY),
        "two": page("十二县脱贫摘帽", STORY, "2019-05-01"),
        "other": page(paragraphs=OTHER),
    }
    for name, text in texts.items():
        (raw / f"{name}.txt").write_text(text, encoding="utf-8")
    build([raw], tmp_path / "dist")
    rows = {row["raw_path"]: row for row in pq.read_table(tmp_path / "dist/data/articles").to_pylist()}
    assert rows["one.txt"]["duplicate_group"] == rows["two.txt"]["duplicate_group"] is not None
    assert rows["other.txt"]["duplicate_group"] is None
    assert rows["one.txt"]["duplicate_group"] in {rows["one.txt"]["article_id"], rows["two.txt"]["article_id"]}
