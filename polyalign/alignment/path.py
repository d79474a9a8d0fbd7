"""What an orderly reading of the two texts says: how probable each candidate is on a path.

Where no bead crosses another, the beads and the unaligned units form a path from the beginning of
both texts to their end. Every path has a weight, the sum of the worths of its beads and of a small
one for each unit left out; a candidate is as probable as the paths through it weigh together (a
semi-Markov conditional random field, Sarawagi and Cohen 2004, over both texts at once).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.context import Extents
from polyalign.alignment.half import Half
from polyalign.alignment.spans import Floats, Ints

STRONG = 0.5  # probability from which a bead holds the corridor
_ROOM = 3  # units that a path may stray from the beads that hold the corridor
_LARGEST, _SMALLER = 12, 3  # sentences in a bead, and in the smaller of its halves
_UNEQUAL = 1.6  # log of the length of one half over that of the other, beside the usual
_NEVER = -1e30


@dataclass(frozen=True)
class Lattice:
    """All paths through candidates at `where` in texts of so many `units`."""

    where: Extents
    units: tuple[int, int]

    def posterior(self, worth: Floats, skip: float) -> tuple[Floats, float]:
        """The log probability of each candidate, at most 0, and the log of what all paths weigh.

        `worth` (candidates,) and `skip`, of a unit left out, are logs of weights.
        """
        w, (n, m) = self.where, self.units
        ahead = _sums(self._forward, worth, skip, self.units)
        back = _sums(self._backward, worth, skip, self.units)[::-1, ::-1]
        total = float(ahead[n, m])
        through = ahead[w.first_s, w.first_t] + worth + back[w.last_s, w.last_t]
        return np.minimum(through - total, 0), total

    @cached_property
    def _forward(self) -> _Plan:
        w = self.where
        return _plan(w.first_s, w.first_t, w.last_s, w.last_t, self.units[0])

    @cached_property
    def _backward(self) -> _Plan:
        w, (n, m) = self.where, self.units
        return _plan(n - w.last_s, m - w.last_t, n - w.first_s, m - w.first_t, n)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Candidates in the order in which a pass over the rows meets their ends."""

    order: Ints
    start: tuple[Ints, Ints]  # the node where each candidate, in that order, begins
    column: Ints  # of each node where some end
    cell: Ints  # the first candidate of each such node
    row: Ints  # the first node of each row


def _plan(first_s: Ints, first_t: Ints, last_s: Ints, last_t: Ints, rows: int) -> _Plan:
    order = np.lexsort((last_t, last_s))
    ends = np.stack([last_s[order], last_t[order]])
    new = np.append(True, (np.diff(ends, axis=1) != 0).any(axis=0))[: len(order)]
    cell = np.flatnonzero(new)
    row = np.searchsorted(ends[0, cell], np.arange(rows + 2))
    return _Plan(order, (first_s[order], first_t[order]), ends[1, cell], np.append(cell, len(order)), row)


def _sums(plan: _Plan, worth: Floats, skip: float, units: tuple[int, int]) -> NDArray[np.float64]:
    """For every node the log of what all paths to it weigh (rows + 1, columns + 1).

    Between two beads a path passes what is left out in one way only: down the rows, then along one.
    """
    n, m = units
    nodes, skips, worth = np.full((n + 1, m + 1), _NEVER), np.arange(m + 1) * skip, worth[plan.order]
    reached = np.append(0.0, np.full(m, _NEVER))
    for i in range(n + 1):
        here = slice(plan.row[i], plan.row[i + 1])
        first, last = plan.cell[here.start], plan.cell[here.stop]
        if last > first:
            start_s, start_t = (begins[first:last] for begins in plan.start)
            arriving = nodes[start_s, start_t] + worth[first:last]
            there = plan.column[here]
            joint = np.logaddexp.reduceat(arriving, plan.cell[here] - first)
            reached[there] = np.logaddexp(reached[there], joint)
        nodes[i] = np.logaddexp.accumulate(reached - skips) + skips
        reached = reached + skip
    return nodes


def corridor(where: Extents, probability: Floats, units: tuple[int, int]) -> tuple[Ints, Ints]:
    """For every edge of source units the least and the greatest edge of target units a path may pass.

    `where` are beads on one path; those that are STRONG hold the corridor.
    """
    n, m = units
    held = where[np.flatnonzero(probability > STRONG)]
    source = np.sort(np.concatenate([[0, n], held.first_s, held.last_s]))
    target = np.sort(np.concatenate([[0, m], held.first_t, held.last_t]))
    edges = np.arange(n + 1)
    before = np.searchsorted(source, edges - _ROOM, side="right") - 1
    after = np.searchsorted(source, edges + _ROOM)
    low = np.where(before >= 0, target[np.maximum(before, 0)] - _ROOM, 0)
    high = np.where(after < len(source), target[np.minimum(after, len(source) - 1)] + _ROOM, m)
    return np.maximum(low, 0), np.minimum(high, m)


def inside(walls: tuple[Ints, Ints], source: Half, target: Half, ratio: float) -> NDArray[np.bool_]:
    """Which pairs of spans (source spans, target spans) begin and end in the corridor and are no oddity.

    `ratio` is the usual log of source length over target length.
    """
    low, high = walls
    s, t = source.spans, target.spans
    within = [
        (low[ours][:, None] <= theirs) & (theirs <= high[ours][:, None])
        for ours, theirs in ((s.first, t.first), (s.last, t.last))
    ]
    sizes = np.add.outer(s.size, t.size) <= _LARGEST
    smaller = np.minimum.outer(s.size, t.size) <= _SMALLER
    uneven = np.abs(np.subtract.outer(np.log(source.lengths), np.log(target.lengths)) - ratio)
    return np.asarray(within[0] & within[1] & sizes & smaller & (uneven < _UNEQUAL))


def chain(where: Extents, worth: Floats) -> Ints:
    """The beads, ascending, of the path through these beads that is worth most."""
    order = np.lexsort((where.first_t, where.first_s))
    w, worth = where[order], worth[order]
    best, back = np.zeros(len(order)), np.full(len(order), -1)
    for k in range(len(order)):
        earlier = np.where((w.last_s[:k] <= w.first_s[k]) & (w.last_t[:k] <= w.first_t[k]), best[:k], 0)
        if k and earlier.max() > 0:
            back[k] = earlier.argmax()
        best[k] = worth[k] + (best[back[k]] if back[k] >= 0 else 0)
    steps, k = [], int(best.argmax()) if len(order) else -1
    while k >= 0:
        steps.append(int(order[k]))
        k = int(back[k])
    return np.array(sorted(steps), dtype=np.int64)
