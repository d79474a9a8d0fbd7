"""The order of the stages: Document -> language -> sentences, clauses -> vectors -> links -> Bitext."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING, Literal, get_args

from polyalign import encoders
from polyalign.bitext import Bead, Bitext, Document, Segment, Side, SideName, overlaps_marked
from polyalign.detection import UNDETERMINED, detect
from polyalign.errors import InputError, LanguageError, UsageError
from polyalign.segmentation import cut_clauses, mark_boilerplate, segment
from polyalign.threads import within_cores

if TYPE_CHECKING:
    from polyalign.alignment import Alignment, Half, Link
    from polyalign.encoders import Encoder

Mode = Literal["auto", "parallel", "comparable"]

LARGEST_GROUP = 6  # segments of one side in a bead
MAX_PAIRS = 10_000_000  # of groups that are compared at a time, 4 bytes each
MAX_SEGMENTS = 10_000  # with content, of one side; as many groups, 2 KB each, are held at a time
MAX_READ = 20_000  # characters of a clause that are compared
MAX_CLAUSES = 24  # of a sentence, every stretch of which is a group; one that has more is not cut
_LEAST_GROUP = 3  # where only smaller groups fit, sentences are not cut
_PARALLEL_ORDER = 0.9  # Kendall's tau from which a text counts as parallel, if
_PARALLEL_SHARE = 0.6  # this share of both sides is aligned
_TRUST: dict[str, float | None] = {"auto": None, "parallel": 1.0, "comparable": 0.0}


@dataclass(frozen=True)
class Aligner:
    """Pairs documents; models load on first use and stay.

    `encoder` is a name (see `polyalign.encoders.NAMES`) or any object with the Encoder protocol.
    `mode` says how far to trust the order of the texts: "parallel" wholly, "comparable" not at
    all, "auto" as far as the texts themselves show. Beads below `min_score` (0..1) are dropped.
    `progress` is called with a line about each stage that begins.
    """

    encoder: str | Encoder = encoders.DEFAULT
    mode: Mode = "auto"
    min_score: float = 0.0
    progress: Callable[[str], None] = field(default=lambda _: None, repr=False)

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise UsageError(f"unknown mode {self.mode!r}: use one of {', '.join(get_args(Mode))}")
        if not 0 <= self.min_score <= 1:
            raise UsageError(f"min_score is {self.min_score}: it is a probability, give 0 to 1")

    def pair(self, source: Document, target: Document) -> Bitext:
        """The bitext of two documents.

        Raises LanguageError for a language that is unknown or not covered, InputError for texts
        too long to compare, NotInstalledError for an encoder that is missing.
        """
        sides, largest = _affordable(self._side(source, "source"), self._side(target, "target"))
        with within_cores():
            alignment = self._aligned(sides, largest)
        beads = [bead for bead in _beads(alignment.links, *sides) if bead.score >= self.min_score]
        bitext = Bitext(sides[0].side, sides[1].side, overlaps_marked(beads))
        mode = self.mode if self.mode != "auto" else _mode(bitext, alignment.order)
        notes = (*source.notes, *target.notes, *_notes(bitext, source, target))
        return replace(bitext, mode=mode, signature=self.signature, notes=notes)

    def pair_many(self, pairs: Iterable[tuple[Document, Document]]) -> Iterator[Bitext]:
        """The bitext of each pair, one at a time, in the order of the input."""
        return (self.pair(source, target) for source, target in pairs)

    @property
    def signature(self) -> str:
        """All that is needed to get the same result again."""
        from importlib.metadata import version

        from polyalign.alignment.model import version as weights_version

        parts = (f"polyalign {version('polyalign')}", f"mode:{self.mode}", f"encoder:{self._encoder.name}")
        return " | ".join(
            (*parts, f"weights:{weights_version()}", f"min-score:{self.min_score:g}", "translate:off")
        )

    @cached_property
    def _encoder(self) -> Encoder:
        return encoders.load(self.encoder) if isinstance(self.encoder, str) else self.encoder

    def _side(self, document: Document, name: str) -> _Prepared:
        language = document.language or _detected(document, name)
        encoders.check_covered(self._encoder, language)
        self.progress(f"segmenting {document.path or name} ({language})")
        if document.segments is not None:
            _refuse_too_many(document.segments, document.path or name)
            side = Side(language, document.segments, document.path)
            return _Prepared(side, tuple((s,) for s in document.segments))
        segments = segment(document.text, language)
        _refuse_too_many(segments, document.path or name)
        marked = mark_boilerplate(segments, language, document.text)
        clauses = tuple((s,) if s.boilerplate else _clauses(s, language) for s in marked)
        return _Prepared(Side(language, marked, document.path), clauses)

    def _aligned(self, sides: _Sides, largest: int) -> Alignment:
        from polyalign.alignment import align

        halves = [self._half(prepared, largest) for prepared in sides]
        self.progress("aligning")
        return align(*halves, order=_TRUST[self.mode], calibrated=self._encoder.calibrated)

    def _half(self, prepared: _Prepared, largest: int) -> Half:
        from polyalign.alignment import Half, spans_of

        spans = spans_of([len(c) for c in prepared.clauses], largest, skip=prepared.silent)
        units = prepared.units
        self.progress(f"encoding {len(prepared.side.segments)} segments ({prepared.side.language})")
        return Half(spans, self._encoder.encode_spans(units, spans.pairs()), units)


@dataclass(frozen=True)
class _Prepared:
    """A side with the clauses of each of its segments."""

    side: Side
    clauses: tuple[tuple[Segment, ...], ...]

    @property
    def silent(self) -> frozenset[int]:
        """The segments that are never aligned."""
        return frozenset(s.id for s in self.side.segments if s.boilerplate or not s.shown.strip())

    @cached_property
    def units(self) -> list[str]:
        """The clauses of all segments, as the encoder reads them."""
        return [clause.shown[:MAX_READ] for clauses in self.clauses for clause in clauses]

    @cached_property
    def segment_of(self) -> list[int]:
        """The segment that each unit belongs to."""
        return [k for k, clauses in enumerate(self.clauses) for _ in clauses]

    @property
    def whole(self) -> _Prepared:
        """The same side, its sentences not cut."""
        return _Prepared(self.side, tuple((s,) for s in self.side.segments))

    def groups(self, largest: int) -> int:
        """How many groups of up to `largest` sentences and stretches of clauses there are, at most."""
        silent = self.silent
        cuts = [len(clauses) for k, clauses in enumerate(self.clauses) if k not in silent]
        return len(cuts) * largest + sum(n * (n + 1) // 2 - 1 for n in cuts)

    def segments(self, units: tuple[int, int]) -> tuple[int, ...]:
        """The segments that a stretch of units touches."""
        return tuple(range(self.segment_of[units[0]], self.segment_of[units[1] - 1] + 1))


def _detected(document: Document, name: str) -> str:
    found = detect(document.text)
    if found.language == UNDETERMINED:
        raise LanguageError(
            f"{document.path or name}: its language cannot be told ({found.reason}): "
            f"pass it with --{name}-lang, or language= in Python"
        )
    return found.language


_Sides = tuple[_Prepared, _Prepared]


def _clauses(sentence: Segment, language: str) -> tuple[Segment, ...]:
    """The clauses of a sentence; the sentence itself where they are too many."""
    clauses = cut_clauses(sentence, language)
    return clauses if len(clauses) <= MAX_CLAUSES else (sentence,)


def _refuse_too_many(segments: Sequence[Segment], name: str) -> None:
    """Raise InputError, before any work, for a side that cannot be held in memory."""
    count = sum(1 for s in segments if s.text.strip())
    if count > MAX_SEGMENTS:
        raise InputError(
            f"{name}: {count:,} segments are too many ({MAX_SEGMENTS:,} at most): "
            "split the texts, by chapters for example"
        )


def _affordable(source: _Prepared, target: _Prepared) -> tuple[_Sides, int]:
    """The sides, cut into clauses if that fits in memory, and the largest groups that do.

    Raises InputError where not even single sentences can be compared.
    """
    whole = source.whole, target.whole
    for sides, least in (((source, target), _LEAST_GROUP), (whole, 1)):
        for largest in range(LARGEST_GROUP, least - 1, -1):
            counts = [side.groups(largest) for side in sides]
            if max(counts) <= MAX_SEGMENTS and counts[0] * counts[1] <= MAX_PAIRS:
                return sides, largest
    n, m = (side.groups(1) for side in whole)
    limit = int(MAX_PAIRS**0.5)
    raise InputError(
        f"{n:,} and {m:,} segments are too many to compare (about {limit:,} a side at most): "
        "split the texts, by chapters for example"
    )


def _beads(links: Sequence[Link], source: _Prepared, target: _Prepared) -> list[Bead]:
    """Links between clauses as beads between segments, in the order of the source.

    Links from the clauses of one sentence become one bead of that sentence and all it goes to,
    seen from the side that leaves fewer beads, then better ones, so that neither side is preferred.
    """
    beads = [
        Bead(source.segments(link.source), target.segments(link.target), link.score, evidence=link.evidence)
        for link in links
    ]
    ways = [_joined(_joined(beads, "source"), "target"), _joined(_joined(beads, "target"), "source")]
    best = min(ways, key=_fewest_best)
    return sorted(best, key=lambda bead: (bead.source, bead.target))


def _joined(beads: Sequence[Bead], side: SideName) -> list[Bead]:
    """The beads, those with the same segments on this side united."""
    groups: dict[tuple[int, ...], list[Bead]] = {}
    for bead in beads:
        groups.setdefault(getattr(bead, side), []).append(bead)
    return [_united(group) for group in groups.values()]


def _fewest_best(beads: Sequence[Bead]) -> tuple[int, float]:
    return len(beads), -fsum(bead.score * (len(bead.source) + len(bead.target)) for bead in beads)


def _united(beads: Sequence[Bead]) -> Bead:
    """One bead of all their segments, as probable as the least of them."""
    if len(beads) == 1:
        return beads[0]
    best = max(beads, key=lambda bead: bead.score)
    return Bead(
        tuple(sorted({i for bead in beads for i in bead.source})),
        tuple(sorted({j for bead in beads for j in bead.target})),
        min(bead.score for bead in beads),
        evidence=best.evidence,
    )


def _mode(bitext: Bitext, order: float) -> str:
    """ "parallel" for texts that run side by side, else "comparable"."""
    shares = []
    for name, side in (("source", bitext.source), ("target", bitext.target)):
        content = {s.id for s in side.segments if not s.boilerplate and s.text.strip()}
        aligned = {i for bead in bitext.beads for i in getattr(bead, name)}
        shares.append(len(aligned) / max(len(content), 1))
    return "parallel" if order >= _PARALLEL_ORDER and min(shares) >= _PARALLEL_SHARE else "comparable"


def _notes(bitext: Bitext, source: Document, target: Document) -> Iterator[str]:
    if bitext.source.language == bitext.target.language:
        same = (
            "the two texts are identical" if source.text == target.text else "both texts are in one language"
        )
        yield f"{same} ({bitext.source.language})"
    for name, side in (("source", bitext.source), ("target", bitext.target)):
        if long := sum(len(s.text) > MAX_READ for s in side.segments):
            yield f"of {long} very long {name} segments only the first {MAX_READ:,} characters are compared"
        if not any(s.text.strip() and not s.boilerplate for s in side.segments):
            yield f"the {name} text has nothing to align"
    if not bitext.beads:
        yield "no pairs found"
