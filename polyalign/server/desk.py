"""The projects that a server works on: those named to it, and those of one folder."""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, get_args

from polyalign.bitext import State, without_controls
from polyalign.errors import InputError, PolyalignError, UnreadableError
from polyalign.server.checking import Checker
from polyalign.server.findings import Findings, Languages
from polyalign.server.refusals import ForbiddenError, UnknownError
from polyalign.store import SUFFIX, Listed, ReviewRow, Store

if TYPE_CHECKING:
    from polyalign.qa import Glossary

MAX_NAME = 80  # characters of the name of a project
_UNSHOWN = ("Cf", "Cn", "Co", "Cs")
_JOINERS = "\u200c\u200d"  # which Persian and Hindi are written with
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')


@dataclass(frozen=True)
class Project:
    """An open project, with what checks find in it."""

    id: str
    store: Store
    findings: Findings = field(repr=False)
    _languages: dict[int, Languages] = field(default_factory=dict, repr=False)

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

    def names(self, bitext: int) -> Callable[[ReviewRow], tuple[str, ...]]:
        """What gives the flags of its rows by name, without ignored ones."""
        return partial(self.findings.names, languages=self.languages(bitext))

    def counts(self, bitext: int) -> dict[str, int]:
        """How many of its rows are in each state, without deleted ones."""
        found = Counter(row.state for row in self.store.rows(bitext) if not row.deleted)
        return {state: found[state] for state in get_args(State)}

    def close(self) -> None:
        """Close the file."""
        self.findings.stop()
        self.store.close()


class Desk:
    """The open projects, by ids ("p1", "p2", ...) that stay while the desk is there.

    `projects` are opened at once, or made; of `folder` every project that is found there when
    somebody looks. No other file is touched. `who` is written next to changes of clients that do
    not say who they are. Raises what opening a Store raises.
    """

    def __init__(
        self,
        projects: Sequence[Path] = (),
        folder: Path | None = None,
        who: str = "",
        *,
        glossary: Glossary | None = None,
    ) -> None:
        if folder is not None and not folder.is_dir():
            raise UnreadableError(f"{folder} is no folder: make it, or name another one")
        self.folder, self.who = folder, who
        self._glossary, self._checker = glossary, Checker(glossary)
        self.report: Callable[[str, list[int]], None] = _to_nobody
        self._open: dict[Path, Project] = {}
        self._broken: dict[Path, str] = {}
        self._lock = threading.Lock()
        for path in projects:
            self._opened(path.resolve())
        self.projects()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def projects(self) -> tuple[Project, ...]:
        """All of them, in the order in which they were opened."""
        with self._lock:
            for path in self._in_folder():
                self._try(path)
            return tuple(self._open.values())

    def project(self, name: str) -> Project:
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

    def create(self, name: str) -> Project:
        """A new project in the folder. Raises ForbiddenError without a folder, InputError for its name."""
        if self.folder is None:
            raise ForbiddenError("this server works on the files it was given: start polyalign serve FOLDER")
        path = self.folder.resolve() / f"{file_stem(name)}{SUFFIX}"
        with self._lock:
            if path.exists() or path in self._open:
                raise InputError(f"there is a project {path.stem} already: choose another name")
            return self._opened(path)

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for project in self._open.values():
                project.close()
            self._open.clear()
        self._checker.close()

    def _in_folder(self) -> list[Path]:
        """The projects in the folder; links that lead out of it are left alone."""
        if self.folder is None:
            return []
        folder = self.folder.resolve()
        found = (path.resolve() for path in sorted(folder.glob(f"*{SUFFIX}")) if path.is_file())
        return [path for path in found if path.parent == folder]

    def _try(self, path: Path) -> None:
        """Open a project of the folder, or note why it cannot be opened."""
        if path in self._open or path in self._broken:
            return
        try:
            self._opened(path)
        except PolyalignError as error:
            self._broken[path] = str(error)

    def _opened(self, path: Path) -> Project:
        if path in self._open:
            return self._open[path]
        store, name = Store(path, who=self.who), f"p{len(self._open) + 1}"
        findings = Findings(self._checker, self._glossary, lambda rows: self.report(name, rows))
        project = Project(name, store, findings)
        self._open[path] = project
        threading.Thread(target=_look_ahead, args=(project,), daemon=True).start()
        return project


def _to_nobody(*_: object) -> None:
    """Tell nobody."""


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


def _look_ahead(project: Project) -> None:
    """Have all rows of a project checked before anybody scrolls to them."""
    try:
        for listed in project.store.listed():
            languages = (listed.source.language, listed.target.language)
            project.findings.ahead(project.store.rows(listed.id), languages)
    except PolyalignError as error:
        logging.getLogger(__name__).warning("%s", error)
