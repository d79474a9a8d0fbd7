"""What the benchmarks share: where the data is, Markdown tables, files of results."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
NOTHING = "–"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """A Markdown table whose columns after the first `words` are aligned right."""
    rules = ["---" if k < words else "--:" for k in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rules, *rows))


def decimals(value: float | None, digits: int = 3) -> str:
    """The number with so many decimals; a dash for what was not measured."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def say(line: str) -> None:
    """One line of progress or of regret on standard error."""
    print(line, file=sys.stderr, flush=True)


def save(path: Path | None, data: Any) -> None:
    """The data as JSON in a file, where one was asked for."""
    if path:
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
