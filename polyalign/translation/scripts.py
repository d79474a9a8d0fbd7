"""The scripts that languages are written in."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from polyalign.tags import primary

_SCRIPTS = {
    "ARABIC": "ar fa ur ps ug sd",
    "CYRILLIC": "ru uk be bg mk kk ky mn tg tt sr uz az tk",
    "LATIN": "sr uz az tk tt tg",
    "HEBREW": "he yi",
    "GREEK": "el",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "DEVANAGARI": "hi mr ne",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "SINHALA": "si",
    "THAI": "th",
    "LAO": "lo",
    "KHMER": "km",
    "MYANMAR": "my",
    "ETHIOPIC": "am ti",
    "CJK": "zh ja",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
}


def scripts_of(language: str) -> frozenset[str]:
    """The scripts that a language is written in, by the first word of its letters' Unicode names."""
    base = primary(language)
    named = {script for script, languages in _SCRIPTS.items() if base in languages.split()}
    return frozenset(named or {"LATIN"})


def share_in_script(text: str, language: str) -> float:
    """How many of the letters of a text are of a script of the language, 0 to 1; 0 without letters."""
    letters = [_script(c) for c in text if c.isalpha()]
    return sum(script in scripts_of(language) for script in letters) / max(len(letters), 1)


@lru_cache(maxsize=10_000)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0].partition("-")[0]
