"""The benchmarks run on a tiny set and print their tables; the scorer agrees with the reference."""

from __future__ import annotations

import importlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign import Document
from tests.helpers.places import ROOT

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


@pytest.fixture(name="calibration", scope="module")
def _calibration() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("calibration")


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


@pytest.mark.slow
def test_quality_measures_sets_and_seeds(bench: Path) -> None:
    result, markdown = bench / "result.json", bench / "result.md"
    files = ("--json", result, "--markdown", markdown)
    done = printed("quality.py", bench, "--seeds", SEEDS[0].parent, "--sets", "*[yu].*", "--peers", *files)
    rows = cells(done.stdout)
    assert {(row[0], row[1]) for row in rows} == {("tiny", "ar-en"), ("seeds-baku", "ar-en")}
    assert {"polyalign", "mutual best match"} <= {row[2] for row in rows}
    assert {len(row) for row in rows} == {15}
    assert "tiny.zz-en is left out: " in done.stderr
    data = json.loads(result.read_text(encoding="utf-8"))
    assert data["signature"] in done.stdout
    assert len(data["rows"]) == len(rows)
    assert markdown.read_text(encoding="utf-8").strip() == done.stdout.strip()


@pytest.mark.slow
def test_calibration_judges_sets_and_seeds(bench: Path) -> None:
    result, markdown = bench / "calibration.json", bench / "calibration.md"
    files = ("--json", result, "--markdown", markdown)
    done = printed("calibration.py", bench, "--seeds", SEEDS[0].parent, "--sets", "*[yu].*", *files)
    rows = cells(done.stdout)
    assert [row[0] for row in rows] == [
        *("seeds-baku.ar-en", "tiny.ar-en", "all reports", "all others", "all")
    ]
    assert {len(row) for row in rows} == {10}
    assert int(rows[-1][1]) == int(rows[0][1]) + int(rows[1][1])
    assert "tiny.zz-en is left out: " in done.stderr
    data = json.loads(result.read_text(encoding="utf-8"))
    assert data["signature"] in done.stdout
    assert [row["name"] for row in data["rows"]] == [row[0] for row in rows]
    beads = {f"all {kind}": sum(one["beads"] for one in found) for kind, found in data["bins"].items()}
    assert beads == {row["name"]: row["beads"] for row in data["rows"] if row["name"].startswith("all ")}
    assert markdown.read_text(encoding="utf-8").strip() == done.stdout.strip()


@pytest.mark.slow
def test_calibration_judges_running_text(bench: Path) -> None:
    done = printed("calibration.py", bench, "--seeds", bench, "--sets", "tiny.ar-en", "--text")
    assert [row[0] for row in cells(done.stdout)] == ["tiny.ar-en", "all others", "all"]


@pytest.mark.slow
def test_calibration_judges_what_was_said_elsewhere(calibration: ModuleType, tmp_path: Path) -> None:
    said = tmp_path / "said.jsonl"
    scores = [("news-a", 0.9, True), ("news-a", 0.3, 0), ("mac4", 0.6, 1.0), ("mac4", 0.8, 0.99), ("x", 1, 1)]
    _write_rows(said, [{"set": name, "score": score, "right": right} for name, score, right in scores])
    found = calibration.read_said(said)
    assert [one.right for one in found] == [True, False, True, False, True]
    assert [one.kind for one in found] == ["news", "news", "translations", "translations", "others"]
    rows = cells(printed("calibration.py", "--said", said, "--sets", "[mn]*").stdout)
    assert [(row[0], row[1]) for row in rows] == [
        *(("mac4", "2"), ("news-a", "2"), ("all news", "2"), ("all translations", "2"), ("all", "4"))
    ]
    assert rows[0][2:7] == ["0.700", "0.500", "0.995", "0.600", "0.295"]
    assert rows[1][2:] == ["0.600", "0.500", "0.500", "0.200", "0.200", "0.303", "0.050", "1.000"]


def test_a_reliability_plot_is_drawn_the_same_twice(calibration: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    dice = random.Random(5)
    names = ("news-parallel.ar-en", "mac4.zh-en", "elsewhere.de-fr")
    said = [
        calibration.Said(name, p := dice.random(), dice.random() < p) for name in names for _ in range(99)
    ]
    pictures = [tmp_path / "one.png", tmp_path / "two.png"]
    for path in pictures:
        calibration.plot(path, [*said, calibration.Said("seeds-alone.tr-en", 1.0, True)], "by dice")
    one, two = (path.read_bytes() for path in pictures)
    assert one.startswith(b"\x89PNG")
    assert one == two


def test_no_plot_is_promised_without_matplotlib(
    calibration: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(calibration, "find_spec", lambda _: None)
    with pytest.raises(SystemExit):
        calibration.main(["--plot"])
    assert "--plot needs matplotlib: pip install matplotlib" in capsys.readouterr().err


def test_calibration_without_beads_says_so(
    calibration: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        calibration.main([str(tmp_path), "--seeds", str(tmp_path)])
    assert "there are no beads to judge" in capsys.readouterr().err


@pytest.mark.slow
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


@pytest.mark.slow
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


scored = st.lists(st.tuples(st.sampled_from([k / 20 for k in range(21)]), st.booleans()), min_size=1)


@given(scored)
def test_auc_is_the_chance_that_a_right_bead_scores_higher(
    calibration: ModuleType, said: list[tuple[float, bool]]
) -> None:
    hits, misses = ([score for score, right in said if right is which] for which in (True, False))
    wins = [(high > low) + (high == low) / 2 for high, low in product(hits, misses)]
    scores, right = (np.array(column) for column in zip(*said, strict=True))
    found = calibration.auc(scores, right)
    assert found == (pytest.approx(np.mean(wins)) if wins else None)


@given(scored)
def test_the_bins_hold_every_bead_once(calibration: ModuleType, said: list[tuple[float, bool]]) -> None:
    beads = [calibration.Said("news", score, right) for score, right in said]
    found, row = calibration.bins(beads), calibration.figures("news", beads)
    assert sum(one.beads for one in found) == row.beads == len(said)
    assert [one.score for one in found] == sorted(one.score for one in found)
    assert all(0 <= one.low <= one.right <= one.high <= 1 for one in found)
    off = sum(one.beads * abs(one.score - one.right) for one in found) / len(said)
    assert off == pytest.approx(row.calibration_error)


@pytest.mark.parametrize(
    ("hits", "beads", "low", "high"),
    [(0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval(calibration: ModuleType, hits: int, beads: int, low: float, high: float) -> None:
    """The values of Newcombe (1998) for 81 of 263, and of the closed form for the ends."""
    assert calibration.wilson(hits, beads) == pytest.approx((low, high), abs=1e-4)


def test_by_chance_is_the_error_of_perfect_scores(calibration: ModuleType, quality: ModuleType) -> None:
    random = np.random.default_rng(3)
    scores = random.beta(5, 1, 400)
    rolled = [zip(scores, random.random(400) < scores, strict=True) for _ in range(300)]
    usual = np.mean([quality.calibration_error(said) for said in rolled])
    assert calibration.by_chance(scores) == pytest.approx(usual, rel=0.1)


def test_running_text_keeps_the_gold_where_it_stands(
    calibration: ModuleType, stories: ModuleType, bench: Path
) -> None:
    story = stories.segmented(bench / "tiny.ar-en.jsonl")[0]
    text = calibration.as_text(story)
    assert text.source.document.segments is None
    assert [text.target.document.text[a:b] for a, b in text.target.sentences] == ENGLISH
    assert (text.gold, text.languages) == (story.gold, "ar-en")


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


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_calibration_errors_agree(said: list[tuple[float, bool]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        mining, documents = importlib.import_module("mining"), importlib.import_module("documents")
    scores, right = np.array([score for score, _ in said]), np.array([right for _, right in said])
    tenths = np.minimum((scores * 10).astype(int), 9)
    expected = sum(abs((scores - right)[tenths == k].sum()) for k in range(10)) / len(said)
    assert mining.ece(scores, right) == pytest.approx(expected)
    assert documents.calibration_error(scores, right) == pytest.approx(expected)


@given(st.floats(0.2, 3), st.floats(0.01, 10), st.integers(0, 1000))
def test_corpus_tells_growth_and_changes_shared_numbers_alike(power: float, cost: float, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        corpus = importlib.import_module("corpus")
    rows = [corpus.Row(n, cost * n**power, 2 * cost * n**power, 1, 1, 1, 1, 1) for n in (10, 200, 3000)]
    assert corpus.slope(rows, "seconds") == pytest.approx(power)
    assert corpus.slope(rows[:1], "seconds") is None
    one, other = corpus.changed(
        ("في 2024 حضر 300 ضيف", "In 2024 came 300 guests, 17 late"), random.Random(seed)
    )
    shared = set(corpus._NUMBER.findall(one)) & set(corpus._NUMBER.findall(other))
    assert sorted(map(len, shared)) == [3, 4]
    assert "17" in other


@pytest.mark.slow
def test_the_server_benchmark_counts_what_it_sent() -> None:
    done = printed("server.py", "--rows", "40", "--operations", "12", "--at-once", "3")
    assert "3 of 3 comments sent together are there" in done.stdout
    assert all(float(cell) > 0 for row in cells(done.stdout) for cell in row[2:])
