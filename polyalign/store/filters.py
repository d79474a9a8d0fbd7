"""Which rows a reviewer wants to see, and in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any, Literal

from polyalign.characters import without_controls
from polyalign.errors import InputError, UsageError
from polyalign.expressions import refusal
from polyalign.folding import Folded, searchable
from polyalign.parts import Origin, SideName, State
from polyalign.store.rows import ReviewRow, StoredSegment

Order = Literal["document", "worst"]
Spans = tuple[tuple[int, int], ...]
Flags = Callable[[ReviewRow], Sequence[str]]

ANY = "any"
KINDS = ("1-1", "1-n", "n-1", "n-n", "1-0", "0-1")
MAX_PATTERN = 1000  # characters
SECONDS = 1.0  # that a search may take in all its texts


@dataclass(frozen=True)
class Search:
    """Looks for a text, or for what a regular expression describes, in texts of either side.

    A text is found as `searchable` gives it: without case, accents, vowel signs and what is not seen. A
    regular expression sees the text as it is, case aside. Raises UsageError for a bad pattern.
    """

    text: str
    regex: bool = False

    def __post_init__(self) -> None:
        if len(self.text) > MAX_PATTERN:
            raise UsageError(f"the search is longer than {MAX_PATTERN} characters: shorten it")
        _ = self._pattern

    @cached_property
    def _pattern(self) -> Any:
        return compiled(self.text) if self.regex else None

    def spans(self, text: str, *, timeout: float = SECONDS) -> Spans:
        """Where it is found in the text: (start, end) in characters, none empty, from left to right.

        Raises InputError where a pattern takes longer than `timeout` seconds.
        """
        if self.regex:
            try:
                found = self._pattern.finditer(text, timeout=max(timeout, 0.001))
                return tuple(match.span() for match in found if match.end() > match.start())
            except TimeoutError as error:
                raise InputError("the regular expression takes too long: make it simpler") from error
        folded, wanted = Folded.searchable(text), searchable(self.text)
        if not wanted:
            return ()
        found = (match.span() for match in re.finditer(re.escape(wanted), folded.text))
        return tuple((folded.origin(start), folded.origin(end)) for start, end in found)

    def found(self, text: str, *, timeout: float = SECONDS) -> bool:
        """Whether the text has it."""
        if self.regex:
            return bool(self.spans(text, timeout=timeout))
        return searchable(self.text) in searchable(text)


def compiled(expression: str, *, case: bool = False, words: bool = False) -> Any:
    """The pattern that finds what a regular expression describes, `words` only as a word of its own.

    Raises UsageError for a bad one, or one that would not fit into memory.
    """
    import regex

    if why := refusal(expression):
        raise UsageError(f"not a regular expression for this search: {why}")
    try:
        whole = rf"(?<!\w)(?:{expression})(?!\w)" if words else expression
        return regex.compile(whole, regex.VERSION0 | (0 if case else regex.IGNORECASE))
    except (regex.error, RecursionError, OverflowError) as error:
        raise UsageError(f"not a regular expression: {error}: correct it, or search for text") from error


@dataclass(frozen=True)
class Filter:
    """The rows that pass all that is set here.

    `kinds` are of KINDS. Scores are in 0..1; a narrower range than that leaves out what has none.
    `flag` is the name of a flag that is not ignored, or "any". `origins` are of pairs alone.
    Raises UsageError for a range or a pattern that makes no sense.
    """

    states: frozenset[State] | None = None
    kinds: frozenset[str] | None = None
    origins: frozenset[Origin] | None = None
    min_score: float = 0.0
    max_score: float = 1.0
    text: str = ""
    regex: bool = False
    side: SideName | None = None
    flag: str = ""
    keep: bool | None = None
    commented: bool = False
    deleted: bool = False
    order: Order = "document"

    def __post_init__(self) -> None:
        if not 0 <= self.min_score <= self.max_score <= 1:
            raise UsageError("the scores make no range: give 0 to 1, the lower one first")
        if unknown := (self.kinds or frozenset()) - set(KINDS):
            raise UsageError(f"unknown kind {min(unknown)!r}: use {' '.join(KINDS)}")
        _ = self._search

    @cached_property
    def _search(self) -> Search | None:
        return Search(self.text, self.regex) if self.text else None

    def matching(self, rows: Iterable[ReviewRow], flags: Flags) -> list[ReviewRow]:
        """The rows that pass, of rows in document order, in the order that is asked for.

        `flags` gives the names of a row's flags that are not ignored. Raises InputError for a
        pattern that takes too long.
        """
        kept = [row for row in rows if self._passes(row)]
        if self.flag:
            kept = [r for r in kept if (names := flags(r)) and (self.flag == ANY or self.flag in names)]
        if search := self._search:
            end = monotonic() + SECONDS

            def found(text: str) -> bool:
                return search.found(text, timeout=end - monotonic())

            kept = [row for row in kept if any(map(found, self._texts(row)))]
        return sorted(kept, key=_badness) if self.order == "worst" else kept

    def _passes(self, row: ReviewRow) -> bool:
        scored = row.score is not None and self.min_score <= row.score <= self.max_score
        return (
            row.deleted == self.deleted
            and (self.states is None or row.state in self.states)
            and (self.kinds is None or general_kind(row) in self.kinds)
            and (self.origins is None or (row.aligned and row.origin in self.origins))
            and (self.keep is None or row.keep == self.keep)
            and (not self.commented or bool(row.comment))
            and (scored or (self.min_score == 0 and self.max_score == 1))
        )

    def _texts(self, row: ReviewRow) -> list[str]:
        """What is searched of a row: the one side that is asked for, or both and its comment."""
        if self.side:
            return [joined(row.side(self.side))]
        return [text for text in (joined(row.source), joined(row.target), row.comment) if text]


def joined(segments: Sequence[StoredSegment]) -> str:
    """The texts of segments as one line, as searches and hits count its characters."""
    return " ".join(without_controls(segment.text) for segment in segments)


def general_kind(row: ReviewRow) -> str:
    """One of KINDS: "1-n" for one source and several target segments, "1-0" for the source alone."""
    if not row.aligned:
        return "1-0" if row.source else "0-1"
    one, other = ("1" if len(side) == 1 else "n" for side in (row.source, row.target))
    return f"{one}-{other}"


def _badness(row: ReviewRow) -> tuple[int, float]:
    """First pairs, the least probable first and then those without a score, then what is unaligned, last
    what is settled.
    """
    settled = row.state in ("confirmed", "rejected")
    return (2 if settled else 0 if row.aligned else 1, 1.0 if row.score is None else row.score)
