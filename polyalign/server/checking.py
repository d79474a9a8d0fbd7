"""Checks in a process of their own, so that telling languages apart does not hold up who edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polyalign.server.companion import Companion

if TYPE_CHECKING:
    from polyalign.qa import Flag, Glossary, Pair


class Checker(Companion):
    """Finds flags, with a detector of languages."""

    def __init__(self) -> None:
        super().__init__("polyalign.server.checks")

    def check(self, pairs: Sequence[Pair], glossary: Glossary) -> list[tuple[Flag, ...]]:
        """The flags of each pair, with the terms of a glossary. Raises OSError where the process is gone."""
        found: list[tuple[Flag, ...]] = self.ask((glossary, list(pairs)))
        return found
