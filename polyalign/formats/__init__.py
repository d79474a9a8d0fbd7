"""Files in and out: `read` gives a Document, `write` takes a Bitext, both by the file's suffix."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from polyalign.bitext import Bitext
from polyalign.errors import OutputError, PolyalignError, UsageError
from polyalign.files import written_beside
from polyalign.formats import moses, tei, vertical, wordlinks
from polyalign.formats.beside import left_behind
from polyalign.formats.bitexts import read_bitext
from polyalign.formats.book import epub
from polyalign.formats.common import Options, at_least, bare
from polyalign.formats.ladder import ladder
from polyalign.formats.page import html_page
from polyalign.formats.parquet import parquet
from polyalign.formats.reading import names_file, read
from polyalign.formats.reviewdoc import bilingual
from polyalign.formats.screen import ass, srt
from polyalign.formats.structured import json_lines, json_text
from polyalign.formats.table import summary, table
from polyalign.formats.tabular import tsv
from polyalign.formats.tmx import tmx
from polyalign.formats.xliff import xliff, xliff1
from polyalign.formats.xlsx import xlsx

__all__ = [
    "FORMATS",
    "Format",
    "dump",
    "format_of",
    "left_behind",
    "names_file",
    "read",
    "read_bitext",
    "summary",
    "write",
]

FILE_WIDTH = 120  # of a table in a file, which must not depend on a terminal
STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a bitext: its pieces in order, and the suffixes that ask for it.

    `unaligned` is whether it holds unaligned segments where the caller does not say. `several` writes a
    format of several files, under names made of the path.
    """

    pieces: Callable[[Bitext, Options], Iterable[str] | Iterable[bytes]]
    suffixes: tuple[str, ...]
    unaligned: bool = True
    several: Callable[[Bitext, Path, Options], object] | None = None


def _several(write: Callable[[Bitext, Path, Options], object], suffix: str, *, unaligned: bool) -> Format:
    """A format of several files, which no stream holds."""

    def refuse(bitext: Bitext, options: Options) -> NoReturn:
        write(bitext, Path(STANDARD_OUTPUT), options)
        raise AssertionError("standard output is refused")

    return Format(refuse, (suffix,), unaligned, write)


FORMATS = {
    "table": Format(table, (".txt",)),
    "tsv": Format(tsv, (".tsv", ".tab")),
    "json": Format(json_text, (".json",)),
    "jsonl": Format(json_lines, (".jsonl", ".ndjson")),
    "tmx": Format(tmx, (".tmx",), unaligned=False),
    "xliff": Format(xliff, (".xlf", ".xliff"), unaligned=False),
    "xliff1": Format(xliff1, (), unaligned=False),
    "xlsx": Format(xlsx, (".xlsx",)),
    "docx": Format(bilingual, (".docx",)),
    "html": Format(html_page, (".html", ".htm")),
    "srt": Format(srt, (".srt",)),
    "ass": Format(ass, (".ass",)),
    "epub": Format(epub, (".epub",)),
    "tei": _several(tei.write, tei.SUFFIX, unaligned=False),
    "vert": _several(vertical.write, vertical.SUFFIX, unaligned=True),
    "moses": _several(moses.write, moses.SUFFIX, unaligned=False),
    **{form: _several(write, f".{form}", unaligned=False) for form, write in wordlinks.WRITERS.items()},
    "ladder": Format(ladder, (".ladder",)),
    "parquet": Format(parquet, (".parquet",)),
}


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that a file's suffix asks for; UsageError, which lists the suffixes, for another."""
    suffix = Path(path).suffix.lower()
    for name, entry in FORMATS.items():
        if suffix in entry.suffixes:
            return name
    known = " ".join(suffix for entry in FORMATS.values() for suffix in entry.suffixes)
    raise UsageError(f"{os.fspath(path)}: its suffix names no format: use one of {known}, or --format")


def write(
    bitext: Bitext,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 (the word that users know)
    min_score: float = 0.0,
    unaligned: bool | None = None,
    bare_tags: bool = False,
) -> None:
    """The bitext in a file ("-": standard output), in the format of its suffix or in `format`.

    Beads below `min_score` (0..1) are left out and their segments count as unaligned; `unaligned`
    says whether unaligned segments are written (None: as the format does, all but TMX, XLIFF, TEI
    and Moses do). `bare_tags` leaves regions and scripts out of languages: "pt" for "pt-BR".
    The file is complete or not there. Raises OutputError, and UsageError for an unknown format.
    """
    name = format or format_of(path)
    bitext = bare(bitext) if bare_tags else bitext
    if name in FORMATS and (several := FORMATS[name].several):
        options = Options(FORMATS[name].unaligned if unaligned is None else unaligned)
        return _together(several, at_least(bitext, _probability(min_score)), Path(path), options)
    pieces = _pieces(bitext, name, min_score, Options(width=FILE_WIDTH), unaligned)
    if os.fspath(path) == STANDARD_OUTPUT:
        return _send(pieces, sys.stdout.buffer)
    try:
        with written_beside(Path(path)) as file:
            file.writelines(pieces)
    except PolyalignError:
        raise
    except OSError as error:
        raise _output_error(os.fspath(path), error) from error


def _together(
    write: Callable[[Bitext, Path, Options], object], bitext: Bitext, path: Path, options: Options
) -> None:
    try:
        write(bitext, path, options)
    except PolyalignError:
        raise
    except OSError as error:
        raise _output_error(os.fspath(path), error) from error


def dump(
    bitext: Bitext,
    stream: IO[bytes],
    *,
    format: str = "table",  # noqa: A002
    min_score: float = 0.0,
    unaligned: bool | None = None,
    bare_tags: bool = False,
    width: int | None = None,
    colour: bool = False,
) -> None:
    """The bitext on a binary stream, piece by piece; `width` (None: the terminal's) is the table's.

    Raises what `write` raises; BrokenPipeError passes, as it is no fault.
    """
    bitext = bare(bitext) if bare_tags else bitext
    _send(_pieces(bitext, format, min_score, Options(width=width, colour=colour), unaligned), stream)


def _pieces(
    bitext: Bitext, name: str, min_score: float, options: Options, unaligned: bool | None
) -> Iterator[bytes]:
    if name not in FORMATS:
        raise UsageError(f"unknown format {name!r}: use one of {' '.join(FORMATS)}")
    chosen = FORMATS[name]
    unaligned = chosen.unaligned if unaligned is None else unaligned
    options = Options(unaligned, options.width, options.colour)
    return _encoded(chosen.pieces(at_least(bitext, _probability(min_score)), options))


def _probability(score: float) -> float:
    if not 0 <= score <= 1:
        raise UsageError(f"min_score is {score}: it is a probability, give 0 to 1")
    return score


def _encoded(pieces: Iterable[str] | Iterable[bytes]) -> Iterator[bytes]:
    """UTF-8; a lone surrogate, which only JSON escapes bring in, becomes such an escape again."""
    for piece in pieces:
        yield piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece


def _send(pieces: Iterable[bytes], stream: IO[bytes]) -> None:
    try:
        stream.writelines(pieces)
        stream.flush()
    except (BrokenPipeError, PolyalignError):
        raise
    except OSError as error:
        raise _output_error("standard output", error) from error


def _output_error(path: str, error: OSError) -> OutputError:
    advice = {
        errno.ENOENT: "make its folder first",
        errno.ENOTDIR: "make its folder first",
        errno.EISDIR: "name a file in it",
        errno.ENOSPC: "free some space or choose another place",
    }
    do = advice.get(error.errno or 0, "choose another place")
    return OutputError(f"cannot write {path}: {error.strerror or error}: {do}")
