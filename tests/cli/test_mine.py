"""polyalign mine as a user meets it: where pairs go, what is said, and one-line errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyalign import Bitext, read_bitext
from polyalign.corpus import mining
from polyalign.errors import NotInstalledError
from tests.helpers.commands import Polyalign
from tests.helpers.commands import command as command

TURKISH = (
    "Belediye nehir kıyısında yeni bir kütüphane açtı.",
    "Kütüphanede 40 bin kitap bulunuyor.",
    "Tren sabah saat yedide istasyona varıyor.",
    "Okullar kar nedeniyle kapatıldı.",
)
ENGLISH = (
    "The price of onions went up again this week.",
    "Schools were closed because of the snow.",
    "The town opened a new library on the bank of the river.",
    "The library holds 40 thousand books.",
)
LIBRARY = ("tr.txt:1", "en.txt:3")
LOW = ("--threshold", "0.05")


@pytest.fixture
def polyalign(command: Polyalign) -> Polyalign:
    """The command, in a folder that holds `tr.txt` and `en.txt`."""
    Path("tr.txt").write_text("\n".join((*TURKISH, TURKISH[0], "Evet.")), encoding="utf-8")
    Path("en.txt").write_text("\n".join(ENGLISH), encoding="utf-8")
    return command


def rows(table: str) -> list[dict[str, str]]:
    head, *lines = (line.split("\t") for line in table.splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


def pairs(bitext: Bitext) -> set[tuple[str, str, float]]:
    sides = bitext.source.segments, bitext.target.segments
    return {
        (sides[0][b.source[0]].text, sides[1][b.target[0]].text, round(b.score or 0, 4)) for b in bitext.beads
    }


def test_pairs_go_to_standard_output_and_words_to_standard_error(polyalign: Polyalign) -> None:
    found = polyalign("mine", "tr.txt", "en.txt", *LOW)
    assert found.code == 0
    table = rows(found.text)
    assert LIBRARY in {(row["source_place"], row["target_place"]) for row in table}
    scores = [float(row["score"]) for row in table]
    assert scores == sorted(scores, reverse=True)
    assert found.said.splitlines() == [
        "polyalign: source: 4 sentences (tr) of 6 lines: 1 too short, 1 repeated",
        "polyalign: target: 4 sentences (en) of 4 lines",
        f"polyalign: {len(table)} pairs",
    ]


@pytest.mark.parametrize("name", ["o.tsv", "o.tmx", "o.jsonl", "o.xliff", "o.json"])
def test_every_format_holds_the_same_pairs(polyalign: Polyalign, name: str) -> None:
    table = rows(polyalign("mine", "tr.txt", "en.txt", *LOW).text)
    assert polyalign("mine", "tr.txt", "en.txt", "-o", name, *LOW).out == b""
    told = {(row["source"], row["target"], float(row["score"])) for row in table}
    assert pairs(read_bitext(name)) == told


def test_folders_are_bags_too(polyalign: Polyalign, tmp_path: Path) -> None:
    for name in ("tr", "en"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.txt").rename(tmp_path / name / f"{name}.txt")
    found = polyalign("mine", "tr", "en", *LOW)
    assert LIBRARY in {(row["source_place"], row["target_place"]) for row in rows(found.text)}


@pytest.mark.parametrize("where", ["tr", "t?/*.txt"])
def test_a_text_in_a_folder_is_not_written_over(polyalign: Polyalign, tmp_path: Path, where: str) -> None:
    (tmp_path / "tr").mkdir()
    path = (tmp_path / "tr.txt").rename(tmp_path / "tr" / "tr.txt")
    found = polyalign("mine", where, "en.txt", "-o", "tr/tr.txt", *LOW)
    assert (found.code, found.said.count("\n")) == (2, 1)
    assert "name another file to write to" in found.said
    assert path.read_text(encoding="utf-8").startswith(TURKISH[0])


def test_more_neighbours_than_sentences_are_all_of_them(polyalign: Polyalign) -> None:
    many, all_there_are = (polyalign("mine", "tr.txt", "en.txt", "--k", k, *LOW) for k in ("1000000000", "4"))
    assert many.out == all_there_are.out


def test_no_pairs_are_still_a_result(polyalign: Polyalign) -> None:
    found = polyalign("mine", "tr.txt", "en.txt", "--threshold", "1")
    assert found.code == 0
    assert rows(found.text) == []
    assert "note: no pairs found" in found.said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("none.txt", "en.txt"), 1, "none.txt: no such file or folder"),
        (("tr.txt", "en.txt", "-o", "o.odt"), 2, "its suffix names no format"),
        (("tr.txt", "en.txt", "-o", "none/o.tsv"), 1, "there is no such folder"),
        (("tr.txt", "en.txt", "-o", "en.txt"), 2, "name another file to write to"),
        (("tr.txt", "en.txt", "--threshold", "2"), 2, "the threshold is 2.0"),
        (("tr.txt", "en.txt", "--k", "0"), 2, "k is 0"),
        (("tr.txt", "en.txt", "--jobs", "-1"), 2, "--jobs: '-1' is no number of processes"),
        (("tr.txt", "en.txt", "--encoder", "none"), 2, "no encoder is called 'none'"),
        (("tr.txt", "en.txt", "--source-lang", "sw"), 1, "does not cover 'sw'"),
    ],
)
def test_errors_are_one_line_and_leave_no_file(
    polyalign: Polyalign, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = sorted(tmp_path.iterdir())
    found = polyalign("mine", *arguments)
    assert found.code == code
    assert said in found.said
    assert found.said.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_run_that_fails_leaves_what_was_there(
    polyalign: Polyalign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise NotInstalledError("it is missing: install it")

    monkeypatch.setattr(mining, "mined", fails)
    (tmp_path / "o.tsv").write_text("before", encoding="utf-8")
    found = polyalign("mine", "tr.txt", "en.txt", "-o", "o.tsv")
    assert found.code == 3
    assert (tmp_path / "o.tsv").read_text(encoding="utf-8") == "before"
    assert not list(tmp_path.glob(".polyalign-*"))
