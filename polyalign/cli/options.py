"""What the arguments of several commands have in common."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from polyalign.cli.output import (
    output,
    print_lines,
    say,
    standard_output,
    terminal_columns,
    writes_to_terminal,
)
from polyalign.errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from polyalign.bitext import Bitext


def shape(wanted: str | None, path: str | None) -> str:
    """The format to write: the one that is named, else by the suffix, else by where it goes."""
    from polyalign.formats import FORMATS, format_of

    if wanted is not None and wanted not in FORMATS:
        raise UsageError(f"unknown format {wanted!r}: use one of {' '.join(FORMATS)}")
    if wanted is None and path not in (None, "-"):
        return format_of(str(path))
    return wanted or ("table" if writes_to_terminal() else "tsv")


def deliver(bitext: Bitext, form: str, options: argparse.Namespace, *, min_score: float = 0.0) -> None:
    """Write the bitext to the file that -o names, else to standard output."""
    from polyalign.formats import FORMATS, dump, left_behind, write

    if form in FORMATS:
        unaligned = FORMATS[form].unaligned if options.unaligned is None else options.unaligned
        if lost := left_behind(bitext, form, unaligned=unaligned):
            say(f"note: {form} has no place for {', '.join(lost)}: they are left out")
    how = {"unaligned": options.unaligned, "bare_tags": options.bare_tags, "min_score": min_score}
    if options.output not in (None, "-"):
        write(bitext, options.output, format=form, **how)
        return
    colour = writes_to_terminal() and "NO_COLOR" not in os.environ
    width = terminal_columns() - 1  # one cell is left free, as some terminals wrap a line that fills them
    with output() as stream:
        dump(bitext, stream, format=form, width=width, colour=colour, **how)


def check_output(path: str | None, inputs: Iterable[str]) -> None:
    """Raise, before any work, where the result cannot be written or would replace a text."""
    if path in (None, "-"):
        standard_output()
        return
    path = str(path)
    if os.path.isdir(path):
        raise OutputError(f"cannot write {path}: this is a folder: name a file in it")
    if not os.path.isdir(os.path.dirname(path) or "."):
        raise OutputError(f"cannot write {path}: there is no such folder: make it first")
    if os.path.isfile(path) and any(os.path.exists(i) and os.path.samefile(path, i) for i in inputs):
        raise UsageError(f"{path} is read by this command: name another file to write to")


def add_files(command: argparse.ArgumentParser) -> None:
    """FILE... and --encoding."""
    command.add_argument("files", nargs="+", metavar="FILE", help="a text file; - is standard input")
    command.add_argument("--encoding", help="of the files; detected by default")


def add_wrapped(command: argparse.ArgumentParser) -> None:
    """--wrapped."""
    command.add_argument(
        "--wrapped",
        default="auto",
        choices=("auto", "yes", "no"),
        help="whether lines are broken at a width, inside sentences, and are to be joined; auto finds out",
    )


def each(paths: Sequence[str], line: Callable[[str], tuple[str, ...]]) -> int:
    """Print a line of fields for each file; what is wrong with one is said, and the others follow."""
    from polyalign.bitext import without_controls

    code = 0
    for path in paths:
        try:
            fields = line(path)
        except InputError as error:
            say(str(error))
            code = error.exit_code
        else:
            print_lines(["\t".join((without_controls(path), *fields))])
    return code
