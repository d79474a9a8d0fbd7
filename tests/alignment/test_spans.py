"""Spans: every group of whole sentences, every stretch inside one, and how they hang together."""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.alignment import Spans, spans_of

clause_counts = st.lists(st.integers(1, 4), max_size=7)
largest_groups = st.integers(1, 5)


@st.composite
def built(draw: st.DrawFn) -> tuple[list[int], int, frozenset[int], Spans]:
    clauses, largest = draw(clause_counts), draw(largest_groups)
    excluded = draw(st.frozensets(st.integers(0, max(len(clauses) - 1, 0)), max_size=3))
    return clauses, largest, excluded, spans_of(clauses, largest, excluded=excluded)


def edges_of(clauses: list[int]) -> list[int]:
    return list(accumulate(clauses, initial=0))


def expected(clauses: list[int], largest: int, excluded: frozenset[int]) -> set[tuple[int, int]]:
    """By trying every stretch of units: whole sentences, or inside one; none of them skipped."""
    edges, found = edges_of(clauses), set()
    of_unit = [k for k, count in enumerate(clauses) for _ in range(count)]
    for first in range(len(of_unit)):
        for last in range(first + 1, len(of_unit) + 1):
            sentences = set(of_unit[first:last])
            whole = first in edges and last in edges and len(sentences) <= largest
            if (whole or len(sentences) == 1) and not sentences & excluded:
                found.add((first, last))
    return found


@given(built())
def test_the_spans_are_all_there_are_each_once(case: tuple[list[int], int, frozenset[int], Spans]) -> None:
    clauses, largest, excluded, spans = case
    assert len(spans.ranges()) == len(set(spans.ranges())) == len(spans)
    assert set(spans.ranges()) == expected(clauses, largest, excluded)
    assert spans.units == sum(clauses)


@given(built())
def test_size_counts_sentences_and_partial_marks_stretches(
    case: tuple[list[int], int, frozenset[int], Spans],
) -> None:
    clauses, _, _, spans = case
    edges = edges_of(clauses)
    whole = set(pairwise(edges))
    for (first, last), size, partial in zip(spans.ranges(), spans.size, spans.partial, strict=True):
        assert partial == (not (first in edges and last in edges))
        assert size == max(1, sum(first <= a and b <= last for a, b in whole))


@given(built())
def test_inner_and_outer_are_one_element_apart(case: tuple[list[int], int, frozenset[int], Spans]) -> None:
    """One end stays and the other moves by one sentence, or by one clause inside a sentence."""
    clauses, _, _, spans = case
    edges, pairs = edges_of(clauses), spans.ranges()
    for k, (first, last) in enumerate(pairs):
        for column, keeps in ((0, 1), (1, 0)):
            for table, larger in ((spans.inner, False), (spans.outer, True)):
                other = int(table[k, column])
                if other < 0:
                    continue
                assert pairs[other][keeps] == (first, last)[keeps]
                moved = sorted((pairs[other][column], (first, last)[column]))
                inside = set(range(moved[0] + 1, moved[1]))
                assert not inside & set(edges)
                assert (pairs[other][1] - pairs[other][0] > last - first) == larger


@given(built())
def test_inner_and_outer_are_each_others_inverse(
    case: tuple[list[int], int, frozenset[int], Spans],
) -> None:
    """Except between a sentence and its clauses: outside of a whole sentence are only groups."""
    *_, spans = case
    for k in range(len(spans)):
        for column in (0, 1):
            smaller, larger = int(spans.inner[k, column]), int(spans.outer[k, column])
            if smaller >= 0:
                assert spans.outer[smaller, column] == k
            if larger >= 0:
                assert spans.inner[larger, column] == k


@given(clause_counts, largest_groups)
def test_a_group_has_both_its_parts(clauses: list[int], largest: int) -> None:
    """Where nothing is skipped, only what is one unit has nothing inside."""
    spans = spans_of(clauses, largest)
    single = spans.last - spans.first == 1
    assert ((spans.inner < 0).all(axis=1) == single).all()
    assert ((spans.inner < 0).any(axis=1) == single).all()


@given(built())
def test_skipped_sentences_are_in_no_span(case: tuple[list[int], int, frozenset[int], Spans]) -> None:
    clauses, _, excluded, spans = case
    edges = edges_of(clauses)
    forbidden = {unit for k in excluded if k < len(clauses) for unit in range(edges[k], edges[k + 1])}
    assert not any(forbidden & set(range(*pair)) for pair in spans.ranges())


@pytest.mark.parametrize("clauses", [[], [3], [1, 1]])
def test_all_skipped_or_empty_gives_no_spans(clauses: list[int]) -> None:
    spans = spans_of(clauses, 3, excluded=frozenset(range(len(clauses))))
    assert len(spans) == 0
    assert spans.inner.shape == spans.outer.shape == (0, 2)


def test_an_example() -> None:
    spans = spans_of([1, 2, 1], 2)
    assert spans.ranges() == [(0, 1), (1, 3), (3, 4), (0, 3), (1, 4), (1, 2), (2, 3)]
    assert spans.size.tolist() == [1, 1, 1, 2, 2, 1, 1]
    assert spans.partial.tolist() == [False] * 5 + [True] * 2
    assert spans.inner.tolist() == [[-1, -1], [6, 5], [-1, -1], [1, 0], [2, 1], [-1, -1], [-1, -1]]
    assert spans.outer.tolist() == [[-1, 3], [3, 4], [4, -1], [-1, -1], [-1, -1], [-1, 1], [1, -1]]


@given(built())
def test_uncut_spans_are_those_of_sentences_without_clauses(
    case: tuple[list[int], int, frozenset[int], Spans],
) -> None:
    """A skipped sentence is one unit, as the pipeline never cuts one."""
    clauses, largest, excluded, _ = case
    counts = [1 if k in excluded else count for k, count in enumerate(clauses)]
    spans, wanted = (
        spans_of(counts, largest, excluded=excluded),
        spans_of([1] * len(counts), largest, excluded=excluded),
    )
    assert spans.sentences.tolist() == edges_of(counts)
    for name in Spans.__dataclass_fields__:
        assert np.array_equal(getattr(spans.uncut, name), getattr(wanted, name)), name
    assert spans.uncut.uncut.ranges() == spans.uncut.ranges()


@given(built(), st.integers(0, 4), st.booleans())
def test_widened_spans_are_those_of_larger_groups(
    case: tuple[list[int], int, frozenset[int], Spans], more: int, uncut: bool
) -> None:
    clauses, largest, excluded, _ = case
    spans = spans_of(clauses, largest, excluded=excluded, uncut=uncut).widened(largest + more)
    wanted = spans_of(clauses, largest + more, excluded=excluded, uncut=uncut)
    for name in Spans.__dataclass_fields__:
        assert np.array_equal(getattr(spans, name), getattr(wanted, name)), name
