"""Every group of one side against every group of the other, and what speaks for each pair.

All features are symmetric in source and target, so that swapping the sides mirrors the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.lexical import Sightings, shared_names, shared_numbers
from polyalign.alignment.spans import Ints, Spans
from polyalign.alignment.stretches import Stretches, stretches_of

Floats = NDArray[np.floating[Any]]
Encode = Callable[[Sequence[str], Sequence[tuple[int, int]]], Floats]

CANDIDATES_PER_SIZE = 4  # of each size on the other side, for every span
SLACK = 0.2  # how far under its span's best a candidate may lie, in cosine
FLOOR = 0.15  # the least cosine of a candidate
PRIOR_WEIGHT = 0.3  # of equal length, in squared cosines over noise
FEW = 50  # characters that have the usual ratio, beside those of beads
USUAL_NOISE, USUAL_SPREAD, USUAL_SIGNAL = 0.2, 0.15, 0.7  # of the default encoder's cosines on news
DOUBT = 0.2  # a unit's fit says no more than this for or against a bead
_UNFIT = -0.5  # of what is not there, or silent
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
    "fit_low",
    "fit",
    "pull",
    "stray",
    "size",
    "smaller_size",
    "partial",
)
CLOSE_FEATURES = (*FEATURES, "support_inside")  # of halves that have stretches


@dataclass(frozen=True)
class Half:
    """One side: its spans and their unit vectors (len(spans), d), its units and theirs (units, d).

    `translated` are the same spans in the language of the other side, where they are translated;
    `stretches` are there for close readings.
    """

    spans: Spans
    vectors: Floats
    units: Sequence[str]
    unit_vectors: Floats
    translated: Half | None = None
    stretches: Stretches | None = None

    @classmethod
    def encoded(
        cls,
        spans: Spans,
        units: Sequence[str],
        encode: Encode,
        translations: Sequence[str] | None = None,
        *,
        closely: bool = False,
    ) -> Half:
        """The half whose vectors `encode` gives for (units, pairs of first and last).

        `translations` are those of the units, "" for a unit that has none. With `closely` it has stretches.
        """
        pairs = spans.pairs()
        alone = [(k, k + 1) for k in range(len(units))]
        place = {pair: row for row, pair in enumerate(dict.fromkeys([*pairs, *alone]))}
        vectors = encode(units, list(place))
        translated = None if translations is None else cls.encoded(spans, translations, encode)
        unit_vectors = vectors[[place[pair] for pair in alone]]
        stretches = stretches_of(units, encode) if closely else None
        return cls(spans, vectors[: len(pairs)], units, unit_vectors, translated, stretches)

    @property
    def clausal(self) -> bool:
        """Whether some sentences are cut into clauses."""
        return bool(self.spans.partial.any())

    @property
    def uncut(self) -> Half:
        """The same half in whole sentences, each of which is one unit."""
        spans, edges = self.spans, self.spans.sentences
        units = [" ".join(self.units[first:last]) for first, last in pairwise(edges.tolist())]
        alone = (spans.size == 1) & ~spans.partial
        unit_vectors = self.unit_vectors[edges[:-1]]
        unit_vectors[np.searchsorted(edges, spans.first[alone])] = self.vectors[alone]
        translated = self.translated and self.translated.uncut
        return Half(spans.uncut, self.vectors[~spans.partial], units, unit_vectors, translated)

    @cached_property
    def edges(self) -> Ints:
        """Running lengths in characters; a span is edges[last] - edges[first] long."""
        return np.cumsum([0, *(len(u) + 1 for u in self.units)])

    @cached_property
    def lengths(self) -> Ints:
        """The length of every span in characters."""
        return self.edges[self.spans.last] - self.edges[self.spans.first]

    def portion(self, first: Ints, last: Ints) -> Floats:
        """How much of the text the units first to last-1 are, by length, 0 to 1."""
        return np.asarray((self.edges[last] - self.edges[first]) / self.edges[-1])

    @cached_property
    def heard(self) -> Ints:
        """The units that some span covers."""
        edges = np.zeros(self.spans.units + 1, dtype=np.int64)
        single = self.spans.size == 1
        np.add.at(edges, self.spans.first[single], 1)
        np.add.at(edges, self.spans.last[single], -1)
        return np.flatnonzero(np.cumsum(edges)[:-1] > 0)

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
        shown = ("cosine", "margin_low", "gain", "support", "length_ratio", "numbers_shared", "names_shared")
        return {name: round(float(self.features[k, FEATURES.index(name)]), 3) for name in shown}


@dataclass(frozen=True)
class Levels:
    """Noise (median cosine of any two units), its spread, and signal (of mutual best matches)."""

    noise: float
    spread: float
    signal: float


@dataclass(frozen=True)
class Grid:
    """Two halves and all their cosines.

    Cosines that are not `calibrated` are stretched so that this pair's noise and signal come to
    lie where the default encoder usually has them.
    """

    source: Half
    target: Half
    calibrated: bool = True

    def plausible(self) -> Candidates:
        """The pairs near the top of their row or column, among the pairs of the same sizes."""
        cosine, top = self.cosine, np.zeros(self.cosine.shape, dtype=bool)
        if not cosine.size:
            return self.candidates(*np.nonzero(top))
        for p in _classes(self.source.spans):
            for q in _classes(self.target.spans):
                block = cosine[np.ix_(p, q)]
                top[np.ix_(p, q)] = (block >= _kth(block, 1)) | (block >= _kth(block, 0))
        best_row, best_column = cosine.max(axis=1, keepdims=True), cosine.max(axis=0, keepdims=True)
        near = (cosine >= best_row - SLACK) | (cosine >= best_column - SLACK)
        return self.candidates(*np.nonzero(top & near & (cosine > FLOOR)))

    def candidates(self, a: Ints, b: Ints) -> Candidates:
        """The pairs of source spans a and target spans b, with their features (see FEATURES)."""
        return Candidates(a, b, self._features(a, b))

    def against(self, found: Candidates, ratio: float) -> Candidates:
        """The same candidates, their lengths compared with this log of source length over target length."""
        features = found.features.copy()
        features[:, FEATURES.index("length_ratio")] = self._uneven(found.source, found.target, ratio)
        return replace(found, features=features)

    def ratio(self, beads: Candidates) -> float:
        """The log of source length over target length of beads, drawn to the usual one where they are few."""
        ours, theirs = self.source.lengths[beads.source].sum(), self.target.lengths[beads.target].sum()
        usual = np.exp(self.usual_ratio / 2)
        return float(np.log((ours + FEW * usual) / (theirs + FEW / usual)))

    @cached_property
    def whole_ratio(self) -> float:
        """The log of source length over target length of the whole texts."""
        return float(np.log(self.source.edges[-1] / self.target.edges[-1]))

    @cached_property
    def cosine(self) -> Floats:
        """The cosines of all spans (source spans, target spans)."""
        return self._scaled(self.source.vectors @ self.target.vectors.T)

    @cached_property
    def units(self) -> Floats:
        """The cosines of all units (source units, target units), -1 where one is silent."""
        cosine = np.full((len(self.source.units), len(self.target.units)), -1, dtype=np.float32)
        here = np.ix_(self.source.heard, self.target.heard)
        cosine[here] = self._scaled(self._heard)
        return cosine

    @cached_property
    def inside(self) -> Floats | None:
        """The same, of a stretch of either unit where that is higher; None without stretches."""
        source, target = self.source, self.target
        if source.stretches is None or target.stretches is None:
            return None
        cosine = source.unit_vectors @ target.unit_vectors.T
        cosine = source.stretches.lifted(cosine, target.unit_vectors)
        cosine = target.stretches.lifted(cosine.T, source.unit_vectors).T
        return np.where(self.units > -1, self._scaled(cosine), -1)

    @cached_property
    def levels(self) -> Levels:
        """Those of the scaled cosines."""
        return _levels(self._scaled(self._heard))

    @cached_property
    def usual_ratio(self) -> float:
        """The usual log of source length over target length: of the mutual best matches, drawn to 0.

        Better matches count for more, and a few doubtful ones do not outweigh equal length.
        """
        cosine = self._heard
        if not cosine.size:
            return 0.0
        i, j = mutual_best(cosine)
        weight = np.maximum(cosine[i, j] - np.median(cosine), 0) ** 2
        ours, theirs = (np.diff(half.edges)[half.heard] for half in (self.source, self.target))
        ratio = np.log(ours[i] / theirs[j])
        return float((weight @ np.clip(ratio, -2, 2)) / (weight.sum() + PRIOR_WEIGHT))

    @cached_property
    def _heard(self) -> Floats:
        """The cosines, as they are, of all units that are not silent."""
        source, target = self.source, self.target
        return np.asarray(source.unit_vectors[source.heard] @ target.unit_vectors[target.heard].T)

    def _scaled(self, cosine: Floats) -> Floats:
        if self.calibrated or not cosine.size:
            return cosine
        raw = _levels(self._heard)
        stretch = (USUAL_SIGNAL - USUAL_NOISE) / max(raw.signal - raw.noise, 0.01)
        return np.asarray(USUAL_NOISE + (cosine - raw.noise) * stretch)

    @cached_property
    def _ways(self) -> tuple[_Way, _Way]:
        return self._seen_by(self.units)

    @cached_property
    def _close_ways(self) -> tuple[_Way, _Way] | None:
        return None if self.inside is None else self._seen_by(self.inside)

    def _seen_by(self, units: Floats) -> tuple[_Way, _Way]:
        """The views from both sides, given the cosines of all units."""
        there = _Way(self.cosine, units, self.source, self.target)
        return there, _Way(self.cosine.T, units.T, self.target, self.source)

    @cached_property
    def _sightings(self) -> tuple[Sightings, Sightings]:
        ours, theirs = self.source.units, self.target.units
        return shared_numbers(ours, theirs), shared_names(ours, theirs)

    def _features(self, a: Ints, b: Ints) -> Floats:
        if not len(a):
            return np.zeros((0, len(FEATURES if self.inside is None else CLOSE_FEATURES)), dtype=np.float32)
        source, target, levels = self.source, self.target, self.levels
        c = self.cosine[a, b]
        there, back = (way.seen(*pair) for way, pair in zip(self._ways, ((a, b), (b, a)), strict=True))
        smaller = np.maximum(there.smaller, back.smaller)
        sizes = np.stack([source.spans.size[a], target.spans.size[b]])
        columns = [
            c,
            (c - levels.noise) / (levels.signal - levels.noise + 1e-6),
            (c - levels.noise) / (levels.spread + 1e-6),
            c - np.maximum(there.rival, back.rival),
            c - np.minimum(there.rival, back.rival),
            np.where(smaller < -1, 0, c - smaller),
            np.maximum(np.maximum(there.larger, back.larger) - c, -0.5),
            c - np.maximum(there.best, back.best),
            c - np.minimum(there.best, back.best),
            self._uneven(a, b, self.usual_ratio),
            np.log(source.lengths[a]) + np.log(target.lengths[b]),
            *(count for things in self._sightings for count in self._compared(things, a, b)),
            np.minimum(there.support, back.support),
            np.minimum(there.fit, back.fit),
            there.fit + back.fit,
            np.maximum(there.pull, back.pull),
            np.maximum(there.stray, back.stray),
            sizes.sum(axis=0),
            sizes.min(axis=0),
            source.spans.partial[a].astype(int) + target.spans.partial[b],
        ]
        if self._close_ways:
            there_close, back_close = self._close_ways
            columns.append(np.minimum(there_close.support(a, b), back_close.support(b, a)))
        return np.stack(columns, axis=1).astype(np.float32)

    def _uneven(self, a: Ints, b: Ints, ratio: float) -> Floats:
        """How far the log of the ratio of two spans' lengths is from this one."""
        return np.asarray(np.abs(np.log(self.source.lengths[a] / self.target.lengths[b]) - ratio))

    def _compared(self, things: Sightings, a: Ints, b: Ints) -> list[Floats]:
        """How much of the things two spans share, and how much stands in only one of them; 3 at most."""
        source, target = self.source.spans, self.target.spans
        counts = things.compared((source.first[a], source.last[a]), (target.first[b], target.last[b]))
        return [np.minimum(count, 3) for count in counts]


@dataclass(frozen=True, slots=True)
class _Seen:
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
class _Way:
    """The view from one side: cosines of spans and of units, ours in rows."""

    cosine: Floats
    units: Floats
    own: Half
    other: Half

    def seen(self, a: Ints, b: Ints) -> _Seen:
        """What our spans a see of the other side's spans b."""
        spans, other = self.own.spans, self.other.spans
        first, last = spans.first[a], spans.last[a]
        neighbours = [
            _reduced(np.maximum, self._fits, b, start, end, _UNFIT)
            for start, end in ((spans.before[a], first), (last, spans.after[a]))
        ]
        return _Seen(
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


def _classes(spans: Spans) -> list[Ints]:
    kinds = np.where(spans.partial, 0, spans.size)
    return [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]


def _kth(block: Floats, axis: int) -> Floats:
    k = min(CANDIDATES_PER_SIZE, block.shape[axis])
    return np.asarray(np.partition(block, -k, axis=axis).take([-k], axis=axis))


def _levels(cosine: Floats) -> Levels:
    """The levels of the cosines of units.

    Texts of few units say little of their own, so each level is drawn to its usual value.
    """
    mutual = cosine[mutual_best(cosine)]
    return Levels(
        _drawn(float(np.median(cosine)), cosine.size - 1, USUAL_NOISE),
        _drawn(float(cosine.std()), cosine.size - 1, USUAL_SPREAD),
        _drawn(float(np.median(mutual)), len(mutual) - 1, USUAL_SIGNAL),
    )


def _drawn(measured: float, count: int, usual: float) -> float:
    """The mean of `count` times the measured and once the usual value."""
    return (measured * count + usual) / (count + 1)


def mutual_best(cosine: Floats) -> tuple[Ints, Ints]:
    """The rows, ascending, and the columns that are each other's best."""
    best = cosine.argmax(axis=1)
    rows = np.flatnonzero(cosine.argmax(axis=0)[best] == np.arange(len(best)))
    return rows, best[rows]


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
