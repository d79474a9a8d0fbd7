"""What a user means by a model's name: a pair, a repository, or a folder of their own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal

from polyalign.errors import UsageError
from polyalign.routing import RegistryEntry, best_of, find_entry, models_of, registry, route, smallest_of

Choice = Literal["best", "small"]

_LANGUAGE = r"[a-z]{2,3}(?:-[A-Z][A-Za-z]+)*"
_PAIR = re.compile(rf"({_LANGUAGE})-({_LANGUAGE})")
_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A repository, the pairs it is wanted for, and what the registry says about it.

    `pairs` is empty where nothing is known about its languages. `revision` is None where none is
    pinned; `licence` is "unknown" where the registry does not know.
    """

    name: str
    repository: str
    pairs: tuple[RegistryEntry, ...] = ()
    revision: str | None = None
    licence: str = "unknown"


def wanted(
    name: str, *, pair: str | None = None, code: str | None = None, choice: Choice | None = None
) -> Wanted:
    """What to pull for a name; `pair` and `code` say what a repository outside the registry does.

    Of several models for a pair it is the one with the "best" published quality, the "small" one, or by
    default that which serves the pair here. Raises UsageError for a name that is neither a pair with a
    direct model nor a repository, for a folder, and for a choice that no published figure allows.
    """
    if is_pair(name):
        return _of_pair(name, choice)
    if choice:
        raise UsageError(f"--{choice} chooses among the models of a pair: give one, such as ar-en")
    if os.path.isdir(os.path.expanduser(name)) or name.startswith(("/", ".", "~")):
        raise UsageError(f"{name} is a folder of your own: it needs no pull, use it with --translate {name}")
    if not _REPOSITORY.fullmatch(name):
        raise UsageError(
            f"{name!r} is no model: give a pair such as ar-en, or a repository such as "
            "Helsinki-NLP/opus-mt-ar-en"
        )
    given: tuple[RegistryEntry, ...] = ()
    if pair is not None:
        languages = split_pair(pair)
        own = tuple(entry for entry in models_of(*languages) if entry.repository == name)
        given = own[:1] if code is None else ()
        given = given or (RegistryEntry(*languages, name, "unknown", code=code),)
    known = tuple(entry for entry in registry().entries if entry.repository == name)
    if not known:
        return Wanted(name, name, given)
    return Wanted(name, name, given or known, known[0].revision, known[0].licence)


def split_pair(pair: str) -> tuple[str, str]:
    """The two languages of "ar-en" or "en-zh-Hant". Raises UsageError for anything else."""
    if languages := _PAIR.fullmatch(pair):
        return languages[1], languages[2]
    raise UsageError(f"{pair!r} is no pair of languages: give the source and the target, such as ar-en")


def is_pair(name: str) -> bool:
    """Whether the name has the form of a pair."""
    return _PAIR.fullmatch(name) is not None


def _of_pair(name: str, choice: Choice | None) -> Wanted:
    found = route(*split_pair(name))
    models = models_of(found.source, found.target)
    if not models and found.pivot:
        legs = ", then ".join(f"polyalign models pull {leg.source}-{leg.target}" for leg in found.pivot)
        raise UsageError(f"no model translates {name} directly: through English it takes two: {legs}")
    if not models:
        raise UsageError(f"{name}: {found.explanation}")
    chosen = {"best": best_of, "small": smallest_of}
    entry = chosen[choice](models) if choice else find_entry(found.source, found.target)
    if entry is None:
        known = "quality" if choice == "best" else "size"
        names = ", ".join(model.repository for model in models)
        raise UsageError(f"no {known} is published of a model for {name}: name one of {names}")
    return Wanted(name, entry.repository, (entry,), entry.revision, entry.licence)
