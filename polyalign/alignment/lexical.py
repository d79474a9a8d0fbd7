"""What two languages write alike: numbers, and names even across scripts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float32]

_NUMBER = re.compile(r"\d+(?:[.,٫٬’'\u00a0\u202f]\d+)*")
_SEPARATORS = re.compile(r"\D")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CASED_SHARE = 0.25  # of the words inside sentences: with more in capitals, capitals do not mean names


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text as ASCII digits without separators: "38,05" and "٣٨٫٠٥" are "3805"."""
    return frozenset(_folded(match.group()) for match in _NUMBER.finditer(text))


def _folded(number: str) -> str:
    return "".join(str(unicodedata.decimal(c)) for c in _SEPARATORS.sub("", number))


@dataclass(frozen=True, slots=True)
class Sightings:
    """Where things that both languages write alike stand: one column a thing, one row a unit.

    `ours` (units + 1, things) and `theirs` are running sums, so that the weight of what stands in
    units i to j-1 is row j minus row i; `weights` (things,) is higher for what is rarer.
    """

    ours: Counts
    theirs: Counts
    weights: Counts

    def compared(
        self, a: tuple[NDArray[np.int64], NDArray[np.int64]], b: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> tuple[Counts, Counts]:
        """For stretches a of ours and b of theirs: the weight of what both have, and of what one has."""
        here = self.ours[a[1]] > self.ours[a[0]]
        there = self.theirs[b[1]] > self.theirs[b[0]]
        return (here & there) @ self.weights, (here ^ there) @ self.weights


def shared_numbers(ours: Sequence[str], theirs: Sequence[str]) -> Sightings:
    """The numbers of both sides, every one with weight 1."""
    sides = [[numbers(unit) for unit in units] for units in (ours, theirs)]
    things = sorted(frozenset().union(*sides[0], *sides[1]))
    ours_run, theirs_run = (_running(side, things) for side in sides)
    return Sightings(ours_run, theirs_run, np.ones(len(things), dtype=np.float32))


def shared_names(ours: Sequence[str], theirs: Sequence[str]) -> Sightings:
    """The names of either side, and where the other side has a word that sounds the same.

    Only scripts with capitals show their names; what such a name is compared with may be in any
    script that spells sounds. Weights are 1 for a name in one unit, 0 for one in half of them.
    """
    sides = [[_sounds(unit) for unit in units] for units in (ours, theirs)]
    spelled = all(any(side) for side in sides)  # not so in Chinese, which spells no sounds
    named = frozenset().union(*_names(ours), *_names(theirs)) if spelled else frozenset()
    things = sorted(named)
    ours_run, theirs_run = (_running([_heard(named, unit) for unit in side], things) for side in sides)
    return Sightings(ours_run, theirs_run, _rarity([ours_run, theirs_run]))


def _rarity(found: Sequence[Counts]) -> Counts:
    """1 for what stands in one unit of either side, 0 for what stands in half of the units or more."""
    share = np.max([side[-1] / max(len(side) - 1, 4) for side in found], axis=0)
    return np.asarray(np.clip(1 - 2 * share, 0, 1), dtype=np.float32)


def _running(units: Sequence[frozenset[str]], things: Sequence[str]) -> Counts:
    column = {thing: k for k, thing in enumerate(things)}
    table = np.zeros((len(units) + 1, len(things)), dtype=np.float32)
    for row, unit in enumerate(units, 1):
        for thing in unit:
            table[row, column[thing]] = 1
    return np.cumsum(table, axis=0, dtype=np.float32)


def _names(units: Sequence[str]) -> list[frozenset[str]]:
    """The sounds of the names in each unit: words in capitals that never stand in small letters.

    A word at the start of a unit counts only if it stands in capitals elsewhere too.
    """
    words = [_WORD.findall(unit) for unit in units]
    small = {word for unit in words for word in unit if word[0].islower()}
    inside = Counter(word for unit in words for word in unit[1:] if word[0].isupper())
    total = sum(max(len(unit) - 1, 0) for unit in words)
    if not inside or sum(inside.values()) > _CASED_SHARE * total:
        return [frozenset() for _ in units]
    return [frozenset(filter(_telling, map(sound, _likely(unit, small, inside)))) for unit in words]


def _likely(unit: Sequence[str], small: set[str], inside: Counter[str]) -> Iterable[str]:
    for k, word in enumerate(unit):
        if word[0].isupper() and word.lower() not in small and (k or inside[word]):
            yield from word.split("-")


def _telling(sounds: str) -> bool:
    return len(sounds) >= 2


def _sounds(unit: str) -> frozenset[str]:
    """The sounds of every word of a unit, with and without what Arabic writes together with it."""
    words = (part for word in _WORD.findall(unit) for part in word.split("-"))
    return frozenset(form for word in words for form in _forms(word) if _telling(form))


def _heard(names: frozenset[str], sounds: frozenset[str]) -> frozenset[str]:
    """The names that are among the sounds, or that one of them continues by up to two consonants."""
    longer = {s[:-cut] for s in sounds for cut in (1, 2) if len(s) - cut >= 3}
    return names & (sounds | longer)


@lru_cache(maxsize=100_000)
def _forms(word: str) -> tuple[str, ...]:
    bare = _ARABIC_PREFIX.sub("", word)
    return tuple(dict.fromkeys(map(sound, (word, bare, _ARABIC_CLITIC.sub("", word)))))


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """The consonants of a word in broad classes, the same for all scripts that spell sounds.

    "قالن", "Kalın" and "Калын" are all "KLN". Vowels, w and y, which scripts write or leave out
    as they like, do not count, nor do doubled consonants. Words of other scripts are "".
    """
    marked = unicodedata.normalize("NFC", word.casefold()).translate(_MARKED)
    plain = "".join(c for c in unicodedata.normalize("NFKD", marked) if not unicodedata.combining(c))
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
