"""Every group of one side against every group of the other, and what speaks for each pair.

All features are symmetric in source and target, so that swapping the sides mirrors the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.agreement import Matches
from polyalign.alignment.half import Half
from polyalign.alignment.lexical import Sightings, shared_names, shared_numbers
from polyalign.alignment.likeness import Likeness
from polyalign.alignment.spans import Floats, Ints, Spans
from polyalign.alignment.views import Seen, Way

CANDIDATES_PER_SIZE = 2  # of each size on the other side, for every span
SLACK = 0.2  # how far under the best likeness of either of its spans a candidate may lie
FLOOR = 0.15  # the least likeness of a candidate
NEAR_NOISE = 0.4  # what lies nearer noise (0; 1 is signal) is no candidate: 1 gold bead in 100
FEW = 50  # characters that have the usual ratio, beside those of beads
STEP_FEATURES = (
    "cosine",
    "signal",
    "z",
    "margin_low",
    "margin_high",
    "gain",
    "loss",
    "behind_low",
    "behind_high",
    "support",
    "fit_low",
    "fit",
    "pull",
    "stray",
    "length_ratio",
    "length",
    "numbers_shared",
    "numbers_alone",
    "names_shared",
    "names_alone",
    "size",
    "smaller_size",
    "partial",
)
SHOWN = (
    "cosine",
    "words",
    "margin_low",
    "gain",
    "support",
    "length_ratio",
    "numbers_shared",
    "names_shared",
)
FEATURES = (
    *STEP_FEATURES,
    "words",
    "words_low",
    "words_margin",
    "words_gain",
    "words_loss",
    "words_support",
)
CLOSE_FEATURES = (*STEP_FEATURES, "support_inside")  # of steps between halves that have stretches


_Columns = Callable[[Ints, Ints], list[Floats]]
_NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Candidates:
    """Pairs of spans that may be beads: row k joins source span source[k] and target span target[k].

    `names` are those of the features: FEATURES, or of steps on a path STEP_FEATURES or CLOSE_FEATURES.
    """

    source: Ints
    target: Ints
    features: Floats
    names: tuple[str, ...] = FEATURES

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: Ints) -> Candidates:
        return replace(self, source=self.source[rows], target=self.target[rows], features=self.features[rows])

    @property
    def steps(self) -> Candidates:
        """The same as steps on a path."""
        return replace(self, features=self.features[:, : len(STEP_FEATURES)], names=STEP_FEATURES)

    def evidence(self, k: int) -> dict[str, float]:
        """What speaks for candidate k, for people: its cosine, its lead over rivals, its numbers."""
        places = ((name, self.names.index(name)) for name in SHOWN if name in self.names)
        return {name: round(float(self.features[k, place]), 3) for name, place in places}


@dataclass(frozen=True)
class Grid:
    """Two halves, how alike they are, and their candidates. `calibrated` and `known` as in `Likeness`."""

    source: Half
    target: Half
    calibrated: bool = True
    known: Matches | None = None

    @cached_property
    def alike(self) -> Likeness:
        """How alike all spans and units are."""
        return Likeness(self.source, self.target, self.calibrated, self.known)

    def plausible(self) -> Candidates:
        """The pairs near the top of their row and column, and in one among the best of the same sizes."""
        alike = self.alike.spans
        leading = np.zeros(alike.shape, dtype=bool)
        if not alike.size:
            return self.candidates(*np.nonzero(leading))
        for p in _classes(self.source.spans):
            for q in _classes(self.target.spans):
                block = alike[p, q]
                leading[p, q] = (block >= _kth(block, 1)) | (block >= _kth(block, 0))
        best = np.maximum(alike.max(axis=1, keepdims=True), alike.max(axis=0, keepdims=True))
        near = (alike >= best - SLACK) & (alike > FLOOR) & self.over_noise(NEAR_NOISE)
        return self.candidates(*np.nonzero(leading & near))

    def over_noise(self, share: float) -> NDArray[np.bool_]:
        """The pairs (source spans, target spans) that lie over this share of the way from noise to signal."""
        levels = self.alike.levels
        return np.asarray(self.alike.spans > levels.noise + share * (levels.signal - levels.noise))

    def candidates(self, a: Ints, b: Ints) -> Candidates:
        """The pairs of source spans a and target spans b, with FEATURES."""
        return self._seen_as(FEATURES, a, b, self._columns, self._word_columns)

    def steps(self, a: Ints, b: Ints) -> Candidates:
        """The same as steps on a path, with STEP_FEATURES, or CLOSE_FEATURES if the halves have stretches."""
        if not self.source.stretches or not self.target.stretches:
            return self._seen_as(STEP_FEATURES, a, b, self._columns)
        return self._seen_as(CLOSE_FEATURES, a, b, self._columns, self._inside_columns)

    def against(self, found: Candidates, ratio: float) -> Candidates:
        """The same candidates, their lengths compared with this log of source length over target length."""
        features = found.features.copy()
        features[:, FEATURES.index("length_ratio")] = self._uneven(found.source, found.target, ratio)
        return replace(found, features=features)

    def ratio(self, beads: Candidates) -> float:
        """The log of source length over target length of beads, drawn to the usual one where they are few."""
        ours, theirs = self.source.lengths[beads.source].sum(), self.target.lengths[beads.target].sum()
        usual = np.exp(self.alike.usual_ratio / 2)
        return float(np.log((ours + FEW * usual) / (theirs + FEW / usual)))

    @cached_property
    def whole_ratio(self) -> float:
        """The log of source length over target length of the whole texts."""
        return float(np.log(self.source.edges[-1] / self.target.edges[-1]))

    @cached_property
    def _ways(self) -> tuple[Way, Way]:
        return self._seen_by(self.alike.spans, self.alike.units, self.alike.units)

    @cached_property
    def _close_ways(self) -> tuple[Way, Way]:
        return self._seen_by(self.alike.spans, self.alike.inside, self.alike.inside)

    @cached_property
    def _word_ways(self) -> tuple[Way, Way]:
        words = self.alike.words
        return self._seen_by(words.spans, *map(self.alike.shown, (words.units_there, words.units_back)))

    def _seen_by(self, spans: Floats, there: Floats, back: Floats) -> tuple[Way, Way]:
        """The views from both sides, given the likeness of all spans, and of units to either side."""
        return Way(spans, there, self.source, self.target), Way(spans.T, back.T, self.target, self.source)

    @cached_property
    def _sightings(self) -> tuple[Sightings, Sightings]:
        ours, theirs = self.source.units, self.target.units
        return shared_numbers(ours, theirs), shared_names(ours, theirs)

    def _seen_as(self, names: tuple[str, ...], a: Ints, b: Ints, *parts: _Columns) -> Candidates:
        columns = [column for part in parts for column in part(a, b)] if len(a) else [_NOTHING] * len(names)
        return Candidates(a, b, np.stack(columns, axis=1).astype(np.float32), names)

    def _columns(self, a: Ints, b: Ints) -> list[Floats]:
        """What every reading asks of the pairs: STEP_FEATURES."""
        source, target = self.source, self.target
        sizes = np.stack([source.spans.size[a], target.spans.size[b]])
        return [
            self.alike.cosine[a, b],
            *self._alike_columns(a, b),
            self._uneven(a, b, self.alike.usual_ratio),
            np.log(source.lengths[a]) + np.log(target.lengths[b]),
            *(count for things in self._sightings for count in self._compared(things, a, b)),
            sizes.sum(axis=0),
            sizes.min(axis=0),
            source.spans.partial[a].astype(int) + target.spans.partial[b],
        ]

    def _alike_columns(self, a: Ints, b: Ints) -> list[Floats]:
        """What likeness says of the pairs: over noise, against rivals, and against more and less of them."""
        alike, levels = self.alike.spans[a, b], self.alike.levels
        there, back = self._seen(self._ways, a, b)
        return [
            (alike - levels.noise) / (levels.signal - levels.noise + 1e-6),
            (alike - levels.noise) / (levels.spread + 1e-6),
            alike - np.maximum(there.rival, back.rival),
            alike - np.minimum(there.rival, back.rival),
            _gain(alike, there, back),
            _loss(alike, there, back),
            alike - np.maximum(there.best, back.best),
            alike - np.minimum(there.best, back.best),
            np.minimum(there.support, back.support),
            np.minimum(there.fit, back.fit),
            there.fit + back.fit,
            np.maximum(there.pull, back.pull),
            np.maximum(there.stray, back.stray),
        ]

    def _word_columns(self, a: Ints, b: Ints) -> list[Floats]:
        """What the agreement of words says of the pairs, the same way."""
        words = self.alike.words
        agree = words.spans[a, b]
        there, back = self._seen(self._word_ways, a, b)
        return [
            agree,
            np.minimum(words.there[a, b], words.back[a, b]),
            agree - np.maximum(there.rival, back.rival),
            _gain(agree, there, back),
            _loss(agree, there, back),
            np.minimum(there.support, back.support),
        ]

    def _inside_columns(self, a: Ints, b: Ints) -> list[Floats]:
        """What the inside of sentences says of the pairs."""
        there, back = self._close_ways
        return [np.minimum(there.support(a, b), back.support(b, a))]

    def _seen(self, ways: tuple[Way, Way], a: Ints, b: Ints) -> tuple[Seen, Seen]:
        return ways[0].seen(a, b), ways[1].seen(b, a)

    def _uneven(self, a: Ints, b: Ints, ratio: float) -> Floats:
        """How far the log of the ratio of two spans' lengths is from this one."""
        return np.asarray(np.abs(np.log(self.source.lengths[a] / self.target.lengths[b]) - ratio))

    def _compared(self, things: Sightings, a: Ints, b: Ints) -> list[Floats]:
        """How much of the things two spans share, and how much stands in only one of them; 3 at most."""
        source, target = self.source.spans, self.target.spans
        counts = things.compared((source.first[a], source.last[a]), (target.first[b], target.last[b]))
        return [np.minimum(count, 3) for count in counts]


def _classes(spans: Spans) -> list[slice]:
    """The spans of each size, and those that are less than a sentence; they stand together."""
    kinds = np.where(spans.partial, 0, spans.size)
    return [slice(*edges) for edges in pairwise([0, *np.flatnonzero(np.diff(kinds)) + 1, len(kinds)])]


def _kth(block: Floats, axis: int) -> Floats:
    k = min(CANDIDATES_PER_SIZE, block.shape[axis])
    return np.asarray(np.partition(block, -k, axis=axis).take([-k], axis=axis))


def _gain(alike: Floats, there: Seen, back: Seen) -> Floats:
    """How much is gained over the pair with less on one side, 0 where there is no less."""
    smaller = np.maximum(there.smaller, back.smaller)
    return np.where(smaller < -1, 0, alike - smaller)


def _loss(alike: Floats, there: Seen, back: Seen) -> Floats:
    """How much would be gained with more on one side."""
    return np.maximum(np.maximum(there.larger, back.larger) - alike, -0.5)
