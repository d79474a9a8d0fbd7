"""What two documents have in common, and how much more than either has with other documents.

A cosine, a number or a name counts for as much as it exceeds what the nearest other documents of this
collection offer for the same sentence or document. So reports on one topic, which are all alike, are
told apart by what is alike only in two of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, log, log1p
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from polyalign.corpus.neighbours import Progress
from polyalign.threads import in_parallel

if TYPE_CHECKING:
    from polyalign.corpus.bags import Bag

T = TypeVar("T")

Floats: TypeAlias = NDArray[np.float32]
Indices: TypeAlias = NDArray[np.int64]

LONGEST = 2_000  # sentences of a document that count
SIGNALS = ("less", "more", "strongest", "numbers", "names")

_RIVALS = 4  # how many other documents say what is usual
_STRONGEST = 3  # sentences
_WIDE = 2.0  # standard deviations of cosines: the least that an unrelated document's best sentence has
_CHUNK = 32  # documents, or blocks of sentences, at a time
_ROWS = 4096  # sentences of a block
_CELLS = 4_000_000  # cosines of a block
_LEAST = 1e-4  # variance of cosines, where all sentences are the same


@dataclass(frozen=True)
class DocumentEvidence:
    """Of each pair of documents: the SIGNALS (n, 5), and what a reader is told, shares 0 to 1 (n,)."""

    signals: Floats
    sentences: Floats
    numbers: Floats
    names: Floats


def evidence(source: Bag, target: Bag, pairs: Indices, *, progress: Progress) -> DocumentEvidence:
    """What speaks for each of the pairs (n, 2) of documents with sentences, ascending, none twice.

    The signals: what share of the sentences of either side has a counterpart, the less and the more; how
    clear the clearest three are; rare numbers and names in common, beyond what is usual. Of a document
    the first LONGEST sentences count. `progress` gets (done, total) documents, each looked at twice.
    """
    told = _sentences(source, target, pairs, progress)
    numbers, number_shares = _shared(source.numbers, target.numbers, pairs)
    names, name_shares = _shared(source.names, target.names, pairs)
    signals = np.column_stack([told, _unusual(numbers, pairs), _unusual(names, pairs)])
    return DocumentEvidence(signals.astype(np.float32), told[:, 1], number_shares, name_shares)


@dataclass(frozen=True)
class _Scale:
    """How cosines are spread over all pairs of sentences of two sides."""

    mean: float
    deviation: float

    @property
    def chance(self) -> float:
        """The cosine of a sentence with the nearest one of an unrelated document, roughly."""
        return self.mean + _WIDE * self.deviation

    def weighed(self, margins: Floats) -> Floats:
        """Margins in units of twice the deviation, none below 0."""
        return np.asarray(np.maximum(margins / np.float32(_WIDE * self.deviation), 0))


def _scale(source: Bag, target: Bag, pairs: Indices) -> _Scale:
    """That of all sentences of these documents, by the sums and the second moments of both sides."""
    (ours, ours2), (theirs, theirs2) = _moments(source, pairs[:, 0]), _moments(target, pairs[:, 1])
    mean = float(ours @ theirs)
    return _Scale(mean, max(float((ours2 * theirs2).sum()) - mean * mean, _LEAST) ** 0.5)


def _moments(bag: Bag, documents: Indices) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean (d,) and the second moments (d, d) of the sentences of these documents."""
    runs = [np.arange(bag.starts[k], bag.starts[k + 1]) for k in np.unique(documents)]
    rows = np.concatenate(runs or [np.arange(0)])
    sums = np.zeros((bag.sentences.shape[1] + 1, bag.sentences.shape[1]))

    def of(first: int) -> NDArray[np.float64]:
        part = bag.sentences[rows[first : first + _ROWS]].astype(np.float32)
        return np.concatenate([part.sum(axis=0)[None], part.T @ part]).astype(np.float64)

    for some in _chunks(range(0, len(rows), _ROWS)):
        sums = sum(in_parallel(of, some), sums)
    means = sums / max(len(rows), 1)
    return means[0], means[1:]


def _sentences(source: Bag, target: Bag, pairs: Indices, progress: Progress) -> Floats:
    """The first three signals of each pair (n, 3)."""
    scale, back = _scale(source, target, pairs), pairs[np.lexsort(pairs.T)][:, ::-1]
    one, other = len(list(_runs(pairs))), len(list(_runs(back)))
    total = 2 * one + other
    ours = _usual(source, target, pairs, scale, lambda done: progress(done, total))
    theirs = _usual(target, source, back, scale, lambda done: progress(one + done, total))

    def of(rows: slice) -> Floats:
        number, found = int(pairs[rows.start, 0]), []
        for others, cosines, starts in _cosines(source, number, target, pairs[rows, 1]):
            usual = np.concatenate([_rows(theirs, target, k) for k in others])
            found.append(
                _matched(cosines - (_rows(ours, source, number)[:, None] + usual) / 2, starts, scale)
            )
        return np.concatenate(found)

    told = _for_each(of, pairs, lambda done: progress(one + other + done, total))
    return np.concatenate([np.zeros((0, 3), dtype=np.float32), *told])


def _matched(margins: Floats, starts: Indices, scale: _Scale) -> Floats:
    """The signals (documents, 3) of one document with others, whose sentences begin at columns `starts`.

    Two sentences are counterparts if each is the best of the other document for the other one.
    """
    sizes = np.diff(np.append(starts, margins.shape[1]))
    rows = np.repeat(np.maximum.reduceat(margins, starts, axis=1), sizes, axis=1)
    found, at = np.nonzero((margins >= rows) & (margins >= margins.max(axis=0)))
    worth, number = scale.weighed(margins[found, at]), np.searchsorted(starts, at, side="right") - 1
    amount = np.bincount(number, np.minimum(worth, 1), len(sizes))
    shares = np.sort(np.stack([amount / len(margins), amount / sizes]), axis=0)
    order = np.lexsort((-worth, number))
    clear = order[places(number[order]) < _STRONGEST]
    strongest = np.bincount(number[clear], worth[clear], len(sizes)) / _STRONGEST
    return np.stack([*shares, strongest], axis=1).astype(np.float32)


def _usual(bag: Bag, other: Bag, pairs: Indices, scale: _Scale, report: Callable[[int], None]) -> Floats:
    """For each sentence of the bag the cosine it has with the best sentences of its usual candidates.

    That is the mean of the best few documents, but for the very best; chance counts for one of them.
    """
    usual = np.full(len(bag.sentences), scale.chance, dtype=np.float32)

    def of(rows: slice) -> Floats:
        parts = _cosines(bag, int(pairs[rows.start, 0]), other, pairs[rows, 1])
        maxima = [np.maximum.reduceat(cosines, starts, axis=1) for _, cosines, starts in parts]
        best = -np.sort(-np.concatenate(maxima, axis=1), axis=1)[:, 1 : 1 + _RIVALS]
        return np.asarray((best.sum(axis=1) + scale.chance) / (best.shape[1] + 1), dtype=np.float32)

    for rows, found in zip(_runs(pairs), _for_each(of, pairs, report), strict=True):
        _rows(usual, bag, int(pairs[rows.start, 0]))[:] = found
    return usual


def _rows(values: NDArray[Any], bag: Bag, number: int) -> NDArray[Any]:
    """What belongs to the sentences of a document, the first LONGEST, out of what belongs to all."""
    first, last = bag.starts[number], bag.starts[number + 1]
    return values[first : min(first + LONGEST, last)]


def _cosines(bag: Bag, number: int, other: Bag, others: Indices) -> Iterator[tuple[Indices, Floats, Indices]]:
    """Others, the cosines of a document's sentences with theirs, and the column where each of them begins.

    There may be several such blocks, in order, of about _CELLS cosines at most.
    """
    ours = _rows(bag.sentences, bag, number).astype(np.float32)
    sizes = np.minimum(other.starts[others + 1] - other.starts[others], LONGEST)
    full = (np.cumsum(sizes) - sizes) * len(ours) // _CELLS
    for part in np.split(np.arange(len(others)), np.flatnonzero(np.diff(full)) + 1):
        theirs = np.concatenate([_rows(other.sentences, other, k) for k in others[part]])
        yield others[part], ours @ theirs.astype(np.float32).T, np.cumsum(sizes[part]) - sizes[part]


def places(ordered: Indices) -> Indices:
    """How many before each one are equal to it, of numbers that ascend."""
    return np.arange(len(ordered)) - np.searchsorted(ordered, ordered)


def _for_each(of: Callable[[slice], Floats], pairs: Indices, report: Callable[[int], None]) -> list[Floats]:
    """What `of` says of the rows of each first document, in order, on all cores."""
    said: list[Floats] = []
    for some in _chunks(list(_runs(pairs))):
        said += in_parallel(of, some)
        report(len(said))
    return said


def _chunks(work: Sequence[T]) -> Iterator[Sequence[T]]:
    return (work[first : first + _CHUNK] for first in range(0, len(work), _CHUNK))


def _runs(pairs: Indices) -> Iterator[slice]:
    """The rows with the same first document, for each in turn."""
    edges = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1, append=-1)).tolist()
    return (slice(first, last) for first, last in pairwise(edges if len(pairs) else []))


def _shared(
    ours: Sequence[frozenset[str]], theirs: Sequence[frozenset[str]], pairs: Indices
) -> tuple[Floats, Floats]:
    """For each pair the logarithm of the weight of what both have, and its share of the side with less.

    A thing has the weight 1 if one document has it, 0 if all have it.
    """
    weights = _rarity(ours, np.unique(pairs[:, 0]))
    for thing, weight in _rarity(theirs, np.unique(pairs[:, 1])).items():
        weights[thing] = min(weight, weights.get(thing, weight))
    whole = {k: _weight(theirs[k], weights) for k in np.unique(pairs[:, 1]).tolist()}
    amounts, shares = np.zeros((2, len(pairs)), dtype=np.float32)
    for rows in _runs(pairs):
        things = ours[int(pairs[rows.start, 0])]
        own = _weight(things, weights)
        for row in range(rows.start, rows.stop):
            other = int(pairs[row, 1])
            amount = _weight(things & theirs[other], weights)
            amounts[row], shares[row] = log1p(amount), amount / max(min(own, whole[other]), 1)
    return amounts, shares


def _weight(things: Iterable[str], weights: Mapping[str, float]) -> float:
    """The sum, whatever the order, which a set does not promise."""
    return fsum(weights[thing] for thing in things)


def _rarity(side: Sequence[frozenset[str]], documents: Indices) -> dict[str, float]:
    """1 for what one of the documents has, 0 for what all have, in between by the logarithm."""
    counts = Counter(thing for k in documents.tolist() for thing in side[k])
    many = log(max(len(documents), 4))
    return {thing: 1 - log(count) / many for thing, count in counts.items()}


def _unusual(values: Floats, pairs: Indices) -> Floats:
    """How far the value of each pair exceeds what is usual for its documents, the mean of both."""
    usual = _rivals(values, pairs[:, 0]) + _rivals(values, pairs[:, 1])
    return np.asarray(values - usual / 2, dtype=np.float32)


def _rivals(values: Floats, documents: Indices) -> Floats:
    """For each pair the mean of the document's best values but for the very best; 0 counts once."""
    order = np.lexsort((-values, documents))
    place = places(documents[order])
    taken = (place >= 1) & (place <= _RIVALS)
    many = int(documents.max(initial=-1)) + 1
    sums = np.bincount(documents[order[taken]], values[order[taken]], many)
    counts = np.bincount(documents[order[taken]], minlength=many) + 1
    return np.asarray((sums / counts)[documents], dtype=np.float32)
