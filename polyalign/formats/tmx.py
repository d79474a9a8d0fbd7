"""TMX 1.4, the exchange format of translation memories; streamed both ways, and valid for its DTD."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from polyalign.bitext import Bitext, Row, Segment
from polyalign.formats import xml
from polyalign.formats.common import Heading, Options, Unit
from polyalign.tags import primary

if TYPE_CHECKING:
    from lxml import etree

_OURS = "x-polyalign-"
_FLAG = f"{_OURS}flag"
_STATUS = "x-status"
_STATES = (_STATUS, "x-ConfirmationLevel")  # ours, and that of Trados
_ALL = "*all*"
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
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<tmx version="1.4">\n'
        f'<header creationtool="polyalign" creationtoolversion={xml.quoted(xml.version())} segtype="sentence"'
        ' o-tmf="polyalign" adminlang="en"'
        f' srclang={_language(bitext.source.language)} datatype="plaintext">\n'
        + "".join(f"  <note>{xml.escaped(note)}</note>\n" for note in bitext.notes)
        + _props(told | _paths(bitext))
        + "</header>\n<body>\n"
    )


@cache
def _language(language: str) -> str:
    return xml.quoted(xml.tag_of(language))


def _paths(bitext: Bitext) -> dict[str, str]:
    return {"x-source-file": bitext.source.path or "", "x-target-file": bitext.target.path or ""}


def _props(values: dict[str, str]) -> str:
    return "".join(
        f'  <prop type="{kind}">{xml.escaped(value)}</prop>\n' for kind, value in values.items() if value
    )


def _unit(row: Row, bitext: Bitext, files: str) -> str:
    """Note and properties first, then one variant for each side that has segments, as the DTD wants it."""
    state = row.review.state
    return (
        ("<tu>\n" if row.source else f"<tu srclang={_language(bitext.target.language)}>\n")
        + "".join(f"  <note>{xml.escaped(note)}</note>\n" for note in xml.notes(row))
        + "".join(f'  <prop type="{_OURS}{word}">{value}</prop>\n' for word, value in xml.facts(row).items())
        + "".join(_props({_FLAG: flag}) for flag in xml.flags(row))
        + _props({_STATUS: "" if state == "auto" else state})
        + files
        + (_variant(row.source, bitext.source.language) if row.source else "")
        + (_variant(row.target, bitext.target.language) if row.target else "")
        + "</tu>\n"
    )


def _variant(segments: Sequence[Segment], language: str) -> str:
    text = xml.text_of(segments, language)
    return f"  <tuv xml:lang={_language(language)}>\n    <seg>{text}</seg>\n  </tuv>\n"


@dataclass(frozen=True, slots=True)
class _Variant:
    """A <tuv>: its text in one language."""

    language: str
    text: str
    element: etree._Element


def units(stream: xml.SupportsRead, *, name: str, source: str = "", target: str = "") -> Iterator[Unit]:
    """The rows of a TMX of any version, streamed: of two languages, those asked for by their tags.

    Else the source is the language that the header names (the first one met, if it names none) and
    the target the first other one met. A unit without one of them is unaligned, without both it is
    left out. Raises UnreadableError and InputError, which name the file.
    """
    stated = _ALL
    for _, element in xml.elements(stream, name=name, root="tmx", tags=("header", "tu")):
        if xml.local(element) == "header":
            stated = element.get("srclang", _ALL).strip()
            target = target or _told(element).get("target-language", "")
        else:
            variants, told = _variants(element, name), _told(element)
            source = source or _source(variants, stated)
            first, second = _pair(variants, source, target, told.get("type", ""))
            target = target or (second.language if second else "")
            if first or second:
                yield _read(element, first, second, told, (source, target))


def heading(stream: xml.SupportsRead, *, name: str) -> Heading:
    """What the header of a TMX says of the whole. Raises UnreadableError and InputError."""
    for _, element in xml.elements(stream, name=name, root="tmx", tags=("header",)):
        props, ours = _props_of(element), _told(element)
        language = element.get("srclang", _ALL).strip().replace("_", "-")
        return Heading(
            "" if language == _ALL else language,
            ours.get("target-language", ""),
            source_path=props.get("x-source-file", ""),
            target_path=props.get("x-target-file", ""),
            mode=ours.get("mode", ""),
            signature=ours.get("signature", ""),
            notes=tuple("\n".join(xml.notes_of(element)).splitlines()),
        )
    return Heading()


def _props_of(element: etree._Element) -> dict[str, str]:
    return {prop.get("type", ""): prop.text or "" for prop in element.iterchildren("{*}prop")}


def _told(element: etree._Element) -> dict[str, str]:
    props = _props_of(element)
    return {kind.removeprefix(_OURS): value for kind, value in props.items() if kind.startswith(_OURS)}


def _variants(element: etree._Element, name: str) -> list[_Variant]:
    return [
        _Variant(xml.language_of(tuv), _WRAPPED.sub("", text) if "\n" in text else text, tuv)
        for tuv in element.iterchildren("{*}tuv")
        for text in (xml.flat(xml.child(tuv, "seg"), name),)
    ]


def _source(variants: Sequence[_Variant], stated: str) -> str:
    """The language of the source: what the header states, unless none of several variants is in it."""
    known = stated not in (_ALL, "") and (len(variants) < 2 or _best(variants, stated))
    return stated.replace("_", "-") if known else (variants[0].language if variants else "")


def _pair(
    variants: Sequence[_Variant], source: str, target: str, kind: str
) -> tuple[_Variant | None, _Variant | None]:
    """The variants of the source and of the target; `kind` ("0-1") tells whose a single one is."""
    if len(variants) == 1 and kind:
        return (None, variants[0]) if kind.startswith("0") else (variants[0], None)
    first = _best(variants, source)
    others = [variant for variant in variants if variant is not first]
    if target:
        return first, _best(others, target)
    foreign = [v for v in others if v.language.lower() != source.lower()] or (others if first else [])
    return first, foreign[0] if foreign else None


def _best(variants: Sequence[_Variant], language: str) -> _Variant | None:
    """The first variant in exactly that language, else in one of its kind ("pt" for "pt-BR")."""
    wanted = language.replace("_", "-").lower()
    exact = (v for v in variants if v.language.lower() == wanted)
    near = (v for v in variants if primary(v.language) == primary(wanted))
    return next(exact, None) or next(near, None)


def _read(
    element: etree._Element,
    first: _Variant | None,
    second: _Variant | None,
    told: dict[str, str],
    languages: tuple[str, str],
) -> Unit:
    return xml.unit(
        first.text if first else "",
        second.text if second else "",
        told,
        languages=(first.language if first else languages[0], second.language if second else languages[1]),
        notes=xml.notes_of(element, *(variant.element for variant in (first, second) if variant)),
        flags=xml.texts_of(p for p in element.iterchildren("{*}prop") if p.get("type") == _FLAG),
        state=_state(element, second),
        place=xml.place_of(element),
    )


def _state(unit: etree._Element, second: _Variant | None) -> str:
    """The state that a unit names, else its target's variant; ours first."""
    stated = (_props_of(unit), _props_of(second.element) if second else {})
    return next((props[kind] for props in stated for kind in _STATES if props.get(kind)), "")
