"""Links between the words of two texts, and how probable each is; the weights are in weights.json.

A first look weighs each link by itself, the next ones in the company of the others (as the iterations of
Liu et al. 2005, "Log-linear models for word alignment", though what is fitted is a logistic regression each
time). A word may have several links, or none.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from polyalign.parts import Difference, Range, WordLink
from polyalign.tags import primary
from polyalign.threads import in_parallel
from polyalign.words.affixes import affixes, parts
from polyalign.words.differences import differences_of, one_sidedness
from polyalign.words.features import Table, WordSimilarities, first_look, next_look
from polyalign.words.tokens import Words, read_words

if TYPE_CHECKING:
    from polyalign.encoders import PieceReader

MOST = 1_500_000  # pairs of words of two texts, about 1,200 words a side: above it the tables grow too large
MOST_CHARACTERS = 20_000  # of a text, so that a word without an end is not read for minutes
MOST_READ = 4_000  # of a text of which only figures are wanted
_LONG = f"more than {MOST_CHARACTERS:,} characters are too many to link: cut the segments"
_AT_ONCE = 4  # batches, as the longest take about 270 MB each
_BATCH, _BATCH_CHARACTERS = 32, 50_000  # pairs of texts that are read together, and where a batch ends before

T = TypeVar("T")

Features = Mapping[str, Table]


@dataclass(frozen=True)
class LinkModel:
    """The weights of the features of the first look and of each next one, by their names, with a "bias".

    Links whose probability is at least `threshold` are given.
    """

    looks: Sequence[Mapping[str, float]]
    threshold: float

    def probabilities(self, look: WordSimilarities) -> Table:
        """How probable the link of each two words is (source words, target words)."""
        first = first_look(look)
        known = probability(first, self.looks[0])
        for weights in self.looks[1:]:
            known = probability({**first, **next_look(known)}, weights)
        return known


def probability(features: Features, weights: Mapping[str, float]) -> Table:
    """That of a logistic regression, for features of one shape."""
    z = sum(weight * features[name] for name, weight in weights.items() if name != "bias")
    return np.asarray(1 / (1 + np.exp(-np.clip(z + weights["bias"], -30, 30))), dtype=np.float32)


@cache
def load_model() -> LinkModel:
    """The weights that come with the package."""
    text = resources.files("polyalign.words").joinpath("weights.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return LinkModel(data["looks"], data["threshold"])


@dataclass(frozen=True, slots=True)
class WordComparison:
    """Two texts, word by word: the links by their place in the source, and what one text says alone.

    `content` is how many words with content both have, and how many of these have a partner. `refused`
    says why they were not compared: more than MOST pairs of words, or one of more than MOST_CHARACTERS.
    """

    links: tuple[WordLink, ...] = ()
    differences: tuple[Difference, ...] = ()
    content: tuple[int, int] = (0, 0)
    refused: str = ""


def compare_many(
    pairs: Iterable[tuple[str, str]], *, languages: tuple[str, str], encoder: PieceReader
) -> Iterator[WordComparison]:
    """Pairs of texts, several of which are read at once, in their order; what is too long is `refused`."""

    def compared(some: Sequence[tuple[str, str]]) -> list[WordComparison]:
        long = [max(map(len, pair)) > MOST_CHARACTERS for pair in some]
        texts = ["" if k else text for pair, k in zip(some, long, strict=True) for text in pair]
        words = read_words(texts, languages * len(some), encoder)
        return [
            WordComparison(refused=_LONG) if k else _compared(source, target, pair, languages)
            for k, pair, source, target in zip(long, some, words, words, strict=True)
        ]

    return _by_batches(compared, pairs)


def one_sided(
    pairs: Iterable[tuple[str, str]], *, languages: tuple[str, str], encoder: PieceReader
) -> Iterator[tuple[float, ...]]:
    """`one_sidedness` of pairs of texts, of MOST_READ characters of each; zeros where one has no words."""

    def compared(some: Sequence[tuple[str, str]]) -> list[tuple[float, ...]]:
        texts = [text[:MOST_READ] for pair in some for text in pair]
        words = read_words(texts, languages * len(some), encoder)
        return [one(source, target) for source, target in zip(words, words, strict=True)]

    def one(source: Words, target: Words) -> tuple[float, ...]:
        if not len(source.spans) or not len(target.spans):
            return (0.0,) * 8
        look = WordSimilarities.of(source, target)
        return one_sidedness(look, load_model().probabilities(look))

    return _by_batches(compared, pairs)


def _by_batches(
    work: Callable[[Sequence[tuple[str, str]]], list[T]], pairs: Iterable[tuple[str, str]]
) -> Iterator[T]:
    """What the work makes of pairs, in their order: a batch on each core, on four at most."""
    left = batches(pairs)
    while some := list(islice(left, _AT_ONCE)):
        yield from chain.from_iterable(in_parallel(work, some))


def batches(pairs: Iterable[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    """Pairs of texts in their order, up to 32 together, fewer of long ones; the same on every machine."""
    batch, characters = list[tuple[str, str]](), 0
    for pair in pairs:
        batch.append(pair)
        characters += sum(map(len, pair))
        if len(batch) == _BATCH or characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _linked_parts(
    text: str, languages: tuple[str, str], words: Words, others: Words, places: Sequence[tuple[int, int]]
) -> list[Range]:
    """For each link (word, other word) what it leads to: the word, or the part that is its other word's."""
    spans: list[Range] = [(start, end) for start, end in words.spans.tolist()]
    if not affixes(*map(primary, languages)):
        return [spans[i] for i, _ in places]
    partners = defaultdict[int, list[int]](list)
    for i, j in places:
        partners[i].append(j)
    own = dict[tuple[int, int], Range]()
    for i, of in partners.items():
        start, end = spans[i]
        found = parts(text[start:end], languages, [others.spellings[j] for j in of])
        own |= {(i, j): (start + a, start + b) for j, (a, b) in zip(of, found, strict=False)}
    return [own.get((i, j), spans[i]) for i, j in places]


def _compared(
    source: Words, target: Words, texts: tuple[str, str], languages: tuple[str, str]
) -> WordComparison:
    size = len(source.spans) * len(target.spans)
    if size > MOST:
        said = f"{len(source.spans):,} and {len(target.spans):,} words are too many to link"
        return WordComparison(refused=f"{said} ({MOST:,} pairs at most): cut the segments")
    if not size:
        return WordComparison()
    model, look = load_model(), WordSimilarities.of(source, target)
    found = model.probabilities(look)
    rows, columns = np.nonzero(found >= model.threshold)
    places = list(zip(rows.tolist(), columns.tolist(), strict=True))
    ours = _linked_parts(texts[0], languages, source, target, places)
    theirs = _linked_parts(texts[1], languages[::-1], target, source, [(j, i) for i, j in places])
    scores = (round(score, 4) for score in found[rows, columns].tolist())
    links = tuple(map(WordLink, ours, theirs, scores))
    content, partner = 0, 0
    for words, linked in ((source, rows), (target, columns)):
        content += int(words.content.sum())
        partner += int(words.content[np.unique(linked)].sum())
    return WordComparison(links, differences_of(look, found), (content, partner))
