"""Sentence pairs out of two bags of sentences, for text whose documents are lost.

    vectors --> neighbours --> mutual best by margin --> features --> probability, for this bag

The margin is the ratio of Artetxe and Schwenk (2019), "Margin-based parallel corpus mining with multilingual
sentence embeddings": how far a cosine stands out among those of the k nearest of either sentence. How
probable a pair is depends on how many sentences have a translation at all, one in a hundred or nearly all;
that share is found from the candidates themselves as in Saerens, Latinne and Decaestecker (2002),
"Adjusting the outputs of a classifier to new a priori probabilities".
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from polyalign import encoders
from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.corpus.lines import Lines, apart, encoded, lines_of
from polyalign.corpus.neighbours import NONE, engine_note, nearest_both
from polyalign.corpus.options import Bar, unwatched
from polyalign.errors import UsageError
from polyalign.folding import readable
from polyalign.parts import Bead, Document, Side
from polyalign.spelling import NUMBER, heard, names, numbers, sounds_of
from polyalign.version import VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from polyalign.corpus.neighbours import Engine, Progress, Vectors
    from polyalign.encoders import Encoder

    Floats: TypeAlias = NDArray[np.float64]

NEIGHBOURS = 4  # of a sentence, among which its match must stand out
THRESHOLD = 0.4  # probability with the best F1 on bags with 3 % of their sentences in pairs

# Of margin, cosine, numbers in both and in one, names in both and in one, length. Fitted by
# `benchmarks/mining.py --fit`, as is the share of candidates there that were right.
_WEIGHTS = (11.7, 10.4, 0.086, -0.67, 0.21, -0.16, -3.88, -10.5)
_BARE_WEIGHTS = (10.7, 12.4, -12.5)  # of margin and cosine alone
SHARE = 0.052  # of candidates that were right where the weights were fitted

_LEAST_MEAN = 0.05  # cosine above the background that neighbours are taken to have at least
_MOST_NUMBERS, _MOST_NAMES = 3, 4  # that count
_SEEN_BEFORE = 20  # candidates with the share of the fit, which hold the share of a small bag back
_EQUAL_LENGTHS = 20  # pairs as long on both sides, which do so with the ratio of lengths
_BEST = 200  # candidates that tell the ratio of lengths
_SHORT = 12  # words of a sentence that says little but its numbers
_ROUNDS = 50  # in which the share settles

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class MinedPair:
    """Sentence `source` of one bag and `target` of the other; `score` (0..1) is how probable the pair is.

    `margin` is the ratio of its cosine to the mean one of their neighbours.
    """

    source: int
    target: int
    score: float
    margin: float


@dataclass(frozen=True, slots=True)
class MinedPairs:
    """Pairs (n,) of which either is the other's best by margin: indices, margins, and cosines.

    Cosines count from that of any two sentences (0) to 1, which makes encoders alike.
    """

    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    margins: Floats
    cosines: Floats


def mined(
    source: Vectors,
    target: Vectors,
    *,
    texts: tuple[Sequence[str], Sequence[str]] | None = None,
    k: int = NEIGHBOURS,
    threshold: float = THRESHOLD,
    engine: Engine = "auto",
    progress: Progress | None = None,
) -> tuple[MinedPair, ...]:
    """The sentences of two bags that translate each other, the most probable first; each in one pair at most.

    Vectors are (n, dimensions), of unit length, no sentence twice. With their `texts`, numbers, names and
    lengths are weighed besides. Pairs below `threshold` (0..1) are left out. `progress` gets (done, total)
    sentences. Raises UsageError for a threshold or k that is none, or vectors and texts that do not fit.
    """
    check_bounds(k, threshold)
    if texts is not None and (len(texts[0]), len(texts[1])) != (len(source), len(target)):
        raise UsageError("there are not as many texts as vectors: give one for each")
    found = candidates(source, target, texts=texts, k=k, engine=engine, progress=progress)
    scores = probabilities(features(found, texts))
    pairs = zip(*(a.tolist() for a in (found.sources, found.targets, scores, found.margins)), strict=True)
    kept = (MinedPair(*pair) for pair in pairs if pair[2] >= threshold)
    return tuple(sorted(kept, key=lambda pair: (-pair.score, pair.source)))


def check_bounds(k: int, threshold: float) -> None:
    """Raise UsageError for a k or a threshold that is none."""
    if k < 1:
        raise UsageError(f"k is {k}: ask for 1 neighbour or more")
    if not 0 <= threshold <= 1:
        raise UsageError(f"the threshold is {threshold}: it is a probability, give 0 to 1")


def candidates(
    source: Vectors,
    target: Vectors,
    *,
    texts: tuple[Sequence[str], Sequence[str]] | None = None,
    k: int = NEIGHBOURS,
    engine: Engine = "auto",
    progress: Progress | None = None,
) -> MinedPairs:
    """The pairs of sentences that are each other's best by margin among k neighbours.

    With their `texts`, sentences are no pair whose numbers are others: all of them in short ones, any of
    them in one that differs from another of its side in numbers only.
    """
    if not len(source) or not len(target):
        none = np.zeros(0, dtype=np.int64)
        return MinedPairs(none, none, np.zeros(0), np.zeros(0))
    k = min(k, max(len(source), len(target)))
    ground = float(source.mean(axis=0, dtype=np.float64) @ target.mean(axis=0, dtype=np.float64))
    there, back = nearest_both(source, target, k=k, engine=engine, progress=progress)
    ours, theirs = (_above(found[0], ground) for found in (there, back))
    means, others = _means(ours), _means(theirs)
    counted = [_counted(side) for side in texts] if texts else [[], []]
    best, margins, cosines = _best(ours, _apart(there[1], *counted), means, others)
    reverse, _, _ = _best(theirs, _apart(back[1], *counted[::-1]), others, means)
    mutual = np.flatnonzero((reverse[best] == np.arange(len(best))) & np.isfinite(margins))
    return MinedPairs(mutual, best[mutual], margins[mutual], cosines[mutual])


@dataclass(frozen=True, slots=True)
class _Counted:
    """A sentence with numbers: what each of them may be written as, its words, and whether it has twins."""

    numbers: tuple[frozenset[str], ...]
    words: int
    twin: bool


def _counted(texts: Sequence[str]) -> list[_Counted | None]:
    """The sentences; None for one without numbers."""
    found = [tuple(filter(None, map(_forms, NUMBER.findall(text)))) for text in texts]
    frames = [_DIGITS.sub("0", text) if own else "" for text, own in zip(texts, found, strict=True)]
    often = Counter(frames)
    return [
        _Counted(own, len(text.split()), often[frame] > 1) if own else None
        for text, frame, own in zip(texts, frames, found, strict=True)
    ]


@lru_cache(maxsize=1 << 15)
def _forms(number: str) -> frozenset[str]:
    """What a number may be on the other side: 40 for 40,000 (thousand), 2 for 14.30, 19 for 2019."""
    parts = _DIGITS.findall(readable(number))
    whole = "".join(parts)
    forms = {whole, *parts, re.sub("(?:000)+$", "", whole)}
    forms |= {whole.rstrip("0")} if len(whole) > 4 else set()  # 1,500,000 is 1.5 million
    forms |= {str(int(parts[0]) - 12)} if len(parts) == 2 and 12 < int(parts[0]) <= 24 else set()
    forms |= {whole[2:]} if len(parts[0]) == 4 else set()
    return frozenset(filter(None, (form.lstrip("0") for form in forms)))


def _apart(
    indices: NDArray[np.int64], ours: Sequence[_Counted | None], theirs: Sequence[_Counted | None]
) -> NDArray[np.int64]:
    """The neighbours of each sentence, NONE for those whose numbers say that they are no pair."""
    indices = indices.copy()
    for row, own in enumerate(ours):
        for column, neighbour in enumerate(indices[row].tolist() if own else ()):
            other = None if neighbour == NONE else theirs[neighbour]
            if own and other and _contradict(own, other):
                indices[row, column] = NONE
    return indices


def _contradict(one: _Counted, other: _Counted) -> bool:
    here, there = frozenset().union(*one.numbers), frozenset().union(*other.numbers)
    if one.twin or other.twin:
        shared = (*(number & there for number in one.numbers), *(number & here for number in other.numbers))
        return not all(shared)
    return here.isdisjoint(there) and min(one.words, other.words) <= _SHORT


def _above(cosines: NDArray[np.float32], ground: float) -> Floats:
    """Cosines with that of any two sentences as 0; NaN where there is no neighbour."""
    scaled = (cosines.astype(np.float64) - ground) / max(1 - ground, 1e-6)
    return np.where(np.isfinite(scaled), scaled, np.nan)


def _means(cosines: Floats) -> Floats:
    """The mean cosine of the neighbours of each sentence."""
    there = np.isfinite(cosines)
    means = np.where(there, cosines, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.asarray(np.maximum(means, _LEAST_MEAN))


def _best(
    cosines: Floats, indices: NDArray[np.int64], means: Floats, others: Floats
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """The neighbour of each sentence with the highest margin, that margin, and that cosine."""
    margins = np.where(indices == NONE, -np.inf, 2 * cosines / (means[:, None] + others[indices]))
    column, rows = margins.argmax(axis=1), np.arange(len(indices))
    return indices[rows, column], margins[rows, column], cosines[rows, column]


def features(found: MinedPairs, texts: tuple[Sequence[str], Sequence[str]] | None = None) -> Floats:
    """What speaks for each candidate, (n, 7), or (n, 2) without texts, as the weights take it."""
    bare = np.stack([np.log(np.maximum(found.margins, 0.1)), found.cosines], axis=1)
    if texts is None:
        return bare
    pairs = [(texts[0][i], texts[1][j]) for i, j in zip(found.sources, found.targets, strict=True)]
    alike = np.array([_alike(*pair) for pair in pairs], dtype=np.float64).reshape(-1, 4)
    return np.concatenate([bare, alike, _uneven(pairs, found.margins)[:, None]], axis=1)


def _alike(one: str, other: str) -> tuple[int, int, int, int]:
    """How many numbers both texts have, and only one of them; and how many names."""
    here, there = numbers(one), numbers(other)
    sounds, others = heard(one), heard(other)
    ours, theirs = (_named(one), _named(other)) if sounds and others else (frozenset(), frozenset())
    both = len(ours & others) + len(theirs & sounds)
    alone = len(ours - others) + len(theirs - sounds)
    figures = (min(len(here & there), _MOST_NUMBERS), min(len(here ^ there), _MOST_NUMBERS))
    return (*figures, min(both, _MOST_NAMES), min(alone, _MOST_NAMES))


@lru_cache(maxsize=1 << 15)
def _named(text: str) -> frozenset[str]:
    """The sounds of the names in a sentence."""
    return sounds_of(names([text], cased=1)[0])


def _uneven(pairs: Sequence[tuple[str, str]], margins: Floats) -> Floats:
    """How far the logarithm of the ratio of lengths is from that of the best pairs."""
    ratios = np.array([math.log(max(len(b), 1) / max(len(a), 1)) for a, b in pairs], dtype=np.float64)
    best = ratios[np.argsort(-margins, kind="stable")[:_BEST]]
    return np.asarray(np.abs(ratios - best.sum() / (len(best) + _EQUAL_LENGTHS)))


def probabilities(evidence: Floats) -> Floats:
    """How probable it is that each candidate is right (n,), given the features of all of the bag."""
    *weights, bias = _WEIGHTS if evidence.shape[1] + 1 == len(_WEIGHTS) else _BARE_WEIGHTS
    return adjusted(evidence @ np.array(weights) + bias)


def adjusted(logits: Floats) -> Floats:
    """Probabilities (n,) from logits of the fit, with the share of right pairs that this bag has."""
    against, share = np.exp(-np.clip(logits, -50, 50)) * SHARE / (1 - SHARE), SHARE
    scores = against
    for _ in range(_ROUNDS):
        scores = 1 / (1 + against * (1 - share) / share)  # each step keeps the order, rounded or not
        share = (scores.sum() + _SEEN_BEFORE * SHARE) / (len(scores) + _SEEN_BEFORE)
    return scores


@dataclass(frozen=True)
class Mined:
    """The sentences of two bags, and the pairs among them, the most probable first."""

    source: Lines
    target: Lines
    pairs: tuple[MinedPair, ...]
    signature: str
    notes: tuple[str, ...] = ()

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Score, both sentences, and where either stood, as strings without tabs and line ends."""
        for pair in self.pairs:
            one, other = self.source, self.target
            texts = one.texts[pair.source], other.texts[pair.target]
            places = one.places[pair.source], other.places[pair.target]
            yield (f"{pair.score:.4f}", *texts, *map(without_controls, places))

    def bitext(self) -> Bitext:
        """The pairs as beads between the sentences that are in one, which keep their order and places."""
        ends = [pair.source for pair in self.pairs], [pair.target for pair in self.pairs]
        ours, theirs = ({end: k for k, end in enumerate(sorted(side))} for side in ends)
        beads = (Bead((ours[p.source],), (theirs[p.target],), p.score) for p in self.pairs)
        source, target = _side(self.source, list(ours)), _side(self.target, list(theirs))
        ordered = tuple(sorted(beads, key=lambda bead: bead.source))
        return Bitext(source, target, ordered, signature=self.signature, notes=self.notes)


def _side(lines: Lines, chosen: Sequence[int]) -> Side:
    made = Document.from_segments([lines.texts[k] for k in chosen]).segments or ()
    segments = (
        replace(s, place=lines.places[k], codes=lines.codes.get(k, ()))
        for s, k in zip(made, chosen, strict=True)
    )
    return Side(lines.language, tuple(segments))


def mine(
    source: str,
    target: str,
    *,
    encoder: str | Encoder = encoders.DEFAULT,
    source_language: str | None = None,
    target_language: str | None = None,
    encoding: str | None = None,
    k: int = NEIGHBOURS,
    threshold: float = THRESHOLD,
    jobs: int = 1,
    bar: Bar = unwatched,
) -> Mined:
    """The sentence pairs between two text files with a sentence on each line, or folders of such files.

    Lines that are repeated, too short or long, the same on both sides, or in another language are left
    out and counted. With several `jobs`, processes encode. Raises what `lines_of` and `mined` raise,
    LanguageError for a language that the encoder does not cover, NotInstalledError for its package.
    """
    check_bounds(k, threshold)
    loaded = encoders.load(encoder) if isinstance(encoder, str) else encoder
    both = apart(
        lines_of(source, "source", language=source_language, encoding=encoding, bar=bar),
        lines_of(target, "target", language=target_language, encoding=encoding, bar=bar),
    )
    for side in both:
        encoders.check_covered(loaded, side.language)
    (ours, vectors), (theirs, others) = (encoded(side, encoder, jobs=jobs, bar=bar) for side in both)
    with bar("comparing", "sentences") as advance:
        texts = ours.shown, theirs.shown
        pairs = mined(vectors, others, texts=texts, k=k, threshold=threshold, progress=advance)
    signature = f"polyalign {VERSION} | mine | encoder:{loaded.name} | k:{k} | threshold:{threshold:g}"
    notes = [*ours.notes, *theirs.notes, engine_note(len(ours.texts), len(theirs.texts))]
    if ours.language == theirs.language:
        notes.append(f"both sides are in one language ({ours.language})")
    if not loaded.calibrated:
        notes.append(f"scores were fitted on another encoder than {loaded.name}: take them as a ranking")
    return Mined(ours, theirs, pairs, signature, tuple(filter(None, notes)))
