"""The process of a Checker: lists of pairs come in, lists of their flags go out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from polyalign.detection import detect
from polyalign.qa import Flag, Glossary, Pair, flags
from polyalign.server.companion import answering


def _answer(asked: tuple[Glossary, Sequence[Pair]]) -> list[tuple[Flag, ...]]:
    glossary, pairs = _known(asked[0]), asked[1]
    return [flags(pair, glossary=glossary, detect=_language) for pair in pairs]


@lru_cache(maxsize=8)
def _known(glossary: Glossary) -> Glossary:
    """The same glossary as it came first, which knows the letters of its terms by now."""
    return glossary


def _language(text: str) -> str:
    """The language of a text, "und" where it can't be told."""
    return detect(text).language


if __name__ == "__main__":
    answering(lambda _: _answer)
