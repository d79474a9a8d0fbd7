"""Fit polyalign/alignment/weights.json on alignments with gold, and say how good it is on texts not seen.

usage: python models/alignment/fit.py BENCH_DIR [--dry-run] [--said FILE]

BENCH_DIR holds SET.SRC-TGT.jsonl files (see benchmarks/quality.py). Stories are dealt into five
parts; each part is judged by weights fitted on the other four, and each later judge is fitted on
what such weights said, so that it learns from honest first opinions. There are two models: for
sentences, fitted on whether a bead is exactly right, and for texts cut into clauses, fitted on how
much of it is right; the texts with clauses are made here from the sets. Takes about twenty minutes.
--said keeps what was said of beads in texts not seen, for benchmarks/calibration.py.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from polyalign.alignment import Half, spans_of
from polyalign.alignment.context import CONTEXT_FEATURES, Extents
from polyalign.alignment.free import company, promising
from polyalign.alignment.grid import CLOSE_FEATURES, FEATURES, STEP_FEATURES, Candidates, Grid
from polyalign.alignment.model import Logistic, Steps, path_terms, terms
from polyalign.alignment.opinion import Opinion, mixed, opinion
from polyalign.alignment.orderly import (
    IN_ORDER,
    SPARSE,
    close_steps,
    course_of,
    fullness,
    is_whole,
    lattice_of,
    orderliness,
    severity,
    steps,
    walked,
)
from polyalign.alignment.path import Lattice, chain
from polyalign.alignment.spans import Floats
from polyalign.encoders import load
from polyalign.pipeline import LARGEST_GROUP, LARGEST_WHOLE
from polyalign.segmentation import segment

FOLDS = 5
THRESHOLD = {"sentences": 0.5, "clauses": 0.4}  # more likely right than not; more than .4 of it right
RIDGE = 2.0
MOST = 0.8  # of the units, which texts have in beads that teach close readings
TAUGHT = (
    8  # sentences of a group in a close reading; one gold bead of larger ones teaches that all are likely
)
NEARLY_ALL = 0.99  # of the units: then nothing is left out, but for slips
PATH_RIDGE, PATH_ROUNDS = 6.0, 60
SET_WEIGHT = {
    **dict.fromkeys(("alignar-law", "alignar-literature", "mac4", "crowded-news-parallel"), 3.0),
    "reports-alignar-literature": 0.3,
}


@dataclass
class Case:
    """One document: its candidates, how right each of them is, and where it comes from.

    `early`, `late` and `final` are what judges that never saw the story say of the candidates: by
    themselves, in context, and with the path, which has candidates of its own, as has the close reading
    of a text that is `whole`, or teaches it.
    """

    name: str
    story: str
    grid: Grid
    gold: Any
    clausal: bool
    found: Candidates
    right: Floats
    early: Opinion
    late: Opinion
    close: Callable[[], Grid]
    path: Orderly | None = None
    whole: Orderly | None = None
    final: Opinion | None = None

    @property
    def weight(self) -> float:
        """How much the document counts: the few long translations and short texts more than the news."""
        return SET_WEIGHT.get(self.name.split(".")[0], 1.0)


@dataclass(frozen=True)
class Orderly:
    """The steps of an orderly document, which of them are gold, and all paths through them."""

    said: Opinion
    gold: Any
    lattice: Lattice
    trust: float

    @property
    def gold_on_path(self) -> bool:
        """Whether the gold beads are themselves a path."""
        gold = self.lattice.where[np.flatnonzero(self.gold)]
        return len(chain(gold, np.ones(len(gold.first_s)))) == len(gold.first_s)

    @property
    def share(self) -> float:
        """How many of the units the gold beads have, 0 to 1."""
        return float(self.lattice.where.units[self.gold].sum()) / sum(self.lattice.units)


def cases(bench: Path) -> Iterator[Case]:
    """Every document of every set, and made of them, reports whose sentences hold several clauses."""
    encoder, dice, others = load("use-m3"), random.Random(1), random.Random(2)
    for path in sorted(bench.glob("*.jsonl")):
        documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if path.stem.startswith("news-parallel."):
            yield from strangers(path.stem, documents, encoder, dice)
            yield from visited(f"visited-{path.stem}", documents, encoder, dice, (3, 20), (0.3, 1.5))
            yield from visited(f"crowded-{path.stem}", documents, encoder, others, (1, 5), (0.5, 3.0))
        for document in documents:
            yield _case(path.stem, document, encoder)
            if not path.stem.startswith(("news-comparable.", "news-comparable_mild.")):
                clauses = _joined(len(document["src"]), 0.35, dice), _joined(len(document["tgt"]), 0.1, dice)
                yield _case("clauses-" + path.stem, document, encoder, clauses)
            if not path.stem.startswith("news-comparable"):
                for report in _reports(document, dice):
                    clauses = _joined(len(report["src"]), 0.35, dice), _joined(len(report["tgt"]), 0.15, dice)
                    yield _case("reports-" + path.stem, report, encoder, clauses)


def strangers(
    name: str, documents: list[dict[str, Any]], encoder: Any, dice: random.Random
) -> Iterator[Case]:
    """Each source with the target of the next story, which has nothing to do with it."""
    for one, other in zip(documents, [*documents[1:], documents[0]], strict=True):
        pair = {**one, "tgt": other["tgt"], "gold": []}
        yield _case(f"strangers-{name}", pair, encoder)
        clauses = _joined(len(pair["src"]), 0.35, dice), _joined(len(pair["tgt"]), 0.15, dice)
        yield _case(f"strangers-clauses-{name}", pair, encoder, clauses)


def visited(
    name: str,
    documents: list[dict[str, Any]],
    encoder: Any,
    dice: random.Random,
    sizes: tuple[int, int],
    shares: tuple[float, float],
) -> Iterator[Case]:
    """A stretch of each story in order, with sentences of others, which have no counterpart, in between.

    The stretch has so many beads, and there are so many guests for each of its sentences.
    """
    for k, story in enumerate(documents):
        gold = sorted((s, t) for s, t in story["gold"] if s and t)
        size = dice.randint(*sizes)
        start = dice.randrange(max(len(gold) - size, 0) + 1)
        beads = gold[start : start + size]
        share = dice.uniform(*shares)
        sides, places = [], []
        for number, side in enumerate(("src", "tgt")):
            guests = documents[(k + 1 + number) % len(documents)][side]
            own = [story[side][i] for bead in beads for i in bead[number]]
            told = [(text, True) for text in own]
            for guest in dice.sample(guests, min(len(guests), round(share * len(own)) + 1)):
                told.insert(dice.randrange(len(told) + 1), (guest, False))
            sides.append([text for text, _ in told])
            places.append(iter([place for place, (_, at_home) in enumerate(told) if at_home]))
        moved = [[[next(at) for _ in ids] for ids, at in zip(bead, places, strict=True)] for bead in beads]
        yield _case(name, {**story, "src": sides[0], "tgt": sides[1], "gold": moved}, encoder)


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
        **{name: document[name] for name in ("id", "src_lang", "tgt_lang")},
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


def _case(
    name: str, document: dict[str, Any], encoder: Any, clauses: tuple[list[int], list[int]] | None = None
) -> Case:
    """The document with its segments as `clauses` of longer sentences, or whole, cut only to be read."""
    edges, sides = [], []
    for number, side in enumerate(("src", "tgt")):
        texts, language = document[side], document[f"{side}_lang"]
        units = [[text] if clauses else _sentences(text, language) for text in texts]
        counts = clauses[number] if clauses else [len(parts) for parts in units]
        sides.append((counts, [part for parts in units for part in parts]))
        edges.append(np.cumsum([0, *map(len, units)]))

    spans = [spans_of(counts, LARGEST_GROUP, whole=not clauses) for counts, _ in sides]
    source, target = (Half.encoded(own, units, encoder) for own, (_, units) in zip(spans, sides, strict=True))
    gold = [
        [edges[0][min(s)], edges[0][max(s) + 1], edges[1][min(t)], edges[1][max(t) + 1]]
        for s, t in document["gold"]
        if s and t
    ]
    grid = Grid(source, target)
    found = grid.plausible()
    first = opinion(grid, found, np.zeros(len(found)))
    where = np.array(gold, dtype=np.int64).reshape(-1, 4)
    right = rightness(first.where, where, grid, soft=bool(clauses))

    def close() -> Grid:
        return Grid(source.closely(LARGEST_WHOLE), target.closely(LARGEST_WHOLE))

    return Case(name, document["id"], grid, where, bool(clauses), found, right, first, first, close)


def _sentences(text: str, language: str) -> list[str]:
    return [part.shown for part in segment(text, language) if part.shown.strip()] or [text]


def rightness(where: Extents, gold: Any, grid: Grid, *, soft: bool) -> Floats:
    """How right each candidate is: wholly or not at all, or the part of a gold bead that it is."""
    overlap = _overlap(where, gold, grid.source, grid.target)
    return overlap if soft else (overlap > 0.9999).astype(float)


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
    """Fit on the candidates alone."""
    rows = np.concatenate([case.found.features for case in chosen]).astype(float)
    weight = np.concatenate([np.full(len(case.right), case.weight) for case in chosen])
    return fitted(rows, np.concatenate([case.right for case in chosen]), weight, FEATURES)


def fit_second(chosen: list[Case]) -> Logistic:
    """Fit on candidates with their context, which `early` probabilities made."""
    rows = [with_context(case) for case in chosen]
    right = [rightness(case.early.where, case.gold, case.grid, soft=case.clausal) for case in chosen]
    weight = [np.full(len(r), case.weight) for r, case in zip(right, chosen, strict=True)]
    names = FEATURES + CONTEXT_FEATURES
    return fitted(np.concatenate(rows).astype(float), np.concatenate(right), np.concatenate(weight), names)


def with_context(case: Case) -> Floats:
    """The features of the candidates that are not hopeless, with what the others say of them."""
    return company(case.grid, case.early)


def hopeful(case: Case, early: Floats) -> Opinion:
    """The candidates that are worth a second look."""
    return opinion(case.grid, *promising(case.found, early))


def read_in_order(case: Case) -> None:
    """Set the paths of a document whose free reading lies on one, mostly, and those of its close reading."""
    threshold = THRESHOLD[kind_of(case)]
    selected = case.late.choice(threshold)
    trust = orderliness(case.late, selected, threshold)
    if not trust:
        return
    course = course_of(case.grid, case.late, selected, threshold)
    case.path = _orderly(case, case.grid, steps(case.grid, course, case.late), trust)
    close = case.close()
    case.whole = _orderly(case, close, close_steps(close, course), trust)
    if not nothing_left_out(case):
        found = close.against(case.whole.said.found, course.ratio)
        case.whole = replace(case.whole, said=replace(case.whole.said, found=found))


def _orderly(case: Case, grid: Grid, said: Opinion, trust: float) -> Orderly:
    gold = rightness(said.where, case.gold, grid, soft=True) > 0.9999
    return Orderly(said, gold, lattice_of(grid, said), trust)


def nothing_left_out(case: Case) -> bool:
    """Whether the gold has all units in beads, but for slips."""
    told = case.gold[:, 1::2].sum() - case.gold[:, ::2].sum()
    return bool(told > NEARLY_ALL * (case.grid.source.spans.units + case.grid.target.spans.units))


def fit_path(chosen: list[Case]) -> Steps:
    """The worths of steps on a path.

    They are taught by texts whose gold is one, however much it leaves out; where texts are cut into
    clauses only by those that have most in beads, as gold that no stretch of clauses meets looks left out.
    """
    return fit_steps([path for case in chosen if (path := case.path) and teaches(case, path)], STEP_FEATURES)


def teaches(case: Case, path: Orderly) -> bool:
    """Whether the ordinary path learns from a text."""
    return path.gold_on_path and (path.share > SPARSE or not case.clausal)


def fit_whole(chosen: list[Case]) -> Steps:
    """The worths of steps in a close reading; texts that are not whole teach it too, for want of others."""
    close = (case.whole for case in chosen if case.path and case.path.gold_on_path and case.path.share > MOST)
    return fit_steps([without_largest(path) for path in close if path], CLOSE_FEATURES)


def without_largest(path: Orderly) -> Orderly:
    """The steps of groups of up to TAUGHT sentences, and of beads of up to two more."""
    found = path.said.found
    size, smaller = (found.features[:, found.names.index(name)] for name in ("size", "smaller_size"))
    rows = np.flatnonzero((size - smaller <= TAUGHT) & (size <= TAUGHT + 2))
    said = Opinion(found[rows], path.said.where[rows], path.said.weight[rows], path.said.scores[rows])
    return Orderly(said, path.gold[rows], Lattice(said.where, path.lattice.units), path.trust)


def fit_steps(paths: list[Orderly], names: tuple[str, ...]) -> Steps:
    """The worths that make the gold paths most probable, by gradients of the conditional likelihood."""
    features = [path.said.found.features.astype(float) for path in paths]
    mean, deviation = np.concatenate(features).mean(axis=0), np.concatenate(features).std(axis=0)
    deviation = np.where(deviation > 1e-4, deviation, 1.0)
    rows = [path_terms(x, names, mean, deviation).astype(np.float32) for x in features]
    sizes = [path.lattice.where.units for path in paths]

    def loss(beta: Floats) -> tuple[float, Floats]:
        value = PATH_RIDGE / 2 * float(beta[:-1] @ beta[:-1])
        gradient = np.append(PATH_RIDGE * beta[:-1], 0.0)
        for path, x, size in zip(paths, rows, sizes, strict=True):
            worth = (x @ beta[:-1].astype(np.float32)).astype(float)
            logs, total = path.lattice.posterior(worth, beta[-1])
            more = np.exp(logs) - path.gold
            left_out = sum(path.lattice.units) - float(size[path.gold].sum())
            value += total - float(worth[path.gold].sum()) - beta[-1] * left_out
            gradient += np.append(x.T @ more.astype(np.float32), -float(more @ size))
        return value, gradient

    start = np.append(np.full(1, 0.5), np.zeros(rows[0].shape[1]))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": PATH_ROUNDS})
    return Steps(names, mean, deviation, found.x[:-1], float(found.x[-1]))


def in_order(case: Case, judge: Steps, close_judge: Steps) -> Opinion:
    """What is said of the candidates in the end."""
    path, whole = case.path, case.whole
    if not path or not whole:
        return case.late
    said = walked(path.said, path.lattice, judge)
    if path.trust >= IN_ORDER and is_whole(said, case.grid):
        return walked(whole.said, whole.lattice, close_judge, severity(said, case.grid))
    return mixed(case.late, said, path.trust * fullness(said, case.grid))


def cross_validate(all_cases: list[Case]) -> None:
    """Set `early`, `late` and `final` of every case from weights that never saw its story."""
    stories = sorted({case.story for case in all_cases})  # chapters of one book into different parts
    fold = {story: k % FOLDS for k, story in enumerate(stories)}
    for stage in (_first_stage, _second_stage, _path_stage):
        for k in range(FOLDS):
            inside = [case for case in all_cases if fold[case.story] != k]
            stage(inside, [case for case in all_cases if fold[case.story] == k])
        if stage is _second_stage:
            for case in all_cases:
                read_in_order(case)


def _first_stage(inside: list[Case], outside: list[Case]) -> None:
    judge = fit_first(inside)
    for case in outside:
        case.early = hopeful(case, judge(case.found.features))


def _second_stage(inside: list[Case], outside: list[Case]) -> None:
    judge = fit_second(inside)
    for case in outside:
        case.late = replace(case.early, scores=judge(with_context(case)))


def _path_stage(inside: list[Case], outside: list[Case]) -> None:
    judge, close_judge = fit_path(inside), fit_whole(inside)
    for case in outside:
        case.final = in_order(case, judge, close_judge)


@dataclass(frozen=True)
class Said:
    """A bead that was chosen: how probable it was said to be, and how right it is."""

    set: str
    score: float
    right: float


def chosen_beads(case: Case) -> list[Said]:
    """What comes out for a document that was not seen."""
    assert case.final is not None
    best = case.final.choice(THRESHOLD[kind_of(case)])
    right = rightness(case.final.where[best], case.gold, case.grid, soft=case.clausal)
    scores = case.final.scores[best]
    return [Said(case.name, float(p), float(r)) for p, r in zip(scores, right, strict=True)]


def report(all_cases: list[Case], said: list[Said]) -> dict[str, float]:
    """Strict F1 of every set, and the expected calibration error over all chosen beads.

    Of sets without gold, how many beads come out for a document.
    """
    gold: dict[str, int] = defaultdict(int)
    for case in all_cases:
        gold[case.name] += len(case.gold)
    figures = {}
    for name in sorted(gold):
        right = [bead.right for bead in said if bead.set == name]
        if gold[name]:
            figures[name] = 2 * sum(right) / (gold[name] + len(right))
        else:
            figures[f"beads a pair of {name}"] = len(right) / sum(case.name == name for case in all_cases)
    pairs = [(bead.score, bead.right) for bead in said]
    return figures | {"calibration error": calibration_error(pairs)}


def calibration_error(said: list[tuple[float, float]]) -> float:
    """Expected calibration error in ten bins (Guo et al. 2017)."""
    table = np.array(said, dtype=float)
    place = np.minimum((table[:, 0] * 10).astype(int), 9)
    bins = [table[place == k] for k in range(10) if (place == k).any()]
    return float(sum(len(b) * abs(b[:, 0].mean() - b[:, 1].mean()) for b in bins) / len(table))


def as_json(judge: Logistic | Steps) -> dict[str, Any]:
    last = {"skip": judge.skip} if isinstance(judge, Steps) else {"bias": judge.bias}
    return {
        "names": list(judge.names),
        "mean": np.round(judge.mean, 5).tolist(),
        "deviation": np.round(judge.deviation, 5).tolist(),
        "weights": np.round(judge.weights, 4).tolist(),
        **{name: round(value, 4) for name, value in last.items()},
    }


def main() -> None:
    """Fit both models, print what cross-validation says of them, and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="print the figures, keep the weights")
    parser.add_argument("--said", type=Path, help="keep scores and rightness of beads in texts not seen")
    options = parser.parse_args()
    everything = list(cases(options.bench))
    data: dict[str, Any] = {"version": "7"}
    everything_said: list[Said] = []
    for kind in ("sentences", "clauses"):
        chosen = [case for case in everything if kind_of(case) == kind]
        cross_validate(chosen)
        said = [bead for case in chosen for bead in chosen_beads(case)]
        everything_said += said
        figures = {name: round(value, 4) for name, value in report(chosen, said).items()}
        print(kind, *(f"{name:36} {value:.4f}" for name, value in figures.items()), sep="\n", flush=True)
        models = {"first": as_json(fit_first(chosen)), "second": as_json(fit_second(chosen))}
        models |= {"path": as_json(fit_path(chosen)), "whole": as_json(fit_whole(chosen))}
        data[kind] = {"cross_validated": figures, "threshold": THRESHOLD[kind]} | models
    if options.said:
        lines = (json.dumps(asdict(bead)) + "\n" for bead in everything_said)
        options.said.write_text("".join(lines), encoding="utf-8")
    if not options.dry_run:
        place = Path(__file__).parents[2] / "polyalign" / "alignment" / "weights.json"
        place.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
