"""What reports on the same event have in common besides their sentences: days, and names by their sound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from polyalign.spelling import names, sounds_of, spoken

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
    """The sounds of the names in sentences.

    Texts in which most words do not begin with a small letter do not show their names: of these, the
    sounds of all words, with and without what Arabic writes together with them.
    """
    words = [word for sentence in sentences for word in _WORD.findall(sentence)]
    if 2 * sum(word[0].islower() for word in words) <= len(words):
        return frozenset(s for word in words for s in spoken(word) if len(s) >= _TELLING)
    return frozenset().union(*(sounds_of(found, _TELLING) for found in names(sentences, cased=1)))
