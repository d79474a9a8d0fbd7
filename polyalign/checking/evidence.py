"""What speaks for and against a pair of texts: its vectors, its words, its length, and what the checks say.

    texts --> read once --> how near words are, and which have partners --> the worst runs --> features

All features are the same when the sides are exchanged.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from polyalign.folding import comparable
from polyalign.qa import Flag, Pair
from polyalign.qa.lengths import extent
from polyalign.spelling import numbers
from polyalign.words.differences import partner_shares, worst_runs
from polyalign.words.features import WordSimilarities
from polyalign.words.links import load_model as load_links
from polyalign.words.tokens import Words, spelling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from polyalign.encoders.use_m3 import ReadTexts

    Floats = NDArray[np.floating]
    Ints = NDArray[np.int64]

FEATURES: dict[str, str] = {
    "cosine": "Cosine of the two texts.",
    "words_long": "How near words of the longer text are to the nearest over there, over what is usual.",
    "words_short": "The same, of the shorter text.",
    "unmatched_long": "The share of its words that are hardly nearer than to any text.",
    "unmatched_short": "The same, of the shorter text.",
    "run_long": "What the run of words lacks that has the least on the other side; the longer text.",
    "run_short": "The same, of the shorter text.",
    "run_share": "How much of its text the worse run is.",
    "lack_long": "The best quarter to leave out: gain in cosine, and what its words lack; the longer text.",
    "lack_short": "The same, of the shorter text.",
    "run_gain": "What leaving out the worse run brings.",
    "alone_long": "What the run of words weighs that is most surely without a partner; the longer text.",
    "alone_short": "The same, of the shorter text.",
    "partners_long": "The share of its words, by weight, that have partners; the longer text.",
    "partners_short": "The same, of the shorter text.",
    "length_ratio": "Log length ratio off the usual, over its spread.",
    "length": "Log of the length of the shorter text.",
    "numbers_shared": "Numbers in digits on both sides, 3 at most.",
    "numbers_alone": "Numbers in digits on one side only, 3 at most.",
    "negation": "Whether only one side says no.",
    "copied": "The share of words that stand on the other side as they are.",
    "numbers": "Whether the check of numbers says something.",
    "names": "Whether the check of names says something.",
    "language": "Whether the check of languages says something.",
    "untranslated": "Whether the check for copies says something.",
    "repetition": "Whether the check of repetition says something.",
    "length_flag": "Whether the check of lengths says something.",
}
NAMES = tuple(FEATURES)
_AT = {name: k for k, name in enumerate(NAMES)}

MATCHED = 0.1  # margin of a word from which on it has a partner, more or less
WINDOW = 4  # a window of words is one in so many of a text
_FEWEST = 6  # words of a text of which windows are left out
LOOSE = 0.03  # and under which it has none
_WIDTH = (0.2, 2.0)  # spread of the logarithm of length ratios, of long texts and over the root of characters
_BLOCK = 512  # words that are compared at a time
LINKED = 250_000  # pairs of words that are linked, 500 words a side: ten thousand a side would take 9 GB
_CHECKS = ("numbers", "names", "language", "untranslated", "repetition", "length")
_LEAST_FREQUENT = 2  # small words of a language that vouch for it,
_ONE_IN = 8  # and one in so many words must be one

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

Run = tuple[int, int, float]  # first word, last word + 1 (of its side), what it lacks


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """The features (n, len(NAMES)) of n pairs, and for each pair the run of words that lacks most, a side.

    `runs` numbers the words of a side from 0, as they stand in `words`.
    """

    features: Floats
    runs: Sequence[tuple[Run, Run]]
    words: Sequence[tuple[Sequence[str], Sequence[str]]]


@dataclass(frozen=True, slots=True)
class _Side:
    """The words of a text, the number of the first in the reading, and how near each usually is to any."""

    first: int
    vectors: Floats
    usual: Floats


class ComparableTexts:
    """Texts that were read, of which any two can be compared."""

    def __init__(self, read: ReadTexts, usual: Floats) -> None:
        """`usual` (513,) are the weights and the bias by which a word is near to just any text."""
        self.read, self.vectors = read, read.vectors
        self._edges = np.searchsorted(read.words.units, np.arange(len(self.vectors) + 1))
        self._usual = read.words.vectors @ usual[:-1] + usual[-1]

    def side(self, text: int) -> _Side:
        """The words of one of the texts, their vectors and what is usual for them."""
        own = self._words(text)
        return _Side(own.start, self.read.words.vectors[own], self._usual[own])

    def linked(self, text: int) -> Words:
        """The words of one of the texts, as they are linked; where they stand is not known."""
        own = self._words(text)
        spellings = tuple(map(spelling, self.read.words.texts[own]))
        return Words(np.zeros((len(spellings), 2), np.int64), spellings, self.read.added[own])

    def spelt(self, text: int) -> Sequence[str]:
        """The words of a text as they are compared."""
        return self.read.words.texts[self._words(text)]

    def _words(self, text: int) -> slice:
        return slice(int(self._edges[text]), int(self._edges[text + 1]))

    def cosines(self, source: Ints, target: Ints) -> Floats:
        """Of pairs of texts (n,)."""
        return np.asarray(np.einsum("ij,ij->i", self.vectors[source], self.vectors[target]))


def evidence(
    compared: ComparableTexts,
    source: Sequence[int],
    target: Sequence[int],
    pairs: Sequence[Pair],
    flags: Sequence[Sequence[Flag]],
) -> PairEvidence:
    """The evidence of pairs of texts that were read, by their numbers.

    `flags` are what the checks say of each pair.
    """
    columns = np.zeros((len(pairs), len(NAMES)), dtype=np.float32)
    columns[:, 0] = compared.cosines(np.array(source, np.int64), np.array(target, np.int64))
    runs: list[tuple[Run, Run]] = []
    windows: list[_Windows] = []
    for row, (i, j) in enumerate(zip(source, target, strict=True)):
        pair, margins = pairs[row], _margins(compared.side(i), compared.side(j))
        lacking = _worst_run(MATCHED - margins[0]), _worst_run(MATCHED - margins[1])
        runs.append(lacking)
        extents = extent(pair.source, pair.source_language), extent(pair.target, pair.target_language)
        order = (0, 1) if (extents[0], pair.source) >= (extents[1], pair.target) else (1, 0)
        worse = max(lacking, key=lambda run: run[2])
        size = len(margins[lacking.index(worse)])
        alone, partners = _links(compared.linked(i), compared.linked(j))
        columns[row, 1 : _AT["lack_long"]] = (
            *(float(margins[k].mean()) if len(margins[k]) else 0.0 for k in order),
            *(float((margins[k] < LOOSE).mean()) if len(margins[k]) else 1.0 for k in order),
            *(lacking[k][2] for k in order),
            (worse[1] - worse[0]) / max(size, 1),
        )
        columns[row, _AT["alone_long"] :] = (
            *(alone[k] for k in order),
            *(partners[k] for k in order),
            *_rest(pair, extents, flags[row]),
        )
        for text, other, k in ((i, j, 0), (j, i, 1)):
            own = compared.side(text)
            windows.append(_Windows(row, order.index(k), text, other, own, lacking[k], margins[k]))
    _fill_gains(columns, compared, [w for w in windows if len(w.own.vectors) >= _FEWEST])
    spelt = [(compared.spelt(i), compared.spelt(j)) for i, j in zip(source, target, strict=True)]
    return PairEvidence(columns, runs, spelt)


def _links(source: Words, target: Words) -> tuple[Sequence[float], Sequence[float]]:
    """What the run of each side weighs that has no partner, and the share of each side that has one.

    Of texts with more than LINKED pairs of words only the beginnings are compared, alike in proportion.
    """
    count, other = len(source.spellings), len(target.spellings)
    if not count or not other:
        return (0.0, 0.0), (0.0, 0.0)
    part = min((LINKED / (count * other)) ** 0.5, 1.0)
    look = WordSimilarities.of(source[: math.ceil(part * count)], target[: math.ceil(part * other)])
    links = load_links().probabilities(look)
    return [run[2] for run in worst_runs(look, links)], partner_shares(look, links)


def _margins(ours: _Side, theirs: _Side) -> tuple[Floats, Floats]:
    """How near each word is to the nearest on the other side, over what is usual for it; both sides."""
    forward = np.full(len(ours.vectors), -1, dtype=np.float32)
    backward = np.full(len(theirs.vectors), -1, dtype=np.float32)
    if len(forward) and len(backward):
        for start in range(0, len(forward), _BLOCK):
            cosine = ours.vectors[start : start + _BLOCK] @ theirs.vectors.T
            forward[start : start + _BLOCK] = cosine.max(axis=1)
            np.maximum(backward, cosine.max(axis=0), out=backward)
    return forward - ours.usual, backward - theirs.usual


def _worst_run(lack: Floats) -> Run:
    """The run of words whose lacks add up to most (Bentley 1984, maximum subarray)."""
    if not len(lack):
        return (0, 0, 0.0)
    total = np.concatenate([[0.0], np.cumsum(lack, dtype=np.float64)])
    least = np.minimum.accumulate(total)
    last = int(np.argmax(total - least))
    first = int(np.argmin(total[: last + 1]))
    return (first, last, float(total[last] - total[first]))


def _windows(count: int) -> Ints:
    """The runs of words (n, 2) that are a quarter of so many, each half of one after the other."""
    size = max(2, round(count / WINDOW))
    starts = [*range(0, count - size, max(1, size // 2)), max(count - size, 0)]
    return np.array([(start, min(start + size, count)) for start in starts], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Windows:
    """A text of which words are left out: the row of its pair, and 0 if it is the longer side, else 1."""

    row: int
    place: int
    text: int
    other: int
    own: _Side
    run: Run
    margins: Floats

    @property
    def cuts(self) -> Ints:
        """The worst run first, then the windows (n, 2), in the numbers of the reading."""
        count = len(self.own.vectors)
        worst = self.run[:2] if self.run[1] - self.run[0] < count else (0, 0)
        return np.concatenate([[worst], _windows(count)]) + self.own.first

    @property
    def lacks(self) -> Floats:
        """How much the words of each window lack, over what those of the text lack on average; half of it."""
        run = np.concatenate([[0.0], np.cumsum(self.margins, dtype=np.float64)])
        first, last = _windows(len(self.margins)).T
        mean = (run[last] - run[first]) / np.maximum(last - first, 1)
        return np.asarray((self.margins.mean() - mean) / 2)


def _fill_gains(columns: Floats, compared: ComparableTexts, windows: Sequence[_Windows]) -> None:
    """Set the columns from lack_long to run_gain."""
    if not windows:
        return
    cuts = [one.cuts for one in windows]
    counts = [len(own) for own in cuts]
    first, last = np.concatenate(cuts).T
    text, other = (np.repeat([getattr(w, name) for w in windows], counts) for name in ("text", "other"))
    near = np.einsum("ij,ij->i", compared.read.without(text, first, last), compared.vectors[other])
    gain = near - columns[np.repeat([one.row for one in windows], counts), 0]
    start, run_gain = 0, _AT["run_gain"]
    for one, count in zip(windows, counts, strict=True):
        rows = slice(start + 1, start + count)
        columns[one.row, _AT["lack_long"] + one.place] = (gain[rows] + one.lacks).max()
        columns[one.row, run_gain] = max(columns[one.row, run_gain], gain[start])
        start += count


def _rest(pair: Pair, extents: tuple[float, float], flags: Sequence[Flag]) -> tuple[float, ...]:
    """The features that need no vectors, from length_ratio on."""
    here, there = extents
    shorter = max(min(here, there), 1.0)
    ratio = abs(np.log(max(here, 1.0) / max(there, 1.0))) / (_WIDTH[0] + _WIDTH[1] / np.sqrt(shorter))
    ours, theirs = numbers(pair.source), numbers(pair.target)
    said = {flag.name for flag in flags}
    words, others = (set(_WORD.findall(text)) for text in (pair.source, pair.target))
    copied = len(words & others) / max(min(len(words), len(others)), 1)
    return (
        min(ratio, 6.0),
        float(np.log(shorter)),
        min(len(ours & theirs), 3),
        min(len(ours ^ theirs), 3),
        float(_negated(pair.source, pair.languages[0]) != _negated(pair.target, pair.languages[1])),
        copied,
        *(float(name in said) for name in _CHECKS),
    )


def _negated(text: str, language: str) -> bool:
    pattern = _negations().get(language)
    return bool(pattern and pattern.search(comparable(text, language)))


@cache
def _negations() -> dict[str, re.Pattern[str]]:
    found = {}
    for language, words in _data()["negations"].items():
        unspaced = language in ("ja", "ko", "th", "zh")
        parts = [re.escape(comparable(word, language)).replace(r"\*", r"\w*") for word in words.split()]
        joined = "|".join(parts).replace("'", "['’]")
        found[language] = re.compile(joined if unspaced else rf"(?<!\w)(?:{joined})(?!\w)")
    return found


def vouched(text: str, language: str) -> bool:
    """Whether small words show that a text is in a language, so that no detector need be asked."""
    frequent = _small_words("frequent")
    if language not in frequent:
        return False
    words = _WORD.findall(comparable(text, language))
    own = sum(word in frequent[language] for word in words)
    known = sum(word in _distinct(language) for word in words)
    near = (sum(word in others for word in words) for others in _small_words("neighbours").values())
    return known >= _LEAST_FREQUENT and known * _ONE_IN >= len(words) and all(count < own for count in near)


@cache
def _distinct(language: str) -> frozenset[str]:
    """The frequent words of a language that no other has."""
    frequent = _small_words("frequent")
    return frequent[language].difference(*(words for tag, words in frequent.items() if tag != language))


@cache
def _small_words(kind: str) -> dict[str, frozenset[str]]:
    return {
        language: frozenset(comparable(word, language) for word in words.split())
        for language, words in _data()[kind].items()
    }


@cache
def _data() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("polyalign.checking").joinpath("words.toml").read_text(encoding="utf-8"))
