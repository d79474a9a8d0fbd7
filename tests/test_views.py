"""What one side sees of pairs of spans, beside the same found by trying every span and every unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.alignment import Half, Spans, spans_of
from polyalign.alignment.spans import Floats
from polyalign.alignment.views import DOUBT, Way

NOWHERE = -1.0
clauses = st.lists(st.integers(1, 3), min_size=1, max_size=4)


def half(counts: list[int]) -> Half:
    spans, units = spans_of(counts, 2), sum(counts)
    nothing = np.zeros((0, 1))

    def unread(*_asked: object) -> Floats:
        raise AssertionError("nothing is read here")

    texts = ["x" * (10 + 7 * k) for k in range(units)]
    return Half(spans, nothing, texts, nothing, unread, unread)


@st.composite
def ways(draw: st.DrawFn) -> Way:
    own, other = half(draw(clauses)), half(draw(clauses))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spans = dice.uniform(-1, 1, (len(own.spans), len(other.spans))).astype(np.float32)
    units = dice.uniform(-1, 1, (own.spans.units, other.spans.units)).astype(np.float32)
    return Way(spans, units, own, other)


def pairs(way: Way) -> list[tuple[int, int]]:
    return [(a, b) for a in range(len(way.own.spans)) for b in range(len(way.other.spans))]


def units_of(spans: Spans, k: int) -> range:
    return range(int(spans.first[k]), int(spans.last[k]))


def fit(way: Way, unit: int, b: int) -> float:
    """How much better a unit fits into the units of span b than elsewhere."""
    within = units_of(way.other.spans, b)
    elsewhere = [u for u in range(way.other.spans.units) if u not in within]
    best = max(way.units[unit, u] for u in within)
    return float(best - max((way.units[unit, u] for u in elsewhere), default=NOWHERE))


@settings(max_examples=25)
@given(ways())
def test_the_best_and_the_rivals(way: Way) -> None:
    for a, b in pairs(way):
        seen = way.seen(np.array([a]), np.array([b]))
        taken = set(units_of(way.other.spans, b))
        rivals = [
            way.cosine[a, c]
            for c in range(len(way.other.spans))
            if taken.isdisjoint(units_of(way.other.spans, c))
        ]
        assert seen.best[0] == way.cosine[a].max()
        assert seen.rival[0] == max(rivals, default=NOWHERE)


@settings(max_examples=25)
@given(ways())
def test_less_and_more_of_a_span(way: Way) -> None:
    spans = way.own.spans
    for a, b in pairs(way):
        seen = way.seen(np.array([a]), np.array([b]))
        for found, related, missing in ((seen.smaller, spans.inner, -2), (seen.larger, spans.outer, -1)):
            known = [way.cosine[k, b] for k in related[a].tolist() if k >= 0]
            assert found[0] == max([*known, missing])


@settings(max_examples=25)
@given(ways())
def test_how_units_fit(way: Way) -> None:
    lengths = [len(text) + 1 for text in way.own.units]
    for a, b in pairs(way):
        seen = way.seen(np.array([a]), np.array([b]))
        own = units_of(way.own.spans, a)
        fits = [fit(way, unit, b) for unit in own]
        doubts = [np.clip(f, -DOUBT, DOUBT) for f in fits]
        size = [lengths[unit] for unit in own]
        assert seen.support[0] == pytest.approx(min(fits), abs=1e-6)
        assert seen.fit[0] == pytest.approx(np.average(doubts, weights=size), abs=1e-5)
        astray = sum(length for length, f in zip(size, fits, strict=True) if f < 0)
        assert seen.stray[0] == pytest.approx(np.log1p(astray / 20), abs=1e-6)
