"""polyalign export: what people decided comes out of a project, in every format, and what did not is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from polyalign import cli
from polyalign.bitext import Bitext
from polyalign.formats import FORMATS, read_bitext
from polyalign.store import Store
from tests.helpers.samples import harbour

PROJECT = "p.polyalign"
GOOD_SUFFIXES = sorted(
    suffix for f in FORMATS.values() for suffix in f.suffixes if suffix not in (".ladder", ".srt", ".ass")
)
FOR_PEOPLE_AND_TOOLS = (".html", ".htm", ".txt", ".docx", ".epub", ".tei", ".vert")  # and not read as pairs


class Result(NamedTuple):
    code: int
    out: str
    said: list[str]


Export = Callable[..., Result]


@pytest.fixture
def export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Export:
    """The command run in this process, in an empty folder; what it says without the program's name."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        code = cli.main(["export", *arguments])
        captured = capsysbinary.readouterr()
        said = captured.err.decode().splitlines()
        assert all(line.startswith("polyalign: ") for line in said)
        return Result(code, captured.out.decode(), [line.removeprefix("polyalign: ") for line in said])

    return run


@pytest.fixture
def project(export: Export) -> Path:
    """A project of the harbour texts in which somebody confirmed, rejected and commented."""
    assert callable(export)
    path = Path(PROJECT).absolute()
    with Store(path, who="reviewer") as store:
        store.add(harbour(), name="harbour")
        arrived, _, _, ships, speaker = store.rows(1)
        store.mark([arrived.id], "confirmed")
        store.mark([speaker.id], "rejected")
        store.comment(ships.id, "is it 14?\n<img src=x onerror=alert(1)>")
    return path


def table(out: str) -> list[list[str]]:
    return [line.split("\t") for line in out.splitlines()]


@pytest.mark.usefixtures("project")
def test_a_pipe_gets_tsv_with_the_reviews(export: Export) -> None:
    result = export(PROJECT)
    head, *rows = table(result.out)
    assert (result.code, head[-4:]) == (0, ["state", "comment", "flags", "origin"])
    assert [row[0] for row in rows if row[0]] == ["0.9700", "0.9130"]
    assert {row[7] for row in rows if row[0]} == {"confirmed", "auto"}
    assert "is it 14? <img src=x onerror=alert(1)>" in {row[8] for row in rows}
    assert result.said == ["left out: 1 rejected"]
    assert export(PROJECT, "-o", "-").out == result.out


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("suffix", GOOD_SUFFIXES)
def test_every_format_by_its_suffix(export: Export, suffix: str) -> None:
    result = export(PROJECT, "-o", f"out{suffix}")
    assert (result.code, result.out) == (0, "")
    assert result.said[0].startswith("left out: 1 rejected")
    if suffix in (*FOR_PEOPLE_AND_TOOLS, ".pharaoh", ".talp"):
        return
    found = read_bitext("out.ar" if suffix == ".moses" else f"out{suffix}")
    assert len(found.beads) == 2
    if suffix != ".moses":
        states = sorted(bead.review.state for bead in found.beads)
        assert states == ["auto", "confirmed"]
        assert any(bead.review.comment.startswith("is it 14?") for bead in found.beads)


@pytest.mark.usefixtures("project")
def test_a_format_by_its_name(export: Export) -> None:
    assert export(PROJECT, "--format", "tmx").out.startswith("<?xml")
    assert export(PROJECT, "-o", "a.dat", "--format", "jsonl").code == 0
    lines = [json.loads(line) for line in Path("a.dat").read_text(encoding="utf-8").splitlines()]
    assert [line["state"] for line in lines if "state" in line and line["score"]] == ["confirmed"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("options", "beads", "said"),
    [
        ((), 2, "left out: 1 rejected, 2 unaligned"),
        (("--confirmed",), 1, "left out: 1 rejected, 1 auto, 2 unaligned"),
        (("--state", "rejected, auto"), 2, "left out: 1 confirmed, 2 unaligned"),
        (("--state", "auto,confirmed,rejected,needs-review"), 3, "left out: 2 unaligned"),
        (("--min-score", "0.95"), 1, "left out: 1 rejected, 1 improbable, 2 unaligned"),
        (("--unaligned",), 2, "left out: 1 rejected"),
    ],
)
def test_what_is_left_out_is_told(export: Export, options: tuple[str, ...], beads: int, said: str) -> None:
    result = export(PROJECT, "-o", "a.tmx", *options)
    assert (result.code, result.said) == (0, [said])
    assert len(read_bitext("a.tmx").beads) == beads


def test_what_is_not_kept_or_deleted_is_left_out_with_its_texts(export: Export, project: Path) -> None:
    with Store(project) as store:
        arrived, rain, _, ships, _ = store.rows(1)
        store.keep([arrived.id], False)
        store.delete([ships.id, rain.id])
    result = export(PROJECT)
    assert result.said == ["left out: 1 rejected, 1 not kept, 2 deleted"]
    assert "Monday" not in result.out
    assert "rained" not in result.out
    result = export(PROJECT, "-o", "a.tmx")
    assert result.code == 0
    assert result.said[-1] == "note: nothing is left to export"


def test_edits_links_and_undo_are_in_what_comes_out(export: Export, project: Path) -> None:
    with Store(project) as store:
        rows = store.rows(1)
        store.edit(rows[0].target[0].id, "The minister came on Monday.")
        store.pinpoint(rows[2].source[0].id, rows[1].target[0].id)
    row = next(row for row in table(export(PROJECT).out) if "rained" in row[5])
    assert (row[0], row[1], row[7], row[10]) == ("", "1-1", "confirmed", "person")
    assert "came on Monday" in export(PROJECT).out
    with Store(project) as store:
        store.undo()
        store.undo()
    assert "arrived on Monday" in export(PROJECT).out


def test_flags_come_out_and_ignored_ones_do_not(export: Export, project: Path) -> None:
    def flagged() -> list[str]:
        out = export(PROJECT, "--format", "jsonl").out
        return [flag for line in out.splitlines() for flag in json.loads(line).get("flags", ())]

    found = flagged()
    assert found
    assert all(re.fullmatch(r"[a-z]+: .+", flag) for flag in found)
    name = found[0].partition(":")[0]
    with Store(project) as store:
        for row in store.rows(1):
            store.ignore(row.id, name, True)
    assert not any(flag.startswith(f"{name}:") for flag in flagged())
    Path("g.tsv").write_text("الوزير\tsecretary\n", encoding="utf-8")
    assert any("glossary: " in line for line in export(PROJECT, "--glossary", "g.tsv").out.splitlines())


def test_one_of_several_bitexts_by_number_or_name(export: Export, project: Path) -> None:
    turkish = replace(harbour(), source=replace(harbour().source, language="tr"))
    with Store(project) as store:
        assert store.add(turkish, name="turkish") == 2
    result = export(PROJECT)
    assert result.code == 2
    assert result.said == [f"{PROJECT} holds 2 bitexts: choose one with --bitext: 1 (harbour), 2 (turkish)"]
    for wanted in ("2", "turkish"):
        assert export(PROJECT, "-o", "a.json", "--bitext", wanted).code == 0
        assert read_bitext("a.json").source.language == "tr"
    result = export(PROJECT, "--bitext", "3")
    assert (result.code, len(result.said)) == (2, 1)
    assert "1 (harbour), 2 (turkish)" in result.said[0]


@pytest.mark.usefixtures("project")
def test_regions_can_be_left_out(export: Export) -> None:
    brazil = replace(harbour(), target=replace(harbour().target, language="pt-BR"))
    with Store("b.polyalign") as store:
        store.add(brazil)
    for options, language in (((), "pt-BR"), (("--bare-tags",), "pt")):
        assert export("b.polyalign", "-o", "a.tmx", *options).code == 0
        assert read_bitext("a.tmx").target.language == language


def test_an_undetermined_language_is_said(export: Export) -> None:
    unknown = replace(harbour(), target=replace(harbour().target, language="und"))
    with Store("u.polyalign") as store:
        store.add(unknown)
    result = export("u.polyalign", "-o", "a.tmx")
    assert result.code == 0
    assert any("language of the target is undetermined (und)" in line for line in result.said)
    assert not any("language of the source" in line for line in result.said)


def test_an_untouched_project_gives_the_bitext_back(export: Export) -> None:
    with Store("u.polyalign") as store:
        store.add(harbour())
    assert export("u.polyalign", "-o", "a.json").said == []
    found, given = read_bitext("a.json"), harbour()
    assert [(b.source, b.target, b.score) for b in found.beads] == [
        (b.source, b.target, b.score) for b in given.beads
    ]
    assert [s.text for s in found.source.segments] == [s.text for s in given.source.segments]
    assert {b.review.state for b in found.beads} == {"auto"}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("missing.polyalign", "-o", "a.tmx"), 1, "there is no project missing.polyalign"),
        ((".", "-o", "a.tmx"), 1, "there is no project .: check its name"),
        (("text.polyalign", "-o", "a.tmx"), 1, "text.polyalign"),
        (("empty.polyalign", "-o", "a.tmx"), 1, "empty.polyalign holds no bitext"),
        ((PROJECT, "-o", "a.what"), 2, "its suffix names no format"),
        ((PROJECT, "--format", "what"), 2, "unknown format 'what'"),
        ((PROJECT, "--format", "moses"), 2, "moses is two files"),
        ((PROJECT, "-o", "no/a.tmx"), 1, "there is no such folder"),
        ((PROJECT, "-o", PROJECT, "--format", "tsv"), 2, "name another file to write to"),
        ((PROJECT, "--state", "auto,done"), 2, "unknown state 'done'"),
        ((PROJECT, "--state", ""), 2, "unknown state ''"),
        ((PROJECT, "--confirmed", "--state", "auto"), 2, "--confirmed and --state exclude each other"),
        ((PROJECT, "--min-score", "2"), 2, "min_score is 2.0"),
        ((PROJECT, "-o", "a.json", "--no-unaligned"), 2, "json holds every segment"),
        ((PROJECT, "--glossary", "none.tsv"), 1, "none.tsv"),
        ((), 2, "PROJECT"),
    ],
)
def test_errors_are_one_line_and_leave_nothing_behind(
    export: Export, arguments: tuple[str, ...], code: int, words: str
) -> None:
    Path("text.polyalign").write_text("no project at all\n" * 99, encoding="utf-8")
    with Store("empty.polyalign"):
        pass
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    result = export(*arguments)
    assert (result.code, result.out, len(result.said)) == (code, "", 1)
    assert words in result.said[0]
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


@pytest.mark.usefixtures("project")
def test_an_export_read_into_a_new_project_says_the_same(export: Export) -> None:
    assert export(PROJECT, "-o", "a.tmx", "--unaligned").code == 0
    with Store("again.polyalign") as store:
        store.add(read_bitext("a.tmx"))
    assert export("again.polyalign", "-o", "b.tmx", "--unaligned").code == 0
    first, second = read_bitext("a.tmx"), read_bitext("b.tmx")
    assert shown(first) == shown(second)


def shown(bitext: Bitext) -> list[tuple[object, ...]]:
    return [
        (bead.source, bead.target, bead.score, bead.review.state, bead.review.comment)
        for bead in bitext.beads
    ]


@pytest.mark.usefixtures("project")
def test_who_names_states_gets_such_pairs_alone(export: Export) -> None:
    for suffix in ("tsv", "jsonl"):
        assert export(PROJECT, "-o", f"only.{suffix}", "--confirmed").code == 0
        found = read_bitext(f"only.{suffix}")
        assert {bead.review.state for bead in found.beads} == {"confirmed"}
        assert not found.unaligned("source")
        assert not found.unaligned("target")
