"""What a chat model's answer is worth on reports of one event, right, spoiled and wrong: F1 of facts.

    python benchmarks/answers.py [SHARED_DIR] [--json FILE] [--markdown FILE]

Reads SHARED_DIR/reports/reports.jsonl and real.jsonl (../shared). No model is asked: an answer is made of the
gold, by segments (a segment belongs to a fact that has half of it, or that it has half of), and then spoiled:
"careful" misses one pair in four and has one in ten wrong, "half" has other segments of the target in every
other pair, "beside" the segment after the right one there, "wrong" in all of them; "swapped" is the right
answer of another pair of texts, as if it were for these. The weights have seen the written reports and not
the real ones; what an answer weighs was chosen on the first twelve.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import SHARED, decimals, markdown, save, say

from polyalign import Aligner, Document
from polyalign.scoring.spanned import REPORT, Spanned

Pairs = list[tuple[list[int], list[int]]]  # ids of source and target segments
Numbered = list[list[tuple[int, str]]]
KINDS = ("none", "right", "careful", "half", "beside", "wrong", "swapped")


def numbered(questions: str) -> Numbered:
    """The numbered segments of both sides in a question, as a model reads them."""
    return [
        [(int(n), text) for n, text in re.findall(rf"^{letter}(\d+): (.*)$", questions, re.MULTILINE)]
        for letter in "ST"
    ]


def right(row: Mapping[str, Any], segments: Numbered) -> Pairs:
    """The facts of the gold as pairs of numbers."""
    places = [
        [*located(row[text], side)] for text, side in zip(("src_text", "tgt_text"), segments, strict=True)
    ]
    pairs = []
    for *spans, _ in row["spans"]:
        ids = [
            [
                number
                for number, start, end in side
                if 2 * sum(max(0, min(end, b) - max(start, a)) for a, b in own)
                >= min(end - start, sum(b - a for a, b in own))
            ]
            for side, own in zip(places, spans, strict=True)
        ]
        if all(ids):
            pairs.append((ids[0], ids[1]))
    return pairs


def located(text: str, segments: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of each segment in the text, whose white space it may show otherwise."""
    place = 0
    for number, shown in segments:
        found = re.compile(r"\s*".join(map(re.escape, shown.replace(" ", "")))).search(text, place)
        if found:
            place = found.end()
            yield number, found.start(), found.end()


def spoiled(pairs: Pairs, kind: str, target: Sequence[int], chance: random.Random) -> Pairs:
    """The pairs as a model might give them that errs in this way."""

    def moved(ids: Sequence[int]) -> list[int]:
        others = [i for i in target if i not in ids]
        return chance.sample(others, min(len(ids), len(others)))

    def beside(ids: Sequence[int]) -> list[int]:
        return [target[(target.index(i) + 1) % len(target)] for i in ids]

    if kind == "careful":
        kept = [pair for pair in pairs if chance.random() > 0.25]
        return [(ours, moved(theirs) if chance.random() < 0.1 else theirs) for ours, theirs in kept]
    change: Callable[[Sequence[int]], list[int]] = beside if kind == "beside" else moved
    often = {"right": 0, "swapped": 0, "half": 2, "beside": 2, "wrong": 1}[kind]
    return [(s, change(t) if often and k % often == 0 else t) for k, (s, t) in enumerate(pairs)]


def answer(question: str, pairs: Pairs) -> str:
    """The pairs as a model writes them, with prose and a fence around."""
    text = re.search(r'"text": "(\w+)"', question)
    assert text
    made = [{"source": [f"S{i}" for i in s], "target": [f"T{i}" for i in t]} for s, t in pairs]
    form = {"text": text[1], "part": "1/1", "pairs": made}
    return f"Here are the pairs:\n```json\n{json.dumps(form, indent=1)}\n```\n"


def counts(path: Path, part: slice = slice(None)) -> dict[str, Counter[str]]:
    """What `REPORT` counts over the reports of a file, by the kind of answer."""
    aligner, total = Aligner(translate="off"), {kind: Counter[str]() for kind in KINDS}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][part]
    asked = []
    for row in rows:
        texts = [Document(row[f"{s}_text"], language=row[f"{s}_lang"]) for s in ("src", "tgt")]
        question = "\n".join(aligner.ask(*texts))
        asked.append((texts, question, right(row, numbered(question))))
    for k, (row, (texts, question, pairs)) in enumerate(zip(rows, asked, strict=True)):
        gold, chance = Spanned.read(row, id=row["id"], name=path.name), random.Random(row["id"])
        target = [number for number, _ in numbered(question)[1]]
        for kind in KINDS:
            told = asked[k - 1][2] if kind == "swapped" else pairs
            answers = () if kind == "none" else (answer(question, spoiled(told, kind, target, chance)),)
            found = gold.counts(gold.from_bitext(aligner.pair(*texts, answers=answers), name=row["id"]))
            total[kind].update(dict(zip(REPORT.columns, found, strict=True)))
        say(row["id"])
    return total


def figures_of(counted: Counter[str]) -> dict[str, float]:
    """The figures of `REPORT` for what was counted."""
    sums = np.array([counted[column] for column in REPORT.columns], dtype=np.int64)
    return {name: float(figure) for name, figure in REPORT.of(sums).items()}


def main() -> None:
    """Prints the table, and writes the same figures to the JSON file that was asked for."""
    parser = argparse.ArgumentParser(description="What a chat model's answer is worth on reports.")
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    files = options.shared / "reports" / "reports.jsonl", options.shared / "reports" / "real.jsonl"
    sets = {
        "written, the weight chosen on them": counts(files[0], slice(12)),
        "written, the others": counts(files[0], slice(12, None)),
        "real": counts(files[1]),
    }
    figures = {name: {kind: figures_of(n) for kind, n in total.items()} for name, total in sets.items()}
    cells = [
        [name, figure, *(decimals(own[kind][figure]) for kind in KINDS)]
        for name, own in figures.items()
        for figure in ("f1", "precision", "recall", "tight")
    ]
    text = markdown(("reports", "", *KINDS), cells, words=2)
    print(text)
    save(options.json, figures)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
