"""Sentence ends against gold: precision, recall, F1 and speed for each language.

    python benchmarks/segmentation.py [DATA] [--json FILE]

DATA has one paragraph a line: {"language", "sentences": [gold], "text"}; the default is the news
of `../shared/segmentation`. The figure that counts takes the boundaries between the sentences of a
paragraph; "with ends" also counts the end of the paragraph, which nobody can miss. Positions are
counted in visible characters, so that what is trimmed does not matter.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from polyalign.segmentation import segment

DATA = Path(__file__).parents[1].parent / "shared" / "segmentation" / "news.dev.jsonl"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text and its gold sentences."""

    language: str
    text: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One row: rates in 0..1, speed in megabytes of UTF-8 a second of processor time."""

    language: str
    precision: float
    recall: float
    f1: float
    f1_with_ends: float
    mb_per_s: float


def read(path: Path) -> list[Paragraph]:
    """The paragraphs of a file of gold sentences."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Paragraph(row["language"], row["text"], tuple(row["sentences"])) for row in rows]


def ends(sentences: Iterable[str]) -> set[int]:
    """Where each sentence ends, in visible characters."""
    positions, at = set(), 0
    for sentence in sentences:
        at += sum(c.isprintable() and c != " " for c in sentence)
        positions.add(at)
    return positions


def measure(paragraphs: Sequence[Paragraph]) -> Figures:
    """The figures over paragraphs of one language."""
    language = paragraphs[0].language
    segment(paragraphs[0].text, language)
    started = time.process_time()
    found = [[s.text for s in segment(p.text, language)] for p in paragraphs]
    seconds = time.process_time() - started
    pairs = [(ends(p.sentences), ends(f)) for p, f in zip(paragraphs, found, strict=True)]
    inner = [(gold - {max(gold)}, ours - {max(ours)}) for gold, ours in pairs]
    size = sum(len(p.text.encode()) for p in paragraphs) / 1e6
    precision, recall, f1 = rates(inner)
    return Figures(language, precision, recall, f1, rates(pairs)[2], size / max(seconds, 1e-9))


def rates(pairs: Iterable[tuple[set[int], set[int]]]) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of gold and found positions."""
    hits = gold_size = found_size = 0
    for gold, found in pairs:
        hits, gold_size, found_size = hits + len(gold & found), gold_size + len(gold), found_size + len(found)
    precision, recall = hits / max(found_size, 1), hits / max(gold_size, 1)
    return precision, recall, 2 * hits / max(gold_size + found_size, 1)


def table(rows: Iterable[Figures]) -> str:
    """The figures as a Markdown table."""
    lines = ["| language | precision | recall | F1 | F1 with ends | MB/s |", "|---|---|---|---|---|---|"]
    for r in rows:
        figures = f"{r.precision:.3f} | {r.recall:.3f} | {r.f1:.3f} | {r.f1_with_ends:.3f} | {r.mb_per_s:.1f}"
        lines.append(f"| {r.language} | {figures} |")
    return "\n".join(lines)


def main() -> None:
    """Prints the table, and writes the same figures to the JSON file that was asked for."""
    parser = argparse.ArgumentParser(description="Sentence ends against gold.")
    parser.add_argument("data", nargs="?", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    by_language: dict[str, list[Paragraph]] = {}
    for paragraph in read(options.data):
        by_language.setdefault(paragraph.language, []).append(paragraph)
    rows = [measure(paragraphs) for paragraphs in by_language.values()]
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
