"""The FastAPI app: routes, the page, and how errors are answered."""

from __future__ import annotations

import contextlib
import json
import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from fastapi.security import HTTPBearer
from fastapi.staticfiles import StaticFiles
from pydantic import TypeAdapter
from python_multipart.exceptions import FormParserError

from polyalign.errors import ConflictError, InputError, PolyalignError, UnreadableError
from polyalign.server import details, managing, routes, terminology, transfer
from polyalign.server.answers import Clash, ShownRow, Trouble
from polyalign.server.context import Parts, blind_in, seen_by
from polyalign.server.desk import Desk
from polyalign.server.events import Events
from polyalign.server.jobs import Jobs
from polyalign.server.listing import shower
from polyalign.server.refusals import MEANINGS, status_of
from polyalign.server.security import Guard, Tokens
from polyalign.version import VERSION

PAGE = Path(__file__).parent / "page"

_TOKEN = HTTPBearer(auto_error=False, description="the token of the link that polyalign printed")


def create_app(
    desk: Desk,
    *,
    tokens: Tokens,
    hosts: Iterable[str] = ("127.0.0.1", "localhost"),
    page: Path = PAGE,
    pulse: float = 15.0,
) -> FastAPI:
    """The app on the projects of a desk, which the caller closes after `app.state.parts.jobs`.

    `hosts` are the values of Host (with the port) by which it may be called; `page` is the folder
    of the page; `pulse` is the seconds between signs of life on a stream of events.
    """
    app = _Api(
        title="polyalign",
        version=VERSION,
        description="Aligned texts in two languages, under review: projects, rows, operations, long work.",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    events = Events(pulse=pulse)
    app.state.parts = Parts(desk, Jobs(lambda job: events.publish("job", job)), events, tokens)
    desk.report = lambda project, rows: events.publish("flags", {"project": project, "rows": rows})
    for router in (routes.router, details.router, managing.router, terminology.router, transfer.router):
        app.include_router(router, dependencies=[Depends(_TOKEN)])
    app.add_exception_handler(PolyalignError, _refuse)
    app.add_exception_handler(ConflictError, _refuse_stale)
    app.add_exception_handler(RequestValidationError, _refuse_invalid)
    for damaged in (FormParserError, 400):  # Starlette has made the one the other, where it is newer
        app.add_exception_handler(damaged, _refuse_body)
    _serve_page(app, page)
    app.add_middleware(Guard, tokens=tokens, hosts=tuple(hosts))
    return app


class _Api(FastAPI):
    """FastAPI, with what is refused described for all operations at once.

    Told of each route (`responses=`), every refusal of each gets a validator before the first request is
    answered, 500 that nobody uses in a third of a second.
    """

    def openapi(self) -> dict[str, Any]:
        """The description as FastAPI makes it, once, with the refusals."""
        if self.openapi_schema is None:
            schema = super().openapi()
            held = schema["components"]["schemas"]
            held["Trouble"] = TypeAdapter(Trouble).json_schema()
            for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own of what was sent
                held.pop(unused, None)
            content = {"application/json": {"schema": {"$ref": "#/components/schemas/Trouble"}}}
            refusals = {str(s): {"description": why, "content": content} for s, why in MEANINGS.items()}
            for operations in schema["paths"].values():
                for operation in operations.values():
                    operation["responses"] |= refusals
        assert self.openapi_schema is not None
        return self.openapi_schema


def _serve_page(app: FastAPI, page: Path) -> None:
    mimetypes.add_type("text/javascript", ".js")  # which some systems call something else

    @app.get("/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(page / "index.html")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(page / "docs.html")

    app.mount("/static", StaticFiles(directory=page), name="static")


def _answer(status: int, detail: str, **more: str) -> Response:
    """A refusal as JSON, on one line."""
    body = json.dumps({"detail": " ".join(detail.split()), **more})
    return Response(body, status, media_type="application/json")


def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, PolyalignError)
    return _answer(status_of(error), str(error), fault=error.fault)


def _refuse_stale(request: Request, error: Exception) -> Response:
    """The rows as they are now, so that the client can show them."""
    assert isinstance(error, ConflictError)
    parts: Parts = request.app.state.parts
    blind = blind_in(request.headers.get("polyalign-blind"), parts)
    (project,) = seen_by(blind, [parts.desk.project(request.path_params["project"])])
    rows = list[ShownRow]()
    for number in error.rows:
        with contextlib.suppress(InputError):  # it is gone
            row = project.store.row(number)
            rows.append(shower(project, row.bitext)(row))
    body = TypeAdapter(Clash).dump_json(Clash(str(error), error.revision, tuple(rows)))
    return Response(body, 409, media_type="application/json")


def _refuse_body(request: Request, error: Exception) -> Response:
    why = str(getattr(error, "detail", error)).rstrip(".")
    body = "form" if "form" in request.headers.get("content-type", "") else "JSON"
    return _answer(400, f"the {body} cannot be read ({why}): send it again", fault=UnreadableError.fault)


def _refuse_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()[0]
    place = ".".join(str(part) for part in found["loc"][1:])
    detail = f"{place}: {found['msg']}" if place else str(found["msg"])
    return _answer(422, detail, field=place.rpartition(".")[2], fault=str(found["type"]))
