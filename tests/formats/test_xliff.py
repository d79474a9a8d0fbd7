"""XLIFF 2.1 and 1.2: what is written is valid and is read back the same, by us and by others."""

import io
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from polyalign.bitext import Bitext
from polyalign.errors import InputError, PolyalignError
from polyalign.formats.bitexts.xliff import heading, units, xliff, xliff1
from polyalign.formats.common import Heading, Options, Unit, joined
from polyalign.formats.validation import faults
from polyalign.parts import Bead
from tests.helpers.samples import bitexts, harbour, side
from tests.helpers.units import HOSTILE, carried, held

Writer = Callable[[Bitext, Options], Iterator[bytes]]
BOTH = pytest.mark.parametrize("writer", [xliff, xliff1])
SECOND = 'xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="tr"'
FIRST = '<file original="a" datatype="plaintext" source-language="en_US" target-language="tr">'


def _written(writer: Writer, bitext: Bitext, *, unaligned: bool = True) -> bytes:
    return b"".join(writer(bitext, Options(unaligned=unaligned)))


def _read(data: bytes) -> list[Unit]:
    return list(units(io.BytesIO(data), name="x.xlf"))


def _second(*inner: str) -> bytes:
    return f'<xliff {SECOND}><file id="f">{"".join(inner)}</file></xliff>'.encode()


def _first(*inner: str) -> bytes:
    return f'<xliff version="1.2">{FIRST}<body>{"".join(inner)}</body></file></xliff>'.encode()


@BOTH
@given(bitext=bitexts(), unaligned=st.booleans())
def test_what_was_written_is_read_back(writer: Writer, bitext: Bitext, unaligned: bool) -> None:
    found = _read(_written(writer, bitext, unaligned=unaligned))
    assert held(found) == carried(bitext, unaligned=unaligned)


@BOTH
@given(bitext=bitexts(), unaligned=st.booleans())
def test_any_bitext_is_valid(writer: Writer, bitext: Bitext, unaligned: bool) -> None:
    assert [
        fault
        for fault in faults(io.BytesIO(_written(writer, bitext, unaligned=unaligned)))
        if not fault.warning
    ] == []


@BOTH
def test_the_heading_says_what_the_whole_is(writer: Writer) -> None:
    for beads in (harbour().beads, ()):
        bitext = Bitext(harbour().source, harbour().target, beads, "parallel", "signed <1>", ("one", "two"))
        expected = Heading("ar", "en", "ar.txt", "news/en.txt", "parallel", "signed <1>", ("one", "two"))
        data = _written(writer, bitext, unaligned=False)
        assert heading(io.BytesIO(data), name="x") == expected
        assert [fault for fault in faults(io.BytesIO(data)) if not fault.warning] == []
    assert heading(io.BytesIO(b"<xliff/>"), name="x") == Heading()
    assert heading(io.BytesIO(b"<xliff srcLang='a'><group/></xliff>"), name="x") == Heading("a")


@pytest.mark.parametrize(
    ("writer", "module", "store"), [(xliff, "xliff2", "Xliff2File"), (xliff1, "xliff", "Xliff1File")]
)
def test_translate_toolkit_reads_the_same(writer: Writer, module: str, store: str) -> None:
    storage = pytest.importorskip(f"translate.storage.{module}", reason="translate-toolkit is not installed")
    reader = getattr(storage, store, None) or storage.xlifffile
    found = reader.parsestring(_written(writer, harbour())).units
    rows = list(harbour().rows())
    assert len(found) == len(rows)
    for unit, row in zip(found, rows, strict=True):
        assert (unit.source or "") == joined(row.source, "ar")
        assert (unit.target or "") == joined(row.target, "en")
        caption = any(segment.boilerplate for segment in row.source)
        holder = unit.xmlelement if writer is xliff1 else unit.xmlelement.getparent()
        # its getnotes() looks for the notes of XLIFF 2 in the segment, where they may not stand
        assert [note.text for note in holder.iter("{*}note")] == ["boilerplate: caption"] * caption
        assert writer is xliff or unit.getnotes() == ("boilerplate: caption" if caption else "")
        assert unit.istranslatable() == bool(row.source)
        said = {e.get("context-type") or e.get("type"): e.text for e in holder.iter("{*}context", "{*}meta")}
        score = said.get("x-polyalign-score") or said.get("score")
        assert (float(score) if score else None) == (row.bead.score if row.bead else None)


def test_what_a_tool_shows_of_unaligned_segments() -> None:
    second, first = (etree.fromstring(_written(writer, harbour())) for writer in (xliff, xliff1))
    states = [segment.get("state") for segment in second.iter("{*}segment")]
    assert states == ["translated", "translated", "initial", "translated", "translated"]
    for root, tag in ((second, "unit"), (first, "trans-unit")):
        assert [e.get("translate") for e in root.iter(f"{{*}}{tag}")] == [None, "no", None, None, None]
        assert {e.get("{http://www.w3.org/XML/1998/namespace}space") for e in root.iter(f"{{*}}{tag}")} == {
            "preserve"
        }
        assert sum(1 for _ in root.iter("{*}target")) == 4


@BOTH
def test_characters_that_xml_cannot_carry_are_left_out(writer: Writer) -> None:
    texts = "AT&T <b>\x00 \ud800]]>\uffff  \u202eok\U0001f600 "
    bitext = Bitext(side("pt_BR", [texts], 'a&"\n.txt'), side("", [texts]), (Bead((0,), (0,), 1.0),))
    (unit,) = _read(_written(writer, bitext))
    assert unit.source == unit.target == ("AT&T <b> ]]>  \u202eok\U0001f600 ",)
    assert (unit.source_language, unit.target_language) == ("pt-BR", "und")


def test_it_comes_in_pieces() -> None:
    assert [len(list(w(harbour(), Options(unaligned=False)))) for w in (xliff, xliff1)] == [5, 5]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ('a <pc id="1">bold</pc> b', "a bold b"),
        ('a <ph id="1" dataRef="d"/><sc id="2"/>x<ec startRef="2"/>', "a x"),
        ('a <mrk id="1" type="term">term</mrk><sm id="2"/>.<em startRef="2"/>', "a term."),
        ('one<ph id="1" subType="xlf:lb"/>two', "one two"),
        ('bell<cp hex="0007"/> <cp hex="D800"/><cp hex="zz"/><cp/><cp hex="FFFFFFFFFF"/>', "bell\x07 "),
    ],
)
def test_codes_of_xliff_2(inner: str, text: str) -> None:
    data = _second(f'<unit id="u"><segment><source xml:space="preserve">{inner}</source></segment></unit>')
    assert [(u.source, u.target) for u in _read(data)] == [((text,), ())]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ('a <g id="1">bold</g> b', "a bold b"),
        ('a <x id="1"/><bx id="2"/>x<ex id="2"/>', "a x"),
        ('<bpt id="1">&lt;b></bpt>x<ept id="1">&lt;/b></ept><it id="2" pos="open">y</it>', "x"),
        ('see <ph id="1">[<sub>foot</sub>]</ph><mrk mtype="term">term</mrk>', "see foot term"),
        ('one<x id="1" ctype="lb"/>two', "one two"),
    ],
)
def test_codes_of_xliff_1(inner: str, text: str) -> None:
    data = _first(f'<trans-unit id="u"><source>{inner}</source><target/></trans-unit>')
    assert [(u.source, u.target) for u in _read(data)] == [((text,), ())]


def test_the_segments_of_a_unit_are_units_with_one_note() -> None:
    pairs = "".join(
        f"<segment><source>{s}</source><target>{t}</target></segment>"
        "<ignorable><source> </source></ignorable>"
        for s, t in (("a", "b"), ("c", "d"))
    )
    found = _read(_second(f'<group id="g"><unit id="u"><notes><note>n</note></notes>{pairs}</unit></group>'))
    assert [(u.source, u.target, u.comment) for u in found] == [(("a",), ("b",), "n"), (("c",), ("d",), "")]
    assert {(u.source_language, u.target_language) for u in found} == {("en", "tr")}


def test_the_marked_segments_of_a_trans_unit_are_paired_by_their_ids() -> None:
    def marked(*pairs: str) -> str:
        return " ".join(f'<mrk mtype="seg" mid="{pair[0]}">{pair[1]}</mrk>' for pair in pairs)

    unit = (
        '<trans-unit id="u"><source>a b c</source>'
        f"<seg-source>{marked('1a', '2b', '3c')}</seg-source>"
        f"<target>{marked('2y', '1x', '4z')}</target>"
        "<alt-trans><target>no</target></alt-trans><note>n</note><note/></trans-unit>"
    )
    found = _read(_first(unit))
    assert [(u.source, u.target, u.comment) for u in found] == [
        (("a",), ("x",), "n"),
        (("b",), ("y",), ""),
        (("c",), (), ""),
        ((), ("z",), ""),
    ]
    assert {u.source_language for u in found} == {"en-US"}


@pytest.mark.parametrize(
    ("target", "texts"),
    [
        ("<mrk mtype='seg' mid='1'>x</mrk>, y <mrk mtype='seg' mid='2'>z</mrk>", ["x, y", "z"]),
        ("0 <mrk mtype='seg' mid='1'>x</mrk> <mrk mtype='seg' mid='2'>z</mrk> 9", ["0 x", "z 9"]),
        ("<g id='1'><mrk mtype='seg' mid='1'>x</mrk>!</g> <mrk mtype='seg' mid='2'>z</mrk>", ["x!", "z"]),
        ("<mrk mtype='seg' mid='2'>z</mrk> and <mrk mtype='seg' mid='1'>x</mrk>", ["x", "z and"]),
        (
            "<mrk mtype='seg' mid='1'>x</mrk><g id='1'> <mrk mtype='seg' mid='1'>y</mrk></g>"
            "<mrk mtype='seg' mid='2'>z <mrk mtype='term'>t</mrk> u</mrk>",
            ["x y", "z t u"],
        ),
    ],
)
def test_no_text_of_a_target_is_lost_beside_its_marks(target: str, texts: list[str]) -> None:
    marks = "".join(f'<mrk mtype="seg" mid="{i}">{i}</mrk> ' for i in (1, 2))
    unit = f"<source>1 2</source><seg-source>{marks}</seg-source><target>{target}</target>"
    found = _read(_first(f'<trans-unit id="u">{unit}</trans-unit>'))
    assert [(u.source, u.target) for u in found] == [(("1",), (texts[0],)), (("2",), (texts[1],))]


def test_marks_in_a_source_pair_with_those_of_the_target() -> None:
    marks = "".join(f'<mrk mtype="seg" mid="{i}">{i}</mrk> ' for i in (1, 2))
    found = _read(_first(f'<trans-unit id="u"><source>{marks}</source><target>{marks}</target></trans-unit>'))
    assert [(u.source, u.target) for u in found] == [(("1",), ("1",)), (("2",), ("2",))]


GROUPS = "<group><group/><count-group name='c'/></group>"


@pytest.mark.parametrize("place", ["before", "between", "behind"])
def test_a_group_in_a_unit_loses_none_of_it(place: str) -> None:
    at = {key: GROUPS if key == place else "" for key in ("before", "between", "behind")}
    first = f"{at['before']}<source>a</source>{at['between']}<target>b</target>{at['behind']}<note>n</note>"
    (unit,) = _read(_first(f'<trans-unit id="u">{first}</trans-unit>'))
    assert (unit.source, unit.target, unit.comment) == (("a",), ("b",), "n")
    second = f"<segment><source>a</source>{at['between']}<target>b</target></segment>"
    (unit,) = _read(_second(f'<unit id="u">{at["before"]}{second}{at["behind"]}</unit>'))
    assert (unit.source, unit.target) == (("a",), ("b",))


@pytest.mark.parametrize("space", ["urn:oasis:names:tc:xliff:document:1.2", "urn:whatever"])
@pytest.mark.parametrize("holder", ["xliff", "file", "body", "trans-unit"])
def test_the_namespace_may_stand_anywhere(holder: str, space: str) -> None:
    data = _first('<trans-unit id="u"><source>a</source><target>b</target></trans-unit>').decode()
    (unit,) = _read(data.replace(f"<{holder} ", f'<{holder} xmlns="{space}" ').encode())
    assert (unit.source, unit.target, unit.target_language) == (("a",), ("b",), "tr")
    prefixed = data.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    (unit,) = _read(prefixed.replace("<x:xliff ", f'<x:xliff xmlns:x="{space}" ').encode())
    assert (unit.source, unit.target) == (("a",), ("b",))


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.0", ""])
def test_units_of_another_vocabulary_are_none(version: str) -> None:
    foreign = '<k:trans-unit xmlns:k="urn:k"><k:source>no</k:source></k:trans-unit>'
    data = _first(foreign, '<trans-unit id="u"><source>a</source></trans-unit>', foreign)
    found = _read(data.replace(b'version="1.2"', f'version="{version}"'.encode()))
    assert [unit.source for unit in found] == [("a",)]


@pytest.mark.parametrize(
    ("space", "text"), [("", "one two"), ("default", "one two"), ("preserve", "\n one\n\t two\n")]
)
def test_line_ends_of_the_file_count_where_space_is_preserved(space: str, text: str) -> None:
    stated = f' xml:space="{space}"' if space else ""
    data = _first(f'<trans-unit id="u"{stated}><source>\n one\n\t two\n</source></trans-unit>')
    assert _read(data)[0].source == (text,)


def test_a_foreign_element_in_a_unit_does_not_cut_it() -> None:
    foreign = '<k:group xmlns:k="urn:k"/>'
    data = _second(f'<unit id="u">{foreign}<segment><source>a</source></segment></unit>', "<group/>")
    assert [u.source for u in _read(data)] == [("a",)]


def test_files_with_several_languages_and_utf_16() -> None:
    text = _first('<trans-unit id="u"><source>a</source></trans-unit>').decode()
    text = text.replace("</xliff>", FIRST.replace("en_US", "de") + "</file></xliff>").replace(
        "<body>", "<body>\r\n"
    )
    (unit,) = _read(text.encode("utf-16"))
    assert (unit.source_language, unit.place) == ("en-US", "line 2")


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_hostile_or_broken_is_refused_in_one_line(kind: str) -> None:
    content, message = HOSTILE[kind]
    data = content.replace("tmx", "xliff").replace("<tu>", "<unit>").replace("tuv>", "segment>")
    data = data.replace("seg>", "source>").replace("/tu>", "/unit>")
    with pytest.raises(InputError, match=message.replace("TMX", "XLIFF").replace(" tu ", " unit ")) as caught:
        _read(data.encode())
    assert str(caught.value).startswith("x.xlf")
    assert "\n" not in str(caught.value)


@BOTH
@given(data=st.data())
def test_mutated_files_give_units_or_one_line_of_error(writer: Writer, data: st.DataObject) -> None:
    mutated = bytearray(_written(writer, harbour()))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(mutated)))
        stop = start + data.draw(st.integers(0, 30))
        mutated[start:stop] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"<unit>", b"&a;", b"<mrk>"])
        )
    try:
        found, message = _read(bytes(mutated)), ""
    except PolyalignError as error:
        found, message = [], str(error)
    assert "\n" not in message
    assert all(unit.source or unit.target for unit in found)
