"""Monotone paths: probabilities against the sum over every path, the search band, the best path."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.alignment.decode import Lattice, SearchBand, best_path
from polyalign.alignment.spans import Extents, Floats

Bead = tuple[int, int, int, int]
N, M = 3, 3
ALL = [(a, b, c, d) for a, b in combinations(range(N + 1), 2) for c, d in combinations(range(M + 1), 2)]


def extents(beads: list[Bead]) -> Extents:
    return Extents(*(np.array(column, dtype=np.int64) for column in np.array(beads).reshape(-1, 4).T))


def paths(beads: list[Bead]) -> Iterator[tuple[int, ...]]:
    """Every set of beads in which each begins after the one before has ended, on both sides."""
    for size in range(len(beads) + 1):
        for rows in combinations(range(len(beads)), size):
            run = sorted(beads[row] for row in rows)
            if all(x[1] <= y[0] and x[3] <= y[2] for x, y in pairwise(run)):
                yield rows


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(ALL), min_size=1, max_size=7, unique=True),
    st.integers(0, 1000),
    st.floats(-2, 1),
)
def test_a_bead_is_as_probable_as_the_paths_through_it(beads: list[Bead], seed: int, skip: float) -> None:
    worth = np.random.default_rng(seed).normal(size=len(beads)) * 2
    size = np.array([b - a + d - c for a, b, c, d in beads])
    every = {
        rows: np.exp(sum(worth[list(rows)]) + skip * (N + M - sum(size[list(rows)]))) for rows in paths(beads)
    }
    total = sum(every.values())
    expected = [sum(weight for rows, weight in every.items() if k in rows) / total for k in range(len(beads))]
    logs, log_total = Lattice(extents(beads), (N, M)).posterior(worth, skip)
    assert np.exp(logs) == pytest.approx(expected, abs=1e-9)
    assert log_total == pytest.approx(np.log(total))


def test_without_candidates_there_is_one_path() -> None:
    logs, total = Lattice(extents([]), (2, 3)).posterior(np.zeros(0), -0.5)
    assert len(logs) == 0
    assert total == pytest.approx(5 * -0.5)


@given(st.lists(st.sampled_from(ALL), max_size=8, unique=True), st.integers(0, 1000))
def test_the_best_path_is_worth_as_much_as_trying_all(beads: list[Bead], seed: int) -> None:
    worth: Floats = np.random.default_rng(seed).uniform(0.1, 1, size=len(beads))
    found = best_path(extents(beads), worth).tolist()
    assert tuple(found) in set(paths(beads))
    assert sum(worth[found]) == pytest.approx(max(sum(worth[list(rows)]) for rows in paths(beads)))


def test_a_search_band_opens_between_the_beads_that_hold_it() -> None:
    beads = extents([(10, 11, 10, 11), (30, 31, 40, 41)])
    band = SearchBand.around(beads, np.array([0.9, 0.9]), (50, 50))
    low, high = band.low, band.high
    assert (low[20], high[20]) == (8, 43)
    assert (low[31], high[31]) == (8, 50)
    assert (low[34], high[34]) == (38, 50)
    assert low[0] == 0
    assert high[50] == 50
    assert (low <= high).all()


def test_weak_beads_hold_nothing() -> None:
    band = SearchBand.around(extents([(5, 6, 9, 10)]), np.array([0.2]), (10, 10))
    assert (band.low[5], band.high[5]) == (0, 10)
