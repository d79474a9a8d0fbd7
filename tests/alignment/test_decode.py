"""From scores to beads: when leaving out is the worse guess, and what may overlap."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from polyalign.alignment.decode import OVERLAPPING, Lattice, Scored, monotone
from polyalign.alignment.features import Candidates
from polyalign.alignment.model import ArcPotential
from polyalign.alignment.spans import Extents

SIZE = 6
Bead = tuple[int, int, int, int]


def scored(beads: list[Bead], scores: list[float]) -> Scored:
    """Beads (first and last source unit, first and last target unit) of texts of SIZE units, with scores."""
    return Scored.of(candidates(beads), np.array(scores, dtype=float), (SIZE, SIZE))


def candidates(beads: list[Bead]) -> Candidates:
    rows = np.arange(len(beads))
    columns = np.array(beads, dtype=np.int64).reshape(-1, 4).T
    features = np.ones((len(beads), 3), dtype=np.float32)
    return Candidates(
        rows, rows, features, ("size", "smaller_size", "any"), Extents(*columns), np.ones(len(beads))
    )


ranges = st.integers(0, SIZE - 1).flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, SIZE)))
beads = st.builds(lambda s, t: (*s, *t), ranges, ranges)
lists = st.lists(st.tuples(beads, st.floats(0, 1)), max_size=12, unique_by=lambda one: one[0])


def overlap(one: Bead, other: Bead) -> tuple[bool, bool]:
    return one[0] < other[1] and other[0] < one[1], one[2] < other[3] and other[2] < one[3]


def potential(skip: float) -> ArcPotential:
    """One by which every bead adds as much as any other."""
    zeros = np.zeros(3, dtype=np.float32)
    return ArcPotential(
        ("size", "smaller_size", "any"), zeros, zeros + 1, np.zeros(24, dtype=np.float32), skip
    )


def test_of_two_readings_that_share_the_probability_one_is_taken() -> None:
    # both sentences belong together, with the second one of either side or without; left out they hardly are
    readings: list[Bead] = [(0, 1, 0, 1), (0, 1, 0, 2), (0, 2, 0, 1)]
    path = monotone(candidates(readings), Lattice(candidates(readings).where, (SIZE, SIZE)), potential(-4.0))
    assert path.scores.max() < 0.5
    assert len(path.select(0.5)) == 1


def test_a_doubtful_bead_whose_units_are_as_probably_in_none_is_not_taken() -> None:
    assert not len(scored([(0, 1, 0, 1)], [0.45]).select(0.5))
    assert len(scored([(0, 1, 0, 1)], [0.55]).select(0.5))


@given(lists, st.floats(0.1, 0.9))
def test_what_is_sure_enough_is_as_if_leaving_out_were_never_asked(
    found: list[tuple[Bead, float]], threshold: float
) -> None:
    """The probability of being in no bead only ever makes beads worth more."""
    one = scored([bead for bead, _ in found], [score for _, score in found])
    assert (one.worth(threshold) >= one.scores - threshold - 1e-12).all()


@given(st.lists(beads, min_size=1, max_size=8, unique=True), st.floats(-3, 1))
def test_on_a_path_a_unit_is_in_a_bead_or_in_none(found: list[Bead], skip: float) -> None:
    path = monotone(candidates(found), Lattice(candidates(found).where, (SIZE, SIZE)), potential(skip))
    for side, none in enumerate(path.unaligned):
        inside = [
            sum(
                p
                for p, bead in zip(path.scores, found, strict=True)
                if bead[2 * side] <= k < bead[2 * side + 1]
            )
            for k in range(SIZE)
        ]
        assert np.allclose(none + inside, 1)
        assert (none > -1e-9).all()


@given(lists)
def test_added_beads_meet_every_other_on_one_side_at_most(found: list[tuple[Bead, float]]) -> None:
    places = [bead for bead, _ in found]
    one = scored(places, [score for _, score in found])
    selected = one.select(0.35)
    rows = one.with_overlapping(selected)
    assert set(selected.tolist()) <= set(rows.tolist())
    assert (one.scores[np.setdiff1d(rows, selected)] >= OVERLAPPING).all()
    for i in rows.tolist():
        assert not any(all(overlap(places[i], places[j])) for j in rows.tolist() if j != i)
    assert one.with_overlapping(rows).tolist() == rows.tolist()


def test_what_one_side_tells_twice_is_linked_twice() -> None:
    one = scored([(0, 1, 0, 1), (0, 1, 4, 5), (0, 1, 2, 3)], [0.9, 0.6, 0.4])
    assert one.with_overlapping(one.select(0.35)).tolist() == [0, 1]
