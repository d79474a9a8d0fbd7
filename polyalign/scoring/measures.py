"""What a measure is: counts that add up over documents, and the figures made of their sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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


def components(groups: Iterable[Sequence[int]]) -> list[int]:
    """A label for each group of nodes, the same for those that share a node, directly or by others."""
    above: dict[int, int] = {}

    def root(node: int) -> int:
        while above.setdefault(node, node) != node:
            above[node] = node = above[above[node]]
        return node

    firsts = []
    for first, *others in groups:
        firsts.append(first)
        for other in others:
            above[root(other)] = root(first)
    return [root(first) for first in firsts]
