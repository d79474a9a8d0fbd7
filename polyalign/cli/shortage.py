"""Too little memory: told in one line, before compiled libraries end the process where that is sure."""

from __future__ import annotations

import contextlib
import errno
import os

from polyalign.errors import PolyalignError, causes
from polyalign.threads import claim_one_core

LEAST_BYTES = 350_000_000  # of address space; with less numpy's libraries abort while they are loaded
MANY_BYTES = 4_000_000_000  # with less, all is done on one thread
SHORT = "there is not enough memory for this: close other programs, raise ulimit -v, or split the texts"

# What Python and the system's loader say where they raise no MemoryError.
_SAID = (
    "can't start new thread",
    "failed to map segment",
    "cannot allocate memory",
    "cannot map zero-fill pages",
    "std::bad_alloc",
    "out of memory",
)


def require_memory() -> None:
    """Raise PolyalignError under a limit (`ulimit -v`) with which no command could begin; save memory
    under one that is low.
    """
    limit = _limit()
    if limit is None or limit >= MANY_BYTES:
        return
    if limit < LEAST_BYTES:
        said = f"ulimit -v allows {limit // 1_000_000} MB of memory, and nothing works with less than"
        raise PolyalignError(f"{said} {LEAST_BYTES // 1_000_000} MB: raise it")
    claim_one_core()  # each thread takes some 70 MB of address space, and one that has none left may hang
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def is_short_of_memory(error: BaseException) -> bool:
    """Whether an error, or one that led to it, says that memory, or room for a thread, was refused."""
    return any(map(_says_so, causes(error)))


def _says_so(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    if isinstance(error, SystemError):  # Python itself could not say more
        return _limit() is not None
    return any(words in str(error).lower() for words in _SAID)


def _limit() -> int | None:
    """The bytes of address space that this process may have, None without a limit."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        return None if soft == resource.RLIM_INFINITY else soft
    return None
