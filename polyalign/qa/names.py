"""Names that only one side has, heard across scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, pairwise

from polyalign import spelling
from polyalign.qa.texts import Pair, folded, only, plain_words, prose
from polyalign.qa.vocabulary import ENDINGS, TRANSLATED
from polyalign.spelling import sound, spoken

_SENTENCE = re.compile(r"[.!?؟:;…\"“”«»(\[–—|/]|\s-(?=\s)")  # what parts them, or something said or named
_ARTICLES = (" the ", " a ", " an ")
_SINGLE_SOUNDS = "BCDFHJKLMNRSTXZ"
_TELLING = 3  # consonants of a name, or of its longest word, that would not be heard by chance
_LONG = 4  # and of one that would not be heard by chance inside a word, or without its end

# What 15,000 names in Arabic and Latin letters change into: B, M, N and R hardly ever change.
_FIRM = frozenset("BMNR")
_TAKEN = frozenset({"KJ", "SZ", "CX", "ST"})  # for each other
_SOUND = 2  # what another sound costs; one that is taken for it costs half, a firm one twice as much


def names(pair: Pair) -> str:
    """The names of either side that nothing in the other sounds like.

    Names are words in capitals inside sentences that are no known words for what is translated
    (months, peoples, countries, offices), so only languages are asked whose words of that kind are
    known; any script that spells sounds can answer. A name of several words is missed only if none
    of them is heard, and only if one of them has three consonants or more.
    """
    ours, theirs = pair.languages
    return only(_missed(pair.source, ours, pair.target), _missed(pair.target, theirs, pair.source))


def _missed(text: str, language: str, other: str) -> list[str]:
    found = ((name, [sound(word) for word in name]) for name in named(text, language))
    telling = {" ".join(name): forms for name, forms in found if max(map(len, forms)) >= _TELLING}
    sounds = _sounds(other) if telling else frozenset()
    if not sounds:
        return []
    return [name for name, forms in telling.items() if not any(_heard(form, sounds) for form in forms)]


@lru_cache(maxsize=2048)
def named(text: str, language: str) -> tuple[tuple[str, ...], ...]:
    """The names in a text, each as its words."""
    if language not in TRANSLATED:
        return ()
    sentences = _SENTENCE.split(prose(text))
    found = zip(sentences, spelling.names(sentences), strict=True)
    return tuple(chain.from_iterable(_runs(sentence, words, language) for sentence, words in found))


def _runs(text: str, words: Sequence[re.Match[str]], language: str) -> Iterator[tuple[str, ...]]:
    """Runs of words in capitals, none of them a known word, and no article before the first."""
    runs: list[list[re.Match[str]]] = []
    for match in words:
        if runs and text[runs[-1][-1].end() : match.start()] == " ":
            runs[-1].append(match)
        else:
            runs.append([match])
    for run in runs:
        before = text[max(0, run[0].start() - 5) : run[0].start()].casefold()
        found = tuple(match.group() for match in run)
        if not before.endswith(_ARTICLES) and not any(_translated(word, language) for word in found):
            yield found


@lru_cache(maxsize=20_000)
def _translated(word: str, language: str) -> bool:
    """Whether a word in capitals may well be translated: a known word, an abbreviation, too short to hear."""
    small = folded(word, language)
    if "-" in word or word[1:] != word[1:].lower() or len(sound(word)) < 2 or ENDINGS[language].search(small):
        return True
    # the word, and what is left of it without an ending: up to six letters in Turkish, else an s
    shortest = max(len(small) - 6, 4) if language == "tr" else len(small) - small.endswith("s")
    return any(small[:end] in TRANSLATED[language] for end in range(len(small), shortest - 1, -1))


@lru_cache(maxsize=2048)
def _sounds(text: str) -> frozenset[str]:
    """The sounds of all words of a text; none where its script spells no sounds."""
    parts = [part for word in plain_words(text) for part in re.split("['’-]", word) if part]
    joined = {sound(a) + sound(b) for a, b in pairwise(parts)}  # Pyongyang is two words in Arabic
    return frozenset(joined.union(*map(spoken, parts)) - {"", *_SINGLE_SOUNDS})


def _heard(name: str, sounds: frozenset[str]) -> bool:
    """Whether a word among the sounds is the name, or nearly, with up to two consonants of an ending more.

    A longer name may stand within a word, as one side may write several words without a space.
    """
    if name in sounds:
        return True
    slack = min(len(name) // 3, 2)
    for other in sounds:
        if other.startswith(name) or (len(name) >= _LONG and name in other):
            return True
        for form in (other, other[:-1], other[:-2]):
            if slack and len(form) >= 2 and abs(len(form) - len(name)) <= slack and _near(name, form, slack):
                return True
    return False


@lru_cache(maxsize=50_000)
def _near(name: str, form: str, most: int) -> bool:
    """Whether so many sounds at most were changed, left out or put in, and none of the firm ones."""
    before = list(accumulate((_change("", y) for y in form), initial=0))
    for i, x in enumerate(name, 1):
        dropped = _SOUND if i == len(name) >= _LONG else _change(x, "")  # London is Londra
        now = [before[0] + dropped]
        for j, y in enumerate(form, 1):
            swapped = before[j - 1] + _change(x, y)
            now.append(min(before[j] + dropped, now[-1] + _change("", y), swapped))
        before = now
    return before[-1] <= most * _SOUND


@cache
def _change(x: str, y: str) -> int:
    """What it costs that a sound is another one, or "", in a name of another script."""
    if x == y:
        return 0
    if x + y in _TAKEN or y + x in _TAKEN:
        return 1
    return _SOUND if x + y in ("BF", "FB") or not ({x, y} & _FIRM) else 2 * _SOUND
