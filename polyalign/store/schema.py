"""The tables of a project file, and how a file is opened, made and brought up to date."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from polyalign.errors import InputError, OutputError, UnreadableError, UsageError
from polyalign.files import keep_project
from polyalign.store import checksums

APPLICATION = 0x706C616C  # "plal", by which the file is known as ours
PATIENCE = 10.0  # seconds to wait for another process that writes

# Part AT of each change of a bead: 2 is what was before it, 3 what came after.
_ORIGIN_IN_JOURNAL = """
    UPDATE journal SET changes = (SELECT json_group_array(json(CASE
        WHEN json_extract(value, '$[0]') <> 'beads' OR json_type(value, '$[AT]') <> 'object' THEN value
        WHEN bitext IN (SELECT id FROM bitexts WHERE signature = '')
        THEN json_set(value, '$[AT].score', nullif(json_extract(value, '$[AT].score'), 1.0), '$[AT].origin',
            CASE WHEN json_extract(value, '$[AT].score') IS NULL THEN 'person' ELSE 'file' END)
        ELSE json_set(value, '$[AT].origin',
            CASE WHEN json_extract(value, '$[AT].score') IS NULL THEN 'person' ELSE 'machine' END)
        END)) FROM json_each(changes))
"""

# Only ever appended to: a file of version n has seen the first n.
MIGRATIONS = (
    """
    CREATE TABLE bitexts (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        mode TEXT NOT NULL,
        signature TEXT NOT NULL,
        notes TEXT NOT NULL,
        origin TEXT NOT NULL
    );
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY,
        bitext INTEGER NOT NULL REFERENCES bitexts,
        side TEXT NOT NULL CHECK (side IN ('source', 'target')),
        path TEXT,
        language TEXT NOT NULL,
        text BLOB NOT NULL,
        UNIQUE (bitext, side)
    );
    CREATE TABLE segments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        edited TEXT,
        boilerplate TEXT NOT NULL DEFAULT '',
        translation TEXT,
        place TEXT NOT NULL DEFAULT '',
        CHECK (0 <= first AND first <= last)
    );
    CREATE INDEX segments_of_documents ON segments (document, first);
    CREATE TABLE beads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bitext INTEGER NOT NULL REFERENCES bitexts,
        score REAL CHECK (score BETWEEN 0 AND 1),
        state TEXT NOT NULL DEFAULT 'auto' CHECK (state IN ('auto', 'confirmed', 'rejected', 'needs-review')),
        keep INTEGER NOT NULL DEFAULT 1,
        comment TEXT NOT NULL DEFAULT '',
        ignored TEXT NOT NULL DEFAULT '[]',
        deleted INTEGER NOT NULL DEFAULT 0,
        evidence TEXT NOT NULL DEFAULT '{}',
        who TEXT NOT NULL DEFAULT '',
        at TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX beads_of_bitexts ON beads (bitext);
    CREATE TABLE members (
        bead INTEGER NOT NULL REFERENCES beads DEFERRABLE INITIALLY DEFERRED,
        segment INTEGER NOT NULL REFERENCES segments DEFERRABLE INITIALLY DEFERRED,
        PRIMARY KEY (bead, segment)
    ) WITHOUT ROWID;
    CREATE INDEX members_by_segment ON members (segment);
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bitext INTEGER NOT NULL REFERENCES bitexts,
        operation TEXT NOT NULL,
        changes TEXT NOT NULL,
        rows TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'done' CHECK (state IN ('done', 'undone', 'dropped'))
    );
    CREATE INDEX journal_by_state ON journal (state, id);
    CREATE TABLE log (
        revision INTEGER PRIMARY KEY AUTOINCREMENT,
        entry INTEGER REFERENCES journal,
        motion TEXT NOT NULL CHECK (motion IN ('add', 'do', 'undo', 'redo')),
        who TEXT NOT NULL,
        at TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE log ADD COLUMN key TEXT;
    CREATE UNIQUE INDEX log_by_key ON log (key)
    """,
    """
    ALTER TABLE segments ADD COLUMN codes TEXT NOT NULL DEFAULT '';
    ALTER TABLE beads ADD COLUMN about TEXT NOT NULL DEFAULT '[]';
    CREATE TABLE files (
        bitext INTEGER PRIMARY KEY REFERENCES bitexts,
        packed BLOB NOT NULL
    )
    """,
    # Who made a row. Before, one without a score was by hand, and a pair of a file without any stood at 1.
    """
    ALTER TABLE beads ADD COLUMN origin TEXT NOT NULL DEFAULT 'machine'
        CHECK (origin IN ('machine', 'person', 'file'));
    UPDATE beads SET origin = 'person' WHERE score IS NULL AND (
        SELECT count(DISTINCT side) FROM members JOIN segments ON segments.id = segment
        JOIN documents ON documents.id = document WHERE bead = beads.id) = 2;
    UPDATE beads SET origin = 'file', score = nullif(score, 1.0)
        WHERE score IS NOT NULL AND bitext IN (SELECT id FROM bitexts WHERE signature = '');
    """
    + ";".join(_ORIGIN_IN_JOURNAL.replace("[AT]", f"[{place}]") for place in "23"),
    # of a machine's translation
    "ALTER TABLE segments ADD COLUMN quality REAL",
    # of each row, see checksums.py
    """
    CREATE TABLE checks (
        part TEXT NOT NULL,
        key INTEGER NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (part, key)
    ) WITHOUT ROWID
    """,
    # what the file of a bitext says of the whole
    "ALTER TABLE bitexts ADD COLUMN about TEXT NOT NULL DEFAULT '[]'",
    # the glossary; who wrote comments (without text) and answers to them; what each reviewer decided,
    # and what was settled between them (without a name)
    """
    CREATE TABLE terms (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        source_language TEXT NOT NULL,
        target_language TEXT NOT NULL,
        source TEXT NOT NULL,
        targets TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        who TEXT NOT NULL DEFAULT '',
        at TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE replies (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bead INTEGER NOT NULL,
        text TEXT NOT NULL,
        who TEXT NOT NULL,
        at TEXT NOT NULL
    );
    CREATE INDEX replies_of_beads ON replies (bead);
    CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bead INTEGER NOT NULL,
        who TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('confirmed', 'rejected', 'needs-review')),
        at TEXT NOT NULL,
        UNIQUE (bead, who)
    )
    """,
)
_MADE = {6: "checks", 8: "terms"}  # tables that no project of an earlier version has


def opened(path: Path) -> sqlite3.Connection:
    """A connection to the project, which is made if there is no such file, its tables up to date.

    Of a file that has to be brought up to date a copy is kept, `kept_name` says where. Raises
    UnreadableError for what is no project, is damaged or cannot be opened, InputError for one that a
    later polyalign made, OutputError where none can be made.
    """
    new = not path.exists()
    if new and not path.parent.is_dir():
        raise OutputError(f"cannot make {path}: there is no such folder: make it first")
    try:
        connection = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
    except sqlite3.Error as error:
        raise UnreadableError(f"cannot open {path}: {error}: check its name and permissions") from error
    try:
        with troubles(path):
            _prepare(connection, path)
    except BaseException:
        connection.close()
        if new and path.exists() and not path.stat().st_size:
            path.unlink()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    empty = connection.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0]
    if not empty and _number(connection, "application_id") != APPLICATION:
        raise UnreadableError(f"{path} is no polyalign project: name another file")
    if not os.access(path, os.W_OK):
        raise OutputError(f"{path} cannot be written: change its permissions, or copy it")
    version = _number(connection, "user_version")
    if version > len(MIGRATIONS):
        raise InputError(f"{path} was made by a later polyalign: upgrade with pip install -U polyalign")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # an answered operation outlives a power cut, too
    connection.execute("PRAGMA foreign_keys = ON")
    checksums.prepared(connection)
    if version < len(MIGRATIONS):
        if not empty:
            _keep(connection, path, version)
        _migrate(connection)
    elif found := checksums.faults(connection):
        raise UnreadableError(f"{path} is damaged ({found[0]}): see what polyalign doctor can do")
    checksums.watch(connection)


def kept_name(path: Path, version: int) -> Path:
    """Where a copy is kept of a project of that version when it is brought up to date."""
    return path.with_name(f"{path.name}-version{version}")


def _keep(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Raises OutputError where no copy can be kept, UnreadableError for what is damaged."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found = ["its version is wrong"] if any(t in tables for v, t in _MADE.items() if v > version) else []
    if found := found or (checksums.faults(connection) if "checks" in tables else []):
        raise UnreadableError(f"{path} is damaged ({found[0]}): see what polyalign doctor can do")
    kept = kept_name(path, version)
    if not kept.exists():
        backup(connection, kept)


def backup(connection: sqlite3.Connection, path: Path) -> None:
    """A copy of the project as one file that any SQLite opens; nothing half-written has that name.

    Raises OutputError, for the file of another project too.
    """
    keep_project(path)
    beside = path.with_name(f".polyalign-{secrets.token_hex(6)}.tmp")
    try:
        with closing(sqlite3.connect(beside)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    except (OSError, sqlite3.OperationalError) as error:
        advice = "free some space, or look at its folder"
        raise OutputError(f"cannot write the copy {path} ({error}): {advice}") from error
    finally:
        beside.unlink(missing_ok=True)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    """Run what the file has not seen, all or nothing; two processes that open it at once do not collide."""
    with transaction(connection):
        for migration in MIGRATIONS[_number(connection, "user_version") :]:
            for statement in migration.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        checksums.write_all(connection)


@contextmanager
def transaction(connection: sqlite3.Connection, *, kept: bool = True) -> Iterator[None]:
    """All that is done inside, sealed, or nothing; nothing of it stays where it is not `kept`."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        if kept:
            checksums.seal(connection)
            connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def troubles(path: Path) -> Iterator[None]:
    """What SQLite complains of, as errors that say what to do.

    Raises UnreadableError for a damaged file, OutputError for one that cannot be written now, UsageError
    for one that was closed.
    """
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.ProgrammingError as error:
        raise UsageError(f"{path} is closed: open it again with Store({str(path)!r})") from error
    except sqlite3.OperationalError as error:
        said = str(error)
        # the checksum of what cannot be text any more; tables that say something else of themselves
        if said.startswith("no such ") or "user-defined function" in said:
            raise _damaged(path, error) from error
        advice = "free some space" if "full" in said else "close what else uses it and try again"
        raise OutputError(f"cannot use {path}: {said}: {advice}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> UnreadableError:
    return UnreadableError(f"{path} is no polyalign project, or damaged: {error}: restore a copy")
