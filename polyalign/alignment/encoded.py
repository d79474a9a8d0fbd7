"""One side of an alignment, encoded: its spans, their vectors and lengths, its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise

import numpy as np

from polyalign.alignment.spans import Floats, Ints, Range, Spans
from polyalign.protocols import TextEncoder, UnitReader, UnitReading, UnitWords

LONGEST_NGRAM = 4  # parts
_LEAST_WORDS = 2  # in a part
_CUT = re.compile(r"(?<=[،؛,;:—–»”)…!?.؟])\s+|(?<=[，；：、。！？])(?=\S)")
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff"  # Thai, Lao, Burmese, Khmer, Chinese, Japanese
)
_WORD = re.compile(rf"[{_UNSPACED}]{{2}}|[^\s，；：、。！？]+")  # two letters are a word there, more or less

Encode = Callable[[Sequence[str], Sequence[Range]], Floats]


@dataclass(frozen=True, slots=True)
class EncodedUnits:
    """The words of some units, where the encoder shows them, and what gives the vectors of their spans."""

    words: UnitWords | None
    vectors: Callable[[Sequence[Range]], Floats]


def encode_together(encoder: TextEncoder, texts: Sequence[Sequence[str]]) -> list[EncodedUnits]:
    """The units of each text, by a UnitReader in larger and so faster batches than one by one.

    The bytes do not depend on the order in which the texts are given.
    """
    if not isinstance(encoder, UnitReader):
        return [EncodedUnits(None, partial(encoder.encode_spans, text)) for text in texts]
    order = sorted(range(len(texts)), key=lambda k: (len(texts[k]), [*texts[k]]))
    whole = encoder.read_units([unit for k in order for unit in texts[k]])
    starts = dict(zip(order, np.cumsum([0, *(len(texts[k]) for k in order)]).tolist(), strict=False))
    return [_excerpt(whole, starts[k], starts[k] + len(text)) for k, text in enumerate(texts)]


def _excerpt(whole: UnitReading, start: int, end: int) -> EncodedUnits:
    """The units `start` to `end` - 1 of a reading."""
    words = None
    if whole.words is not None:
        vectors, texts, units = whole.words
        rows = slice(*np.searchsorted(units, (start, end)))
        words = UnitWords(vectors[rows], texts[rows], units[rows] - start)
    return EncodedUnits(
        words, lambda spans: whole.spans([(first + start, last + start) for first, last in spans])
    )


@dataclass(frozen=True, slots=True)
class Ngrams:
    """Sub-sentence n-grams: runs of the parts of a unit between its commas and colons, less than the unit.

    Unit vectors (n, d), and the unit of each (n,), ascending. A long sentence that is translated by several
    ones is similar to each of them in a part of it only.
    """

    vectors: Floats
    unit: Ints

    @classmethod
    def of(cls, units: Sequence[str], encode: Encode) -> Ngrams:
        """The n-grams of up to LONGEST_NGRAM parts of all units."""
        parts: list[str] = []
        runs: list[Range] = []
        owners: list[int] = []
        for k, unit in enumerate(units):
            own = parts_of(unit)
            start, count = len(parts), len(own)
            found = [
                (start + i, start + j)
                for i in range(count)
                for j in range(i + 1, min(count, i + LONGEST_NGRAM) + 1)
                if j - i < count
            ]
            parts += own
            runs += found
            owners += [k] * len(found)
        return cls(encode(parts, runs), np.array(owners, dtype=np.int64))

    def raised(self, cosine: Floats, other: Floats) -> Floats:
        """Cosines (units, m) with m vectors (m, d), or that of a unit's best n-gram where it is higher.

        What vectors have beyond d, the words of a translation, n-grams do not.
        """
        best = cosine.copy()
        units, starts = np.unique(self.unit, return_index=True)
        if len(units):
            inside = np.maximum.reduceat(self.vectors @ other[:, : self.vectors.shape[1]].T, starts, axis=0)
            best[units] = np.maximum(best[units], inside)
        return best


def parts_of(text: str) -> list[str]:
    """The parts of a text between its punctuation marks, each of two words or more unless it is all."""
    starts: list[int] = []
    edges = [0, *(cut.end() for cut in _CUT.finditer(text)), len(text)]
    words = [len(_WORD.findall(text[start:end])) for start, end in pairwise(edges)]
    for k, start in enumerate(edges[:-1]):
        before = 0 if not starts else len(_WORD.findall(text[starts[-1] : start]))
        if not starts or min(before, words[k]) >= _LEAST_WORDS:
            starts.append(start)
    return [text[start:end].strip() for start, end in pairwise([*starts, len(text)])]


@dataclass(frozen=True)
class EncodedSide:
    """One side: its spans and their unit vectors (len(spans), d), its units and theirs (units, d).

    `more` gives the vectors of more spans, `encode` those of other texts, as the encoder's `encode_spans`.
    `words` are those of the units, where the encoder shows them; `translated` is the same side in the
    language of the other one, where it is translated; `ngrams` are there in a second pass. `answered`
    are the numbers of the groups that each unit is in, as somebody says who read both texts.
    """

    spans: Spans
    vectors: Floats
    units: Sequence[str]
    unit_vectors: Floats
    more: Callable[[Sequence[Range]], Floats]
    encode: Encode
    words: UnitWords | None = None
    translated: EncodedSide | None = None
    ngrams: Ngrams | None = None
    answered: Sequence[tuple[int, ...]] | None = None

    @classmethod
    def of(
        cls,
        spans: Spans,
        units: Sequence[str],
        encoder: TextEncoder,
        translations: Sequence[str] | None = None,
        encoded: EncodedUnits | None = None,
    ) -> EncodedSide:
        """The side with the vectors of an encoder, and its words if it shows them.

        `translations` are those of the units, "" for a unit that has none; their words are not compared.
        `encoded` are the units, if they have been read together with those of the other side.
        """
        encoded = encoded or encode_together(encoder, [units])[0]
        ranges, single = spans.ranges(), [(k, k + 1) for k in range(len(units))]
        place = {pair: row for row, pair in enumerate(dict.fromkeys([*ranges, *single]))}
        alone = [place[pair] for pair in single]

        def side(texts: Sequence[str], vectors_of: Callable[[Sequence[Range]], Floats]) -> EncodedSide:
            vectors = vectors_of(list(place))
            return cls(spans, vectors[: len(ranges)], texts, vectors[alone], vectors_of, encoder.encode_spans)

        own = replace(side(units, encoded.vectors), words=encoded.words)
        if translations is None:
            return own
        return replace(own, translated=side(translations, partial(encoder.encode_spans, translations)))

    def for_second_pass(self, largest: int) -> EncodedSide:
        """The same side with groups of up to so many sentences, and n-grams."""
        return replace(self._widened(largest), ngrams=Ngrams.of(self.units, self.encode))

    def _widened(self, largest: int) -> EncodedSide:
        spans, known = self.spans.widened(largest), self.spans.ranges()
        place = {pair: row for row, pair in enumerate(dict.fromkeys([*known, *spans.ranges()]))}
        vectors = np.concatenate([self.vectors, self.more(list(place)[len(known) :])])
        vectors = vectors[[place[pair] for pair in spans.ranges()]]
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
    def uncut(self) -> EncodedSide:
        """The same side in whole sentences, each of which is one unit; itself where no sentence is cut."""
        if not self.clausal:
            return self
        spans, edges = self.spans, self.spans.sentences
        single = (spans.size == 1) & ~spans.partial
        unit_vectors = self.unit_vectors[edges[:-1]]  # of excluded sentences, which are not looked at
        unit_vectors[np.searchsorted(edges, spans.first[single])] = self.vectors[single]
        words = self.words
        if words is not None:
            words = words._replace(units=np.searchsorted(edges, words.units, side="right") - 1)
        return EncodedSide(
            spans.uncut,
            self.vectors[~spans.partial],
            [" ".join(self.units[first:last]) for first, last in pairwise(edges.tolist())],
            unit_vectors,
            lambda ranges: self.more([(int(edges[first]), int(edges[last])) for first, last in ranges]),
            self.encode,
            words,
            self.translated and self.translated.uncut,
            answered=self.answered and [self.answered[first] for first in edges[:-1].tolist()],
        )

    @cached_property
    def edges(self) -> Ints:
        """Running lengths in characters; a span is edges[last] - edges[first] long."""
        return np.cumsum([0, *(len(u) + 1 for u in self.units)])

    @cached_property
    def lengths(self) -> Ints:
        """The length of every span in characters (spans,)."""
        return self.edges[self.spans.last] - self.edges[self.spans.first]

    def portion(self, first: Ints, last: Ints) -> Floats:
        """How much of the text the units first to last-1 are, by length, 0 to 1."""
        return np.asarray((self.edges[last] - self.edges[first]) / self.edges[-1])

    @cached_property
    def alignable(self) -> Ints:
        """The units that some span covers, ascending; the others are excluded."""
        edges = np.zeros(self.spans.units + 1, dtype=np.int64)
        single = self.spans.size == 1
        np.add.at(edges, self.spans.first[single], 1)
        np.add.at(edges, self.spans.last[single], -1)
        return np.flatnonzero(np.cumsum(edges)[:-1] > 0)

    @cached_property
    def shares(self) -> Floats:
        """How much of its sentence each span covers, by length (spans,): 1 for whole sentences."""
        spans, starts = self.spans, self.edges[self.spans.sentences]
        sentence = np.searchsorted(spans.sentences, spans.first, side="right") - 1
        return np.where(spans.partial, self.lengths / np.diff(starts)[sentence], 1.0)
