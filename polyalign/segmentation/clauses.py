"""A sentence to its clauses, for aligners that join neighbours again afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from heapq import merge
from itertools import takewhile

from polyalign.folding import searchable
from polyalign.parts import Segment
from polyalign.segmentation.rules import ClauseRules, clause_rules

# Between two words: a mark or none, closing quotation marks and brackets, and white space, which Chinese
# and Japanese marks and some Arabic ones lack.
# A run of closing ones is read from its first only: from each of them it would take quadratic time.
_CLOSING = r"[\"”’»)\]]"
_GAP = re.compile(
    rf"(?:(?P<mark>[,;:،؛]|\s[–—])|(?<!{_CLOSING})){_CLOSING}*\s+|(?P<bare>[،؛，；：、])[”’」』）]*"
)
_STRONG = ";؛；:："
_COMMA = re.compile(r"[,،;؛:，；：]")
_ASIDE = re.compile(r'"[^"]*"|“[^“”]*”|«[^«»]*»|\([^()]*\)|\[[^\[\]]*\]')
_WORD = re.compile(r"[^\s.,;:!?،؛\"'“”’«»()]+")
_ONWARD = re.compile(r"\s+(?=\w)")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_MIN_CHARS, _MIN_WORDS, _MIN_IDEOGRAPHS, _MIN_ASIDE = 28, 3, 8, 18
_MORE_CHARS, _MORE_WORDS = 8, 1  # where no mark parts two clauses
_MIN_ITEM = 5
_SHORT_ASIDE = 80
# What an aside that ends a clause says where it has a year or is long: "(born 1923 in Izmir)."
_FACT = re.compile(
    r"(?<=\s)\((?=[^()]*\b\d{3,4}\b|[^():]{60})(?:[^\s()]+\s+){2,}[^\s()]+\)(?:[.…!?]*$|[,;:،؛]\s+)"
)
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
    shown = _ASIDE.sub(_hidden, text)
    gaps = ((gap.end(), bool(_mark(gap))) for gap in _GAP.finditer(shown) if _opens(shown, gap, rules))
    for here, marked in merge(gaps, _named(text, rules), _facts(text)):
        left, right = text[max(last, here - _NEAR) : here], text[here : here + _NEAR]
        if here > last and _long(left, marked) and _long(right, marked):
            yield here
            last = here


def _mark(gap: re.Match[str]) -> str:
    """The mark in a gap, "" where there is none."""
    return (gap["mark"] or gap["bare"] or "").strip()


def _named(text: str, rules: ClauseRules) -> Iterator[tuple[int, bool]]:
    """The offsets behind quoted titles, after which the sentence goes on without a mark."""
    for aside in _ASIDE.finditer(text):
        words = text[max(0, aside.start() - _NEAR) : aside.start()].split()
        onward = _ONWARD.match(text, aside.end())
        if onward and words and searchable(words[-1]) in rules.titles:
            yield onward.end(), True


def _facts(text: str) -> Iterator[tuple[int, bool]]:
    """The offsets before and behind asides that state a fact."""
    for fact in _FACT.finditer(text):
        if _long(text[max(0, fact.start() - _NEAR) : fact.start()], marked=True):
            yield fact.start(), True
            yield fact.end(), True


def _hidden(aside: re.Match[str]) -> str:
    """A short quotation or any aside as a stretch of the same length, with no mark but a comma at its end."""
    text = aside.group()
    if len(text) > _SHORT_ASIDE and text[0] not in "([":
        return text
    kept = 2 if text[-2] in ",،" else 0
    return "_" * (len(text) - kept) + text[len(text) - kept :]


def _long(text: str, marked: bool) -> bool:
    """Whether a stretch can stand alone; less is asked of an aside, more where no mark parts it."""
    text = text.strip()
    if len(_IDEOGRAPH.findall(text)) >= _MIN_IDEOGRAPHS:
        return True
    chars = (_MIN_ASIDE if text.startswith("(") else _MIN_CHARS) + (not marked) * _MORE_CHARS
    words = _MIN_WORDS + (not marked) * _MORE_WORDS
    return len(text) >= chars and (len(text.split()) >= words or bool(_SPACELESS.search(text)))


def _opens(text: str, gap: re.Match[str], rules: ClauseRules) -> bool:
    """Whether a clause begins after the gap."""
    mark, here = _mark(gap), gap.end()
    if mark and mark in _STRONG:
        return True
    said = _WORD.findall(text, here, here + 60)
    if not said or text.endswith(rules.introductions, 0, gap.start()):
        return False
    first, both = searchable(said[0]), " ".join(map(searchable, said[:2]))
    if both in rules.exceptions:
        return False
    if {first, both} & rules.conjunctions or _ends(text, gap.start(), rules.converbs, rules):
        return True
    if text.startswith(rules.beginnings, here) and (mark or _SPACELESS.match(text, here)):
        return True
    closed = _ends(text, gap.start(), rules.endings, rules)
    opened = not rules.openers.isdisjoint((first, both))
    if not mark:
        return closed and opened
    if closed or opened or mark in rules.commas:
        return True
    if _reports(text, here, rules) or _attributes(text, gap, rules):
        return True
    if said[0][0].isupper() or first in rules.exceptions:
        return False
    joins = first in rules.joiners or first.startswith(rules.clitics)
    return first.endswith(rules.participles) or (joins and not _lists(text, gap))


def _ends(text: str, end: int, endings: tuple[str, ...], rules: ClauseRules) -> bool:
    """Whether a word before the end has one of the endings, and is no name and no exception."""
    if not text.endswith(endings, 0, end):
        return False
    last = _WORD.findall(text, max(0, end - 40), end)[-1]
    return not last[0].isupper() and searchable(last) not in rules.exceptions


def _attributes(text: str, gap: re.Match[str], rules: ClauseRules) -> bool:
    """Whether what someone said, that he did, and his name stand before the comma, as in Turkish."""
    words = _COMMA.split(text[max(0, gap.start() - 120) : gap.start()])[-1].split()
    said = next((k for k, word in enumerate(words) if searchable(word) in rules.attributions), 0)
    return any(word.endswith(rules.endings) for word in words[:said])


def _reports(text: str, here: int, rules: ClauseRules) -> bool:
    """Whether a name, with its titles, and what it said or did come next: "Foreign Minister Fidan said"."""
    words = text[here : here + 60].split()
    name = list(takewhile(lambda word: word[0].isupper() and word[-1].isalpha(), words))
    return 0 < len(name) < len(words) and searchable(words[len(name)]) in rules.reports


def _lists(text: str, gap: re.Match[str]) -> bool:
    """Whether the comma stands in a list: a short item before or after it."""
    before = _COMMA.split(text[max(0, gap.start() - 120) : gap.start()])[-1]
    after = _COMMA.split(text[gap.end() : gap.end() + 120], maxsplit=1)[0]
    return min(len(before.split()), len(after.split()) - 1) < _MIN_ITEM
