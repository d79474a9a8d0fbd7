"""Vectors and lengths of two texts to scored beads; knows no files, models or languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from polyalign.alignment.assistance import assisted
from polyalign.alignment.context import order_of
from polyalign.alignment.free import freely
from polyalign.alignment.grid import Grid
from polyalign.alignment.half import Half
from polyalign.alignment.model import Model, load_model
from polyalign.alignment.opinion import Opinion, mixed
from polyalign.alignment.orderly import (
    IN_ORDER,
    Course,
    close_steps,
    course_of,
    fullness,
    is_whole,
    lattice_of,
    orderliness,
    severity,
    steps,
    walked,
)
from polyalign.alignment.reading import read_as_one
from polyalign.alignment.spans import Ints, Spans, spans_of

__all__ = ["Alignment", "Half", "Link", "Spans", "align", "read_as_one", "spans_of"]

ENOUGH = 0.94  # share of both texts that beads of sentences should cover, for clauses not to be read;
MODEST = 1.07  # how much more beads of clauses cover than their scores say, next to those of sentences


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

    def within(self, source: Ints, target: Ints) -> Alignment:
        """The same, unit k of a side being the units from side[k] to side[k + 1] - 1."""
        links = (
            replace(
                link,
                source=(int(source[link.source[0]]), int(source[link.source[1]])),
                target=(int(target[link.target[0]]), int(target[link.target[1]])),
            )
            for link in self.links
        )
        return replace(self, links=tuple(links))


@dataclass(frozen=True, slots=True)
class _Reading:
    """An alignment, and the share of both texts, 0 to 1, that its links should cover by their scores.

    `closely` is whether the texts were read as translated whole.
    """

    alignment: Alignment
    share: float
    closely: bool


def align(
    source: Half,
    target: Half,
    *,
    order: float | None = None,
    calibrated: bool = True,
    closely: int | None = None,
) -> Alignment:
    """The links whose scores add up to most over the model's threshold, each unit in at most one.

    `order` in -1..1 says how far to trust the order of the texts; None measures it. Cosines that
    are not `calibrated` are first brought to the scale that the weights were fitted on. Translations
    that halves have are heard as far as they prove themselves (see `assistance`). Texts that seem
    translated whole get a close reading in groups of up to `closely` sentences, unless that is None. Texts
    with clauses are read sentence by sentence first, and if their sentences do not seem translated whole,
    by clauses, too; the reading is taken that should cover more.
    """
    if not len(source.spans) or not len(target.spans):
        return Alignment((), 0.0)
    if _leads(target, source):
        return align(target, source, order=order, calibrated=calibrated, closely=closely).mirrored
    read = partial(_read, order=order, calibrated=calibrated, closely=closely)
    if not source.clausal and not target.clausal:
        return read(source, target).alignment
    sentences = read(source.uncut, target.uncut)
    enough = sentences.closely or sentences.share >= ENOUGH
    if not enough and (clauses := read(source, target)).share * MODEST > sentences.share:
        return clauses.alignment
    return sentences.alignment.within(source.sentences, target.sentences)


def _read(
    source: Half, target: Half, *, order: float | None, calibrated: bool, closely: int | None
) -> _Reading:
    judge = load_model(clausal=source.clausal or target.clausal)
    grid = Grid(*assisted(source, target), calibrated)
    free = freely(grid, judge, order)
    selected = free.choice(judge.threshold)
    trust = orderliness(free, selected, judge.threshold) if order is None else max(order, 0.0)
    final, best, is_close = free, selected, False
    if trust:
        course = course_of(grid, free, selected, judge.threshold)
        close = None if closely is None else partial(_close_grid, grid, source, target, closely)
        final, is_close = _in_order(grid, judge, free, course, trust, measured=order is None, close=close)
        best = final.choice(judge.threshold)
    best = best[np.lexsort((final.where.first_t[best], final.where.first_s[best]))]
    where = final.where[best]
    alignment = Alignment(tuple(_link(k, final) for k in best.tolist()), order_of(where))
    taken = source.portion(where.first_s, where.last_s) + target.portion(where.first_t, where.last_t)
    return _Reading(alignment, float(final.scores[best] @ taken) / 2, is_close)


def _close_grid(grid: Grid, source: Half, target: Half, largest: int) -> Grid:
    """The grid for a close reading of two halves that have this one."""
    halves = assisted(source.closely(largest), target.closely(largest))
    return Grid(*halves, grid.calibrated, grid.alike.matches)


def _in_order(
    grid: Grid,
    judge: Model,
    free: Opinion,
    course: Course,
    trust: float,
    *,
    measured: bool,
    close: Callable[[], Grid] | None,
) -> tuple[Opinion, bool]:
    """The free opinion, mixed with that of the path as far as that is to be trusted, or a close reading.

    And whether it is a close reading. `close` gives the grid for one.
    """
    path = steps(grid, course, free)
    path = walked(path, lattice_of(grid, path), judge.path)
    if close is None or trust < IN_ORDER or not is_whole(path, grid):
        return mixed(free, path, trust * fullness(path, grid) if measured else trust), False
    more, grid = severity(path, grid), close()
    path = close_steps(grid, course)
    return walked(path, lattice_of(grid, path), judge.whole, more), True


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
