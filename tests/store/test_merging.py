"""Reviewed files back into their project: what changed, what conflicts, nothing lost, one operation."""

from __future__ import annotations

import re
import zipfile
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.formats import read_bitext, write
from polyalign.formats.bitexts import updatable
from polyalign.formats.bitexts.returned import GIVEN_OUT
from polyalign.parts import Side, State
from polyalign.stamps import Stamp, stamp_in, unstamped, with_stamp
from polyalign.store import ReviewRow, Store
from polyalign.store.merging import divided
from tests.helpers.commands import Polyalign
from tests.helpers.commands import command as command
from tests.helpers.samples import harbour, reviewed_harbour

PROJECT = "x.polyalign"
NUMBER = "Such a number has not been seen in ten years."
BACK = [suffix for suffix in GIVEN_OUT if suffix != ".xliff"]


@pytest.fixture
def polyalign(command: Polyalign) -> Polyalign:
    """The command, in a folder with a project that has seen two operations."""
    with Store(PROJECT, who="Ada") as store:
        store.add(harbour())
        store.comment(row_of(store, "It rained").id, "really?")
        store.mark([row_of(store, "on Monday").id], "confirmed")
    return command


def row_of(store: Store, text: str) -> ReviewRow:
    return next(r for r in store.rows(1) if any(text in s.text for s in r.source + r.target))


def state(path: str = PROJECT) -> list[tuple[object, ...]]:
    """What the project says: texts, states, comments, in the order of reading."""
    with Store(path) as store:
        return [
            (*(tuple(s.text for s in side) for side in (r.source, r.target)), r.state, r.comment)
            for r in store.rows(1)
        ]


def edited(path: str, changes: dict[str, dict[str, str]]) -> None:
    """The XLSX or DOCX at the path with other cells in the rows that hold a text, by independent tools."""
    if path.endswith(".xlsx"):
        book = openpyxl.load_workbook(path)
        sheet = book["bitext"]
        heads = {str(cell.value).partition(" (")[0]: cell.column for cell in sheet[2]}
        for row in sheet.iter_rows(min_row=3):
            for text, cells in changes.items():
                if any(text in str(cell.value) for cell in row):
                    for title, value in cells.items():
                        sheet.cell(row[0].row, heads[title]).value = value
        book.save(path)
        return
    document = docx.Document(path)
    first, *rows = document.tables[0].rows
    places = {cell.text.partition(" (")[0]: k for k, cell in enumerate(first.cells)}
    for held in rows:
        for text, cells in changes.items():
            if any(text in cell.text for cell in held.cells):
                for title, value in cells.items():
                    held.cells[places[title]].text = value
    document.save(path)


@pytest.mark.parametrize("suffix", BACK)
@pytest.mark.parametrize("options", [(), ("--unaligned",), ("--confirmed",)])
def test_a_file_that_nobody_changed_changes_nothing(
    polyalign: Polyalign, suffix: str, options: tuple[str, ...]
) -> None:
    before = state()
    assert polyalign("export", PROJECT, "-o", f"a{suffix}", *options).code == 0
    found = polyalign("update", PROJECT, f"a{suffix}")
    assert (found.code, found.out, found.notes) == (0, b"", ["0 changed, 0 in conflict"])
    with Store(PROJECT) as store:
        assert (state(), store.undoable, store.revision) == (before, "mark", 3)


@pytest.mark.usefixtures("polyalign")
@pytest.mark.parametrize("suffix", BACK)
def test_every_state_and_comment_comes_back_as_it_was(polyalign: Polyalign, suffix: str) -> None:
    with Store("r.polyalign") as store:
        store.add(reviewed_harbour())
    before = state("r.polyalign")
    every = ",".join(get_args(State))
    assert polyalign("export", "r.polyalign", "-o", f"a{suffix}", "--state", every, "--unaligned").code == 0
    assert polyalign("update", "r.polyalign", f"a{suffix}").notes == ["0 changed, 0 in conflict"]
    assert state("r.polyalign") == before


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_what_a_reviewer_changed_is_taken_over_and_undone_as_one(polyalign: Polyalign, suffix: str) -> None:
    polyalign("export", PROJECT, "-o", f"a{suffix}")
    before = state()
    changes = {
        "on Monday": {"Target": "The minister arrived on Monday morning.", "State": "needs-review"},
        "Fourteen": {
            "Target": f"Fourteen ships crossed the strait, he said.\n{NUMBER}",
            "State": "Confirmed",
            "Comment": "14 it is\nاثنان",
        },
        "It rained": {"Comment": ""},
    }
    if suffix == ".xlsx":
        changes["Fourteen"]["Target"] = changes["Fourteen"]["Target"].replace("\n", " ")
    edited(f"a{suffix}", changes)
    dry = polyalign("update", PROJECT, f"a{suffix}", "--dry-run")
    assert (state(), dry.notes[0]) == (before, "6 would be changed, 0 in conflict")
    found = polyalign("update", PROJECT, f"a{suffix}", "--who", "Bo")
    assert (found.code, found.notes) == (0, ["6 changed, 0 in conflict"])
    assert found.table == dry.table
    assert {(line[2], line[4]) for line in found.table[1:]} == {
        ("target", "The minister arrived on Monday morning."),
        ("target", "Fourteen ships crossed the strait, he said."),
        ("state", "needs-review"),
        ("state", "confirmed"),
        ("comment", "14 it is اثنان"),
        ("comment", ""),
    }
    now = {text: row for row in state() for text in (*row[0], *row[1])}  # type: ignore[misc]
    assert now["The minister arrived on Monday morning."][2:] == ("needs-review", "")
    assert now["Fourteen ships crossed the strait, he said."][2:] == ("confirmed", "14 it is\nاثنان")
    assert "Such a number\thas not been\x07 seen in ten years." in now, "what nobody touched is as it was"
    assert now["It rained all day."][3] == ""
    with Store(PROJECT) as store:
        assert (store.undoable, store.journal()[0].who) == ("update", "Bo")
        store.undo()
    assert state() == before
    assert polyalign("update", PROJECT, f"a{suffix}").notes == ["6 changed, 0 in conflict"]
    assert polyalign("update", PROJECT, f"a{suffix}").notes == ["0 changed, 0 in conflict"]


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_what_was_changed_on_both_sides_is_told_and_kept(polyalign: Polyalign, suffix: str) -> None:
    polyalign("export", PROJECT, "-o", f"a{suffix}")
    edited(
        f"a{suffix}",
        {
            "on Monday": {"Target": "Theirs.", "State": "rejected", "Comment": "theirs"},
            "It rained": {"Target": "", "Comment": "really?\ntheirs"},
            "No vessel": {"State": "confirmed"},
        },
    )
    with Store(PROJECT) as store:
        monday, rain, vessel = (row_of(store, text) for text in ("on Monday", "It rained", "No vessel"))
        store.edit(monday.target[0].id, "Ours.")
        store.mark([monday.id], "needs-review")
        store.comment(monday.id, "ours")
        store.comment(rain.id, "really?\nours")
        store.unlink(vessel.id)
    found = polyalign("update", PROJECT, f"a{suffix}")
    assert found.notes[0] == "2 changed, 4 in conflict"
    outcomes = {(line[2], line[4]): line[5] for line in found.table[1:]}
    assert outcomes["target", "Theirs."] == "conflict: the project has 'Ours.'"
    assert outcomes["state", "rejected"] == "conflict: the row has another conflict"
    assert "was taken out" in outcomes["target", ""]
    assert "other segments" in outcomes["state", "confirmed"]
    now = {text: row for row in state() for text in (*row[0], *row[1])}  # type: ignore[misc]
    assert now["Ours."][2] == "needs-review"
    kept = {"ours", "theirs", f"a{suffix}: target: Theirs.", f"a{suffix}: state: rejected"}
    assert set(str(now["Ours."][3]).splitlines()) == kept
    assert str(now["It rained all day."][3]).splitlines()[:2] == ["really?", "ours"]
    assert f"a{suffix}: state: confirmed" in str([row[3] for row in state()])
    again = state()
    assert "0 changed" in polyalign("update", PROJECT, f"a{suffix}").notes[0]
    assert state() == again, "a second time nothing is added"


def test_rows_that_went_their_ways_meanwhile_lose_nothing(polyalign: Polyalign) -> None:
    polyalign("export", PROJECT, "-o", "a.xlsx")
    edited("a.xlsx", {"Fourteen": {"Target": "All new and quite another text.", "Comment": "mine"}})
    with Store(PROJECT) as store:
        row = row_of(store, "Fourteen")
        store.split(row.target[0].id, 20)
        store.merge_with(row.id, "up")
        store.delete([row_of(store, "It rained").id])
    found = polyalign("update", PROJECT, "a.xlsx")
    said = " ".join(str(row[3]) for row in state())
    assert "mine" in said
    assert "new and quite" in said
    assert all(line[1] for line in found.table[1:])


def test_rows_that_are_added_doubled_or_sorted_in_a_spreadsheet(polyalign: Polyalign) -> None:
    polyalign("export", PROJECT, "-o", "a.xlsx")
    book = openpyxl.load_workbook("a.xlsx")
    sheet = book["bitext"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    twin = list(rows[0])
    twin[5] = "Another text."
    sheet.delete_rows(3, len(rows))
    for row in [*reversed(rows), twin, [None, None, None, None, "جديد", "new", "auto"]]:
        sheet.append(row)
    book.save("a.xlsx")
    found = polyalign("update", PROJECT, "a.xlsx")
    assert found.notes[0] == "0 changed, 2 in conflict"
    assert found.table[1][5] == "conflict: row 7 is the same row"
    assert found.table[2][5] == "conflict: it is no row of the project"
    assert found.notes[1].startswith("note: row 9: not in the project")
    assert any("a.xlsx: row: " in str(row[3]) for row in state())


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_a_row_that_is_doubled_unchanged_is_told_and_changes_nothing(
    polyalign: Polyalign, suffix: str
) -> None:
    name = f"a{suffix}"
    polyalign("export", PROJECT, "-o", name)
    if suffix == ".xlsx":
        book = openpyxl.load_workbook(name)
        sheet = book["bitext"]
        sheet.append([cell.value for cell in sheet[4]])
        book.save(name)
    else:
        document = docx.Document(name)
        rows = document.tables[0].rows
        rows[-1]._tr.addnext(deepcopy(rows[2]._tr))
        document.save(name)
    before = state()
    found = polyalign("update", PROJECT, name)
    assert found.notes[0] == "0 changed, 1 in conflict"
    assert re.fullmatch(r"conflict: .*row \d+ is the same row", found.table[1][5])
    assert state() == before
    with Store(PROJECT) as store:
        assert store.revision == 3


def test_a_comment_that_is_a_date_or_a_number_is_what_the_sheet_shows(polyalign: Polyalign) -> None:
    polyalign("export", PROJECT, "-o", "a.xlsx")
    book = openpyxl.load_workbook("a.xlsx")
    column = next(cell.column for cell in book["bitext"][2] if cell.value == "Comment")
    cells = [book["bitext"].cell(row, column) for row in (3, 4, 5)]
    cells[0].value = date(2024, 9, 15)
    cells[1].value = True
    cells[2].value = 0.125
    cells[2].number_format = "0.0%"
    book.save("a.xlsx")
    said = {line[4] for line in polyalign("update", PROJECT, "a.xlsx").table[1:] if line[2] == "comment"}
    assert said == {"2024-09-15", "TRUE", "12.5%"}


def test_a_missing_translation_is_kept(polyalign: Polyalign) -> None:
    polyalign("export", PROJECT, "-o", "a.xlsx")
    edited("a.xlsx", {"صورة": {"Target": "Photo: an agency"}})
    assert "1 in conflict" in polyalign("update", PROJECT, "a.xlsx").notes[0]
    assert any("target: Photo: an agency" in str(row[3]) for row in state())


def test_what_the_message_about_a_signature_says_works(polyalign: Polyalign) -> None:
    Path("in.xlf").write_text(
        '<xliff version="1.2"><file original="a" source-language="en" target-language="tr" datatype="html">'
        '<body><trans-unit id="1"><source>One.</source><target>Bir.</target></trans-unit></body></file>'
        "</xliff>"
    )
    with Store("i.polyalign") as store:
        store.add(read_bitext("in.xlf"), file=updatable("in.xlf"))
    polyalign("export", "i.polyalign", "-o", "same.xlf")
    [said] = polyalign("update", "i.polyalign", "same.xlf").notes
    told = re.search(r"as one of ([. a-z]+), or as a new XLIFF \((--format xliff)\), and", said)
    assert told
    for number, suffix in enumerate([*told[1].split(), ".xlf"]):
        how = told[2].split() if suffix == ".xlf" else []
        assert polyalign("export", "i.polyalign", "-o", f"{number}{suffix}", *how).code == 0
        assert polyalign("update", "i.polyalign", f"{number}{suffix}").notes == ["0 changed, 0 in conflict"]


def test_a_translator_changes_an_xliff(polyalign: Polyalign) -> None:
    polyalign("export", PROJECT, "-o", "a.xlf")
    text = Path("a.xlf").read_text(encoding="utf-8")
    text = text.replace("No vessel had been stopped", "No ship had been stopped")
    Path("a.xlf").write_text(text, encoding="utf-8")
    assert polyalign("update", PROJECT, "a.xlf").notes == ["1 changed, 0 in conflict"]
    assert any("No ship had been stopped, the speaker" in str(row[1]) for row in state())


def test_word_comments_and_tracked_changes_count(polyalign: Polyalign) -> None:
    polyalign("export", PROJECT, "-o", "a.docx")
    document = docx.Document("a.docx")
    row = next(r for r in document.tables[0].rows if any("It rained" in c.text for c in r.cells))
    cell = next(c for c in row.cells if "It rained" in c.text)
    document.add_comment(cell.paragraphs[0].runs, text="Where?", author="Cem")
    document.save("a.docx")
    with zipfile.ZipFile("a.docx") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    xml = members["word/document.xml"].decode()
    run = re.search(r"<w:r>(?:(?!<w:r>).)*?It rained all day\.</w:t></w:r>", xml)
    assert run
    deleted = run[0].replace("w:t>", "w:delText>").replace("<w:t ", "<w:delText ")
    inserted = run[0].replace("It rained all day.", "It snowed all day.")
    xml = xml.replace(
        run[0],
        f'<w:del w:id="1" w:author="C">{deleted}</w:del><w:ins w:id="2" w:author="C">{inserted}</w:ins>',
    )
    with zipfile.ZipFile("a.docx", "w") as archive:
        for name, data in members.items():
            archive.writestr(name, xml if name == "word/document.xml" else data)
    assert polyalign("update", PROJECT, "a.docx").notes == ["2 changed, 0 in conflict"]
    now = {text: row for row in state() for text in row[1]}  # type: ignore[attr-defined]
    assert now["It snowed all day."][3] == "really?\nWhere?"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("none.polyalign", "a.xlsx"), 1, "there is no project none.polyalign"),
        ((PROJECT, "plain.xlsx"), 1, "plain.xlsx does not say which export of which project it is"),
        ((PROJECT, "plain.docx"), 1, "plain.docx does not say"),
        ((PROJECT, "a.tsv"), 1, "a.tsv does not say"),
        ((PROJECT, "a.txt"), 2, "no reviews are read from this suffix"),
        ((PROJECT, "none.xlsx"), 1, "none.xlsx: no such file"),
        (("other.polyalign", "a.xlsx"), 1, "a.xlsx came from other texts than other.polyalign holds"),
        (("old.polyalign", "a.xlsx"), 1, "is at revision 1, not yet at 3"),
    ],
)
def test_errors_are_one_line_and_change_nothing(
    polyalign: Polyalign, arguments: tuple[str, ...], code: int, words: str
) -> None:
    for suffix in ("xlsx", "tsv"):
        polyalign("export", PROJECT, "-o", f"a.{suffix}")
    for suffix in ("xlsx", "docx"):
        write(harbour(), f"plain.{suffix}")
    with Store("other.polyalign") as store:
        store.add(replace(harbour(), source=Side("ar", harbour().source.segments[:3]), beads=()))
    with Store("old.polyalign") as store:
        store.add(harbour())
    before = state()
    found = polyalign("update", *arguments)
    assert (found.code, found.table, len(found.notes)) == (code, [], 1)
    assert words in found.notes[0]
    assert state() == before


def test_a_stamp_stands_once_and_a_new_project_starts_without_one() -> None:
    stamp = Stamp(2, 14, "0123456789ab")
    for signature in ("", "polyalign 0.1.0 | mode:auto"):
        made = with_stamp(with_stamp(signature, Stamp(1, 1, "f" * 12)), stamp)
        assert (stamp_in(made), unstamped(made)) == (stamp, signature)
    assert stamp_in("polyalign 0.1.0 | preview:2.14.0123456789ab") is None


@pytest.mark.usefixtures("polyalign")
def test_a_project_as_it_was_at_any_revision() -> None:
    seen = []
    with Store(PROJECT) as store:

        def look() -> None:
            seen.append((store.revision, [repr(row) for row in store.rows(1)]))

        look()
        store.split(row_of(store, "Fourteen").target[0].id, 20)
        look()
        store.unlink(row_of(store, "Fourteen").id)
        look()
        store.undo()
        look()
        store.redo()
        store.undo()
        store.delete([row_of(store, "It rained").id])
        look()
        for revision, rows in seen:
            assert [repr(row) for row in store.rows_at(1, revision)] == rows
        assert [repr(row) for row in store.rows(1)] == seen[-1][1]


words = st.lists(st.sampled_from("a bb ccc dddd eeeee".split()), min_size=1, max_size=6).map(" ".join)


@given(st.lists(words, min_size=1, max_size=4), st.sampled_from([" ", ""]))
def test_a_text_that_nobody_changed_is_divided_as_it_was(parts: list[str], between: str) -> None:
    if between:
        assert divided(between.join(parts), parts, between) == parts


@given(st.lists(words, min_size=2, max_size=4), st.data())
def test_a_change_in_one_segment_leaves_the_others(parts: list[str], data: st.DataObject) -> None:
    numbered = [f"{text} {k}{k}{k}." for k, text in enumerate(parts)]
    changed = list(numbered)
    where = data.draw(st.integers(0, len(parts) - 1))
    changed[where] = f"XYZ {changed[where]}"
    assert divided(" ".join(changed), numbered, " ") == changed


def test_the_word_document_is_made_for_reading(tmp_path: Path) -> None:
    write(harbour(), tmp_path / "a.docx")
    document = docx.Document(str(tmp_path / "a.docx"))
    table = document.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == [
        *("Score", "Source ids", "Target ids", "Source (Arabic)", "Target (English)", "State", "Comment"),
    ]
    cells = next(row.cells for row in table.rows if "Fourteen" in row.cells[4].text)
    assert [p.text for p in cells[4].paragraphs] == [
        "Fourteen ships crossed the strait, the minister said.",
        "Such a number has not been seen in ten years.",
    ]
    arabic = cells[3].paragraphs[0]._p.xml
    assert "<w:bidi/>" in arabic
    assert "<w:rtl/>" in arabic
    assert 'w:bidi="ar"' in arabic
    assert "<w:bidi/>" not in cells[4].paragraphs[0]._p.xml
    assert "<w:tblHeader/>" in table.rows[0]._tr.xml
    assert document.paragraphs[-1].text == harbour().signature
    section = document.sections[0]
    assert (section.page_width or 0) > (section.page_height or 0)
    assert "polyalign update" in document.paragraphs[1].text


@pytest.mark.parametrize("suffix", BACK)
def test_answers_go_out_below_their_comment_and_are_no_change_when_they_come_back(
    polyalign: Polyalign, suffix: str
) -> None:
    with Store(PROJECT) as store:
        monday = row_of(store, "on Monday").id
        store.comment(monday, "really?")
        store.reply(monday, "It did.\nAll day.", who="Bo")
    polyalign("export", PROJECT, "-o", f"a{suffix}")
    comments = [bead.review.comment for bead in read_bitext(f"a{suffix}").beads] if suffix != ".docx" else []
    assert not comments or "really?\nBo: It did.\nAll day." in comments
    assert polyalign("update", PROJECT, f"a{suffix}").notes == ["0 changed, 0 in conflict"]
    if suffix in (".xlsx", ".docx"):
        edited(f"a{suffix}", {"on Monday": {"Comment": "really!\nBo: It did.\nAll day."}})
        assert polyalign("update", PROJECT, f"a{suffix}").notes == ["1 changed, 0 in conflict"]
        with Store(PROJECT) as store:
            row = row_of(store, "on Monday")
            assert row.comment == "really!"
            assert [reply.text for reply in store.replies(row.id) if reply.text] == ["It did.\nAll day."]
