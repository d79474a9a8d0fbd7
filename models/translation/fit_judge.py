"""Fit polyalign/translation/weights.json on human translations and spoiled ones.

usage: PYTHONPATH=benchmarks python models/translation/fit_judge.py [--pairs N] [--dry-run]

Good ones are pairs of ../shared/mt/train.*-en.tsv, in both directions; bad ones are the same, spoiled in the
ways of benchmarks/judging.py. All the ways together weigh as much as the good ones. Pairs are dealt into
five parts, and each is judged by weights fitted on the other four; the threshold is where LOST of the
good ones fall below it.
"""

from __future__ import annotations

import argparse
import json
import random

import numpy as np
from common import ROOT, SHARED, say
from judging import SPOILED, rows, spoiled
from numpy.typing import NDArray

from polyalign.translation.safeguards import SIGNALS, OutputJudge, SourceOutput, fault

WEIGHTS = ROOT / "polyalign" / "translation" / "weights.json"
FOLDS, RIDGE, LOST = 5, 1.0, 0.02

Floats = NDArray[np.float64]


def examples(language: str, count: int) -> list[tuple[OutputJudge, str, int, SourceOutput]]:
    """Judge, kind, number of the line, and pair."""
    lines = rows(SHARED / "mt" / f"train.{language}-en.tsv")
    lines = [line for line in lines if 20 <= len(line["source"]) <= 400 and "quran" not in line["origin"]]
    by_origin: dict[str, list[dict[str, str]]] = {}
    for line in random.Random(1).sample(lines, len(lines)):
        by_origin.setdefault(line["origin"].split("-")[0], []).append(line)
    chosen = [line for some in by_origin.values() for line in some[: count // len(by_origin)]]
    there, english = ([line[name] for line in chosen] for name in ("source", "english"))
    made: list[tuple[OutputJudge, str, int, SourceOutput]] = []
    ways = ((OutputJudge(language, "en"), there, english), (OutputJudge("en", language), english, there))
    for judge, source, said in ways:
        made += [(judge, "good", k, pair) for k, pair in enumerate(map(SourceOutput, source, said))]
        for how in SPOILED:
            made += [(judge, how, k, p) for k, p in enumerate(spoiled(source, said, how, seed=7)) if p]
    return made


def fitted(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, float]:
    """Weights of the signals and the bias, by Newton's method with a ridge."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    z = np.column_stack([(x - mean) / deviation, np.ones(len(x))])
    ridge, b = np.diag([RIDGE] * x.shape[1] + [0.0]), np.zeros(z.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(z @ b, -30, 30)))
        b += np.linalg.solve(
            (z * (weight * p * (1 - p) + 1e-9)[:, None]).T @ z + ridge, z.T @ (weight * (y - p)) - ridge @ b
        )
    return b[:-1] / deviation, float(b[-1] - (b[:-1] * mean / deviation).sum())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=600, help="of each language")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    options = parser.parse_args()
    found, kinds, folds = [], [], []
    for language in ("ar", "tr"):
        some = [e for e in examples(language, options.pairs) if not fault(*e[3], e[0].target)]
        for judge in dict.fromkeys(e[0] for e in some):
            own = [e for e in some if e[0] == judge]
            found.append(judge.signals([e[3] for e in own]))
            kinds += [e[1] for e in own]
            folds += [e[2] % FOLDS for e in own]
            say(f"{judge.source}-{judge.target}: {len(own)} pairs")
    x, kind, fold = np.concatenate(found), np.array(kinds), np.array(folds)
    good = kind == "good"
    weight = np.where(good, 1.0, good.sum() / (~good).sum())
    said = np.zeros(len(x))
    for one in range(FOLDS):
        w, bias = fitted(x[fold != one], good[fold != one].astype(float), weight[fold != one])
        said[fold == one] = 1 / (1 + np.exp(-((x[fold == one] * w).sum(axis=1) + bias)))
    threshold = float(np.quantile(said[good], LOST))
    passed = {
        name: round(float((said[kind == name] >= threshold).mean()), 4) for name in dict.fromkeys(kinds)
    }
    w, bias = fitted(x, good.astype(float), weight)
    data = {
        "version": "2",
        "weights": {name: round(float(value), 4) for name, value in zip(SIGNALS, w, strict=True)},
        "bias": round(bias, 4),
        "threshold": round(threshold, 4),
        "shown": passed,
    }
    print(json.dumps(data, indent=1))
    if not options.dry_run:
        WEIGHTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
