"""Question marks that were lost, and brackets left open."""

from __future__ import annotations

import re
from functools import lru_cache

from polyalign.qa.texts import Pair, seen

_QUESTION = "?؟՞፧"
_GREEK = ";"  # for this one, seen() makes a semicolon of Greek's own sign
_WITHOUT = frozenset({"bo", "dz", "km", "lo", "my", "th"})  # languages that need no question mark
_CLOSING = "\"'’”»›)]】」』؛ .…"
_BRACKETS = ("()", "[]", "{}")
_NO_BRACKET = re.compile(r"(?:^|(?<=\s))\w{1,2}\)(?!\S)|[:;]-?[()]")  # 1) and a) in a list, and faces


def punctuation(pair: Pair) -> str:
    """The question mark that ends one side and is nowhere in the other, or the bracket one side leaves open.

    The question marks of all scripts are one. Other marks are not compared: where they stand is a custom of
    each language.
    """
    found = []
    sides = list(zip(("source", "target"), (pair.source, pair.target), pair.languages, strict=True))
    for (side, text, asks), (other, told, answers) in (sides, sides[::-1]):
        ends = seen(text).rstrip(_CLOSING).endswith(tuple(_marks(asks)))
        if ends and not (answers in _WITHOUT or any(mark in seen(told) for mark in _marks(answers))):
            found.append(f"the {side} ends with a question mark, the {other} has none")
        if (left := _left_open(text)) and not _left_open(told):
            found.append(f"{left} does not come out even in the {side}")
    return "; ".join(found)


def _marks(language: str) -> str:
    return _QUESTION + _GREEK if language == "el" else _QUESTION


@lru_cache(maxsize=2048)
def _left_open(text: str) -> str:
    """The pair of brackets of which there is one kind more than of the other; empty if none."""
    text = seen(text)
    if text.count("(") != text.count(")"):
        text = _NO_BRACKET.sub(" ", text)
    return next((pair for pair in _BRACKETS if text.count(pair[0]) != text.count(pair[1])), "")
