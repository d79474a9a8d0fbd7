"""What is derived from a model's folder, made once and kept in the user's cache."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyalign.cache import user_cache
from polyalign.errors import OutputError
from polyalign.files import writing
from polyalign.translation.weights import (
    BINARY,
    END,
    FILES,
    PADDING,
    SAFETENSORS,
    UNKNOWN,
    binary_tensors,
    check_fits,
    load_model,
    needed,
    read_vocabulary,
    safetensors_shapes,
    weights_of,
)

_SNAPSHOT = re.compile(r"models--(?P<name>[^/]+)/snapshots/(?P<revision>[0-9a-f]{40})$")
_MADE = "made"  # holds the name and size of every file, and is written last
_LAYOUT = 1  # counts up when what is made changes


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A model that is ready to run.

    `folder` is the model's own, never written. `identity` is its revision on the hub, or else the
    digest of its files. `safetensors` are the weights, beside a config.json. `ctranslate2` is the
    folder of the same model in int8.
    """

    folder: Path
    identity: str
    safetensors: Path
    ctranslate2: Path


def prepare(folder: str | os.PathLike[str]) -> PreparedModel:
    """The model in a folder, checked and converted; the second call finds everything made.

    Several processes may prepare one model at once. Raises UnreadableError for a file that is
    missing or damaged, InputError where vocabulary and weights do not go together, OutputError
    where the cache cannot be written, NotInstalledError without the packages that convert.
    """
    folder = Path(os.path.abspath(folder))
    weights = weights_of(folder)
    check_fits(folder, safetensors_shapes(weights) if weights.name == SAFETENSORS else {})
    name, identity = _identity(folder, weights)
    home = home_of(name, identity)
    if not _is_whole(home):
        with _made_beside(home) as beside:
            source = weights
            if weights.name == BINARY:
                source = beside / "transformers" / SAFETENSORS
                _make_safetensors(folder, weights, source.parent)
            convert(source.parent, read_vocabulary(folder / "vocab.json"), beside / "ctranslate2")
    safetensors = weights if weights.name == SAFETENSORS else home / "transformers" / SAFETENSORS
    return PreparedModel(folder, identity, safetensors, home / "ctranslate2")


def convert(weights: Path, vocabulary: dict[str, int], output: Path, *, precision: str = "int8") -> None:
    """Write the model in a folder (config.json, model.safetensors) for CTranslate2 to a new folder.

    The embedding of <pad>, which starts every output, is kept as it is: CTranslate2's own converter
    takes it for zero, and in models that were trained further with transformers it is not.
    """
    loaders = needed("ctranslate2.converters.transformers")

    class Loader(loaders.BartLoader):  # type: ignore[misc, name-defined]
        """Marian is Bart that normalises later and has no start of its own."""

        def set_config(self, config: Any, *_: object) -> None:
            config.eos_token, config.unk_token, config.decoder_start_token = END, UNKNOWN, PADDING

    model = load_model(weights)
    model.config.normalize_before = model.config.normalize_embedding = False
    spec = Loader()(model, _Vocabulary(vocabulary))
    spec.validate()
    spec.optimize(quantization=None if precision == "float32" else precision)
    output.mkdir()
    spec.save(str(output))


@dataclass(frozen=True)
class _Vocabulary:
    """As much of a tokenizer as the converter asks for."""

    pieces: dict[str, int]

    def get_vocab(self) -> dict[str, int]:
        """The ids by piece."""
        return self.pieces


def _identity(folder: Path, weights: Path) -> tuple[str, str]:
    """The model's name, and its revision in the hub's cache or the sha256 of its files."""
    if snapshot := _SNAPSHOT.search(folder.as_posix()):
        return snapshot["name"], snapshot["revision"]
    digest = hashlib.sha256()
    for path in (weights, *(folder / name for name in FILES)):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return re.sub(r"[^\w.-]+", "-", folder.name) or "model", f"sha256:{digest.hexdigest()}"


def home_of(name: str, identity: str) -> Path:
    """Where a model's derived files are kept. Raises OutputError."""
    return homes() / f"{name}-{identity.removeprefix('sha256:')[:16]}"


def homes() -> Path:
    """Where prepared models are kept. Raises OutputError."""
    try:
        return user_cache() / "models"
    except RuntimeError as error:
        raise OutputError(f"there is no cache folder ({error}): name one with POLYALIGN_CACHE") from error


def _make_safetensors(folder: Path, weights: Path, output: Path) -> None:
    """Write the weights of a pytorch_model.bin as safetensors, with what must stand beside them."""
    tensors = binary_tensors(weights)
    check_fits(folder, {name: tensor.shape for name, tensor in tensors.items()})
    output.mkdir()
    try:
        needed("safetensors.torch").save_file(tensors, output / SAFETENSORS, metadata={"format": "pt"})
    except needed("safetensors").SafetensorError as error:
        raise OSError(error) from error
    for name in ("config.json", "generation_config.json"):
        if (folder / name).is_file():
            shutil.copyfile(folder / name, output / name)


@contextlib.contextmanager
def _made_beside(home: Path) -> Iterator[Path]:
    """A new folder that takes the place of `home` when the block ends well; whoever is first wins."""
    beside = home.parent / f".{home.name}.{secrets.token_hex(6)}"
    try:
        with writing(home, "make room, or name a folder with POLYALIGN_CACHE"):
            beside.mkdir(parents=True)
            yield beside
            (beside / _MADE).write_text(_listing(beside), encoding="utf-8")
            _put(beside, home)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(beside: Path, home: Path) -> None:
    """Give the folder its name, unless a whole one has it."""
    if home.exists() and not _is_whole(home):
        os.replace(home, beside / "damaged")
    try:
        os.replace(beside, home)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not _is_whole(home):
            raise
    shutil.rmtree(home / "damaged", ignore_errors=True)


def _is_whole(home: Path) -> bool:
    """Whether all files are there that were made, at their full size."""
    try:
        return (home / _MADE).read_text(encoding="utf-8") == _listing(home)
    except OSError:
        return False


def _listing(home: Path) -> str:
    """Every file in the folder with its size, a line each."""
    files = (path for path in home.rglob("*") if path.is_file() and path.name != _MADE)
    lines = sorted(f"{path.relative_to(home).as_posix()} {path.stat().st_size}\n" for path in files)
    return "".join([f"layout {_LAYOUT}\n", *lines])
