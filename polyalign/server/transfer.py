"""The API on documents that come in, and on the long work that makes bitexts out of them."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response, StreamingResponse

from polyalign.bitext import Bitext
from polyalign.errors import InputError, NotInstalledError, UsageError
from polyalign.parts import Bead, SideName
from polyalign.server import work
from polyalign.server.answers import Job, JobKind, Started
from polyalign.server.context import BitextOf, Parts, Proposed, TheBitext, TheParts, TheProject, TheShape
from polyalign.server.desk import Desk, OpenProject, label
from polyalign.server.exporting import Shape, sent
from polyalign.server.jobs import Task, folder
from polyalign.server.operations import Body
from polyalign.store import ReviewRow, StoredSegment

if TYPE_CHECKING:
    from polyalign.routing import Route

router = APIRouter(prefix="/api")
Model = TypeVar("Model", bound=Body)

_SUFFIX = re.compile(r"(\.[A-Za-z0-9]{1,10})?(\.gz)?$")
_LONGEST_NAME = 150
_MOST_FIELDS = 10
_LOOK = 0.05  # seconds between looks at a job for which a request waits

Tag = Annotated[str, Field(pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*)?$", max_length=40)]


class _Form(Body):
    mode: work.Mode = "auto"
    translate: Literal["off", "auto"] = "off"


class PairOfFiles(_Form):
    """The fields beside two uploaded files."""

    source_language: Tag = ""
    target_language: Tag = ""


class LanguagesOfFile(Body):
    """Which languages to take of an uploaded file of pairs (empty: any)."""

    source_language: Tag = ""
    target_language: Tag = ""


class GivenText(Body):
    """A text as it is, its name for the reader, and its language (empty: detect it)."""

    text: str
    name: str = ""
    language: Tag = ""


class PairOfTexts(_Form):
    """Two texts."""

    source: GivenText
    target: GivenText


class Again(Body):
    """How far to trust the order of the texts; as when they were first aligned, if nothing is said.

    With `preview` nothing is changed: the job's result has the number of the proposals, of which
    `realigned` takes those that somebody chooses.
    """

    mode: work.Mode | None = None
    preview: bool = False


FILE = {"type": "string", "format": "binary"}


def form_of(fields: type[Body] | None = None, **files: Mapping[str, object]) -> dict[str, Any]:
    """The schema of a form with these files, and with the fields of a model beside them."""
    beside = fields.model_json_schema()["properties"] if fields else {}
    return {"type": "object", "required": [*files], "properties": files | beside}


def takes(form: Mapping[str, Any], json: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the description says of a body that is read by hand: a form, or JSON in its place."""
    content = {"multipart/form-data": {"schema": form}}
    content |= {"application/json": {"schema": json}} if json else {}
    return {"requestBody": {"required": True, "content": content}}


_FILES = form_of(PairOfFiles, source=FILE, target=FILE)
_TEXTS = PairOfTexts.model_json_schema()
_TEXTS["properties"] |= dict.fromkeys(("source", "target"), GivenText.model_json_schema())
del _TEXTS["$defs"]  # which nothing leads to any more


@router.post("/projects/{project}/pair", tags=["jobs"], status_code=202, openapi_extra=takes(_FILES, _TEXTS))
async def pair(parts: TheParts, project: TheProject, request: Request) -> Started:
    """Align two documents, uploaded or given as text; the result becomes a bitext of the project."""
    with _folder() as place:
        order = await _pair(request, place)
    return begun(parts, project, "pair", order, _adding(parts, project), place=place)


@router.post(
    "/pair",
    tags=["jobs"],
    response_class=StreamingResponse,
    responses={202: {"model": Started, "description": "it takes longer: ask for the job's result later"}},
    openapi_extra=takes(_FILES, _TEXTS),
)
async def pair_at_once(
    parts: TheParts,
    shape: TheShape,
    request: Request,
    wait: Annotated[float, Query(ge=0, le=600, description="seconds")] = 60.0,
) -> Response:
    """Align two documents and answer the bitext, which is kept in no project; 202 where that takes longer."""
    made = list[Bitext]()
    with _folder() as place:
        order = await _pair(request, place)

    def keep(result: work.Made) -> dict[str, int]:
        made.append(result.bitext)
        return {"beads": len(result.bitext.beads)}

    job = begun(parts, None, "pair", order, keep, place=place).job
    parts.hold(job, made)
    end = monotonic() + wait
    while not parts.jobs.job(job).over:
        if monotonic() >= end:
            return JSONResponse({"job": job}, 202)
        await asyncio.sleep(_LOOK)
    return await run_in_threadpool(_result, parts, job, shape)


@router.get("/jobs/{job}/result", tags=["jobs"], response_class=StreamingResponse)
def result(parts: TheParts, shape: TheShape, job: str) -> StreamingResponse:
    """The bitext that a job of `POST /api/pair` made; 404 where it is not done yet."""
    return _result(parts, job, shape)


def _result(parts: Parts, job: str, shape: Shape) -> StreamingResponse:
    made = parts.result(job)
    names = [Path(side.path).stem for side in (made.source, made.target) if side.path]
    return sent(made, shape, "-".join(names))


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for the files of a job, which goes if the block fails."""
    place = folder()
    try:
        yield place
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


async def _pair(request: Request, place: Path) -> work.PairedFiles:
    if _is_json(request):
        given = _valid(PairOfTexts, await request.body())
        typed = [
            work.Typed(text.text, file_label(text.name, side), text.language or None)
            for text, side in ((given.source, "source"), (given.target, "target"))
        ]
        return work.PairedFiles(typed[0], typed[1], given.mode, given.translate)
    sides = ("source", "target")
    async with request.form(max_files=2, max_fields=_MOST_FIELDS) as form:
        fields = _valid(PairOfFiles, {k: v for k, v in form.items() if isinstance(v, str)})
        uploads = [await run_in_threadpool(saved, form.get(side), place / side, side) for side in sides]
    source = work.Text(uploads[0], fields.source_language or None)
    target = work.Text(uploads[1], fields.target_language or None)
    return work.PairedFiles(source, target, fields.mode, fields.translate)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "multipart/form-data"):
        raise UsageError("send multipart/form-data with files, or application/json with texts")
    return kind == "application/json"


def check_form(request: Request, what: str) -> None:
    """Raise UsageError for a body that is no form."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UsageError(f"send {what} as multipart/form-data")


def _valid(model: type[Model], given: bytes | Mapping[str, str]) -> Model:
    """What was sent, checked. Raises RequestValidationError."""
    try:
        return model.model_validate_json(given) if isinstance(given, bytes) else model.model_validate(given)
    except ValidationError as error:
        found = [
            {**e, "loc": ("body", *e["loc"])} for e in error.errors(include_url=False, include_input=False)
        ]
        raise RequestValidationError(found) from error


def saved(upload: UploadFile | str | None, place: Path, field: str) -> work.Upload:
    """An uploaded file beside `place`, under its suffix. Raises UsageError where there is none."""
    if not hasattr(upload, "file") or isinstance(upload, str) or upload is None:
        raise UsageError(f"the file {field!r} is missing: send it as multipart/form-data")
    name = file_label(upload.filename or "", field)
    path = place.with_name(f"{place.name}{suffix_of(name)}")
    with path.open("xb") as file:
        shutil.copyfileobj(upload.file, file)
    return work.Upload(path, name)


def suffix_of(name: str) -> str:
    """The suffix of a name (".tmx", ".json.gz"), empty where it has none that is plain."""
    found = _SUFFIX.search(name)
    return found[0] if found else ""


def file_label(name: str, otherwise: str) -> str:
    """The name of a file that somebody sent, safe to show: no folders, no control characters."""
    last = re.split(r"[\\/]", name)[-1]
    try:
        return label(last[-_LONGEST_NAME:], longest=_LONGEST_NAME)
    except InputError:
        return otherwise


@router.post(
    "/projects/{project}/bitexts",
    tags=["jobs"],
    status_code=202,
    openapi_extra=takes(form_of(LanguagesOfFile, file=FILE)),
)
async def read_bitext(parts: TheParts, project: TheProject, request: Request) -> Started:
    """Read a file of pairs (TMX, XLIFF, JSON, ...) into the project."""
    if _is_json(request):
        raise UsageError("send the file as multipart/form-data")
    with _folder() as place:
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
            fields = _valid(LanguagesOfFile, {k: v for k, v in form.items() if isinstance(v, str)})
            upload = await run_in_threadpool(saved, form.get("file"), place / "file", "file")
    order = work.Read(upload, (fields.source_language, fields.target_language))
    return begun(parts, project, "read", order, _adding(parts, project), place=place)


@router.post("/projects/{project}/bitexts/{bitext}/realign", tags=["jobs"], status_code=202)
def realign(parts: TheParts, bitext: TheBitext, again: Again | None = None) -> Started:
    """Align anew what nobody settled: rows as the aligner made them, without state, comment or edit."""
    project, store = bitext.project, bitext.project.store
    seen = store.revision
    mode = (again and again.mode) or project.listed(bitext.id).mode
    source, target = passages(bitext, store.free(bitext.id))
    order = work.Realign(
        source, target, "parallel" if mode == "parallel" else "auto" if mode == "auto" else "comparable"
    )

    def keep(beads: tuple[Bead, ...]) -> dict[str, int]:
        store = parts.desk.project(project.id).store  # which may have been renamed meanwhile
        if again and again.preview:
            found = store.proposals(bitext.id, beads)
            number = parts.propose(Proposed(project.id, bitext.id, seen, found)) if found else 0
            return {"bitext": bitext.id, "changes": len(found), "proposals": number}
        change = store.realign(bitext.id, beads, seen=seen, who=parts.desk.who)
        parts.announce(project, change.revision, change.operation, "")
        return {"bitext": bitext.id}

    return begun(parts, project, "realign", order, keep, bitext=bitext.id)


@router.post("/projects/{project}/bitexts/{bitext}/translate", tags=["jobs"], status_code=202)
def translate(parts: TheParts, bitext: TheBitext) -> Started:
    """Translate one side with an installed model, to be shown under the original; 503 where none is."""
    project, store = bitext.project, bitext.project.store
    one, other = project.languages(bitext.id)
    if not _installed(one, other):
        said = _routes(one, other)[0].explanation
        raise NotInstalledError(f"no model between {one} and {other} is installed: {said}")
    order = work.Translate(*passages(bitext, [row for row in store.rows(bitext.id) if not row.deleted]))

    def keep(said: dict[int, tuple[str, float | None]]) -> dict[str, int]:
        store = parts.desk.project(project.id).store
        kept = {key: one for key, one in said.items() if key in store.numbers(bitext.id)}
        texts, qualities = {i: one[0] for i, one in kept.items()}, {i: one[1] for i, one in kept.items()}
        change = store.translated(texts, qualities, who=parts.desk.who)
        parts.announce(project, change.revision, change.operation, "")
        return {"bitext": bitext.id}

    return begun(parts, project, "translate", order, keep, bitext=bitext.id)


@router.get("/jobs", tags=["jobs"])
async def jobs(parts: TheParts) -> tuple[Job, ...]:
    """All jobs, the oldest first."""
    return parts.jobs.listed()


@router.get("/jobs/{job}", tags=["jobs"])
async def one_job(parts: TheParts, job: str) -> Job:
    """How far a job is."""
    return parts.jobs.job(job)


@router.delete("/jobs/{job}", tags=["jobs"])
async def cancel_job(parts: TheParts, job: str) -> Job:
    """End a job; one that is over stays as it is."""
    return parts.jobs.cancel(job)


def can_translate(desk: Desk) -> bool:
    """Whether a model is installed for one of the bitexts."""
    return any(
        _installed(listed.source.language, listed.target.language)
        for project in desk.projects()
        for listed in project.store.listed()
    )


def _installed(one: str, other: str) -> bool:
    """Whether a model between two languages is installed."""
    return any(found.installed for found in _routes(one, other))


def _routes(one: str, other: str) -> list[Route]:
    from polyalign.routing import PIVOT, route

    both = [route(one, other), route(other, one)]
    return both if other == PIVOT else both[::-1]


def passages(bitext: BitextOf, rows: list[ReviewRow]) -> tuple[work.Passages, work.Passages]:
    """What the two sides of rows say, but for boilerplate, in the order of the texts."""
    numbers = bitext.project.store.numbers(bitext.id)
    source, target = bitext.project.languages(bitext.id)

    def said(side: SideName) -> dict[int, str]:
        held: dict[int, StoredSegment] = {s.id: s for row in rows for s in row.side(side)}
        content = (s for s in held.values() if not s.boilerplate and s.text.strip())
        return {s.id: s.text for s in sorted(content, key=lambda s: numbers[s.id])}

    return work.Passages(source, said("source")), work.Passages(target, said("target"))


def _adding(parts: Parts, project: OpenProject) -> Callable[[work.Made], dict[str, int]]:
    """What puts a bitext into the project."""

    def keep(made: work.Made) -> dict[str, int]:
        store, who = parts.desk.project(project.id).store, parts.desk.who
        number = store.add(
            made.bitext, name=made.name, source=made.source, target=made.target, file=made.file, who=who
        )
        parts.announce(project, store.revision, "add", "")
        return {"bitext": number}

    return keep


def begun(
    parts: Parts,
    project: OpenProject | None,
    kind: JobKind,
    order: work.Order,
    keep: Callable[[Any], Mapping[str, int]],
    *,
    bitext: int | None = None,
    place: Path | None = None,
) -> Started:
    """The job that does the order and keeps what comes of it, begun."""
    job = Job("", kind, project.id if project else "", bitext)
    return Started(parts.jobs.start(job, Task(order, keep, place or folder())).id)
