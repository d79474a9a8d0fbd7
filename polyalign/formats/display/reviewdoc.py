"""A bilingual Word document (DOCX) for a reviewer who has nothing but a word processor: out, and in again.

A table with a row for each bead and unaligned segment, each segment a paragraph of its cell. It comes back
as any table of ours does; tracked changes count as accepted, comments in the margin as comments on the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import IO

from polyalign.bitext import Bitext
from polyalign.errors import InputError, UnreadableError
from polyalign.files import all_of
from polyalign.formats.archive import Archive, opened, packed
from polyalign.formats.bitexts import reviews
from polyalign.formats.bitexts.columns import Record
from polyalign.formats.bitexts.tabular import NEEDED, carried, key_of, table_units, title_of
from polyalign.formats.bitexts.xml import escaped, tag_of
from polyalign.formats.common import Heading, Options, Unit, ids, is_right_to_left
from polyalign.formats.documents import docx
from polyalign.formats.markup import Element
from polyalign.formats.officexml import main_part, part, relations
from polyalign.parts import Row, Segment, Side
from polyalign.stamps import stamp_in

MAX_DOCX_BYTES = 100_000_000

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_WIDE = 15_138  # twips between the margins of a landscape A4 page
_WIDTHS = {"score": 850, "source_ids": 1_150, "target_ids": 1_150, "source": 0, "target": 0}  # 0: the rest
_WIDTHS |= {"state": 1_350, "comment": 2_200, "flags": 1_900}
_PLACE = re.compile(r"table 1 cell ([A-Z]+)([0-9]+)")
_MEMBERS = {
    "[Content_Types].xml": f"""<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/>
</Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>
</Relationships>""",
    "word/_rels/document.xml.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>
</Relationships>""",
    "word/styles.xml": f"""<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>
<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Arial"/><w:sz w:val="21"/><w:szCs w:val="23"/>
</w:rPr></w:rPrDefault></w:docDefaults></w:styles>""",
}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_BORDERS = "".join(
    f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>'
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_PAGE = """<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>
<w:pgMar w:top="850" w:right="850" w:bottom="850" w:left="850" w:header="400" w:footer="400" w:gutter="0"/>
</w:sectPr>"""


def bilingual(bitext: Bitext, options: Options) -> Iterator[bytes]:
    """The document: a line of help, the table, and the signature, by which an export is known again."""
    body = "".join(_body(bitext, options))
    document = f'<w:document xmlns:w="{_W}"><w:body>{body}{_PAGE}</w:body></w:document>'
    members = _MEMBERS | {"word/document.xml": document}
    yield packed((name, (_HEAD + text).encode()) for name, text in members.items())


def _body(bitext: Bitext, options: Options) -> Iterator[str]:
    names = [PurePath(side.path or "").name for side in (bitext.source, bitext.target)]
    yield _paragraph(" – ".join(filter(None, names)) or "polyalign", run="<w:b/>")
    yield _paragraph(reviews.HELP, run="<w:i/>")
    rows = [row for row in bitext.rows() if row.bead or options.unaligned]
    flagged = any(row.review.flags for row in rows)
    widths = {name: width for name, width in _WIDTHS.items() if flagged or name != "flags"}
    rest = (_WIDE - sum(widths.values())) // 2  # the texts share what the others leave
    columns = {name: width or rest for name, width in widths.items()}
    edges = "".join(f'<w:{edge} w:w="120" w:type="dxa"/>' for edge in ("left", "right"))
    yield f'<w:tbl><w:tblPr><w:tblW w:w="{_WIDE}" w:type="dxa"/><w:tblBorders>{_BORDERS}</w:tblBorders>'
    yield f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{edges}</w:tblCellMar></w:tblPr><w:tblGrid>'
    yield "".join(f'<w:gridCol w:w="{width}"/>' for width in columns.values()) + "</w:tblGrid>"
    titles = [_paragraph(title_of(name, bitext), run="<w:b/>") for name in columns]
    yield _table_row(titles, columns.values(), "<w:cantSplit/><w:tblHeader/>")
    for row in rows:
        cells = _cells(row, bitext)
        yield _table_row([cells[name] for name in columns], columns.values(), "<w:cantSplit/>")
    yield "</w:tbl>"
    yield _paragraph(bitext.signature, run='<w:color w:val="7F7F7F"/><w:sz w:val="14"/>')


def _table_row(cells: Iterable[str], widths: Iterable[int], properties: str) -> str:
    made = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(made)}</w:tr>\n"


def _cells(row: Row, bitext: Bitext) -> dict[str, str]:
    """The cells of a row by the names of their columns."""
    return {
        "score": _paragraph("" if row.score is None else f"{row.score:.2f}"),
        "source_ids": _paragraph(ids(row.source)),
        "target_ids": _paragraph(ids(row.target)),
        "source": _texts(row.source, bitext.source),
        "target": _texts(row.target, bitext.target),
        "state": _paragraph(row.review.state),
        "comment": "".join(map(_paragraph, reviews.comment(row.review).splitlines())) or _paragraph(""),
        "flags": "".join(map(_paragraph, reviews.flags(row.review))) or _paragraph(""),
    }


def _texts(segments: Sequence[Segment], side: Side) -> str:
    """A paragraph for each segment, in the direction and the language of its side."""
    language = escaped(tag_of(side.language))
    if is_right_to_left(side):
        way, run = '<w:bidi/><w:jc w:val="left"/>', f'<w:rtl/><w:lang w:bidi="{language}"/>'
    else:
        way, run = "", f'<w:lang w:val="{language}"/>'
    return "".join(_paragraph(s.shown, way=way, run=run) for s in segments) or _paragraph("")


def _paragraph(text: str, *, way: str = "", run: str = "") -> str:
    properties = f"<w:pPr>{way}</w:pPr>" if way else ""
    if not text:
        return f"<w:p>{properties}</w:p>"
    style = f"<w:rPr>{run}</w:rPr>" if run else ""
    shown = f'<w:t xml:space="preserve">{escaped(carried(text))}</w:t>'
    return f"<w:p>{properties}<w:r>{style}{shown}</w:r></w:p>"


def units(stream: IO[bytes], *, name: str) -> Iterator[Unit]:
    """The rows of a document that `bilingual` wrote, as somebody left them.

    Raises UnreadableError for what is no Word document, InputError for one without such a table.
    """
    yield from table_units(_records(all_of(stream, name=name, limit=MAX_DOCX_BYTES), name), name=name)


def heading(stream: IO[bytes], *, name: str) -> Heading:
    """The signature that stands below the table, if it is still there. Raises what `units` raises."""
    texts = docx.blocks(all_of(stream, name=name, limit=MAX_DOCX_BYTES), name=name).texts
    return Heading(signature=next((text for text in texts if stamp_in(text)), ""))


def _records(data: bytes, name: str) -> Iterator[Record]:
    """The rows of the first table, with a column for the lengths of the segments in a cell."""
    found = docx.blocks(data, name=name)
    rows: dict[int, dict[str, list[str]]] = {}
    for text, place in zip(found.texts, found.places, strict=True):
        if cell := _PLACE.fullmatch(place):
            rows.setdefault(int(cell[2]), {}).setdefault(cell[1], []).append(text)
    titles = {column: key_of(" ".join(said)) for column, said in rows.get(1, {}).items()}
    if not set(titles.values()) >= NEEDED:
        raise InputError(f"{name} has no table that polyalign export wrote: give the file that came from it")
    said_beside = _comments(opened(data, name=name))
    yield "row 1", [*titles.values(), "cuts"]
    for number in sorted(rows)[1:]:
        held = {key: rows[number].get(column, []) for column, key in titles.items()}
        cells = {key: [" ".join(text.split()) for text in said] for key, said in held.items()}
        joined = {key: " ".join(said) for key, said in cells.items()}
        joined["comment"] = "\n".join([*held.get("comment", []), *said_beside.get(number, [])])
        yield f"row {number}", [*(joined[key] for key in titles.values()), _cuts(cells)]


def _cuts(cells: dict[str, list[str]]) -> str:
    """The lengths of the paragraphs of both texts, as far as there is one for each segment."""
    halves = []
    for side in ("source", "target"):
        wanted = len(" ".join(cells[f"{side}_ids"]).split())
        sizes = [str(len(text)) for text in cells[side]]
        halves.append(" ".join(sizes) if len(sizes) == wanted else "")
    return f"{halves[0]} | {halves[1]}" if any(halves) else ""


def _comments(archive: Archive) -> dict[int, list[str]]:
    """What stands in the margin beside each row of the first table, by its number from 1."""
    main = main_part(archive, "word/document.xml")
    member = dict(relations(archive, main).values()).get("comments", "") if main else ""
    if not member:
        return {}
    texts = {}
    for comment in part(archive, member).iter("{*}comment"):
        lines = ("".join(t.text or "" for t in p.iter("{*}t")) for p in comment.iter("{*}p"))
        texts[_id(comment)] = " ".join(" ".join(lines).split())
    table = next(part(archive, main).iter("{*}tbl"), None)
    if table is None:
        raise UnreadableError(f"{archive.name}: its table is gone: give the file as it was")
    rows = (row for row in table.iterchildren("{*}tr") if row.find("{*}trPr/{*}del") is None)
    return {
        number: [text for mark in row.iter("{*}commentReference") if (text := texts.get(_id(mark), ""))]
        for number, row in enumerate(rows, 1)
    }


def _id(element: Element) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
