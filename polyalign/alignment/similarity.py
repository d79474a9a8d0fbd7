"""How similar all spans and all units of two sides are: by their vectors, their words, a translation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from polyalign.alignment.encoded import EncodedSide
from polyalign.alignment.lexical import LexicalSimilarity, SharedStems, WordMatches, match_words, shared_stems
from polyalign.alignment.spans import Floats, Ints

LEXICAL_WEIGHT = 0.25  # of the lexical similarity; cosines have the rest
PRIOR_WEIGHT = 0.3  # of equal length, in squared similarity over the background
# the default encoder's cosines on news: of any two units, their spread, and of mutual neighbours
USUAL_BACKGROUND, USUAL_SPREAD, USUAL_MUTUAL = 0.2, 0.15, 0.7
MANY = 64  # pairs of units whose background counts as much as the usual one
USUAL_LEAD = 0.125  # of mutual neighbours over the background, in lexical similarity before it is scaled;
LEAST_LEAD = 0.015  # no smaller one is believed

TRANSLATION_WEIGHT = 0.5  # of a translation that proves itself
PROOF = 0.02  # in cosine: the rise of the mutual neighbours from which a translation has all its weight
STRANGE, LIKE = 1 / 3, 2 / 3  # from background to mutual: where a translation gets some weight, and all
STEMS_WEIGHT = 1.4  # what shared words count, against cosines;
STEMS_WEIGHT_CLAUSES = 0.4  # less among clauses, where one topic shares its names without saying the same


@dataclass(frozen=True)
class Levels:
    """Median similarity of any two units (background), its spread, and the median of mutual neighbours."""

    background: float
    spread: float
    mutual: float

    @property
    def range(self) -> float:
        """From the background to mutual neighbours."""
        return self.mutual - self.background

    @classmethod
    def of(cls, similarity: Floats) -> Levels:
        """The levels of the similarity of units.

        Texts of few units say little of their own, so each level is drawn to its usual value.
        """
        mutual = similarity[mutual_neighbours(similarity)]
        return cls(
            _drawn(float(np.median(similarity)), (similarity.size - 1) / MANY, USUAL_BACKGROUND),
            _drawn(float(similarity.std()), similarity.size - 1, USUAL_SPREAD),
            _drawn(float(np.median(mutual)), len(mutual) - 1, USUAL_MUTUAL),
        )


def _drawn(measured: float, count: float, usual: float) -> float:
    """The mean of `count` times the measured and once the usual value."""
    return (measured * count + usual) / (count + 1)


def mutual_neighbours(similarity: Floats) -> tuple[Ints, Ints]:
    """The rows, ascending, and the columns that are each other's most similar."""
    best = similarity.argmax(axis=1)
    rows = np.flatnonzero(similarity.argmax(axis=0)[best] == np.arange(len(best)))
    return rows, best[rows]


@dataclass(frozen=True)
class Similarity:
    """Two sides, and what their vectors and their words make of any pair of spans.

    Cosines that are not `calibrated` are stretched so that this pair's background and mutual neighbours
    come to lie where the default encoder usually has them. `known` are the matches of the words, if other
    spans of the same units have them already.
    """

    source: EncodedSide
    target: EncodedSide
    calibrated: bool = True
    known: WordMatches | None = None

    @cached_property
    def cosine(self) -> Floats:
        """The cosines of all spans (source spans, target spans)."""
        return self._scaled(self.source.vectors @ self.target.vectors.T)

    @cached_property
    def lexical(self) -> LexicalSimilarity:
        """The lexical similarity on the scale of cosines; these where there are no words to compare."""
        if self.matches is None:
            return LexicalSimilarity(self.cosine, self.cosine, self._unit_cosine, self._unit_cosine)
        found = self.matches.similarity(self.source.spans, self.target.spans)
        own = self._alignable(found.units)
        if not own.size:
            return found
        usual = Levels.of(self._alignable(self._unit_cosine))
        mutual, background = own[mutual_neighbours(own)], float(np.median(own))
        lead = _drawn(float(np.median(mutual)) - background, len(mutual), USUAL_LEAD)
        stretch = usual.range / max(lead, LEAST_LEAD)
        return found.scaled(stretch, background, usual.background)

    @cached_property
    def matches(self) -> WordMatches | None:
        """How near the words of the units are to each other; None where there are none to compare."""
        source, target = self.source.words, self.target.words
        if self.known is not None or source is None or target is None:
            return self.known
        if not len(source.texts) or not len(target.texts):
            return None
        return match_words(source, target, self.source.spans.units, self.target.spans.units)

    @cached_property
    def spans(self) -> Floats:
        """The similarity of all spans (source spans, target spans)."""
        return _mean(self.cosine, self.lexical.spans)

    @cached_property
    def units(self) -> Floats:
        """The similarity of all units (source units, target units), -1 where one is excluded."""
        return self.masked(_mean(self._unit_cosine, self.lexical.units))

    @cached_property
    def units_by_parts(self) -> Floats:
        """The cosines of all units, of an n-gram of either where it is higher, -1 where one is excluded."""
        source, target = self.source, self.target
        cosine: Floats = source.unit_vectors @ target.unit_vectors.T
        if source.ngrams:
            cosine = source.ngrams.raised(cosine, target.unit_vectors)
        if target.ngrams:
            cosine = target.ngrams.raised(cosine.T, source.unit_vectors).T
        return self.masked(self._scaled(cosine))

    @cached_property
    def levels(self) -> Levels:
        """Those of the similarity of units."""
        return Levels.of(self._alignable(self.units))

    @cached_property
    def usual_length_ratio(self) -> float:
        """The usual log of source length over target length: of the mutual neighbours, drawn to 0.

        More similar ones count for more, and a few doubtful ones do not outweigh equal length.
        """
        similarity = self._alignable(self.units)
        if not similarity.size:
            return 0.0
        i, j = mutual_neighbours(similarity)
        weight = np.maximum(similarity[i, j] - np.median(similarity), 0) ** 2
        ours, theirs = (np.diff(side.edges)[side.alignable] for side in (self.source, self.target))
        ratio = np.log(ours[i] / theirs[j])
        return float((weight @ np.clip(ratio, -2, 2)) / (weight.sum() + PRIOR_WEIGHT))

    def masked(self, units: Floats) -> Floats:
        """A table of all units, -1 where one is excluded."""
        table = np.full(units.shape, -1, dtype=np.float32)
        here = np.ix_(self.source.alignable, self.target.alignable)
        table[here] = units[here]
        return table

    @cached_property
    def _unit_cosine(self) -> Floats:
        return self._scaled(self.source.unit_vectors @ self.target.unit_vectors.T)

    def _alignable(self, units: Floats) -> Floats:
        """The part of a table of all units in which none is excluded."""
        return units[np.ix_(self.source.alignable, self.target.alignable)]

    @cached_property
    def _raw(self) -> Levels:
        return Levels.of(self._alignable(self.source.unit_vectors @ self.target.unit_vectors.T))

    def _scaled(self, cosine: Floats) -> Floats:
        if self.calibrated or not cosine.size:
            return cosine
        stretch = (USUAL_MUTUAL - USUAL_BACKGROUND) / max(self._raw.range, 0.01)
        return np.asarray(USUAL_BACKGROUND + (cosine - self._raw.background) * stretch)


def _mean(cosine: Floats, lexical: Floats) -> Floats:
    return np.asarray(cosine + LEXICAL_WEIGHT * (lexical - cosine), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class TranslationProof:
    """What the units of two texts that are each other's nearest say of a translation of one text.

    No gold is needed to see a bad one. `lift` is by how much these units are more similar in translation,
    on average, in cosine; drawn to 0 where they are few. `stems` is what the words that they share in
    translation add to that. `mutual` is how similar they are without, `background` how similar any two are.
    """

    lift: float
    stems: float
    mutual: float
    background: float

    @classmethod
    def of(
        cls,
        own: EncodedSide,
        translated: EncodedSide,
        other: EncodedSide,
        stems: tuple[SharedStems, SharedStems],
    ) -> TranslationProof:
        """`stems` are the words that the translated side and the other one share."""

        def products(ours: Floats, theirs: Floats) -> Floats:
            return np.asarray(ours[own.alignable] @ theirs[other.alignable].T)

        before, after = (products(side.unit_vectors, other.unit_vectors) for side in (own, translated))
        shared, best = products(stems[0].units, stems[1].units), mutual_neighbours(before)
        lift = float((after[best] - before[best]).sum()) / (len(best[0]) + 1)
        mutual, background = float(np.median(before[best])), float(np.median(before))
        return cls(lift, float(shared[best].mean()), mutual, background)

    @property
    def weight(self) -> float:
        """The most that a translated span counts, 0 to TRANSLATION_WEIGHT."""
        usable = self.mutual > max(self.background, 0)
        return TRANSLATION_WEIGHT * min(max(self.lift / PROOF, 0.0), 1.0) if usable else 0.0

    def mean(self, own: Floats, translated: Floats, stems: Floats) -> Floats:
        """Own vectors mixed with the translations' (n, d), as far as both are similar, beside stems (n, w).

        Then mutual neighbours are brought back to the level that they have without a translation, so that
        everything that is read off cosines stays as it is.
        """
        cosine = np.einsum("ij,ij->i", own, translated)
        way = (cosine - self.background) / (self.mutual - self.background)
        weight = self.weight * np.clip((way - STRANGE) / (LIKE - STRANGE), 0, 1)[:, None]
        mean = np.concatenate([own + weight * (translated - own), weight * stems], axis=1)
        usual = self.mutual / (self.mutual + weight * (self.lift + self.stems))
        return np.asarray(mean * usual, dtype=np.float32)


def with_translations(source: EncodedSide, target: EncodedSide) -> tuple[EncodedSide, EncodedSide]:
    """Both sides, with the translation of the one that has it mixed into the vectors of both.

    As far as it proves itself; else the sides as they are. The products of the vectors are no longer
    cosines of unit vectors, but on the same scale.
    """
    if source.translated is None and target.translated is not None:
        target, source = with_translations(target, source)
        return source, target
    translated = source.translated
    if translated is None or not len(source.alignable) or not len(target.alignable):
        return source, target
    ours, theirs = shared_stems(translated, target)
    weight = STEMS_WEIGHT_CLAUSES if source.clausal or target.clausal else STEMS_WEIGHT
    ours = SharedStems(weight * ours.spans, weight * ours.units)
    proof = TranslationProof.of(source, translated, target, (ours, theirs))
    if not proof.weight:
        return source, target
    return (
        replace(
            source,
            vectors=proof.mean(source.vectors, translated.vectors, ours.spans),
            unit_vectors=proof.mean(source.unit_vectors, translated.unit_vectors, ours.units),
        ),
        replace(
            target,
            vectors=np.concatenate([target.vectors, theirs.spans], axis=1),
            unit_vectors=np.concatenate([target.unit_vectors, theirs.units], axis=1),
        ),
    )
