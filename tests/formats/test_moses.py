"""Moses: two files line by line, both or neither; read back by the name of one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.bitext import Bitext
from polyalign.errors import InputError, PolyalignError, UsageError
from polyalign.formats.bitexts import moses as module
from polyalign.formats.bitexts.moses import lines, pair_of, paths_of, tags_of, units, write
from polyalign.formats.common import Options, Unit, joined
from polyalign.parts import Bead
from tests.helpers.samples import bitexts, harbour, side


def read(source: bytes, target: bytes) -> list[Unit]:
    return list(units(io.BytesIO(source), io.BytesIO(target), names=("a.ar", "a.en"), languages=("ar", "en")))


def coded(bitext: Bitext, *, unaligned: bool) -> tuple[bytes, bytes]:
    pairs = list(lines(bitext, Options(unaligned)))
    one, other = ("".join(f"{pair[i]}\n" for pair in pairs) for i in (0, 1))
    return one.encode("utf-8", "backslashreplace"), other.encode("utf-8", "backslashreplace")


@given(bitexts(), st.booleans())
def test_every_pair_of_lines_comes_back(bitext: Bitext, unaligned: bool) -> None:
    rows = [row for row in bitext.rows() if row.bead or unaligned]
    texts = [
        (joined(row.source, bitext.source.language), joined(row.target, bitext.target.language))
        for row in rows
    ]
    expected = [pair for pair in texts if pair[0].strip() or pair[1].strip()]
    if not expected:
        return
    found = read(*coded(bitext, unaligned=unaligned))
    assert [("".join(u.source), "".join(u.target)) for u in found] == [
        (one if one.strip() else "", other if other.strip() else "") for one, other in expected
    ]
    assert {(u.source_language, u.target_language) for u in found} == {("ar", "en")}


def test_two_files_are_written_and_found_by_the_name_of_one(tmp_path: Path) -> None:
    paths = write(harbour(), tmp_path / "out.moses", Options(unaligned=False))
    assert [path.name for path in paths] == ["out.ar", "out.en"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.ar", "out.en"]
    assert [len(path.read_text("utf-8").splitlines()) for path in paths] == [3, 3]
    assert pair_of(paths[0]) == paths
    assert pair_of(paths[1]) == paths[::-1]
    assert pair_of(tmp_path / "out.moses") == paths
    assert tags_of(paths) == ("ar", "en")
    with paths[0].open("rb") as one, paths[1].open("rb") as other:
        found = list(units(one, other, names=("out.ar", "out.en")))
    assert found[1].target[0].startswith("Fourteen ships crossed the strait, the minister said. Such a")
    assert found[1].place == "line 2"


def test_both_files_or_neither(tmp_path: Path) -> None:
    (tmp_path / "out.en").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(harbour(), tmp_path / "out.moses", Options())
    assert [path.name for path in tmp_path.iterdir()] == ["out.en"]


@pytest.mark.parametrize(
    ("languages", "name", "expected"),
    [
        (("ar", "en"), "a.moses", ("a.ar", "a.en")),
        (("zh-Hans", "pt_BR"), "a.b", ("a.b.zh-Hans", "a.b.pt_BR")),
        (("en", "EN"), "a.moses", ("a.source", "a.target")),
        (("", "en"), "a.moses", ("a.source", "a.target")),
        (("../ar", "en"), "a.moses", ("a.ar", "a.en")),
        (("und", "en"), "A.MOSES", ("A.und", "A.en")),
    ],
)
def test_the_names_of_the_files(languages: tuple[str, str], name: str, expected: tuple[str, str]) -> None:
    bitext = Bitext(side(languages[0], ["a"]), side(languages[1], ["b"]), (Bead((0,), (0,), 1.0),))
    assert paths_of(bitext, Path("x") / name) == tuple(Path("x") / each for each in expected)


def test_standard_output_is_no_two_files() -> None:
    with pytest.raises(UsageError, match=r"moses is two files, .*: name them with -o, such as -o out\.moses"):
        paths_of(harbour(), Path("-"))


def test_what_is_no_pair(tmp_path: Path) -> None:
    for name in ("a.ar", "a.txt", "b.source", "b.target", "c.ar.gz", "c.tr.gz", "d.ar", "d.en", "d.tr"):
        (tmp_path / name).touch()
    assert pair_of(tmp_path / "a.ar") is None
    assert pair_of(tmp_path / "a.txt") is None
    assert pair_of(tmp_path / "none" / "a.ar") is None
    assert pair_of(tmp_path / "none.moses") is None
    assert pair_of(tmp_path / "b.source") == (tmp_path / "b.source", tmp_path / "b.target")
    assert pair_of(tmp_path / "c.tr.gz") == (tmp_path / "c.tr.gz", tmp_path / "c.ar.gz")
    assert tags_of((tmp_path / "b.source", tmp_path / "c.ar.gz")) == ("", "ar")
    with pytest.raises(UsageError, match=r"d\.ar: which file belongs to it, d\.en d\.tr\?"):
        pair_of(tmp_path / "d.ar")


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (b"a\nb\n", b"c\n", r"a\.ar has 2 lines and a\.en has 1: the lines of such a pair belong together"),
        (b"", b"", "hold no text"),
        (b"\n\n", b" \n\n", "hold no text"),
        (b"PK\x03\x04", b"a\n", r"a\.ar: this is a ZIP"),
        (b"a\n", b"b" * 100, "a.en is above the limit"),
    ],
)
def test_pairs_that_are_refused(
    source: bytes, target: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_MOSES_BYTES", 50)
    with pytest.raises(InputError, match=message):
        read(source, target)


def test_line_ends_and_empty_lines() -> None:
    found = read(b"\xef\xbb\xbfa\r\n\r\nb\x0c\xe2\x80\xa8c", b"x\n\ny\n")
    assert [(u.source, u.target, u.place) for u in found] == [
        (("a",), ("x",), "line 1"),
        (("b\x0c\u2028c",), ("y",), "line 3"),
    ]
    assert [(u.source, u.target) for u in read(b"a\n\n", b"\nx\n")] == [(("a",), ()), ((), ("x",))]


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_any_bytes_give_units_or_one_line_of_error(source: bytes, target: bytes) -> None:
    try:
        read(source, target)
    except PolyalignError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message
