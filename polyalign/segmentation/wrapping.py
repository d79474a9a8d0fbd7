"""Lines that were broken at a width, inside sentences: told from verse, lists and tables, and joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal

Wrapped = Literal["auto", "yes", "no"]

_LINE = re.compile(r"[^\n\r]*(?:\r\n|[\n\r]|\Z)")
_COLUMNS = re.compile(r"\S(?:\t|\s{4})|\|")
_ITEM = re.compile(
    r"\s*(?:[-–—•*·+>#▪◦‣](?=\s)|\(?(?:\d{1,3}|[^\W\d_]|[ivxIVX]{1,5})[.)-](?=\s)|\d{1,3}(?:\.\d{1,3})+\.?\s)"
)
_STOPPED = re.compile(r"[.!?…؟۔:;؛।።။][\"'”’»)\]]*\Z")
_STOP_WITHIN = re.compile(r"[.!?…؟۔।።။][\"'”’»)\]]*[ \t]+\S")
# Scripts whose words have no spaces between them fill every line.
_UNSPACED = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]")
_HYPHENS = "-\u2010\xad"

_SAMPLE = 2_000  # line ends that say whether a text is wrapped
_USUAL, _POSSIBLE = range(45, 131), range(20, 201)  # widths, in characters
_LONGEST_WORD = 30
_LEAST = 3  # line ends that a width must explain,
_SOME, _MANY = 4, 6  # so many where few sentences end within a line, or none,
_EXPLAINED, _NEARLY_ALL = 0.7, 0.9  # and this share of all within paragraphs;
_INSIDE = 0.6  # of them stand inside sentences, as a rule nine in ten;
_SMALL = 0.3  # before small letters, three in four in English and one in two in German
_NEARLY = 0.75  # of the width has a line without capitals that was broken by hand


@dataclass(frozen=True, slots=True)
class _Break:
    """A line end between two lines of a paragraph, `text[start:end]`.

    `length` is that of the line before it, `word` that of the first word behind it and `first` its first
    letter; `stopped`: the line ends as sentences do.
    """

    start: int
    end: int
    length: int
    word: int
    first: str
    stopped: bool

    def fits(self, width: int) -> bool:
        """Whether the width explains it: there was no room for the next word."""
        return self.length <= width <= self.length + self.word

    def is_soft(self, width: int) -> bool:
        """Whether the width made it, or a hand that kept to it roughly, as the sentence goes on."""
        if self.fits(width):
            return True
        goes_on = self.first.islower() or (not self.first.isupper() and self.length >= _NEARLY * width)
        return goes_on and bool(self.first) and not self.stopped and width <= 2 * self.length <= 3 * width


def unwrapped(text: str, wrapped: Wrapped = "auto") -> str:
    """The text with a space for each line end that a width made; it is as long as it was.

    Within a word, behind its hyphen, U+2060 stands, which is not seen: the hyphen stays, as nothing says
    whether the word has one elsewhere. "yes": the lines are wrapped; "no": they are not; "auto": as far
    as they show.
    """
    if wrapped == "no":
        return text
    sample = list(islice(_breaks(text), _SAMPLE))
    width = _width(sample, _USUAL if wrapped == "auto" else _POSSIBLE)
    if not width or (wrapped == "auto" and not _shows(text, sample, width)):
        return text
    pieces, done = [], 0
    for one in _breaks(text):
        if one.is_soft(width):
            within = text[one.start - 1] in _HYPHENS and text[one.start - 2 : one.start - 1].isalpha()
            filler = "\u2060" if within and one.first else " "
            pieces += [text[done : one.start], filler * (one.end - one.start)]
            done = one.end
    return "".join(pieces) + text[done:]


def _breaks(text: str) -> Iterator[_Break]:
    """The line ends within paragraphs; none before items of lists, beside columns, before a larger margin."""
    lines = _LINE.finditer(text)
    for one, other in pairwise(lines):
        line, following = one.group().rstrip(), other.group().rstrip()
        words = following.split(None, 1)
        if not line or not words or _ITEM.match(following):
            continue
        if any(map(_COLUMNS.search, (line, following))) or any(map(_UNSPACED.match, (line[-1], words[0]))):
            continue
        margin = len(following) - len(following.lstrip())
        if margin > len(line) - len(line.lstrip()) and not _ITEM.match(line):
            continue
        first = next(filter(str.isalpha, words[0]), "")
        word = min(len(words[0]), _LONGEST_WORD)
        stopped = _STOPPED.search(line, max(0, len(line) - 8)) is not None
        yield _Break(one.start() + len(line), one.end(), len(line), word, first, stopped)


def _width(breaks: Sequence[_Break], widths: range) -> int:
    """The width that explains most of the line ends, the least of several; 0 where there is none."""
    counts = Counter(
        width
        for one in breaks
        for width in range(max(one.length, widths.start), min(one.length + one.word + 1, widths.stop))
    )
    return max(counts, key=lambda width: (counts[width], -width), default=0)


def _shows(text: str, breaks: Sequence[_Break], width: int) -> bool:
    """Whether the width made these line ends, and within sentences."""
    explained = [one for one in breaks if one.fits(width)]
    if len(explained) < max(_LEAST, _EXPLAINED * len(breaks)):
        return False
    stopped = sum(one.stopped for one in explained)
    if stopped > (1 - _INSIDE) * len(explained):
        return False
    beginning = text[: breaks[-1].end]
    within = len(_STOP_WITHIN.findall(beginning))
    cased = [one.first for one in explained if one.first.islower() or one.first.isupper()]
    certain = len(explained) >= _NEARLY_ALL * len(breaks)
    if 2 * len(cased) < len(explained) or beginning == beginning.upper():
        # verse and lists end their sentences with lines, and their lines are not as long as each other
        enough = len(explained) >= (_MANY if stopped >= within else _SOME)
        return within > max(stopped, 1) or (certain and enough)
    small = sum(map(str.islower, cased)) / len(cased)
    if certain and within > stopped:
        return small > 0
    enough = small >= (_SMALL if len(explained) >= _SOME else 2 * _SMALL)
    return enough and (within > 0 or len(explained) >= _MANY)
