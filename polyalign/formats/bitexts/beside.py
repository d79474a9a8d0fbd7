"""What TMX and XLIFF say of a unit beside its texts: names and values that come back in the same format.

"id", "created", "creator", "changed" and "changer" are what several formats have. Else a name says whose
it is and where it stands: "tmx tu@usagecount" is an attribute, and "tmx source/prop" an element, with its
XML as the value. What is said of a whole file ("tmx header@datatype") is with the bitext, the groups that a
unit stands in ("xliff1 group1", the outermost) with its row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from copy import deepcopy
from itertools import zip_longest

from polyalign.bitext import Bitext
from polyalign.formats.bitexts.xml import quoted
from polyalign.formats.common import named
from polyalign.formats.markup import Element, local
from polyalign.formats.registry import FORMATS

About = Sequence[tuple[str, str]]

MADE = "made "  # before one of these where a project says it, and not the file
SHARED = {"id": "tuid", "created": "creationdate", "creator": "creationid"}
SHARED |= {"changed": "changedate", "changer": "changeid"}  # ours, and what TMX calls them

_NAMESPACE = re.compile(r' xmlns="(urn:oasis:names:tc:xliff:document:[\d.]+|http://www\.lisa\.org/tmx14)"')
_INSIDE = ("group", "trans-unit", "bin-unit", "unit")
_END = "</group>"
_ID = re.compile(r' id="[^"]*"')
_GROUP = re.compile(r" group\d+$")
_XML = "{http://www.w3.org/XML/1998/namespace}"
# what is counted where a format has no place for it: by the elements, and its words for one and for several
_SORTS = {"prop": "prop", "prop-group": "prop", "note": "note", "alt-trans": "alt", "matches": "alt"}
_WORDS = {
    "code": ("inline code", "inline codes"),
    "id": ("id", "ids"),
    "date": ("date or author of a unit", "dates and authors of units"),
    "prop": ("property", "properties"),
    "note": ("note", "notes"),
    "alt": ("suggestion", "suggestions"),
    "group": ("group", "groups"),
    "file": ("detail of the file", "details of the file"),
    "other": ("other detail", "other details"),
}


def attributes(element: Element, where: str, *, but: Collection[str] = ()) -> list[tuple[str, str]]:
    """The attributes of an element by their names, without those that are said in another way."""
    return [
        (f"{where}@{word}", value)
        for word, value in element.items()
        if word.rpartition("}")[2] not in but and not word.startswith(_XML)
    ]


def elements(children: Sequence[Element], where: str) -> list[tuple[str, str]]:
    """The elements by their names, as XML."""
    if not children:
        return []
    from lxml import etree

    found = []
    for child in children:
        alone = deepcopy(child)
        etree.cleanup_namespaces(alone)
        text = etree.tostring(alone, encoding="unicode", with_tail=False)
        found.append((f"{where}/{local(child)}", _NAMESPACE.sub("", text)))
    return found


def written_attributes(about: About, where: str, *, but: Collection[str] = ()) -> str:
    """The attributes that stood there, as they are written in a tag."""
    if not about:
        return ""
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
    if not about:
        return ""
    held = ((name.removeprefix(f"{where}/"), value) for name, value in about if name.startswith(f"{where}/"))
    return "".join(f"  {value}\n" for name, value in held if name not in but)


def written_notes(about: About, places: Sequence[str], comment: str) -> tuple[list[str], str]:
    """The notes that stood in each of the places, as far as the comment still says them; and its rest."""
    said = ["" for _ in places]
    if not comment or not about:
        return said, comment
    from lxml import etree

    for k, where in enumerate(places):
        for value in (value for name, value in about if name == f"{where}/note"):
            text = "".join(etree.fromstring(value).itertext()).strip()
            if text and (comment == text or comment.startswith(f"{text}\n")):
                said[k] += f"  {value}\n"
                comment = comment[len(text) :].removeprefix("\n")
    return said, comment


def of_file(
    holder: Element, children: Iterable[Element], where: str, but: Collection[str]
) -> list[tuple[str, str]]:
    """The attributes and children that say something of a whole file, but not files that are packed there.

    These, as skeletons, go with the file that came in, and with no other.
    """
    plain = [
        child
        for child in children
        if local(child) not in ("", "skl", "skeleton") and next(child.iter("{*}internal-file"), None) is None
    ]
    return attributes(holder, where, but=but) + elements(plain, where)


def group(element: Element) -> str:
    """A group without its units, as XML."""
    said = [child for child in element if local(child) not in ("", *_INSIDE)]
    held = attributes(element, "group") + elements(said, "group")
    return f"<group{written_attributes(held, 'group')}>{''.join(v for n, v in held if '/' in n)}{_END}"


class Groups:
    """Opens and closes the groups of rows that are written one after the other, each group once."""

    def __init__(self, form: str) -> None:
        self._form, self._open, self._begun = form, list[str](), set[str]()

    def to(self, about: About) -> str:
        """The tags that stand between the row before and one of which this is said."""
        said = {name: value for name, value in reversed(about) if name.startswith(f"{self._form} group")}
        if not said and not self._open:
            return ""
        held = [said[name] for name in sorted(said)]
        wanted = [one for one in held if one in self._open or _key(one) not in self._begun]
        same = next((k for k, (a, b) in enumerate(zip_longest(self._open, wanted)) if a != b), len(wanted))
        tags = [f"{_END}\n"] * (len(self._open) - same)
        tags += [f"{one.removesuffix(_END)}\n" for one in wanted[same:]]
        self._begun |= set(map(_key, wanted[same:]))
        self._open = wanted
        return "".join(tags)

    def end(self) -> str:
        """The tags behind the last row."""
        return self.to(())


def _key(group: str) -> str:
    """What a group has alone: its id, else all that is said of it."""
    found = _ID.search(group.partition(">")[0])
    return found[0] if found else group


def left_behind(bitext: Bitext, form: str, *, unaligned: bool) -> list[str]:
    """What a format has no place for, counted: "3 inline codes", "2 properties"; empty for nothing."""
    whose = FORMATS[form].keeps
    kept = () if whose is None else (whose,)
    shared = () if whose is None else SHARED if FORMATS[form].dates else ("id",)
    counts: Counter[str] = Counter()
    counts["file"] = sum("/" in name and not name.startswith(kept) for name, _ in bitext.about)
    groups = set[str]()
    for row in bitext.rows():
        if not (row.bead or unaligned):
            continue
        if whose is None:
            counts["code"] += sum(len(segment.codes) for segment in row.source + row.target)
        for name, value in row.review.about:
            if name in SHARED:
                counts["id" if name == "id" else "date"] += name not in shared
            elif name.startswith((MADE, *kept)):
                continue
            elif _GROUP.search(name):
                groups.add(value)
            else:
                counts[_SORTS.get(name.partition("/")[2], "other")] += 1
    counts["group"] = len(groups)
    return [f"{counts[sort]} {words[counts[sort] != 1]}" for sort, words in _WORDS.items() if counts[sort]]
