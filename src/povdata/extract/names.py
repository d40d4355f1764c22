"""Names of persons in a page: where one may stand, where it ends, and every place where it stands again.

A name is believed on what stands beside it: a post or label before it, a post after it, a verb of saying, a list of
names, a byline. Where a name of two or three characters ends is decided by what follows, by the other places where it
stands, and last by jieba's tagger.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

import rjieba

from povdata import regions
from povdata.extract import posts
from povdata.extract.posts import HAN, Cue
from povdata.extract.script import fold
from povdata.lexicon import rows
from povdata.models import CONTENT_ROLES
from povdata.page import Document, Span

READ_IN = frozenset({*CONTENT_ROLES, "metadata", "credit"})
"""Roles of the segments in which people are read."""

SURE, WEAK = 3, 2
"""Strength of evidence that a name ends at a place: a boundary or the word that follows; a function word."""

_ENDS_A_NAME = frozenset("获摄家致赴的在等和与及是对向为将还也就从把被已同曾并又则任率因到不告")
_NEVER_LAST = frozenset("的在等是说了着被把也还已到就对又并将各该们其这那几某同从摄受")
"""Characters that no given name ends with."""
_SELDOM_LAST = frozenset("和与向将致赴率获")
"""Characters that are more often a function word after a name of two characters than the end of one of three."""
_ORGAN_LAST = frozenset("局厅部委办处科院所校会组队室站社厂场团行县市省乡镇村区州署司组盟旗党")
_PLACE_LAST = frozenset("乡镇县村省市区厅局委")
_BEFORE_A_NAME = frozenset("出和与按照彻习向对由据以请同及的是日被让为了")
_BODY_BEFORE = frozenset("府办委局厅部司处院会校团心社学所行有")
"""Last characters of bodies that may stand right before a name with its post after it (省扶贫办甲副主任)."""
_NO_SURNAME = frozenset("和从会过可都能来要将同到是有多本各主自后但还念首正")
"""Characters among the surnames that are nearly always function words in running text."""


_FREQUENT, _KNOWN = 300, 500
"""The surnames are listed by frequency. Those after the first number are so rare that they count as ambiguous; those
after the second are words first (部, 征): they make a name only where a byline says so."""

_SINGLE = [row["surname"] for row in rows("surnames") if len(row["surname"]) == 1]
_ONE = frozenset(_SINGLE[:_KNOWN]) - _NO_SURNAME
_TWO = frozenset(row["surname"] for row in rows("surnames") if len(row["surname"]) == 2)
_RARE = frozenset(_SINGLE[_FREQUENT:])
_AMBIGUOUS = _RARE | {row["surname"] for row in rows("surnames") if row["ambiguous"] == "1"}
"""Surnames that are also common words: they need a post or a list beside them."""
_SUREST = frozenset(_SINGLE[:100]) - _AMBIGUOUS
"""The most frequent surnames that are hardly words."""
_SURNAME = "[" + "".join(sorted(_ONE)) + "]"
_NAMED = rf"(?:{'|'.join(sorted(_TWO))}|{_SURNAME})(?:(?!摄)[{HAN}]){{1,2}}"

_KIN = re.compile(rf"[{HAN}]大[妈爷叔娘婶姐哥伯嫂]")
"""张大妈, 王大爷: a form of address, no full name."""
_DOTTED = re.compile(rf"[{HAN}]{{1,7}}(?:[·•・．][{HAN}]{{1,8}}){{1,4}}")
_DOT = re.compile("[·•・．]")
_STOPS = frozenset("，。、；：！？,;:!?）)")
_SPACES = frozenset(" \u3000\xa0")
_WIDEST_GAP = 4
"""Spaces that may stand between a post and a name."""
_SPACED = re.compile(rf"({_SURNAME})[ \u3000\xa0]{{1,3}}([{HAN}])(?![{HAN}])")
_SEPARATOR = re.compile(r"[、]|和|与|及|以及|[ \u3000\xa0]{1,4}")
_HAN_RUN = re.compile(rf"[{HAN}]+")
_TOLD_OF = re.compile(
    r"(?P<surely>等[0-9一二三四五六七八九十多]{1,3}[人位名]|[，,]?(?:今年|现年)?[0-9]{2}岁|[，,](?:[男女][，,。]|现任|时任|曾任)|夫妇|[（(](?:化名|[左右中前后]))"
    r"|家[是住里有中的]|一家|说[，,：:。“]|的(?:妻子|丈夫|儿子|女儿|母亲|父亲|老伴|家里)"
)
"""What follows a person's name in a story and nothing else; `surely` may follow a name that is a common word too."""
_TOLD_BEGINS = frozenset("等，,今现0123456789夫（(家一说的")
_SIGNER = rf"(?:{_NAMED}|[{HAN}][ \u3000][{HAN}])"
_SIGNATURE = re.compile(
    rf"[（(](?:[{HAN}文图/]{{1,5}}[：:])?(?:[{HAN}]{{0,12}}?(?:社|台|中心|报|部|办|委|局)[ \u3000]?)?"
    rf"({_SIGNER}(?:[ \u3000、]{{1,3}}{_SIGNER}){{0,4}})[ \u3000]?摄?[)）][ \u3000]*(?=\n|$)"
)
"""Names alone in brackets at the end of a paragraph: who wrote it."""
_PICTURED = re.compile(rf"(?:^|(?<=[ \u3000（(：:。\n]))({_SIGNER})[ \u3000/]{{0,2}}摄(?=[)）\s]|$)")
"""Who took a picture, after the name of the outlet and a space."""
_CLAUSE_MARKS = frozenset('，。、；：！？,;:!?“”‘’"（）()《》【】[]|｜●■▲◆ \n\t\r\u3000\xa0')
_DATELINE_NAME = re.compile(rf"(?:电|讯|消息)\s?[（(]({_SIGNER})[)）]")
# Syllables with which names of other peoples and foreign names are written; a name needs two of the telling ones.
_TELLING = frozenset(
    "贝阿扎卓玛吉瓦姆珠嘎吐逊曼甫帕荪萨呷勒斯琴赫娃鲁娜孜奴菲诺夫仁桑措央丹丽尔努旺坎巴格买提布罗贡索朗草惹"
)
_SYLLABLES = _TELLING | frozenset(
    "彭农卜不都次西多达尼普边米拉金宗德堆杰顿洛增白曲珍仓决平强江村坚青艾力古热合克木依明玉素迪麦图塔沙乌兰其日那呼和孟根额宝音雅高苏朝"
    "莫色伍则俄子黑果博各比凯再汗肉祖农赛哈好求洛来尔者安曲惹而朴蔡姑里列绒青然文丁体别腾松觉阿七长其美增培嘉贵贡晋次昂乃泽海林热库班山司马义吾亚伊敏卡拜特利普万维奇历大彼得约翰史密列托洛基辛加参才让太雷敦顿森芬默朗温伯梅詹姆杰逊尼科里项毛措旦周本先杂牙生热"
)
_PART = re.compile("|".join(row["word"] for row in rows("people_cues") if row["kind"] == "part"))
"""Words of which Tibetan, Yi and other names are made (扎西, 才让): one tells a name as two telling syllables do."""
_AFTER_DE = re.compile(rf"的(?=[{''.join(sorted(_TELLING))}][{''.join(sorted(_SYLLABLES))}]{{2}})")
_FOREIGN = re.compile("[" + "".join(sorted(_SYLLABLES)) + "]{2,9}")


_BEGINS = "".join(sorted(_ONE | _TELLING | {surname[0] for surname in _TWO}))
_CLAUSE = re.compile(rf"[{_BEGINS}](?<![{HAN}][{_BEGINS}])[{HAN}]+")
"""A run of characters between two marks that begins as a name may."""


class Mention(NamedTuple):
    """One place where a full name stands, and how sure its end is there (0 to SURE)."""

    start: int
    end: int
    sure: int


@lru_cache(maxsize=65536)
def _tag(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(rjieba.tag(text))


@cache
def word_kinds(kind: str) -> frozenset[str]:
    """The words of `people_cues.csv` of one kind."""
    return frozenset(row["word"] for row in rows("people_cues") if row["kind"] == kind)


@cache
def _not_names() -> dict[str, bool]:
    """Words that are shaped like names -> whether they are never one, even after a post."""
    return {r["word"]: r["always"] == "1" for r in rows("not_names")}


@lru_cache(maxsize=65536)
def _common(word: str) -> bool:
    """Whether a string is a word of the language or a place, as far as jieba's dictionary and the gazetteer know."""
    if word in _not_names() or word in _places():
        return True
    tagged = _tag(word)
    return len(tagged) == 1 and not tagged[0][1].startswith("nr") and rjieba.has_word(word)


def _adverbial(rest: str) -> bool:
    """Whether what follows a surname is a word of time, place or a pronoun (于近日, 向前方)."""
    return rjieba.has_word(rest) and _tag(rest)[0][1] in ("t", "f", "r", "m")


def _verbal(text: str, at: int) -> bool:
    """Whether a verb, adverb or idiom of two characters or more begins at a place."""
    word, tag = (_tag(text[at : at + 5]) or (("", ""),))[0]
    return len(word) > 1 and tag[:1] in _VERBAL and rjieba.has_word(word)


_VERBAL = frozenset("vdil")
"""First letters of jieba's tags of verbs, adverbs and idioms."""


@cache
def _places() -> frozenset[str]:
    return frozenset(n for n in regions.names() if 2 <= len(n) <= 4)


class Reader:
    """The text of one page in which names are looked for: the same length, with everything outside READ_IN blanked.

    `read` looks for names, then `mentions` gives every place where one stands.
    """

    def __init__(self, document: Document):
        page = document.page.text
        self.document = document
        self.text = "".join(
            page[s.start : s.end] if s.role in READ_IN else "\n" * (s.end - s.start) for s in document.segments
        )
        self.traditional = document.article.get("language") == "zh-Hant"
        self.text = self.plain(self.text)
        self.cues = posts.cues(self.text)
        self.starting = {cue.start: cue for cue in self.cues}
        self.ending = {cue.end: cue for cue in self.cues if cue.kind in ("post", "label")}
        self.found: dict[str, list[Mention]] = {}
        self.counts: dict[str, int] = {}
        self.dotted = bool(_DOT.search(self.text))

    def plain(self, text: str) -> str:
        """A text of this page in the simplified characters in which names are looked for, as long as it was."""
        return fold(text) if self.traditional else text

    def read(self) -> set[str]:
        """Looks for names everywhere; returns those who wrote the article, as far as the page says so."""
        _read_posts(self)
        _read_clauses(self)
        for m in _AFTER_DE.finditer(self.text):
            _read_foreign(self, m.end())
        authors = _read_bylines(self) | _reporters(self)
        _read_partners(self)
        return authors

    def mentions(self) -> list[tuple[Span, str]]:
        """Every place where one of the names found stands, in page order, with the name."""
        return [(span, "".join(self.text[span.start : span.end].split())) for span in _mentions(self, _names(self))]

    def count(self, word: str) -> int:
        """How often a word stands in the page."""
        if word not in self.counts:
            self.counts[word] = self.text.count(word)
        return self.counts[word]

    def add(self, start: int, end: int, sure: int) -> None:
        name = "".join(self.text[start:end].split())
        self.found.setdefault(name, []).append(Mention(start, end, sure))

    def evidence(self, at: int) -> int:
        """How sure it is that a name that reaches `at` ends there."""
        character = self.text[at : at + 1]
        if not character or not ("\u4e00" <= character <= "\u9fff" or character in "·•・"):
            return SURE
        cue = self.starting.get(at)
        if cue is not None and cue.kind != "not_post":
            return SURE
        if character in "说称等":
            return SURE
        return WEAK if character in _ENDS_A_NAME else 0

    def name_at(self, start: int, firm: bool) -> Mention | None:
        """The name that begins at `start`, where something before it says that one may: a post, a list, a label.

        `firm` says that what stands before is a post or a list of names.
        """
        text = self.text
        if _KIN.match(text, start):
            return None
        dotted = _DOTTED.match(text, start) if self.dotted else None
        if dotted:
            return self._dotted(dotted)
        cue = self.starting.get(start)
        if cue is not None and cue.kind == "leader":
            if len(cue.word) > 2 or self.evidence(cue.end):
                return Mention(start, cue.end, SURE)
        elif cue is not None and len(cue.word) > 1:
            return None
        spaced = _SPACED.match(text, start) if firm else None
        if spaced:
            return Mention(start, spaced.end(), SURE)
        if text[start : start + 2] in _TWO:
            lengths: tuple[int, ...] = (4, 3)
        elif text[start : start + 1] in _ONE:
            lengths = (3, 2)
        else:
            return self._foreign(start, firm) or (self._rare(start) if start in self.ending else None)
        best = self._length(start, lengths)
        if best is None or best[1] < SURE:
            foreign = self._foreign(start, firm)
            if foreign is not None and (best is None or (foreign.sure, foreign.end) > (best[1], best[0])):
                return foreign
        if best is None or not self._acceptable(start, *best, firm):
            return self._foreign(start, firm) if best and _PART.match(text, start) else None
        return Mention(start, *best)

    def _rare(self, start: int) -> Mention | None:
        """A name with a surname that is a word first, right after a post or in a list: only between sure bounds."""
        if self.text[start : start + 1] not in _SINGLE or self.text[start] in _NO_SURNAME:
            return None
        if _tag(self.text[start : start + 8])[0][1][:1] in "dvpcr":
            return None
        for end in (start + 3, start + 2):
            name = self.text[start:end]
            if self.evidence(end) == SURE and _HAN_RUN.fullmatch(name) and name[-1] not in _NEVER_LAST | _ORGAN_LAST:
                inner = any(at in self.starting for at in range(start, end))
                words = rjieba.has_word(name) or rjieba.has_word(name[:2]) or rjieba.has_word(name[1:])
                return None if inner or (words and len(name) > 2) or _common(name) else Mention(start, end, SURE)
        return None

    def _dotted(self, found: re.Match[str]) -> Mention:
        end = found.end()
        last = max(found.group().rfind(c) for c in "·•・．") + found.start() + 1
        for at in range(last + 1, end + 1):
            if self.evidence(at) == SURE or (at - last >= 2 and (self.evidence(at) or _verbal(self.text, at))):
                return Mention(found.start(), at, SURE)
        syllables = _FOREIGN.match(self.text, last, end)
        return Mention(found.start(), syllables.end() if syllables else end, SURE)

    def _word_within(self, at: int, end: int) -> bool:
        """Whether a cue begins at `at` and reaches the end of what might be a name, or beyond."""
        cue = self.starting.get(at)
        if cue is None or cue.kind == "leader" or len(cue.word) == 1:
            return False
        if cue.end == end and cue.kind == "say" and (then := self.starting.get(end)) and then.kind in ("act", "say"):
            return False
        return cue.end == end or (cue.end > end and at < end - 1)

    def _length(self, start: int, lengths: tuple[int, ...]) -> tuple[int, int] | None:
        text, options = self.text, []
        for length in lengths:
            end = start + length
            word = text[start:end]
            if len(word) < length or not _HAN_RUN.fullmatch(word) or word[-1] in _NEVER_LAST:
                continue
            if any(self._word_within(at, end) for at in range(start + 1, end)):
                continue
            options.append((end, self.evidence(end)))
        if not options:
            return None
        if len(options) == 1:
            return options[0]
        (long, long_sure), (short, short_sure) = options
        if text[long - 1] in _SELDOM_LAST and text[long : long + 1] not in _STOPS | {"的"}:
            times = self.count(text[start:long])
            return options[0] if times > 1 and times == self.count(text[start:short]) else options[1]
        if long_sure > short_sure or long_sure == short_sure == WEAK:
            return options[0]
        if long_sure == short_sure == SURE:
            return options[1] if self.count(text[start:short]) > self.count(text[start:long]) else options[0]
        if long_sure == short_sure == 0 and _verbal(text, long) != _verbal(text, short):
            return (long, WEAK) if _verbal(text, long) else (short, WEAK)
        cue = self.starting.get(short)
        if short_sure == SURE and (long_sure == 0 or (cue is not None and cue.end > long)):
            return options[1]
        tagged = _tag(text[start : start + 8])
        size = len(tagged[0][0])
        if size == 1 and len(tagged) > 1:
            size += len(tagged[1][0])
        elif size == 2 and len(tagged) > 1 and (len(tagged[1][0]) == 1 or not rjieba.has_word(tagged[1][0])):
            size += 1
        if self.count(text[start:short]) > self.count(text[start:long]) or (size == short - start and long_sure == 0):
            return options[1]
        return options[0]

    def _acceptable(self, start: int, end: int, sure: int, firm: bool) -> bool:
        text = self.text
        name = text[start:end]
        ambiguous = name[0] in _AMBIGUOUS
        tagged = _tag(text[start : start + 8])
        first, tag = tagged[0]
        is_nr = tag.startswith("nr") and len(first) >= len(name)
        if tag == "nr" and len(first) == 2 and len(tagged) > 1 and tagged[1] == (name[2:], "nr"):
            is_nr = True
        if _common(name):
            proper = _not_names().get(name, False) or tag[:2] in ("ns", "nt", "t") or name[0] in _RARE
            own = _tag(name)[0][1]
            follows = self.starting.get(end)
            acts = follows is not None and follows.kind == "act"
            noun = own.startswith("nr") or (own in ("n", "nz", "z") and not ambiguous)
            noun = noun or (own in ("n", "nz", "z", "a") and acts)
            settled = sure == SURE or (sure == WEAK and not ambiguous and own in ("n", "nz"))
            return firm and settled and noun and not proper
        if name[-1] in (_PLACE_LAST if firm else _ORGAN_LAST) or name[1] in "乡县村":
            return False
        if len(name) == 3 and (_adverbial(name[1:]) or _not_names().get(name[:2], False)):
            return False
        if name[:2] in _TWO:
            return bool(sure)
        inside = first == name[:2] and len(name) == 3 and sure >= (SURE if ambiguous else WEAK)
        if len(first) > 1 and not tag.startswith("nr") and _common(first) and not (firm and inside):
            return False
        if len(first) == 1 and tag in ("p", "c", "d", "r", "v", "u", "f") and sure < SURE:
            return False
        if is_nr and (firm or sure == SURE or not ambiguous):
            return True
        if ambiguous:
            return (sure == SURE and (firm or not _common(name[1:]))) or (firm and sure == WEAK and len(name) == 3)
        if sure:
            return True
        if len(tagged) == 1 or len(name) == 2 or len(first) >= len(name):
            return firm
        return firm and not (len(tagged[1][0]) > 2 and rjieba.has_word(tagged[1][0]))

    def _foreign(self, start: int, firm: bool) -> Mention | None:
        """A name written with the syllables of other languages (阿布, 古丽娜尔)."""
        run = _FOREIGN.match(self.text, start)
        if run is None:
            return None
        for end in range(run.end(), start + 1, -1):
            sure = self.evidence(end)
            name = self.text[start:end]
            if name[-1] in _SELDOM_LAST or name[-1] == "而" or name.find("和", 2) > 0:
                continue
            telling = sum(c in _TELLING for c in name)
            enough = telling * 2 >= len(name) and telling >= 2
            part = (len(name) > 3 and _PART.search(name)) or (sure == SURE and _PART.fullmatch(name))
            if part or (sure == SURE and len(name) == 4 and _tag(self.text[start : start + 8])[0] == (name, "nr")):
                enough = True
            if firm and sure == SURE and len(name) > 2 and telling:
                enough = True
            if (sure or (end == run.end() and len(name) > 3)) and enough and (part or not _common(name)):
                return Mention(start, end, sure)
        return None

    def name_before(self, end: int, after_name: bool) -> Mention | None:
        """The name that ends at `end`, before a post (王东峰书记) or a verb (王晓指出)."""
        text = self.text
        if end < 2 or not (text[end - 2] in _ONE or text[end - 3 : end - 2] in _ONE or text[end - 4 : end - 2] in _TWO):
            return None
        options = []
        for length in (4, 3, 2):
            start = end - length
            if start < 0 or not _HAN_RUN.fullmatch(text, start, end):
                continue
            known = text[start : start + 2] in _TWO if length == 4 else text[start] in _ONE
            name = text[start:end]
            if not known or name[-1] in _ORGAN_LAST or name[-1] in _NEVER_LAST or _common(name):
                continue
            if length > 2 and not after_name and name[-1] in _SELDOM_LAST:
                continue
            if any(at in self.starting and self.starting[at].kind != "leader" for at in range(start, end - 1)):
                continue
            before = text[start - 1 : start]
            clear = not before or not _HAN_RUN.match(before)
            if not (clear or start in self.ending or (after_name and before in _BEFORE_A_NAME | _BODY_BEFORE)):
                continue
            tagged = _tag(name)
            is_nr = tagged[0][1].startswith("nr")
            if length == 3 and _adverbial(name[1:]):
                continue
            if name[0] in _AMBIGUOUS and not (is_nr and len(tagged[0][0]) >= 2):
                continue
            glued = length == 3 and after_name and before in _BODY_BEFORE and name[0] in _SUREST
            if not clear and not is_nr and not glued:
                continue
            if len(tagged) > 1 and len(tagged[0][0]) > 1 and not is_nr and not glued:
                continue
            options.append((start, clear))
        if not options:
            return None
        start = next((s for s, clear in options if clear), options[0][0])
        return Mention(start, end, SURE)


def _read_posts(reader: Reader) -> None:
    """Names after and before posts, labels, verbs and words that introduce a name."""
    text, loose, after_name = reader.text, word_kinds("loose"), word_kinds("after_name")
    for cue in reader.cues:
        if cue.kind in ("verb", "not_post"):
            continue
        if cue.kind == "leader":
            plain = len(cue.word) > 2 and not _ambiguous_leaders()[cue.word]
            if plain or reader.evidence(cue.end):
                reader.add(cue.start, cue.end, SURE)
        elif cue.kind == "post" or cue.kind == "label":
            firm = cue.kind == "post" and cue.word not in loose
            at = cue.end
            follows = text[at : at + 1]
            reports = cue.word in _REPORTS
            if follows in _SPACES:
                gap = at + 1
                while gap < at + _WIDEST_GAP and text[gap : gap + 1] in _SPACES:
                    gap += 1
                _read_list(reader, gap, firm or reports, spaced=True)
            elif follows not in _CLAUSE_MARKS:
                signed = reports and text[cue.start - 1 : cue.start] in _OPENS
                _read_list(reader, at, firm or signed, spaced=reports)
            if follows in '”"':
                _read_list(reader, at + 1, firm)
            if firm and follows == "的" and (found := reader.name_at(at + 1, firm=False)) and found.sure == SURE:
                reader.add(*found)
            if cue.word in after_name:
                before = reader.name_before(cue.start, after_name=True)
                if before:
                    reader.add(*before)
            if not follows or follows in _CLAUSE_MARKS:
                _read_copula(reader, cue)
        elif cue.kind in ("say", "act"):
            before = reader.name_before(cue.start, after_name=False)
            if before:
                reader.add(*before)
        elif cue.kind == "intro":
            if cue.word == "叫" and text[cue.start - 1 : cue.start] in "呼喊大尖惨嚎鸣叫":
                continue
            called = cue.word == "叫" and text[cue.start - 1 : cue.start] in "我他她"
            firm = called or cue.word in ("任命", "免去", "名叫", "叫做")
            found = reader.name_at(cue.end, firm)
            if found and found.sure >= (WEAK if firm else SURE):
                reader.add(*found)


_REPORTS = frozenset({"记者", "通讯员"})
_OPENS = frozenset("（( 报社网")


def _read_list(reader: Reader, start: int, firm: bool, spaced: bool = False) -> None:
    """A name at `start` and those that a list joins to it."""
    found = reader.name_at(start, firm)
    while found is not None:
        reader.add(*found)
        separator = _SEPARATOR.match(reader.text, found.end)
        if separator is None or (separator.group().isspace() and not spaced):
            return
        if separator.end() in reader.starting and reader.starting[separator.end()].kind in ("post", "label"):
            return
        found = reader.name_at(separator.end(), separator.group() == "、" or firm)
        if found and separator.group() != "、" and found.sure == 0:
            return


_LONGEST_COPULA = 40
"""Characters from 是 to the post that it gives."""


def _read_copula(reader: Reader, cue: Cue) -> None:
    """A name before 是 in a clause that ends with a post or label: who somebody is."""
    text = reader.text
    verb = text.rfind("是", max(0, cue.start - _LONGEST_COPULA), cue.start)
    clause = verb
    while clause > max(0, verb - 10) and text[clause - 1] not in _CLAUSE_MARKS:
        clause -= 1
    if verb - clause < 2:
        return
    found = reader.name_at(clause, firm=False)
    if found and found.end == verb:
        reader.add(*found)


def _read_clauses(reader: Reader) -> None:
    """Names that begin a clause with no post before them: lists, what is told of people, names that stand often."""
    text = reader.text
    listed: list[tuple[int, int]] = []
    often: dict[str, list[int]] = {}
    for clause in _CLAUSE.finditer(text):
        start, end = clause.span()
        size = end - start
        first = text[start]
        if size <= 4 and text[end : end + 1] == "、":
            foreign = size == 4 and _PART.search(text, start, end) and _FOREIGN.fullmatch(text, start, end)
            if size < 4 or text[start : start + 2] in _TWO or foreign:
                if listed and listed[-1][1] + 1 != start:
                    _settle_list(reader, listed)
                    listed = []
                listed.append((start, end))
            continue
        if size <= 4 and text[end : end + 1] in _SPACES and text[start - 1 : start] in ("", "\n"):
            line = text.find("\n", end)
            cue = reader.ending.get(line) if 0 <= line - end <= _LONGEST_COPULA else None
            found = reader.name_at(start, firm=True) if cue and cue.kind == "post" else None
            if found and found.end == end:
                reader.add(*found)
        if size <= 3 and text[end : end + 1] in ("，", ",") and text[start - 1 : start] in ("", "\n", "。"):
            then = _HAN_RUN.match(text, end + 1, end + _LONGEST_COPULA)
            cue = reader.ending.get(then.end()) if then else None
            found = reader.name_at(start, firm=False) if cue and cue.kind == "post" else None
            if found and found.end == end:
                reader.add(*found)
        if size <= 4 and text[end : end + 1] in ("：", ":") and text[start - 1 : start] in ("", "\n"):
            found = reader.name_at(start, firm=False)
            alone = text[end + 1 : end + 2] in ("", "\n")
            if found and found.end == end and (alone or reader.count(text[start:end]) > 1):
                reader.add(*found)
        if first in _ONE:
            near = {text[start + 2 : start + 3], text[start + 3 : start + 4]}
            told = near & _TOLD_BEGINS and (_TOLD_OF.match(text, start + 3) or _TOLD_OF.match(text, start + 2))
            if told:
                found = reader.name_at(start, firm=bool(told["surely"]))
                if found and found.sure and _TOLD_OF.match(text, found.end):
                    reader.add(*found)
            elif size > 4 and text[start - 1 : start] in ("", "\n") and first not in _AMBIGUOUS:
                _read_caption(reader, start)
            if size > 3 and first not in _AMBIGUOUS:
                often.setdefault(text[start : start + 3], []).append(start)
                often.setdefault(text[start : start + 2], []).append(start)
        if first in _TELLING and size > 2 and _FOREIGN.match(text, start):
            _read_foreign(reader, start)
    if listed:
        _settle_list(reader, listed)
    for name, starts in often.items():
        size = len(name)
        if (
            len(starts) > 1
            and len({text[s + size] for s in starts}) > 1
            and (reader.count(name) >= _OFTEN or (size == 3 and name[0] in _SUREST))
        ):
            found = [f for s in starts if (f := reader.name_at(s, firm=False)) and f.end - s == size]
            if len(found) * 2 > len(starts) and not any(f.end - 1 in reader.starting for f in found) and _is_nr(name):
                reader.add(*found[0])


def _is_nr(name: str) -> bool:
    """Whether jieba tags a string as a person's name: one of two characters in one piece."""
    word, tag = _tag(name)[0]
    return tag.startswith("nr") and (len(name) > 2 or len(word) == 2)


def _read_caption(reader: Reader, start: int) -> None:
    """A name of three characters that begins a paragraph and that the tagger knows (甲乙丙在果园里剪枝)."""
    end = start + 3
    if reader.evidence(end) and _tag(reader.text[start : end + 5])[0] == (reader.text[start:end], "nr"):
        found = reader.name_at(start, firm=False)
        if found and found.end == end:
            reader.add(*found)


_OFTEN = 3
"""Times that a name must stand in a page, two of them at the head of a clause, to be believed for that alone."""


def _settle_list(reader: Reader, run: list[tuple[int, int]]) -> None:
    text = reader.text
    found: list[Mention] = [Mention(s, e, SURE) for s, e in run]
    last = reader.name_at(run[-1][1] + 1, firm=True)
    while last is not None:
        found.append(last)
        separator = _SEPARATOR.match(text, last.end)
        if separator is None or separator.group().isspace():
            break
        last = reader.name_at(separator.end(), firm=True)
    first = None
    if text[run[0][0] - 1 : run[0][0]] == "、":
        first = reader.name_before(run[0][0] - 1, after_name=True) or _glued_first(reader, run[0][0] - 1)
    found = [first, *found] if first else found
    names = [text[m.start : m.end] for m in found]
    if len(names) < 2 or any(n in _not_names() or (_common(n) and _tag(n)[0][1][:2] != "nr") for n in names):
        return
    if any(n[-1] in _ORGAN_LAST or n in _places() for n in names):
        return
    plain = sum(n[0] not in _AMBIGUOUS or _tag(n)[0][1].startswith("nr") for n in names)
    if plain * 2 <= len(names) or (len(names) == 2 and plain < 2):
        return
    if len(names) < _LONG_LIST and not reader.evidence(found[-1].end):
        return
    for mention in found:
        reader.add(*mention)


_LONG_LIST = 4
"""Names that a list must have to be believed whatever follows it."""


def _read_partners(reader: Reader) -> None:
    """Names that 和 or 与 joins to one already found after it, at the head of a clause (甲与乙)."""
    for joined in [word + name for name in reader.found for word in _PARTNERS]:
        at = reader.text.find(joined)
        before = reader.name_before(at, after_name=False) if at >= 0 else None
        if before and _is_nr(reader.text[before.start : before.end]):
            reader.add(*before)


_PARTNERS = ("和", "与")


def _glued_first(reader: Reader, end: int) -> Mention | None:
    """The first name of a list, glued to the word that introduces it (还有甲、乙)."""
    for length in (3, 2):
        start = end - length
        word = reader.text[start:end] if start >= 0 else ""
        if word and word[0] in _ONE and _HAN_RUN.fullmatch(word) and not _common(word):
            cue = next((c for c in (reader.starting.get(start - n) for n in (2, 1)) if c and c.end == start), None)
            if cue is not None or reader.text[start - 1 : start] in "有是由":
                return Mention(start, end, SURE)
    return None


def _read_foreign(reader: Reader, start: int) -> None:
    """A name of another people that stands alone between marks, or after 的."""
    found = reader.name_at(start, firm=False)
    if found is None or found.end - found.start < 3:
        return
    if found.sure == SURE or reader.count(reader.text[found.start : found.end]) > 1:
        tagged = _tag(reader.text[found.start : found.end])
        place = any(tag[:2] in ("ns", "nz", "nt") or (len(word) > 1 and tag[:2] != "nr") for word, tag in tagged)
        if not place or _PART.search(reader.text, found.start, found.end):
            reader.add(*found)


def _read_bylines(reader: Reader) -> set[str]:
    """Names that the page's metadata credits, and those in a dateline's brackets. Returns the authors' names."""
    article = reader.document.article
    authors = {reader.plain(name) for name in article.get("authors") or ()}
    credited = [reader.plain(credit["name"]) for credit in article.get("credits") or ()]
    for name in [*authors, *credited]:
        if not _is_full_name(name):
            continue
        for m in re.finditer(r"[ \u3000\xa0]{0,3}".join(map(re.escape, name)), reader.text):
            reader.add(m.start(), m.end(), SURE)
            break
    for m in _DATELINE_NAME.finditer(reader.text):
        if not _common(m.group(1)):
            reader.add(m.start(1), m.end(1), SURE)
            authors.add("".join(m.group(1).split()))
    for m in _SIGNATURE.finditer(reader.text):
        signed = _SIGNED_NAME.finditer(reader.text, m.start(1), m.end(1))
        names = [n for n in signed if n.group()[-1] not in _PLACE_LAST]
        if not any(_common(n.group()) or n.group() in reader.found for n in names):
            for n in names:
                reader.add(n.start(), n.end(), SURE)
                authors.add("".join(n.group().split()))
    for m in _PICTURED.finditer(reader.text) if "摄" in reader.text else ():
        if not _common(m.group(1)):
            reader.add(m.start(1), m.end(1), SURE)
    return authors


_SIGNED_NAME = re.compile(rf"{_SURNAME}[ \u3000][{HAN}](?![{HAN}])|[{HAN}]+")


def _reporters(reader: Reader) -> set[str]:
    """Names after 记者 or 通讯员 in a bracket, or after 本报记者: who wrote the story, not who is told of in it."""
    reports = [cue for cue in reader.cues if cue.word in _REPORTS]
    signed = [cue.end for cue in reports if _SIGNED.search(reader.text, max(0, cue.start - 30), cue.start)]
    spans = {m.start: (m, name) for name, found in reader.found.items() for m in found}
    names = set()
    for at in signed:
        at = _GAP.match(reader.text, at).end()  # type: ignore[union-attr]
        while at in spans:
            mention, name = spans[at]
            names.add(name)
            separator = _SEPARATOR.match(reader.text, mention.end)
            at = separator.end() if separator else -1
    return names


_GAP = re.compile(r"[ \u3000\xa0:：]*")
_SIGNED = re.compile(r"[（(](?:[^（）()。\n]{0,28})$|(?:本[报网刊台社站]|新华社|见习|实习|特约|融媒体?)$")


def _is_full_name(name: str) -> bool:
    if _DOTTED.fullmatch(name):
        return True
    if not 2 <= len(name) <= 9 or not _HAN_RUN.fullmatch(name):
        return False
    surname = name[0] in _SINGLE or name[:2] in _TWO
    if len(name) <= 4 and surname and (len(name) <= 3 or name[:2] in _TWO):
        return name[-1] not in "网报社台局厅部委办处院校" and not (_common(name) and name[0] in _AMBIGUOUS)
    return sum(c in _TELLING for c in name) >= 2


@cache
def _ambiguous_leaders() -> dict[str, bool]:
    return {r["name"]: r["ambiguous"] == "1" for r in rows("leaders")}


def _names(reader: Reader) -> dict[str, int]:
    """The names that hold, each with its strongest evidence: of two that begin alike at one place the surer one."""
    strength = {name: max(m.sure for m in found) for name, found in reader.found.items()}
    for name in sorted(strength, key=len):
        for longer in [n for n in strength if n != name and n.startswith(name) and len(n) == len(name) + 1]:
            apart = reader.count(name) > reader.count(longer)
            equal = strength[name] == strength[longer]
            if strength[name] > strength[longer] or (equal and apart and strength[longer] < SURE):
                strength[longer] = -1
            elif strength[name] < strength[longer] or not apart:
                strength[name] = -1
    return {name: sure for name, sure in strength.items() if sure >= 0}


def _mentions(reader: Reader, names: dict[str, int]) -> list[Span]:
    """Where the names stand, the longest at each place, in page order."""
    text, found = reader.text, []
    taken: set[int] = set()
    for name in sorted(names, key=len, reverse=True):
        spans = {Span(m.start, m.end) for m in reader.found[name]}
        at = text.find(name)
        common = len(name) == 2 and (_common(name) or _ambiguous_leaders().get(name, False))
        while at >= 0:
            end = at + len(name)
            if not common or reader.evidence(end):
                spans.add(Span(at, end))
            at = text.find(name, end)
        for span in spans:
            if span.start not in taken and span.end - 1 not in taken:
                taken.update(range(span.start, span.end))
                found.append(span)
    return sorted(found)
