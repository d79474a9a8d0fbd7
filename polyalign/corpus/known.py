"""The documents that were read: what is known of each, and the bags of those that take part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from polyalign.corpus.bags import Bag, NumberSets, WordSets
from polyalign.corpus.chunks import Packed, save
from polyalign.tags import primary

Pools = dict[tuple[str, str], list[int]]  # of each side and bare language, the numbers of the documents


@dataclass(frozen=True, slots=True)
class Known:
    """A document after reading: what reports say of it, and where in its chunk it stands.

    `status` is empty for one that takes part, else why it does not, with `why` in words. `text` and
    `vectors` are their places in the chunk's sections. `group` is the key of the document that stands for
    it among its copies. `pairs` is the key of the file of pairs that it is a side of.
    """

    side: str
    key: str
    path: str
    chunk: int
    row: int
    language: str = ""
    date: str = ""
    id: str = ""
    url: str = ""
    segments: int = 0
    sentences: int = 0
    digest: str = ""
    status: str = ""
    why: str = ""
    group: str = ""
    pairs: str = ""
    text: tuple[int, int] = (0, 0)
    vectors: tuple[int, int] = (0, 0)


def known(chunks: Sequence[Packed], *, source: str = "") -> list[Known]:
    """The documents of all chunks, in order.

    Those of a mixed folder are on the side of their language: `source` is that of the source.
    """
    found = []
    for number, chunk in enumerate(chunks):
        for row, facts in enumerate(chunk.rows("documents")):
            facts |= {name: tuple(facts.get(name, (0, 0))) for name in ("text", "vectors")}
            one = Known(chunk=number, row=row, **facts)
            if source:
                side = "source" if primary(one.language) == source else "target"
                one = replace(one, side=side if one.language and not one.status else "")
            found.append(one)
    return found


def without_copies(documents: Sequence[Known]) -> list[Known]:
    """The documents; those with the text of one before them on their side are its duplicates."""
    found, first = list[Known](), dict[tuple[str, str], str]()
    for one in documents:
        other = one.key if one.status else first.setdefault((one.side, one.digest), one.key)
        if other != one.key:
            one = replace(one, status="duplicate", why=f"the same text as {other}", group=other)
        found.append(one)
    return found


def with_leaders(documents: Sequence[Known]) -> list[Known]:
    """The documents; what is a copy of a copy, or has copies itself, names the one that stands for all."""
    mixed = not all(one.side for one in documents)  # there the side of a file met again is not known
    names = [("" if mixed else one.side, one.key) for one in documents]
    first = {name: one.group for name, one in zip(names, documents, strict=True) if one.group}

    def leader(name: tuple[str, str]) -> str:
        for _ in range(3):  # the same file, the same text, a near duplicate
            name = name[0], first.get(name, name[1])
        return name[1]

    leaders = {(name[0], leader(name)) for name in first}
    return [
        replace(one, group=leader(name)) if one.group or name in leaders else one
        for name, one in zip(names, documents, strict=True)
    ]


def pools(documents: Sequence[Known]) -> Pools:
    """The documents that take part and have no partner by themselves, by side and language."""
    found: Pools = {}
    for number, one in enumerate(documents):
        if not one.status and not one.pairs:
            found.setdefault((one.side, primary(one.language)), []).append(number)
    return dict(sorted(found.items()))


def held_pairs(documents: Sequence[Known]) -> list[tuple[int, int]]:
    """The numbers of those documents, source first, that are the two sides of a file of pairs."""
    sides: dict[str, dict[str, int]] = {}
    for number, one in enumerate(documents):
        if one.pairs and not one.status:
            sides.setdefault(one.path, {}).setdefault(one.side, number)
    return [(both["source"], both["target"]) for both in sides.values() if len(both) == 2]


def bag(chunks: Sequence[Packed], documents: Sequence[Known], path: Path) -> Bag:
    """The documents as a bag, whose vectors are written to `path` and memory-mapped from there.

    Raises OutputError.
    """
    import numpy as np

    starts = np.concatenate([[0], np.cumsum([one.sentences for one in documents], dtype=np.int64)])
    save(path, _vectors(chunks, documents))
    shape = (int(starts[-1]), path.stat().st_size // max(2 * int(starts[-1]), 1))
    sentences = np.memmap(path, np.float16, "r", shape=shape) if shape[0] else np.zeros(shape, np.float16)
    return Bag(
        keys=[one.key for one in documents],
        languages=[one.language for one in documents],
        dates=[one.date for one in documents],
        starts=starts,
        sentences=sentences,
        numbers=WordSets(_traits(chunks, documents, "numbers")),
        names=WordSets(_traits(chunks, documents, "names")),
        digests=NumberSets(_traits(chunks, documents, "shingles")),
    )


def _by_chunk(documents: Iterable[Known]) -> Iterator[tuple[int, list[Known]]]:
    return ((number, list(some)) for number, some in groupby(documents, key=lambda one: one.chunk))


def _vectors(chunks: Sequence[Packed], documents: Iterable[Known]) -> Iterator[bytes]:
    for number, some in _by_chunk(documents):
        data = chunks[number].section("vectors")
        yield from (data[one.vectors[0] : sum(one.vectors)] for one in some)


def _traits(chunks: Sequence[Packed], documents: Iterable[Known], name: str) -> Iterator[list[Any]]:
    for number, some in _by_chunk(documents):
        rows = chunks[number].rows(name)
        yield from (rows[one.row] for one in some)


def text_of(chunks: Sequence[Packed], one: Known) -> str:
    """The text of a document as it was read."""
    return chunks[one.chunk].part("texts", *one.text).decode("utf-8", "surrogatepass")
