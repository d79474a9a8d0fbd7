"""polyalign pair: two documents in, their beads out."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from polyalign import encoders
from polyalign.cli.options import check_output, shape
from polyalign.cli.output import is_terminal, output, say, status
from polyalign.errors import UsageError

if TYPE_CHECKING:
    from polyalign.bitext import Bitext


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("pair", help="align two documents", description=_pair.__doc__)
    add = command.add_argument
    add("source", metavar="SOURCE", help="a text file; - is standard input")
    add("target", metavar="TARGET", help="a text file in another language")
    add(
        "--format",
        metavar="F",
        help="table tsv json jsonl tmx xliff xliff1 xlsx html moses ladder parquet; "
        "table on a terminal, else tsv, or -o's suffix",
    )
    add("-o", "--output", metavar="FILE", help="write here, in the format of the suffix")
    add(
        "--mode",
        default="auto",
        choices=("auto", "parallel", "comparable"),
        help="how far to trust the order",
    )
    add(
        "--min-score",
        default=0.0,
        type=float,
        metavar="P",
        help="leave out beads less probable than this, 0 to 1",
    )
    _add_how(command)
    command.set_defaults(run=_pair)


def _add_how(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--source-lang", metavar="TAG", help="language of SOURCE; detected by default")
    add("--target-lang", metavar="TAG", help="language of TARGET; detected by default")
    add("--pre-segmented", action="store_true", help="each line is one segment, kept as it is")
    add("--srx", metavar="FILE", help="cut sentences by the rules in this SRX file")
    add("--encoder", default=encoders.DEFAULT, metavar="NAME", help=f"{', '.join(encoders.NAMES)}")
    add("--encoding", help="of both files; detected by default")
    add(
        "--translate",
        default="auto",
        metavar="auto|off|MODEL",
        help="whose translation to hear besides: an installed model's (auto), nobody's, this one's",
    )
    add(
        "--unaligned",
        action=argparse.BooleanOptionalAction,
        help="write unaligned segments too (all but tmx, xliff and moses do)",
    )
    add("--bare-tags", action="store_true", help="write pt for pt-BR, for tools that know no regions")
    add("--no-progress", action="store_true", help="no progress on standard error")


def _pair(options: argparse.Namespace) -> int:
    """Align two documents and write their beads, with what is unaligned in its place."""
    from polyalign.formats import dump, read, write
    from polyalign.pipeline import Aligner

    if options.source == options.target == "-":
        raise UsageError("both texts cannot be standard input: give one as a file")
    form = shape(options.format, options.output)
    check_output(options.output, (options.source, options.target))
    kwargs = {"encoding": options.encoding, "pre_segmented": options.pre_segmented}
    source = read(options.source, language=options.source_lang, **kwargs)
    target = read(options.target, language=options.target_lang, **kwargs)
    with status(off=options.no_progress) as progress:
        aligner = Aligner(
            options.encoder,
            mode=options.mode,
            min_score=options.min_score,
            translate=options.translate,
            srx=options.srx,
            progress=progress,
        )
        bitext = aligner.pair(source, target)
    _explain(bitext, routes=form == "table" or is_terminal(sys.stderr))
    if options.output not in (None, "-"):
        write(bitext, options.output, format=form, unaligned=options.unaligned, bare_tags=options.bare_tags)
    else:
        colour = is_terminal(sys.stdout) and "NO_COLOR" not in os.environ
        with output() as stream:
            dump(
                bitext,
                stream,
                format=form,
                unaligned=options.unaligned,
                bare_tags=options.bare_tags,
                colour=colour,
            )
    return 0


def _explain(bitext: Bitext, *, routes: bool) -> None:
    from polyalign.routing import route

    if routes:
        source, target = bitext.source, bitext.target
        say(f"source {source.path or '-'}: {route(source.language, target.language).describe()}")
        say(f"target {target.path or '-'}: {route(target.language, source.language).describe()}")
        say(f"mode: {bitext.mode}")
    for note in bitext.notes:
        say(f"note: {note}")
