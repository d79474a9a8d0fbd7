"""`read` finds out what a file is; its blocks become a text, and segments know their places."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polyalign
from polyalign.bitext import Bitext
from polyalign.errors import InputError, PolyalignError, UnreadableError
from polyalign.formats.documents import read
from polyalign.formats.registry import READERS
from polyalign.parts import Document, Place
from tests.helpers.hostile import changed, changes

SRT = """1
00:00:01,000 --> 00:00:02,500
The harbour is closed.

2
00:00:03,000 --> 00:00:04,000
It reopens in May.
"""
HTML = "<html lang='en'><title>Ships</title><body><h1>Harbour</h1><p>It is closed.</p></body></html>"


def word(*paragraphs: str) -> bytes:
    """A Word file of plain paragraphs, by an independent writer."""
    docx = pytest.importorskip("docx", reason="needs python-docx")
    document, sink = docx.Document(), io.BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(sink)
    return sink.getvalue()


def placed(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def test_every_reader_is_there_and_no_suffix_has_two() -> None:
    suffixes = [suffix for reader in READERS.values() for suffix in reader.read_suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(callable(reader.blocks) for reader in READERS.values())


def test_blocks_stand_in_the_text_with_their_places(tmp_path: Path) -> None:
    document = read(placed(tmp_path, "a.srt", SRT.encode()))
    assert document.text == "The harbour is closed.\n\nIt reopens in May."
    first, second = document.places
    assert first == Place(0, 22, "cue 1 00:00:01.000 --> 00:00:02.500")
    assert document.text[second.start : second.end] == "It reopens in May."


def test_each_line_of_a_segmented_file_is_a_block(tmp_path: Path) -> None:
    document = read(placed(tmp_path, "a.srt", SRT.encode()), pre_segmented=True)
    segments = document.segments or ()
    assert [s.text for s in segments] == ["The harbour is closed.", "It reopens in May."]
    assert [s.place[:5] for s in segments] == ["cue 1", "cue 2"]
    assert all(document.text[s.start : s.end] == s.text for s in segments)


def test_content_counts_more_than_the_suffix_and_that_is_said(tmp_path: Path) -> None:
    data = word("The harbour is closed.", "It reopens in May.")
    right, wrong = (read(placed(tmp_path, name, data)) for name in ("a.docx", "b.txt"))
    assert right.text == wrong.text
    assert right.notes == ()
    assert wrong.notes == (f"{tmp_path / 'b.txt'} is read as a Word file, which it is",)
    assert read(placed(tmp_path, "page", HTML.encode())).text.endswith("It is closed.")


def test_a_file_that_is_not_what_its_suffix_says_is_refused(tmp_path: Path) -> None:
    for name, kind in (("a.docx", "Word"), ("a.pdf", "PDF"), ("a.odt", "OpenDocument"), ("a.epub", "EPUB")):
        with pytest.raises(UnreadableError, match=rf"this is no {kind} file"):
            read(placed(tmp_path, name, b"plain text"))
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("readme.txt", "no document")
    with pytest.raises(UnreadableError):
        read(placed(tmp_path, "a.txt", sink.getvalue()))


VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe harbour is closed.\n"
FB2 = "<FictionBook><body><p>The harbour is closed.</p></body></FictionBook>"
TTML = "<tt xmlns='http://www.w3.org/ns/ttml'><body><p begin='1s'>The harbour is closed.</p></body></tt>"
XHTML = '<?xml version="1.0"?>\n<!-- a --><html xmlns="http://www.w3.org/1999/xhtml"><body>'
XHTML += "<p>The harbour is closed.</p></body></html>"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SRT, "subtitle"),
        (VTT, "subtitle"),
        ("{24}{48}The harbour|is closed.\n", "subtitle"),
        ("0:00:01.000,0:00:02.000\nThe harbour\nis closed.\n", "subtitle"),
        (TTML, "subtitle"),
        (FB2, "FictionBook"),
        (XHTML, "HTML"),
    ],
)
def test_a_text_is_read_as_what_it_is_whatever_it_is_called(
    tmp_path: Path, text: str, kind: str, codec: str
) -> None:
    for name in ("a.txt", "b.xml", "c"):
        found = read(placed(tmp_path, name, text.encode(codec)))
        assert found.text.startswith("The harbour is closed.")
        note = f"{tmp_path / name} is read as a {kind} file, which it is"
        assert (note in found.notes) == (name != "c")


@pytest.mark.parametrize(
    "text",
    [
        "<p>One</p>\n<p>Two</p>\n",
        "<p>One <b>two</b> three</p>\n",
        "<b>One</b> two",
        "<3 you",
        "<<Go!>> he said.",
        "a <b> c",
        "At 10:30 --> 11:00 we meet.\nThen we part.",
        "{1} One\n{2} Two",
    ],
)
def test_text_with_marks_in_it_stays_text(tmp_path: Path, text: str) -> None:
    assert read(placed(tmp_path, "a.txt", text.encode())).text == text


def test_markdown_may_start_with_html(tmp_path: Path) -> None:
    text = "<div><p align=center>Harbour</p></div>\n\n# Closed\n"
    assert read(placed(tmp_path, "a.md", text.encode())).text == "Harbour\n\nClosed"


@settings(max_examples=100)
@given(st.sampled_from([SRT, VTT, FB2, TTML, XHTML, HTML]), changes, st.sampled_from(["utf-8", "utf-16"]))
def test_damaged_files_of_any_kind_give_a_document_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, text: str, todo: list[tuple[str, float, bytes]], codec: str
) -> None:
    path = placed(tmp_path_factory.getbasetemp(), "any.txt", changed(text.encode(codec), todo))
    try:
        said = read(path).text
    except PolyalignError as error:
        said = str(error)
        assert said.startswith(str(path))
        assert "\n" not in said
    assert said


@pytest.mark.parametrize("name", ["a.tmx", "a.xlf", "a.xlsx", "a.parquet", "a.json"])
def test_a_file_of_pairs_is_no_text(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="holds pairs, not one text"):
        read(placed(tmp_path, name, b"<tmx/>"))


@pytest.mark.parametrize(("name", "text"), [("a.txt", "One.\r\nTwo."), ("a.srt", SRT), ("a.html", HTML)])
def test_gzip_changes_nothing(tmp_path: Path, name: str, text: str) -> None:
    plain = read(placed(tmp_path, name, text.encode()))
    packed = read(placed(tmp_path, f"{name}.gz", gzip.compress(text.encode())))
    assert (packed.text, packed.places, packed.notes) == (plain.text, plain.places, plain.notes)


def test_damaged_and_swelling_gzip_is_refused(tmp_path: Path) -> None:
    data = gzip.compress(b"a" * 101_000_000, 1)
    with pytest.raises(InputError, match="above the limit of 100 MB unpacked"):
        read(placed(tmp_path, "a.txt.gz", data))
    with pytest.raises(UnreadableError, match="ends too early"):
        read(placed(tmp_path, "a.txt.gz", gzip.compress(b"One. Two. Three.")[:-12]))
    with pytest.raises(UnreadableError, match="gzip data is damaged"):
        read(placed(tmp_path, "a.txt.gz", b"\x1f\x8b\x08\x00" + bytes(20)))


def test_a_file_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no text"):
        read(placed(tmp_path, "a.docx", word("", " ")))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_the_place_of_a_segment_is_that_of_the_block_it_begins_in(texts: list[str]) -> None:
    starts = [sum(len(t) + 2 for t in texts[:i]) for i in range(len(texts))]
    places = tuple(Place(s, s + len(t), f"p{i}") for i, (s, t) in enumerate(zip(starts, texts, strict=True)))
    document = Document("\n\n".join(texts), places=places)
    found = document.placed(polyalign.segment(document.text, "en"))
    assert all(places[int(s.place[1:])].start <= s.start < places[int(s.place[1:])].end for s in found)


def test_places_survive_pairing_and_json(tmp_path: Path, aligner: polyalign.Aligner) -> None:
    source = read(placed(tmp_path, "a.srt", SRT.encode()), language="en")
    target = Document("Liman kapalı. Mayısta yeniden açılıyor.", language="tr")
    bitext = aligner.pair(source, target)
    assert [s.place[:5] for s in bitext.source.segments] == ["cue 1", "cue 2"]
    assert Bitext.from_json(bitext.to_json()) == bitext


def test_the_language_that_a_file_states_counts_where_none_can_be_told(aligner: polyalign.Aligner) -> None:
    told = Document("1 2 3\n\n4 5 6", stated="tr")
    assert aligner.pair(told, Document("The harbour is closed.")).source.language == "tr"
    clear = Document("The harbour has been closed for weeks, the mayor said.", stated="tr")
    assert aligner.pair(clear, Document("Liman kapalı.", language="tr")).source.language == "en"
