"""Numbers that only one side has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from polyalign.qa.numerals import BY_THE_LETTER, knows, roman, scale, spelled
from polyalign.qa.texts import Pair, folded, only, prose

_FIGURE = re.compile(
    r"\d{1,2}/\d{1,2}(?![\d/])"  # a half
    r"|(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d])"  # 40 000
    r"|\d+(?:[.,،’'\u00a0\u202f]\d+)*"
)
_DIGIT = re.compile(r"[\d¼-¾⅐-⅞]")
_SQUARE = re.compile(r"\b([kcm]?m|ft|mi)[23]\b")
_AFTER = re.compile(r"[ \u00a0'’-]?([^\W\d_]+)\.?")
_LETTER_AFTER = re.compile(r"([^\W\d_])")
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_CLOCK = re.compile(r"[:.]\d\d(?!\d)")
_JOINED = re.compile(r"(?:\s*[^\W\d_]+)?\s*$")
_COUNTED = 12  # numbers up to this one are often written as words
_DUAL = frozenset({"ar", "he", "sl", "mt"})  # where an ending says two


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is written, what it may say, and the numbers that it may be made of instead."""

    written: str
    values: frozenset[float]
    parts: tuple[float, ...] = ()


def numbers(pair: Pair) -> str:
    """The figures of either side that the other side has neither as a figure nor in words.

    Digits of all scripts are alike, so are the signs for decimals and thousands as long as both
    readings can be meant (40.000 is 40 or 40000). Words for numbers are never missed on the other
    side, they only explain a figure. 1 is never missed: many languages say it with an article, an
    ending or nothing.
    """
    if not (_DIGIT.search(pair.source) or _DIGIT.search(pair.target)):
        return ""
    ours, theirs = pair.languages
    here, there = figures(pair.source, ours), figures(pair.target, theirs)
    return only(_missing(here, pair.target, theirs), _missing(there, pair.source, ours))


@lru_cache(maxsize=2048)
def figures(text: str, language: str) -> tuple[Figure, ...]:
    """The numbers of a text that are written in digits."""
    if not _DIGIT.search(text):
        return ()
    text = _SQUARE.sub(r"\1", prose(text))
    found: list[Figure] = []
    end = 0
    for match in _FIGURE.finditer(text):
        figure, stop = _figure(text, match, language)
        joined = (
            found and max(found[-1].values, default=0) >= 1000 and _JOINED.fullmatch(text, end, match.start())
        )
        if joined:  # 2 billion 400 million
            total = frozenset(a + b for a in found[-1].values for b in figure.values if a > b)
            found[-1] = Figure(found[-1].written, found[-1].values | total)
            figure = Figure(figure.written, figure.values | total, figure.parts)
        found.append(figure)
        end = stop
    return tuple(found)


def _figure(text: str, match: re.Match[str], language: str) -> tuple[Figure, int]:
    """The number of a match with the words after it that multiply it, and where these end."""
    written, end = match.group(), match.end()
    values, parts = _readings(written)
    follows = _LETTER_AFTER if language in BY_THE_LETTER else _AFTER
    after = follows.match(text, end)
    factor = 1.0
    while after and (times := scale(folded(after[1], language), language)) > 1:
        factor, end = factor * times, after.end()
        after = follows.match(text, end)
    if factor > 1:
        return Figure(text[match.start() : end].rstrip("."), _scaled(values, factor, language)), end
    if after and (times := _SUFFIXES.get(after[1].casefold(), 1.0)) > 1:
        return Figure(written, values | _times(values, times), parts), end
    if _CLOCK.match(text, end) or _CLOCK.search(written):
        values |= {value - 12 for value in (*values, *parts) if 12 <= value <= 24 and value == int(value)}
    return Figure(written, values, parts), end


def _scaled(values: frozenset[float], factor: float, language: str) -> frozenset[float]:
    scaled = _times(values, factor)
    return scaled if knows(language) else scaled | values


def _times(values: frozenset[float], factor: float) -> frozenset[float]:
    return frozenset(round(value * factor, 6) for value in values)


@lru_cache(maxsize=20_000)
def _readings(written: str) -> tuple[frozenset[float], tuple[float, ...]]:
    """What a figure in ASCII digits may say, and the numbers that it may be made of."""
    pieces = re.split(r"\D", written)
    marks = re.findall(r"\D", written)
    if not marks:
        return frozenset({float(written)}), ()
    parts = tuple(map(float, pieces))
    if marks == ["/"]:
        return frozenset({round(parts[0] / parts[1], 6)} if parts[1] else ()), parts
    values = set(_decimal(pieces, marks))
    if _grouped(pieces) and len(set(marks)) == 1:
        values.add(float("".join(pieces)))
    clock = len(pieces) == 2 and marks == ["."] and len(pieces[1]) == 2 and parts[0] <= 24 and parts[1] < 60
    return frozenset(values), parts if clock or not values or marks == [" "] * len(marks) else ()


def _decimal(pieces: list[str], marks: list[str]) -> Iterator[float]:
    """The reading in which the last mark is that of decimals, where there is one."""
    whole, last = "".join(pieces[:-1]), marks[-1]
    if last in ".,،" and last not in marks[:-1] and (len(marks) == 1 or _grouped(pieces[:-1])):
        yield float(f"{whole}.{pieces[-1]}")


def _grouped(pieces: list[str]) -> bool:
    """Whether all digits after the first three or fewer come in threes, or in twos as in India."""
    inner = {len(piece) for piece in pieces[1:-1]}
    first = pieces[0]
    return 0 < len(first) <= 3 and first[0] != "0" and len(pieces[-1]) == 3 and inner in (set(), {3}, {2})


def _missing(figures_: tuple[Figure, ...], text: str, language: str) -> list[str]:
    """The figures that the other side's text does not have, as they are written, each once."""
    if not figures_:
        return []
    pool, implied = _known(text, language), _implied(language)
    return list(dict.fromkeys(f.written for f in figures_ if not _has(pool, f, implied)))


def _has(pool: frozenset[float], figure: Figure, implied: float) -> bool:
    """Whether all the other side's numbers hold a figure, or all its parts (a date's may be implied)."""
    taken = -1.0 if figure.values else implied
    whole = any(_told(value, pool, implied) for value in figure.values)
    return whole or (bool(figure.parts) and all(_told(part, pool, taken) for part in figure.parts))


@lru_cache(maxsize=2048)
def _known(text: str, language: str) -> frozenset[float]:
    """All numbers that a text has, in digits or in words."""
    found = {v for figure in figures(text, language) for v in (*figure.values, *figure.parts)}
    found |= {part for v in found if v % 1 == 0.5 for part in (v - 0.5, 0.5)}
    shown = prose(text)
    return frozenset(found) | roman(shown) | spelled(folded(shown, language), language)


def _implied(language: str) -> float:
    """The number up to which the other side may have it in a way that cannot be seen."""
    return 2 if language in _DUAL else 1 if knows(language) else _COUNTED


def _told(value: float, pool: frozenset[float], implied: float) -> bool:
    """Whether the other side has the number, if need be as the sum or the short form of others."""
    if value in pool or (value <= implied and value % 1 == 0):
        return True
    if value % 1:
        return value % 1 == 0.5 and 0.5 in pool and _told(value - 0.5, pool, implied)  # two and a half
    if 1000 <= value < 2100:
        century, year = divmod(value, 100)
        return year in pool and (year > 12 or century + 1 in pool)  # the thirties
    if 12 < value < 100:
        counted = any({unit, value / unit} <= pool for unit in (10, 12))  # two decades, two dozen
        return counted or any(known % 100 == value for known in pool if 1000 <= known < 2100)  # 1635-36
    return False
