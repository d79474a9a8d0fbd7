"""Checks in a process of their own, so that telling languages apart does not hold up who edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polyalign.server.companion import Companion

if TYPE_CHECKING:
    from polyalign.qa import Flag, Glossary, Pair


class Checker(Companion):
    """Finds flags, with a detector of languages."""

    def __init__(self, glossary: Glossary | None = None) -> None:
        super().__init__("polyalign.server.checks", glossary)

    def check(self, pairs: Sequence[Pair]) -> list[tuple[Flag, ...]]:
        """The flags of each pair. Raises OSError where the process is gone."""
        found: list[tuple[Flag, ...]] = self.ask(list(pairs))
        return found
