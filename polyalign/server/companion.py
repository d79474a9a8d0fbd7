"""A process of ours that answers one question after the other, so that thinking holds up nobody."""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from polyalign.server.child import own_output
from polyalign.server.jobs import started


class Companion:
    """A module that runs `answering` in a process, which starts with the first question."""

    def __init__(self, module: str, setup: object = None) -> None:
        self._module, self._setup = module, setup
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def ask(self, question: object) -> Any:
        """The answer. Raises OSError where the process is gone."""
        with self._lock:
            process = self._started()
            assert process.stdin
            assert process.stdout
            try:
                pickle.dump(question, process.stdin)
                process.stdin.flush()
                return pickle.load(process.stdout)  # our own process wrote it
            except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
                _end(process)
                self._process = None  # the next question starts another
                raise BrokenPipeError(f"the process {self._module} is gone") from error

    def close(self) -> None:
        """End the process; a question that it is at is given up."""
        self._closed = True
        if self._process:
            self._process.kill()
        with self._lock:
            if self._process:
                _end(self._process)
                self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise BrokenPipeError(f"the process {self._module} is gone")
        if self._process is None:
            self._process = started(self._module)
            assert self._process.stdin
            pickle.dump(self._setup, self._process.stdin)
        return self._process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close what connects us with a process, and wait for its end."""
    with contextlib.suppress(OSError), process:
        process.kill()


def answering(answerer: Callable[[Any], Callable[[Any], object]]) -> None:
    """Answer what standard input asks until it ends; `answerer` makes what answers out of the setup."""
    channel, come = own_output(), sys.stdin.buffer
    answer = answerer(pickle.load(come))
    with contextlib.suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
        while True:
            pickle.dump(answer(pickle.load(come)), channel)
            channel.flush()
