"""The aligner on vectors made for the test: laws that hold for any texts, whatever the weights are."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.alignment import Alignment, EncodedSide, align_sides
from polyalign.alignment.features import (
    CANDIDATE_FEATURES,
    CONTEXT_FEATURES,
    CandidateSpace,
    names_of,
)
from polyalign.alignment.model import load_model
from polyalign.alignment.similarity import Similarity
from polyalign.alignment.spans import Extents, kendall_tau
from tests.helpers.encoded import DIMENSIONS, parallel, side, texts_pairs, unit

orders = st.sampled_from([None, 0.0, 1.0])


@settings(max_examples=30)
@given(texts_pairs(), orders)
def test_links_are_spans_that_share_units_on_one_side_at_most(
    pair: tuple[EncodedSide, EncodedSide], order: float | None
) -> None:
    alignment = align_sides(*pair, order=order)
    for one, other in combinations(alignment.links, 2):
        sides = ((one.source, other.source), (one.target, other.target))
        assert not all(a[0] < b[1] and b[0] < a[1] for a, b in sides)
    for number, own in enumerate(pair):
        spans = [(link.source, link.target)[number] for link in alignment.links]
        units = [unit for span in spans for unit in range(*span)]
        assert len(units) == len(set(units)) or pair[0].clausal or pair[1].clausal
        assert set(spans) <= set(own.spans.ranges())
    assert [link.source for link in alignment.links] == sorted(link.source for link in alignment.links)
    assert all(0 < link.score <= 1 for link in alignment.links)
    assert -1 <= alignment.order <= 1


@settings(max_examples=30)
@given(texts_pairs(), orders)
def test_swapping_the_sides_mirrors_the_links(
    pair: tuple[EncodedSide, EncodedSide], order: float | None
) -> None:
    there, back = align_sides(*pair, order=order), align_sides(*reversed(pair), order=order)
    scores = {(link.source, link.target): link.score for link in there.links}
    assert scores == pytest.approx({(link.target, link.source): link.score for link in back.links}, abs=1e-3)
    assert there.order == pytest.approx(back.order)


@settings(max_examples=10)
@given(texts_pairs())
def test_the_same_input_gives_the_same_links(pair: tuple[EncodedSide, EncodedSide]) -> None:
    assert align_sides(*pair) == align_sides(*pair)


@settings(max_examples=20)
@given(texts_pairs())
def test_features_are_finite_and_named(pair: tuple[EncodedSide, EncodedSide]) -> None:
    found = CandidateSpace(Similarity(*pair)).plausible()
    names = names_of(CANDIDATE_FEATURES) + names_of(CONTEXT_FEATURES)
    assert found.features.shape == (len(found), len(CANDIDATE_FEATURES))
    assert np.isfinite(found.features).all()
    assert len(set(names)) == len(names)
    pairs = set(zip(found.source.tolist(), found.target.tolist(), strict=True))
    assert len(pairs) == len(found)


def test_parallel_texts_are_paired_in_order() -> None:
    alignment = align_sides(*parallel(15))
    linked = {(link.source[0], link.target[0]) for link in alignment.links}
    assert linked == {(k, k) for k in range(15)}
    assert all(link.source == link.target for link in alignment.links)
    assert alignment.order == 1


@pytest.mark.parametrize("order", [None, 0.0])
def test_shuffled_texts_are_paired_across_the_order(order: float | None) -> None:
    source, target = parallel(15)
    shuffle = np.random.default_rng(1).permutation(15)
    vectors = target.vectors[np.flatnonzero(target.spans.last - target.spans.first == 1)]
    shuffled = side(vectors[shuffle], [1] * 15, [target.units[k] for k in shuffle])
    linked = {
        (link.source[0], int(shuffle[link.target[0]]))
        for link in align_sides(source, shuffled, order=order).links
    }
    assert linked >= {(k, k) for k in range(15)}


def test_a_sentence_told_in_two_is_one_link() -> None:
    random = np.random.default_rng(8)
    parts = random.normal(size=(12, DIMENSIONS))
    joined = np.concatenate([parts[:3], parts[3:4] + parts[4:5], parts[5:]])
    source = side(joined, [1] * 11, ["x" * (120 if k == 3 else 60) for k in range(11)])
    target = side(parts, [1] * 12, ["x" * 60] * 12)
    assert ((3, 4), (3, 5)) in {(link.source, link.target) for link in align_sides(source, target).links}


def test_unrelated_texts_have_few_links() -> None:
    random = np.random.default_rng(4)
    both = [side(random.normal(size=(20, DIMENSIONS)), [1] * 20, ["x" * 60] * 20) for _ in range(2)]
    assert len(align_sides(*both).links) <= 4


def test_weights_are_finite_for_sentences_and_clauses() -> None:
    """A feature that never varies in the fit (partial, where nothing is cut) must not divide by zero."""
    for clausal in (False, True):
        model = load_model(clausal=clausal)
        for regression in (model.alone, model.in_context):
            assert (regression.deviation > 0).all()
            assert np.isfinite(regression(np.zeros((2, len(regression.names))))).all()


@pytest.mark.parametrize("order", [None, 0.0, 1.0])
@pytest.mark.parametrize("empty", ["source", "target", "both"])
def test_an_empty_side_has_no_links(empty: str, order: float | None) -> None:
    full, _ = parallel(3)
    nothing = side(np.zeros((0, DIMENSIONS)), [], [])
    pair = {"source": (nothing, full), "target": (full, nothing), "both": (nothing, nothing)}[empty]
    assert align_sides(*pair, order=order) == Alignment((), 0.0)


def test_single_sentences_can_be_paired() -> None:
    source, target = parallel(1)
    assert len(align_sides(source, target).links) <= 1


def test_uncalibrated_cosines_are_brought_to_scale() -> None:
    """Vectors that all point much the same way, as those of some encoders do, pair as before."""
    pair = parallel(15)
    offset = np.full(DIMENSIONS, 0.3, dtype=np.float32)
    squeezed = [
        replace(own, vectors=unit(own.vectors + offset), unit_vectors=unit(own.unit_vectors + offset))
        for own in pair
    ]
    links = align_sides(squeezed[0], squeezed[1], calibrated=False).links
    assert {(link.source, link.target) for link in links} == {((k, k + 1), (k, k + 1)) for k in range(15)}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_order_is_kendalls_tau(places: list[tuple[int, int]]) -> None:
    s, t = (
        np.array(column, dtype=np.int64) for column in (zip(*places, strict=True) if places else ((), ()))
    )
    tau = kendall_tau(Extents(s, s + 1, t, t + 1))
    signs = [np.sign((a[0] - b[0]) * (a[1] - b[1])) for k, a in enumerate(places) for b in places[:k]]
    assert tau == pytest.approx(np.mean(signs) if signs else 0.0)
    assert kendall_tau(Extents(t, t + 1, s, s + 1)) == pytest.approx(tau)


@pytest.mark.parametrize("order", [None, 0.0, 1.0])
def test_sentences_are_beads_where_they_match_and_clauses_where_they_part_ways(order: float | None) -> None:
    random = np.random.default_rng(4)
    size = 24
    meanings = random.normal(size=(size, DIMENSIONS))
    texts = ["x" * length for length in random.integers(60, 90, size)]
    source, same = (
        side(meanings + random.normal(size=meanings.shape) * 0.2, [2] * (size // 2), texts) for _ in range(2)
    )
    matched = {(link.source, link.target) for link in align_sides(source, same, order=order).links}
    assert matched == {((k, k + 2), (k, k + 2)) for k in range(0, size, 2)}
    shifted = side(meanings + random.normal(size=meanings.shape) * 0.2, [1, *[2] * (size // 2 - 1), 1], texts)
    parted = align_sides(source, shifted, order=order).links
    assert len(parted) > size // 2
    assert all(link.source == link.target for link in parted)
