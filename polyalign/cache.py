"""What is slow to decode and never changes, kept decoded in the user's cache and memory-mapped."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyalign.errors import UnreadableError
from polyalign.files import opened, written_beside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

_MAGIC = b"polyalign arrays 2    \n\0"  # with the digest and the length after it: 64 bytes
_ALIGNMENT = 64
_BLOCK = 1 << 20


def user_cache() -> Path:
    """The folder for what can be made again: `POLYALIGN_CACHE`, else the platform's own place."""
    if named := os.environ.get("POLYALIGN_CACHE"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("polyalign", appauthor=False)


def kept_arrays(name: str, build: Callable[[], Arrays]) -> Arrays:
    """The arrays that `build` makes, read-only, from the cache where it holds them intact.

    `name` must change whenever `build` would make something else (put versions into it). A file
    with a wrong checksum is built anew; a cache that cannot be written, or has no place, is done without.
    """
    try:
        path = user_cache() / f"{name}.arrays"
    except RuntimeError:  # there is no home folder
        return _frozen(build())
    kept = _read(path)
    if kept is None:
        built = build()
        with contextlib.suppress(OSError):
            _write(path, built)
        kept = _read(path) or _frozen(built)
    return kept


def _frozen(arrays: Arrays) -> Arrays:
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def _write(path: Path, arrays: Arrays) -> None:
    """One file: magic, sha256 of its name and the rest, the length of a JSON table, the table, the arrays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table, offset = {}, 0
    for name, array in arrays.items():
        table[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": offset}
        offset += _padded(array.nbytes)
    header = json.dumps(table).encode()
    header += b" " * (_padded(len(header)) - len(header))
    with written_beside(path) as file:
        file.write(_MAGIC + bytes(32))
        digest = hashlib.sha256(path.name.encode())  # of this name: of another version it is no copy
        for block in _blocks(header, arrays):
            digest.update(block)
            file.write(block)
        file.seek(len(_MAGIC))
        file.write(digest.digest())


def _blocks(header: bytes, arrays: Arrays) -> Iterator[bytes]:
    yield len(header).to_bytes(8, "little")
    yield header
    for array in arrays.values():
        data = array.tobytes()
        yield data
        yield bytes(_padded(len(data)) - len(data))


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _read(path: Path) -> Arrays | None:
    """The arrays of an intact file, mapped read-only; None where it is missing or damaged."""
    import numpy as np

    try:
        with opened(path, again=True) as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return None
            expected, digest = file.read(32), hashlib.sha256(path.name.encode())
            while block := file.read(_BLOCK):
                digest.update(block)
            if digest.digest() != expected:
                return None
            file.seek(len(_MAGIC) + 32)
            size = int.from_bytes(file.read(8), "little")
            table = json.loads(file.read(size))
            start = file.tell()
        # plain arrays: numpy runs Python code for each operation on a memmap
        raw = np.memmap(path, dtype=np.uint8, mode="r", offset=start).view(np.ndarray)
    except (OSError, UnreadableError):
        return None
    arrays = {}
    for name, entry in table.items():
        dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
        count = dtype.itemsize * int(np.prod(shape))
        arrays[name] = raw[entry["offset"] : entry["offset"] + count].view(dtype).reshape(shape)
    return arrays
