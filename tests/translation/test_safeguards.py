"""Whether outputs are translations: laws of the judgement, and its figures on lines it was not fitted on."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign import Bitext, InputError, Segment, Side, Store
from polyalign.translation import FLAGS, Progress, Translation
from polyalign.translation.protocol import silent
from polyalign.translation.safeguards import (
    SIGNALS,
    JudgedTranslator,
    OutputJudge,
    SourceOutput,
    fault,
    threshold,
)
from tests.helpers.places import BENCHMARKS, SHARED
from tests.helpers.tiny_marian import ARABIC, ENGLISH, TURKISH

SHARED = SHARED / "mt"
WAYS = [("ar", ARABIC), ("tr", TURKISH)]


@dataclass
class Saying:
    """A translator that says what it is told to."""

    table: dict[str, str]
    name: str = "told"
    identity: str = "told 1"

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        progress(len(texts), len(texts))
        return [Translation(self.table[t], ("passed",) if t == self.table[t] else ()) for t in texts]


@pytest.mark.parametrize(("language", "texts"), WAYS)
def test_translations_are_shown_both_ways(language: str, texts: Sequence[str]) -> None:
    for one, other, pairs in (
        (language, "en", map(SourceOutput, texts, ENGLISH)),
        ("en", language, map(SourceOutput, ENGLISH, texts)),
    ):
        found = OutputJudge(one, other).qualities([*pairs])
        assert sum(q is not None and q >= threshold() for q in found) >= len(found) - 1


@pytest.mark.parametrize(("language", "texts"), WAYS)
def test_translations_of_other_sentences_are_not(language: str, texts: Sequence[str]) -> None:
    found = OutputJudge(language, "en").qualities([*map(SourceOutput, texts, [*ENGLISH[1:], ENGLISH[0]])])
    assert sum(q is not None and q >= threshold() for q in found) <= len(found) / 8


def test_each_pair_is_judged_by_itself() -> None:
    pairs = [*map(SourceOutput, ARABIC[:6], ENGLISH[:6])]
    judge = OutputJudge("ar", "en")
    together = judge.qualities(pairs)
    assert [judge.qualities([pair])[0] for pair in pairs] == pytest.approx(together, abs=1e-4)
    assert judge.qualities(pairs[::-1]) == pytest.approx(together[::-1], abs=1e-4)
    assert judge.qualities([]) == []


@settings(max_examples=25)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_texts_have_a_quality(source: str, output: str) -> None:
    [found] = OutputJudge("ar", "en").qualities([SourceOutput(source, output)])
    assert found is not None
    assert 0 <= found <= 1
    assert found == 0 or output.strip()


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("the bread the bread the bread the bread the bread", "circles"),
        (ARABIC[2], "script"),
        ("The \u2047 visited \ufffd museum.", "unknown"),
        (
            "Der Minister hat sich gestern in der Stadt mit den Vertretern der Gewerkschaften getroffen.",
            "language",
        ),
    ],
)
def test_faults_of_form(output: str, what: str) -> None:
    assert what in fault(ARABIC[0], output, "en")
    assert OutputJudge("ar", "en").qualities([SourceOutput(ARABIC[0], output)]) == [0.0]


def test_what_the_source_says_in_another_script_is_no_fault() -> None:
    assert fault("فاز فريق Real Madrid", "Real Madrid", "ar") == ""
    assert fault("قناة BBC News", "BBC News", "en") == ""


def test_languages_that_the_encoder_does_not_cover_are_judged_by_form_alone() -> None:
    judge = OutputJudge("fa", "en")
    assert judge.qualities([SourceOutput("سلام دنیا", "Hello world"), SourceOutput("سلام دنیا", "")]) == [
        None,
        0.0,
    ]


def test_what_is_no_translation_is_left_out_in_its_place() -> None:
    said = dict(zip(ARABIC, ENGLISH, strict=True)) | {ARABIC[1]: ENGLISH[5], ARABIC[2]: ENGLISH[0]}
    made = JudgedTranslator(Saying(said | {"12": "12"}), OutputJudge("ar", "en")).translate(
        [*ARABIC[:5], "12"]
    )
    assert [one.text for one in made] == [ENGLISH[0], "", "", ENGLISH[3], ENGLISH[4], "12"]
    assert [one.flags for one in made[1:3]] == [("untranslatable",)] * 2
    assert "untranslatable" in FLAGS
    assert made[5] == Translation("12", ("passed",))
    assert all(one.quality is not None for one in made[:5])


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/mt")
@pytest.mark.parametrize("language", ["ar", "tr"])
@pytest.mark.slow
def test_lines_never_seen(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """FLORES: real outputs and human translations pass, spoiled ones mostly do not.

    A fourth of the lines: of 50 two refused by chance are 4 %.
    """
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    judging = importlib.import_module("judging")
    with (SHARED / f"flores-dev.{language}-en.tsv").open(encoding="utf-8", newline="") as file:
        lines = [*csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][::4]
    found = judging.measured(language, lines, {})
    assert min(found[kind] for kind in ("human", "human, back", "opus-mt")) >= 0.98
    assert max(found[kind] for kind in ("other", "salad", "copied", "circles")) <= 0.1
    assert found["tail"] <= 0.25
    assert len(SIGNALS) == 17


def test_quality_goes_through_json_and_a_project_and_can_be_undone(tmp_path: Path) -> None:
    segments = (
        Segment(0, 0, 2, "ab", translation="cd", quality=0.5),
        Segment(1, 3, 4, "e", translation="", quality=0.01),
        Segment(2, 5, 6, "f"),
    )
    bitext = Bitext(Side("ar", segments), Side("en", ()), ())
    assert Bitext.from_json(bitext.to_json()) == bitext
    with pytest.raises(InputError, match="quality must be a number"):
        Bitext.from_json(bitext.to_json().replace("0.5", '"x"'))
    with Store(tmp_path / "a.polyalign") as store:
        store.add(bitext)
        last = store.rows(1)[2].source[0]
        store.translated({last.id: "gh"}, {last.id: 0.9})
        assert [row.source[0].quality for row in store.rows(1)] == [0.5, 0.01, 0.9]
        store.undo()
        assert store.bitext(1).source.segments == segments
