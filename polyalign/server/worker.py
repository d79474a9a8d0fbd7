"""A process of ours that answers one question after the other, so that thinking holds up nobody."""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from typing import Protocol, TypeVar

from polyalign.errors import PolyalignError
from polyalign.server.child import own_output
from polyalign.server.jobs import started

Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)

_GONE = "the process that answers is gone"


class Question(Protocol[Answer_co]):
    """What can be asked, and pickled."""

    def answer(self) -> Answer_co:
        """What is known. Raises PolyalignError."""
        ...


class Worker:
    """A process that starts with the first question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def ask(self, question: Question[Answer]) -> Answer:
        """The answer. Raises the question's error, BrokenPipeError where the process is gone."""
        with self._lock:
            if self._closed:
                raise BrokenPipeError(_GONE)
            process = self._process = self._process or started("polyalign.server.worker")
            assert process.stdin
            assert process.stdout
            try:
                pickle.dump(question, process.stdin)
                process.stdin.flush()
                answer: Answer | PolyalignError = pickle.load(process.stdout)  # our own process wrote it
            except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
                _end(process)
                self._process = None  # the next question starts another
                raise BrokenPipeError(_GONE) from error
        if isinstance(answer, PolyalignError):
            raise answer
        return answer

    def close(self) -> None:
        """End the process; a question that it is at is given up."""
        self._closed = True
        if self._process:
            self._process.kill()
        with self._lock:
            if self._process:
                _end(self._process)
                self._process = None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close what connects us with a process, and wait for its end."""
    with contextlib.suppress(OSError), process:
        process.kill()


def main() -> None:
    """Answer what standard input asks until it ends; an error is an answer, too."""
    channel, come = own_output(), sys.stdin.buffer
    with contextlib.suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
        while True:
            question: Question[object] = pickle.load(come)
            try:
                answer = question.answer()
            except PolyalignError as error:
                answer = error
            pickle.dump(answer, channel)
            channel.flush()


if __name__ == "__main__":
    main()
