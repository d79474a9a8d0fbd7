"""Several reviewers, presets, corrected scores and settings, in a real Chromium."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

import polyalign
from polyalign.bitext import Bitext
from polyalign.parts import Bead, Document, Side
from polyalign.store import Store
from tests.helpers.page_browser import Room, project, room, why_not

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

STRINGS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(polyalign.__file__).parent / "server/page/strings").glob("*.json")
}
EVIL = "<img src=x onerror=\"document.title='owned'\">"
COUNT = 14


@pytest.fixture
def many(browser: Browser, tmp_path: Path) -> Iterator[Room]:
    """So many pairs that scores are corrected by decisions on some of them."""
    sides = [
        Side(tag, Document.from_segments([f"{word} {k}." for k in range(COUNT)], language=tag).segments or ())
        for tag, word in (("en", "Number"), ("tr", "Sayı"))
    ]
    beads = tuple(Bead((k,), (k,), 0.9) for k in range(COUNT))
    path = project(tmp_path / "many.polyalign", Bitext(sides[0], sides[1], beads), None, None)
    with room(browser, [path]) as found:
        yield found


def test_a_thread_two_reviewers_and_what_is_settled(many: Room, tmp_path: Path) -> None:
    with Store(many.paths[0]) as store:
        ids = [row.id for row in store.rows(1)]
        store.comment(ids[0], EVIL, who=EVIL)
        store.mark(ids[:3], "confirmed", who="Ada")
        store.mark(ids[:2], "confirmed", who="Bo")
        store.mark(ids[2:3], "rejected", who="Bo")
    tab = many.open()
    tab.page.locator("[data-act=reply]").first.click()
    tab.settle()
    tab.page.keyboard.type(EVIL)
    tab.press("Control+Enter")
    with Store(many.paths[0]) as store:
        assert [(r.who, r.text) for r in store.replies(ids[0])] == [(EVIL, ""), ("tester", EVIL)]
    assert tab.texts(".reply .said") == [EVIL]
    assert tab.texts(".row .verdicts")[0].count("✓") == 2
    assert tab.page.title() != "owned"
    tab.page.evaluate("document.querySelector('[data-dialog=agreement]').click()")
    tab.page.wait_for_selector("[data-disputed]")
    assert "67" in (tab.page.text_content("dialog table") or "")
    tab.page.get_by_role("button", name="is right").click()
    tab.page.wait_for_selector("[data-disputed]", state="detached")
    tab.page.keyboard.press("Escape")
    tab.settle()
    assert many.rows()[2].state == "confirmed"
    tab.page.evaluate("document.querySelector('[data-dialog=statistics]').click()")
    tab.page.wait_for_selector(".report table")
    with tab.page.expect_download() as saved:
        tab.page.get_by_role("button", name="report").click()
    saved.value.save_as(tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<img" not in report
    assert "Ada" in report


def test_what_an_export_holds_is_said_before(many: Room) -> None:
    tab = many.open()
    tab.press("a", "j", "a")
    tab.page.evaluate("document.querySelector('[data-dialog=export]').click()")
    tab.page.wait_for_selector(".presets li")
    said = tab.page.text_content("[data-preset=memoq]") or ""
    assert "2 pairs" in said
    assert f"{COUNT - 2} pairs that nobody reviewed" in said
    tab.page.locator("dialog label input[type=checkbox]").first.check()
    tab.page.wait_for_function(
        f"() => document.querySelector('[data-preset=memoq]').textContent.includes('{COUNT} pairs')"
    )
    with tab.page.expect_download() as saved:
        tab.page.locator("[data-preset=memoq] button").click()
    assert saved.value.suggested_filename.endswith(".tmx")


def test_figures_are_corrected_by_decisions_and_say_so(many: Room) -> None:
    with Store(many.paths[0]) as store:
        ids = [row.id for row in store.rows(1)]
        store.mark(ids[:4], "confirmed")
        store.mark(ids[4:10], "rejected")
    tab = many.open()
    title = tab.page.get_attribute("#progress", "title") or ""
    assert "corrected by 10 decisions" in title
    expected = many_expected(many)
    assert expected > 4 * (1 - 0.9) * 2  # six of ten that stood at .9 were wrong
    tab.page.evaluate("document.querySelector('[data-dialog=scores]').click()")
    tab.page.wait_for_selector(".curve .fitted")
    assert "corrected by 10 decisions" in (tab.page.text_content("dialog") or "")


def many_expected(many: Room) -> float:
    from polyalign.server.tally import progress

    with Store(many.paths[0]) as store:
        return progress(store.standings(1)).expected


def test_settings_last_and_keys_of_another_tool_work(many: Room) -> None:
    tab = many.open()
    usual = float(tab.page.evaluate("parseFloat(getComputedStyle(document.querySelector('.body')).fontSize)"))
    tab.page.click("#menu summary")
    tab.page.select_option("#set-size", "largest")
    tab.page.select_option("#set-arabic", "amiri")
    with tab.page.expect_navigation():
        tab.page.select_option("#set-keys", "memoq")
    tab.page.wait_for_selector(".row.here")
    tab.settle()
    size = float(tab.page.evaluate("parseFloat(getComputedStyle(document.querySelector('.body')).fontSize)"))
    assert size > 1.3 * usual
    assert tab.page.evaluate("document.documentElement.dataset.arabic") == "amiri"
    tab.press("Control+Enter")
    assert many.rows()[0].state == "confirmed"
    tab.press("Control+h")
    assert tab.page.locator("dialog.replace").count() == 1


def changed(path: Path, texts: dict[str, dict[str, str]]) -> Path:
    """The file with other texts and states in the rows that hold a text, as a colleague would save it."""
    if path.suffix == ".xlf":
        text = path.read_text(encoding="utf-8")
        for old, cells in texts.items():
            text = text.replace(f">{old}<", f">{cells['Target']}<")
        path.write_text(text, encoding="utf-8")
        return path
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = {str(cell.value).partition(" (")[0]: cell.column for cell in sheet[2]}  # below the title
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            for name, value in texts.get(str(cell.value), {}).items():
                sheet.cell(cell.row, heads[name]).value = value
    book.save(path)
    return path


@pytest.mark.parametrize("locale", ["en-GB", "ar-EG"])
@pytest.mark.parametrize("suffix", [".xlsx", ".xlf"])
def test_a_file_that_came_back_is_looked_at_taken_over_and_undone(
    many: Room, tmp_path: Path, suffix: str, locale: str
) -> None:
    """What it changes and what is in conflict is shown before anything is taken; one undo takes it back."""
    with Store(many.paths[0]) as store:
        polyalign.write(store.bitext(1, stamped=True), tmp_path / f"out{suffix}")
    theirs = {"Sayı 0.": {"Target": "Sıfır."}, "Sayı 1.": {"Target": "Onların."}}
    if suffix == ".xlsx":
        theirs["Sayı 2."] = {"State": "rejected"}
    path = changed(tmp_path / f"out{suffix}", theirs)
    with Store(many.paths[0]) as store:
        store.edit(store.rows(1)[1].target[0].id, "Bizim.")
    strings = STRINGS[locale[:2]]
    before = [(row.state, row.comment, [s.text for s in row.target]) for row in many.rows()]
    tab = many.open(locale=locale)
    tab.page.evaluate("document.querySelector('[data-dialog=returned]').click()")
    tab.page.wait_for_selector("dialog.returned")
    tab.page.set_input_files("dialog.returned input[type=file]", path)
    tab.page.wait_for_selector("dialog.returned tbody tr")
    tab.settle()
    cells = [
        [cell.strip("\u2068\u2069") for cell in row.locator("td").all_text_contents()]
        for row in tab.page.locator("dialog.returned tbody tr").all()
    ]
    shown = {(what, old, new): why for _, what, old, new, why in cells}
    target = strings["returned.what.target"]
    assert shown.pop((target, "Sayı 0.", "Sıfır.")) == ""
    ours = shown.pop((target, "Sayı 1.", "Onların."))
    assert "Bizim." in ours
    if suffix == ".xlsx":
        state = (strings["returned.what.state"], strings["state.auto"], strings["state.rejected"])
        assert shown.pop(state) == ""
    assert shown == {}
    assert locale == "en-GB" or not re.search("[A-Za-z]{4}", ours.replace("Bizim", ""))
    assert [(row.state, row.comment, [s.text for s in row.target]) for row in many.rows()] == before
    tab.page.click("dialog.returned footer .main")
    tab.page.wait_for_selector("dialog", state="detached")
    tab.settle()
    rows = many.rows()
    assert [s.text for row in rows[:2] for s in row.target] == ["Sıfır.", "Bizim."]
    assert "Onların." in rows[1].comment
    assert (rows[2].state == "rejected") == (suffix == ".xlsx")
    tab.press("Control+z")
    assert [(row.state, row.comment, [s.text for s in row.target]) for row in many.rows()] == before


def test_a_second_reviewer_decides_blind(many: Room) -> None:
    """What the first one decided is seen nowhere until the second has decided the row; then all of it."""
    with Store(many.paths[0]) as store:
        ids = [row.id for row in store.rows(1)]
        store.comment(ids[0], "Wrong, I think.", who="Ada")
        store.mark(ids[:3], "rejected", who="Ada")
    tab = many.open(onward=True)
    assert "3 of" in (tab.page.text_content("#progress") or "")
    tab.page.click("#menu summary")
    tab.page.fill("#who", "بكر")
    with tab.page.expect_navigation():
        tab.page.click("#blind")
    tab.page.wait_for_selector(".row.here")
    tab.settle()
    assert "0 of" in (tab.page.text_content("#progress") or "")
    assert tab.page.locator("#blind-sign").is_visible()
    assert tab.page.locator(".row:not([data-state=auto]), .comment, .state").count() == 0
    tab.page.keyboard.press("Home")
    tab.press("a")
    assert tab.page.locator(".row:not([data-state=auto])").count() == 1
    assert tab.texts(".row .comment .said") == ["Wrong, I think."]
    assert tab.texts(".row .verdicts")[0].count("✕") == tab.texts(".row .verdicts")[0].count("✓") == 1
    tab.press("n")
    assert tab.here(".segment").first.text_content() == "3Number 2."  # which Ada decided, and he did not
    tab.page.click("#menu summary")
    shown = tab.page.locator("[data-dialog=agreement], [data-dialog=statistics], [data-dialog=history]")
    assert shown.filter(visible=True).count() == 0
    with tab.page.expect_navigation():
        tab.page.click("#blind")
    tab.page.wait_for_selector(".row[data-state=rejected]")
    tab.settle()
    with Store(many.paths[0]) as store:
        assert [(v.who, v.state) for v in store.verdicts_of(ids[0])] == [
            ("Ada", "rejected"),
            ("بكر", "confirmed"),
        ]


def test_a_file_of_no_project_is_refused_in_the_dialog(many: Room, tmp_path: Path) -> None:
    with Store(many.paths[0]) as store:
        polyalign.write(store.bitext(1, stamped=True), tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    del book[book.sheetnames[-1]]
    book.save(tmp_path / "out.xlsx")
    tab = many.open(locale="tr-TR")
    tab.page.evaluate("document.querySelector('[data-dialog=returned]').click()")
    tab.page.set_input_files("dialog.returned input[type=file]", tmp_path / "out.xlsx")
    tab.page.wait_for_selector("dialog .error .detail")
    assert STRINGS["tr"]["trouble.refused"] in (tab.page.text_content("dialog .error") or "")
    assert tab.page.locator("dialog.returned footer .main").is_hidden()
    tab.complaints[:] = [line for line in tab.complaints if "status of 4" not in line]
