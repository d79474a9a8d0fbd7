"""A file of pairs as entries to be checked, each with its languages, row by row."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from polyalign.checking.checker import PairEntry
from polyalign.detection import detect
from polyalign.errors import InputError
from polyalign.formats.common import Unit, joined
from polyalign.formats.streamed import streamed_units

_SAMPLE = 400  # rows by which languages are told that the file does not state


def entries_of(
    path: str | os.PathLike[str], *, languages: tuple[str, str] = ("", ""), encoding: str | None = None
) -> Iterator[PairEntry]:
    """The pairs of a file in its order, also those with an empty side.

    `languages` are the source's and the target's, "" where any will do: of a file in more than two they
    choose, and where a file states none they are believed; else the text tells. Raises what reading raises,
    behind what could be read.
    """
    asked = languages if any(languages) else None
    units = streamed_units(path, languages=asked, encoding=encoding, detect=_detected)
    sample, fault = list[Unit](), None
    try:
        for unit in islice(units, _SAMPLE):
            sample.append(unit)  # one by one: what stands before a fault is kept
    except InputError as error:
        fault = error
    tags = (
        _told([unit.source for unit in sample], languages[0]),
        _told([unit.target for unit in sample], languages[1]),
    )
    for unit in chain(sample, units):
        own = unit.source_language or tags[0], unit.target_language or tags[1]
        source, target = (_text(side, tag) for side, tag in zip((unit.source, unit.target), own, strict=True))
        yield PairEntry(source, target, own, unit.place, unit.state, unit.comment)
    if fault:
        raise fault


def _told(texts: Sequence[Sequence[str]], asked: str) -> str:
    return asked or _detected("\n".join(chain.from_iterable(texts)))


def _detected(text: str) -> str:
    return detect(text).language if text.strip() else ""


def _text(segments: Sequence[str], language: str) -> str:
    from polyalign.bitext import Segment

    return joined([Segment(k, 0, len(text), text) for k, text in enumerate(segments)], language)
