"""What readers and writers share: its options, the text of a cell, the filter on scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from polyalign.bitext import Bitext, overlaps_marked
from polyalign.characters import runs_right_to_left
from polyalign.codes import Code
from polyalign.parts import Segment, Side
from polyalign.tags import between_sentences, primary

Asked = tuple[str, str]  # languages, of the source and the target; "" where any will do
Detect = Callable[[str], str] | None  # tells the language of a text
Others = dict[str, None] | None  # where a reader puts the languages of what it leaves out

BOILERPLATE = ("dateline", "byline", "credit", "caption", "agency", "repeat", "other language")


@dataclass(frozen=True, slots=True)
class Options:
    """How a bitext is written: with its unaligned segments or not, and for the table its look.

    `width` is in terminal cells (None: the terminal's); `colour` adds ANSI codes.
    """

    unaligned: bool = True
    width: int | None = None
    colour: bool = False


@dataclass(frozen=True, slots=True)
class Blocks:
    """What a reader sees in a file: paragraphs, headings, cells or cues, in the order of reading.

    `places` says where each block stands ("paragraph 12", "cell B3", "cue 7 00:01:02.500"), as
    many as `texts`. `language` is the tag that the file states, else empty. `notes` are one line each.
    `codes` are the inline codes of each block, or empty where none has any.
    """

    texts: tuple[str, ...]
    places: tuple[str, ...]
    language: str = ""
    notes: tuple[str, ...] = ()
    codes: tuple[tuple[Code, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of a bitext as a file holds it: the texts of its segments, a side empty if unaligned.

    `score` is in 0..1, None where the file has none. The ids are as many as the texts, or empty where the
    file has none; more where the text of several segments was edited and is one now. `note` says why its
    segments are no content ("boilerplate: caption"), `place` where in the file it stands ("line 12").
    `state` is the file's own word, `origin` is that of a Bead, empty where the file says nothing. The codes
    are those of each text, or empty where no text has any. `about` is what else the file says, as in a
    Review; `row` is which one of the file it is, from 1, where the file can be updated.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    score: float | None = None
    source_ids: tuple[int, ...] = ()
    target_ids: tuple[int, ...] = ()
    source_language: str = ""
    target_language: str = ""
    note: str = ""
    place: str = ""
    state: str = ""
    comment: str = ""
    flags: tuple[str, ...] = ()
    origin: str = ""
    source_codes: tuple[tuple[Code, ...], ...] = ()
    target_codes: tuple[tuple[Code, ...], ...] = ()
    about: tuple[tuple[str, str], ...] = ()
    row: int = 0


def swapped(unit: Unit) -> Unit:
    """The row with its sides exchanged."""
    return replace(
        unit,
        source=unit.target,
        target=unit.source,
        source_ids=unit.target_ids,
        target_ids=unit.source_ids,
        source_language=unit.target_language,
        target_language=unit.source_language,
        source_codes=unit.target_codes,
        target_codes=unit.source_codes,
        about=tuple((_turned(name), value) for name, value in unit.about),
    )


def _turned(name: str) -> str:
    """The name of what is said of a unit, of a unit whose sides are exchanged."""
    form, _, where = name.partition(" ")
    one, other = ("source", "target") if where.startswith("source") else ("target", "source")
    return f"{form} {other}{where.removeprefix(one)}" if where.startswith(one) else name


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file says of the whole bitext; each part is empty where it says nothing.

    `about` is what else it says, as in a Bitext.
    """

    source_language: str = ""
    target_language: str = ""
    source_path: str = ""
    target_path: str = ""
    mode: str = ""
    signature: str = ""
    notes: tuple[str, ...] = ()
    about: tuple[tuple[str, str], ...] = ()


def named(about: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What is said once of a row, by its name: the first thing of each name."""
    found: dict[str, str] = {}
    for name, value in about:
        found.setdefault(name, value)
    return found


def ids(segments: Sequence[Segment]) -> str:
    """The ids joined by a space, which no spreadsheet takes for a number or a date."""
    return " ".join([str(segment.id) for segment in segments])


def joined(segments: Sequence[Segment], language: str) -> str:
    """The segments as one line without control characters; no space between them in Chinese."""
    if len(segments) == 1:
        return segments[0].shown
    return between_sentences(language).join(segment.shown for segment in segments)


def at_least(bitext: Bitext, score: float) -> Bitext:
    """The bitext without the beads below the score, whose segments become unaligned.

    What no aligner judged is not below it.
    """
    kept = [bead for bead in bitext.beads if bead.score is None or bead.score >= score]
    return bitext if len(kept) == len(bitext.beads) else replace(bitext, beads=overlaps_marked(kept))


def bare(bitext: Bitext) -> Bitext:
    """The bitext with its languages alone, without regions and scripts."""
    sides = (bitext.source, bitext.target)
    source, target = (replace(side, language=primary(side.language)) for side in sides)
    return replace(bitext, source=source, target=target)


def also_holding(bitext: Bitext, name: str, others: Sequence[str]) -> Bitext:
    """The bitext of a file with a note on its other languages, if it has any."""
    if not others:
        return bitext
    also = f"{name} also holds {', '.join(others)}: ask for others with --source-lang and --target-lang"
    return replace(bitext, notes=(*bitext.notes, also))


def is_right_to_left(side: Side) -> bool:
    """Whether most letters of the side, or of its beginning, run from right to left."""
    return runs_right_to_left(c for s in side.segments for c in s.text)


def direction(side: Side) -> str:
    """ "rtl" or "ltr", as HTML has it."""
    return "rtl" if is_right_to_left(side) else "ltr"


def kept(text: str) -> tuple[str, ...]:
    """A text as the only one of its side of a unit; none where it is blank."""
    return (text,) if text.strip() else ()


def encoded(pieces: Iterable[str] | Iterable[bytes]) -> Iterator[bytes]:
    """UTF-8; a lone surrogate, which only JSON escapes bring in, becomes such an escape again."""
    for piece in pieces:
        yield piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece
