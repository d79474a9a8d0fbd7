"""The blocks that all readers of documents make: nothing lost but white space, no line end by chance."""

from hypothesis import given
from hypothesis import strategies as st

from polyalign.formats.documents.prose import counted, gathered, left_out, on_one_line, stretches

texts = st.text(st.sampled_from("ab \n\t\u00a0\u2028漢字\u200f"), max_size=30)


@given(texts)
def test_stretches_keep_all_that_is_no_white_space(text: str) -> None:
    parts = stretches(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part and "\n\n" not in part for part in parts)
    assert all(line == line.strip() for part in parts for line in part.split("\n"))


@given(texts)
def test_stretches_of_a_stretch_are_itself(text: str) -> None:
    assert all(stretches(part) == [part] for part in stretches(text))
    assert stretches("\n\n".join(stretches(text))) == stretches(text)


def test_much_white_space_is_read_in_a_moment() -> None:
    assert stretches("a" + " \u00a0" * 1_000_000 + "b\n" + "\n \n" * 300_000) != []


def test_blocks_keep_their_places_and_notes_come_last() -> None:
    counts = {"footnote": 0}

    def placed() -> list[tuple[str, str]]:
        counts["footnote"] = 2
        return [("a\n\nb", "paragraph 1"), (" ", "paragraph 2"), ("c", "paragraph 3")]

    notes = left_out(counts)
    found = gathered(placed(), language="tr", notes=notes)
    assert (found.texts, found.language) == (("a", "b", "c"), "tr")
    assert found.places == ("paragraph 1", "paragraph 1", "paragraph 3")
    assert found.notes == ("2 footnotes left out",)


def test_counts() -> None:
    assert counted(1, "table of contents") == "1 table of contents"
    assert counted(2, "table of contents") == "2 tables of contents"
    assert counted(3, "page outside the reading order") == "3 pages outside the reading order"


def test_lines_are_joined_with_a_space_but_between_ideographs() -> None:
    assert on_one_line(["one", "two", "", "three"]) == "one two three"
    assert on_one_line(["这座", "古桥", "A", "将"]) == "这座古桥 A 将"
