"""Texts with inline codes as the content of TMX's <seg> and of XLIFF's <source> and <target>.

A code keeps its id, its attributes and, where the format has it, its element. Whatever was cut or put
together before, the result is well-formed: a half whose other half is elsewhere becomes an isolated code.

                 TMX          XLIFF 1.2            XLIFF 2
    alone        ph, ut       x, ph                ph, cp
    pair         bpt ept      g, bpt ept, bx ex    pc, sc ec
    isolated     it           it                   sc, ec isolated="yes"
    annotation   hi           mrk                  mrk, sm em
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

from polyalign.characters import without_controls
from polyalign.codes import Code, moved, pairs
from polyalign.formats.bitexts.inline import Coded
from polyalign.formats.bitexts.xml import attributes, escaped
from polyalign.parts import Segment
from polyalign.tags import between_sentences

_NATIVE = frozenset(("bpt", "ept", "ph", "ut"))  # of TMX and XLIFF 1.2: they hold what they stand for
_NOT_TOKEN = re.compile(r"[^\w.:\-\u00b7]+")
_ITEM = "ctype clone xid equiv-text ts"
_CODE = "canCopy canDelete canOverlap canReorder dir disp equiv subType type"
# The attributes that stay as they are, by format and element.
_KEPT: Mapping[str, Mapping[str, str]] = {
    "tmx": {"bpt": "x type", "ph": "x assoc type", "it": "x type", "hi": "x type", "ut": "x"},
    "xliff1": {
        **dict.fromkeys(("g", "x", "bx"), _ITEM),
        "ex": "xid equiv-text ts",
        **dict.fromkeys(("bpt", "it"), "ctype crc xid equiv-text ts"),
        "ph": "ctype crc assoc xid equiv-text ts",
        "ept": "crc xid equiv-text ts",
        "mrk": "mtype mid comment ts",
    },
    "xliff2": {
        "ph": "canCopy canDelete canReorder disp equiv subType type",
        "pc": f"{_CODE} dispEnd dispStart equivEnd equivStart",
        **dict.fromkeys(("sc", "ec"), _CODE),
        **dict.fromkeys(("mrk", "sm"), "translate type ref value"),
        "cp": "hex",
    },
}
_PLACING = frozenset(("id", "rid", "pos", "isolated", "startRef"))  # the writer says these
_FORMATTING = {"bold": "xlf:b", "italic": "xlf:i", "underlined": "xlf:u", "lb": "xlf:lb", "pb": "xlf:pb"}
_FOREIGN = {
    "open": re.compile("<[^<>/][^<>]*>"),
    "close": re.compile("</[^<>]+>"),
    "alone": re.compile("<[^<>/][^<>]*/>"),
}
_TYPE = re.compile("fmt|ui|quote|link|image|other")  # of XLIFF 2
_SUB_TYPE = re.compile(r"[^\s:]+:[^\s:]+")
_MARK_TYPE = re.compile(rf"generic|comment|term|{_SUB_TYPE.pattern}")


@dataclass(frozen=True, slots=True)
class _Spot:
    """A code where it is written, with its other half if that is there; `nested` pairs cross no others."""

    code: Code
    id: str
    other: Code | None
    nested: bool

    @property
    def begins(self) -> bool:
        return self.code.kind == "open"


@dataclass(slots=True)
class Writer:
    """Writes the texts of one unit in a format ("tmx", "xliff1", "xliff2"), the source first.

    An id that a side has twice is replaced, on the other side too where codes stand for the same. What the
    codes of XLIFF 2 stand for is gathered in `data`, by the ids that refer to it. With `update` all that was
    said of a code is written again, prefixed attributes and references too, as it goes into the file that
    it came from; `prefix` is that of the elements there ("x:").
    """

    form: str
    update: bool = False
    prefix: str = ""
    data: dict[str, str] = field(default_factory=dict)
    _ids: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def markup(self, text: Coded) -> str:
        """The text with its codes as XML."""
        if not text.codes:
            return escaped(without_controls(text.text))
        write = {"tmx": self._tmx, "xliff1": self._xliff1, "xliff2": self._xliff2}[self.form]
        pieces, at = list[str](), 0
        for spot in self._spots(text):
            code = spot.code
            # the tag of an element that no standard knows, as its file has it
            foreign = self.update and code.id.startswith("#") and not code.attributes
            raw = (
                foreign and (spot.nested or code.kind == "alone") and _FOREIGN[code.kind].fullmatch(code.data)
            )
            before = escaped(without_controls(text.text[at : code.start]))
            pieces += [before, code.data if raw else write(spot)]
            at = max(at, code.end)
        return "".join([*pieces, escaped(without_controls(text.text[at:]))])

    def _spots(self, text: Coded) -> Iterator[_Spot]:
        """The codes with their ids, halves of annotations completed at the borders of the text."""
        codes = _completed(text)
        halves, nested = pairs(codes), _nested(codes)
        given, taken = dict[int, str](), set[tuple[bool, str]]()
        for k, code in enumerate(codes):
            first = min(k, halves.get(k, k))
            if first not in given:
                given[first] = self._id(code, k in halves, taken)
            yield _Spot(code, given[first], codes[halves[k]] if k in halves else None, k in nested)

    def _id(self, code: Code, paired: bool, taken: set[tuple[bool, str]]) -> str:
        """An id that is free on this side: the code's own, else its counterpart's, else a number."""
        own = "" if code.id.startswith("#") else code.id
        if self.form == "tmx":
            own = own if own.isdecimal() else ""
        elif not self.update:
            own = _NOT_TOKEN.sub("_", dict(code.attributes).get("x") or own)
        elif own:
            return own
        paired &= self.form != "xliff2"  # where all inline elements share their ids
        known = self._ids.setdefault((code.kind, code.shows), [])
        free = (one for one in chain((own, *known), map(str, count(1))) if one and (paired, one) not in taken)
        found = next(free)
        taken.add((paired, found))
        if found not in known:
            known.append(found)
        return found

    def _tag(self, name: str, code: Code, given: Mapping[str, str], content: str | None = "") -> str:
        """The element with what is given and what it keeps of the code's attributes; None leaves it open."""
        kept = _KEPT[self.form].get(name, "").split()
        stated = {
            word: value
            for word, value in code.attributes
            if (word in kept and self._fits(word, value, name)) or (self.update and word not in _PLACING)
        }
        tag, said = f"{self.prefix}{name}", attributes({**given, **stated})
        if content is None:
            return f"<{tag}{said}>"
        return f"<{tag}{said}>{content}</{tag}>" if content else f"<{tag}{said}/>"

    def _fits(self, word: str, value: str, name: str) -> bool:
        """Whether an attribute says here what it said in its own format: both TMX and XLIFF 2 have a type."""
        if self.form != "xliff2" or word not in ("type", "subType"):
            return True
        known = _MARK_TYPE if name in ("mrk", "sm") else _SUB_TYPE if word == "subType" else _TYPE
        return bool(known.fullmatch(value))

    def _end(self, name: str) -> str:
        return f"</{self.prefix}{name}>"

    def _tmx(self, spot: _Spot) -> str:
        code = spot.code
        if code.element == "cp":
            return ""
        said = {"x": dict(code.attributes).get("id", ""), "type": _kind(code)}
        content = escaped(code.data or code.shows)
        if code.kind == "alone":
            name = "ut" if code.element == "ut" else "ph"
            return self._tag(name, code, {} if name == "ut" else said, content)
        if spot.other is None:
            return self._tag("it", code, {"pos": "begin" if spot.begins else "end"} | said, content)
        if code.annotates and spot.nested:
            return self._tag("hi", code, {"type": _kind(code)}, None) if spot.begins else self._end("hi")
        if spot.begins:
            return self._tag("bpt", code, {"i": spot.id} | said, content)
        return self._tag("ept", code, {"i": spot.id}, content)

    def _xliff1(self, spot: _Spot) -> str:
        code = spot.code
        if code.element == "cp":
            return ""
        native = _holds(code)
        content = escaped(code.data) if native else ""
        said = {
            "ctype": "" if code.annotates or code.kind == "close" else _ctype(_kind(code)),
            "equiv-text": "" if code.shows == code.data and native else code.shows,
        }
        stated = dict(code.attributes)
        named = "rid" in stated and spot.id == code.id
        own = {"id": stated.get("id", spot.id) if named else spot.id, "rid": spot.id if named else ""}
        if code.kind == "alone":
            return self._tag("ph" if native else "x", code, own | said, content)
        if spot.other is None and self.update and code.element in ("bx", "ex"):
            return self._tag(code.element, code, own | said)
        if spot.other is None:
            pos = "open" if spot.begins else "close"
            return self._tag("it", code, own | {"pos": pos} | said, escaped(code.data))
        if code.annotates and spot.nested:
            return self._tag("mrk", code, _mark1(code), None) if spot.begins else self._end("mrk")
        if spot.nested and not native and not _holds(spot.other) and code.element not in ("bx", "ex"):
            return self._tag("g", code, {"id": spot.id} | said, None) if spot.begins else self._end("g")
        names = ("bpt", "ept") if native or _holds(spot.other) else ("bx", "ex")
        return self._tag(names[not spot.begins], code, own | said, content)

    def _xliff2(self, spot: _Spot) -> str:
        code = spot.code
        if code.element == "cp":
            return self._tag("cp", code, {})
        if code.annotates and spot.other is not None:
            said = {"id": spot.id, "type": kind if _MARK_TYPE.fullmatch(kind := _kind(code)) else "generic"}
            if spot.nested:
                return self._tag("mrk", code, said, None) if spot.begins else self._end("mrk")
            if spot.begins:
                return self._tag("sm", code, said)
            return self._tag("em", _halved(code), {"startRef": spot.id})
        sub = _FORMATTING.get(_kind(code).removeprefix("x-"), "")  # where it does not come from XLIFF 2
        said = {"id": spot.id} | ({"type": "fmt", "subType": sub} if sub else {})
        if code.kind == "alone":
            return self._tag("ph", code, said | self._stands(code))
        if spot.other is None:
            name = "sc" if spot.begins else "ec"
            return self._tag(name, _halved(code), said | {"isolated": "yes"} | self._stands(code))
        if spot.nested and code.element not in ("sc", "ec"):
            if not spot.begins:
                return self._end("pc")
            both = replace(code, attributes=(*code.attributes, *spot.other.attributes))
            stands = self._stands(code, "Start") | self._stands(spot.other, "End")
            return self._tag("pc", both, said | stands, None)
        if spot.begins:
            return self._tag("sc", _halved(code), said | self._stands(code))
        return self._tag("ec", _halved(code), {"startRef": spot.id} | self._stands(code))

    def _stands(self, code: Code, half: str = "") -> dict[str, str]:
        """What an element of XLIFF 2 says it stands for: a reference to the data of the unit, or a word."""
        if not code.data:
            return {f"equiv{half}": code.shows}
        if self.update:
            return {}
        known = next((key for key, data in self.data.items() if data == code.data), f"d{len(self.data) + 1}")
        self.data[known] = code.data
        return {f"dataRef{half}": known}


def text_of(segments: Sequence[Segment], language: str) -> Coded:
    """The segments of a row as one text with the codes of all."""
    if len(segments) == 1:
        return Coded(segments[0].text, segments[0].codes)
    gap = between_sentences(language)
    codes, length = list[Code](), 0
    for segment in segments:
        codes += moved(segment.codes, length)
        length += len(segment.text) + len(gap)
    return Coded(gap.join(segment.text for segment in segments), tuple(codes))


def original_data(data: Mapping[str, str]) -> str:
    """The <originalData> of an XLIFF 2 unit; empty for none."""
    rows = "".join(f'    <data id="{key}">{escaped(value)}</data>\n' for key, value in data.items())
    return f"  <originalData>\n{rows}  </originalData>\n" if rows else ""


def _completed(text: Coded) -> list[Code]:
    """The codes, an annotation whose end is elsewhere going on to the border of the text."""
    codes, halves = list(text.codes), pairs(text.codes)
    lone = [c for k, c in enumerate(codes) if c.annotates and k not in halves]
    size = len(text.text)
    before = [replace(c, start=0, end=0, kind="open") for c in reversed(lone) if c.kind == "close"]
    behind = [replace(c, start=size, end=size, kind="close") for c in reversed(lone) if c.kind == "open"]
    return [*before, *codes, *behind]


def _holds(code: Code) -> bool:
    """Whether in XLIFF 1.2 its element holds what it stands for."""
    return code.element in _NATIVE or (code.element not in ("x", "bx", "ex", "g") and bool(code.data))


def _nested(codes: Sequence[Code]) -> set[int]:
    """The numbers of the halves of pairs that cross no other pair."""
    halves = pairs(codes)
    crossing, opened = set[int](), list[int]()
    for k in range(len(codes)):
        if k in halves and halves[k] > k:
            opened.append(k)
        elif k in halves:
            inner = opened[opened.index(halves[k]) + 1 :]
            crossing.update({k, halves[k]} if inner else (), inner, (halves[i] for i in inner))
            opened.remove(halves[k])
    return set(halves) - crossing


def _kind(code: Code) -> str:
    """What kind of code it is, in the words of its file: "bold", "x-link", "term"."""
    stated = dict(code.attributes)
    words = (stated.get(word) for word in ("ctype", "mtype", "subType", "type"))
    return next(filter(None, words), "")


def _ctype(kind: str) -> str:
    """The kind as XLIFF 1.2 wants it: a word of its own, else one with x- before it."""
    known = {sub: word for word, sub in _FORMATTING.items()}.get(kind, kind)
    return known if not known or known in ("image", "link", *_FORMATTING) else f"x-{known.removeprefix('x-')}"


def _mark1(code: Code) -> dict[str, str]:
    kind = _kind(code) or code.element
    known = kind in ("term", "seg", "protected", "abbrev", "name", "phrase", "date")
    note = dict(code.attributes).get("value", "") if kind == "comment" else ""
    return {"mtype": kind if known else f"x-{kind.removeprefix('x-')}", "comment": note}


def _halved(code: Code) -> Code:
    """A half of a <pc> with its attributes as <sc> and <ec> call them."""
    held = ((re.sub("(Start|End)$", "", word), value) for word, value in code.attributes)
    return replace(code, attributes=tuple(dict(held).items()))
