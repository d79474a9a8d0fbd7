"""Files of pairs row by row, however long they are: what `read_bitext` reads, without holding it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import IO

from polyalign.errors import EmptyError, EncodingError, TooLargeError, UnreadableError, UsageError
from polyalign.files import MAX_LINE_BYTES
from polyalign.formats.bitexts import SUFFIXES, format_of_units, moses, opened, read_bitext, tabular
from polyalign.formats.bitexts.parquet import streamed_units as rows_of_parquet
from polyalign.formats.common import Unit, joined
from polyalign.formats.decoding import decode, encoding_name

HEAD = 1_000_000  # bytes by which an encoding and the layout of a table are told

Path_ = str | os.PathLike[str]


def streamed_units(
    path: Path_,
    *,
    languages: tuple[str, str] | None = None,
    encoding: str | None = None,
    detect: Callable[[str], str] | None = None,
) -> Iterator[Unit]:
    """The rows of a file of pairs in its order, each as the file states it; blank ones are left out.

    TMX, XLIFF, JSON lines, tables, Moses files and Parquet are read as they come; a spreadsheet and JSON
    are held. `languages` and `detect` are as in `read_bitext`, and so is what is raised; what is read
    before a fault is given first.
    """
    name, asked = os.fspath(path), languages or ("", "")
    if name.lower().removesuffix(".gz").endswith(".json"):
        yield from _whole(name, languages, encoding, detect)
        return
    form = format_of_units(name)
    if form and form.name == "parquet" and not name.lower().endswith(".gz"):
        _require(name)
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


def _require(name: str) -> None:
    with opened(name):  # which says what is wrong with the path
        pass


def _whole(
    name: str,
    languages: tuple[str, str] | None,
    encoding: str | None,
    detect: Callable[[str], str] | None,
) -> Iterator[Unit]:
    bitext = read_bitext(name, languages=languages, encoding=encoding, detect=detect)
    tags = bitext.source.language, bitext.target.language
    for row in bitext.rows():
        texts = (joined(segments, tag) for segments, tag in zip((row.source, row.target), tags, strict=True))
        source, target = ((text,) if text.strip() else () for text in texts)
        review = row.review
        yield Unit(
            source,
            target,
            source_language=tags[0],
            target_language=tags[1],
            state=review.state,
            comment=review.comment,
            flags=review.flags,
            origin=row.bead.origin if row.bead else "",
        )


def _moses(paths: tuple[Path, Path], encoding: str | None) -> Iterator[Unit]:
    names, tags = (str(paths[0]), str(paths[1])), moses.tags_of(paths)
    with opened(names[0]) as source, opened(names[1]) as target:
        sides = [
            _lines(_text(stream, name, encoding, newline="\n")[1], name)
            for stream, name in zip((source, target), names, strict=True)
        ]
        found = False
        for number, lines in enumerate(zip_longest(*sides), 1):
            if None in lines:
                short, long = names if lines[0] is None else names[::-1]
                raise UnreadableError(
                    f"{short} ends before line {number:,}, and {long} goes on: the lines of such a pair "
                    "belong together, so give the files whole"
                )
            one, other = (line.rstrip("\n").removesuffix("\r") for line in lines)
            if one.strip() or other.strip():
                found = True
                yield Unit(
                    (one,) if one.strip() else (),
                    (other,) if other.strip() else (),
                    source_language=tags[0],
                    target_language=tags[1],
                    place=f"line {number}",
                )
        if not found:
            raise EmptyError(f"{names[0]} and {names[1]} hold no text: give files with sentences")


def _text(stream: IO[bytes], name: str, encoding: str | None, *, newline: str) -> tuple[str, IO[str]]:
    """The beginning of a text, and its lines from the first one on."""
    data = stream.read(HEAD)
    cut = data.rfind(b"\n") + 1 if len(data) == HEAD else 0
    head = decode(data[: cut or len(data)], name=name, encoding=encoding)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=head.encoding, newline=newline)
    return head.text, text


def _lines(text: IO[str], name: str) -> Iterator[str]:
    """The lines, without a byte order mark. Raises UnreadableError where they are not of the encoding."""
    number = 0
    try:
        with text:
            for number, line in enumerate(iter(lambda: text.readline(MAX_LINE_BYTES), ""), 1):
                if len(line) == MAX_LINE_BYTES:
                    size = MAX_LINE_BYTES // 1_000_000
                    raise TooLargeError(f"{name}: line {number:,} is above the limit of {size} MB: split it")
                yield line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeDecodeError as error:
        told = encoding_name(error.encoding.replace("-", "_"))
        raise EncodingError(
            f"{name}: behind line {number:,} a byte is not {told}: repair the file, or name its --encoding"
        ) from error
