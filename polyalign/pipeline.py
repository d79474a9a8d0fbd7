"""The order of the stages: Document -> language -> clauses, translations -> vectors -> links -> Bitext."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Literal, get_args

from polyalign import asking, encoders, preparation
from polyalign.asking import Answer, read_answer
from polyalign.bitext import Bitext, overlaps_marked
from polyalign.detection import detect
from polyalign.errors import InputError, LanguageError, PolyalignError, UsageError
from polyalign.inside import INSIDE, with_words, word_encoder
from polyalign.parts import Bead, Document, Segment, SideName, WordLink
from polyalign.preparation import PreparedSide, Range, notes_on_lines, sentences_in
from polyalign.progress import Stage
from polyalign.reasons import other_languages, reasons
from polyalign.segmentation import SegmentationRules, Wrapped, read_srx
from polyalign.tags import UNDETERMINED, primary
from polyalign.threads import one_thread_each
from polyalign.version import VERSION

if TYPE_CHECKING:
    from polyalign.alignment import EncodedSide, Group, Link
    from polyalign.encoders import Encoder
    from polyalign.translation.between import Find, Translators

Mode = Literal["auto", "parallel", "comparable"]
Text = Document | os.PathLike[str] | str  # what `pair` takes

_LOG = logging.getLogger("polyalign")

LARGEST_GROUP = 6  # segments of one side in a bead,
LARGEST_COMPLETE = 10  # and in texts that seem translated completely
MAX_AT_ONCE = 2_000  # groups of a side that are compared with all others; more go window by window
MAX_SEGMENTS = 200_000  # with content, of one side; their vectors, 2 KB each, are held
MAX_UNASKED = 2_000  # clauses that "auto" translates, minutes of work
_PARALLEL_ORDER = 0.9  # Kendall's tau from which a text counts as parallel, if
_PARALLEL_SHARE = 0.6  # this share of both sides is aligned
_TRUST: dict[str, float | None] = {"auto": None, "parallel": 1.0, "comparable": 0.0}


@dataclass(frozen=True)
class Aligner:
    """Pairs documents; models load on first use and stay.

    `encoder` is a name (see `polyalign.encoders.NAMES`) or any object with the Encoder protocol.
    `mode` says how far to trust the order of the texts: "parallel" wholly, "comparable" not at
    all, "auto" as far as the texts themselves show. Beads below `min_score` (0..1) are dropped.
    `translate` says whose translations are used besides: nobody's ("off"), those of an installed
    model ("auto"; of up to MAX_UNASKED clauses), of the model with this folder or name, or of the
    translator that a function gives for (from language, into language), or None.
    `srx` is an SRX file with rules for sentences, in place of polyalign's own. `wrapped` says whether
    lines of plain text are broken at a width, inside sentences ("yes", "no"); "auto": as they look.
    `progress` is called with each stage that begins, and how far it is (a `Stage`; its `str` is a line); the
    logger "polyalign" gets these lines as DEBUG, and the notes of each bitext as INFO.
    """

    encoder: str | Encoder = encoders.DEFAULT
    mode: Mode = "auto"
    min_score: float = 0.0
    translate: str | Find = "auto"
    srx: str | None = None
    wrapped: Wrapped = "auto"
    progress: Callable[[Stage], None] = field(default=lambda _: None, repr=False)

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise UsageError(f"unknown mode {self.mode!r}: use one of {', '.join(get_args(Mode))}")
        if self.wrapped not in get_args(Wrapped):
            raise UsageError(f"unknown wrapped {self.wrapped!r}: use one of {', '.join(get_args(Wrapped))}")
        if not 0 <= self.min_score <= 1:
            raise UsageError(f"min_score is {self.min_score}: it is a probability, give 0 to 1")

    def pair(self, source: Text, target: Text, *, answers: Sequence[str] = ()) -> Bitext:
        """The bitext of two texts: documents, files or strings.

        A path is read as `polyalign.read` does. So is a string of one line that ends in a suffix of a file
        ("ar.txt"); any other string is a text itself. Where strings come from strangers pass
        `Document(text)`, which is never taken for a file.

        `answers` are what a chat model said to the questions of `ask`, which counts beside all else.

        Raises LanguageError for a language that is unknown or not covered, InputError for texts
        too long to compare, a model between other languages or an answer about other texts,
        UnreadableError for a file that cannot be read, NotInstalledError for an encoder or a model that
        is missing.
        """
        source, target = document_of(source), document_of(target)
        twice = source.text == target.text  # a file of two languages, perhaps, of which each side is one
        apart = twice and primary(source.language or "") != primary(target.language or "")
        translated = self._translated(
            (self._side(source, "source", apart=apart), self._side(target, "target", apart=apart))
        )
        sides = translated.sides
        answer = read_answer(answers, sides[0].side, sides[1].side) if answers else None
        with one_thread_each():
            found, order = self._aligned(sides, answer)
        groups = [group for group in found if group.score >= self.min_score]
        ours, theirs = _taken(groups)
        mode = (
            self.mode if self.mode != "auto" else _mode(order, sides[0].share(ours), sides[1].share(theirs))
        )
        sides = sides[0].cut(ours), sides[1].cut(theirs)
        bitext = Bitext(sides[0].side, sides[1].side, _beads(groups, *sides))
        seen = _notes(bitext, sides, identical=twice)
        rules = self._rules.notes if self._rules else ()
        dropped = len(groups) < len(found)  # by min_score: no wonder that a text stays alone
        why = () if dropped else reasons(bitext, (source.language, target.language))
        both = zip((source, target), ("the source text", "the target text"), strict=True)
        lines = chain.from_iterable(notes_on_lines(text, name, self.wrapped) for text, name in both)
        said = answer.notes if answer else ()
        notes = (*source.notes, *target.notes, *lines, *rules, *translated.notes, *said, *seen, *why)
        for note in notes:
            _LOG.info("%s", note)
        signature = self._signed(translated.by) + (f" | answer:{answer.digest}" if answer else "")
        return replace(bitext, mode=mode, signature=signature, notes=notes, inside=INSIDE)

    def ask(self, source: Text, target: Text) -> tuple[str, ...]:
        """What to ask a chat model about two texts, in as many parts as it takes; nothing is sent.

        Its answers go to `pair`. Takes and raises what `pair` takes and raises.
        """
        source, target = document_of(source), document_of(target)
        sides = self._side(source, "source"), self._side(target, "target")
        links: list[asking.Group] = []
        if max(len(side.side.segments) for side in sides) > asking.PART:
            with one_thread_each():
                found, _ = self._aligned(sides)
            links = [
                (frozenset(sides[0].segments(group.source)), frozenset(sides[1].segments(group.target)))
                for group in found
            ]
        return asking.questions(sides[0].side, sides[1].side, links)

    def pair_many(self, pairs: Iterable[tuple[Text, Text]]) -> Iterator[Bitext]:
        """The bitext of each pair, one at a time, in the order of the input; takes what `pair` takes."""
        return (self.pair(source, target) for source, target in pairs)

    def words(
        self, source_text: str, target_text: str, *, source_language: str = "", target_language: str = ""
    ) -> tuple[WordLink, ...]:
        """Which words of two texts that say the same correspond, whatever encoder pairs documents.

        Languages that are not given are detected. Raises LanguageError for one that is unknown or whose
        words have no vectors, InputError for texts of more than about 1,200 words or 20,000 characters each.
        """
        from polyalign.words import compare_many

        given = ((source_text, source_language, "source"), (target_text, target_language, "target"))
        languages = [
            language_of(Document(text, language=tag or None), name, f"pass {name}_language=")
            for text, tag, name in given
        ]
        encoder = word_encoder(*languages)
        pairs = [(source_text, target_text)]
        found = next(compare_many(pairs, languages=(languages[0], languages[1]), encoder=encoder))
        if found.refused:
            raise InputError(found.refused)
        return found.links

    @property
    def signature(self) -> str:
        """All that is needed to get the same result again; that of a bitext names the model's revision."""
        return self._signed(self.translate if isinstance(self.translate, str) else "function")

    def _begin(self, stage: Stage) -> None:
        _LOG.debug("%s", stage)
        self.progress(stage)

    def _signed(self, translated_by: str) -> str:
        from polyalign.alignment import weights_version

        parts = {
            "mode": self.mode,
            "encoder": self._encoder.name,
            "weights": weights_version(),
            "min-score": f"{self.min_score:g}",
            "translate": translated_by,
        }
        if self._rules:
            parts["srx"] = self._rules.digest
        if self.wrapped != "auto":
            parts["wrapped"] = self.wrapped
        return " | ".join((f"polyalign {VERSION}", *(f"{k}:{v}" for k, v in parts.items())))

    @cached_property
    def _encoder(self) -> Encoder:
        return encoders.load(self.encoder) if isinstance(self.encoder, str) else self.encoder

    @cached_property
    def _rules(self) -> SegmentationRules | None:
        return read_srx(self.srx) if self.srx is not None else None

    @cached_property
    def _translators(self) -> Translators:
        from polyalign.translation.between import Translators

        return Translators(self.translate)

    def _translated(self, sides: _Sides) -> _Translated:
        """The sides, one of them with translations where that is wanted and possible."""
        if self.translate == "off":
            return _Translated(sides)
        one, other = (prepared.side.language for prepared in sides)
        try:
            found = self._translators.between(one, other)
        except PolyalignError as error:
            if self.translate != "auto":
                raise
            return _Translated(sides, notes=(f"nothing was translated: {error}",))
        if found is None:
            return _Translated(sides)
        translator, language = found
        number = 0 if language == one else 1
        clauses = len(sides[number].flat)
        if self.translate == "auto" and clauses > MAX_UNASKED:
            return _Translated(
                sides, notes=(f"nothing was translated: {clauses:,} clauses are too many unasked",)
            )
        own = sides[number].translated(translator, self._begin)
        note = f"the {get_args(SideName)[number]} was translated with {translator.name}"
        return _Translated((sides[0], own) if number else (own, sides[1]), translator.identity, (note,))

    def _side(self, document: Document, name: str, *, apart: bool = False) -> PreparedSide:
        language = language_of(document, name, f"pass it with --{name}-lang, or language= in Python")
        encoders.check_covered(self._encoder, language)
        self._begin(Stage("segmenting", f"{document.path or name} ({language})"))
        if document.segments is not None:
            _refuse_too_many(document.segments, document.path or name)
            return PreparedSide.given(document, document.segments, language)
        found = sentences_in(document, language, wrapped=self.wrapped, rules=self._rules)
        _refuse_too_many(found.segments, document.path or name)
        if apart and (others := other_languages(found.segments, language)):
            kinds = ["other language" if s.id in others else s.boilerplate for s in found.segments]
            if len(others) < len(kinds):
                marked = (replace(s, boilerplate=kind) for s, kind in zip(found.segments, kinds, strict=True))
                found = replace(found, segments=tuple(marked))
        return PreparedSide.of(document, found, language)

    def _aligned(self, sides: _Sides, answer: Answer | None = None) -> tuple[list[Group], float]:
        """What belongs together, in units, and the order of the texts (Kendall's tau)."""
        from polyalign.alignment import align_sides, extended, grouped

        if max(side.groups(LARGEST_GROUP) for side in sides) > MAX_AT_ONCE:
            return self._aligned_long(sides, answer)
        source, target = self._encoded(sides, answer)
        self._begin(Stage("aligning"))
        calibrated = self._encoder.calibrated
        order = _TRUST[self.mode]
        found = align_sides(
            source, target, order=order, calibrated=calibrated, largest_second=LARGEST_COMPLETE
        )
        links = _adjoined(found.links, *sides)
        if calibrated and (source.clausal or target.clausal):
            return extended(source, target, links, self._encoder.encode), found.order
        return grouped(links), found.order

    def _aligned_long(self, sides: _Sides, answer: Answer | None) -> tuple[list[Group], float]:
        """The same for texts that are too long to compare everything with everything."""
        from polyalign.alignment import TextSide, align_long, grouped

        source, target = (
            TextSide(
                side.texts,
                side.excluded,
                LARGEST_GROUP,
                LARGEST_COMPLETE,
                side.uncut,
                side.translations,
                answer.labels(side is sides[0], range(len(side.texts))) if answer else None,
            )
            for side in sides
        )
        found = align_long(
            source,
            target,
            self._encoder,
            order=_TRUST[self.mode],
            calibrated=self._encoder.calibrated,
            report=lambda stage, done, total: self._begin(Stage(stage, "", done, total)),
        )
        return grouped(_adjoined(found.links, *sides)), found.order

    def _encoded(self, sides: _Sides, answer: Answer | None) -> tuple[EncodedSide, EncodedSide]:
        """The groups of sentences and of clauses of both sides, and their vectors."""
        from polyalign.alignment import EncodedSide, encode_together, spans_of

        counted = " and ".join(f"{len(own.side.segments)} ({own.side.language})" for own in sides)
        self._begin(Stage("encoding", f"{counted} segments"))
        both = encode_together(self._encoder, [own.units for own in sides])
        encoded = []
        for own, units in zip(sides, both, strict=True):
            counts = [len(clauses) for clauses in own.clauses]
            spans = spans_of(counts, LARGEST_GROUP, excluded=own.excluded, uncut=own.uncut)
            texts = own.translations
            translations = None if texts is None else [*chain.from_iterable(texts)]
            side = EncodedSide.of(spans, own.units, self._encoder, translations, units)
            if answer:
                side = replace(side, answered=answer.labels(own is sides[0], own.segment_of))
            encoded.append(side)
        return encoded[0], encoded[1]


@dataclass(frozen=True)
class _Translated:
    """The two sides after translation, by whom (as in signatures), and what the reader should know."""

    sides: _Sides
    by: str = "off"
    notes: tuple[str, ...] = ()


def document_of(text: Text) -> Document:
    """The document itself, that of a file, or that of a string, as `Aligner.pair` says."""
    if isinstance(text, Document):
        return text
    from polyalign.formats import names_file, read

    return Document(text) if isinstance(text, str) and not names_file(text) else read(text)


def language_of(document: Document, name: str, advice: str) -> str:
    """The language the user gave, else the detected one, else the one that the file states.

    Raises LanguageError, which calls the document by its path, else by `name`, and ends with the advice.
    """
    if document.language:
        return document.language
    found = detect(document.text)
    if found.language == UNDETERMINED and document.stated:
        return document.stated
    if found.language == UNDETERMINED:
        raise LanguageError(
            f"{document.path or name}: its language cannot be told ({found.reason}): {advice}"
        )
    return found.language


_Sides = tuple[PreparedSide, PreparedSide]


def _refuse_too_many(segments: Sequence[Segment], name: str) -> None:
    """Raise InputError, before any work, for a side that cannot be held in memory."""
    count = sum(s.alignable for s in segments)
    if count > MAX_SEGMENTS:
        raise InputError(
            f"{name}: {count:,} segments are too many ({MAX_SEGMENTS:,} at most): "
            "split the texts, by chapters for example"
        )


def _adjoined(links: Sequence[Link], source: PreparedSide, target: PreparedSide) -> list[Link]:
    """The links by source; those that go on from each other in one sentence on both sides are one.

    So the reader sees sentences where sentences match and clauses where they part ways.
    """
    runs: list[list[Link]] = []
    for link in sorted(links, key=lambda link: link.source):
        if runs and _goes_on(runs[-1][-1], link, source, target):
            runs[-1].append(link)
        else:
            runs.append([link])
    return [_united(run) for run in runs]


def _goes_on(one: Link, other: Link, source: PreparedSide, target: PreparedSide) -> bool:
    """Whether the other link begins where this one ends, within a sentence, on both sides."""
    ways = ((source, one.source, other.source), (target, one.target, other.target))
    return all(a[1] == b[0] and side.in_one_sentence(a[0], b[1]) for side, a, b in ways)


def _united(run: Sequence[Link]) -> Link:
    """One link over neighbours, as probable as the weakest, with the evidence of the strongest."""
    return replace(
        max(run, key=lambda link: link.score),
        source=(run[0].source[0], run[-1].source[1]),
        target=(run[0].target[0], run[-1].target[1]),
        score=min(link.score for link in run),
    )


def _taken(groups: Sequence[Group]) -> tuple[list[Range], list[Range]]:
    """The ranges of units of either side that the groups take up."""
    source = [edges for group in groups for edges in group.source]
    return source, [edges for group in groups for edges in group.target]


def _beads(groups: Sequence[Group], source: PreparedSide, target: PreparedSide) -> tuple[Bead, ...]:
    """The groups as beads between the segments of sides that are cut where the groups begin and end."""
    beads = (
        Bead(
            source.segments(group.source), target.segments(group.target), group.score, evidence=group.evidence
        )
        for group in groups
    )
    return overlaps_marked(sorted(beads, key=lambda bead: (bead.source, bead.target)))


def _mode(order: float, *shares: float) -> str:
    """ "parallel" for texts that run side by side, given their order and how much of each is aligned."""
    return "parallel" if order >= _PARALLEL_ORDER and min(shares) >= _PARALLEL_SHARE else "comparable"


def _notes(bitext: Bitext, sides: _Sides, *, identical: bool) -> Iterator[str]:
    if bitext.source.language == bitext.target.language:
        same = "the two texts are identical" if identical else "both texts are in one language"
        yield f"{same} ({bitext.source.language})"
    for name, side in zip(get_args(SideName), sides, strict=True):
        if long := side.long:
            read = f"only the first {preparation.MAX_READ:,} characters are compared"
            yield f"of {long} very long {name} segments {read}"
        if not any(s.alignable for s in side.side.segments):
            yield f"the {name} text has nothing to align"
    if not bitext.beads:
        yield "no pairs found"


def read_bitext(
    path: str | os.PathLike[str],
    *,
    texts: tuple[str | os.PathLike[str], str | os.PathLike[str]] | None = None,
    languages: tuple[str, str] | None = None,
    encoding: str | None = None,
) -> Bitext:
    """What `polyalign.formats.read_bitext` reads, with the languages detected that a file does not state."""
    from polyalign import formats

    found = formats.read_bitext(
        path,
        texts=texts,
        languages=languages,
        encoding=encoding,
        detect=lambda text: detect(text).language,
    )
    return replace(found, inside=INSIDE)


def ready_for(
    form: str, bitext: Bitext, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Bitext:
    """The bitext as a format needs it: its words linked where the format is about them, else as it is.

    `progress` counts the beads. Raises LanguageError for a language whose words have no vectors.
    """
    from polyalign.formats.bitexts.wordlinks import WRITERS

    return with_words(bitext, progress) if form in WRITERS else bitext
