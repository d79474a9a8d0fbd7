"""Features to probabilities of candidates and to log-potentials of arcs; the weights are in weights.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from polyalign.alignment.spans import Floats

_KNEES = (0.0, 1.0)  # above these, and below minus these, a standardised feature may bend


@dataclass(frozen=True)
class Linear:
    """Features by name, standardised by their mean and deviation (n,), expanded and weighted (m,)."""

    names: tuple[str, ...]
    mean: Floats
    deviation: Floats
    weights: Floats


@dataclass(frozen=True)
class Logistic(Linear):
    """A logistic regression over the features as `expanded`."""

    bias: float

    def __call__(self, features: Floats) -> Floats:
        """Probabilities (n,) of rows (n, len(names))."""
        z = expanded(features, self.names, self.mean, self.deviation) @ self.weights + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


@dataclass(frozen=True)
class ArcPotential(Linear):
    """What a bead adds to a monotone path, and `skip`, what a unit adds that is left out."""

    skip: float

    def __call__(self, features: Floats) -> Floats:
        """The log-potential (n,) of rows (n, len(names))."""
        return np.asarray(expanded_arcs(features, self.names, self.mean, self.deviation) @ self.weights)


@dataclass(frozen=True)
class AlignmentModel:
    """Scorers of candidates: `alone`, then `in_context` of the probabilities of the others.

    `monotone` scores arcs of a path that never goes back, `complete` those of one through a translation
    that leaves nothing out; where sentences are cut into clauses there is neither. Above the score
    `threshold` a bead is worth taking. `calibration` are the slope and the intercept that make log-odds of
    scores those of being right (Platt 1999).
    """

    alone: Logistic
    in_context: Logistic
    threshold: float
    monotone: ArcPotential | None = None
    complete: ArcPotential | None = None
    calibration: tuple[float, float] = (1.0, 0.0)

    def calibrated(self, scores: Floats) -> Floats:
        """How probable it is that beads with these scores (n,) are right."""
        slope, intercept = self.calibration
        odds = np.maximum(scores, 1e-9) / np.maximum(1 - scores, 1e-9)
        return np.asarray(1 / (1 + np.exp(-intercept) * odds**-slope))


def expanded(features: Floats, names: Sequence[str], mean: Floats, deviation: Floats) -> Floats:
    """Each feature standardised, bent at a few knees, and again for larger and for many-to-many groups."""
    x = np.clip((features - mean) / deviation, -4, 4)
    grouped = (features[:, names.index("size")] > 2)[:, None]
    many = (features[:, names.index("smaller_size")] > 1)[:, None]
    bends = [np.maximum(sign * x - knee, 0) for knee in _KNEES for sign in (1, -1) if knee or sign > 0]
    return np.concatenate([x, x * grouped, x * many, *bends], axis=1)


def expanded_arcs(features: Floats, names: Sequence[str], mean: Floats, deviation: Floats) -> Floats:
    """The same, each feature once more for every sentence of the bead, and the sizes themselves.

    A path through few large beads competes with one through many small ones, so what a bead adds has to
    grow with its size.
    """
    size = features[:, names.index("size")][:, None]
    x = np.clip((features - mean) / deviation, -4, 4)
    usual = expanded(features, names, mean, deviation)
    return np.concatenate([usual, x * size / 2, np.ones_like(size), size > 2, size], axis=1)


@cache
def load_model(*, clausal: bool) -> AlignmentModel:
    """The weights that come with the package.

    Those for sentences say how probable it is that a bead is exactly right; those for texts cut
    into clauses, where exact edges are a matter of taste, how much of it is right, which is made, in the end,
    how probable it is that it is right by half.
    """
    data = _weights()["clauses" if clausal else "sentences"]
    alone, in_context = (Logistic(**_fields(data[name])) for name in ("alone", "in_context"))
    paths = {name: ArcPotential(**_fields(data[name])) for name in ("monotone", "complete") if name in data}
    return AlignmentModel(
        alone, in_context, data["threshold"], **paths, calibration=tuple(data["calibration"])
    )


def weights_version() -> str:
    """Which weights these are, for signatures."""
    return str(_weights()["version"])


@cache
def _weights() -> dict[str, Any]:
    text = resources.files("polyalign.alignment").joinpath("weights.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def _fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """Names and numbers as they are, arrays in the precision of the features."""
    arrays = ("mean", "deviation", "weights")
    return {
        **data,
        "names": tuple(data["names"]),
        **{name: np.array(data[name], np.float32) for name in arrays},
    }
