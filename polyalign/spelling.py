"""How languages spell: words and marks, numbers in any digits, names in any script that spells sounds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from polyalign.folding import comparable, readable, unmarked

NUMBER = re.compile(r"\d+(?:[.,٫٬’'\u00a0\u202f]\d+)*")
CASED = 0.25  # of the words inside sentences: with more in capitals, capitals do not mean names

_SEPARATORS = re.compile(r"\D")
_PART = re.compile(r"[^\W\d_]+")
_WORD = re.compile(rf"{_PART.pattern}(?:-{_PART.pattern})*")
_FEW = 2  # words in capitals that may be names however short the text is


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text as ASCII digits without separators: "38,05" and "٣٨٫٠٥" are "3805"."""
    return frozenset(readable(_SEPARATORS.sub("", match.group())) for match in NUMBER.finditer(text))


def tokens(text: str) -> list[tuple[int, int]]:
    """The words, numbers and runs of marks of a text: offsets, ascending.

    A script that writes no spaces comes out in runs.
    """
    return [match.span() for match in _tokens().finditer(text)]


@cache
def _tokens() -> Any:
    import regex

    return regex.compile(r"\p{N}++(?:[.,٫٬'’]\p{N}++)*+|[\p{L}\p{M}_]++|[^\p{L}\p{M}\p{N}_\s]++")


def is_unspaced(text: str) -> bool:
    """Whether letters of scripts that write no spaces between words are in a text."""
    return _unspaced().search(text) is not None


@cache
def _unspaced() -> Any:
    import regex

    return regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}]")


def names(units: Sequence[str], *, cased: float = CASED) -> list[list[re.Match[str]]]:
    """The words of each unit of a text that are names: in capitals, and never in small letters.

    A word at the start of a unit counts only if it stands in capitals inside one, too. There are none
    where more than `cased` of the words inside units are in capitals, as in titles or for nouns in German.
    """
    words = [list(_WORD.finditer(unit)) for unit in units]
    inside = Counter(word.group() for unit in words for word in unit[1:] if word.group()[0].isupper())
    if not inside or inside.total() > max(_FEW, cased * sum(max(len(unit) - 1, 0) for unit in words)):
        return [[] for _ in units]
    small = {comparable(word.group()) for unit in words for word in unit if word.group()[0].islower()}

    def named(number: int, word: str) -> bool:
        return word[0].isupper() and comparable(word) not in small and (number > 0 or word in inside)

    return [[word for k, word in enumerate(unit) if named(k, word.group())] for unit in words]


def sounds_of(names: Sequence[re.Match[str]], least: int = 2) -> frozenset[str]:
    """The sounds of names and of their parts that have so many consonants."""
    parts = (part for name in names for part in name.group().split("-"))
    return frozenset(sounds for part in parts if len(sounds := sound(part)) >= least)


def heard(unit: str) -> frozenset[str]:
    """The names that the words of a unit may be, by their sounds: what `_forms` says of each."""
    return frozenset().union(*map(_forms, _PART.findall(unit)))


@lru_cache(maxsize=100_000)
def _forms(word: str) -> frozenset[str]:
    """The sounds of a word, with and without what Arabic writes together with it.

    And without their last or their last two consonants, as a word may continue a name.
    """
    forms = frozenset(form for form in spoken(word) if len(form) >= 2)
    return forms | {form[:-cut] for form in forms for cut in (1, 2) if len(form) - cut >= 3}


@lru_cache(maxsize=100_000)
def spoken(word: str) -> tuple[str, ...]:
    """The sounds of a word, first as it stands, then without what Arabic writes together with it."""
    bare = _ARABIC_PREFIX.sub("", word)
    return tuple(dict.fromkeys(map(sound, (word, bare, _ARABIC_CLITIC.sub("", word)))))


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """The consonants of a word in broad classes, the same for all scripts that spell sounds.

    "قالن", "Kalın" and "Калын" are all "KLN". Vowels, w and y, which scripts write or leave out
    as they like, do not count, nor do doubled consonants. Words of other scripts are "".
    """
    plain = unmarked(comparable(word).translate(_MARKED))
    for spelled, sounds in _CLUSTERS:
        plain = plain.replace(spelled, sounds)
    classes = plain.translate(_CLASSES)
    return re.sub(r"(.)\1+", r"\1", re.sub("[^A-Z]", "", classes))


_ARABIC_PREFIX = re.compile("^[وف]?(?:[بك]?ال|لل)(?=...)")
_ARABIC_CLITIC = re.compile("^[وف]?[بكل]?(?=...)")
_MARKED = str.maketrans({"ç": "C", "č": "C", "ć": "C", "ş": "X", "š": "X", "ś": "X", "ž": "J", "ż": "J"})
_CLUSTERS = (
    *(("sch", "X"), ("tch", "C"), ("sh", "X"), ("ch", "C"), ("kh", "K"), ("gh", "K"), ("zh", "J")),
    *(("dh", "Z"), ("th", "T"), ("ph", "F"), ("ck", "K"), ("ts", "S"), ("dj", "J"), ("تش", "C")),
    *(("дж", "J"), ("x", "KS"), ("ks", "KS")),
)
_SOUNDS = {
    "B": "bpبپпб",
    "C": "چч",
    "D": "dدضдđ",
    "F": "fvفڤфв",
    "H": "hهحґ",
    "J": "jجژж",
    "K": "kcqgكقخغگکкгх",
    "L": "lلлł",
    "M": "mمм",
    "N": "nنн",
    "R": "rرр",
    "S": "sسصثсцß",
    "T": "tتطт",
    "X": "شшщ",
    "Z": "zزظذз",
}
_CLASSES = str.maketrans({letter: name for name, letters in _SOUNDS.items() for letter in letters})
