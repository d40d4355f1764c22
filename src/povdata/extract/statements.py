"""Table `statements`: who said what, with the words' place in the page."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from povdata import regions
from povdata.extract.script import fold, simplified
from povdata.lexicon import rows
from povdata.page import Document

_QUOTED = re.compile(r"“[^“”]*”|《[^《》]*》|‘[^‘’]*’|「[^「」]*」|\"[^\"]*\"")
_FILLER = "＊"
"""Stands for what is written inside quotation marks and title marks, where nobody is attributed anything."""
_QUOTATION_LAST = f"。”{_FILLER}"
_CLAUSE_END = "，,；;：:"
_REACH = 2000
"""How far back the beginning of a sentence or quotation is looked for, in code points: a line costs what it is long."""

_CLAUSE_LENGTH = 150
"""Longest clause before a verb of saying, in code points; a longer run without a comma is no clause."""
_CLAUSES = 40
"""How many clauses or names are looked through for a subject: every verb of saying in a sentence may look."""

_LIST_MARK = (
    r"[一二三四五六七八九十]{1,3}(?:是|要|、|，|,)|第[一二三四五六七八九十]{1,3}[，,、：:]?|"
    r"[（(][一二三四五六七八九十\d]{1,3}[)）]|首先|其次|再次|最后|其[一二三四五][，,]?"
)
_OPENS_WITH_MARK = re.compile(rf"[“\"\s]*(?:{_LIST_MARK})")
_OPENS_WITH_QUOTATION = re.compile(r"\s*“")
_DAY = (
    r"(?:(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}[日号]|\d{4}年|\d{1,2}月|[今昨前当]天|[今昨当]日|今年|去年)"
    r"(?:[上下]午|晚上?|早上?|凌晨)?"
)
_LEAD = (
    rf"(?>{_DAY}|近日|日前|目前|当前|最近|此前|会上|会后|其中|此外|同时|另外|随后|最后|首先|为此|对此|比如|例如|譬如|如今|如|"
    r"据|但是|但|然而|而且|而|因此|所以|可是|不过|审议中|讨论中|座谈中|采访中|调研中|会议期间|座谈会上|会议上|发布会上|"
    r"仪式上|论坛上|会议中|现在|后来|还有|有(?!关|限)|\s)*"
)
_ADVERB = (
    r"(?:还|也|又|并且?|都|均|则|再次|再|就|曾|曾经|已|已经|同时|进一步|一再|多次|反复|首先|首次|最后|随后|随即|接着|继而|"
    r"特别|着重|重点|郑重|鲜明|明确|深刻|精辟|严肃|严正|一致|普遍|纷纷|具体|公开|正式|率先|突出|不断|共同|联合|分别|坚定|坦率|"
    r"高兴|激动|自豪|感慨|深情|动情|不禁|连声|连连|连忙|经常|常|逢人[就便]|这样|如此|最新|不止一次|始终|专门|一针见血|"
    rf"{_DAY}|近日|日前|此前|笑着|笑呵呵|乐呵呵|[^，,；;：:的]{{1,8}}地|"
    r"[作做]出(?:重要)?(?:指示|批示|讲话)|发表(?:重要)?讲话|发表(?:文章|评论|社论|署名文章)|刊发文章|刊登文章|刊文|撰文|发文|反馈|讲话|讲话时|发言|发言时|致辞|致辞时|致词|发表讲话|主持会议|主持|出席会议|"
    r"(?:在|从|就|对|向|围绕|结合|针对|通过|代表|接受|面对|当|跟|同|与)[^，,；;：:]{1,40}?(?:时|中|上|后|里|间|下|前|会|期间|之际|方面)|"
    r"(?:谈[到及起]|提[到及]|说[到起]|回[顾忆答应]|听[取到]|[看见拿来]到|总结|分析|展望|答|接过|走进|参观|察看|考察)"
    r"[^，,；;：:]{1,40}?[时后]|"
    r"(?:对|向|跟|同|与|代表|就)[^，,；;：:的]{1,12}|代表[^，,；;：:的]{2,24}(?:发言|讲话|致辞))"
)
_ADVERBS = re.compile(rf"{_ADVERB}{{0,4}}")
_WORK = re.compile(rf"([^，,：:“”]{{0,8}}《＊+》){_ADVERB}{{0,4}}")
"""The title of a document or article, and the adverbs after it."""
_LEAD_AT_START = re.compile(_LEAD)
_ADDRESS = r"书记|长|主席|总理|主任|委员|常委|代表|经理|教授|院士|研究员|先生|女士"
_JOINS = frozenset("、和与")
_JOINTLY = re.compile(rf"(?:同志|[^，,的]{{0,8}}(?:{_ADDRESS}))?(?:等[^，,]{{0,16}}?)?{_ADVERB}{{0,4}}")
"""What stands between the last of several names and the verb of what they say together."""
_PLACES = re.compile(rf"[\u4e00-\u9fff]{{2,4}}?(?:[、和][\u4e00-\u9fff]{{2,4}}?){{0,8}}(?={_ADVERB}{{0,3}}$)")
_TITLE_THEN_ADVERBS = re.compile(rf"(?:同志|[^，,的]{{0,8}}(?:{_ADDRESS}))?{_ADVERB}{{0,4}}")

_BLOCKED = re.compile(
    r"按照|按|根据|依照|依据|遵照|落实|贯彻|学习|领会|牢记|对照|遵循|践行|符合|满足|达到|适应|体现|继|自从|正因|随着|不负"
)
"""What stands before a name that is quoted as an authority or named in a subordinate clause, not speaking."""
_OBJECT = re.compile(
    r"看望|慰问|走访|会见|陪同|授予|任命|选举|采访|找到|见到|称赞|帮|扶持|带领|率|随|送|请|让|给|把|被|对|向|与|同|和|跟|为"
)
"""Verbs and prepositions before a name that make it an object, where the clause has no verb of saying."""
_TITLE_END = re.compile(r"(?:[户民人员长记席任理表师者家生手妇夫子女爷妈娘志授]|总理|主席)$")
_GOVERNED = frozenset("对向给与同和跟为被把将让请替及")
"""A name right after these is an object."""
_NOT_SAID_HERE = re.compile(
    r"(?:(?<!纪)要|[的所未没不别勿应该能可得将须]|应当|必须|可以|需要|值得|如何|怎么|什么|没有|将[^，,]{0,10})$"
)
_UNSAID_LAST = frozenset("要的所未没不别勿应该能可得将须当以何么有行予作做了\n")
"""The last characters of what `_NOT_SAID_HERE` and `_LIGHT_VERB` find where 将 does not stand before."""
_LIGHT_VERB = re.compile(r"(?:进行|予以|给予|加以|(?<![工合协操])[作做])了?(?:[^，,；;]{0,4}的)?$")
"""What makes a noun of the verb of saying after it (对工作进行了分析)."""
_NOT_A_BODY = re.compile(
    r"[是了着把将使让被]|按照|根据|落实|贯彻|符合|满足|达到|对照|围绕|适应|体现|遵循|坚持|执行|完成|推动|推进|加强|提高|努力|"
    r"不断|认真|切实|进一步|必须|应当|需要|要求|^(?:听(?!证)|从(?!业)|由|经(?!济|贸|信|开|办)|在(?!场|座|京|校|村)|当(?!前|天|日|地)|[作做]出|继|自|随着|因|由于|如果|要|应|对(?!方)|向|以|为|没|不(?!少)|并|也|都|就|我们|我(?![国省市县区州办厅局委部]))|"
    r"贫困[县村户]|所有|全部|等\d|数据|统计(?!局)|(?:调查|考核|评估)(?![组局队]|总队)|研究结果|结果|实践|事实|显示|表明|证明"
)
_ISSUES = re.compile(
    rf"{_LEAD}(?:(?P<meeting>(?:会议|大会|全会|座谈会)(?![上中期后])|通知|意见|《＊+》)|(?P<body>[^，,：:“的＊]{{2,16}}?)"
    rf"(?:{_DAY}|近日|日前|联合|正式|专门|迅速|及时|踊跃|积极|先后|逐一){{0,3}}(?:(?:对|就|在|向)[^，,：:“]{{1,40}}?)?"
    r"(?:肯定|听取|传达|召开|举行|下发|印发|出台|发布|发出|制定|审议|讨论|部署|组织|作出|公布|通过|发言|[作做]了?[^，,]{0,8}发言))"
)
"""A clause whose subject may go on to say something: a meeting or document, or a body that acts."""
_HEARER = re.compile(
    r"(?:[^，,：:。“”]{0,10}?(?:记者|笔者|媒体)|(?:我们|大家|他们|她们|它们|[我他她])(?:一家人?|全家人?|夫妻俩?|夫妇俩?)?|"
    r"[^，,：:。“”]{1,6}(?=[，,：:]))(?:说)?"
)
_NOT_A_CLAUSE = frozenset('，,：:“"「。！？!?；;…')
"""Signs that open no clause: what follows a verb of saying is set apart from it, or its sentence is over."""
_SPEECH_MARK = re.compile(r"\s*[，,：:]\s*|\s*(?=[“\"「])|\s+")
_ANNOUNCES_AN_OPENING = re.compile(r"[^，,。；;]{0,24}(?:开幕|闭幕|启动|开始|结束|成立|开工|开赛|开馆|开园)[。！!，,]")
_FEELING = re.compile(
    r"(?:了|的|由衷|衷心|诚挚|热烈|崇高|亲切|深切|最|真挚|真诚|充分|高度|坚决|完全|强烈|极大|非常|十分|欢迎|热忱|特别){0,6}"
    r"(?:的)?(?:祝贺|感谢|欢迎|慰问|哀悼|肯定|满意|支持|赞赏|敬意|问候|赞同|拥护|同意|理解|关心|关切|遗憾|歉意|谢意|反对|祝愿|敬佩|谢忱|"
    r"认可|认同|怀疑|质疑|担忧|担心|忧虑|不解|不满|惊讶|谴责|钦佩|羡慕)"
)
_PLAN = re.compile(r"到20\d\d年|到二|要(?!求|点|件|领|素)|将|必须|力争|确保")
"""What may follow a verb that else only announces (提出到2020年 …)."""
_HOW = frozenset("地着的得")
_CHAINED = re.compile(r"要|[，,：:“]|各")
_SENTENCE_OVER = re.compile(r"\s*(?:[。！？!?；;…]|$)")
_NOT_ASKED = re.compile(r"提出|提高|符合|满足|达到|高于|低于|适应")
"""Verbs whose object a noun of saying is (提出要求)."""
_COMMA_INSIDE = re.compile(r"[^，,；;：:“”]{1,40}(?:上|时|中|后|期间)$")
_ANNOUNCED = re.compile(r"[^，,。；;：:！？]{0,40}[：:]\s*")
_NO_CLAUSE = re.compile(
    r"[的、）)》”及或之]|了(?!解)|着(?!力|眼|手|重)|过(?!渡|硬)|和(?!谐|平)|与(?!会)|下(?!一步|大|苦|功夫|决心|半年)|\s*$|[。；;]"
)
_TOGETHER = re.compile(r"[和与同][^，,。；;]{1,20}?(?:一起|一道|共同|携手)")
"""With whom something is hoped for, after a verb that may also be a noun (希望和大家一起努力)."""
_NOUNS_TOO = frozenset(
    "要求 希望 建议 呼吁 倡议 叮嘱 嘱咐 嘱托 勉励 号召 提醒 承诺 寄语 告诫 "
    "通报 汇报 总结 分析 反映 回应 明确 公布 发布".split()
)
"""Verbs that are as often nouns: between the subject and them stand only a title and adverbs."""
_OPENING_WISH = frozenset("希望 建议 呼吁 倡议".split())
_DONE = re.compile(r"[^，,。；;：:]{1,12}了[，,。；;]")
"""After a noun that looks like a wish: what became of it (建议交上去了)."""
_MARKED = re.compile(rf"(?:{_LIST_MARK})$")
_PRONOUN = re.compile(r"(?<![其吉])[他她](?![们人国乡日山杀])")


class _Hit(NamedTuple):
    """A verb of saying with its speaker, before the extent of what is said is known."""

    paragraph: int
    begin: int
    """Where the attribution begins: what was said before ends here at the latest."""
    sentence: int
    """Where its sentence begins."""
    start: int
    """Where what is said begins."""
    end: int | None
    """Where it ends, if known: the quotation stands before the verb."""
    speaker: str
    verb: str
    named: bool
    """The speaker is printed with the verb."""


def statements(document: Document, people_rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `statements`, in page order.

    `people_rows` are the rows of `people` of the same page (`name`, `titles`, `mentions`). A speaker is the name of one
    of them, or else the body, document or group as printed. The verbs are those of `lexicon/speech_verbs.csv`, the
    words of bodies those of `lexicon/speaking_bodies.csv`.
    """
    page, text, article_id = document.page.text, simplified(document), document.page.article_id
    paragraphs = [(start, end) for start, end, role, _ in document.segments if role == "body"]
    reader = _Reader(page, text, paragraphs, people_rows)
    found: list[_Hit] = []
    for number, verb, takes, start, end in _verbs(text, paragraphs, reader.mentions):
        hit = reader.attribution(reader.paragraph(number), verb, takes, start, end)
        if hit:
            found.append(hit)
            reader.said = hit
            if hit.named:
                reader.named_in = number
    return [
        {
            "article_id": article_id,
            "seq": seq,
            "speaker": hit.speaker,
            "verb": hit.verb,
            "start": start,
            "end": end,
            "text": page[start:end],
        }
        for seq, (hit, start, end) in enumerate(_extents(text, paragraphs, found))
    ]


def speakers(statement_rows: list[dict[str, Any]]) -> set[str]:
    """The names of those who speak in rows of `statements`; who speaks jointly (甲、乙) is named apart."""
    return {name for row in statement_rows for name in (row["speaker"], *row["speaker"].split("、"))}


@cache
def _matcher() -> tuple[AhoCorasick, list[tuple[str, str]]]:
    """The automaton of the verbs, each with what it takes, and of words that only hold their characters, with `""`."""
    verbs = {row["word"]: "" for row in rows("not_sayings")}
    verbs |= {verb: takes for verb, takes in _takes().items() if takes}
    finder = AhoCorasick(list(verbs), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA)
    return finder, list(verbs.items())


@cache
def _takes() -> dict[str, str]:
    return {row["verb"]: row["takes"] for row in rows("speech_verbs")}


@cache
def _bodies() -> tuple[dict[str, str], AhoCorasick]:
    """The words that end the name of a body with the kind of each, and their automaton."""
    kinds = {row["word"]: row["kind"] for row in rows("speaking_bodies")}
    return kinds, AhoCorasick(list(kinds))


def _kind_of_body(printed: str) -> str:
    """The kind of body that a noun phrase ends with, or an empty string."""
    kinds, _ = _bodies()
    return next((kinds[printed[-n:]] for n in range(min(len(printed), 7), 0, -1) if printed[-n:] in kinds), "")


def _verbs(
    text: str, paragraphs: list[tuple[int, int]], mentions: list[tuple[int, int, str]]
) -> Iterator[tuple[int, str, str, int, int]]:
    """(number of the paragraph, verb, what it takes, start, end) of each verb of saying in the body."""
    automaton, verbs = _matcher()
    names = {end for _, end, _ in mentions}
    number, begin, stop = -1, 0, 0
    for pattern, start, end in automaton.find_matches_as_indexes(text):
        verb, takes = verbs[pattern]
        if not takes and (cuts := names.intersection(range(start + 1, end))):
            # The word holds the last character of a name: 新要求 in 王立新要求.
            start = min(cuts)
            verb = text[start:end]
            takes = _takes().get(verb, "")
        if not takes or takes == "never":
            continue
        while stop <= start:
            number += 1
            if number == len(paragraphs):
                return
            begin, stop = paragraphs[number]
        if begin <= start:
            yield number, verb, takes, start, end


def _blank(match: re.Match[str]) -> str:
    """A quotation with its inside blanked; one that holds a whole sentence ends with the mark of a sentence's end."""
    quoted = match.group()
    if quoted[0] == "《":
        return f"《{_FILLER * (len(quoted) - 2)}》"
    closing = "。" if quoted[-2] in "。！？!?…" else "”"
    return f"“{_FILLER * (len(quoted) - 2)}{closing}"


class _Paragraph:
    """A paragraph with quotations blanked. Every place in it counts from its start."""

    __slots__ = ("bracketed", "number", "pauses", "plain", "pronouns", "quoted", "start", "stops")

    def __init__(self, number: int, start: int, text: str, stops: list[str], pauses: list[str]):
        self.number = number
        self.start = start
        """Where it begins in the page."""
        self.plain = plain = _QUOTED.sub(_blank, text)
        """Its text with quotations blanked, of the same length."""
        self.quoted = "“" in plain
        self.bracketed = "（" in plain or "(" in plain
        self.pronouns = "他" in plain or "她" in plain
        self.stops = stops
        """The marks of a sentence's end that the page has."""
        self.pauses = pauses
        """The marks of a clause's end that the page has."""

    def clause(self, sentence: int, at: int) -> int:
        """Where the clause around a place begins, in the sentence that begins at `sentence`."""
        rfind = self.plain.rfind
        for mark in self.pauses:
            sentence = rfind(mark, sentence, at) + 1 or sentence
        return sentence

    def sentence(self, at: int) -> int:
        """Where the sentence around a place begins."""
        plain, start = self.plain, max(0, at - _REACH)
        for mark in self.stops:
            start = plain.rfind(mark, start, at) + 1 or start
        while start < at and plain[start] in "”’」』)） \u3000\xa0\t\n":
            start += 1
        if self.quoted and plain[start] == "“":
            close = plain.rfind("”", start, at)
            if close > 0 and plain[close - 1] == _FILLER and plain.find("“", start + 1, close) < 0:
                tail = plain[close + 1 : at].lstrip("，, \u3000")
                if close - start > 12 and tail:
                    return at - len(tail)
        return start

    def clauses(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """The clauses of a stretch, the last one first, of more than `_CLAUSES` the last ones."""
        for _ in range(_CLAUSES):
            if begin >= end:
                break
            stop = end
            while stop > begin and self.plain[stop - 1] in _CLAUSE_END:
                stop -= 1
            start = self.clause(begin, stop)
            if start < stop:
                yield start, stop
            end = start if start < end else begin

    def in_brackets(self, at: int) -> bool:
        """Whether a place stands inside round brackets: a reporter named in a dateline."""
        if not self.bracketed:
            return False
        near = self.plain[max(0, at - 30) : at]
        opening = max(near.rfind("("), near.rfind("（"))
        return opening >= 0 and opening > max(near.rfind(")"), near.rfind("）"))


class _Reader:
    """One page: its paragraphs with quotations blanked, and the places where somebody is named."""

    def __init__(self, page: str, text: str, paragraphs: list[tuple[int, int]], people_rows: list[dict[str, Any]]):
        self.page = page
        """The page text, from which speakers and verbs are taken."""
        self.text = text
        """The same in simplified characters, which the rules read."""
        self.paragraphs = paragraphs
        self.mentions = sorted([(m["start"], m["end"], row["name"]) for row in people_rows for m in row["mentions"]])
        self.titles = {row["name"]: tuple(row["titles"]) for row in people_rows}
        if page is not text:
            self.titles = {name: tuple(map(fold, titles)) for name, titles in self.titles.items()}
        self.stops = [mark for mark in "。！？!?…" if mark == "。" or mark in text]
        self.pauses = [mark for mark in _CLAUSE_END if mark in text]
        self.read: dict[int, _Paragraph] = {}
        self.said: _Hit | None = None
        """The last attribution."""
        self.named_in = -1
        """The paragraph with the last attribution whose speaker is printed."""
        self.unknown = -1
        """Where somebody spoke last whom `people` does not know: nobody named before speaks on after him."""

    def paragraph(self, number: int) -> _Paragraph:
        found = self.read.get(number)
        if found is None:
            start, end = self.paragraphs[number]
            found = self.read[number] = _Paragraph(number, start, self.text[start:end], self.stops, self.pauses)
        return found

    def attribution(self, p: _Paragraph, verb: str, takes: str, start: int, end: int) -> _Hit | None:
        """The attribution that the verb at `start` in the page makes, or None where it makes none."""
        plain, offset = p.plain, p.start
        at, after = start - offset, end - offset
        following = plain[after : after + 1]
        speech = _speech_start(plain, verb, takes, after)
        if plain[at] == _FILLER or (speech is None and not p.quoted):
            return None
        sentence = self._part(p, p.sentence(at), at)
        clause = p.clause(sentence, at)
        before = plain[clause:at]
        if len(before) > _CLAUSE_LENGTH:
            return None
        near = before[-14:]
        if near and (near[-1] in _UNSAID_LAST or "将" in near):
            if _NOT_SAID_HERE.search(near) or (_LIGHT_VERB.search(near[-9:]) and following not in "：:"):
                return None
        quotation = self._quotation_before(p, sentence, clause) if p.quoted else None
        if quotation and verb == "宣布":
            speech = _speech_start(plain, verb, takes, after, after_quotation=True)
        if speech is None and (quotation is None or following in _HOW):
            return None
        subject = self._subject(p, clause, at, verb)
        named = subject is not None
        if subject is None:
            if not self._left_out(p, sentence, clause, at, after, verb):
                if len(before) > 2 and following in "，,：:" and not _BLOCKED.search(before):
                    self.unknown = start
                return None
            subject = self._speaker_before(p, sentence, clause)
            if subject is None or (speech is None and following not in _CLAUSE_END + "。！"):
                return None
        printed = self.page[start:end]
        if speech is None:
            assert quotation is not None
            opening, close = quotation[0] + offset, quotation[1] + offset
            return _Hit(p.number, opening, sentence + offset, opening, close, subject, printed, named)
        begin = clause if self._speech_open(p, sentence) else sentence
        while begin < at and plain[begin] in " \u3000\t\n":
            begin += 1
        stop = None
        if verb == "提出" and plain[speech] == "“" and plain[speech - 1] not in "，,：: ":
            stop = plain.find("”", speech) + 1 + offset
        return _Hit(p.number, begin + offset, sentence + offset, speech + offset, stop, subject, printed, named)

    def _part(self, p: _Paragraph, sentence: int, at: int) -> int:
        """Where the part of a sentence around a place begins: after the last semicolon that a person's name follows."""
        part = max(p.plain.rfind("；", sentence, at), p.plain.rfind(";", sentence, at)) + 1
        return part if part > sentence and self._subject_of_clause(p, part, at) else sentence

    def _speech_open(self, p: _Paragraph, sentence: int) -> bool:
        """Whether the words of an attribution made earlier in the same sentence run on."""
        said = self.said
        return said is not None and said.paragraph == p.number and said.sentence >= sentence + p.start

    def _quotation_before(self, p: _Paragraph, sentence: int, clause: int) -> tuple[int, int] | None:
        """The quotation that ends where the sentence or the clause of a verb begins, and is nobody's yet."""
        plain, offset, said = p.plain, p.start, self.said
        for edge in (clause, sentence) if clause > sentence else (clause,):
            close = edge
            while close and plain[close - 1] in " \u3000，,":
                close -= 1
            if not close or plain[close - 1] not in _QUOTATION_LAST:
                continue
            opening = plain.rfind("“", max(0, close - _REACH), close)
            if opening < 0 or close - opening < 4 or plain[opening + 1 : close].strip(_FILLER) not in ("。", "”"):
                continue
            if said and said.paragraph == p.number:
                if said.start <= opening + offset and (said.end is None and said.start == opening + offset):
                    continue
                if said.end is not None and said.end >= close + offset:
                    continue
            return opening, close
        return None

    def _subject(self, p: _Paragraph, clause: int, at: int, verb: str) -> str | None:
        """Who is printed as the subject of the verb at `at` in the clause that begins at `clause`."""
        plain = p.plain
        noun = verb in _NOUNS_TOO
        named = self._named(p, clause, at)
        for start, end, name in named:
            prefix = plain[clause:start]
            if prefix:
                if _BLOCKED.search(prefix):
                    return None
                if prefix[-1] in _GOVERNED:
                    continue
            if plain[end] == "的":
                continue
            if noun:
                between = plain[end:at]
                if _NOT_ASKED.search(between) or not _TITLE_THEN_ADVERBS.fullmatch(between):
                    continue
            if name in ("他", "她"):
                return self._stands_for(p, clause, start)
            joint, listed = [name], plain[end] == "、"
            for other_start, other_end, other in [other for other in named if other[0] >= end]:
                between = plain[end:other_start]
                if between[:1] not in _JOINS or other in ("他", "她") or not self._titled(between[1:], other):
                    break
                joint.append(other)
                end = other_end
            if len(joint) == 1 or not (listed or _JOINTLY.fullmatch(plain, end, at)):
                return name
            return "、".join(joint)
        before = plain[clause:at]
        if not before or _NOT_A_BODY.search(before) or (noun and _NOT_ASKED.search(before)):
            return None
        if noun and plain[clause - 1] in _CLAUSE_END and _OPENS_WITH_MARK.match(plain):
            return None
        return self._body(p.start + clause, before)

    def _titled(self, words: str, name: str) -> bool:
        """Whether words before a name are nothing or its title."""
        return not words or words.endswith(self.titles[name]) or bool(_TITLE_END.search(words))

    def _named(self, p: _Paragraph, begin: int, stop: int) -> list[tuple[int, int, str]]:
        """Names and pronouns outside quotations in a stretch of a paragraph, with offsets in the paragraph."""
        plain, offset = p.plain, p.start
        first = bisect_left(self.mentions, (begin + offset,))
        last = bisect_left(self.mentions, (stop + offset,), first)
        found = [
            (start - offset, end - offset, name)
            for start, end, name in self.mentions[first:last]
            if plain[start - offset] != _FILLER and end <= stop + offset and not p.in_brackets(start - offset)
        ]
        if p.pronouns:
            found += [(m.start(), m.end(), m.group()) for m in _PRONOUN.finditer(plain, begin, stop)]
            found.sort()
        return found

    def _body(self, offset: int, before: str) -> str | None:
        """The body, document, group or post that is the whole subject of a clause, as printed.

        `before` stands in the clause before its verb, and begins at `offset` in the page.
        """
        lead = _LEAD_AT_START.match(before)
        cut = lead.end() if lead else 0
        for start in (cut, 0) if cut else (0,):
            end = _end_of_body(before, start)
            if end:
                break
        else:
            return self._place(before[cut:], offset + cut)
        if "的" in before[start:end]:
            start = before.rindex("的", start, end) + 1
        at, stop = _trimmed(self.text, offset + start, offset + end)
        title = self.text.find("《", at, stop)
        if title >= 0:
            return self.page[title:stop]
        kind = _kind_of_body(self.text[at:stop])
        return self._meant(at, stop, kind) if kind else None

    def _meant(self, start: int, end: int, kind: str) -> str | None:
        """The speaker that a body, group or post printed at a place of the page means."""
        words, printed = self.text[start:end], self.page[start:end]
        if words.endswith("大家"):
            return "大家"
        if kind == "office":
            return self._holder(words, start) or self._addressed(printed, words[1:]) or printed
        if kind == "person":
            return self._addressed(printed, "") or printed
        if kind == "place":
            return printed if regions.resolve(words) or (len(words) == 2 and words[0] in "该全本我") else None
        return None if words in ("他们", "她们") else printed

    def _place(self, before: str, at: int) -> str | None:
        """The divisions, by their short names, that are the whole subject of a clause (河北、海南同时)."""
        run = _PLACES.match(before)
        if run and all(regions.resolve(name) for name in re.split("[、和]", run.group())):
            return self.page[at : at + run.end()]
        return None

    def _holder(self, office: str, before: int) -> str | None:
        """The person last named before a place who holds the post named there (总书记)."""
        holders = {name for name, titles in self.titles.items() if any(title.endswith(office) for title in titles)}
        if not holders:
            return None
        last = bisect_left(self.mentions, (before,))
        near = (name for _, _, name in reversed(self.mentions[max(0, last - 50) : last]) if name in holders)
        return next(near, min(holders))

    def _addressed(self, printed: str, office: str) -> str | None:
        """The only person of the page whom a surname means: with a post (李书记), or without any (李大爷)."""
        names = [
            name
            for name, titles in self.titles.items()
            if name[0] == printed[0] and (any(t.endswith(office) for t in titles) if office else not titles)
        ]
        return names[0] if len(names) == 1 else None

    def _left_out(self, p: _Paragraph, sentence: int, clause: int, at: int, after: int, verb: str) -> bool:
        """Whether the clause has no subject of its own, so that the speaker before it goes on."""
        plain = p.plain
        before = plain[clause:at].strip()
        marked = bool(_MARKED.search(before[-8:]))
        lead = _LEAD_AT_START.match(before)
        rest = before[lead.end() :] if lead else before
        if not marked and not _ADVERBS.fullmatch(rest):
            # A comma inside the name of a meeting (在…，…研讨班上强调) parts the verb from its subject.
            return (
                clause > sentence
                and bool(_COMMA_INSIDE.fullmatch(rest))
                and "在" in plain[sentence:clause]
                and not self._speech_open(p, sentence)
            )
        if verb in _NOUNS_TOO and _NOT_ASKED.search(rest):
            return False
        if verb in _OPENING_WISH:
            if self.named_in != p.number and (marked or clause == sentence):
                return not _DONE.match(plain, after)
            own = clause > sentence and not self._speech_open(p, sentence)
            return own and self._subject_of_clause(p, sentence, clause) is not None
        if marked or before.endswith("据"):
            return False
        if not self._speech_open(p, sentence):
            return True
        if not self.said.named:
            return plain[clause - 1] in "；;" or (not rest and bool(_CHAINED.match(plain, after)))
        return "并" in before or "还" in before or (plain[clause - 1] in "；;" and plain[after : after + 1] in "，,：:")

    def _speaker_before(self, p: _Paragraph, sentence: int, clause: int) -> str | None:
        """Who speaks where the subject was left out: the subject of the sentence so far, or the speaker before it."""
        offset, plain = p.start, p.plain
        if clause > sentence and not _ADVERBS.fullmatch(plain[sentence:clause].rstrip("，, ")):
            if self._speech_open(p, sentence):
                return self.said.speaker
            for begin, end in p.clauses(sentence, clause):
                name = self._subject_of_clause(p, begin, end)
                if name:
                    return name
                issuer = _ISSUES.match(plain, begin, end)
                if issuer:
                    at, stop = _trimmed(self.text, *(offset + place for place in issuer.span(issuer.lastgroup or 0)))
                    words, printed = self.text[at:stop], self.page[at:stop]
                    if issuer.lastgroup == "meeting":
                        return printed
                    if _NOT_A_BODY.search(words):
                        continue
                    kind = _kind_of_body(words)
                    if kind:
                        return self._meant(at, stop, kind)
                    if regions.resolve(words):
                        return printed
            return None
        name, found_at = self._last_subject(p, sentence)
        previous = p.sentence(max(sentence - 1, 0))
        meeting = _ISSUES.match(plain, previous, sentence)
        if meeting and meeting.lastgroup == "meeting" and found_at < previous + offset:
            if not self._speech_open(p, previous):
                at, stop = meeting.span("meeting")
                return self.page[offset + at : offset + stop]
        if self.said and self.said.paragraph == p.number and self.said.begin + 1 >= max(found_at, self.unknown):
            return self.said.speaker
        return name

    def _stands_for(self, p: _Paragraph, clause: int, pronoun: int) -> str | None:
        """The name that a pronoun stands for: the subject of its sentence so far, or of the nearest one before."""
        sentence = p.sentence(pronoun)
        for begin, end in p.clauses(sentence, clause):
            name = self._subject_of_clause(p, begin, end)
            if name:
                return name
        return self._last_subject(p, sentence)[0]

    def _last_subject(self, p: _Paragraph, before: int) -> tuple[str | None, int]:
        """The person who is the subject of the nearest sentence before a place, and where in the page."""
        fallback: tuple[str | None, int] = (None, -1)
        index = bisect_left(self.mentions, (before + p.start,)) - 1
        for _ in range(_CLAUSES):
            if index < 0 or self.mentions[index][0] < self.unknown:
                break
            start = self.mentions[index][0]
            number = bisect_left(self.paragraphs, (start + 1,)) - 1
            if number < 0:
                break
            offset, stop = self.paragraphs[number]
            if start >= stop:
                index -= 1
                continue
            near = self.paragraph(number)
            sentence = near.sentence(start - offset)
            first = bisect_left(self.mentions, (sentence + offset,), 0, index)
            for place, _, name in self.mentions[first : min(index + 1, first + _CLAUSES)]:
                if near.plain[place - offset] == _FILLER:
                    continue
                clause = near.clause(sentence, place - offset)
                if self._subject_of_clause(near, clause, len(near.plain)) == name:
                    return name, place
                fallback = fallback if fallback[0] else (name, place)
            index = first - 1
        return (None, -1) if self.unknown > fallback[1] else fallback

    def _subject_of_clause(self, p: _Paragraph, begin: int, end: int) -> str | None:
        """The person named first in a clause, unless a preposition or verb before the name makes it an object."""
        plain = p.plain
        stop = min(end, begin + _REACH)
        for mark in "，,；;。":
            found = plain.find(mark, begin, stop)
            stop = found if found >= 0 else stop
        for start, after, name in self._named(p, begin, stop):
            prefix = plain[begin:start]
            if name in ("他", "她") or _BLOCKED.search(prefix) or plain[after : after + 1] == "的":
                return None
            lead = _LEAD_AT_START.match(prefix)
            title = prefix[lead.end() :] if lead else prefix
            if not title or title.endswith(self.titles[name]):
                return name
            if _TITLE_END.search(title) and not _OBJECT.search(title):
                return name
            if title[-1] not in _GOVERNED:
                return None
        return None


def _end_of_body(before: str, start: int) -> int | None:
    """Where the name of a body ends that begins at `start`, where only adverbs follow it; of several the first."""
    if "《" in before and (work := _WORK.fullmatch(before, start)):
        return work.end(1)
    found = _bodies()[1].find_matches_as_indexes(before, overlapping=True)
    ends = [end for _, _, end in sorted((begin, -end, end) for _, begin, end in found if start <= begin <= start + 30)]
    return next((end for end in ends if _ADVERBS.fullmatch(before, end)), None)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch without the white space at its ends."""
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())


def _speech_start(plain: str, verb: str, takes: str, after: int, after_quotation: bool = False) -> int | None:
    """Where what is said begins after the verb that ends at `after`; None where the verb says nothing there."""
    if verb.startswith("告诉"):
        hearer = _HEARER.match(plain, after)
        if hearer is None:
            return None
        after = hearer.end()
    if plain.startswith("过", after):
        after += 1
    rest = plain[after : after + 60]
    if takes == "colon" or verb == "提出" or rest[:1] == "了":
        announced = _ANNOUNCED.match(rest)
        if announced:
            return after + announced.end() if after + announced.end() < len(plain) else None
        if takes == "colon":
            return None
    if not rest:
        return None
    if rest[0] in _NOT_A_CLAUSE or rest[0].isspace():
        if _SENTENCE_OVER.match(rest):
            return None
        mark = _SPEECH_MARK.match(rest)
        if mark and (mark.group().strip() or rest.startswith("“", mark.end())):
            start = after + mark.end()
            if start >= len(plain):
                return None
            if verb == "提出" and plain[after] == "“":
                close = plain.find("”", start)
                return start if close > 0 and _SENTENCE_OVER.match(plain, close + 1) else None
            return start
    if verb in ("提出", "明确") and _PLAN.match(rest):
        return after
    if verb == "希望" and _TOGETHER.match(rest):
        return after
    if takes == "mark" or _NO_CLAUSE.match(rest):
        return None
    if verb == "宣布" and (after_quotation or _ANNOUNCES_AN_OPENING.match(rest)):
        return None
    if verb == "表示" and _FEELING.match(rest):
        return None
    return after


def _extents(text: str, paragraphs: list[tuple[int, int]], found: list[_Hit]) -> Iterator[tuple[_Hit, int, int]]:
    """Each attribution with the place where what is said begins, and where it ends.

    It ends before the next attribution or with its paragraph; it takes in the paragraphs after it that go on with a
    numbered point or, inside a quotation that is still open, with a quotation mark.
    """
    for number, hit in enumerate(found, 1):
        if hit.end is not None:
            yield hit, hit.start, hit.end
            continue
        begin = counted = hit.start
        quotations = 0
        limit = found[number].begin if number < len(found) else len(text)
        index = hit.paragraph
        stop = paragraphs[index][1]
        while stop <= limit and index + 1 < len(paragraphs):
            start, end = paragraphs[index + 1]
            quotations += text.count("“", counted, stop) - text.count("”", counted, stop)
            counted = stop
            goes_on = quotations > 0 and _OPENS_WITH_QUOTATION.match(text, start, end)
            if not goes_on and not _OPENS_WITH_MARK.match(text, start, end):
                break
            index, stop = index + 1, end
        said = text[begin : min(stop, limit)].rstrip()
        said = said.rstrip("，,；;、 \u3000") if limit < stop else said
        start = begin + len(said) - len(said.lstrip())
        if start < begin + len(said):
            yield hit, start, begin + len(said)
