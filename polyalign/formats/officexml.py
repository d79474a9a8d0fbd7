"""What the readers of XML documents (DOCX, ODT, EPUB, FB2, TTML) share: safe parsing, parts, languages."""

from __future__ import annotations

import posixpath
import unicodedata
from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote

from polyalign.errors import EncodingError, InputError, TooLargeError, UnreadableError
from polyalign.formats.archive import Archive
from polyalign.formats.markup import (
    SAFE,
    Element,
    declared_encoding,
    first_fault,
    misdeclared,
    with_references,
)

MAX_TAGS = 4_000_000  # about 600 MB in memory

# What word processors state without being asked: no sign of the language that a text is in.
TEMPLATE_LANGUAGES = frozenset(("en-US", "en-GB", "ar-SA", "zh-CN", "ja-JP", "hi-IN", "he-IL"))


def part(archive: Archive, member: str) -> Element:
    """The root element of a member. Raises what `Archive.read` and `parsed` raise."""
    return parsed(archive.read(member), name=archive.name, member=member)


def parsed(data: bytes, *, name: str, member: str = "") -> Element:
    """The root element of an XML file, comments left out; no entity is expanded, no other file opened.

    HTML's entities are understood without a document type. Raises UnreadableError, which names the first
    fault and its line, for what is not well-formed or in another encoding than it says, InputError for what
    is too large or declares entities.
    """
    from lxml import etree

    what = repr(member) if member else "its XML"
    if data.count(b"<") > MAX_TAGS:
        raise TooLargeError(f"{name}: {what} has more than {MAX_TAGS} tags: split the document")
    parser = etree.XMLParser(**SAFE)
    failed: Exception | None = None
    try:
        root = etree.fromstring(with_references(data), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        failed = error
    line, reason = first_fault(parser.error_log, failed)
    if said := misdeclared(data, declared_encoding(data), failed=failed is not None):
        fault = f"{name}: {what} {said} (line {line})"
        raise EncodingError(f"{fault}: correct its first line, or save it again") from failed
    if failed is not None:
        fault = f"{name}: {what} is damaged (line {line}: {reason})"
        raise UnreadableError(f"{fault}: save or download it again") from failed
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise InputError(f"{name}: {what} declares entities, as XML bombs do: save it again")
    for entity in root.iter(etree.Entity):
        fault = f"{entity.text} in line {entity.sourceline} of {what} is not defined"
        raise UnreadableError(f"{name}: {fault}: write the character itself")
    return root


def member_of(archive: Archive, path: str) -> str:
    """The member of that name, in whatever capitals, as packages have it; empty where there is none."""
    if path in archive:
        return path
    return next((member for member in archive.members if member.lower() == path.lower()), "")


def relations(archive: Archive, source: str = "") -> dict[str, tuple[str, str]]:
    """What a part of an Office Open XML package (empty: the package itself) refers to, by the reference's id.

    That is the last word of its type ("officeDocument", "styles") and the member, which is there.
    """
    folder, base = posixpath.split(source)
    member = member_of(archive, posixpath.join(folder, "_rels", f"{base}.rels"))
    members = {member.lower(): member for member in archive.members}
    found: dict[str, tuple[str, str]] = {}
    for relation in part(archive, member) if member else ():
        target = posixpath.join("/", folder, unquote(relation.get("Target") or ""))
        held = members.get(posixpath.normpath(target).lstrip("/").lower())
        if held and relation.get("TargetMode") != "External":
            kind = (relation.get("Type") or "").rpartition("/")[2]
            found[relation.get("Id") or f"#{len(found)}"] = (kind, held)
    return found


def main_part(archive: Archive, usual: str) -> str:
    """The member that a package of Office Open XML says it is about, else the usual one, else empty."""
    stated = (held for kind, held in relations(archive).values() if kind == "officeDocument")
    return next(stated, member_of(archive, usual))


def content_type(archive: Archive, member: str) -> str:
    """The type that an Office Open XML package states for a member, empty where it states none."""
    listed = member_of(archive, "[Content_Types].xml")
    suffix = posixpath.splitext(member)[1].lstrip(".")
    by_suffix = ""
    for entry in part(archive, listed) if listed else ():
        if (entry.get("PartName") or "").lstrip("/").lower() == member.lower():
            return (entry.get("ContentType") or "").lower()
        if (entry.get("Extension") or "").lower() == suffix.lower():
            by_suffix = (entry.get("ContentType") or "").lower()
    return by_suffix


def tag(element: Element, prefixes: Mapping[str, str]) -> str:
    """The name of an element with the prefix of its namespace, "w:p"; empty for a comment or entity."""
    if not isinstance(element.tag, str):
        return ""
    uri, _, local = element.tag.rpartition("}")
    return f"{prefixes.get(uri[1:], '?')}:{local}" if uri else local


def get(element: Element, attribute: str) -> str:
    """The attribute of that name in whatever namespace, empty where there is none."""
    return str(next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == attribute), ""))


def script(text: str) -> str:
    """Which of the languages that a style states a text is in: "asian", "complex" or "western"."""
    kinds = Counter[str]()
    for char, times in Counter(filter(str.isalpha, text)).items():
        if unicodedata.bidirectional(char) in ("R", "AL") or "\u0900" <= char <= "\u109f":
            kinds["complex"] += times
        else:
            asian = "\u2e80" <= char <= "\ud7af" or "\uf900" <= char <= "\ufaff"
            kinds["asian" if asian else "western"] += times
    return max(kinds, key=kinds.__getitem__, default="western")


def column(number: int) -> str:
    """The letters that a spreadsheet gives a column, counted from 1: A, Z, AA."""
    letters = ""
    while number > 0:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
