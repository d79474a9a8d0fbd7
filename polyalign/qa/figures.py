"""Numbers that only one side has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from polyalign.qa.numberwords import knows
from polyalign.qa.numerals import Number, amounts, roman
from polyalign.qa.texts import Pair, only, prose

_COUNTED = 12  # numbers up to this one are often said in ways that are not known
_DUAL = frozenset({"ar", "he", "sl", "mt"})  # where an ending says two
_PARTS = (0.25, 0.333, 0.5, 0.75)  # that are said of an hour and of all


def numbers(pair: Pair) -> str:
    """The numbers of either side that the other side has neither in digits nor in words.

    Digits of all scripts are alike, so are the signs for decimals and thousands as long as both
    readings can be meant (40.000 is 40 or 40000). 1 is not missed: many languages say it with an
    article, an ending or nothing. Words are missed only where no figure is and they can mean nothing
    else: numbers above 12, and smaller ones, months and Roman numbers where each side has one that the
    other lacks.
    """
    known = all(map(knows, pair.languages))
    texts = tuple(zip((pair.source, pair.target), pair.languages, strict=True))
    # Where one language is not known, what multiplies the figures of the other is not read either.
    source, target = (amounts(text, language if known else "") for text, language in texts)
    pools = [
        _known(*text).union(*(number.all for number in found))
        for text, found in ((texts[1], target), (texts[0], source))
    ]
    sides = list(zip((source, target), pools, pair.languages[::-1], strict=True))
    here, there = (
        _missing([number for number in said if number.kind in ("figure", "day")], pool, other)
        for said, pool, other in sides
    )
    if known and not (here or there):
        here, there = (_missing(said, pool, other, words=True) for said, pool, other in sides)
        if not (here and there):
            here, there = list(filter(_large, here)), list(filter(_large, there))
    if here or there:
        return only(_written(here), _written(there))
    lost = [  # V and X may be letters
        [said for said, value in roman(prose(text)).items() if len(said) > 1 and value not in pool]
        for (text, _), pool in zip(texts, pools, strict=True)
    ]
    return only(*lost) if all(lost) else ""


def _written(said: Iterable[Number]) -> list[str]:
    return list(dict.fromkeys(number.written for number in said))


def _missing(
    said: Sequence[Number], pool: frozenset[float], language: str, *, words: bool = False
) -> list[Number]:
    """The numbers that the other side does not have in its language; with `words`, small figures too."""
    implied = 2 if language in _DUAL else 1 if knows(language) else _COUNTED
    least = {"figure": -1 if words else implied, "day": -1}
    # "the 1970s" is also said "the seventies of the twentieth century"
    own = frozenset().union(*(number.values for number in said))
    years = [year for year in pool if 1000 <= year < 2100 and (words or year % 100 in own)]
    centuries = {year // 100 + 1 for year in years}
    return [
        number
        for number in said
        if number.sure
        and number.values.isdisjoint(centuries)
        and not _has(pool, number, least.get(number.kind, implied))
    ]


def _large(number: Number) -> bool:
    """Whether the words say a number that is seldom said of anything else."""
    least = min(number.values)
    return number.kind == "date" or (number.kind == "words" and (least > _COUNTED or least % 1 > 0))


def _has(pool: frozenset[float], number: Number, implied: int) -> bool:
    """Whether all the other side's numbers hold a number, or all that say it together."""
    if any(_told(value, pool, implied) for value in number.values):
        return True
    lone = 1 if not number.values else -1  # the 1st of May
    return any(all(_told(part, pool, lone if len(way) == 3 else -1) for part in way) for way in number.ways)


@lru_cache(maxsize=2048)
def _known(text: str, language: str) -> frozenset[float]:
    """All numbers that a text has, in digits or in words."""
    return frozenset(roman(prose(text)).values()).union(*(number.all for number in amounts(text, language)))


def _told(value: float, pool: frozenset[float], implied: int) -> bool:
    """Whether the other side has the number, if need be as the sum or the short form of others."""
    if value in pool or (0 <= value <= implied and value % 1 == 0):
        return True
    if value > 1 and value % 1:  # two and a half
        return value // 1 in pool and _told(round(value % 1, 6), pool, implied)
    for whole in (60, 100):  # half an hour is 30 minutes, half of the people 50 percent
        part = value if value < 1 else value / whole
        usual = round(part, 3) in _PARTS or (whole == 100 and value >= 0.05)
        if part < 1 and usual and (round(part, 6) in pool or round(part * whole, 3) in pool):
            return True
    if 1000 <= value < 2100:  # the thirties, and the second year of 1635-36
        century, year = divmod(value, 100)
        near = value >= 1900 or any(known // 100 == century for known in pool)
        return year in pool and (century + 1 in pool or (year > 12 and near))
    return 12 < value < 100 and any(known % 100 == value for known in pool if 1000 <= known < 2100)
