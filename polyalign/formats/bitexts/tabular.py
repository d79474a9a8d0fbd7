"""Tab-separated values out; tab-, comma- and semicolon-separated bitexts in, ours and other people's."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, islice, pairwise, zip_longest
from typing import IO

from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.errors import EmptyError, UnreadableError
from polyalign.files import all_of
from polyalign.formats.bitexts import reviews
from polyalign.formats.bitexts.columns import SAMPLE, Layout, Record, language_name, layout_of, number
from polyalign.formats.common import BOILERPLATE, Asked, Detect, Options, Others, Unit, ids, joined
from polyalign.formats.decoding import decode
from polyalign.parts import Row, Segment
from polyalign.tags import is_known

HEADER = ("score", "kind", "source_ids", "target_ids", "source", "target", "cuts")
_UNSAID = "machine"  # the origin that is not written in every table of ours
NEEDED = frozenset(HEADER[2:6])  # the columns by which a table of ours is known
MAX_TABLE_BYTES = 300_000_000

_DELIMITERS = "\t;,|"
_ABOVE = 3  # rows in which the headings of a table of ours are looked for: a line of help may stand above
_ID = re.compile(r"\d{1,9}")
_OF_LANGUAGE = re.compile(r"(?<=^source|^target) \(.*\)$")
_CUTS = re.compile(r"(\d{1,9}( \d{1,9})*)? \| (\d{1,9}( \d{1,9})*)?")


def tsv(bitext: Bitext, options: Options) -> Iterator[str]:
    """Lines of seven fields. Nothing is quoted, as no field holds a tab or a line end.

    Ids are joined by a space; score is empty where a segment is unaligned. `cuts` is for reading
    the segments back where several stand in one field: their lengths, "36 | 52 45". Where a row has
    a state, a comment or a flag, or is not of an aligner's making, four more fields say so.
    """
    reviewed = reviews.reviewed(bitext, options)
    yield "\t".join((*HEADER, *(reviews.COLUMNS if reviewed else ()))) + "\n"
    for row in bitext.rows():
        if row.bead or options.unaligned:
            score = score_field(row.score)
            said = review_fields(row) if reviewed else ()
            yield "\t".join((score, *fields(row, bitext), *map(without_controls, said))) + "\n"


def score_field(score: float | None) -> str:
    """The score to four decimals; empty where there is none."""
    return "" if score is None else f"{score:.4f}"


def fields(row: Row, bitext: Bitext) -> tuple[str, ...]:
    """The fields of a row after its score: kind, ids, texts and cuts, as HEADER names them."""
    several = len(row.source) > 1 or len(row.target) > 1
    return (
        f"{len(row.source)}-{len(row.target)}",
        ids(row.source),
        ids(row.target),
        carried(joined(row.source, bitext.source.language)),
        carried(joined(row.target, bitext.target.language)),
        f"{_lengths(row.source)} | {_lengths(row.target)}" if several else "",
    )


def review_fields(row: Row) -> tuple[str, ...]:
    """The state of a row, its comment, flags and origin; the comment may have several lines."""
    review = row.review
    said = reviews.comment(review), reviews.cell_of(reviews.flags(review))
    return (review.state, *map(carried, said), reviews.origin(row))


def carried(text: str) -> str:
    """The text with each lone surrogate as the escape that UTF-8 files get for it."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _lengths(segments: Sequence[Segment]) -> str:
    return " ".join(str(len(carried(segment.shown))) for segment in segments)


def units(
    stream: IO[bytes],
    *,
    name: str,
    encoding: str | None = None,
    source: str = "",
    target: str = "",
    others: Others = None,
    detect: Detect = None,
) -> Iterator[Unit]:
    """The rows of a table of two languages; delimiter, quotes, header and encoding are found out.

    A table that polyalign wrote gives its segments and ids back exactly. Of others, the columns are
    taken by their names (source and target, src and tgt, language tags or names, score), in the two
    languages that are asked for if there are more, else the first two that hold text. `detect` tells
    languages where no names do; those of other columns are put into `others`. Raises UnreadableError,
    which names the line, for rows that do not fit, InputError above MAX_TABLE_BYTES.
    """
    data = all_of(stream, name=name, limit=MAX_TABLE_BYTES)
    text, delimiter, quoted = _dialect(decode(data, name=name, encoding=encoding).text)
    records = _checked_rows(io.StringIO(text, newline=""), delimiter, name, quoted=quoted)
    yield from table_units(records, name=name, asked=(source, target), others=others, detect=detect)


def table_units(
    records: Iterable[Record],
    *,
    name: str,
    asked: Asked = ("", ""),
    others: Others = None,
    detect: Detect = None,
) -> Iterator[Unit]:
    """The rows of a table as units, whatever kind of file it came from; empty rows are left out."""
    rows = [record for record in records if any(cell.strip() for cell in record[1])]
    if not rows:
        raise EmptyError(f"{name} holds no rows: give a table with a source and a target column")
    heads = [{key_of(cell): i for i, cell in enumerate(cells)} for _, cells in rows[:_ABOVE]]
    own = next((k for k, head in enumerate(heads) if set(head) >= NEEDED), None)
    if own is not None:
        yield from (_own_unit(row, heads[own], name) for row in rows[own + 1 :])
    else:
        layout = layout_of(rows, name=name, asked=asked, detect=detect)
        if others is not None:
            others.update(dict.fromkeys(layout.others))
        yield from _foreign(rows[1:] if layout.header else rows, layout)


def streamed_units(
    records: Iterable[Record], *, name: str, asked: Asked = ("", ""), detect: Detect = None
) -> Iterator[Unit]:
    """The rows of a table one by one: a text a side, state, comment and origin, no ids and no score."""
    rows = (record for record in records if any(cell.strip() for cell in record[1]))
    first = list(islice(rows, SAMPLE + 1))
    if not first:
        raise EmptyError(f"{name} holds no rows: give a table with a source and a target column")
    titles = [cell.strip().lower() for cell in first[0][1]]
    if set(titles) >= NEEDED:
        at = {title: k for k, title in enumerate(titles)}
        layout = Layout(at["source"], at["target"], None, at.get("state"), at.get("comment"), header=True)
        origins, usual = at.get("origin"), _UNSAID
    else:
        layout = layout_of(first, name=name, asked=asked, detect=detect)
        origins, usual = None, ""
    for place, cells in chain(first[1:] if layout.header else first, rows):
        source, target = (_texts(cells, k) for k in (layout.source, layout.target))
        if source or target:
            yield Unit(
                source,
                target,
                source_language=layout.languages[0],
                target_language=layout.languages[1],
                place=place,
                state=state if reviews.state_of(state := _cell(cells, layout.state)) else "",
                comment=_cell(cells, layout.comment),
                origin=_cell(cells, origins) or usual,
            )


def title_of(name: str, bitext: Bitext) -> str:
    """The heading of a column as a person reads it: "Source ids", "Source (Arabic)"."""
    sides = {"source": bitext.source, "target": bitext.target}
    language = sides[name].language if name in sides else ""
    plain = name.capitalize().replace("_", " ")
    return f"{plain} ({language_name(language)})" if is_known(language) else plain


def key_of(heading: str) -> str:
    """The name of a column of ours by its heading: "source_ids" for "Source ids", "source" for
    "Source (Arabic)".
    """
    return _OF_LANGUAGE.sub("", heading.strip().lower()).replace(" ", "_")


def _own_unit(row: Record, at: Mapping[str, int], name: str) -> Unit:
    place, cells = row
    held = {title: cells[i] if i < len(cells) else "" for title, i in at.items()}
    cuts, told = held.get("cuts", ""), held.get("score", "")
    if cuts and not _CUTS.fullmatch(cuts):
        what = f'the cuts {cuts[:40]!r} are not like "36 | 52 45"'
        raise UnreadableError(f"{name}: {place}: {what}: empty them")
    source_ids, target_ids = (_ids(held[key], name, place) for key in ("source_ids", "target_ids"))
    score = number(told)
    if told.strip() and (score is None or not 0 <= score <= 1):
        raise UnreadableError(f"{name}: {place}: the score {told[:40]!r} is not in 0 to 1: repair it")
    # our own notes, of which the format of a table says nothing else, are no comment of anybody
    said = [held.get(title, "").strip() for title in ("comment", "comments", "notes", "note")]
    if said[-1] in (("overlap",) if held["source"] and held["target"] else BOILERPLATE):
        said.pop()
    ours, _, theirs = cuts.partition("|")
    return Unit(
        source=_segments(held["source"], source_ids, ours),
        target=_segments(held["target"], target_ids, theirs),
        score=score,
        source_ids=source_ids,
        target_ids=target_ids,
        note=held.get("note", ""),
        place=place,
        state=held.get("state", ""),
        comment="\n".join(filter(None, said)),
        flags=reviews.flags_in(held.get("flags", "")),
        origin=held.get("origin", "") or _UNSAID,
    )


def _ids(cell: str, name: str, place: str) -> tuple[int, ...]:
    if not all(_ID.fullmatch(word) for word in cell.split()):
        raise UnreadableError(f"{name}: {place}: the ids {cell[:40]!r} are no whole numbers: repair them")
    return tuple(map(int, cell.split()))


def _segments(cell: str, ids: tuple[int, ...], cuts: str) -> tuple[str, ...]:
    """The texts in a cell, cut by their lengths if these fill it, else the cell as it is."""
    lengths = list(map(int, cuts.split()))
    if len(ids) < 2 or len(lengths) != len(ids):
        return (str(cell),) if ids or cell.strip() else ()
    gap, rest = divmod(len(cell) - sum(lengths), len(ids) - 1)
    if rest or gap not in (0, 1):
        return (cell,)
    starts = list(accumulate((length + gap for length in lengths), initial=0))
    if gap and any(cell[start - 1] != " " for start in starts[1:-1]):
        return (cell,)
    return tuple(cell[start : end - gap] for start, end in pairwise(starts))


def _foreign(rows: Sequence[Record], layout: Layout) -> Iterator[Unit]:
    """The rows of somebody else's table.

    Its scores count only where all are probabilities, not where one is a margin of 1.2, and its states where
    all are known, not where one is "Ohio".
    """
    told = [] if layout.score is None else [_cell(cells, layout.score, bare=False) for _, cells in rows]
    scores = [number(cell) for cell in told]
    given = (score for score, cell in zip(scores, told, strict=True) if cell.strip())
    probable = all(score is not None and 0 <= score <= 1 for score in given)
    states = [] if layout.state is None else [_cell(cells, layout.state) for _, cells in rows]
    known = all(map(reviews.state_of, states))
    for (place, cells), score, state in zip_longest(rows, scores, states):
        source, target = (_texts(cells, i) for i in (layout.source, layout.target))
        if source or target:
            yield Unit(
                source,
                target,
                score if probable and source and target else None,
                source_language=layout.languages[0],
                target_language=layout.languages[1],
                place=place,
                state=state if known and state else "",
                comment=_cell(cells, layout.comment),
            )


def _cell(cells: Sequence[str], column: int | None, *, bare: bool = True) -> str:
    cell = cells[column] if column is not None and column < len(cells) else ""
    return cell.strip() if bare else cell  # a ShownNumber keeps its exact one


def _texts(cells: Sequence[str], column: int) -> tuple[str, ...]:
    return (str(cells[column]),) if column < len(cells) and cells[column].strip() else ()


def streamed_records(lines: Iterator[str], head: str, name: str) -> Iterator[Record]:
    """The rows of a table of any length by its lines; `head` is its beginning, which tells how it is cut."""
    rest, delimiter, quoted = _dialect(head)
    if len(rest) < len(head):  # Excel's line "sep=;"
        next(lines)
    return _checked_rows(lines, delimiter, name, quoted=quoted)


def _checked_rows(lines: Iterable[str], delimiter: str, name: str, *, quoted: bool) -> Iterator[Record]:
    width, before = 0, 0
    try:
        for row, (line, cells) in enumerate(_rows(lines, delimiter, quoted=quoted), 1):
            place = f"line {before + 1}"
            if any(cells) and not width:
                width = len(cells)
            if any(cells) and len(cells) != width:
                columns = f"{len(cells)} column{'s' if len(cells) != 1 else ''}"
                what = f"{place} has {columns} where the first has {width}"
                if len(cells) < width:
                    missing = "a cell is" if len(cells) == width - 1 else f"{width - len(cells)} cells are"
                    what = f"row {row}: {missing} missing, {what}"
                raise UnreadableError(f"{name}: {what}: {_advice(delimiter, short=len(cells) < width)}")
            yield place, cells
            before = line
    except csv.Error as error:
        raise UnreadableError(f"{name}: line {before + 1}: {error}: close or double its quotes") from error


def _advice(delimiter: str, *, short: bool) -> str:
    if delimiter == "\t":
        return "add or take out a tab"
    return f"add {delimiter!r} for an empty one" if short else f"quote the cells that hold {delimiter!r}"


def _rows(lines: Iterable[str], delimiter: str, *, quoted: bool) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows of lines and the line on which each ends, counted from 1. Raises csv.Error."""
    if quoted:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        return ((reader.line_num, row) for row in reader)
    return ((i, line.rstrip("\r\n").split(delimiter)) for i, line in enumerate(lines, 1))


def _dialect(text: str) -> tuple[str, str, bool]:
    """The text without Excel's line "sep=;", the delimiter, and whether quotes enclose cells.

    What polyalign wrote has no quotes. Else the first delimiter with which all rows are as wide is
    the right one, or where there is none, that of the widest first row.
    """
    if set(text.partition("\n")[0].rstrip("\r").split("\t")) >= NEEDED:
        return text, "\t", False
    if told := re.match(r"sep=([\t;,|])\r?\n", text):
        return text[told.end() :], told[1], True
    heads = {delimiter: _head(text, delimiter, quoted=delimiter != "\t") for delimiter in _DELIMITERS}
    if _even(heads["\t"]):
        return text, "\t", _is_quoted(heads["\t"])
    if '"' in text and _even(_head(text, "\t", quoted=True)):
        return text, "\t", True
    best = next((d for d in _DELIMITERS if _even(heads[d])), None)
    best = best or max(_DELIMITERS, key=lambda d: len(heads[d][0]) if heads[d] else 0)
    return text, best, best != "\t"


def _head(text: str, delimiter: str, *, quoted: bool) -> list[Sequence[str]]:
    """The first rows, without empty ones, up to one whose quotes are not those of this delimiter."""
    rows: list[Sequence[str]] = []
    with contextlib.suppress(csv.Error):
        found = _rows(io.StringIO(text, newline=""), delimiter, quoted=quoted)
        rows.extend(row for _, row in islice(found, SAMPLE) if any(row))
    return rows


def _even(rows: Sequence[Sequence[str]]) -> bool:
    return len({len(row) for row in rows}) == 1 and len(rows[0]) > 1


def _is_quoted(rows: Sequence[Sequence[str]]) -> bool:
    """Whether cells split at tabs still have a spreadsheet's quotes: all do, or one has doubled ones."""
    cells = [cell for row in rows for cell in row if cell]
    enclosed = [cell for cell in cells if re.fullmatch('"([^"]|"")*"', cell)]
    return bool(enclosed) and (len(enclosed) == len(cells) or any('""' in cell[1:-1] for cell in enclosed))
