"""Inline codes that only one side has."""

from __future__ import annotations

from collections import Counter

from polyalign.codes import Code
from polyalign.qa.texts import Pair, only


def codes(pair: Pair) -> str:
    """The codes of which one side has more: by what they stand for, else by their numbers.

    Annotations are no codes of the text. A code that shows nothing is known by its number, one that shows
    something by that alone, as tools number the codes of either side as they like.
    """
    if pair.source_codes == pair.target_codes:
        return ""
    here, there = _names(pair.source_codes), _names(pair.target_codes)
    return only(list((here - there).elements()), list((there - here).elements()))


def _names(codes: tuple[Code, ...]) -> Counter[str]:
    return Counter(code.name for code in codes if not code.annotates and code.element != "cp")
