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
from polyalign.progress import progress_line
from polyalign.streams import own_standard_output

_COLUMNS = 80  # of a table that goes to no terminal, or to one that does not know its width
_EVERY = 0.1  # seconds between two drawings of a bar


def say(line: str) -> None:
    """One line on standard error, after the name of the program."""
    from polyalign.bitext import without_controls

    if sys.stderr is not None:
        print(f"polyalign: {without_controls(line)}", file=sys.stderr)


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a stream, which is None where it was closed from the start, is a terminal."""
    return stream is not None and stream.isatty()


@contextlib.contextmanager
def status(*, off: bool) -> Iterator[Callable[[str], None]]:
    """A line on standard error that says what goes on, on a terminal only, and vanishes at the end."""
    from polyalign.bitext import without_controls

    if off or not is_terminal(sys.stderr):
        yield lambda _: None
        return

    def show(line: str) -> None:
        print(f"\r\x1b[K{without_controls(line)[:100]} …", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def bar(verb: str, unit: str, *, off: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar for `advance(done, total)` with the rate and the time left, where `status` shows lines."""
    begun, drawn = time.monotonic(), 0.0
    with status(off=off) as show:

        def advance(done: int, total: int) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= _EVERY or done == total:
                drawn = now
                show(progress_line(verb, unit, done, total, now - begun))

        yield advance


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
    except OutputError:
        abandon_output()
        raise


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
