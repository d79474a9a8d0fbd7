"""The pictures of the review page for the README and docs/review.md: python docs/images/take.py"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

SIZE = {"width": 1400, "height": 760}


def main() -> None:
    """Open the sample pair in Chromium and write review.png, texts.png and split.png beside this file."""
    import polyalign
    from polyalign.store import Store
    from tests.helpers.page_browser import chromium, room

    source, target = (polyalign.read(ROOT / "seeds" / f"baku.{tag}.txt") for tag in ("ar", "en"))
    bitext = polyalign.Aligner().pair(source, target)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "baku.polyalign"
        with Store(path) as store:
            store.add(bitext, name="baku.ar.txt – baku.en.txt", source=source, target=target)
            aligned = [row.id for row in store.rows(1) if row.aligned]
            store.mark(aligned[:3], "confirmed", who="Ada")
            store.mark([aligned[4]], "needs-review", who="Ada")
            store.comment(aligned[4], "Is “added” enough for كما ذكّر?", who="Ada")
        with room(browser, [path]) as made:
            tab = made.open(query="", color_scheme="light")
            tab.page.set_viewport_size(SIZE)
            tab.settle().page.screenshot(path=_beside("review"))
            tab.find("وقال قالن إن حصيلة")
            tab.press("s", "Tab")
            tab.page.screenshot(path=_beside("split"))
            dark = made.open(query="&view=texts", color_scheme="dark")
            dark.page.set_viewport_size(SIZE)
            dark.settle().page.wait_for_timeout(500)
            dark.page.screenshot(path=_beside("texts"))


def _beside(name: str) -> str:
    return str(Path(__file__).with_name(f"{name}.png"))


if __name__ == "__main__":
    main()
