"""What a bitext is made of: segments, documents, sides, beads, rows, and what people said of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from polyalign import codes
from polyalign.characters import without_controls
from polyalign.codes import Code
from polyalign.errors import InputError
from polyalign.explaining import explained
from polyalign.tags import between_sentences

SideName = Literal["source", "target"]


Range = tuple[int, int]  # where something begins and ends in a text, in characters


State = Literal["auto", "confirmed", "rejected", "needs-review"]


Origin = Literal["machine", "person", "file"]


ORIGINS: tuple[Origin, ...] = get_args(Origin)


def _short(text: str, size: int = 40) -> str:
    """The beginning of a text, quoted, for a `repr` of one line."""
    shown = without_controls(text[: size + 1])
    return repr(shown if len(text) <= size else f"{shown[:size].rstrip()}…")


@dataclass(frozen=True, slots=True)
class Review:
    """What people and checks said of a row: a bead, or a segment that is in none.

    `state` is "auto" until somebody confirmed or rejected the row or put it off ("needs-review").
    `flags` are what checks found, one line each ("numbers: 40 is only in the source"). `about` is what
    else the file says of it that the row was read from, as names and values ("id", "17").
    """

    state: State = "auto"
    comment: str = ""
    flags: tuple[str, ...] = ()
    about: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        said = [self.state, *([_short(self.comment)] if self.comment else [])]
        return f"<Review {', '.join([*said, *([f'{len(self.flags)} flags'] if self.flags else [])])}>"


UNREVIEWED = Review()


@dataclass(frozen=True, slots=True)
class Gloss:
    """A word, `span` (start, end), and its likeliest counterpart in the other language.

    It comes from the "pair" itself, where the words are linked, or from a "lexicon". `score` is in 0..1: how
    probable that link is, or how often the lexicon saw this counterpart.
    """

    span: Range
    text: str
    score: float
    origin: Literal["pair", "lexicon"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Segments of the other side, `ids`, that one segment may belong to, alone or with `others` of its side.

    `score` is in 0..1: how probable it is that these would be a bead.
    """

    ids: tuple[int, ...]
    score: float
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a document: `document.text[start:end] == text`, offsets in characters.

    `boilerplate` is empty for content, else says why the segment is never aligned:
    "dateline", "byline", "credit", "caption", "agency", "repeat" or "other language". `translation` is
    a machine's, None where nothing was translated, "" where what came out was no translation; `quality` is
    how probable it is that it says what the text says, 0 to 1, None where nobody can tell. `place` says
    where it stands in a file that is no plain text ("paragraph 12", "cell B3",
    "cue 7 00:01:02.500 --> 00:01:04.000"). `review` is that of a segment in no bead. `codes` are its
    inline codes in their order, with places in its text, which has none of them. `candidates` are its
    likeliest partners, best first, and `gloss` its words with their counterparts, where they were asked for;
    the offsets of these are of the text of the document.
    """

    id: int
    start: int
    end: int
    text: str
    boilerplate: str = ""
    translation: str | None = None
    place: str = ""
    review: Review = UNREVIEWED
    codes: tuple[Code, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    quality: float | None = None
    gloss: tuple[Gloss, ...] = ()

    def __repr__(self) -> str:
        return f"<Segment {self.id}, {self.start} to {self.end}: {_short(self.text)}>"

    @property
    def shown(self) -> str:
        """The text without control characters, on one line."""
        return without_controls(self.text)

    @property
    def shown_codes(self) -> tuple[Code, ...]:
        """The inline codes, with their places in the text as it is shown."""
        return codes.placed(self.codes, lambda at: len(without_controls(self.text[:at])))

    @property
    def alignable(self) -> bool:
        """Whether it says something that may have a counterpart: no boilerplate, not blank."""
        return not self.boilerplate and bool(self.shown.strip())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of a document's text, `text[start:end]`, stands in the file it was read from."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it was read, with what the user and the file said about it.

    `language` is the tag the user gave (None: detect it). `segments` is set only where the
    user did the segmentation. `notes` says what was noticed on reading, one line each. `places`
    are those of the parts of a file that is no plain text, in order. `stated` is the language that
    such a file names, which is often the writer's program's: it counts where none can be detected.
    `codes` are the inline codes in the text, which has none of them.
    """

    text: str
    path: str | None = None
    language: str | None = None
    segments: tuple[Segment, ...] | None = None
    notes: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    stated: str = ""
    codes: tuple[Code, ...] = ()

    def __repr__(self) -> str:
        said = [self.path or _short(self.text), f"{len(self.text):,} characters"]
        said += [self.language] if self.language else []
        said += [] if self.segments is None else [f"{len(self.segments):,} segments"]
        return f"<Document {', '.join(said)}>"

    @classmethod
    def from_segments(
        cls,
        segments: Sequence[str],
        *,
        language: str | None = None,
        path: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> Document:
        """The document whose segments are exactly these strings, joined by line ends.

        Raises InputError when a single string is passed where a list of strings is meant.
        """
        if isinstance(segments, str):
            raise InputError("segments is one string: pass a list of strings")
        placed, start = [], 0
        for number, text in enumerate(segments):
            placed.append(Segment(number, start, start + len(text), text))
            start += len(text) + 1
        return cls("\n".join(segments), path, language, tuple(placed), notes)

    def placed(self, segments: Iterable[Segment]) -> tuple[Segment, ...]:
        """The segments of this document, each with the place where it begins and with its codes."""
        starts = [place.start for place in self.places]
        found = ((s, bisect_right(starts, s.start) - 1) for s in segments)
        made = [replace(s, place=self.places[k].name) if k >= 0 else s for s, k in found]
        if not self.codes or not made:
            return tuple(made)
        held = codes.cut(self.codes, [(segment.start, segment.end) for segment in made])
        return tuple(replace(segment, codes=own) for segment, own in zip(made, held, strict=True))


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a bitext: its segments in the order of the text, in one language."""

    language: str
    segments: tuple[Segment, ...]
    path: str | None = None

    def __repr__(self) -> str:
        named = f", {self.path}" if self.path else ""
        return f"<Side {self.language}, {len(self.segments):,} segments{named}>"


@dataclass(frozen=True, slots=True)
class WordLink:
    """`source` (start, end) and `target` (start, end), characters of two texts, correspond.

    Either is a word, or a part of one: the conjunction of an Arabic word, a suffix of a Turkish one.
    `score` is in 0..1: how probable it is that people would link them.
    """

    source: Range
    target: Range
    score: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of one side of a bead, `span` (start, end), that the other side does not say.

    `weight` counts words without a partner: 1 is a phrase, or a number.
    """

    side: SideName
    span: Range
    weight: float


@dataclass(frozen=True, slots=True)
class Bead:
    """A group of source segments and the group of target segments that says the same thing.

    `source` and `target` are ascending segment ids, neither empty, not always neighbours.
    `score` is in 0..1: how probable an aligner thinks it is that the bead is right; None where none
    has judged it. `origin` is who made the bead: an aligner ("machine"), a "person", or whoever wrote
    the "file" of pairs that it was read from. `overlap` marks a bead that shares a segment with another.
    `evidence` names what spoke for the bead and how strongly. `words` are links between words of both
    sides, and `differences` what one side says alone, where these were asked for; their offsets are of the
    texts of the documents. `explanation` is what `explain` gave, where files are to hold it.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    score: float | None
    overlap: bool = False
    evidence: Mapping[str, float] = field(default_factory=dict, compare=False)
    review: Review = UNREVIEWED
    origin: Origin = "machine"
    words: tuple[WordLink, ...] = ()
    differences: tuple[Difference, ...] = ()
    explanation: str = ""

    def __repr__(self) -> str:
        sides = (" ".join(map(str, ids)) for ids in (self.source, self.target))
        return f"<Bead {' = '.join(sides)}{_scored(self.score)}>"

    def explain(self, language: str = "en") -> str:
        """What speaks for the bead and what against it, in a sentence each; in "en", "ar" or "tr"."""
        return explained(self.evidence, language)

    @property
    def kind(self) -> str:
        """The sizes of the two groups: "1-2" is one source and two target segments."""
        return f"{len(self.source)}-{len(self.target)}"


def _scored(score: float | None) -> str:
    return "" if score is None else f", {score:.2f}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the side-by-side view: a bead, or one unaligned segment (bead is None)."""

    source: tuple[Segment, ...]
    target: tuple[Segment, ...]
    bead: Bead | None = None
    languages: tuple[str, str] = field(default=("", ""), compare=False)

    def __repr__(self) -> str:
        return f"<Row {_short(self.source_text)} = {_short(self.target_text)}{_scored(self.score)}>"

    @property
    def source_text(self) -> str:
        """What the source says, on one line; empty where only the target says something."""
        return between_sentences(self.languages[0]).join(segment.shown for segment in self.source)

    @property
    def target_text(self) -> str:
        """What the target says, on one line; empty where only the source says something."""
        return between_sentences(self.languages[1]).join(segment.shown for segment in self.target)

    @property
    def score(self) -> float | None:
        """That of the bead; None where there is none, or nobody judged it."""
        return self.bead.score if self.bead else None

    @property
    def review(self) -> Review:
        """That of the bead, else that of the one unaligned segment."""
        return (self.bead or (self.source + self.target)[0]).review
