"""The review page in a real Chromium on a real server: what a translator does all day."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

import polyalign
from polyalign.bitext import Bitext
from polyalign.codes import Code
from polyalign.parts import Bead, Document, Side
from polyalign.store import Store
from tests.helpers.page_browser import Held, Restarting, Room, Tab, project, room, why_not
from tests.helpers.places import SHARED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

PAGE = Path(polyalign.__file__).parent / "server" / "page"
REAL = SHARED / "seeds"
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
ARABIC = [
    "في 14 و15 أيلول 2024 بلغت النسبة 38,05٪.",
    "قال الوزير إن الميناء مغلق 👩‍👩‍👧 اليوم.",
    "انتهى الخبر.",
]
ENGLISH = [
    "On Sept. 14-15, 2024 it reached 38.05%.",
    "The port is closed today, the minister said.",
    "A storm came.",
]


def pairs(source: list[str], target: list[str], beads: tuple[Bead, ...], name: str = "") -> Bitext:
    ours = Document.from_segments(source, language="ar", path=name or None)
    theirs = Document.from_segments(target, language="en")
    assert ours.segments
    assert theirs.segments
    return Bitext(Side("ar", ours.segments, ours.path), Side("en", theirs.segments), beads)


@pytest.fixture
def small(browser: Browser, tmp_path: Path) -> Iterator[Room]:
    """Three Arabic sentences and three English ones, of which the first two pairs are aligned."""
    bitext = pairs(ARABIC, ENGLISH, (Bead((0,), (0,), 0.95), Bead((1,), (1,), 0.4)))
    with room(browser, [project(tmp_path / "small.polyalign", bitext, None, None)]) as found:
        yield found


def walk(tab: Tab, steps: int) -> list[str]:
    """The rows that j comes to."""
    return [tab.press("j").here().get_attribute("data-row") or "run" for _ in range(steps)]


def rows_listed(tab: Tab) -> int:
    return int(tab.page.get_attribute("#rows", "aria-rowcount") or 0) - 1


class TestAllDay:
    def test_walk_and_come_back(self, baku_room: Room) -> None:
        tab = baku_room.open()
        there = walk(tab, 6)
        assert len(set(there)) == 6
        tab.press(*"kkkkkk")
        assert tab.here().get_attribute("aria-rowindex") == "2"
        tab.press("ArrowRight")
        assert tab.page.evaluate("document.activeElement.closest('.cell').lang") == "en"
        tab.press("h")
        assert tab.page.evaluate("document.activeElement.closest('.cell').lang") == "ar"

    def test_accept_is_saved_and_a_reload_shows_it(self, baku_room: Room) -> None:
        tab = baku_room.open()
        tab.press("a", "j", "j", "j", "r")
        states = [row.state for row in baku_room.rows() if row.state != "auto"]
        assert states == ["confirmed", "needs-review"]
        where = tab.here().get_attribute("data-row")
        tab.page.reload()
        tab.page.wait_for_selector(".row.here")
        assert tab.settle().here().get_attribute("data-row") == where
        assert tab.here().get_attribute("data-state") == "needs-review"
        decided, alone = tab.texts("#progress .figure span")
        pairs = [row for row in baku_room.rows() if row.aligned]
        assert decided == f"1 of {len(pairs)} pairs"
        left = [
            r
            for r in baku_room.rows()
            if not r.aligned and not any(s.boilerplate for s in r.source + r.target)
        ]
        assert alone == f"0 of {len(left)} only in one text"
        assert tab.page.text_content("#saved-text") == "saved"

    @pytest.mark.parametrize(
        ("key", "state"),
        [
            ("a", "confirmed"),
            ("r", "needs-review"),
            ("R", "needs-review"),
            ("Shift+R", "needs-review"),
            ("w", "rejected"),
        ],
    )
    def test_states_by_key_undo_and_redo(self, small: Room, key: str, state: str) -> None:
        tab = small.open()
        tab.press(key)
        assert small.rows()[0].state == state == tab.here().get_attribute("data-state")
        tab.press("Control+z")
        assert small.rows()[0].state == "auto" == tab.here().get_attribute("data-state")
        tab.press("Control+Shift+z", "c")
        assert small.rows()[0].state == "auto"
        assert not tab.page.locator("#undo").is_disabled()

    def test_merge_keeps_the_cursor_where_it_was_on_the_screen(self, baku_room: Room) -> None:
        tab = baku_room.open()
        tab.page.locator("#rows").evaluate("node => node.scrollTop = 500")
        tab.find("He praised the return of life")
        before = tab.here().bounding_box()
        count = len(baku_room.rows())
        tab.press("M")
        after = tab.here().bounding_box()
        assert before
        assert after
        assert abs(before["y"] - after["y"]) < before["height"] + after["height"]
        assert len(baku_room.rows()) < count
        assert "by hand" in (tab.here(".gutter").text_content() or "") or tab.here().count() == 1
        tab.press("Control+z")
        assert len(baku_room.rows()) == count

    def test_link_two_distant_cells(self, baku_room: Room) -> None:
        tab = baku_room.open()
        alone = [
            r
            for r in baku_room.rows()
            if not r.aligned and not any(s.boilerplate for s in r.source + r.target)
        ]
        source = next(r for r in alone if r.source).source[0].text
        target = next(r for r in reversed(alone) if r.target).target[0].text
        tab.press("v")
        for text in (source, target):
            tab.click("#texts .strip", text).press("Space")
        row = baku_room.row(source)
        assert [s.text for s in row.target] == [target]
        assert row.score is None

    def test_one_command_links_or_says_why_not(self, small: Room) -> None:
        """L and Space: they mark, take the mark away, link, and say what cannot be linked."""
        tab = small.open()
        marked, said = tab.page.locator(".segment.marked"), tab.page.locator("#says")
        for key in "l ":
            tab.press(key)
            assert marked.count() == 1
            tab.press(key)
            assert marked.count() == 0
        tab.press("l", "ArrowRight", "l")
        assert "in one row already" in (said.text_content() or "")
        tab.press("Shift+Space", "l", "Escape")
        assert "One sentence is chosen" in (said.text_content() or "")
        assert not any(row.by_hand for row in small.rows())
        tab.find(ARABIC[2])
        tab.press(" ")
        tab.find(ENGLISH[2])
        tab.press("l")
        made = small.row(ARABIC[2])
        assert [s.text for s in made.target] == [ENGLISH[2]]
        assert (made.score, made.origin, made.state) == (None, "person", "confirmed")
        assert "by hand" in (tab.here(".gutter").text_content() or "")
        assert tab.here(".score").text_content() == "–"
        assert tab.texts("#progress .figure span") == ["1 of 3 pairs"]
        assert tab.page.text_content("output") == "3 rows"

    def test_choose_and_link(self, small: Room) -> None:
        tab = small.open()
        tab.find(ARABIC[2])
        tab.press("Shift+Space")
        tab.page.locator(".segment", has_text=ENGLISH[2]).click(modifiers=["Control"])
        assert tab.page.locator(".segment.chosen").count() == 2
        tab.press("l")
        assert [s.text for s in small.row(ARABIC[2]).target] == [ENGLISH[2]]

    def test_unlink_move_and_delete(self, small: Room) -> None:
        tab = small.open()
        tab.press("x")
        assert not small.row(ARABIC[0]).aligned
        tab.press("Control+z")
        tab.find(ARABIC[1])
        tab.press("u")
        assert len(small.row(ARABIC[0]).source) == 2
        tab.press("Control+z")
        tab.find(ARABIC[0])
        tab.press("Delete")
        assert all(ARABIC[0] not in s.text for row in small.rows() for s in row.source)
        assert tab.page.locator(".row", has_text=ARABIC[0]).count() == 0
        tab.press("Control+z")
        assert small.row(ARABIC[0]).aligned
        assert ARABIC[0] in tab.here().text_content()

    def test_what_goes_into_a_run_comes_out_of_it(self, baku_room: Room) -> None:
        tab = baku_room.open()
        below = tab.page.locator(".row.run[data-side=source] + .row:not(.alone)").first
        row, sentence = below.get_attribute("data-row"), below.locator(".source .text").text_content() or ""
        runs = tab.texts(".row.run")
        tab.find(sentence)
        tab.press("u")
        assert "3 sentences" in tab.here().text_content()
        tab.press("Control+z")
        assert tab.here().get_attribute("data-row") == row
        assert sentence in tab.here().text_content()
        assert tab.texts(".row.run") == runs

    def test_a_row_that_was_put_off_is_not_folded_away(self, baku_room: Room) -> None:
        tab = baku_room.open()
        tab.press("j", "j", "j")
        run = tab.page.locator(".row.run").first
        run.locator(".unfold").click()
        row = tab.settle().here().get_attribute("data-row")
        tab.press("r")
        with Store(baku_room.paths[0]) as store:
            store.mark([r.id for r in store.rows(1) if r.aligned], "confirmed")
        tab.page.reload()
        tab.settle().press("Home", "n")
        assert tab.here().get_attribute("data-row") == row

    def test_next_unconfirmed_and_next_flagged(self, small: Room) -> None:
        tab = small.open()
        tab.press("a", "n")
        assert ENGLISH[1] in tab.here().text_content()
        tab.press("a", "n")
        assert "only in one text" in (tab.page.text_content("#says") or "")
        alone = [ARABIC[2] in (tab.here(".segment").text_content() or "")]
        tab.press("a", "n")
        alone.append(ARABIC[2] in (tab.here(".segment").text_content() or ""))
        assert sorted(alone) == [False, True]
        tab.press("a", "n")
        assert "Everything here is decided" in (tab.page.text_content("#says") or "")
        assert tab.texts("#progress .figure span") == ["2 of 2 pairs", "2 of 2 only in one text"]

    def test_keep_comment_and_ignored_flags(self, small: Room) -> None:
        tab = small.open()
        tab.press("Shift+K")
        assert not small.rows()[0].keep
        tab.press("Shift+K", "t")
        tab.page.keyboard.type(f"j a {EVIL}")
        tab.press("Control+Enter")
        assert small.rows()[0].comment == f"j a {EVIL}"
        assert tab.page.text_content(".comment .said") == f"j a {EVIL}"
        flag = tab.page.locator(".flag").first
        if flag.count():
            name = flag.get_attribute("data-flag")
            flag.locator("button").click()
            tab.settle()
            assert name in {ignored for row in small.rows() for ignored in row.ignored}
            assert tab.page.locator(".flag.ignored").count() == 1

    def test_a_decision_goes_on_to_the_next_row_unless_that_is_turned_off(self, small: Room) -> None:
        tab = small.open(onward=True)
        tab.press("a", "r")
        assert [row.state for row in small.rows()][:2] == ["confirmed", "needs-review"]
        tab.press("Home")
        tab.page.click("#menu summary")
        tab.page.uncheck("#onward")
        tab.page.keyboard.press("Escape")
        tab.page.reload()
        tab.page.wait_for_selector(".row.here")
        tab.settle().press("r", "w")
        assert [row.state for row in small.rows()][:2] == ["rejected", "needs-review"]

    @pytest.mark.parametrize("query", ["&order=worst", "&state=auto"])
    def test_going_on_where_the_row_leaves_its_place(
        self, browser: Browser, tmp_path: Path, query: str
    ) -> None:
        """Worst first a settled row goes to the end, a filter leaves it out: the next one is the next one."""
        beads = tuple(Bead((i,), (i,), 0.1 * (i + 1)) for i in range(6))
        bitext = pairs(["ا", "ب", "ج", "د", "ه", "و"], list("abcdef"), beads)
        with room(browser, [project(tmp_path / "x.polyalign", bitext, None, None)]) as found:
            tab = found.open(onward=True, query=query)
            tab.press("a", "a", "w")
            states = [row.state for row in found.rows()]
            assert states == ["confirmed", "confirmed", "rejected", "auto", "auto", "auto"]
            assert "د" in (tab.here().text_content() or "")


class TestTexts:
    def test_edit_keeps_the_original(self, small: Room) -> None:
        tab = small.open()
        tab.press("e")
        area = tab.page.locator(".editor textarea")
        assert (area.get_attribute("dir"), area.get_attribute("lang")) == ("rtl", "ar")
        area.fill("نص جديد")
        tab.press("Control+Enter")
        segment = small.rows()[0].source[0]
        assert (segment.text, segment.original) == ("نص جديد", ARABIC[0])
        tab.here(".edited summary").click()
        assert tab.here(".original").text_content() == ARABIC[0]
        tab.here("[data-act=restore]").click()
        tab.settle()
        assert small.rows()[0].source[0].original is None

    def test_leaving_the_field_saves_and_escape_does_not(self, small: Room) -> None:
        tab = small.open()
        tab.press("e")
        tab.page.keyboard.type(" !")
        tab.page.keyboard.press("Escape")
        assert tab.settle().page.locator("textarea").count() == 0
        assert small.rows()[0].source[0].text == ARABIC[0]
        tab.press("e")
        tab.page.keyboard.type(" !")
        tab.page.locator(".segment", has_text=ENGLISH[1]).click()
        tab.settle()
        assert small.rows()[0].source[0].text == ARABIC[0] + " !"
        assert tab.page.locator("textarea").count() == 0

    def test_one_row_into_two_in_five_keys(self, small: Room) -> None:
        """Places between words in both texts; the preview runs as the texts do."""
        tab = small.open()
        tab.find(ARABIC[1])
        tab.press("s", "ArrowLeft", "Tab", "ArrowLeft")
        shown = tab.page.locator("#mode .preview")
        assert shown.evaluate_all("all => all.map(node => node.dir)") == ["rtl", "ltr"]
        before, after = shown.first.locator("bdi").nth(0), shown.first.locator("bdi").nth(1)
        first, second = before.bounding_box(), after.bounding_box()
        assert first
        assert second
        assert first["x"] > second["x"]
        halves = [shown.nth(k).locator("bdi").all_text_contents() for k in range(2)]
        for text, (head, tail) in zip((ARABIC[1], ENGLISH[1]), halves, strict=True):
            assert f"{head} {tail}" == text
        tab.press("Enter")
        rows = [row for row in small.rows() if row.by_hand]
        assert [[row.source[0].text, row.target[0].text] for row in rows] == [
            list(h) for h in zip(*halves, strict=True)
        ]
        assert {(row.kind, row.state, row.score) for row in rows} == {("1-1", "confirmed", None)}
        tab.press("Control+z")
        assert small.row(ARABIC[1]).score == 0.4

    def test_places_to_split_are_between_words(self, small: Room) -> None:
        tab = small.open()
        tab.find(ENGLISH[0])
        tab.press("s", "Home")
        heads = []
        for _ in range(9):
            heads.append(tab.page.locator("#mode .preview bdi").first.text_content() or "")
            tab.press("ArrowRight")
        words = ENGLISH[0].split()
        assert heads == [" ".join(words[: k + 1]) for k in range(6)] + [" ".join(words[:6])] * 3
        tab.press("Escape")
        assert tab.page.locator("#mode").is_hidden()

    @pytest.mark.parametrize("language", ["ar", "en"])
    def test_split_at_the_caret_with_the_keyboard(self, small: Room, language: str) -> None:
        """With Ctrl the caret goes by graphemes of the logical string, to the left in Arabic."""
        tab = small.open()
        text = (ARABIC if language == "ar" else ENGLISH)[1]
        tab.find(text)
        forward = "ArrowLeft" if language == "ar" else "ArrowRight"
        first = text.index(" ") + 1
        tab.press("s", "Home", *[f"Control+{forward}"] * 4, "Enter")
        at = first + 4
        row = small.row(text[at:].strip())
        side = row.source if language == "ar" else row.target
        assert [s.text.strip() for s in side] == [text[:at].strip(), text[at:].strip()]

    def test_split_counts_characters_behind_an_emoji(self, small: Room) -> None:
        tab = small.open()
        tab.find(ARABIC[1])
        tab.press("s", "End", "Control+ArrowRight", "Enter")
        first, second = small.row("اليوم").source
        assert (first.text.strip(), second.text.strip()) == (ARABIC[1][:-6].strip(), ARABIC[1][-6:].strip())
        tab.press("Shift+J")
        assert [s.text for s in small.row("اليوم").source] == [ARABIC[1]]

    def test_split_begins_where_the_user_clicked(self, small: Room) -> None:
        """Among digits in Arabic, whose order on the screen is not that of the string."""
        tab = small.open()
        at = ARABIC[0].index("أيلول")  # one letter into it, the word's border is nearest
        tab.page.evaluate(
            """at => { const node = document.querySelector('.cell.source .text').firstChild;
                getSelection().collapse(node, at) }""",
            at + 1,
        )
        tab.press("s", "Enter")
        assert [s.text.strip() for s in small.row("أيلول").source] == [ARABIC[0][:at].strip(), ARABIC[0][at:]]
        assert small.rows()[0].source[0].text.strip().endswith("15")

    def test_codes_are_chips_that_no_split_breaks(self, browser: Browser, tmp_path: Path) -> None:
        base = pairs(["مرحبا ، اضغط."], ["Hello , press Start now."], (Bead((0,), (0,), 1.0),))
        (segment,) = base.target.segments
        codes = (
            Code(6, 6, "alone", "1", "ph", "{name}"),
            Code(14, 14, "open", "2", "bpt", "<b>"),
            Code(14, 14, "alone", "3", "ph", EVIL),
            Code(19, 19, "close", "2", "ept", "</b>"),
        )
        bitext = replace(base, target=replace(base.target, segments=(replace(segment, codes=codes),)))
        with room(browser, [project(tmp_path / "codes.polyalign", bitext, None, None)]) as found:
            tab = found.open()
            text = ".row .cell.target .text"
            assert tab.texts(text) == [segment.text]
            names = "nodes => nodes.map(node => node.title)"
            assert tab.page.eval_on_selector_all(f"{text} .chip", names) == [code.name for code in codes]
            tab.page.focus(".row .cell.target .segment")
            tab.press("s", "Home", "ArrowRight", "Enter").settle()
            assert [s.text for s in found.rows()[0].target] == ["Hello , press", "Start now."]
            chips = [tab.page.eval_on_selector_all(f":nth-match({text}, {n}) .chip", names) for n in (1, 2)]
            assert chips == [["{name}"], ["<b>", EVIL, "</b>"]]
            assert tab.page.title() != "owned"

    def test_escape_leaves_the_split_mode(self, small: Room) -> None:
        tab = small.open()
        tab.press("s")
        assert tab.page.locator(".caret").count() == 1
        tab.press("a", "Escape")
        assert tab.page.locator(".caret").count() == 0
        assert {row.state for row in small.rows()} == {"auto"}

    def test_language_and_direction_on_every_cell(self, baku_room: Room) -> None:
        tab = baku_room.open()
        cells = tab.page.locator("#rows .row:not(.run) .cell").evaluate_all(
            "all => all.map(node => [node.dataset.side, node.lang, node.dir])"
        )
        assert {tuple(cell) for cell in cells} == {("source", "ar", "rtl"), ("target", "en", "ltr")}
        texts = tab.page.locator("#rows .text").evaluate_all("all => all.map(node => [node.lang, node.dir])")
        assert {tuple(text) for text in texts} == {("ar", "rtl"), ("en", "ltr")}
        assert tab.page.locator("#rows .score:not(:has(bdi)), #rows .number:not(:has(bdi))").count() == 0

    def test_copying_a_row_gives_the_logical_string_alone(self, small: Room) -> None:
        tab = small.open()
        selected = tab.page.evaluate(
            """() => { const range = document.createRange();
                range.selectNodeContents(document.querySelector('.row .cell.source'));
                getSelection().removeAllRanges(); getSelection().addRange(range);
                return getSelection().toString() }"""
        )
        assert selected.strip() == ARABIC[0]

    def test_a_translation_stands_below_in_the_other_language(self, small: Room) -> None:
        with Store(small.paths[0]) as store:
            store.translated({store.rows(1)[0].source[0].id: "On 14 and 15 September"})
        tab = small.open()
        below = tab.page.locator(".cell.source .translation")
        assert below.all_text_contents() == ["On 14 and 15 September"]
        assert (below.get_attribute("lang"), below.get_attribute("dir")) == ("en", "ltr")

    def test_out_of_order_rows_say_so(self, browser: Browser, tmp_path: Path) -> None:
        bitext = pairs(["ا", "ب", "ج"], ["a", "b", "c"], tuple(Bead((i,), (2 - i,), 0.9) for i in range(3)))
        with room(browser, [project(tmp_path / "x.polyalign", bitext, None, None)]) as found:
            tab = found.open()
            assert tab.texts(".order") == ["↓3", "↑2", "↑1"]
            assert tab.page.locator(".threads path").count() == 2
            tab.press("v")
            assert tab.page.locator(".links .shown").count() == 3
            tab.page.locator(".links .reach").first.click(position={"x": 75, "y": 52}, force=True)
            tab.settle()
            assert tab.page.locator(".strip.here").count() == 2

    def test_control_characters_on_demand(self, browser: Browser, tmp_path: Path) -> None:
        text = "رقم \u200f12\u202c"
        bitext = pairs([text], ["Number 12"], (Bead((0,), (0,), 0.9),))
        with room(browser, [project(tmp_path / "x.polyalign", bitext, None, None)]) as found:
            tab = found.open()
            assert tab.page.locator(".control").count() == 0
            tab.page.click("#menu summary")
            tab.page.check("#controls")
            marks = tab.page.locator(".control").evaluate_all("all => all.map(node => node.dataset.mark)")
            assert marks == ["RLM", "PDF"]
            assert tab.texts(".cell.source .text") == [text]


def without_docstrings(path: Path) -> str:
    """What a module says to others than its readers."""
    return re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


class TestScores:
    def test_pairs_of_a_file_have_no_score_and_say_where_they_come_from(
        self, browser: Browser, tmp_path: Path
    ) -> None:
        (tmp_path / "pairs.tsv").write_text("ar\ten\nقال نعم.\tHe said yes.\nلا.\tنعم.\n", encoding="utf-8")
        path = project(tmp_path / "x.polyalign", polyalign.read_bitext(tmp_path / "pairs.tsv"), None, None)
        with room(browser, [path]) as found:
            tab = found.open()
            assert tab.texts("#rows .score") == ["–", "–"]
            assert tab.texts("#rows .origin") == ["from a file"] * 2
            assert rows_listed(tab) == 2
            tab.page.fill("[aria-label='Lowest score']", "0.5")
            tab.page.wait_for_selector(".empty:visible")


class TestPlacesAndSizes:
    """WCAG 1.4.10, 2.4.1, 4.1.2; paper; forced colours."""

    def test_rows_can_be_worked_on_in_windows_of_all_sizes(self, baku_room: Room) -> None:
        """320 × 256 is a window of 1280 × 1024 at 400 %."""
        tab = baku_room.open()
        for width, height in ((320, 256), (390, 844), (600, 800), (900, 700)):
            tab.page.set_viewport_size({"width": width, "height": height})
            tab.settle().press("Home")
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
            assert tab.page.evaluate("document.querySelector('#rows').clientHeight") > 0.5 * height
            widths = tab.page.locator("#rows .segment .text").evaluate_all(
                "all => all.map(n => n.clientWidth)"
            )
            assert min(widths) > min(0.3 * width, 250)
            assert tab.page.locator("#rows .segment .number:visible").count() > 0
            tab.press("s", "Enter", "Control+z", "Home", "c", "a")
            assert baku_room.rows()[0].state == "confirmed"
            tab.press("/")
            assert tab.page.locator("#search").is_visible()
            tab.page.keyboard.press("Escape")
            tab.settle().page.click("#menu summary")
            assert tab.page.locator("#menu [data-dialog=about]").is_visible()
            tab.page.keyboard.press("Escape")

    def test_paper_has_the_whole_text_and_no_toolbars(self, browser: Browser, tmp_path: Path) -> None:
        from io import BytesIO

        reader = pytest.importorskip("pypdf")
        lines = [f"line{i}" for i in range(700)]
        bitext = pairs(
            lines, [f"row{i}" for i in range(700)], tuple(Bead((i,), (i,), 0.9) for i in range(700))
        )
        with room(browser, [project(tmp_path / "x.polyalign", bitext, None, None)]) as found:
            tab = found.open()
            pages = reader.PdfReader(BytesIO(tab.page.pdf())).pages
            text = "\n".join(page.extract_text() for page in pages)
            assert {f"row{i}" for i in range(700)} <= set(text.split())
            assert not {"Accept", "Concordance", "Undo", "saved"} & set(text.split())
            assert tab.page.locator("#print .row").count() == 0
            tab.complaints.clear()  # of the request that the browser waits for

    def test_what_a_screen_reader_is_told(self, baku_room: Room) -> None:
        tab = baku_room.open()
        assert tab.page.evaluate("document.activeElement.getAttribute('role')") == "gridcell"
        roles = "all => all.map(n => [n.role, n.parentElement.closest('[role]').role])"
        assert {tuple(r) for r in tab.page.locator("#rows .segment").evaluate_all(roles)} == {
            ("gridcell", "none")
        }
        values = "all => all.map(n => n.getAttribute('aria-hidden'))"
        assert set(tab.page.locator("[aria-hidden]").evaluate_all(values)) == {"true"}
        assert tab.page.locator(".unfold[aria-expanded=false]").count() > 0
        first = "document.querySelector('a[href], button, input, select, summary, [tabindex]').className"
        assert tab.page.evaluate(first) == "skip"
        tab.page.locator(".skip").focus()
        tab.page.wait_for_function("() => document.querySelector('.skip').getBoundingClientRect().top >= 0")
        tab.page.keyboard.press("Enter")
        assert tab.page.evaluate("document.activeElement.getAttribute('role')") == "gridcell"

    def test_forced_colours_show_what_is_pressed_and_how_far_it_is(self, small: Room) -> None:
        tab = small.open(forced_colors="active")
        tab.press("a")
        paint = "n => getComputedStyle(n).backgroundColor"
        pressed, other = (tab.page.locator(f"#view-{name}").evaluate(paint) for name in ("rows", "texts"))
        assert pressed != other
        done, bar = (tab.page.locator(f"#progress {name}").evaluate(paint) for name in (".decided", ".bar"))
        assert done != bar
        assert tab.page.locator("#progress .decided").evaluate("n => n.offsetWidth") > 0


class TestWords:
    """Errors speak of what the page shows, and never of a command line or a schema."""

    ADVICE = re.compile(
        r"(?:^|\s|\()--[a-z]|\bpolyalign (pair|review|serve|models|translate) |\bpip\b|(String|Input) should"
    )

    def test_no_word_of_the_command_line(self, small: Room) -> None:
        """All strings of the rooms that a server uses, as they would be shown."""
        rooms = Path(polyalign.__file__).parent
        paths = [
            path
            for path in rooms.rglob("*.py")
            if path.relative_to(rooms).parts[0] not in ("cli", "corpus", "hub")
        ]
        lines = [
            text
            for path in paths
            for text in re.findall(r'f?"((?:[^"\\\n]|\\.)*)"', without_docstrings(path))
            if " " in text and self.ADVICE.search(text)  # an option alone is put into another line
        ]
        assert len(lines) > 20
        tab = small.open()
        shown = tab.page.evaluate(
            "async (lines) => lines.map((await import('./static/words.js')).withoutCommands)",
            lines,
        )
        assert [text for text in shown if self.ADVICE.search(text)] == []
        assert all(text.strip() for text in shown)

    def test_a_field_that_is_wrong_is_called_as_the_page_calls_it(
        self, browser: Browser, tmp_path: Path
    ) -> None:
        with room(browser, [], folder=tmp_path) as found:
            tab = found.open()
            tab.page.click("#home [data-dialog=pair]")
            tab.page.click("dialog .main")
            error = tab.page.locator("dialog .error")
            assert "project has no name" in (error.text_content() or "")
            tab.page.fill("dialog [placeholder='name of the project']", "harbour")
            tab.page.click("dialog .tabs label:has-text('Two texts')")
            for area in tab.page.locator("dialog textarea:visible").all():
                area.fill("One.")
            tab.page.locator("dialog [placeholder=detect]:visible").first.fill("not a language")
            tab.page.click("dialog .main")
            tab.page.wait_for_selector("dialog .error:has-text('the language is not understood')")
            tab.complaints.clear()


class TestFilter:
    def test_a_filter_stays_over_a_reload(self, baku_room: Room) -> None:
        tab = baku_room.open()
        tab.press("/")
        tab.page.keyboard.type("Zangezur")
        tab.page.wait_for_selector(f"output:text('1 of {len(baku_room.rows())}')")
        assert tab.texts("#rows mark") == ["Zangezur"]
        tab.page.reload()
        tab.page.wait_for_selector(f"output:text('1 of {len(baku_room.rows())}')")
        assert "token=" in tab.page.url
        assert tab.page.input_value("#search") == "Zangezur"
        tab.page.click("text=Clear filter")
        tab.page.wait_for_selector(f"output:text-is('{len(baku_room.rows())} rows')")

    MARKED: ClassVar = {
        "ISIK": ("Yeşil ışık yandı.", "ışık"),
        "istanbul": ("O, İSTANBUL'da.", "İSTANBUL"),
        "اعلان": ("صدر إِعْلانٌ آخر.", "إِعْلانٌ"),
        "مدرسة": ("في مـــدرسه قريبة.", "مـــدرسه"),
        "O zwei": ("👩‍👩‍👧 𝒪 zwei.", "𝒪 zwei"),
    }

    def test_what_the_search_found_is_marked(self, browser: Browser, tmp_path: Path) -> None:
        """As it was found: by the server's folding, which knows more than a browser's."""
        texts = [text for text, _ in self.MARKED.values()]
        bitext = pairs(texts, list("abcde"), tuple(Bead((i,), (i,), 0.9) for i in range(5)))
        with room(browser, [project(tmp_path / "x.polyalign", bitext, None, None)]) as found:
            tab = found.open()
            for wanted, (_, marked) in self.MARKED.items():
                tab.page.fill("#search", wanted)
                tab.page.wait_for_selector(f"#rows mark:text-is({json.dumps(marked, ensure_ascii=False)})")
                assert tab.settle().texts("#rows mark") == [marked]
                assert rows_listed(tab) == 1

    def test_a_bad_pattern_is_said_in_place(self, small: Room) -> None:
        tab = small.open()
        tab.page.check("#regex", force=True)
        tab.page.fill("#search", "(")
        tab.page.wait_for_selector("#filters .error:visible")
        assert tab.page.locator(".row").count() == 4
        tab.page.fill("#search", "port|مغلق")
        tab.page.wait_for_selector("output:text('1 of 4')")
        assert not tab.page.locator("#filters .error").is_visible()
        tab.complaints[:] = [line for line in tab.complaints if "400" not in line]

    def test_worst_first_and_states(self, small: Room) -> None:
        tab = small.open(query="&order=worst")
        assert tab.texts("#rows .score")[:2] == ["0.40", "0.95"]
        assert "2 pairs left, by their scores about 0." in (tab.page.text_content("output") or "")
        tab.page.click("[data-menu=state] summary")
        tab.page.check("[data-menu=state] [value=confirmed]")
        tab.page.wait_for_selector(".empty:visible")
        assert "state=confirmed" in tab.page.url

    def test_accept_all_that_is_shown_is_one_operation(self, small: Room) -> None:
        tab = small.open(query="&min_score=0.9")
        tab.page.click("text=Accept all shown")
        tab.page.wait_for_selector("dialog.confirm")
        asked = tab.page.text_content("dialog") or ""
        assert "Accept 1 row that the filter shows" in asked
        assert "about 0.1 of them wrong" in asked
        tab.page.click("dialog .main")
        tab.settle()
        assert [row.state for row in small.rows() if row.aligned] == ["confirmed", "auto"]

    def test_runs_fold_and_open(self, baku_room: Room) -> None:
        tab = baku_room.open()
        run = tab.page.locator(".row.run .unfold").first
        assert "sentences only in the Arabic text" in (run.text_content() or "")
        folded, inside = rows_listed(tab), int(re.sub(r"\D", "", run.text_content() or ""))
        run.click()
        assert rows_listed(tab.settle()) == folded + inside - 1
        assert tab.press("j", "o").page.locator(".row.run.here").count() == 1
        assert rows_listed(tab) == folded


class TestKeys:
    def test_keys_rest_in_text_fields(self, small: Room) -> None:
        tab = small.open()
        tab.press("/")
        tab.page.keyboard.type("arx")
        tab.settle()
        assert tab.page.input_value("#search") == "arx"
        assert {row.state for row in small.rows()} == {"auto"}

    @pytest.mark.parametrize(
        ("key", "code", "state"),
        [("ش", "KeyA", "confirmed"), ("ф", "KeyA", "confirmed"), ("ق", "KeyR", "needs-review")],
    )
    def test_other_layouts_go_by_the_place_of_the_key(
        self, small: Room, key: str, code: str, state: str
    ) -> None:
        tab = small.open()
        tab.page.evaluate(
            """([key, code]) => document.activeElement.dispatchEvent(
                new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true}))""",
            [key, code],
        )
        assert tab.settle().here().get_attribute("data-state") == state

    def test_help_lists_the_keys_and_escape_closes_it(self, small: Room) -> None:
        tab = small.open()
        tab.press("?")
        assert {"A", "M", "Space", "Ctrl+Z", "k"} <= set(tab.texts("dialog kbd"))
        tab.press("a", "Escape")
        assert tab.page.locator("dialog").count() == 0
        assert {row.state for row in small.rows()} == {"auto"}
        assert tab.page.evaluate("document.activeElement.closest('.row.here') !== null")

    def test_every_control_has_a_name(self, baku_room: Room) -> None:
        tab = baku_room.open()
        nameless = tab.page.evaluate(
            """() => [...document.querySelectorAll('button, select, input, summary')].filter(node =>
                !node.textContent.trim() && !node.getAttribute('aria-label') && !node.labels?.length)
                .map(node => node.outerHTML)"""
        )
        assert nameless == []


class TestFields:
    """No letter that is typed into a field is a command, whatever arrives in the meantime."""

    COMMANDS = "arwcxmudlskjneo"

    def untouched(self, room: Room) -> bool:
        rows = room.rows()
        return {row.state for row in rows} == {"auto"} and len(rows) == 4 and not any(r.who for r in rows)

    def test_the_search_goes_on_when_its_rows_arrive(self, small: Room) -> None:
        tab = small.open()
        tab.press("/")
        tab.page.keyboard.type("p")
        tab.page.wait_for_selector("output:text('2 of 4')")
        tab.settle()
        tab.page.keyboard.type(self.COMMANDS)
        tab.page.wait_for_selector("output:text('0 of 4')")
        tab.settle()
        assert tab.page.input_value("#search") == "p" + self.COMMANDS
        assert self.untouched(small)

    @pytest.mark.parametrize("name", ["Lowest score", "Highest score"])
    def test_a_score_goes_on_when_its_rows_arrive(self, small: Room, name: str) -> None:
        tab = small.open()
        box = tab.page.get_by_label(name)
        box.click()
        tab.page.keyboard.type("0.5")
        tab.page.wait_for_selector("output:text('1 of 4')")
        tab.settle()
        tab.page.keyboard.type("5ar")
        tab.settle()
        assert box.evaluate("node => node === document.activeElement")
        assert box.input_value().startswith("0.55")
        assert self.untouched(small)

    def test_a_choice_stays_where_it_is(self, small: Room) -> None:
        tab = small.open()
        order = tab.page.locator("#filters select").last
        order.focus()
        tab.page.keyboard.type("worst")
        tab.settle()
        tab.page.keyboard.type("ar")
        tab.settle()
        assert self.untouched(small)

    def test_a_motion_that_comes_late_does_not_take_the_focus(self, small: Room) -> None:
        tab = small.open()
        held = Held(tab, "**/rows/next**")
        tab.page.keyboard.press("n")
        held.asked()
        tab.page.keyboard.press("/")
        held.release()
        tab.page.keyboard.type("ar")
        tab.settle()
        assert tab.page.input_value("#search") == "ar"
        assert self.untouched(small)

    def test_what_is_typed_before_the_field_is_there(self, small: Room) -> None:
        """The field of a text opens behind what is under way: letters meant for it are no commands."""
        tab = small.open()
        held = Held(tab, "**/rows/next**")
        tab.page.keyboard.press("n")
        held.asked()
        tab.page.keyboard.press("t")
        tab.page.keyboard.type("ar")
        held.release()
        tab.page.wait_for_selector(".editor textarea")
        tab.settle()
        assert {row.state for row in small.rows()} == {"auto"}

    def test_what_is_typed_while_the_text_is_saved(self, small: Room) -> None:
        """Ctrl+Enter leaves the field at once: what comes then is a command, and none of it gets lost."""
        tab = small.open()
        tab.press("t")
        tab.page.keyboard.type("first")
        held = Held(tab, "**/operations")
        tab.page.keyboard.press("Control+Enter")
        held.asked()
        assert tab.page.locator(".editor textarea").get_attribute("readonly") is not None
        assert tab.page.evaluate("document.activeElement.closest('.editor') === null")
        held.release()
        assert small.rows()[0].comment == "first"
        assert tab.press("a").page.locator("textarea").count() == 0
        assert small.rows()[0].state == "confirmed"

    def test_a_field_that_goes_away_takes_its_letters_along(self, browser: Browser, tmp_path: Path) -> None:
        lines = [f"جملة {i}" for i in range(300)]
        bitext = pairs(lines, lines, tuple(Bead((i,), (i,), 0.9) for i in range(300)))
        with room(browser, [project(tmp_path / "x.polyalign", bitext, None, None)]) as found:
            tab = found.open()
            tab.press("t")
            tab.page.keyboard.type("a note")
            tab.page.locator("#rows").evaluate("node => node.scrollTop = node.scrollHeight")
            tab.page.wait_for_function("() => !document.querySelector('textarea')")
            tab.settle()
            tab.page.keyboard.type("ar")
            tab.settle()
            assert found.rows()[0].comment == "a note"
            assert {row.state for row in found.rows()} == {"auto"}
            tab.press("Escape", "Home", "a")
            assert found.rows()[0].state == "confirmed"

    @pytest.mark.parametrize("when", ["with the last letter of the field", "with the first one after it"])
    def test_a_letter_does_not_leave_a_field_whatever_is_drawn_meanwhile(
        self, small: Room, when: str
    ) -> None:
        """The field goes, and the focus to a row, in the very task in which a key is handled."""
        tab = small.open()
        tab.press("t")
        tab.page.keyboard.type("a not")
        gone = "() => { document.activeElement.blur(); document.querySelector('.row [tabindex]').focus() }"
        if when == "with the last letter of the field":
            tab.page.evaluate(f"addEventListener('keydown', {gone}, {{ once: true }})")
            tab.page.keyboard.type("e")
        else:
            tab.page.evaluate(gone)
            tab.page.evaluate(f"addEventListener('keydown', {gone}, {{ once: true }})")
        tab.page.keyboard.type("rr")
        tab.settle()
        assert {row.state for row in small.rows()} == {"auto"}

    def test_a_row_that_goes_away_while_a_text_is_written(self, small: Room) -> None:
        """The field is found again where the sentence stands now, and no letter was a command."""
        one, two = small.open(), small.open()
        one.find(ARABIC[1])
        one.press("e")
        one.page.keyboard.type(" more")
        two.find(ARABIC[0])
        two.press("M")
        one.page.wait_for_selector(".editor .conflict")
        one.settle()
        rows = small.rows()
        assert sorted(row.state for row in rows) == ["auto", "auto", "confirmed"]  # that which M made
        assert len(rows) == 3
        area = one.page.locator(".editor textarea")
        assert area.input_value() == f"{ARABIC[1]} more"
        one.page.click("text=Save mine")
        one.settle()
        assert f"{ARABIC[1]} more" in [segment.text for segment in small.row(ARABIC[0]).source]
        one.complaints[:] = [line for line in one.complaints if "status of 4" not in line]

    def test_what_was_written_in_a_row_that_was_deleted_is_told(self, small: Room) -> None:
        one, two = small.open(), small.open()
        one.find(ARABIC[1])
        one.press("t")
        one.page.keyboard.type("check this")
        two.find(ARABIC[0])
        two.press("M")
        one.page.wait_for_selector("#says:has-text('check this')")
        one.settle()
        assert not one.page.query_selector(".editor")
        assert [row.comment for row in small.rows()] == [""] * 3
        one.complaints[:] = [line for line in one.complaints if "status of 4" not in line]

    def test_a_dialog_that_closes_by_itself(self, browser: Browser, tmp_path: Path) -> None:
        """Nothing can be typed into it any more once it is at work, so that no letter falls through."""
        with room(browser, [], folder=tmp_path) as found:
            tab = found.open()
            tab.page.click("#home [data-dialog=pair]")
            name = tab.page.locator("dialog [placeholder='name of the project']")
            name.fill("harbour")
            held = Held(tab, "**/api/projects")
            tab.page.keyboard.press("Enter")
            held.asked()
            assert name.evaluate("node => node.closest('[inert]') !== null")
            held.release()


class TestTwoTabs:
    def test_the_other_tab_follows(self, small: Room) -> None:
        one, two = small.open(), small.open()
        one.press("a")
        two.page.wait_for_selector(".row[data-state=confirmed]")
        assert "Changed elsewhere" in (two.page.text_content("#says") or "")

    def test_no_edit_is_lost_and_the_second_tab_is_told(self, small: Room) -> None:
        one, two = small.open(), small.open()
        for tab, text in ((one, "الأول"), (two, "الثاني")):
            tab.press("e")
            tab.page.locator("textarea").fill(text)
        one.press("Control+Enter")
        two.page.wait_for_selector("#says:has-text('Changed elsewhere')")
        assert two.page.locator("textarea").input_value() == "الثاني"
        two.press("Control+Enter")
        assert "Changed in another tab" in (two.page.text_content(".conflict") or "")
        assert two.page.locator(".theirs").text_content() == "الأول"
        assert two.page.locator("textarea").input_value() == "الثاني"
        assert small.rows()[0].source[0].text == "الأول"
        two.press("Control+Enter")
        assert small.rows()[0].source[0].text == "الثاني"
        two.complaints[:] = [line for line in two.complaints if "409" not in line]

    def test_what_is_refused_and_given_up_is_not_called_unsaved(self, small: Room) -> None:
        one, two = small.open(), small.open()
        two.press("e")
        two.page.locator("textarea").fill("الثاني")
        one.press("e")
        one.page.locator("textarea").fill("الأول")
        one.press("Control+Enter")
        two.press("Control+Enter")
        assert "not saved" in (two.page.text_content("#saved-text") or "")
        two.press("Escape")
        assert two.page.text_content("#saved-text") == "saved"
        two.press("Shift+M")
        assert "no row above" in (two.page.text_content("#says") or "")
        assert two.page.text_content("#saved-text") == "saved"
        two.complaints[:] = [line for line in two.complaints if "status of 4" not in line]

    def test_what_cannot_be_sent_is_sent_later(self, small: Room) -> None:
        tab = small.open()
        tab.page.context.set_offline(True)
        tab.page.keyboard.press("a")
        tab.page.wait_for_selector("#saved[data-state=offline]")
        assert "not saved" in (tab.page.text_content("#saved-text") or "")
        assert small.rows()[0].state == "auto"
        tab.page.keyboard.press("j")
        tab.page.keyboard.press("r")
        tab.page.context.set_offline(False)
        tab.page.wait_for_selector("#saved[data-state=saved]")
        tab.settle()
        assert [row.state for row in small.rows()][:2] == ["confirmed", "needs-review"]
        tab.complaints.clear()

    def test_an_answer_that_got_lost_is_not_done_twice(self, small: Room) -> None:
        """The server did it, the answer never came: the page tries again, and finds its own work there."""
        tab = small.open()
        lost: list[str] = []

        def lose(route: Route) -> None:
            if lost:
                route.continue_()
            else:
                lost.append(route.request.url)
                route.fetch()
                route.abort()

        tab.page.route("**/operations", lose)
        tab.press("M")
        assert lost
        assert len(small.rows()) == 3
        assert tab.page.get_attribute("#saved", "data-state") == "saved"
        tab.complaints.clear()

    def test_keys_pressed_faster_than_the_server_answers(self, small: Room) -> None:
        tab = small.open()
        for key in "ajajdj":
            tab.page.keyboard.press(key)
        tab.settle()
        assert small.rows()[0].state == "confirmed"
        tab.press("Control+z", "Control+z", "Control+z")
        assert {row.state for row in small.rows()} == {"auto"}

    def test_a_change_above_moves_nothing_in_the_other_tab(self, browser: Browser, tmp_path: Path) -> None:
        lines = [f"جملة {i} " * (1 + i % 9) for i in range(300)]
        bitext = pairs(lines, lines, tuple(Bead((i,), (i,), 0.9) for i in range(300)))
        with room(browser, [project(tmp_path / "x.polyalign", bitext, None, None)]) as found:
            one, two = found.open(), found.open()
            two.press("End", *"kkkkkkkk")
            name, y = two.here(".text").first.text_content(), two.here().bounding_box()
            one.press("M", "M", "x")
            two.page.wait_for_function("() => document.querySelector('#says').textContent.includes('unlink')")
            after = two.settle().here().bounding_box()
            assert two.here(".text").first.text_content() == name
            assert y
            assert after
            assert abs(after["y"] - y["y"]) < 2


class TestRestart:
    """A server that dies and comes back: nothing that was decided is lost, and nothing is claimed."""

    KEYS = (
        ("a",),
        ("r",),
        ("m",),
        ("t", "x", "Control+Enter"),
        ("Shift+K",),
        ("x",),
        ("Control+z",),
        ("Control+Shift+z",),
        ("e", "!", "Control+Enter"),
        ("Delete",),
    )
    DONE = "mark mark merge comment keep unlink unlink unlink edit delete".split()

    @pytest.mark.parametrize("point", ["before it", "after it, unanswered", "after the answer"])
    def test_at_every_point_of_ten_operations(self, browser: Browser, tmp_path: Path, point: str) -> None:
        bitext = pairs(ARABIC, ENGLISH, tuple(Bead((i,), (i,), 0.9) for i in range(3)))
        path = project(tmp_path / "small.polyalign", bitext, None, None)
        with Restarting(browser, path) as server:
            tab = server.tab
            dying: list[str] = []

            def asked(route: Route) -> None:
                if not dying:
                    return route.continue_()
                if dying == ["answer"]:
                    route.fetch()
                if dying != ["dead"]:
                    server.kill()
                dying[:] = ["dead"]
                return route.abort()

            tab.page.route(re.compile("/(operations|undo|redo)$"), asked)
            for number, keys in enumerate(self.KEYS):
                *first, last = keys
                tab.press(*first)
                dying[:] = {"before it": ["request"], "after it, unanswered": ["answer"]}.get(point, [])
                if dying:
                    tab.page.keyboard.press(last)
                    tab.page.wait_for_selector("#saved[data-state=offline]")
                    assert "not saved" in (tab.page.text_content("#saved-text") or "")
                    tab.page.keyboard.press("j")  # what is given meanwhile waits, too
                    tab.page.keyboard.press("k")
                else:
                    tab.press(last)
                    assert tab.page.get_attribute("#saved", "data-state") == "saved"
                    server.kill()
                done = len(self.DONE[:number]) + (point != "before it")
                assert len(journal(path)) == done
                link = server.link
                server.start()
                assert server.link == link
                dying.clear()
                if number % 2:
                    tab.page.reload()
                    tab.page.wait_for_selector(".row.here")
                tab.page.wait_for_selector("#saved[data-state=saved]")
                tab.settle()
                assert journal(path) == self.DONE[: number + 1]
        with Store(path) as store:
            assert [row.state for row in store.rows(1) if row.deleted] == ["auto"]

    def test_another_project_at_the_address_gets_nothing(self, browser: Browser, tmp_path: Path) -> None:
        """The decision waits, and says so, until somebody opens its own project or gives it up."""
        bitext = pairs(ARABIC, ENGLISH, tuple(Bead((i,), (i,), 0.9) for i in range(3)))
        path, other = (project(tmp_path / f"{n}.polyalign", bitext, None, None) for n in ("one", "two"))
        with Restarting(browser, path) as server:
            server.kill()
            server.tab.page.keyboard.press("a")
            server.tab.page.wait_for_selector("#saved[data-state=offline]")
            (tmp_path / "two.polyalign-link").write_bytes((tmp_path / "one.polyalign-link").read_bytes())
            (tmp_path / "two.polyalign-link").chmod(0o600)
            server.path = other
            server.start()
            server.tab.page.wait_for_selector("#saved-text:has-text('no longer one')")
            server.tab.page.reload()
            server.tab.page.wait_for_selector("#saved-text:has-text('until one is open again')")
            server.tab.settle()
            assert journal(path) == journal(other) == []
            server.kill()
            server.path = path
            server.start()
            server.tab.page.reload()
            server.tab.page.wait_for_selector(".row[data-state=confirmed]")
            server.tab.page.wait_for_selector("#saved[data-state=saved]")
            assert (journal(path), journal(other)) == (["mark"], [])

    def test_what_is_given_up_is_not_sent(self, small: Room) -> None:
        tab = small.open()
        tab.page.context.set_offline(True)
        tab.page.keyboard.press("a")
        tab.page.wait_for_selector("#saved[data-state=offline]")
        tab.page.keyboard.press("r")
        tab.page.click("#give-up")
        tab.settle()
        tab.page.context.set_offline(False)
        tab.page.reload()
        tab.page.wait_for_selector(".row.here")
        tab.settle()
        assert journal(small.paths[0]) == []
        tab.complaints.clear()

    def test_keys_that_waited_are_not_lost_by_a_reload(self, small: Room) -> None:
        tab = small.open()
        tab.page.on("dialog", lambda dialog: dialog.accept())
        tab.page.route("**/operations", lambda route: route.abort())
        tab.page.keyboard.press("a")
        tab.page.wait_for_selector("#saved[data-state=offline]")
        for key in "jr":
            tab.page.keyboard.press(key)
        tab.page.unroute("**/operations")
        tab.page.reload()
        tab.page.wait_for_selector(".row[data-state=needs-review]")
        tab.settle()
        assert [row.state for row in small.rows()][:2] == ["confirmed", "needs-review"]
        assert journal(small.paths[0]) == ["mark", "mark"]
        tab.complaints.clear()


def journal(path: Path) -> list[str]:
    """What was done to the project, the oldest first."""
    with Store(path) as store:
        return [entry.operation for entry in reversed(store.journal())]


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of "#rgb" or "#rrggbb"."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class TestColours:
    """WCAG AA in both themes: 4.5 for text, 3 for lines that say something."""

    COLOURS: ClassVar = {
        name: themes
        for name, *themes in re.findall(
            r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", (PAGE / "theme.css").read_text(encoding="utf-8")
        )
    }
    TEXT = (
        *("ink/paper soft/paper soft/ground soft/here soft/raised soft/warn-ground warn/warn-ground").split(),
        *(
            "ink/warn-ground warn/paper warn/here bad/paper bad/bad-ground bad/raised accent-ink/accent"
        ).split(),
        *(
            "accent/paper mark-ink/mark hand-ink/paper q0-ink/q0 q1-ink/q1 q2-ink/q2 q3-ink/q3 q4-ink/q4"
        ).split(),
    )
    LINES = (
        "ring/paper ring/here q0-line/paper q1-line/paper q2-line/paper q3-line/paper q4-line/paper".split()
    )

    @pytest.mark.parametrize(("pair", "least"), [*((p, 4.5) for p in TEXT), *((p, 3.0) for p in LINES)])
    def test_contrast(self, pair: str, least: float) -> None:
        fore, ground = (self.COLOURS[name] for name in pair.split("/"))
        assert min(contrast(a, b) for a, b in zip(fore, ground, strict=True)) >= least


class TestPlace:
    @pytest.mark.parametrize("key", ["M", "Shift+M", "u", "d", "x", "a", "w", "t"])
    def test_the_cursor_stays_where_it_is_on_the_screen(self, baku_room: Room, key: str) -> None:
        tab = baku_room.open()
        tab.press(*"jjjjjjjjjjjjjj")
        tab.page.locator("#rows").evaluate("node => node.scrollTop += 260")
        place = "document.querySelector('.row.here').getBoundingClientRect().y"
        before = tab.page.evaluate(place)
        tab.press(key)
        assert abs(before - tab.page.evaluate(place)) < 2
        assert tab.page.evaluate("document.activeElement.closest('.row.here') !== null")


class TestSafety:
    def test_markup_in_texts_names_and_comments_does_nothing(self, browser: Browser, tmp_path: Path) -> None:
        bitext = pairs([EVIL, "ب"], [EVIL, "b"], (Bead((0,), (0,), 0.9),), f"{EVIL}.txt")
        path = project(tmp_path / "evil.polyalign", bitext, None, None)
        with Store(path) as store:
            store.comment(store.rows(1)[0].id, EVIL)
        with room(browser, [path]) as found:
            tab = found.open()
            assert EVIL in tab.texts(".text")
            assert tab.texts(".said") == [EVIL]
            tab.press("v", "v", "e", "Escape")
            tab.page.click("[data-dialog=concordance]")
            tab.page.keyboard.type("img")
            tab.page.wait_for_selector(".hit")
            assert "owned" not in tab.page.title().replace(EVIL, "")
            assert tab.page.locator("img, main script").count() == 0

    def test_no_inline_style_or_script_and_no_address_of_another_site(self) -> None:
        for path in (path for path in PAGE.rglob("*") if path.is_file()):
            text = path.read_text(encoding="utf-8")
            assert "innerHTML" not in text
            assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
            assert "https://" not in text
            if path.suffix == ".html":
                assert " style=" not in text
                assert "<style" not in text
                assert not re.search(r"\son\w+=", text)

    def test_a_reader_sees_all_and_changes_nothing(self, small: Room) -> None:
        tab = small.open("reader")
        assert ARABIC[0] in tab.texts(".text")
        for selector in ("#tools", "#undo", "[data-act=accept]", "text=Accept all shown"):
            assert tab.page.locator(selector).count() == 0
        tab.press("a", "e", "x", "Delete", "s")
        assert tab.page.locator("textarea").count() == 0
        assert {row.state for row in small.rows()} == {"auto"}
        assert len(small.rows()) == 4

    def test_the_page_of_the_api_shows_it(self, small: Room) -> None:
        tab = small.open()
        tab.page.goto(f"http://127.0.0.1:{small.port}/docs?token={small.editor}")
        tab.page.wait_for_selector("summary code")
        assert "/api/projects/{project}/operations" in tab.texts("summary code")


class TestLong:
    def test_five_thousand_rows(self, browser: Browser, tmp_path: Path) -> None:
        """Only what is in sight is in the document, and the cursor gets to the end and back."""
        count = 5000
        lines = [f"{i} {'كلمة ' * (1 + i % 40)}" for i in range(count)]
        beads = tuple(Bead((i,), (i,), (i % 100) / 100) for i in range(count))
        bitext = pairs(lines, [f"{i} word" for i in range(count)], beads)
        with room(browser, [project(tmp_path / "long.polyalign", bitext, None, None)]) as found:
            tab = found.open()
            most = 0
            for share in (0.1, 0.35, 0.5, 0.77, 1.0):
                tab.page.locator("#rows").evaluate(
                    "(node, x) => node.scrollTop = node.scrollHeight * x", share
                )
                tab.settle()
                most = max(most, tab.page.locator(".row").count())
            assert tab.page.locator(".text", has_text=re.compile(f"^{count - 1} كلمة")).count() == 1
            below = "node => node.scrollHeight - node.clientHeight - node.scrollTop"
            assert tab.page.locator("#rows").evaluate(below) < 2  # at the end, though heights were guesses
            assert most < 100
            tab.press("End", "a")
            assert tab.here().get_attribute("aria-rowindex") == str(count + 1)
            assert found.rows()[-1].state == "confirmed"
            top = tab.page.locator("#rows").evaluate("node => node.scrollTop")
            tab.press("r")
            assert abs(tab.page.locator("#rows").evaluate("node => node.scrollTop") - top) < 60
            tab.press("Home")
            assert tab.here().get_attribute("aria-rowindex") == "2"
            box = tab.page.locator("#map").bounding_box()
            assert box
            tab.page.mouse.click(box["x"] + 5, box["y"] + box["height"] / 2)
            middle = [int(text.split()[0]) for text in tab.settle().texts(".cell.target .text")]
            assert min(middle) > 0.4 * count
            assert max(middle) < 0.6 * count


class TestWholePath:
    def test_export_and_read_back(self, baku_room: Room, tmp_path: Path) -> None:
        tab = baku_room.open()
        tab.press("a", "j", "j", "j", "w")
        tab.page.click("[data-dialog=export]")
        tab.page.click("dialog .more summary")
        with tab.page.expect_download() as download:
            tab.page.click("dialog .main")
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert path.suffix == ".tmx"
        found = polyalign.read_bitext(path)
        wanted = [row for row in baku_room.rows() if row.aligned and row.state != "rejected"]
        assert len(found.beads) == len(wanted)
        assert [bead.review.state for bead in found.beads].count("confirmed") == 1

    def test_concordance_leads_to_the_row(self, baku_room: Room) -> None:
        tab = baku_room.open()
        tab.page.click("[data-dialog=concordance]")
        tab.page.keyboard.type("Zangezur")
        tab.page.wait_for_selector(".hit mark")
        assert tab.texts(".hit mark") == ["Zangezur"]
        row, numbers = baku_room.row("Zangezur"), {}
        with Store(baku_room.paths[0]) as store:
            numbers = {segment: number + 1 for segment, number in store.numbers(1).items()}
        told = " – ".join(
            " ".join(str(numbers[s.id]) for s in side) or "·" for side in (row.source, row.target)
        )
        assert told in (tab.page.text_content(".hit .where") or "")
        tab.page.click(".hit")
        tab.page.wait_for_selector(".row.here:has-text('Zangezur')")
        assert tab.texts(".row.here .number") == [str(numbers[s.id]) for s in row.source + row.target]

    def test_a_new_bitext_out_of_two_texts(self, small: Room) -> None:
        tab = small.open()
        tab.page.click("#menu summary")
        tab.page.click("[data-dialog=pair]")
        tab.page.click("dialog .tabs label:has-text('Two texts')")
        areas = tab.page.locator("dialog textarea:visible")
        areas.nth(0).fill("\n".join(ARABIC))
        areas.nth(1).fill("\n".join(ENGLISH))
        tab.page.click("dialog .main")
        tab.page.wait_for_selector("#jobs .job")
        tab.page.wait_for_selector("#jobs button:text('Open')", timeout=120_000)
        tab.page.click("#jobs button:text('Open')")
        tab.page.wait_for_function("() => document.querySelectorAll('#bitext option').length === 2")
        tab.settle()
        assert "bitext=2" in tab.page.url
        with Store(small.paths[0]) as store:
            assert len(store.listed()) == 2

    def test_work_is_shown_again_after_a_reload_and_can_be_cancelled(self, small: Room) -> None:
        tab = small.open()
        tab.page.click("#menu summary")
        tab.page.click("[data-job=realign]")
        tab.page.wait_for_selector("#jobs .job")
        tab.page.reload()
        tab.page.wait_for_selector("#jobs .job:has-text('Realigning')")
        tab.page.click("#jobs button:text('Cancel')")
        tab.page.wait_for_selector("#jobs .job[data-state=cancelled]")
        tab.settle()

    def test_realigning_shows_what_it_would_change_to_take_or_leave(self, baku_room: Room) -> None:
        """What is taken leaves the scores of untouched rows alone, and what is left is as it was."""

        def scores() -> dict[tuple[int, ...], float | None]:
            return {tuple(s.id for s in (*row.source, *row.target)): row.score for row in baku_room.rows()}

        tab = baku_room.open()
        tab.press("x")
        before = scores()
        tab.page.click("#menu summary")
        tab.page.click("[data-job=realign]")
        tab.page.click("#jobs button:has-text('See ')", timeout=120_000)
        tab.page.wait_for_selector("dialog.proposals li")
        assert scores() == before
        boxes = tab.page.locator("dialog li input")
        for place in range(1, boxes.count()):
            boxes.nth(place).uncheck()
        gone = tab.page.locator("dialog li").first.locator(".was").first.locator(".pair").count()
        tab.page.click("dialog button:has-text('Take 1 change')")
        tab.page.wait_for_selector("dialog", state="detached")
        tab.settle()
        after = scores()
        assert len(before.keys() - after.keys()) == gone
        assert journal(baku_room.paths[0]) == ["unlink", "realign"]
        same = before.keys() & after.keys()
        assert len(same) > len(before) // 2
        assert {row: after[row] for row in same} == {row: before[row] for row in same}
        tab.complaints[:] = [line for line in tab.complaints if "status of 404" not in line]  # a row is gone

    def test_an_empty_folder_takes_a_new_project(self, browser: Browser, tmp_path: Path) -> None:
        with room(browser, [], folder=tmp_path) as found:
            tab = found.open()
            assert "No projects yet" in (tab.page.text_content("#home") or "")
            tab.page.click("#home [data-dialog=pair]")
            tab.page.fill("dialog [placeholder='name of the project']", "harbour")
            tab.page.click("dialog .tabs label:has-text('A bitext file')")
            path = tmp_path / "pairs.json"
            path.write_text(pairs(ARABIC, ENGLISH, (Bead((0,), (0,), 0.5),)).to_json(), encoding="utf-8")
            tab.page.set_input_files("dialog input[type=file]:visible", path)
            tab.page.click("dialog .main")
            tab.page.click("#jobs button:text('Open')", timeout=60_000)
            tab.page.wait_for_selector(".row:has-text('38.05')")
            assert (tmp_path / "harbour.polyalign").exists()

    @pytest.mark.skipif(not REAL.exists(), reason="the real reports are not here")
    def test_the_real_pair(self, browser: Browser, tmp_path: Path, aligner: polyalign.Aligner) -> None:
        source, target = (polyalign.read(str(next(REAL.glob(f"{n}_*.txt")))) for n in ("003", "000"))
        bitext = aligner.pair(source, target)
        path = project(tmp_path / "real.polyalign", replace(bitext), source, target)
        with room(browser, [path]) as found:
            tab = found.open()
            tab.press("n", "a", "n", "M", "Control+z", "v", "j", "ArrowRight", "v", "End", "Home")
            assert [row.state for row in found.rows()].count("confirmed") == 1
            assert len(found.rows()) == len(list(bitext.rows()))
