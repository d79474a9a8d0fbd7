"""The small frozen types that every room shares: Segment, Document, Side, Bead, Bitext."""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal, TypeVar, cast, get_args

from polyalign.errors import InputError

SCHEMA = "polyalign.bitext/1"

SideName = Literal["source", "target"]
State = Literal["auto", "confirmed", "rejected", "needs-review"]
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


def runs_right_to_left(text: Iterable[str]) -> bool:
    """Whether most letters of a text, or of its beginning, run from right to left."""
    letters = islice((c for c in text if c.isalpha()), 2000)
    directions = [unicodedata.bidirectional(c) in ("R", "AL") for c in letters]
    return sum(directions) * 2 > len(directions)


@dataclass(frozen=True, slots=True)
class Review:
    """What people and checks said of a row: a bead, or a segment that is in none.

    `state` is "auto" until somebody confirmed or rejected the row or put it off ("needs-review").
    `flags` are what checks found, one line each ("numbers: 40 is only in the source").
    """

    state: State = "auto"
    comment: str = ""
    flags: tuple[str, ...] = ()


UNREVIEWED = Review()


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a document: `document.text[start:end] == text`, offsets in characters.

    `boilerplate` is empty for content, else says why the segment is never aligned:
    "dateline", "byline", "credit", "caption", "agency", "repeat" or "other language". `translation` is
    a machine's, None where nothing was translated, "" where what came out was no translation; `quality` is
    how probable it is that it says what the text says, 0 to 1, None where nobody can tell. `place` says
    where it stands in a file that is no plain text ("paragraph 12", "cell B3",
    "cue 7 00:01:02.500 --> 00:01:04.000"). `review` is that of
    a segment in no bead.
    """

    id: int
    start: int
    end: int
    text: str
    boilerplate: str = ""
    translation: str | None = None
    place: str = ""
    review: Review = UNREVIEWED
    quality: float | None = None

    @property
    def shown(self) -> str:
        """The text without control characters, on one line."""
        return without_controls(self.text)

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
    """

    text: str
    path: str | None = None
    language: str | None = None
    segments: tuple[Segment, ...] | None = None
    notes: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    stated: str = ""

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
        """The segments of this document, each with the place where it begins."""
        starts = [place.start for place in self.places]
        found = ((s, bisect_right(starts, s.start) - 1) for s in segments)
        return tuple(replace(s, place=self.places[k].name) if k >= 0 else s for s, k in found)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a bitext: its segments in the order of the text, in one language."""

    language: str
    segments: tuple[Segment, ...]
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Bead:
    """A group of source segments and the group of target segments that says the same thing.

    `source` and `target` are ascending segment ids, neither empty, not always neighbours.
    `score` is in 0..1: how probable it is that the bead is right. `overlap` marks a bead that
    shares a segment with another. `evidence` names what spoke for the bead and how strongly.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    score: float
    overlap: bool = False
    evidence: Mapping[str, float] = field(default_factory=dict, compare=False)
    review: Review = UNREVIEWED

    @property
    def kind(self) -> str:
        """The sizes of the two groups: "1-2" is one source and two target segments."""
        return f"{len(self.source)}-{len(self.target)}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the side-by-side view: a bead, or one unaligned segment (bead is None)."""

    source: tuple[Segment, ...]
    target: tuple[Segment, ...]
    bead: Bead | None = None

    @property
    def review(self) -> Review:
        """That of the bead, else that of the one unaligned segment."""
        return (self.bead or (self.source + self.target)[0]).review


@dataclass(frozen=True, slots=True)
class Bitext:
    """Two sides and the beads between them, in the order of the source text.

    `mode` is "parallel" or "comparable". `signature` holds all that is needed to get the same
    result again. `notes` are for the reader, one line each.
    """

    source: Side
    target: Side
    beads: tuple[Bead, ...]
    mode: str = "comparable"
    signature: str = ""
    notes: tuple[str, ...] = ()

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
                yield Row((segment,), ())
            for bead in starting.get(segment.id, ()):
                yield self._bead_row(bead)
                for i in bead.target:
                    yield from self._target_rows(followers.pop(i, ()))

    def _bead_row(self, bead: Bead) -> Row:
        source, target = self.source.segments, self.target.segments
        return Row(tuple(source[i] for i in bead.source), tuple(target[j] for j in bead.target), bead)

    def _target_rows(self, ids: Iterable[int]) -> Iterator[Row]:
        return (Row((), (self.target.segments[j],)) for j in ids)

    def to_json(self) -> str:
        """The bitext as JSON (schema polyalign.bitext/1), read back by `from_json`."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object as plain lists and dicts."""
        return {
            "schema": SCHEMA,
            "signature": self.signature,
            "mode": self.mode,
            "notes": list(self.notes),
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


def overlaps_marked(beads: Iterable[Bead]) -> tuple[Bead, ...]:
    """The beads, `overlap` set on those that share a segment with another, and only on those."""
    kept = tuple(beads)
    sources = Counter(i for bead in kept for i in bead.source)
    targets = Counter(j for bead in kept for j in bead.target)

    def shared(bead: Bead) -> bool:
        return any(sources[i] > 1 for i in bead.source) or any(targets[j] > 1 for j in bead.target)

    return tuple(replace(bead, overlap=shared(bead)) for bead in kept)


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
        segments.append(row | _review_to_dict(s.review))
    return {"path": side.path, "language": side.language, "segments": segments}


def _bead_to_dict(bead: Bead) -> dict[str, Any]:
    row: dict[str, Any] = {"source": list(bead.source), "target": list(bead.target)}
    row |= {"score": bead.score, "kind": bead.kind}
    if bead.overlap:
        row["overlap"] = True
    if bead.evidence:
        row["evidence"] = dict(bead.evidence)
    return row | _review_to_dict(bead.review)


def _review_to_dict(review: Review) -> dict[str, Any]:
    """What differs from a row that nobody looked at."""
    row: dict[str, Any] = {} if review.state == "auto" else {"state": review.state}
    row |= {"comment": review.comment} if review.comment else {}
    return row | ({"flags": list(review.flags)} if review.flags else {})


def _bitext_from_dict(data: Any) -> Bitext:
    return Bitext(
        source=_side_from_dict(_held(data, "source", dict)),
        target=_side_from_dict(_held(data, "target", dict)),
        beads=tuple(_bead_from_dict(row) for row in _held(data, "beads", list)),
        mode=_held(data, "mode", str, "comparable"),
        signature=_held(data, "signature", str, ""),
        notes=tuple(_is(note, str, "notes") for note in _held(data, "notes", list, [])),
    )


def _side_from_dict(data: dict[str, Any]) -> Side:
    segments = tuple(_segment_from_dict(row) for row in _held(data, "segments", list))
    path = None if data.get("path") is None else _held(data, "path", str)
    return Side(_held(data, "language", str), segments, path)


def _segment_from_dict(data: Any) -> Segment:
    number, start, end = (_held(data, key, int) for key in ("id", "start", "end"))
    text, boilerplate = _held(data, "text", str), _held(data, "boilerplate", str, "")
    translation = None if data.get("translation") is None else _held(data, "translation", str)
    place = _held(data, "place", str, "")
    quality = None if data.get("quality") is None else _number(data["quality"], "quality")
    review = _review_from_dict(data)
    return Segment(number, start, end, text, boilerplate, translation, place, review, quality)


def _bead_from_dict(data: Any) -> Bead:
    source, target = (
        tuple(_is(i, int, side) for i in _held(data, side, list)) for side in ("source", "target")
    )
    evidence = {name: _number(value, "evidence") for name, value in _held(data, "evidence", dict, {}).items()}
    score, overlap = _number(data.get("score"), "score"), _held(data, "overlap", bool, False)
    return Bead(source, target, score, overlap, evidence, _review_from_dict(data))


def _review_from_dict(data: Any) -> Review:
    state = _held(data, "state", str, "auto")
    if state not in get_args(State):
        raise ValueError(f"state must be one of {', '.join(get_args(State))}, not {state[:40]!r}")
    flags = tuple(_is(flag, str, "flags") for flag in _held(data, "flags", list, []))
    return Review(cast(State, state), _held(data, "comment", str, ""), flags)


def _held(data: Any, key: str, kind: type[T], default: T | None = None) -> T:
    """data[key], which must be of that type. Raises TypeError."""
    return _is(_is(data, dict, f"what holds {key}").get(key, default), kind, key)


def _number(value: Any, what: str) -> float:
    return float(value) if type(value) is int and abs(value) < 2**53 else _is(value, float, what)


def _is(value: Any, kind: type[T], what: str) -> T:
    """The value, if its type is exactly that: True is no int. Raises TypeError."""
    if type(value) is kind:
        return value
    raise TypeError(f"{what} must be {_KINDS[kind]}, not {_KINDS[type(value)]}")


_KINDS = {dict: "an object", list: "a list", str: "a string", int: "a whole number", float: "a number"}
_KINDS |= {bool: "true or false", type(None): "missing"}


def _checked(bitext: Bitext) -> Bitext:
    """The bitext itself, once its ids, offsets and scores are known to be consistent; else ValueError."""
    for side in (bitext.source, bitext.target):
        for number, s in enumerate(side.segments):
            if s.id != number:
                raise ValueError(f"segment {number} has the id {s.id}: ids must count up from 0")
            if not 0 <= s.start <= s.end == s.start + len(s.text):
                raise ValueError(f"the text of segment {number} does not reach from its start to its end")
    for number, bead in enumerate(bitext.beads):
        if not 0 <= bead.score <= 1:
            raise ValueError(f"the score of bead {number} is {bead.score}: it must be in 0 to 1")
        for ids, side in ((bead.source, bitext.source), (bead.target, bitext.target)):
            if not ids or list(ids) != sorted(set(ids)) or not 0 <= ids[0] <= ids[-1] < len(side.segments):
                raise ValueError(f"bead {number} must name segments that there are, ascending, on both sides")
    return bitext
