"""What is published: wheel and sdist hold what they should, and the wheel works where nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.helpers.places import ROOT
from tests.helpers.tiny_marian import Tiny

LOCKED = ROOT / ".ci" / "requirements"
ARABIC, ENGLISH = str(ROOT / "seeds" / "baku.ar.txt"), str(ROOT / "seeds" / "baku.en.txt")

# every file of the wheel, and what all that match may weigh together, in KB
CONTENTS = {
    "polyalign/*.py": 2_000,
    "polyalign/alignment/weights.json": 150,
    "polyalign/checking/*.toml": 10,
    "polyalign/checking/weights.json": 60,
    "polyalign/corpus/weights.json": 10,
    "polyalign/formats/*.css": 20,
    "polyalign/formats/*.toml": 80,
    "polyalign/models/registry.toml": 100,
    "polyalign/py.typed": 1,
    "polyalign/qa/*.toml": 150,
    "polyalign/segmentation/data/*.toml": 200,
    "polyalign/terms/*.toml": 20,
    "polyalign/server/page/*.css": 60,
    "polyalign/server/page/*.html": 20,
    "polyalign/server/page/*.js": 280,
    "polyalign/server/page/*.svg": 20,
    "polyalign/server/page/strings/*.json": 150,
    "polyalign/words/affixes.toml": 20,
    "polyalign/words/lexicon.*.xz": 400,
    "polyalign/words/weights.json": 10,
    "polyalign/translation/weights.json": 10,
    "polyalign-*.dist-info/*": 100,
}

pytestmark = pytest.mark.slow


@pytest.fixture(name="built", scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and an sdist, the wheel made out of the sdist."""
    for builder in ("build", "hatchling", "editables"):
        pytest.importorskip(builder)
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        check=True,
    )
    return folder


def tracked(*below: str) -> set[str]:
    """The files that git knows, below these paths."""
    listed = subprocess.run(["git", "ls-files", *below], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        sizes = {entry.filename: entry.file_size for entry in wheel.infolist()}
    kinds = {name: next((kind for kind in CONTENTS if fnmatch(name, kind)), None) for name in sizes}
    assert not [name for name, kind in kinds.items() if kind is None]
    heavy = {
        kind: sum(sizes[name] for name in sizes if kinds[name] == kind) for kind, most in CONTENTS.items()
    }
    assert not {kind: size for kind, size in heavy.items() if size > 1000 * CONTENTS[kind]}
    present = {name for name in sizes if ".dist-info/" not in name}
    assert present == tracked("polyalign") | {"polyalign/models/registry.toml"}
    assert next(built.glob("*.whl")).stat().st_size < 2_000_000


def test_the_sdist_holds_what_the_wheel_is_made_of(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {member.name.partition("/")[2] for member in sdist.getmembers()}
    expected = tracked("polyalign", "models/registry.toml")
    assert names - {".gitignore"} == expected | {
        *("CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml")
    }


@pytest.fixture(name="pip", scope="module")
def _pip(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Callable[[str], Path]:
    """What installs the wheel with an extra into an environment that had nothing; gives its programs."""
    environment = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    # the locked versions, without hashes, which pip takes for requirements only
    wanted = environment / "locked.txt"
    lines = [
        line.removesuffix("\\").rstrip()
        for line in (LOCKED / "dev.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    ]
    lines.append(f"torch=={version('torch')}")
    wanted.write_text("\n".join(lines), encoding="utf-8")
    wheel = next(built.glob("*.whl"))

    def install(extra: str) -> Path:
        what = f"polyalign{f'[{extra}]' if extra else ''} @ {wheel.as_uri()}"
        # without compiling: of the libraries that come along most is never imported here
        how = ("--quiet", "--no-compile", "--disable-pip-version-check", "--constraint", str(wanted))
        command = [str(environment / "bin" / "pip"), "install", *how, what]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return environment / "bin"

    return install


def run(programs: Path, folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """A command of the installed package, outside the checkout, with nothing of this process's paths."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    command = [str(programs / "polyalign"), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


# extra -> a command that needs it, with the wheel alone answered by the line that installs it
EXTRAS = {
    "parquet": ("pair", ARABIC, ENGLISH, "-o", "out.parquet"),
    "pdf": ("detect", "empty.pdf"),
    "server": ("serve", "none.polyalign"),
    "translate": ("translate", ARABIC, "--model", "TINY", "--no-memory"),
}


def test_the_wheel_alone_does_the_main_job_and_names_what_is_missing(
    pip: Callable[[str], Path], tmp_path: Path, tiny_ar_en: Tiny
) -> None:
    programs = pip("")
    quiet = [str(programs / "python"), "-W", "error", "-c", "import polyalign"]
    assert subprocess.run(quiet, cwd=tmp_path, capture_output=True, check=True).stderr == b""
    found = json.loads(run(programs, tmp_path, "pair", ARABIC, ENGLISH, "--format", "json").stdout)
    assert len(found["beads"]) > 10
    (tmp_path / "empty.pdf").write_bytes(b"%PDF-1.4\n")
    for extra, command in EXTRAS.items():
        said = run(programs, tmp_path, *named(command, tiny_ar_en), code=3).stderr
        assert f"pip install 'polyalign[{extra}]'" in said.replace('"', "'"), (extra, said)


def named(command: tuple[str, ...], tiny: Tiny) -> list[str]:
    return [str(tiny.folder) if argument == "TINY" else argument for argument in command]


def test_each_extra_brings_what_its_command_needs(
    pip: Callable[[str], Path], tmp_path: Path, tiny_ar_en: Tiny
) -> None:
    sides = str(ROOT / "seeds" / "*.ar.txt"), str(ROOT / "seeds" / "*.en.txt")
    corpus = ("corpus", *sides, "-o", "corpus", "--ray", "auto")
    programs = pip("parquet")
    run(programs, tmp_path, *EXTRAS["parquet"])
    assert (tmp_path / "out.parquet").stat().st_size
    assert "pip install 'polyalign[ray]'" in run(programs, tmp_path, *corpus, code=3).stderr
    pip("pdf,server,ray,translate")
    text = tmp_path / "ar.txt"
    text.write_text("\n".join(source for _, source, _ in tiny_ar_en.examples), encoding="utf-8")
    how = ("--model", str(tiny_ar_en.folder), "--no-memory", "--pre-segmented")
    said = run(programs, tmp_path, "translate", str(text), *how).stdout.splitlines()
    assert said == [target for _, _, target in tiny_ar_en.examples]
    assert "there is no" in run(programs, tmp_path, *EXTRAS["server"], code=1).stderr
    run(programs, tmp_path, *corpus)
    assert (tmp_path / "corpus").is_dir()
