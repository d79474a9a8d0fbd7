"""The rows of a bitext as objects, kept in memory and brought up to date by what the log says."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from polyalign.parts import SideName
from polyalign.store.places import codes_now
from polyalign.store.rows import ReviewRow, Standing, StoredSegment, counted, in_document_order

_ROWS = (
    "SELECT id, score, state, keep, comment, ignored, deleted, evidence, who, at, about, origin FROM beads"
    " WHERE bitext = ?"
)
_SEGMENTS = (
    "SELECT bead, segments.id, document, first, last, edited, boilerplate, translation, place, codes, quality"
    " FROM members JOIN segments ON segments.id = segment"
    " WHERE bead IN (SELECT id FROM beads WHERE bitext = ?{also}) ORDER BY first, last, segments.id"
)
_LISTED = " AND id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class Original:
    """A document: its id, its side and its whole text."""

    id: int
    side: SideName
    text: str


@dataclass
class View:
    """All rows of one bitext as of a revision."""

    connection: sqlite3.Connection
    bitext: int
    originals: Mapping[int, Original]
    revision: int = -1
    rows: dict[int, ReviewRow] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    standings: Counter[Standing] = field(default_factory=Counter)
    _numbers: dict[int, int] | None = None
    _places: dict[int, int] | None = None
    _overlapping: dict[int, ReviewRow] = field(default_factory=dict)

    def load(self, revision: int) -> None:
        """All rows anew."""
        self.rows = _read(self)
        self.standings = counted(self.rows.values())
        self._numbers = None
        self._arrange()
        self._mark_overlaps(self.rows.values())
        self.revision = revision

    def refresh(self, touched: Iterable[int], revision: int) -> None:
        """The rows that were touched anew, and their order where that may have changed."""
        ids = json.dumps(sorted(touched))
        before = {row: self.rows.pop(row, None) for row in json.loads(ids)}
        after = _read(self, _LISTED, ids)
        self.rows |= after
        self.standings += counted(after.values())
        self.standings -= counted(row for row in before.values() if row)
        if any(_where(row) != _where(after.get(number)) for number, row in before.items()):
            self._arrange()
        if _segments(before.values()) != _segments(after.values()):
            self._numbers = None
        self._mark_overlaps({**self._overlapping, **after}.values())
        self.revision = revision

    def ordered(self) -> list[ReviewRow]:
        """The rows in document order, deleted ones included."""
        return [self.rows[row] for row in self.order]

    def neighbour(self, row: int, step: int) -> int | None:
        """The row that stands before (-1) or after (1) in document order, deleted ones passed over."""
        place = self.order.index(row) + step
        while 0 <= place < len(self.order):
            if not self.rows[self.order[place]].deleted:
                return self.order[place]
            place += step
        return None

    def numbers(self) -> Mapping[int, int]:
        """The place of each segment in its text, from 0, by the segment's id."""
        if self._numbers is None:
            self._numbers = {}
            for side in ("source", "target"):
                held = {s.id: s for row in self.rows.values() for s in row.side(side)}
                ordered = sorted(held.values(), key=lambda segment: segment.place_in_text)
                self._numbers |= {segment.id: number for number, segment in enumerate(ordered)}
        return self._numbers

    def places(self) -> Mapping[int, int]:
        """How many rows that are not deleted stand before each, by its id."""
        if self._places is None:
            there = accumulate((not self.rows[row].deleted for row in self.order), initial=0)
            self._places = dict(zip(self.order, there, strict=False))
        return self._places

    def _arrange(self) -> None:
        self._places = None
        self.order = [row.id for row in in_document_order(self.rows.values())]

    def _mark_overlaps(self, rows: Collection[ReviewRow]) -> None:
        """Say of these rows which share a segment: no others do, as no operation makes such rows."""
        held = Counter(segment.id for row in rows for segment in row.source + row.target)
        self._overlapping = {}
        for row in rows:
            shared = any(held[segment.id] > 1 for segment in row.source + row.target)
            if row.id in self.rows and row.overlap != shared:
                self.rows[row.id] = replace(self.rows[row.id], overlap=shared)
            if row.id in self.rows and shared:
                self._overlapping[row.id] = self.rows[row.id]


def _segments(rows: Iterable[ReviewRow | None]) -> set[int]:
    return {segment.id for row in rows if row for segment in row.source + row.target}


def _where(row: ReviewRow | None) -> tuple[object, ...]:
    """What the order of rows, and their places in it, depend on."""
    return () if row is None else (row.deleted, *(s.place_in_text for s in row.source + row.target))


def _read(view: View, also: str = "", *arguments: str) -> dict[int, ReviewRow]:
    """The rows of the bitext for which `also` holds, too."""
    sides: dict[int, tuple[list[StoredSegment], list[StoredSegment]]] = {}
    query = _SEGMENTS.format(also=also)
    for bead, *columns in view.connection.execute(query, (view.bitext, *arguments)):
        original = view.originals[columns[1]]
        held = sides.setdefault(bead, ([], []))
        held[original.side == "target"].append(_segment(columns, original.text))
    found = view.connection.execute(_ROWS + also, (view.bitext, *arguments))
    return {columns[0]: _row(columns, view.bitext, *sides[columns[0]]) for columns in found}


def _segment(columns: Sequence[Any], text: str) -> StoredSegment:
    number, _, first, last, edited, boilerplate, translation, place, codes, quality = columns
    original = text[first:last]
    now, before = (original, None) if edited is None else (edited, original)
    held = codes_now(codes, original, edited) if codes else ()
    return StoredSegment(number, first, last, now, before, boilerplate, translation, place, held, quality)


def _row(
    columns: Sequence[Any], bitext: int, source: Sequence[StoredSegment], target: Sequence[StoredSegment]
) -> ReviewRow:
    number, score, state, keep, comment, ignored, deleted, evidence, who, at, about, origin = columns
    return ReviewRow(
        number,
        bitext,
        tuple(source),
        tuple(target),
        score,
        state,
        keep=bool(keep),
        comment=comment,
        ignored=frozenset(json.loads(ignored)) if ignored != "[]" else frozenset(),
        deleted=bool(deleted),
        evidence=json.loads(evidence) if evidence != "{}" else {},
        who=who,
        at=at,
        about=tuple((name, value) for name, value in json.loads(about)) if about != "[]" else (),
        origin=origin,
    )
