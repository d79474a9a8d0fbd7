"""FictionBook (FB2) in: the sections of its main body in their order, its title first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from polyalign.errors import FormatError
from polyalign.formats.archive import opened
from polyalign.formats.common import Blocks
from polyalign.formats.documents.prose import Placed, gathered, left_out, titled
from polyalign.formats.markup import Element, local
from polyalign.formats.officexml import parsed

_TEXTS = frozenset("p v subtitle text-author date th td".split())
_BINARY = re.compile(rb"<binary\b[^<>]*>[^<]*</binary>")  # pictures, longer than texts may be


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:  # noqa: ARG001 (as all readers)
    """The paragraphs, verses and cells of the main body ("chapter 2 paragraph 5"), the book's title first.

    The file may be zipped, as it mostly is. A note says how many footnotes were left out. Raises
    UnreadableError, InputError.
    """
    if data.startswith(b"PK"):
        archive = opened(data, name=name)
        member = next((member for member in archive.members if member.lower().endswith(".fb2")), "")
        if not member:
            raise FormatError(f"{name}: this is a ZIP archive but no FictionBook: check its suffix")
        data = archive.read(member)
    root = parsed(_BINARY.sub(b"", data), name=name)
    if local(root) != "FictionBook":
        raise FormatError(f"{name}: this is no FictionBook: check its suffix")
    omitted: Counter[str] = Counter()
    found = titled(_first(root, "book-title"), _placed(root, omitted))
    return gathered(found, language=_first(root, "lang"), notes=left_out(omitted))


def _placed(root: Element, omitted: Counter[str]) -> Iterator[Placed]:
    for body in root.iterchildren("{*}body"):
        if body.get("name"):  # notes, or comments; the main body has none
            omitted["footnote"] += max(sum(1 for _ in body.iterchildren("{*}section")), 1)
            continue
        chapter = number = 0
        for element in _paragraphs(body):
            if local(element) == "section":
                outermost = element.getparent() is body
                chapter, number = chapter + outermost, 0 if outermost else number
                continue
            number += 1
            place = f"paragraph {number}"
            yield "".join(_pieces(element)), f"chapter {chapter} {place}" if chapter else place


def _paragraphs(parent: Element) -> Iterator[Element]:
    """What holds text below an element, and the sections, in their order; not what holds paragraphs."""
    for element in parent:
        kind = local(element)
        if kind in _TEXTS and not any(local(child) in _TEXTS for child in element):
            yield element
        elif kind:
            yield from (element,) if kind == "section" else ()
            yield from _paragraphs(element)


def _pieces(element: Element) -> Iterator[str]:
    """The text of a paragraph without the numbers of its notes, its white space as single spaces."""
    yield re.sub(r"[ \t\r\n]+", " ", element.text or "")
    for child in element:
        if child.get("type") != "note":
            yield from _pieces(child)
        yield re.sub(r"[ \t\r\n]+", " ", child.tail or "")


def _first(root: Element, name: str) -> str:
    """What the file says of the book, in one line; empty where it says nothing."""
    found = next(root.iterfind(f"{{*}}description/{{*}}title-info/{{*}}{name}"), None)
    return "" if found is None else " ".join("".join(found.itertext()).split())
