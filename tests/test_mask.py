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
from povdata.lexicon import rows
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


IDENTITY, MISTYPED = "110101189903077754", "110101189903077755"  # born in 1899; the second fails the check
CARD, OLD_CARD, NO_CARD = "6299990000001234560", "4399990000123456786", "6299990000001234561"  # by Luhn's formula


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("电话\n甲13900001234/13800001234 乙：0999-1234567", ["13900001234", "13800001234", "0999-1234567"]),
        # numbers behind a number
        ("0999-6123456/6123457", ["0999-6123456", "6123457"]),
        ("电话：6123456，6123457、6123458", ["6123456", "6123457", "6123458"]),
        ("联系电话：6123456或13900001234", ["6123456", "13900001234"]),
        ("报名热线：0999-6123456、 6123457（传真）、6123458", ["0999-6123456", "6123457", "6123458"]),
        ("0999-6123456/57", ["0999-6123456", "57"]),
        ("电话：61234567 61234568", ["61234567", "61234568"]),
        ("电话：0999-6123456转801、802", ["0999-6123456转801、802"]),
        ("电话：6123456 分机 801", ["6123456 分机 801"]),
        ("举报电话：0999-6123456、13900001234", ["13900001234"]),
        ("电话：0999-6123456、12345或110", ["0999-6123456"]),
        ("0999-6123456，2000000元", ["0999-6123456"]),
        ("电话：0999-6123456，20191015起", ["0999-6123456"]),
        ("电话：0999-6123456/2019年", ["0999-6123456"]),
        ("电话：0999-6123456 680000", ["0999-6123456"]),
        # labels with spaces, in brackets, above
        ("电 话：6123456", ["6123456"]),
        ("电　话：6123456", ["6123456"]),
        ("电\u2003话：6123456", ["6123456"]),
        ("手　机：139-00001234", ["139-00001234"]),
        ("联 系 人：李明 0999 6123456", ["0999 6123456"]),
        ("传 真 ：6123456", ["6123456"]),
        ("电话（传真）：6123456", ["6123456"]),
        ("咨询电话6123456。", ["6123456"]),
        ("联系电话：\r\n6123456", ["6123456"]),
        ("諮詢電話：6123456", ["6123456"]),
        ("李明/13900001234", ["13900001234"]),
        ("他的号码为13900001234。", ["13900001234"]),
        ("邮 箱：chaye@example.com", ["chaye@example.com"]),
        ("邮 箱：chaye#example.com（请将#换成@）", ["chaye#example.com"]),
        ("电子信箱：chaye(at)example.com", ["chaye(at)example.com"]),
        # WeChat and QQ
        ("加他的微信号：yunxi_2019咨询", ["yunxi_2019"]),
        ("微信：chanong88，备注姓名", ["chanong88"]),
        ("微　信　号：chanong88", ["chanong88"]),
        ("微信（同手机）：13900001234", ["13900001234"]),
        ("QQ/微信：chanong88", ["chanong88"]),
        ("QQ：123456", ["123456"]),
        ("ＱＱ：１２３４５６７８", ["１２３４５６７８"]),
        ("茶农QQ群：123456789、987654321", ["123456789", "987654321"]),
        ("QQ群123456789", ["123456789"]),
        ("QQ交流群2：23456789", ["23456789"]),
        # accounts and identity numbers with a label
        ("户名：李明 账 号：6200 0000 1234 5678 901", ["6200 0000 1234 5678 901"]),
        ("专用账号为00012345，开户银行为云溪农商银行", ["00012345"]),
        ("开户行：云溪农商银行，卡号为" + NO_CARD, [NO_CARD]),
        ("开户银行为农业银行云溪支行 12-000001040001234", ["12-000001040001234"]),
        ("账号：\n14000000001001\n", ["14000000001001"]),
        (f"一卡通账号{NO_CARD}已到账", [NO_CARD]),
        (f"账号{NO_CARD}张三", [NO_CARD]),
        ("身份证号码为" + MISTYPED, [MISTYPED]),
        ("身 份 证 号：110101 18990307 7755", ["110101 18990307 7755"]),
        ("身份证：110101990307775", ["110101990307775"]),
        ("残疾证号：" + MISTYPED + "43", [MISTYPED + "43"]),
        # lists of people
        (f"1\t李明\t{IDENTITY}\t{CARD}\t500", [IDENTITY, CARD]),
        (f"李明 {MISTYPED} {OLD_CARD} 500元", [MISTYPED, OLD_CARD]),
        (f"{IDENTITY}43，{CARD}。", [IDENTITY + "43", CARD]),
        ("李明 110101990307775 500元", ["110101990307775"]),
        ("李明\t13900001234\t25000", ["13900001234"]),
        (f"李明 {IDENTITY} 13900001234 500", [IDENTITY, "13900001234"]),
        (
            f"姓名\t身份证号码\t银行账号\t联系电话\t金额\n阿依\t{MISTYPED}\t20000000092000447\t6123456\t5000000\n"
            f"合计\n阿木\t{MISTYPED}\t20000000092000448\n本表由村委会编制。\n项目 20000000092000449\n",
            [MISTYPED, "20000000092000447", "6123456", MISTYPED, "20000000092000448"],
        ),
        # a name, a number, the next column
        ("赵明 13900001234 男 壮族", ["13900001234"]),
        ("赵明\t13900001234\t驻村干部", ["13900001234"]),
        ("赵明 | 13900001234 | 党员", ["13900001234"]),
        ("赵明（13900001234 县茶叶办）", ["13900001234"]),
        ("13900001234 家住云溪镇", ["13900001234"]),
        ("赵明13900001234元旦值班", ["13900001234"]),
        ("可找13900001234余经理", ["13900001234"]),
        ("赵超13900001234", ["13900001234"]),
        ("赵明：0999-6123456 县茶叶办", ["0999-6123456"]),
        ("电话6123456 县茶叶办", ["6123456"]),
        ("联系电话：6123456、6123457 村委会", ["6123456", "6123457"]),
        ("QQ：12345678 女", ["12345678"]),
        ("账号：123456789 中国茶叶银行", ["123456789"]),
        # heads of columns
        ("姓名\t电话\n赵明\t6123456\n钱亮\t6123457", ["6123456", "6123457"]),
        ("序号\t联系人\t电话\n1\t赵 明\t6123456\n2\t\t6123457", ["6123456", "6123457"]),
        ("姓名 | 电话\n赵明 | 6123456\n\n指标 | 数量\n产量 | 1234567", ["6123456"]),
        ("姓名\t电话\t微信\n赵明\t6123456\t", ["6123456"]),
        ("姓名 联系电话\n赵明 6123456\n无 98765432109876543210 暂缺\n钱亮 6123458", ["6123456", "6123458"]),
        ("联系电话\n6123456\n\n6123457\n6123458\n以上是全部。\n6123459", ["6123456", "6123457", "6123458"]),
        # words that end as one of amount does
        ("短信至13900001234", ["13900001234"]),
        ("稿件传真至0999-6123456", ["0999-6123456"]),
        ("参观预约：13900001234", ["13900001234"]),
        ("村会计：13900001234", ["13900001234"]),
        ("统计：0999-6123456", ["0999-6123456"]),
        # what touches a number
        ("手机13900001234QQ12345678", ["13900001234", "12345678"]),
        ("手机13900001234E-mail:cha@example.com", ["13900001234", "cha@example.com"]),
        ("电话：0999-6123456Fax：0999-6123457", ["0999-6123456", "0999-6123457"]),
        ("13900001234-13800001234", ["13900001234", "13800001234"]),
        ("电话：13900001234-0999-6123456", ["13900001234", "0999-6123456"]),
        ("电话：13900001234-801", ["13900001234-801"]),
        ("1.13900001234 赵明", ["13900001234"]),
        ("13900001234/赵明", ["13900001234"]),
        ("Lily13900001234", ["13900001234"]),
        # groups of digits
        ("赵明 139 0000 1234", ["139 0000 1234"]),
        ("1\t赵明\t139 0000 1234\t500", ["139 0000 1234"]),
        ("赵明 139-00001234", ["139-00001234"]),
        ("手机：139\xa00000\xa01234", ["139\xa00000\xa01234"]),
        ("手机：139 - 0000 - 1234", ["139 - 0000 - 1234"]),
        ("手机：139.0000.1234", ["139.0000.1234"]),
        ("电话：0999――6123456", ["0999――6123456"]),
        # names that are no frequent ones, beside figures
        ("阿依夏木\t13900001234\t25000", ["13900001234"]),
        ("1 司马明 13900001234 25000", ["13900001234"]),
        ("夏木·艾山\t13900001234\t25000", ["13900001234"]),
        # WeChat, QQ and mail by other names
        ("加微信chanong88进群", ["chanong88"]),
        ("WeChat：chanong88", ["chanong88"]),
        ("weixin: chanong88", ["chanong88"]),
        ("官方微博已开通，客服微信：chanong88", ["chanong88"]),
        ("微信公众号：yunxifabu 微信：chanong88", ["chanong88"]),
        ("QQ咨询：12345678", ["12345678"]),
        ("QQ1：12345678", ["12345678"]),
        ("_cha@example.com", ["_cha@example.com"]),
        ("投稿：-cha@example.com", ["-cha@example.com"]),
        ("Email：cha(at)example.com", ["cha(at)example.com"]),
        ("Telephone: 0999 6123456", ["0999 6123456"]),
    ],
)
def test_several_in_a_text(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in personal(text)] == found


def test_each_label_has_a_kind_once() -> None:
    labels = [(row["label"], row["kind"]) for row in rows("private_labels")]
    assert len(labels) == len(set(labels))
    assert {kind for _, kind in labels} == {
        "telephone", "call", "wechat", "qq", "mail", "account", "identity", "public", "amount", "code",
    }  # fmt: skip


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
        # the word before decides
        "点击数:13812345678",
        "点击：13812345678",
        "浏览量 13812345678",
        "阅读(13812345678)",
        "预算:15912345678元",
        "投入13812345678，",
        "流水号：13812345678",
        "订单号码:13812345678",
        '"id": 13812345678',
        f"订单号:{CARD}",
        f"/2019/{CARD}.html",
        # telephones that are counted, lines of offices
        "移动电话 1234567 2345678",
        "固定电话为1234567户",
        "地区\t固定电话\t移动电话\n云溪县\t1234567\t2345678\n",
        "手机13812345部",
        "热线、网络收入13812345678，",
        "QQ、微信用户12345678",
        "电话2015-2019年",
        "举报电话：0999-6123456、0999-6123457",
        "热线：0999-6123456、 6123457",
        "监督电话：6123456、6123457",
        "政府“扶贫专线”（0999-6123456）",
        # no WeChat, QQ or account of a person
        "微信公众号：yunxifabu",
        "云溪发布微信公众平台（微信号：yunxifabu）",
        "官方微信：yunxifabu",
        "微信号：gh_0123456789ab",
        "微信：weixin.example.com",
        "微信：扫一扫",
        "微信红包12345678元",
        "微信用户：1000000人",
        "QQ空间 2019年",
        "QQ用户12345678人",
        "QQ群12345人",
        "QQ浏览器10.5.3",
        "账户资金12345678900元",
        "账户余额123456789012元",
        "银行账户 2015 2016 2017",
        "存款账户数12345678901234",
        "发放一卡通13812345678张",
        "卡号后四位1234",
        "身份证号1101**********7754",
        "项目编号" + MISTYPED,
        NO_CARD,
        OLD_CARD,
        "茶园\t13912345678\t23456789",
        # counted, behind a label too
        "固定电话：1234567户",
        "手机：1234567部",
        "收到手机 1234567 部",
        "贫困户电话：3000000元",
        "电话：2015-2019年",
        "电话：20191015",
        "微信阅读量：13812345678",
        "手机产值 13912345678元",
        "手机用户：13912345678户",
        "产量13912345678公斤茶叶",
        "产值高达13912345678，",
        "赵村\t139\t1234\t5678",
        "茶园 139 1234 5678 9012",
        "合计 150 2018 2019",
        "坐标101.13912345678",
        "item13900001234",
        # heads of what is counted
        "地区\t手机\t电视\n云溪县\t1234567\t2345678",
        "短信(条)\n1234567",
        "在线咨询\n1234567",
        "传真\n20191015",
        "举报电话\n6123456\n6123457",
        "监督电话：\n0999-6123456",
        "联系电话\n茶园\n1234567",
        # no telephones, no address
        "电话：400 8888 888",
        "Hotel:8888888",
        "Intel: 12345678",
        "cha@2x.png",
        "政务微信：yunxifabu",
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
