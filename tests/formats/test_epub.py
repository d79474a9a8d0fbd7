"""EPUB: chapters in the order of the spine, as its packages say, from books made by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyalign.errors import InputError, UnreadableError
from polyalign.formats.common import Blocks
from polyalign.formats.documents.epub import blocks
from tests.helpers.hostile import changed, changes, outcome, zipped

CONTAINER = """<?xml version="1.0"?>
<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
XHTML = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head>
<body>{}</body></html>"""


def book(
    *chapters: str, spine: str = "", title: str = "The bridge", more: dict[str, str] | None = None
) -> dict[str, str]:
    """The members of a book of these bodies."""
    items = "".join(
        f'<item id="c{i}" href="text/c%20{i}.xhtml" media-type="application/xhtml+xml"/>'
        for i in range(len(chapters))
    )
    items += '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    items += '<item id="pic" href="a.png" media-type="image/png"/>'
    refs = spine or "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:language>tr</dc:language></metadata>"
        f"<manifest>{items}</manifest><spine>{refs}</spine></package>"
    )
    pages = {f"OEBPS/text/c {i}.xhtml": XHTML.format(body) for i, body in enumerate(chapters)}
    nav = {"OEBPS/nav.xhtml": XHTML.format("<nav>Contents</nav>")}
    return (
        {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/book.opf": opf}
        | pages
        | nav
        | (more or {})
    )


def read(held: dict[str, str]) -> Blocks:
    return blocks(zipped(held), name="x")


@given(
    st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20), min_size=1, max_size=6)
)
def test_every_chapter_comes_out_in_order(texts: list[str]) -> None:
    found = read(book(*(f"<p>{text}</p>" for text in texts), title=texts[0]))
    assert list(found.texts) == texts
    assert list(found.places) == [f"chapter {i} paragraph 1" for i in range(1, len(texts) + 1)]


def test_a_book() -> None:
    first = '<h1>One</h1><p>It&nbsp;rained&mdash;always.<a epub:type="noteref" href="#n">1</a></p>'
    first += '<aside id="n" epub:type="footnote"><p>n</p></aside>'
    second = "<section><ul><li>a</li></ul><table><tr><td>b</td></tr></table><script/><p>c</p></section>"
    found = read(book(first, "", second))
    assert dict(zip(found.places, found.texts, strict=True)) == {
        "title": "The bridge",
        "chapter 1 heading 1": "One",
        "chapter 1 paragraph 1": "It\u00a0rained—always.",
        "chapter 2 list item 1": "a",
        "chapter 2 table 1 cell A1": "b",
        "chapter 2 paragraph 1": "c",
    }
    assert (found.language, found.notes) == ("tr", ("1 footnote left out",))


def test_the_spine_rules() -> None:
    refs = ("c1", "c0", "c1", "nav", "pic", "none")
    spine = "".join(f'<itemref idref="{ref}"/>' for ref in refs) + '<itemref idref="c2" linear="no"/>'
    held = book("<p>a</p>", "<p>b</p>", "<p>c</p>", spine=spine)
    found = read(held)
    assert found.texts == ("The bridge", "b", "a")
    assert found.notes == (
        "1 table of contents left out",
        "2 pages of another kind left out",
        "1 page outside the reading order left out",
    )
    del held["OEBPS/text/c 0.xhtml"]
    assert "1 missing page left out" in read(held).notes


def test_endnotes_are_counted() -> None:
    notes = '<section epub:type="endnotes"><ol><li>a</li><li>b</li></ol></section>'
    found = read(book(f"<p>Text</p>{notes}"))
    assert (found.texts[1:], found.notes) == (("Text",), ("2 footnotes left out",))


def test_a_chapter_that_is_not_well_formed_is_read_as_browsers_do() -> None:
    assert read(book("<p>One<p>two &bogus; <b>three")).texts[1:] == ("One", "two &bogus; three")


def test_protection() -> None:
    encrypted = '<encryption xmlns="urn:x"><CipherReference URI="{}"/></encryption>'
    member = "META-INF/encryption.xml"
    assert read(book("<p>a</p>", more={member: encrypted.format("OEBPS/font.otf")})).texts[1:] == ("a",)
    with pytest.raises(UnreadableError, match=r"its text is encrypted \(DRM\)"):
        read(book("<p>a</p>", more={member: encrypted.format("OEBPS/text/c%200.xhtml")}))


def test_hostile_chapters() -> None:
    bomb = (
        XHTML.format("<p>&b;</p>")
        .replace("<!DOCTYPE html", '<!DOCTYPE html [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><!--')
        .replace('.dtd">', '.dtd">-->')
    )
    with pytest.raises(InputError, match="declares entities"):
        read(book("", more={"OEBPS/text/c 0.xhtml": bomb}))
    with pytest.raises(InputError, match="nested too deeply"):
        read(book("<div>" * 20_000 + "deep"))
    leading_out = book("<p>a</p>")
    leading_out["OEBPS/book.opf"] = leading_out["OEBPS/book.opf"].replace("text/c%200", "../../etc/passwd")
    assert read(leading_out).notes == ("1 missing page left out",)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({"a": ""}, "ZIP archive but no EPUB book"),
        ({"META-INF/container.xml": CONTAINER}, "its list of chapters is missing"),
        ({"META-INF/container.xml": "<a"}, "is damaged"),
    ],
)
def test_what_is_no_book(held: dict[str, str], message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        read(held)


SAMPLE = book("<h1>One</h1><p>It rained.</p>", "<ul><li>a &amp; b</li></ul>")


@settings(max_examples=150)
@given(st.sampled_from(sorted(SAMPLE)), changes)
def test_changed_books_give_blocks_or_one_line(member: str, todo: list[tuple[str, float, bytes]]) -> None:
    outcome(blocks, zipped(SAMPLE | {member: changed(SAMPLE[member].encode(), todo)}))
    outcome(blocks, changed(zipped(SAMPLE), todo))
