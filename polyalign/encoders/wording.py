"""Which tokens of a text make up which word."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from polyalign.folding import comparable

if TYPE_CHECKING:
    from numpy.typing import NDArray

START = "\u2581"  # what a tokenizer of SentencePiece writes before the first token of a word
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")  # Thai, Japanese, Chinese
_UNKNOWN = "<unk>"
_SILENT = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a run of tokens.

    `tokens` (k,) are the places of the tokens that belong to words, ascending; `first` (n,) says with which
    of these each word begins, `texts` how it is spelt.
    """

    tokens: NDArray[np.int64]
    first: NDArray[np.int64]
    texts: Sequence[str]

    def part(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The same `tokens` and `first` for the words that stand in a part of the run."""
        low, high = np.searchsorted(self.tokens, (start, end))
        first, last = np.searchsorted(self.first, (low, high))
        return self.tokens[low:high], self.first[first:last] - low

    def standing(self, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """In which piece of the run, by their `starts`, each word stands (n,)."""
        return np.asarray(np.searchsorted(starts, self.tokens[self.first], side="right") - 1)


@lru_cache(maxsize=100_000)
def _told(piece: str) -> tuple[str, bool, bool]:
    """What a token adds to the spelling of its word, and whether it is a word by itself, or begins one."""
    shown = "" if piece == _UNKNOWN else comparable(_SILENT.sub("", piece))
    return shown, bool(_UNSPACED.search(shown)), piece.startswith(START)


def wording(
    run: Sequence[int], starts: NDArray[np.int64], spelling: Callable[[list[int]], list[str]]
) -> Wording:
    """The words of a run of tokens, which a piece of the run that begins at one of `starts` cuts.

    Where words are written without spaces every token is one. Punctuation belongs to none.
    """
    types, where = np.unique(np.asarray(run, dtype=np.int64), return_inverse=True)
    told = [_told(piece) for piece in spelling(types.tolist())]
    shown = [text for text, *_ in told]
    unspaced, begins = np.array([flags for _, *flags in told], dtype=bool).reshape(-1, 2).T
    opening = (unspaced | begins)[where]
    opening[1:] |= unspaced[where[:-1]]
    opening[starts[starts < len(opening)]] = True
    tokens = np.flatnonzero(np.array([bool(text) for text in shown], dtype=bool)[where])
    word = np.cumsum(opening)[tokens]
    first = np.flatnonzero(np.diff(word, prepend=-1))
    parts = [shown[k] for k in where[tokens].tolist()]
    edges = [*first.tolist(), len(parts)]
    return Wording(tokens, first, ["".join(parts[i:j]) for i, j in pairwise(edges)])
