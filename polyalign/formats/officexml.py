"""What the readers of XML inside archives (DOCX, ODT, EPUB) share: safe parsing, names, languages."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from polyalign.errors import InputError, UnreadableError
from polyalign.formats.archive import Archive

if TYPE_CHECKING:
    from lxml import etree

MAX_TAGS = 4_000_000  # about 600 MB in memory

# What word processors state without being asked: no sign of the language that a text is in.
TEMPLATE_LANGUAGES = frozenset(("en-US", "en-GB", "ar-SA", "zh-CN", "ja-JP", "hi-IN", "he-IL"))


def part(archive: Archive, member: str) -> etree._Element:
    """The root element of a member. Raises what `Archive.read` and `parsed` raise."""
    return parsed(archive.read(member), name=archive.name, member=member)


def parsed(data: bytes, *, name: str, member: str) -> etree._Element:
    """The root element of an XML file, comments left out; no entity is expanded, no other file opened.

    Raises UnreadableError for what is not well-formed, InputError for what is too large or declares entities.
    """
    from lxml import etree

    if data.count(b"<") > MAX_TAGS:
        raise InputError(f"{name}: {member!r} has more than {MAX_TAGS} tags: split the document")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = str(error).split("\n", 1)[0] or "it is empty"
        raise UnreadableError(
            f"{name}: {member!r} is damaged ({reason}): save or download it again"
        ) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise InputError(f"{name}: {member!r} declares entities, as XML bombs do: save it again")
    return root


def tag(element: etree._Element, prefixes: Mapping[str, str]) -> str:
    """The name of an element with the prefix of its namespace, "w:p"; empty for a comment or entity."""
    if not isinstance(element.tag, str):
        return ""
    uri, _, local = element.tag.rpartition("}")
    return f"{prefixes.get(uri[1:], '?')}:{local}" if uri else local


def script(text: str) -> str:
    """Which of the languages that a style states a text is in: "asian", "complex" or "western"."""
    kinds = Counter(_script_of(char) for char in text if char.isalpha())
    return kinds.most_common(1)[0][0] if kinds else "western"


def _script_of(char: str) -> str:
    if unicodedata.bidirectional(char) in ("R", "AL") or "\u0900" <= char <= "\u109f":
        return "complex"
    return "asian" if "\u2e80" <= char <= "\ud7af" or "\uf900" <= char <= "\ufaff" else "western"


def most_used(stated: Iterable[tuple[str, int]]) -> str:
    """The language that most characters are in, out of pairs of tag and number of characters."""
    counts: Counter[str] = Counter()
    for language, characters in stated:
        counts[language] += characters
    return max(counts, key=lambda language: counts[language], default="")


def column(number: int) -> str:
    """The letters that a spreadsheet gives a column, counted from 1: A, Z, AA."""
    letters = ""
    while number > 0:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
