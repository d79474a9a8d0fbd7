"""A little of `make fuzz` for each target, and arguments that make no sense: one line, never a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import polyalign
from polyalign.cli import main
from polyalign.errors import PolyalignError
from tests.faults import fuzz

INPUTS = int(os.environ.get("POLYALIGN_FUZZ", "25"))


@pytest.mark.parametrize("name", list(fuzz.targets()))
def test_no_input_gives_a_traceback(name: str, tmp_path: Path) -> None:
    count, crashers = fuzz.fuzzed(name, tmp_path, most=INPUTS)
    assert count == INPUTS
    assert crashers == 0, [path.name for path in tmp_path.iterdir()]


def test_what_is_no_deliberate_error_is_found() -> None:
    assert fuzz.fault(lambda data: data[100], b"") == "IndexError: index out of range"
    assert fuzz.fault(lambda _: 1, b"") == ""

    def two_lines(_: bytes) -> None:
        raise PolyalignError("a\nb")

    assert "not one line" in fuzz.fault(two_lines, b"")


OPTIONS = [
    *("--mode", "--format", "--min-score", "--source-lang", "--target-lang", "--encoder", "--translate"),
    *("--srx", "--glossary", "--encoding", "--wrapped", "--samples", "--seed", "--to", "--measure", "--from"),
    *("--pre-segmented", "--words", "--explain", "--candidates", "--qa", "--dry-run", "--bitext", "--fix"),
]
VALUES = st.sampled_from(
    [
        "",
        "-",
        "--",
        "auto",
        "off",
        "0",
        "-1",
        "1e999",
        "nan",
        "9" * 30,
        "en",
        "xx-XX",
        "shift",
        "tsv",
        "A",
        "B",
    ]
) | st.text(st.characters(exclude_characters="\0"), max_size=12)


@given(
    command=st.sampled_from(
        ["pair", "detect", "validate", "score", "export", "update", "check", "doctor", "route"]
    ),
    arguments=st.lists(VALUES | st.sampled_from(OPTIONS), max_size=6),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_argument_gives_a_traceback(
    command: str,
    arguments: list[str],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path_factory.getbasetemp() / "arguments"
    folder.mkdir(exist_ok=True)
    for name in "AB":
        (folder / name).write_text(fuzz.TEXT, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin", None)
    try:
        code = main([command, *arguments])
    except SystemExit as end:  # --help
        code = int(end.code or 0)
    told = capsys.readouterr().err.splitlines()
    assert code in (0, 1, 2, 3)
    assert code == 0 or [line for line in told if line.startswith("polyalign: ")]


@given(st.text(max_size=300), st.sampled_from(["en", "ar", "tr", "zh", "und", "x", ""]))
def test_public_functions_take_any_text(text: str, language: str) -> None:
    found = polyalign.detect(text)
    assert 0 <= found.confidence <= 1
    try:
        segments = polyalign.segment(text, language=language)
    except PolyalignError:
        return
    assert all(text[s.start : s.end] == s.text for s in segments)
    assert [s.start for s in segments] == sorted(s.start for s in segments)


KEYS = ["schema", "source", "target", "beads", "segments", "score", "path", "language"]
PLAIN = st.none() | st.booleans() | st.floats() | st.text()


@given(st.recursive(PLAIN, lambda x: st.lists(x) | st.dictionaries(st.sampled_from(KEYS), x)))
def test_any_json_is_a_bitext_or_one_line(value: object) -> None:
    for held in (value, {"schema": "polyalign.bitext/1", "source": value, "target": value, "beads": value}):
        with pytest.raises(PolyalignError) as refused:
            polyalign.Bitext.from_json(json.dumps(held))
        assert len(str(refused.value).splitlines()) == 1
