"""OpenDocument texts (ODT, FODT, as LibreOffice writes them) in: paragraphs, headings, tables, text boxes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from polyalign.errors import FormatError, LockedError
from polyalign.formats.archive import COMPOUND, opened
from polyalign.formats.common import Blocks
from polyalign.formats.documents.prose import Placed, gathered, left_out
from polyalign.formats.documents.symbols import has_symbols, with_symbols
from polyalign.formats.markup import Element
from polyalign.formats.officexml import TEMPLATE_LANGUAGES, column, get, parsed, part, script, tag

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_PREFIXES = {f"{_OASIS}{name}:1.0": name for name in ("office", "text", "table", "style", "manifest")} | {
    f"{_OASIS}drawing:1.0": "draw",
    f"{_OASIS}xsl-fo-compatible:1.0": "fo",
    "http://purl.org/dc/elements/1.1/": "dc",
}
_CONTENT = "content.xml"
_BESIDE = ("styles.xml", "meta.xml")
_TEXT = f"{{{_OASIS}office:1.0}}text"
_MARGINS = [f"{{{_OASIS}style:1.0}}{kind}" for kind in ("header", "footer", "header-left", "footer-left")]
_BINARY = re.compile(rb"<office:binary-data>[^<]*</office:binary-data>")  # pictures, longer than texts may be
_LONGEST_CHAIN = 100  # styles, each above the one before
_MOST_SPACES = 100  # that one mark for repeated spaces gives
_MOST_REPEATS = 20_000  # of a row or column, for its number only
_SKIPPED = frozenset(
    """text:tracked-changes text:sequence-decls text:variable-decls text:user-field-decls office:forms
    text:number text:ruby-text text:hidden-text text:index-title-template office:event-listeners
    text:table-of-content-source text:alphabetical-index-source""".split()
)
_BLOCKS = ("draw:text-box", "draw:custom-shape")
_LANGUAGE_SUFFIX = {"western": "", "asian": "-asian", "complex": "-complex"}


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:  # noqa: ARG001 (as all readers)
    """The paragraphs and headings ("paragraph 12", empty ones counted), cells and text boxes.

    The file is an archive, or one flat file of XML. Tracked insertions are kept and deletions are not.
    Notes say how many footnotes, endnotes, comments, headers, footers and hidden stretches were left out.
    Raises UnreadableError, InputError.
    """
    if data.startswith((b"PK", COMPOUND)):
        archive, manifest = opened(data, name=name), "META-INF/manifest.xml"
        held = part(archive, manifest).iter() if manifest in archive else ()
        if any(_tag(element) == "manifest:encryption-data" for element in held):
            what = "is protected by a password, it is encrypted"
            raise LockedError(f"{name} {what}: save it without a password")
        if _CONTENT not in archive:
            raise FormatError(f"{name}: this is a ZIP archive but no OpenDocument text: check its suffix")
        roots = [part(archive, member) for member in (_CONTENT, *_BESIDE) if member in archive]
    else:
        roots = [parsed(_BINARY.sub(b"", data), name=name)]
        if next(roots[0].iter(_TEXT), None) is None:
            raise FormatError(f"{name}: this is XML but no OpenDocument text: check its suffix")
    reader = _Reader(roots[0], _Styles(roots))
    found = gathered(reader.placed(), notes=left_out(reader.omitted, _margins(roots)))
    stated = (e.text or "" for root in roots for e in root.iter("{http://purl.org/dc/elements/1.1/}language"))
    language = next(stated, "").strip() or _styled_language(roots, " ".join(found.texts))
    return Blocks(found.texts, found.places, language, found.notes)


class _Styles:
    """What the styles say of text: whether it is hidden, and in which font it stands."""

    def __init__(self, roots: Sequence[Element]) -> None:
        self._held: dict[tuple[str, str], Element] = {}
        self._fonts: dict[str, str] = {}
        for root in roots:
            for style in root.iter(f"{{{_OASIS}style:1.0}}style"):
                self._held[get(style, "family"), get(style, "name")] = style
            for font in root.iter(f"{{{_OASIS}style:1.0}}font-face"):
                self._fonts[get(font, "name")] = get(font, "font-family").strip("'\"")

    def hide(self, element: Element) -> bool:
        """Whether the style of a paragraph or a span hides its text."""
        return self._first(element, "display") == "none"

    def font(self, element: Element) -> str:
        """The font of a paragraph or a span, empty where its style names none."""
        name = self._first(element, "font-name")
        return self._fonts.get(name, name)

    def _first(self, element: Element, attribute: str) -> str:
        """What the style of an element says of text, or the first that says it of those above it."""
        family = "text" if _tag(element) == "text:span" else "paragraph"
        style = self._held.get((family, get(element, "style-name")))
        for _ in range(_LONGEST_CHAIN):
            if style is None:
                break
            for properties in style:
                if _tag(properties) == "style:text-properties" and (found := get(properties, attribute)):
                    return found
            style = self._held.get((family, get(style, "parent-style-name")))
        return ""


class _Reader:
    """A walk through the text; counts what it numbers and what it leaves out."""

    def __init__(self, root: Element, styles: _Styles) -> None:
        self._root, self._styles = root, styles
        self._numbers, self.omitted = Counter[str](), Counter[str]()
        self._boxes: list[Element] = []

    def placed(self) -> Iterator[Placed]:
        for body in self._root.iter(_TEXT):
            yield from self._walk(body, "")

    def _walk(self, parent: Element, place: str) -> Iterator[Placed]:
        for element in parent:
            kind = _tag(element)
            if kind in ("text:p", "text:h"):
                yield from self._paragraph(element, place)
            elif kind == "table:table":
                self._numbers["table"] += 1
                yield from self._table(element, f"table {self._numbers['table']}")
            elif kind in _BLOCKS:
                yield from self._box(element)
            elif not self._omits(element):
                yield from self._walk(element, place)

    def _box(self, element: Element) -> Iterator[Placed]:
        self._numbers["text box"] += 1
        yield from self._walk(element, f"text box {self._numbers['text box']}")

    def _paragraph(self, element: Element, place: str) -> Iterator[Placed]:
        if not place:
            self._numbers["paragraph"] += 1
        yield "".join(self._pieces(element)), place or f"paragraph {self._numbers['paragraph']}"
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from self._box(box)

    def _table(self, table: Element, place: str) -> Iterator[Placed]:
        number = 1
        for row in _descended(table, ("table:table-row",)):
            at = 1
            for cell in _descended(row, ("table:table-cell", "table:covered-table-cell")):
                yield from self._walk(cell, f"{place} cell {column(at)}{number}")
                at += _repeats(cell, "number-columns-repeated")
            number += _repeats(row, "number-rows-repeated")

    def _pieces(self, element: Element) -> Iterator[str]:
        if self._styles.hide(element):
            self.omitted["hidden stretch"] += bool("".join(element.itertext()).strip())
            return
        yield self._shown(element.text, element)
        for child in element:
            yield from self._piece(child)
            yield self._shown(child.tail, element)

    def _shown(self, text: str | None, element: Element) -> str:
        """What stands directly in an element, its white space as one space, symbols as what they show."""
        text = re.sub("[ \t\r\n]+", " ", text or "")
        return with_symbols(text, self._styles.font(element)) if has_symbols(text) else text

    def _piece(self, element: Element) -> Iterator[str]:
        kind = _tag(element)
        if kind == "text:s":
            yield " " * min(_number(element, "c", 1), _MOST_SPACES)
        elif kind in ("text:tab", "text:line-break"):
            yield "\t" if kind == "text:tab" else "\n"
        elif kind in _BLOCKS:
            self._boxes.append(element)
        elif self._omits(element):
            return
        elif kind.startswith("text:") or kind in ("?:meta", "?:a"):
            yield from self._pieces(element)
        else:  # of a drawing: what stands directly in it is no text of the paragraph
            for child in element:
                yield from self._piece(child)

    def _omits(self, element: Element) -> bool:
        kind = _tag(element)
        if kind == "text:note":
            self.omitted[get(element, "note-class") or "footnote"] += 1
        elif kind in ("office:annotation", "text:hidden-paragraph"):
            self.omitted["comment" if kind.startswith("office") else "hidden stretch"] += 1
        elif kind == "text:section" and get(element, "display") == "none":
            self.omitted["hidden stretch"] += 1
        else:
            return kind in _SKIPPED or not kind
        return True


def _tag(element: Element) -> str:
    return tag(element, _PREFIXES)


def _number(element: Element, attribute: str, default: int) -> int:
    value = get(element, attribute)
    return min(int(value), _MOST_REPEATS) if re.fullmatch("[0-9]{1,9}", value) else default


def _repeats(element: Element, attribute: str) -> int:
    return max(_number(element, attribute, 1), 1)


def _descended(parent: Element, kinds: tuple[str, ...]) -> Iterator[Element]:
    """The rows or cells below, through groups of them but not through what they hold."""
    for child in parent:
        if _tag(child) in kinds:
            yield child
        elif _tag(child).startswith("table:table-"):
            yield from _descended(child, kinds)


def _styled_language(roots: Iterable[Element], text: str) -> str:
    """What the default style states for the script of the text, unless programs state it unasked."""
    suffix = _LANGUAGE_SUFFIX[script(text)]
    for style in (s for root in roots for s in root.iter(f"{{{_OASIS}style:1.0}}default-style")):
        for properties in style:
            language, country = get(properties, f"language{suffix}"), get(properties, f"country{suffix}")
            stated = "-".join(value for value in (language, country) if value and value != "none")
            if language not in ("", "none") and get(style, "family") == "paragraph":
                return "" if stated in TEMPLATE_LANGUAGES else stated
    return ""


def _margins(roots: Iterable[Element]) -> Counter[str]:
    """How many headers and footers hold text."""
    found: Counter[str] = Counter()
    for element in (e for root in roots for e in root.iter(*_MARGINS)):
        kind = _tag(element).removeprefix("style:")
        found[kind.removesuffix("-left")] += bool("".join(element.itertext()).strip())
    return found
