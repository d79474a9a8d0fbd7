"""Work on several threads: its order, its errors, and that nobody waits for ever."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign import threads
from polyalign.threads import claim_one_core, in_parallel


@pytest.fixture(name="two_cores")
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a machine with two cores."""
    threads._helpers.cache_clear()
    monkeypatch.setattr(threads, "cores", lambda: 2)
    yield
    threads._helpers.cache_clear()


@given(st.lists(st.integers(), max_size=40))
def test_what_is_made_stands_in_the_order_of_the_items(items: list[int]) -> None:
    assert in_parallel(lambda item: item * 2, items) == [item * 2 for item in items]


@pytest.mark.usefixtures("two_cores")
def test_two_work_at_a_time() -> None:
    meeting = threading.Barrier(2, timeout=20)
    assert len(set(in_parallel(lambda _: (meeting.wait(), threading.get_ident())[1], range(2)))) == 2


@pytest.mark.usefixtures("two_cores")
def test_work_that_asks_for_help_itself_gets_done() -> None:
    def row(k: int) -> list[int]:
        return in_parallel(lambda j: 10 * k + j, range(5))

    assert in_parallel(row, range(8)) == [[10 * k + j for j in range(5)] for k in range(8)]


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("bad", [0, 1, 7])
def test_an_error_of_any_item_is_raised(bad: int) -> None:
    def work(item: int) -> int:
        if item == bad:
            raise IndexError(f"item {item}")
        return item

    with pytest.raises(IndexError, match=f"item {bad}"):
        in_parallel(work, range(8))
    assert in_parallel(work, range(10, 14)) == [10, 11, 12, 13]


@pytest.mark.usefixtures("two_cores")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_which_has_none_of_the_helpers_gets_its_own() -> None:
    assert in_parallel(abs, range(4)) == [0, 1, 2, 3]
    child = os.fork()
    if not child:
        os._exit(0 if in_parallel(abs, range(-4, 0)) == [4, 3, 2, 1] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_process_that_claimed_one_core_works_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_claimed_one", threading.Event())
    claim_one_core()
    try:
        assert set(in_parallel(lambda _: threading.get_ident(), range(6))) == {threading.get_ident()}
    finally:
        monkeypatch.undo()
        threads.cores.cache_clear()
