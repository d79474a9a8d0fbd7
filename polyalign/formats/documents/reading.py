"""A file as a Document, whatever it is: the reader by content and suffix, blocks joined to a text."""

from __future__ import annotations

import os
import zlib
from dataclasses import replace
from itertools import chain
from pathlib import Path

from polyalign.codes import Code, moved
from polyalign.errors import EmptyError, FormatError, TooLargeError, UnreadableError, UsageError
from polyalign.formats.common import Blocks
from polyalign.formats.documents.kinds import PAIRS, kind_of, pairs_refused
from polyalign.formats.documents.prose import LANGUAGE_TAG
from polyalign.formats.documents.text import MAX_TEXT_BYTES, STANDARD_INPUT, read_bytes, read_plain
from polyalign.formats.registry import READERS
from polyalign.parts import Document, Place

_LONGEST_NAME = 4096  # characters, as long as a path may be
_GZIP = b"\x1f\x8b"
_BETWEEN = "\n\n"  # blocks: a blank line, which no sentence crosses


def read(
    path: str | os.PathLike[str],
    *,
    language: str | None = None,
    encoding: str | None = None,
    pre_segmented: bool = False,
) -> Document:
    """The text of a file ("-": standard input) as a Document, of whatever kind the file is.

    Plain text stays as it is, its line ends included; of other files the text that a reader sees is
    taken block by block (paragraphs, headings, cells, cues), with the place of each. Any of them may
    be gzipped. The encoding is detected unless `encoding` names it. With `pre_segmented` each line,
    or block, is one segment, kept as it is. Raises UnreadableError for what cannot be opened or is
    no text, InputError for an empty text or one that is too large, UsageError for an encoding or a
    language tag that is none, NotInstalledError for a package that the kind of file needs.
    """
    if language is not None and not LANGUAGE_TAG.fullmatch(language):
        raise UsageError(f"{language!r} is no language tag: use one such as ar, tr or pt-BR")
    name = os.fspath(path)
    data, inner = _unpacked(read_bytes(name), name)
    kind, note = _kind(data, inner)
    if kind is None:
        made = read_plain(data, name, language, encoding, pre_segmented=pre_segmented)
    else:
        found = READERS[kind].blocks(data, name=name, encoding=encoding)
        made = document_of(found, name, language, pre_segmented=pre_segmented)
    return replace(made, notes=(note, *made.notes)) if note else made


def names_file(text: str) -> bool:
    """Whether a string looks like the name of a file: one line that ends in a suffix that is read."""
    name = text.lower().removesuffix(".gz")
    known = (".txt", *PAIRS, *chain.from_iterable(reader.suffixes for reader in READERS.values()))
    return len(text) < _LONGEST_NAME and "\n" not in text.strip("\n") and name.endswith(known)


def _unpacked(data: bytes, name: str) -> tuple[bytes, str]:
    """What a gzipped file holds, and its name without ".gz". Raises UnreadableError, InputError."""
    if not data.startswith(_GZIP):
        return data, name
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(data, MAX_TEXT_BYTES + 1)
    except zlib.error as error:
        raise UnreadableError(f"{name}: its gzip data is damaged: copy or download it again") from error
    if len(text) > MAX_TEXT_BYTES:
        limit = f"{MAX_TEXT_BYTES // 1_000_000} MB unpacked"
        raise TooLargeError(f"{name} is above the limit of {limit}: split it")
    if not unpacker.eof:
        raise UnreadableError(f"{name}: its gzip data ends too early: copy or download it again")
    return text, name.removesuffix(".gz")


def _kind(data: bytes, name: str) -> tuple[str | None, str]:
    """The kind of a file, None for plain text, and a note where its suffix says something else."""
    suffix = Path(name).suffix.lower() if name != STANDARD_INPUT else ""
    by_suffix = next((kind for kind, entry in READERS.items() if suffix in entry.read_suffixes), None)
    by_content = kind_of(data, name, known=by_suffix)
    if suffix in PAIRS and by_content != "Word":
        raise pairs_refused(name, suffix)
    if by_content is None and by_suffix is not None:
        starts = READERS[by_suffix].starts
        if starts and not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(starts):
            raise FormatError(f"{name}: this is no {by_suffix} file, whatever its suffix says: check it")
        return by_suffix, ""
    if by_content is None or by_content == by_suffix:
        return by_content, ""
    return by_content, f"{name} is read as a {by_content} file, which it is" if suffix else ""


def document_of(found: Blocks, name: str, language: str | None, *, pre_segmented: bool) -> Document:
    """The blocks as one text with a blank line between them. Raises InputError where there is none."""
    if not any(text.strip() for text in found.texts):
        raise EmptyError(f"{name} holds no text: give a file with sentences")
    codes = found.codes or [()] * len(found.texts)
    if pre_segmented:
        made = Document.from_segments(found.texts, language=language, path=name, notes=found.notes)
        rows = zip(made.segments or (), found.places, codes, strict=True)
        placed = tuple(replace(segment, place=place, codes=held) for segment, place, held in rows)
        return replace(made, segments=placed, stated=found.language)
    places, inside, start = list[Place](), list[Code](), 0
    for text, place, held in zip(found.texts, found.places, codes, strict=True):
        places.append(Place(start, start + len(text), place))
        inside += moved(held, start)
        start += len(text) + len(_BETWEEN)
    text = _BETWEEN.join(found.texts)
    return Document(text, name, language, None, found.notes, tuple(places), found.language, tuple(inside))
