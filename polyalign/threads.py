"""As many threads as there are cores for us: with more, matrix products are ten times slower."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def cores() -> int:
    """The cores this process may use: the least of its affinity and its container's quota."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(own, _quota() or own))


@contextlib.contextmanager
def within_cores() -> Iterator[None]:
    """A block in which numpy's matrix products use at most `cores()` threads."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=cores(), user_api="blas"):
        yield


def _quota() -> int | None:
    """The cores that a Linux container (cgroup v2) grants, rounded up; None without a limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):
        return None
