"""A damaged project: what is wrong, what can be repaired, and what cannot."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polyalign.errors import OutputError, PolyalignError, UnreadableError
from polyalign.store import checksums, schema
from polyalign.store.journal import TABLES, unpacked

Row = dict[str, Any]

# What the header of a project says at these places, whatever is in it.
_HEADER = {
    0: b"SQLite format 3\0",
    16: (4096).to_bytes(2, "big"),
    18: bytes([2, 2, 0, 64, 32, 32]),
    44: (4).to_bytes(4, "big"),
    56: (1).to_bytes(4, "big"),
}
_PAGE, _VERSION, _APPLICATION = 4096, 60, 68
_NAMES = {"bitexts": "texts", "documents": "text", "beads": "row", "segments": "segment", "files": "file"}
_NAMES |= {"terms": "term", "replies": "reply", "verdicts": "decision"}

# The columns that hold JSON, and what stands there where there is nothing.
_LISTS = {
    "bitexts": {"notes": "[]", "about": "[]"},
    "beads": {"ignored": "[]", "evidence": "{}", "about": "[]"},
    "terms": {"targets": "[]"},
}


def faults(path: Path) -> tuple[str, ...]:
    """What is wrong with a project, one line each; nothing where all is as it was written.

    Raises UnreadableError where there is no such file.
    """
    if not path.is_file():
        raise UnreadableError(f"{path}: there is no such project: check its name")
    try:
        schema.opened(path).close()
    except UnreadableError as error:
        with (
            suppress(sqlite3.Error, UnicodeDecodeError),  # what SQLite says of damage may be damaged
            closing(sqlite3.connect(path, isolation_level=None)) as connection,
        ):
            checksums.prepared(connection)
            if found := checksums.faults(connection):
                return tuple(found)
        return (str(error),)
    return ()


def backup(path: Path, copy: Path) -> None:
    """A copy of a sound project, one file that any SQLite opens. Raises what opening raises, OutputError."""
    with closing(schema.opened(path)) as connection:
        schema.backup(connection, copy)


def repair(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Put a repaired project in the place of a damaged one: where that is kept, and what became of what.

    Rows that are not as they were written come back from the journal where it has them; else they stay
    as they are, if they make sense. Raises UnreadableError where nothing can be read any more,
    OutputError where the files cannot be written or the project is in use.
    """
    names = (path.with_name(f"{path.name}-damaged{end}") for end in ("", *(f"-{k}" for k in range(2, 1_000))))
    kept = next(name for name in names if not name.exists())
    new = path.with_name(f".polyalign-{secrets.token_hex(6)}.tmp")
    try:
        with _alone(path):
            _copied(path, kept)
        try:
            said = _written(kept, new)
        except BaseException:
            _removed(kept, "", "-wal")
            raise
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(new, path)
    except PolyalignError:
        raise
    except OSError as error:
        raise OutputError(f"cannot repair {path} ({error.strerror}): free some space, or copy it") from error
    finally:
        _removed(new, "", "-wal", "-shm")
    _removed(path, "-wal", "-shm")
    return kept, said


def _copied(path: Path, copy: Path) -> None:
    """Copy a project, with what SQLite has not written into it yet."""
    shutil.copyfile(path, copy)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        shutil.copyfile(log, copy.with_name(f"{copy.name}-wal"))


def _removed(path: Path, *ends: str) -> None:
    for end in ends:
        path.with_name(path.name + end).unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """A block while no other process has the project open, as far as that can be told of a damaged one."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise OutputError(f"{path} is in use: close the review page, then try again") from error
        except sqlite3.DatabaseError:
            pass  # nobody else has it open either
        yield


def _written(kept: Path, new: Path) -> tuple[str, ...]:
    """Write what can be read of the damaged project into a new one, and say what became of what."""
    copy = new.with_name(f"{new.name}-copy")
    try:
        _with_header(kept, copy)
        with closing(schema.opened(new)) as fresh:
            _with_schema(copy, fresh)
            with closing(sqlite3.connect(copy, isolation_level=None)) as old:
                checksums.prepared(old)
                old.text_factory = checksums.readable
                patient = _Patient(fresh)
                for table in checksums.KEYS:
                    patient.read(old, table)
                patient.write()
                if found := checksums.faults(fresh):
                    raise UnreadableError(f"{kept} is beyond repair ({found[0]}): restore a copy")
                fresh.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return tuple(patient.said)
    finally:
        _removed(copy, "", "-wal", "-shm")


def _with_header(kept: Path, copy: Path) -> None:
    """The damaged file under another name, with a header that lets SQLite in."""
    _copied(kept, copy)
    with copy.open("rb+") as file:
        head = bytearray(file.read(100))
        for place, value in _HEADER.items():
            head[place : place + len(value)] = value
        head[_VERSION : _VERSION + 4] = len(schema.MIGRATIONS).to_bytes(4, "big")
        head[_APPLICATION : _APPLICATION + 4] = schema.APPLICATION.to_bytes(4, "big")
        head[28:32] = (copy.stat().st_size // _PAGE).to_bytes(4, "big")
        head[92:96] = head[24:28]
        file.seek(0)
        file.write(head)


def _with_schema(copy: Path, fresh: sqlite3.Connection) -> None:
    """Say anew what the tables are where that is damaged: it is the same in every project."""
    asked = "SELECT type, name, tbl_name, sql, rowid FROM sqlite_master"
    with closing(sqlite3.connect(copy, isolation_level=None)) as old, suppress(sqlite3.DatabaseError):
        old.execute("PRAGMA writable_schema = ON")  # lets SQLite in whatever is written there
        old.text_factory = checksums.readable
        sound, found = fresh.execute(asked).fetchall(), old.execute(asked).fetchall()
        # one that was packed by SQLite's VACUUM has them in another order
        if len(set(sound) & set(found)) > len(found) / 2:
            change = "UPDATE sqlite_master SET type = ?, name = ?, tbl_name = ?, sql = ? WHERE rowid = ?"
            old.executemany(change, set(sound) - set(found))


@dataclass
class _Patient:
    """The rows of a damaged project, on their way into a new one."""

    new: sqlite3.Connection
    said: list[str] = field(default_factory=list)
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    suspect: dict[str, set[int]] = field(default_factory=dict)  # not as written, or gone

    def read(self, old: sqlite3.Connection, table: str) -> None:
        """What can be read of a table, and which rows of it are not as they were written."""
        names = checksums.columns(self.new, table)
        query = (
            f"SELECT {checksums.KEYS[table].format('')}, {checksums.summed(names)}, {', '.join(names)}"
            f" FROM {table} NOT INDEXED"  # an index may be what is damaged
        )
        order = "bead {0}, segment {0}" if table == "members" else "rowid {0}"
        found: dict[int, tuple[Any, ...]] = {}
        whole = False
        for direction in ("ASC", "DESC"):
            if not whole:
                with suppress(sqlite3.DatabaseError):
                    for key, *rest in old.execute(f"{query} ORDER BY {order.format(direction)}"):
                        if isinstance(key, int):  # a damaged page may hold anything there
                            found.setdefault(key, tuple(rest))
                    whole = True
        stated: dict[int, int] = {}
        with suppress(sqlite3.DatabaseError):
            asked = "SELECT key, sum FROM checks WHERE part = ?"
            stated.update(row for row in old.execute(asked, (table,)) if isinstance(row[0], int))
        where = f"{checksums.KEYS[table].format('')} = ?"
        where = "bead = ? AND segment = ?" if table == "members" else where
        for key in stated.keys() - found.keys():
            with suppress(sqlite3.DatabaseError):
                named = divmod(key, 1 << 31) if table == "members" else (key,)
                found |= {row[0]: row[1:] for row in old.execute(f"{query} WHERE {where}", named)}
        self.rows[table] = {key: dict(zip(names, rest[1:], strict=True)) for key, rest in found.items()}
        self.suspect[table] = {
            key
            for key in stated.keys() | found.keys()
            if key not in found or stated.get(key) != found[key][0]
        }

    def write(self) -> None:
        """The rows into the new project, as far as they make sense together."""
        if not self.rows["documents"]:
            raise UnreadableError("no text can be read in it any more: restore a copy")
        for number in {row["bitext"] for row in self.rows["documents"].values()}:
            # texts whose row is lost are texts all the same
            unnamed = {"id": number, "name": f"recovered {number}", "mode": "comparable", "signature": ""}
            self.rows["bitexts"].setdefault(number, unnamed | {"notes": "[]", "origin": "", "about": "[]"})
        history = self._history()
        for table in TABLES:
            self._from_journal(table, history)
        self._tell()
        self.new.execute("PRAGMA foreign_keys = OFF")
        self.new.execute("BEGIN IMMEDIATE")
        for table, rows in self.rows.items():
            for key, row in sorted(rows.items()):
                self._insert(table, key, row)
        self._prune()
        gone: dict[str, list[int]] = {}
        for entry in self.rows["journal"].values():
            for change in unpacked(entry["changes"]):
                gone.setdefault(change.table, []).append(change.key[0])
        for table in ("segments", "beads", "journal", "log", "terms", "replies", "verdicts"):
            # an id is never given twice, so those of rows that are gone count
            last = max([*self.rows[table], *gone.get(table, ())], default=0)
            asked = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?"
            if last and not self.new.execute(asked, (last, table)).rowcount:
                self.new.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, last))
        checksums.seal(self.new)
        self.new.execute("COMMIT")

    def _history(self) -> Mapping[tuple[str, int], Row | None]:
        """What the journal says each record was written as last. Nothing before damage can be undone."""
        last: dict[tuple[str, int], Row | None] = {}
        journal, broken = self.rows["journal"], self.suspect["journal"]
        broken |= {row["entry"] for row in self.rows["log"].values() if row["entry"]} - journal.keys()
        for key in sorted(journal.keys() | broken):
            entry = journal.get(key)
            if entry is None or key in broken:
                lost = {"id": key, "bitext": min(self.rows["bitexts"]), "operation": "lost", "changes": "[]"}
                journal[key] = lost | {"rows": "[]", "state": "dropped"}
            elif entry["state"] == "done":
                for change in unpacked(entry["changes"]):
                    number = change.key[0] if len(change.key) == 1 else change.key[0] << 31 | change.key[1]
                    after = change.after
                    if after is not None:
                        names = TABLES[change.table].key
                        after = {**after, **dict(zip(names, change.key, strict=True))}
                    last[change.table, number] = None if after is None else dict(after)
        if broken:
            for key, entry in journal.items():
                if key <= max(broken) and entry["state"] != "dropped":
                    journal[key] = entry | {"state": "dropped"}
            self.said.append("a part of the history is lost: what was done before cannot be undone any more")
        return last

    def _from_journal(self, table: str, history: Mapping[tuple[str, int], Row | None]) -> None:
        names = checksums.columns(self.new, table)
        for key in sorted(self.suspect[table]):
            if (table, key) not in history:
                continue
            self.suspect[table].discard(key)
            row = history[table, key]
            if row is None:
                self.rows[table].pop(key, None)
            else:
                before = self.rows[table].get(key, {})
                self.rows[table][key] = {name: row.get(name, before.get(name)) for name in names}
            if table in _NAMES:
                self.said.append(f"{_NAMES[table]} {key}: repaired, as the journal has it")

    def _tell(self) -> None:
        """What is not as it was, and what is lost."""
        for table, name in _NAMES.items():
            for key in sorted(self.suspect[table]):
                there = key in self.rows[table]
                what = "kept, but not as it was written: look at it" if there else "lost"
                self.said.append(f"{name} {key}: {what}")
        for key in sorted(self.suspect["members"]):
            row, segment = divmod(key, 1 << 31)
            self.said.append(f"segment {segment}: whether it is in row {row} was not as written: look at it")
        if self.suspect["log"]:
            self.said.append("who changed what, and when, is not known of all changes any more")

    def _insert(self, table: str, key: int, row: Row) -> None:
        for name, empty in _LISTS.get(table, {}).items():
            row[name] = _list(row[name], empty, in_pairs=name == "about")
        if table == "documents":
            text = row["text"]
            row["text"] = text.encode() if isinstance(text, str) else text.decode("utf-8", "replace").encode()
        if table == "files":
            try:
                zlib.decompress(row["packed"])
            except (zlib.error, TypeError):
                self.said.append(f"file {key}: lost, an export cannot update it any more")
                return
        marks = ", ".join("?" * len(row))
        try:
            self.new.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
        except sqlite3.Error as error:
            self.said.append(f"{_NAMES.get(table, table)} {key}: left out ({error})")

    def _prune(self) -> None:
        """Take out what leads nowhere, give texts that have none a counterpart, segments a row."""
        run = self.new.execute
        run("DELETE FROM files WHERE bitext NOT IN (SELECT id FROM bitexts)")
        run("DELETE FROM documents WHERE bitext NOT IN (SELECT id FROM bitexts)")
        for side in ("source", "target"):
            run(
                "INSERT INTO documents (bitext, side, language, text) SELECT id, ?, 'und', x'' FROM bitexts"
                " WHERE id NOT IN (SELECT bitext FROM documents WHERE side = ?)", (side, side)
            )  # fmt: skip
        run("DELETE FROM segments WHERE document NOT IN (SELECT id FROM documents)")
        run("DELETE FROM beads WHERE bitext NOT IN (SELECT id FROM bitexts)")
        run(
            "DELETE FROM members WHERE bead NOT IN (SELECT id FROM beads)"
            " OR segment NOT IN (SELECT id FROM segments)"
        )
        run(
            "DELETE FROM members WHERE (SELECT bitext FROM beads WHERE id = bead) <> (SELECT bitext"
            " FROM segments JOIN documents ON documents.id = document WHERE segments.id = segment)"
        )
        run("DELETE FROM beads WHERE id NOT IN (SELECT bead FROM members)")
        run("UPDATE journal SET bitext = (SELECT min(id) FROM bitexts)"
            " WHERE bitext NOT IN (SELECT id FROM bitexts)")  # fmt: skip
        run("UPDATE log SET entry = NULL WHERE entry NOT IN (SELECT id FROM journal)")
        alone = run(
            "SELECT segments.id, bitext FROM segments JOIN documents ON documents.id = document"
            " WHERE segments.id NOT IN (SELECT segment FROM members)"
        ).fetchall()
        for segment, bitext in alone:
            bead = run("INSERT INTO beads (bitext) VALUES (?)", (bitext,)).lastrowid
            run("INSERT INTO members (bead, segment) VALUES (?, ?)", (bead, segment))
            self.said.append(f"segment {segment}: in a row of its own, as its row is lost")


def _list(text: object, empty: str, *, in_pairs: bool) -> str:
    """The JSON of a column if it is what such a column holds, else that of an empty one."""
    try:
        value = json.loads(str(text))
    except ValueError:
        return empty
    sound = type(value) is type(json.loads(empty))
    for one in value if isinstance(value, list) else ():
        pair = isinstance(one, list) and [type(part) for part in one] == [str, str]
        sound = sound and (pair if in_pairs else isinstance(one, str))
    return str(text) if sound else empty
