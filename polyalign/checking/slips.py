"""Runs of pairs whose targets have slipped by one row, found by the likeliest path (Viterbi)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polyalign.checking.judging import LIKELY, VerdictInContext

OFFSETS = (0, 1, -1)  # the target that belongs to a source: its own, the next one, the one before

_CHANGE = 0.05  # the chance that columns slip, or come right again, from one row to the next
_UNSEEN = 0.02  # that a target fits, where its own fits
_LEAST = 0.005


def offsets(rows: Sequence[VerdictInContext], start: int = 0) -> list[int]:
    """Which target belongs to each source (OFFSETS), where the row before the first has `start`."""
    if not rows:
        return []
    seen = [(row.verdict, row.after, row.before) for row in rows]
    chances = np.log([[_UNSEEN if v is None else max(1 - v.unrelated, _LEAST) for v in own] for own in seen])
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
    found = [OFFSETS[state] for state in reversed(path)]
    # the ends of runs where the other target fits no better than the own one are none
    for places in (range(len(found)), reversed(range(len(found)))):
        neighbour = 0
        for k in places:
            other = rows[k].after if found[k] == 1 else rows[k].before
            if found[k] != neighbour and (other is None or other.unrelated >= LIKELY):
                found[k] = 0
            neighbour = found[k]
    return found
