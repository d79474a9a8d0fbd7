"""Reading that always ends, and writing so that nothing half-written is ever seen.

Every file that a user names is opened here: nothing is waited for without end, and nothing is read
without a limit. docs/limits.md lists the limits.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import secrets
import select
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from polyalign.errors import InputError, OutputError, PolyalignError, TooLargeError, UnreadableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_STREAMED_BYTES = 20_000_000_000  # of a file that is read row by row, unpacked
MAX_LINE_BYTES = 50_000_000
UNOPENED_SECONDS = 1.0  # until a pipe is refused that nobody writes to
SILENT_SECONDS = 600.0  # until one is whose writer says nothing

_BLOCK = 1 << 20
_ADVICE = {
    errno.ENOENT: "make its folder first",
    errno.ENOTDIR: "make its folder first",
    errno.EISDIR: "name a file in it",
    errno.ENOSPC: "free some space or choose another place",
}
_GZIP = b"\x1f\x8b"
_SQLITE = b"SQLite format 3\0"

Name = str | os.PathLike[str]


class SupportsRead(Protocol):
    """What bytes can be read from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes, all where the size is below 0; none at the end."""
        ...


def opened(path: Name, *, again: bool = False) -> IO[bytes]:
    """A file for reading, or a pipe or device that is never waited for without end.

    `again` is for what is read more than once, which only a regular file can be. Raises
    UnreadableError, also while a pipe is read.
    """
    name = os.fspath(path)
    with _told(name):
        mode = os.stat(name).st_mode
        if stat.S_ISREG(mode):
            return open(name, "rb")
        if stat.S_ISDIR(mode):
            raise IsADirectoryError
        if again or not hasattr(select, "poll"):
            raise UnreadableError(f"{name} is a pipe or a device: copy what it gives into a file")
        return io.BufferedReader(_Pipe(name), _BLOCK)


def unpacked(path: Name) -> IO[bytes]:
    """The bytes of a regular file, unpacked where it is gzipped; they may be read again from the start.

    Raises UnreadableError, and InputError above MAX_STREAMED_BYTES, there or while it is read;
    EOFError, OSError and zlib.error where gzip's data is damaged.
    """
    name = os.fspath(path)
    file = opened(name, again=True)
    with _told(name):
        if file.read(len(_GZIP)) == _GZIP:
            file.close()
            return io.BufferedReader(_Bounded(gzip.open(name), name), _BLOCK)
        if os.fstat(file.fileno()).st_size > MAX_STREAMED_BYTES:
            raise too_large(name, MAX_STREAMED_BYTES)
        file.seek(0)
    return file


def read_bytes(path: Name, *, limit: int) -> bytes:
    """All that a file holds. Raises UnreadableError, and InputError above `limit` bytes, early if it can."""
    name = os.fspath(path)
    with opened(name) as file, _told(name):
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and status.st_size > limit:
            raise too_large(name, limit)
        return all_of(file, name=name, limit=limit)


def all_of(stream: SupportsRead, *, name: str, limit: int) -> bytes:
    """All that is left in a stream. Raises InputError above `limit` bytes."""
    held = io.BytesIO()  # gives what it holds away without a copy
    while block := stream.read(_BLOCK):
        if held.tell() + len(block) > limit:
            raise too_large(name, limit)
        held.write(block)
    return held.getvalue()


def lines_of(stream: IO[bytes], *, name: str) -> Iterator[bytes]:
    """The lines of a stream with their ends. Raises InputError for one above MAX_LINE_BYTES."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            size = MAX_LINE_BYTES // 1_000_000
            raise TooLargeError(
                f"{name}: line {number:,} is above the limit of {size} MB: check what it holds"
            )
        yield line


def too_large(name: str, limit: int) -> InputError:
    """What is said of a file above a limit of bytes."""
    return TooLargeError(f"{name} is above the limit of {limit // 1_000_000} MB: split it into parts")


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """What the system says of a path, as an UnreadableError that says what to do."""
    try:
        yield
    except PolyalignError:
        raise
    except FileNotFoundError as error:
        raise UnreadableError(f"{name}: no such file: check the path") from error
    except IsADirectoryError as error:
        raise UnreadableError(f"{name}: this is a folder: give a file in it") from error
    except PermissionError as error:
        raise UnreadableError(f"{name}: no permission to read it: change its mode or its owner") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableError(f"{name!r} cannot be read ({reason}): check the path") from error


class _Pipe(io.RawIOBase):
    """A pipe or device as a stream. Raises UnreadableError where nobody writes to it, or nothing comes."""

    def __init__(self, name: str) -> None:
        self._name, self._begun = name, False
        self._descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK)  # a pipe is else waited for right here
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)

    def readable(self) -> bool:
        """True."""
        return True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def readinto(self, buffer: WriteableBuffer) -> int:
        """How many bytes were read, 0 at the end."""
        until = time.monotonic() + SILENT_SECONDS
        while time.monotonic() < until:
            ready = self._poll.poll(1000 * (SILENT_SECONDS if self._begun else UNOPENED_SECONDS))
            try:
                size = os.readv(self._descriptor, [buffer])
            except BlockingIOError:  # somebody has it open, and is slow
                self._begun = True
                continue
            if size or ready or self._begun:
                self._begun = True
                return size
            raise UnreadableError(f"{self._name}: nobody writes to this pipe: start its writer first")
        raise UnreadableError(f"{self._name}: nothing came for {SILENT_SECONDS:g} s: look at its writer")

    def close(self) -> None:
        """Close it."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class _Bounded(io.RawIOBase):
    """A file that is unpacked while it is read. Raises InputError above MAX_STREAMED_BYTES."""

    def __init__(self, file: gzip.GzipFile, name: str) -> None:
        self._file, self._name = file, name

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """The new place."""
        return self._file.seek(offset, whence)

    def readinto(self, buffer: WriteableBuffer) -> int:
        """How many bytes were read, 0 at the end."""
        size = self._file.readinto(buffer)
        if self._file.tell() > MAX_STREAMED_BYTES:
            raise too_large(self._name, MAX_STREAMED_BYTES)
        return size

    def close(self) -> None:
        """Close it."""
        self._file.close()
        super().close()


def cannot_write(what: object, error: OSError, do: str = "") -> OutputError:
    """What is said where a file cannot be written, and what to do: by the reason, where nothing is given."""
    do = do or _ADVICE.get(error.errno or 0, "choose another place")
    return OutputError(f"cannot write {what}: {error.strerror or error}: {do}")


@contextlib.contextmanager
def writing(what: object, do: str = "") -> Iterator[None]:
    """A block in which what the system refuses to write raises OutputError, as `cannot_write` says it."""
    try:
        yield
    except PolyalignError:
        raise
    except OSError as error:
        raise cannot_write(what, error, do) from error


def keep_project(path: Path) -> None:
    """Raise OutputError for the file of a project: what people decided is never written over."""
    try:
        with path.open("rb") if path.is_file() else io.BytesIO() as file:
            start = file.read(len(_SQLITE))
    except OSError:  # whoever writes will say what is wrong with the place
        return
    if start == _SQLITE:
        raise OutputError(f"{path} is a project, or another database: name another file to write to")


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that takes the place of `path` when the block ends well, and leaves no trace else.

    A link is followed, the mode of a file that was there is kept, and what is no regular file
    (a pipe, /dev/stdout) is written directly. Raises OSError, and OutputError for a project.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as file:
            yield file
        return
    path = _followed(path)
    keep_project(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    beside = path.parent / f".polyalign-{secrets.token_hex(6)}.tmp"
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # or a loss of power may leave the new name with nothing in it
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o7777)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _followed(path: Path) -> Path:
    """Where the links lead. Raises OSError for links that lead in a circle."""
    with contextlib.suppress(
        RuntimeError
    ):  # for a circle, until Python 3.13; after it the link is the answer
        found = path.resolve()
        if not found.is_symlink():
            return found
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
