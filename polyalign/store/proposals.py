"""What aligning again would change, in parts of which each can be taken or left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polyalign.parts import Bead
from polyalign.store.rows import ReviewRow


@dataclass(frozen=True, slots=True)
class Proposal:
    """The rows that would go, and the beads, over segment ids, that would stand in their place.

    Segments of the rows that are in none of the beads would stay alone.
    """

    rows: tuple[int, ...]
    beads: tuple[Bead, ...]


def proposals(rows: Sequence[ReviewRow], beads: Sequence[Bead]) -> tuple[Proposal, ...]:
    """The changes from the rows to the beads, as small as they can be, in the order of the rows.

    Two changes have no segment in common, and a row whose segments stay together is in none.
    """
    before = [frozenset(segment.id for segment in row.source + row.target) for row in rows]
    after = [frozenset((*bead.source, *bead.target)) for bead in beads]
    held = {segment for group in before for segment in group}
    loose = held.difference(*after)
    kept = set(after) | {frozenset((segment,)) for segment in loose}
    stays = set(before) & kept
    parts = _parts([group for group in (*before, *after) if group not in stays])
    found: dict[int, tuple[list[int], list[Bead]]] = {}
    for row, group in zip(rows, before, strict=True):
        if group not in stays:
            found.setdefault(parts[min(group)], ([], []))[0].append(row.id)
    for bead, group in zip(beads, after, strict=True):
        if group not in stays and group <= held:
            found.setdefault(parts[min(group)], ([], []))[1].append(bead)
    return tuple(Proposal(tuple(gone), tuple(made)) for gone, made in found.values() if gone)


def _parts(groups: Iterable[frozenset[int]]) -> dict[int, int]:
    """The part to which each segment belongs: those of one group are in one part."""
    part: dict[int, int] = {}

    def root(segment: int) -> int:
        while part.setdefault(segment, segment) != segment:
            part[segment] = part[part[segment]]
            segment = part[segment]
        return segment

    for group in groups:
        first, *rest = group
        for segment in rest:
            part[root(segment)] = root(first)
    return {segment: root(segment) for segment in [*part]}
