"""A side that is in another language than it should be."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import cache, lru_cache

from polyalign.qa.texts import Pair, ordinary, plain_words, prose, table
from polyalign.tags import UNDETERMINED, primary

Detect = Callable[[str], str]

_ALIKE = [
    frozenset(group.split())
    for group in (
        *("no nb nn da", "hr bs sr sh cnr", "id ms zsm", "fa prs pes", "zh yue wuu cmn zh-cn zh-tw"),
        *("ar arz ary apc arb", "ku kmr ckb", "fil tl", "gl pt", "he iw", "az azj", "uz uzn"),
    )
]
_ORDINARY = 3  # words that no name explains
_CAPITALS = 6  # and words where all are in capitals, as abbreviations are
_LETTERS = 60  # from which on a detector is asked


def language(pair: Pair, detect: Detect | None = None) -> str:
    """Which side is in another language than it should be: by its letters, else by `detect`.

    Most of the letters must be of a script that the language is not written in. `detect` gives the
    language of a text ("und" where it cannot tell) and is asked about texts of 60 letters and more
    outside addresses; languages that are easily taken for each other are one.
    """
    sides = (("source", pair.source, pair.source_language), ("target", pair.target, pair.target_language))
    said = ((side, _another(text, tag, detect)) for side, text, tag in sides)
    return "; ".join(f"the {side} is in {what}" for side, what in said if what)


def _worded(text: str) -> bool:
    """Whether there are words enough that are neither names nor abbreviations."""
    return ordinary(text.lower()) >= _CAPITALS if text.isupper() else ordinary(text) >= _ORDINARY


def script_of(text: str) -> str:
    """The script of most letters of a text, "-" where that is none of those known here."""
    found = _letters(text)
    return max(found, key=found.__getitem__, default="-")


def _another(text: str, tag: str, detect: Detect | None) -> str:
    """What a text is in, and not in its language; empty where that cannot be said."""
    base, expected, found, script = primary(tag), scripts_of(tag), _letters(text), script_of(text)
    if expected and script not in (*expected, "-") and _worded(text):
        foreign = sum(count for name, count in found.items() if name not in expected)
        if 2 * foreign > found.total():
            return f"{script} letters, not in {base}"
    if detect is None or found.total() < _LETTERS or not _worded(text):
        return ""
    alike = frozenset({base}).union(*(group for group in _ALIKE if base in group))
    known = table("scripts")["known"].get(script, "").split()
    told = primary(detect(prose(text))) if not alike.isdisjoint(known) else UNDETERMINED
    return "" if told == UNDETERMINED or told in alike else f"{told}, not in {base}"


@lru_cache(maxsize=256)
def scripts_of(tag: str) -> frozenset[str]:
    """The scripts that a language is written in; none where that is not known.

    A script in the tag counts most, then a region: "sr-Latn", "pa-PK".
    """
    language, *others = tag.replace("_", "-").lower().split("-")
    regions = [f"{language}-{part}" for part in others]
    for kind, codes in (("tags", others), ("regions", regions), ("languages", [language])):
        known = ((name, names.split()) for name, names in table("scripts")[kind].items())
        if found := frozenset(name for name, names in known if not set(names).isdisjoint(codes)):
            return found
    return frozenset()


@cache
def _beginnings() -> tuple[list[int], list[str]]:
    """The first code points of the scripts, and their names."""
    rows = [row.split(":") for row in table("scripts")["letters"]["begin"].split()]
    return [int(first, 16) for first, _ in rows], [name for _, name in rows]


@lru_cache(maxsize=2048)
def _letters(text: str) -> Counter[str]:
    """How many letters stand in words of each script, by the first letter of the word."""
    if text.isascii():
        return Counter({"Latin": sum(map(len, plain_words(text)))})
    found: Counter[str] = Counter()
    firsts, names = _beginnings()
    for word in plain_words(text):
        found[names[max(bisect_right(firsts, ord(word[0])) - 1, 0)]] += len(word)
    return found
