"""One side of an alignment before it is encoded, of which a part or the whole can be encoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np

from polyalign.alignment.encoded import EncodedSide, EncodedUnits
from polyalign.alignment.spans import Floats, Ints, spans_of
from polyalign.protocols import TextEncoder

LARGEST_GROUP = 6  # sentences of one side in a bead,
LARGEST_COMPLETE = 10  # and in texts that seem translated completely
BATCH = 2_000  # sentences that are encoded at a time


@dataclass(frozen=True)
class TextSide:
    """One side before it is encoded: the clauses of each sentence, and the sentences never aligned.

    A unit is a clause. Groups have up to `largest` sentences, in a second pass up to `largest_second`, and
    if sentences stay `uncut`, at least one. `translations` are those of the clauses, where they are
    translated; `answered` are the numbers of the pairs that each sentence is in by somebody's answer.
    """

    clauses: Sequence[tuple[str, ...]]
    excluded: frozenset[int]
    largest: int = LARGEST_GROUP
    largest_second: int = LARGEST_COMPLETE
    uncut: bool = False
    translations: Sequence[tuple[str, ...]] | None = None
    answered: Sequence[tuple[int, ...]] | None = None

    def __len__(self) -> int:
        return len(self.clauses)

    @cached_property
    def edges(self) -> Ints:
        """The first unit of each sentence, and the number of units."""
        return np.cumsum([0, *map(len, self.clauses)], dtype=np.int64)

    @cached_property
    def costs(self) -> Ints:
        """How many groups each sentence adds, at most; 1 for what is never aligned."""
        counts, groups = np.diff(self.edges), np.full(len(self), self.largest)
        if not self.uncut:
            groups += counts * (counts + 1) // 2 - 1
        groups[list(self.excluded)] = 1
        return np.asarray(groups)

    @property
    def groups(self) -> int:
        """How many groups there are, at most."""
        return int(self.costs.sum()) - len(self.excluded)  # which cost 1 each, and make none

    def sentence(self, unit: int) -> int:
        """The sentence that a unit belongs to."""
        return int(np.searchsorted(self.edges, unit, side="right")) - 1

    def vectors(self, encoder: TextEncoder, done: Callable[[int], None]) -> Floats:
        """The vector of each sentence (n, d), zeros for what is never aligned."""
        parts = []
        for start in range(0, len(self), BATCH):
            rows = range(start, min(start + BATCH, len(self)))
            parts.append(encoder.encode([" ".join(self.clauses[k]) for k in rows]))
            parts[-1][[k - start for k in rows if k in self.excluded]] = 0
            done(rows[-1] + 1)
        return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)

    def whole(self, encoder: TextEncoder, encoded: EncodedUnits) -> EncodedSide:
        """The side with all its sentences, given what the encoder has read of their units."""
        return self.excerpt(np.arange(len(self)), encoder, encoded)[0]

    def excerpt(
        self, rows: Ints, encoder: TextEncoder, encoded: EncodedUnits | None = None
    ) -> tuple[EncodedSide, Ints]:
        """These sentences as a side of their own, and which unit of the text each of its units is.

        No group bridges a gap between the sentences: an empty one that is excluded fills it.
        """
        gaps = np.flatnonzero(np.diff(rows) > 1) + 1
        sentences = np.insert(rows, gaps, -1).tolist()

        def excerpted(texts: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
            return [texts[k] if k >= 0 else ("",) for k in sentences]

        clauses = excerpted(self.clauses)
        excluded = frozenset(place for place, k in enumerate(sentences) if k < 0 or k in self.excluded)
        spans = spans_of([len(c) for c in clauses], self.largest, excluded=excluded, uncut=self.uncut)
        translations = None
        if self.translations is not None:
            translations = [*chain.from_iterable(excerpted(self.translations))]
        side = EncodedSide.of(spans, [*chain.from_iterable(clauses)], encoder, translations, encoded)
        # a gap has some unit, which no link will have
        home = [self.edges[k] + i for k, c in zip(sentences, clauses, strict=True) for i in range(len(c))]
        if self.answered is not None:
            labels = [self.answered[k] if k >= 0 else () for k in sentences]
            side = replace(side, answered=[own for own, c in zip(labels, clauses, strict=True) for _ in c])
        return side, np.array(home, dtype=np.int64)
