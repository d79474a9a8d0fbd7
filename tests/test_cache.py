"""The array cache: what goes in comes out, damage is noticed, no cache is no harm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from polyalign.cache import kept_arrays, user_cache

Arrays = dict[str, NDArray[Any]]

DTYPES = ("u1", "<f4", "<i8", ">f8", "?", "<U3")
shapes = st.lists(st.integers(0, 5), max_size=3).map(tuple)


@st.composite
def arrays(draw: st.DrawFn) -> NDArray[Any]:
    shape = draw(shapes)
    count = int(np.prod(shape))
    values = draw(st.lists(st.integers(0, 255), min_size=count, max_size=count))
    array = np.array(values).reshape(shape).astype(draw(st.sampled_from(DTYPES)))
    return array.T if draw(st.booleans()) else array


class Builder:
    """Makes the arrays and counts how often."""

    def __init__(self, made: Arrays) -> None:
        self.made, self.times = made, 0

    def __call__(self) -> Arrays:
        self.times += 1
        return self.made


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POLYALIGN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def build() -> Builder:
    return Builder({"a": np.arange(300, dtype=np.float32).reshape(3, 100), "b": np.arange(7, dtype=np.uint8)})


def same(kept: Any, made: Arrays) -> bool:
    return list(kept) == list(made) and all(
        type(kept[name]) is np.ndarray
        and kept[name].dtype == made[name].dtype
        and kept[name].shape == made[name].shape
        and np.array_equal(kept[name], made[name])
        for name in made
    )


@given(st.dictionaries(st.text(max_size=5), arrays(), min_size=1, max_size=4))
def test_arrays_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, made: Arrays) -> None:
    build = Builder(made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYALIGN_CACHE", str(tmp_path_factory.mktemp("cache")))
        assert same(kept_arrays("n", build), made)
        assert same(kept_arrays("n", build), made)
    assert build.times == 1


def test_arrays_are_built_once(cache: Path, build: Builder) -> None:
    for _ in range(3):
        assert same(kept_arrays("name-1", build), build.made)
    assert build.times == 1
    assert [path.name for path in cache.iterdir()] == ["name-1.arrays"]


@pytest.mark.usefixtures("cache")
def test_another_name_is_another_file() -> None:
    first, second = Builder({"a": np.zeros(3)}), Builder({"a": np.ones(3)})
    kept_arrays("one", first)
    assert same(kept_arrays("two", second), second.made)
    assert same(kept_arrays("one", second), first.made)


@pytest.mark.usefixtures("cache")
def test_arrays_are_aligned_and_read_only(build: Builder) -> None:
    for _ in range(2):
        for array in kept_arrays("name", build).values():
            assert array.ctypes.data % 64 == 0
            assert not array.flags.writeable
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


def flipped(place: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        at = place % len(data)
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    return change


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "magic": flipped(0),
    "checksum": flipped(30),
    "length": flipped(57),
    "table": flipped(70),
    "array": flipped(600),
    "last byte": flipped(-1),
    "cut": lambda data: data[:-1],
    "cut to the header": lambda data: data[:40],
    "empty": lambda _: b"",
    "longer": lambda data: data + b"\0",
    "other file": lambda _: b"not ours at all" * 30,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_built_anew(cache: Path, build: Builder, damage: Callable[[bytes], bytes]) -> None:
    kept_arrays("name", build)
    path = cache / "name.arrays"
    intact = path.read_bytes()
    path.unlink()
    path.write_bytes(damage(intact))
    assert same(kept_arrays("name", build), build.made)
    assert build.times == 2
    assert path.read_bytes() == intact


@given(place=st.integers(0, 1200))
def test_every_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: int) -> None:
    build, folder = Builder({"a": np.arange(100)}), tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYALIGN_CACHE", str(folder))
        kept_arrays("n", build)
        path = folder / "n.arrays"
        path.write_bytes(flipped(place)(path.read_bytes()))
        assert same(kept_arrays("n", build), build.made)
    assert build.times == 2


def test_arrays_in_use_outlive_a_rebuild(cache: Path, build: Builder) -> None:
    held = kept_arrays("name", build)
    (cache / "name.arrays").unlink()
    kept_arrays("name", Builder({"a": np.zeros(3)}))
    assert same(held, build.made)


@pytest.fixture
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    monkeypatch.setenv("POLYALIGN_CACHE", str(tmp_path / "file" / "cache"))


@pytest.mark.usefixtures("_no_cache")
def test_a_cache_that_cannot_be_written_is_done_without(build: Builder) -> None:
    for times in (1, 2):
        assert same(kept_arrays("name", build), build.made)
        assert build.times == times


@pytest.mark.usefixtures("_no_cache")
def test_arrays_are_read_only_without_a_cache_too(build: Builder) -> None:
    assert not any(array.flags.writeable for array in kept_arrays("name", build).values())


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("made", [{}, {"a": np.zeros((0, 3))}])
def test_arrays_without_a_single_number_are_kept(made: Arrays) -> None:
    assert same(kept_arrays("name", Builder(made)), made)


@pytest.mark.usefixtures("cache")
def test_an_error_in_building_is_not_hidden(cache: Path) -> None:
    def build() -> Arrays:
        raise OSError("no weights")

    with pytest.raises(OSError, match="no weights"):
        kept_arrays("name", build)
    assert not cache.exists()


def test_the_place_is_what_the_user_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYALIGN_CACHE", "somewhere")
    assert user_cache() == Path("somewhere")
    monkeypatch.setenv("POLYALIGN_CACHE", "")
    assert user_cache().name == "polyalign"
