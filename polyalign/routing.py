"""Language pair -> which translation model, and whether it is installed. Never uses the network."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
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
class RegistryEntry:
    """A line of the registry: a model that serves a pair.

    `code` is the token that stands before every input (">>ara<<"), None where the model takes
    none. `revision` is 40 hexadecimal digits, or None where no revision is pinned. `year` is that of
    its release, `size` about the MB of its weights, `bleu` its published BLEU for the pair on FLORES
    devtest, `bleu_of_all` that of all its pairs together on Tatoeba; None where it is not known. `doubt`
    says what speaks against it.
    """

    source: str
    target: str
    repository: str
    licence: str
    code: str | None = None
    verified: bool = False
    revision: str | None = None
    year: int | None = None
    size: int | None = None
    bleu: float | None = None
    bleu_of_all: float | None = None
    doubt: str | None = None

    @property
    def name(self) -> str:
        """The pair as the command line writes it: "ar-en"."""
        return f"{self.source}-{self.target}"

    @property
    def facts(self) -> str:
        """Licence, year, size and quality, as far as they are known: "cc-by-4.0, 2022, BLEU 42.6"."""
        quality = f"BLEU {self.bleu} on FLORES" if self.bleu else None
        if quality is None and self.bleu_of_all:
            quality = f"BLEU {self.bleu_of_all} on Tatoeba, all its pairs"
        size = f"{self.size} MB" if self.size else None
        licence = "licence unknown" if self.licence == "unknown" else self.licence
        return ", ".join(str(fact) for fact in (licence, self.year, size, quality) if fact)


@dataclass(frozen=True, slots=True)
class Registry:
    """The models of each pair, its usual one first, and (repository, reason) of one that is left out."""

    models: Mapping[Pair, tuple[RegistryEntry, ...]]
    avoided: Mapping[Pair, tuple[str, str]]

    @property
    def entries(self) -> tuple[RegistryEntry, ...]:
        """Every model with every pair that it serves."""
        return tuple(entry for entries in self.models.values() for entry in entries)


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

    def __repr__(self) -> str:
        return f"<Route {self.source} → {self.target}, {self.model}{', installed' * self.installed}>"

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
    if found := models_of(source, target):
        return _direct(source, target, found)
    if primary(source) == primary(target):
        return Route(source, target, explanation="the same language on both sides: nothing to translate")
    return _without_model(source, target, known)


def models_of(source: str, target: str) -> tuple[RegistryEntry, ...]:
    """The models that the registry has for two tags, else for their plain languages; the usual one first."""
    return _first(registry().models, source, target) or ()


def find_entry(source: str, target: str) -> RegistryEntry | None:
    """The model that serves two tags here: the best of those that are installed, else the usual one."""
    found = models_of(source, target)
    return _chosen(found)[0] if found else None


def best_of(models: Sequence[RegistryEntry]) -> RegistryEntry | None:
    """The model with the highest published quality for the pair; None where no figure is known."""
    return max((e for e in models if e.bleu and not e.doubt), key=lambda e: e.bleu or 0, default=None)


def smallest_of(models: Sequence[RegistryEntry]) -> RegistryEntry | None:
    """The model with the smallest weights; None where no size is known."""
    return min((e for e in models if e.size and not e.doubt), key=lambda e: e.size or 0, default=None)


def find_model(repository: str, *, pair: str = "", revision: str | None = None) -> Path | None:
    """The folder that holds the whole model, or None.

    Looks in POLYALIGN_MODELS, then in `models/` of the package or a checkout (a folder named after
    the pair or the repository), then in the Hugging Face cache (the given revision, else `main`, else any).
    """
    short = repository.rpartition("/")[2]
    named = [root / name for root in _model_roots() for name in (pair, short, repository) if name]
    return next(filter(_is_model, (*named, *_snapshots(repository, revision))), None)


def place_of(entry: RegistryEntry) -> Path | None:
    """The folder that holds the model of an entry, or None; one named after the pair is its usual model's."""
    models = registry().models.get((entry.source, entry.target), ())
    usual = not models or models[0].repository == entry.repository
    return find_model(entry.repository, pair=entry.name if usual else "", revision=entry.revision)


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
        models = _listed(_entries(data["models"], data.get("generations", {})))
        avoided = _by_pair(_avoided(data.get("avoid", {})))
        if twice := data["models"].keys() & data.get("avoid", {}).keys():
            raise ValueError(f"{min(twice)} is both routed to and avoided")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UnreadableError(
            f"the model registry {path} is broken ({reason}): reinstall polyalign"
        ) from error
    return Registry(models, avoided)


def _chosen(models: Sequence[RegistryEntry]) -> tuple[RegistryEntry, Path | None, int]:
    """The model of a pair that is taken, where it is installed, and how many of them are.

    A folder of the user's own that is named after the pair stands for the usual one, and comes first.
    """
    first = models[0]
    places = {entry: place for entry in models if (place := place_of(entry))}
    if first in places and places[first].name == first.name:
        return first, places[first], len(places)
    installed = max(places, key=lambda entry: entry.bleu or 0, default=first)
    return installed, places.get(installed), len(places)


def _why(models: Sequence[RegistryEntry], chosen: RegistryEntry, installed: int) -> str:
    """Why this one of several models, and what the others would bring; "" where there is one only."""
    if len(models) == 1:
        return ""
    if installed:
        return f", {'the one' if installed == 1 else f'the best of {installed}'} of {len(models)} installed"
    offers = {"--best": best_of(models), "--small": smallest_of(models)}
    others = "; ".join(
        f"{option}: {other.repository}, {other.facts}"
        for option, other in offers.items()
        if other and other != chosen
    )
    return f", the usual one of {len(models)}" + (f" ({others})" if others else "")


def _direct(source: str, target: str, models: Sequence[RegistryEntry]) -> Route:
    entry, location, installed = _chosen(models)
    state = f"installed in {location}" if location else f"not installed: polyalign models pull {entry.name}"
    return Route(
        source,
        target,
        model=entry.repository,
        target_code=entry.code,
        licence=entry.licence,
        location=location,
        explanation=f"{entry.repository} ({entry.facts}){_why(models, entry, installed)}, {state}",
    )


def _without_model(source: str, target: str, known: Registry) -> Route:
    """The route of a pair that no model serves: through English where both legs have a model."""
    legs = ((source, PIVOT), (PIVOT, target))
    found = [models for leg in legs if (models := _first(known.models, *leg))]
    if len(found) == len(legs):
        pivot = tuple(_direct(*leg, models) for leg, models in zip(legs, found, strict=True))
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


def _entries(models: Mapping[str, Any], generations: Mapping[str, Any]) -> Iterator[RegistryEntry]:
    for repository, model in models.items():
        codes = model.get("codes", {})
        bleu = model.get("bleu", {})
        pairs = [*_pairs(repository, model)]
        if stray := bleu.keys() - {f"{source}-{target}" for source, target in pairs}:
            raise ValueError(f"{repository}: a figure for {min(stray)}, which it does not serve")
        named = (facts for start, facts in generations.items() if repository.startswith(start))
        about = next(named, {}) | model
        for source, target in pairs:
            yield _checked(
                RegistryEntry(
                    source,
                    target,
                    repository,
                    licence=model["licence"],
                    code=codes.get(target),
                    verified=model["verified"],
                    revision=model.get("revision"),
                    year=about.get("year"),
                    size=about.get("size"),
                    bleu=bleu.get(f"{source}-{target}"),
                    bleu_of_all=model.get("bleu_of_all"),
                    doubt=model.get("doubt"),
                )
            )


def _checked(entry: RegistryEntry) -> RegistryEntry:
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


def _listed(entries: Iterator[RegistryEntry]) -> dict[Pair, tuple[RegistryEntry, ...]]:
    """The models of each pair, in their order. Raises ValueError for one that comes twice."""
    found: dict[Pair, tuple[RegistryEntry, ...]] = {}
    for entry in entries:
        before = found.get((entry.source, entry.target), ())
        if entry.repository in (other.repository for other in before):
            raise ValueError(f"{entry.name} of {entry.repository} is there twice")
        found[entry.source, entry.target] = (*before, entry)
    return found


def _avoided(models: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, str]]]:
    for repository, model in models.items():
        for source, target in _pairs(repository, model):
            yield source, target, (repository, model["reason"])


def _pairs(repository: str, model: Mapping[str, Any]) -> Iterator[Pair]:
    if not _REPOSITORY.fullmatch(repository):
        raise ValueError(f"{repository!r} is not a repository: expected Org/name")
    listed = model.get("pairs") or {source: model["to"].split() for source in model["from"].split()}
    targets = {target for own in listed.values() for target in own}
    if stray := model.get("codes", {}).keys() - targets:
        raise ValueError(f"{repository}: a code for {min(stray)}, which is no target")
    return ((s, t) for s, own in listed.items() for t in own if primary(s) != primary(t))


def _by_pair(rows: Iterator[tuple[str, str, T]]) -> dict[Pair, T]:
    """The third value by the first two. Raises ValueError for a pair that comes twice."""
    table: dict[Pair, T] = {}
    for source, target, value in rows:
        if (source, target) in table:
            raise ValueError(f"{source}-{target} is there twice")
        table[source, target] = value
    return table
