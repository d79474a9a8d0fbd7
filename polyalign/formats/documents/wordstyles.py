"""What the styles of a Word document say of a run: whether it is hidden, in which font, in which language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from polyalign.formats.markup import Element
from polyalign.formats.officexml import TEMPLATE_LANGUAGES, get, tag

PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
}
LONGEST_CHAIN = 100  # styles that are based on each other; Word makes no more than a dozen

ATTRIBUTES = {"western": "val", "asian": "eastAsia", "complex": "bidi"}

_Value = TypeVar("_Value")


def kind_of(element: Element) -> str:
    """The name of an element with Word's prefix, "w:p"."""
    return tag(element, PREFIXES)


def children(element: Element, kind: str) -> Iterator[Element]:
    """The children of that name."""
    return (child for child in element if kind_of(child) == kind)


def under(element: Element, *path: str) -> Element | None:
    """The first element below, child by child: under(run, "w:rPr", "w:vanish")."""
    found: Element | None = element
    for kind in path:
        found = None if found is None else next(children(found, kind), None)
    return found


def switched(mark: Element | None) -> bool | None:
    """Whether a mark switches something on or off; None where there is none."""
    return None if mark is None else get(mark, "val") not in ("0", "false", "off")


def font_of(properties: Element) -> str | None:
    """The font that the properties of a run name for symbols; None where they name none."""
    fonts = under(properties, "w:rFonts")
    return None if fonts is None else get(fonts, "ascii") or get(fonts, "hAnsi") or get(fonts, "cs") or None


@dataclass(frozen=True)
class Styles:
    """The styles of a document by their ids, and those that apply where none is named, by their type."""

    held: Mapping[str, Element] = field(default_factory=dict)
    usual: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    all_hidden: bool = False

    def hide(self, paragraph: str, character: str, table: str) -> bool:
        """Whether text under styles of these ids is hidden, unless it says so itself.

        The property is one that toggles: two styles of different types that hide cancel each other
        (ISO/IEC 29500-1, 17.7.3).
        """
        ids = {"paragraph": paragraph, "character": character, "table": table}
        said = (
            self._first(i, kind, lambda properties: switched(under(properties, "w:vanish")))
            for kind, i in ids.items()
        )
        return self.all_hidden or sum(map(bool, said)) % 2 == 1

    def font(self, paragraph: str, character: str) -> str:
        """The font for symbols under styles of these ids, empty where they name none."""
        own = self._first(character, "character", font_of)
        return own or self._first(paragraph, "paragraph", font_of) or ""

    def _first(self, style: str, kind: str, value: Callable[[Element], _Value | None]) -> _Value | None:
        """What a style says of runs, or the first that says it of those that it is based on."""
        style = style if style in self.held else self.usual.get(kind, "")
        for _ in range(LONGEST_CHAIN):
            element = self.held.get(style)
            if element is None:
                break
            properties = under(element, "w:rPr")
            if properties is not None and (found := value(properties)) is not None:
                return found
            based = under(element, "w:basedOn")
            style = "" if based is None else get(based, "val")
        return None


def styles_of(root: Element | None) -> Styles:
    """The styles in the part that holds them, None where the document has none.

    Languages that word processors state without being asked are left out.
    """
    if root is None:
        return Styles()
    held = {get(style, "styleId"): style for style in children(root, "w:style")}
    usual = {get(s, "type"): i for i, s in held.items() if get(s, "default") in ("1", "true", "on")}
    properties = next(root.iter("{*}rPrDefault"), None)
    stated = None if properties is None else next(properties.iter("{*}lang"), None)
    languages = {} if stated is None else {kind: get(stated, name) for kind, name in ATTRIBUTES.items()}
    languages = {kind: value for kind, value in languages.items() if value not in TEMPLATE_LANGUAGES}
    hidden = None if properties is None else under(properties, "w:rPr", "w:vanish")
    return Styles(held, usual, languages, bool(switched(hidden)))
