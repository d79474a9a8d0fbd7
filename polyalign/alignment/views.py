"""What one side sees of pairs of spans: how much better they fit each other than anything else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.half import Half
from polyalign.alignment.spans import Floats, Ints

DOUBT = 0.2  # a unit's fit says no more than this for or against a bead
_UNFIT = -0.5  # of what is not there, or silent


@dataclass(frozen=True)
class Seen:
    """What one side sees of pairs of its spans a and the other side's spans b, each an array (pairs,).

    Only what is asked for is worked out.
    """

    way: Way
    a: Ints
    b: Ints

    @cached_property
    def best(self) -> Floats:
        """The likeness of the span with any of the other side."""
        return self.way.best[self.a]

    @cached_property
    def rival(self) -> Floats:
        """The same, with any that does not overlap the pair's."""
        spans = self.way.other.spans
        return self.way.rivals(self.a, spans.first[self.b], spans.last[self.b])

    @cached_property
    def smaller(self) -> Floats:
        """The better likeness of the span less its first or its last element, or -2."""
        return self.way.related(self.way.own.spans.inner[self.a], self.b, -2)

    @cached_property
    def larger(self) -> Floats:
        """The better likeness of the span with one element more, or -1."""
        return self.way.related(self.way.own.spans.outer[self.a], self.b, -1)

    @cached_property
    def support(self) -> Floats:
        """How much better the worst unit of the span fits into the other than elsewhere."""
        return self.way.support(self.a, self.b)

    @cached_property
    def fit(self) -> Floats:
        """The same on average over the span's length, each within DOUBT."""
        spans, doubts = self.way.own.spans, self.way.doubts
        more = doubts[spans.last[self.a], self.b] - doubts[spans.first[self.a], self.b]
        return np.asarray(more / self.way.own.lengths[self.a])

    @cached_property
    def pull(self) -> Floats:
        """The same of the best unit next to the span."""
        spans, fits = self.way.own.spans, self.way.fits
        first, last = spans.first[self.a], spans.last[self.a]
        before = _reduced(np.maximum, fits, self.b, spans.before[self.a], first, _UNFIT)
        return np.maximum(before, _reduced(np.maximum, fits, self.b, last, spans.after[self.a], _UNFIT))

    @cached_property
    def stray(self) -> Floats:
        """Log of the length of the span's units that fit better elsewhere."""
        spans, astray = self.way.own.spans, self.way.astray
        there = astray[spans.last[self.a], self.b] - astray[spans.first[self.a], self.b]
        return np.asarray(np.log1p(there / 20))


@dataclass(frozen=True)
class Way:
    """The view from one side: cosines of spans and of units, ours in rows."""

    cosine: Floats
    units: Floats
    own: Half
    other: Half

    def seen(self, a: Ints, b: Ints) -> Seen:
        """What our spans a see of the other side's spans b."""
        return Seen(self, a, b)

    def support(self, a: Ints, b: Ints) -> Floats:
        """How much better the worst unit of our spans a fits into the other side's spans b than elsewhere."""
        spans = self.own.spans
        return _reduced(np.minimum, self.fits, b, spans.first[a], spans.last[a], -1)

    def related(self, spans: Ints, b: Ints, missing: float) -> Floats:
        """The better cosine of two related spans (pairs, 2) with b; `missing` where there is none."""
        return np.asarray(
            np.where(spans >= 0, self.cosine[spans, b[:, None]], missing).max(axis=1, initial=missing)
        )

    @cached_property
    def best(self) -> Floats:
        """The best likeness of each of our spans."""
        return np.asarray(self.cosine.max(axis=1))

    @cached_property
    def rivals(self) -> _Outside:
        """The best likeness of each of our spans with what lies outside a stretch."""
        other = self.other.spans
        ending = _best_by(self.cosine, other.last - 1, other.units)
        return _outside(ending, _best_by(self.cosine, other.first, other.units))

    @cached_property
    def fits(self) -> Floats:
        """How much better each unit fits into each span of the other side than elsewhere (units, spans)."""
        row = np.arange(len(self.units))[:, None]
        first, last = self.other.spans.first, self.other.spans.last
        inside = _reduced(np.maximum, self.units.T, row, first, last, -1)
        fits = np.full(inside.shape, _UNFIT, dtype=np.float32)
        heard = self.own.heard
        fits[heard] = (inside - _outside(self.units, self.units)(row, first, last))[heard]
        return fits

    @cached_property
    def doubts(self) -> Floats:
        """Running sums of the fits of units, each within DOUBT and by its length."""
        return _running(np.clip(self.fits, -DOUBT, DOUBT), self._lengths)

    @cached_property
    def astray(self) -> Floats:
        """Running lengths of the units that fit better elsewhere."""
        return _running(self.fits < 0, self._lengths)

    @cached_property
    def _lengths(self) -> Ints:
        return np.diff(self.own.edges)


def _best_by(cosine: Floats, unit: Ints, units: int) -> Floats:
    """The best cosine of each row with the columns of each unit (rows, units), -1 where none.

    Whole rows of the table turned over are compared, the first of all units, then the second: a reduction
    over columns is several times as slow.
    """
    best = np.full((units, len(cosine)), -1, dtype=np.float32)
    order = np.argsort(unit, kind="stable")
    present, starts, counts = np.unique(unit[order], return_index=True, return_counts=True)
    for k in range(int(counts.max(initial=0))):
        more = np.flatnonzero(counts > k)
        column = order[starts[more] + k]
        best[present[more]] = np.maximum(best[present[more]], cosine.T[column])
    return best.T


@dataclass(frozen=True, slots=True)
class _Outside:
    """A look-up: the best in a row of what ends before `first` or starts from `last` on."""

    before: Floats
    after: Floats

    def __call__(self, row: Ints, first: Ints, last: Ints) -> Floats:
        return np.asarray(np.maximum(self.before[row, first], self.after[row, last]))


def _outside(ending: Floats, starting: Floats) -> _Outside:
    worst = np.full((len(ending), 1), -1, dtype=np.float32)
    before = np.concatenate([worst, np.maximum.accumulate(ending, axis=1)], axis=1)
    after = np.concatenate([np.maximum.accumulate(starting[:, ::-1], axis=1)[:, ::-1], worst], axis=1)
    return _Outside(before, after)


def _reduced(ufunc: np.ufunc, table: Floats, column: Ints, first: Ints, last: Ints, nothing: float) -> Floats:
    """ufunc over table[first:last, column], element by element; `nothing` where first is last."""
    end = np.maximum(last - 1, 0)
    result = table[np.minimum(first, end), column]
    for step in range(1, int((last - first).max(initial=1))):
        result = ufunc(result, table[np.minimum(first + step, end), column])
    return np.asarray(np.where(last > first, result, nothing))


def _running(table: NDArray[Any], lengths: Ints) -> Floats:
    """Running sums (rows + 1, columns) of the rows, each counted as often as it is long."""
    zero = np.zeros((1, table.shape[1]))
    return np.concatenate([zero, np.cumsum(table * lengths[:, None], axis=0)])
