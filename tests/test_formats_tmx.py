"""TMX: what a plain XML parser reads back are the same pairs, under the rules of the 1.4 DTD."""

import re
import xml.etree.ElementTree as ET
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
from test_formats_samples import bitexts, harbour, side

from polyalign.bitext import Bead, Bitext
from polyalign.formats.common import Options, joined
from polyalign.formats.tmx import tmx

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _parsed(bitext: Bitext, *, unaligned: bool = False) -> ET.Element:
    return ET.fromstring(b"".join(tmx(bitext, Options(unaligned=unaligned))))


def _assert_tmx_1_4(root: ET.Element) -> None:
    """The content models and required attributes of tmx14.dtd, for the elements in use."""
    assert (root.tag, root.attrib, [child.tag for child in root]) == (
        "tmx",
        {"version": "1.4"},
        ["header", "body"],
    )
    header, body = root
    required = {"creationtool", "creationtoolversion", "segtype", "o-tmf", "adminlang", "srclang", "datatype"}
    assert set(header.attrib) == required
    assert header.attrib["segtype"] in {"block", "paragraph", "sentence", "phrase"}
    assert {child.tag for child in header} <= {"note", "prop", "ude"}
    assert {child.tag for child in body} <= {"tu"}
    for unit in body:
        order = [tag for tag, _ in groupby(unit, key=lambda child: "tuv" if child.tag == "tuv" else "prop")]
        assert order in (["prop", "tuv"], ["tuv"])
        assert all(child.attrib.keys() == {"type"} for child in unit if child.tag == "prop")
        for variant in unit.iter("tuv"):
            assert variant.attrib.keys() == {LANG}
            assert [child.tag for child in variant] == ["seg"]


@given(bitexts(), st.booleans())
def test_any_bitext_is_valid(bitext: Bitext, unaligned: bool) -> None:
    _assert_tmx_1_4(_parsed(bitext, unaligned=unaligned))


@given(bitexts())
def test_the_pairs_come_back(bitext: Bitext) -> None:
    pairs = [[seg.text or "" for seg in unit.iter("seg")] for unit in _parsed(bitext).iter("tu")]
    beads = [row for row in bitext.rows() if row.bead]
    sides = [
        (joined(r.source, bitext.source.language), joined(r.target, bitext.target.language)) for r in beads
    ]
    assert pairs == [[NOT_XML.sub("", one), NOT_XML.sub("", other)] for one, other in sides]


def test_properties_of_a_bead() -> None:
    first, second, _ = _parsed(harbour()).iter("tu")
    assert {prop.attrib["type"]: prop.text for prop in second.iter("prop")} == {
        "x-polyalign-score": "0.9130",
        "x-polyalign-type": "1-2",
        "x-polyalign-source": "2",
        "x-polyalign-target": "1 2",
        "x-source-file": "ar.txt",
        "x-target-file": "news/en.txt",
    }
    assert [variant.attrib[LANG] for variant in first.iter("tuv")] == ["ar", "en"]


def test_header_names_the_source_language_and_the_signature() -> None:
    header = next(_parsed(harbour()).iter("header"))
    assert (header.attrib["srclang"], header.attrib["creationtool"]) == ("ar", "polyalign")
    props = {prop.attrib["type"]: prop.text for prop in header.iter("prop")}
    assert props == {"x-polyalign-mode": "comparable", "x-polyalign-signature": "polyalign 0.1.0 | test"}


def test_unaligned_segments_are_units_of_one_variant_and_empty_ones_none() -> None:
    bitext = Bitext(side("en", ["Only here.", "", "\ufffe"]), side("tr", []), ())
    units = list(_parsed(bitext, unaligned=True).iter("tu"))
    assert [[seg.text for seg in unit.iter("seg")] for unit in units] == [["Only here."]]
    assert list(_parsed(bitext).iter("tu")) == []


def test_characters_that_xml_cannot_carry_are_left_out() -> None:
    texts = "AT&T <b>\x00\x07 \ud800]]>\uffff ok\U0001f600"
    bitext = Bitext(side("pt_BR", [texts], "a&\x01.txt"), side("", [texts]), (Bead((0,), (0,), 1.0),))
    root = _parsed(bitext)
    assert [seg.text for seg in root.iter("seg")] == ["AT&T <b> ]]> ok\U0001f600"] * 2
    assert [variant.attrib[LANG] for variant in root.iter("tuv")] == ["pt-BR", "und"]
    assert "a&.txt" in [prop.text for prop in root.iter("prop")]


def test_it_comes_in_pieces() -> None:
    assert len(list(tmx(harbour(), Options(unaligned=False)))) == 4
