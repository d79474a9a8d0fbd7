"""Where things are that tests read."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
DATA = TESTS / "data"
CASES = TESTS / "cases"
SEEDS = ROOT / "seeds"
DOCS = ROOT / "docs"
BENCHMARKS = ROOT / "benchmarks"
SHARED = ROOT.parent / "shared"  # beside the project, not part of it
