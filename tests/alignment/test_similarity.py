"""How similar groups and units are: by vectors, by words, and on which scale."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import chain

import numpy as np
import pytest

from polyalign.alignment import EncodedSide, spans_of
from polyalign.alignment.features import (
    ARC_FEATURES,
    CANDIDATE_FEATURES,
    SECOND_PASS_FEATURES,
    CandidateSpace,
    names_of,
)
from polyalign.alignment.similarity import LEXICAL_WEIGHT, Levels, Similarity, mutual_neighbours
from polyalign.encoders.use_m3 import UseM3

TURKISH = [
    ["Liman işçileri grevi bitirdi,", "gemiler yola çıktı."],
    ["Belediye köprünün ücretsiz olacağını duyurdu."],
    ["Üç köyde elektrik hâlâ yok,", "okullar da kapalı."],
    ["Çiftçiler yağmuru bekliyor."],
]
ENGLISH = [
    ["The dockers ended their strike,", "and the ships set sail."],
    ["The bridge will be free of charge, the city announced."],
    ["Three villages are still without power,", "and the schools are closed."],
    ["Farmers are waiting for rain."],
]


@cache
def sides() -> tuple[EncodedSide, EncodedSide]:
    made = [
        EncodedSide.of(
            spans_of([len(clauses) for clauses in side], 3),
            [clause for clauses in side for clause in clauses],
            UseM3(),
        )
        for side in (TURKISH, ENGLISH)
    ]
    return made[0], made[1]


def wordless() -> tuple[EncodedSide, EncodedSide]:
    source, target = sides()
    return replace(source, words=None), replace(target, words=None)


def test_words_count_by_their_weight() -> None:
    similarity = Similarity(*sides())
    expected = (1 - LEXICAL_WEIGHT) * similarity.cosine + LEXICAL_WEIGHT * similarity.lexical.spans
    assert similarity.spans == pytest.approx(expected, abs=1e-5)
    assert similarity.units.argmax(axis=1).tolist() == list(range(6))


def test_without_words_cosines_are_all() -> None:
    similarity = Similarity(*wordless())
    for table in (similarity.spans, similarity.lexical.forward, similarity.lexical.backward):
        assert table.tolist() == similarity.cosine.tolist()
    single = CandidateSpace(Similarity(*wordless())).candidates(np.array([0]), np.array([0])).features[0]
    values = dict(zip(names_of(CANDIDATE_FEATURES), single.tolist(), strict=True))
    assert values["words"] == values["words_low"] == values["cosine"]
    assert (values["words_margin"], values["words_gain"]) == (values["margin_low"], values["gain"])


def test_words_of_one_side_alone_say_nothing() -> None:
    source, target = sides()
    for pair in ((source, replace(target, words=None)), (replace(source, words=None), target)):
        assert Similarity(*pair).spans.tolist() == Similarity(*wordless()).spans.tolist()


def test_lexical_similarity_lies_where_cosines_lie() -> None:
    similarity = Similarity(*sides())
    cosine = Levels.of(Similarity(*wordless()).units)
    assert np.median(similarity.lexical.units) == pytest.approx(cosine.background, abs=1e-4)
    matches = similarity.lexical.units[mutual_neighbours(similarity.lexical.units)]
    assert np.median(matches) == pytest.approx(cosine.mutual, abs=0.1)


def test_swapping_the_sides_mirrors_it() -> None:
    source, target = sides()
    there, back = Similarity(source, target), Similarity(target, source)
    assert there.spans == pytest.approx(back.spans.T, abs=1e-5)
    assert there.units == pytest.approx(back.units.T, abs=1e-5)
    assert there.lexical.forward == pytest.approx(back.lexical.backward.T, abs=1e-5)
    assert there.usual_length_ratio == pytest.approx(-back.usual_length_ratio, abs=1e-5)


def test_what_is_excluded_is_similar_to_nothing() -> None:
    source, target = sides()
    spans = spans_of([len(clauses) for clauses in TURKISH], 3, excluded=frozenset({1}))
    excluded = EncodedSide.of(spans, source.units, UseM3())
    units = Similarity(excluded, target).units
    assert (units[2] == -1).all()
    assert (np.delete(units, 2, axis=0) > -1).all()


def test_the_words_of_a_text_in_whole_sentences_are_the_same_words() -> None:
    source, _ = sides()
    whole = source.uncut
    assert source.words is not None
    assert whole.words is not None
    assert list(whole.words.texts) == list(source.words.texts)
    sentence_of = np.array([0, 0, 1, 2, 2, 3])
    assert whole.words.units.tolist() == sentence_of[source.words.units].tolist()


@pytest.mark.parametrize("uncut", [False, True])
def test_a_side_for_a_second_pass_has_larger_groups_of_the_same_units(uncut: bool) -> None:
    side, units, counts = sides()[0], [*chain(*TURKISH)], [len(clauses) for clauses in TURKISH]
    if uncut:
        side, units, counts = side.uncut, [" ".join(clauses) for clauses in TURKISH], [1] * len(TURKISH)
    second, wanted = side.for_second_pass(4), EncodedSide.of(spans_of(counts, 4), units, UseM3())
    assert second.spans.ranges() == wanted.spans.ranges()
    assert np.allclose(second.vectors, wanted.vectors, atol=1e-5)
    assert np.allclose(second.unit_vectors, wanted.unit_vectors, atol=1e-5)
    assert second.words is side.words
    assert second.ngrams is not None
    assert side.ngrams is None


def test_translations_are_widened_too() -> None:
    counts, units = [len(clauses) for clauses in TURKISH], [*chain(*TURKISH)]
    side = EncodedSide.of(spans_of(counts, 2), units, UseM3(), [*chain(*ENGLISH)])
    translated = side.for_second_pass(4).translated
    assert side.translated is not None
    assert translated is not None
    assert side.translated.words is None
    wanted = EncodedSide.of(spans_of(counts, 4), [*chain(*ENGLISH)], UseM3())
    assert np.allclose(translated.vectors, wanted.vectors, atol=1e-5)


def test_arcs_do_not_compare_words_again_and_those_of_a_second_pass_look_inside_sentences() -> None:
    some = np.array([0, 1]), np.array([0, 1])
    source, target = sides()
    space = CandidateSpace(Similarity(source, target))
    second = CandidateSpace(Similarity(source.for_second_pass(3), target.for_second_pass(3)))
    free, common = space.candidates(*some), len(ARC_FEATURES)
    for found, features in (
        (free, CANDIDATE_FEATURES),
        (space.arcs(*some), ARC_FEATURES),
        (free.arcs, ARC_FEATURES),
        (second.arcs(*some), SECOND_PASS_FEATURES),
    ):
        assert found.names == names_of(features)
        assert found.features.shape == (2, len(features))
        assert found.features[:, :common] == pytest.approx(free.features[:, :common])
        assert ("words" in found.evidence(0)) is (features == CANDIDATE_FEATURES)


def test_nothing_is_similar_where_there_is_nothing() -> None:
    nothing = EncodedSide.of(spans_of([], 3), [], UseM3())
    similarity = Similarity(nothing, sides()[1])
    assert similarity.spans.shape == (0, len(sides()[1].spans))
    assert similarity.usual_length_ratio == 0
    assert len(CandidateSpace(similarity).plausible()) == 0
