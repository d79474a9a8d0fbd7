"""Features to probabilities and to the worth of steps on a path; the weights live in weights.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from polyalign.alignment.spans import Floats

_KNEES = (0.0, 1.0)  # above these, and below minus these, a standardised feature may bend


@dataclass(frozen=True)
class Logistic:
    """Features standardised, opened up (see `terms`), weighted, squashed."""

    names: tuple[str, ...]
    mean: Floats
    deviation: Floats
    weights: Floats
    bias: float

    def __call__(self, features: Floats) -> Floats:
        """Probabilities (n,) of rows (n, len(names))."""
        z = terms(features, self.names, self.mean, self.deviation) @ self.weights + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


@dataclass(frozen=True)
class Steps:
    """Features standardised, opened up (see `path_terms`), weighted: what a bead adds to a path.

    `skip` is what a unit that is left out adds.
    """

    names: tuple[str, ...]
    mean: Floats
    deviation: Floats
    weights: Floats
    skip: float

    def __call__(self, features: Floats) -> Floats:
        """The worth (n,) of rows (n, len(names)), as the log of a weight."""
        return np.asarray(path_terms(features, self.names, self.mean, self.deviation) @ self.weights)


@dataclass(frozen=True)
class Model:
    """`first` judges a candidate by itself, `second` knows what the first said of the others.

    `path` judges it as a step on an orderly path, `whole` on one through texts that leave nothing out.
    `threshold` is the score above which a bead is
    worth taking.
    """

    first: Logistic
    second: Logistic
    path: Steps
    whole: Steps
    threshold: float


def terms(features: Floats, names: Sequence[str], mean: Floats, deviation: Floats) -> Floats:
    """What the regression weighs: each feature, bent at a few knees, and once more for larger groups."""
    x = np.clip((features - mean) / deviation, -4, 4)
    grouped = (features[:, names.index("size")] > 2)[:, None]
    many = (features[:, names.index("smaller_size")] > 1)[:, None]
    bends = [np.maximum(sign * x - knee, 0) for knee in _KNEES for sign in (1, -1) if knee or sign > 0]
    return np.concatenate([x, x * grouped, x * many, *bends], axis=1)


def path_terms(features: Floats, names: Sequence[str], mean: Floats, deviation: Floats) -> Floats:
    """The `terms`, and each feature once more for every sentence of the bead, and the sizes themselves.

    A path through few large beads competes with one through many small ones, so what a bead is
    worth has to grow with its size.
    """
    size = features[:, names.index("size")][:, None]
    x = np.clip((features - mean) / deviation, -4, 4)
    return np.concatenate(
        [terms(features, names, mean, deviation), x * size / 2, np.ones_like(size), size > 2, size], axis=1
    )


@cache
def load_model(*, clausal: bool) -> Model:
    """The weights that come with the package.

    Those for sentences say how probable it is that a bead is exactly right; those for texts cut
    into clauses, where exact edges are a matter of taste, how much of it is right.
    """
    data = _weights()
    part = data["clauses" if clausal else "sentences"]
    first, second = _logistic(part["first"]), _logistic(part["second"])
    return Model(first, second, _steps(part["path"]), _steps(part["whole"]), part["threshold"])


def version() -> str:
    """Which weights these are, for signatures."""
    return str(_weights()["version"])


@cache
def _weights() -> dict[str, Any]:
    text = resources.files("polyalign.alignment").joinpath("weights.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def _logistic(data: dict[str, Any]) -> Logistic:
    return Logistic(tuple(data["names"]), *_arrays(data), float(data["bias"]))


def _steps(data: dict[str, Any]) -> Steps:
    return Steps(tuple(data["names"]), *_arrays(data), float(data["skip"]))


def _arrays(data: dict[str, Any]) -> tuple[Floats, Floats, Floats]:
    """Mean, deviation and weights, in the precision of the features."""
    mean, deviation, weights = (np.array(data[name], np.float32) for name in ("mean", "deviation", "weights"))
    return mean, deviation, weights
