"""What every encoder offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vectors: TypeAlias = "NDArray[np.float32]"
Spans: TypeAlias = Sequence[tuple[int, int]]


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
