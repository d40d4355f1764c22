"""Personal data gives way to █ in every table, and nothing else does."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from pages import PARAGRAPHS, page

from povdata import manifest as manifests
from povdata import models, read
from povdata.build import build
from povdata.build.check import check
from povdata.build.mask import Masked, mask, personal
from povdata.clean import clean
from povdata.cli import main
from povdata.page import Document, Page, Segment

STORY = (
    *PARAGRAPHS,
    "有意购买的单位可拨打合作社负责人手机13900001234，也可以写信到 chaye@example.com，投诉请拨打12317。",
    "全县今年共发放产业奖补资金15800000001元，茶叶出口13912345678公斤。",
)
CONTACT = "新闻热线：0999-1234567 投稿邮箱：tougao@example.com"
RAW = page(paragraphs=STORY).replace("版权所有", f"{CONTACT}\n版权所有")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("联系电话：13900001234", "13900001234"),
        ("村民李某(13900001234)说", "13900001234"),
        ("13900001234张经理", "13900001234"),
        ("电话18800000000", "18800000000"),
        ("+86 13900001234", "+86 13900001234"),
        ("手机１３９００００１２３４", "１３９００００１２３４"),
        ("拨打139-0000-1234报名", "139-0000-1234"),
        ("手机 139 0000 1234", "139 0000 1234"),
        ("0999-1234567", "0999-1234567"),
        ("（0999）1234567", "（0999）1234567"),
        ("请致电010-12345678转8001", "010-12345678转8001"),
        ("公司电话099912345678", "099912345678"),
        ("办公室电话：1234567", "1234567"),
        ("举报电话13900001234", "13900001234"),
        ("欢迎监督。电话：0999-1234567", "0999-1234567"),
        ("联系人：李明 13900001234。", "13900001234"),
        ("110101199003077758", "110101199003077758"),
        ("身份证号：110101199003070000", "110101199003070000"),
        ("来信寄 zhang.san@mail.example.com 即可", "zhang.san@mail.example.com"),
    ],
)
def test_what_is_personal(text: str, found: str) -> None:
    assert [text[start:end] for start, end in personal(text)] == [found]


def test_two_numbers_in_a_line() -> None:
    text = "电话\n甲13900001234/13800001234 乙：0999-1234567"
    assert [text[start:end] for start, end in personal(text)] == ["13900001234", "13800001234", "0999-1234567"]


@pytest.mark.parametrize(
    "text",
    [
        "拨打12317举报",
        "12345热线、12349和110",
        "客服400-000-1234",
        "举报电话：0999-1234567",
        "监督电话:1234567",
        "扶贫专线号码为：0999—1234567",
        "热线电话（0999）1234567",
        "产量13900001234公斤",
        "总投资15800000000元",
        "投资额13900001234万元",
        "支出为13900001234，",
        "13900001234多斤",
        "￥13900001234",
        "13,900,001,234元",
        "13.900001234",
        "收入合计 35678912345 13900001234 24567891234",
        "编号：13900001234",
        "京ICP备13900001234号",
        "/2019/13900001234.html",
        "第13900001234号",
        "1949-10-01至2019-03-01",
        "国发〔2015〕34号，浙B2-20110366",
        "2013-2020年",
        "110101199003070000",  # the last digit is not the one that the others ask for
        "91330000142912345X",
        "关注@云溪发布",
        "ISBN 978-7-010-12345678-9",
    ],
)
def test_what_is_not_personal(text: str) -> None:
    assert list(personal(text)) == []


def document(*parts: tuple[str, str], **article: object) -> Document:
    segments, start = [], 0
    for role, text in parts:
        segments.append(Segment(start, start + len(text), role, "a rule"))
        start += len(text)
    return Document(Page("a.txt", "0" * 64, 0, "".join(text for _, text in parts), "utf-8"), segments, dict(article))


def test_a_masked_page_keeps_its_spans_and_its_white_space() -> None:
    before = document(("contact", "电话:\t0999-1234567\r\n"), ("body", "手机13900001234 ，好。\n"))
    after, masked = mask(before)
    assert after.page.text == "███\t████████████\r\n手机███████████ ，好。\n"
    assert after.segments == before.segments
    assert masked == Masked(segments=1, spans=1, characters=26)


def test_columns_that_repeat_the_page_are_masked_too() -> None:
    number = "手机13900001234"
    hidden = "手机" + 11 * models.MASK
    before = document(
        ("body", "好。"), title=number, deck=[number], credits=[{"role": "编辑", "name": number}], url=number, views=3
    )
    after, masked = mask(before)
    assert after.article == {
        "title": hidden, "deck": [hidden], "credits": [{"role": "编辑", "name": hidden}], "url": number, "views": 3,
    }  # fmt: skip
    assert masked == Masked() and before.article["title"] == number


def raws(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a.txt").write_text(RAW, encoding="utf-8")
    (folder / "b.txt").write_text(page(), encoding="utf-8")
    return folder


def everything(dist: Path) -> str:
    """All that the tables of pages hold, as text."""
    tables = [pq.read_table(dist / "data" / table) for table in models.TABLES if table not in models.LOOKUPS]
    return "\n".join(str(table.to_pylist()) for table in tables)


SECRETS = ("13900001234", "chaye@example.com", "0999-", "tougao")


def test_a_build_masks_all_tables_alike(tmp_path: Path) -> None:
    report = build([raws(tmp_path / "raw")], tmp_path / "dist")
    assert report.rows["articles"] == 2
    held = everything(tmp_path / "dist")
    assert not [secret for secret in SECRETS if secret in held]
    assert "12317" in held and "15800000001元" in held and "13912345678公斤" in held
    contact = clean(read.page(next(iter(read.raws([tmp_path / "raw" / "a.txt"]))))).text_of("contact")
    assert len(contact) == 1
    n_characters = len("".join(contact[0][2].split())) + len("13900001234") + len("chaye@example.com")
    assert report.masked == Masked(1, 2, n_characters)
    assert manifests.read(tmp_path / "dist").masked.model_dump() == report.masked._asdict()
    assert list(check(tmp_path / "dist")) == []
    row = pq.read_table(tmp_path / "dist" / "data" / "articles").to_pylist()[0]
    assert row["raw_sha256"] == hashlib.sha256(RAW.encode()).hexdigest()
    assert row["article_id"] == row["raw_sha256"][:16]
    card = (tmp_path / "dist" / "README.md").read_text(encoding="utf-8")
    assert f"1 contact segments, 2 numbers and addresses elsewhere, {n_characters} characters in all" in card


def test_contacts_that_are_kept_stand_as_printed(tmp_path: Path) -> None:
    report = build([raws(tmp_path / "raw")], tmp_path / "dist", keep_contacts=True)
    assert report.masked is None and manifests.read(tmp_path / "dist").masked is None
    segments = pq.read_table(tmp_path / "dist" / "data" / "segments").to_pylist()
    first = segments[0]["article_id"]
    assert "".join(row["text"] for row in segments if row["article_id"] == first) == RAW
    assert list(check(tmp_path / "dist")) == []
    assert "kept contacts as the pages print them" in (tmp_path / "dist" / "README.md").read_text(encoding="utf-8")


def test_only_personal_data_differs(tmp_path: Path) -> None:
    folder = raws(tmp_path / "raw")
    texts = []
    for keep in (False, True):
        build([folder], tmp_path / str(keep), keep_contacts=keep)
        segments = pq.read_table(tmp_path / str(keep) / "data" / "segments").to_pylist()
        texts.append([(row["start"], row["end"], row["role"], row["rule"]) for row in segments])
    assert texts[0] == texts[1]


@pytest.mark.parametrize("first", [False, True])
def test_shards_of_the_other_kind_are_not_reused(first: bool, tmp_path: Path) -> None:
    folder = raws(tmp_path / "raw")
    build([folder], tmp_path / "dist", keep_contacts=first)
    assert build([folder], tmp_path / "dist", keep_contacts=first).reused == 2
    report = build([folder], tmp_path / "dist", keep_contacts=not first)
    assert report.reused == 0
    assert all(secret in everything(tmp_path / "dist") for secret in SECRETS) is not first
    again = build([folder], tmp_path / "dist", keep_contacts=not first)
    assert (again.reused, again.masked) == (2, report.masked)


def test_the_count_is_that_of_all_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import povdata.build.plan as planning

    monkeypatch.setattr(planning, "LEAST_PAGES", 1)
    monkeypatch.setattr(planning, "MOST_PAGES", 1)
    folder = raws(tmp_path / "raw")
    (folder / "c.txt").write_text(RAW.replace("茶叶", "木耳"), encoding="utf-8")
    report = build([folder], tmp_path / "dist")
    assert report.masked.segments == 2 and report.masked.spans == 4


def test_a_contact_segment_in_the_clear_is_found(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    build([raws(tmp_path / "raw")], dist, keep_contacts=True)
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    manifest["masked"] = {"segments": 1, "spans": 2, "characters": 60}
    (dist / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    assert [problem for problem in check(dist) if "not masked" in problem]


def test_a_page_without_masks_still_gives_its_bytes(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    build([raws(tmp_path / "raw")], dist)
    (path,) = (dist / "data" / "segments").iterdir()
    rows = pq.read_table(path).to_pylist()
    changed = [row | {"text": row["text"].replace("版权", "版杈")} for row in rows]
    pq.write_table(pa.Table.from_pylist(changed, models.arrow_schema("segments")), path)
    data = path.read_bytes()
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    manifest["tables"]["segments"]["files"][0] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (dist / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    problems = list(check(dist))
    assert [problem for problem in problems if problem.startswith("b.txt") and "raw_sha256" in problem]


def test_commands(tmp_path: Path) -> None:
    folder = raws(tmp_path / "raw")
    run = CliRunner().invoke
    done = run(main, ["build", str(folder), "-o", str(tmp_path / "dist"), "--workers", "1"])
    assert "masked: contact segments 1, other numbers and addresses 2, characters" in done.output
    done = run(main, ["build", str(folder), "-o", str(tmp_path / "dist"), "--workers", "1", "--keep-contacts"])
    assert "contacts: kept as printed" in done.output
    assert "0999-1234567" in run(main, ["show", str(folder / "a.txt")]).output


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话:13812345678，13987654321", "电话:███████████，███████████"),
        ("联系电话：0971-6123456，0971-6123457", "联系电话：████████████，████████████"),
        ("手机:138 1234 5678", "手机:███ ████ ████"),
        ("请拨 +86 138 1234 5678", "请拨 ███ ███ ████ ████"),
        ("新闻热线:0971-6123456", "新闻热线:████████████"),
        ("举报人马六电话:0971-6123456", "举报人马六电话:████████████"),
        ("监督电话:0971-6123456", "监督电话:0971-6123456"),
        ("产值1,381,234,567元", "产值1,381,234,567元"),
    ],
)
def test_numbers_in_rows_with_prefixes_and_behind_names_of_lines(text: str, shown: str) -> None:
    assert mask(document(("body", text)))[0].page.text == shown
