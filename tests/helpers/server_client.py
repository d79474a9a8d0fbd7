"""What the tests of the server share: a small project, a client of the app, and a real server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from polyalign.bitext import Bitext
from polyalign.errors import InputError
from polyalign.parts import Bead, Document, Review, Side
from polyalign.progress import Stage
from polyalign.server import details, managing, routes, terminology, transfer
from polyalign.server.app import create_app
from polyalign.server.desk import Desk
from polyalign.server.security import Tokens
from polyalign.store import Store
from tests.helpers.workers import flagging

TOKENS = Tokens("editor-of-the-tests", "reader-of-the-tests")
HOST = "testserver:80"
ROWS = "/api/projects/p1/bitexts/1/rows"
OPERATIONS = "/api/projects/p1/operations"

SOURCE = (
    "The council met in the old harbour on Tuesday.",
    "It counted 40 boats and 12 ships.",
    "Nobody had expected so many.",
    "A photograph showed the pier at dawn.",
    "The mayor thanked the fishermen.",
    "She promised them a new lighthouse.",
    "It will cost 3,500 lira.",
    "The work begins in spring.",
)
TARGET = (
    "اجتمع المجلس في الميناء القديم يوم الثلاثاء.",
    "وأحصى 41 قاربا و12 سفينة.",
    "وكانت السماء صافية.",
    "وكان البحر هادئا.",
    "شكرت العمدة الصيادين.",
    "ووعدتهم بمنارة جديدة تكلف ٣٥٠٠ ليرة.",
    "يبدأ العمل في الربيع.",
)
BEADS = (((0,), (0,), 0.97), ((1,), (1,), 0.91), ((4,), (4,), 0.62), ((5, 6), (5,), 0.48), ((7,), (6,), 0.88))


def documents() -> tuple[Document, Document]:
    """An English and an Arabic text of which some sentences say the same."""
    return (
        Document.from_segments(SOURCE, language="en", path="harbour.en.txt"),
        Document.from_segments(TARGET, language="ar", path="harbour.ar.txt"),
    )


def sample() -> Bitext:
    """Five beads, three unaligned source segments (two of them neighbours) and two target ones."""
    sides = [Side(d.language or "", d.segments or (), d.path) for d in documents()]
    beads = [Bead(source, target, score, evidence={"fit": score / 2}) for source, target, score in BEADS]
    beads[2] = Bead(*BEADS[2], review=Review("needs-review", "is it the mayor?"))
    return Bitext(sides[0], sides[1], tuple(beads))


def made_project(path: Path, bitext: Bitext | None = None) -> Path:
    """A project file with one bitext."""
    source, target = documents() if bitext is None else (None, None)
    with Store(path) as store:
        store.add(bitext or sample(), source=source, target=target)
    return path


class Client:
    """Calls the app as a browser with the editor's token would; each call is whole before the next."""

    def __init__(self, app: FastAPI, token: str = TOKENS.editor) -> None:
        self.app, self.token = app, token

    def call(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **said: Any
    ) -> httpx.Response:
        """The answer, errors included."""
        own = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return asyncio.run(self._call(method, path, own | (headers or {}), said))

    async def _call(
        self, method: str, path: str, headers: dict[str, str], said: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.request(method, path, headers={"host": HOST} | headers, **said)

    def get(self, path: str, **query: Any) -> Any:
        """What a GET answers, which must be well."""
        return good(self.call("GET", path, params=query))

    def post(self, path: str, json: Any = None) -> Any:
        """What a POST answers, which must be well."""
        return good(self.call("POST", path, json=json))

    def do(self, operation: str, **fields: Any) -> Any:
        """The change of an operation on the first project."""
        return self.post(OPERATIONS, {"operation": operation, **fields})

    def refused(self, operation: str, **fields: Any) -> httpx.Response:
        """The refusal of an operation."""
        answer = self.call("POST", OPERATIONS, json={"operation": operation, **fields})
        assert answer.status_code >= 400
        return answer

    def rows(self, **query: Any) -> list[Any]:
        """All rows that pass a filter."""
        found: list[Any] = self.get(ROWS, limit=500, **query)["rows"]
        return found

    def over(self, job: str, *, seconds: float = 60) -> Any:
        """The job when nothing more will happen to it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.get(f"/api/jobs/{job}")
            if found["state"] in ("done", "failed", "cancelled"):
                return found
            time.sleep(0.05)
        raise AssertionError(f"job {job} goes on: {found}")


def good(answer: httpx.Response) -> Any:
    """The JSON of an answer that is no refusal."""
    assert answer.status_code < 400, answer.text
    return answer.json()


@contextlib.contextmanager
def client_of(desk: Desk, **options: Any) -> Iterator[Client]:
    """A client of an app on the desk, whose work ends with the block."""
    app = create_app(desk, tokens=TOKENS, hosts=[HOST], **options)
    try:
        yield Client(app)
    finally:
        app.state.parts.jobs.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A client of a server on one project, in a folder where it may make others."""
    path = made_project(tmp_path / "harbour.polyalign")
    with Desk([path], tmp_path, "tester", flagging=flagging()) as desk, client_of(desk) as made:
        yield made


_SERVE = """
import sys
from pathlib import Path
from polyalign.server import serve
from polyalign.server.desk import Desk
from polyalign.server.security import Tokens
with Desk([Path(path) for path in sys.argv[1:]], who="server") as desk:
    tokens = Tokens("editor-of-the-tests", "reader-of-the-tests")
    serve(desk, tokens=tokens, on_ready=lambda link: print(link, flush=True))
print("ended well", flush=True)
"""


class Served:
    """A real server on loopback, in a process of its own."""

    def __init__(self, *projects: Path) -> None:
        command = [sys.executable, "-W", "error", "-c", _SERVE, *map(str, projects)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.link = self.process.stdout.readline().strip()
        self.base = self.link.partition("/?")[0]
        self.headers = {"authorization": f"Bearer {TOKENS.editor}"}

    def client(self) -> httpx.Client:
        """A client with the editor's token."""
        return httpx.Client(base_url=self.base, headers=self.headers, timeout=30)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def api_routes() -> list[tuple[str, str]]:
    """The path and method of every route of the API."""
    found = [
        (route.path, method)
        for router in (routes.router, details.router, managing.router, terminology.router, transfer.router)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    ]
    assert len(found) > 20
    return found


@dataclass(frozen=True)
class Slow:
    """An order that takes its time."""

    steps: int = 12_000  # ten minutes, or until it is cancelled

    def result(self, report: Callable[[Stage], None]) -> int:
        """The number of steps."""
        for step in range(self.steps):
            report(Stage("stepping", "", step + 1, self.steps, "steps"))
            time.sleep(0.05)
        return self.steps


@dataclass(frozen=True)
class Fatal:
    """An order that ends badly: "killed", "broken", "refused", "memory" or "noisy", which ends well."""

    how: str

    def result(self, report: Callable[[Stage], None]) -> str:
        """What it was."""
        report(Stage("beginning"))
        if self.how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        print("noise on standard output")
        if self.how == "refused":
            raise InputError("this text is refused: give another")
        if self.how == "memory":
            raise MemoryError
        if self.how == "broken":
            raise ZeroDivisionError("a secret")
        return self.how
