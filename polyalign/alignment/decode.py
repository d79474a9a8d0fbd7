"""From features to beads: probabilities in any order, on a monotone path, and the best selection of beads.

Where no bead crosses another, the beads and the unaligned units form a path from the beginning of both
texts to their end. A text that was translated completely is decoded along that path once more, in a second
pass: in larger groups, inside sentences, with both texts as long as each other by their own ratio, and
hardly anything left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.features import Candidates, CandidateSpace, Competition
from polyalign.alignment.model import AlignmentModel, ArcPotential
from polyalign.alignment.spans import Bools, Extents, Floats, Ints, kendall_tau

TIME_LIMIT = 20.0  # seconds for one component; what HiGHS has found by then is consistent too
FIRST_THRESHOLD = 0.3  # of the first selection, which only the features of competitors rest on
MOST_COMPARED = 3_000  # candidates of one component of which those are left out that cannot be in the best
HOPELESS = 0.005  # candidates whose first probability is below this are dropped

# score from which a bead is added that shares units with others: F1 of 62 reports whose writers taught
# nothing rises from .790 to .796
OVERLAPPING = 0.5

ANSWER_PRIOR = 1.0  # beads that count for an answer being right half of the time
AGAINST = 0.5  # of that, for what an answer contradicts
MOST_ANSWER = 12.0  # by how much an answer multiplies the odds of a candidate, or divides them

STRONG = 0.5  # probability from which a bead holds the search band
_ROOM = 3  # units that a path may stray from the beads that hold the band
_LARGEST, _SMALLER = 12, 3  # sentences in a bead, and on the side of it that has fewer
_UNEQUAL = 1.6  # log of the length of one side over that of the other, beside the usual
ARC_BACKGROUND = 0.3  # how near the background arcs may be, which lean on neighbours: 1 in 50 in novels
MOST_ARCS = 400_000  # of a path; in texts that have more, only plausible candidates are arcs
_NEVER = -1e30

# share of the worth on one path from which the path counts, and from which it is all; under .9 in nearly
# all shuffled news, over .95 in translations
DISORDER, ORDER = 0.8, 0.95
SPARSE, FULL = 0.75, 0.85  # the same for the share of the units that the path has in beads
COVERED = 0.5  # share of the units in beads of a path that has to be exceeded in complete translations;
GAPS = 0.04  # share of both texts left out on one side alone, from which they are none: news at .042,
UNEVEN = 0.3  # over what the lengths left out on both sides may differ by, as a part of them;
UNSEEN = 1.5  # units that count as left out, too
SKIP_PENALTY = -3.0  # what a unit left out costs more in complete translations, as a log-potential:
LEAST = 0.5  # this part of it in texts whose beads are plain to see,
HIDDEN = 0.2  # and all of it where this share is left out on both sides alike


def select_disjoint(worth: Floats, members: Sequence[Sequence[int]]) -> Ints:
    """The indices, ascending, of the candidates whose worth adds up to most without sharing a member.

    `members[k]` are the units that candidate k occupies, as distinct ints. Candidates that are worth
    nothing or less are never taken. Weighted set packing, solved exactly by HiGHS, component by component.
    """
    wanted = np.flatnonzero(worth > 0)
    taken: list[int] = []
    for component in _components([members[k] for k in wanted.tolist()]):
        rows = wanted[component]
        rows = rows[_undominated(worth[rows], [members[k] for k in rows.tolist()])]
        for part in _components([members[k] for k in rows.tolist()]):
            own = rows[part]
            best = _packed(worth[own], [members[k] for k in own.tolist()]) if len(own) > 1 else [True]
            taken += own[best].tolist()
    return np.array(sorted(taken), dtype=np.int64)


def _incidence(members: Sequence[Sequence[int]]) -> Any:
    """Which row has which member, a sparse table (rows, members) of ones."""
    from scipy.sparse import csr_array

    ends = np.cumsum([0, *map(len, members)], dtype=np.int32)
    _, place = np.unique(np.fromiter(chain.from_iterable(members), np.int64, ends[-1]), return_inverse=True)
    # 32 bits, as SciPy hands the indices to HiGHS as they are
    return csr_array((np.ones(ends[-1], dtype=np.float32), place.astype(np.int32), ends))


def _components(members: Sequence[Sequence[int]]) -> list[Ints]:
    """Groups of rows that are connected by shared members."""
    from scipy.sparse import block_array
    from scipy.sparse.csgraph import connected_components

    if len(members) < 2:
        return [np.arange(len(members))] if members else []
    shared = _incidence(members)
    _, label = connected_components(block_array([[None, shared], [shared.T, None]]), directed=False)
    order = np.argsort(label[: len(members)], kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)


def _undominated(worth: Floats, members: Sequence[Sequence[int]]) -> Ints:
    """The rows, ascending, but those inside which another one lies that is worth as much.

    Whatever is best with one of these is as good with the other. Of rows with the same members and worth the
    first is kept. More than MOST_COMPARED rows are not compared.
    """
    count = len(members)
    if not 1 < count <= MOST_COMPARED:
        return np.arange(count)
    table, size = _incidence(members).toarray(), np.array([len(row) for row in members])
    inside = table @ table.T == size[:, None]  # whether row i lies in row j
    row = np.arange(count)
    smaller = (size[:, None] < size) | ((size[:, None] == size) & (row[:, None] < row))
    better = (worth[:, None] > worth) | ((worth[:, None] == worth) & smaller)
    return np.flatnonzero(~(inside & better).any(axis=0))


def _packed(worth: Floats, members: Sequence[Sequence[int]]) -> Bools:
    """The integer programme: maximise worth @ x, each member at most once, x in {0, 1}."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        -worth.astype(np.float64),
        integrality=np.ones(len(worth)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(_incidence(members).T.tocsc(), ub=1),
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT},
    )
    if found.x is not None:
        return np.asarray(found.x > 0.5)
    # not even a first solution within the time: one by one, the best first
    greedy, occupied = np.zeros(len(worth), dtype=bool), set[int]()
    for k in np.argsort(-worth, kind="stable").tolist():
        if occupied.isdisjoint(members[k]):
            greedy[k] = True
            occupied.update(members[k])
    return greedy


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates and how probable each is (n,).

    `unaligned` says how probable it is that a unit is in no bead, (source units,) and (target units,).
    """

    candidates: Candidates
    scores: Floats
    unaligned: tuple[Floats, Floats]

    @classmethod
    def of(cls, candidates: Candidates, scores: Floats, units: tuple[int, int]) -> Scored:
        """Candidates that were scored one by one: a unit is as probably in no bead as in none of its best."""
        w, (n, m) = candidates.where, units
        source, target = _best_at(w.first_s, w.last_s, n, scores), _best_at(w.first_t, w.last_t, m, scores)
        return cls(candidates, scores, (1 - source, 1 - target))

    @property
    def where(self) -> Extents:
        """Where the candidates lie."""
        return self.candidates.where

    def select(self, threshold: float) -> Ints:
        """The candidates, ascending, that share no unit and are worth most over the threshold."""
        where, worth = self.where, self.worth(threshold)
        good = np.flatnonzero(worth > 0)
        offset = int(where.last_s.max(initial=0))
        edges = [where.first_s, where.last_s, offset + where.first_t, offset + where.last_t]
        rows = np.stack(edges, axis=1)[good].tolist()
        return good[select_disjoint(worth[good], [[*range(a, b), *range(c, d)] for a, b, c, d in rows])]

    def with_overlapping(self, selected: Ints) -> Ints:
        """The selected rows, and the probable ones that meet each of them on one side at most.

        So what one side tells twice, or tells in one sentence where the other needs two, is linked with both.
        """
        w, taken = self.where, selected.tolist()
        for k in np.argsort(-self.scores, kind="stable").tolist():
            if self.scores[k] < OVERLAPPING:
                break
            others = w[np.array(taken, dtype=np.int64)]
            meets_s = (w.first_s[k] < others.last_s) & (others.first_s < w.last_s[k])
            meets_t = (w.first_t[k] < others.last_t) & (others.first_t < w.last_t[k])
            if not (meets_s & meets_t).any():
                taken.append(k)
        return np.array(sorted(taken), dtype=np.int64)

    def worth(self, threshold: float) -> Floats:
        """What each is worth over the threshold, by how much of its sentences it covers.

        Less is asked where its units are less probably in no bead: then to take none is the worse guess.
        """
        w, (source, target) = self.where, (np.append(0, np.cumsum(side)) for side in self.unaligned)
        none = source[w.last_s] - source[w.first_s] + target[w.last_t] - target[w.first_t]
        least = np.minimum(none / w.units, threshold)
        return np.asarray((self.scores - least) * self.candidates.share)

    def mixed(self, path: Scored, trust: float) -> Scored:
        """The candidates of a path, which has all of these, with the means of both scores.

        Those of the path count `trust` (0 to 1).
        """
        free, found = self.candidates, path.candidates
        columns = int(found.target.max(initial=0)) + 1
        known = free.source * columns + free.target
        place = np.searchsorted(found.source * columns + found.target, known)
        scores = path.scores * trust
        scores[place] += self.scores * (1 - trust)
        source, target = (
            one * trust + other * (1 - trust)
            for one, other in zip(path.unaligned, self.unaligned, strict=True)
        )
        return replace(path, scores=scores, unaligned=(source, target))


def _best_at(first: Ints, last: Ints, units: int, scores: Floats) -> Floats:
    """The best score of the ranges first to last-1 that have each unit (units,), 0 where none has it."""
    best = np.zeros(units)
    for step in range(int((last - first).max(initial=0))):
        there = np.flatnonzero(first + step < last)
        np.maximum.at(best, first[there] + step, scores[there])
    return best


# Somebody else's opinion


def with_answer(scored: Scored, selected: Ints, space: CandidateSpace) -> Scored:
    """The candidates scored once more, with what somebody says who read both texts (a chat model, by file).

    They may be wrong. How often they are right is measured on the beads `selected` without them, the surest
    ones for most: `trust` is the share of these, among those that they speak of, which they say too, drawn
    to a half. Trust above a half multiplies the odds of what they say, and divides those of what they
    contradict.
    """
    inside, says, contradicts = answered(scored.where, space)
    weight = scored.scores[selected] ** 2
    agreed, opposed = (float(weight @ column[selected]) for column in (inside, contradicts))
    trust = (agreed + ANSWER_PRIOR / 2) / (agreed + opposed + ANSWER_PRIOR)
    most = np.log(np.clip(trust / (1 - trust), 1, MOST_ANSWER))
    odds = scored.scores / np.maximum(1 - scored.scores, 1e-6) * np.exp(most * (says - AGAINST * contradicts))
    return Scored.of(scored.candidates, np.asarray(odds / (1 + odds)), space.units)


def answered(where: Extents, space: CandidateSpace) -> tuple[Floats, Floats, Floats]:
    """How far an answer has each candidate in one of its groups, says it, and contradicts it; (n,), 0 to 1.

    The first is how much of it lies in the group, by length on both sides; it is said as far as it is most
    of the group, too. Contradicted is what has one side in groups and lies in none; where the answer is
    silent on both sides, it is not.
    """
    sides = ((space.source, where.first_s, where.last_s), (space.target, where.first_t, where.last_t))

    def shares(k: int, group: int | None) -> tuple[Floats, Floats]:
        """How much of each candidate's side k is in a group, or in any, and of the group in it."""
        side, first, last = sides[k]
        inside = [bool(own) if group is None else group in own for own in side.answered or ()]
        part = np.append(0, np.cumsum(np.diff(side.edges) * inside))
        common = part[last] - part[first]
        return common / (side.edges[last] - side.edges[first]), common / max(part[-1], 1)

    lies, says = np.zeros((2, len(where.first_s)))
    for group in sorted({number for own in space.source.answered or () for number in own}):
        (source, of_source), (target, of_target) = shares(0, group), shares(1, group)
        lies = np.maximum(lies, source * target)
        says = np.maximum(says, source * target * np.sqrt(of_source * of_target))
    spoken = np.maximum(shares(0, None)[0], shares(1, None)[0])
    return lies, says, spoken * (1 - lies)


# In any order


def order_free(space: CandidateSpace, model: AlignmentModel, order: float | None = None) -> Scored:
    """The plausible candidates scored in any order, each alone, then among its competitors.

    `order` in -1..1 says how far to trust the order of the texts; None measures that of a first selection.
    """
    everything = space.plausible()
    first = promising(everything, model.alone(everything.features), space.units)
    if not len(first.candidates):
        return first
    return Scored.of(first.candidates, model.in_context(context_rows(space, first, order)), space.units)


def promising(found: Candidates, probability: Floats, units: tuple[int, int]) -> Scored:
    """The candidates that are not hopeless by their first probabilities."""
    keep = np.flatnonzero(probability > HOPELESS)
    return Scored.of(found[keep], probability[keep], units)


def context_rows(space: CandidateSpace, first: Scored, order: float | None = None) -> Floats:
    """What `in_context` of a model sees: lengths against those of a first selection, and the competition."""
    selected = first.select(FIRST_THRESHOLD)
    trust = kendall_tau(first.where[selected]) if order is None else order
    competition = Competition(first.where, first.scores, selected, space.units, trust)
    ratio = space.length_ratio_of(first.candidates[selected])
    alone = space.with_length_ratio(first.candidates, ratio).features
    return np.concatenate([alone, competition.features()], axis=1)


# On a monotone path


@dataclass(frozen=True)
class Lattice:
    """All monotone paths through candidates at `where` in texts of so many `units`.

    A semi-Markov conditional random field (Sarawagi and Cohen 2004) over both texts at once: a path weighs
    the sum of the log-potentials of its beads and of one for each unit left out.
    """

    where: Extents
    units: tuple[int, int]

    def posterior(self, potential: Floats, skip: float) -> tuple[Floats, float]:
        """The log probability of each candidate, at most 0, and the log of what all paths weigh.

        `potential` (candidates,) and `skip`, of a unit left out, are log-potentials.
        """
        w, (n, m) = self.where, self.units
        ahead = _sums(self._forward, potential, skip, self.units)
        back = _sums(self._backward, potential, skip, self.units)[::-1, ::-1]
        total = float(ahead[n, m])
        through = ahead[w.first_s, w.first_t] + potential + back[w.last_s, w.last_t]
        return np.minimum(through - total, 0), total

    @cached_property
    def _forward(self) -> _Plan:
        w = self.where
        return _plan(w.first_s, w.first_t, w.last_s, w.last_t, self.units[0])

    @cached_property
    def _backward(self) -> _Plan:
        w, (n, m) = self.where, self.units
        return _plan(n - w.last_s, m - w.last_t, n - w.first_s, m - w.first_t, n)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Candidates in the order in which a pass over the rows meets their ends."""

    order: Ints
    start: tuple[Ints, Ints]  # the node where each candidate, in that order, begins
    column: Ints  # of each node where some end
    cell: Ints  # the first candidate of each such node
    row: Ints  # the first node of each row


def _plan(first_s: Ints, first_t: Ints, last_s: Ints, last_t: Ints, rows: int) -> _Plan:
    order = np.lexsort((last_t, last_s))
    ends = np.stack([last_s[order], last_t[order]])
    new = np.append(True, (np.diff(ends, axis=1) != 0).any(axis=0))[: len(order)]
    cell = np.flatnonzero(new)
    row = np.searchsorted(ends[0, cell], np.arange(rows + 2))
    return _Plan(order, (first_s[order], first_t[order]), ends[1, cell], np.append(cell, len(order)), row)


def _sums(plan: _Plan, potential: Floats, skip: float, units: tuple[int, int]) -> NDArray[np.float64]:
    """For every node the log of what all paths to it weigh (rows + 1, columns + 1).

    Between two beads a path passes what is left out in one way only: down the rows, then along one.
    """
    n, m = units
    nodes, skips, potential = np.full((n + 1, m + 1), _NEVER), np.arange(m + 1) * skip, potential[plan.order]
    reached = np.append(0.0, np.full(m, _NEVER))
    for i in range(n + 1):
        here = slice(plan.row[i], plan.row[i + 1])
        first, last = plan.cell[here.start], plan.cell[here.stop]
        if last > first:
            start_s, start_t = (begins[first:last] for begins in plan.start)
            arriving = nodes[start_s, start_t] + potential[first:last]
            there = plan.column[here]
            joint = np.logaddexp.reduceat(arriving, plan.cell[here] - first)
            reached[there] = np.logaddexp(reached[there], joint)
        nodes[i] = np.logaddexp.accumulate(reached - skips) + skips
        reached = reached + skip
    return nodes


def best_path(where: Extents, worth: Floats) -> Ints:
    """The beads, ascending, of the monotone path through these beads that is worth most."""
    order = np.lexsort((where.first_t, where.first_s))
    w, worth = where[order], worth[order]
    best, back = np.zeros(len(order)), np.full(len(order), -1)
    for k in range(len(order)):
        earlier = np.where((w.last_s[:k] <= w.first_s[k]) & (w.last_t[:k] <= w.first_t[k]), best[:k], 0)
        if k and earlier.max() > 0:
            back[k] = earlier.argmax()
        best[k] = worth[k] + (best[back[k]] if back[k] >= 0 else 0)
    path, k = [], int(best.argmax()) if len(order) else -1
    while k >= 0:
        path.append(int(order[k]))
        k = int(back[k])
    return np.array(sorted(path), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class SearchBand:
    """Where a path may go, and the usual log of source length over target length on it.

    `low` and `high` (source units + 1,) are, for every edge of source units, the least and the greatest edge
    of target units that a path may pass.
    """

    low: Ints
    high: Ints
    length_ratio: float

    @classmethod
    def around(
        cls, where: Extents, probability: Floats, units: tuple[int, int], length_ratio: float = 0.0
    ) -> SearchBand:
        """The band around beads on one path; those that are STRONG hold it."""
        n, m = units
        held = where[np.flatnonzero(probability > STRONG)]
        source = np.sort(np.concatenate([[0, n], held.first_s, held.last_s]))
        target = np.sort(np.concatenate([[0, m], held.first_t, held.last_t]))
        edges = np.arange(n + 1)
        before = np.searchsorted(source, edges - _ROOM, side="right") - 1
        after = np.searchsorted(source, edges + _ROOM)
        low = np.where(before >= 0, target[np.maximum(before, 0)] - _ROOM, 0)
        high = np.where(after < len(source), target[np.minimum(after, len(source) - 1)] + _ROOM, m)
        return cls(np.maximum(low, 0), np.minimum(high, m), length_ratio)

    @classmethod
    def of(cls, space: CandidateSpace, free: Scored, selected: Ints, threshold: float) -> SearchBand:
        """The band around the best path through the selected beads, with their lengths."""
        held = selected[best_path(free.where[selected], free.scores[selected] - threshold)]
        ratio = space.length_ratio_of(free.candidates[selected])
        return cls.around(free.where[held], free.scores[held], space.units, ratio)

    def pairs(self, space: CandidateSpace) -> Bools:
        """Which pairs (source spans, target spans) begin and end in the band and are no oddity."""
        s, t = space.source.spans, space.target.spans
        within = [
            (self.low[ours][:, None] <= theirs) & (theirs <= self.high[ours][:, None])
            for ours, theirs in ((s.first, t.first), (s.last, t.last))
        ]
        sizes = np.add.outer(s.size, t.size) <= _LARGEST
        smaller = np.minimum.outer(s.size, t.size) <= _SMALLER
        lengths = np.log(space.source.lengths), np.log(space.target.lengths)
        uneven = np.abs(np.subtract.outer(*lengths) - self.length_ratio)
        near = within[0] & within[1] & sizes & smaller & (uneven < _UNEQUAL)
        return np.asarray(near & space.over_background(ARC_BACKGROUND))


def arcs(space: CandidateSpace, band: SearchBand, known: Candidates) -> Candidates:
    """The arcs of a path: the known candidates, and all pairs of spans in the band."""
    near = band.pairs(space)
    few = np.count_nonzero(near) <= MOST_ARCS
    near[known.source, known.target] = True
    return space.with_length_ratio(space.arcs(*np.nonzero(near)) if few else known.arcs, band.length_ratio)


def second_pass_arcs(space: CandidateSpace, band: SearchBand) -> Candidates:
    """The arcs of a path through a complete translation: all pairs of spans in the band."""
    return space.with_length_ratio(space.arcs(*np.nonzero(band.pairs(space))), space.total_length_ratio)


def monotone(found: Candidates, lattice: Lattice, potential: ArcPotential, penalty: float = 0.0) -> Scored:
    """Arcs with their posterior probabilities; a unit left out adds `penalty` to what it does anyhow."""
    logs, _ = lattice.posterior(potential(found.features), potential.skip + penalty)
    w, (n, m), scores = found.where, lattice.units, np.exp(logs)
    source, target = _sum_at(w.first_s, w.last_s, n, scores), _sum_at(w.first_t, w.last_t, m, scores)
    return Scored(found, scores, (1 - source, 1 - target))


def _sum_at(first: Ints, last: Ints, units: int, scores: Floats) -> Floats:
    """The sum of the scores of the ranges first to last-1 that have each unit (units,)."""
    change = np.zeros(units + 1)
    np.add.at(change, first, scores)
    np.add.at(change, last, -scores)
    return np.cumsum(change)[:-1]


# How far a path is to be trusted


def monotonicity(free: Scored, selected: Ints, threshold: float) -> float:
    """How far a path is to be trusted, 0 to 1: by how much of what is selected lies on one."""
    worth = ((free.scores - threshold) * free.candidates.share)[selected]
    on_path = worth[best_path(free.where[selected], worth)]
    share = on_path.sum() / worth.sum() if len(selected) else 0.0
    return float(np.clip((share - DISORDER) / (ORDER - DISORDER), 0, 1))


def coverage(path: Scored, units: tuple[int, int]) -> float:
    """The share of the units, 0 to 1, that a path is likely to have in beads."""
    return float(path.scores @ path.where.units) / sum(units)


def coverage_trust(path: Scored, units: tuple[int, int]) -> float:
    """How far a path is to be trusted, 0 to 1: by how much of both texts it has in beads."""
    return float(np.clip((coverage(path, units) - SPARSE) / (FULL - SPARSE), 0, 1))


def is_complete(path: Scored, space: CandidateSpace) -> bool:
    """Whether a path has most of both texts in beads, and between the likely ones nothing is left out.

    What is left out on both sides about alike may be beads that are hard to see; what one side has
    beyond that is missing on the other. As chance may hide a gap, UNSEEN units more count as missing than
    can be seen; so short texts never seem to be complete translations.
    """
    if coverage(path, space.units) <= COVERED:
        return False
    source, target = _left_out(path, space)
    unseen = UNSEEN / sum(space.units)
    missing = np.maximum(np.abs(source - target) - UNEVEN * (source + target) / 2, 0).sum() / 2
    return bool(missing + unseen < GAPS)


def skip_penalty(path: Scored, space: CandidateSpace) -> float:
    """What a unit left out costs more in a complete translation: the more its beads are hard to see."""
    hidden = float(np.minimum(*_left_out(path, space)).sum())
    return SKIP_PENALTY * max(LEAST, min(hidden / HIDDEN, 1.0))


def _left_out(path: Scored, space: CandidateSpace) -> tuple[Floats, Floats]:
    """What lies before, between and after the likely beads on a path, as shares of either text's length."""
    beads = path.where[np.flatnonzero(path.scores > STRONG)]

    def gaps(edges: Ints, first: Ints, last: Ints) -> Floats:
        gaps = np.append(edges[np.sort(first)], edges[-1]) - np.append(0, edges[np.sort(last)])
        return np.asarray(gaps / edges[-1])

    source = gaps(space.source.edges, beads.first_s, beads.last_s)
    return source, gaps(space.target.edges, beads.first_t, beads.last_t)
