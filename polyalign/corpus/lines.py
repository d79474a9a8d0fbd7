"""A bag of sentences: the lines of text files, each once, without those that nothing could be made of."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from polyalign.codes import Code, placed
from polyalign.corpus.documents import DocumentEntry, files
from polyalign.corpus.local import mapped
from polyalign.corpus.options import Bar, unwatched
from polyalign.detection import detect, language_of
from polyalign.errors import InputError, NotInstalledError
from polyalign.folding import comparable, readable
from polyalign.formats import read
from polyalign.formats.documents.sides import is_no_text
from polyalign.parts import Document, Segment
from polyalign.pipeline import read_bitext
from polyalign.segmentation import segment, unwrapped
from polyalign.tags import UNDETERMINED, is_known, primary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from polyalign.encoders import Encoder

SHORT, LONG, REPEATED = "too short", "too long", "repeated"
IDENTICAL, FOREIGN = "the same on both sides", "in another language"
REASONS = (SHORT, LONG, REPEATED, IDENTICAL, FOREIGN)

_LEAST_LETTERS, _MOST_CHARACTERS = 10, 1_000
_IDEOGRAPHS, _IDEOGRAPH_LETTERS = 0x2E80, 3  # from this character on, one says as much as so many letters
_SURE, _EXCLUDED = 0.9, 0.05  # of another language, and of the side's own
_SAMPLE = 400  # lines that tell the language of a side, and whether they are sentences
_SEVERAL = 0.1  # of them hold several sentences: the others are no slips
_CHUNK = 2_000  # lines for a worker at a time


@dataclass(frozen=True)
class Lines:
    """The sentences of one side. `places` are as "reports/a.txt:12"; `left_out` counts lines by REASONS.

    `notes` are for the reader: files that could not be read, and why; lines of several sentences. `codes` are
    the inline codes of those lines that have any, by their numbers.
    """

    language: str
    texts: Sequence[str]
    places: Sequence[str]
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()
    codes: Mapping[int, tuple[Code, ...]] = field(default_factory=dict)

    @cached_property
    def shown(self) -> Sequence[str]:
        """The texts as they are compared, each as readable as its neighbours show that it should be."""
        found: list[str] = []
        for first in range(0, len(self.texts), _CHUNK):
            texts = self.texts[first : first + _CHUNK]
            lines = readable("\n".join(texts), self.language).split("\n")
            found += [text if text == line else line for text, line in zip(texts, lines, strict=True)]
        return found

    @property
    def total(self) -> int:
        """All lines that are not blank, those left out too."""
        return len(self.texts) + sum(self.left_out.values())

    def only(self, kept: Iterable[bool], reason: str) -> Lines:
        """The lines marked as kept, the others counted under the reason."""
        chosen = [k for k, keep in enumerate(kept) if keep]
        counts = Counter(self.left_out) + Counter({reason: len(self.texts) - len(chosen)})
        texts, places = [self.texts[k] for k in chosen], [self.places[k] for k in chosen]
        codes = {new: self.codes[old] for new, old in enumerate(chosen) if old in self.codes}
        return replace(self, texts=texts, places=places, left_out=counts, codes=codes)


def lines_of(
    where: str,
    side: str,
    *,
    language: str | None = None,
    encoding: str | None = None,
    bar: Bar = unwatched,
) -> Lines:
    """The lines of a file, of the files of a folder, or of those behind a pattern; gzipped as may be.

    What cannot be read of a folder is noted. Raises UnreadableError where there is nothing of that name or
    the one file cannot be read, InputError where no line is left, LanguageError where their language cannot
    be told.
    """
    found, counts, seen = _Found(), Counter[str](), set[bytes]()
    entries = [entry for entry in files(where, side, without=Path()) if not entry.same_as]
    with bar("reading", "files") as advance:
        for number, entry in enumerate(entries, 1):
            for one in _segments(entry, encoding, language, found, alone=len(entries) == 1):
                text = one.shown.strip()
                if reason := _unfit(text, seen):
                    counts[reason] += 1
                elif text:
                    if one.codes:
                        found.codes[len(found.texts)] = _codes_shown(one, text)
                    found.texts.append(text)
                    found.places.append(f"{entry.key}:{one.place or one.id + 1}")
            advance(number, len(entries))
    if not found.texts:
        why = ", ".join(f"{counts[reason]:,} {reason}" for reason in REASONS if counts[reason])
        why = f" ({why})" if why else ""
        raise InputError(f"{where} has no sentences{why}: give text with one on a line")
    sample = found.texts[:: max(1, len(found.texts) // _SAMPLE)]
    stated = max(found.stated, key=found.stated.__getitem__, default="")
    advice = f"pass it with --{side}-lang, or in Python as {side}_language"
    told = language_of(Document("\n".join(sample), where, language or stated or None), side, advice)
    several = sum(len(segment(text, told, wrapped="no")) > 1 for text in sample) / len(sample)
    if several >= _SEVERAL:
        found.notes.append(
            f"{several:.0%} of the lines of {where} hold several sentences, which are looked for as one: "
            "give a sentence a line"
        )
    return Lines(told, found.texts, found.places, counts, tuple(found.notes), found.codes)


@dataclass(frozen=True)
class _Found:
    texts: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    codes: dict[int, tuple[Code, ...]] = field(default_factory=dict)
    stated: Counter[str] = field(default_factory=Counter)  # how many files state which language


def _segments(
    entry: DocumentEntry, encoding: str | None, language: str | None, found: _Found, *, alone: bool
) -> Sequence[Segment]:
    """The lines of a file; where a width broke them, its sentences, each with its first line as its place.

    Of a file of pairs those of its side, or of the language that is asked for. None, and a note, for what
    cannot be read, unless it is the only file.
    """
    notes = found.notes
    try:
        if entry.fault:
            raise InputError(f"{entry.path}: {entry.fault}: give another file")
        if is_no_text(entry.path):
            asked = (language or "", "") if entry.side == "source" else ("", language or "")
            bitext = read_bitext(entry.path, languages=asked, encoding=encoding)
            notes.extend(bitext.notes)
            side = bitext.source if entry.side == "source" else bitext.target
            found.stated.update([side.language] if is_known(side.language) else [])
            return side.segments
        document = read(entry.path, encoding=encoding, pre_segmented=True)
    except (InputError, NotInstalledError) as error:
        if alone:
            raise
        notes.append(str(error))
        return ()
    lines = document.segments or ()
    flowing = document.text if document.places else unwrapped(document.text)
    if flowing == document.text:
        return lines
    notes.append(f"the lines of {entry.path} end inside sentences and were joined")
    starts = [line.start for line in lines]
    sentences = segment(flowing, language or detect(flowing).language, wrapped="no")
    return [replace(s, place=str(bisect_right(starts, s.start))) for s in sentences]


def _codes_shown(line: Segment, text: str) -> tuple[Code, ...]:
    """The codes of a line with their places in its text as it is shown, without the space around it."""
    begins = line.shown.index(text)
    return placed(line.shown_codes, lambda at: min(max(at - begins, 0), len(text)))


def _unfit(text: str, seen: set[bytes]) -> str:
    """Why a line is no sentence to look for; "" for one that is, which is `seen` then, or is blank."""
    if len(text) > _MOST_CHARACTERS:
        return LONG
    weights = (_IDEOGRAPH_LETTERS if ord(c) >= _IDEOGRAPHS else 1 for c in text if c.isalpha())
    if text and sum(weights) < _LEAST_LETTERS:
        return SHORT
    key = _key(text)
    if text and key in seen:
        return REPEATED
    seen.add(key)
    return ""


def _key(text: str) -> bytes:
    """The same for texts of the same letters and digits."""
    letters = "".join(filter(str.isalnum, comparable(text)))
    return hashlib.blake2b(letters.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def apart(source: Lines, target: Lines) -> tuple[Lines, Lines]:
    """Both sides without the lines that the other has too, which nobody translated."""
    ours, theirs = ({_key(text) for text in side.texts} for side in (source, target))
    both = ours & theirs

    def without(side: Lines) -> Lines:
        return side.only((_key(text) not in both for text in side.texts), IDENTICAL)

    return without(source), without(target)


def encoded(
    lines: Lines, encoder: str | Encoder, *, jobs: int = 1, bar: Bar = unwatched
) -> tuple[Lines, NDArray[np.float16]]:
    """The lines that are in the language of the side, and their vectors (lines, dimensions).

    Raises what loading the encoder raises.
    """
    import numpy as np

    kept, parts, total = np.zeros(len(lines.texts), dtype=bool), {}, len(lines.texts)
    pairs = list(zip(lines.texts, lines.shown, strict=True))
    chunks = [(first, pairs[first : first + _CHUNK]) for first in range(0, total, _CHUNK)]
    jobs = max(1, min(jobs, len(chunks) // 2))
    done = 0
    with bar("encoding", "sentences") as advance:
        for first, data in mapped(partial(_worker, encoder, primary(lines.language)), chunks, jobs=jobs):
            count = min(_CHUNK, total - first)
            kept[first : first + count] = np.frombuffer(data, dtype=bool, count=count)
            parts[first] = np.frombuffer(data, dtype=np.float16, offset=count + count % 2)
            done += count
            advance(done, total)
    left = lines.only(kept.tolist(), FOREIGN)
    ordered = [parts[first] for first in sorted(parts)]
    flat = np.concatenate(ordered) if ordered else np.zeros(0, dtype=np.float16)
    return left, flat.reshape(len(left.texts), -1 if len(left.texts) else 0)


def _worker(encoder: str | Encoder, language: str) -> Callable[[Sequence[tuple[str, str]]], bytes]:
    """What gives, for some texts, a byte each (1: in the language; an even number of them), then vectors.

    The texts are given as they stand, and as they are read.
    """
    from polyalign import encoders

    loaded = encoders.load(encoder) if isinstance(encoder, str) else encoder

    def work(texts: Sequence[tuple[str, str]]) -> bytes:
        kept = [_is_in(language, text) for text, _ in texts]
        vectors = loaded.encode([shown for (_, shown), keep in zip(texts, kept, strict=True) if keep])
        return bytes(kept) + bytes(len(kept) % 2) + vectors.astype("float16").tobytes()

    return work


def _is_in(language: str, text: str) -> bool:
    """Whether the text may be in the language: short ones are often taken for a relative of it."""
    found = detect(text)
    if found.language in (language, UNDETERMINED) or found.confidence < _SURE:
        return True
    return dict(found.candidates).get(language, 0.0) >= _EXCLUDED


def summary(name: str, lines: Lines) -> str:
    """ "source: 950 sentences (ar) of 1,000 lines: 30 too short, 20 repeated"."""
    why = ", ".join(f"{lines.left_out[reason]:,} {reason}" for reason in REASONS if lines.left_out[reason])
    kept = f"{len(lines.texts):,} sentences ({lines.language}) of {lines.total:,} lines"
    return f"{name}: {kept}{why and f': {why}'}"
