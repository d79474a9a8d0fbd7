"""Two texts to groups of units: links, those of one sentence joined, then what completes them elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from polyalign.alignment.align import Link, align_sides
from polyalign.alignment.encoded import EncodedSide, encode_together
from polyalign.alignment.long import Report, align_long
from polyalign.alignment.spans import Bools, Floats, Range
from polyalign.alignment.textsides import TextSide
from polyalign.protocols import Encoder

MAX_AT_ONCE = 2_000  # groups of a side that are compared with all others; more go window by window

LEAST_SCORE = 0.5  # of a link that may be extended
LEAST_COSINE = 0.4  # of an extension, with the other side of the link
LEAST_GAIN = 0.055  # in cosine: wrong ones reached .049 in 52 news stories, right ones began at .061


@dataclass(frozen=True, slots=True)
class Group:
    """A link whose sides may be several ranges of units each, ascending."""

    source: tuple[Range, ...]
    target: tuple[Range, ...]
    score: float
    evidence: dict[str, float]


def align_texts(
    source: TextSide, target: TextSide, encoder: Encoder, *, order: float | None, report: Report
) -> tuple[list[Group], float]:
    """The groups of units that say the same, by source, and the order of the texts (Kendall's tau).

    `order` in -1..1 says how far to trust the order of the texts; None measures it. `report` is called with
    a stage ("encoding" or "aligning") and how much of how much is done; of None where it is one step.
    """
    calibrated, sides = encoder.calibrated, (source, target)
    if max(side.groups for side in sides) > MAX_AT_ONCE:
        found = align_long(source, target, encoder, order=order, calibrated=calibrated, report=report)
        return grouped(joined(found.links, source, target)), found.order
    report("encoding", 0, None)
    units = encode_together(encoder, [[*chain.from_iterable(side.clauses)] for side in sides])
    ours, theirs = (side.whole(encoder, read) for side, read in zip(sides, units, strict=True))
    report("aligning", 0, None)
    found = align_sides(
        ours, theirs, order=order, calibrated=calibrated, largest_second=source.largest_second
    )
    links = joined(found.links, source, target)
    if calibrated and (ours.clausal or theirs.clausal):
        return extended(ours, theirs, links, encoder.encode), found.order
    return grouped(links), found.order


def joined(links: Sequence[Link], source: TextSide, target: TextSide) -> list[Link]:
    """The links by source; those that go on from each other in one sentence on both sides are one.

    So the reader sees sentences where sentences match and clauses where they part ways. One over neighbours
    is as probable as the weakest of them, with the evidence of the strongest.
    """

    def goes_on(one: Range, other: Range, side: TextSide) -> bool:
        return one[1] == other[0] and side.sentence(one[0]) == side.sentence(other[1] - 1)

    runs: list[list[Link]] = []
    for link in sorted(links, key=lambda link: link.source):
        last = runs[-1][-1] if runs else None
        if last and goes_on(last.source, link.source, source) and goes_on(last.target, link.target, target):
            runs[-1].append(link)
        else:
            runs.append([link])
    return [
        replace(
            max(run, key=lambda link: link.score),
            source=(run[0].source[0], run[-1].source[1]),
            target=(run[0].target[0], run[-1].target[1]),
            score=min(link.score for link in run),
        )
        for run in runs
    ]


def grouped(links: Sequence[Link]) -> list[Group]:
    """The links as groups of one range a side."""
    return [Group((link.source,), (link.target,), link.score, link.evidence) for link in links]


def extended(
    source: EncodedSide, target: EncodedSide, links: Sequence[Link], encode: Callable[[Sequence[str]], Floats]
) -> list[Group]:
    """The links with the unaligned ranges that complete them, one at most for a side of a link.

    Such a range lies inside a sentence. It fits the other side of the link better than anything else
    there, and encoded together with its own side of the link it fits clearly better than that side alone;
    so what only repeats the link is not added. `encode` gives the unit vectors of texts. The evidence
    "added" is what is gained in cosine.
    """
    pairs = [(link.source, link.target) for link in links]
    found = [(True, *one) for one in _gains(source, target, pairs, encode)]
    found += [(False, *one) for one in _gains(target, source, [(t, s) for s, t in pairs], encode)]
    groups, taken = grouped(links), set[tuple[str, bool, int]]()
    for of_source, number, edges, gain in sorted(found, key=lambda one: -one[-1]):
        claims = {("unit", of_source, unit) for unit in range(*edges)} | {("link", of_source, number)}
        if gain < LEAST_GAIN or links[number].score < LEAST_SCORE or not taken.isdisjoint(claims):
            continue
        taken |= claims
        group = groups[number]
        group = replace(group, evidence={**group.evidence, "added": round(gain, 3)})
        if of_source:
            groups[number] = replace(group, source=_merged([*group.source, edges]))
        else:
            groups[number] = replace(group, target=_merged([*group.target, edges]))
    return groups


def _merged(ranges: Sequence[Range]) -> tuple[Range, ...]:
    """The ranges in order, neighbours joined."""
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and merged[-1][1] == first:
            first, _ = merged.pop()
        merged.append((first, last))
    return tuple(merged)


def _gains(
    own: EncodedSide,
    other: EncodedSide,
    pairs: Sequence[tuple[Range, Range]],
    encode: Callable[[Sequence[str]], Floats],
) -> Iterator[tuple[int, Range, float]]:
    """Link, range and gain of what may extend the own side of links, given both sides of each.

    That is what fits nothing better than the other side of the link. The larger groups of a second pass are
    no spans of the sides, and lack nothing.
    """
    here, there = ({pair: k for k, pair in enumerate(side.spans.ranges())} for side in (own, other))
    link_at = {
        there[theirs]: number
        for number, (mine, theirs) in enumerate(pairs)
        if mine in here and theirs in there
    }
    inside = np.flatnonzero((own.spans.size == 1) & _unaligned(own, [mine for mine, _ in pairs]))
    cosine = own.vectors[inside] @ other.vectors.T
    wanting: list[tuple[int, Range]] = []
    for row, k in enumerate(inside.tolist()):
        best = int(cosine[row].argmax())
        if best in link_at and cosine[row, best] >= LEAST_COSINE:
            wanting.append((link_at[best], (int(own.spans.first[k]), int(own.spans.last[k]))))
    if not wanting:
        return
    together = (sorted((pairs[number][0], range_)) for number, range_ in wanting)
    texts = [" ".join(unit for edges in ranges for unit in own.units[slice(*edges)]) for ranges in together]
    for (number, range_), vector in zip(wanting, encode(texts), strict=True):
        mine, theirs = pairs[number]
        gain = (vector - own.vectors[here[mine]]) @ other.vectors[there[theirs]]
        yield number, range_, float(gain)


def _unaligned(side: EncodedSide, used: Sequence[Range]) -> Bools:
    """Whether each span has no unit in the used ranges (spans,)."""
    taken = np.zeros(side.spans.units, dtype=np.int64)
    taken[list(chain.from_iterable(range(*edges) for edges in used))] = 1
    count = np.concatenate([[0], np.cumsum(taken)])
    return np.asarray(count[side.spans.last] == count[side.spans.first])
