"""TMX 1.4, the exchange format of translation memories; streamed, and valid for its DTD."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from polyalign.bitext import Bitext, Row
from polyalign.formats.common import Options, ids, joined

if TYPE_CHECKING:
    from lxml import etree

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def tmx(bitext: Bitext, options: Options) -> Iterator[bytes]:
    """A translation unit for each bead and, where asked for, each unaligned segment with text.

    No document type is declared: its DTD would be looked for beside the file, and a TMX 1.4 is
    valid without. No time of writing either, so that the same bitext gives the same bytes.
    """
    from lxml import etree

    sink = io.BytesIO()
    with etree.xmlfile(sink, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element("tmx", version="1.4"):
            xml.write("\n", _header(bitext), pretty_print=True)
            with xml.element("body"):
                xml.write("\n")
                for row in bitext.rows():
                    if row.bead or (options.unaligned and _has_text(row)):
                        xml.write(_unit(row, bitext), pretty_print=True)
                        xml.flush()
                        yield _drained(sink)
            xml.write("\n")
    yield _drained(sink) + b"\n"


def _drained(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


def _has_text(row: Row) -> bool:
    return any(_clean(segment.shown).strip() for segment in row.source + row.target)


def _header(bitext: Bitext) -> etree._Element:
    from lxml import etree

    header = etree.Element(
        "header",
        {
            "creationtool": "polyalign",
            "creationtoolversion": _version(),
            "segtype": "sentence",
            "o-tmf": "polyalign",
            "adminlang": "en",
            "srclang": _tag(bitext.source.language),
            "datatype": "plaintext",
        },
    )
    _add_prop(header, "x-polyalign-mode", bitext.mode)
    _add_prop(header, "x-polyalign-signature", bitext.signature)
    return header


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("polyalign")
    except PackageNotFoundError:  # run from a checkout
        return "unknown"


def _unit(row: Row, bitext: Bitext) -> etree._Element:
    """The properties first, then one variant for each side that has segments, as the DTD wants it."""
    from lxml import etree

    unit = etree.Element("tu")
    if row.bead:
        _add_prop(unit, "x-polyalign-score", f"{row.bead.score:.4f}")
    _add_prop(unit, "x-polyalign-type", f"{len(row.source)}-{len(row.target)}")
    _add_prop(unit, "x-polyalign-source", ids(row.source))
    _add_prop(unit, "x-polyalign-target", ids(row.target))
    _add_prop(unit, "x-source-file", bitext.source.path or "")
    _add_prop(unit, "x-target-file", bitext.target.path or "")
    for side, segments in ((bitext.source, row.source), (bitext.target, row.target)):
        if segments:
            variant = etree.SubElement(unit, "tuv", {_XML_LANG: _tag(side.language)})
            etree.SubElement(variant, "seg").text = _clean(joined(segments, side.language))
    return unit


def _add_prop(parent: etree._Element, kind: str, value: str) -> None:
    from lxml import etree

    if value:
        etree.SubElement(parent, "prop", {"type": kind}).text = _clean(value)


def _tag(language: str) -> str:
    """The language as XML wants it: "und" where none is known."""
    return _clean(language).replace("_", "-") or "und"


def _clean(text: str) -> str:
    """The text without the characters that XML cannot carry."""
    return _NOT_XML.sub("", text)
