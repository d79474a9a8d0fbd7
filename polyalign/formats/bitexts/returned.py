"""A file that a project gave out and somebody sent back: its rows as they are now, and its stamp."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from polyalign.errors import InputError, UsageError
from polyalign.formats.bitexts.pairs import format_of_units, heading_of, opened
from polyalign.formats.bitexts.structured import read_json
from polyalign.formats.common import Unit
from polyalign.formats.registry import FORMATS
from polyalign.stamps import Stamp, stamp_in

GIVEN_OUT = (".xlsx", ".docx", ".xlf", ".xliff", ".tmx", ".json", ".parquet")  # what carries a stamp


@dataclass(frozen=True, slots=True)
class Sent:
    """The rows of a file with the ids that they were exported with; texts fewer than ids were edited."""

    units: tuple[Unit, ...]
    stamp: Stamp


def read_returned(path: str | os.PathLike[str]) -> Sent:
    """The rows of a file that `polyalign export` wrote, as they are now.

    Raises UnreadableError, InputError for a file that says of no project that it came from there, UsageError
    for a format that cannot say so.
    """
    name = os.fspath(path)
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    if suffix == ".json":
        bitext = read_json(name)
        units = (
            Unit(
                tuple(s.text for s in row.source),
                tuple(s.text for s in row.target),
                source_ids=tuple(s.id for s in row.source),
                target_ids=tuple(s.id for s in row.target),
                place=f"row {number}",
                state=row.review.state,
                comment=row.review.comment,
            )
            for number, row in enumerate(bitext.rows(), 1)
        )
        return Sent(tuple(units), _stamp(bitext.signature, name))
    form = FORMATS["docx"] if suffix == ".docx" else format_of_units(name)
    if not form:
        raise UsageError(f"{name}: no reviews are read from this suffix: use one of {' '.join(GIVEN_OUT)}")
    stamp = _stamp(heading_of(name, form).signature, name)
    with opened(name) as stream:
        return Sent(tuple(form.reader.units(stream, name=name)), stamp)


def _stamp(signature: str, name: str) -> Stamp:
    if found := stamp_in(signature):
        return found
    # without a format, XLIFF is the file that came in, updated, where one came in
    suffixes = " ".join(suffix for suffix in GIVEN_OUT if suffix not in (".xlf", ".xliff"))
    how = f"export it as one of {suffixes}, or as a new XLIFF (--format xliff), and leave the signature in it"
    raise InputError(f"{name} does not say which export of which project it is: {how}")
