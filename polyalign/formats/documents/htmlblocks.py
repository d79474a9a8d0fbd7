"""What a browser would show of an HTML or XHTML tree, block by block."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from polyalign.formats.documents.prose import stretches
from polyalign.formats.markup import Element
from polyalign.formats.officexml import column

_INVISIBLE = frozenset(
    """head script style noscript template svg iframe frameset object embed canvas audio video map select
    option textarea datalist rt rp annotation annotation-xml""".split()
)
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark math mi mn
    mo ms mtext mrow msup msub mfrac msqrt q rb rbc rtc ruby s samp small span strike strong sub sup time tt u
    var wbr nobr blink""".split()
)
_KINDS = {f"h{level}": "heading" for level in range(1, 7)} | {"td": "cell", "th": "cell"}
_KINDS |= dict.fromkeys(("li", "dt", "dd"), "list item") | dict.fromkeys(("caption", "figcaption"), "caption")
_GROUPS = frozenset(("ul", "ol", "dl", "table"))
# Classes by which frameworks name what only screen readers get, what opens on a click, and icons, some of
# which are made of words: "arrow_forward".
_ONLY_SPOKEN = re.compile(
    r"(?:^|[\s_-])(?:sr-only|(?:visually|element)-?(?:hidden|invisible)|hidden-?visually|screen-?reader(?:-text"
    r"|-only)?|a-offscreen|assistive-text|show-for-sr)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OPENED = re.compile(
    r"(?:^|[\s_-])(?:modal|dialog|popup|popover|overlay|lightbox|off-?canvas|drawer|tooltip|dropdown)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OPENED_ROLES = frozenset("dialog alertdialog menu listbox tooltip".split())
_ICON = re.compile(r"(?:^|[\s_-])(?:icons?|material-symbols|glyphicons?)(?:$|[\s_-])", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WHITE = re.compile("[ \t\n\r\f]+")
_SPACES = re.compile(" {2,}")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a page: its kind ("paragraph", "heading", "list item", "cell", "caption") and place.

    `linked` is the share of the characters that are links, in 0..1; `level` is 1..6 for a heading,
    else 0; `group` is the number of the outermost list or table that it stands in, 0 for none.
    """

    text: str
    kind: str
    place: str
    linked: float = 0.0
    level: int = 0
    group: int = 0


Skip = Callable[[Element], bool]


def page_blocks(root: Element, *, skip: Skip | None = None) -> list[Block]:
    """The blocks below an element in reading order; `skip` says which elements to leave out besides."""
    from lxml import etree

    flow = _Flow()
    walk = etree.iterwalk(root, events=("start", "end"))
    skipped: Element | None = None
    for event, element in walk:
        if event == "start":
            if invisible(element) or (skip is not None and skip(element)):
                skipped = element
                walk.skip_subtree()
            else:
                flow.open(element)
            continue
        if element is not skipped:
            flow.close(element)
        skipped = None
        if element is not root:
            flow.add(element.tail)
    flow.flush()
    return flow.blocks


def local(element: Element) -> str:
    """The name of an element in small letters without its namespace, empty for what is no element."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def invisible(element: Element) -> bool:
    """Whether a browser shows nothing of the element, or nothing that is text.

    What is hidden from screen readers only (aria-hidden) is shown, unless it is an icon, a formula that
    stands beside as MathML too, or something that opens on a click. What is for screen readers only counts
    where no such twin stands beside it.
    """
    name = local(element)
    if name in _INVISIBLE or not name:
        return True
    if not element.attrib:
        return False
    if element.get("hidden") is not None or _HIDDEN_STYLE.search(element.get("style") or ""):
        return True
    words, unspoken = element.get("class") or "", _is_unspoken(element)
    if not unspoken and not _ONLY_SPOKEN.search(words):
        return False
    beside = [e for e in (element.getprevious(), element.getnext()) if e is not None]
    if not unspoken:
        return any(map(_is_unspoken, beside))
    if element.get("role") in _OPENED_ROLES or _OPENED.search(words) or _ICON.search(words):
        return True
    if any(next(e.iter("math", "{*}math"), None) is not None for e in beside):
        return True
    return not any(char.isalnum() for text in element.itertext() for char in text)


def _is_unspoken(element: Element) -> bool:
    return (element.get("aria-hidden") or "").strip().lower() == "true"


def text_of(element: Element) -> str:
    """All text below an element as one line."""
    return _WHITE.sub(" ", "".join(element.itertext())).strip()


def _leads_away(name: str, element: Element) -> bool:
    """Whether the element is a link, but not to a place of its own page, as headings often have."""
    return name == "a" and not (element.get("href") or "").startswith("#")


class _Flow:
    """The blocks so far, and the one being filled."""

    def __init__(self) -> None:
        self.blocks, self._pieces, self._linked = list[Block](), list[str](), 0
        self._links = self._raw = 0  # open links, and <pre> elements
        self._kinds: list[tuple[str, str]] = []  # the open elements that name a kind
        self._groups = self._group = self._open_groups = 0
        self._tables, self._table_count = list[_Table](), 0
        self._numbers: Counter[str] = Counter()

    def open(self, element: Element) -> None:
        name = local(element)
        if name == "br":
            self._pieces.append("\n")
        elif name not in _INLINE:
            self.flush()
            self._enter(name, element.get("colspan") or "")
        self._links += _leads_away(name, element)
        self._raw += name == "pre"
        self.add(element.text)

    def close(self, element: Element) -> None:
        name = local(element)
        self._links -= _leads_away(name, element)
        self._raw -= name == "pre"
        if name not in _INLINE and name != "br":
            self.flush()
        if name in _GROUPS:
            self._open_groups -= 1
            self._group = self._groups if self._open_groups else 0
        if name == "table":
            self._tables.pop()
        if name in _KINDS:
            self._kinds.pop()

    def add(self, text: str | None) -> None:
        if text:
            text = text.replace("\r\n", "\n") if self._raw else _WHITE.sub(" ", text)
            self._pieces.append(text)
            self._linked += len(text.strip()) if self._links else 0

    def flush(self) -> None:
        if not self._pieces:
            return
        parts = stretches(_SPACES.sub(" ", "".join(self._pieces)))
        share = min(self._linked / max(sum(map(len, parts)), 1), 1.0)
        name, kind = self._kinds[-1] if self._kinds else ("", "paragraph")
        level = int(name[1]) if kind == "heading" else 0
        kind = "paragraph" if kind == "cell" and not self._tables else kind
        for part in parts:
            self._numbers[kind] += 1
            place = self._tables[-1].place if kind == "cell" else f"{kind} {self._numbers[kind]}"
            self.blocks.append(Block(part, kind, place, share, level, self._group))
        self._pieces, self._linked = [], 0

    def _enter(self, name: str, span: str) -> None:
        if name in _GROUPS:
            self._groups += not self._open_groups
            self._open_groups += 1
            self._group = self._groups
        if name == "table":
            self._table_count += 1
            self._tables.append(_Table(self._table_count))
        elif self._tables and name == "tr":
            self._tables[-1].start_row()
        elif self._tables and name in ("td", "th"):
            self._tables[-1].start_cell(span)
        if name in _KINDS:
            self._kinds.append((name, _KINDS[name]))


class _Table:
    """Where in a table the walk stands."""

    def __init__(self, number: int) -> None:
        self._number, self._row, self._column, self._next = number, 0, 0, 1

    @property
    def place(self) -> str:
        return f"table {self._number} cell {column(self._column)}{self._row}"

    def start_row(self) -> None:
        self._row += 1
        self._column, self._next = 0, 1

    def start_cell(self, span: str) -> None:
        self._row = max(self._row, 1)
        self._column = self._next
        self._next += int(span) if re.fullmatch("[1-9][0-9]{0,2}", span) else 1


def letters(blocks: Iterable[Block]) -> int:
    """How many characters of text the blocks hold."""
    return sum(len(block.text) for block in blocks)
