"""What a number in digits may say: 40.000 is 40 or 40000, 3:45 is a quarter to four."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

FIGURE = re.compile(
    r"(?<![\d:.,])(?:[01]?\d|2[0-4])(?::| ?h ?)[0-5]\d(?![\d:])"  # 3:45, 15 h 30
    r"|\d{1,2}/\d{1,2}(?![\d/])"  # a half
    r"|(?<![\d/])\d{1,2}(?:/\d{1,2}/|-\d{1,2}-)\d{2,4}(?![\d/-])"  # 14/9/2024
    r"|\d{4}(?:/\d\d?/|-\d\d?-)\d\d?(?![\d/-])"  # 2024-09-14
    r"|(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?"  # 40 000,5
    r"|\d+(?:[.,،’'\u00a0\u202f]\d+)*"
)
_OTHER_DIGIT = re.compile("(?![0-9])\\d")


@dataclass(frozen=True, slots=True)
class NumberReading:
    """The numbers that digits may say, each alone or several that say it together, as a date does."""

    values: frozenset[float]
    ways: tuple[tuple[float, ...], ...] = ()


def western(text: str) -> str:
    """The text with the ten digits of ASCII, and its signs for decimals and thousands, only."""
    if text.isascii():
        return text
    text = text.replace("٫", ".").replace("٬", ",")
    return _OTHER_DIGIT.sub(lambda match: str(unicodedata.decimal(match.group())), text)


@lru_cache(maxsize=20_000)
def reading(written: str) -> NumberReading:
    """What a figure in ASCII digits, as FIGURE finds it, may say."""
    pieces = re.split(r"\D+", written)
    marks = re.findall(r"\D+", written)
    parts = tuple(map(float, pieces))
    if not marks:
        return NumberReading(frozenset(parts))
    if marks == ["/"]:
        part = round(parts[0] / parts[1], 6) if parts[1] else 0
        return NumberReading(frozenset({part} if part % 1 else ()), (parts[1:] if parts[0] == 1 else parts,))
    values, last = set[float](), marks[-1]
    if last in ".,،" and last not in marks[:-1] and (len(marks) == 1 or _grouped(pieces[:-1])):
        values.add(float(f"{''.join(pieces[:-1])}.{pieces[-1]}"))  # the last mark is that of decimals
    if _grouped(pieces) and len(set(marks)) == 1:
        values.add(float("".join(pieces)))
    if len(parts) == 2 and len(pieces[1]) == 2 and parts[0] <= 24 and parts[1] < 60 and marks != [","]:
        return NumberReading(frozenset(values), tuple(_times(*parts)))
    ways = [parts] if not values or marks == [" "] * len(marks) else []
    if len(parts) == 3 and len(pieces[2]) == 2 and max(parts[:2]) <= 31:  # 11/9/01
        ways.insert(0, (*parts[:2], parts[2] + (2000 if parts[2] < 50 else 1900)))
    return NumberReading(frozenset(values), tuple(ways))


def _times(hour: float, minute: float) -> Iterator[tuple[float, ...]]:
    """The ways to say a time: 15:00 is also three, 15:30 half past three, 3:45 a quarter to four."""
    for now in (hour, hour - 12) if hour > 12 else (hour,):
        yield (now, minute)
        if minute in (0, 15, 30, 45):
            yield (now + minute / 60,)
        if minute > 30:
            yield (now + 1, 0.25 if minute == 45 else 60 - minute)


def _grouped(pieces: list[str]) -> bool:
    """Whether all digits after the first three or fewer come in threes, or in twos as in India."""
    inner = {len(piece) for piece in pieces[1:-1]}
    first = pieces[0]
    return 0 < len(first) <= 3 and first[0] != "0" and len(pieces[-1]) == 3 and inner in (set(), {3}, {2})
