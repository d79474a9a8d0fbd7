"""Word documents (DOCX) in: paragraphs, headings, tables, lists and text boxes as one reads them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from polyalign.errors import FormatError
from polyalign.formats.archive import Archive, opened
from polyalign.formats.common import Blocks
from polyalign.formats.documents.prose import Placed, gathered, left_out
from polyalign.formats.documents.symbols import has_symbols, symbol, with_symbols
from polyalign.formats.documents.wordstyles import (
    ATTRIBUTES,
    Styles,
    children,
    font_of,
    kind_of,
    styles_of,
    switched,
    under,
)
from polyalign.formats.markup import Element
from polyalign.formats.officexml import column, get, main_part, member_of, part, relations, script

_CODE = re.compile("[0-9A-Fa-f]{1,6}")
_CHARACTERS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "\u2011"}
_SKIPPED = frozenset(
    """w:del w:moveFrom w:instrText w:delText w:rt w:pPr w:rPr w:sectPr w:tblPr w:tblGrid w:sdtPr
    w:fldData""".split()
)
_OMITTED = {f"w:{kind}Reference": kind for kind in ("footnote", "endnote", "comment")}
_OMITTED |= {"w:altChunk": "embedded document"}
_OTHER_PARTS = {"header": "header", "footer": "footer", "chart": "chart", "diagramData": "diagram"}
_USUAL_NAMES = {"word/header": "header", "word/footer": "footer"}
_USUAL_NAMES |= {"word/charts/chart": "chart", "word/diagrams/data": "diagram"}


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:  # noqa: ARG001 (as all readers)
    """The paragraphs ("paragraph 12", empty ones counted), cells and text boxes of a document.

    Tracked insertions are kept and deletions are not; fields give their results, symbols of Windows'
    symbol fonts their Unicode characters. Notes say how many footnotes, endnotes, comments, headers,
    footers, charts, hidden stretches and other symbols were left out. The language is that of most text
    as its runs or the styles state it, a hint only. Raises UnreadableError, InputError.
    """
    archive = opened(data, name=name)
    main = main_part(archive, "word/document.xml")
    root = part(archive, main) if main else None
    if root is None or kind_of(root) != "w:document":
        raise FormatError(f"{name}: this is a ZIP archive but no Word document: check its suffix")
    others = dict(relations(archive, main).values())
    styles = others.get("styles") or member_of(archive, "word/styles.xml")
    reader = _Reader(root, styles_of(part(archive, styles) if styles else None))
    found = gathered(reader.placed(), notes=left_out(reader.omitted, _margins(archive, main)))
    language = max(reader.languages, key=reader.languages.__getitem__, default="")
    return Blocks(found.texts, found.places, language, found.notes)


class _Reader:
    """A walk through the body; counts what it numbers and what it leaves out."""

    def __init__(self, root: Element, styles: Styles) -> None:
        self._root, self._styles = root, styles
        self._paragraph_style = self._table_style = ""
        self._numbers = Counter[str]()
        self.languages, self.omitted = Counter[str](), Counter[str]()  # characters in each; things
        self._fields: list[bool] = []  # of the open fields, whether their code stands here
        self._boxes: list[Element] = []
        self._unended = ""  # the text of a paragraph whose end was deleted
        kinds = Counter(get(mark, "fldCharType") for mark in root.iter("{*}fldChar"))
        self._sound_fields = kinds["begin"] == kinds["end"]

    def placed(self) -> Iterator[Placed]:
        for body in children(self._root, "w:body"):
            yield from self._walk(body, "")

    def _walk(self, parent: Element, cell: str) -> Iterator[Placed]:
        for element in _shown(parent):
            kind = kind_of(element)
            if kind == "w:p":
                yield from self._paragraph(element, cell)
            elif kind == "w:tbl":
                yield from self._table(element)
            elif kind in _OMITTED:
                self.omitted[_OMITTED[kind]] += 1
            elif kind not in _SKIPPED:
                yield from self._walk(element, cell)

    def _paragraph(self, element: Element, cell: str) -> Iterator[Placed]:
        if not cell:
            self._numbers["paragraph"] += 1
        self._paragraph_style = _style(element, "w:pPr", "w:pStyle")
        text = self._unended + "".join(self._pieces(element))
        # where the mark that ends it is a tracked deletion, the next one follows on
        self._unended = text if _marked(element, "w:pPr", "w:rPr", "w:del") else ""
        if not self._unended:
            yield text, cell or f"paragraph {self._numbers['paragraph']}"
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self._numbers["text box"] += 1
            yield from self._walk(box, f"text box {self._numbers['text box']}")

    def _table(self, table: Element) -> Iterator[Placed]:
        self._numbers["table"] += 1
        place = f"table {self._numbers['table']}"
        around, self._table_style = self._table_style, _style(table, "w:tblPr", "w:tblStyle")
        rows = (row for row in _descended(table, "w:tr") if not _marked(row, "w:trPr", "w:del"))
        for number, row in enumerate(rows, 1):
            at = 1 + _span(row, "w:trPr", "w:gridBefore")
            for cell in _descended(row, "w:tc"):
                if not _marked(cell, "w:tcPr", "w:cellDel"):
                    yield from self._walk(cell, f"{place} cell {column(at)}{number}")
                at += max(_span(cell, "w:tcPr", "w:gridSpan"), 1)
        self._table_style = around

    def _pieces(self, parent: Element) -> Iterator[str]:
        for element in _shown(parent):
            kind = kind_of(element)
            if kind == "w:fldChar":
                self._turn_field(get(element, "fldCharType"))
            elif kind == "w:txbxContent":
                self._boxes.append(element)
            elif kind in _OMITTED:
                self.omitted[_OMITTED[kind]] += 1
            elif kind == "w:r":
                yield from self._run(element)
            elif kind == "w:sym":
                yield "" if any(self._fields) else self._symbol(element)
            elif kind in ("w:t", "m:t"):
                yield "" if any(self._fields) else element.text or ""
            elif kind in _CHARACTERS:
                yield " " if get(element, "type") in ("page", "column") else _CHARACTERS[kind]
            elif kind not in _SKIPPED:
                yield from self._pieces(element)

    def _run(self, run: Element) -> Iterator[str]:
        style = _style(run, "w:rPr", "w:rStyle")
        hidden = switched(under(run, "w:rPr", "w:vanish"))
        if hidden is None:
            hidden = self._styles.hide(self._paragraph_style, style, self._table_style)
        boxes = len(self._boxes)
        text = "".join(self._pieces(run))  # a field may begin in what is hidden, and end elsewhere
        if hidden:
            del self._boxes[boxes:]
            self.omitted["hidden stretch"] += bool(text.strip())
            return
        properties = under(run, "w:rPr")
        if has_symbols(text):
            own = None if properties is None else font_of(properties)
            text = with_symbols(text, own or self._styles.font(self._paragraph_style, style))
        kind, stated = script(text), under(run, "w:rPr", "w:lang")
        language = get(stated, ATTRIBUTES[kind]) if stated is not None else ""
        language = language or self._styles.languages.get(kind, "")
        if language and text.strip():
            self.languages[language] += len(text)
        yield text

    def _symbol(self, element: Element) -> str:
        """The character that a font shows for a code; it counts as left out where Unicode has none."""
        code = get(element, "char")
        found = symbol(get(element, "font"), int(code, 16)) if _CODE.fullmatch(code) else ""
        self.omitted["symbol"] += not found
        return found

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


def _style(element: Element, properties: str, mark: str) -> str:
    """The id of the style that an element names, empty where it names none."""
    found = under(element, properties, mark)
    return "" if found is None else get(found, "val")


def _shown(parent: Element) -> Iterator[Element]:
    """The children; of the alternatives for old and new programs only one."""
    for child in parent:
        if kind_of(child) != "mc:AlternateContent":
            yield child
            continue
        yield from [choice for choice in child if len(choice)][:1]


def _descended(parent: Element, kind: str) -> Iterator[Element]:
    """The rows or cells below, through content controls and the like but not through tables."""
    for child in _shown(parent):
        if kind_of(child) == kind:
            yield child
        elif kind_of(child) not in _SKIPPED and kind_of(child) != "w:tbl":
            yield from _descended(child, kind)


def _marked(element: Element, *path: str) -> bool:
    """Whether there is a mark below an element, child by child, that is not switched off."""
    return bool(switched(under(element, *path)))


def _span(element: Element, properties: str, mark: str) -> int:
    value = _style(element, properties, mark)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0


def _margins(archive: Archive, main: str) -> Counter[str]:
    """How many headers, footers, charts and diagrams hold text."""
    kinds = {m: k for m in archive.members for start, k in _USUAL_NAMES.items() if m.startswith(start)}
    kinds |= {m: _OTHER_PARTS[k] for k, m in relations(archive, main).values() if k in _OTHER_PARTS}
    found: Counter[str] = Counter()
    for member, kind in kinds.items():
        if member.endswith(".xml"):
            root = part(archive, member)
            found[kind] += any((t.text or "").strip() for t in root.iter("{*}t", "{*}v"))
    return found
