"""What every encoder offers, and what those share that read whole sentences only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Spans = Sequence[tuple[int, int]]


class Encoder(Protocol):
    """Strings to unit vectors in a space that its languages share.

    `languages` holds bare codes ("ar", "zh"); None stands for a model that does not say.
    `calibrated` is whether the aligner's weights were fitted on this encoder's cosines.
    """

    @property
    def name(self) -> str: ...
    @property
    def languages(self) -> frozenset[str] | None: ...
    @property
    def calibrated(self) -> bool: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), dimensions), float32, each independent of the others."""

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        """Unit vectors (len(spans), dimensions): span (i, j) is the units i to j-1 as one text."""


def pooled_spans(encode: Callable[[Sequence[str]], Vectors], units: Sequence[str], spans: Spans) -> Vectors:
    """Unit vectors of spans as sums of their units' vectors, weighted by length.

    Each unit is encoded once however many spans it is in; a span of one unit is exact.
    """
    lengths = np.array([len(unit) + 1 for unit in units], dtype=np.float32)
    run = np.cumsum(encode(units) * lengths[:, None], axis=0, dtype=np.float64)
    run = np.concatenate([np.zeros((1, run.shape[1])), run])
    first, last = np.asarray(spans, dtype=np.int64).reshape(-1, 2).T
    return unit_length((run[last] - run[first]).astype(np.float32))


def unit_length(vectors: Vectors) -> Vectors:
    """The vectors at length 1; a vector of zeros stays."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)
