"""Lexical similarity: laws on words made for the test, and what it is for, on real ones."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.alignment.lexical import NEIGHBOURS, LexicalSimilarity, match_words
from polyalign.alignment.spans import Floats, Spans, spans_of
from polyalign.encoders.use_m3 import UseM3
from polyalign.protocols import UnitWords

Table = list[list[int]]


def words(table: Table, seed: int = 0) -> UnitWords:
    """The words of units; the same number is the same word, two seeds are two languages."""
    flat = [word for unit in table for word in unit]
    meanings = np.random.default_rng(1).normal(size=(40, 16))
    meanings += 0.3 * np.random.default_rng(seed + 2).normal(size=meanings.shape)
    vectors = (meanings / np.linalg.norm(meanings, axis=1, keepdims=True))[flat].reshape(-1, 16)
    units = np.repeat(np.arange(len(table)), [len(unit) for unit in table])
    return UnitWords(vectors.astype(np.float32), [f"{seed}-{word}" for word in flat], units)


def found(ours: Table, theirs: Table) -> LexicalSimilarity:
    found = match_words(words(ours), words(theirs, 1), len(ours), len(theirs))
    return found.similarity(_spans(ours), _spans(theirs))


def _spans(table: Table) -> Spans:
    return spans_of([1] * len(table), 3)


units = st.lists(st.integers(0, 39), min_size=0, max_size=6)
texts = st.lists(units, min_size=1, max_size=6).filter(any)
full_texts = st.lists(units.filter(bool), min_size=1, max_size=6)


@given(texts, texts)
def test_swapping_the_sides_mirrors_it(ours: Table, theirs: Table) -> None:
    mirrored = match_words(words(theirs, 1), words(ours), len(theirs), len(ours))
    there, back = found(ours, theirs), mirrored.similarity(_spans(theirs), _spans(ours))
    for one, other in (
        (there.forward, back.backward),
        (there.backward, back.forward),
        (there.units, back.units),
    ):
        assert one == pytest.approx(other.T, abs=1e-5)


@given(full_texts, full_texts)
def test_it_is_what_its_definition_says(ours: Table, theirs: Table) -> None:
    tables, plain = found(ours, theirs), by_definition(ours, theirs)
    assert tables.units_forward == pytest.approx(plain, abs=1e-4)
    singles = np.ix_(_spans(ours).size == 1, _spans(theirs).size == 1)
    assert tables.forward[singles] == pytest.approx(plain, abs=1e-4)


def by_definition(ours: Table, theirs: Table) -> Floats:
    """How far the words of each of our units find each of theirs, word by word."""
    one, other = words(ours), words(theirs, 1)
    cosine = one.vectors @ other.vectors.T
    lead = cosine - (usual(cosine, other)[:, None] + usual(cosine.T, one)) / 2
    result = np.zeros((len(ours), len(theirs)))
    for i, j in np.ndindex(result.shape):
        weights = [np.log((len(ours) + 1) / sum(word in unit for unit in ours)) for word in ours[i]]
        best = lead[np.ix_(one.units == i, other.units == j)].max(axis=1)
        result[i, j] = np.average(best, weights=weights)
    return result


def usual(cosine: Floats, other: UnitWords) -> Floats:
    """The mean of the cosine with the nearest words of the nearest units."""
    best = [cosine[:, other.units == j].max(axis=1) for j in np.unique(other.units)]
    return np.asarray(np.sort(best, axis=0)[-NEIGHBOURS:].mean(axis=0))


@given(texts, texts, st.integers(0, 99))
def test_permuting_the_units_permutes_it(ours: Table, theirs: Table, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(ours))
    moved = found([ours[k] for k in order], theirs)
    assert moved.units == pytest.approx(found(ours, theirs).units[order], abs=1e-5)


@settings(max_examples=20)
@given(st.permutations(range(40)).map(lambda p: [list(p[i:j]) for i, j in pairwise(range(0, 41, 5))]))
def test_units_of_their_own_words_find_each_other(table: Table) -> None:
    similarity = found(table, table).units
    assert (similarity.argmax(axis=1) == np.arange(len(table))).all()
    assert (similarity.argmax(axis=0) == np.arange(len(table))).all()


def test_a_part_of_a_unit_finds_all_its_words_and_not_the_other_way() -> None:
    tables = found([[1, 2], [9, 10]], [[1, 2, 3, 4, 5, 6], [7, 8]])
    assert tables.units_forward[0, 0] > tables.units_backward[0, 0]


def test_a_group_finds_the_words_of_all_its_units() -> None:
    tables, spans = found([[1, 2, 3, 4]], [[1, 2], [3, 4], [5, 6]]), _spans([[]] * 3).ranges()
    by_span = dict(zip(spans, tables.forward[0].tolist(), strict=True))
    assert by_span[0, 2] > max(by_span[0, 1], by_span[1, 2])
    assert by_span[0, 3] == pytest.approx(by_span[0, 2], abs=0.05)


def test_rare_words_count_for_more() -> None:
    common = [[1, k] for k in range(10, 16)]
    tables = found([*common, [1, 2]], [[1, 30], [2, 31]])
    assert tables.units_forward[-1, 1] > tables.units_forward[-1, 0]


def test_what_has_no_words_is_similar_to_nothing() -> None:
    tables = found([[], [1, 2]], [[1, 2], [], [3]])
    assert tables.units[0].max() <= tables.units.min() + 1e-6
    assert tables.units_forward[1, 1] == tables.units_forward.min()


def test_the_scale_moves_everything_alike() -> None:
    tables = found([[1], [2, 3]], [[1, 4], [2]])
    scaled = tables.scaled(4.0, 0.1, 0.2)
    assert scaled.spans == pytest.approx(0.2 + (tables.spans - 0.1) * 4, abs=1e-5)
    assert scaled.units_backward == pytest.approx(0.2 + (tables.units_backward - 0.1) * 4, abs=1e-5)


def test_a_clause_that_says_less_than_its_counterpart_is_found_by_its_words() -> None:
    ours = [
        "Elçi dün akşam üç komşu ülkenin bakanlarıyla ikili görüşmeler yaptı.",
        "Liman işçileri grevi bitirdi.",
        "Elçi bugün başkente döndü.",
    ]
    theirs = [
        "The envoy returned to the capital today.",
        "Bilateral meetings followed.",
        "The dockers ended their strike.",
    ]
    encoder = UseM3()
    both = [UnitWords(*encoder.read_units(side).words) for side in (ours, theirs)]
    tables = match_words(both[0], both[1], 3, 3).similarity(spans_of([1] * 3, 1), spans_of([1] * 3, 1))
    assert tables.units.argmax(axis=1).tolist() == [1, 2, 0]
