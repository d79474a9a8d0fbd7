"""What is probable in whatever order: each candidate by itself, then in the company of the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from polyalign.alignment.context import in_context, order_of
from polyalign.alignment.grid import Candidates, Grid
from polyalign.alignment.model import Model
from polyalign.alignment.opinion import Opinion, opinion
from polyalign.alignment.spans import Floats

EARLY_THRESHOLD = 0.3  # of the first choice, which only the context of the second opinion rests on
HOPELESS = 0.005  # candidates whose first probability is below this are dropped


def freely(grid: Grid, judge: Model, order: float | None = None) -> Opinion:
    """What is probable in whatever order; `order` None measures that of the first choice."""
    everything = grid.plausible()
    first = opinion(grid, *promising(everything, judge.first(everything.features)))
    if not len(first.found):
        return first
    return replace(first, scores=judge.second(company(grid, first, order)))


def promising(found: Candidates, early: Floats) -> tuple[Candidates, Floats]:
    """The candidates that are not hopeless by their early probabilities, and those."""
    keep = np.flatnonzero(early > HOPELESS)
    return found[keep], early[keep]


def company(grid: Grid, first: Opinion, order: float | None = None) -> Floats:
    """The features that the second judge sees: lengths against those of a first choice, what is around."""
    selected = first.choice(EARLY_THRESHOLD)
    units = grid.source.spans.units, grid.target.spans.units
    trust = order_of(first.where[selected]) if order is None else order
    around = in_context(first.where, first.scores, selected, units, trust)
    alone = grid.against(first.found, grid.ratio(first.found[selected])).features
    return np.concatenate([alone, around], axis=1)
