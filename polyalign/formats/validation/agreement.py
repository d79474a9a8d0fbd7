"""What must agree in a TMX or XLIFF beyond its grammar: unique ids, paired codes, languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import ClassVar

from polyalign.tags import UNDETERMINED

Broken = tuple[str, str]
Attributes = Mapping[str, str]


WARNING = "undetermined"  # a rule that is only a warning
_LANGUAGES = ("srclang", "xml:lang", "source-language", "target-language", "srcLang", "trgLang")
_STATED_IN = ("header", "tuv", "file", "xliff")


class Rules:
    """The rules of no format; those of a format follow its elements, and give (rule, message).

    `known_by` are attributes that tell elements of a name apart, and `codes` the elements that begin (True)
    or end a pair, each with its family; `on_` and `after_` and the name of an element are what is done where
    it starts and ends.
    """

    known_by: ClassVar[Mapping[str, str]] = {}
    codes: ClassVar[Mapping[str, tuple[str, bool]]] = {}
    warned = False

    def __init__(self) -> None:
        self.ids: dict[str, set[str]] = {}
        self.pairs: dict[str, _Pairs] = {}

    def start(self, name: str, attributes: Attributes) -> Iterator[Broken]:
        """What is wrong where an element starts."""
        if name in _STATED_IN and not self.warned:
            stated = (word for word in _LANGUAGES if attributes.get(word, "").strip().lower() == UNDETERMINED)
            if word := next(stated, ""):
                self.warned = True
                yield WARNING, f"{word} of <{name}> is {UNDETERMINED}, an undetermined language: name it"
        if method := getattr(self, f"on_{name.replace('-', '_')}", None):
            yield from method(attributes) or ()
        if name in self.known_by:
            yield from self.named(name, attributes.get(self.known_by[name]))
        if name in self.codes:
            family, begins = self.codes[name]
            pairs = self.pairs.setdefault(family, _Pairs())
            yield from (pairs.begin if begins else pairs.end)(name, self.key_of(attributes))

    def key_of(self, attributes: Attributes) -> str:
        """What the two halves of a pair of codes have in common."""
        return attributes.get("rid") or attributes.get("id", "")

    def end(self, name: str) -> Iterator[Broken]:
        """What is wrong where an element ends."""
        method = getattr(self, f"after_{name.replace('-', '_')}", None)
        return (method and method()) or iter(())

    def named(self, kind: str, key: str | None) -> Iterator[Broken]:
        """Says that an element of that kind with that id was there before; remembers it."""
        return _unique(self.ids.setdefault(kind, set()), key, f"<{kind}>")


class _Pairs:
    """Codes that begin and end in one text: each end has a beginning, each beginning one end."""

    def __init__(self) -> None:
        self.begun: dict[str, str] = {}
        self.ended: set[str] = set()

    def begin(self, tag: str, key: str) -> Iterator[Broken]:
        if key in self.begun:
            yield "codes", f"a second <{tag}> has the number {key!r}"
        self.begun[key] = tag

    def end(self, tag: str, key: str) -> Iterator[Broken]:
        if key not in self.begun:
            yield "codes", f"<{tag}> {key!r} ends what was never begun"
        elif key in self.ended:
            yield "codes", f"a second <{tag}> ends {key!r}"
        self.ended.add(key)

    def left(self) -> Iterator[Broken]:
        for key, tag in self.begun.items():
            if key not in self.ended:
                yield "codes", f"<{tag}> {key!r} is never ended"


def _unique(seen: set[str], key: str | None, what: str) -> Iterator[Broken]:
    """Says that an id was there before; remembers it."""
    if key is not None:
        if key in seen:
            yield "id", f"the id {key!r} of {what} was there before"
        seen.add(key)


class _Tmx(Rules):
    """Each unit has its source language; the codes of a segment are paired."""

    codes: ClassVar = {"bpt": ("pt", True), "ept": ("pt", False)}

    def __init__(self) -> None:
        super().__init__()
        self.stated = self.wanted = "*all*"
        self.languages: set[str] = set()

    def key_of(self, attributes: Attributes) -> str:
        return attributes.get("i", "")

    def on_header(self, attributes: Attributes) -> None:
        self.stated = attributes.get("srclang", "*all*")

    def on_tu(self, attributes: Attributes) -> None:
        self.wanted, self.languages = attributes.get("srclang", self.stated), set()

    def on_tuv(self, attributes: Attributes) -> None:
        self.languages.add(attributes.get("xml:lang", "").lower())

    def after_tu(self) -> Iterator[Broken]:
        if self.wanted != "*all*" and self.wanted.lower() not in self.languages:
            yield "language", f"the unit has no <tuv> in its source language {self.wanted!r}"

    def on_seg(self, _: Attributes) -> None:
        self.pairs = {}

    def after_seg(self) -> Iterator[Broken]:
        return chain.from_iterable(each.left() for each in self.pairs.values())


class _Xliff1(Rules):
    """Ids are unique in a file, tools and phases are there, codes are paired, segments correspond."""

    known_by: ClassVar = {"tool": "tool-id", "phase": "phase-name", "group": "id", "context-group": "name"}
    codes: ClassVar = {"bpt": ("pt", True), "ept": ("pt", False), "bx": ("x", True), "ex": ("x", False)}

    def __init__(self) -> None:
        super().__init__()
        self.tool: str | None = None
        self.marks: set[str] | None = None
        self.side = ""

    def on_file(self, attributes: Attributes) -> None:
        self.ids, self.tool = {}, attributes.get("tool-id")

    def after_file(self) -> Iterator[Broken]:
        if self.tool is not None and self.tool not in self.ids.get("tool", ()):
            yield "reference", f"there is no <tool> {self.tool!r} in the header"

    def on_trans_unit(self, attributes: Attributes) -> Iterator[Broken]:
        self.marks = None
        return chain(self.named("trans-unit", attributes.get("id")), self._phase(attributes))

    on_bin_unit = on_trans_unit

    def _phase(self, attributes: Attributes) -> Iterator[Broken]:
        phase = attributes.get("phase-name")
        if phase is not None and phase not in self.ids.get("phase", ()):
            yield "reference", f"there is no <phase> {phase!r} in the header"

    def on_source(self, _: Attributes) -> None:
        self.side, self.pairs = "source", {"pt": _Pairs(), "x": _Pairs()}

    def on_seg_source(self, _: Attributes) -> None:
        self.side, self.pairs, self.marks = "seg-source", {"pt": _Pairs(), "x": _Pairs()}, set()

    def on_target(self, attributes: Attributes) -> Iterator[Broken]:
        self.side, self.pairs = "target", {"pt": _Pairs(), "x": _Pairs()}
        return self._phase(attributes)

    def on_alt_trans(self, _: Attributes) -> None:
        self.marks = None

    def on_mrk(self, attributes: Attributes) -> Iterator[Broken]:
        mid = attributes.get("mid")
        if mid is None or self.marks is None or attributes.get("mtype") != "seg":
            return
        if self.side == "seg-source":
            yield from _unique(self.marks, mid, "<mrk>")
        elif self.side == "target" and mid not in self.marks:
            yield "reference", f"the segment {mid!r} of the target is not in <seg-source>"

    def after_source(self) -> Iterator[Broken]:
        pairs, self.pairs = self.pairs, {"pt": _Pairs(), "x": _Pairs()}
        return chain.from_iterable(each.left() for each in pairs.values())

    after_seg_source = after_target = after_source


class _Xliff2(Rules):
    """Ids are unique where the specification says so, references lead somewhere, languages agree."""

    known_by: ClassVar = {"group": "id", "unit": "id", "note": "id"}

    def __init__(self) -> None:
        super().__init__()
        self.files: set[str] = set()
        self.languages = {"source": "", "target": ""}
        self.side = ""
        self.on_unit({})

    def start(self, name: str, attributes: Attributes) -> Iterator[Broken]:
        if name in ("ph", "pc", "mrk", "sc", "ec", "sm"):
            yield from self._code(name, attributes)
        yield from super().start(name, attributes)

    def on_xliff(self, attributes: Attributes) -> None:
        self.languages = {"source": attributes.get("srcLang", ""), "target": attributes.get("trgLang", "")}

    def on_file(self, attributes: Attributes) -> Iterator[Broken]:
        self.ids = {}
        return _unique(self.files, attributes.get("id"), "<file>")

    def on_unit(self, _: Attributes) -> None:
        self.inline: dict[str, set[str]] = {"source": set(), "target": set()}
        self.segments: set[str] = set()
        self.data: set[str] = set()
        self.pairs = {side + kind: _Pairs() for side in ("source", "target") for kind in ("sc", "sm")}

    def on_notes(self, _: Attributes) -> None:
        self.ids["note"] = set()

    def on_data(self, attributes: Attributes) -> Iterator[Broken]:
        return _unique(self.data, attributes.get("id"), "<data>")

    def on_segment(self, attributes: Attributes) -> Iterator[Broken]:
        if "subState" in attributes and "state" not in attributes:
            yield "attribute", "<segment> has a subState without a state"
        yield from _unique(self.segments, attributes.get("id"), "<segment>")

    on_ignorable = on_segment

    def on_source(self, attributes: Attributes) -> Iterator[Broken]:
        return self._text("source", attributes)

    def on_target(self, attributes: Attributes) -> Iterator[Broken]:
        if not self.languages["target"]:
            yield "language", "there is a <target>, but <xliff> has no trgLang"
        yield from self._text("target", attributes)

    def _text(self, side: str, attributes: Attributes) -> Iterator[Broken]:
        self.side = side
        stated, wanted = attributes.get("xml:lang", ""), self.languages[side]
        if stated and wanted and stated.lower() != wanted.lower():
            yield "language", f"<{side}> is in {stated!r}, but <xliff> says {wanted!r}"

    def _code(self, name: str, attributes: Attributes) -> Iterator[Broken]:
        """The id of an inline element is new in its side of the unit; its data is there."""
        key = attributes.get("id")
        if self.side:
            yield from _unique(self.inline[self.side], key, f"<{name}>")
            if key is not None and key in self.segments:
                yield "id", f"the id {key!r} of <{name}> is that of a segment"
        for word in ("dataRef", "dataRefStart", "dataRefEnd"):
            if word in attributes and attributes[word] not in self.data:
                yield "reference", f"there is no <data> {attributes[word]!r} in the unit"

    def on_sc(self, attributes: Attributes) -> Iterator[Broken]:
        if self.side and attributes.get("isolated") != "yes":
            yield from self.pairs[f"{self.side}sc"].begin("sc", attributes.get("id", ""))

    def on_ec(self, attributes: Attributes) -> Iterator[Broken]:
        if attributes.get("isolated") == "yes":
            if "id" not in attributes:
                yield "attribute", "an isolated <ec> has no id"
        elif "startRef" not in attributes:
            yield "attribute", "<ec> has no startRef and is not isolated"
        elif self.side:
            yield from self.pairs[f"{self.side}sc"].end("ec", attributes["startRef"])

    def on_sm(self, attributes: Attributes) -> Iterator[Broken]:
        if self.side:
            yield from self.pairs[f"{self.side}sm"].begin("sm", attributes.get("id", ""))

    def on_em(self, attributes: Attributes) -> Iterator[Broken]:
        return self.pairs[f"{self.side or 'source'}sm"].end("em", attributes.get("startRef", ""))

    def after_source(self) -> None:
        self.side = ""

    after_target = after_source

    def after_unit(self) -> Iterator[Broken]:
        return chain.from_iterable(pairs.left() for pairs in self.pairs.values())


RULES: Mapping[str, Callable[[], Rules]] = {"tmx": _Tmx, "xliff1": _Xliff1, "xliff2": _Xliff2}
