"""Sentences: lossless on any string, then a data file of cases for each language, then the gold."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import tomllib
import unicodedata
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.segmentation import rules, segment
from polyalign.segmentation.rules import ClauseRules, SentenceRules, sentence_rules
from tests.helpers.places import BENCHMARKS, DATA, SHARED

CASES = DATA / "segmentation"
DATA = Path(rules.__file__).with_name("data")
GOLD = SHARED / "segmentation" / "news.dev.jsonl"
BENCHMARK = BENCHMARKS / "segmentation.py"
LANGUAGES = ["ar", "de", "en", "fa", "ja", "tr", "ru", "xx", ""]
LINE_ENDS = ["\n", "\r", "\r\n", "\u2028", "\u2029", "\f", "\v", "\x85"]

PIECES = [*"aAb1 .!?…؟。\"'”»()[]:،,", "أكد", "و", "Dr", "U.S.", "\u200f", "\x00", "\ud800"]

languages = st.sampled_from(LANGUAGES)
anything = st.text(st.characters(), max_size=60)
punctuated = st.lists(
    st.sampled_from(
        [*"aAb1 .!?…؟。\"'”»()[]:،,", "أكد", "و", "Dr", "U.S.", "\u200f", "\x00", "\ud800", *LINE_ENDS]
    )
).map("".join)
texts = st.one_of(anything, punctuated)


@dataclass(frozen=True)
class Case:
    """The sentences of a text; `fails` says why they are not found today."""

    language: str
    text: str
    sentences: tuple[str, ...]
    fails: str


def cases() -> list[Case]:
    """One case a paragraph of each data file: its sentences, joined by spaces to the text that is cut.

    "#joined": there is no space between them. Where neither holds, the text stands behind ">" and each
    sentence behind "=". "#!": fails today; other lines with "#" say what the case is about.
    """
    found = []
    for path in sorted(CASES.glob("*.txt")):
        for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
            lines = [line.strip() for line in paragraph.strip().splitlines()]
            fails = next((line[2:].strip() for line in lines if line.startswith("#!")), "")
            kept = [line for line in lines if not line.startswith("#")]
            text = next((line[2:] for line in kept if line.startswith("> ")), None)
            if text is None:
                text = ("" if "#joined" in lines else " ").join(kept)
            else:
                kept = [line[2:] for line in kept if line.startswith("= ")]
            found.append(Case(path.stem, text, tuple(kept), fails))
    return found


@given(texts, languages)
def test_joining_segments_and_gaps_gives_the_text_back(text: str, language: str) -> None:
    end = 0
    for number, s in enumerate(segment(text, language)):
        assert s.id == number
        assert text[s.start : s.end] == s.text
        assert s.start >= end
        assert invisible(text[end : s.start])
        end = s.end
    assert invisible(text[end:])


def invisible(gap: str) -> bool:
    return all(c.isspace() or unicodedata.category(c) in ("Cc", "Cf") for c in gap)


@given(texts, languages)
def test_no_segment_is_blank_or_has_blank_edges(text: str, language: str) -> None:
    for s in segment(text, language):
        assert s.text == s.text.strip() != ""
        assert not s.boilerplate


@given(texts, languages)
def test_a_line_end_always_breaks(text: str, language: str) -> None:
    for s in segment(text, language):
        assert len(s.text.splitlines()) == 1


@given(punctuated, languages)
def test_lines_are_cut_alone_as_together(text: str, language: str) -> None:
    alone = [s.text for line in text.splitlines() for s in segment(line, language)]
    assert [s.text for s in segment(text, language)] == alone


@pytest.mark.parametrize("line_end", LINE_ENDS, ids=ascii)
def test_every_kind_of_line_end(line_end: str) -> None:
    assert [s.text for s in segment(f"one{line_end}two", "en")] == ["one", "two"]


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.language}: {c.sentences[0][:30]}")
def test_sentences_of_each_language(case: Case) -> None:
    found = tuple(s.text for s in segment(case.text, case.language))
    if case.fails and found != case.sentences:
        pytest.xfail(case.fails)
    assert not case.fails, f"passes now, take the mark off: {case.fails}"
    assert found == case.sentences


HOSTILE = [
    *(
        "a. ",
        "A.B",
        "(",
        "(a. ",
        "a) ",
        "[1]",
        ".[a b c ",
        '"',
        'a."B',
        "a.'b",
        ". ",
        "...",
        "\u3002",
        " ",
        "x",
    ),
    *(
        "(1) (2) (3) ",
        "1. 2. 3. ",
        ": 1. a. 2. b. ",
        "\ufd3f1\ufd3e ",
        "a diyor A b c ",
        "a yaptı B c d ",
        "— a? ",
    ),
    *(
        "Article 5. ",
        ".¹²³",
        "a.\u200f ",
        "www.",
        "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll\n",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_time_grows_with_the_length(piece: str) -> None:
    """Four times the text takes four times the time; sixteen times would say that it grows faster."""

    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        started = time.process_time()
        segment(text, "tr")
        return time.process_time() - started

    segment(piece * 100, "tr")
    assert min(seconds(80_000) for _ in range(2)) < 9 * min(seconds(20_000) for _ in range(3)) + 0.02


@pytest.mark.parametrize(("tag", "base"), [("pt-BR", "pt"), ("de_AT", "de"), ("EN", "en"), ("ar-EG", "ar")])
def test_a_region_is_ignored(tag: str, base: str) -> None:
    assert sentence_rules(tag) == sentence_rules(base)


@pytest.mark.parametrize("language", ["xx", "und", "", "../de", "_general"])
def test_a_language_without_a_file_has_the_general_rules(language: str) -> None:
    assert not sentence_rules(language).ordinals
    assert [s.text for s in segment("Dr. No is here. He waits.", language)] == [
        "Dr. No is here.",
        "He waits.",
    ]


KEYS = {
    "sentences": {field.name for field in fields(SentenceRules)} - {"predicate"} | {"predicates"},
    "clauses": {field.name for field in fields(ClauseRules)} | {"verbs", "prefixes"},
    "boilerplate": {"agencies", "sources", "pictures", "captions", "bylines", "places", "dates"},
}


@pytest.mark.parametrize("path", sorted(DATA.glob("*.toml")), ids=lambda path: path.stem)
def test_a_data_file_has_no_key_that_nothing_reads(path: Path) -> None:
    for table, words in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert words.keys() <= KEYS[table]


def test_empty_and_blank_texts_have_no_segments() -> None:
    assert segment("", "en") == segment(" \n\t\u200f\x00\ufeff ", "ar") == ()


def test_direction_marks_stay_out_at_the_edges_and_in_within() -> None:
    (only,) = segment("\u200fمرحبا\u200f بكم.\u200f", "ar")
    assert only.text == "مرحبا\u200f بكم."


@pytest.mark.skipif(not GOLD.exists(), reason="the gold sentences of ../shared are not here")
@pytest.mark.parametrize(
    ("language", "goal"), [("en", 0.93), ("ar", 0.92), ("tr", 0.88), ("de", 0.89), ("ru", 0.92), ("fa", 0.93)]
)
def test_f1_over_sentence_ends_of_news(language: str, goal: float) -> None:
    hits = size = 0
    for row in map(json.loads, GOLD.read_text(encoding="utf-8").splitlines()):
        if row["language"] == language:
            gold, found = gold_ends(row["sentences"]), {s.end for s in segment(row["text"], language)}
            inner = found - {max(found)}
            hits, size = hits + len(gold & inner), size + len(gold) + len(inner)
    assert 2 * hits / size >= goal


def gold_ends(sentences: list[str]) -> set[int]:
    """The offsets at which all but the last sentence end, one space between two."""
    return {len(" ".join(sentences[:n])) for n in range(1, len(sentences))}


def test_the_benchmark_prints_a_table_and_writes_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, report = tmp_path / "gold.jsonl", tmp_path / "report.json"
    row = {"language": "en", "sentences": ["One is here.", "Two is not."], "text": "One is here. Two is not."}
    data.write_text(json.dumps(row) + "\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["segmentation.py", str(data), "--json", str(report)])
    spec = importlib.util.spec_from_file_location("segmentation_benchmark", BENCHMARK)
    assert spec
    assert spec.loader
    benchmark = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, benchmark)
    spec.loader.exec_module(benchmark)
    benchmark.main()
    assert "| en | 1.000 | 1.000 | 1.000 | 1.000 |" in capsys.readouterr().out
    assert json.loads(report.read_text(encoding="utf-8"))[0]["f1"] == 1
