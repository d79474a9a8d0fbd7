"""Files of pairs row by row, however long they are: what `read_bitext` reads, without holding it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import IO

from polyalign.bitext import Bitext
from polyalign.errors import EmptyError, EncodingError, TooLargeError, UnreadableError, UsageError
from polyalign.files import MAX_LINE_BYTES
from polyalign.formats.bitexts import moses, tabular
from polyalign.formats.bitexts.pairs import SUFFIXES, format_of_units, opened, read_bitext
from polyalign.formats.bitexts.parquet import streamed_units as rows_of_parquet
from polyalign.formats.common import Asked, Detect, Unit, joined, kept
from polyalign.formats.decoding import decode, encoding_name

HEAD = 1_000_000  # bytes by which an encoding and the layout of a table are told

Path_ = str | os.PathLike[str]


def streamed_units(
    path: Path_,
    *,
    languages: Asked | None = None,
    encoding: str | None = None,
    detect: Detect = None,
) -> Iterator[Unit]:
    """The rows of a file of pairs in its order, each as the file states it; blank ones are left out.

    TMX, XLIFF, JSON lines, tables, Moses files and Parquet are read as they come; a spreadsheet and JSON
    are held. `languages` and `detect` are as in `read_bitext`, and so is what is raised; what is read
    before a fault is given first.
    """
    name, asked = os.fspath(path), languages or ("", "")
    if name.lower().removesuffix(".gz").endswith(".json"):
        yield from _rows(read_bitext(name, languages=languages, encoding=encoding, detect=detect))
        return
    form = format_of_units(name)
    if form and form.name == "parquet" and not name.lower().endswith(".gz"):
        with opened(name):  # which says what is wrong with the path
            pass
        yield from rows_of_parquet(name)
    elif form and form.lines:
        with opened(name) as stream:
            head, text = _text(stream, name, encoding, newline="")
            records = tabular.streamed_records(_lines(text, name), head, name)
            yield from tabular.streamed_units(records, name=name, asked=asked, detect=detect)
    elif form:
        with opened(name) as stream:
            yield from form.reader.units(stream, name=name, **form.options(asked, detect))
    elif pair := moses.pair_of(name):
        yield from _moses(pair, encoding)
    else:
        raise UsageError(f"{name}: no pairs are read from this suffix: use one of {' '.join(SUFFIXES)}")


def _rows(bitext: Bitext) -> Iterator[Unit]:
    ours, theirs = bitext.source.language, bitext.target.language
    for row in bitext.rows():
        review = row.review
        yield Unit(
            kept(joined(row.source, ours)),
            kept(joined(row.target, theirs)),
            source_language=ours,
            target_language=theirs,
            state=review.state,
            comment=review.comment,
            flags=review.flags,
            origin=row.bead.origin if row.bead else "",
        )


def _moses(paths: tuple[Path, Path], encoding: str | None) -> Iterator[Unit]:
    names, tags = (str(paths[0]), str(paths[1])), moses.tags_of(paths)
    with opened(names[0]) as source, opened(names[1]) as target:
        ours, theirs = (
            _lines(_text(stream, name, encoding, newline="\n")[1], name)
            for stream, name in zip((source, target), names, strict=True)
        )
        found = False
        for number, lines in enumerate(zip_longest(ours, theirs), 1):
            if None in lines:
                short, long = names if lines[0] is None else names[::-1]
                what = f"{short} ends before line {number:,}, and {long} goes on"
                raise UnreadableError(
                    f"{what}: the lines of such a pair belong together, so give the files whole"
                )
            one, other = (line.rstrip("\n").removesuffix("\r") for line in lines)
            if one.strip() or other.strip():
                found = True
                yield moses.unit_of(one, other, number, tags)
        if not found:
            raise EmptyError(f"{names[0]} and {names[1]} hold no text: give files with sentences")


def _text(stream: IO[bytes], name: str, encoding: str | None, *, newline: str) -> tuple[str, IO[str]]:
    """The beginning of a text, and its lines from the first one on."""
    data = stream.read(HEAD)
    cut = data.rfind(b"\n") + 1 if len(data) == HEAD else 0
    head = decode(data[: cut or len(data)], name=name, encoding=encoding)
    stream.seek(0)
    return head.text, io.TextIOWrapper(stream, encoding=head.encoding, newline=newline)


def _lines(text: IO[str], name: str) -> Iterator[str]:
    """The lines, without a byte order mark. Raises UnreadableError where they are not of the encoding."""
    number = 0
    try:
        with text:
            for number, line in enumerate(iter(lambda: text.readline(MAX_LINE_BYTES), ""), 1):
                if len(line) == MAX_LINE_BYTES:
                    what = f"line {number:,} is above the limit of {MAX_LINE_BYTES // 1_000_000} MB"
                    raise TooLargeError(f"{name}: {what}: split it")
                yield line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeDecodeError as error:
        what = f"behind line {number:,} a byte is not {encoding_name(error.encoding.replace('-', '_'))}"
        raise EncodingError(f"{name}: {what}: repair the file, or name its --encoding") from error
