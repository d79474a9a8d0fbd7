"""The characters that the symbol fonts of Windows show, by font and code: Symbol, Wingdings, Webdings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_TABLES = Path(__file__).with_name("symbols.toml")
_FIRST = 0x20  # the code of the first character of a table
_PRIVATE = re.compile("[\uf020-\uf0ff]")  # where Windows puts the codes of a symbol font, from U+F000 on


def symbol(font: str, code: int) -> str:
    """The character that a font shows for a code, with or without 0xF000; empty where there is none.

    Of fonts that are no symbol fonts it is the character of that code point, unless that is a private one.
    """
    rows = _tables().get(font.strip().lower())
    if rows is None or 0xFF < code < 0xF000:
        known = 0x20 <= code < 0xD800 or 0xF900 <= code <= 0x10FFFF
        return chr(code) if known else ""
    place = (code & 0xFF) - _FIRST
    return rows[place].replace("\ufffd", "") if 0 <= place < len(rows) else ""


def with_symbols(text: str, font: str) -> str:
    """The text with what stands for symbols of the font, U+F020 to U+F0FF, as those; the rest as it is."""
    return _PRIVATE.sub(lambda found: symbol(font, ord(found[0])) or found[0], text)


def has_symbols(text: str) -> bool:
    """Whether any character of the text may stand for one of a symbol font."""
    return _PRIVATE.search(text) is not None


@cache
def _tables() -> Mapping[str, str]:
    held = tomllib.loads(_TABLES.read_text(encoding="utf-8"))
    return {font: "".join(rows) for font, rows in held.items()}
