"""Bitexts into a project and out of it."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, pairwise
from typing import Any

from polyalign.bitext import Bitext, overlaps_marked
from polyalign.codes import packed
from polyalign.parts import Bead, Document, Review, Segment, Side, SideName, State
from polyalign.stamps import unstamped
from polyalign.store.rows import ReviewRow, StoredSegment

# the columns that are given, in the order of their values
_BITEXT = "name, mode, signature, notes, origin, about"
_DOCUMENT = "bitext, side, path, language, text"
_SEGMENT = "document, first, last, boilerplate, translation, place, codes, quality"
_BEAD = "bitext, state, comment, about, score, evidence, origin"

Said = Callable[[ReviewRow], tuple[str, ...]]


def add(
    connection: sqlite3.Connection,
    bitext: Bitext,
    documents: Mapping[SideName, Document | None],
    *,
    name: str,
    origin: str,
    file: bytes,
) -> int:
    """The id of the bitext, once its documents, segments, beads and unaligned segments are rows."""
    insert = partial(_insert, connection)
    about = json.dumps(bitext.notes), origin, json.dumps(bitext.about)
    number = insert("bitexts", _BITEXT, name, bitext.mode, unstamped(bitext.signature), *about)
    if file:
        insert("files", "bitext, packed", number, zlib.compress(file))
    sides: dict[SideName, Side] = {"source": bitext.source, "target": bitext.target}
    ids: dict[SideName, dict[int, int]] = {}  # those in the project, by those in the bitext
    for which, side in sides.items():
        text, segments = _whole_text(side, documents[which])
        told = which, side.path, side.language, text.encode("utf-8", "surrogatepass")
        document, ids[which] = insert("documents", _DOCUMENT, number, *told), {}
        for s in segments:
            said = s.boilerplate, s.translation, s.place, packed(s.codes), s.quality
            ids[which][s.id] = insert("segments", _SEGMENT, document, s.start, s.end, *said)

    def add_row(members: Iterable[int], review: Review, judged: tuple[float | None, str, str]) -> None:
        about = json.dumps(review.about, ensure_ascii=False)
        row = insert("beads", _BEAD, number, review.state, review.comment, about, *judged)
        connection.executemany(
            "INSERT INTO members (bead, segment) VALUES (?, ?)", [(row, member) for member in members]
        )

    for bead in bitext.beads:
        members = [*(ids["source"][i] for i in bead.source), *(ids["target"][j] for j in bead.target)]
        add_row(members, bead.review, (bead.score, json.dumps(dict(bead.evidence)), bead.origin))
    for which in sides:
        for segment in bitext.unaligned(which):
            add_row([ids[which][segment.id]], segment.review, (None, "{}", "machine"))
    return number


def _whole_text(side: Side, document: Document | None) -> tuple[str, Sequence[Segment]]:
    """The text that the segments are stretches of: the document's, else one that is put together."""
    if document and all(document.text[s.start : s.end] == s.text for s in side.segments):
        return document.text, side.segments
    if any(one.end > other.start for one, other in pairwise(side.segments)):
        made = Document.from_segments([s.text for s in side.segments])
        moved = zip(side.segments, made.segments or (), strict=True)
        return made.text, [replace(s, start=new.start, end=new.end) for s, new in moved]
    pieces, reached = [], 0
    for segment in side.segments:
        pieces += ["\n" * (segment.start - reached), segment.text]
        reached = segment.end
    return "".join(pieces), side.segments


def _insert(connection: sqlite3.Connection, table: str, columns: str, *values: object) -> int:
    """The id of a new record. Lone surrogates, which no UTF-8 holds, stand as escapes in its texts."""
    marks = ", ".join("?" * len(values))
    plain = [
        value.encode("utf-8", "backslashreplace").decode()
        if isinstance(value, str) and not value.isascii()
        else value
        for value in values
    ]
    made = connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", plain)
    return int(made.lastrowid or 0)


def stamped(rows: Sequence[ReviewRow], at: str, who: str) -> list[ReviewRow]:
    """The rows, each with its id, when and by whom it was made and changed, as "made ..." of what is said."""
    found, unsigned = [], str.maketrans("", "", "-:")  # what stands between the parts of a time
    for row in rows:
        made = {"id": str(row.id), "created": at.translate(unsigned), "creator": who}
        made |= {"changed": row.at.translate(unsigned), "changer": row.who}
        told = ((f"made {word}", value) for word, value in made.items() if value)
        found.append(replace(row, about=(*row.about, *told)))
    return found


def exported(
    head: Mapping[str, Any],
    sides: Mapping[SideName, Side],
    rows: Sequence[ReviewRow],
    *,
    states: Collection[State],
    said: Said,
) -> Bitext:
    """The rows as a bitext, in the texts as they are now.

    Rows that are deleted or not kept are left out with their segments; those in none of the states
    are no beads, and their segments unaligned.
    """
    held = kept(rows)
    aligned = [row for row in held if row.aligned and row.state in states]
    taken = {row.id for row in aligned}
    alone = {s.id: _review(row, said) for row in held if row.id not in taken for s in row.source + row.target}
    made = {name: _side(name, sides[name], held, alone) for name in sides}
    (source, ours), (target, theirs) = made["source"], made["target"]
    beads = [
        Bead(
            tuple(sorted(ours[s.id] for s in row.source)),
            tuple(sorted(theirs[s.id] for s in row.target)),
            row.score,
            evidence=dict(row.evidence),
            review=_review(row, said),
            origin=row.origin,
        )
        for row in aligned
    ]
    ordered = overlaps_marked(sorted(beads, key=lambda bead: (bead.source, bead.target)))
    return Bitext(source=source, target=target, beads=ordered, **head)


def _review(row: ReviewRow, said: Said) -> Review:
    return Review(row.state, row.comment, said(row), row.about)


def numbered(name: SideName, rows: Iterable[ReviewRow]) -> list[StoredSegment]:
    """The segments of one side of rows in the order of the text, each at the id that it gets in a bitext."""
    held = {segment.id: segment for segment in chain.from_iterable(row.side(name) for row in rows)}
    return sorted(held.values(), key=lambda segment: segment.place_in_text)


def kept(rows: Iterable[ReviewRow]) -> list[ReviewRow]:
    """The rows that exports hold, in beads or not."""
    return [row for row in rows if row.keep and not row.deleted]


def _side(
    name: SideName, side: Side, rows: Sequence[ReviewRow], alone: Mapping[int, Review]
) -> tuple[Side, dict[int, int]]:
    """The side with its segments as they are now, offsets into the text with its edits.

    And their ids in the bitext by those in the project.
    """
    segments, ids, moved = list[Segment](), dict[int, int](), 0
    for number, s in enumerate(numbered(name, rows)):
        start, review = s.start + moved, alone.get(s.id, Review())
        said = s.text, s.boilerplate, s.translation, s.place, review
        end = start + len(s.text)
        segments.append(Segment(number, start, end, *said, codes=s.codes, quality=s.quality))
        ids[s.id] = number
        moved += len(s.text) - (s.end - s.start)
    return replace(side, segments=tuple(segments)), ids
