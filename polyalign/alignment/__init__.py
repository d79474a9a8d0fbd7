"""Vectors and lengths of two texts to scored beads; knows no files, models or languages."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from polyalign.alignment.assistance import assisted
from polyalign.alignment.choice import chosen
from polyalign.alignment.context import Extents, extents, in_context, order_of
from polyalign.alignment.grid import FEATURES, Candidates, Floats, Grid, Half
from polyalign.alignment.model import Model, load_model
from polyalign.alignment.path import Lattice, chain, corridor, inside
from polyalign.alignment.spans import Ints, Spans, spans_of

__all__ = ["Alignment", "Half", "Link", "Spans", "align", "spans_of"]

EARLY_THRESHOLD = 0.3  # of the first choice, which only the context of the second opinion rests on
HOPELESS = 0.005  # candidates whose first probability is below this are dropped,
NEAR_NOISE = 0.4  # or whose cosine lies so near noise (0; 1 is signal): 1 gold bead in 100
DISORDER, ORDER = 0.8, 0.95  # share of the worth on one path from which a path counts, and is all;
SPARSE, FULL = 0.75, 0.85  # the same for the share of the units that the path has in beads
STEP_NOISE = 0.3  # the same for steps of a path, which lean on their neighbours: 1 in 50 in novels
MOST_STEPS = 400_000  # candidates of a path; in texts that have more, only plausible ones are steps


@dataclass(frozen=True, slots=True)
class Link:
    """A stretch of source units and a stretch of target units that say the same thing."""

    source: tuple[int, int]
    target: tuple[int, int]
    score: float
    evidence: dict[str, float]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Links that share no unit, by source order, and the order of the texts (Kendall's tau)."""

    links: tuple[Link, ...]
    order: float

    @property
    def mirrored(self) -> Alignment:
        """The same, source and target swapped."""
        links = (replace(link, source=link.target, target=link.source) for link in self.links)
        return replace(self, links=tuple(sorted(links, key=lambda link: link.source)))


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


def align(
    source: Half,
    target: Half,
    *,
    order: float | None = None,
    calibrated: bool = True,
) -> Alignment:
    """The links whose scores add up to most over the model's threshold, each unit in at most one.

    `order` in -1..1 says how far to trust the order of the texts; None measures it. Cosines that
    are not `calibrated` are first brought to the scale that the weights were fitted on. Translations
    that halves have are heard as far as they prove themselves (see `assistance`).
    """
    if not len(source.spans) or not len(target.spans):
        return Alignment((), 0.0)
    if _leads(target, source):
        return align(target, source, order=order, calibrated=calibrated).mirrored
    judge = load_model(clausal=source.clausal or target.clausal)
    grid = Grid(*assisted(source, target), calibrated)
    free = freely(grid, judge, order)
    final, best = free, free.choice(judge.threshold)
    trust = orderliness(free, best, judge.threshold) if order is None else max(order, 0.0)
    if trust:
        path = on_a_path(grid, judge, free, best)
        final = mixed(free, path, trust * fullness(path, grid) if order is None else trust)
        best = final.choice(judge.threshold)
    best = best[np.lexsort((final.where.first_t[best], final.where.first_s[best]))]
    return Alignment(tuple(_link(k, final) for k in best.tolist()), order_of(final.where[best]))


def _leads(one: Half, other: Half) -> bool:
    """Whether a half is computed as the source, whoever asks: sums round differently the other way."""
    return (len(one.units), [*one.units]) < (len(other.units), [*other.units])


def freely(grid: Grid, judge: Model, order: float | None = None) -> Opinion:
    """What is probable in whatever order; `order` None measures that of the first choice."""
    everything = grid.plausible()
    found, early = promising(everything, judge.first(everything.features))
    first = opinion(grid, found, early)
    if not len(found):
        return first
    selected = first.choice(EARLY_THRESHOLD)
    units = grid.source.spans.units, grid.target.spans.units
    trust = order_of(first.where[selected]) if order is None else order
    around = in_context(first.where, early, selected, units, trust)
    return replace(first, scores=judge.second(np.concatenate([found.features, around], axis=1)))


def on_a_path(grid: Grid, judge: Model, free: Opinion, selected: Ints) -> Opinion:
    """What is probable if no bead crosses another, with the steps that such a path may need besides."""
    found = steps(grid, free, selected, judge.threshold)
    path = opinion(grid, found, np.zeros(len(found)))
    lattice = Lattice(path.where, (grid.source.spans.units, grid.target.spans.units))
    logs, _ = lattice.posterior(judge.path(found.features), judge.path.skip)
    return replace(path, scores=np.exp(logs))


def steps(grid: Grid, free: Opinion, selected: Ints, threshold: float) -> Candidates:
    """The candidates, and all pairs of spans that lie near the best path through the selected ones."""
    held = selected[chain(free.where[selected], free.scores[selected] - threshold)]
    units = grid.source.spans.units, grid.target.spans.units
    near = inside(corridor(free.where[held], free.scores[held], units), grid.source, grid.target)
    near &= grid.cosine > grid.levels.noise + STEP_NOISE * (grid.levels.signal - grid.levels.noise)
    if np.count_nonzero(near) > MOST_STEPS:
        return free.found
    near[free.found.source, free.found.target] = True
    return grid.candidates(*np.nonzero(near))


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


def mixed(free: Opinion, path: Opinion, trust: float) -> Opinion:
    """The mean of both opinions, that of the path counting `trust` (0 to 1); it has all candidates."""
    columns = int(path.found.target.max(initial=0)) + 1
    known = free.found.source * columns + free.found.target
    place = np.searchsorted(path.found.source * columns + path.found.target, known)
    scores = path.scores * trust
    scores[place] += free.scores * (1 - trust)
    return replace(path, scores=scores)


def opinion(grid: Grid, found: Candidates, scores: Floats) -> Opinion:
    """The opinion with these scores."""
    where = extents(found, grid.source.spans, grid.target.spans)
    shares = [grid.source.shares[found.source], grid.target.shares[found.target]]
    return Opinion(found, where, np.asarray(np.mean(shares, axis=0)), scores)


def promising(found: Candidates, early: Floats) -> tuple[Candidates, Floats]:
    """The candidates that are not hopeless by their early probabilities, and those."""
    over_noise = found.features[:, FEATURES.index("signal")] > NEAR_NOISE
    keep = np.flatnonzero((early > HOPELESS) & over_noise)
    return found[keep], early[keep]


def choose(where: Extents, scores: Floats, weight: Floats, threshold: float) -> Ints:
    """The candidates, ascending, that share no unit and are worth most over the threshold."""
    worth = (scores - threshold) * weight
    offset = int(where.last_s.max(initial=0))
    members = [
        np.concatenate([np.arange(*s), offset + np.arange(*t)]) if good else _NOTHING
        for s, t, good in zip(
            zip(where.first_s, where.last_s, strict=True),
            zip(where.first_t, where.last_t, strict=True),
            worth > 0,
            strict=True,
        )
    ]
    return chosen(worth, members)


_NOTHING = np.zeros(0, dtype=np.int64)


def _link(k: int, said: Opinion) -> Link:
    where = said.where
    return Link(
        (int(where.first_s[k]), int(where.last_s[k])),
        (int(where.first_t[k]), int(where.last_t[k])),
        round(float(said.scores[k]), 4),
        said.found.evidence(k),
    )
