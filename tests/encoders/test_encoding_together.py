"""Texts that are encoded together, beside the same encoded one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from polyalign.alignment import encode_together
from polyalign.alignment.spans import Floats, Range
from polyalign.encoders.use_m3 import UseM3

TEXTS = [
    ["Der Deich hat gehalten.", "Ja.", "Die Schafe stehen wieder auf der Wiese, nur der Zaun ist fort."],
    ["The dyke held.", "Yes.", "The sheep are back on the meadow; the fence is gone."],
    ["Set aufs Dach, 14. März."],
    [],
]


def spans_of_all(units: list[str]) -> Sequence[Range]:
    return [(first, last) for first in range(len(units)) for last in range(first + 1, len(units) + 1)]


def test_it_is_as_if_each_were_read_alone(encoder: UseM3) -> None:
    for units, encoded in zip(TEXTS, encode_together(encoder, TEXTS), strict=True):
        alone = encoder.read_units(units)
        assert encoded.vectors(spans_of_all(units)) == pytest.approx(
            alone.spans(spans_of_all(units)), abs=1e-5
        )
        assert encoded.words is not None
        assert list(encoded.words.texts) == list(alone.words.texts)
        assert encoded.words.units.tolist() == alone.words.units.tolist()
        assert encoded.words.vectors == pytest.approx(alone.words.vectors, abs=1e-5)


def test_whichever_comes_first_the_bytes_are_the_same(encoder: UseM3) -> None:
    there, back = encode_together(encoder, TEXTS), encode_together(encoder, TEXTS[::-1])[::-1]
    for units, one, other in zip(TEXTS, there, back, strict=True):
        assert one.vectors(spans_of_all(units)).tobytes() == other.vectors(spans_of_all(units)).tobytes()
        assert one.words is not None
        assert other.words is not None
        assert one.words.vectors.tobytes() == other.words.vectors.tobytes()


def test_an_encoder_that_shows_no_words_is_asked_text_by_text() -> None:
    asked = []

    class Counting:
        def encode(self, texts: Sequence[str]) -> Floats:
            raise AssertionError(texts)

        def encode_spans(self, units: Sequence[str], spans: Sequence[Range]) -> Floats:
            asked.append(units)
            return np.ones((len(spans), 1))

    encodings = encode_together(Counting(), TEXTS)
    assert [len(encoded.vectors([(0, 1)])) for encoded in encodings] == [1] * len(TEXTS)
    assert [encoded.words for encoded in encodings] == [None] * len(TEXTS)
    assert asked == TEXTS
