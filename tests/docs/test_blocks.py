"""Every command and every block of Python in README.md and docs/ runs.

Of each page one script is made, with its blocks in their order, and runs in a folder that has the files
that the page speaks of. A block under `<!-- not run: REASON -->` does not run; they are counted. A block of
output under `<!-- output -->` is what the block before it prints, but for the last digits of scores.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import polyalign
from tests.helpers.places import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_RUN = {
    "docs/howto/pandas.md": ["needs spaCy"],
    "docs/models.md": ["needs a network"],
    "docs/translation.md": ["needs a model", "needs a model"],
}
PLAIN = {"", "json", "text", "{help}", "{eval-rst}", "{toctree}", "{include}"}  # what is no program


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the comment right above it."""

    language: str
    text: str
    said: str = ""

    @property
    def runs(self) -> bool:
        return self.language in ("sh", "python") and not self.said.startswith("not run:")


def blocks(page: Path) -> Iterator[Block]:
    found = re.finditer(
        r"^(?:<!-- (?P<said>.*?) -->\n)?^```(?P<language>\S*).*\n(?P<text>(?:.*\n)*?)^```$",
        page.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    return (Block(m["language"], m["text"], m["said"] or "") for m in found)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


RUNNING = [page for page in PAGES if any(block.runs for block in blocks(page))]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= {"sh", "python", *PLAIN}
    plain = [block.text for block in blocks(page) if block.language in PLAIN]
    assert not [text for text in plain if re.match(r"(polyalign|pip|make|import|from) ", text)]


def test_blocks_that_do_not_run_are_counted() -> None:
    found = {
        name_of(page): [b.said.removeprefix("not run: ") for b in blocks(page) if b.said[:8] == "not run:"]
        for page in PAGES
    }
    assert {name: reasons for name, reasons in found.items() if reasons} == NOT_RUN


def test_every_option_in_the_pages_is_one() -> None:
    """Those in prose and in blocks that do not run, too."""
    said: dict[str, set[str]] = {}
    for page in PAGES:
        for line in re.findall(r"polyalign [a-z]+ [^`\n]*", page.read_text(encoding="utf-8")):
            for part in line.split("#")[0].split("|"):
                if found := re.match(r"\s*polyalign ([a-z]+)(.*)", part):
                    given = re.findall(r"(?<![\w-])--[a-z][a-z-]+", found[2])
                    said.setdefault(found[1], set()).update(given)
    known = {command: options(command) for command in said if command in commands()}
    unknown = {c: given - known[c] for c, given in said.items() if c in known and given - known[c]}
    assert not unknown
    assert len(known) > 10


def printed(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "polyalign", *arguments, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    )
    return done.stdout


def commands() -> list[str]:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    return re.findall(r"^```\{help\} ([a-z]+)$", page, flags=re.MULTILINE)


def options(command: str) -> set[str]:
    text = printed(command)
    inner = re.findall(r"^ {2,8}(list|pull|path|verify|rm)\b", text, flags=re.MULTILINE)
    texts = [text, *(printed(command, each) for each in dict.fromkeys(inner) if command == "models")]
    negated = re.findall(r"--\[no-\]([a-z-]+)", text)
    return {*re.findall(r"--[a-z][a-z-]+", " ".join(texts)), *(f"--no-{name}" for name in negated)}


def test_the_page_of_the_command_line_has_every_command() -> None:
    told = printed()
    missing = [name for name in commands() if not re.search(rf"\b{name}\b", told)]
    assert not missing
    listed = set(re.findall(r"^ {2,6}([a-z]+)  ", told, flags=re.MULTILINE))
    assert listed - {"help"} <= set(commands())


def test_extras_that_are_named_exist() -> None:
    extras = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("optional-dependencies]")[2]
    for page in PAGES:
        for names in re.findall(
            r"pip install ['\"](?:polyalign|\.)\[(.*?)\]", page.read_text(encoding="utf-8")
        ):
            for name in names.split(","):
                assert re.search(rf"^{name} = ", extras, flags=re.MULTILINE), f"{page.name}: {name}"


POLYALIGN = """#!{python}
# polyalign; what serves a page is told to stop, or left alone in the background, once it has named its link
import subprocess, sys
command = [sys.executable, "-m", "polyalign", *sys.argv[1:]]
if sys.argv[1:2] not in ([], ["review"], ["serve"]):
    sys.exit(subprocess.run(command).returncode)
served = subprocess.Popen([*command, *([] if sys.argv[1:] else ["serve"]), "--no-browser"], text=True,
    stdin=subprocess.DEVNULL, stdout=open("served.out", "w"), stderr=open("served.err", "w"))
import time
for _ in range(3000):
    said = open("served.out").read() + open("served.err").read()
    if "http://" in said or served.poll() is not None:
        break
    time.sleep(0.1)
if sys.argv[1:2] == ["serve"] and served.poll() is None:
    open("server.pid", "a").write(f"{{served.pid}}\\n")
elif served.poll() is None:
    served.terminate()
    served.wait(60)
print(said)
sys.exit("http://" not in said)
"""


@pytest.fixture(scope="module")
def pantry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all files that the pages speak of."""
    work = tmp_path_factory.mktemp("pantry")
    shutil.copytree(ROOT / "seeds", work / "seeds")
    shutil.copytree(ROOT / "examples", work / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for language in ("ar", "en"):
        shutil.copy(ROOT / "seeds" / f"baku.{language}.txt", work / f"{language}.txt")
    shutil.copy(ROOT / "tests" / "data" / "baku.tr.txt", work / "tr.txt")
    arabic, english = (polyalign.read(work / f"{language}.txt") for language in ("ar", "en"))
    html = "".join(f"<p>{line}</p>" for line in english.text.splitlines() if line)
    (work / "en.html").write_text(html, encoding="utf-8")
    bitext = polyalign.Aligner(translate="off").pair(arabic, english)
    for name in ("memory.tmx", "project_save.tmx", "corpus.tsv", "ar.docx", "review.xlsx"):
        polyalign.write(bitext, work / name)
    for name in ("job.sdlxliff", "job.mqxliff"):
        polyalign.write(bitext, work / name, format="xliff1")
    with polyalign.Store(work / "ar-en.polyalign") as store:
        digests = (hashlib.sha256((work / name).read_bytes()).digest() for name in ("ar.txt", "en.txt"))
        origin = f"sha256:{hashlib.sha256(b''.join(digests)).hexdigest()}"  # as of `polyalign review`
        store.add(bitext, name="ar.txt – en.txt", origin=origin, source=arabic, target=english)
        store.mark([row.id for row in store.rows(1) if row.aligned][:3], "confirmed")
    for language, into in (("ar", "arabic"), ("en", "english")):
        (work / into).mkdir()
        (work / "mixed").mkdir(exist_ok=True)
        for name in ("baku", "grain"):
            text = work / "seeds" / f"{name}.{language}.txt"
            shutil.copy(text, work / into / f"{name}.txt")
            shutil.copy(text, work / "mixed")
    return work


@pytest.fixture
def folder(pantry: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of these files, and a `polyalign` to call."""
    work = tmp_path / "work"
    shutil.copytree(pantry, work)
    tools = tmp_path / "bin"
    tools.mkdir()
    called = {"polyalign": POLYALIGN.format(python=sys.executable)}
    called["python"] = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
    for name, text in called.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    yield work
    for place in tmp_path.rglob("server.pid"):
        for pid in place.read_text().split():
            os.kill(int(pid), 15)


def script(page: Path) -> str:
    """The blocks of a page; each writes what it prints into a file of its own."""
    parts = ["set -e", "pip() { :; }", "make() { :; }", "here=$PWD"]
    for number, block in enumerate(blocks(page)):
        if block.runs and block.language == "python":
            parts.append(f"cat > $here/block{number}.py <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK")
            parts.append(f"python $here/block{number}.py > $here/said.{number}")
        elif block.runs:
            parts.append(f"{{\n{block.text}}} > $here/said.{number}")
    return "\n".join(parts) + "\n"


def without_scores(text: str) -> list[str]:
    return [re.sub(r"\b[01]\.\d+", "0.0", line).rstrip() for line in text.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNING, ids=name_of)
def test_the_blocks_of_a_page_run(page: Path, folder: Path) -> None:
    if shutil.which("jq") is None and "| jq" in script(page):
        pytest.skip("jq is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, text in re.findall(
        r"^`(\w+\.jsonl)`:\n\n```json\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S
    ):
        (folder / name).write_text(text)
    python = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    done = subprocess.run(
        ["bash", "-c", script(page).replace("8765", str(port))],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=os.environ
        | {"PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": python},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    if page.name == "README.md":  # whose table is of a terminal: tests/docs/test_texts.py compares it
        return
    before = 0
    for number, block in enumerate(blocks(page)):
        if block.said == "output":
            said = (folder / f"said.{before}").read_text(encoding="utf-8")
            assert without_scores(block.text) == without_scores(said)
        before = number if block.runs else before


@pytest.mark.slow
@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_the_examples_run(example: Path, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, f"examples/{example.name}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.slow
def test_the_notebook_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells in their order print what stands below them, but for the last digits of scores."""
    import contextlib
    import io
    import json

    pytest.importorskip("matplotlib").use("Agg")
    notebook = json.loads((ROOT / "examples" / "two_files.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    monkeypatch.chdir(folder / "examples")
    space: dict[str, object] = {}
    for cell in cells:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile("".join(cell["source"]), "two_files.ipynb", "exec"), space)
        kept = ["".join(out["text"]) for out in cell["outputs"] if out["output_type"] == "stream"]
        assert without_scores("".join(kept)) == without_scores(said.getvalue())
    assert len(cells) >= 4


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """A link or an anchor that leads nowhere is a warning, and fails."""
    pytest.importorskip("sphinx")
    options = ["-q", "-W", "--keep-going", "-b", "html", "-d", str(tmp_path / "trees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(ROOT / "docs"), str(tmp_path / "site")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "api.html").read_text(encoding="utf-8")
    assert [name for name in polyalign.__all__ if name not in page] == []
