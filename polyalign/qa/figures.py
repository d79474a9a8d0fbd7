"""Numbers that only one side has."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from polyalign.qa.numerals import Number, amounts, knows, roman
from polyalign.qa.texts import Pair, only, prose

_COUNTED = 12  # numbers up to this one are often said in ways that are not known
_PARTS = (0.25, 0.333, 0.5, 0.75)  # that are said of an hour or of all
_DUAL = frozenset({"ar", "he", "sl", "mt"})  # where an ending says two


def numbers(pair: Pair) -> str:
    """The numbers of either side that the other side has neither in digits nor in words.

    Digits of all scripts are alike, so are the signs for decimals and thousands as long as both
    readings can be meant (40.000 is 40 or 40000). 1 is not missed: many languages say it with an
    article, an ending or nothing. Words are missed only where no figure is and they can mean nothing
    else: numbers above 12, and smaller ones and months where each side has one that the other lacks.
    """
    ours, theirs = pair.languages
    if not (
        knows(ours) and knows(theirs)
    ):  # what multiplies the figures of one side is not known on the other
        source, target = amounts(pair.source, ""), amounts(pair.target, "")
        here = _missing(source, _known(pair.target, theirs).union(*(n.all for n in target)), theirs)
        there = _missing(target, _known(pair.source, ours).union(*(n.all for n in source)), ours)
        return only(_written(here), _written(there))
    pools = _known(pair.source, ours), _known(pair.target, theirs)
    here = _missing(figures(pair.source, ours), pools[1], theirs)
    there = _missing(figures(pair.target, theirs), pools[0], ours)
    if not (here or there):
        here = _missing(amounts(pair.source, ours), pools[1], theirs, words=True)
        there = _missing(amounts(pair.target, theirs), pools[0], ours, words=True)
        if not (here and there):
            here, there = list(filter(_large, here)), list(filter(_large, there))
    return only(_written(here), _written(there))


def _written(said: Iterable[Number]) -> list[str]:
    return list(dict.fromkeys(number.written for number in said))


def figures(text: str, language: str) -> tuple[Number, ...]:
    """The numbers of a text that are written in digits, at least in part."""
    return tuple(number for number in amounts(text, language) if number.kind in ("figure", "day"))


def _missing(
    said: Iterable[Number], pool: frozenset[float], language: str, *, words: bool = False
) -> list[Number]:
    """The numbers that the other side does not have in its language; with `words`, in words too, and 1 in digits."""
    implied = 2 if language in _DUAL else 1 if knows(language) else _COUNTED
    least = {"figure": -1.0 if words else implied, "day": -1.0}
    # "the 1970s" is said "the seventies of the twentieth century"
    centuries = {year // 100 + 1 for year in pool if 1000 <= year < 2100} if words else set()
    return [
        n
        for n in said
        if n.sure and n.values.isdisjoint(centuries) and not _has(pool, n, least.get(n.kind, implied))
    ]


def _large(number: Number) -> bool:
    """Whether the words say a number that is seldom said of anything else."""
    least = min(number.values)
    return number.kind == "date" or (number.kind == "words" and (least > _COUNTED or least % 1 > 0))


def _has(pool: frozenset[float], number: Number, implied: float) -> bool:
    """Whether all the other side's numbers hold a number, or all that say it together."""
    if any(_told(value, pool, implied) for value in number.values):
        return True
    return any(
        all(
            _told(part, pool, 1 if len(way) == 3 and not number.values else -1) for part in way
        )  # May 1 in a date
        for way in number.ways
    )


@lru_cache(maxsize=2048)
def _known(text: str, language: str) -> frozenset[float]:
    """All numbers that a text has, in digits or in words."""
    return roman(prose(text)).union(*(number.all for number in amounts(text, language)))


def _told(value: float, pool: frozenset[float], implied: float) -> bool:
    """Whether the other side has the number, if need be as the sum or the short form of others."""
    if value in pool or (0 < value <= implied and value % 1 == 0):
        return True
    if value > 1 and value % 1:  # two and a half
        return value // 1 in pool and _told(round(value % 1, 6), pool, implied)
    for whole in (60, 100):  # half an hour is 30 minutes, half of the people 50 percent
        part = value if value < 1 else value / whole
        if round(part, 3) in _PARTS and (round(part, 6) in pool or round(part * whole) in pool):
            return True
    if 1000 <= value < 2100:  # the thirties
        century, year = divmod(value, 100)
        near = value >= 1900 or any(known // 100 == century for known in pool)  # 1635-36
        return year in pool and (century + 1 in pool or (year > 12 and near))
    return 12 < value < 100 and any(known % 100 == value for known in pool if 1000 <= known < 2100)  # 1635-36
