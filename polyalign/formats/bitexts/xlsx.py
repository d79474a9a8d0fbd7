"""Spreadsheets (Office Open XML): a sheet of rows and one about the bitext out; ours and others' in."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any, get_args

from polyalign.bitext import Bitext
from polyalign.errors import FormatError, OutputError, UnreadableError
from polyalign.files import all_of
from polyalign.formats.archive import Archive, opened
from polyalign.formats.bitexts import reviews
from polyalign.formats.bitexts.columns import Record
from polyalign.formats.bitexts.numberformats import BUILT_IN, GENERAL, ShownNumber, plain, shown
from polyalign.formats.bitexts.tabular import HEADER, carried, fields, review_fields, table_units, title_of
from polyalign.formats.common import Detect, Heading, Options, Others, Unit, is_right_to_left
from polyalign.formats.markup import Element, first_fault, forget, local
from polyalign.formats.officexml import main_part, relations
from polyalign.parts import Row, State
from polyalign.stamps import stamp_in
from polyalign.tags import primary

MAX_CELL = 32_767  # UTF-16 units that a cell holds
MAX_ROWS = 1_048_576  # of a sheet
MAX_XLSX_BYTES = 300_000_000
MAX_COLUMNS = 100  # that are read
_NAMED = 5  # cells that a note names

_FACTS = ("source language", "target language", "source file", "target file", "mode", "signature")
# the columns, with their widths in characters; those of a review stand beside the texts
_WIDTHS = {"score": 8, "kind": 7, "source_ids": 11, "target_ids": 11, "source": 70, "target": 70}
_WIDTHS |= {"state": 15, "comment": 40, "flags": 40, "origin": 10, "note": 16, "cuts": 12}
_LINE, _HIGHEST = 16, 400  # points: a line of a row, and the highest row, a little below what Excel allows
_FILLED = 0.85  # of a line, on average, when words are not broken
_SCORES = {"type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
_SCORES |= {"min_color": "#FFFFFF", "max_color": "#74A9CF"}  # one hue from light to dark, which grey keeps
_WIDE = ("zh", "yue", "wuu", "ja", "ko")
_WRAPPED = ("source", "target", "comment", "flags")
_STATES = {"validate": "list", "source": [*get_args(State)], "error_type": "information"}
_ESCAPED = re.compile("_x(005F|000[9AD]|FFF[EF])_", re.IGNORECASE)
_CELL = re.compile(r"([A-Z]{1,3})\d{1,7}")
_BLOCK = 1 << 20


def xlsx(bitext: Bitext, options: Options) -> Iterator[bytes]:
    """A sheet with a row for each bead and unaligned segment, and a sheet about the bitext.

    Scores are numbers on a scale of colour, texts are always text, whatever they look like, and a
    right-to-left side reads so. Raises OutputError for what no sheet holds.
    """
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    book = Workbook(sink, {"constant_memory": True})
    try:
        book.set_properties({"created": datetime(1980, 1, 1)})  # no time of writing: same bitext, same bytes
        _fill(book, bitext, options)
        _tell(book, bitext)
    finally:  # which takes away its temporary files, in any case
        book.close()
    sink.seek(0)
    yield from iter(lambda: sink.read(_BLOCK), b"")


def _fill(book: Any, bitext: Bitext, options: Options) -> None:
    sheet = book.add_worksheet("bitext")
    reviewed = reviews.for_people(bitext, options)
    columns = [name for name in _WIDTHS if reviewed or name not in reviews.COLUMNS]
    top = 1 if stamp_in(bitext.signature) else 0  # what a project gave out has a line of help above
    formats = _formats(book, bitext)
    languages = {"source": bitext.source.language, "target": bitext.target.language}
    wide = {name for name, language in languages.items() if primary(language) in _WIDE}
    # how many characters a line of each column takes that is wrapped; half as many of Chinese and such
    fits = {name: _WIDTHS[name] * _FILLED / (2 if name in wide else 1) for name in _WRAPPED}
    for column, name in enumerate(columns):
        sheet.set_column(column, column, _WIDTHS[name], None, {"hidden": name == "cuts"})
    sheet.freeze_panes(top + 1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.ignore_errors({"number_stored_as_text": f"A1:L{MAX_ROWS}"})
    if top:
        sheet.write_string(0, 0, reviews.HELP, book.add_format({"italic": True}))
    heading = book.add_format({"bold": True, "bottom": 1, "indent": 1})
    for column, name in enumerate(columns):
        sheet.write_string(top, column, title_of(name, bitext), heading)
    rows = (row for row in bitext.rows() if row.bead or options.unaligned)
    number = top
    styles = {name: formats.get(name, formats["kind"]) for name in columns}
    for number, row in enumerate(rows, top + 1):
        _write(sheet, number, row, bitext, styles, fits)
    sheet.autofilter(top, 0, number, len(columns) - 1)
    sheet.conditional_format(top + 1, 0, max(number, top + 1), 0, _SCORES)
    if reviewed:
        at = columns.index("state")
        sheet.data_validation(top + 1, at, max(number, top + 1), at, _STATES)


def _formats(book: Any, bitext: Bitext) -> dict[str, Any]:
    """The formats of columns, that of "kind" for all others: wrapped, at the top, a gap at either side.

    Right-to-left text reads so.
    """
    base = {"valign": "top", "text_wrap": True, "num_format": "@"}
    made = {"kind": book.add_format(base), "score": book.add_format(base | {"num_format": "0.00"})}
    for name, side in (("source", bitext.source), ("target", bitext.target)):
        right = is_right_to_left(side)
        way = {"reading_order": 2 if right else 1, "align": "right" if right else "left", "indent": 1}
        made[name] = book.add_format(base | way)
    return made


def _write(
    sheet: Any, number: int, row: Row, bitext: Bitext, styles: Mapping[str, Any], fits: Mapping[str, float]
) -> None:
    if number >= MAX_ROWS:
        raise OutputError(f"a sheet holds {MAX_ROWS:,} rows, and this bitext has more: write tsv or jsonl")
    said = dict(zip(HEADER[1:], fields(row, bitext), strict=True))
    if row.bead:
        said["note"] = "overlap" if row.bead.overlap else ""
    else:
        said["note"] = carried(next((s.boilerplate for s in row.source + row.target), ""))
    if "state" in styles:
        said |= dict(zip(reviews.COLUMNS, review_fields(row), strict=True))
    lines = max(_lines(said.get(name, ""), fit) for name, fit in fits.items())
    if lines > 1:  # LibreOffice leaves a row as high as the file says, or as one line where it says nothing
        sheet.set_row(number, min(lines * _LINE, _HIGHEST))
    for column, (name, style) in enumerate(styles.items()):
        if name == "score":
            if row.bead and row.bead.score is not None:
                sheet.write_number(number, column, row.bead.score, style)
        elif text := said[name]:
            _write_text(sheet, number, column, text, style)


def _lines(text: str, fit: float) -> int:
    """How many lines a text takes in a column, about."""
    if "\n" in text:
        return sum(_lines(line, fit) for line in text.split("\n"))
    return 1 if len(text) <= fit else math.ceil(len(text) / fit)


def _write_text(sheet: Any, number: int, column: int, text: str, style: Any) -> None:
    size = len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
    if size > MAX_CELL:
        what = f"row {number + 1} has a text of {size:,} characters, and a cell holds {MAX_CELL:,}"
        raise OutputError(f"{what}: write tsv or jsonl")
    if text.startswith("<r>") and text.endswith("</r>"):  # which XlsxWriter takes for its own mark-up
        sheet.write_rich_string(number, column, style, text[:2], style, text[2:], style)
    elif text:
        sheet.write_string(number, column, text, style)


def _tell(book: Any, bitext: Bitext) -> None:
    sheet = book.add_worksheet("about")
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    source, target = bitext.source, bitext.target
    values = (source.language, target.language, source.path or "", target.path or "", bitext.mode)
    facts = [
        *zip(_FACTS, (*values, bitext.signature), strict=True),
        *(("note", note) for note in bitext.notes),
    ]
    for number, (key, value) in enumerate(facts):
        _write_text(sheet, number, 0, key, wrapped)
        _write_text(sheet, number, 1, carried(value), wrapped)


def units(
    stream: IO[bytes],
    *,
    name: str,
    source: str = "",
    target: str = "",
    others: Others = None,
    detect: Detect = None,
) -> Iterator[Unit]:
    """The rows of the first sheet as units, as those of any table; the languages too if the file is ours.

    Raises UnreadableError for what is no whole spreadsheet, InputError for one too large.
    """
    book = _book(stream, name)
    told = _stated(book)
    records = _records(book, next(iter(book.sheets.values())))
    for unit in table_units(records, name=name, asked=(source, target), others=others, detect=detect):
        yield replace(
            unit,
            source_language=unit.source_language or told.source_language,
            target_language=unit.target_language or told.target_language,
        )


def heading(stream: IO[bytes], *, name: str) -> Heading:
    """What our sheet about the bitext says of the whole; a note says what is not read as its cell shows it.

    Raises what `units` raises.
    """
    book = _book(stream, name)
    told = _stated(book)
    odd = {code for code in book.formats if shown("1", code) is None}
    unknown = [
        cell.get("r", "?")
        for cell in (_elements(book.archive, next(iter(book.sheets.values())), "c") if odd else ())
        if cell.get("t", "n") == "n" and len(cell) and book.format_of(cell) in odd
    ]
    if not unknown:
        return told
    where = ", ".join(unknown[:_NAMED]) + (", ..." if len(unknown) > _NAMED else "")
    what = f"{len(unknown)} cells have a number format that is not known ({where})"
    said = f"{what}: they are read as the numbers that are stored"
    return replace(told, notes=(*told.notes, said))


@dataclass(frozen=True, slots=True)
class _Book:
    """The members that hold the sheets, by the names of the sheets, in their order; what cells point into:
    the table of strings, and that of number formats; and from when days count.
    """

    archive: Archive
    sheets: Mapping[str, str]
    strings: Sequence[str]
    formats: Sequence[str]
    since_1904: bool

    def format_of(self, cell: Element) -> str:
        """The number format of a cell."""
        style = cell.get("s", "0")
        known = re.fullmatch("[0-9]{1,6}", style) and int(style) < len(self.formats)
        return self.formats[int(style)] if known else GENERAL


def _book(stream: IO[bytes], name: str) -> _Book:
    archive = opened(all_of(stream, name=name, limit=MAX_XLSX_BYTES), name=name)
    main = main_part(archive, "xl/workbook.xml")
    if not main:
        raise FormatError(f"{name}: this is no XLSX spreadsheet: save it as .xlsx, or as .tsv")
    held, sheets = relations(archive, main), dict[str, str]()
    for sheet in _elements(archive, main, "sheet"):
        told = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        kind, member = held.get(told, ("", ""))
        if kind == "worksheet":
            sheets[sheet.get("name", "")] = member
    if not sheets:
        raise UnreadableError(f"{name}: no sheet is in it: save it again as .xlsx")
    parts = dict(held.values())
    member = parts.get("sharedStrings", "")
    strings = [_text(item) for item in _elements(archive, member, "si")] if member else []
    since = {each.get("date1904") for each in _elements(archive, main, "workbookPr")} & {"1", "true"}
    return _Book(archive, sheets, strings, _formats_in(archive, parts.get("styles", "")), bool(since))


def _formats_in(archive: Archive, member: str) -> list[str]:
    """The number formats of the styles that cells have, by the numbers of the styles."""
    codes, found = dict[str, str](), list[str]()
    for item in _elements(archive, member, "numFmt", "xf", "cellStyleXfs") if member else ():
        if local(item) == "numFmt":
            codes[item.get("numFmtId", "")] = item.get("formatCode", "")
        elif local(item) == "cellStyleXfs":  # which are those of named styles
            found.clear()
        else:
            found.append(item.get("numFmtId", "0"))
    built_in = {str(number): code for number, code in BUILT_IN.items()} | codes
    return [built_in.get(number) or GENERAL for number in found]


def _stated(book: _Book) -> Heading:
    """What our sheet about the bitext says."""
    if len(book.sheets) < 2 or "about" not in book.sheets:
        return Heading()
    facts: dict[str, list[str]] = {}
    for _, cells in _records(book, book.sheets["about"]):
        if len(cells) > 1:
            facts.setdefault(cells[0], []).append(cells[1])
    source, target, source_path, target_path, mode, signature = (facts.get(key, [""])[0] for key in _FACTS)
    notes = tuple(facts.get("note", ()))
    return Heading(source, target, source_path, target_path, mode, signature, notes)


def _records(book: _Book, member: str) -> Iterator[Record]:
    """The rows of a sheet that hold cells, as text; of more than MAX_COLUMNS columns the first."""
    cells: dict[int, str] = {}
    number = column = 0
    for item in _elements(book.archive, member, "c", "row"):
        if local(item) == "row":
            told = item.get("r", "")
            number = int(told) if re.fullmatch("[0-9]{1,7}", told) else number + 1
            yield f"row {number}", [cells.get(i, "") for i in range(max(cells, default=-1) + 1)]
            cells, column = {}, 0
        else:
            column = _column(item, column)
            if column <= MAX_COLUMNS:
                cells[column - 1] = _value(item, book)


def _column(cell: Element, before: int) -> int:
    """The number of a cell's column from 1: that after the last one where the file does not say."""
    told = _CELL.fullmatch(cell.get("r", ""))
    if not told:
        return before + 1
    number = 0
    for letter in told[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _value(cell: Element, book: _Book) -> str:
    """What a cell shows, of a formula the result."""
    if cell.get("t") == "inlineStr":
        return _text(cell)
    value = next((child.text or "" for child in cell if local(child) == "v"), "")
    kind = cell.get("t", "n")
    if kind == "n":
        said = shown(value, book.format_of(cell), since_1904=book.since_1904)
        return plain(value) if said is None else ShownNumber(said, float(value))
    if kind == "b":
        return ShownNumber("TRUE", 1) if value == "1" else ShownNumber("FALSE", 0)
    if kind == "d":  # ISO 8601
        return re.sub(r"T(?=\d)", " ", re.sub(r"T00:00(:00(\.0+)?)?$", "", value))
    if kind != "s":
        return _ESCAPED.sub(_unescaped, value)
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) >= len(book.strings):
        where = f"cell {cell.get('r', '?')}"
        raise UnreadableError(f"{book.archive.name}: {where} points to no text: save it again")
    return book.strings[int(value)]


def _text(item: Element) -> str:
    """The text of a string, its runs joined, without the reading aids of Japanese."""
    parts = (
        node.text or ""
        for node in item.iter()
        if local(node) == "t" and not any(local(up) == "rPh" for up in node.iterancestors())
    )
    return _ESCAPED.sub(_unescaped, "".join(parts))


def _unescaped(match: re.Match[str]) -> str:
    """The character of an escape such as _x000A_; a carriage return goes, and what is no character."""
    return {"5F": "_", "0D": "", "FE": "", "FF": ""}.get(match[1][2:].upper(), chr(int(match[1], 16)))


def _elements(archive: Archive, member: str, *names: str) -> Iterator[Element]:
    """The elements of these local names as they end, each gone when the next is asked for.

    Raises UnreadableError for damaged XML and for a document type, by which XML bombs are made.
    """
    from lxml import etree

    data = archive.read(member)
    if b"<!DOCTYPE" in data or b"\0" in data[:100]:  # UTF-16, which would hide one
        raise UnreadableError(f"{archive.name}: {member} declares a document type: do not trust this file")
    tags = [f"{{*}}{name}" for name in names]
    items = etree.iterparse(
        io.BytesIO(data), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True
    )
    try:
        for _, item in items:
            yield item
            forget(item)
    except etree.XMLSyntaxError as error:
        line, reason = first_fault(items.error_log, error)
        what = f"{member} is damaged (line {line}: {reason})"
        raise UnreadableError(f"{archive.name}: {what}: save it again") from error
