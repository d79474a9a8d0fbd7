"""The glossary, candidates for terms, lines of a concordance, find and replace: in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from polyalign.bitext import Bitext
from polyalign.parts import Bead, Document, Side
from polyalign.store import Store
from tests.helpers.page_browser import Room, project, room, why_not

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

EVIL = "<img src=x onerror=\"document.title='owned'\">"
SOURCE = [
    "The Supreme Court met in Ankara.",
    "The Supreme Court decided on the harbour.",
    "The harbour of Izmir is old.",
    "A ship left the harbour.",
    "It rained.",
    "Nobody came.",
    # so many that two in common are more than chance
    "Snow fell at night.",
    "Children sang.",
    "Bread was cheap.",
    "Dogs barked.",
    "He read two books.",
    "She bought red apples.",
    "Rivers ran dry.",
    "They slept late.",
]
TARGET = [
    "Yüksek Mahkeme Ankara'da toplandı.",
    "Yüksek Mahkeme liman hakkında karar verdi.",
    "İzmir limanı eskidir.",
    "Bir gemi limandan ayrıldı.",
    "Yağmur yağdı.",
    "Kimse gelmedi.",
    "Gece kar yağdı.",
    "Çocuklar şarkı söyledi.",
    "Ekmek ucuzdu.",
    "Köpekler havladı.",
    "İki kitap okudu.",
    "Kırmızı elma aldı.",
    "Irmaklar kurudu.",
    "Geç uyudular.",
]


@pytest.fixture
def court(browser: Browser, tmp_path: Path) -> Iterator[Room]:
    """English sentences with their Turkish translations."""
    sides = [
        Side(tag, Document.from_segments(texts, language=tag).segments or ())
        for tag, texts in (("en", SOURCE), ("tr", TARGET))
    ]
    beads = tuple(Bead((k,), (k,), 0.9) for k in range(len(SOURCE)))
    path = project(tmp_path / "court.polyalign", Bitext(sides[0], sides[1], beads), None, None)
    with room(browser, [path]) as found:
        yield found


def test_a_term_is_added_marked_edited_and_undone(court: Room, tmp_path: Path) -> None:
    tab = court.open()
    tab.page.evaluate("document.querySelector('[data-dialog=glossary]').click()")
    tab.settle()
    fields = tab.page.locator(".adder input")
    for place, text in enumerate(("harbour", "rıhtım", EVIL)):
        fields.nth(place).fill(text)
    fields.first.press("Enter")
    tab.page.wait_for_selector("[data-term]")
    assert tab.texts("[data-term] td bdi") == ["harbour", "rıhtım", EVIL]
    assert tab.page.title() != "owned"
    tab.page.locator("[data-term] button").first.click()
    names = tab.page.locator("[data-term] input").nth(1)
    names.fill("rıhtım | liman")
    names.press("Enter")
    tab.page.wait_for_function(
        "() => document.querySelector('[data-term]').textContent.includes('rıhtım | liman')"
    )
    with Store(court.paths[0]) as store:
        assert [(t.source, t.targets, t.who) for t in store.terms()] == [
            ("harbour", ("rıhtım", "liman"), "tester")
        ]
    with tab.page.expect_download() as saved:
        tab.page.get_by_role("button", name="TBX").click()
    saved.value.save_as(tmp_path / "out.tbx")
    assert EVIL not in (tmp_path / "out.tbx").read_text(encoding="utf-8")
    tab.page.keyboard.press("Escape")
    tab.settle()
    marked = tab.page.evaluate("[...CSS.highlights.get('term')].map(String)")
    assert marked == ["harbour", "liman", "harbour", "limanı", "harbour", "limandan"]
    tab.press("Control+z", "Control+z")
    with Store(court.paths[0]) as store:
        assert store.terms() == ()
    assert not tab.page.evaluate("CSS.highlights.has('term')")


def test_a_file_is_loaded_and_a_bad_one_is_refused_in_place(court: Room) -> None:
    tab = court.open()
    tab.page.evaluate("document.querySelector('[data-dialog=glossary]').click()")
    tab.settle()
    file = tab.page.locator("dialog input[type=file]")
    file.set_input_files(
        {"name": "g.tsv", "mimeType": "text/plain", "buffer": b"harbour\tliman\nship\tgemi\n"}
    )
    tab.page.wait_for_selector("[data-term]")
    assert len(tab.texts("[data-term]")) == 2
    file.set_input_files({"name": "<b>.tsv", "mimeType": "text/plain", "buffer": b"no tab"})
    tab.page.wait_for_selector("dialog .error:not([hidden])")
    assert "<b>.tsv" in (tab.page.text_content("dialog .error") or "")
    assert len(tab.texts("[data-term]")) == 2
    tab.complaints[:] = [line for line in tab.complaints if "status of 400" not in line]


def test_candidates_are_accepted_into_the_glossary(court: Room) -> None:
    tab = court.open()
    tab.page.evaluate("document.querySelector('[data-dialog=glossary]').click()")
    tab.settle()
    tab.page.get_by_role("button", name="Look for candidates").click()
    tab.page.wait_for_selector(".candidate", timeout=120_000)
    found = tab.page.evaluate(
        "[...document.querySelectorAll('.candidate')].map("
        "(n) => [...n.querySelectorAll('input')].map((i) => i.value))"
    )
    assert ["Supreme Court", "Yüksek Mahkeme"] in found
    place = found.index(["Supreme Court", "Yüksek Mahkeme"])
    tab.page.locator(".candidate").nth(place).locator(":scope > button").click()
    tab.page.wait_for_selector("[data-term]")
    assert tab.texts("[data-term] bdi")[:2] == ["Supreme Court", "Yüksek Mahkeme"]
    tab.page.wait_for_function(f"() => document.querySelectorAll('.candidate').length === {len(found) - 1}")


def test_find_and_replace_with_preview_and_one_undo(court: Room) -> None:
    tab = court.open()
    tab.page.evaluate("document.querySelector('[data-dialog=replace]').click()")
    tab.settle()
    fields = tab.page.locator("dialog input[type=text]")
    fields.nth(0).fill("harbour")
    fields.nth(1).fill(EVIL)
    fields.nth(1).press("Enter")
    tab.page.wait_for_selector(".replacements li")
    assert tab.texts(".replacements del mark") == ["harbour"] * 3
    assert tab.texts(".replacements ins mark") == [EVIL] * 3
    tab.page.locator(".replacements input").first.uncheck()
    tab.page.get_by_role("button", name="Replace in 2 sentences").click()
    tab.page.wait_for_selector("dialog", state="detached")
    tab.settle()
    texts = [s.text for row in court.rows() for s in row.source]
    assert [k for k, text in enumerate(texts) if EVIL in text] == [2, 3]
    assert tab.page.title() != "owned"
    tab.press("Control+z")
    assert [s.text for row in court.rows() for s in row.source] == SOURCE


def test_the_word_in_its_context_with_its_counterpart_lit(court: Room, tmp_path: Path) -> None:
    tab = court.open()
    tab.page.evaluate("document.querySelector('[data-dialog=concordance]').click()")
    tab.settle()
    tab.page.fill("dialog input[type=search]", "harbour")
    tab.page.locator("dialog .toggle", has_text="context").locator("input").check()
    tab.page.wait_for_function("() => document.querySelectorAll('.line-hit').length === 3")
    tab.page.wait_for_function(
        "() => document.querySelectorAll('.counterpart mark').length >= 3", timeout=60_000
    )
    assert [text.casefold()[:5] for text in tab.texts(".counterpart mark")[:3]] == ["liman"] * 3
    left = tab.page.evaluate(
        "[...document.querySelectorAll('.kwic mark')].map((n) => Math.round(n.getBoundingClientRect().left))"
    )
    assert max(left) - min(left) < 40  # one below the other
    tab.page.select_option("dialog select[aria-label=Format]", "lines")
    with tab.page.expect_download() as saved:
        tab.page.get_by_role("button", name="Export hits").click()
    saved.value.save_as(tmp_path / "lines.tsv")
    assert len((tmp_path / "lines.tsv").read_text(encoding="utf-8").splitlines()) == 4
