"""A side that is in another language than it should be."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from polyalign.qa.texts import Pair, ordinary, plain_words, prose
from polyalign.tags import primary

Detect = Callable[[str], str]

_RANGES = """
    0041 Latin|0250 -|0370 Greek|0400 Cyrillic|0530 Armenian|0590 Hebrew|0600 Arabic|0700 Syriac|0750 Arabic
    0780 Thaana|07c0 Nko|0800 -|0860 Syriac|0870 Arabic|0900 Devanagari|0980 Bengali|0a00 Gurmukhi|0a80 Gujarati
    0b00 Oriya|0b80 Tamil|0c00 Telugu|0c80 Kannada|0d00 Malayalam|0d80 Sinhala|0e00 Thai|0e80 Lao|0f00 Tibetan
    1000 Burmese|10a0 Georgian|1100 Korean|1200 Ethiopic|13a0 Cherokee|1400 Canadian|1680 -|1780 Khmer
    1800 Mongolian|18b0 Canadian|1900 -|1c50 Santali|1c80 Cyrillic|1c90 Georgian|1cc0 -|1e00 Latin|1f00 Greek|2000 -
    2c60 Latin|2c80 -|2d30 Tifinagh|2d80 Ethiopic|2de0 Cyrillic|2e00 -|3040 Japanese|3100 Chinese|3130 Korean|3190 -
    3400 Chinese|a000 Yi|a4d0 -|a640 Cyrillic|a6a0 -|a720 Latin|a800 -|a980 Javanese|a9e0 -|aae0 Meitei|ab00 Ethiopic
    ab30 Latin|ab70 Cherokee|abc0 Meitei|ac00 Korean|d7b0 -|f900 Chinese|fb00 -|fb1d Hebrew|fb50 Arabic|fe00 -
    fe70 Arabic|ff00 -|1e900 Adlam|1e960 -|20000 Chinese|32000 -"""
_BEGINNINGS = [row.split() for row in re.split(r"[|\n]", _RANGES) if row]
_STARTS = [int(start, 16) for start, _ in _BEGINNINGS]
_NAMES = [name for _, name in _BEGINNINGS]
# The languages of each script; one that is written in several is in each of them.
_SCRIPTS = {
    "Latin": """ace af an ast az azj ban bcl ber bi br bs ca ceb cnr co crh cs cy da de ee en eo es et eu ext fi fil fj
        fo fr fur fy ga gag gcf gcr gd gl gn gsw gv guw ha haw hil hmn hr hsb ht hu ia id ig ilo is it iu jv kaa kab
        kg ki kk kl kmr ku kw la lad lb lg lij lmo ln lt lv mg mi min mo ms mt nah nap nb nds nl nn no nr nso ny
        oc om pam pap pcm pl pms pt qu rm rn ro rom rw sc scn sco se sg sh shi sk sl sm sn so sq sr srn ss st su sv
        sw szl tet tk tl tn to tpi tr ts tt ty tzm uz uzn ve vec vi vo wa war wo xh yo zgh zu""",
    "Arabic": """acm acq aeb ajp apc ar arb ars ary arz azb bal bgn bqi ckb fa glk hac kas khw ks ku kmr lki lrc mzn pbt pbu
        pes pnb prs ps sd sdh skr ug uig ur zgh ber""",
    "Cyrillic": """ab ady av ba be bg bs bua bxr ce cnr crh cv gag inh kaa kbd kjh kk koi krc kum kv ky lbe lez mdf mhr mk mn
        mns mo mrj myv nog os rom ru rue sah sh sr tab tg tk tt tyv udm uk uz uzn xal""",
    "Greek": "el grc pnt",
    "Armenian": "hy hyw",
    "Hebrew": "arc he hbo iw lad yi",
    "Syriac": "aii arc syc syr",
    "Thaana": "dv",
    "Nko": "nqo",
    "Devanagari": "awa bho brx dgo doi gom hi hne kok ks mag mai mr ne new raj sa sat sd",
    "Bengali": "as bn bpy mni sat",
    "Gurmukhi": "pa",
    "Gujarati": "gu kfr",
    "Oriya": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn tcy",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Thai": "th tts",
    "Lao": "lo",
    "Tibetan": "bo dz",
    "Burmese": "blk ksw mnw my shn",
    "Georgian": "ka xmf",
    "Korean": "ko",
    "Ethiopic": "am gez ti tig",
    "Cherokee": "chr",
    "Canadian": "cr iu oj",
    "Khmer": "km",
    "Mongolian": "mn mvf",
    "Santali": "sat",
    "Meitei": "mni",
    "Tifinagh": "ber shi tzm zgh",
    "Adlam": "ff fuf",
    "Yi": "ii",
    "Japanese": "ja",
    "Chinese": "cdo cmn gan hak ja lzh nan wuu yue zh",
}
# Regions in which a language is written in one other script than elsewhere (likely subtags of Unicode's CLDR).
_REGIONS = {"Arabic": "az-ir az-iq kk-af kk-cn kk-ir ky-cn pa-pk tg-pk uz-af", "Cyrillic": "az-ru ug-kz ug-mn uz-cn"}
_REGIONS |= {"Devanagari": "sd-in", "Latin": "sr-me sr-ro sr-tr", "Mongolian": "mn-cn"}
# The scripts that a tag may name (ISO 15924).
_TAGGED = {"arab": "Arabic", "armn": "Armenian", "beng": "Bengali", "guru": "Gurmukhi", "khmr": "Khmer"}
_TAGGED |= {"mong": "Mongolian", "sinh": "Sinhala", "thai": "Thai", "java": "Javanese", "bopo": "Chinese"}
_TAGGED |= {"adlm": "Adlam", "aran": "Arabic", "cans": "Canadian", "cher": "Cherokee", "cyrl": "Cyrillic"}
_TAGGED |= {"deva": "Devanagari", "ethi": "Ethiopic", "geor": "Georgian", "grek": "Greek", "gujr": "Gujarati"}
_TAGGED |= {"hang": "Korean", "hani": "Chinese", "hans": "Chinese", "hant": "Chinese", "hebr": "Hebrew"}
_TAGGED |= {"hira": "Japanese", "jpan": "Japanese Chinese", "kana": "Japanese", "knda": "Kannada", "laoo": "Lao"}
_TAGGED |= {"kore": "Korean Chinese", "latn": "Latin", "mlym": "Malayalam", "mtei": "Meitei", "mymr": "Burmese"}
_TAGGED |= {"nkoo": "Nko", "olck": "Santali", "orya": "Oriya", "syrc": "Syriac", "taml": "Tamil", "telu": "Telugu"}
_TAGGED |= {"tfng": "Tifinagh", "thaa": "Thaana", "tibt": "Tibetan", "yiii": "Yi"}
# The languages that detectors know in a script; a text in another language they take for one of these.
_KNOWN = {
    "Latin": """af an az br bs ca cs cy da de en eo es et eu fi fo fr fy ga gd gl ha hr ht hu id is it jv ku la lb lt
        lv mg ms mt nl no oc pl pt qu ro rw sk sl so sq sr sv sw tk tl tr uz vi xh yo zu""",
    "Arabic": "ar ckb fa ps ug ur",
    "Cyrillic": "be bg kk ky mk mn ru sr tg tt uk uz",
    "Devanagari": "hi mr ne",
    "Bengali": "as bn",
    "Greek": "el",
    "Hebrew": "he",
    "Japanese": "ja",
    "Chinese": "ja zh",
}
_ALIKE = [
    {"no", "nb", "nn", "da"},
    {"hr", "bs", "sr", "sh", "cnr"},
    {"id", "ms", "zsm"},
    {"fa", "prs", "pes"},
    {"zh", "yue", "wuu", "cmn", "zh-cn", "zh-tw"},
    {"ar", "arz", "ary", "apc", "arb"},
    {"ku", "kmr", "ckb"},
    {"fil", "tl"},
    {"gl", "pt"},
    {"he", "iw"},
    {"az", "azj"},
    {"uz", "uzn"},
]
_ORDINARY = 3  # words that no name explains
_CAPITALS = 6  # and words where all are in capitals, as abbreviations are
_LETTERS = 60  # from which on a detector is asked


def language(pair: Pair, detect: Detect | None = None) -> str:
    """Which side is in another language than it should be: by its letters, else by `detect`.

    Most of the letters must be of a script that the language is not written in. `detect` gives the
    language of a text ("und" where it cannot tell) and is asked about texts of 60 letters and more
    outside addresses; languages that are easily taken for each other are one.
    """
    sides = (("source", pair.source, pair.source_language), ("target", pair.target, pair.target_language))
    said = (
        _script_says(text, tag) or (detect and _detector_says(text, tag, detect)) for _, text, tag in sides
    )
    return "; ".join(
        f"the {side} is in {what}" for (side, _, _), what in zip(sides, said, strict=True) if what
    )


def _worded(text: str) -> bool:
    """Whether there are words enough that are neither names nor abbreviations."""
    return ordinary(text.lower()) >= _CAPITALS if text.isupper() else ordinary(text) >= _ORDINARY


def script_of(text: str) -> str:
    """The script of most letters of a text, "-" where that is none of those known here."""
    found = _letters(text)
    return max(found, key=found.__getitem__, default="-")


def _script_says(text: str, tag: str) -> str:
    expected, found, script = scripts_of(tag), _letters(text), script_of(text)
    if not expected or script in expected or script == "-" or not _worded(text):
        return ""
    foreign = sum(count for name, count in found.items() if name not in expected)
    return f"{script} letters, not in {primary(tag)}" if 2 * foreign > sum(found.values()) else ""


def _detector_says(text: str, tag: str, detect: Detect) -> str:
    expected = primary(tag)
    if _letters(text).total() < _LETTERS or not _worded(text):
        return ""
    alike = {expected}.union(*(group for group in _ALIKE if expected in group))
    known = _KNOWN.get(script_of(text), "").split()
    told = primary(detect(prose(text))) if not alike.isdisjoint(known) else "und"
    return "" if told == "und" or told in alike else f"{told}, not in {expected}"


@lru_cache(maxsize=256)
def scripts_of(tag: str) -> frozenset[str]:
    """The scripts that a language is written in; none where that is not known.

    A script in the tag counts most, then a region: "sr-Latn", "pa-PK".
    """
    language, *others = tag.replace("_", "-").lower().split("-")
    tagged = [name for part in others for name in _TAGGED.get(part, "").split()]
    there = [name for name, tags in _REGIONS.items() for part in others if f"{language}-{part}" in tags.split()]
    return frozenset(tagged or there or (name for name, codes in _SCRIPTS.items() if language in codes.split()))


@lru_cache(maxsize=2048)
def _letters(text: str) -> Counter[str]:
    """How many letters stand in words of each script, by the first letter of the word."""
    if text.isascii():
        return Counter({"Latin": sum(map(len, plain_words(text)))})
    found: Counter[str] = Counter()
    for word in plain_words(text):
        found[_NAMES[max(bisect_right(_STARTS, ord(word[0])) - 1, 0)]] += len(word)
    return found
