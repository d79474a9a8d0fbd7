"""Datelines that open a report: where it was written, when and for whom, then a dash and its first sentence.

VELMORA, March 12 (Northern Wire) - The river broke through ...      أنقرة (الأناضول) - قال الوزير ...
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from polyalign.parts import Segment
from polyalign.segmentation.rules import LINE_END, BoilerplateRules, boilerplate_rules, is_name, phrase

_OPENING = re.compile(
    r"\W{0,3}(?P<place>[^\W\d_][^\d()\[\]:;!?؟،,–—\n]{1,40}?)"
    r"(?:[,،]\s?(?P<more>[^()\[\]:;!?؟–—\n]{2,30}?))?,?"
    r"(?:\s?[–—-]?\s?(?:\((?P<agency>[^()\n]{2,40})\)|/(?P<slashed>[^/\n]{2,30})/))?"
    r"(?:\s[-–—]{1,2}|\s?[–—]|(?<=[)/])\s?[-–—:])\s+(?=\S)"
)
_TOP = 6  # lines in which a report begins
_PLACE_WORDS = 4  # more in capitals are a headline
_LETTERS = 3  # of a place
_BODY_WORDS = 8  # of what a place and a dash may open; fewer are a headline: "IRAQ - Talks go on"


def cut_datelines(segments: Sequence[Segment], language: str, text: str) -> tuple[Segment, ...]:
    """The segments, those that begin with a dateline cut behind it, numbered anew.

    `text` is the document that the offsets are of. A dateline stands at the beginning of a line. Where no
    known agency signs it, it is the only one of the text, and near the top: lists have such lines, too.
    """
    sizes = _sizes(segments, boilerplate_rules(language), text)
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


def _sizes(segments: Sequence[Segment], rules: BoilerplateRules, text: str) -> dict[int, int]:
    """How many characters of which segments are datelines, by their places."""
    sizes, unsigned, end, line = dict[int, int](), list[tuple[int, int, int]](), 0, 0
    for k, s in enumerate(segments):
        begins, end = not k or LINE_END.search(text, end, s.start), s.end
        if not begins:
            continue
        line += 1
        size, known = dateline_of(s.text, rules, headline=line == 1)
        if known:
            sizes[k] = size
        elif size:
            unsigned.append((k, size, line))
    if len(unsigned) == 1 and unsigned[0][2] <= _TOP:
        sizes[unsigned[0][0]] = unsigned[0][1]
    return sizes


def dateline_of(line: str, rules: BoilerplateRules, *, headline: bool = False) -> tuple[int, bool]:
    """How many characters of a line its dateline is, and whether an agency signs it that the rules know.

    0 where the line begins with none, or is nothing else. In what may be a `headline` an agency has to be.
    """
    found = _OPENING.match(line)
    if found is None or not _names_place(found, rules, 1) or is_dateline(line, rules):
        return 0, False
    rest, agency = line[found.end() :], found["agency"] or found["slashed"]
    if rest[0].islower() or any(word[0].islower() for word in (found["more"] or "").split()):
        return 0, False
    opens = agency or (not headline and len(rest.split()) >= _BODY_WORDS)
    return (found.end(), _is_known(found, rules)) if opens else (0, False)


def is_dateline(line: str, rules: BoilerplateRules) -> bool:
    """Whether a line is a dateline and nothing else: a place, a dash, and a writer, a desk or a day."""
    found = _OPENING.match(line)
    return found is not None and _names_place(found, rules, 2) and is_name(line[found.end() :])


def _names_place(found: re.Match[str], rules: BoilerplateRules, longest: int) -> bool:
    """Whether it is in capitals where there is case; else known, or of so few words and before brackets."""
    place = found["place"].strip()
    named = phrase(place)
    words = named.split()
    if place.upper() != place.lower():
        letters = sum(map(str.isalpha, place))
        return place.isupper() and len(words) <= _PLACE_WORDS and letters >= _LETTERS
    short = bool(found["agency"] or found["slashed"]) and len(words) <= longest
    return named in rules.places or _is_known(found, rules) or short


def _is_known(found: re.Match[str], rules: BoilerplateRules) -> bool:
    return phrase(found["agency"] or found["slashed"] or "") in rules.agencies
