"""Work on all cores with the same bytes whatever their number.

A matrix product on several threads adds up in another order, and its last bits differ. So products
run on one thread each, and several at a time.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


_claimed_one = Event()


def claim_one_core() -> None:
    """Let this process work on one core from now on, as other processes have the others."""
    _claimed_one.set()
    cores.cache_clear()


@cache
def cores() -> int:
    """The cores this process may use: what it claimed, else the least of affinity and quota."""
    if _claimed_one.is_set():
        return 1
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(own, _quota() or own))


@contextlib.contextmanager
def one_thread_each() -> Iterator[None]:
    """A block in which each of numpy's matrix products runs on one thread."""
    with _controller().limit(limits=1, user_api="blas"):
        yield


def in_parallel(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What `work` makes of each item, in their order, as many at a time as there are cores."""
    todo = deque(enumerate(items))
    done: dict[int, R] = {}

    def help_out() -> None:
        while True:
            try:
                number, item = todo.popleft()
            except IndexError:
                return
            done[number] = work(item)

    with one_thread_each():
        helpers: list[Future[None]] = []
        with contextlib.suppress(RuntimeError):  # no more threads may be had: those that are do it
            helpers.extend(_helpers().submit(help_out) for _ in range(min(cores(), len(todo)) - 1))
        try:
            help_out()
        finally:
            todo.clear()
            late = [helper for helper in helpers if not helper.cancel()]
            wait(late)
        for helper in late:
            helper.result()
    return [done[number] for number in range(len(done))]


@cache
def _helpers() -> ThreadPoolExecutor:
    """Threads beside the one that asks, which waits for none that has not begun."""
    return ThreadPoolExecutor(cores() - 1, thread_name_prefix="polyalign")


if hasattr(os, "register_at_fork"):  # a forked process has none of these threads, whose queue would only grow
    os.register_at_fork(after_in_child=_helpers.cache_clear)


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _quota() -> int | None:
    """The cores that a Linux container (cgroup v2) grants, rounded up; None without a limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):
        return None
