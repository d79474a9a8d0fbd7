"""Chunks of work on processes of this machine, or in this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any

from polyalign.errors import PolyalignError
from polyalign.threads import claim_one_core

Work = Callable[[Any], bytes]
Make = Callable[[], Work]
Numbered = tuple[int, Any]

_AHEAD = 2  # tasks for each process that are on their way


def mapped(make: Make, tasks: Iterable[Numbered], *, jobs: int) -> Iterator[tuple[int, bytes]]:
    """What the work that `make` makes gives for each numbered task, as soon as it is there.

    With more than one job each process makes it once. Tasks that a killed process had are given to new
    ones. Raises PolyalignError where these too are killed with nothing done, and what the work raises.
    """
    if jobs == 1:
        work = make()
        yield from ((number, work(task)) for number, task in tasks)
        return
    waiting, idle = _Waiting(tasks), 0
    while idle < 2:
        idle += 1
        try:
            for found in _through_pool(make, waiting, jobs):
                idle = 0
                yield found
            return
        except BrokenProcessPool:
            waiting.put_back()
    raise PolyalignError(
        "a worker process was killed, and so was the one that took its place (is there too little "
        "memory?): run the same command again, with fewer --jobs; what is done is kept"
    )


class _Waiting:
    """Tasks that nobody has finished: drawn one by one, put back where their process was lost."""

    def __init__(self, tasks: Iterable[Numbered]) -> None:
        self._tasks, self._back = iter(tasks), deque[Numbered]()
        self._out: dict[int, Any] = {}

    def __iter__(self) -> Iterator[Numbered]:
        while True:
            if self._back:
                number, task = self._back.popleft()
            elif (drawn := next(self._tasks, None)) is not None:
                number, task = drawn
            else:
                return
            self._out[number] = task
            yield number, task

    def done(self, number: int) -> None:
        """The task needs nobody any more."""
        del self._out[number]

    def put_back(self) -> None:
        """All tasks that were given out and not finished are waiting again."""
        self._back.extend(sorted(self._out.items(), key=lambda entry: entry[0]))
        self._out.clear()


def _through_pool(make: Make, waiting: _Waiting, jobs: int) -> Iterator[tuple[int, bytes]]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(make,))
    running: dict[Future[bytes], int] = {}

    def submit(count: int) -> None:
        for number, task in islice(waiting, count):
            running[pool.submit(_do, task)] = number

    try:
        submit(jobs * _AHEAD)
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                data = future.result()
                number = running.pop(future)
                waiting.done(number)
                yield number, data
                submit(1)
    finally:
        pool.shutdown(cancel_futures=True)


_made: list[Work] = []


def _begin(make: Make) -> None:
    """What a new process does first. It leaves Ctrl-C to its parent, and ends when that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    claim_one_core()
    _made[:] = [make()]


def _do(task: Any) -> bytes:
    return _made[0](task)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
