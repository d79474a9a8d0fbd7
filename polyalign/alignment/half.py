"""One side of an alignment: its spans, their vectors and lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise

import numpy as np

from polyalign.alignment.agreement import Words
from polyalign.alignment.reading import Encoder, HeardWords, Pairs, Reading, read_as_one
from polyalign.alignment.spans import Floats, Ints, Spans
from polyalign.alignment.stretches import Stretches, stretches_of


@dataclass(frozen=True)
class Half:
    """One side: its spans and their unit vectors (len(spans), d), its units and theirs (units, d).

    `read` gives the vectors of more spans, `encode` those of other texts, as the encoder's `encode_spans`.
    `words` are those of the units, where the encoder shows them; `translated` are the same spans in the
    language of the other side, where they are translated; `stretches` are there for close readings.
    """

    spans: Spans
    vectors: Floats
    units: Sequence[str]
    unit_vectors: Floats
    read: Callable[[Pairs], Floats]
    encode: Callable[[Sequence[str], Pairs], Floats]
    words: Words | None = None
    translated: Half | None = None
    stretches: Stretches | None = None

    @classmethod
    def encoded(
        cls,
        spans: Spans,
        units: Sequence[str],
        encoder: Encoder,
        translations: Sequence[str] | None = None,
        reading: Reading | None = None,
    ) -> Half:
        """The half with the vectors of an encoder, and its words if it shows them.

        `translations` are those of the units, "" for a unit that has none; their words are not heard.
        `reading` is the encoder's of the units, if it has one.
        """
        reading = reading or read_as_one(encoder, [units])[0]
        half = replace(cls._read(spans, units, reading.spans, encoder), words=reading.words)
        if translations is None:
            return half
        told = partial(encoder.encode_spans, translations)
        return replace(half, translated=cls._read(spans, translations, told, encoder))

    @classmethod
    def _read(
        cls,
        spans: Spans,
        units: Sequence[str],
        read: Callable[[Pairs], Floats],
        encoder: Encoder,
    ) -> Half:
        pairs = spans.pairs()
        alone = [(k, k + 1) for k in range(len(units))]
        place = {pair: row for row, pair in enumerate(dict.fromkeys([*pairs, *alone]))}
        vectors = read(list(place))
        unit_vectors = vectors[[place[pair] for pair in alone]]
        return cls(spans, vectors[: len(pairs)], units, unit_vectors, read, encoder.encode_spans)

    def closely(self, largest: int) -> Half:
        """The same half for a close reading: with groups of up to so many sentences, and stretches."""
        return replace(self._widened(largest), stretches=stretches_of(self.units, self.encode))

    def _widened(self, largest: int) -> Half:
        spans, known = self.spans.widened(largest), self.spans.pairs()
        place = {pair: row for row, pair in enumerate(dict.fromkeys([*known, *spans.pairs()]))}
        vectors = np.concatenate([self.vectors, self.read(list(place)[len(known) :])])
        vectors = vectors[[place[pair] for pair in spans.pairs()]]
        translated = self.translated and self.translated._widened(largest)
        return replace(self, spans=spans, vectors=vectors, translated=translated)

    @property
    def clausal(self) -> bool:
        """Whether some sentences are cut into clauses."""
        return bool(self.spans.partial.any())

    @property
    def sentences(self) -> Ints:
        """The first unit of each unit that `uncut` has, then the number of units."""
        return self.spans.sentences if self.clausal else np.arange(self.spans.units + 1)

    @property
    def uncut(self) -> Half:
        """The same half in whole sentences, each of which is one unit; itself where no sentence is cut."""
        if not self.clausal:
            return self
        spans, edges = self.spans, self.spans.sentences
        units = [" ".join(self.units[first:last]) for first, last in pairwise(edges.tolist())]
        alone = (spans.size == 1) & ~spans.partial
        unit_vectors = self.unit_vectors[edges[:-1]]
        unit_vectors[np.searchsorted(edges, spans.first[alone])] = self.vectors[alone]
        words, translated = self.words, self.translated and self.translated.uncut
        if words is not None:
            words = HeardWords(
                words.vectors, words.texts, np.searchsorted(edges, words.units, side="right") - 1
            )

        def read(pairs: Pairs) -> Floats:
            return self.read([(int(edges[first]), int(edges[last])) for first, last in pairs])

        vectors = self.vectors[~spans.partial]
        return Half(spans.uncut, vectors, units, unit_vectors, read, self.encode, words, translated)

    @cached_property
    def edges(self) -> Ints:
        """Running lengths in characters; a span is edges[last] - edges[first] long."""
        return np.cumsum([0, *(len(u) + 1 for u in self.units)])

    @cached_property
    def lengths(self) -> Ints:
        """The length of every span in characters."""
        return self.edges[self.spans.last] - self.edges[self.spans.first]

    def portion(self, first: Ints, last: Ints) -> Floats:
        """How much of the text the units first to last-1 are, by length, 0 to 1."""
        return np.asarray((self.edges[last] - self.edges[first]) / self.edges[-1])

    @cached_property
    def heard(self) -> Ints:
        """The units that some span covers."""
        edges = np.zeros(self.spans.units + 1, dtype=np.int64)
        single = self.spans.size == 1
        np.add.at(edges, self.spans.first[single], 1)
        np.add.at(edges, self.spans.last[single], -1)
        return np.flatnonzero(np.cumsum(edges)[:-1] > 0)

    @cached_property
    def shares(self) -> Floats:
        """How much of its sentence each span covers, by length: 1 for whole sentences."""
        partial = self.spans.partial
        whole = np.zeros(self.spans.units, dtype=np.int64)
        for k in np.flatnonzero((self.spans.size == 1) & ~partial):
            whole[self.spans.first[k] : self.spans.last[k]] = self.lengths[k]
        return np.where(partial, self.lengths / np.maximum(whole[self.spans.first], 1), 1.0)
