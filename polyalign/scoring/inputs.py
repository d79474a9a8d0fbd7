"""Files with gold and files with beads, told apart by what is in them."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from polyalign.bitext import SCHEMA, Bitext
from polyalign.errors import InputError, UnreadableError
from polyalign.formats import read
from polyalign.formats.bitexts import SUFFIXES, format_of_units, read_units
from polyalign.formats.bitexts.ladder import Rung, rungs
from polyalign.formats.bitexts.structured import MAX_JSON_BYTES
from polyalign.formats.bitexts.structured import units as json_units
from polyalign.formats.common import Unit
from polyalign.formats.decoding import decode
from polyalign.formats.documents.text import read_bytes
from polyalign.scoring.results import Beads, Gold, GoldDocument
from polyalign.scoring.segmented import Segmented
from polyalign.scoring.spanned import GoldFact, Passage, Spanned, merged

MAX_LINES = 1_000_000  # of a ladder, whose few numbers may stand for any
GOLD_SCHEMA = "polyalign.gold/1"  # of seeds/, which quotes the files beside it

Row = tuple[str, Mapping[str, Any]]  # where it stands, and a JSON object
Content = (
    tuple[Literal["bitext"], Bitext]
    | tuple[Literal["quotes"], Mapping[str, Any]]
    | tuple[Literal["ladder"], list[Rung]]
    | tuple[Literal["rows"], list[Row]]
    | tuple[Literal["units"], list[Unit] | None]
)


def read_gold(path: str | os.PathLike[str]) -> Gold:
    """The gold of a file: JSON lines with `gold` beads or with `spans`, a ladder, a bitext, a NAME.gold.json.

    Raises UnreadableError and InputError, which say where.
    """
    name = os.fspath(path)
    stem = Path(name).name
    for suffix in (".gold.json", ".jsonl", ".json", ".ladder"):
        stem = stem.removesuffix(suffix)
    documents: Sequence[GoldDocument]
    match _content(name):
        case "bitext", bitext:
            source, target = bitext.source.segments, bitext.target.segments
            texts = tuple(s.text for s in source), tuple(s.text for s in target)
            beads = frozenset((bead.source, bead.target) for bead in bitext.beads)
            documents = [Segmented("", beads, (len(texts[0]), len(texts[1])), texts)]
        case "ladder", found:
            documents = [Segmented("", frozenset(_between(found)), found[-1][:2])]
        case "quotes", quotes:
            documents = [_quoted(name, quotes)]
        case "rows", rows:
            documents = [_document(where, row, alone=len(rows) == 1) for where, row in rows]
        case _:
            raise InputError(f"{name} holds pairs and no gold: give JSON lines with gold, or a ladder")
    return Gold(stem or name, tuple(documents))


def read_output(path: str | os.PathLike[str], gold: Gold) -> dict[str, Beads]:
    """What an aligner made of the documents of the gold, by their ids.

    A file of JSON lines `{"id", "beads"}`, a folder of files that are named by the ids, or, where the
    gold has one document, a bitext (JSON, or any file of pairs that `read_bitext` reads by itself) or a
    ladder. Raises UnreadableError and InputError, which say where.
    """
    name = os.fspath(path)
    if os.path.isdir(name):
        files = {document.id: _file_of(document.id, Path(name), gold) for document in gold.documents}
        return {each.id: _beads(files[each.id], _content(files[each.id]), each) for each in gold.documents}
    content, only = _content(name), gold.documents[0]
    if content[0] != "rows":
        if len(gold.documents) > 1:
            raise InputError(
                f"{name} is of one document and the gold of {len(gold.documents)}: "
                "give a folder of such files, named by the ids of the documents"
            )
        return {only.id: _beads(name, content, only)}
    rows: dict[str, Row] = {}
    for where, row in content[1]:
        key = _id(where, row, alone=len(content[1]) == len(gold.documents) == 1)
        if key in rows:
            raise InputError(f"{where} has the id {key!r}, as {rows[key][0]} has: give each document once")
        rows[key] = where, row
    if len(rows) == len(gold.documents) == 1 and "" in (only.id, *rows):
        rows = {only.id: next(iter(rows.values()))}
    gold.require(rows, name)
    return {each.id: each.from_row(rows[each.id][1], name=rows[each.id][0]) for each in gold.documents}


def _file_of(key: str, folder: Path, gold: Gold) -> str:
    """The file of a document in a folder. Raises InputError where there is none, or more than one."""
    if not key:
        raise InputError(f"{folder} is a folder, and {gold.name} has no ids to look for: give a file")
    found = [f"{folder / key}{suffix}" for suffix in SUFFIXES if os.path.isfile(f"{folder / key}{suffix}")]
    if len(found) != 1:
        what = f"several files of {key}" if found else f"no file of {key}, such as {key}.json"
        raise InputError(f"{folder} holds {what}: give one for each document of the gold")
    return found[0]


def _beads(name: str, content: Content, document: GoldDocument) -> Beads:
    match content:
        case "bitext", bitext:
            return document.from_bitext(bitext, name=name)
        case "ladder", found:
            beads = [[list(source), list(target)] for source, target in _between(found)]
            return document.from_row({"beads": beads}, name=name)
        case "units", units:
            if units is None:
                languages = document.languages if all(document.languages) else None
                units = read_units(name, languages=languages)
            return document.from_units(units, name=name)
        case "rows", [(where, row)]:
            return document.from_row(row, name=where)
        case _:
            raise InputError(f"{name} holds no beads of one document: give a bitext, such as JSON")


def _content(name: str) -> Content:
    """What a file is and what it holds; None for rows that are read by whoever knows their languages."""
    form = format_of_units(name)
    if form and form.name != "jsonl":
        return "units", None
    data = read_bytes(name, limit=MAX_JSON_BYTES)
    text = decode(data, name=name).text.strip()
    if text[:1].isdecimal():
        found = rungs(io.BytesIO(data), name=name)
        if max(found[-1][:2]) > MAX_LINES:
            raise InputError(f"{name} is about more than {MAX_LINES:,} lines: give a ladder of one document")
        return "ladder", found
    if text[:1] != "{":
        what = "holds neither JSON nor a ladder" if text else "is empty"
        raise InputError(f"{name} {what}: give JSON lines, a bitext or a ladder")
    rows = list(_rows(name, text))
    first = rows[0][1]
    if first.get("schema") == SCHEMA:
        try:
            return "bitext", Bitext.from_json(text)
        except InputError as error:
            raise InputError(f"{name}: {error}") from error
    if first.get("schema") == GOLD_SCHEMA:
        return "quotes", first
    if "source_text" in first:
        return "units", list(json_units(io.BytesIO(data), name=name))
    return "rows", rows


def _rows(name: str, text: str) -> Iterator[Row]:
    """The one object of a file, else the object of each line. Raises UnreadableError."""
    try:
        yield name, json.loads(text)
        return
    except (ValueError, RecursionError):
        pass  # several lines, of which each must be an object, as is checked now
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{name}: line {number}"
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                deep = isinstance(error, RecursionError)
                why = "nested too deeply" if deep else str(error).partition("\n")[0]
                raise UnreadableError(f"{where} is no JSON ({why}): give an object a line") from error
            if not isinstance(row, dict):
                raise UnreadableError(f"{where} is no JSON object: give an object a line")
            yield where, row


def _id(where: str, row: Mapping[str, Any], *, alone: bool) -> str:
    """The id of a row, empty where a row that is alone has none. Raises InputError."""
    key = row.get("id", "" if alone else None)
    if type(key) not in (str, int) or not (alone or str(key)):
        raise InputError(f'{where} has no "id": say which document it is')
    return str(key)


def _document(where: str, row: Mapping[str, Any], *, alone: bool) -> Segmented | Spanned:
    key = _id(where, row, alone=alone)
    if "gold" in row:
        return Segmented.read(row, id=key, name=where)
    if "spans" in row:
        return Spanned.read(row, id=key, name=where)
    raise InputError(f'{where} has neither "gold" nor "spans": give a file with gold beads or spans')


def _between(found: Sequence[Rung]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The beads between rungs; a stretch that is empty on one side is none."""
    for (a, c, _), (b, d, _) in pairwise(found):
        if a < b and c < d:
            yield tuple(range(a, b)), tuple(range(c, d))


def _quoted(name: str, gold: Mapping[str, Any]) -> Spanned:
    """The gold that quotes two files beside it: its clauses, which are the finer ones, where it has some."""
    try:
        sides = [gold[side] for side in ("source", "target")]
        texts = [read(Path(name).parent / side["file"]).text for side in sides]
        passages: list[Passage] = []
        for bead in gold.get("clauses") or gold["beads"]:
            source, target = (
                merged(_found(text, quote, name) for quote in bead[side])
                for side, text in zip(("source", "target"), texts, strict=True)
            )
            passages.append((source, target))
        languages = str(sides[0].get("language", "")), str(sides[1].get("language", ""))
    except (TypeError, KeyError, AttributeError) as error:
        what = f"{name} is no {GOLD_SCHEMA} ({error!r})"
        raise InputError(f"{what}: see seeds/README.md for its form") from error
    return Spanned("", (texts[0], texts[1]), tuple(map(GoldFact, passages)), languages=languages)


def _found(text: str, quote: str, name: str) -> tuple[int, int]:
    """Where a quotation stands. Raises InputError unless the text has it once."""
    if text.count(quote) != 1:
        what = f"{name} quotes {quote[:40]!r}, which its text has not once"
        raise InputError(f"{what}: quote what is there once")
    start = text.index(quote)
    return start, start + len(quote)
