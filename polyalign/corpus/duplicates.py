"""Near duplicates: copies, cuts and light revisions of one report in one language."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

from polyalign.corpus.neighbours import Progress, silent
from polyalign.folding import searchable
from polyalign.tags import primary

if TYPE_CHECKING:
    from polyalign.corpus.bags import Bag

Band: TypeAlias = tuple[str, int, int]

PLACES = 64  # of a sketch, a digest each: 2 to the power _BITS
ALIKE = 0.4  # the share of shingles from which two documents are one report: one is half of the other
SAME_NUMBERS = 0.5  # of their numbers, likewise: daily reports differ in little else

_BITS = 6
_LENGTH = 3  # words of a shingle
_FEWEST = 4  # digests in common, unless the documents are the same
_CROWD = 100  # documents that share two digests and are no copies of each other: a formula
_TOKEN = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")  # Thai, Japanese, Chinese by letter


def shingles(text: str) -> tuple[int, ...]:
    """What near duplicates share: a sketch of up to PLACES digests, ascending, below 2 to the power 38.

    A digest is the least hash of all runs of three words that fall into one of PLACES places, with
    that place in its last bits (Li, Owen and Zhang, 2012, "One Permutation Hashing"): the share of
    digests that two sketches have in common is about the share of runs that their texts have.
    """
    least: dict[int, int] = {}
    words = _TOKEN.findall(searchable(text))
    for first in range(max(len(words) - _LENGTH + 1, 1 if words else 0)):  # of fewer words, all there are
        hashed = crc32(" ".join(words[first : first + _LENGTH]).encode())
        place = hashed * 0x9E3779B1 >> 26 & (PLACES - 1)
        code = hashed << _BITS | place
        if code < least.get(place, code + 1):
            least[place] = code
    return tuple(sorted(least.values()))


def alike(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of runs of words that two texts have in common, 0 to 1, by their sketches."""
    shared = len(one & other)
    places = len({digest & (PLACES - 1) for digest in one | other})
    if shared < _FEWEST and one != other:
        return 0.0
    return shared / places if places else 0.0


def groups(bag: Bag, *, progress: Progress = silent) -> tuple[tuple[int, ...], ...]:
    """Every document in one group, those of near duplicates together, the first standing for the rest.

    It is the one with most sentences, and all others of its group are near duplicates of it, not only
    of each other. The rest of a group ascends, and so do the groups, by their first. Documents in
    different languages are never duplicates, nor are those that differ in most of their numbers.
    `progress` gets (done, total) documents.
    """
    lengths = bag.starts[1:] - bag.starts[:-1]
    order = sorted(range(len(bag)), key=lambda k: (-int(lengths[k]), bag.keys[k]))
    followers: dict[int, list[int]] = {}
    leaders: defaultdict[Band, list[int]] = defaultdict(list)  # as places in the order
    for rank, number in enumerate(order):
        progress(rank + 1, len(order))
        bands = list(_bands(bag, number))
        met = {place for band in bands if len(leaders[band]) < _CROWD for place in leaders[band]}
        leader = _leader(bag, number, [order[place] for place in sorted(met)])
        if leader is not None:
            followers[leader].append(number)
            continue
        followers[number] = []
        for band in bands:
            leaders[band].append(rank)
    return tuple((leader, *sorted(followers[leader])) for leader in sorted(followers))


def _leader(bag: Bag, number: int, met: Sequence[int]) -> int | None:
    """The document that this one is most alike, if alike enough, of equals the first; None for none."""
    own, scores = bag.numbers[number], dict[int, float]()
    for other in met:
        score, theirs = alike(bag.digests[number], bag.digests[other]), bag.numbers[other]
        if score >= ALIKE and len(own & theirs) >= SAME_NUMBERS * min(len(own), len(theirs)):
            scores[other] = score
    return max(scores, key=scores.__getitem__, default=None)


def _bands(bag: Bag, number: int) -> Iterator[Band]:
    """What two near duplicates have in common at least once: two neighbouring digests, in one language."""
    language = primary(bag.languages[number])
    digests = {digest & (PLACES - 1): digest for digest in bag.digests[number]}
    for place in range(0, PLACES, 2):
        if place in digests or place + 1 in digests:
            yield language, digests.get(place, -1), digests.get(place + 1, -1)
