"""What reports on the same event have in common besides their sentences: days, and names by their sound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from polyalign.spelling import sound, spoken

_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_/.]?)(\d\d)\2(\d\d)(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_TELLING = 3  # consonants from which a sound says something


def day_in(text: str) -> str:
    """The first day that a date or a file name states with the year first, as "2024-09-15"; "" for none."""
    for match in _DAY.finditer(text):
        try:
            return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
        except ValueError:
            continue
    return ""


def names_in(sentences: Sequence[str]) -> frozenset[str]:
    """The sounds of the names in sentences: of words in capitals that never stand in small letters.

    Scripts without capitals do not show their names: of these, the sounds of all words, with and without
    what Arabic writes together with them.
    """
    words = [_WORD.findall(sentence) for sentence in sentences]
    if not _shows_names(words):
        return frozenset(s for sentence in words for word in sentence for s in spoken(word) if _telling(s))
    return frozenset(s for word in _capitalised(words) if _telling(s := sound(word)))


def _shows_names(words: Sequence[Sequence[str]]) -> bool:
    """Whether most words begin with a small letter: one acronym in an Arabic text shows no names."""
    small = [word[0].islower() for sentence in words for word in sentence]
    return 2 * sum(small) > len(small)


def _capitalised(words: Sequence[Sequence[str]]) -> Iterator[str]:
    inside = {word for sentence in words for word in sentence[1:] if word[0].isupper()}
    small = {word for sentence in words for word in sentence if word[0].islower()}
    return (word for word in inside if word.lower() not in small)


def _telling(sounds: str) -> bool:
    return len(sounds) >= _TELLING
