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


def agreement(ours: Words, theirs: Words, our_spans: Spans, their_spans: Spans) -> Agreement:
    """How far the words of two texts, which have some, find each other."""
    here, back = _Told(ours, our_spans.units), _Told(theirs, their_spans.units)
    cosine = ours.vectors @ theirs.vectors.T
    found, met = back.best_in_columns(cosine), here.best_in_rows(cosine)
    cosine -= _usual(found)[:, None] / 2
    cosine -= _usual(met) / 2
    found, met = back.best_in_columns(cosine), here.best_in_rows(cosine)
    one, other = (our_spans.first, our_spans.last), (their_spans.first, their_spans.last)
    return Agreement(
        here.mean(_widest(found, *other), *one),
        back.mean(_widest(met, *one), *other).T,
        here.mean(found, *_alone(our_spans.units)),
        back.mean(met, *_alone(their_spans.units)).T,
    )


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

    def best_in_rows(self, cosine: Floats) -> Floats:
        """How near each other word is to the nearest of each unit (units, others), given (words, others)."""
        best = np.full((self.units, cosine.shape[1]), cosine.min(), dtype=np.float32)
        for k, rows in zip(self.present, self.rows, strict=True):
            best[k] = cosine[rows].max(axis=0)
        return best

    def best_in_columns(self, cosine: Floats) -> Floats:
        """The same (units, others), given (others, words)."""
        best = np.full((self.units, len(cosine)), cosine.min(), dtype=np.float32)
        best[self.present] = np.maximum.reduceat(cosine, self.starts, axis=1).T
        return best

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
