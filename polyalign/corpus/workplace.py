"""The folder that a run writes to: whose it is, what of it is done, and that nobody else writes there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from polyalign.corpus.chunks import GO_ON, Packed, lines, save, swept
from polyalign.corpus.documents import DocumentEntry
from polyalign.errors import OutputError
from polyalign.files import cannot_write

T = TypeVar("T")

WORK = ".work"
_SHOWN = 3  # files that a refusal names
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Workplace:
    """The output folder of a run, with its folder of finished chunks."""

    out: Path

    @property
    def work(self) -> Path:
        """Where finished work lies until the run is finished."""
        return self.out / WORK

    def chunks(self, step: str, count: int) -> list[Packed]:
        """The files of a step's chunks, which may be there or not."""
        return [Packed(self.work / step / f"{number:06d}") for number in range(count)]

    def folder(self, name: str) -> Path:
        """A folder of the work, made and swept. Raises OutputError."""
        path = self.work / name
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(path, error, GO_ON) from error
        swept(path)
        return path

    def begin(self, arguments: Mapping[str, Any], inputs: Sequence[DocumentEntry]) -> bool:
        """Make it this run's, or go on with it; whether it was this run's already.

        Raises OutputError, which says what differs, where it holds another run or something else.
        """
        for folder in (self.out, self.work):
            swept(folder)
        told = lines(
            {"side": entry.side, "path": entry.path, "size": entry.size, "modified": entry.modified}
            for entry in inputs
        )
        manifest = {**arguments, "inputs": hashlib.sha256(told).hexdigest()}
        path = self.work / _MANIFEST
        if path.exists():
            self._check(read_back(path, lambda text: dict(json.loads(text))), manifest, inputs)
            return True
        save(self.work / "inputs.jsonl", [told])
        save(path, [json.dumps(manifest, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")])
        return False

    def _check(self, old: Mapping[str, Any], new: Mapping[str, Any], inputs: Sequence[DocumentEntry]) -> None:
        differs = [name for name in new if old.get(name) != new[name] and name != "inputs"]
        changes = [f"{name} was {_shown(old.get(name))} and is {_shown(new[name])}" for name in differs]
        if not changes and old.get("inputs") != new["inputs"]:
            changes = list(_changed(self.work / "inputs.jsonl", inputs))
        if changes:
            raise OutputError(
                f"{self.out} holds another run ({'; '.join(changes)}): name another folder, delete this one, "
                "or run it as it was"
            )

    def finish(self) -> None:
        """Remove the work that only an unfinished run needs."""
        for path in sorted(self.work.iterdir()):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def workplace(out: Path) -> Iterator[Workplace]:
    """The folder, made where it is not there, as long as nobody else works there. Raises OutputError."""
    try:
        (out / WORK).mkdir(parents=True, exist_ok=True)
        file = (out / WORK / "lock").open("w")
    except (FileExistsError, NotADirectoryError) as error:
        raise OutputError(f"{out} is a file: name a folder") from error
    except OSError as error:
        raise cannot_write(out, error, GO_ON) from error
    with file:
        _lock(file.fileno(), out)
        yield Workplace(out)


def refuse_others(out: Path) -> None:
    """Raise OutputError for a folder that holds anything but a run, begun or finished."""
    try:
        if not out.is_dir() or (out / WORK / _MANIFEST).exists():
            return
        strangers = sorted(name for name in os.listdir(out) if name != WORK)
    except OSError as error:
        raise OutputError(f"cannot look into {out} ({error.strerror}): name another folder") from error
    if strangers:
        raise OutputError(f"{out} is not empty (it holds {strangers[0]!r}): name another folder")


def _lock(file: int, out: Path) -> None:
    """Take the lock, which ends with this process however that ends; without locks nothing is guarded."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OutputError(f"another run is writing to {out}: wait for it, or name another folder") from error
    except OSError:  # a file system without locks
        return


def read_back(path: Path, parse: Callable[[str], T]) -> T:
    """What a file of an earlier run says. Raises OutputError where it cannot be read or was changed."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it was changed"
        advice = "delete the output folder, or name another"
        raise OutputError(f"{path} cannot be read ({why}): {advice}") from error


def _sizes(text: str) -> dict[tuple[str, str], tuple[int, int]]:
    rows = [json.loads(line) for line in text.split("\n") if line]
    return {(row["side"], row["path"]): (row["size"], row["modified"]) for row in rows}


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _changed(path: Path, inputs: Sequence[DocumentEntry]) -> Iterator[str]:
    """What differs between the documents of then and now."""
    then = read_back(path, _sizes)
    now = {(e.side, e.path): (e.size, e.modified) for e in inputs}
    both = then.keys() & now.keys()
    kinds = {
        "new": now.keys() - then.keys(),
        "gone": then.keys() - now.keys(),
        "changed": {key for key in both if then[key] != now[key]},
    }
    for word, keys in kinds.items():
        if keys:
            names = ", ".join(name for _, name in sorted(keys)[:_SHOWN])
            yield f"{len(keys):,} files are {word}: {names}{', ...' if len(keys) > _SHOWN else ''}"
