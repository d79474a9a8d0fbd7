"""The training of the small model: the lexicon against a known dictionary, and a run that is resumed."""

from __future__ import annotations

import json
import random
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("transformers", reason="training needs transformers")

import lexicon  # noqa: E402
import train  # noqa: E402

NAMES = "سامي ليلى عمر هدى نور كريم سلمى يوسف".split()
ENGLISH = "Sami Layla Omar Huda Noor Karim Salma Yousef".split()
THINGS = {"كتاب": "a book", "تفاحة": "an apple", "رسالة": "a letter", "قلم": "a pen", "خبز": "some bread"}
DOINGS = {"اشترى": "bought", "وجد": "found", "أخذ": "took", "رأى": "saw"}
sentences = st.lists(st.integers(0, 9), min_size=1, max_size=8)


def corpus() -> list[tuple[str, str, str]]:
    """Sentences of a name, a doing and a thing: verb first in Arabic, name first in English."""
    return [
        (f"{does} {name} {thing}.", f"{english} {did} {what}.", "ours" if count % 3 else "xquad")
        for count, (name, english, does, did, thing, what) in enumerate(
            (name, english, does, did, thing, what)
            for name, english in zip(NAMES, ENGLISH, strict=True)
            for does, did in DOINGS.items()
            for thing, what in THINGS.items()
        )
    ]


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A training file, for a model small enough to train in seconds."""
    small = {"d_model": 32, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "encoder_layers": 1}
    monkeypatch.setattr(train, "SHAPE", train.SHAPE | small)
    for name, value in {
        "SOURCE_PIECES": 60,
        "TARGET_PIECES": 60,
        "BATCH": 300,
        "HELD_OUT": 5,
        "WARMUP": 10,
        "RATE": 5e-3,
    }.items():
        monkeypatch.setattr(train, name, value)
    path = tmp_path / "text.tsv"
    rows = [("source", "english", "origin"), *corpus()]
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def trainer(text: Path, work: Path) -> train.Trainer:
    torch.manual_seed(1)
    work.mkdir(exist_ok=True)
    kept, held = train.read([text], 1)
    vocabulary = train.pieces(kept, work)
    return train.Trainer(vocabulary, [vocabulary.encode(s, t) for s, t, _ in kept], held, work, 1)


@given(st.lists(sentences, min_size=4, max_size=30), st.randoms())
@settings(deadline=None, max_examples=20)
def test_the_lexicon_finds_the_dictionary_that_made_the_text(
    rows: list[list[int]], order: random.Random
) -> None:
    """Each number is written as another; a number that was seen in unlike sentences is told apart."""
    dictionary = list(range(10))
    order.shuffle(dictionary)
    rows += [[i] for i in range(10)]
    source, target = train._padded(rows), train._padded([[dictionary[i] for i in row] for row in rows])
    table = lexicon.learn([(source, target)], (10, 10))
    assert table.argmax(1).tolist() == dictionary
    assert torch.allclose(table.sum(1), torch.ones(10), atol=1e-4)


@given(st.lists(st.tuples(sentences, sentences), min_size=1, max_size=6))
@settings(deadline=None, max_examples=20)
def test_matches_are_shared_out_among_the_pieces_of_the_sentence(
    rows: list[tuple[list[int], list[int]]],
) -> None:
    source, target = (train._padded([row[side] for row in rows]) for side in (0, 1))
    links = lexicon.posterior(torch.rand(10, 10), source, target)
    assert torch.allclose(links.sum(2), (target >= 0).float(), atol=1e-4)
    assert not links.masked_select((source < 0).unsqueeze(1).expand_as(links)).any()


@given(st.lists(st.tuples(sentences, sentences), min_size=1, max_size=40), st.integers(8, 60), st.integers())
def test_batches_hold_every_pair_once_and_keep_to_the_size(
    rows: list[tuple[list[int], list[int]]], size: int, seed: int
) -> None:
    pairs = [train.Pair(*row) for row in rows]
    made = list(train.batches(pairs, size, random.Random(seed)))
    flat = [pair for batch in made for pair in batch]
    assert sorted(map(id, flat)) == sorted(map(id, pairs))
    widths = [max(max(len(p.source), len(p.target)) for p in batch) * len(batch) for batch in made]
    assert all(width <= size for width in widths)
    assert made == list(train.batches(pairs, size, random.Random(seed)))


SHARED = Path(__file__).parents[1].parent / "shared" / "mt"


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/mt")
def test_the_text_to_train_on_shares_no_eight_words_with_the_text_to_measure_on() -> None:
    def rows(name: str) -> list[list[str]]:
        return [line.split("\t") for line in (SHARED / name).read_text(encoding="utf-8").splitlines()[1:]]

    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[i : i + 8]) for i in range(len(words) - 7)}

    measured = {run for row in rows("flores-dev.ar-en.tsv") for text in row[:2] for run in runs(text)}
    assert len(measured) > 20_000
    assert not any(measured & runs(text) for row in rows("train.ar-en.tsv") for text in row[:2])


def test_held_out_pairs_are_not_trained_on(text: Path) -> None:
    kept, held = train.read([text], 1)
    assert len(held) == 5
    assert not {(s, t) for s, t, _ in kept} & set(held)
    assert sum(origin == "xquad" for *_, origin in kept) == 2 * (len(corpus()) // 3 + 1 - 5)


def test_pieces_that_only_the_source_has_come_after_what_can_be_written(text: Path, tmp_path: Path) -> None:
    kept, _ = train.read([text], 1)
    vocabulary = train.pieces(kept, tmp_path)
    numbers = sorted(vocabulary.ids.values())
    assert numbers == list(range(len(numbers)))
    assert (vocabulary.ids["</s>"], vocabulary.ids["<unk>"]) == (0, 1)
    assert vocabulary.padding == len(numbers) - 1
    pair = vocabulary.encode("اشترى سامي كتاب.", "اشترى bought")
    assert max(pair.target) < vocabulary.outputs
    assert train.UNKNOWN in pair.target
    assert max(pair.source) >= vocabulary.outputs


@pytest.mark.parametrize(
    "text_and_plain", [("كِتَابٌ", "كتاب"), ("أحمد", "احمد"), ("٢٠٢٣", "2023"), ("مـــاء", "ماء")]
)
def test_spellings_of_one_word_are_one(text_and_plain: tuple[str, str], text: Path, tmp_path: Path) -> None:
    kept, _ = train.read([text], 1)
    vocabulary = train.pieces(kept, tmp_path)
    written, plain = text_and_plain
    assert vocabulary.encode(written, "") == vocabulary.encode(plain, "")


@pytest.mark.slow
def test_training_learns_and_goes_on_where_it_stopped(text: Path, tmp_path: Path) -> None:
    """Stopped and resumed in the middle of an epoch, the weights are those of a run in one go."""
    whole = trainer(text, tmp_path / "a")
    losses = [whole._update(whole._next()) for _ in range(60)]
    assert losses[-1] < 0.6 * losses[0]
    first = trainer(text, tmp_path / "b")
    for _ in range(23):
        first._update(first._next())
    first._save()
    second = trainer(text, tmp_path / "b")
    for _ in range(37):
        second._update(second._next())
    assert second.epoch == whole.epoch > 0
    assert all(torch.equal(whole.average[name], value) for name, value in second.average.items())


def test_the_model_is_written_as_marian_repositories_are(text: Path, tmp_path: Path) -> None:
    from transformers import MarianMTModel

    made = trainer(text, tmp_path / "w")
    for _ in range(3):
        made._update(made._next())
    folder = tmp_path / "model"
    train.export(made, folder)
    files = {"config.json", "generation_config.json", "model.safetensors", "source.spm", "target.spm"}
    assert files | {"vocab.json", "tokenizer_config.json"} <= {path.name for path in folder.iterdir()}
    model: Any = MarianMTModel.from_pretrained(folder)
    sources = [source for source, _ in made.held]

    assert train.translate(model, made.vocabulary, sources) == train.translate(
        made.averaged(), made.vocabulary, sources
    )
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    assert [a < b for a, b in pairwise(vocabulary.values())] == [True] * (len(vocabulary) - 1)
    assert float(model.final_logits_bias[0, -1]) == train.IMPOSSIBLE
