"""Bytes in, text out: byte order marks, UTF-8, UTF-16, then a guess among legacy encodings."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from polyalign.errors import EncodingError, FormatError, UnreadableError, UsageError

SAMPLE_BYTES = 200_000
MOSTLY_CONTROLS = 0.3  # of the characters of a text that decodes
CONTROLS_IN_LEGACY = 0.05  # of the bytes of a text whose encoding is a guess; noise has about 0.1
MOST_HIGH_BYTES_IN_LATIN = 0.4  # of the letters; Vietnamese has about 0.3, other scripts over 0.6
LEAST_LATIN_FIT = 0.8

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_MARKS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32_le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf_32_be"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)

_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
)

# The letters beyond ASCII that a language uses every day, under the code pages it is written in.
_LATIN_LETTERS = (
    ("cp1252", "fr", "àâæçéèêëîïôœùûüÿ"),
    ("cp1252", "de", "äöüß"),
    ("cp1252", "es", "áéíñóúü¿¡ºª"),
    ("cp1252", "pt", "áàâãçéêíóôõúüºª"),
    ("cp1252", "it", "àèéìíîòóùú"),
    ("cp1252", "nl", "áéèëïíóöúü"),
    ("cp1252", "sv", "åäöéü"),
    ("cp1252", "da", "æøåéöü"),
    ("cp1252", "ca", "àçéèíïóòúü·"),
    ("cp1252", "et", "äõöüšž"),
    ("cp1254", "tr", "çğıöşüâîûi\u0307"),
    ("cp1254", "ku", "çêîşû"),
    ("cp1250", "pl", "ąćęłńóśźż"),
    ("cp1250", "cs", "áčďéěíňóřšťúůýž"),
    ("cp1250", "sk", "áäčďéíĺľňóôŕšťúýž"),
    ("cp1250", "hu", "áéíóöőúüű"),
    ("cp1250", "hr", "čćđšž"),
    ("cp1250", "ro", "ăâîşţ"),
    ("iso8859_2", "pl", "ąćęłńóśźż"),
    ("iso8859_2", "cs", "áčďéěíňóřšťúůýž"),
    ("iso8859_2", "hu", "áéíóöőúüű"),
    ("iso8859_2", "hr", "čćđšž"),
    ("cp1257", "lt", "ąčęėįšųūž"),
    ("cp1257", "lv", "āčēģīķļņšūž"),
    ("cp1257", "et", "äõöüšž"),
    ("cp1258", "vi", "àáâãăèéêìíòóôơùúưýđ\u0300\u0301\u0303\u0309\u0323"),
    ("cp1252", "is", "áðéíóúýþæö"),  # after Turkish, whose ı ş ğ share their bytes with ý þ ð
    ("mac_roman", "fr", "àâæçéèêëîïôœùûüÿ"),
    ("mac_roman", "es", "áéíñóúü¿¡"),
    ("mac_roman", "de", "äöüß"),
)
_TYPOGRAPHY = frozenset("‘’‚“”„«»‹›–—…•·€£§©®™°\u00a0\u00ad")

_OTHER_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "ar": ("cp1256", "iso8859_6"),
    "fa": ("cp1256",),
    "ur": ("cp1256",),
    "ru": ("cp1251", "koi8_r", "iso8859_5", "cp866"),
    "uk": ("cp1251", "koi8_u"),
    "bg": ("cp1251",),
    "el": ("cp1253", "iso8859_7"),
    "he": ("cp1255", "iso8859_8"),
    "th": ("cp874",),
    "zh": ("gb18030", "big5"),
    "ja": ("cp932", "euc_jp"),
    "ko": ("cp949",),
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the Python codec that gave it, and whether that codec is a guess."""

    text: str
    encoding: str
    guessed: bool = False


def decode(data: bytes, *, name: str, encoding: str | None = None, language: str = "") -> Decoded:
    """The text of a file, without its byte order mark.

    `encoding` overrides all detection; `language` helps it. Raises UnreadableError, which names
    the byte offset, for what is no text in any encoding tried, UsageError for an unknown encoding.
    """
    found = _detected(data, name, language) if encoding is None else _as_told(data, name, encoding)
    if "\0" in found.text or len(CONTROLS.findall(found.text)) > MOSTLY_CONTROLS * len(found.text):
        raise FormatError(f"{name}: not text but binary data: give a plain text file")
    return found


def encoding_name(codec: str) -> str:
    """The name people use for a Python codec: "windows-1256" for "cp1256"."""
    return re.sub(r"^cp(125\d)$", r"windows-\1", codec).replace("_", "-")


def decodes(data: bytes, codec: str) -> bool:
    """Whether the bytes are text in this encoding."""
    try:
        data.decode(codec)
    except (LookupError, ValueError):
        return False
    return True


def _as_told(data: bytes, name: str, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
        text.encode()
    except LookupError as error:
        raise UsageError(f"unknown encoding {encoding!r}: try utf-8 or windows-1256") from error
    except UnicodeError as error:
        place = "its text"
        if isinstance(error, UnicodeDecodeError):  # utf-8-sig counts from after the mark
            place = f"byte {error.start + len(data) - len(error.object)}"
        raise EncodingError(f"{name}: {place} is not {encoding}: pass another --encoding") from error
    return Decoded(text, encoding)


def _detected(data: bytes, name: str, language: str) -> Decoded:
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise FormatError(f"{name}: this is {what}, not text: save it as plain text first")
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return Decoded(_strict(data, len(mark), codec, name), codec)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        codec = _utf16_without_mark(data) or _legacy(data, name, error.start, language)
    else:
        codec = _utf16_without_mark(data) if "\0" in text else ""
        if not codec:
            return Decoded(text, "utf_8")
    return Decoded(_strict(data, 0, codec, name), codec, guessed=True)


def _strict(data: bytes, start: int, codec: str, name: str) -> str:
    try:
        return data[start:].decode(codec)
    except UnicodeDecodeError as error:
        raise _undecodable(name, data, start + error.start, encoding_name(codec)) from error


def _undecodable(name: str, data: bytes, offset: int, encoding: str) -> UnreadableError:
    byte = f"byte {offset} (0x{data[offset]:02x})"
    return EncodingError(f"{name}: {byte} is not {encoding}: repair the file, or name its --encoding")


def _utf16_without_mark(data: bytes) -> str:
    """The byte order in which the bytes read as UTF-16, empty for none.

    Text of any script holds spaces, line ends or punctuation, and these hold bytes below 9,
    which other encodings do not use.
    """
    sample = data[:SAMPLE_BYTES]
    if len(data) % 2 or not re.search(rb"[\x00-\x08]", sample):
        return ""
    anchors = {codec: _anchors(sample, codec) for codec in ("utf_16_le", "utf_16_be")}
    best = max(anchors, key=lambda codec: anchors[codec])
    return best if anchors[best] else ""


def _anchors(sample: bytes, codec: str) -> float:
    """The share of everyday spaces, punctuation, digits and ASCII; 0 where it is no text."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    counts = Counter(text)
    strange = sum(n for c, n in counts.items() if unicodedata.category(c) in ("Cn", "Co"))
    controls = sum(n for c, n in counts.items() if CONTROLS.match(c))
    if not text or "\0" in counts or strange or controls > 0.02 * len(text):
        return 0.0
    return len(re.findall(r"[\n\r\t -~،؛؟\u3000-\u3002\uff01-\uff1f]", text)) / len(text)


def _legacy(data: bytes, name: str, offset: int, language: str) -> str:
    """The likeliest codec of bytes that are not UTF-8 from `offset` on."""
    text = data[: offset + SAMPLE_BYTES].decode("utf-8", "surrogateescape")
    stray = len(re.findall("[\udc80-\udcff]", text))
    if len(re.findall("[^\x00-\x7f]", text)) >= 5 * stray:  # sound sequences hardly occur by chance
        raise _undecodable(name, data, offset, "UTF-8")
    sample = _sample(data, offset)
    if len(re.findall(rb"[\x00-\x08\x0e-\x1f\x7f]", sample)) > CONTROLS_IN_LEGACY * len(sample):
        raise FormatError(f"{name}: not text but binary data: give a plain text file")
    codec = _latin(sample, language) or _other_script(sample, language)
    if codec is None:
        raise _undecodable(name, data, offset, "UTF-8, and no other encoding fits")
    return codec


def _sample(data: bytes, offset: int) -> bytes:
    """The bytes from the line of `offset` on, cut where no character of several bytes is cut."""
    start = max(data.rfind(b"\n", 0, offset) + 1, offset - SAMPLE_BYTES // 2)
    sample = data[start : start + SAMPLE_BYTES]
    if start + SAMPLE_BYTES >= len(data):
        return sample
    last = max(sample.rfind(b"\n"), sample.rfind(b" "))
    return sample[: last + 1] or sample


def _latin(sample: bytes, language: str) -> str | None:
    """The code page in which a text mostly of ASCII letters uses the letters of one language."""
    high = Counter(byte for byte in sample if byte >= 0x80)
    plain = len(re.findall(rb"[A-Za-z]", sample))
    if high.total() > MOST_HIGH_BYTES_IN_LATIN * (high.total() + plain):
        return None
    fits = [(_fit(high, codec, letters) + (tag == language), codec) for codec, tag, letters in _LATIN_LETTERS]
    best, codec = max(fits, key=lambda fit: fit[0])
    return codec if best >= LEAST_LATIN_FIT else None


def _fit(high: Mapping[int, int], codec: str, letters: str) -> float:
    """The share of the bytes that are letters of the language or typography, in 0..1."""
    known = 0
    for byte, count in high.items():
        char = bytes([byte]).decode(codec, "replace")
        if char == "\ufffd":
            return -1.0
        known += count * (char.lower() in letters or char in _TYPOGRAPHY)
    return known / max(sum(high.values()), 1)


def _other_script(sample: bytes, language: str) -> str | None:
    """What charset-normalizer takes it for: among the language's encodings, among all, then laxly."""
    from charset_normalizer import from_bytes

    everything = list(dict.fromkeys(codec for group in _OTHER_SCRIPTS.values() for codec in group))
    own = list(_OTHER_SCRIPTS.get(language, everything))
    for choice, mess in ((own, 0.2), (everything, 0.2), (everything, 0.5)):
        if best := from_bytes(sample, cp_isolation=choice, threshold=mess).best():
            return best.encoding
    return None
