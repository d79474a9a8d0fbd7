"""A side-by-side table for a terminal: scores, ids, wrapped columns, unaligned segments in place.

Each line of a cell stands in a bidirectional isolate (Unicode UAX #9), so that right-to-left text
scrambles neither the line nor the columns.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.formats.bitexts import reviews
from polyalign.formats.common import Options, is_right_to_left
from polyalign.parts import Row, Segment, SideName, State

MIN_WIDTH = 40  # narrower terminals get this, and wrap lines themselves
_GUTTER = 11  # cells: score, marks, kind

_RTL_ISOLATE, _LTR_ISOLATE, _ISOLATE_END = "\u2067", "\u2066", "\u2069"
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_DIM, _BOLD, _PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[0m"
_NATURAL_ISOLATE = "\u2068"  # whose first letter decides
_DIVIDER = " │ "
_MARKS: dict[State, str] = {"auto": " ", "confirmed": "✓", "rejected": "✗", "needs-review": "?"}
_FLAGGED = "!"


@dataclass(frozen=True, slots=True)
class _Column:
    """One side's column: `ids` cells for the segment's number, then `text` cells for its text."""

    side: SideName
    rtl: bool
    ids: int
    text: int

    @property
    def width(self) -> int:
        return self.ids + 2 + self.text

    def cell(self, segments: tuple[Segment, ...]) -> list[str]:
        """The lines of these segments, each as wide as the column, each segment after its number."""
        lines = []
        for segment in segments:
            number = str(segment.id + 1).rjust(self.ids)
            for line in _wrapped(_showable(segment.text), self.text):
                lines.append(f"{number}  {self._placed(line, self.rtl)}")
                number = " " * self.ids
            if segment.gloss:
                lines += self.words(f"≈ {' · '.join(_showable(gloss.text) for gloss in segment.gloss)}")
        return lines

    def words(self, text: str) -> list[str]:
        """The lines of a text of ours, which is read from left to right and has no number."""
        return [" " * (self.ids + 2) + self._placed(line, False) for line in _wrapped(text, self.text)]

    def _placed(self, line: str, rtl: bool) -> str:
        """A line of text in its isolate, at its end of the column."""
        isolated = f"{_RTL_ISOLATE if rtl else _LTR_ISOLATE}{line}{_ISOLATE_END}" if line else ""
        space = " " * (self.text - cells(line))
        return space + isolated if rtl else isolated + space


def table(bitext: Bitext, options: Options) -> Iterator[str]:
    """The lines of the table: a heading, the rows in reading order, a line that sums up."""
    # one cell is left free, as some terminals wrap a line that fills them
    width = shutil.get_terminal_size().columns - 1 if options.width is None else options.width
    columns = _columns(bitext, max(MIN_WIDTH, width))
    sides = [
        column.words(_showable(f"{side.language}  {side.path or ''}"))
        for column, side in zip(columns, (bitext.source, bitext.target), strict=True)
    ]
    for line in _side_by_side(sides[0], sides[1], bitext.mode[:_GUTTER], columns):
        yield f"{_BOLD}{line}{_PLAIN}\n" if options.colour else line + "\n"
    rule = "─" * (_GUTTER + columns[0].width + 1) + "┼" + "─" * (columns[1].width + 1) + "\n"
    yield rule
    for row in bitext.rows():
        if row.bead or options.unaligned:
            yield from _row(row, columns, options.colour)
    yield rule
    yield summary(bitext) + "\n"
    if reviews.reviewed(bitext, options):
        marks = [f"{mark} {state}" for state, mark in _MARKS.items() if mark.strip()]
        yield "  ".join((*marks, f"{_FLAGGED} to check\n"))


def summary(bitext: Bitext) -> str:
    """ "14 beads, 3 of 20 source and 5 of 19 target segments unaligned"."""
    beads = f"{len(bitext.beads)} bead{'s' if len(bitext.beads) != 1 else ''}"
    source = f"{len(bitext.unaligned('source'))} of {len(bitext.source.segments)} source"
    target = f"{len(bitext.unaligned('target'))} of {len(bitext.target.segments)} target"
    return f"{beads}, {source} and {target} segments unaligned"


def cells(text: str) -> int:
    """How many terminal cells the text takes: 2 for a wide character, 0 for a combining mark."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(0, wcswidth(text))


def _columns(bitext: Bitext, width: int) -> tuple[_Column, _Column]:
    source, target = (len(str(max(1, len(s.segments)))) for s in (bitext.source, bitext.target))
    free = width - _GUTTER - len(_DIVIDER) - source - target - 4
    return (
        _Column("source", is_right_to_left(bitext.source), source, (free + 1) // 2),
        _Column("target", is_right_to_left(bitext.target), target, free // 2),
    )


def _row(row: Row, columns: tuple[_Column, _Column], colour: bool) -> Iterator[str]:
    left, right = columns
    # in the empty column: why a segment is never aligned, or a dot
    reasons = (f"[{segment.boilerplate}]" for segment in row.source + row.target if segment.boilerplate)
    mark = "·" if row.bead else next(reasons, "·")
    source = left.cell(row.source) if row.source else left.words(mark)
    target = right.cell(row.target) if row.target else right.words(mark)
    score, kind = "" if row.score is None else f"{row.score:.2f}", row.bead.kind if row.bead else ""
    gutter = f"{score:4}{_MARKS[row.review.state]}{_FLAGGED if row.review.flags else ' '}{kind:<5}"
    for line in _side_by_side(source, target, gutter, columns):
        yield f"{_DIM}{line}{_PLAIN}\n" if colour and not row.bead else line + "\n"
    for line in _said(row, columns):
        yield f"{_DIM}{line}{_PLAIN}\n" if colour else line + "\n"


def _said(row: Row, columns: tuple[_Column, _Column]) -> Iterator[str]:
    """The explanation, the flags and the comment, across both columns; a mark stands before each."""
    told = [("?", row.bead.explanation)] if row.bead and row.bead.explanation else []
    told += [(_FLAGGED, flag) for flag in reviews.flags(row.review)]
    told += [("»", line) for line in reviews.comment(row.review).splitlines()]
    for mark, text in told:
        for line in _wrapped(_showable(text), sum(column.width for column in columns)):
            yield f"{' ' * (_GUTTER - 2)}{mark} {_NATURAL_ISOLATE}{line}{_ISOLATE_END}"
            mark = " "


def _side_by_side(
    source: list[str], target: list[str], gutter: str, columns: tuple[_Column, _Column]
) -> Iterator[str]:
    left, right = columns
    for one, other in zip_longest(source, target):
        line = gutter.ljust(_GUTTER)
        line += (one or " " * left.width) + _DIVIDER + (other or " " * right.width)
        yield line.rstrip(" ")
        gutter = ""


def _showable(text: str) -> str:
    """The text without what would move the cursor or escape from an isolate."""
    return _BIDI_CONTROLS.sub("", without_controls(text))


def _wrapped(text: str, width: int) -> list[str]:
    """The words of the text in lines of at most `width` cells, at least one line."""
    lines, line = [], ""
    for word in text.split():
        for part in _parts(word, width):
            if line and cells(line) + 1 + cells(part) > width:
                lines.append(line)
                line = part
            else:
                line = f"{line} {part}" if line else part
    return [*lines, line]


def _parts(word: str, width: int) -> Iterator[str]:
    """The word, cut where it is wider than a line; a combining mark stays with its letter."""
    if cells(word) <= width:
        yield word
        return
    part, used = "", 0
    for char in word:
        size = cells(char)
        if used + size > width:
            yield part
            part, used = "", 0
        part += char
        used += size
    yield part
