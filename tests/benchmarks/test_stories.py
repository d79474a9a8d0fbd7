"""Beads of clauses as beads of the sentences that the gold pairs."""

from __future__ import annotations

import importlib
import itertools
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.places import BENCHMARKS

ids = st.sets(st.integers(0, 8), min_size=1, max_size=3).map(lambda found: tuple(sorted(found)))


@pytest.fixture(name="stories", scope="module")
def _stories() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        return importlib.import_module("stories")


@pytest.mark.parametrize(
    ("beads", "expected"),
    [
        ([(((0,), (0,)), 0.9), (((0,), (3,)), 0.6)], {((0,), (0, 3)): 0.6}),
        ([(((0,), (0,)), 0.9), (((0,), (0,)), 0.6)], {((0,), (0,)): 0.6}),
        ([(((0,), (0,)), 0.9), (((2,), (3,)), 0.6), (((0, 2), (5,)), 0.7)], {((0, 2), (0, 3, 5)): 0.6}),
        ([(((0,), (0,)), 0.9), (((1,), (1,)), 0.6)], {((0,), (0,)): 0.9, ((1,), (1,)): 0.6}),
    ],
    ids=["one sentence goes to two", "two clauses of a pair", "a bridge", "nothing shared"],
)
def test_beads_that_share_a_sentence_are_one(
    stories: ModuleType,
    beads: list[tuple[tuple[tuple[int, ...], tuple[int, ...]], float]],
    expected: dict[tuple[tuple[int, ...], tuple[int, ...]], float],
) -> None:
    assert stories.united(beads) == expected


@given(st.lists(st.tuples(st.tuples(ids, ids), st.floats(0, 1)), max_size=8))
def test_united_beads_share_nothing_and_keep_all(
    stories: ModuleType, beads: list[tuple[tuple[tuple[int, ...], tuple[int, ...]], float]]
) -> None:
    found = stories.united(beads)
    assert found == stories.united(found.items()) == stories.united(reversed(beads))
    for side in (0, 1):
        assert {i for bead in found for i in bead[side]} == {i for bead, _ in beads for i in bead[side]}
        assert all(set(a[side]).isdisjoint(b[side]) for a, b in itertools.combinations(found, 2))
