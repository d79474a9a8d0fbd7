"""Fit polyalign/corpus/weights.json on heaps of documents that tell known stories.

usage: PYTHONPATH=benchmarks python models/corpus/fit_pairing.py [--dry-run]

The heaps are those of benchmarks/documents.py in other mixtures and more languages. The logistic is
fitted on the pairs that are the best of both their documents, since these are the ones to judge, and
which they are, the fit before says. Stories are dealt into five parts, and each is judged by weights
fitted on the other four; likewise each pair of languages by the other pairs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from common import ROOT, SHARED, say
from documents import Vectors, World, calibration_error, first_right, made_sets, winners
from numpy.typing import NDArray

from polyalign.corpus.documentpairs import Judgement, candidates
from polyalign.corpus.evidence import SIGNALS, evidence

WEIGHTS = ROOT / "polyalign" / "corpus" / "weights.json"
SEEDS = (100, 200)
FOLDS = 5
ROUNDS = 3
RIDGE = 1.0
SET_WEIGHT = {"daily": 0.5, "many": 0.5, "full": 0.5}

Floats = NDArray[np.float64]


@dataclass
class Case:
    """One heap: its candidates, what speaks for them, and whether they are right."""

    world: World
    edges: NDArray[np.int64]
    signals: Floats
    right: NDArray[np.bool_]

    @property
    def folds(self) -> NDArray[np.int64]:
        """The part that each candidate belongs to, by the story of its source, whatever its piece."""
        stories = [name.split("#")[0] for name in self.world.stories[0]]
        return np.array([crc32(stories[s].encode()) % FOLDS for s in self.edges[:, 0]])

    @property
    def weight(self) -> float:
        return SET_WEIGHT.get(self.world.name.split(".")[0], 1.0)


def cases(vectors: Vectors) -> list[Case]:
    made = []
    for seed in SEEDS:
        for world in made_sets(SHARED, vectors, seed=seed, fitting=True):
            edges = candidates(world.source, world.target)
            signals = evidence(world.source, world.target, edges, progress=lambda *_: None).signals
            made.append(Case(world, edges, signals.astype(np.float64), world.right(edges)))
            say(f"{seed} {world.name}: {len(edges)} candidates, {made[-1].right.sum()} of them right")
    return made


def fitted(taken: Sequence[tuple[Case, NDArray[np.bool_]]]) -> Judgement:
    """A judgement fitted on the rows of each case that it may see."""
    judge = Judgement(np.ones(len(SIGNALS)), 0.0)
    for _ in range(ROUNDS):
        best = [winners(case.edges, judge(case.signals)) for case, _ in taken]
        rows = [k[seen[k]] for k, (_, seen) in zip(best, taken, strict=True)]
        x = np.concatenate([case.signals[k] for (case, _), k in zip(taken, rows, strict=True)])
        y = np.concatenate([case.right[k] for (case, _), k in zip(taken, rows, strict=True)])
        w = np.concatenate([np.full(len(k), case.weight) for (case, _), k in zip(taken, rows, strict=True)])
        judge = _logistic(x, y.astype(float), w)
    return judge


def _logistic(x: Floats, y: Floats, weight: Floats) -> Judgement:
    """Weights by Newton's method on standardised signals, none below 0; a ridge on all but the bias."""
    keep = np.ones(x.shape[1], dtype=bool)
    while True:
        mean, deviation = x[:, keep].mean(axis=0), x[:, keep].std(axis=0)
        z = np.column_stack([(x[:, keep] - mean) / deviation, np.ones(len(x))])
        ridge = np.diag([RIDGE] * int(keep.sum()) + [0.0])
        b = np.zeros(z.shape[1])
        for _ in range(30):
            p = 1 / (1 + np.exp(-np.clip(z @ b, -30, 30)))
            hessian = (z * (weight * p * (1 - p) + 1e-9)[:, None]).T @ z + ridge
            b += np.linalg.solve(hessian, z.T @ (weight * (y - p)) - ridge @ b)
        if (b[:-1] >= 0).all():
            break
        keep[np.flatnonzero(keep)[np.argmin(b[:-1])]] = False
    weights = np.zeros(x.shape[1])
    weights[keep] = b[:-1] / deviation
    return Judgement(weights, float(b[-1] - (b[:-1] * mean / deviation).sum()))


def unseen(all_cases: Sequence[Case], part: Callable[[Case], NDArray[Any]]) -> list[Floats]:
    """The scores of every case, each part judged by weights fitted on the others."""
    said = [np.zeros(len(case.edges)) for case in all_cases]
    for one in sorted({value for case in all_cases for value in part(case).tolist()}):
        judge = fitted([(case, part(case) != one) for case in all_cases])
        for scores, case in zip(said, all_cases, strict=True):
            own = part(case) == one
            scores[own] = judge(case.signals[own])
    return said


def figures(all_cases: Sequence[Case], said: Sequence[Floats]) -> dict[str, dict[str, float]]:
    """For each kind of set: recall@1, and precision, recall and calibration of the best of both."""
    kinds: dict[str, list[tuple[Case, Floats]]] = {}
    for case, scores in zip(all_cases, said, strict=True):
        for kind in (case.world.name.split(".")[0], "all"):
            kinds.setdefault(kind, []).append((case, scores))
    return {kind: _figures(some) for kind, some in kinds.items()}


def _figures(some: Sequence[tuple[Case, Floats]]) -> dict[str, float]:
    firsts, scores, right = [], [], []
    for case, said in some:
        firsts += first_right(case.world, case.edges, said)
        best = winners(case.edges, said)
        scores.append(said[best])
        right.append(case.right[best])
    joined, good = np.concatenate(scores), np.concatenate(right)
    kept = joined >= 0.5
    return {
        "recall@1": round(float(np.mean(firsts)), 4),
        "precision": round(float(good[kept].mean()), 4),
        "kept of the right": round(float(good[kept].sum() / good.sum()), 4),
        "ECE": round(calibration_error(joined, good), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    options = parser.parse_args()
    known = cases(Vectors())
    ways = {
        "stories": lambda case: case.folds,
        "languages": lambda case: np.full(len(case.edges), case.world.name.split(".")[1]),
    }
    checked = {f"unseen {name}": figures(known, unseen(known, part)) for name, part in ways.items()}
    judge = fitted([(case, np.ones(len(case.edges), dtype=bool)) for case in known])
    weights = {name: round(float(weight), 4) for name, weight in zip(SIGNALS, judge.weights, strict=True)}
    data = {"version": "1", "weights": weights, "bias": round(judge.bias, 4), "cross_validated": checked}
    print(json.dumps(data, indent=1))
    if not options.dry_run:
        WEIGHTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
