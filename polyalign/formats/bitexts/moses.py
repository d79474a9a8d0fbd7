"""Moses: two plain files side by side, `corpus.ar` and `corpus.en`, whose lines belong together."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from polyalign.bitext import Bitext
from polyalign.errors import EmptyError, UnreadableError, UsageError
from polyalign.files import all_of
from polyalign.formats.bitexts.columns import language_of
from polyalign.formats.bitexts.together import stem_of, tags_in_names, write_together
from polyalign.formats.common import Options, Unit, joined, kept
from polyalign.formats.decoding import decode
from polyalign.tags import UNDETERMINED

SUFFIX = ".moses"
MAX_MOSES_BYTES = 300_000_000

_SIDES = ("source", "target", "src", "tgt", "trg", UNDETERMINED)


def write(bitext: Bitext, path: Path, options: Options) -> tuple[Path, Path]:
    """The two files of `out.moses`, `out.ar` and `out.en`, both complete or neither there.

    A line for each bead; with unaligned segments, the other file has an empty line beside them.
    Gives the paths back. Raises OSError.
    """
    paths = paths_of(bitext, path)
    sides = zip(*lines(bitext, options), strict=True)
    write_together(bitext, {each: (f"{line}\n" for line in next(sides, ())) for each in paths})
    return paths


def paths_of(bitext: Bitext, path: Path) -> tuple[Path, Path]:
    """Where the two files go: the path with the languages as suffixes, else "source" and "target".

    Raises UsageError for standard output, which is no two files, and where a text of the bitext is there.
    """
    stem, tags = stem_of(path, SUFFIX, what="moses is two files"), tags_in_names(bitext)
    return stem.with_name(f"{stem.name}.{tags[0]}"), stem.with_name(f"{stem.name}.{tags[1]}")


def lines(bitext: Bitext, options: Options) -> Iterator[tuple[str, str]]:
    """The two lines of each bead, and of each unaligned segment if these are asked for."""
    for row in bitext.rows():
        if row.bead or options.unaligned:
            yield joined(row.source, bitext.source.language), joined(row.target, bitext.target.language)


def pair_of(path: str | os.PathLike[str]) -> tuple[Path, Path] | None:
    """The two files of a pair by the name of one: `corpus.ar` (first) or `corpus.moses` (any order).

    None where the name has no language as its suffix, or no file beside it has another. Raises
    UsageError where there are several of these.
    """
    path = Path(path)
    gz = ".gz" if path.suffix.lower() == ".gz" else ""
    plain = path.with_suffix("") if gz else path
    named = plain.suffix.lower() == ".moses"
    if not named and not _tag(plain.suffix):
        return None
    others = []  # of that stem, with a language or the name of a side as suffix
    with contextlib.suppress(OSError):
        for other in path.parent.iterdir():
            name = other.name.removesuffix(gz)
            if other.name.endswith(gz) and name.rpartition(".")[0] == plain.stem and _tag(Path(name).suffix):
                others.append(other)
    others.sort()
    if named and len(others) == 2:
        return others[0], others[1]
    others = [other for other in others if other != path]
    if len(others) > 1:
        names = " ".join(other.name for other in others)
        raise UsageError(f"{path}: which file belongs to it, {names}? Put the two into a folder of their own")
    return (path, others[0]) if others and not named else None


def _tag(suffix: str) -> str:
    """What a suffix says: a language, or the name of a side; empty for any other."""
    word = suffix[1:].lower()
    return word if word in _SIDES else language_of(word)


def tags_of(paths: tuple[Path, Path]) -> tuple[str, str]:
    """The languages that the suffixes of a pair name, empty where they name none."""
    found = [language_of(Path(path.name.removesuffix(".gz")).suffix[1:].lower()) for path in paths]
    return found[0], found[1]


def units(
    source: IO[bytes],
    target: IO[bytes],
    *,
    names: tuple[str, str],
    languages: tuple[str, str] = ("", ""),
    encoding: str | None = None,
) -> Iterator[Unit]:
    """A unit for each pair of lines that is not empty on both sides.

    Raises UnreadableError where one file has more lines than the other, InputError above
    MAX_MOSES_BYTES.
    """
    ours = text_lines(source, name=names[0], encoding=encoding)
    theirs = text_lines(target, name=names[1], encoding=encoding)
    check_even([ours, theirs], names)
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True), 1):
        if one.strip() or other.strip():
            yield unit_of(one, other, number, languages)


def unit_of(source: str, target: str, number: int, languages: tuple[str, str]) -> Unit:
    """The unit of two lines."""
    return Unit(kept(source), kept(target), None, (), (), *languages, place=f"line {number}")


def check_even(sides: list[list[str]], names: tuple[str, str]) -> None:
    """Nothing, if the two files have as many lines. Raises UnreadableError, and InputError for no line."""
    counts = [len(side) for side in sides]
    if counts[0] != counts[1]:
        what = f"{names[0]} has {counts[0]:,} lines and {names[1]} has {counts[1]:,}"
        raise UnreadableError(f"{what}: the lines of such a pair belong together, so give the files whole")
    if not any(line.strip() for side in sides for line in side):
        raise EmptyError(f"{names[0]} and {names[1]} hold no text: give files with sentences")


def text_lines(stream: IO[bytes], *, name: str, encoding: str | None = None) -> list[str]:
    """The lines of a file without their ends (line feed, with or without a carriage return)."""
    data = all_of(stream, name=name, limit=MAX_MOSES_BYTES)
    found = decode(data, name=name, encoding=encoding).text.split("\n")
    return [line.removesuffix("\r") for line in (found if found[-1] else found[:-1])]
