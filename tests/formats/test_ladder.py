"""Ladders: rungs become units and back; what is no ladder of these files is named."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.errors import InputError, PolyalignError, UsageError
from polyalign.formats.bitexts.ladder import ladder, units
from polyalign.formats.common import Options, Unit
from polyalign.parts import Bead
from tests.helpers.samples import harbour, side

SOURCE = ["a", "b", "c", "d"]
TARGET = ["v", "w", "x", "y", "z"]


def read(text: str | bytes, source: list[str] = SOURCE, target: list[str] = TARGET) -> list[Unit]:
    data = text.encode() if isinstance(text, str) else text
    return list(units(io.BytesIO(data), source, target, name="a.ladder", languages=("ar", "en")))


def ids(found: list[Unit]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(unit.source_ids, unit.target_ids) for unit in found]


@st.composite
def parallel(draw: st.DrawFn) -> Bitext:
    """A bitext whose beads are in order and of neighbours, some segments left alone."""
    beads, at = [], [0, 0]
    for _ in range(draw(st.integers(0, 4))):
        starts = [n + draw(st.integers(0, 2)) for n in at]
        at = [n + draw(st.integers(1, 3)) for n in starts]
        groups = [tuple(range(*span)) for span in zip(starts, at, strict=True)]
        beads.append(Bead(groups[0], groups[1], draw(st.floats(0, 1))))
    sizes = [n + draw(st.integers(0, 2)) for n in at]
    sides = [side(tag, [f"{tag}{i}" for i in range(size)]) for tag, size in zip("st", sizes, strict=True)]
    return Bitext(sides[0], sides[1], tuple(beads))


@given(parallel())
def test_beads_and_unaligned_segments_come_back(bitext: Bitext) -> None:
    texts = [[s.text for s in half.segments] for half in (bitext.source, bitext.target)]
    found = read("".join(ladder(bitext, Options())), *texts)
    beads = [(unit.source_ids, unit.target_ids) for unit in found if unit.source and unit.target]
    assert beads == [(bead.source, bead.target) for bead in bitext.beads]
    assert [i for unit in found for i in unit.source_ids] == list(range(len(texts[0])))
    assert [j for unit in found for j in unit.target_ids] == list(range(len(texts[1])))
    scores = [unit.score for unit in found if unit.source and unit.target]
    assert scores == [pytest.approx(bead.score, abs=1e-4) for bead in bitext.beads]


def test_a_ladder_as_hunalign_writes_it() -> None:
    found = read("0\t0\t0.3\n1\t1\t-0.3\n1\t2\t1.25\n3\t4\t0\n4\t5\t0\n")
    assert ids(found) == [((0,), (0,)), ((), (1,)), ((1, 2), (2, 3)), ((3,), (4,))]
    assert (found[2].source, found[2].target, found[2].score) == (("b", "c"), ("x", "y"), None)
    assert (found[0].source_language, found[0].target_language) == ("ar", "en")
    assert [unit.place for unit in found] == ["rung 1", "rung 2", "rung 3", "rung 4"]


def test_probabilities_are_scores_and_what_lies_outside_is_unaligned() -> None:
    found = read("1 1 0.5\r\n2 2 0.75\n")
    assert ids(found) == [
        *[((0,), ()), ((), (0,)), ((1,), (1,))],
        *[((2,), ()), ((3,), ()), ((), (2,)), ((), (3,)), ((), (4,))],
    ]
    assert [unit.score for unit in found if unit.score is not None] == [0.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no rungs"),
        ("\n \n", "holds no rungs"),
        ("a\tb\n", "line 1 is no rung: a ladder has two line numbers"),
        ("0\t0\t0\n1\t-1\t0\n", "line 2 is no rung"),
        ("0\t0\t0\n2\t2\t0\n1\t3\t0\n", "rung 3 goes back"),
        ("0\t0\t0\n5\t5\t0\n", r"rung 2 \(5, 5\) stands after the last lines \(4, 5\): give the two files"),
        ("9" * 5000 + "\t0\t0\n", "line 1 is no rung"),
        (b"\0\1\2\3" * 9, "binary data"),
    ],
)
def test_what_is_no_ladder_of_these_files(text: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_what_no_ladder_can_say() -> None:
    with pytest.raises(InputError, match="no crossing beads, and that of source 3 crosses: write tsv"):
        list(ladder(harbour(), Options()))
    apart = replace(harbour(), beads=(Bead((0, 2), (1,), 0.5),))
    with pytest.raises(InputError, match="that of source 1 crosses"):
        list(ladder(apart, Options()))
    with pytest.raises(UsageError, match="a ladder holds every segment"):
        list(ladder(harbour(), Options(unaligned=False)))


@given(st.binary(max_size=60) | st.text("0123 \t\n.-e", max_size=60).map(str.encode))
def test_any_bytes_give_units_or_one_line_of_error(data: bytes) -> None:
    try:
        read(data)
    except PolyalignError as error:
        assert_one_line(error)


def assert_one_line(error: PolyalignError) -> None:
    assert "\n" not in str(error)
