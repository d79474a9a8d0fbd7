"""The numbers of a text in digits, in words and in both: "40.000", "forty thousand", "41 bin 182".

text --> tokens (a figure, words for a number, "and") --> numbers, each with all that it may say
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from polyalign.qa.digits import reading, western
from polyalign.qa.numberwords import NumberGrammar, Part, Step, rules_of, small, steps
from polyalign.qa.texts import LETTERS, prose

_GAP = re.compile(r"[ \u00a0'’ʼ-]")
_SQUARE = re.compile(r"\b([kcm]?m|ft|mi|[كسم]?م|[кс]?м)[23]\b")
_SUFFIX = re.compile(r"\s?([KkMmBb]|mn|bn|tn)(?![^\W\d_])")
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_AFTERNOON = re.compile(r"\s?p\.?m\b", re.IGNORECASE)
_TO = re.compile(r"\s*(?:[-–—~〜/]|[^\W\d_]{1,5})?\s*")
_ROMAN = re.compile(r"\b(?=[XVI]{2,}|[VX]\b)(X{0,3})(IX|IV|V?I{0,3})(?:e|è|ème|E|ÈME)?\b")
_UNIT = re.compile(r"\s?[^\W\d_]+\.?\s(?:[^\W\d_]{1,3}\s?)?")  # between "2 m" and "30 cm"
_SHORT = 4  # letters of a word that may be an abbreviation with a full stop
_NEAR = 3  # letters that may hang on a figure (182'ye, 2-х), and signs between a day and its month
_WRITTEN = ("figure", "ratio")  # the kinds of parts in digits
_LONE = (100, 1000, 1e6, 1e9)  # "per cent", "thanks a million"
_NONE = Part(math.nan, 0, "figure", sure=False)  # digits that are no single number, as those of a date
_STATES = 8  # ways to add up a number that are followed


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, where, the values that it may have, and numbers that say it together.

    `kind` is figure, words, month, or day and date: a figure and a month side by side. `atoms` are the
    numbers of its words. It is not `sure` where these may mean something else or are not exact; it is
    `linked` where "and" stands before it, and `loose` where its parts may as well stand alone. `factor`
    is what its last word multiplies it by.
    """

    written: str
    start: int
    end: int
    values: frozenset[float]
    ways: tuple[tuple[float, ...], ...] = ()
    atoms: frozenset[float] = frozenset()
    kind: str = "figure"
    sure: bool = True
    linked: bool = False
    loose: bool = True
    factor: float = 1.0

    @property
    def parts(self) -> tuple[float, ...]:
        """The numbers that it may be made of."""
        return self.ways[0] if self.ways else ()

    @property
    def all(self) -> frozenset[float]:
        """All numbers that it holds: 15:30 holds three, too."""
        if not self.loose:
            return self.values
        hours = {way[0] for way in self.ways if way[1:] == self.parts[1:] != ()}
        return self.values.union(self.parts, self.atoms, hours)


Held = tuple[Part, ...]
Said = tuple[str, str, tuple[Step, ...]]  # a word folded, its part in numbers ("and"), what it says
Entry = tuple[tuple[Part, ...], int, int, bool]  # what it may be, start, end, whether "and" is before it


@lru_cache(maxsize=2048)
def amounts(text: str, language: str) -> tuple[Number, ...]:
    """The numbers of a text, in order."""
    rules = rules_of(language)
    shown = western(prose(text))
    if "2" in shown or "3" in shown:
        shown = _SQUARE.sub(r"\1", shown)
    runs, run, linked = list[_Run](), _Run(rules), False
    for start, end, role, said in _tokens(shown, language):
        if not (role or said or run.states):
            linked = False
        elif role == "and":
            linked = True
        elif role == "of" and (linked or run.open):
            for _, parts in said:  # "hundre og en", and perhaps "en halv"
                run.add(parts, start, end, linked)
        elif role != "skip" and not run.takes(shown, start, end, said):
            for joined, parts in said or ((None, ()),):
                entry = (parts, start, end, joined is not None and (linked or joined))
                if joined is None or not run.add(*entry):
                    before, run = run.parted(entry) if joined is not None else (run, _Run(rules, entry))
                    runs.append(before)
                linked = False
    return tuple(_completed(shown, [run.number(shown) for run in (*runs, run) if run.states], rules))


def _tokens(text: str, language: str) -> Iterator[tuple[int, int, str, tuple[Step, ...]]]:
    """Where figures, words and signs are, their part in numbers ("and", "of", "skip"), and what they say.

    Only from the first one that says a number, and what joins it to one, to the last.
    """
    rules = rules_of(language)
    found = [(match, _said(match, language)) for match in rules.token.finditer(text)]
    telling = [k for k, (_, (word, _, said)) in enumerate(found) if said or word in rules.firsts]
    first, last = (telling[0], telling[-1] + 1) if telling else (0, 0)
    while first and found[first - 1][1][1]:
        first -= 1
    done = 0
    for match, (word, role, said) in found[first:last]:
        start, end = match.span()
        if start < done:
            continue  # the second word of a name
        if word in rules.firsts and _GAP.match(text, end) and (more := rules.token.match(text, end + 1)):
            both = f"{word} {small(more.group(), language)}"
            if rules.named(both):
                done = end = more.end()
                said = steps(both, language)
        yield start, end, role, said


def _said(match: re.Match[str], language: str) -> Said:
    if match.lastindex == 1:
        return _word(match[1], language)
    return "", "", ((False, _figures(match[2], rules_of(language).decimal)),) if match.lastindex else ()


@lru_cache(maxsize=50_000)
def _word(word: str, language: str) -> Said:
    word = small(word, language)
    return word, rules_of(language).roles.get(word, ""), steps(word, language)


def _figures(written: str, decimal: str) -> tuple[Part, ...]:
    """The values of a figure; those are sure that are read with the language's sign of decimals."""
    if written.count("/") == 1:
        ratio = [Part(value, 0, "ratio") for value in reading(written).values]
        tenths = [Part(float(written.replace("/", ".")), 0, "figure")] if decimal == "/" else []  # ۳/۵ is 3.5
        return tuple(ratio + tenths) or (_NONE,)
    values = reading(written).values
    unusual = {v for v in values if len(values) > 1 and decimal and (decimal in written) != (v < 1000)}
    return tuple(Part(v, float(v % 1 == 0), "figure", v not in unusual) for v in values) or (_NONE,)


class _Run:
    """Parts that stand side by side, and all ways in which they make one number."""

    def __init__(self, rules: NumberGrammar, *entries: Entry) -> None:
        self.rules = rules
        self.entries: list[Entry] = []
        self.states: list[Held] = []
        for entry in entries:
            self.add(*entry)

    @property
    def open(self) -> bool:
        """Whether it ends with a fraction: half "of" a million."""
        return any(held[-1].value < 1 for held in self.states)

    def takes(self, text: str, start: int, end: int, said: tuple[Step, ...]) -> bool:
        """Whether a token hangs on it: the ending of a figure, or a sign after thousands."""
        if said or not self.states:
            return False
        parts, begun, ended, _ = self.entries[-1]
        large = any(held[-1].kind == "times" and held[-1].below >= 1000 for held in self.states)
        if text[start] == "." or text[start] == ",":  # 3 Mio. 200 Tsd., "one thousand, two hundred"
            return large and start == ended and (text[start] == "," or ended - begun <= _SHORT)
        hangs = start - ended == 1 and text[ended] in "'’-" and end - start <= _NEAR
        return hangs and parts[0].kind in _WRITTEN

    def add(self, parts: tuple[Part, ...], start: int, end: int, linked: bool) -> bool:
        """Whether one of the parts can be added; then it is.

        Nothing can be added to a month, and nothing doubtful ("first", "one") to figures; in words such a
        part may as well not belong to the number.
        """
        said = [part for part in parts if part.sure or part.kind in _WRITTEN] or list(parts)
        said += [part for part in parts if self.states and part not in said and part.kind == "plain"]
        unsure = (part.kind == "plain" and part.value >= 1 and not part.sure for part in said)
        doubtful = bool(self.states) and all(unsure)
        closed = bool(self.states) and "month" in (self.states[0][0].kind, parts[0].kind if parts else "")
        held = () if closed or (doubtful and self.written) else self.states or ((),)
        states = [new for one in held for part in said for new in _added(one, part, linked, self.rules)]
        if states:
            self.states = (states + self.states * doubtful)[:_STATES]
            self.entries.append((parts, start, end, linked))
        return bool(states)

    @property
    def written(self) -> bool:
        """Whether digits are part of it."""
        return any(part.kind in _WRITTEN for entry in self.entries for part in entry[0])

    def parted(self, entry: Entry) -> tuple[_Run, _Run]:
        """What does not join an entry, and what does: before "million", "5 million and" and "10"."""
        for cut in range(1, len(self.entries)) if any(part.kind == "times" for part in entry[0]) else ():
            run = _Run(self.rules, *self.entries[cut:])
            if len(run.entries) == len(self.entries) - cut and run.add(*entry):
                return _Run(self.rules, *self.entries[:cut]), run
        return self, _Run(self.rules, entry)

    def number(self, text: str) -> Number:
        """The number that they make."""
        start, end, linked = self.entries[0][1], self.entries[-1][2], self.entries[0][3]
        parts = [part for entry in self.entries for part in entry[0]]
        atoms = frozenset(part.value for part in parts if part.kind not in _WRITTEN)
        # A fraction is not added to thousands or millions: "a million and a half" is not 1000000.5.
        whole = [
            held for held in self.states if len(held) < 2 or held[-1].value >= 1 or held[-2].below < 1000
        ] or self.states
        values = frozenset(round(sum(part.value for part in held), 6) for held in whole)
        ways = tuple(tuple(part.value for part in held) for held in whole if len(held) > 1)
        if len(self.entries) == 1 and self.written:
            values = frozenset(part.value for part in parts if not math.isnan(part.value))
            ways = reading(text[start:end]).ways
        elif atoms and max(values) < 1 and len(parts) > 1:
            ways = (tuple(sorted(atom for atom in atoms if atom >= 1)),)  # three quarters
        held = whole[0]
        number = Number(text[start:end], start, end, values, ways, atoms, linked=linked)
        if len(held) == 1 and held[0].value > held[0].below >= 1000:
            number = replace(number, factor=held[0].below)
        if self.written:
            return number
        sure = any(part.sure for part in parts) and not any(part.vague for part in parts)
        exact = values.isdisjoint(_LONE) and max(values) >= 1 and "unspaced" not in self.rules.switches
        loose = len(self.entries) == 1 or max(values) >= 1000 or any(entry[3] for entry in self.entries[1:])
        last = any(part.value < 1 and part.kind == "plain" for part in self.entries[-1][0])  # "dörde çeyrek"
        linked_last = self.entries[-1][3]
        kind = "month" if parts[0].kind == "month" else "words"
        sure = sure and exact and (linked_last or not last or max(values) < 1)
        return replace(number, kind=kind, sure=sure, loose=loose or last)


def _added(held: Held, part: Part, linked: bool, rules: NumberGrammar) -> Iterator[Held]:
    """The parts held with one more, in all ways that make a number of them."""
    value, kind = part.value, part.kind
    if not held:
        yield (part._replace(below=math.inf) if kind == "plus" and value < 1 else part,)
    elif kind == "times" and not linked:
        yield from _multiplied(held, part)
    elif held[-1].value < 1:
        if value < held[-1].below:  # Urdu says half before three and means three and a half
            yield (*held, part)
        elif "half_to" in rules.switches and held[0].value == 0.5 and kind == "plain" and not linked:
            yield (Part(value - 1, 0, "plain"), held[0])  # half four is half past three
    elif kind in _WRITTEN:
        if value < held[-1].below >= 100 or (value < 1 and kind == "ratio" and held[-1].kind == "figure"):
            yield (*held, part)  # ألفان و300, 2 1/2
    elif value < 1:
        yield from _with_fraction(held, part, linked or kind == "plus")
    else:
        yield from _with_words(held, part, linked, rules)


def _multiplied(held: Held, part: Part) -> Iterator[Held]:
    """What is less than a part multiplied by it, and a figure in any case: 1500 million."""
    value, below, last, k = part.value, part.below, held[-1], len(held)
    while k and (held[k - 1].value < value or (k == len(held) and last.kind == "figure")):
        k -= 1
    product = value * (sum(one.value for one in held[k:]) or 1)
    if (not k or product < held[k - 1].below) and (last.kind != "figure" or last.sure):
        yield (*held[:k], Part(product, value if value == below else 1, "times"))


def _with_fraction(held: Held, part: Part, linked: bool) -> Iterator[Held]:
    """Two and a half, a million and a half (of one, or of the million that comes), three quarters."""
    last = held[-1]
    if linked and last.below >= 1000:
        yield (*held, part._replace(value=part.value * last.below, below=0))
    if linked:
        yield (*held, part)
    elif last.below < 1000:
        yield (*held[:-1], Part(last.value * part.value, 0, "plain"))


def _with_words(held: Held, part: Part, linked: bool, rules: NumberGrammar) -> Iterator[Held]:
    """Hundred and twenty, twenty five; five and twenty; nineteen eighty."""
    value, last = part.value, held[-1]
    if 0 < value < last.below and (last.value != 10 if linked else all(one.kind != "figure" for one in held)):
        yield (*held, part)
        if len(held) == 1 and not last.sure:
            yield (part,)  # "onu üç" is 13, or three of them
        if "unspaced" in rules.switches and part.below == 1 and value < 10 and last.below >= 100:
            yield (*held, part._replace(value=value * last.below / 10, below=0))  # 两万五 is 25,000
    elif last.kind != "plain":
        return
    elif "units_first" in rules.switches and 1 <= last.value < 10:
        if value in (range(20, 100, 10) if linked else (10,)):
            yield (*held, part._replace(below=1))
    elif "years" in rules.switches and 12 < last.value <= 20 and 10 <= value < 100 and not linked:
        yield (last._replace(value=100 * last.value), part)


def _completed(text: str, found: Sequence[Number], rules: NumberGrammar) -> Iterator[Number]:
    """The numbers with what the words around them make of them."""
    for k, number in enumerate(found):
        before, after = found[k - 1] if k else None, found[k + 1] if k + 1 < len(found) else None
        near = {
            n.kind for n in (before, after) if n and max(n.start - number.end, number.start - n.end) <= _NEAR
        }
        values = number.values
        if number.kind == "month":
            year = (  # "may" is a month in "May 2020"
                after is not None
                and after.kind == "figure"
                and after.start - number.end <= _NEAR
                and any(1000 <= value < 2100 for value in after.values)
            )
            kind = "date" if "figure" in near else "month"
            number = replace(number, kind=kind, sure=number.sure or year)
        elif number.kind == "figure" and not number.atoms:
            number = replace(_timed(text, number, rules), kind="day" if "month" in near else "figure")
            values = number.values | _measured(text, before, number, rules)
            if after and after.kind == "figure":
                values |= _measured(text, number, after, rules)
        elif number.linked and max(values) < 1:
            wholes = _wholes(text, before, number, rules)  # a kilometre and a half, two hours and a half
            values |= {whole + value for whole in wholes for value in number.values}
        if after and after.factor > 1 == number.factor and _TO.fullmatch(text, number.end, after.start):
            values |= {value * after.factor for value in values if value < 1000}  # 5 to 10 million
        if before and rules.ends("share", text[before.start : number.start].lower()):  # beşte iki
            values |= {round(n / one, 6) for n in values for one in before.values if n < one}
        yield number if values == number.values else replace(number, values=values)


def _measured(text: str, before: Number | None, number: Number, rules: NumberGrammar) -> set[float]:
    """What a figure after a unit may say in one unit: 2 metres 30, an hour and 20 minutes."""
    start = before.end if before else number.start
    measured = before and before.kind == "figure" and _UNIT.fullmatch(text, start, number.start)
    if not (number.linked or measured):
        return set()
    wholes = [whole for whole in _wholes(text, before, number, rules) if whole % 1 == 0]
    smalls = [value for value in number.values if value < 100 and value % 1 == 0]
    return {
        value
        for whole, part, unit in product(wholes, smalls, (60, 100))
        for value in (whole + round(part / unit, 6), unit * whole + part)
    }


def _wholes(text: str, before: Number | None, number: Number, rules: NumberGrammar) -> frozenset[float]:
    """How many of a unit stand before a number that says a part of one."""
    nouns = [small(word) for word in re.findall(LETTERS, text[before.end if before else 0 : number.start])]
    nouns = [word for word in nouns if rules.roles.get(word) not in ("and", "of")]
    if not nouns:
        return frozenset()
    return before.values if before and len(nouns) == 1 else frozenset({1.0 + rules.ends("dual", nouns[-1])})


def _timed(text: str, number: Number, rules: NumberGrammar) -> Number:
    """A figure alone with what the letters after it or a word for hours make of it: 5m, 3 p.m., 20 Uhr."""
    values, start, end = number.values, number.start, number.end
    if suffix := _SUFFIX.match(text, end):
        values |= {round(value * _SUFFIXES[suffix[1].casefold()], 6) for value in values}
    if _AFTERNOON.match(text, end):
        later = tuple((way[0] + 12, *way[1:]) for way in number.ways)
        return replace(number, values=values | {v + 12 for v in values if v < 12}, ways=number.ways + later)
    before, behind = text[max(0, start - 12) : start], text[end : end + 12]
    around = re.findall(LETTERS, before)[-1:] + re.findall(LETTERS, behind)[:1]
    if any(rules.roles.get(small(word)) == "hour" for word in around):
        values |= {v - 12 for v in values if 12 < v <= 24 and v % 1 == 0}
    return replace(number, values=values)


def roman(text: str) -> dict[str, float]:
    """The Roman numbers from II to XXXIX, and V and X, in a text that is not folded."""
    found = _ROMAN.finditer(text) if "I" in text or "V" in text or "X" in text else ()
    units = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}
    return {match[1] + match[2]: 10.0 * len(match[1]) + units[match[2]] for match in found}
