"""Which sentences of long texts are aligned together.

Where the texts run side by side, a stretch of each that ends where the other does is a window. Elsewhere
each stretch of the source is aligned with the neighbourhoods of its seeds, wherever these stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from polyalign.alignment.sections import Section, Stretch
from polyalign.alignment.seeds import REACH, Seeds
from polyalign.alignment.spans import Ints

CORE = 480  # groups of a stretch, 80 sentences that are not cut: with fewer, order says little,
MARGIN = 8  # and so many sentences on either side of it, for context only
BREADTH = 4  # at most so many times as many groups on the other side
NEARBY = 3  # sentences around a seed that stands alone


@dataclass(frozen=True, slots=True)
class Window:
    """Source sentences and target sentences, ascending, to be aligned for the sake of `core`.

    `core` is the stretch (first, last) of the source that this window answers for. A `closed` one has
    both halves of a section, whole; the others show the neighbourhood, too.
    """

    core: Stretch
    source: Ints
    target: Ints
    closed: bool = False


def windows_of(
    seeds: Seeds, sections: Sequence[Section], source_costs: Ints, target_costs: Ints
) -> list[Window]:
    """Windows whose cores are the whole source in order; costs (n,) and (m,) are groups a sentence.

    A closed section is a window. The target of another one are the neighbourhoods of
    its core's seeds, as far as BREADTH allows; a core without seeds has no window.
    """
    telling = seeds[(seeds.company > 0) | seeds.strong]
    found: list[Window] = []
    for closed, run in groupby(sections, key=lambda section: section.closed):
        some = list(run)
        if closed:
            found += [Window(s.source, np.arange(*s.source), np.arange(*s.target), True) for s in some]
        else:
            stretch = some[0].source[0], some[-1].source[1]
            found += _around_seeds(telling, stretch, source_costs, target_costs)
    return found


def _around_seeds(seeds: Seeds, stretch: Stretch, source_costs: Ints, target_costs: Ints) -> Iterator[Window]:
    """The windows of a stretch of the source whose counterpart may stand anywhere."""
    for first, last in _cores(source_costs, stretch):
        low, high = max(first - MARGIN, 0), min(last + MARGIN, len(source_costs))
        target = _around(seeds[slice(*np.searchsorted(seeds.source, (first, last)))], target_costs)
        if len(target):
            yield Window((first, last), np.arange(low, high), target)


def _cores(costs: Ints, stretch: Stretch) -> Iterator[Stretch]:
    """Parts of like cost, about CORE, that make up the stretch."""
    start, end = stretch
    costs = costs[start:end]
    before = np.cumsum(costs) - costs
    count = -(-int(costs.sum()) // CORE)
    number = before * count // max(int(costs.sum()), 1)
    edges = [start, *(np.flatnonzero(np.diff(number)) + 1 + start).tolist(), end]
    return ((a, b) for a, b in pairwise(edges) if a < b)


def _around(seeds: Seeds, costs: Ints) -> Ints:
    """The sentences around seeds, ascending, the nearest first while the costs are under BREADTH * CORE."""
    best = np.lexsort((seeds.target, -seeds.cosine, -seeds.company))
    steps = np.array(sorted(range(-REACH, REACH + 1), key=abs))[:, None]
    places = seeds.target[best] + steps
    wanted = (np.abs(steps) <= np.where(seeds.company[best] > 0, REACH, NEARBY)) & (places >= 0)
    sentences, rank = np.unique(places[wanted & (places < len(costs))], return_index=True)
    ranked = sentences[np.argsort(rank)]
    return np.sort(ranked[np.cumsum(costs[ranked]) <= BREADTH * CORE])
