"""Pairs that come again, and texts that have several counterparts, by hashes of 16 bytes a pair."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polyalign.folding import comparable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Repeats:
    """For each pair (n,) the number of another one, NOWHERE for none.

    `copies`: the first pair of the same two texts, which stands above. `sources`: the first pair of the
    same source with another target; `targets`: of the same target with another source.
    """

    copies: Ints
    sources: Ints
    targets: Ints


class RepeatIndex:
    """The pairs that were seen. Texts are the same whose letters are, whatever the space between them."""

    def __init__(self) -> None:
        self._source, self._target = array("Q"), array("Q")

    def add(self, source: str, target: str) -> None:
        """Remember a pair, the next one; one with an empty side is like no other."""
        whole = bool(source.strip() and target.strip())
        self._source.append(_hash(source) if whole else 0)
        self._target.append(_hash(target) if whole else 0)

    def repeats(self) -> Repeats:
        """What was seen more than once."""
        source, target = (np.frombuffer(each, dtype=np.uint64) for each in (self._source, self._target))
        return Repeats(_copies(source, target), _others(source, target), _others(target, source))


def _hash(text: str) -> int:
    plain = " ".join(comparable(text).split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(plain, digest_size=8).digest(), "big") or 1


def _grouped(*keys: NDArray[Any]) -> tuple[Ints, Ints]:
    """The rows by groups of equal keys, ascending in each, and where the groups begin."""
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[order][1:] != key[order][:-1]
    return order, np.flatnonzero(new)


def _copies(source: NDArray[np.uint64], target: NDArray[np.uint64]) -> Ints:
    found = np.empty(len(source), dtype=np.int64)
    order, starts = _grouped(source, target)
    first = np.repeat(order[starts], np.diff(np.append(starts, len(order))))
    found[order] = np.where((first < order) & (source[order] != 0), first, NOWHERE)
    return found


def _others(key: NDArray[np.uint64], value: NDArray[np.uint64]) -> Ints:
    """The first row of the same key with another value."""
    found, beyond = np.empty(len(key), dtype=np.int64), len(key)
    order, starts = _grouped(key)
    sizes = np.diff(np.append(starts, len(order)))
    first = np.repeat(order[starts], sizes)
    differs = value[order] != value[first]
    other = np.repeat(np.minimum.reduceat(np.where(differs, order, beyond), starts), sizes)
    found[order] = np.where(key[order] == 0, NOWHERE, np.where(differs, first, other))
    found[found == beyond] = NOWHERE
    return found
