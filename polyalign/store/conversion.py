"""Bitexts into a project and out of it."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

from polyalign.bitext import Bitext, overlaps_marked
from polyalign.codes import packed
from polyalign.parts import Bead, Document, Review, Segment, Side, SideName, State
from polyalign.stamps import unstamped
from polyalign.store.rows import ReviewRow, StoredSegment

Said = Callable[[ReviewRow], tuple[str, ...]]


def add(
    connection: sqlite3.Connection,
    bitext: Bitext,
    *,
    name: str,
    origin: str,
    source: Document | None,
    target: Document | None,
    file: bytes,
) -> int:
    """The id of the bitext, once its documents, segments, beads and unaligned segments are rows."""
    said = json.dumps(bitext.notes), origin, json.dumps(bitext.about)
    values = (name, bitext.mode, unstamped(bitext.signature), *said)
    made = connection.execute(
        "INSERT INTO bitexts (name, mode, signature, notes, origin, about) VALUES (?, ?, ?, ?, ?, ?)",
        tuple(map(_plain, values)),
    )
    number = int(made.lastrowid or 0)
    if file:
        connection.execute("INSERT INTO files (bitext, packed) VALUES (?, ?)", (number, zlib.compress(file)))
    ids = {
        "source": _add_side(connection, number, "source", bitext.source, source),
        "target": _add_side(connection, number, "target", bitext.target, target),
    }
    for bead in bitext.beads:
        members = [*(ids["source"][i] for i in bead.source), *(ids["target"][j] for j in bead.target)]
        _add_row(connection, number, members, bead.review, bead)
    for side in ("source", "target"):
        for segment in bitext.unaligned(side):
            _add_row(connection, number, [ids[side][segment.id]], segment.review)
    return number


def _add_side(
    connection: sqlite3.Connection, bitext: int, name: SideName, side: Side, document: Document | None
) -> dict[int, int]:
    """The ids in the project of the side's segments, by their ids in the bitext."""
    text, segments = _whole_text(side, document)
    made = connection.execute(
        "INSERT INTO documents (bitext, side, path, language, text) VALUES (?, ?, ?, ?, ?)",
        (
            bitext,
            name,
            side.path and _plain(side.path),
            _plain(side.language),
            text.encode("utf-8", "surrogatepass"),
        ),
    )
    ids = {}
    for segment in segments:
        translation = None if segment.translation is None else _plain(segment.translation)
        place = segment.start, segment.end
        row = (made.lastrowid, *place, segment.boilerplate, translation, segment.place, packed(segment.codes))
        ids[segment.id] = int(
            connection.execute(
                "INSERT INTO segments"
                " (document, first, last, boilerplate, translation, place, codes, quality)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                tuple(
                    _plain(value) if isinstance(value, str) else value for value in (*row, segment.quality)
                ),
            ).lastrowid
            or 0
        )
    return ids


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


def _add_row(
    connection: sqlite3.Connection,
    bitext: int,
    segments: Iterable[int],
    review: Review,
    bead: Bead | None = None,
) -> None:
    judged = (bead.score, json.dumps(dict(bead.evidence)), bead.origin) if bead else (None, "{}", "machine")
    made = connection.execute(
        "INSERT INTO beads (bitext, state, comment, about, score, evidence, origin)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            bitext,
            review.state,
            _plain(review.comment),
            _plain(json.dumps(review.about, ensure_ascii=False)),
            *judged,
        ),
    )
    connection.executemany(
        "INSERT INTO members (bead, segment) VALUES (?, ?)", [(made.lastrowid, s) for s in segments]
    )


def _plain(text: str) -> str:
    """The text with each lone surrogate, which no UTF-8 holds, as an escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def stamped(rows: Sequence[ReviewRow], at: str, who: str) -> list[ReviewRow]:
    """The rows, each with its id, when and by whom it was made and changed, as "made ..." of what is said."""

    def one(row: ReviewRow) -> ReviewRow:
        made = {"id": str(row.id), "created": _compact(at), "creator": who}
        made |= {"changed": _compact(row.at), "changer": row.who}
        told = ((f"made {word}", value) for word, value in made.items() if value)
        return replace(row, about=(*row.about, *told))

    return [one(row) for row in rows]


def _compact(time: str) -> str:
    """An ISO 8601 time without the signs between its parts."""
    return time.replace("-", "").replace(":", "")


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
    beads = [row for row in held if row.aligned and row.state in states]
    taken = {row.id for row in beads}
    alone = {s.id: _review(row, said) for row in held if row.id not in taken for s in row.source + row.target}
    made = {name: _side(name, sides[name], held, alone) for name in sides}
    places = {name: {i: number for number, i in enumerate(ids)} for name, (_, ids) in made.items()}
    return Bitext(
        source=made["source"][0],
        target=made["target"][0],
        beads=overlaps_marked(sorted(_beads(beads, places, said), key=lambda b: (b.source, b.target))),
        **head,
    )


def _beads(
    rows: Iterable[ReviewRow], places: Mapping[SideName, Mapping[int, int]], said: Said
) -> Iterator[Bead]:
    for row in rows:
        source, target = (tuple(sorted(places[n][s.id] for s in row.side(n))) for n in ("source", "target"))
        review, evidence = _review(row, said), dict(row.evidence)
        yield Bead(source, target, row.score, evidence=evidence, review=review, origin=row.origin)


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
    name: SideName,
    side: Side,
    rows: Sequence[ReviewRow],
    alone: Mapping[int, Review],
) -> tuple[Side, list[int]]:
    """The side with its segments as they are now, offsets into the text with its edits, and their ids."""
    ordered = numbered(name, rows)
    segments, moved = [], 0
    for number, s in enumerate(ordered):
        start = s.start + moved
        segments.append(
            Segment(
                number,
                start,
                start + len(s.text),
                s.text,
                s.boilerplate,
                s.translation,
                s.place,
                alone.get(s.id, Review()),
                codes=s.codes,
                quality=s.quality,
            )
        )
        moved += len(s.text) - (s.end - s.start)
    return replace(side, segments=tuple(segments)), [segment.id for segment in ordered]
