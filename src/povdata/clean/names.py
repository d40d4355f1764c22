"""Names of persons and organisations, told apart by their shape."""

from __future__ import annotations

import re
from functools import cache

from povdata.lexicon import rows

TRIM = " \u3000\xa0\t:：|｜丨;；,，、/·•>＞-—[]【】()（）〔〕<>《》“”\"'"
"""What may stand around a name or a value without being of it."""

_ORGANISATION = re.compile(
    r"(?:网|报|社|台|局|厅|部|委|办|室|处|科|院|校|中心|公司|集团|政府|频道|客户端|电视|广播|杂志|协会|学会|基金会|分会|三会|媒|系统|管理员"
    r"|平台|公众号|新闻|日报|晚报|支部|工会|法院|大学|学院|组|站|馆|会|admin|小编|本站|网友|匿名|未知|佚名|编辑部|融媒体)$",
    re.I,
)
SPACED = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])[ \u3000\xa0]{1,3}([\u4e00-\u9fff])(?![\u4e00-\u9fff])")
_NAME = re.compile(r"[\u4e00-\u9fff]{1,12}(?:[·•・][\u4e00-\u9fff]{1,12}){0,4}")
_OTHERS = re.compile(
    r"(?<=.)(?:发自|發自|责任编辑|编辑|责编|校对|审核|摄影[ :：]|供图|監製|监制)"
    r"|(?<=[\u4e00-\u9fff][ \u3000、，,;；])图[/／:：]"
)
_BY_WORDS = re.compile(
    r"(?:^|(?<=[\s、，,;；(（|丨]))[\u4e00-\u9fffA-Za-z]{0,14}?(?:记者站|记者|通讯员|特派员|記者|通訊員|实习生|撰文|作者|文/图|图/文|文图)"
    r"[ \u3000\xa0:：/]*|(?:^|(?<=[\s、]))[文图][ /／:：]"
)


_NO_NAMES = frozenset(
    "来源于 来自于 来源 来自 "
    "记者 通讯员 编辑 责编 作者 原创 转载 新闻 时间 来源 日期 今天 昨天 前天 时政 要闻 高清 组图 图文 简讯 "
    "快讯 本报讯 全文 正文 何方 党建 政务 公告 国内 国际 社会 经济 文化 安全 项目 农业 农村 时评 党政 关注 "
    "查看 向阳 成功 平安 明天 宣传 全国 和谐 方案 广告 常识 应用 钱包 车险 房产 金融 党员 ".split()
)


@cache
def _surnames() -> tuple[frozenset[str], frozenset[str]]:
    names = [r["surname"] for r in rows("surnames")]
    forms: dict[str, list[str]] = {}
    for r in rows("traditional"):
        forms.setdefault(r["simplified"], []).append(r["traditional"])
    names += [form + n[1:] for n in names for form in forms.get(n[0], ())]
    return frozenset(n for n in names if len(n) == 1), frozenset(n for n in names if len(n) == 2)


@cache
def outlets() -> frozenset[str]:
    return frozenset(r["outlet"] for r in rows("outlets"))


def is_name(text: str) -> bool:
    """Whether a text has the shape of a full name: a known surname and one or two characters, or dotted parts."""
    if "·" in text or "•" in text:
        return bool(_NAME.fullmatch(text))
    if text in _NO_NAMES:
        return False
    ones, twos = _surnames()
    return (len(text) in (2, 3) and text[0] in ones) or (len(text) in (3, 4) and text[:2] in twos)


def is_organisation(text: str) -> bool:
    return bool(_ORGANISATION.search(text)) or text in outlets()


def names(text: str) -> list[str]:
    """The persons in a list such as `记者甲 乙、通讯员丙丁`: names split by a space joined, no organisations."""
    text = _OTHERS.split(text.strip(), maxsplit=1)[0]
    text = _BY_WORDS.sub("、", text)
    text = SPACED.sub(r"\1\2", text)
    found = []
    for part in re.split(r"[、，,;；/|｜\s]+|(?<=[\u4e00-\u9fff])和(?=[\u4e00-\u9fff])", text):
        part = (
            re.sub(r"(?:摄影报道|摄影|报道|摄|文|图|采写|整理|供稿|执笔|撰)$", "", part.strip(TRIM))
            if len(part) > 2
            else part.strip(TRIM)
        )
        if not part or part in found or (is_organisation(part) and not is_name(part)):
            continue
        if is_name(part):
            found.append(part)
    return found
