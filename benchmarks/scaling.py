"""Time, memory and quality of long documents, and the exponent they grow with.

    python benchmarks/scaling.py [--sizes 1000,3000,10000,30000,100000] [--variants orderly,blocks]
                                 [--data DIR] [--json FILE] [--plot FILE]

A document of N segments is made up from DIR (../shared/mt), Arabic-English: 22,000 pairs of sentences
from FLORES, TICO-19, XQuAD, PUD and Tatoeba, no sentence twice. A *passage* is two of them, one after
the other, so that there are passages enough: up to about 10,000 segments a side every sentence is
said once, at 100,000 about ten times, each time in other company. So the longest documents are harder
than real ones of their length, where whole sentences rarely recur and neighbours share a topic.

Of the passages 64 % are one segment on either side, 16 % two segments (one each of its sentences) on one
side, half of them there; these are the gold. The rest stands on one side only, half of it in the source.

orderly   both sides tell the passages in one order
blocks    the target tells blocks of 5 to 40 passages in another order

Every document is aligned by a process of its own with default parameters. Seconds are those of
`Aligner.pair` with segments given, and megabytes the peak of the process (Unix only). Strict F1 as in
quality.py. The exponent is the slope of log seconds over log segments, by least squares; 1 is linear.
CPU seconds add up all cores, and say more than the clock on a machine that does something else.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from common import NOTHING, SHARED, decimals, markdown, save, say

from polyalign.progress import Stage

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
VARIANTS = ("orderly", "blocks")
FILES = (("flores-dev.ar-en.tsv", "reference"), ("train.ar-en.tsv", "english"))
ORIGINS = {"", "tico19", "xquad", "ud-pud", "tatoeba-anki", "tatoeba-opusmt"}
SHORTEST, LONGEST = 12, 300  # characters of a sentence
SHAPES = {"1-1": 64, "1-2": 8, "2-1": 8, "1-0": 10, "0-1": 10}  # of passages, in per cent
BLOCK = 5, 40  # passages that move together
HEAD = ("variant", "segments", "seconds", "CPU s", "segments/s", "MB", "strict P", "strict R", "strict F1")

Sentence = tuple[str, str]
Bead = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Made:
    """A document that was made up, with the beads that are right."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    gold: frozenset[Bead]


@dataclass(frozen=True)
class Row:
    """What one document took: seconds by the clock and of all cores, peak megabytes; its beads' quality."""

    variant: str
    segments: int
    seconds: float
    cpu_seconds: float
    megabytes: float
    precision: float
    recall: float
    f1: float
    signature: str


def sentences(data: Path) -> list[Sentence]:
    """The pairs of sentences, neither side of which was there before."""
    seen: set[str] = set()
    found = []
    for name, column in FILES:
        with (data / name).open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                pair = row["source"].strip(), row[column].strip()
                fits = all(SHORTEST <= len(text) <= LONGEST for text in pair)
                if fits and row.get("origin", "") in ORIGINS and seen.isdisjoint(pair):
                    seen.update(pair)
                    found.append(pair)
    return found


def passages(pairs: Sequence[Sentence], count: int, dice: random.Random) -> list[tuple[Sentence, Sentence]]:
    """So many passages, no two alike; every sentence is used about equally often."""
    drawn: dict[tuple[Sentence, Sentence], None] = {}
    while len(drawn) < count:
        deck = dice.sample(pairs, len(pairs))
        drawn |= dict.fromkeys(zip(deck[::2], deck[1::2], strict=False))
    return list(drawn)[:count]


def made(pairs: Sequence[Sentence], size: int, variant: str) -> Made:
    """A document of about `size` segments a side, the same whenever it is asked for."""
    dice = random.Random(f"{variant} {size}")
    per_passage = sum(share * int(shape[0]) for shape, share in SHAPES.items()) / sum(SHAPES.values())
    told = passages(pairs, round(size / per_passage), dice)
    shapes = dice.choices(list(SHAPES), list(SHAPES.values()), k=len(told))
    order = list(range(len(told))) if variant == "orderly" else moved(len(told), dice)
    source, places_s = _side(told, [int(shape[0]) for shape in shapes], 0, range(len(told)))
    target, places_t = _side(told, [int(shape[2]) for shape in shapes], 1, order)
    gold = ((s, t) for s, t in zip(places_s, places_t, strict=True) if s and t)
    return Made(tuple(source), tuple(target), frozenset(gold))


def moved(count: int, dice: random.Random) -> list[int]:
    """0 to count-1, cut into blocks that are shuffled."""
    blocks: list[range] = []
    start = 0
    while start < count:
        stop = min(start + dice.randint(*BLOCK), count)
        blocks.append(range(start, stop))
        start = stop
    return [k for block in dice.sample(blocks, len(blocks)) for k in block]


def _side(
    told: Sequence[tuple[Sentence, Sentence]], counts: Sequence[int], side: int, order: Sequence[int]
) -> tuple[list[str], list[tuple[int, ...]]]:
    """The segments of a side in this order, and for every passage the ids of its segments."""
    segments: list[str] = []
    places: list[tuple[int, ...]] = [()] * len(told)
    for k in order:
        texts = [pair[side] for pair in told[k]]
        parts = {0: [], 1: [" ".join(texts)], 2: texts}[counts[k]]
        places[k] = tuple(range(len(segments), len(segments) + len(parts)))
        segments += parts
    return segments, places


def measured(data: Path, size: int, variant: str) -> Row:
    """What this process needs for one document."""
    import resource

    from polyalign import Aligner, Document

    document = made(sentences(data), size, variant)
    source = Document.from_segments(document.source, language="ar")
    target = Document.from_segments(document.target, language="en")
    start, start_cpu = time.perf_counter(), time.process_time()
    bitext = Aligner(translate="off", progress=_Spoken(f"{variant} {size:,}")).pair(source, target)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    beads = {(bead.source, bead.target) for bead in bitext.beads}
    right = len(beads & document.gold)
    precision, recall = right / max(len(beads), 1), right / max(len(document.gold), 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    f1 = 2 * right / max(len(beads) + len(document.gold), 1)
    segments = round((len(document.source) + len(document.target)) / 2)
    return Row(variant, segments, seconds, cpu, peak / 1e6, precision, recall, f1, bitext.signature)


class _Spoken:
    """Says at most one line of progress in so many seconds."""

    def __init__(self, what: str, every: float = 60.0) -> None:
        self.what, self.every, self.last = what, every, time.monotonic()

    def __call__(self, stage: Stage) -> None:
        if time.monotonic() - self.last >= self.every:
            self.last = time.monotonic()
            say(f"{self.what}: {stage}")


def in_own_process(data: Path, size: int, variant: str) -> Row:
    """What one document takes, measured by a new process. Raises SystemExit if that fails."""
    own = [sys.executable, str(Path(__file__)), "--data", str(data)]
    done = subprocess.run([*own, "--one", variant, str(size)], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"{variant} {size:,}: the process failed")
    return Row(**json.loads(done.stdout))


def exponent(rows: Sequence[Row], figure: str = "seconds") -> float | None:
    """The slope of the log of a figure over log segments; None for fewer than two sizes."""
    x, y = ([math.log(getattr(row, name)) for row in rows] for name in ("segments", figure))
    if len(set(x)) < 2:
        return None
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    rise = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return rise / sum((a - mean_x) ** 2 for a in x)


def by_variant(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each variant, by size."""
    for variant in dict.fromkeys(row.variant for row in rows):
        yield variant, sorted((r for r in rows if r.variant == variant), key=lambda row: row.segments)


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown, with a line of the exponent under each variant."""
    lines = []
    for variant, some in by_variant(rows):
        lines += [_cells(row) for row in some]
        powers = [decimals(exponent(some, name), 2) for name in ("seconds", "cpu_seconds")]
        lines.append([variant, "exponent", *powers, *[NOTHING] * (len(HEAD) - 4)])
    return markdown(HEAD, lines)


def _cells(row: Row) -> list[str]:
    rates = (row.precision, row.recall, row.f1)
    speed = row.segments / row.seconds
    return [
        *(row.variant, f"{row.segments:,}", f"{row.seconds:,.1f}", f"{row.cpu_seconds:,.1f}"),
        *(f"{speed:,.0f}", f"{row.megabytes:,.0f}"),
        *map(decimals, rates),
    ]


def plot(rows: Sequence[Row], path: Path) -> None:
    """Seconds (both axes logarithmic) and peak memory over segments, a line for each variant."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for marker, (variant, some) in zip("os^v", by_variant(rows), strict=False):
        label = f"{variant}, exponent {decimals(exponent(some), 2)}"
        sizes = [row.segments for row in some]
        axes[0].loglog(sizes, [row.seconds for row in some], f"{marker}-", label=label)
        axes[1].semilogx(sizes, [row.megabytes for row in some], f"{marker}-", label=variant)
    first = min(rows, key=lambda row: row.segments)
    ends = [first.segments, max(row.segments for row in rows)]
    linear = [first.seconds * size / first.segments for size in ends]
    axes[0].loglog(ends, linear, ":", color="grey", label="linear")
    axes[1].set_ylim(bottom=0)
    axes[0].yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes[0].yaxis.set_minor_formatter(ticker.NullFormatter())
    for axis, name in zip(axes, ("seconds", "peak memory, MB"), strict=True):
        axis.set(xlabel="segments a side", ylabel=name)
        axis.grid(which="both", alpha=0.25)
        axis.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.legend()
    figure.savefig(path, dpi=150, metadata={"Software": None})
    pyplot.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every size of every variant and print the table."""
    parser = argparse.ArgumentParser(description="How time and memory grow with the length of documents.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), metavar="N,N")
    parser.add_argument("--variants", default=",".join(VARIANTS), metavar="NAME,NAME")
    parser.add_argument("--data", type=Path, default=SHARED / "mt", metavar="DIR")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="PNG; needs matplotlib")
    options = parser.parse_args(arguments)
    if not all((options.data / name).is_file() for name, _ in FILES):
        raise SystemExit(f"{options.data}: {' and '.join(name for name, _ in FILES)} are not there")
    if options.one:
        print(json.dumps(asdict(measured(options.data, int(options.one[1]), options.one[0]))))
        return
    rows: list[Row] = []
    for size in map(int, options.sizes.split(",")):
        rows += [in_own_process(options.data, size, variant) for variant in options.variants.split(",")]
        say(table(rows))
    print(table(rows))
    machine = {"python": platform.python_version(), "machine": platform.platform(), "cores": os.cpu_count()}
    exponents = {variant: exponent(some) for variant, some in by_variant(rows)}
    save(options.json, machine | {"exponents": exponents, "rows": [asdict(row) for row in rows]})
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
