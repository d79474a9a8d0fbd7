"""Strings to unit vectors: one protocol, several encoders, each loaded on first use."""

from polyalign.encoders.loading import DEFAULT, NAMES, check_covered, embedded, load
from polyalign.protocols import Encoder, PieceReader, Pieces, Spans, Vectors

__all__ = [
    "DEFAULT",
    "NAMES",
    "Encoder",
    "PieceReader",
    "Pieces",
    "Spans",
    "Vectors",
    "check_covered",
    "embedded",
    "load",
]
