"""What axe-core finds on the page: nothing. It comes from the npm registry and is no part of polyalign.

`npm install --prefix tests axe-core` puts it where this test looks; AXE_CORE names another place.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from page_browser import Room, why_not

AXE = Path(os.environ.get("AXE_CORE") or Path(__file__).parent / "node_modules/axe-core/axe.min.js")
DIALOGS = "glossary replace concordance export scores agreement statistics returned history about help pair"
_RUN = (
    "axe.run(document, {resultTypes: ['violations']}).then(({violations}) =>"
    " violations.map(({id, nodes}) => `${id}: ${nodes[0].html}`))"
)

pytestmark = [
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
    pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: npm install --prefix tests axe-core"),
]


@pytest.mark.parametrize("locale", ["en-GB", "ar-EG"])
def test_nothing_is_found_on_the_rows_and_in_dialogs(baku_room: Room, locale: str) -> None:
    tab = baku_room.open(locale=locale)
    tab.page.evaluate(f"{AXE.read_text(encoding='utf-8')};0")
    found = {"rows": tab.page.evaluate(_RUN)}
    for name in DIALOGS.split():
        tab.page.evaluate(f"document.querySelector('[data-dialog={name}]').click()")
        tab.page.wait_for_selector("dialog[open]")
        tab.settle()
        found[name] = tab.page.evaluate(_RUN)
        tab.page.keyboard.press("Escape")
        tab.page.wait_for_selector("dialog", state="detached")
    assert {name: said for name, said in found.items() if said} == {}
