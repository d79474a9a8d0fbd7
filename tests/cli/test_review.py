"""polyalign review and serve as a user starts them: a real process, a real server, a real project file."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import polyalign
from polyalign import cli
from polyalign.bitext import Bitext
from polyalign.store import Store
from tests.helpers.places import CASES, SEEDS


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[tuple[httpx.Client, list[str]]]:
    """A client of the server that the command starts, and the lines it said before; it ends with rc 0."""
    command = [sys.executable, "-m", "polyalign", *arguments, "--no-browser"]
    child = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    assert child.stderr
    said: list[str] = []
    while not said or "review page" not in said[-1]:
        line = child.stderr.readline()
        assert line, said
        said.append(line.strip())
    found = re.search(r"(http://\S+)/\?token=(\S+)", said[-1])
    assert found
    headers = {"Authorization": f"Bearer {found[2]}"}
    try:
        with httpx.Client(base_url=found[1], headers=headers, timeout=30) as client:
            yield client, said
    finally:
        child.send_signal(signal.SIGINT)
        rest = child.communicate(timeout=30)[1]
    assert child.returncode == 0, rest
    assert "Traceback" not in rest


def refused(capsys: pytest.CaptureFixture[str], arguments: Sequence[str], code: int) -> str:
    assert cli.main(arguments) == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    for name in ("baku.ar.txt", "baku.en.txt"):
        (tmp_path / name).write_bytes((SEEDS / name).read_bytes())
    return tmp_path


def test_two_texts_become_a_project_that_a_second_run_goes_on_with(texts: Path) -> None:
    with running(texts, "review", "baku.ar.txt", "baku.en.txt", "--who", "Ada") as (client, said):
        assert said[0] == "polyalign: made baku.ar-baku.en.polyalign"
        (project,) = client.get("/api/projects").json()
        (bitext,) = project["bitexts"]
        assert (bitext["name"], bitext["source"]["direction"]) == ("baku.ar.txt – baku.en.txt", "rtl")
        rows = client.get(f"/api/projects/{project['id']}/bitexts/{bitext['id']}/rows").json()["rows"]
        order = {"operation": "mark", "rows": [rows[0]["id"]], "state": "confirmed"}
        assert client.post(f"/api/projects/{project['id']}/operations", json=order).status_code == 200
    with running(texts, "review", "baku.ar.txt", "baku.en.txt", "--mode", "parallel") as (client, said):
        assert said[0].endswith(
            " holds baku.ar.txt – baku.en.txt already, as it was made: --mode changes nothing"
        )
        assert said[1] == "polyalign: going on with baku.ar-baku.en.polyalign"
        (project,) = client.get("/api/projects").json()
        assert project["bitexts"][0]["counts"]["confirmed"] == 1
        assert project["undo"] == "mark"
    with Store(texts / "baku.ar-baku.en.polyalign") as store:
        assert store.journal()[0].who == "Ada"
        assert store.original(1, "source") == (SEEDS / "baku.ar.txt").read_text(encoding="utf-8")


def test_a_text_that_changed_meanwhile_is_not_taken_for_the_old_one(
    texts: Path, capsys: pytest.CaptureFixture[str], baku_bitext: Bitext
) -> None:
    polyalign.write(baku_bitext, texts / "x.tmx")
    with running(texts, "review", "x.tmx") as (_, said):
        assert said[0] == "polyalign: made x.polyalign"
    polyalign.write(baku_bitext, texts / "x.tmx", min_score=0.9)
    said_now = refused(capsys, ["review", str(texts / "x.tmx"), "--no-browser"], 1)
    assert "holds x.tmx as it was before" in said_now


def test_the_read_only_page_changes_nothing(texts: Path, baku_bitext: Bitext) -> None:
    polyalign.write(baku_bitext, texts / "x.json")
    with running(texts, "review", "x.json", "--read-only", "-o", "mine.polyalign") as (client, _):
        assert client.get("/api/session").json()["role"] == "reader"
        order = {"operation": "mark", "rows": [1], "state": "confirmed"}
        assert client.post("/api/projects/p1/operations", json=order).status_code == 403
    assert (texts / "mine.polyalign").exists()


def test_serve_shows_the_projects_of_a_folder_and_makes_new_ones_there(texts: Path) -> None:
    Store(texts / "one.polyalign").close()
    (texts / "broken.polyalign").write_text("no project")
    with running(texts, "serve") as (client, said):
        assert "note" in said[0]
        assert "broken.polyalign" in said[0]
        assert [p["name"] for p in client.get("/api/projects").json()] == ["one"]
        assert client.post("/api/projects", json={"name": "two"}).status_code == 201
    assert (texts / "two.polyalign").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["review", "{}/a.txt"], 2, "name the other one after it"),
        (["review", "{}/no.polyalign"], 1, "no project"),
        (["review", "{}/a.txt", "{}/b.txt"], 1, "a.txt: no such file"),
        (["review", "-", "{}/b.txt"], 2, "standard input"),
        (["review", "{}/a.tmx", "-o", "{}/x.tmx"], 2, "change its suffix"),
        (["serve", "{}/nowhere"], 1, "no folder"),
        (["serve", "{}", "{}"], 2, "one folder"),
        (["serve", "{}/no.polyalign"], 1, "no project"),
        (["serve", "{}", "--port", "70000"], 2, "port"),
        (["serve", "{}", "--host", "0.0.0.0"], 2, "names"),
        (["serve", "{}", "--glossary", "{}/no.tsv"], 1, "no.tsv: no such file"),
    ],
)
def test_what_cannot_be_opened_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    filled = [argument.format(tmp_path) for argument in arguments]
    assert said in refused(capsys, [*filled, "--no-browser"], code)
    assert list(tmp_path.iterdir()) == []


SIX = CASES / "formats" / "many-languages" / "six.tmx"


def test_the_languages_asked_for_are_taken_of_a_file_of_pairs(tmp_path: Path) -> None:
    (tmp_path / "six.xml").write_bytes(SIX.read_bytes())
    with running(tmp_path, "review", "six.xml") as (_, said):
        assert any("six.xml also holds fr, tr" in line for line in said)
    asked = ("--source-lang", "tr", "--target-lang", "ar")
    with running(tmp_path, "review", "six.xml", *asked) as (client, said):
        assert any("six.xml also holds en, fr" in line for line in said)
        bitexts = client.get("/api/projects/p1").json()["bitexts"]
    found = [(one["source"]["language"], one["target"]["language"]) for one in bitexts]
    assert found == [("en", "ar"), ("tr", "ar")]


def test_a_language_that_a_file_of_pairs_lacks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "six.tmx").write_bytes(SIX.read_bytes())
    said = refused(capsys, ["review", "six.tmx", "--target-lang", "de", "--no-browser"], 1)
    assert "six.tmx holds nothing in de but text in" in said
