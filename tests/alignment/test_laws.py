"""Laws of alignment that hold for any texts: on real sentences, and on vectors made for the test.

Exact: swapping source and target mirrors the beads, a document is its own translation, a run
repeats itself, and groups of one sentence are judged by themselves whatever stands beside them.
Nearly: where groups are allowed, another neighbour is another group, and another text shifts what
counts as noise; so permuting and adding sentences may change a bead here and there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign import Aligner, Document, read
from polyalign.alignment import Alignment, EncodedSide, align_sides, spans_of
from polyalign.alignment.features import CANDIDATE_FEATURES, CandidateSpace, names_of
from polyalign.alignment.similarity import Similarity
from polyalign.alignment.spans import Floats
from polyalign.bitext import Bitext
from polyalign.encoders.use_m3 import UseM3
from polyalign.pipeline import Mode
from tests.helpers import gold
from tests.helpers.made_encoder import Made
from tests.helpers.places import ROOT

SEEDS = sorted((ROOT / "seeds").glob("*.gold.json"))
BENCH = ROOT.parent / "shared" / "bench"
SETS = ("news-parallel.ar-en", "news-comparable_hard.tr-en", "alignar-law.ar-en")
SIZE, TWINS = 16, 18  # segments of a side, pairs of sentences that are taken from a set
DIMENSIONS = 48
MOST = 0.85  # of the beads

Group = tuple[tuple[str, ...], tuple[str, ...]]
Numbers = frozenset[int]

FOREIGN = {
    "ar": (
        "تنضج ثمار التين في أواخر الصيف وتُجفف على أسطح البيوت.",
        "خسر الفريق مباراته الثالثة على التوالي بعد هدف في الدقيقة الأخيرة.",
        "تعلمت الطفلة العزف على العود وهي في السادسة.",
        "أُغلقت المدارس يومين بسبب العاصفة الثلجية.",
        "يصنع الحداد المفاتيح القديمة بيديه منذ خمسين عاماً.",
    ),
    "tr": (
        "Arılar bu yıl kestane ağaçlarına iki hafta geç geldi.",
        "Kaleci penaltıyı kurtardı ama takımı yine de kaybetti.",
        "Dedesi ona ceviz ağacından bir keman yaptı.",
        "Kar yüzünden köy yolu üç gün kapalı kaldı.",
        "Çilingir dükkânını oğluna bırakıp emekli oldu.",
    ),
    "en": (
        "The lighthouse keeper writes down the height of the waves every morning.",
        "Her cat will only sleep on the warm side of the piano.",
        "A beetle that was thought to be extinct has turned up in a garden.",
        "The recipe asks for two lemons, but one is enough.",
        "Chess players of that age seldom beat a grandmaster.",
    ),
}
FOREIGNERS = {sentence for sentences in FOREIGN.values() for sentence in sentences}


@dataclass(frozen=True)
class Story:
    """Segments in two languages, and those pairs of them that translate each other one to one."""

    languages: tuple[str, str]
    source: tuple[str, ...]
    target: tuple[str, ...]
    twins: tuple[tuple[str, str], ...]

    def documents(self, source: Sequence[str], target: Sequence[str]) -> tuple[Document, Document]:
        """The segments as documents in the languages of the story."""
        ours, theirs = self.languages
        return (
            Document.from_segments(source, language=ours),
            Document.from_segments(target, language=theirs),
        )

    @property
    def whole(self) -> tuple[Document, Document]:
        """The two texts."""
        return self.documents(self.source, self.target)


@cache
def seed(path: Path) -> Story:
    """The sentences of a pair of seeds/ that the gold quotes."""
    data = gold.load(path)
    sides = []
    for name in ("source", "target"):
        quotes = {quote for bead in data["beads"] for quote in bead[name]} | {*data[name]["unaligned"]}
        sides.append(tuple(sorted(quotes, key=data[name]["text"].index)))
    single = (bead for bead in data["beads"] if len(bead["source"]) == len(bead["target"]) == 1)
    twins = tuple((bead["source"][0], bead["target"][0]) for bead in single)
    languages = data["source"]["language"], data["target"]["language"]
    return Story(languages, sides[0], sides[1], twins)


@cache
def bench(name: str) -> Story:
    """The first segments of the first document of a set, and twins out of its first documents."""
    path = BENCH / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"shared/bench/{path.name} is not here")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:8]]
    single = ((row, *bead) for row in rows for bead in row["gold"] if [*map(len, bead)] == [1, 1])
    twins = tuple((row["src"][s], row["tgt"][t]) for row, (s,), (t,) in single)[:TWINS]
    first = rows[0]
    languages = first["src_lang"], first["tgt_lang"]
    return Story(languages, tuple(first["src"][:SIZE]), tuple(first["tgt"][:SIZE]), twins)


STORIES: dict[str, Callable[[], Story]] = {
    **{path.name.partition(".")[0]: partial(seed, path) for path in SEEDS},
    **{name: partial(bench, name) for name in SETS},
}


@pytest.fixture(name="story", params=STORIES)
def _story(request: pytest.FixtureRequest) -> Story:
    return STORIES[request.param]()


@pytest.fixture(name="twins")
def _twins(story: Story) -> Story:
    """Only sentences that translate each other one to one, in order."""
    source, target = zip(*story.twins, strict=True)
    return replace(story, source=source, target=target)


def said(bitext: Bitext) -> set[Group]:
    """The beads as the strings of their segments."""
    source, target = bitext.source.segments, bitext.target.segments
    return {
        (tuple(source[i].text for i in b.source), tuple(target[j].text for j in b.target))
        for b in bitext.beads
    }


def kept(before: set[Group], after: set[Group]) -> float:
    """The share of the beads before that are still there."""
    return len(before & after) / len(before)


# On real sentences


def test_swapping_the_texts_mirrors_the_beads(aligner: Aligner, story: Story) -> None:
    source, target = story.whole
    there, back = aligner.pair(source, target), aligner.pair(target, source)
    assert {(b.source, b.target, b.score) for b in there.beads} == {
        (b.target, b.source, b.score) for b in back.beads
    }
    assert there.mode == back.mode


def test_a_document_is_its_own_translation(aligner: Aligner, story: Story) -> None:
    for language, segments in zip(story.languages, (story.source, story.target), strict=True):
        document = Document.from_segments(segments, language=language)
        beads = aligner.pair(document, document).beads
        assert [(b.source, b.target) for b in beads] == [((k,), (k,)) for k in range(len(segments))]


def test_shuffling_comparable_texts_shuffles_most_beads(encoder: UseM3, twins: Story) -> None:
    aligner, dice = Aligner(encoder, mode="comparable"), np.random.default_rng(3)
    source, target = (dice.permutation(list(side)).tolist() for side in (twins.source, twins.target))
    before = said(aligner.pair(*twins.whole))
    after = said(aligner.pair(*twins.documents(source, target)))
    assert kept(before, after) >= MOST
    assert kept(after, before) >= MOST


def test_foreign_sentences_change_few_beads(aligner: Aligner, twins: Story) -> None:
    dice = np.random.default_rng(6)
    sides = zip(twins.languages, (twins.source, twins.target), strict=True)
    source, target = (scattered(own, FOREIGN[language], dice) for language, own in sides)
    before = said(aligner.pair(*twins.whole))
    after = said(aligner.pair(*twins.documents(source, target)))
    assert kept(before, after) >= MOST
    touching = [bead for bead in after if not FOREIGNERS.isdisjoint({*bead[0], *bead[1]})]
    assert len(touching) <= (1 - MOST) * len(after)


def scattered(own: Sequence[str], foreign: Sequence[str], dice: np.random.Generator) -> list[str]:
    """The sentences in their order, the foreign ones at random places between them."""
    found = list(own)
    for sentence in foreign:
        found.insert(int(dice.integers(len(found) + 1)), sentence)
    return found


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[Document, Document]:
    """Some sentences of all seeds, of one language a side, in any order, some of them twice or blank."""
    sides = []
    for language, least in (("ar", 1), ("en", 0)):
        known = [s for path in SEEDS for s in _in(language, seed(path))]
        drawn = draw(st.lists(st.sampled_from(["", " ", *known, *known]), min_size=least, max_size=9))
        sides.append(Document.from_segments(drawn, language=language))
    return sides[0], sides[1]


def _in(language: str, story: Story) -> tuple[str, ...]:
    texts = dict(zip(story.languages, (story.source, story.target), strict=True))
    return texts.get(language, ())


@settings(max_examples=8)
@given(mixtures(), st.sampled_from(get_args(Mode)))
def test_beads_are_probable_and_share_nothing(
    encoder: UseM3, pair: tuple[Document, Document], mode: Mode
) -> None:
    bitext = Aligner(encoder, mode=mode).pair(*pair)
    for side in ("source", "target"):
        taken = [i for bead in bitext.beads if not bead.overlap for i in getattr(bead, side)]
        assert len(taken) == len(set(taken))
        assert all(getattr(bitext, side).segments[i].text.strip() for i in taken)
    assert all(bead.score is not None and 0 <= bead.score <= 1 for bead in bitext.beads)
    assert not any(bead.overlap for bead in bitext.beads)


def test_only_overlapping_beads_share_a_segment(aligner: Aligner) -> None:
    """Raw texts, which are cut into clauses."""
    for path in SEEDS:
        source, target = (read(path.parent / gold.load(path)[side]["file"]) for side in ("source", "target"))
        beads = aligner.pair(source, target).beads
        assert beads
        assert all(bead.score is not None and 0 <= bead.score <= 1 for bead in beads)
        for side in ("source", "target"):
            taken = [i for bead in beads if not bead.overlap for i in getattr(bead, side)]
            assert len(taken) == len(set(taken))


# On any number of threads

PROGRAM = """
import os, sys
from polyalign import Aligner, read
if sys.argv[1] == "one core" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.stdout.write(Aligner().pair(*map(read, sys.argv[2:])).to_json())
"""


def run(threads: str, cores: str = "all cores") -> str:
    """The bitext of the first seeds as JSON, by a process of its own."""
    paths = [str(SEEDS[0].parent / gold.load(SEEDS[0])[side]["file"]) for side in ("source", "target")]
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | dict.fromkeys(names, threads) | {"PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", PROGRAM, cores, *paths]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8", env=environment).stdout


def test_every_process_gives_the_same_bytes_on_any_number_of_threads() -> None:
    first = run("2")
    assert first.startswith("{")
    assert run("1") == first
    assert run("1", "one core") == first


def test_any_number_of_cores_gives_the_same_bytes(
    encoder: UseM3, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for cores in (1, 2, 3):
        monkeypatch.setattr("polyalign.threads.cores", lambda n=cores: n)
        found.append(Aligner(encoder).pair(*story.whole).to_json())
    assert found[0] == found[1] == found[2]


# On vectors made for the test


@dataclass(frozen=True)
class Twins:
    """Units of two texts that mean the same one to one, and some on either side that mean nothing shared."""

    source: Floats
    target: Floats
    texts: tuple[list[str], list[str]]

    def sides(
        self, largest: int, ours: Sequence[int], theirs: Sequence[int]
    ) -> tuple[EncodedSide, EncodedSide]:
        """The sides with their units in these orders, in groups of up to `largest`."""
        return (
            _side(self.source[list(ours)], [self.texts[0][k] for k in ours], largest),
            _side(self.target[list(theirs)], [self.texts[1][k] for k in theirs], largest),
        )


def _side(meanings: Floats, texts: Sequence[str], largest: int) -> EncodedSide:
    """A side of single sentences; a group of them means their sum."""

    def encode(_: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Floats:
        sums = np.stack([meanings[first:last].sum(axis=0) for first, last in pairs])
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), dtype=np.float32)

    return EncodedSide.of(spans_of([1] * len(texts), largest), texts, Made(encode))


def made(dice_seed: int, size: int, alone: int = 0) -> Twins:
    """Pairs of units that mean nearly the same, `alone` of each side without a counterpart at the end."""
    dice = np.random.default_rng(dice_seed)
    meanings = dice.normal(size=(size, DIMENSIONS))
    sides = [
        np.concatenate(
            [meanings + 0.3 * dice.normal(size=meanings.shape), dice.normal(size=(alone, DIMENSIONS))]
        )
        for _ in range(2)
    ]
    texts = [
        ["x" * dice.integers(40, 90) + f" {dice.integers(9)}" for _ in range(size + alone)] for _ in range(2)
    ]
    return Twins(sides[0], sides[1], (texts[0], texts[1]))


def named(
    alignment: Alignment, ours: Sequence[int], theirs: Sequence[int]
) -> dict[tuple[Numbers, Numbers], float]:
    """The links as the numbers of the units before they were put in these orders, with their scores."""
    return {
        (frozenset(ours[slice(*link.source)]), frozenset(theirs[slice(*link.target)])): link.score
        for link in alignment.links
    }


shuffles = st.integers(4, 12).flatmap(lambda n: st.tuples(*[st.permutations(range(n))] * 2))


@settings(max_examples=20)
@given(shuffles, st.integers(0, 999))
def test_single_sentences_are_judged_by_themselves(
    orders: tuple[list[int], list[int]], dice_seed: int
) -> None:
    """Exact: without groups, only "pull" looks at what stands beside a candidate."""
    twins = made(dice_seed, len(orders[0]))
    plain = CandidateSpace(Similarity(*twins.sides(1, *[range(len(orders[0]))] * 2))).plausible()
    moved = CandidateSpace(Similarity(*twins.sides(1, *orders))).plausible()
    places = zip(moved.source.tolist(), moved.target.tolist(), strict=True)
    after = {(orders[0][a], orders[1][b]): row for (a, b), row in zip(places, moved.features, strict=True)}
    before = list(zip(plain.source.tolist(), plain.target.tolist(), strict=True))
    assert sorted(after) == sorted(before)
    own = [k for k, name in enumerate(names_of(CANDIDATE_FEATURES)) if name != "neighbour_support"]
    assert np.allclose(np.array([after[pair] for pair in before])[:, own], plain.features[:, own], atol=1e-4)


@settings(max_examples=20)
@given(shuffles, st.integers(0, 999), st.sampled_from([1, 3]))
def test_shuffling_made_texts_shuffles_the_links(
    orders: tuple[list[int], list[int]], dice_seed: int, largest: int
) -> None:
    twins, size = made(dice_seed, len(orders[0])), len(orders[0])
    plain = align_sides(*twins.sides(largest, range(size), range(size)), order=0.0)
    moved = align_sides(*twins.sides(largest, *orders), order=0.0)
    before, after = named(plain, range(size), range(size)), named(moved, *orders)
    assert len(before.keys() & after.keys()) >= MOST * len(before) - 1


@settings(max_examples=20)
@given(st.integers(0, 999), st.integers(4, 10), st.integers(0, 6))
def test_adding_made_strangers_keeps_the_links(dice_seed: int, size: int, alone: int) -> None:
    twins = made(dice_seed, size, alone)
    plain = align_sides(*twins.sides(3, range(size), range(size)))
    dice = np.random.default_rng(dice_seed)
    orders = [
        scattered([*map(str, range(size))], [*map(str, range(size, size + alone))], dice) for _ in range(2)
    ]
    ours, theirs = (list(map(int, order)) for order in orders)
    after = named(align_sides(*twins.sides(3, ours, theirs)), ours, theirs)
    before = named(plain, range(size), range(size))
    assert len(before.keys() & after.keys()) >= MOST * len(before) - 1


@settings(max_examples=20)
@given(st.integers(0, 999), st.integers(1, 10), st.integers(0, 4), st.sampled_from([None, 0.0, 1.0]))
def test_swapping_made_texts_mirrors_the_links(
    dice_seed: int, size: int, alone: int, order: float | None
) -> None:
    source, target = made(dice_seed, size, alone).sides(4, *[range(size + alone)] * 2)
    there, back = align_sides(source, target, order=order), align_sides(target, source, order=order)
    assert {(a.source, a.target, a.score) for a in there.links} == {
        (b.target, b.source, b.score) for b in back.links
    }
    assert there.order == back.order


@settings(max_examples=15)
@given(st.integers(0, 999), st.integers(2, 12), st.sampled_from([None, 0.0, 1.0]))
def test_a_made_text_is_its_own_translation(dice_seed: int, size: int, order: float | None) -> None:
    source, _ = made(dice_seed, size).sides(4, range(size), range(size))
    links = align_sides(source, source, order=order).links
    assert [(link.source, link.target) for link in links] == [((k, k + 1), (k, k + 1)) for k in range(size)]
