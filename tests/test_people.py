from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from growth import grows_linearly

from povdata.extract import posts
from povdata.extract.people import people
from povdata.page import Document, Page, Segment


def document(*parts: str | tuple[str, str], **article: Any) -> Document:
    """A page of these paragraphs; a part is body text or a pair of role and text."""
    text, segments = "", []
    for part in parts:
        role, line = ("body", part) if isinstance(part, str) else part
        segments.append(Segment(len(text), len(text) + len(line) + 1, role, "test"))
        text += line + "\n"
    return Document(Page("a.txt", "ab" * 32, len(text), text, "utf-8"), segments, article)


def read(*parts: str | tuple[str, str], **article: Any) -> dict[str, dict[str, Any]]:
    page = document(*parts, **article)
    table = people(page)
    for row in table:
        for mention in row["mentions"]:
            assert "".join(page.page.text[mention["start"] : mention["end"]].split()) == row["name"]
    firsts = [row["mentions"][0]["start"] for row in table]
    assert firsts == sorted(firsts)
    return {row["name"]: row for row in table}


def titles(*parts: str | tuple[str, str], **article: Any) -> dict[str, list[str]]:
    return {name: row["titles"] for name, row in read(*parts, **article).items()}


def roles(*parts: str | tuple[str, str], **article: Any) -> dict[str, list[str]]:
    return {name: row["roles"] for name, row in read(*parts, **article).items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("省委书记、省人大常委会主任秦望川强调，要抓紧。", {"秦望川": ["省委书记", "省人大常委会主任"]}),
        ("云溪县县委常委宋启文、周禾出席会议。", {"宋启文": ["云溪县县委常委"], "周禾": ["云溪县县委常委"]}),
        ("省领导赵立、钱晓禾到会听取汇报，出席会议。", {"赵立": ["省领导"], "钱晓禾": ["省领导"]}),
        (
            "市人大党组书记、主任孟松，市政协主席柳达出席。",
            {"孟松": ["市人大党组书记", "主任"], "柳达": ["市政协主席"]},
        ),
        ("传达汪洋副总理批示和秦望川书记意见。", {"汪洋": ["副总理"], "秦望川": ["书记"]}),
        ("县委书记阿布，副县长买买提·艾力到村里。", {"阿布": ["县委书记"], "买买提·艾力": ["副县长"]}),
        ("范鹏、李大年等8位代表先后发言。", {"范鹏": ["代表"], "李大年": ["代表"]}),
        ("一同到场的专家还有孔小帆、郑启年、吕新。", {"孔小帆": [], "郑启年": [], "吕新": []}),
        ("云溪县青石乡的党委书记林一川说，路通了。", {"林一川": ["党委书记"]}),
        ("近日，我办副主任崔涛带队下村。", {"崔涛": ["我办副主任"]}),
        ("座谈会上云溪县委书记林一川发言。", {"林一川": ["云溪县委书记"]}),
        ("会议由县委副书记、县长何静文主持。", {"何静文": ["县委副书记", "县长"]}),
        ("任命何静文为县扶贫办副主任。", {"何静文": ["县扶贫办副主任"]}),
        ("免去何静文的县教育局副局长职务。", {"何静文": ["县教育局副局长"]}),
        ("驻村干部王鹏和村医孙丽一起走访。", {"王鹏": ["驻村干部"], "孙丽": ["村医"]}),
        ("村“两委”主任钱大有介绍，全村都搬了。", {"钱大有": ["村“两委”主任"]}),
        ("公安局政治处、县委办主任欧阳文山参加会议。", {"欧阳文山": ["县委办主任"]}),
        ("省政协副主席周强率调研组到云溪县。", {"周强": ["省政协副主席"]}),
        ("陈小光常委提出，要补短板；郑建民委员建议，多办学。", {"陈小光": ["常委"], "郑建民": ["委员"]}),
        ("市政府方春来副主席、省扶贫办黄立伟主任到场。", {"方春来": ["副主席"], "黄立伟": ["主任"]}),
        ("参会的专家有省农学会会长刘成山。", {"刘成山": ["省农学会会长"]}),
        ("应省文联主席何静文邀请，一行人来到村里。", {"何静文": ["省文联主席"]}),
        (
            "我们邀请到市农业局局长唐大山先生、副局长夏小生先生。",
            {"唐大山": ["市农业局局长", "先生"], "夏小生": ["副局长", "先生"]},
        ),
        ("书记李建来、万里源置业副总经理王淑芳发言。", {"李建来": ["书记"], "王淑芳": ["万里源置业副总经理"]}),
        ("何静文是省人社厅派驻到青石村的第一书记。", {"何静文": ["第一书记"]}),
        ("《云溪论坛》杂志副总编黄宇出席。", {"黄宇": ["《云溪论坛》杂志副总编"]}),
        ("民盟省委主委赵振东陪同调研。", {"赵振东": ["民盟省委主委"]}),
    ],
)
def test_titles(text: str, expected: dict[str, list[str]]) -> None:
    assert titles(text) == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("贫困户李大山说，日子好了。村民赵秀英和王二妹也来了。", ["李大山", "赵秀英", "王二妹"]),
        ("领头的姑娘叫帕提古丽，会说两种语言。", ["帕提古丽"]),
        ("村民孟大妈说，日子好了。钱大爷也笑了。", []),
        ("他在答记者问时表示，要抓紧。", []),
        ("县长林一川受到处分。", ["林一川"]),
        ("为脱贫户托合提·亚森颁发证书。", ["托合提·亚森"]),
        ("“今年能挣三万元。”孙志强说。", ["孙志强"]),
        ("张桂英家是青山村的建档立卡贫困户。", ["张桂英"]),
        ("罗桂兰今年45岁，丈夫因病去世。", ["罗桂兰"]),
        ("丁小祥、刘鹤年参加会议，有关部门负责人列席。", ["丁小祥", "刘鹤年"]),
        ("陈善球是云溪县大安乡新村村民，去年搬了家。", ["陈善球"]),
        ("德国总理默克尔、法国总统马克龙致贺信。", ["默克尔", "马克龙"]),
        ("致富能手扎西次仁养了30头牦牛。", ["扎西次仁"]),
        ("县长扎西江措和副县长郑军一同前往。", ["扎西江措", "郑军"]),
        ("李长河等10人获得奖励。", ["李长河"]),
        ("我叫辛华，今年57岁。", ["辛华"]),
        ("陈勇，现任云溪县大安乡干事。", ["陈勇"]),
        ("由刘海生、赵晓光、温良平等局领导带队。", ["刘海生", "赵晓光", "温良平"]),
        ("县里的干部刚换了岗，陈全民、李纪来、杜家林、陈豪走上新岗位。", ["陈全民", "李纪来", "杜家林", "陈豪"]),
        ("在青石村委会 云溪网 郭天林摄", ["郭天林"]),
        ("驻村“第一书记”李柯来到农户家。", ["李柯"]),
        ("李文忠在帮老人干农活。", ["李文忠"]),
    ],
)
def test_names_without_office(text: str, names: list[str]) -> None:
    assert list(titles(text)) == names
    assert not any("村民" in title or "贫困户" in title for row in titles(text).values() for title in row)


@pytest.mark.parametrize(
    "text",
    [
        "王书记指出，要从严治党，严肃查处腐败问题。",
        "县委书记高度重视，县长全面负责，干部严格落实责任。",
        "总书记鲜明指出，主任方向明确，村民高兴极了。",
        "记者从江苏省扶贫办获悉，记者于近日来到云溪县。",
        "武山县委书记要求，平江县长表示，温州市长介绍。",
        "水利局局长、农业局局长、文广局局长、民宗局局长等参加会议。",
        "江苏、江西、安徽、山东等省和张家口、承德、保定三市参加会议。",
        "发展黄牛、白羊、马铃薯、花椒等产业，保护蓝天、碧水、净土。",
        "成立由县委书记任组长、县长任第一副组长的领导小组。",
        "各县党委书记、扶贫办主任，全体同志，人大代表团，委员会主任会议。",
        "做好防汛保畅等12项工作，全会指出，方案明确，通知要求。",
        "老乡和支书带头致富，代表全省人民，主席台就座，书记员记录。",
        "要以纪念红军长征胜利为契机，受总指挥部委托，全县长期坚持。",
        "沿江各市长江大保护全面展开，西安市长安区率先脱贫。",
    ],
)
def test_common_words_are_no_names(text: str) -> None:
    assert titles(text) == {}


def test_the_page_decides_where_a_name_ends() -> None:
    table = read("州委书记罗青到场致辞。", "罗青指出，要抓紧。罗青在主持时强调，要落实。", "副州长罗青山参加。")
    assert {name: len(row["mentions"]) for name, row in table.items()} == {"罗青": 3, "罗青山": 1}


def test_bylines_and_credits() -> None:
    table = read(
        "本报讯（记者 林 涛 通讯员 王小红）3月5日，县长何静文下村。",
        ("credit", "责任编辑：刘松 一审|陈章"),
        authors=["林涛"],
        credits=[{"role": "责任编辑", "name": "刘松"}, {"role": "一审", "name": "陈章"}],
    )
    assert {n: (r["titles"], r["roles"]) for n, r in table.items()} == {
        "林涛": (["记者"], ["author"]),
        "王小红": (["通讯员"], ["author"]),
        "何静文": (["县长"], ["mentioned"]),
        "刘松": ([], ["credit"]),
        "陈章": ([], ["credit"]),
    }


def test_signature_at_the_end_of_a_paragraph() -> None:
    assert roles("全县道路已经修通。（县电视台 鲁冠均）") == {"鲁冠均": ["author"]}
    assert roles("座谈会昨天召开。（图/文：县新闻中心 张坤）") == {"张坤": ["author"]}


def test_chrome_is_not_read() -> None:
    assert titles(("related", "县委书记林一川调研"), ("comment", "村民李大山说好"), "全县已经脱贫。") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "州委书记罗青到会讲话，州长孟小荷主持会议，州委副书记柳岩通报了情况。州委常委宋启文、周禾出席会议。",
            {
                "罗青": ["speaker", "attendee"],
                "孟小荷": ["chair"],
                "柳岩": ["speaker"],
                "宋启文": ["attendee"],
                "周禾": ["attendee"],
            },
        ),
        (
            "云溪县委书记林一川、青石县委书记何静文与会，作书面发言；村支书李望发言。",
            {"林一川": ["speaker", "attendee"], "何静文": ["speaker", "attendee"], "李望": ["speaker"]},
        ),
        ("深入贯彻秦望川书记重要讲话精神。", {"秦望川": ["mentioned"]}),
        ("县长何静文来到云溪村。她强调，要抓紧。", {"何静文": ["speaker"]}),
        ("陪同调研的有副县长黄宇、邓小军。", {"黄宇": ["attendee"], "邓小军": ["attendee"]}),
        ("县委书记林一川到村里调研，副县长黄宇陪同。", {"林一川": ["mentioned"], "黄宇": ["attendee"]}),
        (
            "何静文县长在主持讲话中就贯彻秦望川书记意见谈了打算。",
            {"何静文": ["chair", "speaker"], "秦望川": ["mentioned"]},
        ),
    ],
)
def test_roles(text: str, expected: dict[str, list[str]]) -> None:
    assert roles(text) == expected


@pytest.mark.parametrize(
    ("title", "near", "expected"),
    [
        ("四川省委书记", None, ("510000", "省委", "书记", "正部级")),
        ("贵州黔南州福泉市仙桥乡党委书记", None, ("522702", "仙桥乡党委", "书记", "正科级")),
        ("省委常委", "520000", (None, "省委", "常委", "副部级")),
        ("市委书记", "520500", (None, "市委", "书记", "正厅级")),
        ("市委书记", "532926", (None, "市委", "书记", None)),
        ("市委书记", "522702", (None, "市委", "书记", "正处级")),
        ("市委书记", "130123", (None, "市委", "书记", "正厅级")),
        ("市委常委", "140000", (None, "市委", "常委", None)),
        ("市委书记", "110102", (None, "市委", "书记", "正部级")),
        ("市长", "510107", (None, None, "市长", None)),
        ("公安部办公厅主任", None, (None, "公安部办公厅", "主任", None)),
        ("中共四川省委常委", None, ("510000", "省委", "常委", "副部级")),
        ("四川人大常委会主任", None, ("510000", "人大常委会", "主任", None)),
        ("北京大学秘书长", None, (None, "北京大学", "秘书长", None)),
        ("自治区副主席", "640000", (None, None, "副主席", "副部级")),
        ("原省委书记", None, (None, "原省委", "书记", None)),
        ("十一届全国政协副主席", None, (None, "十一届全国政协", "副主席", "副国级")),
        ("市委书记", None, (None, "市委", "书记", None)),
        ("成都市市长", None, ("510100", None, "市长", None)),
        ("镇雄县副县长", None, ("530627", None, "副县长", "副处级")),
        ("省扶贫办主任", "510000", (None, "省扶贫办", "主任", None)),
        ("村党支部书记", None, (None, "村党支部", "书记", None)),
        ("国家主席", None, (None, None, "主席", "正国级")),
        ("同志", None, (None, None, None, None)),
        ("省领导", None, (None, None, None, None)),
    ],
)
def test_parse(title: str, near: str | None, expected: tuple[str | None, ...]) -> None:
    parsed = posts.parse([title], date(2018, 2, 12), near)
    assert (parsed["region_code"], parsed["organisation"], parsed["post"], parsed["rank"]) == expected


def test_the_rank_is_the_highest_and_the_post_the_first() -> None:
    parsed = posts.parse(["省领导", "省委副书记", "省长"], None, None)
    assert parsed == {"region_code": None, "organisation": "省委", "post": "副书记", "rank": "正部级"}


def test_a_title_leads_what_the_one_before_it_names() -> None:
    parsed = posts.parse(["龙井市委副书记", "市长"], date(2018, 5, 7), "330225")
    assert (parsed["region_code"], parsed["post"], parsed["rank"]) == ("222405", "副书记", "正处级")


def test_posts_in_traditional_characters_are_parsed_as_printed() -> None:
    parsed = posts.parse(["四川省政協副主席"], None, None)
    assert parsed == {"region_code": "510000", "organisation": "政協", "post": "副主席", "rank": "副部级"}


def test_a_speech_that_is_only_referred_to_gives_no_role() -> None:
    text = "会议学习习近平总书记在云溪主持召开的座谈会上的重要讲话，县长何静文主持。"
    assert roles(text) == {"习近平": ["mentioned"], "何静文": ["chair"]}
    assert roles("会议传达习近平总书记在全国会议上发表的重要讲话精神。") == {"习近平": ["mentioned"]}


def test_traditional_characters() -> None:
    table = read("市委常委鄭建國、副市長王成剛參加調研。王成剛強調，要落實。", language="zh-Hant")
    assert {n: (r["titles"], r["roles"]) for n, r in table.items()} == {
        "鄭建國": (["市委常委"], ["attendee"]),
        "王成剛": (["副市長"], ["speaker", "attendee"]),
    }
    assert roles("全縣道路已經修通。（劉舒雁）", language="zh-Hant") == {"劉舒雁": ["author"]}


def test_an_empty_page_has_no_rows() -> None:
    assert read() == {}
    assert read("。", "") == {}


def test_time_grows_with_the_text_only() -> None:
    documents = {n: document("县委书记林一川、" * n + "、" * n + "王" * n) for n in (1_000, 8_000)}
    assert grows_linearly(lambda size: people(documents[size]), 1_000)


def named(size: int) -> Document:
    """A page that names as many persons as it has lines."""
    given = [chr(0x5200 + number) for number in range(200)]
    names = [f"{surname}{given[n // 200]}{given[n % 200]}" for surname in "林周" for n in range(size // 2)]
    return document(*(f"县委书记{name}出席会议并讲话，路通了。" for name in names))


def test_time_grows_with_the_names_only() -> None:
    documents = {n: named(n) for n in (1_000, 8_000)}
    assert grows_linearly(lambda size: people(documents[size]), 1_000)


def test_a_long_page_is_read_as_a_short_one_is() -> None:
    lines = ("县委书记林一川和县长阿布、张旭出席。", "林一川说，张旭与施文挺，是两任队长。", "（供图 施文挺）")
    short, long = document(*lines), document(*lines, *["路修到了山上，水引到了田里。"] * 4_000)
    assert len(long.page.text) > 50_000
    assert people(short) and people(short) == people(long)


def test_names_beside_marks_at_the_head_of_a_line() -> None:
    assert titles("王大川 云溪县县长", "周小禾，青石镇镇长。") == {"王大川": ["云溪县县长"], "周小禾": []}
    assert "魏成萍" in read("魏成萍：", "路通了。")
    assert not read("路修得好：", "水也通了。")


def test_pictures_on_lines_in_a_row_each_have_their_own_photographer() -> None:
    assert set(read("果园里。", "林一川摄", "周 禾摄", "张小旭/摄")) == {"林一川", "周禾", "张小旭"}


def test_an_author_is_found_where_the_page_spaces_the_name() -> None:
    row = read(("metadata", "记者：林  一 川"), "路通了。", authors=["林一川"])["林一川"]
    assert (row["roles"], row["mentions"]) == (["author"], [{"start": 3, "end": 9}])
    assert not read(("metadata", "记者：林    一川"), "路通了。", authors=["林一川"])


def test_who_signs_a_dateline_wrote_the_story() -> None:
    assert roles("新华社云溪5月3日电 （林一川）路通了。") == {"林一川": ["author"]}
    assert not read("路通了（林一川）水也通了。")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("村主任松杰扎西和副乡长顿珠次仁入户。", {"松杰扎西": ["村主任"], "顿珠次仁": ["副乡长"]}),
        ("县长主持会议，赵有田、觉美次仁、长青泽仁出席会议。", {"赵有田": [], "觉美次仁": [], "长青泽仁": []}),
        ("村支书阿木尔古告诉记者，路通了。", {"阿木尔古": ["村支书"]}),
        ("41岁的边巴，是云溪村的牧民。", {"边巴": []}),
        ("市长魏成萍轻车简从，下乡入户。", {"魏成萍": ["市长"]}),
        ("组织部部长周平常年在牧场。", {"周平": ["组织部部长"]}),
        ("党委书记缪山，副书记张永和。", {"缪山": ["党委书记"], "张永和": ["副书记"]}),
        ("云溪大学樊成根教授、市政府谢有葵副市长出席。", {"樊成根": ["教授"], "谢有葵": ["副市长"]}),
        ("张旭与施文挺，是两任队长。施文挺说，路通了。", {"张旭": [], "施文挺": []}),
        ("周林是广播站的编辑。周林原本要走。三年后，周林留在村里。", {"周林": []}),
        ("县长周例会召开，本报评论员文章指出，要抓好落实。", {}),
        ("群众的幸福感、获得感更强了。", {}),
        ("县委书记卢希望要求，各乡镇要抓好落实。", {"卢希望": ["县委书记"]}),
        ("马春山，云溪县副县长，分管农业。", {"马春山": []}),
        ("（何家镇 王大卫）", {"王大卫": []}),
        ("果园里。（江天景/摄）", {"江天景": []}),
        ("向大江 云溪县青石镇向家村村委会主任", {"向大江": ["云溪县青石镇向家村村委会主任"]}),
        (
            "副局长王秀容同志（挂职）和卫生院院长何红樟同志到村。",
            {"王秀容": ["副局长", "同志"], "何红樟": ["卫生院院长", "同志"]},
        ),
        ("我们与镇党委书记何山一同前往。", {"何山": ["镇党委书记"]}),
        ("李大年、王晓禾、何静文等同志分别发言。", {"李大年": ["同志"], "王晓禾": ["同志"], "何静文": ["同志"]}),
        ("副总领事孙仁山到会。", {"孙仁山": ["副总领事"]}),
        ("县政府二级调研员满成训陪同。", {"满成训": ["县政府二级调研员"]}),
        ("邓迎秋就暗自下了决心。邓迎秋走进果园。", {"邓迎秋": []}),
    ],
)
def test_names_that_only_their_place_tells(text: str, expected: dict[str, list[str]]) -> None:
    assert titles(*text.split("\n")) == expected
