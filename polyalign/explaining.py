"""Why a pair of passages is taken for one, in words: from the evidence that the aligner keeps with a bead.

The rules are the table below: a measure, where it holds, and what is then said, in English, Arabic, Turkish.
No native speaker has read the Arabic and the Turkish yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from polyalign.tags import primary

LANGUAGES = ("en", "ar", "tr")


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is said where a measure is in [least, most): for a pair, or `against` it; in LANGUAGES."""

    measure: str
    least: float
    most: float
    said: tuple[str, str, str]
    against: bool = False


_ANY = float("inf")
_RULES = (
    _Rule(
        "cosine",
        0.7,
        _ANY,
        ("both sides mean nearly the same", "معنى الجانبين متقارب جدًا", "iki taraf hemen hemen aynı anlamda"),
    ),
    _Rule(
        "cosine",
        0.5,
        0.7,
        ("both sides are about the same thing", "الجانبان عن الأمر نفسه", "iki taraf aynı şeyden söz ediyor"),
    ),
    _Rule(
        "cosine",
        -_ANY,
        0.5,
        ("the sides are only loosely alike", "الشبه بين الجانبين ضعيف", "iki taraf birbirine az benziyor"),
        against=True,
    ),
    _Rule(
        "content_words",
        1,
        _ANY,
        (
            "content words with a partner: {content_linked} of {content_words}",
            "كلمات لها مقابل: {content_linked} من {content_words}",
            "karşılığı olan sözcükler: {content_words} içinde {content_linked}",
        ),
    ),
    _Rule(
        "numbers_shared",
        0.5,
        _ANY,
        ("numbers in common", "أرقام مشتركة بين الجانبين", "ortak sayılar var"),
    ),
    _Rule(
        "names_shared",
        0.5,
        _ANY,
        ("names in common", "أسماء مشتركة بين الجانبين", "ortak adlar var"),
    ),
    _Rule(
        "numbers_alone",
        0.5,
        _ANY,
        ("a number is on one side only", "رقم في جانب واحد فقط", "bir sayı yalnızca bir tarafta"),
        against=True,
    ),
    _Rule(
        "margin_low",
        0.2,
        _ANY,
        (
            "the next candidate is far behind",
            "المرشح التالي بعيد",
            "sıradaki aday çok geride",
        ),
    ),
    _Rule(
        "margin_low",
        -_ANY,
        0.08,
        (
            "another passage is almost as near",
            "هناك مقطع آخر قريب بالقدر نفسه تقريبًا",
            "başka bir bölüm de neredeyse o kadar yakın",
        ),
        against=True,
    ),
    _Rule(
        "support",
        -_ANY,
        -0.05,
        (
            "a part of it may belong elsewhere",
            "قد يكون موضع جزء منه في مكان آخر",
            "bir kısmı başka bir yere ait olabilir",
        ),
        against=True,
    ),
    _Rule(
        "length_ratio",
        0.5,
        _ANY,
        (
            "one side is much longer than usual",
            "أحد الجانبين أطول من المعتاد بكثير",
            "bir taraf alışılandan çok daha uzun",
        ),
        against=True,
    ),
)
_BUT = ("Against it: {}.", "ما يخالف ذلك: {}.", "Buna karşı: {}.")
_NOTHING = (
    "No evidence is kept with this pair.",
    "لا توجد أدلة محفوظة مع هذا الزوج.",
    "Bu çiftle saklanan bir kanıt yok.",
)


def explained(evidence: Mapping[str, float], language: str = "en") -> str:
    """One sentence of what speaks for a pair, and one of what speaks against it, where something does.

    `language` is one of LANGUAGES; any other is answered in English.
    """
    tag = primary(language)
    k = LANGUAGES.index(tag) if tag in LANGUAGES else 0
    if not evidence:
        return _NOTHING[k]
    holds = [rule for rule in _RULES if rule.least <= evidence.get(rule.measure, float("nan")) < rule.most]
    counts = defaultdict(lambda: "0", {name: f"{value:.0f}" for name, value in evidence.items()})
    pros, cons = (
        (
            ("؛ " if tag == "ar" else "; ").join(
                rule.said[k].format_map(counts) for rule in holds if rule.against == against
            )
        )
        for against in (False, True)
    )
    said = [f"{_begun(pros)}."] if pros else []
    said += [_BUT[k].format(cons)] if cons else []
    return " ".join(said) or _NOTHING[k]


def _begun(text: str) -> str:
    """The text with a capital; what begins with i is Turkish there: "iki" in that language's sentences."""
    return ("İ" if text.startswith("iki ") else text[0].upper()) + text[1:]
