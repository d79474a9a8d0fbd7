"""Changes that are written down as they are made, so that each can be taken back and made again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Key = tuple[int, ...]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class _Table:
    key: tuple[str, ...]
    columns: tuple[str, ...]


# What operations change; all else in a project is written once. Entries that are older than a column, which
# may then be NULL, lack it.
TABLES = {
    table: _Table(tuple(key.split()), tuple(columns.split()))
    for table, key, columns in (
        ("segments", "id", "document first last edited boilerplate translation place codes quality"),
        ("beads", "id", "bitext score state keep comment ignored deleted evidence who at about origin"),
        ("members", "bead segment", ""),
        ("terms", "id", "source_language target_language source targets note who at"),
        ("replies", "id", "bead text who at"),
        ("verdicts", "id", "bead who state at"),
    )
}
# What columns hold in changes that were written down before there were any such columns.
_BEFORE = {"codes": "", "about": "[]", "quality": None}


@dataclass(frozen=True)
class Changed:
    """One record before and after: None where there was or is none."""

    table: str
    key: Key
    before: Values | None
    after: Values | None

    @property
    def reversed(self) -> Changed:
        """The change that takes this one back."""
        return Changed(self.table, self.key, self.after, self.before)


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass
class Transaction:
    """Reads and writes records of TABLES in an open transaction, and remembers every change."""

    connection: sqlite3.Connection
    changes: list[Changed] = field(default_factory=list)

    def read(self, table: str, *key: int) -> dict[str, Any] | None:
        """The record without its key, None if there is none."""
        spec = TABLES[table]
        columns = ", ".join(spec.columns) or "1"
        found = self.connection.execute(f"SELECT {columns} FROM {table} WHERE {_where(spec)}", key).fetchone()
        return None if found is None else dict(zip(spec.columns, found, strict=False))

    def write(self, table: str, key: Key, values: Values | None) -> None:
        """Put the record in place of the one there is, or remove it (None)."""
        change = Changed(table, key, self.read(table, *key), values)
        if change.before != change.after:
            _apply(self.connection, change)
            self.changes.append(change)

    def update(self, table: str, *key: int, **values: object) -> None:
        """Change some columns of a record that is there."""
        before = self.read(table, *key)
        self.write(table, key, {**(before or {}), **values})

    def insert(self, table: str, values: Values) -> int:
        """A new record under an id that was never used before."""
        last = self.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        number = (last[0] if last else 0) + 1
        self.write(table, (number,), values)
        return number

    def touched(self) -> list[int]:
        """The ids of the beads that changed, or one of whose segments did, ascending."""
        rows = {change.key[0] for change in self.changes if change.table in ("beads", "members")}
        for change in self.changes:
            if change.table in ("replies", "verdicts"):
                rows |= {said["bead"] for said in (change.before, change.after) if said}
        segments = {change.key[0] for change in self.changes if change.table == "segments"}
        for segment in segments:
            found = self.connection.execute("SELECT bead FROM members WHERE segment = ?", (segment,))
            rows.update(row[0] for row in found)
        return sorted(rows)

    def apply(self, changes: Iterable[Changed]) -> None:
        """Make changes that were written down."""
        for change in changes:
            _apply(self.connection, change)
            self.changes.append(change)


def _where(spec: _Table) -> str:
    return " AND ".join(f"{column} = ?" for column in spec.key)


def _apply(connection: sqlite3.Connection, change: Changed) -> None:
    spec = TABLES[change.table]
    if change.after is None:
        connection.execute(f"DELETE FROM {change.table} WHERE {_where(spec)}", change.key)
    elif change.before is None:
        names = ", ".join(spec.key + spec.columns)
        marks = ", ".join("?" * len(spec.key + spec.columns))
        values = (*change.key, *_values(change.after, spec))
        connection.execute(f"INSERT INTO {change.table} ({names}) VALUES ({marks})", values)
    else:
        values = _values(change.after, spec)
        sets = ", ".join(f"{column} = ?" for column in spec.columns)
        connection.execute(f"UPDATE {change.table} SET {sets} WHERE {_where(spec)}", (*values, *change.key))


def _values(record: Values, spec: _Table) -> tuple[Any, ...]:
    return tuple(record[column] if column in record else _BEFORE[column] for column in spec.columns)


def packed(changes: Sequence[Changed]) -> str:
    """The changes as JSON."""
    rows = [[c.table, c.key, c.before, c.after] for c in changes]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> list[Changed]:
    """The changes that `packed` wrote."""
    return [Changed(table, tuple(key), before, after) for table, key, before, after in json.loads(text)]
