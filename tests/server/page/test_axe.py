"""What axe-core finds on the page: nothing, in every state, language, width and theme.

It comes from the npm registry and is no part of polyalign: `npm install --prefix tests axe-core` puts it
where this test looks; AXE_CORE names another place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from polyalign.bitext import Bitext
from polyalign.parts import Document
from polyalign.store import Store
from polyalign.store.terms import GivenTerm
from tests.helpers.page_browser import Room, Tab, project, room, why_not
from tests.helpers.places import SEEDS, TESTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AXE = Path(os.environ.get("AXE_CORE") or TESTS / "node_modules/axe-core/axe.min.js")
_RUN = (
    "(options) => axe.run(document, {resultTypes: ['violations'], ...options}).then(({violations}) =>"
    " violations.map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`))"
)

pytestmark = [
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
    pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: npm install --prefix tests axe-core"),
]


def dialog(name: str, *then: Callable[[Tab], object]) -> Callable[[Tab], None]:
    """Opens a dialog, and does what it is for."""

    def open_it(tab: Tab) -> None:
        tab.page.evaluate(f"document.querySelector('[data-dialog={name}]').click()")
        tab.page.wait_for_selector("dialog[open]")
        for step in then:
            step(tab.settle())

    return open_it


def found(text: str, field: str, shown: str) -> Callable[[Tab], None]:
    """Types into a field of a dialog, and waits for what comes."""

    def type_it(tab: Tab) -> None:
        tab.page.locator(field).first.fill(text)
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_selector(shown)

    return type_it


def keys(*names: str) -> Callable[[Tab], None]:
    return lambda tab: void(tab.press(*names))


def void(_: object) -> None:
    return None


def menu(tab: Tab) -> None:
    tab.page.click("#menu summary")


def texts(tab: Tab) -> None:
    tab.press("v")
    tab.page.wait_for_selector(".strip")


def filters(tab: Tab) -> None:
    if tab.page.locator("#narrow-filters").is_visible():
        tab.page.click("#narrow-filters")


def accept_all(tab: Tab) -> None:
    filters(tab)
    tab.page.locator("#filters button").last.click()
    tab.page.wait_for_selector("dialog[open]")


def candidates(tab: Tab) -> None:
    """Looked for, which takes a while: the button is dead until then."""
    tab.page.locator("dialog h3 + .line button").click()
    tab.page.wait_for_selector("dialog h3 + .line button:not(:disabled)")


# in this order: what one leaves behind (an undo, a mark) is gone before the next
ROWS: dict[str, Callable[[Tab], None]] = {
    "rows": lambda _: None,
    "menu": menu,
    "filters": filters,
    "accept all": accept_all,
    "decided": keys("a", "j", "r", "j", "w", "j", "t"),
    "edit": keys("Home", "e"),
    "split": keys("Home", "s", "Tab"),
    "link": keys("Home", "l"),
    "chosen": keys("Home", "Shift+ "),
    "why": keys("Home", "i"),
    "word": keys("Home", "g"),
    "texts": texts,
    "help": dialog("help"),
    "history": dialog("history"),
    "about": dialog("about"),
    "pair": dialog("pair"),
    "reader link": dialog("link"),
    "export": dialog("export"),
    "more exports": dialog("export", lambda tab: tab.page.locator("dialog details summary").first.click()),
    "scores": dialog("scores"),
    "agreement": dialog("agreement"),
    "statistics": dialog("statistics"),
    "returned": dialog("returned"),
    "glossary": dialog("glossary", candidates),
    "concordance": dialog("concordance", found("Türk", "dialog input[type=search]", "dialog .hit")),
    "replace": dialog(
        "replace", found("the", "dialog input[type=text], dialog input[type=search]", "dialog li")
    ),
}

LOCALES = ("en-GB", "ar-EG", "tr-TR")
WIDTHS = {"wide": 1280, "narrow": 390}
EVERY = [(locale, width) for locale in LOCALES for width in WIDTHS]
# each language and width at least once in the quick run
FIRST = {("en-GB", "wide"), ("ar-EG", "narrow"), ("tr-TR", "wide")}
VIEWS = [
    pytest.param(*view, id="-".join(view), marks=() if view in FIRST else pytest.mark.slow) for view in EVERY
]


@pytest.fixture
def reviewed(
    browser: Browser, tmp_path: Path, baku_bitext: Bitext, baku: tuple[Document, Document]
) -> Iterator[Room]:
    """The sample pair as two people have worked on it, with terms and a comment."""
    path = project(tmp_path / "baku.polyalign", baku_bitext, *baku)
    with Store(path) as store:
        ids = [row.id for row in store.rows(1) if row.source and row.target]
        store.comment(ids[0], "Really?", who="Ada")
        store.reply(ids[0], "Yes.", who="Bo")
        store.mark(ids[:3], "confirmed", who="Ada")
        store.mark(ids[2:3], "rejected", who="Bo")
        store.add_terms([GivenTerm(("ar", "en"), "تركيا", ("Türkiye",))])
    with room(browser, [path]) as opened:
        yield opened


def seen(tab: Tab) -> list[str]:
    """What axe-core finds on the page as it is, and then in the dark, where only its colours are others."""
    tab.settle()
    if not tab.page.evaluate("'axe' in window"):
        tab.page.evaluate(f"{AXE.read_text(encoding='utf-8')};0")
    said: list[str] = tab.page.evaluate(_RUN, {})
    tab.page.emulate_media(color_scheme="dark")
    said += tab.page.evaluate(_RUN, {"runOnly": ["color-contrast"]})
    tab.page.emulate_media(color_scheme="light")
    return said


@pytest.mark.parametrize(("locale", "width"), VIEWS)
def test_nothing_is_found_in_any_state(reviewed: Room, locale: str, width: str) -> None:
    tab = reviewed.open(locale=locale, color_scheme="light", viewport={"width": WIDTHS[width], "height": 800})
    faults = {}
    for name, state in ROWS.items():
        state(tab)
        if said := seen(tab):
            faults[name] = said
        tab.page.reload()
        tab.page.wait_for_selector(".row.here, .strip")
        tab.settle()
        if name == "texts":
            tab.press("v")
    assert faults == {}


@pytest.mark.parametrize(("locale", "width"), VIEWS)
def test_nothing_is_found_at_home(browser: Browser, tmp_path: Path, locale: str, width: str) -> None:
    """The list, two files to begin with, one that cannot be read, and a project that was deleted."""
    names = ("harbour", "مرفأ", "gone")
    for name in names:
        with Store(tmp_path / f"{name}.polyalign") as store:
            store.add(small())
    (tmp_path / "empty.txt").write_text(" ", encoding="utf-8")
    with room(browser, [], folder=tmp_path) as opened:
        tab = opened.open(
            locale=locale, color_scheme="light", viewport={"width": WIDTHS[width], "height": 800}
        )
        faults = {"list": seen(tab)}
        given = [SEEDS / "baku.ar.txt", SEEDS / "baku.en.txt", tmp_path / "empty.txt"]
        tab.page.set_input_files(".zone input[type=file]:not([webkitdirectory])", given)
        tab.page.wait_for_selector(".panel form")
        faults["begin"] = seen(tab)
        tab.page.locator(".project .menu summary").first.click()
        faults["menu"] = seen(tab)
        tab.page.locator(".project .menu .danger").first.click()
        tab.page.wait_for_selector("#says button")
        tab.page.locator(".trash summary").click()
        faults["deleted"] = seen(tab)
    assert {name: said for name, said in faults.items() if said} == {}


def small() -> Bitext:
    """One pair."""
    from polyalign.parts import Bead, Side

    sides = [
        Side(tag, Document.from_segments([text], language=tag).segments or ())
        for tag, text in (("ar", "نعم."), ("en", "Yes."))
    ]
    return Bitext(sides[0], sides[1], (Bead((0,), (0,), 0.9),))
