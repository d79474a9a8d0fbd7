"""What the README shows is what happens."""

from __future__ import annotations

import io
import re
import runpy
from pathlib import Path

import pytest

import polyalign
from polyalign import cli
from polyalign.alignment.features import CANDIDATE_FEATURES, CONTEXT_FEATURES, SECOND_PASS_FEATURES
from polyalign.formats import dump
from tests.helpers.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
WIDTH = 100


def fenced(opening: str) -> str:
    """The one block of the README that follows these lines."""
    (block,) = re.findall(rf"^{opening}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return str(block)


@pytest.fixture
def beside_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder that sees seeds/ as a checkout does."""
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_example_runs(beside_seeds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(fenced("```python"), "README.md", "exec"), {})
    assert "sentences only in the English text" in capsys.readouterr().out
    assert (beside_seeds / "baku.tmx").read_bytes().startswith(b"<?xml")


def test_the_example_file_runs(
    beside_seeds: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pair.py"])
    runpy.run_path(str(ROOT / "examples" / "pair.py"), run_name="__main__")
    assert capsys.readouterr().out
    assert beside_seeds.is_dir()


def test_the_table_is_real(aligner: polyalign.Aligner, beside_seeds: Path) -> None:
    shown = fenced("<!-- output -->\n```").splitlines()
    assert len(shown) > 10
    source, target = (polyalign.read(f"seeds/baku.{language}.txt") for language in ("ar", "en"))
    stream = io.BytesIO()
    dump(aligner.pair(source, target), stream, format="table", width=WIDTH)
    real = stream.getvalue().decode().splitlines()
    assert [without_score(line) for line in shown] == [without_score(line) for line in real[: len(shown)]]
    assert beside_seeds.is_dir()


def without_score(line: str) -> str:
    """Scores may differ in the last digit between processors; Markdown has no spaces at the end."""
    return re.sub(r"^\d\.\d\d", "0.00", line).rstrip()


def test_the_scores_are_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    page = (ROOT / "docs" / "scoring.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    files = re.findall(r"^`(\w+\.jsonl)`:\n\n```json\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    for name, text in files:
        Path(name).write_text(text)
    ((command, shown),) = re.findall(
        r"^`polyalign (score .*)`:\n\n```\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL
    )
    assert cli.main(command.split()) == 0
    real = capsysbinary.readouterr().out.decode()
    assert re.sub(r"polyalign \S+ \|", "", real) == re.sub(r"polyalign \S+ \|", "", shown)


def test_the_commands_of_the_makefile_are_those_of_the_readme() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"^make (\w+)", README, flags=re.MULTILINE):
        assert f"\n{command}:" in makefile


def test_links_lead_somewhere() -> None:
    tops = (ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY"))
    pages = [*tops, *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_tables_of_features_are_those_that_are_declared() -> None:
    page = (ROOT / "docs" / "alignment.md").read_text(encoding="utf-8")
    table = page[page.index("<!-- features -->") : page.index("<!-- /features -->")]
    declared = [(f.name, f.about) for f in (*CANDIDATE_FEATURES, SECOND_PASS_FEATURES[-1])]
    declared += [(f.name, f.about) for f in CONTEXT_FEATURES]
    rows = re.findall(r"^\| (\w+) \| (.+) \|$", table, flags=re.MULTILINE)
    assert [row for row in rows if row[0] != "feature"] == declared
