"""Datelines that open a report: where it was written, when and for whom, then a dash and its first sentence.

VELMORA, March 12 (Northern Wire) - The river broke through ...      أنقرة (الأناضول) - قال الوزير ...
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from polyalign.parts import Segment
from polyalign.segmentation.rules import (
    LINE_END,
    BoilerplateRules,
    boilerplate_rules,
    is_name,
    phrase,
    sentence_rules,
)

_DASH = "[-–—―−‐ـ]"
_OPENING = re.compile(
    r"\W{0,3}(?P<place>[^\W\d_][^\d()\[\]:;!?؟،,–—―\n]{1,40}?)"
    r"(?:(?:[,،]\s?|\s(?=\d))(?P<more>[^()\[\]:;!?؟–—―\n]{2,30}?))?,?"
    r"(?:\s?[–—-]?\s?(?:\((?P<agency>[^()\n]{2,40})\)|/(?P<slashed>[^/\n]{2,30})/))?"
    rf"\.?(?:\s{_DASH}{{1,2}}|\s?[–—―]|(?<=[)/.])\s?{_DASH}{{1,2}})\s+(?=\S)"
)
_ANOTHER_DASH = re.compile(rf"\s{_DASH}\s")
_TOP = 6  # lines in which a report begins
_PLACE_WORDS = 4  # more in capitals are a headline
_LETTERS = 3  # of a place
_BODY_WORDS = 8  # of what a place may open without an agency that is known; fewer are a headline


def cut_datelines(segments: Sequence[Segment], language: str, text: str) -> tuple[Segment, ...]:
    """The segments, those that begin with a dateline cut behind it, numbered anew.

    `text` is the document that the offsets are of. A dateline stands at the beginning of a line. Where no
    known agency signs it, it is the only one of the text, and near the top: lists have such lines, too.
    """
    sizes = _sizes(segments, language, text)
    if not sizes:
        return tuple(segments)
    parts: list[Segment] = []
    for k, s in enumerate(segments):
        size = sizes.get(k, 0)
        if size:
            head = s.text[:size].rstrip()
            parts.append(replace(s, end=s.start + len(head), text=head, boilerplate="dateline"))
        parts.append(replace(s, start=s.start + size, text=s.text[size:]))
    return tuple(replace(part, id=k) for k, part in enumerate(parts))


def _sizes(segments: Sequence[Segment], language: str, text: str) -> dict[int, int]:
    """How many characters of which segments are datelines, by their places."""
    rules, headings = boilerplate_rules(language), sentence_rules(language).headings
    sizes, others, end, line = dict[int, int](), list[tuple[int, int, int]](), 0, 0
    for k, s in enumerate(segments):
        begins, end = not k or LINE_END.search(text, end, s.start), s.end
        if not begins:
            continue
        line += 1
        found = _OPENING.match(s.text)
        if found is None or _is_whole(found, rules) or not _may_open(found, rules, headings):
            continue
        if phrase(_brackets(found)) in rules.agencies:
            sizes[k] = found.end()
        elif _opens(found, rules, headline=line == 1):
            others.append((k, found.end(), line))
    if len(others) == 1 and others[0][2] <= _TOP:
        sizes[others[0][0]] = others[0][1]
    return sizes


def is_parted(line: str) -> bool:
    """Whether a line is a place or a name, a dash, and a name."""
    found = _OPENING.match(line)
    return found is not None and is_name(_rest(found))


def is_dateline(line: str, rules: BoilerplateRules) -> bool:
    """Whether a line is a dateline and nothing else: a place, a dash, and a writer, a desk or a day."""
    found = _OPENING.match(line)
    return found is not None and _is_whole(found, rules)


def _is_whole(found: re.Match[str], rules: BoilerplateRules) -> bool:
    """Whether a name is all that follows, and what stands before it is a place."""
    if not is_name(_rest(found)):
        return False
    brackets = bool(_brackets(found)) and len(found["place"].split()) <= 2
    return brackets or _in_capitals(found["place"]) or phrase(found["place"]) in rules.places


def _may_open(found: re.Match[str], rules: BoilerplateRules, headings: frozenset[str]) -> bool:
    """Whether what it begins with may be a place: no heading, picture, writer or term that is spelt out."""
    words = found["place"].split()
    named = {phrase(word) for word in words} | {phrase(found["place"])}
    if len(words) > _PLACE_WORDS or any(word[0].islower() for word in words) or words[0] in headings:
        return False
    # "NATO (North Atlantic Treaty Organization) - ..."
    initials = "".join(word[0] for word in re.split(r"[\s-]+", _brackets(found).strip()) if word)
    spelt = len(initials) > 1 and initials.casefold() == "".join(words).casefold()
    return not (spelt or named & (rules.captions | rules.pictures | rules.bylines))


def _opens(found: re.Match[str], rules: BoilerplateRules, *, headline: bool) -> bool:
    """Whether it may be one that no known agency signs; in what may be a `headline` some agency has to."""
    place, more, brackets = found["place"].strip(), found["more"] or "", _brackets(found)
    rest = _rest(found)
    if len(rest.split()) < _BODY_WORDS or rest[0].islower() or brackets[:1].islower():
        return False
    if not (any(map(str.isdigit, more)) or is_name(more or place)):  # "MARY, Queen of Scots - ..."
        return False
    if not brackets and (headline or _ANOTHER_DASH.search(rest)):
        return False
    if place.upper() != place.lower():
        return _in_capitals(place)
    named = f" {phrase(brackets)} "
    return phrase(place) in rules.places or any(f" {source} " in named for source in rules.sources)


def _rest(found: re.Match[str]) -> str:
    return found.string[found.end() :]


def _brackets(found: re.Match[str]) -> str:
    """What stands in brackets, or between slashes, where an agency would."""
    return found["agency"] or found["slashed"] or ""


def _in_capitals(place: str) -> bool:
    letters = sum(map(str.isalpha, place))
    return place.isupper() and letters >= _LETTERS and len(place.split()) <= _PLACE_WORDS
