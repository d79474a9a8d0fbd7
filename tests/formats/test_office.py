"""DOCX and ODT: what Word and LibreOffice show comes out, once, with its place; the rest is said."""

import io
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import docx as python_docx
import odfdo
import pytest
from docx.enum.section import WD_HEADER_FOOTER
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from polyalign.errors import InputError, UnreadableError
from polyalign.formats import read
from polyalign.formats.common import Blocks
from polyalign.formats.documents import docx, odt
from polyalign.formats.documents.symbols import symbol
from tests.helpers.hostile import changed, changes, members, outcome, zipped
from tests.helpers.samples import ARABIC, TURKISH

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
STRICT = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "style", "manifest")
)
ODF += ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
ODF += ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
ODF += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

PAR = "paragraph 1"

paragraphs = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=30).map(str.strip), max_size=8
)


def written(*texts: str) -> bytes:
    """A Word document by python-docx."""
    document = python_docx.Document()
    for text in texts:
        document.add_paragraph(text)
    return saved(document)


def saved(document: object) -> bytes:
    sink = io.BytesIO()
    document.save(sink)  # type: ignore[attr-defined]
    return sink.getvalue()


def word(body: str, *, head: str = "", **more: str) -> bytes:
    """A Word document with this body, by hand."""
    xml = f"{head}<w:document {W} {MC}><w:body>{body}</w:body></w:document>"
    return zipped({"word/document.xml": xml, **{f"word/{k}.xml": v for k, v in more.items()}})


def open_text(body: str, *, head: str = "", **more: str) -> bytes:
    """An OpenDocument text with this body, by hand."""
    xml = f"{head}<office:document-content {ODF}><office:body><office:text>{body}</office:text></office:body>"
    xml += "</office:document-content>"
    return zipped({"content.xml": xml, **{f"{k}.xml": v for k, v in more.items()}})


def p(text: str, properties: str = "") -> str:
    return f'<w:p><w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def texts(data: bytes, blocks: Callable[..., Blocks] = docx.blocks) -> list[str]:
    return list(blocks(data, name="x").texts)


def notes(data: bytes, blocks: Callable[..., Blocks] = docx.blocks) -> list[str]:
    return list(blocks(data, name="x").notes)


@settings(max_examples=25)
@given(paragraphs)
def test_what_python_docx_wrote_comes_back(written_texts: list[str]) -> None:
    found = docx.blocks(written(*written_texts), name="x")
    expected = {f"paragraph {i}": text for i, text in enumerate(written_texts, 1) if text}
    assert list(found.places) == list(expected)
    assert list(found.texts) == list(expected.values())


def test_headings_lists_tables_and_breaks() -> None:
    document = python_docx.Document()
    document.add_heading("The bridge", 1)
    document.add_paragraph("Stones", style="List Bullet")
    table = document.add_table(2, 3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Cost"
    table.cell(0, 2).text = "Year"
    table.cell(1, 1).text = "Five\nSix"
    table.cell(1, 2).add_table(1, 1).cell(0, 0).text = "inner"
    document.add_paragraph("Last\tone")
    found = docx.blocks(saved(document), name="x")
    assert dict(zip(found.places, found.texts, strict=True)) == {
        "paragraph 1": "The bridge",
        "paragraph 2": "Stones",
        "table 1 cell A1": "Cost",
        "table 1 cell C1": "Year",
        "table 1 cell B2": "Five\nSix",
        "table 2 cell A1": "inner",
        "paragraph 3": "Last\tone",
    }


def test_headers_and_footers_are_said() -> None:
    document = python_docx.Document()
    document.add_paragraph("Text.")
    document.sections[0].header.paragraphs[0].text = "Draft"
    document.sections[0].footer.paragraphs[0].text = "Page"
    assert document.sections[0]._sectPr.get_headerReference(WD_HEADER_FOOTER.PRIMARY) is not None
    found = docx.blocks(saved(document), name="x")
    assert (found.texts, found.notes) == (("Text.",), ("1 header left out", "1 footer left out"))


def test_comments_and_notes_are_said() -> None:
    document = python_docx.Document()
    run = document.add_paragraph("Text.").runs[0]
    document.add_comment(run, text="Really?")
    assert notes(saved(document)) == ["1 comment left out"]
    marks = '<w:r><w:footnoteReference w:id="2"/></w:r>' * 2 + '<w:r><w:endnoteReference w:id="2"/></w:r>'
    data = word(f"<w:p><w:r><w:t>One.</w:t></w:r>{marks}</w:p>")
    assert texts(data) == ["One."]
    assert notes(data) == ["2 footnotes left out", "1 endnote left out"]


def test_charts_and_diagrams_are_said() -> None:
    drawn = "<a:x xmlns:a='urn:a'><a:t>{}</a:t></a:x>"
    held = members(word(p("Text."))) | {
        f"word/charts/chart{i}.xml": drawn.format("Year").encode() for i in (1, 2)
    }
    held |= {"word/diagrams/data1.xml": drawn.format(" ").encode(), "word/diagrams/layout1.xml": b"<x/>"}
    assert notes(zipped(held)) == ["2 charts left out"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>o</w:delText></w:r></w:del>", "new"),
        ("<w:moveFrom><w:r><w:t>a</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>b</w:t></w:r></w:moveTo>", "b"),
        ("<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>", "link"),
        ("<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>field</w:t></w:r></w:sdtContent></w:sdt>", "field"),
        ('<w:fldSimple w:instr="DATE"><w:r><w:t>Monday</w:t></w:r></w:fldSimple>', "Monday"),
        ("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r>", "a\nb"),
        ('<w:r><w:t>a</w:t><w:br w:type="page"/><w:t>b</w:t></w:r>', "a b"),
        ("<w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:softHyphen/><w:t>c</w:t></w:r>", "a\u2011bc"),
        ("<w:bdo w:val='rtl'><w:r><w:t>\u202eabc\u202c</w:t></w:r></w:bdo>", "\u202eabc\u202c"),
        ("<w:ruby><w:rt><w:r><w:t>k</w:t></w:r></w:rt><w:rubyBase><w:t>漢</w:t></w:rubyBase></w:ruby>", "漢"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>seen</w:t></w:r>", "seen"),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>seen</w:t></w:r>', "seen"),
    ],
)  # fmt: skip
def test_what_word_shows_of_a_paragraph(body: str, expected: str) -> None:
    assert texts(word(f"<w:p>{body}</w:p>")) == [expected]


def field(*parts: str) -> str:
    marks = {"begin", "separate", "end"}
    runs = (f'<w:fldChar w:fldCharType="{x}"/>' if x in marks else f"<w:t>{x}</w:t>" for x in parts)
    return "".join(f"<w:r>{run}</w:r>" for run in runs)


def test_fields_give_their_results() -> None:
    nested = field(
        "begin", "IF ", "begin", "PAGE", "separate", "1", "end", " = 1", "separate", "first", "end", "."
    )
    assert texts(word(f"<w:p>{nested}</w:p>")) == ["first."]
    over_paragraphs = f"<w:p>{field('begin', 'TOC', 'separate', 'One')}</w:p><w:p>{field('Two', 'end')}</w:p>"
    assert texts(word(over_paragraphs)) == ["One", "Two"]
    assert texts(word(f"<w:p>{field('begin', 'kept')}</w:p>" + p("too"))) == ["kept", "too"], "never ended"


def test_of_alternatives_one_is_read_and_text_boxes_follow_their_paragraph() -> None:
    box = f"<w:drawing><w:txbxContent>{p('Inside')}</w:txbxContent></w:drawing>"
    both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    both = f"<mc:AlternateContent>{both}</mc:AlternateContent>"
    found = docx.blocks(word(f"<w:p><w:r><w:t>Around</w:t>{both}</w:r></w:p>" + p("After")), name="x")
    assert dict(zip(found.texts, found.places, strict=True)) == {
        "Around": "paragraph 1",
        "Inside": "text box 1",
        "After": "paragraph 2",
    }


def test_a_paragraph_whose_end_is_deleted_runs_on_and_deleted_rows_are_gone() -> None:
    first = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t xml:space='preserve'>One </w:t></w:r></w:p>"
    assert texts(word(first + p("two"))) == ["One two"]
    row = "<w:tr>{}<w:tc>{}</w:tc></w:tr>"
    gone = row.format("<w:trPr><w:del/></w:trPr>", p("gone"))
    found = docx.blocks(word(f"<w:tbl>{gone}{row.format('', p('kept'))}</w:tbl>"), name="x")
    assert (found.texts, found.places) == (("kept",), ("table 1 cell A1",))


def test_the_language_that_most_text_states() -> None:
    turkish = '<w:rPr><w:lang w:val="tr-TR" w:bidi="ar-EG"/></w:rPr>'
    assert docx.blocks(word(p(TURKISH, turkish) + p("Hi")), name="x").language == "tr-TR"
    assert docx.blocks(word(p(ARABIC, turkish)), name="x").language == "ar-EG"
    assert docx.blocks(written(TURKISH), name="x").language == "", "python-docx's template says en-US"
    styles = f'<w:styles {W}><w:rPrDefault><w:rPr><w:lang w:val="de-DE"/></w:rPr></w:rPrDefault></w:styles>'
    assert docx.blocks(word(p("Hallo"), styles=styles), name="x").language == "de-DE"


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def package(main: str, target: str, *, kind: str = RELATIONS, beside: dict[str, str] | None = None) -> bytes:
    """A package whose main part is this member, with parts beside it by what they are ("styles")."""
    beside = beside or {}
    folder, _, base = main.rpartition("/")
    folder += "/" if folder else ""
    rels = (
        f'<Relationships><Relationship Id="r" Type="{kind}officeDocument" Target="{target}"/></Relationships>'
    )
    own = "".join(
        f'<Relationship Id="{what}" Type="{kind}{what}" Target="{what}-of-mine.xml"/>' for what in beside
    )
    space = STRICT if kind == STRICT_RELATIONS else W
    types = f'<Types><Override PartName="/{main}" ContentType="{MAIN_TYPE}"/></Types>'
    return zipped(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": rels,
            main: f"<w:document {space}><w:body>{p('Text')}{p('Hid', STYLED)}</w:body></w:document>",
            f"{folder}_rels/{base}.rels": f"<Relationships>{own}</Relationships>",
            **{f"{folder}{what}-of-mine.xml": xml.replace(W, space) for what, xml in beside.items()},
        }
    )


STYLED = '<w:rPr><w:rStyle w:val="H"/></w:rPr>'
HIDING = (
    f'<w:styles {W}><w:style w:styleId="H" w:type="character"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
)


@pytest.mark.parametrize(
    ("main", "target"),
    [
        ("word/document2.xml", "word/document2.xml"),
        ("word/document2.xml", "/word/document2.xml"),
        ("word/document2.xml", "./word/../word/document2.xml"),
        ("word/Document.XML", "/Word/document.xml"),
        ("main.xml", "main.xml"),
        ("a folder/the text.xml", "a%20folder/the%20text.xml"),
        ("document/part0", "document/part0"),
    ],
)
@pytest.mark.parametrize("kind", [RELATIONS, STRICT_RELATIONS])
def test_the_main_part_and_what_belongs_to_it_is_what_the_package_says(
    tmp_path: Path, main: str, target: str, kind: str
) -> None:
    header = f"<w:hdr {W}>{p('Head')}</w:hdr>"
    data = package(main, target, kind=kind, beside={"styles": HIDING, "header": header})
    found = docx.blocks(data, name="x")
    assert (found.texts, found.notes) == (("Text",), ("1 hidden stretch left out", "1 header left out"))
    (tmp_path / "a.bin").write_bytes(data)
    assert read(tmp_path / "a.bin").text == "Text"


def test_python_docx_agrees_where_the_main_part_is() -> None:
    data = members(written("One.", "نعم."))
    moved = {name.replace("document.xml", "document2.xml"): held for name, held in data.items()}
    for name in ("[Content_Types].xml", "_rels/.rels"):
        moved[name] = moved[name].replace(b"word/document.xml", b"word/document2.xml")
    theirs = python_docx.Document(io.BytesIO(zipped(moved)))
    assert texts(zipped(moved)) == [paragraph.text for paragraph in theirs.paragraphs] == ["One.", "نعم."]


def test_another_kind_of_package_is_no_word_document() -> None:
    sheet = zipped({"word/document.xml": "<workbook/>"})
    with pytest.raises(UnreadableError, match="no Word document"):
        docx.blocks(sheet, name="x")


def style(name: str, kind: str, vanish: str = "", based: str = "", *, usual: bool = False) -> str:
    on = {"": "", "on": "<w:vanish/>", "off": '<w:vanish w:val="false"/>'}[vanish]
    parent = f'<w:basedOn w:val="{based}"/>' if based else ""
    default = ' w:default="1"' if usual else ""
    return f'<w:style w:type="{kind}" w:styleId="{name}"{default}>{parent}<w:rPr>{on}</w:rPr></w:style>'


def defaults(mark: str) -> str:
    return f"<w:docDefaults><w:rPrDefault><w:rPr>{mark}</w:rPr></w:rPrDefault></w:docDefaults>"


@pytest.mark.parametrize(
    ("styles", "named", "own", "shown"),
    [
        (style("C", "character", "on"), "C", "", False),
        (style("C", "character", "on"), "C", "off", True),
        (style("C", "character", "off"), "C", "on", False),
        (style("C", "character", "on"), "", "", True),
        (style("B", "character", "on") + style("C", "character", "", "B"), "C", "", False),
        (style("B", "character", "on") + style("C", "character", "off", "B"), "C", "", True),
        (style("A", "character", "on") + style("B", "character", "", "A") + style("C", "character", "", "B"),
         "C", "", False),
        (style("C", "character", "", "B") + style("B", "character", "", "C"), "C", "", True),  # a circle
        (style("C", "character", "", "none"), "C", "", True),
        (style("P", "paragraph", "on"), "P", "", False),
        (style("P", "paragraph", "on"), "P", "off", True),
        (style("P", "paragraph", "on") + style("C", "character", "on"), "PC", "", True),  # they toggle
        (style("P", "paragraph", "on") + style("C", "character", "off"), "PC", "", False),
        (style("N", "paragraph", "on", usual=True), "", "", False),
        (style("N", "paragraph", "on", usual=True), "missing", "", False),
        (style("N", "paragraph", "on", usual=True) + style("P", "paragraph", "off"), "P", "", True),
        (style("N", "paragraph", "on", usual=True) + style("P", "paragraph"), "P", "", True),
        (defaults("<w:vanish/>"), "", "", False),
        (defaults("<w:vanish/>"), "", "off", True),
        (defaults('<w:vanish w:val="0"/>'), "", "", True),
    ],
)  # fmt: skip
def test_text_is_hidden_by_its_styles(styles: str, named: str, own: str, shown: bool) -> None:
    direct = {"": "", "on": "<w:vanish/>", "off": '<w:vanish w:val="0"/>'}[own]
    of_paragraph = next((name for name in (named[:1], named) if name in ("P", "missing")), "")
    of_run = "C" if "C" in named else ""
    body = f'<w:p><w:pPr><w:pStyle w:val="{of_paragraph}"/><w:rPr><w:vanish/></w:rPr></w:pPr>'
    body += f'<w:r><w:rPr><w:rStyle w:val="{of_run}"/>{direct}</w:rPr><w:t>words</w:t></w:r></w:p>'
    found = docx.blocks(word(body, styles=f"<w:styles {W}>{styles}</w:styles>"), name="x")
    assert found.texts == (("words",) if shown else ())
    assert found.notes == (() if shown else ("1 hidden stretch left out",))


def test_a_table_is_hidden_by_its_style_and_nothing_after_it() -> None:
    styles = f"<w:styles {W}>{style('T', 'table', 'on')}</w:styles>"
    inner = "<w:tbl>{}<w:tr><w:tc>{}</w:tc></w:tr></w:tbl>"
    table = inner.format('<w:tblPr><w:tblStyle w:val="T"/></w:tblPr>', p("in") + inner.format("", p("inner")))
    assert texts(word(table + p("after"), styles=styles)) == ["inner", "after"]


def test_what_is_hidden_hides_its_text_box_and_ends_its_field() -> None:
    hidden = "<w:rPr><w:vanish/></w:rPr>"
    box = f"<w:r>{hidden}<w:drawing><w:txbxContent>{p('Inside')}</w:txbxContent></w:drawing></w:r>"
    begin = f'<w:r>{hidden}<w:fldChar w:fldCharType="begin"/><w:instrText>XE "a"</w:instrText></w:r>'
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    assert texts(word(f"<w:p>{box}</w:p><w:p>{begin}{end}<w:r><w:t>seen</w:t></w:r></w:p>")) == ["seen"]


def sym(font: str, code: str) -> str:
    return f'<w:p><w:r><w:sym w:font="{font}" w:char="{code}"/></w:r></w:p>'


@pytest.mark.parametrize(
    ("font", "code", "expected"),
    [
        ("Symbol", "F061", "α"),
        ("symbol", "0061", "α"),
        ("Symbol", "F0B3", "≥"),
        ("Wingdings", "F0E0", "→"),
        ("Wingdings", "F0DF", "←"),
        ("Wingdings", "F04A", "☺"),
        ("Wingdings", "F0FC", "✓"),
        ("Wingdings", "F0FE", "☑"),
        ("Wingdings", "F06C", "●"),
        ("Wingdings", "F0A7", "▪"),
        ("Wingdings 2", "F052", "☑"),
        ("Wingdings 3", "F075", "▶"),
        ("Webdings", "F061", "✔"),
        ("MS Gothic", "2610", "☐"),
        ("Segoe UI Symbol", "1F600", "😀"),
    ],
)
def test_symbols(font: str, code: str, expected: str) -> None:
    assert texts(word(sym(font, code))) == [expected]


@pytest.mark.parametrize(
    ("font", "code"),
    [("My Icons", "F061"), ("Symbol", "F0FF"), ("Symbol", "zz"), ("Arial", "D800"), ("", "")],
)
def test_a_symbol_that_unicode_has_not_is_said(font: str, code: str) -> None:
    found = docx.blocks(word(sym(font, code) + p("Text") + sym(font, code)), name="x")
    assert (found.texts, found.notes) == (("Text",), ("2 symbols left out",))


def test_the_symbol_font_is_as_adobe_says() -> None:
    """Its encoding in the font metrics that matplotlib ships, the glyphs' names by fontTools."""
    agl = pytest.importorskip("fontTools.agl")
    matplotlib = pytest.importorskip("matplotlib")
    metrics = Path(matplotlib.get_data_path()) / "fonts" / "pdfcorefonts" / "Symbol.afm"
    named = re.findall(r"^C (\d+) ; .*? N (\w+) ;", metrics.read_text(encoding="latin-1"), re.MULTILINE)
    theirs = {int(code): agl.toUnicode(name) for code, name in named}
    alike = {"∗": "*", "∆": "Δ", "∼": "~"}  # of which the letter or sign of everyday text is meant
    different = {
        code: (symbol("Symbol", code), char)
        for code, char in theirs.items()
        if unicodedata.normalize("NFKC", alike.get(char, char))
        != unicodedata.normalize("NFKC", symbol("Symbol", code))
        and not "\ue000" <= char <= "\uf8ff"  # where Adobe's list has no character of Unicode
    }
    assert len(theirs) > 180
    assert not different


def test_private_characters_in_a_symbol_font_are_what_it_shows() -> None:
    direct = '<w:rPr><w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/></w:rPr>'
    assert texts(word(p("a \uf061", direct))) == ["a α"]
    assert texts(word(p("\uf061"))) == ["\uf061"]
    fonts = '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr>'
    held = f'<w:style w:type="character" w:styleId="W">{fonts}</w:style>'
    held += '<w:style w:type="character" w:styleId="V"><w:basedOn w:val="W"/></w:style>'
    body = p("\uf0e0", '<w:rPr><w:rStyle w:val="V"/></w:rPr>')
    assert texts(word(body, styles=f"<w:styles {W}>{held}</w:styles>")) == ["→"]


def test_what_odfdo_wrote_comes_back() -> None:
    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Header(1, "The bridge"))
    paragraph = odfdo.Paragraph("It will  reopen.")
    paragraph.insert_note(after="reopen", note_id="n1", citation="1", body="A note.")
    document.body.append(paragraph)
    document.body.append(odfdo.List(["One", "Two"]))
    table = odfdo.Table("Costs", width=2, height=2)
    table.set_value("A1", "Year")
    table.set_value("B2", "Five")
    document.body.append(table)
    found = odt.blocks(saved(document), name="x")
    assert dict(zip(found.places, found.texts, strict=True)) == {
        "paragraph 1": "The bridge",
        "paragraph 2": "It will  reopen.",
        "paragraph 3": "One",
        "paragraph 4": "Two",
        "table 1 cell A1": "Year",
        "table 1 cell B2": "Five",
    }
    assert found.notes == ("1 footnote left out",)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<text:h>Head</text:h><text:p/><text:p>Text</text:p>", {PAR: "Head", "paragraph 3": "Text"}),
        ("<text:p>a<text:s text:c='3'/>b<text:tab/>c<text:line-break/>d</text:p>", {PAR: "a   b\tc\nd"}),
        ("<text:p>\n a\n  <text:span>b</text:span></text:p>", {"paragraph 1": "a b"}),
        (
            "<text:list><text:list-item><text:p>One</text:p></text:list-item></text:list>"
            "<text:section><text:p>Two</text:p></text:section>",
            {"paragraph 1": "One", "paragraph 2": "Two"},
        ),
        (
            "<text:tracked-changes><text:changed-region><text:p>old</text:p></text:changed-region>"
            "</text:tracked-changes><text:p>a<text:change-start/>new<text:change-end/></text:p>",
            {"paragraph 1": "anew"},
        ),
        (
            "<text:p>Around<draw:frame><draw:text-box><text:p>Inside</text:p></draw:text-box></draw:frame></text:p>",
            {"paragraph 1": "Around", "text box 1": "Inside"},
        ),
        (
            "<text:p><text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>k</text:ruby-text></text:ruby>"
            "</text:p>",
            {PAR: "漢"},
        ),
        (
            "<table:table><table:table-header-rows><table:table-row table:number-rows-repeated='2'>"
            "<table:table-cell table:number-columns-repeated='25'/><table:table-cell><text:p>AA</text:p>"
            "</table:table-cell></table:table-row></table:table-header-rows><table:table-row><table:table-cell>"
            "<text:p>low</text:p></table:table-cell></table:table-row></table:table>",
            {"table 1 cell Z1": "AA", "table 1 cell A3": "low"},
        ),
    ],
)  # fmt: skip
def test_what_libreoffice_shows(body: str, expected: dict[str, str]) -> None:
    found = odt.blocks(open_text(body), name="x")
    assert dict(zip(found.places, found.texts, strict=True)) == expected


def test_notes_and_comments_of_odt_are_said() -> None:
    note = '<text:note text:note-class="{}"><text:note-body><text:p>n</text:p></text:note-body></text:note>'
    comment = "<office:annotation><text:p>c</text:p></office:annotation>"
    body = f"<text:p>A{note.format('footnote')}b{note.format('endnote')}{comment}</text:p>"
    assert texts(open_text(body), odt.blocks) == ["Ab"]
    said = ["1 footnote left out", "1 endnote left out", "1 comment left out"]
    assert notes(open_text(body), odt.blocks) == said
    header = "<style:header><text:p>H</text:p></style:header><style:footer/>"
    styles = f"<office:document-styles {ODF}>{header}</office:document-styles>"
    assert notes(open_text("<text:p>A</text:p>", styles=styles), odt.blocks) == ["1 header left out"]


def test_the_language_of_an_odt() -> None:
    meta = f"<office:document-meta {ODF}><dc:language>tr-TR</dc:language></office:document-meta>"
    assert odt.blocks(open_text("<text:p>Merhaba</text:p>", meta=meta), name="x").language == "tr-TR"
    properties = 'fo:language="de" fo:country="DE" style:language-complex="fa" style:country-complex="none"'
    style = f'<style:default-style style:family="paragraph"><style:text-properties {properties}/>'
    styles = f"<office:document-styles {ODF}>{style}</style:default-style></office:document-styles>"
    assert odt.blocks(open_text("<text:p>Hallo</text:p>", styles=styles), name="x").language == "de-DE"
    assert odt.blocks(open_text(f"<text:p>{ARABIC}</text:p>", styles=styles), name="x").language == "fa"
    plain = styles.replace('"de"', '"en"').replace('"DE"', '"US"')
    assert odt.blocks(open_text("<text:p>Hallo</text:p>", styles=plain), name="x").language == ""


def odt_style(name: str, family: str, properties: str = "", parent: str = "") -> str:
    above = f' style:parent-style-name="{parent}"' if parent else ""
    text = f"<style:text-properties {properties}/>" if properties else ""
    return f'<style:style style:name="{name}" style:family="{family}"{above}>{text}</style:style>'


ODT_STYLES = "".join(
    (
        odt_style("H", "text", 'text:display="none"'),
        odt_style("I", "text", parent="H"),
        odt_style("S", "text", 'text:display="true"', "H"),
        odt_style("P", "paragraph", 'text:display="none"'),
        odt_style("W", "text", 'style:font-name="Wingdings1"'),
    )
)
ODT_FONTS = '<style:font-face style:name="Wingdings1" svg:font-family="\'Wingdings\'"/>'


@pytest.mark.parametrize("style", ["H", "I"])
def test_text_of_an_odt_is_hidden_by_its_styles(style: str) -> None:
    styles = f"<office:document-styles {ODF}>{ODT_STYLES}</office:document-styles>"
    body = f'<text:p>a<text:span text:style-name="{style}">hid</text:span><text:span text:style-name="S">b'
    body += '</text:span></text:p><text:p text:style-name="P">hid</text:p>'
    body += '<text:section text:display="none"><text:p>hid</text:p></text:section><text:p>c</text:p>'
    found = odt.blocks(open_text(body, styles=styles), name="x")
    assert (found.texts, found.notes) == (("ab", "c"), ("3 hidden stretches left out",))


def test_symbols_of_an_odt() -> None:
    head = 'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
    styles = f"<office:document-styles {ODF} {head}>{ODT_FONTS}{ODT_STYLES}</office:document-styles>"
    body = '<text:p>\uf0e0<text:span text:style-name="W">\uf0e0 b</text:span></text:p>'
    assert texts(open_text(body, styles=styles), odt.blocks) == ["\uf0e0→ b"]


def flat(data: bytes) -> bytes:
    """An OpenDocument text as one file of XML."""
    held = members(data)
    parts = [
        etree.fromstring(held[name]) for name in ("meta.xml", "styles.xml", "content.xml") if name in held
    ]
    spaces = {prefix: uri for part in parts for prefix, uri in part.nsmap.items()}
    office = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
    root = etree.Element(f"{office}document", {f"{office}mimetype": ODT_TYPE}, nsmap=spaces)
    for part in parts:
        root.extend(list(part))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


ODT_TYPE = "application/vnd.oasis.opendocument.text"


def test_a_flat_file_is_the_archive_in_one_piece(tmp_path: Path) -> None:
    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Header(1, "The bridge"))
    document.body.append(odfdo.Paragraph("It will  reopen."))
    document.body.append(odfdo.List(["One", "İki"]))
    data = saved(document)
    assert odt.blocks(flat(data), name="x") == odt.blocks(data, name="x")
    picture = b"<office:binary-data>" + b"QUFB\n" * 3_000_000 + b"</office:binary-data>"
    drawn = flat(data).replace(
        b"</text:h>", b"<draw:frame><draw:image>" + picture + b"</draw:image></draw:frame></text:h>"
    )
    assert odt.blocks(drawn, name="x").texts == odt.blocks(data, name="x").texts
    for name in ("a.fodt", "a.xml", "a.txt"):
        (tmp_path / name).write_bytes(flat(data))
        assert read(tmp_path / name).text == "The bridge\n\nIt will  reopen.\n\nOne\n\nİki"


def test_an_encrypted_odt_is_refused() -> None:
    manifest = f"<manifest:manifest {ODF}><manifest:encryption-data/></manifest:manifest>"
    data = zipped({"content.xml": b"\x8f\x01", "META-INF/manifest.xml": manifest})
    with pytest.raises(UnreadableError, match="it is encrypted: save it without a password"):
        odt.blocks(data, name="x")


BOTH = pytest.mark.parametrize(
    ("blocks", "build", "good"),
    [
        (docx.blocks, word, p("text &amp; more")),
        (odt.blocks, open_text, "<text:p>text &amp; more</text:p>"),
    ],
)


@BOTH
@pytest.mark.parametrize("head", [BOMB, OUTSIDE])
def test_declared_entities_are_refused(
    blocks: Callable[..., Blocks], build: Callable[..., bytes], good: str, head: str
) -> None:
    assert texts(build(good), blocks) == ["text & more"]
    with pytest.raises(InputError, match="declares entities, as XML bombs do"):
        blocks(build(good.replace("&amp;", "&a;"), head=head), name="x")


@BOTH
def test_damaged_xml_and_deep_nesting(
    blocks: Callable[..., Blocks], build: Callable[..., bytes], good: str
) -> None:
    with pytest.raises(UnreadableError, match="is damaged"):
        blocks(build(good + "<"), name="x")
    deep = build("<w:sdt>" * 100_000 + good)
    with pytest.raises(UnreadableError, match="is damaged"):
        blocks(deep, name="x")
    with pytest.raises(UnreadableError, match="ZIP archive but no"):
        blocks(zipped({"other.txt": b""}), name="x")


@pytest.mark.parametrize("data", [b"", b"\0", b"<html>", b"PK\x03\x04", b"%PDF-1.4"])
def test_what_is_no_office_file(data: bytes) -> None:
    for blocks in (docx.blocks, odt.blocks):
        with pytest.raises(UnreadableError, match=r"^x: "):
            blocks(data, name="x")


SAMPLE_DOCX = {"word/document.xml": members(written("One.", ARABIC, TURKISH))["word/document.xml"]}
SAMPLE_FLAT = flat(open_text("<text:h>H</text:h><text:p>a<text:s text:c='2'/>b &amp; c</text:p>"))
SAMPLE_ODT = members(open_text("<text:h>H</text:h><text:p>a<text:s text:c='2'/>b</text:p>" * 3))


@settings(max_examples=150)
@given(changes)
def test_changed_documents_give_blocks_or_one_line(todo: list[tuple[str, float, bytes]]) -> None:
    for blocks, sample in ((docx.blocks, SAMPLE_DOCX), (odt.blocks, SAMPLE_ODT)):
        for member, content in sample.items():
            outcome(blocks, zipped(sample | {member: changed(content, todo)}))
        outcome(blocks, changed(zipped(sample), todo))
    outcome(odt.blocks, changed(SAMPLE_FLAT, todo))
