"""The API on projects: what there is, what a client sees of it, and what it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from polyalign.formats import FORMATS
from polyalign.parts import SideName
from polyalign.server import answers, kwic, listing, presets, statistics, tally
from polyalign.server.context import (
    Parts,
    TheBitext,
    TheBlind,
    TheConcordance,
    TheListing,
    TheParts,
    TheProject,
    TheRole,
    seen_by,
    states_of,
)
from polyalign.server.desk import OpenProject
from polyalign.server.exporting import Shape, gathered, given, sent
from polyalign.server.operations import Id, Operation, Realigned, Step
from polyalign.server.transfer import can_translate
from polyalign.store import NOT_REJECTED, Change
from polyalign.version import VERSION

MAX_ROWS = 500  # of one answer

router = APIRouter(prefix="/api")

Offset = Annotated[int, Query(ge=0, le=2**31)]
Limit = Annotated[int, Query(ge=1, le=MAX_ROWS)]
FORMAT = Query(alias="format", description="one of the session's formats")
CLASH: dict[int | str, dict[str, Any]] = {
    409: {"model": answers.Clash, "description": "somebody changed the row"}
}


@router.get("/session", tags=["server"])
def session(parts: TheParts, role: TheRole) -> answers.Session:
    """Who asks, and what this server can do."""
    from polyalign.qa import DESCRIPTIONS

    return answers.Session(
        role=role,
        who=parts.desk.who,
        version=VERSION,
        reader_link=f"/?token={parts.tokens.reader}" if role == "editor" else None,
        flags=dict(DESCRIPTIONS),
        formats=tuple(FORMATS),
        translators=can_translate(parts.desk),
        can_create=role == "editor" and parts.desk.folder is not None,
        home=parts.desk.folder is not None,
        notes=parts.desk.notes,
    )


@router.get("/events", tags=["server"], response_class=StreamingResponse)
async def events(parts: TheParts) -> StreamingResponse:
    """Server-sent events while the connection lasts: "job", "revision", "flags" and "projects"."""
    headers = {"x-accel-buffering": "no"}
    return StreamingResponse(parts.events.stream(), media_type="text/event-stream", headers=headers)


@router.get("/projects", tags=["projects"])
def projects(parts: TheParts, blind: TheBlind) -> tuple[answers.ShownProject, ...]:
    """All projects with their bitexts."""
    return tuple(listing.project_shown(project) for project in seen_by(blind, parts.desk.projects()))


@router.get("/projects/{project}", tags=["projects"])
def one_project(project: TheProject) -> answers.ShownProject:
    """One project with its bitexts."""
    return listing.project_shown(project)


@router.get("/projects/{project}/journal", tags=["projects"])
def journal(
    project: TheProject, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> tuple[answers.Logged, ...]:
    """Who did what, the newest first."""
    return tuple(
        answers.Logged(entry.revision, entry.motion, entry.operation, entry.who, entry.at, entry.rows)
        for entry in project.store.journal(limit)
    )


@router.get("/projects/{project}/bitexts/{bitext}/rows", tags=["rows"])
def rows(found: TheListing, offset: Offset = 0, limit: Limit = 100) -> answers.Page:
    """Rows that pass a filter, from `offset` on; with `collapse`, runs of unaligned rows are one item."""
    return found.page(offset, limit)


@router.get("/projects/{project}/bitexts/{bitext}/rows/overview", tags=["rows"])
def overview(found: TheListing) -> answers.Overview:
    """Each item of a listing as one letter."""
    return found.overview()


@router.get("/projects/{project}/bitexts/{bitext}/rows/next", tags=["rows"])
def next_row(
    found: TheListing, want: listing.Want, after: Annotated[int | None, Query(ge=0, le=2**53)] = None
) -> answers.Placed:
    """The next such row of the listing after a row, going round; no row where there is none."""
    return found.next(after, want)


@router.get("/projects/{project}/bitexts/{bitext}/rows/{row}", tags=["rows"])
def one_row(found: TheListing, row: Annotated[Id, Path()]) -> answers.Placed:
    """A row and its place in the listing, null where the filter leaves it out."""
    return found.placed(row)


@router.get("/projects/{project}/bitexts/{bitext}/texts/{side}", tags=["rows"])
def text(bitext: TheBitext, side: SideName, offset: Offset = 0, limit: Limit = 500) -> answers.TextPage:
    """One text in its own order, each segment with its partners."""
    return listing.text_page(bitext.project, bitext.id, side, offset, limit)


@router.post("/projects/{project}/operations", tags=["changes"], responses=CLASH)
def operate(parts: TheParts, project: TheProject, operation: Operation) -> answers.ShownChange:
    """Do something to rows or segments; it is on the disk when this answers, and can be undone."""
    who = operation.who or parts.desk.who
    return _done(parts, project, operation.apply(project.store, who), who)


@router.post("/projects/{project}/undo", tags=["changes"], responses=CLASH)
def undo(parts: TheParts, project: TheProject, step: Step) -> answers.ShownChange:
    """Take back the last operation; 400 where there is none."""
    return _turned(parts, project, step, project.store.undo)


@router.post("/projects/{project}/redo", tags=["changes"], responses=CLASH)
def redo(parts: TheParts, project: TheProject, step: Step) -> answers.ShownChange:
    """Do again what was undone last; 400 where there is none."""
    return _turned(parts, project, step, project.store.redo)


@router.get("/projects/{project}/proposals/{number}", tags=["changes"])
def proposals(
    parts: TheParts, project: TheProject, number: Annotated[Id, Path()]
) -> tuple[answers.ShownProposal, ...]:
    """What realigning would change, each change by itself; 400 where the server was started anew."""
    found = parts.proposed(project, number)
    return listing.proposals_shown(project, found.bitext, found.proposals)


@router.post("/projects/{project}/realigned", tags=["changes"], responses=CLASH)
def realigned(parts: TheParts, project: TheProject, taken: Realigned) -> answers.ShownChange:
    """Take some of the proposals, as one operation; 409 where one of their rows was changed since."""
    found, who = parts.proposed(project, taken.proposals), taken.who or parts.desk.who
    chosen = [proposal for k, proposal in enumerate(found.proposals) if k in set(taken.chosen)]
    change = taken.made(
        project.store,
        project.store.realign,
        bitext=found.bitext,
        beads=[bead for proposal in chosen for bead in proposal.beads],
        rows={row for proposal in chosen for row in proposal.rows},
        seen=found.seen,
        who=who,
    )
    return _done(parts, project, change, who)


def _turned(
    parts: Parts, project: OpenProject, step: Step, turn: Callable[..., Change]
) -> answers.ShownChange:
    who = step.who or parts.desk.who
    return _done(parts, project, step.made(project.store, turn, seen=step.seen, who=who), who)


def _done(parts: Parts, project: OpenProject, change: Change, who: str) -> answers.ShownChange:
    if change.rows or change.removed or change.operation.endswith(("_term", "_terms")):
        parts.announce(project, change.revision, change.operation, who)
    return listing.changed(project, change)


@router.get("/projects/{project}/bitexts/{bitext}/export", tags=["files"], response_class=StreamingResponse)
def export(
    bitext: TheBitext,
    name: Annotated[str, FORMAT] = "tmx",
    state: Annotated[str, Query(description="states, with commas; all but rejected if empty")] = "",
    min_score: Annotated[float, Query(ge=0, le=1)] = 0.0,
    unaligned: bool | None = None,
    bare_tags: bool = False,
) -> StreamingResponse:
    """The bitext as it is now, as a file. Moses comes as a zip of its two files."""
    project, shape = bitext.project, Shape(name, min_score, unaligned, bare_tags)
    made = project.exported(bitext.id, states_of(state) or NOT_REJECTED)
    return sent(made, shape, project.title(bitext.id))


@router.get("/projects/{project}/bitexts/{bitext}/presets", tags=["files"])
def all_presets(bitext: TheBitext, unreviewed: bool = False) -> tuple[answers.ShownPreset, ...]:
    """Exports by the tool that they are for, what each would hold, and what would be left out of it."""
    return presets.shown(bitext.project, bitext.id, unreviewed=unreviewed)


@router.get(
    "/projects/{project}/bitexts/{bitext}/presets/{name}", tags=["files"], response_class=StreamingResponse
)
def export_for(
    bitext: TheBitext, name: Annotated[str, Path(max_length=20)], unreviewed: bool = False
) -> StreamingResponse:
    """The file for a tool, with the glossary beside it in a zip where there is one; only confirmed pairs,
    with `unreviewed` those that nobody decided, too.
    """
    file, data = presets.exported(bitext.project, bitext.id, name, unreviewed=unreviewed)
    return given(data, presets.PRESETS[name].format if not file.endswith(".zip") else "vert", file)


@router.get("/projects/{project}/bitexts/{bitext}/calibration", tags=["rows"])
def calibration(bitext: TheBitext) -> answers.ShownCalibration:
    """How the scores are corrected by the decisions made so far."""
    return tally.calibration(bitext.project.standings(bitext.id))


@router.get("/projects/{project}/bitexts/{bitext}/agreement", tags=["review"])
def agreement(bitext: TheBitext) -> answers.Agreed:
    """How far reviewers agree on the rows that several decided, and the rows that are to be settled."""
    return statistics.agreed(bitext.project, bitext.id)


@router.get("/projects/{project}/bitexts/{bitext}/statistics", tags=["review"])
def review_statistics(bitext: TheBitext) -> answers.Statistics:
    """The review in figures: what became of pairs by their scores, who worked how long."""
    return statistics.figures(bitext.project, bitext.id)


@router.get("/concordance", tags=["search"])
def concordance(found: TheConcordance, offset: Offset = 0, limit: Limit = 50) -> answers.Hits:
    """Rows of all projects in which something is found, and where."""
    return found.page(offset, limit)


@router.get("/concordance/export", tags=["search"], response_class=StreamingResponse)
def export_concordance(found: TheConcordance, name: Annotated[str, FORMAT] = "tsv") -> StreamingResponse:
    """The same rows as a file."""
    shape = Shape(name, unaligned=True)
    return sent(gathered(found.rows()), shape, f"concordance {found.filter.text}")


@router.get("/concordance/lines", tags=["search"], response_class=StreamingResponse)
def concordance_lines(parts: TheParts, found: TheConcordance) -> StreamingResponse:
    """The same as lines of a table (TSV): what was found with what stands around it, and its counterpart."""
    return given(kwic.table(parts, found), "tsv", f"concordance {found.filter.text}.tsv")
