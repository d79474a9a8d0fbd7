"""What is said of files that are not what was asked for, or are damaged: one line that helps to mend them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import polyalign
from polyalign.cli import main
from polyalign.errors import PolyalignError
from tests.helpers.hostile import zipped


def compound(stream: str) -> bytes:
    """A compound file, as old programs make it, and a password, with the name of a stream."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + f"{stream}\0".encode("utf-16-le") + b"\0" * 999
    )


def package(main_type: str, main_part: str) -> bytes:
    """A package of Office Open XML with this main part."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    stated = f'<Override PartName="/{main_part}" ContentType="{main_type}"/>'
    return zipped(
        {
            "[Content_Types].xml": f"<Types>{stated}</Types>",
            "_rels/.rels": f'<R><Relationship Type="{kind}" Target="{main_part}"/></R>',
            main_part: "<a/>",
        }
    )


def open_document(mimetype: str, *, encrypted: bool = False) -> bytes:
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<m:file-entry xmlns:m="{manifest}"><m:encryption-data/></m:file-entry>' if encrypted else "<a/>"
    held = {"mimetype": mimetype, "META-INF/manifest.xml": f"<a>{entry}</a>"}
    return zipped(held | ({"encrypted-package": b"\x8f"} if encrypted else {"content.xml": "<a/>"}))


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
ODT, ODS = (f"application/vnd.oasis.opendocument.{kind}" for kind in ("text", "spreadsheet"))
ODF = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
TMX = '<?xml version="1.0" encoding="{}"?>\n<tmx version="1.4"><header srclang="tr"/><body>\n{}</body></tmx>'
TU = '<tu><tuv xml:lang="tr"><seg>{}</seg></tuv><tuv xml:lang="en"><seg>{}</seg></tuv></tu>\n'
TURKISH = "Belediye, eski köprünün onarımının kıştan önce biteceğini açıkladı; işçiler gece gündüz çalışıyor."
PASSWORD = "is protected by a password"
REVIEW = "holds pairs, not one text: open it with polyalign review "


def tmx(*texts: str, encoding: str = "utf-8", codec: str = "utf-8") -> bytes:
    return TMX.format(encoding, "".join(TU.format(text, "Text.") for text in texts)).encode(codec)


def ttml(encoding: str, codec: str) -> bytes:
    said = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    return f"{said}\n<tt><body><div><p>{TURKISH}</p></div></body></tt>".encode(codec)


READ, PAIRS = polyalign.read, polyalign.read_bitext

CASES: list[tuple[Callable[[Path], object], str, bytes | str, str]] = [
    # under a password
    (READ, "a.docx", compound("EncryptedPackage"), PASSWORD),
    (READ, "a.txt", compound("EncryptedPackage"), PASSWORD),
    (READ, "a.docx", compound(""), "if it is protected by a password, save it without one"),
    (PAIRS, "a.xlsx", compound("EncryptedPackage"), PASSWORD),
    (READ, "a.xlsx", compound("EncryptedPackage"), PASSWORD),
    (READ, "a.odt", open_document(ODT, encrypted=True), PASSWORD),
    (READ, "a.docx", compound("WordDocument"), "this is an old Word file: save it as .docx"),
    (PAIRS, "a.xlsx", compound("Workbook"), "this is an old Excel file: save it as .xlsx"),
    (READ, "a.doc", compound("WordDocument"), "this is an old Word file: save it as .docx"),
    # pairs, where one text was expected: the command that opens them
    (READ, "a.tmx", tmx("Bir."), REVIEW),
    (READ, "a.tmx.gz", tmx("Bir."), REVIEW),
    (READ, "a.sdlxliff", "<xliff version='1.2'/>", REVIEW),
    (READ, "a.xlsx", package(SHEET, "xl/workbook.xml"), REVIEW),
    (READ, "a.txt", tmx("Bir."), r"open it with polyalign review \S*a\.txt"),
    (READ, "a.xml", "<xliff/>", r"open it with polyalign review \S*a\.xml"),
    (READ, "a.txt", package(SHEET, "book.xml"), r"call it \S*a\.xlsx and open it"),
    (READ, "a.docx", package(SHEET, "xl/workbook.xml"), r"call it \S*a\.xlsx and open it"),
    # other files that are no text
    (READ, "a.docx", package(SLIDES, "ppt/presentation.xml"), "this is a presentation, not a text"),
    (READ, "a.odt", open_document(ODS), "this is an OpenDocument spreadsheet, not a text"),
    (READ, "a.docx", package("application/xml", "a.xml"), "no Word document: check its suffix"),
    (READ, "a.txt", '<?xml version="1.0"?><TEI><text/></TEI>', r"this is XML \(<TEI>\) that no reader knows"),
    (READ, "a.txt", "<r><s>Bir.</s></r>", r"this is XML \(<r>\) that no reader knows"),
    (READ, "a.xml", "<a:r xmlns:a='urn:a'>Bir.</a:r>", r"this is XML \(<a:r>\) that no reader knows"),
    (READ, "a.smi", "<SAMI><BODY><SYNC Start=1><P>Bir</SAMI>", r"this is XML \(<SAMI>\) that no reader"),
    # damage: the first fault, not what follows from it
    (READ, "a.ttml", "<tt>\n<body>\n<p>&</p>\n</div>\n</tt>", r"its XML is damaged \(line 3: "),
    (READ, "a.fb2", "<FictionBook>\n<body>\n<p>Bir</q>\n<p></FictionBook>", r"damaged \(line 3: .*mismatch"),
    (READ, "a.fodt", f"<office:document {ODF}>\n<a></b>", r"its XML is damaged \(line 2: .*mismatch"),
    (READ, "a.docx", zipped({"word/document.xml": "<a>\n</c>\n</d>"}), r"document.xml' is damaged \(line 2"),
    (PAIRS, "a.tmx", tmx("Bir.", "İki & üç.", "<x></y>"), "line 4: xmlParseEntityRef"),
    (PAIRS, "a.tmx", tmx("Bir.", "İki.")[:-14], "line 4: Premature end"),
    # entities that XML has not
    (PAIRS, "a.tmx", tmx("Bir.", "İki&nbsp;üç.", "<x></y>"), "line 4: Entity 'nbsp' not defined"),
    (PAIRS, "a.xlf", "<xliff>\n<file>&eacute;</file></xliff>", "line 2: Entity 'eacute' not defined"),
    (READ, "a.ttml", "<tt><body>\n<p>&harbour;</p></body></tt>", "line 2: Entity 'harbour' not defined"),
    (READ, "a.ttml", "<!DOCTYPE tt SYSTEM 'x'>\n<tt>\n&harbour;</tt>", "&harbour; in line 3 of its XML"),
    # an encoding that is not the declared one
    (READ, "a.ttml", ttml("UTF-8", "cp1254"), r"is UTF-8, but seems to be windows-1254 \(line 2\)"),
    (READ, "a.ttml", ttml("", "cp1254"), r"says that it is UTF-8, but seems to be windows-1254 \(line 2\)"),
    (READ, "a.ttml", ttml("windows-1254", "utf-8"), "says that it is windows-1254, but it is UTF-8"),
    (READ, "a.ttml", ttml("utf-16", "utf-8"), "says that it is utf-16, but it is UTF-8"),
    (PAIRS, "a.tmx", tmx("Bir.", TURKISH, codec="cp1254"), "line 4: it .* but seems to be windows-1254"),
    (PAIRS, "a.tmx", tmx(TURKISH, encoding="windows-1254"), "says that it is windows-1254, but it is UTF-8"),
    (PAIRS, "a.tmx", tmx(TURKISH, encoding="utf-16"), "it says that it is utf-16, but it is UTF-8"),
    (PAIRS, "a.tmx", tmx(TURKISH, encoding="klingon"), "line 1: .*klingon"),
    # rows that are too short or too long
    (PAIRS, "a.csv", "en,tr,note\na,b,c\nd,e\n", "row 3: a cell is missing, line 3 has 2 .* has 3: add ','"),
    (PAIRS, "a.csv", "en,tr,comment\na,b,c\nd\n", "row 3: 2 cells are missing"),
    (PAIRS, "a.csv", 'en,tr,comment\na,"b\nb",c\nd,e\n', "row 3: a cell is missing, line 4 has 2 columns"),
    (PAIRS, "a.tsv", "en\ttr\na\tb\nc\n", "row 3: a cell is missing, line 3 has 1 .* has 2: add or take"),
    (PAIRS, "a.csv", "en,tr\na,b\nc,d,e\n", "line 3 has 3 columns where the first has 2: quote the cells"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reader", "name", "content", "message"), CASES, ids=[f"{k}-{case[1]}" for k, case in enumerate(CASES)]
)
def test_messages(
    tmp_path: Path, reader: Callable[[Path], object], name: str, content: bytes | str, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(PolyalignError, match=message) as caught:
        reader(path)
    said = str(caught.value)
    assert said.startswith(str(path).removesuffix(".gz"))
    assert "\n" not in said


@pytest.mark.parametrize("command", ["pair", "detect", "translate", "route", "export"])
def test_every_command_names_the_one_that_opens_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    for name, content in (("my pairs.tmx", tmx("Bir.")), ("a.xlsx", package(SHEET, "xl/workbook.xml"))):
        path = tmp_path / name
        path.write_bytes(content)
        code = main([command, str(path), *([str(path)] if command == "pair" else [])])
        said = capsys.readouterr().err
        assert code in (1, 2)
        (shown,) = re.findall("polyalign review ('.*?'|\\S+)", said)
        assert shown.strip("'") == str(path)
        assert said.count("\n") == 1


def test_what_a_message_advises_works(tmp_path: Path) -> None:
    """A file of pairs is read under the name that the message says, whatever its suffix."""
    path = tmp_path / "a.txt"
    path.write_bytes(tmx("Bir."))
    with pytest.raises(PolyalignError) as caught:
        polyalign.read(path)
    (called,) = re.findall(r"polyalign review (\S+)", str(caught.value))
    assert len(polyalign.read_bitext(called).beads) == 1


def test_entities_of_html_are_understood_without_a_document_type(tmp_path: Path) -> None:
    paragraph = "<p{}>Bir&nbsp;iki &eacute;&hellip; &amp;amp;</p>"
    timed, plain = paragraph.format(" begin='1s'"), paragraph.format("")
    texts = {
        "a.ttml": f"<tt><body><div>{timed}</div></body></tt>",
        "a.fb2": f"<FictionBook><body>{plain}</body></FictionBook>",
        "a.xhtml": f"<html xmlns='http://www.w3.org/1999/xhtml'><body>{plain}</body></html>",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        found = polyalign.read(tmp_path / name).text
        assert found.replace("\u00a0", " ") == "Bir iki é… &amp;"
