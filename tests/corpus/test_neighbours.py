"""Neighbours: what sorting all cosines gives, whatever the blocks, the cores and the order; FAISS near it."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from polyalign import threads
from polyalign.corpus import neighbours
from polyalign.corpus.neighbours import NONE, chosen, engine_note, nearest, nearest_both
from polyalign.errors import NotInstalledError, UsageError

Floats = NDArray[np.float32]


@pytest.fixture(name="small_blocks", autouse=True, scope="module")
def _small_blocks() -> Iterator[None]:
    """Blocks of a few vectors, so that small examples have many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "ROWS", 5)
        patch.setattr(neighbours, "COLUMNS", 4)
        yield


@st.composite
def whole(draw: st.DrawFn) -> tuple[Floats, Floats, int]:
    """Two sets of vectors of small whole numbers, whose products are exact and often equal, and k."""
    n, m, k, seed = (draw(st.integers(low, high)) for low, high in ((0, 14), (0, 14), (1, 6), (0, 999)))
    dice = np.random.default_rng(seed)
    one, other = (dice.integers(-2, 3, (count, 3)).astype(np.float32) for count in (n, m))
    return one, other, k


def unit(count: int, *, dimensions: int = 16, seed: int = 0) -> Floats:
    """Random vectors of length 1."""
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def by_sorting(queries: Floats, items: Floats, k: int) -> tuple[Floats, NDArray[np.int64]]:
    """The neighbours from all products, sorted stably, and what fills the places that are left."""
    products = queries @ items.T
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    cosines = np.full((len(queries), k), -np.inf, dtype=np.float32)
    indices = np.full((len(queries), k), NONE, dtype=np.int64)
    cosines[:, : order.shape[1]] = np.take_along_axis(products, order, axis=1)
    indices[:, : order.shape[1]] = order
    return cosines, indices


@given(whole())
def test_they_are_those_that_sorting_everything_gives_equals_by_index(
    given_: tuple[Floats, Floats, int],
) -> None:
    one, other, k = given_
    found = nearest_both(one, other, k=k, engine="exact")
    for got, expected in zip(found, (by_sorting(one, other, k), by_sorting(other, one, k)), strict=True):
        np.testing.assert_array_equal(got[0], expected[0])
        np.testing.assert_array_equal(got[1], expected[1])


@given(whole())
def test_one_direction_is_half_of_both(given_: tuple[Floats, Floats, int]) -> None:
    one, other, k = given_
    for got, expected in zip(
        nearest(one, other, k=k), nearest_both(one, other, k=k, engine="exact")[0], strict=True
    ):
        np.testing.assert_array_equal(got, expected)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 99))
def test_another_order_of_the_items_names_the_same_items(n: int, m: int, seed: int) -> None:
    queries, items = unit(n), unit(m, seed=1)
    order = np.random.default_rng(seed).permutation(m)
    cosines, indices = nearest(queries, items, k=m)
    again, moved = nearest(queries, items[order], k=m)
    np.testing.assert_allclose(cosines, again, atol=1e-6)
    np.testing.assert_array_equal(indices, order[moved])


@given(st.integers(1, 20))
def test_every_vector_is_nearest_to_itself(n: int) -> None:
    vectors = unit(n)
    cosines, indices = nearest(vectors, vectors, k=1)
    np.testing.assert_array_equal(indices[:, 0], np.arange(n))
    np.testing.assert_allclose(cosines[:, 0], 1, atol=1e-5)


def test_half_precision_and_files_do_as_well(tmp_path: Path) -> None:
    half = unit(30).astype(np.float16)
    np.save(tmp_path / "vectors.npy", half)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    for got, expected in zip(
        nearest(mapped, half, k=3), nearest(half.astype(np.float32), half, k=3), strict=True
    ):
        np.testing.assert_array_equal(got, expected)


def test_the_bytes_are_the_same_on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = unit(300, dimensions=512), unit(400, dimensions=512, seed=1)
    several = nearest_both(one, other, k=4)
    monkeypatch.setattr(threads, "cores", lambda: 1)
    alone = nearest_both(one, other, k=4)
    for (cosines, indices), (same, too) in zip(several, alone, strict=True):
        assert cosines.tobytes() == same.tobytes()
        assert indices.tobytes() == too.tobytes()


def test_memory_is_that_of_blocks_not_of_all_cosines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "ROWS", 512)
    monkeypatch.setattr(neighbours, "COLUMNS", 512)
    vectors = unit(6_000, dimensions=8)
    tracemalloc.start()
    nearest_both(vectors, vectors, k=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000 * 6_000 * 4 / 4 + 30_000_000 * (threads.cores() > 4)


def test_progress_goes_up_to_the_number_of_queries() -> None:
    seen: list[tuple[int, int]] = []
    nearest(unit(12), unit(9), k=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(5, 12), (10, 12), (12, 12)]


@pytest.mark.parametrize(
    ("queries", "items", "k", "engine", "said"),
    [
        ((2, 3), (2, 3), 0, "exact", "k is 0: ask for 1"),
        ((2, 3), (2, 4), 1, "exact", r"\(2, 3\) and \(2, 4\) do not compare"),
        ((2, 3), (3,), 1, "exact", "do not compare"),
        ((2, 3), (2, 3), 1, "annoy", "unknown engine 'annoy': use exact, faiss, auto"),
    ],
)
def test_what_makes_no_sense_is_refused(
    queries: tuple[int, ...], items: tuple[int, ...], k: int, engine: neighbours.Engine, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        nearest(np.zeros(queries, np.float32), np.zeros(items, np.float32), k=k, engine=engine)


@pytest.mark.parametrize(
    ("installed", "items", "engine", "noted"),
    [
        (True, 50_000, "exact", False),
        (True, 50_001, "faiss", False),
        (False, 50_000, "exact", False),
        (False, 50_001, "exact", True),
    ],
)
def test_auto_takes_faiss_above_50000_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, *, installed: bool, items: int, engine: str, noted: bool
) -> None:
    monkeypatch.setattr(neighbours, "find_spec", lambda _: object() if installed else None)
    assert chosen(3, items) == chosen(items, 3) == engine
    assert bool(engine_note(3, items)) is noted


def test_faiss_that_is_missing_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbours, "find_spec", lambda _: None)
    with pytest.raises(NotInstalledError, match=r'pip install "polyalign\[faiss\]"'):
        nearest(unit(2), unit(2), k=1, engine="faiss")


@pytest.fixture(name="faiss", scope="module")
def _faiss() -> Iterator[None]:
    """FAISS, imported once, and large blocks again.

    Its wrappers, by SWIG, lack __module__, which Python complains of.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("faiss", reason="needs polyalign[faiss]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "ROWS", 2048)
        patch.setattr(neighbours, "COLUMNS", 2048)
        yield


@pytest.mark.usefixtures("faiss")
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 4))
def test_few_vectors_are_all_found(n: int, m: int, k: int) -> None:
    got = nearest(unit(n), unit(m, seed=1), k=k, engine="faiss")
    expected = nearest(unit(n), unit(m, seed=1), k=k, engine="exact")
    np.testing.assert_array_equal(got[1], expected[1])
    np.testing.assert_allclose(got[0], expected[0], atol=1e-6)


@pytest.mark.usefixtures("faiss")
def test_most_of_the_nearest_of_many_are_found_in_both_directions() -> None:
    one = unit(4_000, dimensions=32)
    other = (one + unit(4_000, dimensions=32, seed=1) / 2).astype(np.float16)
    exact = nearest_both(one, other, k=4, engine="exact")
    for got, expected in zip(nearest_both(one, other, k=4, engine="faiss"), exact, strict=True):
        assert np.mean(got[1][:, 0] == expected[1][:, 0]) > 0.95
        same = got[1] == expected[1]
        np.testing.assert_allclose(got[0][same], expected[0][same], atol=1e-6)


@pytest.mark.usefixtures("faiss")
def test_the_same_vectors_give_the_same_bytes() -> None:
    vectors = unit(3_000)
    first, again = (nearest(vectors, vectors, k=3, engine="faiss") for _ in range(2))
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1].tobytes() == again[1].tobytes()


@pytest.mark.usefixtures("faiss")
def test_progress_counts_the_queries_of_both_directions() -> None:
    seen: list[tuple[int, int]] = []
    nearest_both(
        unit(5), unit(7), k=1, engine="faiss", progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(5, 12), (12, 12)]
