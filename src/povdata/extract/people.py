"""Table `people`: who is named in an article, with which posts, and what each does in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cache
from typing import Any, NamedTuple

from povdata.extract import posts
from povdata.extract.names import Reader, word_kinds
from povdata.extract.posts import HAN
from povdata.page import Document, Span

_ROLES = ("chair", "speaker", "attendee", "author", "credit")
"""In the order in which a row lists them; who has none of them is `mentioned`."""


class _Named(NamedTuple):
    """One mention with the posts printed beside it."""

    start: int
    end: int
    name: str
    begin: int
    """Where the first post before the name begins; the name's own start where there is none."""
    titles: list[Span]


def people(document: Document) -> list[dict[str, Any]]:
    """Rows of `people`, in the order in which the persons are first named. Offsets count code points of the page text.

    The columns that are worked out from the titles are null: `posts.parse` fills them when the article's day and region
    are known.
    """
    reader = Reader(document)
    authors = reader.read()
    named = _titles(reader, document)
    roles = _roles(reader, named, authors, document)
    article_id, text = document.page.article_id, document.page.text
    table: dict[str, dict[str, Any]] = {}
    for mention in named:
        row = table.setdefault(mention.name, {"titles": [], "mentions": []})
        row["mentions"].append({"start": mention.start, "end": mention.end})
        for start, end in mention.titles:
            title = "".join(text[start:end].split())
            if title not in row["titles"]:
                row["titles"].append(title)
    return [
        {
            "article_id": article_id,
            "name": "".join(text[row["mentions"][0]["start"] : row["mentions"][0]["end"]].split()),
            "titles": row["titles"],
            "roles": [role for role in _ROLES if role in roles[name]] if roles.get(name) else ["mentioned"],
            "region_code": None,
            "organisation": None,
            "post": None,
            "rank": None,
            "mentions": row["mentions"],
        }
        for name, row in table.items()
    ]


# Titles

_JOINS = frozenset({"、", "和", "与", "及", "以及"})
_CLOSES = frozenset("等位名一二两三四五六七八九十几多0123456789０１２３４５６７８９")
_CLOSING = re.compile(r"等?(?:[0-9０-９]{1,3}|[一二两三四五六七八九十几多]{1,3})?[位名]|等")
"""What stands between a list of names and the label that closes it (甲、乙等8位代表)."""
_HEADS = "书记|主任|主席|委员|院长|检察长|部长|局长|厅长|省长|市长|县长|区长|州长|秘书长|组长|会长|校长"
_GIVES = frozenset(" \u3000\xa0\t担当任为是的")
"""First characters of what `_LAID_OUT` and `_GIVEN` match."""
_GIVEN = re.compile(rf"(?:担任|当选为|任|为|是|的)([{HAN}0-9“”]{{2,40}}?(?:{_HEADS}))(?=[，。,;；]|职务|$)")
"""A post given to the name before it: 任命甲为…主任, 免去甲的…主任职务, 甲是…书记."""

_LAID_OUT = re.compile(r"[ \u3000\xa0\t]+([^\s，。；：,;:]{3,40})(?=\n|$)")
"""The rest of a line after a name and a space: a winner's post in a list."""


def _joined(text: str, left: int, right: int) -> bool:
    """Whether only a list's separator stands between a name that ends at `left` and one that begins at `right`."""
    between = text[left:right]
    return between.strip() in _JOINS or (between.isspace() and "\n" not in between)


def _titles(reader: Reader, document: Document) -> list[_Named]:
    """Every mention with its titles. What the metadata and the credits print beside a name is no title."""
    text = reader.text
    starts = [segment.start for segment in document.segments]
    named: list[_Named] = []
    floor = 0
    """Where the mention before ends, with the posts printed right after it."""
    for start, end, name in reader.mentions():
        if document.segments[bisect_right(starts, start) - 1].role in ("metadata", "credit"):
            named.append(_Named(start, end, name, start, []))
            floor = end
            continue
        at = start
        while at > floor and text[at - 1] in " \u3000\xa0":
            at -= 1
        before = posts.titles_before(text, at, floor, reader.ending) if at in reader.ending else []
        begin = before[0].start if before else start
        if not before and named and named[-1].titles and _joined(text, floor, start):
            before = [title for title in named[-1].titles if title.end <= named[-1].end]
        after = _titles_after(reader, end)
        named.append(_Named(start, end, name, begin, before + after))
        floor = after[-1].end if after else end
    _close_lists(reader, named)
    return named


def _titles_after(reader: Reader, end: int) -> list[Span]:
    """Posts printed right after a name (汪洋副总理), or given to it by a verb."""
    text = reader.text
    titles: list[Span] = []
    cue = reader.starting.get(end)
    if cue is None and text[end : end + 1] not in _GIVES:
        return titles
    after_name = word_kinds("after_name")
    while cue is not None and cue[3] == "post" and cue[2] in after_name:
        follows = reader.starting.get(cue[1])
        if not (follows and follows[3] in ("verb", "act", "say", "post")) and reader.name_at(cue[1], firm=True):
            break
        titles.append(Span(cue[0], cue[1]))
        cue = follows
    if titles or text[end : end + 1] not in _GIVES:
        return titles
    if laid_out := _LAID_OUT.match(text, end):
        at = laid_out.start(1)
        if (post := reader.ending.get(laid_out.end(1))) and post[3] == "post":
            for item in laid_out.group(1).split("、"):
                titles.append(Span(at, at + len(item)))
                at += len(item) + 1
    elif given := _GIVEN.match(text, end):
        if (post := reader.ending.get(given.end(1))) and post[3] == "post" and post[0] >= given.start(1):
            titles.append(Span(given.start(1) + given.group(1).rfind("的") + 1, given.end(1)))
    return titles


def _close_lists(reader: Reader, named: list[_Named]) -> None:
    """Gives a label that closes a list of names to each of them (甲、乙等8位代表; 甲、乙同志)."""
    text = reader.text
    for last, mention in enumerate(named):
        closing = _CLOSING.match(text, mention.end) if text[mention.end : mention.end + 1] in _CLOSES else None
        cue = reader.starting.get(closing.end() if closing else mention.end)
        if cue is None or cue[3] != "post" or not (closing or cue[2] == "同志"):
            continue
        first = last
        while first and _joined(text, named[first - 1].end, named[first].start):
            first -= 1
        if first == last and mention.titles and cue[2] != "同志":
            continue
        label = Span(cue[0], cue[1])
        for one in named[first : last + 1]:
            if label not in one.titles:
                one.titles.append(label)


# What a person does

_SENTENCE_END = re.compile(r"[。！？；;!?\n]")
_CHAIRS = re.compile(r"主持(?!人|词|建|开展|播|工作|召开的|的)")
_ATTENDS = re.compile(r"(?:出席|参加|与会|到会)(?![^，,。；;\n]{0,30}的(?:重要)?(?:讲话|指示|论述))|陪同|一同|随同")
_ATTENDED_BY = re.compile(r"(?:出席|参加|陪同|与会)[^。；！？\n]{0,16}(?:有|包括|是)[：:]?$")
_ATTENDED_BY_LAST = frozenset("有括是：:")
_OBJECT_OF = frozenset("以彻习照行实握据向对和与见望问访领会体记受")
"""Last characters of the verbs and prepositions whose object a name is (贯彻, 学习, 按照)."""
_PRONOUN = re.compile(rf"[他她](?<![{HAN}][他她])(?!们)[^。；！？!?;，,\n]{{0,60}}")
_QUOTED = re.compile(r"(?:总?书记|同志)?[：:]")
_NOUN_AFTER = re.compile(r"以来|精神|要求|指示|的|和|稿|时(?![，,])|中(?![指强])|会")
_MAKES = re.compile(
    r"(?:[作做]了?|发表了?|并在[^，,。；;]{1,16}|先后|分别|并|还|也|首先|最后|会上|代表|书面|等|主持|^)(?:了|重要|主题|工作|交流|表态|典型|书面|动员){0,8}$"
)
_LIST_GOES_ON = frozenset("、，,和与及;； 以\u3000\xa0")
"""First characters of what may stand between the names of a list."""
_FAR = 160
"""Characters after a name in which what it does is looked for."""


@cache
def _saying() -> re.Pattern[str]:
    return re.compile("|".join(sorted(posts.saying_verbs(), key=lambda verb: (-len(verb), verb))))


def _roles(reader: Reader, named: list[_Named], authors: set[str], document: Document) -> dict[str, set[str]]:
    """What each person does, by name: what is said of a list of names of each, what 他 does of the last subject."""
    text = reader.text
    roles: dict[str, set[str]] = {name: {"author"} for name in authors}
    for credit in document.article.get("credits") or ():
        roles.setdefault(reader.plain(credit["name"]), set()).add("credit")
    group: list[_Named] = []
    subject = ""
    pronouns = sorted(reader.places_of("他") + reader.places_of("她"))
    for index, mention in enumerate(named):
        group.append(mention)
        end = mention.end
        following = named[index + 1] if index + 1 < len(named) else None
        if following and _continues(text, mention, following):
            continue
        mark = _SENTENCE_END.search(text, end, end + _FAR)
        stop = mark.start() if mark else min(end + _FAR, len(text))
        if following and following.begin < stop:
            stop = min(stop, _next_subject(text, named, index))
        first = group[0]
        before = text[first.begin - 1 : first.begin]
        acts = set() if before and before in _OBJECT_OF else _acts(text, first.begin, end, stop)
        for at in {first.begin, first.start}:
            if text[at - 1 : at] in _ATTENDED_BY_LAST and _ATTENDED_BY.search(text, max(0, at - 60), at):
                acts.add("attendee")
        for one in group:
            roles.setdefault(one.name, set()).update(acts)
        if len(group) == 1 and (acts or not "\u4e00" <= before <= "\u9fff"):
            subject = mention.name
        until = following.begin if following else len(text)
        if subject and bisect_left(pronouns, end) < bisect_left(pronouns, until):
            for clause in _PRONOUN.finditer(text, end, until):
                acts = _acts(text, clause.start(), clause.start() + 1, clause.end())
                roles.setdefault(subject, set()).update(acts - {"attendee"})
        group = []
    return roles


def _next_subject(text: str, named: list[_Named], index: int) -> int:
    """Where the next name stands that is not the object of what this one does (贯彻乙副总理讲话精神)."""
    for mention in named[index + 1 : index + 4]:
        if text[mention.begin - 1] not in _OBJECT_OF:
            return mention.begin
    return len(text)


def _continues(text: str, left: _Named, right: _Named) -> bool:
    """Whether the next name belongs to the same list: a separator, and its own posts, between the two."""
    if left.end < right.start and text[left.end] not in _LIST_GOES_ON:
        return False
    between = text[left.end : right.start].strip(" \u3000\xa0")
    if not between or between in _JOINS:
        return right.start - left.end <= _FAR
    return right.begin < right.start and right.begin - left.end <= 2


def _acts(text: str, begin: int, start: int, end: int) -> set[str]:
    """The roles that the words after a list of names give: the list is `begin` to `start`, the words run to `end`."""
    clause = text[start:end]
    acts: set[str] = set()
    if clause[:1] in ("）", ")"):
        return acts
    if "主持" in clause and _CHAIRS.search(clause):
        acts.add("chair")
    if _ATTENDS.search(clause) and text[max(0, begin - 2) : begin] != "陪同":
        acts.add("attendee")
    if _QUOTED.match(clause):
        acts.add("speaker")
        return acts
    for verb in _saying().finditer(clause):
        if _says(clause, verb):
            acts.add("speaker")
            break
    return acts


def _says(clause: str, verb: re.Match[str]) -> bool:
    """Whether a word of saying in the clause after a name is its verb."""
    lead = clause[: verb.start()]
    if lead.endswith(("的", "按", "重要指示", "不")) or "关于" in lead[-12:]:
        return False
    if verb.group() not in word_kinds("noun"):
        return True
    if lead.endswith("的重要") or (_NOUN_AFTER.match(clause, verb.end()) and not lead.endswith("主持")):
        return False
    return bool(_MAKES.search(lead)) or clause[verb.end() : verb.end() + 1] in ("，", ",", "：", ":", "了")
