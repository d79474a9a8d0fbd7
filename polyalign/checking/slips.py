"""Runs of pairs whose targets have slipped by one row, found by the likeliest path (Viterbi)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polyalign.checking.judging import LIKELY, VerdictInContext
from polyalign.checking.verdicts import Verdict

OFFSETS = (0, 1, -1)  # the target that belongs to a source: its own, the next one, the one before

_CHANGE = 0.05  # the chance that columns slip, or come right again, from one row to the next
_UNSEEN = 0.02  # that a target fits, where its own fits
_LEAST = 0.005


def offsets(rows: Sequence[VerdictInContext], start: int = 0) -> list[int]:
    """Which target belongs to each source (OFFSETS), where the row before the first has `start`."""
    if not rows:
        return []
    chances = np.log(np.array([_chances(row) for row in rows]))
    change = np.log(_CHANGE) * (1 - np.eye(len(OFFSETS)))
    best = chances[0] + change[OFFSETS.index(start)]
    came: list[np.ndarray] = []
    for own in chances[1:]:
        ways = best[:, None] + change
        came.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + own
    state = int(best.argmax())
    path = [state]
    for before in reversed(came):
        state = int(before[state])
        path.append(state)
    return _trimmed([OFFSETS[state] for state in reversed(path)], rows)


def _trimmed(path: list[int], rows: Sequence[VerdictInContext]) -> list[int]:
    """The path without the ends of runs where the other target fits no better than the own one."""
    for places in (range(len(path)), reversed(range(len(path)))):
        before = 0
        for k in places:
            if path[k] and before != path[k] and not _fits(rows[k], path[k]):
                path[k] = 0
            before = path[k]
    return path


def _fits(row: VerdictInContext, offset: int) -> bool:
    other = row.after if offset == 1 else row.before
    return other is not None and other.unrelated < LIKELY


def _chances(row: VerdictInContext) -> tuple[float, float, float]:
    def related(verdict: Verdict | None) -> float:
        return _UNSEEN if verdict is None else max(1 - verdict.unrelated, _LEAST)

    return related(row.verdict), related(row.after), related(row.before)
