"""What the tests of the readers of documents share: damaged files, and what must come out of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from hypothesis import strategies as st

from polyalign.errors import PolyalignError
from polyalign.formats.common import Blocks

Reader = Callable[..., Blocks]
Change = tuple[str, float, bytes]

WORDS = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"<",
    b">",
    b"&",
    b"</",
    b"\x0c",
    b"\xed\xa0\x80",
    b"--",
    b"9" * 30,
    b"\n\n",
)

changes = st.lists(
    st.tuples(
        st.sampled_from(["put", "replace", "cut", "double", "end"]),
        st.floats(0, 1, exclude_max=True),
        st.one_of(st.binary(max_size=8), st.sampled_from(WORDS)),
    ),
    min_size=1,
    max_size=6,
)


def changed(data: bytes, todo: list[Change]) -> bytes:
    """The bytes after each change at its relative place."""
    for kind, where, piece in todo:
        at = int(where * len(data))
        some = data[at : at + 1 + len(piece) * 7]
        middle = {
            "put": piece + data[at : at + 1],
            "replace": piece,
            "cut": b"",
            "double": some * 2,
            "end": b"",
        }
        after = at + {"put": 1, "replace": len(piece), "end": len(data)}.get(kind, len(some))
        data = data[:at] + middle[kind] + data[after:]
    return data


def outcome(blocks: Reader, data: bytes) -> Blocks | str:
    """The blocks, which must be sound, or the one line of the error; any other exception is a failure."""
    try:
        found = blocks(data, name="x")
    except PolyalignError as error:
        message = str(error)
        assert message.startswith("x")
        assert "\n" not in message
        return message
    assert len(found.texts) == len(found.places)
    for text in found.texts:
        assert text == text.strip() != ""
        text.encode()
        assert "\n\n" not in text
    assert all(note and "\n" not in note for note in found.notes)
    return found


def members(data: bytes) -> dict[str, bytes]:
    """The members of a zip file by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(held: Mapping[str, bytes | str], *, packed: bool = True) -> bytes:
    """A zip file of these members, the same bytes at any time: two processes name a test by them."""
    sink, kind = io.BytesIO(), zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(sink, "w") as file:
        for name, content in held.items():
            file.writestr(zipfile.ZipInfo(name), content, kind)
    return sink.getvalue()
