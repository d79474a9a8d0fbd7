"""How probable each candidate is, by one reading, and which beads that makes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from polyalign.alignment.choice import chosen
from polyalign.alignment.context import Extents, extents
from polyalign.alignment.grid import Candidates, Grid
from polyalign.alignment.spans import Floats, Ints


@dataclass(frozen=True, slots=True)
class Opinion:
    """Candidates, where they lie, how much of their sentences they cover, and how probable each is."""

    found: Candidates
    where: Extents
    weight: Floats
    scores: Floats

    def choice(self, threshold: float) -> Ints:
        """The candidates, ascending, that share no unit and are worth most over the threshold."""
        return choose(self.where, self.scores, self.weight, threshold)


def opinion(grid: Grid, found: Candidates, scores: Floats) -> Opinion:
    """The opinion with these scores."""
    where = extents(found, grid.source.spans, grid.target.spans)
    shares = [grid.source.shares[found.source], grid.target.shares[found.target]]
    return Opinion(found, where, np.asarray(np.mean(shares, axis=0)), scores)


def mixed(free: Opinion, path: Opinion, trust: float) -> Opinion:
    """The mean of both opinions, that of the path counting `trust` (0 to 1); it has all candidates."""
    columns = int(path.found.target.max(initial=0)) + 1
    known = free.found.source * columns + free.found.target
    place = np.searchsorted(path.found.source * columns + path.found.target, known)
    scores = path.scores * trust
    scores[place] += free.scores * (1 - trust)
    return replace(path, scores=scores)


def choose(where: Extents, scores: Floats, weight: Floats, threshold: float) -> Ints:
    """The candidates, ascending, that share no unit and are worth most over the threshold."""
    worth = (scores - threshold) * weight
    good = np.flatnonzero(worth > 0)
    offset = int(where.last_s.max(initial=0))
    edges = np.stack([where.first_s, where.last_s, offset + where.first_t, offset + where.last_t], axis=1)
    members = [[*range(a, b), *range(c, d)] for a, b, c, d in edges[good].tolist()]
    return good[chosen(worth[good], members)]
