"""Inline codes: what stands in a text for formatting, a variable or a break; cut and joined with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

Kind = Literal["open", "close", "alone"]

ISOLATED = "it"  # the element of a half whose other half is elsewhere
_ANNOTATIONS = frozenset(("hi", "mrk"))
_FAMILIES = {"ept": "bpt", "ex": "bx", "ec": "sc"}  # the elements that end what another one begins
_BEGINS = ("equiv-text", "equiv", "equivStart", "disp", "dispStart")  # what says what a code stands for
_ENDS = ("equiv-text", "equiv", "equivEnd", "disp", "dispEnd")


@dataclass(frozen=True, slots=True)
class Code:
    """A code in a text, `text[start:end]` being what it puts there: a space at a line break, mostly nothing.

    `id` is the same for both halves of a pair, and begins with "#" where the file gives none. `element`
    is what TMX or XLIFF call it ("ph", "bpt", "g", "mrk"; "it" for a half without the other), `data`
    what it stands for in the file that was translated ("<b>"), `attributes` what else is said of it.
    """

    start: int
    end: int
    kind: Kind
    id: str
    element: str
    data: str = ""
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def shows(self) -> str:
        """What it stands for, as people are shown it; empty where nothing says so."""
        if not self.attributes:
            return self.data
        words = _ENDS if self.kind == "close" else _BEGINS
        return next(filter(None, map(dict(self.attributes).get, words)), self.data)

    def at(self, start: int, end: int) -> Code:
        """The same code in another place."""
        return Code(start, end, self.kind, self.id, self.element, self.data, self.attributes)

    @property
    def name(self) -> str:
        """What it is known by on either side of a translation: what it stands for, else its number."""
        return self.shows or f"{'/' * (self.kind == 'close')}{dict(self.attributes).get('x') or self.id}"

    @property
    def annotates(self) -> bool:
        """Whether it says something of the words between its halves, and is no part of the file."""
        return self.element in _ANNOTATIONS


def moved(codes: Iterable[Code], by: int) -> tuple[Code, ...]:
    """The codes so many characters further on."""
    return tuple(code.at(code.start + by, code.end + by) for code in codes)


def placed(codes: Iterable[Code], place: Callable[[int], int]) -> tuple[Code, ...]:
    """The codes in another text, `place` giving where each place of this one is there; in the same order."""
    found, least = list[Code](), 0
    for code in codes:
        start = max(place(code.start), least)
        least = max(place(code.end), start)
        found.append(code.at(start, least))
    return tuple(found)


def cut(codes: Iterable[Code], parts: Sequence[tuple[int, int]]) -> list[tuple[Code, ...]]:
    """The codes of each of the stretches (start, end) of a text, which are in order; each is in one.

    At a border an opening code goes with what follows, and so do those behind it; any other one goes with
    what comes before it.
    """
    found: list[list[Code]] = [[] for _ in parts]
    k = 0
    for code in codes:
        k = max(k, _part(code, parts))
        start, end = parts[k]
        places = (min(max(at, start), end) - start for at in (code.start, code.end))
        found[k].append(code.at(*places))
    return [tuple(each) for each in found]


def _part(code: Code, parts: Sequence[tuple[int, int]]) -> int:
    at, last = code.start, len(parts) - 1
    if code.kind == "open":
        return next((k for k, (_, end) in enumerate(parts) if at < end), last)
    if code.kind == "close":
        return max((k for k, (start, _) in enumerate(parts) if start < at), default=0)
    held = (k for k, (start, end) in enumerate(parts) if start <= at <= end)
    return next(held, max((k for k, (_, end) in enumerate(parts) if end < at), default=0))


def pairs(codes: Sequence[Code]) -> dict[int, int]:
    """For each half whose other half is there, by its number among the codes, the number of that one."""
    begun: dict[tuple[str, str], list[int]] = {}
    found: dict[int, int] = {}
    for k, code in enumerate(codes):
        if code.element == ISOLATED:
            continue
        key = _FAMILIES.get(code.element, code.element), code.id
        if code.kind == "open":
            begun.setdefault(key, []).append(k)
        elif code.kind == "close" and begun.get(key):
            other = begun[key].pop()
            found |= {k: other, other: k}
    return found


def to_list(codes: Iterable[Code]) -> list[dict[str, Any]]:
    """The codes as plain dicts, for JSON; nothing empty."""
    return [
        {"start": code.start, "end": code.end, "kind": code.kind, "id": code.id, "element": code.element}
        | ({"data": code.data} if code.data else {})
        | ({"attributes": dict(code.attributes)} if code.attributes else {})
        for code in codes
    ]


def from_list(rows: Any, size: int) -> tuple[Code, ...]:
    """The codes that `to_list` made, in a text of so many characters. Raises TypeError, ValueError."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise TypeError("codes must be a list of objects")
    found, least = list[Code](), 0
    for row in rows:
        attributes = row.get("attributes", {})
        words = [row.get("id"), row.get("element"), row.get("data", "")]
        if not isinstance(attributes, Mapping) or not all(
            isinstance(word, str) for word in (*words, *attributes, *attributes.values())
        ):
            raise TypeError("a code must have strings for its id, element, data and attributes")
        start, end = row.get("start"), row.get("end")
        if type(start) is not int or type(end) is not int or not least <= start <= end <= size:
            raise ValueError("a code must stand in its text, behind the codes before it")
        if row.get("kind") not in get_args(Kind):
            raise ValueError(f"kind of a code must be one of {', '.join(get_args(Kind))}")
        least = start
        number, element, data = words
        found.append(
            Code(start, end, cast(Kind, row["kind"]), number, element, data, tuple(attributes.items()))
        )
    return tuple(found)


def packed(codes: Iterable[Code]) -> str:
    """The codes as one line of JSON, empty for none."""
    rows = to_list(codes)
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


def unpacked(text: str, size: int) -> tuple[Code, ...]:
    """The codes that `packed` wrote, in a text of so many characters."""
    return from_list(json.loads(text), size) if text else ()
