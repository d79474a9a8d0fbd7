"""Fit polyalign/alignment/weights.json on alignments with gold, and say how good it is on texts not seen.

usage: python models/alignment/fit.py BENCH_DIR [--dry-run]

BENCH_DIR holds SET.SRC-TGT.jsonl files (see benchmarks/quality.py). Stories are dealt into five
parts; each part is judged by weights fitted on the other four, and the second regression is fitted
on what such weights said, so that it learns from honest first opinions. There are two models: for
sentences, fitted on whether a bead is exactly right, and for texts cut into clauses, fitted on how
much of it is right; the texts with clauses are made here from the sets. Takes about ten minutes.
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

from polyalign.alignment import EARLY_THRESHOLD, HOPELESS, Half, choose, spans_of, weights
from polyalign.alignment.context import CONTEXT_FEATURES, Extents, extents, in_context, order_of
from polyalign.alignment.grid import FEATURES, Candidates, Floats, candidates
from polyalign.alignment.model import Logistic, terms
from polyalign.encoders import load

LARGEST = 6
FOLDS = 5
THRESHOLDS = {"sentences": 0.3, "clauses": 0.5}
RIDGE = 2.0
SET_WEIGHT = {"alignar-law": 3.0, "alignar-literature": 3.0, "mac4": 3.0, "reports-alignar-literature": 0.3}


@dataclass
class Case:
    """One document: its candidates, which of them are gold, and where it comes from."""

    name: str
    story: str
    source: Half
    target: Half
    found: Candidates
    where: Extents
    right: Floats
    gold: int
    clausal: bool
    early: Floats | None = None
    late: Floats | None = None

    @property
    def weight(self) -> float:
        """How much the document counts: the few long translations more than the many news stories."""
        return SET_WEIGHT.get(self.name.split(".")[0], 1.0)


def cases(bench: Path) -> Iterator[Case]:
    """Every document of every set, and made of them, reports whose sentences hold several clauses."""
    encoder, dice = load("use-m3"), random.Random(1)
    for path in sorted(bench.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            document = json.loads(line)
            yield _case(path.stem, document, encoder, [1] * len(document["src"]), [1] * len(document["tgt"]))
            if path.stem.startswith(("news-comparable_hard.", "news-parallel.")):
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
    gold = [(min(s), max(s) + 1, min(t), max(t) + 1) for s, t in document["gold"] if s and t]
    overlap = _overlap(where, np.array(gold).reshape(-1, 4), halves[0], halves[1])
    clausal = not name.startswith(("news", "alignar", "mac"))
    right = overlap if clausal else (overlap > 0.9999).astype(float)
    return Case(name, document["id"], halves[0], halves[1], found, where, right, len(gold), clausal)


def _overlap(where: Extents, gold: Any, source: Half, target: Half) -> Floats:
    """How much of the most similar gold bead each candidate is: the product of two Jaccard indices."""
    shares = []
    for first, last, columns, edges in (
        (where.first_s, where.last_s, gold[:, :2], source.edges),
        (where.first_t, where.last_t, gold[:, 2:], target.edges),
    ):
        common = edges[np.minimum.outer(last, columns[:, 1])] - edges[np.maximum.outer(first, columns[:, 0])]
        union = edges[np.maximum.outer(last, columns[:, 1])] - edges[np.minimum.outer(first, columns[:, 0])]
        shares.append(np.maximum(common, 0) / union)
    return np.asarray((shares[0] * shares[1]).max(axis=1, initial=0.0))


def kind_of(case: Case) -> str:
    """Which of the two models judges the document."""
    return "clauses" if case.clausal else "sentences"


def fitted(rows: Floats, right: Any, weight: Floats, names: tuple[str, ...]) -> Logistic:
    """Logistic regression with a ridge, by Newton's method."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation = np.where(deviation > 1e-4, deviation, 1.0)  # a feature that never varies says nothing
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
    keep = [(case.right > 0) | (rng.random(len(case.right)) < 0.25) for case in chosen]
    rows = np.concatenate([case.found.features[k] for case, k in zip(chosen, keep, strict=True)]).astype(
        float
    )
    right = np.concatenate([case.right[k] for case, k in zip(chosen, keep, strict=True)])
    base = np.concatenate([np.full(int(k.sum()), case.weight) for case, k in zip(chosen, keep, strict=True)])
    return fitted(rows, right, np.where(right > 0, base, 4 * base), FEATURES)


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
    around = in_context(where, early, first, units, order_of(where[first]))
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
    counts: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])
    said: list[tuple[float, float]] = []
    for case in all_cases:
        assert case.late is not None
        best = choose(
            case.where, case.late, weights(case.found, case.source, case.target), THRESHOLDS[kind_of(case)]
        )
        row = counts[case.name]
        row[0] += case.gold
        row[1] += len(best)
        row[2] += float(case.right[best].sum())
        said += [(float(case.late[k]), float(case.right[k])) for k in best]
    figures = {name: 2 * row[2] / max(row[0] + row[1], 1) for name, row in sorted(counts.items())}
    return figures | {"calibration error": calibration_error(said)}


def calibration_error(said: list[tuple[float, float]]) -> float:
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
    """Fit both models, print what cross-validation says of them, and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="print the figures, keep the weights")
    options = parser.parse_args()
    everything = list(cases(options.bench))
    data: dict[str, Any] = {"version": "1"}
    for kind, threshold in THRESHOLDS.items():
        chosen = [case for case in everything if kind_of(case) == kind]
        cross_validate(chosen)
        figures = {name: round(value, 4) for name, value in report(chosen).items()}
        print(kind, *(f"{name:36} {value:.4f}" for name, value in figures.items()), sep="\n")
        models = {"first": as_json(fit_first(chosen)), "second": as_json(fit_second(chosen))}
        data[kind] = {"cross_validated": figures, "threshold": threshold} | models
    if not options.dry_run:
        place = Path(__file__).parents[2] / "polyalign" / "alignment" / "weights.json"
        place.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
