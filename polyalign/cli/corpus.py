"""polyalign corpus: two folders of documents in, pairs of documents and of segments out."""

from __future__ import annotations

import click

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import bar, say, say_notes
from polyalign.errors import UsageError

_SHOWN = 10  # documents that could not be read, named at the end


def _tags(text: str) -> tuple[str, ...]:
    found = tuple(tag.strip() for tag in text.split(",") if tag.strip())
    if not found or not all(tag.replace("-", "").isalnum() for tag in found):
        raise click.BadParameter(f"{text!r} names no languages: give tags such as ar,en")
    return found


def _days(text: str) -> int:
    """Days, -1 for any."""
    if text != "any" and not text.isdecimal():
        raise click.BadParameter(f"{text!r} is no number of days: give 0 or more, or any")
    return -1 if text == "any" else int(text)


@command(
    "pair the documents of two folders, then align each pair",
    argument("SOURCE", "a folder, a pattern in quotes, or a JSONL or Parquet file of documents"),
    argument("[TARGET]", "the same; without it SOURCE holds both languages"),
    "Documents",
    option("--languages SRC,TGT", "documents in these: source, target, ...", type=_tags),
    option("--to LANG...", "target documents in these languages", type=_tags, multiple=True),
    option("--best N", "partners that a document may have (1)", default=1),
    option("--threshold P", "leave out document pairs less probable than this"),
    option("--window DAYS|any", "how far apart the days of a pair may be (7)", type=_days),
    "Alignment",
    shared.MODE,
    shared.MIN_SCORE,
    shared.ENCODER,
    "Work",
    option("-o --output FOLDER", "write here; an unfinished run goes on here", required=True),
    shared.JOBS,
    option("--ray ADDRESS|auto", "run on this Ray cluster; auto: the one here, or a new one"),
    option("--keep-work", "keep vectors and chunks in FOLDER/.work when all is done"),
    shared.NO_PROGRESS,
    lists=("--to",),
    examples=(
        "corpus news-ar news-en -o corpus",
        "corpus news --languages ar,en -o corpus  # both in one folder",
        "corpus 'ar/*.txt' 'en/*.txt' -o corpus --window any",
    ),
)
def corpus(options: Options) -> int:
    """Find the documents of two sides that tell the same story, align them, and write TMX and Parquet."""
    from polyalign.corpus import build
    from polyalign.threads import cores

    if options.output == "-":
        raise UsageError("-o: a corpus is a folder, and standard output is none: name a folder")
    chosen = shared.given(
        options, "best", "min_score", "encoder", "mode", "ray", "keep_work", "threshold", "languages"
    )
    if options.window is not None:
        chosen["window"] = None if options.window < 0 else options.window
    summary = build(
        options.source,
        options.target,
        options.output,
        to=[tag for tags in options.to for tag in tags],
        jobs=options.jobs or cores(),
        bar=bar,
        tell=say,
        **chosen,
    )
    for line in summary.lines():
        say(line)
    say_notes(summary.faults[:_SHOWN])
    if len(summary.faults) > _SHOWN:
        say(f"note: and {len(summary.faults) - _SHOWN:,} more, see documents.jsonl")
    return 0
