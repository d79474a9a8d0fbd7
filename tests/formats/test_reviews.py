"""The review of a row in every format that carries it: state, comment and flags, out and in again."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.errors import InputError
from polyalign.formats import FORMATS, dump, read_bitext, write
from polyalign.formats.bitexts import structured, tabular
from polyalign.formats.bitexts.parquet import parquet
from polyalign.formats.bitexts.parquet import units as parquet_units
from polyalign.formats.bitexts.reviews import cell_of, flags_in, review_of, state_of
from polyalign.formats.bitexts.tabular import carried
from polyalign.formats.bitexts.tmx import tmx
from polyalign.formats.bitexts.tmx import units as tmx_units
from polyalign.formats.bitexts.xliff import units as xliff_units
from polyalign.formats.bitexts.xliff import xliff, xliff1
from polyalign.formats.bitexts.xlsx import units as xlsx_units
from polyalign.formats.bitexts.xlsx import xlsx
from polyalign.formats.bitexts.xml import clean
from polyalign.formats.common import Options, Unit
from polyalign.formats.validation import faults
from polyalign.parts import UNREVIEWED, Bead, Review, Row, State
from tests.helpers.samples import bitexts, harbour, reviewed_harbour, side

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "=1+1",
    "@SUM(A1)",
    "tab\there",
    "two\nlines\r\nand\n\nmore",
    "NUL\x00 and bell\x07",
    "lone \ud800 surrogate",
    "\u200fتعليق \u202eabc\u202c\u2066",
    "]]> --> <!-- &amp; ]]&gt;",
    "boilerplate: caption",
    "boilerplate: caption, credit",
    "overlap",
    "caption",
    " | a || b | ",
    "state: final",
    "<r>rich</r>",
    "_x000D_",
    '"quoted""',
    "\u2028\x85 \ufffe",
    "  around  ",
)
SAID = st.sampled_from(HOSTILE) | st.text(max_size=20)
REVIEWS = st.builds(
    Review,
    st.sampled_from(get_args(State)),
    st.just("") | SAID,
    st.lists(SAID, max_size=3).map(tuple),
)


@st.composite
def reviewed(draw: st.DrawFn) -> Bitext:
    """Any bitext, its rows reviewed in any way, some of them captions."""
    base = draw(bitexts())
    beads = tuple(replace(bead, review=draw(st.just(UNREVIEWED) | REVIEWS)) for bead in base.beads)
    sides = []
    for name in ("source", "target"):
        alone = {s.id for s in base.unaligned(name)}
        segments = [
            replace(
                s,
                review=draw(st.just(UNREVIEWED) | REVIEWS),
                boilerplate=draw(st.sampled_from(("", "caption"))),
            )
            if s.id in alone
            else s
            for s in getattr(base, name).segments
        ]
        sides.append(replace(getattr(base, name), segments=tuple(segments)))
    return replace(base, source=sides[0], target=sides[1], beads=beads)


def in_lines(text: str) -> str:
    return "\n".join(without_controls(line) for line in text.splitlines()).strip()


def in_one_line(text: str) -> str:
    return without_controls(carried(in_lines(text))).strip()


def in_a_cell(text: str) -> str:
    return carried(in_lines(text)).replace("\ufffe", "").replace("\uffff", "").strip()


def in_xml(text: str) -> str:
    return clean(in_lines(text)).strip()


def as_it_is(text: str) -> str:
    return text


class Carrier:
    """A format that carries reviews: how it is written and read, and what becomes of a comment in it."""

    def __init__(
        self,
        writer: Callable[[Bitext, Options], Iterator[str] | Iterator[bytes]],
        reader: Callable[..., Iterator[Unit]],
        comment: Callable[[str], str],
        flag: Callable[[str], str],
    ) -> None:
        self.writer, self.reader, self.comment, self.flag = writer, reader, comment, flag

    def written(self, bitext: Bitext) -> bytes:
        pieces = self.writer(bitext, Options())
        return b"".join(p if isinstance(p, bytes) else p.encode("utf-8", "backslashreplace") for p in pieces)

    def read(self, data: bytes) -> list[Unit]:
        return list(self.reader(io.BytesIO(data), name="x"))

    def expected(self, row: Row) -> Review:
        flags = tuple(map(self.flag, row.review.flags))
        kept = flags if self.flag in (as_it_is, carried) else tuple(filter(None, flags))
        return Review(row.review.state, self.comment(row.review.comment), kept)


def one(kind: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: kind(without_controls(text).strip())


CARRIERS = {
    "jsonl": Carrier(structured.json_lines, structured.units, as_it_is, as_it_is),
    "parquet": Carrier(parquet, parquet_units, carried, carried),
    "tsv": Carrier(tabular.tsv, tabular.units, in_one_line, one(carried)),
    "xlsx": Carrier(xlsx, xlsx_units, in_a_cell, one(in_a_cell)),
    "tmx": Carrier(tmx, tmx_units, in_xml, one(in_xml)),
    "xliff": Carrier(xliff, xliff_units, in_xml, one(in_xml)),
    "xliff1": Carrier(xliff1, xliff_units, in_xml, one(in_xml)),
}
EACH = pytest.mark.parametrize("name", CARRIERS)


def key(source: tuple[int, ...], target: tuple[int, ...]) -> str:
    return f"{source} {target}"


@EACH
@settings(deadline=None, max_examples=60)
@given(reviewed())
def test_a_review_comes_back(name: str, bitext: Bitext) -> None:
    carrier = CARRIERS[name]
    rows = {
        key(tuple(s.id for s in row.source), tuple(s.id for s in row.target)): row for row in bitext.rows()
    }
    units = carrier.read(carrier.written(bitext)) if rows else []
    assert name not in ("jsonl", "tsv", "xlsx", "parquet") or len(units) == len(rows)
    for unit in units:
        row = rows[key(unit.source_ids, unit.target_ids)]
        assert review_of(unit) == carrier.expected(row)
        marked = any(s.boilerplate for s in row.source + row.target)
        assert name == "tsv" or ("caption" in unit.note) == marked


@pytest.mark.parametrize("name", ["tmx", "xliff", "xliff1"])
@settings(deadline=None, max_examples=60)
@given(reviewed())
def test_a_file_with_reviews_is_valid(name: str, bitext: Bitext) -> None:
    assert [fault for fault in faults(io.BytesIO(CARRIERS[name].written(bitext))) if not fault.warning] == []


@pytest.mark.parametrize("holder", [("beads", 0), ("source", "segments", 1)])
@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("state", "done", "state"),
        ("state", None, "state"),
        ("comment", 7, "type"),
        ("flags", "numbers", "type"),
        ("flags", [1], "type"),
    ],
)
def test_a_damaged_review_in_json_is_refused_and_found(
    holder: tuple[str | int, ...], key: str, value: object, rule: str
) -> None:
    data: Any = reviewed_harbour().to_dict()
    row = data
    for step in holder:
        row = row[step]
    row[key] = value
    text = json.dumps(data)
    assert [fault.rule for fault in faults(io.BytesIO(text.encode()))] == [rule]
    with pytest.raises(InputError, match=f"not a bitext: {key} must be"):
        Bitext.from_json(text)


@settings(deadline=None)
@given(reviewed())
def test_json_keeps_every_character(bitext: Bitext) -> None:
    assert Bitext.from_json(bitext.to_json()) == bitext


@EACH
def test_a_whole_file_comes_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{next(iter(FORMATS[name].suffixes), '.xlf')}"
    write(reviewed_harbour(), path, format=name, unaligned=True)
    found = read_bitext(path)
    rows = [(row.review.state, row.review.flags) for row in reviewed_harbour().rows()]
    assert [(row.review.state, row.review.flags) for row in found.rows()] == rows
    assert name == "tsv" or [s.boilerplate for s in found.source.segments] == ["", "caption", "", ""]
    comments = [row.review.comment.replace("\n", " ") for row in reviewed_harbour().rows()]
    assert [row.review.comment.replace("\n", " ") for row in found.rows()] == comments


def test_flags_in_a_cell() -> None:
    assert cell_of(("numbers: 4", "a | b", "c|")) == "numbers: 4 | a || b | c||"
    assert flags_in("numbers: 4 | a || b | c||") == ("numbers: 4", "a | b", "c|")
    assert flags_in("") == flags_in(" | ") == ()


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("", "auto"),
        ("Translated", "auto"),
        ("FINAL", "confirmed"),
        ("signed-off", "confirmed"),
        (" needs review ", "needs-review"),
        ("needs_review", "needs-review"),
        ("needs-review-translation", "needs-review"),
        ("rejected", "rejected"),
        ("new", "needs-review"),
        ("needs-translation", "needs-review"),
        ("Unspecified", "auto"),
        ("Draft", "needs-review"),
        ("RejectedTranslation", "rejected"),
        ("ApprovedTranslation", "confirmed"),
        ("RejectedSignOff", "rejected"),
        ("ApprovedSignOff", "confirmed"),
        ("NotStarted", "needs-review"),
        ("Ohio", None),
    ],
)
def test_states_in_other_words(word: str, state: State | None) -> None:
    assert state_of(word) == state


def test_an_unknown_state_stands_in_the_comment() -> None:
    unit = Unit(("a",), ("b",), state=" half done ", comment="mine")
    assert review_of(unit) == Review("auto", "mine\nstate: half done")
    assert review_of(Unit(("a",), ("b",), state="x-y")) == Review("auto", "state: x-y")


@pytest.mark.parametrize("name", ["tsv", "xlsx", "jsonl", "tmx", "xliff", "xliff1"])
def test_without_reviews_a_file_says_nothing_of_them(name: str) -> None:
    data = CARRIERS[name].written(harbour())
    reviews = dict.fromkeys((0, 1, 2), Review())
    again = replace(
        harbour(), beads=tuple(replace(b, review=reviews[i]) for i, b in enumerate(harbour().beads))
    )
    assert CARRIERS[name].written(again) == data
    assert all(review_of(unit) == UNREVIEWED for unit in CARRIERS[name].read(data))
    assert not any(word in data for word in (b"comment", b"flag", b"x-status", b"subState", b"approved"))


def test_columns_of_a_table() -> None:
    lines = CARRIERS["tsv"].written(reviewed_harbour()).decode().splitlines()
    cells = [line.split("\t")[7:] for line in lines]
    assert cells[0] == ["state", "comment", "flags", "origin"]
    assert cells[1] == ["confirmed", "", "", "machine"]
    assert cells[2] == ["auto", "", "", ""]
    assert cells[3] == ["rejected", "a caption of the photo", "", ""]
    assert cells[4] == [
        "needs-review",
        "هل الرقم صحيح؟ the source says 14",
        "numbers: 14 is only in the source | names: Blue Line",
        "machine",
    ]


@pytest.mark.parametrize(
    ("text", "review"),
    [
        ("source\ttarget\tcomment\na\tb\tmine\n", Review("auto", "mine")),
        ("source,target,Notes,status\na,b,mine,Approved\n", Review("confirmed", "mine")),
        ("source,target,state\na,b,Ohio\n", UNREVIEWED),
        ("en;ar;Translator's comment;State\na;b;mine;rejected\n", Review("rejected", "mine")),
        ("source_ids\ttarget_ids\tsource\ttarget\tnote\n0\t0\ta\tb\tmine\n", Review("auto", "mine")),
        ("source_ids\ttarget_ids\tsource\ttarget\tnote\n0\t0\ta\tb\tcaption\n", Review("auto", "caption")),
        ("source_ids\ttarget_ids\tsource\ttarget\tnote\n0\t\ta\t\tcaption\n", UNREVIEWED),
        ("source_ids\ttarget_ids\tsource\ttarget\tnote\n0\t0\ta\tb\toverlap\n", UNREVIEWED),
        (
            "source_ids\ttarget_ids\tsource\ttarget\tstate\tcomments\n0\t0\ta\tb\tmaybe\tmine\n",
            Review("auto", "mine\nstate: maybe"),
        ),
    ],
)
def test_tables_that_people_wrote_on(text: str, review: Review) -> None:
    (unit,) = tabular.units(io.BytesIO(text.encode()), name="x")
    assert review_of(unit) == review


@pytest.mark.parametrize(
    ("attributes", "state"),
    [
        ('state="final"', "confirmed"),
        ('state="reviewed"', "confirmed"),
        ('state="translated"', "auto"),
        ('state="initial"', "needs-review"),
        ("", "auto"),
        ('state="translated" subState="polyalign:needs-review"', "needs-review"),
        ('state="initial" subState="polyalign:rejected"', "rejected"),
        ('state="final" subState="polyalign:needs-review"', "confirmed"),
        ('state="translated" subState="other:thing"', "auto"),
        ('state="translated" subState="polyalign:what"', "auto"),
    ],
)
def test_states_of_xliff_2(attributes: str, state: State) -> None:
    data = f"""<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="tr">
      <file id="f"><unit id="u"><segment {attributes}><source>a</source><target>b</target></segment></unit>
      </file></xliff>"""
    (unit,) = xliff_units(io.BytesIO(data.encode()), name="x")
    assert review_of(unit).state == state


@pytest.mark.parametrize(
    ("attributes", "approved", "state"),
    [
        ("", "", "auto"),
        ('state="final"', "", "confirmed"),
        ('state="signed-off"', "", "confirmed"),
        ("", 'approved="yes"', "confirmed"),
        ('state="needs-review-l10n"', 'approved="yes"', "confirmed"),
        ('state="new" state-qualifier="rejected-grammar"', 'approved="yes"', "confirmed"),
        ('state="final"', 'approved="no"', "confirmed"),
        ("", 'approved="no"', "auto"),
        ('state="new"', "", "needs-review"),
        ('state="needs-translation"', "", "needs-review"),
        ('state="needs-adaptation"', "", "needs-review"),
        ("", 'mq:status="ManuallyConfirmed"', "confirmed"),
        ("", 'mq:status="Edited"', "needs-review"),
        ("", 'mq:status="PreTranslated"', "auto"),
        ("", 'mq:status="Rejected"', "rejected"),
        ("", 'm:confirmed="1"', "confirmed"),
        ("", 'm:confirmed="0"', "auto"),
        ('state="needs-translation" state-qualifier="rejected-grammar"', "", "rejected"),
    ],
)
def test_states_of_xliff_1(attributes: str, approved: str, state: State) -> None:
    spaces = 'xmlns:mq="MQXliff" xmlns:m="http://www.memsource.com/mxlf/2.0"'
    data = f"""<xliff version="1.2" {spaces}><file source-language="en" target-language="tr"><body>
      <trans-unit id="u" {approved}><source>a</source><target {attributes}>b</target></trans-unit>
      </body></file></xliff>"""
    (unit,) = xliff_units(io.BytesIO(data.encode()), name="x")
    assert review_of(unit).state == state


@pytest.mark.parametrize(
    ("unit", "variant", "state"),
    [
        ("ApprovedTranslation", "", "confirmed"),
        ("Draft", "", "needs-review"),
        ("", "RejectedSignOff", "rejected"),
        ("Translated", "Draft", "auto"),
        ("Unspecified", "", "auto"),
    ],
)
def test_levels_of_trados_in_tmx(unit: str, variant: str, state: State) -> None:
    def prop(level: str) -> str:
        return f'<prop type="x-ConfirmationLevel">{level}</prop>' if level else ""

    data = f"""<tmx version="1.4"><header srclang="en"/><body><tu>{prop(unit)}
      <tuv xml:lang="en"><prop type="x-ConfirmationLevel">Draft</prop><seg>a</seg></tuv>
      <tuv xml:lang="tr">{prop(variant)}<seg>b</seg></tuv></tu></body></tmx>"""
    (found,) = tmx_units(io.BytesIO(data.encode()), name="x")
    assert review_of(found).state == state
    ours = data.replace("<tu>", '<tu><prop type="x-status">confirmed</prop>')
    (found,) = tmx_units(io.BytesIO(ours.encode()), name="x")
    assert review_of(found).state == "confirmed"


def test_levels_of_trados_in_xliff_are_those_of_segments() -> None:
    marks = "".join(f'<mrk mtype="seg" mid="{i}">{i}</mrk> ' for i in (1, 2, 3, 4))
    levels = "".join(
        f'<sdl:seg id="{i}" conf="{level}"/>'
        for i, level in ((1, "ApprovedTranslation"), (2, "Draft"), (3, "RejectedTranslation"))
    )
    data = f"""<xliff xmlns:sdl="http://sdl.com/FileTypes/SdlXliff/1.0" version="1.2">
      <file source-language="en" target-language="tr"><body><trans-unit id="u">
      <source>1 2 3 4</source><seg-source>{marks}</seg-source><target>{marks}</target>
      <sdl:seg-defs>{levels}</sdl:seg-defs></trans-unit></body></file></xliff>"""
    found = xliff_units(io.BytesIO(data.encode()), name="x")
    assert [review_of(unit).state for unit in found] == ["confirmed", "needs-review", "rejected", "auto"]


@pytest.mark.parametrize("suffix", ["xlf", "tmx", "xliff1"])
@pytest.mark.parametrize("target", ['<target state="new">b</target>', '<target state="needs-l10n"/>', ""])
def test_what_needs_work_comes_back_so(tmp_path: Path, suffix: str, target: str) -> None:
    data = f"""<xliff version="1.2"><file source-language="en" target-language="tr"><body>
      <trans-unit id="u"><source>a</source>{target}</trans-unit></body></file></xliff>"""
    (tmp_path / "a.xlf").write_text(data, encoding="utf-8")
    read = read_bitext(tmp_path / "a.xlf")
    form, name = ("xliff1", "b.xlf") if suffix == "xliff1" else (None, f"b.{suffix}")
    write(read, tmp_path / name, format=form, unaligned=True)
    for bitext in (read, read_bitext(tmp_path / name)):
        assert [row.review.state for row in bitext.rows()] == ["needs-review" if target else "auto"]


def test_what_other_tools_see_in_tmx() -> None:
    storage = pytest.importorskip("translate.storage.tmx", reason="translate-toolkit is not installed")
    found = storage.tmxfile.parsestring(CARRIERS["tmx"].written(reviewed_harbour())).units
    assert found[2].getnotes() == "boilerplate: caption\na caption of the photo"
    assert found[3].getnotes() == "هل الرقم صحيح؟\nthe source says 14"
    said = {prop.get("type"): prop.text for prop in found[3].xmlelement.iter("prop")}
    assert said["x-status"] == "needs-review"
    assert said["x-polyalign-flag"] == "names: Blue Line"


def test_what_other_tools_see_in_xliff_1() -> None:
    storage = pytest.importorskip("translate.storage.xliff", reason="translate-toolkit is not installed")
    found = storage.xlifffile.parsestring(CARRIERS["xliff1"].written(reviewed_harbour())).units
    assert [unit.isapproved() for unit in found] == [True, False, False, False, False]
    targets = [unit.xmlelement.find("{*}target") for unit in found]
    assert [None if target is None else target.get("state") for target in targets] == [
        "final",
        "translated",
        None,
        "needs-review-translation",
        "needs-translation",
    ]
    assert targets[4].get("state-qualifier") == "rejected-inaccurate"
    assert "هل الرقم صحيح؟\nthe source says 14" in found[3].getnotes()
    assert found[3].isreview()


def test_what_other_tools_see_in_xliff_2() -> None:
    root = etree.fromstring(CARRIERS["xliff"].written(reviewed_harbour()))
    found = [(e.get("state"), e.get("subState")) for e in root.iter("{*}segment")]
    assert found[0] == ("final", None)
    assert found[3] == ("translated", "polyalign:needs-review")
    assert found[4] == ("initial", "polyalign:rejected")
    notes = [(n.get("category"), n.text) for n in list(root.iter("{*}unit"))[3].iter("{*}note")]
    assert notes == [
        (None, "هل الرقم صحيح؟\nthe source says 14"),
        ("x-polyalign-flag", "numbers: 14 is only in the source"),
        ("x-polyalign-flag", "names: Blue Line"),
    ]


def test_a_note_of_another_tool_is_a_comment(tmp_path: Path) -> None:
    write(harbour(), tmp_path / "a.tmx", unaligned=True)
    text = (tmp_path / "a.tmx").read_text(encoding="utf-8")
    text = text.replace(
        "  <note>boilerplate: caption</note>\n", "  <note>boilerplate: caption</note>\n<note>x</note>"
    )
    (tmp_path / "a.tmx").write_text(text, encoding="utf-8")
    segment = read_bitext(tmp_path / "a.tmx").source.segments[1]
    assert (segment.boilerplate, segment.review) == ("caption", Review("auto", "x"))


@pytest.mark.parametrize("comment", HOSTILE)
def test_the_page_shows_reviews_as_text(comment: str) -> None:
    review = Review("confirmed", comment, (comment,))
    bitext = Bitext(side("en", ["a"]), side("ar", ["b"]), (Bead((0,), (0,), 0.5, review=review),))
    page = io.BytesIO()
    dump(bitext, page, format="html")
    root = etree.HTML(page.getvalue().decode())
    (said,) = root.iterfind(".//tr[@class='said']")
    shown = [" ".join("".join(e.itertext()).split()) for e in said.iter("p", "li")]
    expected = [
        " ".join(clean(in_lines(comment)).split()),
        " ".join(clean(without_controls(comment)).split()),
    ]
    if "\ud800" not in comment and "\ufffe" not in comment:
        assert shown[-1] == expected[1]
        assert len(shown) == 2
    assert not list(root.iter("img", "script"))
    assert "✓ confirmed" in "".join(root.itertext())


def test_the_table_marks_reviews_and_says_why() -> None:
    stream = io.BytesIO()
    dump(reviewed_harbour(), stream, format="table", width=80)
    lines = stream.getvalue().decode().splitlines()
    assert any(line.startswith("0.97✓ 1-1") for line in lines)
    assert any(line.startswith("0.91?!1-2") for line in lines)
    assert any(line.startswith("0.42✗ 1-1") for line in lines)
    assert any(line.startswith("    ✗ ") for line in lines)
    assert any("! \u2068numbers: 14 is only in the source\u2069" in line for line in lines)
    assert any("» \u2068the source says 14\u2069" in line for line in lines)
    assert lines[-1] == "✓ confirmed  ✗ rejected  ? needs-review  ! to check"
    assert all(len(line.replace("\u2068", "").replace("\u2069", "")) < 90 for line in lines)


def test_rows_that_are_not_written_need_no_columns() -> None:
    segments = tuple(replace(s, review=Review("rejected")) for s in side("en", ["a"]).segments)
    bitext = Bitext(replace(side("en", []), segments=segments), side("ar", []), ())
    assert "".join(tabular.tsv(bitext, Options(unaligned=False))).split("\t")[-1] == "cuts\n"
    assert "".join(tabular.tsv(bitext, Options())).splitlines()[0].endswith("\torigin")
