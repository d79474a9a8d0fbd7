"""Gold and outputs in, scores out: figures, intervals, differences, and the signature to cite."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from polyalign.bitext import Bitext
from polyalign.errors import InputError, UsageError
from polyalign.scoring.measures import Measure
from polyalign.scoring.resampling import Array, Interval, PairedDifference, differences, intervals
from polyalign.scoring.segmented import Segmented
from polyalign.scoring.spanned import Spanned
from polyalign.version import VERSION

SAMPLES = 1_000
MAX_SAMPLES = 1_000_000
SEED = 12345
DECIMALS = 4  # of figures as JSON

GoldDocument = Segmented | Spanned
Beads = Collection[Any]  # each a Group where the gold is Segmented, a Passage where it is Spanned
Output = Mapping[str, Bitext | Beads]  # by the id of the document


@dataclass(frozen=True)
class Gold:
    """The documents of a set, all of one measure. Raises InputError where they hold no gold at all."""

    name: str
    documents: tuple[GoldDocument, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not any(document.size for document in self.documents):
            raise InputError(f"{self.name} holds no gold beads: there is nothing to compare with")
        key, times = Counter(document.id for document in self.documents).most_common(1)[0]
        if times > 1:
            raise InputError(f"{self.name} has the id {key!r} {times} times: give each document once")
        if len({type(document) for document in self.documents}) > 1:
            raise InputError(f"{self.name} mixes gold beads and spans: give a file of each")

    def require(self, ids: Container[str], name: str) -> None:
        """Raise InputError where `name` lacks a document."""
        if missing := [document.id for document in self.documents if document.id not in ids]:
            raise InputError(
                f"{name} has no beads for {len(missing)} of {len(self.documents)} documents, "
                f"the first is {missing[0]!r}: give those of the whole set"
            )

    @property
    def measure(self) -> Measure:
        """What its documents are scored by."""
        return self.documents[0].measure

    @cached_property
    def digest(self) -> str:
        """Eight hexadecimal digits that change with the content, not with the order or the ids."""
        contents = sorted(json.dumps(document.content()) for document in self.documents)
        return hashlib.sha256("\n".join(contents).encode()).hexdigest()[:8]


@dataclass(frozen=True, repr=False)
class Score:
    """The figures of an output, 0 to 1, and the 95 % interval of each.

    `counts` says how much was measured. `units` is what was resampled: "41 documents", or "57 groups of
    beads" where there is one document; beads that share a segment, or text, are drawn together.
    """

    figures: Mapping[str, float]
    interval: Mapping[str, Interval]
    counts: Mapping[str, int]
    units: str
    signature: str

    def __repr__(self) -> str:
        name = next(name for name in self.figures if name.endswith("f1"))
        return f"Score({name}={self.figures[name]:.4f}, {self.units})"

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `polyalign score --format json`."""
        return {
            **{name: round(value, DECIMALS) for name, value in self.figures.items()},
            "interval": {name: _rounded(interval) for name, interval in self.interval.items()},
            **self.counts,
            "units": self.units,
            "signature": self.signature,
        }


@dataclass(frozen=True, repr=False)
class Comparison:
    """The scores of two outputs on one gold, and by how much the second differs from the first."""

    first: Score
    second: Score
    difference: Mapping[str, PairedDifference]

    def __repr__(self) -> str:
        name = next(name for name in self.difference if name.endswith("f1"))
        told = self.difference[name]
        return f"Comparison({name} {told.value:+.4f}, p={told.p:.4f}, {self.first.units})"

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `polyalign score --format json` for two outputs: that of the first, and more."""
        told = {}
        for name, one in self.difference.items():
            value, p = _rounded((one.value, one.p))
            told[name] = {"value": value, "interval": _rounded(one.interval), "p": p}
        return self.first.to_dict() | {"second": self.second.to_dict(), "difference": told}


def score(gold: Gold, output: Output, *, samples: int = SAMPLES, seed: int = SEED) -> Score:
    """How right the beads of an output are; those of documents that the gold lacks do not matter.

    The intervals come of so many bootstrap `samples`, the same for the same `seed`. Raises InputError
    where a document is missing, UsageError for other numbers than 1 to a million samples.
    """
    return _score(gold, _units(gold, output)[:, 0], samples, seed)


def compare(
    gold: Gold, first: Output, second: Output, *, samples: int = SAMPLES, seed: int = SEED
) -> Comparison:
    """Two outputs, and whether their difference is more than chance: see `polyalign.scoring.resampling`.

    All of it is over the same units. Raises what `score` raises.
    """
    rows = _units(gold, first, second)
    ours, theirs = (_score(gold, rows[:, k], samples, seed) for k in (0, 1))
    told = differences(rows[:, 0], rows[:, 1], gold.measure, samples=samples, seed=seed)
    return Comparison(ours, theirs, told)


def _score(gold: Gold, rows: Array, samples: int, seed: int) -> Score:
    if not 0 < samples <= MAX_SAMPLES or seed < 0:
        raise UsageError(f"{samples} samples, seed {seed}: give 1 to {MAX_SAMPLES:,}, and a seed from 0")
    documents, measure, sums = len(gold.documents), gold.measure, rows.sum(0)
    counts = dict(zip(measure.columns, sums.tolist(), strict=True))
    told = {"measure": measure.name, "set": gold.name, "gold": gold.digest, "documents": documents}
    told |= {"bootstrap": samples, "seed": seed}
    units = "documents" if documents > 1 else "groups of beads"
    return Score(
        {name: float(value) for name, value in measure.of(sums).items()},
        intervals(rows, measure, samples=samples, seed=seed),
        {"documents": documents, **{name: counts[name] for name in measure.shown}},
        f"{len(rows)} {units}" if len(rows) > 1 else "1 group of beads",
        " | ".join((f"polyalign {VERSION}", *(f"{key}:{value}" for key, value in told.items()))),
    )


def _units(gold: Gold, *outputs: Output) -> Array:
    """The counts: units x outputs x columns."""
    for output in outputs:
        gold.require(output, "the output")
    judged: list[tuple[GoldDocument, list[Beads]]] = []
    for document in gold.documents:
        found = (output[document.id] for output in outputs)
        beads = (document.from_bitext(o, name=document.id) if isinstance(o, Bitext) else o for o in found)
        judged.append((document, [[bead for bead in own if all(bead)] for own in beads]))  # no side is empty
    if len(judged) == 1:
        judged = [*judged[0][0].parts(*judged[0][1])]
    return np.array([[document.counts(own) for own in beads] for document, beads in judged], dtype=np.int64)


def _rounded(values: tuple[float, float]) -> list[float]:
    return [round(value, DECIMALS) for value in values]
