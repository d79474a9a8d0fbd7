"""Bilingual subtitles and books: a library that knows the format, or plain ZIP and XML, reads them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pysubs2
import pytest
from hypothesis import given
from lxml import etree

import polyalign
from polyalign.bitext import Bitext
from polyalign.errors import OutputError
from polyalign.formats import dump, write
from polyalign.parts import Bead, Segment
from tests.helpers.samples import bitexts, harbour, side

SRT = """1
00:00:01,000 --> 00:00:02,000
The harbour opens at six,

2
00:00:02,100 --> 00:00:03,000
as it does every day.

3
00:00:05,000 --> 00:00:06,500
Boats wait. The wall is old.

4
00:00:09,000 --> 00:00:09,200
Nobody answered.
"""


def timed(tmp_path: Path) -> Bitext:
    """Subtitles in English, two cues joined by a reviewer, with a Turkish text that has no times."""
    (tmp_path / "a.srt").write_text(SRT, encoding="utf-8")
    document = polyalign.read(tmp_path / "a.srt", language="en")
    first, second, *rest = document.placed(polyalign.segment(document.text, language="en"))
    joined = replace(
        first, end=second.end, text=document.text[first.start : second.end].replace("\n\n", "  ")
    )
    found = [replace(s, id=k) for k, s in enumerate((joined, *rest))]
    source = replace(side("en", []), segments=tuple(found), path="a.srt")
    target = side(
        "tr", ["Altıda açılır.", "Her gün öyle.", "Tekneler {bekler} \\N.", "Duvar eski.", "Yağmur."]
    )
    beads = (Bead((0,), (0, 1), 0.9), Bead((1,), (2,), 0.9), Bead((2,), (3,), 0.8))
    assert [s.shown for s in found][1:] == ["Boats wait.", "The wall is old.", "Nobody answered."]
    return Bitext(source, target, beads)


@pytest.mark.parametrize("suffix", ["srt", "ass"])
def test_both_texts_at_the_times_of_one(tmp_path: Path, suffix: str) -> None:
    write(timed(tmp_path), tmp_path / f"b.{suffix}")
    events = pysubs2.load(str(tmp_path / f"b.{suffix}")).events
    assert [(e.start, e.end) for e in events] == [(1000, 5000), (5000, 6500), (9000, 9200)]
    texts = [re.sub(r"\{\\r\w+\}", "", e.text).replace("\\{", "{").replace("\\}", "}") for e in events]
    texts = [text.replace("\\\u2060", "\\") for text in texts] if suffix == "ass" else texts
    one, two, three = texts
    assert one == r"The harbour opens at six,  as it does every day.\NAltıda açılır. Her gün öyle."
    assert two == r"Boats wait. The wall is old.\NTekneler {bekler} \N. Duvar eski. Yağmur."
    assert three == "Nobody answered."


def test_ass_takes_nothing_in_a_text_for_a_command(tmp_path: Path) -> None:
    write(timed(tmp_path), tmp_path / "b.ass")
    events = pysubs2.load(str(tmp_path / "b.ass")).events
    assert events[1].style == "Source"
    assert events[1].text.count("\\N") == 1
    assert events[1].text.count("{\\r") == 1
    assert "\\{bekler\\}" in events[1].text


def test_the_times_of_the_target_and_what_stands_alone(tmp_path: Path) -> None:
    base = timed(tmp_path)
    beads = tuple(sorted((Bead(b.target, b.source, b.score) for b in base.beads), key=lambda b: b.source))
    write(Bitext(base.target, base.source, beads), tmp_path / "b.srt")
    events = pysubs2.load(str(tmp_path / "b.srt")).events
    assert [(e.start, e.end) for e in events] == [(1000, 5000), (5000, 6500), (9000, 9200)]
    assert events[0].text.startswith("Altıda")
    write(base, tmp_path / "c.srt", unaligned=False)
    assert len(pysubs2.load(str(tmp_path / "c.srt")).events) == 2


def test_no_text_is_lost_and_cues_run_forward(tmp_path: Path) -> None:
    """Also where links cross."""
    base = timed(tmp_path)
    crossed = replace(base, beads=(Bead((0,), (4,), 0.9), Bead((1, 3), (0,), 0.9), Bead((2,), (1, 3), 0.8)))
    write(crossed, tmp_path / "b.srt")
    events = pysubs2.load(str(tmp_path / "b.srt")).events
    text = " ".join(event.text for event in events)
    for segment in (*crossed.source.segments, *crossed.target.segments):
        assert segment.shown in text
    assert all(a.start < b.start and a.end <= b.start for a, b in pairwise(events))
    assert all(event.start < event.end for event in events)


def test_without_times_there_are_no_subtitles(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no segment has a time"):
        write(harbour(), tmp_path / "b.srt")
    assert not list(tmp_path.iterdir())


def book_of(bitext: Bitext) -> zipfile.ZipFile:
    sink = io.BytesIO()
    dump(bitext, sink, format="epub")
    return zipfile.ZipFile(sink)


@given(bitexts())
def test_a_book_is_whole_and_holds_all_texts(bitext: Bitext) -> None:
    book = book_of(bitext)
    first = book.infolist()[0]
    assert (first.filename, first.compress_type, book.read(first)) == ("mimetype", 0, b"application/epub+zip")
    roots = {
        name: etree.fromstring(book.read(name)) for name in book.namelist() if name.endswith(("ml", "opf"))
    }
    package = roots["book/book.opf"]
    items = {item.get("id"): item.get("href") for item in package.iter("{*}item")}
    assert {f"book/{href}" for href in items.values()} | {
        "mimetype",
        "META-INF/container.xml",
        "book/book.opf",
    } == {*book.namelist()}
    spine = [items[ref.get("idref")] for ref in package.iter("{*}itemref")]
    toc = [a.get("href") for a in roots["book/nav.xhtml"].iter("{*}a")]
    assert spine == toc != []
    assert package.findtext(".//{*}identifier")
    assert package.findtext(".//{*}title")
    pages = [roots[f"book/{name}"] for name in spine]
    for name, own in (("source", bitext.source), ("target", bitext.target)):
        told = [p for page in pages for p in page.iter("{*}p") if p.get("class") == name]
        shown = ["".join(p.itertext()) for p in told]
        assert {re.sub("[\ufffe\uffff]", "", _plain(s)) for s in own.segments} == set(shown)


def _plain(segment: Segment) -> str:
    return segment.shown.encode("utf-8", "backslashreplace").decode()


def test_a_book_for_readers() -> None:
    book = book_of(harbour())
    (page,) = [name for name in book.namelist() if re.fullmatch(r"book/c\d+\.xhtml", name)]
    root = etree.fromstring(book.read(page))
    pairs = [[(p.get("lang"), p.get("dir")) for p in div.iter("{*}p")] for div in root.iter("{*}div")]
    assert pairs[0] == [("ar", "rtl"), ("en", "ltr")]
    assert pairs[3] == [("ar", "rtl"), ("en", "ltr"), ("en", "ltr")]
    assert [div.get("class") for div in root.iter("{*}div")].count("pair alone") == 2
    package = etree.fromstring(book.read("book/book.opf"))
    assert [tag.text for tag in package.iter("{*}language")] == ["ar", "en"]
    assert package.find("{*}spine").get("page-progression-direction") == "rtl"
    assert book_of(harbour()).read(page) == book.read(page)


def test_chapters_are_those_of_the_text(tmp_path: Path) -> None:
    segments = [replace(s, place=f"chapter {1 + s.id // 2} paragraph 1") for s in harbour().source.segments]
    bitext = replace(harbour(), source=replace(harbour().source, segments=tuple(segments)))
    assert sum("book/c" in name for name in book_of(bitext).namelist()) == 2
    write(bitext, tmp_path / "a.epub")
    text = polyalign.read(tmp_path / "a.epub").text
    assert all(s.shown in text for s in (*bitext.source.segments, *bitext.target.segments))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
@pytest.mark.parametrize(
    ("suffix", "into"),
    [("xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1"), ("docx", "txt:Text (encoded):UTF8")],
)
def test_libreoffice_opens_what_people_get(tmp_path: Path, suffix: str, into: str) -> None:
    write(harbour(), tmp_path / f"a.{suffix}")
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", into, "--outdir", ".", f"a.{suffix}"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    text = (tmp_path / f"a.{into[:3]}").read_text(encoding="utf-8").replace('""', '"')
    both = (harbour().source, harbour().target)
    assert [s.shown for own in both for s in own.segments if s.shown not in text] == []
