"""What a worker is asked on rows: which words correspond, and what a sentence that is alone may belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from polyalign.bitext import Bitext
from polyalign.parts import Bead, Side, SideName
from polyalign.server.work import Passages

if TYPE_CHECKING:
    from polyalign.server.rowflags import Languages
    from polyalign.store import ReviewRow

Place = tuple[int, int, int]  # a segment of the project, from which character of its text to which

PARTNERS = 3  # of a sentence that stays alone


@dataclass(frozen=True)
class RowWords:
    """The words of a row: links (source place, target place, probability), and what one side says alone."""

    links: tuple[tuple[Place, Place, float], ...] = ()
    differences: tuple[Place, ...] = ()
    evidence: Mapping[str, float] | None = None


@dataclass(frozen=True)
class WordsAsked:
    """The question which words of the two sides of a row correspond."""

    source: Passages
    target: Passages

    @classmethod
    def about(cls, row: ReviewRow, languages: Languages) -> Self:
        """The question about this row."""
        one, other = ({segment.id: segment.text for segment in side} for side in (row.source, row.target))
        return cls(Passages(languages[0], one), Passages(languages[1], other))

    def answer(self) -> RowWords:
        """The words; none for a language whose words are not known. Raises LanguageError, InputError."""
        from polyalign.inside import INSIDE

        ours, theirs = _Joined.of(self.source), _Joined.of(self.target)
        bead = Bead(tuple(range(len(ours.side.segments))), tuple(range(len(theirs.side.segments))), None)
        found = INSIDE.compared(Bitext(ours.side, theirs.side, (bead,)), bead)
        links = ((ours.place(link.source), theirs.place(link.target), link.score) for link in found.words)
        sides: Mapping[SideName, _Joined] = {"source": ours, "target": theirs}
        differences = (sides[one.side].place(one.span) for one in found.differences)
        return RowWords(tuple(links), tuple(differences), found.evidence)


@dataclass(frozen=True)
class PartnersAsked:
    """The question what of the other text a segment may belong to."""

    mine: Passages
    theirs: Passages
    segment: int

    def answer(self) -> tuple[tuple[tuple[int, ...], float], ...]:
        """Groups of segments of the other text, and how probable each is, the likeliest first."""
        from polyalign.inside import INSIDE

        ours, others = _Joined.of(self.mine), _Joined.of(self.theirs)
        bitext = Bitext(ours.side, others.side, (), inside=INSIDE)
        found = bitext.candidates("source", ours.ids.index(self.segment), PARTNERS)
        return tuple((tuple(others.ids[i] for i in one.ids), one.score) for one in found)


@dataclass(frozen=True)
class _Joined:
    """Passages as one text, and the segments of the project that it is made of."""

    side: Side
    ids: tuple[int, ...]

    @classmethod
    def of(cls, passages: Passages) -> _Joined:
        made = passages.document()
        assert made.segments is not None
        return cls(Side(passages.language, made.segments), tuple(passages.segments))

    def place(self, span: tuple[int, int]) -> Place:
        """Where in its segment a stretch of the joined text is."""
        start, end = span
        held = zip(self.ids, self.side.segments, strict=True)
        number, segment = next((i, s) for i, s in held if s.start <= start and end <= s.end)
        return number, start - segment.start, end - segment.start
