"""A review project: bitexts and what people decided on them, in one SQLite file; every change undoable."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, get_args

from polyalign.bitext import Bead, Bitext, Document, Side, SideName, State, runs_right_to_left
from polyalign.errors import ConflictError, InputError, UsageError
from polyalign.store import conversion, operations, schema
from polyalign.store.filters import KINDS, Filter, Search
from polyalign.store.journal import Transaction, now, packed, unpacked
from polyalign.store.operations import Direction
from polyalign.store.rows import (
    Change,
    Entry,
    Listed,
    ListedSide,
    ReviewRow,
    StoredSegment,
)
from polyalign.store.view import Original, View

__all__ = [
    "KINDS",
    "Change",
    "Direction",
    "Entry",
    "Filter",
    "Listed",
    "ListedSide",
    "ReviewRow",
    "Search",
    "Store",
    "StoredSegment",
]

SUFFIX = ".polyalign"
SETTLED: frozenset[State] = frozenset(("auto", "confirmed", "needs-review"))  # all that nobody rejected

_Operation = Callable[[Transaction], int | None]
_REFRESHED = 0.1  # of the rows; where more changed, reading all is quicker


class Store:
    """A project file, opened, or made where there is none; may be used from several threads and processes.

    Every operation is one transaction that is on the disk when it returns, and can be undone after
    the file was closed, too. `seen` is the revision that the caller last saw: ConflictError is raised
    where a row that the operation concerns was changed later. `who` is kept with the change.
    Raises UnreadableError for a file that is no project or damaged, InputError for one of a later
    polyalign or for a row or segment that there is not, OutputError where the file cannot be written,
    UsageError for an operation that makes no sense.
    """

    def __init__(self, path: str | os.PathLike[str], *, who: str = "") -> None:
        self.path = Path(path)
        self.who = who
        self._lock = RLock()
        self._connection = schema.opened(self.path)
        self._views: dict[int, View] = {}
        self._documents: dict[int, str] = {}
        self._texts = operations.Texts(self._text_of)

    @property
    def name(self) -> str:
        """The name of the file without its suffix."""
        return self.path.stem

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; all that was answered is in it already."""
        with self._lock:
            self._connection.close()

    @property
    def revision(self) -> int:
        """How many changes the project has seen, undone ones and undoing included."""
        return int(self._one("SELECT coalesce(max(revision), 0) FROM log")[0])

    @property
    def undoable(self) -> str:
        """The operation that `undo` would take back, empty for none."""
        return self._operation("done", "DESC")

    @property
    def redoable(self) -> str:
        """The operation that `redo` would make again, empty for none."""
        return self._operation("undone", "ASC")

    def add(
        self,
        bitext: Bitext,
        *,
        name: str = "",
        origin: str = "",
        source: Document | None = None,
        target: Document | None = None,
        who: str = "",
    ) -> int:
        """The id that the bitext has in the project from now on; this is no operation that can be undone.

        `origin` is kept, as what it was made from. The documents, where given, are kept whole; else
        what lies between the segments is not known.
        """
        with self._transaction():
            number = conversion.add(
                self._connection,
                bitext,
                name=name or _name(bitext),
                origin=origin,
                source=source,
                target=target,
            )
            self._log(None, "add", who)
        return number

    def listed(self) -> tuple[Listed, ...]:
        """The bitexts of the project, in the order in which they came."""
        with self._lock:
            found = self._all("SELECT id, name, mode, signature, notes, origin FROM bitexts ORDER BY id")
            return tuple(self._listed(*columns) for columns in found)

    def rows(self, bitext: int) -> list[ReviewRow]:
        """All rows of a bitext in document order, deleted ones included, as a Filter takes them."""
        with self._lock:
            return self._view(bitext).ordered()

    def row(self, row: int) -> ReviewRow:
        """The row of this id."""
        with self._lock:
            return self._view(self._bitext_of(row)).rows[row]

    def numbers(self, bitext: int) -> Mapping[int, int]:
        """The place of each segment in its text, from 0, by the segment's id."""
        with self._lock:
            return self._view(bitext).numbers()

    def original(self, bitext: int, side: SideName) -> str:
        """The whole text of a document as it came."""
        with self._lock:
            originals = self._view(bitext).originals.values()
            return next(original.text for original in originals if original.side == side)

    def bitext(
        self,
        bitext: int,
        *,
        states: Collection[State] = SETTLED,
        flags: Callable[[ReviewRow], tuple[str, ...]] = lambda _: (),
    ) -> Bitext:
        """The bitext as it is now: rows in these states as beads, with state, comment and their flags.

        Rows that are deleted or not kept are left out with their segments. Offsets are into the
        text with its edits; without any they are those of the document.
        """
        if unknown := set(states) - set(get_args(State)):
            raise UsageError(f"unknown state {min(unknown)!r}: use some of {', '.join(get_args(State))}")
        with self._lock:
            view = self._view(bitext)
            _, mode, signature, notes = self._one(
                "SELECT name, mode, signature, notes FROM bitexts WHERE id = ?", bitext
            )
            head = {"mode": mode, "signature": signature, "notes": tuple(json.loads(notes))}
            sides = {original.side: self._side(original) for original in view.originals.values()}
            return conversion.exported(head, sides, view.ordered(), states=states, said=flags)

    def journal(self, limit: int = 50) -> tuple[Entry, ...]:
        """The last changes, the newest first."""
        found = self._all(
            "SELECT revision, motion, operation, who, at, rows FROM log JOIN journal ON journal.id = entry"
            " ORDER BY revision DESC LIMIT ?",
            limit,
        )
        return tuple(
            Entry(revision, motion, operation, by, at, tuple(json.loads(rows)))
            for revision, motion, operation, by, at, rows in found
        )

    def link(self, segments: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """One row out of these segments; rows that lose some keep the others."""
        return self._do("link", lambda tx: operations.link(tx, segments), seen, who)

    def pinpoint(
        self, source_segment: int, target_segment: int, *, seen: int | None = None, who: str = ""
    ) -> Change:
        """One row out of the two cells that these segments stand in, however far apart."""

        def cells(tx: Transaction) -> int:
            source = self._cell(tx, source_segment, "source")
            return operations.pinpoint(tx, source, self._cell(tx, target_segment, "target"))

        return self._do("pinpoint", cells, seen, who)

    def unlink(self, row: int, *, seen: int | None = None, who: str = "") -> Change:
        """Every segment of the row in a row of its own."""
        return self._do("unlink", lambda tx: operations.unlink(tx, row), seen, who, rows=[row])

    def merge(self, rows: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """One row out of several."""
        return self._do("merge", lambda tx: operations.merge(tx, rows), seen, who, rows=rows)

    def merge_with(self, row: int, direction: Direction, *, seen: int | None = None, who: str = "") -> Change:
        """One row out of this and the one above ("up") or below ("down") it in document order."""

        def merged(tx: Transaction) -> int:
            return operations.merge(tx, [row, self._neighbour(row, direction)])

        return self._do("merge", merged, seen, who, rows=[row])

    def move(
        self, row: int, side: SideName, direction: Direction, *, seen: int | None = None, who: str = ""
    ) -> Change:
        """The first segment of a side goes to the row above ("up"), or the last one to that below."""

        if side not in get_args(SideName):
            raise UsageError(f"unknown side {side!r}: use one of {', '.join(get_args(SideName))}")

        def moved(tx: Transaction) -> int:
            segments = [segment.id for segment in self.row(row).side(side)]
            segment = operations.edge(segments, direction, side)
            return operations.move(tx, row, segment, self._neighbour(row, direction))

        return self._do("move", moved, seen, who, rows=[row])

    def split(self, segment: int, at: int, *, seen: int | None = None, who: str = "") -> Change:
        """Two segments out of one, cut before character `at` of its text; both stay in the row."""
        return self._do("split", lambda tx: operations.split(tx, self._texts, segment, at), seen, who)

    def join(self, segments: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """One segment out of neighbours in one text and one row."""
        return self._do("join", lambda tx: operations.join(tx, self._texts, segments), seen, who)

    def edit(self, segment: int, text: str, *, seen: int | None = None, who: str = "") -> Change:
        """Another text for the segment; the original one is kept, and given again undoes the edit."""
        return self._do("edit", lambda tx: operations.edit(tx, self._texts, segment, text), seen, who)

    def delete(self, rows: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """The rows stay in the project, but only who asks for deleted ones sees them."""
        return self._do("delete", lambda tx: operations.delete(tx, rows, True), seen, who, rows=rows)

    def bring_back(self, rows: Sequence[int], *, seen: int | None = None, who: str = "") -> Change:
        """Deleted rows as they were."""
        return self._do("bring back", lambda tx: operations.delete(tx, rows, False), seen, who, rows=rows)

    def mark(self, rows: Sequence[int], state: State, *, seen: int | None = None, who: str = "") -> Change:
        """Another state for the rows."""
        if state not in get_args(State):
            raise UsageError(f"unknown state {state!r}: use one of {', '.join(get_args(State))}")
        return self._do("mark", lambda tx: operations.mark(tx, rows, state), seen, who, rows=rows)

    def keep(self, rows: Sequence[int], kept: bool, *, seen: int | None = None, who: str = "") -> Change:
        """Whether exports hold the rows."""
        return self._do("keep", lambda tx: operations.keep(tx, rows, kept), seen, who, rows=rows)

    def comment(self, row: int, text: str, *, seen: int | None = None, who: str = "") -> Change:
        """Another comment on the row, an empty one to take it away."""
        return self._do("comment", lambda tx: operations.comment(tx, row, text), seen, who, rows=[row])

    def ignore(self, row: int, flag: str, ignored: bool, *, seen: int | None = None, who: str = "") -> Change:
        """Whether the flag of this name is dismissed on the row."""
        return self._do("ignore", lambda tx: operations.ignore(tx, row, flag, ignored), seen, who, rows=[row])

    def translated(
        self, translations: Mapping[int, str], *, seen: int | None = None, who: str = ""
    ) -> Change:
        """Machine translations for segments, by their ids."""
        return self._do("translate", lambda tx: operations.translate(tx, translations), seen, who)

    def realign(
        self, bitext: int, beads: Sequence[Bead], *, seen: int | None = None, who: str = ""
    ) -> Change:
        """These beads, over segment ids, in place of the rows that are `free`; all others stay."""
        free = [row.id for row in self.free(bitext)]
        return self._do("realign", lambda tx: operations.realign(tx, free, beads), seen, who, rows=free)

    def free(self, bitext: int) -> list[ReviewRow]:
        """The rows that nobody touched: as the aligner made them, without state, comment or deletion."""
        return [row for row in self.rows(bitext) if _is_free(row)]

    def undo(self, *, seen: int | None = None, who: str = "") -> Change:
        """Take back the last operation that is not undone."""
        return self._turn("undo", "done", "undone", seen, who)

    def redo(self, *, seen: int | None = None, who: str = "") -> Change:
        """Make the operation again that was undone last; none is left after another operation."""
        return self._turn("redo", "undone", "done", seen, who)

    def _do(
        self, name: str, operation: _Operation, seen: int | None, who: str, *, rows: Sequence[int] = ()
    ) -> Change:
        """Run an operation in one transaction, and write into the journal what it changed."""
        with self._transaction():
            self._check_seen(rows, seen)
            tx = Transaction(self._connection)
            focus = operation(tx)
            touched = tx.touched()
            self._check_seen(touched, seen)
            bitext = self._bitext_touched(tx, touched, rows)
            if tx.changes:
                self._stamp(tx, touched, who)
                self._write_down(tx, bitext, name, touched, who)
            revision = self.revision
        return self._change(revision, name, bitext, touched, focus)

    def _turn(self, motion: str, state: str, into: str, seen: int | None, who: str) -> Change:
        """Undo or redo: the changes of the entry next in turn, reversed or as they are."""
        with self._transaction():
            order = "DESC" if motion == "undo" else "ASC"
            found = self._one(
                f"SELECT id, bitext, operation, changes, rows FROM journal WHERE state = ?"
                f" ORDER BY id {order} LIMIT 1",
                state,
                missing=UsageError(f"there is nothing to {motion}"),
            )
            entry, bitext, name, changes, rows = found
            touched = json.loads(rows)
            self._check_seen(touched, seen)
            made = unpacked(changes)
            if motion == "undo":
                made = [change.reversed for change in reversed(made)]
            Transaction(self._connection).apply(made)
            self._connection.execute("UPDATE journal SET state = ? WHERE id = ?", (into, entry))
            self._log(entry, motion, who)
            revision = self.revision
        return self._change(revision, name, bitext, touched, None)

    def _stamp(self, tx: Transaction, rows: Sequence[int], who: str) -> None:
        at = now()
        for row in rows:
            if tx.read("beads", row):
                tx.update("beads", row, who=who or self.who, at=at)

    def _write_down(self, tx: Transaction, bitext: int, name: str, rows: Sequence[int], who: str) -> None:
        self._connection.execute("UPDATE journal SET state = 'dropped' WHERE state = 'undone'")
        made = self._connection.execute(
            "INSERT INTO journal (bitext, operation, changes, rows) VALUES (?, ?, ?, ?)",
            (bitext, name, packed(tx.changes), json.dumps(rows)),
        )
        self._log(made.lastrowid, "do", who)

    def _log(self, entry: int | None, motion: str, who: str) -> None:
        self._connection.execute(
            "INSERT INTO log (entry, motion, who, at) VALUES (?, ?, ?, ?)",
            (entry, motion, who or self.who, now()),
        )

    def _check_seen(self, rows: Sequence[int], seen: int | None) -> None:
        """Raise ConflictError where one of the rows was changed after the revision `seen`."""
        if seen is None:
            return
        found = self._connection.execute(
            "SELECT motion, operation, who, rows FROM log JOIN journal ON journal.id = entry"
            " WHERE revision > ? ORDER BY revision DESC",
            (seen,),
        )
        for motion, operation, who, touched in found:
            if common := set(rows) & set(json.loads(touched)):
                did = operation if motion == "do" else f"{motion} of {operation}"
                by = f" by {who}" if who else ""
                message = f"this was changed meanwhile ({did}{by}): look at it as it is now, then do it again"
                raise ConflictError(message, self.revision, tuple(sorted(common)))

    def _change(
        self, revision: int, name: str, bitext: int, touched: Sequence[int], focus: int | None
    ) -> Change:
        """The answer to an operation: its own revision, and the rows as they are by now."""
        with self._lock:
            view = self._view(bitext)
            rows = tuple(view.rows[row] for row in touched if row in view.rows)
            removed = tuple(row for row in touched if row not in view.rows)
            focus = focus if focus in view.rows else min((row.id for row in rows), default=None)
            return Change(revision, name, bitext, rows, removed, focus)

    def _bitext_touched(self, tx: Transaction, touched: Sequence[int], rows: Sequence[int]) -> int:
        for row in (*touched, *rows):
            if record := tx.read("beads", row):
                return int(record["bitext"])
        return int(self._one("SELECT coalesce(min(id), 0) FROM bitexts")[0])

    def _cell(self, tx: Transaction, segment: int, side: SideName) -> list[int]:
        """The segments of the cell in which this one stands; UsageError if that is on the other side."""
        row = self.row(operations.rows_of(tx, segment)[0])
        cell = [held.id for held in row.side(side)]
        if segment not in cell:
            raise UsageError("pinpoint links a cell of the source with one of the target: choose one of each")
        return cell

    def _neighbour(self, row: int, direction: Direction) -> int:
        if direction not in get_args(Direction):
            raise UsageError(f"unknown direction {direction!r}: use one of {', '.join(get_args(Direction))}")
        found = self._view(self._bitext_of(row)).neighbour(row, -1 if direction == "up" else 1)
        if found is None:
            raise UsageError(f"there is no row {'above' if direction == 'up' else 'below'}")
        return found

    def _bitext_of(self, row: int) -> int:
        missing = InputError(f"there is no row {row}: it may have been merged or undone, look again")
        return int(self._one("SELECT bitext FROM beads WHERE id = ?", row, missing=missing)[0])

    def _text_of(self, document: int) -> str:
        """The original text of a document."""
        if document not in self._documents:
            text = self._one("SELECT text FROM documents WHERE id = ?", document)[0]
            self._documents[document] = text.decode("utf-8", "surrogatepass")
        return self._documents[document]

    def _view(self, bitext: int) -> View:
        """The rows of the bitext as of now."""
        revision = self.revision
        view = self._views.get(bitext)
        if view is None:
            view = View(self._connection, bitext, self._originals(bitext))
            view.load(revision)
            self._views[bitext] = view
        elif view.revision != revision:
            touched = self._touched_since(view.revision)
            if len(touched) > _REFRESHED * len(view.rows) + 10:
                view.load(revision)
            else:
                view.refresh(touched, revision)
        return view

    def _touched_since(self, revision: int) -> set[int]:
        found = self._connection.execute(
            "SELECT rows FROM log JOIN journal ON journal.id = entry WHERE revision > ?", (revision,)
        )
        return {row for (rows,) in found for row in json.loads(rows)}

    def _originals(self, bitext: int) -> dict[int, Original]:
        found = self._all("SELECT id, side FROM documents WHERE bitext = ?", bitext)
        if not found:
            raise InputError(f"there is no bitext {bitext} in {self.path}: look at the list again")
        return {number: Original(number, side, self._text_of(number)) for number, side in found}

    def _side(self, original: Original) -> Side:
        path, language = self._one("SELECT path, language FROM documents WHERE id = ?", original.id)
        return Side(language, (), path)

    def _listed(self, number: int, name: str, mode: str, signature: str, notes: str, origin: str) -> Listed:
        view = self._view(number)
        counts: dict[State, int] = dict.fromkeys(get_args(State), 0)
        for row in view.rows.values():
            if not row.deleted:
                counts[row.state] += 1
        sides: dict[str, ListedSide] = {}
        for original in view.originals.values():
            side = self._side(original)
            size = self._one("SELECT count(*) FROM segments WHERE document = ?", original.id)[0]
            rtl = runs_right_to_left(original.text)
            sides[original.side] = ListedSide(side.path, side.language, rtl, size)
        told = tuple(json.loads(notes))
        return Listed(number, name, mode, signature, told, origin, sides["source"], sides["target"], counts)

    def _operation(self, state: str, order: str) -> str:
        found = self._all(f"SELECT operation FROM journal WHERE state = ? ORDER BY id {order} LIMIT 1", state)
        return str(found[0][0]) if found else ""

    def _all(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        with self._lock, schema.troubles(self.path):
            return self._connection.execute(query, arguments).fetchall()

    def _one(self, query: str, *arguments: object, missing: Exception | None = None) -> tuple[Any, ...]:
        found = self._all(query, *arguments)
        if not found:
            raise missing or InputError(f"{self.path} lacks what was asked for: look again")
        return found[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All that is done inside, or nothing."""
        with self._lock, schema.troubles(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _is_free(row: ReviewRow) -> bool:
    untouched = row.state == "auto" and row.keep and not row.comment and not row.deleted
    return untouched and not row.by_hand


def _name(bitext: Bitext) -> str:
    """The files' names, for a bitext that has no name of its own."""
    paths = [side.path for side in (bitext.source, bitext.target) if side.path]
    return " – ".join(dict.fromkeys(Path(path).name for path in paths)) or "untitled"
