"""The sample pairs, and the real ones beside the project."""

from __future__ import annotations

from typing import Literal

from tests.helpers.places import SEEDS, SHARED

REAL = SHARED / "seeds"


NAMES = sorted(path.name.removesuffix(".gold.json") for path in SEEDS.glob("*.gold.json"))


SideName = Literal["source", "target"]


SIDES: tuple[SideName, ...] = ("source", "target")
