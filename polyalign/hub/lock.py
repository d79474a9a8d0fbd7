"""The lock of a pulled model: what was downloaded and derived, to the byte, and how it did when tried out."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from polyalign.errors import UnreadableError
from polyalign.files import cannot_write, written_beside
from polyalign.hub.client import sha256
from polyalign.hub.selftest import Trial
from polyalign.translation.prepared import homes

SCHEMA = "polyalign.model-lock/1"
_SUFFIX = ".lock.json"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The size in bytes and the checksum of a file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Damage:
    """A file of the lock that is "missing" or "damaged"."""

    path: Path
    what: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A model that was pulled, prepared and tried out on this machine.

    `folder` is the snapshot in the Hugging Face cache with `files`, `home` the folder of what was
    `derived` from it; the lock lies beside it. `pulled` is a day, 2026-01-31.
    """

    repository: str
    revision: str
    licence: str
    pulled: str
    folder: Path
    home: Path
    files: Mapping[str, FileRecord]
    derived: Mapping[str, FileRecord]
    trials: tuple[Trial, ...]

    @property
    def path(self) -> Path:
        """Where the lock lies."""
        return lock_beside(self.home)

    @property
    def paths(self) -> dict[Path, FileRecord]:
        """All files of the lock."""
        files = {self.folder / name: record for name, record in self.files.items()}
        return files | {self.home / name: record for name, record in self.derived.items()}

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(record.size for record in self.paths.values())

    def tried(self, pair: str) -> bool:
        """Whether the model passed its self-test for the pair."""
        return any(trial.pair == pair for trial in self.trials)

    def write(self) -> None:
        """Put the lock where it belongs. Raises OutputError."""
        content = {"schema": SCHEMA} | asdict(self) | {"folder": str(self.folder)}
        del content["home"]
        try:
            with written_beside(self.path) as file:
                file.write(json.dumps(content, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise cannot_write(self.path, error, "free some space, or set POLYALIGN_CACHE") from error


def read_lock(path: Path) -> Lock:
    """The lock that `Lock.write` wrote. Raises UnreadableError for anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("schema") != SCHEMA:
            raise ValueError("another schema")
        for key in ("files", "derived"):
            content[key] = {name: FileRecord(**record) for name, record in content[key].items()}
        content["trials"] = tuple(Trial(**trial) for trial in content["trials"])
        content["folder"] = Path(content["folder"])
        return Lock(**content, home=path.parent / path.name.removesuffix(_SUFFIX))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(f"{path} is no lock of a model ({error}): pull the model again") from error


def lock_beside(home: Path) -> Path:
    """Where the lock of a model lies whose derived files are in a folder."""
    return home.with_name(f"{home.name}{_SUFFIX}")


def lock_files() -> list[Path]:
    """The locks of all models that were pulled, sorted."""
    return sorted(homes().glob(f"*{_SUFFIX}"))


def locks() -> Iterator[Lock]:
    """All locks that can be read."""
    for path in lock_files():
        with contextlib.suppress(UnreadableError):
            yield read_lock(path)


def lock_of(repository: str, revision: str) -> Lock | None:
    """The lock of a repository at a revision."""
    return next((k for k in locks() if (k.repository, k.revision) == (repository, revision)), None)


def recorded(folder: Path, names: Iterable[str]) -> dict[str, FileRecord]:
    """The size and checksum of each named file of the folder. Raises OSError."""
    return {name: FileRecord((folder / name).stat().st_size, sha256(folder / name)) for name in sorted(names)}


def files_in(folder: Path) -> list[str]:
    """The files below a folder, with forward slashes, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def damages(
    paths: Mapping[Path, FileRecord], advance: Callable[[int, int], None] = lambda *_: None
) -> Iterator[Damage]:
    """What is missing or damaged; `advance` gets the bytes done and all there are."""
    total, done = sum(record.size for record in paths.values()), 0

    def add(size: int) -> None:
        nonlocal done
        done += size
        advance(min(done, total), total)

    for path, record in paths.items():
        before = done
        if what := _damage(path, record, add):
            yield Damage(path, what)
        done = before
        add(record.size)


def _damage(path: Path, record: FileRecord, add: Callable[[int], None]) -> str:
    try:
        if path.stat().st_size == record.size and sha256(path, add) == record.sha256:
            return ""
        return "damaged"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"unreadable ({error.strerror})"
