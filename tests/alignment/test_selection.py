"""The selection of candidates: as good as trying every subset, and never two that share a member."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from polyalign.alignment import decode
from polyalign.alignment.decode import select_disjoint

Members = list[list[int]]


@st.composite
def problems(draw: st.DrawFn, largest: int = 9) -> tuple[NDArray[np.float64], Members]:
    """Candidates over a few units; worths are multiples of 1/16, so that sums are exact."""
    groups = draw(st.lists(st.frozensets(st.integers(0, 9), min_size=1, max_size=4), max_size=largest))
    worth = [draw(st.integers(-4, 16)) / 16 for _ in groups]
    return np.array(worth, dtype=float), [sorted(group) for group in groups]


def disjoint(members: Members, rows: tuple[int, ...]) -> bool:
    occupied = [unit for k in rows for unit in members[k]]
    return len(occupied) == len(set(occupied))


def best_by_trying(worth: NDArray[np.float64], members: Members) -> float:
    subsets = (rows for size in range(len(worth) + 1) for rows in combinations(range(len(worth)), size))
    return max(float(worth[list(rows)].sum()) for rows in subsets if disjoint(members, rows))


@settings(max_examples=60)
@given(problems())
def test_nothing_better_exists(problem: tuple[NDArray[np.float64], Members]) -> None:
    worth, members = problem
    assert worth[select_disjoint(worth, members)].sum() == best_by_trying(worth, members)


@given(problems(largest=25))
def test_the_selected_are_disjoint_ascending_and_worth_something(
    problem: tuple[NDArray[np.float64], Members],
) -> None:
    worth, members = problem
    rows = select_disjoint(worth, members)
    assert rows.dtype == np.int64
    assert disjoint(members, tuple(rows.tolist()))
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert (worth[rows] > 0).all()


@given(problems(largest=25))
def test_what_is_left_out_has_a_rival_that_is_in(problem: tuple[NDArray[np.float64], Members]) -> None:
    worth, members = problem
    rows = select_disjoint(worth, members).tolist()
    taken = {unit for k in rows for unit in members[k]}
    assert all(taken & set(members[k]) for k in np.flatnonzero(worth > 0) if k not in rows)


@given(problems(largest=15), st.integers(0, 99))
def test_the_order_of_the_candidates_does_not_matter(
    problem: tuple[NDArray[np.float64], Members], seed: int
) -> None:
    """With worths of which no two subsets have the same sum, the selection itself is the same."""
    worth, members = problem
    worth = np.where(worth > 0, worth + 2.0 ** -np.arange(10, 10 + len(worth)), worth)
    order = np.random.default_rng(seed).permutation(len(worth))
    again = select_disjoint(worth[order], [members[k] for k in order])
    assert sorted(order[again].tolist()) == select_disjoint(worth, members).tolist()


@given(problems(), st.permutations(range(10)))
def test_the_names_of_the_units_do_not_matter(
    problem: tuple[NDArray[np.float64], Members], names: list[int]
) -> None:
    worth, members = problem
    renamed = [[1000 * names[unit] for unit in row] for row in members]
    assert worth[select_disjoint(worth, members)].sum() == worth[select_disjoint(worth, renamed)].sum()


def test_nothing_to_select_from() -> None:
    assert select_disjoint(np.zeros(0), []).tolist() == []
    assert select_disjoint(np.array([-1.0, 0.0]), [[1], [2]]).tolist() == []


def test_two_small_ones_beat_a_large_one_only_if_worth_more() -> None:
    members = [[0, 1], [0], [1]]
    assert select_disjoint(np.array([0.9, 0.5, 0.5]), members).tolist() == [1, 2]
    assert select_disjoint(np.array([1.1, 0.5, 0.5]), members).tolist() == [0]


def test_no_time_at_all_gives_something_consistent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "TIME_LIMIT", 0.0)
    rng = np.random.default_rng(0)
    members = [sorted(set(rng.integers(0, 200, 4).tolist())) for _ in range(400)]
    rows = select_disjoint(rng.random(400), members)
    assert len(rows)
    assert disjoint(members, tuple(rows.tolist()))
