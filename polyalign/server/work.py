"""Long work as small orders, which a child process takes and fulfils."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from polyalign.bitext import Bitext
from polyalign.errors import InputError, NotInstalledError, PolyalignError
from polyalign.parts import Bead, Document, Side
from polyalign.progress import Stage
from polyalign.server.answers import LookedAt

if TYPE_CHECKING:
    from polyalign.formats.common import Unit
    from polyalign.stamps import Stamp
    from polyalign.store import Returned
    from polyalign.terms import TermCandidate

Mode = Literal["auto", "parallel", "comparable"]
Report = Callable[[Stage], None]


class Order(Protocol):
    """Work that can be sent to another process."""

    def result(self, report: Report) -> object:
        """What comes out; `report` takes a line about each stage. Raises PolyalignError."""
        ...


@dataclass(frozen=True)
class Upload:
    """A file that was sent, and the name by which the user knows it."""

    path: Path
    name: str

    @contextmanager
    def errors_named(self) -> Iterator[None]:
        """A block whose errors call the file by the user's name."""
        try:
            yield
        except PolyalignError as error:
            raise type(error)(self.said(str(error))) from error

    def said(self, line: str) -> str:
        """A line about the file, with the user's name for it."""
        return line.replace(str(self.path), self.name)


@dataclass(frozen=True)
class Text:
    """A document to be read, in a language that the user gave or that is to be detected."""

    upload: Upload
    language: str | None = None

    def document(self) -> Document:
        """The document under the user's name for it. Raises what `polyalign.read` raises."""
        from polyalign.formats import read

        with self.upload.errors_named():
            found = read(self.upload.path, language=self.language)
        notes = tuple(self.upload.said(note) for note in found.notes)
        return replace(found, path=self.upload.name, notes=notes)


@dataclass(frozen=True)
class Typed:
    """A text that was sent as it is."""

    text: str
    name: str
    language: str | None = None

    def document(self) -> Document:
        """The text as a document. Raises InputError for an empty one."""
        if not self.text.strip():
            raise InputError(f"{self.name} is empty: give a text with sentences")
        return Document(self.text, self.name, self.language)


@dataclass(frozen=True)
class Made:
    """A bitext with its documents, where these are known, and the file that an export may update."""

    bitext: Bitext
    name: str = ""
    source: Document | None = None
    target: Document | None = None
    file: bytes = b""


@dataclass(frozen=True)
class PairedFiles:
    """Two documents to be aligned; `translate` is as in Aligner, "off" or "auto"."""

    source: Text | Typed
    target: Text | Typed
    mode: Mode = "auto"
    translate: str = "off"

    def result(self, report: Report) -> Made:
        """The bitext with its documents. Raises what reading and aligning raise."""
        from polyalign.pipeline import Aligner

        report(Stage("reading"))
        source, target = self.source.document(), self.target.document()
        aligner = Aligner(mode=self.mode, translate=self.translate, progress=report)
        return Made(aligner.pair(source, target), "", source, target)


@dataclass(frozen=True)
class Read:
    """A file of pairs to be read, in the languages asked for ("": any)."""

    upload: Upload
    languages: tuple[str, str] = ("", "")

    def result(self, report: Report) -> Made:
        """The bitext of the file. Raises what `polyalign.read_bitext` raises."""
        from polyalign.checking import scored
        from polyalign.formats.bitexts import updatable
        from polyalign.pipeline import read_bitext

        report(Stage("reading"))
        with self.upload.errors_named():
            found = read_bitext(self.upload.path, languages=self.languages)
        pairs = sum(bead.score is None for bead in found.beads)
        found = scored(found, lambda done: report(Stage("judging", "", done, pairs, "pairs")))
        notes = tuple(map(self.upload.said, found.notes))
        file = updatable(self.upload.path)
        return Made(replace(found, notes=notes), self.upload.name, file=file)


@dataclass(frozen=True)
class Look:
    """Files to be looked at, before anything is made of them."""

    uploads: tuple[Upload, ...]

    def result(self, report: Report) -> tuple[LookedAt, ...]:
        """What each holds, in their order."""
        report(Stage("reading"))
        return tuple(map(_looked_at, self.uploads))


def _looked_at(upload: Upload) -> LookedAt:
    from polyalign.detection import detect
    from polyalign.formats import read
    from polyalign.formats.bitexts import holds_pairs
    from polyalign.pipeline import read_bitext

    try:
        with upload.errors_named():
            if holds_pairs(str(upload.path)):
                found = read_bitext(upload.path)
                return LookedAt(upload.name, "pairs", (found.source.language, found.target.language), "", "")
            document = read(upload.path)
            language = document.language or detect(document.text).language
            return LookedAt(upload.name, "text", (language,), "", "")
    except PolyalignError as error:
        return LookedAt(upload.name, "nothing", (), str(error), error.fault)


@dataclass(frozen=True)
class Passages:
    """Segments of one side by their ids in the project, in the order of the text."""

    language: str
    segments: Mapping[int, str]

    def document(self) -> Document:
        """The document that consists of these alone."""
        return Document.from_segments(list(self.segments.values()), language=self.language)


@dataclass(frozen=True)
class Realign:
    """Segments that nobody settled, to be aligned again."""

    source: Passages
    target: Passages
    mode: Mode = "auto"

    def result(self, report: Report) -> tuple[Bead, ...]:
        """Beads over the ids of the project. Raises what aligning raises."""
        from polyalign.pipeline import Aligner

        if not self.source.segments or not self.target.segments:
            return ()
        aligner = Aligner(mode=self.mode, translate="off", progress=report)
        found = aligner.pair(self.source.document(), self.target.document())
        ours, theirs = tuple(self.source.segments), tuple(self.target.segments)
        return tuple(
            replace(b, source=tuple(ours[i] for i in b.source), target=tuple(theirs[j] for j in b.target))
            for b in found.beads
        )


@dataclass(frozen=True)
class Reviewed:
    """A file that a project gave out and somebody changed, to be read."""

    upload: Upload

    def result(self, report: Report) -> tuple[Stamp, tuple[Returned, ...]]:
        """By what it is known, and its rows. Raises what reading it raises."""
        from polyalign.formats.bitexts.returned import read_returned

        report(Stage("reading"))
        with self.upload.errors_named():
            sent = read_returned(str(self.upload.path))
        return sent.stamp, tuple(map(returned, sent.units))


def returned(unit: Unit) -> Returned:
    """The row of a file as a project takes it; an unknown state is a line of the comment."""
    from polyalign.formats.bitexts.reviews import review_of
    from polyalign.store import Returned

    review = review_of(unit)
    return Returned(
        unit.place,
        {"source": unit.source_ids, "target": unit.target_ids},
        {"source": unit.source, "target": unit.target},
        review.state if unit.state.strip() else None,
        review.comment,
    )


@dataclass(frozen=True)
class Terms:
    """Pairs of texts in which candidates for a glossary are to be found."""

    languages: tuple[str, str]
    pairs: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    def result(self, report: Report) -> tuple[TermCandidate, ...]:
        """The candidates, whose examples are numbers of pairs. Raises LanguageError."""
        from polyalign.inside import with_words
        from polyalign.terms import candidates

        def advance(done: int, total: int) -> None:
            report(Stage("linking", "", done, total, "pairs"))

        if not self.pairs:
            return ()
        sides = [
            Document.from_segments([text for pair in self.pairs for text in pair[k]], language=language)
            for k, language in enumerate(self.languages)
        ]
        beads, at = list[Bead](), [0, 0]
        for pair in self.pairs:
            ids = [tuple(range(at[k], at[k] + len(pair[k]))) for k in range(2)]
            at = [at[k] + len(pair[k]) for k in range(2)]
            beads.append(Bead(ids[0], ids[1], None))
        made = [Side(side.language or "", side.segments or ()) for side in sides]
        return candidates(with_words(Bitext(made[0], made[1], tuple(beads)), advance))


@dataclass(frozen=True)
class Translate:
    """The content of two sides, one of which is to be translated into the other's language."""

    source: Passages
    target: Passages

    def result(self, report: Report) -> dict[int, tuple[str, float | None]]:
        """A translation, and its quality, for each segment of the side that an installed model translates.

        Raises NotInstalledError where there is no such model.
        """
        from polyalign.translation.between import Translators

        one, other = self.source.language, self.target.language
        found = Translators("auto").between(one, other)
        if found is None:
            why = f"no model between {one} and {other} is installed"
            raise NotInstalledError(f"{why}: see polyalign models list")
        translator, language = found
        chosen = self.source if language == self.source.language else self.target
        report(Stage("translating", f"with {translator.name}"))

        def advance(done: int, total: int) -> None:
            report(Stage("translating", "", done, total, "segments"))

        said = translator.translate(list(chosen.segments.values()), progress=advance)
        return {key: (told.text, told.quality) for key, told in zip(chosen.segments, said, strict=True)}
