"""The aligner's scores, corrected by what a reviewer has decided so far on pairs that have one.

Beta calibration (Kull, Silva Filho and Flach 2017) is a curve through (0, 0) and (1, 1) of three numbers:
logit p = a ln s - b ln(1 - s) + c. It is fitted as the likeliest curve given the decisions, and given
beforehand that the scores are right (a = b = 1, c = 0), so that few decisions move it little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

LEAST = 10  # decisions from which on scores are corrected
POINTS = 21  # of the curve as it is shown

_FINE = 200  # parts of 0 to 1 in which decisions are counted
_EDGE = 0.002  # scores are kept so far from 0 and 1
_PRIOR = (4.0, 4.0, 1.0)  # how firmly a, b and c are held: 1 / variance
_STEPS = 50


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
        return _squashed(_dot((self.a, self.b, self.c), _features(score)))

    @property
    def curve(self) -> tuple[tuple[float, float], ...]:
        """Points of the curve, evenly from 0 to 1."""
        scores = [k / (POINTS - 1) for k in range(POINTS)]
        return tuple((score, round(self.probability(score), 4)) for score in scores)


def calibrated(decided: Iterable[tuple[float, bool]]) -> Calibration:
    """The curve for scores of pairs of which somebody said whether they are right; none below LEAST."""
    counts = Counter((round(score * _FINE), right) for score, right in decided)
    if counts.total() < LEAST:
        return Calibration()
    return _fitted(tuple(sorted(counts.items())))


@lru_cache(maxsize=64)
def _fitted(counts: tuple[tuple[tuple[int, bool], int], ...]) -> Calibration:
    """Newton's method on the penalised likelihood, which has one maximum; a and b stay positive."""
    data = [(_features(part / _FINE), float(right), number) for (part, right), number in counts]
    start = (1.0, 1.0, 0.0)
    now = start
    for _ in range(_STEPS):
        slope = [-h * (x - m) for h, x, m in zip(_PRIOR, now, start, strict=True)]
        bend = [[_PRIOR[i] if i == j else 0.0 for j in range(3)] for i in range(3)]
        for features, right, number in data:
            p = _squashed(_dot(now, features))
            for i in range(3):
                slope[i] += number * (right - p) * features[i]
                for j in range(3):
                    bend[i][j] += number * p * (1 - p) * features[i] * features[j]
        step = _solved(bend, slope)
        now = (max(now[0] + step[0], 0.0), max(now[1] + step[1], 0.0), now[2] + step[2])
        if max(map(abs, step)) < 1e-9:
            break
    return Calibration(*now, sum(number for _, number in counts))


@lru_cache(maxsize=4_000)
def _features(score: float) -> tuple[float, float, float]:
    score = min(max(score, _EDGE), 1 - _EDGE)
    return log(score), -log(1 - score), 1.0


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))


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
