"""Fit polyalign/alignment/weights.json on alignments with gold, and say how good it is on texts not seen.

usage: python models/alignment/fit.py BENCH_DIR [--dry-run]

BENCH_DIR holds SET.SRC-TGT.jsonl files (see benchmarks/quality.py). Stories are dealt into five
parts; each part is judged by weights fitted on the other four, and the second regression is fitted
on what such weights said, so that it learns from honest first opinions. Takes about ten minutes.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polyalign.alignment import EARLY_THRESHOLD, HOPELESS, THRESHOLD, Half, choose, spans_of, weights
from polyalign.alignment.context import CONTEXT_FEATURES, Extents, context, extents, order_of
from polyalign.alignment.grid import FEATURES, Candidates, Floats, candidates
from polyalign.alignment.model import Logistic, terms
from polyalign.encoders import load

LARGEST = 6
FOLDS = 5
RIDGE = 2.0
SET_WEIGHT = {"alignar-law": 3.0, "alignar-literature": 3.0, "mac4": 3.0}


@dataclass
class Case:
    """One document: its candidates, which of them are gold, and where it comes from."""

    name: str
    story: str
    source: Half
    target: Half
    found: Candidates
    where: Extents
    right: np.ndarray[Any, np.dtype[np.bool_]]
    gold: int
    early: Floats | None = None
    late: Floats | None = None

    @property
    def weight(self) -> float:
        """How much the document counts: the few long translations more than the many news stories."""
        return SET_WEIGHT.get(self.name.split(".")[0].removeprefix("reports-"), 1.0)


def cases(bench: Path) -> Iterator[Case]:
    """Every document of every set, and made of them, reports whose sentences hold several clauses."""
    encoder, dice = load("use-m3"), random.Random(1)
    for path in sorted(bench.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            document = json.loads(line)
            yield _case(path.stem, document, encoder, [1] * len(document["src"]), [1] * len(document["tgt"]))
            if path.stem.startswith("news-comparable_hard."):
                clauses = _joined(len(document["src"]), 0.35, dice), _joined(len(document["tgt"]), 0.1, dice)
                yield _case("clauses-" + path.stem, document, encoder, *clauses)
            if not path.stem.startswith("news-comparable"):
                for report in _reports(document, dice):
                    clauses = _joined(len(report["src"]), 0.35, dice), _joined(len(report["tgt"]), 0.15, dice)
                    yield _case("reports-" + path.stem, report, encoder, *clauses)


def _reports(document: dict[str, Any], dice: random.Random, *, beads: int = 24) -> Iterator[dict[str, Any]]:
    """Two reports of one event, made of each stretch of a translation, twice.

    Of a third of the beads only one side is told, so that what has no counterpart is on the same
    topic as what has one; the target tells the rest in another order, in runs of one to three.
    """
    gold = sorted((s, t) for s, t in document["gold"] if s and t)
    for start in range(0, len(gold), beads):
        told = gold[start : start + beads]
        for _ in range(2):
            fates = [dice.choices(("both", "source", "target"), (64, 18, 18))[0] for _ in told]
            ours = [bead for bead, fate in zip(told, fates, strict=True) if fate != "target"]
            theirs = _in_other_order(
                [b for b, fate in zip(told, fates, strict=True) if fate != "source"], dice
            )
            both = [bead for bead, fate in zip(told, fates, strict=True) if fate == "both"]
            yield _retold(document, ours, theirs, both)


def _in_other_order(beads: list[Any], dice: random.Random) -> list[Any]:
    runs: list[list[Any]] = []
    while beads:
        size = dice.randint(1, 3)
        runs.append(beads[:size])
        beads = beads[size:]
    dice.shuffle(runs)
    return [bead for run in runs for bead in run]


def _retold(document: dict[str, Any], ours: list[Any], theirs: list[Any], both: list[Any]) -> dict[str, Any]:
    source = [i for s, _ in ours for i in s]
    target = [j for _, t in theirs for j in t]
    new_source, new_target = ({old: new for new, old in enumerate(ids)} for ids in (source, target))
    return {
        "id": document["id"],
        "src": [document["src"][i] for i in source],
        "tgt": [document["tgt"][j] for j in target],
        "gold": [[[new_source[i] for i in s], [new_target[j] for j in t]] for s, t in both],
    }


def _joined(units: int, chance: float, dice: random.Random) -> list[int]:
    """Sentences of one to three units, made of neighbours at random."""
    sizes: list[int] = []
    for _ in range(units):
        if sizes and sizes[-1] < 3 and dice.random() < chance:
            sizes[-1] += 1
        else:
            sizes.append(1)
    return sizes


def _case(name: str, document: dict[str, Any], encoder: Any, ours: list[int], theirs: list[int]) -> Case:
    halves = []
    for units, clauses in ((document["src"], ours), (document["tgt"], theirs)):
        spans = spans_of(clauses, LARGEST)
        halves.append(Half(spans, encoder.encode_spans(units, spans.pairs()), units))
    found = candidates(*halves)
    where = extents(found, halves[0].spans, halves[1].spans)
    gold = {(min(s), max(s) + 1, min(t), max(t) + 1) for s, t in document["gold"] if s and t}
    rows = zip(
        where.first_s.tolist(),
        where.last_s.tolist(),
        where.first_t.tolist(),
        where.last_t.tolist(),
        strict=True,
    )
    right = np.array([row in gold for row in rows])
    return Case(name, document["id"], *halves, found, where, right, len(gold))


def fitted(rows: Floats, right: Any, weight: Floats, names: tuple[str, ...]) -> Logistic:
    """Logistic regression with a ridge, by Newton's method."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    x = terms(rows, names, mean, deviation)
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    beta = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], RIDGE)
    ridge[-1] = 1e-6
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weight * (right - p)) - ridge * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-4:
            break
    return Logistic(names, mean, deviation, beta[:-1], float(beta[-1]))


def fit_first(chosen: list[Case]) -> Logistic:
    """Fit on the candidates alone; one in four of the many that are wrong stands for all of them."""
    rng = np.random.default_rng(0)
    keep = [case.right | (rng.random(len(case.right)) < 0.25) for case in chosen]
    rows = np.concatenate([case.found.features[k] for case, k in zip(chosen, keep, strict=True)]).astype(
        float
    )
    right = np.concatenate([case.right[k] for case, k in zip(chosen, keep, strict=True)])
    base = np.concatenate([np.full(int(k.sum()), case.weight) for case, k in zip(chosen, keep, strict=True)])
    return fitted(rows, right, np.where(right, base, 4 * base), FEATURES)


def fit_second(chosen: list[Case]) -> Logistic:
    """Fit on candidates with their context, which `early` probabilities made."""
    rows, right, weight = [], [], []
    for case in chosen:
        assert case.early is not None
        keep = case.early > HOPELESS
        rows.append(with_context(case, case.early, keep))
        right.append(case.right[keep])
        weight.append(np.full(int(keep.sum()), case.weight))
    return fitted(
        np.concatenate(rows).astype(float),
        np.concatenate(right),
        np.concatenate(weight),
        FEATURES + CONTEXT_FEATURES,
    )


def with_context(case: Case, early: Floats, keep: Any) -> Floats:
    """The features of the candidates that are kept, with what the others say of them."""
    found, where, early = case.found[keep], case.where[keep], early[keep]
    first = choose(where, early, weights(found, case.source, case.target), EARLY_THRESHOLD)
    units = case.source.spans.units, case.target.spans.units
    around = context(where, early, first, units, order_of(where[first]))
    return np.concatenate([found.features, around], axis=1)


def cross_validate(all_cases: list[Case]) -> None:
    """Set `early` and `late` of every case from weights that never saw its story."""
    stories = sorted({case.story for case in all_cases})
    random.Random(0).shuffle(stories)
    fold = {story: k % FOLDS for k, story in enumerate(stories)}
    for stage in ("early", "late"):
        for k in range(FOLDS):
            inside = [case for case in all_cases if fold[case.story] != k]
            judge = fit_first(inside) if stage == "early" else fit_second(inside)
            for case in all_cases:
                if fold[case.story] == k and stage == "early":
                    case.early = judge(case.found.features)
                elif fold[case.story] == k:
                    assert case.early is not None
                    keep = case.early > HOPELESS
                    case.late = np.zeros(len(keep))
                    case.late[keep] = judge(with_context(case, case.early, keep))


def report(all_cases: list[Case]) -> dict[str, float]:
    """Strict F1 of every set, and the expected calibration error over all chosen beads."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    said: list[tuple[float, bool]] = []
    for case in all_cases:
        assert case.late is not None
        best = choose(case.where, case.late, weights(case.found, case.source, case.target), THRESHOLD)
        row = counts[case.name]
        row[0] += case.gold
        row[1] += len(best)
        row[2] += int(case.right[best].sum())
        said += [(float(case.late[k]), bool(case.right[k])) for k in best]
    figures = {name: 2 * row[2] / max(row[0] + row[1], 1) for name, row in sorted(counts.items())}
    return figures | {"calibration error": calibration_error(said)}


def calibration_error(said: list[tuple[float, bool]]) -> float:
    """Expected calibration error in ten bins (Guo et al. 2017)."""
    table = np.array(said, dtype=float)
    place = np.minimum((table[:, 0] * 10).astype(int), 9)
    bins = [table[place == k] for k in range(10) if (place == k).any()]
    return float(sum(len(b) * abs(b[:, 0].mean() - b[:, 1].mean()) for b in bins) / len(table))


def as_json(judge: Logistic) -> dict[str, Any]:
    return {
        "names": list(judge.names),
        "mean": np.round(judge.mean, 5).tolist(),
        "deviation": np.round(judge.deviation, 5).tolist(),
        "weights": np.round(judge.weights, 4).tolist(),
        "bias": round(judge.bias, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="print the figures, keep the weights")
    options = parser.parse_args()
    everything = list(cases(options.bench))
    cross_validate(everything)
    figures = report(everything)
    for name, value in figures.items():
        print(f"{name:36} {value:.4f}")
    if not options.dry_run:
        data = {"version": "1", "cross_validated": {k: round(v, 4) for k, v in figures.items()}}
        data |= {"first": as_json(fit_first(everything)), "second": as_json(fit_second(everything))}
        place = Path(__file__).parents[2] / "polyalign" / "alignment" / "weights.json"
        place.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
