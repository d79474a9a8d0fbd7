"""EPUB books in: their chapters in the order of reading."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from polyalign.errors import FormatError, LockedError, UnreadableError
from polyalign.formats.archive import Archive, opened
from polyalign.formats.common import Blocks
from polyalign.formats.documents.html import decoded_page, parsed_page
from polyalign.formats.documents.htmlblocks import local, page_blocks
from polyalign.formats.documents.prose import Placed, gathered, left_out, titled
from polyalign.formats.markup import Element, with_references
from polyalign.formats.officexml import parsed, part

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_NOTES = frozenset(("footnote", "endnote", "rearnote", "footnotes", "endnotes", "rearnotes"))
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:  # noqa: ARG001 (as all readers)
    """The blocks of all chapters in reading order ("chapter 2 paragraph 5"), the book's title first.

    Notes say how many footnotes, tables of contents and pages outside the order of reading were left
    out. Raises UnreadableError, InputError.
    """
    archive = opened(data, name=name)
    member = _package_member(archive)
    package = part(archive, member)
    reader = _Reader(archive, posixpath.dirname(member), package)
    chapters = titled(_metadata(package, "title"), reader.placed())
    notes = [*left_out(reader.omitted), *dict.fromkeys(reader.notes)]
    return gathered(chapters, language=_metadata(package, "language"), notes=notes)


class _Reader:
    """A walk through the spine; counts what it leaves out."""

    def __init__(self, archive: Archive, folder: str, package: Element) -> None:
        self._archive, self._folder, self._package = archive, folder, package
        self._encrypted = _encrypted(archive)
        self.omitted, self.notes = Counter[str](), list[str]()

    def placed(self) -> Iterator[Placed]:
        chapter = 0
        for member in self._members():
            found = page_blocks(self._page(member), skip=self._skip)
            chapter += bool(found)
            yield from ((block.text, f"chapter {chapter} {block.place}") for block in found)

    def _members(self) -> Iterator[str]:
        """The pages of the spine, each once."""
        items = {item.get("id"): item for item in self._package.iter("{*}item")}
        refs = ((ref.get("idref"), ref.get("linear")) for ref in self._package.iter("{*}itemref"))
        seen: set[str] = set()
        for idref, linear in dict.fromkeys(refs):
            item = items.get(idref)
            if item is None or item.get("media-type") not in _PAGES:
                self.omitted["page of another kind"] += 1
                continue
            member = posixpath.normpath(posixpath.join(self._folder, unquote(item.get("href") or "")))
            if linear == "no":
                self.omitted["page outside the reading order"] += 1
            elif "nav" in (item.get("properties") or "").split():
                self.omitted["table of contents"] += 1
            elif member not in self._archive:
                self.omitted["missing page"] += 1
            elif member not in seen:
                seen.add(member)
                yield member

    def _page(self, member: str) -> Element:
        if member in self._encrypted:
            name = self._archive.name
            raise LockedError(f"{name}: its text is encrypted (DRM): give a copy without protection")
        data = self._archive.read(member)
        name = f"{self._archive.name}: {member!r}"
        found, notes = decoded_page(data, name=name)
        self.notes += notes
        text = with_references(_DECLARATION.sub("", found.text).encode())
        try:
            root = parsed(text, name=self._archive.name, member=member)
        except UnreadableError:  # not well-formed, as browsers put up with
            root = parsed_page(text.decode(), name=name)
        return next(root.iter("{*}body"), root)

    def _skip(self, element: Element) -> bool:
        kinds = set((element.get(_EPUB_TYPE) or element.get("epub:type") or "").split())
        role = element.get("role") or ""
        if kinds & _NOTES or role in ("doc-footnote", "doc-endnote", "doc-endnotes"):
            entries = sum(local(each) in ("li", "aside") for each in element.iter())  # of a section of notes
            self.omitted["footnote"] += max(entries, 1) if "notes" in f"{kinds} {role}" else 1
            return True
        return "noteref" in kinds or role == "doc-noteref" or "pagebreak" in kinds


def _package_member(archive: Archive) -> str:
    if _CONTAINER not in archive:
        raise FormatError(f"{archive.name}: this is a ZIP archive but no EPUB book: check its suffix")
    for root in part(archive, _CONTAINER).iter("{*}rootfile"):
        member = posixpath.normpath(root.get("full-path") or "")
        if member in archive:
            return member
    raise UnreadableError(f"{archive.name}: its list of chapters is missing: download it again")


def _metadata(package: Element, kind: str) -> str:
    found = package.iter(f"{{http://purl.org/dc/elements/1.1/}}{kind}")
    return next((text for e in found if (text := " ".join("".join(e.itertext()).split()))), "")


def _encrypted(archive: Archive) -> frozenset[str]:
    """The members whose bytes are encrypted; fonts often are, and do not matter."""
    if _ENCRYPTION not in archive:
        return frozenset()
    references = part(archive, _ENCRYPTION).iter("{*}CipherReference")
    return frozenset(posixpath.normpath(unquote(reference.get("URI") or "")) for reference in references)
