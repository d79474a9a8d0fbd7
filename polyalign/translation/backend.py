"""What runs the model: pieces in, pieces out; the settings are the same for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

BEAM = 4
PATIENCE = 2  # with it CTranslate2 looks about as far as transformers before it is content
NO_REPEAT = 3  # on a second try, no three pieces come twice
BATCH_TOKENS = 1024  # with what fills up the shorter inputs of a batch
BATCH_INPUTS = 32  # each takes a table of the whole vocabulary for every hypothesis

Pieces = Sequence[str]


class Backend(Protocol):
    """Runs one model with a beam of BEAM, the score of a hypothesis divided by its length.

    `identity` names the library and the precision.
    """

    @property
    def identity(self) -> str:
        """The library and the precision."""

    def generate(self, batch: Sequence[Pieces], *, limit: int, again: bool = False) -> list[list[list[str]]]:
        """The hypotheses for each input, the best first, of up to `limit` pieces each.

        The first try gives one; another (`again`) gives BEAM of them, without repetitions.
        """
        ...


def batches(sizes: Sequence[int], budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """The indices 0 to len(sizes)-1, each once, the largest first, in batches that keep to the budget.

    A batch has up to BATCH_INPUTS indices and costs its length times its largest size; an index that
    is too large is a batch of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(sizes)), key=lambda i: -sizes[i]):
        if batch and ((len(batch) + 1) * sizes[batch[0]] > budget or len(batch) == BATCH_INPUTS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def longest_output(batch: Sequence[Pieces], positions: int) -> int:
    """How many pieces the translation of any of the inputs may have."""
    return min(positions - 1, 3 * max(map(len, batch)) + 30)
