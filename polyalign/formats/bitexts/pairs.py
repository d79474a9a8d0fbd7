"""A file of pairs as a Bitext: the reader by suffix, its units numbered as they were."""

from __future__ import annotations

import contextlib
import io
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, count, islice
from operator import attrgetter
from pathlib import Path
from typing import IO

from polyalign import files
from polyalign.bitext import Bitext, overlaps_marked
from polyalign.codes import Code
from polyalign.errors import (
    EmptyError,
    FormatError,
    InputError,
    PolyalignError,
    TooLargeError,
    UnreadableError,
    UsageError,
)
from polyalign.formats import archive
from polyalign.formats.bitexts import ladder, moses
from polyalign.formats.bitexts.reviews import origin_of, review_of
from polyalign.formats.bitexts.structured import read_json
from polyalign.formats.common import BOILERPLATE, Asked, Detect, Heading, Unit, also_holding
from polyalign.formats.markup import HEAD, head_of, root_of
from polyalign.formats.registry import PAIRS, Format
from polyalign.parts import UNREVIEWED, Bead, Segment, Side, SideName
from polyalign.tags import UNDETERMINED, is_known, primary

MAX_UNITS = 2_000_000  # pairs that are held at once

_DETECTED = 1000  # segments by which a language is told
SUFFIXES = tuple(chain.from_iterable(entry.read_suffixes for entry in PAIRS))
PACKED = ".xlz"  # a zip file with one XLIFF, and often a skeleton, in it

Path_ = str | os.PathLike[str]
Paths = tuple[Path_, Path_]


def read_bitext(
    path: Path_,
    *,
    texts: Paths | None = None,
    languages: Asked | None = None,
    encoding: str | None = None,
    detect: Detect = None,
) -> Bitext:
    """The bitext that a file of pairs holds, exactly the one that was written as far as its format goes.

    XLIFF and TMX are known by their content under any suffix; else the format is that of the suffix
    (SUFFIXES, each but .json also with .gz after it), or a pair of Moses files, named by the first.
    A ladder needs the two `texts` it is about. `languages` are the source's and the target's, "" where
    any will do: of a file in more than two they are taken, and the sides are exchanged where the file has
    them in the other order; else they are its source language and the first other one. A note says what
    else it holds. Where the file states none, `detect` tells the language of a text. Pairs of
    which the file does not say who made them are the file's, and have only the score that it gives them.
    Raises UnreadableError, InputError (also where the languages are not in the file), NotInstalledError,
    and UsageError for another suffix.
    """
    name, asked = os.fspath(path), languages or ("", "")
    if len(asked) != 2:
        raise UsageError(f"languages are {asked!r}: give two tags, the source's and the target's")
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    if suffix == ".json":
        found = read_json(name, asked)
    elif suffix == ".ladder":
        found = _of_ladder(name, texts)
    elif form := format_of_units(name):
        found = _of_stream(name, form, asked, detect, encoding)
    elif pair := moses.pair_of(name):
        found = _of_moses(pair, encoding)
    else:
        raise UsageError(f"{name}: no bitext is read from this suffix: use one of {' '.join(SUFFIXES)}")
    return _as_asked(found, asked, detect, name)


def _as_asked(bitext: Bitext, asked: Asked, detect: Detect, name: str) -> Bitext:
    """The bitext with the source asked for as the source; languages that nobody states are detected.

    What a file states counts more than what is detected. Raises InputError where it has others.
    """
    stated, guessed = [bitext.source.language, bitext.target.language], list[str]()
    for side in (bitext.source, bitext.target):
        text = "" if is_known(side.language) else "\n".join(s.shown for s in side.segments[:_DETECTED])
        guessed.append((detect(text) if detect and text.strip() else side.language) or UNDETERMINED)
    turned = any(asked) and (
        not all(map(_may_be, stated, asked)) or (_is(guessed[::-1], asked) and not _is(guessed, asked))
    )
    if turned and not all(map(_may_be, stated[::-1], asked)):
        wanted = " and ".join(filter(None, asked))
        raise InputError(f"{name} is in {stated[0]} and {stated[1]}, not in {wanted}: ask for what it holds")
    if turned:
        beads = (replace(bead, source=bead.target, target=bead.source) for bead in bitext.beads)
        ordered = tuple(sorted(beads, key=lambda bead: (bead.source, bead.target)))
        bitext = replace(bitext, source=bitext.target, target=bitext.source, beads=ordered)
        stated, guessed = stated[::-1], guessed[::-1]
    tags = [
        told if is_known(told) else wanted or found
        for told, wanted, found in zip(stated, asked, guessed, strict=True)
    ]
    if tags == stated:
        return bitext
    source, target = replace(bitext.source, language=tags[0]), replace(bitext.target, language=tags[1])
    return replace(bitext, source=source, target=target)


def _may_be(stated: str, wanted: str) -> bool:
    return not wanted or not is_known(stated) or primary(stated) == primary(wanted)


def _is(tags: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether these are the languages that are wanted, as far as any are."""
    return all(not want or primary(tag) == primary(want) for tag, want in zip(tags, wanted, strict=True))


def holds_pairs(path: Path_, *, suffixes: tuple[str, ...] = SUFFIXES) -> bool:
    """Whether a file is one of pairs: by its suffix, or by its content where that is XLIFF or TMX."""
    name = os.fspath(path)
    return name.lower().removesuffix(".gz").endswith(suffixes) or bool(_by_content(name))


def format_of_units(name: str) -> Format | None:
    """The format whose rows a file holds, by its content or its suffix; None where it has no such rows."""
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    by_suffix = (entry for entry in PAIRS if entry.streamed and suffix in entry.read_suffixes)
    return _by_content(name) or next(by_suffix, None)


def _by_content(name: str) -> Format | None:
    """The format of what is XLIFF or TMX whatever it is called; None for anything else."""
    head = b""
    if os.path.isfile(name):
        with contextlib.suppress(UnreadableError), opened(name) as stream:  # its reader says what is wrong
            head = stream.read(HEAD)
    root = root_of(head_of(head))
    return next((entry for entry in PAIRS if root and entry.root and entry.root == root.local), None)


def updatable(path: Path_) -> bytes:
    """The bytes of a file that `updating` can bring up to date, unpacked; nothing of any other."""
    name = os.fspath(path)
    form = format_of_units(name)
    if form is None or form.name != "xliff":
        return b""
    with opened(name) as stream:
        return files.all_of(stream, name=name, limit=archive.MAX_MEMBER_BYTES)


def read_units(path: Path_, *, languages: Asked | None = None) -> list[Unit]:
    """The rows of a file of units, gzipped or not, with the ids that the file gives them.

    A Bitext closes up ids that are left out. Raises what `read_bitext` raises.
    """
    name = os.fspath(path)
    form = format_of_units(name)
    if not form:
        known = (suffix for entry in PAIRS if entry.streamed for suffix in entry.read_suffixes)
        raise UsageError(f"{name}: no pairs are read from this suffix: use one of {' '.join(known)}")
    with opened(name) as stream:
        return list(_held(form.reader.units(stream, name=name, **form.options(languages or ("", ""))), name))


def _held(units: Iterable[Unit], name: str) -> Iterator[Unit]:
    """The units. Raises InputError above MAX_UNITS."""
    for number, unit in enumerate(units):
        if number == MAX_UNITS:
            raise TooLargeError(f"{name} has more pairs than the limit of {MAX_UNITS:,} at once: split it")
        yield unit


def bitext_of(units: Iterable[Unit], heading: Heading, *, name: str) -> Bitext:
    """The units as a bitext. Their ids are kept, without gaps, where all have some; else they count up.

    Raises InputError where there is no unit.
    """
    rows = [unit for unit in units if unit.source or unit.target]
    if not rows:
        raise EmptyError(f"{name} holds no pairs: give a file with a source and a target")
    source, sources = _side(rows, heading, "source")
    target, targets = _side(rows, heading, "target")
    beads = (
        Bead(ours, theirs, unit.score, review=review_of(unit), origin=origin_of(unit))
        for unit, ours, theirs in zip(rows, sources, targets, strict=True)
        if ours and theirs
    )
    held = overlaps_marked(sorted(beads, key=lambda bead: (bead.source, bead.target)))
    mode = heading.mode or "comparable"
    return Bitext(source, target, held, mode, heading.signature, heading.notes, about=heading.about)


def _side(units: Sequence[Unit], heading: Heading, side: SideName) -> tuple[Side, list[tuple[int, ...]]]:
    """One side with all segments, and the ids of each unit in it."""
    sides: list[tuple[str, ...]] = list(map(attrgetter(side), units))
    ids: list[tuple[int, ...]] = list(map(attrgetter(f"{side}_ids"), units))
    if not _fit(sides, ids):
        numbers = count()
        ids = [tuple(islice(numbers, len(said))) for said in sides]
    texts, units_of, codes = dict[int, str](), dict[int, Unit](), dict[int, tuple[Code, ...]]()
    for unit, said, own in zip(units, sides, ids, strict=True):
        texts.update(zip(own, said, strict=True))
        units_of.update(dict.fromkeys(own, unit))
        if held := unit.source_codes if side == "source" else unit.target_codes:
            codes.update(zip(own, held, strict=False))
    place = {i: k for k, i in enumerate(sorted(texts))}
    segments, start = [], 0
    for i, k in place.items():
        text, unit = texts[i], units_of[i]
        reason, review = "", UNREVIEWED
        if not (unit.source and unit.target):
            note = unit.note.removeprefix("boilerplate: ")
            reason, review = note if note in BOILERPLATE else "", review_of(unit)
        where = f"unit {unit.row}" if unit.row else ""
        end = start + len(text)
        segments.append(Segment(k, start, end, text, reason, None, where, review, codes.get(i, ())))
        start = end + 1  # behind a line end
    stated = list(map(attrgetter(f"{side}_language"), units))
    most = Counter([tag for tag, said in zip(stated, sides, strict=True) if tag and said]).most_common(1)
    language = (
        most[0][0]
        if most
        else getattr(heading, f"{side}_language") or next(filter(None, stated), UNDETERMINED)
    )
    path = getattr(heading, f"{side}_path") or None
    return Side(language, tuple(segments), path), [tuple(sorted([place[i] for i in own])) for own in ids]


def _fit(sides: Sequence[Sequence[str]], ids: Sequence[Sequence[int]]) -> bool:
    """Whether the ids of units fit: every segment has one, and one id is never two texts."""
    texts: dict[int, str] = {}
    for said, own in zip(sides, ids, strict=True):
        if len(own) != len(said) or any(texts.setdefault(i, t) != t for i, t in zip(own, said, strict=True)):
            return False
    return True


def _of_stream(name: str, form: Format, asked: Asked, detect: Detect, encoding: str | None) -> Bitext:
    """What a module of one file reads; the heading first, where it has one."""
    heading, others = heading_of(name, form), dict[str, None]()
    options = form.options(asked, detect, encoding) | ({"others": others} if form.chooses else {})
    with opened(name) as stream:
        found = _held(form.reader.units(stream, name=name, **options), name)
        units = [unit for unit in found if unit.source or unit.target]
    there = (any(unit.source for unit in units), any(unit.target for unit in units))
    lacking = [tag for tag, held in zip(asked, there, strict=True) if tag and not held]
    if lacking and (held := ", ".join(filter(None, others))):
        what = f"no pair of {lacking[0]} and {lacking[1]}" if len(lacking) > 1 else f"nothing in {lacking[0]}"
        raise InputError(f"{name} holds {what} but text in {held}: ask for languages that it has")
    made = bitext_of(units, heading, name=name)
    languages = made.source.language, made.target.language
    return also_holding(made, name, [tag for tag in others if tag and tag not in languages])


def heading_of(name: str, form: Format) -> Heading:
    """What a file in a format says of the whole; nothing where the format has no place for it."""
    if not hasattr(form.reader, "heading"):
        return Heading()
    with opened(name) as stream:
        found: Heading = form.reader.heading(stream, name=name)
    return found


def _of_moses(paths: tuple[Path, Path], encoding: str | None) -> Bitext:
    names = (str(paths[0]), str(paths[1]))
    with opened(names[0]) as source, opened(names[1]) as target:
        units = moses.units(source, target, names=names, languages=moses.tags_of(paths), encoding=encoding)
        return bitext_of(units, Heading(), name=names[0])


def _of_ladder(name: str, texts: Paths | None) -> Bitext:
    if texts is None:
        raise UsageError(f"{name}: a ladder holds no text: pass the two files it is about as texts")
    lines = []
    for path in (os.fspath(texts[0]), os.fspath(texts[1])):
        with opened(path) as stream:
            lines.append(moses.text_lines(stream, name=path))
    with opened(name) as stream:
        return bitext_of(ladder.units(stream, *lines, name=name), Heading(), name=name)


@contextlib.contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where it is gzipped or an XLZ; damage shows while the block reads on.

    Raises UnreadableError, InputError for an XLZ that holds not one XLIFF.
    """
    try:
        packed = name.lower().endswith(PACKED)
        with io.BytesIO(_packed_xliff(name)) if packed else files.unpacked(name) as file:
            yield file
    except PolyalignError:
        raise
    except (OSError, EOFError, zlib.error) as error:
        if reason := getattr(error, "strerror", None):
            raise UnreadableError(f"{name} cannot be read ({reason}): check the path") from error
        raise UnreadableError(f"{name} is damaged ({error}): copy or download it again") from error


def _packed_xliff(name: str) -> bytes:
    held = archive.opened(files.read_bytes(name, limit=archive.MAX_UNPACKED_BYTES), name=name)
    found = [member for member in held.members if member.lower().endswith((".xlf", ".xliff"))]
    if len(found) != 1:
        raise FormatError(f"{name} holds {len(found)} XLIFF files, not one: unpack it and give one of them")
    return held.read(found[0])
