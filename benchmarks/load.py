"""The server under 200 clients that read and edit, and threads that pair at once.

    python benchmarks/load.py [--clients 200] [--seconds 60]

Prints the answers a second, their times (p50, p99), what failed, how many edits were lost, the server's
memory at a tenth of the time and at the end, and whether eight threads that pair at once give the same bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx

import polyalign
from polyalign.bitext import Bitext
from polyalign.parts import Bead, Document, Side
from polyalign.store import Store

TOKEN = "editor-of-the-benchmark-of-load-0"
ROWS = 2_000
EDITS = 0.3  # of the requests
_API = "/api/projects/p1"
_SERVE = """
import sys
from pathlib import Path
from polyalign.server import serve
from polyalign.server.desk import Desk
from polyalign.server.security import Tokens
with Desk([Path(sys.argv[1])], who="load") as desk:
    tokens = Tokens(sys.argv[2], "reader-of-the-benchmark")
    serve(desk, tokens=tokens, on_ready=lambda link: print(link, flush=True))
"""


@dataclass
class Told:
    """What the clients saw."""

    times: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    kept: dict[int, str] = field(default_factory=dict)  # the last comment on each row that was answered for


def project(path: Path) -> list[int]:
    """A project of ROWS pairs; the ids of its rows."""
    sides = [
        Side(tag, Document.from_segments([f"{word} {k}." for k in range(ROWS)], language=tag).segments or ())
        for tag, word in (("en", "Sentence"), ("tr", "Cümle"))
    ]
    beads = tuple(Bead((k,), (k,), 0.9) for k in range(ROWS))
    with Store(path) as store:
        store.add(Bitext(sides[0], sides[1], beads))
        return [row.id for row in store.rows(1)]


async def client(base: str, rows: Sequence[int], until: float, told: Told) -> None:
    """Read pages of rows and comment on rows of its own until the time is over."""
    head = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=base, headers=head, timeout=60) as own:
        number = 0
        while time.monotonic() < until:
            number += 1
            row, text = rows[number % len(rows)], f"comment {number}"
            begun = time.monotonic()
            try:
                if number % 10 < 10 * EDITS:
                    body = {"operation": "comment", "row": row, "text": text}
                    answer = await own.post(f"{_API}/operations", json=body)
                    if answer.status_code == 200:
                        told.kept[row] = text
                else:
                    start = number * 37 % ROWS
                    answer = await own.get(f"{_API}/bitexts/1/rows", params={"offset": start, "limit": 50})
                if answer.status_code != 200:
                    told.failed[str(answer.status_code)] += 1
            except httpx.HTTPError as error:
                told.failed[type(error).__name__] += 1
            told.times.append(time.monotonic() - begun)


def resident(process: int) -> int:
    """The memory of a process in MB, 0 where that cannot be told."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS")), 0)


async def loaded(
    base: str, rows: Sequence[int], clients: int, seconds: float, server: int
) -> tuple[Told, list[int]]:
    """All clients at once: what they saw, and the server's memory early and late."""
    told, until, memory = Told(), time.monotonic() + seconds, list[int]()
    shares = [rows[k::clients] for k in range(clients)]
    work = asyncio.gather(*(client(base, share, until, told) for share in shares))
    for share in (0.1, 0.85):
        await asyncio.sleep(share * seconds)
        memory.append(resident(server))
    await work
    return told, memory


def serving(clients: int, seconds: float) -> dict[str, object]:
    """The figures of the server."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "load.polyalign"
        rows = project(path)
        with subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(path), TOKEN], stdout=subprocess.PIPE, text=True
        ) as own:
            assert own.stdout
            base = own.stdout.readline().partition("/?")[0]
            try:
                told, memory = asyncio.run(loaded(base, rows, clients, seconds, own.pid))
            finally:
                own.terminate()
        with Store(path) as store:
            found = {row.id: row.comment for row in store.rows(1)}
    cuts = quantiles(told.times, n=100)
    return {
        "clients": clients,
        "answers": len(told.times),
        "a_second": round(len(told.times) / seconds, 1),
        "p50_s": round(cuts[49], 3),
        "p99_s": round(cuts[98], 3),
        "failed": dict(told.failed),
        "edited_rows": len(told.kept),
        "lost": sum(found[row] != text for row, text in told.kept.items()),
        "memory_mb": memory,
    }


def paired(threads: int) -> bool:
    """Whether threads that pair at once give the same bytes as one."""
    source = Document.from_segments(
        [f"The ship {k} left the port at {k % 12}." for k in range(40)], language="en"
    )
    target = Document.from_segments(
        [f"Gemi {k} limandan saat {k % 12} oldu." for k in range(40)], language="tr"
    )
    aligner = polyalign.Aligner(translate="off")
    alone = aligner.pair(source, target).to_json()
    with ThreadPoolExecutor(threads) as pool:
        made = list(pool.map(lambda _: aligner.pair(source, target).to_json(), range(2 * threads)))
    return all(one == alone for one in made)


def main() -> int:
    """Print the figures as JSON; the exit code is 1 where something failed or was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    same = paired(options.threads)
    figures = serving(options.clients, options.seconds) | {"threads_agree": same, "cores": os.cpu_count()}
    print(json.dumps(figures, indent=1))
    return int(bool(figures["failed"] or figures["lost"] or not same))


if __name__ == "__main__":
    sys.exit(main())
