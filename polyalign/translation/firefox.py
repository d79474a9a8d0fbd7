"""Firefox's small models, run by the package fxtranslate, from files on this machine alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from polyalign.errors import NotInstalledError, UnreadableError, UsageError
from polyalign.translation.protocol import Progress, Translation, each_once, silent
from polyalign.translation.safeguards import nothing_to_translate
from polyalign.translation.splitting import joined, sentences
from polyalign.translation.tokenizer import cleaned
from polyalign.translation.weights import damaged

PREFIX = "firefox:"


@dataclass(frozen=True)
class Firefox:
    """The model in a folder: model.*.bin; vocab.*.spm, or srcvocab and trgvocab; perhaps lex.*.bin.

    It loads on first use, and nothing is fetched: fxtranslate's own loading, which would, is not called.
    """

    name: str
    folder: Path

    @classmethod
    def named(cls, name: str) -> Firefox:
        """The model of "firefox:FOLDER", or of "firefox:ar-en" in fxtranslate's cache.

        Raises NotInstalledError with the command that installs what is missing, UsageError for no name.
        """
        rest = name.removeprefix(PREFIX)
        if not rest:
            raise UsageError("name the model: firefox:ar-en, or firefox:FOLDER")
        if Path(rest).is_dir():
            return cls(name, Path(rest))
        files = _engine().Cache().pair_files(rest) if "/" not in rest else []
        if not files:
            pair = rest.replace("-", " ", 1)
            raise NotInstalledError(f"model {name} is not installed: fxtranslate models add {pair}")
        return cls(name, Path(files[0][2]).parent)

    @cached_property
    def identity(self) -> str:
        """The digest of the model's files."""
        digest = hashlib.sha256()
        for kind, path in sorted(self._files.items()):
            digest.update(f"{kind} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
        return f"firefox sha256:{digest.hexdigest()}"

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        """One translation a text, in the same order, sentence by sentence; each different text once.

        Raises UnreadableError for files that are missing or damaged.
        """
        return each_once(texts, self._translated, progress)

    def _translated(self, text: str) -> Translation:
        parts = sentences(cleaned(text))
        if all(map(nothing_to_translate, parts)):
            return Translation(text, ("passed",))
        said = [part if nothing_to_translate(part) else self._model.translate(part) for part in parts]
        whole = joined([" ".join(one.split()) for one in said])
        return Translation(whole, ("split",) if len(parts) > 1 else ())

    @cached_property
    def _model(self) -> Any:
        data = {kind: path.read_bytes() for kind, path in self._files.items()}
        source, target = (data.get(kind, data.get("vocab")) for kind in ("srcvocab", "trgvocab"))
        try:
            return _engine().Translator(data["model"], source, target, data.get("lex"))
        except ValueError as error:
            raise damaged(self._files["model"], error) from error

    @cached_property
    def _files(self) -> dict[str, Path]:
        """The files by kind. Raises UnreadableError where one is missing."""
        found = {path.name.partition(".")[0]: path for path in sorted(self.folder.glob("*.*"))}
        names = ("model", "vocab", "srcvocab", "trgvocab", "lex")
        kinds: dict[str, Path] = {kind: found[kind] for kind in names if kind in found}
        if "model" not in kinds or not ("vocab" in kinds or {"srcvocab", "trgvocab"} <= kinds.keys()):
            what = "no model.*.bin with its vocab.*.spm"
            raise UnreadableError(f"{self.folder}: {what}: give a model's folder")
        return kinds


def _engine() -> Any:
    try:
        import fxtranslate
    except ImportError as error:
        raise NotInstalledError(
            "fxtranslate, which runs Firefox's models, is not installed: pip install 'polyalign[firefox]'"
        ) from error
    return fxtranslate
