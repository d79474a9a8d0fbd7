"""Documents one by one: read, language detected, segmented, and encoded, many at a time."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any

from polyalign import encoders
from polyalign.characters import without_controls
from polyalign.corpus.chunks import lines, packed
from polyalign.corpus.documents import ReadTask, fields
from polyalign.corpus.duplicates import shingles
from polyalign.detection import language_of
from polyalign.errors import InputError, LanguageError, PolyalignError, is_interrupt
from polyalign.formats import read
from polyalign.formats.documents.sides import side_of
from polyalign.parts import Document
from polyalign.pipeline import read_bitext
from polyalign.preparation import MAX_READ, MAX_SEGMENTS, sentences_in
from polyalign.spelling import names, numbers, sounds_of, spoken
from polyalign.tags import is_known, primary

if TYPE_CHECKING:
    from polyalign.encoders import Encoder

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_/.]?)(\d\d)\2(\d\d)(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_TELLING = 3  # consonants from which a sound says something
_EMPTY = ("is empty", "nothing but whitespace", "holds no text")  # as polyalign.read says it


@dataclass(frozen=True)
class _Prepared:
    """A document that takes part: what is known of it, its text, and its sentences with content."""

    facts: dict[str, Any]
    text: str = ""
    sentences: tuple[str, ...] = ()
    numbers: Sequence[str] = ()
    names: Sequence[str] = ()
    shingles: Sequence[int] = ()


class RefusedError(Exception):
    """A document that does not take part: its `status` as in summaries, and why."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


class ChunkReader:
    """Reads chunks of documents; holds the encoder, which loads with the first chunk.

    `wanted` holds the bare codes of languages that a side may have; nothing means that it may have all.
    `asked` are those to take of a file of pairs ("": any).
    """

    def __init__(self, encoder: str, wanted: dict[str, tuple[str, ...]], asked: tuple[str, str]) -> None:
        self._encoder: Encoder = encoders.load(encoder)
        self._wanted = wanted
        self._asked = asked

    def __call__(self, tasks: Sequence[ReadTask]) -> bytes:
        """The chunk's file: what is known of each document, texts, traits, and vectors as float16."""
        import numpy as np

        made = [self._prepared(task) for task in tasks]
        texts = list(chain.from_iterable(one.sentences for one in made))
        vectors = np.asarray(self._encoder.encode(texts), dtype=np.float16)
        width = vectors.nbytes // max(len(vectors), 1)
        return packed(
            {
                "documents": lines(_placed(made, width)),
                "numbers": lines(one.numbers for one in made),
                "names": lines(one.names for one in made),
                "shingles": lines(one.shingles for one in made),
                "texts": b"".join(_bytes(one.text) for one in made),
                "vectors": vectors.tobytes(),
            }
        )

    def _prepared(self, task: ReadTask) -> _Prepared:
        entry = task.entry
        facts: dict[str, Any] = {"side": entry.side, "key": entry.key, "path": entry.path}
        try:
            return self._read(task, facts)
        except RefusedError as refused:
            return _Prepared(facts | {"status": refused.status, "why": without_controls(str(refused))})
        except MemoryError:
            raise
        except Exception as error:  # whatever a reader of PDF, Word, ... stumbles over is that document's
            if is_interrupt(error):
                raise
            why = without_controls(f"it cannot be read ({type(error).__name__}: {error})")
            return _Prepared(facts | {"status": "unreadable", "why": why})

    def _read(self, task: ReadTask, facts: dict[str, Any]) -> _Prepared:
        document = _document(task, facts, self._asked)
        language = self._language(document, facts)
        marked = sentences_in(document, language).read
        texts = tuple(s.shown[:MAX_READ] for s in marked if s.alignable)
        if not texts:
            raise RefusedError("empty", "it has no sentence with content")
        if len(texts) > MAX_SEGMENTS:
            raise RefusedError("unreadable", f"{len(texts):,} segments are too many: split it")
        facts |= {"segments": len(marked), "sentences": len(texts)}
        facts.setdefault("digest", hashlib.sha256(_bytes(document.text)).hexdigest())
        figures, sounds = sorted(frozenset().union(*map(numbers, texts))), sorted(names_in(texts))
        return _Prepared(facts, document.text, texts, figures, sounds, shingles("\n".join(texts)))

    def _language(self, document: Document, facts: dict[str, Any]) -> str:
        """The document's language, which facts learn of, if it is asked for and the encoder covers it."""
        try:
            language = language_of(document, "it", "put it into the field language")
        except LanguageError as error:
            raise RefusedError("language unknown", str(error).partition(": ")[2]) from error
        facts["language"] = language
        wanted = self._wanted.get(facts["side"], ())
        if wanted and primary(language) not in wanted:
            raise RefusedError("language not asked for", f"it is in {language}, not in {' or '.join(wanted)}")
        try:
            encoders.check_covered(self._encoder, language)
        except LanguageError as error:
            raise RefusedError("language not covered", str(error)) from error
        return language


def _document(task: ReadTask, facts: dict[str, Any], asked: tuple[str, str]) -> Document:
    """What is read; facts learn of its date and what its record says. Raises RefusedError."""
    entry = task.entry
    if entry.fault:
        raise RefusedError("unreadable", entry.fault)
    if entry.same_as:
        facts["group"] = entry.same_as
        raise RefusedError("duplicate", f"the same file as {entry.same_as}")
    facts["date"] = day_in(entry.key)
    try:
        if entry.part:
            held = read_bitext(entry.path, languages=asked)
            # a copy only of a side of a file that is the same on both sides
            said = json.dumps([[s.text for s in side.segments] for side in (held.source, held.target)])
            facts |= {"pairs": entry.pairs, "digest": hashlib.sha256(_bytes(said)).hexdigest()}
            return side_of(held, "source" if entry.part == "source" else "target", name=entry.path)
        if task.record is None:
            return read(entry.path)
        return _of_record(fields(task.record), facts)
    except PolyalignError as error:
        why = str(error).removeprefix(os.fspath(entry.path)).lstrip(": ")  # the path stands beside it
        raise RefusedError("empty" if any(words in why for words in _EMPTY) else "unreadable", why) from error


def _of_record(record: dict[str, str], facts: dict[str, Any]) -> Document:
    """The text of a record under its title, where it does not begin with that anyway."""
    text, title = record["text"], record.get("title", "")
    if not text.strip():
        raise InputError("its text is empty")
    facts["date"] = day_in(record.get("date", "")) or facts["date"]
    facts |= {name: record[name] for name in ("id", "url") if name in record}
    if title.strip() and not text.lstrip().startswith(title.strip()):
        text = f"{title.strip()}\n\n{text}"
    base, dash, rest = record.get("language", "").replace("_", "-").strip().partition("-")
    language = f"{base.lower()}{dash}{rest}"
    return Document(text, language=language if _TAG.fullmatch(language) and is_known(language) else None)


def _placed(made: Sequence[_Prepared], width: int) -> Iterator[dict[str, Any]]:
    """What is known of each document, with the places of its text and vectors among the chunk's bytes."""
    text = vectors = 0
    for one in made:
        sizes = len(_bytes(one.text)), len(one.sentences) * width
        places = {"text": [text, sizes[0]], "vectors": [vectors, sizes[1]]}
        yield one.facts | (places if one.sentences else {})
        text, vectors = text + sizes[0], vectors + sizes[1]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def day_in(text: str) -> str:
    """The first day that a date or a file name states with the year first, as "2024-09-15"; "" for none."""
    for match in _DAY.finditer(text):
        try:
            return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
        except ValueError:
            continue
    return ""


def names_in(sentences: Sequence[str]) -> frozenset[str]:
    """The sounds of the names in sentences.

    Texts in which most words do not begin with a small letter do not show their names: of these, the
    sounds of all words, with and without what Arabic writes together with them.
    """
    words = [word for sentence in sentences for word in _WORD.findall(sentence)]
    if 2 * sum(word[0].islower() for word in words) <= len(words):
        return frozenset(s for word in words for s in spoken(word) if len(s) >= _TELLING)
    return frozenset().union(*(sounds_of(found, _TELLING) for found in names(sentences, cased=1)))
