"""A phrase that is said again and again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from polyalign.qa.texts import UNSPACED, NamedMessage, Pair, clipped, folded, is_unspaced, prose

_PHRASE = 5  # words of a phrase that is not said twice as a rule
_ROUNDS = (3, 2)  # times that a single word, and that several, stand side by side
_UNIT = re.compile(r"\w+|[.,;:!?…،؛؟\"“”«»()]")
_LONG = 12  # letters of a word in which syllables may be said six times
_LOOP = re.compile(r"([^\W\d_]{1,8}?)\1{5,}")


def repetition(pair: Pair) -> str:
    """What the target or the machine's translation repeats where the source repeats nothing.

    A phrase of five words that stands twice, a shorter one twice in a row, a word three times in a
    row, or syllables six times. Figures and signs between count as words, but cannot be most of a phrase.
    """
    ours, theirs = pair.languages
    told = ((pair.target, "target"), (pair.translation or "", "translation"))
    found = [(phrase, side) for text, side in told if (phrase := _repeated(text, theirs))]
    if not found or _repeated(pair.source, ours):
        return ""
    says = "; ".join(f"the {side} repeats {clipped(phrase)!r}" for phrase, side in found)
    return NamedMessage(says, target=[phrase for phrase, side in found if side == "target"])


@lru_cache(maxsize=2048)
def _repeated(text: str, language: str) -> str:
    """The phrase that a text repeats, empty if none."""
    units: list[str] = _UNIT.findall(folded(prose(text), language))  # words, figures and signs
    loop = next(filter(None, (_LOOP.search(unit) for unit in units if len(unit) >= _LONG)), None)
    if loop:
        return loop[1]
    if UNSPACED.search(text):  # in scripts without spaces pairs of letters stand for words
        steps = ((unit, 2 if is_unspaced(unit[0]) else len(unit)) for unit in units)
        units = [unit[k : k + step] for unit, step in steps for k in range(0, len(unit), step)]
    if len({*pairwise(units)}) >= len(units) - 1:  # no two neighbours come twice, so no phrase does
        return ""
    return _in_a_row(units) or _twice(units)


def _in_a_row(units: Sequence[str]) -> str:
    """The phrase of fewer than five words that stands side by side with itself."""
    for size in range(1, _PHRASE):
        run = 0
        for k in range(size, len(units)):
            run = run + 1 if units[k] == units[k - size] else 0
            phrase = units[k - size + 1 : k + 1] if run >= size else ()
            if phrase and _worded(phrase) and run >= size * (_ROUNDS[sum(map(str.isalpha, phrase)) > 1] - 1):
                return " ".join(phrase)
    return ""


def _twice(units: Sequence[str]) -> str:
    """The first phrase of five words that stands twice without overlap."""
    starts: dict[tuple[str, ...], int] = {}
    for k in range(len(units) - _PHRASE + 1):
        phrase = tuple(units[k : k + _PHRASE])
        if k >= starts.setdefault(phrase, k) + _PHRASE and _worded(phrase):
            return " ".join(phrase)
    return ""


def _worded(units: Sequence[str]) -> bool:
    """Whether most of the units are words: columns of figures repeat themselves."""
    return 2 * sum(unit.isalpha() and len(unit) > 1 for unit in units) >= len(units)
