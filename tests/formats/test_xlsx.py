"""Spreadsheets: an independent reader finds what was written, and it comes back; text stays text."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import replace
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from polyalign.bitext import Bitext
from polyalign.errors import InputError, OutputError, PolyalignError, UnreadableError
from polyalign.formats.bitexts.numberformats import shown
from polyalign.formats.bitexts.xlsx import heading, units, xlsx
from polyalign.formats.common import Heading, Options, Unit
from polyalign.parts import Bead
from tests.helpers.samples import bitexts, harbour, side
from tests.helpers.tables import rows, told


def written(bitext: Bitext, *, unaligned: bool = True) -> bytes:
    return b"".join(xlsx(bitext, Options(unaligned)))


def read(data: bytes) -> list[Unit]:
    return list(units(io.BytesIO(data), name="a.xlsx"))


def changed(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    """The archive with a change in one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as book, zipfile.ZipFile(out, "w") as copy:
        for info in book.infolist():
            content = book.read(info)
            copy.writestr(info.filename, content.replace(old, new) if info.filename == member else content)
    return out.getvalue()


def made(*table: list[object]) -> bytes:
    """A workbook as another program makes it."""
    book, out = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in table:
        sheet.append(row)
    book.save(out)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
HARBOUR = written(harbour())


@settings(deadline=None, max_examples=40)
@given(bitexts())
def test_segments_ids_scores_and_languages_come_back_exactly(bitext: Bitext) -> None:
    found = read(written(bitext)) if list(bitext.rows()) else []
    clean = [
        (*ids, *(tuple(re.sub("[\ufffe\uffff]", "", text) for text in texts) for texts in (source, target)))
        for *ids, source, target in rows(bitext)
    ]
    assert [tuple(map(tuple, row)) for row in told(found)] == clean
    assert [u.score for u in found] == [row.bead and pytest.approx(row.bead.score) for row in bitext.rows()]
    languages = (bitext.source.language, bitext.target.language)
    assert {(u.source_language, u.target_language) for u in found} <= {languages}


def test_an_independent_reader_finds_the_same() -> None:
    book = openpyxl.load_workbook(io.BytesIO(HARBOUR))
    table = [[cell.value for cell in row] for row in book["bitext"].iter_rows()]
    heads = [
        "Score",
        "Kind",
        "Source ids",
        "Target ids",
        "Source (Arabic)",
        "Target (English)",
        "Note",
        "Cuts",
    ]
    assert table[0] == heads
    assert [row[0] for row in table[1:]] == [0.97, None, None, 0.913, 0.42]
    assert [row[3] for row in table[1:]] == ["3", "4", None, "1 2", "0"]
    assert [row[6] for row in table[1:]] == [None, None, "caption", None, "overlap"]
    facts = {row[0].value: row[1].value for row in book["about"].iter_rows() if len(row) > 1}
    assert (facts["source language"], facts["target file"]) == ("ar", "news/en.txt")
    assert (facts["mode"], facts["signature"]) == ("comparable", "polyalign 0.1.0 | test")


def test_the_sheet_is_made_for_reading() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(HARBOUR))["bitext"]
    arabic, english = sheet["E2"].alignment, sheet["F2"].alignment
    assert (arabic.readingOrder, arabic.horizontal, arabic.wrap_text) == (2, "right", True)
    assert (english.readingOrder, english.horizontal, english.vertical) == (1, "left", "top")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:H6")
    assert sheet.column_dimensions["H"].hidden
    assert sheet.column_dimensions["E"].width > 60
    assert arabic.indent == english.indent == 1, "a gap where right-aligned text meets left-aligned"
    (scale,) = [rule.colorScale for spot in sheet.conditional_formatting for rule in spot.rules]
    light, dark = (sum(int(c.rgb[i : i + 2], 16) for i in (2, 4, 6)) for c in scale.color)
    assert light > dark + 200


def test_rows_are_as_high_as_their_texts() -> None:
    """In LibreOffice, which leaves them as the file says: at 11 points a line takes about 15."""
    long = "قال الوزير إن السفن عبرت المضيق. " * 20
    sides = side("ar", ["قصير", long]), side("en", ["short", "word " * 100, "x" * 100_0])
    sheet = openpyxl.load_workbook(io.BytesIO(written(Bitext(*sides, (Bead((1,), (1,), 1),)))))["bitext"]
    heights = {
        str(row[4].value or row[5].value)[:4]: sheet.row_dimensions[row[0].row].height for row in sheet
    }
    assert heights["قصير"] is heights["shor"] is None
    assert heights[long[:4]] >= 15 * len(long) / 70
    assert heights["xxxx"] >= 15 * 1000 / 70
    assert max(filter(None, heights.values())) <= 409, "more is refused"


def test_a_project_s_sheet_says_how_to_use_it() -> None:
    stamp = replace(harbour(), signature="x | review:1.7.0123456789ab")
    book = openpyxl.load_workbook(io.BytesIO(written(stamp)))
    sheet = book["bitext"]
    assert "polyalign update PROJECT FILE" in sheet["A1"].value
    assert [cell.value for cell in sheet[2]][6:9] == ["State", "Comment", "Flags"]
    (choice,) = sheet.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("G3:G7", '"auto,confirmed,rejected,needs-review"')
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A3", "A2:L7")
    assert told(read(written(stamp))) == told(read(HARBOUR))


def test_formula_looking_text_and_mark_up_stay_text() -> None:
    texts = ["=1+1", "+a", "-b", "@c", "<r>a & b</r>", "_x0041_", "_x005F_x0041_", " a ", "'=x", "http://a.b"]
    bitext = Bitext(side("en", texts), side("en", ["=HYPERLINK(1)"]), (Bead((0,), (0,), 0.5),))
    data = written(bitext)
    assert told(read(data)) == rows(bitext)
    book = openpyxl.load_workbook(io.BytesIO(data))
    kinds = {cell.data_type for row in book["bitext"].iter_rows(min_col=2) for cell in row if cell.value}
    assert kinds == {"s"}
    assert not re.search(b"<f[ >]|hyperlink", zipfile.ZipFile(io.BytesIO(data)).read(SHEET))


def test_what_no_cell_or_sheet_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="row 2 has a text of 32,768 characters, and a cell holds 32,767"):
        written(Bitext(side("en", ["😀" * 16_384]), side("en", []), ()))
    written(Bitext(side("en", ["😀" * 16_383 + "a"]), side("en", []), ()))
    monkeypatch.setattr(sys.modules["polyalign.formats.bitexts.xlsx"], "MAX_ROWS", 3)
    with pytest.raises(OutputError, match="a sheet holds 3 rows, and this bitext has more: write tsv"):
        written(harbour())


def test_the_same_bytes_whenever_it_is_written() -> None:
    assert written(harbour()) == HARBOUR
    assert b"1980-01-01T00:00:00Z" in zipfile.ZipFile(io.BytesIO(HARBOUR)).read("docProps/core.xml")


def test_unaligned_rows_can_be_left_out() -> None:
    assert all(unit.source and unit.target for unit in read(written(harbour(), unaligned=False)))


def test_a_sorted_and_edited_sheet_is_read() -> None:
    book, out = openpyxl.load_workbook(io.BytesIO(HARBOUR)), io.BytesIO()
    sheet = book["bitext"]
    sheet.move_range("A2:H2", rows=8)
    sheet["A10"] = 1
    book.save(out)
    found = read(out.getvalue())
    assert [unit.place for unit in found] == ["row 3", "row 4", "row 5", "row 6", "row 10"]
    assert (found[-1].score, found[-1].source_ids, found[2].target_ids) == (1.0, (0,), (1, 2))


def test_sheets_of_others() -> None:
    table: list[list[object]] = [["Nr", "Arabic", "English", "Score"], [1, "مرحبا", "hello", 0.5]]
    table += [[2, None, "x\ny", None], [3, True, 4.0, 1]]
    found = read(made(*table))
    assert [(u.source, u.target, u.score) for u in found] == [
        (("مرحبا",), ("hello",), 0.5),
        ((), ("x\ny",), None),
        (("TRUE",), ("4",), 1.0),
    ]
    assert (found[0].source_language, found[0].target_language, found[0].place) == ("ar", "en", "row 2")
    assert len(read(made(["a b", "c d"], ["e", "f"]))) == 2


SHOWN = {
    ("0.125", "0.0%"): "12.5%",
    ("2.5", "0"): "3",
    ("0.30000000000000004", "General"): "0.3",
    ("1234567.5", "#,##0.00"): "1,234,567.50",
    ("-1234.5", "#,##0.0_);[Red]\\(#,##0.0\\)"): "(1,234.5)",
    ("-1234.5", "#,##0"): "-1,235",
    ("-0.001", "0.00"): "0.00",
    ("0", '_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-'): "-",
    ("19.9", "[$€-407] 0.00"): "€ 19.90",
    ("7", "00000"): "00007",
    ("1.5", "0.0##"): "1.5",
    ("0.5", "#.##"): ".5",
    ("12345", "0.00E+00"): "1.23E+04",
    ("5", '0 "kg"'): "5 kg",
    ("45550", "d/m/yyyy"): "2024-09-15",
    ("45550", "[$-41F]dddd, d mmmm yyyy;@"): "2024-09-15",
    ("45550", 'yyyy"年"m"月"d"日"'): "2024-09-15",
    ("45550", "mmm-yy"): "2024-09",
    ("45550.604166666664", "dd.mm.yyyy hh:mm"): "2024-09-15 14:30",
    ("0.604166666666666", "h:mm AM/PM"): "14:30",
    ("1.5", "[h]:mm:ss"): "36:00:00",
    ("0.0104166666666667", "mm:ss"): "15:00",
    ("1", "yyyy-mm-dd"): "1900-01-01",
    ("59", "yyyy-mm-dd"): "1900-02-28",
    ("61", "yyyy-mm-dd"): "1900-03-01",
    ("60", "yyyy-mm-dd"): None,  # 29 February 1900 for a sheet
    ("-1", "yyyy-mm-dd"): None,
    ("1e9", "yyyy-mm-dd"): None,
    ("0.5", "# ?/?"): None,
    ("1500000", '0.0,,"M"'): None,
    ("5", "[>3]0;0.0"): None,
    ("45550", "mmmm"): None,
    ("45550", "ggge"): None,
    ("nan", "0.0"): None,
    ("x", "0.0"): None,
}


@pytest.mark.parametrize(("value", "code"), SHOWN)
def test_numbers_as_a_sheet_shows_them(value: str, code: str) -> None:
    assert shown(value, code) == SHOWN[value, code]


@settings(deadline=None, max_examples=30)
@given(
    st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    st.booleans(),
)
def test_dates_of_another_program_are_read_as_iso_writes_them(moment: datetime, old: bool) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    if old and moment.year > 1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.append(["English", "Turkish"])
    sheet.append([moment, moment.date()])
    sheet.append([moment.time(), "x"])
    sheet.append(["A sentence.", "Bir cümle."])
    book.save(out)
    assert [(unit.source, unit.target) for unit in read(out.getvalue())] == [
        ((moment.isoformat(" "),), (moment.date().isoformat(),)),
        ((moment.time().isoformat(),), ("x",)),
        (("A sentence.",), ("Bir cümle.",)),
    ]


def test_formats_of_numbers_touch_no_score_and_are_no_text() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for k in range(3):
        sheet.append([datetime(2024, 9, 15 + k), f"Cümle {k}.", f"Sentence {k}.", 0.98765])
        sheet.cell(k + 1, 4).number_format = "0%"
    sheet["C3"] = 0.5
    sheet["C3"].number_format = "# ?/?"
    book.save(out)
    found = read(out.getvalue())
    assert [(u.source, u.target, u.score) for u in found] == [
        (("Cümle 0.",), ("Sentence 0.",), 0.98765),
        (("Cümle 1.",), ("Sentence 1.",), 0.98765),
        (("Cümle 2.",), ("0.5",), 0.98765),
    ]
    assert all(type(text) is str for u in found for text in u.source + u.target)
    said = "1 cells have a number format that is not known (C3): they are read as the numbers that are stored"
    assert heading(io.BytesIO(out.getvalue()), name="a.xlsx").notes == (said,)
    assert heading(io.BytesIO(HARBOUR), name="a.xlsx").notes == harbour().notes


def test_rich_text_and_reading_aids() -> None:
    rich = b'<is><r><t>a </t></r><r><t>b_x000D_</t></r><rPh sb="0" eb="1"><t>no</t></rPh></is>'
    data = changed(HARBOUR, SHEET, b"<is><t>The minister arrived on Monday.</t></is>", rich)
    assert read(data)[0].target == ("a b",)


@pytest.mark.parametrize(
    ("member", "old", "new", "message"),
    [
        (SHEET, b"</sheetData>", b"", "is damaged"),
        (
            SHEET,
            b'<?xml version="1.0"',
            b'<!DOCTYPE x [<!ENTITY a "b">]><?xml version="1.0"',
            "document type",
        ),
        (SHEET, b't="inlineStr"', b't="s"', "points to no text"),
        ("xl/workbook.xml", b"<sheet ", b"<shoot ", "no sheet is in it"),
        ("xl/_rels/workbook.xml.rels", b"worksheets", b"../../etc", "no sheet is in it"),
        ("xl/workbook.xml", b"workbook", b"w\0", "."),
    ],
)
def test_hostile_members(member: str, old: bytes, new: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        read(changed(HARBOUR, member, old, new))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no ZIP archive"),
        (b"score\tkind", "no ZIP archive"),
        (HARBOUR[:-40], "no ZIP archive"),
        (b"\xd0\xcf\x11\xe0", "old or a password-protected"),
    ],
)
def test_what_is_no_spreadsheet(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        read(data)


def test_other_archives_and_too_large_files(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(UnreadableError, match="no XLSX spreadsheet"):
        read(out.getvalue())
    monkeypatch.setattr(sys.modules["polyalign.formats.bitexts.xlsx"], "MAX_XLSX_BYTES", 10)
    with pytest.raises(InputError, match="above the limit"):
        read(HARBOUR)


def test_far_cells_cost_nothing() -> None:
    far = b'<c r="XFD1048576" t="str"><v>far</v></c></row></sheetData>'
    data = changed(HARBOUR, SHEET, b"</row></sheetData>", far)
    assert told(read(data)) == rows(harbour())
    assert len(read(changed(HARBOUR, SHEET, b'<row r="6"', b'<row r="9999999"'))) == 5


PARTS: dict[str, bytes] = {
    info.filename: zipfile.ZipFile(io.BytesIO(HARBOUR)).read(info)
    for info in zipfile.ZipFile(io.BytesIO(HARBOUR)).infolist()
    if re.search("sheet1|workbook|shared", info.filename)
}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_damaged_parts_give_units_or_one_line_of_error(data: Any) -> None:
    name = data.draw(st.sampled_from(sorted(PARTS)))
    content = bytearray(PARTS[name])
    for at, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=5)
    ):
        content[at] = byte
    attempt(changed(HARBOUR, name, PARTS[name], bytes(content)))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, len(HARBOUR) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_damaged_archives_give_units_or_one_line_of_error(changes: list[tuple[int, int]]) -> None:
    content = bytearray(HARBOUR)
    for at, byte in changes:
        content[at] = byte
    attempt(bytes(content))


def attempt(data: bytes) -> None:
    try:
        read(data)
    except PolyalignError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message


def test_the_heading_comes_back() -> None:
    bitext = replace(harbour(), notes=("one", "two"))
    told = heading(io.BytesIO(written(bitext)), name="a.xlsx")
    assert (told.source_language, told.target_language) == ("ar", "en")
    assert (told.source_path, told.target_path) == ("ar.txt", "news/en.txt")
    assert (told.mode, told.signature, told.notes) == (bitext.mode, bitext.signature, bitext.notes)
    assert heading(io.BytesIO(made(["a b", "c d"])), name="x") == Heading()
    assert [unit.note for unit in read(written(bitext))][2] == "caption"
