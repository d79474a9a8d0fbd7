"""Long texts, a window at a time: time grows with their length, memory hardly does.

The nearest sentences of both sides are seeds. Where texts run side by side, both are cut into sections at
seeds, each a window of its own. Elsewhere each range of the source is aligned with the neighbourhoods of
its seeds, wherever in the target these stand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, product

import numpy as np

from polyalign.alignment.align import Alignment, Link, align_sides
from polyalign.alignment.decode import select_disjoint
from polyalign.alignment.spans import Bools, Extents, Floats, Ints, Range, kendall_tau
from polyalign.alignment.textsides import BATCH, TextSide
from polyalign.protocols import TextEncoder

COLUMNS = 8_000  # sentences that BATCH others are compared with at a time
REACH = 8  # sentences around a seed that others confirm
CONFIRMING = 2  # other seeds that confirm one, over what chance brings together

SECTION = 1_200  # groups of a section on either side, 200 sentences that are not cut
LARGEST = 2_000  # at most
ROOM = 0.25  # of a section, by which a cut may lie before or behind its even place
CLEAR = 0.8  # both cosines on the same side of a cut, less both across it: clear cuts reach 1 and more
INSIDE = 0.9  # share of the confirmed seeds of a closed section that have both ends there, and
SURE = 0.5  # how many these are, as a share of all its strong ones

CORE = 480  # groups of a core, 80 sentences that are not cut: with fewer, order says little,
MARGIN = 8  # and so many sentences on either side of it, for context only
BREADTH = 4  # at most so many times as many groups on the other side
NEARBY = 3  # sentences around a seed that stands alone

_WORTH_OVER = 0.3  # of a link, where windows disagree
_SAMPLED = 2_000  # links that the order is measured on

Report = Callable[[str, int, int | None], None]


def align_long(
    source: TextSide,
    target: TextSide,
    encoder: TextEncoder,
    *,
    order: float | None = None,
    calibrated: bool = True,
    report: Report = lambda _stage, _done, _total: None,
) -> Alignment:
    """The links of two long texts in their units, nearly as `align_sides` would give them.

    `report` is called with a stage ("encoding" or "aligning"), and how much of how much is done.
    `order` and `calibrated` as in `align_sides`.
    """
    # windows have cores in the shorter text, which does not depend on who asks
    if (len(target), [*target.clauses]) < (len(source), [*source.clauses]):
        return align_long(target, source, encoder, order=order, calibrated=calibrated, report=report).mirrored
    total = len(source) + len(target)
    vectors = (
        source.vectors(encoder, lambda n: report("encoding", n, total)),
        target.vectors(encoder, lambda n: report("encoding", len(source) + n, total)),
    )
    seeds, costs = Seeds.of(*vectors), (source.costs, target.costs)
    anywhere = Section((0, len(source)), (0, len(target)), closed=False)
    sections = [anywhere] if order == 0 else sections_of(seeds, vectors, costs)
    windows = windows_of(seeds, sections, *costs)
    links: list[Link] = []
    for k, window in enumerate(windows):
        links += _links(window, (source, target), encoder, order, calibrated)
        report("aligning", k + 1, len(windows))
    return united(links, int(source.edges[-1]))


def _links(
    window: Window,
    texts: tuple[TextSide, TextSide],
    encoder: TextEncoder,
    order: float | None,
    calibrated: bool,
) -> Iterator[Link]:
    """The links of a window that touch its core, in units of the texts; closed ones may get a second pass."""
    source, source_home = texts[0].excerpt(window.source, encoder)
    target, target_home = texts[1].excerpt(window.target, encoder)

    def at_home(range_: Range, home: Ints) -> Range:
        return int(home[range_[0]]), int(home[range_[1] - 1]) + 1

    first, last = texts[0].edges[list(window.core)].tolist()
    largest = texts[0].largest_second if window.closed else None
    found = align_sides(source, target, order=order, calibrated=calibrated, largest_second=largest)
    for link in found.links:
        here = at_home(link.source, source_home)
        if here[0] < last and first < here[1]:
            yield replace(link, source=here, target=at_home(link.target, target_home))


def united(links: Sequence[Link], source_units: int) -> Alignment:
    """The links that are worth most together, each unit in one of them, out of those of all windows.

    `source_units` is more than any unit of the source.
    """
    best: dict[tuple[Range, Range], Link] = {}
    for link in links:
        key = link.source, link.target
        if key not in best or link.score > best[key].score:
            best[key] = link
    kept = [best[key] for key in sorted(best)]
    members = [
        [*range(*link.source), *range(source_units + link.target[0], source_units + link.target[1])]
        for link in kept
    ]
    worth = np.array([max(link.score - _WORTH_OVER, 0.001) for link in kept])
    taken = [kept[k] for k in select_disjoint(worth, members).tolist()]
    some = taken[:: max(1, -(-len(taken) // _SAMPLED))]
    ends = np.array([(*link.source, *link.target) for link in some], dtype=np.int64).reshape(-1, 4)
    return Alignment(tuple(taken), kendall_tau(Extents(*ends.T)))


# Seeds


@dataclass(frozen=True, slots=True)
class Seeds:
    """Pairs of sentences one of which is nearest to the other, ascending; `mutual` where both are.

    `confirming` counts the other seeds around each one, on both sides; 0 where chance may have done it.
    """

    source: Ints
    target: Ints
    cosine: Floats
    mutual: Bools
    confirming: Ints

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: Ints | Bools | slice) -> Seeds:
        ends = self.source[rows], self.target[rows]
        return Seeds(*ends, self.cosine[rows], self.mutual[rows], self.confirming[rows])

    @property
    def strong(self) -> Bools:
        """The mutual seeds nearer to the usual cosine of mutual ones than to that of the others."""
        if self.mutual.all():
            return self.mutual
        usual = [float(np.median(self.cosine[which])) for which in (self.mutual, ~self.mutual) if which.any()]
        return self.mutual & (self.cosine >= np.mean(usual))

    @classmethod
    def of(cls, source: Floats, target: Floats) -> Seeds:
        """The sentences of both sides with their nearest ones, by unit vectors (n, d) and (m, d).

        The search is exact and holds BATCH x COLUMNS cosines at a time. Rows of zeros, and what is
        nearest to nothing, are in no seed.
        """
        nearest_t, near_t = np.full(len(source), -1), np.zeros(len(source), dtype=np.float32)
        nearest_s, near_s = np.full(len(target), -1), np.zeros(len(target), dtype=np.float32)
        for a, b in product(range(0, len(source), BATCH), range(0, len(target), COLUMNS)):
            rows, columns = slice(a, a + BATCH), slice(b, b + COLUMNS)
            cosine = source[rows] @ target[columns].T
            _improve(nearest_t[rows], near_t[rows], cosine, b)
            _improve(nearest_s[columns], near_s[columns], cosine.T, a)
        there, back = np.flatnonzero(nearest_t >= 0), np.flatnonzero(nearest_s >= 0)
        pairs = np.concatenate(
            [np.stack([there, nearest_t[there]], axis=1), np.stack([nearest_s[back], back], axis=1)]
        )
        cosines = np.concatenate([near_t[there], near_s[back]])
        pairs, first, counts = np.unique(pairs, axis=0, return_index=True, return_counts=True)
        ours, theirs = pairs[:, 0], pairs[:, 1]
        return cls(
            ours, theirs, cosines[first], counts == 2, _confirming(ours, theirs, len(source), len(target))
        )


def _improve(nearest: Ints, near: Floats, cosine: Floats, offset: int) -> None:
    """Enter the columns (from `offset` on) that are nearer to a row than what it has had so far."""
    best = cosine.max(axis=1)
    better = np.flatnonzero(best > near)
    near[better] = best[better]
    nearest[better] = offset + cosine[better].argmax(axis=1)


def _confirming(source: Ints, target: Ints, n: int, m: int) -> Ints:
    """How many other seeds stand around each one, in texts of n and m sentences."""
    rows, columns = source // REACH + 1, target // REACH + 1
    width = m // REACH + 3
    own = rows * width + columns
    cells, counts = np.unique(own, return_counts=True)
    around = np.full(len(source), -1)
    for down, right in product((-1, 0, 1), repeat=2):
        at = np.minimum(np.searchsorted(cells, own + down * width + right), len(cells) - 1)
        around += np.where(cells[at] == own + down * width + right, counts[at], 0)
    chance = len(source) * (3 * REACH / max(n, 1)) * (3 * REACH / max(m, 1))
    return np.where(around >= CONFIRMING + chance + 3 * chance**0.5, around, 0)


# Sections


@dataclass(frozen=True, slots=True)
class Section:
    """A range of source sentences and one of target sentences.

    It is `closed` where hardly anything in one says the same as what stands outside the other.
    """

    source: Range
    target: Range
    closed: bool


def sections_of(seeds: Seeds, vectors: tuple[Floats, Floats], costs: tuple[Ints, Ints]) -> list[Section]:
    """Sections that make up both texts, given the unit vectors (n, d), (m, d) and groups of each sentence.

    Seeds that confirm each other and follow each other in both texts make a chain. On it both texts are
    cut, where the sentences on either side are clearly like their own neighbours across, and unlike those
    of the other side of the cut.
    """
    strong = seeds[seeds.strong]
    confirmed = strong[strong.confirming > 0]
    on_chain = confirmed[_ascending(confirmed.target)]
    edges = [(0, 0), *_cuts(on_chain, vectors, costs), (len(costs[0]), len(costs[1]))]
    return [
        Section((a, b), (c, d), _is_closed(strong, ((a, b), (c, d)), costs))
        for (a, c), (b, d) in pairwise(edges)
    ]


def _cuts(seeds: Seeds, vectors: tuple[Floats, Floats], costs: tuple[Ints, Ints]) -> Iterator[Range]:
    """The edges (source, target) at which both texts are cut, the clearest near each even place."""
    before = [np.concatenate([[0], np.cumsum(each)]) for each in costs]
    ends = np.stack([seeds.source, seeds.target], axis=1)
    edges = np.unique(np.concatenate([ends, ends + 1]), axis=0)
    edges = edges[(edges > 0).all(axis=1) & (edges < [len(each) for each in costs]).all(axis=1)]
    place = before[0][edges[:, 0]] + before[1][edges[:, 1]]
    clear = _contrast(*vectors, *edges.T)
    count = -(-max(int(each[-1]) for each in before) // SECTION)
    length = (before[0][-1] + before[1][-1]) / max(count, 1)
    for k in range(1, count):
        near = np.flatnonzero((np.abs(place - k * length) <= ROOM * length) & (clear >= CLEAR))
        if len(near):
            source, target = edges[near[clear[near].argmax()]].tolist()
            yield source, target


def _contrast(source: Floats, target: Floats, i: Ints, j: Ints) -> Floats:
    """How clearly texts part before the sentences i and j."""

    def cosine(i: Ints, j: Ints) -> Floats:
        return np.asarray((source[i] * target[j]).sum(axis=1))

    return cosine(i - 1, j - 1) + cosine(i, j) - cosine(i - 1, j) - cosine(i, j - 1)


def _is_closed(strong: Seeds, section: tuple[Range, Range], costs: tuple[Ints, Ints]) -> bool:
    """Whether a section can be aligned as a whole, and its counterpart stands nowhere else."""
    if max(int(each[slice(*edges)].sum()) for each, edges in zip(costs, section, strict=True)) > LARGEST:
        return False
    ends = zip((strong.source, strong.target), section, strict=True)
    source, target = ((first <= end) & (end < last) for end, (first, last) in ends)
    touching, confirmed = source | target, strong.confirming > 0
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


# Windows


@dataclass(frozen=True, slots=True)
class Window:
    """Source sentences and target sentences, ascending, to be aligned for the sake of `core`.

    `core` is the range of source sentences that this window answers for. A `closed` one has both sides of
    a section, complete; the others show the neighbourhood, too.
    """

    core: Range
    source: Ints
    target: Ints
    closed: bool = False


def windows_of(
    seeds: Seeds, sections: Sequence[Section], source_costs: Ints, target_costs: Ints
) -> list[Window]:
    """Windows whose cores are the whole source in order; costs (n,) and (m,) are groups a sentence.

    A closed section is a window. The target of another one are the neighbourhoods of its core's seeds, as
    far as BREADTH allows; a core without seeds has no window.
    """
    seeds = seeds[(seeds.confirming > 0) | seeds.strong]
    windows: list[Window] = []
    for closed, run in groupby(sections, key=lambda section: section.closed):
        some = list(run)
        if closed:
            windows += [Window(s.source, np.arange(*s.source), np.arange(*s.target), True) for s in some]
            continue
        for first, last in _cores(source_costs, some[0].source[0], some[-1].source[1]):
            low, high = max(first - MARGIN, 0), min(last + MARGIN, len(source_costs))
            target = _around(seeds[slice(*np.searchsorted(seeds.source, (first, last)))], target_costs)
            if len(target):
                windows.append(Window((first, last), np.arange(low, high), target))
    return windows


def _cores(costs: Ints, start: int, end: int) -> Iterator[Range]:
    """Ranges of like cost, about CORE, that make up the sentences start to end - 1."""
    costs = costs[start:end]
    before = np.cumsum(costs) - costs
    count = -(-int(costs.sum()) // CORE)
    number = before * count // max(int(costs.sum()), 1)
    edges = [start, *(np.flatnonzero(np.diff(number)) + 1 + start).tolist(), end]
    return ((a, b) for a, b in pairwise(edges) if a < b)


def _around(seeds: Seeds, costs: Ints) -> Ints:
    """The sentences around seeds, ascending, the nearest first while the costs are under BREADTH * CORE."""
    best = np.lexsort((seeds.target, -seeds.cosine, -seeds.confirming))
    offsets = np.array(sorted(range(-REACH, REACH + 1), key=abs))[:, None]
    places = seeds.target[best] + offsets
    reach = np.where(seeds.confirming[best] > 0, REACH, NEARBY)
    wanted = (np.abs(offsets) <= reach) & (places >= 0) & (places < len(costs))
    sentences, rank = np.unique(places[wanted], return_index=True)
    ranked = sentences[np.argsort(rank)]
    return np.sort(ranked[np.cumsum(costs[ranked]) <= BREADTH * CORE])
