"""The glossary of a project: its terms, and what is done to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from polyalign.characters import without_controls
from polyalign.errors import InputError, UsageError
from polyalign.folding import searchable
from polyalign.store.journal import Transaction, now
from polyalign.tags import primary

MAX_TERM = 1_000  # characters of a term, of one of its names, of a note
MAX_TERMS = 50_000  # of a project


@dataclass(frozen=True, slots=True)
class GivenTerm:
    """A term for the glossary: its languages as tags, its names in the second one, the first choice first."""

    languages: tuple[str, str]
    source: str
    targets: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredTerm:
    """A term of the glossary; `who` changed it last, `at` (ISO 8601, UTC)."""

    id: int
    languages: tuple[str, str]
    source: str
    targets: tuple[str, ...]
    note: str
    who: str
    at: str


def stored(columns: Sequence[Any]) -> StoredTerm:
    """The term of a row of the table."""
    number, one, other, source, targets, note, who, at = columns
    return StoredTerm(number, (one, other), source, tuple(json.loads(targets)), note, who, at)


def add(tx: Transaction, known: Iterable[StoredTerm], given: Sequence[GivenTerm], who: str) -> None:
    """The terms into the glossary; a term that is there already gets the names that it has not."""
    there = {_key(term.languages, term.source): term.id for term in known}
    for term in given:
        source, targets, note = _checked(term.source, term.targets, term.note)
        key = _key(term.languages, source)
        before = tx.read("terms", there[key]) if key in there else None
        if before is None:
            if len(there) >= MAX_TERMS:
                raise InputError(f"the glossary has {MAX_TERMS} terms already: take some out")
            languages = {"source_language": term.languages[0], "target_language": term.languages[1]}
            values = {"source": source, "targets": json.dumps(targets), "note": note, "who": who, "at": now()}
            there[key] = tx.insert("terms", languages | values)
            continue
        both = list(dict.fromkeys([*json.loads(before["targets"]), *targets]))
        changed = {"targets": json.dumps(both), "note": before["note"] or note}
        if any(before[name] != value for name, value in changed.items()):
            tx.update("terms", there[key], **changed, who=who, at=now())


def change(tx: Transaction, term: int, source: str, targets: Sequence[str], note: str, who: str) -> None:
    """Another text, other names or another note for a term."""
    _there(tx, term)
    source, names, note = _checked(source, targets, note)
    tx.update("terms", term, source=source, targets=json.dumps(names), note=note, who=who, at=now())


def drop(tx: Transaction, terms: Sequence[int]) -> None:
    """The terms out of the glossary."""
    for term in dict.fromkeys(terms):
        _there(tx, term)
        tx.write("terms", (term,), None)


def _there(tx: Transaction, term: int) -> None:
    if tx.read("terms", term) is None:
        raise InputError(f"there is no term {term}: it may have been taken out, look again")


def _key(languages: tuple[str, str], source: str) -> tuple[str, str, str]:
    return primary(languages[0]), primary(languages[1]), searchable(source)


def _checked(source: str, targets: Sequence[str], note: str) -> tuple[str, list[str], str]:
    """What is kept of a term. Raises UsageError for one that can be no term."""
    source, note = _line(source), _line(note)
    names = list(dict.fromkeys(filter(None, map(_line, targets))))
    if not names or not all(any(map(str.isalnum, text)) for text in (source, *names)):
        raise UsageError("a term needs a text with letters in both languages: fill both in")
    if max(map(len, (source, note, *names))) > MAX_TERM:
        raise UsageError(f"a term is longer than {MAX_TERM} characters: cut it")
    return source, names, note


def _line(text: str) -> str:
    """The text on one line. Raises UsageError for half a character."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError("the text has half a character: type it again") from error
    return " ".join(without_controls(text).split())
