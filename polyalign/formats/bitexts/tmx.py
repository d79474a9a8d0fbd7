"""TMX 1.4, the exchange format of translation memories; streamed both ways, and valid for its DTD."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from polyalign.bitext import Bitext
from polyalign.files import SupportsRead
from polyalign.formats.bitexts import beside, xml
from polyalign.formats.bitexts.codewriting import Writer, text_of
from polyalign.formats.bitexts.inline import NOTHING, Coded, Reader
from polyalign.formats.bitexts.reviews import LEVELS, state_of
from polyalign.formats.common import Heading, Options, Others, Unit, named, swapped
from polyalign.formats.markup import Element, local
from polyalign.parts import Row, Segment
from polyalign.tags import UNDETERMINED, primary
from polyalign.version import VERSION

_OURS = "x-polyalign-"
_FLAG = f"{_OURS}flag"
_STATUS = "x-status"
_FILES = ("x-source-file", "x-target-file")
_STATES = (_STATUS, "x-ConfirmationLevel")  # ours, and that of Trados
_ALL = "*all*"
_LEVEL = re.compile(r"(<prop[^>]* type=[\"']x-ConfirmationLevel[\"'][^>]*>)([^<]*)<")
_NO_PROPERTIES = (_STATUS, *_FILES)
_STATED = ("srclang", *beside.SHARED.values())  # said in another way
_STATED_OF_FILE = ("srclang", "creationtool", "creationtoolversion")
_HEADER = {"segtype": "sentence", "o-tmf": "polyalign", "adminlang": "en", "datatype": "plaintext"}
_USUAL = {(f"tmx header@{word}", value) for word, value in _HEADER.items()}
_WRAPPED = re.compile(r"\A[ \t]*[\r\n]\s*|[\r\n]\s*\Z")


def tmx(bitext: Bitext, options: Options) -> Iterator[bytes]:
    """A translation unit for each bead and, where asked for, each unaligned segment with text.

    No document type is declared: its DTD would be looked for beside the file, and a TMX 1.4 is
    valid without. No time of writing either, so that the same bitext gives the same bytes.
    """
    yield _head(bitext).encode()
    files = _props(_paths(bitext))
    for row in xml.written(bitext, options):
        yield _unit(row, bitext, files).encode()
    yield b"</body>\n</tmx>\n"


def _head(bitext: Bitext) -> str:
    told = {
        f"{_OURS}mode": bitext.mode,
        f"{_OURS}signature": bitext.signature,
        f"{_OURS}target-language": xml.tag_of(bitext.target.language),
    }
    kept, notes = beside.written_notes(bitext.about, ["tmx header"], "\n".join(bitext.notes))
    stated = named(bitext.about)
    own = {word: stated.get(f"tmx header@{word}", ours) for word, ours in _HEADER.items()}
    datatype = f" datatype={xml.quoted(own.pop('datatype'))}"
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<tmx version="1.4">\n'
        f'<header creationtool="polyalign" creationtoolversion={xml.quoted(VERSION)}'
        + "".join(f" {word}={xml.quoted(value)}" for word, value in own.items())
        + f" srclang={xml.quoted_tag(bitext.source.language)}{datatype}"
        + beside.written_attributes(bitext.about, "tmx header", but=_HEADER)
        + ">\n"
        + kept[0]
        + "".join(f"  <note>{xml.escaped(note)}</note>\n" for note in notes.splitlines())
        + _props(told | _paths(bitext))
        + beside.written_elements(bitext.about, "tmx header")
        + "</header>\n<body>\n"
    )


def _paths(bitext: Bitext) -> dict[str, str]:
    return dict(zip(_FILES, (bitext.source.path or "", bitext.target.path or ""), strict=True))


def _props(values: dict[str, str]) -> str:
    return "".join(
        f'  <prop type="{kind}">{xml.escaped(value)}</prop>\n' for kind, value in values.items() if value
    )


def _unit(row: Row, bitext: Bitext, files: str) -> str:
    """Note and properties first, then one variant for each side that has segments, as the DTD wants it."""
    state, writer = row.review.state, Writer("tmx")

    def agreeing(found: re.Match[str]) -> str:
        """The level of Trados in agreement with the state of the row."""
        return f"{found[1]}{found[2] if state_of(found[2]) == state else LEVELS[state]}<"

    about = [(name, _LEVEL.sub(agreeing, value)) for name, value in row.review.about]
    notes, comment = beside.written_notes(about, ("tmx tu", "tmx source", "tmx target"), xml.comment(row))
    source = _variant(writer, row.source, bitext.source.language, "tmx source", about, notes[1])
    target = _variant(writer, row.target, bitext.target.language, "tmx target", about, notes[2])
    return (
        f"<tu{_stated(about)}"
        + (">\n" if row.source else f" srclang={xml.quoted_tag(bitext.target.language)}>\n")
        + _note(xml.why(row))
        + notes[0]
        + _note(comment)
        + "".join(f'  <prop type="{_OURS}{word}">{value}</prop>\n' for word, value in xml.facts(row).items())
        + "".join(_props({_FLAG: flag}) for flag in xml.flags(row))
        + _props({_STATUS: "" if state == "auto" else state})
        + beside.written_elements(about, "tmx tu")
        + files
        + source
        + target
        + "</tu>\n"
    )


def _note(text: str) -> str:
    return f"  <note>{xml.escaped(text)}</note>\n" if text else ""


def _stated(about: beside.About) -> str:
    """The attributes of a unit: its id, its dates and who made and changed it, and what else it had."""
    if not about:
        return ""
    said = named(about)
    made = {key: said.get(beside.MADE + key, "") for key in beside.SHARED}
    latest = {key: value for key, value in made.items() if value and key in ("changed", "changer")}
    said = made | said | latest
    ours = xml.attributes({word: said.get(key, "") for key, word in beside.SHARED.items()})
    return ours + beside.written_attributes(about, "tmx tu", but=beside.SHARED.values())


def _variant(
    writer: Writer, segments: Sequence[Segment], language: str, where: str, about: beside.About, notes: str
) -> str:
    if not segments:
        return ""
    text = writer.markup(text_of(segments, language))
    stated = beside.written_attributes(about, where, but=("xml:lang", "lang"))
    said = notes + beside.written_elements(about, where)
    return f"  <tuv xml:lang={xml.quoted_tag(language)}{stated}>\n{said}    <seg>{text}</seg>\n  </tuv>\n"


@dataclass(frozen=True, slots=True, eq=False)
class _Variant:
    """A <tuv>: its text in one language, and what else is in it."""

    language: str
    text: Coded
    element: Element
    parts: xml.Parts


def units(
    stream: SupportsRead, *, name: str, source: str = "", target: str = "", others: Others = None
) -> Iterator[Unit]:
    """The rows of a TMX of any version, streamed: of two languages, those asked for by their tags.

    Else the source is the language that the header names, if a unit has it (the first one met, if not),
    and the target the first other one met. Several variants in one language are a row each. A unit
    without one of the two is unaligned, without both it is left out; the tags of what is left out are
    put into `others`. Raises UnreadableError and InputError, which name the file.
    """
    stated, asked = _ALL, target
    for _, element in xml.elements(stream, name=name, root="tmx", tags=("header", "tu")):
        parts = xml.parts_of(element)
        props = _props_of(parts)
        if local(element) == "header":
            stated = element.get("srclang", _ALL).strip().replace("_", "-")
            told_target = _told(props).get("target-language", "")
            target = target or ("" if source and primary(told_target) == primary(source) else told_target)
            continue
        variants, told = _variants(parts, name), _told(props)
        first = source or _source(variants, element.get("srclang", _ALL) if stated == _ALL else stated, asked)
        second = target or _target(variants, first)
        source = source or (first if len(variants) > 1 or _in(variants, first, "") else "")
        target = target or ("" if primary(second) == primary(first) else second)
        turned = bool(told) and primary(stated) == primary(second) != primary(first)  # ours, asked in reverse
        languages = (second, first) if turned else (first, second)
        pairs = _pairs(variants, *languages, told.get("type", ""))
        used = [variant for pair in pairs for variant in pair]
        if others is not None:
            others.update(dict.fromkeys(v.language or UNDETERMINED for v in variants if v not in used))
        for k, pair in enumerate(pairs):
            facts, before = told if len(pairs) == 1 else {}, pairs[k - 1] if k else ()
            row = _read(element, parts, props, pair, facts, languages, before)
            yield swapped(row) if turned else row


def heading(stream: SupportsRead, *, name: str) -> Heading:
    """What the header of a TMX says of the whole. Raises UnreadableError and InputError."""
    for _, element in xml.elements(stream, name=name, root="tmx", tags=("header",)):
        props = _props_of(xml.parts_of(element))
        told = _told(props)
        language = element.get("srclang", _ALL).strip().replace("_", "-")
        notes = list(element.iterchildren("{*}note"))
        plain = () if any(note.attrib for note in notes) else notes  # those of which nothing else is said
        said = [e for e in element if e not in plain and not _is_ours(e.get("type", ""))]
        about = beside.of_file(element, said, "tmx header", _STATED_OF_FILE)
        return Heading(
            "" if language == _ALL else language,
            told.get("target-language", ""),
            source_path=props.get("x-source-file", ""),
            target_path=props.get("x-target-file", ""),
            mode=told.get("mode", ""),
            signature=told.get("signature", ""),
            notes=tuple("\n".join(xml.texts_of(notes)).splitlines()),
            about=tuple(pair for pair in about if pair not in _USUAL),
        )
    return Heading()


def _props_of(parts: Iterable[tuple[str, Element]]) -> dict[str, str]:
    return {part.get("type", ""): part.text or "" for tag, part in parts if tag == "prop"}


def _told(props: Mapping[str, str]) -> dict[str, str]:
    return {kind.removeprefix(_OURS): value for kind, value in props.items() if kind.startswith(_OURS)}


def _variants(parts: xml.Parts, name: str) -> list[_Variant]:
    read, found = Reader(name).text, []
    for tag, tuv in parts:
        if tag == "tuv":
            inner = xml.parts_of(tuv)
            text = read(dict(reversed(inner)).get("seg"))
            text = text.replaced(_WRAPPED, "") if "\n" in text.text else text
            rest = [each for each in inner if each[0] != "seg"]
            found.append(_Variant(xml.language_of(tuv), text, tuv, rest))
    return found


def _source(variants: Sequence[_Variant], stated: str, target: str) -> str:
    """The language of the source: what is stated, unless none of several variants is in it, or it is to
    be the target's.
    """
    tags = [variant.language for variant in variants]
    if target:
        foreign = [tag for tag in tags if primary(tag) != primary(target)]
        tags = foreign or [tag for tag in tags if tag.lower() != target.lower()]
    stated = "" if stated == _ALL else stated.replace("_", "-")
    free = not target or primary(stated) != primary(target) or stated in tags
    if stated and free and (len(variants) < 2 or _in(variants, stated, "")):
        return stated
    return next(iter(tags), "" if target else stated)


def _target(variants: Sequence[_Variant], source: str) -> str:
    """The first other language than the source's, else the first other variant of that."""
    tags = [variant.language for variant in variants]
    foreign = [tag for tag in tags if primary(tag) != primary(source)]
    variety = [tag for tag in tags if tag.lower() != source.lower()]
    return next(iter(foreign or (variety + tags[1:] if len(tags) > 1 else [])), "")


_Pair = tuple[_Variant | None, _Variant | None]


def _pairs(variants: Sequence[_Variant], source: str, target: str, kind: str) -> list[_Pair]:
    """The variants of the source beside those of the target, each at least once.

    `kind` ("0-1") tells whose a single one is where the language does not.
    """
    if len(variants) == 1 and kind and primary(source) == primary(target):
        return [(None, variants[0]) if kind.startswith("0") else (variants[0], None)]
    ours = _in(variants, source, target)[: 1 if source.lower() == target.lower() else None]
    theirs = _in([v for v in variants if v not in ours], target, source)
    last = (ours[-1] if ours else None, theirs[-1] if theirs else None)
    return [(one or last[0], other or last[1]) for one, other in zip_longest(ours, theirs)]


def _in(variants: Sequence[_Variant], language: str, other: str) -> list[_Variant]:
    """The variants in exactly that language, else those of its kind ("pt" for "pt-BR") but the other."""
    wanted, other = language.replace("_", "-").lower(), other.replace("_", "-").lower()
    exact = [v for v in variants if v.language.lower() == wanted]
    return exact or [
        v for v in variants if primary(v.language) == primary(wanted) and v.language.lower() != other
    ]


def _read(
    element: Element,
    parts: xml.Parts,
    props: Mapping[str, str],
    pair: _Pair,
    told: dict[str, str],
    languages: tuple[str, str],
    before: Sequence[object],
) -> Unit:
    """The row of two variants; the notes are with the first row that has what they stand in."""
    first, second = pair
    for variant, word in zip(pair, ("source", "target"), strict=True):
        if variant is None:
            told = {key: value for key, value in told.items() if not key.startswith(word)}
    holders = [[] if before else parts, *(v.parts for v in pair if v and v not in before)]
    notes = [part for held in holders for tag, part in held if tag == "note"]
    flags = [p for tag, p in parts if tag == "prop" and p.get("type") == _FLAG] if _FLAG in props else []
    stated = (props, _props_of(second.parts) if second else {})  # of the unit, or of its target
    return xml.unit(
        first.text if first else NOTHING,
        second.text if second else NOTHING,
        told,
        languages=(first.language if first else languages[0], second.language if second else languages[1]),
        notes=xml.texts_of(notes),
        flags=xml.texts_of(flags),
        state=next((held[kind] for held in stated for kind in _STATES if held.get(kind)), ""),
        place=xml.place_of(element),
        about=_about(element, parts, pair, first=not before),
    )


def _about(element: Element, parts: xml.Parts, pair: _Pair, *, first: bool) -> list[tuple[str, str]]:
    """What a unit says beside its texts; of several rows the first one has it, and all have the id."""
    held = [(key, value) for key, word in beside.SHARED.items() if (value := element.get(word))]
    if not first:
        return [(name, value) for name, value in held if name == "id"]
    held += beside.attributes(element, "tmx tu", but=_STATED)
    props = [part for tag, part in parts if tag == "prop" and not _is_ours(part.get("type", ""))]
    held += beside.elements(props, "tmx tu")
    noted = [("tmx tu", n) for tag, n in parts if tag == "note" and not xml.is_why((n.text or "").strip())]
    for where, variant in zip(("tmx source", "tmx target"), pair, strict=True):
        if variant:
            held += beside.attributes(variant.element, where, but=("lang",))
            held += beside.elements([part for tag, part in variant.parts if tag == "prop"], where)
            noted += [(where, part) for tag, part in variant.parts if tag == "note"]
    if len(noted) > 1 or any(where != "tmx tu" or note.attrib for where, note in noted):
        for where, note in noted:
            held += beside.elements([note], where)
    return held


def _is_ours(kind: str) -> bool:
    return kind.startswith(_OURS) or kind in _NO_PROPERTIES
