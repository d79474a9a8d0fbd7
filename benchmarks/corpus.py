"""From two folders to a corpus: time, memory, growth, and how many stories find each other.

    python benchmarks/corpus.py [--sizes 1000,3000,10000] [--jobs 2] [--data DIR] [--json FILE] [--keep DIR]

Makes up N Arabic and N English reports from DIR (../shared): paragraphs of news (NTREX-128, segmentation/)
and single sentences (mt/), about twenty to a report. Nine reports of ten have a counterpart on the other
side, made of the same passages; either side then loses a tenth of its sentences and gets two of other
reports, and numbers that both sides have are changed alike. The more reports there are, the more often
a passage recurs in others, so the pairing gets harder than it is with real news.

`seconds` are those of `corpus.build` in a process of its own, `CPU s` those of it and its workers, `MB` the
most memory that all of them had at one time, what they share counted once (Linux; else the peaks added).
`recall` and `precision` are those of the document pairs. The exponent is the slope of log seconds over log
reports; on a busy machine read that of the CPU. Before that, the rate of the reading step is compared with
the encoder's own on the same sentences.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import math
import os
import platform
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from common import NOTHING, SHARED, decimals, markdown, save, say

SIZES = (1_000, 3_000, 10_000)
NEWS, SINGLE = "segmentation/news.dev.jsonl", ("mt/flores-dev.ar-en.tsv", "mt/train.ar-en.tsv")
COLUMNS = ("reference", "english")
ORIGINS = {"", "tico19", "xquad", "ud-pud"}
PARAGRAPHS, SENTENCES = 3, 11  # of a report
ALONE = 0.1  # of the reports have no counterpart
LOST = 0.1  # of the sentences of a side
FOREIGN = 2  # sentences of other reports in each
HEAD = ("reports", "seconds", "CPU s", "reports/s", "MB", "pairs", "beads", "recall", "precision")

Pair = tuple[str, str]
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Row:
    """What one size took: seconds by the clock and of all cores, peak megabytes; pairs found, and right."""

    reports: int
    seconds: float
    cpu_seconds: float
    megabytes: float
    pairs: int
    beads: int
    recall: float
    precision: float


def paragraphs(data: Path) -> list[list[Pair]]:
    """The news paragraphs in both languages, sentence by sentence."""
    told: dict[str, dict[str, list[str]]] = {}
    for line in (data / NEWS).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        told.setdefault(row["id"], {})[row["language"]] = row["sentences"]
    both = [(said["ar"], said["en"]) for said in told.values() if {"ar", "en"} <= said.keys()]
    return [list(zip(one, other, strict=True)) for one, other in both if len(one) == len(other)]


def sentences(data: Path) -> list[Pair]:
    """Single sentences of the length of those in news, no side twice."""
    found: dict[str, str] = {}
    for name, column in zip(SINGLE, COLUMNS, strict=True):
        with (data / name).open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                source, target = row["source"].strip(), row[column].strip()
                if row.get("origin", "") in ORIGINS and 60 <= len(target) <= 300:
                    found.setdefault(source, target)
    return list(found.items())


def changed(pair: Pair, dice: random.Random) -> Pair:
    """The two sentences with the numbers that both have changed alike."""
    shared = set(_NUMBER.findall(pair[0])) & set(_NUMBER.findall(pair[1]))
    new = {n: str(dice.randrange(10 ** (len(n) - 1), 10 ** len(n))) for n in sorted(shared)}
    one, other = (_NUMBER.sub(lambda m: new.get(m[0], m[0]), text) for text in pair)
    return one, other


def report(news: Sequence[list[Pair]], single: Sequence[Pair], dice: random.Random) -> list[list[Pair]]:
    """The paragraphs of a story."""
    parts = dice.sample(news, PARAGRAPHS) + [[pair] for pair in dice.sample(single, SENTENCES)]
    dice.shuffle(parts)
    return [[changed(pair, dice) for pair in part] for part in parts]


def side(told: list[list[Pair]], number: int, single: Sequence[Pair], dice: random.Random) -> str:
    """One side of a story: some sentences lost, some of others in between."""
    kept = [[pair[number] for pair in part if dice.random() >= LOST] for part in told]
    for _ in range(FOREIGN):
        kept.insert(dice.randrange(len(kept) + 1), [dice.choice(single)[number]])
    return "\n\n".join(" ".join(part) for part in kept if part) + "\n"


def write_reports(folder: Path, size: int, data: Path) -> set[str]:
    """Folders "ar" and "en" with so many reports each; the names of those that are on both sides."""
    news, single, dice = paragraphs(data), sentences(data), random.Random(size)
    paired = set[str]()
    for name in ("ar", "en"):
        (folder / name).mkdir(parents=True)
    for k in range(size):
        told, key = report(news, single, dice), f"{k:06d}.txt"
        if dice.random() >= ALONE:
            paired.add(key)
        other = told if key in paired else report(news, single, dice)
        (folder / "ar" / key).write_text(side(told, 0, single, dice), encoding="utf-8")
        (folder / "en" / key).write_text(side(other, 1, single, dice), encoding="utf-8")
    return paired


def measured(folder: Path, size: int, jobs: int, data: Path) -> Row:
    """What the build of a corpus takes; it runs in a process of its own."""
    expected = write_reports(folder, size, data)
    out = folder / "out"
    code = f"from polyalign import corpus; corpus.build('ar', 'en', 'out', jobs={jobs})"
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code], cwd=folder) as process:
        peak = _peak(process)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{size:,}: the build failed")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    found = set(_pairs(out))
    right = sum(one == other and one in expected for one, other in found)
    return Row(
        reports=size,
        seconds=seconds,
        cpu_seconds=cpu,
        megabytes=(peak or after.ru_maxrss * 1024 * (jobs + 1)) / 1e6,
        pairs=told["pairs"],
        beads=told["beads"],
        recall=right / max(len(expected), 1),
        precision=right / max(len(found), 1),
    )


def _pairs(out: Path) -> Iterator[Pair]:
    with (out / "documents.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["side"] == "source":
                yield from ((row["key"], partner["key"]) for partner in row["partners"])


def _peak(process: subprocess.Popen[bytes]) -> int:
    """The most bytes that a process and those below it hold at one time, until it ends; 0 if unknown."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_held(pid) for pid in _below(process.pid)))
        time.sleep(0.5)
    return peak


def _below(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _below(int(child))


def _held(pid: int) -> int:
    """The bytes of a process, its share of what it shares."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024
    return 0


def rates(data: Path, documents: int = 128) -> dict[str, float]:
    """Sentences a second: the encoder on all at once, on the reading step's chunks, and the whole step."""
    from polyalign import encoders, segment
    from polyalign.corpus.documents import DocumentEntry, ReadTask
    from polyalign.corpus.ingestion import ChunkReader
    from polyalign.corpus.steps import READ_AT_ONCE

    news, single, dice = paragraphs(data), sentences(data), random.Random(0)
    texts = [side(report(news, single, dice), 1, single, dice) for _ in range(documents)]
    cut = [[s.shown for s in segment(text, language="en")] for text in texts]
    chunks = [slice(k, k + READ_AT_ONCE) for k in range(0, documents, READ_AT_ONCE)]
    tasks = [
        ReadTask(DocumentEntry("target", str(k), "", row=1), {"text": text}) for k, text in enumerate(texts)
    ]
    encoder, reading = encoders.load(encoders.DEFAULT), ChunkReader(encoders.DEFAULT, {}, ("", ""))
    reading(tasks[:2])
    encoder.encode(["."])
    seconds = dict.fromkeys(("encoder", "chunks", "reading"), float("inf"))
    for _ in range(3):
        for name, work in (
            ("encoder", lambda: encoder.encode([s for one in cut for s in one])),
            ("chunks", lambda: [encoder.encode([s for one in cut[c] for s in one]) for c in chunks]),
            ("reading", lambda: [reading(tasks[c]) for c in chunks]),
        ):
            begun = time.process_time()
            work()
            seconds[name] = min(seconds[name], time.process_time() - begun)
    return {name: sum(map(len, cut)) / spent for name, spent in seconds.items()}


def slope(rows: Sequence[Row], figure: str) -> float | None:
    """The slope of the log of a figure over log reports; None for fewer than two sizes."""
    if len({row.reports for row in rows}) < 2:
        return None
    x, y = ([math.log(getattr(row, name)) for row in rows] for name in ("reports", figure))
    return statistics.linear_regression(x, y).slope


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown, with a line of the exponent."""
    cells = [
        [
            *(f"{r.reports:,}", f"{r.seconds:,.1f}", f"{r.cpu_seconds:,.1f}"),
            *(f"{2 * r.reports / r.seconds:,.1f}", f"{r.megabytes:,.0f}", f"{r.pairs:,}", f"{r.beads:,}"),
            *map(decimals, (r.recall, r.precision)),
        ]
        for r in rows
    ]
    powers = [decimals(slope(rows, name), 2) for name in ("seconds", "cpu_seconds")]
    return markdown(HEAD, [*cells, ["exponent", *powers, *[NOTHING] * (len(HEAD) - 3)]])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(description="How long it takes from two folders to a corpus.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), metavar="N,N")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--data", type=Path, default=SHARED, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make up the reports here, and leave them")
    options = parser.parse_args(arguments)
    if not all((options.data / name).is_file() for name in (NEWS, *SINGLE)):
        raise SystemExit(f"{options.data}: {', '.join((NEWS, *SINGLE))} are not there")
    found = rates(options.data)
    say(", ".join(f"{name} {rate:,.0f} sentences/s of CPU" for name, rate in found.items()))
    rows: list[Row] = []
    for size in map(int, options.sizes.split(",")):
        with contextlib.ExitStack() as stack:
            temporary = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            rows.append(measured(temporary / f"{size}", size, options.jobs, options.data))
        say(table(rows))
    print(table(rows))
    machine = {"python": platform.python_version(), "machine": platform.platform(), "cores": os.cpu_count()}
    save(options.json, machine | {"rates": found, "rows": [asdict(row) for row in rows]})


if __name__ == "__main__":
    main()
