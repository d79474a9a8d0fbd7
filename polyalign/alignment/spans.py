"""The spans of one side that may be half of a bead, and where beads lie between two sides.

A unit is the smallest piece that is never cut: a clause, or a sentence of one clause. Ranges are pairs
(first, last) of units, the last one not included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]
Range = tuple[int, int]

_NONE = (-1, -1)


@dataclass(frozen=True)
class Spans:
    """All groups of whole sentences up to a size, and all runs of clauses inside a sentence.

    Span k covers the units first[k] to last[k]-1. `size` counts its sentences; `partial` marks what is
    less than a sentence. `inner[k]` are the spans without the first and without the last element of k
    (a sentence of a group, a clause of a sentence), `outer[k]` those with one more before and after; -1
    where there is none. The units before[k] to after[k]-1 are those of the span and of the elements
    next to it. `sentences` holds the first unit of each sentence, then the number of units.
    """

    first: Ints
    last: Ints
    size: Ints
    partial: Bools
    inner: Ints
    outer: Ints
    before: Ints
    after: Ints
    sentences: Ints

    def __len__(self) -> int:
        return len(self.first)

    @property
    def units(self) -> int:
        """How many units there are."""
        return int(self.sentences[-1])

    @property
    def uncut(self) -> Spans:
        """The groups of whole sentences, each of which is one unit."""
        edges, groups = self.sentences, np.flatnonzero(~self.partial)
        place = np.full(len(self) + 1, -1)
        place[groups] = np.arange(len(groups))
        first, last, before, after = (
            np.searchsorted(edges, units[groups])
            for units in (self.first, self.last, self.before, self.after)
        )
        inner, outer = place[self.inner[groups]], place[self.outer[groups]]
        size, partial = self.size[groups], self.partial[groups]
        return Spans(first, last, size, partial, inner, outer, before, after, np.arange(len(edges)))

    def widened(self, largest: int) -> Spans:
        """The spans with all groups of up to so many sentences."""
        single = self.first[(self.size == 1) & ~self.partial]
        counts = np.diff(self.sentences).tolist()
        present = np.searchsorted(self.sentences, single).tolist()
        excluded = frozenset(range(len(counts))).difference(present)
        return spans_of(counts, largest, excluded=excluded, uncut=not self.partial.any())

    def ranges(self) -> list[Range]:
        """The spans as (first, last)."""
        return list(zip(self.first.tolist(), self.last.tolist(), strict=True))


def spans_of(
    clauses: Sequence[int], largest: int, *, excluded: frozenset[int] = frozenset(), uncut: bool = False
) -> Spans:
    """The spans over sentences that have clauses[k] >= 1 units each, in groups of up to `largest`.

    No span contains a sentence that is `excluded` (blank or boilerplate). If sentences stay `uncut`, no
    span is less than one.
    """
    edges, count = np.cumsum([0, *clauses]).tolist(), len(clauses)
    rows: list[tuple[int, int, int, bool, int, int]] = []
    inner: list[tuple[Range, Range]] = []
    outer: list[tuple[Range, Range]] = []
    for size in range(1, largest + 1):
        for k in range(count - size + 1):
            if not excluded.isdisjoint(range(k, k + size)):
                continue
            first, last = edges[k], edges[k + size]
            before, after = edges[max(k - 1, 0)], edges[min(k + size + 1, count)]
            rows.append((first, last, size, False, before, after))
            # a group is made smaller by a sentence, a single sentence by a clause
            second, end = (edges[k + 1], edges[k + size - 1]) if size > 1 else (first + 1, last - 1)
            inner.append(((second, last), (first, end)))
            left, right = (
                (before, last) if before < first else _NONE,
                (first, after) if after > last else _NONE,
            )
            outer.append((left, right))
    for k in () if uncut else sorted(set(range(count)) - excluded):
        start, end = edges[k], edges[k + 1]
        for i in range(start, end):
            for j in range(i + 1, end + (i > start)):  # all runs but the whole sentence
                rows.append((i, j, 1, True, max(i - 1, 0), min(j + 1, edges[-1])))
                inner.append(((i + 1, j), (i, j - 1)))
                outer.append(((i - 1, j) if i > start else _NONE, (i, j + 1) if j < end else _NONE))
    place = {row[:2]: k for k, row in enumerate(rows)}
    smaller, larger = (
        np.array([place.get(p, -1) for pair in pairs for p in pair], dtype=np.int64).reshape(-1, 2)
        for pairs in (inner, outer)
    )
    firsts, lasts, sizes, partial, befores, afters = np.array(rows, dtype=np.int64).reshape(-1, 6).T.copy()
    sentences = np.array(edges, dtype=np.int64)
    return Spans(firsts, lasts, sizes, partial.astype(bool), smaller, larger, befores, afters, sentences)


@dataclass(frozen=True, slots=True)
class Extents:
    """Where beads lie, in units: source first and last, target first and last, (n,) each."""

    first_s: Ints
    last_s: Ints
    first_t: Ints
    last_t: Ints

    def __getitem__(self, rows: Ints) -> Extents:
        return Extents(self.first_s[rows], self.last_s[rows], self.first_t[rows], self.last_t[rows])

    @property
    def units(self) -> Ints:
        """How many units each bead has, on both sides together."""
        return self.last_s - self.first_s + self.last_t - self.first_t


def kendall_tau(where: Extents) -> float:
    """Kendall's tau of beads, -1 to 1: 1 means that none crosses another; 0 for fewer than two."""
    upper = np.triu_indices(len(where.first_s), 1)
    if not len(upper[0]):
        return 0.0
    middles = where.first_s + where.last_s, where.first_t + where.last_t
    signs = [np.sign(np.subtract.outer(middle, middle)) for middle in middles]
    return float(np.mean((signs[0] * signs[1])[upper]))
