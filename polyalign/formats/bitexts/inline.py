"""The inline elements of TMX and XLIFF: a text with its codes out of an element."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from polyalign.codes import ISOLATED, Code, Kind, placed
from polyalign.errors import InputError
from polyalign.formats.markup import Element, local

Item = str | Code

# By their names: "native" ones hold what stands in the file that was translated, "pairs" hold text.
_NATIVE: Mapping[str, Kind] = {"bpt": "open", "ept": "close", "it": "alone", "ph": "alone", "ut": "alone"}
_EMPTY: Mapping[str, Kind] = {
    **dict.fromkeys(("x", "cp"), "alone"),
    **dict.fromkeys(("bx", "sc", "sm"), "open"),
    **dict.fromkeys(("ex", "ec", "em"), "close"),
}
_PAIRS = frozenset(("g", "pc", "mrk", "hi"))
_ENDS: Mapping[str, Kind] = {"begin": "open", "open": "open", "end": "close", "close": "close"}
# elements of HTML that come in pairs though nothing is between them: <b></b> and <b/> are one in XML
_PAIRED = frozenset("a abbr b big cite code del em font i ins mark q s small span strike strong tt u".split())
_DATA = {"open": ("dataRefStart", "dataRef"), "close": ("dataRefEnd", "dataRef"), "alone": ("dataRef",)}
_CLOSING = ("equivEnd", "dispEnd", "dataRefEnd", "subFlowsEnd")

_SORTS = ("subType", "ctype", "type")
_BREAKS = frozenset(("lb", "pb", "xlf:lb", "xlf:pb", "x-lb", "x-br"))
_BLOCK_TAG = re.compile(
    r"\s*</?(br|p|div|li|ul|ol|dl|dt|dd|t[hdr]|table|h[1-6r]|pre|blockquote|section|article|w:br)\b", re.I
)
_TAG = re.compile(r"\s*</?[a-z]", re.I)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")


@dataclass(frozen=True, slots=True)
class Coded:
    """A text and the inline codes in it."""

    text: str = ""
    codes: tuple[Code, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.codes)

    @property
    def blank(self) -> bool:
        """Whether it says nothing and holds no code."""
        return not (self.codes or self.text.strip())

    def replaced(self, pattern: re.Pattern[str], by: str) -> Coded:
        """The text with what matches replaced, and the codes where they were."""
        runs = [found.span() for found in pattern.finditer(self.text)]

        def place(at: int) -> int:
            shift = 0
            for start, end in runs:
                if at <= start:
                    break
                if at < end:
                    return start + shift + len(by)
                shift += len(by) - (end - start)
            return at + shift

        return Coded(pattern.sub(lambda _: by, self.text), placed(self.codes, place))


NOTHING = Coded()


def coded(items: Sequence[Item]) -> Coded:
    """Pieces of text and codes as a text with codes: a space where a code parts what would be one word."""
    held = [item for item in items if item]
    following, ahead = list[str](), ""  # the character that stands behind each item, from the last on
    for item in reversed(held):
        following.append(ahead)
        ahead = item[0] if isinstance(item, str) else ahead
    text, codes = "", list[Code]()
    for item in held:
        after = following.pop()
        if isinstance(item, str):
            text += item
            continue
        start = len(text)
        text += _instead(item, text[-1:], after)
        codes.append(item.at(start, len(text)))
    return Coded(text, tuple(codes))


def _instead(code: Code, before: str, after: str) -> str:
    """What stands in the text in place of a code: a character that it names, or a space that is needed."""
    if code.element == "cp":
        return _code_point(dict(code.attributes).get("hex", ""))
    if not before or not after or before.isspace() or after.isspace():
        return ""
    for word, value in code.attributes:
        if value in _BREAKS and word in _SORTS:
            return " "
    shows = code.shows
    if shows.isspace() or _BLOCK_TAG.match(shows):
        return " "
    parts = code.kind == "alone" and code.element != "ut" and before.isalnum() and after.isalnum()
    return " " if parts and not _UNSPACED.match(before + after) and not _TAG.match(shows) else ""


def _code_point(digits: str) -> str:
    """The character of XLIFF's <cp>, one that XML cannot carry; nothing for a surrogate or none."""
    try:
        number = int(digits, 16)
        return "" if 0xD800 <= number <= 0xDFFF else chr(number)
    except (ValueError, OverflowError):
        return ""


Placed = tuple[Element | None, Item]


@dataclass(slots=True)
class Reader:
    """Reads the inline elements of the file `name`; `data` is what those of an XLIFF 2 unit refer to."""

    name: str
    data: Mapping[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: iter(()))

    def text(self, element: Element | None) -> Coded:
        """The text of a segment and its codes. Raises InputError for an entity that is not defined."""
        if element is None:
            return NOTHING
        if not len(element):
            return Coded(element.text or "")
        return coded([item for _, item in self.items(element)])

    def items(self, element: Element) -> list[Placed]:
        """The pieces of a segment, each with the <mrk mtype="seg"> that it stands in."""
        self.numbers = iter(range(1, 1 << 30))
        found = list[Placed]()
        self._within(element, None, found)
        return found

    def _within(self, element: Element, mark: Element | None, found: list[Placed]) -> None:
        """Append the pieces that are in an element."""
        if text := element.text:
            found.append((mark, text))
        for part in element:
            if not isinstance(part.tag, str):
                where = f"{self.name}: line {element.sourceline}"
                raise InputError(f"{where}: {part.text} is not defined: write the character itself")
            self._part(part, mark, found)
            if text := part.tail:
                found.append((mark, text))

    def _part(self, part: Element, mark: Element | None, found: list[Placed]) -> None:
        tag = _known(part)
        if tag == "mrk" and part.get("mtype") == "seg":
            found.append((part, ""))  # also one that holds nothing
            self._within(part, part, found)
        elif tag in _NATIVE:
            self._native(part, tag, mark, found)
        elif tag in _EMPTY:
            found.append((mark, self._code(part, tag, _EMPTY[tag])))
        elif tag in _PAIRS:
            opening = self._code(part, tag, "open")
            found.append((mark, opening))
            self._within(part, mark, found)
            held = attributes_of(part) if tag == "pc" else ()
            ending = tuple((word, value) for word, value in held if word in _CLOSING)
            data = self.data.get(part.get("dataRefEnd", ""), "") if self.data else ""
            found.append((mark, Code(0, 1, "close", opening.id, tag, data, ending)))
        else:
            self._foreign(part, mark, found)

    def _native(self, part: Element, tag: str, mark: Element | None, found: list[Placed]) -> None:
        """A code, and for each text that is translated inside it this text, and the rest as another code."""
        kind = _ENDS.get(part.get("pos", ""), "alone") if tag == ISOLATED else _NATIVE[tag]
        found.append((mark, self._code(part, tag, kind, part.text or "")))
        for inner in part:
            if isinstance(inner.tag, str) and _known(inner, "sub") == "sub":
                self._within(inner, mark, found)
            else:
                self._foreign(inner, mark, found)
            if inner.tail:
                found.append((mark, Code(0, 1, "alone", self._number(), "ph", inner.tail)))

    def _foreign(self, part: Element, mark: Element | None, found: list[Placed]) -> None:
        """An element that no standard knows: its words are text, its tags codes that stand for themselves."""
        name = f"{part.prefix}:{local(part)}" if part.prefix else local(part)
        stated = "".join(f" {word}={quoteattr(value)}" for word, value in attributes_of(part))
        if not len(part) and not part.text and name.lower() not in _PAIRED:
            found.append((mark, Code(0, 1, "alone", self._number(), "ph", f"<{name}{stated}/>")))
            return
        number = self._number()
        found.append((mark, Code(0, 1, "open", number, "bpt", f"<{name}{stated}>")))
        self._within(part, mark, found)
        found.append((mark, Code(0, 1, "close", number, "ept", f"</{name}>")))

    def _code(self, part: Element, tag: str, kind: Kind, data: str = "") -> Code:
        held = attributes_of(part)
        stated = dict(held)
        get = stated.get  # what names a pair counts before what names its halves
        number = get("rid") or get("startRef") or get("i") or get("id") or get("x") or self._number()
        if tag in ("sc", "ec") and stated.get("isolated") == "yes":
            tag, number = ISOLATED, stated.get("id") or number
        if tag in ("sm", "em"):
            tag = "mrk"
        if self.data and not data:
            data = next((self.data[r] for w in _DATA[kind] if (r := stated.get(w, "")) in self.data), "")
        if tag == "pc":
            held = tuple((word, value) for word, value in held if word not in _CLOSING)
        return Code(0, 1, kind, number, tag, data, held)

    def _number(self) -> str:
        return f"#{next(self.numbers)}"


def _known(part: Element, *others: str) -> str:
    """The name of an element that a standard has; empty for any other, as those of another namespace."""
    tag = local(part)
    known = tag in _NATIVE or tag in _EMPTY or tag in _PAIRS or tag in others
    if not known or part.prefix is None:
        return tag if known else ""
    parent = part.getparent()
    return tag if parent is None or _space(part) == _space(parent) else ""


def _space(part: Element) -> str:
    return str(part.tag).rpartition("}")[0]


def attributes_of(part: Element) -> tuple[tuple[str, str], ...]:
    """The attributes of an element, with the prefixes that the file uses."""
    # a list first: this is called for every code, and a tuple of a generator takes longer
    return tuple([(_prefixed(name, part) if "{" in name else name, value) for name, value in part.items()])


def _prefixed(name: str, part: Element) -> str:
    space, _, word = name.rpartition("}")
    prefixes = {uri: prefix for prefix, uri in part.nsmap.items() if prefix}
    prefix = "xml" if space.endswith("/XML/1998/namespace") else prefixes.get(space.lstrip("{"), "")
    return f"{prefix}:{word}" if prefix else word
