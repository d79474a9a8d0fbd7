"""polyalign detect, polyalign route: a look at files before any work."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from polyalign.cli.options import add_files, each
from polyalign.cli.output import say

if TYPE_CHECKING:
    from polyalign.detection import Detection


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the two commands."""
    command = commands.add_parser("detect", help="the language of each file", description=_detect.__doc__)
    add_files(command)
    command.set_defaults(run=_detect)
    command = commands.add_parser(
        "route", help="the translation model of each file", description=_route.__doc__
    )
    add_files(command)
    command.add_argument("--to", default="en", metavar="TAG", help="language to translate into (en)")
    command.set_defaults(run=_route)


def _detect(options: argparse.Namespace) -> int:
    """Print the language, its confidence and the second guess of each file, tab-separated."""
    from polyalign.detection import detect
    from polyalign.formats import read
    from polyalign.tags import UNDETERMINED

    def line(path: str) -> tuple[str, ...]:
        found = detect(read(path, encoding=options.encoding).text)
        if found.language == UNDETERMINED:
            say(_unsure(path, found))
        second = " ".join(f"{name} {chance:.2f}" for name, chance in found.candidates[1:2]) or "-"
        return found.language, f"{found.confidence:.2f}", second

    return each(options.files, line)


def _unsure(path: str, found: Detection) -> str:
    return f"note: {path}: {found.reason}: pass the language with --source-lang or --target-lang to pair"


def _route(options: argparse.Namespace) -> int:
    """Print which translation model each file is sent to, and whether it is installed."""
    from polyalign.detection import detect
    from polyalign.formats import read
    from polyalign.routing import route

    def line(path: str) -> tuple[str, ...]:
        found = detect(read(path, encoding=options.encoding).text)
        return f"{found.confidence:.2f}", route(found.language, options.to).describe()

    return each(options.files, line)
