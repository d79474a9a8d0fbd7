"""How far the words of two stretches of text find each other.

A word agrees with a stretch of the other side as far as its nearest word there is nearer than its and
that word's usual neighbours are (the margin of Conneau et al. 2018, "Word translation without parallel
data"). A stretch agrees as its words do on average, rare ones for more. Where a sentence says much
besides, its vector hides what it shares with another one; its words do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.spans import Floats, Ints, Spans
from polyalign.threads import in_parallel

_BLOCK = 512  # words that are compared at a time
NEIGHBOURS = 5  # units whose nearest words are what a word's likeness is measured against


class Words(Protocol):
    """Vectors (n, d) of length 1 of the words of a text, their spelling, and the unit of each, ascending."""

    @property
    def vectors(self) -> NDArray[np.float32]: ...
    @property
    def texts(self) -> Sequence[str]: ...
    @property
    def units(self) -> NDArray[np.int64]: ...


@dataclass(frozen=True)
class Agreement:
    """How far the words of ours find theirs, `there`, and theirs ours, `back`: (our spans, their spans).

    `units_there` and `units_back` are the same for single units.
    """

    there: Floats
    back: Floats
    units_there: Floats
    units_back: Floats

    @cached_property
    def spans(self) -> Floats:
        """Both ways on average."""
        return (self.there + self.back) / 2

    @cached_property
    def units(self) -> Floats:
        """Both ways on average, of single units."""
        return (self.units_there + self.units_back) / 2

    def scaled(self, stretch: float, start: float, end: float) -> Agreement:
        """The same `stretch` times as far apart, so that `start` becomes `end`."""
        tables = (self.there, self.back, self.units_there, self.units_back)
        return Agreement(*(np.asarray(end + (x - start) * stretch, dtype=np.float32) for x in tables))


@dataclass(frozen=True)
class Matches:
    """How near each word is to its nearest one in each unit of the other side, over what is usual for both.

    `there` (their units, our words) says it of ours, `back` (our units, their words) of theirs.
    """

    ours: _Told
    theirs: _Told
    there: Floats
    back: Floats

    def agreement(self, ours: Spans, theirs: Spans) -> Agreement:
        """How far the words of spans find each other."""
        one, other = (ours.first, ours.last), (theirs.first, theirs.last)
        return Agreement(
            self.ours.mean(_widest(self.there, *other), *one),
            self.theirs.mean(_widest(self.back, *one), *other).T,
            self.ours.mean(self.there, *_alone(self.ours.units)),
            self.theirs.mean(self.back, *_alone(self.theirs.units)).T,
        )


def matched(ours: Words, theirs: Words, our_units: int, their_units: int) -> Matches:
    """The matches of the words of two texts, which have some, in so many units."""
    here, back = _Told(ours, our_units), _Told(theirs, their_units)
    cosine = _cosines(ours.vectors, theirs.vectors)
    alone = np.zeros(len(ours.texts), np.float32), np.zeros(len(theirs.texts), np.float32)
    found, met = _nearest(cosine, here, back, *alone)
    found, met = _nearest(cosine, here, back, _usual(found) / 2, _usual(met) / 2)
    least = min(found.min(), met.min())
    return Matches(here, back, back.in_all_units(found, least), here.in_all_units(met, least))


def _cosines(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> Floats:
    """All cosines of unit vectors (len(ours), len(theirs)), in blocks, which do not depend on the cores."""
    cosines = np.empty((len(ours), len(theirs)), dtype=np.float32)
    count = 2 * -(-len(ours) // (2 * _BLOCK))
    blocks = zip(np.array_split(ours, count), np.array_split(cosines, count), strict=True)
    in_parallel(lambda block: np.matmul(block[0], theirs.T, out=block[1]), blocks)
    return cosines


def _nearest(cosine: Floats, here: _Told, back: _Told, ours: Floats, theirs: Floats) -> tuple[Floats, Floats]:
    """The cosine, less what is `ours` and `theirs`, of each word with the nearest in each unit that has some.

    (their units, our words) and (our units, their words); unit by unit, as whole tables leave the cache.
    """
    found = np.empty((len(back.rows), len(ours)), dtype=np.float32)
    met = np.empty((len(here.rows), len(theirs)), dtype=np.float32)
    for k, rows in enumerate(here.rows):
        own = cosine[rows]
        met[k] = (own - ours[rows, None]).max(axis=0)
        found[:, rows] = np.maximum.reduceat(own - theirs, back.starts, axis=1).T
    return found - ours, met - theirs


class _Told:
    """The words of a side by their units, each counting for as much as few units have it."""

    def __init__(self, words: Words, units: int) -> None:
        count = Counter(text for text, _ in set(zip(words.texts, words.units.tolist(), strict=True)))
        standing = np.array([count[text] for text in words.texts])
        self.weight = np.log((units + 1) / standing).astype(np.float32)
        self.units = units
        self.present, self.starts = np.unique(words.units, return_index=True)
        ends = [*self.starts[1:].tolist(), len(words.units)]
        self.rows = [slice(*edges) for edges in zip(self.starts.tolist(), ends, strict=True)]

    def in_all_units(self, best: Floats, least: float) -> Floats:
        """A table of the units that have words as one of all units; the others are like nothing."""
        table = np.full((self.units, best.shape[1]), least, dtype=np.float32)
        table[self.present] = best
        return table

    def mean(self, likeness: Floats, first: Ints, last: Ints) -> Floats:
        """The mean of likenesses (n, words) over the words of each stretch of units (stretches, n)."""
        run, weight = np.zeros((self.units + 1, len(likeness))), np.zeros((self.units + 1, 1))
        for k, rows in zip(self.present, self.rows, strict=True):
            run[k + 1] = likeness[:, rows] @ self.weight[rows]
            weight[k + 1] = self.weight[rows].sum()
        run, weight = run.cumsum(axis=0), weight.cumsum(axis=0)
        total = weight[last] - weight[first]
        mean = (run[last] - run[first]) / np.maximum(total, 1e-6)
        return np.where(total > 0, mean, likeness.min()).astype(np.float32)


def _usual(best: Floats) -> Floats:
    """What the nearest words in the NEIGHBOURS nearest units are like each word, given (units, words)."""
    few = min(NEIGHBOURS, len(best))
    return np.asarray(np.partition(best, -few, axis=0)[-few:].mean(axis=0))


def _alone(units: int) -> tuple[Ints, Ints]:
    return np.arange(units), np.arange(1, units + 1)


def _widest(best: Floats, first: Ints, last: Ints) -> Floats:
    """The best of each column in each stretch of units (stretches, columns)."""
    widest = np.empty((len(first), best.shape[1]), dtype=np.float32)
    size, run = last - first, best
    for step in range(1, int(size.max(initial=0)) + 1):
        these = np.flatnonzero(size == step)
        widest[these] = run[first[these]]
        run = np.maximum(run[:-1], best[step:])
    return widest
