"""The sample pairs, and the real ones beside the project."""

from __future__ import annotations

from polyalign.parts import SideName
from tests.helpers.places import SEEDS, SHARED

REAL = SHARED / "seeds"


NAMES = sorted(path.name.removesuffix(".gold.json") for path in SEEDS.glob("*.gold.json"))


SIDES: tuple[SideName, ...] = ("source", "target")
