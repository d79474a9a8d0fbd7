"""What two languages write alike: numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"\d+(?:[.,٫٬’'\u00a0\u202f]\d+)*")
_SEPARATORS = re.compile(r"\D")


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text as ASCII digits without separators: "38,05" and "٣٨٫٠٥" are "3805"."""
    return frozenset(_folded(match.group()) for match in _NUMBER.finditer(text))


def _folded(number: str) -> str:
    return "".join(str(unicodedata.decimal(c)) for c in _SEPARATORS.sub("", number))


def incidence(units: Sequence[frozenset[str]], vocabulary: Sequence[str]) -> NDArray[np.int32]:
    """Running counts (len(units) + 1, len(vocabulary)): row j minus row i counts in units i to j-1."""
    place = {item: k for k, item in enumerate(vocabulary)}
    counts = np.zeros((len(units) + 1, len(vocabulary)), dtype=np.int32)
    for row, items in enumerate(units, 1):
        for item in items:
            counts[row, place[item]] = 1
    return np.cumsum(counts, axis=0, dtype=np.int32)
