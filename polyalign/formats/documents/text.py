"""Plain text in: a file or standard input as a Document."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from polyalign import files
from polyalign.errors import EmptyError, PolyalignError, UnreadableError
from polyalign.formats.decoding import CONTROLS, Decoded, decode
from polyalign.formats.documents.prose import counted, told
from polyalign.parts import Document, Segment
from polyalign.tags import primary

MAX_TEXT_BYTES = 100_000_000
STANDARD_INPUT = "-"

_LINE_END = re.compile(r"\r\n|\n|\r")
_BIDI_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKUP = (".xml", ".tex")


def read_plain(
    data: bytes, name: str, language: str | None, encoding: str | None, *, pre_segmented: bool
) -> Document:
    """The text in the bytes of a file as a Document, its line ends kept as they are.

    With `pre_segmented` each line is one segment, kept as it is. Raises UnreadableError for what is
    no text, InputError for an empty one, UsageError for an encoding that is none.
    """
    shown = "standard input" if name == STANDARD_INPUT else name
    found = decode(data, name=shown, encoding=encoding, language=primary(language or ""))
    if not found.text.strip():
        what = "holds nothing but whitespace" if found.text else "is empty"
        raise EmptyError(f"{shown} {what}: give a text with sentences")
    segments = tuple(_lines(found.text)) if pre_segmented else None
    return Document(found.text, name, language, segments, tuple(_notes(found, name)))


def read_bytes(name: str, *, limit: int = MAX_TEXT_BYTES) -> bytes:
    """What a file or standard input ("-") holds; InputError above `limit` bytes, early if it can."""
    if name != STANDARD_INPUT:
        return files.read_bytes(name, limit=limit)
    if sys.stdin is None:
        raise UnreadableError("standard input is closed: give a file")
    try:
        return files.all_of(sys.stdin.buffer, name="standard input", limit=limit)
    except PolyalignError:
        raise
    except OSError as error:
        raise UnreadableError(f"standard input cannot be read ({error.strerror}): give a file") from error


def _lines(text: str) -> list[Segment]:
    """Each line as a segment without its line end; a final line end adds no segment."""
    segments, start = [], 0
    for number, end in enumerate(_LINE_END.finditer(text)):
        segments.append(Segment(number, start, end.start(), text[start : end.start()]))
        start = end.end()
    if start < len(text):
        segments.append(Segment(len(segments), start, len(text), text[start:]))
    return segments


def _notes(found: Decoded, name: str) -> list[str]:
    """What a reader of the text should know, one line each."""
    notes = told(found)
    if controls := len(CONTROLS.findall(found.text)):
        notes.append(f"{counted(controls, 'control character')} in the text, left out of what is shown")
    if overrides := _BIDI_OVERRIDES.findall(found.text):
        points = ", ".join(f"U+{ord(c):04X}" for c in sorted(set(overrides)))
        notes.append(f"{counted(len(overrides), 'bidirectional control')} kept in the text ({points})")
    if lost := found.text.count("\ufffd"):
        notes.append(f"{counted(lost, 'replacement character')} (U+FFFD): an earlier conversion lost text")
    if name.lower().endswith(_MARKUP):
        notes.append(f"{Path(name).suffix} is read as plain text, its markup included")
    return notes
