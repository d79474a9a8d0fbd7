"""polyalign mine: two bags of sentences in, the pairs among them out."""

from __future__ import annotations

from pathlib import Path

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, option
from polyalign.cli.output import bar, destination, say, say_notes
from polyalign.threads import cores

HEADER = ("score", "source", "target", "source_place", "target_place")
_TABLES = (".tsv", ".tab")


@command(
    "sentence pairs out of two bags of sentences",
    argument("SOURCE", "a text file with a sentence a line, one of pairs, or a folder; .gz too"),
    argument("TARGET", "the same in another language"),
    "Sentences",
    option("--source-lang TAG", "of SOURCE; of files of pairs, which to take"),
    option("--target-lang TAG", "of TARGET; detected by default, as that of SOURCE"),
    shared.ENCODING,
    "Pairs",
    option("--threshold P", "leave out pairs less probable than this (0.4)"),
    option("--k N", "neighbours among which a match must stand out (4)"),
    shared.ENCODER,
    shared.JOBS,
    "Output",
    option("-o --output FILE", "write here: .tsv, or a format of pair by its suffix"),
    shared.NO_PROGRESS,
    examples=("mine ar.txt en.txt -o pairs.tsv", "mine ar.txt en.txt --threshold 0.7"),
)
def mine(options: Options) -> int:
    """Find the sentences of two bags that translate each other, whatever documents they came from."""
    from polyalign.corpus.documents import files
    from polyalign.corpus.lines import summary
    from polyalign.corpus.mining import mine as mined
    from polyalign.formats import format_of, write
    from polyalign.inside import ready_for

    table = options.output in (None, "-") or Path(options.output).suffix.lower() in _TABLES
    if not table:
        format_of(options.output)
    sides = options.source, options.target
    shared.check_output(options.output, (e.path for side in sides for e in files(side, "", without=Path())))
    found = mined(
        options.source,
        options.target,
        source_language=options.source_lang,
        target_language=options.target_lang,
        encoding=options.encoding,
        **shared.given(options, "encoder", "k", "threshold"),
        jobs=options.jobs or cores(),
        bar=bar,
    )
    if table:
        rows = ("\t".join(row) + "\n" for row in (HEADER, *found.rows()))
        with destination(options.output) as stream:
            stream.writelines(row.encode("utf-8", "backslashreplace") for row in rows)
    else:
        write(ready_for(format_of(options.output), found.bitext()), options.output)
    for name, lines in (("source", found.source), ("target", found.target)):
        say(summary(name, lines))
    say_notes(found.notes)
    say(f"{len(found.pairs):,} pairs" if found.pairs else "note: no pairs found")
    return 0
