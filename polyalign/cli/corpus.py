"""polyalign corpus: two folders of documents in, pairs of documents and of segments out."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from polyalign import encoders
from polyalign.cli.output import bar, say

if TYPE_CHECKING:
    from polyalign.corpus import Summary

_SHOWN = 10  # documents that could not be read, named at the end


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "corpus", help="pair the documents of two folders, then align each pair", description=_corpus.__doc__
    )
    add = command.add_argument
    add(
        "source",
        metavar="SOURCE",
        help="a folder, a pattern in quotes, or a JSONL or Parquet file of documents",
    )
    add("target", metavar="TARGET", nargs="?", help="the same; without it SOURCE holds both languages")
    add("-o", "--output", metavar="FOLDER", required=True, help="write here; an unfinished run goes on here")
    add(
        "--languages",
        metavar="SRC,TGT",
        type=_tags,
        default=(),
        help="documents in these: source, target, ...",
    )
    add("--to", metavar="LANG", nargs="+", type=_tags, default=(), help="target documents in these languages")
    add("--best", type=int, default=1, metavar="N", help="partners that a document may have (1)")
    add("--threshold", type=float, metavar="P", help="leave out document pairs less probable than this")
    add("--window", type=_days, metavar="DAYS|any", help="how far apart the days of a pair may be (7)")
    add("--min-score", type=float, default=0.0, metavar="P", help="leave out beads less probable than this")
    add("--encoder", default=encoders.DEFAULT, metavar="NAME", help=f"{', '.join(encoders.NAMES)}")
    add(
        "--mode",
        default="auto",
        choices=("auto", "parallel", "comparable"),
        help="how far to trust the order",
    )
    _add_means(command)
    command.set_defaults(run=_corpus)


def _add_means(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--jobs", type=_jobs, metavar="N", help="processes (as many as there are cores)")
    add("--ray", metavar="ADDRESS|auto", help="run on this Ray cluster; auto: the one here, or a new one")
    add("--keep-work", action="store_true", help="keep vectors and chunks in FOLDER/.work when all is done")
    add("--no-progress", action="store_true", help="no progress on standard error")


def _tags(text: str) -> tuple[str, ...]:
    found = tuple(tag.strip() for tag in text.split(",") if tag.strip())
    if not found or not all(tag.replace("-", "").isalnum() for tag in found):
        raise argparse.ArgumentTypeError(f"{text!r} names no languages: give tags such as ar,en")
    return found


def _days(text: str) -> int:
    """Days, -1 for any."""
    if text != "any" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days: give 0 or more, or any")
    return -1 if text == "any" else int(text)


def _jobs(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes: give 1 or more")
    return int(text)


def _corpus(options: argparse.Namespace) -> int:
    """Find the documents of two sides that tell the same story, align them, and write TMX and Parquet."""
    from polyalign import corpus
    from polyalign.threads import cores

    chosen = {
        name: getattr(options, name) for name in ("best", "min_score", "encoder", "mode", "ray", "keep_work")
    }
    if options.threshold is not None:
        chosen["threshold"] = options.threshold
    if options.window is not None:
        chosen["window"] = None if options.window < 0 else options.window
    summary = corpus.build(
        options.source,
        options.target,
        options.output,
        languages=options.languages,
        to=[tag for tags in options.to for tag in tags],
        jobs=options.jobs or cores(),
        bar=partial(bar, off=options.no_progress),
        tell=say,
        **chosen,
    )
    _explain(summary)
    return 0


def _explain(summary: Summary) -> None:
    """The counts, and the documents that could not be read."""
    for line in summary.lines():
        say(line)
    for fault in summary.faults[:_SHOWN]:
        say(f"note: {fault}")
    if len(summary.faults) > _SHOWN:
        say(f"note: and {len(summary.faults) - _SHOWN:,} more, see documents.jsonl")
