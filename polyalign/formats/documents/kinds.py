"""What a file is, by its content: what a reader takes, and what none does, in words of what to do."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from shlex import quote

from polyalign.errors import FormatError, PolyalignError
from polyalign.formats import registry
from polyalign.formats.archive import Archive, opened, refuse_compound
from polyalign.formats.documents.subtitles import is_timed
from polyalign.formats.documents.text import STANDARD_INPUT
from polyalign.formats.markup import head_of, root_of
from polyalign.formats.officexml import content_type, main_part

PAIRS = tuple(chain.from_iterable(e.read_suffixes for e in registry.PAIRS if not e.lines))

_SQLITE = b"SQLite format 3\0"
_BY_ROOT = {entry.root: kind for kind, entry in registry.READERS.items() if entry.root}
_PAIR_ROOTS = {entry.root for entry in registry.PAIRS if entry.root}
_OFFICE = {"word": "Word", "excel": "spreadsheet", "spreadsheet": "spreadsheet"}
_OFFICE |= dict.fromkeys(("powerpoint", "presentation"), "a presentation")
_FOLDERS = {"word": "Word", "xl": "spreadsheet", "ppt": "a presentation"}
_ODF = "application/vnd.oasis.opendocument."
_FLAT_ODF = f'mimetype="{_ODF}'


def kind_of(data: bytes, name: str, *, known: str | None) -> str | None:
    """The kind that the content of a file tells for certain, None for plain text or what nobody knows.

    `known` is the kind of its suffix, None for one that says nothing: only then may text turn out to be
    subtitles, or XML that no reader takes. Raises UnreadableError or InputError, with what to do, for a file
    that is something else than a text.
    """
    if data.startswith(b"%PDF-"):
        return "PDF"
    if data.startswith(_SQLITE):
        raise FormatError(f"{name} is a review project, not a text: open it with polyalign review")
    refuse_compound(data, name)
    if data.startswith(registry.ZIP):
        return _of_archive(data, name)
    head = head_of(data)
    root = root_of(head)
    if root is None:
        return "subtitle" if known is None and is_timed(head) else None
    kind = _BY_ROOT.get(root.local.lower())
    if kind or root.prolog.lower().startswith("<!doctype html"):
        return kind or "HTML"
    if root.local in _PAIR_ROOTS:
        raise pairs_refused(name)
    if _FLAT_ODF in root.attributes:
        return "OpenDocument"
    markup = root.prolog or "xmlns" in root.attributes or root.local.lower() == "sami"
    if known is None and (markup or _holds_only_elements(data)):
        what = f"XML (<{root.name}>)" if root.name else "XML"
        raise FormatError(f"{name}: this is {what} that no reader knows: save it as text, HTML or DOCX")
    return None


def pairs_refused(name: str, suffix: str = "") -> FormatError:
    """The error for a file of pairs, or a spreadsheet, where a text was expected: what opens it.

    `suffix` is the one that such a file must have, if it is not known under any.
    """
    path = Path("FILE" if name == STANDARD_INPUT else name.removesuffix(".gz"))
    fits = not suffix or path.suffix.lower() in PAIRS
    own = str(path if name == STANDARD_INPUT else name) if fits else str(path.with_suffix(suffix))
    first = "" if fits else f"call it {own} and "
    said = f"holds pairs, not one text: {first}open it with polyalign review {quote(own)}"
    shown = "standard input" if name == STANDARD_INPUT else name
    return FormatError(f"{shown} {said} (in Python: polyalign.read_bitext)")


def _of_archive(data: bytes, name: str) -> str | None:
    """The kind of a ZIP archive; None for an unknown one, and a damaged one, which its reader explains."""
    try:
        archive = opened(data, name=name)
        kind = _office(archive) or _by_members(archive)
    except PolyalignError:
        return None
    if kind == "spreadsheet":
        raise pairs_refused(name, ".xlsx")
    if kind not in (None, "Word", "OpenDocument", "EPUB", "FictionBook"):
        raise FormatError(f"{name}: this is {kind}, not a text: save it as .docx, .xlsx or .txt")
    return kind


def _office(archive: Archive) -> str | None:
    """The kind of an Office Open XML package: by the type of its main part, else by the name of that."""
    main = main_part(archive, "word/document.xml") or main_part(archive, "xl/workbook.xml")
    stated = content_type(archive, main) if main else ""
    found = next((kind for word, kind in _OFFICE.items() if word in stated), None)
    return found or _FOLDERS.get(main.partition("/")[0])


def _by_members(archive: Archive) -> str | None:
    """The kind of an OpenDocument, an EPUB or a zipped FictionBook."""
    stated = archive.read("mimetype")[:100].decode("latin-1") if "mimetype" in archive else ""
    if stated.startswith(_ODF) and not stated.startswith(f"{_ODF}text"):
        return f"an OpenDocument {stated.removeprefix(_ODF).partition('-')[0].strip()}"
    if stated.startswith(_ODF):
        return "OpenDocument"
    if "META-INF/container.xml" in archive:
        return "EPUB"
    if "content.xml" in archive:
        return "OpenDocument"
    books = [member for member in archive.members if member.lower().endswith(".fb2")]
    return "FictionBook" if len(books) == 1 else None


def _holds_only_elements(data: bytes) -> bool:
    """Whether this is an XML document with elements in its root, and no text beside them."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return len(root) > 0 and not "".join([root.text or "", *(child.tail or "" for child in root)]).strip()
