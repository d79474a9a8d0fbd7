"""Fit polyalign/alignment/weights.json on alignments with gold, and say how good it is on texts not seen.

usage: python models/alignment/fit.py BENCH_DIR [--kind KIND] [--dry-run] [--said FILE] [--figures FILE]

BENCH_DIR holds SET.SRC-TGT.jsonl files (see benchmarks/quality.py), and may stand beside reports/real.jsonl;
see texts.py for what else teaches. There are two models: for sentences, fitted on whether a bead is exactly
right, and for texts cut into clauses, fitted on how much of it is right. With --kind one of them is fitted
and the other one stays, with its figures.

Every set is measured three times: by weights that know it, by those of five parts that know other stories (or
other writers) only, and by those that know nothing of its family. Beads of whole sentences are right as in
strict F1, those of clauses as in the report measure (docs/scoring.md). Takes about forty minutes.
--said keeps what was said of beads in stories not seen, for benchmarks/calibration.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from texts import Case, Monotone, cases

from polyalign.alignment import decode, features
from polyalign.alignment.align import decoded
from polyalign.alignment.decode import Lattice
from polyalign.alignment.features import Candidates, CandidateSpace, names_of
from polyalign.alignment.model import AlignmentModel, ArcPotential, Logistic, expanded, expanded_arcs
from polyalign.alignment.spans import Floats

VERSION = "9"
FOLDS = 5
# more likely right than not; of clauses, F1 of reports by writers not seen is .813 at .35, .800 at .4 and
# .789 at .45
THRESHOLD = {"sentences": 0.5, "clauses": 0.35}
# of clauses, reports by writers not seen are the same from 2 to 40, real ones not seen rise from .820 to .834
RIDGE = {"sentences": 2.0, "clauses": 40.0}
MOST = 0.8  # of the units, which texts have in beads that teach second passes
TAUGHT = 8  # sentences of a group in them; one gold bead of larger ones teaches that all are likely
NEARLY_ALL = 0.99  # of the units: then nothing is left out, but for slips
PATH_RIDGE, PATH_ROUNDS = 6.0, 60
DRAWS, SEED = 1_000, 1  # of the bootstrap


def standard(rows: list[Any]) -> tuple[Floats, Floats]:
    """The mean and deviation of the features; one that never varies says nothing."""
    table = np.concatenate(rows)
    mean, deviation = table.mean(axis=0), table.std(axis=0)
    return mean, np.where(deviation > 1e-4, deviation, 1.0)


def fit_logistic(
    rows: list[Any], right: list[Floats], weights: list[float], names: tuple[str, ...], strength: float
) -> Logistic:
    """Logistic regression with a ridge, by Newton's method; what is NaN in `right` does not count."""
    rows = [row.astype(float) for row in rows]
    mean, deviation = standard(rows)
    weight = np.concatenate([np.full(len(own), one) for own, one in zip(right, weights, strict=True)])
    target = np.concatenate(right)
    known = ~np.isnan(target)
    target, weight = target[known], weight[known]
    x = expanded(np.concatenate(rows)[known], names, mean, deviation)
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    beta = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], strength)
    ridge[-1] = 1e-6
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weight * (target - p)) - ridge * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-4:
            break
    return Logistic(names, mean, deviation, beta[:-1], float(beta[-1]))


def fit_scorers(chosen: list[Case]) -> tuple[Logistic, Logistic]:
    """The scorers of candidates alone, and among competitors by the probabilities that they had alone."""
    weights, names = [case.weight for case in chosen], names_of(features.CANDIDATE_FEATURES)
    ridge = RIDGE[chosen[0].kind]
    rows, right = [case.found.features for case in chosen], [case.right(case.found.where) for case in chosen]
    alone = fit_logistic(rows, right, weights, names, ridge)
    first = [decode.promising(c.found, alone(c.found.features), c.space.units) for c in chosen]
    rows = [decode.context_rows(case.space, scored) for case, scored in zip(chosen, first, strict=True)]
    right = [case.right(scored.where) for case, scored in zip(chosen, first, strict=True)]
    names += names_of(features.CONTEXT_FEATURES)
    return alone, fit_logistic(rows, right, weights, names, ridge)


def set_arcs(case: Case, model: AlignmentModel) -> None:
    """Set the arcs of a document whose order-free beads lie on a path, mostly, and those of a second pass."""
    free = decode.order_free(case.space, model)
    selected = free.select(model.threshold)
    if not decode.monotonicity(free, selected, model.threshold):
        return
    band = decode.SearchBand.of(case.space, free, selected, model.threshold)
    second = case.second()
    found = decode.second_pass_arcs(second, band)
    if case.gold.units <= NEARLY_ALL * sum(case.space.units):
        found = second.with_length_ratio(found, band.length_ratio)
    first = decode.arcs(case.space, band, free.candidates)
    case.arcs = _monotone(case, case.space, first), _monotone(case, second, found)


def _monotone(case: Case, space: CandidateSpace, found: Candidates) -> Monotone:
    same, _ = case.gold.shares(found.where, space)
    return Monotone(found, same.max(axis=1, initial=0.0) > 0.9999, Lattice(found.where, space.units))


def fit_paths(chosen: list[Case]) -> tuple[ArcPotential, ArcPotential]:
    """The log-potentials of decode.arcs, and those of a second pass.

    They are taught by texts whose gold is a path; the second by those that leave little out, by the arcs of
    groups of up to TAUGHT sentences, and of beads of up to two more.
    """
    first, second = [], []
    for path, complete in (case.arcs for case in chosen if case.arcs):
        gold = path.lattice.where[np.flatnonzero(path.gold)]
        if len(decode.best_path(gold, np.ones(len(gold.first_s)))) < len(gold.first_s):
            continue
        first.append(path)
        if path.share > MOST:
            found = complete.found
            size, smaller = (found.features[:, found.names.index(k)] for k in ("size", "smaller_size"))
            rows = np.flatnonzero((size - smaller <= TAUGHT) & (size <= TAUGHT + 2))
            lattice = Lattice(found.where[rows], complete.lattice.units)
            second.append(Monotone(found[rows], complete.gold[rows], lattice))
    return (
        fit_arcs(first, names_of(features.ARC_FEATURES)),
        fit_arcs(second, names_of(features.SECOND_PASS_FEATURES)),
    )


def fit_arcs(paths: list[Monotone], names: tuple[str, ...]) -> ArcPotential:
    """What makes the gold paths most probable, by gradients of the conditional likelihood."""
    plain = [path.found.features.astype(float) for path in paths]
    mean, deviation = standard(plain)
    rows = [expanded_arcs(x, names, mean, deviation).astype(np.float32) for x in plain]
    sizes = [path.lattice.where.units for path in paths]

    def loss(beta: Floats) -> tuple[float, Floats]:
        value = PATH_RIDGE / 2 * float(beta[:-1] @ beta[:-1])
        gradient = np.append(PATH_RIDGE * beta[:-1], 0.0)
        for path, x, size in zip(paths, rows, sizes, strict=True):
            potential = (x @ beta[:-1].astype(np.float32)).astype(float)
            logs, total = path.lattice.posterior(potential, beta[-1])
            more = np.exp(logs) - path.gold
            left_out = sum(path.lattice.units) - float(size[path.gold].sum())
            value += total - float(potential[path.gold].sum()) - beta[-1] * left_out
            gradient += np.append(x.T @ more.astype(np.float32), -float(more @ size))
        return value, gradient

    start = np.append(np.full(1, 0.5), np.zeros(rows[0].shape[1]))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": PATH_ROUNDS})
    return ArcPotential(names, mean, deviation, found.x[:-1], float(found.x[-1]))


def fit(chosen: list[Case]) -> AlignmentModel:
    """The model of documents of one kind; arcs are set once, by the first model that is fitted."""
    threshold = THRESHOLD[chosen[0].kind]
    alone, in_context = fit_scorers(chosen)
    model = AlignmentModel(alone, in_context, threshold)
    if chosen[0].clausal:
        return model
    for case in chosen:
        if case.arcs is None:
            set_arcs(case, model)
    monotone, complete = fit_paths(chosen)
    return AlignmentModel(alone, in_context, threshold, monotone, complete)


def calibration(beads: list[Chosen]) -> tuple[float, float]:
    """The slope and the intercept of log-odds that make scores probabilities of being right (Platt 1999)."""
    score, right = np.array([(bead.score, bead.right) for bead in beads]).T
    odds = np.log(score + 1e-9) - np.log1p(1e-9 - score)

    def loss(line: Floats) -> float:
        z = (2 * right - 1) * (line[0] * odds + line[1])
        return float(np.logaddexp(0, -z).sum())

    slope, intercept = minimize(loss, np.array([1.0, 0.0])).x
    return float(round(slope, 3)), float(round(intercept, 3))


@dataclass(frozen=True)
class Chosen:
    """A bead that was chosen: how probable it was said to be, and whether it is right, as it is measured."""

    set: str
    score: float
    right: float


def counts(case: Case, model: AlignmentModel) -> tuple[Any, list[Chosen]]:
    """Right beads, beads, gold beads found, gold beads; and the beads."""
    final, selected, _ = decoded(case.space, model, second=case.second)
    where = final.where[selected]
    known = np.isfinite(case.right(where))
    same, held = case.gold.shares(where, case.space)
    hit = (held >= 0.5 if case.clausal else same > 0.9999)[:, case.gold.sure]
    right = np.asarray(hit.any(axis=1))[known]
    beads = zip(final.scores[selected][known], right, strict=True)
    row = [right.sum(), known.sum(), hit.any(axis=0).sum(), len(case.gold)]
    return np.array(row), [Chosen(case.name, float(p), float(r)) for p, r in beads]


def f1(rows: Any) -> Any:
    """Of summed counts (..., 4)."""
    right, beads, found, gold = np.moveaxis(rows, -1, 0)
    p, r = right / np.maximum(beads, 1), found / np.maximum(gold, 1)
    return 2 * p * r / np.maximum(p + r, 1e-9)


def summed(rows: list[Any]) -> dict[str, Any]:
    """The figures of documents by their counts, F1 with its 95 % interval by bootstrap over documents."""
    table = np.array(rows)
    total = table.sum(axis=0)
    if not total[3]:
        return {"beads a pair": round(total[1] / len(table), 3)}
    drawn = np.random.default_rng(SEED).integers(len(table), size=(DRAWS, len(table)))
    low, high = np.quantile(f1(table[drawn].sum(axis=1)), (0.025, 0.975))
    precision, recall = total[0] / max(total[1], 1), total[2] / total[3]
    figures = {"f1": float(f1(total)), "low": low, "high": high, "precision": precision, "recall": recall}
    return {name: round(float(value), 4) for name, value in figures.items()}


def measured(
    parts: Iterable[tuple[AlignmentModel, list[Case]]],
) -> tuple[dict[str, dict[str, Any]], list[Chosen]]:
    """The figures of every set, and all beads, of cases each with the model that decodes them."""
    rows, beads = defaultdict(list), list[Chosen]()
    for model, chosen in parts:
        for case in chosen:
            row, own = counts(case, model)
            rows[case.name].append(row)
            beads += own
    return {name: summed(rows[name]) for name in sorted(rows)}, beads


def left_out(chosen: list[Case], group: Callable[[Case], Any]) -> Iterable[tuple[AlignmentModel, list[Case]]]:
    """Of each group of cases the model of all the others, one at a time."""
    for key in sorted({group(case) for case in chosen}):
        others = [case for case in chosen if group(case) != key]
        print(f"{chosen[0].kind}: without {key}", file=sys.stderr, flush=True)
        yield fit(others), [case for case in chosen if group(case) == key]


def calibration_error(beads: list[Chosen]) -> float:
    """Expected calibration error in ten bins (Guo et al. 2017)."""
    table = np.array([(bead.score, bead.right) for bead in beads], dtype=float)
    place = np.minimum((table[:, 0] * 10).astype(int), 9)
    bins = [table[place == k] for k in range(10) if (place == k).any()]
    return float(sum(len(b) * abs(b[:, 0].mean() - b[:, 1].mean()) for b in bins) / len(table))


def as_json(model: Logistic | ArcPotential) -> dict[str, Any]:
    """The fields of a model, rounded."""
    names, *numbers = ((name, getattr(model, name)) for name in model.__dataclass_fields__)
    places = {"mean": 5, "deviation": 5}
    rounded = {name: np.round(value, places.get(name, 4)).tolist() for name, value in numbers}
    return {"names": list(names[1])} | rounded


def table(figures: dict[str, Any]) -> Iterator[str]:
    """The figures as a table in Markdown, with the precision and recall that belong to the last column."""
    columns = ("known", "story left out", "family left out")
    yield f"| set | {' | '.join(columns)} | P | R |"
    yield "|---|---|---|---|---|---|"
    for name, row in sorted(figures.items()):
        if isinstance(row, float):
            yield f"| {name} | | {row:.3f} | | | |"
        elif "beads a pair" in row["known"]:
            cells = (f"{row[k]['beads a pair']:.2f}" for k in columns)
            yield f"| {name}, beads a pair | {' | '.join(cells)} | | |"
        else:
            cells = (f"{row[k]['f1']:.3f} ({row[k]['low']:.3f} to {row[k]['high']:.3f})" for k in columns)
            last = row[columns[-1]]
            yield f"| {name} | {' | '.join(cells)} | {last['precision']:.3f} | {last['recall']:.3f} |"


everything: list[Case] = []  # filled before the processes are forked, as cases cannot be sent


def of_kind(kind: str) -> tuple[dict[str, Any], dict[str, Any], list[Chosen]]:
    """The weights of one kind, the figures of its sets, and the beads that come out for stories not seen."""
    fold = {story: k % FOLDS for k, story in enumerate(sorted({case.story for case in everything}))}
    chosen = [case for case in everything if case.kind == kind]
    model = fit(chosen)
    fields = ("alone", "in_context", "monotone", "complete")
    weights = {name: as_json(part) for name in fields if (part := getattr(model, name))}
    known, _ = measured([(model, chosen)])
    crossed, beads = measured(left_out(chosen, lambda case: fold[case.story]))
    if kind == "clauses":  # sentences are fitted as what they are measured as
        model = replace(model, calibration=calibration(beads))
        scores = model.calibrated(np.array([bead.score for bead in beads]))
        beads = [replace(bead, score=float(p)) for bead, p in zip(beads, scores, strict=True)]
    unseen, _ = measured(left_out(chosen, lambda case: case.family))
    figures: dict[str, Any] = {
        name: {"known": known[name], "story left out": crossed[name], "family left out": unseen[name]}
        for name in unseen
    }
    figures[f"calibration error of {kind}, story left out"] = round(calibration_error(beads), 4)
    scales = {"threshold": model.threshold, "calibration": list(model.calibration)}
    return scales | weights, figures, beads


def main() -> None:
    """Fit both models, print how they do on what they know and on what they do not, and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--kind", choices=tuple(THRESHOLD), help="fit this model only")
    parser.add_argument("--dry-run", action="store_true", help="print the figures, keep the weights")
    parser.add_argument("--said", type=Path, help="keep scores and rightness of beads in texts not seen")
    parser.add_argument("--figures", type=Path, help="keep the figures of every set")
    options = parser.parse_args()
    kinds = [options.kind] if options.kind else list(THRESHOLD)
    everything.extend(case for case in cases(options.bench) if case.kind in kinds)
    place = Path(__file__).parents[2] / "polyalign" / "alignment" / "weights.json"
    data: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) | {"version": VERSION}
    figures: dict[str, Any] = {}
    if options.figures and options.figures.exists():
        figures = json.loads(options.figures.read_text(encoding="utf-8"))
    chosen_beads: list[Chosen] = []
    with get_context("fork").Pool(len(kinds)) as pool:
        for kind, result in zip(kinds, pool.imap(of_kind, kinds), strict=True):
            data[kind], own, beads = result
            figures |= own
            chosen_beads += beads
    print("\n".join(table(figures)))
    if options.said:
        lines = (json.dumps(asdict(bead)) + "\n" for bead in chosen_beads)
        options.said.write_text("".join(lines), encoding="utf-8")
    if options.figures:
        options.figures.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if not options.dry_run:
        place.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
