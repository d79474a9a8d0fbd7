"""What speaks for a link between two words: declared once, for the first look and for the next ones.

All features are symmetric in source and target, so that swapping the texts mirrors the links.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from polyalign.encoders.pooling import unit_length
from polyalign.words.tokens import Words

NEIGHBOURS = 3  # nearest words that a word's cosines are measured against (CSLS, as in `lexical`)
FAR = 5  # words out of place from which it is all the same;
FAR_FROM_NEIGHBOURS = 8  # and from where the links of the neighbours would have it
DECAY = 1.5  # words: how far the links of neighbours are felt
_OFTEN = 64  # words that many texts have, for which tables are kept
_SURE = 1e-4  # no probability is nearer to 0 or 1

Table = NDArray[np.float32]


@dataclass(frozen=True)
class WordSimilarities:
    """The words of two texts and how similar they are, all (source words, target words)."""

    source: Words
    target: Words
    cosine: Table

    @classmethod
    def of(cls, source: Words, target: Words) -> WordSimilarities:
        """The cosines of all words."""
        return cls(source, target, unit_length(source.vectors) @ unit_length(target.vectors).T)

    def margin(self) -> Table:
        """The cosine over what is usual for both words."""
        return np.asarray(self.cosine - (_usual(self.cosine, 1) + _usual(self.cosine, 0)) / 2)

    def leads(self) -> tuple[Table, Table]:
        """The cosine over the best other one of either word: the greater lead, and the smaller."""
        return _ordered(self.cosine - _best_other(self.cosine, 1), self.cosine - _best_other(self.cosine, 0))

    def best(self) -> Table:
        """2 where both words are each other's nearest, 1 where one is the other's."""
        best = (self.cosine >= self.cosine.max(axis=axis, keepdims=True) for axis in (0, 1))
        return np.asarray(np.sum(list(best), axis=0), dtype=np.float32)

    def displacement(self) -> Table:
        """How many words a link is off the diagonal, at most FAR, of FAR."""
        rows, columns = ((np.arange(count) + 0.5) / max(count, 1) for count in self.cosine.shape)
        off = np.abs(rows[:, None] - columns) * max(self.cosine.shape)
        return np.asarray(np.minimum(off, FAR) / FAR, dtype=np.float32)

    def marks(self) -> Table:
        """Whether both are marks of punctuation."""
        return np.outer(self.source.marks, self.target.marks).astype(np.float32)

    def same_spelling(self) -> Table:
        """Whether both are spelt the same, digits of all scripts alike."""
        kinds: dict[str, int] = {}
        ours, theirs = (
            np.array([kinds.setdefault(word, len(kinds)) for word in own.spellings])
            for own in (self.source, self.target)
        )
        return np.asarray(ours[:, None] == theirs, dtype=np.float32)

    def weight(self) -> Table:
        """The log of what both words add to their texts: little words add little."""
        ours, theirs = (np.log(own.lengths + 1e-3) for own in (self.source, self.target))
        return np.asarray(ours[:, None] + theirs, dtype=np.float32)


def first_look(look: WordSimilarities) -> Mapping[str, Table]:
    """The features of all links by themselves."""
    lead, least_lead = look.leads()
    return {
        "cosine": look.cosine,
        "margin": look.margin(),
        "lead": lead,
        "least_lead": least_lead,
        "best": look.best(),
        "displacement": look.displacement(),
        "both_marks": look.marks(),
        "same_spelling": look.same_spelling(),
        "weight": look.weight(),
    }


def next_look(known: Table) -> Mapping[str, Table]:
    """The features of all links in the company of the others, whose probabilities are known."""
    padded = np.zeros(np.add(known.shape, 2), dtype=known.dtype)
    padded[1:-1, 1:-1] = known
    rest, least_rest = _ordered(*(np.minimum(known.sum(axis=k, keepdims=True) - known, 2) for k in (0, 1)))
    sure = np.clip(known, _SURE, 1 - _SURE)
    return {
        "known": np.log(sure) - np.log1p(-sure),
        "before": padded[:-2, :-2],
        "after": padded[2:, 2:],
        "across": padded[:-2, 2:] + padded[2:, :-2],
        "beside": padded[1:-1, :-2] + padded[1:-1, 2:] + padded[:-2, 1:-1] + padded[2:, 1:-1],
        "rest": rest,
        "least_rest": least_rest,
        "out_of_place": _out_of_place(known) + _out_of_place(known.T).T,
    }


def _out_of_place(known: Table) -> Table:
    """How far each link is from where those of the words around its row would have it, 0 to 1."""
    count, places = known.shape
    felt = (_kept if count <= _OFTEN else _near)(count) @ known
    amount = felt.sum(axis=1)
    middle = felt @ np.arange(places) / np.maximum(amount, 1e-9)
    off = np.minimum(np.abs(np.arange(places) - middle[:, None]), FAR_FROM_NEIGHBOURS)
    return np.asarray(off / FAR_FROM_NEIGHBOURS * np.minimum(amount, 1)[:, None], dtype=np.float32)


def _near(count: int) -> NDArray[np.float64]:
    """How far each of so many words feels the links of each other one."""
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    return np.where(apart > 0, np.exp(-apart / DECAY), 0)


_kept = lru_cache(maxsize=_OFTEN)(_near)


def _usual(cosine: Table, axis: int) -> Table:
    """The mean of the nearest along an axis."""
    few = min(NEIGHBOURS, cosine.shape[axis])
    nearest = np.partition(cosine, -few, axis=axis)
    return np.asarray(np.take(nearest, range(-few, 0), axis=axis).mean(axis=axis, keepdims=True))


def _best_other(table: Table, axis: int) -> Table:
    """The best of the others along an axis, 0 where there is no other."""
    if table.shape[axis] < 2:
        return np.zeros_like(table)
    top = np.partition(table, -2, axis=axis)
    best, second = (np.take(top, [k], axis=axis) for k in (-1, -2))
    return np.where(table >= best, second, best)


def _ordered(one: Table, other: Table) -> tuple[Table, Table]:
    return np.maximum(one, other), np.minimum(one, other)
