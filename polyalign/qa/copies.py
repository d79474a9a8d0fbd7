"""A target that is the source once more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest

from polyalign.folding import readable
from polyalign.qa.texts import WORD, Pair, folded, is_unspaced, plain_words, prose, table
from polyalign.qa.tongues import script_of, scripts_of

_ALIKE = 0.85  # share of the words that both have
_LEAST = 4  # words of a text that is nearly the other
_ORDINARY = 2
_GAP = re.compile(r"[\s،、。，！？；…—–]+")
# A word with nothing but signs of a sentence around it: "user_name" and "e.g." are none.
_PLAIN = re.compile(rf"[\"'“”„«»‹›‘’(\[¿¡*]*({WORD.pattern})[\"'“”«»‹›’)\].,;:!?؟؛।*]*")
_LATIN = re.compile("[A-Za-z]")
_OPTION = re.compile(r"--?[a-zA-Z][\w-]*")
_SPECIES = re.compile(
    r"(?:[B-HJ-Z]|[A-Z][a-z]+(?:a|e|[aeiouy]s|o|[ou]m|on|us)) [a-z]+(?:a|ae|[ae]ns|ii?|is|u[ms])"
)


def untranslated(pair: Pair) -> str:
    """Whether the target is the source, or nearly, though its language is another one.

    Names, figures, addresses, code and a few capitals may stay as they are. What may not: two ordinary
    words, three in scripts that show no names; a word that is in everyday sentences and in no name; words
    of which the last is ordinary ("Access denied"); letters that the target's language is not written in.
    """
    ours, theirs = pair.languages
    here, there = plain_words(pair.source), plain_words(pair.target)
    if ours == theirs or set(here).isdisjoint(there):
        return ""
    here, there = (tuple(map(folded, words)) for words in (here, there))
    tokens = [token for token in _GAP.split(readable(prose(pair.source), ours)) if token]
    if tokens[0].islower() and any(map(_OPTION.fullmatch, tokens)):
        return ""  # a command
    words = [_plain(token, after) for token, after in zip_longest(tokens, tokens[1:], fillvalue="")]
    if here == there:
        return "the target is the source" if _translatable(words, pair) else ""
    most, shared = max(len(here), len(there)), (Counter(here) & Counter(there)).total()
    near = most >= _LEAST and shared >= _ALIKE * most and _worth(words) >= _ORDINARY
    return "the target is nearly the source" if near else ""


def _plain(token: str, after: str) -> str:
    """The word of a token with signs of a sentence around it; "" for the "No." of "No. 5"."""
    match = _PLAIN.fullmatch(token)
    return match[1] if match and not (token[-1] == "." and after[:1].isdigit()) else ""


def _worth(words: Sequence[str]) -> int:
    """The ordinary words that are in no names; one less where no word has capitals."""
    said = [word for word in words if _ordinary(word) and word not in _words()["in_names"]]
    found = sum(max(1, len(word) // 2) if is_unspaced(word[0]) else 1 for word in said)
    return found if any(word != word.lower() or word != word.upper() for word in words) else found - 1


def _ordinary(word: str) -> bool:
    """Whether a word has no capitals, as names, brands and abbreviations have."""
    return len(word) > 1 and word == word.lower()


def _translatable(words: Sequence[str], pair: Pair) -> bool:
    """Whether the words, "" for what is none, say something that is to be translated."""
    said = [word for word in words if word]
    text = " ".join(said)
    script, expected = script_of(text), scripts_of(pair.target_language)
    if len(text) > 1 and expected and script not in {"Latin", "-", *expected} and not _LATIN.search(text):
        return True
    ours, theirs = (_words().get(language, frozenset()) for language in pair.languages)
    known = [folded(word, pair.languages[0]) in ours - theirs for word in said]
    small = [_ordinary(word) for word in said]
    if any(a and b for a, b in zip(known, small, strict=True)):
        return True
    if known[:1] == [True] and all(a or b for a, b in zip(known, small, strict=True)):
        return len(said) > 1 or not said[0].isupper()
    ends = len(said) > 1 and all(words) and small[-1] and said[-1] != said[-1].upper()
    return _worth(said) >= _ORDINARY or (ends and not _SPECIES.fullmatch(text))


@cache
def _words() -> dict[str, frozenset[str]]:
    """The small words that are in names, and the everyday words of each language."""
    data = table("common")
    words = {"in_names": data["in_names"], **data["everyday"]}
    return {language: frozenset(folded(text, language).split()) for language, text in words.items()}
