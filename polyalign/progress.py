"""A line about work that goes on: how far it is, how fast, and how long it will take."""

from __future__ import annotations

from typing import Self

_WIDTH = 24


class Stage(str):
    """A line about work that goes on, which knows its parts.

    `name` is the stage ("translating"), `done` of `total` units are done (None: unknown), `left` are the
    seconds that it will take (None: unknown).
    """

    name: str
    done: int
    total: int | None
    left: int | None

    def __new__(
        cls, line: str, name: str = "", done: int = 0, total: int | None = None, left: int | None = None
    ) -> Self:
        """The line; `name` is its first word if it is not given."""
        made = super().__new__(cls, line)
        made.name, made.done, made.total, made.left = name or line.split(" ")[0], done, total, left
        return made


def counted(name: str, done: int, total: int) -> Stage:
    """ "encoding: 1,200 of 4,000"."""
    return Stage(f"{name}: {done:,} of {total:,}", name, done, total)


def progress_line(verb: str, unit: str, done: int, total: int, seconds: float) -> Stage:
    """ "translating ━━━━━━━─────────────── 120/400 segments, 35/s, 0:08 left".

    Where the unit is "MB", `done` and `total` are bytes.
    """
    filled = _WIDTH * done // total if total else _WIDTH
    line = (
        f"{verb} {'━' * filled}{'─' * (_WIDTH - filled)} {_amount(done, unit)}/{_amount(total, unit)} {unit}"
    )
    if not done or seconds <= 0:
        return Stage(line, verb, done, total)
    rate = done / seconds
    left = round((total - done) / rate)
    shown = f"{line}, {_amount(round(rate), unit)}/s, {left // 60}:{left % 60:02d} left"
    return Stage(shown, verb, done, total, left)


def _amount(count: int, unit: str) -> str:
    return f"{count / 1e6:.1f}" if unit == "MB" else f"{count:,}"
