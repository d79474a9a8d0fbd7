"""Bilingual subtitles, SRT and ASS: the text of both sides at the times of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from polyalign.bitext import Bitext
from polyalign.errors import OutputError
from polyalign.formats.common import Options, joined
from polyalign.formats.documents.cues import clock, milliseconds
from polyalign.parts import Row, Segment

_PLACE = re.compile(r"cue (\d+) (\d+):(\d\d):(\d\d)\.(\d{3}) --> (\d+):(\d\d):(\d\d)\.(\d{3})")  # of a Cue
_LEAST = 1_000  # milliseconds that a cue stands which ends before it begins
_STYLES = """[Script Info]
ScriptType: v4.00+
WrapStyle: 0
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
MarginR, MarginV, Encoding
Style: Source,Arial,18,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,1.5,0,2,10,10,10,1
Style: Target,Arial,15,&H0000FFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,1.5,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass
class Shown:
    """What is on the screen from `start` to `end`, in milliseconds: segments of both sides."""

    start: int
    end: int
    source: dict[int, Segment] = field(default_factory=dict)
    target: dict[int, Segment] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Show the row's segments, too."""
        self.source.update({s.id: s for s in row.source})
        self.target.update({s.id: s for s in row.target})


def srt(bitext: Bitext, options: Options) -> Iterator[str]:
    """Cues of two lines, the source above the target. Raises OutputError where no side has times."""
    for number, cue in enumerate(shown(bitext, unaligned=options.unaligned), 1):
        lines = filter(None, _lines(cue, bitext))
        times = f"{clock(cue.start)} --> {clock(cue.end)}".replace(".", ",")
        yield f"{number}\n{times}\n" + "\n".join(lines) + "\n\n"


def ass(bitext: Bitext, options: Options) -> Iterator[str]:
    """The same with a style for each side, so that a player can show them apart. Raises OutputError."""
    cues = shown(bitext, unaligned=options.unaligned)
    yield _STYLES
    for cue in cues:
        source, target = (  # as ASS shows it, nothing in it taken for a command
            line.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}")
            for line in _lines(cue, bitext)
        )
        style = "Source" if source else "Target"
        text = f"{source}\\N{{\\rTarget}}{target}" if source and target else source or target
        yield f"Dialogue: 0,{_hundredths(cue.start)},{_hundredths(cue.end)},{style},,0,0,0,,{text}\n"


def shown(bitext: Bitext, *, unaligned: bool) -> list[Shown]:
    """What is shown when, by the times of the source if it has some, else of the target.

    Rows that begin in one cue are shown together, and a row that goes over several cues from the first to the
    last. What has no time is shown with the row before it. Raises OutputError where no side has times.
    """
    rows = [row for row in bitext.rows() if row.bead or unaligned]
    of_source = _ends(bitext.source.segments)
    ends = of_source or _ends(bitext.target.segments)
    if not ends:
        raise OutputError("no segment has a time: bilingual subtitles are made of aligned subtitles")
    found: list[Shown] = []
    waiting: list[Row] = []
    for row in rows:
        spans = [ends[s.id] for s in (row.source if of_source else row.target) if s.id in ends]
        if not spans and not found:
            waiting.append(row)
            continue
        if not spans:
            found[-1].add(row)
            continue
        start, end = min(span[0] for span in spans), max(span[1] for span in spans)
        same = next((cue for cue in reversed(found) if cue.start == start), None)
        cue = same or Shown(start, end)
        cue.end = max(cue.end, end)
        for each in (*waiting, row):
            cue.add(each)
        waiting = []
        found += [] if same else [cue]
    found.sort(key=lambda cue: cue.start)
    for cue, after in pairwise(found):
        cue.end = min(cue.end, after.start)
    return found


def _ends(segments: Sequence[Segment]) -> dict[int, tuple[int, int]]:
    """From when to when each segment with a time is said: one that goes on in the cues between its own and
    that of the next segment, up to that.
    """
    found: dict[int, tuple[int, int]] = {}
    placed = [(s.id, m) for s in segments if (m := _PLACE.fullmatch(s.place))]
    for (number, match), after in zip_longest(placed, [match for _, match in placed[1:]]):
        start, end = milliseconds(match.groups()[1:5]), milliseconds(match.groups()[5:])
        if after is not None and int(after[1]) > int(match[1]) + 1:
            end = max(end, milliseconds(after.groups()[1:5]))
        found[number] = (start, end if end > start else start + _LEAST)
    return found


def _lines(cue: Shown, bitext: Bitext) -> tuple[str, str]:
    """The two lines of a cue, one of them empty where a side says nothing."""
    sides = ((cue.source, bitext.source.language), (cue.target, bitext.target.language))
    one, other = (joined([held[i] for i in sorted(held)], language).strip() for held, language in sides)
    return one, other


def _hundredths(time: int) -> str:
    minutes, rest = divmod(time // 10, 6_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"
