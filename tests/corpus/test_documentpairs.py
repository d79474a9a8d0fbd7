"""Documents find the other telling of their story, whatever else lies in the heap and in what order."""

from __future__ import annotations

import importlib
import random
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from polyalign import threads
from polyalign.corpus import documentpairs
from polyalign.corpus import evidence as evidence_module
from polyalign.corpus.bags import Bag
from polyalign.corpus.documentpairs import DocumentPair, candidates, judgement, paired, story_vectors
from polyalign.corpus.duplicates import shingles
from polyalign.corpus.evidence import SIGNALS, evidence
from polyalign.encoders import load
from polyalign.segmentation import mark_boilerplate, segment
from polyalign.spelling import numbers
from tests.helpers.places import ROOT

REPORTS = ROOT.parent / "shared" / "seeds"
WIDTH = 64
Vectors = NDArray[np.floating[Any]]
Pairs = set[tuple[str, str]]


def unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def heap(documents: Sequence[Vectors], keys: Sequence[str], language: str = "en", **traits: Any) -> Bag:
    """Documents of given sentence vectors; those with the same key are copies of each other."""
    none: list[frozenset[str]] = [frozenset()] * len(documents)
    return Bag(
        keys=keys,
        languages=[language] * len(documents),
        dates=traits.get("dates", [""] * len(documents)),
        starts=np.cumsum([0, *map(len, documents)]),
        sentences=np.concatenate([np.zeros((0, WIDTH)), *documents]).astype(np.float16),
        numbers=traits.get("numbers", none),
        names=traits.get("names", none),
        digests=[frozenset(shingles(" ".join([key] * 5))) for key in keys],
    )


def told(story: Vectors, dice: np.random.Generator, *, kept: float = 0.75) -> Vectors:
    """Another telling: sentences left out, in another order, each said a little differently."""
    some = dice.permutation(len(story))[: max(2, round(kept * len(story)))]
    return unit(story[some] + dice.normal(0, 0.6 / WIDTH**0.5, (len(some), story.shape[1])))


def world(seed: int, stories: int = 12, alone: int = 4) -> tuple[Bag, Bag]:
    """Stories told in two heaps under one key, three of each topic alike; and some told in one only."""
    dice = np.random.default_rng(seed)
    topics = dice.normal(size=(stories // 3 + 1, WIDTH))
    made = [
        unit(0.7 * topics[min(k, stories) // 3] + dice.normal(size=(int(dice.integers(5, 12)), WIDTH)))
        for k in range(stories + 2 * alone)
    ]
    sides = [made[: stories + alone], [*made[:stories], *made[stories + alone :]]]
    names = [
        [f"story{k}" for k in range(stories)] + [f"{s}{k}" for k in range(alone)] for s in ("only", "lone")
    ]
    bags = [heap([told(s, dice) for s in side], keys) for side, keys in zip(sides, names, strict=True)]
    return bags[0], bags[1]


def taken(bag: Bag, order: Sequence[int]) -> Bag:
    """Some of the documents of a bag, in this order."""
    fields = ("keys", "languages", "dates", "numbers", "names", "digests")
    parts = {name: [getattr(bag, name)[k] for k in order] for name in fields}
    vectors = [bag.vectors(k) for k in order]
    return replace(
        bag,
        **parts,
        starts=np.cumsum([0, *map(len, vectors)]),
        sentences=np.concatenate([bag.sentences[:0], *vectors]),
    )


def by_key(source: Bag, target: Bag, pairs: Sequence[DocumentPair]) -> dict[tuple[str, str], float]:
    return {(source.keys[p.source], target.keys[p.target]): p.score for p in pairs}


def same(one: dict[tuple[str, str], float], other: dict[tuple[str, str], float], *, by: float = 1e-3) -> bool:
    return one.keys() == other.keys() and all(abs(one[pair] - other[pair]) <= by for pair in one)


def found(source: Bag, target: Bag, **options: Any) -> dict[tuple[str, str], float]:
    return by_key(source, target, paired(source, target, **options))


SEEDS = st.integers(0, 30)


@given(SEEDS)
@settings(max_examples=12)
def test_stories_told_on_both_sides_are_found_and_hardly_anything_else(seed: int) -> None:
    source, target = world(seed)
    pairs = found(source, target)
    right = [pair for pair in pairs if pair[0] == pair[1]]
    assert len(right) >= 11
    assert len(pairs) - len(right) <= 1
    assert all(0.5 <= score <= 1 for score in pairs.values())


@given(SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=12)
def test_the_order_of_the_documents_changes_nothing(seed: int, dice: random.Random) -> None:
    source, target = world(seed)
    orders = [dice.sample(range(len(bag)), len(bag)) for bag in (source, target)]
    shuffled = [taken(bag, order) for bag, order in zip((source, target), orders, strict=True)]
    assert same(found(*shuffled), found(source, target))


@given(SEEDS)
@settings(max_examples=12)
def test_swapping_the_sides_mirrors_the_pairs(seed: int) -> None:
    source, target = world(seed)
    mirrored = {(t, s): score for (s, t), score in found(target, source).items()}
    assert same(mirrored, found(source, target))


@given(SEEDS)
@settings(max_examples=8)
def test_unrelated_documents_change_hardly_anything(seed: int) -> None:
    (source, target), (more, others) = world(seed), world(seed + 100, stories=0, alone=15)
    both = [taken_together(a, b) for a, b in ((source, more), (target, others))]
    before, after = found(source, target), found(*both, threshold=0.3)
    right = {pair: score for pair, score in before.items() if pair[0] == pair[1]}
    assert all(abs(after[pair] - score) < 0.15 for pair, score in right.items())


def taken_together(one: Bag, other: Bag) -> Bag:
    documents = [bag.vectors(k).astype(np.float32) for bag in (one, other) for k in range(len(bag))]
    return heap(documents, [*one.keys, *(f"more {key}" for key in other.keys)])


@given(SEEDS, st.integers(0, 11))
@settings(max_examples=12)
def test_a_document_that_is_doubled_changes_nothing(seed: int, number: int) -> None:
    source, target = world(seed)
    doubled = taken(source, [*range(len(source)), number])
    assert same(found(doubled, target), found(source, target))


def test_several_documents_of_one_story() -> None:
    dice = np.random.default_rng(3)
    stories = [unit(dice.normal(size=(8, WIDTH))) for _ in range(6)]
    source = heap([told(s, dice) for s in stories], [f"story{k}" for k in range(6)])
    tellings = [told(s, dice) for s in stories for _ in "ab"]
    target = heap(tellings, [f"story{k}{letter}" for k in range(6) for letter in "ab"])
    one, two = paired(source, target), paired(source, target, best=2)
    assert {p.source for p in one} == set(range(6))
    assert {(p.source, p.target) for p in one} <= {(p.source, p.target) for p in two}
    assert [(p.source, p.target) for p in two] == [(k // 2, k) for k in range(12)]


def test_numbers_and_names_tell_apart_what_is_said_alike() -> None:
    """Daily reports: the same sentences, but for what the vectors do not show."""
    dice = np.random.default_rng(5)
    form = unit(dice.normal(size=(8, WIDTH)))
    sides = []
    for _ in range(2):
        documents = [told(form, dice, kept=1) for _ in range(10)]
        figures = [frozenset(f"{k}{n}{n}" for n in range(6)) | {"2024"} for k in range(10)]
        names = [frozenset(f"NAME{k}{n}" for n in range(4)) for k in range(10)]
        sides.append(heap(documents, [f"report{k}" for k in range(10)], numbers=figures, names=names))
    scores = judged(*sides)
    assert all(scores[k, k] == max(scores[k, j] for j in range(10) if (k, j) in scores) for k in range(10))
    reasons = [pair.reasons for pair in paired(*sides, threshold=0)]
    assert all(said["numbers"] == pytest.approx(1) and said["names"] == 1 for said in reasons)


def judged(source: Bag, target: Bag) -> dict[tuple[int, int], float]:
    pairs = candidates(source, target)
    scores = judgement()(evidence(source, target, pairs, progress=lambda *_: None).signals)
    return {(s, t): score for (s, t), score in zip(pairs.tolist(), scores.tolist(), strict=True)}


def dated(days: Sequence[str], others: Sequence[str]) -> tuple[Bag, Bag]:
    dice = np.random.default_rng(8)
    stories = [unit(dice.normal(size=(8, WIDTH))) for _ in days]
    keys = [f"story{k}" for k in range(len(days))]
    source, target = (heap([told(s, dice) for s in stories], keys, dates=some) for some in (days, others))
    return source, target


def test_days_rule_out_what_is_too_far_apart() -> None:
    source, target = dated(
        ["2024-09-15", "2024-09-15", "2024-09-15", ""],
        ["2024-09-15", "2024-09-22", "2024-09-23", "1999-01-01"],
    )
    pairs = paired(source, target)
    assert [p.source for p in pairs] == [0, 1, 3]
    assert [p.reasons.get("dates") for p in pairs] == [1.0, 0.125, None]
    assert [p.source for p in paired(source, target, window=0)] == [0, 3]
    assert [p.source for p in paired(source, target, window=None)] == [0, 1, 2, 3]


def test_near_documents_of_other_days_leave_room_for_those_of_the_day() -> None:
    """Forty reports like the one looked for, all of other years."""
    dice = np.random.default_rng(2)
    story = unit(dice.normal(size=(8, WIDTH)))
    documents = [told(story, dice, kept=1) for _ in range(41)]
    days = [f"19{k + 30}-05-05" for k in range(40)] + ["2024-05-06"]
    source = heap([story], ["story"], dates=["2024-05-05"])
    target = heap(documents, [f"report{k}" for k in range(41)], dates=days)
    assert candidates(source, target).tolist() == [[0, 40]]


def test_the_threshold_and_what_is_said_of_a_pair() -> None:
    source, target = world(1)
    every = paired(source, target, threshold=0)
    assert paired(source, target, threshold=0.5) == tuple(p for p in every if p.score >= 0.5)
    assert paired(source, target, threshold=1) == ()
    assert all(set(p.reasons) == {"sentences", "numbers", "names"} for p in every)
    assert all(0 <= share <= 1 for p in every for share in p.reasons.values())
    assert list(every) == sorted(every, key=lambda p: (p.source, p.target))


def test_empty_heaps_and_documents_without_sentences() -> None:
    source, target = world(2)
    nothing, silent = heap([], []), heap([np.zeros((0, WIDTH))] * 2, ["a", "b"])
    assert paired(nothing, nothing) == paired(source, nothing) == paired(silent, target) == ()
    assert paired(nothing, target) == paired(source, silent) == ()
    with_silent = taken_together(source, silent)
    assert same(found(with_silent, target), found(source, target))


def test_one_document_on_each_side() -> None:
    dice = np.random.default_rng(4)
    story, other = unit(dice.normal(size=(2, 12, WIDTH)).reshape(24, WIDTH)).reshape(2, 12, WIDTH)
    source = heap([told(story, dice)], ["a"])
    assert paired(source, heap([told(story, dice), other], ["b", "c"]))[0].target == 0
    assert paired(source, heap([other], ["c"])) == ()


def test_story_vectors_are_units_and_point_away_from_the_middle() -> None:
    source, _ = world(3)
    vectors = story_vectors(source)
    assert vectors.shape == (len(source), WIDTH)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert abs(float((vectors @ vectors.T).mean())) < 0.2
    assert not story_vectors(heap([np.zeros((0, WIDTH))], ["a"])).any()
    assert story_vectors(source, [2, 0]).shape == (2, WIDTH)


def test_progress_ends_where_it_said() -> None:
    steps: list[tuple[int, int]] = []
    paired(*world(1), progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_long_documents_are_compared_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = world(6)
    pairs = candidates(source, target)
    whole = evidence(source, target, pairs, progress=lambda *_: None).signals
    monkeypatch.setattr(evidence_module, "_CELLS", 50)
    assert np.allclose(evidence(source, target, pairs, progress=lambda *_: None).signals, whole, atol=1e-5)
    monkeypatch.setattr(evidence_module, "LONGEST", 3)
    assert found(source, target)


def test_any_number_of_cores_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = world(7)
    pairs = candidates(source, target)
    said = []
    for cores in (1, 3):
        monkeypatch.setattr(threads, "cores", lambda cores=cores: cores)
        said.append(evidence(source, target, pairs, progress=lambda *_: None).signals.tobytes())
    assert said[0] == said[1]


def test_signals_of_the_right_pairs_are_higher() -> None:
    source, target = world(9)
    pairs = candidates(source, target)
    signals = evidence(source, target, pairs, progress=lambda *_: None).signals
    right = np.array([source.keys[s] == target.keys[t] for s, t in pairs])
    assert signals.shape == (len(pairs), len(SIGNALS))
    assert (signals[right][:, :3].mean(axis=0) > 3 * signals[~right][:, :3].mean(axis=0)).all()


def read(paths: Sequence[Path]) -> Bag:
    """Real documents as one bag, in Arabic if they are, else in English or Turkish, which are cut alike."""
    encoder, documents, languages = load("use-m3"), [], []
    texts = [path.read_text(encoding="utf-8") for path in paths]
    for text in texts:
        language = "ar" if any("\u0600" <= c <= "\u06ff" for c in text) else "en"
        marked = mark_boilerplate(segment(text, language=language), language, text)
        documents.append(encoder.encode([s.shown for s in marked if s.alignable]))
        languages.append(language)
    return replace(
        heap([np.zeros((1, WIDTH), dtype=np.float32)] * len(paths), [path.name for path in paths]),
        languages=languages,
        starts=np.cumsum([0, *map(len, documents)]),
        sentences=np.concatenate(documents).astype(np.float16),
        numbers=[numbers(text) for text in texts],
        digests=[frozenset(shingles(text)) for text in texts],
    )


def test_our_own_reports_find_their_counterparts() -> None:
    source, target = (read([ROOT / "seeds" / name for name in names]) for names in OWN)
    assert [(p.source, p.target) for p in paired(source, target)] == [(0, 2), (1, 0), (2, 1)]


OWN = ("baku.ar.txt", "grain.ar.txt", "space.tr.txt"), ("grain.en.txt", "space.en.txt", "baku.en.txt")


@pytest.mark.skipif(not REPORTS.is_dir(), reason="the real reports are not here")
def test_the_real_report_finds_its_counterpart_and_three_on_the_same_people_find_nothing() -> None:
    paths = sorted(REPORTS.glob("*.txt"))
    source = read([path for path in paths if path.name.startswith("003")])
    target = read([path for path in paths if not path.name.startswith("003")])
    pairs = found(source, target, threshold=0)
    assert [other[:3] for _, other in pairs] == ["000"]
    assert min(pairs.values()) > 0.9
    others = taken(target, [1, 2, 3])
    assert found(source, others) == {}


@pytest.fixture(name="documents")
def _documents(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("documents")


def spelled(texts: Sequence[str]) -> Vectors:
    """A vector for each text that its letters in capitals decide: what is told, not in which language."""
    seeds = [sum(map(ord, filter(str.isupper, text))) for text in texts]
    return unit(np.stack([np.random.default_rng(seed).normal(size=8) for seed in seeds]))


def test_the_benchmark_mixes_stories_the_same_way_each_time(documents: ModuleType) -> None:
    lines = [[f"{'ABCDEFGH'[k] * (n + 1)}" for n in range(6)] for k in range(8)]
    stories = [
        documents.Story(f"s{k}", {lang: [f"{line} {lang}" for line in some] for lang in ("ar", "en")})
        for k, some in enumerate(lines)
    ]
    recipe = documents.Recipe("cut", ("ar", "en"), 7, cut=3)
    one, other = (documents.Mixer(spelled, stories, recipe).world() for _ in range(2))
    assert one.name == "cut.ar-en"
    assert one.stories == other.stories
    assert one.source.sentences.tobytes() == other.source.sentences.tobytes()
    assert 0 < documents.possible(one) <= min(map(len, one.stories))
    figures = documents.measured(one)
    assert tuple(figures) == documents.HEAD[1:]
    assert all(0 <= figures[name] <= 1 for name in documents.HEAD[3:])


def test_the_benchmark_counts_as_it_says(documents: ModuleType) -> None:
    source, target = (heap([np.eye(1, WIDTH)] * 3, keys) for keys in ("abc", "def"))
    world = documents.World(
        name="x.ar-en", source=source, target=target, stories=(("p", "q", ""), ("q", "", "p"))
    )
    edges, scores = np.array([[0, 0], [0, 2], [1, 0], [2, 1]]), np.array([0.9, 0.8, 0.7, 0.6])
    assert world.right(edges).tolist() == [False, True, True, False]
    assert documents.possible(world) == 2
    assert documents.winners(edges, scores).tolist() == [0, 3]
    assert documents.first_right(world, edges, scores) == [False, True, False, True]
    assert documents.calibration_error(np.array([0.75, 0.75]), np.array([True, False])) == pytest.approx(0.25)


def test_one_long_key_does_not_make_all_of_them_long() -> None:
    keys = [f"{number:05d}" for number in range(5_000)]
    pairs, scores = np.stack([np.zeros(5_000, np.int64), np.arange(5_000)], axis=1), np.zeros(5_000)
    tracemalloc.start()
    ranks = documentpairs._rank(pairs, scores, [*keys[:-1], "9" * 4_000])
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert ranks.tolist() == list(range(5_000))
