"""A model's folder: what is derived from it, what may be wrong with it, and how a name leads to it."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import polyalign
from polyalign.errors import InputError, NotInstalledError, OutputError, UnreadableError, UsageError
from polyalign.routing import Route, route
from polyalign.translation import PreparedModel, Translator, open_translator, prepare
from polyalign.translation.pivot import Pivot
from polyalign.translation.weights import read_json, safetensors_shapes
from tests.helpers.tiny_marian import ARABIC, ENGLISH, TURKISH, Tiny, binary_only

pytest.importorskip("ctranslate2")
pytest.importorskip("transformers")

ROOT = Path(polyalign.__file__).parents[1]
REVISION = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def copied(tiny_ar_en: Tiny, tmp_path: Path) -> Path:
    """A copy of the Arabic model, to be changed."""
    return tiny_ar_en.copied(tmp_path / "opus-mt-ar-en")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("POLYALIGN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def installed(tiny_ar_en: Tiny, tiny_en_mul: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models, named by their pairs, that POLYALIGN_MODELS points to."""
    models = tmp_path / "installed"
    tiny_ar_en.copied(models / "ar-en")
    tiny_en_mul.copied(models / "opus-mt-tc-big-en-tr")
    monkeypatch.setenv("POLYALIGN_MODELS", str(models))
    return models


def first(translator: Translator, text: str = ARABIC[0]) -> str:
    return translator.translate([text])[0].text


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file."""
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


# What is derived


def test_preparing_twice_makes_nothing_new_and_never_touches_the_model(copied: Path, cache: Path) -> None:
    before = state(copied)
    prepared = prepare(copied)
    made = state(cache)
    assert prepare(copied) == prepared
    assert state(cache) == made
    assert state(copied) == before
    assert prepared.safetensors == copied / "model.safetensors"
    assert prepared.ctranslate2.is_relative_to(cache / "models")


def test_a_binary_becomes_safetensors_with_the_same_tensors(copied: Path, cache: Path) -> None:
    shapes = safetensors_shapes(copied / "model.safetensors")
    prepared = prepare(binary_only(copied))
    assert not (copied / "model.safetensors").exists()
    assert prepared.safetensors.is_relative_to(cache)
    assert shapes.items() <= safetensors_shapes(prepared.safetensors).items()
    assert first(open_translator(copied, memory=False, backend="transformers", device="cpu")) == ENGLISH[0]


def test_the_identity_is_that_of_the_files_wherever_they_are(copied: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(copied, tmp_path / "elsewhere"))
    assert prepare(copied).identity == prepare(moved).identity
    (moved / "vocab.json").write_text(json.dumps(read_json(moved / "vocab.json")), encoding="utf-8")
    assert prepare(copied).identity != prepare(moved).identity


def test_a_snapshot_of_the_hub_is_known_by_its_revision(
    tiny_ar_en: Tiny, tmp_path: Path, cache: Path
) -> None:
    snapshot = tmp_path / "models--Helsinki-NLP--opus-mt-ar-en" / "snapshots" / REVISION
    prepared = prepare(tiny_ar_en.copied(snapshot))
    assert prepared.identity == REVISION
    assert prepared.ctranslate2.parent == cache / "models" / f"Helsinki-NLP--opus-mt-ar-en-{REVISION[:16]}"


@pytest.mark.parametrize("name", ["made", "ctranslate2/model.bin"])
def test_a_damaged_conversion_is_made_anew(name: str, copied: Path, cache: Path) -> None:
    whole = prepare(copied).ctranslate2.parent
    expected = (whole / "ctranslate2" / "model.bin").read_bytes()
    (whole / name).write_bytes(b"damaged")
    assert first(open_translator(copied, memory=False)) == ENGLISH[0]
    assert (whole / "ctranslate2" / "model.bin").read_bytes() == expected
    assert [path.name for path in (cache / "models").iterdir()] == [whole.name]


def test_a_conversion_damaged_under_our_eyes_is_an_error(copied: Path, cache: Path) -> None:
    translator = open_translator(copied, memory=False)
    (model,) = cache.rglob("model.bin")
    model.write_bytes(model.read_bytes()[:5000])
    with pytest.raises(UnreadableError, match="is damaged"):
        translator.translate([ARABIC[0]])


def test_several_may_prepare_one_model_at_once(copied: Path, cache: Path) -> None:
    code = f"from polyalign.translation import prepare; print(prepare({str(copied)!r}))"
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(run, [code, code]))
    assert {(one.returncode, one.stdout) for one in done} == {(0, f"{prepare(copied)}\n")}
    assert len(list((cache / "models").iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_told(copied: Path, cache: Path) -> None:
    cache.write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(
        OutputError, match=r"cannot write .*: make room, or name a folder with POLYALIGN_CACHE"
    ):
        prepare(copied)


# What may be wrong


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble(path: Path) -> None:
    path.write_bytes(b"\x93garbage" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def as_list(path: Path) -> None:
    path.write_text("[1, 2]", encoding="utf-8")


FILES = ("config.json", "vocab.json", "source.spm", "target.spm", "model.safetensors")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(name: str, copied: Path) -> None:
    (copied / name).unlink()
    with pytest.raises(UnreadableError, match=rf"{name}.* missing: pull the model again"):
        open_translator(copied)


@pytest.mark.parametrize("damage", [truncate, garble, empty])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named(name: str, damage: Callable[[Path], None], copied: Path) -> None:
    damage(copied / name)
    with pytest.raises(UnreadableError, match=rf"{name} is damaged \(.*\): pull the model again") as caught:
        open_translator(copied)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "vocab.json"])
def test_json_of_another_kind_is_damage(name: str, copied: Path) -> None:
    as_list(copied / name)
    with pytest.raises(UnreadableError, match="no JSON object"):
        prepare(copied)


@pytest.mark.parametrize("damage", [truncate, garble, empty])
def test_a_damaged_binary_is_named_and_leaves_nothing(
    damage: Callable[[Path], None], copied: Path, cache: Path
) -> None:
    damage(binary_only(copied) / "pytorch_model.bin")
    with pytest.raises(UnreadableError, match=r"pytorch_model\.bin is damaged"):
        prepare(copied)
    assert not list((cache / "models").iterdir())


class Evil:
    """What a pickle can do to who opens it."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch evil",)


@pytest.mark.parametrize("content", [Evil(), {"weights": Evil()}, ["a list"], {"a": "word"}])
def test_a_binary_runs_no_code(
    content: object, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (copied / "model.safetensors").unlink()
    (copied / "pytorch_model.bin").write_bytes(pickle.dumps(content))
    with pytest.raises(UnreadableError, match=r"pytorch_model\.bin is damaged"):
        prepare(copied)
    assert not Path("evil").exists()


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("change", [1, -1])
def test_a_vocabulary_that_does_not_fit_the_weights_is_refused(
    change: int, binary: bool, copied: Path
) -> None:
    if binary:
        binary_only(copied)
    vocabulary = list(read_json(copied / "vocab.json"))
    words = [*vocabulary[:-1], "extra", "<pad>"] if change > 0 else [*vocabulary[:-2], "<pad>"]
    (copied / "vocab.json").write_text(json.dumps({w: i for i, w in enumerate(words)}), encoding="utf-8")
    config = read_json(copied / "config.json") | {"vocab_size": len(words), "pad_token_id": len(words) - 1}
    (copied / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(
        InputError, match=rf"vocab.json has {len(words)} entries, the weights {len(vocabulary)}: "
    ):
        prepare(copied)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model_type": "bart"}, "holds no MarianMT model"),
        ({"share_encoder_decoder_embeddings": False}, "vocabularies of their own"),
        ({"pad_token_id": 0}, "differ on </s> or <pad>"),
        ({"vocab_size": 7}, "the weights 7"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(
    changes: dict[str, Any], reason: str, copied: Path
) -> None:
    config = read_json(copied / "config.json") | changes
    (copied / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        prepare(copied)


@pytest.mark.parametrize("change", [{"x": 3}, {"<pad>": "7"}, {"</s>": 99_999}])
def test_a_vocabulary_with_gaps_is_damage(change: dict[str, Any], copied: Path) -> None:
    vocabulary = read_json(copied / "vocab.json") | change
    (copied / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    with pytest.raises(UnreadableError, match=r"vocab\.json is damaged"):
        prepare(copied)


def test_weights_that_miss_a_part_are_refused(copied: Path) -> None:
    torch_files: Any = importlib.import_module("safetensors.torch")
    tensors = torch_files.load_file(copied / "model.safetensors")
    tensors.pop("model.decoder.layers.0.fc1.weight")
    torch_files.save_file(tensors, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UnreadableError, match=r"damaged \(model.decoder.layers.0.fc1.weight is missing\)"):
        prepare(copied)


# How a name leads to a model


def test_a_folder_a_pair_a_repository_and_a_route_all_lead_there(installed: Path) -> None:
    for where in (installed / "ar-en", "ar-en", "Helsinki-NLP/opus-mt-ar-en", route("ar", "en")):
        assert first(open_translator(where, memory=False)) == ENGLISH[0]


@pytest.mark.parametrize("target", ["tr", "tur", "tr-TR", ">>tur<<"])
def test_the_target_language_may_be_a_tag_or_a_code(target: str, tiny_en_mul: Tiny) -> None:
    made = open_translator(tiny_en_mul.folder, target=target, memory=False)
    assert first(made, ENGLISH[1]) == TURKISH[1]


@pytest.mark.parametrize("target", ["de", ">>xxx<<", "xx"])
def test_a_target_that_the_model_lacks_is_refused(target: str, tiny_en_mul: Tiny) -> None:
    with pytest.raises(InputError, match=r"no target code >>.*<<: use one of >>ara<< >>tur<<"):
        open_translator(tiny_en_mul.folder, target=target)


def test_a_route_with_a_code_that_the_model_lacks_is_refused(tiny_en_mul: Tiny) -> None:
    wrong = Route("en", "de", "Helsinki-NLP/opus-mt-en-mul", ">>deu<<", location=tiny_en_mul.folder)
    with pytest.raises(InputError, match="no target code >>deu<<"):
        open_translator(wrong)


def test_a_model_with_several_targets_wants_one_named(tiny_en_mul: Tiny) -> None:
    with pytest.raises(InputError, match="several target languages: name one of >>ara<< >>tur<<"):
        open_translator(tiny_en_mul.folder)


@pytest.mark.parametrize("where", ["ar-en", "Helsinki-NLP/opus-mt-ar-en"])
def test_a_missing_model_is_told_with_the_command_that_installs_it(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("POLYALIGN_MODELS", str(tmp_path))
    missing = r"model Helsinki-NLP/opus-mt-ar-en is not installed: polyalign models pull "
    if route("ar", "en").location is None:
        with pytest.raises(NotInstalledError, match=missing):
            open_translator(where)
    with pytest.raises(
        NotInstalledError, match="model Us/none is not installed: polyalign models pull Us/none"
    ):
        open_translator("Us/none")


@pytest.mark.parametrize("name", ["nowhere", "./no/where", "/no/where"])
def test_what_is_no_name_of_a_model_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="no such model"):
        open_translator(name)
    with pytest.raises(InputError, match="no model"):
        open_translator("xx-yy")
    with pytest.raises(UsageError, match="unknown backend"):
        open_translator("ar-en", backend="onnx")


def test_the_pivot_is_taken_only_when_asked(tiny_ar_en: Tiny, tiny_en_mul: Tiny) -> None:
    legs = (
        Route("ar", "en", "Us/ar-en", location=tiny_ar_en.folder),
        Route("en", "tr", "Us/en-tr", ">>tur<<", location=tiny_en_mul.folder),
    )
    through = Route("ar", "tr", pivot=legs, explanation="no direct model; through English if asked: ...")
    with pytest.raises(InputError, match="go through English with --pivot"):
        open_translator(through)
    translator = open_translator(through, pivot=True, memory=False)
    assert isinstance(translator, Pivot)
    assert translator.name == "Us/ar-en, then Us/en-tr"
    assert first(translator, ARABIC[1]) == TURKISH[1]
    missing = replace(through, pivot=(legs[0], replace(legs[1], location=None)))
    with pytest.raises(NotInstalledError, match="polyalign models pull en-tr"):
        open_translator(missing, pivot=True)


# Without packages, without a network


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )


BLOCK_SOCKETS = """
import sys
def hook(event, args):
    if event.startswith("socket."):
        raise OSError(f"the network was used: {event}")
sys.addaudithook(hook)
"""
HIDE = """
import sys
for name in {names}:
    sys.modules[name] = None
"""


@pytest.mark.parametrize("backend", ["ctranslate2", "transformers"])
def test_an_installed_model_works_without_a_network(backend: str, copied: Path, cache: Path) -> None:
    assert not cache.exists()  # so that the conversion is done here, too
    done = run(
        f"{BLOCK_SOCKETS}\nfrom polyalign.translation import open_translator\n"
        f"translator = open_translator({str(copied)!r}, backend={backend!r}, device='cpu')\n"
        f"print(translator.translate([{ARABIC[0]!r}])[0].text)"
    )
    assert (done.stdout, done.stderr) == (f"{ENGLISH[0]}\n", "")


def test_a_prepared_model_needs_neither_torch_nor_transformers(copied: Path, cache: Path) -> None:
    assert cache in prepare(copied).ctranslate2.parents
    done = run(
        HIDE.format(names=["torch", "transformers", "huggingface_hub"])
        + "from polyalign.translation import open_translator\n"
        + f"print(open_translator({str(copied)!r}).translate([{ARABIC[0]!r}])[0].text)"
    )
    assert (done.stdout, done.stderr) == (f"{ENGLISH[0]}\n", "")


@pytest.mark.parametrize("package", ["ctranslate2", "transformers", "sentencepiece", "torch"])
def test_a_missing_package_is_told_with_the_command_that_installs_it(
    package: str, copied: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not cache.exists()
    if package == "torch":  # which is needed directly where there is only a binary
        binary_only(copied)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotInstalledError, match=r"not installed: pip install 'polyalign\[translate\]'"):
        open_translator(copied)


def test_transformers_is_left_as_it_was(copied: Path, cache: Path) -> None:
    transformers: Any = pytest.importorskip("transformers")
    constants: Any = importlib.import_module("huggingface_hub.constants")
    logging = transformers.utils.logging
    before = (logging.get_verbosity(), logging.is_progress_bar_enabled(), constants.HF_HUB_OFFLINE)
    assert isinstance(prepare(copied), PreparedModel)
    assert cache.is_dir()
    assert before == (logging.get_verbosity(), logging.is_progress_bar_enabled(), constants.HF_HUB_OFFLINE)
