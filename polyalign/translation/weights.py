"""The weights of a Marian model: what a folder must hold, and transformers' model of it."""

from __future__ import annotations

import contextlib
import importlib
import json
import pickle
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from polyalign.errors import InputError, NotInstalledError, UnreadableError

SAFETENSORS = "model.safetensors"
BINARY = "pytorch_model.bin"
END, UNKNOWN, PADDING = "</s>", "<unk>", "<pad>"

FILES = ("config.json", "vocab.json", "source.spm", "target.spm")
_REMEDY = "pull the model again, or give a folder that is whole"
_LEAST_TRANSFORMERS = (5, 23)  # earlier ones tied Marian's weights wrongly
# what a table of embeddings is called, the first of them first: the others may be the same table
_EMBEDDINGS = (
    "model.shared.weight",
    "model.encoder.embed_tokens.weight",
    "model.decoder.embed_tokens.weight",
    "lm_head.weight",
)


def needed(package: str) -> Any:
    """The module of an optional package. Raises NotInstalledError with the command that installs it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise NotInstalledError(
            f"{package.partition('.')[0]}, which translation needs, is not installed: "
            "pip install 'polyalign[translate]'"
        ) from error


def damaged(path: Path, reason: object) -> UnreadableError:
    """The error for a file of a model that is there and cannot be used."""
    line = " ".join(str(reason).split())[:120]
    return UnreadableError(f"{path} is damaged ({line}): {_REMEDY}")


def weights_of(folder: Path) -> Path:
    """The file of weights in the folder: safetensors where it has both kinds.

    Raises UnreadableError where the folder or a file of the model is missing.
    """
    if not folder.is_dir():
        raise UnreadableError(f"{folder}: no such folder: give the folder of a MarianMT model")
    for name in FILES:
        if not (folder / name).is_file():
            raise UnreadableError(f"{folder}: {name} is missing: {_REMEDY}")
    for name in (SAFETENSORS, BINARY):
        if (folder / name).is_file():
            return folder / name
    raise UnreadableError(f"{folder}: {SAFETENSORS} and {BINARY} are missing: {_REMEDY}")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises UnreadableError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    if not isinstance(data, dict):
        raise damaged(path, "no JSON object")
    return data


def read_vocabulary(path: Path) -> dict[str, int]:
    """The ids by piece, 0 and up without a gap. Raises UnreadableError."""
    vocabulary = read_json(path)
    if sorted(i for i in vocabulary.values() if type(i) is int) != list(range(len(vocabulary))):
        raise damaged(path, "its ids do not count up from 0")
    if missing := [piece for piece in (END, UNKNOWN, PADDING) if piece not in vocabulary]:
        raise damaged(path, f"no {missing[0]}")
    return vocabulary


def check_fits(folder: Path, shapes: Mapping[str, Sequence[int]]) -> None:
    """Raise InputError unless configuration, vocabulary and weights (shapes by name) go together."""
    config, vocabulary = read_json(folder / "config.json"), read_vocabulary(folder / "vocab.json")
    size, kind = len(vocabulary), config.get("model_type")
    if kind != "marian":
        raise InputError(f"{folder} holds no MarianMT model (its type is {kind!r}): give one that does")
    if (folder / "target_vocab.json").is_file() or config.get("share_encoder_decoder_embeddings") is False:
        raise InputError(f"{folder}: source and target have vocabularies of their own: choose another model")
    rows = {config.get("vocab_size"), *(shapes[name][0] for name in _EMBEDDINGS if name in shapes)}
    if rows != {size}:
        others = ", ".join(f"{n}" for n in sorted(rows - {size}, key=str))
        raise InputError(f"{folder}: vocab.json has {size} entries, the weights {others}: {_REMEDY}")
    expected = {"pad_token_id": size - 1, "eos_token_id": vocabulary[END]}
    if vocabulary[PADDING] != size - 1 or any(config.get(k) != v for k, v in expected.items()):
        raise InputError(f"{folder}: config.json and vocab.json differ on {END} or {PADDING}: {_REMEDY}")


def safetensors_shapes(path: Path) -> dict[str, Sequence[int]]:
    """The shapes of the tensors, by name, of a file that is as long as it says. Raises UnreadableError."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, 100_000_000)))
        tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
        size = 8 + length + max(entry["data_offsets"][1] for entry in tensors.values())
        shapes = {name: entry["shape"] for name, entry in tensors.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, error) from error
    if path.stat().st_size != size:
        raise damaged(path, f"{path.stat().st_size:,} bytes instead of {size:,}")
    return shapes


def binary_tensors(path: Path) -> dict[str, Any]:
    """The tensors of a pytorch_model.bin by name, each once. Runs no code from the file.

    Raises UnreadableError.
    """
    torch = needed("torch")
    try:
        with warnings.catch_warnings(action="ignore"):  # of formats that are old or odd
            state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError) as error:
        raise damaged(path, error) from error
    if not isinstance(state, dict) or not all(isinstance(t, torch.Tensor) for t in state.values()):
        raise damaged(path, "no table of tensors")
    names = sorted(state, key=lambda name: (*_EMBEDDINGS, name).index(name))
    once = {state[name].data_ptr(): name for name in reversed(names)}
    return {name: state[name].contiguous() for name in sorted(once.values())}


def load_model(folder: Path) -> Any:
    """transformers' MarianMTModel of the safetensors in the folder, in float32, whole.

    Raises UnreadableError for weights that are damaged or miss a part.
    """
    with _transformers() as transformers:
        safetensors = needed("safetensors")
        try:
            model, report = transformers.MarianMTModel.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype="float32", output_loading_info=True
            )
        except (OSError, RuntimeError, ValueError, TypeError, safetensors.SafetensorError) as error:
            raise damaged(folder / SAFETENSORS, error) from error
    if absent := [*report["missing_keys"], *report["mismatched_keys"]]:
        raise damaged(folder / SAFETENSORS, f"{min(map(str, absent))} is missing")
    return model.eval()


@contextlib.contextmanager
def _transformers() -> Iterator[Any]:
    """transformers for a block in which it shows no progress and cannot reach the network."""
    constants = needed("huggingface_hub.constants")
    transformers = needed("transformers")
    version = transformers.__version__
    if tuple(int(part) for part in version.split(".")[:2]) < _LEAST_TRANSFORMERS:
        raise NotInstalledError(
            f"transformers {version} reads MarianMT models wrongly: pip install -U 'polyalign[translate]'"
        )
    logging, offline = transformers.utils.logging, constants.HF_HUB_OFFLINE
    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    constants.HF_HUB_OFFLINE = True
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield transformers
    finally:
        constants.HF_HUB_OFFLINE = offline
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
