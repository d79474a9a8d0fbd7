"""What a translation of one side adds: its meaning and its words, as far as it proves itself.

The cosine of a translated span is the mean of its own and of its translation's, and words that the
translation shares with the other side raise it; then matches are brought back to the level that they
have without, so that everything that is read off cosines stays as it is. No gold is needed to see a
bad translation: where a span and its translation are hardly alike it is not heard, and where
translations do not bring the best matches of the texts closer together none is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from polyalign.alignment.half import Half
from polyalign.alignment.likeness import mutual_best
from polyalign.alignment.spans import Floats
from polyalign.alignment.stems import Stems, shared_stems

SAY = 0.5  # of a translation that proves itself
PROOF = 0.02  # in cosine: the rise of the best matches from which a translation has all its say
STRANGE, LIKE = 1 / 3, 2 / 3  # of the way from noise to signal: where a translation gets a say, and all
WORDS = 1.4  # what shared words count, against cosines;
WORDS_OF_CLAUSES = 0.4  # less among clauses, where one topic shares its names without saying the same


@dataclass(frozen=True, slots=True)
class Proof:
    """What the units of two texts that are each other's nearest say of a translation.

    `lift` is by how much they are more alike in translation, on average, in cosine; drawn to 0
    where they are few. `words` is what the words that they share in translation add to that.
    `signal` is how alike they are without, `noise` how alike any two units are.
    """

    lift: float
    words: float
    signal: float
    noise: float

    @property
    def say(self) -> float:
        """The most that a translated span has to say, 0 to SAY."""
        return SAY * min(max(self.lift / PROOF, 0.0), 1.0) if self.signal > max(self.noise, 0) else 0.0

    def mean(self, own: Floats, translated: Floats, words: Floats) -> Floats:
        """Own vectors with the translations' (n, d), as far as these are like them, beside words (n, w)."""
        way = (np.einsum("ij,ij->i", own, translated) - self.noise) / (self.signal - self.noise)
        say = self.say * np.clip((way - STRANGE) / (LIKE - STRANGE), 0, 1)[:, None]
        mean = np.concatenate([own + say * (translated - own), say * words], axis=1)
        usual = self.signal / (self.signal + say * (self.lift + self.words))
        return np.asarray(mean * usual, dtype=np.float32)


def assisted(source: Half, target: Half) -> tuple[Half, Half]:
    """Both halves, with the translation of the one that has it heard in the vectors of both.

    Their products are no longer cosines of unit vectors, but on the same scale.
    """
    if source.translated is None and target.translated is not None:
        target, source = assisted(target, source)
        return source, target
    translated = source.translated
    if translated is None or not len(source.heard) or not len(target.heard):
        return source, target
    weight = WORDS_OF_CLAUSES if source.clausal or target.clausal else WORDS
    ours, theirs = shared_stems(translated, target)
    ours = Stems(weight * ours.spans, weight * ours.units)
    proof = proved(source, translated, target, (ours, theirs))
    if not proof.say:
        return source, target
    vectors = proof.mean(source.vectors, translated.vectors, ours.spans)
    unit_vectors = proof.mean(source.unit_vectors, translated.unit_vectors, ours.units)
    return replace(source, vectors=vectors, unit_vectors=unit_vectors), _beside(target, theirs)


def proved(own: Half, translated: Half, other: Half, words: tuple[Stems, Stems]) -> Proof:
    """What `own` and `other` say of the translation, whose words and the other's are `words`."""
    before, after = (_alike(half.unit_vectors, other.unit_vectors, own, other) for half in (own, translated))
    shared = _alike(words[0].units, words[1].units, own, other)
    best = mutual_best(before)
    lift = float((after[best] - before[best]).sum()) / (len(best[0]) + 1)
    return Proof(lift, float(shared[best].mean()), float(np.median(before[best])), float(np.median(before)))


def _alike(ours: Floats, theirs: Floats, own: Half, other: Half) -> Floats:
    """The products of the vectors of all units that are not silent."""
    return np.asarray(ours[own.heard] @ theirs[other.heard].T)


def _beside(half: Half, words: Stems) -> Half:
    return replace(
        half,
        vectors=np.concatenate([half.vectors, words.spans], axis=1),
        unit_vectors=np.concatenate([half.unit_vectors, words.units], axis=1),
    )
