"""A text as the checks read it: no marks that are not seen, one spelling of every letter."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self

from polyalign.codes import Code
from polyalign.folding import Folded, comparable, readable, searchable
from polyalign.tags import primary

# Letters with their signs of vowels, which are no letters to Python.
_MARKS = "".join(c for c in map(chr, range(0x300, 0x2000)) if unicodedata.category(c)[0] == "M")
LETTERS = rf"[^\W\d_]++(?:[{_MARKS}]++[^\W\d_]*+)*+"
WORD = re.compile(rf"{LETTERS}(?:['’-]{LETTERS})*")
ADDRESS = re.compile(
    r"(?:https?://|ftp://|www\.)[^\s<>«»\"“”()\[\]]+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w.])[a-z0-9-]{2,63}(?:\.[a-z0-9-]{2,63})*\.(?:com|org|net|gov|edu|info|int)\b(?:/[^\s<>\"()]*)?"
)
ADDRESS_SIGNS = tuple("@ :// www. .com .org .net .gov .edu .info .int".split())  # one is in every one
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")  # Thai, Burmese, Chinese, ...
_SHOWN = 60  # characters

_JOINERS = re.compile("[\u0640\u200c\u200d]+")
_RAISED = re.compile("[⁰¹²³⁴-⁹₀-₉™℠]+")
_VULGAR = re.compile("(?<=\\d)(?=[¼-¾⅐-⅞])")
_ARABIC_LETTERS = frozenset({"ar", "ckb", "fa", "ps", "ur"})  # languages

_bare = lru_cache(maxsize=256)(primary)


@cache
def table(name: str) -> dict[str, Any]:
    """What a file of this room says of languages."""
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Pair:
    """The texts of a row, one of each side, and their languages as tags.

    `translation` is a machine's, of the source into the target's language; None where there is none. The
    codes are those that stand in the texts.
    """

    source: str
    target: str
    source_language: str
    target_language: str
    translation: str | None = None
    source_codes: tuple[Code, ...] = ()
    target_codes: tuple[Code, ...] = ()

    @property
    def languages(self) -> tuple[str, str]:
        """The bare languages of both sides: "pt" for "pt-BR"."""
        return _bare(self.source_language), _bare(self.target_language)


@lru_cache(maxsize=2048)
def seen(text: str) -> str:
    """The text in ordinary letters and compatibility form (NFKC), without joiners and raised figures."""
    if text.isascii():
        return text
    text = _JOINERS.sub("", readable(text, capitals=True))
    if unicodedata.is_normalized("NFKC", text):
        return text
    return unicodedata.normalize("NFKC", _VULGAR.sub(" ", _RAISED.sub("", text))).replace("⁄", "/")


@lru_cache(maxsize=2048)
def prose(text: str) -> str:
    """What is seen of a text, without the addresses in it."""
    text = seen(text)
    return ADDRESS.sub(" ", text) if any(sign in text for sign in ADDRESS_SIGNS) else text


@lru_cache(maxsize=2048)
def plain_words(text: str) -> tuple[str, ...]:
    """The words of what is seen of a text as they are, addresses left out."""
    return tuple(WORD.findall(prose(text)))


def folded(text: str, language: str = "") -> str:
    """As words of the language are compared: accents count, the ways of writing alif, yeh and heh do not."""
    return searchable(text) if language in _ARABIC_LETTERS else comparable(text, language)


def folded_in_place(text: str, language: str = "") -> Folded:
    """The same, with places in the text."""
    return Folded.searchable(text) if language in _ARABIC_LETTERS else Folded.comparable(text, language)


def ordinary(text: str) -> int:
    """How many words can be translated: no name, no figure, no address, no word in capitals.

    In scripts without capitals all words are ordinary; one without spaces has about 2 letters a word.
    """
    found = [word for word in plain_words(readable(text)) if not (word[0].isupper() or word.isupper())]
    return sum(max(1, len(word) // 2) if is_unspaced(word[0]) else len(word) > 1 for word in found)


def is_unspaced(letter: str) -> bool:
    """Whether it is of a script that writes no spaces between words: Chinese, Japanese, Thai, ..."""
    return bool(UNSPACED.match(letter))


class NamedMessage(str):
    """What a check says, with the things that it names, as they stand in the text of either side."""

    source: tuple[str, ...]
    target: tuple[str, ...]

    def __new__(cls, says: str, source: Iterable[str] = (), target: Iterable[str] = ()) -> Self:
        """What is said of these things."""
        made = super().__new__(cls, says)
        made.source, made.target = tuple(source), tuple(target)
        return made


def _several(things: list[str]) -> str:
    """The things as a sentence names them, with the verb: "a is", "a and b are", "a, b and 3 more are"."""
    more = [f"{len(things) - 2} more"] if len(things) > 3 else []
    things = [clipped(thing) for thing in things[: 2 if more else 3]] + more
    return f"{', '.join(things[:-1])} and {things[-1]} are" if len(things) > 1 else f"{things[0]} is"


def clipped(thing: str) -> str:
    """The thing, or its beginning if it is longer than 60 characters."""
    return thing if len(thing) <= _SHOWN else f"{thing[: _SHOWN - 1]}…"


def only(source: list[str], target: list[str]) -> NamedMessage:
    """What is only in the one and only in the other side, in words; empty where both are empty."""
    sides = ((source, "source"), (target, "target"))
    says = "; ".join(f"{_several(things)} only in the {side}" for things, side in sides if things)
    return NamedMessage(says, source, target)
