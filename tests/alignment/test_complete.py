"""Whether translations are complete, where a monotone path may go, and what a second pass finds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign import Aligner, Document
from polyalign.alignment import EncodedSide, align_sides, spans_of
from polyalign.alignment.decode import (
    LEAST,
    SKIP_PENALTY,
    Scored,
    SearchBand,
    arcs,
    is_complete,
    order_free,
    second_pass_arcs,
    skip_penalty,
)
from polyalign.alignment.features import (
    CANDIDATE_FEATURES,
    SECOND_PASS_FEATURES,
    CandidateSpace,
    names_of,
)
from polyalign.alignment.model import load_model
from polyalign.alignment.similarity import Similarity
from polyalign.alignment.spans import Floats
from tests.helpers.made_encoder import Made

DIMENSIONS = 64


def sides(
    size: int, *, largest: int = 3, seed: int = 5, clauses: int = 1, asked: list[int] | None = None
) -> tuple[EncodedSide, EncodedSide]:
    """Texts of so many sentences that say the same in the same order; the target is half as long again.

    The clauses of a sentence say the same thing. How many units are encoded is noted in `asked`.
    """
    random = np.random.default_rng(seed)
    meanings = np.repeat(random.normal(size=(size, DIMENSIONS)), clauses, axis=0)

    def made(length: int) -> EncodedSide:
        said = meanings + random.normal(size=meanings.shape) * 0.2
        run = np.concatenate([np.zeros((1, DIMENSIONS)), np.cumsum(said, axis=0)])

        def encode(texts: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Floats:
            if asked is not None:
                asked.append(len(texts))
            first, last = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
            vectors = (run[last] - run[first]).astype(np.float32)
            return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))

        spans, units = spans_of([clauses] * size, largest), ["x" * length] * (size * clauses)
        return EncodedSide.of(spans, units, Made(encode))

    return made(59), made(89)


def space_of(size: int) -> CandidateSpace:
    return CandidateSpace(Similarity(*sides(size)))


def certain(space: CandidateSpace, beads: list[tuple[int, int]]) -> Scored:
    """These single sentences as certain beads."""
    spans = [side.spans for side in (space.source, space.target)]
    places = [
        [int(np.flatnonzero((own.first == k) & (own.size == 1))[0]) for k in column]
        for own, column in zip(spans, zip(*beads, strict=True), strict=True)
    ]
    found = space.candidates(*(np.array(column, dtype=np.int64) for column in places))
    return Scored.of(found, np.ones(len(found)), space.units)


def test_texts_without_gaps_are_complete() -> None:
    space = space_of(60)
    assert is_complete(certain(space, [(k, k) for k in range(60)]), space)


def test_what_both_sides_leave_out_alike_may_be_beads_unless_it_is_much() -> None:
    space = space_of(60)
    assert is_complete(certain(space, [(k, k) for k in range(60) if k % 6]), space)
    assert not is_complete(certain(space, [(k, k) for k in range(60) if k % 2]), space)


def test_the_less_can_be_seen_the_more_it_counts_that_nothing_is_left_out() -> None:
    space = space_of(60)
    costs = [
        skip_penalty(certain(space, [(k, k) for k in range(60) if k % every]), space)
        for every in (60, 9, 6, 3)
    ]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] == SKIP_PENALTY * LEAST
    assert costs[-1] == SKIP_PENALTY


@pytest.mark.parametrize("shift", [6, -6])
def test_what_one_side_leaves_out_is_missing(shift: int) -> None:
    space = space_of(60)
    beads = [(k, k) for k in range(20)] + [(k, k - shift) for k in range(20 + max(shift, 0), 54)]
    assert not is_complete(certain(space, beads), space)


def test_of_short_texts_nobody_knows() -> None:
    space = space_of(15)
    assert not is_complete(certain(space, [(k, k) for k in range(15)]), space)


@given(st.sets(st.integers(0, 39), max_size=9), st.integers(0, 3))
def test_it_does_not_matter_which_text_is_the_source(some: set[int], shift: int) -> None:
    space = space_of(40)
    beads = [(k, k - shift) for k in range(shift, 40) if k not in some] or [(39, 39)]
    mirror = CandidateSpace(Similarity(space.target, space.source))
    swapped = certain(mirror, [(t, s) for s, t in beads])
    assert is_complete(certain(space, beads), space) == is_complete(swapped, mirror)
    assert skip_penalty(certain(space, beads), space) == pytest.approx(skip_penalty(swapped, mirror))


def test_the_ratio_is_that_of_the_beads_and_without_beads_the_usual() -> None:
    space = space_of(30)
    path = certain(space, [(k, k) for k in range(30)])
    assert space.length_ratio_of(path.candidates) == pytest.approx(np.log(60 / 90), abs=0.02)
    assert space.length_ratio_of(path.candidates[np.array([], dtype=np.int64)]) == pytest.approx(
        space.similarity.usual_length_ratio
    )
    assert space.total_length_ratio == pytest.approx(np.log(60 / 90))


@given(st.floats(-2, 2))
def test_only_lengths_are_compared_anew(ratio: float) -> None:
    space = space_of(8)
    found = space.plausible()
    anew = space.with_length_ratio(found, ratio)
    others = [k for k, name in enumerate(names_of(CANDIDATE_FEATURES)) if name != "length_ratio"]
    assert (anew.features[:, others] == found.features[:, others]).all()
    assert space.with_length_ratio(anew, space.similarity.usual_length_ratio).features == pytest.approx(
        found.features
    )


def test_arcs_are_the_candidates_and_what_lies_near_their_path() -> None:
    space, model = space_of(12), load_model(clausal=False)
    free = order_free(space, model)
    band = SearchBand.of(space, free, free.select(model.threshold), model.threshold)
    found, known = arcs(space, band, free.candidates), free.candidates
    pairs = set(zip(found.source.tolist(), found.target.tolist(), strict=True))
    assert pairs >= set(zip(known.source.tolist(), known.target.tolist(), strict=True))
    source, target = sides(12)
    second = CandidateSpace(Similarity(source.for_second_pass(5), target.for_second_pass(5)))
    near = second_pass_arcs(second, band)
    assert near.features.shape == (len(near), len(SECOND_PASS_FEATURES))
    assert (second.source.spans.size[near.source] > 3).any()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 500))
def test_a_complete_translation_gets_a_second_pass_and_a_short_one_does_not(seed: int) -> None:
    for size in (12, 60):
        asked: list[int] = []
        both = sides(size, seed=seed, asked=asked)
        encoded = len(asked)
        there, back = align_sides(*both, largest_second=4), align_sides(*reversed(both), largest_second=4)
        assert [link.source for link in there.links] == [(k, k + 1) for k in range(size)]
        assert there.links == back.mirrored.links
        assert (len(asked) > encoded) == (size == 60)


def test_the_clauses_of_a_complete_translation_are_not_tried() -> None:
    asked: list[int] = []
    found = align_sides(*sides(60, clauses=2, asked=asked), largest_second=4)
    assert asked == [120, 120, 120, 60, 120, 60]
    assert [link.source for link in found.links] == [(k, k + 2) for k in range(0, 120, 2)]


def test_a_sentence_told_in_ten_is_one_bead() -> None:
    """As translations of novels and of lists do; groups of other texts have six sentences at most."""
    days = [f"On day {k} the caravan reached the well of {k + 3} palms and drank." for k in range(40)]
    source, target = [*days], [*days]
    parts = (
        "the baker closed his shop, the tailor put down his needle, the smith let the fire die, the judge "
        "rose from his chair, the boys ran to the gate, the women came to the roofs, the old men woke, "
        "the dogs fell silent, the stars grew pale, and the whole town looked at the comet"
    )
    source[20] = f"That evening {parts}."
    told = [f"{part.strip().removeprefix('and ').capitalize()}." for part in parts.split(",")]
    assert len(told) == 10
    target[20:21] = told
    pair = Aligner().pair(
        Document.from_segments(source, language="en"), Document.from_segments(target, language="en")
    )
    assert ((20,), tuple(range(20, 30))) in {(bead.source, bead.target) for bead in pair.beads}


def test_a_complete_translation_is_aligned_by_sentences_though_it_has_clauses() -> None:
    """Its groups are larger than those of the sides that extensions are sought in."""
    days = [
        f"On day {k} the caravan reached the well of {k + 3} palms, and the guide counted his camels again."
        for k in range(60)
    ]
    told = [day.replace(", and the guide counted", ". The guide then counted") for day in days]
    story = [
        day if k % 9 else f"{day[:-1]}; {days[k + 1][:-1]}; {days[k + 2]}" for k, day in enumerate(days[:57])
    ]
    source = Document("\n".join(story), language="en")
    target = Document("\n".join(told), language="en")
    pair = Aligner().pair(source, target)
    assert pair.mode == "parallel"
    assert {len(bead.source) for bead in pair.beads} == {1}
    assert len(pair.source.segments) == len(story)


def test_given_segments_of_several_sentences_go_with_plain_text() -> None:
    """One side is read sentence by sentence inside its segments, the other has clauses."""
    days = [
        f"On day {k} the caravan reached the well of {k + 3} palms, and the guide counted his camels again. "
        f"The {k + 40} camels drank."
        for k in range(40)
    ]
    given, plain = Document.from_segments(days, language="en"), Document("\n".join(days), language="en")
    there, back = Aligner().pair(given, plain), Aligner().pair(plain, given)
    told = {(bead.source, tuple(there.target.segments[j].text for j in bead.target)) for bead in there.beads}
    assert {source for source, _ in told} == {(k,) for k in range(40)}
    assert all(" ".join(texts) == days[source[0]] for source, texts in told)
    assert [(b.source, b.target) for b in there.beads] == [(b.target, b.source) for b in back.beads]
