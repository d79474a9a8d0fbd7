"""polyalign score: how right beads are against gold, and whether two outputs differ by more than chance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import print_lines
from polyalign.errors import UsageError

if TYPE_CHECKING:
    from polyalign.scoring import Comparison, Gold, Score

MEASURES = ("strict", "report")


@command(
    "measure beads against gold",
    argument("GOLD", "JSON lines with gold beads or spans, a ladder, a bitext or a NAME.gold.json"),
    argument("OUT", 'JSON lines {"id", "beads"}, a folder of bitexts, a bitext, a ladder'),
    argument("[OUT2]", "another output, to be compared with OUT", "other"),
    option("--measure", "of beads, or of spans (report); by default what GOLD holds", choices=MEASURES),
    option("--format", "(table)", choices=("table", "json"), default="table"),
    option("--samples N", "of the bootstrap (1000)", default=1_000),
    option("--seed N", "of the samples (12345)", default=12345),
    examples=("score gold.jsonl out.jsonl", "score gold.jsonl out.jsonl other.jsonl --format json"),
)
def score(options: Options) -> int:
    """Print precision, recall and F1 against gold with 95 % intervals, and a signature to cite them with.

    With OUT2, also by how much it differs from OUT, and p that this is chance.
    """
    from polyalign import scoring

    gold = scoring.read_gold(options.gold)
    if options.measure not in (None, gold.measure.name):
        raise UsageError(
            f"--measure {options.measure}: {options.gold} holds gold of the {gold.measure.name} measure: "
            "leave --measure out, or give another GOLD"
        )
    outputs = [scoring.read_output(path, gold) for path in (options.out, options.other) if path is not None]
    how = {"samples": options.samples, "seed": options.seed}
    found: Score | Comparison = (
        scoring.score(gold, outputs[0], **how)
        if len(outputs) == 1
        else scoring.compare(gold, outputs[0], outputs[1], **how)
    )
    if options.format == "json":
        print_lines([json.dumps(found.to_dict(), ensure_ascii=False)])
    else:
        print_lines(_table(gold, found, (options.out, options.other)))
    return 0


def _table(gold: Gold, found: Score | Comparison, paths: Sequence[str]) -> Iterator[str]:
    """What was measured, a line for each figure, and the signature; no noise where the gold marks none."""
    from polyalign.characters import without_controls
    from polyalign.scoring import Score, Segmented

    scores = [found] if isinstance(found, Score) else [found.first, found.second]
    names = ["OUT", "OUT2"][: len(scores)]
    for name, path, score in zip(names, paths, scores, strict=False):
        counts = ", ".join(f"{key.replace('_', ' ')} {value:,}" for key, value in score.counts.items())
        yield without_controls(f"{name:<4}  {path}: {counts}")
    yield f"95 % intervals by bootstrap over {scores[0].units}"
    yield ""
    heads = [f"{name:>7}  {'95 % interval':<16}" for name in names]
    difference = {} if isinstance(found, Score) else found.difference
    yield f"{'':18}{'  '.join(heads)}{'  OUT2-OUT  95 % interval         p' if difference else ''}".rstrip()
    marked = any(isinstance(document, Segmented) and document.noise for document in gold.documents)
    for key in (key for key in scores[0].figures if marked or key != "noise"):
        cells = [f"{score.figures[key]:7.3f}  {_between(score.interval[key], ''):<16}" for score in scores]
        if difference:
            told = difference[key]
            cells.append(f"{told.value:+8.3f}  {_between(told.interval, '+')}  {told.p:.3f}")
        yield f"{key:18}{'  '.join(cells)}".rstrip()
    yield ""
    yield scores[0].signature


def _between(interval: tuple[float, float], sign: str) -> str:
    return f"[{interval[0]:{sign}.3f}, {interval[1]:{sign}.3f}]"
