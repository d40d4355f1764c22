"""Bytes to text.

Chinese pages come in UTF-8, GB18030 (with its subsets GBK and GB 2312), Big5 (with its extensions) and UTF-16, and
often declare another encoding than they are in. Most byte strings of one are legal in another, so legality alone
decides only for UTF-8; for the others the reading that looks most like Chinese text wins.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from povdata.page import Rejection

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)

_MAGIC = (
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an Office document"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (0, b"{\\rtf", "an RTF document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\xfd7zXZ\x00", "an xz archive"),
    (0, b"BZh91AY&SY", "a bzip2 archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF87a", "a GIF image"),
    (0, b"GIF89a", "a GIF image"),
    (8, b"WEBPVP8", "a WebP image"),
    (0, b"II*\x00", "a TIFF image"),
    (0, b"MM\x00*", "a TIFF image"),
    (4, b"ftyp", "a video or a HEIF image"),
    (0, b"ID3\x03", "an MP3 recording"),
    (0, b"ID3\x04", "an MP3 recording"),
    (0, b"OggS\x00", "an Ogg recording"),
    (0, b"SQLite format 3\x00", "an SQLite database"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"\x7fELF", "a program"),
)
"""Where a file format's mark stands, the mark, and what such a file is."""

_FAMILIES = (("utf-8",), ("gb18030",), ("big5", "cp950", "big5hkscs"), ("utf-16-le",), ("utf-16-be",))
"""Encodings to weigh. Those of one family read the same text; the first that decodes strictly is taken."""
_WIDE = (("utf-32-le",), ("utf-32-be",), ("utf-16-le",), ("utf-16-be",))
"""Encodings in which text holds NUL bytes."""

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a")) + b"\x7f"
_CONTROL_RUN = re.compile(f"[{re.escape(_CONTROLS.decode())}]+")
_CONTROL_SHARE = 0.01
_BAD_SHARE = 0.001
_BAD_ALWAYS = 2
_SAMPLE = 4000
_MOST_WEIGHTS = 100_000
_LEAST_SCORE = 0.9
"""Mean score that a reading must reach to be taken for Chinese text: random common ones give 0.7."""
_SURE_SCORE = 1.5
_SURE_VARIETY = 4
"""Score and different characters with which another reading beats legal UTF-8 that holds no Han character: a middle dot
in UTF-8 is `路` in GB18030, and a few characters in GB18030 can be legal UTF-8."""
_PRIOR = 1.5, 2
"""Score that a reading begins with, and the characters that it counts for: a few rare characters prove little."""

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_THREE_BYTES = re.compile("[\u0800-\U0010ffff]")

# Common knowledge: the characters that make up two thirds of any modern text, and of the campaign's news.
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多"
    "经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三"
    "又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西月话合回特代内信表化老给世位次度门任常先海"
    "通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活更别打女变四总何电数安少报才结反受目太量再感建务做接必场件计管期市"
    "直资命山金指许统区保至队形社便空决治展马科司五基书非则听白却界达光放强即像难且权思王完设式色路记南品住告类求据程北边死张该交规"
    "万取望觉术领共确传师观清今切院让识候带导争运笔贫困扶脱攻坚村省县委府农户党习近平扎推组织县镇乡项增收质效落责干部记者讯网"
    "這個們來為國說時會對種於過發後裡經麼當沒動還進樣開從實軍無與長機間將兩問應戰頭體見產業關點話給門東聲員論處義認條係氣題變總電"
    "數報結務場計資許統區隊決馬書則聽達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運貧縣農戶黨習組織鎮鄉項質責幹訊網"
)
_PUNCTUATION = frozenset("，。、：；？！“”‘’（）《》〈〉【】「」『』〔〕—…·\u3000％")
_COMMON = frozenset(  # the first levels of GB 2312 and Big5 are the characters of daily use
    bytes((lead, trail)).decode("gb2312", "ignore") for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF)
) | frozenset(
    bytes((lead, trail)).decode("big5", "ignore")
    for lead in range(0xA4, 0xC7)
    for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
)


def decode(data: bytes) -> tuple[str, str]:
    """Text of a page, and the Python codec that decodes it: UTF-8, GB18030, Big5, UTF-16 or UTF-32.

    A byte-order mark is dropped, nothing else is changed. Legal UTF-8 is UTF-8; otherwise the readings are compared by
    how common their characters are in Chinese text. A character that is cut off at the very end is no reason to lose a
    page, nor are two bad bytes, or one in a thousand of a longer page: each decodes to U+FFFD, and spans count that.
    UTF-16 without a mark is not told from ASCII where every byte happens to be an ASCII one.

    Raises Rejection `binary` (a file format's mark, NUL bytes outside UTF-16 and UTF-32, or more than one control
    character in a hundred) and `undecodable` (no reading is Chinese text).
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text, bad = _attempt(data, encoding)
            if bad > _allowed(data) or _is_noise(text):
                raise _undecodable(
                    f"the file begins with the byte-order mark of {encoding}, but its bytes are not that"
                )
            return text.removeprefix("\ufeff"), encoding

    for at, mark, kind in _MAGIC:
        if data.startswith(mark, at):
            raise _binary(f"the file is {kind}")

    if b"\x00" in data:
        best = _best(data, _WIDE)
        if best is None:
            raise _binary("the file holds NUL bytes, which no text has")
        return best[1:]

    controls = len(data) - len(data.translate(None, _CONTROLS))
    noisy = controls > _CONTROL_SHARE * len(data)
    if not noisy:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if text.isascii() or _THREE_BYTES.search(text):
                return text, "utf-8"
            best = _best(data, _FAMILIES[1:])
            if best and best[0] >= _SURE_SCORE and len(set("".join(_NOT_ASCII.findall(best[1])))) >= _SURE_VARIETY:
                return best[1:]
            return text, "utf-8"

    best = _best(data, _FAMILIES[3:] if noisy else _FAMILIES)
    if best is None:
        if noisy:
            raise _binary("the file is full of control characters")
        raise _undecodable("the bytes are Chinese text in none of UTF-8, GB18030, Big5 and UTF-16")
    return best[1:]


def _best(data: bytes, families: tuple[tuple[str, ...], ...]) -> tuple[float, str, str] | None:
    """(score, text, encoding) of the reading that looks most like Chinese text, or None where none does."""
    readings = []
    for family in families:
        bad, text, encoding = _least_bad(data, family)
        if bad <= _allowed(data) and (score := _score(text, wide=encoding[:6] in ("utf-16", "utf-32"))) >= _LEAST_SCORE:
            readings.append((score, text, encoding))
    return max(readings, key=lambda r: r[0], default=None)


def _least_bad(data: bytes, family: tuple[str, ...]) -> tuple[int, str, str]:
    best = None
    for encoding in family:
        text, bad = _attempt(data, encoding)
        if best is None or bad < best[0]:
            best = (bad, text, encoding)
        if not bad:
            break
    assert best is not None
    return best


def _attempt(data: bytes, encoding: str) -> tuple[str, int]:
    """Text, and the bad places in it; a character cut off at the very end is not one."""
    try:
        return data.decode(encoding), 0
    except UnicodeDecodeError as e:
        text = data.decode(encoding, "replace")
        cut_off = e.end == len(data) and len(data) - e.start < 4
        return text, 0 if cut_off else text.count("\ufffd")


def _allowed(data: bytes) -> float:
    return max(_BAD_ALWAYS, _BAD_SHARE * len(data))


def _score(text: str, wide: bool) -> float:
    """Mean weight of a sample of the characters: near 2 for Chinese prose, below 0 for a wrong reading.

    ASCII tells nothing where every reading of the bytes shares it, but much where it is made of two bytes or four.
    """
    if wide:
        sample = text[:_SAMPLE]
    else:
        runs, size, at = [], 0, 0
        while size < _SAMPLE and (run := _NOT_ASCII.search(text, at)):
            runs.append(run[0][:_SAMPLE])
            size += len(runs[-1])
            at = run.end()
        sample = "".join(runs)
    score, weight = _PRIOR
    return (score * weight + sum(map(_WEIGHTS.__getitem__, sample))) / (weight + len(sample))


def _weight(c: str) -> float:
    if c in _FREQUENT:
        return 3.0
    if c in _PUNCTUATION:
        return 2.0
    if " " <= c <= "~" or c in "\t\n\r":
        return 1.0
    if c in _COMMON or "\uff01" <= c <= "\uff5e":
        return 0.5
    if c == "\ufffd":
        return -8.0
    if unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs"):
        return -10.0
    if "\u4e00" <= c <= "\u9fff":
        return -1.0
    return 0.0 if unicodedata.category(c) in ("So", "Po", "Sm", "No") else -1.5


class _Weights(dict[str, float]):
    """Character -> its weight, worked out once for each that is met."""

    def __missing__(self, c: str) -> float:
        weight = _weight(c)
        if len(self) < _MOST_WEIGHTS:
            self[c] = weight
        return weight


_WEIGHTS = _Weights()


def _is_noise(text: str) -> bool:
    return sum(map(len, _CONTROL_RUN.findall(text))) > _CONTROL_SHARE * len(text)


def _binary(what: str) -> Rejection:
    return Rejection("binary", f"{what}: convert it to text or HTML first")


def _undecodable(what: str) -> Rejection:
    return Rejection("undecodable", f"{what}: convert the file to UTF-8")
