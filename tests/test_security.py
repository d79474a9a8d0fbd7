"""What docs/security.md says is so: each test that it names is there, and what no other file tests."""

from __future__ import annotations

import ast
import asyncio
import re
import socket
import time
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from polyalign.server import events
from tests.helpers.places import ROOT, TESTS
from tests.helpers.server_client import ROWS, Served, made_project

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_the_tests_that_are_named_are_there(file: str, test: str) -> None:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_attack_has_a_test() -> None:
    tried = PAGE.partition("## What was tried")[2].partition("\n## ")[0]
    rows = [line for line in tried.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    assert not [row for row in rows if "::test_" not in row]


def test_slow_clients_keep_nobody_waiting(tmp_path: Path) -> None:
    with Served(made_project(tmp_path / "a.polyalign")) as server, server.client() as client:
        host = urlsplit(server.base)
        slow = [socket.create_connection((host.hostname or "", host.port or 0)) for _ in range(100)]
        try:
            for k, connection in enumerate(slow):
                if k % 2:
                    connection.sendall(b"GET /api/projects HTTP/1.1\r\nHost: ")
                else:
                    head = f"GET {ROWS} HTTP/1.1\r\nHost: {host.netloc}\r\n"
                    head += f"Authorization: {server.headers['authorization']}\r\n\r\n"
                    connection.sendall(head.encode() * 20)  # and never reads
            begun = time.monotonic()
            for _ in range(5):
                assert client.get(ROWS).status_code == 200
            assert time.monotonic() - begun < 20
        finally:
            for connection in slow:
                connection.close()


def test_more_streams_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_STREAMS", 3)

    async def opened() -> list[str]:
        news = events.Events()
        streams = [news.stream() for _ in range(5)]
        return [(await anext(stream, "ended"))[:5] for stream in streams]

    assert asyncio.run(opened()) == ["retry"] * 3 + ["ended"] * 2


def test_nothing_is_kept_for_who_does_not_read() -> None:
    async def held() -> int:
        news = events.Events()
        stream = news.stream()
        await anext(stream)
        for _ in range(5 * events._MOST):
            news.publish("job", {})
        await asyncio.sleep(0.1)
        return len([piece async for piece in stream])

    assert asyncio.run(held()) <= events._MOST + 1


PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|CC0|0BSD|BSL|Unlicense|HPND)\b",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|SSPL|General Public)", re.IGNORECASE)


def licence(found: Distribution) -> str:
    """What a package says of its licence: the expression, else the classifiers, else the first line."""
    told: Any = found.metadata
    classes = [line for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    first = (told.get("License") or "").strip().partition("\n")[0]
    return str(told.get("License-Expression") or "; ".join(classes) or first)


def shipped() -> Iterator[Distribution]:
    """All that polyalign and its extras install, as far as it is here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    todo = [*project["dependencies"], *(line for name in extras if name != "dev" for line in extras[name])]
    seen: set[str] = set()
    while todo:
        match = re.match(r"[A-Za-z0-9._-]+", todo.pop())
        name = re.sub(r"[-_.]+", "-", match[0] if match else "").lower()
        if name in seen or name == "polyalign":
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        yield found
        todo += [line for line in found.requires or [] if "extra ==" not in line]


def test_licences_of_what_is_installed() -> None:
    # NVIDIA's libraries come with PyTorch's build for CUDA alone, see the page
    found = (one for one in shipped() if not re.match("nvidia-|cuda-", one.metadata["Name"]))
    licences = {one.metadata["Name"]: licence(one) for one in found}
    assert len(licences) > 12
    assert not {name: said for name, said in licences.items() if COPYLEFT.search(said)}
    assert not {name: said for name, said in licences.items() if not PERMISSIVE.search(said)}
