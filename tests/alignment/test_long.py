"""Long texts by windows: laws of seeds, windows and the last choice, and as good as all at once."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from polyalign import Aligner, Document
from polyalign.alignment import (
    Alignment,
    EncodedSide,
    Link,
    TextSide,
    align_long,
    align_sides,
    long,
    spans_of,
    textsides,
)
from polyalign.alignment.long import Section, Seeds, sections_of, united, windows_of
from polyalign.alignment.spans import Floats
from tests.helpers.places import BENCHMARKS

DATA = BENCHMARKS.parents[1] / "shared" / "mt"
BENCH = DATA.parent / "bench"
DIMENSIONS = 64
Pair = tuple[tuple[int, int], tuple[int, int]]
Bead = tuple[tuple[int, ...], tuple[int, ...]]


CLAUSES = [(f"s {2 * k}", f"s {2 * k + 1}") for k in range(60)]


class Numbers:
    """An encoder of made-up texts: "s 7 9" means the sum of meanings 7 and 9, a little blurred by the "s"."""

    def __init__(self, meanings: int, blur: float = 0.2) -> None:
        random = np.random.default_rng(5)
        self.meanings = random.normal(size=(meanings, DIMENSIONS))
        self.blurs = {name: random.normal(size=(meanings, DIMENSIONS)) * blur for name in "st"}
        self.most_units = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        vectors = np.array([self._meaning(text) for text in texts]).reshape(-1, DIMENSIONS)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)

    def encode_spans(self, units: Sequence[str], spans: Sequence[tuple[int, int]]) -> Floats:
        self.most_units = max(self.most_units, len(units))
        return self.encode([" ".join(units[first:last]) for first, last in spans])

    def _meaning(self, text: str) -> Floats:
        total, blur = np.zeros(DIMENSIONS), self.blurs["s"]
        for word in text.split():
            if word in self.blurs:
                blur = self.blurs[word]
            else:
                total += self.meanings[int(word)] + blur[int(word)]
        return total


def text(side: str, numbers: Sequence[int], excluded: frozenset[int] = frozenset()) -> TextSide:
    return TextSide([(f"{side} {k}",) for k in numbers], excluded, 3, 4)


def shuffled_blocks(count: int, length: int, seed: int) -> list[int]:
    blocks = [range(k, min(k + length, count)) for k in range(0, count, length)]
    return [k for b in np.random.default_rng(seed).permutation(len(blocks)).tolist() for k in blocks[b]]


def pairs(alignment: Alignment) -> set[Pair]:
    return {(link.source, link.target) for link in alignment.links}


def at_once(source: TextSide, target: TextSide, encoder: Numbers) -> Alignment:
    sides = []
    for side in (source, target):
        spans = spans_of([len(c) for c in side.clauses], side.largest, excluded=side.excluded)
        units = [unit for c in side.clauses for unit in c]
        sides.append(EncodedSide.of(spans, units, encoder))
    return align_sides(*sides)


@pytest.fixture(name="small")
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, sections and blocks so small that short texts need many."""
    for name, size in (("CORE", 60), ("SECTION", 90), ("COLUMNS", 23), ("BATCH", 17)):
        monkeypatch.setattr(long, name, size)
    monkeypatch.setattr(textsides, "BATCH", 17)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("length", [200, 25, 10, 1])
def test_texts_are_paired_however_they_are_ordered(length: int) -> None:
    """In one order, in blocks of 25 and of 10, and wholly shuffled."""
    order, encoder = shuffled_blocks(200, length, 1), Numbers(200)
    found = pairs(align_long(text("s", range(200)), text("t", order), encoder))
    right = {((k, k + 1), (place, place + 1)) for place, k in enumerate(order)}
    assert len(found & right) >= 190


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("length", [90, 12])
def test_windows_find_what_is_found_at_once(length: int) -> None:
    order, encoder = shuffled_blocks(90, length, 2), Numbers(140)
    source = text("s", [*range(40), *range(90, 110), *range(40, 90)])
    target = text("t", [*order[:30], *range(110, 140), *order[30:]])
    together, apart = pairs(at_once(source, target, encoder)), pairs(align_long(source, target, encoder))
    assert len(together & apart) >= 0.95 * max(len(together), len(apart))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("sizes", [(120, 120), (120, 90)])
def test_swapping_the_sides_mirrors_the_links(sizes: tuple[int, int]) -> None:
    encoder = Numbers(130)
    source, target = text("s", range(sizes[0])), text("t", shuffled_blocks(sizes[1], 20, 3))
    there, back = align_long(source, target, encoder), align_long(target, source, encoder)
    assert pairs(there) == {(s, t) for t, s in pairs(back)}
    assert there.order == pytest.approx(back.order)


@pytest.mark.usefixtures("small")
def test_links_share_no_unit_and_ascend_and_are_the_same_again() -> None:
    source, target = text("s", [*range(80), *range(40)]), text("t", [*range(40), *range(100)])
    alignment = align_long(source, target, Numbers(100))
    for spans in zip(*((link.source, link.target) for link in alignment.links), strict=True):
        units = [unit for span in spans for unit in range(*span)]
        assert len(units) == len(set(units))
    assert [link.source for link in alignment.links] == sorted(link.source for link in alignment.links)
    assert align_long(source, target, Numbers(100)) == alignment


@pytest.mark.usefixtures("small")
def test_excluded_sentences_are_in_no_link_and_clauses_count_as_units() -> None:
    source = TextSide(CLAUSES, frozenset({7, 30}), 3, 4)
    target = text("t", range(120), frozenset({50}))
    alignment = align_long(source, target, Numbers(120))
    units = {unit for link in alignment.links for unit in range(*link.source)}
    assert not units & {14, 15, 60, 61}
    assert not any(50 in range(*link.target) for link in alignment.links)
    assert sum(link.source == link.target for link in alignment.links) >= 50


@pytest.mark.usefixtures("small")
def test_sentences_that_stay_uncut_are_linked_whole() -> None:
    source, target = TextSide(CLAUSES, frozenset(), 3, 4, uncut=True), text("t", range(120))
    links = align_long(source, target, Numbers(120)).links
    assert links
    assert not any(edge % 2 for link in links for edge in link.source)


@pytest.mark.usefixtures("small")
def test_no_window_is_large_and_progress_is_told() -> None:
    encoder, told = Numbers(300), list[tuple[str, int, int]]()
    source, target = text("s", range(300)), text("t", range(300))
    align_long(source, target, encoder, report=lambda *now: told.append(now))
    assert encoder.most_units < 120
    for stage, total in (("encoding", 600), ("aligning", 10)):
        done = [now[1:] for now in told if now[0] == stage]
        assert done == sorted(done)
        assert done[-1] == (total, total)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_an_empty_side_has_no_links(n: int, m: int) -> None:
    assert align_long(text("s", range(n)), text("t", range(m)), Numbers(3)) == Alignment((), 0.0)


def test_a_repeated_sentence_and_nothing_else() -> None:
    alignment = align_long(text("s", [1] * 30), text("t", [1] * 30), Numbers(2))
    assert len(pairs(alignment)) == len(alignment.links)


unit_vectors = st.builds(
    lambda n, m, seed: tuple(
        rows / np.linalg.norm(rows, axis=1, keepdims=True)
        for rows in np.split(np.random.default_rng(seed).normal(size=(n + m, 8)).astype(np.float32), [n])
    ),
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(0, 999),
)


@given(unit_vectors)
def test_seeds_are_the_nearest_of_both_sides(vectors: tuple[Floats, Floats]) -> None:
    cosine = vectors[0] @ vectors[1].T
    there = {(k, int(row.argmax())) for k, row in enumerate(cosine) if row.max() > 0}
    back = {(int(column.argmax()), k) for k, column in enumerate(cosine.T) if column.max() > 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long, "BATCH", 7)
        patch.setattr(long, "COLUMNS", 11)
        found = Seeds.of(*vectors)
    pairs = list(zip(found.source.tolist(), found.target.tolist(), strict=True))
    assert pairs == sorted(there | back)
    assert {pair for pair, both in zip(pairs, found.mutual, strict=True) if both} == there & back
    assert found.cosine == pytest.approx(cosine[found.source, found.target], abs=1e-6)


@given(unit_vectors)
def test_seeds_of_swapped_sides_are_mirrored(vectors: tuple[Floats, Floats]) -> None:
    there, back = Seeds.of(*vectors), Seeds.of(*reversed(vectors))
    mirrored = sorted(zip(back.target.tolist(), back.source.tolist(), strict=True))
    assert mirrored == list(zip(there.source.tolist(), there.target.tolist(), strict=True))


def mutual_seeds(target: NDArray[np.int64], cosine: Floats) -> Seeds:
    """A seed for each sentence of the source, all of which confirm each other."""
    n = len(target)
    return Seeds(np.arange(n), target, cosine, np.ones(n, dtype=bool), np.full(n, 9))


def open_ones(n: int, m: int) -> list[Section]:
    """Texts that are one section, which is not closed."""
    return [Section((0, n), (0, m), closed=False)]


@given(st.lists(st.integers(1, 300), max_size=80), st.integers(1, 60), st.integers(0, 99))
def test_cores_make_up_the_source_and_windows_are_bounded(costs: list[int], m: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    n = len(costs)
    told = mutual_seeds(random.integers(0, m, n), random.random(n))
    found = windows_of(told, open_ones(n, m), np.array(costs, dtype=np.int64), np.ones(m, dtype=np.int64))
    assert [edge for window in found for edge in window.core] == [
        edge for pair in pairwise([0, *(window.core[1] for window in found)]) for edge in pair
    ]
    assert not n or found[-1].core[1] == n
    for window in found:
        first, last = window.core
        assert sum(costs[first : last - 1]) <= long.CORE + max(costs)
        assert window.source.tolist() == list(range(max(first - long.MARGIN, 0), min(last + long.MARGIN, n)))
        assert len(set(window.target.tolist())) == len(window.target) <= long.BREADTH * long.CORE
        assert set(window.target.tolist()) <= set(range(m))


def test_a_weak_seed_that_stands_alone_is_dropped() -> None:
    """A diagonal of good seeds, and one sentence whose nearest is far away, and not near."""
    n = 400
    told, costs = mutual_seeds(np.arange(n), np.full(n, 0.8)), np.full(n, 6)
    told.target[10], told.cosine[10], told.mutual[10], told.confirming[10] = 350, 0.3, False, 0
    assert 350 not in windows_of(told, open_ones(n, n), costs, costs)[0].target
    told.cosine[10], told.mutual[10] = 0.8, True
    assert 350 in windows_of(told, open_ones(n, n), costs, costs)[0].target


def sections_in(source: TextSide, target: TextSide, encoder: Numbers) -> list[Section]:
    vectors = [encoder.encode([" ".join(clauses) for clauses in side.clauses]) for side in (source, target)]
    one, other = vectors
    return sections_of(Seeds.of(one, other), (one, other), (source.costs, target.costs))


@pytest.mark.usefixtures("small")
@given(st.integers(180, 260), st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_sections_make_up_both_texts_and_are_cut_where_both_go_on(n: int, seed: int) -> None:
    """Texts in one order; after one sentence in six a side says something alone."""
    alone, encoder = np.random.default_rng(seed).integers(0, 12, n), Numbers(2 * n)
    source = [number for k in range(n) for number in ((k, n + k) if alone[k] == 0 else (k,))]
    target = [number for k in range(n) for number in ((k, n + k) if alone[k] == 1 else (k,))]
    found = sections_in(text("s", source), text("t", target), encoder)
    assert found[0].source[0] == found[0].target[0] == 0
    assert (found[-1].source[1], found[-1].target[1]) == (len(source), len(target))
    for one, other in pairwise(found):
        assert (one.source[1], one.target[1]) == (other.source[0], other.target[0])
        assert source[other.source[0]] == target[other.target[0]]
    assert all(section.closed for section in found)
    assert len(found) >= n // 40


@pytest.mark.usefixtures("small")
def test_what_stands_elsewhere_is_in_no_closed_section() -> None:
    """A chapter of 40 sentences that the target tells at its end."""
    source, target = range(240), [*range(80), *range(120, 240), *range(80, 120)]
    encoder = Numbers(240)
    found = sections_in(text("s", source), text("t", target), encoder)
    closed = [section for section in found if section.closed]
    assert sum(last - first for first, last in (section.source for section in closed)) >= 80
    for section in closed:
        first, last = section.source
        assert last <= 90 or first >= 110
    links = pairs(align_long(text("s", source), text("t", target), encoder))
    right = {((k, k + 1), (place, place + 1)) for place, k in enumerate(target)}
    assert len(links & right) >= 230


@pytest.mark.usefixtures("small")
def test_shuffled_texts_have_no_closed_section() -> None:
    order = np.random.default_rng(0).permutation(200).tolist()
    assert not any(s.closed for s in sections_in(text("s", range(200)), text("t", order), Numbers(200)))


@pytest.mark.skipif(not BENCH.is_dir(), reason="shared/bench is not here")
def test_a_long_translation_gets_a_second_pass_as_its_chapters_do() -> None:
    """Two chapters of a novel, each short enough to be read at once, and both after each other."""
    aligner, sides, gold = Aligner(), (list[str](), list[str]()), set[Bead]()
    apart = 0
    for line in (BENCH / "alignar-literature.ar-en.jsonl").read_text(encoding="utf-8").splitlines():
        chapter = json.loads(line)
        own = {(tuple(s), tuple(t)) for s, t in chapter["gold"] if s and t}
        apart += len(own & beads_of(aligner, chapter["src"], chapter["tgt"]))
        past = [len(side) for side in sides]
        gold |= {(tuple(i + past[0] for i in s), tuple(j + past[1] for j in t)) for s, t in own}
        sides[0].extend(chapter["src"])
        sides[1].extend(chapter["tgt"])
    assert len(gold & beads_of(aligner, *sides)) >= 0.95 * apart


def beads_of(aligner: Aligner, source: Sequence[str], target: Sequence[str]) -> set[Bead]:
    one, other = Document.from_segments(source, language="ar"), Document.from_segments(target, language="en")
    return {(bead.source, bead.target) for bead in aligner.pair(one, other).beads}


def test_what_windows_disagree_on_goes_to_the_better() -> None:
    links = [
        Link((0, 1), (0, 1), 0.9, {}),
        Link((0, 1), (0, 1), 0.8, {}),
        Link((0, 2), (1, 2), 0.6, {}),
        Link((1, 2), (1, 3), 0.7, {}),
        Link((3, 4), (1, 2), 0.4, {}),
    ]
    assert united(links, 10).links == (links[0], links[3])
    assert united(links[::-1], 10) == united(links, 10)
    assert united([], 0) == Alignment((), 0.0)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 2), st.integers(0, 12), st.integers(1, 2))))
def test_united_links_share_no_unit(places: list[tuple[int, int, int, int]]) -> None:
    links = [Link((s, s + a), (t, t + b), 0.5, {}) for s, a, t, b in places]
    alignment = united(links, 20)
    for spans in ([link.source for link in alignment.links], [link.target for link in alignment.links]):
        units = [unit for span in spans for unit in range(*span)]
        assert len(units) == len(set(units))
    assert bool(alignment.links) == bool(links)


@pytest.fixture(name="scaling")
def _scaling(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("scaling")


SENTENCES = [(f"{k} s", f"{k} t") for k in range(40)]


@pytest.mark.parametrize("variant", ["orderly", "blocks"])
def test_made_documents_tell_both_sides_of_their_gold(scaling: ModuleType, variant: str) -> None:
    document = scaling.made(SENTENCES, 100, variant)
    assert document == scaling.made(SENTENCES, 100, variant)
    assert 85 <= len(document.source) <= 115
    for s, t in document.gold:
        told = " ".join(document.source[i] for i in s), " ".join(document.target[j] for j in t)
        assert told[0].replace("s", "t") == told[1]
        assert 1 <= len(s) * len(t) <= 2
    for side in zip(*document.gold, strict=True):
        ids = [k for group in side for k in group]
        assert len(ids) == len(set(ids))
    in_order = [t for _, t in sorted(document.gold)]
    assert (in_order == sorted(in_order)) == (variant == "orderly")


def test_passages_are_distinct_and_use_sentences_evenly(scaling: ModuleType) -> None:
    told = scaling.passages(SENTENCES, 100, scaling.random.Random(3))
    assert len(set(told)) == len(told) == 100
    counts = [sum(pair in passage for passage in told) for pair in SENTENCES]
    assert max(counts) - min(counts) <= 2


@given(st.floats(0.5, 2), st.lists(st.integers(10, 10**6), min_size=2, max_size=5, unique=True))
def test_the_exponent_is_the_power(power: float, sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        scaling = importlib.import_module("scaling")
    rows = [scaling.Row("orderly", n, 0.01 * n**power, 1.0, 100.0, 1.0, 1.0, 1.0, "") for n in sizes]
    assert scaling.exponent(rows) == pytest.approx(power)
    assert scaling.exponent(rows[:1]) is None


def test_the_plot_is_a_png(scaling: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    rows = [scaling.Row("blocks", n, n / 50, n / 25, 300.0, 0.9, 0.9, 0.9, "") for n in (1_000, 10_000)]
    scaling.plot(rows, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(not DATA.is_dir(), reason="shared/mt is not here")
@pytest.mark.slow
def test_scaling_measures_and_prints_a_table(tmp_path: Path) -> None:
    result = tmp_path / "scaling.json"
    command = [sys.executable, str(BENCHMARKS / "scaling.py"), "--sizes", "20,40", "--json", str(result)]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    assert sum(line.startswith("| orderly |") for line in done.stdout.splitlines()) == 3
    assert '"signature": "polyalign' in result.read_text(encoding="utf-8")
