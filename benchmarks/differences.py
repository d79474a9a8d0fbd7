"""How well is found what only one side of a pair says: a foreign clause is put into a translation.

usage: python benchmarks/differences.py [PAIRS.SRC-TGT.tsv ...] [--limit N] [--seed N] [--reports TAGGED]

A line of PAIRS is a sentence, a tab, its translation. Into each translation a clause of five to fourteen
words of another one is put, before, after or between its own. Prints how many of these clauses are found (a
difference that covers at least half of it, and is at least half in it), F1 of the characters, and how many of
the sides of pairs as they were are said to differ. Two constants were chosen on the first 300 pairs of
FLORES, Arabic and English.

TAGGED (models/alignment/reports) holds reports in which people marked passages that state the same fact, with
a "~" on the side that says notably more. Prints how many sides are said to differ: those marked, the others
of the same facts, and those of facts that both tell alike. Nothing was chosen or fitted on them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from polyalign import encoders
from polyalign.parts import Difference
from polyalign.words import compare_many

Pair = tuple[str, str]
Span = tuple[int, int]
PASSAGE = re.compile(r"<(f\d+)(~?)>(.*?)</\1~?>", re.DOTALL)
CLAUSE = re.compile(r"[,;،؛]\s*")


def spoiled(pairs: Sequence[Pair], seed: int) -> Iterator[tuple[Pair, Span]]:
    """Each pair with a foreign clause in its target, and where that stands."""
    draw = random.Random(seed)
    clauses = [
        part.strip() for _, text in pairs for part in CLAUSE.split(text) if 5 <= len(part.split()) <= 14
    ]
    for source, target in pairs:
        clause = draw.choice([part for part in clauses if part not in target])
        parts = target.split(", ")
        place = draw.randint(0, len(parts))
        before = ", ".join(parts[:place])
        start = len(before) + (2 if before else 0)
        yield (source, ", ".join([*parts[:place], clause, *parts[place:]])), (start, start + len(clause))


def common(one: Span, other: Span) -> int:
    """How many characters two stretches share."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def agreement(found: Sequence[Difference], wanted: Span) -> tuple[bool, float]:
    """Whether the clause is found, and F1 of the characters of all differences of the target."""
    spans = [difference.span for difference in found if difference.side == "target"]
    size = wanted[1] - wanted[0]
    hit = any(common(span, wanted) * 2 >= max(size, span[1] - span[0]) for span in spans)
    right, said = sum(common(span, wanted) for span in spans), sum(end - start for start, end in spans)
    return hit, 2 * right / (said + size)


def marked(tagged: str) -> dict[str, tuple[str, bool]]:
    """The passages of a report by their facts, as one text, and whether one is said to say more."""
    found: dict[str, tuple[str, bool]] = {}
    for fact, more, text in PASSAGE.findall(tagged):
        before, marks = found.get(fact, ("", False))
        found[fact] = f"{before} {text}".strip(), marks or bool(more)
    return found


def told_apart(reports: Path, encoder: encoders.PieceReader) -> Iterator[str]:
    """The rows of a table: kinds of sides, how many there are, and how many are said to differ."""
    sides: dict[str, list[bool]] = {kind: [] for kind in ("marked", "the other side of these", "told alike")}
    for line in reports.read_text(encoding="utf-8").splitlines():
        report = json.loads(line)
        ours, theirs = marked(report["src_tagged"]), marked(report["tgt_tagged"])
        facts = [fact for fact in ours if fact in theirs and not (ours[fact][1] and theirs[fact][1])]
        pairs = [(ours[fact][0], theirs[fact][0]) for fact in facts]
        languages = report["src_lang"], report["tgt_lang"]
        for fact, found in zip(facts, compare_many(pairs, languages=languages, encoder=encoder), strict=True):
            differ = {difference.side for difference in found.differences}
            marks = {"source": ours[fact][1], "target": theirs[fact][1]}
            for side, more in marks.items():
                kind = (
                    "marked" if more else "the other side of these" if any(marks.values()) else "told alike"
                )
                sides[kind].append(side in differ)
    for kind, differing in sides.items():
        yield f"| {kind} | {len(differing):,} | {sum(differing) / max(len(differing), 1):.3f} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", nargs="*", type=Path)
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reports", type=Path, metavar="TAGGED")
    options = parser.parse_args(arguments)
    encoder = encoders.load(encoders.DEFAULT)
    assert isinstance(encoder, encoders.PieceReader)
    heads = "set", "pairs", "found", "F1 of characters", "sides as they were that differ"
    if options.pairs:
        print(f"| {' | '.join(heads)} |\n|---|---|---|---|---|")
    for path in options.pairs:
        one, _, other = path.name.split(".")[-2].partition("-")
        rows = [line.split("\t")[:2] for line in path.read_text(encoding="utf-8").splitlines()]
        pairs = [(row[0], row[1]) for row in rows[: options.limit]]
        changed = list(spoiled(pairs, options.seed))

        def compared(pairs: Sequence[Pair], tags: Pair = (one, other)) -> list[Sequence[Difference]]:
            return [pair.differences for pair in compare_many(pairs, languages=tags, encoder=encoder)]

        alarms = sum(len({d.side for d in found}) for found in compared(pairs)) / (2 * len(pairs))
        told = compared([pair for pair, _ in changed])
        hits, f1 = zip(
            *(agreement(found, span) for found, (_, span) in zip(told, changed, strict=True)), strict=True
        )
        figures = f"{sum(hits) / len(hits):.3f} | {sum(f1) / len(f1):.3f} | {alarms:.3f}"
        print(f"| {path.name} | {len(pairs)} | {figures} |", flush=True)
    if options.reports:
        print("\n| sides | number | said to differ |\n|---|--:|--:|")
        for row in told_apart(options.reports, encoder):
            print(row)


if __name__ == "__main__":
    main()
