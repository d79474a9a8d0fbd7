"""The process of a Checker: lists of pairs come in, lists of their flags go out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from polyalign.detection import detect
from polyalign.qa import Flag, Glossary, Pair, flags
from polyalign.server.companion import answering


def _answerer(glossary: Glossary | None) -> Callable[[Sequence[Pair]], list[tuple[Flag, ...]]]:
    check = partial(flags, glossary=glossary or Glossary(), detect=_language)
    return lambda pairs: [check(pair) for pair in pairs]


def _language(text: str) -> str:
    """The language of a text, "und" where it can't be told."""
    return detect(text).language


if __name__ == "__main__":
    answering(_answerer)
