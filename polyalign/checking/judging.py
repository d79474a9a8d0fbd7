"""Pairs to verdicts, some hundred at a time, as texts are read faster together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from polyalign import qa
from polyalign.checking.evidence import ComparableTexts, PairEvidence, evidence, vouched
from polyalign.checking.model import CLASSES, RIGHT, load_model
from polyalign.checking.verdicts import Problem, Span, Verdict
from polyalign.detection import detect
from polyalign.encoders import embedded
from polyalign.folding import comparable
from polyalign.qa import Flag, Glossary, Pair
from polyalign.qa.texts import clipped
from polyalign.threads import one_thread_each

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIKELY = 0.5  # the score under which it is said what is wrong

_UNRELATED = CLASSES.index("mismatch")
_SAYS = {
    "mismatch": "the sides do not translate each other",
    "numbers": "a number seems to be another one",
    "names": "a name seems to be another one",
    "negation": "one side says no, the other does not",
    "garbled": "the words are out of order, doubled or lost",
    "foreign": "a side may not be in its language",
}
_NAMED = {"foreign": "language"}  # classes that are shown under another name
_LONGEST = 60_000  # characters that are read of a text
_SILENT = re.compile(r"[\W_]+")
_FAR = 80  # characters: a word that stands farther on is another one


@dataclass(frozen=True, slots=True)
class VerdictInContext:
    """The verdict of a pair, and of its source with the target after and before it, where that may fit."""

    verdict: Verdict
    after: Verdict | None = None
    before: Verdict | None = None


class PairJudge:
    """Says of pairs how probable it is that they are right, and what is wrong; models load on first use."""

    def __init__(self, glossary: Glossary = qa.NONE) -> None:
        self._glossary = glossary

    @one_thread_each()
    def __call__(self, pairs: Sequence[Pair], *, before: int = 0, after: int = 0) -> list[VerdictInContext]:
        """What is said of each pair but the first `before` and the last `after`, which stand beside them."""
        cut = slice(_LONGEST)
        bare = [Pair(p.source[cut], p.target[cut], p.source_language, p.target_language) for p in pairs]
        texts = list(dict.fromkeys(text for p in bare for text in (p.source, p.target) if text.strip()))
        if not texts:
            return [VerdictInContext(_empty(pair)) for pair in pairs[before : len(pairs) - after]]
        model = load_model()
        compared = ComparableTexts(embedded().read_texts(texts), model.usual)
        place = {text: k for k, text in enumerate(texts)}

        def verdicts(chosen: Sequence[Pair]) -> list[Verdict]:
            full = list(dict.fromkeys(p for p in chosen if p.source.strip() and p.target.strip()))
            flags = [qa.flags(pair, glossary=self._glossary, detect=detector_for(pair)) for pair in full]
            told = {}
            if full:
                sides = [place[pair.source] for pair in full], [place[pair.target] for pair in full]
                found = evidence(compared, *sides, full, flags)
                chances = model(found.features)
                told = {p: _verdict(p, flags[k], found, k, chances[k]) for k, p in enumerate(full)}
            return [told[pair] if pair in told else _empty(pair) for pair in chosen]

        rows = range(before, len(bare) - after)
        own = verdicts([bare[k] for k in rows])
        crossed: dict[tuple[int, int], Pair] = {}
        for k, verdict in zip(rows, own, strict=True):
            for step in (1, -1) if verdict.unrelated > LIKELY else ():
                if 0 <= k + step < len(bare) and bare[k + step].languages == bare[k].languages:
                    crossed[k, step] = replace(bare[k], target=bare[k + step].target)
        told = dict(zip(crossed, verdicts(list(crossed.values())), strict=True))
        return [
            VerdictInContext(verdict, told.get((k, 1)), told.get((k, -1)))
            for k, verdict in zip(rows, own, strict=True)
        ]


def _empty(pair: Pair) -> Verdict:
    there = [name for name, text in (("source", pair.source), ("target", pair.target)) if not text.strip()]
    says = f"the {' and the '.join(there)} {'is' if len(there) < 2 else 'are'} empty"
    return Verdict(0.0, (Problem("empty", says),))


def detector_for(pair: Pair) -> Callable[[str], str]:
    """A detector for the texts of a pair, which is not troubled where small words tell the language."""
    own = {pair.source: pair.languages[0], pair.target: pair.languages[1]}

    def told(text: str) -> str:
        expected = (own[text],) if own.get(text) else pair.languages
        return next((tag for tag in expected if vouched(text, tag)), "") or _detected(text)

    return told


@lru_cache(maxsize=2048)
def _detected(text: str) -> str:
    return detect(text).language


def _verdict(
    pair: Pair, flags: Sequence[Flag], found: PairEvidence, row: int, chances: NDArray[np.floating[Any]]
) -> Verdict:
    """The verdict of a pair by its chances: what is likeliest to be wrong, then what the checks say."""
    said = {flag.name: flag.says for flag in flags}
    problems = [Problem(name, says) for name, says in said.items()]
    if comparable(pair.source) == comparable(pair.target) and "untranslated" not in said:
        return Verdict(1.0, tuple(problems))  # a name, a number: nothing to translate
    score, unrelated = float(chances[CLASSES.index(RIGHT)]), float(chances[_UNRELATED])
    if score < LIKELY:
        kind = CLASSES[1 + int(np.argmax(chances[1:]))]
        if kind == "missing":
            problems.insert(0, _missing(pair, found, row))
        elif _NAMED.get(kind, kind) not in said and not (kind == "foreign" and "untranslated" in said):
            problems.insert(0, Problem(_NAMED.get(kind, kind), _SAYS[kind]))
        else:  # the check that says it comes first
            problems.sort(key=lambda problem: problem.kind not in (kind, "language", "untranslated"))
    return Verdict(round(score, 4), tuple(problems), round(unrelated, 4))


def _missing(pair: Pair, found: PairEvidence, row: int) -> Problem:
    """What stands on one side only: the words of the side whose worst run lacks more."""
    runs, words = found.runs[row], found.words[row]
    side = int(runs[1][2] > runs[0][2])
    first, last, _ = runs[side]
    if last <= first:
        return Problem("doubtful", "the sides are less alike than translations are")
    text = (pair.source, pair.target)[side]
    places = word_places(text, words[side])
    span = (places[first][0], places[last - 1][1])
    says = f"the {('target', 'source')[side]} lacks {clipped(text[slice(*span)])!r}"
    return Problem("missing", says, *((span, None) if side == 0 else (None, span)))


def word_places(text: str, words: Sequence[str]) -> list[Span]:
    """Where words stand in a text, given as they are compared, in their order.

    A word that is not found, as it is spelt in another way, stands where the one before it ended.
    """
    letters: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        shown = _SILENT.sub("", comparable(character))  # as the words are spelt
        letters += shown
        origin += [place] * len(shown)
    folded, at, places = "".join(letters), 0, list[Span]()
    for word in words:
        start = folded.find(word, at)
        if 0 <= start <= at + _FAR:
            at = start + len(word)
            places.append((origin[start], origin[at - 1] + 1))
        else:
            end = origin[at] if at < len(origin) else len(text)
            places.append((end, end))
    return places
