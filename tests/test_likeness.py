"""How alike groups and units are: by vectors, by words, and on which scale."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import chain

import numpy as np
import pytest

from polyalign.alignment import Half, spans_of
from polyalign.alignment.grid import CLOSE_FEATURES, FEATURES, STEP_FEATURES, Grid
from polyalign.alignment.likeness import SAID_BY_WORDS, Likeness, levels_of, mutual_best
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
def halves() -> tuple[Half, Half]:
    made = [
        Half.encoded(
            spans_of([len(clauses) for clauses in side], 3),
            [clause for clauses in side for clause in clauses],
            UseM3(),
        )
        for side in (TURKISH, ENGLISH)
    ]
    return made[0], made[1]


def wordless() -> tuple[Half, Half]:
    source, target = halves()
    return replace(source, words=None), replace(target, words=None)


def test_words_have_their_say() -> None:
    alike = Likeness(*halves())
    expected = (1 - SAID_BY_WORDS) * alike.cosine + SAID_BY_WORDS * alike.words.spans
    assert alike.spans == pytest.approx(expected, abs=1e-5)
    assert alike.units.argmax(axis=1).tolist() == list(range(6))


def test_without_words_cosines_are_all() -> None:
    alike = Likeness(*wordless())
    for table in (alike.spans, alike.words.there, alike.words.back):
        assert table.tolist() == alike.cosine.tolist()
    single = Grid(*wordless()).candidates(np.array([0]), np.array([0])).features[0]
    told = dict(zip(FEATURES, single.tolist(), strict=True))
    assert told["words"] == told["words_low"] == told["cosine"]
    assert (told["words_margin"], told["words_gain"]) == (told["margin_low"], told["gain"])


def test_words_of_one_side_alone_say_nothing() -> None:
    source, target = halves()
    for pair in ((source, replace(target, words=None)), (replace(source, words=None), target)):
        assert Likeness(*pair).spans.tolist() == Likeness(*wordless()).spans.tolist()


def test_agreement_lies_where_cosines_lie() -> None:
    alike = Likeness(*halves())
    cosine = levels_of(Likeness(*wordless()).units)
    assert np.median(alike.words.units) == pytest.approx(cosine.noise, abs=1e-4)
    matches = alike.words.units[mutual_best(alike.words.units)]
    assert np.median(matches) == pytest.approx(cosine.signal, abs=0.1)


def test_swapping_the_sides_mirrors_it() -> None:
    source, target = halves()
    there, back = Likeness(source, target), Likeness(target, source)
    assert there.spans == pytest.approx(back.spans.T, abs=1e-5)
    assert there.units == pytest.approx(back.units.T, abs=1e-5)
    assert there.words.there == pytest.approx(back.words.back.T, abs=1e-5)
    assert there.usual_ratio == pytest.approx(-back.usual_ratio, abs=1e-5)


def test_what_is_never_aligned_is_like_nothing() -> None:
    source, target = halves()
    spans = spans_of([len(clauses) for clauses in TURKISH], 3, skip=frozenset({1}))
    silent = Half.encoded(spans, source.units, UseM3())
    units = Likeness(silent, target).units
    assert (units[2] == -1).all()
    assert (np.delete(units, 2, axis=0) > -1).all()


def test_the_words_of_a_text_in_whole_sentences_are_the_same_words() -> None:
    source, _ = halves()
    whole = source.uncut
    assert source.words is not None
    assert whole.words is not None
    assert list(whole.words.texts) == list(source.words.texts)
    sentence_of = np.array([0, 0, 1, 2, 2, 3])
    assert whole.words.units.tolist() == sentence_of[source.words.units].tolist()


@pytest.mark.parametrize("uncut", [False, True])
def test_a_half_for_a_close_reading_has_larger_groups_of_the_same_units(uncut: bool) -> None:
    half, units, counts = halves()[0], [*chain(*TURKISH)], [len(clauses) for clauses in TURKISH]
    if uncut:
        half, units, counts = half.uncut, [" ".join(clauses) for clauses in TURKISH], [1] * len(TURKISH)
    close, wanted = half.closely(4), Half.encoded(spans_of(counts, 4), units, UseM3())
    assert close.spans.pairs() == wanted.spans.pairs()
    assert np.allclose(close.vectors, wanted.vectors, atol=1e-5)
    assert np.allclose(close.unit_vectors, wanted.unit_vectors, atol=1e-5)
    assert close.words is half.words
    assert close.stretches is not None
    assert half.stretches is None


def test_translations_are_widened_too() -> None:
    counts, units = [len(clauses) for clauses in TURKISH], [*chain(*TURKISH)]
    half = Half.encoded(spans_of(counts, 2), units, UseM3(), [*chain(*ENGLISH)])
    translated = half.closely(4).translated
    assert half.translated is not None
    assert translated is not None
    assert half.translated.words is None
    wanted = Half.encoded(spans_of(counts, 4), [*chain(*ENGLISH)], UseM3())
    assert np.allclose(translated.vectors, wanted.vectors, atol=1e-5)


def test_steps_do_not_ask_the_words_again_and_close_ones_look_inside_sentences() -> None:
    some = np.array([0, 1]), np.array([0, 1])
    source, target = halves()
    grid, close = Grid(source, target), Grid(source.closely(3), target.closely(3))
    free, common = grid.candidates(*some), len(STEP_FEATURES)
    for found, names in (
        (free, FEATURES),
        (grid.steps(*some), STEP_FEATURES),
        (free.steps, STEP_FEATURES),
        (close.steps(*some), CLOSE_FEATURES),
    ):
        assert found.names == names
        assert found.features.shape == (2, len(names))
        assert found.features[:, :common] == pytest.approx(free.features[:, :common])
        assert ("words" in found.evidence(0)) is (names == FEATURES)


def test_nothing_is_alike_where_there_is_nothing() -> None:
    nothing = Half.encoded(spans_of([], 3), [], UseM3())
    alike = Likeness(nothing, halves()[1])
    assert alike.spans.shape == (0, len(halves()[1].spans))
    assert alike.usual_ratio == 0
    assert len(Grid(nothing, halves()[1]).plausible()) == 0
