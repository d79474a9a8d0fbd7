"""The order of the stages: Document -> language -> clauses, translations -> vectors -> links -> Bitext."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Literal, get_args

from polyalign import asking, encoders
from polyalign.asking import Answer, IdPair, read_answer
from polyalign.bitext import Bitext, overlaps_marked
from polyalign.detection import detect, language_of
from polyalign.errors import InputError, UsageError
from polyalign.inside import INSIDE, word_encoder
from polyalign.notes import notes_on, reasons
from polyalign.parts import Bead, Document, SideName, WordLink
from polyalign.preparation import PreparedSide, prepared, translated_sides
from polyalign.progress import Stage
from polyalign.segmentation import SegmentationRules, Wrapped, read_srx
from polyalign.tags import primary
from polyalign.threads import one_thread_each
from polyalign.version import VERSION

if TYPE_CHECKING:
    from polyalign.alignment import Group
    from polyalign.encoders import Encoder
    from polyalign.translation.between import Find, Translators

Mode = Literal["auto", "parallel", "comparable"]
Text = Document | os.PathLike[str] | str  # what `pair` takes

_Sides = tuple[PreparedSide, PreparedSide]

_LOG = logging.getLogger("polyalign")

_NAME_LENGTH = 100  # characters of a text that may have been meant as the name of a file
_PARALLEL_ORDER = 0.9  # Kendall's tau from which a text counts as parallel, if
_PARALLEL_SHARE = 0.6  # this share of both sides is aligned
_ORDER_TRUST: dict[str, float | None] = {"auto": None, "parallel": 1.0, "comparable": 0.0}


@dataclass(frozen=True)
class Aligner:
    """Pairs documents; models load on first use and stay.

    `encoder` is a name (see `polyalign.encoders.NAMES`) or any object with the Encoder protocol.
    `mode` says how far to trust the order of the texts: "parallel" wholly, "comparable" not at
    all, "auto" as far as the texts themselves show. Beads below `min_score` (0..1) are dropped.
    `translate` says whose translations are used besides: nobody's ("off"), those of an installed
    model ("auto"; of 2,000 clauses at most), of the model with this folder or name, or of the
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
        too long to compare, a model for other languages, an answer about other texts,
        UnreadableError for a file that cannot be read, NotInstalledError for an encoder or a model that
        is missing.
        """
        documents = document_of(source), document_of(target)
        sides = self._prepared(documents)
        translators, asked = None if self.translate == "off" else self._translators, self.translate != "auto"
        translated = translated_sides(sides, translators, self._report, asked=asked)
        sides = translated.sides
        answer = read_answer(answers, sides[0].side, sides[1].side) if answers else None
        found, order = self._aligned(sides, answer)
        groups = [group for group in found if group.score >= self.min_score]
        ours = [edges for group in groups for edges in group.source]
        theirs = [edges for group in groups for edges in group.target]
        source_side, target_side = sides[0].cut(ours), sides[1].cut(theirs)
        beads = [
            Bead(source_side.segments(g.source), target_side.segments(g.target), g.score, evidence=g.evidence)
            for g in groups
        ]
        bitext = Bitext(
            source_side.side,
            target_side.side,
            overlaps_marked(sorted(beads, key=lambda bead: (bead.source, bead.target))),
            self.mode if self.mode != "auto" else _mode(order, sides[0].share(ours), sides[1].share(theirs)),
            self._signed(translated.by) + (f" | answer:{answer.digest}" if answer else ""),
            inside=INSIDE,
        )
        notes = [
            *chain.from_iterable(document.notes for document in documents),
            *chain.from_iterable(side.notes for side in sides),
            *(self._rules.notes if self._rules else ()),
            *translated.notes,
            *((*answer.notes, *answer.not_followed(_id_pairs(found, sides))) if answer else ()),
            *notes_on(bitext, documents, cut_off=(source_side.cut_off, target_side.cut_off)),
        ]
        if len(groups) == len(found):  # else it is no wonder that a text stays alone
            notes += reasons(bitext, documents)
        for note in notes:
            _LOG.info("%s", note)
        return replace(bitext, notes=tuple(notes))

    def ask(self, source: Text, target: Text) -> tuple[str, ...]:
        """What to ask a chat model about two texts, in as many parts as it takes; nothing is sent.

        Its answers go to `pair`. Takes and raises what `pair` takes and raises.
        """
        sides = self._prepared((document_of(source), document_of(target)))
        links: list[IdPair] = []
        if max(len(side.side.segments) for side in sides) > asking.PART:
            found, _ = self._aligned(sides)
            links = _id_pairs(found, sides)
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

    def _report(self, stage: Stage) -> None:
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

    def _prepared(self, documents: tuple[Document, Document]) -> _Sides:
        """Both texts in the languages that they are in, which the encoder must cover."""
        languages = []
        for name, document in zip(get_args(SideName), documents, strict=True):
            advice = f"pass it with --{name}-lang, or Document(text, language=...) in Python"
            if not document.path and len(document.text) < _NAME_LENGTH and "\n" not in document.text:
                advice += ", or Path(...) if this is the name of a file"
            languages.append(language_of(document, name, advice))
        # a file of two languages, each side of which is given as one of them
        shared = documents[0].text == documents[1].text and primary(languages[0]) != primary(languages[1])
        sides = []
        for name, document, language in zip(get_args(SideName), documents, languages, strict=True):
            encoders.check_covered(self._encoder, language)
            self._report(Stage("segmenting", f"{document.path or name} ({language})"))
            sides.append(
                prepared(
                    document, language, name=name, wrapped=self.wrapped, rules=self._rules, shared=shared
                )
            )
        return sides[0], sides[1]

    def _aligned(self, sides: _Sides, answer: Answer | None = None) -> tuple[list[Group], float]:
        """What belongs together, in units, and the order of the texts (Kendall's tau)."""
        from polyalign.alignment import TextSide, align_texts

        counted = " and ".join(f"{len(own.side.segments)} ({own.side.language})" for own in sides)
        source, target = (
            TextSide(
                side.texts,
                side.excluded,
                uncut=side.uncut,
                translations=side.translations,
                answered=answer.labels(name, len(side.texts)) if answer else None,
            )
            for name, side in zip(get_args(SideName), sides, strict=True)
        )

        def report(name: str, done: int, total: int | None) -> None:
            about = f"{counted} segments" if name == "encoding" and total is None else ""
            self._report(Stage(name, about, done, total))

        with one_thread_each():
            return align_texts(source, target, self._encoder, order=_ORDER_TRUST[self.mode], report=report)


def document_of(text: Text) -> Document:
    """The document itself, that of a file, or that of a string, as `Aligner.pair` says."""
    if isinstance(text, Document):
        return text
    from polyalign.formats import names_file, read

    return Document(text) if isinstance(text, str) and not names_file(text) else read(text)


def _id_pairs(groups: Iterable[Group], sides: _Sides) -> list[IdPair]:
    """The whole segments that each group joins, parts of them too."""
    return [(frozenset(sides[0].segments(g.source)), frozenset(sides[1].segments(g.target))) for g in groups]


def _mode(order: float, *shares: float) -> str:
    """ "parallel" for texts that run side by side, given their order and how much of each is aligned."""
    return "parallel" if order >= _PARALLEL_ORDER and min(shares) >= _PARALLEL_SHARE else "comparable"


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
