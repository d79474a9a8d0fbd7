"""How right an alignment is: the standard measures with a signature, intervals, and a test of two outputs.

    from polyalign import scoring
    gold = scoring.read_gold("news.jsonl")
    ours = scoring.score(gold, scoring.read_output("ours.jsonl", gold))
    ours.figures["strict_f1"], ours.interval["strict_f1"], ours.signature

segmented, spanned (a document with gold: its counts) -> results (figures), resampling (intervals, tests);
inputs knows the files. docs/scoring.md defines every figure.
"""

from __future__ import annotations

from polyalign.scoring.inputs import read_gold, read_output
from polyalign.scoring.resampling import PairedDifference
from polyalign.scoring.results import Comparison, Gold, Score, compare, score
from polyalign.scoring.segmented import Group, Segmented
from polyalign.scoring.spanned import GoldFact, Passage, Spanned

__all__ = [
    "Comparison",
    "Gold",
    "GoldFact",
    "Group",
    "PairedDifference",
    "Passage",
    "Score",
    "Segmented",
    "Spanned",
    "compare",
    "read_gold",
    "read_output",
    "score",
]
