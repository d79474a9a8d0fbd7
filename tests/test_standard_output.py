"""Standard output is the result and nothing else, whatever the libraries of the process print there."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from polyalign import cli
from polyalign.bitext import Bitext
from polyalign.store import Store
from tests.helpers.places import SEEDS
from tests.helpers.tiny_marian import Tiny

ARABIC, ENGLISH = str(SEEDS / "baku.ar.txt"), str(SEEDS / "baku.en.txt")
PAIR = ("pair", ARABIC, ENGLISH, "--no-progress")
BANNER = b"a library says hello"

# Each compiled library prints when it is first loaded and once more at exit, in each way there is:
# by Python's `print`, straight to the descriptor, and through the buffer of C, which is written at exit.
NOISY = f"""
import atexit, ctypes, os, sys
LIBRARIES = "numpy scipy lxml sentencepiece ctranslate2 faiss ray pyarrow regex".split()
def shout():
    print({BANNER.decode()!r})
    os.write(1, {BANNER!r} + b"\\n")
    ctypes.CDLL(None).puts({BANNER!r})
class Loud:
    def find_spec(self, name, path=None, target=None):
        if name in LIBRARIES:
            LIBRARIES.remove(name)
            atexit.register(shout)
            shout()
sys.meta_path.insert(0, Loud())
"""


def parsed_json(data: bytes) -> object:
    return json.loads(data)


def parsed_lines(data: bytes) -> object:
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


def parsed_table(data: bytes) -> object:
    rows = list(csv.reader(data.decode().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))
    assert len({len(row) for row in rows}) == 1
    return rows


def parsed_xml(data: bytes) -> object:
    assert data.startswith(b"<?xml")
    return [element.tag for element in ET.fromstring(data).iter()]


PARSERS: dict[str, Callable[[bytes], object]] = {
    "json": parsed_json,
    "jsonl": parsed_lines,
    "tsv": parsed_table,
    "tmx": parsed_xml,
    "xliff": parsed_xml,
    "xliff1": parsed_xml,
}
OTHERS = ("html", "parquet", "xlsx")


@pytest.fixture(name="noisy", scope="module")
def _noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with which every Python that has it on its path is full of noisy libraries."""
    folder = tmp_path_factory.mktemp("noisy")
    (folder / "sitecustomize.py").write_text(NOISY)
    return folder


def run(*arguments: str, noisy: Path | None = None, code: int = 0) -> bytes:
    """What a command writes to its descriptor 1."""
    paths = [str(noisy)] if noisy else []
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*paths, *filter(None, sys.path)])}
    command = [sys.executable, "-m", "polyalign", *arguments]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == code, done.stderr.decode()
    assert BANNER not in done.stdout
    assert noisy is None or BANNER in done.stderr, "the libraries were not noisy"
    return done.stdout


@pytest.mark.parametrize("form", [*PARSERS, *OTHERS])
def test_pair_writes_the_same_to_standard_output_as_to_a_file(form: str, noisy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli.main([*PAIR, "--format", form, "-o", str(out)]) == 0
    written = run(*PAIR, "--format", form, noisy=noisy)
    assert written == out.read_bytes()
    if form in PARSERS:
        assert PARSERS[form](written)


def test_no_library_prints_on_standard_output_without_being_asked() -> None:
    """In a process that is not the command line, nothing is taken away from the libraries."""
    code = (
        "import polyalign, sys\n"
        "bitext = polyalign.Aligner().pair(*map(polyalign.read, sys.argv[1:]))\n"
        "assert len(bitext.beads) > 5"
    )
    command = [sys.executable, "-W", "error", "-c", code, ARABIC, ENGLISH]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("command", [("detect",), ("route", "--to", "en")])
def test_a_look_at_files_prints_a_line_a_file(command: tuple[str, ...], noisy: Path) -> None:
    written = run(*command, ARABIC, ENGLISH, noisy=noisy)
    assert written == run(*command, ARABIC, ENGLISH)
    assert [line.split(b"\t")[0].decode() for line in written.splitlines()] == [ARABIC, ENGLISH]


def test_mine_writes_the_same_to_standard_output_as_to_a_file(noisy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.tsv"
    bags = [ARABIC, ENGLISH, "--no-progress", "--jobs", "2"]
    assert cli.main(["mine", *bags, "-o", str(out)]) == 0
    written = run("mine", *bags, noisy=noisy)
    assert written == out.read_bytes()
    assert parsed_table(written)


def test_translate_writes_the_same_to_standard_output_as_to_a_file(
    noisy: Path, tmp_path: Path, tiny_ar_en: Tiny
) -> None:
    (tmp_path / "ar.txt").write_text("\n".join(source for _, source, _ in tiny_ar_en.examples))
    how = (str(tmp_path / "ar.txt"), "--model", str(tiny_ar_en.folder), "--no-memory", "--no-progress")
    out = tmp_path / "out.txt"
    assert cli.main(["translate", *how, "-o", str(out)]) == 0
    written = run("translate", *how, noisy=noisy)
    assert written == out.read_bytes()
    assert len(written.splitlines()) == len(tiny_ar_en.examples)


@pytest.mark.parametrize("form", PARSERS)
def test_export_writes_the_same_to_standard_output_as_to_a_file(
    form: str, noisy: Path, tmp_path: Path, baku_bitext: Bitext
) -> None:
    project, out = tmp_path / "baku.polyalign", tmp_path / "out"
    with Store(project) as store:
        store.add(baku_bitext, name="baku")
    assert cli.main(["export", str(project), "--format", form, "-o", str(out)]) == 0
    written = run("export", str(project), "--format", form, noisy=noisy)
    assert written == out.read_bytes()
    assert PARSERS[form](written)


def test_validate_score_and_corpus_print_only_what_they_say(noisy: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.tmx").write_text("<tmx version='1.4'>\n<body/>\n</tmx>")
    lines = run("validate", str(tmp_path / "bad.tmx"), code=1).splitlines()
    assert lines
    assert all(line.startswith(str(tmp_path).encode()) for line in lines)
    gold = str(SEEDS / "baku.gold.json")
    (tmp_path / "baku.json").write_bytes(run(*PAIR, "--format", "json"))
    assert parsed_json(run("score", gold, str(tmp_path / "baku.json"), "--format", "json", noisy=noisy))
    out = tmp_path / "out"
    sides = str(SEEDS / "*.ar.txt"), str(SEEDS / "*.en.txt")
    assert run("corpus", *sides, "-o", str(out), "--no-progress", "--jobs", "2", noisy=noisy) == b""
    assert out.is_dir()


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no such file")
def test_its_name_in_the_file_system_is_standard_output_too(noisy: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("keep\n")
    with log.open("a") as errors:
        command = [sys.executable, "-m", "polyalign", *PAIR, "--format", "json", "-o", "/dev/stdout"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(noisy), *filter(None, sys.path)])}
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, env=environment, check=True)
    assert parsed_json(done.stdout)
    assert log.read_text().startswith("keep\n")


def test_the_command_may_run_twice_in_one_process() -> None:
    code = "import sys; from polyalign.cli import main; sys.exit(main() or main())"
    command = [sys.executable, "-c", code, "detect", ENGLISH]
    done = subprocess.run(command, capture_output=True, check=True)
    assert len(done.stdout.splitlines()) == 2


def test_a_table_is_as_wide_as_the_terminal_that_it_goes_to() -> None:
    """And no other: standard error may be another one."""
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    widths = {}
    for stream, columns in (("stdout", 120), ("stderr", 200)):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"} | {"NO_COLOR": "1"}
        with tempfile.TemporaryFile() as other:
            both = {"stdout": other, "stderr": other, stream: follower}
            command = [sys.executable, "-m", "polyalign", *PAIR, "--format", "table"]
            process = subprocess.Popen(command, env=environment, **both)
            os.close(follower)
            shown = b""
            with contextlib.suppress(OSError):  # the end of a terminal
                while piece := os.read(leader, 65536):
                    shown += piece
            assert process.wait() == 0
            os.close(leader)
            other.seek(0)
            table = (shown if stream == "stdout" else other.read()).decode()
        widths[stream] = max(len(line.rstrip()) for line in table.splitlines() if "───" in line)
    assert widths == {"stdout": 119, "stderr": 79}


def test_a_process_without_standard_error_keeps_its_result_clean(noisy: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(noisy), *filter(None, sys.path)])}
    script = f'"{sys.executable}" -m polyalign pair "{ARABIC}" "{ENGLISH}" --format json 2>&-'
    done = subprocess.run(script, shell=True, capture_output=True, env=environment, check=True)
    assert parsed_json(done.stdout)
