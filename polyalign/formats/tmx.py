"""TMX 1.4, the exchange format of translation memories; streamed both ways, and valid for its DTD."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from polyalign.bitext import Bitext, Row, Segment
from polyalign.formats import xml
from polyalign.formats.common import Heading, Options, Unit, swapped
from polyalign.tags import UNDETERMINED, primary

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


@dataclass(frozen=True, slots=True, eq=False)
class _Variant:
    """A <tuv>: its text in one language."""

    language: str
    text: str
    element: etree._Element


def units(
    stream: xml.SupportsRead,
    *,
    name: str,
    source: str = "",
    target: str = "",
    others: dict[str, None] | None = None,
) -> Iterator[Unit]:
    """The rows of a TMX of any version, streamed: of two languages, those asked for by their tags.

    Else the source is the language that the header names, if a unit has it (the first one met, if not),
    and the target the first other one met. Several variants in one language are a row each. A unit
    without one of the two is unaligned, without both it is left out; the tags of what is left out are
    put into `others`. Raises UnreadableError and InputError, which name the file.
    """
    stated, asked = _ALL, target
    for _, element in xml.elements(stream, name=name, root="tmx", tags=("header", "tu")):
        if xml.local(element) == "header":
            stated = element.get("srclang", _ALL).strip().replace("_", "-")
            told_target = _told(element).get("target-language", "")
            target = target or ("" if source and primary(told_target) == primary(source) else told_target)
            continue
        variants, told = _variants(element, name), _told(element)
        first = source or _source(variants, element.get("srclang", _ALL) if stated == _ALL else stated, asked)
        second = target or _target(variants, first)
        source = source or (first if len(variants) > 1 or _in(variants, first, "") else "")
        target = target or ("" if primary(second) == primary(first) else second)
        turned = bool(told) and primary(stated) == primary(second) != primary(first)  # ours, asked in reverse
        pairs = _pairs(variants, *((second, first) if turned else (first, second)), told.get("type", ""))
        used = [variant for pair in pairs for variant in pair]
        if others is not None:
            others.update(dict.fromkeys(v.language or UNDETERMINED for v in variants if v not in used))
        for k, pair in enumerate(pairs):
            languages = (second, first) if turned else (first, second)
            row = _read(element, pair, told if len(pairs) == 1 else {}, languages, pairs[k - 1] if k else ())
            yield swapped(row) if turned else row


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


def _source(variants: Sequence[_Variant], stated: str, target: str) -> str:
    """The language of the source: what is stated, unless none of several variants is in it, or it is to
    be the target's."""
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
    element: etree._Element,
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
    noted = [variant.element for variant in pair if variant and variant not in before]
    return xml.unit(
        first.text if first else "",
        second.text if second else "",
        told,
        languages=(first.language if first else languages[0], second.language if second else languages[1]),
        notes=xml.notes_of(*([] if before else [element]), *noted),
        flags=xml.texts_of(p for p in element.iterchildren("{*}prop") if p.get("type") == _FLAG),
        state=_state(element, second),
        place=xml.place_of(element),
    )


def _state(unit: etree._Element, second: _Variant | None) -> str:
    """The state that a unit names, else its target's variant; ours first."""
    stated = (_props_of(unit), _props_of(second.element) if second else {})
    return next((props[kind] for props in stated for kind in _STATES if props.get(kind)), "")
