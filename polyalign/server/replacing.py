"""Find and replace: what would change in the texts of a bitext, inline codes kept where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import monotonic
from typing import Annotated, Any

from pydantic import Field

from polyalign.characters import whole_characters
from polyalign.errors import InputError, UsageError
from polyalign.parts import SideName
from polyalign.server.answers import Replacement, Replacements
from polyalign.server.operations import Body
from polyalign.store import Store, StoredSegment
from polyalign.store.filters import MAX_PATTERN, Spans, compiled

MOST = 1_000  # segments of one answer
SECONDS = 2.0
_SIDES: tuple[SideName, SideName] = ("source", "target")


class Sought(Body):
    """What is to be replaced, by what, and where; in an expression `\\\\1` stands for its first group."""

    find: Annotated[str, Field(min_length=1, max_length=MAX_PATTERN)]
    replacement: Annotated[str, Field(max_length=MAX_PATTERN)] = ""
    regex: bool = False
    case: bool = True
    words: bool = False
    side: SideName | None = None


def proposed(store: Store, bitext: int, sought: Sought) -> Replacements:
    """The segments of rows that are not deleted in which replacing changes something, in reading order.

    Left out are those in which an inline code stands inside of what is found, or would not stand at the same
    place between the same letters afterwards. Raises UsageError, InputError for too slow an expression.
    """
    expression = sought.find if sought.regex else re.escape(sought.find)
    pattern = compiled(expression, case=sought.case, words=sought.words)
    end = monotonic() + SECONDS
    revision, numbers = store.revision, store.numbers(bitext)
    found, coded, more, seen = list[Replacement](), 0, 0, set[int]()
    for row, side, segment in _segments(store, bitext, sought.side):
        if segment.id in seen:
            continue
        seen.add(segment.id)
        text = whole_characters(segment.text)
        try:
            after, before, made = _replaced(pattern, sought, text, end)
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


def _replaced(pattern: Any, sought: Sought, text: str, end: float) -> tuple[str, Spans, Spans]:
    """The text with all replaced, and where that is before and after. Raises UsageError, TimeoutError."""
    import regex

    parts, before, made, done, size = list[str](), list[tuple[int, int]](), list[tuple[int, int]](), 0, 0
    for match in pattern.finditer(text, timeout=max(end - monotonic(), 0.001)):
        if match.end() == match.start():
            continue
        try:
            new = match.expand(sought.replacement) if sought.regex else sought.replacement
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
