"""What every writer shares: its options, the text of a cell, the filter on scores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from polyalign.bitext import Bitext, Segment, overlaps_marked

_UNSPACED = frozenset(("zh", "yue", "wuu", "ja", "th"))


@dataclass(frozen=True, slots=True)
class Options:
    """How a bitext is written: with its unaligned segments or not, and for the table its look.

    `width` is in terminal cells (None: the terminal's); `colour` adds ANSI codes.
    """

    unaligned: bool = True
    width: int | None = None
    colour: bool = False


def primary(language: str) -> str:
    """The bare language of a tag: "pt" for "pt-BR"."""
    return re.split("[-_]", language)[0].lower()


def ids(segments: Sequence[Segment]) -> str:
    """The ids joined by a space, which no spreadsheet takes for a number or a date."""
    return " ".join(str(segment.id) for segment in segments)


def joined(segments: Sequence[Segment], language: str) -> str:
    """The segments as one line without control characters; no space between them in Chinese."""
    return ("" if primary(language) in _UNSPACED else " ").join(segment.shown for segment in segments)


def at_least(bitext: Bitext, score: float) -> Bitext:
    """The bitext without the beads below the score, whose segments become unaligned."""
    if all(bead.score >= score for bead in bitext.beads):
        return bitext
    return replace(bitext, beads=overlaps_marked(bead for bead in bitext.beads if bead.score >= score))
