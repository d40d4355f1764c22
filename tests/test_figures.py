"""Numbers that count, in sentences of our own."""

from __future__ import annotations

from itertools import pairwise

import pytest
from growth import grows_linearly
from hypothesis import given, settings
from hypothesis import strategies as st

from povdata.extract.figures import disagreements, figures
from povdata.page import Document, Page, Segment, Span


def document(text: str, role: str = "body") -> Document:
    page = Page(raw_path="a.txt", raw_sha256="0" * 64, raw_bytes=0, text=text, encoding="utf-8")
    return Document(page, [Segment(0, len(text), role, "test")], {})


def read(text: str) -> list[tuple[str, float, float | None, str | None, str]]:
    return [
        (row["text"], row["value"], row["value_max"], row["unit"], row["comparator"]) for row in figures(document(text))
    ]


def short(text: str) -> list[str]:
    """`text value[~max] unit comparator` of each figure."""
    found = []
    for printed, low, high, unit, comparator in read(text):
        value = f"{low:g}" if low < 1e5 else f"{low:.0f}"
        top = "" if high is None else f"~{high:g}" if high < 1e5 else f"~{high:.0f}"
        found.append(f"{printed} {value}{top} {unit or '-'} {comparator}")
    return found


FIGURES = {
    "选派86名优秀干部": ["86名 86 名 eq"],
    "年产菌棒差不多6万棒": ["差不多6万棒 60000 棒 approx"],
    "减贫人数均保持在1000万以上": ["1000万以上 10000000 人 ge"],
    "带动42万贫困地区人口就业": ["42万 420000 人 eq"],
    "车程从8至9小时缩短至3小时": ["8至9小时 8~9 小时 eq", "3小时 3 小时 eq"],
    "气温降到零下20摄氏度": [],
    "全乡共有12个行政村": ["12个 12 个 eq"],
    "受益农户达３．５万户": ["３．５万户 35000 户 eq"],
    "共发放补贴1,250,000元": ["1,250,000元 1250000 元 eq"],
    "共发放补贴4，200元": ["4，200元 4200 元 eq"],
    "覆盖群众4300 多万人": ["4300 多万人 43000000 人 gt"],
    "脱贫65户233人": ["65户 65 户 eq", "233人 233 人 eq"],
    "投资7亿3000万元": ["7亿3000万元 730000000 元 eq"],
    "投资一亿两千万元": ["一亿两千万元 120000000 元 eq"],
    "投资3万5千元": ["3万5千元 35000 元 eq"],
    "安排资金1.6万亿元": ["1.6万亿元 1600000000000 元 eq"],
    "建成住房2万余套": ["2万余套 20000 套 gt"],
    "建成住房20来套": ["20来套 20 套 gt"],
    "建成住房3万多套": ["3万多套 30000 套 gt"],
    "不少于30个": ["不少于30个 30 个 ge"],
    "不超过30个": ["不超过30个 30 个 le"],
    "超过30个": ["超过30个 30 个 gt"],
    "控制在2%以内": ["2%以内 2 % le"],
    "不足30户": ["不足30户 30 户 lt"],
    "不到1万元": ["不到1万元 10000 元 lt"],
    "逾5万人次": ["逾5万人次 50000 人次 gt"],
    "约5万人次": ["约5万人次 50000 人次 approx"],
    "大约需要5天": ["5天 5 天 eq"],
    "近5万人次": ["近5万人次 50000 人次 approx"],
    "最近3年": ["3年 3 年 eq"],
    "近3年来": ["3年 3 年 eq"],
    "历时近3年": ["近3年 3 年 approx"],
    "附近2个村": ["2个 2 个 eq"],
    "签约10个项目": ["10个 10 个 eq"],
    "节约300元": ["300元 300 元 eq"],
    "预约20人": ["20人 20 人 eq"],
    "约有40人": ["约有40人 40 人 approx"],
    "每月至少走访2次": ["至少走访2次 2 次 ge"],
    "至少建成一个合作社": [],
    "每人最多补助3000元": ["最多补助3000元 3000 元 le"],
    "补助20到40万元": ["20到40万元 200000~400000 元 eq"],
    "补助3000至5000元": ["3000至5000元 3000~5000 元 eq"],
    "补助5000元至1万元": ["5000元至1万元 5000~10000 元 eq"],
    "补助5000至1万元": ["5000至1万元 5000~10000 元 eq"],
    "增产10%-15%": ["10%-15% 10~15 % eq"],
    "增产10—15%": ["10—15% 10~15 % eq"],
    "用3~5年时间": ["3~5年 3~5 年 eq"],
    "贫困发生率从18.5%下降到3.2%": ["18.5% 18.5 % eq", "3.2% 3.2 % eq"],
    "收入由2500元增加到6000元": ["2500元 2500 元 eq", "6000元 6000 元 eq"],
    "年收入从2万元到5万元": ["2万元 20000 元 eq", "5万元 50000 元 eq"],
    "下降1.5个百分点": ["1.5个百分点 1.5 个百分点 eq"],
    "参保率100%": ["100% 100 % eq"],
    "参保率１００％": ["１００％ 100 % eq"],
    "三百多户人家": ["三百多户 300 户 gt"],
    "一百二十个鸡棚": ["一百二十个 120 个 eq"],
    "一千零五十亩": ["一千零五十亩 1050 亩 eq"],
    "两万三千人": ["两万三千人 23000 人 eq"],
    "十万余人": ["十万余人 100000 人 gt"],
    "二十多万元": ["二十多万元 200000 元 gt"],
    "三四百户": ["三四百户 300~400 户 eq"],
    "两三万元": ["两三万元 20000~30000 元 eq"],
    "百分之六十的农户": ["百分之六十 60 % eq"],
    "百分之三点五": ["百分之三点五 3.5 % eq"],
    "超过百分之九十": ["超过百分之九十 90 % gt"],
    "八成以上的农户": ["八成以上 80 % ge"],
    "近七成收入来自务工": ["近七成 70 % approx"],
    "六七成的人": ["六七成 60~70 % eq"],
    "七十多户": [],
    "几十个村": [],
    "几十万人": [],
    "20几户": [],
    "十几万元": [],
    "数百户": [],
    "上百户": [],
    "上万人": [],
    "近万人": [],
    "近百户": [],
    "超百亿元": [],
    "万元以上": [],
    "成千上万的人": [],
    "千百年来": [],
    "五分之一的村": [],
    "占1/3": [],
    "比例为8:2": [],
    "按7：3比例": [],
    "一些村、一定程度、统一部署、一把手、一线干部": [],
    "第3次会议": [],
    "第12届运动会": [],
    "第一百个": [],
    "前10名": [],
    "前3个月": [],
    "2019年10月17日": [],
    "2019年": [],
    "２０１９年": [],
    "2016-2018年": [],
    "2016年至2018年": [],
    "2017、2018年两年": [],
    "19年底": [],
    "10月17日上午9时30分": [],
    "9:30开会": [],
    "上午10点开会": [],
    "10点30分": [],
    "11月18日至20日": [],
    "18-20日": [],
    "1-3月": [],
    "3月份": [],
    "10月": [],
    "3个月": ["3个月 3 个月 eq"],
    "2个多月": ["2个多月 2 个月 gt"],
    "3年多时间": ["3年多 3 年 gt"],
    "1个半小时": ["1个半小时 1.5 个小时 eq"],
    "用时3分42秒": ["3分 3 分 eq", "42秒 42 秒 eq"],
    "20分钟": ["20分钟 20 分钟 eq"],
    "7个小时": ["7个小时 7 个小时 eq"],
    "新中国成立70周年": [],
    "改革开放40年来": ["40年 40 年 eq"],
    "今后3年": ["3年 3 年 eq"],
    "三年来": [],
    "20世纪80年代": [],
    "90后青年": [],
    "中发〔2015〕34号": [],
    "国发（2016）64号文件": [],
    "1号楼": [],
    "电话：0971-8456123": [],
    "电话:13912345678": [],
    "拨打12345热线": [],
    "版本2.0.1": [],
    "5G基站30个": ["30个 30 个 eq"],
    "国道G318线": [],
    "沿318国道前行": [],
    "4A级景区": [],
    "北纬30度": [],
    "1.发展产业": [],
    "1、发展产业": [],
    "（1）发展产业": [],
    "(3)5个村": ["5个 5 个 eq"],
    "1.2019年工作回顾": [],
    "“6个精准”要求": [],
    "“1户1策”": [],
    "“5+2”工作法": [],
    "奖励“3万元”": ["3万元 30000 元 eq"],
    "行百里者半九十": [],
    "百战百胜": [],
    "一成不变": [],
    "分成三组": [],
    "八成员": [],
    "30万农村贫困人口脱贫": ["30万 300000 人 eq"],
    "3000多贫困群众搬迁": ["3000多 3000 人 gt"],
    "农村贫困人口减少30万": ["30万 300000 人 eq"],
    "筹资30万，修路": ["30万 300000 - eq"],
    "分红30万": ["30万 300000 - eq"],
    "受益农户30万": ["30万 300000 - eq"],
    "全村2366人口": ["2366人口 2366 人 eq"],
    "贫困人口2366，其中老人": ["2366 2366 人 eq"],
    "全国22省份": ["22 22 - eq"],
    "52县和1113村": ["52 52 - eq", "1113 1113 - eq"],
    "3万家庭": ["3万 30000 - eq"],
    "8万种植户": ["8万 80000 - eq"],
    "3000多口人": ["3000多口 3000 口 gt"],
    "每亩500元": ["500元 500 元 eq"],
    "租金500元/亩": ["500元/亩 500 元/亩 eq"],
    "2万平方公里": ["2万平方公里 20000 平方公里 eq"],
    "装机20兆瓦": ["20兆瓦 20 兆瓦 eq"],
    "装机5千瓦": ["5千瓦 5 千瓦 eq"],
    "10千米": ["10千米 10 千米 eq"],
    "60岁以上老人": ["60岁以上 60 岁 ge"],
    "5米以下简称": ["5米 5 米 eq"],
    "提出3点要求": ["3点 3 点 eq"],
    "突破10万元": ["突破10万元 100000 元 gt"],
    "突破3项技术": ["3项 3 项 eq"],
    "侦破3起案件": ["3起 3 起 eq"],
    "找不到3个人": ["3个 3 个 eq"],
    "25个部门": ["25个 25 个 eq"],
    "第1至3名": [],
    "东村5组村民": [],
    "世界500强企业": [],
    "1月5日至2月6日投入3000万元": ["3000万元 30000000 元 eq"],
    "3 月 5 日": [],
    "2018 年 3 月": [],
    "20 多 户": ["20 多 户 20 户 gt"],
    "500 元": ["500 元 500 元 eq"],
    "5个亿": ["5个亿 500000000 - eq"],
    "增长2.3倍": ["2.3倍 2.3 倍 eq"],
    "超过3000多万人": ["超过3000多万人 30000000 人 gt"],
    "达到或超过3000元": ["达到或超过3000元 3000 元 ge"],
    "高于2%": ["高于2% 2 % gt"],
    "低于2%": ["低于2% 2 % lt"],
    "高达80%": ["80% 80 % eq"],
    "多达80户": ["80户 80 户 eq"],
    "约一千元左右": ["约一千元左右 1000 元 approx"],
    "14次之多": ["14次 14 次 eq"],
    "增速为-2.6%": ["-2.6% -2.6 % eq"],
    "客流同比-3.5%": ["-3.5% -3.5 % eq"],
    "山顶气温约－20℃，午后升到−3℃": ["约－20℃ -20 ℃ approx", "−3℃ -3 ℃ eq"],
    "夜间气温-5～3℃": ["-5～3℃ -5~3 ℃ eq"],
    "从-5%升至-3%": ["-5% -5 % eq", "-3% -3 % eq"],
    "增产10%−15%": ["10%−15% 10~15 % eq"],
    "投资5万-8万元": ["5万-8万元 50000~80000 元 eq"],
    "几十户-100户": ["100户 100 户 eq"],
    "第3小组-5个小组": ["5个 5 个 eq"],
    "共1 200户": ["1 200户 1200 户 eq"],
    "共12 345 678元": ["12 345 678元 12345678 元 eq"],
    "共12 5户": [],
    "共1 200 20户": [],
    "脱贫65户 233人": ["65户 65 户 eq", "233人 233 人 eq"],
    "下午2:30 300人到场": ["300人 300 人 eq"],
}


@pytest.mark.parametrize(("text", "expected"), FIGURES.items(), ids=FIGURES)
def test_figures(text: str, expected: list[str]) -> None:
    for sentence in (text, text + "。", f"记者了解到，{text}，大家很高兴。"):
        if sentence[0] == "记" and text[0] in "1（(":
            continue
        assert short(sentence) == expected


def test_a_number_inside_a_span_taken_is_no_figure() -> None:
    assert figures(document("全县有12个村"), [Span(3, 5)]) == []


def test_traditional_script_is_read_and_kept_as_printed() -> None:
    page = document("新建安置點，覆蓋約1.2萬戶農戶，貧困發生率下降到3%以下")
    page.article["language"] = "zh-Hant"
    first, second = figures(page)
    assert (first["text"], first["value"], first["unit"], first["comparator"]) == ("約1.2萬戶", 12000, "戶", "approx")
    assert (first["subject"], second["subject"]) == ("農戶", "貧困發生率")
    assert (second["text"], second["comparator"], second["direction"]) == ("3%以下", "le", "decrease")


def test_only_content_is_read() -> None:
    assert figures(document("浏览3000次", "metadata")) == []
    page = document("新建12个村浏览3000次另建2个村")
    page.segments[:] = [Segment(0, 6, "body", ""), Segment(6, 13, "metadata", ""), Segment(13, 18, "body", "")]
    assert [(row["text"], row["start"]) for row in figures(page)] == [("12个", 2), ("2个", 15)]


def test_a_number_ends_with_its_segment() -> None:
    page = document("新建123个村")
    page.segments[:] = [Segment(0, 4, "heading", ""), Segment(4, 7, "body", "")]
    assert [(row["text"], row["start"]) for row in figures(page)] == [("3个", 4)]


def test_subject_and_direction() -> None:
    (row,) = figures(document("全县还有385个贫困村"))
    assert (row["subject"], row["direction"]) == ("贫困村", None)
    first, second = figures(document("贫困发生率由18.5%下降到3.2%"))
    assert (first["subject"], first["direction"]) == ("贫困发生率", None)
    assert (second["subject"], second["direction"]) == ("贫困发生率", "decrease")


SUBJECTS = {
    "39.8万农村贫困人口脱贫": ["农村贫困人口"],
    "全县农村居民人均可支配收入9120元": ["农村居民人均可支配收入"],
    "户均住房面积达72.5平方米": ["户均住房面积"],
    "工业增加值8.6亿元，同比增长9.4%": ["工业增加值", "工业增加值"],
    "参保率均达到99.2%": ["参保率"],
    "全年减贫人数分别为310人、280人": ["减贫人数", "减贫人数"],
    "产业项目有40个，占比26%": ["产业项目", "产业项目"],
    "茶农占全乡人口总数的35%": ["茶农"],
    "收入是全省平均水平的88%": ["收入"],
    "收入增速比全省平均水平快1.5个百分点": ["收入增速"],
    "选派86名优秀干部": ["优秀干部"],
    "共向乡镇选派工作队45支": ["工作队"],
    "搬迁对象1320户": ["搬迁对象"],
    "新建安置点12处": ["安置点"],
    "配套建设中小学和幼儿园24所": ["中小学和幼儿园"],
    "覆盖12个贫困村580户": ["贫困村", None],
    "14户贫困户住房漏雨": ["贫困户"],
    "21个贫困县网络零售额3.2亿元": ["贫困县", "网络零售额"],
    "带动贫困户每户增收3000元": [None],
    "按每人每年2800元（不变价）的收入标准计算": ["收入标准"],
    "东部地区投入7300万元": [None],
    "30个县和6个区": ["县", "区"],
    "买来40只羊，种下200个西瓜": ["羊", "西瓜"],
    "历时3年": [None],
    "将种上60亩黄连": ["黄连"],
    "超过七成的村通了客车": ["村"],
    "茶农收入名义增长6.1%": ["茶农收入"],
    "车间复工复产率达91%": ["车间复工复产率"],
    "板栗、柿子、生姜三大产业面积7万亩": ["产业面积"],
}


@pytest.mark.parametrize(("text", "expected"), SUBJECTS.items(), ids=SUBJECTS)
def test_subject(text: str, expected: list[str | None]) -> None:
    assert [row["subject"] for row in figures(document(text))] == expected


def test_figures_of_a_list_share_the_direction() -> None:
    assert [row["direction"] for row in figures(document("产量、产值增长6%、11%"))] == ["increase", "increase"]
    assert [row["direction"] for row in figures(document("工业增加值8.6亿元"))] == [None]


def test_disagreement_with_the_published_figures() -> None:
    text = "2017年，全国减少农村贫困人口1289万人，贫困发生率下降到3.5%。"
    (found,) = disagreements(text, figures(document(text)))
    assert (found["metric"], found["year"], found["published"]) == ("incidence", 2017, 3.1)


@settings(deadline=None)
@given(st.text("0123456789０９.,，：:/-—~至到第约近超多余来万亿千百十一二三成个人元年月日分之%％以上左右“”() 贫困口"))
def test_text_is_its_span(text: str) -> None:
    rows = figures(document(text))
    assert all(text[row["start"] : row["end"]] == row["text"] for row in rows)
    assert all(a["end"] <= b["start"] for a, b in pairwise(rows))


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1,",
        "1-",
        "一百",
        "几一百",
        "1.",
        "2018、",
        "1月",
        "1:",
        "第1、",
        "至少",
        "“1个",
        "占1%",
        "从1至",
        "每户1户",
    ],
)
def test_adversarial_text_is_read_in_linear_time(piece: str) -> None:
    assert grows_linearly(lambda size: figures(document(piece * size)), 1000)
