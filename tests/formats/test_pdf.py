"""PDF: pages as fpdf2 writes them come back as paragraphs; what a PDF cannot tell is said."""

import io
import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from polyalign.errors import InputError, NotInstalledError, UnreadableError
from polyalign.formats.documents import pdf
from polyalign.formats.documents.pdf import blocks
from tests.helpers.hostile import changed, changes, outcome
from tests.helpers.samples import ARABIC

fpdf = pytest.importorskip("fpdf")
pytest.importorskip("pypdf")

LONG = (
    "The town council said on Monday that the old bridge will reopen before the winter comes, and that the "
    "engineers had replaced the stone piers that were damaged when the river rose so quickly last spring."
)


def written(*pages: list[str], header: str = "", footer: bool = False) -> bytes:
    """A PDF of these pages, each a list of paragraphs."""

    class Page(fpdf.FPDF):  # type: ignore[misc, name-defined]
        def header(self) -> None:
            if header:
                self.cell(text=header, new_x="LMARGIN", new_y="NEXT")

        def footer(self) -> None:
            if footer:
                self.set_y(-15)
                self.cell(text=f"- {self.page_no()} -")

    file = Page()
    file.set_font("helvetica", size=12)
    for paragraphs in pages:
        file.add_page()
        for paragraph in paragraphs:
            file.multi_cell(0, text=paragraph, new_x="LMARGIN", new_y="NEXT", align="L")
    return bytes(file.output())


def test_paragraphs_with_their_pages() -> None:
    found = blocks(written([LONG, "Short one.", LONG], ["Second page."]), name="x")
    assert found.texts == (LONG, "Short one.", LONG, "Second page.")
    assert found.places == ("page 1", "page 1", "page 1", "page 2")
    assert found.notes == ()


def test_running_headers_and_page_numbers_are_left_out_and_said() -> None:
    pages = [[f"{word}: {LONG}", f"{word} again."] for word in ("One", "Two", "Three", "Four")]
    found = blocks(written(*pages, header="Coast Daily", footer=True), name="x")
    assert found.texts == tuple(text for page in pages for text in page)
    assert found.notes == ("8 lines of running headers and footers left out",)


def test_a_sentence_goes_on_over_the_page_and_over_a_hyphen() -> None:
    found = blocks(written(["It was a long", "bridge that the engi-"], ["neers had built."]), name="x")
    assert " ".join(found.texts).endswith("bridge that the engineers had built.")
    assert found.places[-1] == "page 1"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["engi-", "neers"], "engineers"),
        (["North-", "South"], "North- South"),
        (["12-", "year"], "12- year"),
        (["a", "b"], "a b"),
        (["这座", "古桥"], "这座古桥"),
    ],
)
def test_lines_are_joined(lines: list[str], expected: str) -> None:
    assert pdf._joined(lines) == expected


def test_presentation_forms_become_letters() -> None:
    assert pdf._cleaned("\ufb01nd \ufee3\ufeae\ufea3\ufe92\ufe8e\x00\ud800 ") == "find مرحبا"


def test_right_to_left_text_is_warned_of() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    file = fpdf.FPDF()
    file.add_font("dejavu", fname=Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    file.add_page()
    file.set_font("dejavu", size=12)
    file.multi_cell(0, text=ARABIC)
    found = blocks(bytes(file.output()), name="x")
    assert "right-to-left text in a PDF" in found.notes[0]
    assert any("\u0600" <= char <= "\u06ff" for char in found.texts[0])


def test_pages_without_text() -> None:
    found = blocks(written(["Text."], [], ["More."], []), name="x")
    assert found.notes == ("2 pages without text, blank or scanned: 2, 4",)
    with pytest.raises(InputError, match="no page has text, it seems to be scanned: run OCR"):
        blocks(written([], []), name="x")


def test_encryption() -> None:
    for password, readable in (("", True), ("secret", False)):
        file = fpdf.FPDF()
        file.set_encryption(owner_password="owner", user_password=password)
        file.add_page()
        file.set_font("helvetica", size=12)
        file.cell(text="Hidden text")
        data = bytes(file.output())
        if readable:
            assert blocks(data, name="x").texts == ("Hidden text",)
        else:
            with pytest.raises(UnreadableError, match="this PDF is encrypted: save it without a password"):
                blocks(data, name="x")


def test_the_language_of_the_file() -> None:
    file = fpdf.FPDF()
    file.set_lang("tr-TR")
    file.add_page()
    file.set_font("helvetica", size=12)
    file.cell(text="Merhaba")
    assert blocks(bytes(file.output()), name="x").language == "tr-TR"


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04", b"%PDF-1.7", b"%PDF-1.7\n" + b"\0" * 500])
def test_what_is_no_pdf(data: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^x: this (is no PDF|PDF is damaged)"):
        blocks(data, name="x")


def test_too_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 1)
    with pytest.raises(InputError, match="has 2 pages, above the limit of 1"):
        blocks(written(["a"], ["b"]), name="x")


def test_without_pypdf_the_line_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(NotInstalledError, match=r"pip install 'polyalign\[pdf\]'"):
        blocks(b"%PDF-1.7", name="x")


def test_nothing_is_logged_of_repairs(caplog: pytest.LogCaptureFixture) -> None:
    damaged = written([LONG]).replace(b"startxref", b"startxxxx")
    with caplog.at_level(logging.DEBUG):
        outcome(blocks, damaged)
    assert not caplog.records


SAMPLE = written([LONG, "One."], ["Two."])


@settings(max_examples=150)
@given(changes)
def test_changed_files_give_blocks_or_one_line(todo: list[tuple[str, float, bytes]]) -> None:
    outcome(blocks, changed(SAMPLE, todo))


def test_the_sample_is_read_from_any_stream() -> None:
    assert blocks(io.BytesIO(SAMPLE).read(), name="x").texts == (LONG, "One.", "Two.")
