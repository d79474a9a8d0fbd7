"""Parquet, for dataframes: a row for each bead and each unaligned segment, with typed columns."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import IO, Any

from polyalign.bitext import Bitext
from polyalign.errors import NotInstalledError, PolyalignError, UnreadableError
from polyalign.files import all_of
from polyalign.formats.bitexts.tabular import carried
from polyalign.formats.common import Heading, Options, Unit
from polyalign.parts import Row, Segment

MAX_PARQUET_BYTES = 1_000_000_000

_ROWS = 10_000  # of a row group
_KEY = b"polyalign"
_FACTS = ("source_language", "target_language", "source_path", "target_path", "mode", "signature")
_SINGLE = ("source", "target", "score", "state", "comment", "flags", "origin")
_ENDINGS = ("_ids", "_texts", "_boilerplate")


def parquet(bitext: Bitext, options: Options) -> Iterator[bytes]:
    """Columns: score, kind, overlap, and for each side ids, texts, boilerplate and translations as lists.

    Then state, comment, flags and origin of the row. The texts are as shown; translations are null where
    there are none. Languages, paths, mode, notes and signature are the metadata "polyalign", as JSON.
    Raises NotInstalledError.
    """
    arrow = _arrow()
    source, target = bitext.source, bitext.target
    values = (source.language, target.language, source.path, target.path, bitext.mode, bitext.signature)
    facts = dict(zip(_FACTS, values, strict=True)) | {"notes": list(bitext.notes)}
    string, texts, numbers = arrow.string(), arrow.list_(arrow.string()), arrow.list_(arrow.int32())
    of_side = {"ids": numbers, "texts": texts, "boilerplate": texts, "translations": texts}
    single = [("score", arrow.float64()), ("kind", string), ("overlap", arrow.bool_())]
    sides = [(f"{side}_{name}", kind) for side in ("source", "target") for name, kind in of_side.items()]
    review = [("state", string), ("comment", string), ("flags", texts), ("origin", string)]
    schema = arrow.schema([*single, *sides, *review]).with_metadata({_KEY: json.dumps(facts)})
    sink = _Sink()
    rows = (_fields(row) for row in bitext.rows() if row.bead or options.unaligned)
    with arrow.parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        while some := list(islice(rows, _ROWS)):
            writer.write_table(arrow.Table.from_pylist(some, schema=schema))
            yield sink.drained()
    yield sink.drained()


class _Sink(io.RawIOBase):
    """A file that hands out what was written to it, and keeps only where it stands."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        self._at += len(memoryview(data))
        return len(memoryview(data))

    def tell(self) -> int:
        return self._at

    def drained(self) -> bytes:
        """What was written since the last time."""
        data = bytes(self._held)
        self._held.clear()
        return data


def _arrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise NotInstalledError("parquet needs pyarrow: pip install 'polyalign[parquet]'") from error
    return pyarrow


def _fields(row: Row) -> dict[str, Any]:
    return {
        "score": row.score,
        "kind": f"{len(row.source)}-{len(row.target)}",
        "overlap": row.bead.overlap if row.bead else False,
        **_side("source", row.source),
        **_side("target", row.target),
        "state": row.review.state,
        "comment": carried(row.review.comment),
        "flags": [carried(flag) for flag in row.review.flags],
        "origin": row.bead.origin if row.bead else None,
    }


def _side(name: str, segments: tuple[Segment, ...]) -> dict[str, Any]:
    return {
        f"{name}_ids": [s.id for s in segments],
        f"{name}_texts": [carried(s.shown) for s in segments],
        f"{name}_boilerplate": [carried(s.boilerplate) for s in segments],
        f"{name}_translations": [None if s.translation is None else carried(s.translation) for s in segments],
    }


def units(stream: IO[bytes], *, name: str) -> Iterator[Unit]:
    """The rows of a Parquet file of ours, or of any with a source and a target column of strings.

    Raises UnreadableError for what is no such file, InputError above MAX_PARQUET_BYTES,
    NotInstalledError.
    """
    with _opened(stream, name) as file:
        yield from _read(file, name)


def streamed_units(path: str) -> Iterator[Unit]:
    """The rows of a Parquet file of any size, some thousand at a time. Raises what `units` raises."""
    with _opened(path, path) as file:
        yield from _read(file, path)


def heading(stream: IO[bytes], *, name: str) -> Heading:
    """What the metadata of ours say of the whole; empty in files of others. Raises what `units` raises."""
    with _opened(stream, name) as file:
        return _stated(file)


@contextlib.contextmanager
def _opened(source: IO[bytes] | str, name: str) -> Iterator[Any]:
    """The Parquet file in a stream, or of that path; what pyarrow raises on damage is an UnreadableError."""
    arrow = _arrow()
    held = (
        source if isinstance(source, str) else io.BytesIO(all_of(source, name=name, limit=MAX_PARQUET_BYTES))
    )
    try:
        yield arrow.parquet.ParquetFile(held)
    except PolyalignError:
        raise
    except (arrow.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        reason = str(error).partition("\n")[0][:100]
        raise UnreadableError(f"{name} is no whole Parquet file ({reason}): write it again") from error


def _read(file: Any, name: str) -> Iterator[Unit]:
    columns = set(file.schema_arrow.names)
    ours = {"source_texts", "target_texts"} <= columns
    if not ours and not {"source", "target"} <= columns:
        raise UnreadableError(f"{name} has no columns source and target: rename those that hold the texts")
    told = _stated(file)
    wanted = [c for c in columns if c in _SINGLE or c.endswith(_ENDINGS)]
    batches = file.iter_batches(batch_size=_ROWS, columns=wanted)
    for number, row in enumerate((row for batch in batches for row in batch.to_pylist()), 1):
        yield _unit(row, (told.source_language, told.target_language), f"row {number}", ours=ours)


def _stated(file: Any) -> Heading:
    facts = json.loads((file.schema_arrow.metadata or {}).get(_KEY, b"{}"))
    if not isinstance(facts, dict):
        return Heading()
    source, target, source_path, target_path, mode, signature = (
        value if isinstance(value := facts.get(key), str) else "" for key in _FACTS
    )
    notes = facts.get("notes")
    told = tuple(map(str, notes)) if isinstance(notes, list) else ()
    return Heading(source, target, source_path, target_path, mode, signature, told)


def _unit(row: Mapping[str, Any], languages: tuple[str, str], place: str, *, ours: bool) -> Unit:
    source, target = (_texts(row[f"{side}_texts" if ours else side]) for side in ("source", "target"))
    source_ids, target_ids = (_ids(row, side) if ours else () for side in ("source", "target"))
    if ours and (len(source), len(target)) != (len(source_ids), len(target_ids)):
        raise ValueError(f"{place}: the ids are not those of the texts")
    score = row.get("score")
    known = score if isinstance(score, float | int) and 0 <= score <= 1 and source and target else None
    state, comment, origin = (
        said if isinstance(said := row.get(word), str) else "" for word in ("state", "comment", "origin")
    )
    made = Unit(source, target, known, source_ids, target_ids, *languages, "", place, state, comment)
    if not ours:
        return made
    reasons = (why for side in ("source", "target") for why in row.get(f"{side}_boilerplate") or () if why)
    return replace(made, note=str(next(reasons, "")), flags=_texts(row.get("flags")), origin=origin)


def _ids(row: Mapping[str, Any], side: str) -> tuple[int, ...]:
    ids = tuple(int(i) for i in row.get(f"{side}_ids") or ())
    if any(i < 0 for i in ids):
        raise ValueError(f"an id of the {side} is below 0")
    return ids


def _texts(value: Any) -> tuple[str, ...]:
    if value is None or isinstance(value, str):
        return (value,) if value and value.strip() else ()
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError("a text column must hold strings or lists of strings")
    return tuple(value)
