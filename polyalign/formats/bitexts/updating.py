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
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from xml.parsers import expat

from polyalign.bitext import Bitext
from polyalign.errors import InputError
from polyalign.formats.bitexts.codewriting import Writer, text_of
from polyalign.formats.bitexts.inline import Coded
from polyalign.formats.bitexts.reviews import state_of
from polyalign.formats.bitexts.xliff import Located, located
from polyalign.formats.bitexts.xliffstates import SUB, Readiness
from polyalign.formats.bitexts.xml import attributes, quoted
from polyalign.formats.markup import declared_encoding
from polyalign.parts import Row, Segment, State
from polyalign.tags import primary

_PLACE = re.compile(r"unit (\d+)")
_UNENCODABLE = "xmlcharrefreplace"  # what becomes of a character that the encoding of the file has not
_APPROVED = Readiness("confirmed", empty=False)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TAG = re.compile(rb"""(?:"[^"]*"|'[^']*'|[^"'>])*+>""")  # a quoted value may hold a >


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
    wanted, judged, notes = _wanted(found, bitext, states)
    units = _units(raw, name)
    edits, targets, changed = list[_Edit](), 0, 0
    for number, group in groupby(found, key=lambda row: row.element):
        rows = list(group)
        texts = {
            row.key: wanted[row.number]
            for row in rows
            if row.number in wanted and not _same(wanted[row.number], row)
        }
        now = {
            row.key: standing
            for row in rows
            if row.number in judged
            and (standing := Readiness(judged[row.number], wanted[row.number].blank)) != _standing(row)
        }
        targets += len(texts)
        changed += sum(now[row.key].state != _standing(row).state for row in rows if row.key in now)
        edits += units[number].edits(raw, rows, texts, now)
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        raw = raw[: edit.start] + edit.text.encode() + raw[edit.end :]
    return UpdatedFile(raw.decode().encode(encoding, _UNENCODABLE), targets, changed, notes)


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    """The text of the file and its encoding. Raises InputError where it could not be written as it was."""
    encoding = next((known for bom, known in _BOMS if data.startswith(bom)), "")
    encoding = encoding or declared_encoding(data) or "utf-8"
    try:
        text = data.decode(encoding)
        if text.encode(encoding, _UNENCODABLE) == data:
            return text, encoding
    except (UnicodeError, LookupError):
        pass
    raise InputError(f"{name} is not in {encoding} throughout: export it as another file")


def _wanted(
    found: Sequence[Located], bitext: Bitext, states: Collection[State]
) -> tuple[dict[int, Coded], dict[int, State], tuple[str, ...]]:
    """The target and the state of each segment of the file, by its number; and notes."""
    parts, judged = dict[int, list[Segment]](), dict[int, set[State]]()
    homeless = merged = 0
    stated = next((row.unit.source_language for row in found if row.unit.source_language), None)
    ours, theirs = primary(bitext.source.language), primary(bitext.target.language)
    turned = stated is not None and ours != theirs == primary(stated)  # the file's target is the source here
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
        merged += len(numbers) > 1
        for number in numbers:
            judged.setdefault(number, set()).add(row.review.state)
            parts.setdefault(number, [])
        for segment in targets:
            own = _number(segment)
            parts[own if own in numbers else numbers[0]].append(segment)
    for number, row, targets in parted:
        if parts.get(number):
            homeless += len(targets)
            continue
        alone = number in parts  # its source stands in another row
        parts[number] = list(targets)
        judged.setdefault(number, set()).add("needs-review" if alone else row.review.state)
    notes = {
        f"{homeless} texts belong to no segment of the file any more: they are left out": homeless,
        f"{merged} rows hold several segments of the file: each keeps its own target": merged,
    }
    return (
        {number: text_of(held, language) for number, held in parts.items()},
        {number: said.pop() if len(said) == 1 else "needs-review" for number, said in judged.items()},
        tuple(note for note, count in notes.items() if count),
    )


def _number(segment: Segment) -> int:
    place = _PLACE.match(segment.place)
    return int(place[1]) if place else 0


def _standing(row: Located) -> Readiness:
    """How far a segment is in the file."""
    unit = row.unit
    empty = not any(unit.target_codes) and not "".join(unit.target).strip()
    return Readiness(state_of(unit.state) or "auto", empty)


def _same(text: Coded, row: Located) -> bool:
    """Whether the target says what it said: but for white space, which a cut may have taken."""
    now, before = (
        ["".join(said.split()), *((code.kind, code.id, code.element, code.data) for code in codes)]
        for said, codes in (
            (text.text, text.codes),
            ("".join(row.unit.target), chain.from_iterable(row.unit.target_codes)),
        )
    )
    return now == before


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
        return [] if tag.encode() == raw[self.start : self.inner] else [_Edit(self.start, self.inner, tag)]

    def fill(self, raw: bytes, content: str, stated: Mapping[str, str]) -> list[_Edit]:
        """The element with another content and these attributes."""
        if self.inner == self.end:  # <target/>
            tag = raw[self.start : self.end].decode()
            for word, value in stated.items():
                tag = _with(tag, word, value)
            return [_Edit(self.start, self.end, f"{tag.rstrip('/> ')}>{content}</{self.name}>")]
        return [_Edit(self.inner, self.after, content), *self.set(raw, stated)]


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
        self, raw: bytes, rows: Sequence[Located], texts: Mapping[str, Coded], states: Mapping[str, Readiness]
    ) -> list[_Edit]:
        """What makes its segments say these texts, and be in these states."""
        if _local(self.name) == "unit":
            return self._edits2(raw, texts, states)
        target = next(iter(self.named("target")), None)
        if not states:
            return self._targets1(raw, target, texts, {})
        standings = {states.get(row.key, _standing(row)) for row in rows}
        whole = _least(standings)
        levels = [  # of Trados, which says in elements of its own how far a segment is
            seg
            for each in self.named("seg-defs")
            for seg in each.named("seg")
            if seg.attributes.get("id") in states
        ]
        tools = [w for w in self.attributes if ":" in w and _local(w) in ("status", "confirmed")]
        stated, approved = {word: whole.tool(_local(word)) for word in tools}, whole == _APPROVED
        if approved and not tools and not levels:
            stated["approved"] = "yes"
        elif self.attributes.get("approved") == "yes" and not approved:
            stated["approved"] = "no"
        edits = self.set(raw, stated)
        for level in levels:
            edits += level.set(raw, {"conf": states[level.attributes.get("id", "")].tool("conf")})
        before, own = target.attributes if target is not None else {}, dict[str, str]()
        if "state" in before or not (tools or levels or whole.state == "auto" or len(standings) > 1):
            own["state"], qualifier = whole.state1
            if qualifier or before.get("state-qualifier", "").startswith("rejected-"):
                own["state-qualifier"] = qualifier
        return edits + self._targets1(raw, target, texts, own)

    def _targets1(
        self, raw: bytes, target: _Element | None, texts: Mapping[str, Coded], stated: Mapping[str, str]
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
        contents = {}
        for key, text in texts.items():  # without the codes that stand beside its mark, and stay there
            codes = tuple(code for code in text.codes if (code.element, code.id) not in outside)
            contents[key] = writer.markup(Coded(text.text, codes))
        if target is None or not marks:
            content = self._like_source(raw, contents)
            return target.fill(raw, content, stated) if target else self._new(raw, content, stated)
        edits = target.set(raw, stated)
        for key, content in contents.items():
            if key in marks:
                edits += marks[key].fill(raw, content, {})
            else:
                mark = f'<{self.prefix}mrk mtype="seg" mid={quoted(key)}>{content}</{self.prefix}mrk>'
                edits.append(_Edit(target.after, target.after, mark))
        return edits + _emptied(raw, target, marks, contents)

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
        space, name = indent[0].decode() if indent else "", f"{self.prefix}target"
        return [_Edit(last.end, last.end, f"{space}<{name}{attributes(stated)}>{content}</{name}>")]

    def _edits2(self, raw: bytes, texts: Mapping[str, Coded], states: Mapping[str, Readiness]) -> list[_Edit]:
        edits = []
        for k, segment in enumerate(self.named("segment")):
            key = str(k)
            if key in states:
                state, sub = states[key].state2
                before = segment.attributes.get("subState", "")
                ours = bool(sub) or before.startswith(SUB)
                edits += segment.set(raw, {"state": state} | ({"subState": sub} if ours else {}))
            if key in texts:
                target = next(iter(segment.named("target")), None)
                content = Writer("xliff2", update=True, prefix=self.prefix).markup(texts[key])
                edits += target.fill(raw, content, {}) if target else self._new(raw, content, {}, segment)
        return edits


def _least(standings: Collection[Readiness]) -> Readiness:
    """What can be said of all: where they differ, no more than of the one that is least far."""
    if len(standings) == 1:
        return next(iter(standings))
    empty = any(each.empty for each in standings)
    waits = empty or any(each.state in ("needs-review", "rejected") for each in standings)
    return Readiness("needs-review" if waits else "auto", empty)


def _marks(target: _Element | None) -> dict[str, _Element]:
    """The marked segments of a side, by their ids, or by number where they have none."""
    found: dict[str, _Element] = {}
    for element in target.within() if target is not None else ():
        if _local(element.name) == "mrk" and element.attributes.get("mtype") == "seg":
            found.setdefault(element.attributes.get("mid") or f"#{len(found)}", element)
    return found


def _emptied(
    raw: bytes, target: _Element, marks: Mapping[str, _Element], contents: Collection[str]
) -> list[_Edit]:
    """The words beside the marks go where their segment has a new text, which holds them."""
    spans = {(mark.start, mark.end) for mark in marks.values()}
    for element in target.within():
        if not _inside(element, marks):
            spans |= {(element.start, element.inner), (element.after, element.end)}
    edits, at, last = [], target.inner, next(iter(marks))
    begins = {mark.start: key for key, mark in marks.items()}
    for start, end in [*sorted(spans), (target.after, target.after)]:
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
        what = f"cannot be updated: line {error.lineno}: {error}"
        raise InputError(f"{name} {what}: export another file") from error
    return found


def _tag_end(raw: bytes, start: int) -> int:
    found = _TAG.match(raw, start)
    return found.end() if found else len(raw)
