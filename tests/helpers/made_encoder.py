"""An encoder made for a test, out of a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from polyalign.alignment.spans import Floats

Encode = Callable[[Sequence[str], Sequence[tuple[int, int]]], Floats]


@dataclass(frozen=True)
class Made:
    """What gives units and pairs of first and last the vectors that `vectors` gives them."""

    vectors: Encode

    def encode(self, texts: Sequence[str]) -> Floats:
        return self.encode_spans(texts, [(k, k + 1) for k in range(len(texts))])

    def encode_spans(self, units: Sequence[str], spans: Sequence[tuple[int, int]]) -> Floats:
        return self.vectors(units, spans)
