"""The grammars of TMX and XLIFF: which elements, attributes and values may stand where."""

from __future__ import annotations

import os
import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from xml.parsers import expat

from polyalign.errors import PolyalignError, UnreadableError
from polyalign.files import SupportsRead, all_of, unpacked
from polyalign.formats.bitexts import PACKED, opened
from polyalign.formats.bitexts.structured import MAX_JSON_BYTES
from polyalign.formats.validation.agreement import RULES, WARNING, Broken, Rules
from polyalign.formats.validation.jsonfaults import json_faults

MAX_FAULTS = 1_000

_BLOCK = 1 << 16
_MAX_DEPTH = 256
_XML = "http://www.w3.org/XML/1998/namespace "
_XLIFF = "urn:oasis:names:tc:xliff:"
_METADATA = f"{_XLIFF}metadata:2.0"


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of a file (from 1), the rule that it breaks in one word, and what is wrong there."""

    line: int
    rule: str
    message: str

    @property
    def warning(self) -> bool:
        """Whether the file is valid all the same."""
        return self.rule == WARNING


def validate(path: str | os.PathLike[str]) -> list[Fault]:
    """The faults of a TMX, XLIFF or polyalign JSON file, in their order, MAX_FAULTS at most.

    The kind is told by the content; gzip is unpacked, and so is the XLIFF in an .xlz. Raises UnreadableError
    for a file that cannot be read at all.
    """
    name = os.fspath(path)
    try:
        with (opened if name.lower().endswith(PACKED) else unpacked)(name) as file:
            return list(islice(faults(file, name=name), MAX_FAULTS))
    except PolyalignError:
        raise
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableError(f"{name!r} cannot be read ({reason}): check the path") from error


def faults(stream: SupportsRead, *, name: str = "the file") -> Iterator[Fault]:
    """The faults of what a stream holds, as they are found. Raises InputError for too much JSON."""
    first = stream.read(_BLOCK)
    if not first.strip():
        yield Fault(1, "empty", "there is nothing in the file")
    elif first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        data = first + all_of(stream, name=name, limit=MAX_JSON_BYTES)
        yield from (Fault(*fault) for fault in json_faults(data))
    else:
        yield from _Checker().faults(first, stream)


@dataclass(frozen=True, slots=True)
class _Slot:
    """A part of an element's content: any of these names, at least `least` times, once or often."""

    names: frozenset[str]
    least: int
    often: bool

    def __str__(self) -> str:
        return " or ".join(f"<{name}>" for name in sorted(self.names - {"#other"}))

    def takes(self, name: str) -> bool:
        return name in self.names or "#any" in self.names


@dataclass(frozen=True, slots=True)
class _Model:
    """What an element may hold: its parts in order, text or none, its attributes and their types."""

    slots: tuple[_Slot, ...]
    text: bool
    required: Mapping[str, str]
    optional: Mapping[str, str]


@cache
def _models() -> dict[str, dict[str, _Model]]:
    """The model of every element, by grammar and name."""
    data = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
    return {grammar: {name: _model(row) for name, row in rows.items()} for grammar, rows in data.items()}


def _model(row: Mapping[str, str]) -> _Model:
    slots = tuple(
        _Slot(frozenset(part.rstrip("?*+").split("|")), int(part[-1] not in "?*"), part[-1] in "*+")
        for part in row.get("children", "").split()
    )
    required, optional = (
        dict(word.partition("=")[::2] for word in row.get(key, "").split())
        for key in ("required", "optional")
    )
    return _Model(slots, bool(row.get("text")), required, optional)


_LANGUAGE = "([A-Za-z]{2,8}|[xi])(-[A-Za-z0-9]{1,8})*"
_NEEDS = "needs-(adaptation|l10n|review-(adaptation|l10n|translation)|translation)"
_PATTERNS = {  # of the values of attributes: what they should be, in words and as a pattern
    "language": ("a language tag such as ar or pt-BR", _LANGUAGE),
    "srclang": ("a language tag or *all*", rf"\*all\*|{_LANGUAGE}"),
    "token": ("one word without spaces", r"[\w.:\-\u00b7]+"),
    "number": ("a whole number", "[0-9]+"),
    "priority": ("a number from 1 to 10", "[1-9]|10"),
    "hex": ("hexadecimal digits, two a byte", "([0-9A-Fa-f]{2})+"),
    "userdefined": ("of the form prefix:value", r"[^\s:]+:[^\s:]+"),
    "marktype": ("generic, comment, term or prefix:value", r"generic|comment|term|[^\s:]+:[^\s:]+"),
    "state1": ("a state of XLIFF 1.2 or x-something", rf"{_NEEDS}|final|new|signed-off|translated|x-\S+"),
}
_TYPES = {kind: (words, re.compile(pattern)) for kind, (words, pattern) in _PATTERNS.items()}


def _unfit(value: str, kind: str) -> str:
    """What the value of an attribute should be, empty where it is that."""
    if kind in _TYPES:
        wanted, pattern = _TYPES[kind]
        return "" if pattern.fullmatch(value.strip()) else wanted
    words = kind.split("|")
    return "" if value in words else " or ".join(words)


@dataclass(slots=True)
class _Open:
    """An element that has not ended: where it began, and which part of its content was met last."""

    name: str
    line: int
    model: _Model | None
    space: str
    slot: int = 0
    count: int = 0
    spoken: bool = False


@dataclass(slots=True)
class _Checker:
    """Walks one XML file, and gathers what is wrong with it block by block."""

    found: list[Fault] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    space: str = ""
    grammar: str = ""
    rules: Rules = field(default_factory=Rules)
    parser: expat.XMLParserType = field(default_factory=lambda: expat.ParserCreate(namespace_separator=" "))

    def faults(self, first: bytes, stream: SupportsRead) -> Iterator[Fault]:
        """The faults of the file whose first block was read."""
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._declared
        self.parser.SkippedEntityHandler = self._skipped
        block: bytes | None = first
        while block is not None:
            more = self._parsed(block) and block
            yield from self.found
            self.found = []
            block = stream.read(_BLOCK) if more else None

    def _parsed(self, block: bytes) -> bool:
        """Whether the block could be read; if not, why is the last fault."""
        try:
            self.parser.Parse(block, not block)
        except _StopError as stop:
            self._say(stop.rule, str(stop))
        except expat.ExpatError as error:
            self._say("xml", f"{expat.ErrorString(error.code)} (column {error.offset + 1})", error.lineno)
        except (ValueError, LookupError) as error:
            self._say("encoding", f"its encoding cannot be read here ({error}): save it as UTF-8")
        else:
            return True
        return False

    def _say(self, rule: str, message: str, line: int = 0) -> None:
        self.found.append(Fault(line or self.parser.CurrentLineNumber, rule, message))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        stated = {key.replace(_XML, "xml:"): value for key, value in attributes.items()}
        if not self.open:
            self._root(space, local, stated)
        elif len(self.open) >= _MAX_DEPTH:
            raise _StopError("depth", f"elements stand in each other more than {_MAX_DEPTH} deep")
        known: dict[str, _Model] | None = None  # in a namespace that is not checked
        if space == self.space:
            known = _models()[self.grammar]
        elif space == _METADATA and self.grammar == "xliff2":
            known = _models()["metadata"]
        model = known.get(local) if known is not None else None
        if self.open:
            self._placed(self.open[-1], local if space == self.open[-1].space else "#other", local)
        self.open.append(_Open(local, self.parser.CurrentLineNumber, model, space))
        if known is not None and model is None:
            self._say("element", f"there is no <{local}> in {_TITLES[self.grammar]}")
        if model is not None:
            self._attributes(local, model, stated)
            if space == self.space:
                self._tell(self.rules.start(local, stated))

    def _root(self, space: str, local: str, attributes: Mapping[str, str]) -> None:
        """Finds the grammar by the first element. Raises _StopError where there is none."""
        if local not in ("tmx", "xliff"):
            raise _StopError("root", f"the first element is <{local}>: this is no TMX and no XLIFF")
        second = attributes.get("version", "").startswith("2") or space == f"{_XLIFF}document:2.0"
        self.grammar = "tmx" if local == "tmx" else "xliff2" if second else "xliff1"
        self.space, self.rules = space, RULES[self.grammar]()
        if space not in _SPACES[self.grammar]:
            said = f"{space!r} is not" if space else "none is not"
            self._say("namespace", f"the namespace {said} that of {_TITLES[self.grammar]}")

    def _placed(self, parent: _Open, name: str, local: str) -> None:
        """Moves on in the parent's content to where the child belongs, or says why it cannot stand here."""
        if parent.model is None:
            return
        slots = parent.model.slots
        for k in range(parent.slot, len(slots)):
            if slots[k].takes(name):
                again = k == parent.slot and parent.count
                if again and not slots[k].often:
                    self._say("repeated", f"<{parent.name}> may have only one <{local}>")
                for missing in slots[parent.slot + bool(parent.count) : k]:
                    self._missing(parent, missing, self.parser.CurrentLineNumber)
                parent.slot, parent.count = k, parent.count + 1 if again else 1
                return
        if any(slot.takes(name) for slot in slots):
            order = ", ".join(filter(None, map(str, slots)))
            self._say("order", f"<{local}> stands too late in <{parent.name}>: the order is {order}")
        elif name == "#other" or local in _models()[self.grammar]:
            self._say("content", f"<{local}> may not stand in <{parent.name}>")

    def _missing(self, parent: _Open, slot: _Slot, line: int) -> None:
        if slot.least:
            self._say("missing", f"<{parent.name}> has no {slot}", line)

    def _attributes(self, name: str, model: _Model, stated: Mapping[str, str]) -> None:
        for key in model.required:
            if key not in stated:
                self._say("attribute", f"<{name}> has no {key}")
        for key, value in stated.items():
            kind = model.required.get(key, model.optional.get(key))
            if kind is None and " " not in key and key != "xml:base":
                self._say("attribute", f"<{name}> may not have {key}")
            elif kind and (wanted := _unfit(value, kind)):
                self._say("value", f"{key}={value!r} of <{name}> must be {wanted}")

    def _end(self, _: str) -> None:
        ended = self.open.pop()
        if ended.model is None:
            return
        for slot in ended.model.slots[ended.slot + bool(ended.count) :]:
            self._missing(ended, slot, ended.line)
        if ended.space == self.space:
            self._tell(self.rules.end(ended.name), ended.line)

    def _text(self, data: str) -> None:
        inside = self.open[-1]
        if inside.model is not None and not inside.model.text and not inside.spoken and data.strip():
            inside.spoken = True
            self._say("text", f"text may not stand in <{inside.name}>: {data.strip()[:20]!r}")

    def _tell(self, broken: Iterator[Broken], line: int = 0) -> None:
        for rule, message in broken:
            self._say(rule, message, line)

    def _declared(self, name: str, *_: object) -> None:
        raise _StopError("entity", f"the entity {name!r} is declared: entities are refused, write it out")

    def _skipped(self, name: str, *_: object) -> None:
        self._say("entity", f"&{name}; is not defined: write the character itself")


class _StopError(Exception):
    """A fault after which nothing more can be said of the file."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


_TITLES = {"tmx": "TMX 1.4", "xliff1": "XLIFF 1.2", "xliff2": "XLIFF 2.1"}
_SPACES = {
    "tmx": {"", "http://www.lisa.org/tmx14"},
    "xliff1": {f"{_XLIFF}document:1.2", f"{_XLIFF}document:1.1"},
    "xliff2": {f"{_XLIFF}document:2.0"},
}
