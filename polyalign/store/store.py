"""A project as the library has it: bitexts are added and read, rows are changed, every change is undoable."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from polyalign.bitext import Bitext
from polyalign.characters import runs_right_to_left
from polyalign.codes import Code
from polyalign.errors import InputError, UsageError
from polyalign.parts import Bead, Document, Side, SideName, State
from polyalign.stamps import Stamp, with_stamp
from polyalign.store import conversion, operations, reviewers, terms
from polyalign.store.journal import Transaction
from polyalign.store.merging import Returned, Update, Updating
from polyalign.store.operations import Direction, Proposal
from polyalign.store.places import codes_now
from polyalign.store.project import Project
from polyalign.store.reviewers import Decision, Reply
from polyalign.store.rows import Change, Listed, ListedSide, ReviewRow, by_state
from polyalign.store.terms import GivenTerm, StoredTerm
from polyalign.store.view import Original
from polyalign.tags import between_sentences

SUFFIX = ".polyalign"
NOT_REJECTED: frozenset[State] = frozenset(("auto", "confirmed", "needs-review"))  # all that nobody rejected


class Store(Project):
    """A project file, opened, or made where there is none; may be used from several threads and processes.

    Every operation is one transaction that is on the disk when it returns, and can be undone after
    the file was closed, too. `seen` is the revision that the caller last saw: ConflictError is raised
    where a row that the operation concerns was changed later. `who` is kept with the change.
    Raises UnreadableError for a file that is no project or damaged, InputError for one of a later
    polyalign or for a row or segment that there is not, OutputError where the file cannot be written,
    UsageError for an operation that makes no sense.
    """

    def add(
        self,
        bitext: Bitext,
        *,
        name: str = "",
        origin: str = "",
        source: Document | None = None,
        target: Document | None = None,
        file: bytes = b"",
        who: str = "",
    ) -> int:
        """The id that the bitext has in the project from now on; this is no operation that can be undone.

        `origin` is kept, as what it was made from, and `file`, which an export may update. The
        documents, where given, are kept whole; else what lies between the segments is not known.
        """
        if not name:  # the files' names
            paths = [side.path for side in (bitext.source, bitext.target) if side.path]
            name = " – ".join(dict.fromkeys(Path(path).name for path in paths)) or "untitled"
        documents: dict[SideName, Document | None] = {"source": source, "target": target}
        with self._transaction():
            number = conversion.add(self._connection, bitext, documents, name=name, origin=origin, file=file)
            self._log(None, "add", who)
        return number

    def listed(self) -> tuple[Listed, ...]:
        """The bitexts of the project, in the order in which they came."""
        listed, query = [], "SELECT id, name, mode, signature, notes, origin FROM bitexts ORDER BY id"
        with self._lock:
            for number, name, mode, signature, notes, origin in self._all(query):
                view, sides = self._view(number), dict[str, ListedSide]()
                for original in view.originals.values():
                    side = self._side(original)
                    size = self._one("SELECT count(*) FROM segments WHERE document = ?", original.id)[0]
                    rtl = runs_right_to_left(original.text)
                    sides[original.side] = ListedSide(side.path, side.language, rtl, size)
                told = name, mode, signature, tuple(json.loads(notes)), origin
                both = sides["source"], sides["target"]
                listed.append(Listed(number, *told, *both, by_state(view.standings)))
        return tuple(listed)

    def file(self, bitext: int) -> bytes:
        """The file that the bitext was read from, as `add` was given it; nothing where it was not."""
        found = self._all("SELECT packed FROM files WHERE bitext = ?", bitext)
        return zlib.decompress(found[0][0]) if found else b""

    def bitext(
        self,
        bitext: int,
        *,
        states: Collection[State] = NOT_REJECTED,
        flags: Callable[[ReviewRow], tuple[str, ...]] = lambda _: (),
        stamped: bool = False,
    ) -> Bitext:
        """The bitext as it is now: rows in these states as beads, with state, comment and their flags.

        Rows that are deleted or not kept are left out with their segments; answers stand below the comment
        that they are to. Offsets are into the text with its edits; without any they are those of the
        document. `stamped` adds to what files say of a row its id in the project, when and by whom it was
        made, and changed; with the stamp in its signature a file of it can come back by `update`.
        """
        if unknown := set(states) - set(get_args(State)):
            raise UsageError(f"unknown state {min(unknown)!r}: use some of {', '.join(get_args(State))}")
        with self._lock:
            view = self._view(bitext)
            mode, signature, notes, about = self._one(
                "SELECT mode, signature, notes, about FROM bitexts WHERE id = ?", bitext
            )
            signature = with_stamp(signature, self.stamp(bitext)) if stamped else signature
            head = {"mode": mode, "signature": signature, "notes": tuple(json.loads(notes))}
            head["about"] = tuple((name, value) for name, value in json.loads(about))
            sides = {original.side: self._side(original) for original in view.originals.values()}
            rows = list(map(self._answered, view.ordered()))
            if stamped:
                rows = conversion.stamped(rows, *self._added(bitext))
            return conversion.exported(head, sides, rows, states=states, said=flags)

    def _answered(self, row: ReviewRow) -> ReviewRow:
        """The row with the answers to its comment in it."""
        said = self.replies(row.id) if row.comment else ()
        answers = [(reply.text, reply.who) for reply in said if reply.text]
        return replace(row, comment=reviewers.answered(row.comment, answers)) if answers else row

    def _added(self, bitext: int) -> tuple[str, str]:
        """When and by whom a bitext was added: bitexts and their lines in the log come in one order."""
        place = self._one("SELECT count(*) FROM bitexts WHERE id < ?", bitext)[0]
        found = self._all(
            "SELECT at, who FROM log WHERE motion = 'add' ORDER BY revision LIMIT 1 OFFSET ?", place
        )
        return (found[0][0], found[0][1]) if found else ("", "")

    def link(self, segments: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """One row out of these segments; rows that lose some keep the others."""
        return self._do("link", lambda tx: operations.link(tx, segments), seen, who)

    def pinpoint(
        self, source_segment: int, target_segment: int, *, seen: int | None = None, who: str = ""
    ) -> Change:
        """One row out of the two cells that these segments stand in, however far apart."""

        def linked(tx: Transaction) -> int:
            source = self._cell(tx, source_segment, "source")
            return operations.link(tx, source + self._cell(tx, target_segment, "target"))

        return self._do("pinpoint", linked, seen, who)

    def unlink(self, row: int, *, seen: int | None = None, who: str = "") -> Change:
        """Every segment of the row in a row of its own."""
        return self._do("unlink", lambda tx: operations.unlink(tx, row), seen, who, [row])

    def merge(self, rows: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """One row out of several."""
        return self._do("merge", lambda tx: operations.merge(tx, rows), seen, who, rows)

    def merge_with(self, row: int, direction: Direction, *, seen: int | None = None, who: str = "") -> Change:
        """One row out of this and the one above ("up") or below ("down") it in document order."""

        def merged(tx: Transaction) -> int:
            return operations.merge(tx, [row, self._neighbour(row, direction)])

        return self._do("merge", merged, seen, who, [row])

    def move(
        self, row: int, side: SideName, direction: Direction, *, seen: int | None = None, who: str = ""
    ) -> Change:
        """The first segment of a side goes to the row above ("up"), or the last one to that below."""
        if side not in get_args(SideName):
            raise UsageError(f"unknown side {side!r}: use one of {', '.join(get_args(SideName))}")

        def moved(tx: Transaction) -> int:
            segments = [segment.id for segment in self.row(row).side(side)]
            if not segments:
                raise UsageError(f"the row has no {side} text to move: choose the other side")
            segment = segments[0 if direction == "up" else -1]
            return operations.move(tx, row, segment, self._neighbour(row, direction))

        return self._do("move", moved, seen, who, [row])

    def split(self, segment: int, at: int, *, seen: int | None = None, who: str = "") -> Change:
        """Two segments out of one, cut before character `at` of its text; both stay in the row."""
        return self._do("split", lambda tx: operations.split(tx, self._texts, segment, at), seen, who)

    def divide(
        self,
        source_segment: int,
        source_at: int,
        target_segment: int,
        target_at: int,
        *,
        seen: int | None = None,
        who: str = "",
    ) -> Change:
        """Two rows out of one, each side cut in one of its segments, before a character of its text."""
        cuts = ((source_segment, source_at), (target_segment, target_at))
        return self._do("divide", lambda tx: operations.divide(tx, self._texts, *cuts), seen, who)

    def join(self, segments: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """One segment out of neighbours in one text and one row."""
        return self._do("join", lambda tx: operations.join(tx, self._texts, segments), seen, who)

    def edit(self, segment: int, text: str, *, seen: int | None = None, who: str = "") -> Change:
        """Another text for the segment; the original one is kept, and given again undoes the edit."""
        return self._do("edit", lambda tx: operations.edit(tx, self._texts, segment, text), seen, who)

    def replace(self, texts: Mapping[int, str], *, seen: int | None = None, who: str = "") -> Change:
        """Other texts for segments, by their ids, as `edit` does it, in one operation."""

        def replaced(tx: Transaction) -> int | None:
            rows = [operations.edit(tx, self._texts, segment, text) for segment, text in texts.items()]
            return rows[0] if rows else None

        return self._do("replace", replaced, seen, who)

    def codes_of(self, segment: int, text: str) -> tuple[Code, ...]:
        """Where the inline codes of the segment would stand if this were its text."""
        query = "SELECT document, first, last, codes FROM segments WHERE id = ?"
        document, first, last, codes = self._one(query, segment)
        original = self._text_of(document)[first:last]
        return codes_now(codes, original, None if text == original else text)

    def delete(self, rows: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """The rows stay in the project, but only who asks for deleted ones sees them."""
        return self._do("delete", lambda tx: operations.set_all(tx, rows, deleted=1), seen, who, rows)

    def bring_back(self, rows: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """Deleted rows as they were."""
        return self._do("bring back", lambda tx: operations.set_all(tx, rows, deleted=0), seen, who, rows)

    def mark(self, rows: Sequence[int], state: State, *, seen: int | None = None, who: str = "") -> Change:
        """Another state for the rows."""
        if state not in get_args(State):
            raise UsageError(f"unknown state {state!r}: use one of {', '.join(get_args(State))}")
        return self._do(
            "mark", lambda tx: operations.mark(tx, rows, state, who or self.who), seen, who, rows=rows
        )

    def keep(self, rows: Sequence[int], kept: bool, *, seen: int | None = None, who: str = "") -> Change:
        """Whether exports hold the rows."""
        return self._do("keep", lambda tx: operations.set_all(tx, rows, keep=int(kept)), seen, who, rows)

    def comment(self, row: int, text: str, *, seen: int | None = None, who: str = "") -> Change:
        """Another comment on the row, an empty one to take it away."""
        return self._do(
            "comment", lambda tx: operations.comment(tx, row, text, who or self.who), seen, who, rows=[row]
        )

    def reply(self, row: int, text: str, *, seen: int | None = None, who: str = "") -> Change:
        """An answer to the comment of the row."""
        return self._do(
            "reply", lambda tx: operations.reply(tx, row, text, who or self.who), seen, who, rows=[row]
        )

    def settle(self, rows: Sequence[int], state: State, *, seen: int | None = None, who: str = "") -> Change:
        """A state for rows that was settled between reviewers; what each of them decided stays."""
        if state not in get_args(State) or state == "auto":
            raise UsageError(f"{state!r} settles nothing: use confirmed, rejected or needs-review")
        by = reviewers.JOINT
        return self._do("settle", lambda tx: operations.mark(tx, rows, state, by), seen, who, rows)

    def replies(self, row: int) -> tuple[Reply, ...]:
        """Who wrote the comment of the row (a reply without text), then the answers to it."""
        found = self._all("SELECT text, who, at FROM replies WHERE bead = ? ORDER BY text <> '', id", row)
        return tuple(Reply(*columns) for columns in found)

    def verdicts(self, bitext: int) -> Mapping[int, tuple[Decision, ...]]:
        """What each reviewer decided on the rows of a bitext, by the ids of the rows."""
        found = self._all(
            "SELECT bead, verdicts.who, verdicts.state, verdicts.at FROM verdicts"
            " JOIN beads ON beads.id = bead WHERE bitext = ? AND NOT deleted ORDER BY verdicts.id",
            bitext,
        )
        held: dict[int, tuple[Decision, ...]] = {}
        for row, *columns in found:
            held[row] = (*held.get(row, ()), Decision(*columns))
        return held

    def verdicts_of(self, row: int) -> tuple[Decision, ...]:
        """What each reviewer decided on a row."""
        found = self._all("SELECT who, state, at FROM verdicts WHERE bead = ? ORDER BY id", row)
        return tuple(Decision(*columns) for columns in found)

    def decisions(self) -> tuple[tuple[str, str, int], ...]:
        """Who did something, when (ISO 8601, UTC), and to how many rows, in the order of doing."""
        found = self._all(
            "SELECT who, at, json_array_length(rows) FROM log JOIN journal ON journal.id = entry"
            " WHERE motion = 'do' ORDER BY revision"
        )
        return tuple((who, at, rows) for who, at, rows in found)

    def ignore(self, row: int, flag: str, ignored: bool, *, seen: int | None = None, who: str = "") -> Change:
        """Whether the flag of this name is dismissed on the row."""
        return self._do("ignore", lambda tx: operations.ignore(tx, row, flag, ignored), seen, who, [row])

    def translated(
        self,
        translations: Mapping[int, str],
        qualities: Mapping[int, float | None] = MappingProxyType({}),
        *,
        seen: int | None = None,
        who: str = "",
    ) -> Change:
        """Machine translations for segments, by their ids, and how probable it is that they are right."""
        return self._do("translate", lambda tx: operations.translate(tx, translations, qualities), seen, who)

    def realign(
        self,
        bitext: int,
        beads: Sequence[Bead],
        *,
        rows: Collection[int] | None = None,
        seen: int | None = None,
        who: str = "",
    ) -> Change:
        """These beads, over segment ids, in place of the rows that are `free`, or of those `rows` of them."""
        free = [row.id for row in self.free(bitext) if rows is None or row.id in rows]
        return self._do("realign", lambda tx: operations.realign(tx, free, beads), seen, who, free)

    def proposals(self, bitext: int, beads: Sequence[Bead]) -> tuple[Proposal, ...]:
        """What `realign` would change with these beads, each change by itself, in document order."""
        return operations.proposals(self.free(bitext), beads)

    def free(self, bitext: int) -> list[ReviewRow]:
        """The rows that nobody touched: as the aligner made them, without state, comment or deletion."""
        return [
            row
            for row in self.rows(bitext)
            if row.state == "auto" and row.keep and not (row.comment or row.deleted or row.by_hand)
        ]

    def stamp(self, bitext: int) -> Stamp:
        """What an export of the bitext carries, so that it is known when it comes back."""
        with self._lock:
            texts = [self.original(bitext, side) for side in ("source", "target")]
            digest = sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
            return Stamp(bitext, self.revision, digest[:12])

    def update(
        self, returned: Sequence[Returned], stamp: Stamp, *, label: str, dry: bool = False, who: str = ""
    ) -> tuple[Update, ...]:
        """Take over what a file changed that was exported as the stamp says; one operation.

        What was changed in the project too, or has no place any more, is a conflict: the project's stays, and
        what the file has goes into the comment of the row, under `label`, and the row needs a review. A `dry`
        update changes nothing. Raises InputError for a stamp of other texts or of a later revision.
        """
        if self.stamp(stamp.bitext).digest != stamp.digest:
            raise InputError(f"{label} came from other texts than {self.path} holds: name its own project")
        base = conversion.kept(self.rows_at(stamp.bitext, stamp.revision))
        sides: tuple[SideName, SideName] = get_args(SideName)
        numbered = {side: conversion.numbered(side, base) for side in sides}
        languages = self._all("SELECT side, language FROM documents WHERE bitext = ?", stamp.bitext)
        between = {side: between_sentences(language) for side, language in languages}
        made: list[Update] = []

        def taken(tx: Transaction) -> None:
            now = {row.id: row for row in self.rows(stamp.bitext)}
            work = Updating(tx, self._texts, base, now, numbered, between, label, made)
            for one in returned:
                work.take(one)

        if dry:
            with self._transaction(kept=False):
                taken(Transaction(self._connection))
        else:
            self._do("update", taken, None, who)
        return tuple(made)

    def terms(self) -> tuple[StoredTerm, ...]:
        """The glossary of the project, in the order in which its terms came."""
        names = "id, source_language, target_language, source, targets, note, who, at"
        return tuple(terms.stored(row) for row in self._all(f"SELECT {names} FROM terms ORDER BY id"))

    @property
    def terms_digest(self) -> tuple[int, int]:
        """What changes whenever a term does."""
        query = "SELECT count(*), coalesce(sum(sum * (key % 1009 + 1)), 0) FROM checks WHERE part = 'terms'"
        count, total = self._one(query)
        return int(count), int(total)

    def add_terms(self, given: Sequence[GivenTerm], *, seen: int | None = None, who: str = "") -> Change:
        """Terms into the glossary; one that is there already gets the names that it has not."""

        def added(tx: Transaction) -> None:
            terms.add(tx, self.terms(), given, who or self.who)

        return self._do("add_terms", added, seen, who)

    def change_term(
        self,
        term: int,
        source: str,
        targets: Sequence[str],
        note: str = "",
        *,
        seen: int | None = None,
        who: str = "",
    ) -> Change:
        """Another text, other names or another note for a term of the glossary."""

        def changed(tx: Transaction) -> None:
            terms.change(tx, term, source, targets, note, who or self.who)

        return self._do("change_term", changed, seen, who)

    def drop_terms(self, dropped: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """Terms out of the glossary."""
        return self._do("drop_terms", lambda tx: terms.drop(tx, dropped), seen, who)

    def undo(self, *, seen: int | None = None, who: str = "") -> Change:
        """Take back the last operation that is not undone."""
        return self._turn("undo", "done", "undone", seen, who)

    def redo(self, *, seen: int | None = None, who: str = "") -> Change:
        """Make the operation again that was undone last; none is left after another operation."""
        return self._turn("redo", "undone", "done", seen, who)

    def _cell(self, tx: Transaction, segment: int, side: SideName) -> list[int]:
        """The segments of the cell in which this one stands; UsageError if that is on the other side."""
        row = self.row(operations.rows_of(tx, segment)[0])
        cell = [held.id for held in row.side(side)]
        if segment not in cell:
            raise UsageError("pinpoint links a cell of the source with one of the target: choose one of each")
        return cell

    def _side(self, original: Original) -> Side:
        path, language = self._one("SELECT path, language FROM documents WHERE id = ?", original.id)
        return Side(language, (), path)
