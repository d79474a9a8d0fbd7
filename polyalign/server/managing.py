"""The API on projects as files: names, copies, what is deleted and comes back; and on files to begin with."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import Field

from polyalign.server import listing
from polyalign.server.answers import Deleted, LookedAt, ShownProject, Taken, Updated
from polyalign.server.context import Parts, TheParts, TheProject
from polyalign.server.desk import MAX_NAME, OpenProject
from polyalign.server.exporting import whole
from polyalign.server.jobs import fulfilled
from polyalign.server.operations import Body
from polyalign.server.transfer import FILE, check_form, form_of, saved, takes
from polyalign.server.work import Look, Reviewed, Upload
from polyalign.store import SUFFIX

MOST_FILES = 100  # that are looked at together

router = APIRouter(prefix="/api")


class Named(Body):
    """A name for a project."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]


@router.post("/projects", tags=["projects"], status_code=201)
def create_project(parts: TheParts, new: Named) -> ShownProject:
    """A new, empty project in the server's folder."""
    return _told(parts, parts.desk.create(new.name))


@router.patch("/projects/{project}", tags=["projects"])
def rename_project(parts: TheParts, project: TheProject, new: Named) -> ShownProject:
    """The project under another name; its file is called so from now on."""
    return _told(parts, parts.desk.rename(project, new.name))


@router.post("/projects/{project}/copy", tags=["projects"], status_code=201)
def copy_project(parts: TheParts, project: TheProject) -> ShownProject:
    """A copy of the project with all its decisions and their history."""
    return _told(parts, parts.desk.duplicate(project))


@router.delete("/projects/{project}", tags=["projects"])
def delete_project(parts: TheParts, project: TheProject) -> Deleted:
    """Take a project away, and end its jobs. It can be brought back by the `id` that this gives; an empty
    one is gone ("").
    """
    for job in parts.jobs.listed():
        if job.project == project.id:
            parts.jobs.cancel(job.id)
    gone = parts.desk.delete(project)
    parts.events.publish("projects", {"project": project.id})
    return gone


@router.get("/deleted", tags=["projects"])
def deleted(parts: TheParts) -> tuple[Deleted, ...]:
    """The projects that were deleted, by name."""
    return parts.desk.deleted()


@router.post("/deleted/{name}/back", tags=["projects"])
def bring_back(parts: TheParts, name: Annotated[str, InPath(max_length=250)]) -> ShownProject:
    """A deleted project is there again, under its name or one with a number."""
    return _told(parts, parts.desk.bring_back(name))


@router.get("/projects/{project}/file", tags=["files"], response_class=StreamingResponse)
def project_file(project: TheProject) -> StreamingResponse:
    """The project as a file, as it is now, to be kept or opened elsewhere."""
    with tempfile.TemporaryDirectory(prefix="polyalign-") as place:
        path = Path(place, f"copy{SUFFIX}")
        project.store.copy(path)
        return whole(path, f"{project.store.name}{SUFFIX}")


@router.post("/look", tags=["jobs"], openapi_extra=takes(form_of(file={"type": "array", "items": FILE})))
async def look(request: Request) -> tuple[LookedAt, ...]:
    """What each of some files holds, a text or pairs, in which languages; nothing of them is kept."""
    check_form(request, "the files")
    with tempfile.TemporaryDirectory(prefix="polyalign-", ignore_cleanup_errors=True) as place:
        async with request.form(max_files=MOST_FILES, max_fields=0) as form:
            uploads = [
                await run_in_threadpool(saved, sent, Path(place, str(number)), "file")
                for number, sent in enumerate(form.getlist("file"))
            ]
        found: tuple[LookedAt, ...] = ()
        if uploads:
            found = await run_in_threadpool(fulfilled, Look(tuple(uploads)), Path(place))
        return found


@router.post("/projects/{project}/update", tags=["changes"], openapi_extra=takes(form_of(file=FILE)))
async def update(parts: TheParts, project: TheProject, request: Request, dry: bool = False) -> Updated:
    """Take over what somebody changed in a file that this project gave out (XLSX, DOCX, XLIFF, TMX, JSON),
    as one operation. What was changed here, too, is in conflict: it stays, what the file has goes into the
    comment of the row. With `dry` nothing is changed.
    """
    check_form(request, "the file")
    with tempfile.TemporaryDirectory(prefix="polyalign-", ignore_cleanup_errors=True) as place:
        async with request.form(max_files=1, max_fields=0) as form:
            upload = await run_in_threadpool(saved, form.get("file"), Path(place, "file"), "file")
        return await run_in_threadpool(_updated, parts, project, upload, Path(place), dry)


def _updated(parts: Parts, project: OpenProject, upload: Upload, place: Path, dry: bool) -> Updated:
    stamp, rows = fulfilled(Reviewed(upload), place)
    store = project.store
    found = store.update(rows, stamp, label=upload.name, dry=dry, who=parts.desk.who)
    if not dry:
        parts.announce(project, store.revision, "update", "")
    taken = tuple(Taken(one.place, one.row, one.what, one.before, one.after, one.why) for one in found)
    return Updated(taken, store.revision, store.undoable)


def _told(parts: Parts, project: OpenProject) -> ShownProject:
    """The project; all open pages know that there is another list of them."""
    parts.events.publish("projects", {"project": project.id})
    return listing.project_shown(project)
