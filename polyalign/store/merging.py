"""A reviewed file back into its project: what it says, what was exported, and what the project says now.

Each text, state and comment is compared three ways. What only the file changed is taken over; where both
changed something, the project's stays, and the file's is kept in the comment of the row, which then needs
a review. Nothing is taken away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from polyalign.characters import without_controls
from polyalign.parts import SideName, State
from polyalign.store import operations
from polyalign.store.journal import Transaction
from polyalign.store.places import matching
from polyalign.store.reviewers import answers_to
from polyalign.store.rows import ReviewRow, StoredSegment

What = Literal["source", "target", "state", "comment", "row"]


@dataclass(frozen=True, slots=True)
class Returned:
    """A row of a file that came back: which segments it is about, by their places in the exported texts.

    `texts` of a side are one for each segment, or one for all of them. `state` and `comment` are None where
    the file has no place for them. `place` is where the row stands in the file ("row 7").
    """

    place: str
    ids: Mapping[SideName, tuple[int, ...]]
    texts: Mapping[SideName, tuple[str, ...]]
    state: State | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What became of one thing that a file says: `after` is what the file has, `before` what was exported.

    `row` is the row in the project, None where there is none any more. `why` is empty for what was changed.
    """

    place: str
    row: int | None
    what: What
    before: str
    after: str
    why: str = ""


@dataclass
class Updating:
    """The rows of a file, looked at one after the other in an open transaction.

    `base` are the rows as they were exported, `now` as they are, `numbered` the exported segments of each
    side in their order, `between` what stands between two segments of a side in one cell, `label` the name
    of the file in comments.
    """

    tx: Transaction
    texts: operations.Texts
    base: Sequence[ReviewRow]
    now: Mapping[int, ReviewRow]
    numbered: Mapping[SideName, Sequence[StoredSegment]]
    between: Mapping[SideName, str]
    label: str
    done: list[Update] = field(default_factory=list)
    seen: dict[tuple[tuple[int, ...], tuple[int, ...]], Returned] = field(default_factory=dict)

    def take(self, returned: Returned) -> None:
        """Take over what this row of the file changed."""
        said = " / ".join(text for side in ("source", "target") for text in returned.texts[side])
        try:
            held = {side: [self.numbered[side][k] for k in returned.ids[side]] for side in self.numbered}
        except IndexError:
            held = {}
        wanted = {segment.id for side in held.values() for segment in side}
        rows = self._rows_of[min(wanted)] if wanted else []
        able = [row for row in rows if wanted <= _members(row)]  # more than these, of a row that was cut
        row = min(able, key=lambda row: len(_members(row)), default=None)
        if row is None:
            self._refuse(returned, None, "row", "", said, "it is no row of the project")
            return
        first = self.seen.setdefault((returned.ids["source"], returned.ids["target"]), returned)
        if first is not returned:
            why = f"{first.place} is the same row"
            if replace(first, place=returned.place) == returned:  # which says nothing that could be kept
                self.done.append(Update(returned.place, self._home(row.id), "row", "", said, why))
            else:
                self._refuse(returned, row.id, "row", "", said, why)
            return
        for side in ("source", "target"):
            self._take_text(returned, row, side, held[side])
        self._take_comment(returned, row)
        self._take_state(returned, row)

    @cached_property
    def _rows_of(self) -> Mapping[int, list[ReviewRow]]:
        """The exported rows of each segment."""
        found: dict[int, list[ReviewRow]] = {}
        for row in self.base:
            for segment in row.source + row.target:
                found.setdefault(segment.id, []).append(row)
        return found

    def _take_text(
        self, returned: Returned, row: ReviewRow, side: SideName, segments: Sequence[StoredSegment]
    ) -> None:
        before = [_plain(segment.text) for segment in segments]
        joined = _plain(self.between[side].join(before))
        after = [_plain(text) for text in returned.texts[side]]
        whole = _plain(self.between[side].join(after))
        if after == before or whole == joined:
            return
        if before and whole and len(after) != len(before):
            after = divided(whole, before, self.between[side])
        why = ""
        if not before:
            why = "the row has no text there: add it to the text"
        elif not whole:
            why = "its text was taken out: reject the row instead"
        elif not all(after):
            why = "it is no longer clear where its segments end"
        if why:
            self._refuse(returned, row.id, side, joined, whole, why)
            return
        for segment, old, new in zip(segments, before, after, strict=True):
            if old != new:
                self._edit(returned, row, side, segment, old, new)

    def _edit(
        self, returned: Returned, row: ReviewRow, side: SideName, segment: StoredSegment, old: str, new: str
    ) -> None:
        record = self.tx.read("segments", segment.id)
        if record is None or (record["first"], record["last"]) != (segment.start, segment.end):
            self._refuse(returned, row.id, side, old, new, "the segment was cut or joined in the project")
            return
        now = _plain(self.texts.current(record))
        if now not in (old, new):
            self._refuse(returned, row.id, side, old, new, f"the project has {now!r}")
        elif now != new:
            edited = operations.edit(self.tx, self.texts, segment.id, new)
            self._say(returned, edited, side, old, new)

    def _take_comment(self, returned: Returned, row: ReviewRow) -> None:
        if returned.comment is None:
            return
        answers = _lines(answers_to(self.tx, row.id))  # which stood below the comment, and are not of it
        theirs = [line for line in _lines(returned.comment) if line not in answers]
        said = "\n".join(theirs)
        if theirs == _lines(row.comment):
            return
        record = self.tx.read("beads", row.id)
        if record is None:
            self._refuse(returned, row.id, "comment", row.comment, said, "the row is gone")
            return
        ours = _lines(record["comment"])
        if ours == theirs:
            return
        kept = theirs if ours == _lines(row.comment) else [*ours, *(x for x in theirs if x not in ours)]
        if kept != ours:
            operations.comment(self.tx, row.id, "\n".join(kept), self.label)
            self._say(returned, row.id, "comment", row.comment, said)

    def _take_state(self, returned: Returned, row: ReviewRow) -> None:
        state = returned.state
        if state is None or state == row.state:
            return
        now, why = self.now.get(row.id), ""
        if now is None or self.tx.read("beads", row.id) is None:
            why = "the row is gone"
        elif now.deleted:
            why = "the row was deleted in the project"
        elif _members(now) != _members(row):
            why = "the row has other segments by now"
        elif any(one.place == returned.place and one.why for one in self.done):
            why = "the row has another conflict"
        elif now.state not in (row.state, state):
            why = f"the project has {now.state}"
        elif now.state != state:
            operations.mark(self.tx, [row.id], state, self.label)
            self._say(returned, row.id, "state", row.state, state)
        if why:
            self._refuse(returned, row.id, "state", row.state, state, why)

    def _say(self, returned: Returned, row: int, what: What, before: str, after: str) -> None:
        self.done.append(Update(returned.place, row, what, before, after))

    def _refuse(
        self, returned: Returned, row: int | None, what: What, before: str, after: str, why: str
    ) -> None:
        """Say that something was not taken over, and keep it in a comment, where there is a row for that."""
        where = self._home(row)
        self.done.append(Update(returned.place, where, what, before, after, why))
        if where is None:
            return
        line = f"{self.label}: {what}: {' '.join(after.split()) or 'taken out'}"
        record: dict[str, Any] = self.tx.read("beads", where) or {}
        lines = _lines(record["comment"])
        if line not in lines:
            operations.comment(self.tx, where, "\n".join([*lines, line]), self.label)
            operations.mark(self.tx, [where], "needs-review", self.label)

    def _home(self, row: int | None) -> int | None:
        """The row itself, or that which now has the first of its segments that is still there."""
        if row is None or self.tx.read("beads", row):
            return row
        exported = next(one for one in self.base if one.id == row)
        for segment in exported.source + exported.target:
            if self.tx.read("segments", segment.id):
                return operations.rows_of(self.tx, segment.id)[0]
        return None


def divided(text: str, before: Sequence[str], between: str) -> list[str]:
    """The text cut where the segments that it came from ended, by the characters that both have.

    A part is empty where nothing is left for a segment.
    """
    joined = between.join(before)
    ends = [sum(map(len, before[: k + 1])) + k * len(between) for k in range(len(before) - 1)]
    cuts = [0, *(_at_a_space(text, matching(joined, text, end)) for end in ends), len(text)]
    return [text[one:other].strip() for one, other in pairwise(cuts)]


def _at_a_space(text: str, place: int) -> int:
    """The end of the word that a place is in."""
    while 0 < place < len(text) and not text[place].isspace() and not text[place - 1].isspace():
        place += 1
    return place


def _members(row: ReviewRow) -> set[int]:
    return {segment.id for segment in row.source + row.target}


def _lines(comment: str) -> list[str]:
    return [line for line in map(_plain, comment.splitlines()) if line]


def _plain(text: str) -> str:
    """The text as files show it, each run of white space a space."""
    return " ".join(without_controls(text).split())
