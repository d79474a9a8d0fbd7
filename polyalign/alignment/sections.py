"""Where a stretch of one long text ends and its counterpart in the other ends, too.

Seeds that confirm each other and follow each other in both texts make a chain. On it both texts are
cut, where the sentences on either side are clearly like their own neighbours across, and unlike those
of the other side of the cut.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from polyalign.alignment.seeds import Seeds
from polyalign.alignment.spans import Floats, Ints

SECTION = 1_200  # groups of a section on either side, 200 sentences that are not cut
LARGEST = 2_000  # at most
ROOM = 0.25  # of a section, by which a cut may lie before or behind its even place
CLEAR = 0.8  # both cosines on the same side of a cut, less both across it: clear cuts reach 1 and more
INSIDE = 0.9  # share of the confirmed seeds of a closed section that have both ends there, and
SURE = 0.5  # how many these are, as a share of all its strong ones

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of source sentences and one of target sentences, (first, last) each.

    It is `closed` where hardly anything in one says the same as what stands outside the other.
    """

    source: Stretch
    target: Stretch
    closed: bool


def sections_of(seeds: Seeds, vectors: tuple[Floats, Floats], costs: tuple[Ints, Ints]) -> list[Section]:
    """Sections that make up both texts, given the unit vectors (n, d), (m, d) and groups of each sentence."""
    strong = seeds[seeds.strong]
    confirmed = strong[strong.company > 0]
    chain = confirmed[_ascending(confirmed.target)]
    edges = [(0, 0), *_cuts(chain, vectors, costs), (len(costs[0]), len(costs[1]))]
    return [
        Section((a, b), (c, d), _is_closed(strong, ((a, b), (c, d)), costs))
        for (a, c), (b, d) in pairwise(edges)
    ]


def _cuts(chain: Seeds, vectors: tuple[Floats, Floats], costs: tuple[Ints, Ints]) -> Iterator[Stretch]:
    """The edges (source, target) at which both texts are cut, the clearest near each even place."""
    before = [np.concatenate([[0], np.cumsum(each)]) for each in costs]
    ends = np.stack([chain.source, chain.target], axis=1)
    edges = np.unique(np.concatenate([ends, ends + 1]), axis=0)
    edges = edges[(edges > 0).all(axis=1) & (edges < [len(each) for each in costs]).all(axis=1)]
    way = before[0][edges[:, 0]] + before[1][edges[:, 1]]
    clear = _contrast(*vectors, *edges.T)
    count = -(-max(int(each[-1]) for each in before) // SECTION)
    length = (before[0][-1] + before[1][-1]) / max(count, 1)
    for k in range(1, count):
        near = np.flatnonzero((np.abs(way - k * length) <= ROOM * length) & (clear >= CLEAR))
        if len(near):
            source, target = edges[near[clear[near].argmax()]].tolist()
            yield source, target


def _contrast(source: Floats, target: Floats, i: Ints, j: Ints) -> Floats:
    """How clearly texts part before the sentences i and j."""

    def alike(i: Ints, j: Ints) -> Floats:
        return np.asarray((source[i] * target[j]).sum(axis=1))

    return alike(i - 1, j - 1) + alike(i, j) - alike(i - 1, j) - alike(i, j - 1)


def _is_closed(strong: Seeds, section: tuple[Stretch, Stretch], costs: tuple[Ints, Ints]) -> bool:
    """Whether a section can be read as a whole, and its counterpart stands nowhere else."""
    if max(int(each[slice(*stretch)].sum()) for each, stretch in zip(costs, section, strict=True)) > LARGEST:
        return False
    ends = zip((strong.source, strong.target), section, strict=True)
    source, target = ((first <= end) & (end < last) for end, (first, last) in ends)
    touching, confirmed = source | target, strong.company > 0
    inside = np.count_nonzero(source & target & confirmed)
    least = max(INSIDE * np.count_nonzero(touching & confirmed), SURE * np.count_nonzero(touching))
    return bool(inside and inside >= least)


def _ascending(numbers: Ints) -> Ints:
    """The places of the longest ascending run among numbers, neighbours or not (Schensted 1961)."""
    least: list[int] = []  # number that ends a run of each length,
    place: list[int] = []  # and where it is
    back: list[int] = []
    for k, number in enumerate(numbers.tolist()):
        length = bisect_left(least, number)
        back.append(place[length - 1] if length else -1)
        least[length : length + 1], place[length : length + 1] = [number], [k]
    run, k = [], place[-1] if place else -1
    while k >= 0:
        run.append(k)
        k = back[k]
    return np.array(run[::-1], dtype=np.int64)
