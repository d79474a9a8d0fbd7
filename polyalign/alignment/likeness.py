"""How alike all groups and all units of two sides are: by their vectors, and by their words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polyalign.alignment.agreement import Agreement, Matches, matched
from polyalign.alignment.half import Half
from polyalign.alignment.spans import Floats, Ints

SAID_BY_WORDS = 0.25  # of likeness; cosines say the rest
PRIOR_WEIGHT = 0.3  # of equal length, in squared likeness over noise
USUAL_NOISE, USUAL_SPREAD, USUAL_SIGNAL = 0.2, 0.15, 0.7  # of the default encoder's cosines on news,
MANY = 64  # pairs of units whose noise counts as much as the usual one
USUAL_LEAD = 0.125  # and of its words' signal over their noise;
LEAST_LEAD = 0.015  # no smaller one is believed


@dataclass(frozen=True)
class Levels:
    """Noise (median likeness of any two units), its spread, and signal (of mutual best matches)."""

    noise: float
    spread: float
    signal: float


@dataclass(frozen=True)
class Likeness:
    """Two halves, and what their vectors and their words make of any pair of spans.

    Cosines that are not `calibrated` are stretched so that this pair's noise and signal come to lie where
    the default encoder usually has them. `known` are the matches of the words, if other spans of the same
    units have them already.
    """

    source: Half
    target: Half
    calibrated: bool = True
    known: Matches | None = None

    @cached_property
    def cosine(self) -> Floats:
        """The cosines of all spans (source spans, target spans)."""
        return self._scaled(self.source.vectors @ self.target.vectors.T)

    @cached_property
    def words(self) -> Agreement:
        """The agreement of words on the scale of cosines; these where there are no words to hear."""
        if self.matches is None:
            return Agreement(self.cosine, self.cosine, self._unit_cosine, self._unit_cosine)
        found = self.matches.agreement(self.source.spans, self.target.spans)
        heard = self._heard(found.units)
        if not heard.size:
            return found
        usual = levels_of(self._heard(self._unit_cosine))
        mutual, noise = heard[mutual_best(heard)], float(np.median(heard))
        lead = max(_drawn(float(np.median(mutual)) - noise, len(mutual), USUAL_LEAD), LEAST_LEAD)
        return found.scaled((usual.signal - usual.noise) / lead, noise, usual.noise)

    @cached_property
    def matches(self) -> Matches | None:
        """How near the words of the units are to each other; None where there are no words to hear."""
        source, target = self.source.words, self.target.words
        if self.known is not None or source is None or target is None:
            return self.known
        if not len(source.texts) or not len(target.texts):
            return None
        return matched(source, target, self.source.spans.units, self.target.spans.units)

    @cached_property
    def spans(self) -> Floats:
        """The likeness of all spans (source spans, target spans)."""
        return _together(self.cosine, self.words.spans)

    @cached_property
    def units(self) -> Floats:
        """The likeness of all units (source units, target units), -1 where one is silent."""
        return self.shown(_together(self._unit_cosine, self.words.units))

    @cached_property
    def inside(self) -> Floats:
        """The cosines of all units, of a stretch of either where that is higher, -1 where one is silent."""
        source, target = self.source, self.target
        cosine = source.unit_vectors @ target.unit_vectors.T
        if source.stretches:
            cosine = source.stretches.lifted(cosine, target.unit_vectors)
        if target.stretches:
            cosine = target.stretches.lifted(cosine.T, source.unit_vectors).T
        return self.shown(self._scaled(cosine))

    @cached_property
    def levels(self) -> Levels:
        """Those of the likeness of units."""
        return levels_of(self._heard(self.units))

    @cached_property
    def usual_ratio(self) -> float:
        """The usual log of source length over target length: of the mutual best matches, drawn to 0.

        Better matches count for more, and a few doubtful ones do not outweigh equal length.
        """
        alike = self._heard(self.units)
        if not alike.size:
            return 0.0
        i, j = mutual_best(alike)
        weight = np.maximum(alike[i, j] - np.median(alike), 0) ** 2
        ours, theirs = (np.diff(half.edges)[half.heard] for half in (self.source, self.target))
        ratio = np.log(ours[i] / theirs[j])
        return float((weight @ np.clip(ratio, -2, 2)) / (weight.sum() + PRIOR_WEIGHT))

    def shown(self, units: Floats) -> Floats:
        """A table of all units, -1 where one is silent."""
        table = np.full(units.shape, -1, dtype=np.float32)
        here = np.ix_(self.source.heard, self.target.heard)
        table[here] = units[here]
        return table

    @cached_property
    def _unit_cosine(self) -> Floats:
        return self._scaled(self.source.unit_vectors @ self.target.unit_vectors.T)

    def _heard(self, units: Floats) -> Floats:
        """The part of a table of all units in which none is silent."""
        return units[np.ix_(self.source.heard, self.target.heard)]

    @cached_property
    def _raw(self) -> Levels:
        return levels_of(self._heard(self.source.unit_vectors @ self.target.unit_vectors.T))

    def _scaled(self, cosine: Floats) -> Floats:
        if self.calibrated or not cosine.size:
            return cosine
        stretch = (USUAL_SIGNAL - USUAL_NOISE) / max(self._raw.signal - self._raw.noise, 0.01)
        return np.asarray(USUAL_NOISE + (cosine - self._raw.noise) * stretch)


def _together(cosine: Floats, words: Floats) -> Floats:
    return np.asarray(cosine + SAID_BY_WORDS * (words - cosine), dtype=np.float32)


def levels_of(alike: Floats) -> Levels:
    """The levels of the likeness of units.

    Texts of few units say little of their own, so each level is drawn to its usual value.
    """
    mutual = alike[mutual_best(alike)]
    return Levels(
        _drawn(float(np.median(alike)), (alike.size - 1) / MANY, USUAL_NOISE),
        _drawn(float(alike.std()), alike.size - 1, USUAL_SPREAD),
        _drawn(float(np.median(mutual)), len(mutual) - 1, USUAL_SIGNAL),
    )


def _drawn(measured: float, count: float, usual: float) -> float:
    """The mean of `count` times the measured and once the usual value."""
    return (measured * count + usual) / (count + 1)


def mutual_best(alike: Floats) -> tuple[Ints, Ints]:
    """The rows, ascending, and the columns that are each other's best."""
    best = alike.argmax(axis=1)
    rows = np.flatnonzero(alike.argmax(axis=0)[best] == np.arange(len(best)))
    return rows, best[rows]
