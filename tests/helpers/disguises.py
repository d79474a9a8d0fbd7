"""Ways to write the same text otherwise: what comparing must see through."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping

Disguise = Callable[[str, str], str]  # of a text and its language

_ARABIC_LETTER = re.compile("[\u0621-\u063a\u0641-\u064a]")
_ARABIC_WORD = re.compile("[\u0621-\u064a]+")
_DUAL = frozenset("بتثجحخسشصضطظعغفقكلمنهيئ")  # letters that join to the next one
_RIGHT = frozenset("اأإآدذرزوؤةى")  # letters that only join to the one before
_ZEROS = {"ar": "٠", "fa": "۰", "ur": "۰", "hi": "०", "th": "๐"}
_HARAKAT = "\u064e\u064f\u0650\u0652\u0651\u064e"


def capitals(text: str, language: str) -> str:
    """In capitals, as the language has them; ß stays, as it often does."""
    text = text.replace("i", "İ") if language in ("tr", "az") else text
    return "ß".join(part.upper() for part in text.split("ß"))


def vowelled(text: str, _language: str) -> str:
    """A vowel sign on every letter of Arabic and Hebrew, and stress on Cyrillic vowels."""
    dice = random.Random(len(text))
    text = _ARABIC_LETTER.sub(lambda m: m.group() + dice.choice(_HARAKAT), text)
    text = re.sub("[\u05d0-\u05ea]", lambda m: m.group() + dice.choice("\u05b0\u05b4\u05b8\u05bc"), text)
    return re.sub(r"\b(\w*?[аэоуыя])(?=\w*?\w\b)", "\\1\u0301", text)


def eastern(text: str, language: str) -> str:
    """The digits of another script, with its sign for decimals between them."""
    zero = ord(_ZEROS.get(language, "٠"))
    text = re.sub(r"(?<=\d)\.(?=\d{1,2}\b(?!\.))", "٫", text) if zero == ord("٠") else text
    return text.translate({ord("0") + k: chr(zero + k) for k in range(10)})


def stretched(text: str, _language: str) -> str:
    """Tatweel between the letters of Arabic words."""
    return re.sub("(?<=[بتثجحخسشصضطظعغفقكلمنهيئ])(?=[\u0621-\u064a])", "ـ" * (1 + len(text) % 3), text)


def presented(text: str, _language: str) -> str:
    """Arabic in its presentation forms, and Latin in ligatures."""
    for pair in ("ffi", "ffl", "ff", "fi", "fl"):
        text = text.replace(pair, unicodedata.lookup(f"LATIN SMALL LIGATURE {pair.upper()}"))
    return _ARABIC_WORD.sub(lambda m: _formed(m.group()), text)


def _formed(word: str) -> str:
    shown = []
    for k, letter in enumerate(word):
        before = k > 0 and word[k - 1] in _DUAL
        after = letter in _DUAL and k + 1 < len(word) and word[k + 1] in _DUAL | _RIGHT
        form = {(0, 0): "isolated", (0, 1): "initial", (1, 0): "final", (1, 1): "medial"}[before, after]
        shown.append(_FORMS.get((form, letter), letter))
    return "".join(shown)


_FORMS = {
    (parts[0].strip("<>"), chr(int(parts[1], 16))): chr(code)
    for code in (*range(0xFB50, 0xFE00), *range(0xFE80, 0xFEFD))
    if len(parts := unicodedata.decomposition(chr(code)).split()) == 2
}


def widened(text: str, _language: str) -> str:
    """All of ASCII in full width."""
    wide = str.maketrans({chr(k): chr(k + 0xFEE0) for k in range(0x21, 0x7F)} | {" ": "\u3000"})
    return text.translate(wide)


def sprinkled(text: str, language: str) -> str:
    """Characters without width, or marks of direction, behind every third letter."""
    dice = random.Random(len(text))
    unseen = "\u200b\u2060\ufeff\xad\u200e\u200f\u202c\u2069" + ("\u200c\u200d" if language == "ar" else "")
    return re.sub(
        r"\w(?=\w)", lambda m: m.group() + (dice.choice(unseen) if dice.random() < 0.3 else ""), text
    )


def decomposed(text: str, _language: str) -> str:
    """Every mark apart from its letter (NFD)."""
    return unicodedata.normalize("NFD", text)


def persian(text: str, language: str) -> str:
    """Kaf and yeh as the keyboard of a neighbour writes them."""
    pair = ("كي", "کی") if language == "ar" else ("کی", "كي")
    return text.translate(str.maketrans(*pair)) if language in ("ar", "fa", "ur") else text


EXACT: Mapping[str, Disguise] = {
    "vowelled": vowelled,
    "eastern": eastern,
    "stretched": stretched,
    "presented": presented,
    "widened": widened,
    "sprinkled": sprinkled,
    "decomposed": decomposed,
    "persian": persian,
}
