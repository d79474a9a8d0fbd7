"""The measures of alignment: laws, and what the scripts that define them say of the same beads."""

from __future__ import annotations

import importlib.util
import itertools
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign import scoring
from polyalign.bitext import Bitext
from polyalign.parts import Bead, Segment, Side
from polyalign.scoring import Gold, GoldFact, Segmented, Spanned
from polyalign.scoring.resampling import differences, intervals
from tests.helpers.places import SHARED

TEXT = "A conference was held in Baku; it ended on Friday."

Judged = tuple[Gold, dict[str, Any], dict[str, Any]]  # gold and two outputs


@cache
def reference(path: str) -> ModuleType:
    """A script that defines a measure."""
    file = SHARED / path
    if not file.is_file():
        pytest.skip(f"shared/{path} is not here")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ids(size: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Ascending ids, perhaps one of them twice, as in a bead of a published gold."""
    return st.lists(st.integers(0, size - 1), min_size=1, max_size=3).map(lambda own: tuple(sorted(own)))


@st.composite
def segmented(draw: st.DrawFn) -> Judged:
    """One to five documents of a few segments each, some of them noise, and two outputs."""
    documents, outputs = [], ({}, {})  # type: tuple[list[Segmented], tuple[dict[str, Any], dict[str, Any]]]
    for number in range(draw(st.integers(1, 5))):
        sizes = draw(st.integers(1, 6)), draw(st.integers(1, 6))
        beads = st.frozensets(st.tuples(ids(sizes[0]), ids(sizes[1])), max_size=5)
        noise = None
        if draw(st.booleans()):
            noise = tuple(frozenset(draw(st.sets(st.integers(0, size - 1)))) for size in sizes)
        first = beads if documents else beads.filter(bool)
        documents.append(Segmented(str(number), draw(first), sizes, noise=noise))  # type: ignore[arg-type]
        for output in outputs:
            output[str(number)] = draw(beads | st.just(documents[-1].gold))
    return Gold("made", tuple(documents)), *outputs


def spans(size: int) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """Spans that neither overlap nor touch."""
    ends = st.sets(st.integers(0, size), min_size=2, max_size=4)
    return ends.map(sorted).map(lambda at: tuple(zip(at[::2], at[1::2], strict=False)))


@st.composite
def spanned(draw: st.DrawFn) -> Judged:
    """One to three pairs of texts with entries, and two outputs."""
    documents, outputs = [], ({}, {})  # type: tuple[list[Spanned], tuple[dict[str, Any], dict[str, Any]]]
    for number in range(draw(st.integers(1, 3))):
        texts = TEXT[: draw(st.integers(10, len(TEXT)))], TEXT[: draw(st.integers(10, len(TEXT)))]
        passages = st.tuples(spans(len(texts[0])), spans(len(texts[1])))
        entries = st.lists(st.builds(GoldFact, passages, st.booleans()), min_size=not documents, max_size=4)
        unsure = st.lists(passages, max_size=2)
        documents.append(Spanned(str(number), texts, tuple(draw(entries)), tuple(draw(unsure))))
        for output in outputs:
            own = [entry.passage for entry in documents[-1].entries]
            output[str(number)] = tuple(draw(st.lists(passages, max_size=4) | st.just(own)))
    return Gold("made", tuple(documents)), *outputs


judged = segmented() | spanned()
few = settings(max_examples=40)


def mirrored(judged: Judged) -> Judged:
    """The same with the sides swapped."""
    gold, *outputs = judged
    documents: list[Any] = []
    for document in gold.documents:
        if isinstance(document, Segmented):
            swapped = frozenset((target, source) for source, target in document.gold)
            noise = document.noise and (document.noise[1], document.noise[0])
            sizes = document.sizes and (document.sizes[1], document.sizes[0])
            documents.append(replace(document, gold=swapped, noise=noise, sizes=sizes))
        else:
            entries = tuple(
                GoldFact((t, s), entry.full) for entry in document.entries for s, t in [entry.passage]
            )
            unsure = tuple((t, s) for s, t in document.unsure)
            texts = document.texts[1], document.texts[0]
            documents.append(replace(document, texts=texts, entries=entries, unsure=unsure))
    one, other = ({key: [(t, s) for s, t in beads] for key, beads in out.items()} for out in outputs)
    return Gold(gold.name, tuple(documents)), one, other


@few
@given(judged)
def test_the_gold_against_itself_is_right(judged: Judged) -> None:
    gold = judged[0]
    own = {
        d.id: d.gold if isinstance(d, Segmented) else [entry.passage for entry in d.entries]
        for d in gold.documents
    }
    found = scoring.score(gold, own, samples=20)
    assert {value for name, value in found.figures.items() if name != "noise"} == {1.0}
    assert {high for name, (_, high) in found.interval.items() if name != "noise"} == {1.0}


@few
@given(judged)
def test_swapped_sides_change_no_figure(judged: Judged) -> None:
    one, other = (scoring.compare(*each, samples=20) for each in (judged, mirrored(judged)))
    assert one.first.figures == other.first.figures
    assert one.difference == other.difference
    assert one.first.interval == other.first.interval


@few
@given(judged, st.randoms())
def test_the_order_and_the_names_of_documents_do_not_matter(judged: Judged, dice: Any) -> None:
    gold, *outputs = judged
    documents = list(gold.documents)
    dice.shuffle(documents)
    renamed = Gold(gold.name, tuple(replace(d, id=f"new {d.id}") for d in documents))
    again = ({f"new {key}": [*beads] for key, beads in output.items()} for output in outputs)
    assert scoring.compare(renamed, *again, samples=20) == scoring.compare(gold, *outputs, samples=20)


@few
@given(judged)
def test_figures_are_bounded_and_lie_in_their_intervals(judged: Judged) -> None:
    found = scoring.score(*judged[:2], samples=300)
    for name, value in found.figures.items():
        low, high = found.interval[name]
        assert 0 <= low <= high <= 1
        assert low <= value <= high
    for name in ("strict_", "lax_", "pair_") if "strict_f1" in found.figures else ():
        precision, recall, f1 = (found.figures[name + kind] for kind in ("p", "r", "f1"))
        assert min(precision, recall) <= f1 + 1e-12
        assert f1 <= max(precision, recall) + 1e-12
    for kind in ("p", "r", "f1") if "strict_f1" in found.figures else ():
        assert found.figures[f"strict_{kind}"] <= found.figures[f"lax_{kind}"]


@few
@given(judged)
def test_the_parts_of_a_document_add_up_to_it(judged: Judged) -> None:
    gold, one, other = judged
    for document in gold.documents:
        parts: list[Any] = document.parts(one[document.id], other[document.id])
        for k, output in enumerate((one, other)):
            counts = [part.counts(beads[k]) for part, beads in parts]
            whole = document.counts(output[document.id])
            assert [sum(column) for column in zip(*counts, strict=True)] in ([*whole], [])


@few
@given(judged)
def test_an_output_does_not_differ_from_itself(judged: Judged) -> None:
    gold, output, other = judged
    for told in scoring.compare(gold, output, output, samples=50).difference.values():
        assert (told.value, told.interval, told.p) == (0, (0, 0), 1)
    there, back = scoring.compare(gold, output, other), scoring.compare(gold, other, output)
    for name, told in there.difference.items():
        assert told.value == -back.difference[name].value
        assert 0 < told.p <= 1
        assert told.interval[0] <= told.value <= told.interval[1]


def test_a_seed_gives_the_same_samples_and_another_one_others() -> None:
    rows = np.random.default_rng(3).integers(0, 9, (40, 9))
    rows[:, 2] = np.minimum(rows[:, :2].min(1), rows[:, 2])
    how = [intervals(rows, Segmented.measure, samples=200, seed=seed)["strict_f1"] for seed in (1, 1, 2)]
    assert how[0] == how[1] != how[2]


def hits(random: np.random.Generator, units: int, chance: float) -> Any:
    """The counts of units with ten gold beads and ten found, of which so many are right, on average."""
    right = random.binomial(10, chance, units)
    columns = {"gold_beads": 10, "predicted_beads": 10, "right": right}
    return np.stack([np.zeros(units, int) + columns.get(c, 0) for c in Segmented.measure.columns], axis=1)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        low, high = intervals(hits(random, 60, 0.8), Segmented.measure, samples=300, seed=1)["strict_f1"]
        held += low <= 0.8 <= high
    assert 0.91 <= held / 400 <= 0.98


@pytest.mark.parametrize("units", [8, 40])
def test_p_is_seldom_small_where_nothing_differs_and_small_where_it_does(units: int) -> None:
    random = np.random.default_rng(11)

    def small(chance: float) -> float:
        pairs = ((hits(random, units, 0.8), hits(random, units, chance)) for _ in range(300))
        found = (differences(a, b, Segmented.measure, samples=200, seed=1)["strict_f1"].p for a, b in pairs)
        return sum(p <= 0.05 for p in found) / 300

    assert small(0.8) <= 0.08
    assert small(0.5) > 0.8


def test_p_and_interval_are_those_of_all_samples_and_swaps() -> None:
    """Of five units there are 3,125 samples and 32 swaps, which can all be looked at."""
    random = np.random.default_rng(5)
    first, second = hits(random, 5, 0.8), hits(random, 5, 0.6)
    gaps = (second - first)[:, 2] / 50
    drawn = np.array([gaps[list(units)].sum() for units in itertools.product(range(5), repeat=5)])
    swapped = np.array([gaps @ signs for signs in itertools.product((-1, 1), repeat=5)])
    found = differences(first, second, Segmented.measure, samples=50_000, seed=1)["strict_f1"]
    assert found.value == pytest.approx(gaps.sum()) != 0
    as_large = [np.mean(abs(each) >= abs(found.value) - 1e-12) for each in (drawn - found.value, swapped)]
    assert found.p == pytest.approx(max(as_large), abs=0.01)
    assert found.interval == pytest.approx(np.quantile(drawn, (0.025, 0.975)), abs=0.011)


@few
@given(segmented())
def test_figures_are_those_of_the_script_that_defines_them(judged: Judged) -> None:
    gold, output, _ = judged
    script = reference("bench/score.py")
    rows = []
    for document in gold.documents:
        assert isinstance(document, Segmented)
        assert document.sizes
        row: dict[str, Any] = {"id": document.id, "gold": [*document.gold]}
        if document.noise:
            for key, noise, size in zip(
                ("src_noise", "tgt_noise"), document.noise, document.sizes, strict=True
            ):
                row[key] = [int(i in noise) for i in range(size)]
        rows.append(row)
    ours = scoring.score(gold, output, samples=1).to_dict()
    theirs = script.score(rows, output)
    assert theirs.items() <= ours.items()


@few
@given(st.data())
def test_the_report_measure_is_that_of_the_script_that_defines_it(data: st.DataObject) -> None:
    gold = data.draw(spanned())[0]
    script = reference("reports/reports_score.py")
    sums: dict[str, int] = {}
    output = {}
    for document in gold.documents:
        assert isinstance(document, Spanned)
        output[document.id] = data.draw(bitexts(document.texts))
        row = {
            "src_text": document.texts[0],
            "tgt_text": document.texts[1],
            "spans": [[*entry.passage, "full" if entry.full else "partial"] for entry in document.entries],
            "unsure_spans": [[*passage, "full"] for passage in document.unsure],
        }
        for key, value in script.score(row, output[document.id].to_dict()).items():
            if isinstance(value, int):
                sums[key] = sums.get(key, 0) + value
    ours = scoring.score(gold, output, samples=1)
    assert [ours.counts[name] for name in ("right", "wrong", "unsure")] == [
        *(sums["right"], sums["wrong"], sums["neutral"])
    ]
    figures = [
        *(f"P {ours.figures['precision']:.3f} ", f"by chars {ours.figures['precision_by_chars']:.3f} "),
        *(f"R {ours.figures['recall']:.3f} ", f"F1 {ours.figures['f1']:.3f} "),
        f"tight {ours.figures['tight']:.3f} ",
    ]
    line = script.line("total", sums)
    assert not [figure for figure in figures if f" {figure}" not in line], line


@st.composite
def bitexts(draw: st.DrawFn, texts: tuple[str, str]) -> Bitext:
    """Two texts cut anywhere, with white space between segments or not, and beads between these."""
    sides = []
    for text in texts:
        ends = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=7)))
        cut = [Segment(k, a, b, text[a:b]) for k, (a, b) in enumerate(itertools.pairwise(ends))]
        sides.append(Side("en", tuple(cut)))
    groups = (ids(len(side.segments)).map(lambda own: tuple(sorted({*own}))) for side in sides)
    beads = st.lists(st.builds(Bead, *groups, st.just(0.5)), max_size=5)
    return Bitext(sides[0], sides[1], tuple(draw(beads)))
