"""The word links of the beads of a bitext, at their places in the texts of the documents."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from polyalign.bitext import Bead, Bitext, Segment, WordLink
from polyalign.encoders import PieceReader
from polyalign.words.links import link_many
from polyalign.words.tokens import Range


@dataclass(frozen=True, slots=True)
class _Joined:
    """The segments of one side of a bead as one text, with a space between them."""

    segments: Sequence[Segment]
    starts: Sequence[int]

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> _Joined:
        lengths = (len(segment.text) + 1 for segment in segments)
        return cls(segments, tuple(accumulate(lengths, initial=0)))

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    def placed(self, span: Range) -> Range:
        """The same stretch in the text of the document."""
        k = bisect_right(self.starts, span[0], hi=len(self.segments)) - 1
        start = self.segments[k].start - self.starts[k]
        return span[0] + start, span[1] + start


def linked(
    bitext: Bitext, encoder: PieceReader, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Bitext:
    """The bitext with the word links of every bead. Raises InputError for a bead that is too long."""
    languages = (bitext.source.language, bitext.target.language)
    sides = [
        (_joined(bitext.source.segments, b.source), _joined(bitext.target.segments, b.target))
        for b in bitext.beads
    ]
    found = link_many(
        ((ours.text, theirs.text) for ours, theirs in sides), languages=languages, encoder=encoder
    )
    beads = []
    for bead, (ours, theirs), links in zip(bitext.beads, sides, found, strict=True):
        placed = (WordLink(ours.placed(k.source), theirs.placed(k.target), k.score) for k in links)
        beads.append(replace(bead, words=tuple(placed)))
        progress(len(beads), len(bitext.beads))
    return replace(bitext, beads=tuple(beads))


def bead_words(bitext: Bitext, bead: Bead, encoder: PieceReader) -> tuple[WordLink, ...]:
    """The word links of one bead of a bitext."""
    return linked(replace(bitext, beads=(bead,)), encoder).beads[0].words


def _joined(segments: Sequence[Segment], ids: Sequence[int]) -> _Joined:
    return _Joined.of([segments[i] for i in ids])
