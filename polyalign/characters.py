"""What a text has to be shown, sent and written: one line, no control characters, a direction."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import islice


def without_controls(text: str) -> str:
    """The text as it is shown and exported: one line, control characters left out.

    Tabs and line ends become a space; every other character of Unicode category Cc goes.
    """
    if text.isprintable():
        return text
    spaced = (" " if c in "\t\n\r\v\f\x85\u2028\u2029" else c for c in text)
    return "".join(c for c in spaced if unicodedata.category(c) != "Cc")


def whole_characters(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which JSON can hold, but no encoder and no file."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def runs_right_to_left(text: Iterable[str]) -> bool:
    """Whether most letters of a text, or of its beginning, run from right to left."""
    letters = islice((c for c in text if c.isalpha()), 2000)
    directions = [unicodedata.bidirectional(c) in ("R", "AL") for c in letters]
    return sum(directions) * 2 > len(directions)
