"""What a page says about itself: the columns of `articles` that its segments state."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from povdata.clean.dates import Printed, relative, times
from povdata.clean.head import Head, is_outlet, same_words
from povdata.clean.lines import PINYIN, Label, cues, find_labels, fold, is_noisy
from povdata.clean.names import SPACED, TRIM, is_name, is_organisation, names, outlets
from povdata.models import CONTENT_ROLES
from povdata.page import Page

Piece = tuple[str, str, str, str]
"""A segment for the fields: zone (`head`, `gap`, `meta`, `story`, `end`, `tail`), role, text stripped, text folded."""

_NUMBER = re.compile(r"\d[\d,]{0,14}(?:\.\d+)?万?")
_NO_YEAR = re.compile(r"(?<![\d/.-])(\d{1,2})[-/月](\d{1,2})日?(?: *(\d{1,2}:\d\d))?(?![\d/.-])")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,80}>")
_CODE = re.compile(r"[_\-(（]?[A-Za-z]{1,4}\d{1,8}[)）]?$|[（(](?:实习|實習)[^()（）]{0,4}[)）]$")
_LETTER = re.compile(r"[^\W\d_]")
_URL = re.compile(r"https?://[^\s\u4e00-\u9fff，。（）]{6,300}")
_GMT = re.compile(r"GMT ?[+-]\d{1,2}, ?")

_REPORTERS = (
    r"(?:本报|本刊|本网|本台|本社|特约|特派|首席|见习|实习|全媒体|融媒体|驻\S{2,6}|[\u4e00-\u9fff]{0,8})?"
    r"(?:记者|通讯员|特约记者|特派员|摄影记者|記者|通訊員|实习生|作者|撰文)"
)
_DATELINE = re.compile(
    r"^(?P<head>[【\[]?(?P<agency>本报|本刊|本网|本台|本社|(?:新华|中新)[社网網](?:客[户戶]端)?|人民网|央视网|央广网|光明网|中国网|[\u4e00-\u9fffA-Za-z]{2,10}?"
    r"(?:网|網|报|報|社|台|臺|新闻|新聞|客户端|客戶端))?"
    r"(?P<place>(?:[\u4e00-\u9fff]{2,12}?(?:[、,， /][\u4e00-\u9fff]{2,10}?){0,3})??)[ \u3000\xa0]{0,2}"
    r"(?P<date>(?:\d{4}年)?\d{1,2}月\d{1,2}日|\d{1,2}日|\d{1,2}月\d{1,2}日至\d{1,2}日)?"
    r"(?P<kind>电|讯|消息|专电|综合电|综合消息|综合报道|快讯|訊|電))"
    r"[\]】]?[ \u3000\xa0]{0,3}(?P<by>[(（][^()（）]{2,60}[)）])?[ \u3000\xa0:：，,。]?"
)
_WIRED = re.compile(r"电|讯|訊|電|消息|综合")
"""One of them ends every dateline, the longest within 80 code points."""
_BRACKET_BY = re.compile(
    r"[(（【]((?:[^()（）]{0,12}?)"
    + _REPORTERS
    + r"[ \u3000\xa0:：][^()（）]{2,60}|[^()（）]{0,8}记者[^()（）]{2,30})[)）】]"
)
_BRACKET_NAME = re.compile(r"[(（]([\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff][ \u3000][\u4e00-\u9fff])[)）][。]?$")
_BRACKET_NAMES = re.compile(r"[(（]([\u4e00-\u9fff]{2,4}(?:[、 \u3000][\u4e00-\u9fff]{2,4}){1,3})[)）][。]?$")
_BOX_NAME = re.compile(
    r"(?<=[。!！?？”])[ \u3000]{0,2}[□■] ?([\u4e00-\u9fff]{2,3}|[\u4e00-\u9fff][ \u3000]{1,2}[\u4e00-\u9fff])$"
)
_REPORTS = re.compile(r"^(?:记者|記者|通讯员|通訊員)[ \u3000]?([\u4e00-\u9fff]{2,4})(?:报道|報道|報導)[:：]")
_SOURCE_BY = re.compile(r"([^()（）]{2,20})[(（]([\u4e00-\u9fff]{2,4})[)）]$")
_BYLINE_MARK = re.compile(r"[【\[(（](?:文|撰文|作者|图文|文图)[/／:： |｜]([^】\])）]{2,30})[】\])）]")
_PHOTO = re.compile(
    r"([\u4e00-\u9fff]{2,4}(?:[、 ][\u4e00-\u9fff]{2,4}){0,3})[ \u3000]?(摄影报道|摄影|摄|供图|攝)[)）。]{0,2}$"
)
_SIGNED = re.compile(
    r"^(?:[\u4e00-\u9fff、]{2,30}(?:书记|长|主席|主任|发言人|委员|总理|理事|教授|研究员"
    r"|代表|秘书|总裁|会长|行长|院士))[ \u3000]{1,4}"
    r"([\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff][ \u3000]{1,2}[\u4e00-\u9fff])$"
)
_SIGNED_ARTICLE = re.compile(r"([\u4e00-\u9fff]{2,4}?)(?:在[^ ]{2,16})?(?:发表|刊发)?(?:署名文章|撰文)")
_NO_OUTLETS = frozenset(
    "原创 转载 今天 昨天 前天 星期一 星期二 星期三 星期四 星期五 星期六 星期日 周一 周二 "
    "周三 周四 周五 周六 周日 更新 更新于 发布 发布于 发表 发表于 上传于 发自 "
    "Posted 刊登于 刊登 上午 下午 本报记者 参与互动 我要评论 来源于 来自".split()
)
_PAGE_NO = re.compile(r"^第?[A-Z]?\d{1,3}版|版$")
_COMMENTS = re.compile(r"^([\d,]{1,12}) ?条?(?:评论|跟贴|跟帖|回复)$|^(?:评论|跟贴|网友评论|跟帖) ?[(:]? ?(\d{1,9})")
_TITLE_MARK = re.compile(
    r"^(?:[\[【（(](?:标题|视频|图|图文|组图|图集|高清|原创|转载|转|快讯|图片|微视频|置顶|推荐|热|專題|影音)[\]】）)])+\s*"
)
_SOURCE_END = re.compile(
    r"\u3000|[ \xa0]{2,}|(?<=[网报社台]) |[|｜丨]|[\r\n]| [\[【(（]|(?<=\S) (?=作者|记者|编辑|责编|时间|日期|发布"
    r"|浏览|点击|阅读|字号|字体|打印|分享|评论|举报|参与互动|我要|收藏|订阅|关注|手机|听|小字|大字|申请|\d{4}[-年])"
)
_SITE_NAME = re.compile(
    r"(?:网|网站|频道|在线|日报|晚报|晨报|都市报|新闻|门户|论坛|客户端|电视台|广播|官网|政府|传媒|全媒|融媒|台|报|社|News)$"
)
_OWNER_BEFORE = re.compile(r"([\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9]{2,19})[ \u3000]?(?:版权所有|版權所有)")
_OWNER = re.compile(
    r"(?:©|Copyright|COPYRIGHT|版权所有)[ ©:Cc()（）\d–\-—~.,:]{0,24}"
    r"([\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9（）]{2,24})"
)
_LICENSED = re.compile(r"\|([^|()（）\s]{2,20})\s*[(（]\s*\S{0,2}ICP")


def article(page: Page, pieces: list[Piece], noisy: bool, family: str, told: Head) -> dict[str, Any]:
    """The columns of `articles` that the page states, from its segments in page order and, of HTML, from its head.

    What a reader of the page sees wins over the head, which fills what is missing. `noisy` pages have pinyin all over.
    """
    if noisy:
        pieces = [
            piece if piece[1] in CONTENT_ROLES else (*piece[:2], *(PINYIN.sub("", text) for text in piece[2:]))
            for piece in pieces
        ]
    title = _title(pieces, told)
    state = _State(bool(page.blocks))
    above, above_folded = "", ""
    for zone, role, text, folded in pieces:
        if role in ("metadata", "credit"):
            whole, whole_folded = text, folded
            if above.endswith((":", "：")):
                text, folded = above + text, above_folded + folded
            above, above_folded = whole, whole_folded
        else:
            above = ""
        if role in ("metadata", "credit", "contact") or (role == "widget" and zone != "story"):
            _read_strip(state, zone, role, text, folded)
        elif role == "summary" and state.summary is None:
            state.summary = _value_after_label(text, folded)
        elif role == "related" and zone in ("meta", "end", "tail"):
            for label, value, _ in _labelled(text, folded):
                if label.field == "keywords" and not state.keywords:
                    state.keywords = _keywords(value)
        elif role == "footer":
            _read_footer(state, text, folded)
        elif role == "comment":
            _count_comments(state, folded)
        elif role == "caption":
            _photo(state, text)
        elif role == "navigation" and zone in ("head", "gap"):
            if any([label.field == "clock" for label in find_labels(folded[:600])]):
                _clock(state, folded)
    body = [text for _, role, text, _ in pieces if role == "body"]
    dateline, by = _dateline(body)
    _body_authors(state, body, by)
    if page.blocks and not state.authors:
        for text in (*body[:3], *body[-1:]):
            m = _BYLINE_MARK.match(text[:80])
            for name in names(m[1]) if m else ():
                state.author(name)
            for m in _BRACKET_BY.finditer(text[:120]):
                for name in names(m[1]):
                    state.author(name)
    signed = _SIGNED_ARTICLE.search(title)
    if signed and is_name(signed[1]):
        state.author(signed[1])
    if state.source is None:
        state.source = state.bare_source
    published, basis = _published(state, page, family)
    if page.blocks:
        published, basis = _told_time(published, basis, state, told)
        _told_names(pieces, state, told, family)
    crawled = page.crawled_at or state.crawled
    if published and crawled and published.moment > crawled:
        if page.crawled_at:
            published = None
        else:
            crawled = None
    return {
        "url": page.url or state.url,
        "parser": family,
        "language": language("".join(body) + title),
        "title": title,
        "deck": [_deck(text) for _, role, text, _ in pieces if role == "deck"],
        "summary": state.summary,
        "publisher": state.account or _publisher(pieces, state) or told.publisher,
        "source": state.source,
        "authors": state.authors,
        "credits": state.credits,
        "published_at": published and published.moment,
        "published_precision": published and published.precision,
        "published_basis": basis if published else None,
        "crawled_at": crawled,
        "views": state.views,
        "comments": state.comments,
        "keywords": state.keywords,
        "dateline": dateline,
        "genre": genre(title),
        "quality": quality(body, pieces, noisy, published is not None),
    }


class _State:
    """What has been read so far; the first statement of a field holds."""

    def __init__(self, marked: bool) -> None:
        self.source: str | None = None
        self.bare_source: str | None = None
        self.summary: str | None = None
        self.publisher: str | None = None
        self.account: str | None = None
        self.owner: str | None = None
        self.url: str | None = None
        self.authors: list[str] = []
        self.credits: list[dict[str, str]] = []
        self.keywords: list[str] = []
        self.views: int | None = None
        self.comments: int | None = None
        self.crawled: datetime | None = None
        self.times: list[tuple[int, Printed]] = []
        self.relative: str | None = None
        self.no_year: list[str] = []
        self.marked = marked
        self.head_day: Printed | None = None

    def author(self, name: str) -> None:
        if name not in self.authors:
            self.authors.append(name)

    def credit(self, role: str, name: str) -> None:
        entry = {"role": role, "name": name}
        if entry not in self.credits:
            self.credits.append(entry)


def _labelled(text: str, folded: str) -> list[tuple[Label, str, str]]:
    """The labels of a text, each with its value, what stands between it and the next, and the same folded."""
    found = find_labels(folded[:600])
    if not found:
        return []
    ends = [label.start for label in found[1:]] + [len(text)]
    return [
        (label, text[label.value : end], folded[label.value : end]) for label, end in zip(found, ends, strict=False)
    ]


def _value_after_label(text: str, folded: str) -> str:
    found = find_labels(folded[:600])
    if found and found[0].start <= 2:
        return text[found[0].value :].strip(" \u3000\xa0】]:：") or text
    return text


def _read_strip(state: _State, zone: str, role: str, text: str, folded: str) -> None:
    if role == "widget" and zone in ("head", "gap"):
        _clock(state, folded, zone)
        return
    labelled = _labelled(text, folded)
    for label, value, folded_value in labelled:
        if role == "widget" and label.field not in ("comments", "views", "published", "source", "author"):
            continue
        named = label.field == "source" and len(label.name) >= 4
        if zone == "tail" and label.field not in ("comments", "keywords", "credit") and not named:
            continue
        _take(state, label, value, folded_value, zone, _SPACE.sub("", text[label.start : label.value - 1]))
    if role == "widget":
        _count_comments(state, folded)
        return
    signed = _SIGNED.match(text) if zone == "meta" else None
    if signed:
        name = _SPACE.sub("", signed[1])
        if is_name(name) and not (state.marked and "发言人" in text):
            state.author(name)  # with markup, a spokesman's name in the story's own element is its first line
        return
    if zone in ("head", "gap") and role == "metadata":
        state.times += [(5, found) for found in times(folded)]
    if zone in ("meta", "end"):
        printed = times(folded)
        spoken_for = [
            (label.value, label.value + len(value))
            for label, value, _ in labelled
            if label.field in ("published", "updated", "drawn_up", "clock")
        ]
        for found in printed:
            if not any(a <= found.start < b for a, b in spoken_for):
                updated = "更新" in folded[max(0, found.start - 6) : found.start]
                state.times.append((2 if updated else 1 if zone == "meta" else 4, found))
        if state.marked:
            state.no_year += [m[0] for m in _NO_YEAR.finditer(folded[:200])]
        if zone == "meta" and role == "metadata":
            if not printed and _RELATIVE.search(folded):
                state.relative = state.relative or folded
            first = labelled[0][0].start if labelled else len(text)
            if first:
                _bare(state, text[:first], times(folded[:first]) if labelled else printed)
    if role == "credit" and zone in ("meta", "end", "story") and not labelled:
        _unlabelled_credit(state, text)


_SPACE = re.compile(r"\s+")
_RELATIVE = re.compile(r"前(?!\S{0,40}日)|昨天|今天")


def _count_comments(state: _State, folded: str) -> None:
    m = _COMMENTS.match(folded)
    if m and state.comments is None:
        state.comments = int((m[1] or m[2]).replace(",", ""))


_SCRAPS = re.compile(r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?|\d{2}-\d{2}")
_PARTS = re.compile(r"[\s|｜丨/]+")
_OUTLET_ENDS = ("网", "报", "社", "电视台", "广播电台", "新闻", "客户端", "在线", "周刊", "杂志")
_ACCOUNT_ENDS = ("号", "君", "说", "观察", "视角", "文化", "人文")


def _bare(state: _State, text: str, printed: list[Printed]) -> None:
    """An outlet or account that stands with no label in a text beside the times that it prints."""
    characters = list(text)
    for found in printed:
        characters[found.start : found.end] = " " * (found.end - found.start)
    left = _SCRAPS.sub(" ", "".join(characters))
    if "时间" in left or "日期" in left or left.endswith("前"):
        return
    for part in _PARTS.split(left.strip()):
        part = part.strip(TRIM)
        if not 2 <= len(part) <= 20:
            continue
        plain = fold(part)
        if plain in _NO_OUTLETS or _NUMBER.fullmatch(part) or _PAGE_NO.search(part):
            continue
        if cues("generic").of(plain).role in ("navigation", "widget", "related", "comment"):
            continue
        if plain in outlets() or plain.endswith(_OUTLET_ENDS):
            state.bare_source = state.bare_source or part
        elif is_name(part) and len(text) < 60:
            state.author(part)
        elif (state.account is None and not is_organisation(part)) or part.endswith(_ACCOUNT_ENDS):
            state.account = state.account or (part if re.fullmatch(r"[\w·\-]+", part) else None)


def _take(state: _State, label: Label, value: str, folded: str, zone: str, printed: str) -> None:
    if "<" in value:
        value = _TAG.sub("", value)
        folded = fold(value)
    match label.field:
        case "source":
            signed = _SOURCE_BY.match(value.strip())
            if signed and is_name(signed[2]):
                value = signed[1]
                state.author(signed[2])
            if label.name == "供稿":
                for name in names(value):
                    state.author(name)
            raw = _SOURCE_END.split(value.strip(" \u3000\xa0"), maxsplit=1)[0]
            for t in times(fold(raw)):
                raw = raw[: t.start]
                break
            raw = raw.strip(TRIM)
            if 2 <= len(raw) <= 40 and not raw.isdigit() and "。" not in raw:
                if is_name(raw) and label.name == "供稿":
                    state.author(raw)
                elif state.source is None:
                    state.source = raw
        case "author":
            if zone in ("head", "meta", "end", "story"):
                for name in names(value):
                    state.author(name)
        case "credit":
            value = SPACED.sub(r"\1\2", value.strip(TRIM))
            for t in times(fold(value)):
                value = value[: t.start]
                break
            for part in _LIST.split(value):
                part = _CODE.sub("", part.strip(TRIM)).strip(TRIM + "_")
                if len(part) <= 24 and _LETTER.search(part) and ":" not in part and "：" not in part:
                    state.credit(printed, part)
        case "published" | "updated" | "drawn_up":
            for found in times(folded):
                rank = {"published": 0, "updated": 2, "drawn_up": 2}[label.field] + (3 if zone == "end" else 0)
                state.times.append((rank, found))
                break
            else:
                if label.field == "published" and value.strip():
                    state.relative = state.relative or folded
        case "views" | "comments":
            m = _NUMBER.match(folded.strip(" ("))
            if m and getattr(state, label.field) is None:
                number = m[0].replace(",", "")
                count = float(number[:-1]) * 10000 if number.endswith("万") else float(number)
                if count.is_integer() and count < 2**62:
                    setattr(state, label.field, int(count))
        case "keywords":
            state.keywords = state.keywords or _keywords(value)
        case "publisher":
            found = _SOURCE_END.split(value.strip(), maxsplit=1)[0].strip(TRIM)
            if 2 <= len(found) <= 40:
                state.publisher = state.publisher or found
        case "url":
            m = _URL.search(value)
            if m:
                state.url = state.url or m[0]


_LIST = re.compile(r"[、，,;；/\s]+")
_EDITOR = re.compile(r"(责任编辑|责编|编辑|校对|审核|值班编辑|監製|監制)[ \u3000/]+(\S.{1,20})$")
_WROTE = re.compile(r"记者|通讯员|記者|作者|撰文|文/|图/")
_OFFICE = re.compile(r"系.*$|单位.*$|[/／][\u4e00-\u9fff]{1,8}(?:报道|報導|报导|電|电)$")


def _unlabelled_credit(state: _State, text: str) -> None:
    bare = text.strip(TRIM + "□■●◆◎▲△○")
    photo = _PHOTO.search(bare)
    if photo and not re.search(r"记者|通讯员|記者", bare[: photo.start()]):
        _photo(state, bare)
        return
    m = _EDITOR.match(bare)
    if m:
        for part in re.split(r"[、，,\s]+", SPACED.sub(r"\1\2", m[2])):
            state.credit(m[1], part.strip(TRIM))
        return
    if _WROTE.search(bare):
        for name in names(_OFFICE.sub("", bare)):
            state.author(name)


def _photo(state: _State, text: str) -> None:
    m = _PHOTO.search(text)
    if not m:
        return
    for name in re.split(r"[、 ]", m[1]):
        name = re.sub(r"^.*(?:记者|通讯员)", "", name)
        if is_name(name):
            state.credit(m[2], name)


def _keywords(value: str) -> list[str]:
    words = [w.strip(TRIM + "#") for w in re.split(r"[,，;；、|｜\s]+", value)]
    return list(dict.fromkeys(w for w in words if 0 < len(w) <= 24))


def _clock(state: _State, folded: str, zone: str = "") -> None:
    for found in times(folded):
        if found.precision == "day" and zone == "head":
            state.head_day = state.head_day or found
        if found.precision in ("minute", "second") and state.crawled is None:
            state.crawled = found.moment


def _read_footer(state: _State, text: str, folded: str) -> None:
    m = _GMT.search(folded)
    if m:
        for found in times(folded[m.end() : m.end() + 40]):
            state.crawled = state.crawled or found.moment
    m = _LICENSED.search(text)
    if m:
        state.owner = state.owner or m[1]
    before = _OWNER_BEFORE.search(text) if "版权所有" in folded else None
    for m in filter(None, (_OWNER.search(text), before)):
        owner = re.sub(r"(?:公司)?(?:版权所有|版權所有).*$|^由|主办.*$", "", m[1])
        if len(owner) >= 3 and not re.search(r"未经|许可|转载|授权|不得|本站|本网|保留|所有|轉載", owner):
            state.owner = state.owner or owner


def _published(state: _State, page: Page, family: str) -> tuple[Printed | None, str]:
    limit = page.crawled_at or state.crawled
    ranked = sorted(state.times, key=lambda t: t[0])
    for rank, found in ranked:
        if limit is None or found.moment <= limit or not page.crawled_at:
            best = found
            for other_rank, other in ranked:
                finer = other.precision in ("minute", "second") and found.precision == "day"
                if other_rank == rank and finer and other.moment.date() == found.moment.date():
                    best = other
            return best, "stated"
    if family == "epaper" and state.head_day:
        return state.head_day, "stated"
    if state.relative and limit:
        found = relative(state.relative, limit)
        if found:
            return found, "stated"
    return None, ""


_PRECISIONS = ("year", "month", "day", "minute", "second")


def _told_time(visible: Printed | None, basis: str, state: _State, told: Head) -> tuple[Printed | None, str]:
    """The printed time made finer, completed or replaced by the head's, or by the day in the page's address."""
    heads = [t for t in (told.published, told.updated) if t]
    if visible:
        for head in heads:
            if head.moment.date() == visible.moment.date() and (
                _PRECISIONS.index(head.precision) > _PRECISIONS.index(visible.precision)
                and (visible.precision == "day" or head.moment.replace(second=0) == visible.moment.replace(second=0))
            ):
                return head, basis
        return visible, basis
    for head in [*heads, *([told.day] if told.day else [])]:
        for text in state.no_year:
            m = _NO_YEAR.match(text)
            if m and (int(m[1]), int(m[2])) == (head.moment.month, head.moment.day):
                if head.precision == "day" and m[3]:
                    hour, minute = map(int, m[3].split(":"))
                    if hour < 24 and minute < 60:
                        return Printed(0, 0, head.moment.replace(hour=hour, minute=minute), "minute"), "stated"
                return head, "stated"
    if told.published:
        return told.published, "stated"
    if told.day:
        return told.day, "address"
    return None, ""


def _told_names(pieces: list[Piece], state: _State, told: Head, family: str) -> None:
    """Source, account and author that the head gives. An account counts as the source where no outlet is credited."""
    if state.source and not is_outlet(state.source):
        state.source = state.bare_source
    account = state.account
    if account and not _is_account(pieces, account, told, family):
        account = state.account = None
    if state.source is None:
        state.source = told.source or account or told.account
    if state.account is None and told.account:
        state.account = told.account
    credited = {entry["name"] for entry in state.credits}
    if not state.authors and told.author and told.author not in credited and told.author != state.source:
        seen = any(told.author in text for _, role, text, _ in pieces if role in ("metadata", "credit"))
        if seen or family == "wechat":
            state.author(told.author)


_PLATFORMS = frozenset("toutiao baijiahao wechat sohu netease qq ifeng sina".split())


def _is_account(pieces: list[Piece], name: str, told: Head, family: str) -> bool:
    """Whether a bare name beside the date is the account that published the page: a platform's, or named again."""
    if family in _PLATFORMS or name in (told.source, told.account):
        return True
    lines = [text for *_, text, _ in pieces if len(text) <= len(name) + 8 and text.startswith(name)]
    menu = any(name in text for _, role, text, _ in pieces if role == "navigation")
    return len(lines) >= 2 and not menu


_TITLE_TAG = re.compile(r"(?<=\S)[ \u3000]{1,4}(?:原创|置顶|转载|推荐|图文|组图|独家)$")


def _title(pieces: list[Piece], told: Head) -> str:
    titles = [(zone, text) for zone, role, text, _ in pieces if role == "title"]
    title = titles[0][1] if titles else ""
    if told.titles:
        title = next((text for zone, text in titles if zone == "meta"), title)
        title = _TITLE_TAG.sub("", title)
        if len(titles) > 1 and titles[-2][1] != titles[-1][1]:
            whole = titles[-2][1] + titles[-1][1]
            if any(same_words(t).startswith(same_words(whole)) for t in told.titles):
                title = whole
    m = _TITLE_MARK.match(title)
    if m and m.end() < len(title):
        title = title[m.end() :]
    found = find_labels(fold(title))
    if found and found[0].start == 0 and found[0].field == "title":
        title = title[found[0].value :].strip()
    return title.strip(" \u3000|｜")


def _deck(text: str) -> str:
    text = text.lstrip("●■◆▲★·•—-–>＞ \u3000")
    found = find_labels(fold(text[:40]))
    if found and found[0].field == "deck" and found[0].start <= 1:
        text = text[found[0].value :]
    return text.strip(" \u3000\xa0" if "(" in text or "（" in text else " \u3000\xa0)）]】")


def _publisher(pieces: list[Piece], state: _State) -> str | None:
    """The site: the name after the headline in the first line, the owner in the footer, else what a label says."""
    previous = ""
    for _, role, text, _ in pieces[:3]:
        if role == "navigation" and previous == "title" and re.match(r"[\s\-_|—–·>]", text):
            parts = [p.strip(TRIM) for p in re.split(r"[-_|—–]+| > ", text) if p.strip(TRIM)]
            named = [p for p in parts if _SITE_NAME.search(p)]
            if named or parts:
                return (named or parts)[-1]
        previous = role
    return state.owner or state.publisher


def _dateline(body: list[str]) -> tuple[dict[str, str | None] | None, str]:
    for text in body[:3]:
        opening = PINYIN.sub("", text[:160])
        m = _DATELINE.match(opening) if _WIRED.search(opening, 0, 80) else None
        if not m or not (m["agency"] or (m["place"] and m["date"])):
            continue
        kind = m["kind"]
        if kind in ("电", "專電", "電", "专电") and not (m["place"] or m["date"] or m["by"]):
            continue
        if kind in ("消息", "讯", "訊") and not m["agency"]:
            continue
        return {"agency": m["agency"], "place": m["place"] or None, "date": m["date"]}, m["by"] or ""
    return None, ""


def _body_authors(state: _State, body: list[str], by: str) -> None:
    if by:
        inner = by.strip("()（）")
        if re.search(r"记者|通讯员|記者|特派员|实习生", inner) or all(
            map(is_name, re.split(r"[、 \u3000,，]+", inner))
        ):
            for name in names(inner):
                state.author(name)
    if not body:
        return
    opening, last = body[0][:160], body[-1]
    m = _DATELINE.match(opening) if _WIRED.search(opening, 0, 80) else None
    m = _REPORTS.match(body[0][m.end() : m.end() + 40]) if m else None
    if m and is_name(m[1]):
        state.author(m[1])
    spots = [opening[:120]] + [t[-80:] for t in body[-2:]]
    for spot in spots:
        for m in _BRACKET_BY.finditer(spot):
            if "摄" in m[1][-2:] or "供图" in m[1]:
                continue
            for name in names(m[1]):
                state.author(name)
    m = _BRACKET_NAME.search(last) or (_BOX_NAME.search(last) if "□" in last or "■" in last else None)
    if m:
        name = re.sub(r"\s", "", m[1])
        if is_name(name) and name not in ("完毕",):
            state.author(name)
    m = _BRACKET_NAMES.search(last)
    listed = re.split(r"[、 \u3000]+", m[1]) if m else []
    if listed and all(map(is_name, listed)):
        for name in listed:
            state.author(name)


_TRADITIONAL = "國會這個們來時為與發對學經說過還後產員進開關長問題實現動務個員導積極進業農頭萬"
_SIMPLIFIED = "国会这个们来时为与发对学经说过还后产员进开关长问题实现动务个员导积极进业农头万"
_HANT = re.compile("[" + "".join(t for t, s in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if t != s) + "]")


def language(text: str) -> str:
    """`zh-Hant` where traditional forms of common characters outnumber the simplified ones, else `zh-Hans`."""
    sample = text[:20000]
    if not _HANT.search(sample):
        return "zh-Hans"
    hant = sum(sample.count(t) for t, s in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if t != s)
    hans = sum(sample.count(s) for t, s in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if t != s)
    return "zh-Hant" if hant > hans else "zh-Hans"


_GENRES = (
    ("signed_article", re.compile(r"署名文章|发表文章|撰文")),
    (
        "commentary",
        re.compile(
            r"^(?:社论|社評|时评|評論|评论|短评|快评|人民时评|本报评论|锐评|钟声|任仲平|今日谈|述评|热评|微评论)|(?:评论员|社论|时评|快评|锐评|社評|書評|书评|微评)"
        ),
    ),
    (
        "speech",
        re.compile(
            r"(?:的(?:重要)?讲话|的发言|的演讲|致辞|贺词|献词)(?:[(（]?全文[)）]?|实录)?$|(?:讲话|演讲)[(（]?全文|(?:发布会|答记者问)(?:实录|全文)?$"
        ),
    ),
    (
        "notice",
        re.compile(
            r"(?:通知|公告|公示|通报|意见|决定|办法|方案|规定|条例|细则|批复|函|纲要|名单|规划|计划|启事|通告)(?:[（(].{0,16}[)）])?$|^关于"
        ),
    ),
)
_ANNOUNCES = re.compile(r"出台|印发|发布|解读|通过|公布|宣布|审议")


def genre(title: str) -> str | None:
    """The kind of text that the words of a headline name, if they do."""
    for kind, words in _GENRES:
        if words.search(title):
            if kind == "notice" and _ANNOUNCES.search(title) and not title.startswith("关于"):
                continue
            return kind
    return None


_HAN = re.compile(r"[\u4e00-\u9fff]")
_NOTICE = re.compile(r"浏览器|浏览效果|官网下载|Flash|JavaScript|enpproperty|满18岁|即将进入", re.I)
_GARBLED = re.compile(r"\ufffd|锟斤拷|烫烫烫|â€|Ã©|ï¼|\?(?:\?{3}|(?<=[\u4e00-\u9fff]\?)[。，,])")
_CLOSES = "。！？!?…”’」』）)】]~～：:；;."


def quality(body: list[str], pieces: list[Piece], noisy: bool, dated: bool) -> list[str]:
    """The flags of `articles.quality` that hold for a page."""
    joined = "\n".join(body)
    flags = []
    if not dated:
        flags.append("no_date")
    if body and len(body[-1]) >= 30 and body[-1][-1] not in _CLOSES:
        flags.append("truncated")
    if any(role == "noise" and len(_HAN.findall(t)) >= 8 and not _NOTICE.search(f) for _, role, t, f in pieces):
        flags.append("spam")
    if noisy and is_noisy(fold(joined)):
        flags.append("pinyin_noise")
    if _GARBLED.search(joined):
        flags.append("mojibake")
    if len(joined) < 60:
        flags.append("short_body")
    return flags
