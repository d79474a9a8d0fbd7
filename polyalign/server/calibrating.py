"""The aligner's scores, corrected by what a reviewer has decided so far on pairs that have one.

Beta calibration (Kull, Silva Filho and Flach 2017) is a curve through (0, 0) and (1, 1) of three numbers:
logit p = a ln s - b ln(1 - s) + c. It is fitted as the likeliest curve given the decisions, and given
beforehand that the scores are right (a = b = 1, c = 0), so that few decisions move it little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

from polyalign.store.rows import PARTS

LEAST = 10  # decisions from which on scores are corrected
POINTS = 21  # of the curve as it is shown

_EDGE = 0.002  # scores are kept so far from 0 and 1
_PRIOR = (4.0, 4.0, 1.0)  # how firmly a, b and c are held: 1 / variance
_STEPS = 50
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curve, and from how many decisions; without any it leaves every score as it is."""

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0
    decisions: int = 0

    def probability(self, score: float) -> float:
        """How probable it is that a pair with this score is right."""
        if not self.decisions:
            return score
        x, y = _features(score)
        return _squashed(self.a * x + self.b * y + self.c)

    @property
    def curve(self) -> tuple[tuple[float, float], ...]:
        """Points of the curve, evenly from 0 to 1."""
        scores = [k / (POINTS - 1) for k in range(POINTS)]
        return tuple((score, round(self.probability(score), 4)) for score in scores)


def fitted(counts: Mapping[tuple[int, bool], int]) -> Calibration:
    """The curve for how many pairs of each score, in PARTS, are right, and not right; none below LEAST."""
    if sum(counts.values()) < LEAST:
        return Calibration()
    return _fitted(tuple(sorted(counts.items())))


@lru_cache(maxsize=64)
def _fitted(counts: tuple[tuple[tuple[int, bool], int], ...]) -> Calibration:
    """Newton's method on the penalised likelihood, which has one maximum; a and b stay positive."""
    data = [(*_features(part / PARTS), right, number) for (part, right), number in counts]
    a, b, c = 1.0, 1.0, 0.0
    for _ in range(_STEPS):
        slope = [-_PRIOR[0] * (a - 1), -_PRIOR[1] * (b - 1), -_PRIOR[2] * c]
        (aa, bb, cc), ab, ac, bc = _PRIOR, 0.0, 0.0, 0.0
        for x, y, right, number in data:
            p = _squashed(a * x + b * y + c)
            off, bend = number * (right - p), number * p * (1 - p)
            slope = [slope[0] + off * x, slope[1] + off * y, slope[2] + off]
            aa, bb, cc = aa + bend * x * x, bb + bend * y * y, cc + bend
            ab, ac, bc = ab + bend * x * y, ac + bend * x, bc + bend * y
        step = _solved([[aa, ab, ac], [ab, bb, bc], [ac, bc, cc]], slope)
        a, b, c = max(a + step[0], 0.0), max(b + step[1], 0.0), c + step[2]
        if max(map(abs, step)) < _SMALL:
            break
    return Calibration(a, b, c, sum(number for _, number in counts))


def _features(score: float) -> tuple[float, float]:
    score = min(max(score, _EDGE), 1 - _EDGE)
    return log(score), -log(1 - score)


def _squashed(z: float) -> float:
    return 1 / (1 + exp(-min(max(z, -30.0), 30.0)))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of three linear equations with a positive definite matrix, by Gauss."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(3):
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for other in range(3):
            if other != k:
                factor = rows[other][k]
                rows[other] = [x - factor * y for x, y in zip(rows[other], rows[k], strict=True)]
    return [row[3] for row in rows]
