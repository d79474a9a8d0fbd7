"""The benchmarks run on a tiny set and print their tables; the scorer agrees with the reference."""

from __future__ import annotations

import importlib
import json
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from polyalign import Document

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
REFERENCE = ROOT.parent / "shared" / "bench" / "score.py"
SEEDS = sorted((ROOT / "seeds").glob("*.gold.json"))

ARABIC = [
    "افتتحت المدينة مكتبة جديدة على ضفة النهر.",
    "وتضم المكتبة أربعين ألف كتاب.",
    "ويصل القطار إلى المحطة في السابعة صباحاً.",
]
ENGLISH = [
    "The train gets to the station at seven in the morning.",
    "A new library opened on the bank of the river.",
    "It holds forty thousand books.",
    "Onions went up in price again.",
]
KINDS = ("line", "document")
GOLD = [[[0], [1]], [[1], [2]], [[2], [0]], [[], [3]]]


@pytest.fixture(name="quality")
def _quality(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("quality")


@pytest.fixture(name="stories")
def _stories(quality: ModuleType) -> ModuleType:
    return sys.modules[quality.Story.__module__]


@pytest.fixture(name="bench")
def _bench(tmp_path: Path) -> Path:
    row: dict[str, Any] = {"src_lang": "ar", "tgt_lang": "en", "src": ARABIC, "tgt": ENGLISH, "gold": GOLD}
    noise = {"src_noise": [0, 0, 0], "tgt_noise": [0, 0, 0, 1]}
    rows = [row | {"id": "plain"}, row | noise | {"id": "noisy"}]
    _write_rows(tmp_path / "tiny.ar-en.jsonl", rows)
    _write_rows(tmp_path / "tiny.zz-en.jsonl", [row | {"id": "unknown", "src_lang": "zz"}])
    return tmp_path


def _write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def printed(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What a benchmark prints, as a process of its own."""
    command = [sys.executable, str(BENCHMARKS / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8")


def cells(table: str) -> list[list[str]]:
    """The rows of a Markdown table under its head."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_quality_measures_sets_and_seeds(bench: Path) -> None:
    result, markdown = bench / "result.json", bench / "result.md"
    files = ("--json", result, "--markdown", markdown)
    done = printed("quality.py", bench, "--seeds", SEEDS[0].parent, "--sets", "*[yu].*", "--peers", *files)
    rows = cells(done.stdout)
    assert {(row[0], row[1]) for row in rows} == {("tiny", "ar-en"), ("seeds-baku", "ar-en")}
    assert {"polyalign", "mutual best match"} <= {row[2] for row in rows}
    assert {len(row) for row in rows} == {13}
    assert "tiny.zz-en is left out: " in done.stderr
    data = json.loads(result.read_text(encoding="utf-8"))
    assert data["signature"] in done.stdout
    assert len(data["rows"]) == len(rows)
    assert markdown.read_text(encoding="utf-8").strip() == done.stdout.strip()


def test_speed_prints_figures_with_verdicts(tmp_path: Path) -> None:
    texts = tmp_path / "source.txt", tmp_path / "target.txt"
    for path, sentences in zip(texts, (ARABIC, ENGLISH), strict=True):
        path.write_text("\n".join(sentences), encoding="utf-8")
    done = printed("speed.py", *texts, "--rounds", "1", "--no-peer", "--json", tmp_path / "speed.json")
    rows = cells(done.stdout)
    assert any("peak memory" in row[0] for row in rows)
    assert any("encode_spans" in row[0] for row in rows)
    assert {row[3] in {"ok", "missed"} for row in rows if row[2] != "–"} == {True}
    data = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    assert [figure["name"] for figure in data["figures"]] == [row[0] for row in rows]


def test_detection_and_segmentation_print_a_row_for_each_kind(tmp_path: Path) -> None:
    lines = tmp_path / "lines.tsv"
    rows = [(tag, unit, text) for tag, text in (("ar", ARABIC), ("en", ENGLISH)) for unit in KINDS]
    body = [f"{tag}\t{unit}\t{' '.join(text)}" for tag, unit, text in rows]
    lines.write_text("\n".join(["language\tunit\ttext", *body]), encoding="utf-8")
    units = [row[0] for row in cells(printed("detection.py", "--data", lines).stdout)]
    assert units == ["line", "document", "quoting", "3 words"]
    paragraphs = tmp_path / "paragraphs.jsonl"
    row = {"language": "en", "sentences": ENGLISH, "text": " ".join(ENGLISH)}
    _write_rows(paragraphs, [row])
    assert [row[0] for row in cells(printed("segmentation.py", paragraphs).stdout)] == ["en"]


@pytest.mark.skipif(not REFERENCE.is_file(), reason="shared/bench/score.py is not here")
@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_those_of_the_reference(
    quality: ModuleType, stories: ModuleType, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    documents = [_random_document(dice, str(k)) for k in range(6)]
    guesses = [_random_beads(dice, document) for document in documents]
    gold, predicted = tmp_path / "gold.jsonl", tmp_path / "predicted.jsonl"
    _write_rows(gold, documents)
    _write_rows(predicted, [{"id": d["id"], "beads": b} for d, b in zip(documents, guesses, strict=True)])
    command = [sys.executable, str(REFERENCE), str(gold), str(predicted), "--json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    answers = [quality.Answer({(tuple(s), tuple(t)): 0.5 for s, t in beads}) for beads in guesses]
    ours = quality.scores(stories.segmented(gold), answers)
    for name in ("strict", "lax", "pair"):
        rates = getattr(ours, name)
        found = [rates.precision, rates.recall, rates.f1]
        assert found == pytest.approx([theirs[f"{name}_{kind}"] for kind in ("p", "r", "f1")], abs=1e-4)
    assert ours.noise == pytest.approx(theirs["noise"], abs=1e-4)


def _random_document(dice: random.Random, name: str) -> dict[str, Any]:
    """A document with random gold; every other one marks no noise."""
    document: dict[str, Any] = {"id": name, "src_lang": "ar", "tgt_lang": "en"}
    for side in ("src", "tgt"):
        size = dice.randint(4, 9)
        document[side] = [f"{side} {k}" for k in range(size)]
        if int(name) % 2:
            document[f"{side}_noise"] = [dice.random() < 0.2 for _ in range(size)]
    return document | {"gold": [*_random_beads(dice, document), [[0], []]]}


def _random_beads(dice: random.Random, document: dict[str, Any]) -> list[list[list[int]]]:
    """Beads of one or two ids a side, none twice."""

    def group(side: str) -> list[int]:
        return sorted(dice.sample(range(len(document[side])), dice.randint(1, 2)))

    beads = [[group("src"), group("tgt")] for _ in range(9)]
    return [bead for k, bead in enumerate(beads) if bead not in beads[:k]]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_the_gold_of_the_seeds_is_perfect_against_itself(
    quality: ModuleType, stories: ModuleType, path: Path
) -> None:
    story = stories.raw(path)
    scores = quality.scores([story], [quality.Answer(dict.fromkeys(story.gold, 1.0))])
    assert (scores.strict.f1, scores.lax.f1, scores.pair.f1) == pytest.approx((1, 1, 1))
    assert (scores.noise, scores.calibration_error) == (0, 0)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_every_gold_sentence_stands_for_itself(stories: ModuleType, path: Path) -> None:
    story = stories.raw(path)
    for text in (story.source, story.target):
        for number, stretch in enumerate(text.sentences):
            assert text.gold_ids([stretch]) == (number,)
        assert text.gold_ids(text.sentences) == tuple(range(len(text.sentences)))


def test_a_segment_stands_for_what_it_mostly_covers(stories: ModuleType) -> None:
    text = stories.Text(Document("x" * 40), ((0, 10), (11, 20), (21, 40)), None)
    assert text.gold_ids([(0, 20)]) == (0, 1)
    assert text.gold_ids([(22, 28)]) == (2,)
    assert text.gold_ids([(8, 20)]) == (1,)
    assert text.gold_ids([(0, 4), (21, 39)]) == (0, 2)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(1.0, True), (1.0, True)], 0.0),
        ([(0.95, True), (0.95, False)], 0.45),
        ([(0.2, False), (0.9, True)], 0.15),
        ([(0.5, True), (0.5, False)], 0.0),
    ],
)
def test_calibration_error(quality: ModuleType, said: list[tuple[float, bool]], expected: float) -> None:
    assert quality.calibration_error(said) == pytest.approx(expected)


def test_a_ladder_becomes_the_beads_between_its_rungs(quality: ModuleType) -> None:
    ladder = ["0\t0\t0.3", "1\t1\t1.2", "3\t2\t0.8", "3\t4\t-0.3", "5\t6\t0.5"]
    assert quality.peers.rungs(ladder) == [((0,), (0,)), ((1, 2), (1,)), ((3, 4), (4, 5))]


def test_peers_make_beads(quality: ModuleType, encoder: Any) -> None:
    found = quality.peers.mutual_best(encoder, ARABIC, ENGLISH)
    assert {((0,), (1,)), ((2,), (0,))} <= set(found)
    assert quality.peers.mutual_best(encoder, [], ENGLISH) == []
    pytest.importorskip("galechurch")
    lengths = quality.peers.galechurch(
        ["Short.", "A much longer sentence here."], ["Kurz.", "Ein viel längerer Satz hier."]
    )
    assert lengths == [((0,), (0,)), ((1,), (1,))]
