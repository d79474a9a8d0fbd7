"""JSON, which holds all of a bitext and is read back, and JSON lines for jq and dataframes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from polyalign.bitext import Bitext, Row
from polyalign.errors import InputError, UsageError
from polyalign.formats.common import Options
from polyalign.formats.decoding import decode
from polyalign.formats.text import read_bytes

MAX_JSON_BYTES = 1_000_000_000


def json_text(bitext: Bitext, options: Options) -> Iterator[str]:
    """The bitext as one JSON object; it holds every segment, aligned or not."""
    if not options.unaligned:
        raise UsageError("json holds every segment: take jsonl or tsv to leave the unaligned ones out")
    yield bitext.to_json() + "\n"


def json_lines(bitext: Bitext, options: Options) -> Iterator[str]:
    """One JSON object a line for each bead and each unaligned segment (score null), with the texts.

    The texts are as shown, on one line, without control characters.
    """
    for row in bitext.rows():
        if row.bead or options.unaligned:
            yield json.dumps(_line(row, bitext), ensure_ascii=False) + "\n"


def _line(row: Row, bitext: Bitext) -> dict[str, Any]:
    line: dict[str, Any] = {
        "source": [segment.id for segment in row.source],
        "target": [segment.id for segment in row.target],
        "score": row.bead.score if row.bead else None,
        "kind": f"{len(row.source)}-{len(row.target)}",
        "source_language": bitext.source.language,
        "target_language": bitext.target.language,
        "source_text": [segment.shown for segment in row.source],
        "target_text": [segment.shown for segment in row.target],
    }
    if row.bead and row.bead.overlap:
        line["overlap"] = True
    if reason := next((s.boilerplate for s in row.source + row.target if s.boilerplate), ""):
        line["boilerplate"] = reason
    return line


def read_json(path: str | os.PathLike[str]) -> Bitext:
    """The bitext in a JSON file. Raises UnreadableError and InputError, which name the file."""
    name = os.fspath(path)
    data = read_bytes(name, limit=MAX_JSON_BYTES)
    try:
        return Bitext.from_json(decode(data, name=name).text)
    except InputError as error:
        if str(error).startswith(name):
            raise
        raise InputError(f"{name}: {error}") from error
