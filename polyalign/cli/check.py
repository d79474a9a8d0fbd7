"""polyalign check: is each pair of an existing bitext right, and if not, what is wrong with it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from polyalign.cli.options import check_output
from polyalign.cli.output import destination, say, status, writes_to_terminal
from polyalign.errors import UsageError
from polyalign.threads import cores

if TYPE_CHECKING:
    from polyalign.checking import Checked, Report
    from polyalign.qa import Glossary

_SUFFIXES = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".html": "html",
    ".htm": "html",
    ".txt": "table",
}
_PAIRS = ("tsv", "jsonl", "tmx", "xliff", "xlsx", "moses", "parquet")  # formats that hold rows


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "check", help="is each pair of a translation memory right", description=_check.__doc__
    )
    add = command.add_argument
    add(
        "file", metavar="FILE", help="pairs: .tmx .xlf .xlsx .tsv .csv .jsonl .parquet .json, or a Moses file"
    )
    add("-o", "--output", metavar="REPORT", help="write the report here: .html, .json, .jsonl or .txt")
    add("--format", choices=("table", "json", "jsonl", "html"), help="of the report")
    add("--min-score", type=float, default=0.5, metavar="P", help="pairs below this are doubtful (0.5)")
    add("--marked", metavar="OUT", help="write all pairs here, with scores and problems as flags")
    add("--kept", metavar="OUT", help="write the pairs here that have the least score or more")
    add("--doubtful", metavar="OUT", help="write the others here")
    add("--fix", choices=("shift",), help="mend runs whose targets have slipped by one, in these files")
    add(
        "--source-lang",
        default="",
        metavar="TAG",
        help="language of the source, where FILE states none or several",
    )
    add("--target-lang", default="", metavar="TAG", help="the same of the target")
    add("--glossary", metavar="FILE", help="terms to check: SOURCE, a tab, TARGET or TARGET|VARIANT")
    add("--encoding", help="of FILE, if it is text; detected by default")
    add("--jobs", type=int, metavar="N", help="processes that judge; as many as there are cores by default")
    add("--no-progress", action="store_true", help="no progress on standard error")
    command.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    """Say of every pair how probable it is that both sides say the same, and what is wrong with it.

    What broke the file is told last, behind what was read of it; the exit code is then 1.
    """
    from polyalign.checking import checked, counts
    from polyalign.checking.reading import entries_of
    from polyalign.formats import format_of
    from polyalign.qa import NONE, Glossary

    form = _form(options)
    if not 0 <= options.min_score <= 1:
        raise UsageError(f"--min-score is {options.min_score}: it is a probability, give 0 to 1")
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs is {options.jobs}: give 1 or more")
    files = [path for path in (options.marked, options.kept, options.doubtful) if path is not None]
    if options.fix and not files:
        raise UsageError("--fix mends what --marked, --kept and --doubtful write: name one of these")
    inputs = (options.file, options.glossary or "")
    check_output(options.output, inputs)
    for path in files:
        if format_of(path) not in _PAIRS:
            raise UsageError(f"{path}: pairs are written as one of {' '.join(_PAIRS)}: choose such a suffix")
        check_output(path, inputs)
    terms: Glossary = Glossary.read(options.glossary) if options.glossary else NONE
    entries = entries_of(
        options.file, languages=(options.source_lang, options.target_lang), encoding=options.encoding
    )
    with status(off=options.no_progress) as show:
        report = checked(
            entries,
            glossary=terms,
            jobs=options.jobs or cores(),
            advance=lambda done: show(f"checked {done:,} pairs"),
        )
    if report.fault and not len(report):
        raise report.fault
    _write_pairs(report, options)
    _deliver(report, form, options)
    if form != "table" or options.output not in (None, "-"):
        say(counts(report.summary(options.min_score)))
    if report.fault:
        say(f"{report.fault} ({len(report):,} pairs before it were checked)")
        return report.fault.exit_code
    return 0


def _form(options: argparse.Namespace) -> str:
    """The format of the report: named, else by the suffix, else by where it goes."""
    if options.format:
        return str(options.format)
    if options.output not in (None, "-"):
        suffix = Path(options.output).suffix.lower()
        if suffix not in _SUFFIXES:
            raise UsageError(f"{options.output}: a report is {' '.join(_SUFFIXES)}: choose one, or --format")
        return _SUFFIXES[suffix]
    return "table" if writes_to_terminal() else "jsonl"


def _deliver(report: Report, form: str, options: argparse.Namespace) -> None:
    from polyalign.checking import output as written

    pieces: Callable[[Report, float], Iterator[str]] = {
        "table": written.table,
        "json": written.json_text,
        "jsonl": written.json_lines,
        "html": written.html_page,
    }[form]
    lines = (piece.encode("utf-8", "backslashreplace") for piece in pieces(report, options.min_score))
    with destination(options.output) as stream:
        stream.writelines(lines)


def _write_pairs(report: Report, options: argparse.Namespace) -> None:
    from polyalign.checking.output import as_bitext
    from polyalign.formats import write

    def all_rows() -> Iterable[Checked]:
        return report.fixed() if options.fix else iter(report)

    chosen: dict[str, Callable[[Checked], bool]] = {
        "marked": lambda _: True,
        "kept": lambda pair: pair.score >= options.min_score,
        "doubtful": lambda pair: pair.score < options.min_score,
    }
    for name, wanted in chosen.items():
        if path := getattr(options, name):
            rows = _filtered(all_rows, wanted)
            write(as_bitext(report, rows), path, unaligned=name != "kept")


def _filtered(
    rows: Callable[[], Iterable[Checked]], wanted: Callable[[Checked], bool]
) -> Callable[[], Iterator[Checked]]:
    return lambda: (pair for pair in rows() if wanted(pair))
