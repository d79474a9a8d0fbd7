"""Checks in a process of their own, so that telling languages apart does not hold up who edits."""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polyalign.qa import Flag, Glossary, Pair


class Checker:
    """Finds flags, with a detector of languages; its process starts with the first check."""

    def __init__(self, glossary: Glossary | None = None) -> None:
        self._glossary = glossary
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def check(self, pairs: Sequence[Pair]) -> list[tuple[Flag, ...]]:
        """The flags of each pair. Raises OSError where the process is gone."""
        with self._lock:
            process = self._started()
            assert process.stdin
            assert process.stdout
            try:
                pickle.dump(list(pairs), process.stdin)
                process.stdin.flush()
                found: list[tuple[Flag, ...]] = pickle.load(process.stdout)  # our own process wrote it
            except (EOFError, ValueError, pickle.UnpicklingError) as error:
                raise BrokenPipeError("the process that checks rows is gone") from error
            return found

    def close(self) -> None:
        """End the process; a check that goes on is given up."""
        self._closed = True
        if self._process:
            self._process.kill()
        with self._lock:
            if self._process:
                _end(self._process)
                self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        from polyalign.server.jobs import started

        if self._closed:
            raise BrokenPipeError("the process that checks rows is gone")
        if self._process is None:
            self._process = started("polyalign.server.checks")
            assert self._process.stdin
            pickle.dump(self._glossary, self._process.stdin)
        return self._process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close what connects us with a process, and wait for its end."""
    with contextlib.suppress(OSError), process:
        process.kill()
