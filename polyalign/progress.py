"""How far work is: what the rooms tell each other of it."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """A stage of work (`name`, as "translating") on what `about` says: `done` of `total` units are done.

    A `total` of None says that nobody knows how much there is; where the unit is "MB", bytes are counted.
    """

    name: str
    about: str = ""
    done: int = 0
    total: int | None = None
    unit: str = ""

    def __str__(self) -> str:
        named = f"{self.name} {self.about}".rstrip()
        if self.total is not None:
            return f"{named}: {self.amount(self.done)} of {self.amount(self.total)} {self.unit}".rstrip()
        return f"{named}: {self.amount(self.done)} {self.unit}".rstrip() if self.done else named

    def amount(self, count: int) -> str:
        """So many units as they are written."""
        return f"{count / 1e6:.1f}" if self.unit == "MB" else f"{count:,}"


class Pace:
    """How fast work goes on, measured from when a stage is first seen."""

    def __init__(self) -> None:
        self._name, self._begun, self._before = "", 0.0, 0

    def rate(self, stage: Stage) -> float:
        """Units a second, 0 where nothing is known yet."""
        now = time.monotonic()
        if stage.name != self._name:
            self._name, self._begun, self._before = stage.name, now, stage.done
        return (stage.done - self._before) / (now - self._begun) if now > self._begun else 0.0

    def left(self, stage: Stage) -> int | None:
        """The seconds until the stage is over, None where nothing is known."""
        rate = self.rate(stage)
        return round((stage.total - stage.done) / rate) if rate > 0 and stage.total is not None else None
