"""The parts of a sentence between its commas and colons, and the runs of neighbours among them.

A long sentence that is told as several ones in the other language is like each of them in a part of
it only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.spans import Ints

MOST = 4  # parts in a run
_LEAST = 2  # words in a part
_CUT = re.compile(r"(?<=[،؛,;:—–»”)…!?.؟])\s+")


@dataclass(frozen=True, slots=True)
class Stretches:
    """Runs of parts that are less than their unit: unit vectors (n, d), and the unit of each, ascending."""

    vectors: NDArray[np.floating[Any]]
    unit: Ints

    def lifted(self, cosine: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
        """Cosines (units, m) with m vectors (m, d), or that of a unit's most similar stretch if it is higher.

        What vectors have beyond d, the words of a translation, stretches do not.
        """
        best = cosine.copy()
        units, starts = np.unique(self.unit, return_index=True)
        if len(units):
            inside = np.maximum.reduceat(self.vectors @ other[:, : self.vectors.shape[1]].T, starts, axis=0)
            best[units] = np.maximum(best[units], inside)
        return best


def stretches_of(
    units: Sequence[str],
    encode: Callable[[Sequence[str], Sequence[tuple[int, int]]], NDArray[np.floating[Any]]],
) -> Stretches:
    """The stretches of all units; `encode` gives vectors for (parts, pairs of first and last)."""
    parts: list[str] = []
    runs: list[tuple[int, int]] = []
    owners: list[int] = []
    for k, unit in enumerate(units):
        own = parts_of(unit)
        start, count = len(parts), len(own)
        found = [
            (start + i, start + j)
            for i in range(count)
            for j in range(i + 1, min(count, i + MOST) + 1)
            if j - i < count
        ]
        parts += own
        runs += found
        owners += [k] * len(found)
    return Stretches(encode(parts, runs), np.array(owners, dtype=np.int64))


def parts_of(text: str) -> list[str]:
    """The parts of a text between its punctuation marks, each of two words or more unless it is all."""
    parts: list[str] = []
    for part in filter(None, _CUT.split(text)):
        if parts and min(len(part.split()), len(parts[-1].split())) < _LEAST:
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return parts or [text]
