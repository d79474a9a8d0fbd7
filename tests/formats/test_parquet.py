"""Parquet: a dataframe library finds typed columns, and the rows come back."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.errors import InputError, NotInstalledError, PolyalignError, UnreadableError
from polyalign.formats.bitexts.parquet import heading, parquet, units
from polyalign.formats.common import Heading, Options, Unit
from tests.helpers.samples import bitexts, harbour, side
from tests.helpers.tables import rows, told

arrow: Any = pytest.importorskip("pyarrow")
pq: Any = pytest.importorskip("pyarrow.parquet")


def written(bitext: Bitext, *, unaligned: bool = True) -> bytes:
    return b"".join(parquet(bitext, Options(unaligned)))


def read(data: bytes) -> list[Unit]:
    return list(units(io.BytesIO(data), name="a.parquet"))


def made(columns: dict[str, list[Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(arrow.table(columns), out)
    return out.getvalue()


HARBOUR = written(harbour())


@settings(deadline=None)
@given(bitexts())
def test_segments_ids_scores_and_languages_come_back_exactly(bitext: Bitext) -> None:
    found = read(written(bitext))
    assert told(found) == rows(bitext)
    assert [u.score for u in found] == [row.bead and row.bead.score for row in bitext.rows()]
    languages = (bitext.source.language, bitext.target.language)
    assert {(u.source_language, u.target_language) for u in found} <= {languages}


def test_a_dataframe_library_finds_typed_columns() -> None:
    table = pq.read_table(io.BytesIO(HARBOUR))
    types = {field.name: str(field.type) for field in table.schema}
    assert types["score"] == "double"
    assert types["source_ids"].startswith("list<")
    assert "int32" in types["source_ids"]
    assert "string" in types["target_texts"]
    assert table["kind"].to_pylist() == ["1-1", "0-1", "1-0", "1-2", "1-1"]
    assert table["overlap"].to_pylist() == [False, False, False, False, True]
    assert table["source_boilerplate"].to_pylist()[2] == ["caption"]
    assert table["target_translations"].to_pylist()[3] == [None, None]
    facts = json.loads(table.schema.metadata[b"polyalign"])
    assert (facts["signature"], facts["target_path"]) == ("polyalign 0.1.0 | test", "news/en.txt")


def test_rows_are_written_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["polyalign.formats.bitexts.parquet"], "_ROWS", 2)
    pieces = list(parquet(harbour(), Options()))
    assert len(pieces) == 4
    assert pq.ParquetFile(io.BytesIO(b"".join(pieces))).num_row_groups == 3
    assert told(read(b"".join(pieces))) == rows(harbour())
    assert [unit.place for unit in read(b"".join(pieces))] == [f"row {i}" for i in range(1, 6)]


def test_empty_partial_and_repeated() -> None:
    assert read(written(Bitext(side("ar", []), side("en", []), ()))) == []
    assert len(read(written(harbour(), unaligned=False))) == 3
    assert written(harbour()) == HARBOUR


def test_files_of_others() -> None:
    found = read(made({"source": ["a", "b", None], "target": ["c", None, ""], "score": [0.5, 0.1, None]}))
    assert [(u.source, u.target, u.score) for u in found] == [
        (("a",), ("c",), 0.5),
        (("b",), (), None),
        ((), (), None),
    ]
    found = read(made({"source": [["a", "b"]], "target": [["c"]], "score": [7.5]}))
    assert (found[0].source, found[0].score) == (("a", "b"), None)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a"]}, "has no columns source and target: rename those"),
        ({"source": [1], "target": [2]}, "must hold strings"),
        (
            {"source_texts": [["a"]], "target_texts": [["b"]], "source_ids": [[0, 1]]},
            "row 1: the ids are not",
        ),
        (
            {"source_texts": [["a"]], "target_texts": [["b"]], "source_ids": [[-1]], "target_ids": [[0]]},
            "below 0",
        ),
    ],
)
def test_columns_that_do_not_fit(columns: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        read(made(columns))


@pytest.mark.parametrize("data", [b"", b"PAR1", HARBOUR[:-1], HARBOUR[8:], b"PAR1" + bytes(99) + b"PAR1"])
def test_what_is_no_parquet(data: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"a\.parquet is no whole Parquet file"):
        read(data)


def test_too_large_or_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["polyalign.formats.bitexts.parquet"], "MAX_PARQUET_BYTES", 10)
        with pytest.raises(InputError, match="above the limit"):
            read(HARBOUR)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(NotInstalledError, match=r"pip install 'polyalign\[parquet\]'"):
        written(harbour())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(HARBOUR) - 1), st.integers(0, 255)), max_size=5))
def test_damaged_files_give_units_or_one_line_of_error(changes: list[tuple[int, int]]) -> None:
    content = bytearray(HARBOUR)
    for at, byte in changes:
        content[at] = byte
    try:
        read(bytes(content))
    except PolyalignError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message


def test_the_heading_comes_back() -> None:
    bitext = replace(harbour(), notes=("one", "two"))
    told = heading(io.BytesIO(written(bitext)), name="a.parquet")
    assert (told.source_language, told.target_language) == ("ar", "en")
    assert (told.source_path, told.target_path) == ("ar.txt", "news/en.txt")
    assert (told.mode, told.signature, told.notes) == (bitext.mode, bitext.signature, bitext.notes)
    assert heading(io.BytesIO(made({"source": ["a"], "target": ["b"]})), name="x") == Heading()
    assert [unit.note for unit in read(written(bitext))][2] == "caption"
