"""The modules of the page that need no browser, in Node: `node --test` on pure.test.mjs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from polyalign.server.app import PAGE
from polyalign.server.calibrating import fitted
from tests.helpers.declarations import PATH, declarations
from tests.helpers.places import TESTS

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="there is no node on the path")
def test_pure_modules_in_node() -> None:
    """With a curve of the server, which the page must draw alike."""
    curve = fitted({(10 * k, k % 3 > 0): 3 for k in range(20)})
    told = json.dumps({"numbers": [curve.a, curve.b, curve.c], "points": curve.curve})
    tests = TESTS / "server" / "page" / "pure.test.mjs"
    command = [str(NODE), "--test", str(tests)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"CURVE": told}, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 10" in done.stdout


def test_types_of_answers_are_those_of_the_server() -> None:
    assert PATH.read_text(encoding="utf-8") == declarations()


def test_every_module_has_types() -> None:
    """They are checked by `make lint`, which leaves no module out."""
    pages = sorted(PAGE.glob("*.js"))
    assert len(pages) > 40
    assert [page.name for page in pages if "\n// @ts-check\n" not in page.read_text(encoding="utf-8")] == []
