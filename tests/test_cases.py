"""The cases in `cases/`: inputs that once failed, or might, each with what is expected of it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import polyalign
from polyalign.bitext import Bitext
from polyalign.corpus.mining import mine
from polyalign.errors import PolyalignError
from polyalign.qa.figures import numbers
from polyalign.qa.texts import Pair
from tests.helpers.places import CASES

Case = dict[str, Any]
Run = Callable[[Path, Case, polyalign.Aligner], None]


def blocks(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """The name, the text and the sentences of each block of a file."""
    name, text, sentences = "", "", list[str]()
    for line in [*path.read_text(encoding="utf-8").splitlines(), "# end"]:
        mark, _, rest = line.partition(" ")
        rest = rest.replace("\\n", "\n")
        if mark == "#":
            if text:
                yield name, text, sentences
            name, text, sentences = rest, "", []
        elif mark == ">":
            text = rest
        elif mark == "=":
            sentences.append(rest)


def sentences(folder: Path, _: Case, __: polyalign.Aligner) -> None:
    wrong = {}
    files = sorted(folder.glob("*.txt"))
    assert files
    for path in files:
        language = path.name.split(".")[-2]
        for name, text, expected in blocks(path):
            found = [segment.text for segment in polyalign.segment(text, language)]
            if found != expected:
                wrong[f"{path.name}: {name}"] = found
    assert not wrong


def pair(folder: Path, case: Case, aligner: polyalign.Aligner) -> None:
    found = paired(folder, case["files"], aligner)
    if "beads" in case:
        assert [bead.kind for bead in found.beads] == case["beads"]
    if "count" in case:
        assert len(found.beads) == case["count"]
    if "like" in case:
        like = paired(folder, case["like"], aligner)
        assert like.beads
        assert [(b.source, b.target) for b in found.beads] == [(b.source, b.target) for b in like.beads]
    noted(found.notes, case)


def paired(folder: Path, files: list[str], aligner: polyalign.Aligner) -> Bitext:
    source, target = (polyalign.read(str(folder / name)) for name in files)
    return aligner.pair(source, target)


def mined(folder: Path, case: Case, _: polyalign.Aligner) -> None:
    source, target = (str(folder / name) for name in case["files"])
    found = mine(source, target).bitext()
    lines = [
        {text: number for number, text in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1)}
        for path in (source, target)
    ]
    pairs = [
        [lines[0][found.source.segments[b.source[0]].text], lines[1][found.target.segments[b.target[0]].text]]
        for b in found.beads
    ]
    assert sorted(pairs) == sorted(case["pairs"])


def read(folder: Path, case: Case, _: polyalign.Aligner) -> None:
    if "refused" in case:
        with pytest.raises(PolyalignError, match=case["refused"]):
            polyalign.read(str(folder / case["file"]))
        return
    found = polyalign.read(str(folder / case["file"]))
    assert not [piece for piece in case.get("text", ()) if piece not in found.text]
    assert not [piece for piece in case.get("absent", ()) if piece in found.text]
    assert found.text == case.get("whole", found.text)
    noted(found.notes, case)


def bitext(folder: Path, case: Case, _: polyalign.Aligner) -> None:
    path, asked = folder / case["file"], case.get("languages")
    languages = (asked[0], asked[1]) if asked else None
    if "refused" in case:
        with pytest.raises(PolyalignError, match=case["refused"]):
            polyalign.read_bitext(path, languages=languages)
        return
    found = polyalign.read_bitext(path, languages=languages)
    rows = [[" ".join(s.text for s in side) for side in (row.source, row.target)] for row in found.rows()]
    assert rows == case["rows"]
    tags = [found.source.language, found.target.language]
    assert tags == case.get("found", tags)
    states = [row.review.state for row in found.rows()]
    assert states == case.get("states", states)
    noted(found.notes, case)


def noted(notes: tuple[str, ...], case: Case) -> None:
    if "note" in case:
        assert any(case["note"] in note for note in notes), notes


def counted(folder: Path, case: Case, _: polyalign.Aligner) -> None:
    wrong = []
    for line in (folder / case["file"]).read_text(encoding="utf-8").splitlines():
        expected, ours, theirs, source, target = line.split("\t")
        said = numbers(Pair(source, target, ours, theirs))
        if bool(said) != {"ok": False, "bad": True}[expected]:
            wrong.append((line, said))
    assert not wrong


RUNS: dict[str, Run] = {
    "sentences": sentences,
    "pair": pair,
    "mine": mined,
    "read": read,
    "bitext": bitext,
    "numbers": counted,
}
FOLDERS = sorted(path.parent for path in CASES.rglob("case.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(CASES)))
def test_case(folder: Path, aligner: polyalign.Aligner, request: pytest.FixtureRequest) -> None:
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    assert case["what"]
    if "fails" in case:
        expected = (AssertionError, PolyalignError)  # anything else is a fault of the case
        request.applymarker(pytest.mark.xfail(reason=case["fails"], strict=True, raises=expected))
    RUNS[case["run"]](folder, case, aligner)


KNOWN = {
    "sentences": set(),
    "pair": {"files", "beads", "count", "like", "note"},
    "mine": {"files", "pairs"},
    "read": {"file", "text", "whole", "absent", "note", "refused"},
    "bitext": {"file", "languages", "rows", "states", "found", "note", "refused"},
    "numbers": {"file"},
}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(CASES)))
def test_a_case_says_what_it_expects_in_words_that_count(folder: Path) -> None:
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    keys = case.keys() - {"what", "run", "fails"}
    assert keys <= KNOWN[case["run"]]
    assert keys - {"file", "files", "languages"} or case["run"] in ("sentences", "numbers")
    names = [*case.get("files", ()), *case.get("like", ()), *filter(None, [case.get("file")])]
    assert not [name for name in names if not (folder / name).is_file()]


def test_every_file_belongs_to_a_case() -> None:
    assert FOLDERS
    assert not [
        p for p in CASES.rglob("*") if p.is_file() and p.name != "README.md" and p.parent not in FOLDERS
    ]
