"""The flags of rows of a project: at once those that are quick, a moment later all of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from polyalign.server.worker import Worker
from polyalign.store import ReviewRow, StoredTerm
from polyalign.store.filters import joined
from polyalign.tags import primary

if TYPE_CHECKING:
    from polyalign.qa import Flag, Glossary, Pair

Languages = tuple[str, str]

_PAUSE = 0.5  # seconds after opening, which belong to the first page
_BATCH = 40  # rows that are checked together, some tens of milliseconds


@dataclass(frozen=True, slots=True)
class _Found:
    """The flags of a row as it was."""

    row: ReviewRow
    flags: tuple[Flag, ...]

    def holds(self, row: ReviewRow) -> bool:
        """Whether they are those of the row as it is now."""
        return self.row is row or (self.row.source, self.row.target) == (row.source, row.target)


@dataclass(frozen=True)
class FlagsAsked:
    """The question what flags pairs have, languages detected."""

    glossary: Glossary
    pairs: Sequence[Pair]

    def answer(self) -> list[tuple[Flag, ...]]:
        """The flags of each pair."""
        from polyalign.detection import detect
        from polyalign.qa import flags

        glossary = _known(self.glossary)
        return [
            flags(pair, glossary=glossary, detect=lambda text: detect(text).language) for pair in self.pairs
        ]


@lru_cache(maxsize=8)
def _known(glossary: Glossary) -> Glossary:
    """The same glossary as it came first, which knows the letters of its terms by now."""
    return glossary


class RowFlags:
    """The flags of rows, found once for each text.

    A row that nobody has checked is looked at quickly at once, and then with all care by `worker`;
    `report` is called with the ids of rows for which that changed something.
    """

    def __init__(
        self,
        worker: Worker,
        glossary: Glossary | None = None,
        report: Callable[[list[int]], None] = lambda _: None,
    ) -> None:
        self._worker, self._report = worker, report
        self._glossary = glossary
        self._terms: tuple[StoredTerm, ...] = ()
        self._glossaries: dict[Languages, Glossary] = {}
        self._found: dict[int, _Found] = {}
        self._waiting: dict[int, tuple[ReviewRow, Languages]] = {}
        self._change = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def of(self, row: ReviewRow, languages: Languages) -> tuple[Flag, ...]:
        """All flags of a row, ignored ones included; at first without what a detector of languages says."""
        if not row.aligned:
            return ()
        known = self._found.get(row.id)
        if known is None or not known.holds(row):
            from polyalign.qa import flags

            known = _Found(row, flags(pair_of(row, languages), glossary=self.glossary(languages)))
            self._found[row.id] = known
            self.ahead([row], languages)
        return known.flags

    def names(self, row: ReviewRow, languages: Languages) -> tuple[str, ...]:
        """The names of the flags that nobody dismissed."""
        return tuple(flag.name for flag in self.of(row, languages) if flag.name not in row.ignored)

    def lines(self, row: ReviewRow, languages: Languages) -> tuple[str, ...]:
        """The same flags as the lines of an export."""
        return tuple(str(flag) for flag in self.of(row, languages) if flag.name not in row.ignored)

    def use(self, terms: tuple[StoredTerm, ...]) -> None:
        """Check with these terms of the project from now on; rows are checked anew when asked for."""
        with self._change:
            self._terms, self._glossaries = terms, {}
            self._found.clear()
            self._waiting.clear()

    def glossary(self, languages: Languages) -> Glossary:
        """The terms for rows in these languages: those of the server, then those of the project."""
        from polyalign.qa import Glossary

        known = self._glossaries
        if languages not in known:
            own = glossary_of(self._terms, languages)
            ours = self._glossary.within(languages).terms if self._glossary else ()
            known[languages] = Glossary(ours + own.terms)
        return known[languages]

    def ahead(self, rows: Iterable[ReviewRow], languages: Languages) -> None:
        """Have rows checked with all care, after those that wait already."""
        with self._change:
            self._waiting |= {row.id: (row, languages) for row in rows if row.aligned}
            self._change.notify()

    def stop(self) -> None:
        """Check nothing more."""
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def _work(self) -> None:
        with self._change:
            self._change.wait_for(lambda: self._stopped, _PAUSE)
        while batch := self._next():
            terms, languages = self._terms, batch[0][1]
            try:
                pairs = [pair_of(*waiting) for waiting in batch]
                found = self._worker.ask(FlagsAsked(self.glossary(languages), pairs))
            except OSError as error:
                if not self._stopped:
                    logging.getLogger(__name__).warning("rows are checked only quickly: %s", error)
                self.stop()
                return
            if self._terms is terms:  # else they are checked anew
                self._take([row for row, _ in batch], found)

    def _next(self) -> list[tuple[ReviewRow, Languages]]:
        """The next rows in the same languages that wait, as soon as there are some; none when all is over."""
        with self._change:
            self._change.wait_for(lambda: self._stopped or self._waiting)
            waiting = [] if self._stopped else list(self._waiting.values())
            return [one for one in waiting if one[1] == waiting[0][1]][:_BATCH]

    def _take(self, rows: Sequence[ReviewRow], found: Sequence[tuple[Flag, ...]]) -> None:
        """Keep what was found, and report rows whose quick flags were shown and were others."""
        news = []
        with self._change:
            for row, flags in zip(rows, found, strict=True):
                if self._waiting.get(row.id, (row,))[0] is row:
                    self._waiting.pop(row.id, None)
                known = self._found.get(row.id)
                if known is None or known.holds(row):
                    self._found[row.id] = _Found(row, flags)
                    news += [row.id] if known and known.flags != flags else []
        if news:
            self._report(news)


def glossary_of(terms: Iterable[StoredTerm], languages: Languages) -> Glossary:
    """The terms of a project for texts in these languages, turned round where they are the other way."""
    from polyalign.qa import Glossary, Term

    wanted = primary(languages[0]), primary(languages[1])
    forth, back = list[Term](), list[Term]()
    for term in terms:
        theirs = primary(term.languages[0]), primary(term.languages[1])
        if wanted in (theirs, theirs[::-1]):
            (forth if wanted == theirs else back).append(Term(term.source, term.targets, term.note))
    return Glossary((*forth, *Glossary(tuple(back)).turned.terms)) if back else Glossary(tuple(forth))


def pair_of(row: ReviewRow, languages: Languages) -> Pair:
    """What is checked of a row."""
    from polyalign.qa import Pair

    told = [segment.translation for segment in row.source]
    whole = " ".join(text for text in told if text) if told and all(told) else None
    held = (tuple(code for segment in side for code in segment.codes) for side in (row.source, row.target))
    return Pair(joined(row.source), joined(row.target), *languages, whole, *held)
