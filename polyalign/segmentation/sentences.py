"""Text to sentences with exact offsets: rules over a window around each mark, in linear time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from polyalign.bitext import Segment
from polyalign.folding import Folded, readable
from polyalign.segmentation.rules import SentenceRules, sentence_rules

LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_DIRECTION = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
EDGE = "".join(map(chr, (*range(0x21), *range(0x7F, 0xA1), 0x1680, *range(0x2000, 0x200B))))
EDGE += "\u2028\u2029\u202f\u205f\u3000" + _DIRECTION
_CLOSERS = "\"'”’“‘»«›‹)]}」』】》〉）＂＇"
_FULLWIDTH = "。！？｡"
_FULLWIDTH_CLOSERS = "\"'”’»)]}」』】》〉）＂＇"
_MARKS = ".!?…؟۔।॥։።"
# One class of characters at the front lets the engine skip to the next candidate quickly.
_CANDIDATE = re.compile(
    rf"[{LINE_ENDS}{_MARKS}{_FULLWIDTH}\"”“»)]"
    rf"(?:(?<=[{LINE_ENDS}])(?P<line>[{LINE_ENDS}]*)"
    rf"|(?<=[{_MARKS}])(?P<rest>[{_MARKS}{_FULLWIDTH}{re.escape(_CLOSERS)}{_DIRECTION}]*"
    rf"(?:\[\d{{1,3}}\]){{0,3}}(?:[ \xa0\u202f]»(?=\s|\Z))?)(?P<gap>\s*)"
    rf"|(?<=[{_FULLWIDTH}])(?P<wide>[{_MARKS}{_FULLWIDTH}{re.escape(_FULLWIDTH_CLOSERS)}]*)"
    rf"|(?<=\S[\"”“»)])(?P<closer>)(?=\s)|)"
)
_LINE_END = re.compile(f"[{LINE_ENDS}]")
_OPENERS = "\"'“”‘„‚«»‹›「『《〈（([{¿¡-–—―•*·" + _DIRECTION
_CONTINUES = frozenset(",;:،؛、，；：)]}%=+&|")
_CONTINUES_WIDE = _CONTINUES | {"と"}
_OPENING_QUOTES = ('"', "“", "«", "„")
_WINDOW = 48
_WORD = re.compile(r"[^\W\d_][^\s.,;:!?…،؛؟\"'”’»)\]]*")
_TOKEN_BACKWARDS = re.compile(rf"[^\s(\[{{<«“„‘\"'/—–{_DIRECTION}]*")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]\Z")
_ROMAN = re.compile(r"[IVXLC]+\Z")
_ENUMERATOR = re.compile(r"\W*(?:\d{1,3}|[^\W\d_]|[ivx]{1,4}|[IVX]{1,4})\Z")
_AFTER_NUMBER = re.compile(r"\d\s?\Z")
_SHORT = re.compile(r"\b[^\W\d_](?=\w{0,4}\.)")
_QUOTATION = 400
_INTRODUCED = re.compile(r":\s?[\"“«][^\"”»“«\n]{20,}\Z")


def segment(text: str, language: str) -> tuple[Segment, ...]:
    """The sentences of a text, ids from 0; `text[s.start:s.end] == s.text` for each.

    A line end always ends a sentence. What lies between two segments is white space, control
    and direction characters only; no segment consists of those. The rules of a language that
    has no data file are the general ones; a region ("pt-BR") is ignored. The rules see the text as
    `readable` gives it.
    """
    segments: list[Segment] = []
    start = 0
    read = _readable(text, language)
    for cut in (*map(read.origin, _cuts(read.text, sentence_rules(language))), len(text)):
        rest = text[start:cut].lstrip(EDGE)
        if shown := rest.rstrip(EDGE):
            first = cut - len(rest)
            segments.append(Segment(len(segments), first, first + len(shown), shown))
        start = cut
    return tuple(segments)


def _readable(text: str, language: str) -> Folded:
    """The text in ordinary letters, with a capital for what may abbreviate something in a passage of them."""
    spelt = Folded.readable(text, language, capitals=True)
    small = readable(spelt.text, language)
    return replace(spelt, text=_SHORT.sub(lambda match: spelt.text[match.start()], small))


def _cuts(text: str, rules: SentenceRules) -> Iterator[int]:
    """The offsets at which a sentence is over, ascending; the last is the length of the text."""
    line = 0
    for match in _CANDIDATE.finditer(text):
        kind = match.lastgroup
        if kind == "line":
            line = match.end()
            yield line
        elif kind == "wide":
            if text[match.end() : match.end() + 1] not in _CONTINUES_WIDE:
                yield match.end()
        elif kind == "gap":
            gap = match["gap"]
            if gap not in ("", " ") and _LINE_END.search(gap):
                line = match.end()
                yield line
            elif _ends(text, match, line, rules):
                yield match.end()
        elif kind and _closer_ends(text, match.start(), rules):
            yield match.end()
    yield len(text)


def _ends(text: str, match: re.Match[str], line: int, rules: SentenceRules) -> bool:
    """Whether the mark ends a sentence that began at or after `line`."""
    mark, rest, end = text[match.start()], match["rest"], match.end()
    following = text[end : end + _WINDOW]
    if not following:
        return True
    if following[0] in _CONTINUES or not match["gap"]:
        return False
    word = following.lstrip(_OPENERS)
    if _starts_small(word):
        return False
    if mark == "." and not rest:
        return _stop_ends(text, match.start(), word, line, rules)
    if mark in "!?؟" and rest:
        return not _says(word, rules)
    ellipsis = mark == "…" or (mark == "." and rest.startswith("."))
    return not ellipsis or not _caseless(word)


def _closer_ends(text: str, closer: int, rules: SentenceRules) -> bool:
    """Whether a closing quotation mark or bracket with no stop before it ends a sentence.

    It does before a word that starts sentences; a quotation also where the next one opens at
    once, and in a script without case, if it is of some length and a colon introduced it, unless
    "and" goes on.
    """
    following = text[closer + 1 : closer + _WINDOW].lstrip()
    word = _WORD.match(following)
    after_comma = text[closer - 1] in ",،"
    if word and word.group() in rules.starters:
        return not after_comma
    if text[closer] == ")":
        return False
    if following.startswith(_OPENING_QUOTES):
        return not following[1:2].isspace()
    if not _caseless(following) or following.startswith("و"):
        return False
    return bool(_INTRODUCED.search(text, max(0, closer - _QUOTATION), closer))


def _says(following: str, rules: SentenceRules) -> bool:
    """Whether a verb of saying is among the next three words, as in '"Why?" she asked.'"""
    return any(word in rules.saying for word in re.findall(r"\w+", following)[:3])


def _starts_small(word: str) -> bool:
    """A lower-case beginning, other than names such as "iPhone"."""
    return word[:1].islower() and not word[1:2].isupper()


def _caseless(word: str) -> bool:
    """A beginning in a script that has no case, such as Arabic."""
    return unicodedata.category(word[0]) == "Lo" if word else False


def _stop_ends(text: str, stop: int, following: str, line: int, rules: SentenceRules) -> bool:
    """Whether a single full stop at `stop` ends a sentence, given the text that follows it."""
    before = text[max(line, stop - _WINDOW) : stop]
    backwards = _TOKEN_BACKWARDS.match(before[::-1])
    token = backwards.group()[::-1] if backwards else ""
    if stop - line < _WINDOW and _ENUMERATOR.match(before):
        return False
    if _listed(token, rules.numbered) and following[:1].isdigit():
        return False
    if _listed(token, rules.never):
        return len(token) == 1 and _AFTER_NUMBER.search(before[:-1]) is not None
    if not _abbreviates(token, rules):
        return True
    word = _WORD.match(following)
    return word is not None and word.group() in rules.starters


def _listed(token: str, words: frozenset[str]) -> bool:
    return token in words or token.lower() in words


def _abbreviates(token: str, rules: SentenceRules) -> bool:
    """An abbreviation that may end a sentence, an initial, an acronym or an ordinal."""
    if _listed(token, rules.may) or _ACRONYM.match(token):
        return True
    if len(token) == 1 and (token.isupper() or token.islower()):
        return True
    return rules.ordinals and ((token.isdecimal() and len(token) < 3) or bool(_ROMAN.match(token)))
