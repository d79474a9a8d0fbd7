"""The consistent set of candidates that is worth most: weighted set packing, solved exactly by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.spans import Ints

TIME_LIMIT = 20.0  # seconds for one component; what HiGHS has found by then is consistent too


def chosen(worth: NDArray[np.floating[Any]], members: Sequence[Sequence[int]]) -> Ints:
    """The indices, ascending, of the candidates whose worth adds up to most without sharing a member.

    `members[k]` are the units that candidate k occupies, as distinct ints. Candidates that are
    worth nothing or less are never taken.
    """
    wanted = np.flatnonzero(worth > 0)
    taken: list[int] = []
    for component in _components([members[k] for k in wanted.tolist()]):
        rows = wanted[component]
        taken += rows[_best(worth[rows], [members[k] for k in rows.tolist()])].tolist()
    return np.array(sorted(taken), dtype=np.int64)


def _components(members: Sequence[Sequence[int]]) -> list[list[int]]:
    """Groups of rows that are connected by shared members, by union-find over the members."""
    parent: dict[int, int] = {}

    def root(x: int) -> int:
        while parent.setdefault(x, x) != x:
            parent[x] = x = parent[parent[x]]
        return x

    for row in members:
        for unit in row[1:]:
            parent[root(unit)] = root(row[0])
    groups: dict[int, list[int]] = {}
    for k, row in enumerate(members):
        groups.setdefault(root(row[0]), []).append(k)
    return list(groups.values())


def _best(worth: NDArray[np.floating[Any]], members: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    if len(worth) == 1:
        return np.ones(1, dtype=bool)
    return _packed(worth, members)


def _packed(worth: NDArray[np.floating[Any]], members: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    """The integer programme: maximise worth @ x, each member at most once, x in {0, 1}."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csc_array

    rows = {unit: k for k, unit in enumerate(sorted({u for row in members for u in row}))}
    # 32 bits, as SciPy hands the indices to HiGHS as they are
    taken = np.array([rows[u] for row in members for u in row], dtype=np.int32)
    ends = np.cumsum([0, *map(len, members)], dtype=np.int32)
    once = csc_array((np.ones(len(taken)), taken, ends), shape=(len(rows), len(worth)))
    found = milp(
        -worth.astype(np.float64),
        integrality=np.ones(len(worth)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(once, ub=1),
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT},
    )
    if found.x is not None:
        return np.asarray(found.x > 0.5)
    # not even a first solution within the time: one by one, the best first
    chosen_ones, occupied = np.zeros(len(worth), dtype=bool), set[int]()
    for k in np.argsort(-worth, kind="stable").tolist():
        if occupied.isdisjoint(members[k]):
            chosen_ones[k] = True
            occupied.update(members[k])
    return chosen_ones
