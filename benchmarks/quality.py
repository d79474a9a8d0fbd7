"""Beads against gold: how many are right, how honest their scores are, how fast they come.

    python benchmarks/quality.py [BENCH_DIR] [--sets GLOB] [--text KIND] [--peers] [--encoder NAME]
                                 [--seeds DIR] [--json FILE] [--markdown FILE]

BENCH_DIR (../shared/bench) holds SET.SRC-TGT.jsonl, one document a line: {"src_lang", "tgt_lang",
"src": [segments], "tgt": [segments], "gold": [[[source ids], [target ids]], ...]} and perhaps
"src_noise" and "tgt_noise" (which segments were inserted from another document). The pairs of
seeds/ are measured too, from raw text: there a segment of ours stands for the gold sentences that it
mostly covers, or that mostly cover it. So it does with --text, which makes all sets plain text
first: "lines", a line for each segment, or "running", everything in one line.

strict, lax, pair, noise as docs/scoring.md defines them (noise in seeds/: segments without a counterpart)
ECE       expected calibration error of the scores, ten bins, right as in strict (Guo et al., 2017)
parallel  share of the documents that were judged to be parallel
story left out, family left out   strict F1 of weights that knew other stories, or no text of the family; the
          weights that come with the package know these sets, and their own figures here are not to be quoted

Counts are summed over the documents of a set before any ratio is taken.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import peers
from common import ROOT, SHARED, decimals, markdown, save, say
from stories import Story, as_text, sets, united

from polyalign import Aligner, LanguageError, encoders
from polyalign.scoring import Group, Segmented

OURS = "polyalign"
BINS = 10
TEXTS = {"lines": "\n", "running": " "}  # what stands between two segments
HEAD = (
    *("set", "languages", "aligner", "documents", "strict P", "strict R", "strict F1", "lax F1"),
    *("pair F1", "noise", "ECE", "parallel", "sentences/s"),
    *("strict F1, story left out", "family left out"),
)
UNSEEN = ROOT / "benchmarks" / "results" / "alignment.json"  # what fit.py printed


@dataclass(frozen=True)
class Answer:
    """What an aligner made of a story: beads of gold ids with their scores, if it gives any."""

    beads: Mapping[Group, float | None]
    mode: str | None = None


@dataclass(frozen=True)
class Rates:
    """Precision, recall and their harmonic mean, 0 to 1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Scores:
    """The figures that the head of this file defines; None for what nobody says."""

    strict: Rates
    lax: Rates
    pair: Rates
    noise: float | None
    calibration_error: float | None


@dataclass(frozen=True)
class Row:
    """One aligner on one set."""

    set: str
    languages: str
    documents: int
    aligner: str
    scores: Scores
    parallel: float | None
    sentences_per_s: float


Run = Callable[[Story], Answer]


def ours(aligner: Aligner, story: Story) -> Answer:
    """What the whole pipeline makes of a story."""
    bitext = aligner.pair(story.source.document, story.target.document)
    source, target = (
        tuple((s.start, s.end) for s in side.segments) for side in (bitext.source, bitext.target)
    )
    beads = (
        (story.group(bead.source, source, bead.target, target), bead.score or 0.0) for bead in bitext.beads
    )
    return Answer(united(beads), bitext.mode)


def theirs(peer: peers.Peer, story: Story) -> Answer:
    """What a peer makes of the sentences of a story, as lists."""
    source, target = story.source, story.target
    found = peer(source.strings, target.strings)
    return Answer(dict.fromkeys(story.group(s, source.segments, t, target.segments) for s, t in found))


def scores(stories: Sequence[Story], answers: Sequence[Answer]) -> Scores:
    """The figures over stories and what an aligner made of each."""
    pairs = list(zip(stories, answers, strict=True))
    counts = [story.scored().counts(answer.beads.keys()) for story, answer in pairs]
    found = Segmented.measure.of(np.sum(counts, axis=0))

    def rates(name: str) -> Rates:
        return Rates(*(float(found[f"{name}_{kind}"]) for kind in ("p", "r", "f1")))

    said = [(p, bead in s.gold) for s, answer in pairs for bead, p in answer.beads.items() if p is not None]
    return Scores(
        rates("strict"),
        rates("lax"),
        rates("pair"),
        float(found["noise"]) if any(s.source.noise is not None for s in stories) else None,
        calibration_error(said) if said else None,
    )


def calibration_error(said: Iterable[tuple[float, float]]) -> float:
    """How far the scores are from the share that is right, averaged over the beads, in ten bins."""
    bins: dict[int, list[tuple[float, float]]] = {}
    for score, right in said:
        bins.setdefault(min(int(score * BINS), BINS - 1), []).append((score, right))
    off = sum(abs(sum(score - right for score, right in members)) for members in bins.values())
    return off / sum(map(len, bins.values()))


def measured(name: str, stories: Sequence[Story], aligner: str, run: Run) -> Row:
    """The row of one aligner on one set."""
    answers, seconds = [], 0.0
    for number, story in enumerate(stories, 1):
        print(f"\r{name} {aligner} {number}/{len(stories)} ", end="", file=sys.stderr, flush=True)
        start = time.perf_counter()
        answers.append(run(story))
        seconds += time.perf_counter() - start
    say("")
    modes = [answer.mode == "parallel" for answer in answers if answer.mode]
    return Row(
        name.partition(".")[0],
        stories[0].languages,
        len(stories),
        aligner,
        scores(stories, answers),
        sum(modes) / len(modes) if modes else None,
        sum(len(text.segments) for s in stories for text in (s.source, s.target)) / seconds,
    )


def rows(found: Iterable[tuple[str, list[Story]]], runs: Mapping[str, Run]) -> Iterator[Row]:
    """Every aligner on every set; a set in a language that the encoder does not cover is left out."""
    for name, stories in found:
        try:
            for aligner, run in runs.items():
                yield measured(name, stories, aligner, run)
        except LanguageError as error:
            say(f"{name} is left out: {error}")


def table(results: Iterable[Row]) -> str:
    """The rows in Markdown."""
    return markdown(HEAD, (_cells(row) for row in results), words=4)


def _cells(row: Row) -> list[str]:
    s = row.scores
    figures = (s.strict.precision, s.strict.recall, s.strict.f1, s.lax.f1, s.pair.f1, s.noise)
    return [
        row.set,
        row.languages,
        row.aligner,
        str(row.documents),
        *map(decimals, (*figures, s.calibration_error)),
        decimals(row.parallel, 2),
        f"{row.sentences_per_s:,.0f}",
        *map(decimals, unseen(row)),
    ]


def unseen(row: Row) -> tuple[float | None, float | None]:
    """Strict F1 of ours by weights of other stories, and of other families (see models/alignment/fit.py)."""
    figures = json.loads(UNSEEN.read_text(encoding="utf-8")).get(f"{row.set}.{row.languages}")
    if row.aligner != OURS or figures is None:
        return None, None
    return figures["story left out"]["f1"], figures["family left out"]["f1"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every set, print the table and the signature, and write the files that were asked for."""
    parser = argparse.ArgumentParser(description="Beads against gold.")
    add = parser.add_argument
    add("bench", nargs="?", type=Path, default=SHARED / "bench", help="folder of SET.SRC-TGT.jsonl")
    add("--sets", default="*", metavar="GLOB", help='such as "news-*.ar-en" or "seeds-*"')
    add("--seeds", type=Path, default=ROOT / "seeds", metavar="DIR", help="folder of NAME.gold.json")
    add("--encoder", default=encoders.DEFAULT, metavar="NAME")
    add("--text", choices=list(TEXTS), help="give plain text, not the segments that the gold speaks of")
    add("--peers", action="store_true", help="measure other aligners too, those that are installed")
    add("--json", type=Path, metavar="FILE")
    add("--markdown", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    encoder = encoders.load(options.encoder)
    encoder.encode(["The weights load before the clock starts."])
    aligner = Aligner(encoder, translate="off")
    runs: dict[str, Run] = {OURS: partial(ours, aligner)}
    if options.peers:
        runs |= {name: partial(theirs, peer) for name, peer in peers.installed(encoder)}
    found = sets(options.bench, options.seeds, options.sets)
    if options.text:
        found = (
            (name, [as_text(story, TEXTS[options.text]) for story in stories]) for name, stories in found
        )
    results = list(rows(found, runs))
    text = f"{table(results)}\n\n{aligner.signature}\n"
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    data = {"signature": aligner.signature, "rows": [asdict(row) for row in results]}
    save(options.json, data)


if __name__ == "__main__":
    main()
