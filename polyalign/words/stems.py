"""What a word may be an inflected form of: the word itself, then ever shorter pieces of it.

Light stemming, as Larkey, Ballesteros and Connell (2002) for Arabic: no dictionary, so that it proposes, and
the lexicon that is asked disposes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from polyalign.folding import comparable
from polyalign.spelling import tokens
from polyalign.tags import primary

_LEAST = 2  # letters of an Arabic stem
_LEAST_TURKISH = 2

_ARABIC_BEFORE = re.compile("^(?:[وف]?(?:بال|كال|ال|لل|[بكل])|[وف]|س|وس|فس)")
_ARABIC_AFTER = re.compile("(?:كما|هما|هم|هن|كم|نا|ها|ني|ه|ك|ي|ات|ان|ون|ين|تين|تان|يه|وا|ت|ا)$")

# suffixes of Turkish, a for a/e and i for ı/i/u/ü, d for d/t, c for c/ç
_TURKISH = """
lar lari larin larini larina larda lardan im in i si imiz iniz u ya a yi na ni nin in dan da dandir
daki ndan nda nin la yla ca casina di dik dim din ti mis misti dir iyor yor iyordu yordu acak yacak
acaklar acagi yacagi ar ir r maz ma mak maya masi masini mamak mayi madi miyor malari lik ligi li
siz ci cilik ki sa an yan digi digini diginda dugu arak yarak ip yip inca ken il in is dirmek il
ilan ilen lan lanan tir mektedir maktadir lerdir dirlar misler
""".split()
_CLASSES = {"a": "[ae]", "i": "[ıiuü]", "u": "[ıiuü]", "d": "[dt]", "t": "[dt]", "c": "[cç]", "g": "[gğk]"}
_TURKISH_AFTER = [
    re.compile("".join(_CLASSES.get(letter, letter) for letter in suffix) + "$")
    for suffix in sorted(set(_TURKISH), key=len)
]
_APOSTROPHE = re.compile("['’]")
_HARD = {"b": "p", "c": "ç", "d": "t", "ğ": "k", "g": "k"}

_ENGLISH = re.compile("(?:'s|s'|ing|edly|ed|ies|es|s|ly|er|est)$")


def stems(word: str, language: str) -> tuple[str, ...]:
    """What a word, as `forms` spells it, may be a form of: the word first, the likelier ones before."""
    found = _STEMMERS.get(primary(language))
    return (word,) if found is None else found(word)


@lru_cache(maxsize=100_000)
def _arabic(word: str) -> tuple[str, ...]:
    """Without clitics before, then without endings, then without both, one layer after the other."""
    found = dict.fromkeys([word])
    heads = [word]
    while match := _ARABIC_BEFORE.match(heads[-1]):
        rest = heads[-1][match.end() :]
        if len(rest) < _LEAST:
            break
        heads.append(rest)
    if len(heads) > 1 and word[:1] in "وفبكلس" and len(word) > _LEAST + 1:
        heads.insert(1, word[1:])
    found |= dict.fromkeys(heads)
    tails = heads
    for _ in range(2):
        tails = [
            shorter
            for head in tails
            if (match := _ARABIC_AFTER.search(head)) and len(shorter := head[: match.start()]) >= _LEAST
        ]
        found |= dict.fromkeys(form for tail in tails for form in (f"{tail}ه", tail))
    return tuple(found)


@lru_cache(maxsize=100_000)
def _turkish(word: str) -> tuple[str, ...]:
    """Without ever more suffixes; a stem that softened its end is hard again: kitabı, kitap."""
    found, layer = dict.fromkeys([word]), [_APOSTROPHE.split(word, maxsplit=1)[0] or word]
    found |= dict.fromkeys(layer)
    for _ in range(4):
        layer = list(
            dict.fromkeys(
                form[: match.start()]
                for form in layer
                for suffix in _TURKISH_AFTER
                if (match := suffix.search(form)) and match.start() >= _LEAST_TURKISH
            )
        )
        found |= dict.fromkeys(layer)
    whole = sorted(found, key=len, reverse=True)
    hard = (form if form[-1:] not in _HARD else form[:-1] + _HARD[form[-1]] for form in whole)
    return tuple(dict.fromkeys(each for pair in zip(whole, hard, strict=True) for each in pair))


@lru_cache(maxsize=100_000)
def _english(word: str) -> tuple[str, ...]:
    """Without an ending, as is, with an e, or with y for ies."""
    found = [word]
    if (match := _ENGLISH.search(word)) and match.start() >= 3:
        stem = word[: match.start()]
        found += [f"{stem}y"] if match[0] == "ies" else [stem, f"{stem}e"]
        if len(stem) > 3 and stem[-1] == stem[-2]:
            found.append(stem[:-1])
    return tuple(found)


_STEMMERS: dict[str, Callable[[str], tuple[str, ...]]] = {"ar": _arabic, "tr": _turkish, "en": _english}


def forms(text: str, language: str = "") -> Iterator[tuple[int, int, str]]:
    """Where each word of a text stands, and its spelling: small, in Arabic with one form of each letter."""
    for start, end in tokens(text):
        word = comparable(text[start:end], language).translate(_ONE_FORM)
        if any(map(str.isalpha, word)):
            yield start, end, word


_ONE_FORM = str.maketrans("أإآٱىة", "اااايه", "ـ")
