"""Questions for a chat model and its answers: the form, what may be wrong with it, and what it weighs."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign import Aligner, Document, InputError, cli
from polyalign.asking import AROUND, PART, Answer, IdPair, questions, read_answer
from polyalign.bitext import Bitext
from polyalign.parts import Segment, Side
from tests.helpers.places import ROOT

SEEDS = ROOT / "seeds"
REPORTS = ROOT.parent / "shared" / "reports" / "reports.jsonl"


def side(language: str, *texts: str, boilerplate: tuple[int, ...] = ()) -> Side:
    return Side(
        language,
        tuple(
            Segment(k, 0, len(text), text, boilerplate="byline" if k in boilerplate else "")
            for k, text in enumerate(texts)
        ),
    )


SOURCE = side("ar", "وصل الوزير.", "كتب محرر", "غادر الرئيس.", "نزل المطر.", boilerplate=(1,))
TARGET = side("en", "The minister arrived.", "Rain fell.", "The president left.")


def form(pairs: object, text: str | None = None, part: str = "1/1") -> str:
    [question] = questions(SOURCE, TARGET)
    named = text or question.split('"text": "')[1][:8]
    return json.dumps({"text": named, "part": part, "pairs": pairs})


def groups(*texts: str) -> set[IdPair]:
    return set(read_answer(texts, SOURCE, TARGET).pairs)


def group(source: list[int], target: list[int]) -> IdPair:
    return frozenset(source), frozenset(target)


GOOD = [{"source": ["S1"], "target": ["T1"]}, {"source": ["S3"], "target": ["T3"]}]


def test_a_question_has_every_segment_that_can_be_aligned_under_its_number() -> None:
    [question] = questions(SOURCE, TARGET)
    lines = question.splitlines()
    assert "S1: وصل الوزير." in lines
    assert "S4: نزل المطر." in lines
    assert "T2: Rain fell." in lines
    assert not any(line.startswith("S2:") for line in lines)  # a byline


@pytest.mark.parametrize(
    "said",
    [
        form(GOOD),
        f"Sure! Here you are:\n```json\n{form(GOOD)}\n```\nTell me if {{you}} need more.",
        form([{"source": "S1", "target": 1}, {"source": [3], "target": ["3"]}]),
        form([{"source": ["s1"], "target": ["t1"], "why": "{same}"}, *GOOD[1:]]),
        form(GOOD) + form(GOOD),
    ],
)
def test_an_answer_is_read_whatever_stands_around_it(said: str) -> None:
    answer = read_answer([said], SOURCE, TARGET)
    assert set(answer.pairs) == {group([0], [0]), group([2], [2])}
    assert answer.notes == ()


def test_ids_that_are_not_there_are_said_in_one_line_and_the_rest_counts() -> None:
    odd = [{"source": ["S2"], "target": ["T1"]}, {"source": ["S99", "S4"], "target": ["T2"]}]
    answer = read_answer([form([*GOOD, *odd, {"source": ["T1"], "target": [10**30]}])], SOURCE, TARGET)
    assert set(answer.pairs) == {group([0], [0]), group([2], [2]), group([3], [1])}
    [note] = answer.notes
    assert note == (
        "the answer names segments that are not there, which were left out: S2, S99, T1, T100000000"
    )


def test_half_an_answer_counts_as_far_as_it_goes_and_says_so() -> None:
    whole = form([*GOOD, {"source": ["S4"], "target": ["T2"]}])
    answer = read_answer([whole[: whole.index('"S4"') + 3]], SOURCE, TARGET)
    assert set(answer.pairs) == {group([0], [0]), group([2], [2])}
    assert answer.notes == ("the answer breaks off or is damaged: what could be read of it was used",)


def test_a_part_that_is_missing_is_named() -> None:
    answer = read_answer([form(GOOD, part="2/3")], SOURCE, TARGET)
    assert answer.notes == ("the answer lacks part 1, 3",)


@pytest.mark.parametrize("said", [form(GOOD, text="0123abcd"), form(GOOD) + form(GOOD, text="0123abcd")])
def test_an_answer_about_other_texts_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="other texts"):
        read_answer([said], SOURCE, TARGET)


@pytest.mark.parametrize("said", ["", "I cannot do that.", "{", '{"text": "x"}', "[]", "{}{", '{"pairs": 3}'])
def test_what_is_no_answer_is_refused_in_one_line(said: str) -> None:
    with pytest.raises(InputError, match="has no pairs") as caught:
        read_answer([said], SOURCE, TARGET)
    assert "\n" not in str(caught.value)


def test_what_is_not_followed_is_said() -> None:
    """S1=T1 is linked, of S3=[T3, T4] the half."""
    answer = Answer((group([0], [0]), group([2], [2, 3]), group([4], [4])), (), "")
    assert answer.not_followed([group([0], [0]), group([1, 2], [2]), group([4, 5], [4])]) == (
        "what the answer says is not followed where all else speaks against it: S3=T4",
    )
    assert answer.not_followed(answer.pairs) == ()
    [note] = answer.not_followed([])
    assert note.endswith(": S1=T1, S3=T3, S3=T4, S5=T5")


def test_ids_that_no_segment_has_are_no_labels() -> None:
    answer = Answer((group([0], [0]), group([2], [0, 3])), (), "")
    assert answer.labels("source", 2) == [(0,), ()]
    assert answer.labels("target", 2) == [(0, 1), ()]


def test_an_answer_that_finds_nothing_is_an_answer() -> None:
    assert read_answer([form([])], SOURCE, TARGET).pairs == ()


@given(
    st.text(max_size=60),
    st.recursive(st.none() | st.integers() | st.text(max_size=4), st.lists, max_leaves=6),
)
def test_nothing_a_model_says_does_harm(prose: str, value: object) -> None:
    """Either it is refused as an input, or all groups name segments that are there."""
    try:
        answer = read_answer([prose + form([{"source": value, "target": ["T1"]}, *GOOD])], SOURCE, TARGET)
    except InputError:
        return
    for ours, theirs in answer.pairs:
        assert ours <= {0, 2, 3}
        assert theirs <= {0, 1, 2}


def test_long_texts_are_asked_in_parts_that_hold_what_belongs_together() -> None:
    n = 2 * PART + 5
    source, target = (side(tag, *(f"{tag} {k}." for k in range(n))) for tag in ("de", "en"))
    parts = questions(source, target, [group([k], [k]) for k in range(0, n, 3)])
    assert len(parts) == 3
    for number, part in enumerate(parts, start=1):
        lines = part.splitlines()
        asked = [int(line[1:].split(":")[0]) for line in lines if line.startswith("S") and ": de " in line]
        there = {int(line[1:].split(":")[0]) for line in lines if line.startswith("T") and ": en " in line}
        assert asked == list(range((number - 1) * PART + 1, min(number * PART, n) + 1))
        assert set(asked[1:-2]) <= there
        assert len(there) <= PART + 2 * AROUND + 3
        assert f'"part": "{number}/3"' in part


# What it weighs


def seeds() -> tuple[Document, Document]:
    texts = ((SEEDS / f"baku.{tag}.txt").read_text(encoding="utf-8") for tag in ("ar", "en"))
    one, other = texts
    return Document(one, language="ar"), Document(other, language="en")


def told(question: str, pairs: list[tuple[str, str]]) -> str:
    text = question.split('"text": "')[1][:8]
    made = [{"source": [s], "target": [t]} for s, t in pairs]
    return json.dumps({"text": text, "part": "1/1", "pairs": made})


def scores(bitext: Bitext) -> dict[tuple[str, str], float]:
    """The scores by the texts of both sides."""
    sides = bitext.source.segments, bitext.target.segments
    return {
        tuple(
            "".join(side[i].text for i in ids) for side, ids in zip(sides, (b.source, b.target), strict=True)
        ): (  # type: ignore[misc]
            b.score or 0
        )
        for b in bitext.beads
    }


def numbers(question: str, letter: str) -> dict[str, str]:
    """The numbered segments of a side, as a model reads them."""
    lines = (line.partition(": ") for line in question.splitlines())
    return {number: text for number, _, text in lines if number[:1] == letter and number[1:].isdigit()}


def right(question: str, bitext: Bitext) -> list[tuple[str, str]]:
    """The beads as pairs of numbers, by the segments that hold their texts."""

    def number(letter: str, segments: tuple[Segment, ...], ids: tuple[int, ...]) -> str:
        texts = numbers(question, letter)
        return next(n for n, text in texts.items() if segments[ids[0]].shown.strip(" ،,.") in text)

    sides = bitext.source.segments, bitext.target.segments
    return [(number("S", sides[0], b.source), number("T", sides[1], b.target)) for b in bitext.beads]


def test_a_right_answer_makes_beads_surer_and_a_wrong_one_changes_nothing() -> None:
    aligner, (source, target) = Aligner(), seeds()
    [question] = aligner.ask(source, target)
    without = aligner.pair(source, target)
    pairs = right(question, without)
    before, after = (
        scores(found) for found in (without, aligner.pair(source, target, answers=[told(question, pairs)]))
    )
    assert before.keys() <= after.keys()
    assert all(after[bead] >= score for bead, score in before.items())
    assert min(before.values()) < 0.9
    assert min(after[bead] for bead in before) > min(before.values()) + 0.03
    wrong = [(s, pairs[k - 1][1]) for k, (s, _) in enumerate(pairs)]
    spoiled = aligner.pair(source, target, answers=[told(question, wrong)])
    assert scores(spoiled) == before
    assert spoiled.signature != without.signature


def test_swapping_the_texts_mirrors_the_result_with_an_answer_too() -> None:
    aligner, (source, target) = Aligner(), seeds()
    [question], [mirrored] = aligner.ask(source, target), aligner.ask(target, source)
    pairs = [("1", "1"), ("4", "3")]
    one = aligner.pair(source, target, answers=[told(question, pairs)])
    other = aligner.pair(target, source, answers=[told(mirrored, [(t, s) for s, t in pairs])])
    assert {(b.source, b.target, b.score) for b in one.beads} == {
        (b.target, b.source, b.score) for b in other.beads
    }


@pytest.mark.skipif(not REPORTS.is_file(), reason="no ../shared/reports beside the checkout")
def test_on_written_reports_a_right_answer_helps_and_half_wrong_ones_ruin_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    answers = importlib.import_module("answers")
    monkeypatch.setattr(answers, "KINDS", ("none", "right", "half", "beside"))
    found = answers.counts(REPORTS, slice(13, 17))
    f1 = {kind: answers.figures_of(n)["f1"] for kind, n in found.items()}
    assert f1["right"] > f1["none"]
    assert min(f1["half"], f1["beside"]) >= f1["none"] - 0.02


# The command line


def test_the_command_asks_and_hears(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    texts = [str(SEEDS / f"baku.{tag}.txt") for tag in ("ar", "en")]
    question = tmp_path / "q.txt"
    assert cli.main(["pair", *texts, "--ask", str(question)]) == 0
    captured = capsysbinary.readouterr()
    assert captured.out == b""
    assert b"--answer ANSWER in place of --ask" in captured.err
    reply = tmp_path / "a.txt"
    reply.write_text("```json\n" + told(question.read_text(encoding="utf-8"), [("S1", "T1"), ("S77", "T1")]))
    out = tmp_path / "out.json"
    assert cli.main(["pair", *texts, "--answer", str(reply), "-o", str(out)]) == 0
    assert b"note: the answer names segments that are not there" in capsysbinary.readouterr().err
    assert "answer:" in json.loads(out.read_text(encoding="utf-8"))["signature"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--answer", "nowhere"], 1, "nowhere: no such file: check the path"),
        (["--answer", str(ROOT / "LICENSE")], 1, "the answer has no pairs in it"),
        (["--ask", "no/such/folder/q.txt"], 1, "there is no such folder"),
        (["--ask", str(SEEDS / "baku.ar.txt")], 2, "is read by this command"),
        ([str(SEEDS / "baku.tr.txt"), "--ask", "q.txt"], 2, "about two texts"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], code: int, told: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    texts = [str(SEEDS / f"baku.{tag}.txt") for tag in ("ar", "en")]
    assert cli.main(["pair", *texts, *arguments]) == code
    said = capsysbinary.readouterr().err.decode()
    assert said.count("\n") == 1, said
    assert told in said
