"""docs/formats.md says what each format carries; writing and reading back says whether that is so."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from polyalign.bitext import Bitext, overlaps_marked
from polyalign.characters import without_controls
from polyalign.codes import Code
from polyalign.errors import PolyalignError
from polyalign.formats import FORMATS, read_bitext, write
from polyalign.parts import Bead, Review
from tests.helpers.places import DOCS
from tests.helpers.samples import harbour

DOC = DOCS / "formats.md"
LANGUAGES_OF_FILES = {".moses": ".ar"}  # two files, read by the name of the first

Value = Callable[[Bitext], object]
CARRIED: dict[str, Value] = {
    "texts": lambda b: [[s.text for s in side.segments] for side in (b.source, b.target)],
    "ids": lambda b: [(bead.source, bead.target) for bead in b.beads],
    "offsets": lambda b: [[(s.start, s.end) for s in side.segments] for side in (b.source, b.target)],
    "scores": lambda b: [bead.score for bead in b.beads],
    "origin": lambda b: [bead.origin for bead in b.beads],
    "unaligned": lambda b: [len(b.unaligned(side)) for side in ("source", "target")],
    "overlap": lambda b: [bead.overlap for bead in b.beads],
    "boilerplate": lambda b: [[s.boilerplate for s in side.segments] for side in (b.source, b.target)],
    "translations": lambda b: [[s.translation for s in side.segments] for side in (b.source, b.target)],
    "state": lambda b: [row.review.state for row in b.rows()],
    "comment": lambda b: [row.review.comment for row in b.rows()],
    "flags": lambda b: [row.review.flags for row in b.rows()],
    "codes": lambda b: [
        [(c.start, c.kind, c.shows) for c in s.codes] for side in (b.source, b.target) for s in side.segments
    ],
    "unit ids": lambda b: [dict(row.review.about).get("id") for row in b.rows()],
    "evidence": lambda b: [dict(bead.evidence) for bead in b.beads],
    "notes": lambda b: b.notes,
    "languages": lambda b: (b.source.language, b.target.language),
    "paths": lambda b: (b.source.path, b.target.path),
    "mode": lambda b: b.mode,
    "signature": lambda b: b.signature,
}


SURE = Review("needs-review", "14\x07?\nsure?")


def sample() -> Bitext:
    """A bitext that has something of everything, and scores of many places."""
    base = harbour()
    beads = (
        Bead((0,), (3,), 0.9712345, review=Review("confirmed", about=(("id", "menu.7"),))),
        Bead((2,), (1, 2), 0.913, evidence={"cosine": 0.5}, review=SURE, origin="file"),
        Bead((3,), (0, 1), None, review=Review("rejected", flags=("numbers: 14", "a | b")), origin="person"),
    )
    segments = list(base.source.segments)
    codes = (Code(0, 0, "open", "1", "bpt", "<b>"), Code(4, 4, "close", "1", "ept", "</b>"))
    segments[0] = replace(segments[0], translation="The minister came.", codes=codes)
    segments[1] = replace(segments[1], review=Review("needs-review", "boilerplate: caption", ("length: 1",)))
    source = replace(base.source, segments=tuple(segments))
    return replace(
        base, source=source, beads=overlaps_marked(beads), mode="parallel", notes=("a note", "two")
    )


def documented() -> dict[str, dict[str, str]]:
    """The rows of the table by their formats, each by the titles of the columns."""
    section = (
        DOC.read_text(encoding="utf-8").partition("## What each format carries")[2].partition("\n## ")[0]
    )
    lines = re.findall(r"^\| (.+) \|$", section, re.MULTILINE)
    titles, *rows = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return {row[0]: dict(zip(titles[1:], row[1:], strict=True)) for row in rows}


TABLE = documented()


def written_and_read(name: str, folder: Path) -> Bitext:
    suffix = next(iter(FORMATS[name].suffixes), ".xlf")
    unaligned = None if name == "json" else True
    write(sample(), folder / f"a{suffix}", format=name, unaligned=unaligned)
    return read_bitext(folder / f"a{LANGUAGES_OF_FILES.get(suffix, suffix)}")


def test_the_table_is_about_all_formats_and_all_that_a_bitext_holds() -> None:
    assert set(FORMATS) <= set(TABLE)
    assert all(set(row) == {"suffixes", "read back", *CARRIED} for row in TABLE.values())
    words = {cell for row in TABLE.values() for key, cell in row.items() if key != "suffixes"}
    assert words == {"yes", "no", "shown", "one line", "joined", "4 places", "written"}


@pytest.mark.parametrize("name", TABLE)
def test_the_suffixes_are_those_of_the_format(name: str) -> None:
    assert TABLE[name]["suffixes"].split() == [*(FORMATS[name].suffixes or ["–"])]


@pytest.mark.parametrize("name", ["html", "table"])
def test_what_is_for_reading_by_people_is_not_read_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{FORMATS[name].suffixes[0]}"
    write(sample(), path)
    with pytest.raises(PolyalignError):
        read_bitext(path)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row["read back"] == "yes"])
def test_a_format_carries_what_the_table_says(name: str, tmp_path: Path) -> None:
    back, given = written_and_read(name, tmp_path), sample()
    same = {what: value(back) == value(given) for what, value in CARRIED.items()}
    told = {what: TABLE[name][what] for what in CARRIED}
    assert {what for what in CARRIED if same[what]} == {what for what in CARRIED if told[what] == "yes"}
    if told["texts"] == "shown":
        shown = [[s.shown for s in side.segments] for side in (given.source, given.target)]
        assert CARRIED["texts"](back) == shown
    if told["comment"] in ("shown", "one line"):
        between = "\n" if told["comment"] == "shown" else " "
        comments = [row.review.comment.splitlines() for row in given.rows()]
        assert CARRIED["comment"](back) == [between.join(map(without_controls, lines)) for lines in comments]
    if told["scores"] == "4 places":
        assert CARRIED["scores"](back) == [bead.score and round(bead.score, 4) for bead in given.beads]
