"""A target that is the source once more."""

from __future__ import annotations

from collections import Counter

from polyalign.qa.texts import Pair, folded, ordinary, plain_words

_ALIKE = 0.85  # share of the words that both have
_LEAST = 4  # words of a text that is nearly the other
_ORDINARY = 2


def untranslated(pair: Pair) -> str:
    """Whether the target is the source, or nearly, though its language is another one.

    Names, figures, addresses and words in capitals may stay as they are: at least two ordinary words
    must be there, three in scripts that show no names.
    """
    ours, theirs = pair.languages
    here, there = plain_words(pair.source), plain_words(pair.target)
    if ours == theirs or set(here).isdisjoint(there) or _worth(pair.source) < _ORDINARY:
        return ""
    here, there = (tuple(map(folded, words)) for words in (here, there))
    if here == there:
        return "the target is the source"
    return "the target is nearly the source" if _near(Counter(here), Counter(there)) else ""


def _near(here: Counter[str], there: Counter[str]) -> bool:
    most = max(here.total(), there.total())
    return most >= _LEAST and (here & there).total() >= _ALIKE * most


def _worth(text: str) -> int:
    """The ordinary words; one less where all words are such."""
    found = ordinary(text)
    return found if any(c.isupper() for c in text) or any(c.islower() for c in text) else found - 1
