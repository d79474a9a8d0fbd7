"""What a run leaves behind: shards of aligned segments as Parquet and TMX, and a line for each document."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from polyalign.corpus.aligning import tmx_frame
from polyalign.corpus.chunks import Packed, lines, save
from polyalign.corpus.documents import arrow
from polyalign.corpus.known import Known

SCHEMA = "polyalign.corpus/1"

DOCUMENTS = "documents.jsonl"
COLUMNS = (
    *("source", "target", "score", "kind", "source_ids", "target_ids", "source_language", "target_language"),
    *("source_document", "target_document", "document_score"),
)

_KEY = b"polyalign"
_TOLD = ("side", "key", "path", "id", "url", "language", "date", "segments", "group", "status", "why")
_AS_MAY_BE = ("id", "url", "group")  # which are left out where a document has none


@dataclass(frozen=True, slots=True)
class RankedPair:
    """A pair of documents by their numbers, how probable it is, and what speaks for it."""

    source: int
    target: int
    score: float
    reasons: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Shard:
    """Neighbouring chunks of aligned pairs, all between the same two languages."""

    number: int
    chunks: Sequence[Packed]
    source: str
    target: str


def written(folder: Path, number: int) -> bool:
    """Whether both files of a shard are there."""
    return all((folder / name).exists() for name in _names(number))


def _names(number: int) -> tuple[str, str]:
    return f"pairs-{number:05d}.parquet", f"pairs-{number:05d}.tmx"


def write_shard(
    folder: Path, shard: Shard, pairs: Sequence[RankedPair], found: Sequence[Known], mode: str, signature: str
) -> None:
    """The shard as a Parquet and a TMX file. Raises OutputError, NotInstalledError."""
    told = {"schema": SCHEMA, "signature": signature}
    table, memory = _names(shard.number)
    save(folder / table, [_table(_rows(shard, pairs, found), told)])
    head, end = tmx_frame(shard.source, shard.target, mode, signature)
    units = (chunk.section("tmx") for chunk in shard.chunks)
    save(folder / memory, chain([head], units, [end]))


def _rows(shard: Shard, pairs: Sequence[RankedPair], found: Sequence[Known]) -> Iterator[dict[str, Any]]:
    for chunk in shard.chunks:
        for row in chunk.rows("rows"):
            pair = pairs[row.pop("pair")]
            source, target = found[pair.source], found[pair.target]
            keys = {"source_document": _clean(source.key), "target_document": _clean(target.key)}
            languages = {"source_language": source.language, "target_language": target.language}
            texts = {side: _clean(row[side]) for side in ("source", "target")}
            yield row | texts | keys | languages | {"document_score": pair.score}


def _clean(text: str) -> str:
    """The text with each lone surrogate as the escape that UTF-8 files get for it."""
    return text.encode("utf-8", "backslashreplace").decode()


def _table(rows: Iterable[dict[str, Any]], told: dict[str, str]) -> bytes:
    pyarrow = arrow()
    text, ids = pyarrow.string(), pyarrow.list_(pyarrow.int32())
    columns = {
        **dict.fromkeys(("source", "target", "kind"), text),
        **dict.fromkeys(("source_ids", "target_ids"), ids),
        **dict.fromkeys(("source_language", "target_language", "source_document", "target_document"), text),
        **dict.fromkeys(("score", "document_score"), pyarrow.float64()),
    }
    schema = pyarrow.schema([(name, columns[name]) for name in COLUMNS])
    schema, made = schema.with_metadata({_KEY: json.dumps(told)}), io.BytesIO()
    table = pyarrow.Table.from_pylist(list(rows), schema=schema)
    pyarrow.parquet.write_table(table, made, compression="zstd")
    return made.getvalue()


def write_documents(
    path: Path, found: Sequence[Known], pairs: Sequence[RankedPair], beads: Mapping[int, Mapping[str, Any]]
) -> None:
    """A JSON object a line for each document: what it is, with which others it is paired, or why not."""
    partners: dict[int, list[dict[str, Any]]] = {}
    for number, pair in enumerate(pairs):
        told = {"score": pair.score, "reasons": dict(pair.reasons), **beads[number]}
        for one, other in ((pair.source, pair.target), (pair.target, pair.source)):
            key = {"key": found[other].key, "language": found[other].language}
            partners.setdefault(one, []).append(key | told)
    rows = (_line(one, partners.get(number, [])) for number, one in enumerate(found))
    save(path, (lines([row]) for row in rows))


def _line(one: Known, partners: list[dict[str, Any]]) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in _TOLD if name not in _AS_MAY_BE or getattr(one, name)}
    return told | {"partners": partners}
