"""A line about work that goes on: how far it is, how fast, and how long it will take."""

from __future__ import annotations

_WIDTH = 24


def progress_line(verb: str, unit: str, done: int, total: int, seconds: float) -> str:
    """ "translating ━━━━━━━─────────────── 120/400 segments, 35/s, 0:08 left".

    Where the unit is "MB", `done` and `total` are bytes.
    """
    filled = _WIDTH * done // total if total else _WIDTH
    line = (
        f"{verb} {'━' * filled}{'─' * (_WIDTH - filled)} {_amount(done, unit)}/{_amount(total, unit)} {unit}"
    )
    if not done or seconds <= 0:
        return line
    rate = done / seconds
    left = round((total - done) / rate)
    return f"{line}, {_amount(round(rate), unit)}/s, {left // 60}:{left % 60:02d} left"


def _amount(count: int, unit: str) -> str:
    return f"{count / 1e6:.1f}" if unit == "MB" else f"{count:,}"
