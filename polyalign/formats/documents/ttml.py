"""TTML and DFXP in, the subtitles of broadcasters and streaming services: their paragraphs as cues."""

from __future__ import annotations

import re
from collections.abc import Iterator

from polyalign.formats.documents.cues import Cue, Track, cleaned
from polyalign.formats.markup import Element, local
from polyalign.formats.officexml import get, parsed

_XML = "{http://www.w3.org/XML/1998/namespace}"
_CLOCK = re.compile(r"(\d{1,5}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9})|[:;](\d{1,3})(?:\.\d{1,3})?)?", re.ASCII)
_OFFSET = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|m|s|ms|f|t)", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_ASIDE = ("metadata", "set")
_READING_AIDS = ("text", "textContainer", "delimiter")
_UNITS = {"h": 3_600_000.0, "m": 60_000.0, "s": 1000.0, "ms": 1.0}
_MOST_STYLES = 10  # that one style may refer to, one after the other


def track(data: bytes, *, name: str) -> Track:
    """The paragraphs as cues, in the order of the file; reading aids over Japanese are left out.

    Times count from the start of what the paragraph stands in. Raises UnreadableError, InputError.
    """
    root = parsed(data, name=name)
    reader = _Reader(root)
    held = (found for body in root.iterchildren("{*}body") for found in reader.paragraphs(body, 0.0))
    cues = (reader.cue(paragraph, begin, number) for number, (paragraph, begin) in enumerate(held, 1))
    return Track([cue for cue in cues if cue.lines], language=root.get(f"{_XML}lang") or "")


class _Reader:
    """What the head of a file says: the lengths of its units of time, and its styles."""

    def __init__(self, root: Element) -> None:
        rate = _number(get(root, "frameRate"), 30.0)
        over, _, under = get(root, "frameRateMultiplier").replace(":", " ").partition(" ")
        rate *= _number(over, 1.0) / _number(under, 1.0)
        ticks = _number(get(root, "tickRate"), rate if get(root, "frameRate") else 1.0)
        self._units = _UNITS | {"f": 1000 / rate, "t": 1000 / ticks}
        self._styles = {style.get(f"{_XML}id") or "": style for style in root.iter("{*}style")}

    def paragraphs(self, parent: Element, begin: float) -> Iterator[tuple[Element, float]]:
        """The paragraphs below an element and when what they stand in begins, in milliseconds."""
        begin += self._time(get(parent, "begin")) or 0.0
        for element in parent:
            if local(element) == "p":
                yield element, begin
            elif local(element) == "div":
                yield from self.paragraphs(element, begin)

    def cue(self, paragraph: Element, around: float, number: int) -> Cue:
        """The cue of a paragraph; where only its spans have times it goes from the first to the last."""
        begin, end = self._times(paragraph, around)
        spans = [self._times(span, begin or around) for span in paragraph.iter("{*}span")]
        begins = [b for b, _ in spans if b is not None]
        ends = [e for _, e in spans if e is not None]
        start = begin if begin is not None else min(begins, default=around)
        end = end if end is not None else max(ends, default=start)
        lines = "".join(self._pieces(paragraph)).split("\n")
        return Cue(number, round(start), round(end), cleaned(lines))

    def _times(self, element: Element, around: float) -> tuple[float | None, float | None]:
        begin, end, duration = (self._time(get(element, name)) for name in ("begin", "end", "dur"))
        if end is None and duration is not None:
            end = (begin or 0.0) + duration
        return None if begin is None else around + begin, None if end is None else around + end

    def _time(self, text: str) -> float | None:
        """Milliseconds, None where there is no time."""
        if clock := _CLOCK.fullmatch(text.strip()):
            whole = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
            return whole * 1000 + float(f"0.{clock[4] or 0}") * 1000 + int(clock[5] or 0) * self._units["f"]
        offset = _OFFSET.fullmatch(text.strip())
        return float(offset[1]) * self._units[offset[2]] if offset else None

    def _pieces(self, element: Element) -> Iterator[str]:
        """The text; white space is a space, as it is in HTML."""
        yield re.sub(r"\s+", " ", element.text or "")
        for child in element:
            kind = local(child)
            if kind == "br":
                yield "\n"
            elif kind and kind not in _ASIDE and self._styled(child, "ruby") not in _READING_AIDS:
                yield from self._pieces(child)
            yield re.sub(r"\s+", " ", child.tail or "")

    def _styled(self, element: Element, attribute: str) -> str:
        """An attribute of an element, its own or that of the styles that it refers to."""
        for _ in range(_MOST_STYLES):
            if found := get(element, attribute):
                return found
            named = next((s for s in get(element, "style").split() if s in self._styles), None)
            if named is None:
                return ""
            element = self._styles[named]
        return ""


def _number(text: str, otherwise: float) -> float:
    return (float(text) if _NUMBER.fullmatch(text) else 0.0) or otherwise
