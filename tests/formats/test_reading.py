"""Reading: nothing of a text is lost, encodings are told right, bad input gets one clear line."""

import io
import os
import random
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.errors import InputError, PolyalignError, UnreadableError, UsageError
from polyalign.formats import read
from polyalign.formats.decoding import decode
from polyalign.formats.documents import text
from tests.helpers.places import SHARED
from tests.helpers.samples import (
    ARABIC,
    CHINESE,
    FRENCH,
    PERSIAN,
    POLISH,
    RUSSIAN,
    SPANISH,
    TURKISH,
)

SEEDS = SHARED / "seeds"

NOISE = bytes(byte for byte in random.Random(1).randbytes(400) if byte >= 0x20)

readable = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\r\n\t"), min_size=1
).filter(lambda content: content[0] != "\ufeff")


@given(readable, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_any_text_after_a_byte_order_mark_comes_back(content: str, codec: str) -> None:
    assert decode(content.encode(codec), name="x").text == content


@given(readable, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-be"]))
def test_a_named_encoding_is_obeyed(content: str, codec: str) -> None:
    found = decode(content.encode(codec), name="x", encoding=codec)
    assert (found.text, found.guessed) == (content, False)


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_one_line_of_error(data: bytes) -> None:
    try:
        found, message = decode(data, name="x").text, "x: "
    except PolyalignError as error:
        found, message = "", str(error)
    assert "\0" not in found
    assert message.startswith("x: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        (ARABIC, "cp1256"),
        (ARABIC, "iso8859_6"),
        (ARABIC, "utf_16_le"),
        (ARABIC, "utf_16_be"),
        (PERSIAN, "cp1256"),
        (TURKISH, "cp1254"),
        (TURKISH, "utf_16_le"),
        (TURKISH, "utf_16_be"),
        (FRENCH, "cp1252"),
        (FRENCH, "utf_16_le"),
        (SPANISH, "cp1252"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "utf_16_be"),
        (CHINESE, "gb18030"),
        (CHINESE, "utf_16_le"),
        (CHINESE, "utf_16_be"),
    ],
)
def test_an_encoding_without_a_mark_is_guessed_and_said(tmp_path: Path, content: str, codec: str) -> None:
    data = content.encode(codec, "ignore")
    document = read(_file(tmp_path, data))
    assert document.text == data.decode(codec)
    assert any(note.startswith("encoding guessed: ") for note in document.notes)


@pytest.mark.skipif(not SEEDS.exists(), reason="../shared/seeds is not there")
@pytest.mark.parametrize("codec", ["cp1256", "utf_16_le", "utf_16_be", "utf_8"])
def test_the_real_arabic_report_in_four_encodings(tmp_path: Path, codec: str) -> None:
    content = next(SEEDS.glob("003_*")).read_text(encoding="utf-8")
    data = content.encode(codec, "ignore")
    assert read(_file(tmp_path, data)).text == data.decode(codec)


def test_a_legacy_part_after_much_ascii_is_still_told(tmp_path: Path) -> None:
    data = b"plain line\n" * 30_000 + TURKISH.encode("cp1254")
    assert read(_file(tmp_path, data)).text.endswith(TURKISH)


def test_the_language_decides_what_too_few_letters_leave_open(tmp_path: Path) -> None:
    data = "Það var gott og það var ýmislegt".encode("cp1252")
    path = _file(tmp_path, data)
    assert read(path, language="is").text == data.decode("cp1252")
    assert read(path, language="tr-TR").text == data.decode("cp1254")


def test_line_ends_controls_and_overrides_stay_and_are_said(tmp_path: Path) -> None:
    content = "One\x07 line.\r\nTwo\x1b\x02.\rThree \u202eevil\u202c.\n"
    document = read(_file(tmp_path, b"\xef\xbb\xbf" + content.encode()))
    assert document.text == content
    assert document.notes == (
        "3 control characters in the text, left out of what is shown",
        "2 bidirectional controls kept in the text (U+202C, U+202E)",
    )


def test_control_characters_do_not_make_it_utf_16(tmp_path: Path) -> None:
    assert read(_file(tmp_path, b"at 10\x02 knots")).text == "at 10\x02 knots"


def test_notes_on_lost_characters_and_markup(tmp_path: Path) -> None:
    lost, markup = read(_file(tmp_path, "<p>caf\ufffd</p>".encode(), "a.XML")).notes
    assert lost.startswith("1 replacement character ")
    assert markup == ".XML is read as plain text, its markup included"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b" \r\n\t\n", "nothing but whitespace"),
        (b"text with a \0 in it", "binary data"),
        (bytes(range(32)) * 9, "binary data"),
        (b"\x01\x02\x03\x04 a", "binary data"),
        (b"\xff\x01\x02\x03\x04\x05 abc \xfe\x01", "binary data"),
        (b"%PDF-1.7\n%...", "this PDF is damaged"),
        (b"PK\x03\x04rest", "this is a ZIP or Office file"),
        ("Déjà vu, öğle, ‘x’".encode() + b"\xff end", r"byte 26 \(0xff\) is not UTF-8: .*--encoding"),
        ("Déjà vu".encode("utf-16") + b"x", r"byte 16 \(0x78\) is not utf-16-le"),
        (NOISE, r"byte \d+ \(0x..\) is not UTF-8, and no other encoding fits"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = _file(tmp_path, data)
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableError, match=r"none\.txt: no such file: check the path"):
        read(tmp_path / "none.txt")
    with pytest.raises(UnreadableError, match="this is a folder: give a file in it"):
        read(tmp_path)
    with pytest.raises(UnreadableError, match=r"cannot be read \(.*null (byte|character)"):
        read("a\0b")
    with pytest.raises(UnreadableError, match=r"cannot be read \(Not a directory\)"):
        read(_file(tmp_path, b"text") / "below")
    path = _file(tmp_path, b"text")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", _denied)
        with pytest.raises(UnreadableError, match="no permission to read it"):
            read(path)


def _denied(_: int) -> None:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    "options", [{"encoding": "utf-99"}, {"encoding": "base64"}, {"language": "Klingon!"}, {"language": ""}]
)
def test_options_that_make_no_sense(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        read(_file(tmp_path, b"text"), language=options.get("language"), encoding=options.get("encoding"))


@pytest.mark.parametrize("codec", ["ascii", "utf-16-le", "undefined", "utf-7"])
def test_a_named_encoding_that_does_not_fit(tmp_path: Path, codec: str) -> None:
    with pytest.raises(UnreadableError, match=f"is not {codec}: pass another --encoding"):
        read(_file(tmp_path, "abcd+2AA-é".encode()), encoding=codec)


def test_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(text.MAX_TEXT_BYTES + 1)
    with pytest.raises(InputError, match="above the limit of 100 MB: split it"):
        read(path)
    with pytest.raises(InputError, match="above the limit of 100 MB"):
        read("/dev/zero")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(TURKISH.encode("cp1254"))))
    document = read("-", language="tr")
    assert (document.text, document.path, document.language) == (TURKISH, "-", "tr")
    with pytest.raises(InputError, match="standard input is empty"):
        read("-")
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UnreadableError, match="standard input is closed"):
        read("-")


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs", "Cc"]))),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_pre_segmented_lines_are_the_segments(lines: list[str], end: str) -> None:
    content = "".join(line + end for line in lines)
    segments = text._lines(content)
    assert [s.text for s in segments] == lines
    assert all(content[s.start : s.end] == s.text for s in segments)
    assert [s.id for s in segments] == list(range(len(lines)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a\n\nb\n", ["a", "", "b"]),
        ("a\r\n\r\nb", ["a", "", "b"]),
        ("a\n\n", ["a", ""]),
        (" a \r b\u2028c\x0b", [" a ", " b\u2028c\x0b"]),
    ],
)
def test_pre_segmented_files(tmp_path: Path, content: str, expected: list[str]) -> None:
    document = read(_file(tmp_path, content.encode()), pre_segmented=True)
    assert [s.text for s in document.segments or ()] == expected
    assert document.text == content
    assert read(_file(tmp_path, content.encode())).segments is None


def _file(folder: Path, data: bytes, name: str = "text.txt") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
