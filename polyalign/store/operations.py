"""What a reviewer does to rows and segments, each a function on an open transaction.

Every one gives the row to look at next. What changes which segments a row has makes the row one by
hand: without the aligner's score, and not yet accepted. No comment is lost: that of a row which
goes passes to the row that takes its segments.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, Literal

from polyalign.bitext import Bead, SideName, State
from polyalign.errors import InputError, UsageError
from polyalign.store.journal import Transaction

Direction = Literal["up", "down"]

MAX_TEXT = 100_000  # characters of a comment or of an edited segment
_BY_HAND: Mapping[str, Any] = {"score": None, "state": "auto", "evidence": "{}"}


Record = Mapping[str, Any]


@dataclass(frozen=True)
class Texts:
    """The texts of segments; `of_document` gives the original text of a document by its id."""

    of_document: Callable[[int], str]

    def original(self, segment: Record) -> str:
        """The stretch of the document that the segment covers."""
        return self.of_document(segment["document"])[segment["first"] : segment["last"]]

    def current(self, segment: Record) -> str:
        """The segment's text as it is now."""
        return self.original(segment) if segment["edited"] is None else str(segment["edited"])

    def between(self, one: Record, other: Record) -> str:
        """What stands in the document between two segments."""
        return self.of_document(one["document"])[one["last"] : other["first"]]


def link(tx: Transaction, segments: Sequence[int]) -> int:
    """One row out of these segments; rows that lose some keep the others."""
    wanted = list(dict.fromkeys(segments))
    if not wanted:
        raise UsageError("nothing to link: name the segments")
    rows = list(dict.fromkeys(row for segment in wanted for row in rows_of(tx, segment)))
    _one_bitext(tx, rows)
    if len(rows) == 1 and set(segments_of(tx, rows[0])) == set(wanted):
        return rows[0]
    for row in rows:
        for segment in wanted:
            tx.write("members", (row, segment), None)
    emptied = [row for row in rows if not segments_of(tx, row)]
    records = [_record(tx, row) for row in rows]
    made = emptied[0] if emptied else _new_row(tx, records[0]["bitext"])
    for segment in wanted:
        tx.write("members", (made, segment), {})
    seen = {"keep": max(r["keep"] for r in records), "deleted": min(r["deleted"] for r in records)}
    tx.update("beads", made, **seen)  # what one of them showed is not hidden by another one
    _absorb(tx, made, emptied[1:])
    for row in {*rows, made} - set(emptied[1:]):
        tx.update("beads", row, **_BY_HAND)
    return made


def pinpoint(tx: Transaction, source: Sequence[int], target: Sequence[int]) -> int:
    """One row out of the cells of two rows: the segments of either side."""
    if not source or not target:
        raise UsageError("pinpoint links a cell of the source with one of the target: choose one of each")
    return link(tx, [*source, *target])


def merge(tx: Transaction, rows: Sequence[int]) -> int:
    """One row out of several."""
    if len(set(rows)) < 2:
        raise UsageError("merging needs two rows: choose another one")
    return link(tx, [segment for row in rows for segment in _segments(tx, row)])


def unlink(tx: Transaction, row: int) -> int:
    """Every segment of the row in a row of its own; the first one keeps what was said of the row."""
    others = _segments(tx, row)[1:]
    for segment in others:
        elsewhere = rows_of(tx, segment) != [row]
        tx.write("members", (row, segment), None)
        if not elsewhere:
            tx.write("members", (_new_row(tx, _record(tx, row)["bitext"]), segment), {})
    if others:
        tx.update("beads", row, **_BY_HAND)
    return row


def move(tx: Transaction, row: int, segment: int, into: int) -> int:
    """The segment goes from one row to another, which is looked at next."""
    tx.write("members", (row, segment), None)
    tx.write("members", (into, segment), {})
    if segments_of(tx, row):
        tx.update("beads", row, **_BY_HAND)
    else:
        _absorb(tx, into, [row])
    tx.update("beads", into, **_BY_HAND)
    return into


def split(tx: Transaction, texts: Texts, segment: int, at: int) -> int:
    """Two segments out of one, cut before character `at` of its text; both stay in the row.

    White space at the cut belongs to neither. Of an edited text the original is cut where the
    matching characters are.
    """
    record = _segment(tx, segment)
    text = texts.current(record)
    head, tail = text[:at].rstrip(), text[at:].lstrip() if at > 0 else ""
    if not head or not tail:
        raise UsageError("nothing would be left on one side of the cut: put the caret inside the text")
    original = texts.original(record)
    cut = at if record["edited"] is None else matching(text, original, at)
    ends = record["first"] + len(original[:cut].rstrip())
    starts = record["last"] - len(original[cut:].lstrip())
    ends, starts = min(ends, starts), max(ends, starts)
    edited = record["edited"] is not None
    record["translation"] = None
    tx.write("segments", (segment,), {**record, "last": ends, "edited": head if edited else None})
    other = tx.insert("segments", {**record, "first": starts, "edited": tail if edited else None})
    rows = rows_of(tx, segment)
    for row in rows:
        tx.write("members", (row, other), {})
        tx.update("beads", row, **_BY_HAND)
    return rows[0]


def join(tx: Transaction, texts: Texts, segments: Sequence[int]) -> int:
    """One segment out of neighbours in one text and one row, with what lies between them."""
    records = {segment: _segment(tx, segment) for segment in segments}
    ordered = sorted(records, key=lambda segment: (records[segment]["first"], records[segment]["last"]))
    if len(ordered) < 2:
        raise UsageError("joining needs two segments: choose a neighbour, too")
    _check_neighbours(tx, ordered, [records[segment] for segment in ordered])
    first, last = records[ordered[0]], records[ordered[-1]]
    edited = any(record["edited"] is not None for record in records.values())
    text = _joined(texts, [records[segment] for segment in ordered]) if edited else None
    told = [records[segment]["translation"] for segment in ordered]
    translation = " ".join(told) if all(part is not None for part in told) else None
    rows = rows_of(tx, ordered[0])
    for segment in ordered[1:]:
        for row in rows:
            tx.write("members", (row, segment), None)
        tx.write("segments", (segment,), None)
    changed = {**first, "last": last["last"], "edited": text, "translation": translation}
    tx.write("segments", (ordered[0],), changed)
    for row in rows:
        tx.update("beads", row, **_BY_HAND)
    return rows[0]


def edit(tx: Transaction, texts: Texts, segment: int, text: str) -> int:
    """Another text for the segment; its original one again takes the edit away."""
    record = _segment(tx, segment)
    if all(unicodedata.category(c)[0] in "CZ" for c in _sound(text)):
        raise UsageError("the text is empty: delete the row instead")
    same = text == texts.original(record)
    tx.update("segments", segment, edited=None if same else text)
    return rows_of(tx, segment)[0]


def mark(tx: Transaction, rows: Sequence[int], state: State) -> int:
    """Another state for the rows."""
    return _set(tx, rows, state=state)


def keep(tx: Transaction, rows: Sequence[int], kept: bool) -> int:
    """Whether exports hold the rows."""
    return _set(tx, rows, keep=int(kept))


def delete(tx: Transaction, rows: Sequence[int], deleted: bool) -> int:
    """Whether the rows are deleted: kept in the project, but shown only to who asks for them."""
    return _set(tx, rows, deleted=int(deleted))


def comment(tx: Transaction, row: int, text: str) -> int:
    """Another comment on the row, an empty one to take it away."""
    return _set(tx, [row], comment=_sound(text.strip()))


def ignore(tx: Transaction, row: int, flag: str, ignored: bool) -> int:
    """Whether the flag of this name is dismissed on the row."""
    names = set(json.loads(_record(tx, row)["ignored"]))
    names = names | {_sound(flag)} if ignored else names - {flag}
    return _set(tx, [row], ignored=json.dumps(sorted(names)))


def translate(tx: Transaction, translations: Mapping[int, str]) -> int | None:
    """Machine translations for segments."""
    for segment, text in translations.items():
        _segment(tx, segment)
        tx.update("segments", segment, translation=_sound(text))
    return None


def realign(tx: Transaction, free: Sequence[int], beads: Sequence[Bead]) -> int | None:
    """Other beads, over segment ids, for the segments of the free rows; the rest of these stay alone.

    A row whose segments stay together stays as it is, its score too: that was judged among all
    segments, the new one only among those that are free.

    Raises UsageError for a bead with a segment that is in no free row.
    """
    segments = {row: segments_of(tx, row) for row in free}
    held = {segment for own in segments.values() for segment in own}
    groups = {(*bead.source, *bead.target): bead for bead in beads}
    if foreign := {segment for group in groups for segment in group} - held:
        raise UsageError(f"segment {min(foreign)} is in a row that is settled, or in none: align again")
    taken = {segment for group in groups for segment in group}
    wanted: dict[frozenset[int], Bead | None] = {frozenset(group): bead for group, bead in groups.items()}
    wanted |= {frozenset((segment,)): None for segment in sorted(held - taken)}
    bitext = _record(tx, free[0])["bitext"] if free else 0
    for row, own in segments.items():
        if frozenset(own) in wanted:
            del wanted[frozenset(own)]
            continue
        for segment in own:
            tx.write("members", (row, segment), None)
        tx.write("beads", (row,), None)
    for group, bead in wanted.items():
        made = _new_row(tx, bitext, **_judged(bead))
        for segment in sorted(group):
            tx.write("members", (made, segment), {})
    return None


def segments_of(tx: Transaction, row: int) -> list[int]:
    """The segments of a row, source first, each side in the order of its text."""
    found = tx.connection.execute(
        "SELECT segments.id FROM members JOIN segments ON segments.id = segment"
        " JOIN documents ON documents.id = document WHERE bead = ? ORDER BY side, first, last, segments.id",
        (row,),
    )
    return [segment for (segment,) in found]


def rows_of(tx: Transaction, segment: int) -> list[int]:
    """The rows that hold a segment. Raises InputError where there is no such segment."""
    found = tx.connection.execute("SELECT bead FROM members WHERE segment = ? ORDER BY bead", (segment,))
    return [row for (row,) in found] or _unknown("segment", segment)


def _judged(bead: Bead | None) -> dict[str, Any]:
    """The columns in which a row says what the aligner thinks of it."""
    if bead is None:
        return {"score": None, "evidence": "{}"}
    return {"score": bead.score, "evidence": json.dumps(dict(bead.evidence))}


def _new_row(tx: Transaction, bitext: int, **values: object) -> int:
    record = {"bitext": bitext, "score": None, "state": "auto", "keep": 1, "comment": "", "ignored": "[]"}
    return tx.insert("beads", {**record, "deleted": 0, "evidence": "{}", "who": "", "at": "", **values})


def _absorb(tx: Transaction, row: int, gone: Iterable[int]) -> None:
    """Remove empty rows; what was said of them goes over to the row."""
    said = [_record(tx, row)["comment"]]
    for other in gone:
        said.append(_record(tx, other)["comment"])
        tx.write("beads", (other,), None)
    tx.update("beads", row, comment="\n".join(filter(None, said)))


def _set(tx: Transaction, rows: Sequence[int], **values: object) -> int:
    if not rows:
        raise UsageError("no rows are named: choose some")
    for row in rows:
        _record(tx, row)
        tx.update("beads", row, **values)
    return rows[0]


def _record(tx: Transaction, row: int) -> dict[str, Any]:
    return tx.read("beads", row) or _unknown("row", row)


def _segment(tx: Transaction, segment: int) -> dict[str, Any]:
    return tx.read("segments", segment) or _unknown("segment", segment)


def _segments(tx: Transaction, row: int) -> list[int]:
    return segments_of(tx, row) or _unknown("row", row)


def _unknown(what: str, number: int) -> Any:
    raise InputError(f"there is no {what} {number}: it may have been merged or undone, look again")


def _one_bitext(tx: Transaction, rows: Sequence[int]) -> None:
    if len({_record(tx, row)["bitext"] for row in rows}) > 1:
        raise UsageError("these are rows of two bitexts: choose rows of one")


def _check_neighbours(tx: Transaction, segments: Sequence[int], records: Sequence[Record]) -> None:
    if len({record["document"] for record in records}) > 1:
        raise UsageError("only segments of one text can be joined: link those of two")
    if len({tuple(rows_of(tx, segment)) for segment in segments}) > 1:
        raise UsageError("these segments are in different rows: merge the rows first")
    found = tx.connection.execute(
        "SELECT count(*) FROM segments WHERE document = ? AND first >= ? AND last <= ?",
        (records[0]["document"], records[0]["first"], records[-1]["last"]),
    )
    if found.fetchone()[0] > len(segments):
        raise UsageError("another segment stands between these: join neighbours")


def _joined(texts: Texts, records: Sequence[Record]) -> str:
    """The current texts, between them what lies between them in the document."""
    pieces = [texts.current(records[0])]
    for one, other in pairwise(records):
        pieces += [texts.between(one, other), texts.current(other)]
    return "".join(pieces)


def matching(text: str, original: str, at: int) -> int:
    """Where in the original the place `at` of the edited text is, by the characters that both have."""
    place = 0
    for block in SequenceMatcher(None, text, original, autojunk=False).get_matching_blocks():
        if block.a >= at:
            break
        place = block.b + min(at - block.a, block.size)
    return place


def _sound(text: str) -> str:
    """The text. Raises InputError for one that is too long or holds half a character."""
    if len(text) > MAX_TEXT:
        raise InputError(f"the text has more than {MAX_TEXT:,} characters: shorten it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("the text holds half of a character: type it again") from error
    return text


def edge(row: Sequence[int], direction: Direction, side: SideName) -> int:
    """The segment of a side that moves first: the first one up, the last one down."""
    if not row:
        raise UsageError(f"the row has no {side} text to move: choose the other side")
    return row[0] if direction == "up" else row[-1]
