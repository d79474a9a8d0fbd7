"""Terms that must be translated as a glossary says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from polyalign.errors import InputError, UnreadableError
from polyalign.folding import TURKIC, Folded
from polyalign.qa.texts import NamedMessage, Pair, folded, folded_in_place, is_unspaced, seen
from polyalign.tags import primary

MAX_GLOSSARY_BYTES = 20_000_000
MAX_TERMS = 100_000  # each is looked for in each pair
MAX_TERM = 1_000  # characters

_PIECE = re.compile(r"[^\W_]+")
_LEAST_STEM = 4  # letters from which on a word may have an ending in a language with no rules here

_ARABIC_BEFORE = "[وف]?(?:[بك]?ال|لل|[بكلس])?"
_ARABIC_AFTER = "(?:ه|ها|هم|هما|هن|ك|كم|نا|ي|ين|ون|ان|ات|اتها?|اته|ا|تين|تان)?"
_SLAVIC = frozenset("be bg bs cs hr mk pl ru sh sk sl sr uk".split())
_AGGLUTINATING = frozenset("et eu fi hu ka kk ko ky mn tk tt ug uz".split())
_TURKISH_AFTER = (
    "['’]?(?:l[ae]r)?(?:[ıiuü]?m[ıiuü]z|[ıiuü]?n[ıiuü]z|s?[ıiuü]|[ıiuü]?[mn])?"
    "(?:n?[ıiuü]n|n?[dt][ae]n?|[yn]?[ıiuü]|[yn]?[ae]|y?l[ae]|n?[cç][ae])?"
    "(?:k[iü](?:l[ae]r)?(?:n?[ıiuü]n?|n?d[ae]n?|n[ae])?)?(?:y?[dm][ıiuü][rş]?|t[ıiuü]r)?"
)
_SOFTENED = {"k": "[kğg]", "ç": "[çc]", "p": "[pb]", "t": "[td]"}


@dataclass(frozen=True, slots=True)
class Term:
    """A term and what it may be called in the other language, the first choice first."""

    source: str
    targets: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """What one thing is called in several languages: (tag, name), the first choice first."""

    names: tuple[tuple[str, str], ...]
    note: str = ""

    def called(self, language: str) -> tuple[str, ...]:
        """Its names in a language, in any of its varieties."""
        wanted = primary(language)
        return tuple(dict.fromkeys(name for tag, name in self.names if primary(tag) == wanted))


@dataclass(frozen=True)
class Glossary:
    """Terms in two languages, those of the texts, or concepts in any; what holds none finds nothing."""

    terms: tuple[Term, ...] = ()
    concepts: tuple[Concept, ...] = ()
    _keys: dict[str, list[tuple[str, Term]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _within: dict[tuple[str, str], Glossary] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def parse(cls, data: bytes, *, name: str) -> Glossary:
        """The glossary in a table, which errors call by `name`: SOURCE, a tab, TARGET or TARGET|VARIANT.

        Behind another tab may stand a note. Blank lines and lines that start with # are left out; lines with
        the same source are one term. Raises UnreadableError, and InputError with the number of the line.
        """
        try:
            lines = data.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise UnreadableError(f"{name}: line {line}: not UTF-8: save the glossary as UTF-8") from error
        return cls.of(_read(lines, name), name=name)

    @classmethod
    def of(cls, terms: Iterable[Term], *, name: str) -> Glossary:
        """The glossary of terms from a file; those with the same source are one. Raises InputError."""
        made = cls(tuple(_merged(terms)))
        if len(made.terms) > MAX_TERMS:
            raise InputError(f"{name} has more terms than the limit of {MAX_TERMS:,}: take some out")
        return made

    def within(self, languages: tuple[str, str]) -> Glossary:
        """The terms for texts in two languages: those that it has, and those of its concepts."""
        if not self.concepts:
            return self
        if languages not in self._within:
            own = [
                Term(source, targets, concept.note)
                for concept in self.concepts
                if (targets := concept.called(languages[1]))
                for source in concept.called(languages[0])
            ]
            self._within[languages] = Glossary(tuple(_merged((*self.terms, *own))))
        return self._within[languages]

    @property
    def turned(self) -> Glossary:
        """The same terms for the other direction."""
        turned = (Term(t, (term.source,), term.note) for term in self.terms for t in term.targets)
        return Glossary(tuple(_merged(turned)))

    def found(self, text: str, language: str) -> tuple[tuple[int, int, Term], ...]:
        """The terms of the source in a text, where each begins and ends; none inside a longer one."""
        if not self.terms:
            return ()
        read = folded_in_place(text, language)
        found, taken = [], [False] * (len(text) + 1)
        for key, term in self.keyed(language):
            if key in read.text:
                for start, end in _places(term.source, read, language):
                    if not any(taken[start:end]):
                        taken[start:end] = [True] * (end - start)
                        found.append((start, end, term))
        return tuple(sorted(found, key=lambda place: place[0]))

    def keyed(self, language: str) -> list[tuple[str, Term]]:
        """The terms, the longest first, each with letters that a text in that language must have."""
        if language not in self._keys:
            ordered = sorted(self.terms, key=lambda term: -len(term.source))
            self._keys[language] = [(_key(term.source, language), term) for term in ordered]
        return self._keys[language]


NONE = Glossary()


def places(term: str, text: str, language: str) -> tuple[tuple[int, int], ...]:
    """Where a term stands in a text, in any of its forms."""
    return tuple(_places(term, folded_in_place(text, language), language))


def _places(term: str, read: Folded, language: str) -> Iterator[tuple[int, int]]:
    for match in _pattern(term, language).finditer(read.text):
        if match.end() > match.start():
            yield read.origin(match.start()), read.origin(match.end())


def glossary(pair: Pair, terms: Glossary = NONE) -> str:
    """The terms of the source whose translation is not in the target.

    Case does not count. Arabic words may have و ف ب ك ل س ال before them and pronouns or regular plurals
    after them, in any spelling of alif and with or without vowel signs; Turkish ones any chain of regular
    endings, with or without an apostrophe, also after a softened consonant; English ones a plural or
    possessive s; words of other languages of four letters or more two letters of an ending (Slavic ones
    three, from the last vowel on, Finnish, Hungarian, Kazakh and the like eight). A term inside a longer
    one is not asked for.
    """
    ours, theirs = pair.languages
    terms = terms.within((ours, theirs))
    if not terms.terms:
        return ""
    source, target = folded(seen(pair.source), ours), folded(seen(pair.target), theirs)
    missed, named = [], []
    for key, term in terms.keyed(ours):
        if key in source:
            left = _pattern(term.source, ours).sub(" \0 ", source)
            if left != source and not any(_pattern(t, theirs).search(target) for t in term.targets):
                missed.append(f"{term.source!r} without {' or '.join(map(repr, term.targets))}")
                named.append(term.source)
            source = left
    return NamedMessage("; ".join(missed), named)


def _read(lines: Iterable[str], path: str) -> Iterator[Term]:
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{path}: line {number}"
        source, tab, target = line.partition("\t")
        held, _, note = target.partition("\t")
        targets = tuple(part.strip() for part in held.split("|"))
        if not tab:
            raise InputError(f"{where}: no tab: write SOURCE, a tab, TARGET or TARGET|VARIANT")
        if max(map(len, (source, *targets))) > MAX_TERM:
            raise InputError(f"{where}: a term is longer than {MAX_TERM:,} characters: cut it")
        if not all(_PIECE.search(text) for text in (source, *targets)):
            raise InputError(f"{where}: a term without letters: fill it in or delete the line")
        yield Term(source.strip(), targets, note.partition("\t")[0].strip())


def _merged(terms: Iterable[Term]) -> Iterator[Term]:
    """The terms, those with the same source as one."""
    found: dict[str, Term] = {}
    for term in terms:
        key = folded(term.source)
        before = found.get(key, Term(term.source, ()))
        targets = tuple(dict.fromkeys(before.targets + term.targets))
        found[key] = Term(before.source, targets, before.note or term.note)
    yield from found.values()


def _pieces(term: str, language: str) -> list[str]:
    pieces: list[str] = _PIECE.findall(folded(seen(term), language))
    if language != "ar":
        return pieces
    return [piece[2:] if piece.startswith("ال") and len(piece) > 4 else piece for piece in pieces]


@lru_cache(maxsize=20_000)
def _key(term: str, language: str) -> str:
    """Letters that every form of the term has: its first word but for the last letter."""
    piece = (_pieces(term, language) or [""])[0]
    return piece[:-1] if len(piece) > 2 and not is_unspaced(piece[0]) else piece


@lru_cache(maxsize=20_000)
def _pattern(term: str, language: str) -> re.Pattern[str]:
    pieces = _pieces(term, language)
    if not pieces:
        return re.compile("(?!)")
    if is_unspaced(pieces[0][0]):
        return re.compile(r"[\W_]*".join(map(re.escape, pieces)))
    forms = r"(?!\w)[\W_]+(?<!\w)".join(_form(piece, language) for piece in pieces)
    return re.compile(rf"(?<!\w){forms}(?!\w)")


def _form(word: str, language: str) -> str:
    """A pattern for a folded word with what its language writes together with it."""
    if not word.isalpha():
        return re.escape(word)
    stem, last = word[:-1], word[-1]
    if language == "ar":
        return _ARABIC_BEFORE + (f"{stem}(?:ه|ات|ت){_ARABIC_AFTER}" if last == "ه" else word + _ARABIC_AFTER)
    if language in TURKIC:
        return stem + _SOFTENED.get(last, last) + _TURKISH_AFTER if stem else word
    if language == "en":
        return f"{stem}(?:y|ies)(?:['’]s?)?" if last == "y" and stem else f"{word}(?:e?s)?(?:['’]s?)?"
    if len(word) < _LEAST_STEM:
        return word
    if language in _SLAVIC:
        return (word[:-1] if last in "aeiouyаеёиоуыэюяьйії" else word) + r"\w{0,3}"
    return word + (r"\w{0,8}" if language in _AGGLUTINATING else r"\w{0,2}")
