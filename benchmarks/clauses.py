"""Cuts inside sentences against the edges of facts: found, unexplained, facts in whole units.

    python benchmarks/clauses.py [FILE ...] [--half {even,odd}] [--json FILE]

FILE has one pair of reports a line: {"src_lang", "tgt_lang", "src_text", "tgt_text", "spans": [[source
stretches, target stretches, kind], ...], "unsure_spans": the same}; the default are those of
`../shared/reports`. `--half` takes every other pair of each file, so that rules can be written
looking at one half and judged by the other.

edges        starts and ends of facts that lie inside a sentence of ours
found        share of them where a clause of ours starts
cuts         clauses that start inside a sentence, and how many of them no edge explains ("extra") and of
             these, how many split a fact ("in facts")
facts        stretches that state a fact; "whole" is the share of them that whole units make up
units        clauses a sentence

A place is counted in letters and digits, so that it does not matter on which side of a cut the
punctuation stands.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

from common import SHARED, decimals, markdown, save, say

from polyalign.segmentation import cut_clauses, segment

DATA = tuple(SHARED / "reports" / name for name in ("reports.jsonl", "real.jsonl"))
HEAD = ("language", "sentences", "units", "edges", "found", "cuts", "extra", "in facts", "facts", "whole")


@dataclass(frozen=True, slots=True)
class Report:
    """A text and the stretches of it that state a fact."""

    language: str
    text: str
    facts: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Figures:
    """One row, as the head of this file defines it; shares in 0..1."""

    language: str
    sentences: int
    units: float
    edges: int
    found: float
    cuts: int
    extra: int
    in_facts: int
    facts: int
    whole: float


def read(path: Path, half: str | None) -> Iterator[Report]:
    """Both sides of the pairs of a file, or of every other pair."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines[half == "odd" :: 2 if half else 1]:
        row = json.loads(line)
        for k, side in enumerate(("src", "tgt")):
            facts = (tuple(where) for entry in row["spans"] + row["unsure_spans"] for where in entry[k])
            yield Report(row[f"{side}_lang"], row[f"{side}_text"], frozenset(facts))


def counts(report: Report) -> Counter[str]:
    """What `figures` divides, for one text."""
    place = [0, *accumulate(map(str.isalnum, report.text))]
    sentences = [s for s in segment(report.text, report.language) if s.alignable]
    bounds = {place[k] for s in sentences for k in (s.start, s.end)}
    clauses = [clause for s in sentences for clause in cut_clauses(s, report.language)]
    cuts = {place[clause.start] for clause in clauses} - bounds
    facts = [(place[start], place[end]) for start, end in report.facts]
    edges = {edge for fact in facts for edge in fact} - bounds
    extra = cuts - edges
    return Counter(
        sentences=len(sentences),
        clauses=len(clauses),
        edges=len(edges),
        found=len(edges & cuts),
        cuts=len(cuts),
        extra=len(extra),
        in_facts=sum(any(start < cut < end for start, end in facts) for cut in extra),
        facts=len(facts),
        whole=sum({*fact} <= cuts | bounds for fact in facts),
    )


def figures(language: str, reports: Iterable[Report]) -> Figures:
    """The figures over some texts."""
    n = sum(map(counts, reports), Counter[str]())
    return Figures(
        language,
        sentences=n["sentences"],
        units=n["clauses"] / max(n["sentences"], 1),
        edges=n["edges"],
        found=n["found"] / max(n["edges"], 1),
        cuts=n["cuts"],
        extra=n["extra"],
        in_facts=n["in_facts"],
        facts=n["facts"],
        whole=n["whole"] / max(n["facts"], 1),
    )


def table(rows: Sequence[Figures]) -> str:
    """The figures as a Markdown table."""
    cells = (
        [decimals(cell, 3) if isinstance(cell, float) else str(cell) for cell in asdict(row).values()]
        for row in rows
    )
    return markdown(HEAD, cells)


def main() -> None:
    """Prints the table, and writes the same figures to the JSON file that was asked for."""
    parser = argparse.ArgumentParser(description="Cuts inside sentences against the edges of facts.")
    parser.add_argument("data", nargs="*", type=Path, default=DATA, metavar="FILE")
    parser.add_argument("--half", choices=("even", "odd"))
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    for path in options.data:
        if not path.is_file():
            say(f"{path} is left out: there is no such file")
    files = [path for path in options.data if path.is_file()]
    reports = [report for path in files for report in read(path, options.half)]
    languages = sorted({report.language for report in reports})
    rows = [figures(language, [r for r in reports if r.language == language]) for language in languages]
    print(table([*rows, figures("all", reports)]))
    save(options.json, [asdict(row) for row in rows])


if __name__ == "__main__":
    main()
