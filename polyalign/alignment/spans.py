"""The groups of one side that may become half of a bead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]

_NONE = (-1, -1)


@dataclass(frozen=True)
class Spans:
    """All groups of whole sentences up to a size, and all stretches of clauses inside a sentence.

    A unit is the smallest piece that is never cut: a clause, or a sentence of one clause. Span k
    covers the units first[k] to last[k]-1. `size` counts its sentences; `partial` marks what is
    less than a sentence. `inner[k]` are the spans without the first and without the last element
    of k (a sentence of a group, a clause of a sentence), `outer[k]` those with one more before and
    after; -1 where there is none. The units before[k] to after[k]-1 are those of the span and of
    the elements next to it. `sentences` holds the first unit of each sentence, then the number of units.
    """

    first: Ints
    last: Ints
    size: Ints
    partial: NDArray[np.bool_]
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
        skip = frozenset(range(len(counts))).difference(np.searchsorted(self.sentences, single).tolist())
        return spans_of(counts, largest, skip=skip, whole=not self.partial.any())

    def pairs(self) -> list[tuple[int, int]]:
        """The spans as (first, last) pairs."""
        return list(zip(self.first.tolist(), self.last.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Span:
    first: int
    last: int
    size: int
    partial: bool
    inner: tuple[tuple[int, int], tuple[int, int]]
    outer: tuple[tuple[int, int], tuple[int, int]]
    wider: tuple[int, int]


def spans_of(
    clauses: Sequence[int], largest: int, *, skip: frozenset[int] = frozenset(), whole: bool = False
) -> Spans:
    """The spans over sentences that have clauses[k] units each, in groups of up to `largest`.

    No group contains a sentence in `skip` (blank or boilerplate). If sentences are to stay
    `whole`, no span is less than one.
    """
    edges = np.cumsum([0, *clauses]).tolist()
    spans: list[_Span] = []
    for size in range(1, largest + 1):
        starts = range(len(clauses) - size + 1)
        spans += [_group(edges, k, size) for k in starts if skip.isdisjoint(range(k, k + size))]
    for k, count in enumerate(clauses):
        if k not in skip and not whole:
            spans += _stretches(edges[k], count, edges[-1])
    return _table(spans, edges)


def _group(edges: list[int], k: int, size: int) -> _Span:
    """The whole sentences k to k+size-1; a single one is made smaller by a clause."""
    first, last = edges[k], edges[k + size]
    after, before = (edges[k + 1], edges[k + size - 1]) if size > 1 else (first + 1, last - 1)
    wider = edges[max(k - 1, 0)], edges[min(k + size + 1, len(edges) - 1)]
    left = (wider[0], last) if wider[0] < first else _NONE
    right = (first, wider[1]) if wider[1] > last else _NONE
    return _Span(first, last, size, False, ((after, last), (first, before)), (left, right), wider)


def _stretches(start: int, count: int, units: int) -> list[_Span]:
    """All stretches of the clauses of one sentence, but the whole sentence."""
    end = start + count
    return [
        _Span(
            i,
            j,
            1,
            True,
            ((i + 1, j), (i, j - 1)),
            (_within(i - 1, j, start, end), _within(i, j + 1, start, end)),
            (max(i - 1, 0), min(j + 1, units)),
        )
        for i in range(start, end)
        for j in range(i + 1, end + 1)
        if j - i < count
    ]


def _within(i: int, j: int, start: int, end: int) -> tuple[int, int]:
    return (i, j) if start <= i and j <= end else _NONE


def _table(spans: list[_Span], edges: list[int]) -> Spans:
    index = {(s.first, s.last): k for k, s in enumerate(spans)}

    def column(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    def linked(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> Ints:
        return column([index.get(p, -1) for pair in pairs for p in pair]).reshape(-1, 2)

    return Spans(
        first=column([s.first for s in spans]),
        last=column([s.last for s in spans]),
        size=column([s.size for s in spans]),
        partial=np.array([s.partial for s in spans], dtype=bool),
        inner=linked([s.inner for s in spans]),
        outer=linked([s.outer for s in spans]),
        before=column([s.wider[0] for s in spans]),
        after=column([s.wider[1] for s in spans]),
        sentences=column(edges),
    )
