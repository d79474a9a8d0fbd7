"""Fit polyalign/words/weights.json on word alignments with gold; say how good it is on languages not seen.

usage: python models/words/fit_links.py WORDS_DIR [--dry-run]

WORDS_DIR holds words.SRC-TGT.jsonl files, a sentence pair a line: {"src": [tokens], "tgt": [tokens],
"links": [[source token, target token], ...]}. Prints what benchmarks/words.py prints, for weights that were
fitted on the other language pairs. Takes about three minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polyalign import encoders
from polyalign.words.features import Table, WordSimilarities, first_look, next_look
from polyalign.words.links import LinkModel, probability
from polyalign.words.tokens import read_words

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from words import Gold, Measure, gold_in, measured, table_row

LOOKS = 3  # a fourth adds nothing
THRESHOLD = 0.42  # F1 is level from .35 to .5
RIDGE = 1e-3
STEPS = 60

Rows = NDArray[np.float64]


def logistic(rows: Rows, right: Rows, names: Sequence[str]) -> dict[str, float]:
    """The weights of a ridged logistic regression, by Newton's method on standardised features."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    z = np.c_[(rows - mean) / deviation, np.ones(len(rows))]
    weights = np.zeros(z.shape[1])
    ridge = RIDGE * np.append(np.ones(len(names)), 0)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-z @ weights))
        slope = z.T @ (p - right) / len(z) + ridge * weights
        bend = (z * (p * (1 - p))[:, None]).T @ z / len(z) + np.diag(ridge + 1e-9)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if abs(step).max() < 1e-6:
            break
    plain = weights[:-1] / deviation
    return {**dict(zip(names, plain.tolist(), strict=True)), "bias": float(weights[-1] - plain @ mean)}


def fitted(looks: Sequence[WordSimilarities], gold: Sequence[Table]) -> LinkModel:
    """A model of all looks, each fitted on what the one before says."""
    right = np.concatenate([table.ravel() for table in gold]).astype(np.float64)
    first = [first_look(look) for look in looks]
    features, weights = first, list[dict[str, float]]()
    for _ in range(LOOKS):
        names = list(features[0])
        rows = np.concatenate([np.stack([own[n].ravel() for n in names], axis=1) for own in features])
        weights.append(logistic(rows.astype(np.float64), right, names))
        known = [probability(own, weights[-1]) for own in features]
        features = [{**own, **next_look(table)} for own, table in zip(first, known, strict=True)]
    return LinkModel(weights, THRESHOLD)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit on all, after fitting on all but each pair of languages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="do not write the weights")
    options = parser.parse_args(arguments)
    sets = gold_in(options.folder)
    looks, tables = {}, {}
    encoder = encoders.load(encoders.DEFAULT)
    assert isinstance(encoder, encoders.PieceReader)
    for name, rows in sets.items():
        looks[name] = list(_looks(rows, name, encoder))
        tables[name] = [row.table(look) for row, look in zip(rows, looks[name], strict=True)]
    print("| set | precision | recall | F1 | AER |\n|---|---|---|---|---|")
    for name, rows in sets.items():
        others = [other for other in sets if other != name]
        model = fitted([x for o in others for x in looks[o]], [x for o in others for x in tables[o]])
        print(table_row(name, _measure(model, rows, looks[name])), flush=True)
    model = fitted([x for own in looks.values() for x in own], [x for own in tables.values() for x in own])
    rounded = [{name: float(f"{weight:.5g}") for name, weight in look.items()} for look in model.looks]
    data = {"version": "1", "threshold": THRESHOLD, "looks": rounded}
    if not options.dry_run:
        path = Path(__file__).parents[2] / "polyalign" / "words" / "weights.json"
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _looks(rows: Sequence[Gold], name: str, encoder: encoders.PieceReader) -> Iterable[WordSimilarities]:
    texts = [text for row in rows for text in (row.source, row.target)]
    words = read_words(texts, tuple(name.split("-")) * len(rows), encoder)
    return (WordSimilarities.of(source, target) for source, target in zip(words, words, strict=True))


def _measure(model: LinkModel, rows: Sequence[Gold], looks: Sequence[WordSimilarities]) -> Measure:
    found = []
    for look in looks:
        chosen = np.argwhere(model.probabilities(look) >= model.threshold).tolist()
        found.append([(*look.source.spans[i].tolist(), *look.target.spans[j].tolist()) for i, j in chosen])
    return measured(rows, found)


if __name__ == "__main__":
    main()
