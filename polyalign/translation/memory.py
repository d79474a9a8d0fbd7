"""Translations that were made once, in one SQLite file in the user's cache."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from polyalign.cache import user_cache
from polyalign.errors import PolyalignError
from polyalign.translation.protocol import FLAGS, Progress, Translation, Translator, silent

_VERSION = 1
_PATIENCE = 10.0  # seconds to wait for another process that writes
_AT_ONCE = 256  # texts that are translated before they are kept
_ASKED = 500  # keys in one question to SQLite

Key = bytes
T = TypeVar("T")


@dataclass
class Memory:
    """A file of translations by translator and text; several processes may use it at once.

    A damaged file is set aside and begun anew. What cannot be opened or written is done without.
    Either is told in `notes`, one line each.
    """

    path: Path
    notes: list[str] = field(default_factory=list)

    def find(self, identity: str, texts: Sequence[str]) -> dict[str, Translation]:
        """The translations that are there, by text."""
        keys = {_key(identity, text): text for text in texts}
        return self._tried(lambda base: {keys[k]: made for k, made in _rows(base, list(keys))}) or {}

    def keep(self, identity: str, made: Mapping[str, Translation]) -> None:
        """Keep translations by text."""
        rows = [(_key(identity, text), t.text, json.dumps(t.flags)) for text, t in made.items()]

        def put(base: sqlite3.Connection) -> None:
            base.executemany("INSERT OR REPLACE INTO translations VALUES (?, ?, ?)", rows)
            base.commit()

        self._tried(put)

    def _tried(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """What the work on the open file gives; None, and a note, where it cannot be done."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as base:
                if _is_ours(base):
                    return work(base)
            self._note(f"{self.path} is of a newer version: going on without it")
        except PolyalignError:
            raise
        except (sqlite3.OperationalError, OSError) as error:
            self._note(f"{self.path} cannot be used ({error}): going on without it")
        except sqlite3.DatabaseError:
            self._set_aside()
        return None

    def _set_aside(self) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged")
        with contextlib.suppress(OSError):
            os.replace(self.path, aside)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self._note(f"was damaged: it is begun anew, the old one is {aside}")

    def _note(self, what: str) -> None:
        line = f"the memory of translations {what}"
        if line not in self.notes:
            self.notes.append(line)


@dataclass(frozen=True)
class Remembering:
    """A translator that asks its memory first, and keeps what it had to translate."""

    translator: Translator
    memory: Memory

    @property
    def name(self) -> str:
        """The name of the translator behind it."""
        return self.translator.name

    @property
    def identity(self) -> str:
        """The identity of the translator behind it: the results are the same."""
        return self.translator.identity

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        """One translation a text, in the same order; only what is new is translated."""
        found = self.memory.find(self.identity, list(dict.fromkeys(texts)))
        new = [text for text in dict.fromkeys(texts) if text not in found]
        known = len(texts) - len(new)
        for first in range(0, len(new), _AT_ONCE):
            some = new[first : first + _AT_ONCE]

            def tell(done: int, _: int, before: int = known + first) -> None:
                progress(before + done, len(texts))

            made = self.translator.translate(some, progress=tell)
            fresh = dict(zip(some, made, strict=True))
            found |= fresh
            self.memory.keep(self.identity, {t: m for t, m in fresh.items() if "passed" not in m.flags})
        progress(len(texts), len(texts))
        return [found[text] for text in texts]


def user_memory() -> Memory | None:
    """The memory in the user's cache; None where there is no place for one."""
    try:
        return Memory(user_cache() / "translations.sqlite")
    except RuntimeError:  # there is no home folder
        return None


def _is_ours(base: sqlite3.Connection) -> bool:
    """Whether the file is of this version; a new one is made so."""
    (version,) = base.execute("PRAGMA user_version").fetchone()
    if version == 0:
        base.execute(
            "CREATE TABLE IF NOT EXISTS translations (key BLOB PRIMARY KEY, text TEXT NOT NULL, "
            "flags TEXT NOT NULL) WITHOUT ROWID"
        )
        base.execute(f"PRAGMA user_version = {_VERSION}")
        base.commit()
    return version in (0, _VERSION)


def _rows(base: sqlite3.Connection, keys: Sequence[Key]) -> Iterator[tuple[Key, Translation]]:
    for first in range(0, len(keys), _ASKED):
        some = keys[first : first + _ASKED]
        marks = ", ".join("?" * len(some))
        question = f"SELECT key, text, flags FROM translations WHERE key IN ({marks})"
        for key, text, flags in base.execute(question, some):
            yield key, Translation(text, tuple(flag for flag in FLAGS if flag in json.loads(flags)))


def _key(identity: str, text: str) -> Key:
    """What a translation is found by; a lone surrogate is as good a character as others."""
    return hashlib.sha256(f"{identity}\0{text}".encode("utf-8", "surrogatepass")).digest()
