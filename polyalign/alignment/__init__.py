"""Vectors and lengths of two texts to scored beads; knows no files, models or languages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polyalign.alignment.choice import chosen
from polyalign.alignment.context import Extents, extents, in_context, order_of
from polyalign.alignment.grid import FEATURES, Candidates, Floats, Half, candidates
from polyalign.alignment.model import Model, load_model
from polyalign.alignment.spans import Ints, Spans, spans_of

__all__ = ["Alignment", "Half", "Link", "Spans", "align", "spans_of"]

EARLY_THRESHOLD = 0.3  # of the first choice, which only the context of the second opinion rests on
HOPELESS = 0.005  # candidates whose first probability is below this are dropped,
NEAR_NOISE = 0.4  # or whose cosine lies so near noise (0; 1 is signal): 1 gold bead in 100


@dataclass(frozen=True, slots=True)
class Link:
    """A stretch of source units and a stretch of target units that say the same thing."""

    source: tuple[int, int]
    target: tuple[int, int]
    score: float
    evidence: dict[str, float]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Links that share no unit, by source order, and the order of the texts (Kendall's tau)."""

    links: tuple[Link, ...]
    order: float


def align(
    source: Half,
    target: Half,
    *,
    order: float | None = None,
    calibrated: bool = True,
) -> Alignment:
    """The links whose scores add up to most over the model's threshold, each unit in at most one.

    `order` in -1..1 says how far to trust the order of the texts; None measures it. Cosines that
    are not `calibrated` are first brought to the scale that the weights were fitted on.
    """
    judge = load_model(clausal=source.clausal or target.clausal)
    found, early = promising(candidates(source, target, calibrated=calibrated), judge)
    if not len(found):
        return Alignment((), 0.0)
    where = extents(found, source.spans, target.spans)
    weight = weights(found, source, target)
    first = choose(where, early, weight, EARLY_THRESHOLD)
    measured = order_of(where[first])
    trust = measured if order is None else order
    around = in_context(where, early, first, (source.spans.units, target.spans.units), trust)
    scores = judge.second(np.concatenate([found.features, around], axis=1))
    best = choose(where, scores, weight, judge.threshold)
    best = best[np.lexsort((where.first_t[best], where.first_s[best]))]
    return Alignment(tuple(_link(k, where, scores, found) for k in best.tolist()), measured)


def promising(found: Candidates, judge: Model) -> tuple[Candidates, Floats]:
    """The candidates that are not hopeless, with their probabilities judged each by itself."""
    early = judge.first(found.features)
    over_noise = found.features[:, FEATURES.index("signal")] > NEAR_NOISE
    keep = np.flatnonzero((early > HOPELESS) & over_noise)
    return found[keep], early[keep]


def weights(found: Candidates, source: Half, target: Half) -> Floats:
    """How much of their sentences the two spans cover, 0 to 1: a clause counts less than a sentence."""
    shares = [half.shares[rows] for half, rows in ((source, found.source), (target, found.target))]
    return np.asarray(np.mean(shares, axis=0))


def choose(where: Extents, scores: Floats, weight: Floats, threshold: float) -> Ints:
    """The candidates, ascending, that share no unit and are worth most over the threshold."""
    worth = (scores - threshold) * weight
    offset = int(where.last_s.max(initial=0))
    members = [
        np.concatenate([np.arange(*s), offset + np.arange(*t)]) if good else _NOTHING
        for s, t, good in zip(
            zip(where.first_s, where.last_s, strict=True),
            zip(where.first_t, where.last_t, strict=True),
            worth > 0,
            strict=True,
        )
    ]
    return chosen(worth, members)


_NOTHING = np.zeros(0, dtype=np.int64)


def _link(k: int, where: Extents, scores: Floats, found: Candidates) -> Link:
    return Link(
        (int(where.first_s[k]), int(where.last_s[k])),
        (int(where.first_t[k]), int(where.last_t[k])),
        round(float(scores[k]), 4),
        found.evidence(k),
    )
