"""Long texts, a window at a time: time grows with their length, memory hardly does.

Every sentence's nearest one on the other side is a seed. Seeds say where the counterpart of a
stretch of sentences may stand, wherever that is; each stretch is aligned with the neighbourhoods of
its seeds as if they were whole texts, and the links of all stretches go through one last choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment import Alignment, Half, Link, align, spans_of
from polyalign.alignment.choice import chosen
from polyalign.alignment.context import Extents, order_of
from polyalign.alignment.spans import Floats, Ints

CORE = 480  # groups of a stretch, 80 sentences that are not cut: with fewer, order says little,
MARGIN = 8  # and so many sentences on either side of it, for context only
BREADTH = 4  # at most so many times as many groups on the other side
REACH = 8  # sentences around a seed that others confirm,
NEARBY = 3  # and around one that stands alone
COMPANY = 2  # other seeds that confirm one, over what chance brings together
BATCH = 2_000  # sentences that are encoded, or compared with COLUMNS others, at a time
COLUMNS = 8_000
_WORTH_OVER = 0.3  # of a link, where windows disagree
_SAMPLED = 2_000  # links that the order is measured on

Bools = NDArray[np.bool_]
Report = Callable[[str, int, int], None]


class Encoder(Protocol):
    """What is asked of an encoder: unit vectors of texts, and of stretches of units."""

    def encode(self, texts: Sequence[str]) -> Floats: ...
    def encode_spans(self, units: Sequence[str], spans: Sequence[tuple[int, int]]) -> Floats: ...


@dataclass(frozen=True)
class Text:
    """One side: the clauses of each sentence, and the sentences that are never aligned.

    A unit is a clause. Groups have up to `largest` sentences, and if sentences stay `whole`, at least one.
    `translations` are those of the clauses, where they are translated.
    """

    clauses: Sequence[tuple[str, ...]]
    silent: frozenset[int]
    largest: int
    whole: bool = False
    translations: Sequence[tuple[str, ...]] | None = None

    def __len__(self) -> int:
        return len(self.clauses)

    @cached_property
    def edges(self) -> Ints:
        """The first unit of each sentence, and the number of units."""
        return np.cumsum([0, *map(len, self.clauses)], dtype=np.int64)

    @cached_property
    def costs(self) -> Ints:
        """How many groups each sentence adds, at most; 1 for what is never aligned."""
        counts, groups = np.diff(self.edges), np.full(len(self), self.largest)
        if not self.whole:
            groups += counts * (counts + 1) // 2 - 1
        groups[list(self.silent)] = 1
        return np.asarray(groups)

    def leads(self, other: Text) -> bool:
        """Whether windows are stretches of this text, which does not depend on who asks first."""
        return (len(self), [*self.clauses]) <= (len(other), [*other.clauses])


@dataclass(frozen=True, slots=True)
class Seeds:
    """Pairs of sentences one of which is nearest to the other, ascending; `mutual` where both are."""

    source: Ints
    target: Ints
    cosine: Floats
    mutual: Bools

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: Ints | Bools) -> Seeds:
        return Seeds(self.source[rows], self.target[rows], self.cosine[rows], self.mutual[rows])


@dataclass(frozen=True, slots=True)
class Window:
    """Source sentences and target sentences, ascending, to be aligned for the sake of `core`.

    `core` is the stretch (first, last) of the source that this window answers for.
    """

    core: tuple[int, int]
    source: Ints
    target: Ints


def align_long(
    source: Text,
    target: Text,
    encoder: Encoder,
    *,
    order: float | None = None,
    calibrated: bool = True,
    report: Report = lambda _stage, _done, _total: None,
) -> Alignment:
    """The links of two long texts in their units, nearly as `align` would give them.

    `report` is called with a stage ("encoding" or "aligning"), and how much of how much is done.
    `order` and `calibrated` as in `align`.
    """
    if not source.leads(target):
        found = align_long(target, source, encoder, order=order, calibrated=calibrated, report=report)
        return found.mirrored
    total = len(source) + len(target)
    vectors = _vectors(source, encoder, lambda n: report("encoding", n, total))
    others = _vectors(target, encoder, lambda n: report("encoding", len(source) + n, total))
    windows = windows_of(seeds_of(vectors, others), source.costs, target.costs)
    links: list[Link] = []
    for k, window in enumerate(windows):
        links += _links(window, (source, target), encoder, order, calibrated)
        report("aligning", k + 1, len(windows))
    return united(links, int(source.edges[-1]))


def seeds_of(source: Floats, target: Floats) -> Seeds:
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
    return Seeds(pairs[:, 0], pairs[:, 1], cosines[first], counts == 2)


def _improve(nearest: Ints, near: Floats, cosine: Floats, offset: int) -> None:
    """Enter the columns (from `offset` on) that are nearer to a row than what it has had so far."""
    best = cosine.max(axis=1)
    better = np.flatnonzero(best > near)
    near[better] = best[better]
    nearest[better] = offset + cosine[better].argmax(axis=1)


def windows_of(seeds: Seeds, source_costs: Ints, target_costs: Ints) -> list[Window]:
    """Windows whose cores are the whole source in order; costs (n,) and (m,) are groups a sentence.

    The target of a window are the neighbourhoods of its core's seeds, as far as BREADTH allows. A
    core without seeds has no window.
    """
    company = _company(seeds, len(source_costs), len(target_costs))
    telling = (company > 0) | _strong(seeds)
    seeds, company = seeds[telling], company[telling]
    found = []
    for first, last in _cores(source_costs):
        low, high = max(first - MARGIN, 0), min(last + MARGIN, len(source_costs))
        rows = slice(*np.searchsorted(seeds.source, (first, last)))
        target = _around(seeds.target[rows], company[rows], seeds.cosine[rows], target_costs)
        if len(target):
            found.append(Window((first, last), np.arange(low, high), target))
    return found


def _cores(costs: Ints) -> Iterator[tuple[int, int]]:
    """Stretches of like cost, about CORE, that make up the whole."""
    before = np.cumsum(costs) - costs
    count = -(-int(costs.sum()) // CORE)
    number = before * count // max(int(costs.sum()), 1)
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(costs)]
    return ((a, b) for a, b in pairwise(edges) if a < b)


def _company(seeds: Seeds, n: int, m: int) -> Ints:
    """How many other seeds stand around each one, on both sides; 0 where chance may have done it."""
    rows, columns = seeds.source // REACH + 1, seeds.target // REACH + 1
    width = m // REACH + 3
    own = rows * width + columns
    cells, counts = np.unique(own, return_counts=True)
    around = np.full(len(seeds), -1)
    for down, right in product((-1, 0, 1), repeat=2):
        at = np.minimum(np.searchsorted(cells, own + down * width + right), len(cells) - 1)
        around += np.where(cells[at] == own + down * width + right, counts[at], 0)
    chance = len(seeds) * (3 * REACH / max(n, 1)) * (3 * REACH / max(m, 1))
    return np.where(around >= COMPANY + chance + 3 * chance**0.5, around, 0)


def _strong(seeds: Seeds) -> Bools:
    """The mutual seeds nearer to the usual cosine of mutual ones than to that of the others."""
    if seeds.mutual.all():
        return seeds.mutual
    usual = [float(np.median(seeds.cosine[which])) for which in (seeds.mutual, ~seeds.mutual) if which.any()]
    return seeds.mutual & (seeds.cosine >= np.mean(usual))


def _around(target: Ints, company: Ints, cosine: Floats, costs: Ints) -> Ints:
    """The sentences around seeds, ascending, the nearest first while the costs are under BREADTH * CORE."""
    best = np.lexsort((target, -cosine, -company))
    steps = np.array(sorted(range(-REACH, REACH + 1), key=abs))[:, None]
    places = target[best] + steps
    wanted = (np.abs(steps) <= np.where(company[best] > 0, REACH, NEARBY)) & (places >= 0)
    sentences, rank = np.unique(places[wanted & (places < len(costs))], return_index=True)
    ranked = sentences[np.argsort(rank)]
    return np.sort(ranked[np.cumsum(costs[ranked]) <= BREADTH * CORE])


def united(links: Sequence[Link], source_units: int) -> Alignment:
    """The links that are worth most together, each unit in one of them, out of those of all windows.

    `source_units` is more than any unit of the source.
    """
    best: dict[tuple[tuple[int, int], tuple[int, int]], Link] = {}
    for link in links:
        key = link.source, link.target
        if key not in best or link.score > best[key].score:
            best[key] = link
    kept = [best[key] for key in sorted(best)]
    members = [
        np.concatenate([np.arange(*link.source), source_units + np.arange(*link.target)]) for link in kept
    ]
    worth = np.array([max(link.score - _WORTH_OVER, 0.001) for link in kept])
    taken = [kept[k] for k in chosen(worth, members).tolist()]
    return Alignment(tuple(taken), _order(taken))


def _order(links: Sequence[Link]) -> float:
    """Kendall's tau of the links, of evenly spaced ones where they are many."""
    some = links[:: max(1, -(-len(links) // _SAMPLED))]
    ends = np.array([(*link.source, *link.target) for link in some], dtype=np.int64).reshape(-1, 4)
    return order_of(Extents(*ends.T))


def _links(
    window: Window, texts: tuple[Text, Text], encoder: Encoder, order: float | None, calibrated: bool
) -> Iterator[Link]:
    """The links of a window that touch its core, in units of the texts."""
    (source, home_s), (target, home_t) = (
        _excerpt(text, rows, encoder)
        for text, rows in zip(texts, (window.source, window.target), strict=True)
    )
    first, last = texts[0].edges[list(window.core)].tolist()
    for link in align(source, target, order=order, calibrated=calibrated).links:
        here = _at_home(link.source, home_s)
        if here[0] < last and first < here[1]:
            yield replace(link, source=here, target=_at_home(link.target, home_t))


def _at_home(span: tuple[int, int], home: Ints) -> tuple[int, int]:
    return int(home[span[0]]), int(home[span[1] - 1]) + 1


def _excerpt(text: Text, rows: Ints, encoder: Encoder) -> tuple[Half, Ints]:
    """These sentences as a side of their own, and which unit of the text each of its units is.

    No group bridges a gap between them: an empty sentence that is skipped fills it.
    """
    gaps = np.flatnonzero(np.diff(rows) > 1) + 1
    sentences = np.insert(rows, gaps, -1).tolist()
    clauses = [_of(text.clauses, k) for k in sentences]
    silent = frozenset(place for place, k in enumerate(sentences) if k < 0 or k in text.silent)
    spans = spans_of([len(c) for c in clauses], text.largest, skip=silent, whole=text.whole)
    units = [unit for c in clauses for unit in c]
    said = text.translations
    translations = [unit for k in sentences for unit in _of(said, k)] if said is not None else None
    home = [int(text.edges[k]) + i for k, c in zip(sentences, clauses, strict=True) for i in range(len(c))]
    half = Half.encoded(spans, units, encoder.encode_spans, translations)
    return half, np.array(home, dtype=np.int64)


def _of(sentences: Sequence[tuple[str, ...]], k: int) -> tuple[str, ...]:
    """The clauses of sentence k, or of the empty one that fills a gap (-1)."""
    return sentences[k] if k >= 0 else ("",)


def _vectors(text: Text, encoder: Encoder, done: Callable[[int], None]) -> Floats:
    """The vector of each sentence (n, d), zeros for what is never aligned."""
    parts = []
    for start in range(0, len(text), BATCH):
        rows = range(start, min(start + BATCH, len(text)))
        parts.append(encoder.encode([" ".join(text.clauses[k]) for k in rows]))
        parts[-1][[k - start for k in rows if k in text.silent]] = 0
        done(rows[-1] + 1)
    return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)
