"""Names of persons in a page: where one may stand, where it ends, and every place where it stands again.

A name is believed on what stands beside it: a post or label before it, a post after it, a verb of saying, a list of
names, a byline. Where a name of two or three characters ends is decided by what follows, by the other places where it
stands, and last by jieba's tagger.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache

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
_NEVER_ENDS = _NEVER_LAST | _ORGAN_LAST
_PLACE_LAST = frozenset("乡镇县村省市区厅局委")
_BEFORE_A_NAME = frozenset("出和与按照彻习向对由据以请同及的是日被让为了")
_BODY_BEFORE = frozenset("府办委局厅部司处院会校团心社学所行有")
"""Last characters of bodies that may stand right before a name with its post after it (省扶贫办甲副主任)."""
_STANDS_BEFORE = _BEFORE_A_NAME | _BODY_BEFORE
_NO_SURNAME = frozenset("和从会过可都能来要将同到是有多本各主自后但还念首正")
"""Characters among the surnames that are nearly always function words in running text."""


_FREQUENT, _KNOWN = 300, 500
"""The surnames are listed by frequency. Those after the first number are so rare that they count as ambiguous; those
after the second are words first (部, 征): they make a name only where a byline says so."""

_SINGLE = [row["surname"] for row in rows("surnames") if len(row["surname"]) == 1]
_SURNAMES = frozenset(_SINGLE)
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
_DOTS = "·•・．"
_STOPS = frozenset("，。、；：！？,;:!?）)的")
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
_WIRE = re.compile(r"(?:电|讯|消息)\s?$")
_BRACKETED = re.compile(rf"[（(]({_SIGNER})[)）]")
"""Who sent a story, in brackets after the wire that it came by: 新华社贵阳5月3日电（甲乙丙）."""
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
_MAY_BEGIN = _SURNAMES | _SYLLABLES | {surname[0] for surname in _TWO} | {row["name"][0] for row in rows("leaders")}
"""First characters of every name that holds no dot."""
_MAY_BEGIN_NAME = re.compile(rf"[{''.join(sorted(_MAY_BEGIN))}](?=[{HAN}])")
_LONG_PAGE = 50_000
"""Characters from which on the places of words are looked up in an index: a search for each name would be quadratic."""
_CLAUSE = re.compile(rf"[{_BEGINS}](?<![{HAN}][{_BEGINS}])[{HAN}]+")
"""A run of characters between two marks that begins as a name may."""


_NO_CUE: Cue = (0, 0, "", "")

Mention = tuple[int, int, int]
"""One place where a full name stands: its start, its end, and how sure its end is there (0 to SURE)."""


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
    if not rjieba.has_word(word):
        return False
    tagged = _tag(word)
    return len(tagged) == 1 and not tagged[0][1].startswith("nr")


@lru_cache(maxsize=65536)
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


def _word_begins(starting: dict[int, Cue], start: int, end: int) -> bool:
    """Whether a cue other than a leader's name begins from `start` to before `end`."""
    for at in range(start, end):
        if at in starting and starting[at][3] != "leader":
            return True
    return False


class Reader:
    """The text of one page in which names are looked for: the same length, with everything outside READ_IN blanked.

    `read` looks for names, then `mentions` gives every place where one stands.
    """

    def __init__(self, document: Document):
        page = document.page.text
        self.document = document
        self.text = "".join(
            [page[start:end] if role in READ_IN else "\n" * (end - start) for start, end, role, _ in document.segments]
        )
        self.traditional = document.article.get("language") == "zh-Hant"
        self.text = self.plain(self.text)
        self.starting, self.ending = posts.cues(self.text)
        self.found: dict[str, list[Mention]] = {}
        self.places: dict[str, list[int]] = {}
        self.index: dict[str, list[int]] = {}
        self.dotted = any(dot in self.text for dot in _DOTS)

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

    def mentions(self) -> list[tuple[int, int, str]]:
        """Every place where one of the names found stands, in page order: its start, its end and the name."""
        return _mentions(self, _names(self))

    def places_of(self, word: str) -> list[int]:
        """Where a word stands in the page."""
        places = self.places.get(word)
        if places is not None:
            return places
        places, text = [], self.text
        if len(text) > _LONG_PAGE and word[0] in _MAY_BEGIN and len(word) > 1:
            if not self.index:
                self._index()
            places = [at for at in self.index.get(word[:3], ()) if text.startswith(word, at)]
        else:
            at = text.find(word)
            while at >= 0:
                places.append(at)
                at = text.find(word, at + len(word))
        self.places[word] = places
        return places

    def _index(self) -> None:
        """Notes where each two and each three characters stand with which a name may begin."""
        for m in _MAY_BEGIN_NAME.finditer(self.text):
            at = m.start()
            three = self.text[at : at + 3]
            self.index.setdefault(three[:2], []).append(at)
            if len(three) == 3:
                self.index.setdefault(three, []).append(at)

    def count(self, word: str) -> int:
        """How often a word stands in the page."""
        return len(self.places_of(word))

    def add(self, mention: Mention) -> None:
        name = "".join(self.text[mention[0] : mention[1]].split())
        self.found.setdefault(name, []).append(mention)

    def evidence(self, at: int) -> int:
        """How sure it is that a name that reaches `at` ends there."""
        character = self.text[at : at + 1]
        if not "\u4e00" <= character <= "\u9fff":
            return 0 if character and character in "·•・" else SURE
        cue = self.starting.get(at)
        if (cue and cue[3] != "not_post") or character in "说称等":
            return SURE
        return WEAK if character in _ENDS_A_NAME else 0

    def name_at(self, start: int, firm: bool) -> Mention | None:
        """The name that begins at `start`, where something before it says that one may: a post, a list, a label.

        `firm` says that what stands before is a post or a list of names.
        """
        text = self.text
        first, second = text[start : start + 1], text[start + 1 : start + 2]
        if not (first in _MAY_BEGIN or self.dotted) or (second == "大" and _KIN.match(text, start)):
            return None
        if self.dotted and (dotted := _DOTTED.match(text, start)):
            return self._dotted(dotted)
        if cue := self.starting.get(start):
            _, end, _, kind = cue
            if kind == "leader":
                if end - start > 2 or self.evidence(end):
                    return start, end, SURE
            elif end - start > 1:
                return None
        if firm and second in _SPACES and (spaced := _SPACED.match(text, start)):
            return start, spaced.end(), SURE
        if first + second in _TWO:
            best = self._length(start, (4, 3))
        elif first in _ONE:
            best = self._length(start, (3, 2))
        else:
            return self._foreign(start, firm) or (self._rare(start) if start in self.ending else None)
        if best is None or best[1] < SURE:
            foreign = self._foreign(start, firm)
            if foreign is not None and (best is None or (foreign[2], foreign[1]) > (best[1], best[0])):
                return foreign
        if best is None or not self._acceptable(start, *best, firm):
            return self._foreign(start, firm) if best and _PART.match(text, start) else None
        return start, *best

    def _rare(self, start: int) -> Mention | None:
        """A name with a surname that is a word first, right after a post or in a list: only between sure bounds."""
        text = self.text
        if text[start] not in _SURNAMES or text[start] in _NO_SURNAME:
            return None
        for end in (start + 3, start + 2):
            name = text[start:end]
            if self.evidence(end) == SURE and _HAN_RUN.fullmatch(name) and name[-1] not in _NEVER_ENDS:
                if any(at in self.starting for at in range(start, end)) or _common(name):
                    return None
                if len(name) > 2 and any(map(rjieba.has_word, (name, name[:2], name[1:]))):
                    return None
                return None if _tag(text[start : start + 8])[0][1][:1] in "dvpcr" else (start, end, SURE)
        return None

    def _dotted(self, found: re.Match[str]) -> Mention:
        end = found.end()
        last = max(found.group().rfind(c) for c in "·•・．") + found.start() + 1
        for at in range(last + 1, end + 1):
            if self.evidence(at) == SURE or (at - last >= 2 and (self.evidence(at) or _verbal(self.text, at))):
                return found.start(), at, SURE
        syllables = _FOREIGN.match(self.text, last, end)
        return found.start(), syllables.end() if syllables else end, SURE

    def _word_within(self, at: int, end: int) -> bool:
        """Whether a cue begins at `at` and reaches the end of what might be a name, or beyond."""
        _, last, _, kind = self.starting[at]
        if kind == "leader" or last - at == 1:
            return False
        if last == end and kind == "say" and (then := self.starting.get(end)) and then[3] in ("act", "say"):
            return False
        return last == end or (last > end and at < end - 1)

    def _length(self, start: int, lengths: tuple[int, int]) -> tuple[int, int] | None:
        """Where the name that begins at `start` ends, the longer length or the shorter one, and how sure that is."""
        text, starting, options = self.text, self.starting, []
        run = _HAN_RUN.match(text, start, start + lengths[0])
        for length in lengths:
            end = start + length
            if run is None or run.end() < end or text[end - 1] in _NEVER_LAST:
                continue
            for at in range(start + 1, end):
                if at in starting and self._word_within(at, end):
                    break
            else:
                options.append((end, self.evidence(end)))
        if not options:
            return None
        if len(options) == 1:
            return options[0]
        (long, long_sure), (short, short_sure) = options
        if text[long - 1] in _SELDOM_LAST and text[long : long + 1] not in _STOPS:
            times = self.count(text[start:long])
            return options[0] if times > 1 and times == self.count(text[start:short]) else options[1]
        if long_sure > short_sure or long_sure == short_sure == WEAK:
            return options[0]
        if long_sure == short_sure == SURE:
            return options[1] if self.count(text[start:short]) > self.count(text[start:long]) else options[0]
        if long_sure == short_sure == 0 and _verbal(text, long) != _verbal(text, short):
            return (long, WEAK) if _verbal(text, long) else (short, WEAK)
        cue = self.starting.get(short)
        if short_sure == SURE and (long_sure == 0 or (cue is not None and cue[1] > long)):
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
        if _common(name):
            if not (firm and sure) or _not_names().get(name, False) or name[0] in _RARE:
                return False
            own = _tag(name)[0][1]
            acts = self.starting.get(end, _NO_CUE)[3] == "act"
            noun = own.startswith("nr") or (own in ("n", "nz", "z") and not ambiguous)
            noun = noun or (own in ("n", "nz", "z", "a") and acts)
            settled = sure == SURE or (not ambiguous and own in ("n", "nz"))
            return settled and noun and _tag(text[start : start + 8])[0][1][:2] not in ("ns", "nt", "t")
        if name[-1] in (_PLACE_LAST if firm else _ORGAN_LAST) or name[1] in "乡县村":
            return False
        if len(name) == 3 and (_adverbial(name[1:]) or _not_names().get(name[:2], False)):
            return False
        if name[:2] in _TWO:
            return bool(sure)
        tagged = _tag(text[start : start + 8])
        first, tag = tagged[0]
        is_nr = tag.startswith("nr") and len(first) >= len(name)
        if tag == "nr" and len(first) == 2 and len(tagged) > 1 and tagged[1] == (name[2:], "nr"):
            is_nr = True
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
        text = self.text
        run = _FOREIGN.match(text, start) if text[start + 1 : start + 2] in _SYLLABLES else None
        if run is None:
            return None
        for end in range(run.end(), start + 1, -1):
            sure = self.evidence(end)
            name = text[start:end]
            if not (sure or (end == run.end() and len(name) > 3)):
                continue
            if name[-1] in _SELDOM_LAST or name[-1] == "而" or name.find("和", 2) > 0:
                continue
            telling = sum(c in _TELLING for c in name)
            enough = telling * 2 >= len(name) and telling >= 2
            part = (len(name) > 3 and _PART.search(name)) or (sure == SURE and _PART.fullmatch(name))
            if part or (sure == SURE and len(name) == 4 and _tag(text[start : start + 8])[0] == (name, "nr")):
                enough = True
            if firm and sure == SURE and len(name) > 2 and telling:
                enough = True
            if enough and (part or not _common(name)):
                return start, end, sure
        return None

    def name_before(self, end: int, after_name: bool) -> Mention | None:
        """The name that ends at `end`, before a post (王东峰书记) or a verb (王晓指出)."""
        text, starting = self.text, self.starting
        if end < 2 or not "\u3400" <= text[end - 1] <= "\u9fff" or text[end - 1] in _NEVER_ENDS:
            return None
        glued = None
        for start in (end - 4, end - 3, end - 2):
            length = end - start
            if start < 0 or not (text[start] in _ONE if length < 4 else text[start : start + 2] in _TWO):
                continue
            before = text[start - 1 : start]
            clear = not "\u3400" <= before <= "\u9fff"
            if not (clear or start in self.ending or (after_name and before in _STANDS_BEFORE)):
                continue
            name = text[start:end]
            if not _HAN_RUN.fullmatch(name) or (length > 2 and not after_name and name[-1] in _SELDOM_LAST):
                continue
            if _word_begins(starting, start, end - 1):
                continue
            if _common(name) or (length == 3 and _adverbial(name[1:])):
                continue
            tagged = _tag(name)
            first, tag = tagged[0]
            is_nr = tag.startswith("nr")
            if name[0] in _AMBIGUOUS and not (is_nr and len(first) >= 2):
                continue
            of_body = length == 3 and after_name and before in _BODY_BEFORE and name[0] in _SUREST
            if not (is_nr or of_body) and (not clear or (len(tagged) > 1 and len(first) > 1)):
                continue
            if clear:
                return start, end, SURE
            glued = glued or (start, end, SURE)
        return glued


def _read_posts(reader: Reader) -> None:
    """Names after and before posts, labels, verbs and words that introduce a name."""
    text, loose, after_name = reader.text, word_kinds("loose"), word_kinds("after_name")
    for cue in reader.starting.values():
        start, end, word, kind = cue
        if kind == "verb" or kind == "not_post":
            continue
        if kind == "leader":
            plain = len(word) > 2 and not _ambiguous_leaders()[word]
            if plain or reader.evidence(end):
                reader.add((start, end, SURE))
        elif kind == "post" or kind == "label":
            firm = kind == "post" and word not in loose
            follows = text[end : end + 1]
            reports = word in _REPORTS
            if follows in _SPACES:
                gap = end + 1
                while gap < end + _WIDEST_GAP and text[gap : gap + 1] in _SPACES:
                    gap += 1
                _read_list(reader, gap, firm or reports, spaced=True)
            elif follows in _MAY_BEGIN or (reader.dotted and follows not in _CLAUSE_MARKS):
                signed = reports and text[start - 1 : start] in _OPENS
                _read_list(reader, end, firm or signed, spaced=reports)
            if follows in '”"':
                _read_list(reader, end + 1, firm)
            if firm and follows == "的" and (found := reader.name_at(end + 1, firm=False)) and found[2] == SURE:
                reader.add(found)
            if word in after_name and (before := reader.name_before(start, after_name=True)):
                reader.add(before)
            if not follows or follows in _CLAUSE_MARKS:
                _read_copula(reader, cue)
        elif kind == "intro":
            if word == "叫" and text[start - 1 : start] in "呼喊大尖惨嚎鸣叫":
                continue
            called = word == "叫" and text[start - 1 : start] in "我他她"
            firm = called or word in ("任命", "免去", "名叫", "叫做")
            found = reader.name_at(end, firm)
            if found and found[2] >= (WEAK if firm else SURE):
                reader.add(found)
        elif before := reader.name_before(start, after_name=False):
            reader.add(before)


_REPORTS = frozenset({"记者", "通讯员"})
_OPENS = frozenset("（( 报社网")


def _read_list(reader: Reader, start: int, firm: bool, spaced: bool = False) -> None:
    """A name at `start` and those that a list joins to it."""
    found = reader.name_at(start, firm)
    while found is not None:
        reader.add(found)
        separator = _SEPARATOR.match(reader.text, found[1])
        if separator is None or (separator.group().isspace() and not spaced):
            return
        cue = reader.starting.get(separator.end())
        if cue and (cue[3] == "post" or cue[3] == "label"):
            return
        found = reader.name_at(separator.end(), separator.group() == "、" or firm)
        if found and separator.group() != "、" and found[2] == 0:
            return


_LONGEST_COPULA = 40
"""Characters from 是 to the post that it gives."""


def _read_copula(reader: Reader, cue: Cue) -> None:
    """A name before 是 in a clause that ends with a post or label: who somebody is."""
    text = reader.text
    verb = text.rfind("是", max(0, cue[0] - _LONGEST_COPULA), cue[0])
    clause = verb
    while clause > max(0, verb - 10) and text[clause - 1] not in _CLAUSE_MARKS:
        clause -= 1
    if verb - clause < 2:
        return
    found = reader.name_at(clause, firm=False)
    if found and found[1] == verb:
        reader.add(found)


def _read_clauses(reader: Reader) -> None:
    """Names that begin a clause with no post before them: lists, what is told of people, names that stand often."""
    text = reader.text
    listed: list[tuple[int, int]] = []
    heads: list[int] = []
    for clause in _CLAUSE.finditer(text):
        start, end = clause.span()
        size = end - start
        first = text[start]
        if size <= 4:
            after = text[end : end + 1]
            if after == "、":
                foreign = size == 4 and _PART.search(text, start, end) and _FOREIGN.fullmatch(text, start, end)
                if size < 4 or text[start : start + 2] in _TWO or foreign:
                    if listed and listed[-1][1] + 1 != start:
                        _settle_list(reader, listed)
                        listed = []
                    listed.append((start, end))
                continue
            if after in _HEADED:
                _read_headed(reader, start, end, after)
        if first in _ONE:
            may_tell = text[start + 2 : start + 3] in _TOLD_BEGINS or text[start + 3 : start + 4] in _TOLD_BEGINS
            told = may_tell and (_TOLD_OF.match(text, start + 3) or _TOLD_OF.match(text, start + 2))
            if told:
                found = reader.name_at(start, firm=bool(told["surely"]))
                if found and found[2] and _TOLD_OF.match(text, found[1]):
                    reader.add(found)
            if size > 3 and first not in _AMBIGUOUS:
                if size > 4 and not told and text[start - 1 : start] in ("", "\n"):
                    _read_caption(reader, start)
                heads.append(start)
        if first in _TELLING and size > 2 and text[start + 1] in _SYLLABLES:
            _read_foreign(reader, start)
    if listed:
        _settle_list(reader, listed)
    _read_often(reader, heads)


def _read_headed(reader: Reader, start: int, end: int, after: str) -> None:
    """A clause of two to four characters that may be a name by what the mark after it opens.

    At the head of a line: a post after a space; the post of the person that a comma ends; what follows a colon.
    """
    text = reader.text
    before = text[start - 1 : start]
    heads_line = before in ("", "\n")
    if after in "：:":
        alone = text[end + 1 : end + 2] in ("", "\n")
        possible, firm = heads_line and (alone or reader.count(text[start:end]) > 1), False
    elif after in _SPACES:
        line = text.find("\n", end)
        post = reader.ending.get(line) if heads_line and 0 <= line - end <= _LONGEST_COPULA else None
        possible, firm = post and post[3] == "post", True
    else:
        listed = end - start < 4 and (heads_line or before == "。")
        then = _HAN_RUN.match(text, end + 1, end + _LONGEST_COPULA) if listed else None
        post = reader.ending.get(then.end()) if then else None
        possible, firm = post and post[3] == "post", False
    found = reader.name_at(start, firm) if possible else None
    if found and found[1] == end:
        reader.add(found)


_HEADED = _SPACES | frozenset("，,：:")


def _read_often(reader: Reader, heads: list[int]) -> None:
    """Names that stand at the head of several clauses: `heads` are where the clauses start that may begin with one."""
    text = reader.text
    pairs = Counter([text[start : start + 2] for start in heads])
    often: dict[str, list[int]] = {}
    for start in heads:
        if pairs[text[start : start + 2]] > 1:
            often.setdefault(text[start : start + 3], []).append(start)
            often.setdefault(text[start : start + 2], []).append(start)
    for name, starts in often.items():
        size = len(name)
        if (
            len(starts) > 1
            and all(sure < SURE for _, _, sure in reader.found.get(name, ()))
            and _is_nr(name)
            and len({text[s + size] for s in starts}) > 1
            and (reader.count(name) >= _OFTEN or (size == 3 and name[0] in _SUREST))
        ):
            found = [f for s in starts if (f := reader.name_at(s, firm=False)) and f[1] - s == size]
            if len(found) * 2 > len(starts) and not any(f[1] - 1 in reader.starting for f in found):
                reader.add(found[0])


def _is_nr(name: str) -> bool:
    """Whether jieba tags a string as a person's name: one of two characters in one piece."""
    word, tag = _tag(name)[0]
    return tag.startswith("nr") and (len(name) > 2 or len(word) == 2)


def _read_caption(reader: Reader, start: int) -> None:
    """A name of three characters that begins a paragraph and that the tagger knows (甲乙丙在果园里剪枝)."""
    end = start + 3
    if reader.evidence(end) and _tag(reader.text[start : end + 5])[0] == (reader.text[start:end], "nr"):
        found = reader.name_at(start, firm=False)
        if found and found[1] == end:
            reader.add(found)


_OFTEN = 3
"""Times that a name must stand in a page, two of them at the head of a clause, to be believed for that alone."""


def _settle_list(reader: Reader, run: list[tuple[int, int]]) -> None:
    text = reader.text
    found: list[Mention] = [(start, end, SURE) for start, end in run]
    last = reader.name_at(run[-1][1] + 1, firm=True)
    while last is not None:
        found.append(last)
        separator = _SEPARATOR.match(text, last[1])
        if separator is None or separator.group().isspace():
            break
        last = reader.name_at(separator.end(), firm=True)
    first = None
    if text[run[0][0] - 1 : run[0][0]] == "、":
        first = reader.name_before(run[0][0] - 1, after_name=True) or _glued_first(reader, run[0][0] - 1)
    found = [first, *found] if first else found
    names = [text[start:end] for start, end, _ in found]
    if len(names) < 2 or any(n in _not_names() or (_common(n) and _tag(n)[0][1][:2] != "nr") for n in names):
        return
    if any(n[-1] in _ORGAN_LAST or n in _places() for n in names):
        return
    plain = sum(n[0] not in _AMBIGUOUS or _tag(n)[0][1].startswith("nr") for n in names)
    if plain * 2 <= len(names) or (len(names) == 2 and plain < 2):
        return
    if len(names) < _LONG_LIST and not reader.evidence(found[-1][1]):
        return
    for mention in found:
        reader.add(mention)


_LONG_LIST = 4
"""Names that a list must have to be believed whatever follows it."""


def _read_partners(reader: Reader) -> None:
    """Names that 和 or 与 joins to one already found after it, at the head of a clause (甲与乙)."""
    text = reader.text
    for name in list(reader.found):
        joined: dict[str, int] = {}
        for at in reader.places_of(name):
            if text[at - 1] in _PARTNERS:
                joined.setdefault(text[at - 1], at - 1)
        for word in _PARTNERS:
            before = reader.name_before(joined[word], after_name=False) if word in joined else None
            if before and _is_nr(text[before[0] : before[1]]):
                reader.add(before)


_PARTNERS = ("和", "与")


def _glued_first(reader: Reader, end: int) -> Mention | None:
    """The first name of a list, glued to the word that introduces it (还有甲、乙)."""
    for length in (3, 2):
        start = end - length
        word = reader.text[start:end] if start >= 0 else ""
        if word and word[0] in _ONE and _HAN_RUN.fullmatch(word) and not _common(word):
            cue = next((c for c in (reader.starting.get(start - n) for n in (2, 1)) if c and c[1] == start), None)
            if cue is not None or reader.text[start - 1 : start] in "有是由":
                return start, end, SURE
    return None


def _read_foreign(reader: Reader, start: int) -> None:
    """A name of another people that stands alone between marks, or after 的."""
    found = reader.name_at(start, firm=False)
    if found is None or found[1] - start < 3:
        return
    name = reader.text[start : found[1]]
    if found[2] == SURE or reader.count(name) > 1:
        tagged = _tag(name)
        place = any(tag[:2] in ("ns", "nz", "nt") or (len(word) > 1 and tag[:2] != "nr") for word, tag in tagged)
        if not place or _PART.search(name):
            reader.add(found)


def _read_bylines(reader: Reader) -> set[str]:
    """Names that the page's metadata credits, and those in a dateline's brackets. Returns the authors' names."""
    text, article = reader.text, reader.document.article
    written = [reader.plain(name) for name in article.get("authors") or ()]
    authors = set(written)
    for name in [*written, *(reader.plain(credit["name"]) for credit in article.get("credits") or ())]:
        if _is_full_name(name) and (span := _printed(name, text)):
            reader.add((*span, SURE))
    brackets = sorted(reader.places_of("（") + reader.places_of("("))
    for at in brackets:
        m = _BRACKETED.match(text, at) if _WIRE.search(text, max(0, at - 3), at) else None
        if m and not _common(m.group(1)):
            reader.add((m.start(1), m.end(1), SURE))
            authors.add("".join(m.group(1).split()))
    for at in brackets:
        if m := _SIGNATURE.match(text, at):
            signed = _SIGNED_NAME.finditer(text, m.start(1), m.end(1))
            names = [n for n in signed if n.group()[-1] not in _PLACE_LAST]
            if not any(_common(n.group()) or n.group() in reader.found for n in names):
                for n in names:
                    reader.add((n.start(), n.end(), SURE))
                    authors.add("".join(n.group().split()))
    begin = 0
    while (at := text.find("摄", begin)) >= 0:
        m = _PICTURED.search(text, max(begin, at - _LONGEST_SIGNER), at + 2)
        if m and not _common(m.group(1)):
            reader.add((m.start(1), m.end(1), SURE))
        begin = at + 1
    return authors


_LONGEST_SIGNER = 9
"""Characters from the space before a signer to 摄."""
_GAP_WITHIN = re.compile(r"[ \u3000\xa0]{0,3}")


def _printed(name: str, text: str) -> Span | None:
    """The first place where a name stands, with up to three spaces between its characters."""
    start = text.find(name[0])
    while start >= 0:
        end = start + 1
        for character in name[1:]:
            end = _GAP_WITHIN.match(text, end).end()  # type: ignore[union-attr]
            if text[end : end + 1] != character:
                break
            end += 1
        else:
            return Span(start, end)
        start = text.find(name[0], start + 1)
    return None


_SIGNED_NAME = re.compile(rf"{_SURNAME}[ \u3000][{HAN}](?![{HAN}])|[{HAN}]+")


def _reporters(reader: Reader) -> set[str]:
    """Names after 记者 or 通讯员 in a bracket, or after 本报记者: who wrote the story, not who is told of in it."""
    reports = [(start, end) for start, end, word, _ in reader.ending.values() if word in _REPORTS]
    signed = [end for start, end in reports if _SIGNED.search(reader.text, max(0, start - 30), start)]
    if not signed:
        return set()
    spans = {start: (end, name) for name, found in reader.found.items() for start, end, _ in found}
    names = set()
    for at in signed:
        at = _GAP.match(reader.text, at).end()  # type: ignore[union-attr]
        while at in spans:
            end, name = spans[at]
            names.add(name)
            separator = _SEPARATOR.match(reader.text, end)
            at = separator.end() if separator else -1
    return names


_GAP = re.compile(r"[ \u3000\xa0:：]*")
_SIGNED = re.compile(r"[（(](?:[^（）()。\n]{0,28})$|(?:本[报网刊台社站]|新华社|见习|实习|特约|融媒体?)$")


def _is_full_name(name: str) -> bool:
    if _DOTTED.fullmatch(name):
        return True
    if not 2 <= len(name) <= 9 or not _HAN_RUN.fullmatch(name):
        return False
    surname = name[0] in _SURNAMES or name[:2] in _TWO
    if len(name) <= 4 and surname and (len(name) <= 3 or name[:2] in _TWO):
        return name[-1] not in "网报社台局厅部委办处院校" and not (_common(name) and name[0] in _AMBIGUOUS)
    return sum(c in _TELLING for c in name) >= 2


@cache
def _ambiguous_leaders() -> dict[str, bool]:
    return {r["name"]: r["ambiguous"] == "1" for r in rows("leaders")}


def _names(reader: Reader) -> dict[str, int]:
    """The names that hold, each with its strongest evidence: of two that begin alike at one place the surer one."""
    strength: dict[str, int] = {}
    one_longer: dict[str, list[str]] = {}
    for name, found in reader.found.items():
        strength[name] = max([sure for _, _, sure in found]) if len(found) > 1 else found[0][2]
        one_longer.setdefault(name[:-1], []).append(name)
    for name in sorted(strength, key=len):
        for longer in one_longer.get(name, ()):
            apart = reader.count(name) > reader.count(longer)
            equal = strength[name] == strength[longer]
            if strength[name] > strength[longer] or (equal and apart and strength[longer] < SURE):
                strength[longer] = -1
            elif strength[name] < strength[longer] or not apart:
                strength[name] = -1
    return {name: sure for name, sure in strength.items() if sure >= 0}


def _mentions(reader: Reader, names: dict[str, int]) -> list[tuple[int, int, str]]:
    """Where the names stand, the longest at each place, in page order."""
    found = []
    taken = bytearray(len(reader.text))
    for name in sorted(names, key=len, reverse=True):
        size = len(name)
        common = size == 2 and (_common(name) or _ambiguous_leaders().get(name, False))
        ends = {at: at + size for at in reader.places_of(name) if not common or reader.evidence(at + size)}
        for start, end, _ in reader.found[name]:
            ends[start] = end
        for start, end in ends.items():
            if not taken[start] and not taken[end - 1]:
                taken[start:end] = b"\1" * (end - start)
                found.append((start, end, name))
    return sorted(found)
