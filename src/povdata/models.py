"""The tables: a pydantic model each, and the one place where a column's type, meaning, unit and bounds are written.

Arrow schemas, `schema/*.schema.json`, `docs/tables.md` and the dataset card are all made from these models.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = "1.0.0"

ROLES = {
    "title": "headline of the article, each time it is printed",
    "deck": "other headline matter: kicker, sub-headline, original headline",
    "summary": "text labelled as summary or lead-in",
    "heading": "sub-heading inside the body",
    "body": "one paragraph of the story",
    "caption": "text of a picture or video",
    "metadata": "source, date, views, author, keywords",
    "credit": "reporter, editor, photographer or producer, outside the body",
    "contact": "telephone, e-mail or address of a newsroom; its characters are █ unless built with --keep-contacts",
    "navigation": "menu, breadcrumb, log-in or search box, name of the site",
    "widget": "share, like, print, font size, reactions, page turning, back to top, page clock",
    "related": "recommended links, other headlines, previous and next article, partner sites",
    "comment": "readers' comments and the form for them",
    "footer": "copyright, licence numbers, disclaimer, powered-by line",
    "noise": "spam, injected text, advertising",
}
MASK = "█"
"""What stands for a character of personal data in the published tables."""
CONTENT_ROLES = ("title", "deck", "summary", "heading", "body", "caption")

GENRES = {
    "report": "news of an event",
    "signed_article": "published under the name of an official or author, as an article of theirs",
    "commentary": "editorial, comment or review",
    "speech": "full text of a speech or address",
    "notice": "notice, decision, plan or other document",
    "feature": "story, profile, survey of an experience",
    "other": "none of these",
}

QUALITY = {
    "no_date": "the page states no publication date",
    "truncated": "the page breaks off in the middle of a sentence",
    "spam": "advertising or keyword spam stands on the page",
    "pinyin_noise": "pinyin or simplified characters in brackets are mixed into the text",
    "mojibake": "characters were lost or garbled before the page was scraped",
    "short_body": "the body has fewer than 60 characters",
}

ENCODINGS = {
    "utf-8": "Unicode, without a byte-order mark",
    "utf-8-sig": "Unicode, with a byte-order mark",
    "gb18030": "the Chinese national encoding, with its subsets GBK and GB 2312",
    "big5": "traditional Chinese",
    "cp950": "Big5 as Windows has it",
    "big5hkscs": "Big5 with the characters of Hong Kong",
    "utf-16": "UTF-16 with a byte-order mark",
    "utf-16-le": "UTF-16 without a mark, the low byte first",
    "utf-16-be": "UTF-16 without a mark, the high byte first",
    "utf-32": "UTF-32 with a byte-order mark",
    "utf-32-le": "UTF-32 without a mark, the low byte first",
    "utf-32-be": "UTF-32 without a mark, the high byte first",
}
MEDIA_TYPES = {
    "text/plain": "as text: the page text is what the file holds",
    "text/html": "as HTML: the page text is the page rendered to lines, one block element a line",
}
LANGUAGES = {"zh-Hans": "simplified characters", "zh-Hant": "traditional characters"}
PUBLISHED_PRECISIONS = {
    "second": "date and time to the second",
    "minute": "date and time to the minute",
    "day": "the date",
    "month": "year and month",
    "year": "the year",
}
PUBLISHED_BASES = {
    "stated": "printed on the page or in its head",
    "dateline": "the day in the dateline that opens the body",
    "address": "the day in the page's URL",
}

STAGES = {
    "read": "the input is opened and read, out of its container where it lies in one",
    "decode": "its bytes become text",
    "clean": "its text is cut into segments",
    "validate": "its rows are checked against the schema",
}


class Refusal(NamedTuple):
    stage: Literal["read", "decode", "clean", "validate"]
    meaning: str
    remedy: str


PERSON_ROLES = {
    "chair": "presides (主持)",
    "speaker": "speaks, or is the speaker of a statement (讲话, 强调, 指出, 介绍)",
    "attendee": "takes part (出席, 参加, 陪同, 与会, 到会, 一同, 随同)",
    "author": "signed the article or reported it",
    "credit": "is credited for another part of the work",
    "mentioned": "none of these",
}
LEVELS = {
    "country": "China",
    "province": "province, autonomous region, municipality",
    "prefecture": "prefecture-level city, prefecture, autonomous prefecture, league",
    "county": "county, county-level city, district, banner",
    "township": "township, town, street",
    "village": "village",
}
EVENT_KINDS = {
    "meeting": "meeting, conference, study session, press conference",
    "inspection": "visit, inspection, survey of the field (调研, 考察, 检查)",
    "ceremony": "opening, signing, award, launch",
    "interview": "interview or talk with journalists",
    "other": "none of these",
}
EVENT_FORMATS = {
    "video": "by video or telephone link (视频, 电视电话)",
    "in_person": "at the place that it is about (现场会)",
}

DATE_PRECISIONS = {
    "day": "one day",
    "month": "one month",
    "quarter": "three months of a year",
    "half_year": "the first or second half of a year",
    "year": "one year",
    "range": "from one to another",
}
DATE_BASES = {
    "explicit": "the text gives the whole date",
    "anchored": "completed or worked out from the publication or crawl date",
    "inferred": "completed from the text's own evidence",
}
COMPARATORS = {
    "eq": "just that",
    "approx": "about (约, 近, 左右, 上下)",
    "gt": "more than (多, 余, 超, 突破)",
    "ge": "at least (以上, 至少, 不低于)",
    "lt": "less than (不足, 低于)",
    "le": "at most (以下, 以内, 至多)",
}
DIRECTIONS = {"increase": "it grew", "decrease": "it fell", "reach": "it came to this"}
POINT_KINDS = {
    "directive": "what is to be done",
    "experience": "what was done or learned",
    "problem": "what is wrong",
    "goal": "what is to be reached",
    "other": "none of these",
}
CATEGORIES = {
    "slogan": "slogan or guiding phrase",
    "standard": "what households, villages or counties are measured by",
    "mechanism": "duty, rule or way of working",
    "programme": "programme, policy or measure",
    "population": "people or households of a kind",
    "area": "villages, counties or regions of a kind",
    "indicator": "rate, index or survey result",
    "institution": "body, team or post",
    "meeting": "conference or meeting",
    "document": "law, plan, decision or other document",
}

REJECTIONS = {
    "unreadable": Refusal("read", "the file could not be opened or read", "check that it exists and may be read"),
    "empty": Refusal("read", "the file holds no text", "fetch the page again"),
    "too_large": Refusal(
        "read", "the file is larger than the limit", "raise the limit with --max-bytes if it is one page"
    ),
    "duplicate": Refusal("read", "the same bytes were met under another path", "remove one of the two files"),
    "hash_mismatch": Refusal(
        "read",
        "the bytes are not those that SOURCES.csv records",
        "restore the file, or correct its line in SOURCES.csv",
    ),
    "binary": Refusal("decode", "the file is not text", "convert it to text or HTML first"),
    "undecodable": Refusal("decode", "no known encoding decodes the bytes", "convert the file to UTF-8"),
    "no_article": Refusal("clean", "the page holds no article", "nothing to do if it is a menu, list or error page"),
    "parser_error": Refusal("clean", "the parser failed on this page", "report the page as a bug of the parser"),
    "invalid_record": Refusal(
        "validate", "the rows break a rule of the schema", "report the page as a bug of the parser"
    ),
}

VOCABULARIES: dict[str, dict[str, dict[str, str]]] = {
    "articles": {
        "encoding": ENCODINGS,
        "media_type": MEDIA_TYPES,
        "language": LANGUAGES,
        "published_precision": PUBLISHED_PRECISIONS,
        "published_basis": PUBLISHED_BASES,
        "genre": GENRES,
        "quality": QUALITY,
    },
    "segments": {"role": ROLES},
    "people": {"roles": PERSON_ROLES},
    "places": {"level": LEVELS},
    "dates": {"precision": DATE_PRECISIONS, "basis": DATE_BASES},
    "events": {"kind": EVENT_KINDS, "format": EVENT_FORMATS},
    "figures": {"comparator": COMPARATORS, "direction": DIRECTIONS},
    "points": {"kind": POINT_KINDS},
    "regions": {"level": LEVELS},
    "glossary": {"category": CATEGORIES},
    "rejects": {"stage": STAGES, "error": {code: refusal.meaning for code, refusal in REJECTIONS.items()}},
}
"""Table and column -> each value that it may take, with its meaning."""

PersonRole = Literal[tuple(PERSON_ROLES)]  # type: ignore[valid-type]
Level = Literal[tuple(LEVELS)]  # type: ignore[valid-type]
EventKind = Literal[tuple(EVENT_KINDS)]  # type: ignore[valid-type]
DatePrecision = Literal[tuple(DATE_PRECISIONS)]  # type: ignore[valid-type]
DateBasis = Literal[tuple(DATE_BASES)]  # type: ignore[valid-type]
Comparator = Literal[tuple(COMPARATORS)]  # type: ignore[valid-type]
Direction = Literal[tuple(DIRECTIONS)]  # type: ignore[valid-type]
PointKind = Literal[tuple(POINT_KINDS)]  # type: ignore[valid-type]
Role = Literal[tuple(ROLES)]  # type: ignore[valid-type]
Encoding = Literal[tuple(ENCODINGS)]  # type: ignore[valid-type]
PublishedBasis = Literal[tuple(PUBLISHED_BASES)]  # type: ignore[valid-type]
Genre = Literal[tuple(GENRES)]  # type: ignore[valid-type]
QualityFlag = Literal[tuple(QUALITY)]  # type: ignore[valid-type]
RejectCode = Literal[tuple(REJECTIONS)]  # type: ignore[valid-type]
MediaType = Literal[tuple(MEDIA_TYPES)]  # type: ignore[valid-type]
Language = Literal[tuple(LANGUAGES)]  # type: ignore[valid-type]
PublishedPrecision = Literal[tuple(PUBLISHED_PRECISIONS)]  # type: ignore[valid-type]
EventFormat = Literal[tuple(EVENT_FORMATS)]  # type: ignore[valid-type]
Category = Literal[tuple(CATEGORIES)]  # type: ignore[valid-type]
Stage = Literal[tuple(STAGES)]  # type: ignore[valid-type]

T = TypeVar("T")


def _each_once(items: list[T]) -> list[T]:
    if len(set(items)) < len(items):
        raise ValueError("an item stands more than once")
    return items


VISIBLE = r"\S"
Text = Annotated[str, Field(pattern=VISIBLE)]
Characters = Annotated[str, Field(min_length=1)]
"""Text that may be white space alone."""
Distinct = Annotated[list[T], AfterValidator(_each_once), Field(json_schema_extra={"uniqueItems": True})]
ArticleId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
RegionCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
Int32 = Annotated[int, "int32", Field(ge=0, lt=2**31)]
Int64 = Annotated[int, "int64", Field(ge=0, lt=2**63)]
Ordinal = Annotated[int, "int32", Field(ge=1, lt=2**31)]


def column(meaning: str, *, unit: str | None = None, **bounds: Any) -> Any:
    """A column: what a value means, its unit, and any bound that the type alone does not give."""
    if unit:
        bounds["json_schema_extra"] = {"unit": unit}
    return Field(description=meaning, **bounds)


def offset(meaning: str) -> Any:
    """A column that holds an offset into the page text."""
    return column(meaning, unit="code points")


class Row(BaseModel):
    """A row of a table. Strict: nothing is converted, nothing is missing, nothing is extra."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=False)

    primary_key: ClassVar[tuple[str, ...]] = ()
    foreign_keys: ClassVar[dict[tuple[str, ...], str]] = {}
    """Columns here -> the table whose primary key, or the first columns of it, they name. A list names a row with each
    item; null names none."""

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        """What is wrong between the columns of a row that are valid one by one; null where they go together."""
        return None

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        if problem := self.contradiction(vars(self)):
            raise ValueError(problem)
        return self


class SpanRow(Row):
    """A row that points at its place in the page: `text` is the page text from `start` to `end`.

    No row shows that by itself: `build.rules` compares the rows of a page with its text.
    """


class Credit(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    role: Text = column("role as printed (责任编辑, 摄影, 一审)")
    name: Text = column("name as printed, spaces inside it removed")


class Dateline(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    agency: Text | None = column("agency or paper that the dateline names (新华社, 本报)")
    place: Text | None = column("place as printed")
    date: Text | None = column("date as printed")

    @model_validator(mode="after")
    def says_something(self) -> Dateline:
        if not (self.agency or self.place or self.date):
            raise ValueError("a dateline names an agency, a place or a date")
        return self


class Keyphrase(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    phrase: Text = column("word or phrase, as it stands in the body")
    weight: float = column(
        "TF-IDF weight: share of the body's words times jieba's inverse document frequency",
        ge=0,
        allow_inf_nan=False,
    )


def _heaviest_first(keyphrases: list[Keyphrase]) -> list[Keyphrase]:
    weights = [keyphrase.weight for keyphrase in keyphrases]
    if weights != sorted(weights, reverse=True):
        raise ValueError("keyphrases do not stand in the order of their weight")
    return keyphrases


class Article(Row):
    """One row an article: where it came from, what the page says about it, and its body."""

    primary_key = ("article_id",)
    foreign_keys = {("region_code", "region_name"): "regions"}

    article_id: ArticleId = column("first 16 hex digits of raw_sha256; primary key")
    raw_path: Characters = column("path of the raw page, relative to the raw root, POSIX separators")
    raw_sha256: Sha256 = column("SHA-256 of the raw bytes")
    raw_bytes: Int64 = column("size of the raw page", unit="bytes")
    encoding: Encoding = column("encoding that decoded the raw bytes (Python codec name)")
    media_type: MediaType = column("how the page was read")
    url: Text | None = column("address of the page, where its container or its canonical link gives one")
    parser: Text = column("site family whose cues applied; `generic` where none was recognised")
    language: Language = column("script of the article")
    title: Text = column("headline, without the site's name, breadcrumb or a label such as [视频]")
    deck: list[Text] = column("other headline matter in page order, one item a line, label and bullet removed")
    summary: Text | None = column("text that the page labels as summary or lead-in, label removed")
    publisher: Text | None = column("site or account that published this page")
    source: Text | None = column("outlet that the page credits")
    authors: Distinct[Text] = column("reporters, correspondents and signed authors, names only; no organisations")
    credits: list[Credit] = column("everyone else credited, with the role as printed")
    published_at: AwareDatetime | None = column(
        "when the page says that it was published; the unknown part of a coarse time is its first moment"
    )
    published_precision: PublishedPrecision | None = column("finest part of published_at that the page states")
    published_basis: PublishedBasis | None = column("where published_at comes from")
    crawled_at: AwareDatetime | None = column("when the page was fetched, where the page or its container shows it")
    views: Int64 | None = column("counter of views as printed", unit="views")
    comments: Int64 | None = column("counter of comments as printed", unit="comments")
    keywords: list[Text] = column("keywords that the page prints")
    dateline: Dateline | None = column("agency, place and date that open the body (新华社成都2月14日电)")
    genre: Genre = column("kind of text")
    region_code: RegionCode | None = column("GB/T 2260 code of the jurisdiction that the article is about")
    region_name: Text | None = column("full name of that jurisdiction")
    body: Text = column("the body's paragraphs and sub-headings, stripped, joined by line feeds")
    n_paragraphs: Int32 = column("paragraphs and sub-headings in body", unit="paragraphs")
    n_sentences: Int32 = column("rows of this article in sentences", unit="sentences")
    n_chars: Int32 = column("length of body", unit="code points")
    keyphrases: Annotated[list[Keyphrase], AfterValidator(_heaviest_first)] = column(
        "ten words of the body with the highest TF-IDF weight, highest first", max_length=10
    )
    duplicate_group: Text | None = column(
        "shared by articles whose bodies are nearly the same; null for a body that stands alone"
    )
    quality: Distinct[QualityFlag] = column("flags worth filtering on")

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        published, crawled, basis = row["published_at"], row["crawled_at"], row["published_basis"]
        stated = published is not None
        if row["article_id"] != row["raw_sha256"][:16]:
            return "article_id is not the beginning of raw_sha256"
        if stated != (row["published_precision"] is not None) or stated != (basis is not None):
            return "published_at, published_precision and published_basis go together"
        if published and crawled and published > crawled:
            return "published_at is after crawled_at"
        if row["n_chars"] != len(row["body"]) or row["n_paragraphs"] != row["body"].count("\n") + 1:
            return "n_chars or n_paragraphs does not count body"
        if (row["region_code"] is None) != (row["region_name"] is None):
            return "region_code and region_name go together"
        if basis in (None, "stated") and stated is ("no_date" in row["quality"]):
            return "quality has no_date with a stated date, or lacks it without a date"
        return None


class Segment(SpanRow):
    """The whole page in pieces, each with its role: joined in order they give the page text back."""

    primary_key = ("article_id", "seq")
    foreign_keys = {("article_id",): "articles"}

    article_id: ArticleId = column("article that the segment belongs to")
    seq: Int32 = column("number of the segment in its page, from 0")
    start: Int32 = offset("where the segment begins in the page text")
    end: Int32 = offset("where it ends, exclusive; white space after it belongs to it")
    text: Characters = column(
        "the page text from start to end; █ stands for a character of personal data (a contact segment, a telephone "
        "number, an e-mail address …), here and in every other column that holds page text"
    )
    role: Role = column("what the segment is")
    rule: Text = column("cue or rule that decided the role")


class Sentence(SpanRow):
    """The body, sentence by sentence, cut into words."""

    primary_key = ("article_id", "seq")
    foreign_keys = {("article_id",): "articles", ("article_id", "segment_seq"): "segments"}

    article_id: ArticleId = column("article that the sentence belongs to")
    seq: Int32 = column("number of the sentence in its article, from 0")
    segment_seq: Int32 = column("segment that holds the sentence")
    start: Int32 = offset("where the sentence begins in the page text")
    end: Int32 = offset("where it ends, exclusive")
    text: Text = column("the page text from start to end")
    tokens: list[Characters] = column(
        "words by jieba with HMM and the project's dictionary; joined they give text back"
    )

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        return None if "".join(row["tokens"]) == row["text"] else "tokens do not join to text"


class Mention(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    start: Int32 = offset("where the name begins in the page text")
    end: Int32 = offset("where it ends, exclusive")


class Person(Row):
    """One row for each person in an article: posts and role. Namesakes are not merged across articles."""

    primary_key = ("article_id", "name")
    foreign_keys = {("article_id",): "articles", ("region_code",): "regions"}

    article_id: ArticleId = column("article that names the person")
    name: Text = column("full name, a space inside it removed")
    titles: Distinct[Text] = column("posts attached to the name, as printed, each once, in order of appearance")
    roles: Distinct[PersonRole] = column("what the person does here", min_length=1)
    region_code: RegionCode | None = column("GB/T 2260 code of the jurisdiction that the first title with one names")
    organisation: Text | None = column("body that the first title with a post names (县委), as printed")
    post: Text | None = column("bare post of the first title that has one (书记)")
    rank: Text | None = column(
        "highest grade that a title gives: 国 (national), 部 (of a province or ministry), 厅 (of a prefecture), "
        "处 (of a county) or 科 (of a township), each 正 (full) or 副 (deputy): 正国级, 副国级, … 正科级, 副科级"
    )
    mentions: list[Mention] = column("every place where the name stands, in page order", min_length=1)


class Place(SpanRow):
    """Mentions of administrative divisions, each the longest run of names that nest (云南昭通市镇雄县 is one)."""

    primary_key = ("article_id", "start")
    foreign_keys = {("article_id",): "articles", ("region_code", "name"): "regions"}

    article_id: ArticleId = column("article that holds the mention")
    start: Int32 = offset("where the mention begins in the page text")
    end: Int32 = offset("where it ends, exclusive")
    text: Text = column("the page text from start to end")
    region_code: RegionCode | None = column(
        "GB/T 2260 code in force on the article's date, of the county for townships and villages; null where undecided"
    )
    level: Level = column("level of the lowest division named")
    name: Text | None = column("official full name of the division that region_code names")
    poverty_county: bool | None = column(
        "whether that county was on the list of national-level poor counties; null above and without a county"
    )
    note: Text | None = column("why a mention has no code, or how an ambiguous one was decided")

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        return "region_code stands without name" if row["region_code"] is not None and row["name"] is None else None


class DateExpression(SpanRow):
    """Expressions that name calendar time, completed to days."""

    primary_key = ("article_id", "start")
    foreign_keys = {("article_id",): "articles"}

    article_id: ArticleId = column("article that holds the expression")
    start: Int32 = offset("where the expression begins in the page text")
    end: Int32 = offset("where it ends, exclusive")
    text: Text = column("the page text from start to end")
    date_start: date = column("first day meant")
    date_end: date = column("last day meant, inclusive")
    precision: DatePrecision = column("calendar unit that the expression names")
    basis: DateBasis = column("where the parts come from that the expression leaves out")

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        return "date_end is before date_start" if row["date_end"] < row["date_start"] else None


class Event(Row):
    """The meeting, visit or ceremony that an article reports. Null where the page does not say."""

    primary_key = ("article_id", "seq")
    foreign_keys = {("article_id",): "articles", ("region_code",): "regions"}

    article_id: ArticleId = column("article that reports the event")
    seq: Int32 = column("number of the event in its article, from 0")
    kind: EventKind = column("kind of event")
    name: Text | None = column("name of the event as printed")
    date_start: date | None = column("first day of the event")
    date_end: date | None = column("last day of the event, inclusive")
    place: Text | None = column("place as printed")
    region_code: RegionCode | None = column("GB/T 2260 code of that place")
    format: EventFormat | None = column("how people met")
    chairs: Distinct[Text] = column("names of those who presided")
    speakers: Distinct[Text] = column("names of those who spoke or gave a written address")
    attendees: Distinct[Text] = column("names of those who took part, as far as the page says 出席, 参加, 陪同 …")
    start: Int32 = offset("where the sentence that reports it begins in the page text")
    end: Int32 = offset("where it ends, exclusive")

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        start, end = row["date_start"], row["date_end"]
        return "date_end is before date_start" if end and (start is None or end < start) else None


class Region(Row):
    """Administrative divisions of China to the county, with their time in force and the poor counties."""

    primary_key = ("region_code", "name", "valid_from")
    foreign_keys = {("parent",): "regions"}

    region_code: RegionCode = column("GB/T 2260 code")
    name: Text = column("official full name")
    short_names: Distinct[Text] = column("short forms in use")
    level: Level = column("level of the division")
    parent: RegionCode | None = column("code of the division above")
    valid_from: Text | None = column(
        "month or day (YYYY-MM, YYYY-MM-DD) from which code and name are in force; "
        "null where the table goes no further back"
    )
    valid_to: Text | None = column("month or day from which they are no longer in force; null while they are")
    poverty_county: bool = column("whether it was on the list of 832 national-level poor counties")
    exit_year: Int32 | None = column("assessment year with which it left that list", unit="year")


class Figure(SpanRow):
    """Numbers that count or measure something, with unit, comparator and what is counted."""

    primary_key = ("article_id", "start")
    foreign_keys = {("article_id",): "articles"}

    article_id: ArticleId = column("article that holds the figure")
    start: Int32 = offset("where the figure begins in the page text, its modifier included (约, 近, 超过)")
    end: Int32 = offset("where it ends, exclusive, its unit included")
    text: Text = column("the page text from start to end")
    value: float = column("the number, 万 and 亿 folded in; the lower end of a range", allow_inf_nan=False)
    value_max: float | None = column("upper end of a range", allow_inf_nan=False)
    unit: Text | None = column(
        "unit as printed after the number (人, 户, 元, %, 个百分点); 人 for people counted without one"
    )
    comparator: Comparator = column("how the amount meant relates to value")
    subject: Text | None = column("what is counted or measured, as printed")
    direction: Direction | None = column("change that the verb before the number tells of")

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        value, value_max = row["value"], row["value_max"]
        return "value_max is below value" if value_max is not None and value_max < value else None


class Statement(SpanRow):
    """Who said what: one row an attribution in the body."""

    primary_key = ("article_id", "seq")
    foreign_keys = {("article_id",): "articles"}

    article_id: ArticleId = column("article that holds the statement")
    seq: Int32 = column("number of the statement in its article, from 0")
    speaker: Text = column("name of the person, or the body, document or group as printed, that speaks")
    verb: Text = column("verb of saying as printed, without adverbs")
    start: Int32 = offset("where what is said begins in the page text")
    end: Int32 = offset("where it ends, exclusive")
    text: Text = column("the page text from start to end")


class Point(SpanRow):
    """Items of a list in running text, each with its printed marker."""

    primary_key = ("article_id", "seq")
    foreign_keys = {("article_id",): "articles", ("themes",): "themes"}

    article_id: ArticleId = column("article that holds the item")
    seq: Int32 = column("number of the item in its article, from 0")
    list_seq: Int32 = column("number of the list in its article, from 0; a nested list is one of its own")
    ordinal: Ordinal = column("which item of its list the marker says that it is, from 1")
    marker: Text = column("marker as printed (一要, 一是, 第一, （一）, 首先)")
    start: Int32 = offset("where the marker begins in the page text")
    end: Int32 = offset("where the item ends, exclusive")
    text: Text = column("the page text from start to end")
    heading: Text = column("first clause of the item, without its marker")
    speaker: Text | None = column("who says it, where a statement is open or the list is announced for somebody")
    kind: PointKind = column("what kind of item it is")
    themes: Distinct[Text] = column("codes of `themes` whose trigger words stand in the item")

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        return None if row["text"].startswith(row["marker"]) else "text does not begin with marker"


class Term(SpanRow):
    """Mentions of policy vocabulary, the longest match first."""

    primary_key = ("article_id", "start")
    foreign_keys = {("article_id",): "articles", ("term",): "glossary"}

    article_id: ArticleId = column("article that holds the mention")
    start: Int32 = offset("where the mention begins in the page text")
    end: Int32 = offset("where it ends, exclusive")
    text: Text = column("the page text from start to end")
    term: Text = column("canonical form in `glossary`")


class GlossaryEntry(Row):
    """Policy vocabulary of the campaign: canonical forms, what a slogan stands for, and a gloss."""

    primary_key = ("term",)

    term: Text = column("canonical form")
    aliases: Distinct[Text] = column("other forms that mean the same")
    category: Category = column("kind of term")
    expansion_zh: list[Text] = column("what a numbered slogan counts, one item each, or what a term stands for")
    gloss_en: Text = column("meaning in English")


class Theme(Row):
    """The eight systems of the campaign and the themes under them."""

    primary_key = ("code",)
    foreign_keys = {("parent",): "themes"}

    code: Text = column("code of the theme (S1 to S8 the systems, S1.01 … the themes under them)")
    parent: Text | None = column("system that the theme belongs to; null for a system")
    name_zh: Text = column("name in Chinese")
    name_en: Text = column("name in English")
    definition: Text = column("what it covers")
    triggers: Distinct[Text] = column("words that give a point this theme")


class Reject(Row):
    """One row an input that could not become an article, and why."""

    primary_key = ("raw_path",)

    raw_path: Characters = column("path of the raw page, relative to the raw root, POSIX separators")
    raw_sha256: Sha256 | None = column("SHA-256 of the raw bytes; null where they could not be read")
    raw_bytes: Int64 | None = column("size of the raw page; null where it could not be read", unit="bytes")
    stage: Stage = column("step of the build at which the input failed")
    error: RejectCode = column("code of the reason")
    message: Text = column("what is wrong with this input and what to do about it")

    @staticmethod
    def contradiction(row: Mapping[str, Any]) -> str | None:
        stage = REJECTIONS[row["error"]].stage
        return None if row["stage"] == stage else f"{row['error']} belongs to stage {stage}"


TABLES: dict[str, type[Row]] = {
    "articles": Article,
    "segments": Segment,
    "sentences": Sentence,
    "people": Person,
    "places": Place,
    "dates": DateExpression,
    "events": Event,
    "figures": Figure,
    "points": Point,
    "statements": Statement,
    "terms": Term,
    "regions": Region,
    "glossary": GlossaryEntry,
    "themes": Theme,
    "rejects": Reject,
}

LOOKUPS = ("regions", "glossary", "themes")
"""Tables that come with povdata and do not hang on the pages."""


class Column(NamedTuple):
    """A column as a reader of the data sees it."""

    name: str
    type: str
    nullable: bool
    meaning: str
    unit: str | None
    fields: tuple[Column, ...]
    """The columns of the struct, or of the list's structs, that the column holds."""


def model(table: str) -> type[Row]:
    """The pydantic model of a table.

    Raises KeyError, naming the tables there are, for a table that does not exist.
    """
    try:
        return TABLES[table]
    except KeyError:
        raise KeyError(f"there is no table {table!r}; there are: {', '.join(TABLES)}") from None


def columns(table: str) -> list[Column]:
    """The columns of a table, in order."""
    return [_column(name, field) for name, field in model(table).model_fields.items()]


@cache
def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table: what every one of its Parquet files has, also an empty one."""
    import pyarrow as pa

    return pa.schema([_arrow_field(name, field) for name, field in model(table).model_fields.items()])


def json_schema(table: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one row of a table."""
    body = model(table).model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"povdata:{table}:{SCHEMA_VERSION}",
        **body,
    }


def _type_name(kind: pa.DataType) -> str:
    """An Arrow type as readers write it: without the name of a list's items and without nullability."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {_type_name(field.type)}' for field in kind)}>"
    return str(kind)


def _column(name: str, field: FieldInfo) -> Column:
    arrow = _arrow_field(name, field)
    kinds = [field.annotation, *get_args(field.annotation)]
    held = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
    return Column(
        name,
        _type_name(arrow.type),
        arrow.nullable,
        field.description or "",
        (field.json_schema_extra or {}).get("unit"),  # type: ignore[union-attr]
        tuple(_column(n, f) for n, f in held.model_fields.items()) if held else (),
    )


def _arrow_field(name: str, field: FieldInfo) -> pa.Field:
    import pyarrow as pa

    kind, nullable = _arrow_type(field.annotation, field.metadata)
    return pa.field(name, kind, nullable=nullable)


def _arrow_type(annotation: Any, marks: list[Any]) -> tuple[pa.DataType, bool]:
    import pyarrow as pa

    if get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        return _arrow_type(annotation, [*marks, *inner])
    if get_origin(annotation) in (Union, types.UnionType):
        (inner_type,) = (a for a in get_args(annotation) if a is not type(None))
        return _arrow_type(inner_type, marks)[0], True
    if get_origin(annotation) is Literal:
        return pa.string(), False
    if get_origin(annotation) is list:
        item, nullable = _arrow_type(get_args(annotation)[0], [])
        return pa.list_(pa.field("item", item, nullable=nullable)), False
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct([_arrow_field(n, f) for n, f in annotation.model_fields.items()]), False
    if annotation is AwareDatetime:
        return pa.timestamp("s", tz="Asia/Shanghai"), False
    plain = {str: pa.string(), bool: pa.bool_(), float: pa.float64(), date: pa.date32()}
    if annotation in plain:
        return plain[annotation], False
    width = next((m for m in marks if isinstance(m, str)), None)
    if annotation is int and width:
        return getattr(pa, width)(), False
    raise TypeError(f"no Arrow type for {annotation!r}")
