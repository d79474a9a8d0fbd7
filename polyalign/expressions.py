"""Regular expressions of users: refused where compiling them would not fit into memory.

Matching takes a `timeout` of the library `regex`; compiling knows none, and writes out what x{1000}
repeats.
"""

from __future__ import annotations

import re
from math import prod

MAX_CHARACTERS = 10_000
MAX_COPIES = 500_000  # of the parts of an expression

_REPEATED = re.compile(r"\\.|\{([0-9]+)", re.DOTALL)  # how often at least; "\{" is a brace
_SPACED = re.compile(r"\(\?[a-zA-Z01]*x")  # the flag with which spaces and comments may stand in a number


def refusal(expression: str) -> str:
    """Why an expression is not compiled and what to do, empty where nothing is wrong with its size."""
    if len(expression) > MAX_CHARACTERS:
        return f"it is longer than {MAX_CHARACTERS:,} characters: shorten it"
    if _SPACED.search(expression):
        return "it has the flag x: leave out the flag x"
    if copies(expression) > MAX_COPIES:
        return "it repeats too much: make the numbers in {} smaller"
    return ""


def copies(expression: str) -> int:
    """How many parts at most an expression has when what it repeats is written out."""
    return prod(max(int(count or 1), 1) for count in _REPEATED.findall(expression)) * len(expression)
