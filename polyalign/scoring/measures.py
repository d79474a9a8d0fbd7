"""What a measure is: counts that add up over documents, and the figures made of their sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")

Counts = Mapping[str, npt.NDArray[np.int64]]
Rates = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """`columns` name what is counted in a document; `figures` (0..1 each) takes sums of these.

    The sums may be arrays: then each figure is one, too. `shown` are the columns that say how much was
    measured.
    """

    name: str
    columns: tuple[str, ...]
    figures: Callable[[Counts], dict[str, Rates]]
    shown: tuple[str, ...]

    def of(self, sums: npt.NDArray[np.int64]) -> dict[str, Rates]:
        """The figures of an array whose last axis is the columns."""
        return self.figures({name: sums[..., k] for k, name in enumerate(self.columns)})


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike, *, empty: float = 0.0) -> Rates:
    """part / whole, `empty` where the whole is nothing."""
    over, under = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    found = np.full(over.shape, empty)
    np.divide(over, under, out=found, where=under > 0)
    return found


def harmonic(precision: Rates, recall: Rates) -> Rates:
    """F1, 0 where both are 0."""
    return ratio(2 * precision * recall, precision + recall)


def parted(sorts: Sequence[Iterable[T]], places: Callable[[T], Iterable[int]]) -> list[list[list[T]]]:
    """The items in groups of which no two share a place; in each group a list for each sort of items."""
    above: dict[int, int] = {}

    def root(place: int) -> int:
        while above.setdefault(place, place) != place:
            above[place] = place = above[above[place]]
        return place

    items = []
    for k, sort in enumerate(sorts):
        for item in sort:
            first, *others = places(item)
            for other in others:
                above[root(other)] = root(first)
            items.append((first, k, item))
    groups: dict[int, list[list[T]]] = {}
    for first, k, item in items:
        groups.setdefault(root(first), [[] for _ in sorts])[k].append(item)
    return list(groups.values())
