"""The API on glossaries: terms in and out, candidates for terms, and texts to be replaced."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from polyalign.characters import whole_characters
from polyalign.errors import InputError, UsageError
from polyalign.folding import searchable
from polyalign.parts import SideName
from polyalign.server import listing, replacing
from polyalign.server.answers import Replacements, ShownCandidate, ShownChange, ShownTerm, Started
from polyalign.server.context import FoundTerms, Parts, TheBitext, TheParts, TheProject
from polyalign.server.desk import OpenProject
from polyalign.server.exporting import given
from polyalign.server.operations import Id
from polyalign.server.rowflags import glossary_of
from polyalign.server.transfer import FILE, begun, check_form, file_label, form_of, takes
from polyalign.server.work import Terms
from polyalign.store import GivenTerm, ReviewRow
from polyalign.store.terms import MAX_TERMS

MOST_PAIRS = 5_000  # in which candidates are looked for
MOST_BYTES = 20_000_000  # of a glossary

router = APIRouter(prefix="/api")

InLanguages = Annotated[Id, Query(alias="bitext", description="whose languages the terms are in")]


@router.get("/projects/{project}/glossary", tags=["terms"])
def glossary(project: TheProject) -> tuple[ShownTerm, ...]:
    """The terms of the project, in the order in which they came."""
    return tuple(
        ShownTerm(t.id, *t.languages, t.source, t.targets, t.note, t.who, t.at) for t in project.store.terms()
    )


@router.post("/projects/{project}/glossary", tags=["terms"], openapi_extra=takes(form_of(file=FILE)))
async def load_glossary(
    parts: TheParts, project: TheProject, bitext: InLanguages, request: Request
) -> ShownChange:
    """Terms out of a file: TBX, or a line each of SOURCE, a tab, TARGET or TARGET|VARIANT, a tab, NOTE."""
    check_form(request, "the file")
    async with request.form(max_files=1, max_fields=0) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise UsageError("the file 'file' is missing: send it as multipart/form-data")
        data, name = await upload.read(MOST_BYTES + 1), file_label(upload.filename or "", "file")
    return await run_in_threadpool(_loaded, parts, project, bitext, data, name)


def _loaded(parts: Parts, project: OpenProject, bitext: int, data: bytes, name: str) -> ShownChange:
    from polyalign.terms import parsed

    if len(data) > MOST_BYTES:
        raise InputError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB: take some terms out")
    languages = project.languages(bitext)
    found = parsed(data, name=name, languages=languages)
    if not found.terms:
        raise InputError(f"{name} has no terms: write SOURCE, a tab, TARGET in each line")
    if len(found.terms) > MAX_TERMS:
        raise InputError(f"the glossary has {MAX_TERMS} terms already: take some out")
    terms = [GivenTerm(languages, term.source, term.targets, term.note) for term in found.terms]
    change = project.store.add_terms(terms, who=parts.desk.who)
    parts.announce(project, change.revision, change.operation, "")
    return listing.changed(project, change)


@router.get("/projects/{project}/glossary/export", tags=["terms"], response_class=StreamingResponse)
def export_glossary(
    project: TheProject,
    bitext: InLanguages,
    name: Annotated[Literal["tbx", "tsv"], Query(alias="format")] = "tbx",
) -> StreamingResponse:
    """The terms in the languages of a bitext as a file."""
    from polyalign.terms import FORMATS, written

    languages = project.languages(bitext)
    terms = glossary_of(project.store.terms(), languages).terms
    if not terms:
        raise InputError("the glossary has no term in these languages: add some")
    text = written(terms, name, languages=languages)
    return given(text, name, f"{project.store.name} glossary{FORMATS[name]}")


@router.post("/projects/{project}/bitexts/{bitext}/candidates", tags=["terms"], status_code=202)
def look_for_terms(parts: TheParts, bitext: TheBitext) -> Started:
    """Look for candidates in the pairs that nobody rejected, through the links of their words."""
    languages = bitext.project.languages(bitext.id)
    held = (row for row in bitext.project.store.rows(bitext.id) if row.aligned and row.keep)
    rows = [row for row in held if not row.deleted and row.state != "rejected"][:MOST_PAIRS]
    order = Terms(languages, tuple((_texts(row, "source"), _texts(row, "target")) for row in rows))

    def keep(found: tuple) -> dict[str, int]:  # type: ignore[type-arg]
        parts.keep_candidates(bitext.project.id, bitext.id, FoundTerms(found, tuple(rows)))
        return {"bitext": bitext.id, "candidates": len(found)}

    return begun(parts, bitext.project, "terms", order, keep, bitext=bitext.id)


def _texts(row: ReviewRow, side: SideName) -> tuple[str, ...]:
    return tuple(whole_characters(segment.text) for segment in row.side(side))


@router.get("/projects/{project}/bitexts/{bitext}/candidates", tags=["terms"])
def candidates(parts: TheParts, bitext: TheBitext) -> tuple[ShownCandidate, ...]:
    """The candidates that were found last, the surest first; none where none were looked for."""
    found = parts.candidates(bitext.project.id, bitext.id)
    terms = glossary_of(bitext.project.store.terms(), bitext.project.languages(bitext.id)).terms
    known = {searchable(term.source) for term in terms}
    shown = []
    for one in found.found:
        rows = [found.rows[k] for k in one.examples]
        texts = [(" ".join(_texts(row, "source")), " ".join(_texts(row, "target"))) for row in rows]
        counts = one.count, *one.counts, one.likelihood, one.dice
        ids = tuple(row.id for row in rows)
        is_known = searchable(one.source) in known
        shown.append(ShownCandidate(one.source, one.targets, *counts, ids, tuple(texts), is_known))
    return tuple(shown)


@router.post("/projects/{project}/bitexts/{bitext}/replacements", tags=["search"])
def replacements(bitext: TheBitext, sought: replacing.Sought) -> Replacements:
    """What replacing would change; nothing is, until `replace` is sent with the texts that are wanted."""
    return replacing.proposed(bitext.project.store, bitext.id, sought)
