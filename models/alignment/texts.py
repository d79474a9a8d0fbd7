"""The texts with gold that teach the aligner: sets as they are, texts made of them, and written reports."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from polyalign import Document
from polyalign.alignment import EncodedSide, spans_of
from polyalign.alignment.decode import Lattice, Scored
from polyalign.alignment.features import Candidates, CandidateSpace
from polyalign.alignment.similarity import Similarity
from polyalign.alignment.spans import Extents, Floats
from polyalign.alignment.textsides import LARGEST_COMPLETE, LARGEST_GROUP
from polyalign.encoders import load
from polyalign.preparation import PreparedSide, sentences_in
from polyalign.segmentation import segment

REPORTS = Path(__file__).parent / "reports" / "tagged.jsonl"
FAMILIES = {
    "literature": "alignar-literature",
    "law": "alignar-law",
    "novels": "mac4",
    "news": "news",
    "reports": "written",
    "real": "real",
}
# the few long translations and short texts count more than the news, made-up reports of novels less
SET_WEIGHT = {
    **dict.fromkeys(("alignar-law", "alignar-literature", "mac4", "crowded-news-parallel"), 3.0),
    "reports-alignar-literature": 0.3,
}
# what clauses that were made of translations count, beside reports: ten times as much, and reports by writers
# not seen lose .01; without strangers, texts that have nothing in common get two beads a pair, and not .2
TRANSLATED, STRANGERS = 0.03, 0.3
TAG = re.compile(r"<(/?)([fn]\d+)(~?)>")


@dataclass(frozen=True)
class Gold:
    """Gold beads by what they have of each unit: running lengths in characters (beads, units + 1) a side.

    `sure` (beads,) is False for what counts neither for nor against.
    """

    source: Floats
    target: Floats
    sure: Any

    @classmethod
    def of(cls, beads: Sequence[tuple[Floats, Floats]], units: tuple[int, int], sure: Any = None) -> Gold:
        """Gold of the characters (units,) that each bead has of either side's units."""
        sides = []
        for side in range(2):
            rows = np.array([bead[side] for bead in beads], dtype=float).reshape(len(beads), units[side])
            sides.append(np.cumsum(np.concatenate([np.zeros((len(rows), 1)), rows], axis=1), axis=1))
        return cls(sides[0], sides[1], np.ones(len(beads), dtype=bool) if sure is None else np.array(sure))

    def __len__(self) -> int:
        return int(self.sure.sum())

    @property
    def units(self) -> int:
        """How many units of both sides some bead has."""
        return sum(int((np.diff(side, axis=1) > 0).any(axis=0).sum()) for side in (self.source, self.target))

    def shares(self, where: Extents, space: CandidateSpace) -> tuple[Floats, Floats]:
        """How far candidates and beads are the same, and how far they hold each other (candidates, beads).

        The first is the product of two Jaccard indices, the second the smaller share, of both sides, of the
        shorter of the two that both have; all by length.
        """
        same, held = np.ones((2, len(where.first_s), len(self.sure)))
        for running, first, last, edges in (
            (self.source, where.first_s, where.last_s, space.source.edges),
            (self.target, where.first_t, where.last_t, space.target.edges),
        ):
            common = (running[:, last] - running[:, first]).T
            length, total = (edges[last] - edges[first])[:, None], running[:, -1]
            same *= common / (length + total - common)
            held = np.minimum(held, common / np.maximum(np.minimum(length, total), 1))
        return same, held


@dataclass(eq=False)
class Case:
    """One document: its pairs of spans, its gold, and where it comes from.

    `alone` and `in_context` are what scorers said of its candidates; `path` and `complete` are its arcs.
    """

    name: str
    story: str
    space: CandidateSpace
    gold: Gold
    clausal: bool
    found: Candidates
    second: Callable[[], CandidateSpace]
    alone: Scored | None = None
    in_context: Scored | None = None
    arcs: tuple[Monotone, Monotone] | None = field(default=None, repr=False)

    @property
    def family(self) -> str:
        """The family of texts that it is of or made of."""
        return next(family for family, part in FAMILIES.items() if part in self.name)

    @property
    def kind(self) -> str:
        """Which of the two models scores the document."""
        return "clauses" if self.clausal else "sentences"

    @property
    def weight(self) -> float:
        """How much the document counts."""
        weight = SET_WEIGHT.get(self.name.split(".")[0], 1.0)
        if not self.clausal or self.family in ("reports", "real"):
            return weight
        return weight * (STRANGERS if self.name.startswith("strangers") else TRANSLATED)

    def right(self, where: Extents) -> Floats:
        """How right each candidate is, 0 to 1; NaN where that is not known.

        Of uncut texts a candidate is the gold bead or not. Of texts cut into clauses, where exact edges are
        a matter of taste, it is so much of one. The facts of real and written reports do not end where
        clauses end: there it is half of one at least if it holds half of it, or is held by half.
        """
        same, held = self.gold.shares(where, self.space)
        if not self.clausal:
            return np.asarray(same.max(axis=1, initial=0.0) > 0.9999, dtype=float)
        if self.family not in ("reports", "real"):
            return np.asarray(same.max(axis=1, initial=0.0))
        value = np.maximum(same, np.where(held >= 0.5, held / 2, 0))
        sure = value[:, self.gold.sure].max(axis=1, initial=0.0)
        return np.where((sure < 0.25) & (held[:, ~self.gold.sure] >= 0.5).any(axis=1), np.nan, sure)


@dataclass(frozen=True)
class Monotone:
    """The arcs of a monotone document, which of them are gold, and all paths through them."""

    found: Candidates
    gold: Any
    lattice: Lattice

    @property
    def share(self) -> float:
        """How many of the units the gold beads have, 0 to 1."""
        return float(self.lattice.where.units[self.gold].sum()) / sum(self.lattice.units)


def cases(bench: Path) -> Iterator[Case]:
    """Every document of every set in a folder, texts made of them, and written and real reports."""
    dice, others = random.Random(1), random.Random(2)
    for path in sorted(bench.glob("*.jsonl")):
        documents = _lines(path)
        if path.stem.startswith("news-parallel."):
            yield from strangers(path.stem, documents, dice)
            yield from visited(f"visited-{path.stem}", documents, dice, (3, 20), (0.3, 1.5))
            yield from visited(f"crowded-{path.stem}", documents, others, (1, 5), (0.5, 3.0))
        for document in documents:
            yield _case(path.stem, document)
            if not path.stem.startswith(("news-comparable.", "news-comparable_mild.")):
                clauses = _joined(len(document["src"]), 0.35, dice), _joined(len(document["tgt"]), 0.1, dice)
                yield _case("clauses-" + path.stem, document, clauses)
            if not path.stem.startswith("news-comparable"):
                for report in _reports(document, dice):
                    clauses = _joined(len(report["src"]), 0.35, dice), _joined(len(report["tgt"]), 0.15, dice)
                    yield _case("reports-" + path.stem, report, clauses)
    for report in map(untagged, _lines(REPORTS)):
        yield _report("written", report)
    for report in _lines(bench.parent / "reports" / "real.jsonl"):
        yield _report("real", report | {"writer": report["id"]})


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@cache
def _encoder() -> Any:
    return load("use-m3")


def strangers(name: str, documents: list[dict[str, Any]], dice: random.Random) -> Iterator[Case]:
    """Each source with the target of the next story, which has nothing to do with it."""
    for one, other in zip(documents, [*documents[1:], documents[0]], strict=True):
        pair = {**one, "tgt": other["tgt"], "gold": []}
        yield _case(f"strangers-{name}", pair)
        clauses = _joined(len(pair["src"]), 0.35, dice), _joined(len(pair["tgt"]), 0.15, dice)
        yield _case(f"strangers-clauses-{name}", pair, clauses)


def visited(
    name: str,
    documents: list[dict[str, Any]],
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
        yield _case(name, {**story, "src": sides[0], "tgt": sides[1], "gold": moved})


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


def _case(name: str, document: dict[str, Any], clauses: tuple[list[int], list[int]] | None = None) -> Case:
    """The document with its segments as `clauses` of longer sentences, or uncut, cut only to be encoded."""
    edges, sides = [], []
    for number, side in enumerate(("src", "tgt")):
        texts, language = document[side], document[f"{side}_lang"]
        found = [[] if clauses else segment(text, language) for text in texts]
        shown = ([part.shown for part in parts if part.shown.strip()] for parts in found)
        units = [parts or [text] for parts, text in zip(shown, texts, strict=True)]
        counts = clauses[number] if clauses else [len(parts) for parts in units]
        spans = spans_of(counts, LARGEST_GROUP, uncut=not clauses)
        sides.append(EncodedSide.of(spans, [part for parts in units for part in parts], _encoder()))
        edges.append(np.cumsum([0, *map(len, units)]))

    def held(side: int, segments: list[int]) -> Floats:
        first, last = edges[side][min(segments)], edges[side][max(segments) + 1]
        inside = np.arange(sides[side].spans.units)
        return np.where((inside >= first) & (inside < last), np.diff(sides[side].edges), 0)

    gold = [(held(0, s), held(1, t)) for s, t in document["gold"] if s and t]
    return _made(name, document["id"], sides, gold, clausal=bool(clauses))


def _report(name: str, report: dict[str, Any]) -> Case:
    """A pair of reports cut as they are when they are aligned; its gold are facts told on both sides."""
    sides, held = [], []
    entries = [*report["spans"], *report["unsure_spans"]]
    for number, side in enumerate(("src", "tgt")):
        language = report[f"{side}_lang"]
        document = Document(report[f"{side}_text"], language=language)
        prepared = PreparedSide.from_sentences(document, sentences_in(document, language), language)
        counts = [len(clauses) for clauses in prepared.clauses]
        spans = spans_of(counts, LARGEST_GROUP, excluded=prepared.excluded)
        encoded = EncodedSide.of(spans, prepared.units, _encoder())
        sides.append(encoded)
        places = [(clause.start, clause.end) for clause in prepared.flat]
        held.append([_characters(entry[number], places) * np.diff(encoded.edges) for entry in entries])
    sure = [True] * len(report["spans"]) + [False] * len(report["unsure_spans"])
    return _made(name, report["writer"], sides, list(zip(*held, strict=True)), clausal=True, sure=sure)


def _characters(spans: list[list[int]], places: list[tuple[int, int]]) -> Floats:
    """The share of each place (start, end) that these spans take up."""
    common = [sum(max(min(b, end) - max(a, start), 0) for a, b in spans) for start, end in places]
    return np.asarray(np.array(common) / np.array([end - start for start, end in places]))


def untagged(row: dict[str, Any]) -> dict[str, Any]:
    """A tagged pair of reports as texts, and spans of the facts that stand in both."""
    places: list[dict[str, list[list[int]]]] = []
    report = {**row, "unsure_spans": []}
    for side in ("src", "tgt"):
        text, seen, own = "", 0, dict[str, list[list[int]]]()
        for tag in TAG.finditer(row[f"{side}_tagged"]):
            text, seen = text + row[f"{side}_tagged"][seen : tag.start()], tag.end()
            spans = own.setdefault(tag[2], [])
            if tag[1]:
                spans[-1].append(len(text))
            else:
                spans.append([len(text)])
        report[f"{side}_text"] = text + row[f"{side}_tagged"][seen:]
        places.append(own)
    facts = [fact for fact in places[0] if fact.startswith("f") and fact in places[1]]
    return report | {"spans": [[places[0][fact], places[1][fact]] for fact in facts]}


def _made(
    name: str,
    story: str,
    sides: list[EncodedSide],
    beads: Sequence[tuple[Floats, Floats]],
    *,
    clausal: bool,
    sure: list[bool] | None = None,
) -> Case:
    source, target = sides
    space = CandidateSpace(Similarity(source, target))

    @cache
    def second() -> CandidateSpace:
        ours, theirs = (side.for_second_pass(LARGEST_COMPLETE) for side in sides)
        return CandidateSpace(Similarity(ours, theirs, known=space.similarity.matches))

    gold = Gold.of(beads, space.units, sure)
    return Case(name, story, space, gold, clausal, space.plausible(), second)
