"""The nearest among many vectors: exact in blocks, or with FAISS where there are too many for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from polyalign.errors import NotInstalledError, UsageError
from polyalign.threads import in_parallel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32] | NDArray[np.float16]
    Neighbours: TypeAlias = tuple[NDArray[np.float32], NDArray[np.int64]]

Engine = Literal["exact", "faiss", "auto"]
Progress = Callable[[int, int], None]

LARGEST_EXACT = 50_000  # items of one side that "auto" compares with all others even where FAISS is there
ROWS, COLUMNS = 2048, 2048  # of a block of products: 16 MB, one for each core at a time
NONE = -1  # the index in a place that no item takes

_TRAINED_ON = 50  # items for each cell of an index, picked evenly
_CELLS = 4.0  # times the square root of the items: FAISS's own advice
_PROBED = 24  # cells that are searched for each query


def nearest(
    queries: Vectors, items: Vectors, *, k: int, engine: Engine = "auto", progress: Progress | None = None
) -> Neighbours:
    """Cosines (queries, k) and indices (queries, k) of the items nearest to each query, best first.

    Vectors are (n, dimensions), of unit length, float32 or float16, memory-mapped as may be. Equal
    cosines go by index. Where there are fewer than k items, or FAISS finds fewer, the places that are
    left hold -inf and NONE. Exact search holds one block of ROWS x COLUMNS cosines for each core besides
    its result; FAISS holds the items once more, as float16. `progress` gets (done, total) queries.
    Raises UsageError for k below 1 or vectors that do not fit, NotInstalledError for FAISS where it
    is asked for and missing.
    """
    _check(queries, items, k)
    if chosen(len(queries), len(items), engine) == "faiss":
        return _approximate(queries, items, k, progress or silent)
    return _exact(queries, items, k, progress or silent, back=False)[0]


def nearest_both(
    one: Vectors, other: Vectors, *, k: int, engine: Engine = "auto", progress: Progress | None = None
) -> tuple[Neighbours, Neighbours]:
    """The nearest of `other` for each of `one`, and of `one` for each of `other`, as `nearest` gives them.

    Exact search looks at each cosine once for both.
    """
    _check(one, other, k)
    report = progress or silent
    if chosen(len(one), len(other), engine) == "faiss":
        total = len(one) + len(other)
        there = _approximate(one, other, k, lambda done, _: report(done, total))
        return there, _approximate(other, one, k, lambda done, _: report(len(one) + done, total))
    return _exact(one, other, k, report, back=True)


def chosen(queries: int, items: int, engine: Engine = "auto") -> str:
    """The engine that "auto" stands for: "faiss" above LARGEST_EXACT vectors if installed, else "exact".

    Raises UsageError for an unknown engine, NotInstalledError where "faiss" is asked for and missing.
    """
    if engine not in get_args(Engine):
        raise UsageError(f"unknown engine {engine!r}: use {', '.join(get_args(Engine))}")
    installed = find_spec("faiss") is not None
    if engine == "faiss" and not installed:
        raise NotInstalledError('FAISS is not installed: run pip install "polyalign[faiss]"')
    if engine == "auto":
        return "faiss" if installed and max(queries, items) > LARGEST_EXACT else "exact"
    return engine


def engine_note(queries: int, items: int) -> str:
    """A line for the reader where FAISS would save time and is missing; "" otherwise."""
    if max(queries, items) <= LARGEST_EXACT or find_spec("faiss") is not None:
        return ""
    return (
        f"{queries:,} and {items:,} vectors are all compared with each other: "
        'pip install "polyalign[faiss]" is faster'
    )


def _check(queries: Vectors, items: Vectors, k: int) -> None:
    if k < 1:
        raise UsageError(f"k is {k}: ask for 1 neighbour or more")
    if queries.ndim != 2 or items.ndim != 2 or queries.shape[1] != items.shape[1]:
        shapes = f"{queries.shape} and {items.shape}"
        raise UsageError(f"vectors of the shapes {shapes} do not compare: give (n, d) and (m, d)")


def silent(*_: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class _Best:
    """The k best for each of n vectors so far, the best first, NONE in places not yet taken."""

    cosines: NDArray[np.float32]
    indices: NDArray[np.int64]

    @classmethod
    def empty(cls, n: int, k: int) -> _Best:
        return cls(np.full((n, k), -np.inf, dtype=np.float32), np.full((n, k), NONE, dtype=np.int64))

    def part(self, rows: slice) -> _Best:
        """Some of the vectors, in the same memory."""
        return _Best(self.cosines[rows], self.indices[rows])

    def better(self, cosines: NDArray[np.float32], first: int, *, axis: int) -> _Found:
        """What may change the best: of cosines with items that all come after those seen before.

        The vectors go along `axis`; along the other one the items, from index `first` on. A cosine no
        higher than the k-th best is left out unsorted, as nearly all are.
        """
        k, there = self.cosines.shape[1], cosines.shape[1 - axis]
        floor = self.cosines[:, -1]
        if self.indices[0, 0] == NONE and k < there:
            floor = np.nextafter(np.partition(cosines, -k, axis=1 - axis).take(-k, 1 - axis), -np.inf)
        above = cosines > np.expand_dims(floor, 1 - axis)
        places = np.divmod(np.flatnonzero(above), cosines.shape[1])
        return _Found(places[axis], places[1 - axis] + first, cosines[places])

    def take(self, found: Sequence[_Found]) -> None:
        """Put what was found where it belongs: higher cosines first, of equals the lower index."""
        rows, indices, cosines = (np.concatenate(parts) for parts in zip(*found, strict=True))
        changed, k = np.unique(rows), self.cosines.shape[1]
        rows = np.concatenate([np.repeat(changed, k), rows])
        indices = np.concatenate([self.indices[changed].ravel(), indices])
        cosines = np.concatenate([self.cosines[changed].ravel(), cosines])
        order = np.lexsort((indices, -cosines, rows))
        kept = order[np.searchsorted(rows[order], changed)[:, None] + np.arange(k)]
        self.cosines[changed], self.indices[changed] = cosines[kept], indices[kept]


class _Found(NamedTuple):
    """Cosines (n,), the vectors they belong to, and the items they are with."""

    rows: NDArray[np.int64]
    indices: NDArray[np.int64]
    cosines: NDArray[np.float32]


def _exact(
    queries: Vectors, items: Vectors, k: int, progress: Progress, *, back: bool
) -> tuple[Neighbours, Neighbours]:
    """The neighbours of the queries among the items and, if `back`, those of the items.

    The first block of items sets a floor that the others, on all cores, must exceed.
    """
    there, others = _Best.empty(len(queries), k), _Best.empty(len(items), k)
    blocks = list(_blocks(len(items), COLUMNS))
    for rows in _blocks(len(queries), ROWS):
        best = there.part(rows)
        product = partial(_product, _dense(queries[rows]), items, best, others if back else None, rows.start)
        for some in (blocks[:1], blocks[1:]):
            if some:
                best.take(in_parallel(product, some))
        progress(rows.stop, len(queries))
    return (there.cosines, there.indices), (others.cosines, others.indices)


def _product(
    queries: Vectors, items: Vectors, best: _Best, others: _Best | None, start: int, columns: slice
) -> _Found:
    """What one block of items has for the queries, those from `start` on; `others` takes its own."""
    cosines = queries @ _dense(items[columns]).T
    if others is not None:
        own = others.part(columns)
        own.take([own.better(cosines, start, axis=1)])
    return best.better(cosines, columns.start, axis=0)


def _blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(first, min(first + size, count)) for first in range(0, count, size))


def _approximate(queries: Vectors, items: Vectors, k: int, progress: Progress) -> Neighbours:
    """The same from an inverted file of FAISS; the cosines of what it finds are exact."""
    from threadpoolctl import ThreadpoolController

    best = _Best.empty(len(queries), k)
    if not len(items):
        return best.cosines, best.indices
    index = _index(items)
    blas = ThreadpoolController()  # knows FAISS's own, which is loaded by now
    for rows in _blocks(len(queries), ROWS):
        ours = _dense(queries[rows])
        with blas.limit(limits=1, user_api="blas"):
            found = index.search(ours, min(k, len(items)))[1]
        places = np.nonzero(found != NONE)
        indices = found[places]
        cosines = np.einsum("ij,ij->i", ours[places[0]], _dense(items[indices]))
        best.part(rows).take([_Found(places[0], indices, cosines)])
        progress(rows.stop, len(queries))
    return best.cosines, best.indices


def _index(items: Vectors) -> Any:
    """Items as float16 in cells around k-means centres, the same for the same items."""
    import faiss
    from threadpoolctl import ThreadpoolController

    dimensions = items.shape[1]
    cells = max(1, min(round(_CELLS * len(items) ** 0.5), len(items) // _TRAINED_ON))
    centres = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFScalarQuantizer(
        centres, dimensions, cells, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    index.nprobe = _PROBED
    index.cp.spherical = True
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        index.train(_dense(items[:: max(1, len(items) // (cells * _TRAINED_ON))]))
        for rows in _blocks(len(items), ROWS):
            index.add(_dense(items[rows]))
    return index


def _dense(vectors: Vectors) -> NDArray[np.float32]:
    return np.ascontiguousarray(vectors, dtype=np.float32)
