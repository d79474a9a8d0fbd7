"""Plain text in: a file or standard input as a Document."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import IO

from polyalign.bitext import Document, Segment
from polyalign.errors import InputError, UnreadableError
from polyalign.formats.decoding import CONTROLS, Decoded, decode, encoding_name
from polyalign.tags import primary

MAX_TEXT_BYTES = 100_000_000
STANDARD_INPUT = "-"

_BLOCK = 1 << 20
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
        raise InputError(f"{shown} {what}: give a text with sentences")
    segments = tuple(_lines(found.text)) if pre_segmented else None
    return Document(found.text, name, language, segments, tuple(_notes(found, name)))


def read_bytes(name: str, *, limit: int = MAX_TEXT_BYTES) -> bytes:
    """What a file or standard input ("-") holds; InputError above `limit` bytes, before reading them."""
    try:
        if name == STANDARD_INPUT:
            return _stream_bytes(_standard_input(), "standard input", limit)
        with Path(name).open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return _stream_bytes(file, name, limit)
            if status.st_size > limit:
                raise _too_large(name, limit)
            return file.read()
    except FileNotFoundError as error:
        raise UnreadableError(f"{name}: no such file: check the path") from error
    except IsADirectoryError as error:
        raise UnreadableError(f"{name}: this is a folder: give a file in it") from error
    except PermissionError as error:
        raise UnreadableError(f"{name}: no permission to read it: change its mode or its owner") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableError(f"{name!r} cannot be read ({reason}): check the path") from error


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:
        raise UnreadableError("standard input is closed: give a file")
    return sys.stdin.buffer


def _stream_bytes(stream: IO[bytes], name: str, limit: int) -> bytes:
    data = bytearray()
    while block := stream.read(_BLOCK):
        data += block
        if len(data) > limit:
            raise _too_large(name, limit)
    return bytes(data)


def _too_large(name: str, limit: int) -> InputError:
    return InputError(f"{name} is above the limit of {limit // 1_000_000} MB: split it into parts")


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
    notes = []
    if found.guessed:
        notes.append(f"encoding guessed: {encoding_name(found.encoding)} (--encoding overrides it)")
    if controls := len(CONTROLS.findall(found.text)):
        notes.append(f"{_count(controls, 'control character')} in the text, left out of what is shown")
    if overrides := _BIDI_OVERRIDES.findall(found.text):
        points = ", ".join(f"U+{ord(c):04X}" for c in sorted(set(overrides)))
        notes.append(f"{_count(len(overrides), 'bidirectional control')} kept in the text ({points})")
    if lost := found.text.count("\ufffd"):
        notes.append(f"{_count(lost, 'replacement character')} (U+FFFD): an earlier conversion lost text")
    if name.lower().endswith(_MARKUP):
        notes.append(f"{Path(name).suffix} is read as plain text, its markup included")
    return notes


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
