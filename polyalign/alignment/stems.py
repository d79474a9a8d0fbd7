"""The words that two texts in one language share, as vectors whose products are cosines of TF-IDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from polyalign.alignment.half import Half
from polyalign.alignment.spans import Floats, Ints
from polyalign.folding import comparable

STEM = 5  # letters of a word that are compared

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Stems:
    """What the spans and the units of a half share with another one: (spans, words), (units, words).

    A row is at most 1 long: the part of the words that the other half has nowhere is left out.
    """

    spans: Floats
    units: Floats


def shared_stems(one: Half, other: Half) -> tuple[Stems, Stems]:
    """The words of both halves that stand in either, rare ones for more.

    The halves are in one language. Words are alike that begin with the same STEM letters.
    """
    ours, theirs = ([Counter(stems(unit)) for unit in half.units] for half in (one, other))
    found = Counter(stem for unit in (*ours, *theirs) for stem in unit)
    units = len(ours) + len(theirs)
    weights = {stem: float(np.log(units / count)) for stem, count in sorted(found.items())}
    common = {s for unit in ours for s in unit} & {s for unit in theirs for s in unit}
    columns = np.flatnonzero([stem in common for stem in weights])
    return _words(one, ours, weights, columns), _words(other, theirs, weights, columns)


def stems(text: str) -> list[str]:
    """The beginnings of the words of a text."""
    return [word[:STEM] for word in _WORD.findall(comparable(text))]


def _words(
    half: Half, units: Sequence[Mapping[str, int]], weights: Mapping[str, float], shown: Ints
) -> Stems:
    place = {stem: k for k, stem in enumerate(weights)}
    run = np.zeros((len(units) + 1, len(place)))
    for row, unit in enumerate(units, 1):
        for stem, count in unit.items():
            run[row, place[stem]] = count * weights[stem]
    alone = run[1:].copy()
    run = np.cumsum(run, axis=0)
    return Stems(_rows(run[half.spans.last] - run[half.spans.first], shown), _rows(alone, shown))


def _rows(rows: Floats, columns: Ints) -> Floats:
    """The rows at length 1, and of them some columns."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows[:, columns] / np.maximum(norms, 1e-9), dtype=np.float32)
