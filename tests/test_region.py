from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from growth import grows_linearly

from povdata.extract.places import places
from povdata.extract.region import home_of, region_of
from povdata.page import Document, Page, Segment


def document(body: str, title: str = "", **article: Any) -> Document:
    """A page of a headline and paragraphs, every segment with its role."""
    text, segments = "", []
    for role, line in [("title", title), *(("body", line) for line in body.split("\n"))]:
        if line:
            segments.append(Segment(len(text), len(text) + len(line) + 1, role, "test"))
            text += line + "\n"
    return Document(Page("a.txt", "0" * 64, len(text), text, "utf-8"), segments, article)


@pytest.mark.parametrize(
    ("title", "body", "article", "code"),
    [
        ("全省脱贫攻坚推进会在毕节召开", "5月2日，全省推进会在毕节市召开。", {"source": "贵州日报"}, "520000"),
        ("市委常委会召开会议", "会议传达学习习近平总书记重要讲话精神。", {"source": "遵义日报"}, "520300"),
        ("县委书记到乡镇调研", "5月2日，县委书记深入三岔镇调研。", {"publisher": "剑河县人民政府"}, "522629"),
        ("我区召开会议", "5月2日，我区召开会议。", {"publisher": "内蒙古日报"}, "150000"),
        ("自治区政府召开会议", "5月2日，自治区政府召开会议。", {"publisher": "内蒙古日报"}, "150000"),
        ("水渠修通", "水渠全长三十公里，本人家就在渠边。", {"source": "贵州日报"}, "520000"),
        ("我市召开脱贫攻坚会", "12日，我市召开会议。", {"source": "北京日报"}, "110000"),
        ("汪洋在甘肃调研", "新华社兰州5月3日电 汪洋近日来到定西市、临夏州。", {}, "620000"),
        ("习近平主持召开座谈会", "新华社重庆4月17日电 习近平在重庆主持召开座谈会。", {}, "100000"),
        ("国务院扶贫办召开发布会", "新华社北京5月3日电 会上介绍了贵州的情况。", {}, "100000"),
        ("七省区贫困县全部脱贫", "新疆、贵州、云南、甘肃、四川的贫困县全部摘帽。", {}, "100000"),
        ("省委书记到剑河县、台江县调研", "5月8日，省委书记到两县调研。", {"source": "贵州日报"}, "522600"),
        ("产业兴旺百姓富", "本报讯 初夏时节，走进云南省镇雄县，处处忙碌。", {}, "530627"),
        ("东莞对口帮扶昭通", "东莞市与昭通市签订协议。", {}, "441900"),
        ("甘肃省委书记到定西调研", "5月8日，甘肃省委书记到定西市调研。", {}, "621100"),
        ("本市召开对接会", "本市怀柔区与内蒙古赤峰市对接。", {"publisher": "北京市扶贫支援办"}, "110000"),
        ("州委召开常委会", "5月8日，州委召开常委会。剑河县、台江县、凯里市负责人参加。", {}, "522600"),
        ("全省推进会召开", "全省推进会召开，镇雄县、会泽县、宣威市作了发言。", {}, "530000"),
        ("我县召开擂台赛", "县委副书记李建国主持。", {}, None),
        ("李建国到镇雄县走访", "5月8日，全国人大常委会副委员长李建国到镇雄县走访。", {}, "530627"),
        ("两地签约", "青岛市、陇南市扶贫协作会议召开。", {"source": "陇南日报"}, "621200"),
        ("镇雄等4县摘帽", "云南省镇雄县等4个县退出。", {}, "530600"),
        ("写信给总书记：镇雄摘帽了", "云南省镇雄县摘帽。", {}, "530627"),
        ("市委全会传达赴上海市学习情况", "市委听取汇报。巴中、南江、平昌都要整改。", {}, "511900"),
        ("用心帮扶", "广东省调研组到我市调研。", {"source": "河池日报"}, "451200"),
        ("协作会议召开", "会议8日在拉萨召开，我区各部门参加。", {"source": "西藏日报"}, "540000"),
        ("协作见成效", "按照江苏陕西协作会议要求，商洛市加快对接。", {}, "611000"),
        ("走基层", "合作社很红火。", {"source": "云上黄冈"}, "421100"),
        ("走基层", "合作社很红火。", {"source": "华安新闻网"}, "350629"),
        ("走基层", "合作社很红火。", {"source": "光明日报"}, None),
        ("作风要过硬", "当前，各级干部要转变作风。", {"source": "人民日报"}, None),
        ("美国新增病例", "美国全国新增病例。", {}, None),
        # the headline's part: a heading, one county that stands for several, the country
        ("镇雄:老李的新房", "云南省今年全省减贫。\n全省干部都在一线。\n镇雄县三岔村的老李搬了家。", {}, "530627"),
        ("镇雄县等20个县摘帽", "名单公布。", {"source": "云南日报"}, "530000"),
        ("产业扶贫见成效——我国扶贫综述", "在云南省镇雄县，苹果熟了。", {}, "100000"),
        ("谈作风", "全国的扶贫干部都在一线。", {"source": "人民日报"}, "100000"),
        # visits: the place that is visited, not the visitor; what is quoted or told of is no visit
        ("省办公室来镇雄县调研", "省办公室一行来镇雄县调研，省扶贫办主任参加。", {}, "530627"),
        ("政协送温暖", "区政协赴镇雄县开展捐助。", {"publisher": "北京市西城区政协"}, "530627"),
        ("外出务工", "镇雄县组织村民赴广东省务工。", {}, "530627"),
        ("调研组赴桂调研", "全国政协调研组在南宁座谈。", {}, "450000"),
        ("报告团来黔作报告", "全国巡回报告会在贵阳举行。", {"source": "贵州日报"}, "520000"),
        ("参观团来辽考察", "参观团一行来了。", {"source": "辽阳日报"}, "211000"),
        ("全国巡回报告会在太原举行", "5月2日，全国报告团在我省开展报告。", {"source": "山西日报"}, "140000"),
        ("特色产业富民", "总书记在重庆考察时指出，要抓产业。", {}, "100000"),
        ("县纪委捐款", "为贯彻来陕考察重要讲话精神，县纪委捐款。", {"publisher": "紫阳县纪委"}, "610924"),
        # whose organs act: the last post of a list, the branch of a video meeting, a purpose that is only told
        ("常委会召开", "市人大副主任、县委书记李建国主持会议，听取镇雄县方案。", {}, "530627"),
        ("国务院召开电视电话会议", "副市长在高邮分会场收看。", {"source": "今日高邮"}, "321084"),
        ("结对帮扶", "为更好推动云南省项目，西宁市城东区的医院签订协议。", {}, "630102"),
        # where a story's village lies
        ("大山里的村", "古寨村距卢氏县城80公里，与南阳西峡县交界。", {}, "411224"),
        ("一支工作队", "我们来见湖北省驻房县工作队。队长常去武汉市、十堰市。", {}, "420325"),
        ("第一书记的事", "山东省曹县的书记和村民剥玉米。李强摄\n贵州、山东、安徽、河南都有这样的人。", {}, "100000"),
        # partners: the publisher, else the one in which they meet, else the first named
        ("西青区与麦积区座谈会举行", "天津市西青区与天水市麦积区帮扶座谈会在麦积区举行。", {}, "620503"),
        ("两地对口帮扶", "广州市与百色市结对帮扶。", {"source": "右江日报"}, "451000"),
        ("浙江省衢江区对口帮扶捐款", "平武县收到衢江区的捐款。", {"source": "绵阳日报"}, "510727"),
        ("客人来我市对接帮扶", "麦盖提县代表团到日照对接。", {"source": "日照日报"}, "371100"),
        ("义诊到我县", "医疗队到我县义诊。", {"source": "云上通山"}, "421224"),
    ],
)
def test_region_of(title: str, body: str, article: dict[str, str], code: str | None) -> None:
    page = document(body, title, **article)
    region = region_of(page, places(page, date(2018, 5, 1)))
    assert (region and region[0]) == code


@pytest.mark.parametrize(
    ("outlet", "code"),
    [
        ("镇雄县人民政府", "530627"),
        ("日照日报", "371100"),
        ("光明日报", None),
        ("东方网", "310000"),
        ("云上通山", "421224"),
        ("通山之声", None),
        ("大众日报", "370000"),
        ("人民日报", None),
    ],
)
def test_home_of(outlet: str, code: str | None) -> None:
    home = home_of(document("", source=outlet), None)
    assert (home and home.code) == code


def test_the_publisher_is_asked_before_the_source() -> None:
    home = home_of(document("", publisher="镇雄县人民政府", source="贵州日报"), None)
    assert home is not None and home.code == "530627"


@pytest.mark.parametrize(
    "piece", ["来我市调研", "赴镇雄县、", "市政协副主席、县委书记", "在考察时", "为了推动贵州省", "全国、"]
)
def test_time_grows_with_length(piece: str) -> None:
    page = document(piece, title="会议")
    rows = places(page, None)

    def run(n: int) -> object:
        long = document(piece * n, title=piece * n)
        return region_of(long, [row | {"article_id": ""} for row in rows])

    assert grows_linearly(run, 500)
