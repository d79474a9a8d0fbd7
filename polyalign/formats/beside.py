"""What TMX and XLIFF say of a unit beside its texts: names and values that come back in the same format.

"id", "created", "creator", "changed" and "changer" are what several formats have. Else a name says whose
it is and where it stands: "tmx tu@usagecount" is an attribute, and "tmx source/prop" an element, with its
XML as the value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from polyalign.bitext import Bitext
from polyalign.formats.common import named
from polyalign.formats.xml import local, quoted, texts_of

if TYPE_CHECKING:
    from lxml import etree

About = Sequence[tuple[str, str]]

MADE = "made "  # before one of these where a project says it, and not the file
SHARED = {"id": "tuid", "created": "creationdate", "creator": "creationid"}
SHARED |= {"changed": "changedate", "changer": "changeid"}  # ours, and what TMX calls them

_HOLDS: Mapping[str, tuple[str, frozenset[str]]] = {  # formats: whose names they hold, and which shared ones
    "json": ("", frozenset(SHARED)),
    "tmx": ("tmx ", frozenset(SHARED)),
    "xliff1": ("xliff1 ", frozenset(("id",))),
    "xliff": ("xliff2 ", frozenset(("id",))),
}
_NAMESPACE = re.compile(r' xmlns="(urn:oasis:names:tc:xliff:document:[\d.]+|http://www\.lisa\.org/tmx14)"')
_XML = "{http://www.w3.org/XML/1998/namespace"


def attributes(element: etree._Element, where: str, *, but: Collection[str] = ()) -> list[tuple[str, str]]:
    """The attributes of an element by their names, without those that are said in another way."""
    found = []
    for word, value in element.attrib.items():
        space, _, name = str(word).rpartition("}")
        if name not in but and space != _XML:
            found.append((f"{where}@{word}", str(value)))
    return found


def elements(children: Iterable[etree._Element], where: str) -> list[tuple[str, str]]:
    """The elements by their names, as XML."""
    from lxml import etree

    found = []
    for child in children:
        tail, child.tail = child.tail, None
        text = etree.tostring(child, encoding="unicode")
        child.tail = tail
        found.append((f"{where}/{local(child)}", _NAMESPACE.sub("", text)))
    return found


def written_attributes(about: About, where: str, *, but: Collection[str] = ()) -> str:
    """The attributes that stood there, as they are written in a tag."""
    said, spaces = "", dict[str, str]()
    for name, value in named(pair for pair in about if pair[0].startswith(f"{where}@")).items():
        space, _, word = name.removeprefix(f"{where}@").rpartition("}")
        if word in but:
            continue
        if space:
            prefix = spaces.setdefault(space[1:], f"n{len(spaces) + 1}")
            word = f"{prefix}:{word}"
        said += f" {word}={quoted(value)}"
    return "".join(f" xmlns:{prefix}={quoted(uri)}" for uri, prefix in spaces.items()) + said


def written_elements(about: About, where: str, *, but: Collection[str] = ("note",)) -> str:
    """The elements that stood there, a line each."""
    held = ((name.removeprefix(f"{where}/"), value) for name, value in about if name.startswith(f"{where}/"))
    return "".join(f"  {value}\n" for name, value in held if name not in but)


def written_notes(about: About, places: Sequence[str], comment: str) -> tuple[list[str], str]:
    """The notes that stood in each of the places, as far as the comment still says them; and its rest."""
    said = ["" for _ in places]
    for k, where in enumerate(places):
        for value in (value for name, value in about if name == f"{where}/note"):
            text = _text(value)
            if text and (comment == text or comment.startswith(f"{text}\n")):
                said[k] += f"  {value}\n"
                comment = comment[len(text) :].removeprefix("\n")
    return said, comment


def _text(fragment: str) -> str:
    from lxml import etree

    return next(iter(texts_of([etree.fromstring(fragment)])), "")


def left_behind(bitext: Bitext, form: str, *, unaligned: bool) -> list[str]:
    """What a format has no place for, counted: "3 inline codes", "2 properties"; empty for nothing."""
    whose, shared = _HOLDS.get(form, ("-", frozenset()))
    counts: Counter[str] = Counter()
    for row in bitext.rows():
        if not (row.bead or unaligned):
            continue
        if whose == "-":
            counts["code"] += sum(len(segment.codes) for segment in row.source + row.target)
        for name, _ in row.review.about:
            if name.startswith(MADE):
                continue
            if name in SHARED:
                counts["id" if name == "id" else "date"] += name not in shared
            elif not name.startswith(whose):
                counts[_sort(name)] += 1
    words = {
        "code": "inline code",
        "id": "id",
        "date": "date or author of a unit",
        "prop": "property",
        "note": "note",
        "alt": "suggestion",
        "other": "other detail",
    }
    return [_counted(counts[sort], word) for sort, word in words.items() if counts[sort]]


def _sort(name: str) -> str:
    element = name.partition("/")[2]
    known = {"prop": "prop", "prop-group": "prop", "note": "note", "alt-trans": "alt", "matches": "alt"}
    return known.get(element, "other")


def _counted(count: int, word: str) -> str:
    if count == 1:
        return f"1 {word}"
    several = {"property": "properties", "date or author of a unit": "dates and authors of units"}
    return f"{count} {several.get(word, word + 's')}"
