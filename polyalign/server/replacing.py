"""Find and replace: what would change in the texts of a bitext, inline codes kept where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

from polyalign.characters import whole_characters
from polyalign.errors import InputError, UsageError
from polyalign.expressions import refusal
from polyalign.parts import SideName
from polyalign.server.answers import Replacement, Replacements
from polyalign.store import Store, StoredSegment

MOST = 1_000  # segments of one answer
SECONDS = 2.0
_SIDES: tuple[SideName, SideName] = ("source", "target")

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class WantedChange:
    """What is looked for, and what comes in its place; `words` finds it only as a word of its own."""

    find: str
    replacement: str
    regex: bool = False
    case: bool = True
    words: bool = False
    side: SideName | None = None

    def pattern(self) -> Any:
        """The expression that finds it. Raises UsageError for a bad one."""
        import regex

        if self.regex and (why := refusal(self.find)):
            raise UsageError(f"not a regular expression for this search: {why}")
        text = self.find if self.regex else re.escape(self.find)
        text = rf"(?<!\w)(?:{text})(?!\w)" if self.words else text
        try:
            return regex.compile(text, regex.VERSION0 | (0 if self.case else regex.IGNORECASE))
        except (regex.error, RecursionError, OverflowError) as error:
            raise UsageError(f"not a regular expression: {error}: correct it, or search for text") from error


def proposed(store: Store, bitext: int, change: WantedChange) -> Replacements:
    """The segments of rows that are not deleted in which the change changes something, in reading order.

    Left out are those in which an inline code stands inside of what is found, or would not stand at the same
    place between the same letters afterwards. Raises UsageError, InputError for too slow an expression.
    """
    pattern, end = change.pattern(), monotonic() + SECONDS
    revision, numbers = store.revision, store.numbers(bitext)
    found, coded, more, seen = list[Replacement](), 0, 0, set[int]()
    for row, side, segment in _segments(store, bitext, change.side):
        if segment.id in seen:
            continue
        seen.add(segment.id)
        text = whole_characters(segment.text)
        try:
            after, before, made = _replaced(pattern, change, text, end)
        except TimeoutError as error:
            raise InputError("the regular expression takes too long: make it simpler") from error
        if after == text:
            continue
        if not after.strip() or not _codes_stay(store, segment, after, before, made):
            coded += bool(segment.codes)
            continue
        if len(found) == MOST:
            more += 1
            continue
        number = numbers[segment.id] + 1
        found.append(Replacement(row, number, side, segment.id, text, after, before, made))
    return Replacements(revision, tuple(found), coded, more)


def _segments(
    store: Store, bitext: int, only: SideName | None
) -> Iterator[tuple[int, SideName, StoredSegment]]:
    for row in store.rows(bitext):
        for side in _SIDES if not row.deleted else ():
            if only in (None, side):
                yield from ((row.id, side, segment) for segment in row.side(side))


def _replaced(pattern: Any, change: WantedChange, text: str, end: float) -> tuple[str, Spans, Spans]:
    """The text with all replaced, and where that is before and after. Raises UsageError, TimeoutError."""
    import regex

    parts, before, made, done, size = list[str](), list[tuple[int, int]](), list[tuple[int, int]](), 0, 0
    for match in pattern.finditer(text, timeout=max(end - monotonic(), 0.001)):
        if match.end() == match.start():
            continue
        try:
            new = match.expand(change.replacement) if change.regex else change.replacement
        except (regex.error, IndexError) as error:
            raise UsageError(f"the replacement is not understood: {error}: correct it") from error
        kept = text[done : match.start()]
        size += len(kept)
        parts += [kept, new]
        before.append(match.span())
        made.append((size, size + len(new)))
        size, done = size + len(new), match.end()
    return "".join(parts) + text[done:], tuple(before), tuple(made)


def _codes_stay(store: Store, segment: StoredSegment, after: str, before: Spans, made: Spans) -> bool:
    """Whether every code stands between the same letters as before."""
    wanted = []
    for code in segment.codes:
        if any(start < code.start < end or start < code.end < end for start, end in before):
            return False
        shift = 0
        for (_, end), (_, new) in zip(before, made, strict=True):
            shift = new - end if end <= code.start else shift
        wanted.append((code.name, code.start + shift))
    return wanted == [(code.name, code.start) for code in store.codes_of(segment.id, after)]
