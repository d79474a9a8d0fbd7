"""What is probable if no bead crosses another, and how far that is to be trusted.

A text that was translated whole is read once more as such, and closely: in larger groups, stretch by
stretch, with both texts as long as each other by their own ratio, and hardly anything left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.grid import Grid
from polyalign.alignment.model import Steps
from polyalign.alignment.opinion import Opinion, opinion
from polyalign.alignment.path import STRONG, Lattice, chain, corridor, inside
from polyalign.alignment.spans import Floats, Ints

DISORDER, ORDER = 0.8, 0.95  # share of the worth on one path from which a path counts, and is all;
SPARSE, FULL = 0.75, 0.85  # the same for the share of the units that the path has in beads
IN_ORDER = 0.5  # trust in a path below which texts get no close reading;
COVERED = 0.5  # share of the units in beads of a path that has to be exceeded for texts to be whole;
GAPS = 0.04  # share of both texts left out on one side alone, from which they are not,
UNEVEN = 0.3  # over what the lengths of what is left out on both sides may differ by, as a part of it;
UNSEEN = 1.5  # units that count as left out, too
WHOLE = -3.0  # what a unit left out costs more in texts that are whole, as the log of a weight:
LEAST = 0.5  # this part of it in texts whose beads are plain to see,
HIDDEN = 0.2  # and all of it where this share is left out on both sides alike
STEP_NOISE = 0.3  # how near noise steps may be, which lean on their neighbours: 1 in 50 in novels
MOST_STEPS = 400_000  # candidates of a path; in texts that have more, only plausible ones are steps


@dataclass(frozen=True, slots=True)
class Course:
    """Where an orderly path may go (see `corridor`), and the log of source over target length on it."""

    walls: tuple[Ints, Ints]
    ratio: float


def course_of(grid: Grid, free: Opinion, selected: Ints, threshold: float) -> Course:
    """The course along the best path through the selected beads, with their lengths."""
    held = selected[chain(free.where[selected], free.scores[selected] - threshold)]
    units = grid.source.spans.units, grid.target.spans.units
    return Course(corridor(free.where[held], free.scores[held], units), grid.ratio(free.found[selected]))


def steps(grid: Grid, course: Course, free: Opinion) -> Opinion:
    """The candidates, and all pairs of spans that lie on the course; their scores are yet to come."""
    near = _near(grid, course)
    few = np.count_nonzero(near) <= MOST_STEPS
    near[free.found.source, free.found.target] = True
    found = grid.steps(*np.nonzero(near)) if few else free.found.steps
    return opinion(grid, grid.against(found, course.ratio), np.zeros(len(found)))


def close_steps(close: Grid, course: Course) -> Opinion:
    """All pairs of spans of the close grid that lie on the course; their scores are yet to come."""
    found = close.steps(*np.nonzero(_near(close, course)))
    return opinion(close, close.against(found, close.whole_ratio), np.zeros(len(found)))


def walked(path: Opinion, lattice: Lattice, judge: Steps, more: float = 0.0) -> Opinion:
    """The steps with their probabilities; a unit left out adds `more` than the judge says."""
    logs, _ = lattice.posterior(judge(path.found.features), judge.skip + more)
    return replace(path, scores=np.exp(logs))


def lattice_of(grid: Grid, path: Opinion) -> Lattice:
    """All paths through the candidates of an opinion."""
    return Lattice(path.where, (grid.source.spans.units, grid.target.spans.units))


def _near(grid: Grid, course: Course) -> NDArray[np.bool_]:
    near = inside(course.walls, grid.source, grid.target, course.ratio)
    return np.asarray(near & grid.over_noise(STEP_NOISE))


def orderliness(free: Opinion, selected: Ints, threshold: float) -> float:
    """How far a path is to be trusted, 0 to 1: by how much of what is selected lies on one."""
    where, worth = free.where[selected], (free.scores[selected] - threshold) * free.weight[selected]
    share = worth[chain(where, worth)].sum() / worth.sum() if len(selected) else 0.0
    return float(np.clip((share - DISORDER) / (ORDER - DISORDER), 0, 1))


def fullness(path: Opinion, grid: Grid) -> float:
    """How far a path is to be trusted, 0 to 1: by how much of both texts it has in beads."""
    return float(np.clip((covered(path, grid) - SPARSE) / (FULL - SPARSE), 0, 1))


def covered(path: Opinion, grid: Grid) -> float:
    """The share of the units, 0 to 1, that a path is likely to have in beads."""
    return float(path.scores @ path.where.units) / (grid.source.spans.units + grid.target.spans.units)


def is_whole(path: Opinion, grid: Grid) -> bool:
    """Whether a path has most of both texts in beads, and between the likely ones nothing is left out.

    What is left out on both sides about alike may be beads that are hard to see; what one side has
    beyond that is missing on the other. As chance may hide a gap, UNSEEN units more count as missing than
    can be seen; so short texts never seem whole.
    """
    if covered(path, grid) <= COVERED:
        return False
    source, target = _left_out(path, grid)
    unseen = UNSEEN / (grid.source.spans.units + grid.target.spans.units)
    missing = np.maximum(np.abs(source - target) - UNEVEN * (source + target) / 2, 0).sum() / 2
    return bool(missing + unseen < GAPS)


def severity(path: Opinion, grid: Grid) -> float:
    """What a unit left out costs more in a whole text: the more of its beads are hard to see, the more."""
    hidden = float(np.minimum(*_left_out(path, grid)).sum())
    return WHOLE * max(LEAST, min(hidden / HIDDEN, 1.0))


def _left_out(path: Opinion, grid: Grid) -> tuple[Floats, Floats]:
    """What lies before, between and after the likely beads on a path, as shares of either text."""
    beads = path.where[np.flatnonzero(path.scores > STRONG)]
    source = _gaps(grid.source.edges, beads.first_s, beads.last_s)
    return source, _gaps(grid.target.edges, beads.first_t, beads.last_t)


def _gaps(edges: Ints, first: Ints, last: Ints) -> Floats:
    """What lies before, between and after beads on a path, as shares of the text's length."""
    gaps = np.append(edges[np.sort(first)], edges[-1]) - np.append(0, edges[np.sort(last)])
    return np.asarray(gaps / edges[-1])
