"""What one side sees of pairs of spans, beside the same found by trying every span and every unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.alignment import EncodedSide, Spans, spans_of
from polyalign.alignment.features import DOUBT, Directional
from polyalign.alignment.spans import Floats

NOWHERE = -1.0
clauses = st.lists(st.integers(1, 3), min_size=1, max_size=4)


def side(counts: list[int]) -> EncodedSide:
    spans, units = spans_of(counts, 2), sum(counts)
    nothing = np.zeros((0, 1))

    def unread(*_asked: object) -> Floats:
        raise AssertionError("nothing is read here")

    texts = ["x" * (10 + 7 * k) for k in range(units)]
    return EncodedSide(spans, nothing, texts, nothing, unread, unread)


@st.composite
def views(draw: st.DrawFn) -> Directional:
    own, other = side(draw(clauses)), side(draw(clauses))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spans = dice.uniform(-1, 1, (len(own.spans), len(other.spans))).astype(np.float32)
    units = dice.uniform(-1, 1, (own.spans.units, other.spans.units)).astype(np.float32)
    return Directional(spans, units, own, other)


def pairs(view: Directional) -> list[tuple[int, int]]:
    return [(a, b) for a in range(len(view.own.spans)) for b in range(len(view.other.spans))]


def units_of(spans: Spans, k: int) -> range:
    return range(int(spans.first[k]), int(spans.last[k]))


def support(view: Directional, unit: int, b: int) -> float:
    """How much better a unit fits into the units of span b than elsewhere."""
    within = units_of(view.other.spans, b)
    elsewhere = [u for u in range(view.other.spans.units) if u not in within]
    best = max(view.units[unit, u] for u in within)
    return float(best - max((view.units[unit, u] for u in elsewhere), default=NOWHERE))


@settings(max_examples=25)
@given(views())
def test_the_best_and_the_rivals(view: Directional) -> None:
    for a, b in pairs(view):
        pair = np.array([a]), np.array([b])
        taken = set(units_of(view.other.spans, b))
        rivals = [
            view.spans[a, c]
            for c in range(len(view.other.spans))
            if taken.isdisjoint(units_of(view.other.spans, c))
        ]
        assert view.best(*pair)[0] == view.spans[a].max()
        assert view.rival(*pair)[0] == max(rivals, default=NOWHERE)


@settings(max_examples=25)
@given(views())
def test_less_and_more_of_a_span(view: Directional) -> None:
    spans = view.own.spans
    for a, b in pairs(view):
        pair = np.array([a]), np.array([b])
        for found, related, missing in (
            (view.smaller(*pair), spans.inner, -2),
            (view.larger(*pair), spans.outer, -1),
        ):
            known = [view.spans[k, b] for k in related[a].tolist() if k >= 0]
            assert found[0] == max([*known, missing])


@settings(max_examples=25)
@given(views())
def test_the_support_of_units(view: Directional) -> None:
    lengths = [len(text) + 1 for text in view.own.units]
    for a, b in pairs(view):
        pair = np.array([a]), np.array([b])
        own = units_of(view.own.spans, a)
        supports = [support(view, unit, b) for unit in own]
        doubts = [np.clip(f, -DOUBT, DOUBT) for f in supports]
        size = [lengths[unit] for unit in own]
        assert view.least_support(*pair)[0] == pytest.approx(min(supports), abs=1e-6)
        assert view.mean_support(*pair)[0] == pytest.approx(np.average(doubts, weights=size), abs=1e-5)
        elsewhere = sum(length for length, f in zip(size, supports, strict=True) if f < 0)
        assert view.off_length(*pair)[0] == pytest.approx(np.log1p(elsewhere / 20), abs=1e-6)
