"""A sentence to its clauses, for aligners that join neighbours again afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import takewhile

from polyalign.bitext import Segment
from polyalign.folding import searchable
from polyalign.segmentation.rules import ClauseRules, clause_rules

_CUT = re.compile(r"(?P<mark>[,;:،؛])[\"”’»)]?\s+|(?P<bare>[،؛；：])")
_STRONG = ";؛:；："
_COMMA = re.compile(r"[,،;؛:]")
_ASIDE = re.compile(r'"[^"]*"|“[^“”]*”|«[^«»]*»|\([^()]*\)|\[[^\[\]]*\]')
_ONWARD = re.compile(r"\s+(?=\w)")
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_MIN_CHARS, _MIN_WORDS, _MIN_IDEOGRAPHS = 28, 3, 8
_MIN_ITEM = 5
_SHORT_ASIDE = 80
_NEAR = 200


def cut_clauses(segment: Segment, language: str) -> tuple[Segment, ...]:
    """The clauses of a sentence, in order; the sentence itself where it has only one.

    Each keeps the id of its sentence, so that clauses go back to sentences by id, and has the
    exact offsets of the document. Between two clauses there is white space only. Both sides of
    a cut have three words and 28 characters or more; a short quotation or aside is never cut.
    """
    text = segment.text
    starts = [0, *_starts(text, clause_rules(language))]
    clauses = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        clause = text[start:end].rstrip()
        first = segment.start + start
        clauses.append(replace(segment, start=first, end=first + len(clause), text=clause))
    return tuple(clauses)


def _starts(text: str, rules: ClauseRules) -> Iterator[int]:
    """The offsets at which the second and every later clause starts."""
    last = 0
    marks = _CUT.finditer(_ASIDE.sub(_hidden, text))
    for here in merge((mark.end() for mark in marks if _opens(text, mark, rules)), _named(text, rules)):
        left, right = text[max(last, here - _NEAR) : here], text[here : here + _NEAR]
        if _long(left) and _long(right):
            yield here
            last = here


def _named(text: str, rules: ClauseRules) -> Iterator[int]:
    """The offsets behind quoted titles, after which the sentence goes on without a mark."""
    for aside in _ASIDE.finditer(text):
        words = text[max(0, aside.start() - _NEAR) : aside.start()].split()
        onward = _ONWARD.match(text, aside.end())
        if onward and words and searchable(words[-1]) in rules.titles:
            yield onward.end()


def _hidden(aside: re.Match[str]) -> str:
    """A short quotation or aside as a stretch of the same length, with no mark but a comma at its end."""
    text = aside.group()
    if len(text) > _SHORT_ASIDE:
        return text
    kept = 2 if text[-2] in ",،" else 0
    return "_" * (len(text) - kept) + text[len(text) - kept :]


def _long(text: str) -> bool:
    """Whether a stretch is long enough to stand alone."""
    text = text.strip()
    if len(_IDEOGRAPHS.findall(text)) >= _MIN_IDEOGRAPHS:
        return True
    return len(text) >= _MIN_CHARS and len(text.split()) >= _MIN_WORDS


def _opens(text: str, match: re.Match[str], rules: ClauseRules) -> bool:
    """Whether a clause begins after the mark."""
    if match.group()[0] in _STRONG:
        return True
    following = text[match.end() : match.end() + 60]
    said = re.findall(r"[^\s.,;:!?،؛\"'”’»()]+", following)
    words = [searchable(word) for word in said[:2]]
    if not words or " ".join(words) in rules.exceptions:
        return False
    if words[0] in rules.openers or " ".join(words) in rules.openers:
        return True
    if _reports(said, rules):
        return True
    if rules.endings and text.endswith(rules.endings, 0, match.start()):
        return True
    return (words[0] in rules.joiners or _closes(text, match, rules)) and not _lists(text, match)


def _closes(text: str, match: re.Match[str], rules: ClauseRules) -> bool:
    """Whether the comma ends what "which" began after a comma, and the sentence goes on."""
    *before, aside = _COMMA.split(text[max(0, match.start() - _NEAR) : match.start()])
    return bool(before) and searchable(aside.split(maxsplit=1)[0] if aside.split() else "") in rules.relatives


def _reports(words: Sequence[str], rules: ClauseRules) -> bool:
    """Whether a name, with its titles, and what it said or did come next: "Foreign Minister Fidan said"."""
    name = list(takewhile(lambda word: word[0].isupper(), words))
    return 0 < len(name) < len(words) and searchable(words[len(name)]) in rules.reports


def _lists(text: str, match: re.Match[str]) -> bool:
    """Whether the comma stands in a list: a short item before or after it."""
    before = _COMMA.split(text[max(0, match.start() - 120) : match.start()])[-1]
    after = _COMMA.split(text[match.end() : match.end() + 120], maxsplit=1)[0]
    return min(len(before.split()), len(after.split()) - 1) < _MIN_ITEM
