"""What the rules know about one language, read once from its file in `data/`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

from polyalign.folding import searchable
from polyalign.tags import primary

Table = Mapping[str, Any]
_DATA = Path(__file__).with_name("data")
_WAYS = {"A": "ae", "I": "ıiuü", "D": "dt"}  # of the vowels and consonants of Turkish suffixes
_WORD = re.compile(r"[^\W_]+")
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
LINE_END = re.compile(f"[{LINE_ENDS}]")
NAME_WORDS = 4
_NO_LISTS = ("ordinals", "marks", "abbreviation", "predicate")  # of the rules for sentences
_AFFIXES = ("participles", "clitics", "endings", "converbs", "introductions", "beginnings")


@dataclass(frozen=True, slots=True)
class SentenceRules:
    """What decides whether a sentence ends, in one language.

    Abbreviations stand without their last dot: `never` end no sentence, `may` end one only before a
    starter, `closing` ("etc") before any capital, and `numbered` end none before a number. `starters` are
    words that begin sentences. `saying` are verbs among the first words behind a quotation, `tags` the
    very first, that say whose it is. `headings` go with the number behind them, as in "Article 5.", or with
    one of `numerals`; behind one of `amounts` a number is no ordinal. `suffixes` of names follow a dot,
    `clitics` are written at the front of words. Words stand here in capitals, too, and those that are
    small in the data also as they begin sentences.

    `ordinals`: "3." means "third". `marks` end sentences besides the general ones. `abbreviation` matches
    words that are abbreviations by their look, `predicate` the ends of verbs that close a sentence: where a
    capital follows, the writer left the stop out, as behind headlines.
    """

    never: frozenset[str]
    may: frozenset[str]
    closing: frozenset[str]
    numbered: frozenset[str]
    starters: frozenset[str]
    saying: frozenset[str]
    tags: frozenset[str]
    headings: frozenset[str]
    numerals: frozenset[str]
    amounts: frozenset[str]
    suffixes: frozenset[str]
    clitics: frozenset[str]
    ordinals: bool
    marks: str
    abbreviation: re.Pattern[str] | None
    predicate: str


@cache
def sentence_rules(language: str) -> SentenceRules:
    """The rules of a language (a region is ignored); the general ones where it has no file."""
    own = _table(primary(language)).get("sentences", {})
    lists = [field.name for field in fields(SentenceRules) if field.name not in _NO_LISTS]
    abbreviation = own.get("abbreviation")
    predicates = "|".join(own.get("predicates", ()))
    return SentenceRules(
        **{key: _in_all_cases(_words(language, "sentences", key), language) for key in lists},
        ordinals=bool(own.get("ordinals")),
        marks="".join(own.get("marks", ())),
        abbreviation=re.compile(abbreviation) if abbreviation else None,
        predicate=rf"(?:{predicates})\Z" if predicates else "",
    )


def _in_all_cases(words: frozenset[str], language: str) -> frozenset[str]:
    """The words, and as they begin a sentence and stand in capitals; İ is the capital of the Turkish i."""

    def capital(text: str) -> str:
        return (text.replace("i", "İ") if primary(language) in ("az", "tr") else text).upper()

    small = {word for word in words if word == word.lower()}
    return words | {capital(word[0]) + word[1:] for word in small} | set(map(capital, words))


@dataclass(frozen=True, slots=True)
class ClauseRules:
    """The words at which a sentence may be cut, as `searchable` gives them; affixes stand as written.

    At a mark (a comma, a dash): `openers` (one or two words) begin a clause, and so do words that end in
    one of `participles`; `joiners`, and words that begin with one of `clitics`, do so only where no list
    goes on. A comma after a word that ends in one of `endings` closes a clause, and so do one before
    words in capitals and then one of `reports`, one after what was said, one of `attributions` and a
    name, and all `commas`; one after `introductions` closes none.

    With or without a mark: `conjunctions` (one or two words) begin a clause, one of `converbs` at the end
    of a word closes one, and so do `endings` before an opener. What is quoted right after one of
    `titles` closes a clause. `beginnings` are openers as written, for scripts without spaces.

    `exceptions` are words that affixes do not hold for, and two words that begin no clause.
    """

    openers: frozenset[str]
    participles: tuple[str, ...]
    joiners: frozenset[str]
    clitics: tuple[str, ...]
    exceptions: frozenset[str]
    endings: tuple[str, ...]
    converbs: tuple[str, ...]
    conjunctions: frozenset[str]
    commas: frozenset[str]
    introductions: tuple[str, ...]
    beginnings: tuple[str, ...]
    reports: frozenset[str]
    attributions: frozenset[str]
    titles: frozenset[str]


@dataclass(frozen=True, slots=True)
class BoilerplateRules:
    """The phrases, as `phrase` writes them, by which lines that are no content are known."""

    agencies: frozenset[str]
    sources: frozenset[str]
    pictures: frozenset[str]
    captions: frozenset[str]
    bylines: frozenset[str]
    places: frozenset[str]
    dates: frozenset[str]


@cache
def clause_rules(language: str) -> ClauseRules:
    """The clause rules of a language, with every verb of its list joined to "and"."""
    words = partial(_words, language, "clauses")

    def known(key: str) -> frozenset[str]:
        return frozenset(map(searchable, words(key)))

    def affixes(key: str) -> tuple[str, ...]:
        """With each way of saying their archiphonemes."""
        ways = (way for affix in words(key) for way in product(*(_WAYS.get(c, c) for c in affix)))
        return tuple(sorted(map("".join, ways)))

    made: dict[str, Any] = {
        field.name: affixes(field.name) if field.name in _AFFIXES else known(field.name)
        for field in fields(ClauseRules)
    }
    made["conjunctions"] |= {searchable(f"{a}{verb}") for verb in words("verbs") for a in words("prefixes")}
    return ClauseRules(**made | {"commas": words("commas")})


@cache
def boilerplate_rules(language: str) -> BoilerplateRules:
    """The boilerplate words of a language and those of every language."""
    keys = [field.name for field in fields(BoilerplateRules)]
    return BoilerplateRules(*(frozenset(map(phrase, _words(language, "boilerplate", key))) for key in keys))


def is_name(text: str) -> bool:
    """One to four words, none of them in lower case, with no stop at the end."""
    words = text.split()
    named = 0 < len(words) <= NAME_WORDS and not any(word[0].islower() for word in words)
    return named and text[-1] not in ".!?؟:"


def phrase(text: str) -> str:
    """The words of a text in searchable letters with one space between them, all else left out."""
    return " ".join(_WORD.findall(searchable(text)))


def _words(language: str, table: str, key: str) -> frozenset[str]:
    """The general words and the language's own."""
    general, own = (_table(name).get(table, {}) for name in ("_general", primary(language)))
    return frozenset(general.get(key, ())) | frozenset(own.get(key, ()))


@cache
def _table(name: str) -> Table:
    """The data file of that name; empty where there is none."""
    if not name.isidentifier():
        return {}
    file = _DATA / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
