"""The API on details of rows: words that correspond, why a pair is one, partners of what is alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from polyalign.errors import InputError, PolyalignError
from polyalign.explaining import explained
from polyalign.parts import SideName
from polyalign.server.answers import ShownPartner, ShownWords
from polyalign.server.context import Parts, TheBitext, TheParts
from polyalign.server.listing import row_of, shown_segment
from polyalign.server.operations import Id
from polyalign.server.questions import PartnersAsked, WordsAsked
from polyalign.server.refusals import UnknownError
from polyalign.server.transfer import passages
from polyalign.server.worker import Answer, Question

router = APIRouter(prefix="/api")


@router.get("/projects/{project}/bitexts/{bitext}/rows/{row}/words", tags=["rows"])
def words(
    parts: TheParts,
    bitext: TheBitext,
    row: Annotated[Id, Path()],
    language: Annotated[str, Query(max_length=35, description="of the reason: en, ar, tr")] = "en",
) -> ShownWords:
    """Which words of a row correspond, and why it is one: found when it is asked for."""
    found = row_of(bitext.project, bitext.id, row)
    if not found.aligned:
        return ShownWords((), (), "")
    evidence = found.evidence or {}
    try:
        seen = _asked(parts, WordsAsked.about(found, bitext.project.languages(bitext.id)))
    except InputError as error:  # a language without vectors of words, or a text that is too long
        return ShownWords((), (), explained(evidence, language), str(error))
    why = explained({**evidence, **(seen.evidence or {})}, language)
    return ShownWords(tuple((*a, *b, score) for a, b, score in seen.links), seen.differences, why)


@router.get("/projects/{project}/bitexts/{bitext}/segments/{segment}/partners", tags=["rows"])
def partners(parts: TheParts, bitext: TheBitext, segment: Annotated[Id, Path()]) -> tuple[ShownPartner, ...]:
    """What of the other text a segment may belong to, the likeliest first; nothing for boilerplate."""
    store, numbers = bitext.project.store, bitext.project.store.numbers(bitext.id)
    if segment not in numbers:
        raise UnknownError(f"there is no segment {segment} in this bitext: look again")
    rows = [row for row in store.rows(bitext.id) if not row.deleted]
    source, target = passages(bitext, rows)
    mine, theirs = (source, target) if segment in source.segments else (target, source)
    if segment not in mine.segments or not theirs.segments:
        return ()
    found = _asked(parts, PartnersAsked(mine, theirs, segment))
    side: SideName = "target" if mine is source else "source"
    held = {one.id: (one, row) for row in rows for one in row.side(side)}
    shown = []
    for ids, score in found:
        row = held[ids[0]][1]
        segments = tuple(shown_segment(held[i][0], numbers) for i in ids)
        shown.append(ShownPartner(row.id, segments, score, row.aligned))
    return tuple(shown)


def _asked(parts: Parts, question: Question[Answer]) -> Answer:
    """The worker's answer. Raises PolyalignError."""
    try:
        return parts.desk.worker.ask(question)
    except BrokenPipeError as error:
        raise PolyalignError("this failed inside polyalign: its terminal says more") from error
