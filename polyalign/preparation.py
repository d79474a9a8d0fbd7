"""Documents on their way to the encoder: their sentences, clauses, and translations of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, chain, groupby, pairwise
from typing import TYPE_CHECKING, Any, get_args

from polyalign.characters import whole_characters, without_controls
from polyalign.codes import cut
from polyalign.detection import clear_language
from polyalign.errors import InputError, PolyalignError
from polyalign.folding import Folded, readable
from polyalign.parts import Document, Segment, Side, SideName
from polyalign.progress import Stage
from polyalign.segmentation import (
    SegmentationRules,
    Wrapped,
    cut_clauses,
    cut_datelines,
    mark_boilerplate,
    segment,
    unwrapped,
)
from polyalign.tags import primary

if TYPE_CHECKING:
    from polyalign.translation import Translation, Translator
    from polyalign.translation.between import Translators

Range = tuple[int, int]  # the first unit and the one after the last

MAX_SEGMENTS = 200_000  # with content, of one side; their vectors, 2 KB each, are held
MAX_UNASKED = 2_000  # clauses that are translated though nobody asked for it, minutes of work
MAX_READ = 20_000  # characters of a clause that are compared
LEFT_OUT = "[…]"  # in a translation, for a clause that the model cannot translate
MAX_CLAUSES = 24  # of a sentence, every run of which is a group; one that has more is not cut


@dataclass(frozen=True)
class PreparedSide:
    """A side with the clauses of each of its segments.

    Segments that are to stay `uncut` are the user's: their clauses are scored, and never parted. `shown` is
    the text of the document as the encoder reads it; None: as it stands in the clauses. `notes` are for the
    reader.
    """

    side: Side
    clauses: tuple[tuple[Segment, ...], ...]
    uncut: bool = False
    shown: Folded | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def from_segments(cls, document: Document, segments: Sequence[Segment], language: str) -> PreparedSide:
        """The side of a document that came in segments, which stay as they are."""
        parts = tuple(sentences_of(segment, language) for segment in segments)
        stated = all(document.text[s.start : s.end] == s.text for s in segments)
        shown = Folded.readable(document.text, language) if stated else None
        return cls(Side(language, tuple(segments), document.path), parts, uncut=True, shown=shown)

    @classmethod
    def from_sentences(cls, document: Document, found: Sentences, language: str) -> PreparedSide:
        """The side that these sentences of a document are, each with its clauses."""
        shown, clauses = found.shown, []
        for whole, sentence in zip(found.segments, found.read, strict=True):
            parts = clauses_of(sentence, language) if whole.alignable else (sentence,)
            starts = [whole.start, *(shown.origin(part.start) for part in parts[1:])]
            ends = [*(shown.origin(part.end) for part in parts[:-1]), whole.end]
            clauses.append(
                tuple(_moved(whole, document.text, *edges) for edges in zip(starts, ends, strict=True))
            )
        side = Side(language, found.segments, document.path)
        return cls(side, tuple(clauses), shown=shown, notes=found.notes)

    @cached_property
    def excluded(self) -> frozenset[int]:
        """The segments that are never aligned: nothing in them can be read, or is to be."""
        pairs = zip(self.side.segments, self.texts, strict=True)
        return frozenset(s.id for s, texts in pairs if not (s.alignable and "".join(texts).strip()))

    @property
    def units(self) -> list[str]:
        """The clauses of all segments, as the encoder reads them."""
        return list(chain.from_iterable(self.texts))

    @cached_property
    def texts(self) -> list[tuple[str, ...]]:
        """The units of each segment."""
        return [
            tuple(whole_characters(self._read(clause)[:MAX_READ]) for clause in clauses)
            for clauses in self.clauses
        ]

    def _read(self, clause: Segment) -> str:
        if self.shown is None:
            return clause.shown
        start, end = self.shown.place(clause.start), self.shown.place(clause.end)
        return without_controls(self.shown.text[start:end])

    @property
    def translations(self) -> list[tuple[str, ...]] | None:
        """Those of the units of each segment, "" where there is none; None where nothing is translated."""
        if all(clause.translation is None for clause in self.flat):
            return None
        return [tuple(readable(clause.translation or "") for clause in clauses) for clauses in self.clauses]

    def translated(self, translator: Translator, report: Callable[[Stage], None]) -> PreparedSide:
        """The same side with the translation of every clause that may be aligned."""
        excluded = self.excluded

        def advance(done: int, total: int) -> None:
            report(Stage("translating", "", done, total, "clauses"))

        wanted = chain.from_iterable(own for k, own in enumerate(self.clauses) if k not in excluded)
        texts = [whole_characters(clause.shown[:MAX_READ]) for clause in wanted]
        translations = iter(translator.translate(texts, progress=advance))
        clauses = tuple(
            clauses
            if k in excluded
            else tuple(_with_translation(clause, next(translations)) for clause in clauses)
            for k, clauses in enumerate(self.clauses)
        )
        segments = zip(self.side.segments, clauses, strict=True)
        whole = tuple(replace(segment, **_translation(parts)) for segment, parts in segments)
        return replace(self, side=replace(self.side, segments=whole), clauses=clauses)

    @cached_property
    def flat(self) -> list[Segment]:
        """The clauses of all segments: a unit is an index here."""
        return list(chain.from_iterable(self.clauses))

    @property
    def cut_off(self) -> int:
        """How many segments have a clause that is longer than what is read of it."""
        return sum(any(len(clause.shown) > MAX_READ for clause in clauses) for clauses in self.clauses)

    @cached_property
    def segment_of(self) -> list[int]:
        """The segment that each unit belongs to."""
        return [k for k, clauses in enumerate(self.clauses) for _ in clauses]

    def segments(self, ranges: Iterable[Range]) -> tuple[int, ...]:
        """The segments that ranges of units touch, ascending."""
        return tuple(sorted({self.segment_of[unit] for edges in ranges for unit in range(*edges)}))

    def share(self, ranges: Iterable[Range]) -> float:
        """The share of the alignable segments that the ranges touch, 0 to 1."""
        return len(self.segments(ranges)) / max(sum(s.alignable for s in self.side.segments), 1)

    def cut(self, ranges: Iterable[Range]) -> PreparedSide:
        """The same side, each segment cut where a range of units begins or ends inside it."""
        if self.uncut:
            return self
        edges = sorted({*accumulate(map(len, self.clauses), initial=0), *chain.from_iterable(ranges)})
        pieces = tuple(tuple(self.flat[first:last]) for first, last in pairwise(edges))
        segments = tuple(
            segment
            for whole, found in groupby(enumerate(pieces), lambda piece: piece[1][0].id)
            for segment in self._coded([self._piece(*piece) for piece in found], whole)
        )
        return replace(self, side=replace(self.side, segments=segments), clauses=pieces)

    def _coded(self, pieces: Sequence[Segment], number: int) -> Sequence[Segment]:
        """The pieces of a whole segment, each with those of its inline codes that stand in it."""
        whole = self.side.segments[number]
        if not whole.codes:
            return pieces
        held = cut(whole.codes, [(s.start - whole.start, s.end - whole.start) for s in pieces])
        return [replace(piece, codes=codes) for piece, codes in zip(pieces, held, strict=True)]

    def _piece(self, number: int, clauses: Sequence[Segment]) -> Segment:
        """The part of a segment that these neighbouring clauses of it take up."""
        whole = self.side.segments[clauses[0].id]
        start, end = clauses[0].start, clauses[-1].end
        text = whole.text[start - whole.start : end - whole.start]
        return replace(whole, id=number, start=start, end=end, text=text, **_translation(clauses))


def prepared(
    document: Document,
    language: str,
    *,
    name: SideName,
    wrapped: Wrapped = "auto",
    rules: SegmentationRules | None = None,
    shared: bool = False,
) -> PreparedSide:
    """The side that a document in this language is: its segments, else its sentences, with their clauses.

    Of a text that is `shared`, because it holds both languages, what is clearly in another one is marked.
    Raises InputError for more than MAX_SEGMENTS, and calls the document by its path, else by `name`.
    """
    if document.segments is not None:
        _refuse_too_many(document.segments, document.path or name)
        return PreparedSide.from_segments(document, document.segments, language)
    found = sentences_in(document, language, name=f"the {name} text", wrapped=wrapped, rules=rules)
    _refuse_too_many(found.segments, document.path or name)
    if shared:
        found = replace(found, segments=_others_marked(found.segments, language))
    return PreparedSide.from_sentences(document, found, language)


def _refuse_too_many(segments: Sequence[Segment], name: str) -> None:
    """Raise InputError, before any work, for a side that cannot be held in memory."""
    count = sum(s.alignable for s in segments)
    if count > MAX_SEGMENTS:
        raise InputError(
            f"{name}: {count:,} segments are too many ({MAX_SEGMENTS:,} at most): "
            "split the texts, by chapters for example"
        )


def _others_marked(segments: tuple[Segment, ...], language: str) -> tuple[Segment, ...]:
    """What is clearly in another language marked, unless that is all."""
    other = [clear_language(s.text) not in ("", primary(language)) for s in segments]
    if all(other):
        return segments
    both = zip(segments, other, strict=True)
    return tuple(replace(s, boilerplate="other language") if is_other else s for s, is_other in both)


@dataclass(frozen=True)
class TranslatedSides:
    """Two sides after translation, by whom (as in signatures), and what the reader should know."""

    sides: tuple[PreparedSide, PreparedSide]
    by: str = "off"
    notes: tuple[str, ...] = ()


def translated_sides(
    sides: tuple[PreparedSide, PreparedSide],
    translators: Translators | None,
    report: Callable[[Stage], None],
    *,
    asked: bool,
) -> TranslatedSides:
    """The two sides, one of them with translations where there is a translator between their languages.

    Where nobody `asked` for it, an error is a note, and no more than MAX_UNASKED clauses are translated.
    Raises what finding and opening a model raises.
    """
    source, target = sides
    try:
        found = translators and translators.between(source.side.language, target.side.language)
    except PolyalignError as error:
        if asked:
            raise
        return TranslatedSides(sides, notes=(f"nothing was translated: {error}",))
    if not found:
        return TranslatedSides(sides)
    translator, language = found
    number = 0 if language == source.side.language else 1
    clauses = len(sides[number].flat)
    if not asked and clauses > MAX_UNASKED:
        return TranslatedSides(
            sides, notes=(f"nothing was translated: {clauses:,} clauses are too many unasked",)
        )
    own = sides[number].translated(translator, report)
    note = f"the {get_args(SideName)[number]} was translated with {translator.name}"
    return TranslatedSides((source, own) if number else (own, target), translator.identity, (note,))


@dataclass(frozen=True)
class Sentences:
    """The sentences of a document, what is no content marked.

    `segments` are those of its text; `read` are the same as the encoder reads them, parts of `shown`.
    `notes` are for the reader.
    """

    segments: tuple[Segment, ...]
    read: tuple[Segment, ...]
    shown: Folded
    notes: tuple[str, ...] = ()


def sentences_in(
    document: Document,
    language: str,
    *,
    name: str = "the text",
    wrapped: Wrapped = "auto",
    rules: SegmentationRules | None = None,
) -> Sentences:
    """The sentences of a document, each with its place; `rules` are the user's.

    What is no content is found in the readable text, so that it is the same however it is written. A note on
    lines that were joined calls the document by its path, else by `name`.
    """
    text = document.text
    if not document.places or wrapped != "auto":  # other files than plain text say where paragraphs end
        text = unwrapped(text, wrapped)
    notes: tuple[str, ...] = ()
    if text != document.text:
        lines = f"the lines of {document.path or name} end inside sentences"
        notes = (f"{lines} and were joined (--wrapped no keeps them)",)
    if rules:
        found = rules.sentences(text, language)
    else:
        found = cut_datelines(segment(text, language, wrapped="no"), language, text)
    placed = document.placed(found)
    shown = Folded.readable(text, language)
    moved = [_moved(s, shown.text, shown.place(s.start), shown.place(s.end)) for s in placed]
    read = mark_boilerplate(moved, language, shown.text)
    segments = tuple(
        replace(s, text=document.text[s.start : s.end], boilerplate=r.boilerplate)
        for s, r in zip(placed, read, strict=True)
    )
    return Sentences(segments, read, shown, notes)


def _moved(segment: Segment, text: str, start: int, end: int) -> Segment:
    """The segment with what stands at these offsets of a text."""
    return replace(segment, start=start, end=end, text=text[start:end])


def clauses_of(sentence: Segment, language: str) -> tuple[Segment, ...]:
    """The clauses of a sentence; the sentence itself where they are too many."""
    clauses = cut_clauses(sentence, language)
    return clauses if len(clauses) <= MAX_CLAUSES else (sentence,)


def sentences_of(whole: Segment, language: str) -> tuple[Segment, ...]:
    """The sentences of a segment that the user made; the segment itself where there are none."""
    parts = segment(whole.text, language)
    placed = (
        replace(part, start=whole.start + part.start, end=whole.start + part.end, id=whole.id)
        for part in parts
    )
    return tuple(placed) or (whole,)


def _with_translation(clause: Segment, made: Translation) -> Segment:
    return replace(clause, translation=made.text, quality=made.quality)


def _translation(clauses: Sequence[Segment]) -> dict[str, Any]:
    """The translations of neighbouring clauses as one text, and the least of their qualities.

    A clause without one leaves a mark in its place; where no clause has one, the text is "".
    """
    told = [clause for clause in clauses if clause.translation is not None]
    if not told:
        return {"translation": None, "quality": None}
    from polyalign.translation.splitting import joined

    texts = [clause.translation or LEFT_OUT for clause in told]
    quality = min((clause.quality for clause in told if clause.quality is not None), default=None)
    return {"translation": joined(texts) if any(c.translation for c in told) else "", "quality": quality}
