"""XLIFF 2.1 and 1.2, the files that CAT tools work on; streamed both ways, and valid for their schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from polyalign.bitext import Bitext
from polyalign.codes import Code
from polyalign.files import SupportsRead
from polyalign.formats.bitexts import beside, xml
from polyalign.formats.bitexts.codewriting import Writer, original_data, text_of
from polyalign.formats.bitexts.inline import NOTHING, Coded, Item, Reader, coded
from polyalign.formats.common import Heading, Options, Unit, named, swapped
from polyalign.parts import Row
from polyalign.version import VERSION

if TYPE_CHECKING:
    from lxml import etree

METADATA = "urn:oasis:names:tc:xliff:metadata:2.0"

_OURS = "x-polyalign-"
_CATEGORY = "polyalign"
_FLAG = "x-polyalign-flag"  # the notes that checks wrote
_SUB = "polyalign:"
_STATES2 = {
    "auto": "translated",
    "confirmed": "final",
    "needs-review": "translated",
    "rejected": "initial",
}
_STATES1 = {
    "auto": 'state="translated"',
    "confirmed": 'state="final"',
    "needs-review": 'state="needs-review-translation"',
    "rejected": 'state="needs-translation" state-qualifier="rejected-inaccurate"',
}
_STANDARD1 = ("context-group", "count-group", "prop-group", "note", "alt-trans")  # of 1.2, before any other
_MEMOQ_STATUS = "{MQXliff}status"
_PHRASE_CONFIRMED = "{http://www.memsource.com/mxlf/2.0}confirmed"
_NOT_BEGUN = ("new", "initial", "NotStarted")  # of XLIFF 1.2, 2 and memoQ
_TOKEN = re.compile(r"[\w.:\-\u00b7]+")
_OWN_ID = re.compile("u[0-9]+-*")
# what is said in another way, or refers to a part that is not kept
_STATED1 = "id approved space phase-name status confirmed state state-qualifier lang".split()
_STATED_OF_FILE = "id source-language srcLang target-language tool-id trgLang version".split()
_NO_DETAIL = "header note notes group unit body".split()
_SIDES = ("source", "target")
_TEXTS1 = ("source", "seg-source", "target", "note")
_TEXTS2 = ("notes", "originalData", "segment", "ignorable")
_BEFORE, _BEHIND = "xliff2 before", "xliff2 behind"  # the segment: what is ignorable
_HEADER1 = [f"xliff1 file/{word}" for word in "count-group glossary prop-group reference tool".split()]
_BEFORE_OTHERS = ["note", "phase-group", *(word.partition("/")[2] for word in _HEADER1)]
_EDGES = re.compile(r"\A\s+|\s+\Z")
_FOLDED = re.compile(r"[ \t]*[\r\n]\s*")
_BOTH: tuple[xml.Event, ...] = ("start", "end")
_TAGS = ("xliff", "file", "header", "group", "trans-unit", "unit", "cmt-def")
_UNITS = ("trans-unit", "unit")
_IN_UNIT = ("{*}trans-unit", "{*}unit")


def xliff(bitext: Bitext, options: Options) -> Iterator[bytes]:
    """XLIFF 2.1: a unit of one segment for each bead and, where asked for, each unaligned segment.

    Ids, score and the lengths of joined segments are in the metadata module. A segment that only
    the source has waits for a translation (state "initial"); one that only the target has has an
    empty source, and is not for translation. What is confirmed is "final"; what the standard has no
    state for is the subState.
    """
    yield _head(bitext).encode()
    numbered, groups = _Numbers(token=True), beside.Groups("xliff2")
    for row in xml.written(bitext, options):
        yield (groups.to(row.review.about) + _unit(row, bitext, numbered.next(row))).encode()
    empty = "" if numbered.count else '<group id="none"/>\n'
    yield f"{groups.end()}{empty}</file>\n</xliff>\n".encode()


class _Numbers:
    """The ids of units: those they came with where they fit, each once, else u and their number."""

    def __init__(self, *, token: bool) -> None:
        self.token, self.count, self._taken = token, 0, set[str]()

    def next(self, row: Row) -> str:
        """The id of the next unit."""
        self.count += 1
        own = named(row.review.about).get("id", "")
        fits = own and own not in self._taken and (not self.token or _TOKEN.fullmatch(own))
        found = own if fits else f"u{self.count}"
        while found in self._taken:
            found += "-"
        self._taken.add(found)
        return found


def _head(bitext: Bitext) -> str:
    told = _whole(bitext)
    original, kept, rest = _of_file(bitext, "xliff2 file")
    notes = kept + "".join(f"    <note>{xml.escaped(note)}</note>\n" for note in rest)
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1"'
        f" srcLang={_tag(bitext.source.language)} trgLang={_tag(bitext.target.language)}>\n"
        f'<file id="f1"{original}'
        + beside.written_attributes(bitext.about, "xliff2 file", but=("original",))
        + ">\n"
        + beside.written_elements(bitext.about, "xliff2 file")
        + _metadata(told)
        + (f"  <notes>\n{notes}  </notes>\n" if notes else "")
    )


def _of_file(bitext: Bitext, where: str) -> tuple[str, str, list[str]]:
    """What names the original of a file, the notes that came with it, and the other notes."""
    path = bitext.source.path or named(bitext.about).get(f"{where}@original", "")
    kept, rest = beside.written_notes(bitext.about, [where], "\n".join(bitext.notes))
    return f" original={xml.quoted(path)}", kept[0], rest.splitlines()


def _whole(bitext: Bitext) -> dict[str, str]:
    """What is said of the whole bitext; nothing empty."""
    told = {
        "source-file": bitext.source.path or "",
        "target-file": bitext.target.path or "",
        "mode": bitext.mode,
        "signature": bitext.signature,
    }
    return {word: value for word, value in told.items() if value}


def _tag(language: str) -> str:
    return xml.quoted(xml.tag_of(language))


def _metadata(told: Mapping[str, str]) -> str:
    metas = "".join(
        f'      <mda:meta type="{word}">{xml.escaped(value)}</mda:meta>\n' for word, value in told.items()
    )
    return (
        f'  <mda:metadata xmlns:mda="{METADATA}">\n    <mda:metaGroup category="{_CATEGORY}">\n'
        f"{metas}    </mda:metaGroup>\n  </mda:metadata>\n"
    )


def _unit(row: Row, bitext: Bitext, number: str) -> str:
    writer, about = Writer("xliff2"), row.review.about
    notes = _notes(row, "category", "xliff2 unit")
    source = writer.markup(text_of(row.source, bitext.source.language))
    text = writer.markup(text_of(row.target, bitext.target.language))
    target = f"    <target>{text}</target>\n" if row.target else ""
    before, behind = _ignored(writer, about, _BEFORE), _ignored(writer, about, _BEHIND)
    return (
        f'<unit id="{number}" xml:space="preserve"{_locked(row)}'
        + beside.written_attributes(about, "xliff2 unit", but=() if row.source else ("translate",))
        + ">\n"
        + beside.written_elements(about, "xliff2 unit")
        + _metadata(xml.facts(row))
        + (f"  <notes>\n{notes}  </notes>\n" if notes else "")
        + original_data(writer.data)
        + before
        + f"  <segment {_state(row)}>\n    <source>{source}</source>\n"
        + target
        + f"  </segment>\n{behind}</unit>\n"
    )


def _spaced(writer: Writer, text: Coded) -> str:
    """A text that is mostly white space, and keeps its line ends."""
    return writer.markup(text) if text.codes else xml.escaped(text.text)


def _ignored(writer: Writer, about: beside.About, where: str) -> str:
    """What stood there between segments."""
    held = [value for name, value in about if name == where]
    if not held:
        return ""
    from lxml import etree

    said = ""
    for unit in map(etree.fromstring, held):
        data = {one.get("id", ""): one.text or "" for one in unit.iter("data")}
        read = Reader("", data)
        sides = [(side.tag, _spaced(writer, read.text(side))) for side in unit[-1]]
        inner = "".join(f"<{word}>{text}</{word}>" for word, text in sides)
        said += f"  <ignorable>{inner}</ignorable>\n"
    return said


def _notes(row: Row, kind: str, where: str) -> str:
    """Why it is no content, the comment, and the flags, which the attribute tells from the others."""
    (kept,), comment = beside.written_notes(row.review.about, [where], xml.comment(row))
    plain = (xml.why(row), "") if kept else (xml.why(row), comment)
    return "".join(
        [f"    <note>{xml.escaped(note)}</note>\n" for note in plain if note]
        + [kept, f"    <note>{xml.escaped(comment)}</note>\n" if kept and comment else ""]
        + [f'    <note {kind}="{_FLAG}">{xml.escaped(flag)}</note>\n' for flag in xml.flags(row)]
    )


def _state(row: Row) -> str:
    """The state of a segment of XLIFF 2, ours besides where the standard has none that says as much."""
    state = _STATES2[row.review.state] if row.target else "initial"
    told = row.review.state == "auto" or state == "final"
    return f'state="{state}"' + ("" if told else f' subState="{_SUB}{row.review.state}"')


def _locked(row: Row) -> str:
    return "" if row.source else ' translate="no"'


def xliff1(bitext: Bitext, options: Options) -> Iterator[bytes]:
    """XLIFF 1.2: a trans-unit for each bead and, where asked for, each unaligned segment.

    Ids, score and lengths are contexts of types of our own, as the strict schema allows, and so is
    the state where there is no target to have it; the rest is as in XLIFF 2.1.
    """
    yield _head1(bitext).encode()
    numbered, groups = _Numbers(token=False), beside.Groups("xliff1")
    for row in xml.written(bitext, options):
        yield (groups.to(row.review.about) + _unit1(row, bitext, numbered.next(row))).encode()
    yield f"{groups.end()}</body>\n</file>\n</xliff>\n".encode()


def _head1(bitext: Bitext) -> str:
    original, kept, rest = _of_file(bitext, "xliff1 file")
    about = bitext.about
    datatype = named(about).get("xliff1 file@datatype", "plaintext")
    phases = "".join(f"{value}\n" for name, value in about if name == "xliff1 file/phase-group")
    told = "".join(
        f'  <note from="{_OURS}{word}">{xml.escaped(value)}</note>\n'
        for word, value in _whole(bitext).items()
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2">\n'
        f'<file{original} datatype={xml.quoted(datatype)} tool-id="polyalign"'
        f" source-language={_tag(bitext.source.language)} target-language={_tag(bitext.target.language)}"
        + beside.written_attributes(about, "xliff1 file", but=("original", "datatype"))
        + f">\n<header>\n{phases}{told}{kept}"
        + "".join(f"  <note>{xml.escaped(note)}</note>\n" for note in rest)
        + "".join(f"  {value}\n" for name, value in about if name in _HEADER1)
        + f'  <tool tool-id="polyalign" tool-name="polyalign" tool-version={xml.quoted(VERSION)}/>\n'
        + beside.written_elements(about, "xliff1 file", but=_BEFORE_OTHERS)
        + "</header>\n<body>\n"
    )


def _unit1(row: Row, bitext: Bitext, number: str) -> str:
    state, about = row.review.state, row.review.about
    facts = xml.facts(row) | ({} if row.target or state == "auto" else {"state": state})
    approved = ' approved="yes"' if row.target and state == "confirmed" else ""
    writer = Writer("xliff1")
    source = writer.markup(text_of(row.source, bitext.source.language))
    target = writer.markup(text_of(row.target, bitext.target.language))
    stated = beside.written_attributes(about, "xliff1 target")
    own = [f"xliff1 unit/{name}" for name in _STANDARD1 if name != "note"]
    contexts = "".join(
        f'    <context context-type="{_OURS}{word}">{xml.escaped(value)}</context>\n'
        for word, value in facts.items()
    )
    return (
        f'<trans-unit id={xml.quoted(number)} xml:space="preserve"{approved}{_locked(row)}'
        + beside.written_attributes(about, "xliff1 unit", but=() if row.source else ("translate",))
        + ">\n"
        + f"  <source>{source}</source>\n"
        + (f"  <target {_STATES1[state]}{stated}>{target}</target>\n" if row.target else "")
        + f'  <context-group purpose="information">\n{contexts}  </context-group>\n'
        + _notes(row, "from", "xliff1 unit")
        + "".join(f"  {value}\n" for name, value in about if name in own)
        + beside.written_elements(about, "xliff1 unit", but=_STANDARD1)
        + "</trans-unit>\n"
    )


def units(
    stream: SupportsRead,
    *,
    name: str,
    source: str = "",
    target: str = "",
    others: dict[str, None] | None = None,
) -> Iterator[Unit]:
    """The rows of an XLIFF 1.x or 2.x, streamed: one for each segment that a unit is divided into.

    Of files between several languages, those between the two asked for, else the two of the first; the
    tags of what is left out are put into `others`. Suggestions (alt-trans, matches) and ignorable text
    are left out; the notes of a unit are with its first segment. Raises UnreadableError and InputError,
    which name the file.
    """
    wanted = (source, target)
    for found in located(stream, name):
        unit = found.unit
        tags = (unit.source_language, unit.target_language)
        if tags == wanted:
            yield unit
        elif all(map(_fits, tags, wanted)):
            wanted = (wanted[0] or tags[0], wanted[1] or tags[1])
            yield unit
        elif all(tags) and all(map(_fits, tags, wanted[::-1])):
            wanted = (wanted[0] or tags[1], wanted[1] or tags[0])
            yield swapped(unit)
        elif others is not None:
            others.update(dict.fromkeys(tag for tag in tags if not any(_fits(tag, w) for w in wanted)))


def _fits(tag: str, wanted: str) -> bool:
    """Whether a tag is the wanted one, but for a region that only one of them has; none fits all."""
    one, other = (each.replace("_", "-").lower().split("-") for each in (tag, wanted))
    return not tag or not wanted or all(map(str.__eq__, one, other))


@dataclass(frozen=True, slots=True)
class Located:
    """A row and where in its file it stands: in the how many-th <trans-unit> or <unit>, from 0, to end.

    `key` is "" for all of a <trans-unit>, the id of a marked segment, or in XLIFF 2 the number of the
    <segment>, from 0.
    """

    element: int
    key: str
    unit: Unit

    @property
    def number(self) -> int:
        """Which row of the file it is, from 1."""
        return self.unit.row


def located(stream: SupportsRead, name: str) -> Iterator[Located]:
    """All rows of a file, in all its languages, in their order. Raises UnreadableError and InputError."""
    around = _Around(name)
    stated, element_number = ("", ""), -1
    comments, groups = dict[str, str](), list[str]()
    found = xml.elements(stream, name=name, root="xliff", tags=_TAGS, events=_BOTH, whole=_UNITS)
    for event, element in found:
        tag = xml.local(element)
        if event == "start" and tag in ("xliff", "file"):
            around.languages = _languages(element, around.languages if tag == "xliff" else stated)
            stated = around.languages if tag == "xliff" else stated
        elif event == "end" and tag == "cmt-def":
            comments[element.get("id", "")] = "\n".join(xml.texts_of(element.iter("{*}Comment")))
        elif (tag == "group" or (groups and tag in _UNITS)) and not xml.is_in(element, *_IN_UNIT):
            if event == "start" and groups:  # what a group says stands before its units, and is forgotten
                groups[-1] = groups[-1] or beside.group(element.getparent())
            if tag == "group":
                groups = [*groups, ""] if event == "start" else groups[:-1]
        if event == "end" and tag in _UNITS:
            element_number += 1
            form, read = ("xliff1", _read1) if tag == "trans-unit" else ("xliff2", _read2)
            around.groups = [(f"{form} group{depth}", said) for depth, said in enumerate(groups, 1)]
            for key, unit in read(element, around):
                yield Located(element_number, key, _commented(unit, comments) if comments else unit)


@dataclass(slots=True)
class _Around:
    """What is known of the place of a unit: its file and languages, the groups, and how many rows are before.

    The groups are said as in `Unit.about`, from the outermost on.
    """

    name: str
    languages: tuple[str, str] = ("", "")
    groups: Sequence[tuple[str, str]] = ()
    rows: int = 0


def _commented(unit: Unit, comments: Mapping[str, str]) -> Unit:
    """The unit with the comments of Trados that marks in its texts refer to."""
    codes = chain.from_iterable((*unit.source_codes, *unit.target_codes))
    held = (dict(code.attributes).get("sdl:cid", "") for code in codes if code.kind == "open")
    said = [comments[key] for key in dict.fromkeys(held) if comments.get(key)]
    return replace(unit, comment="\n".join(filter(None, [unit.comment, *said]))) if said else unit


def heading(stream: SupportsRead, *, name: str) -> Heading:
    """What the first file in an XLIFF says of the whole. Raises UnreadableError and InputError."""
    languages = ("", "")
    tags = ("xliff", "file", "body", "group", "unit")
    for event, element in xml.elements(stream, name=name, root="xliff", tags=tags, events=_BOTH):
        if event == "start" and xml.local(element) in ("xliff", "file"):
            languages = _languages(element, languages)
        elif event == "start":
            return _heading(element.getparent(), languages)
    return Heading(*languages)


def _heading(file: etree._Element | None, languages: tuple[str, str]) -> Heading:
    """What stands before the first unit: in the <header> of the file in 1.2, in the <file> itself in 2.x."""
    if file is None:
        return Heading(*languages)
    metadata, header = xml.child(file, "metadata"), xml.child(file, "header")
    holder = xml.child(file, "notes") if header is None else header
    notes = [] if holder is None else list(holder.iterchildren("{*}note"))
    ours = {kind: note.text or "" for note in notes if (kind := note.get("from", "")).startswith(_OURS)}
    told = {kind.removeprefix(_OURS): text for kind, text in ours.items()}
    said = [note.text or "" for note in notes if note.get("from") not in ours]
    told |= {} if metadata is None else _metas(metadata)
    others = [e for e in (header if header is not None else file) if xml.local(e) not in _NO_DETAIL]
    others = [e for e in others if not _is_own(e) and e.get("tool-id") != "polyalign"]
    where = "xliff2 file" if header is None and xml.child(file, "body") is None else "xliff1 file"
    foreign = [note for note in notes if note.get("from") not in ours]
    kept = foreign if any(note.attrib for note in foreign) else []
    about = beside.of_file(file, [*kept, *others], where, _STATED_OF_FILE)
    return Heading(
        *languages,
        source_path=told.get("source-file", ""),
        target_path=told.get("target-file", ""),
        mode=told.get("mode", ""),
        signature=told.get("signature", ""),
        notes=tuple("\n".join(said).splitlines()),
        about=tuple(pair for pair in about if pair not in _usual(told)),
    )


def _usual(told: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What we say of every file."""
    path = told.get("source-file", "")
    yield from ((f"xliff{k} file@original", path) for k in (1, 2) if told or not path)
    yield "xliff1 file@datatype", "plaintext"


def _languages(element: etree._Element, before: tuple[str, str]) -> tuple[str, str]:
    source = element.get("srcLang") or element.get("source-language") or before[0]
    target = element.get("trgLang") or element.get("target-language") or before[1]
    return source.strip().replace("_", "-"), target.strip().replace("_", "-")


def _language(side: etree._Element | None) -> str:
    return "" if side is None else xml.language_of(side)


def _read1(element: etree._Element, around: _Around) -> Iterator[tuple[str, Unit]]:
    """The unit of a <trans-unit>, or one for each <mrk mtype="seg"> that its sides share."""
    parts = xml.parts_of(element)
    first = dict(reversed(parts))
    source, target, segmented = first.get("source"), first.get("target"), first.get("seg-source")
    told = {
        kind.removeprefix(_OURS): context.text or ""
        for tag, group in parts
        if tag == "context-group"
        for context in group
        if isinstance(context.tag, str) and (kind := context.get("context-type", "")).startswith(_OURS)
    }
    languages = (_language(source) or around.languages[0], _language(target) or around.languages[1])
    read = Reader(around.name)
    sources, targets = _marked(segmented, read) or _marked(source, read), _marked(target, read)
    state, levels = _state1(element, target, told), _confirmed(first.get("seg-defs"))
    whole = NOTHING if targets else _text(target, read)
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
    about = _about1(element, parts, target, notes, told)
    return _numbered(rows, told, languages, notes, xml.place_of(element), about, around, {})


def _state1(unit: etree._Element, target: etree._Element | None, told: Mapping[str, str]) -> str:
    """The state of a <trans-unit>: approved whatever stands beside it, else rejected, else its target's.

    A target without a state has that of the tool which wrote the unit.
    """
    if unit.get("approved") == "yes":
        return "approved"
    if target is not None and target.get("state-qualifier", "").startswith("rejected-"):
        return "rejected"
    stated = "" if target is None else target.get("state", "")
    confirmed = "confirmed" if unit.get(_PHRASE_CONFIRMED) == "1" else ""
    return (
        stated
        or unit.get(_MEMOQ_STATUS)
        or confirmed
        or ("" if target is not None else told.get("state", ""))
    )


def _confirmed(levels: etree._Element | None) -> dict[str, str]:
    """What Trados says of each segment of a unit, by the ids of the segments."""
    return (
        {}
        if levels is None
        else {seg.get("id", ""): seg.get("conf", "") for seg in levels.iterchildren("{*}seg")}
    )


def _marked(element: etree._Element | None, read: Reader) -> dict[str, Coded]:
    """The texts of the segments that are marked in a side, by their ids, or by number where they have none.

    Text and codes beside the marks belong to the segment before them, to the first one where there is
    none; but a code that opens there belongs to what follows it.
    """
    if element is None or not len(element):
        return {}
    if not any(mark.get("mtype") == "seg" for mark in element.iter("{*}mrk")):
        return {}
    keys: dict[etree._Element, str] = {}
    held: dict[str, list[Item]] = {}
    last, beside = "", list[Item]()
    for mark, item in read.items(element):
        if mark is None:
            beside.append(item)
            continue
        key = keys.setdefault(mark, mark.get("mid") or f"#{len(keys)}")
        before, after = (beside, []) if key == last else _parted(beside, first=not held)
        if held:
            held[last] += before
        held.setdefault(key, []).extend([*after, item] if held else [*before, *after, item])
        last, beside = key, []
    if held:
        held[last] += _parted(beside, first=False)[0]
    return {key: _folded(coded(items), element) for key, items in held.items()}


def _parted(beside: list[Item], *, first: bool) -> tuple[list[Item], list[Item]]:
    """What stands beside marks: what of it belongs to the mark before, and what to the one behind it."""
    if not any(isinstance(item, Code) or item.strip() for item in beside):
        return [], []
    if first:
        blank = next(k for k, item in enumerate(beside) if isinstance(item, Code) or item.strip())
        kept = [item for k, item in enumerate(beside) if k >= blank or isinstance(item, Code)]
        return [], [kept[0].lstrip() if isinstance(kept[0], str) else kept[0], *kept[1:]]
    k = len(beside)
    while k and (item.kind == "open" if isinstance(item := beside[k - 1], Code) else not item.strip()):
        k -= 1
    before = beside[:k]
    if before and isinstance(before[-1], str):
        before[-1] = before[-1].rstrip()
    return before, [item for item in beside[k:] if isinstance(item, Code)]


def _read2(element: etree._Element, around: _Around) -> Iterator[tuple[str, Unit]]:
    """A unit for each <segment> of an XLIFF 2 <unit>."""
    parts = xml.parts_of(element)
    first = dict(reversed(parts))
    metadata, originals = first.get("metadata"), first.get("originalData")
    held = () if originals is None else originals.iterchildren("{*}data")
    read = Reader(around.name, {data.get("id", ""): "".join(data.itertext()) for data in held})
    rows = []
    for key, segment in enumerate(part for tag, part in parts if tag == "segment"):
        sides = dict(reversed(xml.parts_of(segment)))
        source, target = (_text(sides.get(word), read) for word in _SIDES)
        rows.append((str(key), source, target, _state2(segment, target)))
    told = {} if metadata is None else _metas(metadata)
    noted = xml.parts_of(first["notes"]) if "notes" in first else []
    about = _about2(element, parts, [part for _, part in noted], told)
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
            writer = Writer("xliff2")
            sides = [
                (word, read.text(side)) for word in _SIDES if (side := xml.child(part, word)) is not None
            ]
            held = "".join(f"<{word}>{_spaced(writer, text)}</{word}>" for word, text in sides)
            whole = f"<unit>{original_data(writer.data)}<ignorable>{held}</ignorable></unit>"
            found.setdefault(str(max(number, 0)), []).append((_BEFORE if number < 0 else _BEHIND, whole))
    return found


def _about1(
    unit: etree._Element,
    parts: xml.Parts,
    target: etree._Element | None,
    notes: Sequence[etree._Element],
    told: Mapping[str, str],
) -> list[tuple[str, str]]:
    """What a <trans-unit> says beside its texts, states and plain notes."""
    held = _named(unit, told) + beside.attributes(unit, "xliff1 unit", but=(*_STATED1, _lock(told)))
    held += [] if target is None else beside.attributes(target, "xliff1 target", but=_STATED1)
    said = [part for tag, part in parts if tag not in _TEXTS1 and not _is_own(part)]
    return held + beside.elements(_kept(notes) + said, "xliff1 unit")


def _about2(
    unit: etree._Element, parts: xml.Parts, notes: Sequence[etree._Element], told: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What a <unit> of XLIFF 2 says beside its texts, states and plain notes."""
    held = _named(unit, told) + beside.attributes(unit, "xliff2 unit", but=("id", "space", _lock(told)))
    said = [part for tag, part in parts if tag not in _TEXTS2 and not _is_own(part)]
    return held + beside.elements(said + _kept(notes), "xliff2 unit")


def _named(unit: etree._Element, told: Mapping[str, str]) -> list[tuple[str, str]]:
    """The id of a unit, unless it is one that we gave."""
    number = unit.get("id", "")
    return [] if not number or (told and _OWN_ID.fullmatch(number)) else [("id", number)]


def _lock(told: Mapping[str, str]) -> str:
    """The attribute by which we say that there is no source; empty where it says what its file said."""
    return "translate" if told.get("type", "").startswith("0-") else ""


def _is_own(child: etree._Element) -> bool:
    """Whether an element is one that we wrote: facts, flags, why a segment is no content."""
    tag = xml.local(child)
    if tag == "note":
        return _FLAG in (child.get("category"), child.get("from")) or xml.is_why((child.text or "").strip())
    if tag not in ("context-group", "metadata"):
        return False
    held = [part for part in child if isinstance(part.tag, str)]
    if tag == "context-group":
        return bool(held) and all(part.get("context-type", "").startswith(_OURS) for part in held)
    return bool(held) and all(part.get("category") == _CATEGORY for part in held)


def _kept(notes: Sequence[etree._Element]) -> list[etree._Element]:
    """The notes that are not ours, where a comment would not say all: several, or some with attributes."""
    others = [note for note in notes if not _is_own(note)]
    return others if len(others) > 1 or any(note.attrib for note in others) else []


def _state2(segment: etree._Element, target: Coded) -> str:
    """The state of a <segment>; ours counts until another tool changes the one beside it."""
    state, sub = segment.get("state") or "", segment.get("subState") or ""
    ours = sub.removeprefix(_SUB)
    if sub != ours and ours in _STATES2 and state in (_STATES2[ours], "initial" if target.blank else ""):
        return ours
    return _of_text(state, target)


def _of_text(state: str, target: Coded) -> str:
    """The state of a target; that nobody began says nothing where there is no text: it is so by itself."""
    return "" if target.blank and state in _NOT_BEGUN else state


def _metas(metadata: etree._Element) -> dict[str, str]:
    groups = (g for g in metadata.iterchildren("{*}metaGroup") if g.get("category") == _CATEGORY)
    return {
        meta.get("type", ""): meta.text or "" for group in groups for meta in group.iterchildren("{*}meta")
    }


def _numbered(
    rows: Sequence[tuple[str, Coded, Coded, str]],
    told: Mapping[str, str],
    languages: tuple[str, str],
    notes: Sequence[etree._Element],
    place: str,
    about: Sequence[tuple[str, str]],
    around: _Around,
    between: Mapping[str, Sequence[tuple[str, str]]],
) -> Iterator[tuple[str, Unit]]:
    """The units that hold text, or ids; the first one has the notes, and only a single one the facts.

    `rows` are keys, sources, targets and states; `between` is what is said of single ones, by their keys.
    """
    said, flags = _told_apart(notes) if notes else ([], [])
    for key, source, target, state in rows:
        facts = told if len(rows) == 1 else {}
        row = xml.unit(
            source,
            target,
            facts,
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


def _told_apart(notes: Sequence[etree._Element]) -> tuple[list[str], list[str]]:
    """The texts of notes: those of people, and the flags."""
    flags = [note for note in notes if _FLAG in (note.get("category"), note.get("from"))]
    return xml.texts_of(note for note in notes if note not in flags), xml.texts_of(flags)


def _text(element: etree._Element | None, read: Reader) -> Coded:
    """The text of a side; line ends and indents of the file count only where space is preserved."""
    return NOTHING if element is None else _folded(read.text(element), element)


def _folded(text: Coded, element: etree._Element) -> Coded:
    if not ("\n" in text.text or "\r" in text.text) or _preserved(element):
        return text
    return text.replaced(_EDGES, "").replaced(_FOLDED, " ")


def _preserved(element: etree._Element) -> bool:
    stated = (e.get(xml.XML_SPACE) for e in (element, *element.iterancestors()))
    return next((value == "preserve" for value in stated if value), False)
