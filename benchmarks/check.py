"""How well `polyalign check` tells right pairs from spoiled ones, by kind of trouble, on pairs it never saw.

    python benchmarks/check.py [SHARED_DIR] [--most N] [--seconds S] [--hardrules PROGRAM] [--json FILE]

SHARED_DIR (../shared) holds what models/check/noise.py takes. Only held-out pairs are measured: half of the
stories of news and FLORES, all of law, of PUD (news and encyclopedia) and of word-aligned sentences in five
languages that teach nothing. Every pair stands once as it is and once with each trouble that can be made of
it.

AUC is the area under the ROC curve of the score, against the clean pairs of all families; "cosine" is that
of the encoder's cosine. F1 is that of "wrong" at the score .5 where right and wrong are equally many.
PROGRAM is bicleaner-hardrules, which gives 0 or 1; its AUC has one point.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT, SHARED, decimals, markdown, save, say

sys.path.insert(0, str(ROOT / "models" / "check"))
from noise import CLEAN, Sample, families, spoiled

from polyalign.checking.judging import PairJudge
from polyalign.encoders import embedded
from polyalign.qa import Pair

BATCH = 200


def area(right: Any, wrong: Any) -> float:
    """The area under the ROC curve (Mann and Whitney), ties half."""
    _, place, count = np.unique(np.concatenate([right, wrong]), return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    n = len(right)
    return float((rank[:n].sum() - n * (n + 1) / 2) / max(n * len(wrong), 1))


def judged(samples: list[Sample], seconds: float) -> tuple[Any, list[str]]:
    """The scores of samples, and the first kind of problem of each ("" for none), as far as time allows."""
    judge, begun = PairJudge(), time.monotonic()
    scores: list[float] = []
    kinds: list[str] = []
    for first in range(0, len(samples), BATCH):
        part = samples[first : first + BATCH]
        found = judge([Pair(s.source, s.target, *s.languages) for s in part])
        scores += [each.verdict.score for each in found]
        kinds += [each.verdict.problems[0].kind if each.verdict.problems else "" for each in found]
        if time.monotonic() - begun > seconds:
            say(f"stopped after {len(scores)} of {len(samples)} for time")
            break
    return np.array(scores), kinds


def cosines(samples: list[Sample]) -> Any:
    """The cosine of the two sides of each sample."""
    texts = list(dict.fromkeys(t for s in samples for t in (s.source, s.target)))
    place, vectors = {text: k for k, text in enumerate(texts)}, embedded().encode(texts)
    return np.array([vectors[place[s.source]] @ vectors[place[s.target]] for s in samples])


def hardrules(samples: list[Sample], program: str) -> Any:
    """What bicleaner-hardrules says of each sample: 1 for kept, 0 for thrown out."""
    found = np.zeros(len(samples))
    by_language = defaultdict(list)
    for k, s in enumerate(samples):
        by_language[s.languages].append(k)
    for (source, target), rows in by_language.items():
        with tempfile.TemporaryDirectory() as folder:
            given, taken = Path(folder, "in.tsv"), Path(folder, "out.tsv")
            lines = (f"{samples[k].source}\t{samples[k].target}\n" for k in rows)
            given.write_text("".join(lines), encoding="utf-8")
            options = [
                "--scol",
                "1",
                "--tcol",
                "2",
                "--score_only",
                "--disable_lm_filter",
                "--disable_porn_removal",
            ]
            options += ["-s", source, "-t", target, str(given), str(taken)]
            done = subprocess.run([program, *options], capture_output=True, text=True, check=False)
            if done.returncode:
                say(f"hardrules {source}-{target}: {done.stderr.strip()[-200:]}")
                found[rows] = np.nan
            else:
                found[rows] = [float(line.split("\t")[0]) for line in taken.read_text().splitlines()]
    return found


def main() -> None:
    """Print a table by kind and one by family."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shared", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--most", type=int, default=150, help="pairs of a family (150)")
    parser.add_argument("--each", type=int, default=20, help="troubles that are made of a pair (all)")
    parser.add_argument("--seconds", type=float, default=3600.0, help="that judging may take")
    parser.add_argument("--hardrules", metavar="PROGRAM", help="bicleaner-hardrules, to measure beside")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = families(options.shared, most=options.most, taught=False)
    samples = [s for stories in found.values() for s in spoiled(stories, each=options.each)]
    samples = [samples[k] for k in np.random.default_rng(1).permutation(len(samples))]
    begun = time.monotonic()
    scores, _ = judged(samples, options.seconds)
    samples = samples[: len(scores)]
    say(f"{len(samples) / (time.monotonic() - begun):.0f} pairs a second")
    columns = {"score": scores, "cosine": cosines(samples)}
    if options.hardrules:
        columns["hardrules"] = hardrules(samples, options.hardrules)
    kinds, family = (np.array([getattr(s, name) for s in samples]) for name in ("kind", "family"))
    clean = kinds == CLEAN
    rows: list[list[str]] = []
    figures: dict[str, Any] = {"kinds": {}, "families": {}}
    alarms = float((scores[clean] < 0.5).mean())
    for kind in sorted({*kinds} - {CLEAN}):
        own = kinds == kind
        caught = float((scores[own] < 0.5).mean())
        f1 = 2 * caught / max(1 + caught + alarms, 1e-9)
        areas = {name: area(c[clean & ~np.isnan(c)], c[own & ~np.isnan(c)]) for name, c in columns.items()}
        figures["kinds"][kind] = {"pairs": int(own.sum()), "auc": areas, "caught": caught, "f1": f1}
        shown = [decimals(value) for value in areas.values()]
        rows.append([kind, f"{own.sum():,}", *shown, decimals(caught, 2), decimals(f1, 2)])
    print(markdown(["trouble", "pairs", *(f"AUC {name}" for name in columns), "caught at .5", "F1"], rows))
    rows = []
    for name in sorted({*family}):
        own = family == name
        alarm = float((scores[own & clean] < 0.5).mean())
        cells = [
            decimals(area(scores[own & clean], scores[own & (kinds == kind)]))
            if (own & (kinds == kind)).sum() > 9
            else decimals(None)
            for kind in ("shuffled", "neighbour", "clause cut", "clause added", "number", "name")
        ]
        figures["families"][name] = {"clean": int((own & clean).sum()), "false alarms": alarm}
        rows.append([name, f"{(own & clean).sum():,}", f"{alarm:.1%}", *cells])
    heads = ["shuffled", "neighbour", "clause cut", "clause added", "number", "name"]
    print("\n" + markdown(["family", "clean", "false alarms", *(f"AUC {head}" for head in heads)], rows))
    save(options.json, figures)


if __name__ == "__main__":
    main()
