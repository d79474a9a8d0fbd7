"""Commands run as tests run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from polyalign import cli

ARABIC = (
    "وصل وزير الخارجية إلى باكو يوم الاثنين.\n"
    "سيلتقي الوزير نظيره الأذربيجاني غدا.\n"
    "أُغلقت المدارس بسبب الثلوج.\n"
)


ENGLISH = (
    "The foreign minister arrived in Baku on Monday.\n"
    "Schools were closed because of the snow.\n"
    "Tomorrow the minister will meet his Azerbaijani counterpart.\n"
)


class Result(NamedTuple):
    code: int
    out: bytes
    said: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def table(self) -> list[list[str]]:
        """The cells of the lines of standard output."""
        return [line.split("\t") for line in self.text.splitlines()]

    @property
    def notes(self) -> list[str]:
        """What was said, line by line."""
        return [line.removeprefix("polyalign: ") for line in self.said.splitlines()]


Polyalign = Callable[..., Result]


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Polyalign:
    """The command run in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        code = cli.main(arguments)
        captured = capsysbinary.readouterr()
        return Result(code, captured.out, captured.err.decode())

    return run


@pytest.fixture
def polyalign(command: Polyalign) -> Polyalign:
    """The command, in a folder that holds `ar.txt` and `en.txt`."""
    Path("ar.txt").write_text(ARABIC, encoding="utf-8")
    Path("en.txt").write_text(ENGLISH, encoding="utf-8")
    return command
