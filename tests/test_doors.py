"""Files of pairs at the doors where texts are expected: `pair`, `mine` and `corpus` take them as asked."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from polyalign import Bitext, cli, read_bitext, write
from polyalign.formats.documents.sides import is_no_text, side_of
from polyalign.formats.validation import Fault
from polyalign.parts import Bead, Document, Side
from tests.helpers.commands import Polyalign, Result
from tests.helpers.commands import command as command
from tests.helpers.corpus_stories import story, write_stories
from tests.helpers.places import CASES

SIX = CASES / "formats" / "many-languages" / "six.tmx"
MANY = [f".{suffix}" for suffix in "tmx xlf tsv xlsx json jsonl parquet".split()]


@pytest.fixture
def polyalign(command: Polyalign) -> Polyalign:
    """The command, in a folder with `six.tmx`: en, ar, fr and tr."""
    Path("six.tmx").write_bytes(SIX.read_bytes())
    return command


def stories(first: int, last: int) -> Bitext:
    """English and German reports as a bitext, a sentence a segment, three of them left alone."""
    texts = [story(number) for number in range(first, last)]
    sides = [[s for pair in texts for s in pair[k].replace(". ", ".\n").splitlines()] for k in (0, 1)]
    source, target = (
        Side(tag, Document.from_segments(told).segments or (), f"{tag}.txt")
        for tag, told in zip(("en", "de"), sides, strict=True)
    )
    beads = tuple(Bead((k,), (k,), 0.75) for k in range(3, len(sides[0])))
    return Bitext(source, target, beads, "parallel")


def texts_of(bitext: Bitext) -> list[tuple[list[str], list[str]]]:
    sides = bitext.source.segments, bitext.target.segments
    return [
        ([sides[0][i].text for i in b.source], [sides[1][j].text for j in b.target]) for b in bitext.beads
    ]


@pytest.mark.parametrize("suffix", MANY)
def test_the_pairs_of_a_file_are_written_as_they_stand(polyalign: Polyalign, suffix: str) -> None:
    held = stories(0, 1)
    write(held, f"a{suffix}", unaligned=True)
    found = polyalign("pair", f"a{suffix}", "--format", "json")
    assert found.code == 0
    assert Bitext.from_json(found.text) == read_bitext(f"a{suffix}")
    assert texts_of(Bitext.from_json(found.text)) == texts_of(held)


def test_pair_takes_the_languages_asked_for(polyalign: Polyalign) -> None:
    for asked, tags in (((), "en ar"), (("tr", "ar"), "tr ar"), (("ar", "en"), "ar en"), (("fr",), "fr en")):
        options = [*zip(("--source-lang", "--target-lang"), asked, strict=False)]
        found = polyalign("pair", "six.tmx", "--format", "json", *(word for pair in options for word in pair))
        bitext = Bitext.from_json(found.text)
        assert f"{bitext.source.language} {bitext.target.language}" == tags
        assert len(bitext.beads) == 2
        assert "note: six.tmx also holds" in found.said
    assert "six.tmx holds nothing in de" in polyalign("pair", "six.tmx", "--target-lang", "de").said


def test_a_low_score_is_left_out_of_pairs_as_they_stand(polyalign: Polyalign) -> None:
    write(stories(0, 1), "a.json")
    assert not json.loads(polyalign("pair", "a.json", "--format", "json", "--min-score", "0.8").text)["beads"]


@pytest.mark.parametrize("how", [("--mode", "parallel"), ("--mode", "comparable", "--wrapped", "no")])
@pytest.mark.parametrize("kept", [("--pre-segmented",), ()])
def test_aligned_anew_is_as_the_two_texts_are_aligned(
    polyalign: Polyalign, how: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    held = stories(0, 1)
    write(held, "a.tmx", unaligned=True)
    for name, side in (("en.txt", held.source), ("de.txt", held.target)):
        between = "\n" if kept else "\n\n"
        Path(name).write_text(between.join(s.text for s in side.segments), encoding="utf-8")
    anew = Bitext.from_json(polyalign("pair", "a.tmx", "--format", "json", *how, *kept).text)
    plain = Bitext.from_json(polyalign("pair", "en.txt", "de.txt", "--format", "json", *how, *kept).text)
    assert texts_of(anew) == texts_of(plain)
    assert [bead.score for bead in anew.beads] == [bead.score for bead in plain.beads]
    assert (anew.mode, anew.signature) == (plain.mode, plain.signature)


@pytest.mark.parametrize("name", ["en.txt", "-"])
def test_one_text_alone_is_refused(polyalign: Polyalign, name: str) -> None:
    Path("en.txt").write_text("One. Two.", encoding="utf-8")
    assert polyalign("pair", name) == (
        2,
        b"",
        f"polyalign: {name} is one text: name the other one after it\n",
    )


def test_a_side_is_a_document(polyalign: Polyalign) -> None:
    assert polyalign("pair", "six.tmx").code == 0
    assert is_no_text("six.tmx")
    assert not is_no_text("six.tsv")
    document = side_of(read_bitext("six.tmx", languages=("tr", "ar")), "target", name="six.tmx")
    assert (document.text, document.language) == ("صباح الخير.\n\nشكرا.", "ar")
    assert [document.text[p.start : p.end] for p in document.places] == ["صباح الخير.", "شكرا."]


def mined(found: Result) -> set[tuple[str, ...]]:
    assert found.code == 0, found.said
    return {tuple(line.split("\t")[1:]) for line in found.text.splitlines()[1:]}


def test_the_tag_of_no_language_is_written_in_one_place() -> None:

    package = Path(cli.__file__).parents[1]
    held = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == "und"
    }
    assert held == {"tags.py"}


def test_mine_takes_the_sentences_of_files_of_pairs(polyalign: Polyalign) -> None:
    """The same pairs as from two text files, whichever side of a file they stand on."""
    held = stories(0, 2)
    write(held, "a.tmx", unaligned=True)
    for name, side in (("en.txt", held.source), ("de.txt", held.target)):
        Path(name).write_text("\n".join(s.text for s in side.segments), encoding="utf-8")
    plain = {row[:2] for row in mined(polyalign("mine", "en.txt", "de.txt"))}
    assert len(plain) > 9
    both = mined(polyalign("mine", "a.tmx", "a.tmx"))
    assert {row[:2] for row in both} == plain
    assert all(place.startswith("a.tmx:") for row in both for place in row[2:])
    turned = polyalign("mine", "a.tmx", "a.tmx", "--source-lang", "de", "--target-lang", "en")
    assert {row[1::-1] for row in mined(turned)} == plain
    assert {row[:2] for row in mined(polyalign("mine", "en.txt", "a.tmx"))} == plain
    refused = polyalign("mine", "a.tmx", "de.txt", "--source-lang", "fr")
    assert (refused.code, "fr" in refused.said) == (1, True)


def test_a_corpus_takes_files_of_pairs_as_they_stand(tmp_path: Path, polyalign: Polyalign) -> None:
    write_stories(tmp_path, 3)
    write(stories(7, 8), "en/held.tmx", unaligned=True)
    write(stories(7, 8), "de/again.xlf", unaligned=True)
    assert (
        "4 pairs of documents (4 en-de)" in polyalign("corpus", "en", "de", "-o", "out", "--jobs", "1").said
    )
    lines = [json.loads(line) for line in Path("out/documents.jsonl").read_text("utf-8").splitlines()]
    status = {line["key"]: (line["side"], line["status"]) for line in lines}
    assert status["again.xlf:source"] == ("source", "duplicate")
    assert status["held.tmx:source"] == ("source", "paired")
    assert status["held.tmx:target"] == ("target", "paired")
    (held,) = [line["partners"] for line in lines if line["key"] == "held.tmx:source"]
    assert [(p["key"], p["score"], p["reasons"]) for p in held] == [("held.tmx:target", 1.0, {"file": 1.0})]
    written = set(map(str, texts_of(read_bitext("out/pairs-00000.tmx"))))
    assert set(map(str, texts_of(stories(7, 8)))) <= written


def test_a_corpus_of_one_folder_takes_the_languages_asked_for(tmp_path: Path, polyalign: Polyalign) -> None:
    write_stories(tmp_path, 2)
    write(stories(7, 8), "held.tmx", unaligned=True)
    said = polyalign("corpus", ".", "-o", "out", "--languages", "de,en", "--jobs", "1").said
    assert "3 pairs of documents (3 de-en)" in said
    lines = [json.loads(line) for line in Path("out/documents.jsonl").read_text("utf-8").splitlines()]
    told = {line["key"]: (line["side"], line["language"]) for line in lines if "held" in line["key"]}
    assert told == {"held.tmx:source": ("source", "de"), "held.tmx:target": ("target", "en")}


def test_a_corpus_says_what_a_file_lacks(tmp_path: Path, polyalign: Polyalign) -> None:
    write_stories(tmp_path, 1)
    polyalign("corpus", ".", "-o", "out", "--languages", "en,de", "--jobs", "1")
    lines = [json.loads(line) for line in Path("out/documents.jsonl").read_text("utf-8").splitlines()]
    (why,) = {line["why"] for line in lines if line["key"].startswith("six")}
    assert "de" in why


def test_a_refused_review_leaves_nothing_behind(polyalign: Polyalign) -> None:
    pytest.importorskip("fastapi")
    Path("a.txt").write_text("One sentence.", encoding="utf-8")
    Path("b.txt").write_text("123", encoding="utf-8")
    for arguments in (("six.tmx", "--target-lang", "de"), ("a.txt", "b.txt"), ("a.txt", "none.txt")):
        assert polyalign("review", *arguments, "--no-browser").code == 1
    assert sorted(path.name for path in Path().iterdir()) == ["a.txt", "b.txt", "six.tmx"]


def test_warnings_are_counted_in_words(polyalign: Polyalign, monkeypatch: pytest.MonkeyPatch) -> None:
    for faults, said in (
        ([], "0 faults"),
        ([Fault(1, "undetermined", "a")], "0 faults, 1 warning"),
        (
            [Fault(1, "undetermined", "a"), Fault(2, "undetermined", "b"), Fault(3, "id", "c")],
            "1 fault, 2 warnings",
        ),
    ):
        monkeypatch.setattr("polyalign.formats.validation.validate", lambda _, found=faults: found)
        assert f"six.tmx: {said}\n" in polyalign("validate", "six.tmx").said
