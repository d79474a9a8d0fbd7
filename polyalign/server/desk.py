"""The projects that a server works on: those named to it, and those of one folder."""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Self

from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.errors import InputError, PolyalignError, UnreadableError
from polyalign.parts import State
from polyalign.server.answers import Deleted
from polyalign.server.refusals import ForbiddenError, UnknownError
from polyalign.server.rowflags import Languages, RowFlags
from polyalign.server.worker import Worker
from polyalign.store import SUFFIX, Decision, Listed, ReviewRow, Store
from polyalign.store.rows import Standing, counted

if TYPE_CHECKING:
    from polyalign.qa import Glossary

MAX_NAME = 80  # characters of the name of a project
_DELETED = "-deleted"  # what the suffix of a deleted project ends with
_UNSHOWN = ("Cf", "Cn", "Co", "Cs")
_JOINERS = "\u200c\u200d"  # which Persian and Hindi are written with
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')


@dataclass(frozen=True)
class OpenProject:
    """An open project, with what checks find in it.

    With `blind`, rows are as that reviewer is to see them who must not know what others decided: as if nobody
    had touched them, until this one has.
    """

    id: str
    store: Store
    flags: RowFlags = field(repr=False)
    blind: str | None = None
    _languages: dict[int, Languages] = field(default_factory=dict, repr=False)
    _settled: dict[str, object] = field(default_factory=dict, repr=False)

    def listed(self, bitext: int) -> Listed:
        """What is known of a bitext. Raises UnknownError."""
        found = next((listed for listed in self.store.listed() if listed.id == bitext), None)
        if found is None:
            raise UnknownError(f"there is no bitext {bitext} in this project: reload the page")
        return found

    def languages(self, bitext: int) -> Languages:
        """The languages of its two sides. Raises UnknownError."""
        if bitext not in self._languages:
            listed = self.listed(bitext)
            self._languages[bitext] = (listed.source.language, listed.target.language)
        return self._languages[bitext]

    def settle_terms(self) -> None:
        """Let the checks know the glossary as it is now."""
        digest = self.store.terms_digest
        if self._settled.get("terms", (0, 0)) != digest:
            self._settled["terms"] = digest
            self.flags.use(self.store.terms())

    def names(self, bitext: int) -> Callable[[ReviewRow], tuple[str, ...]]:
        """What gives the flags of its rows by name, without ignored ones."""
        self.settle_terms()
        return partial(self.flags.names, languages=self.languages(bitext))

    def rows(self, bitext: int) -> list[ReviewRow]:
        """The rows of a bitext in document order. Raises what the store raises."""
        rows = self.store.rows(bitext)
        if self.blind is None:
            return rows
        decided = self.store.verdicts(bitext)
        return [self._seen(row, decided.get(row.id, ())) for row in rows]

    def seen(self, row: ReviewRow) -> ReviewRow:
        """The row as it is to be seen."""
        return row if self.blind is None else self._seen(row, self.store.verdicts_of(row.id))

    def _seen(self, row: ReviewRow, decided: Sequence[Decision]) -> ReviewRow:
        if any(one.who == self.blind for one in decided):
            return row
        own = row.comment and any(r.who == self.blind for r in self.store.replies(row.id) if not r.text)
        return replace(row, state="auto", comment=row.comment if own else "", who="", at="")

    def standings(self, bitext: int) -> Counter[Standing]:
        """How many of its rows that are not deleted stand how, as they are to be seen."""
        if self.blind is None:
            return self.store.standings(bitext)
        return counted(self.rows(bitext))

    def title(self, bitext: int) -> str:
        """The name of a bitext, or that of the project where it has none. Raises UnknownError."""
        return self.listed(bitext).name or self.store.name

    def exported(self, bitext: int, states: Collection[State]) -> Bitext:
        """The bitext as a file holds it: rows in these states, with their flags, stamped to come back."""
        languages = self.languages(bitext)
        return self.store.bitext(
            bitext, states=states, flags=lambda row: self.flags.lines(row, languages), stamped=True
        )

    @property
    def changed(self) -> str:
        """When its file was written last, as ISO 8601."""
        path = self.store.path
        files = (file for file in (path, path.with_name(f"{path.name}-wal")) if file.exists())
        last = max((file.stat().st_mtime for file in files), default=0)
        return datetime.fromtimestamp(last, UTC).isoformat()

    def close(self) -> None:
        """Close the file."""
        self.flags.stop()
        self.store.close()


class Desk:
    """The open projects, by ids ("p1", "p2", ...) that stay while the desk is there.

    `projects` are opened at once, or made; of `folder` every project that is found there when
    somebody looks. No other file is touched. `who` is written next to changes of clients that do
    not say who they are. `flagging` finds flags; without it the desk has a worker of its own.
    Raises what opening a Store raises.
    """

    def __init__(
        self,
        projects: Sequence[Path] = (),
        folder: Path | None = None,
        who: str = "",
        *,
        glossary: Glossary | None = None,
        flagging: Worker | None = None,
    ) -> None:
        if folder is not None and not folder.is_dir():
            raise UnreadableError(f"{folder} is no folder: make it, or name another one")
        self.folder, self.who = folder and folder.resolve(), who
        self._glossary, self._flagging = glossary, flagging or Worker()
        self._shares_flagging = flagging is not None
        self.worker = Worker()  # of what somebody waits for; flags do not hold it up
        self.report: Callable[[str, list[int]], None] = lambda *_: None
        self._open: dict[Path, OpenProject] = {}
        self._broken: dict[Path, str] = {}
        self._lock = threading.Lock()
        self._count = 0
        for path in projects:
            self._opened(path.resolve())
        self.projects()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def projects(self) -> tuple[OpenProject, ...]:
        """All of them, in the order in which they were opened, new ones of the folder last."""
        with self._lock:
            for path in sorted(self.folder.glob(f"*{SUFFIX}")) if self.folder else ():
                target = path.resolve()
                ours = path.is_file() and target.parent == self.folder  # no link that leads out of it
                if not ours or target in self._open or target in self._broken:
                    continue
                try:
                    self._opened(target)
                except PolyalignError as error:
                    self._broken[target] = str(error)
            return tuple(self._open.values())

    def project(self, name: str) -> OpenProject:
        """The one with this id. Raises UnknownError."""
        with self._lock:
            found = next((project for project in self._open.values() if project.id == name), None)
        if found is None:
            raise UnknownError("there is no such project here: reload the page")
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """Which files of the folder could not be opened, one line each."""
        return tuple(self._broken.values())

    def create(self, name: str) -> OpenProject:
        """A new project in the folder. Raises ForbiddenError without a folder, InputError for its name."""
        if self.folder is None:
            raise ForbiddenError("this server works on the files it was given: start polyalign serve FOLDER")
        with self._lock:
            return self._opened(self._unused(name))

    def rename(self, project: OpenProject, name: str) -> OpenProject:
        """The project under another name. Raises ForbiddenError outside the folder, InputError."""
        with self._lock:
            self._check_own(project)
            if file_stem(name) == project.store.name:
                return project
            old, new = project.store.path, self._unused(name)
            project.close()
            del self._open[old]
            old.rename(new)
            return self._opened(new, project.id)

    def duplicate(self, project: OpenProject) -> OpenProject:
        """A copy of the project in the folder. Raises ForbiddenError outside the folder."""
        with self._lock:
            path = _numbered(self._check_own(project))
            project.store.copy(path)
            return self._opened(path)

    def delete(self, project: OpenProject) -> Deleted:
        """The project is none of ours any more; its file waits to be brought back, but for an empty one."""
        with self._lock:
            path = self._check_own(project)
            empty = not project.store.listed()
            project.close()
            del self._open[path]
            if empty:
                path.unlink()
                return Deleted("", path.stem)
            gone = _numbered(path.with_name(path.name + _DELETED), first=True)
            path.rename(gone)
            return _deleted(gone)

    def deleted(self) -> tuple[Deleted, ...]:
        """The deleted projects of the folder, by name."""
        found = sorted(self.folder.glob(f"*{SUFFIX}{_DELETED}")) if self.folder else []
        return tuple(_deleted(path) for path in found if path.is_file() and not path.is_symlink())

    def bring_back(self, name: str) -> OpenProject:
        """The deleted project of this id, under its name or one with a number. Raises UnknownError."""
        with self._lock:
            if not self.folder or name not in {gone.id for gone in self.deleted()}:
                raise UnknownError("there is no such deleted project here: reload the page")
            gone = self.folder / f"{name}{SUFFIX}{_DELETED}"
            path = _numbered(gone.with_name(f"{_deleted(gone).name}{SUFFIX}"), first=True)
            gone.rename(path)
            return self._opened(path)

    def _unused(self, name: str) -> Path:
        assert self.folder, "projects are made in it"
        path = self.folder / f"{file_stem(name)}{SUFFIX}"
        if path.exists() or path in self._open:
            raise InputError(f"there is a project {path.stem} already: choose another name")
        return path

    def _check_own(self, project: OpenProject) -> Path:
        """The path of a project of the folder. Raises ForbiddenError for one that is elsewhere."""
        path = project.store.path
        if path.parent != self.folder:
            raise ForbiddenError("this project is not in the folder of this server: change its file by hand")
        return path

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for project in self._open.values():
                project.close()
            self._open.clear()
        if not self._shares_flagging:
            self._flagging.close()
        self.worker.close()

    def _opened(self, path: Path, name: str = "") -> OpenProject:
        if path in self._open:
            return self._open[path]
        store = Store(path, who=self.who)
        self._count += not name
        name = name or f"p{self._count}"
        flags = RowFlags(self._flagging, self._glossary, lambda rows: self.report(name, rows))
        project = OpenProject(name, store, flags)
        self._open[path] = project
        threading.Thread(target=_look_ahead, args=(project,), daemon=True).start()
        return project


def _numbered(path: Path, *, first: bool = False) -> Path:
    """A path that is not there yet: this one, if `first`, or with a number behind the stem."""
    stem, suffix = path.name.partition(SUFFIX)[0], path.name[path.name.index(SUFFIX) :]
    numbered = (path.with_name(f"{stem} {number}{suffix}") for number in count(2))
    return next(free for free in chain([path] * first, numbered) if not free.exists())


def _deleted(path: Path) -> Deleted:
    name = path.name.removesuffix(f"{SUFFIX}{_DELETED}")
    return Deleted(name, name)


def file_stem(name: str) -> str:
    """The name as that of a file. Raises InputError for an empty one, or one with parts of a path."""
    clean = label(name)
    if _FORBIDDEN.search(clean) or clean.startswith("."):
        raise InputError('the name has one of \\ / : * ? " < > |, or begins with a dot: leave these out')
    if len(clean.encode()) > 200:
        raise InputError("the name is too long: shorten it")
    return clean


def label(name: str, *, longest: int = MAX_NAME) -> str:
    """A name that somebody sent, safe to show: one line without control and direction characters.

    Raises InputError where nothing is left, or too much.
    """
    shown = without_controls(unicodedata.normalize("NFC", name))
    clean = "".join(c for c in shown if c in _JOINERS or unicodedata.category(c) not in _UNSHOWN).strip()
    if not clean or len(clean) > longest:
        raise InputError(f"the name is {'too long: shorten it' if clean else 'empty: give one'}")
    return clean


def _look_ahead(project: OpenProject) -> None:
    """Have all rows of a project checked before anybody scrolls to them."""
    try:
        project.settle_terms()
        for listed in project.store.listed():
            languages = (listed.source.language, listed.target.language)
            project.flags.ahead(project.store.rows(listed.id), languages)
    except PolyalignError as error:
        logging.getLogger(__name__).warning("%s", error)
