"""A length that is not usual for the two languages."""

from __future__ import annotations

import math

from polyalign.qa.texts import Pair, prose
from polyalign.tags import primary

# Characters of a text for each character of its English counterpart. Arabic and Turkish were measured
# on news (FLORES, NTREX), the others follow from lines of news in those languages.
_EXTENT = {"ar": 0.87, "az": 1.05, "ckb": 0.95, "fa": 0.92, "he": 0.8, "hi": 1.0, "ja": 0.45, "ko": 0.52}
_EXTENT |= {"ps": 0.95, "th": 0.9, "tr": 1.02, "ug": 1.05, "ur": 1.0, "zh": 0.35, "yue": 0.33}
_EXTENT |= dict.fromkeys("bg cs da et fi hr lt lv no nb nn pl ro ru sk sl sr sv uk".split(), 1.03)
_EXTENT |= dict.fromkeys("de el es fr hu it nl pt vi".split(), 1.13)
_WIDE = 0.65  # how far the logarithm of the ratio may be off in long texts: 1.9 times
_SHORT = 3.0  # and how much farther in short ones, over the root of the characters expected


def length(pair: Pair) -> str:
    """How many times longer or shorter the target is than the source makes expect; empty if usual.

    Usual is exp(0.65 + 3 / sqrt(n)) times to either side, where n is how many characters the shorter of
    the two would have in English: 2.4 times from 150 characters, 3.7 times from 20.
    """
    here, there = extent(pair.source, pair.source_language), extent(pair.target, pair.target_language)
    if min(here, there) == 0:
        return ""
    ratio = there / here
    if abs(math.log(ratio)) <= _WIDE + _SHORT / math.sqrt(min(here, there)):
        return ""
    times = f"{max(ratio, 1 / ratio):.1f}"
    return f"the target is {times} times {'longer' if ratio > 1 else 'shorter'} than usual"


def extent(text: str, language: str) -> float:
    """How many characters the text would have in English."""
    return len(" ".join(prose(text).split())) / _EXTENT.get(primary(language), 1.0)
