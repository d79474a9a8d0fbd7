"""Two languages -> the translator between them, the better way first."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from polyalign.errors import InputError
from polyalign.routing import PIVOT, registry, route
from polyalign.tags import primary
from polyalign.translation.opening import open_translator
from polyalign.translation.protocol import Translator

Find = Callable[[str, str], Translator | None]  # from one language into another; None: there is none

_PAIR = re.compile(r"(?:^|[-/])([a-z]{2})-([a-z]{2})/?$")


class Translators:
    """Finds translators, once each.

    `choice` is "auto" for models that are installed, a model's folder, pair or repository, or a
    function that gives the translator from one language into another, or None.
    """

    def __init__(self, choice: str | Find) -> None:
        self.required = choice if isinstance(choice, str) and choice != "auto" else ""
        found = installed if choice == "auto" else named(choice) if isinstance(choice, str) else choice
        self._find: Find = cache(found)

    def between(self, one: str, other: str) -> tuple[Translator, str] | None:
        """The translator between two languages, and the one it translates from.

        None where there is none, or nothing to translate. Raises InputError for a named model that
        translates neither way, and what opening a model raises.
        """
        if primary(one) == primary(other):
            return None
        for source, target in ways(one, other):
            if translator := self._find(source, target):
                return translator, source
        if self.required:
            raise InputError(
                f"{self.required} does not translate between {one} and {other}: name a model that does"
            )
        return None


def ways(one: str, other: str) -> list[tuple[str, str]]:
    """Both directions, the same whichever language comes first: into English before out of it."""
    return sorted([(one, other), (other, one)], key=lambda way: (primary(way[1]) != PIVOT, way))


def installed(source: str, target: str) -> Translator | None:
    """The translator that the registry names, if it is on this machine.

    Raises NotInstalledError for a package that it needs, UnreadableError for a damaged model.
    """
    found = route(source, target)
    return open_translator(found) if found.installed else None


def named(model: str) -> Find:
    """Finds the translator of a model's folder, a pair ("ar-en") or a repository on the hub.

    A model that is not said to be for another pair, by the registry or its name, is taken at the
    user's word. What is found raises as `open_translator` does.
    """

    def find(source: str, target: str) -> Translator | None:
        pairs = _pairs_of(model)
        if pairs and not pairs & {(source, target), (primary(source), primary(target))}:
            return None
        return open_translator(model, target=target, languages=(source, target))

    return find


def languages_of(model: str, source: Callable[[], str], target: str | None) -> tuple[str, str] | None:
    """The languages that a named model translates between, as far as it or the user says; None: unknown.

    `source` finds out the language of the text, and is asked only if the model does not say it.
    """
    pairs = _pairs_of(model)
    chosen = {pair for pair in pairs if target in (None, pair[1])}
    if len(chosen) == 1:
        return next(iter(chosen))
    into = target if target and not target.startswith(">>") else None
    if model.startswith("openai:"):
        into = into or PIVOT
    return (source(), into) if into else None


def _pairs_of(model: str) -> set[tuple[str, str]]:
    """The pairs that a model is for, by the registry or its name."""
    pairs = {(e.source, e.target) for e in registry().entries if e.repository == model}
    if not pairs and (told := _PAIR.search(model)):
        pairs = {(told[1], told[2])}
    return pairs


def missing(one: str, other: str) -> str | None:
    """The command that installs a model between two languages; None where one is, or none is known."""
    if primary(one) == primary(other):
        return None
    routes = [route(*way) for way in ways(one, other)]
    if any(found.installed for found in routes):
        return None
    return next((f"polyalign models pull {r.source}-{r.target}" for r in routes if r.model), None)
