"""The numbers of a text in digits, in words and in both: "40.000", "forty thousand", "41 bin 182", "مليون و200 ألف".

    text --> tokens (a figure, words for a number, "and") --> numbers, each with all that it may say

What the languages call their numbers is in numerals.toml.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from polyalign.qa.digits import FIGURE, reading, western
from polyalign.qa.texts import LETTERS, folded, prose, seen

_GAP = re.compile(r"[ \u00a0'’ʼ-]")
_SQUARE = re.compile(r"\b([kcm]?m|ft|mi|[كسم]?م|[кс]?м)[23]\b")
_SUFFIX = re.compile(r"\s?([KkMmBb]|mn|bn|tn)(?![^\W\d_])")
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_AFTERNOON = re.compile(r"\s?p\.?m\b", re.IGNORECASE)
_TO = re.compile(r"\s*(?:[-–—~〜/]|[^\W\d_]{1,5})?\s*")
_ROMAN = re.compile(r"\b(?=[XVI]{2,}|[VX]\b)(X{0,3})(IX|IV|V?I{0,3})(?:e|è|ème)?\b")
_SHORT = 4  # letters of a word that may be an abbreviation with a full stop
_ENDING = 3  # letters that may hang on a figure: 182'ye, 2-х
_WRITTEN = ("figure", "ratio")  # kinds of parts in digits
_LONE = (100, 1000, 1e6, 1e9)  # "per cent", "thanks a million"
_LONGEST = 60  # letters of a number in one word
_STATES = 8  # ways to add up a number that are followed


class Part(NamedTuple):
    """A number within a number: what is added after it must be less than `below`."""

    value: float
    below: float
    kind: str  # plain, times (multiplies what stands before it), plus (added even if a fraction), figure, month
    sure: bool = True
    vague: bool = False


Held = tuple[Part, ...]
Step = tuple[bool | None, tuple[Part, ...]]  # whether "and" is before it (None: "for", "in"), and what it may be


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, where, the values that it may have, and numbers that say it together.

    `atoms` are the numbers of its words. It is not `sure` where its words may mean something else.
    """

    written: str
    start: int
    end: int
    values: frozenset[float]
    ways: tuple[tuple[float, ...], ...] = ()
    atoms: frozenset[float] = frozenset()
    kind: str = "figure"  # figure, words, month; day and date: a figure and a month side by side
    sure: bool = True
    linked: bool = False  # whether "and" stands before it
    loose: bool = True  # whether its parts may as well stand alone
    factor: float = 1.0  # what its last word multiplies it by

    @property
    def parts(self) -> tuple[float, ...]:
        """The numbers that it may be made of."""
        return self.ways[0] if self.ways else ()

    @property
    def all(self) -> frozenset[float]:
        """All numbers that it holds."""
        hours = {way[0] for way in self.ways if way[1:] == self.parts[1:] != ()}  # 15:30 is half past three, too
        if not self.loose:
            return self.values
        return self.values.union(self.parts, self.atoms, hours)


@dataclass(frozen=True)
class Rules:
    """How a language says numbers; one that is not known says none."""

    names: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    stems: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    firsts: frozenset[str] = frozenset()  # first words of names of two words
    token: re.Pattern[str] = re.compile(rf"({LETTERS})|({FIGURE.pattern})|[^\s'’ʼ-]")
    endings: re.Pattern[str] = re.compile("")
    prefix: re.Pattern[str] = re.compile("")
    before: re.Pattern[str] = re.compile("")
    dual: re.Pattern[str] = re.compile("(?!)")
    share: re.Pattern[str] = re.compile("(?!)")
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)  # and, of, skip, hour
    switches: frozenset[str] = frozenset()
    decimal: str = ""

    def says(self, key: str, word: str) -> bool:
        """Whether a word is one of those of a key."""
        return word in self.words.get(key, ())

    def exactly(self, word: str) -> tuple[Part, ...]:
        """What a folded word may say as it stands."""
        return self.names.get(word, ()) + self.stems.get(word, ())

    def named(self, word: str) -> tuple[Part, ...]:
        """What a folded word may say as it stands, else without an ending."""
        if word in self.names:
            return self.names[word]
        for end in range(len(word), 0, -1):
            if word[:end] in self.stems and self.endings.fullmatch(word, end):
                return self.stems[word[:end]]
        return ()


def _fold(word: str, language: str = "") -> str:
    return folded(word, language).replace("ё", "е")


def knows(language: str) -> bool:
    """Whether the words for numbers of a language are known."""
    return bool(_rules(language).names)


@lru_cache(maxsize=2048)
def amounts(text: str, language: str) -> tuple[Number, ...]:
    """The numbers of a text, in order."""
    rules = _rules(language)
    shown = _SQUARE.sub(r"\1", western(prose(text)))
    runs, run, linked = list[_Run](), _Run(rules), False
    for start, end, role, steps in _tokens(shown, language):
        if not (role or steps or run.states):
            linked = False
        elif role == "and":
            linked = True
        elif (
            (role == "of" and (linked or run.of_something))
            or role == "skip"
            or (start - run.figure == 1 and not steps and end - start <= _ENDING and shown[run.figure] in "'’-")
            or (shown[start] == "." and start == run.end and run.abbreviated)
        ):
            continue
        else:
            for joined, parts in steps or ((None, ()),):
                entry = (parts, start, end, joined is not None and (linked or joined))
                if joined is None or not run.add(*entry):
                    before, run = run.parted(entry) if parts and joined is not None else (run, _Run(rules, entry))
                    runs.append(before)
                linked = False
    found = [run.number(shown) for run in (*runs, run) if run.states]
    return tuple(_completed(shown, found, rules))


def _tokens(text: str, language: str) -> Iterator[tuple[int, int, str, tuple[Step, ...]]]:
    """Figures, words and signs of a text: where, what for ("and", "of", "skip"), and the numbers that they say."""
    rules = _rules(language)
    end = 0
    for match in rules.token.finditer(text):
        start, last = match.span()
        if start < end:
            continue  # the second word of a name
        end = last
        if match[2]:
            yield start, end, "", ((False, _figures(match[2], rules.decimal)),)
        elif not match[1]:
            yield start, end, "", ()
        else:
            first, role, steps = _word(match[1], language)
            if first in rules.firsts and _GAP.match(text, end) and (more := rules.token.match(text, end + 1)):
                both = f"{first} {_fold(more.group(), language)}"
                if found := rules.named(both):
                    role, steps, end = "", ((False, found),), more.end()
            yield start, end, role, steps


@lru_cache(maxsize=50_000)
def _word(word: str, language: str) -> tuple[str, str, tuple[Step, ...]]:
    """A word folded, what it is for, and the numbers that it says."""
    rules, small = _rules(language), _fold(word, language)
    role = next((key for key in ("and", "of", "skip") if rules.says(key, small)), "")
    return small, role, _steps(small, rules)


def _figures(written: str, decimal: str) -> tuple[Part, ...]:
    """The values of a figure; those are sure that are read with the language's sign of decimals."""
    values = reading(written).values

    def usual(value: float) -> bool:
        return len(values) < 2 or not decimal or (decimal in written) == (value < 1000)

    kind = "ratio" if "/" in written else "figure"
    return tuple(Part(v, float(v % 1 == 0), kind, usual(v)) for v in values) or (Part(math.nan, 0, "figure"),)


def _steps(word: str, rules: Rules) -> tuple[Step, ...]:
    """The numbers that a folded word says one after the other: "fünfundzwanzig" is 5 and 20, most words none."""
    if found := rules.named(word):
        return ((False, found),)
    if "unspaced" in rules.switches and not rules.says("skip", word):
        digits = "".join(str(int(rules.names[letter][0].value)) for letter in word)
        return ((False, (Part(float(digits), 1, "plain"),)),)  # 二〇二一
    if linked := rules.says("and", word[0]) and rules.named(word[1:]):
        return ((True, linked),)
    for pattern in (rules.prefix, rules.before):
        match = pattern.match(word)
        if match and match.end() and (found := rules.named(word[match.end() :])):
            return ((None if pattern is rules.before else rules.says("and", word[0]), found),)
    return _compound(word, rules) if "compounds" in rules.switches and 4 < len(word) <= _LONGEST else ()


def _compound(word: str, rules: Rules) -> tuple[Step, ...]:
    """The numbers of which a word is put together, if these make one number and nothing else is in it."""

    @cache
    def split(start: int) -> tuple[Step, ...] | None:
        if start == len(word):
            return ()
        for end in range(len(word), start, -1):
            piece = word[start:end]
            found = rules.named(piece) if end == len(word) else rules.exactly(piece)
            linked = start > 0 and rules.says("and", piece)
            rest = split(end) if found or linked else None
            if rest is not None and found:
                return ((False, found), *rest)
            if rest:
                return ((True, rest[0][1]), *rest[1:])
        return None

    steps, run = split(0) or (), _Run(rules)
    return steps if len(steps) > 1 and all(run.add(parts, 0, 0, bool(linked)) for linked, parts in steps) else ()


Entry = tuple[tuple[Part, ...], int, int, bool]  # what it may be, its start and end, whether "and" stands before it


class _Run:
    """Parts that stand side by side, and all ways in which they make one number."""

    def __init__(self, rules: Rules, *entries: Entry) -> None:
        self.rules = rules
        self.entries: list[Entry] = []
        self.states: list[Held] = []
        self.end = 0
        self.figure = -2  # where its last figure ends
        for entry in entries:
            self.add(*entry)

    @property
    def of_something(self) -> bool:
        """Whether it ends with a fraction."""
        return any(held[-1].value < 1 for held in self.states)

    @property
    def abbreviated(self) -> bool:
        """Whether it ends with a word for thousands, millions ... that may have a full stop."""
        return any(held[-1].kind == "times" for held in self.states) and self.end - self.entries[-1][1] <= _SHORT

    def add(self, parts: tuple[Part, ...], start: int, end: int, linked: bool) -> bool:
        """Whether one of the parts can be added; then it is. Nothing can be added to a month."""
        months = self.states and any(part.kind == "month" for part in (*parts[:1], self.states[0][0]))
        said = [part for part in parts if part.sure or part.kind in _WRITTEN] or parts
        doubtful = bool(self.states) and all(part.kind == "plain" and not part.sure for part in said)
        held = () if months or (doubtful and self.figure > 0) else self.states or ((),)
        states = [new for one in held for part in said for new in _added(one, part, linked, self.rules)]
        if not states:
            return False
        self.states, self.end = (states + self.states * doubtful)[:_STATES], end
        self.figure = end if parts[0].kind in _WRITTEN else self.figure
        self.entries.append((parts, start, end, linked))
        return True

    def parted(self, entry: Entry) -> tuple[_Run, _Run]:
        """What does not join an entry, and what does with it: of "5 million and 10" with "million" "10 million"."""
        for cut in range(1, len(self.entries)) if any(part.kind == "times" for part in entry[0]) else ():
            run = _Run(self.rules, *self.entries[cut:])
            if len(run.entries) == len(self.entries) - cut and run.add(*entry):
                return _Run(self.rules, *self.entries[:cut]), run
        return self, _Run(self.rules, entry)

    def number(self, text: str) -> Number:
        """The number that they make."""
        start, linked = self.entries[0][1], self.entries[0][3]
        written = text[start : self.end]
        parts = [part for entry in self.entries for part in entry[0]]
        atoms = frozenset(part.value for part in parts if part.kind not in _WRITTEN)
        states = [held for held in self.states if not _hangs(held)] or self.states
        values = frozenset(round(sum(part.value for part in held), 6) for held in states)
        ways = tuple(tuple(part.value for part in held) for held in states if len(held) > 1)
        if max(values) < 1 and len(parts) > 1:
            ways = (tuple(sorted(atom for atom in atoms if atom >= 1)),)  # three quarters
        if not atoms:
            values, ways = reading(written).values, reading(written).ways
        kind = "month" if parts[0].kind == "month" else "words"
        if any(part.kind in _WRITTEN for part in parts):
            return Number(written, start, self.end, values, ways, atoms, factor=_factor(states[0]))
        sure = (
            any(part.sure for part in parts)
            and not any(part.vague for part in parts)
            and "unspaced" not in self.rules.switches
            and values.isdisjoint(_LONE)
            and max(values) >= 1
        )
        loose = (
            len(self.entries) == 1
            or max(values) >= 1000
            or any(entry[3] for entry in self.entries[1:])
            or any(part.value < 1 and part.kind == "plain" for part in self.entries[-1][0])
        )
        return Number(written, start, self.end, values, ways, atoms, kind, sure, linked, loose, _factor(states[0]))


def _factor(held: Held) -> float:
    """What the last word of a number multiplies it by: a million in 5 million."""
    return held[0].below if len(held) == 1 and held[0].value > held[0].below >= 1000 else 1.0


def _hangs(held: Held) -> bool:
    """Whether a fraction is added to thousands or millions: "a million and a half" is not 1000000.5."""
    return len(held) > 1 and held[-1].value < 1 and held[-2].below >= 1000


def _added(held: Held, part: Part, linked: bool, rules: Rules) -> Iterator[Held]:
    """The parts held with one more, in all ways that make a number of them."""
    value, kind = part.value, part.kind
    if not held or held[-1].value < 1:
        if not held:
            yield (part._replace(below=math.inf) if kind == "plus" and value < 1 else part,)
        elif kind == "times" and not linked and not math.isnan(held[-1].value):
            yield from _multiplied(held, part)
        elif value < held[-1].below:  # Urdu says half before three and means three and a half
            yield (*held, part)
        elif "half_to" in rules.switches and held[0].value == 0.5 and kind == "plain" and value <= 12 and not linked:
            yield (Part(value - 1, 0, "plain"), held[0])  # half four is half past three
        return
    last = held[-1]
    if kind == "times" and not linked:
        yield from _multiplied(held, part)
    elif kind in ("figure", "ratio"):  # ألفان و300, 2 1/2
        if value < last.below >= 100 or (value < 1 and kind == "ratio" and last.kind == "figure"):
            yield (*held, part)
    elif value < 1 and (linked or kind == "plus"):
        if last.below >= 1000:
            yield (*held, part._replace(value=value * last.below, below=0))
        yield (*held, part)
    elif 0 < value < 1 and last.below < 1000:
        yield (*held[:-1], Part(last.value * value, 0, kind))
    elif 0 < value < last.below and (last.value != 10 if linked else all(one.kind != "figure" for one in held)):
        yield (*held, part)
        if len(held) == 1 and not last.sure:
            yield (part,)  # "onu üç" is 13, or three of them
    elif "units_first" in rules.switches and last.kind == "plain" and 1 <= last.value < 10:
        if value in (range(20, 100, 10) if linked else (10,)):
            yield (*held, part._replace(below=1))


def _multiplied(held: Held, part: Part) -> Iterator[Held]:
    """What is less than a part multiplied by it, and a figure in any case: 1500 million."""
    value, below = part.value, part.below
    k = len(held)
    while k and (held[k - 1].value < value or (k == len(held) and held[k - 1].kind == "figure")):
        k -= 1
    product = value * (sum(one.value for one in held[k:]) or 1)
    if (not k or product < held[k - 1].below) and (held[-1].kind != "figure" or held[-1].sure):
        yield (*held[:k], Part(product, value if value == below else 1, "times"))


def _completed(text: str, found: Sequence[Number], rules: Rules) -> Iterator[Number]:
    """The numbers, with what the words around them make of them."""
    for k, number in enumerate(found):
        before = found[k - 1] if k else None
        after = found[k + 1] if k + 1 < len(found) else None
        near = [n for n in (before, after) if n and max(n.start - number.end, number.start - n.end) <= _ENDING]
        if number.kind == "month" and any(n.kind == "figure" for n in near):
            number = replace(number, kind="date")
        elif number.kind == "figure" and not number.atoms:
            number = _timed(text, number, rules)
            number = replace(number, kind="day") if any(n.kind == "month" for n in near) else number
        elif number.linked and max(number.values) < 1:  # a kilometre and a half
            nouns = [_fold(word) for word in re.findall(LETTERS, text[before.end if before else 0 : number.start])]
            nouns = [word for word in nouns if not (rules.says("and", word) or rules.says("of", word))]
            if nouns:
                whole = before.values if before and len(nouns) == 1 else {1 + bool(rules.dual.search(nouns[-1]))}
                more = {base + value for base in whole for value in number.values}
                number = replace(number, values=number.values | more, sure=False)
        if after and after.factor > 1 == number.factor and _TO.fullmatch(text, number.end, after.start):
            more = {value * after.factor for value in number.values if value < 1000}
            number = replace(number, values=number.values | more)  # 5 to 10 million
        if before and rules.share.search(text[before.start : number.start]) and 0 not in before.values:
            shares = {round(n / one, 6) for n in number.values for one in before.values if n < one}
            number = replace(number, values=number.values | shares)
        yield number


def _timed(text: str, number: Number, rules: Rules) -> Number:
    """A figure alone with what the letters after it or a word for hours make of it: 5m, 3 p.m., 20 Uhr."""
    values = number.values
    if suffix := _SUFFIX.match(text, number.end):
        values |= {round(value * _SUFFIXES[suffix[1].casefold()], 6) for value in values}
    if _AFTERNOON.match(text, number.end):
        later = tuple((way[0] + 12, *way[1:]) for way in number.ways)
        return replace(number, values=values | {v + 12 for v in values if v < 12}, ways=number.ways + later)
    around = (text[max(0, number.start - 20) : number.start].split()[-1:], text[number.end : number.end + 20].split()[:1])
    if any(rules.says("hour", word.strip("'’.,").casefold()) for words in around for word in words):
        values |= {v - 12 for v in values if 12 < v <= 24 and v % 1 == 0}
    return replace(number, values=values)


@cache
def _data() -> dict[str, dict[str, object]]:
    return tomllib.loads(Path(__file__).with_name("numerals.toml").read_text(encoding="utf-8"))


@cache
def _rules(language: str) -> Rules:
    """The rules of a language, or of one that says its numbers alike."""
    name = next((n for n, t in _data().items() if language in (n, *str(t.get("same", "")).split())), "")
    if not name:
        return Rules()
    table = {key: str(value) for key, value in _data()[name].items()}
    names: dict[str, tuple[Part, ...]] = {}
    for part, form in _forms(table, language):
        names[form] = (*names.get(form, ()), part)
    words = {key: frozenset(_fold(table.get(key, ""), language).split()) for key in ("and", "of", "skip", "hour")}
    token = Rules.token
    if "unspaced" in table:
        digits = "".join(form for form, parts in names.items() if len(form) == 1 and parts[0].value in range(10))
        longest = "|".join(sorted(map(re.escape, {*names, *words["skip"]}), key=len, reverse=True))
        token = re.compile(rf"([{digits or 0}]{{2,}}|{longest})|({FIGURE.pattern})|\S")
    return Rules(
        {form: parts for form, parts in names.items() if not form.endswith("*")},
        {form[:-1]: parts for form, parts in names.items() if form.endswith("*")},
        frozenset(form.partition(" ")[0] for form in names if " " in form),
        token,
        re.compile(f"(?:{_fold(seen(table.get('endings', '')), language)})?"),
        *(re.compile(table.get(key, "")) for key in ("prefix", "before")),
        *(re.compile(rf"(?:{table.get(key, '(?!)')})\s*$") for key in ("dual", "share")),
        words,
        frozenset(table) & {"compounds", "units_first", "half_to", "unspaced"},
        table.get("decimal", ""),
    )


def _forms(table: Mapping[str, str], language: str) -> Iterator[tuple[Part, str]]:
    """The parts that a table of numerals.toml names, with the folded names; a star at the end stays."""

    def named(part: Part, word: str) -> tuple[Part, str]:
        name = _fold(seen(word.rstrip("?~")), language).replace("_", " ")
        return part._replace(sure=word[-1] not in "?~", vague=word[-1] == "~"), name

    part = Part(0, 0, "")
    for word in table["words"].split():
        if number := re.fullmatch(r"([x+]?)(-?[\d.]+)(?:/(\d+))?", word):
            value = float(number[2])
            power = 10.0 ** (len(number[2]) - len(number[2].rstrip("0"))) if value % 1 == 0 else 0.0
            times = number[1] == "x" or value == power >= 100
            part = Part(value, float(number[3] or power), "times" if times else "plus" if number[1] else "plain")
        else:
            yield named(part, word)
    for k, line in enumerate(table["months"].split("|")):
        yield from (named(Part(k + 1, 0, "month"), word) for word in line.split())


def spelled(text: str, language: str) -> frozenset[float]:
    """All numbers that words of a text may spell, the parts of each with them."""
    return frozenset().union(*(number.all for number in amounts(text, language) if number.kind != "figure"))


def roman(text: str) -> frozenset[float]:
    """The Roman numbers from II to XXXIX, and V and X, in a text that is not folded."""
    found = _ROMAN.finditer(text) if "I" in text or "V" in text or "X" in text else ()
    small = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}
    return frozenset(10.0 * len(match[1]) + small[match[2]] for match in found)
