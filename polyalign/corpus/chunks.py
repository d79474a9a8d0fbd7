"""Finished work on disk: a file for each chunk of it, whole or not there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from polyalign.files import cannot_write, writing, written_beside

GO_ON = "make room or choose another place; what is done is kept, and the same command goes on from there"

_HEAD = 128  # bytes that the table of contents takes up


def packed(sections: Mapping[str, bytes]) -> bytes:
    """Named sections as the content of one file: where each ends, then one after the other."""
    head = json.dumps({name: len(data) for name, data in sections.items()}).encode()
    return b"".join([head.ljust(_HEAD), *sections.values()])


def lines(rows: Iterable[Any]) -> bytes:
    """What JSON can hold as JSON lines, read back by `Packed.rows`."""
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    return text.encode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Packed:
    """A file that `packed` made."""

    path: Path

    @property
    def whole(self) -> bool:
        """Whether it is there, to its end."""
        try:
            return self.path.stat().st_size == _HEAD + sum(self._lengths.values())
        except (OSError, ValueError, AttributeError, TypeError):
            return False

    def section(self, name: str) -> bytes:
        """The bytes of a section. Raises OSError."""
        return self.part(name, 0, self._lengths.get(name, 0))

    def part(self, name: str, first: int, length: int) -> bytes:
        """Some bytes of a section."""
        before = takewhile(lambda section: section != name, self._lengths)
        start = _HEAD + sum(self._lengths[section] for section in before)
        with self.path.open("rb") as file:
            file.seek(start + first)
            return file.read(length)

    def rows(self, name: str) -> list[Any]:
        """What the lines of a section hold."""
        return [json.loads(line) for line in self.section(name).splitlines()]

    @cached_property
    def _lengths(self) -> dict[str, int]:
        with self.path.open("rb") as file:
            found: dict[str, int] = json.loads(file.read(_HEAD))
        return found


def save(path: Path, pieces: Iterable[bytes]) -> None:
    """The pieces as a file that is complete or not there. Raises OutputError, with what to do."""
    with writing(path, GO_ON), written_beside(path) as file:
        file.writelines(pieces)


def swept(folder: Path) -> None:
    """Remove what a run that was killed had begun to write in a folder. Raises OutputError."""
    try:
        for name in os.listdir(folder):
            if name.startswith(".polyalign-") and name.endswith(".tmp"):
                (folder / name).unlink()
    except OSError as error:
        raise cannot_write(folder, error, GO_ON) from error
