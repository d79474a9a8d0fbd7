"""Subtitles in: SRT, WebVTT and ASS/SSA, one block a cue, its times in its place."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from polyalign.errors import UnreadableError
from polyalign.formats.common import Blocks
from polyalign.formats.decoding import decode
from polyalign.formats.prose import gathered, left_out, on_one_line, told

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[,.:](\d{1,6})"
_TIMING = re.compile(rf"^[^\S\n]*{_TIME}[^\S\n]*-{{1,2}}>[^\S\n]*{_TIME}(?:[^\S\n].*)?$", re.ASCII)
_ASS_TIME = re.compile(rf"\s*{_TIME}\s*", re.ASCII)
_SRT_TAG = re.compile(r"</?(?:i|b|u|s|em|strong|font|span|c|v|ruby|rt)(?:[ .=][^<>\n]*)?/?>", re.IGNORECASE)
_VTT_RUBY = re.compile(r"<rt(?:[ .][^<>]*)?>.*?(?:</rt>|$)", re.DOTALL)
_VTT_TAG = re.compile(r"</?[A-Za-z0-9][^<>]*>|</>|<>")
_OVERRIDE = re.compile(r"(\{[^{}\n]*\})")
_SRT_OVERRIDE = re.compile(r"\{\\[^{}\n]*\}")
_DRAWING = re.compile(r"\\p([0-9])")
_SPEAKER = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\\s]*[-\u2010-\u2015](?!-)\\s*\\S")
_ASS_SIGNS = ("[script info]", "[events]", "[v4 styles]", "[v4+ styles]")
_ASS_FIELDS = "layer start end style name marginl marginr marginv effect text"
_VTT_LANGUAGE = re.compile(r"^Language:[ \t]*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Cue:
    """A cue as the file has it: its number, counted from 1, its times in milliseconds, its text."""

    number: int
    start: int
    end: int
    text: str

    @property
    def place(self) -> str:
        return f"cue {self.number} {_clock(self.start)} --> {_clock(self.end)}"


@dataclass(frozen=True, slots=True)
class _Track:
    """The cues in the order of the file, and what is to be said of them."""

    cues: list[_Cue]
    notes: list[str]
    language: str = ""


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:
    """The cues in the order of their times ("cue 7 00:01:02.500 --> 00:01:04.000"), markup left out.

    The lines of a cue are joined; one that starts with a speaker's dash stays a line of its own.
    Raises UnreadableError where there is no cue.
    """
    found = decode(data, name=name, encoding=encoding)
    text = found.text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    track = _track(text)
    if not track.cues:
        raise UnreadableError(f"{name}: no subtitle with its times in it: check that the suffix is right")
    ordered = sorted(track.cues, key=lambda cue: cue.start)
    notes = [*told(found), *track.notes, *_time_notes(track.cues, ordered)]
    return gathered(((cue.text, cue.place) for cue in ordered), language=track.language, notes=notes)


def _track(text: str) -> _Track:
    start = text.lstrip()[:200].lower()
    if start.startswith("webvtt"):
        return _vtt(text)
    if start.startswith(_ASS_SIGNS) or re.search(r"^Dialogue:", text, re.MULTILINE):
        return _ass(text)
    return _srt(text)


def _srt(text: str) -> _Track:
    cues: list[_Cue] = []
    misnumbered = 0
    for before, times, lines in _timed(text.split("\n")):
        number = len(cues) + 1
        misnumbered += before.strip() != str(number)
        cleaned = (_SRT_OVERRIDE.sub("", _SRT_TAG.sub("", line)) for line in lines)
        cues.append(_Cue(number, *times, _cue_text(cleaned)))
    notes = ["the numbers of the cues are not 1, 2, 3, ...: they are counted anew"] if misnumbered else []
    return _Track(cues, notes)


def _timed(lines: list[str]) -> Iterator[tuple[str, tuple[int, int], list[str]]]:
    """For each timing line: the number above it, the times, and the lines up to the next number."""
    timings = [(i, match) for i, line in enumerate(lines) if (match := _TIMING.match(line))]
    ends = [i for i, _ in timings[1:]] + [len(lines)]
    for (i, match), end in zip(timings, ends, strict=False):
        numbered = end < len(lines) and end - 1 > i and lines[end - 1].strip().isdecimal()
        times = _milliseconds(match.groups()[:4]), _milliseconds(match.groups()[4:])
        yield lines[i - 1] if i else "", times, lines[i + 1 : end - numbered]


def _vtt(text: str) -> _Track:
    cues: list[_Cue] = []
    comments = 0
    parts = re.split(r"\n[ \t]*(?:\n[ \t]*)+", text)
    for part in parts[1:] if not _TIMING.search(parts[0]) else parts:
        comments += part.lstrip("\n").startswith("NOTE")
        lines = part.strip("\n").split("\n")
        timing = next((i for i, line in enumerate(lines[:2]) if _TIMING.match(line)), None)
        match = None if timing is None else _TIMING.match(lines[timing])
        if timing is not None and match:
            times = _milliseconds(match.groups()[:4]), _milliseconds(match.groups()[4:])
            plain = _VTT_TAG.sub("", _VTT_RUBY.sub("", "\n".join(lines[timing + 1 :])))
            cues.append(_Cue(len(cues) + 1, *times, _cue_text(html.unescape(plain).split("\n"))))
    stated = _VTT_LANGUAGE.search(parts[0])
    return _Track(cues, list(left_out({"comment": comments})), stated.group(1) if stated else "")


def _ass(text: str) -> _Track:
    cues: list[_Cue] = []
    fields, comments, broken = _ASS_FIELDS.split(), 0, 0
    in_events = "[events]" not in text.lower()
    for line in text.split("\n"):
        key, _, value = line.partition(":")
        kind = key.strip().lower()
        if line.lstrip().startswith("["):
            in_events = line.strip().lower() == "[events]"
        elif in_events and kind == "format":
            fields = [field.strip().lower() for field in value.split(",")]
        elif in_events and kind == "dialogue":
            cue = _dialogue(value, fields, len(cues) + 1)
            broken += cue is None
            cues += [cue] if cue else []
        comments += in_events and kind == "comment"
    return _Track(cues, list(left_out({"comment": comments, "damaged cue": broken})))


def _dialogue(value: str, fields: list[str], number: int) -> _Cue | None:
    """The cue of a line of events, None where it has no times."""
    values = value.split(",", len(fields) - 1)
    row = dict(zip(fields, values, strict=False))
    start, end = _ASS_TIME.fullmatch(row.get("start", "")), _ASS_TIME.fullmatch(row.get("end", ""))
    if start is None or end is None or "text" not in row:
        return None
    lines = _undrawn(row["text"]).replace("\\h", "\u00a0").replace("\\n", "\\N").split("\\N")
    return _Cue(number, _milliseconds(start.groups()), _milliseconds(end.groups()), _cue_text(lines))


def _undrawn(text: str) -> str:
    """The text of an ASS event without its overrides, and without what they switch to be drawn."""
    kept, drawn = [], False
    for i, piece in enumerate(_OVERRIDE.split(text)):
        if i % 2:
            modes = _DRAWING.findall(piece)
            drawn = modes[-1] != "0" if modes else drawn
        elif not drawn:
            kept.append(piece)
    return "".join(kept)


def _cue_text(lines: Iterable[str]) -> str:
    """The lines as one, but for those of another speaker; control characters become spaces."""
    turns: list[list[str]] = [[]]
    for line in lines:
        stripped = re.sub(r"[\s\x00-\x1f]+", " ", line.replace("\u00a0", " ")).strip()
        if stripped and turns[-1] and _SPEAKER.match(stripped):
            turns.append([])
        turns[-1] += [stripped] if stripped else []
    return "\n".join(on_one_line(turn) for turn in turns)


def _milliseconds(parts: Iterable[str | None]) -> int:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * 1000 + int(fraction.ljust(3, "0")[:3])


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{thousandths:03d}"


def _time_notes(cues: list[_Cue], ordered: list[_Cue]) -> Iterator[str]:
    moved = sum(a is not b for a, b in zip(cues, ordered, strict=True))
    if moved:
        yield "the cues are not in the order of their times: they are sorted"
    overlaps = sum(a.end > b.start for a, b in itertools.pairwise(ordered))
    if overlaps:
        yield (
            "1 cue overlaps the next in time"
            if overlaps == 1
            else f"{overlaps} cues overlap the next in time"
        )
    backwards = sum(cue.end < cue.start for cue in cues)
    if backwards:
        yield "1 cue ends before it starts" if backwards == 1 else f"{backwards} cues end before they start"
