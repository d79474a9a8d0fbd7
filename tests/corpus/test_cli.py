"""The command `polyalign corpus`: arguments, exit codes, what it says and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from polyalign.cli import main
from tests.helpers.corpus_stories import contents, write_stories


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with en/ and de/ in it, where commands run."""
    write_stories(tmp_path, 6)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_folders(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("corpus en de -o out --jobs 1".split()) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "polyalign: 12 documents, 12 of them paired" in err
    assert "polyalign: 6 pairs of documents (6 en-de), 36 of segments" in err
    assert json.loads((here / "out" / "summary.json").read_text())["pairs"] == 6
    assert main("corpus en de -o out".split()) == 0
    assert "finished: nothing is left to do" in capsys.readouterr().err
    shard = here / "out" / "pairs-00000.parquet"
    before = shard.read_bytes()
    shard.unlink()
    assert main("corpus en de -o out".split()) == 0
    assert "unfinished: going on where it stopped" in capsys.readouterr().err
    assert shard.read_bytes() == before


def test_what_could_not_be_read_is_said_at_the_end(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(12):
        (here / "en" / f"bad{number:02d}\n.pdf").write_bytes(b"%PDF-1.7 and no more")
    assert main("corpus en de -o out --jobs 1 --no-progress".split()) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if "note: " in line]
    assert len(notes) == 11
    assert notes[0].startswith("polyalign: note: bad00 .pdf: ")
    assert notes[-1] == "polyalign: note: and 2 more, see documents.jsonl"


def test_languages_windows_and_thresholds(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = "--jobs 1 --threshold 0.6 --window any --best 2 --min-score 0.5 --mode comparable"
    assert main(f"corpus . -o out --languages en,de {common}".split()) == 0
    assert "6 pairs of documents (6 en-de)" in capsys.readouterr().err
    manifest = json.loads((here / "out" / ".work" / "manifest.json").read_text())
    told = [manifest[name] for name in ("threshold", "window", "best", "min_score", "mode", "languages")]
    assert told == [0.6, None, 2, 0.5, "comparable", ["en", "de"]]


@pytest.mark.usefixtures("here")
def test_target_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("corpus en de -o out --jobs 1 --to fr tr".split()) == 0
    assert "6 in a language that was not asked for" in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_patterns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "en/*[135].txt", "de", "-o", "out", "--jobs", "1"]) == 0
    assert "3 pairs of documents" in capsys.readouterr().err


def test_the_work_is_kept_on_request(here: Path) -> None:
    assert main("corpus en de -o out --jobs 1 --keep-work".split()) == 0
    assert ".work/reading/000000" in contents(here / "out")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("en de", 2, "--output is missing: see polyalign corpus --help"),
        ("en -o out", 2, "name their languages"),
        ("en en -o out", 2, "both sides are one folder"),
        ("en de -o out --jobs 0", 2, "no number of processes"),
        ("en de -o out --window soon", 2, "no number of days"),
        ("en de -o out --languages ,", 2, "names no languages"),
        ("en de -o out --threshold 2", 2, "it is a probability"),
        ("en de -o out --encoder odd", 2, "no encoder is called"),
        ("en de -o out --languages arabic,english", 1, "does not cover 'arabic'"),
        ("en nowhere -o out", 1, "no such file or folder"),
        ("en de -o en/000.txt", 1, "is a file"),
        ("en de -o .", 1, "is not empty"),
    ],
)
def test_errors_are_one_line(
    arguments: str, code: int, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", *arguments.split()]) == code
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not (here / "out" / ".work" / "manifest.json").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("names", [("", "de", "out"), ("en", "", "out"), ("en", "de", "")])
def test_an_empty_name_is_not_the_folder_where_one_is(
    names: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", names[0], names[1], "-o", names[2]]) == 2
    assert capsys.readouterr().err.startswith("polyalign: a name is empty: ")


def test_another_run_in_the_folder_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("corpus en de -o out --jobs 1".split()) == 0
    before = contents(here / "out")
    assert main("corpus en de -o out --best 2".split()) == 1
    assert "another run (best was 1 and is 2)" in capsys.readouterr().err
    assert contents(here / "out") == before
