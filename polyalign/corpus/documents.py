"""Which documents there are: in folders, behind patterns, in files that hold many. Nothing is read yet."""

from __future__ import annotations

import glob
import json
import os
import stat
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from polyalign.characters import whole_characters
from polyalign.errors import InputError, NotInstalledError, PolyalignError, UnreadableError
from polyalign.files import lines_of, unpacked
from polyalign.formats.documents.kinds import PAIRS as _PAIRS
from polyalign.formats.documents.sides import is_no_text

LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
TABLES = (".parquet",)
PAIRS = tuple(suffix + gz for suffix in _PAIRS for gz in ("", ".gz"))
FIELDS = ("text", "id", "url", "language", "date", "title")

_PROBED = 100  # lines of a JSONL file, one of which must have a text
_GUESSED = 4_000  # bytes of a row of a table, whose size nobody tells


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document that is to be read: a file, or a row (from 1) of a file that holds many.

    `key` is its name within its side: the path from the folder on, "file.jsonl:12" or "file.tmx:source".
    `size` is in bytes, `modified` in nanoseconds. `fault` says why it is not even tried ("it is no regular
    file"), `same_as` is the key of the same file where it was met before. `part` is the side of a file of
    pairs that it is, and `pairs` the key of that file.
    """

    side: str
    key: str
    path: str
    size: int = 0
    modified: int = 0
    row: int = 0
    fault: str = ""
    same_as: str = ""
    part: str = ""
    pairs: str = ""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """What a worker needs to read a document: its entry, and its record where a file holds many."""

    entry: DocumentEntry
    record: bytes | dict[str, Any] | None = None


def files(where: str, side: str, *, without: Path) -> list[DocumentEntry]:
    """The files of a folder and its folders, of a pattern, or the one file, in the order of their keys.

    Hidden files and what lies in the folder `without` are left out. A file that is there twice, by links,
    is so marked; folders are entered once. Raises UnreadableError where there is nothing of that name.
    """
    if os.path.isdir(where):
        found = list(_below(where, "", side, without))
    elif os.path.exists(where):
        found = [_entry(side, os.path.basename(where), where)]
    elif glob.has_magic(where):
        found = list(_matching(where, side, without))
    else:
        raise UnreadableError(f"{where}: no such file or folder: check the path")
    return _marked(sorted(found, key=lambda entry: entry.key))


def _matching(pattern: str, side: str, without: Path) -> Iterator[DocumentEntry]:
    """What a pattern stands for; keys go from its last folder without a wildcard on.

    From "**" on folders are walked here, as `glob` goes round and round in links.
    """
    parts = Path(pattern).parts
    deep = parts.index("**") if "**" in parts else len(parts)
    fixed = str(Path(*parts[: next(k for k, part in enumerate(parts) if glob.has_magic(part))]))
    for path in glob.iglob(str(Path(*parts[:deep]))):
        key = os.path.relpath(path, fixed)
        if os.path.isdir(path):
            wanted = parts[deep:] or ("**",)
            for entry in _below(path, "" if key == os.curdir else key + os.sep, side, without):
                if entry.key.endswith(os.sep) or _fits(Path(os.path.relpath(entry.path, path)).parts, wanted):
                    yield entry
        elif deep == len(parts) and not _inside(path, without):
            yield _entry(side, key, path)


def _fits(names: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path below a folder is one that the pattern, "**" for any folders in it, stands for."""
    if not pattern:
        return not names
    if pattern[0] == "**":
        return any(_fits(names[k:], pattern[1:]) for k in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], pattern[0]) and _fits(names[1:], pattern[1:])


def _below(folder: str, prefix: str, side: str, without: Path) -> Iterator[DocumentEntry]:
    """The files below a folder. Links to folders come last, so that a file is met under its own name."""
    todo, links, seen = deque([(folder, prefix)]), deque[tuple[str, str]](), set[tuple[int, int]]()
    while todo or links:
        path, key = todo.popleft() if todo else links.popleft()
        try:
            status = os.stat(path)
            if (status.st_dev, status.st_ino) in seen or _inside(path, without):
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as scanned:
                inner = sorted((e for e in scanned if not e.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            yield DocumentEntry(
                side, key or os.curdir, path, fault=f"the folder cannot be read ({error.strerror})"
            )
            continue
        for entry in inner:
            if _is_folder(entry):
                (links if entry.is_symlink() else todo).append((entry.path, f"{key}{entry.name}{os.sep}"))
            else:
                yield _entry(side, key + entry.name, entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _inside(path: str, folder: Path) -> bool:
    """Whether the path is that folder or lies in it."""
    real = os.path.realpath(path)
    return real == str(folder) or real.startswith(f"{folder}{os.sep}")


def _entry(side: str, key: str, path: str) -> DocumentEntry:
    try:
        status = os.stat(path)
    except OSError as error:
        return DocumentEntry(side, key, path, fault=f"it cannot be opened ({error.strerror})")
    fault = "" if stat.S_ISREG(status.st_mode) else "it is no regular file"
    return DocumentEntry(side, key, path, status.st_size, status.st_mtime_ns, fault=fault)


def _marked(entries: Sequence[DocumentEntry]) -> list[DocumentEntry]:
    """The entries; one that is the same file as another names the first, a link never being that."""
    first: dict[tuple[int, int], str] = {}
    for entry in sorted(entries, key=lambda entry: os.path.islink(entry.path)):
        if not entry.fault:
            first.setdefault(_identity(entry.path), entry.key)
    same = (entry.key if entry.fault else first.get(_identity(entry.path), entry.key) for entry in entries)
    return [replace(e, same_as=s) if s != e.key else e for e, s in zip(entries, same, strict=True)]


def _identity(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:  # it was there a moment ago
        return (0, hash(path))
    return (status.st_dev, status.st_ino)


def documents(found: Iterable[DocumentEntry]) -> Iterator[DocumentEntry]:
    """The documents in files: each file is one, but JSONL and Parquet hold one in each row, and a file of
    pairs is two, one on each side.

    Raises InputError for such a file in which no row has a text, if it is all that its side has,
    NotInstalledError for Parquet without pyarrow.
    """
    found = list(found)
    files_of = Counter(entry.side for entry in found)
    for entry in found:
        name, alone = entry.path.lower(), files_of[entry.side] == 1
        if entry.fault or entry.same_as:
            yield entry
        elif name.endswith((*LINES, *TABLES)):
            yield from _lines(entry, alone) if name.endswith(LINES) else _rows(entry, alone)
        elif name.endswith(PAIRS) or (name.endswith(".xml") and is_no_text(entry.path)):
            half = replace(entry, size=entry.size // 2, pairs=entry.key)
            for part in ("source", "target"):  # of a folder of both languages the side is told by these
                side = part if entry.side in ("source", "target") else entry.side
                yield replace(half, side=side, key=f"{entry.key}:{part}", part=part)
        else:
            yield entry


def _lines(entry: DocumentEntry, alone: bool) -> Iterator[DocumentEntry]:
    """A row for each line that is not blank."""
    probed = texts = 0
    try:
        with unpacked(entry.path) as stream:
            for number, line in enumerate(lines_of(stream, name=entry.path), 1):
                if not line.strip():
                    continue
                if probed < _PROBED:
                    probed, texts = probed + 1, texts + (b'"text"' in line)
                yield replace(entry, key=f"{entry.key}:{number}", row=number, size=len(line))
    except (OSError, EOFError, zlib.error, InputError) as error:
        yield replace(entry, fault=f"it is damaged or cannot be read ({error})")
    if alone and probed and not texts:
        raise InputError(f'{entry.path}: no line has a field "text": rename the one with the text')


def _rows(entry: DocumentEntry, alone: bool) -> Iterator[DocumentEntry]:
    try:
        table = parquet_file(entry.path)
        if "text" not in (names := table.schema_arrow.names):
            what = f'it has no column "text" (it has {", ".join(names[:10])})'
            raise InputError(f"{entry.path}: {what}: rename the one with the text")
    except InputError as error:
        if alone and not isinstance(error, UnreadableError):
            raise
        yield replace(entry, fault=str(error).removeprefix(entry.path).lstrip(": "))
        return
    for number in range(1, table.metadata.num_rows + 1):
        yield replace(entry, key=f"{entry.key}:{number}", row=number, size=_GUESSED)


def arrow() -> Any:
    """The package pyarrow, with its module for Parquet. Raises NotInstalledError."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise NotInstalledError("parquet needs pyarrow: pip install 'polyalign[parquet]'") from error
    return pyarrow


def parquet_file(path: str) -> Any:
    """The opened Parquet file. Raises UnreadableError, NotInstalledError."""
    pyarrow = arrow()
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise UnreadableError(f"{path}: this is no Parquet file, or a damaged one: check it") from error


class Contents:
    """What workers need of documents. Files with many of them are read once from the start, as the
    documents are asked for in their order.
    """

    def __init__(self) -> None:
        self._path, self._at, self._fault = "", 0, ""
        self._records: Iterator[bytes | dict[str, Any]] = iter(())

    def tasks(self, entries: Iterable[DocumentEntry]) -> list[ReadTask]:
        """The entries with their records. A file that meanwhile is gone or cut short is a fault of them."""
        return [self._task(entry) if entry.row and not entry.fault else ReadTask(entry) for entry in entries]

    def _task(self, entry: DocumentEntry) -> ReadTask:
        try:
            if entry.path != self._path or entry.row <= self._at:
                self._path, self._at, self._records = entry.path, 0, records(entry.path)
                self._fault = "it was there when the run began and now is not"
            for record in self._records:
                self._at += 1
                if self._at == entry.row:
                    return ReadTask(entry, record)
        except (OSError, EOFError, zlib.error, PolyalignError) as error:
            self._fault = f"it cannot be read ({error})"  # nor can the rows that follow
        return ReadTask(replace(entry, fault=self._fault))


def records(path: str) -> Iterator[bytes | dict[str, Any]]:
    """The lines of a JSONL file, blank ones too, or the rows of a Parquet file. Raises UnreadableError."""
    if path.lower().endswith(LINES):
        with unpacked(path) as stream:
            yield from lines_of(stream, name=path)
        return
    table = parquet_file(path)
    columns = [name for name in FIELDS if name in table.schema_arrow.names]
    try:
        for batch in table.iter_batches(batch_size=1_000, columns=columns):
            cells = (map(_value, column) for column in batch.columns)
            yield from (dict(zip(batch.schema.names, row, strict=True)) for row in zip(*cells, strict=True))
    except (OSError, arrow().ArrowException) as error:
        raise UnreadableError(f"{path} is damaged: copy or download it again") from error


def _value(cell: Any) -> Any:
    """A cell as Python has it; None where it cannot, as for strings that are no UTF-8 or the year 10000."""
    try:
        return cell.as_py()
    except Exception:  # whatever it is that pyarrow, a calendar or a table of time zones has against it
        return None


def fields(record: bytes | dict[str, Any]) -> dict[str, str]:
    """The fields of a record that say something, as strings. Raises InputError with what is wrong."""
    if isinstance(record, bytes):
        try:
            record = json.loads(record.removeprefix(b"\xef\xbb\xbf"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"it is no JSON ({str(error).splitlines()[0]})") from error
    if not isinstance(record, dict):
        raise InputError("it is no JSON object with a text")
    if not isinstance(record.get("text"), str):
        raise InputError('it has no field "text" with a string')
    return {name: whole_characters(str(record[name])) for name in FIELDS if record.get(name) is not None}
