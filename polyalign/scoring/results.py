"""Gold and outputs in, scores out: figures, intervals, differences, and the signature to cite."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from polyalign.bitext import Bitext
from polyalign.errors import InputError, UsageError
from polyalign.scoring.measures import Measure
from polyalign.scoring.resampling import Array, Difference, Interval, differences, intervals
from polyalign.scoring.segmented import Segmented
from polyalign.scoring.spanned import Spanned

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
    beads" where there is one document; beads that touch each other are drawn together.
    """

    figures: Mapping[str, float]
    interval: Mapping[str, Interval]
    counts: Mapping[str, int]
    units: str
    signature: str

    def __repr__(self) -> str:
        name = next(name for name in self.figures if name.endswith("f1"))
        return f"Score({name}={self.figures[name]:.{DECIMALS}f}, {self.signature!r})"

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
    """The scores of two outputs on one gold, and by how much the second differs from the first.

    `units` is what was resampled for the differences, `signature` is that of all figures.
    """

    first: Score
    second: Score
    difference: Mapping[str, Difference]
    units: str
    signature: str

    def __repr__(self) -> str:
        name = next(name for name in self.difference if name.endswith("f1"))
        told = self.difference[name]
        return f"Comparison({name} {told.value:+.{DECIMALS}f}, p={told.p:.{DECIMALS}f})"

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `polyalign score --format json` for two outputs: that of the first, and more."""
        told = {}
        for name, one in self.difference.items():
            value, p = _rounded((one.value, one.p))
            told[name] = {"value": value, "interval": _rounded(one.interval), "p": p}
        second = self.second.to_dict()
        both = {"second": second, "difference": told, "difference_units": self.units}
        return self.first.to_dict() | both | {"signature": self.signature}


def score(gold: Gold, output: Output, *, samples: int = SAMPLES, seed: int = SEED) -> Score:
    """How right the beads of an output are; those of documents that the gold lacks do not matter.

    The intervals come of so many bootstrap `samples`, the same for the same `seed`. Raises InputError
    where a document is missing, UsageError for other numbers than 1 to a million samples.
    """
    if not 0 < samples <= MAX_SAMPLES or seed < 0:
        raise UsageError(f"{samples} samples, seed {seed}: give 1 to {MAX_SAMPLES:,}, and a seed from 0")
    rows = _units(gold, output)[:, 0]
    sums = rows.sum(0)
    counts = dict(zip(gold.measure.columns, sums.tolist(), strict=True))
    return Score(
        {name: float(value) for name, value in gold.measure.of(sums).items()},
        intervals(rows, gold.measure, samples=samples, seed=seed),
        {"documents": len(gold.documents), **{name: counts[name] for name in gold.measure.shown}},
        _named(len(rows), gold),
        _signature(gold, samples, seed),
    )


def compare(
    gold: Gold, first: Output, second: Output, *, samples: int = SAMPLES, seed: int = SEED
) -> Comparison:
    """Two outputs, and whether their difference is more than chance: see `polyalign.scoring.resampling`.

    Raises what `score` raises.
    """
    scores = [score(gold, output, samples=samples, seed=seed) for output in (first, second)]
    rows = _units(gold, first, second)
    told = differences(rows[:, 0], rows[:, 1], gold.measure, samples=samples, seed=seed)
    signature = f"{scores[0].signature} | randomisation:{samples}"
    return Comparison(scores[0], scores[1], told, _named(len(rows), gold), signature)


def _units(gold: Gold, *outputs: Output) -> Array:
    """The counts: units x outputs x columns."""
    judged: list[tuple[GoldDocument, list[Beads]]] = [
        (document, [_beads(document, output, gold) for output in outputs]) for document in gold.documents
    ]
    if len(judged) == 1:
        document, beads = judged[0]
        judged = [*document.parts(*beads)]
    return np.array([[document.counts(own) for own in beads] for document, beads in judged], dtype=np.int64)


def _beads(document: GoldDocument, output: Output, gold: Gold) -> Beads:
    if document.id not in output:
        missing = [each.id for each in gold.documents if each.id not in output]
        raise InputError(
            f"no beads for {len(missing)} of {len(gold.documents)} documents, the first is {missing[0]!r}: "
            "give an output of the whole set"
        )
    beads = output[document.id]
    return document.from_bitext(beads, name=document.id) if isinstance(beads, Bitext) else beads


def _signature(gold: Gold, samples: int, seed: int) -> str:
    from importlib.metadata import version

    told = {
        "measure": gold.measure.name,
        "set": gold.name,
        "gold": gold.digest,
        "documents": len(gold.documents),
        "bootstrap": samples,
        "seed": seed,
    }
    return " | ".join(
        (f"polyalign {version('polyalign')}", *(f"{key}:{value}" for key, value in told.items()))
    )


def _named(units: int, gold: Gold) -> str:
    if len(gold.documents) > 1:
        return f"{units} documents"
    return f"{units} groups of beads" if units > 1 else "1 group of beads"


def _rounded(values: tuple[float, float]) -> list[float]:
    return [round(value, DECIMALS) for value in values]
