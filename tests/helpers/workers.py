"""The worker that finds flags for all desks of a test process: each of its own would begin a process."""

from __future__ import annotations

import atexit
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polyalign.server.worker import Worker


@cache
def flagging() -> Worker:
    """It begins with its first question, and ends with the tests."""
    from polyalign.server.worker import Worker

    worker = Worker()
    atexit.register(worker.close)
    return worker
