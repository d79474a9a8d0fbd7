"""How far figures may be trusted: bootstrap intervals, and two paired tests of two outputs.

Units (documents, or groups of beads) are drawn anew by drawing how often each of them counts: the
figures of a sample come from sums of counts, and nothing is scored twice.

B. Efron, R. Tibshirani (1993), An Introduction to the Bootstrap: percentile intervals (chapter 13), tests
on the distribution moved to where nothing differs (chapter 16).
P. Koehn (2004), Statistical Significance Tests for Machine Translation Evaluation, EMNLP: both outputs on
the same samples.

S. Riezler, J. Maxwell (2005), On Some Pitfalls in Automatic Evaluation and Significance Testing for MT,
ACL Workshop on Intrinsic and Extrinsic Evaluation Measures: approximate randomisation.

Of outputs made up to be equally good, the bootstrap called 17 in 100 different at p <= .05 on 4 documents
and 10 on 8; approximate randomisation called 10 to 16 different in precision on 14 groups of beads where one
output had half as many beads. So p is the larger of the two, which called at most 7 in 100 different.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polyalign.scoring.measures import Measure, Rates

LEVEL = 0.95

_CELLS = 10_000_000  # drawn at a time, so that memory does not grow with the samples
_EQUAL = 1e-12  # differences of this size are rounding

Array = npt.NDArray[np.int64]  # units x columns
Interval = tuple[float, float]
Draw = Callable[[int, int], Array]  # samples, units -> how often each unit counts in each sample


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The second output's figure less the first's, its interval, and p (two-sided): how probable such a
    difference or a larger one is if there is none, by the less sure of the two tests.
    """

    value: float
    interval: Interval
    p: float


def intervals(rows: Array, measure: Measure, *, samples: int, seed: int) -> dict[str, Interval]:
    """The interval of each figure over units, in whatever order these come."""
    sums = _sums(_ordered(rows), samples, _bootstrap(seed))
    return {name: _interval(values) for name, values in measure.of(sums).items()}


def differences(
    first: Array, second: Array, measure: Measure, *, samples: int, seed: int
) -> dict[str, PairedDifference]:
    """How each figure differs between two outputs, whose rows are of the same units."""
    rows = _ordered(np.hstack([first, second]))
    first, second = np.hsplit(rows, 2)
    swaps = np.random.default_rng(seed)
    moved = _sums(second - first, samples, lambda size, units: swaps.integers(0, 2, (size, units)))
    whole = _less(measure, first.sum(0), second.sum(0))
    drawn = _less(measure, *np.hsplit(_sums(rows, samples, _bootstrap(seed)), 2))
    swapped = _less(measure, first.sum(0) + moved, second.sum(0) - moved)
    found = {}
    for name, value in whole.items():
        chances = (np.abs(each) >= abs(value) - _EQUAL for each in (drawn[name] - value, swapped[name]))
        # the outputs as they are count as one more sample, so p is never 0
        p = max((int(as_large.sum()) + 1) / (samples + 1) for as_large in chances)
        found[name] = PairedDifference(float(value), _interval(drawn[name]), p)
    return found


def _less(measure: Measure, first: Array, second: Array) -> dict[str, Rates]:
    """The second's figures less the first's."""
    before, after = measure.of(first), measure.of(second)
    return {name: after[name] - before[name] for name in before}


def _bootstrap(seed: int) -> Draw:
    random = np.random.default_rng(seed)
    return lambda samples, units: random.multinomial(units, np.full(units, 1 / units), samples)


def _sums(rows: Array, samples: int, draw: Draw) -> Array:
    step = max(1, _CELLS // len(rows))
    sizes = [min(step, samples - start) for start in range(0, samples, step)]
    return np.concatenate([draw(size, len(rows)) @ rows for size in sizes])


def _ordered(rows: Array) -> Array:
    """The rows by their counts, so that the same seed draws the same ones wherever they stood."""
    return rows[np.lexsort(rows.T)]


def _interval(values: Rates) -> Interval:
    low, high = np.quantile(values, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)
