"""Translations as evidence: what they may add, what they may never take away, and who translates."""

from __future__ import annotations

import importlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polyalign
from polyalign import Aligner, Bitext, Document, InputError, NotInstalledError, preparation
from polyalign.alignment import EncodedSide, align_sides, groups
from polyalign.alignment.lexical import shared_stems, stems
from polyalign.alignment.similarity import (
    TRANSLATION_WEIGHT,
    TranslationProof,
    mutual_neighbours,
    with_translations,
)
from polyalign.alignment.spans import Floats
from polyalign.encoders.use_m3 import UseM3
from polyalign.parts import Segment, Side
from polyalign.progress import Stage
from polyalign.translation import Progress, Translation
from polyalign.translation.between import ways
from polyalign.translation.protocol import silent
from tests.helpers.encoded import parallel, side, texts_pairs, unit
from tests.helpers.lighthouse import DIAGONAL, ENGLISH, TURKISH, UNRELATED, beads_of, document
from tests.helpers.places import BENCHMARKS
from tests.helpers.tiny_marian import ARABIC, Tiny
from tests.helpers.tiny_marian import ENGLISH as TINY_ENGLISH


def spoken(own: EncodedSide, vectors: Floats, units: Floats) -> EncodedSide:
    """The side with a translation that has these vectors."""
    return replace(own, translated=replace(own, vectors=unit(vectors), unit_vectors=unit(units)))


def babbled(own: EncodedSide, seed: int) -> EncodedSide:
    """The side with a translation that means anything."""
    dice = np.random.default_rng(seed)
    return spoken(own, *(dice.normal(size=v.shape) for v in (own.vectors, own.unit_vectors)))


# What is made of vectors


@settings(max_examples=30)
@given(texts_pairs())
def test_what_repeats_the_source_changes_nothing(pair: tuple[EncodedSide, EncodedSide]) -> None:
    source, target = pair
    assert align_sides(replace(source, translated=source), target) == align_sides(source, target)
    assert align_sides(source, replace(target, translated=target)) == align_sides(source, target)


@settings(max_examples=30)
@given(st.integers(0, 1_000), st.integers(3, 12))
def test_babble_changes_nothing(seed: int, size: int) -> None:
    source, target = parallel(size, seed)
    assert align_sides(babbled(source, seed), target) == align_sides(source, target)
    assert align_sides(source, babbled(target, seed)) == align_sides(source, target)


@settings(max_examples=20)
@given(texts_pairs(), st.integers(0, 1_000))
def test_swapping_the_sides_mirrors_what_translations_say(
    pair: tuple[EncodedSide, EncodedSide], seed: int
) -> None:
    near = np.random.default_rng(seed).normal(size=pair[0].vectors.shape) * 0.1 + pair[0].vectors
    source, target = spoken(pair[0], near, pair[0].unit_vectors), pair[1]
    assert align_sides(target, source) == align_sides(source, target).mirrored


def hard_of_hearing(size: int, seed: int = 5) -> tuple[EncodedSide, EncodedSide, Floats]:
    """Two texts whose encoder hears little of the source, and what the source really means."""
    dice = np.random.default_rng(seed)
    meanings = dice.normal(size=(size, 64))
    texts = ["x" * length for length in dice.integers(40, 120, size)]
    heard = meanings + dice.normal(size=meanings.shape) * 2
    return side(heard, [1] * size, texts), side(meanings, [1] * size, texts), meanings


def test_a_good_translation_is_heard() -> None:
    source, target, meanings = hard_of_hearing(30)
    true = side(meanings + source.unit_vectors, [1] * 30, [*source.units])
    order = np.random.default_rng(2).permutation(30)
    shuffled = side(meanings[order], [1] * 30, [target.units[k] for k in order])

    def right(own: EncodedSide) -> int:
        links = align_sides(own, shuffled, order=0.0).links
        return sum(link.source[0] == order[link.target[0]] for link in links)

    assert right(replace(source, translated=true)) > right(source)


def test_the_best_matches_stay_as_alike_as_they_were() -> None:
    source, target, meanings = hard_of_hearing(40)
    translated = side(meanings + source.unit_vectors, [1] * 40, [*source.units])
    proof = TranslationProof.of(source, translated, target, shared_stems(translated, target))
    assert proof.lift > 0.1
    assert proof.weight == TRANSLATION_WEIGHT
    better, other = with_translations(replace(source, translated=translated), target)
    before, after = source.unit_vectors @ target.unit_vectors.T, better.unit_vectors @ other.unit_vectors.T
    matches = mutual_neighbours(before)
    assert float(after[matches].mean()) == pytest.approx(float(before[matches].mean()), abs=0.05)
    assert np.diag(after).mean() - after.mean() > np.diag(before).mean() - before.mean()


def test_what_is_unlike_its_source_is_not_heard() -> None:
    source, target, meanings = hard_of_hearing(40)
    said = np.concatenate([meanings[:30] + source.unit_vectors[:30], -source.unit_vectors[30:]])
    better, _ = with_translations(replace(source, translated=side(said, [1] * 40, [*source.units])), target)
    assert np.array_equal(better.unit_vectors[30:, :64], source.unit_vectors[30:])
    assert not better.unit_vectors[30:, 64:].any()
    assert not np.allclose(better.unit_vectors[:30, :64], source.unit_vectors[:30])


def test_one_sentence_against_one_proves_nothing() -> None:
    source, target = parallel(1)
    source = spoken(source, target.vectors, target.unit_vectors)
    assert with_translations(source, target) == (source, target)


# Words


word_texts = st.lists(
    st.lists(st.sampled_from("a bb Cc dd. é 12".split()), max_size=5).map(" ".join), min_size=1
)


def worded(texts: Sequence[str]) -> EncodedSide:
    return side(np.ones((len(texts), 2)), [1] * len(texts), list(texts))


@settings(max_examples=50)
@given(word_texts, word_texts)
def test_shared_stems_are_cosines_that_do_not_depend_on_who_is_first(
    one: list[str], other: list[str]
) -> None:
    ours, theirs = shared_stems(worded(one), worded(other))
    assert np.linalg.norm(ours.spans, axis=1).max() < 1.0001
    products = ours.units @ theirs.units.T
    back = shared_stems(worded(other), worded(one))
    assert np.allclose(products, (back[0].units @ back[1].units.T).T)
    pairs = ((i, j) for i in range(len(one)) for j in range(len(other)))
    assert not any(products[i, j] for i, j in pairs if not set(stems(one[i])) & set(stems(other[j])))


def test_a_span_has_the_words_of_its_units() -> None:
    ours, theirs = shared_stems(
        worded(["the wolf", "slept", "x"]), worded(["The wolves slept", "z", "wolf slept"])
    )
    row = worded(["", "", ""]).spans.ranges().index((0, 2))
    assert float(ours.spans[row] @ theirs.units[2]) > float(ours.units[0] @ theirs.units[2]) > 0
    assert stems("The WOLVES' dens") == ["the", "wolve", "dens"]


# From documents to a bitext


@dataclass
class ByHeart:
    """A translator that knows some texts by heart and says the others as they are."""

    table: dict[str, str]
    asked: list[str] = field(default_factory=list)
    name: str = "by heart"
    identity: str = "by-heart 1"

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        self.asked += texts
        progress(len(texts), len(texts))
        return [Translation(self.table.get(text, text)) for text in texts]


def from_into(source: str, target: str, translator: ByHeart) -> Callable[[str, str], ByHeart | None]:
    return lambda one, other: translator if (one, other) == (source, target) else None


FAITHFUL = [sentence.replace("The ", "This ") for sentence in ENGLISH]
TURKISH_ENGLISH = dict(zip(TURKISH, FAITHFUL, strict=True))


def pair(
    encoder: UseM3, translate: Any, source: Sequence[str] = TURKISH, target: Sequence[str] = ENGLISH
) -> Bitext:
    return Aligner(encoder, translate=translate).pair(document(source, "tr"), document(target, "en"))


def test_translations_stand_beside_the_segments(encoder: UseM3) -> None:
    translator = ByHeart(TURKISH_ENGLISH)
    bitext = pair(encoder, from_into("tr", "en", translator))
    assert beads_of(bitext) == DIAGONAL
    assert [s.translation for s in bitext.source.segments] == FAITHFUL
    assert {s.translation for s in bitext.target.segments} == {None}
    assert translator.asked == TURKISH
    assert bitext.signature.endswith(" | translate:by-heart 1")
    assert bitext.notes == ("the source was translated with by heart",)


def test_swapping_the_documents_mirrors_the_beads(encoder: UseM3) -> None:
    aligner = Aligner(encoder, translate=from_into("tr", "en", ByHeart(TURKISH_ENGLISH)))
    there = aligner.pair(document(TURKISH, "tr"), document(ENGLISH, "en"))
    back = aligner.pair(document(ENGLISH, "en"), document(TURKISH, "tr"))
    scores = {(bead.source, bead.target): bead.score for bead in there.beads}
    assert {(bead.target, bead.source): bead.score for bead in back.beads} == scores
    assert back.target == there.source
    assert back.notes == ("the target was translated with by heart",)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(lambda _: "", id="nothing"),
        pytest.param(lambda k: TURKISH[k], id="the source"),
        pytest.param(lambda _: "of the of the of the of the", id="going round in circles"),
        pytest.param(lambda k: UNRELATED[k % 10], id="something else"),
        pytest.param(lambda k: FAITHFUL[k - 1], id="the sentence before"),
        pytest.param(lambda k: FAITHFUL[k - k % 2], id="every other sentence twice"),
    ],
)
def test_a_poor_translator_changes_no_bead(encoder: UseM3, said: Callable[[int], str]) -> None:
    places = [5, 0, 9, 2, 11, 7, 4, 1, 8, 3, 10, 6]
    target = [ENGLISH[k] for k in places]
    poor = ByHeart({sentence: said(k) for k, sentence in enumerate(TURKISH)})
    without, beside = (
        pair(encoder, "off", target=target),
        pair(encoder, from_into("tr", "en", poor), target=target),
    )
    assert beside.beads == without.beads


def test_clauses_are_translated_and_sentences_hold_those_of_their_clauses(
    encoder: UseM3, baku: tuple[Document, Document], baku_bitext: Bitext
) -> None:
    parrot = ByHeart({})
    bitext = Aligner(encoder, translate=from_into("ar", "en", parrot)).pair(*baku)
    assert bitext.beads == baku_bitext.beads
    for segment, plain in zip(bitext.source.segments, baku_bitext.source.segments, strict=True):
        assert replace(segment, translation=None) == plain
        said = " ".join(segment.shown.split()) if segment.alignable else None
        assert segment.translation == said
    sentences = polyalign.segment(baku[0].text, language="ar")
    assert len(parrot.asked) > len(sentences)
    assert not any(segment.boilerplate and segment.translation for segment in bitext.source.segments)


def test_user_segments_are_translated_sentence_by_sentence_and_blank_ones_not_at_all(encoder: UseM3) -> None:
    translator = ByHeart(TURKISH_ENGLISH)
    given = [f"{TURKISH[0]} {TURKISH[1]}", "", *TURKISH[2:]]
    bitext = pair(encoder, from_into("tr", "en", translator), given)
    assert translator.asked == TURKISH
    said = [s.translation for s in bitext.source.segments]
    assert said == [f"{FAITHFUL[0]} {FAITHFUL[1]}", None, *FAITHFUL[2:]]


def test_long_texts_hear_translations_too(encoder: UseM3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MAX_AT_ONCE", 10)
    bitext = pair(encoder, from_into("tr", "en", ByHeart(TURKISH_ENGLISH)))
    without = pair(encoder, "off")
    assert beads_of(bitext) == beads_of(without) == DIAGONAL
    assert [bead.score for bead in bitext.beads] != [bead.score for bead in without.beads]
    assert pair(encoder, from_into("tr", "en", ByHeart({}))).beads == without.beads


def test_progress_tells_of_the_translation(encoder: UseM3) -> None:
    stages: list[Stage] = []
    translate = from_into("tr", "en", ByHeart({}))
    Aligner(encoder, translate=translate, progress=stages.append).pair(
        document(TURKISH, "tr"), document(ENGLISH, "en")
    )
    assert Stage("translating", "", 12, 12, "clauses") in stages


# Who translates


def test_an_installed_model_is_heard_by_default(encoder: UseM3) -> None:
    assert Aligner(encoder).translate == "auto"
    assert Aligner(encoder, translate="off").signature.endswith("translate:off")


def test_there_is_nothing_to_translate_within_a_language(encoder: UseM3) -> None:
    aligner = Aligner(encoder, translate="en-de")
    bitext = aligner.pair(document(ENGLISH, "en"), document(ENGLISH, "en-GB"))
    assert bitext.signature.endswith("translate:off")


@given(st.sampled_from(["ar", "en", "en-GB", "tr", "de"]), st.sampled_from(["ar", "en", "tr", "pt-BR"]))
def test_the_way_does_not_depend_on_who_is_the_source(one: str, other: str) -> None:
    assert ways(one, other) == ways(other, one)
    assert set(ways(one, other)) == {(one, other), (other, one)}


def test_into_english_comes_before_out_of_it() -> None:
    assert ways("en", "ar") == [("ar", "en"), ("en", "ar")]
    assert ways("zh", "en-GB")[0] == ("zh", "en-GB")


@pytest.fixture(name="models")
def _models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for models, and no others on the machine."""
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


GERMAN = (document(UNRELATED, "de"), document(ENGLISH, "en"))


@pytest.mark.usefixtures("models")
def test_auto_says_nothing_where_no_model_is_installed(encoder: UseM3) -> None:
    bitext = Aligner(encoder, translate="auto").pair(*GERMAN)
    assert bitext == Aligner(encoder, translate="off").pair(*GERMAN)


@pytest.mark.usefixtures("models")
def test_a_named_model_that_is_missing_is_an_error_with_the_command(encoder: UseM3) -> None:
    with pytest.raises(NotInstalledError, match="polyalign models pull de-en"):
        Aligner(encoder, translate="de-en").pair(*GERMAN)


@pytest.mark.parametrize("model", ["tr-en", "Helsinki-NLP/opus-mt-tr-en", "some/opus-mt-fr-it"])
def test_a_named_model_between_other_languages_is_an_error(encoder: UseM3, model: str) -> None:
    with pytest.raises(InputError, match=f"{model} does not translate between de and en"):
        Aligner(encoder, translate=model).pair(*GERMAN)


def test_auto_tells_of_a_damaged_model_and_goes_on(encoder: UseM3, models: Path) -> None:
    (models / "de-en").mkdir()
    for name in ("config.json", "vocab.json", "source.spm", "target.spm", "model.safetensors"):
        (models / "de-en" / name).write_bytes(b"")
    bitext = Aligner(encoder, translate="auto").pair(*GERMAN)
    assert bitext.notes[0].startswith("nothing was translated: ")
    assert bitext.signature.endswith("translate:off")
    with pytest.raises(polyalign.PolyalignError):
        Aligner(encoder, translate="de-en").pair(*GERMAN)


@pytest.mark.parametrize("choice", ["auto", "ar-en", "folder"])
def test_an_installed_model_translates(encoder: UseM3, models: Path, tiny_ar_en: Tiny, choice: str) -> None:
    pytest.importorskip("ctranslate2")
    (models / "ar-en").symlink_to(tiny_ar_en.folder)
    translate = str(models / "ar-en") if choice == "folder" else choice
    bitext = Aligner(encoder, translate=translate).pair(document(ARABIC, "ar"), document(TINY_ENGLISH, "en"))
    assert [s.translation for s in bitext.source.segments] == list(TINY_ENGLISH)
    assert "ctranslate2" in bitext.signature.rpartition("translate:")[2]
    assert beads_of(bitext) == {((k,), (k,)) for k in range(len(ARABIC))}


def test_auto_does_not_translate_long_texts_unasked(
    encoder: UseM3, models: Path, tiny_ar_en: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ctranslate2")
    (models / "ar-en").symlink_to(tiny_ar_en.folder)
    monkeypatch.setattr(preparation, "MAX_UNASKED", 3)
    bitext = Aligner(encoder, translate="auto").pair(document(ARABIC, "ar"), document(TINY_ENGLISH, "en"))
    assert bitext.notes == (f"nothing was translated: {len(ARABIC)} clauses are too many unasked",)
    assert {s.translation for s in bitext.source.segments} == {None}


# In files


def test_translations_are_read_back_from_json() -> None:
    segments = (
        Segment(0, 0, 2, "ab", translation="cd"),
        Segment(1, 3, 4, "e", "caption"),
        Segment(2, 5, 6, "f"),
        Segment(3, 7, 8, "g", translation=""),
    )
    bitext = Bitext(Side("ar", segments), Side("en", ()), ())
    assert Bitext.from_json(bitext.to_json()) == bitext
    rows = bitext.to_dict()["source"]["segments"]
    assert ["translation" in row for row in rows] == [True, False, False, True]


def test_a_translation_that_is_no_string_is_refused() -> None:
    data = Bitext(Side("ar", (Segment(0, 0, 2, "ab"),)), Side("en", ()), ()).to_dict()
    data["source"]["segments"][0]["translation"] = 7
    with pytest.raises(InputError, match="translation must be a string, not a whole number"):
        Bitext.from_json(json.dumps(data))


# The benchmark


@pytest.fixture(name="benchmark")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("assisted")


@given(source=st.lists(st.lists(st.integers(0, 30), max_size=2), max_size=8), seed=st.integers(0, 99))
def test_gold_groups_are_the_least_that_hold_what_is_shared(source: list[list[int]], seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        benchmark = importlib.import_module("assisted")
    ids = list(dict.fromkeys(k for group in source for k in group))
    source = [[k] for k in ids]
    target = benchmark.in_segments(random.Random(seed).sample(ids, len(ids)), random.Random(seed))
    gold = benchmark.gold_of(source, target)
    assert sorted(i for here, _ in gold for i in here) == list(range(len(source)))
    assert sorted(j for _, there in gold for j in there) == list(range(len(target)))
    assert all(len(there) == 1 for _, there in gold)


def test_words_are_dealt_out_by_length(benchmark: ModuleType) -> None:
    assert benchmark.dealt("a b c d e f".split(), ["xxxx", "yy"]) == ["a b c d", "e f"]
    assert benchmark.dealt([], ["x", "y"]) == ["", ""]


def test_the_benchmark_prints_its_table(
    benchmark: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "mt").mkdir()
    row = {"src_lang": "tr", "tgt_lang": "en", "src": TURKISH, "tgt": ENGLISH, "src_mt": FAITHFUL}
    gold = [[[k], [k]] for k in range(12)]
    bench = tmp_path / "bench" / "lighthouse.tr-en.jsonl"
    bench.write_text(json.dumps(row | {"gold": gold}) + "\n", encoding="utf-8")
    lines = [f"{s}\t{t}\t{m}" for s, t, m in zip(TURKISH, ENGLISH, FAITHFUL, strict=True)] * 4
    tsv = "\n".join(["source\treference\topus_mt", *lines]) + "\n"
    (tmp_path / "mt" / "flores-dev.tr-en.tsv").write_text(tsv, encoding="utf-8")
    benchmark.main([str(tmp_path), "--poor", "--sets", "lighthouse*", "--json", str(tmp_path / "out.json")])
    benchmark.main([str(tmp_path), "--sets", "flores-hard*", "--documents", "1"])
    printed = capsys.readouterr().out
    assert "| lighthouse.tr-en | 1 | 1.000 | 1.000 |" in printed
    assert "| flores-hard.tr-en | 1 |" in printed
    figures = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["rows"][0]["strict_f1"]
    assert set(figures) == {"off", "on", *benchmark.SPOILED}
