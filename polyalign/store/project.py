"""An open project file: its rows in memory, one transaction at a time, and the journal of all changes."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Self, get_args

from polyalign.errors import ConflictError, InputError, UsageError
from polyalign.parts import SideName
from polyalign.store import operations, schema
from polyalign.store.journal import Transaction, now, packed, unpacked
from polyalign.store.operations import Direction
from polyalign.store.rows import Change, Entry, ReviewRow, Standing
from polyalign.store.view import Original, View

_Operation = Callable[[Transaction], int | None]  # which gives the row to look at next
_LOG = "FROM log JOIN journal ON journal.id = entry"
_REFRESHED = 0.1  # of the rows; where more changed, reading all is quicker


class Project:
    """A project file, opened, or made where there is none: what Store builds its operations on.

    Raises UnreadableError for a file that is no project or damaged, InputError for one of a later
    polyalign, OutputError where it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, who: str = "") -> None:
        self.path = Path(path)
        self.who = who
        self._lock = RLock()
        self._connection = schema.opened(self.path)
        self._views: dict[int, View] = {}
        self._documents: dict[int, str] = {}
        self._texts = operations.Texts(self._text_of)
        self._key: str | None = None

    def __repr__(self) -> str:
        return f"<Store {self.path}>"

    @property
    def name(self) -> str:
        """The name of the file without its suffix."""
        return self.path.stem

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def copy(self, path: Path) -> None:
        """Write the project as it is now to a file that is not there yet. Raises OutputError."""
        with self._lock, schema.troubles(path):
            self._connection.execute("VACUUM INTO ?", (str(path),))

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

    def places(self, bitext: int) -> Mapping[int, int]:
        """How many rows that are not deleted stand before each in document order, by the row's id."""
        with self._lock:
            return self._view(bitext).places()

    def standings(self, bitext: int) -> Counter[Standing]:
        """How many rows that are not deleted stand how."""
        with self._lock:
            return self._view(bitext).standings.copy()

    def original(self, bitext: int, side: SideName) -> str:
        """The whole text of a document as it came."""
        with self._lock:
            originals = self._view(bitext).originals.values()
            return next(original.text for original in originals if original.side == side)

    def rows_at(self, bitext: int, revision: int) -> list[ReviewRow]:
        """All rows of a bitext in document order as they were after that revision.

        Raises InputError for one that the project has not reached.
        """
        if revision > self.revision:
            reached = f"{self.path} is at revision {self.revision}"
            raise InputError(f"{reached}, not yet at {revision}: take a copy")
        later = self._all(
            f"SELECT motion, changes {_LOG} WHERE revision > ? ORDER BY revision DESC", revision
        )
        with self._transaction(kept=False):
            tx = Transaction(self._connection)
            for motion, packed_changes in later:
                made = unpacked(packed_changes)
                tx.apply(made if motion == "undo" else [change.reversed for change in reversed(made)])
            view = View(self._connection, bitext, self._originals(bitext))
            view.load(revision)
            return view.ordered()

    def journal(self, limit: int = 50) -> tuple[Entry, ...]:
        """The last changes, the newest first."""
        query = f"SELECT revision, motion, operation, who, at, rows {_LOG} ORDER BY revision DESC LIMIT ?"
        return tuple(
            Entry(revision, motion, operation, by, at, tuple(json.loads(rows)))
            for revision, motion, operation, by, at, rows in self._all(query, limit)
        )

    def once(self, key: str, operation: Callable[[], Change]) -> Change:
        """The change that an operation of this project makes, unless one was made under this key already.

        Whoever lost the answer asks again under the same key, and gets it without doing it twice. An
        empty key is none.
        """
        with self._lock:
            if key and (made := self._made_under(key)):
                return made
            self._key = key or None
            try:
                return operation()
            except sqlite3.IntegrityError:  # another process was quicker
                if key and (made := self._made_under(key)):
                    return made
                raise
            finally:
                self._key = None

    def _made_under(self, key: str) -> Change | None:
        query = f"SELECT revision, operation, bitext, rows {_LOG} WHERE key = ?"
        for revision, name, bitext, rows in self._all(query, key):
            return self._change(revision, name, bitext, json.loads(rows), None)
        return None

    def _do(
        self, name: str, operation: _Operation, seen: int | None, who: str, rows: Sequence[int] = ()
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
                at, run = now(), self._connection.execute
                for row in [row for row in touched if tx.read("beads", row)]:
                    tx.update("beads", row, who=who or self.who, at=at)
                run("UPDATE journal SET state = 'dropped' WHERE state = 'undone'")
                made = run(
                    "INSERT INTO journal (bitext, operation, changes, rows) VALUES (?, ?, ?, ?)",
                    (bitext, name, packed(tx.changes), json.dumps(touched)),
                )
                self._log(made.lastrowid, "do", who)
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

    def _log(self, entry: int | None, motion: str, who: str) -> None:
        self._connection.execute(
            "INSERT INTO log (entry, motion, who, at, key) VALUES (?, ?, ?, ?, ?)",
            (entry, motion, who or self.who, now(), self._key),
        )

    def _check_seen(self, rows: Sequence[int], seen: int | None) -> None:
        """Raise ConflictError where one of the rows was changed after the revision `seen`."""
        if seen is None:
            return
        query = f"SELECT motion, operation, who, rows {_LOG} WHERE revision > ? ORDER BY revision DESC"
        found = self._connection.execute(query, (seen,))
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
        missing = UsageError("the project has no texts yet: begin with these")
        return int(self._one("SELECT min(id) FROM bitexts HAVING min(id)", missing=missing)[0])

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
            query = f"SELECT rows {_LOG} WHERE revision > ?"
            touched = {row for (rows,) in self._all(query, view.revision) for row in json.loads(rows)}
            if len(touched) > _REFRESHED * len(view.rows) + 10:
                view.load(revision)
            else:
                view.refresh(touched, revision)
        return view

    def _originals(self, bitext: int) -> dict[int, Original]:
        found = self._all("SELECT id, side FROM documents WHERE bitext = ?", bitext)
        if not found:
            raise InputError(f"there is no bitext {bitext} in {self.path}: look at the list again")
        return {number: Original(number, side, self._text_of(number)) for number, side in found}

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
    def _transaction(self, *, kept: bool = True) -> Iterator[None]:
        """All that is done inside, or nothing; nothing of it stays where it is not `kept`."""
        with self._lock, schema.troubles(self.path), schema.transaction(self._connection, kept=kept):
            yield
