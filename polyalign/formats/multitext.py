"""Several texts in files: JSON, TSV, XLSX, TMX in all their languages, and a page to read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape
from pathlib import Path, PurePath

from polyalign.characters import without_controls
from polyalign.errors import OutputError, UsageError
from polyalign.files import writing, written_beside
from polyalign.formats.bitexts import xml
from polyalign.formats.bitexts.columns import language_name
from polyalign.formats.bitexts.tabular import score_field
from polyalign.formats.bitexts.xlsx import MAX_CELL
from polyalign.formats.common import direction, encoded, is_right_to_left, joined
from polyalign.formats.display.page import STYLE, chip
from polyalign.formats.registry import Pieces
from polyalign.multitext import MultiRow, MultiText
from polyalign.version import VERSION


def _texts(multitext: MultiText, row: MultiRow) -> list[str]:
    """What a row says in each text, on one line."""
    pairs = zip(multitext.texts(row), multitext.sides, strict=True)
    return [without_controls(joined(segments, side.language)) for segments, side in pairs]


def _tsv(multitext: MultiText) -> Iterator[str]:
    """The score, then a column for each text, headed by its language."""
    yield "\t".join(["score", *(side.language for side in multitext.sides)]) + "\n"
    for row in multitext.rows:
        yield "\t".join([score_field(row.score), *_texts(multitext, row)]) + "\n"


def _tmx(multitext: MultiText) -> Iterator[str]:
    """A unit for each row of two texts or more, with a variant for each text that has a part in it."""
    tags = [xml.quoted_tag(side.language) for side in multitext.sides]
    yield (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<tmx version="1.4">\n<header creationtool="polyalign"'
        f" creationtoolversion={xml.quoted(VERSION)}"
        f' segtype="sentence" o-tmf="polyalign" adminlang="en" srclang={tags[0]} datatype="plaintext">\n'
        + "".join(f"  <note>{xml.escaped(note)}</note>\n" for note in multitext.notes)
        + "</header>\n<body>\n"
    )
    for row in multitext.rows:
        texts = zip(tags, multitext.texts(row), multitext.sides, strict=True)
        said = [(tag, joined(segments, side.language)) for tag, segments, side in texts if segments]
        if len(said) > 1:
            other = "" if row.ids[0] else f" srclang={said[0][0]}"
            yield f'<tu{other}>\n  <prop type="x-polyalign-score">{score_field(row.score)}</prop>\n'
            for tag, text in said:
                yield f"  <tuv xml:lang={tag}>\n    <seg>{xml.escaped(text)}</seg>\n  </tuv>\n"
            yield "</tu>\n"
    yield "</body>\n</tmx>\n"


def _xlsx(multitext: MultiText) -> Iterator[bytes]:
    """A sheet with the score and a column for each text, each in its direction."""
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    book = Workbook(sink, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(1980, 1, 1)})  # no time of writing: same texts, same bytes
    sheet = book.add_worksheet("texts")
    heading = book.add_format({"bold": True, "bottom": 1})
    score = book.add_format({"num_format": "0.00", "valign": "top"})
    sheet.freeze_panes(1, 0)
    sheet.write_string(0, 0, "score", heading)
    languages = [side.language for side in multitext.sides]
    for column, side in enumerate(multitext.sides, 1):
        order = 2 if is_right_to_left(side) else 1
        style = book.add_format({"text_wrap": True, "valign": "top", "reading_order": order})
        sheet.set_column(column, column, 60, style)
        title = language_name(side.language)
        if languages.count(side.language) > 1:
            title = f"{title}  {PurePath(side.path or '').name}".strip()
        sheet.write_string(0, column, title, heading)
    for number, row in enumerate(multitext.rows, 1):
        if row.score is not None:
            sheet.write_number(number, 0, row.score, score)
        for column, text in enumerate(_texts(multitext, row), 1):
            if len(text.encode("utf-16-le")) // 2 > MAX_CELL:
                raise OutputError(f"row {number} is too long for a cell of a spreadsheet: write TSV or JSON")
            if text:
                sheet.write_string(number, column, text)
    book.close()
    yield sink.getvalue()


def _html(multitext: MultiText) -> Iterator[str]:
    """A table to read or print: no script, nothing fetched."""
    style = STYLE.read_text(encoding="utf-8")
    heads = [
        f"<bdi>{escape(PurePath(side.path or '').name)}</bdi> <small>{escape(side.language)}</small>"
        for side in multitext.sides
    ]
    ways = [direction(side) for side in multitext.sides]
    title = escape(" – ".join(PurePath(side.path or side.language).name for side in multitext.sides))
    columns = "".join(
        f'<th scope="col" dir="{way}">{head}</th>' for way, head in zip(ways, heads, strict=True)
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in multitext.notes)
    yield (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<ul>{notes}</ul>\n<table>\n"
        f'<thead><tr><th scope="col" class="score">Score</th>{columns}</tr></thead>\n<tbody>\n'
    )
    for row in multitext.rows:
        band = "" if row.score is None else chip(row.score)
        cells = "".join(
            f'<td lang="{escape(side.language)}" dir="{way}"><span class="text">{escape(text)}</span></td>'
            for side, way, text in zip(multitext.sides, ways, _texts(multitext, row), strict=True)
        )
        alone = ' class="alone"' if row.score is None else ""
        yield f'<tr{alone}><td class="score">{band}</td>{cells}</tr>\n'
    signature = escape(multitext.signature)
    yield f"</tbody>\n</table>\n<footer><code>{signature}</code></footer>\n</body>\n</html>\n"


WRITERS: dict[str, Callable[[MultiText], Pieces]] = {
    "tsv": _tsv,
    "json": lambda multitext: [f"{multitext.to_json()}\n"],
    "tmx": _tmx,
    "xlsx": _xlsx,
    "html": _html,
}


def pieces(multitext: MultiText, form: str) -> Iterator[bytes]:
    """Several texts in one of the formats of WRITERS. Raises UsageError for another one."""
    if form not in WRITERS:
        raise UsageError(f"{form} holds two texts: for more take one of {' '.join(WRITERS)}")
    yield from encoded(WRITERS[form](multitext))


def write(multitext: MultiText, path: str, form: str) -> None:
    """Several texts in a file, complete or not there. Raises OutputError and UsageError."""
    with writing(path), written_beside(Path(path)) as file:
        file.writelines(pieces(multitext, form))
