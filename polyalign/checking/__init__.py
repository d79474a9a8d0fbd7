"""Is each pair of an existing bitext right? A score for every pair, what is wrong with it, and where.

    evidence -> model -> judging -> slips, repeats -> checker -> reports

A pair is judged by itself; only slips and repeats look at the others.
"""

from __future__ import annotations

from polyalign.checking.checker import MIN_SCORE, PairEntry, Report, check, checked, counts, scored, signature
from polyalign.checking.verdicts import KINDS, Checked, Problem, Verdict

__all__ = [
    "KINDS",
    "MIN_SCORE",
    "Checked",
    "PairEntry",
    "Problem",
    "Report",
    "Verdict",
    "check",
    "checked",
    "counts",
    "scored",
    "signature",
]
