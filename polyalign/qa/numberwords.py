"""What languages call their numbers, as numberwords.toml says: a word in, the numbers that it may say out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from polyalign.qa.digits import FIGURE
from polyalign.qa.texts import LETTERS, folded, seen, table

_LONGEST = 80  # letters of a word that is looked up


class Part(NamedTuple):
    """A number within a number; what is added after it must be less than `below`.

    `kind` is plain, times (multiplies what stands before it), plus (is added, even if a fraction), month,
    figure, or ratio (a fraction in figures). It is not `sure` where the word may mean something else, and
    `vague` where it is not exact.
    """

    value: float
    below: float
    kind: str
    sure: bool = True
    vague: bool = False


# The parts of one word, each as all that it may be. Before it: "and", nothing, or (None) a preposition.
Step = tuple[bool | None, tuple[Part, ...]]


@dataclass(frozen=True)
class NumberGrammar:
    """How a language says numbers; one that is not known says none."""

    names: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    stems: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    begins: frozenset[str] = frozenset()  # first two letters of all names and stems, or the only one
    firsts: frozenset[str] = frozenset()  # first words of names of two words
    roles: Mapping[str, str] = field(default_factory=dict)  # and, of, skip, hour, of the words for them
    # endings, prefix, before, dual, share
    patterns: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    switches: frozenset[str] = frozenset()  # compounds, units_first, half_to, unspaced, years
    decimal: str = ""
    token: re.Pattern[str] = re.compile(rf"({LETTERS})|({FIGURE.pattern})|[^\s'’ʼ-]")

    def ends(self, key: str, text: str) -> bool:
        """Whether a text ends with the pattern of a key."""
        return key in self.patterns and bool(self.patterns[key].search(text))

    def may_begin(self, word: str) -> bool:
        """Whether a folded word may begin with a name."""
        return word[:2] in self.begins or word[:1] in self.begins

    def named(self, word: str) -> tuple[Part, ...]:
        """What a folded word may say as it stands, else without an ending."""
        if word in self.names:
            return self.names[word]
        if not self.may_begin(word):
            return ()
        for end in range(len(word), 0, -1):
            if word[:end] in self.stems and self.patterns["endings"].fullmatch(word, end):
                return self.stems[word[:end]]
        return ()


def knows(language: str) -> bool:
    """Whether the words for numbers of a language are known."""
    return bool(rules_of(language).names)


def small(word: str, language: str = "") -> str:
    """A word folded as the names of numbers are; Russian writes е for ё."""
    return folded(word, language).replace("ё", "е")


def steps(word: str, language: str) -> tuple[Step, ...]:
    """The numbers that a folded word says one after the other: "fünfundzwanzig" 5 and 20, most words none."""
    rules = rules_of(language)
    if len(word) > _LONGEST or not rules.names:
        return ()
    if found := rules.named(word):
        return ((False, found),)
    if "unspaced" in rules.switches:  # digits that are written as words: 二〇二一
        if rules.roles.get(word) == "skip":
            return ()
        digits = "".join(str(int(rules.names[letter][0].value)) for letter in word)
        return ((False, (Part(float(digits), float(digits[0] != "0"), "plain"),)),)
    for key in (key for key in ("prefix", "before") if key in rules.patterns):
        match = rules.patterns[key].match(word)
        for start in sorted({1, match.end()}) if match and match.end() else ():
            if found := rules.named(word[start:]):
                joined = None if key == "before" and start > 1 else rules.roles.get(word[0]) == "and"
                return ((joined, found),)
    return _compound(word, rules) if "compounds" in rules.switches else ()


def _compound(word: str, rules: NumberGrammar) -> tuple[Step, ...]:
    """The numbers of which a word is put together, if nothing else is in it."""
    starts = (word[:end] for end in range(1, len(word)))
    if not (rules.may_begin(word) and any(start in rules.names or start in rules.stems for start in starts)):
        return ()

    @cache
    def split(start: int) -> tuple[Step, ...] | None:
        if start == len(word):
            return ()
        for end in range(len(word), start, -1):
            piece = word[start:end]
            exact = rules.names.get(piece, ()) + rules.stems.get(piece, ())
            found = rules.named(piece) if end == len(word) else exact
            linked = start > 0 and rules.roles.get(piece) == "and"
            rest = split(end) if found or linked else None
            if rest is not None and found:
                return ((False, found), *rest)
            if rest:
                return ((True, rest[0][1]), *rest[1:])
        return None

    return split(0) or ()


@cache
def rules_of(language: str) -> NumberGrammar:
    """The rules of a language, or of one that says its numbers alike."""
    known = table("numberwords").items()
    found = next((words for name, words in known if language in (name, *words.get("same", "").split())), None)
    if not found:
        return NumberGrammar()
    own: dict[str, str] = {key: str(value) for key, value in found.items()}
    names: dict[str, tuple[Part, ...]] = {}
    for part, form in _forms(own, language):
        names[form] = (*names.get(form, ()), part)
    keys = ("and", "of", "skip", "hour")
    roles = {word: key for key in keys for word in small(own.get(key, ""), language).split()}
    forms = {"prefix": "{}", "before": "{}", "dual": r"(?:{})\s*$", "share": r"(?:{})\s*$"}
    patterns = {key: re.compile(form.format(own[key])) for key, form in forms.items() if key in own}
    patterns["endings"] = re.compile(f"(?:{small(seen(own.get('endings', '')), language)})?")
    token = NumberGrammar.token
    if "unspaced" in own:  # several digits, or the longest name
        letters = ((form, parts[0].value) for form, parts in names.items() if len(form) == 1)
        digits = "".join(form for form, value in letters if value in range(10))
        longest = "|".join(sorted(map(re.escape, {*names, *roles}), key=len, reverse=True))
        token = re.compile(rf"([{digits or 0}]{{2,{_LONGEST}}}|{longest})|({FIGURE.pattern})|\S")
    return NumberGrammar(
        {form: parts for form, parts in names.items() if not form.endswith("*")},
        {form[:-1]: parts for form, parts in names.items() if form.endswith("*")},
        frozenset(form.rstrip("*")[:2] for form in names),
        frozenset(form.partition(" ")[0] for form in names if " " in form),
        roles,
        patterns,
        frozenset(own) & {"compounds", "units_first", "half_to", "unspaced", "years"},
        own.get("decimal", ""),
        token,
    )


def _forms(own: Mapping[str, str], language: str) -> Iterator[tuple[Part, str]]:
    """The parts that a language names, with the folded names; a star at the end stays."""

    def named(part: Part, word: str) -> tuple[Part, str]:
        name = small(seen(word.rstrip("?~")), language).replace("_", " ")
        return part._replace(sure=word[-1] not in "?~", vague=word[-1] == "~"), name

    part = Part(0, 0, "plain")
    for word in own["words"].split():
        if number := re.fullmatch(r"([x+]?)(-?[\d.]+)(?:/(\d+))?", word):
            value = float(number[2])
            power = 10.0 ** (len(number[2]) - len(number[2].rstrip("0"))) if value % 1 == 0 else 0.0
            kind = "times" if number[1] == "x" or value == power >= 100 else "plus" if number[1] else "plain"
            part = Part(value, float(number[3] or power), kind)
        else:
            yield named(part, word)
    for k, line in enumerate(own["months"].split("|")):
        yield from (named(Part(k + 1, 0, "month"), word) for word in line.split())
