"""Subtitles in, one block a cue, its times in its place: SRT, WebVTT, ASS, TTML, SBV, MicroDVD and kin."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from polyalign.errors import FormatError
from polyalign.formats.common import Blocks
from polyalign.formats.decoding import decode
from polyalign.formats.documents import ttml
from polyalign.formats.documents.cues import TIME, Cue, Track, cleaned, milliseconds, unrolled
from polyalign.formats.documents.prose import counted, gathered, left_out, told
from polyalign.formats.markup import head_of, root_of

_TIMING = re.compile(rf"^[^\S\n]*{TIME}[^\S\n]*-{{1,2}}>[^\S\n]*{TIME}(?:[^\S\n].*)?$", re.ASCII)
_ASS_TIME = re.compile(rf"\s*{TIME}\s*", re.ASCII)
_TAG = re.compile(r"</?(?:i|b|u|s|em|strong|font|span|c|v|ruby|rt)(?:[ .=][^<>\n]*)?/?>", re.IGNORECASE)
_VTT_RUBY = re.compile(r"<rt(?:[ .][^<>]*)?>.*?(?:</rt>|$)", re.DOTALL)
_VTT_TAG = re.compile(r"</?[A-Za-z0-9][^<>]*>|</>|<>")
_VTT_OTHER = re.compile(r"(NOTE|STYLE|REGION)\b")
_OVERRIDE = re.compile(r"(\{[^{}\n]*\})")
_SRT_OVERRIDE = re.compile(r"\{\\[^{}\n]*\}")
_DRAWING = re.compile(r"\\p([0-9])")
_ASS_SIGNS = ("[script info]", "[events]", "[v4 styles]", "[v4+ styles]")
_ASS_FIELDS = "layer start end style name marginl marginr marginv effect text"
_VTT_LANGUAGE = re.compile(r"^Language:[ \t]*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*)[ \t]*$", re.MULTILINE)

_SHORT_TIME = r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
# What stands before the text of a cue: a line, the rest of which is text too, or the start of its only
# line, in which | breaks.
_ABOVE = {
    "SBV": re.compile(rf"\s*{TIME},{TIME}\s*(?P<text>)", re.ASCII),  # SubViewer too
    "transcript": re.compile(rf"\s*\[?{_SHORT_TIME}\]?(?:\s(?P<text>.*))?", re.ASCII),
}
_BEFORE = {
    "MicroDVD": re.compile(r"\{(\d{1,9})\}\{(\d{0,9})\}", re.ASCII),
    "MPL2": re.compile(r"\[(\d{1,9})\]\[(\d{0,9})\]", re.ASCII),
    "Whisper": re.compile(rf"\[{TIME} --> {TIME}\]", re.ASCII),
    "TMPlayer": re.compile(r"(\d{1,2}):(\d{2}):(\d{2})()[:=]", re.ASCII),
    # a refrain has several times
    "LRC": re.compile(r"\[()(\d{1,3}):(\d{2})\.(\d{2,3})\](?:\[\d{1,3}:\d{2}\.\d{2,3}\])*", re.ASCII),
}
_SAMPLE = 100  # lines
_LONGEST_HEADER = 20  # lines, of SubViewer
_CODE = re.compile(r"\{[A-Za-z]:[^{}\n]*\}|<\d{1,3}:\d{2}[.:]\d{2,3}>", re.ASCII)
_LATEST_START = 60_000  # milliseconds, of a transcript
_DECISECOND = 100  # milliseconds, the unit of MPL2
_RATE = re.compile(r"\s*([1-9]\d{1,2}(?:[.,]\d{1,4})?)\s*(?:fps)?\s*", re.ASCII)


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:
    """The cues in the order of their times ("cue 7 00:01:02.500 --> 00:01:04.000"), markup left out.

    The lines of a cue are joined; one that starts with a speaker's dash stays a line of its own. Of
    captions that roll each line is read once, which a note says. Raises UnreadableError where there is
    no cue.
    """
    root = root_of(head_of(data))
    if root is not None and root.local == "tt":
        track, notes = ttml.track(data, name=name), list[str]()
    else:
        found = decode(data, name=name, encoding=encoding)
        track = _track(found.text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"))
        notes = told(found)
    if not track.cues:
        raise FormatError(f"{name}: no subtitle with its times in it: check that the suffix is right")
    ordered = sorted(track.cues, key=lambda cue: cue.start)
    once = unrolled(ordered)
    notes += track.notes
    if any(a is not b for a, b in zip(track.cues, ordered, strict=True)):
        notes.append("the cues are not in the order of their times: they are sorted")
    if overlaps := sum(a.end > b.start for a, b in pairwise(ordered)):
        verb = "overlaps" if overlaps == 1 else "overlap"
        notes.append(f"{counted(overlaps, 'cue')} {verb} the next in time")
    if backwards := sum(cue.end < cue.start for cue in track.cues):
        said = "1 cue ends before it starts" if backwards == 1 else f"{backwards} cues end before they start"
        notes.append(said)
    if once is not ordered:
        notes.append("the captions roll: each line is read once, where it first stands")
    return gathered(((cue.text, cue.place) for cue in once), language=track.language, notes=notes)


def is_timed(head: str) -> bool:
    """Whether a text that starts so is one of subtitles, whatever its file is called."""
    text = head.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff \t\n")
    first = text.lower()
    if first.startswith("webvtt") or first.startswith(_ASS_SIGNS):
        return True
    lines = [line for line in text.split("\n", _SAMPLE)[:_SAMPLE] if line.strip()]
    return any(map(_TIMING.match, lines[:3])) or _style_of(lines) is not None


def _track(text: str) -> Track:
    start = text.lstrip()[:200].lower()
    if start.startswith("webvtt"):
        return _vtt(text)
    if start.startswith(_ASS_SIGNS) or re.search(r"^Dialogue:", text, re.MULTILINE):
        return _ass(text)
    lines = text.split("\n")
    style = _style_of([line for line in lines[: 2 * _SAMPLE] if line.strip()])
    if style in _BEFORE:
        return _single_lines(lines, str(style))
    return _srt(lines) if style is None else _under_times(lines, style)


def _style_of(lines: Sequence[str]) -> str | None:
    """The style of subtitles without arrows that lines, none of them blank, are in; None for none."""
    if any(map(_TIMING.match, lines)):
        return None
    for name, pattern in _BEFORE.items():
        if sum(bool(pattern.match(line.lstrip())) for line in lines) >= max(len(lines) / 2, 1):
            return name
    if any(_ABOVE["SBV"].fullmatch(line) for line in lines[:_LONGEST_HEADER]):
        return "SBV"
    found = map(_ABOVE["transcript"].fullmatch, lines)
    times = [match and milliseconds(match.groups()[:4]) for match in found]
    # a timetable has times above its texts too, but begins later than a film
    early = bool(times) and times[0] is not None and times[0] < _LATEST_START
    return "transcript" if early and len(lines) / 4 <= len(times) - times.count(None) > 1 else None


def _srt(lines: list[str]) -> Track:
    cues: list[Cue] = []
    misnumbered = 0
    for before, times, below in _timed(lines):
        number = len(cues) + 1
        misnumbered += before.strip() != str(number)
        cues.append(Cue(number, *times, cleaned(_SRT_OVERRIDE.sub("", _TAG.sub("", line)) for line in below)))
    notes = ["the numbers of the cues are not 1, 2, 3, ...: they are counted anew"] if misnumbered else []
    return Track(cues, notes)


_Match = re.Match[str]
_Timed = tuple[str, tuple[int, int], Sequence[str]]


def _matched(
    lines: Sequence[str], match: Callable[[str], _Match | None]
) -> Iterator[tuple[int, _Match, int]]:
    """The lines that match: the number of each, and that of the next one, or of the end."""
    found = [(i, found) for i, line in enumerate(lines) if (found := match(line))]
    ends = [*(i for i, _ in found[1:]), len(lines)]
    return ((i, here, end) for (i, here), end in zip(found, ends, strict=False))


def _timed(lines: Sequence[str], *, ids: bool = False) -> Iterator[_Timed]:
    """For each timing line: the number above it, the times, and the lines up to the next number.

    With `ids` a line between what looks like a blank line and times is no text either.
    """
    for i, match, end in _matched(lines, _TIMING.match):
        numbered = end < len(lines) and end - 1 > i and lines[end - 1].strip().isdecimal()
        numbered |= ids and end < len(lines) and end - 2 > i and not lines[end - 2].strip()
        times = milliseconds(match.groups()[:4]), milliseconds(match.groups()[4:])
        yield lines[i - 1] if i else "", times, lines[i + 1 : end - numbered]


def _vtt(text: str) -> Track:
    """Only a line without anything ends a cue, and one with times.

    What follows a cue without times of its own is shown by no browser; as somebody may have emptied a line
    that only looked blank, it is read with the cue, which a note says.
    """
    held: list[tuple[tuple[int, int], list[str]]] = []
    comments = joined = lost = 0
    head, *parts = re.split(r"\n{2,}", text)
    if timing := re.search(_TIMING.pattern, head, re.ASCII | re.MULTILINE):
        parts.insert(0, head[timing.start() :])
    for part in parts:
        lines = part.strip("\n").split("\n")
        first = next((i for i, line in enumerate(lines) if _TIMING.match(line)), None)
        other = _VTT_OTHER.match(lines[0])
        if other and first != 1:
            comments += other[1] == "NOTE"
            continue
        above = _vtt_lines(lines if first is None else lines[: max(first - 1, 0)])
        if above and held and not "".join(above).isdecimal():
            held[-1][1].extend(above)
            joined += 1
        elif above:
            lost += 1
        held += [(times, [*_vtt_lines(below)]) for _, times, below in _timed(lines[first or 0 :], ids=True)]
    cues = [Cue(number, *times, tuple(shown)) for number, (times, shown) in enumerate(held, 1)]
    stated = _VTT_LANGUAGE.search(head)
    notes = [*left_out({"comment": comments, "stretch without times": lost})]
    if joined:
        notes.append(f"{counted(joined, 'stretch')} behind a blank line read with the cue above")
    return Track(cues, notes, stated.group(1) if stated else "")


def _vtt_lines(lines: Sequence[str]) -> tuple[str, ...]:
    plain = _VTT_TAG.sub("", _VTT_RUBY.sub("", "\n".join(lines)))
    return cleaned(html.unescape(plain).split("\n"))


def _ass(text: str) -> Track:
    cues: list[Cue] = []
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
    return Track(cues, list(left_out({"comment": comments, "damaged cue": broken})))


def _dialogue(value: str, fields: list[str], number: int) -> Cue | None:
    """The cue of a line of events, None where it has no times."""
    values = value.split(",", len(fields) - 1)
    row = dict(zip(fields, values, strict=False))
    start, end = _ASS_TIME.fullmatch(row.get("start", "")), _ASS_TIME.fullmatch(row.get("end", ""))
    if start is None or end is None or "text" not in row:
        return None
    lines = _undrawn(row["text"]).replace("\\h", "\u00a0").replace("\\n", "\\N").split("\\N")
    return Cue(number, milliseconds(start.groups()), milliseconds(end.groups()), cleaned(lines))


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


def _single_lines(lines: Sequence[str], style: str) -> Track:
    """The cues of a file that has each on a line of its own, behind its times or its frames.

    A cue without an end lasts to the next one. The first of MicroDVD may say how many frames a second has.
    """
    cues: list[Cue] = []
    rate = 0.0
    stray = 0
    for line in filter(str.strip, lines):
        match = _BEFORE[style].match(line.lstrip())
        if match is None:
            stray += 1
            continue
        text = line.lstrip()[match.end() :]
        if style in ("MicroDVD", "MPL2"):
            start, end = int(match[1]), int(match[2] or -1)
            if style == "MicroDVD" and not cues and end <= 1 and (told_rate := _RATE.fullmatch(text)):
                rate = float(told_rate[1].replace(",", "."))
                continue
            unit = _DECISECOND if style == "MPL2" else 1000 / rate if rate else 1
            start, end = round(start * unit), round(end * unit) if end >= 0 else -1
        else:
            start = milliseconds(match.groups()[:4])
            end = milliseconds(match.groups()[4:]) if len(match.groups()) > 4 else -1
        parts = _TAG.sub("", _CODE.sub("", text)).split("|")
        parts = [part.lstrip().removeprefix("/") for part in parts]  # a slash makes a line italic
        cues.append(Cue(len(cues) + 1, start, end, cleaned(parts), style == "MicroDVD" and not rate))
    return Track(_ended(cues), list(left_out({"line without times": stray})))


def _under_times(lines: Sequence[str], style: str) -> Track:
    """The cues of a file that has times on a line above each, or before its text, without an arrow."""
    cues: list[Cue] = []
    for i, match, below in _matched(lines, _ABOVE[style].fullmatch):
        start = milliseconds(match.groups()[:4])
        end = milliseconds(match.groups()[4:8]) if style == "SBV" else -1
        text = _TAG.sub("", "\n".join([match["text"] or "", *lines[i + 1 : below]])).replace("[br]", "\n")
        cues.append(Cue(len(cues) + 1, start, end, cleaned(text.split("\n"))))
    return Track(_ended(cues))


def _ended(cues: Sequence[Cue]) -> list[Cue]:
    """The cues, those without an end ending where the next one starts."""
    starts = [*(cue.start for cue in cues[1:]), *(cue.start for cue in cues[-1:])]
    return [
        replace(cue, end=max(start, cue.start)) if cue.end < 0 else cue
        for cue, start in zip(cues, starts, strict=True)
    ]
