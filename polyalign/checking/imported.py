"""Scores for pairs that came without: those of a file that says nothing of how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from polyalign.bitext import Bitext
from polyalign.checking.checker import PairEntry, checked
from polyalign.errors import LanguageError
from polyalign.parts import SideName


def scored(bitext: Bitext, advance: Callable[[int], None] = lambda _: None) -> Bitext:
    """The bitext with a score for every bead that has none: how probable it is that both sides say the same.

    In languages that cannot be judged they go on without. `advance` hears how many are done.
    """
    languages = bitext.source.language, bitext.target.language
    blank = [k for k, bead in enumerate(bitext.beads) if bead.score is None]

    def text(side: SideName, ids: tuple[int, ...]) -> str:
        segments = getattr(bitext, side).segments
        return " ".join(segments[i].text for i in ids)

    entries = (
        PairEntry(text("source", bitext.beads[k].source), text("target", bitext.beads[k].target), languages)
        for k in blank
    )
    try:
        scores = {k: found.score for k, found in zip(blank, checked(entries, advance=advance), strict=True)}
    except LanguageError:
        return bitext
    beads = (replace(bead, score=scores.get(k, bead.score)) for k, bead in enumerate(bitext.beads))
    return replace(bitext, beads=tuple(beads))
