"""What the store gives: rows with their segments, lists of bitexts, changes and what went before."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from polyalign.codes import Code
from polyalign.parts import Origin, SideName, State

_Position = tuple[int, int, int]
_BEFORE_ALL = -1
PARTS = 200  # of a score from 0 to 1, in which rows are counted


class Standing(NamedTuple):
    """What rows are counted by: what they hold, their state, and their score in PARTS, None without one."""

    kind: Literal["pair", "alone", "boilerplate"]
    state: State
    part: int | None

    @property
    def decided(self) -> bool:
        """Whether somebody has said that it is right or wrong."""
        return self.state in ("confirmed", "rejected")


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A stretch of a document, `start` to `end` in characters, and its text as it is now.

    `original` is the document's text, None where nobody edited it. The rest is as in a Segment of a
    Bitext. Its place among all segments, which changes when one before it is cut, is told by
    `Store.numbers`.
    """

    id: int
    start: int
    end: int
    text: str
    original: str | None = None
    boilerplate: str = ""
    translation: str | None = None
    place: str = ""
    codes: tuple[Code, ...] = ()
    quality: float | None = None

    @property
    def place_in_text(self) -> _Position:
        """What the segments of one text are ordered by; empty ones may begin where others do."""
        return self.start, self.end, self.id


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A row of the review page: a bead, or what has no counterpart (one side empty).

    `score` is the aligner's (0..1), None where none has judged it. `origin` is who made the row, as in
    a Bead; of an unaligned one, who left it alone. `ignored` are
    names of flags that somebody dismissed. A row that is not kept is left out of exports, a deleted
    one of listings, too. `who` changed it last, `at` (ISO 8601, UTC); empty: nobody did.
    """

    id: int
    bitext: int
    source: tuple[StoredSegment, ...]
    target: tuple[StoredSegment, ...]
    score: float | None = None
    state: State = "auto"
    keep: bool = True
    comment: str = ""
    ignored: frozenset[str] = frozenset()
    deleted: bool = False
    overlap: bool = False
    evidence: Mapping[str, float] = field(default_factory=dict)
    who: str = ""
    at: str = ""
    about: tuple[tuple[str, str], ...] = ()
    origin: Origin = "machine"

    @property
    def kind(self) -> str:
        """The sizes of the two groups: "1-2" is one source and two target segments."""
        return f"{len(self.source)}-{len(self.target)}"

    @property
    def aligned(self) -> bool:
        """Whether both sides have segments."""
        return bool(self.source and self.target)

    @property
    def by_hand(self) -> bool:
        """Whether somebody put these segments together, and not the aligner."""
        return self.aligned and self.origin == "person"

    @property
    def alone(self) -> bool:
        """Whether it is what only one text says, and no boilerplate."""
        return not self.aligned and not all(segment.boilerplate for segment in self.source + self.target)

    @property
    def standing(self) -> Standing:
        """What it is counted by."""
        part = None if self.score is None else round(self.score * PARTS)
        return Standing(
            "pair" if self.aligned else "alone" if self.alone else "boilerplate", self.state, part
        )

    def side(self, name: SideName) -> tuple[StoredSegment, ...]:
        """The segments of one side."""
        return self.source if name == "source" else self.target


def counted(rows: Iterable[ReviewRow]) -> Counter[Standing]:
    """How many rows that are not deleted stand how."""
    return Counter(row.standing for row in rows if not row.deleted)


def by_state(standings: Mapping[Standing, int]) -> dict[State, int]:
    """How many of them are in each state."""
    found: dict[State, int] = dict.fromkeys(get_args(State), 0)
    for standing, count in standings.items():
        found[standing.state] += count
    return found


@dataclass(frozen=True, slots=True)
class ListedSide:
    """One document of a bitext: its file, language, direction and how many segments it has."""

    path: str | None
    language: str
    right_to_left: bool
    segments: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A bitext of the project; `counts` are of its rows by state, deleted ones left out, `rows` their sum.

    `origin` is what whoever added it said that it was made from.
    """

    id: int
    name: str
    mode: str
    signature: str
    notes: tuple[str, ...]
    origin: str
    source: ListedSide
    target: ListedSide
    counts: Mapping[State, int]

    @property
    def rows(self) -> int:
        """How many rows it has, without deleted ones."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Change:
    """What an operation did: the rows as they are now, those that are gone, and where to look next."""

    revision: int
    operation: str
    bitext: int
    rows: tuple[ReviewRow, ...]
    removed: tuple[int, ...]
    focus: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal; `motion` is "do", "undo" or "redo", `rows` the ids it touched."""

    revision: int
    motion: str
    operation: str
    who: str
    at: str
    rows: tuple[int, ...]


def in_document_order(rows: Iterable[ReviewRow]) -> list[ReviewRow]:
    """The rows as a reader meets them, as in Bitext.rows: the source text leads.

    A row stands where its first source segment stands; one of the target alone follows the row
    that holds the segment before its first one, or stands at the beginning.
    """
    led: list[ReviewRow] = []
    alone: list[ReviewRow] = []
    for row in rows:
        (led if row.source else alone).append(row)
    led.sort(key=lambda row: (row.source[0].start, row.source[0].end, row.id))
    alone.sort(key=lambda row: (row.target[0].start, row.target[0].end, row.id))
    taken = sorted((s.start, s.end, s.id) for row in led for s in row.target)
    followers: dict[int, list[ReviewRow]] = {}  # of the target alone, by the aligned segment before
    for row in alone:
        before = bisect_left(taken, row.target[0].place_in_text) - 1
        followers.setdefault(taken[before][2] if before >= 0 else _BEFORE_ALL, []).append(row)
    ordered = followers.pop(_BEFORE_ALL, [])
    for row in led:
        ordered.append(row)
        for segment in row.target:
            if segment.id in followers:
                ordered += followers.pop(segment.id)
    return ordered
