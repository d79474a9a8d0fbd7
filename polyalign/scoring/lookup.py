"""Where texts of a file stand in the texts of the gold, white space and control characters aside."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from polyalign.errors import InputError
from polyalign.formats.common import Unit

T = TypeVar("T")


def kept(text: str) -> list[int]:
    """The offsets of the characters that count."""
    return [k for k, c in enumerate(text) if not c.isspace() and unicodedata.category(c) != "Cc"]


def packed(text: str) -> str:
    """The characters that count."""
    return "".join(text[k] for k in kept(text))


def occurrences(whole: str, part: str) -> Iterator[int]:
    """Where the part begins, overlapping occurrences too; nowhere if it is empty."""
    at = whole.find(part) if part else -1
    while at >= 0:
        yield at
        at = whole.find(part, at + 1)


def located(
    units: Sequence[Unit], side: str, places: Callable[[str], list[T]], *, name: str
) -> list[list[T]]:
    """The places of the texts of one side of each unit, out of all that `places` finds for a packed text.

    A text that stands in several places must be in the file as often: then they go by their order.
    Raises InputError where a pair does not tell its place; an unaligned text may go without.
    """
    rows: list[tuple[str, ...]] = [getattr(unit, side) for unit in units]
    times = Counter(packed(text) for texts in rows for text in texts)
    found = {key: places(key) for key in times}
    ordered = {key: iter(found[key]) for key in times if len(found[key]) == times[key] > 1}
    told: list[list[T]] = []
    for unit, texts in zip(units, rows, strict=True):
        told.append([])
        for text in texts:
            key = packed(text)
            if key in ordered:
                told[-1].append(next(ordered[key]))
            elif len(found[key]) == 1:
                told[-1] += found[key]
            elif unit.source and unit.target:
                where = f"{len(found[key])} times in the gold and {times[key]} times here"
                raise InputError(
                    f"{name}: the {side} text {text[:40]!r} stands {where}, so what it pairs cannot be told: "
                    "give a file with ids or offsets, such as json"
                )
    return told
