"""Marks what is no content: datelines, bylines, credits, captions, agency lines, repeats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from polyalign.parts import Segment
from polyalign.segmentation.datelines import is_dateline, is_parted
from polyalign.segmentation.rules import (
    LINE_END,
    NAME_WORDS,
    BoilerplateRules,
    boilerplate_rules,
    is_name,
    phrase,
)

_IN_BRACKETS = re.compile(r"[\s/|–—-]*[(\[](?P<inside>[^()\[\]]{1,50})[)\]][\s.]*")
_LAST_BRACKETS = re.compile(r"[(\[][^()\[\]]{1,50}[)\]][\s.]*\Z")
_LABEL = re.compile(r"[\s/|(\[–—-]*(?P<label>[^:：/|()\[\]]{2,30}?)\s?[:：/|]\s?(?P<rest>.{1,60})", re.S)
_BEFORE_LABEL = re.compile(r"[/|(.–—]\s?")
_DATE = re.compile(
    r"\b(?:\d{4}([./-])\d{1,2}\1\d{1,2}|\d{1,2}([./-])\d{1,2}\2\d{4}|\d{2}([./-])\d{2}\3\d{2}"
    r"|(?:[01]?\d|2[0-4]):\d{2}(?::\d{2})?)\b"
)
_AMOUNT = re.compile(r"\d[.,٫٬]\d{3}(?!\d)")
_TOP, _BOTTOM = 6, 2
_SHORT_LINE = 60
_BODY_WORDS = 8
_CAPTION_WORDS, _CAPTION_SEGMENTS = 60, 3
_REPEAT_CHARS, _REPEAT_WORDS = 40, 6


@dataclass(frozen=True, slots=True)
class _Line:
    """The segments between two line ends; `top` and `bottom` say whether the line is near one.

    `capitals` says how many lines but the first are in capitals, and `parted` how many are two names with
    a dash between them: a dateline is the only one.
    """

    segments: tuple[Segment, ...]
    number: int
    count: int
    capitals: int
    parted: int

    @property
    def text(self) -> str:
        return " ".join(s.text for s in self.segments)

    @property
    def top(self) -> bool:
        return self.number < _TOP

    @property
    def bottom(self) -> bool:
        return self.number >= self.count - _BOTTOM


def mark_boilerplate(segments: Sequence[Segment], language: str, text: str) -> tuple[Segment, ...]:
    """The same segments, with `boilerplate` set on what is no content.

    `text` is the document that the offsets are of; its line ends tell what stands on a line of
    its own. The marks are conservative: a dateline, byline or agency line is short, alone on
    its line and near the top or the end; a caption has a credit at its end or an unmistakable
    opening; a repeat is long. A mark that is set already stays.
    """
    rules = boilerplate_rules(language)
    kinds: dict[int, str] = {}
    lines = _lines(segments, text)
    for line in lines:
        if len(line.text) <= _SHORT_LINE and (kind := _short_line(line.text, line, rules)):
            kinds |= {s.id: kind for s in line.segments}
        elif len(line.segments) > 1:
            kinds |= {s.id: "credit" for s in line.segments if _is_credit(s.text, rules)}
    others = [line for line in lines if line.segments[0].id not in kinds]
    signed = _signed(others, rules)
    for line in others:
        small = len(line.segments) <= _CAPTION_SEGMENTS and len(line.text.split()) <= _CAPTION_WORDS
        if small and (line.number in signed or _is_caption(line.text, rules)):
            kinds |= {s.id: "credit" if _is_credit(s.text, rules) else "caption" for s in line.segments}
    kinds |= _repeats(segments, kinds)
    return tuple(s if s.boilerplate else replace(s, boilerplate=kinds.get(s.id, "")) for s in segments)


def _lines(segments: Sequence[Segment], text: str) -> list[_Line]:
    """The segments grouped by line, empty segments left out."""
    groups: list[list[Segment]] = []
    end = 0
    for s in segments:
        if not s.text.strip():
            continue
        if not groups or LINE_END.search(text, end, s.start):
            groups.append([])
        groups[-1].append(s)
        end = s.end
    capitals = sum(all(s.text.isupper() for s in group) for group in groups[1:])
    whole = (" ".join(s.text for s in group) for group in groups)
    parted = sum(len(line) <= _SHORT_LINE and is_parted(line) for line in whole)
    counts = len(groups), capitals, parted
    return [_Line(tuple(group), number, *counts) for number, group in enumerate(groups)]


def _short_line(text: str, line: _Line, rules: BoilerplateRules) -> str:
    """The kind of a line that holds nothing else; empty for content."""
    if _is_credit(text, rules):
        return "credit"
    if not (line.top or line.bottom):
        return ""
    if _is_agency(text, rules):
        return "agency"
    if _is_dateline(text, line, rules) or _is_date(text, rules):
        return "dateline"
    return "byline" if line.number and _is_byline(text, rules) else ""


def _is_credit(text: str, rules: BoilerplateRules) -> bool:
    return _is_signature(text, rules) or _is_labelled_credit(text, rules)


def _is_signature(text: str, rules: BoilerplateRules) -> bool:
    """An agency in brackets."""
    brackets = _IN_BRACKETS.fullmatch(text)
    others = rules.sources | rules.pictures
    return brackets is not None and _has(phrase(brackets["inside"]), rules.agencies, others)


def _is_labelled_credit(text: str, rules: BoilerplateRules) -> bool:
    """A picture word, a colon or slash, and an agency or a name."""
    label = _LABEL.fullmatch(text)
    if label is None or phrase(label["label"]) not in rules.pictures:
        return False
    rest = label["rest"]
    return _has(phrase(rest), rules.agencies, rules.sources | rules.pictures) or is_name(rest)


def _is_agency(text: str, rules: BoilerplateRules) -> bool:
    """Agencies and nothing else, or a source word, a colon and a name."""
    if _has(phrase(text), rules.agencies, rules.sources):
        return True
    label, words = _LABEL.fullmatch(text), rules.sources - rules.bylines
    return label is not None and phrase(label["label"]) in words and is_name(label["rest"])


def _is_dateline(text: str, line: _Line, rules: BoilerplateRules) -> bool:
    """A place alone, with an agency or somebody's name; in a script with case, in capitals."""
    if line.parted > 1 and is_parted(text):
        return False
    if 1 <= line.number <= 3 < line.count and is_dateline(text, rules):
        return True
    if text != text.upper():
        return False
    words = phrase(text)
    if _has(words, rules.places, rules.agencies):
        return True
    alone = 1 <= line.number <= 3 < line.count and line.capitals == 1 and len(text) >= 4
    return alone and text.isupper() and len(words.split()) <= 2 and text.replace(" ", "").isalpha()


def _is_date(text: str, rules: BoilerplateRules) -> bool:
    """A date or time and nothing else; a score or an amount is none."""
    rest, dates = _DATE.subn(" ", text)
    words = phrase(rest).split()
    if not words:
        return dates > 0
    if not dates and (_AMOUNT.search(text) or len(words) == 1 or all(map(str.isdecimal, words))):
        return False
    numbers = [word for word in words if word.isdecimal()]
    return bool(dates or numbers) and _made_of([w for w in words if not w.isdecimal()], rules.dates)


def _is_byline(text: str, rules: BoilerplateRules) -> bool:
    """A byline word and a name; in a script without case, with a colon between them."""
    label = _LABEL.fullmatch(text)
    if label and phrase(label["label"]) in rules.bylines:
        return is_name(label["rest"])
    words = text.split()
    first = next((n for n in (2, 1) if phrase(" ".join(words[:n])) in rules.bylines), 0)
    rest = words[first:]
    return bool(first) and 2 <= len(rest) <= NAME_WORDS and all(word[0].isupper() for word in rest)


def _has(words: str, wanted: Set[str], others: Set[str]) -> bool:
    """Whether the words are phrases of both sets and nothing else, at least one of them wanted."""
    padded = f" {words} "
    return _made_of(words.split(), wanted | others) and any(f" {one} " in padded for one in wanted)


def _made_of(words: Sequence[str], phrases: Set[str]) -> bool:
    """Whether the words are a row of the phrases (four words at most) and nothing else."""
    at = 0
    while at < len(words):
        size = next((n for n in (4, 3, 2, 1) if " ".join(words[at : at + n]) in phrases), 0)
        if not size:
            return False
        at += size
    return True


def _signed(lines: Sequence[_Line], rules: BoilerplateRules) -> set[int]:
    """The lines that an agency in brackets ends, which as a rule are captions.

    Not so the last paragraph of the text, which agencies sign, nor any where most lines end so.
    """
    body = [line.number for line in lines if len(line.text.split()) >= _BODY_WORDS]
    signed = set()
    for line in lines:
        brackets = _LAST_BRACKETS.search(line.text, max(0, len(line.text) - _SHORT_LINE))
        if brackets and _is_signature(brackets.group(), rules):
            signed.add(line.number)
    if not body or 2 * len(signed) > len(body):
        return set()
    return {number for number in signed if number < body[-1]}


def _is_caption(text: str, rules: BoilerplateRules) -> bool:
    """A photo credit with its label at the end, or an opening that only captions have."""
    words = phrase(text[:_SHORT_LINE]).split()
    if any(" ".join(words[:n]) in rules.captions for n in (1, 2, 3, 4) if n < len(words)):
        return True
    label = _LABEL.match(text)
    if label and text[label.end("label") :].lstrip()[0] in ":：" and phrase(label["label"]) in rules.pictures:
        return True
    tail = text[-_SHORT_LINE:]
    return any(_is_labelled_credit(tail[mark.end() :], rules) for mark in _BEFORE_LABEL.finditer(tail))


def _repeats(segments: Sequence[Segment], kinds: Mapping[int, str]) -> Mapping[int, str]:
    """The long segments whose words stood in an earlier one that is content."""
    seen: set[str] = set()
    repeats: dict[int, str] = {}
    for s in segments:
        if s.id in kinds or len(s.text) < _REPEAT_CHARS:
            continue
        words = phrase(s.text)
        if words in seen and words.count(" ") >= _REPEAT_WORDS - 1:
            repeats[s.id] = "repeat"
        seen.add(words)
    return repeats
