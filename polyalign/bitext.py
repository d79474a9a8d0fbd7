"""The small frozen types that every room shares: Segment, Document, Side, Bead, Bitext."""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast, get_args

from polyalign import codes
from polyalign.codes import Code
from polyalign.errors import InputError, NotInstalledError, UsageError
from polyalign.explaining import explained
from polyalign.tags import between_sentences

if TYPE_CHECKING:
    import pandas

SCHEMA = "polyalign.bitext/1"

SideName = Literal["source", "target"]
State = Literal["auto", "confirmed", "rejected", "needs-review"]
Origin = Literal["machine", "person", "file"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
T = TypeVar("T")


def without_controls(text: str) -> str:
    """The text as it is shown and exported: one line, control characters left out.

    Tabs and line ends become a space; every other character of Unicode category Cc goes.
    """
    if text.isprintable():
        return text
    spaced = (" " if c in "\t\n\r\v\f\x85\u2028\u2029" else c for c in text)
    return "".join(c for c in spaced if unicodedata.category(c) != "Cc")


def whole_characters(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which JSON can hold, but no encoder and no file."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _short(text: str, size: int = 40) -> str:
    """The beginning of a text, quoted, for a `repr` of one line."""
    shown = without_controls(text[: size + 1])
    return repr(shown if len(text) <= size else f"{shown[:size].rstrip()}…")


def runs_right_to_left(text: Iterable[str]) -> bool:
    """Whether most letters of a text, or of its beginning, run from right to left."""
    letters = islice((c for c in text if c.isalpha()), 2000)
    directions = [unicodedata.bidirectional(c) in ("R", "AL") for c in letters]
    return sum(directions) * 2 > len(directions)


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

    span: tuple[int, int]
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

    source: tuple[int, int]
    target: tuple[int, int]
    score: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of one side of a bead, `span` (start, end), that the other side does not say.

    `weight` counts words without a partner: 1 is a phrase, or a number.
    """

    side: SideName
    span: tuple[int, int]
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


@dataclass(frozen=True, slots=True)
class Bitext:
    """Two sides and the beads between them, in the order of the source text.

    It is gone through bead by bead, as rows with `source_text`, `target_text` and `score`; `len` counts them.
    `mode` is "parallel" or "comparable". `signature` holds all that is needed to get the same
    result again. `notes` are for the reader, one line each. `inside` answers what
    takes models. `about` is what else the file that it was read from says of the whole, as in a Review.
    """

    source: Side
    target: Side
    beads: tuple[Bead, ...]
    mode: str = "comparable"
    signature: str = ""
    notes: tuple[str, ...] = ()
    inside: Insights | None = field(default=None, compare=False, repr=False)
    about: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        segments = f"{len(self.source.segments):,} and {len(self.target.segments):,} segments"
        languages = f"{self.source.language}-{self.target.language}"
        return f"<Bitext {languages}, {self.mode}: {len(self):,} beads of {segments}>"

    def __len__(self) -> int:
        return len(self.beads)

    def __bool__(self) -> bool:
        """A bitext without beads is a result too."""
        return True

    def __iter__(self) -> Iterator[Row]:
        """The rows of the beads, in the order of the source text; `rows` has the unaligned segments too."""
        return map(self._bead_row, self.beads)

    def to_pandas(self, *, unaligned: bool = False) -> pandas.DataFrame:
        """A data frame with a line for each bead, and where asked for, for each unaligned segment.

        `score` is missing where no aligner judged a row. Languages and signature are its `attrs`.
        Raises NotInstalledError where pandas is missing.
        """
        try:
            import pandas
        except ImportError as error:
            raise NotInstalledError("pandas is not installed: pip install pandas") from error

        rows = [row for row in self.rows() if row.bead or unaligned]
        frame = pandas.DataFrame(
            {
                "source": [row.source_text for row in rows],
                "target": [row.target_text for row in rows],
                "score": pandas.Series([row.score for row in rows], dtype="float64"),
                "kind": [f"{len(row.source)}-{len(row.target)}" for row in rows],
                "source_ids": [[s.id for s in row.source] for row in rows],
                "target_ids": [[s.id for s in row.target] for row in rows],
                "state": [row.review.state for row in rows],
                "comment": [row.review.comment for row in rows],
                "flags": [list(row.review.flags) for row in rows],
            }
        )
        frame.attrs |= {"source_language": self.source.language, "target_language": self.target.language}
        frame.attrs |= {"signature": self.signature}
        return frame

    def words(self, bead: Bead) -> tuple[WordLink, ...]:
        """Which words of a bead correspond, offsets into the texts of the documents: found when asked for.

        Raises LanguageError for a language whose words have no vectors, InputError for a bead that is too
        long, and UsageError for a bead of another bitext, and for a bitext that came from neither an Aligner
        nor `read_bitext`.
        """
        return self._compared(bead).words

    def differences(self, bead: Bead) -> tuple[Difference, ...]:
        """What only one side of a bead says, by its place. Raises what `words` raises."""
        return self._compared(bead).differences

    def candidates(self, side: SideName, segment: int, k: int = 3) -> tuple[Candidate, ...]:
        """The likeliest partners of a segment, unaligned or doubtful, k at most, best first.

        None shares a segment of the other side with a better one. Raises UsageError for a segment that is
        not there, and for a bitext that came from neither an Aligner nor `read_bitext`.
        """
        if side not in get_args(SideName):
            raise UsageError(f"there is no side {side!r}: take source or target")
        if not 0 <= segment < len(getattr(self, side).segments):
            raise UsageError(f"there is no {side} segment {segment}: they count from 0")
        return self._needed().candidates(self, side, segment, k)

    def _needed(self) -> Insights:
        if self.inside is None:
            raise UsageError(
                "this bitext cannot be looked into: take one from polyalign.read_bitext or an Aligner"
            )
        return self.inside

    def _compared(self, bead: Bead) -> Bead:
        """The bead with its words and differences."""
        if bead.words or bead.differences:
            return bead
        inside = self._needed()
        if fault := _ids_fault(self, bead):
            raise UsageError(f"the bead {fault}")
        return inside.compared(self, bead)

    def glossed(self) -> Bitext:
        """The same with a gloss of every segment: its words with their likeliest counterparts, where known.

        Inside beads from the links of words, elsewhere, from Arabic and Turkish into English, from a small
        lexicon. Raises UsageError for a bitext that came from neither an Aligner nor `read_bitext`.
        """
        return self._needed().glossed(self)

    def unaligned(self, side: SideName) -> tuple[Segment, ...]:
        """The segments of one side ("source" or "target") that are in no bead."""
        aligned = {i for bead in self.beads for i in getattr(bead, side)}
        return tuple(s for s in getattr(self, side).segments if s.id not in aligned)

    def rows(self) -> Iterator[Row]:
        """All beads and all unaligned segments, each once, in reading order.

        The source text leads: a bead stands where its first source segment stands, and an
        unaligned target segment follows the row that holds the segment before it.
        """
        target_only = {s.id for s in self.unaligned("target")}
        followers = _runs_after(len(self.target.segments), target_only)
        starting: dict[int, list[Bead]] = {}
        for bead in self.beads:
            starting.setdefault(bead.source[0], []).append(bead)
        aligned = {i for bead in self.beads for i in bead.source}
        yield from self._target_rows(followers.get(-1, ()))
        for segment in self.source.segments:
            if segment.id not in aligned:
                yield self._row((segment,), ())
            for bead in starting.get(segment.id, ()):
                yield self._bead_row(bead)
                for i in bead.target:
                    yield from self._target_rows(followers.pop(i, ()))

    def _bead_row(self, bead: Bead) -> Row:
        source, target = self.source.segments, self.target.segments
        ours, theirs = [source[i] for i in bead.source], [target[j] for j in bead.target]
        return self._row(tuple(ours), tuple(theirs), bead)

    def _row(self, source: tuple[Segment, ...], target: tuple[Segment, ...], bead: Bead | None = None) -> Row:
        return Row(source, target, bead, (self.source.language, self.target.language))

    def _target_rows(self, ids: Iterable[int]) -> Iterator[Row]:
        return (self._row((), (self.target.segments[j],)) for j in ids)

    def to_json(self) -> str:
        """The bitext as JSON (schema polyalign.bitext/1), read back by `from_json`."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object as plain lists and dicts."""
        about = {"about": [list(pair) for pair in self.about]} if self.about else {}
        return {
            "schema": SCHEMA,
            "signature": self.signature,
            "mode": self.mode,
            "notes": list(self.notes),
            **about,
            "source": _side_to_dict(self.source),
            "target": _side_to_dict(self.target),
            "beads": [_bead_to_dict(bead) for bead in self.beads],
        }

    @classmethod
    def from_json(cls, text: str) -> Bitext:
        """The bitext that `to_json` wrote. Raises InputError with the reason for anything else."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON: line {error.lineno}: {error.msg}") from error
        except (ValueError, RecursionError) as error:
            raise InputError("not a bitext: nested too deeply, or a number of thousands of digits") from error
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise InputError(f'not a bitext: expected "schema": "{SCHEMA}"')
        try:
            return _checked(_bitext_from_dict(data))
        except (TypeError, ValueError) as error:
            raise InputError(f"not a bitext: {error}") from error


class Insights(Protocol):
    """What can be asked of a bitext later, as it takes models: see `Bitext.words` and `Bitext.candidates`."""

    def compared(self, bitext: Bitext, bead: Bead) -> Bead: ...
    def candidates(self, bitext: Bitext, side: SideName, segment: int, k: int) -> tuple[Candidate, ...]: ...
    def glossed(self, bitext: Bitext) -> Bitext: ...


def overlaps_marked(beads: Iterable[Bead]) -> tuple[Bead, ...]:
    """The beads, `overlap` set on those that share a segment with another, and only on those."""
    kept = tuple(beads)
    sources = _repeated(i for bead in kept for i in bead.source)
    targets = _repeated(j for bead in kept for j in bead.target)
    shared = [not (sources.isdisjoint(bead.source) and targets.isdisjoint(bead.target)) for bead in kept]
    return tuple(
        bead if bead.overlap is overlap else replace(bead, overlap=overlap)
        for bead, overlap in zip(kept, shared, strict=True)
    )


def _repeated(numbers: Iterable[int]) -> set[int]:
    return {number for number, times in Counter(numbers).items() if times > 1}


def _runs_after(size: int, chosen: set[int]) -> dict[int, list[int]]:
    """The chosen ids, each run of neighbours under the id that stands before it (-1: none)."""
    runs: dict[int, list[int]] = {}
    before = -1
    for i in range(size):
        if i in chosen:
            runs.setdefault(before, []).append(i)
        else:
            before = i
    return runs


def _side_to_dict(side: Side) -> dict[str, Any]:
    segments = []
    for s in side.segments:
        row: dict[str, Any] = {"id": s.id, "start": s.start, "end": s.end, "text": s.text}
        row |= {"boilerplate": s.boilerplate} if s.boilerplate else {}
        row |= {} if s.translation is None else {"translation": s.translation}
        row |= {} if s.quality is None else {"quality": s.quality}
        row |= {"place": s.place} if s.place else {}
        row |= {"candidates": candidates_listed(s)} if s.candidates else {}
        row |= {"gloss": gloss_listed(s)} if s.gloss else {}
        row |= {"codes": codes.to_list(s.codes)} if s.codes else {}
        segments.append(row | _review_to_dict(s.review))
    return {"path": side.path, "language": side.language, "segments": segments}


def _bead_to_dict(bead: Bead) -> dict[str, Any]:
    row: dict[str, Any] = {"source": list(bead.source), "target": list(bead.target)}
    row |= {"score": bead.score, "kind": bead.kind}
    if bead.overlap:
        row["overlap"] = True
    if bead.origin != "machine":
        row["origin"] = bead.origin
    if bead.evidence:
        row["evidence"] = dict(bead.evidence)
    if bead.words:
        row["words"] = words_listed(bead)
    if bead.differences:
        row["differences"] = differences_listed(bead)
    if bead.explanation:
        row["explanation"] = bead.explanation
    return row | _review_to_dict(bead.review)


def words_listed(bead: Bead) -> list[list[float]]:
    """The word links of a bead as JSON has them: [start, end, start, end, score] each."""
    return [[*link.source, *link.target, link.score] for link in bead.words]


def candidates_listed(segment: Segment) -> list[dict[str, Any]]:
    """The candidates of a segment as JSON has them."""
    return [
        {"segments": list(c.ids), "score": c.score, **({"others": list(c.others)} if c.others else {})}
        for c in segment.candidates
    ]


def gloss_listed(segment: Segment) -> list[list[Any]]:
    """The gloss of a segment as JSON has it: [start, end, counterpart, score, origin] for each word."""
    return [[*gloss.span, gloss.text, gloss.score, gloss.origin] for gloss in segment.gloss]


def differences_listed(bead: Bead) -> list[list[Any]]:
    """The differences of a bead as JSON has them: [side, start, end, weight] each."""
    return [[found.side, *found.span, found.weight] for found in bead.differences]


def _review_to_dict(review: Review) -> dict[str, Any]:
    """What differs from a row that nobody looked at."""
    row: dict[str, Any] = {} if review.state == "auto" else {"state": review.state}
    row |= {"comment": review.comment} if review.comment else {}
    row |= {"flags": list(review.flags)} if review.flags else {}
    return row | ({"about": [list(pair) for pair in review.about]} if review.about else {})


def _bitext_from_dict(data: Any) -> Bitext:
    return Bitext(
        source=_side_from_dict(_held(data, "source", dict)),
        target=_side_from_dict(_held(data, "target", dict)),
        beads=tuple(_bead_from_dict(row) for row in _held(data, "beads", list)),
        mode=_held(data, "mode", str, "comparable"),
        signature=_held(data, "signature", str, ""),
        notes=tuple(_is(note, str, "notes") for note in _held(data, "notes", list, [])),
        about=_about_of(data),
    )


def _side_from_dict(data: dict[str, Any]) -> Side:
    segments = tuple(_segment_from_dict(row) for row in _held(data, "segments", list))
    path = None if data.get("path") is None else _held(data, "path", str)
    return Side(_held(data, "language", str), segments, path)


def _segment_from_dict(data: Any) -> Segment:
    number, start, end = (_held(data, key, int) for key in ("id", "start", "end"))
    text = _held(data, "text", str)
    if len(data) == 4:
        return Segment(number, start, end, text)
    boilerplate = _held(data, "boilerplate", str, "")
    translation = None if data.get("translation") is None else _held(data, "translation", str)
    place, review = _held(data, "place", str, ""), _review_from_dict(data)
    quality = None if data.get("quality") is None else _number(data["quality"], "quality")
    held = codes.from_list(data.get("codes", []), len(text))
    candidates, gloss = candidates_of(data), gloss_of(data)
    return Segment(
        number, start, end, text, boilerplate, translation, place, review, held, candidates, quality, gloss
    )


def _candidate_from_dict(data: Any) -> Candidate:
    ids, others = (
        tuple(_is(i, int, "a candidate") for i in _held(data, key, list, []))
        for key in ("segments", "others")
    )
    return Candidate(ids, _number(data.get("score"), "the score of a candidate"), others)


def _bead_from_dict(data: Any) -> Bead:
    source, target = (
        tuple(_is(i, int, side) for i in _held(data, side, list)) for side in ("source", "target")
    )
    evidence = {name: _number(value, "evidence") for name, value in _held(data, "evidence", dict, {}).items()}
    score = None if data.get("score", 0) is None else _number(data.get("score"), "score")
    overlap, origin = _held(data, "overlap", bool, False), _held(data, "origin", str, "machine")
    if origin not in ORIGINS:
        raise ValueError(f"origin must be one of {', '.join(ORIGINS)}, not {origin[:40]!r}")
    words, differences, said = inside_of(data)
    review = _review_from_dict(data)
    return Bead(source, target, score, overlap, evidence, review, origin, words, differences, said)


def inside_of(data: dict[str, Any]) -> tuple[tuple[WordLink, ...], tuple[Difference, ...], str]:
    """The words, the differences and the explanation of a bead in JSON. Raises TypeError and ValueError."""
    words = tuple(_link_from_list(link) for link in _held(data, "words", list, []))
    differences = tuple(_difference_from_list(found) for found in _held(data, "differences", list, []))
    return words, differences, _held(data, "explanation", str, "")


def candidates_of(data: dict[str, Any]) -> tuple[Candidate, ...]:
    """The candidates of a segment in JSON. Raises TypeError."""
    return tuple(_candidate_from_dict(row) for row in _held(data, "candidates", list, []))


def gloss_of(data: dict[str, Any]) -> tuple[Gloss, ...]:
    """The gloss of a segment in JSON. Raises TypeError and ValueError."""
    return tuple(_gloss_from_list(row) for row in _held(data, "gloss", list, []))


def _gloss_from_list(data: Any) -> Gloss:
    if len(_is(data, list, "a gloss")) != 5 or data[4] not in ("pair", "lexicon"):
        raise ValueError('a gloss must be [start, end, text, score, "pair" or "lexicon"]')
    start, end = (_is(place, int, "a place of a gloss") for place in data[:2])
    return Gloss(
        (start, end), _is(data[2], str, "a gloss"), _number(data[3], "the score of a gloss"), data[4]
    )


def _link_from_list(data: Any) -> WordLink:
    if len(_is(data, list, "a link of words")) != 5:
        raise ValueError("a link of words must be [start, end, start, end, score]")
    start, end, first, last = (_is(place, int, "a place of a word") for place in data[:4])
    return WordLink((start, end), (first, last), _number(data[4], "the score of a link"))


def _difference_from_list(data: Any) -> Difference:
    if len(_is(data, list, "a difference")) != 4 or data[0] not in get_args(SideName):
        raise ValueError("a difference must be [side, start, end, weight]")
    start, end = (_is(place, int, "a place of a difference") for place in data[1:3])
    return Difference(data[0], (start, end), _number(data[3], "the weight of a difference"))


def _about_of(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(_named(pair) for pair in _held(data, "about", list, []))


def _review_from_dict(data: dict[str, Any]) -> Review:
    if _REVIEWED.isdisjoint(data):
        return UNREVIEWED
    state = _held(data, "state", str, "auto")
    if state not in get_args(State):
        raise ValueError(f"state must be one of {', '.join(get_args(State))}, not {state[:40]!r}")
    flags = tuple(_is(flag, str, "flags") for flag in _held(data, "flags", list, []))
    about = _about_of(data)
    return Review(cast(State, state), _held(data, "comment", str, ""), flags, about)


def _named(pair: Any) -> tuple[str, str]:
    if len(_is(pair, list, "about")) != 2:
        raise TypeError("about must hold pairs of strings")
    return _is(pair[0], str, "about"), _is(pair[1], str, "about")


def _held(data: Any, key: str, kind: type[T], default: T | None = None) -> T:
    """data[key], which must be of that type. Raises TypeError."""
    held = data if isinstance(data, dict) else _is(data, dict, f"what holds {key}")
    return _is(held.get(key, default), kind, key)


def _number(value: Any, what: str) -> float:
    return float(value) if type(value) is int and abs(value) < 2**53 else _is(value, float, what)


def _is(value: Any, kind: type[T], what: str) -> T:
    """The value, if its type is exactly that, or a kind of dict: True is no int. Raises TypeError."""
    if type(value) is kind:
        return value
    found = dict if isinstance(value, dict) else type(value)
    if found is kind:
        return cast(T, value)
    raise TypeError(f"{what} must be {_KINDS[kind]}, not {_KINDS[found]}")


_KINDS = {dict: "an object", list: "a list", str: "a string", int: "a whole number", float: "a number"}
_KINDS |= {bool: "true or false", type(None): "missing"}
_REVIEWED = frozenset(("state", "comment", "flags", "about"))


def _checked(bitext: Bitext) -> Bitext:
    """The bitext itself, once its ids, offsets and scores are known to be consistent; else ValueError."""
    for side in (bitext.source, bitext.target):
        for number, s in enumerate(side.segments):
            if s.id != number:
                raise ValueError(f"segment {number} has the id {s.id}: ids must count up from 0")
            if not 0 <= s.start <= s.end == s.start + len(s.text):
                raise ValueError(f"the text of segment {number} does not reach from its start to its end")
    sizes = len(bitext.source.segments), len(bitext.target.segments)
    for side, size, other in zip((bitext.source, bitext.target), sizes, sizes[::-1], strict=True):
        for s in side.segments:
            if fault := candidates_fault(s.candidates, size, other):
                raise ValueError(f"segment {s.id} {fault}")
    _check_beads(bitext)
    return bitext


def _check_beads(bitext: Bitext) -> None:
    """Raise ValueError for a bead whose score, segments, words or differences cannot be."""
    for number, bead in enumerate(bitext.beads):
        if bead.score is not None and not 0 <= bead.score <= 1:
            raise ValueError(f"the score of bead {number} is {bead.score}: it must be in 0 to 1")
        if fault := _ids_fault(bitext, bead) or inside_fault(
            bead.words, bead.differences, *_stretches(bitext, bead)
        ):
            raise ValueError(f"bead {number} {fault}")


def _ids_fault(bitext: Bitext, bead: Bead) -> str:
    """What is wrong with the ids of a bead, empty if nothing."""
    for ids, side in ((bead.source, bitext.source), (bead.target, bitext.target)):
        if not ids or list(ids) != sorted(set(ids)) or not 0 <= ids[0] <= ids[-1] < len(side.segments):
            return "must name segments that there are, ascending, on both sides"
    return ""


def _stretches(bitext: Bitext, bead: Bead) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where the segments of a bead stand in the two documents."""
    source, target = bitext.source.segments, bitext.target.segments
    return [(source[i].start, source[i].end) for i in bead.source], [
        (target[j].start, target[j].end) for j in bead.target
    ]


def inside_fault(
    words: Iterable[WordLink],
    differences: Iterable[Difference],
    source: Sequence[tuple[int, int]],
    target: Sequence[tuple[int, int]],
) -> str:
    """What is wrong with the words and differences of a bead whose segments stand there, empty if nothing."""

    def holds(segments: Sequence[tuple[int, int]], span: tuple[int, int]) -> bool:
        within = any(start <= span[0] < end for start, end in segments)
        return within and span[0] < span[1] and any(start < span[1] <= end for start, end in segments)

    for link in words:
        if not holds(source, link.source) or not holds(target, link.target):
            return "has a link of words that is not within its segments"
        if not 0 <= link.score <= 1:
            return f"has a link of words with the score {link.score}: it must be in 0 to 1"
    for found in differences:
        if not holds(source if found.side == "source" else target, found.span):
            return "has a difference that is not within its segments"
        if not 0 <= found.weight < float("inf"):
            return f"has a difference of the weight {found.weight}: it must be a number from 0"
    return ""


def candidates_fault(candidates: Iterable[Candidate], size: int, other: int) -> str:
    """What is wrong with the candidates of a segment, given how many its side and the other side have."""
    for found in candidates:
        if not found.ids or not all(0 <= i < other for i in found.ids):
            return "has a candidate that is no segment of the other side"
        if not all(0 <= i < size for i in found.others):
            return "has a candidate with another segment that is not there"
        if not 0 <= found.score <= 1:
            return f"has a candidate with the score {found.score}: it must be in 0 to 1"
    return ""
