"""polyalign translate: lines out, notes beside, exit codes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import polyalign
from polyalign.cli import main
from tests.helpers.tiny_marian import ARABIC, ENGLISH, TURKISH, Tiny

pytest.importorskip("ctranslate2")

TEXT = f"{ARABIC[0]}\n\n{ARABIC[1]} {ARABIC[10]}\n2024\n"
LINES = f"{ENGLISH[0]}\n\n{ENGLISH[1]} {ENGLISH[10]}\n2024\n"


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "ar.txt"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


@pytest.fixture
def installed(tiny_ar_en: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Arabic model as the registry's own."""
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path / "models"))
    return tiny_ar_en.copied(tmp_path / "models" / "ar-en")


def test_one_line_a_segment_and_notes_beside(
    text: str, installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["translate", text, "--pre-segmented", "--no-memory"]) == 0
    out, err = capsys.readouterr()
    assert out == LINES
    assert "polyalign: translated with Helsinki-NLP/opus-mt-ar-en\n" in err
    assert "polyalign: note: passed: 1 of 4 segments (nothing to translate" in err
    assert "polyalign: note: split: 1 of 4 segments (" in err
    assert installed.is_dir()


def test_a_document_is_segmented(text: str, installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["translate", text, "--from", "ar", "--to", "en"]) == 0
    assert capsys.readouterr().out == "".join(f"{ENGLISH[i]}\n" for i in (0, 1, 10)) + "2024\n"
    assert installed.is_dir()


def test_a_second_run_translates_nothing(
    text: str,
    tiny_ar_en: Tiny,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("POLYALIGN_CACHE", str(tmp_path / "cache"))
    command = ["translate", text, "--model", str(tiny_ar_en.folder), "--pre-segmented"]
    assert main(command) == 0
    monkeypatch.setattr("polyalign.translation.ct2.CTranslate2.generate", None)
    assert main(command) == 0
    assert capsys.readouterr().out == LINES * 2
    (tmp_path / "cache" / "translations.sqlite").write_bytes(b"damaged" * 1000)
    monkeypatch.undo()
    monkeypatch.setenv("POLYALIGN_CACHE", str(tmp_path / "cache"))
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert out == LINES
    assert "note: the memory of translations was damaged" in err


def test_standard_input_a_file_and_a_folder_of_the_users(
    tiny_en_mul: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(f"{ENGLISH[0]}\n{ENGLISH[1]}\n".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    out = tmp_path / "tr.txt"
    command = [
        "translate",
        "-",
        "--model",
        str(tiny_en_mul.folder),
        "--to",
        "tr",
        "--from",
        "en",
        "-o",
        str(out),
    ]
    assert main(command) == 0
    assert out.read_text(encoding="utf-8") == f"{TURKISH[0]}\n{TURKISH[1]}\n"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--model", "MUL"], 1, "several target languages: name one of >>ara<< >>tur<<"),
        (["--model", "MUL", "--to", "xx"], 1, "no target code >>xx<<"),
        (["--model", "Us/none"], 3, "model Us/none is not installed: polyalign models pull Us/none"),
        (["--model", "nothing"], 1, "nothing: no such model"),
        (["--from", "ar", "--to", "xx"], 1, "ar-xx: no model is known: name a model with --model"),
        (["--from", "ar", "--to", "ar"], 1, "the same language on both sides"),
        (["--from", "ar", "--to", "ja"], 1, "go through English with --pivot"),
        (["--backend", "onnx"], 2, "--backend: 'onnx' is no choice: use one of auto"),
        (["-o", "no/such/folder.txt"], 1, "there is no such folder"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: list[str],
    code: int,
    message: str,
    text: str,
    tiny_en_mul: Tiny,
    capsys: pytest.CaptureFixture[str],
) -> None:
    named = [str(tiny_en_mul.folder) if argument == "MUL" else argument for argument in arguments]
    assert main(["translate", text, *named]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("there", [True, False])
def test_without_a_network_an_installed_model_works_and_a_missing_one_exits_with_3(
    there: bool, text: str, installed: Path, tmp_path: Path
) -> None:
    block = """
import sys
def hook(event, args):
    if event.startswith("socket."):
        raise OSError("the network was used")
sys.addaudithook(hook)
from polyalign.cli import main
sys.exit(main(sys.argv[1:]))
"""
    command = [sys.executable, "-c", block, "translate", text, "--pre-segmented"]
    command += [] if there else ["--from", "he", "--to", "en"]
    root = str(Path(polyalign.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, *sys.path]), "HF_HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert installed.is_dir()
    assert done.returncode == (0 if there else 3), done.stderr
    assert done.stdout == (LINES if there else "")
    assert there or "polyalign models pull he-en" in done.stderr
