"""What is probable if no bead crosses another, and how far that is to be trusted.

A text that was translated whole is read once more as such: then both are as long as each other by
their own ratio, and hardly anything may be left out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from polyalign.alignment.context import Extents
from polyalign.alignment.grid import Candidates, Floats, Grid
from polyalign.alignment.model import Model, Steps
from polyalign.alignment.opinion import Opinion, opinion
from polyalign.alignment.path import STRONG, Lattice, chain, corridor, inside
from polyalign.alignment.spans import Ints

DISORDER, ORDER = 0.8, 0.95  # share of the worth on one path from which a path counts, and is all;
SPARSE, FULL = 0.75, 0.85  # the same for the share of the units that the path has in beads
GAPS, NO_GAPS = 0.1, 0.06  # share of the texts left out on one side from which they are less than whole
WHOLE = -4.0  # what a unit left out costs more in texts that are whole, as the log of a weight
STEP_NOISE = 0.3  # how near noise steps may be, which lean on their neighbours: 1 in 50 in novels
MOST_STEPS = 400_000  # candidates of a path; in texts that have more, only plausible ones are steps


def on_a_path(grid: Grid, judge: Model, free: Opinion, selected: Ints) -> Opinion:
    """What is probable if no bead crosses another, with the steps that such a path may need besides."""
    path = opinion(grid, steps(grid, free, selected, judge.threshold), np.zeros(0))
    return walked(grid, judge.path, path, lattice_of(grid, path))


def lattice_of(grid: Grid, path: Opinion) -> Lattice:
    """All paths through the candidates of an opinion."""
    return Lattice(path.where, (grid.source.spans.units, grid.target.spans.units))


def walked(grid: Grid, judge: Steps, path: Opinion, lattice: Lattice) -> Opinion:
    """The steps with their probabilities; as far as the texts seem whole, those that whole texts have."""
    logs, _ = lattice.posterior(judge(path.found.features), judge.skip)
    said = replace(path, scores=np.exp(logs))
    whole = wholeness(said.where[np.flatnonzero(said.scores > STRONG)], grid)
    if not whole:
        return said
    closed = grid.against(path.found, grid.whole_ratio)
    logs, _ = lattice.posterior(judge(closed.features), judge.skip + WHOLE)
    return replace(said, scores=said.scores + whole * (np.exp(logs) - said.scores))


def steps(grid: Grid, free: Opinion, selected: Ints, threshold: float) -> Candidates:
    """The candidates, and all pairs of spans that lie near the best path through the selected ones.

    Their lengths are compared with those of the selected ones.
    """
    held = selected[chain(free.where[selected], free.scores[selected] - threshold)]
    units = grid.source.spans.units, grid.target.spans.units
    near = inside(corridor(free.where[held], free.scores[held], units), grid.source, grid.target)
    near &= grid.cosine > grid.levels.noise + STEP_NOISE * (grid.levels.signal - grid.levels.noise)
    few = np.count_nonzero(near) <= MOST_STEPS
    near[free.found.source, free.found.target] = True
    found = grid.candidates(*np.nonzero(near)) if few else free.found
    return grid.against(found, grid.ratio(free.found[selected]))


def orderliness(free: Opinion, selected: Ints, threshold: float) -> float:
    """How far a path is to be trusted, 0 to 1: by how much of what is selected lies on one."""
    where, worth = free.where[selected], (free.scores[selected] - threshold) * free.weight[selected]
    share = worth[chain(where, worth)].sum() / worth.sum() if len(selected) else 0.0
    return float(np.clip((share - DISORDER) / (ORDER - DISORDER), 0, 1))


def fullness(path: Opinion, grid: Grid) -> float:
    """How far a path is to be trusted, 0 to 1: by how much of both texts it has in beads."""
    where, units = path.where, grid.source.spans.units + grid.target.spans.units
    size = where.last_s - where.first_s + where.last_t - where.first_t
    return float(np.clip(((path.scores @ size) / units - SPARSE) / (FULL - SPARSE), 0, 1))


def wholeness(beads: Extents, grid: Grid) -> float:
    """How far nothing seems to be left out between beads on a path, 0 to 1.

    What is left out on both sides alike may be beads that are hard to see; what only one side has is
    missing on the other. Where no unit of n is missing, up to 3 / n of all such units may be (the rule
    of three, Hanley and Lippman-Hand 1983), so short texts do not seem whole.
    """
    order = np.argsort(beads.first_s)
    gaps: list[Floats] = []
    for half, first, last in (
        (grid.source, beads.first_s, beads.last_s),
        (grid.target, beads.first_t, beads.last_t),
    ):
        place = half.edges / half.edges[-1]
        gaps.append(np.append(place[first[order]], 1.0) - np.append(0.0, place[last[order]]))
    alone = np.abs(gaps[0] - gaps[1]).sum() / 2
    unseen = 3 / (grid.source.spans.units + grid.target.spans.units)
    return float(np.clip((GAPS - alone - unseen) / (GAPS - NO_GAPS), 0, 1))
