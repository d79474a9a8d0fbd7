"""A file of pairs as entries to be checked, each with its languages, row by row."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from polyalign.checking.checker import PairEntry
from polyalign.codes import Code
from polyalign.detection import detect
from polyalign.errors import InputError
from polyalign.formats.bitexts.codewriting import text_of
from polyalign.formats.bitexts.inline import Coded
from polyalign.formats.bitexts.reviews import origin_of
from polyalign.formats.bitexts.streamed import streamed_units
from polyalign.formats.common import Unit
from polyalign.parts import Segment

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
        languages[0] or _detected("\n".join(text for unit in sample for text in unit.source)),
        languages[1] or _detected("\n".join(text for unit in sample for text in unit.target)),
    )
    for unit in chain(sample, units):
        own = unit.source_language or tags[0], unit.target_language or tags[1]
        source = _text(unit.source, unit.source_codes, own[0])
        target = _text(unit.target, unit.target_codes, own[1])
        yield PairEntry(
            source.text,
            target.text,
            own,
            place=unit.place,
            state=unit.state,
            comment=unit.comment,
            source_codes=source.codes,
            target_codes=target.codes,
            about=unit.about,
            origin=origin_of(unit),
        )
    if fault:
        raise fault


def _detected(text: str) -> str:
    return detect(text).language if text.strip() else ""


def _text(texts: Sequence[str], codes: Sequence[tuple[Code, ...]], language: str) -> Coded:
    """The segments of a side as one text, as it is shown, with the codes of all."""
    held = enumerate(zip(texts, codes or [()] * len(texts), strict=True))
    joined = text_of([Segment(k, 0, len(t), t, codes=own) for k, (t, own) in held], language)
    whole = Segment(0, 0, len(joined.text), joined.text, codes=joined.codes)
    return Coded(whole.shown, whole.shown_codes)
