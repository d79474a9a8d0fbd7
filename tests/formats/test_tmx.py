"""TMX: what is written is valid and is read back the same, by us and by others; the wild is read as well."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from polyalign.bitext import Bitext
from polyalign.errors import InputError, PolyalignError, UnreadableError
from polyalign.formats.bitexts.tmx import heading, tmx, units
from polyalign.formats.bitexts.xml import clean, parted
from polyalign.formats.common import Heading, Options, Unit, joined
from polyalign.formats.validation import faults
from polyalign.parts import Bead
from tests.helpers.samples import bitexts, harbour, side
from tests.helpers.units import HOSTILE, Endless, carried, held, tu

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TEXT = "(#PCDATA|bpt|ept|it|ph|hi|ut)*"
DTD = f"""
<!ELEMENT tmx (header, body)> <!ATTLIST tmx version CDATA #FIXED "1.4">
<!ELEMENT header (note|prop|ude)*>
<!ATTLIST header creationtool CDATA #REQUIRED creationtoolversion CDATA #REQUIRED
  segtype (block|paragraph|sentence|phrase) #REQUIRED o-tmf CDATA #REQUIRED adminlang CDATA #REQUIRED
  srclang CDATA #REQUIRED datatype CDATA #REQUIRED>
<!ELEMENT body (tu*)>
<!ELEMENT tu ((note|prop)*, tuv+)> <!ATTLIST tu tuid CDATA #IMPLIED srclang CDATA #IMPLIED>
<!ELEMENT tuv ((note|prop)*, seg)> <!ATTLIST tuv xml:lang CDATA #REQUIRED>
<!ELEMENT seg {TEXT}> <!ELEMENT hi {TEXT}>
<!ELEMENT note (#PCDATA)> <!ELEMENT prop (#PCDATA)> <!ATTLIST prop type CDATA #REQUIRED>
<!ELEMENT ude EMPTY> <!ELEMENT bpt EMPTY> <!ELEMENT ept EMPTY> <!ELEMENT it EMPTY>
<!ELEMENT ph EMPTY> <!ELEMENT ut EMPTY>
"""


def _written(bitext: Bitext, *, unaligned: bool = False) -> bytes:
    return b"".join(tmx(bitext, Options(unaligned=unaligned)))


def _parsed(bitext: Bitext, *, unaligned: bool = False) -> etree._Element:
    return etree.fromstring(_written(bitext, unaligned=unaligned))


def _read(data: bytes, source: str = "", target: str = "") -> list[Unit]:
    return list(units(io.BytesIO(data), name="x.tmx", source=source, target=target))


def _body(*tus: str, srclang: str = "en", encoding: str = "utf-8") -> bytes:
    text = f'<tmx version="1.4"><header srclang="{srclang}"/><body>{"".join(tus)}</body></tmx>'
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)


@given(bitexts(), st.booleans())
def test_what_was_written_is_read_back(bitext: Bitext, unaligned: bool) -> None:
    assert held(_read(_written(bitext, unaligned=unaligned))) == carried(bitext, unaligned=unaligned)


@given(bitexts(), st.booleans())
def test_any_bitext_is_valid(bitext: Bitext, unaligned: bool) -> None:
    data = _written(bitext, unaligned=unaligned)
    dtd = etree.DTD(io.StringIO(DTD))
    assert dtd.validate(etree.fromstring(data)), dtd.error_log
    assert [fault for fault in faults(io.BytesIO(data)) if not fault.warning] == []


@given(bitexts())
def test_other_tools_see_the_joined_text(bitext: Bitext) -> None:
    pairs = [[seg.text or "" for seg in unit.iter("seg")] for unit in _parsed(bitext).iter("tu")]
    beads = [row for row in bitext.rows() if row.bead]
    sides = [
        (joined(r.source, bitext.source.language), joined(r.target, bitext.target.language)) for r in beads
    ]
    assert pairs == [[clean(one), clean(other)] for one, other in sides]


def test_translate_toolkit_reads_the_same() -> None:
    storage = pytest.importorskip("translate.storage.tmx", reason="translate-toolkit is not installed")
    bitext = harbour()
    found = storage.tmxfile.parsestring(_written(bitext, unaligned=True)).units
    rows = list(bitext.rows())
    assert len(found) == len(rows)
    for unit, row in zip(found, rows, strict=True):
        if row.bead:
            assert unit.source == joined(row.source, "ar")
            assert unit.target == joined(row.target, "en")
        score = unit.xmlelement.find("prop[@type='x-polyalign-score']")
        assert (None if score is None else float(score.text)) == (row.bead.score if row.bead else None)
        assert unit.getnotes() == (
            "boilerplate: caption" if row.source[:1] == (bitext.source.segments[1],) else ""
        )


def test_properties_of_a_bead() -> None:
    first, second, _ = _parsed(harbour()).iter("tu")
    assert {prop.attrib["type"]: prop.text for prop in second.iter("prop")} == {
        "x-polyalign-score": "0.913",
        "x-polyalign-origin": "machine",
        "x-polyalign-type": "1-2",
        "x-polyalign-source": "2",
        "x-polyalign-target": "1 2",
        "x-polyalign-target-lengths": "53 45",
        "x-source-file": "ar.txt",
        "x-target-file": "news/en.txt",
    }
    assert [variant.attrib[LANG] for variant in first.iter("tuv")] == ["ar", "en"]


def test_the_heading_says_what_the_whole_is() -> None:
    bitext = Bitext(harbour().source, harbour().target, (), "parallel", "signed <1>", ("one", "two"))
    expected = Heading("ar", "en", "ar.txt", "news/en.txt", "parallel", "signed <1>", ("one", "two"))
    assert heading(io.BytesIO(_written(bitext)), name="x") == expected
    assert heading(io.BytesIO(b"<tmx/>"), name="x") == Heading()
    assert heading(io.BytesIO(_body(srclang="*all*")), name="x") == Heading()


def test_unaligned_segments_are_units_of_one_variant_and_empty_ones_none() -> None:
    bitext = Bitext(side("en", ["Only here.", "", "\ufffe"]), side("tr", ["Yalnız burada."]), ())
    found = list(_parsed(bitext, unaligned=True).iter("tu"))
    assert [[seg.text for seg in unit.iter("seg")] for unit in found] == [["Yalnız burada."], ["Only here."]]
    assert [unit.get("srclang") for unit in found] == ["tr", None]
    assert list(_parsed(bitext).iter("tu")) == []


def test_characters_that_xml_cannot_carry_are_left_out() -> None:
    texts = "AT&T <b>\x00\x07 \ud800]]>\uffff \u202eok\U0001f600"
    bitext = Bitext(side("pt_BR", [texts], "a&\x01.txt"), side("", [texts]), (Bead((0,), (0,), 1.0),))
    root = _parsed(bitext)
    assert [seg.text for seg in root.iter("seg")] == ["AT&T <b> ]]> \u202eok\U0001f600"] * 2
    assert [variant.attrib[LANG] for variant in root.iter("tuv")] == ["pt-BR", "und"]
    assert "a&.txt" in [prop.text for prop in root.iter("prop")]


def test_it_comes_in_pieces() -> None:
    assert len(list(tmx(harbour(), Options(unaligned=False)))) == 5


@given(st.lists(st.text(max_size=5), min_size=1), st.sampled_from(["", " "]))
def test_what_was_joined_is_parted_by_its_lengths(texts: list[str], gap: str) -> None:
    assert gap.join(parted(gap.join(texts), [len(text) for text in texts])) == gap.join(texts)
    assert parted(gap.join(texts), [len(text) for text in texts]) == tuple(texts) or len(gap.join(texts)) == 0


@pytest.mark.parametrize("lengths", [[], [1], [1, 1], [2, 2], [9, 9], [1, 1, 1]])
def test_a_text_that_was_edited_stays_whole(lengths: list[int]) -> None:
    assert parted("abcde", lengths) == ("abcde",)


def test_an_edited_unit_is_one_text_with_the_ids_of_its_segments() -> None:
    data = _written(harbour()).replace(b"Such a number", b"Such a high number")
    unit = _read(data)[1]
    assert (unit.target_ids, len(unit.target), unit.source_ids, unit.score) == ((1, 2), 1, (2,), 0.913)


@pytest.mark.parametrize(
    ("value", "score"), [("0.5", 0.5), ("1", 1.0), ("1.5", None), ("nan", None), ("x", None), ("", None)]
)
def test_scores_and_ids_that_are_none_are_left_out(value: str, score: float | None) -> None:
    props = f'<tu><prop type="x-polyalign-score">{value}</prop><prop type="x-polyalign-source">²</prop>'
    (unit,) = _read(_body(tu(("en", "a"), ("tr", "b")).replace("<tu>", props)))
    assert (unit.score, unit.source_ids) == (score, ())


@pytest.mark.parametrize(
    ("tus", "srclang", "expected"),
    [
        ([[("en", "a"), ("tr", "b")]], "en", [("a", "b")]),
        ([[("tr", "b"), ("en", "a")]], "en", [("a", "b")]),
        ([[("tr", "b"), ("en-GB", "a")]], "EN_US", [("a", "b")]),
        ([[("en", "a"), ("tr", "b")], [("tr", "c"), ("en", "d")]], "*all*", [("a", "b"), ("d", "c")]),
        (
            [[("en", "a"), ("tr", "b"), ("fr", "c")], [("fr", "d"), ("tr", "e"), ("en", "f")]],
            "en",
            [("a", "b"), ("f", "e")],
        ),
        ([[("tr", "b"), ("fr", "c")]], "en", [("b", "c")]),
        ([[("en", "a")], [("tr", "b")], [("en", ""), ("tr", "c")]], "en", [("a", ""), ("", "b"), ("", "c")]),
        ([[("en", "a"), ("tr", "b")], [("fr", "c")]], "en", [("a", "b")]),
        ([[("en", "a"), ("en", "b")]], "en", [("a", "b")]),
        ([[("en-US", "a"), ("en-GB", "b")]], "en-GB", [("b", "a")]),
        ([[]], "en", []),
    ],
)
def test_which_variant_is_on_which_side(
    tus: list[list[tuple[str, str]]], srclang: str, expected: list[tuple[str, str]]
) -> None:
    found = _read(_body(*(tu(*variants) for variants in tus), srclang=srclang))
    assert [("".join(u.source), "".join(u.target)) for u in found] == expected


def test_the_caller_may_ask_for_two_languages() -> None:
    data = _body(tu(("en", "a"), ("pt-BR", "b"), ("fr", "c")), tu(("en", "d")))
    (unit,) = _read(data, source="fr", target="pt")
    assert (unit.source, unit.target, unit.source_language, unit.target_language) == (
        ("c",),
        ("b",),
        "fr",
        "pt-BR",
    )


@pytest.mark.parametrize(
    ("seg", "text"),
    [
        ('a <bpt i="1">&lt;b></bpt>bold<ept i="1">&lt;/b></ept> b', "a bold b"),
        ("a <hi>high <hi>er</hi></hi>.", "a high er."),
        ("See <ph>[note: <sub>a <hi>foot</hi>note<ph>x</ph></sub>]</ph>.", "See a footnote."),
        ('one<ph type="lb"/>two<ph>&lt;br/></ph>three', "one two three"),
        ("<ut>{\\b</ut>x<it pos='begin'>y</it><!-- no --><?no?>z", "xz"),
        ("\n      wrapped\n      text\n    ", "wrapped\n      text"),
        ("  kept  ", "  kept  "),
        ("<![CDATA[a < b]]>", "a < b"),
    ],
)
def test_codes_go_and_their_translated_parts_stay(seg: str, text: str) -> None:
    assert _read(_body(tu(("en", seg), ("tr", "x"))))[0].source == (text,)


def test_notes_of_the_unit_and_its_variants() -> None:
    data = _body(
        '<tu><note>one</note><prop type="p">no</prop>'
        '<tuv xml:lang="en"><note>two</note><seg>a</seg></tuv></tu>'
    )
    assert _read(data)[0].comment == "one\ntwo"
    assert [unit.note for unit in _read(_written(harbour(), unaligned=True))].count(
        "boilerplate: caption"
    ) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-9", "windows-1254"])
def test_old_files_in_any_encoding(encoding: str) -> None:
    named = encoding.removesuffix("-sig")
    text = _body(tu(("EN-US", "a"), ("TR", "çığ"), attribute="lang"), encoding="utf-8").decode()
    text = text.replace("utf-8", named).replace("1.4", "1.1").replace("><", ">\r\n<")
    (unit,) = _read(text.encode(encoding))
    assert (unit.source, unit.target, unit.target_language) == (("a",), ("çığ",), "TR")
    assert unit.place == "line 5"


def test_a_namespace_and_a_document_type_do_no_harm() -> None:
    data = _body(tu(("en", "a"), ("tr", "b"))).replace(b"<tmx ", b'<tmx xmlns="http://www.lisa.org/tmx14" ')
    assert len(_read(data)) == 1
    doctype = b'<!DOCTYPE tmx SYSTEM "http://localhost:9/tmx14.dtd"><tmx '
    assert len(_read(_body(tu(("en", "a"), ("tr", "b"))).replace(b"<tmx ", doctype))) == 1


def test_a_document_type_beside_the_file_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmx14.dtd").write_text('<!ENTITY n "loaded"><!ATTLIST tuv xml:lang CDATA "fr">')
    monkeypatch.chdir(tmp_path)
    doctype = b'<!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx '
    data = _body("<tu><tuv><seg>a</seg></tuv><tuv><seg>%</seg></tuv></tu>").replace(b"<tmx ", doctype)
    assert _read(data)[0].source_language == ""
    with pytest.raises(InputError, match="&n; is not defined"):
        _read(data.replace(b"%", b"&n;"))


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_hostile_or_broken_is_refused_in_one_line(kind: str) -> None:
    content, message = HOSTILE[kind]
    with pytest.raises(InputError, match=message) as caught:
        _read(content.encode())
    assert str(caught.value).startswith("x.tmx")
    assert "\n" not in str(caught.value)


def test_a_raw_surrogate_is_refused_and_bidi_overrides_are_kept() -> None:
    with pytest.raises(UnreadableError, match="line 1"):
        _read(_body(tu(("en", "?"), ("tr", "b"))).replace(b"?</seg>", b"\xed\xa0\x80</seg>"))
    assert _read(_body(tu(("en", "\u202eabc\u202c"))))[0].source == ("\u202eabc\u202c",)


def test_units_before_the_fault_are_given() -> None:
    data = _written(harbour())
    stream = units(io.BytesIO(data[: len(data) // 2] + b" " * 100_000), name="x.tmx")
    assert next(stream).source_ids == (0,)
    with pytest.raises(UnreadableError):
        list(stream)


def test_a_file_without_units_is_refused_before_it_fills_the_memory() -> None:
    stream = Endless(b"<tmx><body>", b"<junk>no unit</junk>", b"</body></tmx>", 200_000_000)
    with pytest.raises(InputError, match="more than 50 MB without a unit"):
        list(units(stream, name="x.tmx"))


MEMORY = """
import resource, sys
sys.path.insert(0, ".")
from tests.helpers.units import Endless, tu
from polyalign.formats.bitexts.tmx import units as tmx_units
from polyalign.formats.bitexts.xliff import units as xliff_units
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
def many(read, head, piece, tail, size):
    return sum(1 for _ in read(Endless(head.encode(), piece.encode(), tail.encode(), size)))
text, other = "A sentence of a length, with a <ph>code</ph> in it. " * 20, "Bir cümle. " * 40
tmx = '<tmx><header srclang="en"/><body>', "<group/>" + tu(("en", text), ("tr", other)), "</body></tmx>"
unit = f"<group><trans-unit><source>{text}</source><target>{other}</target></trans-unit></group>"
xliff = '<xliff><file source-language="en"><body>', unit, "</body></file></xliff>"
jobs = [
    (lambda stream: tmx_units(stream, name="x"), *tmx, 50_000_000),
    (lambda stream: xliff_units(stream, name="x"), *xliff, 20_000_000),
]
for job in jobs:
    many(*job[:-1], 2_000_000)
before = peak()
print(*(many(*job) for job in jobs), peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory in kilobytes is Linux's")
def test_memory_does_not_grow_with_the_file(pytestconfig: pytest.Config) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True, cwd=pytestconfig.rootpath
    )
    tmx_count, xliff_count, megabytes = map(int, done.stdout.split())
    assert tmx_count > 25_000
    assert xliff_count > 10_000
    assert megabytes < 20


@given(st.data())
def test_mutated_files_give_units_or_one_line_of_error(data: st.DataObject) -> None:
    mutated = bytearray(_written(harbour(), unaligned=True))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(mutated)))
        stop = start + data.draw(st.integers(0, 30))
        mutated[start:stop] = data.draw(st.binary(max_size=6) | st.sampled_from([b"<tu>", b"&a;", b"</seg>"]))
    try:
        found, message = _read(bytes(mutated)), ""
    except PolyalignError as error:
        found, message = [], str(error)
    assert "\n" not in message
    assert all(unit.source or unit.target for unit in found)
    assert all(not u.source_ids or len(u.source_ids) == len(u.source) for u in found)


@pytest.mark.parametrize(
    ("tus", "asked", "expected", "others"),
    [
        ([[("en", "a"), ("tr", "b"), ("tr", "c")]], ("", ""), ["a-b", "a-c"], []),
        ([[("en", "a"), ("en", "d"), ("tr", "b")]], ("", ""), ["a-b", "d-b"], []),
        ([[("en", "a"), ("en", "d"), ("tr", "b"), ("tr", "c")]], ("", ""), ["a-b", "d-c"], []),
        ([[("en", "a"), ("tr", "b"), ("fr", "c"), ("fr", "d")]], ("tr", "fr"), ["b-c", "b-d"], ["en"]),
        ([[("en-US", "a"), ("en-GB", "b"), ("fr", "c")]], ("", ""), ["b-c", "a-c"][1:], ["en-GB"]),
        ([[("en-US", "a"), ("en-GB", "b"), ("fr", "c")]], ("en", "fr"), ["a-c", "b-c"], []),
        ([[("en-US", "a"), ("en-GB", "b"), ("fr", "c")]], ("en-US", "en-GB"), ["a-b"], ["fr"]),
        ([[("pt", "a"), ("pt-BR", "b")]], ("pt", "pt-BR"), ["a-b"], []),
        ([[("en", "a"), ("tr", "b")], [("fr", "c")]], ("", ""), ["a-b"], ["fr"]),
        ([[("tr", "b")], [("de", "c"), ("tr", "d")]], ("", "tr"), ["-b", "c-d"], []),
        ([[("en", "a"), ("tr", "b")]], ("", "en"), ["b-a"], []),
        ([[("en", "a"), ("tr", "b")]], ("tr", ""), ["b-a"], []),
    ],
)
def test_the_languages_of_units(
    tus: list[list[tuple[str, str]]], asked: tuple[str, str], expected: list[str], others: list[str]
) -> None:
    data = _body(*(tu(*variants) for variants in tus), srclang="en-US")
    met: dict[str, None] = {}
    found = list(units(io.BytesIO(data), name="x", source=asked[0], target=asked[1], others=met))
    assert [f"{''.join(u.source)}-{''.join(u.target)}" for u in found] == expected
    assert list(met) == others


def test_many_variants_of_a_unit_stay_as_many_rows() -> None:
    many = [("en", str(i)) for i in range(300)] + [("tr", str(i)) for i in range(300)]
    assert len(_read(_body(tu(*many)))) == 300


def test_a_file_of_ours_is_read_in_the_other_order() -> None:
    found = _read(_written(harbour(), unaligned=True), source="en", target="ar")
    straight = _read(_written(harbour(), unaligned=True))
    assert [(u.source, u.target, u.source_ids, u.target_ids, u.source_language) for u in found] == [
        (u.target, u.source, u.target_ids, u.source_ids, "en") for u in straight
    ]


def test_an_undetermined_language_is_a_warning() -> None:
    bitext = Bitext(side("", ["a"]), side("tr", ["b"]), (Bead((0,), (0,), 1.0),))
    (fault,) = faults(io.BytesIO(_written(bitext)))
    assert (fault.warning, fault.rule) == (True, "undetermined")
