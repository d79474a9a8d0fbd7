"""What is asked of an encoder, and texts that are read as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.agreement import Words
from polyalign.alignment.spans import Floats

Pairs = Sequence[tuple[int, int]]


class Encoder(Protocol):
    """What is asked of an encoder: unit vectors of stretches of units."""

    def encode_spans(self, units: Sequence[str], spans: Pairs) -> Floats: ...


class Reading(Protocol):
    """Units that were read: their words, where they are shown, and the vectors of any of their spans."""

    @property
    def words(self) -> Words | None: ...
    def spans(self, spans: Pairs) -> Floats: ...


@runtime_checkable
class Reader(Protocol):
    """What may be asked of one that reads units once for all their spans."""

    def read_units(self, units: Sequence[str]) -> Reading: ...


class HeardWords(NamedTuple):
    """Words, as they are kept."""

    vectors: NDArray[np.float32]
    texts: Sequence[str]
    units: NDArray[np.int64]


def read_as_one(encoder: Encoder, texts: Sequence[Sequence[str]]) -> list[Reading]:
    """The reading of each text, by a Reader in larger and so faster batches than one by one.

    The bytes do not depend on the order in which the texts are given.
    """
    if not isinstance(encoder, Reader):
        return [_Wordless(encoder, text) for text in texts]
    order = sorted(range(len(texts)), key=lambda k: (len(texts[k]), [*texts[k]]))
    whole = encoder.read_units([unit for k in order for unit in texts[k]])
    starts = dict(zip(order, np.cumsum([0, *(len(texts[k]) for k in order)]).tolist(), strict=False))
    return [_Excerpt(whole, starts[k], starts[k] + len(text)) for k, text in enumerate(texts)]


@dataclass(frozen=True)
class _Wordless:
    """Units that are read anew for each asking."""

    encoder: Encoder
    units: Sequence[str]
    words: None = None

    def spans(self, spans: Pairs) -> Floats:
        return self.encoder.encode_spans(self.units, spans)


@dataclass(frozen=True)
class _Excerpt:
    """The units `first` to `last` - 1 of a reading."""

    whole: Reading
    first: int
    last: int

    @cached_property
    def words(self) -> Words | None:
        words = self.whole.words
        if words is None:
            return None
        rows = slice(*np.searchsorted(words.units, (self.first, self.last)))
        return HeardWords(words.vectors[rows], words.texts[rows], words.units[rows] - self.first)

    def spans(self, spans: Pairs) -> Floats:
        return self.whole.spans([(first + self.first, last + self.first) for first, last in spans])
