"""Every group of one side against every group of the other, and what speaks for each pair.

All features are symmetric in source and target, so that swapping the sides mirrors the result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from polyalign.alignment.half import Half
from polyalign.alignment.lexical import Sightings, shared_names, shared_numbers
from polyalign.alignment.spans import Floats, Ints, Spans
from polyalign.alignment.views import Way

CANDIDATES_PER_SIZE = 4  # of each size on the other side, for every span
SLACK = 0.2  # how far under its span's best a candidate may lie, in cosine
FLOOR = 0.15  # the least cosine of a candidate
PRIOR_WEIGHT = 0.3  # of equal length, in squared cosines over noise
FEW = 50  # characters that have the usual ratio, beside those of beads
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
    def _ways(self) -> tuple[Way, Way]:
        return self._seen_by(self.units)

    @cached_property
    def _close_ways(self) -> tuple[Way, Way] | None:
        return None if self.inside is None else self._seen_by(self.inside)

    def _seen_by(self, units: Floats) -> tuple[Way, Way]:
        """The views from both sides, given the cosines of all units."""
        there = Way(self.cosine, units, self.source, self.target)
        return there, Way(self.cosine.T, units.T, self.target, self.source)

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
