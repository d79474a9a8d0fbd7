"""A real server on loopback: many clients at once, its death, its end, and what it says meanwhile."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from shutil import which
from typing import Any

import httpx
import pytest

from polyalign.bitext import Bitext
from polyalign.parts import Bead, Document, Side
from polyalign.store import Store
from tests.helpers.places import ROOT
from tests.helpers.server_client import OPERATIONS, ROWS, TOKENS, Served, made_project

LONG = {
    "source": {
        "text": " ".join(f"The {k}th ship left the port at dawn." for k in range(4000)),
        "language": "en",
    },
    "target": {
        "text": " ".join(f"غادرت السفينة رقم {k} الميناء عند الفجر." for k in range(4000)),
        "language": "ar",
    },
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made_project(tmp_path / "harbour.polyalign")


@pytest.fixture
def served(path: Path) -> Iterator[Served]:
    with Served(path) as server:
        yield server


def large(path: Path, rows: int) -> Path:
    """A project of so many pairs."""
    sides = [
        Side(tag, Document.from_segments([f"{word} {k}." for k in range(rows)], language=tag).segments or ())
        for tag, word in (("en", "Sentence"), ("tr", "Cümle"))
    ]
    beads = tuple(Bead((k,), (k,), 0.9) for k in range(rows))
    return made_project(path, Bitext(sides[0], sides[1], beads))


@pytest.mark.skipif(not which("curl"), reason="there is no curl")
def test_the_examples_with_curl_run(tmp_path: Path) -> None:
    root = ROOT
    docs = (root / "docs" / "review.md").read_text(encoding="utf-8").partition("### From other programs")[2]
    started, asked = re.findall(r"^```sh\n(.*?)^```$", docs, re.MULTILINE | re.DOTALL)[:2]
    for language in ("ar", "en"):
        shutil.copy(root / "seeds" / f"baku.{language}.txt", tmp_path / f"{language}.txt")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    token = "a-token-that-nobody-guesses-0123456789"
    env = os.environ | {"POLYALIGN_TOKEN": token, "PYTHONPATH": str(root)}
    command = started.splitlines()[-1].replace("8765", port).split()
    run = partial(subprocess.Popen, cwd=tmp_path, env=env, text=True)
    with run([sys.executable, "-m", *command], stderr=subprocess.PIPE) as server:
        try:
            assert server.stderr
            while "review page: " not in (line := server.stderr.readline()):
                assert line
            assert token in line
            assert not list(tmp_path.glob("*link"))
            script = "set -e\n" + asked.replace("8765", port)
            with run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as shell:
                out, err = shell.communicate(timeout=600)
            assert shell.returncode == 0, err
        finally:
            server.kill()
    assert (tmp_path / "ar-en.tmx").read_bytes().startswith(b"<?xml")
    assert (tmp_path / "baku.polyalign").exists()
    assert out.count('"source_text"') >= 2
    assert '"state"' in out


def operation(client: httpx.Client, name: str, **fields: Any) -> httpx.Response:
    return client.post(OPERATIONS, json={"operation": name, **fields})


def test_the_link_opens_the_page(served: Served) -> None:
    assert served.link.startswith("http://127.0.0.1:")
    assert httpx.get(served.link).status_code == 200
    assert httpx.get(served.base).status_code == 403
    answer = httpx.get(f"{served.base}/api/projects", params={"token": TOKENS.reader})
    assert answer.json()[0]["name"] == "harbour"
    assert "server" not in answer.headers


def test_other_names_of_this_machine_are_refused(served: Served) -> None:
    port = served.base.rpartition(":")[2]
    for host, status in ((f"localhost:{port}", 200), (f"evil.example:{port}", 403), ("127.0.0.1", 403)):
        assert httpx.get(served.link, headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    "target", ["/static/../app.py", "/static/..%2fapp.py", "//etc/passwd", "/static//etc/passwd"]
)
def test_paths_that_no_client_would_send(served: Served, target: str) -> None:
    port = int(served.base.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: link.recv(65536), b""))
    assert b" 404 " in answer.splitlines()[0]


def test_fifty_requests_at_once_lose_nothing(tmp_path: Path) -> None:
    path = large(tmp_path / "large.polyalign", 60)
    with Served(path) as served, served.client() as client, ThreadPoolExecutor(50) as pool:
        ids = [row["id"] for row in client.get(ROWS).json()["rows"]]
        answers = list(
            pool.map(lambda row: operation(client, "comment", row=row, text=f"comment on {row}"), ids[:50])
        )
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(answer.json()["revision"] for answer in answers) == list(range(2, 52))
        comments = {row["id"]: row["comment"] for row in client.get(ROWS).json()["rows"]}
        assert [comments[row] for row in ids[:50]] == [f"comment on {row}" for row in ids[:50]]
        assert len(client.get("/api/projects/p1/journal", params={"limit": 100}).json()) == 50


def test_of_two_who_edit_the_same_row_at_once_one_is_told(served: Served) -> None:
    with served.client() as client, ThreadPoolExecutor(2) as pool:
        row = client.get(ROWS).json()["rows"][0]["id"]
        for _ in range(10):
            seen = client.get("/api/projects/p1").json()["revision"]
            texts = [f"by {who} at {seen}" for who in ("one", "other")]
            edit = partial(operation, client, "comment", row=row, seen=seen)
            answers = list(pool.map(lambda text, edit=edit: edit(text=text), texts))
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            winner = texts[[answer.status_code for answer in answers].index(200)]
            assert client.get(f"{ROWS}/{row}").json()["row"]["comment"] == winner


@pytest.mark.parametrize("after", [0.15, 0.3, 0.5])
def test_what_was_answered_survives_a_kill(tmp_path: Path, after: float) -> None:
    """kill -9 in the middle of operations: the file opens, and the last answered operation is there."""
    path = large(tmp_path / "large.polyalign", 200)
    answered: list[tuple[int, str]] = []
    with Served(path) as served, served.client() as client:
        ids = [row["id"] for row in client.get(ROWS, params={"limit": 200}).json()["rows"]]
        threading.Timer(after, served.process.kill).start()
        try:
            for number in range(100_000):
                row = ids[number % len(ids)]
                answer = operation(client, "comment", row=row, text=f"number {number}")
                assert answer.status_code == 200
                answered.append((row, f"number {number}"))
        except httpx.TransportError:
            pass
    assert answered
    with Store(path) as store:
        assert store.row(answered[-1][0]).comment in (answered[-1][1], f"number {len(answered)}")
        assert 0 <= store.revision - 1 - len(answered) <= 1
        store.undo()
    with Served(path) as served, served.client() as client:
        assert client.get("/api/projects").json()[0]["redo"] == "comment"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_with_a_stream_open_and_work_going_on(served: Served, number: signal.Signals) -> None:
    with served.client() as client, client.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        client.post("/api/projects/p1/pair", json=LONG)
        wait_for(client, "running")
        begun = time.monotonic()
        served.process.send_signal(number)
        assert "event: job" in list(lines)
    out, err = served.process.communicate(timeout=20)
    assert time.monotonic() - begun < 10
    assert (out, err, served.process.returncode) == ("ended well\n", "", 0)
    assert not children(served.process.pid)


def wait_for(client: httpx.Client, state: str) -> Any:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = [job for job in client.get("/api/jobs").json() if job["state"] == state]
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(client.get("/api/jobs").json())


def children(parent: int, module: str = "polyalign.server.child") -> list[int]:
    """The processes that another one began to run a module, where the system tells."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            command = stat.with_name("cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(fields[1]) == parent and module.encode() in command:
            found.append(int(stat.parent.name))
    return found


def the_child(parent: int) -> int:
    """The child at work, which begins a moment after its job is said to run."""
    end = time.monotonic() + 30
    while not (found := children(parent)):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found[0]


@pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="the system does not list processes in /proc"
)
class TestTheChild:
    def test_it_dies_with_a_server_that_is_killed(self, served: Served) -> None:
        with served.client() as client:
            client.post("/api/projects/p1/pair", json=LONG)
            wait_for(client, "running")
            child = the_child(served.process.pid)
        served.process.kill()
        served.process.wait()
        assert gone(child)

    def test_its_own_death_is_a_failed_job(self, served: Served) -> None:
        with served.client() as client:
            client.post("/api/projects/p1/pair", json=LONG)
            wait_for(client, "running")
            child = the_child(served.process.pid)
            os.kill(child, signal.SIGKILL)
            assert "ended from outside" in wait_for(client, "failed")["error"]

    def test_cancelling_kills_it(self, served: Served) -> None:
        with served.client() as client:
            job = client.post("/api/projects/p1/pair", json=LONG).json()["job"]
            wait_for(client, "running")
            child = the_child(served.process.pid)
            assert client.delete(f"/api/jobs/{job}").json()["state"] == "cancelled"
            assert gone(child)
            assert len(client.get("/api/projects/p1").json()["bitexts"]) == 1


def gone(process: int) -> bool:
    """Whether a process ends soon."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_work_goes_on_beside_the_answers_and_without_the_client(served: Served) -> None:
    """A job outlives the client that began it, and operations are answered meanwhile."""
    short = {side: {**text, "text": text["text"][:8000]} for side, text in LONG.items()}
    with served.client() as client:
        job = client.post("/api/projects/p1/pair", json=short).json()["job"]
    with served.client() as client:
        row = client.get(ROWS).json()["rows"][0]["id"]
        while client.get(f"/api/jobs/{job}").json()["state"] in ("waiting", "running"):
            assert operation(client, "mark", rows=[row], state="confirmed").status_code == 200
            assert operation(client, "mark", rows=[row], state="auto").status_code == 200
        found = client.get(f"/api/jobs/{job}").json()
        assert (found["state"], found["error"]) == ("done", "")
        assert len(client.get("/api/projects/p1").json()["bitexts"]) == 2


def test_the_other_tab_hears_of_a_change(served: Served) -> None:
    with served.client() as client, client.stream("GET", "/api/events") as stream:
        lines = (line for line in stream.iter_lines() if line.startswith(("event", "data")))
        with served.client() as other:
            row = other.get(ROWS).json()["rows"][0]["id"]
            operation(other, "mark", rows=[row], state="confirmed", who="Ayşe")
        assert next(lines) == "event: revision"
        news = json.loads(next(lines).removeprefix("data: "))
    assert news == {"project": "p1", "revision": 2, "who": "Ayşe", "operation": "mark"}
