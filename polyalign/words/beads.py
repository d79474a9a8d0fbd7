"""The word links and differences of the beads of a bitext, at their places in the texts of the documents."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from polyalign.bitext import Bitext
from polyalign.encoders import PieceReader
from polyalign.parts import Bead, Difference, Range, Segment, WordLink
from polyalign.words.links import compare_many


@dataclass(frozen=True, slots=True)
class _Joined:
    """The segments of one side of a bead as one text, with a space between them."""

    segments: Sequence[Segment]
    starts: Sequence[int]

    @classmethod
    def of(cls, segments: Sequence[Segment], ids: Sequence[int]) -> _Joined:
        own = [segments[i] for i in ids]
        return cls(own, tuple(accumulate((len(segment.text) + 1 for segment in own), initial=0)))

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    def placed(self, span: Range) -> Range:
        """The same stretch in the text of the document."""
        k = bisect_right(self.starts, span[0], hi=len(self.segments)) - 1
        start = self.segments[k].start - self.starts[k]
        return span[0] + start, span[1] + start

    def pieces(self, found: Difference) -> Iterator[Difference]:
        """A difference at its place in the document, in pieces where it goes over several segments."""
        for start, segment in zip(self.starts, self.segments, strict=False):
            first, last = max(found.span[0], start), min(found.span[1], start + len(segment.text))
            if first < last:
                yield replace(found, span=self.placed((first, last)))


def linked(
    bitext: Bitext, encoder: PieceReader, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Bitext:
    """The bitext with the links and differences of every bead, and how many content words have a partner.

    Beads that are too long stay as they are: a note counts them and says why.
    """
    languages = (bitext.source.language, bitext.target.language)
    source, target = bitext.source.segments, bitext.target.segments
    sides = [(_Joined.of(source, bead.source), _Joined.of(target, bead.target)) for bead in bitext.beads]
    texts = ((ours.text, theirs.text) for ours, theirs in sides)
    found = compare_many(texts, languages=languages, encoder=encoder)
    beads, refused = list[Bead](), list[str]()
    for bead, (ours, theirs), pair in zip(bitext.beads, sides, found, strict=True):
        if pair.refused:
            refused.append(pair.refused)
            beads.append(bead)
            continue
        links = tuple(WordLink(ours.placed(k.source), theirs.placed(k.target), k.score) for k in pair.links)
        differences = tuple(
            piece for k in pair.differences for piece in (ours if k.side == "source" else theirs).pieces(k)
        )
        counts = dict(zip(("content_words", "content_linked"), map(float, pair.content), strict=True))
        evidence = {**bead.evidence, **counts}
        beads.append(replace(bead, words=links, differences=differences, evidence=evidence))
        progress(len(beads), len(bitext.beads))
    notes = [f"the words of {len(refused):,} beads are not linked: {refused[0]}"] if refused else []
    return replace(bitext, beads=tuple(beads), notes=(*bitext.notes, *notes))
