"""The shared types: JSON there and back, what from_json refuses, rows, offsets."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.characters import runs_right_to_left, without_controls
from polyalign.errors import InputError
from polyalign.parts import UNREVIEWED, Bead, Document, Review, Row, Segment, Side, State

texts = st.text(max_size=12)
scores = st.floats(0, 1)
reviews = st.just(UNREVIEWED) | st.builds(
    Review, st.sampled_from(get_args(State)), texts, st.lists(texts, max_size=2).map(tuple)
)


@st.composite
def sides(draw: st.DrawFn) -> Side:
    segments: list[Segment] = []
    start = 0
    for number, text in enumerate(draw(st.lists(texts, max_size=7))):
        start += draw(st.integers(0, 3))
        segments.append(
            Segment(
                number,
                start,
                start + len(text),
                text,
                draw(st.sampled_from(["", "credit"])),
                review=draw(reviews),
            )
        )
        start += len(text)
    return Side(draw(st.sampled_from(["ar", "zh-Hant"])), tuple(segments), draw(st.none() | texts))


@st.composite
def bitexts(draw: st.DrawFn, *, disjoint: bool = False) -> Bitext:
    source, target = draw(sides()), draw(sides())
    free = {name: list(range(len(side.segments))) for name, side in (("s", source), ("t", target))}
    beads = []
    while all(free.values()) and draw(st.booleans()):
        groups = [
            tuple(sorted(draw(st.sets(st.sampled_from(ids), min_size=1, max_size=3))))
            for ids in free.values()
        ]
        evidence = draw(st.dictionaries(texts, st.floats(allow_nan=False, allow_infinity=False), max_size=2))
        beads.append(Bead(groups[0], groups[1], draw(scores), draw(st.booleans()), evidence, draw(reviews)))
        if disjoint:
            free = {"s": _without(free["s"], groups[0]), "t": _without(free["t"], groups[1])}
    notes = tuple(draw(st.lists(texts, max_size=2)))
    return Bitext(
        source, target, tuple(beads), draw(st.sampled_from(["parallel", "comparable"])), draw(texts), notes
    )


def _without(ids: Sequence[int], gone: Sequence[int]) -> list[int]:
    return [i for i in ids if i not in gone]


@given(bitexts())
def test_json_is_read_back_without_loss(bitext: Bitext) -> None:
    again = Bitext.from_json(bitext.to_json())
    assert again == bitext
    assert [bead.evidence for bead in again.beads] == [bead.evidence for bead in bitext.beads]
    assert again.to_json() == bitext.to_json()


@given(bitexts())
def test_json_has_the_shape_of_the_contract(bitext: Bitext) -> None:
    data = json.loads(bitext.to_json())
    assert data["schema"] == "polyalign.bitext/1"
    assert {"signature", "source", "target", "beads"} <= set(data)
    assert all(set(data[side]) == {"path", "language", "segments"} for side in ("source", "target"))
    assert [bead["kind"] for bead in data["beads"]] == [bead.kind for bead in bitext.beads]
    assert [bead.get("overlap", False) for bead in data["beads"]] == [bead.overlap for bead in bitext.beads]


GOOD: dict[str, Any] = Bitext(
    Side("ar", (Segment(0, 0, 2, "ab", review=Review("rejected", "no")), Segment(1, 3, 4, "c")), "ar.txt"),
    Side("en", (Segment(0, 0, 2, "de"),)),
    (Bead((0, 1), (0,), 0.5, evidence={"cosine": 0.5}, review=Review("confirmed", "ok", ("names: c",))),),
).to_dict()


def put(*path: str | int, value: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        del data[path[-1]]

    return change


BROKEN = [
    (put("schema", value="polyalign.bitext/9"), "expected"),
    (drop("schema"), "expected"),
    (drop("source"), "source must be an object, not missing"),
    (put("source", value=[]), "source must be an object, not a list"),
    (drop("source", "language"), "language must be a string, not missing"),
    (put("source", "path", value=3), "path must be a string, not a whole number"),
    (drop("target", "segments"), "segments must be a list, not missing"),
    (put("target", "segments", 0, value="de"), "what holds id must be an object"),
    (put("source", "segments", 0, "text", value=7), "text must be a string, not a whole number"),
    (drop("source", "segments", 1, "text"), "text must be a string, not missing"),
    (put("source", "segments", 0, "start", value="0"), "start must be a whole number, not a string"),
    (put("source", "segments", 0, "start", value=False), "start must be a whole number, not true or false"),
    (put("source", "segments", 0, "start", value=-1), "segment 0 does not reach"),
    (put("source", "segments", 1, "end", value=9), "segment 1 does not reach"),
    (put("source", "segments", 1, "id", value=5), "segment 1 has the id 5"),
    (put("source", "segments", 0, "boilerplate", value=1), "boilerplate must be a string"),
    (put("beads", value={}), "beads must be a list, not an object"),
    (put("beads", 0, value=[]), "must be an object, not a list"),
    (put("beads", 0, "source", value="0"), "source must be a list, not a string"),
    (put("beads", 0, "source", value=["0"]), "source must be a whole number, not a string"),
    (put("beads", 0, "source", value=[]), "bead 0 must name segments"),
    (put("beads", 0, "source", value=[1, 0]), "bead 0 must name segments"),
    (put("beads", 0, "source", value=[0, 0]), "bead 0 must name segments"),
    (put("beads", 0, "source", value=[-1]), "bead 0 must name segments"),
    (put("beads", 0, "target", value=[1]), "bead 0 must name segments"),
    (put("beads", 0, "score", value="0.5"), "score must be a number, not a string"),
    (put("beads", 0, "score", value=True), "score must be a number, not true or false"),
    (put("beads", 0, "score", value=1.5), "the score of bead 0 is 1.5"),
    (put("beads", 0, "score", value=float("nan")), "the score of bead 0 is nan"),
    (put("beads", 0, "score", value=10**400), "score must be a number"),
    (put("beads", 0, "overlap", value=1), "overlap must be true or false"),
    (put("beads", 0, "evidence", value=[["cosine", 1]]), "evidence must be an object"),
    (put("beads", 0, "evidence", value={"cosine": "high"}), "evidence must be a number"),
    (
        put("beads", 0, "state", value="done"),
        "state must be one of auto, confirmed, rejected, needs-review, not",
    ),
    (put("beads", 0, "state", value=None), "state must be a string, not missing"),
    (put("beads", 0, "comment", value=[]), "comment must be a string, not a list"),
    (put("beads", 0, "flags", value="a"), "flags must be a list, not a string"),
    (put("beads", 0, "flags", value=["a", 1]), "flags must be a string, not a whole number"),
    (put("source", "segments", 0, "state", value="x" * 99), f"not {'x' * 40!r}"),
    (put("mode", value=1), "mode must be a string"),
    (put("signature", value=[]), "signature must be a string"),
    (put("notes", value="one"), "notes must be a list"),
    (put("notes", value=[1]), "notes must be a string"),
]


@pytest.mark.parametrize(("change", "reason"), BROKEN, ids=[reason for _, reason in BROKEN])
def test_what_is_no_bitext_is_refused_in_one_line(change: Callable[[Any], None], reason: str) -> None:
    data = copy.deepcopy(GOOD)
    change(data)
    with pytest.raises(InputError, match=re.escape(reason)) as caught:
        Bitext.from_json(json.dumps(data))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON: line 1: Expecting value"),
        ('{"schema":\n oops}', "not JSON: line 2"),
        ("[1]", "not a bitext: expected"),
        ("null", "not a bitext: expected"),
        ("[" * 200_000, "nested too deeply"),
        (
            '{"schema": "polyalign.bitext/1", "notes": %s}' % ("[" * 900 + "]" * 900),
            "source must be an object",
        ),
        ("9" * 5000, "thousands of digits"),
    ],
    ids=lambda value: value[:30],
)
def test_what_is_no_json_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=re.escape(reason)) as caught:
        Bitext.from_json(text)
    assert "\n" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
PLACES: list[tuple[str | int, ...]] = [
    *((key,) for key in GOOD),
    *(("source", key) for key in GOOD["source"]),
    *(("source", "segments", 0, key) for key in GOOD["source"]["segments"][0]),
    *(("beads", 0, key) for key in GOOD["beads"][0]),
]


def reason_or_none(text: str) -> str | None:
    """Why from_json refuses the text; None once what it accepts has been written and read again."""
    try:
        bitext = Bitext.from_json(text)
    except InputError as error:
        return str(error)
    assert Bitext.from_json(bitext.to_json()) == bitext
    return None


@given(st.sampled_from(PLACES), json_values)
def test_any_value_anywhere_is_read_or_refused(place: tuple[str | int, ...], value: Any) -> None:
    data = copy.deepcopy(GOOD)
    put(*place, value=value)(data)
    assert "\n" not in (reason_or_none(json.dumps(data)) or "")


@given(bitexts(disjoint=True))
def test_rows_hold_every_segment_once(bitext: Bitext) -> None:
    rows = list(bitext.rows())
    for name, side in (("source", bitext.source), ("target", bitext.target)):
        held = [segment.id for row in rows for segment in getattr(row, name)]
        assert sorted(held) == list(range(len(side.segments)))
    assert all(row.bead or len(row.source) + len(row.target) == 1 for row in rows)


@given(bitexts())
def test_rows_keep_the_beads_and_the_unaligned(bitext: Bitext) -> None:
    """Also where beads overlap: each bead is one row, by its first source segment; each other segment one."""
    rows = list(bitext.rows())
    beads = [row.bead for row in rows if row.bead]
    assert sorted(map(repr, beads)) == sorted(map(repr, bitext.beads))
    assert [bead.source[0] for bead in beads] == sorted(bead.source[0] for bead in bitext.beads)
    lone_source = [segment for row in rows if not row.bead for segment in row.source]
    lone_target = [segment for row in rows if not row.bead for segment in row.target]
    assert tuple(lone_source) == bitext.unaligned("source")
    assert sorted(segment.id for segment in lone_target) == [s.id for s in bitext.unaligned("target")]
    assert all(tuple(s.id for s in row.source) == row.bead.source for row in rows if row.bead)


@given(bitexts())
def test_source_rows_stand_in_the_order_of_the_text(bitext: Bitext) -> None:
    leading = [row.source[0].id for row in bitext.rows() if row.source]
    assert leading == sorted(leading)


def test_an_unaligned_target_segment_follows_the_one_before_it() -> None:
    source, target = (Document.from_segments(list(text)).segments for text in ("abc", "tuvwx"))
    assert source is not None
    assert target is not None
    beads = (Bead((0,), (3,), 1.0), Bead((2,), (1,), 1.0))
    rows = Bitext(Side("ar", source), Side("en", target), beads).rows()
    shown = ["".join(s.text for s in row.source) + "|" + "".join(t.text for t in row.target) for row in rows]
    assert shown == ["|t", "a|w", "|x", "b|", "c|u", "|v"]


@given(bitexts())
def test_unaligned_is_what_no_bead_names(bitext: Bitext) -> None:
    lone = {segment.id for segment in bitext.unaligned("target")}
    assert lone | {j for bead in bitext.beads for j in bead.target} == set(range(len(bitext.target.segments)))
    assert not lone & {j for bead in bitext.beads for j in bead.target}


@given(st.lists(st.text(max_size=8)))
def test_from_segments_gives_exact_offsets(strings: list[str]) -> None:
    document = Document.from_segments(strings, language="en", path="x", notes=("n",))
    assert document.segments is not None
    assert [document.text[s.start : s.end] for s in document.segments] == strings
    assert [s.text for s in document.segments] == strings
    assert [s.id for s in document.segments] == list(range(len(strings)))
    assert (document.language, document.path, document.notes) == ("en", "x", ("n",))


def test_from_segments_refuses_a_single_string() -> None:
    with pytest.raises(InputError, match="pass a list of strings"):
        Document.from_segments("One. Two.")


@given(st.text())
def test_shown_text_is_one_clean_line(text: str) -> None:
    shown = without_controls(text)
    assert len(shown.splitlines()) <= 1
    assert without_controls(shown) == shown
    assert Segment(0, 0, len(text), text).shown == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\r\nc", "a b  c"),
        ("bell\a, nul\0, escape\x1b[0m", "bell, nul, escape[0m"),
        ("next\u0085line\u2028", "next line "),
        ("\u200fعربي\u200c", "\u200fعربي\u200c"),
        ("soft\xadhyphen", "soft\xadhyphen"),
    ],
)
def test_only_control_characters_are_left_out(text: str, shown: str) -> None:
    assert without_controls(text) == shown


@pytest.mark.parametrize(("source", "target", "kind"), [((1,), (2,), "1-1"), ((0, 4), (1, 2, 7), "2-3")])
def test_kind_is_the_sizes_of_the_groups(source: tuple[int, ...], target: tuple[int, ...], kind: str) -> None:
    assert Bead(source, target, 0.5).kind == kind


def test_a_review_says_only_what_differs() -> None:
    bead, segment = GOOD["beads"][0], GOOD["source"]["segments"][0]
    assert {"state": "confirmed", "comment": "ok", "flags": ["names: c"]}.items() <= bead.items()
    assert (segment["state"], segment["comment"]) == ("rejected", "no")
    assert "flags" not in segment
    assert set(GOOD["source"]["segments"][1]) == {"id", "start", "end", "text"}


def test_the_review_of_a_row_is_that_of_its_bead_or_its_one_segment() -> None:
    asked, settled = Review("needs-review", "why?"), Review("confirmed")
    segment = Segment(0, 0, 1, "a", review=asked)
    assert Row((segment,), ()).review == Row((), (segment,)).review == asked
    assert Row((segment,), (segment,), Bead((0,), (0,), 0.5, review=settled)).review == settled


@pytest.mark.parametrize(
    ("text", "right_to_left"),
    [("", False), ("12 %", False), ("abc", False), ("سلام", True), ("שלום abc", True), ("abc سلام", True)],
)
def test_the_direction_of_a_text(text: str, right_to_left: bool) -> None:
    assert runs_right_to_left(text) == right_to_left
