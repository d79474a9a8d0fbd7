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
    import highspy

    rows = {unit: k for k, unit in enumerate(sorted({u for row in members for u in row}))}
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = len(worth), len(rows)
    problem.sense_ = highspy.ObjSense.kMaximize
    problem.col_cost_ = worth.astype(np.float64)
    problem.col_lower_, problem.col_upper_ = np.zeros(len(worth)), np.ones(len(worth))
    problem.row_lower_, problem.row_upper_ = np.full(len(rows), -highspy.kHighsInf), np.ones(len(rows))
    problem.integrality_ = [highspy.HighsVarType.kInteger] * len(worth)
    problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    problem.a_matrix_.start_ = np.cumsum([0, *map(len, members)])
    problem.a_matrix_.index_ = np.array([rows[u] for row in members for u in row])
    problem.a_matrix_.value_ = np.ones(sum(map(len, members)))
    solver: Any = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("time_limit", TIME_LIMIT)
    solver.passModel(problem)
    solver.run()
    return np.asarray(solver.getSolution().col_value) > 0.5
