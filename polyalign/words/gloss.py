"""Each word with its likeliest counterpart, for a reader of one language only: a gloss, never a translation.

Inside a bead it is what the word is linked with there; elsewhere, into English, what a small lexicon has for
the word or for what it may be a form of. The lexicons are learned by models/gloss/fit_lexicon.py.
"""

from __future__ import annotations

import lzma
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib import resources
from itertools import chain

from polyalign.bitext import Bitext
from polyalign.parts import Gloss, Segment, Side, WordLink
from polyalign.spelling import is_unspaced, tokens
from polyalign.tags import primary
from polyalign.words.stems import forms, stems

LEXICONS = (("ar", "en"), ("tr", "en"))
LEAST = 0.2  # share of a counterpart from which it is shown
_HUNDRED = 100  # shares are kept in hundredths

Entry = tuple[tuple[str, float], ...]  # words of the other language, and how probable each is


def glossed(bitext: Bitext) -> Bitext:
    """The bitext with a gloss of every segment, made of the links of its beads and of the lexicons."""
    source, target = bitext.source, bitext.target
    links = [link for bead in bitext.beads for link in bead.words]
    turned = [WordLink(link.target, link.source, link.score) for link in links]
    ours, theirs = _counterparts(links, source, target), _counterparts(turned, target, source)
    return replace(
        bitext, source=_side(source, target.language, ours), target=_side(target, source.language, theirs)
    )


def looked_up(text: str, language: str, into: str) -> Iterator[Gloss]:
    """The words of a text that a lexicon knows; none where there is no lexicon for the two languages."""
    table = lexicon(primary(language), primary(into))
    for start, end, word in forms(text, language) if table else ():
        if text[start - 1 : start] in ("'", "’"):
            continue  # an ending of the name before
        known = [table[stem][0] for stem in stems(word, language) if stem in table]
        # a name, which is written with a capital, only where no word will do
        best, share = min(known, key=lambda one: one[0][:1].isupper(), default=("", 0.0))
        if share >= LEAST:
            yield Gloss((start, end), best, share, "lexicon")


@cache
def lexicon(language: str, into: str) -> Mapping[str, Entry]:
    """The lexicon for two plain languages, read once; empty where there is none."""
    if (language, into) not in LEXICONS:
        return {}
    file = resources.files("polyalign.words").joinpath(f"lexicon.{language}-{into}.xz")
    table = {}
    for line in lzma.decompress(file.read_bytes()).decode("utf-8").splitlines():
        own, *others = line.split("\t")
        pairs = (other.rsplit(" ", 1) for other in others)
        table[own] = tuple((word, int(share) / _HUNDRED) for word, share in pairs)
    return table


def _counterparts(links: list[WordLink], side: Side, other: Side) -> dict[tuple[int, int], tuple[str, float]]:
    """What each linked word of a side is linked with, in the order of the other text, and the best score.

    A link to a part of a word counts for the word.
    """
    found: dict[tuple[int, int], list[WordLink]] = {}
    for link in links:
        found.setdefault(_whole(side, link.source), []).append(link)
    texts = {}
    for span, own in found.items():
        places = (_whole(other, link.target) for link in sorted(own, key=lambda link: link.target))
        words = dict.fromkeys(_text_at(other, place) for place in places)
        texts[span] = " ".join(words), max(link.score for link in own)
    return texts


def _whole(side: Side, span: tuple[int, int]) -> tuple[int, int]:
    """The words that a stretch is in, or the stretch as it is in a script without spaces."""
    segment = _segment_at(side, span)
    start, end = span[0] - segment.start, span[1] - segment.start
    if is_unspaced(segment.text[start:end]):
        return span
    words = [(a, b) for a, b in _tokens(segment.text) if max(a, start) < min(b, end)]
    edges = [start, end, *chain.from_iterable(words)]
    return segment.start + min(edges), segment.start + max(edges)


def _text_at(side: Side, span: tuple[int, int]) -> str:
    """What stands there in the text of a side."""
    segment = _segment_at(side, span)
    return segment.text[span[0] - segment.start : span[1] - segment.start]


def _segment_at(side: Side, span: tuple[int, int]) -> Segment:
    return side.segments[bisect_right(side.segments, span[0], key=lambda segment: segment.start) - 1]


_tokens = lru_cache(maxsize=64)(tokens)  # a segment is asked for link by link


def _side(side: Side, into: str, linked: Mapping[tuple[int, int], tuple[str, float]]) -> Side:
    segments = []
    for segment in side.segments:
        found = {
            span: Gloss(span, text, score, "pair")
            for span, (text, score) in linked.items()
            if segment.start <= span[0] < segment.end and any(map(str.isalpha, text))
        }
        taken = [*found]
        for gloss in looked_up(segment.text, side.language, into):
            start, end = (segment.start + place for place in gloss.span)
            if all(end <= first or last <= start for first, last in taken):
                found[start, end] = replace(gloss, span=(start, end))
        segments.append(replace(segment, gloss=tuple(found[span] for span in sorted(found))))
    return replace(side, segments=tuple(segments))
