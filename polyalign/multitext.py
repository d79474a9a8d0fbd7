"""Several texts side by side: bitexts of every two of them, joined where they overlap."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

from polyalign.bitext import Bitext, check_segments, overlaps_marked
from polyalign.errors import InputError
from polyalign.parts import Bead, Document, Segment, Side
from polyalign.serialization import held, of_kind, side_from_dict

SCHEMA = "polyalign.multitext/1"

Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MultiRow:
    """What says the same thing: for each text the ids of its segments, ascending, () where it has none.

    `score` is that of the weakest link that holds the row together, 0..1; None where one text is alone.
    """

    ids: tuple[Ids, ...]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class MultiText:
    """Several texts and the rows that join them, in the order of the first; every segment is in one row."""

    sides: tuple[Side, ...]
    rows: tuple[MultiRow, ...]
    signature: str = ""
    notes: tuple[str, ...] = ()

    def texts(self, row: MultiRow) -> tuple[tuple[Segment, ...], ...]:
        """The segments of a row, for each text."""
        return tuple(
            tuple(side.segments[i] for i in ids) for side, ids in zip(self.sides, row.ids, strict=True)
        )

    def bitext(self, source: int, target: int) -> Bitext:
        """The pairs of two of the texts: the rows in which both have a part, with the scores of the rows."""
        rows = ((row.ids[source], row.ids[target], row.score) for row in self.rows)
        beads = sorted((Bead(*row) for row in rows if row[0] and row[1]), key=lambda b: (b.source, b.target))
        return Bitext(
            self.sides[source],
            self.sides[target],
            overlaps_marked(beads),
            signature=self.signature,
            notes=self.notes,
        )

    @classmethod
    def from_dict(cls, data: Any) -> MultiText:
        """The texts that `to_dict` gave. Raises InputError with the reason for anything else."""
        try:
            sides = tuple(side_from_dict(of_kind(side, dict, "texts")) for side in held(data, "texts", list))
            if len(sides) < 2:
                raise ValueError("it has fewer than two texts")
            for side in sides:
                check_segments(side)
            rows = tuple(_row(row, sides) for row in held(data, "rows", list))
            notes = tuple(of_kind(note, str, "notes") for note in held(data, "notes", list, []))
            return cls(sides, rows, held(data, "signature", str, ""), notes)
        except (TypeError, ValueError) as error:
            raise InputError(f"not several texts: {error}") from error

    def to_json(self) -> str:
        """The rows as JSON (schema polyalign.multitext/1)."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object as plain lists and dicts."""
        sides = [
            {
                "path": side.path,
                "language": side.language,
                "segments": [
                    {"id": s.id, "start": s.start, "end": s.end, "text": s.text}
                    | ({"boilerplate": s.boilerplate} if s.boilerplate else {})
                    for s in side.segments
                ],
            }
            for side in self.sides
        ]
        rows = [{"segments": [list(ids) for ids in row.ids], "score": row.score} for row in self.rows]
        head = {"schema": SCHEMA, "signature": self.signature, "notes": list(self.notes)}
        return {**head, "texts": sides, "rows": rows}


def _row(data: Any, sides: Sequence[Side]) -> MultiRow:
    """The row of a JSON object. Raises TypeError and ValueError."""
    ids = tuple(
        tuple(of_kind(i, int, "segments") for i in of_kind(own, list, "segments"))
        for own in held(data, "segments", list)
    )
    sizes = [len(side.segments) for side in sides]
    if len(ids) != len(sides) or not all(map(_fit, ids, sizes)):
        raise ValueError("a row must name segments that there are, ascending, a list for each text")
    score = data.get("score")
    if score is not None and not (type(score) in (int, float) and 0 <= score <= 1):
        raise ValueError(f"the score of a row is {str(score)[:40]}: it must be in 0 to 1, or null")
    return MultiRow(ids, None if score is None else float(score))


def _fit(ids: Ids, size: int) -> bool:
    """Whether the ids are ascending ones of so many segments."""
    return list(ids) == sorted(set(ids)) and (not ids or 0 <= ids[0] <= ids[-1] < size)


def joined(documents: Sequence[Document], bitexts: Mapping[tuple[int, int], Bitext]) -> MultiText:
    """The texts in rows, given the bitext of every two of them, (0, 1), (0, 2), (1, 2) and so on.

    Every text is cut wherever one of its bitexts cuts it. The most probable beads are taken first; a bead
    that would put a passage beside one that lies elsewhere in a text than what its row holds already is left
    out, as a better pair has contradicted it.
    """
    sides = [_side(k, document, bitexts) for k, document in enumerate(documents)]
    rows, starts = _Rows(sides), [[s.start for s in side.segments] for side in sides]
    links = [
        (
            bead.score or 0.0,
            pair,
            (
                _covered(starts[pair[0]], bitext.source, bead.source),
                _covered(starts[pair[1]], bitext.target, bead.target),
            ),
        )
        for pair, bitext in sorted(bitexts.items())
        for bead in bitext.beads
    ]
    refused = sum(
        not rows.link(pair, ids, score) for score, pair, ids in sorted(links, key=lambda link: -link[0])
    )
    notes = dict.fromkeys(chain.from_iterable(bitext.notes for bitext in bitexts.values()))
    if refused:
        notes[f"{refused} of {len(links)} beads are left out, as better ones contradict them"] = None
    signature = next((bitext.signature for bitext in bitexts.values()), "")
    return MultiText(tuple(sides), tuple(_in_order(rows.rows(), sides)), signature, tuple(notes))


def _side(number: int, document: Document, bitexts: Mapping[tuple[int, int], Bitext]) -> Side:
    """The segments of a text, cut wherever one of its bitexts cuts it."""
    own = [
        (bitext.source, bitext.target)[pair.index(number)]
        for pair, bitext in sorted(bitexts.items())
        if number in pair
    ]
    borders = sorted({place for side in own for s in side.segments for place in (s.start, s.end)})
    starts = [s.start for s in own[0].segments]
    segments: list[Segment] = []
    for start, end in pairwise(borders):
        text = document.text[start:end]
        if text.strip():
            first = start + len(text) - len(text.lstrip())
            holder = own[0].segments[max(bisect_left(starts, first + 1) - 1, 0)]
            stripped = text.strip()
            segments.append(
                replace(
                    holder,
                    id=len(segments),
                    start=first,
                    end=first + len(stripped),
                    text=stripped,
                    candidates=(),
                )
            )
    return Side(own[0].language, tuple(segments), document.path)


def _covered(starts: Sequence[int], pairs: Side, ids: Ids) -> Ids:
    """The segments of a text, which begin at `starts`, that segments of one of its bitexts cover."""
    return tuple(
        k
        for i in ids
        for k in range(
            bisect_left(starts, pairs.segments[i].start), bisect_left(starts, pairs.segments[i].end)
        )
    )


class _Rows:
    """Rows that grow together, the best beads first."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._sides = sides
        self._row_of: list[dict[int, int]] = [{} for _ in sides]
        self._rows: list[tuple[list[set[int]], float] | None] = []

    def link(self, pair: tuple[int, int], ids: tuple[Ids, Ids], score: float) -> bool:
        """Whether the bead found its place: in a row of its own, or in those that hold a part of it."""
        held = {
            self._row_of[text][i]
            for text, own in zip(pair, ids, strict=True)
            for i in own
            if i in self._row_of[text]
        }
        known = [row for row in (self._rows[k] for k in sorted(held)) if row]
        members: list[set[int]] = [
            set().union(*(row[0][k] for row in known)) for k in range(len(self._sides))
        ]
        for text, own in zip(pair, ids, strict=True):
            if (
                members[text]
                and not self._neighbours(text, members[text] | set(own))
                and not members[text] >= set(own)
            ):
                return False
            members[text] |= set(own)
        if any(not self._neighbours(text, own) for text, own in enumerate(members) if len(known) > 1):
            return False
        for k in held:
            self._rows[k] = None
        self._rows.append((members, min([score, *(row[1] for row in known)])))
        for text, all_of_it in enumerate(members):
            self._row_of[text].update(dict.fromkeys(all_of_it, len(self._rows) - 1))
        return True

    def _neighbours(self, text: int, ids: set[int]) -> bool:
        """Whether nothing with content lies between these segments that is not of them."""
        between = set(range(min(ids, default=0), max(ids, default=0))) - ids
        return not any(self._sides[text].segments[i].alignable for i in between)

    def rows(self) -> list[MultiRow]:
        """The rows, and one for each segment that is in none."""
        found = [MultiRow(tuple(tuple(sorted(own)) for own in row[0]), row[1]) for row in self._rows if row]
        for text, side in enumerate(self._sides):
            for segment in side.segments:
                if segment.id not in self._row_of[text]:
                    ids = [() if k != text else (segment.id,) for k in range(len(self._sides))]
                    found.append(MultiRow(tuple(ids)))
        return found


def _in_order(rows: Sequence[MultiRow], sides: Sequence[Side]) -> Iterator[MultiRow]:
    """By the first text; a row without it behind the one that holds what stands before it in its own text."""
    row_of = [{i: k for k, row in enumerate(rows) for i in row.ids[text]} for text in range(len(sides))]
    followers: dict[int, list[int]] = {}
    for k, row in sorted(enumerate(rows), key=lambda pair: _place(pair[1])):
        text, first = _place(row)
        if text:
            followers.setdefault(row_of[text][first - 1] if first else -1, []).append(k)
    leading = [k for k, row in enumerate(rows) if row.ids[0]]
    roots = [*followers.get(-1, []), *sorted(leading, key=lambda k: rows[k].ids[0][0])]
    given = set[int]()
    for root in [*roots, *range(len(rows))]:  # what follows in a circle comes last
        waiting = [root]
        while waiting:
            k = waiting.pop()
            if k not in given:
                given.add(k)
                yield rows[k]
                waiting += reversed(followers.get(k, []))


def _place(row: MultiRow) -> tuple[int, int]:
    """The first text that a row has, and the first segment of it."""
    return next((text, ids[0]) for text, ids in enumerate(row.ids) if ids)


def paired(
    documents: Sequence[Document], pair: Callable[[Document, Document], Bitext]
) -> Iterator[tuple[tuple[int, int], Bitext]]:
    """The bitext of every two of the documents, one at a time."""
    for i, one in enumerate(documents):
        for j in range(i + 1, len(documents)):
            yield (i, j), pair(one, documents[j])
