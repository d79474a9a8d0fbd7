"""Scores against the truth: of the beads with a score of .8, are 8 in 10 right?

    python benchmarks/calibration.py [BENCH_DIR] [--sets GLOB] [--seeds DIR] [--encoder NAME] [--text]
                                     [--said FILE] [--json FILE] [--markdown FILE] [--plot [FILE]]

The sets are those of quality.py, and a bead is right when the gold has exactly its two groups. With
--text the segments of the sets are joined to running text first, which then goes through our own
segmentation. With --said nothing is aligned: FILE holds a bead a line, {"set", "score", "right"}, as
cross-validation writes it (`right` is true or 1 for a bead that is wholly right, less for one that
is partly so: its overlap with the best gold bead, which scores of clauses are meant to tell).

overlap    the mean of that
of it      the ECE if right is how much of the bead is, not whether all of it is
ECE        expected calibration error, ten bins of equal width (Guo et al., 2017)
by chance  the ECE to expect of perfect scores, because the beads are so few: an ECE near it is good
Brier      mean square of score minus right; the lower, the better
AUC        chance that a right bead scores above a wrong one, ties counted half; .5 says nothing
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from importlib.util import find_spec
from itertools import groupby
from math import pi, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from common import ROOT, SHARED, decimals, markdown, save, say
from quality import BINS, calibration_error, ours
from stories import Story, as_text, sets

from polyalign import Aligner, LanguageError, encoders

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLOT = ROOT / "benchmarks" / "results" / "reliability.png"
HEAD = ("set", "beads", "mean score", "right", "overlap", "ECE", "of it", "by chance", "Brier", "AUC")
KINDS = {
    "news": ("news", "strangers-news"),
    "translations": ("alignar", "mac", "text+berg"),
    "reports": ("seeds", "reports"),
    "clauses": ("clauses",),
}
OTHERS = "others"
LEVEL = 0.95  # of the intervals in the plot
MARGIN = 0.025  # of the plot around 0..1, so that a point at an end is seen whole
RIGHT, WRONG, FAINT = "#1f4e79", "#c8553d", "#9db8d2"


@dataclass(frozen=True)
class Said:
    """What was said of a bead, and how much of it is right, 0 to 1."""

    set: str
    score: float
    overlap: float

    @property
    def right(self) -> bool:
        """Whether all of it is."""
        return self.overlap >= 1

    @property
    def kind(self) -> str:
        """What sort of text the bead comes from: one of KINDS, or OTHERS."""
        return next((kind for kind, starts in KINDS.items() if self.set.startswith(starts)), OTHERS)


@dataclass(frozen=True)
class Figures:
    """The figures that the head of this file defines, over some beads."""

    name: str
    beads: int
    mean_score: float
    right: float
    overlap: float
    calibration_error: float
    overlap_error: float
    by_chance: float
    brier: float
    auc: float | None


@dataclass(frozen=True)
class Bin:
    """The beads whose scores lie in a tenth of 0..1: how many, their mean score, the share that is right.

    `overlap` is how much of them is, on average. `low` and `high` are Wilson's interval of the share; it
    takes beads as independent, which those of one document are not quite.
    """

    beads: int
    score: float
    right: float
    overlap: float
    low: float
    high: float


def said_by(aligner: Aligner, found: Iterable[tuple[str, list[Story]]]) -> Iterator[Said]:
    """Every bead of every set; a set in a language that the encoder does not cover is left out."""
    for name, stories in found:
        try:
            for number, story in enumerate(stories, 1):
                say(f"{name} {number}/{len(stories)}")
                beads = ours(aligner, story).beads.items()
                yield from (
                    Said(name, score, float(bead in story.gold)) for bead, score in beads if score is not None
                )
        except LanguageError as error:
            say(f"{name} is left out: {error}")


def read_said(path: Path, pattern: str = "*") -> list[Said]:
    """The beads of a file, those of the sets whose name matches."""
    rows = map(json.loads, filter(str.strip, path.read_text(encoding="utf-8").splitlines()))
    found = (Said(row["set"], float(row["score"]), float(row["right"])) for row in rows)
    return [one for one in found if fnmatch(one.set, pattern)]


def figures(name: str, said: Sequence[Said]) -> Figures:
    """The figures over these beads, of which there must be one at least."""
    scores, right = columns(said)
    return Figures(
        name,
        len(said),
        float(scores.mean()),
        float(right.mean()),
        float(np.mean([one.overlap for one in said])),
        calibration_error((one.score, one.right) for one in said),
        calibration_error((one.score, one.overlap) for one in said),
        by_chance(scores),
        float(np.mean((scores - right) ** 2)),
        auc(scores, right),
    )


def columns(said: Sequence[Said]) -> tuple[np.ndarray, np.ndarray]:
    """The scores, and which beads are right (bool)."""
    return np.array([one.score for one in said]), np.array([one.right for one in said], dtype=bool)


def auc(scores: np.ndarray, right: np.ndarray) -> float | None:
    """The area under the ROC curve, by ranks (Mann and Whitney, 1947); None if all are right or all wrong."""
    hits, misses = int(right.sum()), int((~right).sum())
    if not hits or not misses:
        return None
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((ranks[right].sum() - hits * (hits + 1) / 2) / (hits * misses))


def by_chance(scores: np.ndarray) -> float:
    """The calibration error to expect if every bead is right with the probability that its score says."""
    spreads = np.bincount(_places(scores), weights=scores * (1 - scores), minlength=BINS)
    return float(np.sqrt(2 * spreads / pi).sum() / len(scores))


def _places(scores: np.ndarray) -> np.ndarray:
    """The bin of each score, 0 to BINS - 1."""
    return np.asarray(np.minimum((scores * BINS).astype(int), BINS - 1))


def bins(said: Sequence[Said]) -> list[Bin]:
    """The bins that hold any beads, by score."""
    scores, right = columns(said)
    places, overlap = _places(scores), np.array([one.overlap for one in said])
    found = []
    for members in (places == k for k in np.unique(places)):
        hits, beads = int(right[members].sum()), int(members.sum())
        means = float(scores[members].mean()), hits / beads, float(overlap[members].mean())
        found.append(Bin(beads, *means, *wilson(hits, beads)))
    return found


def wilson(hits: int, beads: int, level: float = LEVEL) -> tuple[float, float]:
    """The score interval of a share (Wilson, 1927), 0 to 1."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, scale = hits / beads, 1 + z * z / beads
    middle = (share + z * z / (2 * beads)) / scale
    reach = z / scale * sqrt(share * (1 - share) / beads + z * z / (4 * beads * beads))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def by_kind(said: Sequence[Said]) -> dict[str, list[Said]]:
    """The beads of each kind of text, in the order of KINDS."""
    members = {kind: [one for one in said if one.kind == kind] for kind in (*KINDS, OTHERS)}
    return {kind: found for kind, found in members.items() if found}


def results(said: Sequence[Said]) -> list[Figures]:
    """The figures of each set, of each kind of text, and over all."""
    ordered = sorted(said, key=lambda one: one.set)
    rows = [figures(name, list(members)) for name, members in groupby(ordered, key=lambda one: one.set)]
    rows += [figures(f"all {kind}", members) for kind, members in by_kind(said).items()]
    return [*rows, figures("all", said)]


def table(rows: Iterable[Figures]) -> str:
    """The rows in Markdown."""
    return markdown(HEAD, map(_cells, rows))


def _cells(row: Figures) -> list[str]:
    shares = (row.mean_score, row.right, row.overlap)
    errors = (row.calibration_error, row.overlap_error, row.by_chance, row.brier)
    return [row.name, str(row.beads), *map(decimals, (*shares, *errors, row.auc))]


def plot(path: Path, said: Sequence[Said], source: str) -> None:
    """A reliability diagram as PNG, a panel for each kind of text; `source` says whose scores they are."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    kinds = by_kind(said)
    size = (4.4 * len(kinds) + 0.4, 6.6)
    figure = Figure(figsize=size, dpi=130, layout=ConstrainedLayoutEngine(h_pad=0.08))
    panels = figure.subplots(2, len(kinds), sharex=True, squeeze=False, height_ratios=(3, 1))
    for k, (kind, members) in enumerate(kinds.items()):
        _reliability(panels[0, k], figures(kind, members), bins(members))
        _counts(panels[1, k], members)
    panels[0, 0].set_ylabel(f"share of right beads, with {LEVEL:.0%} intervals")
    panels[1, 0].set_ylabel("beads")
    panels[1, 0].legend(loc="upper left", frameon=False, fontsize=9)
    figure.suptitle("How often beads with a given score are right", fontsize=13)
    figure.supxlabel(source, fontsize=7.5, color="0.35")
    figure.savefig(path, metadata={"Software": None})


def _reliability(axes: Axes, row: Figures, found: Sequence[Bin]) -> None:
    """The share that is right over the mean score, a point for each bin; a ring is their mean overlap."""
    axes.plot((0, 1), (0, 1), color="0.55", linewidth=1, linestyle="--", zorder=1)
    scores, shares = [one.score for one in found], [one.right for one in found]
    axes.vlines(scores, [one.low for one in found], [one.high for one in found], color=FAINT, linewidth=3)
    axes.plot(scores, shares, "o", color=RIGHT, markersize=6.5, label="wholly right")
    if any(one.overlap != one.right for one in found):
        overlaps = [one.overlap for one in found]
        axes.plot(scores, overlaps, "o", color=WRONG, fillstyle="none", label="how much is right")
        axes.legend(loc="lower right", frameon=False, fontsize=9)
    ends = (-MARGIN, 1 + MARGIN)
    axes.set(xlim=ends, ylim=ends, box_aspect=1, axisbelow=True)
    axes.grid(color="0.92")
    axes.set_title(f"{row.name}: {row.beads:,} beads, {row.right:.1%} right", fontsize=11)
    partly = f", of overlap {row.overlap_error:.3f}" if row.overlap != row.right else ""
    error = f"ECE {row.calibration_error:.3f}{partly}\n({row.by_chance:.3f} by chance)"
    axes.text(
        0.04, 0.96, f"{error}\nAUC {decimals(row.auc)}", transform=axes.transAxes, va="top", fontsize=10
    )


def _counts(axes: Axes, said: Sequence[Said]) -> None:
    """How many beads lie in each bin, right and wrong, each bar with its number."""
    scores, right = columns(said)
    places = _places(scores)
    total, hits = np.bincount(places, minlength=BINS), np.bincount(places[right], minlength=BINS)
    middles = (np.arange(BINS) + 0.5) / BINS
    axes.bar(middles, hits, width=0.9 / BINS, color=RIGHT, label="right")
    bars = axes.bar(middles, total - hits, width=0.9 / BINS, bottom=hits, color=WRONG, label="wrong")
    axes.bar_label(bars, [f"{n:,}" if n else "" for n in total], fontsize=7.5, padding=1)
    axes.set(xlabel="score", ylim=(0, 1.2 * total.max()), box_aspect=1 / 3)
    axes.set_xticks(np.linspace(0, 1, BINS // 2 + 1))
    axes.spines[["top", "right"]].set_visible(False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Align every set (or read what was said), print the table, and write the files that were asked for."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.plot and not find_spec("matplotlib"):
        parser.error("--plot needs matplotlib: pip install matplotlib")
    if options.said:
        said, source = read_said(options.said, options.sets), f"scores as in {options.said.name}"
    else:
        aligner = Aligner(encoders.load(options.encoder), translate="off")
        found = sets(options.bench, options.seeds, options.sets)
        if options.text:
            found = ((name, [as_text(story) for story in stories]) for name, stories in found)
        said, source = list(said_by(aligner, found)), aligner.signature
    if not said:
        parser.error("there are no beads to judge: see BENCH_DIR, --seeds and --sets")
    rows = results(said)
    text = f"{table(rows)}\n\n{source}\n"
    print(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    save(options.json, _data(source, rows, said))
    if options.plot:
        plot(options.plot, said, source)


def _data(source: str, rows: Sequence[Figures], said: Sequence[Said]) -> dict[str, object]:
    found = {kind: [asdict(one) for one in bins(members)] for kind, members in by_kind(said).items()}
    return {"signature": source, "rows": [asdict(row) for row in rows], "bins": found}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Scores against the truth.")
    add = parser.add_argument
    add("bench", nargs="?", type=Path, default=SHARED / "bench", help="folder of SET.SRC-TGT.jsonl")
    add("--sets", default="*", metavar="GLOB", help='such as "news-*.ar-en" or "seeds-*"')
    add("--seeds", type=Path, default=ROOT / "seeds", metavar="DIR", help="folder of NAME.gold.json")
    add("--encoder", default=encoders.DEFAULT, metavar="NAME")
    add("--text", action="store_true", help="join the segments to running text first")
    add("--said", type=Path, metavar="FILE", help="align nothing, judge these beads")
    add("--json", type=Path, metavar="FILE")
    add("--markdown", type=Path, metavar="FILE")
    add("--plot", nargs="?", type=Path, const=PLOT, metavar="FILE", help=f"default: {PLOT.name} in results/")
    return parser


if __name__ == "__main__":
    main()
