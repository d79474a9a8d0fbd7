"""XML from outside: what it is before it is parsed, and what is wrong with it, as a person can mend it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.entities import html5
from typing import TYPE_CHECKING, Any

from polyalign.errors import PolyalignError
from polyalign.formats.decoding import decode, decodes, encoding_name

if TYPE_CHECKING:
    from lxml import etree

Element = Any  # of lxml, which has no types, and is only imported where XML is read

HEAD = 1 << 16  # bytes within which a file says what it is
_MARKS = {codecs.BOM_UTF8: "utf_8", codecs.BOM_UTF16_LE: "utf_16_le", codecs.BOM_UTF16_BE: "utf_16_be"}
_ENDS = {"<!--": "-->", "<?": "?>", "<!": ">"}
_START = re.compile(r"<((?:[\w.-]+:)?([A-Za-z_][\w.-]*))([^<>]*)")
_DECLARED = re.compile(
    rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9_:.-]{2,40})"""
)
_ENTITY = re.compile(rb"<!\[CDATA\[|\]\]>|&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
_TAG = re.compile(rb"<[^<>]*>")
_HIGH = bytes(range(0x80, 0x100))
# What is safe on files from strangers. collect_ids stays as it is: switched off, libxml2 loads the document
# type from wherever the file says.
SAFE: dict[str, Any] = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}
SAFE |= {"remove_comments": True, "remove_pis": True}
FAULT, FATAL = 2, 3  # levels of the entries of a parser's log; below are warnings


@dataclass(frozen=True, slots=True)
class Root:
    """The first element of a file: its name with and without prefix, the rest of its tag, and what
    stands before it: an XML declaration or a document type ("" where there is neither).
    """

    name: str
    local: str
    attributes: str
    prolog: str


def head_of(data: bytes) -> str:
    """The first characters of a text in whatever encoding, enough to see its syntax, which is ASCII."""
    for mark, codec in _MARKS.items():
        if data.startswith(mark):
            return data[len(mark) : HEAD].decode(codec, "replace")
    if b"\0" in data[:2]:
        return data[:HEAD].decode("utf_16_be" if data[0] == 0 else "utf_16_le", "replace")
    return data[:HEAD].decode("latin-1")


def root_of(head: str) -> Root | None:
    """The first element of what starts as XML or HTML, None for anything else."""
    rest = head.lstrip()
    prolog = ""
    while start := next((start for start in _ENDS if rest.startswith(start)), ""):
        subset = start == "<!" and 0 < rest.find("[") < rest.find(">")
        found, _, rest = rest.partition("]" if subset else _ENDS[start])
        rest = rest.partition(">")[2].lstrip() if subset else rest.lstrip()
        prolog = prolog or (found if found.lower().startswith(("<?xml", "<!doctype")) else "")
    tag = _START.match(rest)
    if tag:
        return Root(tag[1], tag[2], tag[3], prolog)
    return Root("", "", "", prolog) if prolog else None


def local(element: Element) -> str:
    """The name of an element without its namespace, empty for what is no element: a comment, an entity."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def forget(element: Element) -> None:
    """Free the memory of an element that was parsed step by step, and of all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def with_references(data: bytes) -> bytes:
    """The XML with HTML's entities, which XML has not, as references to their characters: &#160; for &nbsp;.

    Entities that are unknown, or stand in a CDATA section, stay as they are.
    """
    if b"&" not in data:
        return data
    literal = False

    def replaced(found: re.Match[bytes]) -> bytes:
        nonlocal literal
        if found[1] is None:
            literal = found[0] != b"]]>"
        characters = "" if literal or found[1] is None else html5.get(found[1].decode(), "")
        return "".join(f"&#{ord(char)};" for char in characters).encode() or found[0]

    return _ENTITY.sub(replaced, data)


def first_fault(log: Iterable[etree._LogEntry], error: Exception | None) -> tuple[int, str]:
    """The line and the words of the first error that a parser met: others often only follow from it."""
    first = next((entry for entry in log if entry.level >= FAULT), None)
    if first is None:
        return getattr(error, "lineno", 0) or 1, str(error).partition("\n")[0] or "it is empty"
    return first.line, " ".join(first.message.partition("\n")[0].split())


def declared_encoding(data: bytes) -> str:
    """The encoding that the declaration of an XML file names, UTF-8 where it names none."""
    found = _DECLARED.match(data[:400])
    return found[1].decode() if found else "UTF-8"


def misdeclared(data: bytes, declared: str, *, failed: bool) -> str:
    """What is wrong where XML, or a part of it, is not in the declared encoding, naming both; else empty.

    `failed` is whether it did not parse. What parses may be wrong, too: UTF-8 that is declared as an
    encoding of single bytes is other characters than were meant.
    """
    if data.startswith(tuple(_MARKS)) or b"\0" in data[:2]:
        return ""
    part = data[data.find(b"<") : data.rfind(b">") + 1]  # the rest may be a part of a character
    try:
        codec = codecs.lookup(declared).name
        single_bytes = codec != "utf-8" and len(_HIGH.decode(codec, "replace")) == len(_HIGH)
        is_utf8 = (failed or single_bytes) and decodes(part, "utf-8")
        wrong = single_bytes and is_utf8 and not part.isascii()
        if failed:
            wrong = wrong or codec.startswith(("utf-16", "utf-32")) or not decodes(part, codec)
    except (LookupError, ValueError):  # an encoding that Python does not know, or none of text
        return ""
    if not wrong:
        return ""
    if is_utf8:
        return f"says that it is {declared}, but it is UTF-8"
    try:
        guess = encoding_name(decode(_TAG.sub(b" ", part), name="").encoding)
    except PolyalignError:
        return f"says that it is {declared}, which it is not"
    return f"says that it is {declared}, but seems to be {guess}"
