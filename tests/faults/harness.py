"""Commands as processes, faults that happen to them, and what must be so afterwards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Seconds that each fault is tried again and again; by default each is tried once or a few times.
SOAK = float(os.environ.get("POLYALIGN_SOAK", "0"))
CHANCE = random.Random(os.environ.get("POLYALIGN_SEED", "25"))
LEDGER: list[tuple[str, list[str]]] = []  # (fault, what was lost by it)

_PROGRAM = "import sys\nfrom polyalign.cli import main\nsys.exit(main())"


def times(least: int) -> Iterator[int]:
    """Numbers from 0: at least so many, and more until the time to soak is over."""
    begun, number = time.monotonic(), 0
    while number < least or time.monotonic() - begun < SOAK:
        yield number
        number += 1


@dataclass(frozen=True)
class Ended:
    """A command that is over."""

    code: int
    out: bytes
    err: str


@dataclass
class Command:
    """A command that writes `made` (a file or a folder), and what it writes when nothing happens to it."""

    name: str
    arguments: Sequence[str]
    made: Path | None = None
    whole: bytes = b""
    seconds: float = 1.0
    environment: Mapping[str, str | None] = field(default_factory=dict)

    def start(self, before: str = "", **environment: str | None) -> subprocess.Popen[bytes]:
        """The process; `before` is Python code that it runs first, None takes a variable away."""
        own: dict[str, str | None] = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        own |= {**self.environment, **environment}
        return subprocess.Popen(
            [sys.executable, "-c", f"{before}\n{_PROGRAM}", *self.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in own.items() if value is not None},
            start_new_session=True,
        )

    def run(self, before: str = "", **environment: str | None) -> Ended:
        """The command, to its end."""
        return ended(self.start(before, **environment))

    def learn(self) -> Command:
        """Run it undisturbed, and remember how long that takes and what it makes."""
        for _ in range(2):  # the first one fills the caches
            begun = time.monotonic()
            done = self.run()
            self.seconds = time.monotonic() - begun
        assert done.code == 0, done.err
        self.whole = self.result() if self.made else done.out
        assert self.whole
        return self

    def result(self) -> bytes:
        """What stands under the final name, nothing where there is none; of a folder all its files."""
        assert self.made
        if self.made.is_dir():
            files = sorted(p for p in self.made.rglob("*") if p.is_file() and ".work" not in p.parts)
            return b"".join(p.relative_to(self.made).as_posix().encode() + p.read_bytes() for p in files)
        return self.made.read_bytes() if self.made.exists() else b""

    def remains(self) -> list[str]:
        """Half-written files that lie about."""
        return [path.name for path in self.made.parent.glob(".polyalign-*.tmp*")] if self.made else []


def ended(process: subprocess.Popen[bytes], seconds: float = 120) -> Ended:
    """A process at its end; one that does not end is a fault, and is told by its code, 124."""
    try:
        out, err = process.communicate(timeout=seconds)
        return Ended(process.returncode, out, err.decode("utf-8", "replace"))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Ended(124, b"", "it does not end")


def wrong(done: Ended, *, codes: Sequence[int]) -> list[str]:
    """What is wrong with how a command ended: its exit code, a traceback, an error of several lines."""
    found = []
    if done.code not in codes:
        found.append(f"exit code {done.code}: {done.err[-300:]}")
    if "Traceback" in done.err:
        found.append(f"a traceback: {done.err[-300:]}")
    if done.code in (1, 2, 3) and not done.err.strip():
        found.append(f"exit code {done.code} without a word")
    return found


def book(fault: str, faults: Sequence[str]) -> None:
    """Write down that a fault was tried, and what it cost; that is a failure."""
    LEDGER.append((fault, list(faults)))
    assert not faults, f"{fault}: {'; '.join(faults)}"


def intact(command: Command, before: bytes, done: Ended | None = None) -> list[str]:
    """What is wrong under the final name: only what was there before, or the whole, may be there."""
    found = command.result()
    if done is not None and done.code == 0 and found != command.whole:
        return ["it said that all is done, and the result is not whole"]
    return [] if found in (before, command.whole) else [f"{len(found)} bytes of {len(command.whole)}"]


def works_again(command: Command) -> list[str]:
    """What is wrong with the next run."""
    done = command.run()
    found = wrong(done, codes=(0,))
    if not found and command.result() != command.whole:
        found.append("the next run makes something else")
    return found


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
