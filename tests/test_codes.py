"""Inline codes: cut and joined with their text, read from TMX and XLIFF, and written back by the same ids."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from polyalign.bitext import Bitext
from polyalign.codes import Code, Kind, cut, from_list, moved, pairs, placed, to_list
from polyalign.errors import InputError
from polyalign.formats import FORMATS, dump, left_behind
from polyalign.formats.bitexts.tmx import units as tmx_units
from polyalign.formats.bitexts.xliff import units as xliff_units
from polyalign.formats.validation import faults
from polyalign.parts import Bead
from polyalign.qa import Pair, flags
from tests.helpers.samples import side

TMX = (
    '<tmx version="1.4"><header creationtool="a" creationtoolversion="1" segtype="sentence" o-tmf="a"'
    ' adminlang="en" srclang="en" datatype="xml"/><body><tu><tuv xml:lang="en"><seg>{0}</seg></tuv>'
    '<tuv xml:lang="tr"><seg>{1}</seg></tuv></tu></body></tmx>'
)
XLIFF1 = (
    '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="a" datatype="html"'
    ' source-language="en" target-language="tr"><body><trans-unit id="1" xml:space="preserve">'
    "<source>{0}</source><target>{1}</target></trans-unit></body></file></xliff>"
)
XLIFF2 = (
    '<xliff version="2.1" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="tr">'
    '<file id="f"><unit id="1" xml:space="preserve">{2}<segment><source>{0}</source><target>{1}</target>'
    "</segment></unit></file></xliff>"
)


def read(frame: str, source: str, target: str = "", data: str = "") -> Bitext:
    """The bitext in a file that holds this one unit."""
    text = frame.format(source, target or source, data)
    return _read(text.encode(), ".tmx" if frame is TMX else ".xlf")


def _read(data: bytes, suffix: str) -> Bitext:
    from polyalign.formats.bitexts import bitext_of
    from polyalign.formats.common import Heading

    reader = tmx_units if suffix == ".tmx" else xliff_units
    return bitext_of(reader(io.BytesIO(data), name="x"), Heading(), name="x")


def written(bitext: Bitext, form: str) -> bytes:
    stream = io.BytesIO()
    dump(bitext, stream, format=form)
    found = [fault for fault in faults(io.BytesIO(stream.getvalue())) if not fault.warning]
    assert found == []
    return stream.getvalue()


def inline(data: bytes) -> list[str]:
    """What stands in the texts of a file, as an XML reader of its own sees it, namespaces taken off."""
    root = etree.fromstring(data)
    held = (e for e in root.iter() if isinstance(e.tag, str) and e.tag.endswith(("seg", "source", "target")))
    texts = []
    for element in held:
        text = etree.tostring(element, encoding="unicode", with_tail=False)
        texts.append(re.sub(r' xmlns(:\w+)?="[^"]*"', "", text).partition(">")[2].rpartition("<")[0])
    return texts


SAME = {
    "tmx": (
        TMX,
        [
            'a <ph x="1">{name}</ph> b',
            'press <bpt i="1" x="2" type="bold">&lt;b&gt;</bpt>Start<ept i="1">&lt;/b&gt;</ept>!',
            'a <it pos="begin" x="1">&lt;i&gt;</it>b',
            'a <hi type="term">b <hi x="2">c</hi></hi>',
            '<ut x="3">\\b</ut>a',
            '<bpt i="1">&lt;b></bpt>a<bpt i="2">{i}</bpt>b<ept i="1">&lt;/b></ept><ept i="2">{/i}</ept>',
            '<ph x="1">{0}</ph>',
            'one<ph type="lb"/>two',
        ],
    ),
    "xliff1": (
        XLIFF1,
        [
            'a <x id="INTERPOLATION" equiv-text="{{name}}"/> b',
            'a <g id="1" ctype="bold">b <g id="2">c</g></g> d',
            'a <bx id="1" rid="1"/>b<ex id="2" rid="1"/>',
            'a <bpt id="1" rid="7">&lt;b&gt;</bpt>c<ept id="2" rid="7">&lt;/b&gt;</ept>',
            '<ph id="1" ctype="x-var">{0}</ph> a <it id="2" pos="open">&lt;i&gt;</it>',
            'a <mrk mtype="term" mid="t1">b</mrk>',
            'a<x id="1" ctype="lb"/>b',
            '<x id="ICU" equiv-text="{n, plural}"/>',
            '<bx id="1"/>a<g id="3">b</g><ex id="1"/>',
        ],
    ),
    "xliff": (
        XLIFF2,
        [
            'a <ph id="1" equiv="NAME" disp="{name}"/> b',
            'a <pc id="1" type="fmt" subType="xlf:b" canCopy="no">b <pc id="2">c</pc></pc>',
            'a <sc id="1"/>b<sc id="2"/>c<ec startRef="1"/>d<ec startRef="2"/>',
            'a <sc id="1" isolated="yes"/>b<ec id="2" isolated="yes"/>',
            'a <mrk id="m1" type="term" ref="https://example.org/">b</mrk>',
            'bell <cp hex="0007"/> rings',
        ],
    ),
}
EACH = [(form, frame, text) for form, (frame, texts) in SAME.items() for text in texts]


@pytest.mark.parametrize(("form", "frame", "text"), EACH)
def test_a_code_comes_back_as_it_was(form: str, frame: str, text: str) -> None:
    found = inline(written(read(frame, text), form))
    expected = inline(frame.format(text, text, "").encode())
    assert list(map(_plain, found)) == list(map(_plain, expected))


def _plain(markup: str) -> list[object]:
    """Markup as its pieces, the attributes of a tag in any order."""
    root = etree.fromstring(f"<r>{markup}</r>")
    return [(e.tag, sorted(e.attrib.items()), e.text or "", e.tail or "") for e in root.iter()]


@pytest.mark.parametrize(("form", "frame", "text"), EACH)
@pytest.mark.parametrize("other", list(SAME))
def test_a_code_survives_every_other_format(form: str, frame: str, text: str, other: str) -> None:
    given = read(frame, text)
    back = _read(written(given, other), ".tmx" if other == "tmx" else ".xlf")
    for one, two in zip(given.source.segments, back.source.segments, strict=True):
        codes = [code for code in one.codes if code.element != "cp"]
        kept = two.codes if form == other else [code for code in two.codes if code.element != "cp"]
        assert [code.kind for code in kept] == [code.kind for code in codes] or form == other
        assert [c.shows for c in kept if c.shows] == [c.shows for c in codes if c.shows] or form == other
        words = "".join(one.text.split())
        kept_words = words if form == other else "".join(c for c in words if c.isprintable())
        assert "".join(two.text.split()) == kept_words


def test_what_xliff_2_refers_to_is_what_its_codes_show() -> None:
    data = '<originalData><data id="d1">{name}</data><data id="d2">&lt;b&gt;</data></originalData>'
    text = 'a <ph id="1" dataRef="d1"/> <pc id="2" dataRefStart="d2">b</pc>'
    bitext = read(XLIFF2, text, data=data)
    assert [code.shows for code in bitext.source.segments[0].codes] == ["{name}", "<b>", ""]
    again = _read(written(bitext, "xliff"), ".xlf")
    assert [code.shows for code in again.source.segments[0].codes] == ["{name}", "<b>", ""]


@pytest.mark.parametrize("form", SAME)
def test_halves_of_which_one_stands_for_something_stay_a_pair(form: str) -> None:
    data = '<originalData><data id="d">&lt;/b&gt;</data></originalData>'
    bitext = read(XLIFF2, 'a <pc id="1" dataRefEnd="d">b</pc>', data=data)
    back = _read(written(bitext, form), ".tmx" if form == "tmx" else ".xlf")
    codes = back.source.segments[0].codes
    assert [code.kind for code in codes] == ["open", "close"]
    assert len(pairs(codes)) == 2


@pytest.mark.parametrize(
    ("frame", "text", "words"),
    [
        (TMX, "Click <b>here</b> now", "Click here now"),
        (TMX, 'See <a href="https://example.org/x">our page</a>', "See our page"),
        (TMX, "One<br/>two", "One two"),
        (TMX, "One <br/> two", "One  two"),
        (TMX, "<p>One</p><p>two</p>", "One two"),
        (TMX, '<span class="c">All</span>', "All"),
        (TMX, "H<sub>2</sub>O", "H2O"),
        (TMX, 'The <g id="1">g</g> tag', "The g tag"),
        (TMX, 'ten<ph x="1">{unit}</ph>of', "ten of"),
        (TMX, 'un<bpt i="1">&lt;i&gt;</bpt>do<ept i="1">&lt;/i&gt;</ept>able', "undoable"),
        (TMX, '点击<ph x="1">{0}</ph>按钮', "点击按钮"),
        (TMX, 'See <ph x="1">[note: <sub>a <hi>foot</hi>note</sub>]</ph>.', "See a footnote."),
        (XLIFF1, '<q:b xmlns:q="urn:q">bold</q:b> text', "bold text"),
        (XLIFF1, 'Total:<x id="LINE_BREAK" ctype="lb"/>five', "Total: five"),
        (XLIFF1, 'Total<x id="1" equiv-text="&lt;br/&gt;"/>five', "Total five"),
        (XLIFF1, '<g id="1">a</g>b', "ab"),
    ],
)
def test_the_words_are_text_and_nothing_else(frame: str, text: str, words: str) -> None:
    bitext = read(frame, text)
    assert bitext.source.segments[0].text == words
    form = "tmx" if frame is TMX else "xliff1"
    assert _read(written(bitext, form), f".{form}").source.segments[0].text == words


@pytest.mark.parametrize("form", SAME)
def test_a_unit_of_codes_alone_stays_a_unit(form: str) -> None:
    frame, texts = SAME[form]
    text = texts[0].removeprefix("a ").removesuffix(" b")
    bitext = read(frame, text)
    assert [(s.text, len(s.codes)) for s in bitext.source.segments] == [("", 1)]
    for other in SAME:
        back = _read(written(bitext, other), ".tmx" if other == "tmx" else ".xlf")
        assert [(s.text, len(s.codes)) for s in back.target.segments] == [("", 1)]
    lone = replace(bitext, beads=())
    stream = io.BytesIO()
    dump(lone, stream, format=form, unaligned=True)
    assert len(_read(stream.getvalue(), ".tmx" if form == "tmx" else ".xlf").source.segments) == 1


KINDS: st.SearchStrategy[Kind] = st.sampled_from(get_args(Kind))


@st.composite
def coded(draw: st.DrawFn) -> tuple[str, tuple[Code, ...]]:
    """A text with codes in any places, halves of pairs among them that stand in any order."""
    text = draw(st.text("ab c", max_size=12))
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    elements = {"open": "bpt", "close": "ept", "alone": "ph"}
    return text, tuple(
        Code(at, at, kind, draw(st.sampled_from("12")), elements[kind], draw(st.sampled_from(["", "<b>"])))
        for at in places
        for kind in [draw(KINDS)]
    )


@given(coded(), st.data())
def test_codes_are_cut_and_put_together_again(
    given_: tuple[str, tuple[Code, ...]], data: st.DataObject
) -> None:
    text, codes = given_
    at = data.draw(st.integers(0, len(text)))
    one, two = cut(codes, [(0, at), (at, len(text))])
    assert Counter(map(_bare, one + two)) == Counter(map(_bare, codes))
    together = (*one, *moved(two, at))
    assert sorted(code.start for code in together) == [code.start for code in codes]
    assert all(0 <= code.start <= code.end <= at for code in one)
    assert all(0 <= code.start <= code.end <= len(text) - at for code in two)


def _bare(code: Code) -> Code:
    return replace(code, start=0, end=0)


@given(coded())
def test_codes_go_to_json_and_back(given_: tuple[str, tuple[Code, ...]]) -> None:
    text, codes = given_
    assert from_list(to_list(codes), len(text)) == codes
    assert placed(codes, lambda at: at) == codes
    halves = pairs(codes)
    assert all(halves[halves[k]] == k and codes[k].kind != codes[halves[k]].kind for k in halves)


@pytest.mark.parametrize("form", SAME)
@settings(deadline=None, max_examples=60)
@given(st.lists(coded(), min_size=1, max_size=3), st.lists(coded(), min_size=1, max_size=2))
def test_whatever_was_parted_or_merged_is_well_formed(
    form: str, source: list[tuple[str, tuple[Code, ...]]], target: list[tuple[str, tuple[Code, ...]]]
) -> None:
    sides = []
    for language, held in (("en", source), ("tr", target)):
        made = side(language, [text for text, _ in held])
        segments = zip(made.segments, held, strict=True)
        sides.append(replace(made, segments=tuple(replace(s, codes=codes) for s, (_, codes) in segments)))
    beads = (Bead(tuple(range(len(source))), tuple(range(len(target))), 1.0),)
    data = written(Bitext(sides[0], sides[1], beads), form)
    codes = [code for _, held in source for code in held]
    found = _read(data, ".tmx" if form == "tmx" else ".xlf").source.segments
    assert [c.kind for s in found for c in s.codes] == [c.kind for c in codes]
    assert [c.shows for s in found for c in s.codes] == [c.shows for c in codes]


def test_a_code_that_only_one_side_has_is_flagged() -> None:
    def found(source: str, target: str, frame: str = XLIFF1) -> list[str]:
        bitext = read(frame, source, target)
        one, two = bitext.source.segments[0], bitext.target.segments[0]
        pair = Pair(one.text, two.text, "en", "tr", None, one.codes, two.codes)
        return [flag.says for flag in flags(pair) if flag.name == "codes"]

    name, other = '<x id="A" equiv-text="{a}"/>', '<x id="B" equiv-text="{b}"/>'
    assert found(f"Open {name} {other}", f"Aç {other} {name}") == []
    assert found(f"Open {name}", "Aç") == ["{a} is only in the source"]
    assert found(name, "Aç") == ["{a} is only in the source"]
    assert found(name, other) == ["{a} is only in the source; {b} is only in the target"]
    assert found('<g id="1">Open</g>', "Aç") == ["1 and /1 are only in the source"]
    assert found('<mrk mtype="term">Open</mrk>', "Aç") == []
    numbered = '<bpt i="{}" x="4">&lt;b></bpt>a<ept i="{}">&lt;/b></ept>'
    assert found(numbered.format(1, 1), numbered.format(2, 2), TMX) == []


def test_what_a_format_has_no_place_for_is_counted() -> None:
    bitext = read(TMX, 'a <ph x="1">{0}</ph>')
    for form in FORMATS:
        expected = [] if form in ("json", "tmx", "xliff", "xliff1") else ["2 inline codes"]
        assert left_behind(bitext, form, unaligned=True) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": 9}, "stand in its text"),
        ({"kind": "both"}, "kind of a code"),
        ({"id": 1}, "strings for its id"),
        ({"start": True}, "stand in its text"),
        ({"attributes": []}, "strings for its id"),
    ],
)
def test_a_damaged_code_in_json_is_refused(change: dict[str, object], message: str) -> None:
    data = read(TMX, 'a <ph x="1">{0}</ph>').to_dict()
    assert Bitext.from_json(Bitext.to_json(read(TMX, 'a <ph x="1">{0}</ph>'))).to_dict() == data
    data["source"]["segments"][0]["codes"][0] |= change
    text = json.dumps(data)
    with pytest.raises(InputError, match=message):
        Bitext.from_json(text)
    assert [fault.rule for fault in faults(io.BytesIO(text.encode()))] == ["code"]
