"""What is found inside a bitext when it is asked for: word links, glosses, likeliest partners."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, get_args

from polyalign import encoders, preparation
from polyalign.bitext import Bitext
from polyalign.characters import whole_characters
from polyalign.errors import InputError, LanguageError
from polyalign.parts import Bead, Candidate, Segment, Side, SideName
from polyalign.tags import primary

if TYPE_CHECKING:
    from polyalign.encoders import PieceReader, Vectors

CANDIDATE_GROUP = 2  # segments of a side in a candidate
CANDIDATES_AROUND = 3  # segments on either side, which compete and make groups
CANDIDATES_LIKE = 25  # segments that are looked at as partners, by their vectors


def word_encoder(*languages: str) -> PieceReader:
    """The encoder that has vectors of words. Raises LanguageError for a language that it does not cover."""
    encoder = encoders.embedded()
    for language in languages:
        if primary(language) not in (encoder.languages or ()):
            covered = " ".join(sorted(encoder.languages or ()))
            raise LanguageError(
                f"words of {language!r} have no vectors here: they can be linked in {covered}"
            )
    return encoder


def with_words(bitext: Bitext, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Bitext:
    """The bitext with the word links and differences of every bead, which `progress` counts.

    Beads that are too long have none, which a note says. Raises LanguageError for a language whose words
    have no vectors.
    """
    from polyalign.words import linked

    return linked(bitext, word_encoder(bitext.source.language, bitext.target.language), progress)


def ready_for(
    form: str, bitext: Bitext, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Bitext:
    """The bitext as a format needs it: its words linked where the format is about them, else as it is.

    `progress` counts the beads. Raises LanguageError for a language whose words have no vectors.
    """
    from polyalign.formats import FORMATS

    return with_words(bitext, progress) if FORMATS[form].words else bitext


def with_gloss(bitext: Bitext, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Bitext:
    """The bitext with a gloss of every segment; `progress` counts the beads whose words are linked for it.

    Where words have no vectors the lexicons are all there is.
    """
    from polyalign.words import glossed

    try:
        linked = bitext if any(bead.words for bead in bitext.beads) else with_words(bitext, progress)
    except LanguageError:
        linked = bitext
    found = glossed(linked)
    return replace(bitext, source=found.source, target=found.target)


def with_candidates(bitext: Bitext, k: int = 3, doubtful: float = 0.5) -> Bitext:
    """The bitext with the likeliest partners of all segments that are in no bead of that score or more."""
    sure = [bead for bead in bitext.beads if (bead.score or 0) >= doubtful]
    sides = []
    for name in get_args(SideName):
        side: Side = getattr(bitext, name)
        settled = {i for bead in sure for i in getattr(bead, name)}
        wanted = [s.id for s in side.segments if s.alignable and s.id not in settled]
        found = {i: INSIDE.candidates(bitext, name, i, k) for i in wanted}
        sides.append(
            replace(side, segments=tuple(replace(s, candidates=found.get(s.id, ())) for s in side.segments))
        )
    return replace(bitext, source=sides[0], target=sides[1])


class _Inside:
    """What answers `Bitext.words`, `candidates` and `glossed`; it holds nothing: bitexts can be pickled."""

    def compared(self, bitext: Bitext, bead: Bead) -> Bead:
        """The bead with its word links and differences."""
        found = with_words(replace(bitext, beads=(bead,), notes=()))
        if found.notes:
            raise InputError(found.notes[0])
        return found.beads[0]

    def candidates(self, bitext: Bitext, side: SideName, segment: int, k: int) -> tuple[Candidate, ...]:
        """The likeliest partners of a segment, among what is around it and what is like it."""
        from polyalign.alignment import EncodedSide, likeliest_partners, spans_of

        mine, theirs = (bitext.source, bitext.target) if side == "source" else (bitext.target, bitext.source)
        ours, others = _around(mine, [segment]), _like(mine.segments[segment], theirs)
        if not others or not mine.segments[segment].alignable:
            return ()
        encoder = encoders.embedded()
        encoded = [
            EncodedSide.of(spans_of([1] * len(part), CANDIDATE_GROUP), [*map(_compared_text, part)], encoder)
            for part in (ours, others)
        ]
        unit = [s.id for s in ours].index(segment)
        return tuple(
            Candidate(
                tuple(s.id for s in others[slice(*found.target)]),
                found.score,
                tuple(s.id for s in ours[slice(*found.source)] if s.id != segment),
            )
            for found in likeliest_partners(encoded[0], encoded[1], unit, k)
        )

    def glossed(self, bitext: Bitext) -> Bitext:
        """The bitext with a gloss of every segment."""
        return with_gloss(bitext)


INSIDE = _Inside()


def _around(side: Side, ids: Iterable[int]) -> list[Segment]:
    """What is alignable among these segments and CANDIDATES_AROUND others on either side of each."""
    places = {j for i in ids for j in range(i - CANDIDATES_AROUND, i + CANDIDATES_AROUND + 1)}
    return [s for s in side.segments if s.id in places and s.alignable]


def _like(segment: Segment, side: Side) -> list[Segment]:
    """The segments of the other side that are most like one, with what is around them."""
    encoder = encoders.embedded()
    vectors = _vectors(tuple(map(_compared_text, side.segments)))
    own = encoder.encode([_compared_text(segment)])[0]
    nearest = (-(vectors @ own)).argsort(kind="stable")[:CANDIDATES_LIKE]
    return _around(side, nearest.tolist())


def _compared_text(segment: Segment) -> str:
    """What is compared of a segment, as in `pair`."""
    return whole_characters(segment.shown[: preparation.MAX_READ])


@lru_cache(maxsize=2)
def _vectors(texts: tuple[str, ...]) -> Vectors:
    """Those of a side, whose segments are asked for one after the other."""
    return encoders.embedded().encode(texts)
