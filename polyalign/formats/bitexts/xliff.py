"""XLIFF 2.1 and 1.2, the files that CAT tools work on; streamed both ways, and valid for their schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from polyalign.bitext import Bitext
from polyalign.files import SupportsRead
from polyalign.formats.bitexts import beside, xliffunits, xml
from polyalign.formats.bitexts.codewriting import Writer, original_data, text_of
from polyalign.formats.bitexts.inline import Reader
from polyalign.formats.bitexts.xliffstates import Readiness
from polyalign.formats.bitexts.xliffunits import CATEGORY, FLAG, OURS, Around, is_own, metas, spaced
from polyalign.formats.common import Heading, Options, Others, Unit, named, swapped
from polyalign.formats.markup import Element, local
from polyalign.parts import Row, State
from polyalign.version import VERSION

METADATA = "urn:oasis:names:tc:xliff:metadata:2.0"

_STANDARD1 = ("context-group", "count-group", "prop-group", "note", "alt-trans")  # of 1.2, before any other
_TOKEN = re.compile(r"[\w.:\-\u00b7]+")
# what is said in another way, or refers to a part that is not kept
_STATED_OF_FILE = "id source-language srcLang target-language tool-id trgLang version".split()
_NO_DETAIL = "header note notes group unit body".split()
_HEADER1 = [f"xliff1 file/{word}" for word in "count-group glossary prop-group reference tool".split()]
_BEFORE_OTHERS = ["note", "phase-group", *(word.partition("/")[2] for word in _HEADER1)]
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
    original, kept, rest = _of_file(bitext, "xliff2 file")
    notes = kept + "".join(f"    <note>{xml.escaped(note)}</note>\n" for note in rest)
    source, target = xml.quoted_tag(bitext.source.language), xml.quoted_tag(bitext.target.language)
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1"'
        f" srcLang={source} trgLang={target}>\n"
        f'<file id="f1"{original}'
        + beside.written_attributes(bitext.about, "xliff2 file", but=("original",))
        + ">\n"
        + beside.written_elements(bitext.about, "xliff2 file")
        + _metadata(_whole(bitext))
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


def _metadata(told: Mapping[str, str]) -> str:
    metas = "".join(
        f'      <mda:meta type="{word}">{xml.escaped(value)}</mda:meta>\n' for word, value in told.items()
    )
    return (
        f'  <mda:metadata xmlns:mda="{METADATA}">\n    <mda:metaGroup category="{CATEGORY}">\n'
        f"{metas}    </mda:metaGroup>\n  </mda:metadata>\n"
    )


def _unit(row: Row, bitext: Bitext, number: str) -> str:
    writer, about = Writer("xliff2"), row.review.about
    notes = _notes(row, "category", "xliff2 unit")
    source = writer.markup(text_of(row.source, bitext.source.language))
    text = writer.markup(text_of(row.target, bitext.target.language))
    before, behind = _ignored(writer, about, xliffunits.BEFORE), _ignored(writer, about, xliffunits.BEHIND)
    return (
        f'<unit id="{number}" xml:space="preserve"{_locked(row)}'
        + beside.written_attributes(about, "xliff2 unit", but=() if row.source else ("translate",))
        + ">\n"
        + beside.written_elements(about, "xliff2 unit")
        + _metadata(xml.facts(row))
        + (f"  <notes>\n{notes}  </notes>\n" if notes else "")
        + original_data(writer.data)
        + before
        + f"  <segment{_state2(row.review.state, not row.target)}>\n    <source>{source}</source>\n"
        + (f"    <target>{text}</target>\n" if row.target else "")
        + f"  </segment>\n{behind}</unit>\n"
    )


@cache
def _state2(state: State, empty: bool) -> str:
    word, sub = Readiness(state, empty).state2
    return xml.attributes({"state": word, "subState": sub})


@cache
def _state1(state: State) -> str:
    word, qualifier = Readiness(state, empty=False).state1
    return xml.attributes({"state": word, "state-qualifier": qualifier})


def _ignored(writer: Writer, about: beside.About, where: str) -> str:
    """What stood there between segments."""
    held = [value for name, value in about if name == where]
    if not held:
        return ""
    from lxml import etree

    said = ""
    for unit in map(etree.fromstring, held):
        read = Reader("", {one.get("id", ""): one.text or "" for one in unit.iter("data")})
        sides = (f"<{side.tag}>{spaced(writer, read.text(side))}</{side.tag}>" for side in unit[-1])
        said += f"  <ignorable>{''.join(sides)}</ignorable>\n"
    return said


def _notes(row: Row, kind: str, where: str) -> str:
    """Why it is no content, the comment, and the flags, which the attribute tells from the others."""
    (kept,), comment = beside.written_notes(row.review.about, [where], xml.comment(row))
    plain = (xml.why(row), "") if kept else (xml.why(row), comment)
    return "".join(
        [f"    <note>{xml.escaped(note)}</note>\n" for note in plain if note]
        + [kept, f"    <note>{xml.escaped(comment)}</note>\n" if kept and comment else ""]
        + [f'    <note {kind}="{FLAG}">{xml.escaped(flag)}</note>\n' for flag in xml.flags(row)]
    )


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
        f'  <note from="{OURS}{word}">{xml.escaped(value)}</note>\n' for word, value in _whole(bitext).items()
    )
    source, target = xml.quoted_tag(bitext.source.language), xml.quoted_tag(bitext.target.language)
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2">\n'
        f'<file{original} datatype={xml.quoted(datatype)} tool-id="polyalign"'
        f" source-language={source} target-language={target}"
        + beside.written_attributes(about, "xliff1 file", but=("original", "datatype"))
        + f">\n<header>\n{phases}{told}{kept}"
        + "".join(f"  <note>{xml.escaped(note)}</note>\n" for note in rest)
        + "".join(f"  {value}\n" for name, value in about if name in _HEADER1)
        + f'  <tool tool-id="polyalign" tool-name="polyalign" tool-version={xml.quoted(VERSION)}/>\n'
        + beside.written_elements(about, "xliff1 file", but=_BEFORE_OTHERS)
        + "</header>\n<body>\n"
    )


def _unit1(row: Row, bitext: Bitext, number: str) -> str:
    state, about, writer = row.review.state, row.review.about, Writer("xliff1")
    facts = xml.facts(row) | ({} if row.target or state == "auto" else {"state": state})
    approved = ' approved="yes"' if row.target and state == "confirmed" else ""
    source = writer.markup(text_of(row.source, bitext.source.language))
    target = writer.markup(text_of(row.target, bitext.target.language))
    stated = beside.written_attributes(about, "xliff1 target")
    own = [f"xliff1 unit/{name}" for name in _STANDARD1 if name != "note"]
    contexts = "".join(
        f'    <context context-type="{OURS}{word}">{xml.escaped(value)}</context>\n'
        for word, value in facts.items()
    )
    return (
        f'<trans-unit id={xml.quoted(number)} xml:space="preserve"{approved}{_locked(row)}'
        + beside.written_attributes(about, "xliff1 unit", but=() if row.source else ("translate",))
        + ">\n"
        + f"  <source>{source}</source>\n"
        + (f"  <target{_state1(state)}{stated}>{target}</target>\n" if row.target else "")
        + f'  <context-group purpose="information">\n{contexts}  </context-group>\n'
        + _notes(row, "from", "xliff1 unit")
        + "".join(f"  {value}\n" for name, value in about if name in own)
        + beside.written_elements(about, "xliff1 unit", but=_STANDARD1)
        + "</trans-unit>\n"
    )


def units(
    stream: SupportsRead, *, name: str, source: str = "", target: str = "", others: Others = None
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
    around, stated, number = Around(name), ("", ""), -1
    comments, groups = dict[str, str](), list[str]()
    found = xml.elements(stream, name=name, root="xliff", tags=_TAGS, events=_BOTH, whole=_UNITS)
    for event, element in found:
        tag = local(element)
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
            number += 1
            first = tag == "trans-unit"
            form, read = ("xliff1", xliffunits.units1) if first else ("xliff2", xliffunits.units2)
            around.groups = [(f"{form} group{depth}", said) for depth, said in enumerate(groups, 1)]
            for key, unit in read(element, around):
                yield Located(number, key, _commented(unit, comments) if comments else unit)


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
        if event == "start" and local(element) in ("xliff", "file"):
            languages = _languages(element, languages)
        elif event == "start" and (file := element.getparent()) is not None:
            return _heading(file, languages)
        elif event == "start":
            break
    return Heading(*languages)


def _heading(file: Element, languages: tuple[str, str]) -> Heading:
    """What stands before the first unit: in the <header> of the file in 1.2, in the <file> itself in 2.x."""
    metadata, header = xml.child(file, "metadata"), xml.child(file, "header")
    holder = xml.child(file, "notes") if header is None else header
    notes = [] if holder is None else list(holder.iterchildren("{*}note"))
    foreign = [note for note in notes if not note.get("from", "").startswith(OURS)]
    kinds = ((note.get("from", ""), note.text or "") for note in notes)
    told = {kind.removeprefix(OURS): text for kind, text in kinds if kind.startswith(OURS)} | metas(metadata)
    others = [e for e in (header if header is not None else file) if local(e) not in _NO_DETAIL]
    others = [e for e in others if not is_own(e) and e.get("tool-id") != "polyalign"]
    where = "xliff2 file" if header is None and xml.child(file, "body") is None else "xliff1 file"
    kept = foreign if any(note.attrib for note in foreign) else []
    about = beside.of_file(file, [*kept, *others], where, _STATED_OF_FILE)
    path = told.get("source-file", "")
    usual = [("xliff1 file@datatype", "plaintext")]  # what we say of every file
    usual += [(f"xliff{k} file@original", path) for k in (1, 2) if told or not path]
    return Heading(
        *languages,
        source_path=path,
        target_path=told.get("target-file", ""),
        mode=told.get("mode", ""),
        signature=told.get("signature", ""),
        notes=tuple("\n".join(note.text or "" for note in foreign).splitlines()),
        about=tuple(pair for pair in about if pair not in usual),
    )


def _languages(element: Element, before: tuple[str, str]) -> tuple[str, str]:
    source = element.get("srcLang") or element.get("source-language") or before[0]
    target = element.get("trgLang") or element.get("target-language") or before[1]
    return source.strip().replace("_", "-"), target.strip().replace("_", "-")
