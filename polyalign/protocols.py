"""What is asked of an encoder, by every room that uses one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vectors: TypeAlias = "NDArray[np.float32]"
Spans: TypeAlias = Sequence[tuple[int, int]]


class UnitWords(NamedTuple):
    """The words of some units, in the order of the text.

    `vectors` (n, dimensions) are of length 1, `texts` in small letters without punctuation, and `units` (n,)
    says in which unit each word stands.
    """

    vectors: Vectors
    texts: Sequence[str]
    units: NDArray[np.int64]


class TextEncoder(Protocol):
    """Strings to unit vectors in a space that its languages share."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), dimensions), float32, each independent of the others.

        Any string has one; a lone surrogate counts as U+FFFD.
        """

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        """Unit vectors (len(spans), dimensions): span (i, j) is the units i to j-1 as one text."""


class Encoder(TextEncoder, Protocol):
    """An encoder that says what it is.

    `languages` holds bare codes ("ar", "zh"); None stands for a model that does not say.
    `calibrated` is whether the aligner's weights were fitted on this encoder's cosines.
    """

    @property
    def name(self) -> str:
        """By which `encoders.load` knows it."""

    @property
    def languages(self) -> frozenset[str] | None:
        """Bare codes, or None."""

    @property
    def calibrated(self) -> bool:
        """Whether its cosines are those that the weights know."""


class UnitReading(Protocol):
    """Units that were read: their words, None where there are none to show, and any of their spans."""

    @property
    def words(self) -> UnitWords | None:
        """The words of all units."""

    def spans(self, spans: Spans) -> Vectors:
        """The vectors of `encode_spans`."""


@runtime_checkable
class UnitReader(TextEncoder, Protocol):
    """An encoder that reads units once, however often it is asked for spans, and shows their words."""

    def read_units(self, units: Sequence[str]) -> UnitReading:
        """The units, read once."""


class Pieces(NamedTuple):
    """The pieces in which a text is read: what each adds to the text's vector (n, d), and where it stands.

    `spans` (n, 2) are offsets into the text, none empty, ascending.
    """

    vectors: Vectors
    spans: NDArray[np.int64]


@runtime_checkable
class PieceReader(Encoder, Protocol):
    """An encoder that shows what the pieces of a text add to its vector."""

    def read_pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """Those of each text, in its order."""
