"""Language pair -> which translation model, and whether it is installed. Never uses the network."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from polyalign.errors import UnreadableError
from polyalign.tags import is_known, primary

PIVOT = "en"
LICENCES = ("apache-2.0", "cc-by-4.0", "cc-by-sa-4.0", "unknown")

_PACKAGE = Path(__file__).parent
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_CODE = re.compile(r">>[a-z]{3}(_[A-Z][a-z]{3})?<<")
_REVISION = re.compile(r"[0-9a-f]{40}")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_OTHER_FILES = ("config.json", "vocab.json", "source.spm", "target.spm")

Pair = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the registry: the model that serves one pair.

    `code` is the token that stands before every input (">>ara<<"), None where the model takes
    none. `revision` is 40 hexadecimal digits, or None where no revision is pinned.
    """

    source: str
    target: str
    repository: str
    licence: str
    code: str | None = None
    verified: bool = False
    revision: str | None = None

    @property
    def name(self) -> str:
        """The pair as the command line writes it: "ar-en"."""
        return f"{self.source}-{self.target}"


@dataclass(frozen=True, slots=True)
class Registry:
    """The models by pair, and why some models are not routed to: (repository, reason) by pair."""

    entries: Mapping[Pair, Entry]
    avoided: Mapping[Pair, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Route:
    """The decision for one pair of languages.

    `model` is the repository on the hub, None where no direct model is known or none is needed.
    `location` is the folder that holds the model, None where it is not installed. `pivot` holds the
    two legs through English, only where there is no direct model and both legs have one; it is an
    offer, to be taken only when the user asks. `explanation` is for the reader, one line.
    """

    source: str
    target: str
    model: str | None = None
    target_code: str | None = None
    licence: str | None = None
    location: Path | None = None
    pivot: tuple[Route, ...] = ()
    explanation: str = ""

    @property
    def installed(self) -> bool:
        """Whether the direct model is on this machine."""
        return self.location is not None

    def describe(self) -> str:
        """The decision on one line, with the command that installs a model that is missing."""
        return f"{self.source} → {self.target}  {self.explanation}"


def route(source: str, target: str) -> Route:
    """Which model translates from `source` to `target`, both language tags ("pt-BR", "und").

    The exact tags are looked up first, then the plain languages. Raises UnreadableError where the
    registry is missing or broken.
    """
    source, target = _canonical(source), _canonical(target)
    if not (is_known(source) and is_known(target)):
        return Route(
            source, target, explanation="the language is not known: give it with its tag, such as ar"
        )
    known = registry()
    if entry := find_entry(source, target):
        return _direct(source, target, entry)
    if primary(source) == primary(target):
        return Route(source, target, explanation="the same language on both sides: nothing to translate")
    return _without_model(source, target, known)


def find_entry(source: str, target: str) -> Entry | None:
    """The line of the registry for two tags, else for their plain languages."""
    return _first(registry().entries, source, target)


def find_model(repository: str, *, pair: str = "", revision: str | None = None) -> Path | None:
    """The folder that holds the whole model, or None.

    Looks in POLYALIGN_MODELS, then in `models/` of the package or a checkout (a folder named after
    the pair or the repository), then in the Hugging Face cache (the given revision, else `main`, else any).
    """
    short = repository.rpartition("/")[2]
    named = [root / name for root in _model_roots() for name in (pair, short, repository) if name]
    return next(filter(_is_model, (*named, *_snapshots(repository, revision))), None)


@cache
def registry() -> Registry:
    """The registry that comes with the package, read once. Raises UnreadableError."""
    inside = _PACKAGE / "models" / "registry.toml"
    return read_registry(inside if inside.is_file() else _PACKAGE.parent / "models" / "registry.toml")


def read_registry(path: Path) -> Registry:
    """The registry in a TOML file; its form is described at the top of `models/registry.toml`.

    Raises UnreadableError, naming what is wrong, for a file that is missing or breaks a rule.
    """
    import tomllib

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = _by_pair((e.source, e.target, e) for e in _entries(data["models"]))
        avoided = _by_pair(_avoided(data.get("avoid", {})))
        if twice := data["models"].keys() & data.get("avoid", {}).keys():
            raise ValueError(f"{min(twice)} is both routed to and avoided")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UnreadableError(
            f"the model registry {path} is broken ({reason}): reinstall polyalign"
        ) from error
    return Registry(entries, avoided)


def _direct(source: str, target: str, entry: Entry) -> Route:
    location = find_model(entry.repository, pair=entry.name, revision=entry.revision)
    licence = "licence unknown" if entry.licence == "unknown" else entry.licence
    state = f"installed in {location}" if location else f"not installed: polyalign models pull {entry.name}"
    return Route(
        source,
        target,
        model=entry.repository,
        target_code=entry.code,
        licence=entry.licence,
        location=location,
        explanation=f"{entry.repository} ({licence}), {state}",
    )


def _without_model(source: str, target: str, known: Registry) -> Route:
    """The route of a pair that no model serves: through English where both legs have a model."""
    legs = ((source, PIVOT), (PIVOT, target))
    entries = [entry for leg in legs if (entry := _first(known.entries, *leg))]
    if len(entries) == len(legs):
        pivot = tuple(_direct(*leg, entry) for leg, entry in zip(legs, entries, strict=True))
        through = "; ".join(leg.describe() for leg in pivot)
        return Route(
            source, target, pivot=pivot, explanation=f"no direct model; through English if asked: {through}"
        )
    if avoided := _first(known.avoided, source, target):
        repository, reason = avoided
        return Route(source, target, explanation=f"no model: {repository} is left out, {reason}")
    return Route(source, target, explanation="no model is known: name one with --translate MODEL")


def _first(table: Mapping[Pair, T], source: str, target: str) -> T | None:
    """What the table holds for the exact pair, else for the pair with regions and scripts left out."""
    pairs = ((s, t) for s in (source, primary(source)) for t in (target, primary(target)))
    return next((table[pair] for pair in pairs if pair in table), None)


def _canonical(tag: str) -> str:
    """The tag with the usual case and hyphens: "pt_br" -> "pt-BR", "ZH-hant" -> "zh-Hant"."""
    language, *rest = "".join(tag.split()).replace("_", "-").split("-")
    return "-".join([language.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def _model_roots() -> Iterator[Path]:
    if named := os.environ.get("POLYALIGN_MODELS"):
        yield _expanded(named)
    for own in (_PACKAGE / "models", _PACKAGE.parent / "models"):
        if (own / "registry.toml").is_file():
            yield own


def _snapshots(repository: str, revision: str | None) -> Iterator[Path]:
    """The folders of the model in the Hugging Face cache, the likeliest first."""
    folder = _hub_cache() / f"models--{repository.replace('/', '--')}"
    if revision:
        yield folder / "snapshots" / revision
        return
    with contextlib.suppress(OSError, UnicodeDecodeError):
        yield folder / "snapshots" / (folder / "refs" / "main").read_text(encoding="ascii").strip()
    with contextlib.suppress(OSError):
        yield from sorted((folder / "snapshots").iterdir())


def _hub_cache() -> Path:
    """Where huggingface_hub keeps models, by the same environment variables."""
    environment = os.environ
    if named := environment.get("HF_HUB_CACHE") or environment.get("HUGGINGFACE_HUB_CACHE"):
        return _expanded(named)
    if home := environment.get("HF_HOME"):
        return _expanded(home) / "hub"
    cache_home = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return _expanded(cache_home) / "huggingface" / "hub"


def _expanded(path: str) -> Path:
    """The path with the home folder in place of "~", or as it is where there is none."""
    return Path(os.path.expanduser(path))


def _is_model(folder: Path) -> bool:
    """Whether the folder holds a whole Marian model; a link whose file is gone does not count."""
    weights = any(os.path.isfile(folder / name) for name in _WEIGHTS)
    return weights and all(os.path.isfile(folder / name) for name in _OTHER_FILES)


def _entries(models: Mapping[str, Any]) -> Iterator[Entry]:
    for repository, model in models.items():
        codes = model.get("codes", {})
        for source, target in _pairs(repository, model):
            yield _checked(
                Entry(
                    source,
                    target,
                    repository,
                    licence=model["licence"],
                    code=codes.get(target),
                    verified=model["verified"],
                    revision=model.get("revision"),
                )
            )


def _checked(entry: Entry) -> Entry:
    """The entry itself, once it keeps the rules of the registry; else ValueError."""
    if entry.licence not in LICENCES:
        raise ValueError(f"{entry.repository}: licence {entry.licence!r} is not one of {', '.join(LICENCES)}")
    if entry.code is not None and not _CODE.fullmatch(entry.code):
        raise ValueError(f"{entry.repository}: {entry.code!r} is not a target code")
    if entry.revision is not None and not _REVISION.fullmatch(entry.revision):
        raise ValueError(f"{entry.repository}: {entry.revision!r} is not a revision")
    if not isinstance(entry.verified, bool):
        raise ValueError(f"{entry.repository}: verified must be true or false")
    return entry


def _avoided(models: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, str]]]:
    for repository, model in models.items():
        for source, target in _pairs(repository, model):
            yield source, target, (repository, model["reason"])


def _pairs(repository: str, model: Mapping[str, Any]) -> Iterator[Pair]:
    if not _REPOSITORY.fullmatch(repository):
        raise ValueError(f"{repository!r} is not a repository: expected Org/name")
    targets = {target for listed in model["pairs"].values() for target in listed}
    if stray := model.get("codes", {}).keys() - targets:
        raise ValueError(f"{repository}: a code for {min(stray)}, which is no target")
    return ((source, target) for source, listed in model["pairs"].items() for target in listed)


def _by_pair(rows: Iterator[tuple[str, str, T]]) -> dict[Pair, T]:
    """The third value by the first two. Raises ValueError for a pair that comes twice."""
    table: dict[Pair, T] = {}
    for source, target, value in rows:
        if (source, target) in table:
            raise ValueError(f"{source}-{target} is there twice")
        table[source, target] = value
    return table
