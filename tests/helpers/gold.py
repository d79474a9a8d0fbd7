"""The gold of seeds/ as pairs of segment ids, for any way of cutting the texts into segments."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from polyalign.bitext import Bitext
from polyalign.parts import Side

Level = Literal["beads", "clauses"]
Pairs = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Figures:
    """Precision, recall and F1, each 0 to 1."""

    precision: float
    recall: float
    f1: float


def load(path: Path) -> dict[str, Any]:
    """The gold in a file, with the text of both sides under "text"."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name in ("source", "target"):
        with (path.parent / data[name]["file"]).open(encoding="utf-8-sig", newline="") as file:
            data[name]["text"] = file.read()
    return data


def gold_pairs(gold: dict[str, Any], bitext: Bitext, *, level: Level = "beads") -> Pairs:
    """The pairs of segment ids that belong together, each segment of a bead with each of the other side."""
    return frozenset(
        (i, j)
        for bead in gold[level]
        for i in ids(bitext.source, gold["source"]["text"], bead["source"])
        for j in ids(bitext.target, gold["target"]["text"], bead["target"])
    )


def ids(side: Side, text: str, quoted: list[str]) -> set[int]:
    """The segments that the quoted stretches touch. Raises ValueError for what the text does not hold."""
    starts = [(text.index(stretch), len(stretch)) for stretch in quoted]
    return {s.id for s in side.segments for start, size in starts if s.start < start + size and start < s.end}


def found_pairs(bitext: Bitext) -> Pairs:
    """The pairs of segment ids in the same bead."""
    return frozenset((i, j) for bead in bitext.beads for i in bead.source for j in bead.target)


def in_sentences(pairs: Pairs, gold: dict[str, Any], bitext: Bitext) -> Pairs:
    """Pairs of segments as pairs of the sentences of the gold that they touch, by where those begin."""
    ours, theirs = (_sentences_of(gold, name, getattr(bitext, name)) for name in ("source", "target"))
    return frozenset((s, t) for i, j in pairs for s in ours[i] for t in theirs[j])


def _sentences_of(gold: dict[str, Any], name: str, side: Side) -> dict[int, list[int]]:
    """Where the sentences that each segment touches begin."""
    quoted = [stretch for bead in gold["beads"] for stretch in bead[name]] + gold[name]["unaligned"]
    starts = {gold[name]["text"].index(stretch): len(stretch) for stretch in quoted}
    return {
        s.id: [start for start, size in starts.items() if s.start < start + size and start < s.end]
        for s in side.segments
    }


def figures(found: Pairs, expected: Pairs) -> Figures:
    """How well the found pairs match the expected ones; nothing found where nothing is expected is 1."""
    right = len(found & expected)
    precision = right / len(found) if found else float(not expected)
    recall = right / len(expected) if expected else float(not found)
    return Figures(precision, recall, 2 * right / (len(found) + len(expected)) if found or expected else 1.0)
