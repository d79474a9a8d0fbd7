"""Fit polyalign/alignment/weights.json on alignments with gold, and say how good it is on texts not seen.

usage: python models/alignment/fit.py BENCH_DIR [--dry-run] [--said FILE]

BENCH_DIR holds SET.SRC-TGT.jsonl files (see benchmarks/quality.py). Stories are dealt into five
parts; each part is scored by weights fitted on the other four, and each later scorer is fitted on
such scores, so that it learns from honest first ones. There are two models: for
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

from polyalign.alignment import EncodedSide, decode, features, spans_of
from polyalign.alignment.align import IN_ORDER
from polyalign.alignment.decode import Lattice, Scored
from polyalign.alignment.features import Candidates, CandidateSpace, names_of
from polyalign.alignment.model import ArcPotential, Logistic, expanded, expanded_arcs
from polyalign.alignment.similarity import Similarity
from polyalign.alignment.spans import Extents, Floats
from polyalign.encoders import load
from polyalign.pipeline import LARGEST_COMPLETE, LARGEST_GROUP
from polyalign.segmentation import segment

FOLDS = 5
THRESHOLD = {"sentences": 0.5, "clauses": 0.4}  # more likely right than not; more than .4 of it right
RIDGE = 2.0
MOST = 0.8  # of the units, which texts have in beads that teach second passes
TAUGHT = 8  # sentences of a group in them; one gold bead of larger ones teaches that all are likely
NEARLY_ALL = 0.99  # of the units: then nothing is left out, but for slips
PATH_RIDGE, PATH_ROUNDS = 6.0, 60
SET_WEIGHT = {
    **dict.fromkeys(("alignar-law", "alignar-literature", "mac4", "crowded-news-parallel"), 3.0),
    "reports-alignar-literature": 0.3,
}


@dataclass
class Case:
    """One document: its candidates, how right each of them is, and where it comes from.

    `alone`, `in_context` and `final` are what scorers that never saw the story say of the candidates: by
    themselves, among competitors, and with the path, which has candidates of its own, as has the second
    pass of a text that is a `complete` translation, or teaches it.
    """

    name: str
    story: str
    space: CandidateSpace
    gold: Any
    clausal: bool
    found: Candidates
    right: Floats
    second: Callable[[], CandidateSpace]
    alone: Scored
    in_context: Scored
    path: Monotone | None = None
    complete: Monotone | None = None
    final: Scored | None = None

    @property
    def weight(self) -> float:
        """How much the document counts: the few long translations and short texts more than the news."""
        return SET_WEIGHT.get(self.name.split(".")[0], 1.0)

    @property
    def kind(self) -> str:
        """Which of the two models scores the document."""
        return "clauses" if self.clausal else "sentences"


@dataclass(frozen=True)
class Monotone:
    """The arcs of a monotone document, which of them are gold, and all paths through them."""

    found: Candidates
    gold: Any
    lattice: Lattice
    trust: float

    @property
    def gold_on_path(self) -> bool:
        """Whether the gold beads are themselves a path."""
        gold = self.lattice.where[np.flatnonzero(self.gold)]
        return len(decode.best_path(gold, np.ones(len(gold.first_s)))) == len(gold.first_s)

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
            lines = [(text, True) for text in own]
            for guest in dice.sample(guests, min(len(guests), round(share * len(own)) + 1)):
                lines.insert(dice.randrange(len(lines) + 1), (guest, False))
            sides.append([text for text, _ in lines])
            places.append(iter([place for place, (_, at_home) in enumerate(lines) if at_home]))
        moved = [[[next(at) for _ in ids] for ids, at in zip(bead, places, strict=True)] for bead in beads]
        yield _case(name, {**story, "src": sides[0], "tgt": sides[1], "gold": moved}, encoder)


def _reports(document: dict[str, Any], dice: random.Random, *, beads: int = 24) -> Iterator[dict[str, Any]]:
    """Two reports of one event, made of each stretch of a translation, twice.

    A third of the beads stand on one side only, so that what has no counterpart is on the same
    topic as what has one; the target has the rest in another order, in runs of one to three.
    """
    gold = sorted((s, t) for s, t in document["gold"] if s and t)
    for start in (k for k in range(0, len(gold), beads) for _ in range(2)):
        some = gold[start : start + beads]
        fates = [dice.choices(("both", "source", "target"), (64, 18, 18))[0] for _ in some]
        ours = [i for (s, _), fate in zip(some, fates, strict=True) if fate != "target" for i in s]
        left = [t for (_, t), fate in zip(some, fates, strict=True) if fate != "source"]
        runs: list[list[Any]] = []
        while left:
            size = dice.randint(1, 3)
            runs.append(left[:size])
            left = left[size:]
        dice.shuffle(runs)
        theirs = [j for run in runs for t in run for j in t]
        here, there = ({old: new for new, old in enumerate(ids)} for ids in (ours, theirs))
        both = (bead for bead, fate in zip(some, fates, strict=True) if fate == "both")
        yield {
            **document,
            "src": [document["src"][i] for i in ours],
            "tgt": [document["tgt"][j] for j in theirs],
            "gold": [[[here[i] for i in s], [there[j] for j in t]] for s, t in both],
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
    """The document with its segments as `clauses` of longer sentences, or uncut, cut only to be encoded."""
    edges, sides = [], []
    for number, side in enumerate(("src", "tgt")):
        texts, language = document[side], document[f"{side}_lang"]
        found = [[] if clauses else segment(text, language) for text in texts]
        shown = ([part.shown for part in parts if part.shown.strip()] for parts in found)
        units = [parts or [text] for parts, text in zip(shown, texts, strict=True)]
        counts = clauses[number] if clauses else [len(parts) for parts in units]
        sides.append((counts, [part for parts in units for part in parts]))
        edges.append(np.cumsum([0, *map(len, units)]))

    spans = [spans_of(counts, LARGEST_GROUP, uncut=not clauses) for counts, _ in sides]
    source, target = (
        EncodedSide.of(own, units, encoder) for own, (_, units) in zip(spans, sides, strict=True)
    )
    gold = [
        [edges[0][min(s)], edges[0][max(s) + 1], edges[1][min(t)], edges[1][max(t) + 1]]
        for s, t in document["gold"]
        if s and t
    ]
    space = CandidateSpace(Similarity(source, target))
    plausible = space.plausible()
    where = np.array(gold, dtype=np.int64).reshape(-1, 4)
    right = rightness(plausible.where, where, space, soft=bool(clauses))
    nothing = Scored(plausible, np.zeros(len(plausible)))

    def second() -> CandidateSpace:
        ours, theirs = (side.for_second_pass(LARGEST_COMPLETE) for side in (source, target))
        return CandidateSpace(Similarity(ours, theirs))

    return Case(name, document["id"], space, where, bool(clauses), plausible, right, second, nothing, nothing)


def rightness(where: Extents, gold: Any, space: CandidateSpace, *, soft: bool) -> Floats:
    """How right each candidate is: wholly or not at all, or the part of the nearest gold bead that it is.

    That is the product of two Jaccard indices, by length.
    """
    shares = []
    for first, last, columns, edges in (
        (where.first_s, where.last_s, gold[:, :2], space.source.edges),
        (where.first_t, where.last_t, gold[:, 2:], space.target.edges),
    ):
        common = edges[np.minimum.outer(last, columns[:, 1])] - edges[np.maximum.outer(first, columns[:, 0])]
        union = edges[np.maximum.outer(last, columns[:, 1])] - edges[np.minimum.outer(first, columns[:, 0])]
        shares.append(np.maximum(common, 0) / union)
    overlap = np.asarray((shares[0] * shares[1]).max(axis=1, initial=0.0))
    return overlap if soft else (overlap > 0.9999).astype(float)


def standard(rows: list[Any]) -> tuple[Floats, Floats]:
    """The mean and deviation of the features; one that never varies says nothing."""
    table = np.concatenate(rows)
    mean, deviation = table.mean(axis=0), table.std(axis=0)
    return mean, np.where(deviation > 1e-4, deviation, 1.0)


def fit_logistic(
    chosen: list[Case], rows: list[Any], right: list[Floats], names: tuple[str, ...]
) -> Logistic:
    """Logistic regression with a ridge, by Newton's method."""
    rows = [row.astype(float) for row in rows]
    mean, deviation = standard(rows)
    target, weight = (
        np.concatenate(right),
        np.concatenate([np.full(len(own), case.weight) for case, own in zip(chosen, right, strict=True)]),
    )
    x = expanded(np.concatenate(rows), names, mean, deviation)
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    beta = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], RIDGE)
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


def fit_alone(chosen: list[Case]) -> Logistic:
    """Fit on the candidates alone."""
    rows, right = [case.found.features for case in chosen], [case.right for case in chosen]
    return fit_logistic(chosen, rows, right, names_of(features.CANDIDATE_FEATURES))


def fit_in_context(chosen: list[Case]) -> Logistic:
    """Fit on candidates among their competitors, by the probabilities that they had alone."""
    rows = [decode.context_rows(case.space, case.alone) for case in chosen]
    right = [rightness(c.alone.where, c.gold, c.space, soft=c.clausal) for c in chosen]
    names = names_of(features.CANDIDATE_FEATURES) + names_of(features.CONTEXT_FEATURES)
    return fit_logistic(chosen, rows, right, names)


def set_paths(case: Case) -> None:
    """Set the paths of a document whose order-free beads lie on one, mostly, and those of a second pass."""
    threshold = THRESHOLD[case.kind]
    selected = case.in_context.select(threshold)
    trust = decode.monotonicity(case.in_context, selected, threshold)
    if not trust:
        return
    band = decode.SearchBand.of(case.space, case.in_context, selected, threshold)
    case.path = _monotone(case, case.space, decode.arcs(case.space, band, case.in_context.candidates), trust)
    second = case.second()
    found = decode.second_pass_arcs(second, band)
    units_in_gold = case.gold[:, 1::2].sum() - case.gold[:, ::2].sum()
    if units_in_gold <= NEARLY_ALL * sum(case.space.units):
        found = second.with_length_ratio(found, band.length_ratio)
    case.complete = _monotone(case, second, found, trust)


def _monotone(case: Case, space: CandidateSpace, found: Candidates, trust: float) -> Monotone:
    gold = rightness(found.where, case.gold, space, soft=True) > 0.9999
    return Monotone(found, gold, Lattice(found.where, space.units), trust)


def fit_monotone(chosen: list[Case]) -> ArcPotential:
    """The log-potentials of decode.arcs.

    They are taught by texts whose gold is a path, however much it leaves out; where texts are cut into
    clauses only by those that have most in beads, as gold that no run of clauses meets looks left out.
    """
    taught = [
        path
        for case in chosen
        if (path := case.path) and path.gold_on_path and (path.share > decode.SPARSE or not case.clausal)
    ]
    return fit_arcs(taught, names_of(features.ARC_FEATURES))


def fit_complete(chosen: list[Case]) -> ArcPotential:
    """Those of a second pass; texts that leave something out teach it too, for want of others.

    They are taught by the arcs of groups of up to TAUGHT sentences, and of beads of up to two more.
    """
    taught = []
    for case in chosen:
        path, complete = case.path, case.complete
        if path and complete and path.gold_on_path and path.share > MOST:
            found = complete.found
            size, smaller = (found.features[:, found.names.index(k)] for k in ("size", "smaller_size"))
            rows = np.flatnonzero((size - smaller <= TAUGHT) & (size <= TAUGHT + 2))
            lattice = Lattice(found.where[rows], complete.lattice.units)
            taught.append(Monotone(found[rows], complete.gold[rows], lattice, complete.trust))
    return fit_arcs(taught, names_of(features.SECOND_PASS_FEATURES))


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


def on_path(case: Case, potential: ArcPotential, second: ArcPotential) -> Scored:
    """What is said of the candidates in the end."""
    path, complete = case.path, case.complete
    if not path or not complete:
        return case.in_context
    scored = decode.monotone(path.found, path.lattice, potential)
    if path.trust >= IN_ORDER and decode.is_complete(scored, case.space):
        return decode.monotone(
            complete.found, complete.lattice, second, decode.skip_penalty(scored, case.space)
        )
    return case.in_context.mixed(scored, path.trust * decode.coverage_trust(scored, case.space.units))


def cross_validate(everything: list[Case]) -> None:
    """Set `alone`, `in_context` and `final` of every case from weights that never saw its story."""
    stories = sorted({case.story for case in everything})  # chapters of one book into different parts
    fold = {story: k % FOLDS for k, story in enumerate(stories)}
    parts = [
        ([c for c in everything if fold[c.story] != k], [c for c in everything if fold[c.story] == k])
        for k in range(FOLDS)
    ]
    for seen, unseen in parts:
        scorer = fit_alone(seen)
        for case in unseen:
            case.alone = decode.promising(case.found, scorer(case.found.features))
    for seen, unseen in parts:
        scorer = fit_in_context(seen)
        for case in unseen:
            case.in_context = replace(case.alone, scores=scorer(decode.context_rows(case.space, case.alone)))
    for case in everything:
        set_paths(case)
    for seen, unseen in parts:
        potential, second = fit_monotone(seen), fit_complete(seen)
        for case in unseen:
            case.final = on_path(case, potential, second)


@dataclass(frozen=True)
class Chosen:
    """A bead that was chosen: how probable it was said to be, and how right it is."""

    set: str
    score: float
    right: float


def beads_of(case: Case) -> list[Chosen]:
    """What comes out for a document that was not seen."""
    assert case.final is not None
    best = case.final.select(THRESHOLD[case.kind])
    right = rightness(case.final.where[best], case.gold, case.space, soft=case.clausal)
    scores = case.final.scores[best]
    return [Chosen(case.name, float(p), float(r)) for p, r in zip(scores, right, strict=True)]


def report(everything: list[Case], beads: list[Chosen]) -> dict[str, float]:
    """Strict F1 of every set, and the expected calibration error over all chosen beads.

    Of sets without gold, how many beads come out for a document.
    """
    gold: dict[str, int] = defaultdict(int)
    for case in everything:
        gold[case.name] += len(case.gold)
    figures = {}
    for name in sorted(gold):
        right = [bead.right for bead in beads if bead.set == name]
        if gold[name]:
            figures[name] = 2 * sum(right) / (gold[name] + len(right))
        else:
            figures[f"beads a pair of {name}"] = len(right) / sum(case.name == name for case in everything)
    return figures | {"calibration error": calibration_error(beads)}


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
    chosen_beads: list[Chosen] = []
    for kind in ("sentences", "clauses"):
        chosen = [case for case in everything if case.kind == kind]
        cross_validate(chosen)
        beads = [bead for case in chosen for bead in beads_of(case)]
        chosen_beads += beads
        figures = {name: round(value, 4) for name, value in report(chosen, beads).items()}
        print(kind, *(f"{name:36} {value:.4f}" for name, value in figures.items()), sep="\n", flush=True)
        data[kind] = {
            "cross_validated": figures,
            "threshold": THRESHOLD[kind],
            "alone": as_json(fit_alone(chosen)),
            "in_context": as_json(fit_in_context(chosen)),
            "monotone": as_json(fit_monotone(chosen)),
            "complete": as_json(fit_complete(chosen)),
        }
    if options.said:
        lines = (json.dumps(asdict(bead)) + "\n" for bead in chosen_beads)
        options.said.write_text("".join(lines), encoding="utf-8")
    if not options.dry_run:
        place = Path(__file__).parents[2] / "polyalign" / "alignment" / "weights.json"
        place.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
