"""What a Marian model must not be given, and how to tell that what it gave is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+|#\w+\b(?<=\d)|@\w+")
_LETTER = re.compile(r"[^\W\d_]")

_LONGEST_CYCLE = 12  # pieces
_LEAST_ROUNDS = 4
_LEAST_LOOP = 8  # pieces, of all rounds together
_WIDTH = 4
_LEAST_FRESH = 0.5  # of the runs of four pieces in a long output
_LONG = 32
_LEAST_JUDGED = 12  # pieces of an input whose output can be called too short


def nothing_to_translate(text: str) -> bool:
    """Whether there is no word in the text: blank, signs, numbers, addresses."""
    return not _LETTER.search(_ADDRESS.sub(" ", text))


def goes_round(output: Sequence[str], source: Sequence[str] = ()) -> bool:
    """Whether the output repeats itself where its source does not."""
    return _loops(output) and not _loops(source)


def absurd_length(output: Sequence[str], source: Sequence[str]) -> bool:
    """Whether the output is far longer than its source, or far shorter."""
    short = len(source) >= _LEAST_JUDGED and 4 * len(output) < len(source)
    return short or len(output) > 3 * len(source) + 12


def _loops(pieces: Sequence[str]) -> bool:
    """Whether a few pieces follow each other over and over, or hardly a run of them is new."""
    cycles = range(1, min(_LONGEST_CYCLE, len(pieces)) + 1)
    if any(_longest_loop(pieces, cycle) >= max(_LEAST_ROUNDS * cycle, _LEAST_LOOP) for cycle in cycles):
        return True
    runs = [tuple(pieces[i : i + _WIDTH]) for i in range(len(pieces) - _WIDTH + 1)]
    return len(pieces) >= _LONG and len(set(runs)) < _LEAST_FRESH * len(runs)


def _longest_loop(pieces: Sequence[str], cycle: int) -> int:
    """The length of the longest stretch in which every piece is the one `cycle` places before."""
    best = run = 0
    for piece, before in zip(pieces[cycle:], pieces, strict=False):
        run = run + 1 if piece == before else 0
        best = max(best, run)
    return best + cycle if best else 0
