"""What every encoder offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Spans = Sequence[tuple[int, int]]


class Encoder(Protocol):
    """Strings to unit vectors in a space that its languages share."""

    name: str
    languages: frozenset[str]
    dimensions: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), dimensions), float32."""

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        """Unit vectors (len(spans), dimensions): span (i, j) is the units i to j-1 as one text."""
