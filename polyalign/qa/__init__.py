"""What a checker of translations would look at twice: the texts of a row in, flags out.

    Pair --> numbers, length, untranslated, language, repetition, names, urls, punctuation, codes,
             glossary --> Flag

Each check is a function of the pair that says what it found, in words, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

from polyalign.bitext import Bitext
from polyalign.parts import Bead
from polyalign.qa.addresses import urls
from polyalign.qa.copies import untranslated
from polyalign.qa.figures import numbers
from polyalign.qa.glossary import NONE, Glossary, Term, places
from polyalign.qa.glossary import glossary as untold_terms
from polyalign.qa.inline import codes
from polyalign.qa.lengths import length
from polyalign.qa.names import names
from polyalign.qa.punctuation import punctuation
from polyalign.qa.repetition import repetition
from polyalign.qa.texts import NamedMessage, Pair
from polyalign.qa.tongues import Detect, language

__all__ = ["DESCRIPTIONS", "NAMES", "NONE", "Flag", "Glossary", "Pair", "Term", "flagged", "flags", "places"]

DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "numbers": "a number that only one side has",
        "length": "far longer or shorter than is usual for the two languages",
        "untranslated": "the target is the source, or nearly",
        "language": "a side is in another language than it should be",
        "repetition": "a phrase comes again and again, in the source it does not",
        "names": "a name that nothing on the other side sounds like",
        "urls": "an address, handle or tag that only one side has",
        "punctuation": "a question mark, exclamation mark or bracket was lost",
        "codes": "an inline code, as for formatting or a variable, that only one side has",
        "glossary": "a term is not translated as the glossary says",
    }
)
NAMES: tuple[str, ...] = tuple(DESCRIPTIONS)

# those that take nothing but the pair
_CHECKS = (numbers, length, untranslated, repetition, names, urls, punctuation, codes)


@dataclass(frozen=True, slots=True)
class Flag:
    """What a check found: its name (one of NAMES) and what it says. As a string: "name: what it says".

    `source` and `target` are the things that it names, as they stand in the text of that side.
    """

    name: str
    says: str
    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, says: str) -> Self:
        """The flag of a check of this name."""
        return cls(name, str(says), *((says.source, says.target) if isinstance(says, NamedMessage) else ()))

    def __str__(self) -> str:
        return f"{self.name}: {self.says}"


def flags(pair: Pair, *, glossary: Glossary = NONE, detect: Detect | None = None) -> tuple[Flag, ...]:
    """The flags of a pair, in the order of NAMES; where a side is blank, that of the codes alone.

    `detect` gives the language tag of a text ("und": cannot tell); without it only the script shows
    that a side is in another language.
    """
    if not (pair.source.strip() and pair.target.strip()):
        missing = codes(pair)
        return (Flag.of("codes", missing),) if missing else ()
    said = {check.__name__: check(pair) for check in _CHECKS}
    said |= {"language": language(pair, detect), "glossary": untold_terms(pair, glossary)}
    return tuple(Flag.of(name, said[name]) for name in NAMES if said[name])


def flagged(bitext: Bitext, *, glossary: Glossary = NONE, detect: Detect | None = None) -> Bitext:
    """The bitext with `review.flags` of every bead as they are now; state and comment stay."""
    languages = bitext.source.language, bitext.target.language

    def checked(bead: Bead) -> Bead:
        source = [bitext.source.segments[i] for i in bead.source]
        sides = source, [bitext.target.segments[j] for j in bead.target]
        told = [s.translation for s in source if s.translation is not None]
        whole = " ".join(told) if len(told) == len(source) else None
        ours, theirs = (" ".join(segment.shown for segment in side) for side in sides)
        held = (tuple(code for segment in side for code in segment.codes) for side in sides)
        pair = Pair(ours, theirs, *languages, whole, *held)
        found = flags(pair, glossary=glossary, detect=detect)
        return replace(bead, review=replace(bead.review, flags=tuple(map(str, found))))

    return replace(bitext, beads=tuple(map(checked, bitext.beads)))
