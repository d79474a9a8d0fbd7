"""The XLIFF that came in, brought up to date: new targets and states, all else byte for byte as it was.

    rows of a project --> what each segment of the file is to say --> edits of bytes in the file

A segment of the file gets the target texts of the rows that hold its source. No text is taken away for
which there is no other one: where a pair was parted its target stays, and waits for another look. A segment
without a target text is never said to be translated, whatever somebody decided on it.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from polyalign.bitext import Bitext
from polyalign.errors import InputError
from polyalign.formats.bitexts.codewriting import Writer, text_of
from polyalign.formats.bitexts.inline import Coded
from polyalign.formats.bitexts.reviews import state_of
from polyalign.formats.bitexts.xliff import Located, located
from polyalign.formats.bitexts.xml import quoted
from polyalign.formats.markup import declared_encoding
from polyalign.parts import Row, Segment, State
from polyalign.tags import primary

_PLACE = re.compile(r"unit (\d+)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TOOLS: Mapping[str, Mapping[State, str]] = {  # the words of tools, by the attribute that they stand in
    "status": {
        "auto": "PreTranslated",
        "confirmed": "ManuallyConfirmed",
        "needs-review": "PartiallyEdited",
        "rejected": "Rejected",
    },
    "confirmed": {"auto": "0", "confirmed": "1", "needs-review": "0", "rejected": "0"},
    "conf": {
        "auto": "Translated",
        "confirmed": "ApprovedTranslation",
        "needs-review": "Draft",
        "rejected": "RejectedTranslation",
    },
}
_STATES1: Mapping[State, tuple[str, str]] = {
    "auto": ("translated", ""),
    "confirmed": ("final", ""),
    "needs-review": ("needs-review-translation", ""),
    "rejected": ("needs-translation", "rejected-inaccurate"),
}
_STATES2: Mapping[State, tuple[str, str]] = {
    "auto": ("translated", ""),
    "confirmed": ("final", ""),
    "needs-review": ("translated", "polyalign:needs-review"),
    "rejected": ("initial", "polyalign:rejected"),
}
_NO_WORD: Mapping[str, str] = {"status": "NotStarted", "confirmed": "0", "conf": ""}  # for no translation


@dataclass(frozen=True, slots=True)
class _Standing:
    """How far a segment or a unit is: its state, and whether it has no translation."""

    state: State
    empty: bool

    @property
    def untouched(self) -> bool:
        """Whether it waits for a translation, and for nothing else."""
        return self.empty and self.state in ("auto", "confirmed")

    def tool(self, word: str) -> str:
        """What a tool calls it in its attribute; "" where it leaves that away."""
        return _NO_WORD[word] if self.untouched else _TOOLS[word][self.state]

    @property
    def state1(self) -> tuple[str, str]:
        """`state` and `state-qualifier` of XLIFF 1.2."""
        if self.untouched:
            return "new", ""
        if self.empty and self.state == "needs-review":
            return "needs-translation", ""
        return _STATES1[self.state]

    @property
    def state2(self) -> tuple[str, str]:
        """`state` and `subState` of XLIFF 2."""
        if self.empty:
            return "initial", "" if self.state == "auto" else f"polyalign:{self.state}"
        return _STATES2[self.state]


@dataclass(frozen=True, slots=True)
class UpdatedFile:
    """The file as it is now, and how many of its segments have another target or another state."""

    data: bytes
    targets: int
    states: int
    notes: tuple[str, ...] = ()


def updated(data: bytes, bitext: Bitext, *, name: str, states: Collection[State]) -> UpdatedFile:
    """The XLIFF with the targets and states of the rows that are in these states.

    The segments of the bitext say in their places from which segment of the file they are ("unit 12").
    Raises UnreadableError and InputError where the file is none that can be updated.
    """
    text, encoding = _decoded(data, name)
    raw = text.encode()
    found = list(located(io.BytesIO(data), name))
    wanted = _wanted(found, bitext, states)
    units = _units(raw, name)
    edits, targets, changed = list[_Edit](), 0, 0
    for number, rows in _by_unit(found).items():
        unit = units[number]
        texts = {row.key: wanted.texts[row.number] for row in rows if row.number in wanted.texts}
        texts = {
            row.key: texts[row.key] for row in rows if row.key in texts and not _same(texts[row.key], row)
        }
        now = {
            row.key: standing
            for row in rows
            if row.number in wanted.states and (standing := wanted.standing(row)) != _standing(row)
        }
        targets += len(texts)
        changed += sum(now[row.key].state != _state(row) for row in rows if row.key in now)
        edits += unit.edits(raw, rows, texts, now)
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        raw = raw[: edit.start] + edit.text.encode() + raw[edit.end :]
    return UpdatedFile(_encoded(raw.decode(), encoding), targets, changed, wanted.notes())


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    """The text of the file and its encoding. Raises InputError where it could not be written as it was."""
    encoding = next((known for bom, known in _BOMS if data.startswith(bom)), "")
    encoding = encoding or declared_encoding(data) or "utf-8"
    try:
        text = data.decode(encoding)
        if _encoded(text, encoding) == data:
            return text, encoding
    except (UnicodeError, LookupError):
        pass
    raise InputError(f"{name} is not in {encoding} throughout: export it as another file")


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "xmlcharrefreplace")


@dataclass(slots=True)
class _Wanted:
    """The target and the state of each segment of the file, by its number."""

    texts: dict[int, Coded] = field(default_factory=dict)
    states: dict[int, State] = field(default_factory=dict)
    homeless: int = 0
    merged: int = 0

    def standing(self, row: Located) -> _Standing:
        """How far a segment is that is wanted."""
        return _Standing(self.states[row.number], self.texts[row.number].blank)

    def notes(self) -> tuple[str, ...]:
        said = []
        if self.homeless:
            said.append(f"{self.homeless} texts belong to no segment of the file any more: they are left out")
        if self.merged:
            said.append(f"{self.merged} rows hold several segments of the file: each keeps its own target")
        return tuple(said)


def _wanted(found: Sequence[Located], bitext: Bitext, states: Collection[State]) -> _Wanted:
    wanted, parts, judged = _Wanted(), dict[int, list[Segment]](), dict[int, set[State]]()
    turned = _is_turned(found, bitext)
    language = (bitext.source if turned else bitext.target).language
    parted: list[tuple[int, Row, tuple[Segment, ...]]] = []
    for row in bitext.rows():
        if row.review.state not in states:
            continue
        sources, targets = (row.target, row.source) if turned else (row.source, row.target)
        numbers = list(dict.fromkeys(filter(None, map(_number, sources))))
        if not numbers:
            parted += [(n, row, targets) for n in dict.fromkeys(filter(None, map(_number, targets)))][:1]
            continue
        wanted.merged += len(numbers) > 1
        for number in numbers:
            judged.setdefault(number, set()).add(row.review.state)
            parts.setdefault(number, [])
        for segment in targets:
            own = _number(segment)
            parts[own if own in numbers else numbers[0]].append(segment)
    for number, row, targets in parted:
        if parts.get(number):
            wanted.homeless += len(targets)
            continue
        alone = number in parts  # its source stands in another row
        parts[number] = list(targets)
        judged.setdefault(number, set()).add("needs-review" if alone else row.review.state)
    wanted.texts = {number: text_of(held, language) for number, held in parts.items()}
    for number, said in judged.items():
        wanted.states[number] = next(iter(said)) if len(said) == 1 else "needs-review"
    return wanted


def _is_turned(found: Sequence[Located], bitext: Bitext) -> bool:
    """Whether the source of the bitext is the target of the file."""
    one = next((row.unit for row in found if row.unit.source_language), None)
    ours, theirs = primary(bitext.source.language), primary(bitext.target.language)
    return one is not None and ours != theirs and primary(one.source_language) == theirs


def _number(segment: Segment) -> int:
    place = _PLACE.match(segment.place)
    return int(place[1]) if place else 0


def _state(row: Located) -> State:
    return state_of(row.unit.state) or "auto"


def _standing(row: Located) -> _Standing:
    """How far a segment is in the file."""
    unit = row.unit
    return _Standing(_state(row), not any(unit.target_codes) and not "".join(unit.target).strip())


def _same(text: Coded, row: Located) -> bool:
    """Whether the target says what it said: but for white space, which a cut may have taken."""
    codes = [code for held in row.unit.target_codes for code in held]
    one = [(code.kind, code.id, code.element, code.data) for code in text.codes]
    return "".join(text.text.split()) == "".join("".join(row.unit.target).split()) and one == [
        (code.kind, code.id, code.element, code.data) for code in codes
    ]


def _by_unit(found: Iterable[Located]) -> dict[int, list[Located]]:
    units: dict[int, list[Located]] = {}
    for row in found:
        units.setdefault(row.element, []).append(row)
    return units


@dataclass(frozen=True, slots=True)
class _Edit:
    """Bytes start to end of the file are to be this text."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Element:
    """An element of the file: its name and attributes, and where its tags begin and end, in bytes."""

    name: str
    attributes: Mapping[str, str]
    start: int
    inner: int = 0
    after: int = 0
    end: int = 0
    children: list[_Element] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """Its prefix with the colon, empty for none."""
        return self.name[: self.name.rfind(":") + 1]

    def named(self, name: str) -> list[_Element]:
        """The children of that local name."""
        return [child for child in self.children if _local(child.name) == name]

    def within(self) -> Iterator[_Element]:
        """All elements in it, in their order."""
        for child in self.children:
            yield child
            yield from child.within()

    def set(self, raw: bytes, stated: Mapping[str, str]) -> list[_Edit]:
        """Its start tag with these attributes, "" taking one away; nothing where it has them already."""
        tag = raw[self.start : self.inner].decode()
        for word, value in stated.items():
            if self.attributes.get(word, "") != value:
                tag = _with(tag, word, value)
        return [] if tag == raw[self.start : self.inner].decode() else [_Edit(self.start, self.inner, tag)]

    def fill(self, raw: bytes, content: str, stated: Mapping[str, str] | None = None) -> list[_Edit]:
        """The element with another content and these attributes."""
        if self.inner == self.end:  # <target/>
            tag = raw[self.start : self.end].decode()
            for word, value in (stated or {}).items():
                tag = _with(tag, word, value)
            whole = f"{tag.rstrip('/> ')}>{content}</{self.name}>"
            return [_Edit(self.start, self.end, whole)]
        return [_Edit(self.inner, self.after, content), *self.set(raw, stated or {})]


def _with(tag: str, word: str, value: str) -> str:
    """A start tag with the attribute; without it where the value is empty."""
    said = f" {word}={quoted(value)}" if value else ""
    there = re.compile(rf"\s+{re.escape(word)}\s*=\s*(\"[^\"]*\"|'[^']*')")
    if there.search(tag):
        return there.sub(lambda _: said, tag, count=1)
    return re.sub(r"\s*(/?>)$", lambda found: said + found[1], tag)


class _Unit(_Element):
    """A <trans-unit> of XLIFF 1 or a <unit> of XLIFF 2."""

    def edits(
        self,
        raw: bytes,
        rows: Sequence[Located],
        texts: Mapping[str, Coded],
        states: Mapping[str, _Standing],
    ) -> list[_Edit]:
        """What makes its segments say these texts, and be in these states."""
        if not texts and not states:
            return []
        if _local(self.name) == "unit":
            return self._edits2(raw, texts, states)
        standings = {states.get(row.key, _standing(row)) for row in rows}
        whole = _least(standings) if states else None
        stated, levels = self._states1(whole, states)
        edits = self.set(raw, stated)
        for level in levels:
            edits += level.set(raw, {"conf": states[level.attributes.get("id", "")].tool("conf")})
        tool = levels or any(
            _local(word) in ("status", "confirmed") for word in self.attributes if ":" in word
        )
        target = next(iter(self.named("target")), None)
        has_state = target is not None and "state" in target.attributes
        own = {}
        if whole and (has_state or not (tool or whole.state == "auto" or len(standings) > 1)):
            state, qualifier = whole.state1
            before = target.attributes.get("state-qualifier", "") if target is not None else ""
            own = {"state": state}
            own |= {"state-qualifier": qualifier} if qualifier or before.startswith("rejected-") else {}
        return edits + self._targets1(raw, target, texts, own)

    def _states1(
        self, whole: _Standing | None, states: Mapping[str, _Standing]
    ) -> tuple[dict[str, str], list[_Element]]:
        """Attributes of the unit, and the elements of Trados that say how far a segment is."""
        levels = [
            seg
            for each in self.named("seg-defs")
            for seg in each.named("seg")
            if seg.attributes.get("id") in states
        ]
        words = {
            word: whole.tool(_local(word))
            for word in self.attributes
            if whole and ":" in word and _local(word) in ("status", "confirmed")
        }
        approved = whole == _Standing("confirmed", empty=False)
        if approved and not words and not levels:
            words["approved"] = "yes"
        elif self.attributes.get("approved") == "yes" and states and not approved:
            words["approved"] = "no"
        return words, levels

    def _targets1(
        self,
        raw: bytes,
        target: _Element | None,
        texts: Mapping[str, Coded],
        stated: Mapping[str, str],
    ) -> list[_Edit]:
        writer = Writer("xliff1", update=True, prefix=self.prefix)
        if not texts:
            return target.set(raw, stated) if target is not None else []
        if "" in texts:
            content = writer.markup(texts[""])
            return target.fill(raw, content, stated) if target else self._new(raw, content, stated)
        marks = _marks(target)
        outside = {
            (_local(e.name), e.attributes.get("rid") or e.attributes.get("id", ""))
            for e in (target.within() if target is not None else ())
            if not _inside(e, marks)
        }
        contents = {key: writer.markup(_without(text, outside)) for key, text in texts.items()}
        if target is None or not marks:
            content = self._like_source(raw, contents)
            return target.fill(raw, content, stated) if target else self._new(raw, content, stated)
        edits = target.set(raw, stated)
        for key, content in contents.items():
            if key in marks:
                edits += marks[key].fill(raw, content)
            else:
                mark = f'<{self.prefix}mrk mtype="seg" mid={quoted(key)}>{content}</{self.prefix}mrk>'
                edits.append(_Edit(target.after, target.after, mark))
        return edits + _emptied(raw, target, [*marks], contents)

    def _like_source(self, raw: bytes, contents: Mapping[str, str]) -> str:
        """The content of a new target: that of the source as it is divided, with the texts in its marks."""
        like = next(iter(self.named("seg-source") or self.named("source")))
        inner = raw[like.inner : like.after]
        for key, mark in reversed(_marks(like).items()):
            start, end = mark.inner - like.inner, mark.after - like.inner
            if mark.inner != mark.end:
                inner = inner[:start] + contents.get(key, "").encode() + inner[end:]
        return inner.decode()

    def _new(
        self, raw: bytes, content: str, stated: Mapping[str, str], holder: _Element | None = None
    ) -> list[_Edit]:
        """A target where there is none, behind the source and as far indented as that."""
        holder = holder or self
        source = next(iter(holder.named("source")))
        last = next(iter(holder.named("seg-source")), source)
        indent = re.search(rb"\s*$", raw[: source.start])
        said = "".join(f" {word}={quoted(value)}" for word, value in stated.items() if value)
        name = f"{self.prefix}target"
        space = indent[0].decode() if indent else ""
        return [_Edit(last.end, last.end, f"{space}<{name}{said}>{content}</{name}>")]

    def _edits2(self, raw: bytes, texts: Mapping[str, Coded], states: Mapping[str, _Standing]) -> list[_Edit]:
        edits = []
        for k, segment in enumerate(self.named("segment")):
            key = str(k)
            if key in states:
                state, sub = states[key].state2
                before = segment.attributes.get("subState", "")
                ours = bool(sub) or before.startswith("polyalign:")
                edits += segment.set(raw, {"state": state} | ({"subState": sub} if ours else {}))
            if key in texts:
                target = next(iter(segment.named("target")), None)
                content = Writer("xliff2", update=True, prefix=self.prefix).markup(texts[key])
                edits += target.fill(raw, content) if target else self._new(raw, content, {}, segment)
        return edits


def _least(standings: Collection[_Standing]) -> _Standing:
    """What can be said of all: where they differ, no more than of the one that is least far."""
    if len(standings) == 1:
        return next(iter(standings))
    empty = any(each.empty for each in standings)
    waits = empty or any(each.state in ("needs-review", "rejected") for each in standings)
    return _Standing("needs-review" if waits else "auto", empty)


def _marks(target: _Element | None) -> dict[str, _Element]:
    """The marked segments of a side, by their ids, or by number where they have none."""
    found: dict[str, _Element] = {}
    for element in target.within() if target is not None else ():
        if _local(element.name) == "mrk" and element.attributes.get("mtype") == "seg":
            found.setdefault(element.attributes.get("mid") or f"#{len(found)}", element)
    return found


def _without(text: Coded, outside: Collection[tuple[str, str]]) -> Coded:
    """The text without the codes that stand beside its mark, and stay there."""
    return Coded(text.text, tuple(c for c in text.codes if (c.element, c.id) not in outside))


def _emptied(raw: bytes, target: _Element, keys: Sequence[str], contents: Collection[str]) -> list[_Edit]:
    """The words beside the marks go where their segment has a new text, which holds them."""
    marks = _marks(target)
    tags = sorted(
        (
            span
            for e in target.within()
            for span in ((e.start, e.inner), (e.after, e.end))
            if not _inside(e, marks)
        ),
    )
    edits, at, last = [], target.inner, keys[0]
    spans = sorted({*tags, *((mark.start, mark.end) for mark in marks.values())})
    begins = {mark.start: key for key, mark in marks.items()}
    for start, end in [*spans, (target.after, target.after)]:
        between = raw[at:start].decode()
        if between.strip() and last in contents and at < start:
            edits.append(_Edit(at, start, " " if between[:1].isspace() or between[-1:].isspace() else ""))
        last = begins.get(start, last)
        at = max(at, end)
    return edits


def _inside(element: _Element, marks: Mapping[str, _Element]) -> bool:
    return any(mark.start <= element.start and element.end <= mark.end for mark in marks.values())


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _units(raw: bytes, name: str) -> list[_Unit]:
    """The units of the file in the order in which they end. Raises InputError."""
    parser = expat.ParserCreate(encoding="utf-8")
    stack, found = list[_Element](), list[_Unit]()
    root = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal root
        at = parser.CurrentByteIndex
        root = root if stack else tag[: tag.rfind(":") + 1]
        is_unit = tag in ("trans-unit", "unit", f"{root}trans-unit", f"{root}unit")
        element = (_Unit if is_unit else _Element)(tag, attributes, at, _tag_end(raw, at))
        if stack:
            stack[-1].children.append(element)
        stack.append(element)

    def end(_: str) -> None:
        element = stack.pop()
        at = parser.CurrentByteIndex
        empty = raw[element.inner - 2 : element.inner] == b"/>"
        element.after = element.inner if empty else at
        element.end = element.inner if empty else _tag_end(raw, at)
        if isinstance(element, _Unit):
            found.append(element)
            if stack:
                stack[-1].children.remove(element)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise InputError(
            f"{name} cannot be updated: line {error.lineno}: {error}: export another file"
        ) from error
    return found


def _tag_end(raw: bytes, start: int) -> int:
    """Where the tag that begins there ends; quoted values may hold a >."""
    at, quote = start, 0
    while True:
        byte = raw[at]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == 0x3E:
            return at + 1
        at += 1
