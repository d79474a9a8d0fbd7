"""What is installed: which models, where, whether they are whole; and their removal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from polyalign.errors import NotInstalledError, PolyalignError, UsageError
from polyalign.hub.client import hub_folder, plan_removal
from polyalign.hub.lock import Damage, Lock, damages, lock_beside, lock_files, locks, read_lock
from polyalign.hub.modelnames import is_pair, split_pair, wanted
from polyalign.routing import RegistryEntry, find_model, place_of, registry, route
from polyalign.translation.prepared import home_of


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A pair and a model that serves it.

    `location` is None where it is not installed. `verified` says that it passed its self-test for
    the pair on this machine. `size` is in bytes, with what was derived; 0 where not installed. `entry`
    holds what was published about it.
    """

    pair: str
    repository: str
    licence: str
    location: Path | None
    verified: bool
    size: int
    entry: RegistryEntry

    @property
    def state(self) -> str:
        """ "yes" where it is in the Hugging Face cache, "folder" in one of the user's own, else "no"."""
        if self.location is None:
            return "no"
        return "yes" if _is_snapshot(self.location) else "folder"


@dataclass(frozen=True, slots=True)
class Removal:
    """What would be removed, for which pairs, and how many bytes that frees; `run` does it."""

    paths: tuple[Path, ...]
    pairs: tuple[str, ...]
    size: int
    run: Callable[[], None]


def list_models(*, language: str | None = None, installed: bool = True) -> list[InstalledModel]:
    """The pairs, sorted, of the registry and of what was pulled by name.

    Only those that are installed, unless told otherwise; only those with the language on either
    side, where one is given.
    """
    known = {(k.repository, k.revision): k for k in locks()}
    entries = {(entry.name, entry.repository): entry for entry in registry().entries}
    for lock in known.values():
        for trial in lock.trials:
            named = RegistryEntry(*split_pair(trial.pair), lock.repository, lock.licence, code=trial.code)
            entries.setdefault((trial.pair, lock.repository), named)
    chosen = (entry for entry in entries.values() if language in (None, entry.source, entry.target))
    models = (model for entry in chosen if (model := _model(entry, known)).location or not installed)
    return sorted(models, key=lambda model: (model.pair, model.repository))


def locate(name: str) -> Path:
    """The folder of the model that serves a pair, or of a repository.

    Raises NotInstalledError with the command that installs it, UsageError for a name without a model.
    """
    location = _from_hub(name)
    if location is None and is_pair(name):
        location = route(*split_pair(name)).location
    if location is None:
        raise _not_installed(name)
    return location


def verify(name: str | None = None, advance: Callable[[int, int], None] = lambda *_: None) -> list[Damage]:
    """What is missing or damaged of one pulled model, or of all, in the order of their names.

    `advance` gets the bytes done and all there are. Raises NotInstalledError for a model that is
    not there, PolyalignError for one that was not pulled by polyalign, UnreadableError for a lock.
    """
    if name is None:
        chosen = [read_lock(path) for path in lock_files()]
    elif not (chosen := _pulled(name)):
        raise PolyalignError(
            f"{locate(name)} was not pulled by polyalign, there are no checksums to compare: "
            f"polyalign models pull {name}"
        )
    return list(damages({path: record for lock in chosen for path, record in lock.paths.items()}, advance))


def plan_to_remove(name: str) -> Removal:
    """What it takes to remove the model of a pair or a repository, as far as it came from the hub.

    That is its snapshot, the blobs that no other revision needs, and what was derived from it.
    Raises NotInstalledError where there is none, UsageError for a folder of the user's own.
    """
    pulled = [(lock.folder, lock.home) for lock in _pulled(name)]
    chosen = pulled or [(folder, _home(folder)) for folder in _served(name)]
    freed, remove = plan_removal(folder for folder, _ in chosen if folder.is_dir())
    derived = [path for _, home in chosen for path in (home, lock_beside(home))]

    def run() -> None:
        remove()
        for path in derived:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    size = freed + sum(map(_size, derived))
    paths = tuple(folder for folder, _ in chosen)
    return Removal(paths, tuple(m.pair for m in list_models() if m.location in paths), size, run)


def _from_hub(name: str) -> Path | None:
    """Where the model is that a pull would bring, be it a copy in a folder of the user's own."""
    found = wanted(name)
    pair = name if is_pair(name) else ""
    return find_model(found.repository, pair=pair, revision=found.revision)


def _not_installed(name: str) -> NotInstalledError:
    return NotInstalledError(f"the model for {name} is not installed: polyalign models pull {name}")


def _served(name: str) -> tuple[Path, ...]:
    """The snapshot behind a name; the hub's even where a folder of the user's own comes before it."""
    location = _from_hub(name)
    if location is None:
        raise _not_installed(name)
    if _is_snapshot(location):
        return (location,)
    kept = sorted((hub_folder(wanted(name).repository) / "snapshots").glob("*"))
    if not kept:
        raise UsageError(f"{name} is served from {location}, a folder of your own: remove it yourself")
    return tuple(kept)


def _is_snapshot(folder: Path) -> bool:
    """Whether a folder is one of the Hugging Face cache."""
    return folder.parent.name == "snapshots" and folder.parents[1].name.startswith("models--")


def _home(snapshot: Path) -> Path:
    """Where the translation room keeps what it derives from a snapshot."""
    return home_of(snapshot.parents[1].name.removeprefix("models--"), snapshot.name)


def _pulled(name: str) -> list[Lock]:
    """The locks of a named model; none where polyalign did not pull it."""
    repository = wanted(name).repository
    return [lock for lock in locks() if lock.repository == repository]


def _model(entry: RegistryEntry, known: Mapping[tuple[str, str], Lock]) -> InstalledModel:
    location, lock, size = place_of(entry), None, 0
    if location and _is_snapshot(location):
        lock = known.get((entry.repository, location.name))
        size = lock.size if lock else _size(location) + _size(_home(location))
    elif location:
        size = _size(location)
    verified = lock is not None and lock.tried(entry.name)
    licence = lock.licence if lock else entry.licence
    return InstalledModel(entry.name, entry.repository, licence, location, verified, size, entry)


def _size(path: Path) -> int:
    """The bytes of a file, or of all files below a folder; 0 where there is nothing."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())
