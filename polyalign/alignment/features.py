"""Which pairs of spans may be beads, and what speaks for each pair.

Every feature is declared once, in the tables below; names, evidence and the order of columns follow from
them. All features are symmetric in source and target, so that swapping the sides mirrors the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from polyalign.alignment.encoded import EncodedSide
from polyalign.alignment.lexical import SharedTerms, shared_names, shared_numbers
from polyalign.alignment.similarity import Similarity
from polyalign.alignment.spans import Bools, Extents, Floats, Ints, Spans

CANDIDATES_PER_SIZE = 2  # of each size on the other side, for every span
SLACK = 0.2  # how far under the best similarity of either of its spans a candidate may lie
FLOOR = 0.15  # the least similarity of a candidate
NEAR_BACKGROUND = 0.4  # of the way from background (0) to mutual (1): 1 gold bead in 100 lies below
FEW = 50  # characters that have the usual ratio, beside those of beads
DOUBT = 0.2  # a unit's support says no more than this for or against a bead, on average
_ABSENT = -0.5  # support of what is not there, or excluded

Pair = TypeVar("Pair")
_Measure = Callable[["Directional", Ints, Ints], Floats]


@dataclass(frozen=True)
class Directional:
    """One side's view: the similarity of all spans and of all units, its own in rows.

    Methods take pairs of its spans a and the other side's spans b, (n,) each, and give (n,).
    """

    spans: Floats
    units: Floats
    own: EncodedSide
    other: EncodedSide

    def best(self, a: Ints, _b: Ints) -> Floats:
        """The similarity of the span with the best of the other side."""
        return self._best[a]

    def rival(self, a: Ints, b: Ints) -> Floats:
        """The same, with the best that does not overlap the pair's."""
        return self._rivals(a, self.other.spans.first[b], self.other.spans.last[b])

    def smaller(self, a: Ints, b: Ints) -> Floats:
        """The better similarity of the span less its first or its last element, or -2."""
        return self._related(self.own.spans.inner[a], b, -2)

    def larger(self, a: Ints, b: Ints) -> Floats:
        """The better similarity of the span with one element more, or -1."""
        return self._related(self.own.spans.outer[a], b, -1)

    def least_support(self, a: Ints, b: Ints) -> Floats:
        """How much better the worst unit of the span fits into the other than elsewhere."""
        spans = self.own.spans
        return _reduced(np.minimum, self.support, b, spans.first[a], spans.last[a], -1)

    def mean_support(self, a: Ints, b: Ints) -> Floats:
        """The same on average over the span's length, each within DOUBT."""
        return np.asarray(self._difference(self._doubts, a, b) / self.own.lengths[a])

    def neighbour_support(self, a: Ints, b: Ints) -> Floats:
        """The same of the best unit next to the span."""
        spans, support = self.own.spans, self.support
        first, last = spans.first[a], spans.last[a]
        before = _reduced(np.maximum, support, b, spans.before[a], first, _ABSENT)
        return np.maximum(before, _reduced(np.maximum, support, b, last, spans.after[a], _ABSENT))

    def off_length(self, a: Ints, b: Ints) -> Floats:
        """Log of the length of the span's units that fit better elsewhere."""
        return np.asarray(np.log1p(self._difference(self._elsewhere, a, b) / 20))

    def _related(self, spans: Ints, b: Ints, missing: float) -> Floats:
        """The better similarity of two related spans (pairs, 2) with b; `missing` where there is none."""
        return np.asarray(
            np.where(spans >= 0, self.spans[spans, b[:, None]], missing).max(axis=1, initial=missing)
        )

    def _difference(self, running: Floats, a: Ints, b: Ints) -> Floats:
        return np.asarray(running[self.own.spans.last[a], b] - running[self.own.spans.first[a], b])

    @cached_property
    def support(self) -> Floats:
        """How much better each unit fits into each span of the other side than elsewhere (units, spans)."""
        row = np.arange(len(self.units))[:, None]
        first, last = self.other.spans.first, self.other.spans.last
        inside = _reduced(np.maximum, self.units.T, row, first, last, -1)
        support = np.full(inside.shape, _ABSENT, dtype=np.float32)
        here = self.own.alignable
        support[here] = (inside - _BestOutside.of(self.units, self.units)(row, first, last))[here]
        return support

    @cached_property
    def _best(self) -> Floats:
        return np.asarray(self.spans.max(axis=1))

    @cached_property
    def _rivals(self) -> _BestOutside:
        other = self.other.spans
        ending = _best_by_unit(self.spans, other.last - 1, other.units)
        return _BestOutside.of(ending, _best_by_unit(self.spans, other.first, other.units))

    @cached_property
    def _doubts(self) -> Floats:
        return self._running(np.clip(self.support, -DOUBT, DOUBT))

    @cached_property
    def _elsewhere(self) -> Floats:
        return self._running(self.support < 0)

    def _running(self, table: NDArray[Any]) -> Floats:
        """Running sums (units + 1, columns) of the units' rows, each counted as often as it is long."""
        zero = np.zeros((1, table.shape[1]))
        return np.concatenate([zero, np.cumsum(table * np.diff(self.own.edges)[:, None], axis=0)])


def _best_by_unit(similarity: Floats, unit: Ints, units: int) -> Floats:
    """The best similarity of each row with the columns of each unit (rows, units), -1 where none.

    Whole rows of the table turned over are compared, the first of all units, then the second: a reduction
    over columns is several times as slow.
    """
    best = np.full((units, len(similarity)), -1, dtype=np.float32)
    order = np.argsort(unit, kind="stable")
    present, starts, counts = np.unique(unit[order], return_index=True, return_counts=True)
    for k in range(int(counts.max(initial=0))):
        more = np.flatnonzero(counts > k)
        column = order[starts[more] + k]
        best[present[more]] = np.maximum(best[present[more]], similarity.T[column])
    return best.T


@dataclass(frozen=True, slots=True)
class _BestOutside:
    """A look-up: the best in a row of what ends before `first` or starts from `last` on."""

    before: Floats
    after: Floats

    @classmethod
    def of(cls, ending: Floats, starting: Floats) -> _BestOutside:
        worst = np.full((len(ending), 1), -1, dtype=np.float32)
        before = np.concatenate([worst, np.maximum.accumulate(ending, axis=1)], axis=1)
        after = np.concatenate([np.maximum.accumulate(starting[:, ::-1], axis=1)[:, ::-1], worst], axis=1)
        return cls(before, after)

    def __call__(self, row: Ints, first: Ints, last: Ints) -> Floats:
        return np.asarray(np.maximum(self.before[row, first], self.after[row, last]))


def _reduced(ufunc: np.ufunc, table: Floats, column: Ints, first: Ints, last: Ints, nothing: float) -> Floats:
    """ufunc over table[first:last, column], element by element; `nothing` where first is last."""
    end = np.maximum(last - 1, 0)
    result = table[np.minimum(first, end), column]
    for step in range(1, int((last - first).max(initial=1))):
        result = ufunc(result, table[np.minimum(first + step, end), column])
    return np.asarray(np.where(last > first, result, nothing))


@dataclass(frozen=True, slots=True)
class _View:
    """One kind of similarity of pairs of source spans a and target spans b, seen from both sides."""

    ways: tuple[Directional, Directional]
    a: Ints
    b: Ints

    @property
    def value(self) -> Floats:
        return self.ways[0].spans[self.a, self.b]

    def both(self, measure: _Measure) -> tuple[Floats, Floats]:
        """A measure from either side."""
        forward, backward = self.ways
        return measure(forward, self.a, self.b), measure(backward, self.b, self.a)

    def low(self, measure: _Measure) -> Floats:
        return np.minimum(*self.both(measure))

    def high(self, measure: _Measure) -> Floats:
        return np.maximum(*self.both(measure))

    def over_low(self, measure: _Measure) -> Floats:
        return self.value - self.low(measure)

    def over_high(self, measure: _Measure) -> Floats:
        return self.value - self.high(measure)

    @property
    def gain(self) -> Floats:
        """How much is gained over the pair with less on one side, 0 where there is no less."""
        return np.where(self.high(Directional.smaller) < -1, 0, self.over_high(Directional.smaller))

    @property
    def add_one_gain(self) -> Floats:
        """How much would be gained with more on one side."""
        return np.maximum(self.high(Directional.larger) - self.value, -0.5)


class _Pairs:
    """Pairs of source spans a and target spans b, and what their features are made of."""

    def __init__(self, space: CandidateSpace, a: Ints, b: Ints) -> None:
        s, t, similarity = space.source, space.target, space.similarity
        self.space, self.a, self.b, self.levels = space, a, b, similarity.levels
        self.all = _View(space.by_similarity, a, b)
        self.size, self.size_t = s.spans.size[a], t.spans.size[b]
        self.length, self.length_t = s.lengths[a], t.lengths[b]
        self.ranges = (s.spans.first[a], s.spans.last[a]), (t.spans.first[b], t.spans.last[b])
        self.partial = s.spans.partial[a].astype(int) + t.spans.partial[b]

    def over_background(self, spread: float) -> Floats:
        return (self.all.value - self.levels.background) / (spread + 1e-6)

    @cached_property
    def words(self) -> _View:
        return _View(self.space.by_words, self.a, self.b)

    @property
    def parts(self) -> _View:
        return _View(self.space.by_parts, self.a, self.b)

    @cached_property
    def numbers(self) -> tuple[Floats, Floats]:
        return self.space.numbers.compared(*self.ranges)

    @cached_property
    def names(self) -> tuple[Floats, Floats]:
        return self.space.names.compared(*self.ranges)


@dataclass(frozen=True)
class Feature(Generic[Pair]):
    """A column: its name, what it says, how it is computed, and its place in what people are shown."""

    name: str
    about: str
    formula: Callable[[Pair], Floats | Ints]
    shown: int | None = None


_D, _F = Directional, Feature["_Pairs"]
# Of measures from both sides, the lower and the higher are features: none depends on which is the source.
ARC_FEATURES: tuple[Feature[_Pairs], ...] = (
    _F("cosine", "Cosine of the spans.", lambda p: p.space.similarity.cosine[p.a, p.b], 0),
    _F("relative", "Similarity: 0 background, 1 mutual.", lambda p: p.over_background(p.levels.range)),
    _F("z", "Similarity over background, in spreads.", lambda p: p.over_background(p.levels.spread)),
    _F("margin_low", "Lead over the best span apart, worse side.", lambda p: p.all.over_high(_D.rival), 2),
    _F("margin_high", "Lead over the best span apart, better side.", lambda p: p.all.over_low(_D.rival)),
    _F("gain", "Leave one out: what the weakest element adds.", lambda p: p.all.gain, 3),
    _F("add_one_gain", "Add one: what one more element would add.", lambda p: p.all.add_one_gain),
    _F("gap_low", "Gap to the best span of all, worse side.", lambda p: p.all.over_high(_D.best)),
    _F("gap_high", "Gap to the best span of all, better side.", lambda p: p.all.over_low(_D.best)),
    _F("support", "How much better the worst unit fits here.", lambda p: p.all.low(_D.least_support), 4),
    _F("mean_support_low", "The mean of all units, worse side.", lambda p: p.all.low(_D.mean_support)),
    _F("mean_support", "The same, of both sides.", lambda p: np.add(*p.all.both(_D.mean_support))),
    _F("neighbour_support", "The best unit beside it.", lambda p: p.all.high(_D.neighbour_support)),
    _F("off_length", "Log of the length that fits better elsewhere.", lambda p: p.all.high(_D.off_length)),
    _F("length_ratio", "Log length ratio off the usual.", lambda p: p.space.uneven(p.a, p.b), 5),
    _F("length", "Log of both lengths.", lambda p: np.log(p.length) + np.log(p.length_t)),
    _F("numbers_shared", "Numbers on both sides, 3 at most.", lambda p: np.minimum(p.numbers[0], 3), 6),
    _F("numbers_alone", "Numbers on one side only.", lambda p: np.minimum(p.numbers[1], 3), 7),
    _F("names_shared", "Names on both sides, rare ones for more.", lambda p: np.minimum(p.names[0], 3), 8),
    _F("names_alone", "Names on one side only.", lambda p: np.minimum(p.names[1], 3)),
    _F("size", "Sentences on both sides.", lambda p: p.size + p.size_t),
    _F("smaller_size", "Sentences on the side with fewer.", lambda p: np.minimum(p.size, p.size_t)),
    _F("partial", "How many sides are less than a sentence.", lambda p: p.partial),
)
LEXICAL_FEATURES: tuple[Feature[_Pairs], ...] = (
    _F("words", "Lexical similarity.", lambda p: p.words.value, 1),
    _F("words_low", "That of the lower direction.", lambda p: p.space.similarity.lexical.low[p.a, p.b]),
    _F("words_margin", "Its lead, lower side.", lambda p: p.words.over_high(_D.rival)),
    _F("words_gain", "What the weakest element adds to it.", lambda p: p.words.gain),
    _F("words_add_one_gain", "What one more element would add to it.", lambda p: p.words.add_one_gain),
    _F("words_support", "Fit of the words of the worst unit.", lambda p: p.words.low(_D.least_support)),
)
CANDIDATE_FEATURES = (*ARC_FEATURES, *LEXICAL_FEATURES)
SECOND_PASS_FEATURES = (
    *ARC_FEATURES,
    _F("parts_support", "Support, of a part where it is better.", lambda p: p.parts.low(_D.least_support)),
)
_LENGTH_RATIO = [feature.name for feature in ARC_FEATURES].index("length_ratio")
_SHOWN = sorted((f.shown, f.name) for f in CANDIDATE_FEATURES if f.shown is not None)


def names_of(features: Sequence[Feature[Any]]) -> tuple[str, ...]:
    """The names of features, in the order of their columns."""
    return tuple(feature.name for feature in features)


@dataclass(frozen=True)
class Candidates:
    """Pairs of spans that may be beads: row k joins source span source[k] and target span target[k].

    `features` (n, len(names)) float32; `where` they lie; `share` (n,), how much of their sentences they
    cover, 0 to 1.
    """

    source: Ints
    target: Ints
    features: Floats
    names: tuple[str, ...]
    where: Extents
    share: Floats

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: Ints) -> Candidates:
        source, target, features = self.source[rows], self.target[rows], self.features[rows]
        return Candidates(source, target, features, self.names, self.where[rows], self.share[rows])

    @property
    def arcs(self) -> Candidates:
        """The same as arcs of a path, with ARC_FEATURES."""
        features = self.features[:, : len(ARC_FEATURES)]
        return replace(self, features=features, names=names_of(ARC_FEATURES))

    def evidence(self, k: int) -> dict[str, float]:
        """What speaks for candidate k, for people: its cosine, its lead over others, its numbers."""
        places = ((name, self.names.index(name)) for _, name in _SHOWN if name in self.names)
        return {name: round(float(self.features[k, place]), 3) for name, place in places}


@dataclass(frozen=True)
class CandidateSpace:
    """All pairs of spans of two sides: which of them are candidates, and their features."""

    similarity: Similarity

    @property
    def source(self) -> EncodedSide:
        """One side."""
        return self.similarity.source

    @property
    def target(self) -> EncodedSide:
        """The other side."""
        return self.similarity.target

    @property
    def units(self) -> tuple[int, int]:
        """How many units both sides have."""
        return self.source.spans.units, self.target.spans.units

    def plausible(self) -> Candidates:
        """The pairs near the top of their row and column, and in one among the best of the same sizes."""
        similarity = self.similarity.spans
        leading = np.zeros(similarity.shape, dtype=bool)
        if not similarity.size:
            return self.candidates(*np.nonzero(leading))
        for p in _by_size(self.source.spans):
            for q in _by_size(self.target.spans):
                block = similarity[p, q]
                leading[p, q] = (block >= _kth(block, 1)) | (block >= _kth(block, 0))
        best = np.maximum(similarity.max(axis=1, keepdims=True), similarity.max(axis=0, keepdims=True))
        near = (similarity >= best - SLACK) & (similarity > FLOOR) & self.over_background(NEAR_BACKGROUND)
        return self.candidates(*np.nonzero(leading & near))

    def over_background(self, share: float) -> Bools:
        """The pairs (source spans, target spans) over this share of the way from background to mutual."""
        levels = self.similarity.levels
        least = levels.background + share * levels.range
        return np.asarray(self.similarity.spans > least)

    def candidates(self, a: Ints, b: Ints) -> Candidates:
        """The pairs of source spans a and target spans b, with CANDIDATE_FEATURES."""
        return self._with_features(CANDIDATE_FEATURES, a, b)

    def arcs(self, a: Ints, b: Ints) -> Candidates:
        """The same as arcs of a path, with ARC_FEATURES, of sides with n-grams SECOND_PASS_FEATURES."""
        second = self.source.ngrams and self.target.ngrams
        return self._with_features(SECOND_PASS_FEATURES if second else ARC_FEATURES, a, b)

    def _with_features(self, features: Sequence[Feature[_Pairs]], a: Ints, b: Ints) -> Candidates:
        columns = np.zeros((0, len(features)), dtype=np.float32)
        if len(a):
            pairs = _Pairs(self, a, b)
            columns = np.stack([f.formula(pairs) for f in features], axis=1).astype(np.float32)
        s, t = self.source, self.target
        where = Extents(s.spans.first[a], s.spans.last[a], t.spans.first[b], t.spans.last[b])
        share = np.asarray(np.mean([s.shares[a], t.shares[b]], axis=0))
        return Candidates(a, b, columns, names_of(features), where, share)

    def with_length_ratio(self, found: Candidates, ratio: float) -> Candidates:
        """The same candidates, their lengths compared with this log of source length over target length."""
        features = found.features.copy()
        features[:, _LENGTH_RATIO] = self.uneven(found.source, found.target, ratio)
        return replace(found, features=features)

    def uneven(self, a: Ints, b: Ints, usual: float | None = None) -> Floats:
        """How far the log of source length over target length of pairs of spans is from the usual one."""
        usual = self.similarity.usual_length_ratio if usual is None else usual
        return np.asarray(np.abs(np.log(self.source.lengths[a] / self.target.lengths[b]) - usual))

    def length_ratio_of(self, beads: Candidates) -> float:
        """The log of source length over target length of beads, drawn to the usual one where they are few."""
        ours, theirs = self.source.lengths[beads.source].sum(), self.target.lengths[beads.target].sum()
        usual = np.exp(self.similarity.usual_length_ratio / 2)
        return float(np.log((ours + FEW * usual) / (theirs + FEW / usual)))

    @property
    def total_length_ratio(self) -> float:
        """The log of source length over target length of the whole texts."""
        return float(np.log(self.source.edges[-1] / self.target.edges[-1]))

    @cached_property
    def by_similarity(self) -> tuple[Directional, Directional]:
        """The views from both sides."""
        return self._directions(self.similarity.spans, self.similarity.units, self.similarity.units)

    @cached_property
    def by_words(self) -> tuple[Directional, Directional]:
        """The same by lexical similarity alone, of units in the direction from either side."""
        lexical, masked = self.similarity.lexical, self.similarity.masked
        return self._directions(lexical.spans, masked(lexical.units_forward), masked(lexical.units_backward))

    @cached_property
    def by_parts(self) -> tuple[Directional, Directional]:
        """The same where units may fit in a part."""
        units = self.similarity.units_by_parts
        return self._directions(self.similarity.spans, units, units)

    def _directions(
        self, spans: Floats, forward: Floats, backward: Floats
    ) -> tuple[Directional, Directional]:
        source, target = self.source, self.target
        return Directional(spans, forward, source, target), Directional(spans.T, backward.T, target, source)

    @cached_property
    def numbers(self) -> SharedTerms:
        """The numbers of both texts."""
        return shared_numbers(self.source.units, self.target.units)

    @cached_property
    def names(self) -> SharedTerms:
        """The names of both texts."""
        return shared_names(self.source.units, self.target.units)


def _by_size(spans: Spans) -> list[slice]:
    """The spans of each size, and those that are less than a sentence; they stand together."""
    kinds = np.where(spans.partial, 0, spans.size)
    return [slice(*edges) for edges in pairwise([0, *np.flatnonzero(np.diff(kinds)) + 1, len(kinds)])]


def _kth(block: Floats, axis: int) -> Floats:
    k = min(CANDIDATES_PER_SIZE, block.shape[axis])
    return np.asarray(np.partition(block, -k, axis=axis).take([-k], axis=axis))


# What the other candidates say of each one

_NO_CONFLICT = -5.0  # log-odds of a competitor where there is none
_FAINT = 0.02  # candidates less probable than this compete with nobody
_ROWS = 256  # candidates that are compared with all others at a time


@dataclass(frozen=True, eq=False)
class Competition:
    """Candidates where they lie with first probabilities (n,), and what these say of each other.

    `selected` are the rows of a first selection; `order`, -1 to 1, says how far to trust the order of the
    two texts, which have so many `units`.
    """

    where: Extents
    probability: Floats
    selected: Ints
    units: tuple[int, int]
    order: float

    def features(self) -> Floats:
        """The CONTEXT_FEATURES (n, len(CONTEXT_FEATURES)) float32."""
        columns = [feature.formula(self) for feature in CONTEXT_FEATURES]
        return np.stack(columns, axis=1).astype(np.float32)

    @cached_property
    def odds(self) -> Floats:
        """log(p / (1 - p)), p kept away from 0 and 1."""
        p = np.clip(self.probability, 1e-4, 1 - 1e-4)
        return np.asarray(np.log(p / (1 - p)))

    @cached_property
    def leads(self) -> tuple[Floats, Floats]:
        """Log-odds less those of the best that overlaps on both sides, and of the best that does on one."""
        where, odds = self.where, self.odds
        strong = np.flatnonzero(self.probability > _FAINT)
        ranked = strong[np.argsort(-odds[strong], kind="stable")]
        rank = np.full(len(odds), -1)
        rank[ranked] = np.arange(len(ranked))
        there, best = where[ranked], odds[ranked]
        both, one = np.full((2, len(odds)), _NO_CONFLICT)
        for start in range(0, len(odds) if len(ranked) else 0, _ROWS):
            rows = np.arange(start, min(start + _ROWS, len(odds)))
            here = where[rows]
            on_source = (here.first_s[:, None] < there.last_s) & (there.first_s < here.last_s[:, None])
            on_target = (here.first_t[:, None] < there.last_t) & (there.first_t < here.last_t[:, None])
            one[rows] = _first_odds(on_source ^ on_target, best)
            on_source &= on_target
            own = np.flatnonzero(rank[rows] >= 0)
            on_source[own, rank[rows[own]]] = False
            both[rows] = _first_odds(on_source, best)
        return odds - both, odds - one

    @cached_property
    def adjacent(self) -> tuple[Floats, Floats]:
        """The best probability of a candidate that ends where this one begins, and the other way round."""
        where, (n, m) = self.where, self.units
        ends, begins = np.zeros((2, n + 1, m + 1))
        np.maximum.at(ends, (where.last_s, where.last_t), self.probability)
        np.maximum.at(begins, (where.first_s, where.first_t), self.probability)
        ends[0, 0] = begins[n, m] = 0.5  # the edges of the texts belong together, a little
        return ends[where.first_s, where.first_t], begins[where.last_s, where.last_t]

    @cached_property
    def nearby(self) -> tuple[Floats, Floats]:
        """Support of the selected beads nearby, and how far their order agrees with each one (-1 to 1)."""
        where, (support, agreement, weight) = self.where, np.zeros((3, len(self.probability)))
        for k in self.selected.tolist():
            gap_s, side_s = _gap(where.first_s, where.last_s, int(where.first_s[k]), int(where.last_s[k]))
            gap_t, side_t = _gap(where.first_t, where.last_t, int(where.first_t[k]), int(where.last_t[k]))
            apart = self.probability[k] * ((side_s != 0) & (side_t != 0))
            support += apart * (side_s == side_t) * np.exp(-(gap_s + gap_t) / 2)
            near = apart * (np.exp(-gap_s / 6) + np.exp(-gap_t / 6)) / 2
            agreement += near * side_s * side_t
            weight += near
        return support, np.where(weight > 0.3, agreement / np.maximum(weight, 0.3), 0)


def _first_odds(mask: Bools, odds: Floats) -> Floats:
    """The log-odds of the first column that each row has."""
    at = mask.argmax(axis=1)
    return np.where(mask[np.arange(len(mask)), at], odds[at], _NO_CONFLICT)


def _gap(first: Ints, last: Ints, start: int, end: int) -> tuple[Ints, Ints]:
    """How many units lie between each range and start..end, and on which side it is (0: they overlap)."""
    side = np.where(first >= end, 1, np.where(last <= start, -1, 0))
    return np.maximum(np.maximum(first - end, start - last), 0), side


# the last pairs differ by the order of the texts: in comparable ones it says little
CONTEXT_FEATURES: tuple[Feature[Competition], ...] = (
    Feature("log_odds", "Log-odds of the first probability.", lambda c: c.odds),
    Feature("over_both", "Log-odds over the best that overlaps on both sides.", lambda c: c.leads[0]),
    Feature("over_one", "Log-odds over the best that overlaps on one side.", lambda c: c.leads[1]),
    Feature("under_both", "over_both where it is negative.", lambda c: np.minimum(c.leads[0], 0)),
    Feature("under_one", "over_one where it is negative.", lambda c: np.minimum(c.leads[1], 0)),
    Feature(
        "selected", "If the first selection has it.", lambda c: np.bincount(c.selected, None, len(c.odds))
    ),
    Feature("before", "Best probability of what ends where it begins.", lambda c: c.adjacent[0]),
    Feature("after", "Best probability of what begins where it ends.", lambda c: c.adjacent[1]),
    Feature("nearby", "Selected beads nearby on the same side of both spans.", lambda c: c.nearby[0]),
    Feature("nearby_by_order", "The same, as far as order counts.", lambda c: c.nearby[0] * c.order),
    Feature("order", "How far the order of selected beads agrees with it.", lambda c: c.nearby[1]),
    Feature("order_by_order", "The same, as far as order counts.", lambda c: c.nearby[1] * c.order),
)
