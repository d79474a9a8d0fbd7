"""Vectors and lengths of two texts to scored beads; knows no files, models or languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from polyalign.alignment.assistance import assisted
from polyalign.alignment.context import order_of
from polyalign.alignment.free import freely
from polyalign.alignment.grid import Grid, Half
from polyalign.alignment.model import Model, load_model
from polyalign.alignment.opinion import Opinion, mixed
from polyalign.alignment.orderly import (
    IN_ORDER,
    WHOLE,
    Course,
    close_steps,
    course_of,
    fullness,
    is_whole,
    lattice_of,
    orderliness,
    steps,
    walked,
)
from polyalign.alignment.spans import Spans, spans_of

__all__ = ["Alignment", "Half", "Link", "Spans", "align", "spans_of"]

Closer = Callable[[], tuple[Half, Half]]


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


def align(
    source: Half,
    target: Half,
    *,
    order: float | None = None,
    calibrated: bool = True,
    closer: Closer | None = None,
) -> Alignment:
    """The links whose scores add up to most over the model's threshold, each unit in at most one.

    `order` in -1..1 says how far to trust the order of the texts; None measures it. Cosines that
    are not `calibrated` are first brought to the scale that the weights were fitted on. Translations
    that halves have are heard as far as they prove themselves (see `assistance`). `closer` gives the
    halves of the same units for a close reading, which texts get that seem translated whole.
    """
    if not len(source.spans) or not len(target.spans):
        return Alignment((), 0.0)
    if _leads(target, source):
        swapped = None if closer is None else lambda: closer()[::-1]
        return align(target, source, order=order, calibrated=calibrated, closer=swapped).mirrored
    judge = load_model(clausal=source.clausal or target.clausal)
    grid = Grid(*assisted(source, target), calibrated)
    free = freely(grid, judge, order)
    selected = free.choice(judge.threshold)
    trust = orderliness(free, selected, judge.threshold) if order is None else max(order, 0.0)
    final, best = free, selected
    if trust:
        course = course_of(grid, free, selected, judge.threshold)
        final = _in_order(grid, judge, free, course, trust, measured=order is None, closer=closer)
        best = final.choice(judge.threshold)
    best = best[np.lexsort((final.where.first_t[best], final.where.first_s[best]))]
    return Alignment(tuple(_link(k, final) for k in best.tolist()), order_of(final.where[best]))


def _in_order(
    grid: Grid,
    judge: Model,
    free: Opinion,
    course: Course,
    trust: float,
    *,
    measured: bool,
    closer: Closer | None,
) -> Opinion:
    """The free opinion, mixed with that of the path as far as that is to be trusted, or a close reading."""
    path = steps(grid, course, free)
    path = walked(path, lattice_of(grid, path), judge.path)
    if closer is None or trust < IN_ORDER or not is_whole(path, grid):
        return mixed(free, path, trust * fullness(path, grid) if measured else trust)
    close = Grid(*assisted(*closer()), grid.calibrated)
    path = close_steps(close, course)
    return walked(path, lattice_of(close, path), judge.whole, WHOLE)


def _leads(one: Half, other: Half) -> bool:
    """Whether a half is computed as the source, whoever asks: sums round differently the other way."""
    return (len(one.units), [*one.units]) < (len(other.units), [*other.units])


def _link(k: int, said: Opinion) -> Link:
    where = said.where
    return Link(
        (int(where.first_s[k]), int(where.last_s[k])),
        (int(where.first_t[k]), int(where.last_t[k])),
        round(float(said.scores[k]), 4),
        said.found.evidence(k),
    )
