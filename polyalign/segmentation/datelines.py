"""Datelines that open a report: where it was written, when and for whom, then a dash and its first sentence.

VELMORA, March 12 (Northern Wire) - The river broke through ...      أنقرة (الأناضول) - قال الوزير ...
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from polyalign.parts import Segment
from polyalign.segmentation.rules import BoilerplateRules, boilerplate_rules, phrase

LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
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
_NAME_WORDS = 4


def cut_datelines(segments: Sequence[Segment], language: str, text: str) -> tuple[Segment, ...]:
    """The segments, those that begin with a dateline cut behind it, numbered anew.

    `text` is the document that the offsets are of. A dateline stands at the beginning of a line. Where no
    known agency signs it, it is the only one of the text, and near the top: lists have such lines, too.
    """
    rules, end, line = boilerplate_rules(language), 0, 0
    known, others = dict[int, int](), dict[int, int]()
    top = 0
    for k, s in enumerate(segments):
        if k and not LINE_END.search(text, end, s.start):
            end = s.end
            continue
        end, line = s.end, line + 1
        size, is_known = dateline_of(s.text, rules, headline=line == 1)
        if size:
            (known if is_known else others)[k] = size
            top += not is_known and line <= _TOP
    sizes = known | (others if len(others) == top == 1 else {})
    parts: list[Segment] = []
    for k, s in enumerate(segments):
        size = sizes.get(k, 0)
        head = s.text[:size].rstrip()
        parts += [replace(s, end=s.start + len(head), text=head, boilerplate="dateline")] if size else []
        parts.append(replace(s, start=s.start + size, text=s.text[size:]))
    return tuple(replace(part, id=k) for k, part in enumerate(parts)) if sizes else tuple(segments)


def dateline_of(line: str, rules: BoilerplateRules, *, headline: bool = False) -> tuple[int, bool]:
    """How many characters of a line its dateline is, 0 for none or nothing else; whether we know the agency.

    In what may be a `headline` there has to be an agency.
    """
    found = _OPENING.match(line)
    if found is None or not _names_place(found, rules, 1) or is_dateline(line, rules):
        return 0, False
    rest, agency = line[found.end() :], found["agency"] or found["slashed"]
    if rest[0].islower() or (found["more"] or "")[:1].islower():
        return 0, False
    opens = agency or (not headline and len(rest.split()) >= _BODY_WORDS)
    return (found.end(), _is_known(found, rules)) if opens else (0, False)


def is_dateline(line: str, rules: BoilerplateRules) -> bool:
    """Whether a line is a dateline and nothing else: a place, a dash, and a writer, a desk or a day."""
    found = _OPENING.match(line)
    if found is None or not _names_place(found, rules, 2) or line[-1] in ".!?؟:":
        return False
    words = line[found.end() :].split()
    return len(words) <= _NAME_WORDS and not any(word[0].islower() for word in words)


def _names_place(found: re.Match[str], rules: BoilerplateRules, longest: int) -> bool:
    """In capitals where there is case; elsewhere known, or of `longest` words and with brackets behind."""
    place = found["place"].strip()
    words = phrase(place).split()
    if place.upper() != place.lower():
        letters = sum(map(str.isalpha, place))
        return place.isupper() and len(words) <= _PLACE_WORDS and letters >= _LETTERS
    short = bool(found["agency"] or found["slashed"]) and len(words) <= longest
    return phrase(place) in rules.places or _is_known(found, rules) or short


def _is_known(found: re.Match[str], rules: BoilerplateRules) -> bool:
    return phrase(found["agency"] or found["slashed"] or "") in rules.agencies
