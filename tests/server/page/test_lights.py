"""Words lit in a real Chromium: counterparts, what flags point at, reasons, and partners of what is alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from polyalign.bitext import Bitext
from polyalign.parts import Bead, Document, Side
from tests.helpers.page_browser import Held, Room, Tab, project, room, why_not

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

ENGLISH = [
    "👩‍👩‍👧 Yesterday the minister opened 40 new schools in Ankara.",
    "The harbour stays closed on Friday.",
    "Nobody was hurt.",
]
ARABIC = [
    "👩‍👩‍👧 افتتح الوزير أمس 41 مدرسة جديدة في أنقرة.",
    "يبقى الميناء مغلقا يوم الجمعة.",
    "ولم يصب أحد بأذى.",
]


@pytest.fixture
def schools(browser: Browser, tmp_path: Path) -> Iterator[Room]:
    """Two pairs, and two sentences that nobody paired, which say the same."""
    sides = [
        Side(tag, Document.from_segments(texts).segments or ())
        for tag, texts in (("en", ENGLISH), ("ar", ARABIC))
    ]
    bitext = Bitext(sides[0], sides[1], (Bead((0,), (0,), 0.9), Bead((1,), (1,), 0.8)))
    with room(browser, [project(tmp_path / "schools.polyalign", bitext, None, None)]) as found:
        yield found


def lit(tab: Tab, name: str) -> list[str]:
    """The words that are lit by that name."""
    found: list[str] = tab.page.evaluate(
        "name => [...(CSS.highlights.get(name) ?? [])].map(range => range.toString())", name
    )
    return found


def wait_lit(tab: Tab, name: str) -> list[str]:
    tab.page.wait_for_function("name => CSS.highlights.get(name)?.size", arg=name, timeout=120_000)
    return lit(tab, name)


def over(tab: Tab, text: str, word: str) -> None:
    """The mouse on a word of a sentence."""
    box = tab.page.evaluate(
        """([text, word]) => {
          const all = [...document.querySelectorAll('.segment .text')];
          const node = all.find((one) => one.textContent === text);
          const range = document.createRange(), at = text.indexOf(word);
          range.setStart(node.firstChild, at); range.setEnd(node.firstChild, at + word.length);
          const {x, y, width, height} = range.getBoundingClientRect();
          return [x + width / 2, y + height / 2] }""",
        [text, word],
    )
    tab.page.mouse.move(*box)


class TestWords:
    def test_the_mouse_on_a_word_lights_its_counterparts(self, schools: Room) -> None:
        """In both directions, behind an emoji of several characters, and as long as the mouse is there."""
        tab = schools.open()
        over(tab, ENGLISH[0], "minister")
        assert "الوزير" in wait_lit(tab, "partner")
        assert "minister" in lit(tab, "word")
        over(tab, ARABIC[0], "مدرسة")
        tab.page.wait_for_function("() => [...CSS.highlights.get('partner') ?? []].some(r => r == 'schools')")
        tab.page.mouse.move(5, 5)
        tab.page.wait_for_function("() => !CSS.highlights.get('partner')")
        assert lit(tab, "word") == []
        assert tab.texts(".row .cell.source .text")[0] == ENGLISH[0]

    def test_the_keys_go_from_word_to_word_and_say_them(self, schools: Room) -> None:
        tab = schools.open()
        said = []
        for _ in range(3):
            tab.press("g")
            wait_lit(tab, "word")
            said.append(tab.page.text_content("#says") or "")
        words = [line.partition(":")[0].strip("⁨⁩") for line in said]
        assert words == ["Yesterday", "the", "minister"]
        assert "الوزير" in said[2]
        tab.press("Shift+G", "Shift+G")
        assert (tab.page.text_content("#says") or "").startswith("Yesterday")
        tab.press("j", "g")
        assert "The" in (tab.page.text_content("#says") or "")
        tab.press("Shift+G")
        wait_lit(tab, "word")
        assert (tab.page.text_content("#says") or "").partition(":")[0].strip("⁨⁩") == "Friday"  # no full stop
        assert {row.state for row in schools.rows()} == {"auto"}

    def test_the_reason_is_said_in_a_sentence(self, schools: Room) -> None:
        tab = schools.open(locale="tr-TR")
        tab.press("i")
        said = tab.page.text_content("#says") or ""
        assert "karşılığı olan sözcükler" in said.lower()
        assert tab.page.get_attribute("#says", "role") == "status"
        tab.page.wait_for_function(
            "said => document.querySelector('.row.here .score').title.includes(said)", arg=said
        )
        tab.find(ENGLISH[2])
        tab.press("i")
        assert "yalnız bir metinde" in (tab.page.text_content("#says") or "")

    def test_the_page_waits_for_no_words(self, schools: Room) -> None:
        """Decisions are saved while the words of a row are still looked for."""
        tab = schools.open()
        words = Held(tab, "**/words**")
        over(tab, ENGLISH[1], "harbour")
        words.asked()
        tab.page.keyboard.press("a")
        tab.page.wait_for_selector(".row.here[data-state=confirmed]")
        assert schools.rows()[0].state == "confirmed"
        assert lit(tab, "partner") == []
        tab.page.wait_for_function("() => document.querySelector('#saved').dataset.busy === 'no'")
        words.release()
        assert "الميناء" in wait_lit(tab, "partner")


class TestFlags:
    def test_a_flag_points_at_its_words(self, schools: Room) -> None:
        tab = schools.open()
        tab.page.wait_for_selector(".flag[data-flag=numbers]")
        assert sorted(wait_lit(tab, "flagged")) == ["40", "41"]
        assert lit(tab, "pointed") == []
        tab.page.hover(".flag[data-flag=numbers] b")
        assert sorted(wait_lit(tab, "pointed")) == ["40", "41"]
        tab.page.click(".flag [data-act=ignore]")
        tab.settle()
        tab.page.wait_for_function("() => !CSS.highlights.get('flagged')")


class TestPartners:
    def test_what_is_alone_is_shown_its_partners_to_be_linked(self, schools: Room) -> None:
        tab = schools.open()
        tab.find(ENGLISH[2])
        offer = tab.page.locator(".row.here .partner", has_text=ARABIC[2])
        offer.wait_for(timeout=120_000)
        assert re.search(r"Link with sentence 3, probability [01]\.\d\d", offer.get_attribute("title") or "")
        assert offer.locator("bdi[lang=ar]").get_attribute("dir") == "rtl"
        offer.click()
        tab.settle()
        made = schools.row(ENGLISH[2])
        assert [segment.text for segment in made.target] == [ARABIC[2]]
        assert (made.state, made.origin) == ("confirmed", "person")
        tab.press("Control+z")
        assert not schools.row(ENGLISH[2]).aligned

    def test_they_are_not_asked_for_while_a_decision_is_sent(self, schools: Room) -> None:
        """What is asked for is given up when an operation is sent, and asked for again when it is over."""
        tab = schools.open()
        partners, operations = Held(tab, "**/partners"), Held(tab, "**/operations")
        tab.page.locator(".segment", has_text=ENGLISH[2]).first.locator(".number").click(force=True)
        partners.asked()
        tab.page.keyboard.press("Shift+K")
        operations.asked()
        tab.page.wait_for_timeout(400)  # in which nothing is to happen
        assert (len(partners.waiting), len(operations.waiting)) == (1, 1)
        assert partners.waiting.pop().request.failure is not None
        partners.release(settle=False)  # they are asked for again when the operation is over
        operations.release()
        tab.page.locator(".row.here .partner", has_text=ARABIC[2]).wait_for(timeout=120_000)
