"""The table: columns that stay aligned for any text, isolates that close, nothing left unsaid."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.formats import summary
from polyalign.formats.common import Options
from polyalign.formats.display.table import cells, table
from polyalign.parts import Bead
from tests.helpers.samples import bitexts, harbour, side

ISOLATES = re.compile("[\u2066\u2067\u2069]")


def _lines(bitext: Bitext, width: int = 80, *, colour: bool = False) -> list[str]:
    return "".join(table(bitext, Options(width=width, colour=colour))).splitlines()


@given(bitexts(), st.integers(0, 120))
def test_the_divider_stands_in_one_place_and_no_line_is_too_wide(bitext: Bitext, width: int) -> None:
    *lines, _ = "".join(table(bitext, Options(width=width))).split("\n")[:-1]
    bare = [ISOLATES.sub("", line) for line in lines]
    ends = {cells(re.split("[│┼]", line)[0]) for line in bare if _is_ours(line)}
    assert len(ends) == 1
    assert all(cells(line) <= max(40, width) for line in bare)


def _is_ours(line: str) -> bool:
    return len(re.findall("[│┼]", line)) == 1


@given(bitexts())
def test_every_isolate_closes_on_its_line_and_holds_no_other(bitext: Bitext) -> None:
    for line in _lines(bitext):
        marks = "".join(ISOLATES.findall(line)).replace("\u2067", "\u2066")
        assert marks == "\u2066\u2069" * (len(marks) // 2)
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", line)


@given(st.text(max_size=60), st.integers(2, 30))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    bitext = Bitext(side("en", [text]), side("en", []), ())
    shown = "".join(ISOLATES.sub("", "".join(_lines(bitext, width + 40)[2:-2])).split())
    expected = re.sub("[\u202a-\u202e\u2066-\u2069]", "", bitext.source.segments[0].shown)
    assert shown.replace("│", "").replace("·", "")[1:] == re.sub(r"[\s│·]", "", expected)


def test_the_rows_of_a_comparable_pair() -> None:
    lines = _lines(harbour(), 110)
    assert lines[0].startswith("comparable    \u2066ar ar.txt\u2069")
    assert lines[0].endswith("│    \u2066en news/en.txt\u2069")
    assert lines[2].startswith("0.97  1-1  1  ")
    assert "\u2067وصل الوزير" in lines[2]
    assert lines[2].endswith("│ 4  \u2066The minister arrived on Monday.\u2069")
    assert re.fullmatch(r" +\u2066·\u2069 +│ 5  \u2066It rained all day\.\u2069", lines[3])
    assert re.fullmatch(r" +2 +\u2067صورة: وكالة\u2069 │    \u2066\[caption\]\u2069", lines[4])
    assert [line[:11].strip() for line in lines if "│ 3" in line] == [""]
    assert lines[-1] == "3 beads, 1 of 4 source and 1 of 5 target segments unaligned"


def test_right_to_left_lines_end_at_the_divider() -> None:
    row = next(line for line in _lines(harbour()) if "وصل" in line)
    assert "\u2069 │" in row
    assert "\u2067" in row


def test_a_long_address_is_cut() -> None:
    bitext = Bitext(side("en", ["See https://example.org/" + "x" * 100]), side("en", []), ())
    lines = _lines(bitext, 60)
    assert max(map(len, lines)) <= 64
    assert sum(line.count("x") for line in lines) == 101


def test_wide_characters_and_combining_marks_count_as_a_terminal_counts() -> None:
    assert (cells("abc"), cells("古桥"), cells("يُسجَّل"), cells("e\u0301")) == (3, 4, 4, 1)


def test_colour_only_where_asked_for() -> None:
    assert not any("\x1b" in line for line in _lines(harbour()))
    lines = _lines(harbour(), colour=True)
    assert lines[0].startswith("\x1b[1m")
    dim = [line for line in lines if line.startswith("\x1b[2m")]
    assert ["rained" in line or "صورة" in line for line in dim] == [True, True]
    assert all(line.endswith("\x1b[0m") for line in dim)


def test_the_width_is_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    rule = "".join(table(harbour(), Options())).splitlines()[1]
    assert len(rule) == 69


def test_empty_sides_and_empty_segments() -> None:
    assert _lines(Bitext(side("ar", []), side("en", []), ()))[-1].startswith("0 beads, 0 of 0 source")
    assert any(line.strip().startswith("0") for line in _lines(Bitext(side("en", [""]), side("en", []), ())))


def test_summary_counts_one_bead() -> None:
    one = Bitext(side("ar", ["نعم"]), side("en", ["Yes", "No"]), (Bead((0,), (0,), 0.5),))
    assert summary(one) == "1 bead, 0 of 1 source and 1 of 2 target segments unaligned"
