"""Fit polyalign/checking/weights.json on pairs that people translated, and on what is made of them.

usage: python models/check/fit_check.py gather SHARED CACHE [FAMILY...]
       python models/check/fit_check.py fit CACHE [--dry-run]

SHARED holds mt/, bench/ and words/ (noise.py says what is taken). `gather` reads the families named (all by
default) and keeps their features in CACHE, minutes for each; `fit` fits on the training families, and says
how good weights are that know nothing of a family. Held out from all of it: HELD families, and the stories of
news and FLORES that `held` names. benchmarks/check.py measures on these.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from noise import CLEAN, Sample, families, spoiled
from scipy.optimize import minimize

from polyalign import qa
from polyalign.checking.evidence import ComparableTexts, evidence
from polyalign.checking.judging import detector_for
from polyalign.checking.model import CLASSES, CheckModel, as_json, expanded
from polyalign.encoders import embedded

VERSION = "2"
MOST = 400  # pairs of a family
EACH = 5  # of the common troubles that are made of a pair
RIDGE = 2.0
ROUNDS = 400
CLEAN_WEIGHT = 3.0  # in fitting, against each class of trouble
# how often what is met: in a memory that has cause to be checked, one pair in nine is wrong
PRIOR = dict(zip(CLASSES, (0.894, 0.05, 0.025, 0.01, 0.008, 0.004, 0.001, 0.008), strict=True))
CLASS_OF = {
    CLEAN: "right",
    "shuffled": "mismatch",
    "neighbour": "mismatch",
    "clause cut": "missing",
    "clause added": "missing",
    "truncated": "missing",
    "number": "numbers",
    "name": "names",
    "negation": "negation",
    "machine noise": "garbled",
    "copied": "foreign",
    "wrong language": "foreign",
}
USUAL_TEXTS = 12  # to which words are compared that have nothing to do with them
USUAL_RIDGE = 2.0
SECONDS = 140  # that gathering a family takes at most
_BATCH = 200


def usual_of(samples: Sequence[Sample], *, seed: int = 1) -> Any:
    """The weights and the bias by which a word is near to just any text in another language (513,)."""
    rng = np.random.default_rng(seed)
    clean = [s for s in samples if s.kind == CLEAN]
    texts: dict[str, list[tuple[str, str]]] = {language: [] for s in clean for language in s.languages}
    for s in clean:
        texts[s.languages[0]].append((s.source, s.languages[1]))
        texts[s.languages[1]].append((s.target, s.languages[0]))
    rows, right = [], []
    parts = {}
    for language, own in texts.items():
        read = embedded().read_texts([text for text, _ in own])
        edges = np.searchsorted(read.words.units, np.arange(len(own) + 1))
        parts[language] = [read.words.vectors[a:b] for a, b in pairwise(edges.tolist())]
    for language, own in texts.items():
        for words, (_, other) in zip(parts[language], own, strict=True):
            if len(words):
                chosen = rng.choice(len(parts[other]), USUAL_TEXTS)
                best = [(words @ parts[other][k].T).max(axis=1) for k in chosen if len(parts[other][k])]
                rows.append(words)
                right.append(np.mean(best, axis=0))
    x, y = np.concatenate(rows).astype(float), np.concatenate(right)
    mean = x.mean(axis=0)
    centred = x - mean
    weights = np.linalg.solve(
        centred.T @ centred + USUAL_RIDGE * np.eye(x.shape[1]), centred.T @ (y - y.mean())
    )
    return np.append(weights, y.mean() - mean @ weights).astype(np.float32)


def features_of(samples: Sequence[Sample], usual: Any) -> Any:
    """The features (n, len(NAMES)) of samples, as many as SECONDS allow."""
    begun, rows = time.monotonic(), []
    for first in range(0, len(samples), _BATCH):
        part = samples[first : first + _BATCH]
        texts = list(dict.fromkeys(t for s in part for t in (s.source, s.target)))
        place = {text: k for k, text in enumerate(texts)}
        compared = ComparableTexts(embedded().read_texts(texts), usual)
        pairs = [qa.Pair(s.source, s.target, *s.languages) for s in part]
        flags = [qa.flags(pair, detect=detector_for(pair)) for pair in pairs]
        sides = [place[s.source] for s in part], [place[s.target] for s in part]
        rows.append(evidence(compared, *sides, pairs, flags).features)
        if time.monotonic() - begun > SECONDS:
            break
    return np.concatenate(rows)


def gather(shared: Path, cache: Path, names: Sequence[str]) -> None:
    """Keep the features of the training pairs of each family."""
    cache.mkdir(exist_ok=True)
    found = families(shared, most=MOST, taught=True)
    place = cache / "usual.npy"
    if not place.exists():
        np.save(
            place,
            usual_of([s for stories in found.values() for s in list(chain.from_iterable(stories))[:40]]),
        )
    usual = np.load(place)
    for name in names or sorted(found):
        begun = time.monotonic()
        samples = list(spoiled(found[name], each=EACH))
        features = features_of(samples, usual)
        kinds = [s.kind for s in samples[: len(features)]]
        stories = [s.story for s in samples[: len(features)]]
        np.savez(cache / f"{name}.npz", features=features, kinds=kinds, stories=stories)
        print(f"{name}: {len(features)} of {len(samples)}, {time.monotonic() - begun:.0f} s", flush=True)


def fit(features: Any, kinds: Any, usual: Any) -> CheckModel:
    """Multinomial logistic regression with a ridge; classes count alike, then as PRIOR says."""
    classes = np.array([CLASSES.index(CLASS_OF[kind]) for kind in kinds])
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation = np.where(deviation > 1e-4, deviation, 1.0)
    x = np.concatenate([expanded(features, mean, deviation), np.ones((len(features), 1))], axis=1)
    counts = np.bincount(classes, minlength=len(CLASSES))
    worth = np.ones(len(CLASSES))
    worth[0] = CLEAN_WEIGHT
    weight = (worth / np.maximum(counts, 1))[classes] * len(classes) / len(CLASSES)
    right = np.eye(len(CLASSES))[classes]

    def loss(flat: Any) -> tuple[float, Any]:
        beta = flat.reshape(x.shape[1], len(CLASSES))
        z = x @ beta
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        value = -(weight * np.log(p[np.arange(len(p)), classes] + 1e-12)).sum()
        value += RIDGE / 2 * float((beta[:-1] ** 2).sum())
        gradient = x.T @ (weight[:, None] * (p - right))
        gradient[:-1] += RIDGE * beta[:-1]
        return float(value), gradient.ravel()

    start = np.zeros(x.shape[1] * len(CLASSES))
    beta = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x
    beta = beta.reshape(x.shape[1], len(CLASSES))
    beta[-1] += np.log(np.array([PRIOR[name] for name in CLASSES]) / worth)
    return CheckModel(VERSION, usual, mean, deviation, beta)


def area(right: Any, wrong: Any) -> float:
    """The area under the ROC curve of scores (Mann and Whitney), ties half."""
    both = np.concatenate([right, wrong])
    _, place, count = np.unique(both, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    n = len(right)
    return float((rank[:n].sum() - n * (n + 1) / 2) / max(n * len(wrong), 1))


def report(scores: Any, kinds: Any, title: str) -> None:
    """Print the false alarms at .5 and the area for each kind."""
    clean = kinds == CLEAN
    print(f"{title}: {clean.sum()} clean, false alarms {(scores[clean] < 0.5).mean():.3f}")
    for kind in sorted({*kinds} - {CLEAN}):
        own = kinds == kind
        caught = (scores[own] < 0.5).mean()
        print(f"  {kind:15} {own.sum():5} AUC {area(scores[clean], scores[own]):.3f} caught {caught:.2f}")


def main() -> None:
    """Gather, or fit and say how good weights are for a family that they do not know."""
    import json

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("gather", "fit"))
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="print the figures, keep the weights")
    parser.add_argument("--quick", action="store_true", help="leave no family out")
    options = parser.parse_args()
    if options.what == "gather":
        shared, cache, *names = options.paths
        gather(shared, cache, [str(name) for name in names])
        return
    cache = options.paths[0]
    tables = {path.stem: np.load(path) for path in sorted(cache.glob("*.npz"))}
    usual = np.load(cache / "usual.npy")
    features = np.concatenate([table["features"] for table in tables.values()])
    kinds = np.concatenate([table["kinds"] for table in tables.values()])
    family = np.concatenate([[name] * len(table["kinds"]) for name, table in tables.items()])
    scores = np.zeros(len(features))
    for name in () if options.quick else tables:
        own = family == name
        scores[own] = fit(features[~own], kinds[~own], usual)(features[own])[:, 0]
        report(scores[own], kinds[own], f"without {name}")
    if not options.quick:
        report(scores, kinds, "all, family left out")
    model = fit(features, kinds, usual)
    report(model(features)[:, 0], kinds, "known")
    if not options.dry_run:
        place = Path(__file__).parents[2] / "polyalign" / "checking" / "weights.json"
        place.write_text(json.dumps(as_json(model), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
