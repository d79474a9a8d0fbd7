"""Sentences that are nearest to each other: where in a long text the counterpart of a stretch may stand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.spans import Floats, Ints

REACH = 8  # sentences around a seed that others confirm
COMPANY = 2  # other seeds that confirm one, over what chance brings together
BATCH = 2_000  # sentences that are compared with COLUMNS others at a time
COLUMNS = 8_000

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Seeds:
    """Pairs of sentences one of which is nearest to the other, ascending; `mutual` where both are.

    `company` counts the other seeds around each one, on both sides; 0 where chance may have done it.
    """

    source: Ints
    target: Ints
    cosine: Floats
    mutual: Bools
    company: Ints

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: Ints | Bools | slice) -> Seeds:
        ends = self.source[rows], self.target[rows]
        return Seeds(*ends, self.cosine[rows], self.mutual[rows], self.company[rows])

    @property
    def strong(self) -> Bools:
        """The mutual seeds nearer to the usual cosine of mutual ones than to that of the others."""
        if self.mutual.all():
            return self.mutual
        usual = [float(np.median(self.cosine[which])) for which in (self.mutual, ~self.mutual) if which.any()]
        return self.mutual & (self.cosine >= np.mean(usual))


def seeds_of(source: Floats, target: Floats) -> Seeds:
    """The sentences of both sides with their nearest ones, by unit vectors (n, d) and (m, d).

    The search is exact and holds BATCH x COLUMNS cosines at a time. Rows of zeros, and what is
    nearest to nothing, are in no seed.
    """
    nearest_t, near_t = np.full(len(source), -1), np.zeros(len(source), dtype=np.float32)
    nearest_s, near_s = np.full(len(target), -1), np.zeros(len(target), dtype=np.float32)
    for a, b in product(range(0, len(source), BATCH), range(0, len(target), COLUMNS)):
        rows, columns = slice(a, a + BATCH), slice(b, b + COLUMNS)
        cosine = source[rows] @ target[columns].T
        _improve(nearest_t[rows], near_t[rows], cosine, b)
        _improve(nearest_s[columns], near_s[columns], cosine.T, a)
    there, back = np.flatnonzero(nearest_t >= 0), np.flatnonzero(nearest_s >= 0)
    pairs = np.concatenate(
        [np.stack([there, nearest_t[there]], axis=1), np.stack([nearest_s[back], back], axis=1)]
    )
    cosines = np.concatenate([near_t[there], near_s[back]])
    pairs, first, counts = np.unique(pairs, axis=0, return_index=True, return_counts=True)
    ours, theirs = pairs[:, 0], pairs[:, 1]
    company = _company(ours, theirs, len(source), len(target))
    return Seeds(ours, theirs, cosines[first], counts == 2, company)


def _improve(nearest: Ints, near: Floats, cosine: Floats, offset: int) -> None:
    """Enter the columns (from `offset` on) that are nearer to a row than what it has had so far."""
    best = cosine.max(axis=1)
    better = np.flatnonzero(best > near)
    near[better] = best[better]
    nearest[better] = offset + cosine[better].argmax(axis=1)


def _company(source: Ints, target: Ints, n: int, m: int) -> Ints:
    """How many other seeds stand around each one, in texts of n and m sentences."""
    rows, columns = source // REACH + 1, target // REACH + 1
    width = m // REACH + 3
    own = rows * width + columns
    cells, counts = np.unique(own, return_counts=True)
    around = np.full(len(source), -1)
    for down, right in product((-1, 0, 1), repeat=2):
        at = np.minimum(np.searchsorted(cells, own + down * width + right), len(cells) - 1)
        around += np.where(cells[at] == own + down * width + right, counts[at], 0)
    chance = len(source) * (3 * REACH / max(n, 1)) * (3 * REACH / max(m, 1))
    return np.where(around >= COMPANY + chance + 3 * chance**0.5, around, 0)
