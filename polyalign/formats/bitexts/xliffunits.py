"""A unit of an XLIFF as rows: what a <trans-unit> of 1.2 and a <unit> of 2.x say, and how we say it there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from polyalign.codes import Code
from polyalign.formats.bitexts import beside, xml
from polyalign.formats.bitexts.codewriting import Writer, original_data
from polyalign.formats.bitexts.inline import NOTHING, Coded, Item, Reader, coded
from polyalign.formats.bitexts.xliffstates import NOT_BEGUN, ours_in
from polyalign.formats.common import Unit
from polyalign.formats.markup import Element, local

OURS = "x-polyalign-"  # before the types of our contexts and notes
CATEGORY = "polyalign"  # of our metadata
FLAG = "x-polyalign-flag"  # the notes that checks wrote
BEFORE, BEHIND = "xliff2 before", "xliff2 behind"  # the segment: what is ignorable

_MEMOQ_STATUS = "{MQXliff}status"
_PHRASE_CONFIRMED = "{http://www.memsource.com/mxlf/2.0}confirmed"
_OWN_ID = re.compile("u[0-9]+-*")
# what is said in another way, or refers to a part that is not kept
_STATED1 = "id approved space phase-name status confirmed state state-qualifier lang".split()
_SIDES = ("source", "target")
_TEXTS1 = ("source", "seg-source", "target", "note")
_TEXTS2 = ("notes", "originalData", "segment", "ignorable")
_EDGES = re.compile(r"\A\s+|\s+\Z")
_FOLDED = re.compile(r"[ \t]*[\r\n]\s*")


@dataclass(slots=True)
class Around:
    """What is known of the place of a unit: its file and languages, the groups, and how many rows are before.

    The groups are said as in `Unit.about`, from the outermost on.
    """

    name: str
    languages: tuple[str, str] = ("", "")
    groups: Sequence[tuple[str, str]] = ()
    rows: int = 0


def units1(element: Element, around: Around) -> Iterator[tuple[str, Unit]]:
    """The unit of a <trans-unit>, or one for each <mrk mtype="seg"> that its sides share, with their ids."""
    parts = xml.parts_of(element)
    first = dict(reversed(parts))
    source, target, segmented = first.get("source"), first.get("target"), first.get("seg-source")
    told = {
        kind.removeprefix(OURS): context.text or ""
        for tag, group in parts
        if tag == "context-group"
        for context in group
        if isinstance(context.tag, str) and (kind := context.get("context-type", "")).startswith(OURS)
    }
    stated = ["" if side is None else xml.language_of(side) for side in (source, target)]
    languages = (stated[0] or around.languages[0], stated[1] or around.languages[1])
    read, defined = Reader(around.name), first.get("seg-defs")
    sources, targets = _marked(segmented, read) or _marked(source, read), _marked(target, read)
    levels: dict[str, str] = {}  # what Trados says of each segment, by its id
    if defined is not None:
        levels = {seg.get("id", ""): seg.get("conf", "") for seg in defined.iterchildren("{*}seg")}
    state, whole = _state1(element, target, told), NOTHING if targets else _text(target, read)
    if not sources or not (targets or whole.blank):
        levels = dict.fromkeys([""], *set(levels.values())) if len(set(levels.values())) == 1 else {}
        sources = {"": _text(source, read) or _text(segmented, read)}
        targets = {"": _text(target, read) if targets else whole}
    rows = [
        (mid, sources.get(mid, NOTHING), found, _of_text(state or levels.get(mid, ""), found))
        for mid in dict.fromkeys((*sources, *targets))
        for found in [targets.get(mid, NOTHING)]
    ]
    notes = [part for tag, part in parts if tag == "note"]
    about = _own_id(element, told)
    about += beside.attributes(element, "xliff1 unit", but=(*_STATED1, _lock(told)))
    about += [] if target is None else beside.attributes(target, "xliff1 target", but=_STATED1)
    said = [part for tag, part in parts if tag not in _TEXTS1 and not is_own(part)]
    about += beside.elements(_kept(notes) + said, "xliff1 unit")
    return _numbered(rows, told, languages, notes, xml.place_of(element), about, around, {})


def _state1(unit: Element, target: Element | None, told: Mapping[str, str]) -> str:
    """The state of a <trans-unit>: approved whatever stands beside it, else rejected, else its target's.

    A target without a state has that of the tool which wrote the unit.
    """
    if unit.get("approved") == "yes":
        return "approved"
    if target is not None and target.get("state-qualifier", "").startswith("rejected-"):
        return "rejected"
    stated = told.get("state", "") if target is None else target.get("state", "")
    tool = unit.get(_MEMOQ_STATUS) or ("confirmed" if unit.get(_PHRASE_CONFIRMED) == "1" else "")
    return (tool or stated) if target is None else (stated or tool)


def _marked(element: Element | None, read: Reader) -> dict[str, Coded]:
    """The texts of the segments that are marked in a side, by their ids, or by number where they have none.

    Text and codes beside the marks belong to the segment before them, to the first one where there is
    none; but a code that opens there belongs to what follows it.
    """
    if element is None or not len(element):
        return {}
    if not any(mark.get("mtype") == "seg" for mark in element.iter("{*}mrk")):
        return {}
    keys: dict[Element, str] = {}
    held: dict[str, list[Item]] = {}
    last, between = "", list[Item]()
    for mark, item in read.items(element):
        if mark is None:
            between.append(item)
            continue
        key = keys.setdefault(mark, mark.get("mid") or f"#{len(keys)}")
        before, after = (between, []) if key == last else _parted(between, first=not held)
        if held:
            held[last] += before
        held.setdefault(key, []).extend([*after, item] if held else [*before, *after, item])
        last, between = key, []
    if held:
        held[last] += _parted(between, first=False)[0]
    return {key: _folded(coded(items), element) for key, items in held.items()}


def _parted(between: list[Item], *, first: bool) -> tuple[list[Item], list[Item]]:
    """What stands beside marks: what of it belongs to the mark before, and what to the one behind it."""
    said = [k for k, item in enumerate(between) if isinstance(item, Code) or item.strip()]
    if not said:
        return [], []
    if first:
        kept = between[said[0] :]
        return [], [kept[0].lstrip() if isinstance(kept[0], str) else kept[0], *kept[1:]]
    k = len(between)
    while k and (item.kind == "open" if isinstance(item := between[k - 1], Code) else not item.strip()):
        k -= 1
    before = between[:k]
    if before and isinstance(before[-1], str):
        before[-1] = before[-1].rstrip()
    return before, [item for item in between[k:] if isinstance(item, Code)]


def units2(element: Element, around: Around) -> Iterator[tuple[str, Unit]]:
    """A unit for each <segment> of an XLIFF 2 <unit>, with the number of the segment in it, from 0."""
    parts = xml.parts_of(element)
    first = dict(reversed(parts))
    originals = first.get("originalData")
    held = () if originals is None else originals.iterchildren("{*}data")
    read = Reader(around.name, {data.get("id", ""): "".join(data.itertext()) for data in held})
    rows = []
    for key, segment in enumerate(part for tag, part in parts if tag == "segment"):
        sides = dict(reversed(xml.parts_of(segment)))
        source, target = (_text(sides.get(word), read) for word in _SIDES)
        state, sub = segment.get("state") or "", segment.get("subState") or ""
        ours = ours_in(state, sub, blank=target.blank) if sub else ""
        rows.append((str(key), source, target, ours or _of_text(state, target)))
    told = metas(first.get("metadata"))
    noted = xml.parts_of(first["notes"]) if "notes" in first else []
    about = _own_id(element, told)
    about += beside.attributes(element, "xliff2 unit", but=("id", "space", _lock(told)))
    said = [part for tag, part in parts if tag not in _TEXTS2 and not is_own(part)]
    about += beside.elements(said + _kept([part for _, part in noted]), "xliff2 unit")
    notes = [part for tag, part in noted if tag == "note"]
    between = _ignorable(parts, read) if "ignorable" in first else {}
    return _numbered(rows, told, around.languages, notes, xml.place_of(element), about, around, between)


def _ignorable(parts: xml.Parts, read: Reader) -> dict[str, list[tuple[str, str]]]:
    """What stands between the segments of a unit, by the key of the one before it (the first, if none).

    Each is a unit of its own, as its codes may refer to data.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    number = -1
    for tag, part in parts:
        number += tag == "segment"
        if tag == "ignorable":
            writer, sides = Writer("xliff2"), ((word, xml.child(part, word)) for word in _SIDES)
            held = "".join(
                f"<{word}>{spaced(writer, read.text(side))}</{word}>"
                for word, side in sides
                if side is not None
            )
            whole = f"<unit>{original_data(writer.data)}<ignorable>{held}</ignorable></unit>"
            found.setdefault(str(max(number, 0)), []).append((BEFORE if number < 0 else BEHIND, whole))
    return found


def spaced(writer: Writer, text: Coded) -> str:
    """A text that is mostly white space, and keeps its line ends, as XML."""
    return writer.markup(text) if text.codes else xml.escaped(text.text)


def _own_id(unit: Element, told: Mapping[str, str]) -> list[tuple[str, str]]:
    """The id of a unit, unless it is one that we gave."""
    number = unit.get("id", "")
    return [] if not number or (told and _OWN_ID.fullmatch(number)) else [("id", number)]


def _lock(told: Mapping[str, str]) -> str:
    """The attribute by which we say that there is no source; empty where it says what its file said."""
    return "translate" if told.get("type", "").startswith("0-") else ""


def is_own(child: Element) -> bool:
    """Whether an element is one that we wrote: facts, flags, why a segment is no content."""
    tag = local(child)
    if tag == "note":
        return _is_flag(child) or xml.is_why((child.text or "").strip())
    if tag not in ("context-group", "metadata"):
        return False
    held = [part for part in child if isinstance(part.tag, str)]
    if tag == "context-group":
        return bool(held) and all(part.get("context-type", "").startswith(OURS) for part in held)
    return bool(held) and all(part.get("category") == CATEGORY for part in held)


def _is_flag(note: Element) -> bool:
    return FLAG in (note.get("category"), note.get("from"))


def _kept(notes: Sequence[Element]) -> list[Element]:
    """The notes that are not ours, where a comment would not say all: several, or some with attributes."""
    others = [note for note in notes if not is_own(note)]
    return others if len(others) > 1 or any(note.attrib for note in others) else []


def _of_text(state: str, target: Coded) -> str:
    """The state of a target; that nobody began says nothing where there is no text: it is so by itself."""
    return "" if target.blank and state in NOT_BEGUN else state


def metas(metadata: Element | None) -> dict[str, str]:
    """What we say in the metadata of a unit or a file of XLIFF 2."""
    if metadata is None:
        return {}
    groups = (g for g in metadata.iterchildren("{*}metaGroup") if g.get("category") == CATEGORY)
    return {
        meta.get("type", ""): meta.text or "" for group in groups for meta in group.iterchildren("{*}meta")
    }


def _numbered(
    rows: Sequence[tuple[str, Coded, Coded, str]],
    told: Mapping[str, str],
    languages: tuple[str, str],
    notes: Sequence[Element],
    place: str,
    about: Sequence[tuple[str, str]],
    around: Around,
    between: Mapping[str, Sequence[tuple[str, str]]],
) -> Iterator[tuple[str, Unit]]:
    """The units that hold text, or ids; the first one has the notes, and only a single one the facts.

    `rows` are keys, sources, targets and states; `between` is what is said of single ones, by their keys.
    """
    said, flags = list[str](), list[str]()
    if notes:  # which hardly any unit has
        said = xml.texts_of(note for note in notes if not _is_flag(note))
        flags = xml.texts_of(filter(_is_flag, notes))
    for key, source, target, state in rows:
        row = xml.unit(
            source,
            target,
            told if len(rows) == 1 else {},
            languages=languages,
            notes=said,
            flags=flags,
            state=state,
            place=place,
            about=(*about, *between.get(key, ()), *around.groups),
            row=around.rows + 1,
        )
        if row.source or row.target:
            around.rows += 1
            yield key, row
            said, flags = [], []
            about = [(name, value) for name, value in about if name == "id"]


def _text(element: Element | None, read: Reader) -> Coded:
    """The text of a side; line ends and indents of the file count only where space is preserved."""
    return NOTHING if element is None else _folded(read.text(element), element)


def _folded(text: Coded, element: Element) -> Coded:
    if "\n" not in text.text and "\r" not in text.text:
        return text
    stated = filter(None, (each.get(xml.XML_SPACE) for each in (element, *element.iterancestors())))
    if next(stated, "") == "preserve":
        return text
    return text.replaced(_EDGES, "").replaced(_FOLDED, " ")
