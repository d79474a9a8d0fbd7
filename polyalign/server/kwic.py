"""Key words in context: the hits of a concordance as lines of a table, each with its counterpart."""

from __future__ import annotations

from collections.abc import Iterator

from polyalign.characters import without_controls
from polyalign.errors import PolyalignError
from polyalign.parts import SideName
from polyalign.server.context import Parts
from polyalign.server.desk import OpenProject
from polyalign.server.listing import Concordance
from polyalign.server.questions import Place, RowWords, WordsAsked
from polyalign.store import ReviewRow, Search
from polyalign.store.filters import joined

MOST = 5_000  # lines
MOST_LIT = 300  # rows whose words are linked for it
AROUND = 80  # characters to either side of what was found

HEADINGS = ("project", "row", "side", "left", "found", "right", "counterpart", "other side", "score", "state")
_SIDES: tuple[tuple[SideName, SideName], ...] = (("source", "target"), ("target", "source"))

Span = tuple[int, int]


def table(parts: Parts, found: Concordance) -> str:
    """The lines, with their headings. Counterparts are those of the words, in the first MOST_LIT rows."""
    lines = ["\t".join(HEADINGS)]
    for number, (project, row) in enumerate(found.rows()):
        links = _links(parts, project, row) if number < MOST_LIT else RowWords()
        lines += _lines(found, project, row, links)
        if len(lines) > MOST:
            break
    return "".join(f"{line}\n" for line in lines[: MOST + 1])


def _links(parts: Parts, project: OpenProject, row: ReviewRow) -> RowWords:
    """The links of the words of a row; none where they are not known."""
    if not row.aligned:
        return RowWords()
    try:
        return parts.desk.worker.ask(WordsAsked.about(row, project.languages(row.bitext)))
    except (BrokenPipeError, PolyalignError):
        return RowWords()


def _lines(found: Concordance, project: OpenProject, row: ReviewRow, words: RowWords) -> Iterator[str]:
    search = Search(found.filter.text, found.filter.regex)
    for side, other in _SIDES:
        if found.filter.side not in (None, side):
            continue
        text = joined(row.side(side))
        for start, end in search.spans(text):
            cells = (
                project.store.name,
                str(row.id),
                side,
                text[max(0, start - AROUND) : start],
                text[start:end],
                text[end : end + AROUND],
                _counterpart(row, side, other, (start, end), words),
                joined(row.side(other)),
                "" if row.score is None else f"{row.score:.2f}",
                row.state,
            )
            yield "\t".join(" ".join(cell.split()) for cell in cells)


def _counterpart(row: ReviewRow, side: SideName, other: SideName, span: Span, words: RowWords) -> str:
    """The words of the other side that are linked with what was found, in their order."""
    starts, behind = dict[int, int](), 0  # where each segment begins in the joined text of its side
    for segment in row.side(side):
        starts[segment.id] = behind
        behind += len(without_controls(segment.text)) + 1
    found = set[Place]()
    for one, two, _ in words.links:
        mine, theirs = (one, two) if side == "source" else (two, one)
        at = starts.get(mine[0], 0)
        if at + mine[1] < span[1] and at + mine[2] > span[0]:
            found.add(theirs)
    texts = {segment.id: segment.text for segment in row.side(other)}
    order = {segment.id: k for k, segment in enumerate(row.side(other))}
    places = sorted(found, key=lambda place: (order.get(place[0], 0), place[1]))
    ends = {place[::2] for place in places}
    said = (
        ("" if place[:2] in ends else " ") + texts.get(place[0], "")[slice(*place[1:])]  # parts of one word
        for place in places
    )
    return "".join(said).strip()
