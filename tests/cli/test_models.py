"""polyalign models as a user meets it: what is printed where, and the exit codes."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from polyalign import cli, routing
from polyalign.routing import registry
from tests.helpers.hub_server import NAME, HubServer, empty_hub, hub, repository, tiny_tr_ar
from tests.helpers.tiny_marian import Tiny

__all__ = ["empty_hub", "hub", "repository", "tiny_tr_ar"]  # fixtures

REVISION = "a" * 40


class Result(NamedTuple):
    code: int
    out: str
    said: str


Models = Callable[..., Result]


@pytest.fixture
def models(capsysbinary: pytest.CaptureFixture[bytes]) -> Models:
    """The command, run in this process."""

    def run(*arguments: str) -> Result:
        code = cli.main(["models", *arguments])
        captured = capsysbinary.readouterr()
        return Result(code, captured.out.decode(), captured.err.decode())

    return run


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("hub")
def test_the_life_of_a_model(models: Models) -> None:
    pulled = models("pull", "tr-ar")
    assert (pulled.code, pulled.out) == (0, "")
    first, trial, installed = pulled.said.splitlines()
    assert first.startswith(f"polyalign: {NAME} at {REVISION[:12]}, ")
    assert first.endswith(" MB, licence apache-2.0")
    assert trial.startswith("polyalign: self-test tr-ar: Eski şehirdeki")
    assert installed.startswith(f"polyalign: installed {NAME}, ")
    folder = models("path", "tr-ar").out.rstrip("\n")
    assert folder.endswith(f"snapshots/{REVISION}")
    [row] = models("list").out.splitlines()[1:]
    assert row.split("\t")[:5] == ["tr-ar", NAME, "apache-2.0", "yes", "yes"]
    verified = models("verify")
    assert (verified.code, verified.out, verified.said) == (
        0,
        "",
        "polyalign: 1 model verified, nothing is damaged\n",
    )
    removed = models("rm", "tr-ar")
    assert (removed.code, removed.out) == (0, "")
    assert removed.said.splitlines()[0] == f"polyalign: removing {folder}"
    assert removed.said.splitlines()[1].startswith("polyalign: this frees ")
    assert not os.path.exists(folder)


@pytest.mark.usefixtures("empty_hub")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["path", "tr-ar"], 3, "the model for tr-ar is not installed: polyalign models pull tr-ar"),
        (["path", NAME], 3, f"polyalign models pull {NAME}"),
        (["verify", "tr-ar"], 3, "polyalign models pull tr-ar"),
        (["rm", "tr-ar"], 3, "polyalign models pull tr-ar"),
        (["pull", "tr-ar"], 1, f"has no model {NAME}"),
        (["pull", "xx-yy"], 2, "no model is known"),
        (["pull", "."], 2, "a folder of your own: it needs no pull"),
        (["pull"], 2, "--help"),
        (["nonsense"], 2, "use one of list"),
        ([], 2, "--help"),
    ],
)
def test_what_is_refused_is_one_line(models: Models, arguments: list[str], code: int, told: str) -> None:
    result = models(*arguments)
    assert (result.code, result.out) == (code, "")
    assert result.said.startswith("polyalign: ")
    assert result.said.count("\n") == 1
    assert told in result.said


@pytest.mark.usefixtures("empty_hub")
def test_an_empty_house(models: Models) -> None:
    listed = models("list")
    assert listed.code == 0
    assert f"0 of the {len(registry().models)} pairs that the registry knows are installed" in listed.said
    assert "aligns, reviews and checks, and does not translate" in listed.said
    assert models("verify").said == "polyalign: no model was pulled yet\n"


@pytest.mark.usefixtures("empty_hub")
def test_all_pairs_are_listed_and_filtered_by_language(models: Models) -> None:
    rows = [line.split("\t") for line in models("list", "--all").out.splitlines()]
    assert {row[0] for row in rows[1:]} == {entry.name for entry in registry().entries}
    assert {len(row) for row in rows} == {9}
    turkish = [line.split("\t")[0] for line in models("list", "--all", "tr").out.splitlines()[1:]]
    assert turkish == sorted(turkish)
    assert {name for name in turkish if "tr" not in name.split("-")} == set()
    assert {"tr-en", "en-tr"} <= set(turkish)


@pytest.mark.usefixtures("hub")
def test_damage_is_named_and_the_exit_code_tells(models: Models) -> None:
    models("pull", "tr-ar", "--no-progress")
    folder = Path(models("path", "tr-ar").out.rstrip("\n"))
    (folder / "vocab.json").resolve().write_bytes(b"{}")
    for arguments in (["verify"], ["verify", "tr-ar"], ["verify", NAME]):
        result = models(*arguments)
        assert (result.code, result.out) == (1, f"damaged\t{folder / 'vocab.json'}\n")
        assert "1 file is not as it was pulled: polyalign models pull" in result.said
    assert models("pull", "tr-ar").code == 0
    assert models("verify").code == 0


def test_a_broken_lock_is_told(models: Models, hub: HubServer, tmp_path: Path) -> None:
    assert models("pull", "tr-ar").code == 0
    [lock] = (tmp_path / "derived" / "models").glob("*.lock.json")
    lock.write_bytes(lock.read_bytes()[:-40])
    result = models("verify")
    assert (result.code, result.said.count("\n")) == (1, 1)
    assert "pull the model again" in result.said
    hub.asked.clear()
    assert models("list").out.splitlines()[1].split("\t")[4] == "no"
    assert hub.asked == []


@pytest.mark.usefixtures("hub")
def test_progress_is_shown_on_a_terminal_and_is_our_own() -> None:
    with contextlib.redirect_stderr(Terminal()) as terminal:
        assert cli.main(["models", "pull", "tr-ar"]) == 0
    shown = terminal.getvalue()
    assert "\rdownloading" in shown.replace("\x1b[K", "")
    assert " MB, " in shown
    assert "looking up tr-ar" in shown
    assert "trying out tr-ar" in shown
    assert "%|" not in shown
    assert shown.count("\n") == 3


def test_a_difference_of_licence_is_said(models: Models, hub: HubServer) -> None:
    hub.repositories[NAME].licence = "cc-by-4.0"
    said = models("pull", "tr-ar").said
    assert "licence cc-by-4.0" in said
    assert "note: the registry says apache-2.0, the repository's card cc-by-4.0: the card counts" in said
    assert models("list").out.splitlines()[1].split("\t")[2] == "cc-by-4.0"


@pytest.mark.usefixtures("hub")
def test_a_folder_of_ones_own_is_listed_and_stays(models: Models, tiny_tr_ar: Tiny, tmp_path: Path) -> None:
    own = tiny_tr_ar.copied(tmp_path / "own" / "tr-ar")
    assert models("path", "tr-ar").out == f"{own}\n"
    row = models("list", "tr").out.splitlines()[1].split("\t")
    assert row[3:5] == ["folder", "no"]
    result = models("rm", "tr-ar")
    assert (result.code, own.is_dir()) == (2, True)
    assert "a folder of your own" in result.said
    pulled = models("pull", "tr-ar")
    assert pulled.code == 0
    assert f"note: {own} comes first" in pulled.said
    assert models("rm", "tr-ar").code == 0
    assert own.is_dir()


def test_a_repository_outside_the_registry_with_two_targets(
    models: Models, hub: HubServer, repository: Path
) -> None:
    hub.add("me/mine", repository)
    result = models("pull", "me/mine")
    assert (result.code, "add them, as in --pair ar-en" in result.said) == (2, True)
    for pair in ("tr-ar", "tr-fa"):
        assert models("pull", "me/mine", "--pair", pair, "--code", ">>ara<<").code == 0
    again = models("pull", "me/mine", "--no-progress")
    assert (again.code, again.said.count("self-test")) == (0, 2)
    rows = [line.split("\t")[:5] for line in models("list").out.splitlines()[1:]]
    assert rows == [[pair, "me/mine", "apache-2.0", "yes", "yes"] for pair in ("tr-ar", "tr-fa")]
    assert "note: it serves tr-ar, tr-fa\n" in models("rm", "me/mine").said
    assert models("list").out == ""


TWO_MODELS = """
[generations]
"A/" = { year = 2024 }
[models."A/little"]
pairs = { tr = ["ar"] }
codes = { ar = ">>ara<<" }
licence = "apache-2.0"
size = 100
bleu = { tr-ar = 20.5 }
verified = false
[models."A/large"]
pairs = { tr = ["ar"] }
codes = { ar = ">>ara<<" }
licence = "apache-2.0"
size = 900
bleu = { tr-ar = 30.5 }
verified = false
[models."A/doubtful"]
pairs = { tr = ["ar"] }
codes = { ar = ">>ara<<" }
licence = "apache-2.0"
size = 1
bleu = { tr-ar = 50.5 }
doubt = "its card says that it speaks in riddles"
verified = false
"""


@pytest.fixture
def several(
    empty_hub: HubServer, tiny_tr_ar: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A registry of three models for one pair, all of which the hub has."""
    (tmp_path / "package" / "models").mkdir(parents=True)
    (tmp_path / "package" / "models" / "registry.toml").write_text(TWO_MODELS)
    monkeypatch.setattr(routing, "_PACKAGE", tmp_path / "package")
    registry.cache_clear()
    for number, name in enumerate(("little", "large", "doubtful")):
        empty_hub.add(f"A/{name}", tiny_tr_ar.copied(tmp_path / f"served-{name}"), revision=f"{number}" * 40)
    yield
    registry.cache_clear()


@pytest.mark.usefixtures("several")
def test_of_several_models_the_best_and_the_smallest_are_asked_for(models: Models) -> None:
    for choice, name in (("--small", "A/little"), ("--best", "A/large")):
        pulled = models("pull", choice, "tr-ar", "--no-progress")
        assert pulled.code == 0, pulled.said
        assert f"installed {name}, " in pulled.said
    rows = [line.split("\t") for line in models("list").out.splitlines()[1:]]
    assert [(row[1], *row[3:5], *row[6:]) for row in rows] == [
        ("A/large", "yes", "yes", "2024", "900", "30.5"),
        ("A/little", "yes", "yes", "2024", "100", "20.5"),
    ]
    assert "1 of the 1 pairs" in models("list").said  # two models, one pair
    assert "models--A--large" in models("path", "tr-ar").out
    assert models("rm", "tr-ar").code == 0
    assert "models--A--little" in models("path", "tr-ar").out
    assert models("pull", "tr-ar").said.startswith("polyalign: A/little at ")  # what serves the pair


@pytest.mark.usefixtures("several")
def test_what_is_published_against_a_model_is_said_before_it_is_pulled(models: Models) -> None:
    assert "note: its card says that it speaks in riddles\n" in models("pull", "A/doubtful").said
    assert "models--A--doubtful" in models("path", "tr-ar").out


@pytest.mark.usefixtures("empty_hub")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--best", "sw-en"], "no quality is published of a model for sw-en: name one of Helsinki-NLP/"),
        (["--best", "Helsinki-NLP/opus-mt-ar-en"], "--best chooses among the models of a pair"),
        (["--best", "--small", "ar-en"], "--best and --small exclude each other: give one"),
    ],
)
def test_a_choice_that_cannot_be_made_is_one_line(models: Models, arguments: list[str], told: str) -> None:
    result = models("pull", *arguments)
    assert (result.code, result.said.count("\n"), told in result.said) == (2, 1, True), result.said


NAMES = ["ar-en", "opus-mt-ar-en", "Helsinki-NLP/opus-mt-ar-en", "opus-mt-tc-big-itc-itc"]


@pytest.mark.usefixtures("empty_hub")
@pytest.mark.parametrize("name", NAMES)
def test_list_and_path_agree_on_what_is_installed(
    models: Models, tiny_ar_en: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path / "mine"))
    tiny_ar_en.copied(tmp_path / "mine" / name)
    rows = [line.split("\t") for line in models("list", "--all").out.splitlines()[1:]]
    assert {row[0] for row in rows if row[3] == "folder"} >= ({"ar-en"} if "ar-en" in name else {"es-pt"})
    installed = {row[0] for row in rows if row[3] != "no"}
    for pair in {row[0] for row in rows[::7]} | installed:
        found = models("path", pair)
        assert (found.code == 0) == (pair in installed), pair
