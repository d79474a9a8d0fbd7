"""Which part of a word corresponds to which of its partners: the conjunction to "and", the stem to the rest.

What affixes say is a table (affixes.toml). A word with two partners or more is parted where one of them is
what an affix says, and the stem keeps another: so the links themselves tell an affix from letters like it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from polyalign.folding import Folded
from polyalign.parts import Range
from polyalign.tags import primary
from polyalign.words.gloss import lexicon
from polyalign.words.stems import stems

_STEM = 2  # letters that a stem has at least
_LONGEST = 60  # characters of a word that is looked at

Affix = tuple[Range, frozenset[str]]  # where it stands in a word, and what it says
Row = tuple[tuple[re.Pattern[str], frozenset[str]], ...]  # affixes of which a word has one at most


@dataclass(frozen=True, slots=True)
class Affixes:
    """The rows of affixes of a language, from the outside in, with the words of another one for each.

    `known` says how well a stem is known: 0 for one that is no word, the more the better.
    """

    before: Sequence[Row]
    behind: Sequence[Row]
    known: Callable[[str], int]

    def parts(self, word: str, partners: Sequence[str]) -> tuple[Range, ...]:
        """The part (start, end) of a word that corresponds to each of its partners; () where it has no parts.

        Word and partners are in small letters without vowel signs. Parts are the same or do not overlap.
        """
        best, most = tuple[Range, ...](), (0, 0, 0)
        for affixes, stem, beside in self._ways(word):
            said = tuple(next((span for span, says in affixes if own in says), stem) for own in partners)
            worth = sum(span != stem for span in said), -len(affixes), self.known(word[slice(*stem)])
            parted = len({*said}) > 1 and beside <= {*said} and (stem[0] < stem[1] or stem not in said)
            if parted and worth > most:
                best, most = said, worth
        return best

    def _ways(self, word: str) -> Iterator[tuple[Sequence[Affix], Range, set[Range]]]:
        """The affixes that may be taken off a word, the stem that is left, and the affixes beside it."""
        for before in _chains(word, self.before, 0, behind=False):
            for behind in _chains(word, self.behind, len(word), behind=True):
                stem = before[-1][0][1] if before else 0, behind[-1][0][0] if behind else len(word)
                size = stem[1] - stem[0]
                if size == 0 or (size >= _STEM and self.known(word[slice(*stem)])):
                    yield (*before, *behind), stem, {chain[-1][0] for chain in (before, behind) if chain}


def _chains(word: str, rows: Sequence[Row], place: int, *, behind: bool) -> Iterator[tuple[Affix, ...]]:
    """All ways to take affixes off a word, from its start or its end on, the outermost affix first."""
    yield ()
    for k, row in enumerate(rows):
        for pattern, says in row:
            for start, end in _spans(pattern, word, place, behind=behind):
                for more in _chains(word, rows[k + 1 :], start if behind else end, behind=behind):
                    yield ((start, end), says), *more


def _spans(pattern: re.Pattern[str], word: str, place: int, *, behind: bool) -> Iterator[Range]:
    """Where an affix may stand that begins at a place, or ends there: of saraya it may be a and ya."""
    matches = (
        (pattern.fullmatch(word, start, place) for start in range(place))
        if behind
        else [pattern.match(word, place)]
    )
    yield from (match.span() for match in matches if match)


@cache
def affixes(language: str, other: str) -> Affixes | None:
    """Those of a language, by a plain tag, beside another one; None where there is no table."""
    table = _data().get(language, {}).get(other)
    if not table:
        return None

    def known(stem: str) -> int:
        if not table["known"]:
            return 1
        words = lexicon(language, "en")
        return 2 if stem in words else int(any(form in words for form in stems(stem, language)))

    return Affixes(_rows(table.get("before", ())), _rows(table.get("behind", ())), known)


def _rows(rows: Sequence[Mapping[str, str]]) -> Sequence[Row]:
    return [
        tuple((re.compile(affix), frozenset(words.split())) for affix, words in row.items()) for row in rows
    ]


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("polyalign.words").joinpath("affixes.toml").read_text("utf-8"))


def parts(text: str, languages: tuple[str, str], partners: Sequence[str]) -> tuple[Range, ...]:
    """`Affixes.parts` of a word as it is written, in the first of two languages, partners in the other."""
    table = affixes(*map(primary, languages))
    if table is None or len(partners) < 2 or len(text) > _LONGEST:
        return ()
    folded = Folded.comparable(text, languages[0])
    found = [(folded.origin(a), folded.origin(b)) for a, b in table.parts(folded.text, partners)]
    apart = all(start < end for start, end in found)  # where two letters are one character they are not
    return tuple(found) if apart else ()
