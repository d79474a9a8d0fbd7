"""What a command prints: results to standard output as bytes, words and progress to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from polyalign.errors import OutputError, PolyalignError
from polyalign.files import written_beside
from polyalign.progress import Pace, Stage
from polyalign.streams import own_standard_output

_COLUMNS = 80  # of a table that goes to no terminal, or to one that does not know its width
_EVERY = 0.1  # seconds between two drawings of a bar
_WIDTH = 24  # of a bar


VERBOSE, USUAL, NO_PROGRESS, QUIET = 1, 0, -1, -2
_loudness, _begun = USUAL, 0.0  # of the command that runs


def set_loudness(loudness: int) -> None:
    """How much is said on standard error from now on: VERBOSE, USUAL, NO_PROGRESS or, errors only, QUIET."""
    global _loudness, _begun
    _loudness, _begun = loudness, time.monotonic()


def say(line: str, *, always: bool = False) -> None:
    """One line on standard error, after the name of the program; with --quiet only what is `always` said."""
    from polyalign.characters import without_controls

    if sys.stderr is not None and (always or _loudness > QUIET):
        print(f"polyalign: {without_controls(line)}", file=sys.stderr)


def say_notes(notes: Iterable[str]) -> None:
    """A line for each."""
    for note in notes:
        say(f"note: {note}")


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a stream, which is None where it was closed from the start, is a terminal."""
    return stream is not None and stream.isatty()


@contextlib.contextmanager
def status() -> Iterator[Callable[[Stage], None]]:
    """What shows a stage of work on standard error: on a terminal in a line that vanishes at the end.

    With --verbose each stage is a line that stays, on a terminal or not.
    """
    from polyalign.characters import without_controls

    pace, before, drawn = Pace(), Stage(""), 0.0

    def tell(stage: Stage) -> None:
        nonlocal before
        if (stage.name, stage.about) != (before.name, before.about):
            before = stage
            say(f"{time.monotonic() - _begun:.1f} s: {stage.name} {stage.about}".rstrip())

    def draw(stage: Stage) -> None:
        nonlocal before, drawn
        now, rate = time.monotonic(), pace.rate(stage)
        if now - drawn >= _EVERY or stage.name != before.name or stage.done == stage.total:
            before, drawn = stage, now
            line = without_controls(_line(stage, rate, pace.left(stage)))
            print(f"\r\x1b[K{line[:100]} …", end="", file=sys.stderr, flush=True)

    if _loudness == VERBOSE:
        yield tell
    elif _loudness < USUAL or not is_terminal(sys.stderr):
        yield lambda _: None
    else:
        try:
            yield draw
        finally:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _line(stage: Stage, rate: float, left: int | None) -> str:
    """ "translating ━━━━━━━─────────────── 120/400 segments, 35/s, 0:08 left"."""
    if stage.total is None:
        return str(stage)
    filled = _WIDTH * stage.done // stage.total if stage.total else _WIDTH
    far = f"{stage.amount(stage.done)}/{stage.amount(stage.total)} {stage.unit}".rstrip()
    line = f"{stage.name} {'━' * filled}{'─' * (_WIDTH - filled)} {far}"
    if left is None:
        return line
    return f"{line}, {stage.amount(round(rate))}/s, {left // 60}:{left % 60:02d} left"


@contextlib.contextmanager
def bar(verb: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """The same for one stage, as `advance(done, total)`."""
    with status() as show:
        show(Stage(verb, unit=unit))
        yield lambda done, total: show(Stage(verb, "", done, total, unit))


@contextlib.contextmanager
def output() -> Iterator[IO[bytes]]:
    """Standard output for UTF-8 bytes, flushed at the end. Raises OutputError, BrokenPipeError."""
    stream = standard_output()
    try:
        yield stream
        stream.flush()
    except (BrokenPipeError, PolyalignError):
        raise
    except OSError as error:
        abandon_output()
        raise OutputError(f"cannot write standard output: {error.strerror}: name a file with -o") from error


def print_lines(lines: Iterable[str]) -> None:
    """Lines on standard output; a file name that is no text goes out as it came in."""
    with output() as stream:
        stream.writelines(f"{line}\n".encode("utf-8", "surrogateescape") for line in lines)


_own: IO[bytes] | None = None  # of a process that is this command and nothing else


def reserve_standard_output() -> None:
    """Keep standard output for results: what libraries print goes to standard error from now on."""
    global _own
    _own = _own or own_standard_output()


def standard_output() -> IO[bytes]:
    """Standard output's bytes. Raises OutputError where it is closed."""
    if sys.stdout is None:
        raise OutputError("standard output is closed: leave it open, or name a file with -o")
    return _own or sys.stdout.buffer


def writes_to_terminal() -> bool:
    """Whether results on standard output are read by a person."""
    return sys.stdout is not None and standard_output().isatty()


def terminal_columns() -> int:
    """How wide a table is: as `COLUMNS` says, else as the terminal that results go to, else 80 cells."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    with contextlib.suppress(OSError):
        return os.get_terminal_size(standard_output().fileno()).columns or _COLUMNS
    return _COLUMNS


def abandon_output() -> None:
    """Let what standard output still holds go nowhere, or Python would complain once more at exit."""
    with contextlib.suppress(OSError, OutputError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), standard_output().fileno())


@contextlib.contextmanager
def destination(path: str | None) -> Iterator[IO[bytes]]:
    """Standard output for None and "-", else a file, as `written`. Raises OutputError, BrokenPipeError."""
    with output() if path in (None, "-") else written(str(path)) as stream:
        yield stream


@contextlib.contextmanager
def written(path: str) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when the block ends well. Raises OutputError."""
    try:
        with written_beside(Path(path)) as file:
            yield file
    except PolyalignError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {path} ({error.strerror}): name another file") from error
