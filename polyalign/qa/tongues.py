"""A side that is in another language than it should be."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from polyalign.qa.texts import Pair, ordinary, plain_words, prose
from polyalign.tags import primary

Detect = Callable[[str], str]

_RANGES = """
    0041 Latin|0250 -|0370 Greek|0400 Cyrillic|0530 Armenian|0590 Hebrew|0600 Arabic|0700 -|0750 Arabic|0780 -
    08a0 Arabic|0900 Devanagari|0980 Bengali|0a00 Gurmukhi|0a80 Gujarati|0b00 Oriya|0b80 Tamil|0c00 Telugu
    0c80 Kannada|0d00 Malayalam|0d80 Sinhala|0e00 Thai|0e80 Lao|0f00 Tibetan|1000 Burmese|10a0 Georgian
    1100 Korean|1200 Ethiopic|13a0 -|1780 Khmer|1800 -|1c80 Cyrillic|1c90 Georgian|1cc0 -|1e00 Latin
    1f00 Greek|2000 -|2c60 Latin|2c80 -|3040 Japanese|3100 -|3130 Korean|3190 -|3400 Chinese|a000 -
    ac00 Korean|d7b0 -|f900 Chinese|fb00 -|20000 Chinese|32000 -"""
_BEGINNINGS = [row.split() for row in re.split(r"[|\n]", _RANGES) if row]
_STARTS = [int(start, 16) for start, _ in _BEGINNINGS]
_NAMES = [name for _, name in _BEGINNINGS]
_SCRIPTS = {
    "Latin": """af az bs ca cs cy da de en es et eu fi fil fr ga gl ha hr hu id is it kmr lb lt lv ms mt nb nl
        nn no pl pt ro sk sl so sq sr sv sw tl tk tr uz vi yo zu""",
    "Arabic": "ar arz ary ckb dv fa ks prs ps sd ug ur",
    "Cyrillic": "be bg kk ky mk mn ru sr tg tt uk",
    "Greek": "el",
    "Armenian": "hy",
    "Hebrew": "he yi",
    "Devanagari": "hi mr ne sa",
    "Bengali": "as bn",
    "Gurmukhi": "pa",
    "Gujarati": "gu",
    "Oriya": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Thai": "th",
    "Lao": "lo",
    "Tibetan": "bo dz",
    "Burmese": "my",
    "Georgian": "ka",
    "Korean": "ko",
    "Ethiopic": "am ti",
    "Khmer": "km",
    "Japanese": "ja",
    "Chinese": "ja ko yue zh",
}
_TAGGED = {"latn": "Latin", "arab": "Arabic", "cyrl": "Cyrillic", "hans": "Chinese", "hant": "Chinese"}
_ALIKE = [
    {"no", "nb", "nn", "da"},
    {"hr", "bs", "sr", "sh", "cnr"},
    {"id", "ms", "zsm"},
    {"fa", "prs"},
    {"zh", "yue", "wuu", "zh-cn", "zh-tw"},
    {"ar", "arz", "ary", "apc"},
    {"ku", "kmr", "ckb"},
    {"fil", "tl"},
    {"gl", "pt"},
    {"he", "iw"},
]
_ORDINARY = 3  # words that no name explains
_LETTERS = 60  # from which on a detector is asked


def language(pair: Pair, detect: Detect | None = None) -> str:
    """Which side is in another language than it should be: by its letters, else by `detect`.

    Most of the letters must be of a script that the language is not written in. `detect` gives the
    language of a text ("und" where it cannot tell) and is asked about texts of 60 letters and more
    outside addresses; languages that are easily taken for each other are one.
    """
    sides = (("source", pair.source, pair.source_language), ("target", pair.target, pair.target_language))
    said = (
        _script_says(text, tag) or (detect and _detector_says(text, tag, detect)) for _, text, tag in sides
    )
    return "; ".join(
        f"the {side} is in {what}" for (side, _, _), what in zip(sides, said, strict=True) if what
    )


def _script_says(text: str, tag: str) -> str:
    expected, found = scripts_of(tag), _letters(text)
    script = max(found, key=found.__getitem__, default="-")
    if not expected or script in expected or script == "-" or ordinary(text) < _ORDINARY:
        return ""
    foreign = sum(count for name, count in found.items() if name not in expected)
    return f"{script} letters, not in {primary(tag)}" if 2 * foreign > sum(found.values()) else ""


def _detector_says(text: str, tag: str, detect: Detect) -> str:
    expected = primary(tag)
    if expected in ("und", "") or sum(_letters(text).values()) < _LETTERS or ordinary(text) < _ORDINARY:
        return ""
    told = primary(detect(prose(text)))
    same = told in ("und", expected) or any({told, expected} <= group for group in _ALIKE)
    return "" if same else f"{told}, not in {expected}"


@lru_cache(maxsize=256)
def scripts_of(tag: str) -> frozenset[str]:
    """The scripts that a language is written in; none where that is not known."""
    tagged = {_TAGGED[part] for part in tag.replace("_", "-").lower().split("-") if part in _TAGGED}
    return frozenset(tagged or {name for name, codes in _SCRIPTS.items() if primary(tag) in codes.split()})


@lru_cache(maxsize=2048)
def _letters(text: str) -> Counter[str]:
    """How many letters stand in words of each script, by the first letter of the word."""
    if text.isascii():
        return Counter({"Latin": sum(map(len, plain_words(text)))})
    found: Counter[str] = Counter()
    for word in plain_words(text):
        found[_NAMES[max(bisect_right(_STARTS, ord(word[0])) - 1, 0)]] += len(word)
    return found
