"""What a reviewer does to rows and segments, each a function on an open transaction.

Every one gives the row to look at next. What changes which texts stand beside each other makes the row
one by hand, without the aligner's score: what somebody put together is confirmed, what was left over is
not. Cutting a text, or joining what was cut, changes nothing of that. No comment is lost: that of a row
which goes passes to the row that takes its segments.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from polyalign.codes import cut, moved, packed, unpacked
from polyalign.errors import InputError, UsageError
from polyalign.parts import Bead, State
from polyalign.store import reviewers
from polyalign.store.journal import Transaction
from polyalign.store.places import matching
from polyalign.store.rows import ReviewRow

Direction = Literal["up", "down"]

MAX_TEXT = 100_000  # characters of a comment or of an edited segment

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


@dataclass(frozen=True, slots=True)
class Proposal:
    """The rows that would go, and the beads, over segment ids, that would stand in their place.

    Segments of the rows that are in none of the beads would stay alone.
    """

    rows: tuple[int, ...]
    beads: tuple[Bead, ...]


def link(tx: Transaction, segments: Sequence[int]) -> int:
    """One row out of these segments; rows that lose some keep the others."""
    wanted = list(dict.fromkeys(segments))
    if not wanted:
        raise UsageError("nothing to link: name the segments")
    rows = list(dict.fromkeys(row for segment in wanted for row in rows_of(tx, segment)))
    records = [_record(tx, row) for row in rows]
    if len({record["bitext"] for record in records}) > 1:
        raise UsageError("these are rows of two bitexts: choose rows of one")
    if len(rows) == 1 and set(segments_of(tx, rows[0])) == set(wanted):
        return rows[0]
    for row in rows:
        for segment in wanted:
            tx.write("members", (row, segment), None)
    emptied = [row for row in rows if not segments_of(tx, row)]
    made = emptied[0] if emptied else _new_row(tx, records[0]["bitext"])
    for segment in wanted:
        tx.write("members", (made, segment), {})
    seen = {"keep": max(r["keep"] for r in records), "deleted": min(r["deleted"] for r in records)}
    tx.update("beads", made, **seen)  # what one of them showed is not hidden by another one
    _absorb(tx, made, emptied[1:])
    for row in set(rows) - {made, *emptied}:
        _left_over(tx, row)
    _put_together(tx, made)
    return made


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
        _left_over(tx, row)
    return row


def move(tx: Transaction, row: int, segment: int, into: int) -> int:
    """The segment goes from one row to another, which is looked at next."""
    tx.write("members", (row, segment), None)
    tx.write("members", (into, segment), {})
    if segments_of(tx, row):
        _left_over(tx, row)
    else:
        _absorb(tx, into, [row])
    _put_together(tx, into)
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
    border = at if record["edited"] is None else matching(text, original, at)
    ends = record["first"] + len(original[:border].rstrip())
    starts = record["last"] - len(original[border:].lstrip())
    ends, starts = min(ends, starts), max(ends, starts)
    edited = record["edited"] is not None
    record |= {"translation": None, "quality": None}  # of a text that is no more
    parts = ((0, ends - record["first"]), (starts - record["first"], len(original)))
    one, two = map(packed, cut(unpacked(record["codes"], len(original)), parts))
    made = {**record, "last": ends, "edited": head if edited else None, "codes": one}
    tx.write("segments", (segment,), made)
    made = {**record, "first": starts, "edited": tail if edited else None, "codes": two}
    other = tx.insert("segments", made)
    rows = rows_of(tx, segment)
    for row in rows:
        tx.write("members", (row, other), {})
    return rows[0]


def divide(tx: Transaction, texts: Texts, source: tuple[int, int], target: tuple[int, int]) -> int:
    """Two rows out of one, each side cut in a segment, before a character of its text, as by `split`.

    What stands before the cuts stays in the row, what stands behind them becomes the next one.
    """
    rows = rows_of(tx, source[0])
    if rows != rows_of(tx, target[0]) or len(rows) > 1:
        raise UsageError("these texts are not of one row: choose a place in either text of a row")
    row, behind = rows[0], list[int]()
    if target[0] in _cell(tx, row, source[0]):
        raise UsageError("both places are in the same text: choose one in either text of the row")
    for segment, at in (source, target):
        split(tx, texts, segment, at)
        cell = _cell(tx, row, segment)
        behind += cell[cell.index(segment) + 1 :]
    made = _new_row(tx, _record(tx, row)["bitext"], keep=_record(tx, row)["keep"])
    for segment in behind:
        tx.write("members", (row, segment), None)
        tx.write("members", (made, segment), {})
    _put_together(tx, row)
    _put_together(tx, made)
    return row


def join(tx: Transaction, texts: Texts, segments: Sequence[int]) -> int:
    """One segment out of neighbours in one text and one row, with what lies between them."""
    records = {segment: _segment(tx, segment) for segment in segments}
    ordered = sorted(records, key=lambda segment: (records[segment]["first"], records[segment]["last"]))
    if len(ordered) < 2:
        raise UsageError("joining needs two segments: choose a neighbour, too")
    parts = [records[segment] for segment in ordered]
    _check_neighbours(tx, ordered, parts)
    first, last, text = parts[0], parts[-1], None
    if any(part["edited"] is not None for part in parts):
        rest = (texts.between(one, other) + texts.current(other) for one, other in pairwise(parts))
        text = texts.current(first) + "".join(rest)
    told, sure = [part["translation"] for part in parts], [part["quality"] for part in parts]
    translation = None if None in told else " ".join(told)
    quality = None if translation is None or None in sure else min(sure)
    rows = rows_of(tx, ordered[0])
    for segment in ordered[1:]:
        for row in rows:
            tx.write("members", (row, segment), None)
        tx.write("segments", (segment,), None)
    codes = [
        code
        for part in parts
        for code in moved(
            unpacked(part["codes"], part["last"] - part["first"]), part["first"] - first["first"]
        )
    ]
    changed = {**first, "last": last["last"], "edited": text, "codes": packed(codes)}
    changed |= {"translation": translation, "quality": quality}
    tx.write("segments", (ordered[0],), changed)
    return rows[0]


def edit(tx: Transaction, texts: Texts, segment: int, text: str) -> int:
    """Another text for the segment; its original one again takes the edit away."""
    record = _segment(tx, segment)
    if all(unicodedata.category(c)[0] in "CZ" for c in _sound(text)):
        raise UsageError("the text is empty: delete the row instead")
    same = text == texts.original(record)
    tx.update("segments", segment, edited=None if same else text)
    return rows_of(tx, segment)[0]


def mark(tx: Transaction, rows: Sequence[int], state: State, who: str) -> int:
    """Another state for the rows, which is what `who` decided, or JOINT."""
    row = set_all(tx, rows, state=state)
    reviewers.decided(tx, rows, state, who)
    return row


def set_all(tx: Transaction, rows: Sequence[int], **values: object) -> int:
    """Other values in these columns of all the rows."""
    if not rows:
        raise UsageError("no rows are named: choose some")
    for row in rows:
        _record(tx, row)
        tx.update("beads", row, **values)
    return rows[0]


def comment(tx: Transaction, row: int, text: str, who: str) -> int:
    """Another comment on the row, by `who`, an empty one to take it away with its answers."""
    text = _sound(text.strip())
    set_all(tx, [row], comment=text)
    reviewers.commented(tx, row, text, who)
    return row


def reply(tx: Transaction, row: int, text: str, who: str) -> int:
    """An answer to the comment of the row, by `who`."""
    _record(tx, row)
    return reviewers.reply(tx, row, _sound(text), who)


def ignore(tx: Transaction, row: int, flag: str, ignored: bool) -> int:
    """Whether the flag of this name is dismissed on the row."""
    names = set(json.loads(_record(tx, row)["ignored"]))
    names = names | {_sound(flag)} if ignored else names - {flag}
    return set_all(tx, [row], ignored=json.dumps(sorted(names)))


def translate(
    tx: Transaction, translations: Mapping[int, str], qualities: Mapping[int, float | None]
) -> int | None:
    """Machine translations for segments, and how probable it is that they are right."""
    for segment, text in translations.items():
        _segment(tx, segment)
        tx.update("segments", segment, translation=_sound(text), quality=qualities.get(segment))
    return None


def realign(tx: Transaction, free: Sequence[int], beads: Sequence[Bead]) -> int | None:
    """Other beads, over segment ids, for the segments of these rows; the rest of them stay alone.

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
    about: dict[int, str] = {}
    for row, own in segments.items():
        if frozenset(own) in wanted:
            del wanted[frozenset(own)]
            continue
        about[own[0]] = _record(tx, row)["about"]
        for segment in own:
            tx.write("members", (row, segment), None)
        tx.write("beads", (row,), None)
    for group, bead in wanted.items():
        told = _united(about[segment] for segment in sorted(group) if segment in about)
        score, evidence = (bead.score, bead.evidence) if bead else (None, {})
        judged = {"score": score, "evidence": json.dumps(dict(evidence)), "origin": "machine"}
        made = _new_row(tx, bitext, **judged, about=told)
        for segment in sorted(group):
            tx.write("members", (made, segment), {})
    return None


def proposals(rows: Sequence[ReviewRow], beads: Sequence[Bead]) -> tuple[Proposal, ...]:
    """The changes from the rows to the beads, as small as they can be, in the order of the rows.

    Two changes have no segment in common, and a row whose segments stay together is in none.
    """
    before = [frozenset(segment.id for segment in row.source + row.target) for row in rows]
    after = [frozenset((*bead.source, *bead.target)) for bead in beads]
    held = {segment for group in before for segment in group}
    loose = held.difference(*after)
    kept = set(after) | {frozenset((segment,)) for segment in loose}
    stays = set(before) & kept
    parts = _parts([group for group in (*before, *after) if group not in stays])
    found: dict[int, tuple[list[int], list[Bead]]] = {}
    for row, group in zip(rows, before, strict=True):
        if group not in stays:
            found.setdefault(parts[min(group)], ([], []))[0].append(row.id)
    for bead, group in zip(beads, after, strict=True):
        if group not in stays and group <= held:
            found.setdefault(parts[min(group)], ([], []))[1].append(bead)
    return tuple(Proposal(tuple(gone), tuple(made)) for gone, made in found.values() if gone)


def _parts(groups: Iterable[frozenset[int]]) -> dict[int, int]:
    """The part to which each segment belongs: those of one group are in one part."""
    part: dict[int, int] = {}

    def root(segment: int) -> int:
        while part.setdefault(segment, segment) != segment:
            part[segment] = part[part[segment]]
            segment = part[segment]
        return segment

    for group in groups:
        first, *rest = group
        for segment in rest:
            part[root(segment)] = root(first)
    return {segment: root(segment) for segment in [*part]}


def segments_of(tx: Transaction, row: int) -> list[int]:
    """The segments of a row, source first, each side in the order of its text."""
    return [segment for segment, _ in _sides(tx, row)]


def _sides(tx: Transaction, row: int) -> list[tuple[int, str]]:
    """The same, each with its side."""
    found = tx.connection.execute(
        "SELECT segments.id, side FROM members JOIN segments ON segments.id = segment"
        " JOIN documents ON documents.id = document WHERE bead = ? ORDER BY side, first, last, segments.id",
        (row,),
    )
    return found.fetchall()


def rows_of(tx: Transaction, segment: int) -> list[int]:
    """The rows that hold a segment. Raises InputError where there is no such segment."""
    found = tx.connection.execute("SELECT bead FROM members WHERE segment = ? ORDER BY bead", (segment,))
    return [row for (row,) in found] or _unknown("segment", segment)


def _new_row(tx: Transaction, bitext: int, **values: object) -> int:
    record = {"bitext": bitext, "score": None, "state": "auto", "keep": 1, "comment": "", "ignored": "[]"}
    record |= {"deleted": 0, "evidence": "{}", "who": "", "at": "", "about": "[]", "origin": "person"}
    return tx.insert("beads", record | values)


def _put_together(tx: Transaction, row: int) -> None:
    """The row is as somebody wants it: they do not doubt a pair of their own."""
    sides = {side for _, side in _sides(tx, row)}
    _by_hand(tx, row, "confirmed" if len(sides) > 1 else "auto")


def _left_over(tx: Transaction, row: int) -> None:
    """Something was taken out of the row, and nobody has said that the rest is right."""
    _by_hand(tx, row, "auto")


def _by_hand(tx: Transaction, row: int, state: State) -> None:
    tx.update("beads", row, score=None, evidence="{}", origin="person", state=state)
    reviewers.forget(tx, row)


def _cell(tx: Transaction, row: int, segment: int) -> list[int]:
    """The segments of the row on the side of this one, in the order of their text."""
    sides = dict(_sides(tx, row))
    return [other for other, side in sides.items() if side == sides[segment]]


def _absorb(tx: Transaction, row: int, gone: Iterable[int]) -> None:
    """Remove empty rows; what was said of them goes over to the row."""
    said, about = [_record(tx, row)["comment"]], [_record(tx, row)["about"]]
    for other in gone:
        said.append(_record(tx, other)["comment"])
        about.append(_record(tx, other)["about"])
        reviewers.moved(tx, row, other)
        tx.write("beads", (other,), None)
    tx.update("beads", row, comment="\n".join(filter(None, said)), about=_united(about))


def _united(about: Iterable[str]) -> str:
    """What files say of several rows as what they say of one: each thing once."""
    named = dict.fromkeys((name, value) for text in about for name, value in json.loads(text))
    return json.dumps(list(named), ensure_ascii=False) if named else "[]"


def _record(tx: Transaction, row: int) -> dict[str, Any]:
    return tx.read("beads", row) or _unknown("row", row)


def _segment(tx: Transaction, segment: int) -> dict[str, Any]:
    return tx.read("segments", segment) or _unknown("segment", segment)


def _segments(tx: Transaction, row: int) -> list[int]:
    return segments_of(tx, row) or _unknown("row", row)


def _unknown(what: str, number: int) -> Any:
    raise InputError(f"there is no {what} {number}: it may have been merged or undone, look again")


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


def _sound(text: str) -> str:
    """The text. Raises InputError for one that is too long or holds half a character."""
    if len(text) > MAX_TEXT:
        raise InputError(f"the text has more than {MAX_TEXT:,} characters: shorten it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("the text holds half of a character: type it again") from error
    return text
