"""Which language a text is in: the script decides first, then py3langid, and langdetect where in doubt.

    text --> sample --> scripts and their shares --> py3langid --(in doubt)--> langdetect --> Detection

py3langid knows 130 languages and its probabilities can be believed: a clear answer stands, and is right
99 times in 100. langdetect knows 54 of them and is heard whenever the answer is not clear. It divides
anew only what py3langid left to the languages that langdetect knows, so that a language it lacks
(Azerbaijani, Kurdish, Kazakh) is never out-voted by one that it takes it for (Turkish).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polyalign.cache import kept_arrays
from polyalign.errors import LanguageError
from polyalign.folding import comparable, readable
from polyalign.parts import Document
from polyalign.tags import UNDETERMINED

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory
    from py3langid.langid import LanguageIdentifier

    from polyalign.cache import Arrays

Chances = dict[str, float]


SURE = 0.9  # a confidence from which others rely on a language
_SENTENCE_LETTERS = 20  # of a sentence whose language can be told
_CLEAR = 0.9  # py3langid's probability from which langdetect is not asked
_TOLD = 0.5  # probability below which the answer is "und"
_AGREED = 0.3  # and where both have the same first guess
_DOUBT = 0.3  # added to what langdetect says, which is often too sure of short texts
_LEAST = 1e-9  # of every language of the script, so that none is ruled out
_CANDIDATES = 5  # at most
_MINOR = 0.2  # share of the text below which another script is names and quotations

_WHOLE = 6000  # characters up to which a text is looked at from end to end
_STRETCHES = 3  # else its first, middle and last stretch
_STRETCH_LETTERS = 1200
_PIECE = 2000  # characters cleaned at a time
_REACH = 100_000  # characters in which a stretch must find its letters

_NOISE = re.compile(r"(?:https?://|www\.)[!-~]+|\b[\w.+-]{1,64}+@[\w.-]+|\d[\d.,:/%-]*")

# Finer codes under the code that models and encoders go by.
_CODES = {"ary": "ar", "arz": "ar", "ext": "es", "fuv": "ff", "gug": "gn", "hbo": "he", "kik": "ki"}
_CODES |= {"ltg": "lv", "nn": "no", "sdh": "ckb", "uzs": "uz", "wuu": "zh", "yue": "zh"}
_CODES |= {"zh-cn": "zh", "zh-tw": "zh", "zxx": UNDETERMINED}

# The languages that the detectors know of each script, by the first word of its letters' Unicode names.
_LANGUAGES = {
    "ARABIC": "ar az ckb fa ps ug ur uz",
    "ARMENIAN": "hy",
    "BENGALI": "as bn",
    "CJK": "ja zh",
    "CYRILLIC": "az ba be bg kk ky mk mn ru sr tg tt uk uz",
    "DEVANAGARI": "gom hi mr ne sa",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "GREEK": "el grc",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he",
    "KANA": "ja",
    "KANNADA": "kn",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
    "TIBETAN": "dz",
}
_NOT_LATIN = {code for codes in _LANGUAGES.values() for code in codes.split()} - {"az", "sr", "uz"}
_RENAMED = dict.fromkeys(["HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"], "KANA")
_RENAMED |= dict.fromkeys(["COMBINING", "IDEOGRAPHIC", "MODIFIER", "VARIATION"], "")  # of what is beside
_JAPANESE = 0.05  # kana per ideograph from which both are Japanese
# How many Latin letters say as much as one of these; Arabic and Hebrew leave out most vowels.
_WEIGHTS = {"ARABIC": 1.3, "CJK": 3.0, "HANGUL": 2.0, "HEBREW": 1.3, "KANA": 2.0}
# Languages with a relative that they share most words with and that is written far more.
_SMALLER = set("ace an ba bcl crh eo fo fy gcf gcr gom grc jv la lb lij ms oc pcm sa vec vo wa".split())
_SMALL = 0.3  # what their probability counts for as long as it is not clear

# py3langid hardly tells Serbian in Latin letters from Bosnian and Croatian; these words do.
_SERBIAN = set("čovek čoveka deca dece gde mesto mesta nedelja nedelje ovde posle pre predsednik reč".split())
_SERBIAN |= set("predsednika reči sledeće sledeći svet sveta uspeh uvek vreme svedok primer promena".split())
_NOT_SERBIAN = set("čovjek čovjeka djeca djece gdje mjesto mjesta nedjelja nedjelje ovdje poslije".split())
_NOT_SERBIAN |= set("predsjednik predsjednika prije primjer promjena riječ riječi sljedeće sljedeći".split())
_NOT_SERBIAN |= set("svijet svijeta svjedok uspjeh uvijek vrijeme".split())
_WORD = 3.0  # how many times as probable one such word makes it

_AGREE = "both detectors agree"


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of a text, how probable it is, and what else it could be.

    `language` is a bare code ("ar", "ckb"), or "und" when it cannot be told. `confidence` is in 0..1:
    the probability of the best candidate times the share of the text in its script; with "und" it was
    too low. `candidates` are (language, confidence), best first. `reason` says how it was decided.
    """

    language: str
    confidence: float
    candidates: tuple[tuple[str, float], ...] = ()
    reason: str = ""

    def __repr__(self) -> str:
        return f"<Detection {self.language}, {self.confidence:.2f}>"


def detect(text: str) -> Detection:
    """The language of the text, "und" when it cannot be told.

    Of a long text about 3600 letters are looked at, from its start, middle and end.
    """
    sample = _sample(text)
    shares = _script_shares(sample)
    if not shares:
        return Detection(UNDETERMINED, 0.0, reason="the text has no letters")
    reasons: list[str] = []
    mixed: Chances = {}
    for script, share in shares.items():
        if share >= _MINOR or not reasons:
            chances, reason = _in_script(sample, script)
            mixed |= {code: mixed.get(code, 0.0) + share * chance for code, chance in chances.items()}
            reasons.append(reason)
    return _decided(mixed, reasons)


def language_of(document: Document, name: str, advice: str) -> str:
    """The language the user gave, else the detected one, else the one that the file states.

    Raises LanguageError, which calls the document by its path, else by `name`, and ends with the advice.
    """
    if document.language:
        return document.language
    found = detect(document.text)
    if found.language == UNDETERMINED and document.stated:
        return document.stated
    if found.language == UNDETERMINED:
        raise LanguageError(
            f"{document.path or name}: its language cannot be told ({found.reason}): {advice}"
        )
    return found.language


def clear_language(text: str) -> str:
    """The language of a sentence where it is clear; "" elsewhere."""
    if sum(map(str.isalpha, text)) < _SENTENCE_LETTERS:
        return ""
    found = detect(text)
    return found.language if found.confidence >= SURE else ""


def _decided(chances: Chances, reasons: list[str]) -> Detection:
    """The best language where it is probable enough, else "und" and why."""
    ranked = sorted(chances.items(), key=lambda entry: (-entry[1], entry[0]))
    languages = [(code, round(chance, 4)) for code, chance in ranked if code != UNDETERMINED]
    candidates = tuple(languages[:_CANDIDATES])
    best, confidence = candidates[0] if candidates else (UNDETERMINED, 0.0)
    if confidence >= (_AGREED if reasons == [_AGREE] else _TOLD):
        return Detection(best, confidence, candidates, reasons[0])
    reason = "several scripts, none prevails" if len(reasons) > 1 else f"not clear: {reasons[0]}"
    return Detection(UNDETERMINED, confidence, candidates, reason)


def _sample(text: str) -> str:
    """All of a short text, three stretches of a long one, without what is not language."""
    length, piece = _WHOLE, _WHOLE  # a short text is one stretch of one piece
    if len(text) > _WHOLE:
        length, piece = -(-len(text) // _STRETCHES), _PIECE
    sample = " ".join(_stretch(text, start, start + length, piece) for start in range(0, len(text), length))
    arabic = sum(map(sample.count, "ةأإ")) > sum(map(sample.count, "پچژگ"))  # whatever its kaf and yeh are
    sample = readable(" ".join(sample.split()), "ar" if arabic else "")
    return comparable(sample) if sample.isupper() else sample


def _stretch(text: str, start: int, stop: int, piece: int) -> str:
    """Text from `start` on in ordinary letters, without addresses and numbers, never past `stop`.

    It is read by the `piece`, so many characters, until there are letters enough.
    """
    cleaned, letters = [], 0
    for at in range(start, min(stop, start + _REACH), piece):
        cleaned.append(_NOISE.sub(" ", readable(text[at : min(at + piece, stop)], capitals=True)))
        letters += sum(map(str.isalpha, cleaned[-1]))
        if letters >= _STRETCH_LETTERS:
            break
    return "".join(cleaned)


def _script(character: str) -> str:
    """The first word of a letter's Unicode name, as "LATIN"; "KANA" for Japan's two; "" for no one script."""
    if unicodedata.category(character)[0] not in "LM":  # letters, and the marks that are vowels in India
        return ""
    script = unicodedata.name(character, "UNKNOWN").partition(" ")[0]
    return _RENAMED.get(script, script)


def _script_shares(sample: str) -> Chances:
    """The scripts of the letters and how much of the text each holds, the most first."""
    weights: Chances = {}
    for character, count in Counter(sample).items():
        if script := _script(character):
            weights[script] = weights.get(script, 0.0) + count * _WEIGHTS.get(script, 1.0)
    if weights.get("KANA", 0.0) > _JAPANESE * weights.get("CJK", 0.0):
        weights["KANA"] += weights.pop("CJK", 0.0)
    return dict(sorted(_scaled(weights).items(), key=lambda entry: (-entry[1], entry[0])))


def _in_script(sample: str, script: str) -> tuple[Chances, str]:
    """How probable each language is for the part of the sample in this script, and how that was found."""
    possible = _possible(script)
    if not possible:
        return {}, f"no detector knows {script.capitalize()} script"
    if len(possible) == 1:
        return dict.fromkeys(possible, 1.0), f"{script.capitalize()} script"
    part = _only(sample, script)
    opinion = _first_opinion(part)
    first = {code: opinion.get(code, 0.0) + _LEAST for code in possible}
    if max(first.values()) >= _CLEAR:
        return _scaled(first), "py3langid is sure"
    expected = {code: chance * (_SMALL if code in _SMALLER else 1.0) for code, chance in first.items()}
    second = {code: chance for code, chance in _second_opinion(part).items() if code in possible}
    return _weighed(_scaled(expected), _scaled(second))


def _possible(script: str) -> frozenset[str]:
    """The languages that the detectors know in this script; for Latin, "und" for what is no language."""
    if script == "LATIN":
        return frozenset(map(_code, _py3langid().labels)) - _NOT_LATIN
    return frozenset(_LANGUAGES.get(script, "").split())


def _only(sample: str, script: str) -> str:
    """The sample with a blank for each letter of another script."""
    kept = {script, "CJK", ""} if script == "KANA" else {script, ""}
    others = (ord(character) for character in set(sample) if _script(character) not in kept)
    return sample.translate(dict.fromkeys(others, " "))


def _weighed(first: Chances, second: Chances) -> tuple[Chances, str]:
    """The first opinion, with what it left to langdetect's languages divided anew by the second."""
    if not second:
        return first, "py3langid alone"
    heard = _langdetect_codes() & first.keys()
    left = sum(first[code] for code in heard)
    favour = _scaled({code: first[code] * (second.get(code, 0.0) + _DOUBT) for code in heard})
    chances = first | {code: left * chance for code, chance in favour.items()}
    one, other = max(first, key=first.__getitem__), max(second, key=second.__getitem__)
    return chances, _AGREE if one == other else f"py3langid says {one}, langdetect says {other}"


def _scaled(weights: Chances) -> Chances:
    """The weights above 0, so that they add up to 1."""
    total = sum(weights.values())
    return {code: weight / total for code, weight in weights.items() if weight}


def _code(label: str) -> str:
    """The code that the project uses for a detector's label."""
    return _CODES.get(label, label)


def _merged(labels: Iterable[tuple[str, float]]) -> Chances:
    """The chances by code, the varieties of one language together."""
    chances: Chances = {}
    for label, chance in labels:
        chances[_code(label)] = chances.get(_code(label), 0.0) + chance
    return chances


def _first_opinion(part: str) -> Chances:
    """What py3langid says: a chance for each language it knows, Serbian's by its words too."""
    chances = _merged(_py3langid().rank(part))
    if max(chances, key=chances.__getitem__) in {"bs", "hr", "sr"}:
        words = re.findall(r"\w+", part.lower())
        surplus = sum((word in _SERBIAN) - (word in _NOT_SERBIAN) for word in words)
        chances["sr"] *= _WORD ** max(-5, min(5, surplus))
        chances = _scaled(chances)
    return chances


def _second_opinion(part: str) -> Chances:
    """What langdetect says: its guesses of 0.1 and more, none where it finds nothing it knows."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _langdetect().create()
    detector.append(part)
    try:
        guesses = detector.get_probabilities()
    except LangDetectException:
        return {}
    return _merged((guess.lang, guess.prob) for guess in guesses)


@functools.cache
def _langdetect() -> DetectorFactory:
    """A factory of our own, seeded and in sorted order: the same text always gets the same answer."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    profiles = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if not path.name.startswith("."))
    factory.load_json_profile([path.read_text("utf-8") for path in profiles])
    factory.set_seed(0)
    return factory


@functools.cache
def _langdetect_codes() -> frozenset[str]:
    return frozenset(map(_code, _langdetect().get_lang_list()))


@functools.cache
def _py3langid() -> LanguageIdentifier:
    """The identifier on memory-mapped arrays: decoding its model takes a second, mapping it a tenth."""
    import py3langid
    from py3langid.langid import LanguageIdentifier

    kept = kept_arrays(f"py3langid-{py3langid.__version__}", _decoded_model)
    return LanguageIdentifier(
        kept["ptc"],
        kept["pc"],
        kept["classes"].tolist(),
        kept["nextmove"].data,
        kept["output"].data,
        norm_probs=True,
        tk_row=kept["row"].data,
    )


def _decoded_model() -> Arrays:
    """What py3langid's model file holds: chances by feature and language, and its automaton over bytes."""
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    return {
        "ptc": model.nb_ptc,
        "pc": model.nb_pc,
        "classes": np.array(model.nb_classes),
        "nextmove": np.array(model.tk_nextmove),
        "row": np.array(model.tk_row),
        "output": np.array(model.tk_output, dtype=np.int32),
    }
