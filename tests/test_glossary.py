"""The words of CONTRIBUTING.md are those of the public names, and the others are not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import polyalign
from tests.helpers.places import ROOT

TABLE = re.compile(r"^\| ([a-z]+) \| .+ \| (–|[a-z, ]+) \|$", flags=re.MULTILINE)


def glossary() -> dict[str, list[str]]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text = text.partition("\n## Words\n")[2].partition("|---|")[2].partition("\n## ")[0]
    return {word: [] if others == "–" else others.split(", ") for word, others in TABLE.findall(text)}


def public_names() -> Iterator[str]:
    """Of the whole package: classes, functions, methods, their parameters and fields."""
    for path in Path(polyalign.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.arg):
                yield node.arg
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield node.target.id


def words(name: str) -> list[str]:
    """ "encodeSpans_of" -> encode, spans, of; in the singular."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return [part.lower().removesuffix("s") for part in parts]


@pytest.fixture(scope="module")
def used() -> set[str]:
    return {word for name in public_names() if not name.startswith("_") for word in words(name)}


def test_there_are_twenty_words_and_most_have_rivals() -> None:
    assert len(glossary()) == 20
    assert sum(map(bool, glossary().values())) > 10


@pytest.mark.parametrize("word", glossary())
def test_a_word_is_used_and_its_rivals_are_not(word: str, used: set[str]) -> None:
    assert word.removesuffix("s") in used
    assert not [other for other in glossary()[word] if other.removesuffix("s") in used]


def test_no_rival_stands_in_what_users_read() -> None:
    """The docstrings of what is exported, from which docs/api.md is made."""
    exported = (getattr(polyalign, name) for name in polyalign.__all__)
    members = (member for thing in exported for member in (thing, *vars(thing).values()))
    own = (member.__doc__ for member in members if member.__doc__ != type(member).__doc__)
    told = " ".join(text for text in own if isinstance(text, str))
    said = set(re.findall(r"[a-z]+", told.lower()))
    assert not said & {other for others in glossary().values() for other in others}
