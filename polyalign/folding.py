"""The one place where text is folded, so that what is written in several ways can be compared.

    text --> readable --> comparable --> searchable

Each goes on from the one before it. The text itself is never changed: where places in it are wanted,
`Folded` leads back to them.

| step | example | readable | comparable | searchable |
|---|---|---|---|---|
| what is not seen goes: controls, marks of direction, soft hyphens, BOM | | x | x | x |
| joiners go, where the language spells nothing with them | Persian, Hindi do | x | all | all |
| a letter and its marks are one character (NFC) | e + ́ = é | x | x | x |
| shapes, ligatures and widths of letters and digits | ﻗﺎﻝ = قال, ＡＢ = AB, ﬁ = fi | x | x | x |
| digits of all scripts, and their signs | ٤٥٫٥ = 45.5 | x | x | x |
| tatweel between letters, points of Hebrew, stress in Cyrillic go | كـتب = كتب | x | x | x |
| vowel signs of Arabic go | كَتَبَ = كتب | passages | x | x |
| kaf and yeh as the language has them | ar: ی = ي, fa: ي = ی | x | x | x |
| passages in capitals | THE WAR IS OVER. = The war is over. | x | | |
| small letters, by the language | IŞIK = ışık, Straße = strasse | | x | x |
| alif, yeh, heh and kaf of Arabic letters have one form each | إلى = الي, مدينة = مدينه | | | x |
| accents go, and what is compatible is the same (NFKD) | Łódź = lodz, ① = 1 | | | x |

PASSAGE words side by side in capitals are no acronyms any more, but a passage, and where most words of a
text stand in passages, all its capitals do. Words of a passage become what they are in the rest of the
text, so that names and acronyms keep their capitals there, else small. As many words side by side with
vowel signs are a passage, too; it is bare where most words of a line, or of the text, stand in such.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

from polyalign.tags import primary

PASSAGE = 4
LONGEST = 18  # characters that one becomes, at most: Arabic has one for a whole blessing

_UNSEEN = (
    "\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufff8\U000e0000-\U000e0fff"
)
_JOINERS = "\u200c\u200d"
_VOWELS = "\u064b-\u0652\u0670"
_APART = "\ufc5e-\ufc63\ufcf2-\ufcf4\ufe70-\ufe7f"  # vowel signs as characters of their own
_SIGNS = (  # of Arabic and Hebrew
    f"\u0610-\u061a\u0656-\u065f\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff"
    f"{_APART}\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
)
_SHAPES = (
    "\u0132\u0133\u017f\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufd3d\ufd50-\ufdff\ufe80-\ufefc\uff10-\uff19"
    "\uff21-\uff3a\uff41-\uff5a\uff61-\uff9f\U0001d400-\U0001d7ff\U0001ee00-\U0001eeff"
)
_WIDE = "\u3000\uff01-\uff60\uffe0-\uffe6"  # the ordinary width of signs among ideographs
_STRESS = "\u0300\u0301\u0653"  # what is left of these after NFC is part of no letter

_IDEOGRAPHIC = frozenset({"", "ja", "ko", "yue", "zh"})  # "" is a language that is not known
_SPELT_WITH_SIGNS = frozenset({"ks", "yi"})
TURKIC = frozenset({"az", "tr"})  # where I is the capital of ı
_VARIANTS = {"ar": ("کیٱ", "كيا"), **dict.fromkeys(("ckb", "fa", "ur"), ("كيى", "کیی"))}

_JOINED = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af]")  # Persian, Hindi, Khmer, ...
_STRETCH = re.compile(rf"(?<![ـ{_VOWELS}])(?:ـ[{_VOWELS}]*+)++(?=[^\W\d_])")
_TYPED = re.compile("([\u064b-\u0650\u0652]+)\u0651"), "\u0651\\1"  # a double letter, then its vowel
_NUMERAL = str.maketrans("٫٬٪", ".,%")
_DIGIT = re.compile(r"[^\D0-9]")
_NO_LETTER = re.compile("\u0653|(?<=[\u0400-\u052f])[\u0300\u0301]")
_WRITTEN = re.compile(f"[{_VOWELS}]")
_VOWEL = f"\u064c-\u0652\u0670{_APART}"  # but -an, which most writers write
_ANY_WORD = re.compile(r"\S+|\s")
_VOWEL_SIGN = re.compile(f"[{_VOWEL}]")
_VOWELLED_WORD = rf"[^\s{_VOWEL}]*+[{_VOWEL}]\S*+"
_VOWELLED = re.compile(rf"(?<!\S){_VOWELLED_WORD}(?:\s[\s{_UNSEEN}]*+{_VOWELLED_WORD}){{{PASSAGE - 1},}}")
_ARABIC_WORD = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]\\S*")
_ARABIC = str.maketrans("ٱىیةہھک", "اييهههك")
_STROKES = str.maketrans("ıłøđħŧ", "ilodht")  # which NFKD leaves as they are
_LEAST_ACCENT = 10  # combining class; marks of a lower one are a part of the letter, as in India and Japan

_WORD = re.compile(r"[^\W\d_]+")
_BESIDE = re.compile(r"(?:[^\w,;،؛、\t\n\r]|\d)*+")  # no list, no line
_SENTENCE = re.compile(r"(?:\A|[.!?…؟]\W*\s|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])\W*\Z")
_BEFORE = 12  # characters that tell whether a sentence begins


# the length of a piece of text, the piece folded, and for each of its characters where in the piece
# ends what it comes from
_Piece = tuple[int, str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and, for each of its characters, where in the text ends what it comes from.

    `ends` is None where all characters stand at their own places.
    """

    text: str
    ends: Sequence[int] | None = None

    @classmethod
    def readable(cls, text: str, language: str = "", *, capitals: bool = False) -> Folded:
        """What `readable` gives, with places."""
        language = primary(language)
        spelt = cls._of(_spelt(text, language)) if _odd(text, language) else cls(text)
        return spelt if capitals else cls(_small(spelt.text, language), spelt.ends)

    @classmethod
    def comparable(cls, text: str, language: str = "") -> Folded:
        """What `comparable` gives of each character, with places."""
        return cls._of([_piece((c, comparable(c, language)) for c in _characters().findall(text))])

    @classmethod
    def searchable(cls, text: str) -> Folded:
        """What `searchable` gives, with places."""
        return cls._of([_piece((c, searchable(c)) for c in _characters().findall(text))])

    @classmethod
    def _of(cls, pieces: Iterable[_Piece]) -> Folded:
        """The folded text of its pieces."""
        texts, ends, end = list[str](), array("q"), 0
        for length, folded, places in pieces:
            texts.append(folded)
            plain = isinstance(places, range)
            ends.extend(range(end + 1, end + length + 1) if plain else map(end.__add__, places))
            end += length
        return cls("".join(texts), ends)

    def origin(self, place: int) -> int:
        """The offset in the text behind what the characters before this place come from."""
        if self.ends is None:
            return place
        return self.ends[place - 1] if place else 0

    def place(self, offset: int) -> int:
        """The place behind the characters that come from what is before this offset in the text."""
        return offset if self.ends is None else bisect_right(self.ends, offset)


def readable(text: str, language: str = "", *, capitals: bool = False) -> str:
    """The text in ordinary letters, as a reader wants it that knows no others.

    `language` is a tag, "" where it is not known. With `capitals` all passages in them stay.
    """
    language = primary(language)
    if _odd(text, language):
        text = "".join([folded for _, folded, _ in _spelt(text, language)])
    return text if capitals else _small(text, language)


@lru_cache(maxsize=20_000)
def comparable(text: str, language: str = "") -> str:
    """The text in small letters, the same for words that are spelt the same."""
    language = primary(language)
    if text.isascii() and text.isprintable():
        return _uncapital(text, language).lower()
    if _odd(text, language) or _WRITTEN.search(text):
        text = "".join([_ordinary(character, language, True) for character in _characters().findall(text)])
    text = text.replace("\u200c", "").replace("\u200d", "")
    return unicodedata.normalize("NFC", _uncapital(text, language).casefold())


@lru_cache(maxsize=20_000)
def searchable(text: str) -> str:
    """The text as people type what they look for, without accents: the same in all languages."""
    if text.isascii():
        return comparable(text)
    small = unicodedata.normalize("NFKD", comparable(text)).casefold()
    return unmarked(small).translate(_ARABIC).translate(_STROKES)


def unmarked(text: str) -> str:
    """The letters of a text without accents and other marks beside them, in compatible form (NFKD)."""
    return _accents().sub("", unicodedata.normalize("NFKD", text))


@cache
def _accents() -> re.Pattern[str]:
    marks = (c for c in map(chr, range(0x300, 0x20000)) if unicodedata.combining(c) >= _LEAST_ACCENT)
    return re.compile(f"[{''.join(marks)}]+")


def _odd(text: str, language: str) -> bool:
    """Whether there may be anything to fold but capitals."""
    if _oddities(language).search(text):
        return True
    if text.isascii():
        return False
    vowelled = _VOWEL_SIGN.search(text) is not None and _VOWELLED.search(text) is not None
    return vowelled or not unicodedata.is_normalized("NFC", text)


@lru_cache(maxsize=256)
def _oddities(language: str) -> re.Pattern[str]:
    return re.compile(f"[{_odd_characters(language)}]|{_DIGIT.pattern}")


def _odd_characters(language: str) -> str:
    variants, _ = _VARIANTS.get(language, ("", ""))
    return f"{_UNSEEN}{_JOINERS}{_SIGNS}{_STRESS}ـ٫٬٪{_shapes(language)}{variants}"


def _shapes(language: str) -> str:
    return _SHAPES if language in _IDEOGRAPHIC else _SHAPES + _WIDE


@cache
def _characters() -> re.Pattern[str]:
    """A character with all marks that belong to it: where a text may be parted and is folded the same."""
    marks = "".join(c for c in map(chr, range(0x300, 0xFE30)) if unicodedata.category(c)[0] == "M")
    jamo, voiced = "\u1160-\u11ff\ud7b0-\ud7ff", "\uff9e\uff9f"
    more = f"{_UNSEEN}{_JOINERS}{_SIGNS}{marks}{jamo}{voiced}"
    return re.compile(rf"\s|ـ[ـ{more}]*+(?:[^\W\d_][{more}]*+)?|.[{more}]*+", re.DOTALL)


def _spelt(text: str, language: str) -> Iterator[_Piece]:
    """The words of the text, with what is between them, in ordinary letters of either case."""
    lines, rows, words = [text], [0], [0]
    if _VOWELLED.search(text):
        lines = text.splitlines(keepends=True)
        rows = [sum(len(row.split()) for row in _VOWELLED.findall(line)) for line in lines]
        words = [len(_ARABIC_WORD.findall(line)) for line in lines]
    prevail = 2 * sum(rows) > sum(words)
    odd = _odd_words(language) if unicodedata.is_normalized("NFC", text) else _ANY_WORD
    for line, vowelled, count in zip(lines, rows, words, strict=True):
        bare, done = prevail or 2 * vowelled > count, 0
        for match in odd.finditer(line):
            if plain := line[done : match.start()]:
                yield len(plain), plain, range(1, len(plain) + 1)
            yield _spelt_word(match.group(), language, bare)
            done = match.end()
        yield len(line) - done, line[done:], range(1, len(line) - done + 1)


@lru_cache(maxsize=256)
def _odd_words(language: str) -> re.Pattern[str]:
    """The words in which there may be something to fold, of a text in NFC."""
    digits = "".join(c for c in map(chr, range(0x80, 0x10000)) if c.isdecimal())
    odd = f"{_odd_characters(language)}{_VOWELS}{_APART}{digits}\U00010000-\U0010ffff"
    return re.compile(rf"[{odd}](?<=\s)|(?<!\S)[^\s{odd}]*+[{odd}]\S*+")


@lru_cache(maxsize=1 << 15)
def _spelt_word(word: str, language: str, bare: bool) -> _Piece:
    return _piece((c, _ordinary(c, language, bare)) for c in _characters().findall(word))


def _piece(characters: Iterable[tuple[str, str]]) -> _Piece:
    """A piece of text from its characters and what becomes of them."""
    end, texts, places = 0, list[str](), list[int]()
    for character, folded in characters:
        end += len(character)
        texts.append(folded)
        places += [end] * len(folded)
    return end, "".join(texts), places


@lru_cache(maxsize=1 << 16)
def _ordinary(character: str, language: str, bare: bool) -> str:
    """One of `_characters` in ordinary letters, without vowel signs if it is to be `bare`."""
    unwritten, shaped = _patterns(language, bare)
    text = shaped.sub(
        lambda match: unicodedata.normalize("NFKC", match.group()), unwritten.sub("", character)
    )
    text = unwritten.sub("", unicodedata.normalize("NFD", text))
    text = _STRETCH.sub("", text.replace("ـ\u0654", "ئ"))
    if language == "ar" or not _JOINED.match(text):
        text = text.replace("\u200c", "").replace("\u200d", "")
    text = _NO_LETTER.sub("", unicodedata.normalize("NFC", text)).translate(_NUMERAL)
    text = _DIGIT.sub(lambda match: str(unicodedata.decimal(match.group())), text)
    text = _TYPED[0].sub(_TYPED[1], unicodedata.normalize("NFC", text))
    return text.translate(str.maketrans(*_VARIANTS.get(language, ("", ""))))


@lru_cache(maxsize=256)
def _patterns(language: str, bare: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What goes, and what has another shape."""
    signs = "" if language in _SPELT_WITH_SIGNS else _SIGNS + _VOWELS if bare else _SIGNS
    return re.compile(f"[{_UNSEEN}{signs}]+"), re.compile(f"[{_shapes(language)}]+")


def _uncapital(text: str, language: str) -> str:
    """The text without the capitals whose small letters depend on the language, as long as it was."""
    text = text.replace("İ", "i")
    return text.replace("I", "ı") if language in TURKIC else text


def _small(text: str, language: str) -> str:
    """The text, as long as it was, with the words of its passages in capitals as they stand elsewhere in it.

    What stands nowhere else is in small letters, but for the beginnings of sentences.
    """
    passages = [] if text == text.lower() else _passages(text)
    if not passages:
        return text
    if 2 * sum(map(len, passages)) > len(_WORD.findall(text)):
        passages = _passages(text, least=1)
    words = {word.start(): word.group() for word in chain.from_iterable(passages)}
    elsewhere: dict[str, str] = {}
    for match in _WORD.finditer(text):
        if match.start() not in words:
            small = _uncapital(match.group(), language).lower()
            forms = elsewhere.get(small, match.group()), match.group()
            elsewhere[small] = max(forms, key=lambda form: sum(map(str.islower, form)))
    pieces, done = [], 0
    for start, word in words.items():
        small = _uncapital(word, language).lower()
        small = elsewhere.get(small, small)
        if small[0] != small[0].title() and _SENTENCE.search(text[max(0, start - _BEFORE) : start]):
            small = word[0] + small[1:]
        pieces += [text[done:start], small]
        done = start + len(word)
    return "".join(pieces) + text[done:]


def _passages(text: str, least: int = PASSAGE) -> list[list[re.Match[str]]]:
    """The runs of words in capitals, no other words between them, with so many side by side."""
    passages, run, row, longest = [], list[re.Match[str]](), 0, 0
    for match in _WORD.finditer(text):
        word = match.group().replace("ß", "ẞ")
        if word.isupper():
            row = row if run and _BESIDE.fullmatch(text, run[-1].end(), match.start()) else 0
            row += len(word) > 1
            longest = max(longest, row)
            run.append(match)
        elif run:
            passages += [run] if longest >= least else []
            run, longest = [], 0
    return passages + ([run] if longest >= least else [])
