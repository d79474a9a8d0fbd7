"""polyalign mine: two bags of sentences in, the pairs among them out."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from polyalign import encoders
from polyalign.cli.options import check_output
from polyalign.cli.output import bar, destination, say
from polyalign.errors import UsageError
from polyalign.threads import cores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polyalign.corpus.mining import Mined

HEADER = ("score", "source", "target", "source_place", "target_place")
_TABLES = (".tsv", ".tab")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "mine", help="sentence pairs out of two bags of sentences", description=_mine.__doc__
    )
    add = command.add_argument
    add(
        "source",
        metavar="SOURCE",
        help="a text file with a sentence a line, one of pairs, or a folder; .gz too",
    )
    add("target", metavar="TARGET", help="the same in another language")
    add("-o", "--output", metavar="OUT", help="write here: .tsv, or a format of pair by its suffix")
    add("--threshold", type=float, metavar="P", help="leave out pairs less probable than this (0.4)")
    add("--k", type=int, metavar="N", help="neighbours among which a match must stand out (4)")
    add("--source-lang", metavar="TAG", help="language of SOURCE; of files of pairs, which to take")
    add("--target-lang", metavar="TAG", help="language of TARGET; detected by default, as that of SOURCE")
    add("--encoder", default=encoders.DEFAULT, metavar="NAME", help=f"{', '.join(encoders.NAMES)}")
    add("--encoding", help="of the files; detected by default")
    add("--jobs", type=int, metavar="N", help="processes that encode; as many as there are cores by default")
    add("--no-progress", action="store_true", help="no progress on standard error")
    command.set_defaults(run=_mine)


def _mine(options: argparse.Namespace) -> int:
    """Find the sentences of two bags that translate each other, whatever documents they came from."""
    from polyalign.corpus.documents import files
    from polyalign.corpus.lines import summary
    from polyalign.corpus.mining import NEIGHBOURS, THRESHOLD, mine
    from polyalign.formats import format_of, write

    table = options.output in (None, "-") or Path(options.output).suffix.lower() in _TABLES
    if not table:
        format_of(options.output)
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs is {options.jobs}: give 1 or more")
    sides = options.source, options.target
    check_output(options.output, (e.path for side in sides for e in files(side, "", without=Path())))
    found = mine(
        options.source,
        options.target,
        encoder=options.encoder,
        source_language=options.source_lang,
        target_language=options.target_lang,
        encoding=options.encoding,
        k=NEIGHBOURS if options.k is None else options.k,
        threshold=THRESHOLD if options.threshold is None else options.threshold,
        jobs=options.jobs or cores(),
        watch=partial(bar, off=options.no_progress),
    )
    if table:
        _write(found, options.output)
    else:
        write(found.bitext(), options.output)
    for name, lines in (("source", found.source), ("target", found.target)):
        say(summary(name, lines))
    for note in found.notes:
        say(f"note: {note}")
    say(f"{len(found.pairs):,} pairs" if found.pairs else "note: no pairs found")
    return 0


def _write(found: Mined, path: str | None) -> None:
    """Write the table, where there is none half-written. Raises OutputError."""
    with destination(path) as stream:
        stream.writelines(_table(found))


def _table(found: Mined) -> Iterator[bytes]:
    for row in (HEADER, *found.rows()):
        yield ("\t".join(row) + "\n").encode("utf-8", "backslashreplace")
