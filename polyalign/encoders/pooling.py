"""Spans for encoders that read one sentence at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from polyalign.protocols import Spans, Vectors


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
