"""What a file says of all or some of its units: headers, notes of files, groups, what is ignorable."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from lxml import etree

from polyalign.cli import main
from polyalign.formats import left_behind, read_bitext, write
from polyalign.formats.validation import faults
from polyalign.store import Store
from tests.helpers.places import DATA

TMX = (
    '<tmx version="1.4"><header creationtool="T" creationtoolversion="9" segtype="paragraph" o-tmf="TW4"'
    ' adminlang="en-us" srclang="en" datatype="html" o-encoding="utf-16" creationdate="20240101T000000Z"'
    ' creationid="ann"><note xml:lang="en">Of the legal team</note><prop type="client">ACME</prop>'
    '<ude name="u"><map unicode="#xF8FF"/></ude></header><body><tu><tuv xml:lang="en"><seg>Open.</seg></tuv>'
    '<tuv xml:lang="tr"><seg>Aç.</seg></tuv></tu></body></tmx>'
)
XLIFF1 = (
    '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2" xmlns:k="urn:k">'
    '<file original="a.html" source-language="en" target-language="tr" datatype="html" product-name="P"'
    ' date="2024-01-01T00:00:00Z" k:x="1"><header><skl><external-file href="a.skl"/></skl>'
    '<phase-group><phase phase-name="p" process-name="translation"/></phase-group>'
    '<note from="ann" priority="2">For the web</note><tool tool-id="t" tool-name="T"/><k:more>of it</k:more>'
    '</header><body><group id="g" resname="menu"><context-group name="c"><context context-type="x-a">v'
    '</context></context-group><note>The menu</note><group id="h"><trans-unit id="1"><source>Open.</source>'
    '<target>Aç.</target></trans-unit></group><trans-unit id="2"><source>Close.</source><target>Kapa.'
    '</target></trans-unit></group><trans-unit id="3"><source>End.</source><target>Son.</target>'
    "</trans-unit></body></file></xliff>"
)
XLIFF2 = (
    '<xliff version="2.1" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="tr"'
    ' xmlns:k="urn:k"><file id="f" original="a.html" canResegment="no" k:x="1"><skeleton href="a.skl"/>'
    '<k:more>of it</k:more><notes><note id="n" priority="2">For the web</note></notes>'
    '<group id="g" name="menu"><notes><note>The menu</note></notes><group id="h"><unit id="1"><originalData>'
    '<data id="d1">&lt;br&gt;</data></originalData><ignorable><source> <ph id="9" dataRef="d1"/></source>'
    "<target>\n</target></ignorable><segment><source>Open.</source><target>Aç.</target></segment><ignorable>"
    "<source>  </source></ignorable><segment><source>Now.</source><target>Şimdi.</target></segment></unit>"
    '</group><unit id="2"><segment><source>Close.</source><target>Kapa.</target></segment></unit></group>'
    '<unit id="3"><segment><source>End.</source><target>Son.</target></segment></unit></file></xliff>'
)
FILES = {"tmx": TMX, "xliff1": XLIFF1, "xliff": XLIFF2}
OURS = ("creationtool", "creationtoolversion", "tool-id", "id")
SUFFIX = {"tmx": "a.tmx", "xliff1": "a.xlf", "xliff": "a.xlf"}


def said(data: bytes) -> set[object]:
    """What an XML reader of its own finds beside the texts, but for ids and what polyalign adds."""
    found = set[object]()
    for element in etree.fromstring(data).iter("{*}header", "{*}file", "{*}group", "{*}ignorable"):
        where = etree.QName(element).localname
        if where != "group" or element.get("id") != "none":
            found.update(
                (where, k, v) for k, v in element.attrib.items() if k not in OURS or where == "group"
            )
        for child in element:
            name = etree.QName(child).localname
            if name not in ("group", "unit", "trans-unit", "body", "header", "skl", "skeleton"):
                text = "".join(child.itertext())
                text = text if where == "ignorable" else text.strip()
                ours = b"polyalign" in etree.tostring(child)
                found.update([] if ours else [(where, name, child.get("name") or child.get("type"), text)])
    return found


def stands_in(data: bytes) -> dict[str, list[str]]:
    """The groups of each source text, from the inside out."""
    sources = etree.fromstring(data).iter("{*}source")
    return {s.text or "": [g.get("id", "") for g in s.iterancestors("{*}group")] for s in sources}


def again(form: str, tmp_path: Path) -> tuple[bytes, bytes]:
    """The file that is read, and the one that is written."""
    path, out = tmp_path / SUFFIX[form], tmp_path / f"out-{SUFFIX[form]}"
    path.write_bytes(FILES[form].encode())
    write(read_bitext(path), out, format=form)
    assert [fault for fault in faults(io.BytesIO(out.read_bytes())) if not fault.warning] == []
    return path.read_bytes(), out.read_bytes()


@pytest.mark.parametrize("form", FILES)
def test_what_is_said_of_a_file_comes_back_in_the_same_format(form: str, tmp_path: Path) -> None:
    given, back = again(form, tmp_path)
    assert said(given) <= said(back)
    before = {text: groups for text, groups in stands_in(given).items() if text.strip()}
    assert before.items() <= stands_in(back).items()


@pytest.mark.parametrize("form", FILES)
def test_so_it_does_out_of_a_project(form: str, tmp_path: Path) -> None:
    given, _ = again(form, tmp_path)
    with Store(tmp_path / "p.polyalign") as store:
        store.add(read_bitext(tmp_path / SUFFIX[form]))
    out = tmp_path / f"p-{SUFFIX[form]}"
    assert main(["export", str(tmp_path / "p.polyalign"), "-o", str(out), "--format", form]) == 0
    assert said(given) <= said(out.read_bytes())


@pytest.mark.parametrize("form", FILES)
def test_a_file_that_we_wrote_says_the_same_when_it_is_written_again(form: str, tmp_path: Path) -> None:
    again(form, tmp_path)
    first, second = tmp_path / f"out-{SUFFIX[form]}", tmp_path / f"second-{SUFFIX[form]}"
    write(read_bitext(first), second, format=form)
    assert second.read_bytes() == first.read_bytes()


def test_a_group_is_written_once_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    path, out = tmp_path / "a.xlf", tmp_path / "b.xlf"
    path.write_text(
        '<xliff version="1.2"><file original="a" source-language="en" target-language="tr" datatype="html">'
        '<body><group id="g"><trans-unit id="1"><source>a</source></trans-unit></group>'
        '<trans-unit id="2"><source>b</source></trans-unit>'
        '<group id="g"><trans-unit id="3"><source>c</source></trans-unit></group></body></file></xliff>'
    )
    write(read_bitext(path), out, format="xliff1", unaligned=True)
    assert stands_in(out.read_bytes()) == {"a": ["g"], "b": [], "c": []}


def test_what_another_format_has_no_place_for_is_counted(tmp_path: Path) -> None:
    again("xliff1", tmp_path)
    lost = left_behind(read_bitext(tmp_path / "a.xlf"), "tsv", unaligned=True)
    assert lost == ["3 ids", "2 groups", "4 details of the file"]


def test_comments_of_trados_are_comments_of_the_segments_that_they_mark(tmp_path: Path) -> None:
    path = DATA / "formats" / "codes" / "trados.sdlxliff"
    definitions = etree.parse(path).iter("{*}cmt-def")
    text = {d.get("id"): "".join(d.itertext()).strip() for d in definitions}["c1"]
    rows = {"".join(s.text for s in row.source): row.review.comment for row in read_bitext(path).rows()}
    assert rows == {"Open the door.": "", "Close it.": text, "code": ""}
    write(read_bitext(path), tmp_path / "a.xlf", format="xliff1")
    notes = etree.parse(tmp_path / "a.xlf").iterfind(".//{*}trans-unit/{*}note")
    assert [note.text for note in notes] == [text]
