"""A route, a folder or a name -> the translator."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from polyalign.errors import InputError, NotInstalledError, UsageError
from polyalign.routing import Route, find_model, place_of, registry, route
from polyalign.tags import primary
from polyalign.translation import endpoint, firefox
from polyalign.translation.backend import Backend
from polyalign.translation.ct2 import CTranslate2
from polyalign.translation.marian import Marian
from polyalign.translation.memory import Memory, Remembering, user_memory
from polyalign.translation.pivot import Pivot
from polyalign.translation.prepared import prepare
from polyalign.translation.protocol import Translator
from polyalign.translation.safeguards import JudgedTranslator, OutputJudge
from polyalign.translation.tokenizer import Tokenizer
from polyalign.translation.transformers_backend import Transformers
from polyalign.translation.weights import read_json

BACKENDS = ("auto", "ctranslate2", "transformers")

# the codes that models have for a language whose tag they do not use: ISO 639-3, with a script
_CODES = {
    "ar": "ara", "cs": "ces", "de": "deu", "en": "eng", "es": "spa", "fa": "pes fas", "fr": "fra",
    "he": "heb", "hi": "hin", "id": "ind", "it": "ita", "ja": "jpn", "ko": "kor", "nl": "nld",
    "pl": "pol", "pt": "por pob", "ru": "rus", "tr": "tur", "uk": "ukr", "ur": "urd",
    "zh": "zho cmn cmn_Hans",
}  # fmt: skip


def open_translator(
    where: Route | str | os.PathLike[str],
    *,
    backend: str = "auto",
    memory: Memory | bool = True,
    target: str | None = None,
    pivot: bool = False,
    device: str | None = None,
    languages: tuple[str, str] | None = None,
) -> Translator:
    """The translator of a route, a model's folder, a pair ("ar-en"), a repository on the hub, or an engine.

    Engines are an endpoint ("openai:MODEL@URL") and Firefox's models ("firefox:ar-en", "firefox:FOLDER").

    `backend` is one of BACKENDS; "auto" is CTranslate2. `memory` is where results are kept; True:
    in the user's cache. `target` is the target language, a tag or a code such as ">>ara<<", for a
    model that has several. With `pivot` a pair without a model goes through English. `device` is
    for transformers, "cpu" or "cuda". Only an endpoint uses the network, when it translates.

    What comes out is judged, and left out where it is no translation, between the two `languages`, by
    default those of the route; the outputs of a folder whose languages nobody says are not judged.

    Raises NotInstalledError with the command that installs what is missing, InputError for a pair
    that no model serves or a target that the model lacks, UnreadableError for a damaged model.
    """
    if backend not in BACKENDS:
        raise UsageError(f"unknown backend {backend!r}: use one of {', '.join(BACKENDS)}")

    def guarded(model: Translator, between: tuple[str, str] | None) -> Translator:
        kept = user_memory() if memory is True else memory
        translator: Translator = Remembering(model, kept) if kept else model
        return JudgedTranslator(translator, OutputJudge(*between)) if between else translator

    def opened(folder: Path, name: str, code: str | None, between: tuple[str, str] | None) -> Translator:
        language = between[1] if between else ""
        return guarded(_marian(folder, name, code, language, backend, device), between)

    if isinstance(where, str) and (engine := _other_engine(where, languages)):
        return guarded(engine, languages)
    found = where if isinstance(where, Route) else _found(os.fspath(where))
    if isinstance(found, Route):
        return _of_route(found, opened, pivot=pivot)
    folder, name = found
    return opened(folder, name, target, languages)


_Open = Callable[[Path, str, str | None, tuple[str, str] | None], Translator]


def _other_engine(name: str, languages: tuple[str, str] | None) -> Translator | None:
    """The translator of "openai:..." or "firefox:..."; None for any other name."""
    if name.startswith(endpoint.PREFIX):
        if languages is None:
            raise UsageError(f"{name}: say which languages it is to translate between, with --from and --to")
        return endpoint.Endpoint.named(name, *languages)
    return firefox.Firefox.named(name) if name.startswith(firefox.PREFIX) else None


def _of_route(found: Route, opened: _Open, *, pivot: bool) -> Translator:
    if found.model is None and found.pivot and pivot:
        first, second = (_of_route(leg, opened, pivot=False) for leg in found.pivot)
        return Pivot(first, second)
    pair = f"{found.source}-{found.target}"
    if found.model is None:
        advice = "go through English with --pivot" if found.pivot else "name a model with --model"
        raise InputError(f"{pair}: {found.explanation.partition(':')[0]}: {advice}")
    if found.location is None:
        raise NotInstalledError(f"model {found.model} is not installed: polyalign models pull {pair}")
    return opened(found.location, found.model, found.target_code or "", (found.source, found.target))


def _found(name: str) -> Route | tuple[Path, str]:
    """What a name means: a pair of the registry, or else the folder and the name to show."""
    if os.path.isdir(name):
        return Path(name), name
    if "/" not in name and "-" in name:
        source, _, target = name.partition("-")
        return route(source, target)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise InputError(f"{name}: no such model: give a folder, a pair such as ar-en or ORG/NAME on the hub")
    folders = (place_of(entry) for entry in registry().entries if entry.repository == name)
    if folder := next(filter(None, folders), None) or find_model(name):
        return folder, name
    raise NotInstalledError(f"model {name} is not installed: polyalign models pull {name}")


def _marian(
    folder: Path, name: str, target: str | None, language: str, backend: str, device: str | None
) -> Marian:
    prepared = prepare(folder)
    tokenizer = Tokenizer.of(prepared.folder)
    positions = read_json(prepared.folder / "config.json").get("max_position_embeddings") or 512
    package = "transformers" if backend == "transformers" else "ctranslate2"
    if find_spec(package) is None:  # the model loads later, but a package that it needs is missed now
        raise NotInstalledError(f"{package} is not installed: pip install 'polyalign[translate]'")
    engine: Backend = (
        Transformers(prepared.safetensors.parent, tokenizer, device)
        if package == "transformers"
        else CTranslate2(prepared.ctranslate2)
    )
    code = _code(tokenizer, target, language)
    return Marian(name, prepared.identity, tokenizer, engine, code, int(positions))


def _code(tokenizer: Tokenizer, target: str | None, language: str) -> str | None:
    """The target code for a language, a code as it is, or None.

    "" says that none is known to be wanted: a model that has the one of `language` gets that.
    Raises InputError where the model has several and it is not clear which, or not this one.
    """
    codes = tokenizer.codes
    if target is None and len(codes) > 1:
        raise InputError(f"the model has several target languages: name one of {tokenizer.shown_codes}")
    if target is None:
        return next(iter(codes), None)
    if not target:
        own = _code_of(language, tokenizer) if language else None
        return own if own in codes else None
    if not (codes or target.startswith(">>")):
        return None
    asked = target if target.startswith(">>") else _code_of(target, tokenizer)
    tokenizer.check_code(asked)
    return asked


def _code_of(language: str, tokenizer: Tokenizer) -> str:
    """The code of a language: the first that the model has, else the one that it would have."""
    base = primary(language)
    named = [f">>{name}<<" for name in (language, *_CODES.get(base, "").split(), base)]
    return next((code for code in named if code in tokenizer.codes), named[0])
