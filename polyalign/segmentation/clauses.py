"""A sentence to its clauses, for aligners that join neighbours again afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import takewhile

from polyalign.bitext import Segment
from polyalign.segmentation.rules import ClauseRules, clause_rules, folded

# Between two words: a mark or none, closing quotation marks and brackets, and white space, which Chinese
# and Japanese marks and some Arabic ones lack.
_GAP = re.compile(r"(?:(?P<mark>[,;:،؛]|\s[–—])[\"”’»)\]]*|[\"”’»)\]]*)\s+|(?P<bare>[،؛，；：、])[”’」』）]*")
_STRONG = ";؛；:："
_COMMA = re.compile(r"[,،;؛:，；：]")
_ASIDE = re.compile(r'"[^"]*"|“[^“”]*”|«[^«»]*»|\([^()]*\)|\[[^\[\]]*\]')
_WORD = re.compile(r"[^\s.,;:!?،؛\"'“”’«»()]+")
_ONWARD = re.compile(r"\s+(?=\w)")
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_MIN_CHARS, _MIN_WORDS, _MIN_SPACELESS = 28, 3, 8
_MIN_ITEM = 5
_SHORT_ASIDE = 80
_FACT = re.compile(r"\((?=[^()]*\b[12]\d{3}\b)(?=(?:[^\s()]+\s+){2})[^()]{18,80}\)|\((?=(?:[^\s()]+\s+){5})[^()]{28,}\)")
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
    gaps = (gap.end() for gap in _GAP.finditer(shown) if _opens(shown, gap, rules))
    for here in merge(gaps, _named(text, rules), _facts(text)):
        left, right = text[max(last, here - _NEAR) : here], text[here : here + _NEAR]
        if here > last and _long(left) and _long(right):
            yield here
            last = here


def _named(text: str, rules: ClauseRules) -> Iterator[int]:
    """The offsets behind quoted titles, after which the sentence goes on without a mark."""
    for aside in _ASIDE.finditer(text):
        words = text[max(0, aside.start() - _NEAR) : aside.start()].split()
        onward = _ONWARD.match(text, aside.end())
        if onward and words and folded(words[-1]) in rules.titles:
            yield onward.end()


def _facts(text: str) -> Iterator[int]:
    """The offsets before and behind an aside that states a fact: it has a year, or is long."""
    return iter(())


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
    if len(_SPACELESS.findall(text)) >= _MIN_SPACELESS:
        return True
    return len(text) >= _MIN_CHARS and len(text.split()) >= _MIN_WORDS


def _opens(text: str, gap: re.Match[str], rules: ClauseRules) -> bool:
    """Whether a clause begins after the gap."""
    mark = (gap["mark"] or gap["bare"] or "").strip()
    if mark and mark in _STRONG:
        return True
    said = _WORD.findall(text, gap.end(), gap.end() + 60)
    if not said:
        return False
    first = folded(said[0])
    phrases = {first, " ".join(map(folded, said[:2]))}
    if phrases & rules.exceptions:
        return False
    closed = _ends(text, gap.start(), rules.endings, rules)
    if phrases & rules.conjunctions or _ends(text, gap.start(), rules.converbs, rules):
        return True
    if not mark:
        return closed and first in rules.openers
    if closed or mark in rules.commas or phrases & rules.openers or first.endswith(rules.participles):
        return True
    if text.startswith(rules.beginnings, gap.end()) or _reports(said, rules) or _attributes(text, gap, rules):
        return True
    joined = first in rules.joiners or first.startswith(rules.clitics) or _closes(text, gap, rules)
    return joined and not _lists(text, gap)


def _ends(text: str, end: int, endings: tuple[str, ...], rules: ClauseRules) -> bool:
    """Whether a word before the end has one of the endings, and is no exception."""
    if not text.endswith(endings, 0, end):
        return False
    last = _WORD.findall(text, max(0, end - 40), end)[-1]
    return not last[0].isupper() and folded(last) not in rules.exceptions


def _attributes(text: str, gap: re.Match[str], rules: ClauseRules) -> bool:
    """Whether the comma comes after whose words, and that he said them, stand before it."""
    words = _COMMA.split(text[max(0, gap.start() - 120) : gap.start()])[-1].split()
    said = next((k for k, word in enumerate(words) if folded(word) in rules.attributions), 0)
    return any(word.endswith(rules.endings) for word in words[:said])


def _closes(text: str, match: re.Match[str], rules: ClauseRules) -> bool:
    """Whether the comma ends what "which" began after a comma, and the sentence goes on."""
    *before, aside = _COMMA.split(text[max(0, match.start() - _NEAR) : match.start()])
    return bool(before) and folded(aside.split(maxsplit=1)[0] if aside.split() else "") in rules.relatives


def _reports(words: Sequence[str], rules: ClauseRules) -> bool:
    """Whether a name, with its titles, and what it said or did come next: "Foreign Minister Fidan said"."""
    name = list(takewhile(lambda word: word[0].isupper(), words))
    return 0 < len(name) < len(words) and folded(words[len(name)]) in rules.reports


def _lists(text: str, match: re.Match[str]) -> bool:
    """Whether the comma stands in a list: a short item before or after it."""
    before = _COMMA.split(text[max(0, match.start() - 120) : match.start()])[-1]
    after = _COMMA.split(text[match.end() : match.end() + 120], maxsplit=1)[0]
    return min(len(before.split()), len(after.split()) - 1) < _MIN_ITEM
