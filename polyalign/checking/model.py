"""Evidence to probabilities: right, or one kind of trouble. The weights are in weights.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from polyalign.checking.evidence import NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

RIGHT = "right"
# what may be wrong with a pair, as it is taught; `right` is first
CLASSES = (RIGHT, "mismatch", "missing", "numbers", "names", "negation", "garbled", "foreign")
BENDS = ("plain", "above", "high", "low", "short")  # the five weights of a feature

_SHORT, _SHORTER = 4.5, 1.5  # logarithms of characters: under 90 a text is short, and wholly so from 20


@dataclass(frozen=True)
class CheckModel:
    """A multinomial logistic regression over the features as `expanded`.

    `mean` and `deviation` (features,) standardise them, `weights` (5 * features + 1, classes) ends with the
    bias. `usual` (513,) is by how much a word is near to any text, a weight for each number of its vector.
    """

    version: str
    usual: Floats
    mean: Floats
    deviation: Floats
    weights: Floats

    def __call__(self, features: Floats) -> Floats:
        """Probabilities (n, classes) of rows (n, features)."""
        x = expanded(features, self.mean, self.deviation)
        z = np.concatenate([x, np.ones((len(x), 1))], axis=1) @ self.weights
        z = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(z / z.sum(axis=1, keepdims=True))


def expanded(features: Floats, mean: Floats, deviation: Floats) -> Floats:
    """Each feature standardised, bent at -1, 0 and 1, and once more for short texts (n, 5 * features)."""
    x = np.clip((features.astype(float) - mean) / deviation, -4, 4)
    short = np.clip((_SHORT - features[:, NAMES.index("length")]) / _SHORTER, 0, 1)[:, None]
    bent = (np.maximum(x, 0), np.maximum(x - 1, 0), np.maximum(-x - 1, 0))
    return np.concatenate([x, *bent, x * short], axis=1)


def as_json(model: CheckModel) -> dict[str, Any]:
    """The model as it is written: five weights for every class and feature by their names."""
    table = model.weights[:-1].reshape(len(BENDS), len(NAMES), len(CLASSES))
    return {
        "version": model.version,
        "classes": list(CLASSES),
        "bends": list(BENDS),
        "usual": np.round(model.usual, 4).tolist(),
        "features": {
            name: {
                "mean": round(float(model.mean[k]), 5),
                "deviation": round(float(model.deviation[k]), 5),
                **{c: np.round(table[:, k, n], 3).tolist() for n, c in enumerate(CLASSES)},
            }
            for k, name in enumerate(NAMES)
        },
        "bias": {c: round(float(model.weights[-1, n]), 3) for n, c in enumerate(CLASSES)},
    }


def from_json(data: Mapping[str, Any]) -> CheckModel:
    """The model that `as_json` wrote."""
    features = [data["features"][name] for name in NAMES]
    table = np.array([[feature[c] for c in CLASSES] for feature in features])  # (features, classes, bends)
    weights = table.transpose(2, 0, 1).reshape(len(BENDS) * len(NAMES), len(CLASSES))
    bias = np.array([[data["bias"][c] for c in CLASSES]])
    return CheckModel(
        str(data["version"]),
        np.array(data["usual"], dtype=np.float32),
        np.array([feature["mean"] for feature in features]),
        np.array([feature["deviation"] for feature in features]),
        np.concatenate([weights, bias]),
    )


@cache
def load_model() -> CheckModel:
    """The weights that come with the package."""
    text = files("polyalign.checking").joinpath("weights.json").read_text(encoding="utf-8")
    return from_json(json.loads(text))
