"""The network of the default encoder, from tokens to what a text adds up to, and from that to its vector.

It looks at windows of two, three and five tokens twice (Yang et al., 2020, "Multilingual Universal Sentence
Encoder for Semantic Retrieval"), and adds up what it sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from polyalign.encoders.layout import REACH
from polyalign.protocols import Vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from polyalign.cache import Arrays

SUMMED = 512  # what a token adds to its text
_CHUNKS = 17  # the vocabulary is stored as 17 interleaved blocks, each with its own scale
_EMBEDDED, _WIDTH = 512, 256
_ORDERS = ((2, 0), (3, 1), (5, 2))  # window width, and how many of its tokens stand to the left
_COLUMNS = [slice(k * _WIDTH, (k + 1) * _WIDTH) for k in range(len(_ORDERS))]
_LOOKED = len(_ORDERS) * _WIDTH


@dataclass(frozen=True, slots=True)
class Network:
    """The weights, as `decoded` gives them. Means are left to weights that do not see them."""

    weights: Arrays

    def features(self, sequences: Sequence[Sequence[int]], wanted: NDArray[np.int64]) -> Vectors:
        """What is seen at the wanted tokens of sequences that do not see each other (wanted, 1280).

        Each row has a deviation of 1.
        """
        w = self.weights
        places = np.cumsum([0, *map(len, sequences)])
        flat = np.fromiter(chain.from_iterable(sequences), dtype=np.int64, count=int(places[-1]))
        window = _window(places)
        kinds, where = np.unique(flat, return_inverse=True)
        embedded = self._embedded(kinds)
        projected = self._projected(embedded)
        features = np.empty((len(wanted), _EMBEDDED + _LOOKED), dtype=np.float32)
        features[:, :_EMBEDDED] = embedded[where[wanted]]
        second = features[:, _EMBEDDED:]
        for (order, left), columns in zip(_ORDERS, _COLUMNS, strict=True):
            around = window[:, REACH - left : REACH - left + order]
            looked = _first_look(projected[:, columns], where, around, w[f"w1_{order}"], w[f"b1_{order}"])
            seen: Vectors = looked[around[wanted]].reshape(len(wanted), -1) @ w[f"w2_{order}"]
            seen += w[f"b2_{order}"]
            np.maximum(seen, 0, out=seen)
            seen += looked[wanted]
            second[:, columns] = seen
        features /= _deviation(features, w["eps"])
        return features

    def _embedded(self, kinds: NDArray[np.int64]) -> Vectors:
        w, chunk = self.weights, kinds % _CHUNKS
        return np.asarray(w["table"][kinds] * w["scale"][chunk, None] + w["lo"][chunk, None])

    def _projected(self, embedded: Vectors) -> Vectors:
        """The embeddings as the three looks see them (n, 768)."""
        w = self.weights
        projected: Vectors = embedded @ w["proj"]
        projected += w["proj_b"]
        projected /= _deviation(projected, w["eps"])
        projected *= w["ln_gs"]
        projected += w["ln_bs"]
        return projected

    def added(self, features: Vectors, pick: Vectors) -> Vectors:
        """Sums (n, 512) of what tokens with such features add, each counted as `pick` (n, tokens) says."""
        return self._weighed(pick @ features, pick.sum(axis=1, keepdims=True))

    def parts(self, features: Vectors, first: NDArray[np.int64]) -> Vectors:
        """What words add (n, 512) whose tokens have these features, each from a `first` one on."""
        size = np.diff(np.append(first, len(features)))
        summed = features[first]
        for step in range(1, int(size.max(initial=0))):
            longer = np.flatnonzero(size > step)
            summed[longer] += features[first[longer] + step]
        return self._weighed(summed, size[:, None].astype(np.float32))

    def _weighed(self, summed: Vectors, counts: Vectors) -> Vectors:
        added: Vectors = summed @ self.weights["cnn_W"]
        added += counts * self.weights["cnn_b"]
        return added

    def vectors(self, sums: Vectors, counts: NDArray[np.int64]) -> Vectors:
        """Unit vectors (n, 512) from token sums (n, 512) and counts (n,)."""
        w = self.weights
        x = sums / np.sqrt(counts.astype(np.float32))[:, None]
        y = np.maximum(x @ w["p1"] + np.maximum(x @ w["d0"], 0) @ w["d1"], 0)
        z = np.tanh(y @ w["p3"] + np.maximum(y @ w["d2"], 0) @ w["d3"])
        return np.asarray(z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def decoded(path: Path) -> Arrays:
    """The network's arrays as they are used: one table of byte embeddings, float32 for the rest.

    What is linear is worked out here once: the gain and bias of what is normalised before "cnn_W", and
    the means of what is normalised, which columns that add up to nothing do not see.
    """
    with np.load(path, allow_pickle=False) as packed:
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


def _first_look(
    kinds: Vectors, where: NDArray[np.int64], around: NDArray[np.int64], weights: Vectors, bias: Vectors
) -> Vectors:
    """Tokens plus their rectified convolution (tokens + 1, 256); the last row is nothing, for the outside.

    Token t is of kind `where[t]`, multiplied only once, and has the tokens `around[t]` in its window.
    """
    looked = np.zeros((len(where) + 1, _WIDTH), dtype=np.float32)
    seen, standing = looked[:-1], np.append(where, len(kinds))
    seen += bias
    padded = np.concatenate([kinds, looked[-1:]])
    for k, block in enumerate(weights.reshape(-1, _WIDTH, _WIDTH)):
        seen += (padded @ block)[standing[around[:, k]]]
    np.maximum(seen, 0, out=seen)
    seen += kinds[where]
    return looked


def _window(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row t: the tokens t-2 .. t+2; a place outside the sequence of t is the row after the last."""
    lengths, total = np.diff(places), int(places[-1])
    around = np.arange(total)[:, None] + np.arange(-REACH, REACH + 1)
    first, last = (np.repeat(edge, lengths)[:, None] for edge in (places[:-1], places[1:]))
    return np.where((around >= first) & (around < last), around, total)


def _deviation(x: Vectors, eps: Vectors) -> Vectors:
    """The standard deviation of each row (n, 1)."""
    mean = x @ np.full(x.shape[1], 1 / x.shape[1], dtype=np.float32)
    variance = np.einsum("ij,ij->i", x, x) / x.shape[1] - mean * mean
    return np.asarray(np.sqrt(variance + eps)[:, None], dtype=np.float32)


def _centred(weights: NDArray[Any], axis: int) -> NDArray[Any]:
    return np.asarray(weights - weights.mean(axis=axis, keepdims=True))
