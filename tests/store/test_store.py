"""The project file: laws after any operations, undo to the first byte, several writers, bad files."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.errors import (
    ConflictError,
    InputError,
    OutputError,
    PolyalignError,
    UnreadableError,
    UsageError,
)
from polyalign.parts import Bead, Document, Review, Segment, Side
from polyalign.store import Change, Filter, ReviewRow, Store

AGAIN = 0.5  # the score of whatever is aligned again
ARABIC = "قال المدير إن 38,05 مليون طن وصلت في 14 أيلول."


def sample(size: int = 6) -> Bitext:
    """A bitext with crossing beads, a group, and segments on either side that are in none."""
    source = Document.from_segments([ARABIC, *(f"نص {i} من 20" for i in range(1, size))], language="ar")
    target = Document.from_segments([f"Text {i} of 20, told again." for i in range(size)], language="en")
    beads = (
        Bead((0,), (1,), 0.9, evidence={"fit": 0.5}),
        Bead((1,), (0,), 0.4),
        Bead((2, 3), (3, 5), 0.7),
    )
    sides = Side("ar", source.segments or (), "a.txt"), Side("en", target.segments or (), "b.txt")
    return Bitext(*sides, beads, signature="by hand")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "x.polyalign", who="Ada") as made:
        made.add(sample())
        yield made


def dump(store: Store) -> list[str]:
    """Every record of the project as it is, but for the journal."""
    with sqlite3.connect(store.path) as connection:
        kept = [
            (table, *row)
            for table in ("bitexts", "documents", "segments", "beads", "members")
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]
    connection.close()
    return [repr(row) for row in kept]


def texts(store: Store, bitext: int = 1) -> list[tuple[list[str], list[str]]]:
    return [([s.text for s in r.source], [s.text for s in r.target]) for r in store.rows(bitext)]


def row_of(store: Store, text: str) -> ReviewRow:
    return next(r for r in store.rows(1) if any(text in s.text for s in r.source + r.target))


def check_laws(store: Store, before: dict[str, str]) -> None:
    """No segment is lost or doubled, every stretch is its document's, and the documents are as they were."""
    for side in ("source", "target"):
        text = store.original(1, side)
        assert text == before[side]
        segments = sorted(
            (s for r in store.rows(1) for s in r.side(side)), key=lambda s: (s.start, s.end, s.id)
        )
        assert max(Counter(s.id for s in segments).values(), default=1) == 1
        for s in segments:
            assert text[s.start : s.end] == (s.text if s.original is None else s.original)
        assert all(a.end <= b.start for a, b in pairwise(segments))
        covered = "".join(text[s.start : s.end] for s in segments)
        assert "".join(covered.split()) == "".join(text.split())
    assert all(r.source or r.target for r in store.rows(1))
    check_scores(store)
    with Store(store.path) as again:  # what is kept up to date is what is read anew
        assert store.rows(1) == again.rows(1)
        assert store.places(1) == again.places(1)
        assert (
            store.standings(1)
            == again.standings(1)
            == Counter(r.standing for r in store.rows(1) if not r.deleted)
        )


def check_scores(store: Store) -> None:
    """A score is that of the two texts for which an aligner gave it, and of no others."""
    judged = {
        bead.score: (span(sample().source, bead.source), span(sample().target, bead.target))
        for bead in sample().beads
    }
    for row in store.rows(1):
        if row.score is None:
            assert row.origin == "person" or not row.aligned
        elif row.score != AGAIN:
            sides = (row.source, row.target)
            assert tuple((s[0].start, s[-1].end) for s in sides) == judged[row.score]


def span(side: Side, ids: tuple[int, ...]) -> tuple[int, int]:
    return side.segments[ids[0]].start, side.segments[ids[-1]].end


ACTS = st.tuples(
    st.sampled_from(
        "link pinpoint unlink merge merge_with move split divide join edit delete bring_back mark keep"
        " comment ignore realign translated undo redo".split()
    ),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(1, 40),
)


def act(store: Store, name: str, one: int, other: int, at: int) -> None:
    """Do one thing to some rows and segments."""
    rows = store.rows(1)
    row, second = rows[one % len(rows)], rows[other % len(rows)]
    segments = [s for r in rows for s in r.source + r.target]
    segment, another = segments[one % len(segments)], segments[other % len(segments)]
    way = ("up", "down")[at % 2]
    side = ("source", "target")[other % 2]
    does: dict[str, Callable[[], object]] = {
        "link": lambda: store.link([segment.id, another.id]),
        "pinpoint": lambda: store.pinpoint(segment.id, another.id),
        "unlink": lambda: store.unlink(row.id),
        "merge": lambda: store.merge([row.id, second.id]),
        "merge_with": lambda: store.merge_with(row.id, way),  # type: ignore[arg-type]
        "move": lambda: store.move(row.id, side, way),  # type: ignore[arg-type]
        "split": lambda: store.split(segment.id, at),
        "divide": lambda: store.divide(row.source[0].id, at, row.target[0].id, one) if row.aligned else None,
        "join": lambda: store.join([segment.id, another.id]),
        "edit": lambda: store.edit(segment.id, segment.text[at // 2 :] + " جديد new"[: at % 10]),
        "delete": lambda: store.delete([row.id, second.id]),
        "bring_back": lambda: store.bring_back([row.id]),
        "mark": lambda: store.mark(
            [row.id],
            ("auto", "confirmed", "rejected", "needs-review")[at % 4],
        ),
        "keep": lambda: store.keep([row.id], at % 2 == 0),
        "comment": lambda: store.comment(row.id, "note " * (at % 3)),
        "ignore": lambda: store.ignore(row.id, "numbers", at % 2 == 0),
        "realign": lambda: store.realign(1, shifted(store, at)),
        "translated": lambda: store.translated({segment.id: f"told {at}"}),
        "undo": store.undo,
        "redo": store.redo,
    }
    does[name]()


def shifted(store: Store, at: int) -> list[Bead]:
    """Beads between the free segments, each with another one than before."""
    source, target = ([s.id for r in store.free(1) for s in r.side(side)] for side in ("source", "target"))
    pairs = zip(sorted(source), sorted(target)[at % 3 :], strict=False)
    return [Bead((i,), (j,), AGAIN) for i, j in pairs]


@settings(max_examples=60)
@given(st.lists(ACTS, min_size=1, max_size=14))
def test_any_operations_keep_the_laws_and_undoing_all_gives_the_first_state_back(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("laws") / "x.polyalign"
    with Store(path) as store:
        store.add(sample())
        first = dump(store)
        before = {side: store.original(1, side) for side in ("source", "target")}
        for each in acts:
            held = dump(store)
            try:
                act(store, *each)
            except PolyalignError:
                assert dump(store) == held
            check_laws(store, before)
        last = dump(store)
        with Store(path) as other:
            assert other.rows(1) == store.rows(1)
            assert other.numbers(1) == store.numbers(1)
        undone = 0
        while store.undoable:
            store.undo()
            undone += 1
        assert dump(store) == first
        for _ in range(undone):
            store.redo()
        assert dump(store) == last


def test_rows_stand_as_in_the_bitext_and_come_back_as_one(store: Store) -> None:
    expected = [([s.text for s in r.source], [s.text for s in r.target]) for r in sample().rows()]
    assert texts(store) == expected
    assert store.bitext(1) == sample()


@given(st.lists(st.sampled_from([(0,), (1,), (0, 2), (3,), ()]), max_size=4), st.randoms())
def test_every_bitext_comes_back(
    tmp_path_factory: pytest.TempPathFactory, groups: list[tuple[int, ...]], random: Any
) -> None:
    beads = {g: Bead(g, (random.randrange(6),), 0.5) for g in groups if g}
    targets = Counter(b.target for b in beads.values())
    sources = Counter(i for b in beads.values() for i in b.source)
    ordered = sorted(beads.values(), key=lambda b: (b.source, b.target))
    marked = tuple(
        replace(b, overlap=targets[b.target] > 1 or any(sources[i] > 1 for i in b.source)) for b in ordered
    )
    bitext = replace(sample(), beads=marked)
    with Store(tmp_path_factory.mktemp("back") / "x.polyalign") as store:
        number = store.add(bitext)
        assert store.bitext(number) == bitext
        assert [r.overlap for r in store.rows(number) if r.aligned] == [
            r.bead.overlap for r in bitext.rows() if r.bead
        ]


def test_state_comment_and_translation_come_in_and_go_out(tmp_path: Path) -> None:
    reviewed = replace(sample().beads[0], review=Review("confirmed", "sure?", ()))
    told = replace(
        sample().source.segments[4], translation="text", place="cell B3", review=Review("auto", "alone")
    )
    source = replace(
        sample().source, segments=(*sample().source.segments[:4], told, *sample().source.segments[5:])
    )
    bitext = replace(sample(), source=source, beads=(reviewed, *sample().beads[1:]))
    with Store(tmp_path / "x.polyalign") as store:
        assert store.bitext(store.add(bitext)) == bitext


def test_the_documents_are_kept_whole_where_they_are_given(tmp_path: Path) -> None:
    document = Document("\ufeffOne.\r\n\r\n  Two \ud800 here.\n")
    segments = (Segment(0, 1, 5, "One."), Segment(1, 11, 22, "Two \ud800 here."))
    bitext = Bitext(Side("en", segments), Side("de", ()), ())
    with Store(tmp_path / "x.polyalign") as store:
        number = store.add(bitext, source=document)
        assert store.original(number, "source") == document.text
        assert store.bitext(number) == bitext


def test_a_split_in_the_arabic_stands_at_the_caret_with_exact_offsets(store: Store) -> None:
    row = row_of(store, "38,05")
    at = ARABIC.index("وصلت")
    change = store.split(row.source[0].id, at)
    head, tail = change.rows[0].source
    assert (head.text, tail.text) == (ARABIC[:at].rstrip(), ARABIC[at:])
    assert (head.start, head.end, tail.start, tail.end) == (0, at - 1, at, len(ARABIC))
    assert store.numbers(1)[tail.id] == 1
    joined = store.join([head.id, tail.id]).rows[0]
    assert [s.text for s in joined.source] == [ARABIC]
    for cut in (change.rows[0], joined):  # the same texts beside each other: what was said of them holds
        assert (cut.score, cut.origin, cut.state) == (row.score, "machine", "auto")


def test_dividing_makes_two_rows_of_one_confirmed_by_who_did_it(store: Store) -> None:
    row = row_of(store, "38,05")
    english = row.target[0].text
    change = store.divide(row.source[0].id, ARABIC.index("وصلت"), row.target[0].id, english.index("told"))
    pairs = [(r.source[0].text, r.target[0].text) for r in change.rows]
    assert pairs == [("قال المدير إن 38,05 مليون طن", "Text 1 of 20,"), (ARABIC[-17:], "told again.")]
    assert {(r.kind, r.score, r.origin, r.state) for r in change.rows} == {
        ("1-1", None, "person", "confirmed")
    }
    store.undo()
    assert store.row(row.id) == row
    with pytest.raises(UsageError, match="of one row"):
        store.divide(row.source[0].id, 5, row_of(store, "Text 0").target[0].id, 5)
    with pytest.raises(UsageError, match="in the same text"):
        store.divide(row.source[0].id, 5, row.source[0].id, 5)
    assert store.row(row.id) == row


@pytest.mark.parametrize("at", [0, -3, len(ARABIC), 1000])
def test_a_split_that_leaves_nothing_is_refused(store: Store, at: int) -> None:
    with pytest.raises(UsageError, match="one side of the cut"):
        store.split(row_of(store, "38,05").source[0].id, at)


def test_an_edited_segment_is_split_where_the_matching_original_is(store: Store) -> None:
    segment = row_of(store, "38,05").source[0].id
    edited = "أكد " + ARABIC
    store.edit(segment, edited)
    head, tail = store.split(segment, edited.index("وصلت")).rows[0].source
    assert (tail.text, tail.original) == (ARABIC[ARABIC.index("وصلت") :],) * 2
    assert (head.text, head.original) == (
        edited[: edited.index("وصلت")].rstrip(),
        ARABIC[: ARABIC.index("وصلت")].rstrip(),
    )
    (joined,) = store.join([head.id, tail.id]).rows[0].source
    assert (joined.text, joined.original) == (edited, ARABIC)


def test_an_edit_keeps_the_original_and_moves_offsets_in_what_is_exported(store: Store) -> None:
    segment = row_of(store, "38,05").source[0]
    (after,) = store.edit(segment.id, "قصير").rows[0].source
    assert (after.text, after.original) == ("قصير", ARABIC)
    made = store.bitext(1)
    assert [s.end - s.start == len(s.text) for s in made.source.segments] == [True] * 6
    assert made.source.segments[1].start == len("قصير") + 1
    assert Bitext.from_json(made.to_json()) == made
    assert store.edit(segment.id, ARABIC).rows[0].source[0].original is None


def test_link_takes_segments_out_of_their_rows_and_leaves_the_others_there(store: Store) -> None:
    group, alone = row_of(store, "نص 2"), row_of(store, "نص 4")
    change = store.link([alone.source[0].id, group.target[1].id])
    made = store.row(change.focus or 0)
    assert [s.text for s in made.source + made.target] == ["نص 4 من 20", "Text 5 of 20, told again."]
    left = store.row(group.id)
    assert (left.kind, left.by_hand, made.by_hand) == ("2-1", True, True)
    assert (left.state, made.state) == ("auto", "confirmed")  # nobody has said that the rest is right
    assert not row_of(store, "نص 5").aligned


def test_pinpoint_links_two_cells_however_far_apart(store: Store) -> None:
    first, last = store.rows(1)[0], row_of(store, "Text 5")
    change = store.pinpoint(first.source[0].id, last.target[0].id)
    made = store.row(change.focus or 0)
    assert made.kind == "1-2"
    assert {s.text for s in made.target} == {s.text for s in last.target}
    with pytest.raises(UsageError, match="one of each"):
        store.pinpoint(first.source[0].id, first.source[0].id)


def test_unlink_gives_every_segment_its_own_row(store: Store) -> None:
    group = row_of(store, "نص 2")
    store.comment(group.id, "why?")
    change = store.unlink(group.id)
    assert sorted(r.kind for r in change.rows) == ["0-1", "0-1", "1-0", "1-0"]
    assert [r.comment for r in change.rows if r.comment] == ["why?"]


def test_merging_keeps_all_comments(store: Store) -> None:
    one, other = store.rows(1)[:2]
    store.comment(one.id, "first")
    store.comment(other.id, "second")
    change = store.merge_with(other.id, "up")
    assert (change.rows[0].comment, change.removed) == ("first\nsecond", (other.id,)) or (
        change.rows[0].comment == "second\nfirst"
    )
    with pytest.raises(UsageError, match="no row above"):
        store.merge_with(store.rows(1)[0].id, "up")


def test_move_takes_the_edge_segment_to_the_neighbour(store: Store) -> None:
    group = row_of(store, "نص 2")
    below = store.rows(1)[[r.id for r in store.rows(1)].index(group.id) + 1]
    change = store.move(group.id, "target", "down")
    assert change.focus == below.id
    assert [s.id for s in store.row(below.id).target][-1] == group.target[-1].id
    with pytest.raises(UsageError, match="no target text"):
        store.move(row_of(store, "نص 5").id, "target", "up")


@pytest.mark.parametrize("hidden_first", [True, False])
def test_no_text_is_hidden_by_merging_it_with_what_is_hidden(store: Store, hidden_first: bool) -> None:
    hidden, shown = row_of(store, "نص 1 ").id, row_of(store, "نص 2 ").id
    store.delete([hidden])
    store.keep([hidden], False)
    pair = [hidden, shown] if hidden_first else [shown, hidden]
    merged = store.row(store.merge(pair).focus or 0)
    assert (merged.deleted, merged.keep) == (False, True)
    store.undo()
    store.keep([shown], False)
    store.delete([shown])
    merged = store.row(store.merge(pair).focus or 0)
    assert (merged.deleted, merged.keep) == (True, False)


def test_a_direction_that_there_is_not_is_refused(store: Store) -> None:
    row = row_of(store, "نص 1 ").id
    way: Any = "sideways"
    with pytest.raises(UsageError, match="unknown direction"):
        store.merge_with(row, way)
    with pytest.raises(UsageError, match="unknown direction"):
        store.move(row, "source", way)


def test_a_change_in_one_bitext_leaves_the_other_as_it_was(store: Store) -> None:
    other = store.add(sample())
    before = store.rows(other)
    for row in store.rows(1)[:2]:
        store.mark([row.id], "confirmed")
        assert store.rows(other) == before
        assert store.listed()[1].counts["confirmed"] == 0 < store.listed()[0].counts["confirmed"]
    store.undo()
    assert store.rows(other) == before


@pytest.mark.parametrize("nothing", ["", " \n", "\u200b", "\u202e\u00a0\u00ad"])
def test_a_text_of_which_nothing_is_seen_is_refused(store: Store, nothing: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        store.edit(row_of(store, "نص 1 ").source[0].id, nothing)


def test_neighbours_pass_over_deleted_rows(store: Store) -> None:
    first, second, third = store.rows(1)[:3]
    store.delete([second.id])
    assert store.merge_with(first.id, "down").removed == (third.id,)
    assert [r.id for r in store.rows(1) if r.deleted] == [second.id]


def test_realign_leaves_what_people_settled_and_takes_the_rest(store: Store) -> None:
    confirmed, group = store.rows(1)[0], row_of(store, "نص 2")
    store.mark([confirmed.id], "confirmed")
    free = {s.text: s.id for r in store.free(1) for s in r.source + r.target}
    beads = [
        Bead((free["نص 4 من 20"],), (free["Text 4 of 20, told again."],), 0.8),
        Bead(tuple(s.id for s in group.source), tuple(s.id for s in group.target), 0.6, evidence={"fit": 1}),
    ]
    change = store.realign(1, beads)
    assert store.row(confirmed.id).state == "confirmed"
    assert store.row(group.id) == group  # not regrouped: its score stays what it was among all segments
    assert group.id not in {row.id for row in change.rows}
    assert row_of(store, "نص 4").target[0].text.startswith("Text 4")
    assert not row_of(store, "نص 1 ").aligned
    assert change.operation == store.undoable == "realign"
    store.undo()
    assert store.bitext(1, states={"auto", "confirmed"}).beads[0].review.state == "confirmed"
    with pytest.raises(UsageError, match="settled"):
        store.realign(1, [Bead((confirmed.source[0].id,), (confirmed.target[0].id,), 0.5)])


def test_exports_leave_out_what_is_deleted_not_kept_or_in_another_state(store: Store) -> None:
    first, second, third = (r for r in store.rows(1) if r.aligned)
    store.delete([first.id])
    store.keep([second.id], False)
    made = store.bitext(1)
    assert [len(made.source.segments), len(made.target.segments), len(made.beads)] == [4, 4, 1]
    store.mark([third.id], "rejected")
    assert store.bitext(1).beads == ()
    assert len(store.bitext(1, states={"rejected"}).beads) == 1


def test_undo_and_redo_work_after_the_file_was_closed(tmp_path: Path) -> None:
    path = tmp_path / "x.polyalign"
    with Store(path) as store:
        store.add(sample())
        store.mark([store.rows(1)[0].id], "confirmed")
        store.edit(store.rows(1)[0].source[0].id, "x")
    with Store(path) as store:
        assert (store.undoable, store.redoable) == ("edit", "")
        store.undo()
        assert (store.undoable, store.redoable) == ("mark", "edit")
    with Store(path) as store:
        assert store.redo().rows[0].source[0].text == "x"
        store.undo()
        store.comment(store.rows(1)[1].id, "new branch")
        with pytest.raises(UsageError, match="nothing to redo"):
            store.redo()
    assert not list(tmp_path.glob("*-wal"))


def test_the_journal_says_who_did_what_when_and_an_idle_operation_leaves_no_trace(store: Store) -> None:
    row = store.rows(1)[0].id
    store.mark([row], "confirmed", who="Bob")
    revision = store.revision
    store.mark([row], "confirmed", who="Bob")
    assert store.revision == revision
    store.mark([row], "confirmed", who="Eve")  # a second reviewer's decision, kept beside the first
    assert store.revision == revision + 1
    store.undo()
    store.undo()
    newest, _, second, first = store.journal()[:4]
    assert (newest.motion, newest.operation, newest.who, newest.rows) == ("undo", "mark", "Ada", (row,))
    assert [(one.motion, one.who) for one in (second, first)] == [("do", "Eve"), ("do", "Bob")]
    assert first.at.endswith("Z")
    assert store.row(row).who == ""


def test_the_second_of_two_who_change_the_same_row_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.polyalign"
    with Store(path, who="Ada") as one, Store(path, who="Bob") as other:
        one.add(sample())
        seen = other.revision
        row, far = other.rows(1)[0], other.rows(1)[-1]
        one.edit(row.source[0].id, "by Ada", seen=seen)
        with pytest.raises(ConflictError, match=r"edit by Ada") as told:
            other.edit(row.source[0].id, "by Bob", seen=seen)
        assert told.value.rows == (row.id,)
        assert other.row(row.id).source[0].text == "by Ada"
        other.comment(far.id, "elsewhere", seen=seen)
        with pytest.raises(ConflictError):
            one.undo(seen=seen)
        assert one.undo(seen=told.value.revision + 1).operation == "comment"


def test_a_neighbour_that_changed_meanwhile_is_a_conflict_and_a_row_that_went_too(store: Store) -> None:
    first, second = store.rows(1)[:2]
    seen = store.revision
    store.comment(second.id, "changed")
    with pytest.raises(ConflictError):
        store.merge_with(first.id, "down", seen=seen)
    gone = store.merge_with(first.id, "down").removed[0]
    with pytest.raises(ConflictError):
        store.mark([gone], "confirmed", seen=seen)
    with pytest.raises(InputError, match="no row"):
        store.mark([gone], "confirmed")


def test_many_threads_lose_nothing(store: Store) -> None:
    rows = [row.id for row in store.rows(1)]

    def work(number: int) -> None:
        for turn in range(10):
            store.comment(rows[number % len(rows)], f"{number} {turn}")
            store.rows(1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(rows))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.comment for row in store.rows(1)] == [f"{number} 9" for number in range(len(rows))]
    assert len(store.journal(1000)) == 10 * len(rows)


KILLED = """
import sys
from polyalign.store import Store
store = Store(sys.argv[1])
rows = [row.id for row in store.rows(1)]
for turn in range(10_000):
    store.comment(rows[turn % len(rows)], str(turn))
    print(turn, flush=True)
"""


def test_after_kill_9_the_last_answered_operation_is_there(store: Store) -> None:
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(store.path)], stdout=subprocess.PIPE)
    assert child.stdout
    for _ in range(25):
        child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    answered = 24 + len(child.stdout.read().split())
    child.stdout.close()
    child.wait()
    with Store(store.path) as after:
        comments = {int(row.comment) for row in after.rows(1) if row.comment}
        assert max(comments) in (answered, answered + 1)
        after.undo()


def test_an_answered_operation_is_on_the_disk(store: Store) -> None:
    """What only waits in the system's memory is gone with the power, whatever a kill leaves."""
    (level,) = store._connection.execute("PRAGMA synchronous").fetchone()
    assert level >= 2  # FULL: each commit is flushed


def test_what_is_no_project_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    text, foreign, cut = tmp_path / "a.polyalign", tmp_path / "b.polyalign", tmp_path / "c.polyalign"
    text.write_text("not a database, but long enough to be looked at " * 50)
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    with Store(cut) as store:
        store.add(sample(200))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    for path in (text, foreign):
        before = path.read_bytes()
        with pytest.raises(UnreadableError, match=r"no polyalign project"):
            Store(path)
        assert path.read_bytes() == before
    with pytest.raises(UnreadableError, match="damaged"), Store(cut) as store:
        store.rows(1)


def test_what_is_asked_again_under_the_same_key_is_done_once(store: Store) -> None:
    first, second = (row.id for row in store.rows(1)[:2])
    seen = store.revision

    def merged() -> Change:
        return store.once("k1", lambda: store.merge([first, second], seen=seen))

    made = merged()
    store.mark([made.rows[0].id], "rejected")
    with Store(store.path) as elsewhere:  # the server was started again
        again = elsewhere.once("k1", lambda: elsewhere.merge([first, second], seen=seen))
    assert (again.revision, again.operation) == (made.revision, "merge")
    assert [row.state for row in merged().rows] == ["rejected"]
    assert [entry.operation for entry in store.journal()] == ["mark", "merge"]
    store.once("", store.undo)
    store.once("", store.undo)
    assert store.rows(1)[0].state == "auto"
    assert len(store.journal()) == 4


def test_a_project_of_the_first_version_is_brought_up_to_date(store: Store) -> None:
    store.mark([store.rows(1)[0].id], "confirmed")
    store.close()
    with sqlite3.connect(store.path) as connection:
        unmade(connection, 1)
    connection.close()
    with Store(store.path) as again:
        assert again.once("k", again.undo).operation == "mark"
        assert again.rows(1)[0].state == "auto"


def unmade(connection: sqlite3.Connection, version: int) -> None:
    """Make the tables what they were in that version."""
    undone = (
        "DROP TABLE terms; DROP TABLE replies; DROP TABLE verdicts",
        "ALTER TABLE bitexts DROP COLUMN about",
        "DROP TABLE checks",
        "ALTER TABLE segments DROP COLUMN quality",
        """ALTER TABLE beads DROP COLUMN origin;
        UPDATE journal SET changes = replace(changes, ',"origin":"machine"', '');
        UPDATE journal SET changes = replace(changes, ',"origin":"person"', '')
        """,
        """ALTER TABLE segments DROP COLUMN codes;
        ALTER TABLE beads DROP COLUMN about;
        DROP TABLE files""",
        "DROP INDEX log_by_key; ALTER TABLE log DROP COLUMN key",
    )
    for script in undone[: 8 - version]:
        connection.executescript(script)
    connection.execute(f"PRAGMA user_version = {version}")


def test_who_made_a_row_is_told_of_a_project_of_the_second_version(store: Store) -> None:
    """A row without a score was by hand there, and a pair of a file that had none stood at 1."""
    imported = replace(sample(), signature="", beads=(Bead((0,), (0,), 1.0), Bead((1,), (1,), 0.5)))
    store.add(imported)
    machine, merged = store.rows(1)[0], store.merge([row.id for row in store.rows(1)[1:3]]).rows[0]
    store.unlink(store.rows(2)[0].id)
    rows = store.rows(1)
    store.close()
    with sqlite3.connect(store.path) as connection:
        unmade(connection, 2)
    connection.close()
    with Store(store.path) as again:
        assert again.rows(1) == rows
        assert (again.row(machine.id).origin, again.row(merged.id).origin) == ("machine", "person")
        again.undo()
        assert [(r.score, r.origin) for r in again.rows(2) if r.aligned] == [(None, "file"), (0.5, "file")]
        again.undo()
        assert {r.origin for r in again.rows(1) if r.aligned} == {"machine"}
        again.redo()
        assert again.rows(1) == rows


def test_a_project_of_a_later_version_is_refused(store: Store) -> None:
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="later polyalign"):
        Store(store.path)


def test_a_project_is_made_where_there_is_a_folder_and_nothing_is_left_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="make it first"):
        Store(tmp_path / "no" / "x.polyalign")
    with pytest.raises(PolyalignError):
        Store(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_bad_arguments_are_one_clear_line(store: Store) -> None:
    row, segment = store.rows(1)[0], store.rows(1)[0].source[0]
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: store.mark([row.id], "done"), "unknown state"),  # type: ignore[arg-type]
        (lambda: store.mark([], "auto"), "no rows"),
        (lambda: store.mark([999], "auto"), "no row 999"),
        (lambda: store.split(999, 3), "no segment 999"),
        (lambda: store.edit(segment.id, "  "), "empty"),
        (lambda: store.edit(segment.id, "\ud800"), "half of a character"),
        (lambda: store.edit(segment.id, "x" * 200_000), "shorten"),
        (lambda: store.comment(row.id, "x" * 200_000), "shorten"),
        (lambda: store.merge([row.id, row.id]), "two rows"),
        (lambda: store.join([segment.id]), "two segments"),
        (lambda: store.join([segment.id, row.target[0].id]), "one text"),
        (lambda: store.link([]), "nothing to link"),
        (lambda: store.bitext(7), "no bitext 7"),
        (lambda: store.bitext(1, states={"done"}), "unknown state"),  # type: ignore[arg-type]
        (lambda: store.move(row.id, "middle", "up"), "unknown side"),  # type: ignore[arg-type]
        (store.undo, "nothing to undo"),
    ]
    held = dump(store)
    for call, said in cases:
        with pytest.raises(PolyalignError, match=said):
            call()
    assert dump(store) == held


def test_join_refuses_segments_with_another_between_or_in_other_rows(store: Store) -> None:
    ids = {s.text: s.id for row in store.rows(1) for s in row.source}
    a, b, c = (ids[f"نص {i} من 20"] for i in (3, 4, 5))
    with pytest.raises(UsageError, match="different rows"):
        store.join([a, b])
    store.link([b, c, row_of(store, "Text 2").target[0].id])
    store.link([a, c, b, row_of(store, "Text 2").target[0].id])
    with pytest.raises(UsageError, match="stands between"):
        store.join([a, c])
    assert len(store.join([c, b, a]).rows[0].source) == 1


def test_a_closed_project_says_so(store: Store) -> None:
    store.close()
    for call in (store.listed, lambda: store.rows(1), lambda: store.mark([1], "auto")):
        with pytest.raises(UsageError, match="closed: open it again"):
            call()


def test_listed_counts_rows_by_state(store: Store) -> None:
    rows = store.rows(1)
    store.mark([rows[0].id, rows[1].id], "confirmed")
    store.delete([rows[2].id])
    (listed,) = store.listed()
    assert listed.counts == {"auto": len(rows) - 3, "confirmed": 2, "rejected": 0, "needs-review": 0}
    assert (listed.name, listed.rows, listed.source.right_to_left, listed.target.right_to_left) == (
        "a.txt – b.txt",
        len(rows) - 1,
        True,
        False,
    )


FILTERS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    states=st.none() | st.frozensets(st.sampled_from(["auto", "confirmed", "rejected"])),
    kinds=st.none() | st.frozensets(st.sampled_from(["1-1", "n-n", "1-0", "0-1"])),
    min_score=st.sampled_from([0.0, 0.3, 0.5]),
    max_score=st.sampled_from([1.0, 0.8]),
    flag=st.sampled_from(["", "any", "odd"]),
    text=st.sampled_from(["", "نص", "أَيلول", "TEXT"]),
    side=st.sampled_from([None, "source", "target"]),
    order=st.sampled_from(["document", "worst"]),
)


@given(FILTERS)
def test_filters_pick_and_never_invent(
    tmp_path_factory: pytest.TempPathFactory, wanted: dict[str, Any]
) -> None:
    with Store(tmp_path_factory.mktemp("filters") / "x.polyalign") as store:
        store.add(sample())
        rows = store.rows(1)
        store.mark([rows[1].id], "confirmed")
        rows = store.rows(1)
        odd: Callable[[ReviewRow], tuple[str, ...]] = lambda row: ("odd",) * (row.id % 2)  # noqa: E731
        found = Filter(**wanted).matching(rows, odd)
        alone = [
            r
            for r in rows
            if all(
                Filter(**{k: v, "order": "document"}).matching([r], odd)
                for k, v in wanted.items()
                if k != "order"
            )
        ]
        assert sorted(r.id for r in found) == sorted(
            r.id for r in alone if not wanted["text"] or Filter(**wanted).matching([r], odd)
        )
        assert len({r.id for r in found}) == len(found)


def test_searching_ignores_case_vowel_signs_and_forms_of_alif(store: Store) -> None:
    def found(**wanted: Any) -> list[str]:
        rows = Filter(**wanted).matching(store.rows(1), lambda _: ())
        return [(r.source + r.target)[0].text for r in rows]

    assert found(text="ايلول") == found(text="أَيْلُول") == found(text="أيـلول") == [ARABIC]
    assert found(text="TEXT 4") == found(text="text [4]", regex=True, side="target")
    assert found(text="text", side="source") == []
    store.comment(row_of(store, "نص 5").id, "Wichtig")
    assert found(text="wichtig") == ["نص 5 من 20"] == found(commented=True)


def test_worst_first_puts_what_is_settled_last_and_the_doubtful_first(store: Store) -> None:
    store.mark([row_of(store, "نص 1 ").id], "confirmed")
    order = Filter(order="worst").matching(store.rows(1), lambda _: ())
    assert [r.score for r in order[:2]] == [0.7, 0.9]
    assert order[-1].state == "confirmed"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"text": "(", "regex": True}, "not a regular expression"),
        ({"text": "a{1000000000}", "regex": True}, "repeats too much"),
        ({"text": "((.{100}){100}){100,}", "regex": True}, "repeats too much"),
        ({"text": "(?ix)a{1 000 #\n 000}", "regex": True}, "leave out the flag x"),
        ({"text": "x" * 2000}, "shorten it"),
        ({"min_score": 0.8, "max_score": 0.2}, "no range"),
        ({"kinds": frozenset(["2-2"])}, "unknown kind"),
    ],
)
def test_filters_that_make_no_sense_are_refused(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Filter(**wanted)


def test_patterns_may_repeat_what_people_repeat(store: Store) -> None:
    wanted = Filter(text=r"(?i)(\w{1,20} ){1,9}\d{1,4}|\p{L}{0,100000}x", regex=True)
    assert wanted.matching(store.rows(1), lambda _: ())


def test_a_pattern_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    long = Document.from_segments(["a" * 40 + "b"] * 3, language="en")
    with Store(tmp_path / "x.polyalign") as store:
        store.add(Bitext(Side("en", long.segments or ()), Side("de", ()), ()))
        with pytest.raises(InputError, match="too long"):
            Filter(text=r"(a|a)*(a|aa)+$", regex=True).matching(store.rows(1), lambda _: ())
