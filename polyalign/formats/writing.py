"""A bitext out, into a file or a stream, in the format of its suffix or in the one that is named."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from polyalign.bitext import Bitext
from polyalign.errors import PolyalignError, UsageError
from polyalign.files import cannot_write, writing, written_beside
from polyalign.formats.common import Options, at_least, bare, encoded
from polyalign.formats.registry import FORMATS, Format

FILE_WIDTH = 120  # of a table in a file, which must not depend on a terminal
STANDARD_OUTPUT = "-"


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
    chosen = _format(format or format_of(path))
    shown = _shown(bitext, min_score, bare_tags=bare_tags)
    options = Options(chosen.unaligned if unaligned is None else unaligned, FILE_WIDTH)
    if os.fspath(path) == STANDARD_OUTPUT and not chosen.files:
        _send(encoded(chosen.pieces(shown, options)), sys.stdout.buffer)
        return
    with writing(os.fspath(path)):
        if several := chosen.several:
            several(shown, Path(path), options)
            return
        with written_beside(Path(path)) as file:
            file.writelines(encoded(chosen.pieces(shown, options)))


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
    chosen = _format(format)
    options = Options(chosen.unaligned if unaligned is None else unaligned, width, colour)
    _send(encoded(chosen.pieces(_shown(bitext, min_score, bare_tags=bare_tags), options)), stream)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise UsageError(f"unknown format {name!r}: use one of {' '.join(FORMATS)}")
    return FORMATS[name]


def _shown(bitext: Bitext, min_score: float, *, bare_tags: bool) -> Bitext:
    if not 0 <= min_score <= 1:
        raise UsageError(f"min_score is {min_score}: it is a probability, give 0 to 1")
    return at_least(bare(bitext) if bare_tags else bitext, min_score)


def _send(pieces: Iterable[bytes], stream: IO[bytes]) -> None:
    try:
        stream.writelines(pieces)
        stream.flush()
    except (BrokenPipeError, PolyalignError):
        raise
    except OSError as error:
        raise cannot_write("standard output", error) from error
