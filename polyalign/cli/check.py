"""polyalign check: is each pair of an existing bitext right, and if not, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import destination, say, status, writes_to_terminal
from polyalign.errors import UsageError
from polyalign.progress import Stage
from polyalign.threads import cores

if TYPE_CHECKING:
    from polyalign.checking import Checked, Report

_SUFFIXES = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".html": "html",
    ".htm": "html",
    ".txt": "table",
}
_PAIRS = ("tsv", "jsonl", "tmx", "xliff", "xlsx", "moses", "parquet")  # formats that hold rows


@command(
    "is each pair of a translation memory right",
    argument("FILE", "pairs: .tmx .xlf .xlsx .tsv .csv .jsonl .parquet .json, or a Moses file"),
    "Pairs",
    option("--source-lang TAG", "of the source, where FILE states none or several", default=""),
    option("--target-lang TAG", "the same of the target", default=""),
    shared.ENCODING,
    shared.GLOSSARY,
    shared.JOBS,
    "Report",
    option("-o --output REPORT", "write the report here: .html, .json, .jsonl or .txt"),
    option("--format", "of the report", choices=("table", "json", "jsonl", "html")),
    option("--min-score P", "pairs below this are doubtful (0.5)", default=0.5),
    shared.NO_PROGRESS,
    "Pairs written back",
    option("--marked FILE", "all pairs, with scores and problems as flags"),
    option("--kept FILE", "those that have the least score or more"),
    option("--doubtful FILE", "the others"),
    option("--fix", "mend runs whose targets have slipped by one, in these files", choices=("shift",)),
    examples=("check memory.tmx -o report.html", "check memory.tmx --kept good.tmx --doubtful bad.tmx"),
)
def check(options: Options) -> int:
    """Say of every pair how probable it is that both sides say the same, and what is wrong with it.

    Where the file is damaged, what was read of it is reported first; the exit code is then 1.
    """
    from polyalign.checking import checked, counts, reports
    from polyalign.checking.entries import entries_of
    from polyalign.formats import FORMATS
    from polyalign.qa import NONE
    from polyalign.terms import read as read_terms

    form = _form(options)
    if not 0 <= options.min_score <= 1:
        raise UsageError(f"--min-score is {options.min_score}: it is a probability, give 0 to 1")
    files = [path for path in (options.marked, options.kept, options.doubtful) if path is not None]
    if options.fix and not files:
        raise UsageError("--fix mends what --marked, --kept and --doubtful write: name one of these")
    inputs = (options.file, options.glossary or "")
    suffixes = [suffix for name in _PAIRS for suffix in FORMATS[name].suffixes]
    for path in files:
        if Path(path).suffix.lower() not in suffixes:
            raise UsageError(f"{path}: pairs are written as {' '.join(suffixes)}: choose such a suffix")
    shared.check_outputs((options.output, *files), inputs)
    terms = read_terms(options.glossary) if options.glossary else NONE
    languages = options.source_lang, options.target_lang
    entries = entries_of(options.file, languages=languages, encoding=options.encoding)
    with status() as show:
        report = checked(
            entries,
            glossary=terms,
            jobs=options.jobs or cores(),
            advance=lambda done: show(Stage("checking", "", done, unit="pairs")),
        )
    if report.fault and not len(report):
        raise report.fault
    _write_pairs(report, options)
    pieces = {
        "table": reports.table,
        "json": reports.json_text,
        "jsonl": reports.json_lines,
        "html": reports.html_page,
    }[form](report, options.min_score)
    with destination(options.output) as stream:
        stream.writelines(piece.encode("utf-8", "backslashreplace") for piece in pieces)
    if form != "table" or options.output not in (None, "-"):
        say(counts(report.summary(options.min_score)))
    if report.fault:
        say(f"{report.fault} ({len(report):,} pairs before it were checked)", always=True)
        return report.fault.exit_code
    return 0


def _form(options: Options) -> str:
    """The format of the report: named, else by the suffix, else by where it goes."""
    if options.format:
        return str(options.format)
    if options.output not in (None, "-"):
        suffix = Path(options.output).suffix.lower()
        if suffix not in _SUFFIXES:
            raise UsageError(f"{options.output}: a report is {' '.join(_SUFFIXES)}: choose one, or --format")
        return _SUFFIXES[suffix]
    return "table" if writes_to_terminal() else "jsonl"


def _write_pairs(report: Report, options: Options) -> None:
    from polyalign.checking.reports import as_bitext
    from polyalign.formats import write

    def rows(wanted: Callable[[Checked], bool]) -> Iterator[Checked]:
        pairs = report.fixed() if options.fix else report
        return (pair.doubted(options.min_score) for pair in pairs if wanted(pair))

    files: dict[str, Callable[[Checked], bool]] = {
        "marked": lambda _: True,
        "kept": lambda pair: pair.score >= options.min_score,
        "doubtful": lambda pair: pair.score < options.min_score,
    }
    for name, wanted in files.items():
        if path := getattr(options, name):
            write(as_bitext(report, partial(rows, wanted)), path, unaligned=name != "kept")
