"""A text in words, as word links know them: where each stands, how it is spelt, and its vector."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from polyalign.folding import Folded, comparable
from polyalign.parts import Range
from polyalign.spelling import is_unspaced, numbers, tokens

if TYPE_CHECKING:
    from polyalign.encoders import PieceReader, Pieces

CONTENT = 0.75  # of the usual weight of the words of a text, from which a word has content

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Words:
    """The words of a text: offsets (n, 2) into it, spelling, and vectors (n, d).

    A vector is what the word adds to that of its text: it is no unit vector, and that of little words is
    short. Spellings are in small letters, numbers without separators.
    """

    spans: NDArray[np.int64]
    spellings: tuple[str, ...]
    vectors: NDArray[np.float32]

    def __getitem__(self, some: slice) -> Words:
        return Words(self.spans[some], self.spellings[some], self.vectors[some])

    @cached_property
    def lengths(self) -> NDArray[np.float32]:
        """Those of the vectors (n,): what each word weighs."""
        return np.asarray(np.linalg.norm(self.vectors, axis=1))

    @cached_property
    def marks(self) -> NDArray[np.bool_]:
        """Which words are marks of punctuation (n,)."""
        return np.array([is_mark(word) for word in self.spellings], dtype=bool)

    @cached_property
    def numbers(self) -> NDArray[np.bool_]:
        """Which words have digits (n,)."""
        return np.array([has_digits(word) for word in self.spellings], dtype=bool)

    @property
    def content(self) -> NDArray[np.bool_]:
        """Which words have content (n,): no marks, and no little words, which add less to the text."""
        spelt = ~self.marks
        usual = float(self.lengths[spelt].mean()) if spelt.any() else 1.0
        return np.asarray(spelt & (self.lengths >= CONTENT * usual))


@lru_cache(maxsize=100_000)
def is_mark(word: str) -> bool:
    """Whether a word has neither letters nor digits."""
    return not any(map(str.isalnum, word))


@lru_cache(maxsize=100_000)
def has_digits(word: str) -> bool:
    """Whether a word is a number, or has one in it."""
    return any(map(str.isdigit, word))


def read_words(texts: Sequence[str], languages: Sequence[str], encoder: PieceReader) -> Iterator[Words]:
    """The words of each text, in the context of that text, read without capitals and vowel signs."""
    whole = (_SURROGATE.sub("\ufffd", text) for text in texts)  # which no encoder reads; places stay
    folded = [Folded.readable(text, tag) for text, tag in zip(whole, languages, strict=True)]
    for shown, pieces in zip(folded, encoder.read_pieces([each.text for each in folded]), strict=True):
        yield _words(shown, pieces)


def _words(shown: Folded, pieces: Pieces) -> Words:
    """The pieces joined to words; a word without a piece that begins in it is part of the one before.

    So is a word that ends where that one does in the text as it is: one character, as ﷺ, may spell several.
    """
    text, begun = shown.text, pieces.spans[:, 0]
    spans = [
        (start, end)
        for span in tokens(text)
        for start, end in _parted(text, span, begun)
        if shown.origin(start) < shown.origin(end)
    ]
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    word = np.searchsorted(starts, begun, side="right") - 1
    inside = np.flatnonzero(word >= 0)
    kept, first = np.unique(word[inside], return_index=True)
    if not len(kept):
        return Words(np.zeros((0, 2), np.int64), (), np.zeros((0, pieces.vectors.shape[1]), np.float32))
    vectors = np.add.reduceat(pieces.vectors[inside], first, axis=0)
    last = np.append(kept[1:], len(spans)) - 1
    ranges = [(spans[i][0], spans[j][1]) for i, j in zip(kept.tolist(), last.tolist(), strict=True)]
    places = np.array([(shown.origin(start), shown.origin(end)) for start, end in ranges])
    return Words(places, tuple(spelling(text[start:end]) for start, end in ranges), vectors)


@lru_cache(maxsize=100_000)
def spelling(word: str) -> str:
    """The word in small letters, a number without its separators."""
    return " ".join(sorted(numbers(word))) or comparable(word)


def _parted(text: str, span: Range, begun: NDArray[np.int64]) -> list[Range]:
    """A word, or, in a script without spaces, a word for each piece that begins in it."""
    start, end = span
    if not is_unspaced(text[start:end]):
        return [span]
    low, high = np.searchsorted(begun, (start + 1, end))
    edges = [start, *dict.fromkeys(begun[low:high].tolist()), end]
    return list(pairwise(edges))
