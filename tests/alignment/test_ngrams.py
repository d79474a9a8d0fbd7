"""The parts of a sentence and their n-grams: nothing is lost, and one can only raise a similarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.alignment.encoded import LONGEST_NGRAM, Ngrams, parts_of
from polyalign.alignment.spans import Floats

texts = st.text(alphabet="ab ،,;؛:.—«»\n", max_size=40)


def lengths(_: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Floats:
    """An encoder that only sees where a run begins and how many parts it has."""
    rows = [(first, last - first) for first, last in pairs]
    return np.array(rows, dtype=np.float32).reshape(-1, 2)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "قال الوزير إن المؤتمر نجح، وأضاف أن العمل مستمر",
            ["قال الوزير إن المؤتمر نجح،", "وأضاف أن العمل مستمر"],
        ),
        ("He rose early; nobody else did", ["He rose early;", "nobody else did"]),
        ("No, he said, it rained all day", ["No, he said,", "it rained all day"]),
        ("It cost 1,500 lira", ["It cost 1,500 lira"]),
        ("", [""]),
    ],
)
def test_parts_end_with_a_mark_and_have_two_words(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@given(texts)
def test_parts_make_up_the_text(text: str) -> None:
    assert " ".join(parts_of(text)).split() == text.split()
    assert all(part for part in parts_of(text)) or not text.split()


@given(st.lists(texts, max_size=4))
def test_ngrams_are_inside_a_unit_and_less_than_it(units: list[str]) -> None:
    found = Ngrams.of(units, lengths)
    counts = [len(parts_of(unit)) for unit in units]
    assert found.unit.tolist() == sorted(found.unit.tolist())
    for k, count in enumerate(counts):
        sizes = found.vectors[found.unit == k][:, 1]
        assert len(sizes) == sum(count - size + 1 for size in range(1, LONGEST_NGRAM + 1) if size < count)
        assert all(size < count for size in sizes)


@given(st.integers(0, 1000), st.integers(0, 5))
def test_an_ngram_never_lowers_a_similarity(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    cosine, other = random.uniform(-1, 1, (4, 3)), random.normal(size=(3, 8))
    owners = np.sort(random.integers(0, 4, count))
    ngrams = Ngrams(random.normal(size=(count, 6)), owners)
    raised = ngrams.raised(cosine, other)
    assert (raised >= cosine).all()
    without = np.setdiff1d(np.arange(4), owners)
    assert (raised[without] == cosine[without]).all()
    for k in set(owners.tolist()):
        best = (ngrams.vectors[owners == k] @ other[:, :6].T).max(axis=0)
        assert raised[k] == pytest.approx(np.maximum(cosine[k], best))
