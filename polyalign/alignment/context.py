"""What the other candidates say about each one: rivals for its segments, neighbours, and the order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.grid import Candidates
from polyalign.alignment.spans import Floats, Ints, Spans

CONTEXT_FEATURES = (
    "odds",
    "over_variant",
    "over_rival",
    "under_variant",
    "under_rival",
    "chosen",
    "before",
    "after",
    "nearby",
    "nearby_in_order",
    "order",
    "order_in_order",
)
_NONE = -5.0  # log odds of a conflict where there is none
_FAINT = 0.02  # candidates less probable than this are nobody's rival
_ROWS = 256


@dataclass(frozen=True, slots=True)
class Extents:
    """Where each candidate lies, in units: source first/last and target first/last."""

    first_s: Ints
    last_s: Ints
    first_t: Ints
    last_t: Ints

    def __getitem__(self, rows: Ints) -> Extents:
        return Extents(self.first_s[rows], self.last_s[rows], self.first_t[rows], self.last_t[rows])

    @property
    def units(self) -> Ints:
        """How many units each candidate has, on both sides together."""
        return self.last_s - self.first_s + self.last_t - self.first_t


def extents(found: Candidates, source: Spans, target: Spans) -> Extents:
    """The extents of all candidates."""
    return Extents(
        source.first[found.source],
        source.last[found.source],
        target.first[found.target],
        target.last[found.target],
    )


def order_of(where: Extents) -> float:
    """Kendall's tau of a set of beads, -1 to 1: 1 means that none crosses another; 0 for fewer than two."""
    middle_s, middle_t = where.first_s + where.last_s, where.first_t + where.last_t
    upper = np.triu_indices(len(middle_s), 1)
    if not len(upper[0]):
        return 0.0
    return float(
        np.mean(
            (np.sign(np.subtract.outer(middle_s, middle_s)) * np.sign(np.subtract.outer(middle_t, middle_t)))[
                upper
            ]
        )
    )


def in_context(
    where: Extents, probability: Floats, selected: Ints, units: tuple[int, int], order: float
) -> Floats:
    """Features (candidates, len(CONTEXT_FEATURES)) from the first probabilities and the first choice.

    `order` in -1..1 says how far the order of the two texts is to be trusted.
    """
    odds = log_odds(probability)
    variant, rival = _conflicts(where, probability, odds)
    before, after = _adjacent(where, probability, units)
    nearby, agreement = _surroundings(where, probability, selected)
    picked = np.zeros(len(odds))
    picked[selected] = 1
    columns = [
        odds,
        odds - variant,
        odds - rival,
        np.minimum(odds - variant, 0),
        np.minimum(odds - rival, 0),
        picked,
        before,
        after,
        nearby,
        nearby * order,
        agreement,
        agreement * order,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def log_odds(probability: Floats) -> Floats:
    """log(p / (1 - p)), p kept away from 0 and 1."""
    p = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)))


def _conflicts(where: Extents, probability: Floats, odds: Floats) -> tuple[Floats, Floats]:
    """The best log odds among the variants (overlap on both sides) and rivals (on one side) of each."""
    strong = np.flatnonzero(probability > _FAINT)
    ranked = strong[np.argsort(-odds[strong], kind="stable")]
    rank = np.full(len(odds), -1)
    rank[ranked] = np.arange(len(ranked))
    there, best = where[ranked], odds[ranked]
    variant, rival = np.full((2, len(odds)), _NONE)
    for start in range(0, len(odds) if len(ranked) else 0, _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(odds)))
        here = where[rows]
        on_source = (here.first_s[:, None] < there.last_s) & (there.first_s < here.last_s[:, None])
        on_target = (here.first_t[:, None] < there.last_t) & (there.first_t < here.last_t[:, None])
        rival[rows] = _first(on_source ^ on_target, best)
        on_source &= on_target
        own = np.flatnonzero(rank[rows] >= 0)
        on_source[own, rank[rows[own]]] = False
        variant[rows] = _first(on_source, best)
    return variant, rival


def _first(mask: NDArray[np.bool_], odds: Floats) -> Floats:
    """The log odds of the first column that each row has."""
    at = mask.argmax(axis=1)
    return np.where(mask[np.arange(len(mask)), at], odds[at], _NONE)


def _adjacent(where: Extents, probability: Floats, units: tuple[int, int]) -> tuple[Floats, Floats]:
    """The best probability of a candidate that ends where this one begins, and the other way round."""
    ends, begins = np.zeros((2, units[0] + 1, units[1] + 1))
    np.maximum.at(ends, (where.last_s, where.last_t), probability)
    np.maximum.at(begins, (where.first_s, where.first_t), probability)
    ends[0, 0] = begins[units] = 0.5  # the edges of the texts belong together, a little
    return ends[where.first_s, where.first_t], begins[where.last_s, where.last_t]


def _surroundings(where: Extents, probability: Floats, selected: Ints) -> tuple[Floats, Floats]:
    """Support of the chosen beads nearby, and how far their order agrees with each candidate (-1 to 1)."""
    nearby, agreement, weight = np.zeros((3, len(probability)))
    for k in selected.tolist():
        gap_s, side_s = _gap(where.first_s, where.last_s, int(where.first_s[k]), int(where.last_s[k]))
        gap_t, side_t = _gap(where.first_t, where.last_t, int(where.first_t[k]), int(where.last_t[k]))
        apart = probability[k] * ((side_s != 0) & (side_t != 0))
        nearby += apart * (side_s == side_t) * np.exp(-(gap_s + gap_t) / 2)
        near = apart * (np.exp(-gap_s / 6) + np.exp(-gap_t / 6)) / 2
        agreement += near * side_s * side_t
        weight += near
    return nearby, np.where(weight > 0.3, agreement / np.maximum(weight, 0.3), 0)


def _gap(first: Ints, last: Ints, start: int, end: int) -> tuple[Ints, Ints]:
    """How many units lie between each range and start..end, and on which side it is (0: they overlap)."""
    side = np.where(first >= end, 1, np.where(last <= start, -1, 0))
    return np.maximum(np.maximum(first - end, start - last), 0), side
