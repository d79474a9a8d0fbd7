"""How long a reviewer waits: operations, listings and the first page of a real server.

    python benchmarks/server.py [--rows 5000] [--operations 600] [--at-once 50] [--json FILE]

A project of so many rows is made up: English and Arabic sentences out of a few words and numbers, 70 %
1-1, 10 % each 1-2 and 2-1, 5 % each 1-0 and 0-1. A server of its own process works on it, and one client
does the operations in a row, drawn from MIX, each on a row drawn from all. After each it asks for the 100
rows around the place, as the page does.

first page    index.html, the session, the projects and the first 100 rows, asked of a server that
              began to listen a moment ago and has checked nothing yet
operation     from the request to the whole answer, which is on the disk by then
listing       the same for the 100 rows
at once       that many comments, each on a row of its own, sent together: all must be there afterwards

Times are milliseconds by the clock; `settled` figures leave out what was measured while the server still
looked for flags in all rows, which it does once after it opens a project.
"""

from __future__ import annotations

import argparse
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from common import decimals, markdown, save, say

from polyalign.bitext import Bitext
from polyalign.parts import Bead, Document, Side
from polyalign.store import Store

MIX = {"mark": 30, "merge_with": 15, "move": 15, "split": 10, "edit": 15, "undo": 15}  # per cent
SHAPES = {(1, 1): 70, (1, 2): 10, (2, 1): 10, (1, 0): 5, (0, 1): 5}
PAGE = 100
SETTLING = 120.0  # seconds that the server may take to check all rows
WORDS = {
    "en": "harbour council ships winter market teacher letter bridge engine garden doctor river".split(),
    "ar": "الميناء المجلس السفن الشتاء السوق المعلم الرسالة الجسر المحرك الحديقة الطبيب النهر".split(),
}
HEAD = ("what", "count", "median ms", "p99 ms", "most ms")
BITEXT = "/api/projects/p1/bitexts/1"

_SERVE = """
import sys
from pathlib import Path
from polyalign.server import serve
from polyalign.server.desk import Desk
with Desk([Path(sys.argv[1])]) as desk:
    serve(desk, on_ready=lambda link: print(link, flush=True))
"""


@dataclass(frozen=True)
class Row:
    """What one kind of request took, in milliseconds."""

    what: str
    count: int
    median: float
    p99: float
    most: float


def row(what: str, seconds: Sequence[float]) -> Row:
    """The figures of some measurements."""
    ordered = sorted(1000 * second for second in seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Row(what, len(ordered), ordered[len(ordered) // 2], p99, ordered[-1])


def sentence(language: str, number: int, dice: random.Random) -> str:
    """A sentence that nobody said, with a number in it."""
    return f"{' '.join(dice.choices(WORDS[language], k=dice.randint(8, 20)))} {number}."


def made(rows: int) -> tuple[Bitext, Document, Document]:
    """A bitext of so many rows, the same whenever it is asked for."""
    dice = random.Random(rows)
    shapes = dice.choices(list(SHAPES), list(SHAPES.values()), k=rows)
    texts: tuple[list[str], list[str]] = ([], [])
    beads = []
    for number, shape in enumerate(shapes):
        ids = []
        for held, language, size in zip(texts, WORDS, shape, strict=True):
            ids.append(tuple(range(len(held), len(held) + size)))
            held.extend(sentence(language, number, dice) for _ in range(size))
        if all(ids):
            beads.append(Bead(ids[0], ids[1], dice.random(), evidence={"fit": dice.random()}))
    documents = [Document.from_segments(t, language=tag) for t, tag in zip(texts, WORDS, strict=True)]
    sides = [Side(tag, document.segments or ()) for tag, document in zip(WORDS, documents, strict=True)]
    return Bitext(sides[0], sides[1], tuple(beads)), documents[0], documents[1]


@contextmanager
def served(path: Path) -> Iterator[httpx.Client]:
    """A client of a server that works on the project."""
    process = subprocess.Popen([sys.executable, "-c", _SERVE, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    base, _, token = process.stdout.readline().strip().partition("/?token=")
    try:
        with httpx.Client(
            base_url=base, params={"token": token}, headers={"authorization": f"Bearer {token}"}, timeout=60
        ) as client:
            yield client
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def timed(ask: Callable[[], httpx.Response]) -> tuple[float, httpx.Response]:
    """How long an answer takes, and the answer."""
    begun = time.perf_counter()
    answer = ask()
    return time.perf_counter() - begun, answer


def first_page(client: httpx.Client) -> float:
    """How long a browser waits for the first page."""
    begun = time.perf_counter()
    for path in ("/", "/static/main.js", "/api/session", "/api/projects", f"{BITEXT}/rows"):
        query = {"limit": PAGE, "collapse": True} if path.endswith("rows") else {}
        client.get(path, params=query).raise_for_status()
    return time.perf_counter() - begun


def fields(operation: str, shown: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """What the operation takes to be done to a row."""
    side = dice.choice([side for side in ("source", "target") if shown[side]])
    segment = shown[side][0]
    made: dict[str, dict[str, Any]] = {
        "mark": {"rows": [shown["id"]], "state": dice.choice(["confirmed", "needs-review", "auto"])},
        "merge_with": {"row": shown["id"], "direction": dice.choice(["up", "down"])},
        "move": {"row": shown["id"], "side": side, "direction": dice.choice(["up", "down"])},
        "split": {"segment": segment["id"], "at": segment["text"].find(" ", 10)},
        "edit": {"segment": segment["id"], "text": f"{segment['text']} again"},
    }
    return made[operation]


def worked(client: httpx.Client, count: int) -> tuple[list[float], list[float]]:
    """How long operations and the listings after them take, refused ones left out."""
    dice = random.Random(count)
    total = client.get(f"{BITEXT}/rows", params={"limit": 1}).json()["total"]
    done: list[float] = []
    listed: list[float] = []
    while len(done) < count:
        place = {"offset": dice.randrange(max(total - PAGE, 1)), "limit": PAGE}
        shown = dice.choice(client.get(f"{BITEXT}/rows", params=place).json()["rows"])
        operation = dice.choices(list(MIX), list(MIX.values()))[0]
        path, body = f"/api/projects/p1/{'undo' if operation == 'undo' else 'operations'}", {}
        if operation != "undo":
            body = {"operation": operation, **fields(operation, shown, dice)}
        seconds, answer = timed(partial(client.post, path, json=body))
        if answer.status_code == 200:
            done.append(seconds)
            listed.append(timed(partial(client.get, f"{BITEXT}/rows", params=place))[0])
    return done, listed


def at_once(client: httpx.Client, count: int) -> tuple[list[float], int]:
    """How long each of so many requests sent together takes, and how many comments are there afterwards."""
    rows = client.get(f"{BITEXT}/rows", params={"limit": count}).json()["rows"]

    def comment(shown: dict[str, Any]) -> float:
        body = {"operation": "comment", "row": shown["id"], "text": f"said of {shown['id']}"}
        seconds, answer = timed(lambda: client.post("/api/projects/p1/operations", json=body))
        answer.raise_for_status()
        return seconds

    with ThreadPoolExecutor(count) as pool:
        seconds = list(pool.map(comment, rows))
    found = client.get(f"{BITEXT}/rows", params={"limit": count}).json()["rows"]
    return seconds, sum(shown["comment"] == f"said of {shown['id']}" for shown in found)


def settle(client: httpx.Client) -> float:
    """Wait until the server has checked all rows, which its answers do not tell; the seconds that it took."""
    begun = time.perf_counter()
    client.get(f"{BITEXT}/rows", params={"flag": "any", "limit": 1}, timeout=SETTLING).raise_for_status()
    return time.perf_counter() - begun


def measured(rows: int, operations: int, together: int) -> tuple[list[Row], int]:
    """All figures, and how many of the comments sent together are there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.polyalign"
        bitext, source, target = made(rows)
        with Store(path) as store:
            store.add(bitext, source=source, target=target)
        firsts = []
        for _ in range(3):
            with served(path) as client:
                firsts.append(first_page(client))
        with served(path) as client:
            busy = worked(client, max(operations // 10, 1))
            say(f"all rows checked after {settle(client):.1f} s more")
            done, listed = worked(client, operations)
            seconds, there = at_once(client, together)
    found = [row("first page", firsts), row("operation, while rows are checked", busy[0])]
    found += [row("operation, settled", done), row("listing after it, settled", listed)]
    return [*found, row(f"{together} at once", seconds)], there


def main() -> None:
    """Print the table and, on request, keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--operations", type=int, default=600)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found, there = measured(given.rows, given.operations, given.at_once)
    cells = ((r.what, str(r.count), *(decimals(v, 1) for v in (r.median, r.p99, r.most))) for r in found)
    print(markdown(HEAD, cells))
    print(f"\n{there} of {given.at_once} comments sent together are there")
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    figures = {"rows": given.rows, "there": there, "at_once": given.at_once}
    save(given.json, figures | machine | {"figures": [asdict(r) for r in found]})


if __name__ == "__main__":
    main()
