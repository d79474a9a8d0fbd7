"""How many keys it takes to make what the aligner found the gold: pressed one by one in a real Chromium.

Who reviews sees the row of the cursor and what is proposed below it, decides every row, and ends when the
project holds the beads of the gold and nothing is undecided.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import polyalign
from polyalign.parts import SideName
from polyalign.store import ReviewRow, Store
from tests.helpers.page_browser import Tab, project, room, why_not
from tests.helpers.places import SEEDS
from tests.helpers.seeds import NAMES, REAL, SIDES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

MOST = 40
Spans = tuple[tuple[int, int], ...]
Ids = tuple[int, ...]
Gold = tuple[tuple[Spans, Spans], ...]
# The first real pair, of which the project began: TRT's report and Anadolu's, marked by hand as offsets into
# their texts. The lead of the English one says once more what its eighth sentence says.
REAL_GOLD: Gold = (
    (((76, 197),), ((275, 367),)),
    (((198, 250), (388, 498)), ((2452, 2604),)),
    (((499, 582),), ((2277, 2374),)),
    (((705, 844),), ((2125, 2276),)),
    (((845, 955),), ((1622, 1832),)),
    (((957, 1068),), ((1833, 2124),)),
    (((1254, 1361),), ((1043, 1196),)),
    (((1362, 1467),), ((368, 529),)),
    (((1468, 1560),), ((530, 714),)),
    (((1562, 1647),), ((715, 882),)),
    (((1648, 1776),), ((72, 274), (883, 1042))),
)
# the row of the cursor, what is proposed for it, and how many rows away another one is
_HERE = """() => import('./static/store.js').then(({store}) => {
  const item = store.view.list.item(store.cursor.index);
  const ids = (side) => (item[side] ?? []).map(({id}) => id);
  return {run: item.run ?? null, rows: item.rows ?? [item.id], sides: [ids('source'), ids('target')]}; })"""
_PROPOSED = """() => Promise.all(['lights', 'store'].map((name) => import(`./static/${name}.js`)))
  .then(async ([{partnersOf, proposed}, {store}]) => { const item = store.view.list.item(store.cursor.index);
    await proposed(item); return partnersOf(item)[0]?.segments.map(({id}) => id); })"""
_DISTANCE = """(row) => import('./static/store.js').then(({store}) =>
  store.view.list.where((item) => item.id === row) - store.cursor.index)"""


class Reviewer:
    """Decides row after row by keys, and knows what is right."""

    def __init__(self, tab: Tab, path: Path, gold: Collection[tuple[Ids, Ids]]) -> None:
        self.tab, self.path, self.gold = tab, path, set(gold)
        self.pressed: Counter[str] = Counter()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed[key] += 1
            assert sum(self.pressed.values()) < 3 * MOST, self.pressed
            self.tab.press(key)

    def work(self) -> None:
        """Down the rows, each decided; then what is left, which `n` finds."""
        while self.undecided():
            here = self.tab.page.evaluate(_HERE)
            sides = (tuple(here["sides"][0]), tuple(here["sides"][1]))
            if all(map(self.decided, here["rows"])):
                self.press("n")
            elif here["run"] is not None:
                alone = self.segments(here["rows"])
                self.press("o" if any(map(self.bead, alone)) else "a")
            else:
                self.press(*self.decision(sides))

    def decision(self, sides: tuple[Ids, Ids]) -> list[str]:
        """The keys for a row. What belongs to another row joins it, by the proposal where that is right."""
        bead = self.bead((sides[0] or sides[1])[0])
        if not bead or sides == bead or not self.within(sides, bead):
            return ["w"] if all(sides) and sides != bead else ["a"]
        with Store(self.path) as store:
            rows = [row for row in store.rows(1) if not row.deleted]
        others = [row for row in rows if ids_of(row) != sides and self.within(ids_of(row), bead)]
        home = next((row for row in others if row.aligned), None)
        if home is None:
            return ["a"]  # the others, which are alone, will join this one
        proposed = None if all(sides) else self.tab.page.evaluate(_PROPOSED)
        if proposed and set(proposed) <= {*bead[0], *bead[1]}:
            return ["p"]
        distance = self.tab.page.evaluate(_DISTANCE, home.id)
        return ["Shift+Space", *["j" if distance > 0 else "k"] * abs(distance), "Shift+Space", "m"]

    @staticmethod
    def within(sides: tuple[Ids, Ids], bead: tuple[Ids, Ids]) -> bool:
        return all(set(mine) <= set(theirs) for mine, theirs in zip(sides, bead, strict=True))

    def bead(self, segment: int) -> tuple[Ids, Ids] | None:
        return next((bead for bead in self.gold if segment in bead[0] + bead[1]), None)

    def segments(self, rows: Collection[int]) -> list[int]:
        with Store(self.path) as store:
            return [s.id for row in store.rows(1) if row.id in rows for s in (*row.source, *row.target)]

    def decided(self, row: int) -> bool:
        with Store(self.path) as store:
            return store.row(row).state != "auto"

    def undecided(self) -> int:
        """Rows that count, as the header says: boilerplate does not."""
        with Store(self.path) as store:
            rows = [row for row in store.rows(1) if not row.deleted and row.state == "auto"]
            return sum(not all(s.boilerplate for s in (*row.source, *row.target)) for row in rows)


def ids_of(row: ReviewRow) -> tuple[Ids, Ids]:
    return tuple(s.id for s in row.source), tuple(s.id for s in row.target)


def quoted(name: str) -> tuple[list[Path], Gold]:
    """A written pair, and the places of what its gold links, clause by clause."""
    gold = json.loads((SEEDS / f"{name}.gold.json").read_text(encoding="utf-8"))
    paths = [SEEDS / gold[side]["file"] for side in SIDES]
    texts = [path.read_text(encoding="utf-8") for path in paths]

    def places(text: str, quotes: list[str]) -> Spans:
        return tuple((text.index(quote), text.index(quote) + len(quote)) for quote in quotes)

    beads = [(places(texts[0], bead["source"]), places(texts[1], bead["target"])) for bead in gold["clauses"]]
    return paths, tuple(beads)


def joined(beads: Iterable[tuple[Ids, Ids]]) -> set[tuple[Ids, Ids]]:
    """Beads of clauses that lie in one segment are one."""
    found: list[tuple[Ids, Ids]] = []
    for source, target in beads:
        other = next(
            (one for one in found if set(one[0]) & set(source) or set(one[1]) & set(target)), ((), ())
        )
        found = [one for one in found if one != other]
        found.append((tuple(sorted({*source, *other[0]})), tuple(sorted({*target, *other[1]}))))
    return set(found)


def real() -> tuple[list[Path], Gold]:
    """The real pair, where it is here."""
    paths = [path for number in ("003", "000") for path in REAL.glob(f"{number}_*.txt")]
    if len(paths) != 2:
        pytest.skip("the real reports are not here")
    return paths, REAL_GOLD


@pytest.mark.parametrize("name", ["real", *NAMES])
def test_a_report_is_perfected_in_few_keys(
    browser: Browser, aligner: polyalign.Aligner, tmp_path: Path, name: str
) -> None:
    paths, spans = real() if name == "real" else quoted(name)
    documents = polyalign.read(paths[0]), polyalign.read(paths[1])
    path = project(tmp_path / f"{name}.polyalign", aligner.pair(*documents), *documents)

    def held(side: SideName, stretches: Spans) -> Ids:
        found = (s for row in rows for s in row.side(side))
        return tuple(
            sorted(s.id for s in found if any(s.start < end and start < s.end for start, end in stretches))
        )

    with Store(path) as store:
        rows = store.rows(1)
    gold = joined((held("source", one), held("target", other)) for one, other in spans)
    with room(browser, [path]) as opened:
        reviewer = Reviewer(opened.open(onward=True), path, gold)
        reviewer.work()
        now = opened.rows()
    found = {ids_of(row) for row in now if row.aligned and row.state != "rejected"}
    assert found == gold
    pressed = reviewer.pressed
    print(f"{name}: {len(rows)} rows, {sum(pressed.values())} keys: {dict(pressed)}")
    assert sum(pressed.values()) <= MOST, pressed
