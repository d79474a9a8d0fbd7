"""Is each pair of an existing bitext right? A score for every pair, what is wrong with it, and where.

    evidence -> model -> judging -> slips, repeats -> checker -> reports

A pair is judged by itself; only slips and repeats look at the others.
"""

from __future__ import annotations

from polyalign.checking.checker import Report, check, checked, counts, scored
from polyalign.checking.verdicts import Checked

__all__ = ["Checked", "Report", "check", "checked", "counts", "scored"]
