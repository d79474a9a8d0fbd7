"""A checksum for each row of a project, by which damage is noticed and found.

The checksums are a table of the file. Triggers that live in the connection keep them, so that any SQLite
can open the file.
"""

from __future__ import annotations

import sqlite3
from zlib import crc32

# What tells the rows of a table from each other, with {0} before a column.
_TABLES = "bitexts documents segments beads members journal log files terms replies verdicts".split()
KEYS = dict.fromkeys(_TABLES, "{0}id")
KEYS |= {"members": "({0}bead << 31) | {0}segment", "log": "{0}revision", "files": "{0}bitext"}
_SCHEMA = "SELECT polyalign_sum(type, name, tbl_name, coalesce(sql, '')) FROM sqlite_master ORDER BY 1"
_SEQUENCES = (
    "INSERT OR REPLACE INTO checks"
    " SELECT 'sqlite_sequence', rowid, polyalign_sum(name, seq) FROM sqlite_sequence"
)


def prepared(connection: sqlite3.Connection) -> None:
    """Give the connection the function `polyalign_sum`, a checksum of its arguments."""
    connection.create_function("polyalign_sum", -1, _sum, deterministic=True)


def readable(data: bytes) -> str:
    """What stands in a column of text, be it damaged."""
    return data.decode("utf-8", "replace")


def _sum(*values: object) -> int:
    total = 0
    for value in values:
        data = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
        total = crc32(data, crc32(b"%d," % len(data), total))
    return total


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """The names of the columns of a table."""
    return [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def summed(names: list[str], row: str = "") -> str:
    """The checksum of a row in SQL, of `row` ("NEW.") where that stands before its columns.

    A text counts as its bytes, which need be no text any more.
    """
    parts = (
        f"typeof({row}{name}), CASE typeof({row}{name}) WHEN 'text' THEN CAST({row}{name} AS BLOB)"
        f" ELSE {row}{name} END"
        for name in names
    )
    return f"polyalign_sum({', '.join(parts)})"


def watch(connection: sqlite3.Connection) -> None:
    """Keep the checksums of all rows that this connection writes."""
    for table, key in KEYS.items():
        names = columns(connection, table)
        new = (
            f"INSERT OR REPLACE INTO checks VALUES ('{table}', {key.format('NEW.')}, {summed(names, 'NEW.')})"
        )
        old = f"DELETE FROM checks WHERE part = '{table}' AND key = {key.format('OLD.')}"
        for event, statement in (("INSERT", new), ("UPDATE", new), ("DELETE", old)):
            name = f"check_{event}_{table}"
            connection.execute(
                f"CREATE TEMP TRIGGER {name} AFTER {event} ON main.{table} BEGIN {statement}; END"
            )


def seal(connection: sqlite3.Connection) -> None:
    """Write down, at the end of a transaction, which ids were given away."""
    connection.execute(_SEQUENCES)


def write_all(connection: sqlite3.Connection) -> None:
    """Write down the checksums of all that there is, and of the tables themselves."""
    connection.execute("DELETE FROM checks")
    for table, key in KEYS.items():
        names = columns(connection, table)
        connection.execute(
            f"INSERT INTO checks SELECT '{table}', {key.format('')}, {summed(names)} FROM {table}"
        )
    connection.execute("INSERT INTO checks VALUES ('sqlite_master', 0, ?)", (_schema(connection),))


def _schema(connection: sqlite3.Connection) -> int:
    return _sum(*(row[0] for row in connection.execute(_SCHEMA)))


def faults(connection: sqlite3.Connection) -> list[str]:
    """What is not as it was written, one line each; nothing where all is. Raises sqlite3.DatabaseError."""
    connection.execute("BEGIN")  # all as of one moment
    connection.text_factory = readable
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
        found = [line for line in found if line != "ok"]
        found += [f"{row[0]}: a row leads nowhere" for row in connection.execute("PRAGMA foreign_key_check")]
        if _stated(connection, "sqlite_master") != {0: _schema(connection)}:
            found.append("its tables are not as they were made")
        sequences = connection.execute("SELECT rowid, polyalign_sum(name, seq) FROM sqlite_sequence")
        if _stated(connection, "sqlite_sequence") != dict(sequences.fetchall()):
            found.append("the numbers that were given away are not as they were written")
        for table in KEYS:  # those that a project of an earlier version has not are empty there
            if wrong := unlike(connection, table):
                found.append(f"{table}: {len(wrong)} not as written, the first is {min(wrong, key=str)}")
        return found
    finally:
        connection.text_factory = str
        connection.execute("COMMIT")


def _stated(connection: sqlite3.Connection, part: str) -> dict[int, int]:
    return dict(connection.execute("SELECT key, sum FROM checks WHERE part = ?", (part,)).fetchall())


def unlike(connection: sqlite3.Connection, table: str) -> set[int]:
    """The keys of the rows that are not as they were written, or not there, or there unwritten."""
    stated = _stated(connection, table)
    names = columns(connection, table)
    if not names:
        return set(stated)
    found = dict(
        connection.execute(f"SELECT {KEYS[table].format('')}, {summed(names)} FROM {table}").fetchall()
    )
    return {key for key in stated.keys() | found.keys() if stated.get(key) != found.get(key)}
