"""The cues of subtitles: their times, their lines, and captions that roll, each line of them once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from polyalign.formats.documents.prose import on_one_line

TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[,.:](\d{1,6})"
LONGEST_GAP = 1000  # milliseconds after which a line that stands there again was said again
LINES_OF_A_SCREEN = 10  # at most; more are no caption
LEAST_CARRIED = 2  # cues that take lines over from the one before, in captions that roll

_SPEAKER = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\\s]*[-\u2010-\u2015](?!-)\\s*\\S")


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue as the file has it: its number, counted from 1, its times in milliseconds, its lines.

    Where a file counts in frames and does not say how long one is, the times are `frames`.
    """

    number: int
    start: int
    end: int
    lines: tuple[str, ...]
    frames: bool = False

    @property
    def place(self) -> str:
        """Where it stands: "cue 7 00:01:02.500 --> 00:01:04.000"."""
        if self.frames:
            return f"cue {self.number} frame {self.start} --> {self.end}"
        return f"cue {self.number} {clock(self.start)} --> {clock(self.end)}"

    @property
    def text(self) -> str:
        """The lines as one, but for those of another speaker."""
        turns: list[list[str]] = [[]]
        for line in self.lines:
            if turns[-1] and _SPEAKER.match(line):
                turns.append([])
            turns[-1].append(line)
        return "\n".join(map(on_one_line, turns))


@dataclass(frozen=True, slots=True)
class Track:
    """The cues in the order of the file, what is to be said of them, the language that is stated."""

    cues: Sequence[Cue]
    notes: Sequence[str] = field(default_factory=list)
    language: str = ""


def cleaned(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines that hold text, their control characters and white space as single spaces."""
    spaced = (re.sub(r"[\s\x00-\x1f]+", " ", line.replace("\u00a0", " ")).strip() for line in lines)
    return tuple(filter(None, spaced))


def milliseconds(parts: Iterable[str | None]) -> int:
    """The time in hours, minutes, seconds and the digits of their fraction, as TIME finds them."""
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * 1000 + int(fraction.ljust(3, "0")[:3])


def clock(time: int) -> str:
    """Milliseconds as "00:01:02.500"."""
    seconds, thousandths = divmod(time, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{thousandths:03d}"


def unrolled(cues: Sequence[Cue]) -> Sequence[Cue]:
    """The cues, in the order of their times, with each line once where captions roll; else as they are.

    They roll on video sites and in broadcasts: a line stays while the next one comes in below it, word by
    word perhaps, so that a cue begins with the last lines so far. Captions roll if at least half of the cues
    do so and new lines come in below: a refrain alone is no such thing.
    """
    if any(len(cue.lines) > LINES_OF_A_SCREEN for cue in cues):
        return cues
    kept: list[Cue] = []
    lines: list[str] = []
    carried = grown = end = 0
    for cue in cues:
        # after a pause a line was said again
        known = 0 if cue.start > end + LONGEST_GAP and not cue.frames else _known(lines, cue.lines)
        end = cue.end
        if known:
            carried += 1
            grown += len(cue.lines) > known or cue.lines[known - 1] != lines[-1]
            lines[-1] = cue.lines[known - 1]  # it may be longer now
            kept[-1] = replace(kept[-1], lines=(*kept[-1].lines[:-1], lines[-1]))
        if len(cue.lines) > known:
            lines += cue.lines[known:]
            kept.append(replace(cue, lines=cue.lines[known:]))
    return kept if grown and carried >= max(LEAST_CARRIED, (len(cues) - 1) / 2) else cues


def _known(lines: Sequence[str], shown: Sequence[str]) -> int:
    """How many lines a cue begins with that are the last ones so far, perhaps with more words behind."""
    for count in range(min(len(lines), len(shown)), 0, -1):
        last, longer = lines[-1], shown[count - 1]
        within = longer != last and longer[len(last) - 1 : len(last) + 1].isalnum()  # it ends inside a word
        if [*shown[: count - 1]] == [*lines[-count:-1]] and longer.startswith(last) and not within:
            return count
    return 0
