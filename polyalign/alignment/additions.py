"""What a link still lacks: a stretch that stands elsewhere in its text and says the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment import Half, Link
from polyalign.alignment.spans import Floats

LEAST_SCORE = 0.5  # of a link that may be added to
LEAST_COSINE = 0.4  # of what is added, with the other side of the link
LEAST_GAIN = 0.055  # in cosine: wrong ones reached .049 in 52 news stories, right ones began at .061

Stretch = tuple[int, int]
Read = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, slots=True)
class Group:
    """A link whose sides may be several stretches of units each, ascending."""

    source: tuple[Stretch, ...]
    target: tuple[Stretch, ...]
    score: float
    evidence: dict[str, float]


def grouped(links: Sequence[Link]) -> list[Group]:
    """The links as groups of one stretch a side."""
    return [Group((link.source,), (link.target,), link.score, link.evidence) for link in links]


def completed(source: Half, target: Half, links: Sequence[Link], read: Read) -> list[Group]:
    """The links with the unaligned stretches that complete them, one at most for a side of a link.

    Such a stretch lies inside a sentence. It fits the other side of the link better than anything
    else there, and read together with its own side of the link it fits clearly better than that side
    alone; so what only repeats the link is not added. `read` gives the unit vectors of texts. The
    evidence "added" is what is gained in cosine.
    """
    there = [(link.source, link.target) for link in links]
    back = [(link.target, link.source) for link in links]
    found = [_Addition(True, *one) for one in _gains(source, target, there, read)]
    found += [_Addition(False, *one) for one in _gains(target, source, back, read)]
    clear = [one for one in found if one.gain >= LEAST_GAIN and links[one.link].score >= LEAST_SCORE]
    groups = grouped(links)
    for one in _compatible(sorted(clear, key=lambda one: -one.gain)):
        groups[one.link] = _extended(groups[one.link], one)
    return groups


@dataclass(frozen=True, slots=True)
class _Addition:
    """A stretch of the source, or of the target, that would join a link, and how much better it would fit."""

    source: bool
    link: int
    stretch: Stretch
    gain: float


def _extended(group: Group, addition: _Addition) -> Group:
    evidence = {**group.evidence, "added": round(addition.gain, 3)}
    if addition.source:
        return replace(group, source=_merged([*group.source, addition.stretch]), evidence=evidence)
    return replace(group, target=_merged([*group.target, addition.stretch]), evidence=evidence)


def _merged(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The stretches in order, neighbours joined."""
    merged: list[Stretch] = []
    for first, last in sorted(stretches):
        if merged and merged[-1][1] == first:
            first, _ = merged.pop()
        merged.append((first, last))
    return tuple(merged)


def _compatible(ranked: Sequence[_Addition]) -> Iterator[_Addition]:
    """The first for each side of a link, if none before it has one of its units."""
    taken: set[tuple[str, bool, int]] = set()
    for one in ranked:
        units = {("unit", one.source, unit) for unit in range(*one.stretch)}
        claims = units | {("link", one.source, one.link)}
        if taken.isdisjoint(claims):
            taken |= claims
            yield one


def _gains(
    own: Half, other: Half, pairs: Sequence[tuple[Stretch, Stretch]], read: Read
) -> Iterator[tuple[int, Stretch, float]]:
    """Link, stretch and gain of what may be added to the own side of links."""
    here, there = ({pair: k for k, pair in enumerate(half.spans.pairs())} for half in (own, other))
    wanting = list(_wanting(own, other, pairs, here, there))
    if not wanting:
        return
    read_together = read([_text(own, sorted((pairs[number][0], stretch))) for number, stretch in wanting])
    for (number, stretch), vector in zip(wanting, read_together, strict=True):
        mine, theirs = pairs[number]
        gain = (vector - own.vectors[here[mine]]) @ other.vectors[there[theirs]]
        yield number, stretch, float(gain)


def _wanting(
    own: Half,
    other: Half,
    pairs: Sequence[tuple[Stretch, Stretch]],
    here: dict[Stretch, int],
    there: dict[Stretch, int],
) -> Iterator[tuple[int, Stretch]]:
    """Links with the unaligned stretches that fit nothing better than the other side of the link.

    The larger groups of a close reading are no spans of the halves, and lack nothing.
    """
    inside = np.flatnonzero((own.spans.size == 1) & _free(own, [mine for mine, _ in pairs]))
    number_at = {
        there[theirs]: number
        for number, (mine, theirs) in enumerate(pairs)
        if mine in here and theirs in there
    }
    cosine = own.vectors[inside] @ other.vectors.T
    for row, k in enumerate(inside.tolist()):
        best = int(cosine[row].argmax())
        if best in number_at and cosine[row, best] >= LEAST_COSINE:
            yield number_at[best], (int(own.spans.first[k]), int(own.spans.last[k]))


def _free(half: Half, used: Sequence[Stretch]) -> NDArray[np.bool_]:
    """Whether each span has no unit in the used stretches."""
    taken = np.zeros(half.spans.units, dtype=np.int64)
    taken[list(chain.from_iterable(range(*stretch) for stretch in used))] = 1
    count = np.concatenate([[0], np.cumsum(taken)])
    return np.asarray(count[half.spans.last] == count[half.spans.first])


def _text(half: Half, stretches: Sequence[Stretch]) -> str:
    return " ".join(unit for stretch in stretches for unit in half.units[slice(*stretch)])
