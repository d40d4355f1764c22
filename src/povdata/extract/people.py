"""Table `people`: who is named in an article, with which posts, and what each does in it."""

from __future__ import annotations

import re
from bisect import bisect_right
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

    span: Span
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
    table: dict[str, dict[str, Any]] = {}
    for mention in named:
        row = table.setdefault(mention.name, {"titles": [], "mentions": []})
        row["mentions"].append({"start": mention.span.start, "end": mention.span.end})
        for span in mention.titles:
            title = "".join(document.page.text[span.start : span.end].split())
            if title not in row["titles"]:
                row["titles"].append(title)
    return [
        {
            "article_id": document.page.article_id,
            "name": _printed(document, row["mentions"][0]),
            "titles": row["titles"],
            "roles": [role for role in _ROLES if role in roles.get(name, ())] or ["mentioned"],
            "region_code": None,
            "organisation": None,
            "post": None,
            "rank": None,
            "mentions": row["mentions"],
        }
        for name, row in table.items()
    ]


def _printed(document: Document, mention: dict[str, int]) -> str:
    return "".join(document.page.text[mention["start"] : mention["end"]].split())


# Titles

_JOINS = frozenset({"、", "和", "与", "及", "以及"})
_CLOSING = re.compile(r"等?(?:[0-9０-９]{1,3}|[一二两三四五六七八九十几多]{1,3})?[位名]|等")
"""What stands between a list of names and the label that closes it (甲、乙等8位代表)."""
_HEADS = "书记|主任|主席|委员|院长|检察长|部长|局长|厅长|省长|市长|县长|区长|州长|秘书长|组长|会长|校长"
_GIVEN = re.compile(rf"(?:担任|当选为|任|为|是|的)([{HAN}0-9“”]{{2,40}}?(?:{_HEADS}))(?=[，。,;；]|职务|$)")
"""A post given to the name before it: 任命甲为…主任, 免去甲的…主任职务, 甲是…书记."""

_LAID_OUT = re.compile(r"[ \u3000\xa0\t]+([^\s，。；：,;:]{3,40})(?=\n|$)")
"""The rest of a line after a name and a space: a winner's post in a list."""


def _joined(text: str, left: Span, right: Span) -> bool:
    """Whether two names stand in one list with nothing but a separator between them."""
    between = text[left.end : right.start]
    return between.strip() in _JOINS or (between.isspace() and "\n" not in between)


def _with_titles(mention: _Named) -> Span:
    """A mention with the posts printed right after it."""
    return Span(mention.span.start, max([mention.span.end, *(title.end for title in mention.titles)]))


def _titles(reader: Reader, document: Document) -> list[_Named]:
    """Every mention with its titles. What the metadata and the credits print beside a name is no title."""
    text = reader.text
    starts = [segment.start for segment in document.segments]
    named: list[_Named] = []
    floor = 0
    for span, name in reader.mentions():
        if document.segments[bisect_right(starts, span.start) - 1].role in ("metadata", "credit"):
            named.append(_Named(span, name, span.start, []))
        else:
            at = span.start
            while at > floor and text[at - 1] in " \u3000\xa0":
                at -= 1
            before = posts.titles_before(text, at, floor, reader.ending)
            begin = before[0].start if before else span.start
            if not before and named and _joined(text, _with_titles(named[-1]), span):
                before = [title for title in named[-1].titles if title.end <= named[-1].span.start]
            named.append(_Named(span, name, begin, before + _titles_after(reader, span.end)))
        floor = _with_titles(named[-1]).end
    _close_lists(reader, named)
    return named


def _titles_after(reader: Reader, end: int) -> list[Span]:
    """Posts printed right after a name (汪洋副总理), or given to it by a verb."""
    after_name = word_kinds("after_name")
    cue = reader.starting.get(end)
    titles = []
    while cue is not None and cue.kind == "post" and cue.word in after_name:
        follows = reader.starting.get(cue.end)
        if not (follows and follows.kind in ("verb", "act", "say", "post")) and reader.name_at(cue.end, firm=True):
            break
        titles.append(Span(cue.start, cue.end))
        cue = follows
    laid_out = None if titles else _LAID_OUT.match(reader.text, end)
    if laid_out and (post := reader.ending.get(laid_out.end(1))) and post.kind == "post":
        at = laid_out.start(1)
        for item in laid_out.group(1).split("、"):
            titles.append(Span(at, at + len(item)))
            at += len(item) + 1
    given = None if titles else _GIVEN.match(reader.text, end)
    if given and (post := reader.ending.get(given.end(1))) and post.kind == "post" and post.start >= given.start(1):
        titles.append(Span(given.start(1) + given.group(1).rfind("的") + 1, given.end(1)))
    return titles


def _close_lists(reader: Reader, named: list[_Named]) -> None:
    """Gives a label that closes a list of names to each of them (甲、乙等8位代表; 甲、乙同志)."""
    text = reader.text
    for last, mention in enumerate(named):
        closing = _CLOSING.match(text, mention.span.end)
        cue = reader.starting.get(closing.end() if closing else mention.span.end)
        if cue is None or cue.kind != "post" or not (closing or cue.word == "同志"):
            continue
        first = last
        while first and _joined(text, named[first - 1].span, named[first].span):
            first -= 1
        if first == last and mention.titles and cue.word != "同志":
            continue
        for one in named[first : last + 1]:
            if Span(cue.start, cue.end) not in one.titles:
                one.titles.append(Span(cue.start, cue.end))


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
    r"(?:[作做]了?|发表了?|并在[^，,。；;]{1,16}|先后|分别|并|还|也|首先|最后|会上|代表|书面|等|主持|^)(?:了|重要|主题|工作|交流|表态|典型|书面|动员)*$"
)
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
    for index, mention in enumerate(named):
        group.append(mention)
        following = named[index + 1] if index + 1 < len(named) else None
        far = min(mention.span.end + _FAR, len(text))
        mark = _SENTENCE_END.search(text, mention.span.end, far)
        stop = mark.start() if mark else far
        if following and _continues(text, mention, following, stop):
            continue
        stop = min(stop, _next_subject(text, named, index))
        first = group[0]
        before = text[first.begin - 1 : first.begin]
        acts = set() if before and before in _OBJECT_OF else _acts(text, first.begin, mention.span.end, stop)
        starts = {at for at in (first.begin, first.span.start) if text[at - 1 : at] in _ATTENDED_BY_LAST}
        if any(_ATTENDED_BY.search(text, max(0, at - 60), at) for at in starts):
            acts.add("attendee")
        for one in group:
            roles.setdefault(one.name, set()).update(acts)
        if len(group) == 1 and (acts or not "\u4e00" <= before <= "\u9fff"):
            subject = mention.name
        for clause in _PRONOUN.finditer(text, mention.span.end, following.begin if following else len(text)):
            if subject:
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


def _continues(text: str, left: _Named, right: _Named, stop: int) -> bool:
    """Whether the next name belongs to the same list: a separator, and its own posts, between the two."""
    between = text[left.span.end : right.span.start]
    if between[:1] not in "、，,和与及;； 以\u3000\xa0":
        return False
    if between.strip(" \u3000\xa0") in _JOINS or not between.strip(" \u3000\xa0"):
        return right.span.start <= stop
    return right.begin < right.span.start and right.begin - left.span.end <= 2


def _acts(text: str, begin: int, start: int, end: int) -> set[str]:
    """The roles that the words after a list of names give: the list is `begin` to `start`, the words run to `end`."""
    clause = text[start:end]
    acts: set[str] = set()
    if clause[:1] in ("）", ")"):
        return acts
    if _CHAIRS.search(clause):
        acts.add("chair")
    if _ATTENDS.search(clause) and text[max(0, begin - 2) : begin] != "陪同":
        acts.add("attendee")
    if _QUOTED.match(clause) or any(_says(clause, verb) for verb in _saying().finditer(clause)):
        acts.add("speaker")
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
