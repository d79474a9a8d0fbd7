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


@dataclass(frozen=True, slots=True)
class Seen:
    """What one side sees of pairs of spans, each an array (pairs,)."""

    best: Floats  # cosine of the span with any of the other side
    rival: Floats  # the same, with any that does not overlap the pair's
    smaller: Floats  # the better cosine of the span less its first or its last element, or -2
    larger: Floats  # the better cosine of the span with one element more, or -1
    support: Floats  # how much better the worst unit of the span fits into the other than elsewhere
    fit: Floats  # the same on average over the span's length, each within DOUBT
    pull: Floats  # the same of the best unit next to the span
    stray: Floats  # log of the length of the span's units that fit better elsewhere


@dataclass(frozen=True)
class Way:
    """The view from one side: cosines of spans and of units, ours in rows."""

    cosine: Floats
    units: Floats
    own: Half
    other: Half

    def seen(self, a: Ints, b: Ints) -> Seen:
        """What our spans a see of the other side's spans b."""
        spans, other = self.own.spans, self.other.spans
        first, last = spans.first[a], spans.last[a]
        neighbours = [
            _reduced(np.maximum, self._fits, b, start, end, _UNFIT)
            for start, end in ((spans.before[a], first), (last, spans.after[a]))
        ]
        return Seen(
            best=self._best[a],
            rival=self._rivals(a, other.first[b], other.last[b]),
            smaller=self._related(spans.inner[a], b, -2),
            larger=self._related(spans.outer[a], b, -1),
            support=self.support(a, b),
            fit=(self._doubts[last, b] - self._doubts[first, b]) / self.own.lengths[a],
            pull=np.maximum(*neighbours),
            stray=np.log1p((self._astray[last, b] - self._astray[first, b]) / 20),
        )

    def support(self, a: Ints, b: Ints) -> Floats:
        """How much better the worst unit of our spans a fits into the other side's spans b than elsewhere."""
        spans = self.own.spans
        return _reduced(np.minimum, self._fits, b, spans.first[a], spans.last[a], -1)

    def _related(self, spans: Ints, b: Ints, missing: float) -> Floats:
        """The better cosine of two related spans (pairs, 2) with b; `missing` where there is none."""
        return np.asarray(
            np.where(spans >= 0, self.cosine[spans, b[:, None]], missing).max(axis=1, initial=missing)
        )

    @cached_property
    def _best(self) -> Floats:
        return np.asarray(self.cosine.max(axis=1))

    @cached_property
    def _rivals(self) -> _Outside:
        other = self.other.spans
        ending = _best_by(self.cosine, other.last - 1, other.units)
        return _outside(ending, _best_by(self.cosine, other.first, other.units))

    @cached_property
    def _fits(self) -> Floats:
        """How much better each unit fits into each span of the other side than elsewhere (units, spans)."""
        row = np.arange(len(self.units))[:, None]
        first, last = self.other.spans.first, self.other.spans.last
        inside = _reduced(np.maximum, self.units.T, row, first, last, -1)
        fits = np.full(inside.shape, _UNFIT, dtype=np.float32)
        heard = self.own.heard
        fits[heard] = (inside - _outside(self.units, self.units)(row, first, last))[heard]
        return fits

    @cached_property
    def _doubts(self) -> Floats:
        return _running(np.clip(self._fits, -DOUBT, DOUBT), self._lengths)

    @cached_property
    def _astray(self) -> Floats:
        return _running(self._fits < 0, self._lengths)

    @cached_property
    def _lengths(self) -> Ints:
        return np.diff(self.own.edges)


def _best_by(cosine: Floats, unit: Ints, units: int) -> Floats:
    """The best cosine of each row with the columns of each unit (rows, units), -1 where none."""
    best = np.full((len(cosine), units), -1, dtype=np.float32)
    order = np.argsort(unit, kind="stable")
    present, starts = np.unique(unit[order], return_index=True)
    best[:, present] = np.maximum.reduceat(cosine[:, order], starts, axis=1)
    return best


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
