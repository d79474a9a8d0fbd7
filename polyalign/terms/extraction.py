"""Candidates for a glossary: phrases of up to three words that are said alike again and again.

A phrase and what it is linked with are one pair if no content word of either is linked with one outside of
the other (as the phrase pairs of Och and Ney 2004). Pairs are counted over beads; how far they belong
together is the log-likelihood ratio of Dunning (1993). A phrase that stands only inside a longer one is left
out, as by the C-value of Frantzi and Ananiadou (1996).
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import pairwise, product
from math import log

from polyalign.bitext import Bitext
from polyalign.folding import comparable, searchable
from polyalign.parts import Bead, Segment
from polyalign.spelling import tokens
from polyalign.tags import primary

LEAST = 2  # beads in which a pair is said
LIKELIHOOD = 10.83  # chi-squared with one degree of freedom, p < .001
DICE = 0.2
MOST = 500  # candidates
EXAMPLES = 3

_WORDS = (3, 4)  # of a phrase of the source and of the target
_STEM = 4  # letters of the least word that others may be forms of
_VARIANT = 0.2  # of the pairs of a source, from which on another target is one of its names

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TermCandidate:
    """A phrase and its names in the other language, the commonest first.

    `count` is in how many beads they correspond, `counts` in how many each side has its phrase,
    `likelihood` and `dice` are of the first name. `examples` are numbers of beads.
    """

    source: str
    targets: tuple[str, ...]
    count: int
    counts: tuple[int, int]
    likelihood: float
    dice: float
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word where it stands in its document, its number among the tokens, and the key of its forms."""

    start: int
    end: int
    place: int
    text: str
    key: str
    little: bool


@dataclass
class _Pair:
    beads: list[int] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)
    targets: Counter[str] = field(default_factory=Counter)


def candidates(bitext: Bitext, *, least: int = LEAST) -> tuple[TermCandidate, ...]:
    """The candidates of a bitext whose beads have their word links, the surest first; at most MOST."""
    sides = [_Reader(side.language, side.segments) for side in (bitext.source, bitext.target)]
    pairs: dict[tuple[Key, Key], _Pair] = defaultdict(_Pair)
    seen: tuple[Counter[Key], Counter[Key]] = (Counter(), Counter())
    for number, bead in enumerate(bitext.beads):
        ours, theirs = sides[0].words(bead.source), sides[1].words(bead.target)
        for words, counter, longest in zip((ours, theirs), seen, _WORDS, strict=True):
            counter.update({_key(phrase) for phrase in _phrases(words, longest)})
        for source, target in _corresponding(ours, theirs, bead):
            found = pairs[_key(source), _key(target)]
            if not found.beads or found.beads[-1] != number:
                found.beads.append(number)
            found.sources[_text(source)] += 1
            found.targets[_text(target)] += 1
    return _ranked(pairs, seen, len(bitext.beads), least)


class _Reader:
    """Reads the segments of a side in words."""

    def __init__(self, language: str, segments: Sequence[Segment]) -> None:
        self._language, self._segments = primary(language), segments
        self._little = _little().get(self._language, frozenset())
        self._known = Counter(
            _spelt(segment.text[start:end], self._language)
            for segment in segments
            for start, end in tokens(segment.text)
        )
        self._keys: dict[str, str] = {}

    def words(self, ids: Iterable[int]) -> list[_Word]:
        """The words of these segments; marks count as places between them, so do ends of segments."""
        found, place = list[_Word](), 0
        for segment in (self._segments[i] for i in ids):
            place += 1
            for start, end in tokens(segment.text):
                place += 1
                text = segment.text[start:end]
                if any(map(str.isalnum, text)):
                    spelt = _spelt(text, self._language)
                    little = spelt in self._little or not any(map(str.isalpha, text)) or len(text) < 2
                    at = segment.start + start, segment.start + end
                    found.append(_Word(*at, place, text, self._key(spelt), little))
        return found

    def _key(self, spelt: str) -> str:
        if spelt not in self._keys:
            self._keys[spelt] = _base(spelt, self._language, self._known)
        return self._keys[spelt]


def _base(word: str, language: str, known: Mapping[str, int]) -> str:
    """The form by which all forms of a word are counted: a shorter one that the text has, too."""
    if language == "en":
        word = word.removesuffix("'s").removesuffix("’s")
        plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
        return (word[:-3] + "y" if word.endswith("ies") else word[:-1]) if plural else word
    if language not in ("ar", "tr"):
        return word
    from polyalign.words.stems import stems

    if language == "ar":
        for before in ("وال", "بال", "فال", "كال", "ولل", "لل", "ال"):
            if word.startswith(before) and len(word) - len(before) >= 3:
                return word.removeprefix(before)
    forms = sorted(stems(word, language)[1:], key=len, reverse=True)
    return next((form for form in forms if _STEM <= len(form) < len(word) and form in known), word)


def _spelt(word: str, language: str) -> str:
    return searchable(word) if language == "ar" else comparable(word, language)


@cache
def _little() -> Mapping[str, frozenset[str]]:
    text = resources.files("polyalign.terms").joinpath("little.toml").read_text(encoding="utf-8")
    return {
        language: frozenset(_spelt(word, language) for word in words.split())
        for language, words in tomllib.loads(text).items()
    }


def _phrases(words: Sequence[_Word], longest: int) -> Iterator[Sequence[_Word]]:
    """The runs of neighbours that may be a term: little words neither begin nor end one."""
    for first, word in enumerate(words):
        if word.little:
            continue
        for last in range(first, min(first + longest, len(words))):
            if last > first and words[last].place != words[last - 1].place + 1:
                break
            if not words[last].little:
                yield words[first : last + 1]


def _corresponding(
    ours: Sequence[_Word], theirs: Sequence[_Word], bead: Bead
) -> Iterator[tuple[Sequence[_Word], Sequence[_Word]]]:
    """Phrases of a bead of which no word is linked with one outside of the other."""
    at = [
        {place: k for k, word in enumerate(words) for place in range(word.start, word.end)}
        for words in (ours, theirs)
    ]
    forth, back = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for link in bead.words:
        i, j = at[0].get(link.source[0]), at[1].get(link.target[0])
        # what an article or a conjunction is linked with says nothing of the phrase beside it
        if i is None or j is None or ours[i].little or theirs[j].little:
            continue
        forth[i].add(j)
        back[j].add(i)
    for phrase in _phrases(ours, _WORDS[0]):
        first = at[0][phrase[0].start]
        inside = range(first, first + len(phrase))
        if not (forth[inside[0]] and forth[inside[-1]]):
            continue
        linked = set().union(*(forth[i] for i in inside))
        low, high = min(linked), max(linked)
        target = theirs[low : high + 1]
        whole = all(b.place == a.place + 1 for a, b in pairwise(target))
        if len(target) > _WORDS[1] or not whole:
            continue
        if all(i in inside for j in range(low, high + 1) for i in back[j]):
            yield phrase, target


def _key(phrase: Sequence[_Word]) -> Key:
    return tuple(word.key for word in phrase)


def _text(phrase: Sequence[_Word]) -> str:
    return " ".join(word.text for word in phrase)


def _ranked(
    pairs: Mapping[tuple[Key, Key], _Pair], seen: tuple[Counter[Key], Counter[Key]], size: int, least: int
) -> tuple[TermCandidate, ...]:
    counts = {key: len(pair.beads) for key, pair in pairs.items() if len(pair.beads) >= least}
    inside = _inside_longer(counts)
    by_source: dict[Key, list[Key]] = defaultdict(list)
    for source, target in sorted(counts, key=lambda pair: -counts[pair]):
        if counts[source, target] - inside.get((source, target), 0) >= least:
            by_source[source].append(target)
    found = []
    for source, targets in by_source.items():
        best, both = targets[0], counts[source, targets[0]]
        each = max(seen[0][source], both), max(seen[1][best], both)
        likelihood, dice = log_likelihood(both, *each, size), 2 * both / sum(each)
        if likelihood >= LIKELIHOOD and dice >= DICE:
            named = [t for t in targets if counts[source, t] >= max(least, _VARIANT * both)]
            texts = dict.fromkeys(_usual(pairs[source, t].targets) for t in named)
            pair = pairs[source, best]
            shown, examples = _usual(pair.sources), tuple(pair.beads[:EXAMPLES])
            figures = both, each, round(likelihood, 2), round(dice, 3)
            found.append(TermCandidate(shown, tuple(texts), *figures, examples))
    return tuple(sorted(found, key=lambda one: (-one.likelihood, one.source))[:MOST])


def _inside_longer(counts: Mapping[tuple[Key, Key], int]) -> dict[tuple[Key, Key], int]:
    """In how many beads a pair stands inside a longer one, of which the commonest counts."""
    inside: dict[tuple[Key, Key], int] = {}
    for (source, target), count in counts.items():
        for pair in product(_parts(source), _parts(target)):
            if pair != (source, target) and pair in counts and count > inside.get(pair, 0):
                inside[pair] = count
    return inside


def _parts(key: Key) -> list[Key]:
    return [key[i:j] for i in range(len(key)) for j in range(i + 1, len(key) + 1)]


def _usual(forms: Counter[str]) -> str:
    """The form to show: the shortest of those that are about as common as the commonest."""
    most = max(forms.values())
    common = [form for form, count in forms.items() if 2 * count >= most]
    return min(common, key=lambda form: (len(form), -forms[form], form))


def log_likelihood(both: int, one: int, other: int, size: int) -> float:
    """Dunning's ratio of two phrases in `size` pairs of texts: how far they come together beyond chance.

    0 where they come together no more often than that.
    """
    table = (both, one - both, other - both, size - one - other + both)
    if min(table) < 0 or both * size <= one * other:
        return 0.0
    rows, columns = (one, one, size - one, size - one), (other, size - other, other, size - other)
    return 2 * sum(
        n * log(n * size / (row * column)) for n, row, column in zip(table, rows, columns, strict=True) if n
    )
