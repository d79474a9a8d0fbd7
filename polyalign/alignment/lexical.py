"""What two languages write alike: numbers, and names even across scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyalign.spelling import heard, names, numbers, sounds_of

Counts = NDArray[np.float32]
Positions = Mapping[str, Sequence[int]]
Stretches = tuple[NDArray[np.int64], NDArray[np.int64]]

_CELLS = 8_000_000  # of the tables that are held at a time


@dataclass(frozen=True, slots=True)
class Sightings:
    """Where things that both languages write alike stand.

    `ours` and `theirs` hold the units in which each thing stands; `weights` is higher for what is rarer.
    """

    ours: Positions
    theirs: Positions
    weights: Mapping[str, float]

    def compared(self, a: Stretches, b: Stretches) -> tuple[Counts, Counts]:
        """For stretches a of ours and b of theirs: the weight of what both have, and of what one has."""
        things = list(self.weights)
        shared, alone = np.zeros((2, len(a[0])), dtype=np.float32)
        step = max(1, _CELLS // max(len(a[0]), int(max(a[1].max(initial=0), b[1].max(initial=0))), 1))
        for start in range(0, len(things), step):
            part = things[start : start + step]
            here, there = _standing(self.ours, part, a), _standing(self.theirs, part, b)
            weights = np.array([self.weights[thing] for thing in part], dtype=np.float32)
            with np.errstate(invalid="ignore"):  # which OpenBLAS may claim of lanes that it does not use
                shared += (here & there) @ weights
                alone += (here ^ there) @ weights
        return shared, alone


def _standing(positions: Positions, things: Sequence[str], stretches: Stretches) -> NDArray[np.bool_]:
    """Whether each thing stands in each stretch (stretches, things), by running counts over the units."""
    first, last = stretches
    counts = np.zeros((int(last.max(initial=0)) + 1, len(things)), dtype=np.int32)
    for column, thing in enumerate(things):
        rows = [row + 1 for row in positions.get(thing, ()) if row + 1 < len(counts)]
        counts[rows, column] = 1
    counts = np.cumsum(counts, axis=0, dtype=np.int32)
    return np.asarray(counts[last] > counts[first])


def shared_numbers(ours: Sequence[str], theirs: Sequence[str]) -> Sightings:
    """The numbers of both sides, every one with weight 1."""
    here, there = (_positions([numbers(unit) for unit in units]) for units in (ours, theirs))
    return Sightings(here, there, dict.fromkeys(sorted({*here, *there}), 1.0))


def shared_names(ours: Sequence[str], theirs: Sequence[str]) -> Sightings:
    """The names of either side, and where the other side has a word that sounds the same.

    Only scripts with capitals show their names; what such a name is compared with may be in any
    script that spells sounds. Weights are 1 for a name in one unit, 0 for one in half of them.
    """
    sides = [[heard(unit) for unit in units] for units in (ours, theirs)]
    spelled = all(any(side) for side in sides)  # not so in Chinese, which spells no sounds
    found = [sounds_of(unit) for units in (ours, theirs) for unit in names(units)] if spelled else ()
    named = frozenset().union(*found)
    here, there = (_positions([named & unit for unit in side]) for side in sides)
    return Sightings(here, there, _rarity(sorted(named), (here, len(ours)), (there, len(theirs))))


def _rarity(things: Sequence[str], *sides: tuple[Positions, int]) -> dict[str, float]:
    """1 for what stands in one unit of either side, 0 for what stands in half of the units or more."""

    def share(thing: str) -> float:
        return max(len(positions.get(thing, ())) / max(units, 4) for positions, units in sides)

    weights = {thing: max(0.0, 1 - 2 * share(thing)) for thing in things}
    return {thing: weight for thing, weight in weights.items() if weight > 0}


def _positions(units: Sequence[frozenset[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, unit in enumerate(units):
        for thing in unit:
            found.setdefault(thing, []).append(row)
    return found
