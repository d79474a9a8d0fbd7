"""Which tokens make up which word: laws for any tokens, and the scripts that have no spaces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.encoders.wording import Wording, wording
from polyalign.folding import comparable

START = "\u2581"
SPELT = ["<unk>", START, START + "the", "s", ",", START + "(", "中", "国", START + "Ab", "٣", "_"]

pieces = st.lists(st.lists(st.integers(0, len(SPELT) - 1), min_size=1, max_size=6), max_size=5)


def words_of(tokens: Sequence[Sequence[int]]) -> tuple[Wording, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    starts = np.cumsum([0, *map(len, tokens)])[:-1]
    run = [token for piece in tokens for token in piece]
    return wording(run, starts, lambda ids: [SPELT[k] for k in ids]), starts


def heard(tokens: Sequence[int]) -> str:
    return comparable("".join(c for k in tokens[0:] if k for c in SPELT[k] if c.isalnum()))


@given(pieces)
def test_words_spell_their_pieces_in_order(tokens: list[list[int]]) -> None:
    words, starts = words_of(tokens)
    standing = words.standing(starts).tolist()
    assert sorted(standing) == standing
    for k, piece in enumerate(tokens):
        assert "".join(t for t, at in zip(words.texts, standing, strict=True) if at == k) == heard(piece)
    assert all(words.texts)


@given(pieces)
def test_words_are_runs_of_ascending_tokens(tokens: list[list[int]]) -> None:
    words, _ = words_of(tokens)
    assert (np.diff(words.tokens) > 0).all()
    assert (np.diff(words.first) > 0).all()
    assert len(words.first) == len(words.texts)
    assert words.first[:1].tolist() in ([], [0])


@given(pieces)
def test_the_parts_of_a_run_have_its_words(tokens: list[list[int]]) -> None:
    words, starts = words_of(tokens)
    edges = [*starts.tolist(), sum(map(len, tokens))]
    parts = [words.part(start, end) for start, end in pairwise(edges)]
    assert [int(t) for heard, _ in parts for t in heard] == words.tokens.tolist()
    assert sum(len(first) for _, first in parts) == len(words.first)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([[2, 3, 4, 8]], ["thes", "ab"]),
        ([[5, 8, 4]], ["ab"]),
        ([[2], [3]], ["the", "s"]),
        ([[1, 6, 7, 3]], ["中", "国", "s"]),
        ([[3, 6, 4]], ["s", "中"]),
        ([[0, 2, 0]], ["the"]),
        ([[9, 10]], ["3"]),
        ([[4], [5]], []),
        ([], []),
    ],
)
def test_words(tokens: list[list[int]], expected: list[str]) -> None:
    assert list(words_of(tokens)[0].texts) == expected
