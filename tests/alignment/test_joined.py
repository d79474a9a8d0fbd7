"""Links that go on from each other inside a sentence are shown as one."""

from __future__ import annotations

import pytest

from polyalign.alignment import Link, TextSide, joined


def link(source: tuple[int, int], target: tuple[int, int], score: float) -> Link:
    return Link(source, target, score, {"cosine": score})


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([((0, 1), (0, 1), 0.9), ((1, 2), (1, 3), 0.6)], [((0, 2), (0, 3), 0.6)]),
        ([((1, 2), (1, 2), 0.9), ((0, 1), (0, 1), 0.6), ((2, 3), (2, 3), 0.7)], [((0, 3), (0, 3), 0.6)]),
        ([((0, 1), (1, 2), 0.9), ((1, 2), (0, 1), 0.6)], None),
        ([((0, 1), (0, 1), 0.9), ((2, 3), (1, 2), 0.6)], None),
        ([((0, 1), (2, 3), 0.9), ((1, 2), (3, 4), 0.6)], None),
        ([((0, 3), (0, 3), 0.9), ((3, 6), (3, 6), 0.6)], None),
    ],
    ids=["neighbours", "three", "crossed", "gap", "two sentences", "whole sentences"],
)
def test_links_that_go_on_within_a_sentence_are_one(
    links: list[tuple[tuple[int, int], tuple[int, int], float]],
    expected: list[tuple[tuple[int, int], tuple[int, int], float]] | None,
) -> None:
    """Both sides have two sentences of three clauses."""
    side = TextSide([("x", "x", "x")] * 2, frozenset())
    found = joined([link(*one) for one in links], side, side)
    assert [(one.source, one.target, one.score) for one in found] == (expected or links)
    mirrored = joined([link(t, s, score) for s, t, score in links], side, side)
    assert {(one.target, one.source, one.score) for one in mirrored} == set(expected or links)
    if expected:
        assert found[0].evidence == {"cosine": 0.9}, "that of the strongest"
