"""Sides that were encoded, made for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from polyalign.alignment import EncodedSide, spans_of
from polyalign.alignment.spans import Floats
from tests.helpers.made_encoder import Made

DIMENSIONS = 64


def side(meanings: Floats, clauses: list[int], texts: list[str], largest: int = 3) -> EncodedSide:
    """A side whose units have these vectors; a group is the sum of its units."""
    run = np.concatenate([np.zeros((1, meanings.shape[1])), np.cumsum(meanings, axis=0)])

    def encode(_: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Floats:
        first, last = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return unit((run[last] - run[first]).astype(np.float32))

    return EncodedSide.of(spans_of(clauses, largest), texts, Made(encode))


def random_side(seed: int, clauses: list[int], common: Floats) -> EncodedSide:
    """A side some of whose units mean what rows of `common` mean, with noise."""
    random = np.random.default_rng(seed)
    size = sum(clauses)
    meanings = random.normal(size=(size, DIMENSIONS)) * 0.3 + common[random.integers(0, len(common), size)]
    texts = ["x" * random.integers(20, 120) + f" {random.integers(0, 30)}" for _ in range(size)]
    return side(meanings, clauses, texts)


@st.composite
def texts_pairs(draw: st.DrawFn) -> tuple[EncodedSide, EncodedSide]:
    seed = draw(st.integers(0, 10_000))
    clauses = [draw(st.lists(st.integers(1, 3), min_size=1, max_size=6)) for _ in range(2)]
    common = np.random.default_rng(seed).normal(size=(12, DIMENSIONS))
    return random_side(seed + 1, clauses[0], common), random_side(seed + 2, clauses[1], common)


def parallel(size: int, seed: int = 3) -> tuple[EncodedSide, EncodedSide]:
    """Two texts of single sentences that say the same things in the same order."""
    random = np.random.default_rng(seed)
    meanings = random.normal(size=(size, DIMENSIONS))
    texts = ["x" * length for length in random.integers(40, 120, size)]
    both = [side(meanings + random.normal(size=meanings.shape) * 0.2, [1] * size, texts) for _ in range(2)]
    return both[0], both[1]


def unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
