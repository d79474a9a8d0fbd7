"""How languages spell alike: numbers in any digits, and names in any script that spells sounds."""

from __future__ import annotations

import re
from functools import lru_cache

from polyalign.folding import comparable, readable, unmarked

NUMBER = re.compile(r"\d+(?:[.,٫٬’'\u00a0\u202f]\d+)*")
_SEPARATORS = re.compile(r"\D")


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text as ASCII digits without separators: "38,05" and "٣٨٫٠٥" are "3805"."""
    return frozenset(readable(_SEPARATORS.sub("", match.group())) for match in NUMBER.finditer(text))


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
