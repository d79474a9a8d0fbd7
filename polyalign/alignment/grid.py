"""Every group of one side against every group of the other, and what speaks for each pair.

All features are symmetric in source and target, so that swapping the sides mirrors the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.lexical import Sightings, shared_names, shared_numbers
from polyalign.alignment.spans import Ints, Spans

Floats = NDArray[np.floating[Any]]

CANDIDATES_PER_SIZE = 4  # of each size on the other side, for every span
SLACK = 0.2  # how far under its span's best a candidate may lie, in cosine
FLOOR = 0.15  # the least cosine of a candidate
PRIOR_WEIGHT = 0.3  # of equal length, in squared cosines over noise
USUAL_NOISE, USUAL_SPREAD, USUAL_SIGNAL = 0.2, 0.15, 0.7  # of the default encoder's cosines on news
FEATURES = (
    "cosine",
    "signal",
    "z",
    "margin_low",
    "margin_high",
    "gain",
    "loss",
    "behind_low",
    "behind_high",
    "length_ratio",
    "length",
    "numbers_shared",
    "numbers_alone",
    "names_shared",
    "names_alone",
    "support",
    "size",
    "smaller_size",
    "partial",
)


@dataclass(frozen=True)
class Half:
    """One side: its spans, their unit vectors (len(spans), d), and the text of its units."""

    spans: Spans
    vectors: Floats
    units: Sequence[str]

    @property
    def clausal(self) -> bool:
        """Whether some sentences are cut into clauses."""
        return bool(self.spans.partial.any())

    @cached_property
    def edges(self) -> Ints:
        """Running lengths in characters; a span is edges[last] - edges[first] long."""
        return np.cumsum([0, *(len(u) + 1 for u in self.units)])

    @cached_property
    def lengths(self) -> Ints:
        """The length of every span in characters."""
        return self.edges[self.spans.last] - self.edges[self.spans.first]

    @cached_property
    def singles(self) -> Ints:
        """The spans of one unit."""
        return np.flatnonzero(self.spans.last - self.spans.first == 1)

    @cached_property
    def shares(self) -> Floats:
        """How much of its sentence each span covers, by length: 1 for whole sentences."""
        partial = self.spans.partial
        whole = np.zeros(self.spans.units, dtype=np.int64)
        for k in np.flatnonzero((self.spans.size == 1) & ~partial):
            whole[self.spans.first[k] : self.spans.last[k]] = self.lengths[k]
        return np.where(partial, self.lengths / np.maximum(whole[self.spans.first], 1), 1.0)


@dataclass(frozen=True)
class Candidates:
    """Pairs of spans that may be beads: row k joins source span source[k] and target span target[k]."""

    source: Ints
    target: Ints
    features: Floats

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: Ints) -> Candidates:
        return Candidates(self.source[rows], self.target[rows], self.features[rows])

    def evidence(self, k: int) -> dict[str, float]:
        """What speaks for candidate k, for people: its cosine, its lead over rivals, its numbers."""
        shown = ("cosine", "margin_low", "gain", "length_ratio", "numbers_shared", "names_shared")
        return {name: round(float(self.features[k, FEATURES.index(name)]), 3) for name in shown}


def candidates(source: Half, target: Half, *, calibrated: bool = True) -> Candidates:
    """The plausible pairs of spans with their features (see FEATURES).

    Cosines that are not `calibrated` are stretched so that this pair's noise and signal come to
    lie where the default encoder usually has them.
    """
    if not len(source.spans) or not len(target.spans):
        none = np.zeros(0, dtype=np.int64)
        return Candidates(none, none, np.zeros((0, len(FEATURES)), dtype=np.float32))
    cosine = source.vectors @ target.vectors.T
    if not calibrated:
        noise, _, signal = _levels(cosine, source, target)
        cosine = USUAL_NOISE + (cosine - noise) * (USUAL_SIGNAL - USUAL_NOISE) / max(signal - noise, 0.01)
    a, b = np.nonzero(_plausible(cosine, source.spans, target.spans))
    return Candidates(a, b, _features(cosine, source, target, a, b))


def _plausible(cosine: Floats, source: Spans, target: Spans) -> NDArray[np.bool_]:
    """The pairs near the top of their row or column, among the pairs of the same sizes."""
    top = np.zeros(cosine.shape, dtype=bool)
    for p in _classes(source):
        for q in _classes(target):
            block = cosine[np.ix_(p, q)]
            top[np.ix_(p, q)] = (block >= _kth(block, 1)) | (block >= _kth(block, 0))
    best_row, best_column = cosine.max(axis=1, keepdims=True), cosine.max(axis=0, keepdims=True)
    near = (cosine >= best_row - SLACK) | (cosine >= best_column - SLACK)
    return np.asarray(top & near & (cosine > FLOOR))


def _classes(spans: Spans) -> list[Ints]:
    kinds = np.where(spans.partial, 0, spans.size)
    return [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]


def _kth(block: Floats, axis: int) -> Floats:
    k = min(CANDIDATES_PER_SIZE, block.shape[axis])
    return np.asarray(np.partition(block, -k, axis=axis).take([-k], axis=axis))


def _features(cosine: Floats, source: Half, target: Half, a: Ints, b: Ints) -> Floats:
    c = cosine[a, b]
    noise, spread, signal = _levels(cosine, source, target)
    ratio = np.log(source.lengths[a] / target.lengths[b]) - _usual_ratio(cosine, source, target)
    margins = c - np.stack([_rivals(cosine, target.spans, a, b), _rivals(cosine.T, source.spans, b, a)])
    behind = np.stack([c - cosine.max(axis=1)[a], c - cosine.max(axis=0)[b]])
    smaller = np.stack(
        [*_neighbours(cosine, source.spans.inner[a], b), *_neighbours(cosine.T, target.spans.inner[b], a)]
    )
    larger = np.stack(
        [*_neighbours(cosine, source.spans.outer[a], b), *_neighbours(cosine.T, target.spans.outer[b], a)]
    )
    single = np.isnan(smaller).all(axis=0)
    spans = source.spans, target.spans
    sizes = np.stack([source.spans.size[a], target.spans.size[b]])
    columns = [
        c,
        (c - noise) / (signal - noise + 1e-6),
        (c - noise) / (spread + 1e-6),
        margins.min(axis=0),
        margins.max(axis=0),
        np.where(single, 0, c - np.nan_to_num(smaller, nan=-1).max(axis=0)),
        np.maximum(np.nan_to_num(larger - c, nan=-1).max(axis=0), -0.5),
        behind.min(axis=0),
        behind.max(axis=0),
        np.abs(ratio),
        np.log(source.lengths[a]) + np.log(target.lengths[b]),
        *_compared(shared_numbers(source.units, target.units), *spans, a, b),
        *_compared(shared_names(source.units, target.units), *spans, a, b),
        np.minimum(
            _support(cosine, source.spans, target.spans, a, b),
            _support(cosine.T, target.spans, source.spans, b, a),
        ),
        sizes.sum(axis=0),
        sizes.min(axis=0),
        source.spans.partial[a].astype(int) + target.spans.partial[b],
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _levels(cosine: Floats, source: Half, target: Half) -> tuple[float, float, float]:
    """Noise (median cosine of any two units), its spread, and signal (of mutual best matches).

    Texts of few units say little of their own, so each is drawn to its usual value.
    """
    units = cosine[np.ix_(source.singles, target.singles)]
    mutual = units[_mutual(units)]
    noise = _drawn(float(np.median(units)), units.size - 1, USUAL_NOISE)
    spread = _drawn(float(units.std()), units.size - 1, USUAL_SPREAD)
    return noise, spread, _drawn(float(np.median(mutual)), len(mutual) - 1, USUAL_SIGNAL)


def _drawn(measured: float, count: int, usual: float) -> float:
    """The mean of `count` times the measured and once the usual value."""
    return (measured * count + usual) / (count + 1)


def _usual_ratio(cosine: Floats, source: Half, target: Half) -> float:
    """The usual log of source length over target length: of the mutual best matches, drawn to 0.

    Better matches count for more, and a few doubtful ones do not outweigh equal length.
    """
    units = cosine[np.ix_(source.singles, target.singles)]
    i, j = _mutual(units)
    weight = np.maximum(units[i, j] - np.median(units), 0) ** 2
    ratio = np.log(source.lengths[source.singles[i]] / target.lengths[target.singles[j]])
    return float((weight @ np.clip(ratio, -2, 2)) / (weight.sum() + PRIOR_WEIGHT))


def _mutual(cosine: Floats) -> tuple[Ints, Ints]:
    best = cosine.argmax(axis=1)
    rows = np.flatnonzero(cosine.argmax(axis=0)[best] == np.arange(len(best)))
    return rows, best[rows]


def _neighbours(cosine: Floats, spans: Ints, other: Ints) -> list[Floats]:
    """The cosines of related spans (k, 2) with the other side, nan where there is no such span."""
    return [np.where(column >= 0, cosine[column, other], np.nan) for column in spans.T]


def _rivals(cosine: Floats, other: Spans, a: Ints, b: Ints) -> Floats:
    """The best cosine of span a with any span of the other side that does not overlap b."""
    ending = _best_by(cosine, other.last - 1, other.units)
    starting = _best_by(cosine, other.first, other.units)
    return _outside(ending, starting)(a, other.first[b], other.last[b])


def _best_by(cosine: Floats, unit: Ints, units: int) -> Floats:
    """The best cosine of each row with the columns of each unit (rows, units), -1 where none."""
    best = np.full((len(cosine), units), -1, dtype=np.float32)
    order = np.argsort(unit, kind="stable")
    present, starts = np.unique(unit[order], return_index=True)
    best[:, present] = np.maximum.reduceat(cosine[:, order], starts, axis=1)
    return best


def _outside(ending: Floats, starting: Floats) -> Callable[[Ints, Ints, Ints], Floats]:
    """A look-up: the best in a row of what ends before `first` or starts from `last` on."""
    worst = np.full((len(ending), 1), -1, dtype=np.float32)
    before = np.concatenate([worst, np.maximum.accumulate(ending, axis=1)], axis=1)
    after = np.concatenate([np.maximum.accumulate(starting[:, ::-1], axis=1)[:, ::-1], worst], axis=1)
    return lambda row, first, last: np.maximum(before[row, first], after[row, last])


def _support(cosine: Floats, own: Spans, other: Spans, a: Ints, b: Ints) -> Floats:
    """How much better the worst unit of span a fits into span b than elsewhere.

    The least, over the units of a, of its best cosine with a unit of b minus that with any other.
    """
    rows, columns = _unit_spans(own), _unit_spans(other)
    units = np.full((own.units, other.units), -1, dtype=np.float32)
    here = np.ix_(rows >= 0, columns >= 0)
    units[here] = cosine[np.ix_(rows[rows >= 0], columns[columns >= 0])]
    row = np.arange(own.units)[:, None]
    inside = _reduced(np.maximum, units, row, other.first, other.last)
    fit = inside - _outside(units, units)(row, other.first, other.last)
    return _reduced(np.minimum, fit.T, b, own.first[a], own.last[a])


def _unit_spans(spans: Spans) -> Ints:
    """For every unit the span that is just this unit, -1 where there is none."""
    alone = np.full(spans.units, -1, dtype=np.int64)
    single = np.flatnonzero(spans.last - spans.first == 1)
    alone[spans.first[single]] = single
    return alone


def _reduced(ufunc: np.ufunc, table: Floats, row: Ints, first: Ints, last: Ints) -> Floats:
    """ufunc over table[row, first:last], element by element."""
    result = table[row, first]
    for step in range(1, int((last - first).max(initial=1))):
        result = ufunc(result, table[row, np.minimum(first + step, last - 1)])
    return result


def _compared(things: Sightings, source: Spans, target: Spans, a: Ints, b: Ints) -> list[Floats]:
    """How much of the things two spans share, and how much stands in only one of them; 3 at most."""
    counts = things.compared((source.first[a], source.last[a]), (target.first[b], target.last[b]))
    return [np.minimum(count, 3) for count in counts]
