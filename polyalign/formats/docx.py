"""Word documents (DOCX) in: paragraphs, headings, tables, lists and text boxes as one reads them."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from polyalign.errors import UnreadableError
from polyalign.formats.archive import Archive, opened
from polyalign.formats.common import Blocks
from polyalign.formats.officexml import TEMPLATE_LANGUAGES, column, most_used, part, script, tag
from polyalign.formats.prose import Placed, gathered, left_out

if TYPE_CHECKING:
    from lxml import etree

_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
}
_MAIN = "word/document.xml"
_CHARACTERS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "\u2011"}
_SKIPPED = frozenset(
    """w:del w:moveFrom w:instrText w:delText w:rt w:pPr w:rPr w:sectPr w:tblPr w:tblGrid w:sdtPr
    w:fldData""".split()
)
_OMITTED = {
    "w:footnoteReference": "footnote",
    "w:endnoteReference": "endnote",
    "w:commentReference": "comment",
    "w:altChunk": "embedded document",
}
_OTHER_PARTS = {"word/header": "header", "word/footer": "footer"}
_OTHER_PARTS |= {"word/charts/chart": "chart", "word/diagrams/data": "diagram"}
_ATTRIBUTES = {"western": "val", "asian": "eastAsia", "complex": "bidi"}


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:  # noqa: ARG001 (as all readers)
    """The paragraphs ("paragraph 12", empty ones counted), cells and text boxes of a document.

    Tracked insertions are kept and deletions are not; fields give their results. Notes say how many
    footnotes, endnotes, comments, headers, footers and charts were left out. The language is that of
    most text as its runs or the styles state it, a hint only. Raises UnreadableError, InputError.
    """
    archive = opened(data, name=name)
    reader = _Reader(part(archive, _main_part(archive)), _default_languages(archive))
    found = gathered(reader.placed(), notes=left_out(reader.omitted, _margins(archive)))
    return Blocks(found.texts, found.places, reader.language(), found.notes)


class _Reader:
    """A walk through the body; counts what it numbers and what it leaves out."""

    def __init__(self, root: etree._Element, defaults: dict[str, str]) -> None:
        self._root = root
        self._defaults = defaults
        self._numbers: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._fields: list[bool] = []  # of the open fields, whether their code stands here
        self._boxes: list[etree._Element] = []
        self._unended = ""  # the text of a paragraph whose end was deleted
        kinds = Counter(_get(mark, "fldCharType") for mark in root.iter("{*}fldChar"))
        self._sound_fields = kinds["begin"] == kinds["end"]
        self.omitted: Counter[str] = Counter()

    def placed(self) -> Iterator[Placed]:
        for body in _children(self._root, "w:body"):
            yield from self._walk(body, "")

    def language(self) -> str:
        return most_used(self._languages.items())

    def _walk(self, parent: etree._Element, cell: str) -> Iterator[Placed]:
        for element in _shown(parent):
            kind = _tag(element)
            if kind == "w:p":
                yield from self._paragraph(element, cell)
            elif kind == "w:tbl":
                yield from self._table(element)
            elif kind in _OMITTED:
                self.omitted[_OMITTED[kind]] += 1
            elif kind not in _SKIPPED:
                yield from self._walk(element, cell)

    def _paragraph(self, element: etree._Element, cell: str) -> Iterator[Placed]:
        if not cell:
            self._numbers["paragraph"] += 1
        text = self._unended + "".join(self._pieces(element))
        self._unended = text if _end_deleted(element) else ""
        if not self._unended:
            yield text, cell or f"paragraph {self._numbers['paragraph']}"
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self._numbers["text box"] += 1
            yield from self._walk(box, f"text box {self._numbers['text box']}")

    def _table(self, table: etree._Element) -> Iterator[Placed]:
        self._numbers["table"] += 1
        place = f"table {self._numbers['table']}"
        rows = (row for row in _descended(table, "w:tr") if not _marked(row, "w:trPr", "w:del"))
        for number, row in enumerate(rows, 1):
            at = 1 + _span(row, "w:trPr", "w:gridBefore")
            for cell in _descended(row, "w:tc"):
                if not _marked(cell, "w:tcPr", "w:cellDel"):
                    yield from self._walk(cell, f"{place} cell {column(at)}{number}")
                at += max(_span(cell, "w:tcPr", "w:gridSpan"), 1)

    def _pieces(self, parent: etree._Element) -> Iterator[str]:
        for element in _shown(parent):
            kind = _tag(element)
            if kind == "w:fldChar":
                self._turn_field(_get(element, "fldCharType"))
            elif kind == "w:txbxContent":
                self._boxes.append(element)
            elif kind in _OMITTED:
                self.omitted[_OMITTED[kind]] += 1
            elif kind == "w:r":
                yield from self._run(element)
            elif kind in ("w:t", "m:t"):
                yield "" if any(self._fields) else element.text or ""
            elif kind in _CHARACTERS:
                yield " " if _get(element, "type") in ("page", "column") else _CHARACTERS[kind]
            elif kind not in _SKIPPED:
                yield from self._pieces(element)

    def _run(self, run: etree._Element) -> Iterator[str]:
        if _marked(run, "w:rPr", "w:vanish"):
            self.omitted["hidden stretch"] += 1
            return
        text = "".join(self._pieces(run))
        language = self._stated(run, script(text))
        if language and text.strip():
            self._languages[language] += len(text)
        yield text

    def _stated(self, run: etree._Element, kind: str) -> str:
        for properties in _children(run, "w:rPr"):
            for stated in _children(properties, "w:lang"):
                if own := _get(stated, _ATTRIBUTES[kind]):
                    return own
        return self._defaults.get(kind, "")

    def _turn_field(self, kind: str) -> None:
        """A field's code stands between its begin and its separator, its result after that."""
        if not self._sound_fields:
            return
        if kind == "begin":
            self._fields.append(True)
        elif self._fields and kind == "separate":
            self._fields[-1] = False
        elif self._fields:
            self._fields.pop()


def _tag(element: etree._Element) -> str:
    return tag(element, _PREFIXES)


def _get(element: etree._Element, attribute: str) -> str:
    """The attribute in whichever namespace of Word, empty where there is none."""
    found = next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == attribute), "")
    return str(found)


def _children(element: etree._Element, kind: str) -> Iterator[etree._Element]:
    return (child for child in element if _tag(child) == kind)


def _shown(parent: etree._Element) -> Iterator[etree._Element]:
    """The children; of the alternatives for old and new programs only one."""
    for child in parent:
        if _tag(child) != "mc:AlternateContent":
            yield child
            continue
        choices = [choice for choice in child if len(choice)]
        yield from choices[:1]


def _descended(parent: etree._Element, kind: str) -> Iterator[etree._Element]:
    """The rows or cells below, through content controls and the like but not through tables."""
    for child in _shown(parent):
        if _tag(child) == kind:
            yield child
        elif _tag(child) not in _SKIPPED and _tag(child) != "w:tbl":
            yield from _descended(child, kind)


def _marked(element: etree._Element, properties: str, mark: str) -> bool:
    """Whether the properties of an element hold a mark that is not switched off."""
    found = [m for held in _children(element, properties) for m in _children(held, mark)]
    return bool(found) and _get(found[0], "val") not in ("0", "false", "off")


def _end_deleted(paragraph: etree._Element) -> bool:
    """Whether the mark that ends the paragraph is a tracked deletion, so that the next one follows on."""
    return any(_marked(held, "w:rPr", "w:del") for held in _children(paragraph, "w:pPr"))


def _span(element: etree._Element, properties: str, mark: str) -> int:
    found = [m for held in _children(element, properties) for m in _children(held, mark)]
    value = _get(found[0], "val") if found else ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0


def _main_part(archive: Archive) -> str:
    """The member that holds the text: as the relationships say, else the usual one."""
    if "_rels/.rels" in archive:
        for relation in part(archive, "_rels/.rels"):
            if _get(relation, "Type").endswith("/officeDocument"):
                target = posixpath.normpath(_get(relation, "Target").lstrip("/"))
                if target.endswith(".xml") and target in archive and target.startswith("word"):
                    return target
    if _MAIN in archive:
        return _MAIN
    raise UnreadableError(f"{archive.name}: this is a ZIP archive but no Word document: check its suffix")


def _default_languages(archive: Archive) -> dict[str, str]:
    """What the styles state for text that states nothing itself, unless programs state it unasked."""
    if "word/styles.xml" not in archive:
        return {}
    for defaults in part(archive, "word/styles.xml").iter("{*}rPrDefault"):
        for stated in defaults.iter("{*}lang"):
            found = {kind: _get(stated, attribute) for kind, attribute in _ATTRIBUTES.items()}
            return {kind: value for kind, value in found.items() if value not in TEMPLATE_LANGUAGES}
    return {}


def _margins(archive: Archive) -> Counter[str]:
    """How many headers, footers, charts and diagrams hold text."""
    found: Counter[str] = Counter()
    for member in archive.members:
        kind = next((what for start, what in _OTHER_PARTS.items() if member.startswith(start)), "")
        if kind and member.endswith(".xml"):
            root = part(archive, member)
            found[kind] += any((t.text or "").strip() for t in root.iter("{*}t", "{*}v"))
    return found
