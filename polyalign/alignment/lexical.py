"""What the words of two texts say: how similar they are, which numbers and names both have.

Three kinds of evidence: words matched by their vectors, across languages; words that a translation shares
with the other text; numbers and names, which two languages write alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.encoded import EncodedSide
from polyalign.alignment.spans import Bools, Floats, Ints, Spans
from polyalign.folding import comparable
from polyalign.protocols import UnitWords
from polyalign.spelling import heard, names, numbers, sounds_of
from polyalign.threads import in_parallel

NEIGHBOURS = 5  # units whose nearest words are what a word's similarity is measured against
STEM = 5  # letters of a word that are compared
_BLOCK = 512  # words that are compared at a time
_CELLS = 8_000_000  # of the tables that are held at a time
_WORD = re.compile(r"[^\W_]+")

Counts = NDArray[np.float32]
Positions = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class LexicalSimilarity:
    """How well the words of the source are matched by the target's (`forward`), and the reverse (`backward`).

    Both (source spans, target spans); `units_forward` and `units_backward` are the same for single units.
    """

    forward: Floats
    backward: Floats
    units_forward: Floats
    units_backward: Floats

    @cached_property
    def spans(self) -> Floats:
        """The mean of both directions."""
        return (self.forward + self.backward) / 2

    @property
    def low(self) -> Floats:
        """The lower direction of spans."""
        return np.minimum(self.forward, self.backward)

    @cached_property
    def units(self) -> Floats:
        """The mean of both directions, of single units."""
        return (self.units_forward + self.units_backward) / 2

    def scaled(self, stretch: float, start: float, end: float) -> LexicalSimilarity:
        """The same `stretch` times as far apart, so that `start` becomes `end`."""
        tables = (self.forward, self.backward, self.units_forward, self.units_backward)
        return LexicalSimilarity(*(np.asarray(end + (x - start) * stretch, dtype=np.float32) for x in tables))


@dataclass(frozen=True)
class WordMatches:
    """How near each word is to its nearest one in each unit of the other side, over what is usual for both.

    That margin is CSLS (Conneau et al. 2018, "Word translation without parallel data"): words of one topic
    are near to everything. `forward` (target units, source words) holds it for the words of the source,
    `backward` (source units, target words) for those of the target.
    """

    source: _WeightedWords
    target: _WeightedWords
    forward: Floats
    backward: Floats

    def similarity(self, source: Spans, target: Spans) -> LexicalSimilarity:
        """That of spans: their words' on average, rare ones for more (as BERTScore, Zhang et al. 2020).

        Where a sentence says much besides, its vector hides what it shares with another; its words do not.
        """
        ours, theirs = (source.first, source.last), (target.first, target.last)
        units = [(np.arange(side.units), np.arange(1, side.units + 1)) for side in (self.source, self.target)]
        return LexicalSimilarity(
            self.source.mean(_best_inside(self.forward, *theirs), *ours),
            self.target.mean(_best_inside(self.backward, *ours), *theirs).T,
            self.source.mean(self.forward, *units[0]),
            self.target.mean(self.backward, *units[1]).T,
        )


def match_words(source: UnitWords, target: UnitWords, source_units: int, target_units: int) -> WordMatches:
    """The matches of the words of two texts, which have some, in so many units."""
    ours, theirs = _WeightedWords(source, source_units), _WeightedWords(target, target_units)
    cosine = _cosines(source.vectors, target.vectors)
    nothing = np.zeros(len(source.texts), np.float32), np.zeros(len(target.texts), np.float32)
    forward, backward = _nearest(cosine, ours, theirs, *nothing)
    forward, backward = _nearest(cosine, ours, theirs, _usual(forward) / 2, _usual(backward) / 2)
    least = min(forward.min(), backward.min())
    return WordMatches(ours, theirs, theirs.in_all_units(forward, least), ours.in_all_units(backward, least))


def _cosines(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> Floats:
    """All cosines of unit vectors (len(ours), len(theirs)), in blocks that do not depend on the cores."""
    cosines = np.empty((len(ours), len(theirs)), dtype=np.float32)
    count = 2 * -(-len(ours) // (2 * _BLOCK))
    blocks = zip(np.array_split(ours, count), np.array_split(cosines, count), strict=True)
    in_parallel(lambda block: np.matmul(block[0], theirs.T, out=block[1]), blocks)
    return cosines


def _nearest(
    cosine: Floats, source: _WeightedWords, target: _WeightedWords, ours: Floats, theirs: Floats
) -> tuple[Floats, Floats]:
    """The cosine, less what is `ours` and `theirs`, of each word with the nearest in each unit that has some.

    (target units, source words) and (source units, target words); unit by unit, as whole tables leave the
    cache.
    """
    forward = np.empty((len(target.rows), len(ours)), dtype=np.float32)
    backward = np.empty((len(source.rows), len(theirs)), dtype=np.float32)
    for k, rows in enumerate(source.rows):
        own = cosine[rows]
        backward[k] = (own - ours[rows, None]).max(axis=0)
        forward[:, rows] = np.maximum.reduceat(own - theirs, target.starts, axis=1).T
    return forward - ours, backward - theirs


def _usual(best: Floats) -> Floats:
    """The mean of a word's nearest words in the NEIGHBOURS nearest units (words,), given (units, words)."""
    few = min(NEIGHBOURS, len(best))
    return np.asarray(np.partition(best, -few, axis=0)[-few:].mean(axis=0))


def _best_inside(best: Floats, first: Ints, last: Ints) -> Floats:
    """The best of each column (units, columns) in each range of units (ranges, columns)."""
    inside = np.empty((len(first), best.shape[1]), dtype=np.float32)
    size, run = last - first, best
    for step in range(1, int(size.max(initial=0)) + 1):
        these = np.flatnonzero(size == step)
        inside[these] = run[first[these]]
        run = np.maximum(run[:-1], best[step:])
    return inside


class _WeightedWords:
    """The words of a side by their units, each weighted by how few units have it."""

    def __init__(self, words: UnitWords, units: int) -> None:
        count = Counter(text for text, _ in set(zip(words.texts, words.units.tolist(), strict=True)))
        found_in = np.array([count[text] for text in words.texts])
        self.weight = np.log((units + 1) / found_in).astype(np.float32)
        self.units = units
        self.present, self.starts = np.unique(words.units, return_index=True)
        ends = [*self.starts[1:].tolist(), len(words.units)]
        self.rows = [slice(*edges) for edges in zip(self.starts.tolist(), ends, strict=True)]

    def in_all_units(self, best: Floats, least: float) -> Floats:
        """A table of the units that have words as one of all units; the others are similar to nothing."""
        table = np.full((self.units, best.shape[1]), least, dtype=np.float32)
        table[self.present] = best
        return table

    def mean(self, similarity: Floats, first: Ints, last: Ints) -> Floats:
        """The mean of similarities (n, words) over the words of each range of units (ranges, n)."""
        run, weight = np.zeros((self.units + 1, len(similarity))), np.zeros((self.units + 1, 1))
        for k, rows in zip(self.present, self.rows, strict=True):
            run[k + 1] = similarity[:, rows] @ self.weight[rows]
            weight[k + 1] = self.weight[rows].sum()
        run, weight = run.cumsum(axis=0), weight.cumsum(axis=0)
        total = weight[last] - weight[first]
        mean = (run[last] - run[first]) / np.maximum(total, 1e-6)
        return np.where(total > 0, mean, similarity.min()).astype(np.float32)


@dataclass(frozen=True, slots=True)
class SharedStems:
    """The words that a side shares with another: (spans, words) and (units, words), weighted by TF-IDF.

    A row is at most 1 long, as the words that the other side has nowhere are left out; so products with
    the other side's rows are cosines.
    """

    spans: Floats
    units: Floats


def shared_stems(one: EncodedSide, other: EncodedSide) -> tuple[SharedStems, SharedStems]:
    """The words of both sides, which are in one language, that stand in either, rare ones for more.

    Words are the same that begin with the same STEM letters.
    """
    ours, theirs = ([Counter(stems(unit)) for unit in side.units] for side in (one, other))
    found = Counter(stem for unit in (*ours, *theirs) for stem in unit)
    units = len(ours) + len(theirs)
    weights = {stem: float(np.log(units / count)) for stem, count in sorted(found.items())}
    common = {s for unit in ours for s in unit} & {s for unit in theirs for s in unit}
    columns = np.flatnonzero([stem in common for stem in weights])
    return _weighted(one.spans, ours, weights, columns), _weighted(other.spans, theirs, weights, columns)


def stems(text: str) -> list[str]:
    """The beginnings of the words of a text."""
    return [word[:STEM] for word in _WORD.findall(comparable(text))]


def _weighted(
    spans: Spans, units: Sequence[Mapping[str, int]], weights: Mapping[str, float], columns: Ints
) -> SharedStems:
    place = {stem: k for k, stem in enumerate(weights)}
    run = np.zeros((len(units) + 1, len(place)))
    for row, unit in enumerate(units, 1):
        for stem, count in unit.items():
            run[row, place[stem]] = count * weights[stem]
    alone = run[1:].copy()
    run = np.cumsum(run, axis=0)

    def shared(rows: Floats) -> Floats:
        norms = np.linalg.norm(rows, axis=1, keepdims=True)  # over all words, also those that are not shared
        return np.asarray(rows[:, columns] / np.maximum(norms, 1e-9), dtype=np.float32)

    return SharedStems(shared(run[spans.last] - run[spans.first]), shared(alone))


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """Where terms that both languages write alike stand.

    `ours` and `theirs` hold the units in which each term stands; `weights` is higher for what is rarer.
    """

    ours: Positions
    theirs: Positions
    weights: Mapping[str, float]

    def compared(self, a: tuple[Ints, Ints], b: tuple[Ints, Ints]) -> tuple[Counts, Counts]:
        """For ranges a of our units and b of theirs: the weight of what both have, and of what one has."""
        terms = list(self.weights)
        shared, alone = np.zeros((2, len(a[0])), dtype=np.float32)
        step = max(1, _CELLS // max(len(a[0]), int(max(a[1].max(initial=0), b[1].max(initial=0))), 1))
        for start in range(0, len(terms), step):
            part = terms[start : start + step]
            here, there = _occurs(self.ours, part, *a), _occurs(self.theirs, part, *b)
            weights = np.array([self.weights[term] for term in part], dtype=np.float32)
            with np.errstate(invalid="ignore"):  # which OpenBLAS may claim of lanes that it does not use
                shared += (here & there) @ weights
                alone += (here ^ there) @ weights
        return shared, alone


def _occurs(positions: Positions, terms: Sequence[str], first: Ints, last: Ints) -> Bools:
    """Whether each term stands in each range of units (ranges, terms), by running counts over the units."""
    counts = np.zeros((int(last.max(initial=0)) + 1, len(terms)), dtype=np.int32)
    for column, term in enumerate(terms):
        rows = [row + 1 for row in positions.get(term, ()) if row + 1 < len(counts)]
        counts[rows, column] = 1
    counts = np.cumsum(counts, axis=0, dtype=np.int32)
    return np.asarray(counts[last] > counts[first])


def shared_numbers(ours: Sequence[str], theirs: Sequence[str]) -> SharedTerms:
    """The numbers of both sides, every one with weight 1."""
    here, there = (_positions([numbers(unit) for unit in units]) for units in (ours, theirs))
    return SharedTerms(here, there, dict.fromkeys(sorted({*here, *there}), 1.0))


def shared_names(ours: Sequence[str], theirs: Sequence[str]) -> SharedTerms:
    """The names of either side, and where the other side has a word that sounds the same.

    Only scripts with capitals show their names; what such a name is compared with may be in any
    script that spells sounds. Weights are 1 for a name in one unit, 0 for one in half of a side's units.
    """
    sides = [[heard(unit) for unit in units] for units in (ours, theirs)]
    spelled = all(any(side) for side in sides)  # not so in Chinese, which spells no sounds
    found = [sounds_of(unit) for units in (ours, theirs) for unit in names(units)] if spelled else ()
    named = frozenset().union(*found)
    here, there = (_positions([named & unit for unit in side]) for side in sides)

    def weight(name: str) -> float:
        counts = ((here, ours), (there, theirs))
        return 1 - 2 * max(len(place.get(name, ())) / max(len(units), 4) for place, units in counts)

    return SharedTerms(here, there, {name: w for name in sorted(named) if (w := weight(name)) > 0})


def _positions(units: Sequence[frozenset[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, unit in enumerate(units):
        for term in unit:
            found.setdefault(term, []).append(row)
    return found
