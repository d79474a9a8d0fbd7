"""Routing: the registry's own consistency, then decisions against model folders made for the test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign import routing
from polyalign.errors import UnreadableError
from polyalign.routing import (
    Registry,
    Route,
    best_of,
    find_entry,
    find_model,
    models_of,
    read_registry,
    registry,
    route,
    smallest_of,
)
from tests.helpers.places import ROOT

PACKAGE = Path(routing.__file__).parent
CORE = "ar tr en de fr es it pt ru uk fa zh ja ko nl pl cs he ur hi id".split()
OTHERS = (
    "af am az be bg bn bs ca cy da el eo et eu fi gl gu hr hu hy is ka kk km kn ky lo lt lv mk ml mn mr mt "
    "my nb ne nn no pa ps ro si sk sl sq sr sv sw ta te tg th ti tk tl tt ug uz vi yo"
).split()
MORE = (
    "as ba bo br co cv dv fo fy ga gd gn ha ht ig jv ku la lb mg mi ms ne ny oc or rw sd si sm sn so st su "
    "tn ts wo xh yi zu"
).split()
VARIANTS = ["pt-BR", "zh-Hant", "zh-TW"]
FILES = ("config.json", "vocab.json", "source.spm", "target.spm", "model.safetensors")


def models(
    repository: str = "A/b", licence: str = "apache-2.0", verified: str = "false", more: str = ""
) -> str:
    """A registry of one model, from ar to en."""
    start = f'[models."{repository}"]\npairs = {{ ar = ["en"] }}\nlicence = "{licence}"\n'
    return f"{start}verified = {verified}\n{more}\n"


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No test sees the models of the machine it runs on."""
    monkeypatch.delenv("POLYALIGN_MODELS", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "no-hub"))
    monkeypatch.setattr(routing, "_PACKAGE", tmp_path / "package")
    registry_file = tmp_path / "package" / "models" / "registry.toml"
    registry_file.parent.mkdir(parents=True)
    registry_file.write_bytes((ROOT / "models" / "registry.toml").read_bytes())
    registry.cache_clear()
    yield
    registry.cache_clear()


def model_in(folder: Path, *, without: str = "", weights: str = "model.safetensors") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if name != without:
            (folder / (weights if name == "model.safetensors" else name)).write_text("{}")
    return folder


def test_the_registry_of_the_checkout_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = registry()
    monkeypatch.setattr(routing, "_PACKAGE", PACKAGE)
    registry.cache_clear()
    assert registry() == inside


def test_every_language_of_the_registry_is_known() -> None:
    named = {language for pair in registry().models for language in pair}
    assert named == {*CORE, *OTHERS, *MORE, *VARIANTS}


def test_every_model_comes_from_one_place_with_one_licence() -> None:
    by_model: dict[str, set[tuple[str, bool, str | None]]] = {}
    for entry in registry().entries:
        by_model.setdefault(entry.repository, set()).add((entry.licence, entry.verified, entry.revision))
    assert all(len(stated) == 1 for stated in by_model.values())
    assert all(model.startswith(("Helsinki-NLP/opus-", "HPLT/translate-")) for model in by_model)


def test_every_model_has_a_year_and_a_size_and_figures_are_within_reason() -> None:
    for entry in registry().entries:
        assert 2019 <= (entry.year or 0) <= 2026, entry
        assert 100 <= (entry.size or 0) <= 1000, entry
        assert 5 < (entry.bleu or 10) < 60, entry
    assert {(e.licence, e.year) for e in registry().entries if "bible-big" in e.repository} == {
        ("apache-2.0", 2024)
    }
    assert {e.licence for e in registry().entries if e.repository.startswith("HPLT/")} == {"cc-by-4.0"}


def test_no_entry_claims_to_be_verified() -> None:
    assert not any(entry.verified for entry in registry().entries)


def test_models_known_to_fail_are_not_routed_to() -> None:
    routed = {entry.repository for entry in registry().entries}
    assert "Helsinki-NLP/opus-mt-tc-big-tr-en" not in routed
    assert route("tr", "en").model == "Helsinki-NLP/opus-mt-tr-en"
    assert not routed & {repository for repository, _ in registry().avoided.values()}


def test_models_for_several_targets_have_a_code_for_each() -> None:
    """Where one model writes several languages, only the code tells it which."""
    targets: dict[str, dict[str, str | None]] = {}
    for entry in registry().entries:
        targets.setdefault(entry.repository, {})[entry.target] = entry.code
    several = [codes for codes in targets.values() if len(codes) > 1]
    assert several
    assert all(None not in codes.values() for codes in several)


def test_english_reaches_and_is_reached_by_every_core_language() -> None:
    missing = {pair for a in CORE for pair in ((a, "en"), ("en", a)) if a != "en" and not route(*pair).model}
    assert not missing


def test_every_core_pair_has_a_model_or_a_pivot() -> None:
    for source, target in itertools.permutations(CORE, 2):
        decision = route(source, target)
        assert decision.model or decision.pivot, decision
        assert not (decision.model and decision.pivot)


@pytest.mark.parametrize(
    ("source", "target", "model", "code"),
    [
        ("ar", "en", "Helsinki-NLP/opus-mt-ar-en", None),
        ("en", "ar", "Helsinki-NLP/opus-mt-en-ar", ">>ara<<"),
        ("en", "tr", "Helsinki-NLP/opus-mt-tc-big-en-tr", None),
        ("en", "pt", "Helsinki-NLP/opus-mt-tc-big-en-pt", ">>por<<"),
        ("en", "pt-BR", "Helsinki-NLP/opus-mt-tc-big-en-pt", ">>pob<<"),
        ("EN_us", "pt_br", "Helsinki-NLP/opus-mt-tc-big-en-pt", ">>pob<<"),
        ("pt-BR", "en-GB", "Helsinki-NLP/opus-mt-ROMANCE-en", None),
        ("en", "zh-hant", "Helsinki-NLP/opus-mt-en-zh", ">>cmn_Hant<<"),
        ("en", "zh-CN", "Helsinki-NLP/opus-mt-en-zh", ">>cmn_Hans<<"),
        ("en", "ja", "Helsinki-NLP/opus-tatoeba-en-ja", None),
        ("fa", "en", "Helsinki-NLP/opus-mt-iir-en", None),
        ("ru", "pl", "Helsinki-NLP/opus-mt-tc-big-zle-zlw", ">>pol<<"),
        ("sw", "en", "Helsinki-NLP/opus-mt-mul-en", None),
        ("tr", "de", "Helsinki-NLP/opus-mt-tc-bible-big-trk-deu_eng_fra_por_spa", ">>deu<<"),
        ("de", "tr", "Helsinki-NLP/opus-mt-tc-bible-big-deu_eng_fra_por_spa-trk", ">>tur<<"),
        ("en", "kk", "Helsinki-NLP/opus-mt-en-trk", ">>kaz_Cyrl<<"),
        ("en", "ko", "Helsinki-NLP/opus-mt-tc-bible-big-deu_eng_fra_por_spa-mul", ">>kor<<"),
        ("zu", "en", "Helsinki-NLP/opus-mt-tc-bible-big-mul-deu_eng_nld", ">>eng<<"),
    ],
)
def test_route(source: str, target: str, model: str, code: str | None) -> None:
    assert (route(source, target).model, route(source, target).target_code) == (model, code)


def test_a_missing_model_is_described_with_the_command_that_installs_it() -> None:
    expected = (
        "ar → en  Helsinki-NLP/opus-mt-ar-en (apache-2.0, 2020, 307 MB, BLEU 33.9 on FLORES), the usual one "
        "of 6 (--best: Helsinki-NLP/opus-mt-tc-big-ar-en, cc-by-4.0, 2022, 603 MB, BLEU 42.6 on FLORES), "
        "not installed: polyalign models pull ar-en"
    )
    assert route("ar", "en").describe() == expected
    assert not route("ar", "en").installed
    assert "licence unknown" in route("ru", "en").describe()


def test_a_region_that_has_no_entry_pulls_the_plain_pair() -> None:
    described = route("pt-BR", "en").describe()
    assert described.startswith("pt-BR → en  ")
    assert described.endswith("polyalign models pull pt-en")


@pytest.mark.parametrize("pair", [("ar", "ar"), ("en-US", "en-GB"), ("xx", "xx")])
def test_the_same_language_needs_no_model(pair: tuple[str, str]) -> None:
    decision = route(*pair)
    assert (decision.model, decision.pivot) == (None, ())
    assert "nothing to translate" in decision.explanation


def test_a_pivot_is_offered_with_both_legs() -> None:
    decision = route("fa", "tr")
    assert decision.model is None
    assert [leg.model for leg in decision.pivot] == [
        "Helsinki-NLP/opus-mt-iir-en",
        "Helsinki-NLP/opus-mt-tc-big-en-tr",
    ]
    assert "through English if asked" in decision.explanation
    assert "pull fa-en" in decision.explanation
    assert "pull en-tr" in decision.explanation


def test_no_pivot_where_a_leg_is_missing_and_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry()
    fewer = {pair: models for pair, models in known.models.items() if pair != ("en", "ko")}
    monkeypatch.setattr(routing, "registry", lambda: Registry(fewer, known.avoided))
    assert "vocabulary" in route("en", "ko").explanation
    assert route("ar", "xx") == Route("ar", "xx", explanation=route("ar", "xx").explanation)
    assert "--translate MODEL" in route("ar", "xx").explanation


@pytest.mark.parametrize("pair", [("und", "en"), ("ar", "und"), ("", "en"), ("und", "und")])
def test_an_unknown_language_is_said(pair: tuple[str, str]) -> None:
    assert route(*pair).model is None
    assert "not known" in route(*pair).explanation


@given(st.text(max_size=8), st.text(max_size=8))
def test_any_two_tags_give_one_line(source: str, target: str) -> None:
    described = route(source, target).describe()
    assert len(described.splitlines()) == 1
    assert route(source, target) == route(source, target)


@pytest.mark.parametrize("name", ["ar-en", "opus-mt-ar-en", "Helsinki-NLP/opus-mt-ar-en"])
def test_a_folder_of_the_user_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path))
    folder = model_in(tmp_path / name)
    decision = route("ar", "en")
    assert decision.installed
    assert decision.location == folder
    assert decision.describe().endswith(f"installed in {folder}")


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_lacks_a_file_is_not_installed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path))
    model_in(tmp_path / "ar-en", without=name)
    assert not route("ar", "en").installed


def test_pickled_weights_count_as_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path))
    model_in(tmp_path / "ar-en", weights="pytorch_model.bin")
    assert route("ar", "en").installed


def test_the_checkout_comes_after_the_named_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = tmp_path / "models"
    in_checkout = model_in(checkout / "ar-en")
    assert not route("ar", "en").installed, "a folder that is no checkout is not searched"
    (checkout / "registry.toml").touch()
    assert route("ar", "en").location == in_checkout
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path / "mine"))
    named = model_in(tmp_path / "mine" / "opus-mt-ar-en")
    assert route("ar", "en").location == named


def cached(hub: Path, revision: str, *, main: bool = False, name: str = "opus-mt-ar-en") -> Path:
    """A model as huggingface_hub keeps it: links into blobs, `refs/main` naming a revision."""
    repository = hub / f"models--Helsinki-NLP--{name}"
    blobs = model_in(repository / "blobs")
    snapshot = repository / "snapshots" / revision
    snapshot.mkdir(parents=True)
    for name in FILES:
        (snapshot / name).symlink_to(blobs / name)
    if main:
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(revision)
    return snapshot


HUBS: list[tuple[str, Callable[[Path], tuple[str, Path]]]] = [
    ("HF_HUB_CACHE", lambda base: (str(base / "a"), base / "a")),
    ("HUGGINGFACE_HUB_CACHE", lambda base: (str(base / "b"), base / "b")),
    ("HF_HOME", lambda base: (str(base / "c"), base / "c" / "hub")),
    ("XDG_CACHE_HOME", lambda base: (str(base / "d"), base / "d" / "huggingface" / "hub")),
    ("HOME", lambda base: (str(base / "e"), base / "e" / ".cache" / "huggingface" / "hub")),
]


@pytest.mark.parametrize(("variable", "place"), HUBS)
def test_the_hub_cache_is_found_where_the_environment_puts_it(
    variable: str,
    place: Callable[[Path], tuple[str, Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    value, hub = place(tmp_path)
    monkeypatch.setenv(variable, value)
    assert route("ar", "en").location is None
    snapshot = cached(hub, "1" * 40)
    assert route("ar", "en").location == snapshot


def test_the_snapshot_is_the_pinned_one_then_main_then_any(tmp_path: Path) -> None:
    hub, repository = tmp_path / "no-hub", "Helsinki-NLP/opus-mt-ar-en"
    main, other = cached(hub, "2" * 40, main=True), cached(hub, "1" * 40)
    assert find_model(repository) == main
    assert find_model(repository, revision="1" * 40) == other
    assert find_model(repository, revision="3" * 40) is None
    (main / "vocab.json").unlink()
    assert find_model(repository) == other


def test_a_snapshot_whose_blob_is_gone_is_not_installed(tmp_path: Path) -> None:
    snapshot = cached(tmp_path / "no-hub", "1" * 40)
    (snapshot / "config.json").resolve().unlink()
    assert not route("ar", "en").installed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[models", "reinstall"),
        ("", "models"),
        (models() + models("A/c") + models(), "twice"),
        (models(more="bleu = { tr-en = 30.0 }"), "a figure for tr-en, which it does not serve"),
        (models() + models(), "twice"),
        (models("A"), "Org/name"),
        (models(licence="free"), "licence 'free'"),
        (models(verified="0"), "verified"),
        ('[models."A/b"]\npairs = { ar = ["en"] }\nlicence = "unknown"', "no 'verified'"),
        (models(more='codes = { en = "eng" }'), "target code"),
        (models(more='codes = { tr = ">>tur<<" }'), "no target"),
        (models(more='revision = "main"'), "revision"),
        (models() + '[avoid."A/b"]\npairs = { ar = ["en"] }\nreason = "x"', "both routed to and avoided"),
        ('[models]\n"A/b" = 3', "reinstall"),
    ],
)
def test_a_broken_registry_is_a_clear_error(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(text)
    with pytest.raises(UnreadableError, match="is broken") as raised:
        read_registry(path)
    assert reason in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_a_missing_registry_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="reinstall polyalign"):
        read_registry(tmp_path / "none.toml")


def test_a_pinned_revision_is_read(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(models(more='revision = "' + "a" * 40 + '"'))
    assert read_registry(path).models["ar", "en"][0].revision == "a" * 40


def test_a_pair_of_two_models_has_the_first_as_its_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(
        '[generations]\n"A/" = { year = 2024, size = 9 }\n' + models() + models("A/c", more="size = 7")
    )
    first, second = read_registry(path).models["ar", "en"]
    assert (first.repository, first.year, first.size) == ("A/b", 2024, 9)
    assert (second.repository, second.year, second.size) == ("A/c", 2024, 7)


def test_two_lists_stand_for_all_pairs_but_those_of_a_language_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(
        '[models."A/b"]\nfrom = "ar tr en"\nto = "en tr"\ncodes = { tr = ">>tur<<" }\n'
        'licence = "unknown"\nverified = false'
    )
    found = read_registry(path).models
    assert set(found) == {("ar", "en"), ("ar", "tr"), ("tr", "en"), ("en", "tr")}
    assert found["ar", "tr"][0].code == ">>tur<<"
    assert found["ar", "en"][0].code is None


def test_of_the_models_installed_the_best_by_published_quality_is_taken(tmp_path: Path) -> None:
    hub = tmp_path / "no-hub"
    usual = cached(hub, "1" * 40)
    decision = route("ar", "en")
    assert (decision.location, "the one of 6 installed" in decision.explanation) == (usual, True)
    best = cached(hub, "2" * 40, name="opus-mt-tc-big-ar-en")
    decision = route("ar", "en")
    assert decision.model == "Helsinki-NLP/opus-mt-tc-big-ar-en"
    assert decision.location == best
    assert "BLEU 42.6 on FLORES), the best of 2 of 6 installed" in decision.explanation
    entry = find_entry("ar", "en")
    assert entry is not None
    assert entry.repository == decision.model


def test_a_model_without_a_figure_serves_where_it_is_the_one_installed(tmp_path: Path) -> None:
    name = "opus-mt-tc-bible-big-trk-deu_eng_fra_por_spa"
    place = cached(tmp_path / "no-hub", "1" * 40, name=name)
    for target, code in (("en", ">>eng<<"), ("fr", ">>fra<<")):
        decision = route("tr", target)
        assert (decision.location, decision.target_code) == (place, code)


def test_a_folder_of_ones_own_comes_before_a_better_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(tmp_path / "no-hub", "2" * 40, name="opus-mt-tc-big-ar-en")
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path / "mine"))
    own = model_in(tmp_path / "mine" / "ar-en")
    decision = route("ar", "en")
    assert (decision.model, decision.location) == ("Helsinki-NLP/opus-mt-ar-en", own)


def test_the_best_and_the_smallest_are_what_they_are_called() -> None:
    for pair, found in registry().models.items():
        assert models_of(*pair) == found
        best, small = best_of(found), smallest_of(found)
        sound = [entry for entry in found if not entry.doubt]
        assert (best.bleu if best else None) == max((e.bleu for e in sound if e.bleu), default=None)
        assert (small.size if small else None) == min((e.size for e in sound if e.size), default=None)
        assert not any(entry.doubt for entry in (best, small) if entry)
