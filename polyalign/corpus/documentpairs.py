"""Which documents of two sides tell the same story: the nearest, judged by what they have in common."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from polyalign.corpus.duplicates import groups
from polyalign.corpus.evidence import SIGNALS, Floats, Indices, evidence, places
from polyalign.corpus.neighbours import NONE, Progress, nearest_both, silent

if TYPE_CHECKING:
    from polyalign.corpus.bags import Bag

CANDIDATES = 12  # nearest stories of each document, of both sides
WINDOW = 7  # days
THRESHOLD = 0.5

_DATED = 4  # times as many neighbours are looked at where dates then rule some out


@dataclass(frozen=True, slots=True)
class DocumentPair:
    """Two documents, how probable it is that they tell the same story, and what speaks for it.

    `reasons` are shares, 0 to 1: "sentences", of the side that has more of them with a counterpart;
    "numbers" and "names" in common, rare ones counting most; "dates", 1 for the same day, 1/2 for the
    next, and so on, where both have one.
    """

    source: int
    target: int
    score: float
    reasons: Mapping[str, float]


@dataclass(frozen=True)
class Judgement:
    """A logistic over the SIGNALS."""

    weights: NDArray[np.float64]
    bias: float

    def __call__(self, signals: Floats | NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities (n,) of rows (n, len(SIGNALS))."""
        worth = (signals * self.weights).sum(axis=1) + self.bias  # no matrix product: its bits vary
        return np.asarray(1 / (1 + np.exp(-np.clip(worth, -30, 30))))


def story_vectors(bag: Bag, among: Sequence[int] | Indices | None = None) -> Floats:
    """One unit vector a document (documents, dimensions): how its mean sentence differs from all the bag's.

    Of the documents `among` the bag's, in their order, where these are named. Documents without
    sentences have the vector 0.
    """
    documents = range(len(bag)) if among is None else among
    means = np.zeros((len(documents), bag.sentences.shape[1]), dtype=np.float32)
    for row, number in enumerate(documents):
        if len(vectors := bag.vectors(number)):
            means[row] = vectors.mean(axis=0, dtype=np.float64)
    told = means.any(axis=1)
    middle = means.sum(axis=0, dtype=np.float64) / (told.sum() + 1)  # an only document keeps a direction
    means[told] -= middle.astype(np.float32)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means / np.maximum(lengths, 1e-9), dtype=np.float32)


def paired(
    source: Bag,
    target: Bag,
    *,
    best: int = 1,
    threshold: float = THRESHOLD,
    window: int | None = WINDOW,
    progress: Progress | None = None,
) -> tuple[DocumentPair, ...]:
    """The pairs of documents that tell the same story, ascending.

    A pair is among the `best` of its source and among the `best` of its target, and its score is at
    least `threshold` (0..1); scores are calibrated for the best of both. Of near duplicates only the one
    that stands for them takes part (see `duplicates.groups`). Documents whose days are both known and lie
    more than `window` days apart are no pair; None lets any days pass. `progress` gets (done, total)
    documents, each looked at more than once.
    """
    pairs = candidates(source, target, window=window)
    found = evidence(source, target, pairs, progress=progress or silent)
    scores = judgement()(found.signals)
    kept = (scores >= threshold) & (_rank(pairs, scores, target.keys) < best)
    kept &= _rank(pairs[:, ::-1], scores, source.keys) < best
    apart, made = _apart(source, target, pairs), []
    shares = {"sentences": found.sentences, "numbers": found.numbers, "names": found.names}
    for k in np.flatnonzero(kept).tolist():
        reasons = {name: round(float(values[k]), 3) for name, values in shares.items()}
        if not math.isnan(apart[k]):
            reasons["dates"] = round(1 / (1 + float(apart[k])), 3)
        made.append(DocumentPair(int(pairs[k, 0]), int(pairs[k, 1]), round(float(scores[k]), 4), reasons))
    return tuple(made)


def candidates(source: Bag, target: Bag, *, window: int | None = WINDOW) -> Indices:
    """The pairs (n, 2) of documents that are worth a closer look, ascending: the nearest of each.

    Of near duplicates only the one that stands for them is among them.
    """
    ours, theirs = _standing(source), _standing(target)
    if not len(ours) or not len(theirs):
        return np.zeros((0, 2), dtype=np.int64)
    dated = window is not None and any(source.dates) and any(target.dates)
    vectors = story_vectors(source, ours), story_vectors(target, theirs)
    there, back = nearest_both(*vectors, k=CANDIDATES * (_DATED if dated else 1))
    found = [_nearest(there[1]), _nearest(back[1])[:, ::-1]]
    pairs = [np.stack([ours[rows[:, 0]], theirs[rows[:, 1]]], axis=1) for rows in found]
    if window is not None:
        pairs = [rows[~(_apart(source, target, rows) > window)] for rows in pairs]
    first = [rows[places(rows[:, column]) < CANDIDATES] for column, rows in enumerate(pairs)]
    return np.asarray(np.unique(np.concatenate(first), axis=0))


@cache
def judgement() -> Judgement:
    """The weights that come with the package (see models/corpus/fit_pairing.py)."""
    text = resources.files("polyalign.corpus").joinpath("weights.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return Judgement(np.array([data["weights"][name] for name in SIGNALS]), float(data["bias"]))


def _standing(bag: Bag) -> Indices:
    """The documents with sentences that stand for their group."""
    leaders = np.array([group[0] for group in groups(bag)], dtype=np.int64)
    return leaders[np.diff(bag.starts)[leaders] > 0]


def _nearest(indices: Indices) -> Indices:
    """Pairs (n, 2) of a row and what is near to it, the nearest first, out of the answer of a search."""
    rows, places = np.nonzero(indices != NONE)
    return np.stack([rows, indices[rows, places]], axis=1)


def _rank(pairs: Indices, scores: NDArray[np.float64], keys: Sequence[str]) -> Indices:
    """How many better pairs the first document of each pair has; of equals the one with the lower key is."""
    names = np.empty(len(keys), dtype=np.int64)
    names[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    order = np.lexsort((names[pairs[:, 1]], -scores, pairs[:, 0]))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = places(pairs[order, 0])
    return ranks


def _apart(source: Bag, target: Bag, pairs: Indices) -> Floats:
    """The days between the documents of each pair (n,); NaN where one has no date."""
    days = [
        [date.fromisoformat(day).toordinal() if day else math.nan for day in bag.dates]
        for bag in (source, target)
    ]
    ours, theirs = (np.array(side, dtype=np.float32) for side in days)
    return np.asarray(np.abs(ours[pairs[:, 0]] - theirs[pairs[:, 1]]))
