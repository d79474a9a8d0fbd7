"""Two encoders as one, whose cosine is the weighted sum of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from polyalign.protocols import Encoder, Spans, UnitReader, UnitReading, UnitWords, Vectors


@dataclass(frozen=True)
class Joined:
    """Both vectors side by side, so that every cosine is `share` of the first and the rest of the second."""

    name: str
    first: Encoder
    second: Encoder
    share: float
    calibrated = False

    @property
    def languages(self) -> frozenset[str] | None:
        """What both encoders cover; None where neither says."""
        first, second = self.first.languages, self.second.languages
        return first & second if first is not None and second is not None else first or second

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), both dimensions). Raises NotInstalledError as the two encoders do."""
        return self._side_by_side(self.first.encode(texts), self.second.encode(texts))

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        """Unit vectors (len(spans), both dimensions), each half made as its encoder makes spans."""
        first, second = (encoder.encode_spans(units, spans) for encoder in (self.first, self.second))
        return self._side_by_side(first, second)

    def read_units(self, units: Sequence[str]) -> _Reading:
        """The units as both encoders read them, with the words that the first one shows, if it does."""
        first = self.first.read_units(units) if isinstance(self.first, UnitReader) else None
        return _Reading(self, units, first)

    def _side_by_side(self, first: Vectors, second: Vectors) -> Vectors:
        halves = sqrt(self.share) * first, sqrt(1 - self.share) * second
        return np.concatenate(halves, axis=1, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Reading:
    encoder: Joined
    units: Sequence[str]
    first: UnitReading | None

    @property
    def words(self) -> UnitWords | None:
        return None if self.first is None else self.first.words

    def spans(self, spans: Spans) -> Vectors:
        if self.first is None:
            return self.encoder.encode_spans(self.units, spans)
        second = self.encoder.second.encode_spans(self.units, spans)
        return self.encoder._side_by_side(self.first.spans(spans), second)


def equal_share(first: float, second: float) -> float:
    """The share that gives two encoders equal say, from the spreads of their cosines.

    Adding cosines that were divided by their spreads (z-scores, but for a constant) ranks alike.
    """
    return second / (first + second)
