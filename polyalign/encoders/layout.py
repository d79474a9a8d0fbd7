"""Neighbouring pieces of a run of tokens, laid out so that they can be read in the run and by themselves.

A token sees SEEN tokens on either side, so an end of a text changes only what is seen near it: a few
tokens around each cut, read once more on their own, are enough to know the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEGIN, END = 1, 2  # the tokens that stand around a text
REACH = 2  # a window of five looks two tokens to either side,
SEEN = 2 * REACH  # and the second look doubles that


@dataclass(frozen=True, slots=True)
class SequenceLayout:
    """The sequences to be read, and where n pieces, `start` to `end`, stand in the first of them.

    `opened` and `closed` are where the sequences that open and close each piece begin and end, `alone` is
    where that of a short piece by itself begins, -1 for others; all count the tokens of all sequences.
    """

    sequences: Sequence[Sequence[int]]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    opened: NDArray[np.int64]
    closed: NDArray[np.int64]
    alone: NDArray[np.int64]

    @classmethod
    def of(cls, run: Sequence[int], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> SequenceLayout:
        """The layout of neighbouring pieces of a run."""
        low = max(min(int(starts[0]), int(ends[0]) - SEEN) - SEEN, 0)  # a short piece is looked beyond
        high = max(int(ends[-1]), int(starts[-1]) + SEEN) + SEEN
        openings = [[BEGIN, *run[p : p + 2 * SEEN]] for p in starts]
        closings = [[*run[max(p - 2 * SEEN, 0) : p], END] for p in ends]
        short = ends - starts < 2 * SEEN
        own = [[BEGIN, *run[p:q], END] for p, q in zip(starts[short], ends[short], strict=True)]
        sequences = [run[low:high], *openings, *closings, *own]
        after, count = np.cumsum([len(s) for s in sequences]), len(starts)
        alone = np.full(count, -1)
        alone[short] = after[2 * count : -1]
        opened, closed = after[:count], after[count + 1 : 2 * count + 1]
        return cls(sequences, starts - low, ends - low, opened, closed, alone)

    @property
    def pick(self) -> NDArray[np.float32]:
        """How often each token counts (rows, tokens).

        For the n pieces in the run, then in what changes where each begins, then where each ends, then
        for each short piece by itself.
        """
        count = np.zeros((3, len(self.start), sum(map(len, self.sequences))), dtype=np.float32)
        for k, (start, end) in enumerate(zip(self.start, self.end, strict=True)):
            count[0, k, start:end] = 1
            count[1, k, start : start + SEEN] = count[2, k, max(end - SEEN, 0) : end] = -1
            count[1, k, self.opened[k] : self.opened[k] + SEEN + 1] = 1
            count[2, k, self.closed[k] - SEEN - 1 : self.closed[k]] = 1
        short = np.flatnonzero(self.alone >= 0)
        own = np.zeros((len(short), count.shape[2]), dtype=np.float32)
        for row, k in enumerate(short.tolist()):
            own[row, self.alone[k] : self.alone[k] + self.end[k] - self.start[k] + 2] = 1
        return np.concatenate([*count, own])

    def by_itself(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where tokens of pieces (places in the first sequence) are read as if their piece stood alone."""
        piece = np.searchsorted(self.start, tokens, side="right") - 1
        ahead, behind = tokens - self.start[piece], self.end[piece] - tokens
        place = np.where(ahead < SEEN, self.opened[piece] + 1 + ahead, tokens)
        place = np.where(behind <= SEEN, self.closed[piece] - 1 - behind, place)
        alone = self.alone[piece]
        return np.where(alone >= 0, alone + 1 + ahead, place)
