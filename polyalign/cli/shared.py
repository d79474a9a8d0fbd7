"""What several commands have in common: options, and how results are written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from polyalign.cli import output
from polyalign.cli.command import Options, acting, argument, nearest, option
from polyalign.cli.output import print_lines, say, standard_output, terminal_columns, writes_to_terminal
from polyalign.encoders import NAMES
from polyalign.errors import InputError, OutputError, UsageError
from polyalign.files import keep_project

if TYPE_CHECKING:
    from polyalign.bitext import Bitext
    from polyalign.qa import Glossary


def _processes(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise click.BadParameter(f"{text!r} is no number of processes: give 1 or more")
    return int(text)


FILES = argument("FILE...", "a text file; - is standard input", "files")
ENCODING = option("--encoding NAME", "of the text; detected by default")
ENCODER = option("--encoder ENCODER", ", ".join(NAMES))
MODE = option("--mode", "how far to trust the order", choices=("auto", "parallel", "comparable"))
WRAPPED = option(
    "--wrapped",
    "whether lines are broken at a width, inside sentences, and are to be joined; auto finds out",
    choices=("auto", "yes", "no"),
)
PRE_SEGMENTED = option("--pre-segmented", "each line is one segment, kept as it is")
TRANSLATE = option(
    "--translate auto|off|MODEL",
    "whose translations count as evidence: an installed model's (auto), nobody's, this one's",
)
MIN_SCORE = option("--min-score P", "leave out pairs less probable than this, 0 to 1", default=0.0)
FORMAT = option(
    "--format F",
    "table tsv json jsonl tmx xliff xliff1 xlsx docx html epub srt ass tei vert moses pharaoh talp ladder "
    "parquet; table on a terminal, else tsv, or -o's suffix",
)
OUTPUT = option("-o --output FILE", "write here, in the format of the suffix")
UNALIGNED = option(
    "--unaligned/--no-unaligned",
    "write unaligned segments too (all but tmx, xliff, tei and moses do, if no states are named)",
    default=None,
)
BARE_TAGS = option("--bare-tags", "write pt for pt-BR, for tools that know no regions")
GLOSSARY = option(
    "--glossary FILE", "terms to check: TBX, or a line each of SOURCE, a tab, TARGET or TARGET|VARIANT"
)
WHO = option("--who NAME", "kept with every change; your login by default", default="")
JOBS = option("--jobs N", "processes; as many as there are cores by default", type=_processes)
NO_PROGRESS = acting(
    lambda _: output.set_loudness(output.NO_PROGRESS), "--no-progress", "no progress on standard error"
)


def given(options: Options, *names: str) -> dict[str, Any]:
    """Those of the options that were given."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def shape(wanted: str | None, path: str | None) -> str:
    """The format to write: the one that is named, else by the suffix, else by where it goes."""
    from polyalign.formats import FORMATS, format_of

    if wanted is not None and wanted not in FORMATS:
        raise UsageError(f"--format: unknown format {wanted!r}: {nearest(wanted, FORMATS)}")
    if wanted is None and path not in (None, "-"):
        return format_of(str(path))
    return wanted or ("table" if writes_to_terminal() else "tsv")


def deliver(bitext: Bitext, form: str, options: Options, *, min_score: float = 0.0) -> None:
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
    with output.output() as stream:
        dump(bitext, stream, format=form, width=width, colour=colour, **how)


def say_unfit(glossary: Glossary, languages: tuple[str, str]) -> None:
    """Say that a glossary has nothing for texts in these languages, where it has nothing."""
    from polyalign.terms import unfit

    if lacking := unfit(glossary, languages):
        say(f"note: the glossary {lacking}")


def check_output(path: str | None, inputs: Iterable[str], *, project: bool = False) -> None:
    """Raise, before any work, where the result cannot be written or would replace a text, or a project."""
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
    if not project:
        keep_project(Path(path))


def check_outputs(paths: Iterable[str | None], inputs: Iterable[str]) -> None:
    """The same for several results, of which each needs a file of its own."""
    inputs, seen = tuple(inputs), set[str]()
    for path in paths:
        check_output(path, inputs)
        place = "-" if path in (None, "-") else os.path.realpath(str(path))
        if place in seen:
            raise UsageError(f"{path} is named for two results: give each a file of its own")
        seen.add(place)


def each(paths: Sequence[str], line: Callable[[str], tuple[str, ...]]) -> int:
    """Print a line of fields for each file; what is wrong with one is said, and the others follow."""
    from polyalign.characters import without_controls

    code = 0
    for path in paths:
        try:
            fields = line(path)
        except InputError as error:
            say(str(error), always=True)
            code = error.exit_code
        else:
            print_lines(["\t".join((without_controls(path), *fields))])
    return code
