"""Zip files: what honest ones hold comes out, and bombs, tricks and damage get one line."""

import contextlib
import io
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.errors import InputError, PolyalignError, UnreadableError
from polyalign.formats import archive
from polyalign.formats.archive import opened
from tests.helpers.hostile import changed, changes, members, zipped

names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@given(st.dictionaries(names, st.binary(max_size=60), max_size=5), st.booleans())
def test_what_was_put_in_comes_out(held: dict[str, bytes], packed: bool) -> None:
    found = opened(zipped(held, packed=packed), name="x")
    assert {member: found.read(member) for member in found.members} == held
    assert all(member in found for member in held)


SAMPLE = zipped({"a.xml": b"<a>text</a>" * 50, "b/c.xml": b"<c/>"})


@settings(max_examples=300)
@given(changes)
def test_damage_gives_the_members_or_one_line(todo: list[tuple[str, float, bytes]]) -> None:
    try:
        found = opened(changed(SAMPLE, todo), name="x")
        said = f"x holds {sum(len(found.read(member)) for member in found.members)} bytes"
    except PolyalignError as error:
        said = str(error)
    assert said.startswith("x")
    assert "\n" not in said


@pytest.mark.parametrize("size", range(0, len(SAMPLE), 7))
def test_a_part_of_an_archive_is_refused(size: int) -> None:
    with pytest.raises(UnreadableError, match=r"^x: this is no ZIP archive, or only a part of one: "):
        opened(SAMPLE[:size], name="x")


def test_a_missing_member_is_named() -> None:
    with pytest.raises(UnreadableError, match=r"^x: 'none\.xml' is missing in it: "):
        opened(SAMPLE, name="x").read("none.xml")


def test_folders_are_no_members_and_backslashes_are_slashes() -> None:
    assert opened(zipped({"word/": b"", "word\\a.xml": b"1"}), name="x").members == ("word/a.xml",)


@pytest.mark.parametrize("member", ["../a", "a/../../b", "/etc/passwd", "C:/a", "..\\a", "\\\\host\\a"])
def test_a_name_that_leads_out_is_refused(member: str) -> None:
    with pytest.raises(UnreadableError, match="leads out of the archive"):
        opened(zipped({"a": b"", member: b""}), name="x")


def test_a_member_without_a_name_is_no_trouble() -> None:
    data = zipped({"a": b"text"})
    held = bytearray(data)
    for mark, length, at in ((b"PK\x03\x04", 26, 30), (b"PK\x01\x02", 28, 46)):
        start = held.index(mark)
        held[start + length] = 0
        held[start + length + 2] = 1  # the byte of the name belongs to the extra field now
        assert held[start + at : start + at + 1] == b"a"
    with contextlib.suppress(PolyalignError):
        assert opened(bytes(held), name="x").members == ("",)


def test_a_name_that_comes_twice_is_refused() -> None:
    sink = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(sink, "w") as file:
        warnings.simplefilter("ignore")
        file.writestr("a", "one")
        file.writestr("a", "two")
    with pytest.raises(UnreadableError, match="'a' is in it twice"):
        opened(sink.getvalue(), name="x")


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(zipped({"a": b"text"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    with pytest.raises(UnreadableError, match="'a' is encrypted: save it without a password"):
        opened(bytes(data), name="x")


def test_an_uncommon_compression_is_refused() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("a", "text")
    with pytest.raises(UnreadableError, match="'a' is packed in an uncommon way"):
        opened(sink.getvalue(), name="x")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(InputError, match="'a' unpacks to 20 MB, as zip bombs do"):
        opened(zipped({"a": b"\0" * 20_000_000}), name="x")


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_says() -> None:
    data = bytearray(zipped({"a": b"\0" * 20_000_000}))
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 1000)
    with pytest.raises(UnreadableError, match="'a' is damaged"):
        opened(bytes(data), name="x").read("a")


def test_many_members_and_large_sums_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(InputError, match="more than 3 files in it"):
        opened(zipped({str(i): b"" for i in range(4)}), name="x")
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 10)
    with pytest.raises(InputError, match="unpacks to more than"):
        opened(zipped({"a": b"123456", "b": b"123456"}), name="x")


def test_an_archive_in_an_archive_stays_packed() -> None:
    inner = zipped({"a": b"\0" * 1_000_000})
    found = opened(zipped({"inner.zip": inner}), name="x")
    assert found.read("inner.zip") == inner
    assert members(inner)["a"] == b"\0" * 1_000_000


def test_a_password_protected_office_file_is_told() -> None:
    with pytest.raises(UnreadableError, match="an old or a password-protected Office file"):
        opened(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, name="x")
