"""What a translator must not be given, and whether what it gives is a translation of its source.

    text --> nothing_to_translate --(translator)--> goes_round, absurd_length --> Judge --> shown or not

An output is judged before anybody sees it: its form must be sound (`fault`), and its meaning, whole, part
by part and word by word, must agree with that of its source, by the aligner's own encoder. How far, was
fitted on human translations and spoiled ones, by models/translation/fit_judge.py.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

from polyalign.encoders import embedded
from polyalign.folding import comparable, readable
from polyalign.tags import UNDETERMINED, primary
from polyalign.translation.protocol import Progress, Translation, Translator, flags_in_order, silent
from polyalign.translation.scripts import share_in_script

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]
    Vectors = NDArray[np.float32]  # (parts + 1, dimensions)

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+|#\w+\b(?<=\d)|@\w+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_UNKNOWN = re.compile("[\N{DOUBLE QUESTION MARK}\N{REPLACEMENT CHARACTER}]")

_LONGEST_CYCLE = 12  # pieces
_LEAST_ROUNDS = 4
_LEAST_LOOP = 8  # pieces, of all rounds together
_WIDTH = 4
_LEAST_FRESH = 0.5  # of the runs of four pieces in a long output
_LONG = 32
_LEAST_JUDGED = 12  # pieces of an input whose output can be called too short

_LEAST_SCRIPT = 0.5  # of the letters that the source has not
_LEAST_TOLD = 60  # letters of an output whose language a detector can tell
_SURE = 0.95  # of the detector
_PART = 4  # words of either text that are compared with the parts of the other
_ROUNDS = 6  # words that come again at once, beyond which more of them say no more
_NEAR = 6  # words before one in which it is a repetition
_ORDINARY = 4  # letters of a word that is seldom written twice
# letters that stand for about two
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")

SIGNALS = (
    *("meaning", "parts", "parts back", "weakest part", "weakest part back"),
    *("length", "repeats", "rounds", "copied"),
    *("partners", "alone", "stretch alone", "all alone"),
    *("partners back", "alone back", "stretch alone back", "all alone back"),
)


def nothing_to_translate(text: str) -> bool:
    """Whether there is no word in the text: blank, signs, numbers, addresses."""
    return not _LETTER.search(_ADDRESS.sub(" ", text))


def goes_round(output: Sequence[str], source: Sequence[str] = ()) -> bool:
    """Whether the output repeats itself where its source does not."""
    return _loops(output) and not _loops(source)


def absurd_length(output: Sequence[str], source: Sequence[str]) -> bool:
    """Whether the output is far longer than its source, or far shorter."""
    short = len(source) >= _LEAST_JUDGED and 4 * len(output) < len(source)
    return short or len(output) > 3 * len(source) + 12


def fault(source: str, output: str, target: str) -> str:
    """What is wrong with the form of an output in a language, in words; "" where nothing is."""
    if not output.strip():
        return "empty"
    ours, theirs = _words(source), _words(output)
    if goes_round(theirs, ours):
        return "goes round in circles"
    if len(_UNKNOWN.findall(output)) > len(_UNKNOWN.findall(source)):
        return "unknown pieces"
    new = "".join(word for word in theirs if word not in set(ours))
    if new and share_in_script(new, target) < _LEAST_SCRIPT:
        return "another script"
    if len(new) < _LEAST_TOLD:
        return ""
    from polyalign.detection import detect

    found = detect(output)
    foreign = found.confidence >= _SURE and found.language not in (UNDETERMINED, primary(target))
    return "another language" if foreign else ""


class SourceOutput(NamedTuple):
    """A source text and what a translator made of it."""

    source: str
    output: str


@dataclass(frozen=True)
class OutputJudge:
    """How probable it is that outputs in the language `target` are translations from `source`.

    Where the encoder does not cover both languages only the form is judged.
    """

    source: str
    target: str

    @cached_property
    def covers(self) -> bool:
        """Whether meaning and words can be compared."""
        return {primary(self.source), primary(self.target)} <= embedded().languages

    def qualities(self, pairs: Sequence[SourceOutput]) -> list[float | None]:
        """A probability for each pair, each on its own: 0 for a faulty form; None for what cannot be told."""
        import numpy as np

        sound = [k for k, pair in enumerate(pairs) if not fault(*pair, self.target)]
        found: list[float | None] = [0.0] * len(pairs)
        told: Sequence[float | None] = [None] * len(sound)
        if self.covers and sound:
            known = _weights()
            worth = (self.signals([pairs[k] for k in sound]) * known.weights).sum(axis=1) + known.bias
            told = (1 / (1 + np.exp(-np.clip(worth, -30, 30)))).tolist()
        for k, value in zip(sound, told, strict=True):
            found[k] = value
        return found

    def signals(self, pairs: Sequence[SourceOutput]) -> Rows:
        """What speaks for and against each pair (pairs, len(SIGNALS))."""
        import numpy as np

        from polyalign.words import one_sided

        languages = self.source, self.target
        texts = [
            " ".join(readable(text, language).split())
            for pair in pairs
            for text, language in zip(pair, languages, strict=True)
        ]
        parts = {text: _parts(text) for text in texts}
        every = list(dict.fromkeys(chain.from_iterable((text, *own) for text, own in parts.items())))
        vectors = dict(zip(every, embedded().encode(every), strict=True))
        sides = [np.array([vectors[part] for part in (*parts[text], text)]) for text in texts]
        sidedness = one_sided(pairs, languages=languages, encoder=embedded())
        rows = [
            (*_agreement(sides[2 * k], sides[2 * k + 1]), *_form(*pair), *alone)
            for k, (pair, alone) in enumerate(zip(pairs, sidedness, strict=True))
        ]
        return np.array(rows, dtype=np.float64).reshape(-1, len(SIGNALS))


@dataclass(frozen=True)
class JudgedTranslator:
    """A translator whose outputs are judged; one that is no translation is left out, and flagged."""

    translator: Translator
    judge: OutputJudge

    @property
    def name(self) -> str:
        """The name of the translator behind it."""
        return self.translator.name

    @property
    def identity(self) -> str:
        """The identity of the translator behind it, and of the judgement."""
        return f"{self.translator.identity} judge-{_weights().version}"

    def translate(self, texts: Sequence[str], *, progress: Progress = silent) -> list[Translation]:
        """One translation a text, in the same order, with its quality."""
        made = self.translator.translate(texts, progress=progress)
        outputs = [SourceOutput(text, one.text) for text, one in zip(texts, made, strict=True)]
        asked = {pair: None for pair, one in zip(outputs, made, strict=True) if "passed" not in one.flags}
        qualities = dict(zip(asked, self.judge.qualities([*asked]), strict=True))
        return [
            one if "passed" in one.flags else _shown(one, qualities[pair])
            for pair, one in zip(outputs, made, strict=True)
        ]


def threshold() -> float:
    """The quality from which an output is shown."""
    return _weights().threshold


def _shown(made: Translation, quality: float | None) -> Translation:
    if quality is None or quality >= threshold():
        return Translation(made.text, made.flags, quality)
    return Translation("", flags_in_order({*made.flags, "untranslatable"}), quality)


@dataclass(frozen=True)
class _Weights:
    """A logistic over the SIGNALS, and the quality from which an output is shown."""

    version: str
    weights: tuple[float, ...]
    bias: float
    threshold: float


@cache
def _weights() -> _Weights:
    text = resources.files("polyalign.translation").joinpath("weights.json").read_text(encoding="utf-8")
    data = json.loads(text)
    weights = tuple(data["weights"][name] for name in SIGNALS)
    return _Weights(data["version"], weights, data["bias"], data["threshold"])


def _form(source: str, output: str) -> tuple[float, float, float, float]:
    """How far the lengths differ, how much the output repeats, how often at once, and what is copied."""
    ours, theirs = _words(source), _words(output)
    before, after = (len(text) + len(_WIDE.findall(text)) for text in (source, output))
    known = set(ours)
    copied = sum(len(word) for word in theirs if word in known) / max(sum(map(len, theirs)), 1)
    rounds = min(max(0, _rounds(theirs) - _rounds(ours)), _ROUNDS)
    length = abs(math.log((after + 10) / (before + 10)))
    return length, max(0.0, _repeats(theirs) - _repeats(ours)), float(rounds), copied


def _words(text: str) -> list[str]:
    return _WORD.findall(comparable(text))


def _repeats(words: Sequence[str]) -> float:
    """The share of the ordinary words that stand shortly before, too."""
    long = [word for word in words if len(word) >= _ORDINARY]
    again = sum(word in long[max(0, k - _NEAR) : k] for k, word in enumerate(long))
    return again / max(len(long), 1)


def _rounds(words: Sequence[str]) -> int:
    """How many words belong to a run of one to four that stands directly before, too."""
    most = 0
    for cycle in range(1, 5):
        total = run = 0
        for same in (*(one == other for one, other in zip(words[cycle:], words, strict=False)), False):
            total, run = (total, run + 1) if same else (total + (run if run >= cycle else 0), 0)
        most = max(most, total)
    return most


def _parts(text: str) -> list[str]:
    """The text in runs of about _PART words, of letters where words are not spaced."""
    space, words = " ", text.split()
    if _WIDE.search(text):
        space, words = "", [text[k : k + 2] for k in range(0, len(text), 2)]
    count = max(1, round(len(words) / _PART))
    edges = [round(k * len(words) / count) for k in range(count + 1)]
    return [space.join(words[first:last]) for first, last in pairwise(edges)]


def _agreement(ours: Vectors, theirs: Vectors) -> tuple[float, ...]:
    """The cosine of two texts, and how near the parts of each are to the other's, on average and at least.

    Each has the vectors of its parts and, last, its own.
    """
    cosine = ours @ theirs.T
    there, back = cosine[:-1].max(axis=1), cosine[:, :-1].max(axis=0)
    return tuple(map(float, (cosine[-1, -1], there.mean(), back.mean(), there.min(), back.min())))


def _loops(pieces: Sequence[str]) -> bool:
    """Whether a few pieces follow each other over and over, or hardly a run of them is new."""
    cycles = range(1, min(_LONGEST_CYCLE, len(pieces)) + 1)
    if any(_longest_loop(pieces, cycle) >= max(_LEAST_ROUNDS * cycle, _LEAST_LOOP) for cycle in cycles):
        return True
    runs = [tuple(pieces[i : i + _WIDTH]) for i in range(len(pieces) - _WIDTH + 1)]
    return len(pieces) >= _LONG and len(set(runs)) < _LEAST_FRESH * len(runs)


def _longest_loop(pieces: Sequence[str], cycle: int) -> int:
    """The length of the longest stretch in which every piece is the one `cycle` places before."""
    best = run = 0
    for piece, before in zip(pieces[cycle:], pieces, strict=False):
        run = run + 1 if piece == before else 0
        best = max(best, run)
    return best + cycle if best else 0
